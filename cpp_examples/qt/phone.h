// A line of the telephone: the library's callbacks on one side, Qt signals in the GUI thread on the other.
#ifndef QT_PHONE_PHONE_H
#define QT_PHONE_PHONE_H

#include "IAgoraRtmCallManager.h"
#include "IAgoraRtmService.h"

#include <QObject>
#include <QString>

// Lives in the GUI thread: its slots are called there, its signals come there. Nothing in it waits, except the
// destructor, for a callback that is running; so no callback may ever wait for the GUI thread. They post.
class Phone : public QObject, private agora::rtm::IRtmServiceEventHandler, private agora::rtm::IRtmCallEventHandler {
    Q_OBJECT

  public:
    enum State { Offline, Idle, Calling, RingingThere, RingingHere, Accepting, Talking };

    // `url` is the carrier's address, such as hub://demo or mqtt://localhost.
    Phone(const QString &user, const QString &url, QObject *parent = nullptr);
    ~Phone() override;

    State state() const { return state_; }
    QString user() const { return user_; }
    QString peer() const { return peer_; } // with whom the present call is, "" if there is none

  public slots:
    void dial(const QString &callee);
    void accept();
    void refuse();
    void hangUp(); // cancels a call that rings there, ends one that stands

  signals:
    void changed();                     // state() or peer()
    void happened(const QString &what); // a line for the list of what happened

  private:
    // ---- Callbacks, on a thread of the library: each copies what it needs and posts it to the GUI thread.
    void onLoginSuccess() override;
    void onLoginFailure(agora::rtm::LOGIN_ERR_CODE error) override;
    void onConnectionStateChanged(agora::rtm::CONNECTION_STATE state,
                                  agora::rtm::CONNECTION_CHANGE_REASON reason) override;
    void onMessageReceivedFromPeer(const char *peer, const agora::rtm::IMessage *message) override;
    void onLocalInvitationReceivedByPeer(agora::rtm::ILocalCallInvitation *invitation) override;
    void onLocalInvitationAccepted(agora::rtm::ILocalCallInvitation *invitation, const char *response) override;
    void onLocalInvitationRefused(agora::rtm::ILocalCallInvitation *invitation, const char *response) override;
    void onLocalInvitationCanceled(agora::rtm::ILocalCallInvitation *invitation) override;
    void onLocalInvitationFailure(agora::rtm::ILocalCallInvitation *invitation,
                                  agora::rtm::LOCAL_INVITATION_ERR_CODE error) override;
    void onRemoteInvitationReceived(agora::rtm::IRemoteCallInvitation *invitation) override;
    void onRemoteInvitationAccepted(agora::rtm::IRemoteCallInvitation *invitation) override;
    void onRemoteInvitationRefused(agora::rtm::IRemoteCallInvitation *invitation) override;
    void onRemoteInvitationCanceled(agora::rtm::IRemoteCallInvitation *invitation) override;
    void onRemoteInvitationFailure(agora::rtm::IRemoteCallInvitation *invitation,
                                   agora::rtm::REMOTE_INVITATION_ERR_CODE error) override;

    // ---- All that follows is the GUI thread's alone, so there is no lock.
    template <typename Function> void post(Function function);
    void enter(State state, const QString &what);
    void rings(agora::rtm::IRemoteCallInvitation *invitation);
    void localEnded(agora::rtm::ILocalCallInvitation *invitation, State state, const QString &what);
    void remoteEnded(agora::rtm::IRemoteCallInvitation *invitation, State state, const QString &what);
    bool fails(int answer, const char *what);

    const QString user_;
    QString peer_, channel_;
    State state_ = Offline;
    bool online_ = false;
    agora::rtm::IRtmService *service_ = nullptr;
    agora::rtm::IRtmCallManager *calls_ = nullptr;
    agora::rtm::ILocalCallInvitation *calling_ = nullptr;
    agora::rtm::IRemoteCallInvitation *ringing_ = nullptr;
};

#endif
