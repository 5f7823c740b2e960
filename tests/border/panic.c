/* A panic in the library does not cross the border: that service ends its invitations with the reason `error`, answers
 * only that, and can be released; all others go on. Needs the planted panic. */
#include "functions.h"

#ifndef RTM_CALL_PLANTED
int main(void) {
    printf("skipped: this build has no planted bugs\n");
    return 0;
}
#else

#ifdef __cplusplus
extern "C"
#else
extern
#endif
    rtm_status
    rtm_planted_panic(rtm_service *service);

static void a_panic_ends_its_service_and_no_other(void) {
    party me, bob, carol;
    event rung, end;
    rtm_local_call_invitation *mine, *idle;
    rtm_remote_call_invitation *at_me;
    rtm_service_stats stats;
    party_open(&me, "panic", "me");
    party_open(&bob, "panic", "bob");
    party_open(&carol, "panic", "carol");
    mine = party_rings(&me, "bob", "content");
    idle = party_creates(&me, "bob");
    CHECK_COMES(&me, L_RECEIVED, 1, NULL);
    CHECK_OK(rtm_local_call_invitation_release(party_rings(&bob, "me", "x")));
    CHECK_COMES(&me, R_RECEIVED, 1, &rung);
    at_me = rung.remote;

    CHECK_STATUS(rtm_planted_panic(me.service), RTM_ERR_PANICKED);

    CHECK_COMES(&me, L_FAILURE, 1, &end);
    CHECK_INT(end.reason, RTM_END_REASON_ERROR);
    CHECK_INT(end.state, RTM_LOCAL_INVITATION_STATE_FAILURE);
    CHECK(end.local == mine);
    CHECK_COMES(&me, R_FAILURE, 1, &end);
    CHECK_INT(end.reason, RTM_END_REASON_ERROR);
    CHECK(end.remote == at_me);

    /* It only answers that, and its objects stay readable. */
    CHECK_STATUS(rtm_service_login(me.service, NULL, "me"), RTM_ERR_PANICKED);
    CHECK(strstr(rtm_last_error(), "internal error") != NULL);
    CHECK_STATUS(rtm_service_logout(me.service), RTM_ERR_PANICKED);
    CHECK_STATUS(rtm_service_renew_token(me.service, "x"), RTM_ERR_PANICKED);
    CHECK_STATUS(rtm_service_network_changed(me.service), RTM_ERR_PANICKED);
    CHECK_STATUS(rtm_call_manager_send_local_invitation(me.manager, idle), RTM_ERR_PANICKED);
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(me.manager, mine), RTM_ERR_PANICKED);
    CHECK_STATUS(rtm_call_manager_accept_remote_invitation(me.manager, at_me), RTM_ERR_PANICKED);
    memset(&stats, 0, sizeof stats);
    stats.struct_size = sizeof stats;
    CHECK_STATUS(rtm_service_get_stats(me.service, &stats), RTM_ERR_PANICKED);
    CHECK_STATUS(rtm_planted_panic(me.service), RTM_ERR_PANICKED);
    CHECK_TEXT(rtm_local_call_invitation_get_content(mine), "content");
    CHECK_INT(local_state(mine), RTM_LOCAL_INVITATION_STATE_FAILURE);

    /* The others go on. */
    CHECK_OK(rtm_local_call_invitation_release(party_rings(&carol, "bob", "x")));
    CHECK_COMES(&carol, L_RECEIVED, 1, NULL);

    CHECK_INT(party_count(&me, L_FAILURE) + party_count(&me, R_FAILURE), 2);
    CHECK_OK(rtm_local_call_invitation_release(mine));
    CHECK_OK(rtm_local_call_invitation_release(idle));
    CHECK_OK(rtm_remote_call_invitation_release(at_me));
    CHECK_STATUS(rtm_local_call_invitation_release(mine), RTM_ERR_STALE_HANDLE);
    party_close(&me);
    party_close(&bob);
    party_close(&carol);
}

static void panic_in_hook(party *me, const event *happened) {
    if (happened->kind == L_RECEIVED) {
        CHECK_STATUS(rtm_planted_panic(me->service), RTM_ERR_PANICKED);
        CHECK_OK(rtm_service_release(me->service));
    }
}

static void a_panic_inside_a_callback_and_release_there(void) {
    party me, bob;
    party_open(&me, "panic", "me");
    party_open(&bob, "panic", "bob");
    party_hooks(&me, panic_in_hook, NULL);
    CHECK_OK(rtm_local_call_invitation_release(party_rings(&me, "bob", "x")));
    CHECK_REACHES(&me.service_drops, 1);
    CHECK_REACHES(&me.call_drops, 1);
    CHECK_STORY(&me, 3, "L_RECEIVED L_FAILURE");
    party_bury(&me);
    party_close(&bob);
}

static const test tests[] = {
    TEST(a_panic_ends_its_service_and_no_other),
    TEST(a_panic_inside_a_callback_and_release_there),
};
RUN_TESTS("a panic in the library", tests)

#endif
