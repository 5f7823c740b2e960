/* Every function of rtm_call.h and rtm_call_test.h: how often it is called beside the others, and with what. */
#ifndef MISUSE_TABLE_H
#define MISUSE_TABLE_H

#include "carrier.h"
#include "codes.h"

#define S ((rtm_service *)pick(SERVICE))
#define M ((rtm_call_manager *)pick(MANAGER))
#define L ((rtm_local_call_invitation *)pick(LOCAL))
#define R ((rtm_remote_call_invitation *)pick(REMOTE))
#define G ((rtm_message *)pick(MESSAGE))
#define T ((rtm_transport_session *)pick(SESSION))
#define W ((rtm_test_world *)pick(WORLD))
#define P ((rtm_test_peer *)pick(PEER))

/* Publishes the handle that a call has written. */
static rtm_status made(kind of, rtm_status answer) {
    if (answer == RTM_OK)
        publish(of, WRITTEN(void *, 0));
    return answer;
}

/* A text getter: what it answers may be freed by another thread, but it is never NULL. */
static rtm_status text(const char *it) {
    if (it == NULL)
        broken("a text getter answers NULL");
    return here()->surely_bad || here()->is_null ? RTM_ERR_STALE_HANDLE : RTM_OK;
}

/* A text that needs no handle. */
static rtm_status stays(const char *it) {
    read_text(it);
    return RTM_OK;
}

static rtm_status copy(rtm_status (*get)(const void *, char *, size_t, size_t *), const void *handle) {
    static const size_t lengths[] = {0, 1, 2, 33, 40};
    here()->may_write = true; /* how long the text is, also if the buffer is too short for it */
    return get(handle, INTO(char, 1), lengths[below(5)], chance(50) ? NULL : INTO(size_t, 0));
}
#define COPY(function, handle_type)                                                                                    \
    static rtm_status copy_##function(const void *h, char *buffer, size_t length, size_t *needed) {                    \
        return function((const handle_type *)h, buffer, length, needed);                                               \
    }
#define COPIES(COPY_)                                                                                                  \
    COPY_(rtm_local_call_invitation_get_callee_id_copy, rtm_local_call_invitation)                                     \
    COPY_(rtm_local_call_invitation_get_content_copy, rtm_local_call_invitation)                                       \
    COPY_(rtm_local_call_invitation_get_channel_id_copy, rtm_local_call_invitation)                                    \
    COPY_(rtm_local_call_invitation_get_response_copy, rtm_local_call_invitation)                                      \
    COPY_(rtm_local_call_invitation_get_id_copy, rtm_local_call_invitation)                                            \
    COPY_(rtm_remote_call_invitation_get_caller_id_copy, rtm_remote_call_invitation)                                   \
    COPY_(rtm_remote_call_invitation_get_content_copy, rtm_remote_call_invitation)                                     \
    COPY_(rtm_remote_call_invitation_get_channel_id_copy, rtm_remote_call_invitation)                                  \
    COPY_(rtm_remote_call_invitation_get_response_copy, rtm_remote_call_invitation)                                    \
    COPY_(rtm_remote_call_invitation_get_id_copy, rtm_remote_call_invitation)
COPIES(COPY)

static rtm_status initialize(rtm_service *service, const char *app) {
    context *its = new_context();
    rtm_service_event_handler handler = service_handler(its);
    return handed_over(rtm_service_initialize(service, app, chance(98) ? &handler : NULL), its);
}

static rtm_status add_event_handler(rtm_service *service) {
    context *its = new_context();
    rtm_service_event_handler handler = service_handler(its);
    return handed_over(rtm_service_add_event_handler(service, chance(98) ? &handler : NULL, INTO(uint64_t, 0)), its);
}

static rtm_status get_call_manager(rtm_service *service, rtm_call_manager **manager) {
    context *its = new_context();
    rtm_call_event_handler handler = call_handler(its);
    bool none = chance(10);
    rtm_status answer = rtm_service_get_call_manager(service, none ? NULL : &handler, manager);
    handed_over(none ? RTM_ERR_NOT_FOUND : answer, its);
    if (answer == RTM_OK)
        publish(MANAGER, *manager);
    return answer;
}

static rtm_status set_log_handler(rtm_service *service) {
    context *its = new_context();
    rtm_log_handler handler = log_handler(its);
    bool none = chance(40);
    rtm_status answer = rtm_service_set_log_handler(service, none ? NULL : &handler);
    handed_over(none ? RTM_ERR_NOT_FOUND : answer, its);
    return answer;
}

static rtm_status register_carrier(void) {
    context *its = new_context();
    rtm_transport carrier = a_carrier(its);
    return handed_over(rtm_transport_register(chance(95) ? SCHEME : ONE_OF(NULL, "", "hub", "Mis", "\xff", text_of_64),
                                              chance(98) ? &carrier : NULL),
                       its);
}

static rtm_status deliver(rtm_transport_session *to) {
    rtm_transport_message messages[2];
    size_t i;
    for (i = 0; i < 2; i++) {
        messages[i].from = a_user();
        messages[i].bytes = chance(98) ? (const uint8_t *)"{\"t\":\"invite\"}" : NULL;
        messages[i].length = chance(50) ? 14 : below(14);
    }
    if (chance(1))
        return rtm_transport_session_deliver(to, NULL, 1);
    return rtm_transport_session_deliver(to, messages, chance(99) ? below(3) : RTM_TRANSPORT_BATCH_MAX + 1);
}

static void on_check(void *at, const char *check, bool holds, const char *sentence) {
    (void)at, (void)holds;
    myself()->depth++;
    read_text(check);
    read_text(sentence);
    leave_callback();
}

/* Where nobody listens, at most. */
static rtm_status doctor(void) {
    rtm_doctor_request *request = (rtm_doctor_request *)sized(sizeof *request);
    request->url = chance(5) ? BROKER : ONE_OF(NULL, "", "hub://", "hub://" HUB, "nonsense", "\xff");
    request->app_id = an_app();
    request->user_id = a_user();
    request->token = a_content();
    request->other_user_id = a_user();
    request->on_check = on_check;
    return rtm_doctor_run(chance(95) ? request : NULL, INTO(bool, 0));
}

/* Ladders and explanations are long. */
static size_t a_long_length(void) {
    static const size_t lengths[] = {0, 1, 100, 4096, sizeof((frame *)NULL)->in.bytes};
    here()->may_write = true;
    return lengths[below(5)];
}

static rtm_status ladder_of_local(const rtm_local_call_invitation *it) {
    return rtm_local_call_invitation_get_ladder_copy(it, (int32_t)below(3), (char *)here()->in.bytes, a_long_length(),
                                                     chance(50) ? NULL : INTO(size_t, 0));
}

static rtm_status ladder_of_remote(const rtm_remote_call_invitation *it) {
    return rtm_remote_call_invitation_get_ladder_copy(it, (int32_t)below(3), (char *)here()->in.bytes, a_long_length(),
                                                      chance(50) ? NULL : INTO(size_t, 0));
}

static rtm_status explain_local(const rtm_local_call_invitation *it) {
    return rtm_local_call_invitation_explain(it, chance(98) ? (char *)here()->in.bytes : NULL, a_long_length(),
                                             chance(50) ? NULL : INTO(size_t, 0));
}

static rtm_status explain_remote(const rtm_remote_call_invitation *it) {
    return rtm_remote_call_invitation_explain(it, chance(98) ? (char *)here()->in.bytes : NULL, a_long_length(),
                                              chance(50) ? NULL : INTO(size_t, 0));
}

/* A service that does something: without it most calls would meet one that is not logged in. */
static rtm_status a_party(void) {
    rtm_service *service = NULL;
    rtm_call_manager *manager = NULL;
    rtm_status answer = rtm_service_create(a_config(), &service);
    if (answer != RTM_OK)
        return answer;
    here()->slot = (int)below(SERVICES);
    initialize(service, APP);
    get_call_manager(service, &manager);
    rtm_service_login(service, "token", a_user());
    atomic_fetch_add(&run.calls, 3);
    publish(SERVICE, service);
    return RTM_OK;
}

/* An invitation that no other thread knows: its texts stay as long as it does, whatever is set. */
static rtm_status a_private_invitation(void) {
    rtm_local_call_invitation *mine = NULL;
    const char *first, *second;
    rtm_status answer = rtm_call_manager_create_local_call_invitation(M, "private", &mine);
    if (answer != RTM_OK)
        return answer;
    rtm_local_call_invitation_set_content(mine, "first");
    first = rtm_local_call_invitation_get_content(mine);
    rtm_local_call_invitation_set_content(mine, "the second");
    second = rtm_local_call_invitation_get_content(mine);
    rtm_local_call_invitation_set_content(mine, "");
    if (strcmp(first, "first") != 0 || strcmp(second, "the second") != 0)
        broken("a text changed while its invitation lived");
    if (chance(50))
        rtm_call_manager_send_local_invitation(M, mine); /* hardly ever the right manager */
    if (rtm_local_call_invitation_release(mine) != RTM_OK)
        broken("an invitation that nobody else knows was released by somebody else");
    here()->surely_bad = here()->is_null = false; /* of the second manager */
    atomic_fetch_add(&run.calls, 7);
    return RTM_OK;
}

/* A call as an application makes one, released at once or left to the others. */
static rtm_status a_call(void) {
    rtm_call_manager *manager = M;
    rtm_local_call_invitation *it = NULL;
    rtm_status answer = rtm_call_manager_create_local_call_invitation(manager, a_user(), &it);
    if (answer != RTM_OK)
        return answer;
    rtm_local_call_invitation_set_content(it, a_content());
    rtm_local_call_invitation_set_channel_id(it, "channel");
    rtm_call_manager_send_local_invitation(manager, it);
    atomic_fetch_add(&run.calls, 3);
    if (chance(15)) {
        rtm_call_manager_cancel_local_invitation(manager, it);
        atomic_fetch_add(&run.calls, 1);
    }
    if (chance(50))
        publish(LOCAL, it);
    else if (rtm_local_call_invitation_release(it) != RTM_OK)
        broken("an invitation that nobody else knows was released by somebody else");
    return RTM_OK;
}

/* What find answers is a handle that its owner has already: it is not published. */
static rtm_status find_local(void) {
    char id[40] = "", callee[80] = "";
    rtm_local_call_invitation *it = L;
    rtm_local_call_invitation_get_id_copy(it, id, sizeof id, NULL);
    rtm_local_call_invitation_get_callee_id_copy(it, callee, sizeof callee, NULL);
    atomic_fetch_add(&run.calls, 2);
    here()->surely_bad = here()->is_null = false;
    return rtm_call_manager_find_local_call_invitation(M, chance(90) ? callee : a_user(), chance(95) ? id : a_content(),
                                                       INTO(rtm_local_call_invitation *, 0));
}

static rtm_status find_remote(void) {
    char id[40] = "", caller[80] = "";
    rtm_remote_call_invitation *it = R;
    rtm_remote_call_invitation_get_id_copy(it, id, sizeof id, NULL);
    rtm_remote_call_invitation_get_caller_id_copy(it, caller, sizeof caller, NULL);
    atomic_fetch_add(&run.calls, 2);
    here()->surely_bad = here()->is_null = false;
    return rtm_call_manager_find_remote_call_invitation(
        M, chance(90) ? caller : a_user(), chance(95) ? id : a_content(), INTO(rtm_remote_call_invitation *, 0));
}

/* Planted bugs: called only when the command line asks for one. */
#ifdef RTM_CALL_PLANTED
extern void rtm_planted_use_after_free(void);
extern void rtm_planted_race(void);
extern void rtm_planted_deadlock(void);
static rtm_status planted(void (*bug)(void)) {
    bug();
    return RTM_OK;
}
#define PLANTED(FUNCTION)                                                                                              \
    FUNCTION(rtm_planted_use_after_free, 0, planted(rtm_planted_use_after_free))                                       \
    FUNCTION(rtm_planted_race, 0, planted(rtm_planted_race))                                                           \
    FUNCTION(rtm_planted_deadlock, 0, planted(rtm_planted_deadlock))
#else
#define PLANTED(FUNCTION)
#endif

#define COPY_ROW(FUNCTION, function, letter) FUNCTION(function, 4, copy(copy_##function, letter))
#define TEXT_ROW(FUNCTION, function, letter) FUNCTION(function, 5, text(function(letter)))

/* FUNCTION(name, weight, call) */
#define FUNCTIONS(FUNCTION)                                                                                            \
    FUNCTION(rtm_version, 1, stays(rtm_version()))                                                                     \
    FUNCTION(rtm_version_number, 1, rtm_version_number() > 0 ? RTM_OK : RTM_ERR_OS)                                    \
    FUNCTION(rtm_has_feature, 1, (rtm_has_feature(a_content()), RTM_OK))                                               \
    FUNCTION(rtm_last_error, 20, stays(rtm_last_error()))                                                              \
    FUNCTION(rtm_set_shared_workers, 1, rtm_set_shared_workers(below(4)))                                              \
    FUNCTION(rtm_service_create, 2, made(SERVICE, rtm_service_create(a_config(), INTO(rtm_service *, 0))))             \
    FUNCTION(rtm_service_initialize, 6, initialize(S, an_app()))                                                       \
    FUNCTION(rtm_service_add_event_handler, 10, add_event_handler(S))                                                  \
    FUNCTION(rtm_service_remove_event_handler, 10, rtm_service_remove_event_handler(S, below(12)))                     \
    FUNCTION(rtm_service_get_call_manager, 12, get_call_manager(S, INTO(rtm_call_manager *, 0)))                       \
    FUNCTION(rtm_service_get_stats, 8,                                                                                 \
             rtm_service_get_stats(S, (rtm_service_stats *)sized(sizeof(rtm_service_stats))))                          \
    FUNCTION(rtm_service_dispatch, 90, rtm_service_dispatch(S, below(20), INTO(size_t, 0)))                            \
    FUNCTION(rtm_service_get_dispatch_handle, 3, rtm_service_get_dispatch_handle(S, INTO(intptr_t, 0)))                \
    FUNCTION(rtm_service_set_user_data, 3, rtm_service_set_user_data(S, some_data()))                                  \
    FUNCTION(rtm_service_get_user_data, 3, rtm_service_get_user_data(S, INTO(void *, 0)))                              \
    FUNCTION(rtm_service_release, 1, rtm_service_release(S))                                                           \
    FUNCTION(rtm_service_release_without_callbacks, 1, rtm_service_release_without_callbacks(S))                       \
    FUNCTION(rtm_service_login, 20, rtm_service_login(S, a_content(), a_user()))                                       \
    FUNCTION(rtm_service_logout, 7, rtm_service_logout(S))                                                             \
    FUNCTION(rtm_service_renew_token, 8, rtm_service_renew_token(S, a_content()))                                      \
    FUNCTION(rtm_service_get_connection_state, 8, rtm_service_get_connection_state(S, INTO(rtm_connection_state, 0)))  \
    FUNCTION(rtm_service_set_parameters, 4, rtm_service_set_parameters(S, parameters()))                               \
    FUNCTION(rtm_service_query_peers_online_status, 6,                                                                 \
             rtm_service_query_peers_online_status(S, peers(), chance(98) ? below(6) : SIZE_MAX, INTO(int64_t, 0)))    \
    FUNCTION(                                                                                                          \
        rtm_service_subscribe_peers_online_status, 6,                                                                  \
        rtm_service_subscribe_peers_online_status(S, peers(), chance(98) ? below(6) : SIZE_MAX, INTO(int64_t, 0)))     \
    FUNCTION(rtm_service_unsubscribe_peers_online_status, 6,                                                           \
             rtm_service_unsubscribe_peers_online_status(S, peers(), chance(98) ? below(6) : 600, INTO(int64_t, 0)))   \
    FUNCTION(rtm_service_create_text_message, 6,                                                                       \
             made(MESSAGE, rtm_service_create_text_message(S, a_content(), INTO(rtm_message *, 0))))                   \
    FUNCTION(                                                                                                          \
        rtm_service_create_raw_message, 6,                                                                             \
        made(MESSAGE, rtm_service_create_raw_message(S, chance(95) ? (const uint8_t *)"raaaaar" : NULL,                \
                                                     chance(50) ? 7 : below(2), a_content(), INTO(rtm_message *, 0)))) \
    FUNCTION(rtm_service_send_message_to_peer, 12, rtm_service_send_message_to_peer(S, a_user(), G, INTO(int64_t, 0))) \
    FUNCTION(rtm_service_set_log_file, 2, rtm_service_set_log_file(S, a_file()))                                       \
    FUNCTION(rtm_service_set_log_filter, 2,                                                                            \
             rtm_service_set_log_filter(S, chance(60) ? RTM_LOG_FILTER_WARN : (uint32_t)dice() & 0x81f))               \
    FUNCTION(rtm_service_log, 4, rtm_service_log(S, 1u << below(12), a_content()))                                     \
    FUNCTION(rtm_service_set_log_handler, 4, set_log_handler(S))                                                       \
    FUNCTION(rtm_message_get_type, 3, rtm_message_get_type(G, INTO(rtm_message_type, 0)))                              \
    FUNCTION(rtm_message_get_text, 3, text(rtm_message_get_text(G)))                                                   \
    FUNCTION(rtm_message_get_raw_data, 3, rtm_message_get_raw_data(G, INTO(const uint8_t *, 0), INTO(size_t, 1)))      \
    FUNCTION(rtm_message_set_user_data, 2, rtm_message_set_user_data(G, some_data()))                                  \
    FUNCTION(rtm_message_get_user_data, 2, rtm_message_get_user_data(G, INTO(void *, 0)))                              \
    FUNCTION(rtm_message_release, 3, rtm_message_release(G))                                                           \
    FUNCTION(                                                                                                          \
        rtm_call_manager_create_local_call_invitation, 12,                                                             \
        made(LOCAL, rtm_call_manager_create_local_call_invitation(M, a_user(), INTO(rtm_local_call_invitation *, 0)))) \
    FUNCTION(rtm_call_manager_send_local_invitation, 40, rtm_call_manager_send_local_invitation(M, L))                 \
    FUNCTION(rtm_call_manager_cancel_local_invitation, 12, rtm_call_manager_cancel_local_invitation(M, L))             \
    FUNCTION(rtm_call_manager_accept_remote_invitation, 30, rtm_call_manager_accept_remote_invitation(M, R))           \
    FUNCTION(rtm_call_manager_refuse_remote_invitation, 16, rtm_call_manager_refuse_remote_invitation(M, R))           \
    FUNCTION(rtm_call_manager_find_local_call_invitation, 3, find_local())                                             \
    FUNCTION(rtm_call_manager_find_remote_call_invitation, 6, find_remote())                                           \
    FUNCTION(rtm_call_manager_set_user_data, 2, rtm_call_manager_set_user_data(M, some_data()))                        \
    FUNCTION(rtm_call_manager_get_user_data, 2, rtm_call_manager_get_user_data(M, INTO(void *, 0)))                    \
    FUNCTION(rtm_call_manager_release, 1, rtm_call_manager_release(M))                                                 \
    TEXT_ROW(FUNCTION, rtm_local_call_invitation_get_callee_id, L)                                                     \
    TEXT_ROW(FUNCTION, rtm_local_call_invitation_get_content, L)                                                       \
    TEXT_ROW(FUNCTION, rtm_local_call_invitation_get_channel_id, L)                                                    \
    TEXT_ROW(FUNCTION, rtm_local_call_invitation_get_response, L)                                                      \
    TEXT_ROW(FUNCTION, rtm_local_call_invitation_get_id, L)                                                            \
    COPY_ROW(FUNCTION, rtm_local_call_invitation_get_callee_id_copy, L)                                                \
    COPY_ROW(FUNCTION, rtm_local_call_invitation_get_content_copy, L)                                                  \
    COPY_ROW(FUNCTION, rtm_local_call_invitation_get_channel_id_copy, L)                                               \
    COPY_ROW(FUNCTION, rtm_local_call_invitation_get_response_copy, L)                                                 \
    FUNCTION(rtm_local_call_invitation_explain, 4, explain_local(L))                                                   \
    FUNCTION(rtm_remote_call_invitation_explain, 4, explain_remote(R))                                                 \
    FUNCTION(rtm_local_call_invitation_get_ladder_copy, 4, ladder_of_local(L))                                         \
    FUNCTION(rtm_remote_call_invitation_get_ladder_copy, 4, ladder_of_remote(R))                                       \
    FUNCTION(rtm_service_set_ladder_entries, 3, rtm_service_set_ladder_entries(S, chance(90) ? below(30) : some_ms())) \
    FUNCTION(rtm_service_set_recorder, 3,                                                                              \
             rtm_service_set_recorder(S, chance(90) ? below(5000) : 262144, (int32_t)below(2)))                        \
    FUNCTION(rtm_service_write_record, 1, rtm_service_write_record(S, a_record()))                                     \
    FUNCTION(rtm_service_network_changed, 3, rtm_service_network_changed(S))                                           \
    FUNCTION(rtm_transport_register, 6, register_carrier())                                                            \
    FUNCTION(rtm_transport_unregister, 1, rtm_transport_unregister(chance(90) ? SCHEME : a_content()))                 \
    FUNCTION(rtm_transport_session_link, 4,                                                                            \
             rtm_transport_session_link(T, some_number(), chance(60) ? 0 : some_number()))                             \
    FUNCTION(rtm_transport_session_deliver, 6, deliver(T))                                                             \
    FUNCTION(rtm_transport_session_presence, 4, rtm_transport_session_presence(T, a_user(), some_number()))            \
    FUNCTION(rtm_doctor_run, 1, doctor())                                                                              \
    COPY_ROW(FUNCTION, rtm_local_call_invitation_get_id_copy, L)                                                       \
    FUNCTION(rtm_local_call_invitation_set_content, 12, rtm_local_call_invitation_set_content(L, a_content()))         \
    FUNCTION(rtm_local_call_invitation_set_channel_id, 6, rtm_local_call_invitation_set_channel_id(L, a_content()))    \
    FUNCTION(rtm_local_call_invitation_get_state, 5,                                                                   \
             rtm_local_call_invitation_get_state(L, INTO(rtm_local_invitation_state, 0)))                              \
    FUNCTION(rtm_local_call_invitation_get_end_reason, 5,                                                              \
             rtm_local_call_invitation_get_end_reason(L, INTO(rtm_end_reason, 0), INTO(rtm_end_side, 1)))              \
    FUNCTION(rtm_local_call_invitation_set_acknowledge_timeout, 5,                                                     \
             rtm_local_call_invitation_set_acknowledge_timeout(L, some_ms()))                                          \
    FUNCTION(rtm_local_call_invitation_set_ring_timeout, 5, rtm_local_call_invitation_set_ring_timeout(L, some_ms()))  \
    FUNCTION(rtm_local_call_invitation_set_accept_timeout, 5,                                                          \
             rtm_local_call_invitation_set_accept_timeout(L, some_ms()))                                               \
    FUNCTION(rtm_local_call_invitation_set_user_data, 2, rtm_local_call_invitation_set_user_data(L, some_data()))      \
    FUNCTION(rtm_local_call_invitation_get_user_data, 2, rtm_local_call_invitation_get_user_data(L, INTO(void *, 0)))  \
    FUNCTION(rtm_local_call_invitation_release, 6, rtm_local_call_invitation_release(L))                               \
    TEXT_ROW(FUNCTION, rtm_remote_call_invitation_get_caller_id, R)                                                    \
    TEXT_ROW(FUNCTION, rtm_remote_call_invitation_get_content, R)                                                      \
    TEXT_ROW(FUNCTION, rtm_remote_call_invitation_get_channel_id, R)                                                   \
    TEXT_ROW(FUNCTION, rtm_remote_call_invitation_get_response, R)                                                     \
    TEXT_ROW(FUNCTION, rtm_remote_call_invitation_get_id, R)                                                           \
    COPY_ROW(FUNCTION, rtm_remote_call_invitation_get_caller_id_copy, R)                                               \
    COPY_ROW(FUNCTION, rtm_remote_call_invitation_get_content_copy, R)                                                 \
    COPY_ROW(FUNCTION, rtm_remote_call_invitation_get_channel_id_copy, R)                                              \
    COPY_ROW(FUNCTION, rtm_remote_call_invitation_get_response_copy, R)                                                \
    COPY_ROW(FUNCTION, rtm_remote_call_invitation_get_id_copy, R)                                                      \
    FUNCTION(rtm_remote_call_invitation_set_response, 8, rtm_remote_call_invitation_set_response(R, a_content()))      \
    FUNCTION(rtm_remote_call_invitation_get_state, 5,                                                                  \
             rtm_remote_call_invitation_get_state(R, INTO(rtm_remote_invitation_state, 0)))                            \
    FUNCTION(rtm_remote_call_invitation_get_end_reason, 5,                                                             \
             rtm_remote_call_invitation_get_end_reason(R, INTO(rtm_end_reason, 0), INTO(rtm_end_side, 1)))             \
    FUNCTION(rtm_remote_call_invitation_set_accept_timeout, 5,                                                         \
             rtm_remote_call_invitation_set_accept_timeout(R, some_ms()))                                              \
    FUNCTION(rtm_remote_call_invitation_set_user_data, 2, rtm_remote_call_invitation_set_user_data(R, some_data()))    \
    FUNCTION(rtm_remote_call_invitation_get_user_data, 2,                                                              \
             rtm_remote_call_invitation_get_user_data(R, INTO(void *, 0)))                                             \
    FUNCTION(rtm_remote_call_invitation_release, 6, rtm_remote_call_invitation_release(R))                             \
    FUNCTION(rtm_hub_set_faults, 3, rtm_hub_set_faults(HUB, an_app(), faults()))                                       \
    FUNCTION(rtm_hub_set_link, 5, rtm_hub_set_link(HUB, an_app(), a_user(), below(10) > 0))                            \
    FUNCTION(rtm_hub_suspend, 6, rtm_hub_suspend(HUB, an_app(), a_user(), below(10) == 0))                             \
    FUNCTION(rtm_hub_get_stats, 3, rtm_hub_get_stats(HUB, an_app(), (rtm_hub_stats *)sized(sizeof(rtm_hub_stats))))    \
    FUNCTION(rtm_test_world_create, 1, made(WORLD, rtm_test_world_create(dice(), INTO(rtm_test_world *, 0))))          \
    FUNCTION(rtm_test_world_advance, 25, rtm_test_world_advance(W, a_while()))                                         \
    FUNCTION(rtm_test_world_suspend, 3, rtm_test_world_suspend(W, a_while()))                                          \
    FUNCTION(rtm_test_world_get_elapsed, 3, rtm_test_world_get_elapsed(W, INTO(uint64_t, 0)))                          \
    FUNCTION(rtm_test_world_release, 1, rtm_test_world_release(W))                                                     \
    FUNCTION(rtm_test_peer_create, 6,                                                                                  \
             made(PEER, rtm_test_peer_create(W, an_app(), a_user(), a_script(), INTO(rtm_test_peer *, 0))))            \
    FUNCTION(rtm_test_peer_set_script, 3, rtm_test_peer_set_script(P, a_script()))                                     \
    FUNCTION(rtm_test_peer_call, 12, rtm_test_peer_call(P, a_user(), a_content(), a_content()))                        \
    FUNCTION(rtm_test_peer_log_out, 2, rtm_test_peer_log_out(P))                                                       \
    FUNCTION(rtm_test_peer_log_in, 3, rtm_test_peer_log_in(P))                                                         \
    FUNCTION(rtm_test_peer_vanish, 1, rtm_test_peer_vanish(P))                                                         \
    FUNCTION(rtm_test_peer_get_summary, 3,                                                                             \
             rtm_test_peer_get_summary(P, (rtm_test_summary *)sized(sizeof(rtm_test_summary))))                        \
    FUNCTION(rtm_test_peer_release, 2, rtm_test_peer_release(P))                                                       \
    FUNCTION(a_party, 6, a_party())                                                                                    \
    FUNCTION(a_call, 60, a_call())                                                                                     \
    FUNCTION(a_private_invitation, 6, a_private_invitation())                                                          \
    PLANTED(FUNCTION)

#define TRY(name, weight, call)                                                                                        \
    static rtm_status try_##name(void) {                                                                               \
        return (call);                                                                                                 \
    }
FUNCTIONS(TRY)
#define TRY_CODE(code)                                                                                                 \
    static rtm_status try_rtm_##code##_name(void) {                                                                    \
        return stays(rtm_##code##_name(chance(95) ? (int32_t)below(16) : (int32_t)dice()));                            \
    }                                                                                                                  \
    static rtm_status try_rtm_##code##_text(void) {                                                                    \
        return stays(rtm_##code##_text(chance(95) ? (int32_t)below(16) : (int32_t)dice()));                            \
    }
CODES(TRY_CODE)

static struct function {
    const char *name;
    uint32_t weight;
    rtm_status (*call)(void);
    atomic_int_fast64_t ok, refused;
} functions[] = {
#define ROW(name, weight, call) {#name, weight, try_##name, 0, 0},
    FUNCTIONS(ROW)
#define CODE_ROWS(code)                                                                                                \
    {"rtm_" #code "_name", 1, try_rtm_##code##_name, 0, 0}, {"rtm_" #code "_text", 1, try_rtm_##code##_text, 0, 0},
        CODES(CODE_ROWS)};
enum { COUNT = sizeof functions / sizeof functions[0] };

#endif
