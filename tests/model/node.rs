//! One node: the real engine, and what its application has seen so far.

use std::time::Duration;

use rtm_call::codes::EndSide as Side;
use rtm_call::engine::{CallRef, Engine, Instance, Presence, local, remote};
use rtm_call::time::Instant;

use crate::message::Message;
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
