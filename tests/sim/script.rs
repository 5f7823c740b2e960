//! What happens in a world: drawn from its seed beforehand, as plain data, so that it can be shrunk.

use rtm_call::engine::Windows;
use rtm_call::transport::hub::Faults;

use crate::writer::Writer;

/// The most users of a world.
pub const MAX_USERS: usize = 50;

/// One world.
#[derive(Clone, Debug)]
pub struct Script {
    pub seed: u64,
    pub users: usize,
    pub devices: Vec<Device>,
    pub faults: Faults,
    /// What happens to whom, in the order of time.
    pub steps: Vec<Step>,
    /// The library's log is read: the oracle sees each message too.
    pub logged: bool,
    /// At the end all users log in, so that every end can be acknowledged.
    pub all_in: bool,
    /// At the very end one more invitation shows that the world could have been heard.
    pub twin: bool,
}

/// Where services of one user run, one after the other.
#[derive(Clone, Debug)]
pub struct Device {
    pub user: usize,
    /// The application dispatches, and is late; otherwise callbacks come at once.
    pub pump: bool,
    pub windows: Windows,
    pub grace_ms: u32,
    pub max_open_per_peer: u32,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub at_ms: u64,
    pub act: Act,
}

/// The invitations of a script are known by their tag, which travels as content.
pub type Tag = u32;

#[derive(Clone, Debug)]
pub enum Act {
    Login {
        device: usize,
    },
    Logout {
        device: usize,
    },
    ReleaseService {
        device: usize,
        sync: bool,
    },
    Send {
        device: usize,
        to: usize,
        tag: Tag,
        windows: Option<Windows>,
        plan: Plan,
    },
    Cancel {
        tag: Tag,
    },
    ReleaseLocal {
        tag: Tag,
    },
    Link {
        user: usize,
        up: bool,
    },
    Sleep {
        user: usize,
        on: bool,
    },
    Suspend {
        ms: u64,
    },
    Weather {
        faults: Faults,
    },
    Dispatch {
        device: usize,
    },
    Subscribe {
        device: usize,
        user: usize,
        on: bool,
    },
    Query {
        device: usize,
        user: usize,
    },
    Post {
        device: usize,
        to: usize,
        raw: bool,
    },
    /// A hostile user sends a message in this invitation.
    Forge {
        tag: Tag,
        what: Forgery,
        to_caller: bool,
    },
    /// The application gives the call manager up and takes it again.
    Reattach {
        device: usize,
    },
}

impl Act {
    /// The device that it needs.
    pub fn device(&self) -> Option<usize> {
        match self {
            Act::Login { device }
            | Act::Logout { device }
            | Act::ReleaseService { device, .. }
            | Act::Send { device, .. }
            | Act::Dispatch { device }
            | Act::Subscribe { device, .. }
            | Act::Query { device, .. }
            | Act::Post { device, .. }
            | Act::Reattach { device } => Some(*device),
            Act::Cancel { .. }
            | Act::ReleaseLocal { .. }
            | Act::Link { .. }
            | Act::Sleep { .. }
            | Act::Suspend { .. }
            | Act::Weather { .. }
            | Act::Forge { .. } => None,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Forgery {
    Received,
    Accept,
    Confirm,
    End,
    Garbage,
}

/// Accept or refuse, in the callback or so many milliseconds later.
pub type Answer = Option<(bool, Option<u64>)>;

/// What the applications of both sides do with one invitation.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The callee's answer.
    pub answer: Answer,
    /// The answer on a second device.
    pub elsewhere: Answer,
    /// Another verb of the callee, late.
    pub again: Option<(bool, u64)>,
    /// The callee's own accept window.
    pub accept_ms: Option<u32>,
    /// Two answers at once.
    pub twice: bool,
    pub on_ring: Reaction,
    pub on_received: Reaction,
    pub on_local_end: Reaction,
    pub on_remote_end: Reaction,
    pub release_local: When,
    pub release_remote: When,
}

/// What an application does inside a callback.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reaction {
    Nothing,
    Cancel,
    Logout,
    Relogin,
    Release {
        sync: bool,
    },
    /// Sends another invitation back to the other party.
    CallBack,
    /// Tries every verb on what has ended.
    Verbs,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// Right after `send`, or in the ring callback.
    AtOnce,
    /// In the terminal callback.
    AtEnd,
    After(u64),
    Never,
}

/// For how long the hub holds a message back that is out of order, at most, where the delay does not vary.
pub const HOLD_MS: u64 = 10;

impl Script {
    /// The world of this seed.
    pub fn new(seed: u64) -> Script {
        Writer::new(seed).write()
    }
}
