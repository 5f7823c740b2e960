//! A session behind its lock: what it is made of, and what the library wants of it. What the broker wants is in `login.rs` and
//! `news.rs`, the connection below in `link.rs`.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use super::address::Address;
use super::entry::Instances;
use super::link::Pulse;
use super::names::Names;
use super::outbox::{About, Lane, Letter, Outbox};
use super::outcome::BackOff;
use super::presence::Book;
use super::protocol::{self, Decoder};
use super::resolve::Ways;
use super::stream::{Stream, Way};
use crate::error::Error;
use crate::sys;
use crate::time::Instant;
use crate::transport::{Bytes, Inbox, Incoming, Level, Link, Options, Presence, Refusal, Refused, Session};

/// How long a session that was left may hand over what was sent.
const LEAVE: Duration = Duration::from_secs(1);

/// What is to be reported.
pub enum Report {
    Link(Link),
    Messages(Vec<Incoming>),
    Presence(String, Presence),
    Note(Level, String),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    Idle,
    Waiting,
    Resolving,
    Opening,
    Greeting,
    Subscribing(u16),
    Syncing(u64),
    Announcing,
    Up,
    Leaving,
    Closed,
}

/// A session, behind its lock.
pub struct Core {
    pub(super) address: Arc<Address>,
    pub(super) pem: Option<Arc<str>>,
    app_id: String,
    pub(super) grace: Duration,
    /// Of this instance, random.
    pub(super) instance: u64,
    pub(super) names: Names,
    pub inbox: Option<Arc<dyn Inbox>>,
    pub(super) token: Option<String>,
    /// While a new token is tried: the former one.
    pub(super) former: Option<Option<String>>,
    /// How many renewals wait for their answer.
    pub(super) renewals: usize,

    pub(super) phase: Phase,
    /// When the phase is over.
    pub(super) until: Instant,
    /// The session was left while its connection was being replaced: by then there is a new one, or none any more.
    pub(super) leave_by: Instant,
    /// The number of the connection, to tell its news from those of others.
    pub connection: u64,
    pub resolve_wanted: Option<(Arc<Address>, Option<Arc<str>>)>,
    pub resolved: Option<(u64, Ways)>,
    pub(super) ways: VecDeque<Way>,
    /// When the attempt to connect is given up.
    pub(super) attempt_until: Instant,
    pub(super) stream: Option<Stream>,
    pub(super) decoder: Decoder,
    pub(super) out: Vec<u8>,
    /// Why a write outside the I/O thread failed.
    pub(super) broken: Option<String>,
    pub(super) pulse: Pulse,
    pub(super) back_off: BackOff,
    pub(super) up_since: Instant,
    /// Somebody flushes at the end of the batch.
    pub unflushed: bool,
    /// A login has just been completed.
    pub settled: bool,

    pub(super) outbox: Outbox,
    pub(super) book: Book,
    pub(super) markers: u64,
    /// The session has stood once.
    pub(super) established: bool,
    /// The library was told that the link stands, and not since that it broke.
    pub(super) told_up: bool,
    /// Until then a broken connection is not reported.
    pub(super) quiet_until: Instant,
    /// Higher than that of each instance that logged in before.
    pub(super) rank: u32,
    /// There was one, which may come back without knowing of this login.
    pub(super) has_elder: bool,
    /// The instances of this user, as read since this connection began.
    pub(super) instances: Instances,
    /// When this session last looked who had taken it over.
    pub(super) looked: Option<Instant>,
    pub(super) counts: Counts,

    pub reports: Vec<Report>,
    pub acks: Vec<u16>,
}

/// What happened to messages that nobody hears of otherwise.
#[derive(Default)]
pub(super) struct Counts {
    pub denied: u64,
    pub undelivered: u64,
    pub unroutable: u64,
    pub too_large: u64,
    /// Peers to whom a denied message was logged.
    pub denied_to: BTreeSet<Box<str>>,
}

impl Core {
    pub fn new(address: Address, options: &Options) -> Result<Core, Error> {
        let instance = sys::random_u128()? as u64;
        Ok(Core {
            names: Names::new(&options.app_id, address.qualify, "", instance),
            address: Arc::new(address),
            pem: options.ca_pem.clone(),
            app_id: options.app_id.clone(),
            grace: options.grace,
            instance,
            inbox: None,
            token: None,
            former: None,
            renewals: 0,
            phase: Phase::Idle,
            until: Instant::NEVER,
            leave_by: Instant::NEVER,
            connection: 0,
            resolve_wanted: None,
            resolved: None,
            ways: VecDeque::new(),
            attempt_until: Instant::NEVER,
            stream: None,
            decoder: Decoder::default(),
            out: Vec::new(),
            broken: None,
            pulse: Pulse::default(),
            back_off: BackOff::default(),
            up_since: Instant::ZERO,
            unflushed: false,
            settled: false,
            outbox: Outbox::default(),
            book: Book::default(),
            markers: 0,
            established: false,
            told_up: false,
            quiet_until: Instant::ZERO,
            rank: 0,
            has_elder: false,
            instances: Instances::default(),
            looked: None,
            counts: Counts::default(),
            reports: Vec::new(),
            acks: Vec::new(),
        })
    }

    /// Begins the session; false if it has begun before.
    pub fn start(&mut self, session: Session, inbox: Arc<dyn Inbox>, now: Instant) -> bool {
        if self.phase != Phase::Idle {
            return false;
        }
        self.names = Names::new(&self.app_id, self.address.qualify, &session.user, self.instance);
        self.inbox = Some(inbox);
        self.token = session.token;
        (self.phase, self.until) = (Phase::Waiting, now);
        if self.token.as_ref().is_some_and(|token| !protocol::check_token(token)) {
            self.note(Level::Error, "the token is longer than MQTT allows, 65535 bytes".into());
            self.finish(Link::Refused(Refusal::InvalidToken));
        }
        true
    }

    /// Takes a message.
    pub fn post(&mut self, to: &str, bytes: &Bytes, deadline: Instant, lane: Lane) -> Result<(), Refused> {
        let left = self.leave_by != Instant::NEVER || matches!(self.phase, Phase::Leaving | Phase::Closed);
        if !self.told_up || left {
            return Err(Refused::Down);
        }
        self.outbox.push(Letter {
            topic: self.names.message(to),
            payload: bytes.clone(),
            retain: false,
            deadline,
            about: About::Message(to.into()),
            lane,
        })
    }

    pub fn watch(&mut self, user: &str, on: bool) {
        self.book.watch(user, on);
    }

    /// Tries a new token: on a new connection, which takes the place of this one.
    pub fn renew(&mut self, token: &str, now: Instant) {
        if matches!(self.phase, Phase::Idle | Phase::Leaving | Phase::Closed) {
            return;
        }
        if !protocol::check_token(token) {
            return self.reports.push(Report::Link(Link::Renewed(Err(Refusal::InvalidToken))));
        }
        self.renewals += 1;
        let former = self.token.replace(token.into());
        if self.established && self.former.is_none() {
            self.former = Some(former);
        }
        match self.phase {
            // Whatever the pause is for: this is a reason to try.
            Phase::Waiting => self.until = now,
            _ if self.stream.is_some() => self.replace_connection(now, Duration::ZERO),
            _ => {}
        }
    }

    /// The network has changed: a standing connection is tried, a pause is cut short, an attempt begins anew.
    pub fn network_changed(&mut self, now: Instant) {
        match self.phase {
            Phase::Subscribing(_) | Phase::Syncing(_) | Phase::Announcing | Phase::Up => self.ping(now, true),
            Phase::Resolving | Phase::Opening | Phase::Greeting | Phase::Waiting => {
                self.back_off.reset();
                self.close();
                (self.phase, self.until) = (Phase::Waiting, now);
            }
            Phase::Idle | Phase::Leaving | Phase::Closed => {}
        }
    }

    /// Ends the session; its inbox, to be dropped without a lock.
    pub fn leave(&mut self, now: Instant) -> Option<Arc<dyn Inbox>> {
        match self.phase {
            Phase::Leaving | Phase::Closed => {}
            Phase::Subscribing(_) | Phase::Syncing(_) | Phase::Announcing | Phase::Up => self.hand_over(now + LEAVE),
            // The connection is being replaced, and what was sent meanwhile was taken.
            _ if self.told_up => self.leave_by = self.leave_by.min(now + LEAVE),
            _ => self.close_for_good(),
        }
        self.reports.clear();
        self.inbox.take()
    }

    /// What was sent, and that this instance is gone, goes out until then; then the session ends.
    pub(super) fn hand_over(&mut self, until: Instant) {
        let topic = self.names.entry(self.names.instance());
        self.publish_own(topic, &[], About::Presence, Instant::NEVER);
        (self.phase, self.until) = (Phase::Leaving, until);
    }

    pub(super) fn close_for_good(&mut self) {
        self.close();
        (self.phase, self.until) = (Phase::Closed, Instant::NEVER);
    }

    /// Whether the session is over, and what was sent is handed over as far as it will be.
    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// Ends the broker's session and the connection.
    pub(super) fn say_goodbye(&mut self) {
        protocol::disconnect(&mut self.out, Some(0));
        self.end_connection();
        self.log_counts();
    }

    /// The session is over for good: `link` is its last report. The broker's session stays, for somebody else may have it.
    pub(super) fn finish(&mut self, link: Link) {
        if matches!(self.phase, Phase::Subscribing(_) | Phase::Syncing(_) | Phase::Announcing | Phase::Up) {
            protocol::disconnect(&mut self.out, None);
        }
        self.end_connection();
        self.log_counts();
        self.reports.push(Report::Link(link));
    }

    fn end_connection(&mut self) {
        self.write_out();
        if let Some(stream) = &mut self.stream {
            stream.shutdown();
        }
        self.close_for_good();
    }

    /// The connection is gone: what belonged to it is forgotten.
    pub(super) fn forget_connection(&mut self) {
        self.outbox.pause();
        self.acks.clear();
    }

    pub(super) fn is_established(&self) -> bool {
        self.established
    }

    pub(super) fn note(&mut self, level: Level, line: String) {
        self.reports.push(Report::Note(level, line));
    }
}
