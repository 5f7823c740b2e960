//! The bare client: the least that rings through a broker. It connects, subscribes and exchanges the four publishes of a
//! handshake at QoS 1, and does nothing else: no library code, no JSON, no timers, no memory of calls, no callbacks.
//!
//! One thread with one poll drives all connections, each with TCP_NODELAY and one write for all that a read brought: the
//! acknowledgement, the answers and the next invitation together.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

/// What the messages carry: as many bytes as those of the library with a content of 200 bytes.
const INVITE: (u8, usize) = (b'i', 374);
const RECEIVED: (u8, usize) = (b'r', 104);
const ACCEPT: (u8, usize) = (b'a', 121);
const CONFIRM: (u8, usize) = (b'c', 127);

/// How long an answer of the broker may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is exchanged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Exchange {
    /// One message there, one back: a round trip.
    RoundTrip,
    /// The four messages of an accepted invitation.
    Handshake,
}

/// What a run came to.
pub struct Outcome {
    /// From the first message to the last.
    pub took: Duration,
    /// From each invitation to its acceptance, or from a message to its answer.
    pub set_ups: Vec<Duration>,
}

/// Has `pairs` of users do that `calls` times in all, each pair with so many outstanding.
pub fn run(
    broker: SocketAddr,
    exchange: Exchange,
    pairs: usize,
    outstanding: usize,
    calls: u64,
) -> io::Result<Outcome> {
    let mut poll = Poll::new()?;
    let mut links = Vec::new();
    for pair in 0..pairs {
        let (caller, callee) = (format!("caller{pair:02}"), format!("callee{pair:02}"));
        for (me, other) in [(&caller, &callee), (&callee, &caller)] {
            let mut link = Link::new(broker, me, other)?;
            let token = Token(links.len());
            poll.registry().register(&mut link.tcp, token, Interest::READABLE | Interest::WRITABLE)?;
            links.push(link);
        }
    }
    let mut events = Events::with_capacity(64);
    let mut run = Run { exchange, left: calls, over: 0, set_ups: Vec::with_capacity(calls as usize) };
    let began = Instant::now();
    for link in links.iter_mut().step_by(2) {
        (0..outstanding).for_each(|slot| run.invite(link, slot));
        link.write()?;
    }
    while run.over < calls {
        poll.poll(&mut events, Some(PATIENCE))?;
        if events.is_empty() {
            return Err(io::Error::new(ErrorKind::TimedOut, "the broker does not answer the bare client any more"));
        }
        for event in &events {
            let link = &mut links[event.token().0];
            link.read(&mut run)?;
            link.write()?;
        }
    }
    Ok(Outcome { took: began.elapsed(), set_ups: run.set_ups })
}

/// What is counted while it runs.
struct Run {
    exchange: Exchange,
    /// How many are still to be sent.
    left: u64,
    over: u64,
    set_ups: Vec<Duration>,
}

impl Run {
    fn invite(&mut self, caller: &mut Link, slot: usize) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        if caller.began.len() <= slot {
            caller.began.resize(slot + 1, Instant::now());
        }
        caller.began[slot] = Instant::now();
        caller.publish(INVITE, slot as u8);
    }
}

/// One user's connection.
struct Link {
    tcp: TcpStream,
    /// Where messages to the other one go.
    topic: String,
    last_id: u16,
    /// What was read: `filled` bytes of it.
    input: Box<[u8]>,
    filled: usize,
    out: Vec<u8>,
    /// When the invitation of each slot was sent.
    began: Vec<Instant>,
}

impl Link {
    fn new(broker: SocketAddr, me: &str, other: &str) -> io::Result<Link> {
        let tcp = connect(broker, me)?;
        tcp.set_nonblocking(true)?;
        Ok(Link {
            tcp: TcpStream::from_std(tcp),
            topic: format!("bare/m/{other}/{me}"),
            last_id: 0,
            input: vec![0; 64 << 10].into(),
            filled: 0,
            out: Vec::new(),
            began: Vec::new(),
        })
    }

    fn publish(&mut self, message: (u8, usize), slot: u8) {
        self.last_id = self.last_id.checked_add(1).unwrap_or(1);
        put_publish(&mut self.out, &self.topic, self.last_id, message, slot);
    }

    /// Reads what is there and prepares the answers.
    fn read(&mut self, run: &mut Run) -> io::Result<()> {
        loop {
            let count = match self.tcp.read(&mut self.input[self.filled..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(count) => count,
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return Err(e),
            };
            let full = self.filled + count == self.input.len();
            self.filled += count;
            self.answer(run);
            // What did not fill the buffer was all there is; only Windows wants to be asked again.
            if !full && !cfg!(windows) {
                return Ok(());
            }
        }
    }

    fn answer(&mut self, run: &mut Run) {
        let mut start = 0;
        let input = std::mem::take(&mut self.input);
        while let Some((packet, size)) = packet(&input[start..self.filled]) {
            start += size;
            let Packet::Publish { id, kind, slot } = packet else { continue };
            put_puback(&mut self.out, id);
            match kind {
                b'i' => {
                    if run.exchange == Exchange::Handshake {
                        self.publish(RECEIVED, slot);
                    }
                    self.publish(ACCEPT, slot);
                }
                b'a' => {
                    run.set_ups.push(self.began[usize::from(slot)].elapsed());
                    match run.exchange {
                        Exchange::Handshake => self.publish(CONFIRM, slot),
                        Exchange::RoundTrip => run.over += 1,
                    }
                    run.invite(self, slot.into());
                }
                b'c' => run.over += 1,
                _ => {}
            }
        }
        self.input = input;
        self.input.copy_within(start..self.filled, 0);
        self.filled -= start;
    }

    fn write(&mut self) -> io::Result<()> {
        while !self.out.is_empty() {
            match self.tcp.write(&self.out) {
                Ok(count) => drop(self.out.drain(..count)),
                Err(e) if e.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }
}

/// Connects as `me` and subscribes to what is sent to it.
fn connect(broker: SocketAddr, me: &str) -> io::Result<std::net::TcpStream> {
    let mut tcp = std::net::TcpStream::connect(broker)?;
    tcp.set_nodelay(true)?;
    tcp.set_read_timeout(Some(PATIENCE))?;
    let mut input = Vec::new();
    // Version 5, clean start, keep-alive 60 s, no properties.
    let client_id = format!("bare-{me}");
    let mut connect = [&[0, 4][..], b"MQTT", &[5, 0x02, 0, 60, 0]].concat();
    put_text(&mut connect, &client_id);
    let mut subscribe = vec![0, 1, 0]; // Its identifier, no properties.
    put_text(&mut subscribe, &format!("bare/m/{me}/+"));
    subscribe.push(1); // QoS 1
    for (first, body) in [(0x10, connect), (0x82, subscribe)] {
        let mut out = vec![first, body.len() as u8];
        out.extend(body);
        tcp.write_all(&out)?;
        let size = loop {
            if let Some((_, size)) = packet(&input) {
                break size;
            }
            fill(&mut tcp, &mut input)?;
        };
        // The reason is the last byte of a SUBACK, the fourth one of a CONNACK.
        let reason = if first == 0x10 { input[3] } else { input[size - 1] };
        if reason >= 0x80 {
            return Err(io::Error::other(format!("the broker answers the bare client with {reason:#x}")));
        }
        input.drain(..size);
    }
    Ok(tcp)
}

fn fill(tcp: &mut std::net::TcpStream, input: &mut Vec<u8>) -> io::Result<()> {
    let mut bytes = [0; 4096];
    match tcp.read(&mut bytes)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        count => {
            input.extend(&bytes[..count]);
            Ok(())
        }
    }
}

enum Packet {
    Publish { id: u16, kind: u8, slot: u8 },
    Other,
}

/// The first packet, if it is complete, and its size. The broker is trusted.
fn packet(bytes: &[u8]) -> Option<(Packet, usize)> {
    let (length, header) = length(bytes.get(1..)?)?;
    let start = 1 + header;
    let body = bytes.get(start..start + length)?;
    let packet = if bytes[0] >> 4 == 3 {
        let after_topic = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
        let id = u16::from_be_bytes([body[after_topic], body[after_topic + 1]]);
        let payload = after_topic + 3 + usize::from(body[after_topic + 2]); // Properties are short.
        Packet::Publish { id, kind: body[payload], slot: body[payload + 1] }
    } else {
        Packet::Other
    };
    Some((packet, start + length))
}

/// The remaining length, and how many bytes it takes.
fn length(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0;
    for (place, byte) in bytes.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Some((length, place + 1));
        }
    }
    None
}

/// A publish of QoS 1, of `size` bytes: its kind, the slot of its invitation, and letters.
fn put_publish(out: &mut Vec<u8>, topic: &str, id: u16, (kind, size): (u8, usize), slot: u8) {
    const LETTERS: [u8; 512] = [b'x'; 512];
    let length = 2 + topic.len() + 2 + 1 + size;
    out.push(0x32);
    match length {
        ..0x80 => out.push(length as u8),
        _ => out.extend([(length & 0x7f) as u8 | 0x80, (length >> 7) as u8]),
    }
    put_text(out, topic);
    out.extend(id.to_be_bytes());
    out.extend([0, kind, slot]);
    out.extend(&LETTERS[..size - 2]);
}

fn put_puback(out: &mut Vec<u8>, id: u16) {
    let [high, low] = id.to_be_bytes();
    out.extend([0x40, 2, high, low]);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u16).to_be_bytes());
    out.extend(text.as_bytes());
}
