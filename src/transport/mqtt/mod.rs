//! The carrier `mqtt://`, `mqtts://`, `ws://` and `wss://`: users who ring each other through an MQTT 5 broker.
//!
//! What travels is written down in docs/PROTOCOL.md, "The MQTT carrier". One thread drives all sessions of the process
//! (`io.rs`); a session (`session.rs`) is a state machine behind one lock (`core.rs`, `login.rs`, `news.rs`, `link.rs`), over a
//! non-blocking stream of bytes (`stream.rs`, `tls.rs`, `proxy.rs`); `protocol` turns packets into bytes and back, `outbox.rs`
//! keeps what is not acknowledged, `presence.rs` and `entry.rs` what is known of others and of oneself. No lock is held while an [`Inbox`] is called, and nothing but `stop`
//! waits.

mod address;
mod core;
pub mod doctor;
mod entry;
#[cfg(fuzzing)]
pub mod fuzzing;
mod io;
mod link;
mod login;
mod names;
mod news;
mod outbox;
mod outcome;
mod presence;
mod protocol;
mod proxy;
mod resolve;
mod session;
mod stream;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use self::address::Address;
use self::core::Core;
use self::io::Io;
use self::outbox::Lane;
use super::{Bytes, Inbox, Options, Refused, Session, Transport};
use crate::error::Error;
use crate::runtime::Runtime;

/// Whether `url` is the address of a broker; the sentence says what is wrong with it, and repeats no password.
pub fn check(url: &str) -> Result<(), Error> {
    Address::parse(url).map(|_| ())
}

/// One session, not yet begun, on the broker at `url`. A simulated runtime has no network: an error.
pub fn open(url: &str, options: &Options, runtime: &Arc<Runtime>) -> Result<Arc<dyn Transport>, Error> {
    let address = Address::parse(url)?;
    if runtime.is_simulated() {
        return Err(Error::Unsupported("a simulated runtime has no network, so no MQTT broker either".into()));
    }
    let core = Core::new(address, options)?;
    Ok(Arc::new(Login(session::Session::new(Io::get()?, runtime, core))))
}

/// A user's end of the broker. Dropped, it logs out.
struct Login(Arc<session::Session>);

impl Transport for Login {
    /// A session begins once; a second `start`, or one after `stop`, does nothing.
    fn start(&self, session: Session, inbox: Arc<dyn Inbox>) {
        self.0.start(session, inbox);
    }

    fn send(&self, to: &str, bytes: &Bytes, expires_after: Duration) -> Result<(), Refused> {
        self.0.send(to, bytes, expires_after, Lane::Usual)
    }

    fn answer(&self, to: &str, bytes: &Bytes, expires_after: Duration) -> Result<(), Refused> {
        self.0.send(to, bytes, expires_after, Lane::Ahead)
    }

    fn watch(&self, user: &str, on: bool) {
        self.0.watch(user, on);
    }

    fn renew(&self, token: &str) {
        self.0.renew(token);
    }

    fn stop(&self, within: Duration) {
        self.0.stop(within);
    }

    fn network_changed(&self) {
        self.0.network_changed();
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        self.0.stop(Duration::ZERO);
    }
}
