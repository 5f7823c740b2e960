/* The process ends while services live: promptly, and as the program said. Each scene is a run of this program, for a
 * process has one end only: exit <scene>. */
#include "party.h"

static party alice, bob;

static void two_with_a_call(void) {
    rtm_local_call_invitation *local;
    party_open(&alice, "exit", "alice");
    party_open(&bob, "exit", "bob");
    local = party_rings(&alice, "bob", "content");
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_COMES(&bob, R_RECEIVED, 1, NULL);
}

static int code(void) {
    fflush(stdout);
    return check_failures > 0 ? 1 : 0;
}

static int live_services(void) {
    two_with_a_call();
    return code();
}

static void exit_inside(party *me, const event *happened) {
    (void)me;
    if (happened->kind == R_RECEIVED)
        exit(code());
}

static counter never;

static int inside_a_callback(void) {
    party_open(&bob, "exit", "bob");
    party_hooks(&bob, exit_inside, NULL);
    party_open(&alice, "exit", "alice");
    party_rings(&alice, "bob", "content");
    counter_reaches(&never, 1, bound_ms());
    check_failed(__FILE__, __LINE__, "exit() inside a callback did not end the process");
    return 1;
}

static counter entered;

static void stay_inside(party *me, const event *happened) {
    (void)me;
    if (happened->kind != R_RECEIVED)
        return;
    counter_add(&entered, 1);
    counter_reaches(&never, 1, bound_ms());
}

static int amid_a_callback(void) {
    party_open(&bob, "exit", "bob");
    party_hooks(&bob, stay_inside, NULL);
    party_open(&alice, "exit", "alice");
    party_rings(&alice, "bob", "content");
    CHECK_REACHES(&entered, 1);
    return code();
}

static void keep_ringing(void *context) {
    (void)context;
    for (;;) {
        rtm_local_call_invitation *local = NULL;
        rtm_call_manager_create_local_call_invitation(alice.manager, "bob", &local);
        rtm_call_manager_send_local_invitation(alice.manager, local);
        rtm_call_manager_cancel_local_invitation(alice.manager, local);
        rtm_local_call_invitation_release(local);
        if (counter_get(&entered) < 1000)
            counter_add(&entered, 1);
    }
}

static int amid_calls_of_other_threads(void) {
    static thread threads[3];
    int i;
    party_open(&alice, "exit", "alice");
    party_open(&bob, "exit", "bob");
    for (i = 0; i < 3; i++)
        thread_start(&threads[i], keep_ringing, NULL);
    CHECK_REACHES(&entered, scaled(1000));
    exit(code());
}

/* Functions of atexit() run before anything of the library's ends, on both systems: a release there is a whole one. */
static void release_both(void) {
    CHECK_OK(rtm_service_release(alice.service));
    CHECK_OK(rtm_service_release(bob.service));
    /* The one end: what alice's release told him, or, if another thread was still bringing that, his own. */
    CHECK_INT(party_count(&bob, R_CANCELED) + party_count(&bob, R_FAILURE), 1);
    CHECK_INT(counter_get(&alice.service_drops), 1);
    CHECK_INT(counter_get(&bob.service_drops), 1);
    if (code() != 0)
        _Exit(1);
}

static int released_at_exit(void) {
    two_with_a_call();
    atexit(release_both);
    return code();
}

#ifndef _WIN32
static void end_later(void *unused) {
    (void)unused;
    CHECK_OK(rtm_service_release(alice.service));
    exit(code());
}

/* main() is gone, its thread with it, and the others go on. */
static int after_the_main_thread(void) {
    static thread t;
    two_with_a_call();
    thread_start(&t, end_later, NULL);
    pthread_exit(NULL);
}
#endif

static const struct scene {
    const char *name;
    int (*play)(void);
} scenes[] = {
    {"live_services", live_services},
    {"inside_a_callback", inside_a_callback},
    {"amid_a_callback", amid_a_callback},
    {"amid_calls_of_other_threads", amid_calls_of_other_threads},
    {"released_at_exit", released_at_exit},
#ifndef _WIN32
    {"after_the_main_thread", after_the_main_thread},
#endif
};

int main(int argc, char **argv) {
    size_t i;
    counter_init(&never);
    counter_init(&entered);
    for (i = 0; i < sizeof scenes / sizeof scenes[0]; i++) {
        if (argc == 2 && strcmp(argv[1], scenes[i].name) == 0) {
            check_test = scenes[i].name;
            return scenes[i].play();
        }
    }
    fprintf(stderr, "usage: exit <scene>\n");
    return 2;
}
