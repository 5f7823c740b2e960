//! Re-sending, and the lifetimes that the carrier is told (SPEC sections 3 and 4), with virtual time.

use std::time::Duration;

use rtm_call::engine::{Windows, local, remote};

use crate::local::caller_in;
use crate::net::{A, B, Net, ms, secs};
use crate::remote::callee_in;
use crate::timers::told;

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
