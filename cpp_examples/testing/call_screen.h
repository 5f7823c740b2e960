/* A small application to be tested: the call screen of a telephone. It knows nothing of tests. */
#ifndef CALL_SCREEN_H
#define CALL_SCREEN_H

#include <rtm_call.h>
#include <stdio.h>
#include <string.h>

typedef struct call_screen {
    char line[120]; /* what the user reads */
    int calls_taken;
    rtm_service *service;
    rtm_call_manager *manager;
    rtm_local_call_invitation *dialled;
    rtm_remote_call_invitation *ringing;
} call_screen;

static inline void screen_shows(call_screen *screen, const char *text, const char *more) {
    snprintf(screen->line, sizeof screen->line, "%.60s%.50s", text, more);
}

static inline void screen_rings_there(void *context, rtm_local_call_invitation *invitation) {
    screen_shows((call_screen *)context, "ringing at ", rtm_local_call_invitation_get_callee_id(invitation));
}

static inline void screen_accepted(void *context, rtm_local_call_invitation *invitation, const char *response) {
    call_screen *screen = (call_screen *)context;
    screen_shows(screen, "talking to ", rtm_local_call_invitation_get_callee_id(invitation));
    screen->calls_taken++;
    (void)response;
}

static inline void screen_refused(void *context, rtm_local_call_invitation *invitation, const char *response) {
    (void)invitation;
    screen_shows((call_screen *)context, "refused: ", response);
}

static inline void screen_failed(void *context, rtm_local_call_invitation *invitation, rtm_local_invitation_err error) {
    (void)invitation;
    screen_shows((call_screen *)context, error == RTM_LOCAL_INVITATION_ERR_INVITATION_EXPIRE ? "no answer" : "offline",
                 "");
}

static inline void screen_rings(void *context, rtm_remote_call_invitation *invitation) {
    call_screen *screen = (call_screen *)context;
    rtm_remote_call_invitation_release(screen->ringing);
    screen->ringing = invitation;
    screen_shows(screen, "call from ", rtm_remote_call_invitation_get_caller_id(invitation));
}

static inline void screen_took(void *context, rtm_remote_call_invitation *invitation) {
    call_screen *screen = (call_screen *)context;
    screen_shows(screen, "talking to ", rtm_remote_call_invitation_get_caller_id(invitation));
    screen->calls_taken++;
}

static inline void screen_missed(void *context, rtm_remote_call_invitation *invitation) {
    screen_shows((call_screen *)context, "missed call from ", rtm_remote_call_invitation_get_caller_id(invitation));
}

static inline void screen_lost(void *context, rtm_remote_call_invitation *invitation, rtm_remote_invitation_err error) {
    (void)error;
    screen_missed(context, invitation);
}

/* Whether it could be opened. */
static inline int screen_open(call_screen *screen, const char *user) {
    rtm_service_event_handler events;
    rtm_call_event_handler calls;
    memset(screen, 0, sizeof *screen);
    memset(&events, 0, sizeof events);
    events.struct_size = sizeof events;
    memset(&calls, 0, sizeof calls);
    calls.struct_size = sizeof calls;
    calls.context = screen;
    calls.on_local_invitation_received_by_peer = screen_rings_there;
    calls.on_local_invitation_accepted = screen_accepted;
    calls.on_local_invitation_refused = screen_refused;
    calls.on_local_invitation_failure = screen_failed;
    calls.on_remote_invitation_received = screen_rings;
    calls.on_remote_invitation_accepted = screen_took;
    calls.on_remote_invitation_canceled = screen_missed;
    calls.on_remote_invitation_failure = screen_lost;
    return rtm_service_create(NULL, &screen->service) == RTM_OK &&
           rtm_service_initialize(screen->service, "telephone", &events) == RTM_OK &&
           rtm_service_get_call_manager(screen->service, &calls, &screen->manager) == RTM_OK &&
           rtm_service_login(screen->service, NULL, user) == RTM_OK;
}

static inline void screen_dial(call_screen *screen, const char *callee) {
    rtm_local_call_invitation_release(screen->dialled);
    screen->dialled = NULL;
    screen_shows(screen, "dialling ", callee);
    if (rtm_call_manager_create_local_call_invitation(screen->manager, callee, &screen->dialled) != RTM_OK ||
        rtm_call_manager_send_local_invitation(screen->manager, screen->dialled) != RTM_OK)
        screen_shows(screen, "cannot call: ", rtm_last_error());
}

static inline void screen_take(call_screen *screen) {
    if (rtm_call_manager_accept_remote_invitation(screen->manager, screen->ringing) != RTM_OK)
        screen_shows(screen, "too late: ", rtm_last_error());
}

static inline void screen_close(call_screen *screen) {
    rtm_local_call_invitation_release(screen->dialled);
    rtm_remote_call_invitation_release(screen->ringing);
    rtm_service_release(screen->service);
}

#endif
