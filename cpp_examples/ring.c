/* ring.c: the smallest program that rings and is rung. Alice calls Bob, Bob accepts, both know.
 *
 * Both live in this process, so no server is needed; an application keeps one of the two sides. Callbacks come on
 * threads of the library, one a service; main() only waits for the end.
 */
#define _POSIX_C_SOURCE 200809L /* for sem_timedwait() */
#include "rtm_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A semaphore that counts the sides that have heard how the call ended. */
#ifdef _WIN32
#include <windows.h>
static HANDLE heard;
static void make_heard(void) {
    heard = CreateSemaphore(NULL, 0, 100, NULL);
}
static void post_heard(void) {
    ReleaseSemaphore(heard, 1, NULL);
}
static int wait_heard(void) {
    return WaitForSingleObject(heard, 30000) == WAIT_OBJECT_0;
}
#else
#include <semaphore.h>
#include <time.h>
static sem_t heard;
static void make_heard(void) {
    sem_init(&heard, 0, 0);
}
static void post_heard(void) {
    sem_post(&heard);
}
static int wait_heard(void) {
    struct timespec until = {time(NULL) + 30, 0};
    return sem_timedwait(&heard, &until) == 0;
}
#endif

static rtm_call_manager *bobs_calls;     /* written before Bob logs in, so before anything rings */
static int caller_agrees, callee_agrees; /* each is written by one thread, before it posts */

/* Every function that can fail answers a status; the last error says in a sentence what was wrong. */
static void check(rtm_status status) {
    if (status != RTM_OK) {
        fprintf(stderr, "ring: %s: %s\n", rtm_status_name(status), rtm_last_error());
        exit(1);
    }
}

static void on_login_failure(void *context, rtm_login_err error) {
    fprintf(stderr, "ring: %s cannot log in: %s\n", (const char *)context, rtm_login_err_text(error));
    post_heard();
}

/* The caller's side. */
static void on_ringing(void *context, rtm_local_call_invitation *invitation) {
    printf("%s: it rings at %s\n", (const char *)context, rtm_local_call_invitation_get_callee_id(invitation));
}
static void on_accepted(void *context, rtm_local_call_invitation *invitation, const char *response) {
    printf("%s: %s accepts: \"%s\"\n", (const char *)context, rtm_local_call_invitation_get_callee_id(invitation),
           response);
    caller_agrees = 1;
    post_heard();
}
static void on_failure(void *context, rtm_local_call_invitation *invitation, rtm_local_invitation_err error) {
    fprintf(stderr, "%s: no call with %s: %s\n", (const char *)context,
            rtm_local_call_invitation_get_callee_id(invitation), rtm_local_invitation_err_text(error));
    post_heard();
}

/* The callee's side. A real one would show a window here and answer later, from any thread. */
static void on_ring(void *context, rtm_remote_call_invitation *invitation) {
    printf("%s: %s calls: \"%s\"\n", (const char *)context, rtm_remote_call_invitation_get_caller_id(invitation),
           rtm_remote_call_invitation_get_content(invitation));
    check(rtm_remote_call_invitation_set_response(invitation, "with pleasure"));
    check(rtm_call_manager_accept_remote_invitation(bobs_calls, invitation));
}
static void on_call_stands(void *context, rtm_remote_call_invitation *invitation) {
    printf("%s: the call stands; both may join %s now\n", (const char *)context,
           rtm_remote_call_invitation_get_channel_id(invitation));
    check(rtm_remote_call_invitation_release(invitation));
    callee_agrees = 1;
    post_heard();
}

static rtm_service *log_in(const char *name, rtm_call_event_handler calls, rtm_call_manager **manager) {
    rtm_service_event_handler events = {
        .struct_size = sizeof events, .context = (void *)name, .on_login_failure = on_login_failure};
    rtm_service *service;
    calls.struct_size = sizeof calls;
    calls.context = (void *)name; /* the first argument of every callback */
    check(rtm_service_create(NULL, &service));
    check(rtm_service_initialize(service, "ring", &events));
    check(rtm_service_get_call_manager(service, &calls, manager));
    check(rtm_service_login(service, NULL, name));
    return service;
}

int main(int argc, char **argv) {
    rtm_call_event_handler caller = {.on_local_invitation_received_by_peer = on_ringing,
                                     .on_local_invitation_accepted = on_accepted,
                                     .on_local_invitation_failure = on_failure};
    rtm_call_event_handler callee = {.on_remote_invitation_received = on_ring,
                                     .on_remote_invitation_accepted = on_call_stands};
    rtm_call_manager *alices_calls;
    rtm_local_call_invitation *invitation;
    if (argc > 1) {
        int help = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h");
        fputs("usage: ring\nAlice calls Bob, who accepts. Exit code 0: both know of it; 1: not; 2: wrong usage.\n",
              help ? stdout : stderr);
        return help ? 0 : 2;
    }
    make_heard();
    rtm_service *bob = log_in("bob", callee, &bobs_calls);
    rtm_service *alice = log_in("alice", caller, &alices_calls);
    check(rtm_call_manager_create_local_call_invitation(alices_calls, "bob", &invitation));
    check(rtm_local_call_invitation_set_channel_id(invitation, "room-1"));
    check(rtm_local_call_invitation_set_content(invitation, "Are you there?"));
    check(rtm_call_manager_send_local_invitation(alices_calls, invitation)); /* held until the login has succeeded */
    check(rtm_local_call_invitation_release(invitation));                    /* its callbacks still come */

    int both = wait_heard() && wait_heard();
    check(rtm_service_release(alice)); /* logs out; no callback runs after it has returned */
    check(rtm_service_release(bob));
    return both && caller_agrees && callee_agrees ? 0 : 1;
}
