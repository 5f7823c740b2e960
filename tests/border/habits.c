/* What real applications do with the original, and must be able to go on doing. */
#include "party.h"

static counter seen;

/* Invitation handles are used on another thread long after the callback returned, and released at the very end. */
typedef struct keeper {
    party *me;
    rtm_remote_call_invitation *kept[8];
} keeper;

static void use_later(void *context) {
    keeper *mine = (keeper *)context;
    int i;
    for (i = 0; i < 8; i++) {
        CHECK_TEXT(rtm_remote_call_invitation_get_caller_id(mine->kept[i]), "alice");
        CHECK_TEXT(rtm_remote_call_invitation_get_content(mine->kept[i]), "content");
        CHECK_INT(remote_state(mine->kept[i]),
                  i < 4 ? RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED : RTM_REMOTE_INVITATION_STATE_CANCELED);
        CHECK_STATUS(rtm_call_manager_refuse_remote_invitation(mine->me->manager, mine->kept[i]),
                     i < 4 ? RTM_OK : RTM_INVITATION_API_CALL_ERR_ALREADY_END);
        CHECK_OK(rtm_remote_call_invitation_release(mine->kept[i]));
    }
}

static void remote_invitations_are_used_on_another_thread_later(void) {
    party alice, bob;
    keeper k;
    thread t;
    int i;
    party_open(&alice, "habits", "alice");
    party_open(&bob, "habits", "bob");
    k.me = &bob;
    for (i = 0; i < 8; i++) {
        event rung;
        rtm_local_call_invitation *local = party_rings(&alice, "bob", "content");
        CHECK_COMES(&bob, R_RECEIVED, (size_t)i + 1, &rung);
        k.kept[i] = rung.remote;
        if (i >= 4)
            CHECK_OK(rtm_call_manager_cancel_local_invitation(alice.manager, local));
        CHECK_OK(rtm_local_call_invitation_release(local));
    }
    CHECK_COMES(&bob, R_CANCELED, 4, NULL);
    party_fence(&bob);
    thread_start(&t, use_later, &k);
    thread_join(&t);
    CHECK_COMES(&alice, L_REFUSED, 4, NULL);
    party_close(&alice);
    party_close(&bob);
}

static void cancel_of_an_ended_invitation_then_release(void) {
    party alice, bob;
    event rung;
    rtm_local_call_invitation *local;
    party_open(&alice, "habits", "alice");
    party_open(&bob, "habits", "bob");
    local = party_rings(&alice, "bob", "content");
    CHECK_COMES(&bob, R_RECEIVED, 1, &rung);
    CHECK_OK(rtm_call_manager_refuse_remote_invitation(bob.manager, rung.remote));
    CHECK_COMES(&alice, L_REFUSED, 1, NULL);
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(alice.manager, local),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    party_fence(&alice); /* the callback has returned */
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(alice.manager, local), RTM_ERR_STALE_HANDLE);
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&alice);
    party_close(&bob);
}

static void refuse_as_busy(party *me, const event *happened) {
    if (happened->kind != R_RECEIVED)
        return;
    CHECK_OK(rtm_remote_call_invitation_set_response(happened->remote, "{\"Reason\":\"busy\"}"));
    CHECK_OK(rtm_call_manager_refuse_remote_invitation(me->manager, happened->remote));
}

/* Bounded only by memory; the process ends with them. */
static void refused_remote_invitations_are_never_released(void) {
    party alice, bob;
    const long count = scaled(2000);
    long i;
    party_open(&alice, "habits", "alice");
    party_open(&bob, "habits", "bob");
    party_hooks(&bob, refuse_as_busy, NULL);
    for (i = 0; i < count; i++)
        CHECK_OK(rtm_local_call_invitation_release(party_rings(&alice, "bob", "content")));
    CHECK_COMES(&alice, L_REFUSED, (size_t)count, NULL);
    CHECK_COMES(&bob, R_REFUSED, (size_t)count, NULL);
    party_fence(&bob);
    CHECK_INT(stats_of(&bob).open_remote_invitations, 0);
    for (i = 0; i < count; i += 97) {
        event end;
        CHECK_COMES(&bob, R_REFUSED, (size_t)i + 1, &end);
        CHECK_TEXT(rtm_remote_call_invitation_get_content(end.remote), "content");
        CHECK_INT(remote_state(end.remote), RTM_REMOTE_INVITATION_STATE_REFUSED);
    }
    party_close(&alice);
    party_close(&bob);
}

static void read_all_getters(party *me, const event *happened) {
    (void)me;
    if (happened->local == NULL)
        return;
    CHECK_TEXT(rtm_local_call_invitation_get_callee_id(happened->local), "bob");
    CHECK_TEXT(rtm_local_call_invitation_get_content(happened->local), "{\"Mode\":0}");
    CHECK_TEXT(rtm_local_call_invitation_get_channel_id(happened->local), "channel");
    CHECK(rtm_local_call_invitation_get_response(happened->local) != NULL);
    CHECK_INT(strlen(rtm_local_call_invitation_get_id(happened->local)), 32);
    counter_add(&seen, 1);
}

static void answer_inside(party *me, const event *happened) {
    if (happened->kind != R_RECEIVED)
        return;
    CHECK_TEXT(rtm_remote_call_invitation_get_caller_id(happened->remote), "alice");
    CHECK_TEXT(rtm_remote_call_invitation_get_channel_id(happened->remote), "channel");
    CHECK_OK(rtm_remote_call_invitation_set_response(happened->remote, "ok"));
    CHECK_OK(rtm_call_manager_accept_remote_invitation(me->manager, happened->remote));
}

/* Create, set channel and content, send, release at once, and read everything in later callbacks. */
static void sent_and_released_at_once_everything_is_read_later(void) {
    party alice, bob;
    rtm_local_call_invitation *local;
    event end;
    counter_init(&seen);
    party_open(&alice, "habits", "alice");
    party_open(&bob, "habits", "bob");
    party_hooks(&alice, read_all_getters, NULL);
    party_hooks(&bob, answer_inside, NULL);
    local = party_creates(&alice, "bob");
    CHECK_OK(rtm_local_call_invitation_set_channel_id(local, "channel"));
    CHECK_OK(rtm_local_call_invitation_set_content(local, "{\"Mode\":0}"));
    CHECK_OK(rtm_call_manager_send_local_invitation(alice.manager, local));
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_COMES(&alice, L_ACCEPTED, 1, &end);
    CHECK_TEXT(end.text, "ok");
    CHECK_REACHES(&seen, 2);
    party_close(&alice);
    party_close(&bob);
    counter_destroy(&seen);
}

static void ring_on_login(party *me, const event *happened) {
    if (happened->kind == LOGIN_SUCCESS)
        CHECK_OK(rtm_local_call_invitation_release(party_rings(me, "bob", "content")));
}

/* The manager before the login succeeded, a send inside onLoginSuccess. */
static void a_send_inside_login_success_rings(void) {
    party alice, bob;
    event rung;
    party_open(&bob, "habits", "bob");
    party_create(&alice, "habits", "alice", NULL);
    party_hooks(&alice, ring_on_login, NULL);
    party_login(&alice);
    CHECK_COMES(&bob, R_RECEIVED, 1, &rung);
    CHECK_COMES(&alice, L_RECEIVED, 1, NULL);
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&alice);
    party_close(&bob);
}

/* Connection lost: the handler is changed, the user logs out and in again; then manager, logout, service, in that
 * order. */
static void the_handler_changes_and_the_session_begins_anew(void) {
    party alice, bob, next;
    rtm_call_event_handler handler;
    rtm_local_call_invitation *local;
    event rung;
    party_open(&alice, "habits", "alice");
    party_open(&bob, "habits", "bob");
    party_init(&next, "habits", "next");
    party_link(&alice, 0);
    CHECK_COMES(&alice, CONNECTION, 3, NULL);
    handler = party_call_handler(&next);
    CHECK_OK(rtm_service_get_call_manager(alice.service, &handler, &alice.manager));
    CHECK_OK(rtm_service_logout(alice.service));
    CHECK_COMES(&alice, LOGOUT, 1, NULL);
    party_login(&alice);
    local = party_rings(&alice, "bob", "content");
    CHECK_COMES(&next, L_RECEIVED, 1, NULL);
    CHECK_COMES(&bob, R_RECEIVED, 1, &rung);
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_call_manager_release(alice.manager));
    CHECK_INT(counter_get(&next.call_drops), 1);
    CHECK_OK(rtm_service_logout(alice.service));
    CHECK_COMES(&alice, LOGOUT, 2, NULL);
    CHECK_COMES(&bob, R_CANCELED, 1, NULL);
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&alice);
    party_close(&bob);
    next.call_drops_wanted = 1;
    party_bury(&next);
}

/* Several between the same two, in both directions, at once: each has its own end. */
static void several_invitations_between_the_same_two_are_kept_apart(void) {
    enum { SEVERAL = 12 };
    party alice, bob;
    rtm_local_call_invitation *from_alice[SEVERAL], *from_bob[SEVERAL];
    int i;
    party_open(&alice, "habits", "alice");
    party_open(&bob, "habits", "bob");
    for (i = 0; i < SEVERAL; i++) {
        char content[20];
        snprintf(content, sizeof content, "%d", i);
        from_alice[i] = party_rings(&alice, "bob", content);
        from_bob[i] = party_rings(&bob, "alice", content);
    }
    for (i = 0; i < SEVERAL; i++) {
        event at_bob, at_alice;
        CHECK_COMES(&bob, R_RECEIVED, (size_t)i + 1, &at_bob);
        CHECK_COMES(&alice, R_RECEIVED, (size_t)i + 1, &at_alice);
        CHECK_INT(atoi(at_bob.text), i);
        CHECK_TEXT(at_bob.id, rtm_local_call_invitation_get_id(from_alice[i]));
        CHECK_OK(rtm_remote_call_invitation_set_response(at_bob.remote, at_bob.text));
        if (i % 3 == 0)
            CHECK_OK(rtm_call_manager_accept_remote_invitation(bob.manager, at_bob.remote));
        else if (i % 3 == 1)
            CHECK_OK(rtm_call_manager_refuse_remote_invitation(bob.manager, at_bob.remote));
        else
            CHECK_OK(rtm_call_manager_cancel_local_invitation(alice.manager, from_alice[i]));
        CHECK_OK(rtm_call_manager_refuse_remote_invitation(alice.manager, at_alice.remote));
        CHECK_OK(rtm_remote_call_invitation_release(at_bob.remote));
        CHECK_OK(rtm_remote_call_invitation_release(at_alice.remote));
    }
    CHECK_COMES(&alice, L_ACCEPTED, SEVERAL / 3, NULL);
    CHECK_COMES(&alice, L_REFUSED, SEVERAL / 3, NULL);
    CHECK_COMES(&alice, L_CANCELED, SEVERAL / 3, NULL);
    CHECK_COMES(&bob, L_REFUSED, SEVERAL, NULL);
    for (i = 0; i < SEVERAL; i++) {
        char content[20];
        static const rtm_local_invitation_state ends[] = {RTM_LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE,
                                                          RTM_LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE,
                                                          RTM_LOCAL_INVITATION_STATE_CANCELED};
        snprintf(content, sizeof content, "%d", i);
        CHECK_INT(local_state(from_alice[i]), ends[i % 3]);
        CHECK_TEXT(rtm_local_call_invitation_get_response(from_alice[i]), i % 3 == 2 ? "" : content);
        CHECK_INT(local_state(from_bob[i]), RTM_LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE);
        CHECK_OK(rtm_local_call_invitation_release(from_alice[i]));
        CHECK_OK(rtm_local_call_invitation_release(from_bob[i]));
    }
    party_close(&alice);
    party_close(&bob);
}

/* The last test: the process ends with a live service, a ringing call, and nothing released. */
static void nothing_is_ever_released(void) {
    static party alice, bob;
    party_open(&alice, "habits", "alice");
    party_open(&bob, "habits", "bob");
    party_rings(&alice, "bob", "content");
    CHECK_COMES(&bob, R_RECEIVED, 1, NULL);
}

static const test tests[] = {
    TEST(remote_invitations_are_used_on_another_thread_later),
    TEST(cancel_of_an_ended_invitation_then_release),
    TEST(refused_remote_invitations_are_never_released),
    TEST(sent_and_released_at_once_everything_is_read_later),
    TEST(a_send_inside_login_success_rings),
    TEST(the_handler_changes_and_the_session_begins_anew),
    TEST(several_invitations_between_the_same_two_are_kept_apart),
    TEST(nothing_is_ever_released),
};
RUN_TESTS("what real applications do", tests)
