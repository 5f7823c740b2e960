//! What the application is told: one variant for each callback, and the handlers that receive them.

use std::sync::Arc;

use super::invitation::{LocalInvitation, Recorded, RemoteInvitation};
use super::ladder::Callback;
use super::log::Level;
use super::peers::Message;
use crate::codes::{
    ConnectionChangeReason, ConnectionState, LocalInvitationErr, LoginErr, LogoutErr, PeerMessageErr,
    PeerSubscriptionStatusErr, QueryPeersOnlineStatusErr, RemoteInvitationErr, RenewTokenErr,
};
use crate::engine::SharedText;
use crate::transport::Presence;

/// A callback to be delivered. Owns what it needs: it outlives the state that caused it.
#[derive(Clone, Debug)]
pub enum Event {
    /// For the service's handlers.
    Service(ServiceEvent),
    /// For the call manager's handler.
    Call(CallEvent),
}

/// The callbacks of `IRtmServiceEventHandler`.
#[derive(Clone, Debug)]
pub enum ServiceEvent {
    /// `onLoginSuccess`
    LoginSuccess,
    /// `onLoginFailure`
    LoginFailure(LoginErr),
    /// `onLogout`
    Logout(LogoutErr),
    /// `onRenewTokenResult`
    RenewToken(Arc<str>, RenewTokenErr),
    /// `onTokenExpired`
    TokenExpired,
    /// `onConnectionStateChanged`
    ConnectionState(ConnectionState, ConnectionChangeReason),
    /// `onSendMessageResult`
    SendMessage(i64, PeerMessageErr),
    /// `onMessageReceivedFromPeer`
    MessageReceived(Arc<str>, Arc<Message>),
    /// `onQueryPeersOnlineStatusResult`
    Query(i64, Vec<(Arc<str>, Presence)>, QueryPeersOnlineStatusErr),
    /// `onSubscriptionRequestResult`
    Subscription(i64, PeerSubscriptionStatusErr),
    /// `onPeersOnlineStatusChanged`
    PeersStatus(Vec<(Arc<str>, Presence)>),
    /// A line of the log, for a log handler.
    Log(Level, Arc<str>),
}

/// The ten callbacks of `IRtmCallEventHandler`.
#[derive(Clone, Debug)]
pub enum CallEvent {
    /// `onLocalInvitationReceivedByPeer`
    LocalReceivedByPeer(Arc<LocalInvitation>),
    /// `onLocalInvitationAccepted`
    LocalAccepted(Arc<LocalInvitation>, SharedText),
    /// `onLocalInvitationRefused`
    LocalRefused(Arc<LocalInvitation>, SharedText),
    /// `onLocalInvitationCanceled`
    LocalCanceled(Arc<LocalInvitation>),
    /// `onLocalInvitationFailure`
    LocalFailure(Arc<LocalInvitation>, LocalInvitationErr),
    /// `onRemoteInvitationReceived`
    RemoteReceived(Arc<RemoteInvitation>),
    /// `onRemoteInvitationAccepted`
    RemoteAccepted(Arc<RemoteInvitation>),
    /// `onRemoteInvitationRefused`
    RemoteRefused(Arc<RemoteInvitation>),
    /// `onRemoteInvitationCanceled`
    RemoteCanceled(Arc<RemoteInvitation>),
    /// `onRemoteInvitationFailure`
    RemoteFailure(Arc<RemoteInvitation>, RemoteInvitationErr),
}

impl Event {
    /// Called once for every event, after its callback returned or when it is dropped undelivered: a terminal event ends
    /// the library's hold on the handle of its invitation (SPEC section 6).
    pub fn settle(&self) {
        if let Event::Call(event) = self {
            let (invitation, callback) = event.about();
            invitation.common().returned(callback);
            if !matches!(callback, Callback::Received | Callback::ReceivedByPeer) {
                invitation.settle();
            }
        }
    }
}

impl CallEvent {
    /// The invitation, and which callback it is.
    pub(super) fn about(&self) -> (&dyn Recorded, Callback) {
        use CallEvent::*;
        match self {
            LocalReceivedByPeer(local) => (&**local, Callback::ReceivedByPeer),
            LocalAccepted(local, _) => (&**local, Callback::Accepted),
            LocalRefused(local, _) => (&**local, Callback::Refused),
            LocalCanceled(local) => (&**local, Callback::Canceled),
            LocalFailure(local, _) => (&**local, Callback::Failure),
            RemoteReceived(remote) => (&**remote, Callback::Received),
            RemoteAccepted(remote) => (&**remote, Callback::Accepted),
            RemoteRefused(remote) => (&**remote, Callback::Refused),
            RemoteCanceled(remote) => (&**remote, Callback::Canceled),
            RemoteFailure(remote, _) => (&**remote, Callback::Failure),
        }
    }
}

/// Receives the callbacks of a service, one at a time, in order, with no library lock held. Dropped after its last
/// callback ended.
pub trait ServiceHandler: Send + Sync {
    /// One callback.
    fn on_event(&self, event: &ServiceEvent);
}

/// Receives the callbacks of a call manager, under the same promises.
pub trait CallHandler: Send + Sync {
    /// One callback.
    fn on_event(&self, event: &CallEvent);
}
