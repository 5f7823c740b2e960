/* Release inside callbacks: of the invitation, the manager, the service, in each kind of callback, by each way of
 * delivery. It returns at once, what is due still comes, drop(context) runs once and last, and nothing hangs. */
#include "party.h"

typedef enum what { INVITATION, MANAGER, SERVICE, SERVICE_WITHOUT_CALLBACKS, ALL_THREE, WHATS } what;
static const char *const what_names[] = {"invitation", "manager", "service", "service without callbacks", "all three"};

/* TOKEN_EXPIRED is missing: the hub's tokens do not expire. */
static const event_kind kinds[] = {LOGIN_SUCCESS, LOGIN_FAILURE, LOGOUT,    RENEW,        CONNECTION,
                                   SENT,          MESSAGE,       QUERY,     SUBSCRIPTION, PRESENCE,
                                   L_RECEIVED,    L_ACCEPTED,    L_REFUSED, L_CANCELED,   L_FAILURE,
                                   R_RECEIVED,    R_ACCEPTED,    R_REFUSED, R_CANCELED,   R_FAILURE};

typedef struct scene {
    event_kind kind;
    what released;
    int done;
} scene;

static int is_stale(rtm_status answer) {
    return answer == RTM_ERR_STALE_HANDLE;
}

static void release_in_callback(party *me, const event *happened) {
    scene *s = (scene *)me->extra;
    int of_call = happened->kind >= L_RECEIVED;
    if (happened->kind == R_RECEIVED && s->kind == R_ACCEPTED)
        CHECK_OK(rtm_call_manager_accept_remote_invitation(me->manager, happened->remote));
    if (happened->kind == R_RECEIVED && s->kind == R_REFUSED)
        CHECK_OK(rtm_call_manager_refuse_remote_invitation(me->manager, happened->remote));
    if (happened->kind != s->kind || s->done)
        return;
    s->done = 1;
    if (of_call && (s->released == INVITATION || s->released == ALL_THREE)) {
        if (happened->local != NULL) {
            CHECK_OK(rtm_local_call_invitation_release(happened->local));
            CHECK(is_stale(rtm_local_call_invitation_release(happened->local)));
            CHECK_TEXT(rtm_local_call_invitation_get_content(happened->local), "content"); /* until this returns */
        } else {
            CHECK_OK(rtm_remote_call_invitation_release(happened->remote));
            CHECK(is_stale(rtm_remote_call_invitation_release(happened->remote)));
            CHECK_TEXT(rtm_remote_call_invitation_get_content(happened->remote), "content");
        }
    }
    if (s->released == MANAGER || s->released == ALL_THREE) {
        CHECK_OK(rtm_call_manager_release(me->manager));
        CHECK(is_stale(rtm_call_manager_release(me->manager)));
    }
    if (s->released == SERVICE || s->released == ALL_THREE)
        CHECK_OK(rtm_service_release(me->service));
    if (s->released == SERVICE_WITHOUT_CALLBACKS)
        CHECK_OK(rtm_service_release_without_callbacks(me->service));
    if (s->released >= SERVICE) {
        CHECK(is_stale(rtm_service_release(me->service)));
        CHECK(is_stale(rtm_service_logout(me->service)));
        CHECK(is_stale(rtm_call_manager_set_user_data(me->manager, NULL)));
        CHECK_INT(counter_get(&me->service_drops), 0); /* this very callback still runs */
    }
}

static void answer_in_callback(party *me, const event *happened) {
    scene *s = (scene *)me->extra;
    if (happened->kind != R_RECEIVED)
        return;
    if (s->kind == L_ACCEPTED)
        CHECK_OK(rtm_call_manager_accept_remote_invitation(me->manager, happened->remote));
    if (s->kind == L_REFUSED)
        CHECK_OK(rtm_call_manager_refuse_remote_invitation(me->manager, happened->remote));
}

/* Anything may fail: the service may be gone by now. */
static rtm_local_call_invitation *may_ring(party *me, const char *callee) {
    rtm_local_call_invitation *made = NULL;
    if (rtm_call_manager_create_local_call_invitation(me->manager, callee, &made) != RTM_OK)
        return NULL;
    rtm_local_call_invitation_set_content(made, "content");
    rtm_call_manager_send_local_invitation(me->manager, made);
    return made;
}

/* Makes a callback of this kind come to `me`. */
static void provoke(event_kind kind, party *me, party *peer) {
    const char *peers[1];
    rtm_message *message = NULL;
    rtm_local_call_invitation *made;
    peers[0] = peer->user;
    if (kind != L_FAILURE)
        rtm_service_login(me->service, NULL, me->user);
    switch (kind) {
    case LOGIN_FAILURE:
        rtm_service_login(me->service, NULL, me->user);
        break;
    case LOGOUT:
        rtm_service_logout(me->service);
        break;
    case RENEW:
        rtm_service_renew_token(me->service, "token");
        break;
    case SENT:
        rtm_service_create_text_message(me->service, "x", &message);
        rtm_service_send_message_to_peer(me->service, peer->user, message, NULL);
        break;
    case MESSAGE:
        rtm_service_create_text_message(peer->service, "x", &message);
        rtm_service_send_message_to_peer(peer->service, me->user, message, NULL);
        break;
    case QUERY:
        rtm_service_query_peers_online_status(me->service, peers, 1, NULL);
        break;
    case SUBSCRIPTION:
    case PRESENCE:
        rtm_service_subscribe_peers_online_status(me->service, peers, 1, NULL);
        break;
    case L_RECEIVED:
    case L_ACCEPTED:
    case L_REFUSED:
    case L_FAILURE:
        may_ring(me, peer->user);
        break;
    case L_CANCELED:
        made = may_ring(me, peer->user);
        rtm_call_manager_cancel_local_invitation(me->manager, made);
        break;
    case R_RECEIVED:
    case R_ACCEPTED:
    case R_REFUSED:
        may_ring(peer, me->user);
        break;
    case R_CANCELED:
        made = may_ring(peer, me->user);
        CHECK_COMES(me, R_RECEIVED, 1, NULL);
        rtm_call_manager_cancel_local_invitation(peer->manager, made);
        break;
    case R_FAILURE:
        may_ring(peer, me->user);
        CHECK_COMES(me, R_RECEIVED, 1, NULL);
        rtm_service_logout(me->service);
        break;
    default:
        break;
    }
    if (message != NULL)
        CHECK_OK(rtm_message_release(message));
}

static void play(event_kind kind, what released, rtm_delivery delivery) {
    scene s;
    party me, peer;
    rtm_service_config config = config_of();
    event came;
    config.delivery = (int32_t)delivery;
    s.kind = kind;
    s.released = released;
    s.done = 0;
    party_create(&me, "inside", "me", &config);
    party_create(&peer, "inside", "peer", &config);
    party_hooks(&peer, answer_in_callback, &s);
    party_login(&peer);
    party_hooks(&me, release_in_callback, &s);
    provoke(kind, &me, &peer);
    CHECK(party_waits(&me, kind, 1, &came));
    if (released < SERVICE) {
        party_fence(&me);
        if (released == MANAGER)
            CHECK_INT(counter_get(&me.call_drops), 1);
        if (released == INVITATION && came.local != NULL && kind != L_RECEIVED)
            CHECK(is_stale(rtm_local_call_invitation_set_content(came.local, "x")));
        if (released == INVITATION && came.remote != NULL && kind != R_RECEIVED)
            CHECK(is_stale(rtm_remote_call_invitation_set_response(came.remote, "x")));
        CHECK_OK(rtm_service_release(me.service));
    }
    party_bury(&me); /* waits for both drops */
    CHECK_INT(s.done, 1);
    party_close(&peer);
}

static void play_all(rtm_delivery delivery) {
    size_t k;
    int released, failures = (int)check_failures;
    for (k = 0; k < sizeof kinds / sizeof kinds[0]; k++)
        for (released = 0; released < WHATS; released++) {
            play(kinds[k], (what)released, delivery);
            if (check_failures > failures) {
                failures = (int)check_failures;
                printf("     ^ release of the %s in %s\n", what_names[released], event_names[kinds[k]]);
            }
        }
}

static void everything_is_released_in_every_callback_on_the_own_worker(void) {
    play_all(RTM_DELIVERY_OWN_WORKER);
}
static void everything_is_released_in_every_callback_on_shared_workers(void) {
    play_all(RTM_DELIVERY_SHARED);
}

/* What was due comes after the release inside a callback: the terminal of a ringing invitation, once. */
static counter waiting, go_on;

static void wait_then_release(party *me, const event *happened) {
    if (happened->kind != L_RECEIVED)
        return;
    counter_add(&waiting, 1);
    counter_reaches(&go_on, 1, bound_ms());
    CHECK_OK(me->extra != NULL ? rtm_service_release_without_callbacks(me->service) : rtm_service_release(me->service));
    CHECK_INT(party_count(me, L_FAILURE), 0);
}

static void what_was_due_comes_after_a_release_inside_a_callback(void) {
    int without;
    for (without = 0; without < 2; without++) {
        party me, peer;
        counter_init(&waiting);
        counter_init(&go_on);
        party_open(&me, "inside", "me");
        party_open(&peer, "inside", "peer");
        party_hooks(&me, wait_then_release, without ? &waiting : NULL);
        CHECK_OK(rtm_local_call_invitation_release(party_rings(&me, "peer", "x")));
        CHECK_REACHES(&waiting, 1);
        CHECK_OK(rtm_service_renew_token(me.service, "queued behind"));
        counter_set(&go_on, 1);
        CHECK_REACHES(&me.service_drops, 1);
        CHECK_REACHES(&me.call_drops, 1);
        CHECK_STORY(&me, 3, without ? "L_RECEIVED" : "L_RECEIVED RENEW L_FAILURE");
        CHECK_COMES(&peer, R_CANCELED, 1, NULL);
        party_bury(&me);
        party_close(&peer);
        counter_destroy(&waiting);
        counter_destroy(&go_on);
    }
}

/* Two services release each other inside callbacks that run at the same time. */
static void release_each_other(party *me, const event *happened) {
    party *other = (party *)me->extra;
    rtm_status answer;
    if (happened->kind != RENEW)
        return;
    counter_add(&waiting, 1);
    counter_reaches(&waiting, 2, bound_ms());
    answer = rtm_service_release(other->service);
    CHECK_OK(answer);
    /* The other one releases this one now or has done so. */
    counter_add(&go_on, 1);
}

static void two_services_release_each_other_inside_callbacks(void) {
    int round;
    for (round = 0; round < 20; round++) {
        party one, two;
        rtm_service_config config = config_of();
        config.delivery = round % 2 ? RTM_DELIVERY_SHARED : RTM_DELIVERY_OWN_WORKER;
        counter_init(&waiting);
        counter_init(&go_on);
        party_create(&one, "inside", "one", &config);
        party_create(&two, "inside", "two", &config);
        party_hooks(&one, release_each_other, &two);
        party_hooks(&two, release_each_other, &one);
        CHECK_OK(rtm_service_renew_token(one.service, "x"));
        CHECK_OK(rtm_service_renew_token(two.service, "x"));
        CHECK_REACHES(&go_on, 2);
        party_bury(&one);
        party_bury(&two);
        counter_destroy(&waiting);
        counter_destroy(&go_on);
    }
}

/* The service is released from the drop of one of its own handlers, and from that of another service. */
static counter dropped;
static rtm_service *to_release[2];

static void release_in_drop(void *context) {
    rtm_service **which = (rtm_service **)context;
    rtm_status answer = rtm_service_release(*which);
    CHECK(answer == RTM_OK || answer == RTM_ERR_STALE_HANDLE);
    counter_add(&dropped, 1);
}

static void a_service_is_released_inside_drop(void) {
    party me, other;
    rtm_service_event_handler handler;
    uint64_t number = 0;
    counter_init(&dropped);
    party_create(&me, "inside", "me", NULL);
    party_create(&other, "inside", "other", NULL);
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.drop = release_in_drop;
    to_release[0] = me.service;
    to_release[1] = other.service;
    handler.context = &to_release[1];
    CHECK_OK(rtm_service_add_event_handler(me.service, &handler, &number));
    CHECK_OK(rtm_service_remove_event_handler(me.service, number)); /* releases other */
    CHECK_INT(counter_get(&dropped), 1);
    party_bury(&other);
    handler.context = &to_release[0];
    CHECK_OK(rtm_service_add_event_handler(me.service, &handler, &number));
    CHECK_OK(rtm_service_remove_event_handler(me.service, number)); /* releases me */
    CHECK_INT(counter_get(&dropped), 2);
    party_bury(&me);
    counter_destroy(&dropped);
}

/* Functions that register handlers and open new sessions, inside callbacks, at any depth. */
static void start_anew(party *me, const event *happened) {
    party *next = (party *)me->extra;
    if (happened->kind != LOGIN_SUCCESS || next == NULL)
        return;
    me->extra = NULL;
    party_create(next, "inside", "next", NULL);
    CHECK_OK(rtm_service_login(next->service, NULL, "next"));
    CHECK_OK(rtm_service_logout(me->service));
    CHECK_OK(rtm_service_login(me->service, NULL, me->user));
}

static void sessions_begin_and_end_inside_callbacks(void) {
    party me, next;
    party_create(&me, "inside", "me", NULL);
    party_hooks(&me, start_anew, &next);
    CHECK_OK(rtm_service_login(me.service, NULL, "me"));
    CHECK_COMES(&me, LOGIN_SUCCESS, 2, NULL);
    CHECK_STORY(&me, 0, "CONNECTION CONNECTION LOGIN_SUCCESS LOGOUT CONNECTION CONNECTION CONNECTION LOGIN_SUCCESS");
    CHECK_COMES(&next, LOGIN_SUCCESS, 1, NULL);
    party_close(&me);
    party_close(&next);
}

static const test tests[] = {
    TEST(everything_is_released_in_every_callback_on_the_own_worker),
    TEST(everything_is_released_in_every_callback_on_shared_workers),
    TEST(what_was_due_comes_after_a_release_inside_a_callback),
    TEST(two_services_release_each_other_inside_callbacks),
    TEST(a_service_is_released_inside_drop),
    TEST(sessions_begin_and_end_inside_callbacks),
};
RUN_TESTS("release inside callbacks", tests)
