/* carrier_tcp: a carrier of the application's own, over plain TCP between processes.
 *
 *   carrier_tcp --serve 5000                                        the relay, and in two other terminals
 *   carrier_tcp --url tcp://127.0.0.1:5000 --user bob --answer accept
 *   carrier_tcp --url tcp://127.0.0.1:5000 --user alice --call bob
 *
 * carrier.c is the carrier, relay.c its server, frame.h what travels between them. This file only uses it: but for
 * tcp_carrier_register() and the address there is nothing about carriers here.
 */
#include "platform.h" /* first: it asks the system for POSIX */

#include "carrier.h"
#include "relay.h"

#ifndef _WIN32
#include <poll.h>
#endif

static const char usage[] = "usage: carrier_tcp --serve PORT [--account USER=TOKEN]...\n"
                            "       carrier_tcp --url tcp://HOST:PORT --user NAME [option]...\n"
                            "\n"
                            "  --serve PORT          be the relay, on 127.0.0.1; 0: any free port, which is printed\n"
                            "  --account USER=TOKEN  only the users that are named may log in\n"
                            "\n"
                            "  --url ADDRESS         the relay to use\n"
                            "  --user NAME           log in as this user, and wait for a call\n"
                            "  --token TEXT          with this token\n"
                            "  --call PEER           call this user instead of waiting\n"
                            "  --cancel              ... and cancel when it rings there\n"
                            "  --answer WHAT         to a call: accept, refuse or wait (the default)\n"
                            "  --calls N             leave after so many calls; default 1\n"
                            "  --acknowledge-ms N, --ring-ms N, --grace-ms N\n"
                            "                        the windows of rtm_service_config\n"
                            "\n"
                            "Exit code: 0, the calls have ended, however; 1, no login or no relay; 2, wrong usage.\n";

static struct {
    const char *serve, *url, *user, *token, *call, *answer;
    bool cancel;
    uint32_t calls, acknowledge_ms, ring_ms, grace_ms;
    struct account accounts[16];
    int account_count;
} options = {.answer = "wait", .calls = 1};

static rtm_service *service;
static rtm_call_manager *manager;
static bool logged_in, lost;
static uint32_t ended;

static void check(rtm_status status) {
    if (status != RTM_OK) {
        fprintf(stderr, "%s: %s\n", rtm_status_name((int32_t)status), rtm_last_error());
        exit(1);
    }
}

/* What the other side did may cross what is done here: then the call has ended already, and its last callback says how.
 */
static void check_in_time(rtm_status status) {
    if (status != RTM_INVITATION_API_CALL_ERR_ALREADY_END)
        check(status);
}

/* ---- Callbacks ----------------------------------------------------------------------------------------------------
 */

static void on_login_success(void *context) {
    (void)context;
    logged_in = true;
    printf("logged in\n");
}
static void on_login_failure(void *context, rtm_login_err error) {
    (void)context;
    lost = true;
    printf("cannot log in: %s\n", rtm_login_err_text(error));
}
static void on_connection_state_changed(void *context, rtm_connection_state state,
                                        rtm_connection_change_reason reason) {
    (void)context;
    lost = lost || state == RTM_CONNECTION_STATE_ABORTED;
    printf("%s: %s\n", rtm_connection_state_text((int32_t)state), rtm_connection_change_reason_text((int32_t)reason));
}

/* "RTM_END_REASON_EXPIRED" without "RTM_END_REASON_" is "EXPIRED". */
static const char *without(const char *prefix, const char *name) {
    return name + strlen(prefix);
}

static void local_ended(rtm_local_call_invitation *invitation) {
    rtm_local_invitation_state state;
    rtm_end_reason reason;
    check(rtm_local_call_invitation_get_state(invitation, &state));
    check(rtm_local_call_invitation_get_end_reason(invitation, &reason, NULL));
    const char *response = rtm_local_call_invitation_get_response(invitation);
    printf("ended %s %s%s%s\n", without("RTM_LOCAL_INVITATION_STATE_", rtm_local_invitation_state_name((int32_t)state)),
           without("RTM_END_REASON_", rtm_end_reason_name((int32_t)reason)), *response ? " " : "", response);
    ended++;
    check(rtm_local_call_invitation_release(invitation));
}
static void on_local_received(void *context, rtm_local_call_invitation *invitation) {
    (void)context;
    printf("it rings at %s\n", rtm_local_call_invitation_get_callee_id(invitation));
    if (options.cancel)
        check_in_time(rtm_call_manager_cancel_local_invitation(manager, invitation));
}
static void on_local_answered(void *context, rtm_local_call_invitation *invitation, const char *response) {
    (void)context;
    (void)response;
    local_ended(invitation);
}
static void on_local_canceled(void *context, rtm_local_call_invitation *invitation) {
    (void)context;
    local_ended(invitation);
}
static void on_local_failure(void *context, rtm_local_call_invitation *invitation, rtm_local_invitation_err error) {
    (void)context;
    (void)error;
    local_ended(invitation);
}

static void on_remote_received(void *context, rtm_remote_call_invitation *invitation) {
    (void)context;
    printf("RING %s %s\n", rtm_remote_call_invitation_get_caller_id(invitation),
           rtm_remote_call_invitation_get_content(invitation));
    if (!strcmp(options.answer, "accept")) {
        check(rtm_remote_call_invitation_set_response(invitation, "coming"));
        check_in_time(rtm_call_manager_accept_remote_invitation(manager, invitation));
    } else if (!strcmp(options.answer, "refuse")) {
        check(rtm_remote_call_invitation_set_response(invitation, "not now"));
        check_in_time(rtm_call_manager_refuse_remote_invitation(manager, invitation));
    }
}
static void on_remote_ended(void *context, rtm_remote_call_invitation *invitation) {
    rtm_remote_invitation_state state;
    rtm_end_reason reason;
    (void)context;
    check(rtm_remote_call_invitation_get_state(invitation, &state));
    check(rtm_remote_call_invitation_get_end_reason(invitation, &reason, NULL));
    printf("ended %s %s\n", without("RTM_REMOTE_INVITATION_STATE_", rtm_remote_invitation_state_name((int32_t)state)),
           without("RTM_END_REASON_", rtm_end_reason_name((int32_t)reason)));
    ended++;
    check(rtm_remote_call_invitation_release(invitation));
}
static void on_remote_failure(void *context, rtm_remote_call_invitation *invitation, rtm_remote_invitation_err error) {
    (void)error;
    on_remote_ended(context, invitation);
}

/* ---- A user -------------------------------------------------------------------------------------------------------
 */

/* Runs callbacks as they come, until this many calls have ended or the session is lost. */
static void dispatch_until(const bool *flag, uint32_t calls) {
    intptr_t handle;
    check(rtm_service_get_dispatch_handle(service, &handle));
    while (!lost && !(flag && *flag) && (flag || ended < calls)) {
#ifdef _WIN32
        WaitForSingleObject((HANDLE)handle, INFINITE);
#else
        struct pollfd fd = {(int)handle, POLLIN, 0};
        poll(&fd, 1, -1);
#endif
        check(rtm_service_dispatch(service, 0, NULL));
        fflush(stdout);
    }
}

static int run_user(void) {
    rtm_service_config config = {
        .struct_size = sizeof config,
        .url = options.url,
        .delivery = RTM_DELIVERY_PUMP,
        .acknowledge_timeout_ms = options.acknowledge_ms,
        .ring_timeout_ms = options.ring_ms,
        .grace_ms = options.grace_ms,
    };
    rtm_service_event_handler service_events = {
        .struct_size = sizeof service_events,
        .on_login_success = on_login_success,
        .on_login_failure = on_login_failure,
        .on_connection_state_changed = on_connection_state_changed,
    };
    rtm_call_event_handler call_events = {
        .struct_size = sizeof call_events,
        .on_local_invitation_received_by_peer = on_local_received,
        .on_local_invitation_accepted = on_local_answered,
        .on_local_invitation_refused = on_local_answered,
        .on_local_invitation_canceled = on_local_canceled,
        .on_local_invitation_failure = on_local_failure,
        .on_remote_invitation_received = on_remote_received,
        .on_remote_invitation_accepted = on_remote_ended,
        .on_remote_invitation_refused = on_remote_ended,
        .on_remote_invitation_canceled = on_remote_ended,
        .on_remote_invitation_failure = on_remote_failure,
    };
    check(tcp_carrier_register());
    check(rtm_service_create(&config, &service));
    check(rtm_service_initialize(service, "carrier-tcp", &service_events));
    check(rtm_service_get_call_manager(service, &call_events, &manager));
    check(rtm_service_login(service, options.token, options.user));
    dispatch_until(&logged_in, 0);
    for (uint32_t call = 1; options.call && !lost && call <= options.calls; call++) {
        rtm_local_call_invitation *invitation;
        check(rtm_call_manager_create_local_call_invitation(manager, options.call, &invitation));
        check(rtm_local_call_invitation_set_content(invitation, "hello"));
        check(rtm_call_manager_send_local_invitation(manager, invitation));
        dispatch_until(NULL, call);
    }
    if (!options.call)
        dispatch_until(NULL, options.calls);
    check(rtm_service_release(service)); /* tells the peers, and waits until the carrier has written it */
    check(rtm_transport_unregister("tcp"));
    return lost ? 1 : 0;
}

/* ---- The command line -----------------------------------------------------------------------------------------------
 */

static int wrong_usage(const char *what, const char *argument) {
    fprintf(stderr, "carrier_tcp: %s '%s'\n%s", what, argument, usage);
    return 2;
}

int main(int argc, char **argv) {
    const struct {
        const char *name;
        const char **text;
        uint32_t *number;
    } known[] = {
        {"--serve", &options.serve, NULL},     {"--url", &options.url, NULL},
        {"--user", &options.user, NULL},       {"--token", &options.token, NULL},
        {"--call", &options.call, NULL},       {"--answer", &options.answer, NULL},
        {"--calls", NULL, &options.calls},     {"--acknowledge-ms", NULL, &options.acknowledge_ms},
        {"--ring-ms", NULL, &options.ring_ms}, {"--grace-ms", NULL, &options.grace_ms},
    };
    for (int i = 1; i < argc; i++) {
        const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : NULL;
        size_t k = 0;
        if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
            fputs(usage, stdout);
            return 0;
        }
        if (!strcmp(name, "--cancel")) {
            options.cancel = true;
            continue;
        }
        if (!value)
            return wrong_usage("there is no option, or no value for", name);
        i++;
        if (!strcmp(name, "--account")) {
            char *equals = strchr(argv[i], '=');
            if (!equals || options.account_count == 16)
                return wrong_usage("an account is USER=TOKEN, and there are at most 16, not", value);
            *equals = 0;
            options.accounts[options.account_count].user = value;
            options.accounts[options.account_count++].token = equals + 1;
            continue;
        }
        while (k < sizeof known / sizeof known[0] && strcmp(known[k].name, name))
            k++;
        if (k == sizeof known / sizeof known[0])
            return wrong_usage("there is no option", name);
        if (known[k].text)
            *known[k].text = value;
        else if (strspn(value, "0123456789") != strlen(value) || strlen(value) == 0 || strlen(value) > 9)
            return wrong_usage("this is no number:", value);
        else
            *known[k].number = (uint32_t)strtoul(value, NULL, 10);
    }
    if (!options.serve && (!options.url || !options.user))
        return wrong_usage("needed is --serve, or --url and --user;", argc > 1 ? argv[1] : "nothing");
    if (strcmp(options.answer, "accept") && strcmp(options.answer, "refuse") && strcmp(options.answer, "wait"))
        return wrong_usage("an answer is accept, refuse or wait, not", options.answer);
    if (options.serve && (strspn(options.serve, "0123456789") != strlen(options.serve) || strlen(options.serve) > 5 ||
                          strtoul(options.serve, NULL, 10) > 65535))
        return wrong_usage("this is no port:", options.serve);
    if (!net_init()) {
        fprintf(stderr, "there are no sockets\n");
        return 1;
    }
    if (options.serve)
        return relay_run(options.serve, options.accounts, options.account_count);
    return run_user();
}
