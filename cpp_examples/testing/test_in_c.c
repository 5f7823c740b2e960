/* How an application is tested with rtm_call_test.h, in plain C: no server, no second program, no waiting. */
#include "call_screen.h"

#include <rtm_call_test.h>

static int failures;

static void expect(const call_screen *screen, const char *line) {
    int same = strcmp(screen->line, line) == 0;
    printf("  %-4s \"%s\"\n", same ? "ok" : "FAIL", screen->line);
    if (!same) {
        printf("       expected \"%s\"\n", line);
        failures++;
    }
}

/* One test: a world, the application in it, and a peer that follows a script. */
typedef struct stage {
    rtm_test_world *world;
    call_screen screen;
    rtm_test_peer *bob;
} stage;

static int set_stage(stage *stage, const char *name, rtm_test_act when_called, rtm_test_act when_calling,
                     uint32_t after_ms) {
    rtm_test_script script;
    memset(&script, 0, sizeof script);
    script.struct_size = sizeof script;
    script.when_called = when_called;
    script.when_called_after_ms = after_ms;
    script.when_calling = when_calling;
    script.when_calling_after_ms = after_ms;
    script.response = "not now";
    printf("%s\n", name);
    if (rtm_test_world_create(1, &stage->world) != RTM_OK || !screen_open(&stage->screen, "me") ||
        rtm_test_peer_create(stage->world, "telephone", "bob", &script, &stage->bob) != RTM_OK) {
        printf("  FAIL %s\n", rtm_last_error());
        failures++;
        return 0;
    }
    return 1;
}

static void clear_stage(stage *stage) {
    screen_close(&stage->screen);
    rtm_test_peer_release(stage->bob);
    rtm_test_world_release(stage->world);
}

int main(int argc, char **argv) {
    stage stage;
    if (argc > 1) {
        int help = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h");
        fputs("usage: test_in_c\nExit code 0: all is as expected; 1: not; 2: wrong usage.\n", help ? stdout : stderr);
        return help ? 0 : 2;
    }
    if (set_stage(&stage, "bob accepts after 3 s", RTM_TEST_ACT_ACCEPT, RTM_TEST_ACT_NOTHING, 3000)) {
        screen_dial(&stage.screen, "bob");
        expect(&stage.screen, "dialling bob");
        rtm_test_world_advance(stage.world, 2999);
        expect(&stage.screen, "ringing at bob");
        rtm_test_world_advance(stage.world, 1);
        expect(&stage.screen, "talking to bob");
        clear_stage(&stage);
    }
    if (set_stage(&stage, "bob refuses", RTM_TEST_ACT_REFUSE, RTM_TEST_ACT_NOTHING, 500)) {
        screen_dial(&stage.screen, "bob");
        rtm_test_world_advance(stage.world, 500);
        expect(&stage.screen, "refused: not now");
        clear_stage(&stage);
    }
    if (set_stage(&stage, "bob never answers", RTM_TEST_ACT_NOTHING, RTM_TEST_ACT_NOTHING, 0)) {
        screen_dial(&stage.screen, "bob");
        rtm_test_world_advance(stage.world, 60000); /* a minute, in well under a millisecond */
        expect(&stage.screen, "no answer");
        clear_stage(&stage);
    }
    if (set_stage(&stage, "nobody of that name", RTM_TEST_ACT_NOTHING, RTM_TEST_ACT_NOTHING, 0)) {
        screen_dial(&stage.screen, "carol");
        rtm_test_world_advance(stage.world, 30000);
        expect(&stage.screen, "offline");
        clear_stage(&stage);
    }
    if (set_stage(&stage, "bob gives up before we answer", RTM_TEST_ACT_NOTHING, RTM_TEST_ACT_CANCEL, 4000)) {
        rtm_test_peer_call(stage.bob, "me", "hello", "");
        rtm_test_world_advance(stage.world, 0);
        expect(&stage.screen, "call from bob");
        rtm_test_world_advance(stage.world, 4000);
        expect(&stage.screen, "missed call from bob");
        screen_take(&stage.screen);
        expect(&stage.screen, "too late: the invitation has ended");
        clear_stage(&stage);
    }
    if (set_stage(&stage, "bob gives up at the moment when we answer", RTM_TEST_ACT_NOTHING,
                  RTM_TEST_ACT_CANCEL_AS_ACCEPTED, 0)) {
        rtm_test_peer_call(stage.bob, "me", "hello", "");
        rtm_test_world_advance(stage.world, 1000);
        screen_take(&stage.screen); /* answers OK: it is the caller who decides */
        rtm_test_world_advance(stage.world, 0);
        expect(&stage.screen, "missed call from bob");
        clear_stage(&stage);
    }
    printf("%s\n", failures == 0 ? "all as expected" : "FAILED");
    return failures == 0 ? 0 : 1;
}
