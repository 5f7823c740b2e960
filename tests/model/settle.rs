//! What becomes of a state when it is left alone: all that is under way is lost, and from then on nothing is. The clocks of
//! all nodes run at the same speed here. Every order of deliveries is a state of its own already, so this one is enough.

use std::collections::VecDeque;
use std::time::Duration;

use rtm_call::codes::EndSide as Side;
use rtm_call::engine::{Bytes, local, remote};
use rtm_call::time::Instant;

use crate::message::{Kind, Message};
use crate::node::{Input, Node, Remote, Session};
use crate::oracle::{Broken, Weight};
use crate::scenario::{MEMORY, RESEND_FIRST, RESEND_MAX, Scenario};
use crate::step::{Cause, Step};

/// More timers than any node ever sets.
const MANY: usize = 2_000;

/// Nothing but its own timers: every open invitation of `node` ends, and it falls silent.
pub fn alone(scenario: &Scenario, node: &Node, heed: Weight) -> Result<(), Broken> {
    let mut node = node.clone();
    let mut step = Step::default();
    if node.session == Session::LoggingIn {
        node.engine.login_failed(node.clock);
        node.drain(&Cause { scenario, input: &Input::LogInFails, read: &[] }, &mut step);
    }
    let (mut last_end, mut last_sent) = (node.clock, node.clock);
    for _ in 0..MANY {
        let Some(due) = node.engine.poll_timeout() else {
            return match (node.open(), last_sent.since(last_end) > MEMORY, node.engine.stats().remembered) {
                (true, ..) => Err(Broken::outcome("every invitation ends once its timers have run")),
                (_, true, _) => Err(Broken::outcome("an engine is silent one memory time after the last end")),
                (.., 0) => Ok(()),
                _ => Err(Broken::outcome("ended invitations are forgotten in the end")),
            };
        };
        let due = due.max(node.clock);
        node.clock = due;
        let mut step = Step::default();
        node.engine.handle_timeout(due);
        node.drain(&Cause { scenario, input: &Input::Fire, read: &[] }, &mut step);
        if let Some(broken) = step.worst(heed) {
            return Err(broken);
        }
        if step.ended {
            last_end = due;
        }
        if !step.sent.is_empty() {
            last_sent = due;
        }
    }
    Err(Broken::outcome("an engine becomes idle"))
}

/// The state that is left alone, and what is expected of it.
struct Rest<'a> {
    scenario: &'a Scenario,
    nodes: Vec<Node>,
    /// Since it was left alone.
    elapsed: Duration,
    last_end: Duration,
    last_sent: Duration,
    log: Option<&'a mut Vec<String>>,
}

/// What has to be true in the end.
enum Expected {
    /// The remote invitation at this position of this node was ended by its caller.
    CalleeTold(usize, usize),
    /// The local invitation of this node was ended by its callee.
    CallerTold(usize, usize),
    /// If the caller accepted this remote invitation's instance, it is ACCEPTED.
    Confirmed(usize, usize),
    /// This invitation rang.
    Reached(usize),
}

/// Nothing is lost any more: both sides agree, and then there is silence. `log` is for people.
pub fn together(
    scenario: &Scenario,
    nodes: &[&Node],
    heed: Weight,
    log: Option<&mut Vec<String>>,
) -> Result<(), Broken> {
    let mut rest = Rest {
        scenario,
        nodes: nodes.iter().map(|node| (*node).clone()).collect(),
        elapsed: Duration::ZERO,
        last_end: Duration::ZERO,
        last_sent: Duration::ZERO,
        log,
    };
    let expected = rest.expected();
    // The outsider acknowledges nothing.
    let all_up = !scenario.forged && rest.nodes.iter().all(|node| node.session == Session::Up);
    for _ in 0..MANY {
        if !rest.next(heed)? {
            rest.check(&expected)?;
            let tight = if all_up { 2 * RESEND_MAX } else { MEMORY };
            return match rest.last_sent <= rest.last_end + tight {
                true => Ok(()),
                false => Err(Broken::outcome("there is silence after the last end, sooner if all have a link")),
            };
        }
    }
    Err(Broken::outcome("the engines become idle"))
}

impl Rest<'_> {
    fn expected(&self) -> Vec<Expected> {
        let mut expected = Vec::new();
        for (of, (sender, callee)) in self.scenario.calls.iter().enumerate() {
            let caller = &self.nodes[*sender];
            let local = &caller.locals[of];
            if caller.session != Session::Up || local.lost || !local.left {
                continue;
            }
            let caller_left = local.closes(self.scenario, *sender).map(|closes| closes.since(caller.clock));
            let callees = self.nodes.iter().filter(|node| self.scenario.nodes[node.n].user == *callee);
            for node in callees.filter(|node| node.session == Session::Up) {
                let ours = |remote: &&Remote| remote.of == of && remote.caller == self.scenario.nodes[*sender].user;
                let Some((position, remote)) = node.remotes.iter().enumerate().find(|(_, remote)| ours(remote)) else {
                    let fresh = !node.ends_read.iter().any(|(read, _)| *read == of);
                    let alone = !self.nodes.iter().flat_map(|node| &node.remotes).any(|remote| remote.of == of);
                    let waits = local.state == local::State::SentToRemote;
                    // The second repetition at the latest: the first may be over.
                    if fresh && alone && waits && caller_left.is_some_and(|left| left > 2 * RESEND_FIRST) {
                        expected.push(Expected::Reached(of));
                    }
                    continue;
                };
                let left = remote.closes(node.session).map(|closes| closes.since(node.clock));
                let own_end = local.ended() && local.by == Side::Caller && !local.silent && !local.acknowledged;
                if own_end && left.is_some_and(|left| left > soon(caller.clock, local.since)) {
                    expected.push(Expected::CalleeTold(node.n, position));
                }
                let own_end = !remote.open() && remote.by == Side::Callee && !remote.silent;
                let tells = own_end && remote.state != remote::State::Accepted;
                if tells && caller_left.is_some_and(|left| left > soon(node.clock, remote.since)) {
                    expected.push(Expected::CallerTold(*sender, of));
                }
                let waits = remote.state == remote::State::AcceptSentToLocal && remote.instance == node.instance;
                if waits && left.is_some_and(|left| left > RESEND_FIRST) {
                    expected.push(Expected::Confirmed(node.n, position));
                }
            }
        }
        expected
    }

    fn check(&self, expected: &[Expected]) -> Result<(), Broken> {
        for expectation in expected {
            let (kept, promise) = match *expectation {
                Expected::CalleeTold(n, position) => {
                    let remote = &self.nodes[n].remotes[position];
                    let told = remote.by == Side::Caller || self.told_another(remote);
                    (told, "a callee is told the caller's end")
                }
                Expected::CallerTold(n, of) => {
                    (self.nodes[n].locals[of].by == Side::Callee, "a caller is told the callee's end")
                }
                Expected::Confirmed(n, position) => {
                    let remote = &self.nodes[n].remotes[position];
                    let local = &self.nodes[self.scenario.calls[remote.of].0].locals[remote.of];
                    let chosen = local.accepted_by == Some(remote.instance);
                    (
                        !chosen || remote.state == remote::State::Accepted,
                        "an accept that makes the round trip is confirmed",
                    )
                }
                Expected::Reached(of) => (self.reached(of), "an invite is re-sent until acknowledged"),
            };
            if !kept {
                return Err(Broken::outcome(promise));
            }
        }
        match self.nodes.iter().any(|node| node.open() && node.session != Session::LoggingIn) {
            true => Err(Broken::outcome("every invitation ends")),
            false => Ok(()),
        }
    }

    /// Whether another instance of the callee acknowledged the end, which is not re-sent then.
    fn told_another(&self, remote: &Remote) -> bool {
        let (sender, callee) = self.scenario.calls[remote.of];
        let instances = self.scenario.nodes.iter().filter(|node| node.user == callee).count();
        instances > 1 && self.nodes[sender].locals[remote.of].acknowledged
    }

    /// Whether the invitation rang anywhere.
    fn reached(&self, of: usize) -> bool {
        let callee = self.scenario.calls[of].1;
        let mut there = self.nodes.iter().filter(|node| self.scenario.nodes[node.n].user == callee);
        there.any(|node| node.remotes.iter().any(|remote| remote.of == of))
    }

    /// Lets time pass until the next timer of any node and delivers what is sent then. Whether there was one.
    fn next(&mut self, heed: Weight) -> Result<bool, Broken> {
        let pause = |node: &Node| node.engine.poll_timeout().map(|due| due.since(node.clock));
        let Some(pause) = self.nodes.iter().filter_map(pause).min() else { return Ok(false) };
        self.elapsed += pause;
        let mut under_way = VecDeque::new();
        for n in 0..self.nodes.len() {
            let node = &mut self.nodes[n];
            node.clock = node.clock + pause;
            node.engine.handle_timeout(node.clock);
            self.drained(n, &Input::Fire, &[], &mut under_way, heed)?;
        }
        let mut accepts: Vec<(usize, usize)> = Vec::new();
        for _ in 0..MANY {
            let Some((from, to, bytes)) = under_way.pop_front() else { break };
            let message = Message::new(from, to, bytes);
            for n in 0..self.nodes.len() {
                if self.scenario.nodes[n].user != to || self.nodes[n].session != Session::Up {
                    continue;
                }
                if message.kind == Kind::Accept && !self.nodes[n].locals[message.call].lost {
                    accepts.push((n, message.call));
                }
                let input = Input::Read(0);
                let node = &mut self.nodes[n];
                node.note_reading(&Cause { scenario: self.scenario, input: &input, read: &[&message] });
                node.engine.handle_message(node.clock, from, &message.bytes);
                self.drained(n, &input, &[&message], &mut under_way, heed)?;
            }
        }
        if !under_way.is_empty() {
            return Err(Broken::outcome("messages without end"));
        }
        for (caller, of) in accepts {
            let callee = self.scenario.calls[of].1;
            let callees = self.nodes.iter().filter(|node| self.scenario.nodes[node.n].user == callee);
            let waits =
                callees.filter(|node| node.session == Session::Up).flat_map(|node| &node.remotes).any(|remote| {
                    remote.of == of
                        && remote.state == remote::State::AcceptSentToLocal
                        && self.nodes[caller].locals[of].accepted_by == Some(remote.instance)
                });
            if waits {
                return Err(Broken::outcome("an accept is answered within one round trip"));
            }
        }
        Ok(true)
    }

    /// Takes the outputs of node `n`.
    fn drained(
        &mut self,
        n: usize,
        input: &Input,
        read: &[&Message],
        under_way: &mut VecDeque<(&'static str, &'static str, Bytes)>,
        heed: Weight,
    ) -> Result<(), Broken> {
        let mut step = Step::default();
        self.nodes[n].drain(&Cause { scenario: self.scenario, input, read }, &mut step);
        let from = self.scenario.nodes[n].user;
        if step.ended {
            self.last_end = self.elapsed;
        }
        if !step.sent.is_empty() {
            self.last_sent = self.elapsed;
        }
        if let (Some(log), false) = (&mut self.log, step.sent.is_empty() && step.shown.is_empty() && read.is_empty()) {
            let what = match read {
                [message] => format!("reads {message}"),
                _ => format!("has a timer, {} ms later", self.elapsed.as_millis()),
            };
            log.push(crate::ladder::line(self.scenario.nodes[n].name, &what, from, &step));
        }
        under_way.extend(step.sent.iter().map(|(to, bytes)| (from, *to, bytes.clone())));
        step.worst(heed).map_or(Ok(()), Err)
    }
}

/// How long it takes at most until an end that was sent at `since` is sent again.
fn soon(clock: Instant, since: Instant) -> Duration {
    if clock == since { RESEND_FIRST } else { RESEND_MAX }
}
