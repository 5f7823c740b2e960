// demo.cpp: every way in which a call can end, through the C++ interface of the original (include/agora).
//
// Written as a program for that interface would be: one class that is both event handlers, callbacks on a thread of the
// library, a mutex and a condition variable between them and main(). Only setParameters and the ladder at the end are
// this library's own.
// Read Phone first, then the scenes at the end. demo.c plays the same in C.
#include "IAgoraRtmCallManager.h"
#include "IAgoraRtmService.h"
#include "rtm_call_extension.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <mutex>
#include <sstream>
#include <string>

using namespace agora::rtm;

namespace {

const char *name_of(LOCAL_INVITATION_STATE state) {
    static const char *const names[] = {
        "IDLE",     "SENT_TO_REMOTE", "RECEIVED_BY_REMOTE", "ACCEPTED_BY_REMOTE", "REFUSED_BY_REMOTE",
        "CANCELED", "FAILURE"};
    return names[state];
}

const char *name_of(REMOTE_INVITATION_STATE state) {
    static const char *const names[] = {
        "IDLE", "INVITATION_RECEIVED", "ACCEPT_SENT_TO_LOCAL", "REFUSED", "ACCEPTED", "CANCELED", "FAILURE"};
    return names[state];
}

const char *text_of(LOCAL_INVITATION_ERR_CODE error) {
    static const char *const texts[] = {"OK", "PEER_OFFLINE", "PEER_NO_RESPONSE", "INVITATION_EXPIRE", "NOT_LOGGEDIN"};
    return texts[error];
}

const char *text_of(REMOTE_INVITATION_ERR_CODE error) {
    static const char *const texts[] = {"OK", "PEER_OFFLINE", "ACCEPT_FAILURE", "INVITATION_EXPIRE"};
    return texts[error];
}

// The functions answer a number; what is wrong at once is wrong in this program.
void check(int answer, const char *what) {
    if (answer != 0) {
        std::cerr << "demo_cpp: " << what << ": " << answer << "\n";
        std::exit(1);
    }
}

// One user: what a real application has for the one person in front of it.
class Phone : private IRtmServiceEventHandler, private IRtmCallEventHandler {
  public:
    Phone(const char *name, bool left) : name_(name), left_(left), service_(createRtmService()) {
        if (service_ == nullptr) {
            std::cerr << "demo_cpp: no service for " << name << "\n";
            std::exit(1);
        }
        // Both users live in this process. A program that is moved over needs no such line: the environment variable
        // RTM_CALL_URL says where to connect.
        check(service_->setParameters(R"({"rtm_call.url": "hub://demo"})"), "setParameters");
        check(service_->initialize("demo-app", this), "initialize");
        calls_ = service_->getRtmCallManager(this);
    }

    // In the order of the original's samples. No callback runs once release(true) has returned.
    ~Phone() {
        calls_->release();
        service_->logout();
        service_->release(true);
    }

    Phone(const Phone &) = delete;
    Phone &operator=(const Phone &) = delete;

    void log_in() {
        if (logged_in()) {
            return;
        }
        check(service_->login(nullptr, name_.c_str()), "login");
        wait("the login", [this] { return logged_in_ || login_error_ != LOGIN_ERR_OK; });
        check(login_error_, "onLoginFailure");
    }

    void log_out() {
        say("logs out");
        check(service_->logout(), "logout");
        wait("the logout", [this] { return !logged_in_; });
    }

    // For how long the callee may take to be found, and for how long it rings, from the next call on.
    void set_patience(int acknowledge_ms, int ring_ms) {
        const std::string parameters = "{\"rtm_call.acknowledge_timeout_ms\": " + std::to_string(acknowledge_ms) +
                                       ", \"rtm_call.ring_timeout_ms\": " + std::to_string(ring_ms) + "}";
        check(service_->setParameters(parameters.c_str()), "setParameters");
    }

    void dial(const char *callee) {
        forget();
        ILocalCallInvitation *const invitation = calls_->createLocalCallInvitation(callee);
        invitation->setChannelId("room-1");
        invitation->setContent("Are you there?");
        say(std::string("calls ") + callee);
        calling_ = invitation; // before the send: a callback may come before it returns
        check(calls_->sendLocalInvitation(invitation), "sendLocalInvitation");
    }

    void cancel() {
        say("changes her mind");
        check(calls_->cancelLocalInvitation(calling_), "cancelLocalInvitation");
    }

    void accept() {
        say("accepts");
        ringing_->setResponse("with pleasure");
        check(calls_->acceptRemoteInvitation(ringing_), "acceptRemoteInvitation");
    }

    void refuse() {
        say("refuses");
        ringing_->setResponse("not now");
        check(calls_->refuseRemoteInvitation(ringing_), "refuseRemoteInvitation");
    }

    void does_not_hear_it() { say("does not hear it"); }

    bool logged_in() {
        std::lock_guard<std::mutex> lock(mutex_);
        return logged_in_;
    }

    // Before the next call.
    void forget() {
        std::lock_guard<std::mutex> lock(mutex_);
        knows_of_ring_ = rang_ = false;
        end_.clear();
    }

    void wait_for_ring() {
        wait("the ring", [this] { return rang_; });
    }
    void wait_for_word_of_ring() {
        wait("word of the ring", [this] { return knows_of_ring_; });
    }
    std::string wait_for_end() {
        wait("the end", [this] { return !end_.empty(); });
        return end_;
    }
    // What happened to the call that has ended: API calls, messages, windows and callbacks, with times.
    const std::string &ladder() const { return ladder_; }

  private:
    // ---- Callbacks. They come on a thread of the library, one at a time; the objects may be used on any.

    void onLoginSuccess() override {
        say("is logged in");
        tell([this] { logged_in_ = true; });
    }
    void onLoginFailure(LOGIN_ERR_CODE error) override {
        tell([=] { login_error_ = error; });
    }
    void onLogout(LOGOUT_ERR_CODE) override {
        tell([this] { logged_in_ = false; });
    }

    void onLocalInvitationReceivedByPeer(ILocalCallInvitation *invitation) override {
        say(std::string("knows that it rings at ") + invitation->getCalleeId());
        tell([this] { knows_of_ring_ = true; });
    }
    void onLocalInvitationAccepted(ILocalCallInvitation *invitation, const char *response) override {
        ended(invitation, response);
    }
    void onLocalInvitationRefused(ILocalCallInvitation *invitation, const char *response) override {
        ended(invitation, response);
    }
    void onLocalInvitationCanceled(ILocalCallInvitation *invitation) override { ended(invitation, ""); }
    void onLocalInvitationFailure(ILocalCallInvitation *invitation, LOCAL_INVITATION_ERR_CODE error) override {
        ended(invitation, "", text_of(error));
    }

    void onRemoteInvitationReceived(IRemoteCallInvitation *invitation) override {
        say(std::string("RING! ") + invitation->getCallerId() + ": \"" + invitation->getContent() + "\"");
        tell([this, invitation] {
            ringing_ = invitation; // ours from now on
            rang_ = true;
        });
    }
    void onRemoteInvitationAccepted(IRemoteCallInvitation *invitation) override {
        ended(invitation, "the caller knows");
    }
    void onRemoteInvitationRefused(IRemoteCallInvitation *invitation) override { ended(invitation, ""); }
    void onRemoteInvitationCanceled(IRemoteCallInvitation *invitation) override { ended(invitation, "by the caller"); }
    void onRemoteInvitationFailure(IRemoteCallInvitation *invitation, REMOTE_INVITATION_ERR_CODE error) override {
        ended(invitation, "", text_of(error));
    }

    // All endings come here, of both kinds of invitation: nothing comes after it, and the object is given back.
    template <typename Invitation> void ended(Invitation *invitation, const char *detail, const char *error = "") {
        const std::string end = std::string(name_of(invitation->getState())) + (*error ? " " : "") + error;
        say(end + (*detail ? ": " : "") + detail);
        const std::string ladder = rtm_call::ladder(invitation);
        invitation->release();
        tell([&] {
            ladder_ = ladder;
            end_ = end;
        });
    }

    // ---- Between the callbacks and main().

    void tell(const std::function<void()> &change) {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            change();
        }
        changed_.notify_all();
    }

    void wait(const char *what, const std::function<bool()> &condition) {
        std::unique_lock<std::mutex> lock(mutex_);
        if (!changed_.wait_for(lock, std::chrono::seconds(30), condition)) {
            std::cerr << "demo_cpp: " << name_ << " waited in vain for " << what << "\n";
            std::exit(1);
        }
    }

    // What Alice sees is on the left, what Bob sees on the right; one write a line, for there are two threads of them.
    void say(const std::string &text) const {
        std::ostringstream line;
        line << std::string(left_ ? 2 : 48, ' ') << name_ << std::string(6 - name_.size(), ' ') << text << "\n";
        std::cout << line.str() << std::flush;
    }

    const std::string name_;
    const bool left_;
    IRtmService *const service_;
    IRtmCallManager *calls_ = nullptr;
    ILocalCallInvitation *calling_ = nullptr; // main()'s

    std::mutex mutex_; // for what follows; never held while a function of the library is called
    std::condition_variable changed_;
    IRemoteCallInvitation *ringing_ = nullptr;
    bool logged_in_ = false, knows_of_ring_ = false, rang_ = false;
    LOGIN_ERR_CODE login_error_ = LOGIN_ERR_OK;
    std::string end_; // how the present call ended here; empty: it has not
    std::string ladder_;
};

// ---- The scenes ----------------------------------------------------------------------------------------------------

struct Scene {
    const char *name, *callee;
    std::function<void(Phone &alice, Phone &bob)> play; // while it rings; empty: it does not
    const char *at_caller, *at_callee;                  // what both must end as; "-": nothing rang there
};

const Scene scenes[] = {
    {"accepted", "bob", [](Phone &, Phone &bob) { bob.accept(); }, "ACCEPTED_BY_REMOTE", "ACCEPTED"},
    {"refused", "bob", [](Phone &, Phone &bob) { bob.refuse(); }, "REFUSED_BY_REMOTE", "REFUSED"},
    {"canceled", "bob", [](Phone &alice, Phone &) { alice.cancel(); }, "CANCELED", "CANCELED"},
    {"unanswered", "bob", [](Phone &, Phone &bob) { bob.does_not_hear_it(); }, "FAILURE INVITATION_EXPIRE",
     "FAILURE INVITATION_EXPIRE"},
    {"callee offline", "carol", nullptr, "FAILURE PEER_OFFLINE", "-"},
    {"callee logs out", "bob", [](Phone &, Phone &bob) { bob.log_out(); }, "FAILURE PEER_OFFLINE",
     "FAILURE PEER_OFFLINE"},
    {"caller logs out", "bob", [](Phone &alice, Phone &) { alice.log_out(); }, "FAILURE NOT_LOGGEDIN", "CANCELED"},
    {"not logged in", "bob", nullptr, "FAILURE NOT_LOGGEDIN", "-"}, // she has just logged out
};

std::string row(const std::string &ending, const std::string &at_caller, const std::string &at_callee,
                const char *as_expected) {
    char line[128];
    std::snprintf(line, sizeof line, "%-16s %-26s %-26s %s\n", ending.c_str(), at_caller.c_str(), at_callee.c_str(),
                  as_expected);
    return line;
}

std::string play(const Scene &scene, Phone &alice, Phone &bob, bool &fine) {
    std::cout << "\n" << scene.name << std::endl;
    const std::string name = scene.name;
    if (name != "not logged in") {
        alice.log_in();
        bob.log_in();
    }
    // The defaults, but for the two scenes that wait for the end of a window.
    alice.set_patience(name == "callee offline" ? 500 : 30000, name == "unanswered" ? 1000 : 60000);
    bob.forget();
    alice.dial(scene.callee);
    std::string at_callee = "-";
    if (scene.play) {
        bob.wait_for_ring();
        alice.wait_for_word_of_ring();
        scene.play(alice, bob);
        at_callee = bob.wait_for_end();
    }
    const std::string at_caller = alice.wait_for_end();
    const bool as_expected = at_caller == scene.at_caller && at_callee == scene.at_callee;
    fine = fine && as_expected;

    return row(name, at_caller, at_callee, as_expected ? "yes" : "NO");
}

} // namespace

int main(int argc, char **argv) {
    if (argc > 1) {
        const bool help = std::string(argv[1]) == "--help" || std::string(argv[1]) == "-h";
        (help ? std::cout : std::cerr) << "usage: demo_cpp\nPlays every end of a call through the original's C++ "
                                          "interface.\nExit code 0: both sides agreed; 1: not; 2: wrong usage.\n";
        return help ? 0 : 2;
    }
    std::cout << "rtm_call " << getRtmSdkVersion() << std::endl;
    std::string summary, ladder;
    bool fine = true;
    {
        Phone alice("alice", true), bob("bob", false);
        for (const Scene &scene : scenes) {
            summary += play(scene, alice, bob, fine);
            if (ladder.empty()) {
                ladder = alice.ladder(); // of the first scene
            }
        }
    }
    std::cout << "\nboth sides agree\n" << row("ending", "alice", "bob", "as expected") << summary;
    std::cout << "\nwhat happened to the accepted call, as Alice's library saw it\n" << ladder;
    return fine ? 0 : 1;
}
