//! Calls that end otherwise: nobody answers, nobody is there, somebody leaves.

use rtm_call::codes::{
    ConnectionChangeReason, ConnectionState, EndReason, EndSide, LocalInvitationErr, RemoteInvitationErr,
};
use rtm_call::engine::{CallId, Windows};
use rtm_call::service::Config;

use super::calls::ring;
use super::{Bench, Row};
use crate::oracle;
use crate::party::{Party, id};
use crate::story::{Call, Kind, Seen};

pub const ROWS: &[Row] = &[
    ("unanswered", unanswered),
    ("the invitation's own window", the_invitations_own_window),
    ("the callee is offline", the_callee_is_offline),
    ("the callee comes online late", the_callee_comes_online_late),
    ("the callee logs out", the_callee_logs_out),
    ("the caller logs out", the_caller_logs_out),
    ("the callee is released", the_callee_is_released),
    ("the caller is released", the_caller_is_released),
    ("the callee is kicked", the_callee_is_kicked),
    ("the caller is kicked", the_caller_is_kicked),
    ("an invite still re-sent rings in the new session", an_open_invite_rings_in_the_new_session),
];

const OFFLINE: i32 = LocalInvitationErr::PeerOffline as i32;
const EXPIRE: i32 = LocalInvitationErr::InvitationExpire as i32;
const NOT_LOGGED_IN: i32 = LocalInvitationErr::NotLoggedin as i32;
const REMOTE_OFFLINE: i32 = RemoteInvitationErr::PeerOffline as i32;
const REMOTE_EXPIRE: i32 = RemoteInvitationErr::InvitationExpire as i32;

fn windows(acknowledge_ms: u32, ring_ms: u32, accept_ms: u32) -> impl Fn(&mut Config) {
    move |config| config.engine.windows = Windows { acknowledge_ms, ring_ms, accept_ms }
}

fn end(call: &Call) -> (Kind, i32, EndReason, EndSide) {
    (call.kind, call.code, call.reason, call.by)
}

fn both_end(
    (alice, bob): (&Party, &Party),
    call: CallId,
    here: (Kind, i32, EndReason, EndSide),
    there: (Kind, i32, EndReason, EndSide),
) {
    assert_eq!(end(&alice.ends(call, true)), here);
    assert_eq!(end(&bob.ends(call, false)), there);
    oracle::check(&[alice, bob], true);
}

fn unanswered(bench: &Bench<'_>) {
    let alice = bench.party("alice");
    let bob = bench.party_with("bob", windows(30_000, 400, 5_000));
    let call = ring(&alice, &bob);
    both_end(
        (&alice, &bob),
        call,
        (Kind::LocalFailure, EXPIRE, EndReason::Expired, EndSide::Callee),
        (Kind::RemoteFailure, REMOTE_EXPIRE, EndReason::Expired, EndSide::Callee),
    );
}

fn the_invitations_own_window(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let local = alice.invitation("bob", "");
    local.set_ring_timeout(400).expect("it is not 0");
    alice.service.send(&local).expect("the texts are valid");
    let long = ring(&alice, &bob);
    assert_eq!(alice.ends(id(&local), true).reason, EndReason::Expired);
    assert_eq!(bob.ends(id(&local), false).reason, EndReason::Expired);
    // The other one rings on.
    bob.accepts(&bob.rings(long), "in time");
    assert_eq!(alice.ends(long, true).kind, Kind::LocalAccepted);
}

fn the_callee_is_offline(bench: &Bench<'_>) {
    let alice = bench.party_with("alice", windows(1_500, 60_000, 5_000));
    let call = id(&alice.calls("nobody", ""));
    let expected = (Kind::LocalFailure, OFFLINE, EndReason::Unreachable, EndSide::Caller);
    assert_eq!(end(&alice.ends(call, true)), expected);
    assert_eq!(alice.call(call).len(), 1);
}

fn the_callee_comes_online_late(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.stranger("bob"));
    let call = id(&alice.calls("bob", "late"));
    // The caller's library asks for a silent peer's presence and re-sends; only now does the callee come.
    let seen = alice.service.stats().expect("it lives").engine;
    assert_eq!((seen.open_local, seen.invitations_sent), (1, 1));
    resent_at_least_once(&alice);
    bob.login(None);
    bob.accepts(&bob.rings(call), "here I am");
    assert_eq!(alice.ends(call, true).text, "here I am");
    assert_eq!(bob.ends(call, false).kind, Kind::RemoteAccepted);
    oracle::check(&[&alice, &bob], true); // It rang once.
}

/// Waits until the invite was sent again.
fn resent_at_least_once(alice: &Party) {
    let until = std::time::Instant::now() + crate::story::BOUND;
    while alice.service.stats().expect("it lives").engine.messages_resent == 0 {
        assert!(std::time::Instant::now() < until, "the invite is not re-sent");
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
}

fn the_callee_logs_out(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let call = ring(&alice, &bob);
    bob.logout();
    // The terminal callback comes before onLogout.
    assert_eq!(bob.call(call).len(), 2);
    both_end(
        (&alice, &bob),
        call,
        (Kind::LocalFailure, OFFLINE, EndReason::LoggedOut, EndSide::Callee),
        (Kind::RemoteFailure, REMOTE_OFFLINE, EndReason::LoggedOut, EndSide::Callee),
    );
}

fn the_caller_logs_out(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let call = ring(&alice, &bob);
    alice.logout();
    assert_eq!(alice.call(call).len(), 2);
    both_end(
        (&alice, &bob),
        call,
        (Kind::LocalFailure, NOT_LOGGED_IN, EndReason::LoggedOut, EndSide::Caller),
        (Kind::RemoteCanceled, 0, EndReason::LoggedOut, EndSide::Caller),
    );
}

fn the_callee_is_released(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let call = ring(&alice, &bob);
    bob.service.release(true).expect("it was not released before");
    assert_eq!(bob.call(call).len(), 2);
    both_end(
        (&alice, &bob),
        call,
        (Kind::LocalFailure, OFFLINE, EndReason::Released, EndSide::Callee),
        (Kind::RemoteFailure, REMOTE_OFFLINE, EndReason::Released, EndSide::Callee),
    );
}

fn the_caller_is_released(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let call = ring(&alice, &bob);
    alice.service.release(true).expect("it was not released before");
    assert_eq!(alice.call(call).len(), 2);
    both_end(
        (&alice, &bob),
        call,
        (Kind::LocalFailure, NOT_LOGGED_IN, EndReason::Released, EndSide::Caller),
        (Kind::RemoteCanceled, 0, EndReason::Released, EndSide::Caller),
    );
}

/// The same user logs in elsewhere.
fn kick(bench: &Bench<'_>, first: &Party) -> Party {
    let second = bench.party(&first.user);
    first.story.wait("ABORTED", |told| {
        let aborted = Seen::Connection(ConnectionState::Aborted, ConnectionChangeReason::RemoteLogin);
        told.iter().any(|entry| entry.seen == aborted).then_some(())
    });
    second
}

fn the_callee_is_kicked(bench: &Bench<'_>) {
    let alice = bench.party_with("alice", windows(30_000, 1_000, 500));
    let bob = bench.party("bob");
    let call = ring(&alice, &bob);
    let second = kick(bench, &bob);
    let there = bob.ends(call, false);
    assert_eq!(end(&there), (Kind::RemoteFailure, REMOTE_OFFLINE, EndReason::Kicked, EndSide::Callee));
    // Open invitations do not move: the caller ends by its own limit, and in the new session nothing rings but new calls.
    assert_eq!(end(&alice.ends(call, true)), (Kind::LocalFailure, EXPIRE, EndReason::Expired, EndSide::Caller));
    let anew = ring(&alice, &second);
    second.accepts(&second.rings(anew), "");
    assert_eq!(alice.ends(anew, true).kind, Kind::LocalAccepted);
    assert!(second.call(call).is_empty(), "{}", second.story);
    bob.logout();
    oracle::check(&[&alice, &bob], true);
}

fn the_caller_is_kicked(bench: &Bench<'_>) {
    let alice = bench.party("alice");
    let bob = bench.party_with("bob", windows(30_000, 1_000, 5_000));
    let call = ring(&alice, &bob);
    let _second = kick(bench, &alice);
    both_end(
        (&alice, &bob),
        call,
        (Kind::LocalFailure, NOT_LOGGED_IN, EndReason::Kicked, EndSide::Caller),
        (Kind::RemoteFailure, REMOTE_EXPIRE, EndReason::Expired, EndSide::Callee),
    );
}

fn an_open_invite_rings_in_the_new_session(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.stranger("bob"));
    let call = id(&alice.calls("bob", ""));
    let second = bench.party("bob");
    second.accepts(&second.rings(call), "here");
    assert_eq!(alice.ends(call, true).text, "here");
    second.ends(call, false);
    oracle::check(&[&alice, &bob, &second], true);
}
