/* A callback that does not return for as long as one likes (here: until the test opens a door; more than 6 s in life)
 * holds up the callbacks of its own service, those of neighbours on shared workers as documented, and never the
 * protocol. */
#include "party.h"

static counter blocked, door;

static void open_door(void) {
    counter_init(&blocked);
    counter_init(&door);
}

static void close_door(void) {
    counter_destroy(&blocked);
    counter_destroy(&door);
}

static void block_on_message(party *me, const event *happened) {
    (void)me;
    if (happened->kind != MESSAGE)
        return;
    counter_add(&blocked, 1);
    counter_reaches(&door, 1, 4 * bound_ms());
}

static void block_with(party *blocker, party *who) {
    rtm_message *message = NULL;
    int64_t before = counter_get(&blocked);
    CHECK_OK(rtm_service_create_text_message(who->service, "block", &message));
    CHECK_OK(rtm_service_send_message_to_peer(who->service, blocker->user, message, NULL));
    CHECK_REACHES(&blocked, before + 1);
    CHECK_OK(rtm_message_release(message));
}

/* A call from start to end, and all its callbacks. */
static void call_through(party *caller, party *callee) {
    event rung;
    size_t mine = party_count(caller, L_ACCEPTED), theirs = party_count(callee, R_RECEIVED);
    size_t confirmed = party_count(callee, R_ACCEPTED);
    rtm_local_call_invitation *local = party_rings(caller, callee->user, "x");
    CHECK_COMES(callee, R_RECEIVED, theirs + 1, &rung);
    CHECK_OK(rtm_call_manager_accept_remote_invitation(callee->manager, rung.remote));
    CHECK_COMES(caller, L_ACCEPTED, mine + 1, NULL);
    CHECK_COMES(callee, R_ACCEPTED, confirmed + 1, NULL);
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
}

static void a_blocked_callback_does_not_hurt_the_protocol(void) {
    party bob, alice, carol, dave;
    rtm_local_call_invitation *to_bob, *from_bob;
    rtm_remote_call_invitation *at_bob = NULL;
    event end;
    size_t before;
    char id[33];
    open_door();
    party_open(&bob, "slow", "bob");
    party_open(&alice, "slow", "alice");
    party_open(&carol, "slow", "carol");
    party_open(&dave, "slow", "dave");
    party_hooks(&bob, block_on_message, NULL);
    block_with(&bob, &alice);
    before = party_mark(&bob);

    /* Others ring each other meanwhile. */
    call_through(&carol, &dave);
    call_through(&dave, &carol);

    /* Bob's library acknowledges what arrives, by itself. */
    to_bob = party_rings(&alice, "bob", "to bob");
    CHECK_COMES(&alice, L_RECEIVED, 1, NULL);
    CHECK_INT(local_state(to_bob), RTM_LOCAL_INVITATION_STATE_RECEIVED_BY_REMOTE);

    /* Bob's application can answer it from another thread: it finds it by its id. */
    snprintf(id, sizeof id, "%s", rtm_local_call_invitation_get_id(to_bob));
    CHECK_OK(rtm_call_manager_find_remote_call_invitation(bob.manager, "alice", id, &at_bob));
    CHECK_INT(remote_state(at_bob), RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED);
    CHECK_OK(rtm_call_manager_accept_remote_invitation(bob.manager, at_bob));
    CHECK_COMES(&alice, L_ACCEPTED, 1, NULL);
    CHECK_INT(remote_state(at_bob), RTM_REMOTE_INVITATION_STATE_ACCEPTED); /* confirmed, though Bob was not told yet */

    /* His own invitation rings, is accepted and confirmed. */
    from_bob = party_rings(&bob, "alice", "from bob");
    CHECK_COMES(&alice, R_RECEIVED, 1, &end);
    CHECK_OK(rtm_call_manager_accept_remote_invitation(alice.manager, end.remote));
    CHECK_COMES(&alice, R_ACCEPTED, 1, NULL);
    CHECK_INT(local_state(from_bob), RTM_LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE);

    /* Timers run: one that nobody answers expires on both sides. */
    CHECK_OK(rtm_local_call_invitation_release(to_bob));
    to_bob = party_creates(&alice, "bob");
    CHECK_OK(rtm_local_call_invitation_set_ring_timeout(to_bob, 100));
    CHECK_OK(rtm_call_manager_send_local_invitation(alice.manager, to_bob));
    CHECK_COMES(&alice, L_FAILURE, 1, &end);
    CHECK_INT(end.code, RTM_LOCAL_INVITATION_ERR_INVITATION_EXPIRE);

    CHECK_INT(party_mark(&bob), before); /* all this time Bob was told nothing */
    CHECK(stats_of(&bob).callbacks_waiting >= 6);
    counter_set(&door, 1);
    CHECK_COMES(&bob, R_FAILURE, 1, NULL);
    party_fence(&bob);
    CHECK_STORY(&bob, before, "R_RECEIVED R_ACCEPTED L_RECEIVED L_ACCEPTED R_RECEIVED R_FAILURE RENEW");
    CHECK_INT(stats_of(&bob).callbacks_waiting, 0);
    CHECK_OK(rtm_local_call_invitation_release(to_bob));
    CHECK_OK(rtm_local_call_invitation_release(from_bob));
    party_close(&bob);
    party_close(&alice);
    party_close(&carol);
    party_close(&dave);
    close_door();
}

/* Two shared workers: one blocked callback leaves one for the others; two blocked hold up the callbacks of all
 * neighbours, and still nothing else. A service with a worker of its own is not affected. */
static void shared_workers_are_held_up_only_as_documented(void) {
    party one, two, three, own;
    rtm_service_config shared = config_of();
    rtm_local_call_invitation *ringing;
    size_t before;
    open_door();
    CHECK_STATUS(rtm_set_shared_workers(0), RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT);
    CHECK_OK(rtm_set_shared_workers(2));
    CHECK_STATUS(rtm_set_shared_workers(3), RTM_ERR_INVALID_STATE); /* once in a process */
    shared.delivery = RTM_DELIVERY_SHARED;
    party_open_with(&one, "slow", "one", &shared);
    party_open_with(&two, "slow", "two", &shared);
    party_open_with(&three, "slow", "three", &shared);
    party_open(&own, "slow", "own");
    party_hooks(&one, block_on_message, NULL);
    party_hooks(&two, block_on_message, NULL);

    block_with(&one, &own);
    call_through(&two, &three); /* the second worker serves both */
    call_through(&own, &three);

    block_with(&two, &own); /* now both workers are blocked */
    before = party_mark(&three);
    ringing = party_rings(&own, "three", "x");
    CHECK_COMES(&own, L_RECEIVED, 1, NULL); /* the protocol goes on, and the callbacks of the own worker */
    party_fence(&own);
    CHECK_INT(party_mark(&three), before);
    CHECK(stats_of(&three).callbacks_waiting > 0);
    counter_set(&door, 1);
    CHECK_COMES(&three, R_RECEIVED, 3, NULL);
    CHECK_OK(rtm_local_call_invitation_release(ringing));
    party_close(&one);
    party_close(&two);
    party_close(&three);
    party_close(&own);
    close_door();
}

/* Releasing a shared service does not wait for its neighbours' callbacks. */
static void release_does_not_wait_for_neighbours(void) {
    party one, two, three, own;
    rtm_service_config shared = config_of();
    open_door();
    shared.delivery = RTM_DELIVERY_SHARED;
    party_open_with(&one, "slow", "one", &shared);
    party_open_with(&two, "slow", "two", &shared);
    party_open_with(&three, "slow", "three", &shared);
    party_open(&own, "slow", "own");
    party_hooks(&one, block_on_message, NULL);
    party_hooks(&two, block_on_message, NULL);
    block_with(&one, &own);
    block_with(&two, &own);
    CHECK_OK(rtm_local_call_invitation_release(party_rings(&three, "own", "x")));
    CHECK_COMES(&own, R_RECEIVED, 1, NULL);
    party_close(&three); /* both workers are blocked: this thread delivers the rest */
    CHECK_COMES(&own, R_CANCELED, 1, NULL);
    counter_set(&door, 1);
    party_close(&one);
    party_close(&two);
    party_close(&own);
    close_door();
}

static const test tests[] = {
    TEST(a_blocked_callback_does_not_hurt_the_protocol),
    TEST(shared_workers_are_held_up_only_as_documented),
    TEST(release_does_not_wait_for_neighbours),
};
RUN_TESTS("callbacks that take long", tests)
