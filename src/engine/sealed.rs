//! Messages of this process: they reach an engine in it as they were made, and become bytes when a carrier asks for those.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::Bytes;
use super::message::{Envelope, Malformed, Message, VERSION, decode, encode, reason_name, side_name};
use crate::bytes::Source;
use crate::codes::EndReason as Reason;

/// The digits of 64 bits.
const HEX64: usize = 16;

/// A message, and its bytes once somebody has looked at them.
struct Sealed {
    envelope: Envelope,
    size: usize,
    bytes: OnceLock<Box<[u8]>>,
}

impl Source for Sealed {
    fn bytes(&self) -> &[u8] {
        self.bytes.get_or_init(|| self.write().into_boxed_slice())
    }

    fn write(&self) -> Vec<u8> {
        let bytes = encode(&self.envelope);
        debug_assert!(bytes.len() == self.size, "{:?}", self.envelope);
        bytes
    }

    fn size(&self) -> usize {
        self.size
    }
}

/// The bytes of a message. Its texts are within their limits: who makes it has looked.
pub fn seal(envelope: Envelope) -> Bytes {
    let size = size(&envelope);
    Bytes::of(Arc::new(Sealed { envelope, size, bytes: OnceLock::new() }))
}

/// The message in `bytes`: taken as it is if it was made here, else decoded.
pub fn read(bytes: &Bytes) -> Result<Cow<'_, Envelope>, Malformed> {
    match bytes.source::<Sealed>() {
        Some(sealed) => Ok(Cow::Borrowed(&sealed.envelope)),
        None => decode(bytes).map(Cow::Owned),
    }
}

/// How many bytes [`encode`] makes of it.
fn size(envelope: &Envelope) -> usize {
    // `"name":"value",`; one comma more than there is makes up for one of the two braces.
    let quoted = |name: &str, value: usize| name.len() + value + 6;
    let number = |name: &str, value: u32| name.len() + digits(value) + 4;
    let text = |name: &str, value: &str| quoted(name, escaped(value));
    let own = match &envelope.message {
        Message::Invite { content, channel, windows } => {
            let windows = number("ack_ms", windows.acknowledge_ms)
                + number("ring_ms", windows.ring_ms)
                + number("accept_ms", windows.accept_ms);
            text("content", content) + text("channel", channel) + windows
        }
        Message::Received => 0,
        Message::Accept { response } => text("response", response),
        Message::Confirm { .. } => quoted("to", HEX64),
        Message::End { side, to, reason, response } => {
            let answer = if *reason == Reason::Refused { text("response", response) } else { 0 };
            let to = to.map_or(0, |_| quoted("to", HEX64));
            quoted("side", side_name(*side).len()) + quoted("reason", reason_name(*reason).len()) + to + answer
        }
        Message::Ended { side } => quoted("side", side_name(*side).len()),
        Message::Text { text: body, .. } => quoted("number", HEX64) + text("text", body),
        Message::Raw { data, text: body, .. } => {
            quoted("number", HEX64) + quoted("data", data.len().div_ceil(3) * 4) + text("text", body)
        }
        Message::Delivered { .. } => quoted("number", HEX64) + quoted("to", HEX64),
    };
    let id = if envelope.id.0 == 0 { 0 } else { quoted("id", 2 * HEX64) };
    let kind = quoted("type", envelope.message.kind().len());
    1 + quoted("v", VERSION.len()) + kind + id + quoted("instance", HEX64) + own
}

/// The length of a text with the escapes that JSON wants.
fn escaped(text: &str) -> usize {
    let special = |byte: u8| byte < 0x20 || byte == b'"' || byte == b'\\';
    // Hardly any text has some, and this looks at many bytes at once.
    if !text.bytes().fold(false, |any, byte| any | special(byte)) {
        return text.len();
    }
    let more = |byte: u8| match byte {
        b'"' | b'\\' | 0x08 | 0x09 | 0x0a | 0x0c | 0x0d => 1,
        0..0x20 => 5,
        _ => 0,
    };
    text.len() + text.bytes().map(more).sum::<usize>()
}

fn digits(number: u32) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}
