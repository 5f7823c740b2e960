/* After fork() the child gets error codes, at once and from every function, and the parent goes on. Linux only. */
#include "functions.h"

#ifndef __linux__
int main(void) {
    printf("skipped: there is no fork here\n");
    return 0;
}
#else

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static party alice, bob;
static rtm_remote_call_invitation *ringing;

/* In the child: answers 0, or the number of the function that answered something else. No check here: it would print.
 */
static int child(void) {
    handles h;
    size_t i;
    memset(&h, 0, sizeof h);
    h.of[(int)'S'] = alice.service;
    h.of[(int)'M'] = alice.manager;
    h.of[(int)'R'] = ringing;
    for (i = 0; i < FUNCTIONS; i++) {
        const char *name = functions[i].name;
        int is_text = strstr(name, "_get_") != NULL && strstr(name, "_copy") == NULL &&
                      functions[i].call(&h) == RTM_ERR_STALE_HANDLE;
        if (is_text) /* "" is the answer of a text getter */
            continue;
        outputs_paint();
        if (functions[i].call(&h) != RTM_ERR_FORKED)
            return 1 + (int)i;
        if (strcmp(name, "rtm_service_get_stats") != 0 && !outputs_are_untouched())
            return 1 + (int)i;
    }
    if (rtm_service_create(NULL, OUTPUT(rtm_service *, 0)) != RTM_ERR_FORKED)
        return 200;
    if (rtm_hub_set_faults("fork", APP_ID, NULL) != RTM_ERR_FORKED)
        return 201;
    if (strstr(rtm_last_error(), "fork") == NULL)
        return 202;
    if (strcmp(rtm_version(), RTM_CALL_VERSION) != 0 || rtm_status_name(RTM_ERR_FORKED)[0] == 0)
        return 203;
    if (counter_get(&unwanted_drops) != 0)
        return 204;
    return 0;
}

/* Runs `body` in a forked child and answers what it answered, or -1 if it crashed or hangs. The child tells by a pipe
 * and then kills itself: at an exit valgrind would call the memory of the parent's threads, which it has not, a leak.
 */
static int in_child(int (*body)(void)) {
    int ends[2], status = 0;
    struct pollfd fd;
    unsigned char answer = 0;
    pid_t id;
    ssize_t got;
    REQUIRE(pipe(ends) == 0);
    fflush(stdout);
    id = fork();
    if (id == 0) {
        answer = (unsigned char)body();
        if (write(ends[1], &answer, 1) == 1)
            kill(getpid(), SIGKILL);
        _exit(255);
    }
    REQUIRE(id > 0);
    close(ends[1]);
    fd.fd = ends[0];
    fd.events = POLLIN;
    fd.revents = 0;
    got = poll(&fd, 1, (int)bound_ms()) == 1 ? read(ends[0], &answer, 1) : -1; /* a crash closes the pipe: 0 */
    close(ends[0]);
    kill(id, SIGKILL);
    CHECK(waitpid(id, &status, 0) == id);
    return got == 1 ? answer : -1;
}

static void fork_and_check(void) {
    int answer = in_child(child);
    CHECK(answer >= 0); /* it neither crashes nor hangs */
    if (answer > 0)
        check_failed(__FILE__, __LINE__, "in the child, no. %d answers something else: %s", answer,
                     answer <= FUNCTIONS ? functions[answer - 1].name : "not of the table");
}

static void the_child_gets_the_forked_code_from_every_function(void) {
    event rung;
    rtm_local_call_invitation *local;
    counter_init(&unwanted_drops);
    party_open(&alice, "fork", "alice");
    party_open(&bob, "fork", "bob");
    local = party_rings(&bob, "alice", "x");
    CHECK_COMES(&alice, R_RECEIVED, 1, &rung);
    ringing = rung.remote;
    fork_and_check();
    /* The parent goes on, threads and all. */
    CHECK_OK(rtm_call_manager_accept_remote_invitation(alice.manager, ringing));
    CHECK_COMES(&bob, L_ACCEPTED, 1, NULL);
    CHECK_COMES(&alice, R_ACCEPTED, 1, NULL);
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(ringing));
    party_close(&alice);
    party_close(&bob);
    counter_destroy(&unwanted_drops);
}

static counter stop;

static void keep_ringing(void *context) {
    (void)context;
    while (counter_get(&stop) == 0) {
        rtm_local_call_invitation *local = party_rings(&bob, "alice", "x");
        rtm_call_manager_cancel_local_invitation(bob.manager, local);
        CHECK_OK(rtm_local_call_invitation_release(local));
    }
}

static void release_rung(party *me, const event *happened) {
    (void)me;
    if (happened->kind == R_RECEIVED)
        CHECK_OK(rtm_remote_call_invitation_release(happened->remote));
}

static int few_calls(void) {
    rtm_service *made = NULL;
    rtm_connection_state state;
    return rtm_service_get_connection_state(alice.service, &state) == RTM_ERR_FORKED &&
                   rtm_service_create(NULL, &made) == RTM_ERR_FORKED &&
                   rtm_service_release(alice.service) == RTM_ERR_FORKED
               ? 0
               : 1;
}

/* Whatever lock another thread holds at that moment: the child does not hang. */
static void a_fork_amid_calls_does_not_hang_the_child(void) {
    thread t;
    int i;
    counter_init(&stop);
    counter_init(&unwanted_drops);
    party_open(&alice, "fork", "alice");
    party_open(&bob, "fork", "bob");
    party_hooks(&alice, release_rung, NULL);
    thread_start(&t, keep_ringing, NULL);
    for (i = 0; i < (is_slow() ? 3 : 30); i++)
        CHECK_INT(in_child(few_calls), 0);
    counter_set(&stop, 1);
    thread_join(&t);
    party_close(&alice);
    party_close(&bob);
    counter_destroy(&stop);
    counter_destroy(&unwanted_drops);
}

static const test tests[] = {
    TEST(the_child_gets_the_forked_code_from_every_function),
    TEST(a_fork_amid_calls_does_not_hang_the_child),
};
RUN_TESTS("fork", tests)

#endif
