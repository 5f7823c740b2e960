// Rows of original.cpp that take place while a login is in progress.
//
// The hub logs in at once, so the login is stopped half way from outside: the log goes to a pipe that is full, and the
// service waits there with its lock held. The call of another thread waits for that lock and mostly gets it first when
// the pipe is emptied. The log's lines are in the order of the steps and tell whether it was so; else the attempt does
// not count and is made again. Linux only; tests/border/login_in_progress.c shows the same of the C border.
#include "party.h"

#if !defined(__linux__)
int main() {
    std::printf("skipped: this test stops a login by way of a Linux pipe\n");
    return 0;
}
#else

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>

using namespace mirror;

namespace {

const int ATTEMPTS = 300;

// A thread that runs something, and the kernel's number of it.
class Watched {
  public:
    explicit Watched(std::function<void()> run)
        : number_(0), thread_([=] {
              number_ = syscall(SYS_gettid);
              run();
          }) {}

    // Until it sleeps: seen asleep ten times in a row, since it may be passing by another lock.
    void wait_until_asleep() {
        int asleep = 0;
        CHECK(eventually([&] {
            std::ifstream file("/proc/self/task/" + text_of(number_.load()) + "/stat");
            std::string line;
            std::getline(file, line);
            const std::size_t name = line.rfind(')');
            asleep = name != std::string::npos && line.compare(name, 3, ") S") == 0 ? asleep + 1 : 0;
            return asleep >= 10;
        }));
    }

    void join() { thread_.join(); }

  private:
    std::atomic<long> number_;
    std::thread thread_;
};

// Logs `party` in as alice, and has `meanwhile` run during it.
class Attempt {
  public:
    Attempt(Party &party, std::function<void()> meanwhile) : party_(party) {
        static int number = 0;
        path_ = "/tmp/rtm_call_mirror_" + text_of(getpid()) + "_" + text_of(number++) + ".log";
        unlink(path_.c_str());
        CHECK_EQUAL(mkfifo(path_.c_str(), 0600), 0);
        pipe_ = open(path_.c_str(), O_RDWR | O_NONBLOCK);
        CHECK_EQUAL(party.service->setLogFile(path_.c_str()), 0);
        const std::string filling(255, '#');
        while (write(pipe_, filling.data(), filling.size()) > 0) {
        }
        while (write(pipe_, "#", 1) > 0) {
        }
        IRtmService *const service = party.service;
        Watched login([=] { CHECK_EQUAL(service->login(NULL, "alice"), 0); });
        login.wait_until_asleep();
        Watched other(meanwhile);
        other.wait_until_asleep();
        drain();
        login.join();
        other.join();
        drain();
    }

    ~Attempt() {
        party_.service->setLogFile("");
        close(pipe_);
        unlink(path_.c_str());
    }

    // Whether `step` came before `later`, or `later` did not come.
    bool is_before(const char *step, const char *later) const {
        return log_.find(step) != std::string::npos && log_.find(step) < log_.find(later);
    }

  private:
    void drain() {
        char byte;
        while (read(pipe_, &byte, 1) == 1) {
            if (byte != '#') {
                log_ += byte;
            }
        }
    }

    Party &party_;
    std::string path_, log_;
    int pipe_;
};

void a_send_during_the_login_is_held_and_goes_out() {
    Party bob("during", "bob");
    bool held = false;
    for (int i = 0; i < ATTEMPTS && !held; i++) {
        Party alice("during");
        ILocalCallInvitation *invitation = NULL;
        Attempt attempt(alice, [&] { invitation = alice.ring("bob"); });
        held = attempt.is_before(" send id=", "connection Connected");
        alice.wait("onLoginSuccess");
        CHECK_EQUAL(bob.manager->refuseRemoteInvitation(bob.rung(static_cast<std::size_t>(i) + 1)), 0);
        CHECK(alice.wait("onLocalInvitationRefused").object == invitation);
    }
    CHECK(held);
}

void a_send_during_a_login_that_fails_fails_once() {
    bool failed = false;
    for (int i = 0; i < ATTEMPTS && !failed; i++) {
        Party alice("during");
        CHECK_EQUAL(alice.service->setParameters("{\"rtm_call.login_timeout_ms\": 1}"), 0);
        Attempt attempt(alice, [&] { alice.ring("bob"); });
        CHECK(eventually([&] { return alice.count("onLoginFailure") + alice.count("onLoginSuccess") > 0; }));
        if (alice.count("onLoginFailure") > 0) {
            CHECK_EQUAL(alice.wait("onLoginFailure").number, LOGIN_ERR_TIMEOUT);
            CHECK_EQUAL(alice.wait("onLocalInvitationFailure").number, LOCAL_INVITATION_ERR_NOT_LOGGEDIN);
            failed = attempt.is_before(" send id=", "connection Disconnected");
        }
        alice.service->release(true);
        CHECK_EQUAL(alice.count("onLocalInvitationFailure"), 1u);
    }
    CHECK(failed);
}

void login_while_connecting_fails_and_leaves_the_first_undisturbed() {
    bool during = false;
    for (int i = 0; i < ATTEMPTS && !during; i++) {
        Party alice("during");
        Attempt attempt(alice, [&] { CHECK_EQUAL(alice.service->login(NULL, "alice"), 0); });
        CHECK_EQUAL(alice.wait("onLoginFailure").number, LOGIN_ERR_ALREADY_LOGGED_IN);
        alice.wait("onLoginSuccess");
        during = alice.events()[1].name == "onLoginFailure";
    }
    CHECK(during);
}

void logout_while_connecting_succeeds() {
    bool during = false;
    for (int i = 0; i < ATTEMPTS && !during; i++) {
        Party alice("during");
        Attempt attempt(alice, [&] { CHECK_EQUAL(alice.service->logout(), 0); });
        CHECK_EQUAL(alice.wait("onLogout").number, LOGOUT_ERR_OK);
        if (alice.count("onLoginSuccess") == 0) {
            const Event changed = alice.wait("onConnectionStateChanged", 2);
            CHECK_EQUAL(changed.state, CONNECTION_STATE_DISCONNECTED);
            CHECK_EQUAL(changed.number, CONNECTION_CHANGE_REASON_LOGOUT);
            CHECK_EQUAL(alice.events()[1].name, "onLogout");
            during = true;
        }
    }
    CHECK(during);
}

void release_sync_while_connecting_is_clean() {
    bool during = false;
    for (int i = 0; i < ATTEMPTS && !during; i++) {
        Party alice("during");
        ILocalCallInvitation *const invitation = alice.manager->createLocalCallInvitation("bob");
        Attempt attempt(alice, [&] {
            alice.manager->sendLocalInvitation(invitation);
            alice.service->release(true);
        });
        CHECK_EQUAL(alice.count("onLocalInvitationFailure"), 1u);
        CHECK_EQUAL(invitation->getState(), LOCAL_INVITATION_STATE_FAILURE);
        CHECK_EQUAL(alice.service->logout(), LOGOUT_ERR_NOT_INITIALIZED);
        during = alice.count("onLoginSuccess") == 0;
    }
    CHECK(during);
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

#endif
