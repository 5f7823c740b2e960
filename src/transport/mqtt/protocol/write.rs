//! From packets to bytes.

use super::MAX_PACKET;

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
