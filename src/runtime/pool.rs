//! A pool: jobs that are ready, and the threads, started when first needed, that run them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use std::{hint, mem};

use super::sheltered;
use crate::sync::{Condvar, Mutex, MutexGuard, thread_local};
use crate::sys::{self, Stack};

/// How long a thread that has nothing more to do looks for more before it sleeps: about as long as it takes to wake it on another core.
/// Where one thing follows another nobody has to be woken, and else it costs as much again.
const LINGER: Duration = Duration::from_micros(20);
/// Where that was in vain again and again, it is left out this often before it is tried once more.
const LEFT_OUT_MAX: u32 = 1023;
/// How often it looks at most, also where the clock stands still; several times as often as there is time for.
const LOOKS_MAX: u32 = 10_000;

/// Something that a pool runs.
pub(crate) trait Job: Send + Sync {
    /// One turn. What needs another one schedules itself again, behind its neighbours.
    fn run(self: Arc<Self>);
}

/// Runs jobs in the order in which they became ready. With no threads at all, whoever owns it runs them.
pub(crate) struct Pool {
    limit: usize,
    state: Mutex<State>,
    work: Condvar,
    /// How many jobs are ready: to look at without the lock.
    ready: AtomicUsize,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Arc<dyn Job>>,
    threads: usize,
    /// Threads that will look once more before they wait.
    lingering: usize,
    /// Threads that wait and have not been called.
    idle: usize,
    closed: bool,
}

thread_local! {
    /// While this thread holds wake-ups back: the pools that have one to come.
    static HELD: RefCell<Option<Vec<Arc<Pool>>>> = const { RefCell::new(None) };
}

/// Until the guard is dropped this thread wakes no thread of a pool: that would run into the locks that are held meanwhile. For
/// whoever has several steps to make and waits for nothing.
#[must_use]
pub(crate) fn hold_wake_ups() -> WakeUps {
    HELD.with(|held| {
        held.borrow_mut().get_or_insert_default();
    });
    WakeUps(PhantomData)
}

/// See [`hold_wake_ups`]. Stays on its thread.
pub(crate) struct WakeUps(PhantomData<*const ()>);

impl Drop for WakeUps {
    fn drop(&mut self) {
        let held = HELD.with(|held| held.borrow_mut().take());
        for pool in held.into_iter().flatten() {
            pool.work.notify_one();
        }
    }
}

impl Pool {
    /// A pool of up to `limit` threads.
    pub(crate) fn new(limit: usize) -> Arc<Pool> {
        Arc::new(Pool { limit, state: Mutex::default(), work: Condvar::new(), ready: AtomicUsize::new(0) })
    }

    /// Whether what is ready is run by threads of its own.
    pub(crate) fn has_threads(&self) -> bool {
        self.limit > 0
    }

    /// Puts `job` into the queue, and calls or starts a thread for it if none is free. Answers false, and forgets the job, if
    /// there is no thread and none can be started.
    pub(crate) fn schedule(self: &Arc<Self>, job: Arc<dyn Job>) -> bool {
        let mut state = self.state.lock();
        if state.lingering > state.ready.len() {
            // One of them comes by itself.
        } else if state.idle > 0 {
            state.idle -= 1;
            self.wake_one();
        } else if state.threads < self.limit {
            let pool = self.clone();
            match sys::spawn("rtm-worker", Stack::Application, move || pool.work()) {
                Ok(()) => state.threads += 1,
                Err(_) if state.threads == 0 => return false,
                Err(_) => {} // The others will come to it.
            }
        }
        state.ready.push_back(job);
        self.ready.store(state.ready.len(), Ordering::Relaxed);
        true
    }

    fn take(&self, state: &mut State) -> Option<Arc<dyn Job>> {
        let job = state.ready.pop_front();
        self.ready.store(state.ready.len(), Ordering::Relaxed);
        job
    }

    fn wake_one(self: &Arc<Self>) {
        let hold = |held: &RefCell<Option<Vec<_>>>| held.borrow_mut().as_mut().map(|held| held.push(self.clone()));
        // A thread that is ending holds nothing back any more.
        if HELD.try_with(hold).ok().flatten().is_none() {
            self.work.notify_one();
        }
    }

    /// Runs the job that became ready first, here. Answers false if there is none.
    pub(crate) fn run_one(&self) -> bool {
        let job = self.take(&mut self.state.lock());
        let any = job.is_some();
        sheltered(|| job.into_iter().for_each(Job::run));
        any
    }

    /// Forgets what is ready.
    pub(crate) fn clear(&self) {
        let mut state = self.state.lock();
        let ready = mem::take(&mut state.ready);
        self.ready.store(0, Ordering::Relaxed);
        drop(state);
        drop(ready); // With no lock held: a job may be the last to own things.
    }

    /// Lets the threads end when nothing is ready. Does not wait for them.
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        state.closed = true;
        state.idle = 0;
        self.work.notify_all();
    }

    /// A thread of the pool.
    fn work(&self) {
        let mut state = self.state.lock();
        let mut lingering = Lingering::default();
        let mut lingers = false;
        loop {
            if let Some(job) = self.take(&mut state) {
                MutexGuard::unlocked(&mut state, || sheltered(|| job.run()));
                lingers = lingering.pays();
            } else if state.closed {
                state.threads -= 1;
                return;
            } else if mem::take(&mut lingers) {
                state.lingering += 1;
                MutexGuard::unlocked(&mut state, || {
                    lingering.wait(Instant::now, || self.ready.load(Ordering::Relaxed) > 0)
                });
                state.lingering -= 1;
            } else {
                state.idle += 1;
                self.work.wait(&mut state);
            }
        }
    }

    /// How many threads there are, and how many of them wait.
    #[cfg(all(test, not(loom)))]
    pub(crate) fn threads(&self) -> (usize, usize) {
        let state = self.state.lock();
        (state.threads, state.idle)
    }
}

/// What a thread knows about whether lingering pays: not where the one that brings the next job needs this core, or comes much later.
#[derive(Default)]
struct Lingering {
    /// How often it is to be left out now, and how often it was after it was last in vain.
    left_out: u32,
    last: u32,
}

impl Lingering {
    fn pays(&mut self) -> bool {
        let pays = self.left_out == 0;
        self.left_out = self.left_out.saturating_sub(1);
        pays
    }

    /// Waits, awake, until there is something. Gives way to nobody: on a busy machine it could be long until its next turn, and
    /// nobody would wake it.
    fn wait(&mut self, now: impl Fn() -> Instant, found: impl Fn() -> bool) {
        let end = now() + LINGER;
        for _ in 0..LOOKS_MAX {
            if found() {
                self.last = 0;
                return;
            }
            if cfg!(loom) || now() >= end {
                break;
            }
            hint::spin_loop();
        }
        self.last = (2 * self.last + 1).min(LEFT_OUT_MAX);
        self.left_out = self.last;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn lingering_ends_where_the_clock_stands_still() {
        let now = Instant::now();
        let mut lingering = Lingering::default();
        lingering.wait(|| now, || false);
        assert_eq!(lingering.left_out, 1, "it was in vain");
    }

    #[test]
    fn lingering_in_vain_becomes_rare_and_once_of_use_is_tried_again() {
        let mut lingering = Lingering::default();
        let mut tried = 0;
        for _ in 0..10_000 {
            if lingering.pays() {
                tried += 1;
                lingering.wait(Instant::now, || false);
            }
        }
        assert_eq!(tried, 18, "the 1st, 3rd, 7th and so on to the 1023rd time, then each 1024th");
        while !lingering.pays() {}
        lingering.wait(Instant::now, || true);
        assert!(lingering.pays());
    }
}
