//! Carriers: what brings bytes from one user to another and says who is there.
//!
//! A carrier knows user ids and bytes, nothing of invitations. It has five functions ([`Transport`]), and two hints that it may
//! ignore, and reports through three ([`Inbox`]), with a line for the log where there is something to say. The same shape is
//! the C function table for an application's own carrier ([`foreign`]).

pub mod foreign;
pub mod hub;
#[cfg(feature = "mqtt")]
pub mod mqtt;

use std::sync::Arc;
use std::time::Duration;

pub use crate::bytes::Bytes;
pub use crate::codes::LogLevel as Level;
pub use crate::codes::PeerOnlineState as Presence;
use crate::error::Error;
use crate::runtime::Runtime;

/// One session of one user on a carrier. Every function but `stop` returns at once; none may be called with a lock held that
/// [`Inbox`] takes, for a carrier may report inline.
pub trait Transport: Send + Sync {
    /// Begins the session. The outcome comes as [`Link::Up`] or [`Link::Refused`]; a carrier that finds nobody just goes
    /// on trying, the library limits the time.
    fn start(&self, session: Session, inbox: Arc<dyn Inbox>);

    /// Hands over one message for `to`; the carrier drops what it could not deliver after `expires_after`. Delivery is not
    /// promised: the library re-sends what is not acknowledged.
    fn send(&self, to: &str, bytes: &Bytes, expires_after: Duration) -> Result<(), Refused>;

    /// The same for a message that answers one: where messages wait, it may pass those that do not. A carrier that has no
    /// queue does nothing else than for any other.
    fn answer(&self, to: &str, bytes: &Bytes, expires_after: Duration) -> Result<(), Refused> {
        self.send(to, bytes, expires_after)
    }

    /// From now on (or no longer) reports the presence of `user`: its present state soon, then each change.
    fn watch(&self, user: &str, on: bool);

    /// Uses `token` from now on; answered by [`Link::Renewed`].
    fn renew(&self, token: &str);

    /// Ends the session: hands over what was sent, waits for that for at most `within` (zero, and inside a report: not at
    /// all; it goes on in the background), then closes. Nothing is reported after it returned, but for a report under way on
    /// another thread.
    fn stop(&self, within: Duration);

    /// The machine's network has changed: a carrier with a connection looks at once whether it still stands.
    fn network_changed(&self) {}
}

/// Who logs in.
#[derive(Clone, Debug)]
pub struct Session {
    /// The user id, valid by SPEC section 5.
    pub user: String,
    /// The token, if there is one. Never logged.
    pub token: Option<String>,
}

/// Why a carrier did not take a message. Re-sending absorbs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refused {
    /// The link is down.
    Down,
    /// The queue is full.
    Full,
}

/// Where a carrier reports; the library's side of the seam.
pub trait Inbox: Send + Sync {
    /// The state of the link.
    fn link(&self, link: Link);

    /// Messages for this user, in order of arrival, each with its *authenticated* sender. What arrives before
    /// [`Link::Up`] is the backlog of the time without a link: it is kept and read as a whole when the link is up.
    fn deliver(&self, batch: &[Incoming]);

    /// The presence of a watched user.
    fn presence(&self, user: &str, presence: Presence);

    /// A line for the log: why a connection failed, what was dropped. Never a token or a password.
    fn note(&self, _level: Level, _line: &str) {}
}

/// One message as it arrives.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The sender, as the carrier authenticated it.
    pub from: Arc<str>,
    /// The message.
    pub bytes: Bytes,
}

/// What happens to the link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Link {
    /// The session stands, for the first time or again.
    Up,
    /// The connection broke; the carrier is trying to restore it.
    Down,
    /// The login was refused for good.
    Refused(Refusal),
    /// The session was ended from outside, for good.
    Ended(Ended),
    /// The token is about to expire or has expired.
    TokenExpired,
    /// The answer to [`Transport::renew`].
    Renewed(Result<(), Refusal>),
}

/// Why a login or a token is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// No reason given.
    Rejected,
    /// The token or password is wrong.
    InvalidToken,
    /// The token is too old.
    TokenExpired,
    /// This user may not log in.
    NotAuthorized,
    /// The app id is not known here.
    InvalidAppId,
    /// Too many attempts.
    TooOften,
}

/// Why a session was ended from outside.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ended {
    /// The same user logged in elsewhere.
    RemoteLogin,
    /// The server banned the user.
    Banned,
    /// The token expired and was not renewed.
    TokenExpired,
}

/// What a carrier is told when it is opened.
#[derive(Clone, Debug)]
pub struct Options {
    /// The app id: it partitions the carrier.
    pub app_id: String,
    /// For how long a broken link does not count as gone (SPEC section 8, default 15 s).
    pub grace: Duration,
    /// Whom a carrier with TLS trusts, as PEM; in place of the system's certificates.
    pub ca_pem: Option<Arc<str>>,
}

/// The carriers of this build, by what their addresses begin with. Those of the application's own are in [`foreign`].
pub const SCHEMES: &[&str] = if cfg!(feature = "mqtt") { &["hub", "mqtt", "mqtts", "ws", "wss"] } else { &["hub"] };

/// Whether there is a carrier for `url`; the sentence says what is wrong with it.
pub fn check(url: &str) -> Result<(), Error> {
    match url.split_once("://") {
        Some(("hub", name)) => hub::check_name(name),
        #[cfg(feature = "mqtt")]
        Some(("mqtt" | "mqtts" | "ws" | "wss", _)) => mqtt::check(url),
        Some((scheme, _)) if foreign::is_registered(scheme) => foreign::check_url(url),
        Some((scheme, _)) => Err(no_carrier(scheme)),
        None => {
            Err(Error::InvalidArgument(format!("the carrier address{} has no scheme, such as hub://", quoted(url))))
        }
    }
}

/// Opens the carrier that `url` names.
pub fn open(url: &str, options: &Options, runtime: &Arc<Runtime>) -> Result<Arc<dyn Transport>, Error> {
    check(url)?;
    if let Some(transport) = foreign::open(url, options, runtime) {
        return Ok(transport);
    }
    match url.split_once("://") {
        #[cfg(feature = "mqtt")]
        Some(("mqtt" | "mqtts" | "ws" | "wss", _)) => mqtt::open(url, options, runtime),
        Some(("hub", name)) => Ok(hub::open(name, options, runtime)),
        // The application took its carrier back in this moment.
        other => Err(no_carrier(other.map_or("", |(scheme, _)| scheme))),
    }
}

fn no_carrier(scheme: &str) -> Error {
    let scheme = quoted(scheme);
    Error::Unsupported(format!("this build has no carrier for the scheme{scheme}, and the application has none"))
}

/// A part of an address for a sentence; nothing if it could hold a password.
fn quoted(part: &str) -> String {
    let harmless =
        part.len() <= 64 && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | '_' | ' '));
    if harmless { format!(" {part:?}") } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_names_no_carrier_is_named_unless_it_may_hold_a_password() {
        let sentence = |url: &str| check(url).unwrap_err().to_string();
        assert!(sentence("nonsense").contains("\"nonsense\""));
        assert!(sentence("pigeon://coop").contains("\"pigeon\""));
        for url in ["alice:secret@broker", "alice:secret@broker?x=://", "mqtt:/alice:secret"] {
            assert!(!sentence(url).contains("secret"), "{url}");
        }
    }
}
