//! What was hit, and how often.

use rtm_call::engine::{local, remote};

use crate::pairs;
use crate::script::MAX_USERS;

/// What an application does, and what a network does, by name.
pub const ACTIONS: [&str; 35] = [
    "login",
    "login while logged in",
    "login kicks another session",
    "logout",
    "logout while logged out",
    "logout in a callback",
    "service release, sync",
    "service release, async",
    "service release in a callback, sync",
    "service release in a callback, async",
    "send",
    "send while logged out",
    "send to oneself",
    "send without a link",
    "send in a callback",
    "two to the same at once",
    "two call each other at once",
    "ten or more call one at once",
    "one calls ten or more at once",
    "cancel",
    "cancel in a callback",
    "cancel too late",
    "accept",
    "accept in a callback",
    "accept too late",
    "refuse",
    "refuse in a callback",
    "refuse too late",
    "answer twice",
    "handle released while open",
    "handle released in a callback",
    "peer message",
    "presence subscription",
    "presence query",
    "manager released and taken again",
];

pub const FAULTS: [&str; 14] = [
    "message delayed",
    "message lost",
    "message repeated",
    "message out of order",
    "message expired",
    "message for nobody",
    "link down",
    "link down beyond the grace time",
    "one machine suspended",
    "all machines suspended",
    "callbacks late",
    "hostile message",
    "bytes that are no message",
    "invite beyond a bound",
];

/// Worlds by the number of their users: up to so many.
pub const CROWDS: [usize; 6] = [2, 4, 8, 12, 30, MAX_USERS];

#[derive(Clone)]
pub struct Coverage {
    pub worlds: u64,
    pub crowds: [u64; CROWDS.len()],
    /// Simulated time, and of it what passed before the silence at the end.
    pub virtual_ms: u64,
    pub busy_ms: u64,
    pub messages: u64,
    pub events: u64,
    pub invitations: u64,
    pub locals: Vec<u64>,
    pub remotes: Vec<u64>,
    pub pairs: [[u64; pairs::CALLEES.len()]; pairs::CALLERS.len()],
    pub actions: [u64; ACTIONS.len()],
    pub faults: [u64; FAULTS.len()],
    pub twins: u64,
}

/// How often something happened.
pub struct Count {
    pub group: &'static str,
    pub name: String,
    pub count: u64,
    /// Why it cannot happen.
    pub exempt: Option<&'static str>,
}

impl Count {
    /// What is wrong with it, if all that can happen must have happened (`full`).
    pub fn wrong(&self, full: bool) -> Option<String> {
        match self.exempt {
            None if full && self.count == 0 => Some(format!("never: {}", self.name)),
            Some(_) if self.count > 0 => Some(format!("exempt, but it happened: {}", self.name)),
            _ => None,
        }
    }
}

/// Transitions that no working library makes here, and why.
const EXEMPT_LOCAL: [(local::Input, Option<local::State>, &str); 3] = [
    (
        local::Input::NotLoggedIn,
        Some(local::State::SentToRemote),
        "a login on the hub is never pending, and never fails",
    ),
    (local::Input::Failed, None, "only after a panic in the library"),
    (local::Input::CalleeFailed, None, "only after a panic in the library, or from a newer version"),
];
const EXEMPT_REMOTE: [(remote::Input, &str); 3] = [
    (remote::Input::Failed, "only after a panic in the library"),
    (remote::Input::FailedAccepting, "only after a panic in the library"),
    (remote::Input::CallerFailed, "only after a panic in the library, or from a newer version"),
];

impl Default for Coverage {
    fn default() -> Coverage {
        Coverage {
            worlds: 0,
            crowds: [0; CROWDS.len()],
            virtual_ms: 0,
            busy_ms: 0,
            messages: 0,
            events: 0,
            invitations: 0,
            locals: vec![0; local::TABLE.len() * 7],
            remotes: vec![0; remote::TABLE.len() * 7],
            pairs: [[0; pairs::CALLEES.len()]; pairs::CALLERS.len()],
            actions: [0; ACTIONS.len()],
            faults: [0; FAULTS.len()],
            twins: 0,
        }
    }
}

impl Coverage {
    pub fn local(&mut self, row: usize, from: local::State) {
        self.locals[row * 7 + from as usize] += 1;
    }

    pub fn remote(&mut self, row: usize, from: remote::State) {
        self.remotes[row * 7 + from as usize] += 1;
    }

    pub fn action(&mut self, name: &str) {
        let index = ACTIONS.iter().position(|known| *known == name);
        self.actions[index.expect("actions are named in the list")] += 1;
    }

    pub fn fault(&mut self, name: &str, times: u64) {
        let index = FAULTS.iter().position(|known| *known == name);
        self.faults[index.expect("faults are named in the list")] += times;
    }

    /// One world of so many users is over.
    pub fn world(&mut self, users: usize) {
        self.worlds += 1;
        let crowd = CROWDS.iter().position(|most| users <= *most);
        self.crowds[crowd.expect("no world has more users")] += 1;
    }

    pub fn add(&mut self, other: &Coverage) {
        self.worlds += other.worlds;
        self.virtual_ms += other.virtual_ms;
        self.busy_ms += other.busy_ms;
        self.messages += other.messages;
        self.events += other.events;
        self.invitations += other.invitations;
        self.twins += other.twins;
        let add = |mine: &mut [u64], other: &[u64]| mine.iter_mut().zip(other).for_each(|(mine, other)| *mine += other);
        add(&mut self.crowds, &other.crowds);
        add(&mut self.locals, &other.locals);
        add(&mut self.remotes, &other.remotes);
        add(&mut self.actions, &other.actions);
        add(&mut self.faults, &other.faults);
        for (mine, other) in self.pairs.iter_mut().zip(&other.pairs) {
            add(mine, other);
        }
    }

    /// All counts by group and name; where there is a reason for which nothing can be counted, that reason.
    pub fn counts(&self) -> Vec<Count> {
        let plain = |group, names: &[&str], counts: &[u64]| -> Vec<Count> {
            let pairs = names.iter().zip(counts);
            pairs.map(|(name, count)| Count { group, name: (*name).into(), count: *count, exempt: None }).collect()
        };
        let mut all = self.transitions();
        all.extend(self.pairs());
        all.extend(plain("actions", &ACTIONS, &self.actions));
        all.extend(plain("faults", &FAULTS, &self.faults));
        let crowds: Vec<String> = CROWDS.iter().map(|most| format!("up to {most} users")).collect();
        let crowds: Vec<&str> = crowds.iter().map(String::as_str).collect();
        all.extend(plain("worlds", &crowds, &self.crowds));
        all
    }

    fn transitions(&self) -> Vec<Count> {
        let mut all = Vec::new();
        for (index, row) in local::TABLE.iter().enumerate() {
            for from in row.from {
                let exempt = EXEMPT_LOCAL.iter().find(|(on, at, _)| *on == row.on && at.is_none_or(|at| at == *from));
                let name = format!("local {:?} -{:?}-> {:?}", from, row.on, row.to);
                let count = self.locals[index * 7 + *from as usize];
                all.push(Count { group: "transitions", name, count, exempt: exempt.map(|exempt| exempt.2) });
            }
        }
        for (index, row) in remote::TABLE.iter().enumerate() {
            for from in row.from {
                let exempt = EXEMPT_REMOTE.iter().find(|(on, _)| *on == row.on);
                let name = format!("remote {:?} -{:?}-> {:?}", from, row.on, row.to);
                let count = self.remotes[index * 7 + *from as usize];
                all.push(Count { group: "transitions", name, count, exempt: exempt.map(|exempt| exempt.1) });
            }
        }
        all
    }

    /// The pairs of ends that are allowed; another one is a violation.
    fn pairs(&self) -> Vec<Count> {
        let mut all = Vec::new();
        for (caller, row) in self.pairs.iter().enumerate() {
            for (callee, count) in row.iter().enumerate().filter(|(callee, _)| pairs::rule(caller, *callee) != '.') {
                let name = format!("caller {}, callee {}", pairs::CALLERS[caller], pairs::CALLEES[callee]);
                all.push(Count { group: "pairs", name, count: *count, exempt: None });
            }
        }
        all
    }
}
