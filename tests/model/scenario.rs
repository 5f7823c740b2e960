//! The configurations that are searched: who takes part, what may happen to each, and how often.

use std::time::Duration;

use rtm_call::engine::planted::{Planted, Rule};
use rtm_call::engine::{Config, Windows};

/// How a node begins.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begins {
    LoggedIn,
    /// Its login is under way.
    LoggingIn,
    LoggedOut,
}

/// What may happen to one node beside messages, timers and verbs: how often each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// `logout`; a new login of the same user in the same engine may follow each.
    pub logouts: u8,
    /// The service is released, which is a logout with another reason; a new login may follow here too.
    pub releases: u8,
    /// The session is ended from outside; a new login may follow.
    pub kicks: u8,
    /// The process starts anew: another instance, everything forgotten.
    pub restarts: u8,
    /// The link breaks and comes back, with any backlog of at most two messages, or of all.
    pub breaks: u8,
    /// Reports of presence while the engine asks for them.
    pub reports: u8,
}

/// A user's process.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    pub name: &'static str,
    pub user: &'static str,
    pub begins: Begins,
    pub ring_ms: u32,
    pub faults: Faults,
}

/// A world to search.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub nodes: Vec<Start>,
    /// The invitations that may be sent: by which node, to whom. Their position is their id less one.
    pub calls: Vec<(usize, &'static str)>,
    /// Faults of all kinds and nodes together.
    pub faults: u8,
    /// Messages may also be read on a late wake-up, after a timer became due and before it ran.
    pub late: bool,
    /// A login takes two steps and may fail in between.
    pub slow_login: bool,
    /// An outsider repeats everything under its own name.
    pub forged: bool,
    /// All logins of one user bear the same instance id: a rule of SPEC section 3 that is not the engine's.
    pub same_instance: bool,
    /// The rule that is removed.
    pub without: Option<Rule>,
    /// At least so many states are reached, so that a search that became empty by accident fails.
    pub floor: usize,
}

/// From `send` to the acknowledgement.
pub const ACKNOWLEDGE_MS: u32 = 4_000;
/// From the receipt to the answer, of most nodes.
pub const RING_MS: u32 = 6_000;
/// From `accept` to the confirmation.
pub const ACCEPT_MS: u32 = 2_500;
/// The first repetition comes within this.
pub const RESEND_FIRST: Duration = Duration::from_secs(1);
/// Every repetition comes within this.
pub const RESEND_MAX: Duration = Duration::from_secs(4);
/// How long an ended invitation with these windows is remembered (SPEC section 3).
pub const MEMORY: Duration = Duration::from_secs(120);
/// How long a carrier may keep a message that has no window of its own.
pub const LIFETIME: Duration = Duration::from_secs(60);
/// Who takes no part in any invitation.
pub const OUTSIDER: &str = "eve";

impl Scenario {
    fn new(name: &'static str, nodes: &[Start], calls: &[(usize, &'static str)]) -> Scenario {
        Scenario {
            name,
            nodes: nodes.to_vec(),
            calls: calls.to_vec(),
            faults: 0,
            late: false,
            slow_login: false,
            forged: false,
            same_instance: false,
            without: None,
            floor: 0,
        }
    }

    /// The configuration of the engine of node `n`.
    pub fn config(&self, n: usize) -> Config {
        Config {
            windows: self.windows(n),
            resend_first: RESEND_FIRST,
            resend_max: RESEND_MAX,
            resend_accept_max: RESEND_FIRST,
            planted: Planted(self.without),
            ..Config::default()
        }
    }

    pub fn windows(&self, n: usize) -> Windows {
        Windows { acknowledge_ms: ACKNOWLEDGE_MS, ring_ms: self.nodes[n].ring_ms, accept_ms: ACCEPT_MS }
    }

    fn faults(mut self, most: u8, of: &[Faults]) -> Scenario {
        self.faults = most;
        for (node, faults) in self.nodes.iter_mut().zip(of) {
            node.faults = *faults;
        }
        self
    }

    fn floor(self, floor: usize) -> Scenario {
        Scenario { floor, ..self }
    }
}

/// All searched worlds, the small ones first.
pub fn all() -> Vec<Scenario> {
    let node = |name, user| Start { name, user, begins: Begins::LoggedIn, ring_ms: RING_MS, faults: Faults::default() };
    let (ann, bob) = (node("ann", "ann"), node("bob", "bob"));
    let (hasty, patient) = (Start { ring_ms: 5_000, ..bob }, Start { ring_ms: 9_000, ..bob });
    let (bob1, bob2) = (node("bob/1", "bob"), node("bob/2", "bob"));
    let breaks = Faults { breaks: 1, ..Faults::default() };
    let sessions = Faults { logouts: 1, kicks: 1, restarts: 1, ..Faults::default() };
    let all = Faults { breaks: 1, releases: 1, reports: 2, ..sessions };
    let late = |scenario: Scenario| Scenario { late: true, ..scenario };
    vec![
        late(Scenario::new("a call", &[ann, hasty], &[(0, "bob")])).floor(250),
        Scenario { forged: true, ..Scenario::new("an outsider", &[ann, patient], &[(0, "bob")]) }.floor(4_000),
        late(Scenario::new("broken links", &[ann, patient], &[(0, "bob")]))
            .faults(4, &[Faults { breaks: 2, ..breaks }; 2])
            .floor(10_000),
        late(Scenario::new("presence", &[ann, bob], &[(0, "bob")]))
            .faults(4, &[Faults { reports: 2, ..breaks }; 2])
            .floor(60_000),
        late(Scenario::new("to oneself", &[ann], &[(0, "ann")])).faults(1, &[all]).floor(100_000),
        Scenario::new("sessions", &[ann, bob], &[(0, "bob")]).faults(3, &[sessions; 2]).floor(4_000_000),
        Scenario {
            slow_login: true,
            ..Scenario::new(
                "slow logins",
                &[Start { begins: Begins::LoggingIn, ..ann }, Start { begins: Begins::LoggedOut, ..bob }],
                &[(0, "bob")],
            )
        }
        .faults(2, &[Faults { restarts: 0, reports: 0, ..all }; 2])
        .floor(1_000_000),
        late(Scenario::new("everything", &[ann, bob], &[(0, "bob")])).faults(2, &[all; 2]).floor(2_000_000),
        late(Scenario::new("two instances", &[ann, bob1, bob2], &[(0, "bob")])).floor(10_000),
        Scenario::new("two instances, with faults", &[ann, bob1, bob2], &[(0, "bob")])
            .faults(2, &[Faults { restarts: 0, ..sessions }, Faults { kicks: 0, breaks: 1, ..sessions }])
            .floor(10_000_000),
        Scenario::new("each calls the other", &[ann, bob], &[(0, "bob"), (1, "ann")]).floor(1_000_000),
        Scenario::new("two calls", &[ann, bob], &[(0, "bob"), (0, "bob")]).floor(1_000_000),
    ]
}

/// The world of this name.
pub fn named(name: &str) -> Scenario {
    all().into_iter().find(|scenario| scenario.name == name).expect("the table names a scenario that exists")
}
