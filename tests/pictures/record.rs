//! Records a call: two real services on the hub, under the virtual clock, every message the same time on its way.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use rtm_call::runtime::Runtime;
use rtm_call::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use rtm_call::service::invitation::{LocalInvitation, RemoteInvitation};
use rtm_call::service::{Config, Service};
use rtm_call::time::Instant;
use rtm_call::transport::hub::{Faults, Hub};

use crate::words::short;

/// One of the two.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    Caller,
    Callee,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    /// The application called this.
    Call(String),
    /// The application was called, the invitation being in this state, with this code.
    Callback(String, &'static str, &'static str),
    /// The state after a call.
    State(&'static str),
    Sent(Message),
    Read(Message),
}

/// A message: what the picture says of it, and its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    pub kind: String,
    pub bytes: usize,
}

/// Something that happened, and how long after the start.
#[derive(Clone, Debug)]
pub struct Entry {
    pub at: Duration,
    pub side: Side,
    pub what: What,
}

/// How long every message is on its way.
pub const DELAY: Duration = Duration::from_millis(30);

const HUB: &str = "pictures";
const APP: &str = "pictures";
/// Each message is a line of the log at this level.
const DEBUG: u32 = 0x800;

/// Alice and Bob, logged in.
pub struct Stage {
    runtime: Arc<Runtime>,
    hub: Arc<Hub>,
    alice: Arc<Service>,
    bob: Arc<Service>,
    book: Arc<Book>,
    local: Option<Arc<LocalInvitation>>,
}

struct Book {
    start: Instant,
    runtime: Arc<Runtime>,
    entries: Mutex<Vec<Entry>>,
    rings: Mutex<Option<Arc<RemoteInvitation>>>,
}

/// The handler of one side's calls.
struct Ear {
    book: Arc<Book>,
    side: Side,
}

/// The handler of its log.
struct LogEar(Ear);

/// Nobody listens to what else happens.
struct Deaf;

impl Stage {
    pub fn new() -> Stage {
        let runtime = Runtime::simulated();
        let hub = Hub::named(HUB, APP, &runtime).expect("the name is valid");
        let book = Arc::new(Book {
            start: runtime.now(),
            runtime: runtime.clone(),
            entries: Mutex::default(),
            rings: Mutex::default(),
        });
        let [alice, bob] = [("alice", Side::Caller), ("bob", Side::Callee)].map(|(user, side)| {
            let config = Config { url: Some(format!("hub://{HUB}")), ..Config::default() };
            let service = Service::new(config, &runtime, Some(side as u64 + 1)).expect("a service can be made");
            let ear = || Ear { book: book.clone(), side };
            service.initialize(APP, Arc::new(Deaf)).expect("the app id is valid");
            service.set_log_filter(DEBUG).expect("the filter is valid");
            service.set_log_handler(Some(Arc::new(LogEar(ear())))).expect("it listens");
            service.call_manager(Some(Arc::new(ear())), |_| {}).expect("the service lives");
            service.login(None, user).expect("the user id is valid");
            service
        });
        let stage = Stage { runtime, hub, alice, bob, book, local: None };
        stage.after(Duration::ZERO);
        stage.lose(false);
        stage
    }

    /// Time passes.
    pub fn after(&self, time: Duration) {
        self.runtime.advance(time);
    }

    /// From now on every message is lost, or none.
    pub fn lose(&self, all: bool) {
        let loss = if all { 1_000_000 } else { 0 };
        self.hub.set_faults(Faults { delay_min: DELAY, delay_max: DELAY, loss, ..Faults::default() });
    }

    /// Alice calls Bob.
    pub fn send(&mut self, content: &str) {
        let local = self.alice.create_local("bob").expect("every callee id can be created");
        local.set_content(content);
        local.set_channel("room-42");
        self.local = Some(local.clone());
        self.call(Side::Caller, "sendLocalInvitation()".into());
        self.alice.send(&local).expect("it was not sent yet");
        self.state(Side::Caller, short(local.state().name()));
    }

    pub fn cancel(&self) {
        let local = self.local.clone().expect("it was sent");
        self.call(Side::Caller, "cancelLocalInvitation()".into());
        self.alice.cancel(&local).expect("it is open");
        self.state(Side::Caller, short(local.state().name()));
    }

    pub fn accept(&self, response: &str) {
        self.answer("acceptRemoteInvitation()", response, Service::accept);
    }

    pub fn refuse(&self, response: &str) {
        self.answer("refuseRemoteInvitation()", response, Service::refuse);
    }

    fn answer(
        &self,
        name: &str,
        response: &str,
        verb: fn(&Service, &Arc<RemoteInvitation>) -> Result<(), rtm_call::error::Error>,
    ) {
        let remote = self.book.rings.lock().clone().expect("it rings");
        remote.set_response(response);
        self.call(Side::Callee, name.into());
        verb(&self.bob, &remote).expect("it is open");
        self.state(Side::Callee, short(remote.state().name()));
    }

    fn call(&self, side: Side, name: String) {
        self.book.note(side, What::Call(name));
    }

    fn state(&self, side: Side, state: &'static str) {
        self.book.note(side, What::State(state));
    }

    /// What happened, in order.
    pub fn finish(self) -> Vec<Entry> {
        self.after(Duration::from_secs(1));
        let entries = std::mem::take(&mut *self.book.entries.lock());
        for service in [&self.alice, &self.bob] {
            service.release(true).expect("it was not released yet");
        }
        self.after(Duration::from_secs(5));
        entries
    }
}

impl Book {
    fn note(&self, side: Side, what: What) {
        self.note_at(self.runtime.now(), side, what);
    }

    fn note_at(&self, at: Instant, side: Side, what: What) {
        // In microseconds, as the log has it.
        let at = Duration::from_micros(at.since(self.start).as_nanos() as u64 / 1_000);
        self.entries.lock().push(Entry { at, side, what });
    }
}

impl ServiceHandler for Deaf {
    fn on_event(&self, _: &ServiceEvent) {}
}

impl ServiceHandler for LogEar {
    fn on_event(&self, event: &ServiceEvent) {
        // It is told everything else too.
        if let ServiceEvent::Log(_, line) = event {
            let (at, what) = read(line);
            self.0.book.note_at(at, self.0.side, what);
        }
    }
}

impl CallHandler for Ear {
    fn on_event(&self, event: &CallEvent) {
        use CallEvent::*;
        let local = |local: &LocalInvitation| short(local.state().name());
        let remote = |remote: &RemoteInvitation| short(remote.state().name());
        let said = |response: &str| format!("{response:?}");
        let (name, argument, state) = match event {
            LocalReceivedByPeer(i) => ("onLocalInvitationReceivedByPeer", String::new(), local(i)),
            LocalAccepted(i, response) => ("onLocalInvitationAccepted", said(response), local(i)),
            LocalRefused(i, response) => ("onLocalInvitationRefused", said(response), local(i)),
            LocalCanceled(i) => ("onLocalInvitationCanceled", String::new(), local(i)),
            LocalFailure(i, _) => ("onLocalInvitationFailure", String::new(), local(i)),
            RemoteReceived(i) => ("onRemoteInvitationReceived", String::new(), remote(i)),
            RemoteAccepted(i) => ("onRemoteInvitationAccepted", String::new(), remote(i)),
            RemoteRefused(i) => ("onRemoteInvitationRefused", String::new(), remote(i)),
            RemoteCanceled(i) => ("onRemoteInvitationCanceled", String::new(), remote(i)),
            RemoteFailure(i, _) => ("onRemoteInvitationFailure", String::new(), remote(i)),
        };
        let code = match event {
            LocalFailure(_, code) => short(code.name()),
            RemoteFailure(_, code) => short(code.name()),
            _ => "",
        };
        if let RemoteReceived(invitation) = event {
            *self.book.rings.lock() = Some(invitation.clone());
        }
        self.book.note(self.side, What::Callback(format!("{name}({argument})"), state, code));
    }
}

/// `[ 1000000.030000] debug sent type=invite id=... bytes=231 to="bob"`.
fn read(line: &str) -> (Instant, What) {
    let parse = || {
        let (time, rest) = line.strip_prefix('[')?.split_once(']')?;
        let (seconds, micros) = time.trim().split_once('.')?;
        let nanos = seconds.parse::<u64>().ok()? * 1_000_000_000 + micros.parse::<u64>().ok()? * 1_000;
        let mut words = rest.split_whitespace().skip(1);
        let verb = words.next()?;
        let fields: Vec<_> = words.filter_map(|word| word.split_once('=')).collect();
        let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        let kind = match field("reason") {
            Some(reason) => format!("{} ({reason})", field("type")?),
            None => field("type")?.to_owned(),
        };
        let message = Message { kind, bytes: field("bytes")?.parse().ok()? };
        let what = match verb {
            "sent" => What::Sent(message),
            "read" => What::Read(message),
            _ => return None,
        };
        Some((Instant::from_nanos(nanos), what))
    };
    parse().unwrap_or_else(|| panic!("a line of the log about a message: {line}"))
}
