//! What was hit, and how often.

use std::fmt::Write as _;

use rtm_call::engine::{local, remote};

use crate::pairs;

/// What an application does, and what a network does, by name.
pub const ACTIONS: [&str; 32] = [
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

#[derive(Clone)]
pub struct Coverage {
    pub worlds: u64,
    pub virtual_ms: u64,
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
            virtual_ms: 0,
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

    pub fn add(&mut self, other: &Coverage) {
        self.worlds += other.worlds;
        self.virtual_ms += other.virtual_ms;
        self.messages += other.messages;
        self.events += other.events;
        self.invitations += other.invitations;
        self.twins += other.twins;
        let add = |mine: &mut [u64], other: &[u64]| mine.iter_mut().zip(other).for_each(|(mine, other)| *mine += other);
        add(&mut self.locals, &other.locals);
        add(&mut self.remotes, &other.remotes);
        add(&mut self.actions, &other.actions);
        add(&mut self.faults, &other.faults);
        for (mine, other) in self.pairs.iter_mut().zip(&other.pairs) {
            add(mine, other);
        }
    }

    /// The table, and what is missing in it or must not be there.
    pub fn table(&self) -> (String, Vec<String>) {
        let (mut out, mut wrong) = (String::new(), Vec::new());
        self.transitions(&mut out, &mut wrong);
        self.print_pairs(&mut out, &mut wrong);
        for (title, names, counts) in
            [("actions", &ACTIONS[..], &self.actions[..]), ("faults", &FAULTS[..], &self.faults[..])]
        {
            let _ = writeln!(out, "\n{title}");
            for (name, count) in names.iter().zip(counts) {
                let _ = writeln!(out, "  {name:<40} {count:>10}");
                if *count == 0 {
                    wrong.push(format!("never: {name}"));
                }
            }
        }
        (out, wrong)
    }

    fn transitions(&self, out: &mut String, wrong: &mut Vec<String>) {
        let mut line = |name: String, count: u64, exempt: Option<&str>| {
            let why = exempt.map_or(String::new(), |why| format!("  exempt: {why}"));
            let _ = writeln!(out, "  {name:<58} {count:>10}{why}");
            match exempt {
                None if count == 0 => wrong.push(format!("never: {name}")),
                Some(_) if count > 0 => wrong.push(format!("exempt, but it happened: {name}")),
                _ => {}
            }
        };
        for (index, row) in local::TABLE.iter().enumerate() {
            for from in row.from {
                let exempt = EXEMPT_LOCAL.iter().find(|(on, at, _)| *on == row.on && at.is_none_or(|at| at == *from));
                let name = format!("local {:?} -{:?}-> {:?}", from, row.on, row.to);
                line(name, self.locals[index * 7 + *from as usize], exempt.map(|exempt| exempt.2));
            }
        }
        for (index, row) in remote::TABLE.iter().enumerate() {
            for from in row.from {
                let exempt = EXEMPT_REMOTE.iter().find(|(on, _)| *on == row.on);
                let name = format!("remote {:?} -{:?}-> {:?}", from, row.on, row.to);
                line(name, self.remotes[index * 7 + *from as usize], exempt.map(|exempt| exempt.1));
            }
        }
    }

    fn print_pairs(&self, out: &mut String, wrong: &mut Vec<String>) {
        let _ = writeln!(out, "\npairs of ends: caller (row), callee (column), count and rule");
        for (index, name) in pairs::CALLEES.iter().enumerate() {
            let _ = writeln!(out, "  {index:>2} = callee {name}");
        }
        for (letter, rule) in pairs::RULES {
            let _ = writeln!(out, "   {letter} = {rule}");
        }
        let _ = write!(out, "  {:<20}", "");
        (0..pairs::CALLEES.len()).for_each(|callee| {
            let _ = write!(out, "{callee:>9}");
        });
        out.push('\n');
        for (caller, row) in self.pairs.iter().enumerate() {
            let _ = write!(out, "  {:<20}", pairs::CALLERS[caller]);
            for (callee, count) in row.iter().enumerate() {
                let rule = pairs::rule(caller, callee);
                let count_or_dot = if rule == '.' && *count == 0 { ".".into() } else { format!("{count}{rule}") };
                let _ = write!(out, "{count_or_dot:>9}");
                if rule != '.' && *count == 0 {
                    wrong.push(format!("never: caller {}, callee {}", pairs::CALLERS[caller], pairs::CALLEES[callee]));
                }
            }
            out.push('\n');
        }
    }
}
