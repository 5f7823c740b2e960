//! A broker in a network namespace of its own, behind a pair of virtual interfaces: what the kernel does to connections when
//! packets are lost, a link goes down or an address changes. Where run as root on Linux; elsewhere it says so and is skipped.

use std::net::Ipv4Addr;
use std::process::Command;
use std::time::Instant;

use rtm_call::codes::ConnectionState as State;
use rtm_call::service::Config;

use super::broker::Broker;
use super::cuts::spread;
use super::faults::link;
use super::oracle;
use super::party::{Party, id};
use super::story::Kind;

/// A namespace and the two ends of the way there.
struct Namespace {
    name: String,
    here: String,
    there: String,
    /// Of our end and of the other one.
    addresses: [Ipv4Addr; 2],
}

impl Namespace {
    /// The sentence says why there is none.
    fn new(number: u8) -> Result<Namespace, String> {
        let process = std::process::id();
        let (name, here, there) =
            (format!("rtm-{process}-{number}"), format!("rtm{process}a"), format!("rtm{process}b"));
        let addresses = [Ipv4Addr::new(10, 213, number, 1), Ipv4Addr::new(10, 213, number, 2)];
        run(&["ip", "netns", "add", &name])?;
        // From here on it is removed again, whatever fails.
        let namespace = Namespace { name, here, there, addresses };
        let Namespace { name, here, there, addresses: [ours, theirs] } = &namespace;
        run(&["ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name])?;
        run(&["ip", "address", "add", &format!("{ours}/24"), "dev", here])?;
        run(&["ip", "link", "set", here, "up"])?;
        run(&["ip", "-n", name, "address", "add", &format!("{theirs}/24"), "dev", there])?;
        run(&["ip", "-n", name, "link", "set", there, "up"])?;
        Ok(namespace)
    }

    /// On both ways; the sentence says why it is not possible.
    fn netem(&self, what: &[&str]) -> Result<(), String> {
        let there = ["ip", "netns", "exec", &self.name, "tc", "qdisc", "replace", "dev", &self.there, "root", "netem"];
        run(&[&["tc", "qdisc", "replace", "dev", &self.here, "root", "netem"], what].concat())?;
        run(&[&there[..], what].concat())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = run(&["ip", "link", "delete", &self.here]); // It may not have come to that.
        let _ = run(&["ip", "netns", "delete", &self.name]);
    }
}

fn run(words: &[&str]) -> Result<(), String> {
    let done = Command::new(words[0]).args(&words[1..]).output();
    let done = done.map_err(|e| format!("{} cannot be run: {e}", words[0]))?;
    let said = String::from_utf8_lossy(&done.stderr).trim().replace('\n', " ");
    if done.status.success() { Ok(()) } else { Err(format!("{}: {said}", words.join(" "))) }
}

fn users(broker: &Broker) -> (Party, Party) {
    let config = Config { url: Some(format!("{}?keepalive=1", broker.url())), ..Config::default() };
    (Party::logged_in(&config, "network", "alice"), Party::logged_in(&config, "network", "bob"))
}

#[test]
fn a_link_goes_down_and_an_address_changes() {
    let namespace = match Namespace::new(1) {
        Ok(namespace) => namespace,
        Err(why) => return println!("\nskipped: no network namespace here ({why})"),
    };
    let broker = Broker::start_inside(&namespace.name, namespace.addresses[1]);
    let (alice, bob) = users(&broker);
    let call = id(&alice.calls("bob", ""));
    let remote = bob.rings(call);

    println!("\nin a network namespace, keep-alive 1 s");
    let marks = [alice.story.mark(), bob.story.mark()];
    run(&["ip", "link", "set", &namespace.here, "down"]).expect("the interface is ours");
    bob.accepts(&remote, "without a link");
    link(&alice, marks[0], State::Reconnecting);
    link(&bob, marks[1], State::Reconnecting);
    run(&["ip", "link", "set", &namespace.here, "up"]).expect("the interface is ours");
    let began = Instant::now();
    assert_eq!(alice.ends(call, true).text, "without a link");
    assert_eq!(bob.ends(call, false).kind, Kind::RemoteAccepted);
    println!("link down, then up: call over {:.2} s after", began.elapsed().as_secs_f64());

    let call = id(&alice.calls("bob", ""));
    let remote = bob.rings(call);
    let marks = [alice.story.mark(), bob.story.mark()];
    let [ours, new] = [namespace.addresses[0], Ipv4Addr::new(10, 213, 1, 77)].map(|address| format!("{address}/24"));
    run(&["ip", "address", "add", &new, "dev", &namespace.here]).expect("the interface is ours");
    run(&["ip", "address", "delete", &ours, "dev", &namespace.here]).expect("the interface is ours");
    // With the first address the second may go; that is the kernel's choice, and none of ours.
    let _ = run(&["ip", "address", "add", &new, "dev", &namespace.here]);
    let began = Instant::now();
    bob.accepts(&remote, "from another address");
    assert_eq!(alice.ends(call, true).text, "from another address");
    assert_eq!(bob.ends(call, false).kind, Kind::RemoteAccepted);
    link(&alice, marks[0], State::Connected);
    link(&bob, marks[1], State::Connected);
    println!("address changed: call over after {:.2} s", began.elapsed().as_secs_f64());
    assert_eq!(oracle::check(&[&alice, &bob], true), 2);
}

#[test]
fn packets_are_lost_and_late() {
    let namespace = match Namespace::new(2) {
        Ok(namespace) => namespace,
        Err(why) => return println!("\nskipped: no network namespace here ({why})"),
    };
    if let Err(why) = namespace.netem(&["delay", "100ms", "50ms", "loss", "10%"]) {
        return println!("\nskipped: no netem here ({why})");
    }
    let broker = Broker::start_inside(&namespace.name, namespace.addresses[1]);
    let (alice, bob) = users(&broker);
    bob.always_accepts("through the noise");
    let calls: Vec<_> = (0..20).map(|_| (Instant::now(), id(&alice.calls("bob", "")))).collect();
    let times = calls.iter().map(|(began, call)| {
        assert_eq!(alice.ends(*call, true).kind, Kind::LocalAccepted);
        bob.ends(*call, false);
        began.elapsed()
    });
    println!("\n100 ms +- 50 ms and 10% loss each way, 20 calls at once: over after {}", spread(times));
    assert_eq!(oracle::check(&[&alice, &bob], true), 20);
}
