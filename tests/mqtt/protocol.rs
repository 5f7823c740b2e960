//! What travels, byte by byte: the proofs that re-sending, Receive Maximum and resumption are as the standard says.

use std::time::{Duration, Instant};

use rtm_call::service::event::ServiceEvent;
use rtm_call::transport::{Ended, Link, Presence, Refusal, Refused};

use super::carrier::{Carrier, Report};
use super::party::{Party, Told};
use super::peer::{Packet, Peer};

#[test]
fn what_was_not_acknowledged_is_sent_again_on_the_next_connection() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", None);
    let (mut link, connect) = peer.log_in(false, &[]);
    assert!(connect.clean_start(), "who logs in begins a new session");
    alice.wait(Report::Link(Link::Up));
    for text in ["one", "two", "three"] {
        alice.send("bob", text);
    }
    let sent: Vec<_> = (0..3).map(|_| link.message()).collect();
    assert!(sent.iter().all(|message| !message.again && !message.retain));
    assert_eq!(sent[0].topic, "rtm/1/test/m/bob/alice");
    assert_eq!(sent[0].expiry, Some(30), "rounded up");
    link.puback(sent[1].id, 0);
    link.write(&[0xd0, 0]);
    drop(link);
    alice.wait(Report::Link(Link::Down));
    assert_eq!(alice.transport.send("bob", &b"x"[..].into(), Duration::from_secs(1)), Err(Refused::Down));

    let mut link = peer.accept();
    let connect = link.read();
    assert!(!connect.clean_start(), "who comes back goes on with its session");
    link.connack(true, 0, &[]);
    let again = link.sync();
    let expected = [(true, sent[0].id, b"one".to_vec()), (true, sent[2].id, b"three".to_vec())];
    let again: Vec<_> = again.into_iter().filter(|message| message.topic.contains("/m/")).collect();
    let seen: Vec<_> = again.iter().map(|message| (message.again, message.id, message.payload.clone())).collect();
    assert_eq!(seen, expected);
    alice.wait_for("second Up", |reports| {
        (reports.iter().filter(|report| **report == Report::Link(Link::Up)).count() == 2).then_some(())
    });
}

#[test]
fn a_broker_without_the_session_gets_everything_as_new() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", None);
    let (mut link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    alice.send("bob", "one");
    link.message();
    drop(link);
    let mut link = peer.accept();
    link.read();
    link.connack(false, 0, &[]);
    // It was not on its way in this session, so it may come before the marker or after it, but not as DUP.
    let before = link.sync();
    let one = before.into_iter().find(|message| message.topic.contains("/m/")).unwrap_or_else(|| link.message());
    assert_eq!((one.again, one.payload), (false, b"one".to_vec()));
}

#[test]
fn receive_maximum_is_honoured_across_a_resumption() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", None);
    let maximum = [0x21, 0, 2];
    let (mut link, _) = peer.log_in(false, &maximum);
    alice.wait(Report::Link(Link::Up));
    (1..=6).for_each(|number| alice.send("bob", &number.to_string()));
    let (one, two) = (link.message(), link.message());
    assert_eq!((&one.payload[..], &two.payload[..]), (&b"1"[..], &b"2"[..]));
    assert_eq!(link.silence(), [], "two are under way, and the broker takes two");
    link.puback(one.id, 0);
    assert_eq!(link.message().payload, b"3");
    assert_eq!(link.silence(), []);
    drop(link);

    // Two are resumed: the marker and the fourth have to wait for them.
    let mut link = peer.accept();
    link.read();
    link.connack(true, 0, &maximum);
    let resumed = [link.read().published(), link.read().published()];
    assert!(resumed.iter().all(|message| message.again));
    assert_eq!(resumed.each_ref().map(|message| message.payload[0]), [b'2', b'3']);
    let subscribe = link.read();
    assert_eq!(subscribe.first, 0x82);
    link.suback(&subscribe, &[1, 1]);
    assert_eq!(link.silence(), [], "two are under way again");
    let mut seen = Vec::new();
    resumed.iter().for_each(|message| link.puback(message.id, 0));
    let mut under_way = 0;
    while seen.len() < 3 {
        let packet = link.read();
        if packet.first >> 4 != 3 {
            continue;
        }
        let published = packet.published();
        under_way += 1;
        assert!(under_way <= 2, "more than the broker takes");
        if published.payload.starts_with(b"rtm-sync/1 ") {
            link.publish(1, &published.topic, &published.payload);
        } else if published.topic.contains("/m/") {
            seen.push(published.payload[0]);
        }
        link.puback(published.id, 0);
        under_way -= 1;
    }
    assert_eq!(seen, *b"456");
}

#[test]
fn an_answer_passes_the_invitations_that_still_wait() {
    let peer = Peer::new();
    let alice = Party::at(&peer.url());
    alice.service.login(None, "alice").unwrap();
    let (mut link, _) = peer.log_in(false, &[0x21, 0, 1]);
    alice.wait("login", |told| matches!(told, Told::Service(ServiceEvent::LoginSuccess)).then_some(()));
    for content in ["one", "two"] {
        alice.call("bob", content);
    }
    let one = link.message();
    assert_eq!(one.topic, "rtm/1/test/m/bob/alice");
    // Carol rings with the same bytes while the second invitation waits.
    link.publish(1, "rtm/1/test/m/alice/carol", &one.payload);
    alice.rung("one");
    link.puback(one.id, 0);
    let received = link.message();
    assert_eq!(received.topic, "rtm/1/test/m/carol/alice");
    link.puback(received.id, 0);
    assert_eq!(link.message().topic, "rtm/1/test/m/bob/alice");
}

#[test]
fn what_comes_before_the_marker_is_delivered_before_up_and_acknowledged() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", None);
    let mut link = peer.accept();
    link.read();
    link.connack(false, 0, &[]);
    let subscribe = link.read();
    assert!(subscribe.contains(b"rtm/1/test/m/alice/+") && subscribe.contains(b"rtm/1/test/p/alice/+"));
    link.publish(11, "rtm/1/test/m/alice/b~2Bob", b"early");
    link.suback(&subscribe, &[1, 1]);
    let mut acknowledged = Vec::new();
    let marker = loop {
        let packet = link.read();
        match packet.first {
            0x40 => acknowledged.push(packet),
            _ => break packet.published(),
        }
    };
    link.publish(12, "rtm/1/test/m/alice/bob", b"later");
    link.publish(13, &marker.topic, &marker.payload);
    link.puback(marker.id, 0);
    let presence = loop {
        let packet = link.read();
        match packet.first {
            0x40 => acknowledged.push(packet),
            _ => break packet.published(),
        }
    };
    assert!(presence.retain && presence.topic.starts_with("rtm/1/test/p/alice/"));
    assert_eq!(presence.payload, br#"{"v":"1.0","state":"online","rank":1}"#);
    link.puback(presence.id, 0);
    alice.wait(Report::Link(Link::Up));
    let message = |from: &str, text: &str| Report::Message(from.into(), text.into());
    assert_eq!(alice.reports(), [message("b+ob", "early"), message("bob", "later"), Report::Link(Link::Up)]);
    while acknowledged.len() < 3 {
        acknowledged.extend(Some(link.read()).filter(|packet| packet.first == 0x40));
    }
    let ids: Vec<u8> = acknowledged.iter().map(|packet| packet.body[1]).collect();
    assert_eq!(ids, [11, 12, 13]);
}

#[test]
fn a_stop_waits_for_acknowledgements_then_ends_the_session() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", None);
    let (mut link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    alice.send("bob", "bye");
    let bye = link.message();
    let stopping = std::thread::spawn(move || {
        alice.transport.stop(Duration::from_secs(20));
        alice
    });
    let gone = link.publish_of("/p/");
    assert!(gone.topic.starts_with("rtm/1/test/p/alice/"));
    assert_eq!((gone.payload, gone.retain), (Vec::new(), true));
    assert!(!stopping.is_finished(), "it waits");
    link.puback(bye.id, 0);
    link.puback(gone.id, 0);
    let goodbye = link.read();
    assert_eq!(goodbye, Packet { first: 0xe0, body: vec![0, 5, 0x11, 0, 0, 0, 0] });
    assert_eq!(link.try_read(), None);
    let alice = stopping.join().unwrap();
    assert_eq!(alice.reports(), [Report::Link(Link::Up)], "nothing is reported after a stop");
}

#[test]
fn a_stop_does_not_wait_for_a_silent_broker() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", None);
    let (mut link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    alice.send("bob", "bye");
    let before = Instant::now();
    alice.transport.stop(Duration::from_millis(50));
    assert!(before.elapsed() < Duration::from_secs(1));
    // What is left goes out by itself, and the connection ends.
    link.message();
    while link.try_read().is_some() {}
}

#[test]
fn a_stop_while_a_new_token_is_tried_hands_over_what_was_sent() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", Some("first"));
    let (_link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    alice.transport.renew("second");
    alice.send("bob", "bye");
    let stopping = std::thread::spawn(move || alice.transport.stop(Duration::from_secs(20)));
    let mut link = peer.accept();
    assert_eq!(link.try_read().map(|packet| packet.first), Some(0x10), "it still logs in");
    link.connack(true, 0, &[]);
    let bye = link.message();
    assert_eq!(bye.payload, b"bye");
    link.puback(bye.id, 0);
    let gone = link.publish_of("/p/");
    assert_eq!((gone.payload, gone.retain), (Vec::new(), true));
    link.puback(gone.id, 0);
    assert_eq!(link.read().first, 0xe0);
    stopping.join().unwrap();
}

#[test]
fn a_stop_while_a_new_token_is_tried_does_not_wait_for_long() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", Some("first"));
    let (_link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    alice.transport.renew("second");
    drop(peer);
    let before = Instant::now();
    alice.transport.stop(Duration::from_secs(20));
    assert!(before.elapsed() < Duration::from_secs(10), "one second is enough");
}

#[test]
fn every_refusal_of_a_broker_has_its_meaning() {
    let refused = |reason: u8, token: Option<&str>| {
        let peer = Peer::new();
        let alice = Carrier::start(&peer.url(), "alice", token);
        let mut link = peer.accept();
        link.read();
        link.connack(false, reason, &[]);
        alice.wait_for("refusal", |reports| {
            reports.iter().find_map(|report| match report {
                Report::Link(Link::Refused(refusal)) => Some(*refusal),
                _ => None,
            })
        })
    };
    assert_eq!(refused(0x86, Some("secret")), Refusal::InvalidToken);
    assert_eq!(refused(0x87, Some("secret")), Refusal::InvalidToken);
    assert_eq!(refused(0x87, None), Refusal::NotAuthorized);
    assert_eq!(refused(0x8a, None), Refusal::Rejected);
    assert_eq!(refused(0x84, None), Refusal::Rejected);
    assert_eq!(refused(0x9f, None), Refusal::TooOften);
}

#[test]
fn a_busy_broker_is_tried_again_and_the_token_is_nowhere_in_the_log() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", Some("secret-token"));
    for reason in [0x89, 0x88] {
        let mut link = peer.accept();
        assert!(link.read().contains(b"secret-token"));
        link.connack(false, reason, &[]);
        assert_eq!(link.try_read(), None);
    }
    let (_link, connect) = peer.log_in(false, &[]);
    assert!(connect.clean_start(), "it is still the login");
    alice.wait(Report::Link(Link::Up));
    alice.wait_note("server busy (0x89)");
    alice.wait_note("server unavailable (0x88)");
    assert!(alice.notes().iter().all(|line| !line.contains("secret")));
}

#[test]
fn a_token_that_was_good_and_is_refused_has_expired() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", Some("secret"));
    let (link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    drop(link);
    let mut link = peer.accept();
    link.read();
    link.connack(false, 0x87, &[]);
    alice.wait(Report::Link(Link::Ended(Ended::TokenExpired)));
}

#[test]
fn bytes_that_are_no_mqtt_end_the_connection_and_not_the_session() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", None);
    let (mut link, _) = peer.log_in(false, &[]);
    for (bytes, line) in [
        (&[0x30, 0xff, 0xff, 0xff, 0x7f][..], "a packet of more than"),
        (&[0x10, 0], "a packet of type 1"),
        (&[0x20, 3, 0, 0, 0], "CONNACK is the first packet"),
        (&[0x34, 6, 0, 1, b't', 0, 7, 0], "QoS"),
        (&[0x40, 1, 0], "a malformed PUBACK"),
    ] {
        link.write(bytes);
        while link.try_read().is_some() {}
        alice.wait_note(line);
        link = peer.log_in(true, &[]).0;
    }
    link.publish(9, "rtm/1/test/m/alice/bob", b"still here");
    alice.wait(Report::Message("bob".into(), "still here".into()));
    // Acknowledgements of what was never sent, and strange topics, hurt nobody.
    link.puback(999, 0);
    link.publish(10, "rtm/1/test/m/alice/b~2bob", b"nobody");
    link.publish(11, "rtm/1/other/m/alice/bob", b"foreign");
    link.publish(12, "rtm/1/test/m/alice/bob", b"and after");
    alice.wait(Report::Message("bob".into(), "and after".into()));
    alice.wait_note("dropped a message whose topic or content means nothing here");
    assert!(!alice.reports().iter().any(|report| matches!(report, Report::Message(_, text) if text == "nobody")));
}

#[test]
fn a_denied_message_is_logged_once_a_peer() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", None);
    let (mut link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    for to in ["bob", "bob", "carol", "bob"] {
        alice.send(to, "x");
        let id = link.message().id;
        link.puback(id, 0x87);
    }
    alice.send("dave", "x");
    let id = link.message().id;
    link.puback(id, 0x10);
    alice.wait_note("\"carol\": not authorized (0x87)");
    link.publish(9, "rtm/1/test/m/alice/bob", b"end");
    alice.wait(Report::Message("bob".into(), "end".into()));
    let denied: Vec<String> = alice.notes().into_iter().filter(|line| line.contains("refuses messages to")).collect();
    assert_eq!(denied.len(), 2, "{denied:?}");
}

#[test]
fn a_broker_that_falls_silent_is_given_up_and_a_hint_makes_it_quick() {
    let peer = Peer::new();
    let alice = Carrier::start(&format!("{}?keepalive=3600", peer.url()), "alice", None);
    let (mut link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    alice.transport.network_changed();
    while link.read().first != 0xc0 {}
    link.write(&[0xd0, 0]);
    // Answered, it stays; not answered, it is replaced.
    alice.transport.network_changed();
    while link.read().first != 0xc0 {}
    alice.wait(Report::Link(Link::Down));
    alice.wait_note("does not answer any more");
    let (_second, connect) = peer.log_in(true, &[]);
    assert!(!connect.clean_start());
    assert_eq!(alice.reports().iter().filter(|report| **report == Report::Link(Link::Down)).count(), 1);
}

#[test]
fn a_connection_is_kept_alive() {
    let peer = Peer::new();
    let alice = Carrier::start(&format!("{}?keepalive=1", peer.url()), "alice", None);
    let (mut link, connect) = peer.log_in(false, &[]);
    assert_eq!(connect.body[8..10], [0, 1], "the broker is told");
    alice.wait(Report::Link(Link::Up));
    for _ in 0..2 {
        while link.read().first != 0xc0 {}
        link.write(&[0xd0, 0]);
    }
    assert_eq!(alice.reports(), [Report::Link(Link::Up)]);
}

#[test]
fn what_comes_without_an_acknowledgement_does_not_keep_a_connection_alive() {
    let peer = Peer::new();
    let alice = Carrier::start(&format!("{}?keepalive=1", peer.url()), "alice", None);
    let (mut link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    // A broker that hears nothing for one and a half times as long closes the connection; this one has more patience.
    let until = Instant::now() + Duration::from_secs(10);
    while link.arrived_within(Duration::from_millis(100)).is_none_or(|packet| packet.first != 0xc0) {
        assert!(Instant::now() < until, "no PINGREQ while messages of QoS 0 come");
        link.publish_at_most_once("rtm/1/test/m/alice/bob", b"x");
    }
}

#[test]
fn a_message_that_is_too_large_for_the_broker_is_said_at_once() {
    let peer = Peer::new();
    let alice = Carrier::start(&format!("{}?keepalive=3600", peer.url()), "alice", None);
    let (mut link, _) = peer.log_in(false, &[0x27, 0, 0, 2, 0]);
    alice.wait(Report::Link(Link::Up));
    alice.send("bob", &"x".repeat(600));
    alice.wait_note("the broker takes no packet of this size: 600 bytes");
    alice.send("bob", "small");
    assert_eq!(link.message().payload, b"small");
}

#[test]
fn a_hint_ends_the_pause_between_attempts() {
    // Nobody listens here any more.
    let peer = Peer::new();
    let url = peer.url();
    drop(peer);
    let alice = Carrier::start(&url, "alice", None);
    // Past the fifth attempt the pauses are of seconds.
    alice.wait_for("attempts", |reports| {
        (reports.iter().filter(|report| matches!(report, Report::Note(_))).count() >= 4).then_some(())
    });
    let before = alice.notes().len();
    alice.transport.network_changed();
    alice.wait_for("attempt at once", |reports| {
        (reports.iter().filter(|report| matches!(report, Report::Note(_))).count() > before).then_some(())
    });
    assert!(alice.notes()[0].contains("cannot reach the broker"), "{:?}", alice.notes());
}

#[test]
fn presence_is_told_from_retained_entries() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", None);
    let (mut link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    alice.transport.watch("bob", true);
    let subscribe = loop {
        let packet = link.read();
        if packet.first == 0x82 {
            break packet;
        }
    };
    assert!(subscribe.contains(b"rtm/1/test/p/bob/+"));
    link.suback(&subscribe, &[1]);
    let marker = loop {
        let packet = link.read();
        if packet.first >> 4 == 3 && packet.published().payload.starts_with(b"rtm-sync/1 ") {
            break packet.published();
        }
    };
    assert!(!alice.reports().iter().any(|report| matches!(report, Report::Presence(..))), "nothing is known yet");
    link.publish(5, &marker.topic, &marker.payload);
    alice.wait(Report::Presence("bob".into(), Presence::Offline));
    link.publish(6, "rtm/1/test/p/bob/00000000000000aa", br#"{"v":"1.0","state":"online"}"#);
    alice.wait(Report::Presence("bob".into(), Presence::Online));
    link.publish(7, "rtm/1/test/p/bob/00000000000000aa", b"what?");
    link.publish(8, "rtm/1/test/p/bob/00000000000000aa", br#"{"v":"1.0","state":"gone"}"#);
    alice.wait_for("gone", |reports| {
        let presences: Vec<_> = reports.iter().filter(|report| matches!(report, Report::Presence(..))).collect();
        (presences.len() == 3 && *presences[2] == Report::Presence("bob".into(), Presence::Offline)).then_some(())
    });
    alice.transport.watch("bob", false);
    while link.read().first != 0xa2 {}
}

#[test]
fn a_new_token_is_tried_and_the_former_kept_if_it_is_refused() {
    let peer = Peer::new();
    let alice = Carrier::start(&peer.url(), "alice", Some("first-token"));
    let (mut link, _) = peer.log_in(false, &[]);
    alice.wait(Report::Link(Link::Up));
    alice.send("bob", "on its way");
    let message = link.message();
    alice.transport.renew("second-token");
    assert!(alice.transport.send("bob", &b"meanwhile"[..].into(), Duration::from_secs(9)).is_ok());
    let mut link = peer.accept();
    let connect = link.read();
    assert!(connect.contains(b"second-token") && !connect.clean_start());
    link.connack(false, 0x86, &[]);
    alice.wait(Report::Link(Link::Renewed(Err(Refusal::InvalidToken))));
    let mut link = peer.accept();
    assert!(link.read().contains(b"first-token"));
    link.connack(true, 0, &[]);
    let resumed = link.sync().into_iter().filter(|one| one.topic.contains("/m/"));
    let texts: Vec<_> = resumed.map(|one| (one.again, one.payload)).collect();
    assert_eq!(texts, [(true, message.payload), (false, b"meanwhile".to_vec())]);

    alice.transport.renew("third-token");
    let (mut link, connect) = peer.log_in(true, &[]);
    assert!(connect.contains(b"third-token"));
    alice.wait(Report::Link(Link::Renewed(Ok(()))));
    link.publish(9, "rtm/1/test/m/alice/bob", b"end");
    alice.wait(Report::Message("bob".into(), "end".into()));
    let links: Vec<_> = alice.reports().into_iter().filter(|report| matches!(report, Report::Link(_))).collect();
    let renewed = |answer| Report::Link(Link::Renewed(answer));
    let expected = [Report::Link(Link::Up), renewed(Err(Refusal::InvalidToken)), renewed(Ok(()))];
    assert_eq!(links, expected, "no Down, no second Up");
}
