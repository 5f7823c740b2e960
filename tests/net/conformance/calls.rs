//! Calls that are answered, canceled, or made many at once.

use std::collections::BTreeSet;
use std::thread;

use rtm_call::codes::{EndReason, EndSide};
use rtm_call::engine::local::State as LocalState;
use rtm_call::error::Error;

use super::{Bench, Row};
use crate::oracle;
use crate::party::{Party, id};
use crate::story::{Kind, Seen};

pub const ROWS: &[Row] = &[
    ("accepted", accepted),
    ("accepted inside the callback", accepted_inside_the_callback),
    ("refused", refused),
    ("canceled while it rings", canceled_while_it_rings),
    ("canceled right after send", canceled_right_after_send),
    ("cancel crosses accept", cancel_crosses_accept),
    ("several between the same two", several_between_the_same_two),
    ("each calls the other", each_calls_the_other),
    ("one calls itself", one_calls_itself),
    ("100 at once to 10 callees", a_hundred_at_once),
    ("what travels is a snapshot", what_travels_is_a_snapshot),
    ("texts at their limits", texts_at_their_limits),
    ("every character of a user id", every_character_of_a_user_id),
    ("verbs in every state", verbs_in_every_state),
    ("rings come in the order of send", rings_come_in_order),
];

/// Alice rings Bob and both know; the call's objects follow from the id.
pub fn ring(alice: &Party, bob: &Party) -> rtm_call::engine::CallId {
    let id = id(&alice.calls(&bob.user, "content"));
    assert_eq!(bob.rings(id).with_content(str::to_owned), "content");
    alice.comes(id, Kind::LocalReceived);
    id
}

fn kinds(party: &Party, call: rtm_call::engine::CallId) -> Vec<Kind> {
    party.call(call).iter().map(|call| call.kind).collect()
}

fn accepted(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let local = alice.invitation("bob", "are you there?");
    local.set_channel("room");
    alice.service.send(&local).expect("the texts are valid");
    let call = id(&local);
    let remote = bob.rings(call);
    assert_eq!(remote.with_content(str::to_owned), "are you there?");
    assert_eq!(remote.with_channel(str::to_owned), "room");
    assert_eq!(remote.with_caller(str::to_owned), "alice");
    bob.accepts(&remote, "with pleasure");
    let (here, there) = (alice.ends(call, true), bob.ends(call, false));
    assert_eq!((here.kind, &*here.text), (Kind::LocalAccepted, "with pleasure"));
    assert_eq!((here.reason, here.by), (EndReason::Accepted, EndSide::Callee));
    assert_eq!((there.kind, there.reason, there.by), (Kind::RemoteAccepted, EndReason::Accepted, EndSide::Callee));
    assert_eq!(kinds(&alice, call), [Kind::LocalReceived, Kind::LocalAccepted]);
    assert_eq!(kinds(&bob, call), [Kind::RemoteReceived, Kind::RemoteAccepted]);
    assert_eq!(oracle::check(&[&alice, &bob], true), 1);
}

fn accepted_inside_the_callback(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    bob.always_accepts("at once");
    let call = id(&alice.calls("bob", ""));
    assert_eq!(alice.ends(call, true).text, "at once");
    assert_eq!(bob.ends(call, false).kind, Kind::RemoteAccepted);
    oracle::check(&[&alice, &bob], true);
}

fn refused(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let call = ring(&alice, &bob);
    bob.refuses(&bob.rings(call), "not now");
    let (here, there) = (alice.ends(call, true), bob.ends(call, false));
    assert_eq!((here.kind, &*here.text), (Kind::LocalRefused, "not now"));
    assert_eq!((here.reason, here.by), (EndReason::Refused, EndSide::Callee));
    assert_eq!((there.kind, there.reason, there.by), (Kind::RemoteRefused, EndReason::Refused, EndSide::Callee));
    oracle::check(&[&alice, &bob], true);
}

fn canceled_while_it_rings(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let local = alice.calls("bob", "");
    let call = id(&local);
    bob.rings(call);
    alice.comes(call, Kind::LocalReceived);
    alice.service.cancel(&local).expect("it rings");
    let (here, there) = (alice.ends(call, true), bob.ends(call, false));
    assert_eq!((here.kind, here.reason, here.by), (Kind::LocalCanceled, EndReason::Canceled, EndSide::Caller));
    assert_eq!((there.kind, there.reason, there.by), (Kind::RemoteCanceled, EndReason::Canceled, EndSide::Caller));
    oracle::check(&[&alice, &bob], true);
}

fn canceled_right_after_send(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    for _ in 0..10 {
        let local = alice.calls("bob", "");
        alice.service.cancel(&local).expect("it is under way");
        assert_eq!(alice.ends(id(&local), true).kind, Kind::LocalCanceled);
    }
    // What follows on the same way shows that nothing of them is still to come.
    let call = ring(&alice, &bob);
    bob.refuses(&bob.rings(call), "");
    alice.ends(call, true);
    bob.ends(call, false);
    oracle::check(&[&alice, &bob], true);
}

fn cancel_crosses_accept(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    for _ in 0..20 {
        let local = alice.calls("bob", "");
        let call = id(&local);
        let remote = bob.rings(call);
        thread::scope(|scope| {
            scope.spawn(|| alice.service.cancel(&local));
            scope.spawn(|| bob.service.accept(&remote));
        });
        let (here, there) = (alice.ends(call, true), bob.ends(call, false));
        let pair = (here.kind, there.kind);
        let agree = [(Kind::LocalAccepted, Kind::RemoteAccepted), (Kind::LocalCanceled, Kind::RemoteCanceled)];
        assert!(agree.contains(&pair), "{pair:?}");
    }
    assert_eq!(oracle::check(&[&alice, &bob], true), 20);
}

fn several_between_the_same_two(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let calls: Vec<_> = (0..10).map(|n| id(&alice.calls("bob", &format!("call {n}")))).collect();
    assert_eq!(calls.iter().collect::<BTreeSet<_>>().len(), 10);
    for (n, call) in calls.iter().enumerate().rev() {
        let remote = bob.rings(*call);
        assert_eq!(remote.with_content(str::to_owned), format!("call {n}"));
        if n % 2 == 0 { bob.accepts(&remote, &format!("yes {n}")) } else { bob.refuses(&remote, &format!("no {n}")) }
    }
    for (n, call) in calls.iter().enumerate() {
        let (here, there) = (alice.ends(*call, true), bob.ends(*call, false));
        let expected = if n % 2 == 0 {
            (Kind::LocalAccepted, format!("yes {n}"), Kind::RemoteAccepted)
        } else {
            (Kind::LocalRefused, format!("no {n}"), Kind::RemoteRefused)
        };
        assert_eq!((here.kind, here.text, there.kind), expected);
    }
    oracle::check(&[&alice, &bob], true);
}

fn each_calls_the_other(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let (there, back) = (id(&alice.calls("bob", "")), id(&bob.calls("alice", "")));
    bob.accepts(&bob.rings(there), "b");
    alice.accepts(&alice.rings(back), "a");
    assert_eq!(alice.ends(there, true).text, "b");
    assert_eq!(bob.ends(back, true).text, "a");
    assert_eq!(bob.ends(there, false).kind, Kind::RemoteAccepted);
    assert_eq!(alice.ends(back, false).kind, Kind::RemoteAccepted);
    assert_eq!(oracle::check(&[&alice, &bob], true), 2);
}

fn one_calls_itself(bench: &Bench<'_>) {
    let alice = bench.party("alice");
    let call = ring(&alice, &alice);
    alice.accepts(&alice.rings(call), "me");
    assert_eq!(alice.ends(call, true).text, "me");
    assert_eq!(alice.ends(call, false).kind, Kind::RemoteAccepted);
    oracle::check(&[&alice], true);
}

fn a_hundred_at_once(bench: &Bench<'_>) {
    let alice = bench.party("alice");
    let callees: Vec<Party> = (0..10).map(|n| bench.party(&format!("callee {n}"))).collect();
    callees.iter().for_each(|callee| callee.always_accepts("yes"));
    let calls: Vec<_> = (0..100).map(|n| (n % 10, id(&alice.calls(&format!("callee {}", n % 10), "")))).collect();
    for (n, call) in calls {
        assert_eq!(alice.ends(call, true).kind, Kind::LocalAccepted);
        assert_eq!(callees[n].ends(call, false).kind, Kind::RemoteAccepted);
    }
    let mut all = vec![&alice];
    all.extend(&callees);
    assert_eq!(oracle::check(&all, true), 100);
}

fn what_travels_is_a_snapshot(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let local = alice.calls("bob", "before");
    local.set_content("after");
    let remote = bob.rings(id(&local));
    assert_eq!(remote.with_content(str::to_owned), "before");
    bob.accepts(&remote, "first");
    remote.set_response("second");
    assert_eq!(alice.ends(id(&local), true).text, "first");
    assert_eq!(local.with_content(str::to_owned), "after");
}

fn texts_at_their_limits(bench: &Bench<'_>) {
    let longest_id = "i".repeat(64);
    let (alice, bob) = (bench.party("alice"), bench.party(&longest_id));
    let too_long = |result: Result<(), Error>| assert!(matches!(result, Err(Error::InvalidArgument(_))), "{result:?}");

    let local = alice.invitation(&longest_id, &"c".repeat(8193));
    too_long(alice.service.send(&local));
    local.set_content(&"\u{1}".repeat(8192)); // Six bytes each on the wire.
    local.set_channel(&"h".repeat(65));
    too_long(alice.service.send(&local));
    assert_eq!(local.state(), LocalState::Idle);
    local.set_channel(&"h".repeat(64));
    alice.service.send(&local).expect("now it is within the limits");

    let remote = bob.rings(id(&local));
    assert_eq!(remote.with_content(str::to_owned), "\u{1}".repeat(8192));
    assert_eq!(remote.with_channel(str::len), 64);
    remote.set_response(&"r".repeat(8193));
    too_long(bob.service.accept(&remote));
    bob.accepts(&remote, &"é".repeat(4096));
    assert_eq!(alice.ends(id(&local), true).text, "é".repeat(4096));
    for nobody in ["", "null", "a*b", "日本", &"i".repeat(65)] {
        too_long(alice.service.send(&alice.invitation(nobody, "")));
    }
}

fn every_character_of_a_user_id(bench: &Bench<'_>) {
    let characters: String = (' '..='~').filter(|c| !"\"'*/\\".contains(*c)).collect();
    let (first, second) = characters.split_at(45);
    let (alice, bob) = (bench.party(first), bench.party(second));
    // Nobody else, however similar its name, may hear of it.
    let others = [bench.party("+"), bench.party("#"), bench.party(&first.to_lowercase()), bench.party(&second[1..])];
    for (from, to) in [(&alice, &bob), (&bob, &alice)] {
        let call = ring(from, to);
        let remote = to.rings(call);
        assert_eq!(remote.with_caller(str::to_owned), from.user);
        to.accepts(&remote, "");
        from.ends(call, true);
        to.ends(call, false);
    }
    for other in &others {
        let call = ring(&alice, other); // The twin: they do hear what is for them.
        other.refuses(&other.rings(call), "");
        alice.ends(call, true);
        let rings = other.story.entries().iter().filter(|e| matches!(&e.seen, Seen::Call(_))).count();
        assert!(rings <= 2, "{}\n{}", other.user, other.story);
    }
    let all: Vec<_> = [&alice, &bob].into_iter().chain(&others).collect();
    assert_eq!(oracle::check(&all, false), 6);
}

fn verbs_in_every_state(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let local = alice.invitation("bob", "");
    assert_eq!(alice.service.cancel(&local), Err(Error::NotStarted));
    alice.service.send(&local).expect("the texts are valid");
    assert_eq!(alice.service.send(&local), Err(Error::AlreadySent));
    let remote = bob.rings(id(&local));
    alice.comes(id(&local), Kind::LocalReceived);
    assert_eq!(alice.service.send(&local), Err(Error::AlreadySent));
    bob.accepts(&remote, "");
    alice.ends(id(&local), true);
    bob.ends(id(&local), false);
    assert_eq!(bob.service.accept(&remote), Err(Error::AlreadyEnd));
    assert_eq!(bob.service.refuse(&remote), Err(Error::AlreadyEnd));
    assert_eq!(alice.service.cancel(&local), Err(Error::AlreadyEnd));
    assert_eq!(alice.service.send(&local), Err(Error::AlreadyEnd));
}

fn rings_come_in_order(bench: &Bench<'_>) {
    let (alice, bob) = (bench.party("alice"), bench.party("bob"));
    let sent: Vec<_> = (0..50).map(|_| id(&alice.calls("bob", ""))).collect();
    let rung = bob.story.wait("50 rings", |told| {
        let rings = told.iter().filter_map(|entry| match &entry.seen {
            Seen::Call(call) if call.kind == Kind::RemoteReceived => Some(call.id),
            _ => None,
        });
        Some(rings.collect::<Vec<_>>()).filter(|rings| rings.len() == 50)
    });
    assert_eq!(rung, sent);
}
