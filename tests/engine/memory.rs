//! What is remembered of ended invitations, and how late messages are answered (SPEC section 3).

use rtm_call::codes::{EndReason, EndSide};
use rtm_call::engine::message::Message;
use rtm_call::engine::{CallId, Config, Dropped, Instance, Presence, Windows, local, remote};

use crate::local::caller_in;
use crate::net::{A, ALICE, B, BOB, Net, ms, secs, wire};
use crate::remote::callee_in;

fn invite() -> Message {
    invite_with(Windows::default())
}

fn invite_with(windows: Windows) -> Message {
    Message::Invite { content: "hello".into(), channel: "room".into(), windows }
}

fn end(side: EndSide, reason: EndReason) -> Message {
    Message::End { side, to: None, reason, response: "".into() }
}

fn canceled() -> Message {
    end(EndSide::Caller, EndReason::Canceled)
}

fn accept() -> Message {
    Message::Accept { response: "yes".into() }
}

// The caller answers late messages.

/// A net whose caller has ended; its own end is acknowledged, or not.
fn ended_caller(how: fn(&mut Net), acknowledged: bool) -> Net {
    let mut net = caller_in(local::State::ReceivedByRemote);
    if !acknowledged {
        net.lose(B, "ended");
    }
    how(&mut net);
    net.run();
    net.heal();
    net.forget();
    net
}

fn late_at_caller(how: fn(&mut Net), acknowledged: bool, answer: &str) {
    for late in [Message::Received, accept()] {
        let mut net = ended_caller(how, acknowledged);
        net.inject(A, BOB, 9, late.clone());
        assert_eq!(net.sent(A), [answer], "{late:?}");
        assert!(net.events(A).is_empty());
        net.inject(A, BOB, 9, late);
        assert_eq!(net.sent(A), [answer], "each time");
    }
}

#[test]
fn ended_caller_answers_late_messages_of_any_instance_with_an_end_that_names_it() {
    for acknowledged in [false, true] {
        late_at_caller(|net| net.cancel().unwrap(), acknowledged, "end caller canceled to 9");
        late_at_caller(|net| net.refuse(B).unwrap(), acknowledged, "end caller refused_elsewhere to 9");
        late_at_caller(|net| net.accept(B).unwrap(), acknowledged, "end caller answered_elsewhere to 9");
        late_at_caller(|net| net.after(secs(60)), acknowledged, "end caller expired to 9");
        late_at_caller(|net| net.logout(B), acknowledged, "end caller logged_out to 9");
    }
}

#[test]
fn what_ended_one_instance_is_told_to_another_as_what_it_means_there() {
    let unconfirmed = |net: &mut Net| {
        net.lose(B, "accept(");
        net.accept(B).unwrap();
        net.after(secs(5));
    };
    let lost = |net: &mut Net| {
        net.after(ms(500));
        net.presence(B, ALICE, Presence::Offline);
    };
    for acknowledged in [false, true] {
        late_at_caller(unconfirmed, acknowledged, "end caller answered_elsewhere to 9");
        late_at_caller(lost, acknowledged, "end caller expired to 9");
    }
}

#[test]
fn caller_out_of_its_acknowledge_window_answers_late_messages_with_an_end_that_names_them() {
    for late in [Message::Received, accept()] {
        let mut net = Net::new();
        net.link_down(B);
        net.send();
        net.after(secs(30));
        net.forget();
        net.inject(A, BOB, 2, late);
        assert_eq!(net.sent(A), ["end caller no_response to 2"]);
    }
}

#[test]
fn accepted_caller_confirms_a_repeated_accept_and_ignores_a_repeated_acknowledgement_of_its_callee() {
    let mut net = ended_caller(|net| net.accept(B).unwrap(), true);
    net.inject(A, BOB, 2, Message::Received);
    assert_eq!(net.sent(A), ["confirm 2"], "its answer to whatever the accepted instance says");
    net.inject(A, BOB, 2, accept());
    assert_eq!(net.sent(A), ["confirm 2"]);
    assert!(net.events(A).is_empty());
}

#[test]
fn ended_caller_acknowledges_a_late_end_and_keeps_its_own() {
    let mut net = ended_caller(|net| net.cancel().unwrap(), true);
    net.inject(A, BOB, 2, end(EndSide::Callee, EndReason::Refused));
    assert_eq!(net.sent(A), ["ended caller"]);
    assert!(net.events(A).is_empty());
    net.inject(A, BOB, 9, Message::Received);
    assert_eq!(net.sent(A), ["end caller canceled to 9"]);
}

// The callee answers late invites.

fn late_at_callee(how: fn(&mut Net), acknowledged: bool, answer: &str) {
    let mut net = callee_in(remote::State::InvitationReceived);
    if !acknowledged {
        net.lose(A, "ended");
    }
    how(&mut net);
    net.run();
    net.heal();
    net.forget();
    net.inject(B, ALICE, 1, invite());
    assert_eq!(net.sent(B), [answer], "its outcome, never received");
    assert!(net.events(B).is_empty(), "no ring");
}

#[test]
fn ended_callee_answers_a_late_invite_with_its_end() {
    late_at_callee(|net| net.refuse(B).unwrap(), true, "end callee refused()");
    late_at_callee(|net| net.refuse(B).unwrap(), false, "end callee refused(no)");
    for acknowledged in [false, true] {
        late_at_callee(|net| net.cancel().unwrap(), acknowledged, "end callee canceled");
        late_at_callee(|net| net.after(secs(60)), acknowledged, "end callee expired");
    }
    let unconfirmed = |net: &mut Net| {
        net.lose(B, "accept(");
        net.accept(B).unwrap();
        net.after(secs(5));
    };
    late_at_callee(unconfirmed, true, "end callee accept_unconfirmed");
    late_at_callee(unconfirmed, false, "end callee accept_unconfirmed");
}

#[test]
fn accepted_callee_answers_a_late_invite_with_the_accept_again() {
    late_at_callee(|net| net.accept(B).unwrap(), true, "accept()");
}

#[test]
fn acknowledgements_that_come_again_are_not_stray() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.accept(B).unwrap();
    net.run();
    net.inject(B, ALICE, 1, Message::Confirm { to: Instance(2) });
    assert_eq!(net.drops(B), []);

    let mut net = ended_caller(|net| net.cancel().unwrap(), true);
    net.inject(A, BOB, 2, Message::Ended { side: EndSide::Callee });
    assert_eq!(net.drops(A), []);
    net.inject(A, BOB, 2, Message::Ended { side: EndSide::Caller });
    assert_eq!(net.drops(A), [Dropped::Stray], "of the side that Alice is not");
}

#[test]
fn accepting_callee_answers_a_repeated_invite_with_the_accept() {
    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.inject(B, ALICE, 1, invite());
    assert_eq!(net.sent(B), ["accept(yes)"]);
    assert!(net.events(B).is_empty());
}

#[test]
fn answered_elsewhere_callee_answers_a_late_invite_with_its_end() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.inject(B, ALICE, 1, Message::Confirm { to: Instance(9) });
    net.inject(B, ALICE, 1, invite());
    assert_eq!(net.sent(B), ["end callee answered_elsewhere"]);
}

#[test]
fn ended_callee_acknowledges_each_repeated_end_and_drops_confirmations() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.cancel().unwrap();
    net.run();
    net.forget();
    net.inject(B, ALICE, 1, canceled());
    net.inject(B, ALICE, 1, end(EndSide::Caller, EndReason::Expired));
    assert_eq!(net.sent(B), ["ended callee", "ended callee"]);
    net.inject(B, ALICE, 1, Message::Confirm { to: Instance(2) });
    assert!(net.sent(B).is_empty() && net.events(B).is_empty());
    assert_eq!(net.drops(B), [Dropped::Stray]);
}

#[test]
fn confirmation_of_an_accept_given_up_changes_nothing() {
    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.lose(A, "ended");
    net.after(secs(5));
    net.forget();
    net.inject(B, ALICE, 1, Message::Confirm { to: Instance(2) });
    assert!(net.events(B).is_empty());
    assert_eq!(net.drops(B), [Dropped::Stray]);
}

// How long.

fn remembered_for(windows: Windows) -> u64 {
    let mut net = Net::new();
    net.send_with(A, BOB, windows);
    net.run();
    net.cancel().unwrap();
    net.run();
    let mut seconds = 0;
    while net.engine(A).stats().remembered + net.engine(B).stats().remembered > 0 {
        assert_eq!(net.engine(A).stats().remembered, net.engine(B).stats().remembered, "after {seconds} s");
        net.after(secs(1));
        seconds += 1;
        assert!(seconds < 1_000, "for ever");
    }
    seconds
}

#[test]
fn ended_invitations_are_remembered_for_2_min_or_their_windows_and_60_s_on_both_sides() {
    let windows = |acknowledge_ms, ring_ms, accept_ms| Windows { acknowledge_ms, ring_ms, accept_ms };
    assert_eq!(remembered_for(windows(30_000, 60_000, 5_000)), 155);
    assert_eq!(remembered_for(windows(10_000, 10_000, 5_000)), 120);
    assert_eq!(remembered_for(windows(30_000, 600_000, 5_000)), 695, "the invite's windows count at the callee too");
    assert_eq!(remembered_for(windows(30_000, 60_000, 100_000)), 250);
}

#[test]
fn memory_of_an_unacknowledged_end_counts_from_the_end() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    net.lose(B, "ended");
    net.cancel().unwrap();
    assert_eq!(net.engine(A).stats().remembered, 1, "from the end on");
    net.after(secs(100));
    net.heal();
    net.after(ms(54_999));
    assert_eq!(net.engine(A).stats().remembered, 1);
    net.after(ms(1));
    assert_eq!(net.engine(A).stats().remembered, 0, "not from its acknowledgement");
}

#[test]
fn forgotten_invitation_rings_again_a_remembered_one_does_not() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.cancel().unwrap();
    net.after(secs(154));
    net.inject(B, ALICE, 1, invite());
    assert_eq!(net.events(B).iter().filter(|event| event.starts_with("Ring")).count(), 0);
    net.after(secs(31));
    net.inject(B, ALICE, 1, invite_of_other_content());
    assert_eq!(net.drops(B), []);
    assert_eq!(net.events(B), ["Ring(alice, other, room)"]);
}

fn invite_of_other_content() -> Message {
    Message::Invite { content: "other".into(), channel: "room".into(), windows: Windows::default() }
}

#[test]
fn both_sides_are_silent_one_memory_time_after_the_last_end() {
    let ends: [fn(&mut Net); 6] = [
        |net| net.cancel().unwrap(),
        |net| net.refuse(B).unwrap(),
        |net| net.accept(B).unwrap(),
        |net| net.after(secs(60)),
        |net| net.logout(B),
        |net| net.logout(A),
    ];
    for end in ends {
        let mut net = caller_in(local::State::ReceivedByRemote);
        net.lose(A, "ended");
        net.lose(B, "ended");
        end(&mut net);
        net.after(secs(155));
        net.forget();
        net.after(secs(3600));
        assert!(net.sent(A).is_empty() && net.sent(B).is_empty());
        assert_eq!((net.deadline(A), net.deadline(B)), (None, None));
    }
}

// Across logins.

#[test]
fn memory_survives_logout_and_a_new_login_of_the_same_user() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.cancel().unwrap();
    net.run();
    net.logout(B);
    net.up(B);
    net.forget();
    net.inject(B, ALICE, 1, invite());
    assert_eq!(net.sent(B), ["end callee canceled"]);
    assert!(net.events(B).is_empty(), "no ring");
}

#[test]
fn memory_of_another_user_is_forgotten_at_login() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.lose(A, "ended");
    net.inject(B, ALICE, 1, Message::Received);
    net.refuse(B).unwrap();
    net.send_with(B, "dave", Windows::default());
    net.hand(B, "eve", &wire(CallId(666), 5, canceled()));
    net.logout(B);
    net.login_as(B, "carol");
    net.link_up(B, &[]);
    assert_eq!(net.engine(B).stats().remembered, 0);
    net.forget();
    net.after(secs(1));
    assert!(net.sent(B).is_empty(), "ends of another user are not re-sent");
    net.inject(B, ALICE, 1, invite());
    net.hand(B, "eve", &wire(CallId(666), 5, invite()));
    assert_eq!(net.events(B), ["Ring(alice, hello, room)", "Ring(eve, hello, room)"]);
    net.logout(B);
    net.after(secs(200));
    assert_eq!(net.deadline(B), None);
}

#[test]
fn kicked_and_logged_in_again_the_same_invitation_does_not_ring_in_this_service() {
    let mut net = Net::new();
    net.lose(B, "received");
    net.send();
    net.run();
    net.kick(B);
    net.up(B);
    net.forget();
    net.after(ms(500));
    assert!(net.events(B).is_empty());
    assert_eq!(net.sent(B), ["end callee kicked"]);
}

#[test]
fn invite_still_being_re_sent_rings_in_the_session_that_kicked_the_first() {
    let mut net = caller_in(local::State::SentToRemote);
    net.kick(B);
    net.second_bob();
    net.after(ms(500));
    assert_eq!(net.events(crate::net::B2), ["Ring(alice, hello, room)"]);
}

// Ends of ids never seen.

#[test]
fn end_of_an_id_never_seen_is_acknowledged_and_its_invite_does_not_ring() {
    let mut net = Net::new();
    net.hold(A, "invite");
    net.send();
    net.cancel().unwrap();
    net.run();
    assert_eq!(net.sent(B), ["ended callee"]);
    net.let_go();
    assert!(net.events(B).is_empty());
    assert_eq!(net.sent(B), ["end callee canceled"]);
    net.inject(B, ALICE, 1, canceled());
    assert_eq!(net.sent(B), ["ended callee"], "each time");
}

#[test]
fn end_of_an_id_never_seen_is_remembered_as_long_as_an_ended_invitation() {
    let mut net = Net::new();
    net.hand(B, ALICE, &wire(CallId(7), 1, canceled()));
    net.after(secs(100));
    net.hand(B, ALICE, &wire(CallId(7), 1, canceled()));
    net.after(ms(54_999));
    net.hand(B, ALICE, &wire(CallId(7), 1, invite()));
    assert!(net.events(B).is_empty());
    net.after(ms(1));
    assert_eq!(net.deadline(B), None);
    net.hand(B, ALICE, &wire(CallId(7), 1, invite()));
    assert_eq!(net.events(B), ["Ring(alice, hello, room)"]);
}

#[test]
fn end_of_an_id_never_seen_concerns_only_its_sender() {
    let mut net = Net::new();
    net.hand(B, "eve", &wire(CallId(7), 1, canceled()));
    net.hand(B, ALICE, &wire(CallId(7), 1, invite()));
    assert_eq!(net.events(B), ["Ring(alice, hello, room)"]);
}

#[test]
fn end_of_a_callee_for_an_id_never_sent_is_acknowledged_and_forgotten() {
    let mut net = Net::new();
    net.hand(A, BOB, &wire(CallId(7), 2, end(EndSide::Callee, EndReason::Refused)));
    assert_eq!(net.sent(A), ["ended caller"]);
    assert!(net.events(A).is_empty());
    assert_eq!(net.deadline(A), None, "nothing is kept");
}

/// Hands `B` an end, or an invite, of each of `ids` from `from`.
fn flood(net: &mut Net, from: &str, ids: std::ops::Range<u128>, message: &Message) {
    for id in ids {
        net.hand(B, from, &wire(CallId(id), 1, message.clone()));
    }
}

#[test]
fn ends_of_ids_never_seen_are_bounded_for_each_sender_oldest_first() {
    let mut net = Net::new();
    flood(&mut net, "eve", 1..1_002, &canceled());
    flood(&mut net, ALICE, 5_000..5_001, &canceled());
    net.forget();
    flood(&mut net, "eve", 1..2, &invite());
    assert_eq!(net.events(B), ["Ring(eve, hello, room)"], "the oldest is forgotten");
    flood(&mut net, "eve", 2..1_002, &invite());
    flood(&mut net, ALICE, 5_000..5_001, &invite());
    assert!(net.events(B).is_empty());
}

#[test]
fn ends_of_ids_never_seen_are_bounded_in_total() {
    let config = Config { max_remembered: 10, ..Config::default() };
    let mut net = Net::with(config);
    flood(&mut net, "eve", 1..7, &canceled());
    flood(&mut net, "mallory", 11..17, &canceled());
    assert_eq!(net.engine(B).stats().evicted, 2, "not remembered, but counted");
    net.forget();
    flood(&mut net, "eve", 1..7, &invite());
    flood(&mut net, "mallory", 11..17, &invite());
    assert_eq!(net.events(B).len(), 2, "those beyond the bound ring");
    net.after(secs(200));
    flood(&mut net, "mallory", 21..31, &canceled());
    assert_eq!(net.engine(B).stats().evicted - 2, 0, "forgotten ones make room");
}

#[test]
fn ends_of_ids_never_seen_are_forgotten_in_their_time_while_others_end_all_the_time() {
    let mut net = Net::new();
    net.hand(B, "eve", &wire(CallId(7), 5, canceled()));
    end_many(&mut net, 190, |net| net.refuse(B).unwrap());
    net.hand(B, "eve", &wire(CallId(7), 5, invite()));
    assert_eq!(net.events(B), ["Ring(eve, hello, room)"]);
}

// Eviction.

/// Ends `count` invitations of Alice at Bob, one a second.
fn end_many(net: &mut Net, count: u32, how: fn(&mut Net)) -> Vec<CallId> {
    let mut ids = Vec::new();
    for _ in 0..count {
        net.send();
        net.run();
        how(net);
        net.run();
        net.after(secs(1));
        ids.push(net.id());
    }
    net.forget();
    ids
}

fn rings(net: &mut Net, ids: &[CallId]) -> Vec<bool> {
    let rings = |net: &mut Net, id: &CallId| {
        net.forget();
        net.hand(B, ALICE, &wire(*id, 1, invite()));
        net.events(B).iter().any(|event| event.starts_with("Ring"))
    };
    ids.iter().map(|id| rings(net, id)).collect()
}

fn bounded(max_remembered: usize) -> Net {
    let mut net = Net::out(Config::default());
    net.engine(B).configure(Config { max_remembered, ..Config::default() });
    net.up(A);
    net.up(B);
    net
}

#[test]
fn oldest_ended_invitation_is_evicted_at_the_bound_and_counted() {
    let mut net = bounded(3);
    let ids = end_many(&mut net, 5, |net| net.refuse(B).unwrap());
    assert_eq!(net.engine(B).stats().remembered, 3);
    assert_eq!(net.engine(B).stats().evicted, 2);
    assert_eq!(rings(&mut net, &ids), [true, true, false, false, false]);
}

#[test]
fn accepted_invitation_is_not_evicted_within_its_last_60_s() {
    let mut net = bounded(2);
    let accepted = end_many(&mut net, 1, |net| net.accept(B).unwrap());
    let ids = end_many(&mut net, 3, |net| net.refuse(B).unwrap());
    assert_eq!(net.engine(B).stats().remembered, 2);
    assert_eq!(rings(&mut net, &[accepted[0], ids[0], ids[1], ids[2]]), [false, true, true, false]);

    let mut net = bounded(2);
    let accepted = end_many(&mut net, 1, |net| net.accept(B).unwrap());
    end_many(&mut net, 2, |net| net.refuse(B).unwrap());
    net.after(secs(56));
    end_many(&mut net, 1, |net| net.refuse(B).unwrap());
    assert_eq!(rings(&mut net, &accepted), [false], "59 s old");
    end_many(&mut net, 1, |net| net.refuse(B).unwrap());
    assert_eq!(rings(&mut net, &accepted), [true], "60 s old: the oldest");
}

#[test]
fn young_accepted_invitations_are_kept_beyond_the_bound() {
    let mut net = bounded(2);
    let ids = end_many(&mut net, 5, |net| net.accept(B).unwrap());
    assert_eq!(net.engine(B).stats().remembered, 5);
    assert_eq!(net.engine(B).stats().evicted, 0);
    net.after(secs(60));
    let late = end_many(&mut net, 1, |net| net.refuse(B).unwrap());
    assert_eq!(net.engine(B).stats().remembered, 2);
    assert_eq!(net.engine(B).stats().evicted, 4);
    assert_eq!(rings(&mut net, &ids), [true, true, true, true, false]);
    assert_eq!(rings(&mut net, &late), [false]);
}

#[test]
fn spared_accepted_invitations_are_forgotten_in_their_time() {
    let mut net = bounded(0);
    end_many(&mut net, 3, |net| net.accept(B).unwrap());
    assert_eq!(net.engine(B).stats().remembered, 3);
    net.after(secs(185));
    assert_eq!(net.engine(B).stats().remembered, 0);
    assert_eq!(net.deadline(B), None);
}

#[test]
fn unacknowledged_ends_count_for_the_bound_and_an_evicted_one_is_not_re_sent() {
    let mut net = bounded(3);
    net.lose(A, "ended");
    end_many(&mut net, 5, |net| net.refuse(B).unwrap());
    assert_eq!(net.engine(B).stats().remembered, 3);
    net.after(secs(10));
    let ids: std::collections::HashSet<_> = net.packets(B).iter().map(|packet| packet.bytes.clone()).collect();
    assert_eq!(ids.len(), 3, "only the three that are remembered are re-sent");
}
