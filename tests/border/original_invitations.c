/* The rows of the original's table (what it does offline) that concern invitations: one function a row. */
#include "party.h"

static const char cjk[] = "\xe4\xbd\xa0\xe5\xa5\xbd";
static const char no_utf8[] = "a\xff\xfe";

/* initialize: empty, NULL app id */
static void initialize_with_an_empty_or_null_app_id_fails(void) {
    rtm_service *service = NULL;
    party me;
    rtm_service_event_handler handler;
    char *long_id = repeated('x', 65);
    party_init(&me, "original", "me");
    handler = party_service_handler(&me);
    CHECK_OK(rtm_service_create(NULL, &service));
    CHECK_STATUS(rtm_service_initialize(service, "", &handler), RTM_ERR_INVALID_APP_ID);
    CHECK_STATUS(rtm_service_initialize(service, NULL, &handler), RTM_ERR_INVALID_APP_ID);
    CHECK_STATUS(rtm_service_initialize(service, long_id, &handler), RTM_ERR_INVALID_APP_ID);
    CHECK_STATUS(rtm_service_initialize(service, no_utf8, &handler), RTM_ERR_INVALID_APP_ID);
    long_id[64] = 0;
    CHECK_OK(rtm_service_initialize(service, long_id, &handler));
    CHECK_STATUS(rtm_service_initialize(service, APP_ID, &handler), RTM_ERR_ALREADY_INITIALIZED);
    CHECK_INT(counter_get(&me.service_drops), 0);
    CHECK_OK(rtm_service_release(service));
    me.service_drops_wanted = 1;
    party_bury(&me);
    free(long_id);
}

/* initialize: NULL handler */
static void initialize_without_a_handler_fails(void) {
    rtm_service *service = NULL;
    CHECK_OK(rtm_service_create(NULL, &service));
    CHECK_STATUS(rtm_service_initialize(service, APP_ID, NULL), RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_OK(rtm_service_release(service));
}

/* getRtmCallManager before initialize, then send */
static void manager_before_initialize_works_as_not_logged_in(void) {
    party me;
    rtm_call_event_handler handler;
    rtm_local_call_invitation *invitation;
    event failed;
    party_init(&me, "original", "me");
    handler = party_call_handler(&me);
    CHECK_OK(rtm_service_create(NULL, &me.service));
    CHECK_OK(rtm_service_get_call_manager(me.service, &handler, &me.manager));
    invitation = party_rings(&me, "bob", "x");
    CHECK_COMES(&me, L_FAILURE, 1, &failed);
    CHECK_INT(failed.code, RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN);
    CHECK_INT(failed.reason, RTM_END_REASON_NOT_LOGGED_IN);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    me.call_drops_wanted = 1;
    party_close(&me);
}

/* getRtmCallManager twice */
static void manager_twice_is_the_same_and_the_last_handler_receives(void) {
    party me, second;
    rtm_call_manager *again = NULL;
    rtm_call_event_handler handler;
    rtm_local_call_invitation *invitation;
    party_create(&me, "original", "me", NULL);
    party_init(&second, "original", "second");
    handler = party_call_handler(&second);
    CHECK_OK(rtm_service_get_call_manager(me.service, &handler, &again));
    CHECK(again == me.manager);
    CHECK_INT(counter_get(&me.call_drops), 1);
    invitation = party_rings(&me, "bob", "x");
    CHECK_COMES(&second, L_FAILURE, 1, NULL);
    CHECK_INT(party_count(&me, L_FAILURE), 0);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    party_close(&me);
    second.call_drops_wanted = 1;
    party_bury(&second);
}

/* manager with NULL handler, send */
static void send_without_a_handler_changes_the_state_and_calls_nobody(void) {
    party me;
    rtm_local_call_invitation *invitation;
    rtm_call_event_handler empty;
    party_create(&me, "original", "me", NULL);
    CHECK_OK(rtm_service_get_call_manager(me.service, NULL, &me.manager));
    invitation = party_rings(&me, "bob", "x");
    CHECK_INT(local_state(invitation), RTM_LOCAL_INVITATION_STATE_FAILURE);
    party_fence(&me);
    CHECK_INT(party_count(&me, L_FAILURE), 0);
    CHECK_OK(rtm_local_call_invitation_release(invitation));

    /* A handler whose callbacks are all NULL is no different. */
    memset(&empty, 0, sizeof empty);
    empty.struct_size = sizeof empty;
    CHECK_OK(rtm_service_get_call_manager(me.service, &empty, &me.manager));
    invitation = party_rings(&me, "bob", "x");
    CHECK_INT(local_state(invitation), RTM_LOCAL_INVITATION_STATE_FAILURE);
    party_fence(&me);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    party_close(&me);
}

/* createLocalCallInvitation with odd ids */
static void create_takes_every_id_and_gives_it_back(void) {
    party me;
    size_t i;
    char *b65 = repeated('b', 65), *b300 = repeated('b', 300), *b1024 = repeated('b', 1024);
    const char *ids[] = {"", b65, b300, b1024, cjk, "null", " x", "a*b", no_utf8, "\x01\x7f\"'/\\"};
    party_create(&me, "original", "me", NULL);
    for (i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        rtm_local_call_invitation *invitation = party_creates(&me, ids[i]);
        CHECK_TEXT(rtm_local_call_invitation_get_callee_id(invitation), ids[i] == no_utf8 ? "" : ids[i]);
        CHECK_INT(local_state(invitation), RTM_LOCAL_INVITATION_STATE_IDLE);
        CHECK_OK(rtm_local_call_invitation_release(invitation));
    }
    party_close(&me);
    free(b65);
    free(b300);
    free(b1024);
}

/* createLocalCallInvitation(NULL) */
static void create_with_null_fails_and_writes_nothing(void) {
    party me;
    int canary = 0;
    rtm_local_call_invitation *invitation = (rtm_local_call_invitation *)(void *)&canary;
    party_create(&me, "original", "me", NULL);
    CHECK_STATUS(rtm_call_manager_create_local_call_invitation(me.manager, NULL, &invitation),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK(invitation == (rtm_local_call_invitation *)(void *)&canary);
    party_close(&me);
}

/* fresh getters */
static void fresh_getters_are_empty_and_never_null(void) {
    party me;
    rtm_local_call_invitation *invitation;
    rtm_end_reason reason = RTM_END_REASON_ERROR;
    rtm_end_side side = RTM_END_SIDE_CALLEE;
    party_create(&me, "original", "me", NULL);
    invitation = party_creates(&me, "bob");
    CHECK_TEXT(rtm_local_call_invitation_get_callee_id(invitation), "bob");
    CHECK_TEXT(rtm_local_call_invitation_get_content(invitation), "");
    CHECK_TEXT(rtm_local_call_invitation_get_channel_id(invitation), "");
    CHECK_TEXT(rtm_local_call_invitation_get_response(invitation), "");
    CHECK_TEXT(rtm_local_call_invitation_get_id(invitation), "");
    CHECK_INT(local_state(invitation), RTM_LOCAL_INVITATION_STATE_IDLE);
    CHECK_OK(rtm_local_call_invitation_get_end_reason(invitation, &reason, &side));
    CHECK_INT(reason, RTM_END_REASON_NONE);
    CHECK_INT(side, RTM_END_SIDE_NONE);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    party_close(&me);
}

/* setContent of 8193 or 100 000 bytes; send with content 8192 / 8193 bytes; bytes are counted, not characters */
static void content_is_stored_whole_and_send_takes_8192_bytes(void) {
    party me;
    char *huge = repeated('c', 100000), *most = repeated('c', 8192), *more = repeated('c', 8193);
    char *wide = repeated('c', 8193);
    rtm_local_call_invitation *invitation;
    size_t i;
    party_create(&me, "original", "me", NULL);
    invitation = party_creates(&me, "bob");
    for (i = 0; i + 2 < 8193; i += 3)
        memcpy(wide + i, cjk, 3); /* 2731 characters, 8193 bytes */
    CHECK_OK(rtm_local_call_invitation_set_content(invitation, huge));
    CHECK_TEXT(rtm_local_call_invitation_get_content(invitation), huge);
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, invitation),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_OK(rtm_local_call_invitation_set_content(invitation, more));
    CHECK_TEXT(rtm_local_call_invitation_get_content(invitation), more);
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, invitation),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK(strstr(rtm_last_error(), "8193") != NULL);
    CHECK(strstr(rtm_last_error(), "8192") != NULL);
    CHECK_OK(rtm_local_call_invitation_set_content(invitation, wide));
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, invitation),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_INT(local_state(invitation), RTM_LOCAL_INVITATION_STATE_IDLE);
    party_fence(&me);
    CHECK_INT(party_count(&me, L_FAILURE), 0);
    /* It stays usable. */
    CHECK_OK(rtm_local_call_invitation_set_content(invitation, most));
    CHECK_OK(rtm_call_manager_send_local_invitation(me.manager, invitation));
    CHECK_COMES(&me, L_FAILURE, 1, NULL);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    /* A channel id has 64. */
    invitation = party_creates(&me, "bob");
    more[65] = 0;
    CHECK_OK(rtm_local_call_invitation_set_channel_id(invitation, more));
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, invitation),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    more[64] = 0;
    CHECK_OK(rtm_local_call_invitation_set_channel_id(invitation, more));
    CHECK_OK(rtm_call_manager_send_local_invitation(me.manager, invitation));
    CHECK_COMES(&me, L_FAILURE, 2, NULL);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    party_close(&me);
    free(huge);
    free(most);
    free(more);
    free(wide);
}

/* setContent(NULL) */
static void setting_null_fails_and_changes_nothing(void) {
    party me;
    rtm_local_call_invitation *invitation;
    party_create(&me, "original", "me", NULL);
    invitation = party_creates(&me, "bob");
    CHECK_OK(rtm_local_call_invitation_set_content(invitation, "kept"));
    CHECK_OK(rtm_local_call_invitation_set_channel_id(invitation, "kept"));
    CHECK_STATUS(rtm_local_call_invitation_set_content(invitation, NULL), RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(rtm_local_call_invitation_set_channel_id(invitation, NULL),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_TEXT(rtm_local_call_invitation_get_content(invitation), "kept");
    CHECK_TEXT(rtm_local_call_invitation_get_channel_id(invitation), "kept");
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    party_close(&me);
}

/* cancel before send */
static void cancel_before_send_answers_not_started(void) {
    party me;
    rtm_local_call_invitation *invitation;
    party_create(&me, "original", "me", NULL);
    invitation = party_creates(&me, "bob");
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(me.manager, invitation),
                 RTM_INVITATION_API_CALL_ERR_NOT_STARTED);
    CHECK_INT(local_state(invitation), RTM_LOCAL_INVITATION_STATE_IDLE);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    party_close(&me);
}

static void send_and_cancel_again(party *me, const event *happened) {
    if (happened->kind != L_FAILURE)
        return;
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me->manager, happened->local),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(me->manager, happened->local),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
}

/* send, not logged in; send or cancel after that, also inside the callback */
static void send_not_logged_in_fails_once_on_the_worker_and_then_has_ended(void) {
    party me;
    event failed;
    rtm_local_call_invitation *invitation;
    party_create(&me, "original", "me", NULL);
    party_hooks(&me, send_and_cancel_again, NULL);
    invitation = party_rings(&me, "bob", "x");
    CHECK_COMES(&me, L_FAILURE, 1, &failed);
    CHECK_INT(failed.code, RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN);
    CHECK_INT(failed.state, RTM_LOCAL_INVITATION_STATE_FAILURE);
    CHECK_INT(failed.reason, RTM_END_REASON_NOT_LOGGED_IN);
    CHECK_INT(failed.side, RTM_END_SIDE_CALLER);
    CHECK(failed.local == invitation);
    CHECK(failed.thread != thread_self());
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, invitation),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(me.manager, invitation),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    party_fence(&me);
    CHECK_INT(party_count(&me, L_FAILURE), 1);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    party_close(&me);
}

/* two sends in a row */
static void the_second_of_two_sends_is_refused_and_one_callback_comes(void) {
    party me, bob;
    event end;
    rtm_local_call_invitation *invitation;
    rtm_status second;
    party_create(&me, "original", "me", NULL);
    invitation = party_rings(&me, "bob", "x");
    second = rtm_call_manager_send_local_invitation(me.manager, invitation);
    CHECK(second == RTM_INVITATION_API_CALL_ERR_ALREADY_SENT || second == RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_COMES(&me, L_FAILURE, 1, NULL);
    party_fence(&me);
    CHECK_INT(party_count(&me, L_FAILURE), 1);
    CHECK_OK(rtm_local_call_invitation_release(invitation));

    /* While it rings, it is ALREADY_SENT for certain. */
    party_login(&me);
    party_open(&bob, "original", "bob");
    invitation = party_rings(&me, "bob", "x");
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, invitation),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_SENT);
    CHECK_COMES(&bob, R_RECEIVED, 1, NULL);
    CHECK_OK(rtm_call_manager_cancel_local_invitation(me.manager, invitation));
    CHECK_COMES(&me, L_CANCELED, 1, &end);
    CHECK_COMES(&bob, R_CANCELED, 1, NULL);
    CHECK_INT(party_count(&bob, R_RECEIVED), 1);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    CHECK_OK(rtm_remote_call_invitation_release(bob.events[party_mark(&bob) - 1].remote));
    party_close(&me);
    party_close(&bob);
}

/* send to "", "null", 65 bytes, CJK, "a*b" / to 64 bytes, " x" */
static void send_checks_the_callee_id(void) {
    party me;
    size_t i;
    char *b64 = repeated('b', 64), *b65 = repeated('b', 65);
    const char *bad[] = {"", "null", b65, cjk, "a*b", "a\"b", "a'b", "a/b", "a\\b", "a\nb", "\x7f", no_utf8};
    const char *good[] = {b64, " x", "!#$%&()+,-.", "019", ":;<=>?@", "AZ", "[]^_`", "az", "{|}~", "nul", "Null"};
    party_create(&me, "original", "me", NULL);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        rtm_local_call_invitation *invitation = party_creates(&me, bad[i]);
        CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, invitation),
                     RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
        CHECK_INT(local_state(invitation), RTM_LOCAL_INVITATION_STATE_IDLE);
        CHECK_OK(rtm_local_call_invitation_release(invitation));
    }
    party_fence(&me);
    CHECK_INT(party_count(&me, L_FAILURE), 0);
    for (i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK_OK(rtm_local_call_invitation_release(party_rings(&me, good[i], "x")));
    party_fence(&me);
    CHECK_INT(party_count(&me, L_FAILURE), sizeof good / sizeof good[0]);
    party_close(&me);
    free(b64);
    free(b65);
}

/* ended and oversize, send; content changed after the end; getContent twice */
static void an_ended_invitation_keeps_its_texts_and_answers_already_end_first(void) {
    party me;
    char *more = repeated('c', 8193);
    const char *once;
    rtm_local_call_invitation *invitation;
    party_create(&me, "original", "me", NULL);
    invitation = party_rings(&me, "bob", "before");
    CHECK_COMES(&me, L_FAILURE, 1, NULL);
    once = rtm_local_call_invitation_get_content(invitation);
    CHECK(once == rtm_local_call_invitation_get_content(invitation));
    CHECK_OK(rtm_local_call_invitation_set_content(invitation, more));
    CHECK_TEXT(rtm_local_call_invitation_get_content(invitation), more);
    CHECK_TEXT(once, "before"); /* handed out, so it stays */
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, invitation),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    party_close(&me);
    free(more);
}

/* send/cancel/accept/refuse(NULL) */
static void verbs_on_null_answer_stale_handle(void) {
    party me;
    party_create(&me, "original", "me", NULL);
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, NULL), RTM_ERR_STALE_HANDLE);
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(me.manager, NULL), RTM_ERR_STALE_HANDLE);
    CHECK_STATUS(rtm_call_manager_accept_remote_invitation(me.manager, NULL), RTM_ERR_STALE_HANDLE);
    CHECK_STATUS(rtm_call_manager_refuse_remote_invitation(me.manager, NULL), RTM_ERR_STALE_HANDLE);
    party_close(&me);
}

/* release of an idle invitation, then manager, then service */
static void idle_invitation_manager_and_service_are_released_in_order(void) {
    party me;
    rtm_local_call_invitation *invitation;
    party_create(&me, "original", "me", NULL);
    invitation = party_creates(&me, "bob");
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    CHECK_OK(rtm_call_manager_release(me.manager));
    CHECK_INT(counter_get(&me.call_drops), 1);
    party_close(&me);
}

/* release right after send; release twice, use after release */
static void released_right_after_send_the_callback_still_comes_and_then_it_is_stale(void) {
    party me;
    event failed;
    rtm_local_call_invitation *invitation;
    rtm_status again;
    party_create(&me, "original", "me", NULL);
    invitation = party_rings(&me, "bob", "read in the callback");
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    again = rtm_local_call_invitation_release(invitation);
    CHECK_STATUS(again, RTM_ERR_STALE_HANDLE);
    CHECK_COMES(&me, L_FAILURE, 1, &failed);
    CHECK(failed.local == invitation);
    party_fence(&me);
    CHECK_STATUS(rtm_local_call_invitation_release(invitation), RTM_ERR_STALE_HANDLE);
    CHECK_STATUS(rtm_local_call_invitation_set_content(invitation, "x"), RTM_ERR_STALE_HANDLE);
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, invitation), RTM_ERR_STALE_HANDLE);
    CHECK_TEXT(rtm_local_call_invitation_get_content(invitation), "");
    party_close(&me);
}

/* invitation used and released after its service */
static void an_invitation_outlives_its_service(void) {
    party me;
    rtm_local_call_invitation *idle, *sent;
    rtm_service *former;
    party_create(&me, "original", "me", NULL);
    idle = party_creates(&me, "bob");
    sent = party_rings(&me, "bob", "content");
    former = me.service;
    CHECK_OK(rtm_service_release(former));
    CHECK_TEXT(rtm_local_call_invitation_get_content(sent), "content");
    CHECK_INT(local_state(sent), RTM_LOCAL_INVITATION_STATE_FAILURE);
    CHECK_OK(rtm_local_call_invitation_set_content(idle, "new"));
    CHECK_TEXT(rtm_local_call_invitation_get_content(idle), "new");
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, idle), RTM_ERR_STALE_HANDLE);
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(me.manager, sent), RTM_ERR_STALE_HANDLE);
    CHECK_OK(rtm_local_call_invitation_release(idle));
    CHECK_OK(rtm_local_call_invitation_release(sent));
    CHECK_STATUS(rtm_service_release(former), RTM_ERR_STALE_HANDLE);
    party_bury(&me);
}

static const test tests[] = {
    TEST(initialize_with_an_empty_or_null_app_id_fails),
    TEST(initialize_without_a_handler_fails),
    TEST(manager_before_initialize_works_as_not_logged_in),
    TEST(manager_twice_is_the_same_and_the_last_handler_receives),
    TEST(send_without_a_handler_changes_the_state_and_calls_nobody),
    TEST(create_takes_every_id_and_gives_it_back),
    TEST(create_with_null_fails_and_writes_nothing),
    TEST(fresh_getters_are_empty_and_never_null),
    TEST(content_is_stored_whole_and_send_takes_8192_bytes),
    TEST(setting_null_fails_and_changes_nothing),
    TEST(cancel_before_send_answers_not_started),
    TEST(send_not_logged_in_fails_once_on_the_worker_and_then_has_ended),
    TEST(the_second_of_two_sends_is_refused_and_one_callback_comes),
    TEST(send_checks_the_callee_id),
    TEST(an_ended_invitation_keeps_its_texts_and_answers_already_end_first),
    TEST(verbs_on_null_answer_stale_handle),
    TEST(idle_invitation_manager_and_service_are_released_in_order),
    TEST(released_right_after_send_the_callback_still_comes_and_then_it_is_stale),
    TEST(an_invitation_outlives_its_service),
};
RUN_TESTS("what the original does with invitations while nobody is logged in", tests)
