/* 1 000, 4 000 and 100 000 invitations sent at once deliver every callback, in order: not logged in, and over the hub.
 */
#include "party.h"

typedef struct tally {
    counter ended;
    rtm_local_call_invitation **invitations;
    long next, wrong, received;
} tally;

static tally *tally_new(long count) {
    tally *made = (tally *)calloc(1, sizeof *made);
    REQUIRE(made != NULL);
    counter_init(&made->ended);
    made->invitations = (rtm_local_call_invitation **)calloc((size_t)count, sizeof made->invitations[0]);
    REQUIRE(made->invitations != NULL);
    return made;
}

static void tally_free(tally *old) {
    counter_destroy(&old->ended);
    free(old->invitations);
    free(old);
}

static void on_failure(void *context, rtm_local_call_invitation *invitation, rtm_local_invitation_err error) {
    tally *mine = (tally *)context;
    if (invitation != mine->invitations[mine->next] || error != RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN)
        mine->wrong++;
    mine->next++;
    counter_add(&mine->ended, 1);
}

static void send_many_not_logged_in(long count) {
    rtm_service *service = NULL;
    rtm_call_manager *manager = NULL;
    rtm_call_event_handler handler;
    tally *mine = tally_new(count);
    long i;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.context = mine;
    handler.on_local_invitation_failure = on_failure;
    CHECK_OK(rtm_service_create(NULL, &service));
    CHECK_OK(rtm_service_get_call_manager(service, &handler, &manager));
    for (i = 0; i < count; i++) {
        CHECK_OK(rtm_call_manager_create_local_call_invitation(manager, "bob", &mine->invitations[i]));
        CHECK_OK(rtm_local_call_invitation_set_content(mine->invitations[i], "content"));
    }
    for (i = 0; i < count; i++) {
        CHECK_OK(rtm_call_manager_send_local_invitation(manager, mine->invitations[i]));
        if (i % 2 == 0) /* half are released at once, half after their service */
            CHECK_OK(rtm_local_call_invitation_release(mine->invitations[i]));
    }
    CHECK_REACHES(&mine->ended, count);
    CHECK_OK(rtm_service_release(service));
    CHECK_INT(mine->next, count);
    CHECK_INT(mine->wrong, 0);
    for (i = 1; i < count; i += 2)
        CHECK_OK(rtm_local_call_invitation_release(mine->invitations[i]));
    for (i = 0; i < count; i++)
        if (rtm_local_call_invitation_release(mine->invitations[i]) != RTM_ERR_STALE_HANDLE)
            CHECK(!"a released invitation is stale");
    tally_free(mine);
}

static void a_thousand_sends_deliver_every_callback_in_order(void) {
    send_many_not_logged_in(scaled(1000));
}
static void four_thousand_sends_deliver_every_callback_in_order(void) {
    send_many_not_logged_in(scaled(4000));
}
static void a_hundred_thousand_sends_deliver_every_callback_in_order(void) {
    send_many_not_logged_in(scaled(100000));
}

static void on_received_by_peer(void *context, rtm_local_call_invitation *invitation) {
    (void)invitation;
    ((tally *)context)->received++;
}

static void on_refused(void *context, rtm_local_call_invitation *invitation, const char *response) {
    tally *mine = (tally *)context;
    long place = -1;
    if (sscanf(rtm_local_call_invitation_get_content(invitation), "%ld", &place) != 1 ||
        strcmp(response, "busy") != 0 || invitation != mine->invitations[place])
        mine->wrong++;
    counter_add(&mine->ended, 1);
}

static void refuse_at_once(void *context, rtm_remote_call_invitation *invitation) {
    tally *mine = (tally *)context;
    long place = -1;
    if (sscanf(rtm_remote_call_invitation_get_content(invitation), "%ld", &place) != 1 || place != mine->next)
        mine->wrong++;
    mine->next++;
    CHECK_OK(rtm_remote_call_invitation_set_response(invitation, "busy"));
    CHECK_OK(rtm_call_manager_refuse_remote_invitation(*(rtm_call_manager **)mine->invitations, invitation));
    CHECK_OK(rtm_remote_call_invitation_release(invitation));
}

static void count_refused(void *context, rtm_remote_call_invitation *invitation) {
    (void)invitation;
    counter_add(&((tally *)context)->ended, 1);
}

/* Over the hub: every one rings, in order, is refused, and ends once on both sides. */
static void many_sends_over_the_hub_end_once_on_both_sides(void) {
    const long count = scaled(5000);
    rtm_service_config config = config_of();
    rtm_call_event_handler handler;
    party alice, bob;
    tally *caller = tally_new(count), *callee = tally_new(1);
    long i;
    config.max_open_per_peer = 100000;
    party_open_with(&alice, "queued", "alice", &config);
    party_open_with(&bob, "queued", "bob", &config);
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.context = caller;
    handler.on_local_invitation_received_by_peer = on_received_by_peer;
    handler.on_local_invitation_refused = on_refused;
    CHECK_OK(rtm_service_get_call_manager(alice.service, &handler, &alice.manager));
    *(rtm_call_manager **)callee->invitations = bob.manager;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.context = callee;
    handler.on_remote_invitation_received = refuse_at_once;
    handler.on_remote_invitation_refused = count_refused;
    CHECK_OK(rtm_service_get_call_manager(bob.service, &handler, &bob.manager));
    for (i = 0; i < count; i++) {
        char content[30];
        snprintf(content, sizeof content, "%ld", i);
        caller->invitations[i] = party_creates(&alice, "bob");
        CHECK_OK(rtm_local_call_invitation_set_content(caller->invitations[i], content));
    }
    for (i = 0; i < count; i++)
        CHECK_OK(rtm_call_manager_send_local_invitation(alice.manager, caller->invitations[i]));
    CHECK_REACHES(&caller->ended, count);
    CHECK_REACHES(&callee->ended, count);
    for (i = 0; i < count; i++)
        CHECK_OK(rtm_local_call_invitation_release(caller->invitations[i]));
    party_close(&alice);
    party_close(&bob);
    CHECK_INT(counter_get(&caller->ended), count);
    CHECK_INT(counter_get(&callee->ended), count);
    CHECK_INT(caller->received, count);
    CHECK_INT(callee->next, count);
    CHECK_INT(caller->wrong, 0);
    CHECK_INT(callee->wrong, 0);
    tally_free(caller);
    tally_free(callee);
}

static const test tests[] = {
    TEST(a_thousand_sends_deliver_every_callback_in_order),
    TEST(four_thousand_sends_deliver_every_callback_in_order),
    TEST(a_hundred_thousand_sends_deliver_every_callback_in_order),
    TEST(many_sends_over_the_hub_end_once_on_both_sides),
};
RUN_TESTS("many invitations sent at once", tests)
