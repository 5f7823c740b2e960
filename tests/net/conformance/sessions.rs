//! Login, logout, and what depends on them.

use rtm_call::codes::{
    ConnectionChangeReason as Reason, ConnectionState as State, EndReason, LoginErr, LogoutErr, RenewTokenErr,
};

use super::calls::ring;
use super::{Bench, Row};
use crate::oracle;
use crate::party::{Party, id};
use crate::story::{Kind, Seen};

pub const ROWS: &[Row] = &[
    ("states of a login and a logout", states_of_a_login_and_a_logout),
    ("a second login disturbs nothing", a_second_login_disturbs_nothing),
    ("a logout without a login", a_logout_without_a_login),
    ("sent without a login", sent_without_a_login),
    ("sent while logging in", sent_while_logging_in),
    ("logged in again", logged_in_again),
    ("kicked, then logged in again", kicked_then_logged_in_again),
    ("app ids are worlds apart", app_ids_are_worlds_apart),
    ("a new token ends no call", a_new_token_ends_no_call),
];

fn connections(party: &Party) -> Vec<(State, Reason)> {
    let told = party.story.entries().into_iter();
    told.filter_map(|entry| if let Seen::Connection(state, reason) = entry.seen { Some((state, reason)) } else { None })
        .collect()
}

fn has(party: &Party, seen: &Seen) -> usize {
    party.story.entries().iter().filter(|entry| entry.seen == *seen).count()
}

fn states_of_a_login_and_a_logout(bench: &Bench<'_>) {
    let alice = bench.party("alice");
    alice.logout();
    assert_eq!(has(&alice, &Seen::LoggedOut(LogoutErr::Ok)), 1);
    alice.login(None);
    let once = [(State::Connecting, Reason::Login), (State::Connected, Reason::LoginSuccess)];
    let expected = [once[0], once[1], (State::Disconnected, Reason::Logout), once[0], once[1]];
    assert_eq!(connections(&alice), expected);
}

fn a_second_login_disturbs_nothing(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let call = ring(&alice, &bob);
    alice.service.login(None, "alice").expect("the user id is valid");
    alice.story.wait("ALREADY_LOGGED_IN", |told| {
        told.iter().any(|entry| entry.seen == Seen::LoginFailed(LoginErr::AlreadyLoggedIn)).then_some(())
    });
    bob.accepts(&bob.rings(call), "");
    assert_eq!(alice.ends(call, true).kind, Kind::LocalAccepted);
    assert_eq!(connections(&alice).len(), 2);
}

fn a_logout_without_a_login(bench: &Bench<'_>) {
    let alice = bench.stranger("alice");
    alice.logout();
    assert_eq!(has(&alice, &Seen::LoggedOut(LogoutErr::Rejected)), 1);
    assert!(connections(&alice).is_empty());
}

fn sent_without_a_login(bench: &Bench<'_>) {
    let (alice, bob) = (bench.stranger("alice"), bench.party("bob"));
    let local = alice.calls("bob", "");
    let end = alice.ends(id(&local), true);
    assert_eq!((end.kind, end.reason), (Kind::LocalFailure, EndReason::NotLoggedIn));
    alice.login(None);
    let anew = ring(&alice, &bob); // The first that Bob hears of.
    bob.refuses(&bob.rings(anew), "");
    alice.ends(anew, true);
    assert!(bob.call(id(&local)).is_empty());
}

fn sent_while_logging_in(bench: &Bench<'_>) {
    let (alice, bob) = (bench.stranger("alice"), bench.party("bob"));
    bob.always_accepts("held and sent");
    alice.service.login(None, "alice").expect("the user id is valid");
    let call = id(&alice.calls("bob", ""));
    assert_eq!(alice.ends(call, true).text, "held and sent");
    bob.ends(call, false);
    oracle::check(&[&alice, &bob], true);
}

fn logged_in_again(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    for round in 0..3 {
        let call = ring(&alice, &bob);
        if round == 1 {
            alice.logout()
        } else {
            bob.logout()
        }
        alice.ends(call, true);
        bob.ends(call, false);
        if round == 1 {
            alice.login(None)
        } else {
            bob.login(None)
        }
        let call = ring(&alice, &bob);
        bob.accepts(&bob.rings(call), "again");
        assert_eq!(alice.ends(call, true).text, "again");
        bob.ends(call, false);
    }
    assert_eq!(oracle::check(&[&alice, &bob], true), 6);
}

fn kicked_then_logged_in_again(bench: &Bench<'_>) {
    let (alice, first, second) = (bench.party("alice"), bench.party("bob"), bench.stranger("bob"));
    let aborted = Seen::Connection(State::Aborted, Reason::RemoteLogin);
    second.login(None);
    first.story.wait("ABORTED", |told| told.iter().any(|entry| entry.seen == aborted).then_some(()));
    // Logged in again here, the other one goes: no endless fight, each stays out until told otherwise.
    first.logout();
    first.login(None);
    second.story.wait("ABORTED", |told| told.iter().any(|entry| entry.seen == aborted).then_some(()));
    let call = ring(&alice, &first);
    first.accepts(&first.rings(call), "");
    alice.ends(call, true);
    assert_eq!(has(&second, &Seen::LoggedIn), 1);
    assert!(second.call(call).is_empty());
}

fn app_ids_are_worlds_apart(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party_of("one", "alice"), bench.party_of("one", "bob"));
    let (other_alice, other_bob) = (bench.party_of("two", "alice"), bench.party_of("two", "bob"));
    let here = ring(&alice, &bob);
    let there = ring(&other_alice, &other_bob);
    bob.accepts(&bob.rings(here), "one");
    other_bob.accepts(&other_bob.rings(there), "two");
    assert_eq!(alice.ends(here, true).text, "one");
    assert_eq!(other_alice.ends(there, true).text, "two");
    assert!(other_bob.call(here).is_empty() && bob.call(there).is_empty());
    assert_eq!(oracle::check(&[&alice, &bob], false), 1);
}

fn a_new_token_ends_no_call(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let call = ring(&alice, &bob);
    for party in [&alice, &bob] {
        party.service.renew_token("another").expect("it is initialized");
        party.story.wait("the renewal", |told| {
            told.iter().any(|entry| entry.seen == Seen::Renewed(RenewTokenErr::Ok)).then_some(())
        });
    }
    bob.accepts(&bob.rings(call), "still here");
    assert_eq!(alice.ends(call, true).text, "still here");
    bob.ends(call, false);
    assert_eq!(oracle::check(&[&alice, &bob], true), 1);
}
