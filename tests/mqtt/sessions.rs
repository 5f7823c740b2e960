//! Logins at a real broker: passwords, takeover, renewal, broken links, restarts.

use std::process::Command;
use std::time::Duration;

use rtm_call::codes::{ConnectionChangeReason as Reason, ConnectionState as State, LoginErr, RenewTokenErr};
use rtm_call::service::event::{CallEvent, ServiceEvent};
use rtm_call::transport::{Ended, Link, Refusal};

use super::broker::Broker;
use super::carrier::{Carrier, Report};
use super::party::{Party, Told};
use super::wire::Wire;

/// A broker with passwords: alice's is "right".
fn with_passwords() -> Broker {
    Broker::prepared(|folder| {
        let file = folder.join("passwords");
        set_password(&file, "right");
        format!("allow_anonymous false\npassword_file {}\n", file.display())
    })
}

fn set_password(file: &std::path::Path, password: &str) {
    let made =
        Command::new("mosquitto_passwd").arg("-b").arg("-c").arg(file).args(["alice", password]).output().unwrap();
    assert!(made.status.success(), "{made:?}");
}

fn state(told: &Told) -> Option<(State, Reason)> {
    match told {
        Told::Service(ServiceEvent::ConnectionState(state, reason)) => Some((*state, *reason)),
        _ => None,
    }
}

fn states(party: &Party) -> Vec<(State, Reason)> {
    party.told().iter().filter_map(state).collect()
}

#[test]
fn passwords_are_checked() {
    let broker = with_passwords();
    let alice = Party::at(&broker.url());
    for (token, expected) in [(Some("wrong-secret"), LoginErr::InvalidToken), (None, LoginErr::NotAuthorized)] {
        let mark = alice.mark();
        alice.service.login(token, "alice").unwrap();
        let error = alice.wait_from(mark, "failure", |told| match told {
            Told::Service(ServiceEvent::LoginFailure(error)) => Some(*error),
            _ => None,
        });
        assert_eq!(error, expected);
        alice.wait_from(mark, "end", |told| (state(told)?.0 == State::Disconnected).then_some(()));
    }
    alice.log_in(Some("right"), "alice");
    let lines = format!("{:?}", alice.told());
    assert!(!lines.contains("wrong-secret") && !lines.contains("right"), "a token is never logged");
}

#[test]
fn nobody_there_is_a_timeout() {
    let url = format!("mqtt://127.0.0.1:{}", super::broker::free_port());
    let config = rtm_call::service::Config {
        url: Some(url),
        login_timeout: Duration::from_millis(700),
        ..rtm_call::service::Config::default()
    };
    let alice = Party::new(config);
    alice.service.login(None, "alice").unwrap();
    let error = alice.wait("failure", |told| match told {
        Told::Service(ServiceEvent::LoginFailure(error)) => Some(*error),
        _ => None,
    });
    assert_eq!(error, LoginErr::Timeout);
    alice.wait_line("cannot reach the broker");
}

#[test]
fn a_later_login_ends_the_first() {
    let broker = Broker::start();
    let (first, bob) = (Party::online(&broker.url(), "alice"), Party::online(&broker.url(), "bob"));
    let second = Party::online(&broker.url(), "alice");
    first.wait("abort", |told| (state(told)? == (State::Aborted, Reason::RemoteLogin)).then_some(()));
    bob.call("alice", "which of you?");
    second.rung("which of you?");
    assert!(!states(&second).iter().any(|(state, _)| *state == State::Reconnecting));
}

#[test]
fn a_third_login_ends_the_second_and_stays() {
    let broker = Broker::start();
    let _first = Party::online(&broker.url(), "alice");
    let second = Party::online(&broker.url(), "alice");
    let third = Party::online(&broker.url(), "alice");
    second.wait("abort", |told| (state(told)? == (State::Aborted, Reason::RemoteLogin)).then_some(()));
    let bob = Party::online(&broker.url(), "bob");
    bob.call("alice", "which of you?");
    third.rung("which of you?");
    assert!(!states(&third).iter().any(|(state, _)| *state == State::Aborted));
}

/// The first login loses its link, the second logs in elsewhere, and the first comes back: it is the first that ends.
fn a_ghost_comes_back(grace: Duration, wait_for_the_will: bool) {
    let broker = Broker::start();
    let wire = Wire::to(broker.port);
    let ghost = Carrier::with_grace(&wire.url(), "alice", None, grace);
    ghost.wait(Report::Link(Link::Up));
    let bob = Carrier::online(&broker.url(), "bob");
    bob.transport.watch("alice", true);
    bob.wait(Report::Presence("alice".into(), rtm_call::transport::Presence::Online));
    wire.cut();
    ghost.wait(Report::Link(Link::Down));
    if wait_for_the_will {
        bob.wait(Report::Presence("alice".into(), rtm_call::transport::Presence::Offline));
    }
    let second = Carrier::online(&broker.url(), "alice");
    wire.mend();
    ghost.transport.network_changed();
    ghost.wait(Report::Link(Link::Ended(Ended::RemoteLogin)));
    // The second was disturbed, looked, and is there again.
    bob.send("alice", "still there?");
    second.wait(Report::Message("bob".into(), "still there?".into()));
    second.wait_note("looking whether another instance took it over");
    assert_eq!(second.reports()[0], Report::Link(Link::Up));
    let told = (second.reports(), second.notes());
    assert!(
        !told.0.iter().any(|report| matches!(report, Report::Link(Link::Down | Link::Ended(_)))),
        "{told:#?} {}",
        broker.log()
    );
}

#[test]
fn a_ghost_within_its_grace_time_yields() {
    a_ghost_comes_back(Duration::from_secs(60), false);
}

#[test]
fn a_ghost_whose_will_was_published_yields() {
    a_ghost_comes_back(Duration::from_secs(1), true);
}

#[test]
fn a_broken_link_comes_back_and_nothing_is_lost() {
    let broker = Broker::start();
    let wire = Wire::to(broker.port);
    let (alice, bob) = (Party::online(&wire.url(), "alice"), Party::online(&broker.url(), "bob"));
    bob.call("alice", "first");
    alice.rung("first");
    wire.cut();
    alice.wait("break", |told| (state(told)?.0 == State::Reconnecting).then_some(()));
    bob.call("alice", "while away");
    let mark = alice.mark();
    wire.mend();
    alice.wait_from(mark, "return", |told| (state(told)?.0 == State::Connected).then_some(()));
    alice.rung("while away");
    let ringing = alice.rung("first");
    alice.service.accept(&ringing).unwrap();
    bob.wait("acceptance", |told| matches!(told, Told::Call(CallEvent::LocalAccepted(..))).then_some(()));
    assert_eq!(alice.count(|told| matches!(told, Told::Call(CallEvent::RemoteReceived(_)))), 2, "nothing rings twice");
    assert_eq!(alice.count(|told| matches!(told, Told::Service(ServiceEvent::LoginSuccess))), 1);
}

#[test]
fn a_restarted_broker_is_found_again_with_and_without_its_memory() {
    for memory in [false, true] {
        let mut broker = Broker::prepared(|folder| match memory {
            true => format!("allow_anonymous true\npersistence true\npersistence_location {}/\n", folder.display()),
            false => "allow_anonymous true\n".into(),
        });
        let (alice, bob) = (Party::online(&broker.url(), "alice"), Party::online(&broker.url(), "bob"));
        alice.call("bob", "before");
        bob.rung("before");
        let marks = [alice.mark(), bob.mark()];
        broker.restart();
        for (party, mark) in [&alice, &bob].into_iter().zip(marks) {
            party.wait_from(mark, "return", |told| (state(told)?.0 == State::Connected).then_some(()));
        }
        alice.call("bob", "after");
        bob.rung("after");
        let ringing = bob.rung("before");
        bob.service.accept(&ringing).unwrap();
        alice.wait("acceptance", |told| matches!(told, Told::Call(CallEvent::LocalAccepted(..))).then_some(()));
    }
}

#[test]
fn a_token_is_renewed_without_losing_anything() {
    let broker = Broker::start();
    let (alice, bob) = (Party::at(&broker.url()), Party::online(&broker.url(), "bob"));
    alice.log_in(Some("old"), "alice");
    bob.call("alice", "keep me");
    let ringing = alice.rung("keep me");
    alice.service.renew_token("new").unwrap();
    alice.service.accept(&ringing).unwrap(); // While the connection is replaced.
    bob.wait("acceptance", |told| matches!(told, Told::Call(CallEvent::LocalAccepted(..))).then_some(()));
    alice.wait("confirmation", |told| matches!(told, Told::Call(CallEvent::RemoteAccepted(..))).then_some(()));
    let renewed = alice.wait("renewal", |told| match told {
        Told::Service(ServiceEvent::RenewToken(of, error)) => Some((of.to_string(), *error)),
        _ => None,
    });
    assert_eq!(renewed, ("new".into(), RenewTokenErr::Ok));
    let expected = [(State::Connecting, Reason::Login), (State::Connected, Reason::LoginSuccess)];
    assert_eq!(states(&alice), expected, "the link did not seem to break");
}

#[test]
fn a_password_that_was_changed_ends_the_session_as_expired() {
    let mut broker = with_passwords();
    let file = broker.folder.join("passwords");
    let wire = Wire::to(broker.port);
    let alice = Carrier::start(&wire.url(), "alice", Some("right"));
    alice.wait(Report::Link(Link::Up));
    set_password(&file, "other");
    broker.reload();
    wire.cut();
    wire.mend();
    alice.wait(Report::Link(Link::Ended(Ended::TokenExpired)));
    let again = Carrier::start(&broker.url(), "alice", Some("right"));
    again.wait(Report::Link(Link::Refused(Refusal::InvalidToken)));
}

#[test]
fn apps_with_the_same_users_share_a_broker() {
    let broker = Broker::start();
    let url = format!("{}?qualify=1", broker.url());
    let (alice, bob) = (Carrier::online(&url, "alice"), Carrier::online(&url, "bob"));
    let other = Carrier::start(&broker.url(), "bob", None);
    other.wait(Report::Link(Link::Up));
    alice.send("bob", "qualified");
    bob.wait(Report::Message("alice".into(), "qualified".into()));
    assert!(!bob.reports().iter().any(|report| matches!(report, Report::Link(Link::Ended(_)))));
    assert_eq!(other.reports(), [Report::Link(Link::Up)]);
}
