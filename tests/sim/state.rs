//! What is known of a world: what was done, what was heard, and the state of the network.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rtm_call::codes::{ConnectionState, EndReason, EndSide, LocalInvitationErr, RemoteInvitationErr};
use rtm_call::engine::{CallId, Windows, local, remote};
use rtm_call::runtime::Runtime;
use rtm_call::service::Service;
use rtm_call::service::invitation::{LocalInvitation, RemoteInvitation};
use rtm_call::time::Instant;
use rtm_call::transport::Presence;

use crate::coverage::Coverage;
use crate::ladder::Ladder;
use crate::script::{HOLD_MS, Plan, Script, Tag};

/// A broken rule.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The rule, in words that stay the same from seed to seed.
    pub rule: &'static str,
    pub what: String,
}

/// One service object and what was heard of it.
pub struct Station {
    pub device: usize,
    pub user: usize,
    pub pump: bool,
    pub service: Arc<Service>,
    pub windows: Windows,
    pub grace: Duration,
    pub max_open_per_peer: u32,
    /// Logins and logouts that the application asked for, and what has to be heard of them.
    pub logins: u32,
    pub logins_refused: u32,
    pub logouts: u32,
    pub logouts_refused: u32,
    pub heard_logins: u32,
    pub heard_logins_refused: u32,
    pub heard_logouts: u32,
    pub heard_logouts_refused: u32,
    /// By the callbacks.
    pub connection: ConnectionState,
    pub up_since: Instant,
    /// Released, and how.
    pub released: Option<bool>,
    /// From now on no callback may come.
    pub silent: bool,
    /// `release(false)` may have dropped callbacks.
    pub deaf: bool,
    /// Requests by number: what kind, what it was about, how often answered.
    pub requests: Vec<Request>,
    /// Peer messages heard.
    pub heard_posts: Vec<u32>,
    /// Whose presence is subscribed to, and what was reported last.
    pub subscribed: Vec<(usize, Option<Presence>)>,
    /// Its instance, as its messages show it.
    pub instance: String,
    /// Ends that arrived: of whom, in which session.
    pub ends_read: Vec<(CallId, EndSide, u32)>,
    /// Confirmations that arrived for another instance.
    pub elsewhere_read: Vec<CallId>,
}

pub struct Request {
    pub number: i64,
    pub kind: &'static str,
    /// The number in a peer message.
    pub post: u32,
    pub answers: u32,
    pub delivered: bool,
}

/// An end as the application saw it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ended {
    pub at: Instant,
    pub reason: EndReason,
    pub by: EndSide,
    /// The other party is told.
    pub told: bool,
}

/// A local invitation that was sent.
pub struct Local {
    pub tag: Tag,
    pub id: CallId,
    pub station: usize,
    pub callee: usize,
    pub plan: Plan,
    pub object: Arc<LocalInvitation>,
    pub handle: u64,
    pub released: bool,
    pub windows: Windows,
    pub sent_at: Instant,
    pub logged_in: bool,
    /// Logouts asked for before it was sent.
    pub logouts_before: u32,
    pub received: u32,
    /// When its callee's library had it, if that was not concluded from the answer.
    pub received_at: Option<Instant>,
    pub terminals: u32,
    pub ended: Option<Ended>,
    /// The number in the response: whose acceptance was processed.
    pub answered_by: Option<usize>,
    pub seen: local::State,
}

/// A ring in one session of one service.
pub struct Remote {
    pub call: usize,
    pub station: usize,
    pub object: Arc<RemoteInvitation>,
    pub handle: u64,
    pub released: bool,
    pub rang_at: Instant,
    pub accepted_at: Option<Instant>,
    pub accept_ms: u32,
    /// When it read that another instance is confirmed.
    pub elsewhere_at: Option<Instant>,
    pub terminals: u32,
    pub ended: Option<Ended>,
    pub code: RemoteInvitationErr,
    pub seen: remote::State,
}

/// What the network does to a user.
#[derive(Clone)]
pub struct Place {
    /// Whose session the hub knows.
    pub online: Option<usize>,
    pub link: bool,
    pub asleep: bool,
    /// Since when it is within reach without a disturbance.
    pub calm: Option<Instant>,
    /// When its link came back last.
    pub up: Instant,
    /// When it logged out last.
    pub left: Instant,
}

/// What is to be done later.
#[derive(Clone, Debug)]
pub enum Todo {
    Step(usize),
    Answer { remote: usize, accept: bool },
    ReleaseLocal(usize),
    ReleaseRemote(usize),
}

pub struct State {
    pub runtime: Arc<Runtime>,
    pub start: Instant,
    /// The library's log is read.
    pub logged: bool,
    pub violation: Option<Violation>,
    pub stations: Vec<Station>,
    /// The service that runs on each device.
    pub at_device: Vec<Option<usize>>,
    pub locals: Vec<Local>,
    pub remotes: Vec<Remote>,
    pub places: Vec<Place>,
    /// Since when no message is lost.
    pub lossless: Option<Instant>,
    pub max_delay: Duration,
    pub suspends: Vec<(Instant, Instant)>,
    pub agenda: BTreeMap<(Instant, u32), Todo>,
    pub agenda_last: u32,
    /// The script is over: nothing new is begun.
    pub over: bool,
    pub posts: u32,
    /// How often each handler was dropped.
    pub handlers: Vec<u32>,
    pub hash: u64,
    pub coverage: Coverage,
    pub ladder: Option<Ladder>,
}

impl State {
    pub fn new(script: &Script, runtime: Arc<Runtime>, ladder: bool) -> State {
        let start = runtime.now();
        let place =
            Place { online: None, link: true, asleep: false, calm: None, up: Instant::ZERO, left: Instant::ZERO };
        State {
            logged: script.logged,
            violation: None,
            stations: Vec::new(),
            at_device: vec![None; script.devices.len()],
            locals: Vec::new(),
            remotes: Vec::new(),
            places: vec![place; script.users],
            lossless: (script.faults.loss == 0).then_some(start),
            max_delay: script.faults.delay_max,
            suspends: Vec::new(),
            agenda: BTreeMap::new(),
            agenda_last: 0,
            over: false,
            posts: 0,
            handlers: Vec::new(),
            hash: 0xcbf2_9ce4_8422_2325,
            coverage: Coverage::default(),
            ladder: ladder.then(|| Ladder::new(start)),
            start,
            runtime,
        }
    }

    pub fn now(&self) -> Instant {
        self.runtime.now()
    }

    /// Notes the first broken rule.
    pub fn fail(&mut self, rule: &'static str, what: String) {
        if self.violation.is_none() {
            if let Some(ladder) = &mut self.ladder {
                ladder.note(self.runtime.now(), None, format!("*** {rule}: {what}"));
            }
            self.violation = Some(Violation { rule, what });
        }
    }

    pub fn check(&mut self, holds: bool, rule: &'static str, what: impl FnOnce() -> String) {
        if !holds {
            self.fail(rule, what());
        }
    }

    pub fn later(&mut self, at: Instant, todo: Todo) {
        self.agenda_last += 1;
        self.agenda.insert((at, self.agenda_last), todo);
    }

    /// Part of the sequence of events that two runs must share.
    pub fn fold(&mut self, values: &[u64]) {
        let now = self.now().as_nanos();
        for value in [&[now], values].concat() {
            self.hash = (self.hash ^ value).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
    }

    pub fn note(&mut self, station: Option<usize>, what: impl FnOnce() -> String) {
        let now = self.now();
        if let Some(ladder) = &mut self.ladder {
            ladder.note(now, station, what());
        }
    }

    pub fn find_local(&self, object: &Arc<LocalInvitation>) -> Option<usize> {
        self.locals.iter().rposition(|local| Arc::ptr_eq(&local.object, object))
    }

    pub fn find_remote(&self, object: &Arc<RemoteInvitation>) -> Option<usize> {
        self.remotes.iter().rposition(|remote| Arc::ptr_eq(&remote.object, object))
    }

    pub fn find_id(&self, id: CallId) -> Option<usize> {
        self.locals.iter().rposition(|local| local.id == id)
    }

    pub fn find_tag(&self, tag: Tag) -> Option<usize> {
        self.locals.iter().position(|local| local.tag == tag)
    }

    /// The network changed for `user`, as of `at`.
    pub fn touch(&mut self, user: usize, at: Instant) {
        let place = &mut self.places[user];
        place.calm = (place.online.is_some() && place.link && !place.asleep).then_some(at);
    }

    /// The longest way of one message.
    pub fn one_way(&self) -> Duration {
        self.max_delay + Duration::from_millis(HOLD_MS + 1)
    }

    /// When a timer for `at` runs: late if the machine was suspended then.
    pub fn late(&self, at: Instant) -> Instant {
        self.suspends.iter().fold(at, |at, (from, to)| if *from < at && at <= *to { *to } else { at })
    }

    /// Since when these two sessions reach each other and nothing is lost.
    pub fn calm_between(&self, from: usize, to: usize) -> Option<Instant> {
        let [a, b] = [from, to].map(|station| {
            let place = &self.places[self.stations[station].user];
            place.calm.filter(|_| place.online == Some(station))
        });
        Some(a?.max(b?).max(self.lossless?))
    }

    /// Whether what `from` had to say at `said` should have reached `to`, who can know it from `since` on, before now.
    pub fn overdue(&self, said: Instant, since: Instant, from: usize, to: usize) -> bool {
        let Some(calm) = self.calm_between(from, to) else { return false };
        let place = |station: usize| &self.places[self.stations[station].user];
        let (sender, receiver) = (place(from), place(to));
        let (sent, heard) = (sender.calm.unwrap_or(calm), receiver.calm.unwrap_or(calm));
        // What is not acknowledged goes out at once when the link comes back.
        let reconnected = sender.up > said && sender.up == sent && heard < sent && self.lossless <= Some(sent);
        // Of late callbacks only the order is known.
        let exact = !self.stations[from].pump;
        let bound = match exact && (calm < said || reconnected) {
            true => self.one_way(),
            false => 2 * self.one_way() + Duration::from_secs(4),
        };
        self.now().since(since.max(calm)) > bound
    }
}

/// Whether `state` comes before `next` or is the same.
pub fn local_follows(state: local::State, next: local::State) -> bool {
    state == next || (!local::ended(state) && state as i32 <= next as i32)
}

pub fn remote_follows(state: remote::State, next: remote::State) -> bool {
    state == next || !remote::ended(state) && next != remote::State::InvitationReceived
}

/// The table's row for an end, if there is one.
pub fn local_row(from: local::State, to: local::State, code: LocalInvitationErr, ended: Ended) -> Option<usize> {
    local::TABLE.iter().position(|row| {
        let shown = (row.to, row.code, row.reason, row.by) == (to, code, ended.reason, ended.by);
        shown && row.from.contains(&from)
    })
}
