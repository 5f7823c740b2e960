//! `./dev soak`: calls for minutes, through proxies that cut connections at random.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rtm_call::codes::EndReason;
use rtm_call::service::Config;

use super::broker::{Broker, Listener, Wanted};
use super::memory;
use super::party::{Party, id};
use super::proxy::Proxy;
use super::story::{Call, Kind};

/// Pairs of users that call each other at the same time.
const PAIRS: usize = 4;
/// Memory may grow by this much after the warm-up: what is remembered of ended calls is bounded, and the test's own
/// stories are thrown away after each round.
const MAY_GROW_KIB: u64 = 24 << 10;

/// Small, repeatable chance.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// The next cut of a pair: seldom enough that a carrier's pauses between attempts do not only grow.
    fn next_cut(&mut self) -> Instant {
        Instant::now() + Duration::from_millis(2_000 + self.below(18_000))
    }
}

#[derive(Default)]
struct Count {
    calls: AtomicUsize,
    accepted: AtomicUsize,
    unconfirmed: AtomicUsize,
    failures: AtomicUsize,
    cuts: AtomicUsize,
}

#[test]
#[ignore = "takes ten minutes: ./dev soak"]
fn soak() {
    let seconds = std::env::var("RTM_CALL_SOAK_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(600);
    // Without it the broker waits for acknowledgements, which come late from a proxy.
    let more = "set_tcp_nodelay true".into();
    let broker = Broker::start(&Wanted { listeners: vec![Listener::Tcp], more, ..Wanted::default() });
    let count = Count::default();
    let warm_up = Duration::from_secs(seconds) / 5;
    println!("\nsoak: {seconds} s, {PAIRS} pairs of users, cuts at random");
    let end = Instant::now() + Duration::from_secs(seconds);
    let warm = Instant::now() + warm_up;
    let before = thread::scope(|scope| {
        for number in 0..PAIRS {
            let (broker, count) = (&broker, &count);
            scope.spawn(move || pair(broker, number, end, count));
        }
        thread::sleep(warm.saturating_duration_since(Instant::now())); // The run has a length, nothing is waited for.
        memory::resident()
    });
    let after = memory::resident();
    let get = |number: &AtomicUsize| number.load(Ordering::Relaxed);
    println!(
        "calls made {}: accepted {}; the accept not confirmed in time {}; failures {}; connections cut {}",
        get(&count.calls),
        get(&count.accepted),
        get(&count.unconfirmed),
        get(&count.failures),
        get(&count.cuts),
    );
    assert!(get(&count.calls) > 0 && get(&count.cuts) > 0, "nothing happened");
    assert_eq!(get(&count.failures), 0, "some calls did not end as they had to");
    if let (Some(before), Some(after)) = (before, after) {
        println!("resident memory: {before} KiB after the warm-up of {} s, {after} KiB at the end", warm_up.as_secs());
        assert!(after < before + MAY_GROW_KIB, "memory grew by more than {MAY_GROW_KIB} KiB");
    }
}

/// Calls, one after the other, each with a cut somewhere or none; anew from the login each round.
fn pair(broker: &Broker, number: usize, end: Instant, count: &Count) {
    let mut dice = Dice(0x9e37_79b9 + number as u64);
    let mut cut_next = dice.next_cut();
    while Instant::now() < end {
        let proxies = [Proxy::new(broker.address()), Proxy::new(broker.address())];
        let party = |user: &str, proxy: &Proxy| {
            let mut config = Config { url: Some(proxy.url()), grace: Duration::from_secs(10), ..Config::default() };
            config.engine.max_remembered = 1_000;
            Party::logged_in(&config, &format!("soak{number}"), user)
        };
        let (alice, bob) = (party("alice", &proxies[0]), party("bob", &proxies[1]));
        let mut called = 0;
        while called < 200 && Instant::now() < end {
            let wanted = dice.below(4);
            let local = alice.calls("bob", "soak");
            let call = id(&local);
            let mut cut = cut_next <= Instant::now();
            let mut cut_now = |dice: &mut Dice| {
                if cut && dice.below(2) == 0 {
                    proxies[dice.below(2) as usize].cut_now();
                    count.cuts.fetch_add(1, Ordering::Relaxed);
                    (cut, cut_next) = (false, dice.next_cut());
                }
            };
            cut_now(&mut dice);
            let remote = bob.rings(call);
            cut_now(&mut dice);
            match wanted {
                0 => bob.refuses(&remote, "no"),
                1 => drop(alice.service.cancel(&local)),
                _ => bob.accepts(&remote, "yes"),
            }
            let ends = (alice.ends(call, true), bob.ends(call, false));
            count.calls.fetch_add(1, Ordering::Relaxed);
            count.judge(wanted, &ends.0, &ends.1);
            called += 1;
        }
        super::oracle::check(&[&alice, &bob], true);
    }
}

impl Count {
    fn judge(&self, wanted: u64, here: &Call, there: &Call) {
        let unconfirmed = there.reason == EndReason::AcceptUnconfirmed;
        let as_wanted = match (wanted, here.kind, there.kind) {
            (0, Kind::LocalRefused, Kind::RemoteRefused) | (1, Kind::LocalCanceled, Kind::RemoteCanceled) => true,
            (0 | 1, ..) => false,
            (_, Kind::LocalAccepted, Kind::RemoteAccepted) => true,
            // The caller was away for longer than the accept window: both know, or the callee knows that it does not.
            (_, Kind::LocalAccepted, Kind::RemoteFailure) => unconfirmed,
            (_, Kind::LocalFailure, Kind::RemoteFailure) => unconfirmed && here.reason == EndReason::AcceptUnconfirmed,
            _ => false,
        };
        if !as_wanted {
            eprintln!("a call ended {here:?} and {there:?}");
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        self.accepted.fetch_add(usize::from(here.kind == Kind::LocalAccepted), Ordering::Relaxed);
        self.unconfirmed.fetch_add(usize::from(unconfirmed), Ordering::Relaxed);
    }
}
