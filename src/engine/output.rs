//! What goes in and out of an engine, apart from time and bytes.

use std::sync::Arc;
use std::time::Duration;

use super::message::{CallId, Instance, Kind};
use super::slab::CallRef;
use super::user::UserId;
use super::{Bytes, SharedText, Windows, local, remote};
use crate::codes::{EndReason, EndSide, LocalInvitationErr, PeerMessageErr, PeerOnlineState, RemoteInvitationErr};

/// What an invite carries: a snapshot taken at `send`.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    pub callee: &'a str,
    pub content: SharedText,
    pub channel: SharedText,
    pub windows: Windows,
}

/// What a peer message carries.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Body {
    Text(SharedText),
    Raw { data: Arc<[u8]>, text: SharedText },
}

/// What the engine wants done, in order.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Output {
    /// Hand this to the carrier; `about`: the invitation that it concerns, if that is open or its end is being told.
    Send { to: UserId, bytes: Bytes, expires_after: Duration, about: Option<About> },
    /// A local invitation changed.
    Local { call: CallRef, state: local::State, event: LocalEvent, end: Option<End> },
    /// An invitation arrived.
    Ring { call: CallRef, id: CallId, caller: UserId, content: SharedText, channel: SharedText, read: Read },
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
    /// Something to write down about an invitation, if [`Config::notes`](super::Config::notes) wants it. Nothing has to be done.
    Note { call: CallRef, note: Note },
}

/// Which invitation a message concerns, and its type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct About {
    pub call: CallRef,
    pub kind: Kind,
}

/// A message of the peer's: its type, its size, and the instance that sent it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Read {
    pub kind: Kind,
    pub bytes: u32,
    pub from: Instance,
}

/// What happened to an invitation beside what [`Output`] tells already.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Note {
    /// A message of the peer's was read; the invite itself comes with [`Output::Ring`].
    Read(Read),
    /// A window closed; what was known of the peer's presence then.
    Closed(Window, Option<PeerOnlineState>),
    /// The carrier reported the peer's presence.
    Presence(PeerOnlineState),
    /// The own link came up, or broke.
    Link(bool),
    /// It has ended and the peer need not be told any more: no note follows.
    Over,
}

/// What can run out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Window {
    /// For the acknowledgement of the callee's library.
    Acknowledge,
    /// For the answer, at the callee.
    Ring,
    /// For the answer of a callee that fell silent, at the caller.
    Silence,
    /// For the caller's confirmation.
    Accept,
    /// For the peer to acknowledge the end.
    Telling,
}

/// Why an invitation ended, who decided it, and by which row of a table.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct End {
    pub reason: EndReason,
    pub by: EndSide,
    /// None in an object that has not ended.
    pub rule: Option<EndRule>,
}

/// A row of [`local::TABLE`] or [`remote::TABLE`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EndRule {
    Local(local::Input),
    Remote(remote::Input),
}

impl EndRule {
    /// The name of the rule; stable.
    pub fn name(self) -> &'static str {
        match self {
            EndRule::Local(input) => input.name(),
            EndRule::Remote(input) => input.name(),
        }
    }

    /// The name in C of the code of the failure that it brings about, if it does.
    pub fn code(self) -> Option<&'static str> {
        match self {
            EndRule::Local(input) => {
                let row = &local::TABLE[input as usize];
                (row.to == local::State::Failure).then(|| row.code.name())
            }
            EndRule::Remote(input) => {
                let row = &remote::TABLE[input as usize];
                (row.to == remote::State::Failure).then(|| row.code.name())
            }
        }
    }

    /// What the rule says, in one line.
    pub fn sentence(self) -> &'static str {
        match self {
            EndRule::Local(input) => input.sentence(),
            EndRule::Remote(input) => input.sentence(),
        }
    }
}

/// The callback of a local invitation.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum LocalEvent {
    ReceivedByPeer,
    Accepted(SharedText),
    Refused(SharedText),
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
