//! Peer messages: sent until acknowledged, delivered once.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::message::{CallId, Instance, MAX_WIRE, Message};
use super::peers::PeerIx;
use super::timers::Due;
use super::upkeep::jitter;
use super::user::{MAX_MESSAGE, UserId, check_text};
use super::{Body, Bytes, Dropped, Engine, Output, Session, SharedText};
use crate::codes::PeerMessageErr as Result_;
use crate::codes::PeerOnlineState as Presence;
use crate::error::Error;
use crate::time::Instant;

/// How long a peer message waits for its acknowledgement; the original's 10 s.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Peer messages under way at once.
const MAX_PENDING: usize = 100_000;
/// Peer messages remembered as delivered, so that a repetition is not delivered again.
const MAX_SEEN: usize = 4_096;

/// Peer messages on their way, and those that arrived lately.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Post {
    last: u64,
    pending: BTreeMap<u64, Pending>,
    seen: BTreeSet<(UserId, Instance, u64)>,
    seen_order: VecDeque<(UserId, Instance, u64)>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Pending {
    peer: PeerIx,
    bytes: Bytes,
    closes: Instant,
    resend: Instant,
    resent: u8,
    timer: Instant,
}

impl Post {
    /// Another user logs in: what was seen was not for it.
    pub fn forget_seen(&mut self) {
        self.seen.clear();
        self.seen_order.clear();
    }

    /// Whether this message is new; it is remembered.
    fn note(&mut self, seen: (UserId, Instance, u64)) -> bool {
        if !self.seen.insert(seen.clone()) {
            return false;
        }
        self.seen_order.push_back(seen);
        if self.seen_order.len() > MAX_SEEN {
            let oldest = self.seen_order.pop_front().expect("it was just filled");
            self.seen.remove(&oldest);
        }
        true
    }
}

impl Engine {
    /// Sends a peer message; its number comes back in [`Output::Posted`].
    pub fn post(&mut self, now: Instant, to: &str, body: &Body) -> Result<u64, Error> {
        let to = UserId::new(to, "peer id")?;
        let number = self.post.last + 1;
        let message = match body {
            Body::Text(text) => {
                check_text(text, MAX_MESSAGE, "message")?;
                Message::Text { number, text: text.clone() }
            }
            Body::Raw { data, text } => {
                if data.len() > MAX_MESSAGE {
                    let len = data.len();
                    return Err(Error::InvalidArgument(format!(
                        "the message is {len} bytes, the limit is {MAX_MESSAGE}"
                    )));
                }
                check_text(text, MAX_MESSAGE, "message's description")?;
                Message::Raw { number, data: data.clone(), text: text.clone() }
            }
        };
        if matches!(self.session, Session::Out | Session::LoggingIn) {
            return Err(Error::NotLoggedIn);
        }
        if self.post.pending.len() >= MAX_PENDING {
            return Err(Error::LimitReached(format!("{MAX_PENDING} peer messages are under way, which is the bound")));
        }
        let bytes = self.seal(CallId(0), message);
        if bytes.len() > MAX_WIRE {
            let len = bytes.len();
            return Err(Error::InvalidArgument(format!(
                "the message is {len} bytes with escapes, the limit is {MAX_WIRE}"
            )));
        }
        let peer = self.peers.acquire(&to);
        let pending =
            Pending { peer, bytes, closes: now + TIMEOUT, resend: Instant::NEVER, resent: 0, timer: Instant::NEVER };
        self.post.last = number;
        self.post.pending.insert(number, pending);
        self.post_transmit(now, number);
        Ok(number)
    }

    /// The link is up again.
    pub(super) fn post_up(&mut self, now: Instant) {
        for number in self.post.pending.keys().copied().collect::<Vec<_>>() {
            self.post_transmit(now, number);
        }
    }

    pub(super) fn post_due(&mut self, now: Instant, number: u64) {
        let Some(pending) = self.post.pending.get_mut(&number) else {
            return;
        };
        pending.timer = Instant::NEVER;
        if pending.closes <= now {
            return self.posted(number, Result_::SentTimeout);
        }
        pending.resent = pending.resent.saturating_add(1);
        let peer = pending.peer;
        self.stats.messages_resent += u64::from(self.session == Session::Up);
        self.post_transmit(now, number);
        if self.watch_peer(peer, Due::Post(number)) == Some(Presence::Offline) {
            self.post_unreachable(number);
        }
    }

    pub(super) fn post_unreachable(&mut self, number: u64) {
        self.posted(number, Result_::PeerUnreachable);
    }

    pub(super) fn post_fail_all(&mut self) {
        for number in self.post.pending.keys().copied().collect::<Vec<_>>() {
            self.posted(number, Result_::UserNotLoggedIn);
        }
    }

    pub(super) fn on_text(&mut self, from: &UserId, instance: Instance, number: u64, text: &SharedText) {
        self.on_message(from, instance, number, || Body::Text(text.clone()));
    }

    pub(super) fn on_raw(
        &mut self,
        from: &UserId,
        instance: Instance,
        number: u64,
        data: &Arc<[u8]>,
        text: &SharedText,
    ) {
        self.on_message(from, instance, number, || Body::Raw { data: data.clone(), text: text.clone() });
    }

    pub(super) fn on_delivered(&mut self, from: &UserId, number: u64, to: Instance) {
        match self.post.pending.get(&number) {
            // Another instance of this user counts from 1 too.
            Some(pending) if to == self.instance && self.peers.at(pending.peer).user == *from => {
                self.posted(number, Result_::Ok);
            }
            _ => self.drop_message(from.as_str(), Dropped::Stray),
        }
    }

    fn on_message(&mut self, from: &UserId, instance: Instance, number: u64, body: impl FnOnce() -> Body) {
        self.reply(from.clone(), CallId(0), None, Message::Delivered { number, to: instance });
        if self.post.note((from.clone(), instance, number)) {
            self.outputs.push_back(Output::Message { from: from.clone(), body: body() });
        }
    }

    pub(super) fn post_transmit(&mut self, now: Instant, number: u64) {
        let (first, max) = (self.config.resend_first, self.config.resend_max);
        let up = self.session == Session::Up;
        let Some(pending) = self.post.pending.get_mut(&number) else {
            return;
        };
        let pause = first.saturating_mul(1 << pending.resent.min(16)).min(max);
        pending.resend = if up { now + jitter(pause, CallId(number.into()), pending.resent) } else { Instant::NEVER };
        let at = pending.closes.min(pending.resend);
        self.timers.set(Due::Post(number), &mut pending.timer, at);
        let (bytes, left) = (pending.bytes.clone(), pending.closes.since(now));
        let to = self.peers.at(pending.peer).user.clone();
        self.push_send(to, bytes, left, None);
    }

    /// What became of a message.
    fn posted(&mut self, number: u64, result: Result_) {
        let Some(mut pending) = self.post.pending.remove(&number) else {
            return;
        };
        self.timers.set(Due::Post(number), &mut pending.timer, Instant::NEVER);
        self.unwatch_peer(pending.peer, Due::Post(number));
        self.peers.release(pending.peer);
        self.outputs.push_back(Output::Posted { number, result });
    }
}
