// A program's end of the mirror: records every callback, and waits for one within a bound.
#ifndef MIRROR_PARTY_H
#define MIRROR_PARTY_H

#include "check.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "IAgoraRtmCallManager.h"
#include "IAgoraRtmService.h"

namespace mirror {

using namespace agora::rtm;

// One callback: its name, what it carried, and what the getters said inside it.
struct Event {
    std::string name;
    const void *object;
    long long number; // An error code or an id.
    std::string text;
    int state;
    std::thread::id thread;
};

// Handler of both kinds. `inside`, where set, runs inside each callback, after that was recorded.
class Party : public IRtmServiceEventHandler, public IRtmCallEventHandler {
  public:
    Party() : service(createRtmService()), manager(NULL) {}
    explicit Party(const std::string &app) : service(createRtmService()), manager(NULL) {
        CHECK_EQUAL(service->initialize(app.c_str(), this), 0);
        manager = service->getRtmCallManager(this);
    }
    Party(const std::string &app, const std::string &user) : service(createRtmService()), manager(NULL) {
        CHECK_EQUAL(service->initialize(app.c_str(), this), 0);
        manager = service->getRtmCallManager(this);
        log_in(user);
    }
    ~Party() {
        service->release(true);
        if (manager != NULL) {
            manager->release();
        }
    }

    void log_in(const std::string &user) {
        CHECK_EQUAL(service->login(NULL, user.c_str()), 0);
        wait("onLoginSuccess");
    }

    // Waits until `name` came `count` times in all; the last of these.
    Event wait(const std::string &name, std::size_t count = 1) {
        std::unique_lock<std::mutex> lock(mutex_);
        const bool came = changed_.wait_for(lock, bound(), [&] { return counted(name) >= count; });
        if (!came) {
            failed(__FILE__, __LINE__, name + " came " + text_of(counted(name)) + " times, not " + text_of(count));
            return Event();
        }
        std::size_t seen = 0;
        for (const Event &event : events_) {
            if (event.name == name && ++seen == count) {
                return event;
            }
        }
        return Event();
    }

    std::size_t count(const std::string &name) {
        std::lock_guard<std::mutex> lock(mutex_);
        return counted(name);
    }

    std::vector<Event> events() {
        std::lock_guard<std::mutex> lock(mutex_);
        return events_;
    }

    // The remote invitation of the `count`th onRemoteInvitationReceived.
    IRemoteCallInvitation *rung(std::size_t count = 1) {
        return const_cast<IRemoteCallInvitation *>(
            static_cast<const IRemoteCallInvitation *>(wait("onRemoteInvitationReceived", count).object));
    }

    ILocalCallInvitation *ring(const std::string &callee) {
        ILocalCallInvitation *const invitation = manager->createLocalCallInvitation(callee.c_str());
        CHECK_EQUAL(manager->sendLocalInvitation(invitation), 0);
        return invitation;
    }

    IRtmService *const service;
    IRtmCallManager *manager;
    std::function<void(const Event &)> inside;

    void onLoginSuccess() override { note("onLoginSuccess", NULL, 0, "", 0); }
    void onLoginFailure(LOGIN_ERR_CODE error) override { note("onLoginFailure", NULL, error, "", 0); }
    void onRenewTokenResult(const char *token, RENEW_TOKEN_ERR_CODE error) override {
        note("onRenewTokenResult", NULL, error, token, 0);
    }
    void onTokenExpired() override { note("onTokenExpired", NULL, 0, "", 0); }
    void onLogout(LOGOUT_ERR_CODE error) override { note("onLogout", NULL, error, "", 0); }
    void onConnectionStateChanged(CONNECTION_STATE state, CONNECTION_CHANGE_REASON reason) override {
        note("onConnectionStateChanged", NULL, reason, "", state);
    }
    void onSendMessageResult(long long id, PEER_MESSAGE_ERR_CODE error) override {
        note("onSendMessageResult", NULL, id, "", error);
    }
    void onMessageReceivedFromPeer(const char *peer, const IMessage *message) override {
        const std::string raw(message->getRawMessageData(), static_cast<std::size_t>(message->getRawMessageLength()));
        note("onMessageReceivedFromPeer", message, message->getMessageType(),
             std::string(peer) + ": " + message->getText() + raw, 0);
    }
    void onQueryPeersOnlineStatusResult(long long id, const PeerOnlineStatus *peers, int count,
                                        QUERY_PEERS_ONLINE_STATUS_ERR error) override {
        note("onQueryPeersOnlineStatusResult", NULL, id, said(peers, count), error);
    }
    void onSubscriptionRequestResult(long long id, PEER_SUBSCRIPTION_STATUS_ERR error) override {
        note("onSubscriptionRequestResult", NULL, id, "", error);
    }
    void onPeersOnlineStatusChanged(const PeerOnlineStatus peers[], int count) override {
        note("onPeersOnlineStatusChanged", NULL, 0, said(peers, count), 0);
    }

    void onLocalInvitationReceivedByPeer(ILocalCallInvitation *local) override {
        note("onLocalInvitationReceivedByPeer", local, 0, "", local->getState());
    }
    void onLocalInvitationCanceled(ILocalCallInvitation *local) override {
        note("onLocalInvitationCanceled", local, 0, "", local->getState());
    }
    void onLocalInvitationFailure(ILocalCallInvitation *local, LOCAL_INVITATION_ERR_CODE error) override {
        note("onLocalInvitationFailure", local, error, "", local->getState());
    }
    void onLocalInvitationAccepted(ILocalCallInvitation *local, const char *response) override {
        note("onLocalInvitationAccepted", local, 0, response, local->getState());
    }
    void onLocalInvitationRefused(ILocalCallInvitation *local, const char *response) override {
        note("onLocalInvitationRefused", local, 0, response, local->getState());
    }
    void onRemoteInvitationRefused(IRemoteCallInvitation *remote) override {
        note("onRemoteInvitationRefused", remote, 0, "", remote->getState());
    }
    void onRemoteInvitationAccepted(IRemoteCallInvitation *remote) override {
        note("onRemoteInvitationAccepted", remote, 0, "", remote->getState());
    }
    void onRemoteInvitationReceived(IRemoteCallInvitation *remote) override {
        note("onRemoteInvitationReceived", remote, 0, remote->getContent(), remote->getState());
    }
    void onRemoteInvitationFailure(IRemoteCallInvitation *remote, REMOTE_INVITATION_ERR_CODE error) override {
        note("onRemoteInvitationFailure", remote, error, "", remote->getState());
    }
    void onRemoteInvitationCanceled(IRemoteCallInvitation *remote) override {
        note("onRemoteInvitationCanceled", remote, 0, "", remote->getState());
    }

  private:
    static std::string said(const PeerOnlineStatus *peers, int count) {
        std::string list;
        for (int i = 0; i < count; i++) {
            CHECK_EQUAL(peers[i].isOnline, peers[i].onlineState == PEER_ONLINE_STATE_ONLINE);
            list += std::string(i > 0 ? " " : "") + peers[i].peerId + "=" + text_of(peers[i].onlineState);
        }
        return list;
    }

    void note(const char *name, const void *object, long long number, const std::string &text, int state) {
        const Event event = {name, object, number, text, state, std::this_thread::get_id()};
        {
            std::lock_guard<std::mutex> lock(mutex_);
            events_.push_back(event);
            changed_.notify_all();
        }
        if (inside) {
            inside(event);
        }
    }

    std::size_t counted(const std::string &name) const {
        std::size_t count = 0;
        for (const Event &event : events_) {
            count += event.name == name ? 1 : 0;
        }
        return count;
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Event> events_;
};

// Something that one thread waits for and another one brings about.
class Signal {
  public:
    Signal() : set_(false) {}
    void set() {
        std::lock_guard<std::mutex> lock(mutex_);
        set_ = true;
        changed_.notify_all();
    }
    void wait() {
        std::unique_lock<std::mutex> lock(mutex_);
        if (!changed_.wait_for(lock, bound(), [&] { return set_; })) {
            failed(__FILE__, __LINE__, "a signal did not come");
        }
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool set_;
};

} // namespace mirror

#endif
