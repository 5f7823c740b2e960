/* Parameters good and bad, and which carrier is chosen: configuration, parameters, RTM_CALL_URL, hub://. */
#include "party.h"

#define INVALID RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT

static void set_variable(const char *value) {
#ifdef _WIN32
    _putenv_s("RTM_CALL_URL", value != NULL ? value : ""); /* for getenv() and the system both */
#else
    if (value != NULL)
        setenv("RTM_CALL_URL", value, 1);
    else
        unsetenv("RTM_CALL_URL");
#endif
}

static void parameters_good_and_bad(void) {
    party me;
    size_t i;
    static const char *const good[] = {
        "{}",
        " { \"rtm_call.ring_timeout_ms\" : 1 } ",
        "{\"rtm_call.ring_timeout_ms\": 4294967295}",
        "{\"rtm_call.acknowledge_timeout_ms\": 30000, \"rtm_call.accept_timeout_ms\": 5000}",
        "{\"rtm_call.login_timeout_ms\": 12000, \"rtm_call.grace_ms\": 15000}",
        "{\"rtm_call.max_open_invitations\": 100000}",
        "{\"rtm_call.max_remembered_invitations\": 1000000}",
        "{\"rtm_call.ladder_entries\": 0}",
        "{\"rtm_call.ladder_entries\": 1024}",
        "{\"rtm_call.url\": \"hub://settings\"}",
        "{\"rtm.log_filter\": 15, \"anything else\": [1, {\"x\": null}]}",
    };
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "1",
        "null",
        "\"x\"",
        "{\"rtm_call.ring_timeout_ms\": 1} x",
        "{\"rtm_call.ring_timeout_ms\": 0}",
        "{\"rtm_call.ring_timeout_ms\": -1}",
        "{\"rtm_call.ring_timeout_ms\": 1.5}",
        "{\"rtm_call.ring_timeout_ms\": 4294967296}",
        "{\"rtm_call.ring_timeout_ms\": \"1000\"}",
        "{\"rtm_call.ring_timeout_ms\": null}",
        "{\"rtm_call.max_open_invitations\": 0}",
        "{\"rtm_call.ladder_entries\": 1025}",
        "{\"rtm_call.ladder_entries\": -1}",
        "{\"rtm_call.ladder_entries\": \"16\"}",
        "{\"rtm_call.no_such_thing\": 1}",
        "{\"rtm_call.\": 1}",
        "{\"rtm_call.url\": 1}",
        "{\"rtm_call.url\": \"no scheme\"}",
    };
    party_create(&me, "settings", "me", NULL);
    for (i = 0; i < sizeof good / sizeof good[0]; i++)
        check_status(__FILE__, __LINE__, rtm_service_set_parameters(me.service, good[i]), RTM_OK, good[i]);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        check_status(__FILE__, __LINE__, rtm_service_set_parameters(me.service, bad[i]), INVALID, bad[i]);
        CHECK(rtm_last_error()[0] != 0);
    }
    CHECK_STATUS(rtm_service_set_parameters(me.service, "{\"rtm_call.ring_timeout_ms\": 0}"), INVALID);
    CHECK(strstr(rtm_last_error(), "rtm_call.ring_timeout_ms") != NULL);
    CHECK_STATUS(rtm_service_set_parameters(me.service, "{\"rtm_call.url\": \"gopher://x\"}"), RTM_ERR_UNSUPPORTED);
    party_close(&me);
}

/* A wrong value changes nothing, not even what stands before it. */
static void a_ring_timeout_by_parameters_holds_from_then_on(void) {
    party alice, bob;
    event end;
    rtm_local_call_invitation *before, *after;
    party_open(&alice, "settings", "alice");
    party_open(&bob, "settings", "bob");
    before = party_rings(&alice, "bob", "before");
    CHECK_COMES(&alice, L_RECEIVED, 1, NULL);
    CHECK_STATUS(rtm_service_set_parameters(
                     alice.service, "{\"rtm_call.ring_timeout_ms\": 100, \"rtm_call.accept_timeout_ms\": \"x\"}"),
                 INVALID);
    CHECK_OK(rtm_service_set_parameters(alice.service, "{\"rtm_call.ring_timeout_ms\": 100}"));
    after = party_rings(&alice, "bob", "after");
    CHECK_COMES(&alice, L_FAILURE, 1, &end);
    CHECK(end.local == after);
    CHECK_INT(end.code, RTM_LOCAL_INVITATION_ERR_INVITATION_EXPIRE);
    CHECK_INT(local_state(before), RTM_LOCAL_INVITATION_STATE_RECEIVED_BY_REMOTE);
    CHECK_STATUS(rtm_service_set_parameters(alice.service, "{\"rtm_call.url\": \"hub://other\"}"),
                 RTM_ERR_INVALID_STATE);
    CHECK_OK(rtm_local_call_invitation_release(before));
    CHECK_OK(rtm_local_call_invitation_release(after));
    party_close(&alice);
    party_close(&bob);
}

/* Whether `me`, a service with this configuration and these parameters, logs in on that hub: "there" sees it online. */
static void check_on_hub(const char *config_url, const char *parameters, const char *variable, const char *hub) {
    party me, there;
    rtm_service_config config = config_of();
    rtm_service_event_handler handler;
    const char *peers[] = {"me"};
    event answer;
    set_variable(NULL);
    party_open(&there, hub, "there");
    party_init(&me, "settings", "me");
    config.url = config_url;
    CHECK_OK(rtm_service_create(&config, &me.service));
    handler = party_service_handler(&me);
    CHECK_OK(rtm_service_initialize(me.service, APP_ID, &handler));
    me.service_drops_wanted = 1;
    if (parameters != NULL)
        CHECK_OK(rtm_service_set_parameters(me.service, parameters));
    set_variable(variable);
    party_login(&me);
    set_variable(NULL);
    CHECK_OK(rtm_service_query_peers_online_status(there.service, peers, 1, NULL));
    CHECK_COMES(&there, QUERY, 1, &answer);
    if (answer.state != RTM_PEER_ONLINE_STATE_ONLINE)
        check_failed(__FILE__, __LINE__, "config %s, parameters %s, variable %s: not on hub://%s",
                     config_url ? config_url : "NULL", parameters ? parameters : "NULL", variable ? variable : "NULL",
                     hub);
    party_close(&me);
    party_close(&there);
}

static void the_carrier_is_chosen_in_order(void) {
    const char *by_parameters = "{\"rtm_call.url\": \"hub://parameters\"}";
    check_on_hub("hub://config", by_parameters, "hub://variable", "config");
    check_on_hub(NULL, by_parameters, "hub://variable", "parameters");
    check_on_hub("", by_parameters, NULL, "parameters");
    check_on_hub(NULL, NULL, "hub://variable", "variable");
    check_on_hub("", NULL, "hub://variable", "variable");
    check_on_hub(NULL, NULL, NULL, "");
    check_on_hub(NULL, NULL, "", "");
    check_on_hub("hub://config", NULL, "nonsense", "config");
}

static void a_variable_that_names_no_carrier_fails_the_login(void) {
    party me;
    rtm_service_event_handler handler;
    party_init(&me, "settings", "me");
    CHECK_OK(rtm_service_create(NULL, &me.service));
    handler = party_service_handler(&me);
    CHECK_OK(rtm_service_initialize(me.service, APP_ID, &handler));
    me.service_drops_wanted = 1;
    set_variable("gopher://user:password@host");
    CHECK_STATUS(rtm_service_login(me.service, NULL, "me"), RTM_ERR_UNSUPPORTED);
    CHECK(strstr(rtm_last_error(), "password") == NULL);
    set_variable("nonsense");
    CHECK_STATUS(rtm_service_login(me.service, NULL, "me"), INVALID);
    set_variable(NULL);
    party_login(&me); /* and then it works */
    CHECK_STORY(&me, 0, "CONNECTION CONNECTION LOGIN_SUCCESS");
    party_close(&me);
}

/* The app id partitions the carrier. */
static void users_of_another_app_id_are_not_there(void) {
    party me, other;
    rtm_service_event_handler handler;
    rtm_service_config config = config_of();
    const char *peers[] = {"other"};
    event answer;
    party_open(&me, "settings", "me");
    party_init(&other, "settings", "other");
    config.url = "hub://settings";
    CHECK_OK(rtm_service_create(&config, &other.service));
    handler = party_service_handler(&other);
    CHECK_OK(rtm_service_initialize(other.service, "another", &handler));
    other.service_drops_wanted = 1;
    party_login(&other);
    CHECK_OK(rtm_service_query_peers_online_status(me.service, peers, 1, NULL));
    CHECK_COMES(&me, QUERY, 1, &answer);
    CHECK_INT(answer.state, RTM_PEER_ONLINE_STATE_OFFLINE);
    party_close(&me);
    party_close(&other);
}

static const test tests[] = {
    TEST(parameters_good_and_bad),
    TEST(a_ring_timeout_by_parameters_holds_from_then_on),
    TEST(the_carrier_is_chosen_in_order),
    TEST(a_variable_that_names_no_carrier_fails_the_login),
    TEST(users_of_another_app_id_are_not_there),
};
RUN_TESTS("parameters and the choice of the carrier", tests)
