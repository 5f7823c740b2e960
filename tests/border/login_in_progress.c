/* What is called while a login is in progress: send, cancel, login, logout, release, a login that times out. The
 * carrier says nothing before the test has it speak, so the login takes as long as the test wants. */
#include "carrier.h"

/* Somebody whose login is in progress. */
typedef struct scene {
    carrier on;
    party me;
} scene;

static void begin(scene *s, rtm_service_config config) {
    carrier_open(&s->on, "slow");
    s->on.silent = 1;
    party_create_on(&s->me, &s->on, "me", config);
    CHECK_OK(rtm_service_login(s->me.service, "secret", "me"));
    CHECK_REACHES(&s->on.starts, 1);
    CHECK_INT(connection_of(&s->me), RTM_CONNECTION_STATE_CONNECTING);
}

/* The carrier speaks. */
static void succeed(scene *s) {
    line *l = carrier_line(&s->on, "me");
    REQUIRE(l != NULL);
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_UP, 0));
    CHECK_COMES(&s->me, LOGIN_SUCCESS, 1, NULL);
}

static void bob_comes(scene *s, party *bob) {
    s->on.silent = 0;
    party_open_on(bob, &s->on, "bob");
}

static void end_scene(scene *s) {
    party_close(&s->me);
    carrier_close(&s->on);
}

/* send while the login is in progress: held, and it goes out when the login succeeds */
static void a_send_during_the_login_is_held_and_goes_out(void) {
    scene s;
    party bob;
    event rung, received;
    rtm_local_call_invitation *invitation;
    begin(&s, config_of());
    bob_comes(&s, &bob);
    invitation = party_rings(&s.me, "bob", "held");
    CHECK_INT(counter_get(&s.on.sends), 0);
    CHECK_INT(party_count(&bob, R_RECEIVED), 0);
    succeed(&s);
    CHECK_COMES(&s.me, L_RECEIVED, 1, &received);
    CHECK_COMES(&bob, R_RECEIVED, 1, &rung);
    CHECK_TEXT(rung.id, received.id);
    CHECK_TEXT(rung.text, "held");
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&bob);
    end_scene(&s);
}

/* cancel of a send still held by the login: OK, CANCELED, nothing is sent */
static void a_held_send_that_is_canceled_never_rings(void) {
    scene s;
    party bob;
    event end;
    rtm_message *message = NULL;
    rtm_local_call_invitation *invitation;
    begin(&s, config_of());
    bob_comes(&s, &bob);
    invitation = party_rings(&s.me, "bob", "held");
    CHECK_OK(rtm_call_manager_cancel_local_invitation(s.me.manager, invitation));
    CHECK_COMES(&s.me, L_CANCELED, 1, &end);
    CHECK_INT(end.reason, RTM_END_REASON_CANCELED);
    CHECK_INT(end.side, RTM_END_SIDE_CALLER);
    succeed(&s);
    /* What goes out afterwards arrives, the invite does not. */
    CHECK_OK(rtm_service_create_text_message(s.me.service, "after", &message));
    CHECK_OK(rtm_service_send_message_to_peer(s.me.service, "bob", message, NULL));
    CHECK_COMES(&s.me, SENT, 1, NULL);
    CHECK_OK(rtm_message_release(message));
    party_fence(&bob);
    CHECK_INT(party_count(&bob, R_RECEIVED), 0);
    CHECK_INT(party_count(&s.me, L_RECEIVED), 0);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    party_close(&bob);
    end_scene(&s);
}

/* ... and if the login fails: NOT_LOGGEDIN */
static void a_held_send_fails_when_the_login_times_out(void) {
    scene s;
    event failed, end;
    rtm_local_call_invitation *invitation;
    rtm_service_config config = config_of();
    config.login_timeout_ms = 1000;
    begin(&s, config);
    invitation = party_rings(&s.me, "bob", "held");
    CHECK_COMES(&s.me, LOGIN_FAILURE, 1, &failed);
    CHECK_INT(failed.code, RTM_LOGIN_ERR_TIMEOUT);
    CHECK_COMES(&s.me, CONNECTION, 2, &failed);
    CHECK_INT(failed.code, RTM_CONNECTION_STATE_DISCONNECTED);
    CHECK_INT(failed.more, RTM_CONNECTION_CHANGE_REASON_LOGIN_TIMEOUT);
    CHECK_COMES(&s.me, L_FAILURE, 1, &end);
    CHECK_INT(end.code, RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN);
    CHECK_INT(end.state, RTM_LOCAL_INVITATION_STATE_FAILURE);
    CHECK_INT(end.reason, RTM_END_REASON_NOT_LOGGED_IN);
    party_fence(&s.me);
    CHECK_INT(party_count(&s.me, LOGIN_SUCCESS), 0);
    CHECK_INT(party_count(&s.me, L_FAILURE), 1);
    CHECK_INT(counter_get(&s.on.sends), 0);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    end_scene(&s);
}

/* login while connecting */
static void a_second_login_fails_with_8_and_leaves_the_first_alone(void) {
    scene s;
    event failed;
    begin(&s, config_of());
    CHECK_OK(rtm_service_login(s.me.service, "secret", "somebody"));
    CHECK_COMES(&s.me, LOGIN_FAILURE, 1, &failed);
    CHECK_INT(failed.code, RTM_LOGIN_ERR_ALREADY_LOGGED_IN);
    CHECK_INT(connection_of(&s.me), RTM_CONNECTION_STATE_CONNECTING);
    succeed(&s);
    party_fence(&s.me);
    CHECK_INT(party_count(&s.me, LOGIN_FAILURE) + party_count(&s.me, LOGIN_SUCCESS), 2);
    CHECK_INT(connection_of(&s.me), RTM_CONNECTION_STATE_CONNECTED);
    CHECK_INT(counter_get(&s.on.starts), 1);
    end_scene(&s);
}

/* logout while connecting */
static void a_logout_while_connecting_ends_it_with_reason_6(void) {
    scene s;
    event out, connection;
    begin(&s, config_of());
    CHECK_OK(rtm_service_logout(s.me.service));
    CHECK_COMES(&s.me, LOGOUT, 1, &out);
    CHECK_INT(out.code, RTM_LOGOUT_ERR_OK);
    party_fence(&s.me);
    CHECK_INT(connection_of(&s.me), RTM_CONNECTION_STATE_DISCONNECTED);
    CHECK_STORY(&s.me, 0, "CONNECTION LOGOUT CONNECTION RENEW");
    CHECK_COMES(&s.me, CONNECTION, 2, &connection);
    CHECK_INT(connection.code, RTM_CONNECTION_STATE_DISCONNECTED);
    CHECK_INT(connection.more, RTM_CONNECTION_CHANGE_REASON_LOGOUT);
    s.on.silent = 0;
    party_login(&s.me); /* and in again */
    end_scene(&s);
}

/* release(true) of the service during connecting */
static void a_release_while_connecting_is_clean(void) {
    scene s;
    begin(&s, config_of());
    CHECK_OK(rtm_service_release(s.me.service));
    CHECK_STATUS(rtm_service_logout(s.me.service), RTM_ERR_STALE_HANDLE);
    CHECK_INT(party_count(&s.me, LOGIN_SUCCESS), 0);
    party_bury(&s.me);
    carrier_close(&s.on);
}

static const test tests[] = {
    TEST(a_send_during_the_login_is_held_and_goes_out),    TEST(a_held_send_that_is_canceled_never_rings),
    TEST(a_held_send_fails_when_the_login_times_out),      TEST(a_second_login_fails_with_8_and_leaves_the_first_alone),
    TEST(a_logout_while_connecting_ends_it_with_reason_6), TEST(a_release_while_connecting_is_clean),
};
RUN_TESTS("what is called while a login is in progress", tests)
