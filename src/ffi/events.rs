//! Event handlers
//!
//! A handler is a struct of function pointers that the application fills and the library copies. Every callback may be
//! NULL. Set the whole struct to zero first, then `struct_size` to its sizeof.
//!
//! Callbacks of one service come one at a time, in order, on the thread that #rtm_delivery names, with no lock of the
//! library held: every function may be called inside them, and a slow one delays later callbacks of its service, never
//! the protocol. Texts and lists that a callback gets are valid until it returns. A callback must return: no longjmp,
//! no C++ exception.
//!
//! `drop(context)` is the context's end: it runs once for every handler that was accepted, when its last callback has
//! ended, on whichever thread that is; if the function that takes the handler fails, it never runs. It counts as a
//! callback: nothing that waits for callbacks waits inside it.

use std::ffi::{c_char, c_void};
use std::mem::offset_of;

use super::arguments::Versioned;
use super::handler::Callbacks;
use super::handles::{rtm_local_call_invitation, rtm_message, rtm_remote_call_invitation};
use crate::codes::{
    ConnectionChangeReason, ConnectionState, LocalInvitationErr, LoginErr, LogoutErr, PeerMessageErr, PeerOnlineState,
    PeerSubscriptionStatusErr, QueryPeersOnlineStatusErr, RemoteInvitationErr, RenewTokenErr,
};

/// Whether one user can be reached.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_peer_online_status {
    /// The user; valid until the callback returns.
    pub peer_id: *const c_char,
    /// Whether it can be reached.
    pub state: PeerOnlineState,
}

/// The callbacks of a service: login, connection, presence and peer messages. For rtm_service_initialize() and
/// rtm_service_add_event_handler().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_service_event_handler {
    /// sizeof(rtm_service_event_handler).
    pub struct_size: usize,
    /// The first argument of every callback; the library does not look at it.
    pub context: *mut c_void,
    /// The end of the context, see above.
    pub drop: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// The login succeeded. Comes once a login, after the connection state #RTM_CONNECTION_STATE_CONNECTED, not again
    /// when a broken link is back.
    pub on_login_success: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// The login failed. #RTM_LOGIN_ERR_ALREADY_LOGGED_IN disturbs nothing; after any other error the state of the
    /// connection is #RTM_CONNECTION_STATE_DISCONNECTED.
    pub on_login_failure: Option<unsafe extern "C" fn(context: *mut c_void, error: LoginErr)>,
    /// A logout ended; every rtm_service_logout() gets one. All invitations that were open have had their last
    /// callback. With #RTM_LOGOUT_ERR_REJECTED nobody was logged in.
    pub on_logout: Option<unsafe extern "C" fn(context: *mut c_void, error: LogoutErr)>,
    /// The outcome of rtm_service_renew_token() for this token.
    pub on_renew_token_result:
        Option<unsafe extern "C" fn(context: *mut c_void, token: *const c_char, error: RenewTokenErr)>,
    /// The token is about to expire or has expired: call rtm_service_renew_token().
    pub on_token_expired: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// The connection changed its state.
    pub on_connection_state_changed:
        Option<unsafe extern "C" fn(context: *mut c_void, state: ConnectionState, reason: ConnectionChangeReason)>,
    /// The outcome of rtm_service_send_message_to_peer(), by the number that it gave.
    pub on_send_message_result:
        Option<unsafe extern "C" fn(context: *mut c_void, message_id: i64, error: PeerMessageErr)>,
    /// A peer sent a message. Its handle belongs to the library and is gone when this returns: copy what is needed.
    pub on_message_received_from_peer:
        Option<unsafe extern "C" fn(context: *mut c_void, peer_id: *const c_char, message: *mut rtm_message)>,
    /// The answer to rtm_service_query_peers_online_status(), by the number that it gave: one entry for each user asked
    /// for; none if it failed.
    pub on_query_peers_online_status_result: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            request_id: i64,
            peers: *const rtm_peer_online_status,
            peer_count: usize,
            error: QueryPeersOnlineStatusErr,
        ),
    >,
    /// The outcome of rtm_service_subscribe_peers_online_status() or its counterpart, by the number that it gave.
    pub on_subscription_request_result:
        Option<unsafe extern "C" fn(context: *mut c_void, request_id: i64, error: PeerSubscriptionStatusErr)>,
    /// The presence of users that were subscribed to: soon after the subscription, then at each change.
    pub on_peers_online_status_changed:
        Option<unsafe extern "C" fn(context: *mut c_void, peers: *const rtm_peer_online_status, peer_count: usize)>,
}

/// The callbacks of a call manager. For rtm_service_get_call_manager().
///
/// Each invitation ends with exactly one of its last four callbacks (accepted, refused, canceled, failure). State and
/// text getters may show more than the callback tells already: they show the present.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_call_event_handler {
    /// sizeof(rtm_call_event_handler).
    pub struct_size: usize,
    /// The first argument of every callback; the library does not look at it.
    pub context: *mut c_void,
    /// The end of the context, see above.
    pub drop: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// Caller: the callee's library has the invitation, it rings there. At most once, before accepted or refused.
    pub on_local_invitation_received_by_peer:
        Option<unsafe extern "C" fn(context: *mut c_void, invitation: *mut rtm_local_call_invitation)>,
    /// Caller: the callee accepted, with this response (may be ""). The end.
    pub on_local_invitation_accepted: Option<
        unsafe extern "C" fn(context: *mut c_void, invitation: *mut rtm_local_call_invitation, response: *const c_char),
    >,
    /// Caller: the callee refused, with this response (may be ""). The end.
    pub on_local_invitation_refused: Option<
        unsafe extern "C" fn(context: *mut c_void, invitation: *mut rtm_local_call_invitation, response: *const c_char),
    >,
    /// Caller: the invitation was canceled. The end.
    pub on_local_invitation_canceled:
        Option<unsafe extern "C" fn(context: *mut c_void, invitation: *mut rtm_local_call_invitation)>,
    /// Caller: the invitation failed. The end; rtm_local_call_invitation_get_end_reason() says more.
    pub on_local_invitation_failure: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            invitation: *mut rtm_local_call_invitation,
            error: LocalInvitationErr,
        ),
    >,
    /// Callee: an invitation arrived, it rings here. From now on the handle is the application's, to be released once;
    /// all later callbacks of this invitation carry the same handle.
    pub on_remote_invitation_received:
        Option<unsafe extern "C" fn(context: *mut c_void, invitation: *mut rtm_remote_call_invitation)>,
    /// Callee: the caller knows of the acceptance, the call stands. The end.
    pub on_remote_invitation_accepted:
        Option<unsafe extern "C" fn(context: *mut c_void, invitation: *mut rtm_remote_call_invitation)>,
    /// Callee: the invitation was refused. The end.
    pub on_remote_invitation_refused:
        Option<unsafe extern "C" fn(context: *mut c_void, invitation: *mut rtm_remote_call_invitation)>,
    /// Callee: the caller canceled, or another instance of this user answered. The end.
    pub on_remote_invitation_canceled:
        Option<unsafe extern "C" fn(context: *mut c_void, invitation: *mut rtm_remote_call_invitation)>,
    /// Callee: the invitation failed. The end; rtm_remote_call_invitation_get_end_reason() says more.
    pub on_remote_invitation_failure: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            invitation: *mut rtm_remote_call_invitation,
            error: RemoteInvitationErr,
        ),
    >,
}

// SAFETY: pointers and optional functions only, the size first.
unsafe impl Versioned for rtm_service_event_handler {
    const NAME: &'static str = "rtm_service_event_handler";
    const LEAST: usize = offset_of!(Self, on_login_success);
}

// SAFETY: likewise.
unsafe impl Versioned for rtm_call_event_handler {
    const NAME: &'static str = "rtm_call_event_handler";
    const LEAST: usize = offset_of!(Self, on_local_invitation_received_by_peer);
}

impl Callbacks for rtm_service_event_handler {
    fn context(&self) -> (*mut c_void, Option<unsafe extern "C" fn(context: *mut c_void)>) {
        (self.context, self.drop)
    }
}

impl Callbacks for rtm_call_event_handler {
    fn context(&self) -> (*mut c_void, Option<unsafe extern "C" fn(context: *mut c_void)>) {
        (self.context, self.drop)
    }
}
