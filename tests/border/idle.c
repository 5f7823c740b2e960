/* An idle library does not wake up: no thread of the process switches context by its own will for a while, though
 * services are logged in and an invitation rings. The twin: as soon as something happens, the count rises. Linux only.
 */
#include "party.h"

#ifndef __linux__
int main(void) {
    printf("skipped: this test reads /proc\n");
    return 0;
}
#else

#include <dirent.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Voluntary context switches of all threads but this one and the one that watches the test. */
static long switches(void) {
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    long sum = 0;
    REQUIRE(tasks != NULL);
    while ((task = readdir(tasks)) != NULL) {
        char path[300], line[200];
        FILE *file;
        if (task->d_name[0] == '.' || atol(task->d_name) == (long)syscall(SYS_gettid))
            continue;
        snprintf(path, sizeof path, "/proc/self/task/%.20s/status", task->d_name);
        file = fopen(path, "r");
        while (file != NULL && fgets(line, sizeof line, file) != NULL)
            if (strncmp(line, "voluntary_ctxt_switches:", 24) == 0)
                sum += atol(line + 24);
        if (file != NULL)
            fclose(file);
    }
    closedir(tasks);
    return sum;
}

/* The one wait for real time: nothing ever comes out of this pipe. */
static void pass_time(int ms) {
    int ends[2];
    struct pollfd fd;
    REQUIRE(pipe(ends) == 0);
    fd.fd = ends[0];
    fd.events = POLLIN;
    fd.revents = 0;
    CHECK_INT(poll(&fd, 1, ms), 0);
    close(ends[0]);
    close(ends[1]);
}

/* How much the count rises in this time. */
static long rise(int ms) {
    long before = switches();
    pass_time(ms);
    return switches() - before;
}

static void an_idle_library_does_not_wake_up(void) {
    enum { IDLE_MS = 1500 };
    party alice, bob;
    event rung;
    rtm_local_call_invitation *local;
    long idle, before;
    int tries;
    party_open(&alice, "idle", "alice");
    party_open(&bob, "idle", "bob");
    local = party_rings(&alice, "bob", "x");
    CHECK_COMES(&bob, R_RECEIVED, 1, &rung);
    CHECK_COMES(&alice, L_RECEIVED, 1, NULL);

    /* 500 ms after the receipt the library begins to watch the caller: let that pass. Then nothing is due for 59 s. */
    pass_time(1000);
    for (tries = 0, idle = -1; tries < 3 && idle != 0; tries++)
        idle = rise(IDLE_MS);
    CHECK_INT(idle, 0);

    /* A call makes threads wake up, and is counted. */
    before = switches();
    CHECK_OK(rtm_call_manager_accept_remote_invitation(bob.manager, rung.remote));
    CHECK_COMES(&alice, L_ACCEPTED, 1, NULL);
    CHECK_COMES(&bob, R_ACCEPTED, 1, NULL);
    party_fence(&alice);
    CHECK(switches() > before);

    /* So does a timer. */
    CHECK_OK(rtm_local_call_invitation_release(local));
    local = party_creates(&alice, "bob");
    CHECK_OK(rtm_local_call_invitation_set_ring_timeout(local, 200));
    CHECK_OK(rtm_call_manager_send_local_invitation(alice.manager, local));
    CHECK(rise(IDLE_MS) > 0);
    CHECK_COMES(&alice, L_FAILURE, 1, NULL);
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&alice);
    party_close(&bob);
}

static long thread_count(void) {
    DIR *tasks = opendir("/proc/self/task");
    struct dirent *task;
    long count = 0;
    REQUIRE(tasks != NULL);
    while ((task = readdir(tasks)) != NULL)
        count += task->d_name[0] != '.';
    closedir(tasks);
    return count;
}

/* Waits until there are so many threads: one that was told to end takes a moment. */
static void check_threads(long expected) {
    int64_t deadline = now_ms() + bound_ms();
    while (thread_count() != expected && now_ms() < deadline)
        thread_yield();
    CHECK_INT(thread_count(), expected);
}

/* A service that was created and not used has no thread of its own; the process has one for timers. */
static void workers_start_with_the_first_callback(void) {
    enum { SERVICES = 20, MAIN_WATCH_AND_TIMER = 3 };
    party parties[SERVICES];
    int i;
    party_create(&parties[0], "idle", "0", NULL); /* the timer thread */
    check_threads(MAIN_WATCH_AND_TIMER);
    for (i = 1; i < SERVICES; i++)
        party_create(&parties[i], "idle", "x", NULL);
    CHECK_INT(thread_count(), MAIN_WATCH_AND_TIMER);
    party_fence(&parties[1]);
    CHECK_INT(thread_count(), MAIN_WATCH_AND_TIMER + 1);
    for (i = 0; i < SERVICES; i++)
        party_close(&parties[i]);
    check_threads(MAIN_WATCH_AND_TIMER);
}

static const test tests[] = {
    TEST(an_idle_library_does_not_wake_up),
    TEST(workers_start_with_the_first_callback),
};
RUN_TESTS("idleness", tests)

#endif
