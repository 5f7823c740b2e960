//! A bare MQTT 5 client, for what the library would never do: write in another's name, read another's mail, send rubbish.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use super::story::BOUND;

const CONNECT: u8 = 0x10;
const CONNACK: u8 = 0x20;
const PUBLISH_QOS_1: u8 = 0x32;
const PUBACK: u8 = 0x40;
const SUBSCRIBE: u8 = 0x82;
const SUBACK: u8 = 0x90;

/// A connection on which a login succeeded.
pub struct Client {
    stream: TcpStream,
    last_id: u16,
    /// Messages that came while something else was waited for.
    waiting: Vec<(String, Vec<u8>)>,
}

impl Client {
    /// Logs in; otherwise the reason code of the broker.
    pub fn connect(broker: SocketAddr, name: &str, password: &str) -> Result<Client, u8> {
        Client::connect_as(broker, name, name, password)
    }

    /// The same without a password, at a broker that may be about to start or to end.
    pub fn try_connect(broker: SocketAddr, name: &str) -> Option<Client> {
        Client::open(broker, name, name, "").ok()?.ok()
    }

    /// The same, with a client id that is not the user name.
    pub fn connect_as(broker: SocketAddr, client_id: &str, name: &str, password: &str) -> Result<Client, u8> {
        Client::open(broker, client_id, name, password).expect("the broker listens and answers")
    }

    fn open(broker: SocketAddr, client_id: &str, name: &str, password: &str) -> io::Result<Result<Client, u8>> {
        let stream = TcpStream::connect(broker)?;
        stream.set_read_timeout(Some(BOUND))?;
        stream.set_nodelay(true)?;
        let mut client = Client { stream, last_id: 0, waiting: Vec::new() };
        // Version 5, user name, password, clean start; a minute to the next sign of life; no properties.
        let mut body = b"\x00\x04MQTT\x05\xc2\x00\x3c\x00".to_vec();
        for text in [client_id, name, password] {
            text_to(&mut body, text);
        }
        client.write(CONNECT, &body)?;
        let (_, answer) = client.read_kind(CONNACK)?;
        Ok(if answer[1] == 0 { Ok(client) } else { Err(answer[1]) })
    }

    /// Publishes with QoS 1; the reason code of the answer.
    pub fn publish(&mut self, topic: &str, payload: &[u8]) -> io::Result<u8> {
        let id = self.send(topic, payload)?;
        loop {
            let (_, answer) = self.read_kind(PUBACK)?;
            if answer[..2] == id.to_be_bytes() {
                return Ok(answer.get(2).copied().unwrap_or(0)); // A short answer is success.
            }
        }
    }

    /// Publishes many, not waiting for one answer before the next is sent; how many were answered with each code.
    pub fn publish_all<'a>(
        &mut self,
        messages: impl Iterator<Item = (&'a str, Vec<u8>)>,
    ) -> io::Result<Vec<(u8, usize)>> {
        // Mosquitto takes no more than 20 without an answer unless it says so.
        const UNDER_WAY: usize = 20;
        let (mut open, mut counts) = (0, std::collections::BTreeMap::new());
        let mut answer = |client: &mut Client| -> io::Result<()> {
            let (_, answer) = client.read_kind(PUBACK)?;
            *counts.entry(answer.get(2).copied().unwrap_or(0)).or_insert(0) += 1;
            Ok(())
        };
        for (topic, payload) in messages {
            if open == UNDER_WAY {
                answer(self)?;
                open -= 1;
            }
            self.send(topic, &payload)?;
            open += 1;
        }
        for _ in 0..open {
            answer(self)?;
        }
        Ok(counts.into_iter().collect())
    }

    /// Subscribes with QoS 1; the reason code of the answer.
    pub fn subscribe(&mut self, filter: &str) -> u8 {
        self.last_id = self.last_id % u16::MAX + 1;
        let mut body = self.last_id.to_be_bytes().to_vec();
        body.push(0);
        text_to(&mut body, filter);
        body.push(1);
        self.write(SUBSCRIBE, &body).expect("the broker reads");
        let (_, answer) = self.read_kind(SUBACK).expect("the broker answers");
        *answer.last().expect("an answer for each filter")
    }

    /// The next message, its topic and payload; `None` if none comes in time.
    pub fn next(&mut self, within: Duration) -> Option<(String, Vec<u8>)> {
        if !self.waiting.is_empty() {
            return Some(self.waiting.remove(0));
        }
        self.stream.set_read_timeout(Some(within)).expect("the time is not 0");
        while self.waiting.is_empty() && self.read().is_ok() {}
        self.stream.set_read_timeout(Some(BOUND)).expect("the time is not 0");
        (!self.waiting.is_empty()).then(|| self.waiting.remove(0))
    }

    /// Whether the broker closed the connection.
    pub fn is_closed(&mut self) -> bool {
        self.read().is_err_and(|e| !matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut))
    }

    fn send(&mut self, topic: &str, payload: &[u8]) -> io::Result<u16> {
        self.last_id = self.last_id % u16::MAX + 1;
        let mut body = Vec::new();
        text_to(&mut body, topic);
        body.extend(self.last_id.to_be_bytes());
        body.push(0);
        body.extend(payload);
        self.write(PUBLISH_QOS_1, &body)?;
        Ok(self.last_id)
    }

    fn write(&mut self, kind: u8, body: &[u8]) -> io::Result<()> {
        let mut packet = vec![kind];
        let mut length = body.len();
        loop {
            let more = if length > 0x7f { 0x80 } else { 0 };
            packet.push(u8::try_from(length & 0x7f).expect("seven bits") | more);
            length >>= 7;
            if more == 0 {
                break;
            }
        }
        packet.extend(body);
        self.stream.write_all(&packet)
    }

    fn read_kind(&mut self, kind: u8) -> io::Result<(u8, Vec<u8>)> {
        loop {
            let packet = self.read()?;
            if packet.0 == kind {
                return Ok(packet);
            }
        }
    }

    /// Reads one packet; a message is acknowledged and kept.
    fn read(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let (mut kind, mut byte) = ([0], [0]);
        self.stream.read_exact(&mut kind)?;
        let (mut length, mut shift) = (0, 0);
        loop {
            self.stream.read_exact(&mut byte)?;
            length |= usize::from(byte[0] & 0x7f) << shift;
            shift += 7;
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        if kind[0] & 0xf0 == 0x30 {
            let end = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
            let topic = String::from_utf8_lossy(&body[2..end]).into_owned();
            let mut rest = &body[end..];
            if kind[0] & 0x06 != 0 {
                let id = [rest[0], rest[1]];
                rest = &rest[2..];
                self.write(PUBACK, &id)?;
            }
            // Properties: their length is below 128 in all that these tests receive.
            self.waiting.push((topic, rest[1 + usize::from(rest[0])..].to_vec()));
        }
        Ok((kind[0], body))
    }
}

fn text_to(body: &mut Vec<u8>, text: &str) {
    body.extend(u16::try_from(text.len()).expect("the text is short").to_be_bytes());
    body.extend(text.as_bytes());
}
