//! The wire form: versioned JSON, one object a message (docs/PROTOCOL.md). `decode` takes hostile bytes and never panics.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Deserializer, Serialize};

use super::user::{MAX_CHANNEL_ID, MAX_CONTENT, MAX_MESSAGE};
use super::{SharedText, Windows};
use crate::codes::EndReason as Reason;
use crate::codes::EndSide as Side;

/// The version that this library writes. It reads every minor version of the same major one.
pub const VERSION: &str = "1.0";
/// Longest message, in bytes: a peer message of 32 KiB whose every byte JSON escapes to six, and its frame.
pub const MAX_WIRE: usize = 6 * MAX_MESSAGE + 1024;

/// Room for all of a message but its texts.
const FRAME: usize = 256;

/// The id of an invitation: 128 random bits, 32 lower-case hexadecimal digits on the wire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u128);

/// The id of one login of one user: 64 random bits, 16 digits on the wire. Peer messages are numbered in the same form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instance(pub u64);

/// One message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Message {
    Invite { content: SharedText, channel: SharedText, windows: Windows },
    Received,
    Accept { response: SharedText },
    Confirm { to: Instance },
    End { side: Side, to: Option<Instance>, reason: Reason, response: SharedText },
    Ended { side: Side },
    Text { number: u64, text: SharedText },
    Raw { number: u64, data: Arc<[u8]>, text: SharedText },
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
pub struct Envelope {
    /// The invitation, never 0; 0 in peer messages, which have none.
    pub id: CallId,
    /// The sender's instance.
    pub instance: Instance,
    pub message: Message,
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

/// The fields of all messages; each type uses some.
#[derive(Serialize, Deserialize, Default)]
struct Fields<'a> {
    #[serde(borrow)]
    v: Cow<'a, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "borrowed", skip_serializing_if = "Option::is_none")]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    instance: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "borrowed", skip_serializing_if = "Option::is_none")]
    number: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed", skip_serializing_if = "Option::is_none")]
    side: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed", skip_serializing_if = "Option::is_none")]
    to: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed", skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed", skip_serializing_if = "Option::is_none")]
    content: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed", skip_serializing_if = "Option::is_none")]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed", skip_serializing_if = "Option::is_none")]
    response: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed", skip_serializing_if = "Option::is_none")]
    text: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "borrowed", skip_serializing_if = "Option::is_none")]
    data: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ack_ms: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ring_ms: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accept_ms: Option<u32>,
}

/// A text that is borrowed where JSON allows. Inside an `Option`, serde would copy it.
fn borrowed<'de: 'a, 'a, D: Deserializer<'de>>(from: D) -> Result<Option<Cow<'a, str>>, D::Error> {
    #[derive(Deserialize)]
    struct Text<'a>(#[serde(borrow)] Cow<'a, str>);
    Ok(Option::<Text<'_>>::deserialize(from)?.map(|text| text.0))
}

/// The bytes of a message.
pub fn encode(envelope: &Envelope) -> Vec<u8> {
    let (id, instance) = (Hex::<32>::of(envelope.id.0), Hex::<16>::of(envelope.instance.0.into()));
    let (to, number);
    let mut fields = Fields { v: VERSION.into(), instance: instance.as_str().into(), ..Fields::default() };
    fields.kind = envelope.message.kind().into();
    if envelope.id.0 != 0 {
        fields.id = Some(id.as_str().into());
    }
    match &envelope.message {
        Message::Invite { content, channel, windows } => {
            fields.content = Some(Cow::Borrowed(content));
            fields.channel = Some(Cow::Borrowed(channel));
            fields.ack_ms = Some(windows.acknowledge_ms);
            fields.ring_ms = Some(windows.ring_ms);
            fields.accept_ms = Some(windows.accept_ms);
        }
        Message::Received => {}
        Message::Accept { response } => fields.response = Some(Cow::Borrowed(response)),
        Message::Confirm { to: instance } => {
            to = Hex::<16>::of(instance.0.into());
            fields.to = Some(to.as_str().into());
        }
        Message::End { side, to: instance, reason, response } => {
            fields.side = Some(side_name(*side).into());
            fields.reason = Some(reason_name(*reason).into());
            if let Some(instance) = instance {
                to = Hex::<16>::of(instance.0.into());
                fields.to = Some(to.as_str().into());
            }
            if *reason == Reason::Refused {
                fields.response = Some(Cow::Borrowed(response));
            }
        }
        Message::Ended { side } => fields.side = Some(side_name(*side).into()),
        Message::Text { number: n, text } => {
            number = Hex::<16>::of((*n).into());
            fields.number = Some(number.as_str().into());
            fields.text = Some(Cow::Borrowed(text));
        }
        Message::Raw { number: n, data, text } => {
            number = Hex::<16>::of((*n).into());
            fields.number = Some(number.as_str().into());
            fields.data = Some(BASE64.encode(data).into());
            fields.text = Some(Cow::Borrowed(text));
        }
        Message::Delivered { number: n, to: instance } => {
            number = Hex::<16>::of((*n).into());
            fields.number = Some(number.as_str().into());
            to = Hex::<16>::of(instance.0.into());
            fields.to = Some(to.as_str().into());
        }
    }
    let texts = [&fields.content, &fields.channel, &fields.response, &fields.text, &fields.data];
    let texts: usize = texts.into_iter().flatten().map(|text| text.len()).sum();
    let mut bytes = Vec::with_capacity(FRAME + texts);
    serde_json::to_writer(&mut bytes, &fields).expect("strings and numbers always serialize");
    bytes
}

/// The message in `bytes`. Unknown fields are ignored, texts are within their limits when it returns.
pub fn decode(bytes: &[u8]) -> Result<Envelope, Malformed> {
    if bytes.len() > MAX_WIRE {
        return Err(Malformed::Oversized);
    }
    let json = std::str::from_utf8(bytes).map_err(|_| Malformed::Shape)?;
    // serde would take the values without their names, too, in an array.
    if json.trim_start().starts_with('[') {
        return Err(Malformed::Shape);
    }
    let fields: Fields<'_> = serde_json::from_str(json).map_err(|_| Malformed::Shape)?;
    check_version(&fields.v)?;
    let instance = Instance(unhex(&fields.instance, 16)? as u64);
    let id = || match fields.id.as_deref().map_or(Err(Malformed::Shape), |id| unhex(id, 32))? {
        0 => Err(Malformed::Shape),
        id => Ok(CallId(id)),
    };
    let number = || Ok(fields.number.as_deref().map_or(Err(Malformed::Shape), |n| unhex(n, 16))? as u64);
    let to = || fields.to.as_deref().map(|to| unhex(to, 16).map(|to| Instance(to as u64))).transpose();
    let (id, message) = match &*fields.kind {
        "invite" => {
            let window = |ms: Option<u32>| ms.filter(|ms| *ms > 0).ok_or(Malformed::Shape);
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
            let reason = reason_of(fields.reason.as_deref().ok_or(Malformed::Shape)?);
            let response = text(fields.response, MAX_CONTENT)?;
            (id()?, Message::End { side: side_of(fields.side.as_deref())?, to: to()?, reason, response })
        }
        "ended" => (id()?, Message::Ended { side: side_of(fields.side.as_deref())? }),
        "message" => {
            let number = number()?;
            let text = text(fields.text, MAX_MESSAGE)?;
            match &fields.data {
                None => (CallId(0), Message::Text { number, text }),
                Some(data) => {
                    let data = BASE64.decode(data.as_bytes()).map_err(|_| Malformed::Shape)?;
                    if data.len() > MAX_MESSAGE {
                        return Err(Malformed::Oversized);
                    }
                    (CallId(0), Message::Raw { number, data: data.into(), text })
                }
            }
        }
        "delivered" => (CallId(0), Message::Delivered { number: number()?, to: to()?.ok_or(Malformed::Shape)? }),
        _ => return Err(Malformed::Type),
    };
    Ok(Envelope { id, instance, message })
}

impl Message {
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
fn text(text: Option<Cow<'_, str>>, limit: usize) -> Result<SharedText, Malformed> {
    let text = text.unwrap_or_default();
    match text.len() {
        len if len > limit => Err(Malformed::Oversized),
        _ if text.contains('\0') => Err(Malformed::Shape),
        _ => Ok((&*text).into()),
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

/// The name of a side on the wire.
pub(super) fn side_name(side: Side) -> &'static str {
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
        for (i, digit) in digits.iter_mut().rev().enumerate() {
            *digit = b"0123456789abcdef"[(number >> (4 * i)) as usize & 15];
        }
        Hex(digits)
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("hexadecimal digits are ASCII")
    }
}

fn unhex(text: &str, digits: usize) -> Result<u128, Malformed> {
    let lower = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if text.len() != digits || !text.bytes().all(lower) {
        return Err(Malformed::Shape);
    }
    u128::from_str_radix(text, 16).map_err(|_| Malformed::Shape)
}
