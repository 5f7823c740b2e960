/* A party: one user with service, call manager and login on a hub of the test's own, and all that its callbacks told.
 * BORDER_CARRIER=table puts the C function table between library and hub, BORDER_URL takes another carrier altogether.
 */
#ifndef BORDER_PARTY_H
#define BORDER_PARTY_H

#include "check.h"

#define APP_ID "border"

typedef enum event_kind {
    LOGIN_SUCCESS,
    LOGIN_FAILURE, /* code: rtm_login_err */
    LOGOUT,        /* code: rtm_logout_err */
    RENEW,         /* code: rtm_renew_token_err, text: the token */
    TOKEN_EXPIRED,
    CONNECTION, /* code: state, more: reason */
    SENT,       /* code: rtm_peer_message_err, number */
    MESSAGE,    /* text: "peer:text" */
    QUERY,      /* code: error, number, more: count of peers, text: the first */
    SUBSCRIPTION,
    PRESENCE,   /* code: state of the first, text: its id */
    L_RECEIVED, /* invitation, state, reason, side, id; text: the response */
    L_ACCEPTED,
    L_REFUSED,
    L_CANCELED,
    L_FAILURE, /* code: rtm_local_invitation_err */
    R_RECEIVED,
    R_ACCEPTED,
    R_REFUSED,
    R_CANCELED,
    R_FAILURE, /* code: rtm_remote_invitation_err */
    EVENT_KINDS
} event_kind;

static const char *const event_names[EVENT_KINDS] = {
    "LOGIN_SUCCESS", "LOGIN_FAILURE", "LOGOUT",       "RENEW",      "TOKEN_EXPIRED", "CONNECTION", "SENT",
    "MESSAGE",       "QUERY",         "SUBSCRIPTION", "PRESENCE",   "L_RECEIVED",    "L_ACCEPTED", "L_REFUSED",
    "L_CANCELED",    "L_FAILURE",     "R_RECEIVED",   "R_ACCEPTED", "R_REFUSED",     "R_CANCELED", "R_FAILURE"};

/* A callback as it was: what it was given, and what getters answered inside it. */
typedef struct event {
    event_kind kind;
    rtm_local_call_invitation *local;
    rtm_remote_call_invitation *remote;
    int code, more;
    int64_t number;
    int state, reason, side;
    uintptr_t thread;
    char id[33];
    char text[100];
} event;

typedef struct party party;
/* Runs inside the callback, after the event was recorded. */
typedef void (*party_hook)(party *me, const event *happened);

struct party {
    const char *hub, *user;
    rtm_service *service;
    rtm_call_manager *manager;
    mutex lock;
    condition changed;
    event *events;
    size_t count, room;
    party_hook hook;
    void *extra;               /* the test's own, for its hook */
    int inside;                /* callbacks that run now: never two */
    counter service_drops;     /* how often drop(context) ran: of the event handler */
    counter call_drops;        /* and of the call handlers */
    int64_t call_drops_wanted; /* one for each call handler that was accepted */
    int64_t service_drops_wanted;
};

static inline void party_record(party *me, event *happened) {
    party_hook hook;
    counter *drops = happened->kind >= L_RECEIVED ? &me->call_drops : &me->service_drops;
    int64_t handlers = happened->kind >= L_RECEIVED ? me->call_drops_wanted : me->service_drops_wanted;
    happened->thread = thread_self();
    if (handlers > 0 && counter_get(drops) >= handlers)
        check_failed(__FILE__, __LINE__, "%s gets %s after drop", me->user, event_names[happened->kind]);
    mutex_lock(&me->lock);
    if (me->count == me->room) {
        me->room = me->room ? 2 * me->room : 64;
        me->events = (event *)realloc(me->events, me->room * sizeof *me->events);
        if (me->events == NULL)
            abort();
    }
    me->events[me->count++] = *happened;
    hook = me->hook;
    me->inside++;
    if (me->inside != 1)
        check_failed(__FILE__, __LINE__, "%d callbacks of %s run at once", me->inside, me->user);
    condition_broadcast(&me->changed);
    mutex_unlock(&me->lock);
    if (hook != NULL)
        hook(me, happened);
    mutex_lock(&me->lock);
    me->inside--;
    mutex_unlock(&me->lock);
}

static inline event event_of(event_kind kind, int code) {
    event made;
    memset(&made, 0, sizeof made);
    made.kind = kind;
    made.code = code;
    return made;
}

static inline void text_of(event *into, const char *text) {
    snprintf(into->text, sizeof into->text, "%.90s", text != NULL ? text : "(NULL)");
}

static inline void event_local(void *context, event_kind kind, rtm_local_call_invitation *invitation, int code,
                               const char *response) {
    event made = event_of(kind, code);
    rtm_local_invitation_state state = RTM_LOCAL_INVITATION_STATE_IDLE;
    rtm_end_reason reason = RTM_END_REASON_NONE;
    rtm_end_side side = RTM_END_SIDE_NONE;
    made.local = invitation;
    CHECK_OK(rtm_local_call_invitation_get_state(invitation, &state));
    CHECK_OK(rtm_local_call_invitation_get_end_reason(invitation, &reason, &side));
    made.state = (int)state;
    made.reason = (int)reason;
    made.side = (int)side;
    snprintf(made.id, sizeof made.id, "%.32s", rtm_local_call_invitation_get_id(invitation));
    text_of(&made, response != NULL ? response : "");
    if (response != NULL)
        CHECK_TEXT(rtm_local_call_invitation_get_response(invitation), response);
    party_record((party *)context, &made);
}

static inline void event_remote(void *context, event_kind kind, rtm_remote_call_invitation *invitation, int code) {
    event made = event_of(kind, code);
    rtm_remote_invitation_state state = RTM_REMOTE_INVITATION_STATE_IDLE;
    rtm_end_reason reason = RTM_END_REASON_NONE;
    rtm_end_side side = RTM_END_SIDE_NONE;
    made.remote = invitation;
    CHECK_OK(rtm_remote_call_invitation_get_state(invitation, &state));
    CHECK_OK(rtm_remote_call_invitation_get_end_reason(invitation, &reason, &side));
    made.state = (int)state;
    made.reason = (int)reason;
    made.side = (int)side;
    snprintf(made.id, sizeof made.id, "%.32s", rtm_remote_call_invitation_get_id(invitation));
    text_of(&made, rtm_remote_call_invitation_get_content(invitation));
    party_record((party *)context, &made);
}

static inline void party_on_login_success(void *context) {
    event made = event_of(LOGIN_SUCCESS, 0);
    party_record((party *)context, &made);
}
static inline void party_on_login_failure(void *context, rtm_login_err error) {
    event made = event_of(LOGIN_FAILURE, (int)error);
    party_record((party *)context, &made);
}
static inline void party_on_logout(void *context, rtm_logout_err error) {
    event made = event_of(LOGOUT, (int)error);
    party_record((party *)context, &made);
}
static inline void party_on_renew_token_result(void *context, const char *token, rtm_renew_token_err error) {
    event made = event_of(RENEW, (int)error);
    text_of(&made, token);
    party_record((party *)context, &made);
}
static inline void party_on_token_expired(void *context) {
    event made = event_of(TOKEN_EXPIRED, 0);
    party_record((party *)context, &made);
}
static inline void party_on_connection_state_changed(void *context, rtm_connection_state state,
                                                     rtm_connection_change_reason reason) {
    event made = event_of(CONNECTION, (int)state);
    made.more = (int)reason;
    party_record((party *)context, &made);
}
static inline void party_on_send_message_result(void *context, int64_t message_id, rtm_peer_message_err error) {
    event made = event_of(SENT, (int)error);
    made.number = message_id;
    party_record((party *)context, &made);
}
static inline void party_on_message_received(void *context, const char *peer_id, rtm_message *message) {
    event made = event_of(MESSAGE, 0);
    snprintf(made.text, sizeof made.text, "%.30s:%.60s", peer_id, rtm_message_get_text(message));
    party_record((party *)context, &made);
}
static inline void party_on_query(void *context, int64_t request_id, const rtm_peer_online_status *peers,
                                  size_t peer_count, rtm_query_peers_online_status_err error) {
    event made = event_of(QUERY, (int)error);
    made.number = request_id;
    made.more = (int)peer_count;
    if (peer_count > 0)
        text_of(&made, peers[0].peer_id);
    made.state = peer_count > 0 ? (int)peers[0].state : -1;
    party_record((party *)context, &made);
}
static inline void party_on_subscription(void *context, int64_t request_id, rtm_peer_subscription_status_err error) {
    event made = event_of(SUBSCRIPTION, (int)error);
    made.number = request_id;
    party_record((party *)context, &made);
}
static inline void party_on_presence(void *context, const rtm_peer_online_status *peers, size_t peer_count) {
    event made = event_of(PRESENCE, peer_count > 0 ? (int)peers[0].state : -1);
    made.more = (int)peer_count;
    if (peer_count > 0)
        text_of(&made, peers[0].peer_id);
    party_record((party *)context, &made);
}
static inline void party_on_service_drop(void *context) {
    counter_add(&((party *)context)->service_drops, 1);
}
static inline void party_on_call_drop(void *context) {
    counter_add(&((party *)context)->call_drops, 1);
}

static inline void party_on_l_received(void *context, rtm_local_call_invitation *invitation) {
    event_local(context, L_RECEIVED, invitation, 0, NULL);
}
static inline void party_on_l_accepted(void *context, rtm_local_call_invitation *invitation, const char *response) {
    event_local(context, L_ACCEPTED, invitation, 0, response);
}
static inline void party_on_l_refused(void *context, rtm_local_call_invitation *invitation, const char *response) {
    event_local(context, L_REFUSED, invitation, 0, response);
}
static inline void party_on_l_canceled(void *context, rtm_local_call_invitation *invitation) {
    event_local(context, L_CANCELED, invitation, 0, NULL);
}
static inline void party_on_l_failure(void *context, rtm_local_call_invitation *invitation,
                                      rtm_local_invitation_err error) {
    event_local(context, L_FAILURE, invitation, (int)error, NULL);
}
static inline void party_on_r_received(void *context, rtm_remote_call_invitation *invitation) {
    event_remote(context, R_RECEIVED, invitation, 0);
}
static inline void party_on_r_accepted(void *context, rtm_remote_call_invitation *invitation) {
    event_remote(context, R_ACCEPTED, invitation, 0);
}
static inline void party_on_r_refused(void *context, rtm_remote_call_invitation *invitation) {
    event_remote(context, R_REFUSED, invitation, 0);
}
static inline void party_on_r_canceled(void *context, rtm_remote_call_invitation *invitation) {
    event_remote(context, R_CANCELED, invitation, 0);
}
static inline void party_on_r_failure(void *context, rtm_remote_call_invitation *invitation,
                                      rtm_remote_invitation_err error) {
    event_remote(context, R_FAILURE, invitation, (int)error);
}

static inline rtm_service_event_handler party_service_handler(party *me) {
    rtm_service_event_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.context = me;
    handler.drop = party_on_service_drop;
    handler.on_login_success = party_on_login_success;
    handler.on_login_failure = party_on_login_failure;
    handler.on_logout = party_on_logout;
    handler.on_renew_token_result = party_on_renew_token_result;
    handler.on_token_expired = party_on_token_expired;
    handler.on_connection_state_changed = party_on_connection_state_changed;
    handler.on_send_message_result = party_on_send_message_result;
    handler.on_message_received_from_peer = party_on_message_received;
    handler.on_query_peers_online_status_result = party_on_query;
    handler.on_subscription_request_result = party_on_subscription;
    handler.on_peers_online_status_changed = party_on_presence;
    return handler;
}

static inline rtm_call_event_handler party_call_handler(party *me) {
    rtm_call_event_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.context = me;
    handler.drop = party_on_call_drop;
    handler.on_local_invitation_received_by_peer = party_on_l_received;
    handler.on_local_invitation_accepted = party_on_l_accepted;
    handler.on_local_invitation_refused = party_on_l_refused;
    handler.on_local_invitation_canceled = party_on_l_canceled;
    handler.on_local_invitation_failure = party_on_l_failure;
    handler.on_remote_invitation_received = party_on_r_received;
    handler.on_remote_invitation_accepted = party_on_r_accepted;
    handler.on_remote_invitation_refused = party_on_r_refused;
    handler.on_remote_invitation_canceled = party_on_r_canceled;
    handler.on_remote_invitation_failure = party_on_r_failure;
    return handler;
}

static inline rtm_service_config config_of(void) {
    rtm_service_config config;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    return config;
}

/* How many events of this kind there were. */
static inline size_t party_count(party *me, event_kind kind) {
    size_t i, count = 0;
    mutex_lock(&me->lock);
    for (i = 0; i < me->count; i++)
        count += me->events[i].kind == kind;
    mutex_unlock(&me->lock);
    return count;
}

/* Waits for the nth event of this kind (1: the first). Whether it came; `found`, if asked for, is it. */
static inline int party_waits(party *me, event_kind kind, size_t nth, event *found) {
    int64_t deadline = now_ms() + bound_ms();
    int came = 0;
    mutex_lock(&me->lock);
    for (;;) {
        size_t i, seen = 0;
        for (i = 0; i < me->count && !came; i++) {
            seen += me->events[i].kind == kind;
            if (seen == nth) {
                came = 1;
                if (found != NULL)
                    *found = me->events[i];
            }
        }
        if (came || now_ms() >= deadline)
            break;
        condition_wait_until(&me->changed, &me->lock, deadline);
    }
    mutex_unlock(&me->lock);
    if (!came && found != NULL)
        *found = event_of(kind, -1);
    return came;
}
#define CHECK_COMES(me, kind, nth, found)                                                                              \
    check_true(__FILE__, __LINE__, party_waits((me), (kind), (nth), (found)), #me " gets " #kind " no. " #nth)

/* The kinds of all events from the given one on, as "A B C". */
static inline const char *party_story(party *me, size_t from, char *into, size_t room) {
    size_t i, length = 0;
    into[0] = 0;
    mutex_lock(&me->lock);
    for (i = from; i < me->count && length + 20 < room; i++)
        length +=
            (size_t)snprintf(into + length, room - length, "%s%s", length ? " " : "", event_names[me->events[i].kind]);
    mutex_unlock(&me->lock);
    return into;
}

static inline size_t party_mark(party *me) {
    size_t mark;
    mutex_lock(&me->lock);
    mark = me->count;
    mutex_unlock(&me->lock);
    return mark;
}

#define CHECK_STORY(me, from, expected)                                                                                \
    do {                                                                                                               \
        char story_told[2000];                                                                                         \
        check_text(__FILE__, __LINE__, party_story((me), (from), story_told, sizeof story_told), expected,             \
                   "the callbacks of " #me);                                                                           \
    } while (0)

static inline void party_hooks(party *me, party_hook hook, void *extra) {
    mutex_lock(&me->lock);
    me->extra = extra;
    me->hook = hook;
    mutex_unlock(&me->lock);
}

#ifdef RTM_CALL_PLANTED
#ifdef __cplusplus
extern "C"
#else
extern
#endif
    rtm_status
    rtm_planted_table(void);
#endif

/* What the addresses of the hubs begin with. */
static inline const char *party_scheme(void) {
    const char *carrier = getenv("BORDER_CARRIER");
    if (carrier == NULL || carrier[0] == 0)
        return "hub";
#ifdef RTM_CALL_PLANTED
    if (strcmp(carrier, "table") == 0) {
        rtm_status answer = rtm_planted_table(); /* registered by another party already: as well */
        CHECK(answer == RTM_OK || answer == RTM_ERR_INVALID_STATE);
    }
#endif
    return carrier;
}

/* A party without a service. */
static inline void party_init(party *me, const char *hub, const char *user) {
    memset(me, 0, sizeof *me);
    me->hub = hub;
    me->user = user;
    mutex_init(&me->lock);
    condition_init(&me->changed);
    counter_init(&me->service_drops);
    counter_init(&me->call_drops);
}

/* With a service, initialized, and its manager, not logged in. `config` may be NULL; its url is that of the hub, unless
 * the environment names another carrier. */
static inline void party_create(party *me, const char *hub, const char *user, const rtm_service_config *config) {
    rtm_service_config own = config != NULL ? *config : config_of();
    rtm_service_event_handler service_handler;
    rtm_call_event_handler call_handler;
    char url[100];
    party_init(me, hub, user);
    service_handler = party_service_handler(me);
    call_handler = party_call_handler(me);
    snprintf(url, sizeof url, "%s://%s", party_scheme(), hub);
    if (own.url == NULL && getenv("RTM_CALL_URL") == NULL)
        own.url = url;
    REQUIRE(CHECK_OK(rtm_service_create(&own, &me->service)));
    REQUIRE(CHECK_OK(rtm_service_initialize(me->service, APP_ID, &service_handler)));
    REQUIRE(CHECK_OK(rtm_service_get_call_manager(me->service, &call_handler, &me->manager)));
    me->service_drops_wanted = 1;
    me->call_drops_wanted = 1;
}

static inline void party_login(party *me) {
    size_t before = party_count(me, LOGIN_SUCCESS);
    CHECK_OK(rtm_service_login(me->service, "token", me->user));
    REQUIRE(CHECK_COMES(me, LOGIN_SUCCESS, before + 1, NULL));
}

/* With all that, logged in. */
static inline void party_open_with(party *me, const char *hub, const char *user, const rtm_service_config *config) {
    party_create(me, hub, user, config);
    party_login(me);
}
static inline void party_open(party *me, const char *hub, const char *user) {
    party_open_with(me, hub, user, NULL);
}

/* Callbacks come in order: when this returns, all that was due before has come. So a test shows that nothing else did.
 */
static inline void party_fence(party *me) {
    size_t before = party_count(me, RENEW);
    CHECK_OK(rtm_service_renew_token(me->service, "fence"));
    CHECK_COMES(me, RENEW, before + 1, NULL);
}

/* What is left of a party whose service was released. Every handler must have been dropped once. */
static inline void party_bury(party *me) {
    CHECK_REACHES(&me->service_drops, me->service_drops_wanted);
    CHECK_REACHES(&me->call_drops, me->call_drops_wanted);
    CHECK_INT(counter_get(&me->service_drops), me->service_drops_wanted);
    CHECK_INT(counter_get(&me->call_drops), me->call_drops_wanted);
    counter_destroy(&me->service_drops);
    counter_destroy(&me->call_drops);
    condition_destroy(&me->changed);
    mutex_destroy(&me->lock);
    free(me->events);
    me->events = NULL;
}

/* Releases the service, outside callbacks. */
static inline void party_close(party *me) {
    CHECK_OK(rtm_service_release(me->service));
    CHECK_INT(counter_get(&me->service_drops), me->service_drops_wanted);
    CHECK_INT(counter_get(&me->call_drops), me->call_drops_wanted);
    party_bury(me);
}

/* An idle invitation. */
static inline rtm_local_call_invitation *party_creates(party *me, const char *callee) {
    rtm_local_call_invitation *invitation = NULL;
    REQUIRE(CHECK_OK(rtm_call_manager_create_local_call_invitation(me->manager, callee, &invitation)));
    REQUIRE(invitation != NULL);
    return invitation;
}

/* An invitation that was sent. */
static inline rtm_local_call_invitation *party_rings(party *me, const char *callee, const char *content) {
    rtm_local_call_invitation *invitation = party_creates(me, callee);
    CHECK_OK(rtm_local_call_invitation_set_content(invitation, content));
    CHECK_OK(rtm_call_manager_send_local_invitation(me->manager, invitation));
    return invitation;
}

static inline rtm_local_invitation_state local_state(const rtm_local_call_invitation *invitation) {
    rtm_local_invitation_state state = RTM_LOCAL_INVITATION_STATE_IDLE;
    CHECK_OK(rtm_local_call_invitation_get_state(invitation, &state));
    return state;
}

static inline rtm_remote_invitation_state remote_state(const rtm_remote_call_invitation *invitation) {
    rtm_remote_invitation_state state = RTM_REMOTE_INVITATION_STATE_IDLE;
    CHECK_OK(rtm_remote_call_invitation_get_state(invitation, &state));
    return state;
}

static inline rtm_connection_state connection_of(party *me) {
    rtm_connection_state state = RTM_CONNECTION_STATE_DISCONNECTED;
    CHECK_OK(rtm_service_get_connection_state(me->service, &state));
    return state;
}

static inline rtm_service_stats stats_of(party *me) {
    rtm_service_stats stats;
    memset(&stats, 0, sizeof stats);
    stats.struct_size = sizeof stats;
    CHECK_OK(rtm_service_get_stats(me->service, &stats));
    return stats;
}

/* Cuts or restores the link of a party. */
static inline void party_link(party *me, int up) {
    CHECK_OK(rtm_hub_set_link(me->hub, APP_ID, me->user, up));
}

#endif
