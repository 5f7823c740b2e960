//! Carriers of the application's own, by the schemes of their addresses.
//!
//! [`Carrier`] and [`Running`] are the C function table `rtm_transport` in Rust's words; `src/ffi/transport.rs` makes one
//! of the other. [`SESSIONS`] are the handles to which a carrier reports: a late report finds none.
//!
//! The functions of one session are called one at a time and in order. Whoever finds a call under way, of another thread
//! or around a report of its own, leaves its call in the queue and goes on: nothing of a carrier's nests, and no thread
//! waits for another.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::mem;
use std::ops::Deref;
use std::sync::Arc;
use std::thread::{self, ThreadId};
use std::time::Duration;

use parking_lot::{Condvar, Mutex, MutexGuard, RwLock};

use super::{Bytes, Inbox, Link, Options, Refusal, Refused, Session, Transport};
use crate::error::Error;
use crate::handles::{Table, kind};
use crate::runtime::Runtime;
use crate::time::Instant;

/// Schemes that nobody else may have, whether this build has their carriers or not.
const RESERVED: [&str; 5] = ["hub", "mqtt", "mqtts", "ws", "wss"];
/// The longest scheme, in bytes.
const SCHEME_MAX: usize = 16;
/// Calls that wait while a carrier is at another; beyond it messages are refused.
const MAX_WAITING: usize = 10_000;

/// A carrier of the application's own.
pub trait Carrier: Send + Sync {
    /// Begins a session, which reports under this handle; what it is called by, or `None` if it cannot begin.
    fn start(self: Arc<Self>, session: u64, login: &Login<'_>) -> Option<Box<dyn Running>>;
}

/// A session of such a carrier.
pub trait Running: Send {
    /// As [`Transport::send`].
    fn send(&self, to: &str, bytes: &[u8], expires_after: Duration) -> Result<(), Refused>;
    /// As [`Transport::watch`].
    fn watch(&self, user: &str, on: bool);
    /// As [`Transport::renew`]; false: this carrier cannot.
    fn renew(&self, token: &str) -> bool;
    /// As [`Transport::stop`]; the last call.
    fn stop(self: Box<Self>, within: Duration);
}

/// What a carrier is told of a session that begins.
pub struct Login<'a> {
    pub url: &'a str,
    pub app_id: &'a str,
    pub user: &'a str,
    pub token: Option<&'a str>,
    pub grace: Duration,
}

/// Where a session's carrier reports.
pub struct Reports(Arc<dyn Inbox>);

impl Deref for Reports {
    type Target = dyn Inbox;

    fn deref(&self) -> &(dyn Inbox + 'static) {
        &*self.0
    }
}

/// All sessions that were begun and not stopped.
pub static SESSIONS: Table<Reports> = Table::new(kind::TRANSPORT_SESSION, "a transport session");

static CARRIERS: RwLock<BTreeMap<String, Arc<dyn Carrier>>> = RwLock::new(BTreeMap::new());

/// From now on addresses with this scheme open this carrier.
pub fn register(scheme: &str, carrier: Arc<dyn Carrier>) -> Result<(), Error> {
    check_scheme(scheme)?;
    let mut carriers = CARRIERS.write();
    if carriers.contains_key(scheme) {
        drop(carriers); // Before the carrier, which may lead anywhere.
        return Err(Error::InvalidState(format!("there is a carrier for {scheme}:// already")));
    }
    carriers.insert(scheme.into(), carrier);
    Ok(())
}

/// From now on no address opens this carrier. Sessions that have begun keep it.
pub fn unregister(scheme: &str) -> Result<(), Error> {
    let carrier = CARRIERS.write().remove(scheme);
    match carrier {
        Some(_) => Ok(()),
        None => Err(Error::NotFound(format!("no carrier of the application's own is registered for {scheme:?}"))),
    }
}

/// Whether the application has a carrier for this scheme.
pub fn is_registered(scheme: &str) -> bool {
    CARRIERS.read().contains_key(scheme)
}

/// Whether such a carrier can be given this address. What is in it is the carrier's affair.
pub fn check_url(url: &str) -> Result<(), Error> {
    match url.chars().any(char::is_control) {
        // Which is not repeated: it may hold a password.
        true => Err(Error::InvalidArgument("the carrier address contains a control character".into())),
        false => Ok(()),
    }
}

/// One session, not yet begun, if the address is that of a registered carrier.
pub fn open(url: &str, options: &Options, runtime: &Arc<Runtime>) -> Option<Arc<dyn Transport>> {
    let (scheme, _) = url.split_once("://")?;
    let carrier = CARRIERS.read().get(scheme).cloned()?;
    let desk = Mutex::new(Desk { carrier: Some(carrier), ..Desk::default() });
    let (url, options, runtime) = (url.into(), options.clone(), runtime.clone());
    Some(Arc::new(Line { url, options, runtime, desk, idle: Condvar::new() }))
}

fn check_scheme(scheme: &str) -> Result<(), Error> {
    let wrong = |why: &str| Err(Error::InvalidArgument(format!("the scheme {scheme:?} {why}")));
    if scheme.len() > SCHEME_MAX {
        let sentence = format!("the scheme is {} bytes, the limit is {SCHEME_MAX}", scheme.len());
        return Err(Error::InvalidArgument(sentence));
    }
    if !scheme.starts_with(|c: char| c.is_ascii_lowercase()) {
        return wrong("does not begin with a lower-case letter");
    }
    if let Some(c) = scheme.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '+' | '-' | '.')) {
        return wrong(&format!("contains {c:?}, which a scheme must not"));
    }
    if RESERVED.contains(&scheme) {
        return wrong("is that of a carrier of the library's own");
    }
    Ok(())
}

/// One session of one user on such a carrier.
struct Line {
    url: String,
    options: Options,
    runtime: Arc<Runtime>,
    desk: Mutex<Desk>,
    /// Nobody is at the queue any more.
    idle: Condvar,
}

#[derive(Default)]
struct Desk {
    /// Until the session begins.
    carrier: Option<Arc<dyn Carrier>>,
    /// The handle, from the beginning of the session until its stop; else 0.
    session: u64,
    /// From the return of the carrier's start to its stop, unless a call is under way.
    running: Option<Box<dyn Running>>,
    calls: VecDeque<Call>,
    /// Who is at the queue.
    by: Option<ThreadId>,
}

enum Call {
    Start(Arc<dyn Carrier>, u64, Session),
    Send { to: String, bytes: Bytes, deadline: Instant },
    Watch(String, bool),
    Renew(u64, String),
    Stop(Duration),
}

impl Line {
    /// Makes the call, or leaves it to whoever is at the queue. What the carrier answered, where that is known.
    fn call(&self, mut desk: MutexGuard<'_, Desk>, call: Call) -> Result<(), Refused> {
        desk.calls.push_back(call);
        if desk.by.is_some() {
            return Ok(());
        }
        desk.by = Some(thread::current().id());
        let mut answer = None; // To the first: the queue was empty.
        while let Some(call) = desk.calls.pop_front() {
            let mut running = desk.running.take();
            let answered = MutexGuard::unlocked(&mut desk, || self.perform(call, &mut running));
            desk.running = running;
            answer.get_or_insert(answered);
        }
        desk.by = None;
        self.idle.notify_all();
        answer.unwrap_or(Ok(()))
    }

    fn perform(&self, call: Call, running: &mut Option<Box<dyn Running>>) -> Result<(), Refused> {
        match (call, &*running) {
            (Call::Start(carrier, handle, session), _) => {
                let (url, app_id, grace) = (&*self.url, &*self.options.app_id, self.options.grace);
                let login = Login { url, app_id, user: &session.user, token: session.token.as_deref(), grace };
                *running = carrier.start(handle, &login);
                if running.is_none() {
                    report(handle, Link::Refused(Refusal::Rejected));
                }
            }
            (Call::Send { to, bytes, deadline }, Some(running)) => {
                let now = self.runtime.now();
                if deadline > now {
                    return running.send(&to, &bytes, deadline.since(now));
                }
            }
            (Call::Watch(user, on), Some(running)) => running.watch(&user, on),
            (Call::Renew(handle, token), Some(running)) => {
                if !running.renew(&token) {
                    report(handle, Link::Renewed(Err(Refusal::Rejected)));
                }
            }
            (Call::Stop(within), _) => {
                if let Some(running) = running.take() {
                    running.stop(within);
                }
            }
            // The carrier did not begin the session; it is about to be stopped.
            (_, None) => return Err(Refused::Down),
        }
        Ok(())
    }
}

impl Transport for Line {
    /// A session begins once; a second `start`, or one after `stop`, does nothing.
    fn start(&self, session: Session, inbox: Arc<dyn Inbox>) {
        let mut desk = self.desk.lock();
        if let Some(carrier) = desk.carrier.take() {
            desk.session = SESSIONS.insert(Arc::new(Reports(inbox)));
            let call = Call::Start(carrier, desk.session, session);
            let _ = self.call(desk, call);
        }
    }

    fn send(&self, to: &str, bytes: &Bytes, expires_after: Duration) -> Result<(), Refused> {
        let desk = self.desk.lock();
        if desk.session == 0 {
            return Err(Refused::Down);
        }
        if desk.calls.len() >= MAX_WAITING {
            return Err(Refused::Full);
        }
        let deadline = self.runtime.now() + expires_after;
        self.call(desk, Call::Send { to: to.into(), bytes: bytes.clone(), deadline })
    }

    fn watch(&self, user: &str, on: bool) {
        let desk = self.desk.lock();
        if desk.session != 0 {
            let _ = self.call(desk, Call::Watch(user.into(), on));
        }
    }

    fn renew(&self, token: &str) {
        let desk = self.desk.lock();
        if desk.session != 0 {
            let call = Call::Renew(desk.session, token.into());
            let _ = self.call(desk, call);
        }
    }

    /// If another thread is in a call to the carrier, that thread goes on to stop it; this one waits for it, `within` the
    /// time that the carrier has, since the process may be about to exit.
    fn stop(&self, within: Duration) {
        let mut desk = self.desk.lock();
        let carrier = desk.carrier.take();
        let handle = mem::take(&mut desk.session);
        if handle == 0 {
            drop(desk); // Before the carrier, which may lead anywhere.
            drop(carrier);
            return;
        }
        let reports = SESSIONS.remove(handle);
        let _ = self.call(desk, Call::Stop(within));
        drop(reports);
        let me = thread::current().id();
        let mut desk = self.desk.lock();
        self.idle.wait_while_for(&mut desk, |desk| desk.by.is_some_and(|thread| thread != me), within);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}

fn report(handle: u64, link: Link) {
    // A session that was stopped meanwhile wants to hear nothing.
    if let Ok(reports) = SESSIONS.get(handle) {
        reports.link(link);
    }
}
