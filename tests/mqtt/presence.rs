//! Presence at a real broker.

use std::time::Duration;

use rtm_call::transport::{Link, Presence};

use super::broker::Broker;
use super::carrier::{Carrier, Report};
use super::wire::Wire;

fn presence(user: &str, presence: Presence) -> Report {
    Report::Presence(user.into(), presence)
}

/// What a carrier was told of others, in order.
fn presences(carrier: &Carrier) -> Vec<Report> {
    carrier.reports().into_iter().filter(|report| matches!(report, Report::Presence(..))).collect()
}

#[test]
fn who_logs_in_is_online_and_who_logs_out_is_not() {
    let broker = Broker::start();
    let alice = Carrier::online(&broker.url(), "alice");
    alice.transport.watch("bob", true);
    alice.wait(presence("bob", Presence::Offline));
    let bob = Carrier::online(&broker.url(), "bob");
    alice.wait(presence("bob", Presence::Online));
    bob.transport.stop(Duration::from_secs(1));
    alice.wait_for("two changes to offline", |reports| {
        (reports.iter().filter(|report| **report == presence("bob", Presence::Offline)).count() == 2).then_some(())
    });
    let carol = Carrier::online(&broker.url(), "carol");
    carol.transport.watch("alice", true);
    carol.wait(presence("alice", Presence::Online));
    alice.transport.watch("alice", true);
    alice.wait(presence("alice", Presence::Online));
}

#[test]
fn who_vanishes_is_offline_after_the_grace_time_and_not_if_it_is_back_before() {
    let broker = Broker::start();
    let wire = Wire::to(broker.port);
    let alice = Carrier::online(&broker.url(), "alice");
    let bob = Carrier::with_grace(&wire.url(), "bob", None, Duration::from_secs(2));
    bob.wait(Report::Link(Link::Up));
    alice.transport.watch("bob", true);
    alice.wait(presence("bob", Presence::Online));
    wire.cut();
    bob.wait(Report::Link(Link::Down));
    wire.mend();
    bob.wait_for("return", |reports| {
        (reports.iter().filter(|report| **report == Report::Link(Link::Up)).count() == 2).then_some(())
    });
    assert_eq!(presences(&alice), [presence("bob", Presence::Online)]);
    wire.cut();
    let before = std::time::Instant::now();
    alice.wait(presence("bob", Presence::Offline));
    assert!(before.elapsed() >= Duration::from_millis(1_500), "not before the grace time");
    wire.mend();
    bob.transport.network_changed();
    alice.wait_for("second return", |reports| {
        (reports.iter().filter(|report| **report == presence("bob", Presence::Online)).count() == 2).then_some(())
    });
}

#[test]
fn many_are_watched_and_told_anew_after_a_break() {
    let broker = Broker::start();
    let wire = Wire::to(broker.port);
    let alice = Carrier::online(&wire.url(), "alice");
    let _bob = Carrier::online(&broker.url(), "user 7");
    let told = |all: usize| {
        alice.wait_for("all presences", |reports| {
            let seen = reports.iter().filter(|report| matches!(report, Report::Presence(..))).count();
            (seen >= all).then_some(())
        });
        let told = presences(&alice);
        let online: Vec<_> =
            told.iter().filter(|report| matches!(report, Report::Presence(_, Presence::Online))).collect();
        assert_eq!(online, vec![&presence("user 7", Presence::Online); all / 300]);
        assert_eq!(told.len(), all);
    };
    (0..300).for_each(|number| alice.transport.watch(&format!("user {number}"), true));
    told(300);
    wire.cut();
    alice.wait(Report::Link(Link::Down));
    wire.mend();
    told(600);
}

#[test]
fn stale_entries_of_ones_own_are_removed_at_the_login() {
    let mut broker = Broker::prepared(|folder| {
        let folder = folder.display();
        format!(
            "allow_anonymous true\npersistence true\npersistence_location {folder}/\nautosave_interval 1\nautosave_on_changes true\n"
        )
    });
    let alice = Carrier::online(&broker.url(), "alice");
    let bob = Carrier::online(&broker.url(), "bob");
    bob.transport.watch("alice", true);
    bob.wait(presence("alice", Presence::Online));
    // The broker forgets the session with its Will when it crashes, and keeps the entry.
    broker.kill();
    alice.transport.stop(Duration::ZERO);
    broker.restart();
    let again = Carrier::online(&broker.url(), "alice");
    again.transport.stop(Duration::from_secs(5));
    let carol = Carrier::online(&broker.url(), "carol");
    carol.transport.watch("alice", true);
    carol.wait(presence("alice", Presence::Offline));
}
