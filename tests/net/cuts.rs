//! The connection cut at every message boundary of every handshake, on each side (SPEC section 3: whatever is lost).

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rtm_call::codes::ConnectionState;
use rtm_call::engine::Windows;
use rtm_call::engine::planted::{Planted, Rule};
use rtm_call::service::Config;

use super::broker::Broker;
use super::oracle;
use super::party::{Party, id};
use super::proxy::{Cut, Packet, Proxy, Way};
use super::story::{BOUND, Kind, Seen};

/// How a call goes when nothing is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Handshake {
    Accept,
    Refuse,
    Cancel,
    Expire,
}

const HANDSHAKES: [Handshake; 4] = [Handshake::Accept, Handshake::Refuse, Handshake::Cancel, Handshake::Expire];

/// Whose connection is cut.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    Caller,
    Callee,
}

/// One run: both sides reach the broker through a proxy of their own.
struct Run {
    handshake: Handshake,
    /// The rule of the protocol that both sides break.
    planted: Option<Rule>,
    proxies: [Proxy; 2],
    app: String,
}

/// What one run with a cut showed.
struct Outcome {
    /// From the cut to the link's return; none where the cut came with the last packet.
    link_back: Option<Duration>,
    /// From the cut to the later of both ends, where it came after the cut.
    call_over: Option<Duration>,
    /// Both ends as without a cut.
    as_without: bool,
}

/// Cuts that run side by side.
const AT_ONCE: usize = 12;

#[test]
fn a_cut_at_every_message_boundary() {
    let broker = Broker::plain();
    println!("\nconnection cut at every message boundary (from CONNECT on)");
    let mut all_equal = true;
    for handshake in HANDSHAKES {
        // On a busy machine a message may be late, and sent again.
        let clean = |attempt| Run::new(&broker, handshake, None, format!("clean-{handshake:?}-{attempt}")).clean();
        let transcripts = (0..10).find_map(clean).expect("one of ten runs needs no repetition");
        for (side, transcript) in [Side::Caller, Side::Callee].into_iter().zip(transcripts) {
            if std::env::var_os("RTM_CALL_TRANSCRIPT").is_some() {
                transcript.iter().enumerate().for_each(|(n, packet)| println!("  {:3} {packet}", n + 1));
            }
            let boundaries = transcript.len();
            let cuts: Vec<Cut> = (1..=boundaries).flat_map(|n| [Cut::Before(n), Cut::After(n)]).collect();
            let (outcomes, failed) = run_all(&broker, handshake, None, side, &cuts);
            assert_eq!(failed, 0, "some runs failed");
            let cut = |before: bool| {
                let done = cuts.iter().zip(&outcomes).filter(|(cut, _)| matches!(cut, Cut::Before(_)) == before);
                done.filter(|(_, outcome)| outcome.is_some()).count()
            };
            let done: Vec<&Outcome> = outcomes.iter().flatten().collect();
            println!(
                "{:6} {:6}: cut before {:2} / {boundaries}, after {:2} / {boundaries}; {:3} of {:3} ended as without a cut; \
                 link back {}; call over {}",
                format!("{handshake:?}").to_lowercase(),
                format!("{side:?}").to_lowercase(),
                cut(true),
                cut(false),
                done.iter().filter(|outcome| outcome.as_without).count(),
                done.len(),
                spread(done.iter().filter_map(|outcome| outcome.link_back)),
                spread(done.iter().filter_map(|outcome| outcome.call_over)),
            );
            all_equal &= cut(true) == boundaries && cut(false) == boundaries;
        }
    }
    assert!(all_equal, "boundaries cut are not the boundaries of the transcript");
}

/// The same finds bugs: with this rule broken some run fails.
#[test]
fn a_cut_finds_planted_bugs() {
    let broker = Broker::plain();
    let cuts: Vec<Cut> = (1..=20).flat_map(|n| [Cut::Before(n), Cut::After(n)]).collect();
    println!("\nthe failures that follow are wanted");
    let mut found = Vec::new();
    for (rule, side) in [(Rule::RingOnce, Side::Callee), (Rule::ReceivedOnce, Side::Caller)] {
        let (_, failed) = run_all(&broker, Handshake::Accept, Some(rule), side, &cuts);
        found.push((rule, side, failed));
    }
    for (rule, side, failed) in found {
        println!("planted: {rule:?} does not hold, cuts at the {side:?}: {failed} of {} runs failed", cuts.len());
        assert!(failed > 0, "nothing shows that {rule:?} does not hold");
    }
}

fn run_all(
    broker: &Broker,
    handshake: Handshake,
    planted: Option<Rule>,
    side: Side,
    cuts: &[Cut],
) -> (Vec<Option<Outcome>>, usize) {
    let outcomes = Mutex::new(Vec::from_iter(cuts.iter().map(|_| None)));
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&cut) = cuts.get(number) else { break };
                    let app = format!("{handshake:?}-{side:?}-{cut:?}-{planted:?}").replace(['(', ')'], "");
                    let run = AssertUnwindSafe(|| Run::new(broker, handshake, planted, app).cut(side, cut));
                    match catch_unwind(run) {
                        Ok(outcome) => outcomes.lock()[number] = outcome,
                        Err(_) => {
                            eprintln!("failed: {handshake:?}, cut {cut:?} at the {side:?}");
                            failed.fetch_add(1, Ordering::Relaxed);
                        }
                    }
                }
            });
        }
    });
    (outcomes.into_inner(), failed.into_inner())
}

impl Run {
    fn new(broker: &Broker, handshake: Handshake, planted: Option<Rule>, app: String) -> Run {
        Run { handshake, planted, proxies: [Proxy::new(broker.address()), Proxy::new(broker.address())], app }
    }

    /// Alice and Bob. Whoever is to answer does so by itself: in the first call as the handshake wants it, then always yes.
    fn parties(&self) -> [Party; 2] {
        let party = |user: &str, proxy: &Proxy| {
            let mut config = Config { url: Some(proxy.url()), grace: Duration::from_secs(10), ..Config::default() };
            if self.handshake == Handshake::Expire && user == "bob" {
                config.engine.windows = Windows { ring_ms: 300, ..Windows::default() };
            }
            config.engine.planted = Planted(self.planted);
            Party::new(&config, &self.app, user)
        };
        let parties = [party("alice", &self.proxies[0]), party("bob", &self.proxies[1])];
        let (handshake, service) = (self.handshake, parties[1].service.clone());
        parties[1].story.on_ring(move |remote| {
            let first = remote.with_content(|content| content == "first");
            let _ = match handshake {
                Handshake::Refuse if first => service.refuse(remote),
                Handshake::Cancel | Handshake::Expire if first => Ok(()),
                _ => service.accept(remote),
            };
        });
        thread::scope(|scope| parties.iter().for_each(|party| drop(scope.spawn(|| party.login(None)))));
        parties
    }

    /// The call, until both sides are through with it.
    fn call(&self, [alice, bob]: &[Party; 2]) -> (Kind, Kind, Instant) {
        let local = alice.calls("bob", "first");
        if self.handshake == Handshake::Cancel {
            alice.comes(id(&local), Kind::LocalReceived);
            alice.service.cancel(&local).expect("nobody answers it");
        }
        let ends = (alice.ends(id(&local), true).kind, bob.ends(id(&local), false).kind);
        (ends.0, ends.1, Instant::now())
    }

    /// Without a cut: the packets of each side's connection, until all is said; none if something had to be said twice.
    fn clean(&self) -> Option<[Vec<Packet>; 2]> {
        let parties = self.parties();
        let ends = self.call(&parties);
        assert_eq!((ends.0, ends.1), self.handshake.ends());
        oracle::check(&[&parties[0], &parties[1]], true);
        let transcript = |proxy: &Proxy| {
            let all_said = |packets: &[Packet]| {
                let said = said(packets)?;
                (said.iter().all(|count| *count >= 2)).then(|| (said == [2, 2]).then(|| packets.to_vec()))
            };
            let said = proxy.passed(BOUND, all_said);
            said.unwrap_or_else(|| panic!("{:?} does not come to its end", self.handshake))
        };
        Some([transcript(&self.proxies[0])?, transcript(&self.proxies[1])?])
    }

    /// With a cut; none if the connection had no such packet.
    fn cut(&self, side: Side, cut: Cut) -> Option<Outcome> {
        self.proxies[side as usize].cut_at(cut);
        let parties = self.parties();
        let (here, there, over) = self.call(&parties);
        let at = self.proxies[side as usize].was_cut(Duration::from_secs(5))?;
        // The next call goes through: nothing of the first one rings in it, on links that stand again.
        let next = id(&parties[0].calls("bob", "next"));
        assert_eq!(parties[0].ends(next, true).kind, Kind::LocalAccepted);
        assert_eq!(parties[1].ends(next, false).kind, Kind::RemoteAccepted);
        assert_eq!(oracle::check(&[&parties[0], &parties[1]], true), 2);
        let back = parties[side as usize]
            .story
            .entries()
            .into_iter()
            .find(|entry| entry.at > at && matches!(entry.seen, Seen::Connection(ConnectionState::Connected, _)));
        Some(Outcome {
            link_back: back.map(|entry| entry.at - at),
            call_over: over.checked_duration_since(at),
            as_without: (here, there) == self.handshake.ends(),
        })
    }
}

impl Handshake {
    fn ends(self) -> (Kind, Kind) {
        match self {
            Handshake::Accept => (Kind::LocalAccepted, Kind::RemoteAccepted),
            Handshake::Refuse => (Kind::LocalRefused, Kind::RemoteRefused),
            Handshake::Cancel => (Kind::LocalCanceled, Kind::RemoteCanceled),
            Handshake::Expire => (Kind::LocalFailure, Kind::RemoteFailure),
        }
    }
}

const PUBLISH: u8 = 3;
const PUBACK: u8 = 4;

/// Messages between the two each way, once everything published is acknowledged.
fn said(packets: &[Packet]) -> Option<[usize; 2]> {
    let count = |way: Way, kind: u8| packets.iter().filter(|packet| packet.way == way && packet.kind == kind).count();
    let owed = |way: Way, back: Way| count(way, PUBLISH) > count(back, PUBACK);
    if owed(Way::ToBroker, Way::ToClient) || owed(Way::ToClient, Way::ToBroker) {
        return None;
    }
    let to = |user: &str, from: &str| {
        // The names carry the app id, but the markers to oneself are of one name.
        let between = |packet: &&Packet| {
            let levels: Vec<&str> = packet.topic.rsplit('/').collect();
            packet.kind == PUBLISH && matches!(levels[..], [f, t, "m", ..] if f.ends_with(from) && t.ends_with(user))
        };
        packets.iter().filter(between).count()
    };
    Some([to("alice", "bob"), to("bob", "alice")])
}

impl fmt::Display for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KINDS: [&str; 16] = [
            "?",
            "CONNECT",
            "CONNACK",
            "PUBLISH",
            "PUBACK",
            "PUBREC",
            "PUBREL",
            "PUBCOMP",
            "SUBSCRIBE",
            "SUBACK",
            "UNSUBSCRIBE",
            "UNSUBACK",
            "PINGREQ",
            "PINGRESP",
            "DISCONNECT",
            "AUTH",
        ];
        let arrow = if self.way == Way::ToBroker { "->" } else { "<-" };
        write!(f, "{arrow} {} {}", KINDS[usize::from(self.kind)], self.topic)
    }
}

/// Median and longest.
pub fn spread(times: impl Iterator<Item = Duration>) -> String {
    let mut times: Vec<Duration> = times.collect();
    times.sort();
    match times.last() {
        None => "-".into(),
        Some(last) => format!("{:.2} s, at most {:.2} s", times[times.len() / 2].as_secs_f64(), last.as_secs_f64()),
    }
}
