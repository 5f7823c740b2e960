/* The rows of the original's table that concern sessions, peer messages and callbacks; what happens during a login is
 * in login_in_progress.c. */
#include "party.h"

static const char cjk[] = "\xe4\xbd\xa0\xe5\xa5\xbd";

/* login(NULL, "", 65 bytes, "null", CJK, "a*b") */
static void login_with_a_bad_id_is_refused_at_once_without_a_callback(void) {
    party me;
    size_t i, mark;
    char *m65 = repeated('m', 65);
    const char *bad[] = {NULL, "", m65, "null", cjk, "a*b", "a\xff", "a\tb"};
    party_create(&me, "sessions", "me", NULL);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_STATUS(rtm_service_login(me.service, "token", bad[i]), RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(rtm_service_login(me.service, "\xff", "me"), RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    mark = party_mark(&me);
    CHECK_INT(mark, 0);
    party_fence(&me);
    CHECK_STORY(&me, 0, "RENEW");
    CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_DISCONNECTED);
    m65[64] = 0;
    CHECK_OK(rtm_service_login(me.service, "token", m65)); /* 64 bytes are fine */
    CHECK_COMES(&me, LOGIN_SUCCESS, 1, NULL);
    party_close(&me);
    free(m65);
}

/* login with NULL token */
static void login_without_a_token_succeeds(void) {
    party me;
    event connection;
    party_create(&me, "sessions", "me", NULL);
    CHECK_OK(rtm_service_login(me.service, NULL, "me"));
    CHECK_COMES(&me, LOGIN_SUCCESS, 1, NULL);
    CHECK_STORY(&me, 0, "CONNECTION CONNECTION LOGIN_SUCCESS");
    CHECK_COMES(&me, CONNECTION, 1, &connection);
    CHECK_INT(connection.code, RTM_CONNECTION_STATE_CONNECTING);
    CHECK_INT(connection.more, RTM_CONNECTION_CHANGE_REASON_LOGIN);
    CHECK_COMES(&me, CONNECTION, 2, &connection);
    CHECK_INT(connection.code, RTM_CONNECTION_STATE_CONNECTED);
    CHECK_INT(connection.more, RTM_CONNECTION_CHANGE_REASON_LOGIN_SUCCESS);
    party_close(&me);
}

static void login_before_initialize_is_refused(void) {
    rtm_service *service = NULL;
    rtm_message *message = NULL;
    const char *peers[] = {"bob"};
    CHECK_OK(rtm_service_create(NULL, &service));
    CHECK_STATUS(rtm_service_login(service, NULL, "me"), RTM_ERR_NOT_INITIALIZED);
    CHECK_STATUS(rtm_service_logout(service), RTM_ERR_NOT_INITIALIZED);
    CHECK_STATUS(rtm_service_renew_token(service, "t"), RTM_ERR_NOT_INITIALIZED);
    CHECK_STATUS(rtm_service_network_changed(service), RTM_ERR_NOT_INITIALIZED);
    CHECK_STATUS(rtm_service_query_peers_online_status(service, peers, 1, NULL), RTM_ERR_NOT_INITIALIZED);
    CHECK_STATUS(rtm_service_subscribe_peers_online_status(service, peers, 1, NULL), RTM_ERR_NOT_INITIALIZED);
    CHECK_STATUS(rtm_service_unsubscribe_peers_online_status(service, peers, 1, NULL), RTM_ERR_NOT_INITIALIZED);
    CHECK_OK(rtm_service_create_text_message(service, "x", &message));
    CHECK_STATUS(rtm_service_send_message_to_peer(service, "bob", message, NULL), RTM_ERR_NOT_INITIALIZED);
    CHECK_OK(rtm_message_release(message));
    CHECK_OK(rtm_service_release(service));
}

/* a second login while logged in (while connecting: login_in_progress.c) */
static void login_while_logged_in_fails_with_8_and_disturbs_nothing(void) {
    party me;
    event failed;
    party_open(&me, "sessions", "me");
    CHECK_OK(rtm_service_login(me.service, NULL, "somebody else"));
    CHECK_COMES(&me, LOGIN_FAILURE, 1, &failed);
    CHECK_INT(failed.code, RTM_LOGIN_ERR_ALREADY_LOGGED_IN);
    CHECK_INT(RTM_LOGIN_ERR_ALREADY_LOGIN, 8);
    party_fence(&me);
    CHECK_STORY(&me, 0, "CONNECTION CONNECTION LOGIN_SUCCESS LOGIN_FAILURE RENEW");
    CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_CONNECTED);
    party_close(&me);
}

/* logout, not logged in; and logged in */
static void every_logout_gets_exactly_one_callback(void) {
    party me;
    event out, connection;
    party_create(&me, "sessions", "me", NULL);
    CHECK_OK(rtm_service_logout(me.service));
    CHECK_COMES(&me, LOGOUT, 1, &out);
    CHECK_INT(out.code, RTM_LOGOUT_ERR_REJECTED);
    party_fence(&me);
    CHECK_STORY(&me, 0, "LOGOUT RENEW");
    party_login(&me);
    CHECK_OK(rtm_service_logout(me.service));
    CHECK_COMES(&me, LOGOUT, 2, &out);
    CHECK_INT(out.code, RTM_LOGOUT_ERR_OK);
    CHECK_COMES(&me, CONNECTION, 3, &connection);
    CHECK_INT(connection.code, RTM_CONNECTION_STATE_DISCONNECTED);
    CHECK_INT(connection.more, RTM_CONNECTION_CHANGE_REASON_LOGOUT);
    CHECK_STORY(&me, 2, "CONNECTION CONNECTION LOGIN_SUCCESS LOGOUT CONNECTION");
    party_close(&me);
}

/* query / peer message / renew, not logged in */
static void requests_not_logged_in_get_their_failure_as_a_callback(void) {
    party me;
    event result;
    int64_t number = -1;
    const char *peers[] = {"bob", "carol"};
    rtm_message *message = NULL;
    party_create(&me, "sessions", "me", NULL);
    CHECK_OK(rtm_service_query_peers_online_status(me.service, peers, 2, &number));
    CHECK_COMES(&me, QUERY, 1, &result);
    CHECK_INT(result.code, RTM_QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN);
    CHECK_INT(result.number, number);
    CHECK_INT(result.more, 0);
    CHECK_OK(rtm_service_create_text_message(me.service, "hello", &message));
    CHECK_OK(rtm_service_send_message_to_peer(me.service, "bob", message, &number));
    CHECK_COMES(&me, SENT, 1, &result);
    CHECK_INT(result.code, RTM_PEER_MESSAGE_ERR_USER_NOT_LOGGED_IN);
    CHECK_INT(result.number, number);
    CHECK_OK(rtm_service_network_changed(me.service));
    CHECK_OK(rtm_service_renew_token(me.service, "new"));
    CHECK_COMES(&me, RENEW, 1, &result);
    CHECK_INT(result.code, RTM_RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN);
    CHECK_TEXT(result.text, "new");
    CHECK_OK(rtm_service_subscribe_peers_online_status(me.service, peers, 2, &number));
    CHECK_COMES(&me, SUBSCRIPTION, 1, &result);
    CHECK_INT(result.code, RTM_PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN);
    CHECK_INT(result.number, number);
    CHECK_OK(rtm_service_unsubscribe_peers_online_status(me.service, peers, 2, &number));
    CHECK_COMES(&me, SUBSCRIPTION, 2, &result);
    CHECK_INT(result.code, RTM_PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN);
    CHECK_OK(rtm_message_release(message));
    party_close(&me);
}

/* sendMessageToPeer 32768 / 32769 bytes */
static void a_peer_message_has_32768_bytes(void) {
    party me, bob;
    event result;
    int64_t number = -1;
    char *text = repeated('m', 32769);
    rtm_message *big = NULL, *fits = NULL, *raw = NULL;
    party_open(&me, "sessions", "me");
    party_open(&bob, "sessions", "bob");
    CHECK_OK(rtm_service_create_text_message(me.service, text, &big));
    CHECK_STATUS(rtm_service_send_message_to_peer(me.service, "bob", big, &number),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_INT(number, -1);
    CHECK_OK(rtm_service_create_raw_message(me.service, (const uint8_t *)text, 32769, "d", &raw));
    CHECK_STATUS(rtm_service_send_message_to_peer(me.service, "bob", raw, &number),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    text[32768] = 0;
    CHECK_OK(rtm_service_create_text_message(me.service, text, &fits));
    CHECK_OK(rtm_service_send_message_to_peer(me.service, "bob", fits, &number));
    CHECK_OK(rtm_message_release(fits)); /* may be released at once */
    CHECK_COMES(&me, SENT, 1, &result);
    CHECK_INT(result.code, RTM_PEER_MESSAGE_ERR_OK);
    CHECK_INT(result.number, number);
    CHECK_COMES(&bob, MESSAGE, 1, &result);
    CHECK(strncmp(result.text, "me:mmmm", 7) == 0);
    CHECK_OK(rtm_message_release(big));
    CHECK_OK(rtm_message_release(raw));
    party_close(&me);
    party_close(&bob);
    free(text);
}

static counter door, blocked;

static void block_on_first_failure(party *me, const event *happened) {
    if (happened->kind == L_FAILURE && party_count(me, L_FAILURE) == 1) {
        counter_add(&blocked, 1);
        counter_reaches(&door, 1, bound_ms());
    }
}

/* 3 s spent inside a callback: later ones of that service wait, calls return at once */
static void a_blocked_callback_delays_later_callbacks_and_no_call(void) {
    party me, other;
    rtm_local_call_invitation *first, *second;
    counter_init(&door);
    counter_init(&blocked);
    party_create(&me, "sessions", "me", NULL);
    party_create(&other, "sessions", "other", NULL);
    party_hooks(&me, block_on_first_failure, NULL);
    first = party_rings(&me, "bob", "1");
    CHECK_REACHES(&blocked, 1);
    second = party_rings(&me, "bob", "2"); /* returns, though the callback does not */
    CHECK_INT(local_state(second), RTM_LOCAL_INVITATION_STATE_FAILURE);
    CHECK_OK(rtm_service_logout(me.service));
    CHECK_OK(rtm_service_login(me.service, NULL, "me"));
    CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_CONNECTED);
    CHECK(stats_of(&me).callbacks_waiting >= 4);
    party_fence(&other); /* another service is not held up */
    CHECK_INT(party_mark(&me), 1);
    counter_set(&door, 1);
    CHECK_COMES(&me, LOGIN_SUCCESS, 1, NULL);
    CHECK_STORY(&me, 0, "L_FAILURE L_FAILURE LOGOUT CONNECTION CONNECTION LOGIN_SUCCESS");
    CHECK_OK(rtm_local_call_invitation_release(first));
    CHECK_OK(rtm_local_call_invitation_release(second));
    party_close(&me);
    party_close(&other);
    counter_destroy(&door);
    counter_destroy(&blocked);
}

static void send_another_and_release(party *me, const event *happened) {
    int64_t *left = (int64_t *)me->extra;
    rtm_local_call_invitation *next = NULL;
    if (happened->kind != L_FAILURE)
        return;
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(me->manager, happened->local),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_OK(rtm_local_call_invitation_release(happened->local));
    CHECK_TEXT(rtm_local_call_invitation_get_content(happened->local), "chain"); /* until this callback returns */
    if (--*left == 0)
        return;
    CHECK_OK(rtm_call_manager_create_local_call_invitation(me->manager, "bob", &next));
    CHECK_OK(rtm_local_call_invitation_set_content(next, "chain"));
    CHECK_OK(rtm_call_manager_send_local_invitation(me->manager, next));
}

/* send, cancel, release inside a call callback */
static void send_cancel_and_release_inside_a_callback_are_safe(void) {
    party me;
    int64_t left = 100;
    party_create(&me, "sessions", "me", NULL);
    party_hooks(&me, send_another_and_release, &left);
    party_rings(&me, "bob", "chain");
    CHECK_COMES(&me, L_FAILURE, 100, NULL);
    party_fence(&me);
    CHECK_INT(party_count(&me, L_FAILURE), 100);
    CHECK_INT(left, 0);
    CHECK_STATUS(rtm_local_call_invitation_release(me.events[0].local), RTM_ERR_STALE_HANDLE);
    party_close(&me);
}

static const test tests[] = {
    TEST(login_with_a_bad_id_is_refused_at_once_without_a_callback),
    TEST(login_without_a_token_succeeds),
    TEST(login_before_initialize_is_refused),
    TEST(login_while_logged_in_fails_with_8_and_disturbs_nothing),
    TEST(every_logout_gets_exactly_one_callback),
    TEST(requests_not_logged_in_get_their_failure_as_a_callback),
    TEST(a_peer_message_has_32768_bytes),
    TEST(a_blocked_callback_delays_later_callbacks_and_no_call),
    TEST(send_cancel_and_release_inside_a_callback_are_safe),
};
RUN_TESTS("what the original does with sessions, peer messages and callbacks", tests)
