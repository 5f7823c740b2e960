//! Broker restarts, delay, stalls, half-open connections, a changed address, an outage longer than the grace time.

use std::thread;
use std::time::{Duration, Instant};

use rtm_call::codes::{ConnectionState as State, EndReason};
use rtm_call::engine::CallId;
use rtm_call::service::Config;

use super::broker::{Broker, Listener, Wanted};
use super::cuts::spread;
use super::oracle;
use super::party::{Party, id};
use super::proxy::{Proxy, Way};
use super::story::{BOUND, Kind, Seen};

/// Two users, each behind a proxy of its own.
pub struct Pair {
    pub alice: Party,
    pub bob: Party,
    pub to_alice: Proxy,
    pub to_bob: Proxy,
}

impl Pair {
    /// Both logged in; `options` go to the end of their addresses.
    pub fn new(broker: &Broker, app: &str, options: &str) -> Pair {
        Pair::with(broker, app, options, |_| ())
    }

    pub fn with(broker: &Broker, app: &str, options: &str, set: impl Fn(&mut Config)) -> Pair {
        let (to_alice, to_bob) = (Proxy::new(broker.address()), Proxy::new(broker.address()));
        let party = |user: &str, proxy: &Proxy| {
            let url = Some(format!("{}{options}", proxy.url()));
            let mut config = Config { url, grace: Duration::from_secs(20), ..Config::default() };
            set(&mut config);
            Party::logged_in(&config, app, user)
        };
        Pair { alice: party("alice", &to_alice), bob: party("bob", &to_bob), to_alice, to_bob }
    }

    /// Alice rings Bob, and both know.
    pub fn ring(&self) -> CallId {
        let call = id(&self.alice.calls("bob", "first"));
        self.bob.rings(call);
        self.alice.comes(call, Kind::LocalReceived);
        call
    }

    /// A call that is accepted, as a sign that all is well and nothing is left of former ones.
    pub fn all_is_well(&self, calls: usize) {
        self.bob.always_accepts("well");
        let call = id(&self.alice.calls("bob", "well?"));
        assert_eq!(self.alice.ends(call, true).kind, Kind::LocalAccepted);
        assert_eq!(self.bob.ends(call, false).kind, Kind::RemoteAccepted);
        self.bob.story.just_ring();
        assert_eq!(oracle::check(&[&self.alice, &self.bob], true), calls);
    }
}

/// Waits until this party's link is in `state`, counting from `mark`; when it was.
pub fn link(party: &Party, mark: usize, state: State) -> Instant {
    party.story.wait(&format!("{state:?}"), |told| {
        let found = told[mark..].iter().find(|entry| matches!(entry.seen, Seen::Connection(s, _) if s == state));
        found.map(|entry| entry.at)
    })
}

/// What happens while the broker is away.
#[derive(Clone, Copy, Debug)]
enum Meanwhile {
    Accept,
    Refuse,
    Cancel,
    Invite,
}

#[test]
fn the_broker_restarts_in_mid_call() {
    println!("\nbroker restarted in mid-call: from its return to the link, and to the end of the call on both sides");
    for (persistence, killed) in [(true, false), (true, true), (false, false), (false, true)] {
        for meanwhile in [Meanwhile::Accept, Meanwhile::Refuse, Meanwhile::Cancel, Meanwhile::Invite] {
            let mut broker =
                Broker::start(&Wanted { listeners: vec![Listener::Tcp], persistence, ..Wanted::default() });
            let (links, over) = restart(&mut broker, killed, meanwhile);
            println!(
                "persistence {:3}, {:10} {:6}: links back {}; call over {}",
                if persistence { "on" } else { "off" },
                if killed { "killed," } else { "stopped," },
                format!("{meanwhile:?}").to_lowercase(),
                spread(links.into_iter()),
                spread([over].into_iter()),
            );
        }
    }
}

fn restart(broker: &mut Broker, killed: bool, meanwhile: Meanwhile) -> ([Duration; 2], Duration) {
    let pair = Pair::new(broker, "restart", "");
    let (alice, bob) = (&pair.alice, &pair.bob);
    let rings = (!matches!(meanwhile, Meanwhile::Invite)).then(|| alice.calls("bob", "first"));
    if let Some(local) = &rings {
        bob.rings(id(local));
        alice.comes(id(local), Kind::LocalReceived);
    }
    let marks = [alice.story.mark(), bob.story.mark()];
    if killed {
        broker.kill()
    } else {
        broker.stop()
    }
    link(alice, marks[0], State::Reconnecting);
    link(bob, marks[1], State::Reconnecting);
    let local = rings.unwrap_or_else(|| alice.calls("bob", "first"));
    let call = id(&local);
    match meanwhile {
        Meanwhile::Accept => bob.accepts(&bob.rings(call), "meanwhile"),
        Meanwhile::Refuse => bob.refuses(&bob.rings(call), "meanwhile"),
        Meanwhile::Cancel => alice.service.cancel(&local).expect("it rings"),
        Meanwhile::Invite => bob.always_accepts("meanwhile"),
    }
    assert!(broker.start_again(), "the broker does not come back: {}", broker.log());
    let back = Instant::now();
    let (here, there) = (alice.ends(call, true).kind, bob.ends(call, false).kind);
    let over = back.elapsed();
    let links = [link(alice, marks[0], State::Connected), link(bob, marks[1], State::Connected)];
    let expected = match meanwhile {
        Meanwhile::Accept | Meanwhile::Invite => (Kind::LocalAccepted, Kind::RemoteAccepted),
        Meanwhile::Refuse => (Kind::LocalRefused, Kind::RemoteRefused),
        Meanwhile::Cancel => (Kind::LocalCanceled, Kind::RemoteCanceled),
    };
    assert_eq!((here, there), expected);
    pair.all_is_well(2);
    (links.map(|at| at.saturating_duration_since(back)), over)
}

#[test]
fn a_network_that_takes_300_ms() {
    let broker = Broker::plain();
    let pair = Pair::new(&broker, "slow", "");
    for proxy in [&pair.to_alice, &pair.to_bob] {
        proxy.delay(Duration::from_millis(300));
    }
    println!("\n300 ms on each way of each connection");
    let began = Instant::now();
    let accepted = pair.ring();
    let rung = began.elapsed();
    pair.bob.accepts(&pair.bob.rings(accepted), "slow");
    assert_eq!(pair.alice.ends(accepted, true).kind, Kind::LocalAccepted);
    assert_eq!(pair.bob.ends(accepted, false).kind, Kind::RemoteAccepted);
    println!(
        "known to ring after {:.2} s, accepted on both sides after {:.2} s",
        rung.as_secs_f64(),
        began.elapsed().as_secs_f64()
    );
    // Two ways of 600 ms each: whoever says less has not waited for the network.
    assert!(rung >= Duration::from_millis(1_200), "{rung:?}");

    let refused = pair.ring();
    pair.bob.refuses(&pair.bob.rings(refused), "");
    assert_eq!(pair.alice.ends(refused, true).kind, Kind::LocalRefused);

    // Each decides before it can know of the other.
    let crossing = pair.alice.calls("bob", "first");
    pair.bob.rings(id(&crossing));
    thread::scope(|scope| {
        scope.spawn(|| pair.alice.service.cancel(&crossing));
        scope.spawn(|| pair.bob.service.accept(&pair.bob.rings(id(&crossing))));
    });
    assert_eq!(pair.alice.ends(id(&crossing), true).kind, Kind::LocalCanceled);
    assert_eq!(pair.bob.ends(id(&crossing), false).kind, Kind::RemoteCanceled);
    pair.all_is_well(4);
}

#[test]
fn one_way_stalls() {
    let broker = Broker::plain();
    println!("\none way of one connection stalls for two repetitions, then goes on: from there to the end of the call");
    for (whose, way) in
        [("caller", Way::ToBroker), ("caller", Way::ToClient), ("callee", Way::ToBroker), ("callee", Way::ToClient)]
    {
        let pair = Pair::new(&broker, &format!("stall-{whose}-{way:?}"), "");
        let proxy = if whose == "caller" { &pair.to_alice } else { &pair.to_bob };
        pair.bob.always_accepts("after the stall");
        proxy.stall(way);
        let call = id(&pair.alice.calls("bob", ""));
        // Somebody says something again, whoever waits for an answer.
        let until = Instant::now() + BOUND;
        let resent = |party: &Party| party.service.stats().expect("it lives").engine.messages_resent;
        while resent(&pair.alice) + resent(&pair.bob) < 2 {
            assert!(Instant::now() < until, "nothing is re-sent");
            thread::park_timeout(Duration::from_millis(5));
        }
        proxy.go_on();
        let began = Instant::now();
        assert_eq!(pair.alice.ends(call, true).kind, Kind::LocalAccepted);
        assert_eq!(pair.bob.ends(call, false).kind, Kind::RemoteAccepted);
        println!("{whose} {way:?}: {:.2} s", began.elapsed().as_secs_f64());
        pair.all_is_well(2);
    }
}

#[test]
fn a_connection_is_half_open() {
    let broker = Broker::plain();
    println!(
        "\nnothing goes either way and nobody is told; keep-alive 1 s: from there to the link and to the end of the call"
    );
    for whose in ["caller", "callee"] {
        let pair = Pair::new(&broker, &format!("half-open-{whose}"), "&keepalive=1");
        let (proxy, party) = if whose == "caller" { (&pair.to_alice, &pair.alice) } else { (&pair.to_bob, &pair.bob) };
        pair.bob.always_accepts("on a new connection");
        let mark = party.story.mark();
        proxy.stall(Way::ToBroker);
        proxy.stall(Way::ToClient);
        let began = Instant::now();
        let call = id(&pair.alice.calls("bob", ""));
        link(party, mark, State::Reconnecting);
        let back = link(party, mark, State::Connected) - began;
        assert_eq!(pair.alice.ends(call, true).kind, Kind::LocalAccepted);
        assert_eq!(pair.bob.ends(call, false).kind, Kind::RemoteAccepted);
        println!("{whose}: link back {:.2} s; call over {:.2} s", back.as_secs_f64(), began.elapsed().as_secs_f64());
        pair.all_is_well(2);
    }
}

#[test]
fn the_network_goes_away_and_comes_back() {
    let broker = Broker::plain();
    println!("\nno network at all, new connections neither, keep-alive 1 s: from its return to the end of the call");
    for whose in ["caller", "callee"] {
        let pair = Pair::new(&broker, &format!("away-{whose}"), "&keepalive=1");
        let (proxy, party) = if whose == "caller" { (&pair.to_alice, &pair.alice) } else { (&pair.to_bob, &pair.bob) };
        let call = pair.ring();
        let mark = party.story.mark();
        proxy.go_silent();
        pair.bob.accepts(&pair.bob.rings(call), "without a network");
        link(party, mark, State::Reconnecting);
        proxy.go_on();
        let began = Instant::now();
        assert_eq!(pair.alice.ends(call, true).text, "without a network");
        assert_eq!(pair.bob.ends(call, false).kind, Kind::RemoteAccepted);
        println!("{whose}: {:.2} s", began.elapsed().as_secs_f64());
        pair.all_is_well(2);
    }
}

#[test]
fn the_address_of_the_broker_changes() {
    let broker = Broker::start(&Wanted { listeners: vec![Listener::Tcp, Listener::Tcp], ..Wanted::default() });
    let pair = Pair::new(&broker, "address", "");
    let call = pair.ring();
    let mark = pair.bob.story.mark();
    pair.to_bob.point_to(([127, 0, 0, 1], broker.port(1)).into());
    pair.to_bob.cut_now();
    let began = Instant::now();
    pair.bob.accepts(&pair.bob.rings(call), "from elsewhere");
    assert_eq!(pair.alice.ends(call, true).text, "from elsewhere");
    assert_eq!(pair.bob.ends(call, false).kind, Kind::RemoteAccepted);
    let back = link(&pair.bob, mark, State::Connected).saturating_duration_since(began);
    println!(
        "\naddress changed in mid-call: link back {:.2} s; call over {:.2} s",
        back.as_secs_f64(),
        began.elapsed().as_secs_f64()
    );
    pair.all_is_well(2);
}

#[test]
fn a_caller_that_is_gone_for_longer_than_the_grace_time() {
    let broker = Broker::plain();
    let pair = Pair::with(&broker, "gone", "", |config| config.grace = Duration::from_secs(2));
    let call = pair.ring();
    // As when its process is killed: the connection breaks, and nobody comes back.
    pair.to_alice.refuse(true);
    pair.to_alice.cut_now();
    let began = Instant::now();
    let end = pair.bob.ends(call, false);
    assert_eq!((end.kind, end.reason), (Kind::RemoteFailure, EndReason::CallerLost));
    let took = began.elapsed();
    println!("\ncaller gone, grace time 2 s: the ringing ends after {:.2} s", took.as_secs_f64());
    assert!((Duration::from_millis(1_500)..Duration::from_secs(8)).contains(&took), "{took:?}");
    // The caller comes back after all: it is told, and all is well.
    pair.to_alice.refuse(false);
    let end = pair.alice.ends(call, true);
    assert_eq!((end.kind, end.reason), (Kind::LocalFailure, EndReason::CallerLost));
    pair.all_is_well(2);

    // The twin: an outage within the grace time ends nothing.
    let pair = Pair::with(&broker, "back", "", |config| config.grace = Duration::from_secs(20));
    let call = pair.ring();
    let mark = pair.alice.story.mark();
    pair.to_alice.refuse(true);
    pair.to_alice.cut_now();
    link(&pair.alice, mark, State::Reconnecting);
    pair.to_alice.refuse(false);
    link(&pair.alice, mark, State::Connected);
    pair.bob.accepts(&pair.bob.rings(call), "you are back");
    assert_eq!(pair.alice.ends(call, true).text, "you are back");
    pair.bob.ends(call, false);
    pair.all_is_well(2);
}
