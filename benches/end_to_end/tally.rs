//! Counts what the application was told, and wakes who waits for so many: once, so that a figure is not that of the waiting.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use super::api::BOUND;

pub struct Tally {
    count: AtomicU64,
    wanted: AtomicU64,
    lock: Mutex<()>,
    reached: Condvar,
}

impl Tally {
    pub fn new() -> Arc<Tally> {
        let (count, wanted) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
        Arc::new(Tally { count, wanted, lock: Mutex::new(()), reached: Condvar::new() })
    }

    /// One more.
    pub fn tell(&self) {
        // In one order with `wait`: one of the two sees the other's number.
        let count = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        if count == self.wanted.load(Ordering::SeqCst) {
            let _lock = self.lock.lock().expect("nobody panics");
            self.reached.notify_one();
        }
    }

    pub fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    /// Waits until there are as many. One thread at a time.
    pub fn wait(&self, wanted: u64) {
        self.wanted.store(wanted, Ordering::SeqCst);
        let lock = self.lock.lock().expect("nobody panics");
        // Long figures take their time; nothing that still moves is given up.
        let fewer = |(): &mut ()| self.count() < wanted;
        let (_lock, end) = self.reached.wait_timeout_while(lock, 10 * BOUND, fewer).expect("nobody panics");
        assert!(!end.timed_out(), "{} of {wanted} were told", self.count());
    }
}
