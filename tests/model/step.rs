//! One step of a node: what happens goes into the real engine, what comes out goes past the oracle.

use std::time::Duration;

use rtm_call::codes::EndSide as Side;
use rtm_call::engine::{Bytes, CallId, Engine, Instance, Offer, Output, local, remote, user::UserId};

use crate::message::{Kind, Message};
use crate::node::{Input, Local, Node, Session};
use crate::oracle::Broken;
use crate::scenario::{ACCEPT_MS, OUTSIDER, Scenario};

/// What came out of one step.
#[derive(Default)]
pub struct Step {
    pub sent: Vec<(&'static str, Bytes)>,
    /// Invitations of the scenario that rang.
    pub rang: Vec<usize>,
    /// What the application was shown, to be read by people.
    pub shown: Vec<String>,
    pub broken: Vec<Broken>,
    /// A terminal event was shown.
    pub ended: bool,
    /// A watch began.
    pub watching: bool,
    /// Invitations for which ReceivedByPeer was shown.
    pub received: Vec<usize>,
}

/// What a step follows from, with the messages that it reads, if any.
pub struct Cause<'a> {
    pub scenario: &'a Scenario,
    pub input: &'a Input,
    pub read: &'a [&'a Message],
}

impl Node {
    /// Lets `input` happen.
    pub fn step(&mut self, scenario: &Scenario, messages: &[Message], input: &Input) -> Step {
        let mut step = Step::default();
        let positions: &[u8] = match input {
            Input::Up(backlog) | Input::UpLate(backlog) | Input::Resume(backlog) => backlog,
            Input::Read(m) | Input::ReadLate(m) => std::slice::from_ref(m),
            _ => &[],
        };
        let read: Vec<&Message> = positions.iter().map(|m| &messages[*m as usize]).collect();
        let cause = Cause { scenario, input, read: &read };
        self.note_reading(&cause);
        if matches!(input, Input::ReadLate(_) | Input::UpLate(_) | Input::Resume(_)) {
            self.clock = self.deadline(scenario).expect("it is late for a window");
        }
        match input {
            Input::Send(call) => self.send(scenario, *call),
            Input::Cancel(call) => {
                let call = self.locals[*call].call.expect("an open invitation was sent");
                self.engine.cancel(self.clock, call).expect("it is open");
            }
            Input::Accept(position) => {
                let accept = Duration::from_millis(ACCEPT_MS.into());
                let remote = &mut self.remotes[*position];
                (remote.state, remote.answered) = (remote::State::AcceptSentToLocal, true);
                (remote.since, remote.limit) = (self.clock, self.clock + (remote.limit.since(remote.since)));
                debug_assert!(accept < remote.limit.since(remote.since), "the accept window is the shorter one");
                let call = remote.call;
                self.engine.accept(self.clock, call, "", ACCEPT_MS).expect("it is not answered yet");
            }
            Input::Refuse(position) => {
                let call = self.remotes[*position].call;
                self.engine.refuse(self.clock, call, "").expect("it is not answered yet");
            }
            Input::Fire => return self.fire(&cause),
            Input::LogIn => {
                self.log_in(scenario);
                if !scenario.slow_login {
                    self.link_up(&[]);
                }
            }
            Input::LogInFails => {
                self.spent.failed_logins += 1;
                self.engine.login_failed(self.clock);
            }
            Input::LogOut => {
                self.spent.logouts += 1;
                self.engine.logout(self.clock, false);
            }
            Input::Release => {
                self.spent.releases += 1;
                self.engine.logout(self.clock, true);
            }
            Input::Kick => {
                self.spent.kicks += 1;
                self.engine.kicked(self.clock);
            }
            Input::Restart => self.restart(scenario),
            Input::Break => {
                self.spent.breaks += 1;
                self.engine.link_down(self.clock);
                self.session = Session::Down;
                self.forget_presence();
            }
            Input::Up(_) | Input::UpLate(_) => self.link_up(&read),
            Input::Resume(_) => {
                let backlog = read.iter().map(|message| (message.from, &message.bytes));
                self.engine.handle_backlog(self.clock, backlog);
            }
            Input::Report(user, presence) => {
                self.spent.reports += 1;
                self.watched.iter_mut().find(|(watched, _)| watched == user).expect("it is watched").1 =
                    Some(*presence);
                self.engine.handle_presence(self.clock, user, *presence);
            }
            Input::Read(_) | Input::ReadLate(_) => {
                self.engine.handle_message(self.clock, read[0].from, &read[0].bytes);
            }
        }
        self.drain(&cause, &mut step);
        if matches!(input, Input::LogOut | Input::Release | Input::Kick | Input::LogInFails) {
            self.session = Session::Out;
            self.forget_presence();
        }
        self.check_step(&cause, &mut step);
        step
    }

    fn send(&mut self, scenario: &Scenario, call: usize) {
        let offer = Offer {
            callee: scenario.calls[call].1,
            content: "".into(),
            channel: "".into(),
            windows: scenario.windows(self.n),
        };
        let local = &mut self.locals[call];
        local.state = local::State::SentToRemote;
        local.since = self.clock;
        local.runs = self.session != Session::LoggingIn;
        local.call = Some(self.engine.send(self.clock, CallId(call as u128 + 1), offer).expect("all is in bounds"));
    }

    pub fn log_in(&mut self, scenario: &Scenario) {
        self.spent.logins += 1;
        let start = &scenario.nodes[self.n];
        self.instance = match scenario.same_instance {
            false => Instance(16 * (self.n as u64 + 1) + u64::from(self.spent.logins)),
            true => Instance(1),
        };
        self.engine.login(UserId::new(start.user, "user id").expect("it is short"), self.instance);
        self.session = Session::LoggingIn;
    }

    fn link_up(&mut self, backlog: &[&Message]) {
        let login = self.session == Session::LoggingIn;
        let backlog = backlog.iter().map(|message| (message.from, &message.bytes));
        self.engine.link_up(self.clock, backlog);
        self.session = Session::Up;
        for local in &mut self.locals {
            if login && local.open() {
                (local.since, local.runs) = (self.clock, true);
            }
        }
        for remote in &mut self.remotes {
            if remote.state == remote::State::AcceptSentToLocal {
                remote.since = self.clock;
            }
        }
    }

    fn restart(&mut self, scenario: &Scenario) {
        let accepted = self.remotes.iter().filter(|remote| remote.state == remote::State::Accepted);
        let mut accepted_before = self.accepted_before.clone();
        accepted_before.extend(accepted.map(|remote| (remote.of, remote.instance)));
        let mut spent = self.spent;
        spent.restarts += 1;
        let mut anew = Node::new(scenario, self.n);
        for (local, before) in anew.locals.iter_mut().zip(&self.locals) {
            if before.state != local::State::Idle {
                *local = Local { call: None, lost: true, ..before.clone() };
            }
        }
        (anew.accepted_before, anew.spent) = (accepted_before, spent);
        anew.engine = Engine::new(scenario.config(self.n));
        *self = anew;
        self.log_in(scenario);
        if !scenario.slow_login {
            self.link_up(&[]);
        }
    }

    /// Lets time pass until a window has closed or a watch has begun.
    fn fire(&mut self, cause: &Cause<'_>) -> Step {
        let scenario = cause.scenario;
        let mut all = Step::default();
        let deadline = self.deadline(scenario).expect("a window runs");
        let stops = scenario.nodes[self.n].faults.reports > 0;
        while !(all.ended || stops && all.watching) {
            let due = self.engine.poll_timeout().filter(|due| *due <= deadline);
            let Some(due) = due else {
                all.broken.push(Broken::conduct("a window closes when it should"));
                break;
            };
            // After a late wake-up what is due may lie behind.
            self.clock = due.max(self.clock);
            self.engine.handle_timeout(self.clock);
            self.drain(cause, &mut all);
        }
        self.check_step(cause, &mut all);
        all
    }

    fn forget_presence(&mut self) {
        for (_, presence) in &mut self.watched {
            *presence = None;
        }
    }

    /// Notes which ends this engine reads, before it does.
    pub fn note_reading(&mut self, cause: &Cause<'_>) {
        for message in cause.read {
            match message.kind {
                Kind::End { side: Side::Caller, to, .. } if to.is_none_or(|to| to == self.instance) => {
                    let read = (message.call, message.from);
                    if !self.ends_read.contains(&read) {
                        self.ends_read.push(read);
                        self.ends_read.sort_unstable();
                    }
                }
                Kind::End { side: Side::Callee, .. } | Kind::Ended { side: Side::Callee } => {
                    let local = &mut self.locals[message.call];
                    if local.state != local::State::Idle && message.from != OUTSIDER {
                        local.acknowledged = true;
                    }
                }
                _ => {}
            }
        }
    }

    /// Takes the outputs of the engine; the oracle looks at each.
    pub fn drain(&mut self, cause: &Cause<'_>, step: &mut Step) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Send { to, bytes, expires_after, .. } => {
                    let to = known(cause.scenario, to.as_str());
                    let message = Message::new(cause.scenario.nodes[self.n].user, to, bytes.clone());
                    self.on_sent(cause, &message, expires_after, step);
                    step.sent.push((to, bytes));
                }
                Output::Local { call, event, end, .. } => self.on_local(cause, call, event, end, step),
                Output::Ring { call, id, caller, .. } => self.on_ring(cause, call, id, caller.as_str(), step),
                Output::Remote { call, event, end, .. } => self.on_remote(cause, call, event, end, step),
                Output::Watch { user, on } => self.on_watch(known(cause.scenario, user.as_str()), on, step),
                Output::Dropped { .. } | Output::Note { .. } => {}
                Output::Message { .. } | Output::Posted { .. } => panic!("no peer message is sent here"),
            }
        }
    }

    fn on_watch(&mut self, user: &'static str, on: bool, step: &mut Step) {
        match on {
            true if self.watched.iter().all(|(watched, _)| *watched != user) => {
                self.watched.push((user, None));
                step.watching = true;
            }
            true => {}
            false => self.watched.retain(|(watched, _)| *watched != user),
        }
    }
}

/// The name of `user` that lives as long as the test.
fn known(scenario: &Scenario, user: &str) -> &'static str {
    let mut users = scenario.nodes.iter().map(|node| node.user);
    users.find(|known| *known == user).unwrap_or(OUTSIDER)
}
