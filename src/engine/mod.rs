//! The protocol, pure: no clock, no thread, no socket, no randomness of its own.
//!
//! An [`Engine`] holds all invitations of one user. Calls and what happens in the world go in, each with the time; [`Output`]s
//! and the next deadline come out. Caller mistakes are the `Result`; everything else is an output.

mod calls;
mod inbound;
pub mod local;
mod memory;
pub mod message;
mod output;
mod peers;
pub mod planted;
mod post;
pub mod remote;
mod sealed;
mod slab;
mod text;
mod timers;
mod upkeep;
pub mod user;

use std::collections::{HashMap, VecDeque};
use std::hash::{Hash, Hasher};
use std::time::Duration;

pub use crate::bytes::Bytes;
use crate::codes::EndSide;
pub use crate::codes::PeerOnlineState as Presence;
use crate::time::Instant;
use calls::Call;
use memory::{Key, Memory};
pub use message::{CallId, Instance};
pub use output::{About, Body, Dropped, End, EndRule, LocalEvent, Note, Offer, Output, Read, RemoteEvent, Window};
use peers::Peers;
use post::Post;
pub use sealed::{read, seal};
pub use slab::CallRef;
use slab::Slab;
pub use text::SharedText;
use timers::{Due, Timers};
use user::UserId;

/// A map whose hash is quick. Seeded: a peer chooses ids.
type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;

/// The three windows of an invitation, in milliseconds, none 0 (SPEC section 4).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Windows {
    /// From `send` to the acknowledgement of the callee's library.
    pub acknowledge_ms: u32,
    /// From the receipt to the answer.
    pub ring_ms: u32,
    /// From `accept` to the caller's confirmation.
    pub accept_ms: u32,
}

impl Default for Windows {
    fn default() -> Windows {
        Windows { acknowledge_ms: 30_000, ring_ms: 60_000, accept_ms: 5_000 }
    }
}

/// Bounds and times of an engine; the defaults are SPEC's (sections 3 to 5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Config {
    /// Where an invitation sets none of its own.
    pub windows: Windows,
    /// Open invitations, outgoing and incoming each.
    pub max_open: usize,
    /// Open incoming invitations of one peer.
    pub max_open_per_peer: u32,
    /// Ended invitations that are remembered.
    pub max_remembered: usize,
    /// The first re-sending of an unacknowledged message comes after this; then it doubles.
    pub resend_first: Duration,
    /// The longest time between two re-sendings.
    pub resend_max: Duration,
    /// The same for an accept.
    pub resend_accept_max: Duration,
    /// Whether somebody wants [`Output::Note`]s. They change nothing else.
    pub notes: bool,
    /// The rule that a test broke.
    pub planted: planted::Planted,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            windows: Windows::default(),
            max_open: 100_000,
            max_open_per_peer: 1_000,
            max_remembered: 1_000_000,
            resend_first: Duration::from_millis(500),
            resend_max: Duration::from_secs(4),
            resend_accept_max: Duration::from_secs(1),
            notes: false,
            planted: planted::Planted::default(),
        }
    }
}

/// What has been counted; figures, not state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// Invitations sent, and received.
    pub invitations_sent: u64,
    pub invitations_received: u64,
    /// Messages handed to the carrier, of them repetitions, and messages read.
    pub messages_sent: u64,
    pub messages_resent: u64,
    pub messages_received: u64,
    /// Messages dropped as malformed, oversized or of an unknown version, type or sender.
    pub dropped_malformed: u64,
    /// Messages dropped because no open invitation waits for them.
    pub dropped_stray: u64,
    /// Invites dropped at a bound.
    pub dropped_limit: u64,
    /// Ended invitations forgotten before their time.
    pub evicted: u64,
    /// Open now.
    pub open_local: u64,
    pub open_remote: u64,
    /// Ended and remembered now.
    pub remembered: u64,
}

impl PartialEq for Stats {
    fn eq(&self, _: &Stats) -> bool {
        true
    }
}

impl Eq for Stats {}

impl Hash for Stats {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// Where the session stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Session {
    Out,
    LoggingIn,
    Up,
    Down,
}

/// All invitations of one user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Engine {
    config: Config,
    session: Session,
    user: Option<UserId>,
    instance: Instance,
    calls: Slab<Call>,
    index: Map<Key, CallRef>,
    peers: Peers,
    timers: Timers,
    memory: Memory,
    forget_timer: Instant,
    post: Post,
    open_local: usize,
    open_remote: usize,
    outputs: VecDeque<Output>,
    stats: Stats,
}

impl Hash for Engine {
    // What is left out follows from the rest.
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.session, &self.user, self.instance, &self.calls, &self.peers).hash(state);
        (&self.timers, &self.memory, &self.post, &self.outputs).hash(state);
    }
}

impl Engine {
    pub fn new(config: Config) -> Engine {
        Engine {
            config,
            session: Session::Out,
            user: None,
            instance: Instance(0),
            calls: Slab::new(),
            index: Map::default(),
            peers: Peers::default(),
            timers: Timers::default(),
            memory: Memory::default(),
            forget_timer: Instant::NEVER,
            post: Post::default(),
            open_local: 0,
            open_remote: 0,
            outputs: VecDeque::new(),
            stats: Stats::default(),
        }
    }

    /// A login began. Ended invitations of the same user stay remembered; those of another one are forgotten.
    pub fn login(&mut self, user: UserId, instance: Instance) {
        debug_assert!(self.session == Session::Out, "the service logs out before it logs in");
        if self.user.as_ref() != Some(&user) {
            self.forget_all();
        }
        self.user = Some(user);
        self.instance = instance;
        self.session = Session::LoggingIn;
    }

    /// The login failed: what it held fails.
    pub fn login_failed(&mut self, now: Instant) {
        self.session = Session::Out;
        self.end_all(now, local::Input::NotLoggedIn, [remote::Input::LoggedOut, remote::Input::LoggedOutAccepting]);
    }

    /// The link is up, for the first time or again; `backlog` is what arrived meanwhile. It is read before anything is acted
    /// on.
    pub fn link_up<'a>(&mut self, now: Instant, backlog: impl Iterator<Item = (&'a str, &'a Bytes)>) {
        let login = self.session == Session::LoggingIn;
        self.session = Session::Up;
        self.note_all(Note::Link(true));
        self.handle_backlog(now, backlog);
        self.run_timers(now, true);
        for call in self.calls.refs() {
            self.call_up(now, call, login);
        }
        self.post_up(now);
        for ix in self.peers.all() {
            let peer = self.peers.at(ix);
            if !peer.watched_by.is_empty() {
                self.outputs.push_back(Output::Watch { user: peer.user.clone(), on: true });
            }
        }
    }

    /// The link is down; the session goes on.
    pub fn link_down(&mut self, now: Instant) {
        self.session = Session::Down;
        self.note_all(Note::Link(false));
        for ix in self.peers.all() {
            self.peers.at_mut(ix).presence = None;
        }
        for call in self.calls.refs() {
            self.call_down(now, call);
        }
    }

    /// The application logs out, or (`released`) gives the service up: all that is open ends and the peers are told.
    pub fn logout(&mut self, now: Instant, released: bool) {
        match released {
            false => {
                let remote = [remote::Input::LoggedOut, remote::Input::LoggedOutAccepting];
                self.end_all(now, local::Input::LoggedOut, remote);
            }
            true => {
                let remote = [remote::Input::Released, remote::Input::ReleasedAccepting];
                self.end_all(now, local::Input::Released, remote);
            }
        }
        self.leave(now);
    }

    /// The session was ended from outside: all that is open ends, nobody is told.
    pub fn kicked(&mut self, now: Instant) {
        if !self.config.planted.holds(planted::Rule::KickedSilent) {
            return self.logout(now, false);
        }
        self.session = Session::Out;
        self.end_all(now, local::Input::Kicked, [remote::Input::Kicked, remote::Input::KickedAccepting]);
        self.leave(now);
    }

    /// An internal error ended the service: all that is open ends, nobody is told.
    pub fn failed(&mut self, now: Instant) {
        self.session = Session::Out;
        self.end_all(now, local::Input::Failed, [remote::Input::Failed, remote::Input::FailedAccepting]);
        self.leave(now);
    }

    /// The presence of a watched user.
    pub fn handle_presence(&mut self, now: Instant, user: &str, presence: Presence) {
        let Some(ix) = self.peers.find(user) else {
            return;
        };
        if self.session != Session::Up || self.peers.at(ix).watched_by.is_empty() {
            return;
        }
        let before = self.peers.at_mut(ix).presence.replace(presence);
        let gone = presence == Presence::Offline;
        let back = presence == Presence::Online && before.is_some_and(|before| before != Presence::Online);
        if !gone && !back {
            return;
        }
        for due in self.peers.at(ix).watched_by.clone() {
            if let Due::Call(call) = due {
                self.note(call, Note::Presence(presence));
            }
            match due {
                Due::Call(call) if gone => self.caller_lost(now, call),
                // It may have missed what was sent meanwhile, and its window may close before the next re-sending.
                Due::Call(call) => self.transmit(now, call),
                Due::Post(number) if gone => self.post_unreachable(number),
                Due::Post(number) => self.post_transmit(now, number),
                Due::Forget => {}
            }
        }
    }

    /// Everything that is due. Early or repeated: nothing happens.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.run_timers(now, true);
    }

    /// When `handle_timeout` wants to be called next.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.first()
    }

    /// What is to be done next.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// Runs what is due but for accept windows: those wait for what has arrived (SPEC section 4). For a caller that is about
    /// to do something else.
    pub fn catch_up(&mut self, now: Instant) {
        if self.config.planted.holds(planted::Rule::TimerFirst) {
            self.run_timers(now, false);
        }
    }

    /// Other bounds and windows from now on; invitations that are open keep theirs.
    pub fn configure(&mut self, config: Config) {
        self.config = config;
    }

    /// Who is logged in, or was last.
    pub fn user(&self) -> Option<&UserId> {
        self.user.as_ref()
    }

    /// A user's id as a text: shared if the user is known here.
    pub fn text_of(&self, user: &str) -> SharedText {
        self.peers.find(user).map_or_else(|| user.into(), |ix| self.peers.at(ix).user.text().clone())
    }

    /// The open invitation `id` between us, being `side`, and `peer`.
    pub fn find_open(&self, side: EndSide, peer: &str, id: CallId) -> Option<CallRef> {
        let key = Key::new(side, self.peers.find(peer)?, id);
        let call = *self.index.get(&key)?;
        self.calls.get(call).filter(|call| !call.has_ended()).map(|_| call)
    }

    /// Which invitation is open at `call`: our side, the peer, the id.
    pub fn name_of(&self, call: CallRef) -> Option<(EndSide, &UserId, CallId)> {
        let key = self.calls.get(call)?.key;
        Some((key.side, &self.peers.at(key.peer).user, key.id()))
    }

    /// What has been counted.
    pub fn stats(&self) -> Stats {
        Stats {
            open_local: self.open_local as u64,
            open_remote: self.open_remote as u64,
            remembered: self.memory.len() as u64,
            ..self.stats
        }
    }

    /// Tells who wants to know what happened to `call`.
    fn note(&mut self, call: CallRef, note: Note) {
        if self.config.notes {
            self.outputs.push_back(Output::Note { call, note });
        }
    }

    /// The same of every invitation.
    fn note_all(&mut self, note: Note) {
        if self.config.notes {
            self.outputs.extend(self.calls.refs().into_iter().map(|call| Output::Note { call, note }));
        }
    }

    /// Runs what is due; `windows`: the accept windows too.
    fn run_timers(&mut self, now: Instant, windows: bool) {
        let mut later = Vec::new();
        while let Some(due) = self.timers.take_due(now) {
            match due {
                Due::Call(call) => later.extend(self.call_due(now, call, windows)),
                Due::Post(number) => self.post_due(now, number),
                Due::Forget => {
                    self.forget_timer = Instant::NEVER;
                    self.peers.forget_unseen(now);
                    self.forget(now);
                }
            }
        }
        for call in later {
            self.set_timer(call);
        }
    }

    /// Ends all that is open, in the order of their slots.
    fn end_all(&mut self, now: Instant, local: local::Input, [ringing, accepting]: [remote::Input; 2]) {
        for call in self.calls.refs() {
            self.end_by(now, call, local, ringing, accepting);
        }
    }

    /// The session is over; what was under way in it is not.
    fn leave(&mut self, now: Instant) {
        self.session = Session::Out;
        self.post_fail_all();
        for call in self.calls.refs() {
            self.call_down(now, call);
        }
        for ix in self.peers.all() {
            self.peers.at_mut(ix).presence = None;
        }
        if !self.config.planted.holds(planted::Rule::RememberAcrossLogins) {
            self.forget_all();
        }
    }
}
