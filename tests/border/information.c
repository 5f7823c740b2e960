/* What the library tells about itself: version, features, names and texts of all numbers, last error, user data, find
 * by id, counters, presence. */
#include "functions.h"

static void version_and_features(void) {
    CHECK_TEXT(rtm_version(), RTM_CALL_VERSION);
    CHECK_INT(rtm_version_number(), RTM_CALL_VERSION_NUMBER);
    CHECK(rtm_has_feature("hub"));
    CHECK(!rtm_has_feature("carrier pigeon"));
    CHECK(!rtm_has_feature(""));
    CHECK(rtm_version() == rtm_version()); /* static */
}

typedef const char *(*names)(int32_t);
static const struct {
    const char *prefix;
    names name, text;
    int32_t numbers[20];
    int count;
} codes[] = {
#define N(code) rtm_##code##_name, rtm_##code##_text
    {"RTM_", N(status), {0, 1, 2, 3, 4, 5, 200, 201, 202, 203, 204, 205, 206, 207, 208, 209, 210, 211, 212}, 19},
    {"RTM_LOCAL_INVITATION_STATE_", N(local_invitation_state), {0, 1, 2, 3, 4, 5, 6}, 7},
    {"RTM_REMOTE_INVITATION_STATE_", N(remote_invitation_state), {0, 1, 2, 3, 4, 5, 6}, 7},
    {"RTM_LOCAL_INVITATION_ERR_", N(local_invitation_err), {0, 1, 2, 3, 4}, 5},
    {"RTM_REMOTE_INVITATION_ERR_", N(remote_invitation_err), {0, 1, 2, 3}, 4},
    {"RTM_END_REASON_", N(end_reason), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}, 16},
    {"RTM_END_SIDE_", N(end_side), {0, 1, 2}, 3},
    {"RTM_CONNECTION_STATE_", N(connection_state), {1, 2, 3, 4, 5}, 5},
    {"RTM_CONNECTION_CHANGE_REASON_", N(connection_change_reason), {1, 2, 3, 4, 5, 6, 7, 8, 9}, 9},
    {"RTM_LOGIN_ERR_", N(login_err), {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 101}, 12},
    {"RTM_LOGOUT_ERR_", N(logout_err), {0, 1, 101, 102}, 4},
    {"RTM_RENEW_TOKEN_ERR_", N(renew_token_err), {0, 1, 2, 3, 4, 5, 6, 101, 102}, 9},
    {"RTM_PEER_ONLINE_STATE_", N(peer_online_state), {0, 1, 2}, 3},
    {"RTM_PEER_MESSAGE_ERR_", N(peer_message_err), {0, 1, 2, 3, 4, 5, 6, 7, 8, 101, 102}, 11},
    {"RTM_QUERY_PEERS_ONLINE_STATUS_ERR_", N(query_peers_online_status_err), {0, 1, 2, 3, 4, 5, 101, 102}, 8},
    {"RTM_PEER_SUBSCRIPTION_STATUS_ERR_", N(peer_subscription_status_err), {0, 1, 2, 3, 4, 5, 6, 101, 102}, 9},
    {"RTM_MESSAGE_TYPE_", N(message_type), {1, 2}, 2},
    {"RTM_DELIVERY_", N(delivery), {0, 1, 2}, 3},
    {"RTM_LADDER_", N(ladder_format), {0, 1}, 2},
    {"RTM_LOG_LEVEL_", N(log_level), {1, 2, 4, 8, 0x800}, 5},
    {"RTM_LOG_FILTER_", N(log_filter), {0, 8, 12, 14, 15, 0x80f}, 6},
    {"RTM_TRANSPORT_LINK_", N(transport_link), {1, 2, 3, 4, 5, 6}, 6},
#undef N
};

/* Every number of a wide range and at the borders of int32 either has a name and a text, or neither. */
static void every_number_has_its_name_and_text(void) {
    size_t i;
    const int64_t range = is_slow() ? 3000 : 70000;
    int64_t number;
    int n;
    CHECK_INT(sizeof codes / sizeof codes[0] * 2 + 13, OTHER_FUNCTIONS); /* no code of the header is left out */
    for (i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        int named = 0;
        for (number = -range; number <= range; number++) {
            int32_t asked = number == -range ? INT32_MIN : number == range ? INT32_MAX : (int32_t)number;
            const char *name = codes[i].name(asked), *text = codes[i].text(asked);
            int known = 0;
            for (n = 0; n < codes[i].count; n++)
                known |= codes[i].numbers[n] == asked;
            if (name == NULL || text == NULL || (name[0] != 0) != known || (strcmp(text, "unknown") != 0) != known ||
                (known && strncmp(name, codes[i].prefix, strlen(codes[i].prefix)) != 0) || text[0] == 0 ||
                strchr(text, '\n') != NULL)
                check_failed(__FILE__, __LINE__, "%s %ld is \"%s\", \"%s\"", codes[i].prefix, (long)asked,
                             name ? name : "NULL", text ? text : "NULL");
            named += known;
        }
        CHECK_INT(named, codes[i].count);
    }
    CHECK_TEXT(rtm_status_name(RTM_ERR_STALE_HANDLE), "RTM_ERR_STALE_HANDLE");
    CHECK_TEXT(rtm_login_err_name(8), "RTM_LOGIN_ERR_ALREADY_LOGGED_IN");
    CHECK_TEXT(rtm_end_reason_name(RTM_END_REASON_ACCEPT_UNCONFIRMED), "RTM_END_REASON_ACCEPT_UNCONFIRMED");
    /* Numbers never change. */
    CHECK_INT(RTM_PEER_MESSAGE_ERR_IMCOMPATIBLE_MESSAGE, 8);
    CHECK_INT(RTM_CONNECTION_STATE_ABORTED, 5);
    CHECK_INT(RTM_REMOTE_INVITATION_ERR_ACCEPT_FAILURE, 2);
    CHECK_INT(RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN, 4);
    CHECK_INT(RTM_REMOTE_INVITATION_STATE_ACCEPTED, 4);
    CHECK_INT(RTM_QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN, 102);
}

static char error_elsewhere[300], error_before_any[300];

static void fail_elsewhere(void *context) {
    (void)context;
    snprintf(error_before_any, sizeof error_before_any, "%s", rtm_last_error());
    CHECK_STATUS(rtm_service_logout(NULL), RTM_ERR_STALE_HANDLE);
    snprintf(error_elsewhere, sizeof error_elsewhere, "%s", rtm_last_error());
}

/* The sentence names the thing, is each thread's own, and stays after a success. */
static void last_error_is_a_sentence_of_this_thread(void) {
    party me;
    thread t;
    rtm_local_call_invitation *invitation;
    char *b70 = repeated('b', 70);
    party_create(&me, "information", "me", NULL);
    invitation = party_creates(&me, b70);
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, invitation),
                 RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_TEXT(rtm_last_error(), "the callee id is 70 bytes, the limit is 64");
    thread_start(&t, fail_elsewhere, NULL);
    thread_join(&t);
    CHECK_TEXT(error_before_any, "");
    CHECK(strstr(error_elsewhere, "NULL") != NULL);
    CHECK_TEXT(rtm_last_error(), "the callee id is 70 bytes, the limit is 64");
    CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_DISCONNECTED); /* a success leaves it */
    CHECK_TEXT(rtm_last_error(), "the callee id is 70 bytes, the limit is 64");
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(me.manager, (rtm_local_call_invitation *)(void *)me.manager),
                 RTM_ERR_STALE_HANDLE);
    CHECK(strstr(rtm_last_error(), "call manager") != NULL);
    CHECK(strstr(rtm_last_error(), "local invitation") != NULL);
    CHECK_OK(rtm_local_call_invitation_release(invitation));
    CHECK_STATUS(rtm_local_call_invitation_release(invitation), RTM_ERR_STALE_HANDLE);
    CHECK(strstr(rtm_last_error(), "released") != NULL);
    party_close(&me);
    free(b70);
}

static void user_data_on_every_kind_of_object(void) {
    party me;
    event rung;
    rtm_local_call_invitation *local;
    rtm_message *message = NULL;
    void *data = &me;
    int one, two, three, four, five;
    party_open(&me, "information", "me");
    local = party_rings(&me, "me", "x");
    CHECK_COMES(&me, R_RECEIVED, 1, &rung);
    CHECK_OK(rtm_service_create_text_message(me.service, "x", &message));
#define ROUND_TRIP(noun, handle, value)                                                                                \
    do {                                                                                                               \
        data = &me;                                                                                                    \
        CHECK_OK(rtm_##noun##_get_user_data(handle, &data));                                                           \
        CHECK(data == NULL);                                                                                           \
        CHECK_OK(rtm_##noun##_set_user_data(handle, value));                                                           \
        CHECK_OK(rtm_##noun##_get_user_data(handle, &data));                                                           \
        CHECK(data == (void *)(value));                                                                                \
    } while (0)
    ROUND_TRIP(service, me.service, &one);
    ROUND_TRIP(call_manager, me.manager, &two);
    ROUND_TRIP(local_call_invitation, local, &three);
    ROUND_TRIP(remote_call_invitation, rung.remote, &four);
    ROUND_TRIP(message, message, &five);
    CHECK_OK(rtm_service_get_user_data(me.service, &data));
    CHECK(data == &one); /* each its own */
    CHECK_OK(rtm_local_call_invitation_set_user_data(local, NULL));
    CHECK_OK(rtm_local_call_invitation_get_user_data(local, &data));
    CHECK(data == NULL);
    CHECK_OK(rtm_message_release(message));
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&me);
}

static void an_open_invitation_is_found_by_its_peer_and_id(void) {
    party alice, bob;
    event rung;
    rtm_local_call_invitation *local, *found_local = NULL;
    rtm_remote_call_invitation *found_remote = NULL;
    char id[33];
    party_open(&alice, "information", "alice");
    party_open(&bob, "information", "bob");
    local = party_rings(&alice, "bob", "x");
    snprintf(id, sizeof id, "%s", rtm_local_call_invitation_get_id(local));
    CHECK_COMES(&bob, R_RECEIVED, 1, &rung);
    CHECK_OK(rtm_call_manager_find_local_call_invitation(alice.manager, "bob", id, &found_local));
    CHECK(found_local == local);
    CHECK_OK(rtm_call_manager_find_remote_call_invitation(bob.manager, "alice", id, &found_remote));
    CHECK(found_remote == rung.remote);
    found_local = NULL;
    CHECK_STATUS(rtm_call_manager_find_local_call_invitation(alice.manager, "carol", id, &found_local),
                 RTM_ERR_NOT_FOUND);
    CHECK_STATUS(rtm_call_manager_find_local_call_invitation(bob.manager, "alice", id, &found_local),
                 RTM_ERR_NOT_FOUND);
    CHECK(found_local == NULL);
    CHECK_OK(rtm_call_manager_refuse_remote_invitation(bob.manager, rung.remote));
    CHECK_COMES(&alice, L_REFUSED, 1, NULL);
    CHECK_STATUS(rtm_call_manager_find_local_call_invitation(alice.manager, "bob", id, &found_local),
                 RTM_ERR_NOT_FOUND);
    CHECK_STATUS(rtm_call_manager_find_remote_call_invitation(bob.manager, "alice", id, &found_remote),
                 RTM_ERR_NOT_FOUND);
    CHECK(strstr(rtm_last_error(), id) != NULL);
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&alice);
    party_close(&bob);
}

static void counters_count(void) {
    party alice, bob;
    rtm_service_stats stats;
    rtm_hub_stats hub;
    event rung;
    rtm_local_call_invitation *local;
    party_open(&alice, "information", "alice");
    party_open(&bob, "information", "bob");
    stats = stats_of(&alice);
    CHECK_INT(stats.invitations_sent + stats.messages_sent + stats.open_local_invitations, 0);
    local = party_rings(&alice, "bob", "x");
    CHECK_COMES(&bob, R_RECEIVED, 1, &rung);
    CHECK_COMES(&alice, L_RECEIVED, 1, NULL);
    stats = stats_of(&alice);
    CHECK_INT(stats.invitations_sent, 1);
    CHECK_INT(stats.open_local_invitations, 1);
    CHECK_INT(stats.open_remote_invitations, 0);
    CHECK(stats.messages_sent >= 1);
    CHECK(stats.messages_received >= 1);
    stats = stats_of(&bob);
    CHECK_INT(stats.invitations_received, 1);
    CHECK_INT(stats.open_remote_invitations, 1);
    CHECK_INT(stats.remembered_invitations, 0);
    CHECK_OK(rtm_call_manager_refuse_remote_invitation(bob.manager, rung.remote));
    CHECK_COMES(&alice, L_REFUSED, 1, NULL);
    stats = stats_of(&bob);
    CHECK_INT(stats.open_remote_invitations, 0);
    CHECK_INT(stats.remembered_invitations, 1);
    CHECK_INT(stats_of(&alice).open_local_invitations, 0);
    CHECK_INT(stats.messages_dropped_malformed + stats.messages_dropped_stray + stats.messages_dropped_limit, 0);
    memset(&hub, 0, sizeof hub);
    hub.struct_size = sizeof hub;
    CHECK_OK(rtm_hub_get_stats("information", APP_ID, &hub));
    CHECK(hub.sent >= 4);
    CHECK_INT(hub.sent, hub.delivered);
    CHECK_INT(hub.lost + hub.repeated + hub.reordered + hub.expired, 0);
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&alice);
    party_close(&bob);
}

/* A bound answers a clear error, and what is beyond a bound of the callee is dropped and counted. */
static void bounds_answer_limit_reached_and_are_counted(void) {
    party alice, bob;
    rtm_service_config config = config_of();
    rtm_local_call_invitation *first, *second, *third;
    party_open(&alice, "information", "alice");
    config.max_open_per_peer = 1;
    party_open_with(&bob, "information", "bob", &config);
    CHECK_OK(rtm_service_set_parameters(alice.service, "{\"rtm_call.max_open_invitations\": 2}"));
    first = party_rings(&alice, "bob", "x");
    CHECK_COMES(&bob, R_RECEIVED, 1, NULL);
    second = party_rings(&alice, "bob", "x");
    third = party_creates(&alice, "bob");
    CHECK_STATUS(rtm_call_manager_send_local_invitation(alice.manager, third), RTM_ERR_LIMIT_REACHED);
    CHECK_INT(local_state(third), RTM_LOCAL_INVITATION_STATE_IDLE);
    CHECK(stats_of(&bob).messages_dropped_limit >= 1);
    CHECK_OK(rtm_call_manager_cancel_local_invitation(alice.manager, first));
    CHECK_OK(rtm_call_manager_send_local_invitation(alice.manager, third));
    CHECK_COMES(&bob, R_CANCELED, 1, NULL);
    CHECK_COMES(&bob, R_RECEIVED, 2, NULL);
    CHECK_OK(rtm_local_call_invitation_release(first));
    CHECK_OK(rtm_local_call_invitation_release(second));
    CHECK_OK(rtm_local_call_invitation_release(third));
    party_close(&alice);
    party_close(&bob);
}

static void presence_is_asked_for_and_subscribed_to(void) {
    party me, bob;
    event answer;
    const char *peers[] = {"bob", "nobody"};
    int64_t number = 0;
    party_open(&me, "information", "me");
    party_open(&bob, "information", "bob");
    CHECK_OK(rtm_service_query_peers_online_status(me.service, peers, 2, &number));
    CHECK_COMES(&me, QUERY, 1, &answer);
    CHECK_INT(answer.code, RTM_QUERY_PEERS_ONLINE_STATUS_ERR_OK);
    CHECK_INT(answer.number, number);
    CHECK_INT(answer.more, 2);
    CHECK_TEXT(answer.text, "bob");
    CHECK_INT(answer.state, RTM_PEER_ONLINE_STATE_ONLINE);
    CHECK_OK(rtm_service_subscribe_peers_online_status(me.service, peers, 1, &number));
    CHECK_COMES(&me, SUBSCRIPTION, 1, &answer);
    CHECK_INT(answer.code, RTM_PEER_SUBSCRIPTION_STATUS_ERR_OK);
    CHECK_INT(answer.number, number);
    CHECK_COMES(&me, PRESENCE, 1, &answer);
    CHECK_INT(answer.code, RTM_PEER_ONLINE_STATE_ONLINE);
    party_link(&bob, 0);
    CHECK_COMES(&me, PRESENCE, 2, &answer);
    CHECK_INT(answer.code, RTM_PEER_ONLINE_STATE_UNREACHABLE);
    party_link(&bob, 1);
    CHECK_COMES(&me, PRESENCE, 3, &answer);
    CHECK_OK(rtm_service_logout(bob.service));
    CHECK_COMES(&me, PRESENCE, 4, &answer);
    CHECK_INT(answer.code, RTM_PEER_ONLINE_STATE_OFFLINE);
    CHECK_OK(rtm_service_unsubscribe_peers_online_status(me.service, peers, 1, NULL));
    CHECK_COMES(&me, SUBSCRIPTION, 2, NULL);
    party_login(&bob);
    party_fence(&me);
    CHECK_INT(party_count(&me, PRESENCE), 4);
    party_close(&me);
    party_close(&bob);
}

static const test tests[] = {
    TEST(version_and_features),
    TEST(every_number_has_its_name_and_text),
    TEST(last_error_is_a_sentence_of_this_thread),
    TEST(user_data_on_every_kind_of_object),
    TEST(an_open_invitation_is_found_by_its_peer_and_id),
    TEST(counters_count),
    TEST(bounds_answer_limit_reached_and_are_counted),
    TEST(presence_is_asked_for_and_subscribed_to),
};
RUN_TESTS("what the library tells about itself", tests)
