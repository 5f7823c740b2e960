//! One node: the real engine, and what its application has seen so far.

use std::time::Duration;

use rtm_call::codes::EndSide as Side;
use rtm_call::engine::{Bytes, CallId, CallRef, Engine, Instance, Offer, Output, Presence, local, remote, user::UserId};
use rtm_call::time::Instant;

use crate::message::{Kind, Message};
use crate::oracle::Broken;
use crate::scenario::{ACCEPT_MS, Begins, OUTSIDER, Scenario};

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Session {
    Out,
    LoggingIn,
    Up,
    Down,
}

/// A node's whole state; equal ones behave alike for ever.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Node {
    /// Its position in the scenario.
    pub n: usize,
    pub engine: Engine,
    /// Its own clock. It moves only when a timer is due, and to that moment.
    pub clock: Instant,
    pub session: Session,
    /// Of the current or the last login.
    pub instance: Instance,
    pub spent: Spent,
    /// The invitations of the scenario, as sent from here.
    pub locals: Vec<Local>,
    /// Those that rang in this engine.
    pub remotes: Vec<Remote>,
    /// Accepted by instances whose engine is gone.
    pub accepted_before: Vec<(usize, Instance)>,
    /// Invitations and callers of which this engine has processed an end.
    pub ends_read: Vec<(usize, &'static str)>,
    /// Whom the engine watches, and what it was told.
    pub watched: Vec<(&'static str, Option<Presence>)>,
}

/// What has happened to a node.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Spent {
    pub logouts: u8,
    pub releases: u8,
    pub kicks: u8,
    pub restarts: u8,
    pub breaks: u8,
    pub reports: u8,
    pub failed_logins: u8,
    pub logins: u8,
}

impl Spent {
    pub fn faults(self) -> u8 {
        self.logouts + self.releases + self.kicks + self.restarts + self.breaks + self.reports
    }
}

/// A local invitation as the application sees it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Local {
    pub call: Option<CallRef>,
    pub state: local::State,
    /// When its running window began, or when it ended.
    pub since: Instant,
    /// A window runs.
    pub runs: bool,
    /// Who ended it.
    pub by: Side,
    /// The instance whose accept was shown.
    pub accepted_by: Option<Instance>,
    /// An end of the callee, or its acknowledgement of ours, arrived.
    pub acknowledged: bool,
    /// It ended without a word, by a kick or before its invite left.
    pub silent: bool,
    /// Its invite was handed to the carrier.
    pub left: bool,
    /// Its engine is gone.
    pub lost: bool,
}

/// A remote invitation as the application sees it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Remote {
    pub call: CallRef,
    /// Its position in the scenario.
    pub of: usize,
    pub caller: &'static str,
    pub state: remote::State,
    pub instance: Instance,
    /// When its running window began, or when it ended.
    pub since: Instant,
    /// When its ring window closes; once accepted, when the acceptance is given up in any case.
    pub limit: Instant,
    pub by: Side,
    /// It was accepted here, confirmed or not.
    pub answered: bool,
    /// It ended without a word, by a kick.
    pub silent: bool,
}

/// What can happen to a node.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Input {
    Send(usize),
    Cancel(usize),
    /// By its position among the remote ones.
    Accept(usize),
    Refuse(usize),
    /// The next window closes, or the next watch begins; re-sending on the way.
    Fire,
    LogIn,
    LogInFails,
    LogOut,
    Release,
    Kick,
    Restart,
    Break,
    /// The link comes up with this backlog.
    Up(Vec<u8>),
    Report(&'static str, Presence),
    Read(u8),
    /// Read when the next window was due to close but its timer had not run.
    ReadLate(u8),
    /// The same, of a link that comes up.
    UpLate(Vec<u8>),
    /// The same, of a backlog that waited while the machine slept.
    Resume(Vec<u8>),
}

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
    pub fn new(scenario: &Scenario, n: usize) -> Node {
        let idle = |_: &_| Local {
            call: None,
            state: local::State::Idle,
            since: Instant::ZERO,
            runs: false,
            by: Side::None,
            accepted_by: None,
            acknowledged: false,
            silent: false,
            left: false,
            lost: false,
        };
        let mut node = Node {
            n,
            engine: Engine::new(scenario.config(n)),
            clock: Instant::ZERO,
            session: Session::Out,
            instance: Instance(0),
            spent: Spent::default(),
            locals: scenario.calls.iter().map(idle).collect(),
            remotes: Vec::new(),
            accepted_before: Vec::new(),
            ends_read: Vec::new(),
            watched: Vec::new(),
        };
        match scenario.nodes[n].begins {
            Begins::LoggedOut => {}
            Begins::LoggingIn => node.log_in(scenario),
            Begins::LoggedIn => {
                node.log_in(scenario);
                node.engine.link_up(node.clock, std::iter::empty());
                node.session = Session::Up;
            }
        }
        node
    }

    /// Whether an invitation is open here.
    pub fn open(&self) -> bool {
        self.locals.iter().any(Local::open) || self.remotes.iter().any(Remote::open)
    }

    /// When the next window closes, as SPEC section 4 has it.
    pub fn deadline(&self, scenario: &Scenario) -> Option<Instant> {
        let locals = self.locals.iter().filter_map(|local| local.closes(scenario, self.n));
        locals.chain(self.remotes.iter().filter_map(|remote| remote.closes(self.session))).min()
    }

    pub fn presence(&self, user: &str) -> Option<Presence> {
        self.watched.iter().find(|(watched, _)| *watched == user).and_then(|(_, presence)| *presence)
    }

    /// What can happen here next but for messages and a link that comes up; and whether that counts as a fault.
    pub fn inputs(&self, scenario: &Scenario) -> Vec<(Input, bool)> {
        let mut inputs = Vec::new();
        let (most, spent) = (scenario.nodes[self.n].faults, self.spent);
        for (call, (sender, _)) in scenario.calls.iter().enumerate() {
            if *sender == self.n && self.locals[call].state == local::State::Idle && !self.locals[call].lost {
                inputs.push((Input::Send(call), false));
            }
            if self.locals[call].open() {
                inputs.push((Input::Cancel(call), false));
            }
        }
        for (position, remote) in self.remotes.iter().enumerate() {
            if remote.state == remote::State::InvitationReceived && remote.caller != OUTSIDER {
                inputs.push((Input::Accept(position), false));
                inputs.push((Input::Refuse(position), false));
            }
        }
        let due = self.engine.poll_timeout();
        if self.deadline(scenario).is_some_and(|deadline| due.is_some_and(|due| due <= deadline)) {
            inputs.push((Input::Fire, false));
        }
        let mut fault = |possible: bool, input: Input| {
            if possible {
                inputs.push((input, true));
            }
        };
        let on = self.session != Session::Out;
        fault(on && spent.logouts < most.logouts, Input::LogOut);
        fault(on && spent.releases < most.releases, Input::Release);
        fault(on && spent.kicks < most.kicks, Input::Kick);
        fault(spent.restarts < most.restarts, Input::Restart);
        fault(self.session == Session::Up && spent.breaks < most.breaks, Input::Break);
        for (user, known) in &self.watched {
            for presence in [Presence::Offline, Presence::Online] {
                let news = self.session == Session::Up && *known != Some(presence);
                fault(news && spent.reports < most.reports, Input::Report(user, presence));
            }
        }
        if self.session == Session::LoggingIn && spent.failed_logins == 0 {
            inputs.push((Input::LogInFails, false));
        }
        if self.session == Session::Out {
            inputs.push((Input::LogIn, false));
        }
        inputs
    }

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
                let backlog = read.iter().map(|message| (message.from, &message.bytes[..]));
                self.engine.handle_backlog(self.clock, backlog);
            }
            Input::Report(user, presence) => {
                self.spent.reports += 1;
                self.watched.iter_mut().find(|(watched, _)| watched == user).expect("it is watched").1 = Some(*presence);
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
        let offer = Offer { callee: scenario.calls[call].1, content: "", channel: "", windows: scenario.windows(self.n) };
        let local = &mut self.locals[call];
        local.state = local::State::SentToRemote;
        local.since = self.clock;
        local.runs = self.session != Session::LoggingIn;
        local.call = Some(self.engine.send(self.clock, CallId(call as u128 + 1), offer).expect("all is in bounds"));
    }

    fn log_in(&mut self, scenario: &Scenario) {
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
        let backlog = backlog.iter().map(|message| (message.from, &message.bytes[..]));
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
            self.clock = due;
            self.engine.handle_timeout(due);
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
    fn note_reading(&mut self, cause: &Cause<'_>) {
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
                Output::Send { to, bytes, expires_after } => {
                    let to = known(cause.scenario, to.as_str());
                    let message = Message::new(cause.scenario.nodes[self.n].user, to, bytes.clone());
                    self.on_sent(cause, &message, expires_after, step);
                    step.sent.push((to, bytes));
                }
                Output::Local { call, event, end, .. } => self.on_local(cause, call, event, end, step),
                Output::Ring { call, id, caller, .. } => self.on_ring(cause, call, id, caller.as_str(), step),
                Output::Remote { call, event, end, .. } => self.on_remote(cause, call, event, end, step),
                Output::Watch { user, on } => self.on_watch(known(cause.scenario, user.as_str()), on, step),
                Output::Dropped { .. } => {}
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

impl Local {
    pub fn open(&self) -> bool {
        matches!(self.state, local::State::SentToRemote | local::State::ReceivedByRemote) && !self.lost
    }

    pub fn ended(&self) -> bool {
        local::ended(self.state)
    }

    /// When its running window closes.
    pub fn closes(&self, scenario: &Scenario, n: usize) -> Option<Instant> {
        let windows = scenario.windows(n);
        let window = match self.state {
            local::State::SentToRemote => windows.acknowledge_ms,
            _ => windows.ring_ms + windows.accept_ms,
        };
        (self.open() && self.runs).then(|| self.since + Duration::from_millis(window.into()))
    }
}

impl Remote {
    pub fn open(&self) -> bool {
        matches!(self.state, remote::State::InvitationReceived | remote::State::AcceptSentToLocal)
    }

    /// When its running window closes.
    pub fn closes(&self, session: Session) -> Option<Instant> {
        let accept = self.since + Duration::from_millis(ACCEPT_MS.into());
        match self.state {
            remote::State::InvitationReceived => Some(self.limit),
            remote::State::AcceptSentToLocal if session == Session::Up => Some(accept.min(self.limit)),
            remote::State::AcceptSentToLocal => Some(self.limit),
            _ => None,
        }
    }

    /// Whether this is the invitation that ended out of ACCEPT_SENT without the caller's confirmation.
    pub fn unconfirmed(&self) -> bool {
        self.answered && self.state == remote::State::Failure && self.by == Side::Callee
    }
}

impl Input {
    /// For the ladder.
    pub fn describe(&self, messages: &[Message]) -> String {
        let message = |m: &u8| messages[*m as usize].to_string();
        let all = |backlog: &[u8]| match backlog {
            [] => String::new(),
            _ => format!(", backlog: {}", backlog.iter().map(message).collect::<Vec<_>>().join("; ")),
        };
        match self {
            Input::Send(_) => "sends".into(),
            Input::Cancel(_) => "cancels".into(),
            Input::Accept(_) => "accepts".into(),
            Input::Refuse(_) => "refuses".into(),
            Input::Fire => "lets its timer run".into(),
            Input::LogIn => "logs in".into(),
            Input::LogInFails => "fails to log in".into(),
            Input::LogOut => "logs out".into(),
            Input::Release => "releases the service".into(),
            Input::Kick => "is kicked".into(),
            Input::Restart => "starts anew".into(),
            Input::Break => "loses its link".into(),
            Input::Up(backlog) => format!("has a link{}", all(backlog)),
            Input::UpLate(backlog) => format!("wakes up late and has a link{}", all(backlog)),
            Input::Resume(backlog) => format!("wakes up late{}", all(backlog)),
            Input::Report(user, presence) => format!("hears that {user} is {presence:?}"),
            Input::Read(m) => format!("reads {}", message(m)),
            Input::ReadLate(m) => format!("wakes up late and reads {}", message(m)),
        }
    }
}

/// The name of `user` that lives as long as the test.
fn known(scenario: &Scenario, user: &str) -> &'static str {
    let mut users = scenario.nodes.iter().map(|node| node.user);
    users.find(|known| *known == user).unwrap_or(OUTSIDER)
}
