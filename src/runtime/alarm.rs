//! Alarms: wake a target at a time. One table holds those that are set, in order.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use super::{Runtime, sheltered};
use crate::time::Instant;

/// What an alarm wakes.
pub trait Wake: Send + Sync {
    /// The alarm has come due and is no longer set. Runs on the timer thread (in a simulated runtime: inside `advance`),
    /// with no lock of the runtime held. `now` was read just before, so a target that takes a lock may meet a later time
    /// there. Must not run code of the application.
    fn wake(&self, now: Instant);
}

/// An alarm of a runtime. Drop disarms it; a wake-up under way on the timer thread may still come.
pub struct Alarm {
    runtime: Arc<Runtime>,
    entry: Arc<Entry>,
}

impl Alarm {
    pub(super) fn new(runtime: Arc<Runtime>, entry: Arc<Entry>) -> Alarm {
        Alarm { runtime, entry }
    }

    /// Sets it to `at`, unless it is set to an earlier time already: it is never put off, the target sets it anew when
    /// woken. Cheap when it changes nothing; may be called with locks held that [`Wake::wake`] takes.
    pub fn set(&self, at: Instant) {
        if at < self.entry.armed() {
            self.runtime.set(&self.entry, at);
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if self.entry.armed() != Instant::NEVER {
            self.runtime.alarms.lock().unset(&self.entry);
        }
    }
}

/// What the table knows of an alarm.
pub(super) struct Entry {
    id: u64,
    /// What it is set to, in nanoseconds; NEVER if it is not set. Written under the lock of the table.
    armed: AtomicU64,
    target: Weak<dyn Wake>,
}

impl Entry {
    pub(super) fn wake(&self, now: Instant) {
        if let Some(target) = self.target.upgrade() {
            sheltered(|| target.wake(now));
            sheltered(|| drop(target));
        }
    }

    fn armed(&self) -> Instant {
        Instant::from_nanos(self.armed.load(Ordering::Acquire))
    }

    fn note(&self, at: Instant) {
        self.armed.store(at.as_nanos(), Ordering::Release);
    }
}

/// The alarms that are set.
#[derive(Default)]
pub(super) struct Table {
    last_id: u64,
    due: BTreeMap<(Instant, u64), Arc<Entry>>,
    /// Until when the timer thread sleeps; zero while it is awake, for then it looks here before it sleeps.
    asleep_until: Instant,
}

impl Table {
    /// A new entry, not set.
    pub(super) fn entry(&mut self, target: Weak<dyn Wake>) -> Arc<Entry> {
        self.last_id += 1;
        Arc::new(Entry { id: self.last_id, armed: AtomicU64::new(Instant::NEVER.as_nanos()), target })
    }

    /// The time of the earliest.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first_key_value().map(|(&(at, _), _)| at)
    }

    /// Sets `entry` to `at` unless it is set to an earlier time. Answers whether the timer thread must be woken for it.
    pub(super) fn set(&mut self, entry: &Arc<Entry>, at: Instant) -> bool {
        if at >= entry.armed() {
            return false;
        }
        self.unset(entry);
        entry.note(at);
        self.due.insert((at, entry.id), entry.clone());
        let rouse = at < self.asleep_until;
        if rouse {
            self.asleep_until = at;
        }
        rouse
    }

    /// Takes `entry` out.
    pub(super) fn unset(&mut self, entry: &Entry) {
        self.due.remove(&(entry.armed(), entry.id));
        entry.note(Instant::NEVER);
    }

    /// Takes the earliest out if it is due at `now`.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<(Instant, Arc<Entry>)> {
        self.asleep_until = Instant::ZERO;
        if self.next()? > now {
            return None;
        }
        let ((at, _), entry) = self.due.pop_first()?;
        entry.note(Instant::NEVER);
        Some((at, entry))
    }

    /// The timer thread is going to sleep until the time answered, which is not before `rested` unless an alarm is set meanwhile.
    pub(super) fn sleep(&mut self, rested: Instant) -> Option<Instant> {
        let next = self.next().map(|next| next.max(rested));
        self.asleep_until = next.unwrap_or(Instant::NEVER);
        next
    }

    /// Until when the timer thread sleeps.
    #[cfg(all(test, not(loom)))]
    pub(super) fn asleep_until(&self) -> Instant {
        self.asleep_until
    }
}
