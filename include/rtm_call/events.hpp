/**
 * @file
 * What an application wants to hear of: structs of functions.
 */
#ifndef RTM_CALL_EVENTS_HPP
#define RTM_CALL_EVENTS_HPP

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "codes.hpp"
#include "local_invitation.hpp"
#include "peers.hpp"
#include "remote_invitation.hpp"

namespace rtm {

/**
 * The callbacks of a service: login, connection, presence and peer messages. For the constructor of rtm::service and
 * for service::add_events(); each may be left empty.
 *
 * The service keeps a copy until the last callback has ended, and destroys it then, on whichever thread that is. What
 * the functions capture by reference must live until service::close() has returned. See @ref rtm for threads.
 */
struct service_events {
    /** The login succeeded. Comes once a login, not again when a broken link is back. */
    std::function<void()> on_login_success;
    /** The login failed. login_err::already_logged_in disturbs nothing; after any other one, nobody is logged in. */
    std::function<void(login_err error)> on_login_failure;
    /**
     * A logout ended; every service::logout() gets one. All invitations that were open have had their last callback.
     * logout_err::rejected: nobody was logged in.
     */
    std::function<void(logout_err error)> on_logout;
    /** The outcome of service::renew_token() for this token. */
    std::function<void(const std::string &token, renew_token_err error)> on_renew_token_result;
    /** The token is about to expire or has expired: call service::renew_token(). */
    std::function<void()> on_token_expired;
    /** The connection changed its state. */
    std::function<void(connection_state state, connection_change_reason reason)> on_connection_state_changed;
    /** A peer sent a message. */
    std::function<void(const std::string &peer_id, const message &received)> on_message_received_from_peer;
    /** The presence of users that were subscribed to: soon after the subscription, then at each change. */
    std::function<void(const std::vector<peer_online_status> &peers)> on_peers_online_status_changed;
};

/**
 * The callbacks of invitations. For the constructor of rtm::service and for service::set_call_events(); each may be
 * left empty. Kept and destroyed as those of rtm::service_events.
 *
 * Each invitation ends with exactly one of its last four callbacks (accepted, refused, canceled, failure). What a
 * callback gets may be kept: it is a handle like any other of that invitation, equal to all its copies. Its getters may
 * show more than the callback tells already: they show the present.
 */
struct call_events {
    /** Caller: the callee's library has the invitation, it rings there. At most once, before accepted or refused. */
    std::function<void(local_invitation invitation)> on_local_received_by_peer;
    /** Caller: the callee accepted, with this response (may be ""). The end. */
    std::function<void(local_invitation invitation, const std::string &response)> on_local_accepted;
    /** Caller: the callee refused, with this response (may be ""). The end. */
    std::function<void(local_invitation invitation, const std::string &response)> on_local_refused;
    /** Caller: the invitation was canceled. The end. */
    std::function<void(local_invitation invitation)> on_local_canceled;
    /** Caller: the invitation failed. The end; local_invitation::end_reason() says more. */
    std::function<void(local_invitation invitation, local_invitation_err error)> on_local_failure;
    /** Callee: an invitation arrived, it rings here. Accept or refuse it in the callback, or keep it and do so later.
     */
    std::function<void(remote_invitation invitation)> on_remote_received;
    /** Callee: the caller knows of the acceptance, the call stands. The end. */
    std::function<void(remote_invitation invitation)> on_remote_accepted;
    /** Callee: the invitation was refused. The end. */
    std::function<void(remote_invitation invitation)> on_remote_refused;
    /** Callee: the caller canceled, or another instance of this user answered. The end. */
    std::function<void(remote_invitation invitation)> on_remote_canceled;
    /** Callee: the invitation failed. The end; remote_invitation::end_reason() says more. */
    std::function<void(remote_invitation invitation, remote_invitation_err error)> on_remote_failure;
};

/** Where lines of the log go, for service::set_log_handler(): a line, without a line feed, valid until this returns. */
using log_handler = std::function<void(log_level level, std::string_view line)>;

/** What is done with the outcome of service::send_message_to_peer(). */
using message_outcome = std::function<void(peer_message_err error)>;

/**
 * What is done with the answer to service::query_peers_online_status(): one entry for each user asked for; none if it
 * failed.
 */
using query_outcome =
    std::function<void(query_peers_online_status_err error, const std::vector<peer_online_status> &peers)>;

/** What is done with the outcome of service::subscribe_peers_online_status() or its counterpart. */
using subscription_outcome = std::function<void(peer_subscription_status_err error)>;

} // namespace rtm

#endif // RTM_CALL_EVENTS_HPP
