//! The windows of an invitation (SPEC section 4), with virtual time. `due.rs` has wake-ups, and what comes first when several
//! things are due; `resend.rs` has re-sending and lifetimes.

use rtm_call::engine::message::Message;
use rtm_call::engine::{Config, Presence, Windows, local, remote};

use crate::local::caller_in;
use crate::net::{A, ALICE, B, BOB, Net, Packet, ms, secs, wire};
use crate::remote::callee_in;

pub const EXPIRED: &str = "Failure(InvitationExpire): expired by callee";
pub const NO_RESPONSE: &str = "Failure(PeerNoResponse): no_response by caller";
pub const UNCONFIRMED: &str = "Failure(AcceptFailure): accept_unconfirmed by callee";

pub fn windows(acknowledge_ms: u32, ring_ms: u32, accept_ms: u32) -> Windows {
    Windows { acknowledge_ms, ring_ms, accept_ms }
}

/// The events that are no watching of presence.
pub fn told(net: &mut Net, at: usize) -> Vec<String> {
    net.events(at).into_iter().filter(|event| !event.contains("atch ")).collect()
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

pub fn invite() -> Message {
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
