//! The callee's state machine.
//!
//! `RECEIVED -accept-> ACCEPT_SENT -caller confirmed-> ACCEPTED`; `RECEIVED -refuse-> REFUSED`; `CANCELED` and `FAILURE` from
//! both. The table below is the only place where it is written, as in `local.rs`.

use crate::codes::EndReason as Reason;
use crate::codes::EndSide as Side;
use crate::codes::RemoteInvitationErr as Code;
use crate::error::Error;

pub use crate::codes::RemoteInvitationState as State;

use State::{AcceptSentToLocal, Accepted, Canceled, Failure, Idle, InvitationReceived, Refused};

/// What the application may ask of a remote invitation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verb {
    Accept,
    Refuse,
}

/// Everything that moves a remote invitation. The order is that of [`TABLE`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Input {
    /// The invite arrived.
    Invite,
    /// `accept`.
    Accept,
    /// The caller confirmed the acceptance of this instance.
    Confirmed,
    /// `refuse`.
    Refuse,
    /// The ring window closed.
    Expired,
    /// The caller is known to be gone.
    CallerLost,
    /// The accept window closed.
    Unconfirmed,
    /// The accept window closed, the caller is known to be gone.
    UnconfirmedCallerGone,
    /// `logout` here.
    LoggedOut,
    /// `logout` here, the acceptance not confirmed yet.
    LoggedOutAccepting,
    /// The service was released here.
    Released,
    /// The service was released here, the acceptance not confirmed yet.
    ReleasedAccepting,
    /// The session was ended from outside.
    Kicked,
    /// The session was ended from outside, the acceptance not confirmed yet.
    KickedAccepting,
    /// An internal error ended the service.
    Failed,
    /// An internal error ended the service, the acceptance not confirmed yet.
    FailedAccepting,
    /// The caller canceled.
    CallerCanceled,
    /// The caller logged out.
    CallerLoggedOut,
    /// The caller's service was released.
    CallerReleased,
    /// The caller's session was ended from outside.
    CallerKicked,
    /// The caller ended for a reason that this version does not know.
    CallerFailed,
    /// The caller's own limit closed.
    CallerExpired,
    /// The caller's acknowledge window closed.
    CallerNoResponse,
    /// The caller's acknowledge window closed and it took this user for offline.
    CallerUnreachable,
    /// Another instance of this user accepted.
    AnsweredElsewhere,
    /// Another instance of this user refused.
    RefusedElsewhere,
}

/// One row: on which input, from which states, to which state, and what both sides learn.
#[derive(Debug)]
pub struct Row {
    pub on: Input,
    pub from: &'static [State],
    pub to: State,
    /// The code of `onRemoteInvitationFailure`.
    pub code: Code,
    /// Why it ended; `None` where it goes on.
    pub reason: Reason,
    /// Who decided the end.
    pub by: Side,
    /// The reason that the end message to the caller carries; `None`: the caller is told nothing.
    pub tell: Option<Reason>,
}

const RINGING: &[State] = &[InvitationReceived];
const ACCEPTING: &[State] = &[AcceptSentToLocal];
const OPEN: &[State] = &[InvitationReceived, AcceptSentToLocal];

const fn goes_on(on: Input, from: &'static [State], to: State) -> Row {
    Row { on, from, to, code: Code::Ok, reason: Reason::None, by: Side::None, tell: None }
}

const fn callee(on: Input, from: &'static [State], to: State, code: Code, reason: Reason, tell: Option<Reason>) -> Row {
    Row { on, from, to, code, reason, by: Side::Callee, tell }
}

const fn caller(on: Input, to: State, code: Code, reason: Reason) -> Row {
    Row { on, from: OPEN, to, code, reason, by: Side::Caller, tell: None }
}

/// What ends an unconfirmed acceptance from this side: the peer's outcome is unknown, whatever the cause (SPEC section 3).
const fn unknown(on: Input, code: Code, tell: Option<Reason>) -> Row {
    callee(on, ACCEPTING, Failure, code, Reason::AcceptUnconfirmed, tell)
}

/// The transitions, one row an [`Input`], in its order.
pub const TABLE: [Row; 26] = [
    goes_on(Input::Invite, &[Idle], InvitationReceived),
    goes_on(Input::Accept, RINGING, AcceptSentToLocal),
    Row {
        on: Input::Confirmed,
        from: ACCEPTING,
        to: Accepted,
        code: Code::Ok,
        reason: Reason::Accepted,
        by: Side::Callee,
        tell: None,
    },
    callee(Input::Refuse, RINGING, Refused, Code::Ok, Reason::Refused, Some(Reason::Refused)),
    callee(Input::Expired, RINGING, Failure, Code::InvitationExpire, Reason::Expired, Some(Reason::Expired)),
    callee(Input::CallerLost, RINGING, Failure, Code::PeerOffline, Reason::CallerLost, Some(Reason::CallerLost)),
    unknown(Input::Unconfirmed, Code::AcceptFailure, Some(Reason::AcceptUnconfirmed)),
    unknown(Input::UnconfirmedCallerGone, Code::PeerOffline, Some(Reason::AcceptUnconfirmed)),
    callee(Input::LoggedOut, RINGING, Failure, Code::PeerOffline, Reason::LoggedOut, Some(Reason::LoggedOut)),
    unknown(Input::LoggedOutAccepting, Code::PeerOffline, Some(Reason::LoggedOut)),
    callee(Input::Released, RINGING, Failure, Code::PeerOffline, Reason::Released, Some(Reason::Released)),
    unknown(Input::ReleasedAccepting, Code::PeerOffline, Some(Reason::Released)),
    callee(Input::Kicked, RINGING, Failure, Code::PeerOffline, Reason::Kicked, None),
    unknown(Input::KickedAccepting, Code::PeerOffline, None),
    callee(Input::Failed, RINGING, Failure, Code::PeerOffline, Reason::Error, None),
    unknown(Input::FailedAccepting, Code::PeerOffline, None),
    caller(Input::CallerCanceled, Canceled, Code::Ok, Reason::Canceled),
    caller(Input::CallerLoggedOut, Canceled, Code::Ok, Reason::LoggedOut),
    caller(Input::CallerReleased, Canceled, Code::Ok, Reason::Released),
    caller(Input::CallerKicked, Canceled, Code::Ok, Reason::Kicked),
    caller(Input::CallerFailed, Canceled, Code::Ok, Reason::Error),
    caller(Input::CallerExpired, Failure, Code::InvitationExpire, Reason::Expired),
    caller(Input::CallerNoResponse, Failure, Code::InvitationExpire, Reason::NoResponse),
    caller(Input::CallerUnreachable, Failure, Code::InvitationExpire, Reason::Unreachable),
    caller(Input::AnsweredElsewhere, Canceled, Code::Ok, Reason::AnsweredElsewhere),
    caller(Input::RefusedElsewhere, Canceled, Code::Ok, Reason::RefusedElsewhere),
];

/// The rules in words, in the order of [`TABLE`], as in `local.rs`.
const WORDS: [(Input, &str, &str); 26] = [
    (Input::Invite, "invite", "the invite arrived"),
    (Input::Accept, "accept", "the application accepted it here"),
    (Input::Confirmed, "confirmed", "the caller confirmed the acceptance of this instance"),
    (Input::Refuse, "refuse", "the application refused it here"),
    (Input::Expired, "expired", "the ring window closed without an answer"),
    (Input::CallerLost, "caller_lost", "presence said that the caller is gone while it rang"),
    (Input::Unconfirmed, "unconfirmed", "the accept window closed without the caller's confirmation"),
    (
        Input::UnconfirmedCallerGone,
        "unconfirmed_caller_gone",
        "the accept window closed, and presence said that the caller is gone",
    ),
    (Input::LoggedOut, "logged_out", "the application logged out here"),
    (Input::LoggedOutAccepting, "logged_out_accepting", "the application logged out here before the confirmation came"),
    (Input::Released, "released", "the application released the service here"),
    (Input::ReleasedAccepting, "released_accepting", "the service here was released before the confirmation came"),
    (Input::Kicked, "kicked", "the session here was ended from outside"),
    (Input::KickedAccepting, "kicked_accepting", "the session here was ended before the confirmation came"),
    (Input::Failed, "failed", "an internal error ended the service here"),
    (Input::FailedAccepting, "failed_accepting", "an internal error ended the service before the confirmation came"),
    (Input::CallerCanceled, "caller_canceled", "the caller canceled"),
    (Input::CallerLoggedOut, "caller_logged_out", "the caller logged out"),
    (Input::CallerReleased, "caller_released", "the caller's service was released"),
    (Input::CallerKicked, "caller_kicked", "the caller's session was ended from outside"),
    (Input::CallerFailed, "caller_failed", "the caller ended it by an internal error, or for a reason unknown here"),
    (Input::CallerExpired, "caller_expired", "the caller waited for the ring and accept windows and heard nothing"),
    (Input::CallerNoResponse, "caller_no_response", "the caller's acknowledge window closed"),
    (
        Input::CallerUnreachable,
        "caller_unreachable",
        "the caller's acknowledge window closed while it took this user for offline",
    ),
    (Input::AnsweredElsewhere, "answered_elsewhere", "another instance of this user accepted"),
    (Input::RefusedElsewhere, "refused_elsewhere", "another instance of this user refused"),
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

/// What an end message of the caller with this reason does here.
pub fn told(reason: Reason) -> Input {
    match reason {
        Reason::Canceled => Input::CallerCanceled,
        Reason::LoggedOut => Input::CallerLoggedOut,
        Reason::Released => Input::CallerReleased,
        Reason::Kicked => Input::CallerKicked,
        Reason::Expired => Input::CallerExpired,
        Reason::NoResponse => Input::CallerNoResponse,
        Reason::Unreachable => Input::CallerUnreachable,
        Reason::AnsweredElsewhere => Input::AnsweredElsewhere,
        Reason::RefusedElsewhere => Input::RefusedElsewhere,
        _ => Input::CallerFailed,
    }
}

/// What `verb` answers in `state` (SPEC section 2).
pub fn answer(verb: Verb, state: State) -> Result<(), Error> {
    match (verb, state) {
        (_, InvitationReceived) => Ok(()),
        (Verb::Accept | Verb::Refuse, AcceptSentToLocal) => Err(Error::AlreadyAccept),
        (_, Refused | Accepted | Canceled | Failure) => Err(Error::AlreadyEnd),
        (_, Idle) => Err(Error::NotStarted),
    }
}

/// Whether nothing moves an invitation out of `state` any more.
pub fn ended(state: State) -> bool {
    matches!(state, Refused | Accepted | Canceled | Failure)
}
