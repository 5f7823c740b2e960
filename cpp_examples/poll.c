/* poll.c: pump mode. No thread of the library ever runs code of this program: its own loop polls a descriptor of the
 * service together with whatever else it serves, here a timer, and runs the callbacks itself.
 *
 * A door station rings the house three times. The house accepts, refuses, and then does not hear it, so that the
 * visitor gives up. Everything runs on one thread: there is no lock anywhere. That two services share the loop is for
 * the sake of the example; an application has one.
 */
#define _POSIX_C_SOURCE 200809L /* for CLOCK_MONOTONIC */
#include "rtm_call.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DOOR, HOUSE, TIMER, SOURCES };                                            /* what the loop waits for */
enum { TICK_MS = 100, ANSWER_AFTER = 2, GIVE_UP_AFTER = 4, BROKEN_AFTER = 300 }; /* all but the first in ticks */

struct station {
    rtm_service *service;
    rtm_call_manager *manager;
    const char *ended; /* how the present call ended here; NULL: it has not */
};
static struct station door, house;
static rtm_local_call_invitation *calling;
static rtm_remote_call_invitation *ringing;
static int rings_for; /* for how many ticks it has been ringing */

static void check(rtm_status status) {
    if (status != RTM_OK) {
        fprintf(stderr, "poll: %s: %s\n", rtm_status_name(status), rtm_last_error());
        exit(1);
    }
}

/* ---- The loop: what to wait for, and the wait -------------------------------------------------------------------- */

/* A file descriptor, or the HANDLE of an event: ready for as long as callbacks wait. It is the library's: it is polled
 * here, and neither read nor closed. */
static intptr_t handle_of(const rtm_service *service) {
    intptr_t handle;
    check(rtm_service_get_dispatch_handle(service, &handle));
    return handle;
}

#ifdef _WIN32
#include <windows.h>

static HANDLE sources[SOURCES];

static bool open_sources(void) {
    LARGE_INTEGER first;
    first.QuadPart = -10000LL * TICK_MS; /* relative, in units of 100 ns */
    sources[DOOR] = (HANDLE)handle_of(door.service);
    sources[HOUSE] = (HANDLE)handle_of(house.service);
    sources[TIMER] = CreateWaitableTimer(NULL, FALSE, NULL); /* the wait resets it */
    return sources[TIMER] && SetWaitableTimer(sources[TIMER], &first, TICK_MS, NULL, NULL, FALSE);
}

/* Sleeps until something is ready, and says what; -1 on an error. With one service and nothing else to wait for this is
 * WaitForSingleObject(event, INFINITE); in a thread that has windows, MsgWaitForMultipleObjects(). */
static int next_ready(void) {
    DWORD answer = WaitForMultipleObjects(SOURCES, sources, FALSE, INFINITE);
    return answer < WAIT_OBJECT_0 + SOURCES ? (int)(answer - WAIT_OBJECT_0) : -1;
}
#else
#include <errno.h>
#include <poll.h>
#include <sys/timerfd.h>
#include <unistd.h>

static struct pollfd sources[SOURCES];

static bool open_sources(void) {
    struct itimerspec every = {{0, TICK_MS * 1000000}, {0, TICK_MS * 1000000}};
    sources[DOOR].fd = (int)handle_of(door.service);
    sources[HOUSE].fd = (int)handle_of(house.service);
    sources[TIMER].fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
    for (int i = 0; i < SOURCES; i++)
        sources[i].events = POLLIN;
    return sources[TIMER].fd >= 0 && timerfd_settime(sources[TIMER].fd, 0, &every, NULL) == 0;
}

/* Sleeps until something is ready, and says what; -1 on an error. */
static int next_ready(void) {
    uint64_t ticks;
    while (poll(sources, SOURCES, -1) < 0)
        if (errno != EINTR)
            return -1;
    for (int i = 0; i < SOURCES; i++)
        if (sources[i].revents & POLLIN &&
            (i != TIMER || read(sources[TIMER].fd, &ticks, sizeof ticks) == sizeof ticks))
            return i;
    return -1;
}
#endif

/* ---- Callbacks: they run inside rtm_service_dispatch(), on the thread of the loop -------------------------------- */

static void on_login_failure(void *context, rtm_login_err error) {
    fprintf(stderr, "poll: %s cannot log in: %s\n", context == &door ? "door" : "house", rtm_login_err_text(error));
    exit(1);
}

static void local_ended(const char *how) {
    printf("door:  %s\n", how);
    door.ended = how;
    check(rtm_local_call_invitation_release(calling));
    calling = NULL;
}
static void on_local_accepted(void *context, rtm_local_call_invitation *invitation, const char *response) {
    (void)context, (void)invitation, (void)response;
    local_ended("accepted");
}
static void on_local_refused(void *context, rtm_local_call_invitation *invitation, const char *response) {
    (void)context, (void)invitation, (void)response;
    local_ended("refused");
}
static void on_local_canceled(void *context, rtm_local_call_invitation *invitation) {
    (void)context, (void)invitation;
    local_ended("canceled");
}
static void on_local_failure(void *context, rtm_local_call_invitation *invitation, rtm_local_invitation_err error) {
    (void)context, (void)invitation;
    local_ended(rtm_local_invitation_err_text(error));
}

static void on_remote_received(void *context, rtm_remote_call_invitation *invitation) {
    (void)context;
    printf("house: the %s rings: %s\n", rtm_remote_call_invitation_get_caller_id(invitation),
           rtm_remote_call_invitation_get_content(invitation));
    ringing = invitation;
    rings_for = 0;
}
static void remote_ended(const char *how) {
    printf("house: %s\n", how);
    house.ended = how;
    check(rtm_remote_call_invitation_release(ringing));
    ringing = NULL;
}
static void on_remote_accepted(void *context, rtm_remote_call_invitation *invitation) {
    (void)context, (void)invitation;
    remote_ended("accepted");
}
static void on_remote_refused(void *context, rtm_remote_call_invitation *invitation) {
    (void)context, (void)invitation;
    remote_ended("refused");
}
static void on_remote_canceled(void *context, rtm_remote_call_invitation *invitation) {
    (void)context, (void)invitation;
    remote_ended("canceled");
}
static void on_remote_failure(void *context, rtm_remote_call_invitation *invitation, rtm_remote_invitation_err error) {
    (void)context, (void)invitation;
    remote_ended(rtm_remote_invitation_err_text(error));
}

/* ---- The application --------------------------------------------------------------------------------------------- */

static const char *const expected[] = {"accepted", "refused", "canceled"};
enum { CALLS = sizeof expected / sizeof expected[0] };

static void press_the_button(int call) {
    char content[32];
    snprintf(content, sizeof content, "visitor %d", call + 1);
    door.ended = house.ended = NULL;
    check(rtm_call_manager_create_local_call_invitation(door.manager, "house", &calling));
    check(rtm_local_call_invitation_set_content(calling, content));
    check(rtm_call_manager_send_local_invitation(door.manager, calling));
}

/* The application's own timer. The loop goes on while it rings: nothing here waits. */
static void tick(int call) {
    if (!ringing)
        return;
    rings_for++;
    printf("house: ringing for %d.%d s\n", rings_for * TICK_MS / 1000, rings_for * TICK_MS % 1000 / 100);
    if (call == 0 && rings_for == ANSWER_AFTER)
        check(rtm_call_manager_accept_remote_invitation(house.manager, ringing));
    if (call == 1 && rings_for == ANSWER_AFTER)
        check(rtm_call_manager_refuse_remote_invitation(house.manager, ringing));
    if (call == 2 && rings_for == GIVE_UP_AFTER)
        check(rtm_call_manager_cancel_local_invitation(door.manager, calling));
}

static void open_station(struct station *station, const char *user) {
    rtm_service_config config = {
        .struct_size = sizeof config,
        .url = "hub://poll", /* both live in this process */
        .delivery = RTM_DELIVERY_PUMP,
    };
    rtm_service_event_handler events = {
        .struct_size = sizeof events, .context = station, .on_login_failure = on_login_failure};
    rtm_call_event_handler calls = {
        .struct_size = sizeof calls,
        .context = station,
        .on_local_invitation_accepted = on_local_accepted,
        .on_local_invitation_refused = on_local_refused,
        .on_local_invitation_canceled = on_local_canceled,
        .on_local_invitation_failure = on_local_failure,
        .on_remote_invitation_received = on_remote_received,
        .on_remote_invitation_accepted = on_remote_accepted,
        .on_remote_invitation_refused = on_remote_refused,
        .on_remote_invitation_canceled = on_remote_canceled,
        .on_remote_invitation_failure = on_remote_failure,
    };
    check(rtm_service_create(&config, &station->service));
    check(rtm_service_initialize(station->service, "poll", &events));
    check(rtm_service_get_call_manager(station->service, &calls, &station->manager));
    check(rtm_service_login(station->service, NULL, user));
}

int main(int argc, char **argv) {
    int call = 0, ticks = 0, as_expected = 0;
    if (argc > 1) {
        bool help = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h");
        fputs("usage: poll\nA door rings a house, all in one loop on one thread.\n"
              "Exit code 0: every call ended as planned, on both sides; 1: not; 2: wrong usage.\n",
              help ? stdout : stderr);
        return help ? 0 : 2;
    }
    open_station(&house, "house");
    open_station(&door, "door");
    if (!open_sources()) {
        fputs("poll: the system gives no timer\n", stderr);
        return 1;
    }
    press_the_button(call);
    while (call < CALLS && ticks < BROKEN_AFTER) {
        switch (next_ready()) {
        case DOOR:
            check(rtm_service_dispatch(door.service, 0, NULL));
            break;
        case HOUSE:
            check(rtm_service_dispatch(house.service, 0, NULL));
            break;
        case TIMER:
            ticks++;
            tick(call);
            break;
        default:
            perror("poll: the wait failed");
            return 1;
        }
        if (door.ended && house.ended) {
            as_expected += !strcmp(door.ended, expected[call]) && !strcmp(house.ended, expected[call]);
            if (++call < CALLS)
                press_the_button(call);
        }
    }
    check(rtm_service_release(door.service)); /* runs what is left of callbacks, on this thread */
    check(rtm_service_release(house.service));
    printf("%d of %d calls ended as planned\n", as_expected, (int)CALLS);
    return as_expected == CALLS ? 0 : 1;
}
