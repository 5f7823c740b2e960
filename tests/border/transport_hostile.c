/* A carrier that misbehaves never harms the host: it reports from everywhere, late, nonsense or nothing, blocks,
 * refuses, and calls the library inside its own functions. */
#include "carrier.h"

#define INVALID RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT
#define BAD_TEXT "a\xc3("

/* A party that logs in on a silent carrier, and its session. */
static line *open_silent(carrier *on, party *me, rtm_service_config config) {
    line *l;
    carrier_open(on, "mine");
    on->silent = 1;
    party_create_on(me, on, "me", config);
    CHECK_OK(rtm_service_login(me->service, "token", "me"));
    l = carrier_line(on, "me");
    REQUIRE(l != NULL);
    return l;
}

static void nonsense_is_answered_and_changes_nothing(void) {
    carrier on;
    party me;
    size_t i;
    uint8_t byte = 'x', *big = (uint8_t *)malloc(RTM_TRANSPORT_MESSAGE_MAX + 1);
    char *b65 = repeated('b', 65);
    rtm_transport_message batch[2];
    line *l;
    static const int links[][2] = {
        {0, 0},
        {-1, 0},
        {7, 0},
        {INT32_MAX, 0},
        {INT32_MIN, 0},
        {RTM_TRANSPORT_LINK_UP, 1},
        {RTM_TRANSPORT_LINK_DOWN, -1},
        {RTM_TRANSPORT_LINK_TOKEN_EXPIRED, 6},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_OK},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_UNKNOWN},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_INVALID_ARGUMENT},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_ALREADY_LOGGED_IN},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_TIMEOUT},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_NOT_INITIALIZED},
        {RTM_TRANSPORT_LINK_REFUSED, 4711},
        {RTM_TRANSPORT_LINK_ENDED, 0},
        {RTM_TRANSPORT_LINK_ENDED, RTM_CONNECTION_CHANGE_REASON_LOGOUT},
        {RTM_TRANSPORT_LINK_ENDED, INT32_MIN},
        {RTM_TRANSPORT_LINK_RENEWED, 1},
        {RTM_TRANSPORT_LINK_RENEWED, RTM_RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN},
    };
    static const char *const users[] = {NULL, "", "null", BAD_TEXT, "a*b", "a/b", "a\nb", "\xc3\xa4"};
    REQUIRE(big != NULL);
    memset(big, 'x', RTM_TRANSPORT_MESSAGE_MAX + 1);
    l = open_silent(&on, &me, config_of());
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_UP, 0));
    CHECK_COMES(&me, LOGIN_SUCCESS, 1, NULL);
    for (i = 0; i < sizeof links / sizeof links[0]; i++) {
        CHECK_STATUS(rtm_transport_session_link(l->session, links[i][0], links[i][1]), INVALID);
        CHECK(rtm_last_error()[0] != 0);
    }
    CHECK_STATUS(rtm_transport_session_presence(l->session, "bob", 3), INVALID);
    CHECK_STATUS(rtm_transport_session_presence(l->session, "bob", -1), INVALID);
    CHECK_STATUS(rtm_transport_session_presence(l->session, b65, 0), INVALID);
    CHECK_STATUS(line_gets(l, b65, &byte, 1), INVALID);
    for (i = 0; i < sizeof users / sizeof users[0]; i++) {
        CHECK_STATUS(rtm_transport_session_presence(l->session, users[i], 0), INVALID);
        CHECK_STATUS(line_gets(l, users[i], &byte, 1), INVALID);
        CHECK(strstr(rtm_last_error(), "sender") != NULL);
    }
    CHECK_STATUS(rtm_transport_session_deliver(l->session, NULL, 1), INVALID);
    batch[0].from = batch[1].from = "bob";
    batch[0].bytes = batch[1].bytes = &byte;
    batch[0].length = batch[1].length = 1;
    CHECK_STATUS(rtm_transport_session_deliver(l->session, batch, SIZE_MAX), INVALID);
    CHECK_STATUS(rtm_transport_session_deliver(l->session, batch, RTM_TRANSPORT_BATCH_MAX + 1), INVALID);
    CHECK_STATUS(line_gets(l, "bob", NULL, 1), INVALID);
    CHECK_STATUS(line_gets(l, "bob", &byte, SIZE_MAX), INVALID);
    CHECK_STATUS(line_gets(l, "bob", big, RTM_TRANSPORT_MESSAGE_MAX + 1), INVALID);
    CHECK(strstr(rtm_last_error(), "197632") != NULL);
    CHECK_INT(stats_of(&me).messages_received, 0);
    batch[1].from = NULL; /* one bad message: none is delivered */
    CHECK_STATUS(rtm_transport_session_deliver(l->session, batch, 2), INVALID);
    CHECK_INT(stats_of(&me).messages_received, 0);
    /* What the protocol has no use for is taken, and counted there. */
    batch[1].from = "bob";
    CHECK_OK(rtm_transport_session_deliver(l->session, batch, 2));
    CHECK_OK(line_gets(l, "bob", NULL, 0));
    CHECK_OK(line_gets(l, "bob", big, RTM_TRANSPORT_MESSAGE_MAX));
    CHECK_INT(stats_of(&me).messages_dropped_malformed, 4);
    party_fence(&me);
    CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_CONNECTED);
    CHECK_STORY(&me, 0, "CONNECTION CONNECTION LOGIN_SUCCESS RENEW");
    party_close(&me);
    carrier_close(&on);
    free(big);
    free(b65);
}

static void a_carrier_that_never_reports_is_given_up(void) {
    carrier on;
    party me;
    event failed;
    rtm_service_config config = config_of();
    uint8_t byte = 'x';
    line *l;
    config.login_timeout_ms = 100;
    l = open_silent(&on, &me, config);
    CHECK_COMES(&me, LOGIN_FAILURE, 1, &failed);
    CHECK_INT(failed.code, RTM_LOGIN_ERR_TIMEOUT);
    CHECK_REACHES(&on.stops, 1);
    /* Late reports of a stopped session. */
    CHECK_STATUS(line_tells(l, RTM_TRANSPORT_LINK_UP, 0), RTM_ERR_STALE_HANDLE);
    CHECK_STATUS(line_gets(l, "bob", &byte, 1), RTM_ERR_STALE_HANDLE);
    CHECK_STATUS(rtm_transport_session_presence(l->session, "bob", 0), RTM_ERR_STALE_HANDLE);
    CHECK(strstr(rtm_last_error(), "transport session is stale") != NULL);
    CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_DISCONNECTED);
    /* The next login is another session: the old handle does not reach it. */
    on.silent = 0;
    party_login(&me);
    CHECK_STATUS(line_tells(l, RTM_TRANSPORT_LINK_DOWN, 0), RTM_ERR_STALE_HANDLE);
    CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_CONNECTED);
    party_close(&me);
    carrier_close(&on);
}

static void refuses_at_once(line *l) {
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_INVALID_TOKEN));
    CHECK_STATUS(line_tells(l, RTM_TRANSPORT_LINK_UP, 0), RTM_ERR_STALE_HANDLE);
}

static void a_session_that_cannot_start_fails_the_login(void) {
    carrier on;
    party me;
    event failed;
    carrier_open(&on, "mine");
    on.cannot_start = 1;
    party_create_on(&me, &on, "me", config_of());
    CHECK_OK(rtm_service_login(me.service, NULL, "me"));
    CHECK_COMES(&me, LOGIN_FAILURE, 1, &failed);
    CHECK_INT(failed.code, RTM_LOGIN_ERR_REJECTED);
    CHECK_INT(counter_get(&on.stops), 0); /* there is nothing to stop */
    /* With a reason, and without a NULL: then it is stopped, after start has returned. */
    on.cannot_start = 0;
    on.silent = 1;
    on.in_start = refuses_at_once;
    CHECK_OK(rtm_service_login(me.service, NULL, "me"));
    CHECK_COMES(&me, LOGIN_FAILURE, 2, &failed);
    CHECK_INT(failed.code, RTM_LOGIN_ERR_INVALID_TOKEN);
    CHECK_REACHES(&on.stops, 1);
    party_close(&me);
    on.cannot_start = 1; /* one session more than stops */
    carrier_close(&on);
}

/* What send answers is nobody's ruin: the call is sent again until its window closes. */
static void answers_of_send_that_are_none(void) {
    static const int32_t answers[] = {1, -1, 208, 207, 99999, INT32_MIN, INT32_MAX};
    size_t i;
    for (i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        carrier on;
        party alice, bob;
        event rung;
        rtm_local_call_invitation *calling;
        carrier_open(&on, "mine");
        party_open_on(&alice, &on, "alice");
        party_open_on(&bob, &on, "bob");
        on.answer = answers[i];
        calling = party_rings(&alice, "bob", "x");
        party_fence(&alice);
        CHECK_INT(party_count(&bob, R_RECEIVED), 0);
        on.answer = RTM_OK;
        REQUIRE(CHECK_COMES(&bob, R_RECEIVED, 1, &rung)); /* 500 ms later */
        CHECK(stats_of(&alice).messages_resent > 0);
        CHECK_OK(rtm_local_call_invitation_release(calling));
        CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
        party_close(&alice);
        party_close(&bob);
        carrier_close(&on);
    }
}

/* Inside send: reports of every kind, and a logout; nothing nests, and stop comes after send has returned. */
static party *leaving;
static void reports_and_logs_out(line *l, const char *to) {
    uint8_t byte = 'x';
    if (strcmp(to, "bob") != 0 || leaving == NULL)
        return;
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_DOWN, 0));
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_UP, 0)); /* sends again what is open: queued */
    CHECK_OK(line_gets(l, "bob", &byte, 1));
    CHECK_OK(rtm_transport_session_presence(l->session, "bob", RTM_PEER_ONLINE_STATE_ONLINE));
    CHECK_OK(rtm_service_logout(leaving->service));
    leaving = NULL;
    CHECK_INT(counter_get(&l->on->stops), 0);
    CHECK_STATUS(line_tells(l, RTM_TRANSPORT_LINK_UP, 0), RTM_ERR_STALE_HANDLE);
}

static void reports_and_a_logout_inside_send(void) {
    carrier on;
    party me;
    event end;
    rtm_local_call_invitation *calling;
    carrier_open(&on, "mine");
    on.in_send = reports_and_logs_out;
    party_open_on(&me, &on, "me");
    leaving = &me;
    calling = party_rings(&me, "bob", "x");
    CHECK_COMES(&me, LOGOUT, 1, NULL);
    CHECK_COMES(&me, L_FAILURE, 1, &end);
    CHECK_INT(end.reason, RTM_END_REASON_LOGGED_OUT);
    CHECK_INT(counter_get(&on.stops), 1);
    CHECK(counter_get(&on.sends) >= 2); /* the invite, again after UP, the end */
    CHECK_OK(rtm_local_call_invitation_release(calling));
    party_close(&me);
    carrier_close(&on);
}

/* A service, its own or another, released inside each function of the carrier: it returns at once. */
static party *released;
static void releases(void) {
    party *one = released;
    released = NULL;
    if (one != NULL)
        CHECK_OK(rtm_service_release(one->service));
}
static void releases_in_start(line *l) {
    (void)l;
    releases();
}
static void releases_in_send(line *l, const char *to) {
    (void)l;
    (void)to;
    releases();
}

static void a_service_is_released_inside_the_carriers_functions(void) {
    int where, whose;
    for (where = 0; where < 3; where++)
        for (whose = 0; whose < 2; whose++) {
            carrier on;
            party me, other;
            rtm_local_call_invitation *calling;
            carrier_open(&on, "mine");
            party_open_on(&other, &on, "other");
            party_create_on(&me, &on, "me", config_of());
            released = whose == 0 ? &me : &other;
            if (where == 0)
                on.in_start = releases_in_start;
            CHECK_OK(rtm_service_login(me.service, NULL, "me"));
            if (where == 1) {
                on.in_send = releases_in_send;
                calling = party_rings(&me, "other", "x");
                CHECK_OK(rtm_local_call_invitation_release(calling));
            } else if (where == 2) {
                on.in_stop = releases_in_start;
                CHECK_OK(rtm_service_logout(me.service));
            }
            CHECK(released == NULL);
            CHECK_REACHES(whose == 0 ? &me.service_drops : &other.service_drops, 1);
            CHECK_OK(rtm_service_release(whose == 0 ? other.service : me.service));
            party_bury(&me);
            party_bury(&other);
            carrier_close(&on);
        }
}

/* A carrier taken out inside its own functions. */
static void unregisters(line *l) {
    CHECK_OK(rtm_transport_unregister(l->on->scheme));
}

static void a_carrier_is_unregistered_inside_start(void) {
    carrier on;
    party me;
    carrier_open(&on, "mine");
    on.in_start = unregisters;
    party_open_on(&me, &on, "me");
    CHECK_INT(counter_get(&on.drops), 0);
    party_fence(&me);
    party_close(&me);
    carrier_bury(&on);
}

/* A send that blocks holds up its thread and nobody else; the session is stopped when it returns. */
static counter in_blocked, unblock;
static void blocks(line *l, const char *to) {
    (void)l;
    (void)to;
    if (counter_add(&in_blocked, 1) == 1)
        CHECK_REACHES(&unblock, 1);
}
static void rings_carol(void *context) {
    CHECK_OK(rtm_local_call_invitation_release(party_rings((party *)context, "carol", "x")));
}

static void a_send_that_blocks_holds_up_only_its_thread(void) {
    carrier on;
    party me, other;
    thread blocked;
    int64_t began;
    int i;
    counter_init(&in_blocked);
    counter_init(&unblock);
    carrier_open(&on, "mine");
    party_open_on(&me, &on, "me");
    on.in_send = blocks;
    thread_start(&blocked, rings_carol, &me);
    CHECK_REACHES(&in_blocked, 1);
    for (i = 0; i < 100; i++) /* these wait in the queue, not here */
        CHECK_OK(rtm_local_call_invitation_release(party_rings(&me, "carol", "x")));
    CHECK_INT(counter_get(&in_blocked), 1);
    party_open_on(&other, &on, "other"); /* another session of the carrier */
    CHECK_OK(rtm_local_call_invitation_release(party_rings(&other, "carol", "x")));
    CHECK(counter_get(&in_blocked) >= 2);
    began = now_ms();
    CHECK_OK(rtm_service_logout(me.service)); /* waits for the carrier, as long as it may */
    CHECK(now_ms() - began >= 900);
    CHECK_COMES(&me, LOGOUT, 1, NULL);
    CHECK_INT(counter_get(&on.stops), 0);
    counter_set(&unblock, 1);
    thread_join(&blocked);
    CHECK_INT(counter_get(&on.stops), 1);
    CHECK(counter_get(&in_blocked) >= 2 + 2 * 101 - 1); /* each invite, and its end */
    party_close(&me);
    party_close(&other);
    carrier_close(&on);
    counter_destroy(&in_blocked);
    counter_destroy(&unblock);
}

/* Ten threads report all they can to two sessions while those call each other, log out and in again. */
static counter stop_reporting;
typedef struct reporter {
    carrier *on;
    uint64_t seed;
    counter reports;
    thread runs;
} reporter;

static void reports_wildly(void *context) {
    reporter *me = (reporter *)context;
    static const char *const users[] = {"alice", "bob", "carol", "null", "", BAD_TEXT};
    while (counter_get(&stop_reporting) == 0) {
        line *l = NULL;
        uint64_t die = dice(&me->seed);
        uint8_t bytes[64];
        size_t i;
        mutex_lock(&me->on->lock); /* of all sessions there were */
        if (me->on->line_count > 0)
            l = me->on->lines[dice(&me->seed) % me->on->line_count];
        mutex_unlock(&me->on->lock);
        if (l == NULL)
            continue;
        for (i = 0; i < sizeof bytes; i++)
            bytes[i] = (uint8_t)dice(&me->seed);
        switch (die % 8) {
        case 0:
        case 1:
            line_tells(l, RTM_TRANSPORT_LINK_UP, 0);
            break;
        case 2:
            line_tells(l, RTM_TRANSPORT_LINK_DOWN, 0);
            break;
        case 3:
            rtm_transport_session_link(l->session, (int32_t)(die >> 8) % 9, (int32_t)(die >> 40) % 12);
            break;
        case 4:
            line_gets(l, users[die / 8 % 6], bytes, (size_t)(die >> 8) % sizeof bytes);
            break;
        case 5:
            rtm_transport_session_presence(l->session, users[die / 8 % 6], (int32_t)(die >> 8) % 4);
            break;
        default:
            mutex_lock(&me->on->lock); /* what was said once, again and to anybody */
            if (me->on->kept_count > 0) {
                kept_message *kept = &me->on->kept[(die >> 8) % me->on->kept_count];
                mutex_unlock(&me->on->lock);
                line_gets(l, kept->from, kept->bytes, kept->length);
            } else {
                mutex_unlock(&me->on->lock);
            }
        }
        counter_add(&me->reports, 1);
    }
}

static void ten_threads_report_at_once(void) {
    enum { REPORTERS = 10 };
    carrier on;
    party alice, bob;
    reporter reporters[REPORTERS];
    const int rounds = (int)scaled(20);
    int i, n;
    carrier_open(&on, "mine");
    on.keeps = 1;
    on.others_report = 1;
    counter_init(&stop_reporting);
    party_create_on(&alice, &on, "alice", config_of());
    party_create_on(&bob, &on, "bob", config_of());
    for (i = 0; i < REPORTERS; i++) {
        memset(&reporters[i], 0, sizeof reporters[i]);
        reporters[i].on = &on;
        reporters[i].seed = (uint64_t)i + 1;
        counter_init(&reporters[i].reports);
        thread_start(&reporters[i].runs, reports_wildly, &reporters[i]);
    }
    for (n = 1; n <= rounds; n++) {
        CHECK_OK(rtm_service_login(alice.service, NULL, "alice"));
        CHECK_OK(rtm_service_login(bob.service, NULL, "bob"));
        for (i = 0; i < 5; i++) {
            CHECK_OK(rtm_local_call_invitation_release(party_rings(&alice, "bob", "x")));
            CHECK_OK(rtm_local_call_invitation_release(party_rings(&bob, "alice", "y")));
        }
        for (i = 0; i < REPORTERS; i++)
            CHECK_REACHES(&reporters[i].reports, n * 20);
        CHECK_OK(rtm_service_logout(alice.service));
        CHECK_OK(rtm_service_logout(bob.service));
    }
    counter_set(&stop_reporting, 1);
    for (i = 0; i < REPORTERS; i++) {
        thread_join(&reporters[i].runs);
        counter_destroy(&reporters[i].reports);
    }
    CHECK_COMES(&alice, LOGOUT, (size_t)rounds, NULL);
    CHECK_COMES(&bob, LOGOUT, (size_t)rounds, NULL);
    /* Every invitation has ended, and once. */
    CHECK_INT(stats_of(&alice).open_local_invitations, 0);
    CHECK_INT(stats_of(&bob).open_remote_invitations, 0);
    CHECK_INT(party_count(&alice, L_ACCEPTED) + party_count(&alice, L_REFUSED) + party_count(&alice, L_CANCELED) +
                  party_count(&alice, L_FAILURE),
              5 * rounds);
    CHECK_INT(party_count(&bob, R_REFUSED) + party_count(&bob, R_CANCELED) + party_count(&bob, R_FAILURE),
              party_count(&bob, R_RECEIVED));
    party_close(&alice);
    party_close(&bob);
    carrier_close(&on);
    counter_destroy(&stop_reporting);
}

static const test tests[] = {
    TEST(nonsense_is_answered_and_changes_nothing),
    TEST(a_carrier_that_never_reports_is_given_up),
    TEST(a_session_that_cannot_start_fails_the_login),
    TEST(answers_of_send_that_are_none),
    TEST(reports_and_a_logout_inside_send),
    TEST(a_service_is_released_inside_the_carriers_functions),
    TEST(a_carrier_is_unregistered_inside_start),
    TEST(a_send_that_blocks_holds_up_only_its_thread),
    TEST(ten_threads_report_at_once),
};
RUN_TESTS("a carrier that misbehaves", tests)
