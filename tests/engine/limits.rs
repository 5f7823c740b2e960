//! Bounds, bad input and outsiders (SPEC section 5 and the fine print).

use rtm_call::codes::{EndReason, EndSide};
use rtm_call::engine::message::Message;
use rtm_call::engine::user::{UserId, check_app_id};
use rtm_call::engine::{CallId, Config, Dropped, Instance, Offer, Windows, local, remote};
use rtm_call::error::Error;

use crate::local::caller_in;
use crate::net::{A, ALICE, B, BOB, Net, secs, wire};
use crate::remote::callee_in;

fn offer<'a>() -> Offer<'a> {
    Offer { callee: BOB, content: "".into(), channel: "".into(), windows: Windows::default() }
}

fn refused(offer: Offer<'_>) -> String {
    let mut net = Net::new();
    let answer = net.try_send(A, offer);
    assert!(net.sent(A).is_empty() && net.events(A).is_empty(), "nothing has happened");
    assert_eq!(net.engine(A).stats().open_local, 0);
    assert_eq!(net.deadline(A), None);
    match answer {
        Err(Error::InvalidArgument(why)) => why,
        other => panic!("{other:?}"),
    }
}

fn invite(content: &str) -> Message {
    Message::Invite { content: content.into(), channel: "room".into(), windows: Windows::default() }
}

// Arguments.

#[test]
fn callee_ids_out_of_bounds_are_refused() {
    assert_eq!(refused(Offer { callee: "", ..offer() }), "the callee id is empty");
    assert_eq!(refused(Offer { callee: &"a".repeat(65), ..offer() }), "the callee id is 65 bytes, the limit is 64");
    assert_eq!(refused(Offer { callee: "null", ..offer() }), "the callee id is the literal \"null\"");
    for bad in ["a*b", "中文", "a/b", "a\\b", "\"", "'", "a\nb", "a\0"] {
        assert!(refused(Offer { callee: bad, ..offer() }).contains("which a user id must not"));
    }
    let mut net = Net::new();
    for good in [&"a".repeat(64)[..], " x", "nulls", "+#$"] {
        net.try_send(A, Offer { callee: good, ..offer() }).unwrap();
    }
}

#[test]
fn app_ids_are_1_to_64_bytes() {
    let refused = |text: &str| check_app_id(text).unwrap_err().to_string();
    assert_eq!(refused(""), "the app id is empty");
    assert_eq!(refused(&"a".repeat(65)), "the app id is 65 bytes, the limit is 64");
    check_app_id("a").unwrap();
    check_app_id(&"a".repeat(64)).unwrap();
}

#[test]
fn user_ids_show_their_text() {
    let user = UserId::new(BOB, "user id").unwrap();
    assert_eq!((user.as_str(), &**user.text(), format!("{user:?}")), (BOB, BOB, "\"bob\"".into()));
    assert!(std::collections::HashSet::from([user]).contains(BOB), "it is found by its text");
}

#[test]
fn texts_over_their_limits_are_refused_and_those_at_them_arrive() {
    let (content, channel) = ("ü".repeat(4096), "c".repeat(64));
    assert_eq!(
        refused(Offer { content: format!("{content}x").into(), ..offer() }),
        "the content is 8193 bytes, the limit is 8192"
    );
    assert_eq!(
        refused(Offer { channel: format!("{channel}x").into(), ..offer() }),
        "the channel id is 65 bytes, the limit is 64"
    );
    assert_eq!(refused(Offer { content: "a\0b".into(), ..offer() }), "the content contains U+0000");
    assert_eq!(refused(Offer { channel: "\0".into(), ..offer() }), "the channel id contains U+0000");
    let mut net = Net::new();
    net.try_send(A, Offer { content: content.as_str().into(), channel: channel.as_str().into(), ..offer() }).unwrap();
    net.run();
    assert_eq!(net.events(B), [format!("Ring(alice, {content}, {channel})")]);
}

#[test]
fn windows_of_0_are_refused() {
    let windows = Windows::default();
    let with = |windows| refused(Offer { windows, ..offer() });
    assert_eq!(with(Windows { acknowledge_ms: 0, ..windows }), "the acknowledge window is 0 ms");
    assert_eq!(with(Windows { ring_ms: 0, ..windows }), "the ring window is 0 ms");
    assert_eq!(with(Windows { accept_ms: 0, ..windows }), "the accept window is 0 ms");
}

fn answer(net: &mut Net, response: &str, accept_ms: u32) -> [Result<(), Error>; 2] {
    let (now, call) = (net.now(B), net.call(B));
    [net.engine(B).accept(now, call, response, accept_ms), net.engine(B).refuse(now, call, response)]
}

#[test]
fn responses_over_their_limit_are_refused_and_the_invitation_stays_received() {
    let mut net = callee_in(remote::State::InvitationReceived);
    let wrong = |why: &str| Err(Error::InvalidArgument(why.into()));
    let too_long = "the response is 8193 bytes, the limit is 8192";
    assert_eq!(answer(&mut net, &"x".repeat(8193), 1), [wrong(too_long), wrong(too_long)]);
    let nul = "the response contains U+0000";
    assert_eq!(answer(&mut net, "\0", 1), [wrong(nul), wrong(nul)]);
    assert_eq!(net.accept_for(B, 0), wrong("the accept window is 0 ms"));
    assert!(net.sent(B).is_empty() && net.events(B).is_empty());
    let response = "x".repeat(8192);
    let (now, call) = (net.now(B), net.call(B));
    net.engine(B).refuse(now, call, &response).unwrap();
    net.after(secs(1));
    assert!(net.events(A).contains(&format!("Refused({response}): refused by callee")));
}

#[test]
fn state_is_checked_before_arguments() {
    let mut net = callee_in(remote::State::AcceptSentToLocal);
    assert_eq!(answer(&mut net, &"x".repeat(8193), 0), [Err(Error::AlreadyAccept), Err(Error::AlreadyAccept)]);
    net.heal();
    net.after(secs(1));
    assert_eq!(answer(&mut net, &"x".repeat(8193), 0), [Err(Error::AlreadyEnd), Err(Error::AlreadyEnd)]);
}

// Bounds.

#[test]
fn outgoing_invitations_are_bounded_with_a_clear_error() {
    let mut net = Net::with(Config { max_open: 3, ..Config::default() });
    for _ in 0..3 {
        net.send();
    }
    let error = net.try_send(A, offer()).unwrap_err();
    assert_eq!(error, Error::LimitReached("3 invitations are open, which is the configured bound".into()));
    net.sent(A);
    net.cancel().unwrap();
    net.send();
    assert_eq!(net.engine(A).stats().open_local, 3, "an end makes room");
}

#[test]
fn incoming_invitations_are_bounded_in_total() {
    let config = Config { max_open: 3, ..Config::default() };
    let mut net = Net::with(config);
    for (n, from) in [ALICE, "carol", "dave", "eve"].iter().enumerate() {
        net.hand(B, from, &wire(CallId(n as u128 + 1), 1, invite("hello")));
    }
    assert_eq!(net.events(B).len(), 3);
    assert_eq!(net.sent(B), ["received"; 3], "the one beyond is not acknowledged");
    assert_eq!(net.drops(B), [Dropped::Limit]);
    assert_eq!(net.engine(B).stats().dropped_limit, 1);
    net.refuse(B).unwrap();
    net.hand(B, "eve", &wire(CallId(4), 1, invite("hello")));
    assert!(net.events(B).contains(&"Ring(eve, hello, room)".into()), "its repetition rings when there is room");
}

#[test]
fn incoming_invitations_are_bounded_for_each_peer() {
    let mut net = Net::with(Config { max_open_per_peer: 2, ..Config::default() });
    for id in 1..=3 {
        net.hand(B, ALICE, &wire(CallId(id), 1, invite("hello")));
    }
    net.hand(B, "carol", &wire(CallId(9), 1, invite("hello")));
    assert_eq!(net.drops(B), [Dropped::Limit]);
    let rings = ["Ring(alice, hello, room)", "Ring(alice, hello, room)", "Ring(carol, hello, room)"];
    assert_eq!(net.events(B), rings);
    net.hand(B, ALICE, &wire(CallId(1), 1, invite("hello")));
    assert_eq!(net.sent(B).last().unwrap(), "received", "a repetition of an open one is no new one");
    net.hand(
        B,
        ALICE,
        &wire(
            CallId(1),
            1,
            Message::End { side: EndSide::Caller, to: None, reason: EndReason::Canceled, response: "".into() },
        ),
    );
    net.hand(B, ALICE, &wire(CallId(3), 1, invite("hello")));
    assert!(net.events(B).contains(&"Ring(alice, hello, room)".into()), "an end makes room");
}

#[test]
fn accepted_invitations_give_their_room_back() {
    let mut net = Net::with(Config { max_open: 1, max_open_per_peer: 1, ..Config::default() });
    for _ in 0..5 {
        net.send();
        net.run();
        net.accept(B).unwrap();
        net.run();
        assert_eq!(net.events(B).last().unwrap(), "Accepted: accepted by callee");
        assert_eq!((net.engine(A).stats().open_local, net.engine(B).stats().open_remote), (0, 0));
    }
}

// Outsiders and bad input.

#[test]
fn messages_count_only_from_the_other_party() {
    let callee = [
        Message::Received,
        Message::Accept { response: "yes".into() },
        Message::End { side: EndSide::Callee, to: None, reason: EndReason::Refused, response: "".into() },
        Message::Ended { side: EndSide::Callee },
    ];
    for message in callee {
        let mut net = caller_in(local::State::SentToRemote);
        net.inject(A, "eve", 2, message.clone());
        assert!(net.events(A).is_empty(), "{message:?}");
        assert!(net.sent(A).iter().all(|sent| sent == "ended caller"), "{message:?}");
        net.cancel().unwrap();
    }
    let caller = [
        Message::Confirm { to: Instance(2) },
        Message::End { side: EndSide::Caller, to: None, reason: EndReason::Canceled, response: "".into() },
        Message::Ended { side: EndSide::Caller },
    ];
    for message in caller {
        let mut net = callee_in(remote::State::AcceptSentToLocal);
        net.inject(B, "eve", 1, message.clone());
        assert!(net.events(B).is_empty(), "{message:?}");
        net.heal();
        net.after(secs(1));
        assert!(net.events(B).contains(&"Accepted: accepted by callee".into()), "{message:?}");
    }
}

#[test]
fn messages_count_only_for_the_side_that_they_are_for() {
    let mut net = caller_in(local::State::ReceivedByRemote);
    net.inject(A, BOB, 2, Message::Confirm { to: Instance(1) });
    net.inject(A, BOB, 2, Message::Ended { side: EndSide::Caller });
    net.inject(B, ALICE, 1, Message::Received);
    net.inject(B, ALICE, 1, Message::Accept { response: "yes".into() });
    net.inject(B, ALICE, 1, Message::Ended { side: EndSide::Callee });
    assert!(net.events(A).is_empty() && net.events(B).is_empty());
    assert!(net.sent(A).is_empty() && net.sent(B).is_empty());
    assert_eq!((net.drops(A).len(), net.drops(B).len()), (2, 3));
    assert_eq!(net.engine(B).stats().dropped_stray, 3);
    net.accept(B).unwrap();
    net.run();
    assert_eq!(net.events(B), ["Accepted: accepted by callee"]);
}

#[test]
fn answers_to_an_invite_that_never_left_are_dropped() {
    let late = [
        Message::Received,
        Message::Accept { response: "yes".into() },
        Message::End { side: EndSide::Callee, to: None, reason: EndReason::Refused, response: "".into() },
    ];
    for message in late {
        let mut net = Net::new();
        net.link_down(A);
        net.send();
        net.inject(A, BOB, 2, message.clone());
        assert!(net.events(A).is_empty(), "{message:?}: nobody can know its id");
        net.cancel().unwrap();
    }
}

#[test]
fn messages_of_unknown_invitations_are_dropped_and_counted() {
    let mut net = Net::new();
    let id = CallId(99);
    for message in [
        Message::Received,
        Message::Accept { response: "yes".into() },
        Message::Confirm { to: Instance(2) },
        Message::Ended { side: EndSide::Caller },
        Message::Delivered { number: 3, to: Instance(2) },
    ] {
        net.hand(
            B,
            ALICE,
            &wire(if matches!(message, Message::Delivered { .. }) { CallId(0) } else { id }, 1, message),
        );
    }
    assert_eq!(net.drops(B), [Dropped::Stray; 5]);
    assert_eq!(net.engine(B).stats().dropped_stray, 5);
    assert_eq!(net.engine(B).stats().messages_received, 5);
    assert!(net.sent(B).is_empty() && net.events(B).is_empty());
    assert_eq!(net.deadline(B), None);
}

#[test]
fn bad_bytes_and_bad_senders_are_dropped_and_counted() {
    let mut net = Net::new();
    let good = String::from_utf8(wire(CallId(1), 1, invite("hello"))).unwrap();
    net.hand(B, ALICE, b"{");
    net.hand(B, ALICE, good.replace("\"1.0\"", "\"2.0\"").as_bytes());
    net.hand(B, ALICE, good.replace("\"invite\"", "\"invitation\"").as_bytes());
    net.hand(B, ALICE, &vec![b' '; 1_000_000]);
    net.hand(B, "a*b", good.as_bytes());
    net.hand(B, "", good.as_bytes());
    let all =
        [Dropped::Malformed, Dropped::Version, Dropped::Type, Dropped::Oversized, Dropped::Sender, Dropped::Sender];
    assert_eq!(net.drops(B), all);
    assert_eq!(net.engine(B).stats().dropped_malformed, 6);
    assert!(net.events(B).is_empty() && net.sent(B).is_empty());
    net.hand(B, ALICE, good.as_bytes());
    assert_eq!(net.events(B), ["Ring(alice, hello, room)"], "the same bytes, unharmed, ring");
}

#[test]
fn messages_before_the_login_is_done_are_dropped() {
    let mut net = Net::out(Config::default());
    net.hand(B, ALICE, &wire(CallId(1), 1, invite("hello")));
    net.login(B);
    net.hand(B, ALICE, &wire(CallId(1), 1, invite("hello")));
    assert_eq!(net.drops(B), [Dropped::LoggedOut; 2]);
    assert_eq!(net.engine(B).stats().dropped_stray, 2);
    assert!(net.events(B).is_empty());
    net.link_up(B, &[(ALICE, wire(CallId(1), 1, invite("hello")))]);
    assert_eq!(net.events(B), ["Ring(alice, hello, room)"]);
}

// Who calls whom.

#[test]
fn inviting_oneself_works_like_inviting_another() {
    let mut net = Net::new();
    net.send_with(A, ALICE, Windows::default());
    let local = net.call(A);
    net.run();
    assert_eq!(net.events(A), ["Ring(alice, hello, room)", "ReceivedByPeer"]);
    net.accept(A).unwrap();
    net.run();
    assert_eq!(net.events(A), ["Accepted(yes): accepted by callee", "Accepted: accepted by callee"]);
    assert_ne!(local, net.call(A));

    net.send_with(A, ALICE, Windows::default());
    let (now, local) = (net.now(A), net.call(A));
    net.run();
    net.engine(A).cancel(now, local).unwrap();
    net.after(secs(1));
    assert!(net.events(A).contains(&"Canceled: canceled by caller".into()));
    net.forget();
    net.after(secs(400));
    assert!(net.events(A).is_empty() && net.sent(A).is_empty());
}

#[test]
fn invitations_between_the_same_two_users_do_not_touch_each_other() {
    let mut net = Net::new();
    net.send();
    let first = net.call(A);
    net.run();
    let first_ring = net.call(B);
    net.send();
    net.run();
    net.send_with(B, ALICE, Windows::default());
    net.run();
    net.forget();
    let now = net.now(B);
    net.engine(B).accept(now, first_ring, "first", 5_000).unwrap();
    net.after(secs(1));
    assert!(net.events(A).contains(&"Accepted(first): accepted by callee".into()));
    let now = net.now(A);
    assert_eq!(net.engine(A).cancel(now, first), Err(Error::AlreadyEnd));
    assert_eq!(net.engine(A).stats().open_local, 1, "the second rings on");
    assert_eq!(net.engine(B).stats().open_local, 1, "so does the one the other way");
    assert_eq!(net.engine(A).stats().open_remote, 1);
}

#[test]
fn invitation_is_found_by_its_id_while_it_is_open() {
    let mut net = callee_in(remote::State::InvitationReceived);
    let (id, local, remote) = (net.id(), net.call(A), net.call(B));
    assert_eq!(net.engine(A).find_open(EndSide::Caller, BOB, id), Some(local));
    assert_eq!(net.engine(B).find_open(EndSide::Callee, ALICE, id), Some(remote));
    assert_eq!(net.engine(A).find_open(EndSide::Callee, BOB, id), None);
    assert_eq!(net.engine(A).find_open(EndSide::Caller, "eve", id), None);
    assert_eq!(net.engine(A).find_open(EndSide::Caller, BOB, CallId(5)), None);
    net.lose(B, "ended");
    net.cancel().unwrap();
    assert_eq!(net.engine(A).find_open(EndSide::Caller, BOB, id), None, "ended, its end not acknowledged");
    net.run();
    assert_eq!(net.engine(B).find_open(EndSide::Callee, ALICE, id), None, "ended");
}

#[test]
fn configuration_changes_concern_later_invitations_only() {
    let mut net = callee_in(remote::State::InvitationReceived);
    let windows = Windows { ring_ms: 1_000, ..Windows::default() };
    net.engine(B).configure(Config { windows, ..Config::default() });
    net.after(secs(59));
    assert!(!net.events(B).iter().any(|event| event.starts_with("Failure")));
    net.after(secs(1));
    assert!(net.events(B).iter().any(|event| event.starts_with("Failure")));
}

#[test]
fn references_of_ended_invitations_never_name_a_later_one() {
    let mut net = Net::new();
    net.send();
    net.run();
    let old = net.call(B);
    net.accept(B).unwrap();
    net.run();
    net.send();
    net.run();
    let now = net.now(B);
    assert_eq!(net.engine(B).refuse(now, old, ""), Err(Error::AlreadyEnd));
    assert_eq!(net.engine(B).stats().open_remote, 1);
    net.refuse(B).unwrap();
}

#[test]
fn verbs_of_the_other_side_answer_already_end() {
    let mut net = callee_in(remote::State::InvitationReceived);
    let (now, local) = (net.now(A), net.call(A));
    assert_eq!(net.engine(A).accept(now, local, "", 1), Err(Error::AlreadyEnd));
    assert_eq!(net.engine(A).refuse(now, local, ""), Err(Error::AlreadyEnd));
    let (now, remote) = (net.now(B), net.call(B));
    assert_eq!(net.engine(B).cancel(now, remote), Err(Error::AlreadyEnd));
}
