//! The part of MQTT 5 (OASIS standard, 7 March 2019) that a client of QoS 1 speaks: packets to bytes and back, nothing of
//! sessions. What comes from the broker is hostile: anything that is not well-formed is an error, never a panic.

use crate::transport::Bytes;

/// The largest packet this client takes, announced in CONNECT: the longest legal message, its topic and properties.
pub const MAX_PACKET: u32 = 256 << 10;

/// What the broker says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Packet {
    Connack(Connack),
    Publish { topic: String, payload: Bytes, id: Option<u16> },
    Puback { id: u16, reason: u8 },
    Suback { id: u16, reasons: Vec<u8> },
    Unsuback { id: u16 },
    Pingresp,
    Disconnect { reason: u8, text: String },
}

/// The answer to CONNECT, with the defaults of the standard filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connack {
    pub session_present: bool,
    pub reason: u8,
    /// The broker's own sentence, if it gave one.
    pub text: String,
    /// How many publishes may wait for their PUBACK.
    pub receive_maximum: u16,
    pub maximum_qos: u8,
    pub retain_available: bool,
    pub maximum_packet: u32,
    pub server_keep_alive: Option<u16>,
}

/// Why bytes are no packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Malformed {
    /// Longer than [`MAX_PACKET`].
    TooLarge,
    /// A packet that a broker does not send to this client.
    Unexpected(u8),
    /// The content contradicts the standard.
    Content(&'static str),
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Malformed::TooLarge => write!(f, "a packet of more than {MAX_PACKET} bytes"),
            Malformed::Unexpected(kind) => write!(f, "a packet of type {kind}, which is not for this client"),
            Malformed::Content(what) => write!(f, "a malformed {what}"),
        }
    }
}

type Parsed<T> = Result<T, Malformed>;

/// Puts packets together from what arrives.
#[derive(Default)]
pub struct Decoder {
    bytes: Vec<u8>,
    /// Where in `bytes` the next packet begins.
    start: usize,
}

impl Decoder {
    /// Takes more bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.start = 0;
        self.bytes.extend_from_slice(bytes);
    }

    /// The next packet that is complete.
    pub fn next(&mut self) -> Parsed<Option<Packet>> {
        let rest = &self.bytes[self.start..];
        let Some(&first) = rest.first() else { return Ok(None) };
        let Some((length, header)) = frame(&rest[1..])? else { return Ok(None) };
        let end = 1 + header + length;
        if end > MAX_PACKET as usize {
            return Err(Malformed::TooLarge);
        }
        if rest.len() < end {
            return Ok(None);
        }
        let packet = parse(first, &rest[1 + header..end])?;
        self.start += end;
        Ok(Some(packet))
    }
}

/// The length of a packet's rest and of the length itself; `None` if there are not enough bytes yet.
fn frame(bytes: &[u8]) -> Parsed<Option<(usize, usize)>> {
    let mut length = 0;
    for (place, byte) in bytes.iter().take(4).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            return Ok(Some((length, place + 1)));
        }
    }
    if bytes.len() < 4 { Ok(None) } else { Err(Malformed::Content("packet length")) }
}

fn parse(first: u8, body: &[u8]) -> Parsed<Packet> {
    let mut read = Reader(body);
    let flags = first & 0x0f;
    if first >> 4 != 3 && flags != 0 {
        return Err(Malformed::Content("packet header"));
    }
    let packet = match first >> 4 {
        2 => Packet::Connack(connack(&mut read)?),
        3 => publish(flags, &mut read)?,
        4 => {
            let id = read.id("PUBACK")?;
            Packet::Puback { id, reason: read.reason("PUBACK")?.0 }
        }
        9 => {
            let id = read.id("SUBACK")?;
            read.properties("SUBACK")?;
            Packet::Suback { id, reasons: read.take_rest().to_vec() }
        }
        11 => {
            let id = read.id("UNSUBACK")?;
            read.properties("UNSUBACK")?;
            read.take_rest();
            Packet::Unsuback { id }
        }
        13 => Packet::Pingresp,
        14 => {
            let (reason, text) = read.reason("DISCONNECT")?;
            Packet::Disconnect { reason, text }
        }
        kind => return Err(Malformed::Unexpected(kind)),
    };
    if read.0.is_empty() { Ok(packet) } else { Err(Malformed::Content("packet: it goes on after its end")) }
}

fn connack(read: &mut Reader<'_>) -> Parsed<Connack> {
    let flags = read.u8("CONNACK")?;
    if flags > 1 {
        return Err(Malformed::Content("CONNACK"));
    }
    let mut connack = Connack {
        session_present: flags == 1,
        reason: read.u8("CONNACK")?,
        text: String::new(),
        receive_maximum: u16::MAX,
        maximum_qos: 2,
        retain_available: true,
        maximum_packet: u32::MAX,
        server_keep_alive: None,
    };
    for property in read.properties("CONNACK")? {
        match (property.id, property.value) {
            (0x1f, Value::Text(text)) => connack.text = text.into(),
            (0x21, Value::Number(0)) | (0x27, Value::Number(0)) => return Err(Malformed::Content("CONNACK")),
            (0x21, Value::Number(number)) => connack.receive_maximum = number as u16,
            (0x24, Value::Number(number)) => connack.maximum_qos = number as u8,
            (0x25, Value::Number(number)) => connack.retain_available = number != 0,
            (0x27, Value::Number(number)) => connack.maximum_packet = number,
            (0x13, Value::Number(number)) => connack.server_keep_alive = Some(number as u16),
            _ => {}
        }
    }
    Ok(connack)
}

fn publish(flags: u8, read: &mut Reader<'_>) -> Parsed<Packet> {
    let topic = read.text("PUBLISH")?;
    let id = match flags >> 1 & 3 {
        0 => None,
        1 => Some(read.id("PUBLISH")?),
        // Every subscription of this client is of QoS 1.
        _ => return Err(Malformed::Content("PUBLISH: its QoS is not one asked for")),
    };
    // No alias was allowed in CONNECT, so a topic must be there.
    let alias = read.properties("PUBLISH")?.iter().any(|property| property.id == 0x23);
    if alias || topic.is_empty() || topic.contains(['+', '#', '\0']) {
        return Err(Malformed::Content("PUBLISH: its topic is none"));
    }
    Ok(Packet::Publish { topic: topic.into(), payload: read.take_rest().into(), id })
}

/// What is left of a packet.
struct Reader<'a>(&'a [u8]);

/// A property that has been read.
struct Property<'a> {
    id: u8,
    value: Value<'a>,
}

enum Value<'a> {
    Number(u32),
    Text(&'a str),
    /// Nothing that this client looks at.
    Other,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize, what: &'static str) -> Parsed<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Malformed::Content(what))?;
        self.0 = rest;
        Ok(taken)
    }

    fn take_rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }

    fn number(&mut self, bytes: usize, what: &'static str) -> Parsed<u32> {
        Ok(self.take(bytes, what)?.iter().fold(0, |number, byte| number << 8 | u32::from(*byte)))
    }

    fn u8(&mut self, what: &'static str) -> Parsed<u8> {
        self.number(1, what).map(|number| number as u8)
    }

    /// A packet identifier, which is never 0.
    fn id(&mut self, what: &'static str) -> Parsed<u16> {
        match self.number(2, what)? as u16 {
            0 => Err(Malformed::Content(what)),
            id => Ok(id),
        }
    }

    fn binary(&mut self, what: &'static str) -> Parsed<&'a [u8]> {
        let length = self.number(2, what)? as usize;
        self.take(length, what)
    }

    fn text(&mut self, what: &'static str) -> Parsed<&'a str> {
        std::str::from_utf8(self.binary(what)?).map_err(|_| Malformed::Content(what))
    }

    /// A reason and its sentence; where a packet ends early, success.
    fn reason(&mut self, what: &'static str) -> Parsed<(u8, String)> {
        if self.0.is_empty() {
            return Ok((0, String::new()));
        }
        let reason = self.u8(what)?;
        let mut text = String::new();
        if !self.0.is_empty() {
            for property in self.properties(what)? {
                if let (0x1f, Value::Text(sentence)) = (property.id, property.value) {
                    text = sentence.into();
                }
            }
        }
        Ok((reason, text))
    }

    fn properties(&mut self, what: &'static str) -> Parsed<Vec<Property<'a>>> {
        let (length, header) = frame(self.0)?.ok_or(Malformed::Content(what))?;
        self.take(header, what)?;
        let mut inside = Reader(self.take(length, what)?);
        let mut properties = Vec::new();
        while !inside.0.is_empty() {
            properties.push(inside.property(what)?);
        }
        Ok(properties)
    }

    fn property(&mut self, what: &'static str) -> Parsed<Property<'a>> {
        let id = self.u8(what)?;
        let value = match id {
            0x01 | 0x17 | 0x19 | 0x24 | 0x25 | 0x28 | 0x29 | 0x2a => Value::Number(self.number(1, what)?),
            0x13 | 0x21 | 0x22 | 0x23 => Value::Number(self.number(2, what)?),
            0x02 | 0x11 | 0x18 | 0x27 => Value::Number(self.number(4, what)?),
            0x0b => {
                let (number, header) = frame(self.0)?.ok_or(Malformed::Content(what))?;
                self.take(header, what)?;
                Value::Number(number as u32)
            }
            0x03 | 0x08 | 0x12 | 0x15 | 0x1a | 0x1c | 0x1f => Value::Text(self.text(what)?),
            0x09 | 0x16 => {
                self.binary(what)?;
                Value::Other
            }
            0x26 => {
                self.text(what)?;
                self.text(what)?;
                Value::Other
            }
            _ => return Err(Malformed::Content(what)),
        };
        Ok(Property { id, value })
    }
}

/// How this client introduces itself.
pub struct Connect<'a> {
    pub client_id: &'a str,
    pub user: &'a str,
    pub password: Option<&'a [u8]>,
    pub clean_start: bool,
    /// Seconds.
    pub keep_alive: u16,
    /// Seconds for which the broker keeps the session of a broken connection.
    pub session_expiry: u32,
    pub will: Will<'a>,
}

/// What the broker publishes, retained, when this client is gone.
pub struct Will<'a> {
    pub topic: &'a str,
    pub payload: &'a [u8],
    /// Seconds.
    pub delay: u32,
    /// Seconds.
    pub expiry: u32,
}

pub fn connect(out: &mut Vec<u8>, connect: &Connect<'_>) {
    let mut properties = Vec::new();
    put_property(&mut properties, 0x11, &connect.session_expiry.to_be_bytes());
    put_property(&mut properties, 0x27, &MAX_PACKET.to_be_bytes());
    let mut will_properties = Vec::new();
    put_property(&mut will_properties, 0x18, &connect.will.delay.to_be_bytes());
    put_property(&mut will_properties, 0x02, &connect.will.expiry.to_be_bytes());
    // User name; a Will, retained, of QoS 1.
    let flags = 0x80 | 0x20 | 0x08 | 0x04 | u8::from(connect.clean_start) << 1;
    let password_flag = u8::from(connect.password.is_some()) << 6;
    put_packet(out, 0x10, |body| {
        put_binary(body, b"MQTT");
        body.extend([5, flags | password_flag]);
        body.extend(connect.keep_alive.to_be_bytes());
        put_properties(body, &properties);
        put_binary(body, connect.client_id.as_bytes());
        put_properties(body, &will_properties);
        put_binary(body, connect.will.topic.as_bytes());
        put_binary(body, connect.will.payload);
        put_binary(body, connect.user.as_bytes());
        if let Some(password) = connect.password {
            put_binary(body, password);
        }
    });
}

/// A publish of QoS 1. `expiry` in seconds.
pub struct Publish<'a> {
    pub topic: &'a str,
    pub payload: &'a [u8],
    pub retain: bool,
    pub expiry: Option<u32>,
}

impl Publish<'_> {
    /// Its bytes on the wire, at most; to be compared with what the broker takes.
    pub fn size(&self) -> usize {
        self.topic.len() + self.payload.len() + 5 + 2 + 2 + 1 + 5
    }
}

pub fn publish_at_least_once(out: &mut Vec<u8>, id: u16, again: bool, publish: &Publish<'_>) {
    let mut properties = Vec::new();
    if let Some(expiry) = publish.expiry {
        put_property(&mut properties, 0x02, &expiry.to_be_bytes());
    }
    let flags = u8::from(again) << 3 | 0x02 | u8::from(publish.retain);
    put_packet(out, 0x30 | flags, |body| {
        put_binary(body, publish.topic.as_bytes());
        body.extend(id.to_be_bytes());
        put_properties(body, &properties);
        body.extend(publish.payload);
    });
}

pub fn puback(out: &mut Vec<u8>, id: u16) {
    put_packet(out, 0x40, |body| body.extend(id.to_be_bytes()));
}

/// Subscribes to `filters` with QoS 1; retained messages are sent.
pub fn subscribe<'a>(out: &mut Vec<u8>, id: u16, filters: impl IntoIterator<Item = &'a str>) {
    put_packet(out, 0x82, |body| {
        body.extend(id.to_be_bytes());
        put_properties(body, &[]);
        for filter in filters {
            put_binary(body, filter.as_bytes());
            body.push(1);
        }
    });
}

pub fn unsubscribe<'a>(out: &mut Vec<u8>, id: u16, filters: impl IntoIterator<Item = &'a str>) {
    put_packet(out, 0xa2, |body| {
        body.extend(id.to_be_bytes());
        put_properties(body, &[]);
        filters.into_iter().for_each(|filter| put_binary(body, filter.as_bytes()));
    });
}

pub fn pingreq(out: &mut Vec<u8>) {
    put_packet(out, 0xc0, |_| ());
}

/// Ends the connection; the Will is not published. `session_expiry`: for how long the session is kept from now on.
pub fn disconnect(out: &mut Vec<u8>, session_expiry: Option<u32>) {
    put_packet(out, 0xe0, |body| {
        let Some(expiry) = session_expiry else { return };
        let mut properties = Vec::new();
        put_property(&mut properties, 0x11, &expiry.to_be_bytes());
        body.push(0);
        put_properties(body, &properties);
    });
}

fn put_packet(out: &mut Vec<u8>, first: u8, fill: impl FnOnce(&mut Vec<u8>)) {
    let mut body = Vec::new();
    fill(&mut body);
    out.push(first);
    put_length(out, body.len());
    out.append(&mut body);
}

fn put_length(out: &mut Vec<u8>, mut length: usize) {
    loop {
        let byte = (length & 0x7f) as u8;
        length >>= 7;
        if length == 0 {
            return out.push(byte);
        }
        out.push(byte | 0x80);
    }
}

/// Callers keep to 65 535 bytes: user ids, tokens and topics are far shorter, and [`check_token`] sees to tokens.
fn put_binary(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u16).to_be_bytes());
    out.extend(bytes);
}

fn put_properties(out: &mut Vec<u8>, properties: &[u8]) {
    put_length(out, properties.len());
    out.extend(properties);
}

fn put_property(out: &mut Vec<u8>, id: u8, value: &[u8]) {
    out.push(id);
    out.extend(value);
}

/// Whether a token fits into CONNECT.
pub fn check_token(token: &str) -> bool {
    token.len() <= u16::MAX.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Parsed<Option<Packet>> {
        let mut decoder = Decoder::default();
        decoder.push(bytes);
        decoder.next()
    }

    #[test]
    fn packets_of_a_broker_are_read() {
        let connack = read(&[0x20, 9, 1, 0x87, 6, 0x21, 0, 20, 0x13, 0, 30]).unwrap().unwrap();
        let Packet::Connack(connack) = connack else { panic!("{connack:?}") };
        assert!(connack.session_present);
        assert_eq!((connack.reason, connack.receive_maximum, connack.server_keep_alive), (0x87, 20, Some(30)));
        assert_eq!((connack.maximum_qos, connack.maximum_packet), (2, u32::MAX));
        let publish = [0x32, 10, 0, 1, b't', 0, 7, 2, 0x01, 1, b'h', b'i'];
        let payload: Bytes = b"hi"[..].into();
        assert_eq!(read(&publish), Ok(Some(Packet::Publish { topic: "t".into(), payload, id: Some(7) })));
        assert_eq!(read(&[0x40, 2, 0, 7]), Ok(Some(Packet::Puback { id: 7, reason: 0 })));
        assert_eq!(read(&[0x40, 3, 0, 7, 0x10]), Ok(Some(Packet::Puback { id: 7, reason: 0x10 })));
        assert_eq!(read(&[0x90, 5, 0, 7, 0, 1, 0x87]), Ok(Some(Packet::Suback { id: 7, reasons: vec![1, 0x87] })));
        assert_eq!(read(&[0xb0, 4, 0, 7, 0, 0]), Ok(Some(Packet::Unsuback { id: 7 })));
        assert_eq!(read(&[0xd0, 0]), Ok(Some(Packet::Pingresp)));
        let bye = [0xe0, 7, 0x8e, 5, 0x1f, 0, 2, b'o', b'k'];
        assert_eq!(read(&bye), Ok(Some(Packet::Disconnect { reason: 0x8e, text: "ok".into() })));
        assert_eq!(read(&[0xe0, 0]), Ok(Some(Packet::Disconnect { reason: 0, text: String::new() })));
    }

    #[test]
    fn packets_come_in_any_pieces() {
        let bytes = [0x40, 2, 0, 7, 0xd0, 0, 0x90, 4, 0, 8, 0, 1];
        for piece in 1..bytes.len() {
            let mut decoder = Decoder::default();
            let mut packets = Vec::new();
            for part in bytes.chunks(piece) {
                decoder.push(part);
                while let Some(packet) = decoder.next().unwrap() {
                    packets.push(packet);
                }
            }
            assert_eq!(packets.len(), 3, "in pieces of {piece}");
        }
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for (bytes, why) in [
            (&[0x10, 0][..], Malformed::Unexpected(1)),
            (&[0xf0, 0], Malformed::Unexpected(15)),
            (&[0x00, 0], Malformed::Unexpected(0)),
            (&[0x30, 0xff, 0xff, 0xff, 0x7f], Malformed::TooLarge),
            (&[0x30, 0xff, 0xff, 0xff, 0xff], Malformed::Content("packet length")),
            (&[0x41, 2, 0, 7], Malformed::Content("packet header")),
            (&[0x40, 2, 0, 0], Malformed::Content("PUBACK")),
            (&[0x40, 1, 0], Malformed::Content("PUBACK")),
            (&[0xd0, 1, 0], Malformed::Content("packet: it goes on after its end")),
            (&[0x20, 3, 2, 0, 0], Malformed::Content("CONNACK")),
            (&[0x20, 6, 0, 0, 3, 0x21, 0, 0], Malformed::Content("CONNACK")),
            (&[0x20, 5, 0, 0, 9, 0x21, 0], Malformed::Content("CONNACK")),
            (&[0x20, 5, 0, 0, 2, 0x7f, 0], Malformed::Content("CONNACK")),
            (&[0x34, 6, 0, 1, b't', 0, 7, 0], Malformed::Content("PUBLISH: its QoS is not one asked for")),
            (&[0x30, 3, 0, 0, 0], Malformed::Content("PUBLISH: its topic is none")),
            (&[0x30, 4, 0, 1, b'+', 0], Malformed::Content("PUBLISH: its topic is none")),
            (&[0x30, 7, 0, 1, b't', 3, 0x23, 0, 1], Malformed::Content("PUBLISH: its topic is none")),
            (&[0x30, 4, 0, 1, 0xff, 0], Malformed::Content("PUBLISH")),
            (&[0x30, 4, 0, 9, b't', 0], Malformed::Content("PUBLISH")),
        ] {
            assert_eq!(read(bytes), Err(why), "{bytes:02x?}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
        let mut roll = || {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice
        };
        let mut read_some = 0;
        for _ in 0..100_000 {
            let kinds = [0x20, 0x30, 0x32, 0x40, 0x90, 0xb0, 0xd0, 0xe0];
            let length = (roll() % 24) as u8;
            let mut bytes = vec![kinds[(roll() % 8) as usize], length];
            // Small values most of the time: they are lengths that lead on.
            bytes.extend((0..length).map(|_| (roll() % if roll() % 4 == 0 { 256 } else { 8 }) as u8));
            read_some += usize::from(read(&bytes).is_ok());
        }
        assert!(read_some > 1_000, "{read_some} of the packets could be read");
    }

    #[test]
    fn connect_is_written_as_the_standard_says() {
        let mut out = Vec::new();
        let will = Will { topic: "w", payload: b"x", delay: 15, expiry: 60 };
        let (user, password) = ("u", Some(&b"p"[..]));
        let say =
            Connect { client_id: "c", user, password, clean_start: true, keep_alive: 15, session_expiry: 60, will };
        connect(&mut out, &say);
        let expected = [
            &[0x10, 47, 0, 4, b'M', b'Q', b'T', b'T', 5, 0xee, 0, 15][..],
            &[10, 0x11, 0, 0, 0, 60, 0x27, 0, 4, 0, 0],
            &[0, 1, b'c', 10, 0x18, 0, 0, 0, 15, 0x02, 0, 0, 0, 60, 0, 1, b'w', 0, 1, b'x'],
            &[0, 1, b'u', 0, 1, b'p'],
        ];
        assert_eq!(out, expected.concat());
    }

    #[test]
    fn other_packets_are_written_as_the_standard_says() {
        let written = |write: &dyn Fn(&mut Vec<u8>)| {
            let mut out = Vec::new();
            write(&mut out);
            out
        };
        let publish = Publish { topic: "t", payload: &[b'x'; 200], retain: true, expiry: Some(9) };
        let bytes = written(&|out| publish_at_least_once(out, 7, true, &publish));
        assert_eq!(bytes[..14], [0x3b, 0xd3, 1, 0, 1, b't', 0, 7, 5, 2, 0, 0, 0, 9]);
        assert!(bytes.len() == 214 && bytes.len() <= publish.size());
        assert_eq!(written(&|out| puback(out, 7)), [0x40, 2, 0, 7]);
        assert_eq!(written(&|out| subscribe(out, 7, ["a", "b"])), [0x82, 11, 0, 7, 0, 0, 1, b'a', 1, 0, 1, b'b', 1]);
        assert_eq!(written(&|out| unsubscribe(out, 7, ["a"])), [0xa2, 6, 0, 7, 0, 0, 1, b'a']);
        assert_eq!(written(&pingreq), [0xc0, 0]);
        assert_eq!(written(&|out| disconnect(out, None)), [0xe0, 0]);
        assert_eq!(written(&|out| disconnect(out, Some(0))), [0xe0, 7, 0, 5, 0x11, 0, 0, 0, 0]);
    }
}
