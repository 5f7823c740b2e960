//! What is on a tape, and how it is written: one JSON object a line, the same on every machine.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Letter;
use crate::codes::EndReason;
use crate::engine::message::{Message, encode, reason_name};
use crate::engine::user::MAX_CONTENT;
use crate::engine::{Bytes, CallId, Config, Instance, SharedText, Windows, local, read, remote};

/// The version of the format; another one is not read.
pub const FORMAT: &str = "rtm-call record 1";

/// An entry of a tape: an input of the engine, or a callback that came of one.
#[derive(Debug)]
pub enum Step {
    Configure(Box<Config>),
    Login { user: SharedText, instance: Instance },
    LoginFailed,
    Up(Vec<Letter>),
    Down,
    Logout { released: bool },
    Kicked,
    Presence { user: SharedText, state: i32 },
    Due,
    CatchUp,
    Message(Letter),
    Batch(Vec<Letter>),
    Send { id: CallId, to: SharedText, content: Text, channel: Text, windows: [u32; 3] },
    Cancel { id: CallId, to: SharedText },
    Accept { id: CallId, from: SharedText, response: Text, accept_ms: u32 },
    Refuse { id: CallId, from: SharedText, response: Text },
    Out { id: CallId, event: Event },
}

/// A text, or only how long it is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Text {
    Length(usize),
    Whole(Box<str>),
}

/// A callback: the state that it tells of, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    side: &'static str,
    state: &'static str,
    reason: &'static str,
}

/// How things stood before the first entry.
#[derive(Debug)]
pub struct Base {
    pub config: Config,
    pub user: SharedText,
    pub instance: Instance,
    pub phase: Phase,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    Out,
    LoggingIn,
    Up,
    Down,
}

/// The first line.
#[derive(Serialize, Deserialize, Debug)]
pub struct Header {
    pub record: String,
    pub library: String,
    pub user: String,
    pub instance: String,
    pub session: Phase,
    pub config: Settings,
    /// Entries before the first that had to go.
    pub gone: u64,
    /// Whether texts are whole; else each is as long as it was, and says nothing.
    pub texts: bool,
}

/// What of the configuration matters.
#[derive(Clone, Copy, Serialize, Deserialize, Debug)]
pub struct Settings {
    pub windows: [u32; 3],
    pub max_open: usize,
    pub max_open_per_peer: u32,
    pub max_remembered: usize,
    pub notes: bool,
}

/// Every other line.
#[derive(Serialize, Deserialize, Debug)]
pub struct Stamped {
    /// Nanoseconds since the first entry.
    pub t: u64,
    #[serde(flatten)]
    pub line: Line,
}

/// An entry as it is written.
#[derive(Serialize, Deserialize, Debug)]
#[serde(tag = "entry", rename_all = "snake_case")]
pub enum Line {
    Configure {
        config: Settings,
    },
    Login {
        user: String,
        instance: String,
    },
    LoginFailed,
    Up {
        backlog: Vec<(String, String)>,
    },
    Down,
    Logout {
        released: bool,
    },
    Kicked,
    Presence {
        user: String,
        state: i32,
    },
    Due,
    CatchUp,
    Message {
        from: String,
        bytes: String,
    },
    Batch {
        batch: Vec<(String, String)>,
    },
    Send {
        id: String,
        to: String,
        content: Text,
        channel: Text,
        windows: [u32; 3],
    },
    Cancel {
        id: String,
        to: String,
    },
    Accept {
        id: String,
        from: String,
        response: Text,
        accept_ms: u32,
    },
    Refuse {
        id: String,
        from: String,
        response: Text,
    },
    /// A callback.
    Callback {
        id: String,
        event: String,
    },
    /// One of an invitation that began before the first entry.
    EarlierCallback {
        id: String,
        event: String,
    },
}

impl Text {
    pub fn of(text: &str, keep: bool) -> Text {
        if keep { Text::Whole(text.into()) } else { Text::Length(text.len()) }
    }

    /// The text, or one of its length that says nothing. A record may say any length: what is too long for every text stays so.
    pub fn whole(&self) -> Cow<'_, str> {
        match self {
            Text::Length(length) => filler((*length).min(MAX_CONTENT + 1)).into(),
            Text::Whole(text) => Cow::Borrowed(text),
        }
    }
}

impl Event {
    pub const fn ring() -> Event {
        Event { side: "remote", state: "RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED", reason: "" }
    }

    pub fn local(state: local::State, reason: Option<EndReason>) -> Event {
        Event { side: "local", state: state.name(), reason: reason.map_or("", reason_name) }
    }

    pub fn remote(state: remote::State, reason: EndReason) -> Event {
        Event { side: "remote", state: state.name(), reason: reason_name(reason) }
    }
}

impl std::fmt::Display for Event {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.side, self.state)?;
        if self.reason.is_empty() { Ok(()) } else { write!(f, " {}", self.reason) }
    }
}

impl Base {
    pub fn new(config: Config) -> Base {
        Base { config, user: SharedText::default(), instance: Instance(0), phase: Phase::Out }
    }

    pub fn header(&self, gone: u64, texts: bool) -> Header {
        Header {
            record: FORMAT.into(),
            library: env!("CARGO_PKG_VERSION").into(),
            user: self.user.to_string(),
            instance: self.instance.to_string(),
            session: self.phase,
            config: Settings::of(&self.config),
            gone,
            texts,
        }
    }
}

impl Settings {
    pub fn of(config: &Config) -> Settings {
        let Windows { acknowledge_ms, ring_ms, accept_ms } = config.windows;
        Settings {
            windows: [acknowledge_ms, ring_ms, accept_ms],
            max_open: config.max_open,
            max_open_per_peer: config.max_open_per_peer,
            max_remembered: config.max_remembered,
            notes: config.notes,
        }
    }

    pub fn config(self) -> Config {
        Config {
            windows: windows(self.windows),
            max_open: self.max_open,
            max_open_per_peer: self.max_open_per_peer,
            max_remembered: self.max_remembered,
            notes: self.notes,
            ..Config::default()
        }
    }
}

pub fn windows([acknowledge_ms, ring_ms, accept_ms]: [u32; 3]) -> Windows {
    Windows { acknowledge_ms, ring_ms, accept_ms }
}

impl Header {
    pub fn to_text(&self) -> String {
        line_of(self)
    }
}

impl Stamped {
    pub fn to_text(&self) -> String {
        line_of(self)
    }
}

fn line_of(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).expect("texts and numbers are JSON");
    text + "\n"
}

impl Line {
    pub fn at(self, since_first: Duration) -> Stamped {
        Stamped { t: since_first.as_nanos() as u64, line: self }
    }
}

/// An entry without messages as it is written. `began`: whether an invitation began on the tape.
pub fn readable(step: &Step, began: impl Fn(CallId) -> bool) -> Line {
    match step {
        Step::Configure(config) => Line::Configure { config: Settings::of(config) },
        Step::Login { user, instance } => Line::Login { user: user.to_string(), instance: instance.to_string() },
        Step::LoginFailed => Line::LoginFailed,
        Step::Down => Line::Down,
        Step::Logout { released } => Line::Logout { released: *released },
        Step::Kicked => Line::Kicked,
        Step::Presence { user, state } => Line::Presence { user: user.to_string(), state: *state },
        Step::Due => Line::Due,
        Step::CatchUp => Line::CatchUp,
        Step::Send { id, to, content, channel, windows } => {
            let (content, channel) = (content.clone(), channel.clone());
            Line::Send { id: id.to_string(), to: to.to_string(), content, channel, windows: *windows }
        }
        Step::Cancel { id, to } => Line::Cancel { id: id.to_string(), to: to.to_string() },
        Step::Accept { id, from, response, accept_ms } => {
            let (id, from, response) = (id.to_string(), from.to_string(), response.clone());
            Line::Accept { id, from, response, accept_ms: *accept_ms }
        }
        Step::Refuse { id, from, response } => {
            Line::Refuse { id: id.to_string(), from: from.to_string(), response: response.clone() }
        }
        Step::Out { id, event } if began(*id) => Line::Callback { id: id.to_string(), event: event.to_string() },
        Step::Out { id, event } => Line::EarlierCallback { id: id.to_string(), event: event.to_string() },
        Step::Up(_) | Step::Message(_) | Step::Batch(_) => unreachable!("the tape writes messages itself"),
    }
}

/// A message whose texts say nothing, each as long as it was.
pub fn redacted(bytes: &Bytes) -> String {
    let Ok(envelope) = read(bytes) else { return String::new() };
    let mut envelope = envelope.into_owned();
    match &mut envelope.message {
        Message::Invite { content, channel, .. } => {
            *content = filler(content.len()).into();
            *channel = filler(channel.len()).into();
        }
        Message::Accept { response } | Message::End { response, .. } => *response = filler(response.len()).into(),
        _ => {}
    }
    String::from_utf8(encode(&envelope)).expect("JSON is UTF-8")
}

fn filler(length: usize) -> String {
    "x".repeat(length)
}

impl Step {
    /// What it refers to, in bytes.
    pub fn extra(&self) -> usize {
        let text = |text: &Text| if let Text::Whole(text) = text { text.len() } else { 0 };
        let letter = |letter: &Letter| letter.bytes.len();
        match self {
            Step::Configure(_) => size_of::<Config>(),
            Step::Login { user, .. } | Step::Presence { user, .. } => user.len(),
            Step::Message(one) => letter(one),
            Step::Batch(all) | Step::Up(all) => all.iter().map(|one| letter(one) + size_of::<Letter>()).sum(),
            Step::Send { to, content, channel, .. } => to.len() + text(content) + text(channel),
            Step::Cancel { to: peer, .. } => peer.len(),
            Step::Accept { from, response, .. } | Step::Refuse { from, response, .. } => from.len() + text(response),
            _ => 0,
        }
    }
}
