/* A program without any C library, compiled for MSVC's ABI and linked to rtm_call.dll by its import library: a call
 * between two, on the program's own thread. Its exit code tells the line that failed; 0: none. */
#include "rtm_call.h"

__declspec(dllimport) void __stdcall ExitProcess(unsigned int code);

#define MUST(held)                                                                                                     \
    do {                                                                                                               \
        if (!(held))                                                                                                   \
            ExitProcess(__LINE__);                                                                                     \
    } while (0)

static rtm_call_manager *alices, *bobs;
static rtm_remote_call_invitation *ringing;
static int accepted, dropped;

static void on_ring(void *context, rtm_remote_call_invitation *invitation) {
    MUST(context == &bobs);
    ringing = invitation;
    MUST(rtm_call_manager_accept_remote_invitation(bobs, invitation) == RTM_OK);
}
static void on_accepted(void *context, rtm_local_call_invitation *invitation, const char *response) {
    MUST(context == &alices && invitation != NULL && response[0] == 0);
    accepted++;
}
static void on_drop(void *context) {
    MUST(context != NULL);
    dropped++;
}

static rtm_service_config config;
static rtm_service_event_handler events;
static rtm_call_event_handler calls;

static rtm_service *log_in(const char *user, rtm_call_manager **manager) {
    rtm_service *service = NULL;
    calls.context = manager;
    MUST(rtm_service_create(&config, &service) == RTM_OK);
    MUST(rtm_service_initialize(service, "msvc", &events) == RTM_OK);
    MUST(rtm_service_get_call_manager(service, &calls, manager) == RTM_OK);
    MUST(rtm_service_login(service, NULL, user) == RTM_OK);
    return service;
}

void start(void) {
    rtm_service *alice, *bob;
    rtm_local_call_invitation *call = NULL;
    int rounds;
    MUST(rtm_version_number() == RTM_CALL_VERSION_NUMBER);
    config.struct_size = sizeof config;
    config.url = "hub://msvc";
    config.delivery = RTM_DELIVERY_PUMP;
    events.struct_size = sizeof events;
    calls.struct_size = sizeof calls;
    calls.on_remote_invitation_received = on_ring;
    calls.on_local_invitation_accepted = on_accepted;
    calls.drop = on_drop;
    alice = log_in("alice", &alices);
    bob = log_in("bob", &bobs);
    MUST(rtm_call_manager_create_local_call_invitation(alices, "bob", &call) == RTM_OK);
    MUST(rtm_call_manager_send_local_invitation(alices, call) == RTM_OK);
    for (rounds = 0; rounds < 10; rounds++) { /* the hub is done when a call returns */
        MUST(rtm_service_dispatch(bob, 0, NULL) == RTM_OK);
        MUST(rtm_service_dispatch(alice, 0, NULL) == RTM_OK);
    }
    MUST(accepted == 1 && ringing != NULL);
    MUST(rtm_local_call_invitation_release(call) == RTM_OK);
    MUST(rtm_remote_call_invitation_release(ringing) == RTM_OK);
    MUST(rtm_service_release(alice) == RTM_OK && rtm_service_release(bob) == RTM_OK);
    MUST(dropped == 2);
    ExitProcess(0);
}
