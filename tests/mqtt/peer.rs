//! A broker made of bytes: says exactly what a test wants it to say.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// Where a session connects to.
pub struct Peer(TcpListener);

/// One connection of a session.
pub struct Link(TcpStream);

/// A packet as it came: its first byte and what follows the length.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Packet {
    pub first: u8,
    pub body: Vec<u8>,
}

/// A PUBLISH of QoS 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Published {
    pub again: bool,
    pub retain: bool,
    pub topic: String,
    pub id: u16,
    pub expiry: Option<u32>,
    pub payload: Vec<u8>,
}

impl Peer {
    pub fn new() -> Peer {
        Peer(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub fn url(&self) -> String {
        format!("mqtt://{}", self.0.local_addr().unwrap())
    }

    /// The next connection.
    pub fn accept(&self) -> Link {
        let (stream, _) = self.0.accept().unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_nodelay(true).unwrap();
        Link(stream)
    }

    /// The next connection, up to the end of its login: with this CONNACK (flags, reason, properties), everything granted
    /// and acknowledged. Answers the CONNECT too.
    pub fn log_in(&self, session_present: bool, properties: &[u8]) -> (Link, Packet) {
        let mut link = self.accept();
        let connect = link.read();
        assert_eq!(connect.first, 0x10);
        link.connack(session_present, 0, properties);
        link.sync();
        (link, connect)
    }
}

impl Packet {
    pub fn published(&self) -> Published {
        assert_eq!(self.first & 0xf6, 0x32, "a PUBLISH of QoS 1, not {self:02x?}");
        let length = usize::from(self.body[0]) << 8 | usize::from(self.body[1]);
        let rest = &self.body[2 + length..];
        let properties = usize::from(rest[2]);
        Published {
            again: self.first & 0x08 != 0,
            retain: self.first & 0x01 != 0,
            topic: String::from_utf8(self.body[2..2 + length].to_vec()).unwrap(),
            id: u16::from_be_bytes([rest[0], rest[1]]),
            expiry: (properties > 0).then(|| u32::from_be_bytes(rest[4..8].try_into().unwrap())),
            payload: rest[3 + properties..].to_vec(),
        }
    }

    /// Of a CONNECT.
    pub fn clean_start(&self) -> bool {
        self.body[7] & 0x02 != 0
    }

    pub fn contains(&self, bytes: &[u8]) -> bool {
        self.body.windows(bytes.len()).any(|window| window == bytes)
    }
}

impl Link {
    /// The next packet.
    pub fn read(&mut self) -> Packet {
        self.try_read().expect("a packet")
    }

    /// The next packet; `None`: the session has closed the connection.
    pub fn try_read(&mut self) -> Option<Packet> {
        let mut first = [0];
        if !matches!(self.0.read(&mut first), Ok(1)) {
            return None;
        }
        let (mut length, mut shift) = (0, 0);
        loop {
            let mut byte = [0];
            self.0.read_exact(&mut byte).unwrap();
            length |= usize::from(byte[0] & 0x7f) << shift;
            shift += 7;
            if byte[0] & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        Some(Packet { first: first[0], body })
    }

    /// The next PUBLISH of a message, past presence and markers, which are acknowledged.
    pub fn message(&mut self) -> Published {
        loop {
            let packet = self.read();
            if packet.first >> 4 == 3 {
                let published = packet.published();
                if published.topic.contains("/m/") && !published.payload.starts_with(b"rtm-sync/1 ") {
                    return published;
                }
                self.puback(published.id, 0);
            }
        }
    }

    /// The next PUBLISH whose topic has this part; everything before it is passed over.
    pub fn publish_of(&mut self, part: &str) -> Published {
        loop {
            let packet = self.read();
            if packet.first >> 4 == 3 && packet.published().topic.contains(part) {
                return packet.published();
            }
        }
    }

    /// Reads until nothing comes for a moment that is long against a loopback; the packets.
    pub fn silence(&mut self) -> Vec<Packet> {
        std::iter::from_fn(|| self.arrived_within(Duration::from_millis(300))).collect()
    }

    /// The next packet, if it comes within this time.
    pub fn arrived_within(&mut self, time: Duration) -> Option<Packet> {
        self.0.set_read_timeout(Some(time)).unwrap();
        let packet = self.try_read();
        self.0.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        packet
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.0.write_all(bytes).unwrap();
    }

    /// False: the session has closed the connection.
    pub fn try_write(&mut self, bytes: &[u8]) -> bool {
        self.0.write_all(bytes).is_ok()
    }

    pub fn connack(&mut self, session_present: bool, reason: u8, properties: &[u8]) {
        let mut packet = vec![0x20, 3 + properties.len() as u8, session_present.into(), reason, properties.len() as u8];
        packet.extend(properties);
        self.write(&packet);
    }

    pub fn puback(&mut self, id: u16, reason: u8) {
        let [high, low] = id.to_be_bytes();
        self.write(&[0x40, 3, high, low, reason]);
    }

    /// Grants every topic of a SUBSCRIBE.
    pub fn suback(&mut self, subscribe: &Packet, reasons: &[u8]) {
        let mut packet = vec![0x90, 3 + reasons.len() as u8, subscribe.body[0], subscribe.body[1], 0];
        packet.extend(reasons);
        self.write(&packet);
    }

    pub fn publish(&mut self, id: u16, topic: &str, payload: &[u8]) {
        let mut body = (topic.len() as u16).to_be_bytes().to_vec();
        body.extend(topic.as_bytes());
        body.extend(id.to_be_bytes());
        body.push(0);
        body.extend(payload);
        assert!(body.len() < 1 << 14, "two bytes of length are enough for a test");
        self.write(&[0x32, body.len() as u8 & 0x7f | 0x80, (body.len() >> 7) as u8]);
        self.write(&body);
    }

    /// A message of QoS 0, which nobody acknowledges.
    pub fn publish_at_most_once(&mut self, topic: &str, payload: &[u8]) {
        let mut body = (topic.len() as u16).to_be_bytes().to_vec();
        body.extend(topic.as_bytes());
        body.push(0);
        body.extend(payload);
        assert!(body.len() < 1 << 7, "a byte of length is enough for a test");
        self.write(&[0x30, body.len() as u8]);
        self.write(&body);
    }

    /// From SUBSCRIBE over the marker, which is sent back, to the presence, which is acknowledged: the last of what this
    /// answers. Before it come the messages that were published meanwhile.
    pub fn sync(&mut self) -> Vec<Published> {
        let mut before = Vec::new();
        loop {
            let packet = self.read();
            match packet.first >> 4 {
                8 => self.suback(&packet, &[1, 1]),
                3 => {
                    let published = packet.published();
                    if published.payload.starts_with(b"rtm-sync/1 ") {
                        self.puback(published.id, 0);
                        self.publish(1, &published.topic, &published.payload);
                        continue;
                    }
                    let presence = published.topic.contains("/p/");
                    if presence {
                        self.puback(published.id, 0);
                    }
                    before.push(published);
                    if presence {
                        return before;
                    }
                }
                _ => {}
            }
        }
    }
}
