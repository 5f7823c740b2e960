#ifndef RTM_CALL_H
#define RTM_CALL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#define RTM_CALL_VERSION "0.1.0"
#define RTM_CALL_VERSION_MAJOR 0
#define RTM_CALL_VERSION_MINOR 1
#define RTM_CALL_VERSION_PATCH 0
#define RTM_CALL_VERSION_NUMBER \
    (RTM_CALL_VERSION_MAJOR * 1000000 + RTM_CALL_VERSION_MINOR * 1000 + RTM_CALL_VERSION_PATCH)
#if defined(_WIN32) && !defined(RTM_CALL_STATIC)
#define RTM_CALL_API __declspec(dllimport)
#else
#define RTM_CALL_API
#endif
#if UINTPTR_MAX < UINT64_MAX
#error "rtm_call needs a 64-bit target: its handles are 64-bit numbers"
#endif
#ifdef __cplusplus
extern "C" {
#endif
#define RTM_OK RTM_INVITATION_API_CALL_ERR_OK
#define RTM_LOGIN_ERR_ALREADY_LOGIN RTM_LOGIN_ERR_ALREADY_LOGGED_IN
typedef enum rtm_status {
    RTM_INVITATION_API_CALL_ERR_OK = 0,
    RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT = 1,
    RTM_INVITATION_API_CALL_ERR_NOT_STARTED = 2,
    RTM_INVITATION_API_CALL_ERR_ALREADY_END = 3,
    RTM_INVITATION_API_CALL_ERR_ALREADY_ACCEPT = 4,
    RTM_INVITATION_API_CALL_ERR_ALREADY_SENT = 5,
    RTM_ERR_STALE_HANDLE = 200,
    RTM_ERR_BUFFER_TOO_SMALL = 201,
    RTM_ERR_PANICKED = 202,
    RTM_ERR_INVALID_STATE = 203,
    RTM_ERR_NOT_INITIALIZED = 204,
    RTM_ERR_ALREADY_INITIALIZED = 205,
    RTM_ERR_INVALID_APP_ID = 206,
    RTM_ERR_LIMIT_REACHED = 207,
    RTM_ERR_NOT_LOGGED_IN = 208,
    RTM_ERR_FORKED = 209,
    RTM_ERR_UNSUPPORTED = 210,
    RTM_ERR_OS = 211,
    RTM_ERR_NOT_FOUND = 212,
} rtm_status;
RTM_CALL_API const char *rtm_version(void);
RTM_CALL_API uint32_t rtm_version_number(void);
RTM_CALL_API bool rtm_has_feature(const char *feature);
RTM_CALL_API const char *rtm_last_error(void);
RTM_CALL_API rtm_status rtm_set_shared_workers(uint32_t count);
typedef struct rtm_call_manager rtm_call_manager;
typedef struct rtm_local_call_invitation rtm_local_call_invitation;
typedef struct rtm_message rtm_message;
typedef struct rtm_remote_call_invitation rtm_remote_call_invitation;
typedef struct rtm_service rtm_service;
typedef enum rtm_local_invitation_state {
    RTM_LOCAL_INVITATION_STATE_IDLE = 0,
    RTM_LOCAL_INVITATION_STATE_SENT_TO_REMOTE = 1,
    RTM_LOCAL_INVITATION_STATE_RECEIVED_BY_REMOTE = 2,
    RTM_LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE = 3,
    RTM_LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE = 4,
    RTM_LOCAL_INVITATION_STATE_CANCELED = 5,
    RTM_LOCAL_INVITATION_STATE_FAILURE = 6,
} rtm_local_invitation_state;
typedef enum rtm_remote_invitation_state {
    RTM_REMOTE_INVITATION_STATE_IDLE = 0,
    RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED = 1,
    RTM_REMOTE_INVITATION_STATE_ACCEPT_SENT_TO_LOCAL = 2,
    RTM_REMOTE_INVITATION_STATE_REFUSED = 3,
    RTM_REMOTE_INVITATION_STATE_ACCEPTED = 4,
    RTM_REMOTE_INVITATION_STATE_CANCELED = 5,
    RTM_REMOTE_INVITATION_STATE_FAILURE = 6,
} rtm_remote_invitation_state;
typedef enum rtm_local_invitation_err {
    RTM_LOCAL_INVITATION_ERR_OK = 0,
    RTM_LOCAL_INVITATION_ERR_PEER_OFFLINE = 1,
    RTM_LOCAL_INVITATION_ERR_PEER_NO_RESPONSE = 2,
    RTM_LOCAL_INVITATION_ERR_INVITATION_EXPIRE = 3,
    RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN = 4,
} rtm_local_invitation_err;
typedef enum rtm_remote_invitation_err {
    RTM_REMOTE_INVITATION_ERR_OK = 0,
    RTM_REMOTE_INVITATION_ERR_PEER_OFFLINE = 1,
    RTM_REMOTE_INVITATION_ERR_ACCEPT_FAILURE = 2,
    RTM_REMOTE_INVITATION_ERR_INVITATION_EXPIRE = 3,
} rtm_remote_invitation_err;
typedef enum rtm_end_reason {
    RTM_END_REASON_NONE = 0,
    RTM_END_REASON_ACCEPTED = 1,
    RTM_END_REASON_REFUSED = 2,
    RTM_END_REASON_CANCELED = 3,
    RTM_END_REASON_UNREACHABLE = 4,
    RTM_END_REASON_NO_RESPONSE = 5,
    RTM_END_REASON_EXPIRED = 6,
    RTM_END_REASON_NOT_LOGGED_IN = 7,
    RTM_END_REASON_LOGGED_OUT = 8,
    RTM_END_REASON_ACCEPT_UNCONFIRMED = 9,
    RTM_END_REASON_KICKED = 10,
    RTM_END_REASON_CALLER_LOST = 11,
    RTM_END_REASON_ANSWERED_ELSEWHERE = 12,
    RTM_END_REASON_REFUSED_ELSEWHERE = 13,
    RTM_END_REASON_RELEASED = 14,
    RTM_END_REASON_ERROR = 15,
} rtm_end_reason;
typedef enum rtm_end_side {
    RTM_END_SIDE_NONE = 0,
    RTM_END_SIDE_CALLER = 1,
    RTM_END_SIDE_CALLEE = 2,
} rtm_end_side;
typedef enum rtm_connection_state {
    RTM_CONNECTION_STATE_DISCONNECTED = 1,
    RTM_CONNECTION_STATE_CONNECTING = 2,
    RTM_CONNECTION_STATE_CONNECTED = 3,
    RTM_CONNECTION_STATE_RECONNECTING = 4,
    RTM_CONNECTION_STATE_ABORTED = 5,
} rtm_connection_state;
typedef enum rtm_connection_change_reason {
    RTM_CONNECTION_CHANGE_REASON_LOGIN = 1,
    RTM_CONNECTION_CHANGE_REASON_LOGIN_SUCCESS = 2,
    RTM_CONNECTION_CHANGE_REASON_LOGIN_FAILURE = 3,
    RTM_CONNECTION_CHANGE_REASON_LOGIN_TIMEOUT = 4,
    RTM_CONNECTION_CHANGE_REASON_INTERRUPTED = 5,
    RTM_CONNECTION_CHANGE_REASON_LOGOUT = 6,
    RTM_CONNECTION_CHANGE_REASON_BANNED_BY_SERVER = 7,
    RTM_CONNECTION_CHANGE_REASON_REMOTE_LOGIN = 8,
    RTM_CONNECTION_CHANGE_REASON_TOKEN_EXPIRED = 9,
} rtm_connection_change_reason;
typedef enum rtm_login_err {
    RTM_LOGIN_ERR_OK = 0,
    RTM_LOGIN_ERR_UNKNOWN = 1,
    RTM_LOGIN_ERR_REJECTED = 2,
    RTM_LOGIN_ERR_INVALID_ARGUMENT = 3,
    RTM_LOGIN_ERR_INVALID_APP_ID = 4,
    RTM_LOGIN_ERR_INVALID_TOKEN = 5,
    RTM_LOGIN_ERR_TOKEN_EXPIRED = 6,
    RTM_LOGIN_ERR_NOT_AUTHORIZED = 7,
    RTM_LOGIN_ERR_ALREADY_LOGGED_IN = 8,
    RTM_LOGIN_ERR_TIMEOUT = 9,
    RTM_LOGIN_ERR_TOO_OFTEN = 10,
    RTM_LOGIN_ERR_NOT_INITIALIZED = 101,
} rtm_login_err;
typedef enum rtm_logout_err {
    RTM_LOGOUT_ERR_OK = 0,
    RTM_LOGOUT_ERR_REJECTED = 1,
    RTM_LOGOUT_ERR_NOT_INITIALIZED = 101,
    RTM_LOGOUT_ERR_USER_NOT_LOGGED_IN = 102,
} rtm_logout_err;
typedef enum rtm_renew_token_err {
    RTM_RENEW_TOKEN_ERR_OK = 0,
    RTM_RENEW_TOKEN_ERR_FAILURE = 1,
    RTM_RENEW_TOKEN_ERR_INVALID_ARGUMENT = 2,
    RTM_RENEW_TOKEN_ERR_REJECTED = 3,
    RTM_RENEW_TOKEN_ERR_TOO_OFTEN = 4,
    RTM_RENEW_TOKEN_ERR_TOKEN_EXPIRED = 5,
    RTM_RENEW_TOKEN_ERR_INVALID_TOKEN = 6,
    RTM_RENEW_TOKEN_ERR_NOT_INITIALIZED = 101,
    RTM_RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN = 102,
} rtm_renew_token_err;
typedef enum rtm_peer_online_state {
    RTM_PEER_ONLINE_STATE_ONLINE = 0,
    RTM_PEER_ONLINE_STATE_UNREACHABLE = 1,
    RTM_PEER_ONLINE_STATE_OFFLINE = 2,
} rtm_peer_online_state;
typedef enum rtm_peer_message_err {
    RTM_PEER_MESSAGE_ERR_OK = 0,
    RTM_PEER_MESSAGE_ERR_FAILURE = 1,
    RTM_PEER_MESSAGE_ERR_SENT_TIMEOUT = 2,
    RTM_PEER_MESSAGE_ERR_PEER_UNREACHABLE = 3,
    RTM_PEER_MESSAGE_ERR_CACHED_BY_SERVER = 4,
    RTM_PEER_MESSAGE_ERR_TOO_OFTEN = 5,
    RTM_PEER_MESSAGE_ERR_INVALID_USERID = 6,
    RTM_PEER_MESSAGE_ERR_INVALID_MESSAGE = 7,
    RTM_PEER_MESSAGE_ERR_IMCOMPATIBLE_MESSAGE = 8,
    RTM_PEER_MESSAGE_ERR_NOT_INITIALIZED = 101,
    RTM_PEER_MESSAGE_ERR_USER_NOT_LOGGED_IN = 102,
} rtm_peer_message_err;
typedef enum rtm_query_peers_online_status_err {
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_OK = 0,
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_FAILURE = 1,
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_INVALID_ARGUMENT = 2,
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_REJECTED = 3,
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_TIMEOUT = 4,
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_TOO_OFTEN = 5,
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_NOT_INITIALIZED = 101,
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN = 102,
} rtm_query_peers_online_status_err;
typedef enum rtm_peer_subscription_status_err {
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_OK = 0,
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_FAILURE = 1,
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_INVALID_ARGUMENT = 2,
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_REJECTED = 3,
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_TIMEOUT = 4,
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_TOO_OFTEN = 5,
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_OVERFLOW = 6,
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_NOT_INITIALIZED = 101,
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN = 102,
} rtm_peer_subscription_status_err;
typedef enum rtm_message_type {
    RTM_MESSAGE_TYPE_TEXT = 1,
    RTM_MESSAGE_TYPE_RAW = 2,
} rtm_message_type;
typedef enum rtm_delivery {
    RTM_DELIVERY_OWN_WORKER = 0,
    RTM_DELIVERY_SHARED = 1,
    RTM_DELIVERY_PUMP = 2,
} rtm_delivery;
typedef enum rtm_log_level {
    RTM_LOG_LEVEL_INFO = 1,
    RTM_LOG_LEVEL_WARN = 2,
    RTM_LOG_LEVEL_ERROR = 4,
    RTM_LOG_LEVEL_CRITICAL = 8,
    RTM_LOG_LEVEL_DEBUG = 2048,
} rtm_log_level;
typedef enum rtm_log_filter {
    RTM_LOG_FILTER_OFF = 0,
    RTM_LOG_FILTER_CRITICAL = 8,
    RTM_LOG_FILTER_ERROR = 12,
    RTM_LOG_FILTER_WARN = 14,
    RTM_LOG_FILTER_INFO = 15,
    RTM_LOG_FILTER_DEBUG = 2063,
} rtm_log_filter;
typedef struct rtm_peer_online_status {
    const char *peer_id;
    rtm_peer_online_state state;
} rtm_peer_online_status;
typedef struct rtm_service_event_handler {
    size_t struct_size;
    void *context;
    void (*drop)(void *context);
    void (*on_login_success)(void *context);
    void (*on_login_failure)(void *context, rtm_login_err error);
    void (*on_logout)(void *context, rtm_logout_err error);
    void (*on_renew_token_result)(void *context, const char *token, rtm_renew_token_err error);
    void (*on_token_expired)(void *context);
    void (*on_connection_state_changed)(void *context, rtm_connection_state state, rtm_connection_change_reason reason);
    void (*on_send_message_result)(void *context, int64_t message_id, rtm_peer_message_err error);
    void (*on_message_received_from_peer)(void *context, const char *peer_id, rtm_message *message);
    void (*on_query_peers_online_status_result)(void *context, int64_t request_id, const rtm_peer_online_status *peers,
                                                size_t peer_count, rtm_query_peers_online_status_err error);
    void (*on_subscription_request_result)(void *context, int64_t request_id, rtm_peer_subscription_status_err error);
    void (*on_peers_online_status_changed)(void *context, const rtm_peer_online_status *peers, size_t peer_count);
} rtm_service_event_handler;
typedef struct rtm_call_event_handler {
    size_t struct_size;
    void *context;
    void (*drop)(void *context);
    void (*on_local_invitation_received_by_peer)(void *context, rtm_local_call_invitation *invitation);
    void (*on_local_invitation_accepted)(void *context, rtm_local_call_invitation *invitation, const char *response);
    void (*on_local_invitation_refused)(void *context, rtm_local_call_invitation *invitation, const char *response);
    void (*on_local_invitation_canceled)(void *context, rtm_local_call_invitation *invitation);
    void (*on_local_invitation_failure)(void *context, rtm_local_call_invitation *invitation,
                                        rtm_local_invitation_err error);
    void (*on_remote_invitation_received)(void *context, rtm_remote_call_invitation *invitation);
    void (*on_remote_invitation_accepted)(void *context, rtm_remote_call_invitation *invitation);
    void (*on_remote_invitation_refused)(void *context, rtm_remote_call_invitation *invitation);
    void (*on_remote_invitation_canceled)(void *context, rtm_remote_call_invitation *invitation);
    void (*on_remote_invitation_failure)(void *context, rtm_remote_call_invitation *invitation,
                                         rtm_remote_invitation_err error);
} rtm_call_event_handler;
typedef struct rtm_service_config {
    size_t struct_size;
    const char *url;
    int32_t delivery;
    uint32_t acknowledge_timeout_ms;
    uint32_t ring_timeout_ms;
    uint32_t accept_timeout_ms;
    uint32_t login_timeout_ms;
    uint32_t grace_ms;
    uint32_t max_open_invitations;
    uint32_t max_open_per_peer;
    uint32_t max_remembered_invitations;
    uint32_t reserved;
} rtm_service_config;
RTM_CALL_API rtm_status rtm_service_set_parameters(rtm_service *service, const char *parameters);
typedef struct rtm_service_stats {
    size_t struct_size;
    uint64_t invitations_sent;
    uint64_t invitations_received;
    uint64_t open_local_invitations;
    uint64_t open_remote_invitations;
    uint64_t remembered_invitations;
    uint64_t evicted_invitations;
    uint64_t messages_sent;
    uint64_t messages_resent;
    uint64_t messages_received;
    uint64_t messages_dropped_malformed;
    uint64_t messages_dropped_stray;
    uint64_t messages_dropped_limit;
    uint64_t callbacks_waiting;
} rtm_service_stats;
RTM_CALL_API rtm_status rtm_service_create(const rtm_service_config *config, rtm_service **service);
RTM_CALL_API rtm_status rtm_service_initialize(rtm_service *service, const char *app_id,
                                               const rtm_service_event_handler *handler);
RTM_CALL_API rtm_status rtm_service_add_event_handler(rtm_service *service, const rtm_service_event_handler *handler,
                                                      uint64_t *handler_id);
RTM_CALL_API rtm_status rtm_service_remove_event_handler(rtm_service *service, uint64_t handler_id);
RTM_CALL_API rtm_status rtm_service_get_call_manager(rtm_service *service, const rtm_call_event_handler *handler,
                                                     rtm_call_manager **manager);
RTM_CALL_API rtm_status rtm_service_get_stats(const rtm_service *service, rtm_service_stats *stats);
RTM_CALL_API rtm_status rtm_service_dispatch(rtm_service *service, size_t max, size_t *count);
RTM_CALL_API rtm_status rtm_service_get_dispatch_handle(const rtm_service *service, intptr_t *handle);
RTM_CALL_API rtm_status rtm_service_set_user_data(rtm_service *service, void *user_data);
RTM_CALL_API rtm_status rtm_service_get_user_data(const rtm_service *service, void **user_data);
RTM_CALL_API rtm_status rtm_service_release(rtm_service *service);
RTM_CALL_API rtm_status rtm_service_release_without_callbacks(rtm_service *service);
RTM_CALL_API rtm_status rtm_service_login(rtm_service *service, const char *token, const char *user_id);
RTM_CALL_API rtm_status rtm_service_logout(rtm_service *service);
RTM_CALL_API rtm_status rtm_service_renew_token(rtm_service *service, const char *token);
RTM_CALL_API rtm_status rtm_service_get_connection_state(const rtm_service *service, rtm_connection_state *state);
RTM_CALL_API rtm_status rtm_call_manager_create_local_call_invitation(rtm_call_manager *manager, const char *callee_id,
                                                                      rtm_local_call_invitation **invitation);
RTM_CALL_API rtm_status rtm_call_manager_send_local_invitation(rtm_call_manager *manager,
                                                               rtm_local_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_call_manager_cancel_local_invitation(rtm_call_manager *manager,
                                                                 rtm_local_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_call_manager_accept_remote_invitation(rtm_call_manager *manager,
                                                                  rtm_remote_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_call_manager_refuse_remote_invitation(rtm_call_manager *manager,
                                                                  rtm_remote_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_call_manager_find_local_call_invitation(rtm_call_manager *manager, const char *callee_id,
                                                                    const char *invitation_id,
                                                                    rtm_local_call_invitation **invitation);
RTM_CALL_API rtm_status rtm_call_manager_find_remote_call_invitation(rtm_call_manager *manager, const char *caller_id,
                                                                     const char *invitation_id,
                                                                     rtm_remote_call_invitation **invitation);
RTM_CALL_API rtm_status rtm_call_manager_set_user_data(rtm_call_manager *manager, void *user_data);
RTM_CALL_API rtm_status rtm_call_manager_get_user_data(const rtm_call_manager *manager, void **user_data);
RTM_CALL_API rtm_status rtm_call_manager_release(rtm_call_manager *manager);
RTM_CALL_API const char *rtm_local_call_invitation_get_callee_id(const rtm_local_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_local_call_invitation_get_callee_id_copy(const rtm_local_call_invitation *invitation,
                                                                     char *buffer, size_t length, size_t *needed);
RTM_CALL_API rtm_status rtm_local_call_invitation_set_content(rtm_local_call_invitation *invitation,
                                                              const char *content);
RTM_CALL_API const char *rtm_local_call_invitation_get_content(const rtm_local_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_local_call_invitation_get_content_copy(const rtm_local_call_invitation *invitation,
                                                                   char *buffer, size_t length, size_t *needed);
RTM_CALL_API rtm_status rtm_local_call_invitation_set_channel_id(rtm_local_call_invitation *invitation,
                                                                 const char *channel_id);
RTM_CALL_API const char *rtm_local_call_invitation_get_channel_id(const rtm_local_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_local_call_invitation_get_channel_id_copy(const rtm_local_call_invitation *invitation,
                                                                      char *buffer, size_t length, size_t *needed);
RTM_CALL_API const char *rtm_local_call_invitation_get_response(const rtm_local_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_local_call_invitation_get_response_copy(const rtm_local_call_invitation *invitation,
                                                                    char *buffer, size_t length, size_t *needed);
RTM_CALL_API const char *rtm_local_call_invitation_get_id(const rtm_local_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_local_call_invitation_get_id_copy(const rtm_local_call_invitation *invitation, char *buffer,
                                                              size_t length, size_t *needed);
RTM_CALL_API rtm_status rtm_local_call_invitation_get_state(const rtm_local_call_invitation *invitation,
                                                            rtm_local_invitation_state *state);
RTM_CALL_API rtm_status rtm_local_call_invitation_get_end_reason(const rtm_local_call_invitation *invitation,
                                                                 rtm_end_reason *reason, rtm_end_side *side);
RTM_CALL_API rtm_status rtm_local_call_invitation_set_acknowledge_timeout(rtm_local_call_invitation *invitation,
                                                                          uint32_t timeout_ms);
RTM_CALL_API rtm_status rtm_local_call_invitation_set_ring_timeout(rtm_local_call_invitation *invitation,
                                                                   uint32_t timeout_ms);
RTM_CALL_API rtm_status rtm_local_call_invitation_set_accept_timeout(rtm_local_call_invitation *invitation,
                                                                     uint32_t timeout_ms);
RTM_CALL_API rtm_status rtm_local_call_invitation_set_user_data(rtm_local_call_invitation *invitation, void *user_data);
RTM_CALL_API rtm_status rtm_local_call_invitation_get_user_data(const rtm_local_call_invitation *invitation,
                                                                void **user_data);
RTM_CALL_API rtm_status rtm_local_call_invitation_release(rtm_local_call_invitation *invitation);
RTM_CALL_API const char *rtm_remote_call_invitation_get_caller_id(const rtm_remote_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_caller_id_copy(const rtm_remote_call_invitation *invitation,
                                                                      char *buffer, size_t length, size_t *needed);
RTM_CALL_API const char *rtm_remote_call_invitation_get_content(const rtm_remote_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_content_copy(const rtm_remote_call_invitation *invitation,
                                                                    char *buffer, size_t length, size_t *needed);
RTM_CALL_API const char *rtm_remote_call_invitation_get_channel_id(const rtm_remote_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_channel_id_copy(const rtm_remote_call_invitation *invitation,
                                                                       char *buffer, size_t length, size_t *needed);
RTM_CALL_API rtm_status rtm_remote_call_invitation_set_response(rtm_remote_call_invitation *invitation,
                                                                const char *response);
RTM_CALL_API const char *rtm_remote_call_invitation_get_response(const rtm_remote_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_response_copy(const rtm_remote_call_invitation *invitation,
                                                                     char *buffer, size_t length, size_t *needed);
RTM_CALL_API const char *rtm_remote_call_invitation_get_id(const rtm_remote_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_id_copy(const rtm_remote_call_invitation *invitation,
                                                               char *buffer, size_t length, size_t *needed);
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_state(const rtm_remote_call_invitation *invitation,
                                                             rtm_remote_invitation_state *state);
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_end_reason(const rtm_remote_call_invitation *invitation,
                                                                  rtm_end_reason *reason, rtm_end_side *side);
RTM_CALL_API rtm_status rtm_remote_call_invitation_set_accept_timeout(rtm_remote_call_invitation *invitation,
                                                                      uint32_t timeout_ms);
RTM_CALL_API rtm_status rtm_remote_call_invitation_set_user_data(rtm_remote_call_invitation *invitation,
                                                                 void *user_data);
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_user_data(const rtm_remote_call_invitation *invitation,
                                                                 void **user_data);
RTM_CALL_API rtm_status rtm_remote_call_invitation_release(rtm_remote_call_invitation *invitation);
RTM_CALL_API rtm_status rtm_service_create_text_message(rtm_service *service, const char *message_text,
                                                        rtm_message **message);
RTM_CALL_API rtm_status rtm_service_create_raw_message(rtm_service *service, const uint8_t *data, size_t length,
                                                       const char *description, rtm_message **message);
RTM_CALL_API rtm_status rtm_service_send_message_to_peer(rtm_service *service, const char *peer_id,
                                                         const rtm_message *message, int64_t *message_id);
RTM_CALL_API rtm_status rtm_message_get_type(const rtm_message *message, rtm_message_type *message_type);
RTM_CALL_API const char *rtm_message_get_text(const rtm_message *message);
RTM_CALL_API rtm_status rtm_message_get_raw_data(const rtm_message *message, const uint8_t **data, size_t *length);
RTM_CALL_API rtm_status rtm_message_set_user_data(rtm_message *message, void *user_data);
RTM_CALL_API rtm_status rtm_message_get_user_data(const rtm_message *message, void **user_data);
RTM_CALL_API rtm_status rtm_message_release(rtm_message *message);
RTM_CALL_API rtm_status rtm_service_query_peers_online_status(rtm_service *service, const char *const *peer_ids,
                                                              size_t peer_count, int64_t *request_id);
RTM_CALL_API rtm_status rtm_service_subscribe_peers_online_status(rtm_service *service, const char *const *peer_ids,
                                                                  size_t peer_count, int64_t *request_id);
RTM_CALL_API rtm_status rtm_service_unsubscribe_peers_online_status(rtm_service *service, const char *const *peer_ids,
                                                                    size_t peer_count, int64_t *request_id);
typedef struct rtm_log_handler {
    size_t struct_size;
    void *context;
    void (*drop)(void *context);
    void (*on_log)(void *context, rtm_log_level level, const char *line);
} rtm_log_handler;
RTM_CALL_API rtm_status rtm_service_set_log_file(rtm_service *service, const char *path);
RTM_CALL_API rtm_status rtm_service_set_log_filter(rtm_service *service, uint32_t filter);
RTM_CALL_API rtm_status rtm_service_log(rtm_service *service, uint32_t level, const char *line);
RTM_CALL_API rtm_status rtm_service_set_log_handler(rtm_service *service, const rtm_log_handler *handler);
typedef struct rtm_hub_faults {
    size_t struct_size;
    uint64_t seed;
    uint32_t delay_min_ms;
    uint32_t delay_max_ms;
    uint32_t loss_per_million;
    uint32_t repeat_per_million;
    uint32_t reorder_per_million;
    uint32_t reserved;
} rtm_hub_faults;
typedef struct rtm_hub_stats {
    size_t struct_size;
    uint64_t sent;
    uint64_t delivered;
    uint64_t lost;
    uint64_t repeated;
    uint64_t reordered;
    uint64_t delayed;
    uint64_t expired;
    uint64_t dropped_offline;
    uint64_t refused_full;
    uint64_t links_cut;
} rtm_hub_stats;
RTM_CALL_API rtm_status rtm_hub_set_faults(const char *hub_name, const char *app_id, const rtm_hub_faults *faults);
RTM_CALL_API rtm_status rtm_hub_set_link(const char *hub_name, const char *app_id, const char *user_id, int32_t up);
RTM_CALL_API rtm_status rtm_hub_suspend(const char *hub_name, const char *app_id, const char *user_id, int32_t asleep);
RTM_CALL_API rtm_status rtm_hub_get_stats(const char *hub_name, const char *app_id, rtm_hub_stats *stats);
RTM_CALL_API const char *rtm_status_name(int32_t status);
RTM_CALL_API const char *rtm_status_text(int32_t status);
RTM_CALL_API const char *rtm_local_invitation_state_name(int32_t state);
RTM_CALL_API const char *rtm_local_invitation_state_text(int32_t state);
RTM_CALL_API const char *rtm_remote_invitation_state_name(int32_t state);
RTM_CALL_API const char *rtm_remote_invitation_state_text(int32_t state);
RTM_CALL_API const char *rtm_local_invitation_err_name(int32_t error);
RTM_CALL_API const char *rtm_local_invitation_err_text(int32_t error);
RTM_CALL_API const char *rtm_remote_invitation_err_name(int32_t error);
RTM_CALL_API const char *rtm_remote_invitation_err_text(int32_t error);
RTM_CALL_API const char *rtm_end_reason_name(int32_t reason);
RTM_CALL_API const char *rtm_end_reason_text(int32_t reason);
RTM_CALL_API const char *rtm_end_side_name(int32_t side);
RTM_CALL_API const char *rtm_end_side_text(int32_t side);
RTM_CALL_API const char *rtm_connection_state_name(int32_t state);
RTM_CALL_API const char *rtm_connection_state_text(int32_t state);
RTM_CALL_API const char *rtm_connection_change_reason_name(int32_t reason);
RTM_CALL_API const char *rtm_connection_change_reason_text(int32_t reason);
RTM_CALL_API const char *rtm_login_err_name(int32_t error);
RTM_CALL_API const char *rtm_login_err_text(int32_t error);
RTM_CALL_API const char *rtm_logout_err_name(int32_t error);
RTM_CALL_API const char *rtm_logout_err_text(int32_t error);
RTM_CALL_API const char *rtm_renew_token_err_name(int32_t error);
RTM_CALL_API const char *rtm_renew_token_err_text(int32_t error);
RTM_CALL_API const char *rtm_peer_online_state_name(int32_t state);
RTM_CALL_API const char *rtm_peer_online_state_text(int32_t state);
RTM_CALL_API const char *rtm_peer_message_err_name(int32_t error);
RTM_CALL_API const char *rtm_peer_message_err_text(int32_t error);
RTM_CALL_API const char *rtm_query_peers_online_status_err_name(int32_t error);
RTM_CALL_API const char *rtm_query_peers_online_status_err_text(int32_t error);
RTM_CALL_API const char *rtm_peer_subscription_status_err_name(int32_t error);
RTM_CALL_API const char *rtm_peer_subscription_status_err_text(int32_t error);
RTM_CALL_API const char *rtm_message_type_name(int32_t message_type);
RTM_CALL_API const char *rtm_message_type_text(int32_t message_type);
RTM_CALL_API const char *rtm_delivery_name(int32_t delivery);
RTM_CALL_API const char *rtm_delivery_text(int32_t delivery);
RTM_CALL_API const char *rtm_log_level_name(int32_t level);
RTM_CALL_API const char *rtm_log_level_text(int32_t level);
RTM_CALL_API const char *rtm_log_filter_name(int32_t filter);
RTM_CALL_API const char *rtm_log_filter_text(int32_t filter);
#ifdef __cplusplus
}
#endif
#endif /* RTM_CALL_H */
