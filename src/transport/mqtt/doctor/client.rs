//! An MQTT client that waits, on the calling thread, over the carrier's own stream. For the doctor; the carrier never waits.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use mio::{Events, Poll, Token};

use super::super::outcome;
use super::super::protocol::{self, Connack, Connect, Decoder, Packet, Publish};
use super::super::stream::{Stream, Way};
use super::certificate;
use crate::sys;
use crate::transport::Bytes;

/// Why something did not come about.
#[derive(Debug)]
pub struct Trouble {
    pub why: String,
    pub cause: Cause,
}

/// What lies behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cause {
    /// The broker said no, with this reason.
    Reason(u8),
    /// The broker closed the connection.
    Closed,
    /// Something else: a network that broke, an answer that did not come.
    Other,
}

impl From<String> for Trouble {
    fn from(why: String) -> Trouble {
        Trouble { why, cause: Cause::Other }
    }
}

impl From<Trouble> for String {
    fn from(trouble: Trouble) -> String {
        trouble.why
    }
}

pub type Outcome<T> = Result<T, Trouble>;

/// A topic and what was published there.
pub type Message = (String, Bytes);

/// A stream that waits.
pub struct Line {
    stream: Stream,
    poll: Poll,
    events: Events,
    /// For each answer of the broker.
    patience: Duration,
}

impl Line {
    /// Opens one: TCP, proxy, TLS and WebSocket, as `way` says.
    pub fn open(way: &Way) -> Outcome<Line> {
        let poll = Poll::new().map_err(|e| format!("the system has no poll to give: {e}"))?;
        let stream = Stream::open(way.clone(), poll.registry(), Token(0)).map_err(|failure| failure.why)?;
        let patience = way.address.connect_timeout;
        let mut line = Line { stream, poll, events: Events::with_capacity(4), patience };
        let until = Instant::now() + patience;
        while !line.stream.advance().map_err(|failure| failure.why)? {
            line.wait(until, "let itself be connected to")?;
        }
        Ok(line)
    }

    /// The last day of the broker's certificate.
    pub fn last_day(&self) -> Option<String> {
        self.stream.certificate().and_then(certificate::last_day)
    }

    /// Says that nothing more comes.
    pub fn close(mut self) {
        self.stream.shutdown();
    }

    /// Waits until the socket is ready for more; an error after `until`.
    fn wait(&mut self, until: Instant, what: &str) -> Outcome<()> {
        if self.is_ready(until)? { Ok(()) } else { Err(self.silent(what)) }
    }

    /// Waits until the socket is ready for more; false after `until`.
    fn is_ready(&mut self, until: Instant) -> Outcome<bool> {
        let left = until.saturating_duration_since(Instant::now());
        match self.poll.poll(&mut self.events, Some(left)) {
            Err(e) if e.kind() != io::ErrorKind::Interrupted => {
                Err(format!("waiting for the socket failed: {e}").into())
            }
            // Interrupted, or woken for nothing: tried again by the caller, and only then out of time.
            _ => Ok(!left.is_zero()),
        }
    }

    fn silent(&self, what: &str) -> Trouble {
        format!("the broker has not {what} within {} s", self.patience.as_secs()).into()
    }
}

/// A session.
pub struct Client {
    line: Line,
    decoder: Decoder,
    pub connack: Connack,
    last_id: u16,
    messages: VecDeque<Message>,
}

impl Client {
    /// Connects and logs in.
    pub fn log_in(way: &Way, connect: &Connect<'_>) -> Outcome<Client> {
        let mut line = Line::open(way)?;
        let mut bytes = Vec::new();
        protocol::connect(&mut bytes, connect);
        write(&mut line, &bytes)?;
        let mut decoder = Decoder::default();
        let until = Instant::now() + line.patience;
        match read(&mut line, &mut decoder, until)? {
            Some(Packet::Connack(connack)) if connack.reason < 0x80 => {
                Ok(Client { line, decoder, connack, last_id: 0, messages: VecDeque::new() })
            }
            Some(Packet::Connack(connack)) => {
                let own = if connack.text.is_empty() { String::new() } else { format!(": {}", connack.text) };
                let why = format!("the broker refuses the login: {}{own}", reason(connack.reason));
                Err(Trouble { why, cause: Cause::Reason(connack.reason) })
            }
            Some(_) => Err("the broker does not answer a login with CONNACK".to_string().into()),
            None => Err(line.silent("answered the login")),
        }
    }

    /// Publishes with QoS 1; the reason in the broker's acknowledgement.
    pub fn publish(&mut self, publish: &Publish<'_>) -> Outcome<u8> {
        let id = self.next_id();
        self.send(|out| protocol::publish_at_least_once(out, id, false, publish))?;
        self.answer("acknowledged a publish", |packet| match packet {
            Packet::Puback { id: of, reason } if of == id => Some(reason),
            _ => None,
        })
    }

    /// Subscribes to each of the filters; the broker's reasons.
    pub fn subscribe(&mut self, filters: &[&str]) -> Outcome<Vec<u8>> {
        let id = self.next_id();
        self.send(|out| protocol::subscribe(out, id, filters.iter().copied()))?;
        self.answer("answered a subscription", |packet| match packet {
            Packet::Suback { id: of, reasons } if of == id => Some(reasons),
            _ => None,
        })
    }

    /// Asks whether the connection stands.
    pub fn ping(&mut self) -> Outcome<()> {
        self.send(protocol::pingreq)?;
        self.answer("answered a ping", |packet| matches!(packet, Packet::Pingresp).then_some(()))
    }

    /// The next message, if one comes in time.
    pub fn message(&mut self, within: Duration) -> Outcome<Option<Message>> {
        self.message_until(Instant::now() + within)
    }

    fn message_until(&mut self, until: Instant) -> Outcome<Option<Message>> {
        while self.messages.is_empty() {
            match read(&mut self.line, &mut self.decoder, until)? {
                Some(packet) => drop(self.take(packet)?),
                None => break,
            }
        }
        Ok(self.messages.pop_front())
    }

    /// All that comes before what is published now to `topic`, which must be one that this client reads.
    pub fn messages_before_now(&mut self, topic: &str) -> Outcome<Vec<Message>> {
        let marker = random()?;
        self.publish(&Publish { topic, payload: marker.as_bytes(), retain: false, expiry: Some(60) })?;
        let mut messages = Vec::new();
        let until = Instant::now() + self.line.patience;
        loop {
            match self.message_until(until)? {
                Some((of, payload)) if of == topic && &payload[..] == marker.as_bytes() => return Ok(messages),
                Some(message) => messages.push(message),
                None => return Err(self.line.silent("delivered a message to its own sender")),
            }
        }
    }

    /// Ends the session. No Will is published.
    pub fn close(mut self) {
        // If the connection is broken, so be it: it was to end anyway.
        let _ = self.send(|out| protocol::disconnect(out, Some(0)));
        self.line.close();
    }

    fn next_id(&mut self) -> u16 {
        self.last_id = self.last_id % u16::MAX + 1;
        self.last_id
    }

    fn send(&mut self, packet: impl FnOnce(&mut Vec<u8>)) -> Outcome<()> {
        let mut bytes = Vec::new();
        packet(&mut bytes);
        write(&mut self.line, &bytes)
    }

    /// Reads on until `pick` finds its packet. Messages are kept.
    fn answer<T>(&mut self, what: &str, mut pick: impl FnMut(Packet) -> Option<T>) -> Outcome<T> {
        let until = Instant::now() + self.line.patience;
        while let Some(packet) = read(&mut self.line, &mut self.decoder, until)? {
            if let Some(answer) = self.take(packet)?.and_then(&mut pick) {
                return Ok(answer);
            }
        }
        Err(self.line.silent(what))
    }

    /// Keeps and acknowledges a message; gives any other packet back.
    fn take(&mut self, packet: Packet) -> Outcome<Option<Packet>> {
        match packet {
            Packet::Publish { topic, payload, id } => {
                self.messages.push_back((topic, payload));
                if let Some(id) = id {
                    self.send(|out| protocol::puback(out, id))?;
                }
                Ok(None)
            }
            Packet::Disconnect { reason: code, .. } => Err(Trouble {
                why: format!("the broker ends the connection: {}", reason(code)),
                cause: Cause::Reason(code),
            }),
            packet => Ok(Some(packet)),
        }
    }
}

/// A reason in words, with its number.
pub fn reason(code: u8) -> String {
    format!("{} (0x{code:02x})", outcome::name(code))
}

/// 32 hexadecimal digits that nobody else has.
pub fn random() -> Outcome<String> {
    let number = sys::random_u128().map_err(|e| e.to_string())?;
    Ok(format!("{number:032x}"))
}

fn broken(e: &io::Error) -> Trouble {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let is_closed = matches!(e.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof);
    let cause = if is_closed { Cause::Closed } else { Cause::Other };
    Trouble { why: format!("the connection broke: {e}"), cause }
}

fn write(line: &mut Line, mut bytes: &[u8]) -> Outcome<()> {
    let until = Instant::now() + line.patience;
    loop {
        let sent = if bytes.is_empty() { line.stream.flush().map(|()| 0) } else { line.stream.write(bytes) };
        match sent {
            Ok(_) if bytes.is_empty() => return Ok(()),
            Ok(count) => bytes = &bytes[count..],
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => line.wait(until, "taken what was sent")?,
            Err(e) => return Err(broken(&e)),
        }
    }
}

/// The next packet; none after `until`, also if the broker never stops sending.
fn read(line: &mut Line, decoder: &mut Decoder, until: Instant) -> Outcome<Option<Packet>> {
    if Instant::now() >= until {
        return Ok(None);
    }
    let mut bytes = [0; 8192];
    loop {
        if let Some(packet) = decoder.next().map_err(|e| format!("the broker sends {e}"))? {
            return Ok(Some(packet));
        }
        match line.stream.read(&mut bytes) {
            Ok(0) => return Err(Trouble { why: "the broker closes the connection".into(), cause: Cause::Closed }),
            Ok(count) => decoder.push(&bytes[..count]),
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                if !line.is_ready(until)? {
                    return Ok(None);
                }
            }
            Err(e) => return Err(broken(&e)),
        }
    }
}
