// An exception that leaves a function of the program is caught, logged and dropped, and all goes on.
#include "party.hpp"

#include <stdexcept>

using namespace cpp;

namespace {

const char *const app = "exceptions";

struct of_a_type_of_its_own {};

// What the log of a service says, while every other callback of it throws.
class throwing {
  public:
    explicit throwing(const std::string &user) : one(app) {
        CHECK_OK(one.service.set_log_filter(rtm::log_filter::error));
        CHECK_OK(one.service.set_log_handler([this](rtm::log_level, std::string_view line) {
            const std::lock_guard<std::mutex> lock(mutex_);
            lines_ += std::string(line) + "\n";
        }));
        one.inside = [](const event &came) { throw std::runtime_error("thrown in " + came.name); };
        one.log_in(user);
    }
    void check_logged(const std::string &what) {
        if (!eventually([&] { return logged(what); })) {
            failed(__FILE__, __LINE__, "the log lacks: " + what);
        }
    }
    bool logged(const std::string &what) {
        const std::lock_guard<std::mutex> lock(mutex_);
        return lines_.find(what) != std::string::npos;
    }

  private:
    std::mutex mutex_;
    std::string lines_;

  public:
    party one; // After what its callbacks use.
};

void every_callback_may_throw() {
    throwing alice("alice"), bob("bob");
    for (const char *how : {"accept", "refuse", "cancel"}) {
        rtm::local_invitation call = alice.one.ring("bob");
        CHECK(eventually([&] { return call.state() == rtm::local_invitation_state::received_by_remote; }));
        rtm::result<rtm::remote_invitation> rung = bob.one.service.find_remote_invitation("alice", call.id());
        CHECK(rung);
        CHECK_OK(*how == 'a' ? rung->accept() : *how == 'r' ? rung->refuse() : call.cancel());
    }
    alice.one.wait("on_local_accepted");
    alice.one.wait("on_local_refused");
    alice.one.wait("on_local_canceled");
    CHECK_OK(alice.one.service.renew_token("token"));
    CHECK_OK(bob.one.service.send_message_to_peer("alice", "hello", [](auto) { throw of_a_type_of_its_own(); }));
    CHECK_OK(bob.one.service.query_peers_online_status({"alice"}, [](auto, auto &) { throw 1; }));
    CHECK_OK(bob.one.service.subscribe_peers_online_status({"alice"}, [](auto) { throw "x"; }));
    alice.one.ring("bob");
    alice.one.wait("on_local_received_by_peer", 4);
    CHECK_OK(alice.one.service.logout());
    for (const char *name : {"on_login_success", "on_connection_state_changed", "on_local_received_by_peer",
                             "on_local_accepted", "on_local_refused", "on_local_canceled", "on_local_failure",
                             "on_renew_token_result", "on_message_received_from_peer", "on_logout"}) {
        alice.check_logged(std::string("an exception left ") + name + ": thrown in " + name);
    }
    for (const char *name : {"on_remote_received", "on_remote_accepted", "on_remote_refused", "on_remote_canceled",
                             "on_peers_online_status_changed"}) {
        bob.check_logged(std::string("an exception left ") + name + ": thrown in " + name);
    }
    bob.check_logged("an exception left the outcome of send_message_to_peer: of a type of its own");
    bob.check_logged("an exception left the answer to query_peers_online_status: of a type of its own");
    bob.check_logged("an exception left the outcome of a subscription: of a type of its own");
}

void what_an_exception_says_may_be_no_text() {
    throwing alice("alice");
    rtm::service_events more;
    more.on_logout = [](rtm::logout_err) { throw std::runtime_error("\xff\xfe"); };
    CHECK(alice.one.service.add_events(more));
    alice.check_logged("thrown in on_login_success");
    alice.one.inside = nullptr; // No callback runs: that one was the last.
    CHECK_OK(alice.one.service.logout());
    alice.check_logged("an exception left on_logout\n");
}

// It would come back as a line of the log.
void a_log_handler_that_throws_is_not_logged() {
    party alice(app);
    int count = 0;
    CHECK_OK(alice.service.set_log_handler([&](rtm::log_level, std::string_view) {
        count++;
        throw std::runtime_error("thrown");
    }));
    CHECK_OK(alice.service.log(rtm::log_level::error, "one line"));
    CHECK_OK(alice.service.log(rtm::log_level::error, "another"));
    alice.service.close();
    CHECK(count >= 2 && count < 20);
}

} // namespace

int main(int argc, char **argv) {
    const mirror::Test tests[] = {
        TEST(every_callback_may_throw),
        TEST(what_an_exception_says_may_be_no_text),
        TEST(a_log_handler_that_throws_is_not_logged),
    };
    return mirror::run_tests(tests, argc, argv);
}
