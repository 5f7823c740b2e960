//! Names and texts
//!
//! Of every number, its name in this header, such as "RTM_END_REASON_EXPIRED", and one line of text, such as "nobody
//! answered in time". Both are stable, static and never NULL; of a number that is none the name is "" and the text
//! "unknown". Any thread, in a forked child too.

use std::ffi::c_char;

use crate::codes::{
    Code, ConnectionChangeReason, ConnectionState, Delivery, EndReason, EndSide, LadderFormat, LocalInvitationErr,
    LocalInvitationState, LogFilter, LogLevel, LoginErr, LogoutErr, MessageType, PeerMessageErr, PeerOnlineState,
    PeerSubscriptionStatusErr, QueryPeersOnlineStatusErr, RemoteInvitationErr, RemoteInvitationState, RenewTokenErr,
    Status, TransportLink,
};

/// The name of a status.
///
/// @param status An #rtm_status.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_status_name(status: i32) -> *const c_char {
    name::<Status>(status)
}

/// One line of text for a status.
///
/// @param status An #rtm_status.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_status_text(status: i32) -> *const c_char {
    line::<Status>(status)
}

/// The name of a local invitation's state.
///
/// @param state An #rtm_local_invitation_state.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_local_invitation_state_name(state: i32) -> *const c_char {
    name::<LocalInvitationState>(state)
}

/// One line of text for a local invitation's state.
///
/// @param state An #rtm_local_invitation_state.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_local_invitation_state_text(state: i32) -> *const c_char {
    line::<LocalInvitationState>(state)
}

/// The name of a remote invitation's state.
///
/// @param state An #rtm_remote_invitation_state.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_invitation_state_name(state: i32) -> *const c_char {
    name::<RemoteInvitationState>(state)
}

/// One line of text for a remote invitation's state.
///
/// @param state An #rtm_remote_invitation_state.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_invitation_state_text(state: i32) -> *const c_char {
    line::<RemoteInvitationState>(state)
}

/// The name of a local invitation's error.
///
/// @param error An #rtm_local_invitation_err.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_local_invitation_err_name(error: i32) -> *const c_char {
    name::<LocalInvitationErr>(error)
}

/// One line of text for a local invitation's error.
///
/// @param error An #rtm_local_invitation_err.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_local_invitation_err_text(error: i32) -> *const c_char {
    line::<LocalInvitationErr>(error)
}

/// The name of a remote invitation's error.
///
/// @param error An #rtm_remote_invitation_err.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_invitation_err_name(error: i32) -> *const c_char {
    name::<RemoteInvitationErr>(error)
}

/// One line of text for a remote invitation's error.
///
/// @param error An #rtm_remote_invitation_err.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_invitation_err_text(error: i32) -> *const c_char {
    line::<RemoteInvitationErr>(error)
}

/// The name of an end reason.
///
/// @param reason An #rtm_end_reason.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_end_reason_name(reason: i32) -> *const c_char {
    name::<EndReason>(reason)
}

/// One line of text for an end reason.
///
/// @param reason An #rtm_end_reason.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_end_reason_text(reason: i32) -> *const c_char {
    line::<EndReason>(reason)
}

/// The name of a side.
///
/// @param side An #rtm_end_side.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_end_side_name(side: i32) -> *const c_char {
    name::<EndSide>(side)
}

/// One line of text for a side.
///
/// @param side An #rtm_end_side.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_end_side_text(side: i32) -> *const c_char {
    line::<EndSide>(side)
}

/// The name of a connection state.
///
/// @param state An #rtm_connection_state.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_connection_state_name(state: i32) -> *const c_char {
    name::<ConnectionState>(state)
}

/// One line of text for a connection state.
///
/// @param state An #rtm_connection_state.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_connection_state_text(state: i32) -> *const c_char {
    line::<ConnectionState>(state)
}

/// The name of a reason of a connection state.
///
/// @param reason An #rtm_connection_change_reason.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_connection_change_reason_name(reason: i32) -> *const c_char {
    name::<ConnectionChangeReason>(reason)
}

/// One line of text for a reason of a connection state.
///
/// @param reason An #rtm_connection_change_reason.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_connection_change_reason_text(reason: i32) -> *const c_char {
    line::<ConnectionChangeReason>(reason)
}

/// The name of a login error.
///
/// @param error An #rtm_login_err.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_login_err_name(error: i32) -> *const c_char {
    name::<LoginErr>(error)
}

/// One line of text for a login error.
///
/// @param error An #rtm_login_err.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_login_err_text(error: i32) -> *const c_char {
    line::<LoginErr>(error)
}

/// The name of a logout error.
///
/// @param error An #rtm_logout_err.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_logout_err_name(error: i32) -> *const c_char {
    name::<LogoutErr>(error)
}

/// One line of text for a logout error.
///
/// @param error An #rtm_logout_err.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_logout_err_text(error: i32) -> *const c_char {
    line::<LogoutErr>(error)
}

/// The name of an error of a token renewal.
///
/// @param error An #rtm_renew_token_err.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_renew_token_err_name(error: i32) -> *const c_char {
    name::<RenewTokenErr>(error)
}

/// One line of text for an error of a token renewal.
///
/// @param error An #rtm_renew_token_err.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_renew_token_err_text(error: i32) -> *const c_char {
    line::<RenewTokenErr>(error)
}

/// The name of a presence.
///
/// @param state An #rtm_peer_online_state.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_peer_online_state_name(state: i32) -> *const c_char {
    name::<PeerOnlineState>(state)
}

/// One line of text for a presence.
///
/// @param state An #rtm_peer_online_state.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_peer_online_state_text(state: i32) -> *const c_char {
    line::<PeerOnlineState>(state)
}

/// The name of an error of a peer message.
///
/// @param error An #rtm_peer_message_err.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_peer_message_err_name(error: i32) -> *const c_char {
    name::<PeerMessageErr>(error)
}

/// One line of text for an error of a peer message.
///
/// @param error An #rtm_peer_message_err.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_peer_message_err_text(error: i32) -> *const c_char {
    line::<PeerMessageErr>(error)
}

/// The name of an error of a presence query.
///
/// @param error An #rtm_query_peers_online_status_err.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_query_peers_online_status_err_name(error: i32) -> *const c_char {
    name::<QueryPeersOnlineStatusErr>(error)
}

/// One line of text for an error of a presence query.
///
/// @param error An #rtm_query_peers_online_status_err.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_query_peers_online_status_err_text(error: i32) -> *const c_char {
    line::<QueryPeersOnlineStatusErr>(error)
}

/// The name of an error of a presence subscription.
///
/// @param error An #rtm_peer_subscription_status_err.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_peer_subscription_status_err_name(error: i32) -> *const c_char {
    name::<PeerSubscriptionStatusErr>(error)
}

/// One line of text for an error of a presence subscription.
///
/// @param error An #rtm_peer_subscription_status_err.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_peer_subscription_status_err_text(error: i32) -> *const c_char {
    line::<PeerSubscriptionStatusErr>(error)
}

/// The name of a type of message.
///
/// @param message_type An #rtm_message_type.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_message_type_name(message_type: i32) -> *const c_char {
    name::<MessageType>(message_type)
}

/// One line of text for a type of message.
///
/// @param message_type An #rtm_message_type.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_message_type_text(message_type: i32) -> *const c_char {
    line::<MessageType>(message_type)
}

/// The name of a delivery.
///
/// @param delivery An #rtm_delivery.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_delivery_name(delivery: i32) -> *const c_char {
    name::<Delivery>(delivery)
}

/// One line of text for a delivery.
///
/// @param delivery An #rtm_delivery.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_delivery_text(delivery: i32) -> *const c_char {
    line::<Delivery>(delivery)
}

/// The name of a format of ladders.
///
/// @param format An #rtm_ladder_format.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_ladder_format_name(format: i32) -> *const c_char {
    name::<LadderFormat>(format)
}

/// One line of text for a format of ladders.
///
/// @param format An #rtm_ladder_format.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_ladder_format_text(format: i32) -> *const c_char {
    line::<LadderFormat>(format)
}

/// The name of a log level.
///
/// @param level An #rtm_log_level.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_log_level_name(level: i32) -> *const c_char {
    name::<LogLevel>(level)
}

/// One line of text for a log level.
///
/// @param level An #rtm_log_level.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_log_level_text(level: i32) -> *const c_char {
    line::<LogLevel>(level)
}

/// The name of a log filter.
///
/// @param filter An #rtm_log_filter.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_log_filter_name(filter: i32) -> *const c_char {
    name::<LogFilter>(filter)
}

/// One line of text for a log filter.
///
/// @param filter An #rtm_log_filter.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_log_filter_text(filter: i32) -> *const c_char {
    line::<LogFilter>(filter)
}

/// The name of what happened to a link.
///
/// @param link An #rtm_transport_link.
/// @return The name, "" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_transport_link_name(link: i32) -> *const c_char {
    name::<TransportLink>(link)
}

/// One line of text for what happened to a link.
///
/// @param link An #rtm_transport_link.
/// @return The text, "unknown" if there is no such number. Static.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_transport_link_text(link: i32) -> *const c_char {
    line::<TransportLink>(link)
}

fn name<T: Code>(number: i32) -> *const c_char {
    T::from_number(number).map_or(c"", Code::c_name).as_ptr()
}

fn line<T: Code>(number: i32) -> *const c_char {
    T::from_number(number).map_or(c"unknown", Code::c_text).as_ptr()
}
