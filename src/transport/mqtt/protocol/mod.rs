//! The part of MQTT 5 (OASIS standard, 7 March 2019) that a client of QoS 1 speaks: packets to bytes and back, nothing of
//! sessions. What comes from the broker is hostile: anything that is not well-formed is an error, never a panic.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::Decoder;
pub use write::{
    Connect, Publish, Will, check_token, connect, disconnect, pingreq, puback, publish_at_least_once, subscribe,
    unsubscribe,
};

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
