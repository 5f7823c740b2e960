/* Pump mode: the application's own thread runs the callbacks, told by something it can poll. */
#include "party.h"

#ifndef _WIN32
#include <poll.h>
#endif

/* Whether the dispatch handle is readable now, or within the time. */
static int rings(party *me, int timeout_ms) {
    intptr_t handle = 0;
    if (!CHECK_OK(rtm_service_get_dispatch_handle(me->service, &handle)))
        return 0;
#ifdef _WIN32
    return WaitForSingleObject((HANDLE)handle, (DWORD)timeout_ms) == WAIT_OBJECT_0;
#else
    {
        struct pollfd fd;
        fd.fd = (int)handle;
        fd.events = POLLIN;
        fd.revents = 0;
        return poll(&fd, 1, timeout_ms) == 1 && (fd.revents & POLLIN) != 0;
    }
#endif
}

static size_t dispatch(party *me, size_t max) {
    size_t count = 12345;
    CHECK_OK(rtm_service_dispatch(me->service, max, &count));
    return count;
}

static void create_pump(party *me, const char *user) {
    rtm_service_config config = config_of();
    config.delivery = RTM_DELIVERY_PUMP;
    party_create(me, "pump", user, &config);
}

static void callbacks_run_only_in_dispatch_and_on_its_thread(void) {
    party me;
    event came;
    create_pump(&me, "me");
    CHECK(!rings(&me, 0));
    CHECK_INT(dispatch(&me, 0), 0);
    CHECK_OK(rtm_service_login(me.service, NULL, "me"));
    CHECK(rings(&me, 0));
    CHECK_INT(party_mark(&me), 0);
    CHECK_INT(stats_of(&me).callbacks_waiting, 3);
    CHECK_INT(dispatch(&me, 1), 1);
    CHECK(rings(&me, 0)); /* as long as callbacks wait */
    CHECK_INT(dispatch(&me, 0), 2);
    CHECK(!rings(&me, 0));
    CHECK_INT(dispatch(&me, 5), 0);
    CHECK_OK(rtm_service_dispatch(me.service, 0, NULL));
    CHECK_STORY(&me, 0, "CONNECTION CONNECTION LOGIN_SUCCESS");
    CHECK_COMES(&me, LOGIN_SUCCESS, 1, &came);
    CHECK(came.thread == thread_self());
    party_close(&me); /* runs what is left on this thread */
}

/* What arrives from another service, on its threads, rings the bell. */
static void the_handle_becomes_readable_when_a_callback_waits(void) {
    party me, peer;
    rtm_local_call_invitation *local;
    event rung;
    create_pump(&me, "me");
    CHECK_OK(rtm_service_login(me.service, NULL, "me"));
    dispatch(&me, 0);
    CHECK(!rings(&me, 0));
    party_open(&peer, "pump", "peer");
    local = party_rings(&peer, "me", "x");
    CHECK(rings(&me, (int)bound_ms()));
    CHECK_COMES(&peer, L_RECEIVED, 1, NULL); /* acknowledged though nobody dispatched */
    CHECK_INT(dispatch(&me, 0), 1);
    CHECK(!rings(&me, 0));
    CHECK_COMES(&me, R_RECEIVED, 1, &rung);
    CHECK_OK(rtm_call_manager_accept_remote_invitation(me.manager, rung.remote));
    CHECK(rings(&me, (int)bound_ms()));
    dispatch(&me, 0);
    CHECK_COMES(&me, R_ACCEPTED, 1, NULL);
    CHECK_COMES(&peer, L_ACCEPTED, 1, NULL);
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&me);
    party_close(&peer);
}

static void dispatch_again(party *me, const event *happened) {
    if (happened->kind == LOGIN_SUCCESS)
        CHECK_INT(dispatch(me, 0), 0);
}

static void dispatch_inside_a_callback_does_nothing(void) {
    party me;
    create_pump(&me, "me");
    party_hooks(&me, dispatch_again, NULL);
    CHECK_OK(rtm_service_login(me.service, NULL, "me"));
    CHECK_OK(rtm_service_renew_token(me.service, "x"));
    CHECK_INT(dispatch(&me, 0), 4);
    CHECK_STORY(&me, 0, "CONNECTION CONNECTION LOGIN_SUCCESS RENEW");
    party_close(&me);
}

static void release_in_hook(party *me, const event *happened) {
    if (happened->kind != RENEW)
        return;
    if (me->extra != NULL)
        CHECK_OK(rtm_service_release_without_callbacks(me->service));
    else
        CHECK_OK(rtm_service_release(me->service));
}

/* Nobody can dispatch a released service: the dispatch that is under way goes on to the end. */
static void release_inside_dispatch_runs_what_was_due(void) {
    int silently;
    for (silently = 0; silently < 2; silently++) {
        party me, peer;
        size_t count = 0;
        create_pump(&me, "me");
        party_open(&peer, "pump", "peer");
        CHECK_OK(rtm_service_login(me.service, NULL, "me"));
        CHECK_OK(rtm_local_call_invitation_release(party_rings(&me, "peer", "x")));
        CHECK_COMES(&peer, R_RECEIVED, 1, NULL);
        CHECK_OK(rtm_service_renew_token(me.service, "x"));
        party_hooks(&me, release_in_hook, silently ? &peer : NULL);
        CHECK_OK(rtm_service_dispatch(me.service, 5, &count)); /* up to RENEW, or more */
        CHECK_STATUS(rtm_service_dispatch(me.service, 0, &count), RTM_ERR_STALE_HANDLE);
        CHECK_STORY(&me, 3, silently ? "L_RECEIVED RENEW" : "L_RECEIVED RENEW L_FAILURE");
        CHECK_COMES(&peer, R_CANCELED, 1, NULL);
        CHECK_INT(counter_get(&me.service_drops), 1);
        CHECK_INT(counter_get(&me.call_drops), 1);
        party_bury(&me);
        party_close(&peer);
    }
}

/* A pumped service is released inside a callback of another one, with callbacks waiting. */
static void release_the_other(party *me, const event *happened) {
    if (happened->kind == RENEW)
        CHECK_OK(rtm_service_release(((party *)me->extra)->service));
}

static void release_inside_a_callback_of_another_service_runs_what_was_due(void) {
    party pumped, other;
    create_pump(&pumped, "pumped");
    party_create(&other, "pump", "other", NULL);
    CHECK_OK(rtm_service_login(pumped.service, NULL, "pumped"));
    party_hooks(&other, release_the_other, &pumped);
    CHECK_OK(rtm_service_renew_token(other.service, "x"));
    CHECK_REACHES(&pumped.service_drops, 1);
    CHECK_STORY(&pumped, 0, "CONNECTION CONNECTION LOGIN_SUCCESS");
    party_bury(&pumped);
    party_close(&other);
}

static counter blocked, door;

static void block(party *me, const event *happened) {
    (void)me;
    if (happened->kind == LOGIN_SUCCESS) {
        counter_add(&blocked, 1);
        counter_reaches(&door, 1, bound_ms());
    }
}

static void dispatch_on_thread(void *context) {
    dispatch((party *)context, 0);
}

/* Two threads: one dispatches, the other returns at once. */
static void one_thread_dispatches_at_a_time(void) {
    party me;
    thread t;
    counter_init(&blocked);
    counter_init(&door);
    create_pump(&me, "me");
    party_hooks(&me, block, NULL);
    CHECK_OK(rtm_service_login(me.service, NULL, "me"));
    CHECK_OK(rtm_service_renew_token(me.service, "x"));
    thread_start(&t, dispatch_on_thread, &me);
    CHECK_REACHES(&blocked, 1);
    CHECK_INT(dispatch(&me, 0), 0);
    counter_set(&door, 1);
    thread_join(&t);
    CHECK_STORY(&me, 0, "CONNECTION CONNECTION LOGIN_SUCCESS RENEW");
    party_close(&me);
    counter_destroy(&blocked);
    counter_destroy(&door);
}

static const test tests[] = {
    TEST(callbacks_run_only_in_dispatch_and_on_its_thread),
    TEST(the_handle_becomes_readable_when_a_callback_waits),
    TEST(dispatch_inside_a_callback_does_nothing),
    TEST(release_inside_dispatch_runs_what_was_due),
    TEST(release_inside_a_callback_of_another_service_runs_what_was_due),
    TEST(one_thread_dispatches_at_a_time),
};
RUN_TESTS("pump mode", tests)
