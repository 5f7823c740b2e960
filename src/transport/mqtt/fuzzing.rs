//! A session without a socket, for the fuzz targets: what a broker may say to it, well formed or not. Built by `./dev fuzz` only.

use std::sync::Arc;
use std::time::Duration;

use super::address::Address;
use super::core::{Core, Phase, Report};
use super::outbox::Lane;
pub use super::protocol::{Decoder, MAX_PACKET};
use crate::time::Instant;
use crate::transport::{Inbox, Incoming, Link, Options, Presence, Session};

/// Whom the session sends to and watches.
pub const PEERS: [&str; 3] = ["alice", "bob", "c/d +"];

/// The session of alice, and what it has said to its broker.
pub struct Client {
    core: Core,
    decoder: Decoder,
    now: Instant,
    /// What the library was told last of the link.
    link: Option<Link>,
}

/// Nobody listens: the reports are read by [`Client`].
struct Deaf;

impl Inbox for Deaf {
    fn link(&self, _: Link) {}
    fn deliver(&self, _: &[Incoming]) {}
    fn presence(&self, _: &str, _: Presence) {}
}

impl Client {
    /// A session that has said CONNECT.
    pub fn new() -> Client {
        let address = Address::parse("mqtt://localhost").expect("it is an address");
        let options = Options { app_id: "app".into(), grace: Duration::from_secs(15), ca_pem: None };
        let mut core = Core::new(address, &options).expect("the system has random numbers");
        core.instance = 7;
        let now = Instant::from_nanos(1_000_000_000);
        core.start(Session { user: PEERS[0].into(), token: Some("token".into()) }, Arc::new(Deaf), now);
        let mut client = Client { core, decoder: Decoder::default(), now, link: None };
        client.connect();
        client
    }

    /// If it wants a connection: it has one.
    pub fn connect(&mut self) {
        if matches!(self.core.phase, Phase::Waiting | Phase::Resolving | Phase::Opening) {
            self.core.close();
            self.decoder = Decoder::default();
            self.core.greet();
            (self.core.phase, self.core.until) = (Phase::Greeting, self.now + Duration::from_secs(10));
        }
    }

    /// The broker sends `bytes`; an answer in parts comes together.
    pub fn hear(&mut self, bytes: &[u8]) {
        if matches!(self.core.phase, Phase::Idle | Phase::Waiting | Phase::Resolving | Phase::Opening | Phase::Closed) {
            return;
        }
        let connection = self.core.connection;
        self.decoder.push(bytes);
        while self.core.connection == connection {
            match self.decoder.next() {
                Ok(Some(packet)) => self.core.on_packet(packet, self.now),
                Ok(None) => break,
                Err(malformed) => self.core.lost(self.now, crate::transport::Level::Error, &malformed.to_string()),
            }
        }
        self.settle();
    }

    /// Time passes.
    pub fn wait(&mut self, time: Duration) {
        self.now = self.now + time;
        // Without a socket there is nothing to resolve or to open; the rest of what is due is.
        if !matches!(self.core.phase, Phase::Idle | Phase::Waiting | Phase::Resolving | Phase::Opening)
            && self.core.next_deadline() <= self.now
        {
            self.core.on_time(self.now);
        }
        self.settle();
    }

    pub fn post(&mut self, to: usize, length: usize) {
        let deadline = self.now + Duration::from_secs(30);
        let lane = if length % 2 == 0 { Lane::Usual } else { Lane::Ahead };
        let _ = self.core.post(PEERS[to % PEERS.len()], &vec![b'm'; length].into(), deadline, lane);
        self.settle();
    }

    pub fn watch(&mut self, user: usize, on: bool) {
        self.core.watch(PEERS[user % PEERS.len()], on);
        self.settle();
    }

    pub fn renew(&mut self, token: &str) {
        self.core.renew(token, self.now);
        self.settle();
    }

    pub fn network_changed(&mut self) {
        self.core.network_changed(self.now);
        self.settle();
    }

    pub fn leave(&mut self) {
        self.core.leave(self.now);
        self.settle();
        self.link = None;
    }

    /// What the session has said to the broker since it was asked last.
    pub fn said(&mut self) -> Vec<u8> {
        self.core.say(self.now);
        let connected = !matches!(self.core.phase, Phase::Greeting);
        if connected {
            let _ = self.core.outbox.fill(self.now, &mut self.core.out);
        }
        std::mem::take(&mut self.core.out)
    }

    /// Reads the reports: the link goes up and down by turns, and nothing comes after its end.
    fn settle(&mut self) {
        let acks = std::mem::take(&mut self.core.acks);
        self.core.acknowledge(&acks);
        for report in std::mem::take(&mut self.core.reports) {
            let Report::Link(link) = report else { continue };
            if matches!(link, Link::Renewed(_)) {
                continue;
            }
            let fits = match (self.link, link) {
                (None, Link::Up | Link::Refused(_) | Link::Ended(_)) => true,
                (Some(Link::Up), Link::Down | Link::Ended(_)) => true,
                (Some(Link::Down), Link::Up | Link::Ended(_) | Link::Refused(_)) => true,
                _ => false,
            };
            assert!(fits, "{link:?} after {:?}", self.link);
            self.link = Some(link);
        }
    }
}

impl Default for Client {
    fn default() -> Client {
        Client::new()
    }
}
