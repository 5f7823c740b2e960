//! The pairs of ends that the contract allows (SPEC section 3), each with the rule that allows it. Anything else is a bug.

use rtm_call::codes::{EndReason as Reason, EndSide as Side, RemoteInvitationErr as Code};
use rtm_call::engine::{local, remote};

/// How the caller's side ended; of ends that the callee decided, as the instance that decided sees it (`..By`) or another
/// instance of the same user (`..Elsewhere`).
pub const CALLERS: [&str; 18] = [
    "accepted by it",
    "refused by it",
    "expired by it",
    "logged out by it",
    "released by it",
    "unconfirmed by it",
    "kicked, it said",
    "lost, it said",
    "accepted elsewhere",
    "ended elsewhere",
    "canceled",
    "unreachable",
    "no response",
    "expired",
    "logged out",
    "released",
    "kicked",
    "not logged in",
];

/// How the callee's side ended.
pub const CALLEES: [&str; 20] = [
    "never rang",
    "ACCEPTED",
    "REFUSED",
    "F expired",
    "F caller lost",
    "F unconfirmed, accept failure",
    "F unconfirmed, peer offline",
    "F logged out",
    "F released",
    "F kicked",
    "C canceled",
    "C logged out, told",
    "C released, told",
    "C kicked, told",
    "C error, told",
    "F expired, told",
    "F no response, told",
    "F unreachable, told",
    "C answered elsewhere",
    "C refused elsewhere",
];

/// What the letters below mean.
pub const RULES: [(char, &str); 8] = [
    ('h', "three-way handshake: the caller confirmed this instance"),
    ('t', "the tolerated disagreement: the confirmation did not make the round trip in time"),
    ('d', "the callee decided and told the caller"),
    ('c', "the caller decided and told the callee"),
    ('x', "two ends crossed, or one side is silent: each keeps its own"),
    ('e', "another instance of the callee decided"),
    ('n', "it never rang"),
    ('.', "not allowed"),
];

/// A row a caller, a column a callee, in the order above.
#[rustfmt::skip]
const ALLOWED: [&str; 18] = [
    // never, ACC, REF, exp, lost, unAF, unPO, lout, rel, kick | canc, lout, rel, kick, err, exp, nore, unre | ans, refd
    ".h...tt.............", // accepted by it
    "..d.................", // refused by it
    "...d................", // expired by it
    "......dd............", // logged out by it
    "......d.d...........", // released by it
    ".....dd.............", // unconfirmed by it
    ".........d..........", // kicked, it said
    "....d...............", // lost, it said
    "..xxxxxxxx........e.", // accepted elsewhere
    "..xxxxxxxx.eee.e..ee", // ended elsewhere
    "n.xxxxxxxxc.........", // canceled
    "n.xxxxxxxx.......c..", // unreachable
    "n.xxxxxxxx......c...", // no response
    "..xxxxxxxx.....c....", // expired
    "n.xxxxxxxx.c........", // logged out
    "n.xxxxxxxx..c.......", // released
    "n.xxxxxxxx...c......", // kicked
    "n...................", // not logged in
];

/// The rule that allows this pair.
pub fn rule(caller: usize, callee: usize) -> char {
    ALLOWED[caller].as_bytes()[callee].into()
}

/// The row of a caller's end; `here`: this instance decided it.
pub fn caller(state: local::State, reason: Reason, by: Side, here: bool) -> Option<usize> {
    Some(match (by, reason, here) {
        (Side::Callee, Reason::Accepted, true) => 0,
        (Side::Callee, Reason::Refused, true) => 1,
        (Side::Callee, Reason::Expired, true) => 2,
        (Side::Callee, Reason::LoggedOut, true) => 3,
        (Side::Callee, Reason::Released, true) => 4,
        (Side::Callee, Reason::AcceptUnconfirmed, true) => 5,
        (Side::Callee, Reason::Kicked, true) => 6,
        (Side::Callee, Reason::CallerLost, true) => 7,
        (Side::Callee, Reason::Accepted, false) => 8,
        (Side::Callee, _, false) => 9,
        (Side::Caller, Reason::Canceled, _) => 10,
        (Side::Caller, Reason::Unreachable, _) => 11,
        (Side::Caller, Reason::NoResponse, _) => 12,
        (Side::Caller, Reason::Expired, _) => 13,
        (Side::Caller, Reason::LoggedOut, _) => 14,
        (Side::Caller, Reason::Released, _) => 15,
        (Side::Caller, Reason::Kicked, _) => 16,
        (Side::Caller, Reason::NotLoggedIn, _) if state == local::State::Failure => 17,
        _ => return None,
    })
}

/// The column of a callee's end.
pub fn callee(state: remote::State, reason: Reason, by: Side, code: Code) -> Option<usize> {
    use remote::State::{Accepted, Canceled, Failure, Refused};
    Some(match (state, by, reason) {
        (Accepted, Side::Callee, Reason::Accepted) => 1,
        (Refused, Side::Callee, Reason::Refused) => 2,
        (Failure, Side::Callee, Reason::Expired) => 3,
        (Failure, Side::Callee, Reason::CallerLost) => 4,
        (Failure, Side::Callee, Reason::AcceptUnconfirmed) if code == Code::AcceptFailure => 5,
        (Failure, Side::Callee, Reason::AcceptUnconfirmed) => 6,
        (Failure, Side::Callee, Reason::LoggedOut) => 7,
        (Failure, Side::Callee, Reason::Released) => 8,
        (Failure, Side::Callee, Reason::Kicked) => 9,
        (Canceled, Side::Caller, Reason::Canceled) => 10,
        (Canceled, Side::Caller, Reason::LoggedOut) => 11,
        (Canceled, Side::Caller, Reason::Released) => 12,
        (Canceled, Side::Caller, Reason::Kicked) => 13,
        (Canceled, Side::Caller, Reason::Error) => 14,
        (Failure, Side::Caller, Reason::Expired) => 15,
        (Failure, Side::Caller, Reason::NoResponse) => 16,
        (Failure, Side::Caller, Reason::Unreachable) => 17,
        (Canceled, Side::Caller, Reason::AnsweredElsewhere) => 18,
        (Canceled, Side::Caller, Reason::RefusedElsewhere) => 19,
        _ => return None,
    })
}

/// Whether an instance that ended like `callee` may be the one that made its caller end like `caller`.
pub fn decided(caller: usize, callee: usize) -> bool {
    matches!(rule(caller, callee), 'h' | 't' | 'd')
}
