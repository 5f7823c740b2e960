//! The runtime: where time comes from, and who runs when it is due. Real, with one timer thread for the process, or
//! simulated, where nothing moves but in [`Runtime::advance`].

mod alarm;
pub(crate) mod pool;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use once_cell::sync::OnceCell;
use parking_lot::Mutex;

use crate::error::Error;
use crate::sys::{self, Sleeper, Stack};
use crate::time::Instant;

pub use alarm::{Alarm, Wake};
use alarm::{Entry, Table};
use pool::Pool;

/// A clock, the alarms set on it, and what runs them. Always in an `Arc`.
pub struct Runtime {
    id: u64,
    alarms: Mutex<Table>,
    clock: Clock,
}

enum Clock {
    Boot(Timer),
    Virtual { now: AtomicU64, ready: Arc<Pool> },
}

/// The timer thread.
#[derive(Default)]
struct Timer {
    /// What it sleeps on; there is one once the thread has started.
    sleeper: OnceCell<Arc<Sleeper>>,
    wake_ups: AtomicU64,
}

/// How long the timer thread rests between two wake-ups: many invitations come due one shortly after the other, and to wake up for
/// each would take longer than what is to be done. What is due by then is done then; an alarm that is set meanwhile is not put off.
const REST: Duration = Duration::from_millis(1);

/// When a virtual clock starts: late enough that nothing in the past is before zero.
const VIRTUAL_START: Instant = Instant::from_nanos(1_000_000 * 1_000_000_000);

impl Runtime {
    /// The runtime of this process: real time, time suspended included. Its one thread, "rtm-timer", starts with the first
    /// alarm.
    pub fn process() -> Arc<Runtime> {
        static PROCESS: OnceLock<Arc<Runtime>> = OnceLock::new();
        PROCESS.get_or_init(|| Runtime::new(Clock::Boot(Timer::default()))).clone()
    }

    /// A runtime of its own with a virtual clock and no threads: what is due runs in [`advance`](Runtime::advance),
    /// [`suspend`](Runtime::suspend) and [`settle`](Runtime::settle), on the thread that calls them, always in the same order.
    pub fn simulated() -> Arc<Runtime> {
        let now = AtomicU64::new(VIRTUAL_START.as_nanos());
        Runtime::new(Clock::Virtual { now, ready: Pool::new(0) })
    }

    fn new(clock: Clock) -> Arc<Runtime> {
        static LAST_ID: AtomicU64 = AtomicU64::new(0);
        let id = LAST_ID.fetch_add(1, Ordering::Relaxed) + 1;
        Arc::new(Runtime { id, alarms: Mutex::default(), clock })
    }

    /// The present time.
    pub fn now(&self) -> Instant {
        match &self.clock {
            Clock::Boot(_) => Instant::from_nanos(sys::boot_nanos()),
            Clock::Virtual { now, .. } => Instant::from_nanos(now.load(Ordering::Acquire)),
        }
    }

    /// A number that no other runtime of this process has.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Whether its clock is a virtual one.
    pub fn is_simulated(&self) -> bool {
        matches!(self.clock, Clock::Virtual { .. })
    }

    /// Starts the timer thread unless it runs. [`alarm`](Runtime::alarm) does so too, but cannot answer what the system says
    /// against it; whoever creates a service asks here first.
    pub fn start(self: &Arc<Self>) -> Result<(), Error> {
        match &self.clock {
            Clock::Boot(timer) => self.sleeper(timer).map(|_| ()),
            Clock::Virtual { .. } => Ok(()),
        }
    }

    /// A new alarm, not set, that wakes `target`.
    pub fn alarm(self: &Arc<Self>, target: Weak<dyn Wake>) -> Alarm {
        let _ = self.start(); // If that failed, each `set` tries again.
        Alarm::new(self.clone(), self.alarms.lock().entry(target))
    }

    /// The time of the earliest alarm that is set.
    pub fn next_alarm(&self) -> Option<Instant> {
        self.alarms.lock().next()
    }

    /// How often the timer thread has woken up so far: an idle library adds nothing to it.
    pub fn wake_ups(&self) -> u64 {
        match &self.clock {
            Clock::Boot(timer) => timer.wake_ups.load(Ordering::Relaxed),
            Clock::Virtual { .. } => 0,
        }
    }

    /// Lets virtual time pass: runs every alarm that comes due, in order of time (of equal ones, the alarm made first), at
    /// its time, and before and after each the callbacks that are ready, until none is left. Does nothing to real time.
    pub fn advance(&self, by: Duration) {
        let Clock::Virtual { now, .. } = &self.clock else { return };
        let end = self.now() + by;
        self.settle();
        while let Some((at, entry)) = self.take_due(end) {
            now.fetch_max(at.as_nanos(), Ordering::AcqRel);
            entry.wake(self.now());
            self.settle();
        }
        now.fetch_max(end.as_nanos(), Ordering::AcqRel);
    }

    /// Lets virtual time pass as while the machine is suspended: nothing runs meanwhile, and what came due runs late, at the
    /// end. Does nothing to real time.
    pub fn suspend(&self, by: Duration) {
        let Clock::Virtual { now, .. } = &self.clock else { return };
        now.fetch_max((self.now() + by).as_nanos(), Ordering::AcqRel);
        self.advance(Duration::ZERO);
    }

    /// Runs the callbacks that are ready, until none is left; virtual time stands still. Does nothing to real time.
    pub fn settle(&self) {
        if let Clock::Virtual { ready, .. } = &self.clock {
            while ready.run_one() {}
        }
    }

    /// Who runs the ready callbacks of a virtual clock; a real one leaves that to threads.
    pub(crate) fn pool(&self) -> Option<&Arc<Pool>> {
        match &self.clock {
            Clock::Boot(_) => None,
            Clock::Virtual { ready, .. } => Some(ready),
        }
    }

    /// Takes the earliest alarm out if it is due at `now`.
    fn take_due(&self, now: Instant) -> Option<(Instant, Arc<Entry>)> {
        self.alarms.lock().take_due(now)
    }

    /// Sets an alarm to `at` unless it is set to an earlier time.
    fn set(self: &Arc<Self>, entry: &Arc<Entry>, at: Instant) {
        let rouse = self.alarms.lock().set(entry, at);
        if let Clock::Boot(timer) = &self.clock
            && (rouse || timer.sleeper.get().is_none())
            && let Ok(sleeper) = self.sleeper(timer)
        {
            sleeper.wake();
        }
    }

    /// What the timer thread sleeps on; starts the thread if it does not run.
    fn sleeper<'a>(self: &Arc<Self>, timer: &'a Timer) -> Result<&'a Sleeper, Error> {
        if sys::is_forked() {
            return Err(Error::Forked);
        }
        let sleeper = timer.sleeper.get_or_try_init(|| {
            let sleeper = Arc::new(Sleeper::new()?);
            let (runtime, own) = (self.clone(), sleeper.clone());
            sys::spawn("rtm-timer", Stack::Library, move || runtime.run_timer(&own))?;
            Ok(sleeper)
        })?;
        Ok(sleeper)
    }

    /// The timer thread.
    fn run_timer(&self, sleeper: &Sleeper) {
        let Clock::Boot(timer) = &self.clock else { return };
        let mut rested = Instant::ZERO;
        loop {
            let now = self.now(); // Anew for each alarm: a long row of them takes time.
            let mut alarms = self.alarms.lock();
            if let Some((_, due)) = alarms.take_due(now) {
                drop(alarms);
                due.wake(now);
            } else {
                let next = alarms.sleep(rested);
                drop(alarms);
                sleeper.wait(next.map(Instant::as_nanos));
                rested = self.now() + REST;
                timer.wake_ups.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Clock::Virtual { ready, .. } = &self.clock {
            ready.clear();
        }
    }
}

/// Runs `body`; a panic in it ends here. Its message has been printed by then.
pub(crate) fn sheltered(body: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(body));
}

#[cfg(all(test, not(loom)))]
mod tests;
