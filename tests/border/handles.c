/* Every function with every kind of wrong handle: NULL, stale, foreign, of another kind, random bits, an address that
 * is not aligned. Each answers the stale-handle code (a text getter ""), writes no output, takes no handler, and does
 * not crash. */
#include "functions.h"
#include "header.h"

/* The header has no function that the table does not have, and the table none that the header does not have. */
static void note_function(void *context, const char *name) {
    int *seen = (int *)context, known = 0;
    size_t i;
    for (i = 0; i < FUNCTIONS; i++)
        if (strcmp(functions[i].name, name) == 0)
            known = ++seen[i];
    for (i = 0; i < OTHER_FUNCTIONS; i++)
        if (strcmp(other_functions[i], name) == 0)
            known = ++seen[FUNCTIONS + i];
    if (known != 1)
        check_failed(__FILE__, __LINE__, "%s is %d times in the table of support/functions.h", name, known);
}

static void the_table_has_every_function_of_the_header(void) {
    size_t i;
    int seen[FUNCTIONS + OTHER_FUNCTIONS];
    memset(seen, 0, sizeof seen);
#ifndef RTM_CALL_HEADER
#error "CMake passes RTM_CALL_HEADER, the path of rtm_call.h"
#endif
    CHECK_INT(header_functions(RTM_CALL_HEADER, note_function, seen), FUNCTIONS + OTHER_FUNCTIONS);
    for (i = 0; i < FUNCTIONS + OTHER_FUNCTIONS; i++)
        if (seen[i] != 1)
            check_failed(__FILE__, __LINE__, "the header has no %s",
                         i < FUNCTIONS ? functions[i].name : other_functions[i - FUNCTIONS]);
}

/* A carrier that does nothing, for the sake of its sessions' handles. */
static rtm_transport_session *session_begun;

static void *idle_start(void *context, rtm_transport_session *session, const rtm_transport_login *login) {
    (void)login;
    session_begun = session;
    CHECK_OK(rtm_transport_session_link(session, RTM_TRANSPORT_LINK_UP, 0));
    return context;
}
static int32_t idle_send(void *state, const char *to, const uint8_t *bytes, size_t length, uint32_t expires_after_ms) {
    (void)state;
    (void)to;
    (void)bytes;
    (void)length;
    (void)expires_after_ms;
    return RTM_OK;
}
static void idle_stop(void *state, uint32_t within_ms) {
    (void)state;
    (void)within_ms;
}

/* One good handle of each kind. */
typedef struct world {
    party me, caller, afar;
    handles good, stale, foreign;
} world;

static rtm_message *new_message(party *me) {
    rtm_message *message = NULL;
    REQUIRE(CHECK_OK(rtm_service_create_text_message(me->service, "message", &message)));
    return message;
}

static rtm_remote_call_invitation *rung_by(party *callee, party *caller, size_t nth) {
    event rung;
    rtm_local_call_invitation *local = party_rings(caller, callee->user, "content");
    REQUIRE(CHECK_COMES(callee, R_RECEIVED, nth, &rung));
    CHECK_OK(rtm_local_call_invitation_release(local));
    return rung.remote;
}

static void open_world(world *w) {
    rtm_remote_call_invitation *remote;
    rtm_local_call_invitation *local;
    rtm_message *message;
    rtm_transport idle;
    rtm_service_config config = config_of();
    party gone;
    memset(w, 0, sizeof *w);
    party_open(&w->me, "handles", "me");
    party_open(&w->caller, "handles", "caller");

    /* What was released. */
    party_create(&gone, "handles", "gone", NULL);
    w->stale.of[(int)'S'] = gone.service;
    w->stale.of[(int)'M'] = gone.manager;
    party_close(&gone);
    local = party_creates(&w->me, "bob");
    CHECK_OK(rtm_local_call_invitation_release(local));
    w->stale.of[(int)'L'] = local;
    remote = rung_by(&w->me, &w->caller, 1);
    CHECK_OK(rtm_call_manager_refuse_remote_invitation(w->me.manager, remote));
    CHECK_COMES(&w->me, R_REFUSED, 1, NULL);
    party_fence(&w->me);
    CHECK_OK(rtm_remote_call_invitation_release(remote));
    w->stale.of[(int)'R'] = remote;
    message = new_message(&w->me);
    CHECK_OK(rtm_message_release(message));
    w->stale.of[(int)'G'] = message;

    memset(&idle, 0, sizeof idle);
    idle.struct_size = sizeof idle;
    idle.context = w;
    idle.start = idle_start;
    idle.send = idle_send;
    idle.stop = idle_stop;
    CHECK_OK(rtm_transport_register("idle", &idle));
    config.url = "idle://";
    party_open_with(&gone, "handles", "gone", &config);
    w->stale.of[(int)'T'] = session_begun;
    party_close(&gone);
    party_open_with(&w->afar, "handles", "afar", &config);
    w->good.of[(int)'T'] = session_begun;
    CHECK_OK(rtm_transport_unregister("idle"));

    w->good.of[(int)'S'] = w->me.service;
    w->good.of[(int)'M'] = w->me.manager;
    w->good.of[(int)'L'] = party_creates(&w->me, "bob");
    w->good.of[(int)'R'] = rung_by(&w->me, &w->caller, 2);
    w->good.of[(int)'G'] = new_message(&w->me);

    /* Of another service: an idle one, a ringing one. */
    w->foreign.of[(int)'L'] = party_creates(&w->caller, "bob");
    w->foreign.of[(int)'R'] = rung_by(&w->caller, &w->me, 1);
}

static void close_world(world *w) {
    CHECK_OK(rtm_local_call_invitation_release((rtm_local_call_invitation *)w->good.of[(int)'L']));
    CHECK_OK(rtm_local_call_invitation_release((rtm_local_call_invitation *)w->foreign.of[(int)'L']));
    CHECK_OK(rtm_remote_call_invitation_release((rtm_remote_call_invitation *)w->good.of[(int)'R']));
    CHECK_OK(rtm_remote_call_invitation_release((rtm_remote_call_invitation *)w->foreign.of[(int)'R']));
    CHECK_OK(rtm_message_release((rtm_message *)w->good.of[(int)'G']));
    party_close(&w->me);
    party_close(&w->caller);
    party_close(&w->afar);
}

static int kind_of(const function *f, size_t position) {
    int letter = (unsigned char)f->kinds[position];
    return letter >= 'a' ? letter - 'a' + 'A' : letter;
}

/* Calls f with `bad` at one place and good handles elsewhere. */
static void check_refused(const world *w, const function *f, size_t position, void *bad, const char *how) {
    handles h = w->good;
    rtm_status answer;
    unsigned char before[sizeof(rtm_service_stats)];
    h.of[kind_of(f, position)] = bad;
    outputs_paint();
    memcpy(before, outputs.bytes, sizeof before);
    answer = f->call(&h);
    if (answer != RTM_ERR_STALE_HANDLE)
        check_failed(__FILE__, __LINE__, "%s with a handle that is %s at place %d answers %d", f->name, how,
                     (int)position, (int)answer);
    else if (rtm_last_error()[0] == 0)
        check_failed(__FILE__, __LINE__, "%s with a handle that is %s leaves no sentence", f->name, how);
    else
        check_passed();
    if (strcmp(f->name, "rtm_service_get_stats") == 0) /* it was given its size */
        memset(outputs.bytes, 0xa5, sizeof(size_t));
    if (!outputs_are_untouched())
        check_failed(__FILE__, __LINE__, "%s with a handle that is %s writes an output", f->name, how);
}

static void every_function_refuses_every_wrong_handle(void) {
    world w;
    size_t i, position, n;
    static const char kinds[] = "SMLRGT";
    uint64_t seed = 1;
    const long random_handles = scaled(200);
    counter_init(&unwanted_drops);
    open_world(&w);
    for (i = 0; i < FUNCTIONS; i++) {
        const function *f = &functions[i];
        for (position = 0; f->kinds[position]; position++) {
            int kind = kind_of(f, position);
            int null_is_fine = f->kinds[position] >= 'a';
            long dies;
            if (!null_is_fine) {
                check_refused(&w, f, position, NULL, "NULL");
            } else {
                handles h = w.good;
                h.of[kind] = NULL;
                check_status(__FILE__, __LINE__, f->call(&h), RTM_OK, f->name);
            }
            check_refused(&w, f, position, w.stale.of[kind], "stale");
            if (w.foreign.of[kind] != NULL && position == 1)
                check_refused(&w, f, position, w.foreign.of[kind], "foreign");
            for (n = 0; kinds[n]; n++)
                if (kinds[n] != kind)
                    check_refused(&w, f, position, w.good.of[(int)kinds[n]], "of another kind");
            check_refused(&w, f, position, (void *)((uintptr_t)&w | 1), "an odd address");
            check_refused(&w, f, position, (void *)&w, "an address");
            check_refused(&w, f, position, (void *)(uintptr_t)1, "1");
            check_refused(&w, f, position, (void *)UINTPTR_MAX, "all bits set");
            /* The right kind with another generation or index. */
            check_refused(&w, f, position, (void *)((uintptr_t)w.good.of[kind] ^ ((uintptr_t)1 << 50)),
                          "of another generation");
            check_refused(&w, f, position, (void *)((uintptr_t)w.good.of[kind] ^ 0x70000000u), "of a slot beyond");
            for (dies = 0; dies < random_handles; dies++)
                check_refused(&w, f, position, (void *)(uintptr_t)dice(&seed), "random");
        }
    }
    /* All that did nothing to the good ones. */
    CHECK_INT(connection_of(&w.me), RTM_CONNECTION_STATE_CONNECTED);
    CHECK_INT(local_state((rtm_local_call_invitation *)w.good.of[(int)'L']), RTM_LOCAL_INVITATION_STATE_IDLE);
    CHECK_INT(remote_state((rtm_remote_call_invitation *)w.good.of[(int)'R']),
              RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED);
    CHECK_TEXT(rtm_remote_call_invitation_get_content((rtm_remote_call_invitation *)w.good.of[(int)'R']), "content");
    CHECK_TEXT(rtm_message_get_text((rtm_message *)w.good.of[(int)'G']), "message");
    close_world(&w);
    CHECK_INT(counter_get(&unwanted_drops), 0);
    counter_destroy(&unwanted_drops);
}

/* An invitation whose service is gone is foreign to every manager. */
static void an_invitation_of_a_gone_service_is_nobody_elses(void) {
    party gone, me, bob;
    rtm_local_call_invitation *idle;
    rtm_status answer;
    party_create(&gone, "handles", "gone", NULL);
    party_open(&me, "handles", "me");
    party_open(&bob, "handles", "bob");
    idle = party_creates(&gone, "bob");
    party_close(&gone);
    answer = rtm_call_manager_send_local_invitation(me.manager, idle);
    CHECK(answer == RTM_ERR_STALE_HANDLE || answer == RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    answer = rtm_call_manager_cancel_local_invitation(me.manager, idle);
    CHECK(answer != RTM_OK);
    party_fence(&bob);
    CHECK_INT(party_count(&bob, R_RECEIVED), 0);
    CHECK_INT(stats_of(&me).invitations_sent, 0);
    CHECK_OK(rtm_local_call_invitation_release(idle));
    party_close(&me);
    party_close(&bob);
}

/* A handle that was released is not given to somebody else for a long time. */
static void a_stale_handle_stays_stale_while_others_come_and_go(void) {
    party me;
    const long rounds = scaled(20000);
    long i;
    rtm_local_call_invitation *first, *kept;
    party_create(&me, "handles", "me", NULL);
    first = party_creates(&me, "bob");
    kept = party_creates(&me, "kept");
    CHECK_OK(rtm_local_call_invitation_release(first));
    for (i = 0; i < rounds; i++) {
        rtm_local_call_invitation *other = party_creates(&me, "other");
        if (other == first || rtm_local_call_invitation_release(first) != RTM_ERR_STALE_HANDLE ||
            rtm_local_call_invitation_get_callee_id(first)[0] != 0)
            CHECK(!"a stale handle names something");
        CHECK_OK(rtm_local_call_invitation_release(other));
    }
    CHECK_TEXT(rtm_local_call_invitation_get_callee_id(kept), "kept");
    CHECK_OK(rtm_local_call_invitation_release(kept));
    party_close(&me);
}

static const test tests[] = {
    TEST(the_table_has_every_function_of_the_header),
    TEST(every_function_refuses_every_wrong_handle),
    TEST(an_invitation_of_a_gone_service_is_nobody_elses),
    TEST(a_stale_handle_stays_stale_while_others_come_and_go),
};
RUN_TESTS("every function with wrong handles", tests)
