// One user of the phone: the login, the calls, and what the library says about them. Callbacks come on a thread of the
// library; each leaves a task in the inbox, so that all the rest happens on the main thread.
#ifndef PHONE_USER_H
#define PHONE_USER_H

#include "inbox.h"
#include "screen.h"

#include <cctype>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "IAgoraRtmCallManager.h"
#include "IAgoraRtmService.h"
#include "rtm_call_extension.h"

namespace phone {

using namespace agora::rtm;

// A call, from here or to here, until the phone forgets it.
struct Call {
    int number;
    std::string peer;
    ILocalCallInvitation *local;   // One of these two ...
    IRemoteCallInvitation *remote; // ... the other is NULL.
    bool rang, over, waited_for;   // waited_for: a script has seen it ring.
    std::string ending;            // Why it ended: one word, such as "refused" or "caller_lost".
    Clock::time_point began, ended;

    bool is_outgoing() const { return local != NULL; }
    std::string elapsed() const {
        const long long seconds =
            std::chrono::duration_cast<std::chrono::seconds>((over ? ended : Clock::now()) - began).count();
        const std::string rest = std::to_string(seconds % 60);
        return std::to_string(seconds / 60) + (rest.size() < 2 ? ":0" : ":") + rest;
    }
    std::string title() const { return "#" + std::to_string(number) + " " + peer; }
};

class User : public IRtmServiceEventHandler, public IRtmCallEventHandler {
  public:
    User(const std::string &id, Inbox &inbox, Screen &screen) : id(id), inbox_(inbox), screen_(screen) {}
    ~User() {
        if (service_ != NULL) {
            service_->release(true);
        }
        for (const std::unique_ptr<Call> &call : calls_) {
            forget(*call);
        }
    }

    // False: refused at once, and said so.
    bool log_in(const std::string &app, const std::string &parameters, const std::string &token) {
        service_ = createRtmService();
        if (service_ == NULL || service_->setParameters(parameters.c_str()) != 0 ||
            service_->initialize(app.c_str(), this) != INIT_ERR_OK) {
            say(rtm_last_error(), Colour::bad);
            return false;
        }
        manager_ = service_->getRtmCallManager(this);
        if (service_->login(token.empty() ? NULL : token.c_str(), id.c_str()) != LOGIN_ERR_OK) {
            say(rtm_last_error(), Colour::bad);
            return false;
        }
        return true;
    }
    // onLogout will come, after the last callback of each open call.
    void log_out() { service_->logout(); }

    // Each of the verbs answers "" or a sentence that says why not.
    std::string call(const std::string &peer, const std::string &content) {
        ILocalCallInvitation *const invitation = manager_->createLocalCallInvitation(peer.c_str());
        invitation->setContent(content.c_str());
        Call &call = add(peer, invitation, NULL);
        const std::string error = answer(manager_->sendLocalInvitation(invitation));
        if (!error.empty()) {
            calls_.pop_back();
            invitation->release();
            return error;
        }
        say(call.title() + ": calling");
        return "";
    }
    std::string cancel(const Call &call) { return answer(manager_->cancelLocalInvitation(call.local)); }
    std::string accept(const Call &call, const std::string &text) {
        call.remote->setResponse(text.c_str());
        return answer(manager_->acceptRemoteInvitation(call.remote));
    }
    std::string refuse(const Call &call, const std::string &text) {
        call.remote->setResponse(text.c_str());
        return answer(manager_->refuseRemoteInvitation(call.remote));
    }
    // The answer is said when it comes.
    std::string who(const std::vector<std::string> &peers) {
        std::vector<const char *> list = pointers(peers);
        long long request = 0;
        const int error = service_->queryPeersOnlineStatus(list.data(), static_cast<int>(list.size()), request);
        return error == QUERY_PEERS_ONLINE_STATUS_ERR_OK ? "" : rtm_last_error();
    }
    // From now on presence() knows about `peer`.
    std::string watch(const std::string &peer) {
        const char *list[] = {peer.c_str()};
        long long request = 0;
        const int error = service_->subscribePeersOnlineStatus(list, 1, request);
        return error == PEER_SUBSCRIPTION_STATUS_ERR_OK ? "" : rtm_last_error();
    }

    std::vector<Call *> open_calls(bool outgoing, bool incoming) const {
        std::vector<Call *> open;
        for (const std::unique_ptr<Call> &call : calls_) {
            if (!call->over && (call->is_outgoing() ? outgoing : incoming)) {
                open.push_back(call.get());
            }
        }
        return open;
    }
    // What happened in a call, message by message, and how it stands.
    void explain(const Call &call) {
        const std::string text = call.is_outgoing() ? rtm_call::ladder(call.local) + rtm_call::explain(call.local)
                                                    : rtm_call::ladder(call.remote) + rtm_call::explain(call.remote);
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            say(printable(line));
        }
    }
    // RTM_END_REASON_CALLER_LOST is "caller_lost"; "" for what is no reason.
    static std::string word(int reason) {
        std::string word = rtm_end_reason_name(reason);
        word = word.substr(word.size() < 15 ? word.size() : 15);
        for (char &letter : word) {
            letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        }
        return word;
    }

    // Also those that have ended, the newest last.
    const std::vector<std::unique_ptr<Call>> &calls() const { return calls_; }
    // ONLINE, UNREACHABLE, OFFLINE, or "" while it is not known.
    std::string presence(const std::string &peer) const {
        const auto found = presence_.find(peer);
        return found == presence_.end() ? "" : found->second;
    }

    void say(const std::string &text, Colour colour = Colour::none) { screen_.line(prefix + text, colour); }

    const std::string id;
    std::string prefix; // Before all that this user says, where there are several.
    bool logged_in = false, logged_out = false;
    bool failed = false; // The login was refused, or the session taken away.

    // ---- Callbacks: they come on the library's thread, what they post runs on ours ----------------------------------

    void onLoginSuccess() override {
        inbox_.post([this] {
            logged_in = true;
            say("logged in as " + id, Colour::good);
        });
    }
    void onLoginFailure(LOGIN_ERR_CODE error) override {
        inbox_.post([this, error] {
            failed = true;
            say(id + " cannot log in: " + rtm_login_err_text(static_cast<rtm_login_err>(error)), Colour::bad);
        });
    }
    void onLogout(LOGOUT_ERR_CODE) override {
        inbox_.post([this] {
            logged_in = false;
            logged_out = true;
        });
    }
    void onConnectionStateChanged(CONNECTION_STATE state, CONNECTION_CHANGE_REASON reason) override {
        inbox_.post([this, state, reason] {
            if (state == CONNECTION_STATE_RECONNECTING) {
                reconnecting_ = true;
                say("the connection is lost; trying again", Colour::bad);
            } else if (state == CONNECTION_STATE_CONNECTED && reconnecting_) {
                reconnecting_ = false;
                say("the connection is back", Colour::good);
            } else if (state == CONNECTION_STATE_ABORTED) {
                failed = true;
                say(reason == CONNECTION_CHANGE_REASON_REMOTE_LOGIN ? id + " has logged in elsewhere"
                                                                    : "the server has ended the session",
                    Colour::bad);
            }
        });
    }
    void onQueryPeersOnlineStatusResult(long long, const PeerOnlineStatus *peers, int count,
                                        QUERY_PEERS_ONLINE_STATUS_ERR error) override {
        std::string text;
        for (int i = 0; i < count; i++) {
            text += (i > 0 ? ", " : "") + std::string(peers[i].peerId) + " is " + name(peers[i].onlineState);
        }
        if (error != QUERY_PEERS_ONLINE_STATUS_ERR_OK) {
            text = std::string("nobody knows: ") +
                   rtm_query_peers_online_status_err_text(static_cast<rtm_query_peers_online_status_err>(error));
        }
        inbox_.post([this, text] { say(text); });
    }
    void onPeersOnlineStatusChanged(const PeerOnlineStatus peers[], int count) override {
        for (int i = 0; i < count; i++) {
            const std::string peer = peers[i].peerId, state = name(peers[i].onlineState);
            inbox_.post([this, peer, state] {
                presence_[peer] = state;
                say(peer + " is " + state, Colour::dim);
            });
        }
    }

    void onLocalInvitationReceivedByPeer(ILocalCallInvitation *invitation) override {
        inbox_.post([this, invitation] {
            Call *const call = find(invitation);
            call->rang = true;
            say(call->title() + ": it rings there", Colour::ring);
        });
    }
    void onLocalInvitationAccepted(ILocalCallInvitation *invitation, const char *response) override {
        end(invitation, response);
    }
    void onLocalInvitationRefused(ILocalCallInvitation *invitation, const char *response) override {
        end(invitation, response);
    }
    void onLocalInvitationCanceled(ILocalCallInvitation *invitation) override { end(invitation); }
    void onLocalInvitationFailure(ILocalCallInvitation *invitation, LOCAL_INVITATION_ERR_CODE) override {
        end(invitation);
    }

    void onRemoteInvitationReceived(IRemoteCallInvitation *invitation) override {
        inbox_.post([this, invitation] {
            Call &call = add(invitation->getCallerId(), NULL, invitation);
            call.rang = true;
            say(call.title() + " is calling" + quoted(invitation->getContent()), Colour::ring);
        });
    }
    void onRemoteInvitationAccepted(IRemoteCallInvitation *invitation) override { end(invitation); }
    void onRemoteInvitationRefused(IRemoteCallInvitation *invitation) override { end(invitation); }
    void onRemoteInvitationCanceled(IRemoteCallInvitation *invitation) override { end(invitation); }
    void onRemoteInvitationFailure(IRemoteCallInvitation *invitation, REMOTE_INVITATION_ERR_CODE) override {
        end(invitation);
    }

  private:
    static const std::size_t KEPT = 100; // So many calls can be listed and explained.

    Call &add(const std::string &peer, ILocalCallInvitation *local, IRemoteCallInvitation *remote) {
        if (calls_.size() >= KEPT && calls_.front()->over) {
            forget(*calls_.front());
            calls_.erase(calls_.begin());
        }
        const Call call = {++count_, peer, local, remote, false, false, false, "", Clock::now(), Clock::time_point()};
        calls_.push_back(std::unique_ptr<Call>(new Call(call)));
        return *calls_.back();
    }
    static void forget(const Call &call) {
        if (call.local != NULL) {
            call.local->release();
        } else {
            call.remote->release();
        }
    }

    Call *find(const ILocalCallInvitation *invitation) { return find_if_same(invitation, &Call::local); }
    Call *find(const IRemoteCallInvitation *invitation) { return find_if_same(invitation, &Call::remote); }
    // An open call is never forgotten, so its callbacks find it.
    template <class Invitation, class Member> Call *find_if_same(const Invitation *invitation, Member member) {
        for (const std::unique_ptr<Call> &call : calls_) {
            if (call.get()->*member == invitation) {
                return call.get();
            }
        }
        return NULL;
    }

    // The original tells an end by its callback; the extension has one word and a sentence for every end.
    template <class Invitation> void end(Invitation *invitation, const char *response = "") {
        const rtm_end_reason reason = rtm_call::end_reason(invitation);
        const bool is_plain = reason <= RTM_END_REASON_CANCELED; // Whoever reads "refused" needs no sentence.
        const std::string text = is_plain ? quoted(response) : std::string(": ") + rtm_end_reason_text(reason);
        inbox_.post([this, invitation, reason, text] {
            Call *const call = find(invitation);
            call->over = true;
            call->ended = Clock::now();
            call->ending = word(reason);
            say(call->title() + ": " + call->ending + " after " + call->elapsed() + text,
                reason == RTM_END_REASON_ACCEPTED ? Colour::good : Colour::bad);
        });
    }

    static std::string answer(int error) { return error == INVITATION_API_CALL_ERR_OK ? "" : rtm_last_error(); }
    static std::string quoted(const std::string &text) { return text.empty() ? "" : ": \"" + printable(text) + "\""; }
    static std::string name(PEER_ONLINE_STATE state) {
        return state == PEER_ONLINE_STATE_ONLINE    ? "online"
               : state == PEER_ONLINE_STATE_OFFLINE ? "offline"
                                                    : "unreachable";
    }
    static std::vector<const char *> pointers(const std::vector<std::string> &texts) {
        std::vector<const char *> list;
        for (const std::string &text : texts) {
            list.push_back(text.c_str());
        }
        return list;
    }

    Inbox &inbox_;
    Screen &screen_;
    IRtmService *service_ = NULL;
    IRtmCallManager *manager_ = NULL;
    bool reconnecting_ = false;
    int count_ = 0;
    std::vector<std::unique_ptr<Call>> calls_;
    std::map<std::string, std::string> presence_;
};

} // namespace phone

#endif
