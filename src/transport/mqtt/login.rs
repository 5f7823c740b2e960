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

use std::time::Duration;

use super::core::{Core, Phase, Report};
use super::entry::{Entry, GONE};
use super::outbox::{About, whole_seconds};
use super::outcome::{self, Verdict, sentence};
use super::protocol::{self, Connack, Packet};
use crate::sys;
use crate::time::Instant;
use crate::transport::{Ended, Level, Link, Refusal};

/// How long the broker may take to send the marker back; then the backlog counts as read.
pub const SYNC: Duration = Duration::from_secs(3);
/// For how long a connection that this library itself replaces is not reported as broken.
const QUIET: Duration = Duration::from_secs(3);
/// A second takeover within this time ends the session without another look.
const LOOK_AGAIN: Duration = Duration::from_secs(60);
/// For how long a broker keeps the entry of an instance that vanished, in seconds. It tells a later login that there was an
/// earlier one, which may come back.
const GONE_KEPT: u32 = 24 * 60 * 60;

impl Core {
    /// What CONNECT says.
    pub(super) fn greet(&mut self) {
        let grace = whole_seconds(self.grace);
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
                    expiry: GONE_KEPT,
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
        if self.leave_by != Instant::NEVER {
            return self.hand_over(self.leave_by);
        }
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
    pub(super) fn shut_out(&mut self, why: &str, now: Instant) {
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
            self.outbox.fill(now, &mut self.out);
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
    pub(super) fn announced(&mut self, now: Instant) {
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
    pub(super) fn replace_connection(&mut self, now: Instant, pause: Duration) {
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
        if self.quiet_deadline() <= now {
            self.told_up = false;
            self.reports.push(Report::Link(Link::Down));
        }
        if self.phase == Phase::Leaving && self.outbox.is_empty() {
            self.say_goodbye();
        }
    }

    pub(super) fn upkeep_deadline(&self) -> Instant {
        let book = if self.phase == Phase::Up { self.book.next_deadline() } else { Instant::NEVER };
        self.quiet_deadline().min(book)
    }

    /// When a broken connection is to be reported.
    fn quiet_deadline(&self) -> Instant {
        let standing = matches!(self.phase, Phase::Up | Phase::Leaving | Phase::Closed);
        if self.told_up && !standing { self.quiet_until } else { Instant::NEVER }
    }
}

/// How long the other one gets to go, 300 to 555 ms.
fn takeover_pause() -> Duration {
    Duration::from_millis(300 + u64::from(sys::random_u128().unwrap_or_default() as u8))
}
