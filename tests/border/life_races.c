/* Release against threads: two releases at once, release and removal while callbacks run, drop(context) exactly once,
 * and silence after release returned. */
#include "party.h"

static counter start, ended, blocked, door;
static int callback_ended; /* guarded by the door */

static void counters_open(void) {
    counter_init(&start);
    counter_init(&ended);
    counter_init(&blocked);
    counter_init(&door);
    callback_ended = 0;
}

static void counters_close(void) {
    counter_destroy(&start);
    counter_destroy(&ended);
    counter_destroy(&blocked);
    counter_destroy(&door);
}

typedef struct racer {
    thread runs;
    rtm_status (*release)(void *);
    void *handle;
    rtm_status answer;
} racer;

static void race(void *context) {
    racer *mine = (racer *)context;
    counter_reaches(&start, 1, bound_ms());
    mine->answer = mine->release(mine->handle);
}

static rtm_status release_local(void *h) {
    return rtm_local_call_invitation_release((rtm_local_call_invitation *)h);
}
static rtm_status release_remote(void *h) {
    return rtm_remote_call_invitation_release((rtm_remote_call_invitation *)h);
}
static rtm_status release_message(void *h) {
    return rtm_message_release((rtm_message *)h);
}
static rtm_status release_manager(void *h) {
    return rtm_call_manager_release((rtm_call_manager *)h);
}
static rtm_status release_service(void *h) {
    return rtm_service_release((rtm_service *)h);
}
static rtm_status release_service_silently(void *h) {
    return rtm_service_release_without_callbacks((rtm_service *)h);
}

/* Releases from three threads at once: exactly one succeeds, the others find a stale handle. */
static void race_release(rtm_status (*release)(void *), void *handle) {
    racer racers[3];
    int i, succeeded = 0, stale = 0;
    counter_set(&start, 0);
    for (i = 0; i < 3; i++) {
        racers[i].release = release;
        racers[i].handle = handle;
        thread_start(&racers[i].runs, race, &racers[i]);
    }
    counter_set(&start, 1);
    for (i = 0; i < 3; i++) {
        thread_join(&racers[i].runs);
        succeeded += racers[i].answer == RTM_OK;
        stale += racers[i].answer == RTM_ERR_STALE_HANDLE;
    }
    CHECK_INT(succeeded, 1);
    CHECK_INT(stale, 2);
}

static void of_releases_at_once_exactly_one_succeeds(void) {
    const long rounds = scaled(60);
    long i;
    counters_open();
    for (i = 0; i < rounds; i++) {
        party me, peer;
        event rung;
        rtm_message *message = NULL;
        party_open(&me, "races", "me");
        party_open(&peer, "races", "peer");
        race_release(release_local, party_creates(&me, "peer"));
        race_release(release_local, party_rings(&me, "peer", "x"));
        CHECK_COMES(&peer, R_RECEIVED, 1, &rung);
        race_release(release_remote, rung.remote);
        CHECK_OK(rtm_service_create_text_message(me.service, "x", &message));
        race_release(release_message, message);
        race_release(release_manager, me.manager);
        race_release(i % 2 ? release_service : release_service_silently, me.service);
        /* The one that succeeded has waited for all; the others need not have. */
        party_bury(&me);
        party_close(&peer);
    }
    counters_close();
}

static void block(party *me, const event *happened) {
    if (happened->kind != RENEW && happened->kind != L_FAILURE)
        return;
    counter_add(&blocked, 1);
    counter_reaches(&door, 1, bound_ms());
    (void)me;
    mutex_lock(&door.lock);
    callback_ended = 1;
    mutex_unlock(&door.lock);
}

static int has_ended(void) {
    int it;
    mutex_lock(&door.lock);
    it = callback_ended;
    mutex_unlock(&door.lock);
    return it;
}

typedef struct waiter {
    thread runs;
    party *me;
    uint64_t handler;
    int way;
} waiter;

enum { REMOVE_HANDLER, REPLACE_CALL_HANDLER, NULL_CALL_HANDLER, RELEASE_MANAGER, RELEASE, RELEASE_SILENTLY, WAYS };

static void take_away(party *me, int way, uint64_t handler) {
    rtm_call_event_handler next;
    rtm_call_manager *manager = NULL;
    memset(&next, 0, sizeof next);
    next.struct_size = sizeof next;
    switch (way) {
    case REMOVE_HANDLER:
        CHECK_OK(rtm_service_remove_event_handler(me->service, handler));
        break;
    case REPLACE_CALL_HANDLER:
        CHECK_OK(rtm_service_get_call_manager(me->service, &next, &manager));
        CHECK(manager == me->manager);
        break;
    case NULL_CALL_HANDLER:
        CHECK_OK(rtm_service_get_call_manager(me->service, NULL, &manager));
        break;
    case RELEASE_MANAGER:
        CHECK_OK(rtm_call_manager_release(me->manager));
        break;
    case RELEASE:
        CHECK_OK(rtm_service_release(me->service));
        break;
    default:
        CHECK_OK(rtm_service_release_without_callbacks(me->service));
        break;
    }
}

static void take_away_outside(void *context) {
    waiter *mine = (waiter *)context;
    take_away(mine->me, mine->way, mine->handler);
    CHECK(has_ended()); /* it returned, so no callback of the handler runs */
    CHECK_INT(counter_get(mine->way == REMOVE_HANDLER ? &mine->me->service_drops : &mine->me->call_drops), 1);
    counter_add(&ended, 1);
}

/* Outside: returns after the running callback ended, with its drop done. */
static void outside_callbacks_a_handler_is_waited_for(void) {
    int way;
    for (way = 0; way < WAYS; way++) {
        party me, second;
        waiter w;
        rtm_service_event_handler handler;
        counters_open();
        party_create(&me, "races", "me", NULL);
        party_init(&second, "races", "second");
        w.me = way == REMOVE_HANDLER ? &second : &me;
        w.way = way;
        w.handler = 0;
        party_hooks(w.me, block, NULL);
        if (way == REMOVE_HANDLER) {
            second.service = me.service;
            handler = party_service_handler(&second);
            CHECK_OK(rtm_service_add_event_handler(me.service, &handler, &w.handler));
            second.service_drops_wanted = 1;
            CHECK_OK(rtm_service_renew_token(me.service, "x"));
        } else {
            CHECK_OK(rtm_local_call_invitation_release(party_rings(&me, "bob", "x")));
        }
        CHECK_REACHES(&blocked, 1);
        thread_start(&w.runs, take_away_outside, &w);
        /* Meanwhile everything else answers; what the waiter waits for is only the callback. */
        if (way < RELEASE)
            CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_DISCONNECTED);
        CHECK_INT(counter_get(&ended), 0);
        counter_set(&door, 1);
        thread_join(&w.runs);
        CHECK_INT(counter_get(&ended), 1);
        if (way < RELEASE)
            CHECK_OK(rtm_service_release(me.service));
        party_bury(&me);
        party_bury(&second);
        counters_close();
    }
}

static void take_away_in_hook(party *me, const event *happened) {
    waiter *w = (waiter *)me->extra;
    if ((happened->kind != RENEW && happened->kind != L_FAILURE) || w->way < 0)
        return;
    take_away(me, w->way, w->handler); /* returns at once: this very callback runs */
    CHECK_INT(counter_get(w->way == REMOVE_HANDLER ? &me->service_drops : &me->call_drops), 0);
    w->way = -1;
}

/* Inside: at once; from then on no callback of the handler starts. */
static void inside_a_callback_a_handler_goes_at_once(void) {
    int way;
    for (way = 0; way < WAYS; way++) {
        party me, second, *him;
        waiter w;
        rtm_service_event_handler handler;
        party_create(&me, "races", "me", NULL);
        party_init(&second, "races", "second");
        him = way == REMOVE_HANDLER ? &second : &me;
        w.me = him;
        w.way = way;
        w.handler = 0;
        if (way == REMOVE_HANDLER) {
            second.service = me.service;
            handler = party_service_handler(&second);
            CHECK_OK(rtm_service_add_event_handler(me.service, &handler, &w.handler));
            second.service_drops_wanted = 1;
            party_hooks(him, take_away_in_hook, &w);
            CHECK_OK(rtm_service_renew_token(me.service, "1"));
            CHECK_OK(rtm_service_renew_token(me.service, "2"));
            CHECK_COMES(&me, RENEW, 2, NULL);
            CHECK_INT(party_count(&second, RENEW), 1);
        } else {
            party_hooks(him, take_away_in_hook, &w);
            CHECK_OK(rtm_local_call_invitation_release(party_rings(&me, "bob", "1")));
            CHECK_REACHES(&me.call_drops, 1);
            CHECK_INT(party_count(&me, L_FAILURE), 1);
        }
        if (way < RELEASE)
            CHECK_OK(rtm_service_release(me.service));
        party_bury(&me);
        party_bury(&second);
    }
}

static void count_log(void *context, rtm_log_level level, const char *line) {
    (void)level;
    (void)line;
    counter_add(&((party *)context)->call_drops, 0);
}

/* drop(context) runs exactly once for every struct that was accepted, in every way that a handler ends. */
static void every_accepted_handler_is_dropped_once(void) {
    int silently, i;
    for (silently = 0; silently < 2; silently++) {
        party me;
        rtm_service_event_handler service_handler;
        rtm_call_event_handler call_handler;
        rtm_log_handler log_handler;
        uint64_t number = 0;
        party_create(&me, "races", "me", NULL);
        service_handler = party_service_handler(&me);
        call_handler = party_call_handler(&me);
        memset(&log_handler, 0, sizeof log_handler);
        log_handler.struct_size = sizeof log_handler;
        log_handler.context = &me;
        log_handler.drop = party_on_service_drop;
        log_handler.on_log = count_log;
        me.service_drops_wanted = me.call_drops_wanted = 1000; /* the final count comes below */
        for (i = 0; i < 10; i++) {
            CHECK_OK(rtm_service_add_event_handler(me.service, &service_handler, &number));
            if (i % 2) {
                CHECK_OK(rtm_service_remove_event_handler(me.service, number));
                CHECK_INT(counter_get(&me.service_drops), (i + 1) / 2 + i - 1);
                CHECK_STATUS(rtm_service_remove_event_handler(me.service, number), RTM_ERR_NOT_FOUND);
            }
            CHECK_OK(rtm_service_set_log_handler(me.service, &log_handler));
            CHECK_INT(counter_get(&me.service_drops), (i + 1) / 2 + i);
            CHECK_OK(rtm_service_get_call_manager(me.service, &call_handler, &me.manager));
            CHECK_INT(counter_get(&me.call_drops), i + 1);
        }
        CHECK_OK(rtm_service_set_log_handler(me.service, NULL));
        CHECK_INT(counter_get(&me.service_drops), 5 + 10);
        CHECK_OK(rtm_service_set_log_handler(me.service, &log_handler));
        party_login(&me);
        me.service_drops_wanted = 1 + 10 + 11;
        me.call_drops_wanted = 11;
        if (silently) {
            CHECK_OK(rtm_service_release_without_callbacks(me.service));
            CHECK_INT(counter_get(&me.service_drops), me.service_drops_wanted);
            party_bury(&me);
        } else {
            party_close(&me);
        }
    }
}

static counter results;

static void count_results(party *me, const event *happened) {
    (void)me;
    if (happened->kind == SENT)
        counter_add(&results, 1);
}

static void keep_sending(void *context) {
    party *me = (party *)context;
    rtm_message *message = NULL;
    int64_t sent = 0;
    CHECK_OK(rtm_service_create_text_message(me->service, "x", &message));
    while (counter_get(&ended) == 0) {
        CHECK_OK(rtm_service_send_message_to_peer(me->service, "callee", message, NULL));
        CHECK_OK(rtm_local_call_invitation_release(party_rings(me, "callee", "x")));
        sent++;
        CHECK_REACHES(&results, sent - 20); /* as fast as what is between the two takes it */
    }
    CHECK_OK(rtm_message_release(message));
}

static void release_the_rung(party *me, const event *happened) {
    (void)me;
    if (happened->kind == R_RECEIVED)
        CHECK_OK(rtm_remote_call_invitation_release(happened->remote));
}

/* Calls and messages pour in: none is delivered after release returned. */
static void no_callback_starts_after_release_returned(void) {
    const long rounds = is_slow() ? 2 : 6;
    long i;
    for (i = 0; i < rounds; i++) {
        party callee, caller;
        thread sender;
        size_t delivered;
        rtm_service_config config = config_of();
        config.delivery = i % 3 == 2 ? RTM_DELIVERY_SHARED : RTM_DELIVERY_OWN_WORKER;
        counters_open();
        party_open_with(&callee, "races", "callee", &config);
        party_hooks(&callee, release_the_rung, NULL);
        counter_init(&results);
        party_open(&caller, "races", "caller");
        party_hooks(&caller, count_results, NULL);
        thread_start(&sender, keep_sending, &caller);
        CHECK_COMES(&callee, MESSAGE, 20, NULL); /* it does deliver */
        CHECK_COMES(&callee, R_RECEIVED, 20, NULL);
        CHECK_OK(i % 2 ? rtm_service_release(callee.service) : rtm_service_release_without_callbacks(callee.service));
        delivered = party_mark(&callee);
        CHECK_INT(counter_get(&callee.call_drops), 1);
        CHECK_INT(counter_get(&callee.service_drops), 1);
        CHECK_COMES(&caller, SENT, party_count(&caller, SENT) + 1, NULL); /* the sender goes on meanwhile */
        CHECK_INT(party_mark(&callee), delivered);
        if (i % 2) /* every one that rang had its end */
            CHECK_INT(party_count(&callee, R_RECEIVED),
                      party_count(&callee, R_FAILURE) + party_count(&callee, R_CANCELED));
        counter_set(&ended, 1);
        thread_join(&sender);
        party_close(&caller);
        party_bury(&callee);
        counter_destroy(&results);
        counters_close();
    }
}

typedef struct finalizer {
    party *me;
    rtm_local_call_invitation **queue;
    counter filled;
    long count;
} finalizer;

static void finalize(void *context) {
    finalizer *mine = (finalizer *)context;
    long i;
    for (i = 0; i < mine->count; i++) {
        CHECK_REACHES(&mine->filled, i + 1);
        CHECK_OK(rtm_local_call_invitation_release(mine->queue[i]));
    }
}

static void read_in_hook(party *me, const event *happened) {
    (void)me;
    if (happened->local == NULL)
        return;
    CHECK_TEXT(rtm_local_call_invitation_get_content(happened->local), "content");
    CHECK_TEXT(rtm_local_call_invitation_get_callee_id(happened->local), "peer");
    CHECK_TEXT(rtm_local_call_invitation_get_channel_id(happened->local), "");
}

static void refuse_in_hook(party *me, const event *happened) {
    if (happened->kind == R_RECEIVED)
        CHECK_OK(rtm_call_manager_refuse_remote_invitation(me->manager, happened->remote));
    if (happened->kind == R_REFUSED)
        CHECK_OK(rtm_remote_call_invitation_release(happened->remote));
}

/* A garbage collector's thread releases invitations in flight; their callbacks still read them. */
static void a_finalizer_releases_invitations_in_flight(void) {
    finalizer f;
    thread t;
    party me, peer;
    long i;
    f.count = scaled(2000);
    f.queue = (rtm_local_call_invitation **)calloc((size_t)f.count, sizeof f.queue[0]);
    REQUIRE(f.queue != NULL);
    counter_init(&f.filled);
    party_open(&me, "races", "me");
    party_open(&peer, "races", "peer");
    party_hooks(&me, read_in_hook, NULL);
    party_hooks(&peer, refuse_in_hook, NULL);
    f.me = &me;
    thread_start(&t, finalize, &f);
    for (i = 0; i < f.count; i++) {
        f.queue[i] = party_rings(&me, "peer", "content");
        counter_add(&f.filled, 1);
    }
    thread_join(&t);
    CHECK_COMES(&me, L_REFUSED, (size_t)f.count, NULL);
    CHECK_INT(party_count(&me, L_RECEIVED), f.count);
    party_fence(&me);
    for (i = 0; i < f.count; i++)
        if (rtm_local_call_invitation_release(f.queue[i]) != RTM_ERR_STALE_HANDLE)
            CHECK(!"freed when released and ended");
    party_close(&me);
    party_close(&peer);
    counter_destroy(&f.filled);
    free(f.queue);
}

typedef struct writer {
    rtm_local_call_invitation *invitation;
    long rounds;
} writer;

static void keep_writing(void *context) {
    writer *mine = (writer *)context;
    long i;
    for (i = 0; i < mine->rounds; i++)
        CHECK_OK(rtm_local_call_invitation_set_content(mine->invitation, i % 2 ? "odd odd odd" : "even"));
    counter_add(&ended, 1);
}

/* A text that a getter handed out stays, also while another thread replaces it. */
static void texts_of_getters_survive_setters_on_another_thread(void) {
    party me;
    writer w;
    thread t;
    const char *first;
    long reads = 0;
    counters_open();
    party_create(&me, "races", "me", NULL);
    w.invitation = party_creates(&me, "bob");
    w.rounds = scaled(10000);
    CHECK_OK(rtm_local_call_invitation_set_content(w.invitation, "first"));
    first = rtm_local_call_invitation_get_content(w.invitation);
    thread_start(&t, keep_writing, &w);
    while (counter_get(&ended) == 0 || reads < 10) {
        const char *text = rtm_local_call_invitation_get_content(w.invitation);
        char copy[20];
        if (strcmp(text, "first") != 0 && strcmp(text, "even") != 0 && strcmp(text, "odd odd odd") != 0)
            CHECK(!"a text is whole");
        if (rtm_local_call_invitation_get_content_copy(w.invitation, copy, sizeof copy, NULL) != RTM_OK ||
            (strcmp(copy, "first") != 0 && strcmp(copy, "even") != 0 && strcmp(copy, "odd odd odd") != 0))
            CHECK(!"a copy is whole");
        reads++;
    }
    thread_join(&t);
    CHECK_TEXT(first, "first");
    CHECK_OK(rtm_local_call_invitation_release(w.invitation));
    party_close(&me);
    counters_close();
}

static const test tests[] = {
    TEST(of_releases_at_once_exactly_one_succeeds),           TEST(outside_callbacks_a_handler_is_waited_for),
    TEST(inside_a_callback_a_handler_goes_at_once),           TEST(every_accepted_handler_is_dropped_once),
    TEST(no_callback_starts_after_release_returned),          TEST(a_finalizer_releases_invitations_in_flight),
    TEST(texts_of_getters_survive_setters_on_another_thread),
};
RUN_TESTS("release against other threads", tests)
