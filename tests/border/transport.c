/* The application's own carrier: how it is registered and chosen, what it is told, how it reports, when it ends. */
#include "carrier.h"

#define INVALID RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT
#define BAD_TEXT "a\xc3("

static void what_is_no_scheme_or_no_carrier_is_refused(void) {
    carrier on;
    rtm_transport table;
    size_t i;
    union {
        rtm_transport table;
        unsigned char bytes[sizeof(rtm_transport) + 64];
    } newer;
    static const char *const wrong[] = {
        NULL,  "",     "1a",    "+a", "Ab",  "a b", "a_b", "a:b", "a/b", "\xc3\xa4", BAD_TEXT, "seventeen-letters",
        "hub", "mqtt", "mqtts", "ws", "wss",
    };
    carrier_init(&on, "scheme");
    table = carrier_table(&on);
    for (i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        check_status(__FILE__, __LINE__, rtm_transport_register(wrong[i], &table), INVALID,
                     wrong[i] != NULL ? wrong[i] : "NULL");
        CHECK(rtm_last_error()[0] != 0);
    }
    CHECK_STATUS(rtm_transport_register("scheme", NULL), INVALID);
    table.start = NULL;
    CHECK_STATUS(rtm_transport_register("scheme", &table), INVALID);
    CHECK_TEXT(rtm_last_error(), "the transport has no function start");
    table = carrier_table(&on);
    table.send = NULL;
    CHECK_STATUS(rtm_transport_register("scheme", &table), INVALID);
    table = carrier_table(&on);
    table.stop = NULL;
    CHECK_STATUS(rtm_transport_register("scheme", &table), INVALID);
    table = carrier_table(&on);
    table.struct_size = 0;
    CHECK_STATUS(rtm_transport_register("scheme", &table), INVALID);
    table.struct_size = sizeof table + 1;
    CHECK_STATUS(rtm_transport_register("scheme", &table), INVALID);
    table.struct_size = SIZE_MAX;
    CHECK_STATUS(rtm_transport_register("scheme", &table), INVALID);
    table.struct_size = offsetof(rtm_transport, start); /* an older one that lacks what is required */
    CHECK_STATUS(rtm_transport_register("scheme", &table), INVALID);
    memset(&newer, 0, sizeof newer);
    newer.table = carrier_table(&on);
    newer.table.struct_size = sizeof newer;
    newer.bytes[sizeof newer - 1] = 1;
    CHECK_STATUS(rtm_transport_register("scheme", &newer.table), RTM_ERR_UNSUPPORTED);
    CHECK_STATUS(rtm_transport_unregister("scheme"), RTM_ERR_NOT_FOUND);
    CHECK_STATUS(rtm_transport_unregister("hub"), RTM_ERR_NOT_FOUND);
    CHECK_STATUS(rtm_transport_unregister(NULL), INVALID);
    CHECK_STATUS(rtm_transport_unregister(BAD_TEXT), INVALID);
    CHECK_INT(counter_get(&on.drops), 0); /* none of them was accepted */

    newer.bytes[sizeof newer - 1] = 0;
    CHECK_OK(rtm_transport_register("a+b-c.9", &newer.table));
    table = carrier_table(&on);
    CHECK_STATUS(rtm_transport_register("a+b-c.9", &table), RTM_ERR_INVALID_STATE);
    CHECK_INT(counter_get(&on.drops), 0);
    CHECK_OK(rtm_transport_unregister("a+b-c.9"));
    CHECK_INT(counter_get(&on.drops), 1);
    CHECK_STATUS(rtm_transport_unregister("a+b-c.9"), RTM_ERR_NOT_FOUND);
    table.struct_size = offsetof(rtm_transport, watch); /* what is required is there */
    CHECK_OK(rtm_transport_register("sixteen-letters.", &table));
    CHECK_OK(rtm_transport_unregister("sixteen-letters."));
    CHECK_INT(counter_get(&on.drops), 2);
    counter_set(&on.drops, 1);
    carrier_bury(&on);
}

static void an_address_opens_it_as_long_as_it_is_registered(void) {
    carrier on;
    party me;
    rtm_service *service = NULL;
    rtm_service_config config = config_of();
    line *l;
    config.url = "mine://here";
    CHECK_STATUS(rtm_service_create(&config, &service), RTM_ERR_UNSUPPORTED);
    CHECK(strstr(rtm_last_error(), "\"mine\"") != NULL);
    carrier_open(&on, "mine");
    CHECK(!rtm_has_feature("mine")); /* it is none of this build */
    config.url = "mine://a\nb";
    CHECK_STATUS(rtm_service_create(&config, &service), INVALID);

    /* By a parameter; the login as it gets there. */
    party_init(&me, "", "a+b#c$d");
    CHECK_OK(rtm_service_create(NULL, &me.service));
    {
        rtm_service_event_handler handler = party_service_handler(&me);
        CHECK_OK(rtm_service_initialize(me.service, APP_ID, &handler));
        me.service_drops_wanted = 1;
    }
    CHECK_STATUS(rtm_service_set_parameters(me.service, "{\"rtm_call.url\": \"mine://a\\u0000b\"}"), INVALID);
    CHECK_OK(rtm_service_set_parameters(
        me.service, "{\"rtm_call.url\": \"mine://user:pass@host:1/a/b?c=d#e\", \"rtm_call.grace_ms\": 1234}"));
    CHECK_OK(rtm_service_login(me.service, NULL, me.user));
    CHECK_COMES(&me, LOGIN_SUCCESS, 1, NULL);
    l = carrier_line(&on, me.user);
    REQUIRE(l != NULL);
    CHECK_TEXT(l->url, "mine://user:pass@host:1/a/b?c=d#e");
    CHECK_TEXT(l->app, APP_ID);
    CHECK_TEXT(l->token, "(NULL)");
    CHECK_INT(l->grace_ms, 1234);
    CHECK_OK(rtm_service_logout(me.service));
    CHECK_COMES(&me, LOGOUT, 1, NULL);
    CHECK_INT(l->within_ms, 1000);
    CHECK_OK(rtm_service_login(me.service, "secret", me.user));
    CHECK_COMES(&me, LOGIN_SUCCESS, 2, NULL);
    CHECK_TEXT(carrier_line(&on, me.user)->token, "secret");

    /* Taken out: the session goes on, the next login finds nothing, and drop waits for the session. */
    CHECK_OK(rtm_transport_unregister("mine"));
    CHECK_INT(counter_get(&on.drops), 0);
    party_fence(&me);
    CHECK_OK(rtm_service_logout(me.service));
    CHECK_COMES(&me, LOGOUT, 2, NULL);
    CHECK_REACHES(&on.drops, 1);
    CHECK_STATUS(rtm_service_login(me.service, NULL, me.user), RTM_ERR_UNSUPPORTED);
    CHECK_OK(rtm_service_release(me.service));
    CHECK_INT(counter_get(&me.service_drops), 1);
    carrier_bury(&on);
    me.call_drops_wanted = 0;
    party_bury(&me);
}

/* A call with everything inline: the carrier delivers inside send, on whichever thread that is. */
static void a_call_rings_and_is_accepted_through_the_table(void) {
    carrier on;
    party alice, bob;
    event rung, end;
    rtm_local_call_invitation *calling;
    const char *peers[] = {"bob"};
    int i;
    carrier_open(&on, "mine");
    party_open_on(&alice, &on, "alice");
    party_open_on(&bob, &on, "bob");
    for (i = 1; i <= 3; i++) {
        calling = party_rings(&alice, "bob", "content");
        REQUIRE(CHECK_COMES(&bob, R_RECEIVED, i, &rung));
        CHECK_TEXT(rung.text, "content");
        CHECK_COMES(&alice, L_RECEIVED, i, NULL);
        CHECK_OK(rtm_remote_call_invitation_set_response(rung.remote, "yes"));
        if (i == 2) {
            CHECK_OK(rtm_call_manager_refuse_remote_invitation(bob.manager, rung.remote));
            CHECK_COMES(&alice, L_REFUSED, 1, &end);
        } else {
            CHECK_OK(rtm_call_manager_accept_remote_invitation(bob.manager, rung.remote));
            CHECK_COMES(&alice, L_ACCEPTED, (i + 1) / 2, &end);
            CHECK_COMES(&bob, R_ACCEPTED, (i + 1) / 2, NULL);
        }
        CHECK_TEXT(end.text, "yes");
        CHECK_OK(rtm_local_call_invitation_release(calling));
        CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    }
    CHECK_OK(rtm_service_query_peers_online_status(alice.service, peers, 1, NULL));
    CHECK_COMES(&alice, QUERY, 1, &end);
    CHECK_INT(end.state, RTM_PEER_ONLINE_STATE_ONLINE);
    CHECK_INT(counter_get(&on.sends), stats_of(&alice).messages_sent + stats_of(&bob).messages_sent);
    /* A release tells the peer before stop. */
    calling = party_rings(&alice, "bob", "once more");
    CHECK_COMES(&bob, R_RECEIVED, 4, &rung);
    party_close(&alice);
    CHECK_COMES(&bob, R_CANCELED, 1, &end);
    CHECK_INT(end.reason, RTM_END_REASON_RELEASED);
    CHECK_OK(rtm_local_call_invitation_release(calling));
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    party_close(&bob);
    carrier_close(&on);
}

/* What arrives before the link is up waits for it, and an end in it beats its invite; a batch is read the same way. */
static void a_backlog_and_a_batch_are_read_as_a_whole(void) {
    carrier on;
    party alice, bob;
    line *l;
    event rung;
    rtm_transport_message batch[2];
    rtm_local_call_invitation *first, *second, *third;
    carrier_open(&on, "mine");
    party_open_on(&alice, &on, "alice");
    on.keeps = 1;
    first = party_rings(&alice, "bob", "first"); /* invite and end */
    CHECK_OK(rtm_call_manager_cancel_local_invitation(alice.manager, first));
    second = party_rings(&alice, "bob", "second"); /* invite */
    third = party_rings(&alice, "bob", "third");   /* invite and end */
    CHECK_OK(rtm_call_manager_cancel_local_invitation(alice.manager, third));
    REQUIRE(on.kept_count >= 5);
    CHECK_TEXT(on.kept[0].from, "alice");
    CHECK_TEXT(on.kept[0].to, "bob");
    CHECK(on.kept[0].expires_after_ms > 20000 && on.kept[0].expires_after_ms <= 30000);

    on.silent = 1;
    party_create_on(&bob, &on, "bob", config_of());
    CHECK_OK(rtm_service_login(bob.service, NULL, "bob"));
    l = carrier_line(&on, "bob");
    REQUIRE(l != NULL);
    CHECK_OK(line_gets(l, "alice", on.kept[0].bytes, on.kept[0].length));
    CHECK_OK(line_gets(l, "alice", on.kept[2].bytes, on.kept[2].length));
    CHECK_OK(line_gets(l, "alice", on.kept[1].bytes, on.kept[1].length));
    CHECK_INT(connection_of(&bob), RTM_CONNECTION_STATE_CONNECTING);
    CHECK_INT(stats_of(&bob).invitations_received, 0);
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_UP, 0));
    CHECK_COMES(&bob, R_RECEIVED, 1, &rung);
    CHECK_TEXT(rung.text, "second");
    batch[0].from = batch[1].from = "alice";
    batch[0].bytes = on.kept[3].bytes;
    batch[0].length = on.kept[3].length;
    batch[1].bytes = on.kept[4].bytes;
    batch[1].length = on.kept[4].length;
    CHECK_OK(rtm_transport_session_deliver(l->session, batch, 2));
    CHECK_OK(rtm_transport_session_deliver(l->session, NULL, 0));
    party_fence(&bob);
    CHECK_INT(party_count(&bob, R_RECEIVED), 1);
    CHECK_OK(rtm_remote_call_invitation_release(rung.remote));
    CHECK_OK(rtm_local_call_invitation_release(first));
    CHECK_OK(rtm_local_call_invitation_release(second));
    CHECK_OK(rtm_local_call_invitation_release(third));
    party_close(&alice);
    party_close(&bob);
    carrier_close(&on);
}

/* Every report, and what the application sees of it. */
static void a_link_goes_down_and_up_and_tokens_expire(void) {
    carrier on;
    party me;
    event seen;
    line *l;
    size_t watched;
    const char *peers[] = {"bob"};
    carrier_open(&on, "mine");
    party_open_on(&me, &on, "me");
    l = carrier_line(&on, "me");
    REQUIRE(l != NULL);
    CHECK_OK(rtm_service_subscribe_peers_online_status(me.service, peers, 1, NULL));
    CHECK_COMES(&me, PRESENCE, 1, &seen);
    CHECK_INT(seen.code, RTM_PEER_ONLINE_STATE_OFFLINE);
    CHECK_OK(rtm_transport_session_presence(l->session, "bob", RTM_PEER_ONLINE_STATE_UNREACHABLE));
    CHECK_COMES(&me, PRESENCE, 2, &seen);
    CHECK_INT(seen.code, RTM_PEER_ONLINE_STATE_UNREACHABLE);
    CHECK_OK(rtm_transport_session_presence(l->session, "nobody", RTM_PEER_ONLINE_STATE_ONLINE));
    watched = (size_t)counter_get(&on.watches);
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_DOWN, 0));
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_DOWN, 0));
    CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_RECONNECTING);
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_UP, 0));
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_UP, 0));
    CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_CONNECTED);
    CHECK_INT(counter_get(&on.watches), watched + 1); /* asked anew */
    CHECK_COMES(&me, PRESENCE, 3, &seen);
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_TOKEN_EXPIRED, 0));
    CHECK_COMES(&me, TOKEN_EXPIRED, 1, NULL);
    CHECK_OK(rtm_service_renew_token(me.service, "new"));
    CHECK_COMES(&me, RENEW, 1, &seen);
    CHECK_INT(seen.code, RTM_RENEW_TOKEN_ERR_OK);
    CHECK_TEXT(l->token, "new");
    CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_RENEWED, RTM_RENEW_TOKEN_ERR_OK)); /* nobody asked */
    party_fence(&me);
    CHECK_INT(party_count(&me, RENEW), 2);
    CHECK_INT(party_count(&me, LOGIN_SUCCESS), 1);
    CHECK_INT(party_count(&me, PRESENCE), 3);
    party_close(&me);
    carrier_close(&on);
}

static void each_reason_comes_out_as_its_code(void) {
    size_t i;
    static const struct {
        rtm_transport_link link;
        int detail, code;
    } reasons[] = {
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_REJECTED, RTM_LOGIN_ERR_REJECTED},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_INVALID_APP_ID, RTM_LOGIN_ERR_INVALID_APP_ID},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_INVALID_TOKEN, RTM_LOGIN_ERR_INVALID_TOKEN},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_TOKEN_EXPIRED, RTM_LOGIN_ERR_TOKEN_EXPIRED},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_NOT_AUTHORIZED, RTM_LOGIN_ERR_NOT_AUTHORIZED},
        {RTM_TRANSPORT_LINK_REFUSED, RTM_LOGIN_ERR_TOO_OFTEN, RTM_LOGIN_ERR_TOO_OFTEN},
        {RTM_TRANSPORT_LINK_ENDED, RTM_CONNECTION_CHANGE_REASON_REMOTE_LOGIN,
         RTM_CONNECTION_CHANGE_REASON_REMOTE_LOGIN},
        {RTM_TRANSPORT_LINK_ENDED, RTM_CONNECTION_CHANGE_REASON_BANNED_BY_SERVER,
         RTM_CONNECTION_CHANGE_REASON_BANNED_BY_SERVER},
        {RTM_TRANSPORT_LINK_ENDED, RTM_CONNECTION_CHANGE_REASON_TOKEN_EXPIRED,
         RTM_CONNECTION_CHANGE_REASON_TOKEN_EXPIRED},
    };
    for (i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        carrier on;
        party me;
        event seen;
        line *l;
        carrier_open(&on, "mine");
        on.silent = 1;
        party_create_on(&me, &on, "me", config_of());
        CHECK_OK(rtm_service_login(me.service, NULL, "me"));
        l = carrier_line(&on, "me");
        REQUIRE(l != NULL);
        if (reasons[i].link == RTM_TRANSPORT_LINK_ENDED) {
            CHECK_OK(line_tells(l, RTM_TRANSPORT_LINK_UP, 0));
            CHECK_OK(line_tells(l, reasons[i].link, reasons[i].detail));
            CHECK_COMES(&me, CONNECTION, 3, &seen);
            CHECK_INT(seen.code, RTM_CONNECTION_STATE_ABORTED);
            CHECK_INT(seen.more, reasons[i].code);
        } else {
            CHECK_OK(line_tells(l, reasons[i].link, reasons[i].detail));
            CHECK_COMES(&me, LOGIN_FAILURE, 1, &seen);
            CHECK_INT(seen.code, reasons[i].code);
        }
        CHECK_INT(counter_get(&on.stops), 1);
        party_close(&me);
        carrier_close(&on);
    }
}

/* With what is required only: no presence, no new tokens. */
static void a_carrier_may_lack_watch_renew_and_drop(void) {
    carrier on;
    party me;
    event seen;
    rtm_transport table;
    rtm_service_config config = config_of();
    rtm_local_call_invitation *calling;
    carrier_init(&on, "mine");
    table = carrier_table(&on);
    table.watch = NULL;
    table.renew = NULL;
    table.drop = NULL;
    CHECK_OK(rtm_transport_register("mine", &table));
    config.acknowledge_timeout_ms = 900; /* long enough to ask for the presence */
    party_create_on(&me, &on, "me", config);
    party_login(&me);
    CHECK_OK(rtm_service_renew_token(me.service, "new"));
    CHECK_COMES(&me, RENEW, 1, &seen);
    CHECK_INT(seen.code, RTM_RENEW_TOKEN_ERR_REJECTED);
    CHECK_INT(connection_of(&me), RTM_CONNECTION_STATE_CONNECTED);
    calling = party_rings(&me, "nobody", "x");
    CHECK_COMES(&me, L_FAILURE, 1, &seen);
    CHECK_INT(seen.code, RTM_LOCAL_INVITATION_ERR_PEER_NO_RESPONSE);
    CHECK_OK(rtm_local_call_invitation_release(calling));
    party_close(&me);
    CHECK_OK(rtm_transport_unregister("mine"));
    counter_set(&on.drops, 1);
    carrier_bury(&on);
}

static void two_carriers_are_apart(void) {
    carrier one, two;
    party alice, bob;
    carrier_open(&one, "one");
    carrier_open(&two, "two");
    party_open_on(&alice, &one, "alice");
    party_open_on(&bob, &two, "bob");
    CHECK_OK(rtm_local_call_invitation_release(party_rings(&alice, "bob", "x")));
    party_fence(&bob);
    CHECK_INT(party_count(&bob, R_RECEIVED), 0);
    CHECK(counter_get(&one.sends) > 0);
    CHECK_INT(counter_get(&two.sends), 0);
    party_close(&alice);
    party_close(&bob);
    carrier_close(&one);
    carrier_close(&two);
}

static const test tests[] = {
    TEST(what_is_no_scheme_or_no_carrier_is_refused),     TEST(an_address_opens_it_as_long_as_it_is_registered),
    TEST(a_call_rings_and_is_accepted_through_the_table), TEST(a_backlog_and_a_batch_are_read_as_a_whole),
    TEST(a_link_goes_down_and_up_and_tokens_expire),      TEST(each_reason_comes_out_as_its_code),
    TEST(a_carrier_may_lack_watch_renew_and_drop),        TEST(two_carriers_are_apart),
};
RUN_TESTS("the application's own carrier", tests)
