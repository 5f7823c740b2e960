/* demo.c: Alice calls Bob, and every way in which a call can end is played, in one process and without a server.
 *
 * Read main() first, then the callbacks, then the scenes. The library has threads of its own; this program has one, and
 * needs no locks, for it asked for pump mode: callbacks run inside rtm_service_dispatch(), where it wants them.
 */
#include "rtm_call.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <windows.h>
#else
#include <poll.h>
#include <unistd.h>
#endif

/* One user: what a real application would keep for the one person in front of it. */
struct user {
    const char *name;
    rtm_service *service;
    rtm_call_manager *manager;
    bool logged_in, peer_is_online, message_sent, message_received;
    rtm_local_call_invitation *calling;  /* the call from here */
    rtm_remote_call_invitation *ringing; /* what rings here and is not answered yet */
    bool knows_of_ring, rang, ended;     /* how far the present call is, here */
    const char *state;                   /* how it ended: the state, in words ... */
    rtm_end_reason reason;               /* ... and the reason, the same on both sides */
};

static struct user alice = {.name = "alice"}, bob = {.name = "bob"};
static bool colour;

/* What the library tells of two of the calls, for the end of the demo. */
static char ladder[4096], explanation[4096];

/* ---- Output ---------------------------------------------------------------------------------------------------- */

/* Prints a line in the column of its user: what Alice sees is on the left, what Bob sees on the right. */
static void say(const struct user *user, const char *format, ...) {
    bool left = user == &alice;
    va_list arguments;
    va_start(arguments, format);
    printf("%*s%s%-5s%s ", left ? 2 : 48, "",
           !colour ? ""
           : left  ? "\033[36m"
                   : "\033[33m",
           user->name, colour ? "\033[0m" : "");
    vprintf(format, arguments);
    putchar('\n');
    va_end(arguments);
}

static void title(const char *text) {
    printf("\n%s%s%s\n", colour ? "\033[1m" : "", text, colour ? "\033[0m" : "");
}

/* Every function that can fail answers a status; the last error says in a sentence what was wrong. */
static void check(rtm_status status) {
    if (status != RTM_OK) {
        fprintf(stderr, "%s: %s\n", rtm_status_name(status), rtm_last_error());
        exit(1);
    }
}

/* "RTM_END_REASON_EXPIRED" without "RTM_END_REASON_" is "EXPIRED". */
static const char *without(const char *prefix, const char *name) {
    return name + strlen(prefix);
}

/* ---- Callbacks: login, presence, messages ------------------------------------------------------------------------ */

static void on_login_success(void *context) {
    struct user *user = context;
    user->logged_in = true;
    say(user, "is logged in");
}
static void on_login_failure(void *context, rtm_login_err error) {
    say(context, "cannot log in: %s", rtm_login_err_text(error));
}
static void on_logout(void *context, rtm_logout_err error) {
    struct user *user = context;
    user->logged_in = false;
    say(user, "is logged out (%s)", rtm_logout_err_text(error));
}
static void on_peers_online_status_changed(void *context, const rtm_peer_online_status *peers, size_t count) {
    struct user *user = context;
    for (size_t i = 0; i < count; i++) {
        say(user, "sees that %s is %s", peers[i].peer_id,
            without("RTM_PEER_ONLINE_STATE_", rtm_peer_online_state_name(peers[i].state)));
        user->peer_is_online = peers[i].state == RTM_PEER_ONLINE_STATE_ONLINE;
    }
}
static void on_send_message_result(void *context, int64_t message_id, rtm_peer_message_err error) {
    struct user *user = context;
    user->message_sent = error == RTM_PEER_MESSAGE_ERR_OK;
    say(user, "message %d: %s", (int)message_id, rtm_peer_message_err_text(error));
}
static void on_message_received_from_peer(void *context, const char *peer_id, rtm_message *message) {
    struct user *user = context;
    user->message_received = true;
    say(user, "reads from %s: \"%s\"", peer_id, rtm_message_get_text(message));
}

/* ---- Callbacks: the caller's side -------------------------------------------------------------------------------- */

/* All endings of a local invitation come here. The handle is given back: nothing comes after this. */
static void local_ended(struct user *user, rtm_local_call_invitation *invitation, const char *detail) {
    rtm_local_invitation_state state;
    check(rtm_local_call_invitation_get_state(invitation, &state));
    check(rtm_local_call_invitation_get_end_reason(invitation, &user->reason, NULL));
    user->state = without("RTM_LOCAL_INVITATION_STATE_", rtm_local_invitation_state_name(state));
    say(user, "%s%s%s", user->state, *detail ? ": " : "", detail);
    user->ended = true;
    if (user->reason == RTM_END_REASON_ACCEPTED)
        check(rtm_local_call_invitation_get_ladder_copy(invitation, RTM_LADDER_TEXT, ladder, sizeof ladder, NULL));
    if (user->reason == RTM_END_REASON_EXPIRED)
        check(rtm_local_call_invitation_explain(invitation, explanation, sizeof explanation, NULL));
    check(rtm_local_call_invitation_release(invitation));
}

static void on_local_received_by_peer(void *context, rtm_local_call_invitation *invitation) {
    struct user *user = context;
    say(user, "knows that it rings at %s", rtm_local_call_invitation_get_callee_id(invitation));
    user->knows_of_ring = true;
}
static void on_local_accepted(void *context, rtm_local_call_invitation *invitation, const char *response) {
    local_ended(context, invitation, response);
}
static void on_local_refused(void *context, rtm_local_call_invitation *invitation, const char *response) {
    local_ended(context, invitation, response);
}
static void on_local_canceled(void *context, rtm_local_call_invitation *invitation) {
    local_ended(context, invitation, "");
}
static void on_local_failure(void *context, rtm_local_call_invitation *invitation, rtm_local_invitation_err error) {
    local_ended(context, invitation, rtm_local_invitation_err_text(error));
}

/* ---- Callbacks: the callee's side -------------------------------------------------------------------------------- */

static void remote_ended(struct user *user, rtm_remote_call_invitation *invitation, const char *detail) {
    rtm_remote_invitation_state state;
    check(rtm_remote_call_invitation_get_state(invitation, &state));
    check(rtm_remote_call_invitation_get_end_reason(invitation, &user->reason, NULL));
    user->state = without("RTM_REMOTE_INVITATION_STATE_", rtm_remote_invitation_state_name(state));
    say(user, "%s%s%s", user->state, *detail ? ": " : "", detail);
    user->ended = true;
    user->ringing = NULL;
    check(rtm_remote_call_invitation_release(invitation));
}

/* It rings. The handle is ours from now on, and the same one in every later callback of this invitation. */
static void on_remote_received(void *context, rtm_remote_call_invitation *invitation) {
    struct user *user = context;
    say(user, "RING! %s: \"%s\"", rtm_remote_call_invitation_get_caller_id(invitation),
        rtm_remote_call_invitation_get_content(invitation));
    user->ringing = invitation;
    user->rang = true;
}
static void on_remote_accepted(void *context, rtm_remote_call_invitation *invitation) {
    remote_ended(context, invitation, "the caller knows");
}
static void on_remote_refused(void *context, rtm_remote_call_invitation *invitation) {
    remote_ended(context, invitation, "");
}
static void on_remote_canceled(void *context, rtm_remote_call_invitation *invitation) {
    remote_ended(context, invitation, "by the caller");
}
static void on_remote_failure(void *context, rtm_remote_call_invitation *invitation, rtm_remote_invitation_err error) {
    remote_ended(context, invitation, rtm_remote_invitation_err_text(error));
}

/* ---- Waiting ----------------------------------------------------------------------------------------------------- */

/* Sleeps until one of the two services has callbacks to run; false if none had within `ms` milliseconds. */
static bool sleep_until_callbacks(int ms) {
    intptr_t a, b;
    check(rtm_service_get_dispatch_handle(alice.service, &a));
    check(rtm_service_get_dispatch_handle(bob.service, &b));
#ifdef _WIN32
    HANDLE handles[2] = {(HANDLE)a, (HANDLE)b};
    return WaitForMultipleObjects(2, handles, FALSE, (DWORD)ms) != WAIT_TIMEOUT;
#else
    struct pollfd fds[2] = {{(int)a, POLLIN, 0}, {(int)b, POLLIN, 0}};
    return poll(fds, 2, ms) > 0;
#endif
}

/* Runs callbacks until one of the user's has set the flag. A GUI would watch the dispatch handle in its event loop. */
static void wait_for(struct user *user, const bool *flag, const char *what) {
    struct user *other = user == &alice ? &bob : &alice;
    for (int quiet = 0; quiet < 100;) { /* 10 s of silence: something is broken */
        check(rtm_service_dispatch(user->service, 0, NULL));
        if (*flag)
            return;
        check(rtm_service_dispatch(other->service, 0, NULL));
        quiet += !sleep_until_callbacks(100);
    }
    fprintf(stderr, "%s waited in vain for %s\n", user->name, what);
    exit(1);
}

/* ---- The scenes -------------------------------------------------------------------------------------------------- */

static void log_in(struct user *user) {
    check(rtm_service_login(user->service, NULL, user->name)); /* the in-process carrier wants no token */
    wait_for(user, &user->logged_in, "the login");
}

static void bob_accepts(void) {
    say(&bob, "accepts");
    check(rtm_remote_call_invitation_set_response(bob.ringing, "with pleasure"));
    check(rtm_call_manager_accept_remote_invitation(bob.manager, bob.ringing));
}
static void bob_refuses(void) {
    say(&bob, "refuses");
    check(rtm_remote_call_invitation_set_response(bob.ringing, "not now"));
    check(rtm_call_manager_refuse_remote_invitation(bob.manager, bob.ringing));
}
static void alice_cancels(void) {
    say(&alice, "changes her mind");
    check(rtm_call_manager_cancel_local_invitation(alice.manager, alice.calling));
}
static void bob_ignores_it(void) {
    say(&bob, "does not hear it");
}
static void alice_logs_out(void) {
    say(&alice, "logs out");
    check(rtm_service_logout(alice.service));
}

/* What is played while it rings, and how both sides must see the end. No state: nothing rings there. */
static const struct scene {
    const char *name, *callee;
    void (*play)(void);
    const char *at_caller, *at_callee;
    rtm_end_reason reason;
} scenes[] = {
    {"accepted", "bob", bob_accepts, "ACCEPTED_BY_REMOTE", "ACCEPTED", RTM_END_REASON_ACCEPTED},
    {"refused", "bob", bob_refuses, "REFUSED_BY_REMOTE", "REFUSED", RTM_END_REASON_REFUSED},
    {"canceled", "bob", alice_cancels, "CANCELED", "CANCELED", RTM_END_REASON_CANCELED},
    {"unanswered", "bob", bob_ignores_it, "FAILURE", "FAILURE", RTM_END_REASON_EXPIRED},
    {"callee offline", "carol", NULL, "FAILURE", "", RTM_END_REASON_UNREACHABLE},
    {"caller logs out", "bob", alice_logs_out, "FAILURE", "CANCELED", RTM_END_REASON_LOGGED_OUT},
};
enum { SCENES = sizeof scenes / sizeof scenes[0] };

/* Plays one call. Returns whether both sides saw the end that they should. */
static bool play(const struct scene *scene, char *summary, size_t size) {
    title(scene->name);
    alice.knows_of_ring = alice.ended = bob.rang = bob.ended = false;
    bob.state = "";
    check(rtm_call_manager_create_local_call_invitation(alice.manager, scene->callee, &alice.calling));
    check(rtm_local_call_invitation_set_channel_id(alice.calling, "room-1"));
    check(rtm_local_call_invitation_set_content(alice.calling, "Are you there?"));
    if (scene->reason == RTM_END_REASON_UNREACHABLE) /* short, for a short demo; the defaults are 30 s and 60 s */
        check(rtm_local_call_invitation_set_acknowledge_timeout(alice.calling, 1000));
    if (scene->reason == RTM_END_REASON_EXPIRED)
        check(rtm_local_call_invitation_set_ring_timeout(alice.calling, 1000));
    check(rtm_call_manager_send_local_invitation(alice.manager, alice.calling));
    say(&alice, "calls %s", scene->callee);
    if (scene->play) {
        wait_for(&bob, &bob.rang, "the ring");
        wait_for(&alice, &alice.knows_of_ring, "word of the ring");
        scene->play();
    }
    wait_for(&alice, &alice.ended, "the end");
    if (scene->play)
        wait_for(&bob, &bob.ended, "the end");
    bool fine = !strcmp(alice.state, scene->at_caller) && !strcmp(bob.state, scene->at_callee) &&
                alice.reason == scene->reason && (!scene->play || bob.reason == scene->reason);
    snprintf(summary, size, "%-16s %-20s %-12s %-14s %s", scene->name, alice.state, *bob.state ? bob.state : "-",
             without("RTM_END_REASON_", rtm_end_reason_name(alice.reason)), fine ? "yes" : "NO");
    return fine;
}

static void presence_and_message(void) {
    const char *peers[] = {"bob"};
    rtm_message *message;
    title("presence and a message");
    log_in(&alice);
    check(rtm_service_subscribe_peers_online_status(alice.service, peers, 1, NULL));
    log_in(&bob);
    wait_for(&alice, &alice.peer_is_online, "Bob's presence");
    check(rtm_service_create_text_message(alice.service, "I will call you.", &message));
    check(rtm_service_send_message_to_peer(alice.service, "bob", message, NULL));
    check(rtm_message_release(message));
    wait_for(&bob, &bob.message_received, "the message");
    wait_for(&alice, &alice.message_sent, "the result");
}

/* ---- The life of a service --------------------------------------------------------------------------------------- */

static void open_service(struct user *user) {
    rtm_service_config config = {
        .struct_size = sizeof config,
        .url = "hub://demo", /* both users live in this process */
        .delivery = RTM_DELIVERY_PUMP,
    };
    rtm_service_event_handler service_events = {
        .struct_size = sizeof service_events,
        .context = user, /* the first argument of every callback */
        .on_login_success = on_login_success,
        .on_login_failure = on_login_failure,
        .on_logout = on_logout,
        .on_send_message_result = on_send_message_result,
        .on_message_received_from_peer = on_message_received_from_peer,
        .on_peers_online_status_changed = on_peers_online_status_changed,
    };
    rtm_call_event_handler call_events = {
        .struct_size = sizeof call_events,
        .context = user,
        .on_local_invitation_received_by_peer = on_local_received_by_peer,
        .on_local_invitation_accepted = on_local_accepted,
        .on_local_invitation_refused = on_local_refused,
        .on_local_invitation_canceled = on_local_canceled,
        .on_local_invitation_failure = on_local_failure,
        .on_remote_invitation_received = on_remote_received,
        .on_remote_invitation_accepted = on_remote_accepted,
        .on_remote_invitation_refused = on_remote_refused,
        .on_remote_invitation_canceled = on_remote_canceled,
        .on_remote_invitation_failure = on_remote_failure,
    };
    check(rtm_service_create(&config, &user->service));
    check(rtm_service_initialize(user->service, "demo-app", &service_events));
    check(rtm_service_get_call_manager(user->service, &call_events, &user->manager));
}

int main(int argc, char **argv) {
    char summaries[SCENES][160];
    bool fine = true;
    if (argc > 1) {
        bool help = !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h");
        fputs("usage: demo\nPlays every end of a call.\nExit code 0: both sides agreed; 1: not; 2: wrong usage.\n",
              help ? stdout : stderr);
        return help ? 0 : 2;
    }
#ifndef _WIN32
    colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
#endif
    printf("rtm_call %s\n", rtm_version());
    open_service(&alice);
    open_service(&bob);
    presence_and_message();
    for (int i = 0; i < SCENES; i++)
        fine = play(&scenes[i], summaries[i], sizeof summaries[i]) && fine;
    check(rtm_service_release(alice.service)); /* logs out; the last callbacks run before it returns */
    check(rtm_service_release(bob.service));

    title("both sides agree");
    printf("%-16s %-20s %-12s %-14s %s\n", "ending", "alice", "bob", "reason", "as expected");
    for (int i = 0; i < SCENES; i++)
        puts(summaries[i]);

    title("what happened to the accepted call, as Alice's library saw it");
    fputs(ladder, stdout);
    title("why the unanswered one ended");
    fputs(explanation, stdout);
    return fine ? 0 : 1;
}
