/**
 * @file
 * The numbers of rtm_call as `enum class`, with the numbers of C, and their names and texts.
 */
#ifndef RTM_CALL_CODES_HPP
#define RTM_CALL_CODES_HPP

#include <cstdint>
#include <string_view>

#include "../rtm_call.h"

namespace rtm {

/**
 * What went wrong in a call of this library: the value of the std::error_code that it answers, see #category(). 0 to 5
 * are the original's codes, those from 200 this library's own: the numbers of #rtm_status. Later versions may add some:
 * treat an unknown number as a failure.
 */
enum class errc {
    ok = 0,                    ///< Success.
    invalid_argument = 1,      ///< An argument is missing, malformed or out of bounds.
    not_started = 2,           ///< The invitation was not sent yet.
    already_end = 3,           ///< The invitation has ended.
    already_accept = 4,        ///< The invitation was accepted already.
    already_sent = 5,          ///< The invitation was sent already.
    stale_handle = 200,        ///< The object is empty (default-made or moved from), or its service is closed.
    buffer_too_small = 201,    ///< Does not come from these classes: they make room.
    panicked = 202,            ///< The service ran into an internal error and can only be closed.
    invalid_state = 203,       ///< The call is not possible in this state.
    not_initialized = 204,     ///< Does not come from these classes: they initialize in the constructor.
    already_initialized = 205, ///< Likewise.
    invalid_app_id = 206,      ///< The app id is missing, empty, too long or no valid UTF-8.
    limit_reached = 207,       ///< A bound of the configuration is reached.
    not_logged_in = 208,       ///< Nobody is logged in.
    forked = 209,              ///< This process is the child of a fork() or, on Windows, exiting: see #rtm_status.
    unsupported = 210,         ///< This build or version has no such thing.
    os = 211,                  ///< The operating system refused.
    not_found = 212,           ///< Nothing bears this name or number.
};

/** The state of a local invitation, the caller's object. */
enum class local_invitation_state {
    idle = 0,               ///< Created, not sent yet.
    sent_to_remote = 1,     ///< Sent, not acknowledged yet.
    received_by_remote = 2, ///< The callee's library has it.
    accepted_by_remote = 3, ///< Ended: the callee accepted.
    refused_by_remote = 4,  ///< Ended: the callee refused.
    canceled = 5,           ///< Ended: canceled.
    failure = 6,            ///< Ended: failed.
};

/** The state of a remote invitation, the callee's object. */
enum class remote_invitation_state {
    idle = 0,                 ///< Not received yet.
    invitation_received = 1,  ///< Received, not answered yet.
    accept_sent_to_local = 2, ///< Accepted here, not confirmed by the caller yet.
    refused = 3,              ///< Ended: refused.
    accepted = 4,             ///< Ended: accepted, and the caller knows.
    canceled = 5,             ///< Ended: canceled by the caller.
    failure = 6,              ///< Ended: failed.
};

/** Why a local invitation failed. */
enum class local_invitation_err {
    ok = 0,                ///< No failure.
    peer_offline = 1,      ///< The callee is offline.
    peer_no_response = 2,  ///< The callee did not respond.
    invitation_expire = 3, ///< Nobody answered in time.
    not_loggedin = 4,      ///< Nobody is logged in here.
};

/** Why a remote invitation failed. */
enum class remote_invitation_err {
    ok = 0,                ///< No failure.
    peer_offline = 1,      ///< One of the two is offline.
    accept_failure = 2,    ///< The acceptance was not confirmed in time.
    invitation_expire = 3, ///< Not answered in time.
};

/** Why an invitation ended: more than the original's codes say. */
enum class end_reason {
    none = 0,                ///< It has not ended.
    accepted = 1,            ///< The callee accepted.
    refused = 2,             ///< The callee refused.
    canceled = 3,            ///< The caller canceled.
    unreachable = 4,         ///< The callee is offline.
    no_response = 5,         ///< The callee's library did not acknowledge in time.
    expired = 6,             ///< Nobody answered in time.
    not_logged_in = 7,       ///< The caller was not logged in.
    logged_out = 8,          ///< One of the two logged out.
    accept_unconfirmed = 9,  ///< The acceptance was not confirmed: the caller's outcome is unknown.
    kicked = 10,             ///< The session was ended from outside.
    caller_lost = 11,        ///< The caller is gone.
    answered_elsewhere = 12, ///< Another instance of the callee accepted.
    refused_elsewhere = 13,  ///< Another instance of the callee refused.
    released = 14,           ///< The service was closed.
    error = 15,              ///< An internal error ended the service.
};

/** Which side decided the end. */
enum class end_side {
    none = 0,   ///< It has not ended.
    caller = 1, ///< The caller's side.
    callee = 2, ///< The callee's side.
};

/** The state of a service's connection. */
enum class connection_state {
    disconnected = 1, ///< Not logged in.
    connecting = 2,   ///< Logging in.
    connected = 3,    ///< Logged in.
    reconnecting = 4, ///< Logged in, the link is being restored.
    aborted = 5,      ///< The session was ended from outside.
};

/** Why the connection changed its state. */
enum class connection_change_reason {
    login = 1,            ///< A login began.
    login_success = 2,    ///< The login succeeded, or the link is back.
    login_failure = 3,    ///< The login was refused.
    login_timeout = 4,    ///< The login found nobody in time.
    interrupted = 5,      ///< The link broke.
    logout = 6,           ///< The application logged out.
    banned_by_server = 7, ///< The server banned the user.
    remote_login = 8,     ///< The same user logged in elsewhere.
    token_expired = 9,    ///< The token expired.
};

/** How a login ended. */
enum class login_err {
    ok = 0,                ///< Success.
    unknown = 1,           ///< Unknown failure.
    rejected = 2,          ///< Refused.
    invalid_argument = 3,  ///< An argument is out of bounds.
    invalid_app_id = 4,    ///< The app id is not known.
    invalid_token = 5,     ///< The token is wrong.
    token_expired = 6,     ///< The token is too old.
    not_authorized = 7,    ///< This user may not log in.
    already_logged_in = 8, ///< Logged in or logging in already.
    timeout = 9,           ///< Nobody answered in time.
    too_often = 10,        ///< Too many attempts.
    not_initialized = 101, ///< The service is not initialized.
};

/** How a logout ended. */
enum class logout_err {
    ok = 0,                   ///< Success.
    rejected = 1,             ///< Nobody is logged in.
    not_initialized = 101,    ///< The service is not initialized.
    user_not_logged_in = 102, ///< Nobody is logged in.
};

/** How the renewal of a token ended. */
enum class renew_token_err {
    ok = 0,                   ///< Success.
    failure = 1,              ///< Unknown failure.
    invalid_argument = 2,     ///< The token is no valid text.
    rejected = 3,             ///< Refused.
    too_often = 4,            ///< Too many attempts.
    token_expired = 5,        ///< The new token is too old.
    invalid_token = 6,        ///< The new token is wrong.
    not_initialized = 101,    ///< The service is not initialized.
    user_not_logged_in = 102, ///< Nobody is logged in.
};

/** Whether a user can be reached. */
enum class peer_online_state {
    online = 0,      ///< Logged in.
    unreachable = 1, ///< Its link is broken, its grace time is not over.
    offline = 2,     ///< Not logged in, or gone for longer than the grace time.
};

/** How the sending of a peer message ended. */
enum class peer_message_err {
    ok = 0,                   ///< The peer's library has it.
    failure = 1,              ///< Unknown failure.
    sent_timeout = 2,         ///< No acknowledgement in time.
    peer_unreachable = 3,     ///< The peer is offline.
    cached_by_server = 4,     ///< Kept for a peer that is offline.
    too_often = 5,            ///< Too many messages under way.
    invalid_userid = 6,       ///< The peer's user id is out of bounds.
    invalid_message = 7,      ///< The message is out of bounds.
    imcompatible_message = 8, ///< The peer's library does not know this kind of message.
    not_initialized = 101,    ///< The service is not initialized.
    user_not_logged_in = 102, ///< Nobody is logged in.
};

/** How a presence query ended. */
enum class query_peers_online_status_err {
    ok = 0,                   ///< Success.
    failure = 1,              ///< Unknown failure.
    invalid_argument = 2,     ///< An argument is out of bounds.
    rejected = 3,             ///< Refused.
    timeout = 4,              ///< No answer in time.
    too_often = 5,            ///< Too many queries under way.
    not_initialized = 101,    ///< The service is not initialized.
    user_not_logged_in = 102, ///< Nobody is logged in.
};

/** How a presence subscription ended. */
enum class peer_subscription_status_err {
    ok = 0,                   ///< Success.
    failure = 1,              ///< Unknown failure.
    invalid_argument = 2,     ///< An argument is out of bounds.
    rejected = 3,             ///< Refused.
    timeout = 4,              ///< No answer in time.
    too_often = 5,            ///< Too many requests under way.
    overflow = 6,             ///< Too many subscriptions.
    not_initialized = 101,    ///< The service is not initialized.
    user_not_logged_in = 102, ///< Nobody is logged in.
};

/** What a peer message carries; the original's numbers. */
enum class message_type {
    text = 1, ///< A text.
    raw = 2,  ///< Bytes, and a text that describes them.
};

/** Who runs the callbacks of a service. */
enum class delivery {
    own_worker = 0, ///< A thread of this service's own, started with its first callback.
    shared = 1, ///< Threads that the services of this process share, see set_shared_workers(). A slow callback delays
                ///< the callbacks of other services, nothing else.
    pump = 2,   ///< The application's own thread, in service::dispatch(); the library starts none for this service's
                ///< callbacks.
};

/** The form in which a ladder is shown. */
enum class ladder_format {
    text = 0,    ///< Two columns of plain text, at most 100 characters a line.
    mermaid = 1, ///< A Mermaid sequence diagram.
};

/** How important a line of the log is; the original's bits. */
enum class log_level : std::uint32_t {
    info = 0x01,     ///< What happens to each invitation and session.
    warn = 0x02,     ///< Something was dropped, and the protocol goes on.
    error = 0x04,    ///< Something failed.
    critical = 0x08, ///< The service can only be closed.
    debug = 0x800,   ///< Each message.
};

/** Which lines are logged: sums of levels, the original's numbers. Any other sum of #log_level bits can be cast to it.
 */
enum class log_filter : std::uint32_t {
    off = 0x00,      ///< None.
    critical = 0x08, ///< Critical ones.
    error = 0x0c,    ///< Errors too.
    warn = 0x0e,     ///< Warnings too.
    info = 0x0f,     ///< All but debug lines, the default.
    debug = 0x80f,   ///< All.
};

} // namespace rtm

#include "detail/names.hpp"

namespace rtm {

/**
 * The name of a number in C, such as "RTM_END_REASON_EXPIRED"; stable, for logs and tests.
 *
 * Any thread, in a forked child too.
 *
 * @tparam Code One of the enumerations of this library.
 * @param code The number.
 * @return The name, "" if this version has no such number. Static.
 */
template <class Code, class = detail::if_code<Code>> std::string_view to_string(Code code) noexcept {
    return detail::name_of(code);
}

/**
 * One line of text for a number, such as "nobody answered in time".
 *
 * Any thread, in a forked child too.
 *
 * @tparam Code One of the enumerations of this library.
 * @param code The number.
 * @return The text, "unknown" if this version has no such number. Static.
 */
template <class Code, class = detail::if_code<Code>> std::string_view describe(Code code) noexcept {
    return detail::text_of(code);
}

} // namespace rtm

#endif // RTM_CALL_CODES_HPP
