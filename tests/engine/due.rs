//! Wake-ups, and what comes first when timers and messages are due at the same time (SPEC section 4), with virtual time.

use rtm_call::codes::{EndReason, EndSide};
use rtm_call::engine::message::Message;
use rtm_call::engine::{Instance, local, remote};
use rtm_call::error::Error;

use crate::local::caller_in;
use crate::net::{A, ALICE, B, BOB, Net, ms, secs, wire};
use crate::remote::callee_in;
use crate::timers::{EXPIRED, NO_RESPONSE, UNCONFIRMED, invite, told, windows};

// Wake-ups.

#[test]
fn early_or_repeated_wake_ups_do_nothing() {
    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.sleep(ms(100));
    let before = net.engine(B).clone();
    net.wake(B);
    net.wake(A);
    assert_eq!(*net.engine(B), before);
    net.after(secs(5));
    net.forget();
    let before = net.engine(B).clone();
    net.wake(B);
    net.wake(B);
    assert_eq!(*net.engine(B), before);
    assert!(net.events(B).is_empty() && net.sent(B).is_empty());
}

#[test]
fn idle_engine_has_no_deadline() {
    let mut net = Net::new();
    assert_eq!(net.deadline(A), None);
    net.send();
    assert!(net.deadline(A).is_some(), "the positive twin");
    net.run();
    assert!(net.deadline(A).is_some() && net.deadline(B).is_some());
    net.accept(B).unwrap();
    net.after(secs(185));
    assert_eq!((net.deadline(A), net.deadline(B)), (None, None));
    net.forget();
    net.after(secs(86_400));
    assert_eq!(net.wakes(A) + net.wakes(B), 0);
}

#[test]
fn deadline_is_the_earliest_of_all_invitations() {
    let mut net = Net::new();
    net.link_down(A);
    net.send_with(A, BOB, windows(9_000, 60_000, 5_000));
    net.send_with(A, "carol", windows(3_000, 60_000, 5_000));
    net.send_with(A, "dave", windows(6_000, 60_000, 5_000));
    for expected in [3, 6, 9] {
        assert_eq!(net.deadline(A), Some(secs(expected)));
        net.after(secs(expected) - net.elapsed());
    }
    assert_eq!(told(&mut net, A).len(), 3);
    assert_eq!(net.deadline(A), None);
}

#[test]
fn many_ended_invitations_are_forgotten_in_few_wake_ups() {
    let mut net = Net::new();
    for _ in 0..200 {
        net.send();
        net.run();
        net.accept(B).unwrap();
        net.after(ms(300));
    }
    assert_eq!(net.engine(B).stats().remembered, 200);
    net.wakes(B);
    net.after(secs(300));
    assert_eq!(net.engine(B).stats().remembered, 0);
    let wakes = net.wakes(B);
    assert!((1..=5).contains(&wakes), "{wakes} wake-ups for 60 s of calls");
    assert_eq!(net.deadline(B), None);
}

// Messages and timers due at the same time.

#[test]
fn due_timer_runs_before_a_message_read_at_the_same_time() {
    let mut net = caller_in(local::State::SentToRemote);
    net.sleep(secs(30));
    net.inject(A, BOB, 2, Message::Accept { response: "yes".into() });
    assert_eq!(told(&mut net, A), [NO_RESPONSE]);

    let mut net = caller_in(local::State::SentToRemote);
    net.sleep(ms(29_999));
    net.inject(A, BOB, 2, Message::Accept { response: "yes".into() });
    assert_eq!(told(&mut net, A), ["ReceivedByPeer", "Accepted(yes): accepted by callee"]);

    let mut net = callee_in(remote::State::InvitationReceived);
    net.sleep(secs(60));
    net.inject(B, ALICE, 1, end(EndReason::Canceled));
    assert_eq!(told(&mut net, B), [EXPIRED]);
}

fn end(reason: EndReason) -> Message {
    Message::End { side: EndSide::Caller, to: None, reason, response: "".into() }
}

#[test]
fn what_has_arrived_is_handled_before_the_accept_window_closes() {
    let confirm = Message::Confirm { to: Instance(2) };
    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.sleep(secs(7));
    net.inject(B, ALICE, 1, confirm);
    assert_eq!(told(&mut net, B), ["Accepted: accepted by callee"]);

    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.sleep(secs(7));
    let now = net.now(B);
    net.engine(B).catch_up(now);
    assert!(net.deadline(B).unwrap() <= secs(5), "its window stays due");
    assert!(net.events(B).is_empty() && net.sent(B).is_empty());
    net.wake(B);
    assert_eq!(told(&mut net, B), [UNCONFIRMED]);
}

#[test]
fn catching_up_closes_all_other_windows() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.sleep(secs(60));
    let now = net.now(B);
    net.engine(B).catch_up(now);
    assert_eq!(net.accept(B), Err(Error::AlreadyEnd));
    assert_eq!(told(&mut net, B), [EXPIRED]);
}

#[test]
fn end_in_a_backlog_beats_the_invite_before_it() {
    let mut net = Net::new();
    net.link_down(B);
    net.send();
    net.run();
    let invite = wire(net.id(), 1, invite());
    let cancel = wire(net.id(), 1, end(EndReason::Canceled));
    net.link_up(B, &[(ALICE, invite.clone()), (ALICE, cancel)]);
    assert!(net.events(B).is_empty(), "it never rings");
    assert_eq!(net.sent(B), ["ended callee", "end callee canceled"]);

    let mut net = Net::new();
    net.link_down(B);
    net.send();
    net.run();
    net.link_up(B, &[(ALICE, invite)]);
    assert_eq!(net.events(B), ["Ring(alice, hello, room)"], "without the end it does");
}

#[test]
fn end_in_a_backlog_beats_the_accept_before_it() {
    let accept = |net: &Net| wire(net.id(), 2, Message::Accept { response: "yes".into() });
    let mut net = caller_in(local::State::ReceivedByRemote);
    let end = wire(
        net.id(),
        2,
        Message::End { side: EndSide::Callee, to: None, reason: EndReason::AcceptUnconfirmed, response: "".into() },
    );
    let backlog = [(BOB, accept(&net)), (BOB, end)];
    net.backlog(A, &backlog);
    assert_eq!(told(&mut net, A), ["Failure(PeerNoResponse): accept_unconfirmed by callee"]);

    let mut net = caller_in(local::State::ReceivedByRemote);
    let backlog = [(BOB, accept(&net))];
    net.backlog(A, &backlog);
    assert_eq!(told(&mut net, A), ["Accepted(yes): accepted by callee"], "without the end it counts");
}

#[test]
fn backlog_is_read_before_anything_is_re_sent() {
    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.link_down(B);
    net.after(secs(3));
    net.forget();
    let confirm = wire(net.id(), 1, Message::Confirm { to: Instance(2) });
    net.link_up(B, &[(ALICE, confirm)]);
    assert_eq!(told(&mut net, B), ["Accepted: accepted by callee"]);
    assert!(net.sent(B).is_empty(), "the accept is confirmed: it is not sent again");
}

#[test]
fn window_that_closed_meanwhile_closes_before_anything_is_re_sent() {
    let mut net = Net::new();
    net.link_down(A);
    net.send();
    net.sleep(secs(31));
    net.link_up(A, &[]);
    assert_eq!(net.events(A), [NO_RESPONSE]);
    assert!(net.sent(A).is_empty(), "an invite that expired does not ring");

    let mut net = callee_in(remote::State::InvitationReceived);
    net.link_down(B);
    net.accept(B).unwrap();
    net.sleep(secs(61));
    let mut confirmed = net.engine(B).clone();
    net.link_up(B, &[]);
    assert_eq!(told(&mut net, B), [UNCONFIRMED]);
    assert_eq!(net.sent(B), ["end callee accept_unconfirmed"]);

    std::mem::swap(&mut confirmed, net.engine(B));
    let confirm = wire(net.id(), 1, Message::Confirm { to: Instance(2) });
    net.link_up(B, &[(ALICE, confirm)]);
    assert_eq!(told(&mut net, B), ["Accepted: accepted by callee"], "what has arrived counts");
}
