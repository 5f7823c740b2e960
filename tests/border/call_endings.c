/* Every way a call ends over the hub, seen from both sides: callbacks and their order, codes, states inside the
 * callbacks, the end reason and its side, and the same id on both. */
#include "party.h"

typedef struct call {
    party alice, bob;
    rtm_local_call_invitation *local;
    rtm_remote_call_invitation *remote;
    size_t alice_mark, bob_mark; /* where the stories of this call begin */
} call;

static const char hub[] = "endings";

/* Windows short enough for a test; the others stay long. */
static rtm_service_config short_windows(uint32_t acknowledge_ms, uint32_t ring_ms, uint32_t accept_ms) {
    rtm_service_config config = config_of();
    config.acknowledge_timeout_ms = acknowledge_ms;
    config.ring_timeout_ms = ring_ms;
    config.accept_timeout_ms = accept_ms;
    return config;
}

static void open_both(call *c, const rtm_service_config *config) {
    memset(c, 0, sizeof *c);
    party_open_with(&c->alice, hub, "alice", config);
    party_open_with(&c->bob, hub, "bob", config);
    c->alice_mark = party_mark(&c->alice);
    c->bob_mark = party_mark(&c->bob);
}

/* Alice rings Bob, and both know. */
static void ring(call *c) {
    event received, rung;
    c->local = party_creates(&c->alice, "bob");
    CHECK_OK(rtm_local_call_invitation_set_content(c->local, "content"));
    CHECK_OK(rtm_local_call_invitation_set_channel_id(c->local, "channel"));
    CHECK_OK(rtm_call_manager_send_local_invitation(c->alice.manager, c->local));
    CHECK_COMES(&c->bob, R_RECEIVED, 1, &rung);
    CHECK_COMES(&c->alice, L_RECEIVED, 1, &received);
    CHECK_INT(rung.state, RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED);
    CHECK_INT(received.state, RTM_LOCAL_INVITATION_STATE_RECEIVED_BY_REMOTE);
    CHECK_INT(rung.reason, RTM_END_REASON_NONE);
    CHECK_INT(received.side, RTM_END_SIDE_NONE);
    CHECK_INT(strlen(rung.id), 32);
    CHECK_TEXT(rung.id, received.id);
    CHECK(received.local == c->local);
    c->remote = rung.remote;
    CHECK_TEXT(rtm_remote_call_invitation_get_caller_id(c->remote), "alice");
    CHECK_TEXT(rtm_remote_call_invitation_get_content(c->remote), "content");
    CHECK_TEXT(rtm_remote_call_invitation_get_channel_id(c->remote), "channel");
}

static void ring_with(call *c, uint32_t acknowledge_ms, uint32_t ring_ms, uint32_t accept_ms) {
    rtm_service_config config = short_windows(acknowledge_ms, ring_ms, accept_ms);
    open_both(c, &config);
    ring(c);
}

static void ring_plainly(call *c) {
    ring_with(c, 0, 0, 0);
}

static void hang_up(call *c) {
    if (c->local != NULL)
        CHECK_OK(rtm_local_call_invitation_release(c->local));
    if (c->remote != NULL)
        CHECK_OK(rtm_remote_call_invitation_release(c->remote));
    CHECK_OK(rtm_hub_set_faults(hub, APP_ID, NULL));
    if (c->alice.service != NULL)
        party_close(&c->alice);
    else
        party_bury(&c->alice);
    if (c->bob.service != NULL)
        party_close(&c->bob);
    else
        party_bury(&c->bob);
}

/* The end on each side: the terminal callback, its code, the state in it, and why. */
static void check_local_end(call *c, event_kind kind, rtm_local_invitation_err code, rtm_local_invitation_state state,
                            rtm_end_reason reason, rtm_end_side side) {
    event end;
    rtm_end_reason now_reason = RTM_END_REASON_NONE;
    CHECK(party_waits(&c->alice, kind, 1, &end));
    CHECK_INT(end.code, code);
    CHECK_INT(end.state, state);
    CHECK_INT(end.reason, reason);
    CHECK_INT(end.side, side);
    CHECK(end.local == c->local);
    CHECK_TEXT(end.id, rtm_local_call_invitation_get_id(c->local));
    CHECK_OK(rtm_local_call_invitation_get_end_reason(c->local, &now_reason, NULL));
    CHECK_INT(now_reason, reason);
}

static void check_remote_end(call *c, event_kind kind, rtm_remote_invitation_err code,
                             rtm_remote_invitation_state state, rtm_end_reason reason, rtm_end_side side) {
    event end;
    CHECK(party_waits(&c->bob, kind, 1, &end));
    CHECK_INT(end.code, code);
    CHECK_INT(end.state, state);
    CHECK_INT(end.reason, reason);
    CHECK_INT(end.side, side);
    CHECK(end.remote == c->remote);
    CHECK_TEXT(end.id, rtm_remote_call_invitation_get_id(c->remote));
}

#define LOCAL_ENDS(c, kind, code, state, reason, side)                                                                 \
    check_local_end(c, kind, RTM_LOCAL_INVITATION_ERR_##code, RTM_LOCAL_INVITATION_STATE_##state,                      \
                    RTM_END_REASON_##reason, RTM_END_SIDE_##side)
#define REMOTE_ENDS(c, kind, code, state, reason, side)                                                                \
    check_remote_end(c, kind, RTM_REMOTE_INVITATION_ERR_##code, RTM_REMOTE_INVITATION_STATE_##state,                   \
                     RTM_END_REASON_##reason, RTM_END_SIDE_##side)

static void check_ended_verbs(call *c) {
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(c->alice.manager, c->local),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_STATUS(rtm_call_manager_send_local_invitation(c->alice.manager, c->local),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_STATUS(rtm_call_manager_accept_remote_invitation(c->bob.manager, c->remote),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_STATUS(rtm_call_manager_refuse_remote_invitation(c->bob.manager, c->remote),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
}

/* Nothing comes after the end. */
static void check_stories(call *c, const char *alice, const char *bob) {
    party_fence(&c->alice);
    party_fence(&c->bob);
    CHECK_STORY(&c->alice, c->alice_mark, alice);
    CHECK_STORY(&c->bob, c->bob_mark, bob);
}

static void accepted(void) {
    call c;
    event end;
    ring_plainly(&c);
    CHECK_OK(rtm_remote_call_invitation_set_response(c.remote, "yes"));
    CHECK_OK(rtm_call_manager_accept_remote_invitation(c.bob.manager, c.remote));
    LOCAL_ENDS(&c, L_ACCEPTED, OK, ACCEPTED_BY_REMOTE, ACCEPTED, CALLEE);
    REMOTE_ENDS(&c, R_ACCEPTED, OK, ACCEPTED, ACCEPTED, CALLEE);
    CHECK_COMES(&c.alice, L_ACCEPTED, 1, &end);
    CHECK_TEXT(end.text, "yes");
    CHECK_TEXT(rtm_local_call_invitation_get_response(c.local), "yes");
    check_ended_verbs(&c);
    check_stories(&c, "L_RECEIVED L_ACCEPTED RENEW", "R_RECEIVED R_ACCEPTED RENEW");
    hang_up(&c);
}

static void accept_in_the_callback_with_no_response(party *me, const event *happened) {
    if (happened->kind == R_RECEIVED)
        CHECK_OK(rtm_call_manager_accept_remote_invitation(me->manager, happened->remote));
}

static void accepted_inside_the_callback(void) {
    call c;
    event rung;
    open_both(&c, NULL);
    party_hooks(&c.bob, accept_in_the_callback_with_no_response, NULL);
    c.local = party_rings(&c.alice, "bob", "content");
    CHECK_COMES(&c.bob, R_RECEIVED, 1, &rung);
    c.remote = rung.remote;
    LOCAL_ENDS(&c, L_ACCEPTED, OK, ACCEPTED_BY_REMOTE, ACCEPTED, CALLEE);
    REMOTE_ENDS(&c, R_ACCEPTED, OK, ACCEPTED, ACCEPTED, CALLEE);
    CHECK_TEXT(rtm_local_call_invitation_get_response(c.local), "");
    check_stories(&c, "L_RECEIVED L_ACCEPTED RENEW", "R_RECEIVED R_ACCEPTED RENEW");
    hang_up(&c);
}

static void refused(void) {
    call c;
    event end;
    ring_plainly(&c);
    CHECK_OK(rtm_remote_call_invitation_set_response(c.remote, "busy"));
    CHECK_OK(rtm_call_manager_refuse_remote_invitation(c.bob.manager, c.remote));
    CHECK_INT(remote_state(c.remote), RTM_REMOTE_INVITATION_STATE_REFUSED); /* at once */
    LOCAL_ENDS(&c, L_REFUSED, OK, REFUSED_BY_REMOTE, REFUSED, CALLEE);
    REMOTE_ENDS(&c, R_REFUSED, OK, REFUSED, REFUSED, CALLEE);
    CHECK_COMES(&c.alice, L_REFUSED, 1, &end);
    CHECK_TEXT(end.text, "busy");
    check_ended_verbs(&c);
    check_stories(&c, "L_RECEIVED L_REFUSED RENEW", "R_RECEIVED R_REFUSED RENEW");
    hang_up(&c);
}

static void an_oversized_response_is_refused_and_it_rings_on(void) {
    call c;
    char *most = repeated('r', 8192), *more = repeated('r', 8193);
    ring_plainly(&c);
    CHECK_OK(rtm_remote_call_invitation_set_response(c.remote, more));
    CHECK_STATUS(rtm_call_manager_accept_remote_invitation(c.bob.manager, c.remote),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(rtm_call_manager_refuse_remote_invitation(c.bob.manager, c.remote),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_INT(remote_state(c.remote), RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED);
    CHECK_OK(rtm_remote_call_invitation_set_response(c.remote, most));
    CHECK_OK(rtm_call_manager_accept_remote_invitation(c.bob.manager, c.remote));
    CHECK_OK(rtm_remote_call_invitation_set_response(c.remote, "too late")); /* what travels is a snapshot */
    LOCAL_ENDS(&c, L_ACCEPTED, OK, ACCEPTED_BY_REMOTE, ACCEPTED, CALLEE);
    CHECK_TEXT(rtm_local_call_invitation_get_response(c.local), most);
    CHECK_TEXT(rtm_remote_call_invitation_get_response(c.remote), "too late");
    REMOTE_ENDS(&c, R_ACCEPTED, OK, ACCEPTED, ACCEPTED, CALLEE);
    CHECK_STATUS(rtm_call_manager_accept_remote_invitation(c.bob.manager, c.remote),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    hang_up(&c);
    free(most);
    free(more);
}

static void canceled(void) {
    call c;
    ring_plainly(&c);
    CHECK_OK(rtm_call_manager_cancel_local_invitation(c.alice.manager, c.local));
    CHECK_INT(local_state(c.local), RTM_LOCAL_INVITATION_STATE_CANCELED); /* at once */
    LOCAL_ENDS(&c, L_CANCELED, OK, CANCELED, CANCELED, CALLER);
    REMOTE_ENDS(&c, R_CANCELED, OK, CANCELED, CANCELED, CALLER);
    check_ended_verbs(&c);
    check_stories(&c, "L_RECEIVED L_CANCELED RENEW", "R_RECEIVED R_CANCELED RENEW");
    hang_up(&c);
}

static void unanswered(void) {
    call c;
    ring_with(&c, 0, 150, 0);
    LOCAL_ENDS(&c, L_FAILURE, INVITATION_EXPIRE, FAILURE, EXPIRED, CALLEE);
    REMOTE_ENDS(&c, R_FAILURE, INVITATION_EXPIRE, FAILURE, EXPIRED, CALLEE);
    check_ended_verbs(&c);
    check_stories(&c, "L_RECEIVED L_FAILURE RENEW", "R_RECEIVED R_FAILURE RENEW");
    hang_up(&c);
}

static void unanswered_within_the_invitations_own_window(void) {
    call c;
    open_both(&c, NULL);
    c.local = party_creates(&c.alice, "bob");
    CHECK_OK(rtm_local_call_invitation_set_ring_timeout(c.local, 100));
    CHECK_OK(rtm_call_manager_send_local_invitation(c.alice.manager, c.local));
    LOCAL_ENDS(&c, L_FAILURE, INVITATION_EXPIRE, FAILURE, EXPIRED, CALLEE);
    CHECK_COMES(&c.bob, R_FAILURE, 1, NULL);
    c.remote = c.bob.events[party_mark(&c.bob) - 1].remote;
    REMOTE_ENDS(&c, R_FAILURE, INVITATION_EXPIRE, FAILURE, EXPIRED, CALLEE);
    hang_up(&c);
}

static void ring_an_offline_callee(uint32_t acknowledge_ms) {
    call c;
    rtm_service_config config = short_windows(acknowledge_ms, 0, 0);
    memset(&c, 0, sizeof c);
    party_open_with(&c.alice, hub, "alice", &config);
    party_create(&c.bob, hub, "bob", &config);
    c.alice_mark = party_mark(&c.alice);
    c.local = party_rings(&c.alice, "bob", "content");
    LOCAL_ENDS(&c, L_FAILURE, PEER_OFFLINE, FAILURE, UNREACHABLE, CALLER);
    party_fence(&c.alice);
    CHECK_STORY(&c.alice, c.alice_mark, "L_FAILURE RENEW");
    party_login(&c.bob); /* it does not ring afterwards */
    party_fence(&c.bob);
    CHECK_INT(party_count(&c.bob, R_RECEIVED), 0);
    CHECK_OK(rtm_local_call_invitation_release(c.local));
    c.local = party_rings(&c.alice, "bob", "content"); /* and a new one does */
    CHECK_COMES(&c.bob, R_RECEIVED, 1, NULL);
    c.remote = c.bob.events[party_mark(&c.bob) - 1].remote;
    hang_up(&c);
}

/* Presence is asked for after 500 ms of silence, or in time for a window shorter than that. */
static void offline_callee(void) {
    ring_an_offline_callee(1500);
}
static void offline_callee_within_a_short_window(void) {
    ring_an_offline_callee(150);
}

static void a_callee_that_comes_online_in_time_still_rings_once(void) {
    call c;
    memset(&c, 0, sizeof c);
    party_open(&c.alice, hub, "alice");
    party_create(&c.bob, hub, "bob", NULL);
    c.local = party_rings(&c.alice, "bob", "content");
    party_login(&c.bob);
    CHECK_COMES(&c.bob, R_RECEIVED, 1, NULL);
    CHECK_COMES(&c.alice, L_RECEIVED, 1, NULL);
    c.remote = c.bob.events[party_mark(&c.bob) - 1].remote;
    CHECK_OK(rtm_call_manager_cancel_local_invitation(c.alice.manager, c.local));
    CHECK_COMES(&c.bob, R_CANCELED, 1, NULL);
    CHECK_INT(party_count(&c.bob, R_RECEIVED), 1);
    hang_up(&c);
}

static void a_callee_that_sleeps_does_not_respond_and_does_not_ring_when_it_wakes(void) {
    call c;
    rtm_service_config config = short_windows(150, 0, 0);
    open_both(&c, &config);
    CHECK_OK(rtm_hub_suspend(hub, APP_ID, "bob", 1));
    c.local = party_rings(&c.alice, "bob", "content");
    LOCAL_ENDS(&c, L_FAILURE, PEER_NO_RESPONSE, FAILURE, NO_RESPONSE, CALLER);
    CHECK_OK(rtm_hub_suspend(hub, APP_ID, "bob", 0));
    check_stories(&c, "L_FAILURE RENEW", "RENEW");
    hang_up(&c);
}

static void the_caller_logs_out_while_it_rings(void) {
    call c;
    ring_plainly(&c);
    CHECK_OK(rtm_service_logout(c.alice.service));
    LOCAL_ENDS(&c, L_FAILURE, NOT_LOGGEDIN, FAILURE, LOGGED_OUT, CALLER);
    REMOTE_ENDS(&c, R_CANCELED, OK, CANCELED, LOGGED_OUT, CALLER);
    check_ended_verbs(&c);
    check_stories(&c, "L_RECEIVED L_FAILURE LOGOUT CONNECTION RENEW", "R_RECEIVED R_CANCELED RENEW");
    hang_up(&c);
}

static void the_callee_logs_out_while_it_rings(void) {
    call c;
    ring_plainly(&c);
    CHECK_OK(rtm_service_logout(c.bob.service));
    LOCAL_ENDS(&c, L_FAILURE, PEER_OFFLINE, FAILURE, LOGGED_OUT, CALLEE);
    REMOTE_ENDS(&c, R_FAILURE, PEER_OFFLINE, FAILURE, LOGGED_OUT, CALLEE);
    check_ended_verbs(&c);
    check_stories(&c, "L_RECEIVED L_FAILURE RENEW", "R_RECEIVED R_FAILURE LOGOUT CONNECTION RENEW");
    hang_up(&c);
}

/* Bob accepts while Alice's machine sleeps: the acceptance stays unconfirmed for as long as the test wants. */
static void accept_unheard(call *c) {
    CHECK_OK(rtm_hub_suspend(hub, APP_ID, "alice", 1));
    CHECK_OK(rtm_call_manager_accept_remote_invitation(c->bob.manager, c->remote));
    CHECK_INT(remote_state(c->remote), RTM_REMOTE_INVITATION_STATE_ACCEPT_SENT_TO_LOCAL);
    CHECK_STATUS(rtm_call_manager_accept_remote_invitation(c->bob.manager, c->remote),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_ACCEPT);
    CHECK_STATUS(rtm_call_manager_refuse_remote_invitation(c->bob.manager, c->remote),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_ACCEPT);
}

static void wake_alice(call *c) {
    (void)c;
    CHECK_OK(rtm_hub_suspend(hub, APP_ID, "alice", 0));
}

static void the_callee_logs_out_while_it_accepts(void) {
    call c;
    ring_plainly(&c);
    accept_unheard(&c);
    CHECK_OK(rtm_service_logout(c.bob.service));
    REMOTE_ENDS(&c, R_FAILURE, PEER_OFFLINE, FAILURE, ACCEPT_UNCONFIRMED, CALLEE);
    wake_alice(&c);
    LOCAL_ENDS(&c, L_FAILURE, PEER_OFFLINE, FAILURE, LOGGED_OUT, CALLEE); /* the end in the backlog beats the accept */
    check_stories(&c, "L_RECEIVED L_FAILURE RENEW", "R_RECEIVED R_FAILURE LOGOUT CONNECTION RENEW");
    hang_up(&c);
}

static void the_caller_logs_out_while_the_callee_accepts(void) {
    call c;
    ring_plainly(&c);
    accept_unheard(&c);
    CHECK_OK(rtm_service_logout(c.alice.service));
    LOCAL_ENDS(&c, L_FAILURE, NOT_LOGGEDIN, FAILURE, LOGGED_OUT, CALLER);
    REMOTE_ENDS(&c, R_CANCELED, OK, CANCELED, LOGGED_OUT, CALLER);
    check_stories(&c, "L_RECEIVED L_FAILURE LOGOUT CONNECTION RENEW", "R_RECEIVED R_CANCELED RENEW");
    hang_up(&c);
}

static void an_unconfirmed_acceptance_fails_and_the_caller_learns_it(void) {
    call c;
    ring_with(&c, 0, 0, 150);
    accept_unheard(&c);
    REMOTE_ENDS(&c, R_FAILURE, ACCEPT_FAILURE, FAILURE, ACCEPT_UNCONFIRMED, CALLEE);
    wake_alice(&c);
    LOCAL_ENDS(&c, L_FAILURE, PEER_NO_RESPONSE, FAILURE, ACCEPT_UNCONFIRMED, CALLEE);
    check_ended_verbs(&c);
    check_stories(&c, "L_RECEIVED L_FAILURE RENEW", "R_RECEIVED R_FAILURE RENEW");
    hang_up(&c);
}

static void a_cancel_that_crosses_an_accept_ends_canceled_on_both_sides(void) {
    call c;
    ring_plainly(&c);
    accept_unheard(&c);
    CHECK_OK(rtm_call_manager_cancel_local_invitation(c.alice.manager, c.local));
    wake_alice(&c);
    LOCAL_ENDS(&c, L_CANCELED, OK, CANCELED, CANCELED, CALLER);
    REMOTE_ENDS(&c, R_CANCELED, OK, CANCELED, CANCELED, CALLER);
    check_stories(&c, "L_RECEIVED L_CANCELED RENEW", "R_RECEIVED R_CANCELED RENEW");
    hang_up(&c);
}

static void a_caller_that_is_lost_ends_the_ringing(void) {
    call c;
    rtm_service_config config = config_of();
    config.grace_ms = 100;
    open_both(&c, &config);
    ring(&c);
    party_link(&c.alice, 0);
    REMOTE_ENDS(&c, R_FAILURE, PEER_OFFLINE, FAILURE, CALLER_LOST, CALLEE);
    party_link(&c.alice, 1);
    LOCAL_ENDS(&c, L_FAILURE, INVITATION_EXPIRE, FAILURE, CALLER_LOST, CALLEE);
    check_stories(&c, "L_RECEIVED CONNECTION CONNECTION L_FAILURE RENEW", "R_RECEIVED R_FAILURE RENEW");
    hang_up(&c);
}

static void a_short_outage_ends_nothing(void) {
    call c;
    event connection;
    ring_plainly(&c);
    party_link(&c.alice, 0);
    party_link(&c.bob, 0);
    CHECK_COMES(&c.alice, CONNECTION, 3, &connection);
    CHECK_INT(connection.code, RTM_CONNECTION_STATE_RECONNECTING);
    CHECK_INT(connection.more, RTM_CONNECTION_CHANGE_REASON_INTERRUPTED);
    CHECK_OK(rtm_call_manager_accept_remote_invitation(c.bob.manager, c.remote));
    party_link(&c.alice, 1);
    party_link(&c.bob, 1);
    LOCAL_ENDS(&c, L_ACCEPTED, OK, ACCEPTED_BY_REMOTE, ACCEPTED, CALLEE);
    REMOTE_ENDS(&c, R_ACCEPTED, OK, ACCEPTED, ACCEPTED, CALLEE);
    CHECK_INT(party_count(&c.alice, LOGIN_SUCCESS), 1);
    check_stories(&c, "L_RECEIVED CONNECTION CONNECTION L_ACCEPTED RENEW",
                  "R_RECEIVED CONNECTION CONNECTION R_ACCEPTED RENEW");
    hang_up(&c);
}

/* The same user logs in elsewhere. */
static void check_kicked(party *me) {
    event connection;
    CHECK_COMES(me, CONNECTION, 3, &connection);
    CHECK_INT(connection.code, RTM_CONNECTION_STATE_ABORTED);
    CHECK_INT(connection.more, RTM_CONNECTION_CHANGE_REASON_REMOTE_LOGIN);
    CHECK_INT(connection_of(me), RTM_CONNECTION_STATE_ABORTED);
}

static void the_caller_is_kicked_while_it_rings(void) {
    call c;
    party second;
    event out;
    ring_with(&c, 0, 300, 100);
    party_open(&second, hub, "alice");
    check_kicked(&c.alice);
    LOCAL_ENDS(&c, L_FAILURE, NOT_LOGGEDIN, FAILURE, KICKED, CALLER);
    REMOTE_ENDS(&c, R_FAILURE, INVITATION_EXPIRE, FAILURE, EXPIRED, CALLEE); /* nobody told it */
    CHECK_OK(rtm_service_logout(c.alice.service));
    CHECK_COMES(&c.alice, LOGOUT, 1, &out);
    CHECK_INT(out.code, RTM_LOGOUT_ERR_OK);
    party_fence(&second);
    CHECK_STORY(&second, 0, "CONNECTION CONNECTION LOGIN_SUCCESS RENEW");
    check_stories(&c, "L_RECEIVED CONNECTION L_FAILURE LOGOUT CONNECTION RENEW", "R_RECEIVED R_FAILURE RENEW");
    party_close(&second);
    hang_up(&c);
}

static void the_callee_is_kicked_while_it_rings(void) {
    call c;
    party second;
    event failed;
    ring_with(&c, 0, 300, 100);
    party_open(&second, hub, "bob");
    check_kicked(&c.bob);
    REMOTE_ENDS(&c, R_FAILURE, PEER_OFFLINE, FAILURE, KICKED, CALLEE);
    LOCAL_ENDS(&c, L_FAILURE, INVITATION_EXPIRE, FAILURE, EXPIRED, CALLER); /* its own limit for a silent callee */
    CHECK_OK(rtm_service_login(c.bob.service, NULL, "bob"));
    CHECK_COMES(&c.bob, LOGIN_FAILURE, 1, &failed);
    CHECK_INT(failed.code, RTM_LOGIN_ERR_ALREADY_LOGGED_IN);
    party_fence(&second);
    CHECK_INT(party_count(&second, R_RECEIVED), 0); /* open invitations do not move */
    party_close(&second);
    hang_up(&c);
}

static void the_callee_is_kicked_while_it_accepts(void) {
    call c;
    party second;
    ring_with(&c, 0, 400, 200);
    accept_unheard(&c);
    party_open(&second, hub, "bob");
    check_kicked(&c.bob);
    REMOTE_ENDS(&c, R_FAILURE, PEER_OFFLINE, FAILURE, ACCEPT_UNCONFIRMED, CALLEE);
    wake_alice(&c);
    /* The accept was under way: the caller alone decides. The one tolerated disagreement. */
    LOCAL_ENDS(&c, L_ACCEPTED, OK, ACCEPTED_BY_REMOTE, ACCEPTED, CALLEE);
    party_close(&second);
    hang_up(&c);
}

/* Terminals are delivered before release returns. */
static void the_callers_service_is_released_while_it_rings(void) {
    call c;
    ring_plainly(&c);
    CHECK_OK(rtm_service_release(c.alice.service));
    c.alice.service = NULL;
    CHECK_INT(party_count(&c.alice, L_FAILURE), 1);
    LOCAL_ENDS(&c, L_FAILURE, NOT_LOGGEDIN, FAILURE, RELEASED, CALLER);
    REMOTE_ENDS(&c, R_CANCELED, OK, CANCELED, RELEASED, CALLER);
    party_fence(&c.bob);
    CHECK_STORY(&c.alice, c.alice_mark, "L_RECEIVED L_FAILURE");
    CHECK_STORY(&c.bob, c.bob_mark, "R_RECEIVED R_CANCELED RENEW");
    hang_up(&c);
}

static void the_callees_service_is_released_while_it_rings(void) {
    call c;
    ring_plainly(&c);
    CHECK_OK(rtm_service_release(c.bob.service));
    c.bob.service = NULL;
    CHECK_INT(party_count(&c.bob, R_FAILURE), 1);
    REMOTE_ENDS(&c, R_FAILURE, PEER_OFFLINE, FAILURE, RELEASED, CALLEE);
    LOCAL_ENDS(&c, L_FAILURE, PEER_OFFLINE, FAILURE, RELEASED, CALLEE);
    party_fence(&c.alice);
    CHECK_STORY(&c.bob, c.bob_mark, "R_RECEIVED R_FAILURE");
    CHECK_STORY(&c.alice, c.alice_mark, "L_RECEIVED L_FAILURE RENEW");
    hang_up(&c);
}

/* Without callbacks: the peer is told all the same. */
static void the_callers_service_is_released_without_callbacks_while_it_rings(void) {
    call c;
    ring_plainly(&c);
    CHECK_OK(rtm_service_release_without_callbacks(c.alice.service));
    c.alice.service = NULL;
    CHECK_STORY(&c.alice, c.alice_mark, "L_RECEIVED");
    CHECK_INT(local_state(c.local), RTM_LOCAL_INVITATION_STATE_FAILURE);
    REMOTE_ENDS(&c, R_CANCELED, OK, CANCELED, RELEASED, CALLER);
    hang_up(&c);
}

/* fine print 6: the manager's release ends nothing; a later one is attached again */
static void invitations_go_on_silently_without_a_manager(void) {
    call c;
    rtm_call_event_handler handler;
    rtm_call_manager *former;
    ring_plainly(&c);
    former = c.bob.manager;
    CHECK_OK(rtm_call_manager_release(former));
    CHECK_STATUS(rtm_call_manager_accept_remote_invitation(former, c.remote), RTM_ERR_STALE_HANDLE);
    CHECK_INT(remote_state(c.remote), RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED);
    handler = party_call_handler(&c.bob);
    CHECK_OK(rtm_service_get_call_manager(c.bob.service, &handler, &c.bob.manager));
    c.bob.call_drops_wanted++;
    CHECK(c.bob.manager != former);
    CHECK_OK(rtm_call_manager_accept_remote_invitation(c.bob.manager, c.remote));
    LOCAL_ENDS(&c, L_ACCEPTED, OK, ACCEPTED_BY_REMOTE, ACCEPTED, CALLEE);
    REMOTE_ENDS(&c, R_ACCEPTED, OK, ACCEPTED, ACCEPTED, CALLEE);
    hang_up(&c);
}

/* fine print 4 */
static void somebody_rings_himself(void) {
    party me;
    event rung, end;
    rtm_local_call_invitation *local;
    party_open(&me, hub, "narcissus");
    local = party_rings(&me, "narcissus", "me");
    CHECK_COMES(&me, R_RECEIVED, 1, &rung);
    CHECK_COMES(&me, L_RECEIVED, 1, NULL);
    CHECK_OK(rtm_call_manager_accept_remote_invitation(me.manager, rung.remote));
    CHECK_COMES(&me, L_ACCEPTED, 1, &end);
    CHECK_COMES(&me, R_ACCEPTED, 1, &rung);
    CHECK_TEXT(end.id, rung.id);
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&me);
}

/* On a hub that loses, repeats, reorders and delays: exactly one end on each side, and no disagreement but the one
 * tolerated. */
static void a_bad_network_ends_every_call_once_on_both_sides(void) {
    enum { CALLS = 60 };
    rtm_hub_faults faults;
    rtm_hub_stats stats;
    rtm_service_config config = short_windows(20000, 20000, 20000);
    call c;
    int i;
    memset(&faults, 0, sizeof faults);
    faults.struct_size = sizeof faults;
    faults.seed = 7;
    faults.delay_max_ms = 5;
    faults.loss_per_million = 200000;
    faults.repeat_per_million = 200000;
    faults.reorder_per_million = 200000;
    CHECK_OK(rtm_hub_set_faults(hub, APP_ID, &faults));
    open_both(&c, &config);
    party_hooks(&c.bob, accept_in_the_callback_with_no_response, NULL);
    for (i = 0; i < CALLS; i++)
        CHECK_OK(rtm_local_call_invitation_release(party_rings(&c.alice, "bob", "x")));
    CHECK_COMES(&c.alice, L_ACCEPTED, CALLS, NULL);
    CHECK_COMES(&c.bob, R_ACCEPTED, CALLS, NULL);
    memset(&stats, 0, sizeof stats);
    stats.struct_size = sizeof stats;
    CHECK_OK(rtm_hub_get_stats(hub, APP_ID, &stats));
    CHECK(stats.lost > 0);
    CHECK(stats.repeated > 0);
    CHECK(stats.delayed > 0);
    CHECK(stats_of(&c.alice).messages_resent > 0);
    CHECK_INT(party_count(&c.bob, R_RECEIVED), CALLS);
    CHECK_INT(party_count(&c.alice, L_RECEIVED), CALLS);
    for (i = 0; i < CALLS; i++) {
        event rung;
        CHECK_COMES(&c.bob, R_RECEIVED, (size_t)i + 1, &rung);
        CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    }
    hang_up(&c);
}

static const test tests[] = {
    TEST(accepted),
    TEST(accepted_inside_the_callback),
    TEST(refused),
    TEST(an_oversized_response_is_refused_and_it_rings_on),
    TEST(canceled),
    TEST(unanswered),
    TEST(unanswered_within_the_invitations_own_window),
    TEST(offline_callee),
    TEST(offline_callee_within_a_short_window),
    TEST(a_callee_that_comes_online_in_time_still_rings_once),
    TEST(a_callee_that_sleeps_does_not_respond_and_does_not_ring_when_it_wakes),
    TEST(the_caller_logs_out_while_it_rings),
    TEST(the_callee_logs_out_while_it_rings),
    TEST(the_callee_logs_out_while_it_accepts),
    TEST(the_caller_logs_out_while_the_callee_accepts),
    TEST(an_unconfirmed_acceptance_fails_and_the_caller_learns_it),
    TEST(a_cancel_that_crosses_an_accept_ends_canceled_on_both_sides),
    TEST(a_caller_that_is_lost_ends_the_ringing),
    TEST(a_short_outage_ends_nothing),
    TEST(the_caller_is_kicked_while_it_rings),
    TEST(the_callee_is_kicked_while_it_rings),
    TEST(the_callee_is_kicked_while_it_accepts),
    TEST(the_callers_service_is_released_while_it_rings),
    TEST(the_callees_service_is_released_while_it_rings),
    TEST(the_callers_service_is_released_without_callbacks_while_it_rings),
    TEST(invitations_go_on_silently_without_a_manager),
    TEST(somebody_rings_himself),
    TEST(a_bad_network_ends_every_call_once_on_both_sides),
};
RUN_TESTS("every way a call ends, on both sides", tests)
