//! The connection below a login: attempts and pauses, reading and writing, the pulse.

use std::io;
use std::time::Duration;

use mio::{Registry, Token};

use super::core::{Core, Phase};
use super::protocol;
use super::resolve::Ways;
use super::stream::{Failure, Stream};
use super::tls;
use crate::time::Instant;
use crate::transport::{Level, Link, Refusal};

/// How much is read in one round, before it is reported.
const ROUND: usize = 64 << 10;
/// A connection that stood for so long was good: the pauses begin anew.
const GOOD: Duration = Duration::from_secs(10);
/// How long the answer to a PINGREQ may take when the network has changed.
const QUICK_PONG: Duration = Duration::from_secs(3);

/// Whether the other end is alive.
pub struct Pulse {
    keep_alive: Duration,
    ping_at: Instant,
    /// PINGREQ without an answer.
    unanswered: u32,
    /// How long the broker may be silent while there are such.
    patience: Duration,
    silent_until: Instant,
}

impl Default for Pulse {
    fn default() -> Pulse {
        Pulse {
            keep_alive: Duration::ZERO,
            ping_at: Instant::NEVER,
            unanswered: 0,
            patience: Duration::ZERO,
            silent_until: Instant::NEVER,
        }
    }
}

impl Pulse {
    /// A connection stands. `keep_alive` in seconds; 0: the broker does not care.
    pub fn begin(&mut self, keep_alive: u16, now: Instant) {
        self.keep_alive = Duration::from_secs(if keep_alive == 0 { 60 } else { keep_alive.into() });
        self.patience = (self.keep_alive / 2).clamp(Duration::from_secs(2), Duration::from_secs(10));
        self.ping_at = now + self.keep_alive;
    }

    /// A PINGRESP came.
    pub fn answered(&mut self) {
        self.unanswered = self.unanswered.saturating_sub(1);
        if self.unanswered == 0 {
            self.silent_until = Instant::NEVER;
        }
    }

    /// Something came. The next PINGREQ is not put off: the broker counts what it hears from here.
    fn heard(&mut self, now: Instant) {
        if self.unanswered > 0 {
            self.silent_until = now + self.patience;
        }
    }

    /// A PINGREQ is sent.
    fn asked(&mut self, now: Instant, patience: Duration) {
        self.unanswered += 1;
        self.ping_at = now + self.keep_alive;
        self.silent_until = self.silent_until.min(now + patience);
    }
}

impl Core {
    /// Does what is due. True if there may be more to read.
    pub fn step(&mut self, now: Instant, registry: &Registry, token: usize) -> bool {
        if let Some(why) = self.broken.take() {
            self.lost(now, Level::Warn, &why);
        }
        if let Some((connection, ways)) = self.resolved.take()
            && connection == self.connection
            && self.phase == Phase::Resolving
        {
            self.on_resolved(ways, now);
        }
        let more = match self.phase {
            Phase::Opening => self.advance(now),
            Phase::Idle | Phase::Waiting | Phase::Resolving | Phase::Closed => false,
            _ => self.read(now),
        };
        self.on_time(now);
        if self.phase == Phase::Opening && self.stream.is_none() {
            self.open(now, registry, Token(token));
        }
        more || self.resolved.is_some()
    }

    pub(super) fn on_time(&mut self, now: Instant) {
        let connecting = matches!(self.phase, Phase::Waiting | Phase::Resolving | Phase::Opening | Phase::Greeting);
        if connecting && self.leave_by <= now {
            self.close_for_good();
        }
        if self.until <= now {
            match self.phase {
                Phase::Waiting => self.begin(now),
                Phase::Resolving => self.failed(&Failure::network("the name server does not answer"), now),
                Phase::Opening | Phase::Greeting => self.failed(&Failure::network("no answer in time"), now),
                _ => self.overdue(now),
            }
        }
        if self.pulse.silent_until <= now {
            self.lost(now, Level::Warn, "the broker does not answer any more");
        } else if self.pulse.ping_at <= now {
            self.ping(now, false);
        }
        self.upkeep(now);
    }

    /// When [`step`](Core::step) is to be called at the latest.
    pub fn next_deadline(&self) -> Instant {
        let leave_by = if self.is_closed() { Instant::NEVER } else { self.leave_by };
        self.until.min(leave_by).min(self.pulse.ping_at).min(self.pulse.silent_until).min(self.upkeep_deadline())
    }

    /// Whether a turn on the I/O thread is wanted now: only there it is reported.
    pub fn wants_turn(&self) -> bool {
        self.broken.is_some() || !self.reports.is_empty()
    }

    /// Begins an attempt.
    fn begin(&mut self, now: Instant) {
        self.connection += 1;
        self.attempt_until = now + self.address.connect_timeout;
        self.resolve_wanted = Some((self.address.clone(), self.pem.clone()));
        (self.phase, self.until) = (Phase::Resolving, self.attempt_until);
    }

    fn on_resolved(&mut self, ways: Ways, now: Instant) {
        match ways {
            Ok(ways) => {
                self.ways = ways.into();
                self.phase = Phase::Opening;
            }
            Err(failure) => self.failed(&failure, now),
        }
    }

    /// Tries the next way; each has half of the time that is left, the last one all of it.
    fn open(&mut self, now: Instant, registry: &Registry, token: Token) {
        while let Some(way) = self.ways.pop_front() {
            let left = self.attempt_until.since(now);
            let share = if self.ways.is_empty() { left } else { left / 2 };
            match Stream::open(way, registry, token) {
                Ok(stream) => {
                    self.stream = Some(stream);
                    self.until = now + share;
                    return;
                }
                Err(failure) => self.failed(&failure, now),
            }
            if self.phase != Phase::Opening {
                return;
            }
        }
    }

    fn advance(&mut self, now: Instant) -> bool {
        let Some(stream) = &mut self.stream else { return false };
        match stream.advance() {
            Ok(true) => {
                self.greet();
                (self.phase, self.until) = (Phase::Greeting, self.attempt_until);
                true
            }
            Ok(false) => false,
            Err(failure) => {
                self.failed(&failure, now);
                false
            }
        }
    }

    /// A way does not lead to the broker: the next one, or a pause.
    fn failed(&mut self, failure: &Failure, now: Instant) {
        let another = self.phase == Phase::Opening && !self.ways.is_empty() && !failure.certificate;
        if another {
            self.note(Level::Info, failure.why.clone());
            self.close_stream();
        } else if failure.certificate && !self.is_established() {
            self.note(Level::Error, failure.why.clone());
            self.finish(Link::Refused(Refusal::Rejected));
        } else {
            self.lost(now, Level::Warn, &failure.why);
        }
    }

    fn read(&mut self, now: Instant) -> bool {
        let mut bytes = [0; 16 << 10];
        let mut total = 0;
        if let Some(stream) = &mut self.stream {
            stream.allow(ROUND);
        }
        while total < ROUND {
            let Some(stream) = &mut self.stream else { return false };
            match stream.read(&mut bytes) {
                Ok(0) => {
                    self.hung_up(now, "the broker closed the connection");
                    return false;
                }
                Ok(count) => {
                    total += count;
                    self.pulse.heard(now);
                    self.decoder.push(&bytes[..count]);
                    if !self.decode(now) {
                        return false;
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return stream.is_used_up(),
                Err(e) => {
                    match tls::refusal(&e).filter(|_| self.phase == Phase::Greeting) {
                        Some(refusal) => self.failed(&refusal, now),
                        None => self.hung_up(now, &format!("the connection broke: {e}")),
                    }
                    return false;
                }
            }
        }
        true
    }

    /// False: the connection is gone.
    fn decode(&mut self, now: Instant) -> bool {
        let connection = self.connection;
        loop {
            match self.decoder.next() {
                Ok(Some(packet)) => self.on_packet(packet, now),
                Ok(None) => return true,
                Err(malformed) => {
                    self.lost(now, Level::Error, &format!("the broker sent {malformed}"));
                    return false;
                }
            }
            if self.stream.is_none() || self.connection != connection {
                return false;
            }
        }
    }

    fn hung_up(&mut self, now: Instant, why: &str) {
        if self.phase == Phase::Leaving {
            self.close_for_good(); // There is nobody any more to hand anything over to.
        // Some brokers say nothing when they close the connection of a session that was taken over.
        } else if !self.look(now) {
            self.lost(now, Level::Warn, why);
        }
    }

    /// The connection broke, or could not be made: a pause, and the next attempt.
    pub fn lost(&mut self, now: Instant, level: Level, why: &str) {
        if matches!(self.phase, Phase::Idle | Phase::Closed) {
            return;
        }
        if self.phase == Phase::Leaving {
            return self.hung_up(now, why);
        }
        if self.phase == Phase::Up && now >= self.up_since + GOOD {
            self.back_off.reset();
        }
        let pause = self.back_off.next();
        self.note(level, format!("{}: {why}; next attempt in {} ms", self.address.place(), pause.as_millis()));
        self.log_counts();
        self.close();
        (self.phase, self.until) = (Phase::Waiting, now + pause);
        self.upkeep(now);
    }

    /// Closes the connection, whatever it is in.
    pub(super) fn close(&mut self) {
        self.close_stream();
        self.connection += 1; // What is resolved for it comes too late.
        self.ways.clear();
        self.pulse = Pulse::default();
        self.forget_connection();
    }

    fn close_stream(&mut self) {
        self.stream = None;
        self.decoder = protocol::Decoder::default();
        self.out = Vec::new();
        self.broken = None;
    }

    /// Asks the broker for a sign of life.
    pub(super) fn ping(&mut self, now: Instant, quick: bool) {
        protocol::pingreq(&mut self.out);
        let patience = self.pulse.patience;
        self.pulse.asked(now, if quick { patience.min(QUICK_PONG) } else { patience });
        self.write_out();
    }

    /// Acknowledges what was handed over.
    pub fn acknowledge(&mut self, ids: &[u16]) {
        ids.iter().for_each(|id| protocol::puback(&mut self.out, *id));
    }

    /// Writes what there is to say, as far as broker and socket take it.
    pub fn write(&mut self, now: Instant) {
        if self.stream.is_none() || matches!(self.phase, Phase::Opening) {
            return;
        }
        self.say(now);
        loop {
            for letter in self.outbox.fill(now, &mut self.out) {
                self.too_large(&letter);
            }
            let before = self.out.len();
            self.write_out();
            if self.out.len() == before || self.out.is_empty() && !self.outbox.can_fill() {
                return;
            }
        }
    }

    pub(super) fn write_out(&mut self) {
        let Some(stream) = &mut self.stream else { return };
        let mut written = 0;
        let broke = loop {
            if written == self.out.len() {
                break stream.flush().err();
            }
            match stream.write(&self.out[written..]) {
                Ok(0) => break None,
                Ok(count) => written += count,
                Err(e) => break Some(e),
            }
        };
        self.out.drain(..written);
        if let Some(e) = broke
            && e.kind() != io::ErrorKind::WouldBlock
            && self.broken.is_none()
        {
            self.broken = Some(format!("the connection broke: {e}"));
        }
    }
}
