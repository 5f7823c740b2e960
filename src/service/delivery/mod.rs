//! Delivery: brings the events of one service to the application's handlers, one at a time, in order, with no lock held.
//!
//! Whoever delivers holds the *turn*: a worker, a thread in `dispatch`, or one that waits in `flush` or `close`. A thread
//! that is itself inside a callback never waits here; what it asks for is finished by whoever holds the turn.
//!
//! Only [`push`](Delivery::push) may be called with a lock of the library held: all else may run, or wait for, code of the
//! application.

mod inside;
#[cfg(all(loom, test))]
mod interleave;
#[cfg(test)]
mod samples;
mod state;
#[cfg(all(test, not(loom)))]
mod tests;
mod turn;

use std::mem;
use std::sync::{Arc, OnceLock, Weak};

use super::event::{CallHandler, Event, ServiceHandler};
use crate::error::Error;
use crate::runtime::pool::Pool;
use crate::runtime::{Runtime, sheltered};
use crate::sync::{Condvar, Mutex, MutexGuard};
use crate::sys::Doorbell;

pub use crate::codes::Delivery as Mode;
pub use inside::{CallbackGuard, enter_callback, in_callback};
use state::{Gate, Handler, State};
use turn::settle;

/// The callbacks of one service.
pub struct Delivery {
    me: Weak<Delivery>,
    mode: Mode,
    worker: Worker,
    state: Mutex<State>,
    /// A callback ended, the turn was given up, or a handler was let go.
    changed: Condvar,
}

/// Who delivers, unless a thread that waits does.
enum Worker {
    /// A thread of this delivery's own.
    Own(Arc<Pool>),
    /// Threads, or a simulated runtime, that may be busy with another service.
    Shared(Arc<Pool>),
    /// Whoever hears the bell.
    Pump(Doorbell),
}

impl Worker {
    /// Whether threads of the library deliver; else the application does, in its own time.
    fn comes_by_itself(&self) -> bool {
        match self {
            Worker::Own(pool) | Worker::Shared(pool) => pool.has_threads(),
            Worker::Pump(_) => false,
        }
    }
}

impl Delivery {
    /// A new one. In a simulated `runtime` that drives the workers too: they have no threads there. Fails if the system has
    /// no doorbell to give ([`Mode::Pump`] only).
    pub fn new(mode: Mode, runtime: &Runtime) -> Result<Arc<Delivery>, Error> {
        let worker = match (mode, runtime.pool()) {
            (Mode::Pump, _) => Worker::Pump(Doorbell::new()?),
            (_, Some(ready)) => Worker::Shared(ready.clone()),
            (Mode::OwnWorker, None) => Worker::Own(Pool::new(1)),
            (Mode::Shared, None) => Worker::Shared(shared_pool().clone()),
        };
        Ok(Delivery::with(mode, worker))
    }

    fn with(mode: Mode, worker: Worker) -> Arc<Delivery> {
        Arc::new_cyclic(|me| Delivery {
            me: me.clone(),
            mode,
            worker,
            state: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// Who delivers.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Queues `event`; never waits for a callback, so it may be called under the lock of the service. Once
    /// [`close`](Delivery::close) was called the event is settled and dropped.
    pub fn push(&self, event: Event) {
        let mut state = self.state.lock();
        if state.gate == Gate::Open {
            state.push(event);
            self.call_worker(&mut state);
        } else {
            drop(state);
            settle(event);
        }
    }

    /// Every service event from now on goes to `handler` too, after those added before. The answer is its name for
    /// [`remove_handler`](Delivery::remove_handler).
    pub fn add_handler(&self, handler: Arc<dyn ServiceHandler>) -> u64 {
        self.add(&mut self.state.lock(), Handler::Service(handler))
    }

    /// The same; `numbered` gets the name before the handler's first callback.
    pub fn add_numbered_handler(&self, handler: Arc<dyn ServiceHandler>, numbered: impl FnOnce(u64)) {
        let mut state = self.state.lock();
        numbered(state.newest + 1);
        self.add(&mut state, Handler::Service(handler));
    }

    /// Takes a handler out; answers whether it was there. Outside callbacks it returns when no callback of the handler
    /// runs or can start, and the handler was let go. Inside a callback it returns at once: none starts from then on.
    pub fn remove_handler(&self, id: u64) -> bool {
        let mut state = self.state.lock();
        let handler = state.take_handler(|known, _| known == id);
        let found = handler.is_some();
        match handler {
            Some((_, handler)) => self.part(&mut state, id, handler),
            // Another thread may be removing it: both return when it is gone.
            None if !in_callback() => self.changed.wait_while(&mut state, |state| state.is_busy_with(id)),
            None => {}
        }
        found
    }

    /// Call events from now on go to `handler`, in place of the one before; that one is waited for as in
    /// [`remove_handler`](Delivery::remove_handler).
    pub fn set_call_handler(&self, handler: Option<Arc<dyn CallHandler>>) {
        let mut state = self.state.lock();
        let before = state.take_handler(|_, known| matches!(known, Handler::Call(_)));
        if let Some(handler) = handler {
            self.add(&mut state, Handler::Call(handler));
        }
        if let Some((id, before)) = before {
            self.part(&mut state, id, before);
        }
    }

    /// Pump mode: delivers up to `max` events on this thread (0: as many as are there now) and answers how many it were; an
    /// event counts once, however many handlers receive it. Returns 0 at once while another thread delivers, inside a
    /// callback of the library, and in any other mode.
    pub fn dispatch(&self, max: usize) -> usize {
        if self.mode != Mode::Pump || in_callback() {
            return 0;
        }
        let state = self.state.lock();
        if state.turn || state.queue.is_empty() {
            return 0;
        }
        let limit = if max == 0 { state.queue.len() } else { max };
        self.deliver(state, limit)
    }

    /// Pump mode: what tells that there is something to dispatch, an eventfd to poll for reading or an event HANDLE to wait
    /// for. Set while the queue is not empty; the library resets it. Valid as long as this object.
    pub fn doorbell(&self) -> Option<isize> {
        match &self.worker {
            Worker::Pump(bell) => Some(bell.raw()),
            Worker::Own(_) | Worker::Shared(_) => None,
        }
    }

    /// How many events wait.
    pub fn waiting(&self) -> usize {
        self.state.lock().queue.len()
    }

    /// Returns when everything that was pushed before was delivered. Without a worker of its own (pump, shared, simulated)
    /// this thread delivers what nobody else is delivering: it never waits for the callbacks of another service. Inside a
    /// callback it returns at once.
    pub fn flush(&self) {
        if in_callback() {
            return;
        }
        let mut state = self.state.lock();
        let target = state.pushed;
        while state.delivered() < target {
            if !state.turn && self.delivers_here(&state) {
                let left = (target - state.delivered()) as usize;
                self.deliver(state, left);
                state = self.state.lock();
            } else {
                self.changed.wait(&mut state);
            }
        }
    }

    /// Whether nobody has begun to end it.
    pub fn is_open(&self) -> bool {
        self.state.lock().gate == Gate::Open
    }

    /// From now on no callback starts: what is queued and what is pushed is dropped, and settled. Waits for nothing;
    /// [`close`](Delivery::close) has to follow.
    pub fn discard(&self) {
        self.shut_gate(&mut self.state.lock(), true);
    }

    /// Ends the delivery: what is pushed from now on is dropped, what is queued is delivered (`discard`: dropped), and then
    /// the handlers are let go. Dropped events are settled.
    ///
    /// Outside callbacks it returns when all that is over; who delivers the rest is as in [`flush`](Delivery::flush).
    /// Inside a callback it returns at once, and the worker, or whoever dispatches, goes on to the end; if nobody
    /// dispatches this delivery just then (in a simulated runtime: lets time pass), the rest comes on this thread when its
    /// outermost callback has returned.
    pub fn close(&self, discard: bool) {
        let mut state = self.state.lock();
        self.shut_gate(&mut state, discard);
        let inside = in_callback();
        while !state.is_over() {
            if !state.turn && state.queue.is_empty() && state.gate < Gate::Shut {
                self.finish(&mut state);
            } else if inside {
                if !self.worker.comes_by_itself() {
                    inside::defer(self.me.upgrade()); // Nobody may be dispatching it, or let time pass any more.
                }
                return;
            } else if !state.turn && !state.queue.is_empty() && self.delivers_here(&state) {
                self.deliver(state, usize::MAX);
                state = self.state.lock();
            } else {
                self.changed.wait(&mut state);
            }
        }
    }

    fn shut_gate(&self, state: &mut MutexGuard<'_, State>, discard: bool) {
        state.gate = state.gate.max(if discard { Gate::Discarding } else { Gate::Closing });
        if discard && !state.queue.is_empty() {
            let dropped = mem::take(&mut state.queue);
            self.changed.notify_all();
            MutexGuard::unlocked(state, || dropped.into_iter().for_each(settle));
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        let _inside = enter_callback();
        let state = self.state.get_mut();
        for event in mem::take(&mut state.queue) {
            settle(event);
        }
        for handler in mem::take(&mut state.handlers) {
            sheltered(|| drop(handler));
        }
        if let Worker::Own(pool) = &self.worker {
            pool.close();
        }
    }
}

/// Sets how many workers the services in [`Mode::Shared`] share (default 2). Only before the first such service.
pub fn set_shared_workers(count: usize) -> Result<(), Error> {
    if count == 0 {
        return Err(Error::InvalidArgument("services cannot share 0 workers: use pump mode".into()));
    }
    SHARED
        .set(Pool::new(count))
        .map_err(|_| Error::InvalidState("the shared workers are in use or were set already".into()))
}

static SHARED: OnceLock<Arc<Pool>> = OnceLock::new();

fn shared_pool() -> &'static Arc<Pool> {
    const DEFAULT_WORKERS: usize = 2;
    SHARED.get_or_init(|| Pool::new(DEFAULT_WORKERS))
}
