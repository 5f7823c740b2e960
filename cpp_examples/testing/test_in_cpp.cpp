// The same with a test framework: doctest here; Catch2 and GoogleTest differ in the macros only.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "call_screen.h"

#include <rtm_call_test.h>

#include <chrono>

namespace {

// A world of its own for each test case, the application in it, and a peer that follows a script.
struct Stage {
    rtm_test_world *world = nullptr;
    call_screen screen{};
    rtm_test_peer *bob = nullptr;

    explicit Stage(rtm_test_act when_called = RTM_TEST_ACT_NOTHING, rtm_test_act when_calling = RTM_TEST_ACT_NOTHING,
                   std::chrono::milliseconds after = {}) {
        rtm_test_script script{};
        script.struct_size = sizeof script;
        script.when_called = when_called;
        script.when_called_after_ms = static_cast<std::uint32_t>(after.count());
        script.when_calling = when_calling;
        script.when_calling_after_ms = static_cast<std::uint32_t>(after.count());
        REQUIRE(rtm_test_world_create(1, &world) == RTM_OK);
        REQUIRE(screen_open(&screen, "me"));
        REQUIRE(rtm_test_peer_create(world, "telephone", "bob", &script, &bob) == RTM_OK);
    }
    ~Stage() {
        screen_close(&screen);
        rtm_test_peer_release(bob);
        rtm_test_world_release(world);
    }
    Stage(const Stage &) = delete;
    Stage &operator=(const Stage &) = delete;

    std::string after(std::chrono::milliseconds time) {
        rtm_test_world_advance(world, static_cast<std::uint64_t>(time.count()));
        return screen.line;
    }
};

} // namespace

using namespace std::chrono_literals;

TEST_CASE("a call that is accepted after three seconds") {
    Stage stage(RTM_TEST_ACT_ACCEPT, RTM_TEST_ACT_NOTHING, 3s);
    screen_dial(&stage.screen, "bob");
    CHECK(stage.after(0s) == "ringing at bob");
    CHECK(stage.after(3s) == "talking to bob");
    CHECK(stage.screen.calls_taken == 1);
}

TEST_CASE("a callee whose computer dies while it rings") {
    Stage stage(RTM_TEST_ACT_VANISH, RTM_TEST_ACT_NOTHING, 2s);
    screen_dial(&stage.screen, "bob");
    CHECK(stage.after(64s) == "ringing at bob");
    CHECK(stage.after(1s) == "no answer");
}

TEST_CASE("a call over a bad network is still answered once") {
    Stage stage;
    rtm_hub_faults faults{};
    faults.struct_size = sizeof faults;
    faults.seed = 7;
    faults.loss_per_million = 400000; // four in ten
    REQUIRE(rtm_hub_set_faults("", "telephone", &faults) == RTM_OK);
    rtm_test_peer_call(stage.bob, "me", "hello", "");
    CHECK(stage.after(20s) == "call from bob");
    screen_take(&stage.screen);
    CHECK(stage.after(5s) == "talking to bob");
    CHECK(stage.screen.calls_taken == 1);
}

TEST_CASE("a minute of protocol time takes less than a millisecond") {
    Stage stage;
    screen_dial(&stage.screen, "bob");
    const auto began = std::chrono::steady_clock::now();
    CHECK(stage.after(60s) == "no answer");
    MESSAGE("60 s took ", std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - began).count(),
            " us");
}
