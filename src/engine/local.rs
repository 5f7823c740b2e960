//! The caller's state machine.
//!
//! `IDLE -send-> SENT -received-> RECEIVED -> ACCEPTED | REFUSED | CANCELED | FAILURE`, any of the four also straight from
//! SENT. The table below is the only place where it is written: the engine runs on it, the documents and tests are checked
//! against it.

use crate::codes::EndReason as Reason;
use crate::codes::EndSide as Side;
use crate::codes::LocalInvitationErr as Code;
use crate::error::Error;

pub use crate::codes::LocalInvitationState as State;

use State::{AcceptedByRemote, Canceled, Failure, Idle, ReceivedByRemote, RefusedByRemote, SentToRemote};

/// What the application may ask of a local invitation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verb {
    Send,
    Cancel,
}

/// Everything that moves a local invitation. The order is that of [`TABLE`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Input {
    /// `send` while logged in or logging in.
    Send,
    /// The callee's library has it.
    Received,
    /// The callee accepted.
    Accepted,
    /// The callee refused.
    Refused,
    /// `cancel`.
    Cancel,
    /// The acknowledge window closed, the callee is known to be offline.
    Unreachable,
    /// The acknowledge window closed.
    NoResponse,
    /// The caller's own limit for a silent callee closed.
    Expired,
    /// Not logged in at `send`, or the login that held it failed.
    NotLoggedIn,
    /// `logout` here.
    LoggedOut,
    /// The service was released here.
    Released,
    /// The session was ended from outside.
    Kicked,
    /// An internal error ended the service.
    Failed,
    /// The callee's ring window closed.
    CalleeExpired,
    /// The callee logged out.
    CalleeLoggedOut,
    /// The callee's service was released.
    CalleeReleased,
    /// The callee accepted and got no confirmation in time.
    CalleeUnconfirmed,
    /// The callee's session was ended from outside.
    CalleeKicked,
    /// The callee gave the caller up as lost.
    CalleeLostCaller,
    /// The callee ended for a reason that this version does not know, or by an internal error.
    CalleeFailed,
}

/// One row: on which input, from which states, to which state, and what both sides learn.
#[derive(Debug)]
pub struct Row {
    pub on: Input,
    pub from: &'static [State],
    pub to: State,
    /// The code of `onLocalInvitationFailure`.
    pub code: Code,
    /// Why it ended; `None` where it goes on.
    pub reason: Reason,
    /// Who decided the end.
    pub by: Side,
    /// The reason that the end message to the callee carries; `None`: the callee is told nothing.
    pub tell: Option<Reason>,
}

const OPEN: &[State] = &[SentToRemote, ReceivedByRemote];

const fn goes_on(on: Input, from: &'static [State], to: State) -> Row {
    Row { on, from, to, code: Code::Ok, reason: Reason::None, by: Side::None, tell: None }
}

const fn caller(on: Input, from: &'static [State], to: State, code: Code, reason: Reason, tell: bool) -> Row {
    Row { on, from, to, code, reason, by: Side::Caller, tell: if tell { Some(reason) } else { None } }
}

const fn callee(on: Input, to: State, code: Code, reason: Reason) -> Row {
    Row { on, from: OPEN, to, code, reason, by: Side::Callee, tell: None }
}

/// The transitions, one row an [`Input`], in its order.
pub const TABLE: [Row; 20] = [
    goes_on(Input::Send, &[Idle], SentToRemote),
    goes_on(Input::Received, &[SentToRemote], ReceivedByRemote),
    callee(Input::Accepted, AcceptedByRemote, Code::Ok, Reason::Accepted),
    callee(Input::Refused, RefusedByRemote, Code::Ok, Reason::Refused),
    caller(Input::Cancel, OPEN, Canceled, Code::Ok, Reason::Canceled, true),
    caller(Input::Unreachable, &[SentToRemote], Failure, Code::PeerOffline, Reason::Unreachable, true),
    caller(Input::NoResponse, &[SentToRemote], Failure, Code::PeerNoResponse, Reason::NoResponse, true),
    caller(Input::Expired, &[ReceivedByRemote], Failure, Code::InvitationExpire, Reason::Expired, true),
    caller(Input::NotLoggedIn, &[Idle, SentToRemote], Failure, Code::NotLoggedin, Reason::NotLoggedIn, false),
    caller(Input::LoggedOut, OPEN, Failure, Code::NotLoggedin, Reason::LoggedOut, true),
    caller(Input::Released, OPEN, Failure, Code::NotLoggedin, Reason::Released, true),
    caller(Input::Kicked, OPEN, Failure, Code::NotLoggedin, Reason::Kicked, false),
    caller(Input::Failed, OPEN, Failure, Code::NotLoggedin, Reason::Error, false),
    callee(Input::CalleeExpired, Failure, Code::InvitationExpire, Reason::Expired),
    callee(Input::CalleeLoggedOut, Failure, Code::PeerOffline, Reason::LoggedOut),
    callee(Input::CalleeReleased, Failure, Code::PeerOffline, Reason::Released),
    callee(Input::CalleeUnconfirmed, Failure, Code::PeerNoResponse, Reason::AcceptUnconfirmed),
    callee(Input::CalleeKicked, Failure, Code::PeerOffline, Reason::Kicked),
    callee(Input::CalleeLostCaller, Failure, Code::InvitationExpire, Reason::CallerLost),
    callee(Input::CalleeFailed, Failure, Code::InvitationExpire, Reason::Error),
];

/// The rules in words, in the order of [`TABLE`]: a name that never changes, and what has happened.
const WORDS: [(Input, &str, &str); 20] = [
    (Input::Send, "send", "it was sent while logged in, or while the login was in progress"),
    (Input::Received, "received", "the callee's library acknowledged the invite"),
    (Input::Accepted, "accepted", "the callee accepted while the call was still open here"),
    (Input::Refused, "refused", "the callee refused"),
    (Input::Cancel, "cancel", "the application canceled it here"),
    (Input::Unreachable, "unreachable", "the acknowledge window closed, and presence said that the callee is offline"),
    (Input::NoResponse, "no_response", "the acknowledge window closed, and nothing said that the callee is offline"),
    (Input::Expired, "expired", "the callee's library had the invite, but fell silent for the ring and accept windows"),
    (Input::NotLoggedIn, "not_logged_in", "nobody was logged in at the sending, or the login that held it failed"),
    (Input::LoggedOut, "logged_out", "the application logged out here"),
    (Input::Released, "released", "the application released the service here"),
    (Input::Kicked, "kicked", "the session here was ended from outside"),
    (Input::Failed, "failed", "an internal error ended the service here"),
    (Input::CalleeExpired, "callee_expired", "the callee's ring window closed without an answer"),
    (Input::CalleeLoggedOut, "callee_logged_out", "the callee logged out"),
    (Input::CalleeReleased, "callee_released", "the callee's service was released"),
    (Input::CalleeUnconfirmed, "callee_unconfirmed", "the callee accepted, and no confirmation reached it in time"),
    (Input::CalleeKicked, "callee_kicked", "the callee's session was ended from outside"),
    (Input::CalleeLostCaller, "callee_lost_caller", "the callee took this side for lost"),
    (Input::CalleeFailed, "callee_failed", "the callee ended it by an internal error, or for a reason unknown here"),
];

impl Input {
    /// The name of the rule; stable.
    pub fn name(self) -> &'static str {
        WORDS[self as usize].1
    }

    /// What the rule says, in one line.
    pub fn sentence(self) -> &'static str {
        WORDS[self as usize].2
    }

    /// Whose words these are: `self`, or the lists are out of step.
    pub fn of_words(self) -> Input {
        WORDS[self as usize].0
    }
}

/// The row for `input` in `state`, if it moves anything there.
pub fn step(state: State, input: Input) -> Option<&'static Row> {
    let row = &TABLE[input as usize];
    row.from.contains(&state).then_some(row)
}

/// What an end message of the callee with this reason does here.
pub fn told(reason: Reason) -> Input {
    match reason {
        Reason::Refused => Input::Refused,
        Reason::Expired => Input::CalleeExpired,
        Reason::LoggedOut => Input::CalleeLoggedOut,
        Reason::Released => Input::CalleeReleased,
        Reason::AcceptUnconfirmed => Input::CalleeUnconfirmed,
        Reason::Kicked => Input::CalleeKicked,
        Reason::CallerLost => Input::CalleeLostCaller,
        _ => Input::CalleeFailed,
    }
}

/// What `verb` answers in `state` (SPEC section 2).
pub fn answer(verb: Verb, state: State) -> Result<(), Error> {
    match (verb, state) {
        (Verb::Send, Idle) | (Verb::Cancel, SentToRemote | ReceivedByRemote) => Ok(()),
        (Verb::Send, SentToRemote | ReceivedByRemote) => Err(Error::AlreadySent),
        (Verb::Cancel, Idle) => Err(Error::NotStarted),
        (_, AcceptedByRemote | RefusedByRemote | Canceled | Failure) => Err(Error::AlreadyEnd),
    }
}

/// Whether nothing moves an invitation out of `state` any more.
pub fn ended(state: State) -> bool {
    matches!(state, AcceptedByRemote | RefusedByRemote | Canceled | Failure)
}
