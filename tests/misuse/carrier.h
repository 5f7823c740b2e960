/* A carrier of the harness's own: brings messages from session to session, inside the call that sends them, loses some,
 * and checks that its functions are called as promised: one at a time for each session, and none after `stop`. */
#ifndef MISUSE_CARRIER_H
#define MISUSE_CARRIER_H

#include "callbacks.h"

typedef struct session {
    uint32_t magic;
    atomic_bool running;
    context *carrier;
    rtm_transport_session *handle;
    char user[80];
} session;

/* Who is logged in. */
static mutex directory_lock = MUTEX_INIT;
static session *directory[64];
enum { ENTRIES = sizeof directory / sizeof directory[0] };

/* The session of a user, or NULL; it may have ended when it is used. */
static inline rtm_transport_session *session_of(const char *user) {
    rtm_transport_session *handle = NULL;
    size_t i;
    mutex_lock(&directory_lock);
    for (i = 0; i < ENTRIES && handle == NULL; i++)
        if (directory[i] != NULL && strcmp(directory[i]->user, user) == 0)
            handle = directory[i]->handle;
    mutex_unlock(&directory_lock);
    return handle;
}

/* Puts `its` in place of `before`; answers whether there was room. */
static inline bool enter_directory(session *before, session *its) {
    size_t i;
    bool done = false;
    mutex_lock(&directory_lock);
    for (i = 0; i < ENTRIES && !done; i++)
        if (directory[i] == before) {
            directory[i] = its;
            done = true;
        }
    mutex_unlock(&directory_lock);
    return done;
}

static inline void begin_carrier(session *its) {
    if (its->magic != ALIVE)
        broken("a function of a carrier is called for a session that was stopped or is none");
    if (atomic_exchange(&its->running, true))
        broken("two functions of a carrier at a time for one session");
    myself()->depth++;
    here()->slot = -1;
    atomic_fetch_add(&run.callbacks, 1);
}

static inline void end_carrier(session *its) {
    if (myself()->depth < DEEPEST && !atomic_load(&run.stop) && chance(3))
        any_call();
    atomic_store(&its->running, false);
    leave_callback();
}

static void *carrier_start(void *at, rtm_transport_session *handle, const rtm_transport_login *login) {
    context *carrier = (context *)at;
    session *its = NULL;
    if (carrier->magic != ALIVE)
        broken("a login on a carrier that was dropped");
    read_text(login->url);
    read_text(login->app_id);
    if (chance(97))
        its = (session *)calloc(1, sizeof *its);
    if (its == NULL)
        return NULL;
    its->magic = ALIVE;
    its->carrier = carrier;
    its->handle = handle;
    snprintf(its->user, sizeof its->user, "%s", login->user_id);
    if (!enter_directory(NULL, its)) {
        free(its);
        return NULL;
    }
    atomic_fetch_add(&carrier->sessions, 1);
    begin_carrier(its);
    publish(SESSION, handle);
    if (chance(95))
        rtm_transport_session_link(handle, RTM_TRANSPORT_LINK_UP, 0);
    atomic_fetch_add(&run.calls, 1);
    end_carrier(its);
    return its;
}

static int32_t carrier_send(void *state, const char *to, const uint8_t *bytes, size_t length, uint32_t expires_ms) {
    session *its = (session *)state;
    rtm_transport_session *there;
    begin_carrier(its);
    read_text(to);
    there = chance(90) ? session_of(to) : NULL;
    if (expires_ms == 0 || length == 0 || length > RTM_TRANSPORT_MESSAGE_MAX)
        broken("a carrier gets a message of %d bytes for %d ms", (int)length, (int)expires_ms);
    if (there != NULL) {
        rtm_transport_message message;
        message.from = its->user;
        message.bytes = bytes;
        message.length = length;
        rtm_transport_session_deliver(there, &message, 1);
        atomic_fetch_add(&run.calls, 1);
    }
    end_carrier(its);
    return chance(95) ? RTM_OK : chance(50) ? RTM_ERR_LIMIT_REACHED : RTM_ERR_OS;
}

static void carrier_stop(void *state, uint32_t within_ms) {
    session *its = (session *)state;
    (void)within_ms;
    begin_carrier(its);
    enter_directory(its, NULL);
    if (rtm_transport_session_link(its->handle, RTM_TRANSPORT_LINK_DOWN, 0) != RTM_ERR_STALE_HANDLE)
        broken("inside stop the handle of a session is not stale");
    atomic_fetch_add(&run.calls, 1);
    end_carrier(its);
    its->magic = 0;
    atomic_fetch_sub(&its->carrier->sessions, 1);
    free(its);
}

static void carrier_watch(void *state, const char *user, bool on) {
    session *its = (session *)state;
    begin_carrier(its);
    if (on && chance(80)) {
        rtm_transport_session_presence(
            its->handle, user, session_of(user) != NULL ? RTM_PEER_ONLINE_STATE_ONLINE : RTM_PEER_ONLINE_STATE_OFFLINE);
        atomic_fetch_add(&run.calls, 1);
    }
    end_carrier(its);
}

static void carrier_renew(void *state, const char *token) {
    session *its = (session *)state;
    begin_carrier(its);
    read_text(token);
    if (chance(80)) {
        rtm_transport_session_link(its->handle, RTM_TRANSPORT_LINK_RENEWED, 0);
        atomic_fetch_add(&run.calls, 1);
    }
    end_carrier(its);
}

static inline rtm_transport a_carrier(context *its) {
    rtm_transport carrier;
    memset(&carrier, 0, sizeof carrier);
    carrier.struct_size = a_size(sizeof carrier);
    carrier.context = its;
    carrier.drop = ended;
    carrier.start = chance(98) ? carrier_start : NULL;
    carrier.send = carrier_send;
    carrier.stop = carrier_stop;
    carrier.watch = chance(80) ? carrier_watch : NULL;
    carrier.renew = chance(80) ? carrier_renew : NULL;
    return carrier;
}

#endif
