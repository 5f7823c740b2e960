//! The life of a handler's context, and the way from an event to its callback.

use std::ffi::{CString, c_void};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::arguments::Versioned;
use super::border::c_text;
use super::events::{rtm_call_event_handler, rtm_peer_online_status, rtm_service_event_handler};
use super::handles::{rtm_local_call_invitation, rtm_message, rtm_remote_call_invitation};
use super::log::rtm_log_handler;
use crate::error::Error;
use crate::service::delivery::enter_callback;
use crate::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use crate::service::peers::MESSAGES;
use crate::transport::Presence;

/// A handler struct of the header.
pub(super) trait Callbacks: Versioned {
    /// Its context, and what ends the life of that.
    fn context(&self) -> (*mut c_void, Option<unsafe extern "C" fn(context: *mut c_void)>);
}

/// Hands a handler over with `accept`. If that succeeds, `drop(context)` runs once, after the last callback; if not,
/// never.
pub(super) fn register<S: Callbacks>(
    callbacks: S,
    accept: impl FnOnce(Arc<Bound<S>>) -> Result<(), Error>,
) -> Result<(), Error> {
    // Held here until the outcome is known: it must not be dropped before that.
    let handler = Arc::new(Bound { callbacks, accepted: AtomicBool::new(false) });
    accept(handler.clone())?;
    handler.accepted.store(true, Ordering::Release);
    Ok(())
}

/// The library's copy of a handler struct.
pub(super) struct Bound<S: Callbacks> {
    pub(super) callbacks: S,
    accepted: AtomicBool,
}

// SAFETY: the header says on which threads callbacks and context are used, and which are called at the same time.
unsafe impl<S: Callbacks> Send for Bound<S> {}
// SAFETY: likewise.
unsafe impl<S: Callbacks> Sync for Bound<S> {}

impl<S: Callbacks> Drop for Bound<S> {
    fn drop(&mut self) {
        if let (context, Some(drop)) = self.callbacks.context()
            && *self.accepted.get_mut()
        {
            let _inside = enter_callback();
            // SAFETY: the application gave this function for this context, and this is the one time.
            unsafe { drop(context) }
        }
    }
}

impl ServiceHandler for Bound<rtm_service_event_handler> {
    fn on_event(&self, event: &ServiceEvent) {
        use ServiceEvent::*;
        let (on, context) = (&self.callbacks, self.callbacks.context);
        // SAFETY: the application gave these functions for this context; what they get is valid until they return.
        unsafe {
            match event {
                LoginSuccess => {
                    if let Some(call) = on.on_login_success {
                        call(context);
                    }
                }
                LoginFailure(error) => {
                    if let Some(call) = on.on_login_failure {
                        call(context, *error);
                    }
                }
                Logout(error) => {
                    if let Some(call) = on.on_logout {
                        call(context, *error);
                    }
                }
                RenewToken(token, error) => {
                    if let Some(call) = on.on_renew_token_result {
                        call(context, c_text(token).as_ptr(), *error);
                    }
                }
                TokenExpired => {
                    if let Some(call) = on.on_token_expired {
                        call(context);
                    }
                }
                ConnectionState(state, reason) => {
                    if let Some(call) = on.on_connection_state_changed {
                        call(context, *state, *reason);
                    }
                }
                SendMessage(number, error) => {
                    if let Some(call) = on.on_send_message_result {
                        call(context, *number, *error);
                    }
                }
                MessageReceived(peer, message) => {
                    if let Some(call) = on.on_message_received_from_peer {
                        let handle = MESSAGES.insert(message.clone());
                        call(context, c_text(peer).as_ptr(), rtm_message::of(handle));
                        MESSAGES.remove(handle);
                    }
                }
                Query(number, peers, error) => {
                    if let Some(call) = on.on_query_peers_online_status_result {
                        let peers = PeerList::new(peers);
                        call(context, *number, peers.list.as_ptr(), peers.list.len(), *error);
                    }
                }
                Subscription(number, error) => {
                    if let Some(call) = on.on_subscription_request_result {
                        call(context, *number, *error);
                    }
                }
                PeersStatus(peers) => {
                    if let Some(call) = on.on_peers_online_status_changed {
                        let peers = PeerList::new(peers);
                        call(context, peers.list.as_ptr(), peers.list.len());
                    }
                }
                Log(..) => {}
            }
        }
    }
}

impl ServiceHandler for Bound<rtm_log_handler> {
    fn on_event(&self, event: &ServiceEvent) {
        if let ServiceEvent::Log(level, line) = event
            && let Some(call) = self.callbacks.on_log
        {
            // SAFETY: the application gave this function for this context; the line is valid until it returns.
            unsafe { call(self.callbacks.context, *level, c_text(line).as_ptr()) }
        }
    }
}

impl CallHandler for Bound<rtm_call_event_handler> {
    fn on_event(&self, event: &CallEvent) {
        use CallEvent::*;
        let (on, context) = (&self.callbacks, self.callbacks.context);
        // SAFETY: the application gave these functions for this context; what they get is valid until they return.
        unsafe {
            match event {
                LocalReceivedByPeer(local) => {
                    if let Some(call) = on.on_local_invitation_received_by_peer {
                        call(context, rtm_local_call_invitation::of(local.handle()));
                    }
                }
                LocalAccepted(local, response) => {
                    if let Some(call) = on.on_local_invitation_accepted {
                        call(context, rtm_local_call_invitation::of(local.handle()), response.as_c_ptr().cast());
                    }
                }
                LocalRefused(local, response) => {
                    if let Some(call) = on.on_local_invitation_refused {
                        call(context, rtm_local_call_invitation::of(local.handle()), response.as_c_ptr().cast());
                    }
                }
                LocalCanceled(local) => {
                    if let Some(call) = on.on_local_invitation_canceled {
                        call(context, rtm_local_call_invitation::of(local.handle()));
                    }
                }
                LocalFailure(local, error) => {
                    if let Some(call) = on.on_local_invitation_failure {
                        call(context, rtm_local_call_invitation::of(local.handle()), *error);
                    }
                }
                RemoteReceived(remote) => {
                    if let Some(call) = on.on_remote_invitation_received {
                        call(context, rtm_remote_call_invitation::of(remote.handle()));
                    }
                }
                RemoteAccepted(remote) => {
                    if let Some(call) = on.on_remote_invitation_accepted {
                        call(context, rtm_remote_call_invitation::of(remote.handle()));
                    }
                }
                RemoteRefused(remote) => {
                    if let Some(call) = on.on_remote_invitation_refused {
                        call(context, rtm_remote_call_invitation::of(remote.handle()));
                    }
                }
                RemoteCanceled(remote) => {
                    if let Some(call) = on.on_remote_invitation_canceled {
                        call(context, rtm_remote_call_invitation::of(remote.handle()));
                    }
                }
                RemoteFailure(remote, error) => {
                    if let Some(call) = on.on_remote_invitation_failure {
                        call(context, rtm_remote_call_invitation::of(remote.handle()), *error);
                    }
                }
            }
        }
    }
}

/// A list of presences as C sees it.
struct PeerList {
    list: Vec<rtm_peer_online_status>,
    _ids: Vec<CString>,
}

impl PeerList {
    fn new(peers: &[(Arc<str>, Presence)]) -> PeerList {
        let ids: Vec<CString> = peers.iter().map(|(peer, _)| c_text(peer)).collect();
        let list = ids
            .iter()
            .zip(peers)
            .map(|(id, (_, state))| rtm_peer_online_status { peer_id: id.as_ptr(), state: *state });
        PeerList { list: list.collect(), _ids: ids }
    }
}
