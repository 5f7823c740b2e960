//! The engine as a value: clones are equal, and what differs hashes differently, so that a model checker can tell states apart.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use rtm_call::codes::EndSide;
use rtm_call::engine::message::Message;
use rtm_call::engine::{Body, Config, Presence, local, remote};

use crate::local::caller_in;
use crate::net::{A, ALICE, B, BOB, Net, ms, secs};
use crate::remote::callee_in;

/// What happens, and at which node.
type Step = (fn(&mut Net), usize);

fn hash(net: &mut Net, at: usize) -> u64 {
    let state = BuildHasherDefault::<DefaultHasher>::default();
    let engine = net.engine(at);
    assert_eq!(*engine, engine.clone());
    assert_eq!(state.hash_one(&*engine), state.hash_one(engine.clone()));
    state.hash_one(engine)
}

#[test]
fn every_step_of_a_call_is_another_state_on_both_sides() {
    let mut net = Net::out(Config::default());
    let mut seen = [HashSet::new(), HashSet::new()];
    let steps: [Step; 12] = [
        (|net| _ = net.login(A), A),
        (|net| net.link_up(A, &[]), A),
        (|net| _ = net.up(B), B),
        (|net| _ = net.send(), A),
        (|net| net.after(secs(1)), A),
        (|net| net.link_down(B), B),
        (|net| net.accept(B).unwrap(), B),
        (|net| net.link_up(B, &[]), B),
        (|net| net.run(), B),
        (|net| _ = net.post(A, "carol", &Body::Text("hi".into())), A),
        (|net| net.logout(A), A),
        (|net| net.after(secs(200)), B),
    ];
    for (n, (step, at)) in steps.into_iter().enumerate() {
        seen[at].insert(hash(&mut net, at));
        step(&mut net);
        assert!(seen[at].insert(hash(&mut net, at)), "step {n}");
    }
}

/// Two nets whose engine at `at` differs in one thing only.
fn differ(at: usize, [mut one, mut other]: [Net; 2]) {
    assert_ne!(one.engine(at).clone(), *other.engine(at));
    assert_ne!(hash(&mut one, at), hash(&mut other, at));
}

#[test]
fn memory_is_part_of_the_state() {
    let ended = |how: fn(&mut Net)| {
        let mut net = caller_in(local::State::ReceivedByRemote);
        how(&mut net);
        net.run();
        net
    };
    differ(B, [ended(|net| net.cancel().unwrap()), ended(|net| net.logout(A))]);
    let kept = |first: &'static str, second: &'static str| {
        let mut net = Net::new();
        for callee in [first, second] {
            net.send_with(A, callee, Config::default().windows);
            net.inject(A, callee, 2, Message::Accept { response: "".into() });
        }
        net
    };
    differ(A, [kept("carol", "dave"), kept("dave", "carol")]);
}

#[test]
fn what_is_known_of_a_peer_is_part_of_the_state() {
    let known = |presence| {
        let mut net = callee_in(remote::State::InvitationReceived);
        net.after(ms(500));
        net.presence(B, ALICE, presence);
        net
    };
    differ(B, [known(Presence::Online), known(Presence::Unreachable)]);
    let unseen = |reason| {
        let mut net = Net::new();
        let end = Message::End { side: EndSide::Caller, to: None, reason, response: "".into() };
        net.inject(B, ALICE, 1, end);
        net
    };
    use rtm_call::codes::EndReason::{Canceled, Expired};
    differ(B, [unseen(Canceled), unseen(Expired)]);
}

#[test]
fn users_that_nothing_refers_to_any_more_are_forgotten() {
    let after_a_call_with = |callee: &'static str| {
        let mut net = Net::new();
        net.send_with(A, callee, Config::default().windows);
        net.inject(A, callee, 2, Message::Received);
        net.inject(A, callee, 2, Message::Accept { response: "".into() });
        net.inject(
            A,
            callee,
            2,
            Message::End { side: EndSide::Caller, to: None, reason: Canceled, response: "".into() },
        );
        net.after(secs(1));
        let ring = net.engine(A).clone();
        net.after(secs(300));
        [ring, net.engine(A).clone()]
    };
    use rtm_call::codes::EndReason::Canceled;
    let [carol, dave] = ["carol", "dave"].map(after_a_call_with);
    assert_ne!(carol[0], dave[0]);
    assert_eq!(carol[1], dave[1]);
}

#[test]
fn outputs_not_read_yet_are_part_of_the_state() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    let read = net.engine(A).clone();
    let now = net.now(A);
    net.engine(A).handle_message(now, BOB, &b"{"[..].into());
    assert_ne!(read, *net.engine(A));
    let state = BuildHasherDefault::<DefaultHasher>::default();
    assert_ne!(state.hash_one(read), state.hash_one(&*net.engine(A)));
}

#[test]
fn counters_are_no_part_of_the_state() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    let before = hash(&mut net, A);
    net.inject(A, "eve", 5, Message::Received);
    assert_eq!(net.engine(A).stats().dropped_stray, 1);
    assert_eq!(hash(&mut net, A), before);
}
