//! From bytes to packets. Every length is checked against what is there; nothing is taken on trust.

use super::{Connack, MAX_PACKET, Malformed, Packet};

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
