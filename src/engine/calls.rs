//! One invitation: its verbs, its states, its end.

use std::time::Duration;

use super::memory::{Key, Outcome};
use super::message::{CallId, Instance, Kind, Message};
use super::planted::Rule;
use super::slab::CallRef;
use super::timers::Due;
use super::upkeep::{memory, millis};
use super::user::{MAX_CHANNEL_ID, MAX_CONTENT, UserId, check_text};
use super::{Bytes, End, EndRule, Engine, LocalEvent, Note, Offer, Output, Read, RemoteEvent, Session};
use super::{SharedText, Windows, local, remote};
use crate::codes::EndReason as Reason;
use crate::codes::EndSide as Side;
use crate::error::Error;
use crate::time::Instant;

/// An invitation that is open, or that has ended and whose end is not acknowledged yet.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Call {
    pub key: Key,
    pub phase: Phase,
    pub windows: Windows,
    /// How long it is remembered once it has ended: what the windows in its invite say, on both sides.
    pub kept: Duration,
    /// When the running window closes; of an ended one, when it is forgotten.
    pub closes: Instant,
    /// What is re-sent: the invite, the accept or the end.
    pub unacked: Option<Bytes>,
    /// When, and how often that was done.
    pub resend: Instant,
    pub resent: u8,
    /// What is set in the timers.
    pub timer: Instant,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Phase {
    /// The caller's side; `left`: the invite was handed to a carrier.
    Local { state: local::State, left: bool },
    /// The callee's side; `limit`: when an unconfirmed acceptance is given up in any case.
    Remote { state: remote::State, limit: Instant },
    /// Ended, the peer is being told.
    Ending(Outcome),
}

impl Call {
    /// Whether only the peer is still being told.
    pub fn has_ended(&self) -> bool {
        matches!(self.phase, Phase::Ending(_))
    }

    /// The type of what is re-sent.
    pub fn unacked_kind(&self) -> Kind {
        match self.phase {
            Phase::Local { .. } => Kind::Invite,
            Phase::Remote { .. } => Kind::Accept,
            Phase::Ending(_) => Kind::End,
        }
    }
}

impl Engine {
    /// Sends an invitation with this new id. Out of bounds: an error, and nothing has happened.
    pub fn send(&mut self, now: Instant, id: CallId, offer: Offer<'_>) -> Result<CallRef, Error> {
        // First: who is over the bound sends most, and is to cost least.
        if self.open_local >= self.config.max_open {
            let bound = self.config.max_open;
            return Err(Error::LimitReached(format!("{bound} invitations are open, which is the configured bound")));
        }
        let callee = match self.peers.find(offer.callee) {
            Some(known) => self.peers.at(known).user.clone(),
            None => UserId::new(offer.callee, "callee id")?,
        };
        check_text(&offer.content, MAX_CONTENT, "content")?;
        check_text(&offer.channel, MAX_CHANNEL_ID, "channel id")?;
        check_window(offer.windows.acknowledge_ms, "acknowledge window")?;
        check_window(offer.windows.ring_ms, "ring window")?;
        check_window(offer.windows.accept_ms, "accept window")?;
        let Offer { content, channel, windows, .. } = offer;
        let message = Message::Invite { content, channel, windows };
        let invite = self.seal(id, message);
        let key = Key::new(Side::Caller, self.peers.acquire(&callee), id);
        let call = self.open(key, Phase::Local { state: local::State::Idle, left: false }, windows, memory(windows));
        self.open_local += 1;
        self.stats.invitations_sent += 1;
        self.call_mut(call).unacked = Some(invite);
        if self.session == Session::Out {
            self.local_input(now, call, local::Input::NotLoggedIn, None, "");
            return Ok(call);
        }
        self.local_input(now, call, local::Input::Send, None, "");
        if self.session != Session::LoggingIn {
            self.start_acknowledge_window(now, call);
        }
        Ok(call)
    }

    /// Cancels a local invitation.
    pub fn cancel(&mut self, now: Instant, call: CallRef) -> Result<(), Error> {
        local::answer(local::Verb::Cancel, self.local_state(call))?;
        self.local_input(now, call, local::Input::Cancel, None, "");
        Ok(())
    }

    /// Accepts a remote invitation; `accept_ms` is the window for the caller's confirmation.
    pub fn accept(&mut self, now: Instant, call: CallRef, response: &str, accept_ms: u32) -> Result<(), Error> {
        remote::answer(remote::Verb::Accept, self.remote_state(call))?;
        check_text(response, MAX_CONTENT, "response")?;
        check_window(accept_ms, "accept window")?;
        let id = self.call_mut(call).key.id();
        let accept = self.seal(id, Message::Accept { response: response.into() });
        let up = self.session == Session::Up;
        let entry = self.call_mut(call);
        entry.unacked = Some(accept);
        entry.windows.accept_ms = accept_ms;
        let limit = now + millis(entry.windows.ring_ms);
        entry.closes = if up { limit.min(now + millis(accept_ms)) } else { limit };
        entry.phase = Phase::Remote { state: remote::State::AcceptSentToLocal, limit };
        self.transmit(now, call);
        if !self.config.planted.holds(Rule::ThreeWay) {
            self.remote_input(now, call, remote::Input::Confirmed, "");
        }
        Ok(())
    }

    /// Refuses a remote invitation.
    pub fn refuse(&mut self, now: Instant, call: CallRef, response: &str) -> Result<(), Error> {
        remote::answer(remote::Verb::Refuse, self.remote_state(call))?;
        check_text(response, MAX_CONTENT, "response")?;
        self.remote_input(now, call, remote::Input::Refuse, response);
        Ok(())
    }

    /// A new invitation from `caller` rings.
    pub(super) fn ring(
        &mut self,
        now: Instant,
        key: Key,
        content: SharedText,
        channel: SharedText,
        mut windows: Windows,
        read: Read,
    ) -> CallRef {
        let caller = self.peers.at(key.peer).user.clone();
        let own = self.config.windows;
        let kept = memory(windows);
        if self.config.planted.holds(Rule::SmallerRing) {
            windows.ring_ms = windows.ring_ms.min(own.ring_ms);
        }
        let phase = Phase::Remote { state: remote::State::InvitationReceived, limit: Instant::NEVER };
        let call = self.open(key, phase, windows, kept);
        self.open_remote += 1;
        self.peers.at_mut(key.peer).ringing += 1;
        self.stats.invitations_received += 1;
        let watch_at = now + self.config.resend_first;
        let entry = self.call_mut(call);
        entry.closes = now + millis(windows.ring_ms);
        entry.resend = watch_at;
        self.set_timer(call);
        self.outputs.push_back(Output::Ring { call, id: key.id(), caller, content, channel, read });
        call
    }

    /// Moves a local invitation; `by` is the instance of the callee that caused it.
    pub(super) fn local_input(
        &mut self,
        now: Instant,
        call: CallRef,
        input: local::Input,
        by: Option<Instance>,
        response: &str,
    ) {
        let before = self.local_state(call);
        let Some(row) = local::step(before, input) else {
            return;
        };
        let Phase::Local { state, left } = &mut self.call_mut(call).phase else {
            return;
        };
        *state = row.to;
        let left = *left;
        use local::State::*;
        let first = self.config.planted.holds(Rule::ReceivedFirst) && before == SentToRemote;
        let invented = !self.config.planted.holds(Rule::ReceivedNotInvented) && matches!(row.to, Canceled | Failure);
        let answered = matches!(row.to, AcceptedByRemote | RefusedByRemote);
        if input == local::Input::Received || (answered && first) || invented {
            self.local_output(call, ReceivedByRemote, LocalEvent::ReceivedByPeer, None);
        }
        let event = match row.to {
            AcceptedByRemote => LocalEvent::Accepted(response.into()),
            RefusedByRemote => LocalEvent::Refused(response.into()),
            Canceled => LocalEvent::Canceled,
            Failure => LocalEvent::Failure(row.code),
            Idle | SentToRemote | ReceivedByRemote => return,
        };
        self.local_output(
            call,
            row.to,
            event,
            Some(End { reason: row.reason, by: row.by, rule: Some(EndRule::Local(input)) }),
        );
        self.open_local -= 1;
        let told = row.tell.filter(|_| left);
        let reason = row.tell.unwrap_or(row.reason);
        self.end(now, call, Outcome { reason, instance: by }, told, "", left);
    }

    /// Moves a remote invitation out of `RECEIVED` or `ACCEPT_SENT` to its end.
    pub(super) fn remote_input(&mut self, now: Instant, call: CallRef, input: remote::Input, response: &str) {
        let Some(row) = remote::step(self.remote_state(call), input) else {
            return;
        };
        use remote::State::*;
        let event = match row.to {
            Accepted => RemoteEvent::Accepted,
            Refused => RemoteEvent::Refused,
            Canceled => RemoteEvent::Canceled,
            Failure => RemoteEvent::Failure(row.code),
            Idle | InvitationReceived | AcceptSentToLocal => return,
        };
        let said = match row.reason {
            Reason::AcceptUnconfirmed if !self.config.planted.holds(Rule::OutcomeUnknown) => Reason::Expired,
            reason => reason,
        };
        let end = End { reason: said, by: row.by, rule: Some(EndRule::Remote(input)) };
        self.outputs.push_back(Output::Remote { call, state: row.to, event, end });
        self.open_remote -= 1;
        let peer = self.call_mut(call).key.peer;
        self.peers.at_mut(peer).ringing -= 1;
        let reason = row.tell.unwrap_or(row.reason);
        self.end(now, call, Outcome { reason, instance: None }, row.tell, response, true);
    }

    /// Ends `call` for a cause of this side, whichever side that is.
    pub(super) fn end_by(
        &mut self,
        now: Instant,
        call: CallRef,
        local: local::Input,
        ringing: remote::Input,
        accepting: remote::Input,
    ) {
        match self.calls.get(call).map(|call| &call.phase) {
            Some(Phase::Local { .. }) => self.local_input(now, call, local, None, ""),
            Some(Phase::Remote { state: remote::State::AcceptSentToLocal, .. }) => {
                self.remote_input(now, call, accepting, "");
            }
            Some(Phase::Remote { .. }) => self.remote_input(now, call, ringing, ""),
            Some(Phase::Ending(_)) | None => {}
        }
    }

    /// The carrier knows that the peer is gone.
    pub(super) fn caller_lost(&mut self, now: Instant, call: CallRef) {
        if matches!(self.calls.get(call), Some(Call { phase: Phase::Remote { .. }, .. })) {
            self.remote_input(now, call, remote::Input::CallerLost, "");
        }
    }

    /// The peer acknowledged the end.
    pub(super) fn end_acknowledged(&mut self, call: CallRef) {
        if self.calls.get(call).is_some_and(Call::has_ended) {
            self.close(call);
        }
    }

    /// The planted bug: an invitation that has ended shows a second end.
    pub(super) fn end_again(&mut self, call: CallRef) {
        let end = |rule| End { reason: Reason::Error, by: Side::None, rule: Some(rule) };
        match self.call_mut(call).key.side {
            Side::Caller => {
                let end = end(EndRule::Local(local::Input::Failed));
                self.local_output(call, local::State::Canceled, LocalEvent::Canceled, Some(end));
            }
            _ => self.outputs.push_back(Output::Remote {
                call,
                state: remote::State::Canceled,
                event: RemoteEvent::Canceled,
                end: end(EndRule::Remote(remote::Input::Failed)),
            }),
        }
    }

    pub(super) fn local_state(&self, call: CallRef) -> local::State {
        match self.calls.get(call) {
            Some(Call { phase: Phase::Local { state, .. }, .. }) => *state,
            _ => local::State::Failure,
        }
    }

    pub(super) fn remote_state(&self, call: CallRef) -> remote::State {
        match self.calls.get(call) {
            Some(Call { phase: Phase::Remote { state, .. }, .. }) => *state,
            _ => remote::State::Failure,
        }
    }

    pub(super) fn call_mut(&mut self, call: CallRef) -> &mut Call {
        self.calls.get_mut(call).expect("the caller of this just found it")
    }

    /// The common end of both sides: the peer is told (`told`), and the id remembered (`known` to the peer).
    fn end(
        &mut self,
        now: Instant,
        call: CallRef,
        outcome: Outcome,
        told: Option<Reason>,
        response: &str,
        known: bool,
    ) {
        self.unwatch(call);
        let gives_up = self.config.planted.holds(Rule::GiveUpEnd);
        let entry = self.call_mut(call);
        let (side, id, forget) = (entry.key.side, entry.key.id(), now + entry.kept);
        entry.phase = Phase::Ending(outcome);
        entry.unacked = None;
        if known {
            self.remember(now, call, outcome, forget);
        }
        match told.filter(|_| self.config.planted.holds(Rule::TellEnd)) {
            Some(reason) => {
                let response = response.into();
                let end = self.seal(id, Message::End { side, to: None, reason, response });
                let entry = self.call_mut(call);
                entry.unacked = Some(end);
                entry.closes = if gives_up { forget } else { Instant::NEVER };
                self.transmit(now, call);
                if !self.config.planted.holds(Rule::ResendEnd) {
                    self.close(call);
                }
            }
            None => self.close(call),
        }
        self.forget(now);
    }

    /// Notes how `call` ended. The note outlives the entry, which stays only while the peer is being told.
    fn remember(&mut self, now: Instant, call: CallRef, outcome: Outcome, forget: Instant) {
        let key = self.call_mut(call).key;
        if self.config.planted.holds(Rule::RememberEnded) {
            self.peers.retain(key.peer);
            self.memory.insert(key, outcome, now, forget);
        }
    }

    fn open(&mut self, key: Key, phase: Phase, windows: Windows, kept: Duration) -> CallRef {
        let call = self.calls.insert(Call {
            key,
            phase,
            windows,
            kept,
            closes: Instant::NEVER,
            unacked: None,
            resend: Instant::NEVER,
            resent: 0,
            timer: Instant::NEVER,
        });
        self.index.insert(key, call);
        call
    }

    /// Takes `call` out; its reference to the peer goes with it.
    pub(super) fn close(&mut self, call: CallRef) {
        if let Some(mut entry) = self.calls.remove(call) {
            self.timers.set(Due::Call(call), &mut entry.timer, Instant::NEVER);
            self.index.remove(&entry.key);
            self.peers.release(entry.key.peer);
            self.note(call, Note::Over);
        }
    }

    pub(super) fn local_output(&mut self, call: CallRef, state: local::State, event: LocalEvent, end: Option<End>) {
        self.outputs.push_back(Output::Local { call, state, event, end });
    }
}

/// A window is never 0 (SPEC section 4); `what` names it in the error's sentence.
fn check_window(ms: u32, what: &str) -> Result<(), Error> {
    if ms == 0 {
        return Err(Error::InvalidArgument(format!("the {what} is 0 ms")));
    }
    Ok(())
}
