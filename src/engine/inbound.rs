//! What arrives from the network. Hostile: what is malformed, stray or beyond a bound is dropped, counted and reported.

use super::calls::Phase;
use super::memory::{Key, Outcome};
use super::message::{CallId, Envelope, Instance, Kind, Malformed, Message};
use super::peers::{PeerIx, Unseen};
use super::planted::Rule;
use super::sealed::read;
use super::slab::CallRef;
use super::upkeep::memory;
use super::user::UserId;
use super::{Bytes, Dropped, Engine, LocalEvent, Note, Output, Read, Session, SharedText, Windows, local, remote};
use crate::codes::EndReason as Reason;
use crate::codes::EndSide as Side;
use crate::time::Instant;

/// Where an invitation stands when a message for it arrives.
#[derive(Clone, Copy)]
enum Found {
    /// Open.
    Open(CallRef),
    /// Ended, the peer is still being told.
    Ending(CallRef, Outcome),
    /// Ended and remembered.
    Ended(Outcome),
    Unknown,
}

/// What an invite says, and what is noted of it.
struct Invite<'a> {
    content: &'a SharedText,
    channel: &'a SharedText,
    windows: Windows,
    read: Read,
}

impl Found {
    /// Its entry, unless that is gone.
    fn call(&self) -> Option<CallRef> {
        match self {
            Found::Open(call) | Found::Ending(call, _) => Some(*call),
            Found::Ended(_) | Found::Unknown => None,
        }
    }
}

impl Engine {
    /// One message from `from`, as the carrier authenticated it. What is due runs before it, but for an accept window
    /// (SPEC section 4). Its type, unless it was dropped unread.
    pub fn handle_message(&mut self, now: Instant, from: &str, bytes: &Bytes) -> Option<Kind> {
        self.handle_read(now, from, bytes.len(), read(bytes).as_deref())
    }

    /// The same for one that was read already.
    fn handle_read(
        &mut self,
        now: Instant,
        from: &str,
        bytes: usize,
        message: Result<&Envelope, &Malformed>,
    ) -> Option<Kind> {
        if self.config.planted.holds(Rule::TimerFirst) {
            self.run_timers(now, false);
        }
        self.stats.messages_received += 1;
        if matches!(self.session, Session::Out | Session::LoggingIn) {
            return self.reject(from, Dropped::LoggedOut);
        }
        let envelope = match message {
            Ok(envelope) => envelope,
            Err(Malformed::Shape) => return self.reject(from, Dropped::Malformed),
            Err(Malformed::Oversized) => return self.reject(from, Dropped::Oversized),
            Err(Malformed::Version) => return self.reject(from, Dropped::Version),
            Err(Malformed::Type) => return self.reject(from, Dropped::Type),
        };
        let peer = self.peers.find(from);
        let known = peer.map(|ix| self.peers.at(ix).user.clone());
        let Some(from) = known.or_else(|| UserId::new(from, "sender").ok()) else {
            return self.reject(from, Dropped::Sender);
        };
        let read = Read { kind: envelope.message.which(), bytes: bytes as u32, from: envelope.instance };
        let found = match &envelope.message {
            Message::Invite { .. } | Message::Confirm { .. } => self.find(Side::Callee, peer, envelope.id),
            Message::Received | Message::Accept { .. } => self.find(Side::Caller, peer, envelope.id),
            Message::End { side, .. } | Message::Ended { side } => self.find(other(*side), peer, envelope.id),
            Message::Text { .. } | Message::Raw { .. } | Message::Delivered { .. } => Found::Unknown,
        };
        if let Some(call) = found.call() {
            self.note(call, Note::Read(read));
        }
        self.handle(now, &from, envelope, found, read);
        Some(read.kind)
    }

    /// What arrived while there was no link, or in one piece after a suspend: an end in it beats an invite or accept of the
    /// same invitation, so ends are read first.
    pub fn handle_backlog<'a>(&mut self, now: Instant, backlog: impl Iterator<Item = (&'a str, &'a Bytes)>) {
        let sorted = self.config.planted.holds(Rule::EndsFirst);
        let mut others = Vec::new();
        for (from, bytes) in backlog {
            let message = read(bytes);
            let end = matches!(message.as_deref(), Ok(Envelope { message: Message::End { .. }, .. }));
            if sorted && end {
                self.handle_read(now, from, bytes.len(), message.as_deref());
            } else {
                others.push((from, bytes.len(), message));
            }
        }
        for (from, bytes, message) in others {
            self.handle_read(now, from, bytes, message.as_deref());
        }
    }

    fn handle(
        &mut self,
        now: Instant,
        from: &UserId,
        &Envelope { id, instance, ref message }: &Envelope,
        found: Found,
        read: Read,
    ) {
        match message {
            Message::Invite { content, channel, windows } => {
                let invite = Invite { content, channel, windows: *windows, read };
                self.on_invite(now, from, id, found, &invite);
            }
            Message::Received => self.on_received(now, from, id, found, instance),
            Message::Accept { response } => self.on_accept(now, from, id, found, instance, response),
            Message::Confirm { to } => self.on_confirm(now, from, found, *to),
            Message::End { side: Side::Caller, to, reason, .. } => {
                self.on_caller_end(now, from, id, found, *to, *reason);
            }
            Message::End { reason, response, .. } => {
                self.on_callee_end(now, found, instance, *reason, response);
                self.acknowledge_end(from, id, found.call(), Side::Caller);
            }
            Message::Ended { .. } => self.on_ended(from, found),
            Message::Text { number, text } => self.on_text(from, instance, *number, text),
            Message::Raw { number, data, text } => self.on_raw(from, instance, *number, data, text),
            Message::Delivered { number, to } => self.on_delivered(from, *number, *to),
        }
    }

    fn on_invite(&mut self, now: Instant, from: &UserId, id: CallId, found: Found, invite: &Invite<'_>) {
        let late = self.config.planted.holds(Rule::CalleeAnswersLate);
        match found {
            Found::Open(call) if !self.config.planted.holds(Rule::RingOnce) => {
                let key = self.call_mut(call).key;
                self.outputs.push_back(Output::Ring {
                    call,
                    id: key.id(),
                    caller: from.clone(),
                    content: invite.content.clone(),
                    channel: invite.channel.clone(),
                    read: invite.read,
                });
            }
            Found::Open(call) => match self.remote_state(call) {
                remote::State::AcceptSentToLocal => self.transmit(now, call),
                _ => self.reply(from.clone(), id, Some(call), Message::Received),
            },
            Found::Ending(..) | Found::Ended(_) if !late => self.reply(from.clone(), id, None, Message::Received),
            Found::Ending(call, _) => self.transmit(now, call),
            Found::Ended(Outcome { reason: Reason::Accepted, .. }) => {
                self.reply(from.clone(), id, None, Message::Accept { response: SharedText::default() });
            }
            Found::Ended(outcome) => self.reply(from.clone(), id, None, end(Side::Callee, None, outcome.reason)),
            Found::Unknown => match self.unseen(from, id) {
                Some(reason) => self.reply(from.clone(), id, None, end(Side::Callee, None, reason)),
                None => self.admit(now, from, id, invite),
            },
        }
    }

    /// A new invite: rings, unless a bound is reached.
    fn admit(&mut self, now: Instant, from: &UserId, id: CallId, invite: &Invite<'_>) {
        let ringing = self.peers.find(from.as_str()).map_or(0, |ix| self.peers.at(ix).ringing);
        if self.open_remote >= self.config.max_open || ringing >= self.config.max_open_per_peer {
            return self.drop_message(from.as_str(), Dropped::Limit);
        }
        let key = Key::new(Side::Callee, self.peers.acquire(from), id);
        let &Invite { content, channel, windows, read } = invite;
        let call = self.ring(now, key, content.clone(), channel.clone(), windows, read);
        self.reply(from.clone(), id, Some(call), Message::Received);
    }

    fn on_received(&mut self, now: Instant, from: &UserId, id: CallId, found: Found, instance: Instance) {
        match found {
            Found::Open(call) if self.arrived(call) => {
                if self.local_state(call) == local::State::SentToRemote {
                    self.local_input(now, call, local::Input::Received, None, "");
                    self.stop_inviting(now, call);
                } else if !self.config.planted.holds(Rule::ReceivedOnce) {
                    self.local_output(call, local::State::ReceivedByRemote, LocalEvent::ReceivedByPeer, None);
                }
            }
            Found::Ending(call, outcome) => self.answer_late(from, id, Some(call), instance, outcome),
            Found::Ended(outcome) => self.answer_late(from, id, None, instance, outcome),
            Found::Open(_) | Found::Unknown => self.drop_message(from.as_str(), Dropped::Stray),
        }
    }

    fn on_accept(&mut self, now: Instant, from: &UserId, id: CallId, found: Found, instance: Instance, response: &str) {
        match found {
            Found::Open(call) if self.arrived(call) => {
                self.local_input(now, call, local::Input::Accepted, Some(instance), response);
                self.reply(from.clone(), id, Some(call), Message::Confirm { to: instance });
            }
            Found::Ending(..) | Found::Ended(_) if !self.config.planted.holds(Rule::CallerDecides) => {
                self.reply(from.clone(), id, None, Message::Confirm { to: instance });
            }
            Found::Ending(call, outcome) => self.answer_late(from, id, Some(call), instance, outcome),
            Found::Ended(outcome) => self.answer_late(from, id, None, instance, outcome),
            Found::Open(_) | Found::Unknown => self.drop_message(from.as_str(), Dropped::Stray),
        }
    }

    /// An ended caller's answer to *received* and *accept*: the confirmation to the instance that it accepted, an end naming
    /// it to any other.
    fn answer_late(&mut self, from: &UserId, id: CallId, call: Option<CallRef>, instance: Instance, outcome: Outcome) {
        if !self.config.planted.holds(Rule::CallerAnswersLate) {
            return;
        }
        let reason = match outcome.reason {
            Reason::Accepted if outcome.instance == Some(instance) => {
                if self.config.planted.holds(Rule::ConfirmAgain) {
                    self.reply(from.clone(), id, call, Message::Confirm { to: instance });
                }
                return;
            }
            // An acceptance whose confirmation never came was an answer too.
            Reason::Accepted | Reason::AcceptUnconfirmed => Reason::AnsweredElsewhere,
            Reason::Refused => Reason::RefusedElsewhere,
            Reason::CallerLost => Reason::Expired,
            other => other,
        };
        let to = self.config.planted.holds(Rule::LateEndNamesInstance).then_some(instance);
        self.reply(from.clone(), id, call, end(Side::Caller, to, reason));
    }

    fn on_confirm(&mut self, now: Instant, from: &UserId, found: Found, to: Instance) {
        let call = match found {
            Found::Open(call) => call,
            // Its accept was repeated.
            Found::Ended(Outcome { reason: Reason::Accepted, .. }) => return,
            _ => return self.drop_message(from.as_str(), Dropped::Stray),
        };
        if to == self.instance || !self.config.planted.holds(Rule::ConfirmNamesInstance) {
            if remote::step(self.remote_state(call), remote::Input::Confirmed).is_none() {
                return self.drop_message(from.as_str(), Dropped::Stray);
            }
            self.remote_input(now, call, remote::Input::Confirmed, "");
        } else if self.config.planted.holds(Rule::AnsweredElsewhere) {
            self.remote_input(now, call, remote::Input::AnsweredElsewhere, "");
        }
    }

    fn on_caller_end(
        &mut self,
        now: Instant,
        from: &UserId,
        id: CallId,
        found: Found,
        to: Option<Instance>,
        reason: Reason,
    ) {
        let names_other = to.is_some_and(|to| to != self.instance);
        if names_other && self.config.planted.holds(Rule::EndNamesInstance) {
            return;
        }
        let reason = self.shown(reason);
        let call = found.call();
        match found {
            Found::Open(_) if !self.config.planted.holds(Rule::TakeEnd) => {}
            Found::Open(call) => self.remote_input(now, call, remote::told(reason), ""),
            Found::Ending(call, _) => self.crossed(call),
            Found::Ended(_) => {}
            Found::Unknown => self.remember_unseen(now, from, id, reason),
        }
        self.acknowledge_end(from, id, call, Side::Callee);
    }

    fn on_callee_end(&mut self, now: Instant, found: Found, instance: Instance, reason: Reason, response: &str) {
        let reason = self.shown(reason);
        match found {
            Found::Open(_) if !self.config.planted.holds(Rule::TakeEnd) => {}
            Found::Open(call) if self.arrived(call) => {
                self.local_input(now, call, local::told(reason), Some(instance), response);
            }
            Found::Ending(call, _) => self.crossed(call),
            Found::Open(_) | Found::Ended(_) | Found::Unknown => {}
        }
    }

    fn on_ended(&mut self, from: &UserId, found: Found) {
        match found {
            Found::Ending(call, _) => self.end_acknowledged(call),
            // It acknowledges a repetition, or an end that answered a late message.
            Found::Ended(_) => {}
            Found::Open(_) | Found::Unknown => self.drop_message(from.as_str(), Dropped::Stray),
        }
    }

    /// Two ends crossed: each side keeps its own, and both know.
    fn crossed(&mut self, call: CallRef) {
        if !self.config.planted.holds(Rule::EndOnce) {
            self.end_again(call);
        }
        self.end_acknowledged(call);
    }

    /// The reason of an end message, as far as the table of ends holds.
    fn shown(&self, reason: Reason) -> Reason {
        if self.config.planted.holds(Rule::EndShows) { reason } else { Reason::Error }
    }

    fn acknowledge_end(&mut self, from: &UserId, id: CallId, call: Option<CallRef>, own: Side) {
        if self.config.planted.holds(Rule::AcknowledgeEnd) {
            self.reply(from.clone(), id, call, Message::Ended { side: own });
        }
    }

    fn remember_unseen(&mut self, now: Instant, from: &UserId, id: CallId, reason: Reason) {
        if !self.config.planted.holds(Rule::RememberUnseen) || self.unseen(from, id).is_some() {
            return;
        }
        let unseen = Unseen { id, reason, forget: now + memory(self.config.windows) };
        if !self.peers.remember_unseen(from, unseen, self.config.max_remembered) {
            self.stats.evicted += 1;
        }
        self.forget(now);
    }

    /// The reason of an end from `from` that overtook its invite.
    fn unseen(&self, from: &UserId, id: CallId) -> Option<Reason> {
        let peer = self.peers.at(self.peers.find(from.as_str())?);
        peer.unseen.iter().find(|unseen| unseen.id == id).map(|unseen| unseen.reason)
    }

    /// The invitation `id` between us, being `side`, and `peer`.
    fn find(&self, side: Side, peer: Option<PeerIx>, id: CallId) -> Found {
        let peer = match self.config.planted.holds(Rule::OtherPartyOnly) {
            true => peer,
            false => self.index.keys().find(|key| key.side == side && key.id() == id).map(|key| key.peer),
        };
        let Some(peer) = peer else {
            return Found::Unknown;
        };
        let key = Key::new(side, peer, id);
        match self.index.get(&key).map(|call| (*call, self.calls.get(*call).map(|call| &call.phase))) {
            Some((call, Some(Phase::Ending(outcome)))) => Found::Ending(call, *outcome),
            Some((call, _)) => Found::Open(call),
            None => self.memory.get(&key).map_or(Found::Unknown, Found::Ended),
        }
    }

    /// Whether the invite of `call` was ever handed to a carrier: before that nobody can know its id.
    fn arrived(&self, call: CallRef) -> bool {
        matches!(self.calls.get(call).map(|call| &call.phase), Some(Phase::Local { left: true, .. }))
    }

    fn reject(&mut self, from: &str, why: Dropped) -> Option<Kind> {
        self.drop_message(from, why);
        None
    }

    pub(super) fn drop_message(&mut self, from: &str, why: Dropped) {
        match why {
            Dropped::Malformed | Dropped::Oversized | Dropped::Version | Dropped::Type | Dropped::Sender => {
                self.stats.dropped_malformed += 1;
            }
            Dropped::Stray | Dropped::LoggedOut => self.stats.dropped_stray += 1,
            Dropped::Limit => self.stats.dropped_limit += 1,
        }
        self.outputs.push_back(Output::Dropped { from: from.into(), why });
    }
}

/// The other side.
fn other(side: Side) -> Side {
    if side == Side::Caller { Side::Callee } else { Side::Caller }
}

/// An end message of ours that answers a late one.
fn end(side: Side, to: Option<Instance>, reason: Reason) -> Message {
    Message::End { side, to, reason, response: SharedText::default() }
}
