//! Entries in words, the same in every form. No word of the peer's gets in here, and no character that means something to a
//! form: neither semicolon nor number sign.

use super::{Api, Callback, Entry, Ladder, Subject, What};
use crate::codes::{EndSide, PeerOnlineState, Status};
use crate::engine::Window;
use crate::engine::message::reason_name;

impl Ladder {
    pub(super) fn words(&self, entry: &Entry, subject: &Subject) -> String {
        let Entry { at, size, more, times, what } = *entry;
        match what {
            What::Api(api) => match answer(size) {
                "OK" => format!("{}()", name(api)),
                answer => format!("{}() answered {answer}", name(api)),
            },
            What::Sent(kind) if times > 1 => {
                format!("{}, {size} bytes, {times} times until {}", kind.name(), Seconds(more))
            }
            What::Sent(kind) => format!("{}, {size} bytes", kind.name()),
            What::Read(kind) => {
                let often = if times > 1 { format!(", {times} times") } else { String::new() };
                let who = if self.several_instances() { format!(", by {more:08x}") } else { String::new() };
                format!("{}, {size} bytes{often}{who}", kind.name())
            }
            What::Closed(window) => match (window, size) {
                // These two ask for it.
                (Window::Acknowledge | Window::Accept, 1..) => {
                    let peer = peer(subject.side);
                    format!("timer: {} closed, {peer} is {}", window_name(window), presence_name(size))
                }
                _ => format!("timer: {} closed", window_name(window)),
            },
            What::Presence => format!("presence: {} is {}", peer(subject.side), presence_name(size)),
            What::Link(true) => "link: up".into(),
            What::Link(false) => "link: down".into(),
            What::Callback(callback) if more > at => {
                format!("callback {}, returned at {}", callback_name(callback), Seconds(more))
            }
            What::Callback(callback) => format!("callback {}", callback_name(callback)),
            What::End => format!("ended: {}", subject.outcome()),
        }
    }
}

impl Subject {
    /// The state, and of an ended one the reason.
    pub(super) fn outcome(&self) -> String {
        match self.end.rule {
            Some(_) => format!("{} ({})", self.state_name(), reason_name(self.end.reason)),
            None => self.state_name().into(),
        }
    }

    /// The state without the prefix of its name.
    pub(super) fn state_name(&self) -> &'static str {
        let prefixes = ["RTM_LOCAL_INVITATION_STATE_", "RTM_REMOTE_INVITATION_STATE_"];
        prefixes.iter().find_map(|prefix| self.state.strip_prefix(prefix)).unwrap_or(self.state)
    }
}

/// Milliseconds as seconds, as in "26.100".
pub(super) struct Seconds(pub u32);

impl std::fmt::Display for Seconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{}.{:03}", self.0 / 1000, self.0 % 1000))
    }
}

/// How the peer of this side is called.
fn peer(own: EndSide) -> &'static str {
    if own == EndSide::Caller { "the callee" } else { "the caller" }
}

fn window_name(window: Window) -> &'static str {
    match window {
        Window::Acknowledge => "the acknowledge window",
        Window::Ring => "the ring window",
        Window::Silence => "the limit for a silent callee",
        Window::Accept => "the accept window",
        Window::Telling => "the time to tell the end",
    }
}

/// The presence with this number plus 1.
fn presence_name(number: u32) -> &'static str {
    match PeerOnlineState::from_number(number as i32 - 1) {
        Some(PeerOnlineState::Online) => "online",
        Some(PeerOnlineState::Unreachable) => "unreachable",
        Some(PeerOnlineState::Offline) => "offline",
        None => "unknown",
    }
}

fn name(api: Api) -> &'static str {
    match api {
        Api::Send => "send",
        Api::Cancel => "cancel",
        Api::Accept => "accept",
        Api::Refuse => "refuse",
    }
}

fn callback_name(callback: Callback) -> &'static str {
    match callback {
        Callback::Received => "received",
        Callback::ReceivedByPeer => "received_by_peer",
        Callback::Accepted => "accepted",
        Callback::Refused => "refused",
        Callback::Canceled => "canceled",
        Callback::Failure => "failure",
    }
}

/// The name of a status without its prefix.
fn answer(number: u32) -> &'static str {
    let status = i32::try_from(number).ok().and_then(Status::from_number);
    let name = status.map_or("", Status::name);
    let prefixes = ["RTM_INVITATION_API_CALL_ERR_", "RTM_ERR_", "RTM_"];
    prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}
