//! Windows, re-sending and wake-ups (SPEC section 4), with virtual time.

use std::time::Duration;

use rtm_call::codes::{EndReason, EndSide};
use rtm_call::engine::message::Message;
use rtm_call::engine::{Config, Instance, Presence, Windows, local, remote};
use rtm_call::error::Error;

use crate::local::caller_in;
use crate::net::{A, ALICE, B, BOB, Net, Packet, ms, secs, wire};
use crate::remote::callee_in;

const EXPIRED: &str = "Failure(InvitationExpire): expired by callee";
const NO_RESPONSE: &str = "Failure(PeerNoResponse): no_response by caller";
const UNCONFIRMED: &str = "Failure(AcceptFailure): accept_unconfirmed by callee";

fn windows(acknowledge_ms: u32, ring_ms: u32, accept_ms: u32) -> Windows {
    Windows { acknowledge_ms, ring_ms, accept_ms }
}

/// The events that are no watching of presence.
fn told(net: &mut Net, at: usize) -> Vec<String> {
    net.events(at).into_iter().filter(|event| !event.contains("atch ")).collect()
}

/// When the messages of `at` that read like `what…` were sent, since the last one asked.
fn times(net: &mut Net, at: usize, what: &str) -> Vec<Duration> {
    net.packets(at).iter().filter(|packet| packet.text().starts_with(what)).map(|packet| packet.sent).collect()
}

fn gaps(times: &[Duration]) -> Vec<Duration> {
    times.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

/// Each gap is between three quarters and the whole of the pause at its place, the last one for all that follow.
fn follow(gaps: &[Duration], pauses_ms: &[u64]) {
    for (n, gap) in gaps.iter().enumerate() {
        let pause = ms(pauses_ms[n.min(pauses_ms.len() - 1)]);
        assert!(*gap > pause * 3 / 4 && *gap <= pause, "gap {n} is {gap:?} of {pause:?}");
    }
}

// The defaults.

#[test]
fn defaults_are_the_contracts() {
    let config = Config::default();
    assert_eq!(config.windows, windows(30_000, 60_000, 5_000));
    assert_eq!((config.max_open, config.max_open_per_peer, config.max_remembered), (100_000, 1_000, 1_000_000));
    assert_eq!((config.resend_first, config.resend_max), (ms(500), secs(4)));
    assert_eq!(config.resend_accept_max, secs(1));
}

#[test]
fn windows_can_be_set_for_each_invitation() {
    let mut net = Net::new();
    net.link_down(B);
    net.send_with(A, BOB, windows(1_000, 60_000, 5_000));
    net.after(ms(999));
    assert!(told(&mut net, A).is_empty());
    net.after(ms(1));
    assert_eq!(told(&mut net, A), [NO_RESPONSE]);

    let mut net = Net::new();
    net.lose(B, "end");
    net.send_with(A, BOB, windows(30_000, 2_000, 3_000));
    net.after(ms(4_999));
    assert_eq!(told(&mut net, A), ["ReceivedByPeer"]);
    net.after(ms(1));
    assert_eq!(told(&mut net, A), ["Failure(InvitationExpire): expired by caller"], "ring + accept confirmation");
}

#[test]
fn windows_can_be_set_for_each_service() {
    let config = Config { windows: windows(1_000, 2_000, 500), ..Config::default() };
    let mut net = Net::with(config);
    net.link_down(B);
    net.send();
    net.after(secs(1));
    assert_eq!(told(&mut net, A), [NO_RESPONSE]);
}

// The acknowledge window.

#[test]
fn acknowledge_window_runs_while_the_link_is_down_and_nothing_ever_leaves() {
    let mut net = Net::new();
    net.link_down(A);
    net.send();
    net.after(ms(29_999));
    assert!(told(&mut net, A).is_empty());
    net.after(ms(1));
    assert_eq!(told(&mut net, A), [NO_RESPONSE]);
    net.link_up(A, &[]);
    net.after(secs(300));
    assert!(net.sent(A).is_empty(), "the callee cannot know of it: it is told nothing");
    assert_eq!(net.engine(A).stats().remembered, 0);
}

#[test]
fn invite_sent_while_the_link_is_down_goes_out_when_it_is_up() {
    let mut net = Net::new();
    net.link_down(A);
    net.send();
    net.after(secs(29));
    assert!(net.sent(A).is_empty());
    net.link_up(A, &[]);
    let packets = net.packets(A);
    assert_eq!(packets.iter().map(Packet::text).collect::<Vec<_>>(), ["invite(hello, room)"]);
    assert_eq!(packets[0].expires_after, secs(1), "what is left of the window that ran on");
    net.run();
    assert_eq!(net.events(A), ["ReceivedByPeer"]);
}

#[test]
fn acknowledge_window_goes_on_through_a_lost_link() {
    let mut net = Net::new();
    net.link_down(B);
    net.send();
    net.after(secs(10));
    net.link_down(A);
    net.after(secs(10));
    net.link_up(A, &[]);
    net.after(ms(9_999));
    assert!(told(&mut net, A).is_empty());
    net.after(ms(1));
    assert_eq!(told(&mut net, A), [NO_RESPONSE], "not anew after the reconnect");
}

#[test]
fn held_send_is_sent_at_once_and_its_window_starts_with_the_login() {
    let mut net = Net::out(Config::default());
    net.login(A);
    net.send();
    net.after(secs(100));
    assert!(told(&mut net, A).is_empty() && net.sent(A).is_empty());
    assert_eq!(net.deadline(A), None, "no window runs");
    net.link_up(A, &[]);
    assert_eq!(net.sent(A), ["invite(hello, room)"]);
    net.after(ms(29_999));
    assert!(told(&mut net, A).is_empty());
    net.after(ms(1));
    assert_eq!(told(&mut net, A), [NO_RESPONSE]);
}

#[test]
fn cancel_of_a_held_send_is_canceled_and_nothing_is_sent() {
    let mut net = Net::out(Config::default());
    net.up(B);
    net.login(A);
    net.send();
    net.cancel().unwrap();
    assert_eq!(net.events(A), ["Canceled: canceled by caller"]);
    net.link_up(A, &[]);
    net.after(secs(300));
    assert!(net.sent(A).is_empty() && net.events(B).is_empty());
    assert_eq!(net.deadline(A), None);
}

#[test]
fn cancel_of_an_invite_that_never_left_sends_nothing() {
    let mut net = Net::new();
    net.link_down(A);
    net.send();
    net.cancel().unwrap();
    assert_eq!(net.events(A), ["Canceled: canceled by caller"]);
    net.link_up(A, &[]);
    net.after(secs(300));
    assert!(net.sent(A).is_empty() && net.events(B).is_empty());
}

#[test]
fn cancel_of_an_invite_that_left_is_sent_when_the_link_is_back() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    net.link_down(A);
    net.cancel().unwrap();
    assert!(net.sent(A).is_empty());
    net.link_up(A, &[]);
    net.run();
    assert_eq!(net.sent(A), ["end caller canceled"]);
    assert_eq!(net.events(B), ["Canceled: canceled by caller"]);
}

#[test]
fn callee_that_comes_online_at_29_s_still_rings_once() {
    let mut net = Net::new();
    net.logout(B);
    net.send();
    net.after(secs(1));
    net.presence(A, BOB, Presence::Offline);
    net.after(secs(28));
    net.up(B);
    net.forget();
    net.presence(A, BOB, Presence::Online);
    assert_eq!(net.sent(A), ["invite(hello, room)"], "at once: the next re-sending might come too late");
    net.after(secs(1));
    assert_eq!(net.events(B), ["Ring(alice, hello, room)", "Watch alice"]);
    assert_eq!(told(&mut net, A), ["ReceivedByPeer"]);
}

#[test]
fn peer_that_was_online_all_along_is_sent_nothing_for_it() {
    let mut net = caller_in(local::State::SentToRemote);
    net.after(ms(600));
    net.sent(A);
    net.presence(A, BOB, Presence::Online);
    net.presence(A, BOB, Presence::Online);
    assert!(net.sent(A).is_empty());
    net.presence(A, BOB, Presence::Unreachable);
    assert!(net.sent(A).is_empty());
    net.presence(A, BOB, Presence::Online);
    assert_eq!(net.sent(A), ["invite(hello, room)"]);
}

#[test]
fn callee_known_offline_ends_no_response_while_the_own_link_is_down() {
    let mut net = caller_in(local::State::SentToRemote);
    net.after(secs(1));
    net.presence(A, BOB, Presence::Offline);
    net.link_down(A);
    net.presence(A, BOB, Presence::Offline);
    net.after(secs(29));
    assert_eq!(told(&mut net, A), [NO_RESPONSE]);
}

#[test]
fn callee_known_unreachable_or_back_online_ends_no_response() {
    for last in [Presence::Unreachable, Presence::Online] {
        let mut net = caller_in(local::State::SentToRemote);
        net.after(secs(1));
        net.presence(A, BOB, Presence::Offline);
        net.presence(A, BOB, last);
        net.after(secs(29));
        assert_eq!(told(&mut net, A), [NO_RESPONSE]);
    }
}

// The caller's own limit.

#[test]
fn callers_own_limit_is_not_moved_by_a_repeated_acknowledgement() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    net.lose(B, "end");
    net.after(secs(30));
    net.inject(A, BOB, 2, Message::Received);
    net.after(ms(34_999));
    assert!(told(&mut net, A).is_empty());
    net.after(ms(1));
    assert_eq!(told(&mut net, A), ["Failure(InvitationExpire): expired by caller"]);
}

#[test]
fn callers_own_limit_counts_from_the_acknowledgement() {
    let mut net = caller_in(local::State::SentToRemote);
    net.lose(B, "end");
    net.after(secs(29));
    net.inject(A, BOB, 2, Message::Received);
    net.after(ms(64_999));
    assert_eq!(told(&mut net, A), ["ReceivedByPeer"]);
    net.after(ms(1));
    assert_eq!(told(&mut net, A), ["Failure(InvitationExpire): expired by caller"]);
}

// The ring window.

fn ring(own_ms: u32, invite_ms: u32) -> u64 {
    let mut net = Net::new();
    net.engine(B).configure(Config { windows: windows(30_000, own_ms, 5_000), ..Config::default() });
    net.send_with(A, BOB, windows(30_000, invite_ms, 5_000));
    net.run();
    for second in 1..=100 {
        net.after(secs(1));
        if net.events(B).contains(&EXPIRED.into()) {
            assert!(told(&mut net, A).contains(&EXPIRED.into()), "the callee declares it and tells the caller");
            return second;
        }
    }
    panic!("it rings for ever");
}

#[test]
fn ring_window_is_the_smaller_of_both_sides() {
    assert_eq!(ring(60_000, 60_000), 60);
    assert_eq!(ring(10_000, 60_000), 10);
    assert_eq!(ring(60_000, 20_000), 20);
}

#[test]
fn ring_window_runs_while_the_link_is_down_and_the_caller_hears_later() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.link_down(B);
    net.after(secs(60));
    assert_eq!(told(&mut net, B), [EXPIRED]);
    assert!(net.sent(B).is_empty());
    net.link_up(B, &[]);
    net.run();
    assert_eq!(net.sent(B), ["end callee expired"]);
    assert_eq!(told(&mut net, A), [EXPIRED]);
}

#[test]
fn accept_stops_the_ring_window() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.after(ms(59_999));
    net.lose(B, "accept(");
    net.accept(B).unwrap();
    net.after(ms(4_999));
    assert!(told(&mut net, B).is_empty(), "60 s are over");
    net.after(ms(1));
    assert_eq!(told(&mut net, B), [UNCONFIRMED]);
}

#[test]
fn late_resume_ends_an_expired_invitation_without_ringing() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.hold(A, "invite");
    let invite = wire(net.id(), 1, invite());
    net.sleep(secs(7200));
    net.backlog(B, &[(ALICE, invite)]);
    assert_eq!(told(&mut net, B), [EXPIRED]);
    assert_eq!(net.sent(B), ["end callee expired", "end callee expired"], "told, and the invite answered");
}

fn invite() -> Message<'static> {
    Message::Invite { content: "hello".into(), channel: "room".into(), windows: Windows::default() }
}

// The accept window.

#[test]
fn accept_window_can_be_set_for_each_invitation() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.lose(B, "accept(");
    net.accept_for(B, 1_000).unwrap();
    net.after(ms(999));
    assert!(told(&mut net, B).is_empty());
    net.after(ms(1));
    assert_eq!(told(&mut net, B), [UNCONFIRMED]);
}

#[test]
fn accept_window_stands_still_while_the_link_is_down_and_starts_anew_after_it() {
    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.heal();
    net.lose(A, "confirm");
    net.after(secs(4));
    net.link_down(B);
    net.after(secs(20));
    assert!(told(&mut net, B).is_empty());
    net.link_up(B, &[]);
    net.after(ms(4_999));
    assert!(told(&mut net, B).is_empty(), "anew");
    net.after(ms(1));
    assert_eq!(told(&mut net, B), [UNCONFIRMED]);
}

#[test]
fn accept_window_is_closed_one_ring_window_after_accept_in_any_case() {
    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.link_down(B);
    net.after(ms(59_999));
    assert!(told(&mut net, B).is_empty());
    net.after(ms(1));
    assert_eq!(told(&mut net, B), [UNCONFIRMED]);
    net.link_up(B, &[]);
    assert_eq!(net.sent(B), ["end callee accept_unconfirmed"]);

    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.link_down(B);
    net.after(secs(58));
    net.link_up(B, &[]);
    net.after(ms(1_999));
    assert!(told(&mut net, B).is_empty());
    net.after(ms(1));
    assert_eq!(told(&mut net, B), [UNCONFIRMED], "not 5 s after the reconnect");
}

#[test]
fn accept_window_longer_than_the_ring_window_is_closed_by_it() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.lose(B, "accept(");
    net.lose(A, "end ");
    net.after(secs(10));
    net.accept_for(B, 600_000).unwrap();
    net.after(ms(59_999));
    assert!(told(&mut net, B).is_empty());
    net.after(ms(1));
    assert_eq!(told(&mut net, B), [UNCONFIRMED]);
}

#[test]
fn accept_while_the_link_is_down_goes_out_when_it_is_up() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.link_down(B);
    net.accept(B).unwrap();
    net.after(secs(20));
    assert!(told(&mut net, B).is_empty() && net.sent(B).is_empty());
    net.link_up(B, &[]);
    let packets = net.packets(B);
    assert_eq!(packets[0].text(), "accept(yes)");
    assert_eq!(packets[0].expires_after, secs(5));
    net.run();
    assert_eq!(told(&mut net, B), ["Accepted: accepted by callee"]);
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

fn end(reason: EndReason) -> Message<'static> {
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

// Re-sending.

#[test]
fn invite_is_re_sent_after_500_ms_doubling_to_4_s_with_jitter() {
    let mut net = Net::new();
    net.link_down(B);
    net.send();
    net.after(ms(29_999));
    let times = times(&mut net, A, "invite");
    assert_eq!(times[0], Duration::ZERO);
    assert!((10..=14).contains(&times.len()), "{times:?}");
    follow(&gaps(&times), &[500, 1000, 2000, 4000]);
    assert_eq!(net.engine(A).stats().messages_resent, times.len() as u64 - 1);
    assert_eq!(net.engine(A).stats().messages_sent, times.len() as u64);
}

#[test]
fn jitter_differs_between_invitations_and_repetitions() {
    let mut net = Net::new();
    let mut firsts = std::collections::BTreeSet::new();
    for _ in 0..50 {
        net.forget();
        net.send_with(A, "carol", Windows::default());
        net.after(ms(500));
        let times = times(&mut net, A, "invite");
        firsts.insert(times[1] - times[0]);
        net.cancel().unwrap();
    }
    assert!(firsts.len() > 25, "{firsts:?}");
    let range = (*firsts.last().unwrap() - *firsts.first().unwrap()).as_millis();
    assert!(range > 60, "spread over a quarter of the pause, not {range} ms");
    net.send_with(A, "carol", Windows::default());
    net.after(secs(29));
    let gaps = gaps(&times(&mut net, A, "invite"));
    assert!(gaps[4] != gaps[5] || gaps[5] != gaps[6], "not the same pause each time: {gaps:?}");
}

/// A seed of the simulator replays only as long as this stays as it is.
#[test]
fn jitter_is_the_same_in_every_run() {
    let expected = [
        [458_007, 850_585, 1_554_687, 3_636_718, 3_300_781, 3_808_593],
        [413_085, 861_328, 1_597_656, 3_917_968, 3_597_656, 3_531_250],
        [411_621, 871_093, 1_611_328, 3_878_906, 3_187_500, 3_019_531],
        [412_109, 849_609, 1_996_093, 3_250_000, 3_675_781, 3_449_218],
    ];
    let ids = [1, 0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210_0fed_cba9_8765_4321, u128::MAX << 64];
    for (id, expected) in ids.into_iter().zip(expected) {
        let mut net = Net::new();
        net.next_id(id);
        net.send_with(A, "carol", Windows::default());
        net.after(secs(15));
        let gaps = gaps(&times(&mut net, A, "invite"));
        let gaps: Vec<_> = gaps.iter().take(6).map(Duration::as_micros).collect();
        assert_eq!(gaps, expected, "{id:#x}");
    }
}

#[test]
fn accept_is_re_sent_at_most_1_s_apart() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.lose(B, "accept(");
    net.accept_for(B, 20_000).unwrap();
    net.after(ms(19_999));
    let times = times(&mut net, B, "accept(");
    follow(&gaps(&times), &[500, 1000]);
    assert!(times.len() >= 20, "{times:?}");
}

#[test]
fn end_is_re_sent_until_it_is_acknowledged() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    net.lose(B, "ended");
    net.cancel().unwrap();
    net.after(secs(60));
    let times = times(&mut net, A, "end ");
    follow(&gaps(&times), &[500, 1000, 2000, 4000]);
    assert!(times.len() > 15);
    assert!(told(&mut net, B).len() == 1, "each repetition is acknowledged and changes nothing");
    net.heal();
    net.after(secs(4));
    net.forget();
    net.after(secs(60));
    assert!(net.sent(A).is_empty());
}

#[test]
fn end_is_re_sent_until_its_id_is_forgotten() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    net.link_down(B);
    net.cancel().unwrap();
    net.after(ms(154_999));
    let times = times(&mut net, A, "end ");
    assert!(*times.last().unwrap() > secs(150));
    net.after(secs(600));
    assert!(net.sent(A).is_empty(), "30 + 60 + 5 s and 60 s more are over");
    assert_eq!(net.deadline(A), None);
    assert_eq!(net.engine(A).stats().remembered, 0);
}

#[test]
fn nothing_is_re_sent_while_the_link_is_down_and_all_at_once_when_it_is_back() {
    let mut net = caller_in(local::State::SentToRemote);
    net.link_down(A);
    net.after(secs(10));
    assert!(net.sent(A).is_empty());
    assert_eq!(net.wakes(A), 0, "no wake-up for it either");
    net.link_up(A, &[]);
    assert_eq!(net.sent(A), ["invite(hello, room)"]);
    net.after(ms(500));
    assert_eq!(net.sent(A), ["invite(hello, room)"], "the pauses start anew");

    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.after(secs(3));
    net.link_down(B);
    net.forget();
    net.after(secs(10));
    assert!(net.sent(B).is_empty());
    net.link_up(B, &[]);
    assert_eq!(net.sent(B), ["accept(yes)"]);

    let mut net = caller_in(local::State::ReceivedByRemote);
    net.lose(B, "ended");
    net.cancel().unwrap();
    net.link_down(A);
    net.forget();
    net.after(secs(10));
    assert!(net.sent(A).is_empty());
    net.link_up(A, &[]);
    assert_eq!(net.sent(A), ["end caller canceled"]);
}

#[test]
fn acknowledgement_stops_the_re_sending_of_the_invite() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    net.after(secs(20));
    assert!(net.sent(A).is_empty());
    net.link_down(A);
    net.link_up(A, &[]);
    assert!(net.sent(A).is_empty());
}

#[test]
fn unacknowledged_end_is_not_re_sent_after_logout_but_after_the_next_login() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    net.link_down(B);
    net.logout(A);
    net.forget();
    net.after(secs(50));
    assert!(net.sent(A).is_empty());
    assert_eq!(net.wakes(A), 0, "a service logged out sleeps");
    assert_eq!(net.engine(A).stats().messages_resent, 0);
    net.link_up(B, &[]);
    net.up(A);
    assert_eq!(net.sent(A), ["end caller logged_out"]);
    net.after(secs(1));
    assert_eq!(net.sent(A), [""; 0]);
}

// Lifetimes.

#[test]
fn invite_and_accept_live_as_long_as_their_windows_and_the_others_60_s() {
    let mut net = Net::new();
    net.lose(B, "received");
    net.lose(A, "confirm");
    net.send();
    net.after(secs(5));
    let packets = net.packets(A);
    assert!(packets.len() > 3);
    for packet in &packets {
        assert_eq!(packet.expires_after, secs(30) - packet.sent);
    }
    let accepted = net.elapsed();
    net.accept(B).unwrap();
    net.after(ms(4_999));
    for packet in net.packets(B) {
        let left = match packet.text().as_str() {
            "received" => secs(60),
            _ => accepted + secs(5) - packet.sent,
        };
        assert_eq!(packet.expires_after, left, "{}", packet.text());
    }
    for packet in net.packets(A) {
        assert_eq!((packet.text().as_str(), packet.expires_after), ("confirm 2", secs(60)));
    }
    net.after(secs(2));
    assert_eq!(net.packets(B).last().unwrap().expires_after, secs(60), "the end");
    assert_eq!(net.packets(A).last().unwrap().expires_after, secs(60), "its acknowledgement");
}

#[test]
fn end_lives_60_s_at_each_repetition() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    net.link_down(B);
    net.cancel().unwrap();
    net.after(secs(150));
    for packet in net.packets(A) {
        assert_eq!(packet.expires_after, secs(60));
    }
}

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
