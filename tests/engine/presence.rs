//! Whom the engine watches, when, and what it does with what it hears.

use rtm_call::engine::message::Message;
use rtm_call::engine::{CallId, Presence, Windows, local, remote};

use crate::local::caller_in;
use crate::net::{A, ALICE, B, BOB, Net, ms, secs, wire};
use crate::remote::callee_in;

#[test]
fn fast_call_watches_nobody() {
    let mut net = Net::new();
    net.send();
    net.after(ms(300));
    net.accept(B).unwrap();
    net.after(secs(300));
    assert_eq!(net.events(A), ["ReceivedByPeer", "Accepted(yes): accepted by callee"]);
    assert_eq!(net.events(B), ["Ring(alice, hello, room)", "Accepted: accepted by callee"]);
}

#[test]
fn silent_callee_is_watched_from_the_first_re_sending_to_its_acknowledgement() {
    let mut net = caller_in(local::State::SentToRemote);
    net.after(ms(375));
    assert!(net.events(A).is_empty());
    net.after(ms(125));
    assert_eq!(net.events(A), ["Watch bob"]);
    net.after(secs(5));
    assert!(net.events(A).is_empty(), "once");
    net.inject(A, BOB, 2, Message::Received);
    assert_eq!(net.events(A), ["ReceivedByPeer", "Unwatch bob"]);
}

#[test]
fn callee_of_an_invite_with_a_short_acknowledge_window_is_watched_at_once() {
    let short = |acknowledge_ms| {
        let mut net = Net::new();
        net.logout(B);
        net.send_with(A, BOB, Windows { acknowledge_ms, ..Windows::default() });
        net
    };
    let mut net = short(500);
    assert_eq!(net.events(A), ["Watch bob"], "it closes before the first re-sending");
    net.presence(A, BOB, Presence::Offline);
    net.after(ms(500));
    assert_eq!(net.events(A), ["Failure(PeerOffline): unreachable by caller", "Unwatch bob"]);
    assert!(short(501).events(A).is_empty(), "this one has the time to ask when it is silent");
}

#[test]
fn caller_is_watched_while_it_rings_for_long() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.after(ms(499));
    assert!(net.events(B).is_empty());
    net.after(ms(1));
    assert_eq!(net.events(B), ["Watch alice"]);
    net.after(secs(10));
    assert!(net.events(B).is_empty());
    net.refuse(B).unwrap();
    assert_eq!(net.events(B), ["Refused: refused by callee", "Unwatch alice"]);
}

#[test]
fn unacknowledged_ends_watch_nobody() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    net.link_down(B);
    net.cancel().unwrap();
    net.after(secs(100));
    assert_eq!(net.events(A), ["Canceled: canceled by caller"]);
}

#[test]
fn one_peer_is_watched_once_for_all_that_wait_for_it() {
    let mut net = Net::new();
    net.logout(B);
    net.send();
    net.send();
    net.after(secs(1));
    assert_eq!(net.events(A), ["Watch bob"]);
    net.cancel().unwrap();
    assert_eq!(net.events(A), ["Canceled: canceled by caller"], "the other one still waits");
    net.after(secs(29));
    assert_eq!(net.events(A), ["Failure(PeerNoResponse): no_response by caller", "Unwatch bob"]);
}

#[test]
fn link_up_watches_anew_and_asks_again_for_those_that_ring() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.after(secs(1));
    net.forget();
    net.link_down(B);
    net.link_up(B, &[]);
    assert_eq!(net.events(B), ["Watch alice"]);
    net.presence(B, ALICE, Presence::Offline);
    assert_eq!(net.events(B), ["Failure(PeerOffline): caller_lost by callee", "Unwatch alice"]);

    let mut net = callee_in(remote::State::InvitationReceived);
    net.link_down(B);
    net.after(secs(1));
    assert!(net.events(B).is_empty(), "not without a link");
    net.link_up(B, &[]);
    net.after(ms(499));
    assert!(net.events(B).is_empty());
    net.after(ms(1));
    assert_eq!(net.events(B), ["Watch alice"]);
}

#[test]
fn presence_of_users_that_nobody_waits_for_is_ignored() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.presence(B, ALICE, Presence::Offline);
    net.presence(B, "eve", Presence::Offline);
    assert!(net.events(B).is_empty(), "not watched yet");
    net.after(secs(1));
    net.forget();
    net.presence(B, "eve", Presence::Offline);
    assert!(net.events(B).is_empty());
}

#[test]
fn presence_heard_before_a_lost_link_does_not_count_after_it() {
    let mut net = callee_in(remote::State::AcceptSentToLocal);
    net.after(secs(1));
    net.presence(B, ALICE, Presence::Offline);
    net.link_down(B);
    net.link_up(B, &[]);
    net.after(secs(5));
    let event = "Failure(AcceptFailure): accept_unconfirmed by callee";
    assert!(net.events(B).contains(&event.into()), "the caller is not known gone");
}

#[test]
fn presence_while_the_own_link_is_down_does_not_count() {
    let mut net = callee_in(remote::State::InvitationReceived);
    net.after(secs(1));
    net.link_down(B);
    net.forget();
    net.presence(B, ALICE, Presence::Offline);
    assert!(net.events(B).is_empty());
}

#[test]
fn caller_already_known_gone_ends_a_later_ring_too() {
    let mut net = Net::new();
    net.send_with(B, ALICE, Windows::default());
    net.lose(A, "received");
    net.run();
    net.after(secs(1));
    net.presence(B, ALICE, Presence::Offline);
    net.forget();
    net.hand(
        B,
        ALICE,
        &wire(
            CallId(7),
            1,
            Message::Invite { content: "hello".into(), channel: "room".into(), windows: Windows::default() },
        ),
    );
    assert_eq!(net.events(B), ["Ring(alice, hello, room)"]);
    net.after(ms(500));
    assert_eq!(net.events(B), ["Failure(PeerOffline): caller_lost by callee"]);
    assert_eq!(net.engine(B).stats().open_local, 1, "the own invitation goes on");
}

#[test]
fn own_invitations_are_not_ended_by_presence() {
    let mut net = caller_in(local::State::SentToRemote);
    net.after(secs(1));
    net.forget();
    net.presence(A, BOB, Presence::Offline);
    assert!(net.events(A).is_empty());
    net.inject(A, BOB, 2, Message::Accept { response: "yes".into() });
    assert_eq!(net.events(A), ["ReceivedByPeer", "Accepted(yes): accepted by callee", "Unwatch bob"]);
}
