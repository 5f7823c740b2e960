// Whatever ends, and wherever: services, invitations and functions in every order, inside callbacks, from many threads.
#include "party.hpp"

#include <memory>
#include <optional>
#if defined(__linux__)
#include <csignal>
#include <sys/wait.h>
#include <unistd.h>
#endif

using namespace cpp;

namespace {

const char *const app = "lifetime";

// Captured by functions: tells when all copies of them are destroyed.
class token {
  public:
    token() : alive_(std::make_shared<int>(0)), watch_(alive_) {}
    std::shared_ptr<int> copy() const { return alive_; }
    // Gives up the test's own copy and waits until the functions' copies are gone.
    void wait_gone() {
        alive_.reset();
        if (!eventually([this] { return watch_.expired(); })) {
            failed(__FILE__, __LINE__, "a function was not destroyed");
        }
    }
    bool is_only_mine() const { return watch_.use_count() == 1; }

  private:
    std::shared_ptr<int> alive_;
    std::weak_ptr<int> watch_;
};

bool is_freed(rtm_local_call_invitation *handle) {
    rtm_local_invitation_state state;
    return rtm_local_call_invitation_get_state(handle, &state) == RTM_ERR_STALE_HANDLE;
}
bool is_freed(rtm_remote_call_invitation *handle) {
    rtm_remote_invitation_state state;
    return rtm_remote_call_invitation_get_state(handle, &state) == RTM_ERR_STALE_HANDLE;
}

// ---- Invitations ----------------------------------------------------------------------------------------------------

void the_last_copy_frees_an_invitation() {
    rtm::service service(app);
    rtm::local_invitation call = service.create_invitation("bob");
    rtm_local_call_invitation *const handle = call.native_handle();
    rtm::local_invitation copy = call;
    call = {};
    CHECK(!is_freed(handle));
    copy = {};
    CHECK(is_freed(handle));
}

void an_open_invitation_lives_without_copies() {
    party alice(app, "alice"), bob(app, "bob");
    rtm_local_call_invitation *const handle = alice.ring("bob").native_handle();
    rtm_remote_call_invitation *const rung = bob.wait("on_remote_received").remote.native_handle();
    alice.wait("on_local_received_by_peer");
    alice.forget();
    bob.forget();
    CHECK(!is_freed(handle) && !is_freed(rung));
    CHECK_EQUAL(rtm_call_manager_accept_remote_invitation(bob.service.native_call_manager(), rung), RTM_OK);
    CHECK(alice.wait("on_local_accepted").local.native_handle() == handle);
    CHECK(bob.wait("on_remote_accepted").remote.native_handle() == rung);
    alice.forget();
    bob.forget();
    CHECK(eventually([&] { return is_freed(handle) && is_freed(rung); }));
}

void what_was_refused_by_send_is_not_kept() {
    party alice(app, "alice");
    rtm::local_invitation call = alice.service.create_invitation("b*b");
    rtm_local_call_invitation *const handle = call.native_handle();
    CHECK_ERROR(call.send(), rtm::errc::invalid_argument);
    CHECK_ERROR(call.send(), rtm::errc::invalid_argument);
    call = {};
    CHECK(is_freed(handle));
}

// In every callback the program drops all the copies it has; the next callback comes all the same.
void copies_are_dropped_in_every_callback() {
    rtm::local_invitation local;
    rtm::remote_invitation remote;
    party alice(app), bob(app);
    alice.inside = [&](const event &came) {
        if (came.local) {
            local = {};
            alice.forget();
        }
        if (came.name == "on_local_canceled") {
            alice.plain("ended");
        }
    };
    bob.inside = [&](const event &came) {
        if (came.remote) {
            remote = came.remote;
            bob.forget();
            remote = {};
        }
        if (came.name == "on_remote_canceled") {
            bob.plain("ended");
        }
    };
    alice.log_in("alice");
    bob.log_in("bob");
    local = alice.service.create_invitation("bob");
    rtm::local_invitation mine = local;
    CHECK_OK(mine.send());
    CHECK(eventually([&] { return mine.state() == rtm::local_invitation_state::received_by_remote; }));
    rtm_local_call_invitation *const handle = mine.native_handle();
    CHECK_OK(mine.cancel());
    mine = {};
    alice.wait("ended");
    bob.wait("ended");
    CHECK(eventually([&] { return is_freed(handle); }));
}

void an_invitation_outlives_its_service() {
    rtm::local_invitation idle, open;
    rtm::remote_invitation rung;
    {
        party alice(app, "alice"), bob(app, "bob");
        idle = alice.service.create_invitation("bob");
        CHECK_OK(idle.set_content("idle"));
        open = alice.ring("bob");
        rung = bob.wait("on_remote_received").remote;
    }
    CHECK_TEXT(idle.content(), "idle");
    CHECK_CODE(idle.state(), rtm::local_invitation_state::idle);
    CHECK_ERROR(idle.send(), rtm::errc::stale_handle);
    CHECK_CODE(open.state(), rtm::local_invitation_state::failure);
    CHECK_ERROR(open.send(), rtm::errc::already_end);
    CHECK_ERROR(open.cancel(), rtm::errc::already_end);
    CHECK_TEXT(rung.caller_id(), "alice");
    CHECK_ERROR(rung.accept("x"), rtm::errc::already_end);
    CHECK_ERROR(rung.refuse(), rtm::errc::already_end);
    rtm_local_call_invitation *const handle = open.native_handle();
    open = {};
    CHECK(is_freed(handle));
}

// Functions that hold invitations of the very service that holds the functions.
void functions_may_hold_their_own_invitations() {
    token held;
    rtm_local_call_invitation *handle = nullptr;
    {
        party bob(app, "bob");
        rtm::service alice(app);
        const rtm::local_invitation call = alice.create_invitation("bob");
        handle = call.native_handle();
        rtm::call_events calls;
        calls.on_local_canceled = [call, copy = held.copy()](rtm::local_invitation) {};
        CHECK_OK(alice.set_call_events(calls));
    }
    held.wait_gone();
    CHECK(is_freed(handle));
}

// Of many that send the same invitation, one succeeds; its callbacks come.
void one_of_many_senders_succeeds() {
    party alice(app, "alice"), bob(app, "bob");
    for (int round = 0; round < scaled(50); round++) {
        rtm::local_invitation call = alice.service.create_invitation("bob");
        std::atomic<int> sent{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; t++) {
            threads.emplace_back([&, copy = call]() mutable {
                const std::error_code error = copy.send();
                CHECK(!error || error == rtm::errc::already_sent);
                sent += error ? 0 : 1;
            });
        }
        for (std::thread &thread : threads) {
            thread.join();
        }
        CHECK_EQUAL(sent.load(), 1);
        const std::size_t nth = static_cast<std::size_t>(round) + 1;
        CHECK_OK(bob.wait("on_remote_received", nth).remote.refuse());
        CHECK(alice.wait("on_local_refused", nth).local == call);
    }
}

// ---- Services -------------------------------------------------------------------------------------------------------

// Calls that tell `in` their name.
template <class In> rtm::call_events calls_in(In in) {
    rtm::call_events calls;
    calls.on_local_received_by_peer = [in](rtm::local_invitation) { in("on_local_received_by_peer"); };
    calls.on_local_accepted = [in](rtm::local_invitation, const std::string &) { in("on_local_accepted"); };
    calls.on_remote_received = [in](rtm::remote_invitation call) {
        in("on_remote_received");
        call.accept(); // an error if the service is gone, and no harm
    };
    calls.on_remote_accepted = [in](rtm::remote_invitation) { in("on_remote_accepted"); };
    return calls;
}
template <class In> rtm::service_events events_in(In in) {
    rtm::service_events events;
    events.on_login_success = [in] { in("on_login_success"); };
    events.on_connection_state_changed = [in](rtm::connection_state, rtm::connection_change_reason) {
        in("on_connection_state_changed");
    };
    return events;
}

// A service is destroyed inside each of its callbacks in turn: what is due comes after, and its functions are
// destroyed.
void a_service_is_destroyed_in_each_of_its_callbacks() {
    const auto play = [](bool caller_ends, const std::string &callback) {
        token held;
        latch may, did;
        std::optional<rtm::service> ending;
        {
            const auto in = [&, callback, copy = held.copy()](const std::string &name) {
                if (name == callback && ending) {
                    may.wait(); // until the main thread has done with it
                    ending.reset();
                    did.set();
                }
            };
            ending.emplace(app, calls_in(in), events_in(in));
        }
        rtm::service other(app, calls_in([](const char *) {}));
        rtm::service &bob = caller_ends ? other : *ending, &alice = caller_ends ? *ending : other;
        CHECK_OK(bob.login("bob"));
        CHECK(eventually([&] { return bob.connection_state() == rtm::connection_state::connected; }));
        rtm::local_invitation call = alice.create_invitation("bob");
        CHECK_OK(alice.login("alice"));
        CHECK_OK(call.send());
        may.set();
        did.wait();
        held.wait_gone();
        CHECK(!ending);
    };
    for (const char *callback :
         {"on_login_success", "on_connection_state_changed", "on_local_received_by_peer", "on_local_accepted"}) {
        play(true, callback);
    }
    for (const char *callback :
         {"on_login_success", "on_connection_state_changed", "on_remote_received", "on_remote_accepted"}) {
        play(false, callback);
    }
}

void a_service_is_closed_from_two_threads() {
    for (int round = 0; round < scaled(30); round++) {
        party bob(app, "bob");
        token held;
        rtm::call_events calls;
        calls.on_local_failure = [copy = held.copy()](rtm::local_invitation, rtm::local_invitation_err) {};
        rtm::service alice(app, calls);
        calls = {};
        CHECK_OK(alice.login("alice"));
        CHECK_OK(alice.create_invitation("bob").send());
        std::thread one([&] { alice.close(); });
        std::thread other([&] { round % 2 == 0 ? alice.close() : alice.close_without_callbacks(); });
        one.join();
        other.join();
        held.wait_gone();
    }
}

void services_end_in_every_order() {
    for (int order = 0; order < 4; order++) {
        auto alice = std::make_unique<party>(app, "alice");
        auto bob = std::make_unique<party>(app, "bob");
        auto call = std::make_unique<rtm::local_invitation>(alice->ring("bob"));
        auto rung = std::make_unique<rtm::remote_invitation>(bob->wait("on_remote_received").remote);
        CHECK_OK(rung->accept());
        switch (order) {
        case 0:
            alice.reset();
            bob.reset();
            break;
        case 1:
            bob.reset();
            call.reset();
            alice.reset();
            break;
        case 2:
            call.reset();
            rung.reset();
            break;
        default:
            rung.reset();
            alice.reset();
            CHECK_TEXT(call->callee_id(), "bob");
            bob.reset();
        }
    }
}

void two_services_close_each_other_in_callbacks() {
    token held;
    rtm::service alice, bob;
    std::atomic<int> closed{0};
    const auto calls_of = [&](rtm::service &other) {
        rtm::call_events calls;
        calls.on_local_received_by_peer = [&, copy = held.copy()](rtm::local_invitation) {
            other.close();
            closed++;
        };
        calls.on_remote_received = [&, copy = held.copy()](rtm::remote_invitation) {
            other.close();
            closed++;
        };
        return calls;
    };
    alice = rtm::service(app, calls_of(bob));
    bob = rtm::service(app, calls_of(alice));
    CHECK_OK(bob.login("bob"));
    CHECK(eventually([&] { return bob.connection_state() == rtm::connection_state::connected; }));
    CHECK_OK(alice.login("alice"));
    rtm::local_invitation call = alice.create_invitation("bob");
    CHECK_OK(call.send());
    CHECK(eventually([&] { return closed > 0; }));
    alice.close();
    bob.close();
    held.wait_gone();
}

// A function that owns its own service keeps it; close() breaks the circle, also where that destroys the service.
void a_service_is_owned_by_its_own_function() {
    token held;
    {
        const auto alice = std::make_shared<rtm::service>();
        rtm::call_events calls;
        calls.on_local_canceled = [alice, copy = held.copy()](rtm::local_invitation) {};
        *alice = rtm::service(app, calls);
        CHECK_OK(alice->login("alice"));
        std::weak_ptr<rtm::service> watch = alice;
        CHECK_EQUAL(watch.use_count(), 3);
        alice->close();
    }
    held.wait_gone();
}

void a_service_moves_while_callbacks_run() {
    party bob(app, "bob");
    std::atomic<int> ended{0};
    rtm::call_events calls;
    calls.on_local_refused = [&](rtm::local_invitation, const std::string &) { ended++; };
    rtm::service first(app, calls);
    CHECK_OK(first.login("alice"));
    const int count = scaled(100);
    for (int i = 0; i < count; i++) {
        CHECK_OK(first.create_invitation("bob").send());
    }
    rtm::service second = std::move(first);
    for (int i = 0; i < count; i++) {
        CHECK_OK(bob.wait("on_remote_received", static_cast<std::size_t>(i) + 1).remote.refuse());
        first = std::move(second);
        second = std::move(first);
    }
    CHECK(eventually([&] { return ended == count; }));
    second.close();
}

void closing_without_callbacks_frees_everything() {
    token held;
    party bob(app, "bob");
    rtm_local_call_invitation *handle = nullptr;
    {
        std::atomic<int> count{0};
        rtm::call_events calls;
        calls.on_local_failure = [&, copy = held.copy()](rtm::local_invitation, rtm::local_invitation_err) { count++; };
        rtm::service alice(app, calls);
        CHECK_OK(alice.login("alice"));
        rtm::local_invitation call = alice.create_invitation("bob");
        handle = call.native_handle();
        CHECK_OK(call.send());
        bob.wait("on_remote_received");
        // The functions of requests are destroyed too.
        CHECK_OK(alice.query_peers_online_status({"bob"}, [copy = held.copy()](auto, auto &) {}));
        alice.close_without_callbacks();
        CHECK_EQUAL(count.load(), 0);
        CHECK_CODE(call.state(), rtm::local_invitation_state::failure);
    }
    held.wait_gone();
    CHECK(is_freed(handle));
    bob.wait("on_remote_canceled");
}

// ---- Functions ------------------------------------------------------------------------------------------------------

void functions_are_destroyed_when_they_are_replaced() {
    party bob(app, "bob");
    token replaced, removed, log;
    rtm::call_events calls;
    calls.on_local_accepted = [copy = replaced.copy()](rtm::local_invitation, const std::string &) {};
    rtm::service alice(app, std::move(calls));
    CHECK_OK(alice.set_call_events({}));
    CHECK(replaced.is_only_mine());

    rtm::service_events events;
    events.on_logout = [copy = removed.copy()](rtm::logout_err) {};
    const rtm::result<std::uint64_t> name = alice.add_events(std::move(events));
    CHECK(name);
    CHECK_OK(alice.remove_events(*name));
    CHECK(removed.is_only_mine());

    CHECK_OK(alice.set_log_handler([copy = log.copy()](rtm::log_level, std::string_view) {}));
    CHECK_OK(alice.set_log_handler({}));
    CHECK(log.is_only_mine());
}

// Each replaces or removes itself while it runs: it ends in peace and is destroyed after.
void functions_replace_themselves_while_they_run() {
    token held;
    party bob(app, "bob");
    std::atomic<int> replaced{0}, removed{0}, logged{0}, after{0};
    std::atomic<std::uint64_t> name{0};
    rtm::service alice(app);
    rtm::call_events next;
    next.on_local_refused = [&](rtm::local_invitation, const std::string &) { after++; };
    rtm::call_events calls;
    calls.on_local_received_by_peer = [&, next, copy = held.copy()](rtm::local_invitation) {
        CHECK_OK(alice.set_call_events(next));
        replaced++; // what it captured is still there
    };
    CHECK_OK(alice.set_call_events(std::move(calls)));
    rtm::service_events events;
    events.on_connection_state_changed = [&, copy = held.copy()](rtm::connection_state, rtm::connection_change_reason) {
        CHECK_OK(alice.remove_events(name));
        removed++;
    };
    name = alice.add_events(std::move(events)).value_or(0);
    CHECK_OK(alice.set_log_handler([&, copy = held.copy()](rtm::log_level, std::string_view) {
        CHECK_OK(alice.set_log_handler({}));
        logged++;
    }));
    CHECK_OK(alice.login("alice"));
    rtm::local_invitation call = alice.create_invitation("bob");
    CHECK_OK(call.send());
    CHECK_OK(bob.wait("on_remote_received").remote.refuse());
    CHECK(eventually([&] { return after == 1; }));
    CHECK_EQUAL(replaced.load(), 1);
    CHECK_EQUAL(removed.load(), 1);
    CHECK_EQUAL(logged.load(), 1);
    held.wait_gone();
    alice.close();
}

// Everything at once, on several threads, while a service comes and goes.
void everything_happens_at_once() {
    party bob(app, "bob");
    bob.inside = nullptr;
    for (int round = 0; round < scaled(20); round++) {
        rtm::call_events calls;
        calls.on_local_received_by_peer = [](rtm::local_invitation call) { call.cancel(); };
        calls.on_local_canceled = [](rtm::local_invitation call) {
            CHECK(call.state() != rtm::local_invitation_state::idle);
        };
        rtm::service alice(app, calls);
        CHECK_OK(alice.login("alice"));
        std::vector<std::thread> threads;
        for (int t = 0; t < 3; t++) {
            threads.emplace_back([&, t] {
                for (int i = 0; i < 30; i++) {
                    rtm::local_invitation call = alice.create_invitation("bob");
                    std::error_code error = call.send(); // stale once the service is closed
                    error = alice.send_message_to_peer("bob", "x", [](rtm::peer_message_err) {});
                    error = alice.set_call_events(calls);
                    if (t == 2 && i == 15) {
                        alice.close();
                    }
                }
            });
        }
        for (std::thread &thread : threads) {
            thread.join();
        }
    }
}

#if defined(__linux__)
void the_child_of_a_fork_gets_errors_and_does_not_hang() {
    party alice(app, "alice");
    rtm::local_invitation call = alice.service.create_invitation("bob");
    const pid_t child = fork();
    if (child == 0) {
        alarm(20);
        const auto forked = rtm::errc::forked;
        const bool fine = call.send() == forked && call.cancel() == forked && alice.service.login("x") == forked &&
                          alice.service.send_message_to_peer("bob", "x", [](auto) {}) == forked &&
                          rtm::service::create(app).error() == forked && call.callee_id().empty() &&
                          !alice.service.create_invitation("bob");
        alice.service.close();
        call = {};
        if (fine) {
            kill(getpid(), SIGKILL); // at an exit valgrind would call the memory of the parent's threads a leak
        }
        _exit(1);
    }
    int status = 0;
    CHECK_EQUAL(waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    CHECK_TEXT(call.callee_id(), "bob");
}
#endif

} // namespace

int main(int argc, char **argv) {
    const mirror::Test tests[] = {
        TEST(the_last_copy_frees_an_invitation),
        TEST(an_open_invitation_lives_without_copies),
        TEST(what_was_refused_by_send_is_not_kept),
        TEST(copies_are_dropped_in_every_callback),
        TEST(an_invitation_outlives_its_service),
        TEST(functions_may_hold_their_own_invitations),
        TEST(one_of_many_senders_succeeds),
        TEST(a_service_is_destroyed_in_each_of_its_callbacks),
        TEST(a_service_is_closed_from_two_threads),
        TEST(services_end_in_every_order),
        TEST(two_services_close_each_other_in_callbacks),
        TEST(a_service_is_owned_by_its_own_function),
        TEST(a_service_moves_while_callbacks_run),
        TEST(closing_without_callbacks_frees_everything),
        TEST(functions_are_destroyed_when_they_are_replaced),
        TEST(functions_replace_themselves_while_they_run),
        TEST(everything_happens_at_once),
#if defined(__linux__)
        TEST(the_child_of_a_fork_gets_errors_and_does_not_hang),
#endif
    };
    return mirror::run_tests(tests, argc, argv);
}
