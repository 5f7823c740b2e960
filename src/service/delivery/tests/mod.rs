//! Tests of the delivery; here: what they share.

mod closing;
mod handlers;
mod order;
mod races;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use super::turn::{BATCH, KEPT_CAPACITY};
use super::*;
use crate::codes::{LocalInvitationErr, PeerMessageErr};
use crate::runtime::Wake;
use crate::service::event::{CallEvent, ServiceEvent};
use crate::service::invitation::{LOCALS, LocalInvitation};
use crate::service::ladder::Ladder;
use crate::time::Instant;

/// No test waits longer for anything.
const BOUND: Duration = Duration::from_secs(20);

/// A service event with a number.
fn event(number: i64) -> Event {
    Event::Service(ServiceEvent::SendMessage(number, PeerMessageErr::Ok))
}

/// A terminal event, and the handle that goes stale when it is settled.
fn terminal() -> (Event, u64) {
    let local = LocalInvitation::new(Weak::new(), "bob".into(), Ladder::new(0));
    local.common.depart(|| unreachable!("not released")).unwrap();
    let handle = local.handle();
    local.release().unwrap();
    assert!(!is_settled(handle));
    (Event::Call(CallEvent::LocalFailure(local, LocalInvitationErr::NotLoggedin)), handle)
}

fn is_settled(handle: u64) -> bool {
    LOCALS.get(handle).is_err()
}

/// A handler that does what the test says with the number of each event, and at its drop.
struct Hear {
    on: Box<dyn Fn(i64) + Send + Sync>,
    gone: Box<dyn Fn() + Send + Sync>,
}

impl Hear {
    fn new(on: impl Fn(i64) + Send + Sync + 'static, gone: impl Fn() + Send + Sync + 'static) -> Arc<Hear> {
        Arc::new(Hear { on: Box::new(on), gone: Box::new(gone) })
    }
}

impl ServiceHandler for Hear {
    fn on_event(&self, event: &ServiceEvent) {
        let ServiceEvent::SendMessage(number, _) = event else { unreachable!("tests push no other") };
        must(|| (self.on)(*number));
    }
}

impl CallHandler for Hear {
    fn on_event(&self, _event: &CallEvent) {
        must(|| (self.on)(-1));
    }
}

impl Drop for Hear {
    fn drop(&mut self) {
        must(|| (self.gone)());
    }
}

/// An assertion that fails inside a callback would end there, so it ends the tests.
fn must(body: impl FnOnce()) {
    let inside = in_callback();
    if catch_unwind(AssertUnwindSafe(body)).is_err() || !inside {
        eprintln!("an assertion failed inside a callback (see above), or this is none: {inside}");
        std::process::abort();
    }
}

fn hear(on: impl Fn(i64) + Send + Sync + 'static) -> Arc<Hear> {
    Hear::new(on, || ())
}

/// A handler that notes what happens, its drop too ("gone").
fn noting(name: &'static str, notes: &Notes) -> Arc<Hear> {
    let (on, gone) = (notes.clone(), notes.clone());
    Hear::new(move |number| on.add(format!("{name} {number}")), move || gone.add(format!("{name} gone")))
}

/// What happened, in order.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    fn add(&self, note: impl Into<String>) {
        self.0.lock().push(note.into());
    }

    /// What was noted since the last call.
    fn take(&self) -> Vec<String> {
        mem::take(&mut self.0.lock())
    }

    fn len(&self) -> usize {
        self.0.lock().len()
    }
}

/// A delivery of each kind, with what keeps it going.
struct Rig {
    name: &'static str,
    delivery: Arc<Delivery>,
    runtime: Arc<Runtime>,
}

impl Rig {
    fn new(name: &'static str) -> Rig {
        let (mode, runtime) = match name {
            "own" => (Mode::OwnWorker, Runtime::process()),
            "shared" => (Mode::Shared, Runtime::process()),
            "pump" => (Mode::Pump, Runtime::process()),
            "simulated" => (Mode::OwnWorker, Runtime::simulated()),
            _ => unreachable!("no such rig"),
        };
        Rig { name, delivery: Delivery::new(mode, &runtime).unwrap(), runtime }
    }

    fn all() -> [Rig; 4] {
        ["own", "shared", "pump", "simulated"].map(Rig::new)
    }

    /// Whoever must be told delivers something, if there is something.
    fn drive(&self) {
        self.runtime.settle();
        self.delivery.dispatch(1);
    }

    /// Delivers until `done`.
    fn until(&self, done: impl Fn() -> bool) {
        until(self.name, || {
            self.drive();
            done()
        });
    }
}

/// Waits, awake, until `done`; a test that would wait for ever fails instead.
fn until(what: &str, done: impl Fn() -> bool) {
    let end = std::time::Instant::now() + BOUND;
    while !done() {
        assert!(std::time::Instant::now() < end, "{what}: waited in vain");
        thread::yield_now();
    }
}

/// Runs `body` on a thread of its own, outside callbacks.
fn beside<R: Send + 'static>(body: impl FnOnce() -> R + Send + 'static) -> Beside<R> {
    let (tell, told) = channel();
    thread::spawn(move || {
        assert!(!in_callback());
        let _ = tell.send(body());
    });
    Beside(told)
}

/// A thread that a test waits for, with a bound.
struct Beside<R>(Receiver<R>);

impl<R> Beside<R> {
    fn join(self) -> R {
        self.0.recv_timeout(BOUND).expect("the thread must come to its end")
    }

    fn is_done(&self) -> bool {
        self.0.try_recv().is_ok()
    }

    /// Whether it comes to its end while it has ample opportunity; for what must not.
    fn is_done_soon(&self) -> bool {
        (0..5_000).any(|_| {
            thread::yield_now();
            self.is_done()
        })
    }
}

/// A place where a callback stays until the test lets it go on.
struct Stop {
    arrive: Sender<()>,
    leave: Mutex<Receiver<()>>,
}

/// The test's end of a [`Stop`].
struct Hold {
    arrived: Receiver<()>,
    go: Sender<()>,
}

fn stop() -> (Arc<Stop>, Hold) {
    let ((arrive, arrived), (go, leave)) = (channel(), channel());
    (Arc::new(Stop { arrive, leave: Mutex::new(leave) }), Hold { arrived, go })
}

impl Stop {
    fn stay(&self) {
        self.arrive.send(()).unwrap();
        self.leave.lock().recv_timeout(BOUND).expect("the test must let the callback go on");
    }
}

impl Hold {
    /// Returns when the callback is at the stop.
    fn wait(&self) {
        self.arrived.recv_timeout(BOUND).expect("the callback must start");
    }

    fn go(&self) {
        self.go.send(()).unwrap();
    }
}

/// Shared workers of a test's own.
fn shared(pool: &Arc<Pool>) -> Arc<Delivery> {
    Delivery::with(Mode::Shared, Worker::Shared(pool.clone()))
}
