/* A program that was compiled with the header of a later version, whose structs have grown (cmake/abi_tests.cmake makes
 * that header), on this library: what the program leaves at zero is as if it were not there; what it asks for is
 * refused. */
#include "party.h"

#define LATER 4

static void what_a_later_header_asks_for_is_refused(void) {
    rtm_service_config config;
    rtm_service_event_handler events;
    rtm_call_event_handler calls;
    rtm_log_handler log;
    rtm_hub_faults faults;
    rtm_service *service = NULL, *other = NULL;
    rtm_call_manager *manager = NULL;
    uint64_t id = 0;
    int i;
    memset(&config, 0, sizeof config);
    config.struct_size = sizeof config;
    CHECK_OK(rtm_service_create(&config, &service));
    for (i = 0; i < LATER; i++) {
        memset(&config, 0, sizeof config);
        config.struct_size = sizeof config;
        config.of_a_later_version[i] = 1;
        CHECK_STATUS(rtm_service_create(&config, &other), RTM_ERR_UNSUPPORTED);
        CHECK(other == NULL && strstr(rtm_last_error(), "does not know") != NULL);

        memset(&events, 0, sizeof events);
        events.struct_size = sizeof events;
        events.of_a_later_version[i] = 1;
        CHECK_STATUS(rtm_service_add_event_handler(service, &events, &id), RTM_ERR_UNSUPPORTED);

        memset(&calls, 0, sizeof calls);
        calls.struct_size = sizeof calls;
        calls.of_a_later_version[i] = 1;
        CHECK_STATUS(rtm_service_get_call_manager(service, &calls, &manager), RTM_ERR_UNSUPPORTED);

        memset(&log, 0, sizeof log);
        log.struct_size = sizeof log;
        log.of_a_later_version[i] = 1;
        CHECK_STATUS(rtm_service_set_log_handler(service, &log), RTM_ERR_UNSUPPORTED);

        memset(&faults, 0, sizeof faults);
        faults.struct_size = sizeof faults;
        faults.of_a_later_version[i] = 1;
        CHECK_STATUS(rtm_hub_set_faults("newer", APP_ID, &faults), RTM_ERR_UNSUPPORTED);
    }
    CHECK_OK(rtm_service_release(service));
}

static void what_a_later_header_would_have_told_is_zero(void) {
    party alice;
    rtm_service_stats stats;
    rtm_hub_stats hub;
    int i;
    party_open(&alice, "newer", "alice");
    memset(&stats, 0xa5, sizeof stats);
    stats.struct_size = sizeof stats;
    CHECK_OK(rtm_service_get_stats(alice.service, &stats));
    memset(&hub, 0xa5, sizeof hub);
    hub.struct_size = sizeof hub;
    CHECK_OK(rtm_hub_get_stats("newer", APP_ID, &hub));
    CHECK_INT(stats.struct_size, sizeof stats);
    CHECK_INT(hub.struct_size, sizeof hub);
    for (i = 0; i < LATER; i++) {
        CHECK_INT(stats.of_a_later_version[i], 0);
        CHECK_INT(hub.of_a_later_version[i], 0);
    }
    party_close(&alice);
}

static const test tests[] = {
    TEST(what_a_later_header_asks_for_is_refused),
    TEST(what_a_later_header_would_have_told_is_zero),
};
RUN_TESTS("a program of a later version", tests)
