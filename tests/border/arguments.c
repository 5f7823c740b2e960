/* Bad arguments other than handles: NULL, texts that are no UTF-8 or out of bounds, structs of a wrong size. Each is
 * answered with its code and a sentence, and no output is written. */
#include "functions.h"

#define INVALID RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT
#define BAD_TEXT "a\xc3("

/* The outputs of a call that fails must stay as they were. */
#define CHECK_FAILS(call, expected)                                                                                    \
    do {                                                                                                               \
        outputs_paint();                                                                                               \
        CHECK_STATUS(call, expected);                                                                                  \
        CHECK(outputs_are_untouched());                                                                                \
        CHECK(rtm_last_error()[0] != 0);                                                                               \
    } while (0)

static party me;
static rtm_local_call_invitation *local;
static rtm_remote_call_invitation *remote;
static rtm_message *message;

static void open_objects(void) {
    event rung;
    counter_init(&unwanted_drops);
    party_open(&me, "arguments", "me");
    local = party_rings(&me, "me", "content");
    REQUIRE(CHECK_COMES(&me, R_RECEIVED, 1, &rung));
    remote = rung.remote;
    REQUIRE(CHECK_OK(rtm_service_create_text_message(me.service, "text", &message)));
}

static void close_objects(void) {
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(remote));
    CHECK_OK(rtm_message_release(message));
    party_close(&me);
    CHECK_INT(counter_get(&unwanted_drops), 0);
    counter_destroy(&unwanted_drops);
}

static void a_missing_output_is_an_error(void) {
    open_objects();
    CHECK_FAILS(rtm_service_create(NULL, NULL), INVALID);
    CHECK_FAILS(rtm_service_get_call_manager(me.service, a_call_handler(), NULL), INVALID);
    CHECK_FAILS(rtm_service_get_stats(me.service, NULL), INVALID);
    CHECK_FAILS(rtm_service_get_user_data(me.service, NULL), INVALID);
    CHECK_FAILS(rtm_service_get_connection_state(me.service, NULL), INVALID);
    CHECK_FAILS(rtm_service_create_text_message(me.service, "x", NULL), INVALID);
    CHECK_FAILS(rtm_service_create_raw_message(me.service, NULL, 0, NULL, NULL), INVALID);
    CHECK_FAILS(rtm_message_get_type(message, NULL), INVALID);
    CHECK_FAILS(rtm_message_get_raw_data(message, NULL, OUTPUT(size_t, 1)), INVALID);
    CHECK_FAILS(rtm_message_get_raw_data(message, OUTPUT(const uint8_t *, 0), NULL), INVALID);
    CHECK_FAILS(rtm_message_get_user_data(message, NULL), INVALID);
    CHECK_FAILS(rtm_call_manager_create_local_call_invitation(me.manager, "bob", NULL), INVALID);
    CHECK_FAILS(rtm_call_manager_find_local_call_invitation(me.manager, "bob", AN_ID, NULL), INVALID);
    CHECK_FAILS(rtm_call_manager_find_remote_call_invitation(me.manager, "bob", AN_ID, NULL), INVALID);
    CHECK_FAILS(rtm_call_manager_get_user_data(me.manager, NULL), INVALID);
    CHECK_FAILS(rtm_local_call_invitation_get_state(local, NULL), INVALID);
    CHECK_FAILS(rtm_local_call_invitation_get_end_reason(local, NULL, OUTPUT(rtm_end_side, 1)), INVALID);
    CHECK_FAILS(rtm_local_call_invitation_get_user_data(local, NULL), INVALID);
    CHECK_FAILS(rtm_remote_call_invitation_get_state(remote, NULL), INVALID);
    CHECK_FAILS(rtm_remote_call_invitation_get_end_reason(remote, NULL, OUTPUT(rtm_end_side, 1)), INVALID);
    CHECK_FAILS(rtm_remote_call_invitation_get_user_data(remote, NULL), INVALID);
    CHECK_FAILS(rtm_hub_get_stats("arguments", APP_ID, NULL), INVALID);
    /* Outputs that nobody asked for. */
    CHECK_OK(rtm_local_call_invitation_get_end_reason(local, OUTPUT(rtm_end_reason, 0), NULL));
    CHECK_OK(rtm_remote_call_invitation_get_end_reason(remote, OUTPUT(rtm_end_reason, 0), NULL));
    CHECK_OK(rtm_service_query_peers_online_status(me.service, peer_list(), 1, NULL));
    CHECK_OK(rtm_service_subscribe_peers_online_status(me.service, peer_list(), 1, NULL));
    CHECK_OK(rtm_service_unsubscribe_peers_online_status(me.service, peer_list(), 1, NULL));
    CHECK_OK(rtm_service_send_message_to_peer(me.service, "bob", message, NULL));
    CHECK_OK(rtm_service_add_event_handler(me.service, a_service_handler(), NULL));
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(remote));
    CHECK_OK(rtm_message_release(message));
    party_close(&me);
    CHECK_INT(counter_get(&unwanted_drops), 1);
    counter_destroy(&unwanted_drops);
}

static void a_missing_or_broken_text_is_an_error(void) {
    const char *broken[] = {BAD_TEXT}, *missing[] = {NULL};
    open_objects();
    CHECK_FAILS(rtm_service_login(me.service, NULL, NULL), INVALID);
    CHECK_FAILS(rtm_service_login(me.service, NULL, BAD_TEXT), INVALID);
    CHECK_FAILS(rtm_service_login(me.service, BAD_TEXT, "me"), INVALID);
    CHECK_FAILS(rtm_service_renew_token(me.service, NULL), INVALID);
    CHECK_FAILS(rtm_service_renew_token(me.service, BAD_TEXT), INVALID);
    CHECK_FAILS(rtm_service_set_parameters(me.service, NULL), INVALID);
    CHECK_FAILS(rtm_service_set_parameters(me.service, BAD_TEXT), INVALID);
    CHECK_FAILS(rtm_service_set_log_file(me.service, NULL), INVALID);
    CHECK_FAILS(rtm_service_set_log_file(me.service, BAD_TEXT), INVALID);
    CHECK_FAILS(rtm_service_log(me.service, RTM_LOG_LEVEL_INFO, NULL), INVALID);
    CHECK_FAILS(rtm_service_log(me.service, RTM_LOG_LEVEL_INFO, BAD_TEXT), INVALID);
    CHECK_FAILS(rtm_service_log(me.service, 3, "x"), INVALID);
    CHECK_FAILS(rtm_service_set_log_filter(me.service, 0x10000), INVALID);
    CHECK_FAILS(rtm_service_create_text_message(me.service, NULL, OUTPUT(rtm_message *, 0)), INVALID);
    CHECK_FAILS(rtm_service_create_text_message(me.service, BAD_TEXT, OUTPUT(rtm_message *, 0)), INVALID);
    CHECK_FAILS(rtm_service_create_raw_message(me.service, NULL, 1, NULL, OUTPUT(rtm_message *, 0)), INVALID);
    CHECK_FAILS(rtm_service_create_raw_message(me.service, NULL, 0, BAD_TEXT, OUTPUT(rtm_message *, 0)), INVALID);
    CHECK_FAILS(rtm_service_send_message_to_peer(me.service, NULL, message, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_send_message_to_peer(me.service, BAD_TEXT, message, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_send_message_to_peer(me.service, "", message, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_query_peers_online_status(me.service, NULL, 1, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_query_peers_online_status(me.service, missing, 1, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_query_peers_online_status(me.service, broken, 1, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_query_peers_online_status(me.service, peer_list(), 0, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_query_peers_online_status(me.service, peer_list(), 257, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_query_peers_online_status(me.service, peer_list(), SIZE_MAX, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_subscribe_peers_online_status(me.service, NULL, 1, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_subscribe_peers_online_status(me.service, broken, 1, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_subscribe_peers_online_status(me.service, peer_list(), 513, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_unsubscribe_peers_online_status(me.service, NULL, 1, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_unsubscribe_peers_online_status(me.service, missing, 1, OUTPUT(int64_t, 0)), INVALID);
    CHECK_FAILS(rtm_service_unsubscribe_peers_online_status(me.service, peer_list(), SIZE_MAX, OUTPUT(int64_t, 0)),
                INVALID);
    CHECK_FAILS(rtm_call_manager_create_local_call_invitation(me.manager, NULL, OUTPUT(rtm_local_call_invitation *, 0)),
                INVALID);
    CHECK_FAILS(
        rtm_call_manager_find_local_call_invitation(me.manager, NULL, AN_ID, OUTPUT(rtm_local_call_invitation *, 0)),
        INVALID);
    CHECK_FAILS(
        rtm_call_manager_find_local_call_invitation(me.manager, "bob", NULL, OUTPUT(rtm_local_call_invitation *, 0)),
        INVALID);
    CHECK_FAILS(
        rtm_call_manager_find_local_call_invitation(me.manager, "bob", "no id", OUTPUT(rtm_local_call_invitation *, 0)),
        INVALID);
    CHECK_FAILS(
        rtm_call_manager_find_local_call_invitation(me.manager, "bob", AN_ID, OUTPUT(rtm_local_call_invitation *, 0)),
        RTM_ERR_NOT_FOUND);
    CHECK_FAILS(rtm_call_manager_find_remote_call_invitation(me.manager, BAD_TEXT, AN_ID,
                                                             OUTPUT(rtm_remote_call_invitation *, 0)),
                INVALID);
    CHECK_FAILS(rtm_call_manager_find_remote_call_invitation(me.manager, "bob", AN_ID "0",
                                                             OUTPUT(rtm_remote_call_invitation *, 0)),
                INVALID);
    CHECK_FAILS(
        rtm_call_manager_find_remote_call_invitation(me.manager, "bob", AN_ID, OUTPUT(rtm_remote_call_invitation *, 0)),
        RTM_ERR_NOT_FOUND);
    CHECK_FAILS(rtm_local_call_invitation_set_content(local, BAD_TEXT), INVALID);
    CHECK_FAILS(rtm_local_call_invitation_set_channel_id(local, BAD_TEXT), INVALID);
    CHECK_FAILS(rtm_remote_call_invitation_set_response(remote, NULL), INVALID);
    CHECK_FAILS(rtm_remote_call_invitation_set_response(remote, BAD_TEXT), INVALID);
    CHECK_FAILS(rtm_local_call_invitation_set_acknowledge_timeout(local, 0), INVALID);
    CHECK_FAILS(rtm_local_call_invitation_set_ring_timeout(local, 0), INVALID);
    CHECK_FAILS(rtm_local_call_invitation_set_accept_timeout(local, 0), INVALID);
    CHECK_FAILS(rtm_remote_call_invitation_set_accept_timeout(remote, 0), INVALID);
    CHECK_FAILS(rtm_service_dispatch(me.service, 0, OUTPUT(size_t, 0)), RTM_ERR_INVALID_STATE);
    CHECK_FAILS(rtm_service_get_dispatch_handle(me.service, OUTPUT(intptr_t, 0)), RTM_ERR_INVALID_STATE);
    CHECK_FAILS(rtm_service_remove_event_handler(me.service, 12345), RTM_ERR_NOT_FOUND);
    CHECK_FAILS(rtm_service_initialize(me.service, APP_ID, a_service_handler()), RTM_ERR_ALREADY_INITIALIZED);
    CHECK_FAILS(rtm_set_shared_workers(0), INVALID);
    CHECK_FAILS(rtm_hub_set_faults(NULL, APP_ID, NULL), INVALID);
    CHECK_FAILS(rtm_hub_set_faults("x", NULL, NULL), INVALID);
    CHECK_FAILS(rtm_hub_set_faults("a\nb", APP_ID, NULL), INVALID);
    CHECK_FAILS(rtm_hub_set_link("arguments", APP_ID, NULL, 1), INVALID);
    CHECK_FAILS(rtm_hub_set_link("arguments", APP_ID, "nobody", 1), RTM_ERR_NOT_FOUND);
    CHECK_FAILS(rtm_hub_suspend("arguments", APP_ID, "nobody", 1), RTM_ERR_NOT_FOUND);
    CHECK(!rtm_has_feature(NULL));
    CHECK(!rtm_has_feature(BAD_TEXT));
    close_objects();
}

/* The getters that copy. */
static void a_copy_needs_room_for_its_nul(void) {
    open_objects();
    CHECK_FAILS(rtm_local_call_invitation_get_content_copy(local, NULL, 1, OUTPUT(size_t, 3)), INVALID);
    outputs_paint(); /* the room that it needs is told all the same */
    CHECK_STATUS(rtm_local_call_invitation_get_content_copy(local, OUTPUT(char, 0), 7, OUTPUT(size_t, 3)),
                 RTM_ERR_BUFFER_TOO_SMALL);
    CHECK_INT(*OUTPUT(size_t, 3), 8);
    CHECK_INT((unsigned char)*OUTPUT(char, 0), 0xa5);
    CHECK_STATUS(rtm_local_call_invitation_get_content_copy(local, NULL, 0, OUTPUT(size_t, 3)),
                 RTM_ERR_BUFFER_TOO_SMALL);
    CHECK_OK(rtm_local_call_invitation_get_content_copy(local, OUTPUT(char, 0), 8, NULL));
    CHECK_TEXT(OUTPUT(char, 0), "content");
    CHECK_INT((unsigned char)OUTPUT(char, 0)[8], 0xa5);
    CHECK_OK(rtm_local_call_invitation_get_callee_id_copy(local, OUTPUT(char, 0), 100, OUTPUT(size_t, 4)));
    CHECK_TEXT(OUTPUT(char, 0), "me");
    CHECK_INT(*OUTPUT(size_t, 4), 3);
    CHECK_OK(rtm_local_call_invitation_get_response_copy(local, OUTPUT(char, 0), 1, NULL));
    CHECK_TEXT(OUTPUT(char, 0), "");
    CHECK_OK(rtm_local_call_invitation_get_channel_id_copy(local, OUTPUT(char, 0), 1, NULL));
    CHECK_OK(rtm_local_call_invitation_get_id_copy(local, OUTPUT(char, 0), 33, NULL));
    CHECK_TEXT(OUTPUT(char, 0), rtm_local_call_invitation_get_id(local));
    CHECK_OK(rtm_remote_call_invitation_get_caller_id_copy(remote, OUTPUT(char, 0), 3, NULL));
    CHECK_TEXT(OUTPUT(char, 0), "me");
    CHECK_OK(rtm_remote_call_invitation_get_content_copy(remote, OUTPUT(char, 0), 8, NULL));
    CHECK_TEXT(OUTPUT(char, 0), "content");
    CHECK_OK(rtm_remote_call_invitation_get_channel_id_copy(remote, OUTPUT(char, 0), 8, NULL));
    CHECK_TEXT(OUTPUT(char, 0), "");
    CHECK_OK(rtm_remote_call_invitation_get_response_copy(remote, OUTPUT(char, 0), 8, NULL));
    CHECK_OK(rtm_remote_call_invitation_get_id_copy(remote, OUTPUT(char, 0), 33, NULL));
    CHECK_TEXT(OUTPUT(char, 0), rtm_local_call_invitation_get_id(local));
    close_objects();
}

/* A struct in the midst of other bytes. */
static union big {
    size_t struct_size;
    rtm_service_config config;
    rtm_service_event_handler service_handler;
    rtm_call_event_handler call_handler;
    rtm_log_handler log_handler;
    rtm_hub_faults faults;
    rtm_service_stats stats;
    rtm_hub_stats hub_stats;
    unsigned char bytes[8192];
} big;

static void big_is(size_t size) {
    memset(&big, 0, sizeof big);
    big.struct_size = size;
}

typedef rtm_status (*taker)(void);
static rtm_status take_config(void) {
    rtm_service *made = NULL;
    rtm_status answer;
    outputs_paint();
    answer = rtm_service_create(&big.config, OUTPUT(rtm_service *, 0));
    if (answer != RTM_OK) {
        CHECK(outputs_are_untouched());
        return answer;
    }
    made = *OUTPUT(rtm_service *, 0);
    CHECK_OK(rtm_service_release(made));
    return answer;
}
static rtm_status take_first_handler(void) {
    rtm_service *service = NULL;
    rtm_status answer;
    CHECK_OK(rtm_service_create(NULL, &service));
    answer = rtm_service_initialize(service, APP_ID, &big.service_handler);
    CHECK_OK(rtm_service_release(service));
    return answer;
}
static rtm_status take_service_handler(void) {
    rtm_status answer;
    outputs_paint();
    answer = rtm_service_add_event_handler(me.service, &big.service_handler, OUTPUT(uint64_t, 0));
    if (answer == RTM_OK)
        CHECK_OK(rtm_service_remove_event_handler(me.service, *OUTPUT(uint64_t, 0)));
    else
        CHECK(outputs_are_untouched());
    return answer;
}
static rtm_status take_call_handler(void) {
    rtm_status answer;
    outputs_paint();
    answer = rtm_service_get_call_manager(me.service, &big.call_handler, OUTPUT(rtm_call_manager *, 0));
    if (answer != RTM_OK)
        CHECK(outputs_are_untouched());
    return answer;
}
static rtm_status take_log_handler(void) {
    return rtm_service_set_log_handler(me.service, &big.log_handler);
}
static rtm_status take_faults(void) {
    return rtm_hub_set_faults("arguments", APP_ID, &big.faults);
}
static rtm_status take_stats(void) {
    return rtm_service_get_stats(me.service, &big.stats);
}
static rtm_status take_hub_stats(void) {
    return rtm_hub_get_stats("arguments", APP_ID, &big.hub_stats);
}

static const struct {
    const char *name;
    taker take;
    size_t size, least; /* sizeof, and what must be there at least */
    int is_output;
} takers[] = {
    {"rtm_service_config", take_config, sizeof(rtm_service_config), offsetof(rtm_service_config, url), 0},
    {"rtm_service_event_handler of initialize", take_first_handler, sizeof(rtm_service_event_handler),
     offsetof(rtm_service_event_handler, on_login_success), 0},
    {"rtm_service_event_handler", take_service_handler, sizeof(rtm_service_event_handler),
     offsetof(rtm_service_event_handler, on_login_success), 0},
    {"rtm_call_event_handler", take_call_handler, sizeof(rtm_call_event_handler),
     offsetof(rtm_call_event_handler, on_local_invitation_received_by_peer), 0},
    {"rtm_log_handler", take_log_handler, sizeof(rtm_log_handler), offsetof(rtm_log_handler, on_log), 0},
    {"rtm_hub_faults", take_faults, sizeof(rtm_hub_faults), offsetof(rtm_hub_faults, seed), 0},
    {"rtm_service_stats", take_stats, sizeof(rtm_service_stats), offsetof(rtm_service_stats, invitations_sent), 1},
    {"rtm_hub_stats", take_hub_stats, sizeof(rtm_hub_stats), offsetof(rtm_hub_stats, sent), 1},
};

static void a_struct_of_a_wrong_size_is_refused(void) {
    size_t i, n;
    static const size_t wrong[] = {0, 1, 7, 4104, 100000, SIZE_MAX, SIZE_MAX - 7};
    open_objects();
    for (i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        for (n = 0; n < sizeof wrong / sizeof wrong[0]; n++) {
            big_is(wrong[n]);
            if (takers[i].take() != INVALID || rtm_last_error()[0] == 0)
                check_failed(__FILE__, __LINE__, "%s of %lu bytes is taken", takers[i].name, (unsigned long)wrong[n]);
        }
        big_is(takers[i].least - 1);
        check_status(__FILE__, __LINE__, takers[i].take(), INVALID, takers[i].name);
        if (takers[i].least > sizeof(size_t)) {
            big_is(takers[i].least - 8);
            check_status(__FILE__, __LINE__, takers[i].take(), INVALID, takers[i].name);
        }
        big_is(takers[i].size + 1);
        check_status(__FILE__, __LINE__, takers[i].take(), INVALID, takers[i].name);
        CHECK(strstr(rtm_last_error(), "sizeof") != NULL);
        big_is(takers[i].size);
        check_status(__FILE__, __LINE__, takers[i].take(), RTM_OK, takers[i].name);
    }
    close_objects();
}

/* An older program has less, a newer one more. */
static void a_smaller_struct_is_taken_and_a_larger_one_if_its_rest_is_zero(void) {
    size_t i;
    open_objects();
    for (i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        big_is(takers[i].least);
        check_status(__FILE__, __LINE__, takers[i].take(), RTM_OK, takers[i].name);
        big_is(takers[i].size + 64);
        if (takers[i].is_output)
            memset(big.bytes + sizeof(size_t), 0xa5, sizeof big - sizeof(size_t));
        check_status(__FILE__, __LINE__, takers[i].take(), RTM_OK, takers[i].name);
        if (takers[i].is_output) {
            CHECK_INT(big.bytes[takers[i].size], 0); /* what this version does not know is zero */
            CHECK_INT(big.bytes[takers[i].size + 63], 0);
            CHECK_INT(big.bytes[takers[i].size + 64], 0xa5);
            CHECK_INT(big.struct_size, takers[i].size + 64);
            big_is(takers[i].least + 8);
            memset(big.bytes + sizeof(size_t), 0xa5, sizeof big - sizeof(size_t));
            check_status(__FILE__, __LINE__, takers[i].take(), RTM_OK, takers[i].name);
            CHECK_INT(big.bytes[takers[i].least + 8], 0xa5);
        } else {
            big.bytes[takers[i].size + 63] = 1;
            check_status(__FILE__, __LINE__, takers[i].take(), RTM_ERR_UNSUPPORTED, takers[i].name);
        }
    }
    CHECK_OK(rtm_service_get_call_manager(me.service, NULL, &me.manager));
    close_objects();
}

static void a_config_out_of_bounds_is_refused(void) {
    big_is(sizeof big.config);
    big.config.delivery = 3;
    CHECK_STATUS(take_config(), INVALID);
    big.config.delivery = -1;
    CHECK_STATUS(take_config(), INVALID);
    big.config.delivery = 0;
    big.config.reserved = 1;
    CHECK(take_config() != RTM_OK);
    big.config.reserved = 0;
    big.config.url = "no address";
    CHECK_STATUS(take_config(), INVALID);
    big.config.url = BAD_TEXT;
    CHECK_STATUS(take_config(), INVALID);
    big.config.url = "gopher://here";
    CHECK_STATUS(take_config(), RTM_ERR_UNSUPPORTED);
    CHECK(strstr(rtm_last_error(), "gopher") != NULL);
    big.config.url = "hub://a\nb";
    CHECK_STATUS(take_config(), INVALID);
    big.config.url = "";
    CHECK_STATUS(take_config(), RTM_OK);
    big.config.url = "hub://";
    CHECK_STATUS(take_config(), RTM_OK);
}

/* What is taken is a copy. */
static void structs_and_texts_are_copied(void) {
    char content[] = "content", id[] = "bob";
    rtm_service_event_handler *handler = (rtm_service_event_handler *)malloc(sizeof *handler);
    rtm_local_call_invitation *invitation = NULL;
    uint8_t data[] = {1, 0, 255};
    const uint8_t *kept = NULL;
    size_t length = 0;
    rtm_message *raw = NULL;
    rtm_message_type type = RTM_MESSAGE_TYPE_TEXT;
    party one;
    REQUIRE(handler != NULL);
    party_create(&one, "arguments", "one", NULL);
    *handler = party_service_handler(&one);
    CHECK_OK(rtm_service_add_event_handler(one.service, handler, NULL));
    one.service_drops_wanted++;
    memset(handler, 0xa5, sizeof *handler);
    free(handler);
    CHECK_OK(rtm_call_manager_create_local_call_invitation(one.manager, id, &invitation));
    CHECK_OK(rtm_local_call_invitation_set_content(invitation, content));
    memset(content, 'x', sizeof content - 1);
    memset(id, 'x', sizeof id - 1);
    CHECK_TEXT(rtm_local_call_invitation_get_content(invitation), "content");
    CHECK_TEXT(rtm_local_call_invitation_get_callee_id(invitation), "bob");
    CHECK_OK(rtm_service_create_raw_message(one.service, data, 3, "described", &raw));
    memset(data, 7, sizeof data);
    CHECK_OK(rtm_message_get_raw_data(raw, &kept, &length));
    CHECK_INT(length, 3);
    CHECK_INT(kept[0] * 65536 + kept[1] * 256 + kept[2], 65536 + 255);
    CHECK_TEXT(rtm_message_get_text(raw), "described");
    CHECK_OK(rtm_message_get_type(raw, &type));
    CHECK_INT(type, RTM_MESSAGE_TYPE_RAW);
    CHECK_OK(rtm_message_release(raw));
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    CHECK_OK(rtm_service_logout(one.service)); /* both handlers get it */
    CHECK_COMES(&one, LOGOUT, 2, NULL);
    party_close(&one);
}

static const test tests[] = {
    TEST(a_missing_output_is_an_error),
    TEST(a_missing_or_broken_text_is_an_error),
    TEST(a_copy_needs_room_for_its_nul),
    TEST(a_struct_of_a_wrong_size_is_refused),
    TEST(a_smaller_struct_is_taken_and_a_larger_one_if_its_rest_is_zero),
    TEST(a_config_out_of_bounds_is_refused),
    TEST(structs_and_texts_are_copied),
};
RUN_TESTS("bad arguments: texts, outputs, structs", tests)
