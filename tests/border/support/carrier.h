/* A carrier of the tests' own, in memory, behind the C function table. It checks what the header promises it: calls of
 * a session come one at a time, none before start or after stop. What it does otherwise is the test's to set. */
#ifndef BORDER_CARRIER_H
#define BORDER_CARRIER_H

#include "party.h"

typedef struct carrier carrier;

/* One session, as the carrier has it. Kept until the carrier is buried, so that a late call is found out. */
typedef struct line {
    carrier *on;
    rtm_transport_session *session;
    char url[100], app[70], user[70], token[70]; /* token "(NULL)": none */
    uint32_t grace_ms, within_ms;
    int inside, stopped, told_up;
} line;

/* A message that a carrier kept instead of delivering it. */
typedef struct kept_message {
    char from[70], to[70];
    uint8_t *bytes;
    size_t length;
    uint32_t expires_after_ms;
} kept_message;

enum { MOST_LINES = 64, MOST_KEPT = 256 };

struct carrier {
    const char *scheme;
    mutex lock;
    line *lines[MOST_LINES];
    size_t line_count;
    kept_message kept[MOST_KEPT];
    size_t kept_count;
    counter starts, sends, watches, renews, stops, drops;
    int silent;        /* start reports nothing */
    int others_report; /* Other threads report on a session as soon as there is one; they may end it. */
    int keeps;         /* send keeps messages and delivers none */
    int32_t answer;    /* of send; anything but RTM_OK: the message is neither kept nor delivered */
    void (*in_start)(line *);
    void (*in_send)(line *, const char *to);
    void (*in_stop)(line *);
    int cannot_start;
};

static inline void line_enters(line *l) {
    mutex_lock(&l->on->lock);
    l->inside++;
    if (l->inside != 1)
        check_failed(__FILE__, __LINE__, "%d calls of the session of %s run at once", l->inside, l->user);
    if (l->stopped)
        check_failed(__FILE__, __LINE__, "the session of %s is called after stop", l->user);
    mutex_unlock(&l->on->lock);
}

static inline void line_leaves(line *l) {
    mutex_lock(&l->on->lock);
    l->inside--;
    mutex_unlock(&l->on->lock);
}

/* The newest session of that user that was not stopped, or NULL. */
static inline line *carrier_line(carrier *on, const char *user) {
    line *found = NULL;
    size_t i;
    mutex_lock(&on->lock);
    for (i = 0; i < on->line_count; i++)
        if (!on->lines[i]->stopped && strcmp(on->lines[i]->user, user) == 0)
            found = on->lines[i];
    mutex_unlock(&on->lock);
    return found;
}

static inline rtm_status line_tells(line *l, rtm_transport_link link, int32_t detail) {
    return rtm_transport_session_link(l->session, (int32_t)link, detail);
}

static inline rtm_status line_gets(line *l, const char *from, const uint8_t *bytes, size_t length) {
    rtm_transport_message message;
    message.from = from;
    message.bytes = bytes;
    message.length = length;
    return rtm_transport_session_deliver(l->session, &message, 1);
}

static inline void *carrier_start(void *context, rtm_transport_session *session, const rtm_transport_login *login) {
    carrier *on = (carrier *)context;
    line *l = (line *)calloc(1, sizeof *l);
    REQUIRE(l != NULL);
    l->on = on;
    l->session = session;
    CHECK(login->struct_size >= sizeof *login);
    snprintf(l->url, sizeof l->url, "%s", login->url);
    snprintf(l->app, sizeof l->app, "%s", login->app_id);
    snprintf(l->user, sizeof l->user, "%s", login->user_id);
    snprintf(l->token, sizeof l->token, "%s", login->token != NULL ? login->token : "(NULL)");
    l->grace_ms = login->grace_ms;
    mutex_lock(&on->lock);
    REQUIRE(on->line_count < MOST_LINES);
    on->lines[on->line_count++] = l;
    l->inside = 1;
    mutex_unlock(&on->lock);
    if (on->in_start != NULL)
        on->in_start(l);
    if (!on->silent && !on->cannot_start) {
        rtm_status answer = line_tells(l, RTM_TRANSPORT_LINK_UP, 0);
        CHECK(answer == RTM_OK || ((on->in_start != NULL || on->others_report) && answer == RTM_ERR_STALE_HANDLE));
    }
    line_leaves(l);
    counter_add(&on->starts, 1);
    return on->cannot_start ? NULL : l;
}

static inline int32_t carrier_send(void *state, const char *to, const uint8_t *bytes, size_t length,
                                   uint32_t expires_after_ms) {
    line *l = (line *)state, *peer;
    carrier *on = l->on;
    line_enters(l);
    CHECK(expires_after_ms > 0);
    CHECK(length > 0 && length <= RTM_TRANSPORT_MESSAGE_MAX);
    if (on->in_send != NULL)
        on->in_send(l, to);
    if (on->answer == RTM_OK && on->keeps) {
        kept_message *kept;
        mutex_lock(&on->lock);
        if (on->kept_count < MOST_KEPT) {
            kept = &on->kept[on->kept_count++];
            snprintf(kept->from, sizeof kept->from, "%s", l->user);
            snprintf(kept->to, sizeof kept->to, "%s", to);
            kept->bytes = (uint8_t *)malloc(length);
            REQUIRE(kept->bytes != NULL);
            memcpy(kept->bytes, bytes, length);
            kept->length = length;
            kept->expires_after_ms = expires_after_ms;
        }
        mutex_unlock(&on->lock);
    } else if (on->answer == RTM_OK && (peer = carrier_line(on, to)) != NULL) {
        line_gets(peer, l->user, bytes, length); /* inline, and stale if it is stopped just now */
    }
    line_leaves(l);
    counter_add(&on->sends, 1);
    return on->answer;
}

static inline void carrier_watch(void *state, const char *user_id, bool is_on) {
    line *l = (line *)state;
    line_enters(l);
    if (is_on)
        rtm_transport_session_presence(l->session, user_id,
                                       carrier_line(l->on, user_id) != NULL ? RTM_PEER_ONLINE_STATE_ONLINE
                                                                            : RTM_PEER_ONLINE_STATE_OFFLINE);
    line_leaves(l);
    counter_add(&l->on->watches, 1);
}

static inline void carrier_renew(void *state, const char *token) {
    line *l = (line *)state;
    line_enters(l);
    snprintf(l->token, sizeof l->token, "%s", token);
    line_tells(l, RTM_TRANSPORT_LINK_RENEWED, RTM_RENEW_TOKEN_ERR_OK);
    line_leaves(l);
    counter_add(&l->on->renews, 1);
}

static inline void carrier_stop(void *state, uint32_t within_ms) {
    line *l = (line *)state;
    line_enters(l);
    if (l->on->in_stop != NULL)
        l->on->in_stop(l);
    CHECK_STATUS(line_tells(l, RTM_TRANSPORT_LINK_DOWN, 0), RTM_ERR_STALE_HANDLE);
    mutex_lock(&l->on->lock);
    l->within_ms = within_ms;
    l->stopped = 1;
    l->inside--;
    mutex_unlock(&l->on->lock);
    counter_add(&l->on->stops, 1);
}

static inline void carrier_drop(void *context) {
    carrier *on = (carrier *)context;
    size_t i;
    mutex_lock(&on->lock);
    for (i = 0; i < on->line_count; i++)
        if (!on->lines[i]->stopped && !on->cannot_start)
            check_failed(__FILE__, __LINE__, "drop before the session of %s is stopped", on->lines[i]->user);
    mutex_unlock(&on->lock);
    counter_add(&on->drops, 1);
}

static inline rtm_transport carrier_table(carrier *on) {
    rtm_transport table;
    memset(&table, 0, sizeof table);
    table.struct_size = sizeof table;
    table.context = on;
    table.drop = carrier_drop;
    table.start = carrier_start;
    table.send = carrier_send;
    table.stop = carrier_stop;
    table.watch = carrier_watch;
    table.renew = carrier_renew;
    return table;
}

/* Not registered. */
static inline void carrier_init(carrier *on, const char *scheme) {
    memset(on, 0, sizeof *on);
    on->scheme = scheme;
    mutex_init(&on->lock);
    counter_init(&on->starts);
    counter_init(&on->sends);
    counter_init(&on->watches);
    counter_init(&on->renews);
    counter_init(&on->stops);
    counter_init(&on->drops);
}

static inline void carrier_open(carrier *on, const char *scheme) {
    rtm_transport table;
    carrier_init(on, scheme);
    table = carrier_table(on);
    REQUIRE(CHECK_OK(rtm_transport_register(scheme, &table)));
}

/* What is left of a carrier that was dropped. */
static inline void carrier_bury(carrier *on) {
    size_t i;
    /* Whichever thread stopped the last session may be on its way to it still. */
    REQUIRE(CHECK_REACHES(&on->drops, 1));
    CHECK_INT(counter_get(&on->drops), 1);
    CHECK_INT(counter_get(&on->starts), counter_get(&on->stops) + on->cannot_start);
    for (i = 0; i < on->line_count; i++) {
        CHECK_STATUS(line_tells(on->lines[i], RTM_TRANSPORT_LINK_UP, 0), RTM_ERR_STALE_HANDLE);
        free(on->lines[i]);
    }
    for (i = 0; i < on->kept_count; i++)
        free(on->kept[i].bytes);
    counter_destroy(&on->starts);
    counter_destroy(&on->sends);
    counter_destroy(&on->watches);
    counter_destroy(&on->renews);
    counter_destroy(&on->stops);
    counter_destroy(&on->drops);
    mutex_destroy(&on->lock);
}

/* Takes a carrier out that no session uses any more. */
static inline void carrier_close(carrier *on) {
    CHECK_OK(rtm_transport_unregister(on->scheme));
    carrier_bury(on);
}

/* A party on this carrier, not logged in. */
static inline void party_create_on(party *me, carrier *on, const char *user, rtm_service_config config) {
    char url[100];
    snprintf(url, sizeof url, "%s://here?x=1", on->scheme);
    config.url = url;
    party_create(me, "", user, &config);
}

static inline void party_open_on(party *me, carrier *on, const char *user) {
    party_create_on(me, on, user, config_of());
    party_login(me);
}

#endif
