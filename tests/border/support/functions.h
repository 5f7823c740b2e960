/* Every function of the header that takes a handle, once: how to call it with any handles and otherwise good arguments.
 * The tests of handles and outputs run through this table; a function of the header that is not in it fails a test. */
#ifndef BORDER_FUNCTIONS_H
#define BORDER_FUNCTIONS_H

#include "codes.h"
#include "party.h"

/* Where all outputs go: a pattern before the call, and after a failure the same. */
static union outputs {
    unsigned char bytes[1024];
    uint64_t aligned;
} outputs;

static inline void outputs_paint(void) {
    memset(outputs.bytes, 0xa5, sizeof outputs.bytes);
}

static inline int outputs_are_untouched(void) {
    size_t i;
    for (i = 0; i < sizeof outputs.bytes; i++)
        if (outputs.bytes[i] != 0xa5)
            return 0;
    return 1;
}

/* An output of this type; 32 bytes lie between two of them. */
#define OUTPUT(type, number) ((type *)(void *)(outputs.bytes + 32 * (number)))

/* A handler that must not be accepted. */
static counter unwanted_drops;
static inline void unwanted_drop(void *context) {
    (void)context;
    counter_add(&unwanted_drops, 1);
}

static inline const rtm_service_event_handler *a_service_handler(void) {
    static rtm_service_event_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.drop = unwanted_drop;
    return &handler;
}

static inline const rtm_call_event_handler *a_call_handler(void) {
    static rtm_call_event_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.drop = unwanted_drop;
    return &handler;
}

static inline const rtm_log_handler *a_log_handler(void) {
    static rtm_log_handler handler;
    memset(&handler, 0, sizeof handler);
    handler.struct_size = sizeof handler;
    handler.drop = unwanted_drop;
    return &handler;
}

static inline const char *const *peer_list(void) {
    static const char *peers[] = {"bob"};
    return peers;
}

static inline rtm_service_stats *stats_out(void) {
    OUTPUT(rtm_service_stats, 0)->struct_size = sizeof(rtm_service_stats);
    return OUTPUT(rtm_service_stats, 0);
}

/* A text getter answers "" where another function answers a status. */
static inline rtm_status text_is_empty(const char *text) {
    return text != NULL && text[0] == 0 ? RTM_ERR_STALE_HANDLE : RTM_ERR_UNSUPPORTED;
}

#define AN_ID "0123456789abcdef0123456789abcdef"

/* FUNCTION(name, kinds, call): the handles are S (service), M (manager), L (local), R (remote), G (message), T
 * (transport session), in the order of the letters in `kinds`; a small letter says that NULL is fine there and does
 * nothing. */
#define HANDLE_FUNCTIONS(FUNCTION)                                                                                     \
    FUNCTION(rtm_service_initialize, "S", rtm_service_initialize(S, APP_ID, a_service_handler()))                      \
    FUNCTION(rtm_service_add_event_handler, "S",                                                                       \
             rtm_service_add_event_handler(S, a_service_handler(), OUTPUT(uint64_t, 0)))                               \
    FUNCTION(rtm_service_remove_event_handler, "S", rtm_service_remove_event_handler(S, 1))                            \
    FUNCTION(rtm_service_get_call_manager, "S",                                                                        \
             rtm_service_get_call_manager(S, a_call_handler(), OUTPUT(rtm_call_manager *, 0)))                         \
    FUNCTION(rtm_service_set_parameters, "S", rtm_service_set_parameters(S, "{}"))                                     \
    FUNCTION(rtm_service_set_ladder_entries, "S", rtm_service_set_ladder_entries(S, 16))                               \
    FUNCTION(rtm_service_get_stats, "S", rtm_service_get_stats(S, stats_out()))                                        \
    FUNCTION(rtm_service_dispatch, "S", rtm_service_dispatch(S, 0, OUTPUT(size_t, 0)))                                 \
    FUNCTION(rtm_service_get_dispatch_handle, "S", rtm_service_get_dispatch_handle(S, OUTPUT(intptr_t, 0)))            \
    FUNCTION(rtm_service_set_user_data, "S", rtm_service_set_user_data(S, NULL))                                       \
    FUNCTION(rtm_service_get_user_data, "S", rtm_service_get_user_data(S, OUTPUT(void *, 0)))                          \
    FUNCTION(rtm_service_release, "s", rtm_service_release(S))                                                         \
    FUNCTION(rtm_service_release_without_callbacks, "s", rtm_service_release_without_callbacks(S))                     \
    FUNCTION(rtm_service_login, "S", rtm_service_login(S, "token", "user"))                                            \
    FUNCTION(rtm_service_logout, "S", rtm_service_logout(S))                                                           \
    FUNCTION(rtm_service_renew_token, "S", rtm_service_renew_token(S, "token"))                                        \
    FUNCTION(rtm_service_network_changed, "S", rtm_service_network_changed(S))                                         \
    FUNCTION(rtm_service_get_connection_state, "S",                                                                    \
             rtm_service_get_connection_state(S, OUTPUT(rtm_connection_state, 0)))                                     \
    FUNCTION(rtm_service_query_peers_online_status, "S",                                                               \
             rtm_service_query_peers_online_status(S, peer_list(), 1, OUTPUT(int64_t, 0)))                             \
    FUNCTION(rtm_service_subscribe_peers_online_status, "S",                                                           \
             rtm_service_subscribe_peers_online_status(S, peer_list(), 1, OUTPUT(int64_t, 0)))                         \
    FUNCTION(rtm_service_unsubscribe_peers_online_status, "S",                                                         \
             rtm_service_unsubscribe_peers_online_status(S, peer_list(), 1, OUTPUT(int64_t, 0)))                       \
    FUNCTION(rtm_service_create_text_message, "S",                                                                     \
             rtm_service_create_text_message(S, "text", OUTPUT(rtm_message *, 0)))                                     \
    FUNCTION(rtm_service_create_raw_message, "S",                                                                      \
             rtm_service_create_raw_message(S, NULL, 0, NULL, OUTPUT(rtm_message *, 0)))                               \
    FUNCTION(rtm_service_send_message_to_peer, "SG",                                                                   \
             rtm_service_send_message_to_peer(S, "bob", G, OUTPUT(int64_t, 0)))                                        \
    FUNCTION(rtm_service_set_log_file, "S", rtm_service_set_log_file(S, ""))                                           \
    FUNCTION(rtm_service_set_log_filter, "S", rtm_service_set_log_filter(S, RTM_LOG_FILTER_OFF))                       \
    FUNCTION(rtm_service_log, "S", rtm_service_log(S, RTM_LOG_LEVEL_INFO, "line"))                                     \
    FUNCTION(rtm_service_set_recorder, "S", rtm_service_set_recorder(S, 1000, 0))                                      \
    FUNCTION(rtm_service_write_record, "S", rtm_service_write_record(S, "/nowhere/at/all"))                            \
    FUNCTION(rtm_service_set_log_handler, "S", rtm_service_set_log_handler(S, a_log_handler()))                        \
    FUNCTION(rtm_message_get_type, "G", rtm_message_get_type(G, OUTPUT(rtm_message_type, 0)))                          \
    FUNCTION(rtm_message_get_text, "G", text_is_empty(rtm_message_get_text(G)))                                        \
    FUNCTION(rtm_message_get_raw_data, "G",                                                                            \
             rtm_message_get_raw_data(G, OUTPUT(const uint8_t *, 0), OUTPUT(size_t, 1)))                               \
    FUNCTION(rtm_message_set_user_data, "G", rtm_message_set_user_data(G, NULL))                                       \
    FUNCTION(rtm_message_get_user_data, "G", rtm_message_get_user_data(G, OUTPUT(void *, 0)))                          \
    FUNCTION(rtm_message_release, "g", rtm_message_release(G))                                                         \
    FUNCTION(rtm_call_manager_create_local_call_invitation, "M",                                                       \
             rtm_call_manager_create_local_call_invitation(M, "bob", OUTPUT(rtm_local_call_invitation *, 0)))          \
    FUNCTION(rtm_call_manager_send_local_invitation, "ML", rtm_call_manager_send_local_invitation(M, L))               \
    FUNCTION(rtm_call_manager_cancel_local_invitation, "ML", rtm_call_manager_cancel_local_invitation(M, L))           \
    FUNCTION(rtm_call_manager_accept_remote_invitation, "MR", rtm_call_manager_accept_remote_invitation(M, R))         \
    FUNCTION(rtm_call_manager_refuse_remote_invitation, "MR", rtm_call_manager_refuse_remote_invitation(M, R))         \
    FUNCTION(rtm_call_manager_find_local_call_invitation, "M",                                                         \
             rtm_call_manager_find_local_call_invitation(M, "bob", AN_ID, OUTPUT(rtm_local_call_invitation *, 0)))     \
    FUNCTION(rtm_call_manager_find_remote_call_invitation, "M",                                                        \
             rtm_call_manager_find_remote_call_invitation(M, "bob", AN_ID, OUTPUT(rtm_remote_call_invitation *, 0)))   \
    FUNCTION(rtm_call_manager_set_user_data, "M", rtm_call_manager_set_user_data(M, NULL))                             \
    FUNCTION(rtm_call_manager_get_user_data, "M", rtm_call_manager_get_user_data(M, OUTPUT(void *, 0)))                \
    FUNCTION(rtm_call_manager_release, "m", rtm_call_manager_release(M))                                               \
    TEXT_FUNCTIONS(FUNCTION, local_call_invitation, L, "L", callee_id)                                                 \
    TEXT_FUNCTIONS(FUNCTION, local_call_invitation, L, "L", content)                                                   \
    TEXT_FUNCTIONS(FUNCTION, local_call_invitation, L, "L", channel_id)                                                \
    TEXT_FUNCTIONS(FUNCTION, local_call_invitation, L, "L", response)                                                  \
    TEXT_FUNCTIONS(FUNCTION, local_call_invitation, L, "L", id)                                                        \
    FUNCTION(rtm_local_call_invitation_set_content, "L", rtm_local_call_invitation_set_content(L, "x"))                \
    FUNCTION(rtm_local_call_invitation_set_channel_id, "L", rtm_local_call_invitation_set_channel_id(L, "x"))          \
    FUNCTION(rtm_local_call_invitation_get_state, "L",                                                                 \
             rtm_local_call_invitation_get_state(L, OUTPUT(rtm_local_invitation_state, 0)))                            \
    FUNCTION(rtm_local_call_invitation_get_end_reason, "L",                                                            \
             rtm_local_call_invitation_get_end_reason(L, OUTPUT(rtm_end_reason, 0), OUTPUT(rtm_end_side, 1)))          \
    FUNCTION(rtm_local_call_invitation_set_acknowledge_timeout, "L",                                                   \
             rtm_local_call_invitation_set_acknowledge_timeout(L, 1000))                                               \
    FUNCTION(rtm_local_call_invitation_set_ring_timeout, "L", rtm_local_call_invitation_set_ring_timeout(L, 1000))     \
    FUNCTION(rtm_local_call_invitation_set_accept_timeout, "L", rtm_local_call_invitation_set_accept_timeout(L, 1000)) \
    FUNCTION(rtm_local_call_invitation_set_user_data, "L", rtm_local_call_invitation_set_user_data(L, NULL))           \
    FUNCTION(rtm_local_call_invitation_get_user_data, "L",                                                             \
             rtm_local_call_invitation_get_user_data(L, OUTPUT(void *, 0)))                                            \
    LADDER_FUNCTIONS(FUNCTION, local_call_invitation, L, "L")                                                          \
    FUNCTION(rtm_local_call_invitation_release, "l", rtm_local_call_invitation_release(L))                             \
    TEXT_FUNCTIONS(FUNCTION, remote_call_invitation, R, "R", caller_id)                                                \
    TEXT_FUNCTIONS(FUNCTION, remote_call_invitation, R, "R", content)                                                  \
    TEXT_FUNCTIONS(FUNCTION, remote_call_invitation, R, "R", channel_id)                                               \
    TEXT_FUNCTIONS(FUNCTION, remote_call_invitation, R, "R", response)                                                 \
    TEXT_FUNCTIONS(FUNCTION, remote_call_invitation, R, "R", id)                                                       \
    FUNCTION(rtm_remote_call_invitation_set_response, "R", rtm_remote_call_invitation_set_response(R, "x"))            \
    FUNCTION(rtm_remote_call_invitation_get_state, "R",                                                                \
             rtm_remote_call_invitation_get_state(R, OUTPUT(rtm_remote_invitation_state, 0)))                          \
    FUNCTION(rtm_remote_call_invitation_get_end_reason, "R",                                                           \
             rtm_remote_call_invitation_get_end_reason(R, OUTPUT(rtm_end_reason, 0), OUTPUT(rtm_end_side, 1)))         \
    FUNCTION(rtm_remote_call_invitation_set_accept_timeout, "R",                                                       \
             rtm_remote_call_invitation_set_accept_timeout(R, 1000))                                                   \
    FUNCTION(rtm_remote_call_invitation_set_user_data, "R", rtm_remote_call_invitation_set_user_data(R, NULL))         \
    FUNCTION(rtm_remote_call_invitation_get_user_data, "R",                                                            \
             rtm_remote_call_invitation_get_user_data(R, OUTPUT(void *, 0)))                                           \
    LADDER_FUNCTIONS(FUNCTION, remote_call_invitation, R, "R")                                                         \
    FUNCTION(rtm_remote_call_invitation_release, "r", rtm_remote_call_invitation_release(R))                           \
    FUNCTION(rtm_transport_session_link, "T", rtm_transport_session_link(T, RTM_TRANSPORT_LINK_TOKEN_EXPIRED, 0))      \
    FUNCTION(rtm_transport_session_deliver, "T", rtm_transport_session_deliver(T, NULL, 0))                            \
    FUNCTION(rtm_transport_session_presence, "T", rtm_transport_session_presence(T, "bob", 0))

/* A getter and its copying twin. */
#define TEXT_FUNCTIONS(FUNCTION, noun, letter, kinds, what)                                                            \
    FUNCTION(rtm_##noun##_get_##what, kinds, text_is_empty(rtm_##noun##_get_##what(letter)))                           \
    FUNCTION(rtm_##noun##_get_##what##_copy, kinds,                                                                    \
             rtm_##noun##_get_##what##_copy(letter, OUTPUT(char, 0), 64, OUTPUT(size_t, 3)))

/* What both kinds of invitations tell of what happened to them. */
#define LADDER_FUNCTIONS(FUNCTION, noun, letter, kinds)                                                                \
    FUNCTION(rtm_##noun##_get_ladder_copy, kinds,                                                                      \
             rtm_##noun##_get_ladder_copy(letter, RTM_LADDER_TEXT, OUTPUT(char, 0), 64, OUTPUT(size_t, 3)))            \
    FUNCTION(rtm_##noun##_explain, kinds, rtm_##noun##_explain(letter, OUTPUT(char, 0), 64, OUTPUT(size_t, 3)))

/* The functions without a handle. */
static const char *const other_functions[] = {
    "rtm_version",        "rtm_version_number",     "rtm_has_feature",        "rtm_last_error",
    "rtm_service_create", "rtm_hub_set_faults",     "rtm_hub_set_link",       "rtm_hub_suspend",
    "rtm_hub_get_stats",  "rtm_set_shared_workers", "rtm_transport_register", "rtm_transport_unregister",
    "rtm_doctor_run",
#define CODE_NAMES(code) "rtm_" #code "_name", "rtm_" #code "_text",
    CODES(CODE_NAMES)
#undef CODE_NAMES
};
enum { OTHER_FUNCTIONS = sizeof other_functions / sizeof other_functions[0] };

/* Which handle of the call is of that kind: the first place, then the second. */
typedef struct handles {
    void *of[256];
} handles;

#define S ((rtm_service *)h->of[(int)'S'])
#define M ((rtm_call_manager *)h->of[(int)'M'])
#define L ((rtm_local_call_invitation *)h->of[(int)'L'])
#define R ((rtm_remote_call_invitation *)h->of[(int)'R'])
#define G ((rtm_message *)h->of[(int)'G'])
#define T ((rtm_transport_session *)h->of[(int)'T'])
#define TRY(name, kinds, call)                                                                                         \
    static rtm_status try_##name(const handles *h) {                                                                   \
        return (call);                                                                                                 \
    }
HANDLE_FUNCTIONS(TRY)
#undef TRY
#undef S
#undef M
#undef L
#undef R
#undef G
#undef T

typedef struct function {
    const char *name, *kinds;
    rtm_status (*call)(const handles *);
} function;

static const function functions[] = {
#define ROW(name, kinds, call) {#name, kinds, try_##name},
    HANDLE_FUNCTIONS(ROW)
#undef ROW
};
enum { FUNCTIONS = sizeof functions / sizeof functions[0] };

#endif
