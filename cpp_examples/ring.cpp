// ring.cpp: Alice rings Bob and Bob accepts: both ends of one call, with rtm_call.hpp.
//
// Each service runs its callbacks on a thread of its own. They only print, answer, and keep promises that main() waits
// for.
#include "rtm_call.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>
#include <string>

static void check(std::error_code error) {
    if (error) {
        std::fprintf(stderr, "%s: %s\n", error.message().c_str(), rtm::last_error().c_str());
        std::exit(1);
    }
}

// What main() waits for; all of it comes within milliseconds.
static bool comes(std::promise<bool> &promise, const char *what) {
    std::future<bool> future = promise.get_future();
    if (future.wait_for(std::chrono::seconds(30)) == std::future_status::ready && future.get()) {
        return true;
    }
    std::fprintf(stderr, "%s did not come\n", what);
    return false;
}

int main(int argc, char **argv) {
    if (argc > 1) {
        const bool help = std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0;
        std::fprintf(help ? stdout : stderr, "usage: ring_cpp\nAlice rings Bob, in one process.\n"
                                             "Exit code 0: both know of the call; 1: not; 2: wrong usage.\n");
        return help ? 0 : 2;
    }

    std::promise<bool> bob_is_there, alice_knows, bob_knows;

    rtm::service_events bobs_events;
    bobs_events.on_login_success = [&] { bob_is_there.set_value(true); };
    bobs_events.on_login_failure = [&](rtm::login_err) { bob_is_there.set_value(false); };

    rtm::call_events bobs_calls;
    bobs_calls.on_remote_received = [](rtm::remote_invitation call) {
        std::printf("bob:   %s rings: %s\n", call.caller_id().c_str(), call.content().c_str());
        check(call.accept("with pleasure"));
    };
    bobs_calls.on_remote_accepted = [&](rtm::remote_invitation call) {
        std::printf("bob:   the call stands, the channel is %s\n", call.channel_id().c_str());
        bob_knows.set_value(true);
    };

    rtm::call_events alices_calls;
    alices_calls.on_local_received_by_peer = [](rtm::local_invitation call) {
        std::printf("alice: it rings at %s\n", call.callee_id().c_str());
    };
    alices_calls.on_local_accepted = [&](rtm::local_invitation call, const std::string &response) {
        std::printf("alice: %s accepts: %s\n", call.callee_id().c_str(), response.c_str());
        alice_knows.set_value(true);
    };
    alices_calls.on_local_failure = [&](rtm::local_invitation call, rtm::local_invitation_err) {
        std::printf("alice: no call: %s\n", std::string(rtm::describe(call.end_reason())).c_str());
        alice_knows.set_value(false);
    };

    // Declared after what their callbacks use: destroyed, and the last callback over, before that.
    rtm::service bob("ring-example", bobs_calls, bobs_events);
    rtm::service alice("ring-example", alices_calls);

    check(bob.login("bob"));
    if (!comes(bob_is_there, "bob's login")) {
        return 1;
    }
    check(alice.login("alice"));
    rtm::local_invitation call = alice.create_invitation("bob");
    check(call.set_content("Are you there?"));
    check(call.set_channel_id("room-1"));
    check(call.send()); // held until the login has succeeded

    return comes(alice_knows, "bob's answer") && comes(bob_knows, "alice's confirmation") ? 0 : 1;
}
