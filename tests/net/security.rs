//! A hostile neighbour, through the configurations that this project ships.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rtm_call::codes::{ConnectionChangeReason as Reason, ConnectionState as State, LoginErr};
use rtm_call::engine::Stats;
use rtm_call::service::Config;

use super::broker::{Broker, Listener, Wanted};
use super::certificates::{Authority, Pair as Files};
use super::memory;
use super::mqtt::Client;
use super::oracle;
use super::party::{Party, id};
use super::shipped::{Shipped, secret};
use super::story::{BOUND, Entry, Kind, Seen};

const APP: &str = "security";
/// MQTT's reason codes.
const NOT_AUTHORIZED: u8 = 0x87;
const NO_SUBSCRIBER: u8 = 0x10;

fn user(broker: &Shipped, name: &str) -> Party {
    let party = stranger(&broker.url(0), name);
    party.login(Some(&secret(name)));
    party
}

fn stranger(url: &str, name: &str) -> Party {
    let login_timeout = Duration::from_secs(4);
    Party::new(&Config { url: Some(url.into()), login_timeout, ..Config::default() }, APP, name)
}

/// A bare client that has logged in as this user.
fn bare(broker: &Shipped, name: &str) -> Client {
    Client::connect(broker.address(), name, &secret(name)).expect("the password is right")
}

fn topic(receiver: &str, sender: &str) -> String {
    format!("rtm/1/{APP}/m/{receiver}/{sender}")
}

fn invite(number: u32, content: &str) -> String {
    format!(
        r#"{{"v":"1.0","type":"invite","id":"{number:032x}","instance":"00000000000000aa","content":"{content}","channel":"","ack_ms":30000,"ring_ms":60000,"accept_ms":5000,"from":"alice","sender":"alice","caller":"alice"}}"#
    )
}

/// Who rang here so far, and with what.
fn rings(party: &Party) -> Vec<(String, String)> {
    let ring = |entry: Entry| match entry.seen {
        Seen::Call(call) if call.kind == Kind::RemoteReceived => Some((call.peer, call.text)),
        _ => None,
    };
    party.story.entries().into_iter().filter_map(ring).collect()
}

/// Waits until something rings.
fn something_rings(party: &Party) {
    let is_ring = |entry: &Entry| matches!(&entry.seen, Seen::Call(call) if call.kind == Kind::RemoteReceived);
    party.story.wait("a ring", |told| told.iter().any(is_ring).then_some(()));
}

/// Waits until the protocol has counted what `enough` wants.
fn counted(party: &Party, enough: impl Fn(&Stats) -> bool) -> Stats {
    let until = Instant::now() + BOUND;
    loop {
        let stats = party.service.stats().expect("it lives").engine;
        if enough(&stats) {
            return stats;
        }
        assert!(Instant::now() < until, "{stats:?}");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// What each rule of the shipped configurations grants, by bare clients only.
#[test]
fn the_shipped_rules() {
    let broker = Shipped::start(&["alice", "a+b #$", "mallory"]);
    let wrong = |name: &str, password: &str| Client::connect(broker.address(), name, password).err();
    assert_eq!(wrong("alice", "wrong"), Some(NOT_AUTHORIZED));
    assert_eq!(wrong("nobody", ""), Some(NOT_AUTHORIZED));
    // User ids stand escaped in names and topics.
    let escaped = "a~2Bb~20~23~24";
    let mut odd = Client::connect(broker.address(), escaped, &secret("a+b #$")).expect("the password is right");
    let mut mallory = bare(&broker, "mallory");
    let mut publish = |topic: &str| mallory.publish(topic, b"{}").expect("the connection stays");
    assert_eq!(publish(&topic(escaped, "mallory")), NO_SUBSCRIBER);
    odd.subscribe(&topic(escaped, "+"));
    assert_eq!(publish(&topic(escaped, "mallory")), 0);
    for denied in
        [topic(escaped, "alice"), topic("alice", escaped), "rtm".into(), "$SYS/x".into(), "other/mallory".into()]
    {
        assert_eq!(publish(&denied), NOT_AUTHORIZED, "{denied}");
    }
    assert_eq!(odd.next(BOUND).expect("it was granted").0, topic(escaped, "mallory"));
    assert_eq!(odd.publish(&topic("mallory", escaped), b"{}").expect("the connection stays"), NO_SUBSCRIBER);
}

/// Alice calls Bob, and all is well.
fn all_is_well(alice: &Party, bob: &Party) {
    let call = id(&alice.calls("bob", "still there?"));
    bob.accepts(&bob.rings(call), "yes");
    assert_eq!(alice.ends(call, true).text, "yes");
    assert_eq!(bob.ends(call, false).kind, Kind::RemoteAccepted);
}

#[test]
fn nobody_writes_as_somebody_else() {
    let broker = Shipped::start(&["alice", "bob", "mallory"]);
    let (alice, bob, mut mallory) = (user(&broker, "alice"), user(&broker, "bob"), bare(&broker, "mallory"));
    for forged in
        [topic("bob", "alice"), topic("bob", "bob"), topic("bob", "mallory/alice"), format!("rtm/1/{APP}/m/bob")]
    {
        let answer = mallory.publish(&forged, invite(1, "forged").as_bytes()).expect("the connection stays");
        assert_eq!(answer, NOT_AUTHORIZED, "{forged}");
    }
    for presence in ["alice", "bob"] {
        let forged = format!("rtm/1/{APP}/p/{presence}/00000000000000aa");
        assert_eq!(mallory.publish(&forged, b"").expect("the connection stays"), NOT_AUTHORIZED);
    }
    // The twin: in its own name it may, whatever the payload claims. It rings, and says who called.
    assert_eq!(
        mallory.publish(&topic("bob", "mallory"), invite(2, "my own").as_bytes()).expect("the connection stays"),
        0
    );
    something_rings(&bob);
    all_is_well(&alice, &bob);
    let expected = [("mallory", "my own"), ("alice", "still there?")].map(|(a, b)| (a.to_owned(), b.to_owned()));
    assert_eq!(rings(&bob), expected);
}

#[test]
fn nobody_speaks_in_anothers_call() {
    let broker = Shipped::start(&["alice", "bob", "mallory"]);
    let (alice, bob, mut mallory) = (user(&broker, "alice"), user(&broker, "bob"), bare(&broker, "mallory"));
    let local = alice.calls("bob", "");
    let (call, remote) = (id(&local), bob.rings(id(&local)));
    alice.comes(call, Kind::LocalReceived);
    // It knows the id, and says in its own name all that could end or answer the call.
    let frame = |rest: &str| format!(r#"{{"v":"1.0","id":"{call}","instance":"00000000000000aa",{rest}}}"#);
    let lies = [
        frame(r#""type":"accept","response":"forged""#),
        frame(r#""type":"end","side":"callee","reason":"refused","response":"forged""#),
        frame(r#""type":"end","side":"caller","reason":"canceled""#),
        frame(r#""type":"confirm","to":"00000000000000aa""#),
        frame(r#""type":"received""#),
    ];
    let before = [&alice, &bob].map(|party| party.service.stats().expect("it lives").engine.messages_received);
    for lie in &lies {
        for receiver in ["alice", "bob"] {
            mallory.publish(&topic(receiver, "mallory"), lie.as_bytes()).expect("the connection stays");
        }
    }
    for (party, before) in [&alice, &bob].into_iter().zip(before) {
        counted(party, |stats| stats.messages_received >= before + lies.len() as u64);
    }
    bob.accepts(&remote, "the truth");
    assert_eq!(alice.ends(call, true).text, "the truth");
    assert_eq!(bob.ends(call, false).kind, Kind::RemoteAccepted);
    assert_eq!(oracle::check(&[&alice, &bob], true), 1);
}

#[test]
fn nobody_reads_anothers_mail() {
    let broker = Shipped::start(&["alice", "bob", "mallory"]);
    let (alice, bob, mut mallory) = (user(&broker, "alice"), user(&broker, "bob"), bare(&broker, "mallory"));
    for filter in [topic("bob", "+"), topic("+", "+"), "#".into(), "rtm/#".into(), "$share/g/rtm/#".into()] {
        mallory.subscribe(&filter); // Mosquitto grants it and filters what it delivers.
    }
    all_is_well(&alice, &bob);
    // The twin: what is for Mallory comes, and it is the first that comes.
    mallory.subscribe(&topic("mallory", "+"));
    let _ = alice.calls("mallory", "for you");
    let mut seen = Vec::new();
    while !seen.iter().any(|topic: &String| topic.contains("/m/")) {
        let (topic, _) = mallory.next(BOUND).expect("what is for Mallory comes");
        seen.push(topic);
    }
    assert_eq!(seen.last(), Some(&topic("mallory", "alice")));
    assert!(seen.iter().rev().skip(1).all(|topic| topic.contains("/p/")), "{seen:?}");
}

#[test]
fn nobody_takes_anothers_session() {
    let broker = Shipped::start(&["alice", "bob", "mallory"]);
    let (alice, bob) = (user(&broker, "alice"), user(&broker, "bob"));
    // The client id follows from the name that logged in, so a foreign one ends nobody's session.
    let mut mallory =
        Client::connect_as(broker.address(), "alice", "mallory", &secret("mallory")).expect("the password is right");
    assert_eq!(
        mallory.publish(&topic("bob", "alice"), invite(1, "").as_bytes()).expect("the connection stays"),
        NOT_AUTHORIZED
    );
    all_is_well(&alice, &bob);
    let aborted = |party: &Party| {
        party
            .story
            .entries()
            .iter()
            .any(|e| matches!(e.seen, Seen::Connection(s, _) if s != State::Connecting && s != State::Connected))
    };
    assert!(!aborted(&alice) && !aborted(&bob), "{}{}", alice.story, bob.story);
    // The twin: the right password does.
    let _second = user(&broker, "alice");
    alice.story.wait("ABORTED", |told| {
        told.iter().any(|e| e.seen == Seen::Connection(State::Aborted, Reason::RemoteLogin)).then_some(())
    });
}

#[test]
fn rubbish_is_dropped_and_counted() {
    let broker = Shipped::start(&["alice", "bob", "mallory"]);
    let (alice, bob, mut mallory) = (user(&broker, "alice"), user(&broker, "bob"), bare(&broker, "mallory"));
    let valid = invite(7, "fine");
    let mut rubbish: Vec<Vec<u8>> = vec![
        b"\x00".to_vec(),
        b"null".to_vec(),
        b"{}".to_vec(),
        b"[]".to_vec(),
        vec![0xff; 1000],
        b"[".repeat(100_000),
        br#"{"a":"#.repeat(20_000),
        valid.replace("\"fine\"", "7").into_bytes(),
        valid.replace("30000", "0").into_bytes(),
        valid.replace("30000", "99999999999").into_bytes(),
        valid.replace("30000", "-1").into_bytes(),
        valid.replace("invite", "invitation").into_bytes(),
        valid.replace("1.0", "2.0").into_bytes(),
        valid.replace("fine", &"x".repeat(8193)).into_bytes(),
        valid.replace("fine", "\\u0000").into_bytes(),
        valid.replace("fine", "\\ud800").into_bytes(),
        valid.replace("00000000000000aa", "00000000000000AA").into_bytes(),
        valid.replacen("{", "{\"v\":\"1.0\",", 1).into_bytes(),
        [valid.as_bytes(), b"}"].concat(),
        format!("{valid}{}", " ".repeat(200_000)).into_bytes(), // Longer than any message.
    ];
    rubbish.extend((1..valid.len()).step_by(7).map(|end| valid.as_bytes()[..end].to_vec()));
    let count = rubbish.len() as u64;
    let to_bob = topic("bob", "mallory");
    let answers =
        mallory.publish_all(rubbish.into_iter().map(|payload| (&*to_bob, payload))).expect("the connection stays");
    assert_eq!(answers, [(0, usize::try_from(count).expect("it is small"))]);
    let stats = counted(&bob, |stats| stats.dropped_malformed >= count);
    assert_eq!(stats.dropped_malformed, count);
    assert!(rings(&bob).is_empty(), "{}", bob.story);

    // Longer than the broker takes: it ends that connection, and no other.
    assert!(mallory.publish(&to_bob, &vec![b' '; 300 << 10]).is_err() || mallory.is_closed());
    // The twin: the valid one rings.
    let mut mallory = bare(&broker, "mallory");
    mallory.publish(&to_bob, valid.as_bytes()).expect("the connection stays");
    something_rings(&bob);
    all_is_well(&alice, &bob);
    assert_eq!(rings(&bob).len(), 2);
    println!("\n{count} pieces of rubbish: {} dropped and counted, 0 rang", stats.dropped_malformed);
}

#[test]
fn a_flood_of_10_000_invitations_from_one_peer() {
    const FLOOD: u32 = 10_000;
    let broker = Shipped::start(&["alice", "bob", "carol", "dave", "mallory"]);
    let (alice, bob, mut mallory) = (user(&broker, "alice"), user(&broker, "bob"), bare(&broker, "mallory"));
    let (carol, dave) = (user(&broker, "carol"), user(&broker, "dave"));
    dave.always_accepts("undisturbed");
    all_is_well(&alice, &bob);
    let (before, began) = (memory::resident(), Instant::now());
    let (to_bob, content) = (topic("bob", "mallory"), "x".repeat(1_000));
    let flooding = AtomicBool::new(true);
    let while_flooding = |call: &dyn Fn()| {
        let (mut served, mut slowest) = (0, Duration::ZERO);
        while flooding.load(Ordering::Acquire) {
            let asked = Instant::now();
            call();
            (served, slowest) = (served + 1, slowest.max(asked.elapsed()));
        }
        (served, slowest.as_secs_f64())
    };
    let (stats, victim, others) = std::thread::scope(|scope| {
        let victim = scope.spawn(|| while_flooding(&|| all_is_well(&alice, &bob)));
        let others = scope.spawn(|| {
            while_flooding(&|| {
                let call = id(&carol.calls("dave", ""));
                assert_eq!(carol.ends(call, true).kind, Kind::LocalAccepted);
            })
        });
        let flood = (1..=FLOOD).map(|n| (&*to_bob, invite(n, &content).into_bytes()));
        let answers = mallory.publish_all(flood).expect("the connection stays");
        assert!(answers.iter().all(|(code, _)| matches!(*code, 0 | NO_SUBSCRIBER)), "{answers:?}");
        let all = |stats: &Stats| stats.dropped_limit >= u64::from(FLOOD) - 1_000;
        let stats = counted(&bob, all);
        flooding.store(false, Ordering::Release);
        (stats, victim.join().expect("it did not panic"), others.join().expect("it did not panic"))
    });
    let took = began.elapsed();
    let from_mallory = rings(&bob).iter().filter(|(peer, _)| peer == "mallory").count();
    assert_eq!(from_mallory, 1_000, "the bound of one peer");
    all_is_well(&alice, &bob);
    assert!(victim.0 > 0 && others.0 > 0, "nobody was served meanwhile");
    println!(
        "\nflood of {FLOOD} invitations from one peer in {:.1} s: {from_mallory} rang, {} dropped at the bound",
        took.as_secs_f64(),
        stats.dropped_limit
    );
    println!("meanwhile calls to the flooded user: {} accepted, the slowest in {:.3} s", victim.0, victim.1);
    println!("meanwhile calls between two others:  {} accepted, the slowest in {:.3} s", others.0, others.1);
    if let (Some(before), Some(after)) = (before, memory::resident()) {
        println!("resident memory: {before} KiB before, {after} KiB after");
        assert!(after < before + (32 << 10), "the flood takes more than 32 MiB");
    }
}

/// A login that must fail, and how it must be told.
fn refused(url: &str, token: Option<&str>, error: LoginErr, reason: Reason) {
    let alice = stranger(url, "alice");
    let began = Instant::now();
    assert_eq!(alice.fails_to_login(token), error, "{url}");
    let why = alice.story.wait("DISCONNECTED", |told| {
        told.iter().find_map(|entry| match entry.seen {
            Seen::Connection(State::Disconnected, why) => Some(why),
            _ => None,
        })
    });
    assert_eq!(why, reason, "{url}");
    println!(
        "{:58} {error:?}, {reason:?}, after {:.2} s",
        url.split("?ca_file").next().unwrap_or(url),
        began.elapsed().as_secs_f64()
    );
}

#[test]
fn wrong_passwords_and_certificates_are_refused() {
    println!("\nlogins that must fail");
    let broker = Shipped::start(&["alice", "bob"]);
    for listener in 0..4 {
        let url = broker.url(listener);
        refused(&url, Some("wrong"), LoginErr::InvalidToken, Reason::LoginFailure);
        refused(&url, None, LoginErr::NotAuthorized, Reason::LoginFailure);
        let alice = stranger(&url, "alice"); // The twin.
        alice.login(Some(&secret("alice")));
    }
    refused(&broker.url(0), Some(&secret("bob")), LoginErr::InvalidToken, Reason::LoginFailure);

    let folder = super::broker::Folder::new("certificates");
    let (ours, other) = (Authority::new(&folder.0, "ours"), Authority::new(&folder.0, "other"));
    let hosts = ["localhost", "127.0.0.1"];
    let good = ours.server("good", &hosts);
    let cases: [(&str, Files); 3] = [
        ("expired certificate", ours.expired("expired", &hosts)),
        ("certificate of another host", ours.server("elsewhere", &["broker.example"])),
        ("certificate of an unknown authority", other.server("unknown", &hosts)),
    ];
    let trust = format!("ca_file={}", ours.file("ours").display());
    for scheme in ["mqtts", "wss"] {
        // Mosquitto 2.0 ends at once if it has WebSocket listeners only.
        let start = |pair| {
            let listener = if scheme == "mqtts" { Listener::Tls(pair) } else { Listener::WebSocketTls(pair) };
            Broker::start(&Wanted { listeners: vec![Listener::Tcp, listener], ..Wanted::default() })
        };
        for (what, pair) in &cases {
            let broker = start(pair);
            println!("{what}:");
            let url = format!("{scheme}://localhost:{}?{trust}", broker.port(1));
            refused(&url, None, LoginErr::Rejected, Reason::LoginFailure);
        }
        // The twin.
        let broker = start(&good);
        let url = format!("{scheme}://localhost:{}?{trust}", broker.port(1));
        stranger(&url, "alice").login(None);
        // The system's store does not know our authority.
        refused(&format!("{scheme}://localhost:{}", broker.port(1)), None, LoginErr::Rejected, Reason::LoginFailure);
    }

    // A broker that lets in only clients with a certificate of its own authority.
    let authority = ours.file("ours");
    let listeners = vec![
        Listener::Tcp,
        Listener::TlsWithClients(&good, &authority),
        Listener::WebSocketTlsWithClients(&good, &authority),
    ];
    let broker = Broker::start(&Wanted { listeners, ..Wanted::default() });
    for (scheme, port) in [("mqtts", broker.port(1)), ("wss", broker.port(2))] {
        let url = |pair: Option<&Files>| {
            let path = |file: &Path| file.display().to_string();
            let shown =
                pair.map(|pair| format!("&client_cert={}&client_key={}", path(&pair.certificate), path(&pair.key)));
            format!("{scheme}://localhost:{port}?{trust}{}", shown.unwrap_or_default())
        };
        println!("no client certificate, then one of an unknown authority:");
        refused(&url(None), None, LoginErr::Rejected, Reason::LoginFailure);
        refused(&url(Some(&other.client("stranger", "alice"))), None, LoginErr::Rejected, Reason::LoginFailure);
        stranger(&url(Some(&ours.client("alice", "alice"))), "alice").login(None); // The twin.
    }

    println!("nobody listens, and a broker that says nothing:");
    let nobody = format!("mqtt://127.0.0.1:{}", super::broker::free_port());
    refused(&nobody, None, LoginErr::Timeout, Reason::LoginTimeout);
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
    let url = format!("mqtt://{}", silent.local_addr().expect("it is bound"));
    refused(&url, None, LoginErr::Timeout, Reason::LoginTimeout);
}
