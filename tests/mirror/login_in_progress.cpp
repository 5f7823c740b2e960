// Rows of original.cpp that take place while a login is in progress. The carrier says nothing before the test has it
// speak, so the login takes as long as the test wants; tests/border/login_in_progress.c shows the same of the C border.
#include "party.h"

#include <chrono>
#include <condition_variable>
#include <map>

#include "rtm_call.h"

using namespace mirror;

namespace {

// Its sessions, by their users. The test has them speak.
class Carrier {
  public:
    Carrier() : silent(true), dropped_(false) {
        rtm_transport table = rtm_transport();
        table.struct_size = sizeof table;
        table.context = this;
        table.drop = drop;
        table.start = start;
        table.send = send;
        table.stop = stop;
        CHECK_EQUAL(rtm_transport_register("held", &table), RTM_OK);
    }
    // The thread on which a login timed out may be about to stop its session.
    ~Carrier() {
        CHECK_EQUAL(rtm_transport_unregister("held"), RTM_OK);
        std::unique_lock<std::mutex> lock(mutex_);
        CHECK(over_.wait_for(lock, bound(), [this] { return dropped_; }));
    }

    // The login of `user` succeeds.
    void speak(const std::string &user) {
        CHECK_EQUAL(rtm_transport_session_link(session(user), RTM_TRANSPORT_LINK_UP, 0), RTM_OK);
    }

    std::atomic<bool> silent;

  private:
    struct Line {
        Carrier *on;
        std::string user;
    };

    static void drop(void *context) {
        Carrier *const me = static_cast<Carrier *>(context);
        std::lock_guard<std::mutex> lock(me->mutex_);
        me->dropped_ = true;
        me->over_.notify_all();
    }

    static void *start(void *context, rtm_transport_session *session, const rtm_transport_login *login) {
        Carrier *const me = static_cast<Carrier *>(context);
        std::unique_lock<std::mutex> lock(me->mutex_);
        me->sessions_[login->user_id] = session;
        lock.unlock();
        if (!me->silent) {
            me->speak(login->user_id);
        }
        return new Line{me, login->user_id};
    }

    static int32_t send(void *state, const char *to, const uint8_t *bytes, size_t length, uint32_t) {
        const Line *const line = static_cast<Line *>(state);
        const rtm_transport_message message = {line->user.c_str(), bytes, length};
        rtm_transport_session *const peer = line->on->session(to);
        if (peer != NULL) {
            rtm_transport_session_deliver(peer, &message, 1);
        }
        return RTM_OK;
    }

    static void stop(void *state, uint32_t) {
        Line *const line = static_cast<Line *>(state);
        std::lock_guard<std::mutex> lock(line->on->mutex_);
        line->on->sessions_.erase(line->user);
        delete line;
    }

    rtm_transport_session *session(const std::string &user) {
        std::lock_guard<std::mutex> lock(mutex_);
        const std::map<std::string, rtm_transport_session *>::iterator found = sessions_.find(user);
        return found == sessions_.end() ? NULL : found->second;
    }

    std::mutex mutex_;
    std::condition_variable over_;
    bool dropped_;
    std::map<std::string, rtm_transport_session *> sessions_;
};

// Alice, whose login is in progress.
struct Scene {
    explicit Scene(const std::string &more = "") : alice("during") {
        CHECK_EQUAL(alice.service->setParameters(("{\"rtm_call.url\": \"held://here\"" + more + "}").c_str()), 0);
        CHECK_EQUAL(alice.service->login(NULL, "alice"), 0);
        CHECK_EQUAL(alice.wait("onConnectionStateChanged").state, CONNECTION_STATE_CONNECTING);
    }

    Carrier carrier;
    Party alice;
};

void a_send_during_the_login_is_held_and_goes_out() {
    Scene scene;
    Party bob("during");
    CHECK_EQUAL(bob.service->setParameters("{\"rtm_call.url\": \"held://here\"}"), 0);
    scene.carrier.silent = false;
    bob.log_in("bob");
    ILocalCallInvitation *const invitation = scene.alice.ring("bob");
    CHECK_EQUAL(scene.alice.count("onLoginSuccess"), 0u);
    scene.carrier.speak("alice");
    scene.alice.wait("onLoginSuccess");
    CHECK_EQUAL(bob.manager->refuseRemoteInvitation(bob.rung()), 0);
    CHECK(scene.alice.wait("onLocalInvitationRefused").object == invitation);
}

void a_send_during_a_login_that_fails_fails_once() {
    Scene scene(", \"rtm_call.login_timeout_ms\": 1000");
    scene.alice.ring("bob");
    CHECK_EQUAL(scene.alice.wait("onLoginFailure").number, LOGIN_ERR_TIMEOUT);
    CHECK_EQUAL(scene.alice.wait("onLocalInvitationFailure").number, LOCAL_INVITATION_ERR_NOT_LOGGEDIN);
    scene.alice.service->release(true);
    CHECK_EQUAL(scene.alice.count("onLocalInvitationFailure"), 1u);
    CHECK_EQUAL(scene.alice.count("onLoginSuccess"), 0u);
}

void login_while_connecting_fails_and_leaves_the_first_undisturbed() {
    Scene scene;
    CHECK_EQUAL(scene.alice.service->login(NULL, "alice"), 0);
    CHECK_EQUAL(scene.alice.wait("onLoginFailure").number, LOGIN_ERR_ALREADY_LOGGED_IN);
    CHECK_EQUAL(scene.alice.count("onLoginSuccess"), 0u);
    scene.carrier.speak("alice");
    scene.alice.wait("onLoginSuccess");
    CHECK_EQUAL(scene.alice.count("onLoginFailure"), 1u);
}

void logout_while_connecting_succeeds() {
    Scene scene;
    CHECK_EQUAL(scene.alice.service->logout(), 0);
    CHECK_EQUAL(scene.alice.wait("onLogout").number, LOGOUT_ERR_OK);
    const Event changed = scene.alice.wait("onConnectionStateChanged", 2);
    CHECK_EQUAL(changed.state, CONNECTION_STATE_DISCONNECTED);
    CHECK_EQUAL(changed.number, CONNECTION_CHANGE_REASON_LOGOUT);
    CHECK_EQUAL(scene.alice.events()[1].name, "onLogout");
    CHECK_EQUAL(scene.alice.count("onLoginSuccess"), 0u);
}

void release_sync_while_connecting_is_clean() {
    Scene scene;
    ILocalCallInvitation *const invitation = scene.alice.ring("bob");
    scene.alice.service->release(true);
    CHECK_EQUAL(scene.alice.count("onLocalInvitationFailure"), 1u);
    CHECK_EQUAL(invitation->getState(), LOCAL_INVITATION_STATE_FAILURE);
    CHECK_EQUAL(scene.alice.service->logout(), LOGOUT_ERR_NOT_INITIALIZED);
    CHECK_EQUAL(scene.alice.count("onLoginSuccess"), 0u);
}

const Test TESTS[] = {
    TEST(a_send_during_the_login_is_held_and_goes_out),
    TEST(a_send_during_a_login_that_fails_fails_once),
    TEST(login_while_connecting_fails_and_leaves_the_first_undisturbed),
    TEST(logout_while_connecting_succeeds),
    TEST(release_sync_while_connecting_is_clean),
};

} // namespace

int main(int argc, char **argv) {
    return run_tests(TESTS, argc, argv);
}
