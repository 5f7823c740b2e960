/* The ladder: its two forms and the explanation, for both kinds of invitations, in every state, and its length. */
#include "functions.h"

#define INVALID RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT
#define HUB "ladder"
enum { ROOM = 8192 };

static char told[ROOM];

static const char *local_ladder(const rtm_local_call_invitation *invitation, rtm_ladder_format format) {
    size_t needed = 0;
    told[0] = 0;
    CHECK_OK(rtm_local_call_invitation_get_ladder_copy(invitation, format, told, sizeof told, &needed));
    CHECK_INT(needed, strlen(told) + 1);
    return told;
}

static const char *remote_ladder(const rtm_remote_call_invitation *invitation, rtm_ladder_format format) {
    size_t needed = 0;
    told[0] = 0;
    CHECK_OK(rtm_remote_call_invitation_get_ladder_copy(invitation, format, told, sizeof told, &needed));
    CHECK_INT(needed, strlen(told) + 1);
    return told;
}

static const char *local_explained(const rtm_local_call_invitation *invitation) {
    size_t needed = 0;
    told[0] = 0;
    CHECK_OK(rtm_local_call_invitation_explain(invitation, told, sizeof told, &needed));
    CHECK_INT(needed, strlen(told) + 1);
    return told;
}

static const char *remote_explained(const rtm_remote_call_invitation *invitation) {
    size_t needed = 0;
    told[0] = 0;
    CHECK_OK(rtm_remote_call_invitation_explain(invitation, told, sizeof told, &needed));
    CHECK_INT(needed, strlen(told) + 1);
    return told;
}

/* Whether the parts come in `text`, in this order. */
static int has_in_order(const char *text, const char *const *parts) {
    for (; *parts != NULL; parts++) {
        text = strstr(text, *parts);
        if (text == NULL)
            return 0;
        text += strlen(*parts);
    }
    return 1;
}
#define CHECK_PARTS(text, ...)                                                                                         \
    do {                                                                                                               \
        static const char *const parts[] = {__VA_ARGS__, NULL};                                                        \
        const char *whole = (text);                                                                                    \
        if (!has_in_order(whole, parts))                                                                               \
            check_failed(__FILE__, __LINE__, "not all of " #__VA_ARGS__ " in:\n%s", whole);                            \
    } while (0)

static void check_columns(const char *text) {
    while (*text) {
        const size_t columns = strcspn(text, "\n");
        CHECK(columns <= 100);
        CHECK_INT(text[columns], '\n');
        text += columns + 1;
    }
}

/* A call that rings at bob; both handles. */
static void ring(party *alice, party *bob, rtm_local_call_invitation **local, rtm_remote_call_invitation **remote) {
    event rung;
    const size_t before = party_count(bob, R_RECEIVED), knew = party_count(alice, L_RECEIVED);
    *local = party_rings(alice, "bob", "a secret");
    REQUIRE(CHECK_COMES(bob, R_RECEIVED, before + 1, &rung));
    CHECK_COMES(alice, L_RECEIVED, knew + 1, NULL);
    *remote = rung.remote;
}

static void an_accepted_call_is_told_by_both_sides(void) {
    party alice, bob;
    rtm_local_call_invitation *local;
    rtm_remote_call_invitation *remote;
    party_open(&alice, HUB, "alice");
    party_open(&bob, HUB, "bob");
    ring(&alice, &bob, &local, &remote);
    CHECK_OK(rtm_remote_call_invitation_set_response(remote, "another secret"));
    CHECK_OK(rtm_call_manager_accept_remote_invitation(bob.manager, remote));
    CHECK_COMES(&bob, R_ACCEPTED, 1, NULL);
    CHECK_COMES(&alice, L_ACCEPTED, 1, NULL);
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(alice.manager, local),
                 RTM_INVITATION_API_CALL_ERR_ALREADY_END);

    CHECK_PARTS(local_ladder(local, RTM_LADDER_TEXT), "call ", ", alice -> bob: ACCEPTED_BY_REMOTE (accepted)\n",
                "time", "alice", "bob\n", "  send()\n", "  invite, ", " bytes", "-->\n", "<-- received, ", " bytes\n",
                "callback received_by_peer", "<-- accept, ", "ended: ACCEPTED_BY_REMOTE (accepted)\n",
                "cancel() answered ALREADY_END\n", "rule accepted: the callee accepted");
    CHECK(strstr(told, rtm_local_call_invitation_get_id(local)) != NULL);
    CHECK(strstr(told, "confirm, ") != NULL && strstr(told, "callback accepted") != NULL);
    CHECK(strstr(told, "secret") == NULL);
    check_columns(told);
    CHECK_PARTS(remote_ladder(remote, RTM_LADDER_TEXT), ", alice -> bob: ACCEPTED (accepted)\n", "bob", "alice\n",
                "<-- invite, ", "received, ", "-->\n", "accept()\n", "accept, ", "-->\n", "<-- confirm, ",
                "ended: ACCEPTED (accepted)\n", "\nrule confirmed: ");
    CHECK(strstr(told, "secret") == NULL);
    check_columns(told);

    CHECK_PARTS(local_ladder(local, RTM_LADDER_MERMAID), "sequenceDiagram\n    participant caller as alice\n",
                "    participant callee as bob\n", "    Note over caller: 0.000 s send()\n",
                "    caller->>callee: ", " s invite, ", "    callee->>caller: ", " s accept, ",
                "    Note over caller,callee: rule accepted: ");
    CHECK(strchr(told, ';') == NULL);
    CHECK_PARTS(remote_ladder(remote, RTM_LADDER_MERMAID), "sequenceDiagram\n    participant caller as alice\n",
                "    participant callee as bob\n", "    caller->>callee: 0.000 s invite, ",
                "    Note over callee: ", "accept()\n", "    Note over caller,callee: rule confirmed: ");

    CHECK_PARTS(local_explained(local), "ended ACCEPTED_BY_REMOTE, reason accepted; the callee's side decided it.\n",
                "Rule accepted: ", "What led to it: 0.000 s send();", "\"accept\" read.\n",
                "After the end: ", "cancel() answered ALREADY_END.\n");
    CHECK_PARTS(remote_explained(remote), "ended ACCEPTED, reason accepted;", "Rule confirmed: ", "\"confirm\" read.");
    CHECK(strstr(told, "secret") == NULL);
    party_close(&alice);
    party_close(&bob);

    /* The service is gone, the record is not. */
    CHECK_PARTS(local_ladder(local, RTM_LADDER_TEXT), "ACCEPTED_BY_REMOTE", "rule accepted: ");
    CHECK_PARTS(remote_explained(remote), "Rule confirmed: ");
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(remote));
    CHECK_STATUS(rtm_local_call_invitation_explain(local, told, sizeof told, NULL), RTM_ERR_STALE_HANDLE);
    CHECK_STATUS(rtm_remote_call_invitation_get_ladder_copy(remote, RTM_LADDER_TEXT, told, sizeof told, NULL),
                 RTM_ERR_STALE_HANDLE);
}

static void an_unanswered_call_names_the_window(void) {
    party alice, bob;
    rtm_local_call_invitation *local;
    rtm_remote_call_invitation *remote;
    rtm_service_config config = config_of();
    config.ring_timeout_ms = 200;
    party_open(&alice, HUB, "alice");
    party_open_with(&bob, HUB, "bob", &config);
    ring(&alice, &bob, &local, &remote);
    CHECK_COMES(&bob, R_FAILURE, 1, NULL);
    CHECK_COMES(&alice, L_FAILURE, 1, NULL);
    CHECK_PARTS(remote_ladder(remote, RTM_LADDER_TEXT), "FAILURE (expired)", "* timer: the ring window closed\n",
                "rule expired: the ring window closed without an answer\n");
    CHECK_PARTS(remote_explained(remote), "ended FAILURE with RTM_REMOTE_INVITATION_ERR_INVITATION_EXPIRE",
                "the callee's side decided it", "Rule expired: ", "s timer: the ring window closed.\n");
    CHECK_PARTS(local_explained(local), "ended FAILURE with RTM_LOCAL_INVITATION_ERR_INVITATION_EXPIRE",
                "Rule callee_expired: ", "\"end\" read.\n");
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(remote));
    party_close(&alice);
    party_close(&bob);
}

static void idle_open_and_unsent_invitations_have_texts(void) {
    party me, bob;
    rtm_local_call_invitation *idle, *local;
    rtm_remote_call_invitation *remote;
    party_create(&me, HUB, "me", NULL);
    party_open(&bob, HUB, "bob");
    idle = party_creates(&me, "a;b\n#c->>d");
    CHECK_PARTS(local_ladder(idle, RTM_LADDER_TEXT), "call without an id, - -> a;b?#c->>d: IDLE\n",
                "nothing has happened to it yet\n");
    CHECK_STATUS(rtm_call_manager_cancel_local_invitation(me.manager, idle), RTM_INVITATION_API_CALL_ERR_NOT_STARTED);
    CHECK_PARTS(local_ladder(idle, RTM_LADDER_TEXT), "0.000  cancel() answered NOT_STARTED\n");
    CHECK_PARTS(local_ladder(idle, RTM_LADDER_MERMAID), "    participant callee as a#59;b#63;#35;c#45;#62;#62;d\n");
    CHECK_PARTS(local_explained(idle), "was not sent: IDLE.\n", "cancel() answered NOT_STARTED");
    party_login(&me);
    ring(&me, &bob, &local, &remote);
    CHECK_PARTS(local_ladder(local, RTM_LADDER_TEXT), "me -> bob: RECEIVED_BY_REMOTE\n", "send()");
    CHECK(strstr(told, "rule") == NULL);
    CHECK_PARTS(local_explained(local), "is open: RECEIVED_BY_REMOTE.\n", "What happened so far: ");
    CHECK_PARTS(remote_explained(remote), "is open: INVITATION_RECEIVED.\n");
    party_close(&me);
    CHECK_PARTS(local_ladder(local, RTM_LADDER_TEXT), "FAILURE (released)", "rule released: ");
    CHECK_PARTS(local_ladder(idle, RTM_LADDER_TEXT), "IDLE\n");
    CHECK_OK(rtm_local_call_invitation_release(idle));
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(remote));
    party_close(&bob);
}

static void the_length_is_settable(void) {
    party alice, bob;
    rtm_local_call_invitation *local;
    rtm_remote_call_invitation *remote;
    int n;
    party_open(&alice, HUB, "alice");
    party_open(&bob, HUB, "bob");
    CHECK_OK(rtm_service_set_ladder_entries(alice.service, 0));
    CHECK_OK(rtm_service_set_ladder_entries(bob.service, 3));
    ring(&alice, &bob, &local, &remote);
    CHECK_OK(rtm_call_manager_refuse_remote_invitation(bob.manager, remote));
    for (n = 0; n < 10; n++)
        CHECK_STATUS(rtm_call_manager_refuse_remote_invitation(bob.manager, remote),
                     RTM_INVITATION_API_CALL_ERR_ALREADY_END);
    CHECK_COMES(&alice, L_REFUSED, 1, NULL);
    CHECK_PARTS(local_ladder(local, RTM_LADDER_TEXT), "REFUSED_BY_REMOTE", "no ladder was kept", "rule refused: ");
    CHECK(strstr(told, "invite, ") == NULL);
    CHECK_PARTS(remote_ladder(remote, RTM_LADDER_TEXT), "<-- invite, ", " left out\n", "ended: REFUSED (refused)\n",
                " left out\n", "refuse() answered ALREADY_END\n", "rule refuse: ");
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(remote));

    CHECK_OK(rtm_service_set_ladder_entries(alice.service, 1024));
    CHECK_STATUS(rtm_service_set_ladder_entries(alice.service, 1025), INVALID);
    CHECK_TEXT(rtm_last_error(), "a ladder of 1025 entries is too long, the limit is 1024");
    CHECK_STATUS(rtm_service_set_ladder_entries(alice.service, UINT32_MAX), INVALID);
    CHECK_OK(rtm_service_set_parameters(alice.service, "{\"rtm_call.ladder_entries\": 2}"));
    local = party_creates(&alice, "bob");
    for (n = 0; n < 5; n++)
        CHECK_STATUS(rtm_call_manager_cancel_local_invitation(alice.manager, local),
                     RTM_INVITATION_API_CALL_ERR_NOT_STARTED);
    CHECK_PARTS(local_ladder(local, RTM_LADDER_TEXT), "cancel()", "... 3 entries left out\n", "cancel()");
    CHECK_OK(rtm_local_call_invitation_release(local));
    party_close(&alice);
    party_close(&bob);
}

static void the_buffer_is_written_whole_or_not_at_all(void) {
    party me;
    rtm_local_call_invitation *idle;
    size_t needed = 0, whole;
    char small[8];
    party_create(&me, HUB, "me", NULL);
    idle = party_creates(&me, "bob");
    CHECK_STATUS(rtm_local_call_invitation_get_ladder_copy(idle, RTM_LADDER_TEXT, NULL, 0, &needed),
                 RTM_ERR_BUFFER_TOO_SMALL);
    whole = needed;
    CHECK(whole > sizeof small);
    memset(small, 'x', sizeof small);
    CHECK_STATUS(rtm_local_call_invitation_get_ladder_copy(idle, RTM_LADDER_TEXT, small, sizeof small, NULL),
                 RTM_ERR_BUFFER_TOO_SMALL);
    CHECK(small[0] == 'x' && small[sizeof small - 1] == 'x');
    told[whole] = 'x';
    CHECK_OK(rtm_local_call_invitation_get_ladder_copy(idle, RTM_LADDER_TEXT, told, whole, NULL));
    CHECK(told[whole - 1] == 0 && told[whole] == 'x');
    CHECK_STATUS(rtm_local_call_invitation_get_ladder_copy(idle, RTM_LADDER_TEXT, told, whole - 1, NULL),
                 RTM_ERR_BUFFER_TOO_SMALL);
    CHECK_STATUS(rtm_local_call_invitation_get_ladder_copy(idle, RTM_LADDER_TEXT, NULL, 10, NULL), INVALID);
    CHECK_STATUS(rtm_local_call_invitation_explain(idle, NULL, 10, NULL), INVALID);
    CHECK_STATUS(rtm_local_call_invitation_explain(idle, NULL, 0, &needed), RTM_ERR_BUFFER_TOO_SMALL);
    CHECK_INT(needed, strlen(local_explained(idle)) + 1);
    CHECK_STATUS(rtm_local_call_invitation_get_ladder_copy(idle, 2, told, sizeof told, NULL), INVALID);
    CHECK_TEXT(rtm_last_error(), "the format of the ladder is 2, which is none");
    CHECK_STATUS(rtm_local_call_invitation_get_ladder_copy(idle, -1, told, sizeof told, NULL), INVALID);
    CHECK_OK(rtm_local_call_invitation_release(idle));
    party_close(&me);
}

/* Inside its callbacks an invitation can be asked too. */
static void ask_inside(party *me, const event *what) {
    char text[ROOM];
    counter *asked = (counter *)me->extra;
    if (what->local != NULL) {
        CHECK_OK(rtm_local_call_invitation_get_ladder_copy(what->local, RTM_LADDER_TEXT, text, sizeof text, NULL));
        CHECK(strstr(text, "invite, ") != NULL);
        CHECK_OK(rtm_local_call_invitation_explain(what->local, text, sizeof text, NULL));
        counter_add(asked, 1);
    }
    if (what->remote != NULL) {
        CHECK_OK(rtm_remote_call_invitation_get_ladder_copy(what->remote, RTM_LADDER_MERMAID, text, sizeof text, NULL));
        CHECK(strstr(text, "invite, ") != NULL);
        CHECK_OK(rtm_remote_call_invitation_explain(what->remote, text, sizeof text, NULL));
        counter_add(asked, 1);
    }
}

static void a_callback_may_ask(void) {
    party alice, bob;
    counter asked;
    rtm_local_call_invitation *local;
    rtm_remote_call_invitation *remote;
    counter_init(&asked);
    party_open(&alice, HUB, "alice");
    party_open(&bob, HUB, "bob");
    party_hooks(&alice, ask_inside, &asked);
    party_hooks(&bob, ask_inside, &asked);
    ring(&alice, &bob, &local, &remote);
    CHECK_OK(rtm_call_manager_cancel_local_invitation(alice.manager, local));
    CHECK_COMES(&alice, L_CANCELED, 1, NULL);
    CHECK_COMES(&bob, R_CANCELED, 1, NULL);
    CHECK_OK(rtm_local_call_invitation_release(local));
    CHECK_OK(rtm_remote_call_invitation_release(remote));
    party_close(&alice);
    party_close(&bob);
    CHECK_INT(counter_get(&asked), 4);
    counter_destroy(&asked);
}

static const test tests[] = {
    TEST(an_accepted_call_is_told_by_both_sides),      TEST(an_unanswered_call_names_the_window),
    TEST(idle_open_and_unsent_invitations_have_texts), TEST(the_length_is_settable),
    TEST(the_buffer_is_written_whole_or_not_at_all),   TEST(a_callback_may_ask),
};

RUN_TESTS("the ladder of an invitation", tests)
