//! Presence
//!
//! Who can be reached. Answers come as callbacks of #rtm_service_event_handler and carry the number that the request
//! gave; it is written before the callback can come.

use std::ffi::c_char;

use super::arguments::{optional_out, texts};
use super::border::border;
use super::handles::rtm_service;
use crate::codes::Status;
use crate::service::peers::{MAX_QUERY, MAX_SUBSCRIBED};

/// Asks who of these users can be reached. The answer comes as on_query_peers_online_status_result, within 10 s.
///
/// Any thread; returns at once.
///
/// @param service The service.
/// @param peer_ids The users; the texts are copied before return.
/// @param peer_count How many: 1 to 256.
/// @param[out] request_id The number of the answer. NULL: not asked for.
/// @return #RTM_OK; INVALID_ARGUMENT for the list or one of the user ids; NOT_INITIALIZED. That nobody is logged in
///   comes as #RTM_QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_query_peers_online_status(
    service: *mut rtm_service,
    peer_ids: *const *const c_char,
    peer_count: usize,
    request_id: *mut i64,
) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes that many texts, and a place for the number or NULL.
        let (peers, number) = unsafe { (texts(peer_ids, peer_count, MAX_QUERY, "user id")?, optional_out(request_id)) };
        service.query_peers(&peers, |id| number.write(id))
    })
}

/// Reports the presence of these users from now on, by on_peers_online_status_changed: their present one soon, then
/// each change. The outcome comes as on_subscription_request_result. Subscriptions end with the session.
///
/// Any thread; returns at once.
///
/// @param service The service.
/// @param peer_ids The users; the texts are copied before return.
/// @param peer_count How many: 1 to 512; so many may be subscribed to in all.
/// @param[out] request_id The number of the outcome. NULL: not asked for.
/// @return #RTM_OK; INVALID_ARGUMENT for the list or one of the user ids; NOT_INITIALIZED. That nobody is logged in
///   comes as #RTM_PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_subscribe_peers_online_status(
    service: *mut rtm_service,
    peer_ids: *const *const c_char,
    peer_count: usize,
    request_id: *mut i64,
) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes that many texts, and a place for the number or NULL.
        let (peers, number) =
            unsafe { (texts(peer_ids, peer_count, MAX_SUBSCRIBED, "user id")?, optional_out(request_id)) };
        service.subscribe_peers(&peers, |id| number.write(id))
    })
}

/// No longer reports the presence of these users. The outcome comes as on_subscription_request_result.
///
/// Any thread; returns at once. A report under way may still come.
///
/// @param service The service.
/// @param peer_ids The users; the texts are copied before return. Those not subscribed to are passed over.
/// @param peer_count How many: 1 to 512.
/// @param[out] request_id The number of the outcome. NULL: not asked for.
/// @return #RTM_OK; INVALID_ARGUMENT for the list or one of the user ids; NOT_INITIALIZED. That nobody is logged in
///   comes as #RTM_PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_unsubscribe_peers_online_status(
    service: *mut rtm_service,
    peer_ids: *const *const c_char,
    peer_count: usize,
    request_id: *mut i64,
) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes that many texts, and a place for the number or NULL.
        let (peers, number) =
            unsafe { (texts(peer_ids, peer_count, MAX_SUBSCRIBED, "user id")?, optional_out(request_id)) };
        service.unsubscribe_peers(&peers, |id| number.write(id))
    })
}
