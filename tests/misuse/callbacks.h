/* Handlers: what they are called with is read as an application would read it, and some callbacks make calls
 * themselves. */
#ifndef MISUSE_CALLBACKS_H
#define MISUSE_CALLBACKS_H

#include "arguments.h"

/* Makes one call of a random function; main.c has it. */
static void any_call(void);

/* The context of one handler, freed by its drop. */
typedef struct context {
    uint32_t magic;
    int slot;
    atomic_bool running;
    /* Of a carrier: the logins that have begun and were not stopped. */
    atomic_int sessions;
} context;

enum { ALIVE = 0x600df00d };

static inline void begin(void *at) {
    context *its = (context *)at;
    if (its->magic != ALIVE)
        broken("a callback got a context that was dropped or is none");
    if (atomic_exchange(&its->running, true))
        broken("two callbacks of one handler at a time");
    myself()->depth++;
    here()->slot = its->slot;
    atomic_fetch_add(&run.callbacks, 1);
}

/* Calls out of callbacks are few enough that they do not breed without end. */
static inline void end_of(void *at, uint32_t percent) {
    context *its = (context *)at;
    if (myself()->depth < DEEPEST && !atomic_load(&run.stop) && chance(percent)) {
        uint32_t calls = 1 + below(2);
        while (calls-- > 0)
            any_call();
    }
    atomic_store(&its->running, false);
    leave_callback();
}
#define CALLS_IN_CALLBACK 25

static inline void ended(void *at) {
    context *its = (context *)at;
    if (its->magic != ALIVE)
        broken("a context is dropped twice");
    if (atomic_load(&its->running))
        broken("a context is dropped while its callback runs");
    if (atomic_load(&its->sessions) != 0)
        broken("a carrier is dropped before the last of its sessions was stopped");
    its->magic = 0;
    free(its);
    atomic_fetch_add(&run.dropped, 1);
    myself()->depth++;
    if (myself()->depth < DEEPEST && !atomic_load(&run.stop) && chance(5))
        any_call();
    leave_callback();
}

/* What invitations have lived through, so that it can be seen that calls do happen in all this. */
static struct lives { atomic_int_fast64_t rang, received_by_peer, local_ends, remote_ends, both_accepted; } lives;

/* Answers a call that rings, through the manager that is its own, mostly. */
static void answer(rtm_remote_call_invitation *it) {
    rtm_call_manager *manager = (rtm_call_manager *)atomic_load(&in_use[MANAGER][slot_of(MANAGER)]);
    rtm_remote_call_invitation_set_response(it, a_content());
    if (chance(70))
        rtm_call_manager_accept_remote_invitation(manager, it);
    else
        rtm_call_manager_refuse_remote_invitation(manager, it);
    atomic_fetch_add(&run.calls, 2);
}

/* Every byte is there. */
static inline void read_text(const char *text) {
    static _Thread_local volatile size_t length;
    if (text == NULL)
        broken("a text is NULL");
    else
        length = strlen(text);
    (void)length;
}

static inline void read_local(rtm_local_call_invitation *it) {
    read_text(rtm_local_call_invitation_get_callee_id(it));
    read_text(rtm_local_call_invitation_get_content(it));
    read_text(rtm_local_call_invitation_get_channel_id(it));
    read_text(rtm_local_call_invitation_get_response(it));
    read_text(rtm_local_call_invitation_get_id(it));
    atomic_fetch_add(&run.calls, 5);
}

static inline void read_remote(rtm_remote_call_invitation *it) {
    read_text(rtm_remote_call_invitation_get_caller_id(it));
    read_text(rtm_remote_call_invitation_get_content(it));
    read_text(rtm_remote_call_invitation_get_channel_id(it));
    read_text(rtm_remote_call_invitation_get_response(it));
    read_text(rtm_remote_call_invitation_get_id(it));
    atomic_fetch_add(&run.calls, 5);
}

static inline void read_peers(const rtm_peer_online_status *list, size_t count) {
    size_t i;
    for (i = 0; i < count; i++)
        read_text(list[i].peer_id);
}

#define ON(name, parameters, body)                                                                                     \
    static void name parameters {                                                                                      \
        begin(at);                                                                                                     \
        body;                                                                                                          \
        end_of(at, CALLS_IN_CALLBACK);                                                                                 \
    }

ON(on_login_success, (void *at), (void)0)
ON(on_login_failure, (void *at, rtm_login_err error), (void)error)
ON(on_logout, (void *at, rtm_logout_err error), (void)error)
ON(on_renewed, (void *at, const char *token, rtm_renew_token_err error), read_text(token); (void)error)
ON(on_token_expired, (void *at), (void)0)
ON(on_state, (void *at, rtm_connection_state state, rtm_connection_change_reason reason), (void)state; (void)reason)
ON(on_sent, (void *at, int64_t id, rtm_peer_message_err error), (void)id; (void)error)
ON(on_queried,
   (void *at, int64_t id, const rtm_peer_online_status *list, size_t count, rtm_query_peers_online_status_err error),
   read_peers(list, count);
   (void)id; (void)error)
ON(on_subscribed, (void *at, int64_t id, rtm_peer_subscription_status_err error), (void)id; (void)error)
ON(on_peers, (void *at, const rtm_peer_online_status *list, size_t count), read_peers(list, count))

static void on_message(void *at, const char *peer, rtm_message *message) {
    const uint8_t *data = NULL;
    size_t length = 0;
    begin(at);
    read_text(peer);
    read_text(rtm_message_get_text(message));
    if (rtm_message_get_raw_data(message, &data, &length) != RTM_OK || (length > 0 && data[length - 1] != 'r'))
        broken("inside its callback a message has other bytes than it was made with");
    atomic_fetch_add(&run.calls, 2);
    if (chance(30))
        publish(MESSAGE, message); /* not the application's, but somebody may try */
    end_of(at, CALLS_IN_CALLBACK);
}

#define ON_LOCAL(name, counter, more, ...)                                                                             \
    ON(name, (void *at, rtm_local_call_invitation *it __VA_ARGS__), read_local(it);                                    \
       atomic_fetch_add(&lives.counter, 1); more)
#define ON_REMOTE(name, counter, more, ...)                                                                            \
    ON(name, (void *at, rtm_remote_call_invitation *it __VA_ARGS__), read_remote(it);                                  \
       atomic_fetch_add(&lives.counter, 1); more)
ON_LOCAL(on_received_by_peer, received_by_peer, (void)0, )
ON_LOCAL(on_local_accepted, local_ends, read_text(response), , const char *response)
ON_LOCAL(on_local_refused, local_ends, read_text(response), , const char *response)
ON_LOCAL(on_local_canceled, local_ends, (void)0, )
ON_LOCAL(on_local_failure, local_ends, (void)error, , rtm_local_invitation_err error)
ON_REMOTE(on_rings, rang, publish(REMOTE, it); if (chance(60)) answer(it), )
ON_REMOTE(on_remote_accepted, remote_ends, atomic_fetch_add(&lives.both_accepted, 1), )
ON_REMOTE(on_remote_refused, remote_ends, (void)0, )
ON_REMOTE(on_remote_canceled, remote_ends, (void)0, )
ON_REMOTE(on_remote_failure, remote_ends, (void)error, , rtm_remote_invitation_err error)

static void on_log(void *at, rtm_log_level level, const char *line) {
    (void)level;
    begin(at);
    read_text(line);
    end_of(at, 2); /* every call can bring several lines */
}

/* A context for a handler that is handed over next: counted before the call, since its drop may come inside it. */
static inline context *new_context(void) {
    context *its = (context *)calloc(1, sizeof *its);
    if (its == NULL)
        abort();
    its->magic = ALIVE;
    its->slot = here()->slot < 0 ? 0 : here()->slot;
    atomic_fetch_add(&run.accepted, 1);
    return its;
}

/* What was not accepted stays the application's. */
static inline rtm_status handed_over(rtm_status answer, context *its) {
    if (answer != RTM_OK) {
        atomic_fetch_sub(&run.accepted, 1);
        free(its);
    }
    return answer;
}

static inline size_t a_size(size_t right) {
    return chance(98) ? right : chance(50) ? below(16) : SIZE_MAX;
}

static inline rtm_service_event_handler service_handler(context *its) {
    rtm_service_event_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = a_size(sizeof handler);
    handler.context = its;
    handler.drop = ended;
    handler.on_login_success = on_login_success;
    handler.on_login_failure = on_login_failure;
    handler.on_logout = on_logout;
    handler.on_renew_token_result = on_renewed;
    handler.on_token_expired = on_token_expired;
    handler.on_connection_state_changed = on_state;
    handler.on_send_message_result = on_sent;
    handler.on_message_received_from_peer = chance(10) ? NULL : on_message;
    handler.on_query_peers_online_status_result = on_queried;
    handler.on_subscription_request_result = on_subscribed;
    handler.on_peers_online_status_changed = on_peers;
    return handler;
}

static inline rtm_call_event_handler call_handler(context *its) {
    rtm_call_event_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = a_size(sizeof handler);
    handler.context = its;
    handler.drop = ended;
    handler.on_local_invitation_received_by_peer = on_received_by_peer;
    handler.on_local_invitation_accepted = on_local_accepted;
    handler.on_local_invitation_refused = on_local_refused;
    handler.on_local_invitation_canceled = on_local_canceled;
    handler.on_local_invitation_failure = on_local_failure;
    handler.on_remote_invitation_received = on_rings;
    handler.on_remote_invitation_accepted = on_remote_accepted;
    handler.on_remote_invitation_refused = on_remote_refused;
    handler.on_remote_invitation_canceled = on_remote_canceled;
    handler.on_remote_invitation_failure = chance(10) ? NULL : on_remote_failure;
    return handler;
}

static inline rtm_log_handler log_handler(context *its) {
    rtm_log_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = a_size(sizeof handler);
    handler.context = its;
    handler.drop = ended;
    handler.on_log = on_log;
    return handler;
}

#endif
