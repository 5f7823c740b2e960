#include "phone.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QMetaObject>
#include <QUuid>
#include <stdexcept>

using namespace agora::rtm;

namespace {
// The library carries the invitation only. What ends a call that stands is the application's affair: here it is a peer
// message of this prefix and the channel.
const QLatin1String HUNG_UP("hung-up:");

QString withResponse(const QString &what, const QString &response) {
    return response.isEmpty() ? what : what + ": " + response;
}

QString reason(LOCAL_INVITATION_ERR_CODE error) {
    switch (error) {
    case LOCAL_INVITATION_ERR_PEER_OFFLINE:
        return "is not there";
    case LOCAL_INVITATION_ERR_PEER_NO_RESPONSE:
        return "cannot be reached";
    case LOCAL_INVITATION_ERR_INVITATION_EXPIRE:
        return "did not answer";
    default:
        return "was not called: nobody is logged in";
    }
}
} // namespace

Phone::Phone(const QString &user, const QString &url, QObject *parent)
    : QObject(parent), user_(user), service_(createRtmService()) {
    if (service_ == nullptr) {
        throw std::runtime_error("the system has no thread to give");
    }
    const QJsonObject parameters{{"rtm_call.url", url}};
    if (service_->setParameters(QJsonDocument(parameters).toJson().constData()) != 0) {
        service_->release();
        throw std::runtime_error("this build has no carrier for " + url.toStdString());
    }
    service_->initialize("qt-phone", this);
    calls_ = service_->getRtmCallManager(this);
    const int answer = service_->login(nullptr, user.toUtf8().constData());
    if (answer != LOGIN_ERR_OK) {
        service_->release();
        throw std::runtime_error("\"" + user.toStdString() + "\" cannot log in: error " + std::to_string(answer));
    }
}

// Waits for a callback that is running, and none starts afterwards. What they have posted to this object Qt forgets
// with it.
Phone::~Phone() {
    service_->release(true); // logs out; peers are told
    if (calling_ != nullptr) {
        calling_->release();
    }
    if (ringing_ != nullptr) {
        ringing_->release();
    }
}

// ---- From a thread of the library to the GUI thread ----------------------------------------------------------------

// Queued, never BlockingQueuedConnection: the destructor above waits for this very callback.
template <typename Function> void Phone::post(Function function) {
    QMetaObject::invokeMethod(this, std::move(function), Qt::QueuedConnection);
}

// Texts of a callback are valid until it returns: they are copied here. Invitations stay until they are released.
void Phone::onLoginSuccess() {
    post([this] {
        online_ = true;
        enter(Idle, "logged in");
    });
}
void Phone::onLoginFailure(LOGIN_ERR_CODE error) {
    post([this, error] { enter(Offline, QString("cannot log in: error %1").arg(error)); });
}
void Phone::onConnectionStateChanged(CONNECTION_STATE state, CONNECTION_CHANGE_REASON) {
    if (state == CONNECTION_STATE_RECONNECTING) {
        post([this] { emit happened("connection lost, trying again"); });
    } else if (state == CONNECTION_STATE_ABORTED) { // the end of an open invitation comes by itself
        post([this] {
            online_ = false;
            enter(Offline, "logged out: somebody uses this name elsewhere");
        });
    }
}
void Phone::onMessageReceivedFromPeer(const char *peer, const IMessage *message) {
    post([this, who = QString::fromUtf8(peer), text = QString::fromUtf8(message->getText())] {
        if (state_ == Talking && who == peer_ && text == HUNG_UP + channel_) {
            enter(Idle, who + " hung up");
        }
    });
}
void Phone::onLocalInvitationReceivedByPeer(ILocalCallInvitation *invitation) {
    post([this, invitation] {
        if (invitation == calling_) {
            enter(RingingThere, "it rings at " + peer_);
        }
    });
}
void Phone::onLocalInvitationAccepted(ILocalCallInvitation *invitation, const char *response) {
    post([this, invitation, response = QString::fromUtf8(response)] {
        localEnded(invitation, Talking, withResponse(peer_ + " accepted", response));
    });
}
void Phone::onLocalInvitationRefused(ILocalCallInvitation *invitation, const char *response) {
    post([this, invitation, response = QString::fromUtf8(response)] {
        localEnded(invitation, Idle, withResponse(peer_ + " refused", response));
    });
}
void Phone::onLocalInvitationCanceled(ILocalCallInvitation *invitation) {
    post([this, invitation] { localEnded(invitation, Idle, "canceled the call to " + peer_); });
}
void Phone::onLocalInvitationFailure(ILocalCallInvitation *invitation, LOCAL_INVITATION_ERR_CODE error) {
    post([this, invitation, error] { localEnded(invitation, Idle, peer_ + " " + reason(error)); });
}
void Phone::onRemoteInvitationReceived(IRemoteCallInvitation *invitation) {
    post([this, invitation] { rings(invitation); });
}
void Phone::onRemoteInvitationAccepted(IRemoteCallInvitation *invitation) {
    post([this, invitation] { remoteEnded(invitation, Talking, "talking to " + peer_); });
}
void Phone::onRemoteInvitationRefused(IRemoteCallInvitation *invitation) {
    post([this, invitation] { remoteEnded(invitation, Idle, "refused " + peer_); });
}
void Phone::onRemoteInvitationCanceled(IRemoteCallInvitation *invitation) {
    post([this, invitation] { remoteEnded(invitation, Idle, peer_ + " gave up"); });
}
void Phone::onRemoteInvitationFailure(IRemoteCallInvitation *invitation, REMOTE_INVITATION_ERR_CODE error) {
    post([this, invitation, error] {
        remoteEnded(invitation, Idle,
                    error == REMOTE_INVITATION_ERR_INVITATION_EXPIRE ? "missed a call of " + peer_ : "lost " + peer_);
    });
}

// ---- In the GUI thread ---------------------------------------------------------------------------------------------

void Phone::dial(const QString &callee) {
    if (state_ != Idle) {
        return;
    }
    peer_ = callee;
    channel_ = QUuid::createUuid().toString(QUuid::WithoutBraces);
    calling_ = calls_->createLocalCallInvitation(callee.toUtf8().constData());
    calling_->setChannelId(channel_.toUtf8().constData());
    calling_->setContent("Are you there?");
    const int answer = calls_->sendLocalInvitation(calling_);
    if (answer == INVITATION_API_CALL_ERR_OK) {
        enter(Calling, "calling " + callee);
    } else {
        localEnded(calling_, Idle, QString("cannot call \"%1\": error %2").arg(callee).arg(answer));
    }
}

void Phone::accept() {
    if (state_ == RingingHere && !fails(calls_->acceptRemoteInvitation(ringing_), "accept")) {
        enter(Accepting, "accepting " + peer_); // it stands when the caller has confirmed
    }
}

void Phone::refuse() {
    if (state_ == RingingHere) {
        ringing_->setResponse("not now");
        fails(calls_->refuseRemoteInvitation(ringing_), "refuse");
    }
}

void Phone::hangUp() {
    if (calling_ != nullptr) {
        fails(calls_->cancelLocalInvitation(calling_), "cancel"); // the rest comes as a callback
    } else if (state_ == Talking) {
        IMessage *const message = service_->createMessage((HUNG_UP + channel_).toUtf8().constData());
        service_->sendMessageToPeer(peer_.toUtf8().constData(), message);
        message->release();
        enter(Idle, "hung up");
    }
}

void Phone::rings(IRemoteCallInvitation *invitation) {
    if (state_ != Idle) {
        invitation->setResponse("busy");
        calls_->refuseRemoteInvitation(invitation);
        emit happened(QString::fromUtf8(invitation->getCallerId()) + " called, the line was busy");
        invitation->release();
        return;
    }
    ringing_ = invitation;
    peer_ = QString::fromUtf8(invitation->getCallerId());
    channel_ = QString::fromUtf8(invitation->getChannelId());
    enter(RingingHere, peer_ + " calls: " + QString::fromUtf8(invitation->getContent()));
}

// A terminal event of an invitation that is not the present one is that of a call refused as busy.
void Phone::localEnded(ILocalCallInvitation *invitation, State state, const QString &what) {
    if (invitation == calling_) {
        calling_->release();
        calling_ = nullptr;
        enter(state, what);
    }
}
void Phone::remoteEnded(IRemoteCallInvitation *invitation, State state, const QString &what) {
    if (invitation == ringing_) {
        ringing_->release();
        ringing_ = nullptr;
        enter(state, what);
    }
}

void Phone::enter(State state, const QString &what) {
    state_ = state == Idle && !online_ ? Offline : state;
    if (state == Offline || state == Idle) {
        peer_.clear();
    }
    emit happened(what);
    emit changed();
}

// An answer other than 0 is no surprise: the call may have ended while the button was pressed.
bool Phone::fails(int answer, const char *what) {
    if (answer != 0) {
        emit happened(QString("cannot %1: error %2").arg(what).arg(answer));
    }
    return answer != 0;
}
