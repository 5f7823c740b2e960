/* rtm_call.h: call invitations for C and C++. Generated from the Rust sources; `./dev header` writes it anew. */

#ifndef RTM_CALL_H
#define RTM_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * @file
 * The whole C API of rtm_call.
 */

/**
 * @mainpage rtm_call
 *
 * Call invitations: a caller rings a callee, the callee accepts or refuses, the caller may cancel, and both
 * applications learn the same outcome. What is talked about afterwards, and over which media channel, is the
 * application's affair.
 *
 * @section example A call in ten lines
 *
 * @code{.c}
 * rtm_service_event_handler events = {.struct_size = sizeof events, .on_login_failure = login_failed};
 * rtm_call_event_handler calls = {.struct_size = sizeof calls, .on_local_invitation_accepted = accepted};
 * rtm_service_create(NULL, &service);
 * rtm_service_initialize(service, "my-app", &events);
 * rtm_service_get_call_manager(service, &calls, &manager);
 * rtm_service_login(service, NULL, "alice");
 * rtm_call_manager_create_local_call_invitation(manager, "bob", &invitation);
 * rtm_call_manager_send_local_invitation(manager, invitation); // held until the login has succeeded
 * rtm_local_call_invitation_release(invitation);               // gives up the handle; its callbacks still come
 * ...
 * rtm_service_release(service);                                // logs out, delivers the last callbacks
 * @endcode
 *
 * cpp_examples/demo.c plays all endings of a call.
 *
 * @section answers Answers
 *
 * Every function that can fail answers an #rtm_status; #RTM_OK is 0. Text getters answer the text, "" on an error.
 * Outputs are written on success only. rtm_last_error() has the sentence of the calling thread's last error.
 *
 * This manual names codes without their prefix: INVALID_ARGUMENT is #RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT,
 * STALE_HANDLE is #RTM_ERR_STALE_HANDLE. What every function may answer is not repeated at each:
 * - STALE_HANDLE: a handle is NULL, stale, of another kind or of another service. Never a crash.
 * - PANICKED: the service has run into an internal error. Its invitations have ended with #RTM_END_REASON_ERROR, and it
 *   can only be released.
 * - FORKED: this process is the child of a fork(); see @ref process.
 *
 * @section threads Threads
 *
 * Every function may be called from any thread and inside any callback, and returns at once, unless it says that it
 * waits. What comes of it comes as a callback. Receiving, answering, sending again and timers are the library's affair:
 * no callback, however slow, and no thread of the application's delays them.
 *
 * @section callbacks Callbacks
 *
 * Callbacks of one service come one at a time and in order, with no lock of the library held. #rtm_delivery says on
 * which thread: one of the service's own (the default), one that services share, or the application's own, in
 * rtm_service_dispatch(). No callback comes before the function that makes its object has written the handle, or the
 * number of a request. See @ref events.
 *
 * @section ownership Ownership
 *
 * What the application gives (texts, structs, lists) is copied before the function returns, but for a handler's
 * context: that is used until the handler's `drop` is called with it. What the application gets:
 * - A handle of a function whose parameter is `[out]` is the application's to release once, by the function of its
 *   kind. Releasing NULL does nothing. Handles are numbers in the shape of pointers: they are never followed.
 * - The handle of a remote invitation is the application's from on_remote_invitation_received on.
 * - Texts of getters live as long as their object, also while another thread sets another text. The getters with
 *   `_copy` are for loops over objects that others may free.
 * - Texts, lists and messages in a callback are valid until it returns.
 *
 * An invitation may be released in every state, and at once after it was sent: it goes on, its callbacks come with the
 * same handle, and it is freed after the last of them. It may outlive its service: then it has ended.
 *
 * @section texts_and_limits Texts and limits
 *
 * Texts are UTF-8 with a final NUL; anything else is INVALID_ARGUMENT. Lengths are in bytes, without the NUL: user ids
 * 1 to 64 (see rtm_service_login()), app ids 1 to 64, channel ids up to 64, contents and responses up to 8192, peer
 * messages up to 32768. Times are in milliseconds and count the time that the machine is suspended.
 *
 * Structs that the application fills begin with `struct_size`. Set the whole struct to zero first: zero is the default
 * of every field, of those of later versions too.
 *
 * @section process Release, exit, dlclose, fork
 *
 * rtm_service_release() and rtm_service_release_without_callbacks() wait until no callback of the service runs or can
 * start; inside a callback they return at once. Release every service before the process exits or the objects that its
 * callbacks use are destroyed.
 *
 * The library's threads sleep when there is nothing to do and are never joined; exit() ends them with the process, from any
 * thread and amid callbacks. Their names begin with "rtm-". They leave all signals to the application's threads but those of
 * their own faults, and SIGPWR, SIGXCPU and the real-time ones, with which garbage collectors stop threads that ran a
 * callback. A peer that hangs up causes no SIGPIPE.
 *
 * dlclose() and FreeLibrary() leave the library where it is once it has threads; what is live goes on, and whoever opens the
 * library again finds it as it was. A module that uses the library releases its services before it is unloaded: inside
 * dlclose() and FreeLibrary() the loader's lock is held, which a thread that just starts waits for, and a release may wait
 * for a callback on that thread. When the process exits it may release them in static destructors; but where Windows runs a
 * DLL's destructors because the process exits, its other threads are gone: calls answer FORKED and do nothing.
 *
 * After fork() the child's calls answer FORKED and do nothing, until it executes another program; the parent goes on as
 * before.
 */

/** The version of this header, as a text. */
#define RTM_CALL_VERSION "0.1.0"
/** The first number of the version. */
#define RTM_CALL_VERSION_MAJOR 0
/** The second number of the version. */
#define RTM_CALL_VERSION_MINOR 1
/** The third number of the version. */
#define RTM_CALL_VERSION_PATCH 0
/** The version as a number that grows: see rtm_version_number(). */
#define RTM_CALL_VERSION_NUMBER \
    (RTM_CALL_VERSION_MAJOR * 1000000 + RTM_CALL_VERSION_MINOR * 1000 + RTM_CALL_VERSION_PATCH)

/** How the functions are linked. Whoever links the static library on Windows defines RTM_CALL_STATIC. */
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

/** Success: the same as #RTM_INVITATION_API_CALL_ERR_OK. */
#define RTM_OK RTM_INVITATION_API_CALL_ERR_OK
/** Older headers' spelling of #RTM_LOGIN_ERR_ALREADY_LOGGED_IN. */
#define RTM_LOGIN_ERR_ALREADY_LOGIN RTM_LOGIN_ERR_ALREADY_LOGGED_IN

/**
 * @defgroup codes_status Status
 *
 * What every fallible function answers.
 * @{
 */

/**
 * The answer of every fallible function. 0 to 5 are the original's codes, those from 200 are this library's own; the
 * numbers never change and are never reused. Later versions may add some: treat an unknown number as a failure.
 * rtm_last_error() has the sentence that belongs to a failure.
 */
typedef enum rtm_status {
    /** Success; #RTM_OK is the same. */
    RTM_INVITATION_API_CALL_ERR_OK = 0,
    /** An argument is missing, malformed or out of bounds. */
    RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT = 1,
    /** The invitation was not sent yet. */
    RTM_INVITATION_API_CALL_ERR_NOT_STARTED = 2,
    /** The invitation has ended. */
    RTM_INVITATION_API_CALL_ERR_ALREADY_END = 3,
    /** The invitation was accepted already. */
    RTM_INVITATION_API_CALL_ERR_ALREADY_ACCEPT = 4,
    /** The invitation was sent already. */
    RTM_INVITATION_API_CALL_ERR_ALREADY_SENT = 5,
    /** The handle is NULL, stale (released), of another kind, of another service, or no handle at all. */
    RTM_ERR_STALE_HANDLE = 200,
    /** The buffer is too small for the text. */
    RTM_ERR_BUFFER_TOO_SMALL = 201,
    /** The service ran into an internal error and can only be released. */
    RTM_ERR_PANICKED = 202,
    /** The call is not possible in this state. */
    RTM_ERR_INVALID_STATE = 203,
    /** rtm_service_initialize() was not called yet. */
    RTM_ERR_NOT_INITIALIZED = 204,
    /** rtm_service_initialize() was called already. */
    RTM_ERR_ALREADY_INITIALIZED = 205,
    /** The app id is missing, empty, too long or no valid UTF-8. */
    RTM_ERR_INVALID_APP_ID = 206,
    /** A bound of the configuration is reached. */
    RTM_ERR_LIMIT_REACHED = 207,
    /** Nobody is logged in. */
    RTM_ERR_NOT_LOGGED_IN = 208,
    /**
     * This process is the child of a fork(): the library's threads stayed in the parent. Or, on Windows, it is exiting, and its
     * other threads have ended.
     */
    RTM_ERR_FORKED = 209,
    /** This build or version has no such thing. */
    RTM_ERR_UNSUPPORTED = 210,
    /** The operating system refused. */
    RTM_ERR_OS = 211,
    /** Nothing bears this name or number. */
    RTM_ERR_NOT_FOUND = 212,
} rtm_status;

/** @} */

/**
 * @defgroup library Library
 *
 * Version, features, and the sentence of the last error.
 * @{
 */

/**
 * The library's version, such as "0.1.0": that of the library that runs, where #RTM_CALL_VERSION is that of the
 * header.
 *
 * Any thread, in a forked child too.
 *
 * @return A static text, never NULL.
 */
RTM_CALL_API const char *rtm_version(void);

/**
 * The library's version as a number: major * 1000000 + minor * 1000 + patch, as #RTM_CALL_VERSION_NUMBER.
 *
 * Any thread, in a forked child too.
 *
 * @return The number.
 */
RTM_CALL_API uint32_t rtm_version_number(void);

/**
 * Whether this build has a feature. "hub" is the in-process carrier; a carrier's name is also the beginning of its
 * addresses ("mqtt" of mqtt://).
 *
 * Any thread, in a forked child too.
 *
 * @param feature The name; NULL names none.
 * @return True if this build has it.
 */
RTM_CALL_API bool rtm_has_feature(const char *feature);

/**
 * The sentence of the last error of a function that this thread called, naming what was wrong, such as "the callee id
 * is 70 bytes, the limit is 64". For a log or a developer; a program goes by the #rtm_status. Success leaves it as it
 * is.
 *
 * Any thread, in a forked child too.
 *
 * @return The text, "" if there was no error yet; never NULL. Valid until the next error on this thread.
 */
RTM_CALL_API const char *rtm_last_error(void);

/**
 * Sets how many threads run the callbacks of all services with #RTM_DELIVERY_SHARED. Default: 2. They start when first
 * needed.
 *
 * Any thread; only once in a process, before the first such service is created.
 *
 * @param count How many, at least 1.
 * @return #RTM_OK; INVALID_ARGUMENT if `count` is 0; INVALID_STATE if it is too late.
 */
RTM_CALL_API rtm_status rtm_set_shared_workers(uint32_t count);

/** @} */

/**
 * @defgroup handles Handles
 *
 * What an application holds of each object. A handle is a number in the shape of a pointer: the library looks it up
 * and never follows it, so a stale, foreign or invented one is answered with STALE_HANDLE and harms nothing. NULL
 * names nothing. Each handle is released once, by the function of its kind; two handles of the same object are equal.
 * @{
 */

/**
 * The part of a service that rings and is rung; one a service. Got by rtm_service_get_call_manager(), released by
 * rtm_call_manager_release() or with its service.
 */
typedef struct rtm_call_manager rtm_call_manager;

/**
 * The caller's object of an invitation. Made by rtm_call_manager_create_local_call_invitation(), released by
 * rtm_local_call_invitation_release().
 */
typedef struct rtm_local_call_invitation rtm_local_call_invitation;

/**
 * A peer message. Made by rtm_service_create_text_message() or rtm_service_create_raw_message() and released by
 * rtm_message_release(); one that was received belongs to the library and is gone when its callback returns.
 */
typedef struct rtm_message rtm_message;

/**
 * The callee's object of an invitation. Comes with rtm_call_event_handler::on_remote_invitation_received, is the
 * application's from then on, and is released by rtm_remote_call_invitation_release().
 */
typedef struct rtm_remote_call_invitation rtm_remote_call_invitation;

/**
 * One user's end: the login, the callbacks, and all that belongs to them. Made by rtm_service_create(), released by
 * rtm_service_release().
 */
typedef struct rtm_service rtm_service;

/**
 * One login on a carrier of the application's own, for that carrier to report to. Comes with rtm_transport::start and is
 * stale before rtm_transport::stop is called; the carrier does not release it.
 */
typedef struct rtm_transport_session rtm_transport_session;

/** @} */

/**
 * @defgroup codes_invitation Invitation codes
 *
 * The states of invitations, and how they end. Numbers never change.
 * @{
 */

/** The state of a local invitation, the caller's object. */
typedef enum rtm_local_invitation_state {
    /** Created, not sent yet. */
    RTM_LOCAL_INVITATION_STATE_IDLE = 0,
    /** Sent, not acknowledged yet. */
    RTM_LOCAL_INVITATION_STATE_SENT_TO_REMOTE = 1,
    /** The callee's library has it. */
    RTM_LOCAL_INVITATION_STATE_RECEIVED_BY_REMOTE = 2,
    /** Ended: the callee accepted. */
    RTM_LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE = 3,
    /** Ended: the callee refused. */
    RTM_LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE = 4,
    /** Ended: canceled. */
    RTM_LOCAL_INVITATION_STATE_CANCELED = 5,
    /** Ended: failed. */
    RTM_LOCAL_INVITATION_STATE_FAILURE = 6,
} rtm_local_invitation_state;

/** The state of a remote invitation, the callee's object. */
typedef enum rtm_remote_invitation_state {
    /** Not received yet. */
    RTM_REMOTE_INVITATION_STATE_IDLE = 0,
    /** Received, not answered yet. */
    RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED = 1,
    /** Accepted here, not confirmed by the caller yet. */
    RTM_REMOTE_INVITATION_STATE_ACCEPT_SENT_TO_LOCAL = 2,
    /** Ended: refused. */
    RTM_REMOTE_INVITATION_STATE_REFUSED = 3,
    /** Ended: accepted, and the caller knows. */
    RTM_REMOTE_INVITATION_STATE_ACCEPTED = 4,
    /** Ended: canceled by the caller. */
    RTM_REMOTE_INVITATION_STATE_CANCELED = 5,
    /** Ended: failed. */
    RTM_REMOTE_INVITATION_STATE_FAILURE = 6,
} rtm_remote_invitation_state;

/** Why a local invitation failed. */
typedef enum rtm_local_invitation_err {
    /** No failure. */
    RTM_LOCAL_INVITATION_ERR_OK = 0,
    /** The callee is offline. */
    RTM_LOCAL_INVITATION_ERR_PEER_OFFLINE = 1,
    /** The callee did not respond. */
    RTM_LOCAL_INVITATION_ERR_PEER_NO_RESPONSE = 2,
    /** Nobody answered in time. */
    RTM_LOCAL_INVITATION_ERR_INVITATION_EXPIRE = 3,
    /** Nobody is logged in here. */
    RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN = 4,
} rtm_local_invitation_err;

/** Why a remote invitation failed. */
typedef enum rtm_remote_invitation_err {
    /** No failure. */
    RTM_REMOTE_INVITATION_ERR_OK = 0,
    /** One of the two is offline. */
    RTM_REMOTE_INVITATION_ERR_PEER_OFFLINE = 1,
    /** The acceptance was not confirmed in time. */
    RTM_REMOTE_INVITATION_ERR_ACCEPT_FAILURE = 2,
    /** Not answered in time. */
    RTM_REMOTE_INVITATION_ERR_INVITATION_EXPIRE = 3,
} rtm_remote_invitation_err;

/** Why an invitation ended: the reason beside the original's code. */
typedef enum rtm_end_reason {
    /** It has not ended. */
    RTM_END_REASON_NONE = 0,
    /** The callee accepted. */
    RTM_END_REASON_ACCEPTED = 1,
    /** The callee refused. */
    RTM_END_REASON_REFUSED = 2,
    /** The caller canceled. */
    RTM_END_REASON_CANCELED = 3,
    /** The callee is offline. */
    RTM_END_REASON_UNREACHABLE = 4,
    /** The callee's library did not acknowledge in time. */
    RTM_END_REASON_NO_RESPONSE = 5,
    /** Nobody answered in time. */
    RTM_END_REASON_EXPIRED = 6,
    /** The caller was not logged in. */
    RTM_END_REASON_NOT_LOGGED_IN = 7,
    /** One of the two logged out. */
    RTM_END_REASON_LOGGED_OUT = 8,
    /** The acceptance was not confirmed: the caller's outcome is unknown. */
    RTM_END_REASON_ACCEPT_UNCONFIRMED = 9,
    /** The session was ended from outside. */
    RTM_END_REASON_KICKED = 10,
    /** The caller is gone. */
    RTM_END_REASON_CALLER_LOST = 11,
    /** Another instance of the callee accepted. */
    RTM_END_REASON_ANSWERED_ELSEWHERE = 12,
    /** Another instance of the callee refused. */
    RTM_END_REASON_REFUSED_ELSEWHERE = 13,
    /** The service was released. */
    RTM_END_REASON_RELEASED = 14,
    /** An internal error ended the service. */
    RTM_END_REASON_ERROR = 15,
} rtm_end_reason;

/** Which side decided the end. */
typedef enum rtm_end_side {
    /** It has not ended. */
    RTM_END_SIDE_NONE = 0,
    /** The caller's side. */
    RTM_END_SIDE_CALLER = 1,
    /** The callee's side. */
    RTM_END_SIDE_CALLEE = 2,
} rtm_end_side;

/** @} */

/**
 * @defgroup codes_session Session codes
 *
 * The states of a connection, and how login, logout and the renewal of a token end. Numbers never change.
 * @{
 */

/** The state of a service's connection. */
typedef enum rtm_connection_state {
    /** Not logged in. */
    RTM_CONNECTION_STATE_DISCONNECTED = 1,
    /** Logging in. */
    RTM_CONNECTION_STATE_CONNECTING = 2,
    /** Logged in. */
    RTM_CONNECTION_STATE_CONNECTED = 3,
    /** Logged in, the link is being restored. */
    RTM_CONNECTION_STATE_RECONNECTING = 4,
    /** The session was ended from outside. */
    RTM_CONNECTION_STATE_ABORTED = 5,
} rtm_connection_state;

/** Why the connection changed its state. */
typedef enum rtm_connection_change_reason {
    /** A login began. */
    RTM_CONNECTION_CHANGE_REASON_LOGIN = 1,
    /** The login succeeded, or the link is back. */
    RTM_CONNECTION_CHANGE_REASON_LOGIN_SUCCESS = 2,
    /** The login was refused. */
    RTM_CONNECTION_CHANGE_REASON_LOGIN_FAILURE = 3,
    /** The login found nobody in time. */
    RTM_CONNECTION_CHANGE_REASON_LOGIN_TIMEOUT = 4,
    /** The link broke. */
    RTM_CONNECTION_CHANGE_REASON_INTERRUPTED = 5,
    /** The application logged out. */
    RTM_CONNECTION_CHANGE_REASON_LOGOUT = 6,
    /** The server banned the user. */
    RTM_CONNECTION_CHANGE_REASON_BANNED_BY_SERVER = 7,
    /** The same user logged in elsewhere. */
    RTM_CONNECTION_CHANGE_REASON_REMOTE_LOGIN = 8,
    /** The token expired. */
    RTM_CONNECTION_CHANGE_REASON_TOKEN_EXPIRED = 9,
} rtm_connection_change_reason;

/** How a login ended. */
typedef enum rtm_login_err {
    /** Success. */
    RTM_LOGIN_ERR_OK = 0,
    /** Unknown failure. */
    RTM_LOGIN_ERR_UNKNOWN = 1,
    /** Refused. */
    RTM_LOGIN_ERR_REJECTED = 2,
    /** An argument is out of bounds. */
    RTM_LOGIN_ERR_INVALID_ARGUMENT = 3,
    /** The app id is not known. */
    RTM_LOGIN_ERR_INVALID_APP_ID = 4,
    /** The token is wrong. */
    RTM_LOGIN_ERR_INVALID_TOKEN = 5,
    /** The token is too old. */
    RTM_LOGIN_ERR_TOKEN_EXPIRED = 6,
    /** This user may not log in. */
    RTM_LOGIN_ERR_NOT_AUTHORIZED = 7,
    /** Logged in or logging in already. */
    RTM_LOGIN_ERR_ALREADY_LOGGED_IN = 8,
    /** Nobody answered in time. */
    RTM_LOGIN_ERR_TIMEOUT = 9,
    /** Too many attempts. */
    RTM_LOGIN_ERR_TOO_OFTEN = 10,
    /** The service is not initialized. */
    RTM_LOGIN_ERR_NOT_INITIALIZED = 101,
} rtm_login_err;

/** How a logout ended. */
typedef enum rtm_logout_err {
    /** Success. */
    RTM_LOGOUT_ERR_OK = 0,
    /** Nobody is logged in. */
    RTM_LOGOUT_ERR_REJECTED = 1,
    /** The service is not initialized. */
    RTM_LOGOUT_ERR_NOT_INITIALIZED = 101,
    /** Nobody is logged in. */
    RTM_LOGOUT_ERR_USER_NOT_LOGGED_IN = 102,
} rtm_logout_err;

/** How the renewal of a token ended. */
typedef enum rtm_renew_token_err {
    /** Success. */
    RTM_RENEW_TOKEN_ERR_OK = 0,
    /** Unknown failure. */
    RTM_RENEW_TOKEN_ERR_FAILURE = 1,
    /** The token is no valid text. */
    RTM_RENEW_TOKEN_ERR_INVALID_ARGUMENT = 2,
    /** Refused. */
    RTM_RENEW_TOKEN_ERR_REJECTED = 3,
    /** Too many attempts. */
    RTM_RENEW_TOKEN_ERR_TOO_OFTEN = 4,
    /** The new token is too old. */
    RTM_RENEW_TOKEN_ERR_TOKEN_EXPIRED = 5,
    /** The new token is wrong. */
    RTM_RENEW_TOKEN_ERR_INVALID_TOKEN = 6,
    /** The service is not initialized. */
    RTM_RENEW_TOKEN_ERR_NOT_INITIALIZED = 101,
    /** Nobody is logged in. */
    RTM_RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN = 102,
} rtm_renew_token_err;

/** @} */

/**
 * @defgroup codes_peer Peer codes
 *
 * Presence, and how peer messages and requests about presence end. Numbers never change.
 * @{
 */

/** Whether a user can be reached. */
typedef enum rtm_peer_online_state {
    /** Logged in. */
    RTM_PEER_ONLINE_STATE_ONLINE = 0,
    /** Its link is broken, its grace time is not over. */
    RTM_PEER_ONLINE_STATE_UNREACHABLE = 1,
    /** Not logged in, or gone for longer than the grace time. */
    RTM_PEER_ONLINE_STATE_OFFLINE = 2,
} rtm_peer_online_state;

/** How the sending of a peer message ended. */
typedef enum rtm_peer_message_err {
    /** The peer's library has it. */
    RTM_PEER_MESSAGE_ERR_OK = 0,
    /** Unknown failure. */
    RTM_PEER_MESSAGE_ERR_FAILURE = 1,
    /** No acknowledgement in time. */
    RTM_PEER_MESSAGE_ERR_SENT_TIMEOUT = 2,
    /** The peer is offline. */
    RTM_PEER_MESSAGE_ERR_PEER_UNREACHABLE = 3,
    /** Kept for a peer that is offline. */
    RTM_PEER_MESSAGE_ERR_CACHED_BY_SERVER = 4,
    /** Too many messages under way. */
    RTM_PEER_MESSAGE_ERR_TOO_OFTEN = 5,
    /** The peer's user id is out of bounds. */
    RTM_PEER_MESSAGE_ERR_INVALID_USERID = 6,
    /** The message is out of bounds. */
    RTM_PEER_MESSAGE_ERR_INVALID_MESSAGE = 7,
    /** The peer's library does not know this kind of message. */
    RTM_PEER_MESSAGE_ERR_IMCOMPATIBLE_MESSAGE = 8,
    /** The service is not initialized. */
    RTM_PEER_MESSAGE_ERR_NOT_INITIALIZED = 101,
    /** Nobody is logged in. */
    RTM_PEER_MESSAGE_ERR_USER_NOT_LOGGED_IN = 102,
} rtm_peer_message_err;

/** How a presence query ended. */
typedef enum rtm_query_peers_online_status_err {
    /** Success. */
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_OK = 0,
    /** Unknown failure. */
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_FAILURE = 1,
    /** An argument is out of bounds. */
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_INVALID_ARGUMENT = 2,
    /** Refused. */
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_REJECTED = 3,
    /** No answer in time. */
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_TIMEOUT = 4,
    /** Too many queries under way. */
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_TOO_OFTEN = 5,
    /** The service is not initialized. */
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_NOT_INITIALIZED = 101,
    /** Nobody is logged in. */
    RTM_QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN = 102,
} rtm_query_peers_online_status_err;

/** How a presence subscription ended. */
typedef enum rtm_peer_subscription_status_err {
    /** Success. */
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_OK = 0,
    /** Unknown failure. */
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_FAILURE = 1,
    /** An argument is out of bounds. */
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_INVALID_ARGUMENT = 2,
    /** Refused. */
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_REJECTED = 3,
    /** No answer in time. */
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_TIMEOUT = 4,
    /** Too many requests under way. */
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_TOO_OFTEN = 5,
    /** Too many subscriptions. */
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_OVERFLOW = 6,
    /** The service is not initialized. */
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_NOT_INITIALIZED = 101,
    /** Nobody is logged in. */
    RTM_PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN = 102,
} rtm_peer_subscription_status_err;

/** What a peer message carries; the original's numbers. */
typedef enum rtm_message_type {
    /** A text. */
    RTM_MESSAGE_TYPE_TEXT = 1,
    /** Bytes, and a text that describes them. */
    RTM_MESSAGE_TYPE_RAW = 2,
} rtm_message_type;

/** @} */

/**
 * @defgroup codes_settings Settings
 *
 * What can be chosen: who delivers callbacks, the form of a ladder, and what is logged. Numbers never change.
 * @{
 */

/** Who runs the callbacks of a service. */
typedef enum rtm_delivery {
    /** A thread of this service's own, started with its first callback. */
    RTM_DELIVERY_OWN_WORKER = 0,
    /**
     * Threads that the services of this process share, see rtm_set_shared_workers(). A slow callback delays the
     * callbacks of other services, nothing else.
     */
    RTM_DELIVERY_SHARED = 1,
    /**
     * The application's own thread, in rtm_service_dispatch(); the library starts none for this service's callbacks.
     */
    RTM_DELIVERY_PUMP = 2,
} rtm_delivery;

/** The form in which a ladder is copied. */
typedef enum rtm_ladder_format {
    /** Two columns of plain text, at most 100 characters a line. */
    RTM_LADDER_TEXT = 0,
    /** A Mermaid sequence diagram. */
    RTM_LADDER_MERMAID = 1,
} rtm_ladder_format;

/** How important a line of the log is; the original's bits. */
typedef enum rtm_log_level {
    /** What happens to each invitation and session: 0x01. */
    RTM_LOG_LEVEL_INFO = 1,
    /** Something was dropped, and the protocol goes on: 0x02. */
    RTM_LOG_LEVEL_WARN = 2,
    /** Something failed: 0x04. */
    RTM_LOG_LEVEL_ERROR = 4,
    /** The service can only be released: 0x08. */
    RTM_LOG_LEVEL_CRITICAL = 8,
    /** Each message: 0x800. */
    RTM_LOG_LEVEL_DEBUG = 2048,
} rtm_log_level;

/**
 * Which lines are logged: sums of levels, the original's numbers. Other sums of the #rtm_log_level bits are legal too.
 */
typedef enum rtm_log_filter {
    /** None: 0. */
    RTM_LOG_FILTER_OFF = 0,
    /** Critical ones: 0x08. */
    RTM_LOG_FILTER_CRITICAL = 8,
    /** Errors too: 0x0c. */
    RTM_LOG_FILTER_ERROR = 12,
    /** Warnings too: 0x0e. */
    RTM_LOG_FILTER_WARN = 14,
    /** All but debug lines: 0x0f, the default. */
    RTM_LOG_FILTER_INFO = 15,
    /** All: 0x80f. */
    RTM_LOG_FILTER_DEBUG = 2063,
} rtm_log_filter;

/** @} */

/**
 * @defgroup codes_transport Transport codes
 *
 * What a carrier of the application's own reports of its link. Numbers never change.
 * @{
 */

/** What happened to the link of a session. Each says what belongs into the `detail` of rtm_transport_session_link(). */
typedef enum rtm_transport_link {
    /** The session stands, for the first time or again. Detail: 0. */
    RTM_TRANSPORT_LINK_UP = 1,
    /** The connection broke; the carrier is trying to restore it. Detail: 0. */
    RTM_TRANSPORT_LINK_DOWN = 2,
    /**
     * The login is refused for good. Detail: why, an #rtm_login_err out of REJECTED, INVALID_APP_ID, INVALID_TOKEN,
     * TOKEN_EXPIRED, NOT_AUTHORIZED and TOO_OFTEN.
     */
    RTM_TRANSPORT_LINK_REFUSED = 3,
    /**
     * The session was ended from outside, for good. Detail: why, an #rtm_connection_change_reason out of
     * BANNED_BY_SERVER, REMOTE_LOGIN and TOKEN_EXPIRED.
     */
    RTM_TRANSPORT_LINK_ENDED = 4,
    /** The token is about to expire or has expired. Detail: 0. */
    RTM_TRANSPORT_LINK_TOKEN_EXPIRED = 5,
    /**
     * The answer to rtm_transport::renew. Detail: an #rtm_renew_token_err out of OK, REJECTED, TOO_OFTEN, TOKEN_EXPIRED
     * and INVALID_TOKEN.
     */
    RTM_TRANSPORT_LINK_RENEWED = 6,
} rtm_transport_link;

/** @} */

/**
 * @defgroup events Event handlers
 *
 * A handler is a struct of function pointers that the application fills and the library copies. Every callback may be
 * NULL. Set the whole struct to zero first, then `struct_size` to its sizeof.
 *
 * Callbacks of one service come one at a time, in order, on the thread that #rtm_delivery names, with no lock of the
 * library held: every function may be called inside them, and a slow one delays later callbacks of its service, never
 * the protocol. Texts and lists that a callback gets are valid until it returns. A callback must return: no longjmp,
 * no C++ exception.
 *
 * `drop(context)` is the context's end: it runs once for every handler that was accepted, when its last callback has
 * ended, on whichever thread that is; if the function that takes the handler fails, it never runs. It counts as a
 * callback: nothing that waits for callbacks waits inside it.
 * @{
 */

/** Whether one user can be reached. */
typedef struct rtm_peer_online_status {
    /** The user; valid until the callback returns. */
    const char *peer_id;
    /** Whether it can be reached. */
    rtm_peer_online_state state;
} rtm_peer_online_status;

/**
 * The callbacks of a service: login, connection, presence and peer messages. For rtm_service_initialize() and
 * rtm_service_add_event_handler().
 */
typedef struct rtm_service_event_handler {
    /** sizeof(rtm_service_event_handler). */
    size_t struct_size;
    /** The first argument of every callback; the library does not look at it. */
    void *context;
    /** The end of the context, see above. */
    void (*drop)(void *context);
    /**
     * The login succeeded. Comes once a login, after the connection state #RTM_CONNECTION_STATE_CONNECTED, not again
     * when a broken link is back.
     */
    void (*on_login_success)(void *context);
    /**
     * The login failed. #RTM_LOGIN_ERR_ALREADY_LOGGED_IN disturbs nothing; after any other error the state of the
     * connection is #RTM_CONNECTION_STATE_DISCONNECTED.
     */
    void (*on_login_failure)(void *context, rtm_login_err error);
    /**
     * A logout ended; every rtm_service_logout() gets one. All invitations that were open have had their last
     * callback. With #RTM_LOGOUT_ERR_REJECTED nobody was logged in.
     */
    void (*on_logout)(void *context, rtm_logout_err error);
    /** The outcome of rtm_service_renew_token() for this token. */
    void (*on_renew_token_result)(void *context, const char *token, rtm_renew_token_err error);
    /** The token is about to expire or has expired: call rtm_service_renew_token(). */
    void (*on_token_expired)(void *context);
    /** The connection changed its state. */
    void (*on_connection_state_changed)(void *context, rtm_connection_state state, rtm_connection_change_reason reason);
    /** The outcome of rtm_service_send_message_to_peer(), by the number that it gave. */
    void (*on_send_message_result)(void *context, int64_t message_id, rtm_peer_message_err error);
    /** A peer sent a message. Its handle belongs to the library and is gone when this returns: copy what is needed. */
    void (*on_message_received_from_peer)(void *context, const char *peer_id, rtm_message *message);
    /**
     * The answer to rtm_service_query_peers_online_status(), by the number that it gave: one entry for each user asked
     * for; none if it failed.
     */
    void (*on_query_peers_online_status_result)(void *context, int64_t request_id, const rtm_peer_online_status *peers,
                                                size_t peer_count, rtm_query_peers_online_status_err error);
    /** The outcome of rtm_service_subscribe_peers_online_status() or its counterpart, by the number that it gave. */
    void (*on_subscription_request_result)(void *context, int64_t request_id, rtm_peer_subscription_status_err error);
    /** The presence of users that were subscribed to: soon after the subscription, then at each change. */
    void (*on_peers_online_status_changed)(void *context, const rtm_peer_online_status *peers, size_t peer_count);
} rtm_service_event_handler;

/**
 * The callbacks of a call manager. For rtm_service_get_call_manager().
 *
 * Each invitation ends with exactly one of its last four callbacks (accepted, refused, canceled, failure). State and
 * text getters may show more than the callback tells already: they show the present.
 */
typedef struct rtm_call_event_handler {
    /** sizeof(rtm_call_event_handler). */
    size_t struct_size;
    /** The first argument of every callback; the library does not look at it. */
    void *context;
    /** The end of the context, see above. */
    void (*drop)(void *context);
    /** Caller: the callee's library has the invitation, it rings there. At most once, before accepted or refused. */
    void (*on_local_invitation_received_by_peer)(void *context, rtm_local_call_invitation *invitation);
    /** Caller: the callee accepted, with this response (may be ""). The end. */
    void (*on_local_invitation_accepted)(void *context, rtm_local_call_invitation *invitation, const char *response);
    /** Caller: the callee refused, with this response (may be ""). The end. */
    void (*on_local_invitation_refused)(void *context, rtm_local_call_invitation *invitation, const char *response);
    /** Caller: the invitation was canceled. The end. */
    void (*on_local_invitation_canceled)(void *context, rtm_local_call_invitation *invitation);
    /** Caller: the invitation failed. The end; rtm_local_call_invitation_get_end_reason() says more. */
    void (*on_local_invitation_failure)(void *context, rtm_local_call_invitation *invitation,
                                        rtm_local_invitation_err error);
    /**
     * Callee: an invitation arrived, it rings here. From now on the handle is the application's, to be released once;
     * all later callbacks of this invitation carry the same handle.
     */
    void (*on_remote_invitation_received)(void *context, rtm_remote_call_invitation *invitation);
    /** Callee: the caller knows of the acceptance, the call stands. The end. */
    void (*on_remote_invitation_accepted)(void *context, rtm_remote_call_invitation *invitation);
    /** Callee: the invitation was refused. The end. */
    void (*on_remote_invitation_refused)(void *context, rtm_remote_call_invitation *invitation);
    /** Callee: the caller canceled, or another instance of this user answered. The end. */
    void (*on_remote_invitation_canceled)(void *context, rtm_remote_call_invitation *invitation);
    /** Callee: the invitation failed. The end; rtm_remote_call_invitation_get_end_reason() says more. */
    void (*on_remote_invitation_failure)(void *context, rtm_remote_call_invitation *invitation,
                                         rtm_remote_invitation_err error);
} rtm_call_event_handler;

/** @} */

/**
 * @defgroup config Configuration
 *
 * Everything has a default; a program may leave all of it alone.
 * @{
 */

/**
 * How a service is to be. Set it to zero, then `struct_size`, then what shall not have its default: 0 and NULL mean
 * the default everywhere.
 */
typedef struct rtm_service_config {
    /** sizeof(rtm_service_config). */
    size_t struct_size;
    /**
     * The carrier's address: "hub://demo" for users of this process, or that of an MQTT 5 broker, "mqtt://host:1883",
     * "mqtts://", "ws://host/mqtt" or "wss://". NULL or "": what rtm_service_set_parameters() sets, else the environment
     * variable RTM_CALL_URL, else "hub://".
     *
     * Options of a broker's address follow a ?, joined by &, special characters written as %XX: `ca_file` (a PEM file of
     * certificates to trust in place of the system's), `client_cert` and `client_key` (PEM files), `server_name` (the name
     * in the broker's certificate), `keepalive` (seconds, default 15), `connect_timeout` (seconds for one attempt, default
     * 10), `proxy` (http://user:password@host:port or socks5://...), `qualify=1` (names at the broker carry the app id),
     * `quickack=0` (do not acknowledge what arrives at once).
     */
    const char *url;
    /** Who runs the callbacks: an #rtm_delivery. */
    int32_t delivery;
    /** For how long, in milliseconds, the callee's library may take to acknowledge an invitation. Default: 30000. */
    uint32_t acknowledge_timeout_ms;
    /** For how long, in milliseconds, it rings. Default: 60000. */
    uint32_t ring_timeout_ms;
    /** For how long, in milliseconds, an acceptance may wait for the caller's confirmation. Default: 5000. */
    uint32_t accept_timeout_ms;
    /** For how long, in milliseconds, a login tries to reach the carrier. Default: 12000. */
    uint32_t login_timeout_ms;
    /** For how long, in milliseconds, a user whose link is broken does not count as gone. Default: 15000. */
    uint32_t grace_ms;
    /** How many invitations may be open at once, outgoing and incoming each. Default: 100000. */
    uint32_t max_open_invitations;
    /** How many invitations of one peer may be open at once. Default: 1000. */
    uint32_t max_open_per_peer;
    /** How many ended invitations are remembered, so that nothing of them rings again. Default: 1000000. */
    uint32_t max_remembered_invitations;
    /** Must be 0. */
    uint32_t reserved;
    /**
     * Certificates to trust for mqtts:// and wss://, as the text of a PEM file. Copied. NULL or "": the address says
     * (`ca_file`), or the system.
     */
    const char *ca_pem;
} rtm_service_config;

/**
 * Sets parameters from a JSON object, such as `{"rtm_call.ring_timeout_ms": 30000}`. Known are the fields of
 * #rtm_service_config, with the prefix rtm_call. and in the same meaning: url, acknowledge_timeout_ms, ring_timeout_ms,
 * accept_timeout_ms, login_timeout_ms, grace_ms, max_open_invitations, max_remembered_invitations and ca_pem;
 * ladder_entries, see rtm_service_set_ladder_entries(); record_bytes, see rtm_service_set_recorder(). A url in the
 * configuration comes first. Keys without the prefix are ignored.
 *
 * Any thread. What concerns invitations holds for those sent or received from then on.
 *
 * @param service The service.
 * @param parameters The JSON object.
 * @return #RTM_OK; INVALID_ARGUMENT if it is no JSON object, or one of its values or rtm_call. keys is wrong: then
 *   nothing is changed; INVALID_STATE if the url is changed during a session.
 */
RTM_CALL_API rtm_status rtm_service_set_parameters(rtm_service *service, const char *parameters);

/** @} */

/**
 * @defgroup service Service
 *
 * One user's end. Life: create, initialize, log in, ring and be rung, log out, release.
 * @{
 */

/** What a service has counted since it was created. */
typedef struct rtm_service_stats {
    /** sizeof(rtm_service_stats), set by the caller. */
    size_t struct_size;
    /** Invitations that were sent. */
    uint64_t invitations_sent;
    /** Invitations that arrived. */
    uint64_t invitations_received;
    /** Local invitations that are open now. */
    uint64_t open_local_invitations;
    /** Remote invitations that are open now. */
    uint64_t open_remote_invitations;
    /** Ended invitations that are remembered now. */
    uint64_t remembered_invitations;
    /** Ended invitations that were forgotten before their time, at the bound. */
    uint64_t evicted_invitations;
    /** Messages handed to the carrier, those sent again included. */
    uint64_t messages_sent;
    /** Messages sent again. */
    uint64_t messages_resent;
    /** Messages read. */
    uint64_t messages_received;
    /** Messages dropped as malformed, oversized, or of an unknown version, type or sender. */
    uint64_t messages_dropped_malformed;
    /** Messages dropped because no open invitation waits for them. */
    uint64_t messages_dropped_stray;
    /** Invitations dropped at a bound. */
    uint64_t messages_dropped_limit;
    /** Callbacks that wait to be delivered now. */
    uint64_t callbacks_waiting;
} rtm_service_stats;

/**
 * Creates a service. It does nothing until rtm_service_initialize(); no callback comes before that.
 *
 * Any thread.
 *
 * @param config How it is to be; NULL: all defaults. Copied before return.
 * @param[out] service The new service, the caller's to release with rtm_service_release().
 * @return #RTM_OK; INVALID_ARGUMENT if `service` is NULL, for an unknown `delivery` or a wrong `struct_size` or `url`;
 *   UNSUPPORTED if this build has no carrier for the address; OS if the system has no thread or file descriptor to
 *   give.
 */
RTM_CALL_API rtm_status rtm_service_create(const rtm_service_config *config, rtm_service **service);

/**
 * Sets the app id and the first event handler. Needed before anything that concerns a session; once a service.
 *
 * Any thread.
 *
 * @param service The service.
 * @param app_id The application: users ring each other only under the same app id. 1 to 64 bytes.
 * @param handler Its callbacks; copied before return, its context is used until `drop`.
 * @return #RTM_OK; INVALID_APP_ID; INVALID_ARGUMENT if the handler is NULL or its `struct_size` wrong;
 *   ALREADY_INITIALIZED.
 */
RTM_CALL_API rtm_status rtm_service_initialize(rtm_service *service, const char *app_id,
                                               const rtm_service_event_handler *handler);

/**
 * Adds an event handler: it receives every callback from now on, after those that were added before it.
 *
 * Any thread.
 *
 * @param service The service.
 * @param handler Its callbacks; copied before return, its context is used until `drop`.
 * @param[out] handler_id What names it for rtm_service_remove_event_handler(); written before its first callback.
 *   NULL: not asked for.
 * @return #RTM_OK; INVALID_ARGUMENT if the handler is NULL or its `struct_size` wrong.
 */
RTM_CALL_API rtm_status rtm_service_add_event_handler(rtm_service *service, const rtm_service_event_handler *handler,
                                                      uint64_t *handler_id);

/**
 * Removes an event handler. Outside callbacks it returns when none of the handler's callbacks runs any more and its
 * `drop` has run; inside a callback it returns at once. From then on no callback of it starts.
 *
 * Any thread; waits for a running callback, unless called inside one.
 *
 * @param service The service.
 * @param handler_id What rtm_service_add_event_handler() gave.
 * @return #RTM_OK; NOT_FOUND if there is no such handler (any more).
 */
RTM_CALL_API rtm_status rtm_service_remove_event_handler(rtm_service *service, uint64_t handler_id);

/**
 * The call manager of a service: the same one each time until it is released. Its handler takes the place of the one
 * before; outside callbacks this waits until no callback of that one runs, and its `drop` has run.
 *
 * Any thread, also before rtm_service_initialize(); waits for a running callback of the former handler, unless called
 * inside a callback.
 *
 * @param service The service.
 * @param handler Its callbacks; copied before return, its context is used until `drop`. NULL: no callbacks.
 * @param[out] manager The call manager; written before the first callback of the handler. Released by
 *   rtm_call_manager_release(), else with the service.
 * @return #RTM_OK; INVALID_ARGUMENT if `manager` is NULL or the handler's `struct_size` wrong.
 */
RTM_CALL_API rtm_status rtm_service_get_call_manager(rtm_service *service, const rtm_call_event_handler *handler,
                                                     rtm_call_manager **manager);

/**
 * What a service has counted.
 *
 * Any thread.
 *
 * @param service The service.
 * @param[out] stats The numbers; its `struct_size` must be set. As many fields are written as it has room for.
 * @return #RTM_OK; INVALID_ARGUMENT if `stats` is NULL or its `struct_size` wrong.
 */
RTM_CALL_API rtm_status rtm_service_get_stats(const rtm_service *service, rtm_service_stats *stats);

/**
 * Runs callbacks that wait, on this thread; for a service with #RTM_DELIVERY_PUMP. Never waits: returns at once if
 * there is none, while another thread dispatches the same service, and inside a callback of the library.
 *
 * Any thread.
 *
 * @param service The service.
 * @param max How many callbacks at most; 0: as many as wait now.
 * @param[out] count How many it were. NULL: not asked for.
 * @return #RTM_OK; INVALID_STATE if the service delivers its callbacks by itself.
 */
RTM_CALL_API rtm_status rtm_service_dispatch(rtm_service *service, size_t max, size_t *count);

/**
 * What tells that callbacks wait, for a service with #RTM_DELIVERY_PUMP: a file descriptor to poll for reading (on
 * Windows the HANDLE of an event to wait for). It belongs to the library: neither read, reset nor close it. Valid
 * until the service is released and its last callback has ended.
 *
 * Any thread.
 *
 * @param service The service.
 * @param[out] handle The file descriptor, or the HANDLE.
 * @return #RTM_OK; INVALID_ARGUMENT if `handle` is NULL; INVALID_STATE if the service delivers its callbacks by itself.
 */
RTM_CALL_API rtm_status rtm_service_get_dispatch_handle(const rtm_service *service, intptr_t *handle);

/**
 * Keeps a value of the application's with a service.
 *
 * Any thread.
 *
 * @param service The service.
 * @param user_data The value; the library does not look at it.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_service_set_user_data(rtm_service *service, void *user_data);

/**
 * The value that rtm_service_set_user_data() kept.
 *
 * Any thread.
 *
 * @param service The service.
 * @param[out] user_data The value; NULL if none was set.
 * @return #RTM_OK; INVALID_ARGUMENT if `user_data` is NULL.
 */
RTM_CALL_API rtm_status rtm_service_get_user_data(const rtm_service *service, void **user_data);

/**
 * Ends a service. It logs out: peers are told, every open invitation gets its last callback, and when those have
 * returned, and the handlers' `drop` has run, this returns. The handle is stale from the beginning of the call, and
 * with it that of the call manager. Invitations and messages stay, to be released by themselves.
 *
 * Any thread; waits for callbacks, and at most 1 s for the carrier to take what tells the peers. Inside **any**
 * callback of the library it returns at once: the callbacks that were due come after it, and `drop` tells when the
 * last has ended. A thread that releases must hold no lock that the service's callbacks wait for. With
 * #RTM_DELIVERY_PUMP this thread runs the callbacks.
 *
 * @param service The service; NULL is fine and does nothing.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_service_release(rtm_service *service);

/**
 * Ends a service as rtm_service_release() does, but discards the callbacks that wait or would come: outside callbacks
 * it returns when the running one has ended and the handlers' `drop` has run. No callback starts after it returned.
 * Peers are told all the same.
 *
 * Any thread; waits for a running callback, unless called inside one.
 *
 * @param service The service; NULL is fine and does nothing.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_service_release_without_callbacks(rtm_service *service);

/** @} */

/**
 * @defgroup session Session
 *
 * Login, logout, token, connection. What comes of them comes as callbacks of #rtm_service_event_handler.
 * @{
 */

/**
 * Logs a user in. The connection state becomes #RTM_CONNECTION_STATE_CONNECTING; then comes on_login_success or
 * on_login_failure. While a user is logged in or logging in, this is on_login_failure with
 * #RTM_LOGIN_ERR_ALREADY_LOGGED_IN and disturbs nothing. The same user id logging in elsewhere ends the first session.
 *
 * Any thread; returns at once.
 *
 * @param service The service.
 * @param token What the carrier checks; it is never logged. NULL: none (the hub accepts any).
 * @param user_id Who logs in: 1 to 64 bytes of ASCII, without control characters, quotation marks, apostrophes,
 *   asterisks, slashes and backslashes, and not "null".
 * @return #RTM_OK; INVALID_ARGUMENT for the user id: then no callback comes; NOT_INITIALIZED; UNSUPPORTED or
 *   INVALID_ARGUMENT if RTM_CALL_URL names no carrier, or the application has taken its own back meanwhile.
 */
RTM_CALL_API rtm_status rtm_service_login(rtm_service *service, const char *token, const char *user_id);

/**
 * Logs out. Open invitations end: local ones fail with #RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN, remote ones with
 * #RTM_REMOTE_INVITATION_ERR_PEER_OFFLINE, and the peers are told. Then comes on_logout, exactly once for each call of
 * this.
 *
 * Any thread; waits at most 1 s for the carrier to take what tells the peers (inside a callback not at all: it goes on
 * by itself), never for a callback.
 *
 * @param service The service.
 * @return #RTM_OK; NOT_INITIALIZED. That nobody is logged in comes as #RTM_LOGOUT_ERR_REJECTED of on_logout.
 */
RTM_CALL_API rtm_status rtm_service_logout(rtm_service *service);

/**
 * Replaces the token of the session. The outcome comes as on_renew_token_result.
 *
 * Any thread; returns at once.
 *
 * @param service The service.
 * @param token The new token.
 * @return #RTM_OK; INVALID_ARGUMENT if the token is NULL or no valid UTF-8; NOT_INITIALIZED.
 */
RTM_CALL_API rtm_status rtm_service_renew_token(rtm_service *service, const char *token);

/**
 * Says that the machine's network has changed, such as from cable to Wi-Fi: a carrier over a network looks at once
 * whether its connection still stands, and one that waits to connect again does not wait any longer. Never needed: a
 * broken connection is found without it, in up to half a minute. Does nothing while nobody is logged in, and on hub://.
 *
 * Any thread; returns at once.
 *
 * @param service The service.
 * @return #RTM_OK; NOT_INITIALIZED.
 */
RTM_CALL_API rtm_status rtm_service_network_changed(rtm_service *service);

/**
 * The state of the connection now; the callbacks that tell of it may still be on their way.
 *
 * Any thread.
 *
 * @param service The service.
 * @param[out] state The state.
 * @return #RTM_OK; INVALID_ARGUMENT if `state` is NULL.
 */
RTM_CALL_API rtm_status rtm_service_get_connection_state(const rtm_service *service, rtm_connection_state *state);

/** @} */

/**
 * @defgroup call_manager Call manager
 *
 * Rings, cancels, accepts and refuses. These answer at once whether the call is legal in the present state; what
 * becomes of it comes as callbacks of #rtm_call_event_handler.
 *
 * | call | legal in | else |
 * |------|----------|------|
 * | send | IDLE | ALREADY_SENT; ended: ALREADY_END |
 * | cancel | SENT_TO_REMOTE, RECEIVED_BY_REMOTE | IDLE: NOT_STARTED; ended: ALREADY_END |
 * | accept, refuse | INVITATION_RECEIVED | ACCEPT_SENT_TO_LOCAL: ALREADY_ACCEPT; ended: ALREADY_END |
 *
 * The state is checked before the texts.
 * @{
 */

/**
 * Makes an invitation for a callee. It is IDLE: nothing is sent, and no callback comes, before
 * rtm_call_manager_send_local_invitation().
 *
 * Any thread.
 *
 * @param manager The call manager.
 * @param callee_id The callee; any text makes an object, sending it checks the text. One that is no valid UTF-8 counts
 *   as "".
 * @param[out] invitation The invitation, the caller's to release with rtm_local_call_invitation_release().
 * @return #RTM_OK; INVALID_ARGUMENT if `callee_id` or `invitation` is NULL.
 */
RTM_CALL_API rtm_status rtm_call_manager_create_local_call_invitation(rtm_call_manager *manager, const char *callee_id,
                                                                      rtm_local_call_invitation **invitation);

/**
 * Sends an invitation: what it says now travels, later setters change only the local object. Its state becomes
 * SENT_TO_REMOTE and the acknowledge timeout begins; during a login it is held, and the timeout begins, when the login
 * succeeds. If nobody is logged in it fails with #RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN, as a callback.
 *
 * Any thread; returns at once. Ownership stays: it may be released at once, and its callbacks still come.
 *
 * @param manager The call manager.
 * @param invitation The invitation.
 * @return #RTM_OK; ALREADY_SENT; ALREADY_END; INVALID_ARGUMENT if the callee id is no user id (see
 *   rtm_service_login()), the content exceeds 8192 bytes or the channel id 64: then it stays IDLE and can be put
 *   right; LIMIT_REACHED.
 */
RTM_CALL_API rtm_status rtm_call_manager_send_local_invitation(rtm_call_manager *manager,
                                                               rtm_local_call_invitation *invitation);

/**
 * Cancels an invitation: it ends here at once, as CANCELED, and the callee is told.
 *
 * Any thread; returns at once.
 *
 * @param manager The call manager.
 * @param invitation The invitation.
 * @return #RTM_OK; NOT_STARTED; ALREADY_END.
 */
RTM_CALL_API rtm_status rtm_call_manager_cancel_local_invitation(rtm_call_manager *manager,
                                                                 rtm_local_call_invitation *invitation);

/**
 * Accepts an invitation, with the response that is set now. Its state becomes ACCEPT_SENT_TO_LOCAL; it is ACCEPTED
 * when the caller has confirmed, within the accept timeout.
 *
 * Any thread; returns at once.
 *
 * @param manager The call manager.
 * @param invitation The invitation.
 * @return #RTM_OK; ALREADY_ACCEPT; ALREADY_END; INVALID_ARGUMENT if the response exceeds 8192 bytes: then it rings on.
 */
RTM_CALL_API rtm_status rtm_call_manager_accept_remote_invitation(rtm_call_manager *manager,
                                                                  rtm_remote_call_invitation *invitation);

/**
 * Refuses an invitation, with the response that is set now: it ends here at once, as REFUSED, and the caller is told.
 *
 * Any thread; returns at once.
 *
 * @param manager The call manager.
 * @param invitation The invitation.
 * @return #RTM_OK; ALREADY_ACCEPT; ALREADY_END; INVALID_ARGUMENT if the response exceeds 8192 bytes: then it rings on.
 */
RTM_CALL_API rtm_status rtm_call_manager_refuse_remote_invitation(rtm_call_manager *manager,
                                                                  rtm_remote_call_invitation *invitation);

/**
 * The open local invitation with this callee and id.
 *
 * Any thread.
 *
 * @param manager The call manager.
 * @param callee_id The callee.
 * @param invitation_id The id, as rtm_local_call_invitation_get_id() gives it.
 * @param[out] invitation The invitation: the handle that the application has already. It is not one more to release.
 * @return #RTM_OK; NOT_FOUND if no such invitation is open; INVALID_ARGUMENT if an argument is NULL or the id is none.
 */
RTM_CALL_API rtm_status rtm_call_manager_find_local_call_invitation(rtm_call_manager *manager, const char *callee_id,
                                                                    const char *invitation_id,
                                                                    rtm_local_call_invitation **invitation);

/**
 * The open remote invitation with this caller and id.
 *
 * Any thread.
 *
 * @param manager The call manager.
 * @param caller_id The caller.
 * @param invitation_id The id, as rtm_remote_call_invitation_get_id() gives it; it is the same on both sides.
 * @param[out] invitation The invitation: the handle that its callbacks carry. It is the application's, to be released
 *   once altogether.
 * @return #RTM_OK; NOT_FOUND if no such invitation is open; INVALID_ARGUMENT if an argument is NULL or the id is none.
 */
RTM_CALL_API rtm_status rtm_call_manager_find_remote_call_invitation(rtm_call_manager *manager, const char *caller_id,
                                                                     const char *invitation_id,
                                                                     rtm_remote_call_invitation **invitation);

/**
 * Keeps a value of the application's with a call manager.
 *
 * Any thread.
 *
 * @param manager The call manager.
 * @param user_data The value; the library does not look at it.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_call_manager_set_user_data(rtm_call_manager *manager, void *user_data);

/**
 * The value that rtm_call_manager_set_user_data() kept.
 *
 * Any thread.
 *
 * @param manager The call manager.
 * @param[out] user_data The value; NULL if none was set.
 * @return #RTM_OK; INVALID_ARGUMENT if `user_data` is NULL.
 */
RTM_CALL_API rtm_status rtm_call_manager_get_user_data(const rtm_call_manager *manager, void **user_data);

/**
 * Gives a call manager back: no callback of its handler starts from now on. Outside callbacks it returns when none
 * runs any more and the handler's `drop` has run. Invitations go on silently; rtm_service_get_call_manager() gives a
 * new manager for them.
 *
 * Any thread; waits for a running callback of the handler, unless called inside a callback.
 *
 * @param manager The call manager; NULL is fine and does nothing.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_call_manager_release(rtm_call_manager *manager);

/** @} */

/**
 * @defgroup local_call_invitation Local call invitation
 *
 * The caller's object: who is rung, with what, and how it went. Its texts travel as they are when it is sent.
 * @{
 */

/**
 * The callee of an invitation.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
 *   released and its last callback has returned.
 */
RTM_CALL_API const char *rtm_local_call_invitation_get_callee_id(const rtm_local_call_invitation *invitation);

/**
 * Copies what rtm_local_call_invitation_get_callee_id() answers.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_get_callee_id_copy(const rtm_local_call_invitation *invitation,
                                                                     char *buffer, size_t length, size_t *needed);

/**
 * Sets the content of an invitation. Any length is stored; sending refuses more than 8192 bytes.
 *
 * Any thread, any state; what was sent does not change. A text that a getter handed out stays valid.
 *
 * @param invitation The invitation.
 * @param content The text; copied.
 * @return #RTM_OK; INVALID_ARGUMENT if the text is NULL or no valid UTF-8.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_set_content(rtm_local_call_invitation *invitation,
                                                              const char *content);

/**
 * The content of an invitation.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
 *   released and its last callback has returned.
 */
RTM_CALL_API const char *rtm_local_call_invitation_get_content(const rtm_local_call_invitation *invitation);

/**
 * Copies what rtm_local_call_invitation_get_content() answers.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_get_content_copy(const rtm_local_call_invitation *invitation,
                                                                   char *buffer, size_t length, size_t *needed);

/**
 * Sets the channel id of an invitation. Any length is stored; sending refuses more than 64 bytes.
 *
 * Any thread, any state; what was sent does not change. A text that a getter handed out stays valid.
 *
 * @param invitation The invitation.
 * @param channel_id The text; copied.
 * @return #RTM_OK; INVALID_ARGUMENT if the text is NULL or no valid UTF-8.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_set_channel_id(rtm_local_call_invitation *invitation,
                                                                 const char *channel_id);

/**
 * The channel id of an invitation.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
 *   released and its last callback has returned.
 */
RTM_CALL_API const char *rtm_local_call_invitation_get_channel_id(const rtm_local_call_invitation *invitation);

/**
 * Copies what rtm_local_call_invitation_get_channel_id() answers.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_get_channel_id_copy(const rtm_local_call_invitation *invitation,
                                                                      char *buffer, size_t length, size_t *needed);

/**
 * The response of an invitation. "" until the callee has accepted or refused with one.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
 *   released and its last callback has returned.
 */
RTM_CALL_API const char *rtm_local_call_invitation_get_response(const rtm_local_call_invitation *invitation);

/**
 * Copies what rtm_local_call_invitation_get_response() answers.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_get_response_copy(const rtm_local_call_invitation *invitation,
                                                                    char *buffer, size_t length, size_t *needed);

/**
 * The id of an invitation. 32 hexadecimal digits, the same on both sides; "" before it is sent.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
 *   released and its last callback has returned.
 */
RTM_CALL_API const char *rtm_local_call_invitation_get_id(const rtm_local_call_invitation *invitation);

/**
 * Copies what rtm_local_call_invitation_get_id() answers.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_get_id_copy(const rtm_local_call_invitation *invitation, char *buffer,
                                                              size_t length, size_t *needed);

/**
 * The state of an invitation now; the callbacks that tell of it may still be on their way.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] state The state.
 * @return #RTM_OK; INVALID_ARGUMENT if `state` is NULL.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_get_state(const rtm_local_call_invitation *invitation,
                                                            rtm_local_invitation_state *state);

/**
 * Why an invitation ended, and which side decided.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] reason The reason; #RTM_END_REASON_NONE if it has not ended.
 * @param[out] side The side; #RTM_END_SIDE_NONE if it has not ended. NULL: not asked for.
 * @return #RTM_OK; INVALID_ARGUMENT if `reason` is NULL.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_get_end_reason(const rtm_local_call_invitation *invitation,
                                                                 rtm_end_reason *reason, rtm_end_side *side);

/**
 * For how long the callee's library may take to acknowledge this invitation. Default: as the service says.
 *
 * Any thread; holds when it is sent.
 *
 * @param invitation The invitation.
 * @param timeout_ms The time, in milliseconds.
 * @return #RTM_OK; INVALID_ARGUMENT for 0.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_set_acknowledge_timeout(rtm_local_call_invitation *invitation,
                                                                          uint32_t timeout_ms);

/**
 * For how long this invitation rings; a callee may have set less. Default: as the service says.
 *
 * Any thread; holds when it is sent.
 *
 * @param invitation The invitation.
 * @param timeout_ms The time, in milliseconds.
 * @return #RTM_OK; INVALID_ARGUMENT for 0.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_set_ring_timeout(rtm_local_call_invitation *invitation,
                                                                   uint32_t timeout_ms);

/**
 * For how long an acceptance of this invitation is waited for once the ring timeout is over, if the callee falls
 * silent. Default: as the service says.
 *
 * Any thread; holds when it is sent.
 *
 * @param invitation The invitation.
 * @param timeout_ms The time, in milliseconds.
 * @return #RTM_OK; INVALID_ARGUMENT for 0.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_set_accept_timeout(rtm_local_call_invitation *invitation,
                                                                     uint32_t timeout_ms);

/**
 * Keeps a value of the application's with an invitation.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param user_data The value; the library does not look at it, and it does not travel.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_set_user_data(rtm_local_call_invitation *invitation, void *user_data);

/**
 * The value that rtm_local_call_invitation_set_user_data() kept.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] user_data The value; NULL if none was set.
 * @return #RTM_OK; INVALID_ARGUMENT if `user_data` is NULL.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_get_user_data(const rtm_local_call_invitation *invitation,
                                                                void **user_data);

/**
 * Gives an invitation back, in any state. It says nothing to the peer: what was sent goes on, and its callbacks still
 * come with this handle. The handle and its texts stay valid until the last callback has returned, then it is freed;
 * if it was never sent or has ended, at once.
 *
 * Any thread, in the invitation's own callbacks too.
 *
 * @param invitation The invitation; NULL is fine and does nothing.
 * @return #RTM_OK; STALE_HANDLE for a second release.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_release(rtm_local_call_invitation *invitation);

/** @} */

/**
 * @defgroup remote_call_invitation Remote call invitation
 *
 * The callee's object: who rings, with what, and the answer.
 * @{
 */

/**
 * The caller of an invitation.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
 *   released and its last callback has returned.
 */
RTM_CALL_API const char *rtm_remote_call_invitation_get_caller_id(const rtm_remote_call_invitation *invitation);

/**
 * Copies what rtm_remote_call_invitation_get_caller_id() answers.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_caller_id_copy(const rtm_remote_call_invitation *invitation,
                                                                      char *buffer, size_t length, size_t *needed);

/**
 * The content of an invitation.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
 *   released and its last callback has returned.
 */
RTM_CALL_API const char *rtm_remote_call_invitation_get_content(const rtm_remote_call_invitation *invitation);

/**
 * Copies what rtm_remote_call_invitation_get_content() answers.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_content_copy(const rtm_remote_call_invitation *invitation,
                                                                    char *buffer, size_t length, size_t *needed);

/**
 * The channel id of an invitation.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
 *   released and its last callback has returned.
 */
RTM_CALL_API const char *rtm_remote_call_invitation_get_channel_id(const rtm_remote_call_invitation *invitation);

/**
 * Copies what rtm_remote_call_invitation_get_channel_id() answers.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_channel_id_copy(const rtm_remote_call_invitation *invitation,
                                                                       char *buffer, size_t length, size_t *needed);

/**
 * Sets the response of an invitation. Any length is stored; accepting and refusing with more than 8192 bytes fails.
 *
 * Any thread, any state; what was answered does not change. A text that a getter handed out stays valid.
 *
 * @param invitation The invitation.
 * @param response The text; copied.
 * @return #RTM_OK; INVALID_ARGUMENT if the text is NULL or no valid UTF-8.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_set_response(rtm_remote_call_invitation *invitation,
                                                                const char *response);

/**
 * The response of an invitation.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
 *   released and its last callback has returned.
 */
RTM_CALL_API const char *rtm_remote_call_invitation_get_response(const rtm_remote_call_invitation *invitation);

/**
 * Copies what rtm_remote_call_invitation_get_response() answers.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_response_copy(const rtm_remote_call_invitation *invitation,
                                                                     char *buffer, size_t length, size_t *needed);

/**
 * The id of an invitation. 32 hexadecimal digits, the same on both sides.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
 *   released and its last callback has returned.
 */
RTM_CALL_API const char *rtm_remote_call_invitation_get_id(const rtm_remote_call_invitation *invitation);

/**
 * Copies what rtm_remote_call_invitation_get_id() answers.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_id_copy(const rtm_remote_call_invitation *invitation,
                                                               char *buffer, size_t length, size_t *needed);

/**
 * The state of an invitation now; the callbacks that tell of it may still be on their way.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] state The state.
 * @return #RTM_OK; INVALID_ARGUMENT if `state` is NULL.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_state(const rtm_remote_call_invitation *invitation,
                                                             rtm_remote_invitation_state *state);

/**
 * Why an invitation ended, and which side decided.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] reason The reason; #RTM_END_REASON_NONE if it has not ended.
 * @param[out] side The side; #RTM_END_SIDE_NONE if it has not ended. NULL: not asked for.
 * @return #RTM_OK; INVALID_ARGUMENT if `reason` is NULL.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_end_reason(const rtm_remote_call_invitation *invitation,
                                                                  rtm_end_reason *reason, rtm_end_side *side);

/**
 * For how long the acceptance of this invitation may wait for the caller's confirmation. Default: as the service says.
 *
 * Any thread; holds when it is accepted.
 *
 * @param invitation The invitation.
 * @param timeout_ms The time, in milliseconds.
 * @return #RTM_OK; INVALID_ARGUMENT for 0.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_set_accept_timeout(rtm_remote_call_invitation *invitation,
                                                                      uint32_t timeout_ms);

/**
 * Keeps a value of the application's with an invitation.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param user_data The value; the library does not look at it, and it does not travel.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_set_user_data(rtm_remote_call_invitation *invitation,
                                                                 void *user_data);

/**
 * The value that rtm_remote_call_invitation_set_user_data() kept.
 *
 * Any thread.
 *
 * @param invitation The invitation.
 * @param[out] user_data The value; NULL if none was set.
 * @return #RTM_OK; INVALID_ARGUMENT if `user_data` is NULL.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_user_data(const rtm_remote_call_invitation *invitation,
                                                                 void **user_data);

/**
 * Gives an invitation back, in any state. It says nothing to the peer: it rings on until somebody answers or gives up,
 * and its callbacks still come with this handle. The handle and its texts stay valid until the last callback has
 * returned, then it is freed; if that is over already, at once.
 *
 * Any thread, in the invitation's own callbacks too.
 *
 * @param invitation The invitation; NULL is fine and does nothing.
 * @return #RTM_OK; STALE_HANDLE for a second release.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_release(rtm_remote_call_invitation *invitation);

/** @} */

/**
 * @defgroup ladder Ladder
 *
 * What happened to an invitation, and why it ended. Every invitation keeps a short record, its ladder: the calls of the
 * application, the messages to and from the peer with their sizes, the windows that closed, the callbacks, the end and
 * the rule that brought it about, each with its time. What is inside of messages is not in it. Texts and times are for
 * people to read; names of rules, such as "no_response", never change.
 * @{
 */

/**
 * How many entries the ladder of an invitation may have. When it is full the oldest give way and are counted; the
 * first one and the end stay. An entry takes 16 bytes, allocated as it comes.
 *
 * Any thread. Holds for invitations that are created or received from then on; the parameter rtm_call.ladder_entries
 * of rtm_service_set_parameters() does the same.
 *
 * @param service The service.
 * @param entries From 1 to 1024; 0: no ladder is kept, and the rule of the end is all that is known. Default: 16.
 * @return #RTM_OK; INVALID_ARGUMENT for more than 1024.
 */
RTM_CALL_API rtm_status rtm_service_set_ladder_entries(rtm_service *service, uint32_t entries);

/**
 * Copies the ladder of a local invitation.
 *
 * #RTM_LADDER_TEXT is a heading (id, caller, callee, state, reason), one line an entry, and after the end the rule, in
 * lines of at most 100 characters of ASCII. Times are seconds since the first entry. The left column is this side: API
 * calls such as "cancel() answered ALREADY_END", messages sent ("-->"), windows ("* timer: ..."), callbacks. The right
 * one has the messages of the peer that were read ("<--"). Messages of a kind in a row, nothing else having happened,
 * are one line that says how often they came; it has the time of the first. #RTM_LADDER_MERMAID is the same as a
 * "sequenceDiagram" of Mermaid, in which user ids are escaped.
 *
 * Any thread, any state: also before it is sent, after it has ended, and after its service was released. The ladder
 * may grow between two calls.
 *
 * @param invitation The invitation.
 * @param format An #rtm_ladder_format.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes. 4096 is enough for most ladders of 16 entries.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT for an unknown format, or if
 *   `buffer` is NULL and `length` is not 0.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_get_ladder_copy(const rtm_local_call_invitation *invitation,
                                                                  int32_t format, char *buffer, size_t length,
                                                                  size_t *needed);

/**
 * Copies the ladder of a remote invitation; the left column is the callee's side. Otherwise as
 * rtm_local_call_invitation_get_ladder_copy().
 *
 * Any thread, any state: also after it has ended, and after its service was released.
 *
 * @param invitation The invitation.
 * @param format An #rtm_ladder_format.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes. 4096 is enough for most ladders of 16 entries.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT for an unknown format, or if
 *   `buffer` is NULL and `length` is not 0.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_get_ladder_copy(const rtm_remote_call_invitation *invitation,
                                                                   int32_t format, char *buffer, size_t length,
                                                                   size_t *needed);

/**
 * Says in a few sentences how a local invitation stands: how it ended, with which code and reason, which side decided,
 * the rule by its name and in words, what led to it with times, and what came after it. A sentence is a line.
 *
 * Any thread, any state: also before it is sent, after it has ended, and after its service was released.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_local_call_invitation_explain(const rtm_local_call_invitation *invitation, char *buffer,
                                                          size_t length, size_t *needed);

/**
 * Says in a few sentences how a remote invitation stands, as rtm_local_call_invitation_explain() does.
 *
 * Any thread, any state: also after it has ended, and after its service was released.
 *
 * @param invitation The invitation.
 * @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
 * @param length The room, in bytes.
 * @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
 * @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
 *   is not 0.
 */
RTM_CALL_API rtm_status rtm_remote_call_invitation_explain(const rtm_remote_call_invitation *invitation, char *buffer,
                                                           size_t length, size_t *needed);

/** @} */

/**
 * @defgroup message Peer messages
 *
 * Texts or bytes from one user to another, outside any invitation. A message cannot be changed once it is made, and
 * may be sent any number of times.
 * @{
 */

/**
 * Makes a text message.
 *
 * Any thread.
 *
 * @param service The service; the message may outlive it and serve others.
 * @param message_text The text; copied. A message of more than 32768 bytes can be made, but not sent.
 * @param[out] message The message, the caller's to release with rtm_message_release().
 * @return #RTM_OK; INVALID_ARGUMENT if the text or `message` is NULL, or the text no valid UTF-8.
 */
RTM_CALL_API rtm_status rtm_service_create_text_message(rtm_service *service, const char *message_text,
                                                        rtm_message **message);

/**
 * Makes a message of bytes.
 *
 * Any thread.
 *
 * @param service The service; the message may outlive it and serve others.
 * @param data The bytes; copied. A message of more than 32768 bytes can be made, but not sent. NULL if there are none.
 * @param length How many bytes.
 * @param description A text that goes with them, likewise limited; copied. NULL: "".
 * @param[out] message The message, the caller's to release with rtm_message_release().
 * @return #RTM_OK; INVALID_ARGUMENT if `data` is NULL and `length` is not 0, if `message` is NULL, or if the
 *   description is no valid UTF-8.
 */
RTM_CALL_API rtm_status rtm_service_create_raw_message(rtm_service *service, const uint8_t *data, size_t length,
                                                       const char *description, rtm_message **message);

/**
 * Sends a message to a peer. The outcome comes as on_send_message_result of #rtm_service_event_handler:
 * #RTM_PEER_MESSAGE_ERR_OK when the peer's library has it. It is sent again until then; a peer that is offline does not
 * get it.
 *
 * Any thread; returns at once.
 *
 * @param service The service.
 * @param peer_id The receiver: a user id as in rtm_service_login().
 * @param message The message: what is in it now is sent. It may be released at once.
 * @param[out] message_id The number of the outcome; written before that can come. NULL: not asked for.
 * @return #RTM_OK; INVALID_ARGUMENT for the peer id, or a message beyond 32768 bytes; NOT_INITIALIZED. That nobody is
 *   logged in comes as #RTM_PEER_MESSAGE_ERR_USER_NOT_LOGGED_IN.
 */
RTM_CALL_API rtm_status rtm_service_send_message_to_peer(rtm_service *service, const char *peer_id,
                                                         const rtm_message *message, int64_t *message_id);

/**
 * What a message carries.
 *
 * Any thread.
 *
 * @param message The message.
 * @param[out] message_type Text or bytes.
 * @return #RTM_OK; INVALID_ARGUMENT if `message_type` is NULL.
 */
RTM_CALL_API rtm_status rtm_message_get_type(const rtm_message *message, rtm_message_type *message_type);

/**
 * The text of a message; of a message of bytes, its description.
 *
 * Any thread.
 *
 * @param message The message.
 * @return The text, "" on an error; never NULL. Valid until the message is released, or is the library's and its
 *   callback returns.
 */
RTM_CALL_API const char *rtm_message_get_text(const rtm_message *message);

/**
 * The bytes of a message; of a text message, none.
 *
 * Any thread.
 *
 * @param message The message.
 * @param[out] data The bytes. Valid until the message is released, or is the library's and its callback returns.
 * @param[out] length How many.
 * @return #RTM_OK; INVALID_ARGUMENT if `data` or `length` is NULL.
 */
RTM_CALL_API rtm_status rtm_message_get_raw_data(const rtm_message *message, const uint8_t **data, size_t *length);

/**
 * Keeps a value of the application's with a message.
 *
 * Any thread.
 *
 * @param message The message.
 * @param user_data The value; the library does not look at it, and it does not travel.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_message_set_user_data(rtm_message *message, void *user_data);

/**
 * The value that rtm_message_set_user_data() kept.
 *
 * Any thread.
 *
 * @param message The message.
 * @param[out] user_data The value; NULL if none was set.
 * @return #RTM_OK; INVALID_ARGUMENT if `user_data` is NULL.
 */
RTM_CALL_API rtm_status rtm_message_get_user_data(const rtm_message *message, void **user_data);

/**
 * Gives a message back. What was sent of it is on its way all the same.
 *
 * Any thread.
 *
 * @param message The message; NULL is fine and does nothing. Not one that the library owns.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_message_release(rtm_message *message);

/** @} */

/**
 * @defgroup presence Presence
 *
 * Who can be reached. Answers come as callbacks of #rtm_service_event_handler and carry the number that the request
 * gave; it is written before the callback can come.
 * @{
 */

/**
 * Asks who of these users can be reached. The answer comes as on_query_peers_online_status_result, within 10 s.
 *
 * Any thread; returns at once.
 *
 * @param service The service.
 * @param peer_ids The users; the texts are copied before return.
 * @param peer_count How many: 1 to 256.
 * @param[out] request_id The number of the answer. NULL: not asked for.
 * @return #RTM_OK; INVALID_ARGUMENT for the list or one of the user ids; NOT_INITIALIZED. That nobody is logged in
 *   comes as #RTM_QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN.
 */
RTM_CALL_API rtm_status rtm_service_query_peers_online_status(rtm_service *service, const char *const *peer_ids,
                                                              size_t peer_count, int64_t *request_id);

/**
 * Reports the presence of these users from now on, by on_peers_online_status_changed: their present one soon, then
 * each change. The outcome comes as on_subscription_request_result. Subscriptions end with the session.
 *
 * Any thread; returns at once.
 *
 * @param service The service.
 * @param peer_ids The users; the texts are copied before return.
 * @param peer_count How many: 1 to 512; so many may be subscribed to in all.
 * @param[out] request_id The number of the outcome. NULL: not asked for.
 * @return #RTM_OK; INVALID_ARGUMENT for the list or one of the user ids; NOT_INITIALIZED. That nobody is logged in
 *   comes as #RTM_PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN.
 */
RTM_CALL_API rtm_status rtm_service_subscribe_peers_online_status(rtm_service *service, const char *const *peer_ids,
                                                                  size_t peer_count, int64_t *request_id);

/**
 * No longer reports the presence of these users. The outcome comes as on_subscription_request_result.
 *
 * Any thread; returns at once. A report under way may still come.
 *
 * @param service The service.
 * @param peer_ids The users; the texts are copied before return. Those not subscribed to are passed over.
 * @param peer_count How many: 1 to 512.
 * @param[out] request_id The number of the outcome. NULL: not asked for.
 * @return #RTM_OK; INVALID_ARGUMENT for the list or one of the user ids; NOT_INITIALIZED. That nobody is logged in
 *   comes as #RTM_PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN.
 */
RTM_CALL_API rtm_status rtm_service_unsubscribe_peers_online_status(rtm_service *service, const char *const *peer_ids,
                                                                    size_t peer_count, int64_t *request_id);

/** @} */

/**
 * @defgroup log Log
 *
 * One line an event, with the ids of invitations and users, never with contents, tokens or passwords. Silent until a
 * file or a handler is set.
 * @{
 */

/** Where lines of the log go. For rtm_service_set_log_handler(). */
typedef struct rtm_log_handler {
    /** sizeof(rtm_log_handler). */
    size_t struct_size;
    /** The first argument of the callbacks; the library does not look at it. */
    void *context;
    /** The end of the context, as that of #rtm_service_event_handler. */
    void (*drop)(void *context);
    /**
     * A line, without a line feed; valid until this returns. A callback like all others of the service: in order with
     * them, on the same thread.
     */
    void (*on_log)(void *context, rtm_log_level level, const char *line);
} rtm_log_handler;

/**
 * Appends the log to a file from now on, which is made if it does not exist.
 *
 * Any thread; waits for the file system, here and at each line.
 *
 * @param service The service.
 * @param path The file; "": none from now on.
 * @return #RTM_OK; OS if the file cannot be opened: then the former one stays; INVALID_ARGUMENT if the path is NULL or
 *   no valid UTF-8.
 */
RTM_CALL_API rtm_status rtm_service_set_log_file(rtm_service *service, const char *path);

/**
 * Which lines are logged, to the file and to the handler. Default: #RTM_LOG_FILTER_INFO.
 *
 * Any thread.
 *
 * @param service The service.
 * @param filter An #rtm_log_filter, or another sum of #rtm_log_level.
 * @return #RTM_OK; INVALID_ARGUMENT if it has a bit that is no level.
 */
RTM_CALL_API rtm_status rtm_service_set_log_filter(rtm_service *service, uint32_t filter);

/**
 * Adds a line of the application's own to the log, in order with the lines of the service.
 *
 * Any thread; waits for the file system.
 *
 * @param service The service.
 * @param level An #rtm_log_level; the filter holds for it.
 * @param line The line; a control character in it becomes a space.
 * @return #RTM_OK, also where nothing is logged; INVALID_ARGUMENT if the level is none, or the line is NULL or no valid
 *   UTF-8.
 */
RTM_CALL_API rtm_status rtm_service_log(rtm_service *service, uint32_t level, const char *line);

/**
 * Sends the log to a handler from now on, in place of the one before; outside callbacks this waits until no callback
 * of that one runs, and its `drop` has run.
 *
 * Any thread; waits for a running callback of the former handler, unless called inside a callback.
 *
 * @param service The service.
 * @param handler Its callbacks; copied before return, its context is used until `drop`. NULL: no handler from now on.
 * @return #RTM_OK; INVALID_ARGUMENT if the handler's `struct_size` is wrong.
 */
RTM_CALL_API rtm_status rtm_service_set_log_handler(rtm_service *service, const rtm_log_handler *handler);

/** @} */

/**
 * @defgroup record Flight recorder
 *
 * What went into the protocol lately, kept in a bounded ring in memory and written to a file on demand: calls of the
 * application, messages, changes of link and presence, timers, and the callbacks that came of them. On another machine
 * `./dev sim --replay FILE` brings the same callbacks from it. It holds the ids of users and invitations; contents and
 * responses are replaced by texts of the same length unless the application wants them, and peer messages, tokens and
 * passwords are never in it.
 * @{
 */

/**
 * How much the flight recorder of a service keeps, and whether with texts.
 *
 * Any thread. Holds for what happens from then on; what is kept already stays as far as it has room. The parameter
 * rtm_call.record_bytes sets the size likewise.
 *
 * @param service The service.
 * @param bytes How much memory the record may take, in bytes; the oldest entries give way. Default: 262144. 0: nothing
 *   is recorded.
 * @param texts 0 (the default): contents and responses are not kept, only their lengths; anything else: they are.
 * @return #RTM_OK.
 */
RTM_CALL_API rtm_status rtm_service_set_recorder(rtm_service *service, uint32_t bytes, int32_t texts);

/**
 * Writes what the flight recorder has kept to a file, one JSON object a line. A file that exists is replaced. Works
 * after an internal error (#RTM_ERR_PANICKED) too, which is what it is for.
 *
 * Any thread; waits for the file system.
 *
 * @param service The service.
 * @param path The file.
 * @return #RTM_OK; OS if the file cannot be written; INVALID_ARGUMENT if the path is NULL, empty or no valid UTF-8.
 */
RTM_CALL_API rtm_status rtm_service_write_record(rtm_service *service, const char *path);

/** @} */

/**
 * @defgroup transport Transport
 *
 * A carrier of the application's own: what brings bytes from one user to another and says who is there, over whatever
 * the application already has (its server, its bus, a serial line). It is a struct of function pointers that the
 * application registers under a scheme of its choice. From then on addresses SCHEME://... open it, wherever an address
 * is chosen: by the configuration, by rtm_service_set_parameters() or by RTM_CALL_URL. docs/CARRIERS.md is the whole
 * contract; cpp_examples/carrier_tcp is a carrier over TCP.
 *
 * The library calls, per login: `start` first, then `send`, `watch` and `renew`, `stop` last. The calls of one session
 * come one at a time, on any thread: one of the application's, of the library's, or the carrier's own, out of a report.
 * None is nested in another of the same session: what a report inside `send` brings about is called after `send` has
 * returned. Calls of different sessions may come at the same time. No lock of the library is held, every function of
 * the library may be called inside them, and they count as callbacks: nothing that waits for callbacks waits inside.
 * They return at once (`stop` has its time), and must return: no longjmp, no C++ exception.
 *
 * The carrier reports with rtm_transport_session_link(), rtm_transport_session_deliver() and
 * rtm_transport_session_presence(), from any thread and inside its own functions. Reports return at once and may call
 * the carrier's functions before they return, `stop` too: the carrier holds no lock of its own that those take.
 *
 * Texts and bytes that either side passes belong to it, are valid during the call, and are copied by whoever keeps them.
 * @{
 */

/** The longest message, in bytes: none that the library sends is longer, and none longer is taken from a carrier. */
#define RTM_TRANSPORT_MESSAGE_MAX 197632

/** The most messages in one batch, see rtm_transport_session_deliver(). */
#define RTM_TRANSPORT_BATCH_MAX 65536

/** Who logs in, for rtm_transport::start. All of it is valid during that call. Later versions may append fields. */
typedef struct rtm_transport_login {
    /** Its size, set by the library: what lies beyond is of a later version. */
    size_t struct_size;
    /**
     * The whole address, such as "tcp://example.org:5000?room=1". Has no control characters; the rest of it is the
     * carrier's affair.
     */
    const char *url;
    /** The app id: users ring each other only under the same one. 1 to 64 bytes. */
    const char *app_id;
    /** The user id: 1 to 64 bytes of ASCII, see rtm_service_login(). */
    const char *user_id;
    /** What proves that it is that user; NULL if the application gave none. Never to be logged. */
    const char *token;
    /** For how long, in milliseconds, this user counts as unreachable, not as offline, when its link breaks. */
    uint32_t grace_ms;
    /** 0. */
    uint32_t reserved;
} rtm_transport_login;

/**
 * A carrier. For rtm_transport_register(). Set it to zero first, then `struct_size`; what is said above holds for every
 * function.
 */
typedef struct rtm_transport {
    /** sizeof(rtm_transport). */
    size_t struct_size;
    /** The carrier's own, for `start` and `drop`; the library does not look at it. */
    void *context;
    /**
     * The end of the context. Runs once, after the carrier was unregistered and the last of its sessions has stopped, on
     * whichever thread that is; never if rtm_transport_register() failed. May be NULL.
     */
    void (*drop)(void *context);
    /**
     * Begins a session. Its outcome is reported: #RTM_TRANSPORT_LINK_UP, or #RTM_TRANSPORT_LINK_REFUSED if trying on is
     * of no use; inside this call or later. A carrier that reaches nobody just goes on trying: the library limits the
     * time. Must not wait for the network. Required.
     *
     * `session` is what the carrier reports to, until `stop`. What is returned is the first argument of the session's
     * other functions; NULL says that it cannot begin: the login fails with #RTM_LOGIN_ERR_REJECTED, unless another
     * reason was reported, and no other function is called for it.
     */
    void *(*start)(void *context, rtm_transport_session *session, const rtm_transport_login *login);
    /**
     * Takes one message for the user `to`, of the same app id: `length` bytes, at most #RTM_TRANSPORT_MESSAGE_MAX, to be
     * copied. What cannot be delivered within `expires_after_ms`, which is never 0, is to be dropped. Must not wait for
     * the network. Required.
     *
     * Answers an #rtm_status: #RTM_OK if the message was taken, #RTM_ERR_LIMIT_REACHED if a queue is full, any other
     * number if the link is down. Delivery is not promised in either case: the library sends again what the other side
     * does not acknowledge.
     */
    int32_t (*send)(void *state, const char *to, const uint8_t *bytes, size_t length, uint32_t expires_after_ms);
    /**
     * Ends the session: hands over what was sent, for at most `within_ms`, which may be 0, then closes and frees the
     * state. The one function that may wait, and only so long: for the network, never for a thread that is inside a
     * report of this session, for this may be called inside it. The user is offline from now on, without a grace time.
     * The last call for the session, whose handle is stale already. Required.
     */
    void (*stop)(void *state, uint32_t within_ms);
    /**
     * From now on (or, `on` being false, no longer) reports the presence of this user: what it is soon, and then each
     * change. After #RTM_TRANSPORT_LINK_UP the library asks anew for everybody: the carrier may forget what it watched
     * when its link breaks. NULL: this carrier knows no presence; then queries time out, nobody is known to be offline,
     * and a call to somebody who is not there takes its whole window.
     */
    void (*watch)(void *state, const char *user_id, bool on);
    /**
     * Uses this token from now on; answered by #RTM_TRANSPORT_LINK_RENEWED, once for each call, in their order. NULL: a
     * token cannot be replaced; the library answers #RTM_RENEW_TOKEN_ERR_REJECTED.
     */
    void (*renew)(void *state, const char *token);
} rtm_transport;

/** One message as it arrived. */
typedef struct rtm_transport_message {
    /**
     * The user id of the sender, as the carrier **authenticated** it: the library believes it. Never out of the bytes.
     */
    const char *from;
    /** The message, as the sender's library handed it over. */
    const uint8_t *bytes;
    /** Its length; at most #RTM_TRANSPORT_MESSAGE_MAX. */
    size_t length;
} rtm_transport_message;

/**
 * Registers a carrier for this process: addresses that begin with "SCHEME://" open it from now on.
 *
 * Any thread.
 *
 * @param scheme 1 to 16 bytes of lower-case letters, digits, +, - and ., a letter first. Not one of the library's own,
 *   whether this build has it or not: hub, mqtt, mqtts, ws, wss.
 * @param transport Its functions; copied before return, its context is used until `drop`.
 * @return #RTM_OK; INVALID_ARGUMENT if the scheme is none or the library's own, or the transport is NULL, lacks a
 *   required function, or has a wrong `struct_size`; INVALID_STATE if there is a carrier for this scheme: unregister
 *   that first.
 */
RTM_CALL_API rtm_status rtm_transport_register(const char *scheme, const rtm_transport *transport);

/**
 * Takes a carrier out: no address opens it any more, and its scheme is free. Sessions that have begun go on until they
 * are stopped; `drop` tells when the last of them was.
 *
 * Any thread; waits for nothing.
 *
 * @param scheme What it was registered for.
 * @return #RTM_OK; NOT_FOUND if no carrier is registered for it; INVALID_ARGUMENT if it is NULL or no valid UTF-8.
 */
RTM_CALL_API rtm_status rtm_transport_unregister(const char *scheme);

/**
 * Reports what happened to the link of a session. What does not fit the state of the session (a second
 * #RTM_TRANSPORT_LINK_UP, a #RTM_TRANSPORT_LINK_DOWN before the first) changes nothing.
 *
 * Any thread, also inside the carrier's functions.
 *
 * @param session The session.
 * @param link An #rtm_transport_link.
 * @param detail What that says: 0, or why.
 * @return #RTM_OK; STALE_HANDLE if the session has been stopped; INVALID_ARGUMENT if `link` is none or `detail` does
 *   not belong to it.
 */
RTM_CALL_API rtm_status rtm_transport_session_link(rtm_transport_session *session, int32_t link, int32_t detail);

/**
 * Reports messages for the user of a session, in the order of their arrival. Messages that a carrier reads at once, or
 * that waited while its machine was suspended, belong into one batch: it is read as a whole, and an end in it beats an
 * invitation. What is reported before #RTM_TRANSPORT_LINK_UP is the backlog of the time without a link: it is kept, up
 * to a bound, and read as a whole when that comes.
 *
 * Any thread, also inside the carrier's functions; but the order of messages is that of the calls.
 *
 * @param session The session.
 * @param messages The messages; copied before return.
 * @param count How many, at most #RTM_TRANSPORT_BATCH_MAX; 0 is fine.
 * @return #RTM_OK, also where the protocol has no use for a message; STALE_HANDLE if the session has been stopped;
 *   INVALID_ARGUMENT if there are too many, one is too long, a pointer is NULL or a sender is no user id: then none is
 *   delivered.
 */
RTM_CALL_API rtm_status rtm_transport_session_deliver(rtm_transport_session *session,
                                                      const rtm_transport_message *messages, size_t count);

/**
 * Reports the presence of a user whom the library watches; of anybody else it changes nothing.
 *
 * Any thread, also inside the carrier's functions.
 *
 * @param session The session.
 * @param user_id The user.
 * @param state An #rtm_peer_online_state.
 * @return #RTM_OK; STALE_HANDLE if the session has been stopped; INVALID_ARGUMENT if the user id or the state is none.
 */
RTM_CALL_API rtm_status rtm_transport_session_presence(rtm_transport_session *session, const char *user_id,
                                                       int32_t state);

/** @} */

/**
 * @defgroup hub Hub
 *
 * For tests and demonstrations: makes the in-process carrier hub://NAME behave like a bad network. A hub is named by
 * what stands behind hub:// in the address ("" for hub:// itself) and the app id.
 * @{
 */

/**
 * What happens to the messages of a hub. All zero: nothing. The same seed and the same order of messages give the same
 * fate.
 */
typedef struct rtm_hub_faults {
    /** sizeof(rtm_hub_faults). */
    size_t struct_size;
    /** The seed of the dice. */
    uint64_t seed;
    /** The shortest way of a message, in milliseconds. */
    uint32_t delay_min_ms;
    /** The longest way of a message, in milliseconds; less than `delay_min_ms` means the same as that. */
    uint32_t delay_max_ms;
    /** Messages lost, per million. */
    uint32_t loss_per_million;
    /** Messages that arrive twice, per million. */
    uint32_t repeat_per_million;
    /** Messages that may overtake and be overtaken, per million. */
    uint32_t reorder_per_million;
    /** Must be 0. */
    uint32_t reserved;
} rtm_hub_faults;

/**
 * What became of the messages of a hub since somebody first used it. What is neither delivered nor counted as gone is
 * on its way.
 */
typedef struct rtm_hub_stats {
    /** sizeof(rtm_hub_stats), set by the caller. */
    size_t struct_size;
    /** Messages handed over by users with a standing link. */
    uint64_t sent;
    /** Messages that arrived; a repeated one counts each time. */
    uint64_t delivered;
    /** Messages lost on purpose. */
    uint64_t lost;
    /** Second copies made on purpose. */
    uint64_t repeated;
    /** Messages taken out of order on purpose. */
    uint64_t reordered;
    /** Messages and copies that faults kept from arriving at once. */
    uint64_t delayed;
    /** Messages dropped because their lifetime was over. */
    uint64_t expired;
    /** Messages dropped because their receiver was not logged in. */
    uint64_t dropped_offline;
    /** Messages not taken, or dropped on arrival, because a queue was full. */
    uint64_t refused_full;
    /** Links cut by rtm_hub_set_link(). */
    uint64_t links_cut;
} rtm_hub_stats;

/**
 * Sets the faults of a hub, which need not be in use yet; they stay until they are set anew. What is on its way still
 * arrives.
 *
 * Any thread.
 *
 * @param hub_name The hub.
 * @param app_id The app id.
 * @param faults The faults; copied. NULL or all zero: none from now on.
 * @return #RTM_OK; INVALID_ARGUMENT if a text is NULL or no valid UTF-8, the hub cannot have this name, or the
 *   `struct_size` is wrong.
 */
RTM_CALL_API rtm_status rtm_hub_set_faults(const char *hub_name, const char *app_id, const rtm_hub_faults *faults);

/**
 * Cuts or restores the link of a user. While it is cut, nothing goes out, what arrives waits, and to others the user is
 * #RTM_PEER_ONLINE_STATE_UNREACHABLE, after the grace time #RTM_PEER_ONLINE_STATE_OFFLINE.
 *
 * Any thread.
 *
 * @param hub_name The hub.
 * @param app_id The app id.
 * @param user_id The user.
 * @param up 0: cut; anything else: restore.
 * @return #RTM_OK; NOT_FOUND if that user is not logged in there; INVALID_ARGUMENT if a text is NULL or no valid
 *   UTF-8, or the hub cannot have this name.
 */
RTM_CALL_API rtm_status rtm_hub_set_link(const char *hub_name, const char *app_id, const char *user_id, int32_t up);

/**
 * Lets the machine of a user sleep, or wakes it up. Asleep, nothing is reported to it; what arrives waits. Others see
 * no difference.
 *
 * Any thread.
 *
 * @param hub_name The hub.
 * @param app_id The app id.
 * @param user_id The user.
 * @param asleep 0: wake up; anything else: sleep.
 * @return #RTM_OK; NOT_FOUND if that user is not logged in there; INVALID_ARGUMENT if a text is NULL or no valid
 *   UTF-8, or the hub cannot have this name.
 */
RTM_CALL_API rtm_status rtm_hub_suspend(const char *hub_name, const char *app_id, const char *user_id, int32_t asleep);

/**
 * What became of the messages of a hub. They are counted for as long as somebody is logged in there or it has faults.
 *
 * Any thread.
 *
 * @param hub_name The hub.
 * @param app_id The app id.
 * @param[out] stats The numbers; its `struct_size` must be set. As many fields are written as it has room for.
 * @return #RTM_OK; INVALID_ARGUMENT if an argument is NULL, a text no valid UTF-8, the hub cannot have this name, or
 *   the `struct_size` is wrong.
 */
RTM_CALL_API rtm_status rtm_hub_get_stats(const char *hub_name, const char *app_id, rtm_hub_stats *stats);

/** @} */

/**
 * @defgroup doctor Doctor
 *
 * Checks whether a broker does what the carriers mqtt://, mqtts://, ws:// and wss:// need, and whether it keeps users
 * apart. docs/BROKERS.md tells what each check is about.
 * @{
 */

/** What to check, as whom, and who is told. Set it to zero first, then `struct_size`. */
typedef struct rtm_doctor_request {
    /** sizeof(rtm_doctor_request). */
    size_t struct_size;
    /** The broker's address, with the options that the application uses. */
    const char *url;
    /** The app id. */
    const char *app_id;
    /** Who logs in. A session that this user has ends. */
    const char *user_id;
    /** The token, at a broker the password. NULL: none. */
    const char *token;
    /** Another user, who need not exist: the broker must not let `user_id` pass for this one. */
    const char *other_user_id;
    /** Passed to `on_check`. */
    void *context;
    /**
     * Told of each check when it is done: its name, whether it holds, and what was found, as a sentence. The texts are
     * valid until it returns. It runs on the thread that called rtm_doctor_run(). NULL: nobody is told.
     */
    void (*on_check)(void *context, const char *check, bool holds, const char *sentence);
} rtm_doctor_request;

/**
 * Runs all checks, one after the other: name, TCP, TLS and WebSocket, the login, whether the broker lets the user pass
 * for another one or read what is for another one, round trip, the largest message, retained messages, Will and
 * message expiry. Where one fails on which the others stand, such as the login, it is the last.
 *
 * Any thread, but best none that has callbacks to run; waits for the network, some ten seconds with a healthy broker, and a
 * minute or two with one that is not.
 *
 * @param request What to check.
 * @param[out] all_hold Whether all checks hold.
 * @return #RTM_OK if the checks were made, whatever they found; INVALID_ARGUMENT if the url, the app id or a user id is
 *   wrong; INVALID_APP_ID; UNSUPPORTED if the url is not that of a broker, or this build knows no brokers.
 */
RTM_CALL_API rtm_status rtm_doctor_run(const rtm_doctor_request *request, bool *all_hold);

/** @} */

/**
 * @defgroup texts Names and texts
 *
 * Of every number, its name in this header, such as "RTM_END_REASON_EXPIRED", and one line of text, such as "nobody
 * answered in time". Both are stable, static and never NULL; of a number that is none the name is "" and the text
 * "unknown". Any thread, in a forked child too.
 * @{
 */

/**
 * The name of a status.
 *
 * @param status An #rtm_status.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_status_name(int32_t status);

/**
 * One line of text for a status.
 *
 * @param status An #rtm_status.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_status_text(int32_t status);

/**
 * The name of a local invitation's state.
 *
 * @param state An #rtm_local_invitation_state.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_local_invitation_state_name(int32_t state);

/**
 * One line of text for a local invitation's state.
 *
 * @param state An #rtm_local_invitation_state.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_local_invitation_state_text(int32_t state);

/**
 * The name of a remote invitation's state.
 *
 * @param state An #rtm_remote_invitation_state.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_remote_invitation_state_name(int32_t state);

/**
 * One line of text for a remote invitation's state.
 *
 * @param state An #rtm_remote_invitation_state.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_remote_invitation_state_text(int32_t state);

/**
 * The name of a local invitation's error.
 *
 * @param error An #rtm_local_invitation_err.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_local_invitation_err_name(int32_t error);

/**
 * One line of text for a local invitation's error.
 *
 * @param error An #rtm_local_invitation_err.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_local_invitation_err_text(int32_t error);

/**
 * The name of a remote invitation's error.
 *
 * @param error An #rtm_remote_invitation_err.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_remote_invitation_err_name(int32_t error);

/**
 * One line of text for a remote invitation's error.
 *
 * @param error An #rtm_remote_invitation_err.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_remote_invitation_err_text(int32_t error);

/**
 * The name of an end reason.
 *
 * @param reason An #rtm_end_reason.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_end_reason_name(int32_t reason);

/**
 * One line of text for an end reason.
 *
 * @param reason An #rtm_end_reason.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_end_reason_text(int32_t reason);

/**
 * The name of a side.
 *
 * @param side An #rtm_end_side.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_end_side_name(int32_t side);

/**
 * One line of text for a side.
 *
 * @param side An #rtm_end_side.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_end_side_text(int32_t side);

/**
 * The name of a connection state.
 *
 * @param state An #rtm_connection_state.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_connection_state_name(int32_t state);

/**
 * One line of text for a connection state.
 *
 * @param state An #rtm_connection_state.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_connection_state_text(int32_t state);

/**
 * The name of a reason of a connection state.
 *
 * @param reason An #rtm_connection_change_reason.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_connection_change_reason_name(int32_t reason);

/**
 * One line of text for a reason of a connection state.
 *
 * @param reason An #rtm_connection_change_reason.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_connection_change_reason_text(int32_t reason);

/**
 * The name of a login error.
 *
 * @param error An #rtm_login_err.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_login_err_name(int32_t error);

/**
 * One line of text for a login error.
 *
 * @param error An #rtm_login_err.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_login_err_text(int32_t error);

/**
 * The name of a logout error.
 *
 * @param error An #rtm_logout_err.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_logout_err_name(int32_t error);

/**
 * One line of text for a logout error.
 *
 * @param error An #rtm_logout_err.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_logout_err_text(int32_t error);

/**
 * The name of an error of a token renewal.
 *
 * @param error An #rtm_renew_token_err.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_renew_token_err_name(int32_t error);

/**
 * One line of text for an error of a token renewal.
 *
 * @param error An #rtm_renew_token_err.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_renew_token_err_text(int32_t error);

/**
 * The name of a presence.
 *
 * @param state An #rtm_peer_online_state.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_peer_online_state_name(int32_t state);

/**
 * One line of text for a presence.
 *
 * @param state An #rtm_peer_online_state.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_peer_online_state_text(int32_t state);

/**
 * The name of an error of a peer message.
 *
 * @param error An #rtm_peer_message_err.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_peer_message_err_name(int32_t error);

/**
 * One line of text for an error of a peer message.
 *
 * @param error An #rtm_peer_message_err.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_peer_message_err_text(int32_t error);

/**
 * The name of an error of a presence query.
 *
 * @param error An #rtm_query_peers_online_status_err.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_query_peers_online_status_err_name(int32_t error);

/**
 * One line of text for an error of a presence query.
 *
 * @param error An #rtm_query_peers_online_status_err.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_query_peers_online_status_err_text(int32_t error);

/**
 * The name of an error of a presence subscription.
 *
 * @param error An #rtm_peer_subscription_status_err.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_peer_subscription_status_err_name(int32_t error);

/**
 * One line of text for an error of a presence subscription.
 *
 * @param error An #rtm_peer_subscription_status_err.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_peer_subscription_status_err_text(int32_t error);

/**
 * The name of a type of message.
 *
 * @param message_type An #rtm_message_type.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_message_type_name(int32_t message_type);

/**
 * One line of text for a type of message.
 *
 * @param message_type An #rtm_message_type.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_message_type_text(int32_t message_type);

/**
 * The name of a delivery.
 *
 * @param delivery An #rtm_delivery.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_delivery_name(int32_t delivery);

/**
 * One line of text for a delivery.
 *
 * @param delivery An #rtm_delivery.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_delivery_text(int32_t delivery);

/**
 * The name of a format of ladders.
 *
 * @param format An #rtm_ladder_format.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_ladder_format_name(int32_t format);

/**
 * One line of text for a format of ladders.
 *
 * @param format An #rtm_ladder_format.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_ladder_format_text(int32_t format);

/**
 * The name of a log level.
 *
 * @param level An #rtm_log_level.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_log_level_name(int32_t level);

/**
 * One line of text for a log level.
 *
 * @param level An #rtm_log_level.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_log_level_text(int32_t level);

/**
 * The name of a log filter.
 *
 * @param filter An #rtm_log_filter.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_log_filter_name(int32_t filter);

/**
 * One line of text for a log filter.
 *
 * @param filter An #rtm_log_filter.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_log_filter_text(int32_t filter);

/**
 * The name of what happened to a link.
 *
 * @param link An #rtm_transport_link.
 * @return The name, "" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_transport_link_name(int32_t link);

/**
 * One line of text for what happened to a link.
 *
 * @param link An #rtm_transport_link.
 * @return The text, "unknown" if there is no such number. Static.
 */
RTM_CALL_API const char *rtm_transport_link_text(int32_t link);

/** @} */

#ifdef __cplusplus
}
#endif

#endif /* RTM_CALL_H */
