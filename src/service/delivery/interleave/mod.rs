//! The delivery under every order of its threads: loom runs each scenario again and again, each time with another order of the
//! locks, the waits and the wake-ups, until there is none left (`./dev interleave`).
//!
//! The larger scenarios are run in all orders with at most so many preemptions; that a thread waits, and another goes on, is none.
//! Then each wake-up and each wait of the code is left out once: a scenario must fail then, or the scenarios show nothing.

mod scenarios;

use std::process::{Command, exit};
use std::sync::Weak;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::time::Instant;

use super::*;
use crate::codes::{LocalInvitationErr, PeerMessageErr};
use crate::service::event::{CallEvent, ServiceEvent};
use crate::service::invitation::{LOCALS, LocalInvitation};
use crate::service::ladder::Ladder;
use crate::sync::{LEFT_OUT, hits, thread};

/// Name, in which orders it runs, and what its threads do.
type Scenario = (&'static str, Orders, fn());

#[derive(Clone, Copy)]
enum Orders {
    All,
    /// Those with few preemptions: 3, or 5 with `--full`.
    Likely,
}
use Orders::{All, Likely};

#[test]
fn interleavings() {
    std::panic::set_hook(Box::new(|panic| {
        // A panic inside a callback is caught there, and one of loom's own leaves nothing to go on with.
        println!("FAILED: {}", panic.payload_as_str().unwrap_or("a panic without words").replace('\n', " "));
        exit(101);
    }));
    let began = Instant::now();
    let mut total = 0;
    for (name, orders, body) in scenarios::ALL {
        total += explore(name, *orders, *body);
    }
    if std::env::var_os(LEFT_OUT).is_some() {
        return; // This is one of those that must fail.
    }
    println!("{} scenarios, {total} interleavings, {} s", scenarios::ALL.len(), began.elapsed().as_secs());
    let mut calls = hits();
    calls.retain(|call, _| !call.contains("interleave")); // Those of the product.
    let survivors: Vec<_> = calls.keys().filter(|call| !is_found(call)).collect();
    println!("{} of {} planted bugs found", calls.len() - survivors.len(), calls.len());
    if calls.is_empty() || !survivors.is_empty() {
        println!("FAILED: nothing notices that these are missing: {survivors:?}");
        exit(101);
    }
}

fn explore(name: &str, orders: Orders, body: fn()) -> u64 {
    let full = std::env::var_os("RTM_CALL_FULL").is_some();
    let preemptions = match orders {
        All => None,
        Likely if full => Some(5),
        Likely => Some(3),
    };
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = preemptions;
    builder.max_branches = 10_000;
    let count = Arc::new(AtomicU64::new(0));
    let counted = count.clone();
    let began = Instant::now();
    builder.check(move || {
        counted.fetch_add(1, SeqCst);
        body();
    });
    let count = count.load(SeqCst);
    let bound = preemptions.map_or("all".to_owned(), |most| format!("up to {most} preemptions"));
    println!("{count:>9} interleavings, {bound:<19} {:>7} ms  {name}", began.elapsed().as_millis());
    count
}

/// Leaves out one call, in a process of its own, and answers whether a scenario failed.
fn is_found(call: &str) -> bool {
    let own = std::env::current_exe().expect("the system knows this program");
    let mut command = Command::new(own);
    command.args(["service::delivery::interleave::interleavings", "--exact", "--nocapture"]);
    command.env(LEFT_OUT, call).env_remove("RTM_CALL_FULL");
    let output = command.output().expect("this program can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    let failure = text.lines().find_map(|line| line.strip_prefix("FAILED: "));
    let failure = failure.map(|line| line.chars().take(60).collect());
    let found: String = failure.unwrap_or("nothing failed".into());
    println!("  without {call}: {found}");
    !output.status.success()
}

/// What a scenario watches: the callbacks of one service.
#[derive(Clone, Default)]
struct Watch(Arc<Watched>);

#[derive(Default)]
struct Watched {
    /// A lock that loom sees: others may act while a callback runs.
    running: Mutex<bool>,
    over: AtomicBool,
    accepted: AtomicUsize,
    gone: Mutex<usize>,
    all_gone: Condvar,
    last: AtomicI64,
    calls: AtomicUsize,
}

impl Watch {
    /// A handler that does `on` with the number of each event.
    fn handler(&self, on: impl Fn(i64) + Send + Sync + 'static) -> Arc<Hear> {
        self.0.accepted.fetch_add(1, SeqCst);
        Arc::new(Hear { watch: self.clone(), silent: AtomicBool::new(false), on: Box::new(on) })
    }

    fn is_running(&self) -> bool {
        *self.0.running.lock()
    }

    /// Nothing may start from now on.
    fn over(&self) {
        assert!(!self.is_running(), "it returned while a callback runs");
        self.0.over.store(true, SeqCst);
        assert_eq!(*self.0.gone.lock(), self.0.accepted.load(SeqCst), "it returned before the handlers were let go");
    }

    /// Waits until every handler was let go.
    fn until_gone(&self) {
        let mut gone = self.0.gone.lock();
        while *gone < self.0.accepted.load(SeqCst) {
            self.0.all_gone.wait(&mut gone);
        }
    }

    fn calls(&self) -> usize {
        self.0.calls.load(SeqCst)
    }
}

struct Hear {
    watch: Watch,
    /// It was removed, and the removal has returned.
    silent: AtomicBool,
    on: Box<dyn Fn(i64) + Send + Sync>,
}

impl Hear {
    fn hear(&self, number: i64) {
        let watched = &self.watch.0;
        {
            let mut running = watched.running.lock();
            assert!(in_callback());
            assert!(!*running, "one at a time");
            assert!(!watched.over.load(SeqCst), "a callback starts after the end");
            assert!(!self.silent.load(SeqCst), "a callback of a handler that is gone");
            *running = true;
        }
        watched.calls.fetch_add(1, SeqCst);
        if number != ANY {
            assert!(watched.last.swap(number + 1, SeqCst) <= number, "in order");
        }
        (self.on)(number);
        *watched.running.lock() = false;
    }
}

impl ServiceHandler for Hear {
    fn on_event(&self, event: &ServiceEvent) {
        let ServiceEvent::SendMessage(number, _) = event else { unreachable!("scenarios push no other") };
        self.hear(*number);
    }
}

impl CallHandler for Hear {
    fn on_event(&self, _event: &CallEvent) {
        self.hear(ANY);
    }
}

impl Drop for Hear {
    fn drop(&mut self) {
        assert!(in_callback(), "what drop does counts as a callback");
        let mut gone = self.watch.0.gone.lock();
        *gone += 1;
        assert!(*gone <= self.watch.0.accepted.load(SeqCst), "let go twice");
        self.watch.0.all_gone.notify_all();
    }
}

fn nothing(_: i64) {}

/// The number of an event whose place in the order is open.
const ANY: i64 = -1;

fn event(number: i64) -> Event {
    Event::Service(ServiceEvent::SendMessage(number, PeerMessageErr::Ok))
}

/// A terminal event, and the handle that goes stale when it is settled.
fn terminal() -> (Event, u64) {
    let local = LocalInvitation::new(Weak::new(), "bob".into(), Ladder::new(0));
    local.common.depart(|| unreachable!("not released")).unwrap();
    let handle = local.handle();
    local.release().unwrap();
    (Event::Call(CallEvent::LocalFailure(local, LocalInvitationErr::NotLoggedin)), handle)
}

fn own() -> Arc<Delivery> {
    Delivery::with(Mode::OwnWorker, Worker::Own(Pool::new(1)))
}

fn pump() -> Arc<Delivery> {
    Delivery::with(Mode::Pump, Worker::Pump(Doorbell::new().expect("the system has a doorbell")))
}

/// A thread that is joined.
fn beside(body: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new().stack_size(1 << 16).spawn(body).expect("loom has a thread")
}
