//! What goes in and out of an engine, apart from time and bytes.

use std::sync::Arc;
use std::time::Duration;

use super::message::CallId;
use super::slab::CallRef;
use super::user::UserId;
use super::{Bytes, Windows, local, remote};
use crate::codes::{EndReason, EndSide, LocalInvitationErr, PeerMessageErr, RemoteInvitationErr};

/// What an invite carries: a snapshot taken at `send`.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    pub callee: &'a str,
    pub content: &'a str,
    pub channel: &'a str,
    pub windows: Windows,
}

/// What a peer message carries.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Body {
    Text(Arc<str>),
    Raw { data: Arc<[u8]>, text: Arc<str> },
}

/// What the engine wants done, in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Output {
    /// Hand this to the carrier.
    Send { to: UserId, bytes: Bytes, expires_after: Duration },
    /// A local invitation changed.
    Local { call: CallRef, state: local::State, event: LocalEvent, end: Option<End> },
    /// An invitation arrived.
    Ring { call: CallRef, id: CallId, caller: UserId, content: Arc<str>, channel: Arc<str> },
    /// A remote invitation changed.
    Remote { call: CallRef, state: remote::State, event: RemoteEvent, end: End },
    /// Watch this user's presence from now on, or no longer.
    Watch { user: UserId, on: bool },
    /// A peer message arrived.
    Message { from: UserId, body: Body },
    /// What became of a peer message, by the number that `post` returned.
    Posted { number: u64, result: PeerMessageErr },
    /// Bytes from the network were dropped.
    Dropped { from: Arc<str>, why: Dropped },
}

/// Why an invitation ended and who decided it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct End {
    pub reason: EndReason,
    pub by: EndSide,
}

/// The callback of a local invitation.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum LocalEvent {
    ReceivedByPeer,
    Accepted(Arc<str>),
    Refused(Arc<str>),
    Canceled,
    Failure(LocalInvitationErr),
}

/// The callback of a remote invitation after its receipt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RemoteEvent {
    Accepted,
    Refused,
    Canceled,
    Failure(RemoteInvitationErr),
}

/// Why bytes from the network were dropped.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Dropped {
    /// No message of the protocol.
    Malformed,
    /// Longer than any message.
    Oversized,
    /// Another major version.
    Version,
    /// A type of message that this version does not know.
    Type,
    /// A sender that is no valid user id.
    Sender,
    /// A message of an invitation that is not known, or not in a state for it.
    Stray,
    /// An invite beyond a bound.
    Limit,
    /// Nobody is logged in.
    LoggedOut,
}
