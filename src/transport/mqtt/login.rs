//! The life of one login: from the broker's greeting to [`Link::Up`], takeover, renewal, logout.
//!
//! | phase | what it waits for | then |
//! |---|---|---|
//! | Idle | `start` | Waiting |
//! | Waiting | the pause between attempts | Resolving |
//! | Resolving | the addresses of the broker | Opening |
//! | Opening | TCP, proxy, TLS, WebSocket | Greeting: CONNECT is sent |
//! | Greeting | CONNACK | Subscribing: to the messages and to the own presence |
//! | Subscribing | SUBACK | Syncing: a marker is sent to oneself |
//! | Syncing | the marker: all that came before it is the backlog | Announcing, or superseded by a later login |
//! | Announcing | the acknowledgement of the own presence | Up |
//! | Up | nothing | - |
//! | Leaving | the acknowledgements of what was sent | Closed |
//! | Closed | nothing | - |
//!
//! A connection that breaks leads from any of them to Waiting. Who logs in begins a new session at the broker (Clean Start),
//! which ends any other of the same name; who comes back goes on with its own.

use std::collections::BTreeSet;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::address::Address;
use super::link::Pulse;
use super::names::{Names, Topic};
use super::outbox::{About, Letter, Outbox};
use super::outcome::{self, BackOff, Verdict};
use super::presence::{Book, Entry, GONE, Instances};
use super::protocol::{self, Connack, Decoder, Packet};
use super::resolve::Ways;
use super::stream::{Stream, Way};
use crate::error::Error;
use crate::sys;
use crate::time::Instant;
use crate::transport::{Bytes, Ended, Inbox, Incoming, Level, Link, Options, Presence, Refusal, Refused, Session};

/// How long the broker may take to send the marker back; then the backlog counts as read.
const SYNC: Duration = Duration::from_secs(3);
/// How long a session that was left may hand over what was sent.
const LEAVE: Duration = Duration::from_secs(1);
/// For how long a connection that this library itself replaces is not reported as broken.
const QUIET: Duration = Duration::from_secs(3);
/// A second takeover within this time ends the session without another look.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// What a marker begins with: no message of the protocol does.
const MARKER: &str = "rtm-sync/1 ";

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
    grace: Duration,
    /// Of this instance, random.
    instance: u64,
    pub(super) names: Names,
    pub inbox: Option<Arc<dyn Inbox>>,
    token: Option<String>,
    /// While a new token is tried: the former one.
    former: Option<Option<String>>,
    /// How many renewals wait for their answer.
    renewals: usize,

    pub(super) phase: Phase,
    /// When the phase is over.
    pub(super) until: Instant,
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
    book: Book,
    markers: u64,
    /// The session has stood once.
    established: bool,
    /// The library was told that the link stands, and not since that it broke.
    told_up: bool,
    /// Until then a broken connection is not reported.
    quiet_until: Instant,
    /// Higher than that of each instance that logged in before.
    rank: u32,
    /// There was one, which may come back without knowing of this login.
    has_elder: bool,
    /// The instances of this user, as read since this connection began.
    instances: Instances,
    /// When this session last looked who had taken it over.
    looked: Option<Instant>,
    pub(super) counts: Counts,

    pub reports: Vec<Report>,
    pub acks: Vec<u16>,
}

/// What happened to messages that nobody hears of otherwise.
#[derive(Default)]
pub(super) struct Counts {
    denied: u64,
    undelivered: u64,
    unroutable: u64,
    too_large: u64,
    /// Peers to whom a denied message was logged.
    denied_to: BTreeSet<Box<str>>,
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
    pub fn post(&mut self, to: &str, bytes: &Bytes, deadline: Instant) -> Result<(), Refused> {
        if !self.told_up || matches!(self.phase, Phase::Leaving | Phase::Closed) {
            return Err(Refused::Down);
        }
        self.outbox.push(Letter {
            topic: self.names.message(to),
            payload: bytes.clone(),
            retain: false,
            deadline,
            about: About::Message(to.into()),
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
        if self.stream.is_some() {
            self.replace_connection(now, Duration::ZERO);
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
            Phase::Subscribing(_) | Phase::Syncing(_) | Phase::Announcing | Phase::Up => {
                let topic = self.names.entry(self.names.instance());
                self.publish_own(topic, &[], About::Presence, Instant::NEVER);
                (self.phase, self.until) = (Phase::Leaving, now + LEAVE);
            }
            _ => {
                self.close();
                (self.phase, self.until) = (Phase::Closed, Instant::NEVER);
            }
        }
        self.reports.clear();
        self.inbox.take()
    }

    /// Whether what was sent is handed over, as far as it will be.
    pub fn has_left(&self) -> bool {
        self.phase == Phase::Closed
    }

    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// What CONNECT says.
    pub(super) fn greet(&mut self) {
        let grace = super::outbox::whole_seconds(self.grace);
        protocol::connect(
            &mut self.out,
            &protocol::Connect {
                client_id: self.names.me(),
                user: self.names.me(),
                password: self.token.as_deref().map(str::as_bytes),
                clean_start: !self.established,
                keep_alive: self.address.keep_alive,
                session_expiry: grace.max(60),
                will: protocol::Will {
                    topic: &self.names.entry(self.names.instance()),
                    payload: GONE,
                    delay: grace,
                    expiry: 24 * 60 * 60,
                },
            },
        );
    }

    /// Acts on a packet of the broker.
    pub(super) fn on_packet(&mut self, packet: Packet, now: Instant) {
        match (packet, self.phase) {
            (Packet::Connack(connack), Phase::Greeting) => self.on_connack(&connack, now),
            (_, Phase::Greeting) | (Packet::Connack(_), _) => {
                self.lost(now, Level::Error, "the broker broke the protocol: CONNACK is the first packet, once");
            }
            (Packet::Suback { id, reasons }, Phase::Subscribing(asked)) if id == asked => {
                self.on_subscribed(&reasons, now)
            }
            (Packet::Suback { id, reasons }, _) => {
                for user in self.book.subscribed(id, &reasons) {
                    self.note(Level::Warn, format!("the broker refuses the presence of {user:?}"));
                }
            }
            (Packet::Puback { id, reason }, _) => self.on_puback(id, reason, now),
            (Packet::Publish { topic, payload, id }, _) => {
                self.acks.extend(id);
                self.on_publish(&topic, payload, now);
            }
            (Packet::Disconnect { reason, text }, _) => self.on_disconnect(reason, &text, now),
            (Packet::Pingresp, _) => self.pulse.answered(),
            (Packet::Unsuback { .. }, _) => {}
        }
    }

    fn on_connack(&mut self, connack: &Connack, now: Instant) {
        let first = !self.established;
        if connack.reason != 0 {
            let why = sentence("the broker refuses the connection", connack.reason, &connack.text);
            // A token on trial is judged like that of a login.
            let trial = self.former.is_some();
            return match outcome::of_connack(connack.reason, first || trial, self.token.is_some()) {
                Verdict::Refused(refusal) if trial => {
                    self.note(Level::Warn, format!("{why}: the new token is not used"));
                    self.answer_renewals(Err(refusal));
                    self.token = self.former.take().flatten();
                    self.replace_connection(now, Duration::ZERO);
                }
                Verdict::Refused(refusal) => {
                    self.note(Level::Error, why);
                    self.finish(Link::Refused(refusal));
                }
                Verdict::Ended(ended) => {
                    self.note(Level::Error, why);
                    self.finish(Link::Ended(ended));
                }
                Verdict::Retry | Verdict::TakenOver => self.lost(now, Level::Warn, &why),
            };
        }
        if connack.maximum_qos == 0 || !connack.retain_available {
            self.note(Level::Error, "the broker has no QoS 1, or keeps no retained messages: both are needed".into());
            return match first {
                true => self.finish(Link::Refused(Refusal::Rejected)),
                false => self.lost(now, Level::Error, "the broker cannot be used"),
            };
        }
        self.former = None;
        self.answer_renewals(Ok(()));
        self.pulse.begin(connack.server_keep_alive.unwrap_or(self.address.keep_alive), now);
        self.instances.clear();
        let resumed = connack.session_present && !first;
        self.outbox.resume(resumed, connack.receive_maximum, connack.maximum_packet, now, &mut self.out);
        let id = self.outbox.next_id();
        let filters = [self.names.messages(), self.names.own_presence()];
        protocol::subscribe(&mut self.out, id, filters.iter().map(String::as_str));
        (self.phase, self.until) = (Phase::Subscribing(id), now + self.address.connect_timeout);
    }

    fn on_subscribed(&mut self, reasons: &[u8], now: Instant) {
        match reasons {
            [messages, presence] if *messages < 0x80 => {
                if *presence >= 0x80 {
                    self.note(Level::Warn, sentence("the broker refuses the own presence", *presence, ""));
                }
                let number = self.send_marker(now);
                (self.phase, self.until) = (Phase::Syncing(number), now + SYNC);
            }
            [reason, ..] => {
                let why = sentence("the broker refuses the subscription to one's own messages", *reason, "");
                self.shut_out(&why, now);
            }
            [] => self.lost(now, Level::Error, "the broker broke the protocol: an empty SUBACK"),
        }
    }

    /// The broker's rules leave this user nothing.
    fn shut_out(&mut self, why: &str, now: Instant) {
        if self.established {
            return self.lost(now, Level::Error, why);
        }
        self.note(Level::Error, why.into());
        self.finish(Link::Refused(Refusal::NotAuthorized));
    }

    /// Everything that waited at the broker was read.
    pub(super) fn synced(&mut self, now: Instant) {
        let me = self.names.instance().to_owned();
        if !self.established {
            self.rank = self.instances.next_rank();
            self.has_elder = self.instances.others(&me).next().is_some();
        } else if self.instances.superseded(&me, self.rank) {
            self.note(Level::Warn, "the same user has logged in elsewhere since".into());
            self.publish_own(self.names.entry(&me), &[], About::Presence, Instant::NEVER);
            return self.finish(Link::Ended(Ended::RemoteLogin));
        }
        // No other connection of this name stands: what others left is stale.
        let others: Vec<String> = self.instances.others(&me).map(|instance| self.names.entry(instance)).collect();
        for entry in others {
            self.publish_own(entry, &[], About::Presence, Instant::NEVER);
        }
        let online = Entry::online(self.rank);
        self.publish_own(self.names.entry(&me), online.as_bytes(), About::Presence, Instant::NEVER);
        (self.phase, self.until) = (Phase::Announcing, now + SYNC);
    }

    /// The session stands, and whoever looks sees it.
    fn announced(&mut self, now: Instant) {
        self.established = true;
        (self.phase, self.until) = (Phase::Up, Instant::NEVER);
        self.up_since = now;
        self.settled = true;
        self.quiet_until = Instant::ZERO;
        self.book.begin();
        if !self.told_up {
            self.told_up = true;
            self.reports.push(Report::Link(Link::Up));
        }
    }

    fn on_disconnect(&mut self, reason: u8, text: &str, now: Instant) {
        let why = sentence("the broker closes the connection", reason, text);
        match outcome::of_disconnect(reason) {
            Verdict::TakenOver => self.taken_over(now),
            Verdict::Ended(ended) => {
                self.note(Level::Error, why);
                self.finish(if self.established { Link::Ended(ended) } else { Link::Refused(Refusal::Rejected) });
            }
            _ => self.lost(now, Level::Warn, &why),
        }
    }

    /// Somebody has connected under this name: a later login, which ends this session, or an older one that had lost its
    /// connection.
    fn taken_over(&mut self, now: Instant) {
        if !self.established {
            self.note(Level::Info, "the same user logs in elsewhere at this moment".into());
            self.replace_connection(now, takeover_pause());
        } else if !self.look(now) {
            self.note(Level::Warn, "the same user has logged in elsewhere".into());
            self.finish(Link::Ended(Ended::RemoteLogin));
        }
    }

    /// If there was another instance before this login, it may have come back without knowing of it: connects once more, after
    /// it has had the time to see this one's entry and go. False: this need not be looked at, or was lately.
    pub(super) fn look(&mut self, now: Instant) -> bool {
        let lately = self.looked.is_some_and(|at| now < at + LOOK_AGAIN);
        let worth = self.phase == Phase::Up && self.has_elder && !lately;
        if worth {
            self.note(Level::Info, "the connection was closed: looking whether another instance took it over".into());
            self.looked = Some(now);
            self.replace_connection(now, takeover_pause());
        }
        worth
    }

    /// Begins a new connection after `pause` for a cause of one's own.
    fn replace_connection(&mut self, now: Instant, pause: Duration) {
        if self.told_up {
            self.quiet_until = now + QUIET;
        }
        self.close();
        (self.phase, self.until) = (Phase::Waiting, now + pause);
    }

    fn answer_renewals(&mut self, answer: Result<(), Refusal>) {
        for _ in 0..std::mem::take(&mut self.renewals) {
            self.reports.push(Report::Link(Link::Renewed(answer)));
        }
    }

    fn on_puback(&mut self, id: u16, reason: u8, now: Instant) {
        let Some(letter) = self.outbox.acknowledged(id) else { return };
        match (reason, letter.about.clone()) {
            (0x10, About::Message(_)) => self.counts.undelivered += 1,
            (0x80.., About::Marker(number)) if self.phase == Phase::Syncing(number) => {
                let why = sentence("the broker refuses messages to oneself", reason, "");
                self.shut_out(&why, now);
            }
            (0x80.., About::Message(to)) => {
                self.counts.denied += 1;
                if self.counts.denied_to.len() < 1_000 && self.counts.denied_to.insert(to.clone()) {
                    self.note(Level::Warn, sentence(&format!("the broker refuses messages to {to:?}"), reason, ""));
                }
            }
            (_, About::Presence) => {
                if reason >= 0x80 {
                    self.note(Level::Warn, sentence("the broker refuses the own presence", reason, ""));
                }
                if self.phase == Phase::Announcing && letter.topic == self.names.entry(self.names.instance()) {
                    self.announced(now);
                }
            }
            _ => {}
        }
    }

    fn on_publish(&mut self, topic: &str, payload: Bytes, now: Instant) {
        match self.names.read(topic) {
            Some(Topic::Message { from }) => {
                // The topic is bound to the sender by the broker's rules; only this user itself sends markers here.
                if topic == self.names.own_message() && payload.starts_with(MARKER.as_bytes()) {
                    return self.on_marker(&payload, now);
                }
                let message = Incoming { from: from.into(), bytes: payload };
                match self.reports.last_mut() {
                    Some(Report::Messages(batch)) => batch.push(message),
                    _ => self.reports.push(Report::Messages(vec![message])),
                }
            }
            Some(Topic::Presence { user, instance }) => {
                let Some(entry) = Entry::read(&payload) else { return self.drop_unroutable(topic) };
                if self.names.entry(instance) == topic {
                    self.instances.note(instance, entry);
                }
                let (user, instance) = (user, instance.to_owned());
                if let Some(presence) = self.book.entry(&user, &instance, entry.is_online()) {
                    self.reports.push(Report::Presence(user, presence));
                }
            }
            None => self.drop_unroutable(topic),
        }
    }

    fn drop_unroutable(&mut self, topic: &str) {
        self.counts.unroutable += 1;
        if self.counts.unroutable == 1 {
            self.note(Level::Warn, format!("dropped a message whose topic or content means nothing here: {topic:?}"));
        }
    }

    fn on_marker(&mut self, payload: &[u8], now: Instant) {
        let number = std::str::from_utf8(payload).ok().and_then(|text| text.strip_prefix(MARKER)).and_then(|text| {
            let (instance, number) = text.split_once(' ')?;
            (instance == self.names.instance()).then(|| number.parse().ok())?
        });
        let Some(number) = number else { return };
        if self.phase == Phase::Syncing(number) {
            self.synced(now);
        }
        for user in self.book.marked(number) {
            self.reports.push(Report::Presence(user, Presence::Offline));
        }
    }

    /// The time of the phase is over.
    pub(super) fn overdue(&mut self, now: Instant) {
        match self.phase {
            Phase::Syncing(_) => {
                let line = "the broker did not deliver a message to oneself: is reading it allowed?";
                self.note(Level::Warn, line.into());
                self.synced(now);
            }
            Phase::Announcing => self.announced(now),
            Phase::Subscribing(_) => self.lost(now, Level::Warn, "the broker did not answer the subscription"),
            Phase::Leaving => self.say_goodbye(),
            _ => {}
        }
    }

    /// What is due outside of phases.
    pub(super) fn upkeep(&mut self, now: Instant) {
        if self.told_up && self.phase != Phase::Up && self.quiet_until <= now && self.phase != Phase::Leaving {
            self.told_up = false;
            self.reports.push(Report::Link(Link::Down));
        }
        if self.phase == Phase::Leaving && self.outbox.is_empty() {
            self.say_goodbye();
        }
    }

    pub(super) fn upkeep_deadline(&self) -> Instant {
        let quiet = if self.told_up && self.phase != Phase::Up { self.quiet_until } else { Instant::NEVER };
        let book = if self.phase == Phase::Up { self.book.next_deadline() } else { Instant::NEVER };
        quiet.min(book)
    }

    /// Says what the library wants said, when the session stands.
    pub(super) fn say(&mut self, now: Instant) {
        if self.phase != Phase::Up {
            return;
        }
        while let Some((id, users)) = self.book.next_subscribe(|| self.outbox.next_id()) {
            let filters: Vec<String> = users.iter().map(|user| self.names.presence(user)).collect();
            protocol::subscribe(&mut self.out, id, filters.iter().map(String::as_str));
        }
        let leaving = self.book.next_unsubscribe();
        if !leaving.is_empty() {
            let filters: Vec<String> = leaving.iter().map(|user| self.names.presence(user)).collect();
            let id = self.outbox.next_id();
            protocol::unsubscribe(&mut self.out, id, filters.iter().map(String::as_str));
        }
        if self.book.mark(now, self.markers + 1) {
            self.send_marker(now);
        }
    }

    /// Sends a marker to oneself; its number.
    fn send_marker(&mut self, now: Instant) -> u64 {
        self.markers += 1;
        let payload = format!("{MARKER}{} {}", self.names.instance(), self.markers);
        let about = About::Marker(self.markers);
        self.publish_own(self.names.own_message(), payload.as_bytes(), about, now + SYNC);
        self.markers
    }

    fn publish_own(&mut self, topic: String, payload: &[u8], about: About, deadline: Instant) {
        let retain = about == About::Presence;
        self.outbox.push_own(Letter { topic, payload: payload.into(), retain, deadline, about });
    }

    /// Ends the broker's session and the connection.
    fn say_goodbye(&mut self) {
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
        self.close();
        (self.phase, self.until) = (Phase::Closed, Instant::NEVER);
    }

    fn log_counts(&mut self) {
        let Counts { denied, undelivered, unroutable, too_large, .. } = self.counts;
        if denied + undelivered + unroutable + too_large > 0 {
            let line = format!(
                "carrier counted: denied={denied} nobody_subscribed={undelivered} unroutable={unroutable} too_large={too_large}"
            );
            self.note(Level::Info, line);
        }
    }

    pub(super) fn too_large(&mut self, letter: &Letter) {
        self.counts.too_large += 1;
        self.note(Level::Warn, format!("the broker takes no packet of this size: {} bytes", letter.payload.len()));
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

/// How long the other one gets to go, 300 to 555 ms.
fn takeover_pause() -> Duration {
    Duration::from_millis(300 + u64::from(sys::random_u128().unwrap_or_default() as u8))
}

/// What the broker did, why, and its own words.
fn sentence(what: &str, reason: u8, text: &str) -> String {
    // The broker's words are not to be trusted: one line, and not too long.
    let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    let name = outcome::name(reason);
    if text.is_empty() {
        format!("{what}: {name} (0x{reason:02x})")
    } else {
        format!("{what}: {name} (0x{reason:02x}, {text:?})")
    }
}
