//! What keeps an invitation going: its timers, its re-sending, its memory.

use std::time::Duration;

use super::calls::{Call, Phase};
use super::message::{CallId, Envelope, Message};
use super::peers::PeerIx;
use super::planted::Rule;
use super::sealed::seal;
use super::slab::CallRef;
use super::timers::Due;
use super::user::UserId;
use super::{About, Bytes, Engine, Note, Output, Session, Window, Windows, local, remote};
use crate::codes::PeerOnlineState as Presence;
use crate::time::Instant;

/// How long a carrier may keep a message that has no window of its own (SPEC section 4).
const LIFETIME: Duration = Duration::from_secs(60);
/// An ended invitation is remembered at least this long (SPEC section 3).
const MEMORY: Duration = Duration::from_secs(120);
/// ... and this much longer than its three windows together.
const MEMORY_MARGIN: Duration = Duration::from_secs(60);
/// Ended invitations are forgotten in groups: one wake-up at most in this time.
const FORGET_EVERY: Duration = Duration::from_secs(30);

impl Engine {
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
            let about = About { call, kind: entry.unacked_kind() };
            let to = self.peers.at(peer).user.clone();
            self.push_send(to, bytes, expires_after, Some(about));
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

    /// A message of this instance.
    pub(super) fn seal(&self, id: CallId, message: Message) -> Bytes {
        seal(Envelope { id, instance: self.instance, message })
    }

    /// Sends a message that is not re-sent by itself; `call`: the invitation, if there is still an entry for it.
    pub(super) fn reply(&mut self, to: UserId, id: CallId, call: Option<CallRef>, message: Message) {
        let about = call.map(|call| About { call, kind: message.which() });
        let bytes = self.seal(id, message);
        self.push_send(to, bytes, LIFETIME, about);
    }

    pub(super) fn push_send(&mut self, to: UserId, bytes: Bytes, expires_after: Duration, about: Option<About>) {
        if self.session == Session::Up {
            self.stats.messages_sent += 1;
            self.outputs.push_back(Output::Send { to, bytes, expires_after, about });
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

    pub(super) fn start_acknowledge_window(&mut self, now: Instant, call: CallRef) {
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
        let presence = self.peers.at(peer).presence;
        let gone = self.session == Session::Up && presence == Some(Presence::Offline);
        let window = match &phase {
            Phase::Local { state: local::State::SentToRemote, .. } => Window::Acknowledge,
            Phase::Local { .. } => Window::Silence,
            Phase::Remote { state: remote::State::InvitationReceived, .. } => Window::Ring,
            Phase::Remote { .. } => Window::Accept,
            Phase::Ending(_) => Window::Telling,
        };
        self.note(call, Note::Closed(window, presence));
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
            let about = About { call, kind: entry.unacked_kind() };
            let to = self.peers.at(peer).user.clone();
            self.stats.messages_resent += 1;
            self.push_send(to, bytes, expires_after, Some(about));
        }
        self.set_timer(call);
        if open && self.watch(call) == Some(Presence::Offline) {
            self.caller_lost(now, call);
        }
    }

    pub(super) fn watch(&mut self, call: CallRef) -> Option<Presence> {
        let peer = self.call_mut(call).key.peer;
        self.watch_peer(peer, Due::Call(call))
    }

    pub(super) fn unwatch(&mut self, call: CallRef) {
        let peer = self.call_mut(call).key.peer;
        self.unwatch_peer(peer, Due::Call(call));
    }

    /// Watches `peer` for `due` too; what is known of it already.
    pub(super) fn watch_peer(&mut self, peer: PeerIx, due: Due) -> Option<Presence> {
        let peer = self.peers.at_mut(peer);
        if peer.watched_by.insert(due) && peer.watched_by.len() == 1 {
            self.outputs.push_back(Output::Watch { user: peer.user.clone(), on: true });
        }
        peer.presence
    }

    pub(super) fn unwatch_peer(&mut self, peer: PeerIx, due: Due) {
        let peer = self.peers.at_mut(peer);
        if peer.watched_by.remove(&due) && peer.watched_by.is_empty() {
            peer.presence = None;
            self.outputs.push_back(Output::Watch { user: peer.user.clone(), on: false });
        }
    }
}

/// What is left of the life of the message that `call` re-sends.
fn lifetime(call: &Call, now: Instant) -> Duration {
    match call.phase {
        Phase::Ending(_) => LIFETIME,
        _ => call.closes.since(now),
    }
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
