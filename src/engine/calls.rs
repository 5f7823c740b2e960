//! One invitation: its timers, its re-sending, its end.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use super::memory::{Key, Outcome};
use super::message::{CallId, Envelope, Instance, Message, encode};
use super::planted::Rule;
use super::slab::CallRef;
use super::timers::Due;
use super::user::{MAX_CHANNEL_ID, MAX_CONTENT, UserId, check_text};
use super::{Bytes, End, Engine, LocalEvent, Offer, Output, RemoteEvent, Session, Windows, local, remote};
use crate::codes::EndReason as Reason;
use crate::codes::EndSide as Side;
use crate::codes::PeerOnlineState as Presence;
use crate::error::Error;
use crate::time::Instant;

/// How long a carrier may keep a message that has no window of its own (SPEC section 4).
const LIFETIME: Duration = Duration::from_secs(60);
/// An ended invitation is remembered at least this long (SPEC section 3).
const MEMORY: Duration = Duration::from_secs(120);
/// ... and this much longer than its three windows together.
const MEMORY_MARGIN: Duration = Duration::from_secs(60);
/// Ended invitations are forgotten in groups: one wake-up at most in this time.
const FORGET_EVERY: Duration = Duration::from_secs(30);

/// An invitation that is open, or that has ended and whose end is not acknowledged yet.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Call {
    pub key: Key,
    pub phase: Phase,
    windows: Windows,
    /// How long it is remembered once it has ended: what the windows in its invite say, on both sides.
    kept: Duration,
    /// When the running window closes; of an ended one, when it is forgotten.
    closes: Instant,
    /// What is re-sent: the invite, the accept or the end.
    unacked: Option<Bytes>,
    /// When, and how often that was done.
    resend: Instant,
    resent: u8,
    /// What is set in the timers.
    timer: Instant,
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
}

impl Engine {
    /// Sends an invitation with this new id. Out of bounds: an error, and nothing has happened.
    pub fn send(&mut self, now: Instant, id: CallId, offer: Offer<'_>) -> Result<CallRef, Error> {
        local::answer(local::Verb::Send, local::State::Idle)?;
        let callee = UserId::new(offer.callee, "callee id")?;
        check_text(offer.content, MAX_CONTENT, "content")?;
        check_text(offer.channel, MAX_CHANNEL_ID, "channel id")?;
        check_window(offer.windows.acknowledge_ms, "acknowledge window")?;
        check_window(offer.windows.ring_ms, "ring window")?;
        check_window(offer.windows.accept_ms, "accept window")?;
        if self.open_local >= self.config.max_open {
            let bound = self.config.max_open;
            return Err(Error::LimitReached(format!("{bound} invitations are open, which is the configured bound")));
        }
        let message = Message::Invite {
            content: Cow::Borrowed(offer.content),
            channel: Cow::Borrowed(offer.channel),
            windows: offer.windows,
        };
        let invite = self.encode(id, message);
        let key = Key::new(Side::Caller, self.peers.acquire(&callee), id);
        let call = self.open(
            key,
            Phase::Local { state: local::State::Idle, left: false },
            offer.windows,
            memory(offer.windows),
        );
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
        let accept = self.encode(id, Message::Accept { response: Cow::Borrowed(response) });
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
    pub(super) fn ring(&mut self, now: Instant, key: Key, content: Arc<str>, channel: Arc<str>, mut windows: Windows) {
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
        self.outputs.push_back(Output::Ring { call, id: key.id(), caller, content, channel });
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
        self.local_output(call, row.to, event, Some(End { reason: row.reason, by: row.by }));
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
        let end = End { reason: said, by: row.by };
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
        let end = Some(End { reason: Reason::Error, by: Side::None });
        match self.call_mut(call).key.side {
            Side::Caller => self.local_output(call, local::State::Canceled, LocalEvent::Canceled, end),
            _ => self.outputs.push_back(Output::Remote {
                call,
                state: remote::State::Canceled,
                event: RemoteEvent::Canceled,
                end: End { reason: Reason::Error, by: Side::None },
            }),
        }
    }

    /// Sends what is not acknowledged, now, and starts its re-sending anew.
    pub(super) fn transmit(&mut self, now: Instant, call: CallRef) {
        let up = self.session == Session::Up;
        let first = self.config.resend_first;
        let entry = self.call_mut(call);
        entry.resent = 0;
        entry.resend = Instant::NEVER;
        if let (true, Some(bytes)) = (up, entry.unacked.clone()) {
            entry.resend = now + jitter(first, entry.key.id(), 0);
            if let Phase::Local { left, .. } = &mut entry.phase {
                *left = true;
            }
            let (peer, expires_after) = (entry.key.peer, lifetime(entry, now));
            let to = self.peers.at(peer).user.clone();
            self.push_send(to, bytes, expires_after);
        }
        self.set_timer(call);
    }

    /// The link is up: what is not acknowledged goes out; `login`: for the first time in this session.
    pub(super) fn call_up(&mut self, now: Instant, call: CallRef, login: bool) {
        let anew = self.config.planted.holds(Rule::AcceptWindowAnew);
        let watch_at = now + self.config.resend_first;
        let entry = self.call_mut(call);
        let accept = millis(entry.windows.accept_ms);
        match &entry.phase {
            Phase::Local { state: local::State::SentToRemote, .. } if login => {
                return self.start_acknowledge_window(now, call);
            }
            Phase::Remote { state: remote::State::AcceptSentToLocal, limit } if anew => {
                entry.closes = (*limit).min(now + accept);
            }
            Phase::Remote { state: remote::State::InvitationReceived, .. } => {
                entry.resend = watch_at;
                return self.set_timer(call);
            }
            _ => {}
        }
        // What was sent while the backlog was read is not sent twice.
        let sent = self.call_mut(call).resend != Instant::NEVER;
        if !sent && self.config.planted.holds(Rule::ResendOnUp) {
            self.transmit(now, call);
        } else {
            self.set_timer(call);
        }
    }

    /// The link is down: the accept window stands still, nothing is re-sent.
    pub(super) fn call_down(&mut self, _now: Instant, call: CallRef) {
        let runs_on = self.config.planted.holds(Rule::WindowWithoutLink);
        let entry = self.call_mut(call);
        entry.resend = Instant::NEVER;
        match &entry.phase {
            Phase::Remote { state: remote::State::AcceptSentToLocal, limit } => entry.closes = *limit,
            Phase::Local { state: local::State::SentToRemote, .. } if !runs_on => entry.closes = Instant::NEVER,
            _ => {}
        }
        self.set_timer(call);
    }

    /// The timer of `call` is due. Returns it if only its accept window is, and that has to wait.
    pub(super) fn call_due(&mut self, now: Instant, call: CallRef, windows: bool) -> Option<CallRef> {
        let entry = self.calls.get_mut(call)?;
        entry.timer = Instant::NEVER;
        let closing = entry.closes <= now;
        let accepting = matches!(entry.phase, Phase::Remote { state: remote::State::AcceptSentToLocal, .. });
        if closing && accepting && !windows {
            return Some(call);
        }
        if closing {
            self.close_window(now, call);
        } else if entry.resend <= now {
            self.retransmit(now, call);
        } else {
            self.set_timer(call);
        }
        None
    }

    /// Sets the timer of `call` to what comes first.
    pub(super) fn set_timer(&mut self, call: CallRef) {
        if let Some(entry) = self.calls.get_mut(call) {
            let at = entry.closes.min(entry.resend);
            self.timers.set(Due::Call(call), &mut entry.timer, at);
        }
    }

    /// Encodes a message of this instance.
    pub(super) fn encode(&self, id: CallId, message: Message<'_>) -> Bytes {
        encode(&Envelope { id, instance: self.instance, message }).into()
    }

    /// Sends a message that is not re-sent by itself.
    pub(super) fn reply(&mut self, to: UserId, id: CallId, message: Message<'_>) {
        let bytes = self.encode(id, message);
        self.push_send(to, bytes, LIFETIME);
    }

    pub(super) fn push_send(&mut self, to: UserId, bytes: Bytes, expires_after: Duration) {
        if self.session == Session::Up {
            self.stats.messages_sent += 1;
            self.outputs.push_back(Output::Send { to, bytes, expires_after });
        }
    }

    /// Forgets what may be forgotten and sets the timer for the rest.
    pub(super) fn forget(&mut self, now: Instant) {
        while let Some((key, evicted)) = self.memory.shrink(now, self.config.max_remembered) {
            let told = self.index.get(&key).copied().filter(|_| self.config.planted.holds(Rule::GiveUpEnd));
            if let Some(call) = told {
                self.end_acknowledged(call);
            }
            self.peers.release(key.peer);
            self.stats.evicted += u64::from(evicted);
        }
        let next = self.memory.next_forget().min(self.peers.next_unseen);
        if self.forget_timer == Instant::NEVER && next != Instant::NEVER {
            self.timers.set(Due::Forget, &mut self.forget_timer, next.max(now + FORGET_EVERY));
        }
    }

    /// Forgets all ended invitations: another user logs in.
    pub(super) fn forget_all(&mut self) {
        for call in self.calls.refs() {
            if matches!(self.call_mut(call).phase, Phase::Ending(_)) {
                self.close(call);
            }
        }
        self.peers.forget_unseen(Instant::NEVER);
        self.forget(Instant::NEVER);
        self.post.forget_seen();
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

    /// The invite is acknowledged: only a silent callee is waited for now.
    pub(super) fn stop_inviting(&mut self, now: Instant, call: CallRef) {
        let stop = self.config.planted.holds(Rule::StopResending);
        let entry = self.call_mut(call);
        if stop {
            entry.unacked = None;
            entry.resend = Instant::NEVER;
        }
        entry.closes = now + millis(entry.windows.ring_ms) + millis(entry.windows.accept_ms);
        self.unwatch(call);
        self.set_timer(call);
    }

    fn start_acknowledge_window(&mut self, now: Instant, call: CallRef) {
        let entry = self.call_mut(call);
        let window = millis(entry.windows.acknowledge_ms);
        entry.closes = now + window;
        self.transmit(now, call);
        if window <= self.config.resend_first {
            // It closes before the first re-sending, and by then the presence must be known.
            self.watch(call);
        }
    }

    /// The running window of `call` closes.
    fn close_window(&mut self, now: Instant, call: CallRef) {
        let entry = self.call_mut(call);
        entry.closes = Instant::NEVER;
        let peer = entry.key.peer;
        let phase = entry.phase.clone();
        let gone = self.session == Session::Up && self.peers.at(peer).presence == Some(Presence::Offline);
        match phase {
            Phase::Local { state: local::State::SentToRemote, .. } => {
                let input = if gone { local::Input::Unreachable } else { local::Input::NoResponse };
                self.local_input(now, call, input, None, "");
            }
            Phase::Local { .. } => self.local_input(now, call, local::Input::Expired, None, ""),
            Phase::Remote { state: remote::State::InvitationReceived, .. } => {
                self.remote_input(now, call, remote::Input::Expired, "");
            }
            Phase::Remote { .. } => {
                let input = if gone { remote::Input::UnconfirmedCallerGone } else { remote::Input::Unconfirmed };
                self.remote_input(now, call, input, "");
            }
            Phase::Ending(_) => self.close(call),
        }
    }

    /// The time to re-send has come. A peer silent for so long is watched while the invitation is open.
    fn retransmit(&mut self, now: Instant, call: CallRef) {
        let (first, max, accept_max) =
            (self.config.resend_first, self.config.resend_max, self.config.resend_accept_max);
        let again = self.config.planted.holds(Rule::Resend);
        let entry = self.call_mut(call);
        let max = match &entry.phase {
            Phase::Remote { .. } => accept_max,
            _ => max,
        };
        entry.resend = Instant::NEVER;
        let open = !matches!(entry.phase, Phase::Ending(_));
        if let Some(bytes) = entry.unacked.clone().filter(|_| again || !open) {
            entry.resent = entry.resent.saturating_add(1);
            let pause = first.saturating_mul(1 << entry.resent.min(16)).min(max);
            entry.resend = now + jitter(pause, entry.key.id(), entry.resent);
            let (peer, expires_after) = (entry.key.peer, lifetime(entry, now));
            let to = self.peers.at(peer).user.clone();
            self.stats.messages_resent += 1;
            self.push_send(to, bytes, expires_after);
        }
        self.set_timer(call);
        if open && self.watch(call) == Some(Presence::Offline) {
            self.caller_lost(now, call);
        }
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
                let end = self.encode(id, Message::End { side, to: None, reason, response: Cow::Borrowed(response) });
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
    fn close(&mut self, call: CallRef) {
        if let Some(mut entry) = self.calls.remove(call) {
            self.timers.set(Due::Call(call), &mut entry.timer, Instant::NEVER);
            self.index.remove(&entry.key);
            self.peers.release(entry.key.peer);
        }
    }

    fn watch(&mut self, call: CallRef) -> Option<Presence> {
        let peer = self.call_mut(call).key.peer;
        self.watch_peer(peer, Due::Call(call))
    }

    fn unwatch(&mut self, call: CallRef) {
        let peer = self.call_mut(call).key.peer;
        self.unwatch_peer(peer, Due::Call(call));
    }

    /// Watches `peer` for `due` too; what is known of it already.
    pub(super) fn watch_peer(&mut self, peer: super::peers::PeerIx, due: Due) -> Option<Presence> {
        let peer = self.peers.at_mut(peer);
        if peer.watched_by.insert(due) && peer.watched_by.len() == 1 {
            self.outputs.push_back(Output::Watch { user: peer.user.clone(), on: true });
        }
        peer.presence
    }

    pub(super) fn unwatch_peer(&mut self, peer: super::peers::PeerIx, due: Due) {
        let peer = self.peers.at_mut(peer);
        if peer.watched_by.remove(&due) && peer.watched_by.is_empty() {
            peer.presence = None;
            self.outputs.push_back(Output::Watch { user: peer.user.clone(), on: false });
        }
    }

    pub(super) fn local_output(&mut self, call: CallRef, state: local::State, event: LocalEvent, end: Option<End>) {
        self.outputs.push_back(Output::Local { call, state, event, end });
    }
}

/// What is left of the life of the message that `call` re-sends.
fn lifetime(call: &Call, now: Instant) -> Duration {
    match call.phase {
        Phase::Ending(_) => LIFETIME,
        _ => call.closes.since(now),
    }
}

/// A window is never 0 (SPEC section 4); `what` names it in the error's sentence.
fn check_window(ms: u32, what: &str) -> Result<(), Error> {
    if ms == 0 {
        return Err(Error::InvalidArgument(format!("the {what} is 0 ms")));
    }
    Ok(())
}

/// How long an invitation with these windows is remembered.
pub fn memory(windows: Windows) -> Duration {
    let all = millis(windows.acknowledge_ms) + millis(windows.ring_ms) + millis(windows.accept_ms);
    MEMORY.max(all + MEMORY_MARGIN)
}

pub fn millis(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

/// Between three quarters and the whole of `pause`, different for each invitation and repetition, so that many do not
/// re-send in step.
pub fn jitter(pause: Duration, id: CallId, repetition: u8) -> Duration {
    let mut x = (id.0 as u64) ^ ((id.0 >> 64) as u64) ^ (u64::from(repetition) << 56);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    pause - pause / 4 * ((x >> 56) as u32) / 256
}
