/* The log: silent by default, one line an event, ids but no payload and no token, to a handler and to a file. */
#include "party.h"

#define TOKEN "token-that-must-not-be-logged"
#define CONTENT "content-that-must-not-be-logged"
#define RESPONSE "response-that-must-not-be-logged"
#define MESSAGE_TEXT "message-that-must-not-be-logged"

typedef struct book {
    mutex lock;
    char *text;
    size_t length, lines, of_level[5];
    int bad_lines;
    counter drops;
} book;

static void book_open(book *b) {
    memset(b, 0, sizeof *b);
    mutex_init(&b->lock);
    counter_init(&b->drops);
    b->text = (char *)calloc(1, 1);
}

static void book_close(book *b) {
    free(b->text);
    mutex_destroy(&b->lock);
    counter_destroy(&b->drops);
}

static void on_log(void *context, rtm_log_level level, const char *line) {
    book *b = (book *)context;
    size_t length = strlen(line);
    mutex_lock(&b->lock);
    b->text = (char *)realloc(b->text, b->length + length + 2);
    if (b->text == NULL)
        abort();
    memcpy(b->text + b->length, line, length);
    memcpy(b->text + b->length + length, "\n", 2);
    b->length += length + 1;
    b->lines++;
    b->bad_lines += strchr(line, '\n') != NULL || line[0] == 0;
    b->of_level[level == RTM_LOG_LEVEL_INFO    ? 0
                : level == RTM_LOG_LEVEL_WARN  ? 1
                : level == RTM_LOG_LEVEL_ERROR ? 2
                : level == RTM_LOG_LEVEL_DEBUG ? 4
                                               : 3]++;
    mutex_unlock(&b->lock);
}

static void on_drop(void *context) {
    counter_add(&((book *)context)->drops, 1);
}

static rtm_log_handler handler_of(book *b) {
    rtm_log_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.context = b;
    handler.drop = on_drop;
    handler.on_log = on_log;
    return handler;
}

/* A call and a peer message, with everything that must not be logged. */
static void talk(party *alice, party *bob, char *id) {
    event rung;
    rtm_message *message = NULL;
    size_t nth = party_count(bob, R_RECEIVED) + 1;
    rtm_local_call_invitation *local = party_rings(alice, "bob", CONTENT);
    snprintf(id, 33, "%s", rtm_local_call_invitation_get_id(local));
    CHECK_COMES(bob, R_RECEIVED, nth, &rung);
    CHECK_OK(rtm_remote_call_invitation_set_response(rung.remote, RESPONSE));
    CHECK_OK(rtm_call_manager_accept_remote_invitation(bob->manager, rung.remote));
    CHECK_COMES(alice, L_ACCEPTED, nth, NULL);
    CHECK_COMES(bob, R_ACCEPTED, nth, NULL);
    CHECK_OK(rtm_service_create_text_message(alice->service, MESSAGE_TEXT, &message));
    CHECK_OK(rtm_service_send_message_to_peer(alice->service, "bob", message, NULL));
    CHECK_COMES(alice, SENT, nth, NULL);
    CHECK_COMES(bob, MESSAGE, nth, NULL);
    CHECK_OK(rtm_service_renew_token(alice->service, TOKEN));
    CHECK_COMES(alice, RENEW, nth, NULL);
    CHECK_OK(rtm_message_release(message));
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
}

static void check_nothing_secret(const char *text) {
    CHECK(strstr(text, TOKEN) == NULL);
    CHECK(strstr(text, CONTENT) == NULL);
    CHECK(strstr(text, RESPONSE) == NULL);
    CHECK(strstr(text, MESSAGE_TEXT) == NULL);
    CHECK(strstr(text, "must-not-be-logged") == NULL);
}

static void a_handler_gets_every_event_and_no_payload_and_no_token(void) {
    party alice, bob;
    book at_alice, at_bob;
    rtm_log_handler handler;
    char id[33];
    size_t lines;
    book_open(&at_alice);
    book_open(&at_bob);
    party_create(&alice, "logging", "alice", NULL);
    party_create(&bob, "logging", "bob", NULL);
    handler = handler_of(&at_alice);
    CHECK_OK(rtm_service_set_log_handler(alice.service, &handler));
    CHECK_OK(rtm_service_set_log_filter(alice.service, RTM_LOG_FILTER_DEBUG));
    handler = handler_of(&at_bob);
    CHECK_OK(rtm_service_set_log_handler(bob.service, &handler)); /* with the filter that is the default */
    CHECK_OK(rtm_service_login(alice.service, TOKEN, "alice"));
    CHECK_OK(rtm_service_login(bob.service, TOKEN, "bob"));
    CHECK_COMES(&alice, LOGIN_SUCCESS, 1, NULL);
    CHECK_COMES(&bob, LOGIN_SUCCESS, 1, NULL);
    talk(&alice, &bob, id);
    CHECK_OK(rtm_service_logout(alice.service));
    CHECK_COMES(&alice, LOGOUT, 1, NULL);
    party_fence(&alice);
    party_fence(&bob);

    /* What is there: ids, users, states. */
    CHECK(strstr(at_alice.text, id) != NULL);
    CHECK(strstr(at_alice.text, "login user=\"alice\"") != NULL);
    CHECK(strstr(at_alice.text, "AcceptedByRemote") != NULL);
    CHECK(strstr(at_alice.text, "to=\"bob\"") != NULL);
    CHECK(strstr(at_bob.text, id) != NULL);
    CHECK(strstr(at_bob.text, "from=\"alice\"") != NULL);
    CHECK(at_alice.of_level[4] > 0); /* each message */
    CHECK_INT(at_bob.of_level[4], 0);
    CHECK(at_bob.of_level[0] >= 5);
    CHECK_INT(at_alice.bad_lines + at_bob.bad_lines, 0);
    check_nothing_secret(at_alice.text);
    check_nothing_secret(at_bob.text);

    /* A line of the application's own, and a positive twin: what is written is seen. */
    CHECK_OK(rtm_service_log(alice.service, RTM_LOG_LEVEL_WARN, "a line\nof my own: must-not-be-logged"));
    party_fence(&alice);
    CHECK(strstr(at_alice.text, "a line of my own: must-not-be-logged") != NULL);

    /* The filter, and no handler any more. */
    CHECK_OK(rtm_service_set_log_filter(alice.service, RTM_LOG_FILTER_ERROR));
    lines = at_alice.lines;
    CHECK_OK(rtm_service_log(alice.service, RTM_LOG_LEVEL_INFO, "filtered"));
    CHECK_OK(rtm_service_log(alice.service, RTM_LOG_LEVEL_ERROR, "not filtered"));
    party_fence(&alice);
    CHECK_INT(at_alice.lines, lines + 1);
    CHECK_OK(rtm_service_set_log_handler(alice.service, NULL));
    CHECK_INT(counter_get(&at_alice.drops), 1);
    CHECK_OK(rtm_service_log(alice.service, RTM_LOG_LEVEL_ERROR, "to nobody"));
    party_fence(&alice);
    CHECK_INT(at_alice.lines, lines + 1);
    party_close(&alice);
    party_close(&bob);
    CHECK_INT(counter_get(&at_bob.drops), 1);
    book_close(&at_alice);
    book_close(&at_bob);
}

static char *read_all(const char *path) {
    FILE *file = fopen(path, "rb");
    char *text = (char *)calloc(1, 200000);
    REQUIRE(text != NULL);
    if (file != NULL) {
        size_t length = fread(text, 1, 199999, file);
        text[length] = 0;
        fclose(file);
    }
    return text;
}

static void a_file_gets_the_same_lines_and_is_appended_to(void) {
    party alice, bob;
    char id[33], path[100];
    char *text;
    snprintf(path, sizeof path, "border_log_%" PRIuPTR "_%" PRId64 ".txt", thread_self() % 1000003, now_ms());
    remove(path);
    party_create(&alice, "logging", "alice", NULL);
    party_open(&bob, "logging", "bob");
    CHECK_OK(rtm_service_set_log_file(alice.service, path));
    CHECK_OK(rtm_service_set_log_filter(alice.service, RTM_LOG_FILTER_DEBUG));
    CHECK_OK(rtm_service_login(alice.service, TOKEN, "alice"));
    CHECK_COMES(&alice, LOGIN_SUCCESS, 1, NULL);
    talk(&alice, &bob, id);
    text = read_all(path);
    CHECK(strstr(text, id) != NULL);
    CHECK(strstr(text, "Connected") != NULL);
    check_nothing_secret(text);
    free(text);
    /* A file that cannot be opened leaves the one before. */
    CHECK_STATUS(rtm_service_set_log_file(alice.service, "/no/such/folder/log"), RTM_ERR_OS);
    CHECK(strstr(rtm_last_error(), "/no/such/folder/log") != NULL);
    CHECK_OK(rtm_service_log(alice.service, RTM_LOG_LEVEL_INFO, "still here"));
    text = read_all(path);
    CHECK(strstr(text, "still here") != NULL);
    free(text);
    /* None, and again: appended. */
    CHECK_OK(rtm_service_set_log_file(alice.service, ""));
    CHECK_OK(rtm_service_log(alice.service, RTM_LOG_LEVEL_INFO, "unheard"));
    CHECK_OK(rtm_service_set_log_file(alice.service, path));
    CHECK_OK(rtm_service_log(alice.service, RTM_LOG_LEVEL_INFO, "appended"));
    party_close(&alice);
    party_close(&bob);
    text = read_all(path);
    CHECK(strstr(text, "unheard") == NULL);
    CHECK(strstr(text, "still here") != NULL);
    CHECK(strstr(text, "still here") < strstr(text, "appended"));
    CHECK(strstr(text, "released") != NULL);
    free(text);
    CHECK_INT(remove(path), 0);
}

static const test tests[] = {
    TEST(a_handler_gets_every_event_and_no_payload_and_no_token),
    TEST(a_file_gets_the_same_lines_and_is_appended_to),
};
RUN_TESTS("the log", tests)
