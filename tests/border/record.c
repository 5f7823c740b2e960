/* The flight recorder through the C border: what is written, what is not in it, bounds, errors. That a record replays
 * to the same callbacks is shown by src/testkit/replay_tests.rs and, for a file of this test, by ./dev sim --replay. */
#include "party.h"

/* Both languages run side by side in one folder. */
#ifdef __cplusplus
#define RECORD_FILE "border_record_cxx.jsonl"
#else
#define RECORD_FILE "border_record_c.jsonl"
#endif

static char *file_text(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = (char *)malloc(4000000);
    size_t length;
    REQUIRE(file != NULL && text != NULL);
    length = fread(text, 1, 3999999, file);
    text[length] = 0;
    fclose(file);
    return text;
}

static void accept_in_callback(party *me, const event *happened) {
    if (happened->kind == R_RECEIVED) {
        CHECK_OK(rtm_remote_call_invitation_set_response(happened->remote, "private answer"));
        CHECK_OK(rtm_call_manager_accept_remote_invitation(me->manager, happened->remote));
    }
}

static void one_call(party *alice, party *bob) {
    rtm_local_call_invitation *invitation = NULL;
    size_t before = party_count(alice, L_ACCEPTED);
    CHECK_OK(rtm_call_manager_create_local_call_invitation(alice->manager, bob->user, &invitation));
    CHECK_OK(rtm_local_call_invitation_set_content(invitation, "private content"));
    CHECK_OK(rtm_call_manager_send_local_invitation(alice->manager, invitation));
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    CHECK(party_waits(alice, L_ACCEPTED, before + 1, NULL));
}

static void a_record_has_what_happened_and_no_texts(void) {
    party alice, bob;
    char *text;
    party_open(&alice, "record", "alice");
    party_open(&bob, "record", "bob");
    party_hooks(&bob, accept_in_callback, NULL);
    one_call(&alice, &bob);
    CHECK(party_waits(&bob, R_ACCEPTED, 1, NULL));
    CHECK_OK(rtm_service_write_record(bob.service, RECORD_FILE));
    text = file_text(RECORD_FILE);
    CHECK(strstr(text, "\"record\":\"rtm-call record 1\"") != NULL);
    CHECK(strstr(text, "\"entry\":\"accept\"") != NULL);
    CHECK(strstr(text, "RTM_REMOTE_INVITATION_STATE_ACCEPTED accepted") != NULL);
    CHECK(strstr(text, "private") == NULL);
    free(text);
    /* With texts, where the application wants them. */
    CHECK_OK(rtm_service_set_recorder(bob.service, 100000, 1));
    one_call(&alice, &bob);
    CHECK_OK(rtm_service_write_record(bob.service, RECORD_FILE));
    text = file_text(RECORD_FILE);
    CHECK(strstr(text, "private content") != NULL && strstr(text, "private answer") != NULL);
    free(text);
    party_close(&alice);
    party_close(&bob);
}

static void a_record_is_bounded_and_can_be_off(void) {
    party alice, bob;
    char *text;
    int i;
    party_open(&alice, "record", "alice");
    party_open(&bob, "record", "bob");
    party_hooks(&bob, accept_in_callback, NULL);
    CHECK_OK(rtm_service_set_recorder(alice.service, 20000, 0));
    for (i = 0; i < 100; i++)
        one_call(&alice, &bob);
    CHECK_OK(rtm_service_write_record(alice.service, RECORD_FILE));
    text = file_text(RECORD_FILE);
    CHECK(strlen(text) < 200000);
    CHECK(strstr(text, "\"gone\":0,") == NULL);
    free(text);
    CHECK_OK(rtm_service_set_parameters(alice.service, "{\"rtm_call.record_bytes\": 0}"));
    one_call(&alice, &bob);
    CHECK_OK(rtm_service_write_record(alice.service, RECORD_FILE));
    text = file_text(RECORD_FILE);
    CHECK(strchr(text, '\n') == text + strlen(text) - 1);
    free(text);
    party_close(&alice);
    party_close(&bob);
}

static void wrong_paths_are_errors(void) {
    party alice;
    party_open(&alice, "record", "alice");
    CHECK_STATUS(rtm_service_write_record(alice.service, NULL), RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(rtm_service_write_record(alice.service, ""), RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_STATUS(rtm_service_write_record(alice.service, "no/such/folder/file"), RTM_ERR_OS);
    CHECK(strstr(rtm_last_error(), "no/such/folder/file") != NULL);
    CHECK_STATUS(rtm_service_set_parameters(alice.service, "{\"rtm_call.record_bytes\": -1}"),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    party_close(&alice);
}

static const test tests[] = {
    TEST(a_record_has_what_happened_and_no_texts),
    TEST(a_record_is_bounded_and_can_be_off),
    TEST(wrong_paths_are_errors),
};

RUN_TESTS("the flight recorder", tests)
