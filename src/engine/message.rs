//! The wire form: versioned JSON, one object a message (docs/PROTOCOL.md). `decode` takes hostile bytes and never panics.

use std::borrow::Cow;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::Windows;
use super::json::{Reader, Writer};
use super::user::{MAX_CHANNEL_ID, MAX_CONTENT, MAX_MESSAGE};
use crate::codes::EndReason as Reason;
use crate::codes::EndSide as Side;

/// The version that this library writes. It reads every minor version of the same major one.
pub const VERSION: &str = "1.0";
/// Longest message, in bytes: a peer message of 32 KiB whose every byte JSON escapes to six, and its frame.
pub const MAX_WIRE: usize = 6 * MAX_MESSAGE + 1024;

/// The id of an invitation: 128 random bits, 32 lower-case hexadecimal digits on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u128);

/// The id of one login of one user: 64 random bits, 16 digits on the wire. Peer messages are numbered in the same form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance(pub u64);

/// One message, its texts borrowed from the bytes where JSON allows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message<'a> {
    Invite { content: Cow<'a, str>, channel: Cow<'a, str>, windows: Windows },
    Received,
    Accept { response: Cow<'a, str> },
    Confirm { to: Instance },
    End { side: Side, to: Option<Instance>, reason: Reason, response: Cow<'a, str> },
    Ended { side: Side },
    Text { number: u64, text: Cow<'a, str> },
    Raw { number: u64, data: Vec<u8>, text: Cow<'a, str> },
    Delivered { number: u64, to: Instance },
}

/// The types of messages.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    Invite,
    Received,
    Accept,
    Confirm,
    End,
    Ended,
    Message,
    Delivered,
}

/// A message with its envelope.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope<'a> {
    /// The invitation, never 0; 0 in peer messages, which have none.
    pub id: CallId,
    /// The sender's instance.
    pub instance: Instance,
    pub message: Message<'a>,
}

/// Why bytes are no message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Malformed {
    /// Not JSON of this shape, or a field is missing or out of bounds.
    Shape,
    /// Longer than any message.
    Oversized,
    /// Another major version.
    Version,
    /// A type that this version does not know.
    Type,
}

/// The fields of all messages; each type uses some. One that was there may have been null, which is as if it was not.
#[derive(Default)]
struct Fields<'a> {
    v: Field<Cow<'a, str>>,
    kind: Field<Cow<'a, str>>,
    id: Field<Cow<'a, str>>,
    instance: Field<Cow<'a, str>>,
    number: Field<Cow<'a, str>>,
    side: Field<Cow<'a, str>>,
    to: Field<Cow<'a, str>>,
    reason: Field<Cow<'a, str>>,
    content: Field<Cow<'a, str>>,
    channel: Field<Cow<'a, str>>,
    response: Field<Cow<'a, str>>,
    text: Field<Cow<'a, str>>,
    data: Field<Cow<'a, str>>,
    ack_ms: Field<u32>,
    ring_ms: Field<u32>,
    accept_ms: Field<u32>,
}

type Field<T> = Option<Option<T>>;

/// The bytes of a message.
pub fn encode(envelope: &Envelope<'_>) -> Vec<u8> {
    const FRAME: usize = 256;
    let texts = match &envelope.message {
        Message::Invite { content, channel, .. } => content.len() + channel.len(),
        Message::Accept { response } | Message::End { response, .. } => response.len(),
        Message::Text { text, .. } | Message::Raw { text, .. } => text.len(),
        _ => 0,
    };
    let mut object = Writer::new(FRAME + texts);
    object.plain("v", VERSION);
    object.plain("type", envelope.message.kind());
    if envelope.id.0 != 0 {
        object.plain("id", Hex::<32>::of(envelope.id.0).as_str());
    }
    object.plain("instance", Hex::<16>::of(envelope.instance.0.into()).as_str());
    let hex = |number: u64| Hex::<16>::of(number.into());
    match &envelope.message {
        Message::Invite { content, channel, windows } => {
            object.text("content", content);
            object.text("channel", channel);
            object.number("ack_ms", windows.acknowledge_ms);
            object.number("ring_ms", windows.ring_ms);
            object.number("accept_ms", windows.accept_ms);
        }
        Message::Received => {}
        Message::Accept { response } => object.text("response", response),
        Message::Confirm { to } => object.plain("to", hex(to.0).as_str()),
        Message::End { side, to, reason, response } => {
            object.plain("side", side_name(*side));
            if let Some(to) = to {
                object.plain("to", hex(to.0).as_str());
            }
            object.plain("reason", reason_name(*reason));
            if *reason == Reason::Refused {
                object.text("response", response);
            }
        }
        Message::Ended { side } => object.plain("side", side_name(*side)),
        Message::Text { number, text } => {
            object.plain("number", hex(*number).as_str());
            object.text("text", text);
        }
        Message::Raw { number, data, text } => {
            object.plain("number", hex(*number).as_str());
            object.text("text", text);
            object.plain("data", &BASE64.encode(data));
        }
        Message::Delivered { number, to } => {
            object.plain("number", hex(*number).as_str());
            object.plain("to", hex(to.0).as_str());
        }
    }
    object.finish()
}

/// The message in `bytes`. Unknown fields are ignored, texts are within their limits when it returns.
pub fn decode(bytes: &[u8]) -> Result<Envelope<'_>, Malformed> {
    if bytes.len() > MAX_WIRE {
        return Err(Malformed::Oversized);
    }
    let fields = Fields::of(bytes).ok_or(Malformed::Shape)?;
    let needed = |field: Field<_>| field.flatten().ok_or(Malformed::Shape);
    check_version(&needed(fields.v)?)?;
    let kind = needed(fields.kind)?;
    let instance = Instance(unhex(&needed(fields.instance)?, 16)? as u64);
    let id = || match unhex(&needed(fields.id)?, 32)? {
        0 => Err(Malformed::Shape),
        id => Ok(CallId(id)),
    };
    let number = || Ok(unhex(&needed(fields.number)?, 16)? as u64);
    let to = || fields.to.flatten().map(|to| unhex(&to, 16).map(|to| Instance(to as u64))).transpose();
    let (id, message) = match &*kind {
        "invite" => {
            let window = |ms: Field<u32>| ms.flatten().filter(|ms| *ms > 0).ok_or(Malformed::Shape);
            let windows = Windows {
                acknowledge_ms: window(fields.ack_ms)?,
                ring_ms: window(fields.ring_ms)?,
                accept_ms: window(fields.accept_ms)?,
            };
            let content = text(fields.content, MAX_CONTENT)?;
            let channel = text(fields.channel, MAX_CHANNEL_ID)?;
            (id()?, Message::Invite { content, channel, windows })
        }
        "received" => (id()?, Message::Received),
        "accept" => (id()?, Message::Accept { response: text(fields.response, MAX_CONTENT)? }),
        "confirm" => (id()?, Message::Confirm { to: to()?.ok_or(Malformed::Shape)? }),
        "end" => {
            let reason = reason_of(&needed(fields.reason)?);
            let response = text(fields.response, MAX_CONTENT)?;
            (id()?, Message::End { side: side_of(fields.side.flatten().as_deref())?, to: to()?, reason, response })
        }
        "ended" => (id()?, Message::Ended { side: side_of(fields.side.flatten().as_deref())? }),
        "message" => {
            let number = number()?;
            let text = text(fields.text, MAX_MESSAGE)?;
            match fields.data.flatten() {
                None => (CallId(0), Message::Text { number, text }),
                Some(data) => {
                    let data = BASE64.decode(data.as_bytes()).map_err(|_| Malformed::Shape)?;
                    if data.len() > MAX_MESSAGE {
                        return Err(Malformed::Oversized);
                    }
                    (CallId(0), Message::Raw { number, data, text })
                }
            }
        }
        "delivered" => (CallId(0), Message::Delivered { number: number()?, to: to()?.ok_or(Malformed::Shape)? }),
        _ => return Err(Malformed::Type),
    };
    Ok(Envelope { id, instance, message })
}

impl<'a> Fields<'a> {
    /// Those in `bytes`, if that is one JSON object in which no field occurs twice or has another type.
    fn of(bytes: &'a [u8]) -> Option<Fields<'a>> {
        fn once<T>(field: &mut Field<T>, value: Option<T>) -> Option<()> {
            field.replace(value).is_none().then_some(())
        }
        let mut fields = Fields::default();
        Reader::object(bytes, |name, reader| {
            let text = match name {
                "v" => &mut fields.v,
                "type" => &mut fields.kind,
                "id" => &mut fields.id,
                "instance" => &mut fields.instance,
                "number" => &mut fields.number,
                "side" => &mut fields.side,
                "to" => &mut fields.to,
                "reason" => &mut fields.reason,
                "content" => &mut fields.content,
                "channel" => &mut fields.channel,
                "response" => &mut fields.response,
                "text" => &mut fields.text,
                "data" => &mut fields.data,
                "ack_ms" => return once(&mut fields.ack_ms, reader.optional(Reader::number)?),
                "ring_ms" => return once(&mut fields.ring_ms, reader.optional(Reader::number)?),
                "accept_ms" => return once(&mut fields.accept_ms, reader.optional(Reader::number)?),
                _ => return reader.skip(),
            };
            once(text, reader.optional(Reader::text)?)
        })?;
        Some(fields)
    }
}

impl Message<'_> {
    /// The type.
    pub fn which(&self) -> Kind {
        match self {
            Message::Invite { .. } => Kind::Invite,
            Message::Received => Kind::Received,
            Message::Accept { .. } => Kind::Accept,
            Message::Confirm { .. } => Kind::Confirm,
            Message::End { .. } => Kind::End,
            Message::Ended { .. } => Kind::Ended,
            Message::Text { .. } | Message::Raw { .. } => Kind::Message,
            Message::Delivered { .. } => Kind::Delivered,
        }
    }

    /// The type on the wire.
    pub fn kind(&self) -> &'static str {
        self.which().name()
    }
}

impl Kind {
    /// The type on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Invite => "invite",
            Kind::Received => "received",
            Kind::Accept => "accept",
            Kind::Confirm => "confirm",
            Kind::End => "end",
            Kind::Ended => "ended",
            Kind::Message => "message",
            Kind::Delivered => "delivered",
        }
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl CallId {
    /// The id that [`CallId`]'s `Display` wrote as `text`.
    pub fn parse(text: &str) -> Option<CallId> {
        unhex(text, 32).ok().map(CallId)
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text of at most `limit` bytes without U+0000; a missing one is empty.
fn text(text: Field<Cow<'_, str>>, limit: usize) -> Result<Cow<'_, str>, Malformed> {
    let text = text.flatten().unwrap_or_default();
    match text.len() {
        len if len > limit => Err(Malformed::Oversized),
        _ if text.contains('\0') => Err(Malformed::Shape),
        _ => Ok(text),
    }
}

fn check_version(version: &str) -> Result<(), Malformed> {
    if version == VERSION {
        return Ok(());
    }
    let (major, minor) = version.split_once('.').ok_or(Malformed::Shape)?;
    let digits = |s: &str| !s.is_empty() && s.len() <= 5 && s.bytes().all(|b| b.is_ascii_digit());
    match (digits(major) && digits(minor), major) {
        (false, _) => Err(Malformed::Shape),
        (true, "1") => Ok(()),
        (true, _) => Err(Malformed::Version),
    }
}

fn side_name(side: Side) -> &'static str {
    if side == Side::Caller { "caller" } else { "callee" }
}

fn side_of(name: Option<&str>) -> Result<Side, Malformed> {
    match name {
        Some("caller") => Ok(Side::Caller),
        Some("callee") => Ok(Side::Callee),
        _ => Err(Malformed::Shape),
    }
}

/// The name of a reason on the wire and in logs.
pub fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::None => "none",
        Reason::Accepted => "accepted",
        Reason::Refused => "refused",
        Reason::Canceled => "canceled",
        Reason::Unreachable => "unreachable",
        Reason::NoResponse => "no_response",
        Reason::Expired => "expired",
        Reason::NotLoggedIn => "not_logged_in",
        Reason::LoggedOut => "logged_out",
        Reason::AcceptUnconfirmed => "accept_unconfirmed",
        Reason::Kicked => "kicked",
        Reason::CallerLost => "caller_lost",
        Reason::AnsweredElsewhere => "answered_elsewhere",
        Reason::RefusedElsewhere => "refused_elsewhere",
        Reason::Released => "released",
        Reason::Error => "error",
    }
}

/// A reason that this version does not know counts as `error`.
fn reason_of(name: &str) -> Reason {
    Reason::ALL.iter().copied().find(|reason| reason_name(*reason) == name).unwrap_or(Reason::Error)
}

/// The lower-case hexadecimal digits of a number, on the stack.
struct Hex<const N: usize>([u8; N]);

impl<const N: usize> Hex<N> {
    fn of(number: u128) -> Hex<N> {
        let mut digits = [0; N];
        for (pair, byte) in digits.rchunks_exact_mut(2).zip(number.to_le_bytes()) {
            pair.copy_from_slice(&[byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
        }
        Hex(digits)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("hexadecimal digits are ASCII")
    }
}

fn unhex(text: &str, digits: usize) -> Result<u128, Malformed> {
    if text.len() != digits {
        return Err(Malformed::Shape);
    }
    // In two halves: a number of 128 bits is slow to shift.
    let half = |text: &[u8]| {
        text.iter().try_fold(0_u64, |number, byte| match byte {
            b'0'..=b'9' => Ok(number << 4 | u64::from(byte - b'0')),
            b'a'..=b'f' => Ok(number << 4 | u64::from(byte - b'a' + 10)),
            _ => Err(Malformed::Shape),
        })
    };
    let (high, low) = text.as_bytes().split_at(digits - 16);
    Ok(u128::from(half(high)?) << 64 | u128::from(half(low)?))
}
