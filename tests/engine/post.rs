//! Peer messages: sent until acknowledged, delivered once.

use rtm_call::codes::PeerMessageErr;
use rtm_call::engine::message::Message;
use rtm_call::engine::{Body, CallId, Config, Dropped, Instance, Presence};
use rtm_call::error::Error;

use crate::net::{A, ALICE, B, BOB, Net, ms, secs, wire};

fn text(text: &str) -> Body {
    Body::Text(text.into())
}

fn raw(data: Vec<u8>, text: &str) -> Body {
    Body::Raw { data: data.into(), text: text.into() }
}

fn posted(net: &mut Net) -> Vec<String> {
    net.events(A).into_iter().filter(|event| event.starts_with("Posted")).collect()
}

#[test]
fn peer_messages_arrive_and_are_acknowledged() {
    let mut net = Net::new();
    assert_eq!(net.post(A, BOB, &text("hi")), Ok(1));
    assert_eq!(net.post(A, BOB, &raw(vec![0, 255, 7], "a picture")), Ok(2));
    net.run();
    assert_eq!(net.events(B), ["Message(alice, hi)", "Raw(alice, 3 bytes, a picture)"]);
    assert_eq!(net.sent(B), ["delivered 1", "delivered 2"]);
    assert_eq!(net.events(A), ["Posted(1): Ok", "Posted(2): Ok"]);
    assert_eq!(net.deadline(A), None);
}

#[test]
fn a_message_that_no_carrier_takes_once_it_is_escaped_is_refused() {
    let mut net = Net::new();
    let escaped = raw(vec![7; 32_768], &"\u{1}".repeat(32_768));
    let sentence = net.post(A, BOB, &escaped).unwrap_err().to_string();
    assert_eq!(sentence, "the message is 240406 bytes with escapes, the limit is 197632");
    assert_eq!(net.post(A, BOB, &raw(vec![7; 32_768], &"x".repeat(32_768))), Ok(1));
}

#[test]
fn peer_message_to_oneself_arrives() {
    let mut net = Net::new();
    net.post(A, ALICE, &text("note")).unwrap();
    net.run();
    assert_eq!(net.events(A), ["Message(alice, note)", "Posted(1): Ok"]);
}

#[test]
fn repeated_peer_message_is_delivered_once_and_acknowledged_each_time() {
    let mut net = Net::new();
    net.lose(B, "delivered");
    net.post(A, BOB, &text("hi")).unwrap();
    net.after(secs(3));
    assert_eq!(net.events(B), ["Message(alice, hi)"]);
    let repeated = net.sent(B).len();
    assert!(repeated >= 3, "{repeated}");
    net.heal();
    net.after(secs(4));
    assert_eq!(posted(&mut net), ["Posted(1): Ok"]);
}

#[test]
fn the_same_number_of_another_login_or_another_sender_is_another_message() {
    let mut net = Net::new();
    let hi = || Message::Text { number: 1, text: "hi".into() };
    net.hand(B, ALICE, &wire(CallId(0), 1, hi()));
    net.hand(B, ALICE, &wire(CallId(0), 9, hi()));
    net.hand(B, "carol", &wire(CallId(0), 1, hi()));
    net.hand(B, ALICE, &wire(CallId(0), 9, hi()));
    assert_eq!(net.events(B), ["Message(alice, hi)", "Message(alice, hi)", "Message(carol, hi)"]);
}

#[test]
fn what_another_user_was_delivered_is_forgotten_at_login() {
    let mut net = Net::new();
    let hi = wire(CallId(0), 1, Message::Text { number: 1, text: "hi".into() });
    net.hand(B, ALICE, &hi);
    net.logout(B);
    net.up(B);
    net.hand(B, ALICE, &hi);
    assert_eq!(net.events(B), ["Message(alice, hi)"], "once for the same user");
    net.logout(B);
    net.login_as(B, "carol");
    net.link_up(B, &[]);
    net.hand(B, ALICE, &hi);
    assert_eq!(net.events(B), ["Message(alice, hi)"]);
}

#[test]
fn the_last_4096_peer_messages_are_remembered_as_delivered() {
    let mut net = Net::new();
    let hi = |number| wire(CallId(0), 1, Message::Text { number, text: "hi".into() });
    for number in 1..=4096 {
        net.hand(B, ALICE, &hi(number));
    }
    net.forget();
    net.hand(B, ALICE, &hi(1));
    assert!(net.events(B).is_empty());
    net.hand(B, ALICE, &hi(4097));
    net.hand(B, ALICE, &hi(2));
    assert_eq!(net.events(B).len(), 1, "only the oldest made room");
    net.hand(B, ALICE, &hi(1));
    assert_eq!(net.events(B).len(), 1);
}

#[test]
fn peer_messages_are_re_sent_like_ends_and_time_out_after_10_s() {
    let mut net = Net::new();
    net.link_down(B);
    net.post(A, BOB, &text("hi")).unwrap();
    net.after(ms(9_999));
    let packets = net.packets(A);
    for pair in packets.windows(2).zip([500, 1000, 2000, 4000]) {
        let (gap, pause) = (pair.0[1].sent - pair.0[0].sent, ms(pair.1));
        assert!(gap > pause * 3 / 4 && gap <= pause, "{gap:?} of {pause:?}");
    }
    assert!((5..=6).contains(&packets.len()));
    for packet in &packets {
        assert_eq!(packet.expires_after, secs(10) - packet.sent, "what is left");
    }
    assert_eq!(net.engine(A).stats().messages_resent, packets.len() as u64 - 1);
    assert!(posted(&mut net).is_empty());
    net.after(ms(1));
    assert_eq!(posted(&mut net), ["Posted(1): SentTimeout"]);
    assert_eq!(net.deadline(A), None);
    net.inject_delivered(1);
    assert_eq!(net.drops(A), [Dropped::Stray], "too late");
    assert!(posted(&mut net).is_empty());
}

#[test]
fn silent_peer_is_watched_and_its_absence_ends_the_wait() {
    let mut net = Net::new();
    net.link_down(B);
    net.post(A, BOB, &text("hi")).unwrap();
    net.post(A, BOB, &text("ho")).unwrap();
    net.after(secs(1));
    assert_eq!(net.events(A), ["Watch bob"], "one watch for both");
    net.presence(A, BOB, Presence::Online);
    net.presence(A, BOB, Presence::Unreachable);
    assert!(net.events(A).is_empty());
    net.presence(A, BOB, Presence::Offline);
    assert_eq!(
        net.events(A),
        ["Posted(1): PeerUnreachable", "Unwatch bob", "Posted(2): PeerUnreachable"]
            .map(String::from)
            .into_iter()
            .collect::<Vec<_>>()
    );
    assert_eq!(net.deadline(A), None);
}

#[test]
fn peer_already_known_offline_ends_the_wait_of_a_later_message() {
    let mut net = Net::new();
    net.logout(B);
    net.send();
    net.after(secs(1));
    net.presence(A, BOB, Presence::Offline);
    net.post(A, BOB, &text("hi")).unwrap();
    net.after(ms(500));
    assert_eq!(posted(&mut net), ["Posted(1): PeerUnreachable"]);
}

#[test]
fn peer_that_comes_back_is_sent_the_message_at_once() {
    let mut net = Net::new();
    net.link_down(B);
    net.post(A, BOB, &text("hi")).unwrap();
    net.after(secs(1));
    net.presence(A, BOB, Presence::Unreachable);
    net.sent(A);
    net.presence(A, BOB, Presence::Online);
    assert_eq!(net.sent(A), ["message 1 hi"]);
}

#[test]
fn peer_message_waits_for_the_link_and_goes_out_when_it_is_back() {
    let mut net = Net::new();
    net.link_down(A);
    net.post(A, BOB, &text("hi")).unwrap();
    net.after(secs(9));
    assert!(net.sent(A).is_empty());
    assert_eq!(net.wakes(A), 0, "no wake-ups without a link");
    net.link_up(A, &[]);
    assert_eq!(net.sent(A), ["message 1 hi"]);
    net.run();
    assert_eq!(posted(&mut net), ["Posted(1): Ok"]);

    net.post(A, BOB, &text("ho")).unwrap();
    net.link_down(A);
    net.sent(A);
    net.after(secs(10));
    assert!(net.sent(A).is_empty());
    assert!(net.wakes(A) <= 2, "at most one wake-up that was set already");
    assert_eq!(posted(&mut net), ["Posted(2): SentTimeout"]);
    assert_eq!(net.engine(A).stats().messages_resent, 0);
}

#[test]
fn leaving_fails_the_messages_under_way() {
    for leave in [Net::logout, Net::release, Net::kick, Net::fail] {
        let mut net = Net::new();
        net.link_down(B);
        net.post(A, BOB, &text("hi")).unwrap();
        net.after(ms(500));
        leave(&mut net, A);
        assert_eq!(posted(&mut net), ["Posted(1): UserNotLoggedIn"]);
        assert_eq!(net.deadline(A), None);
    }
}

#[test]
fn acknowledgement_counts_only_from_the_addressee() {
    let mut net = Net::new();
    net.lose(B, "delivered");
    net.post(A, BOB, &text("hi")).unwrap();
    net.hand(A, "eve", &wire(CallId(0), 1, Message::Delivered { number: 1, to: Instance(1) }));
    assert_eq!(net.drops(A), [Dropped::Stray]);
    assert!(posted(&mut net).is_empty());
    net.inject_delivered(1);
    assert_eq!(posted(&mut net), ["Posted(1): Ok"]);
}

#[test]
fn acknowledgement_for_another_instance_of_the_sender_does_not_count() {
    let mut net = Net::new();
    net.lose(B, "delivered");
    net.post(A, BOB, &text("hi")).unwrap();
    // Of the same number: each instance counts from 1.
    net.hand(A, BOB, &wire(CallId(0), 2, Message::Delivered { number: 1, to: Instance(77) }));
    assert_eq!(net.drops(A), [Dropped::Stray]);
    assert!(posted(&mut net).is_empty());
    net.inject_delivered(1);
    assert_eq!(posted(&mut net), ["Posted(1): Ok"]);
}

#[test]
fn peer_messages_out_of_bounds_are_refused_and_those_at_the_limit_arrive() {
    let mut net = Net::new();
    let mut refused = |to: &str, body: &Body| match net.post(A, to, body) {
        Err(Error::InvalidArgument(why)) => why,
        other => panic!("{other:?}"),
    };
    let long = "x".repeat(32_769);
    assert_eq!(refused(BOB, &text(&long)), "the message is 32769 bytes, the limit is 32768");
    assert_eq!(refused(BOB, &raw(vec![1; 32_769], "")), "the message is 32769 bytes, the limit is 32768");
    assert_eq!(refused(BOB, &raw(vec![], &long)), "the message's description is 32769 bytes, the limit is 32768");
    assert_eq!(refused(BOB, &text("\0")), "the message contains U+0000");
    assert_eq!(refused(BOB, &raw(vec![], "\0")), "the message's description contains U+0000");
    assert_eq!(refused("", &text("hi")), "the peer id is empty");
    assert!(net.sent(A).is_empty());
    let (longest, escaped) = ("x".repeat(32_768), "\u{1}".repeat(32_768));
    assert_eq!(net.post(A, BOB, &text(&longest)), Ok(1), "the refused ones have no number");
    net.post(A, BOB, &text(&escaped)).unwrap();
    net.post(A, BOB, &raw(vec![0; 32_768], &longest)).unwrap();
    net.run();
    assert_eq!(posted(&mut net).len(), 3);
    assert_eq!(net.events(B).len(), 3);
}

#[test]
fn peer_messages_without_a_login_are_refused() {
    let mut net = Net::out(Config::default());
    assert_eq!(net.post(A, BOB, &text("hi")), Err(Error::NotLoggedIn));
    net.login(A);
    assert_eq!(net.post(A, BOB, &text("hi")), Err(Error::NotLoggedIn));
    net.link_up(A, &[]);
    assert_eq!(net.post(A, BOB, &text("hi")), Ok(1));
}

#[test]
fn peer_messages_under_way_are_bounded() {
    let mut net = Net::new();
    net.link_down(A);
    for _ in 0..100_000 {
        net.post(A, BOB, &text("hi")).unwrap();
    }
    let error = net.post(A, BOB, &text("hi")).unwrap_err();
    assert_eq!(error, Error::LimitReached("100000 peer messages are under way, which is the bound".into()));
}

#[test]
fn results_have_the_originals_numbers() {
    let numbers = [PeerMessageErr::Ok, PeerMessageErr::SentTimeout, PeerMessageErr::PeerUnreachable];
    assert_eq!(numbers.map(|result| result as i32), [0, 2, 3]);
    assert_eq!(PeerMessageErr::UserNotLoggedIn as i32, 102);
}
