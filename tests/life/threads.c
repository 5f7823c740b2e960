/* The library's threads: their names, and the signals that they leave alone. */
#include "threads.h"
#include "party.h"

enum { ROOM = 64 };

static int is_ours(const thread_info *info) {
    return strncmp(info->name, "rtm-", 4) == 0;
}

/* A call between two, so that every thread that the library has for it is there. */
static void with_a_call(void (*look)(void)) {
    party alice, bob;
    event rung;
    rtm_local_call_invitation *local;
    party_open(&alice, "threads", "alice");
    party_open(&bob, "threads", "bob");
    local = party_rings(&alice, "bob", "x");
    CHECK_COMES(&bob, R_RECEIVED, 1, &rung);
    CHECK_COMES(&alice, L_RECEIVED, 1, NULL);
    look();
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&alice);
    party_close(&bob);
}

static void look_at_names(void) {
    thread_info infos[ROOM];
    size_t i, ours = 0, count = list_threads(infos, ROOM);
    for (i = 0; i < count; i++)
        ours += (size_t)is_ours(&infos[i]);
    CHECK_INT(ours, count - 2); /* this one, and the one that watches the test */
    CHECK(ours >= 3);           /* two workers, and the timers */
}

/* A debugger, a profiler and a crash report tell whose threads they are. */
static void every_thread_of_the_library_bears_its_name(void) {
    with_a_call(look_at_names);
}

#ifndef _WIN32

#include <signal.h>
#include <sys/prctl.h>

static void look_at_masks(void) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS};
    static const int others[] = {SIGTERM, SIGINT,  SIGHUP,  SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD, SIGALRM,
                                 SIGPIPE, SIGPROF, SIGTSTP, SIGCONT, SIGURG,  SIGIO,   SIGWINCH};
    thread_info infos[ROOM];
    size_t i, k, count = list_threads(infos, ROOM);
    for (i = 0; i < count; i++) {
        if (!is_ours(&infos[i]))
            continue;
        for (k = 0; k < sizeof faults / sizeof faults[0]; k++)
            if (infos[i].blocked >> (faults[k] - 1) & 1)
                check_failed(__FILE__, __LINE__, "%s blocks its fault %d", infos[i].name, faults[k]);
        for (k = 0; k < sizeof others / sizeof others[0]; k++)
            if (!(infos[i].blocked >> (others[k] - 1) & 1))
                check_failed(__FILE__, __LINE__, "%s takes signal %d", infos[i].name, others[k]);
        CHECK(1);
    }
}

static void threads_of_the_library_take_no_signal_but_their_faults(void) {
    with_a_call(look_at_masks);
}

static volatile sig_atomic_t handled, handled_by_library;

static void handler(int number) {
    char name[16] = "";
    (void)number;
    prctl(PR_GET_NAME, name, 0, 0, 0);
    handled_by_library += strncmp(name, "rtm-", 4) == 0;
    handled++;
}

static void send_many(void) {
    int64_t deadline = now_ms() + bound_ms();
    int i;
    for (i = 1; i <= 200; i++) {
        REQUIRE(kill(getpid(), SIGUSR1) == 0);
        while (handled < i && now_ms() < deadline)
            thread_yield(); /* valgrind delivers it later, and to the thread that watches the test, too */
        CHECK_INT(handled, i);
    }
    CHECK_INT(handled_by_library, 0);
}

/* A signal to the process finds one of the application's threads. */
static void a_signal_of_the_process_is_handled_by_the_application(void) {
    struct sigaction action, former;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    REQUIRE(sigaction(SIGUSR1, &action, &former) == 0);
    with_a_call(send_many);
    REQUIRE(sigaction(SIGUSR1, &former, NULL) == 0);
}

#endif

static const test tests[] = {
    TEST(every_thread_of_the_library_bears_its_name),
#ifndef _WIN32
    TEST(threads_of_the_library_take_no_signal_but_their_faults),
    TEST(a_signal_of_the_process_is_handled_by_the_application),
#endif
};
RUN_TESTS("threads", tests)
