//! The turn: one thread at a time delivers, whichever it is.

use std::sync::Arc;
use std::time::Duration;

use super::state::{Gate, Handler, State};
use super::{Delivery, Mode, Worker, enter_callback, in_callback};
use crate::runtime::pool::Job;
use crate::runtime::{Runtime, Wake, sheltered};
use crate::service::event::Event;
use crate::sync::MutexGuard;
use crate::time::Instant;

/// How many events a worker delivers before its neighbours in the pool get their turn.
pub(super) const BATCH: usize = 64;

/// When a worker that could not be started is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// A queue that has grown beyond this gives its memory back when it is empty.
pub(super) const KEPT_CAPACITY: usize = 1024;

impl Delivery {
    /// Delivers what a `close` inside a callback has left, unless somebody does already.
    pub(super) fn deliver_rest(&self) {
        let state = self.state.lock();
        if !state.turn && !state.queue.is_empty() {
            self.deliver(state, usize::MAX);
        }
    }

    /// Whether a thread that waits may take the turn. A worker of this delivery's own is left to it, if there is one: an
    /// application may rely on the thread. Any other may be busy with another service for long.
    pub(super) fn delivers_here(&self, state: &State) -> bool {
        !matches!(self.worker, Worker::Own(_)) || !state.scheduled
    }

    /// Makes sure that somebody comes for what is queued.
    pub(super) fn call_worker(&self, state: &mut State) {
        let (Worker::Own(pool) | Worker::Shared(pool)) = &self.worker else { return self.ring(state) };
        if state.queue.is_empty() || state.scheduled || state.turn {
            return; // Who holds the turn looks here again at its end.
        }
        let Some(me) = self.me.upgrade() else { return };
        state.scheduled = pool.schedule(me);
        if !state.scheduled {
            let runtime = Runtime::process();
            let retry = state.retry.get_or_insert_with(|| runtime.alarm(self.me.clone()));
            retry.set(runtime.now() + RETRY);
        }
    }

    /// Brings the bell into line with the queue.
    fn ring(&self, state: &mut State) {
        let Worker::Pump(bell) = &self.worker else { return };
        let waiting = !state.queue.is_empty();
        if waiting != state.rung {
            state.rung = waiting;
            if waiting { bell.ring() } else { bell.clear() }
        }
    }

    /// Takes the turn, which must be free, and delivers up to `limit` events; after a `close` in pump mode all of them, for
    /// nobody may come again.
    pub(super) fn deliver(&self, mut state: MutexGuard<'_, State>, limit: usize) -> usize {
        let inside = enter_callback();
        let mut count = 0;
        state.turn = true;
        while (count < limit || (state.gate > Gate::Open && self.mode == Mode::Pump))
            && let Some(event) = state.queue.pop_front()
        {
            self.deliver_one(&mut state, event);
            count += 1;
        }
        state.turn = false;
        if state.queue.is_empty() {
            if state.queue.capacity() > KEPT_CAPACITY {
                state.queue.shrink_to(KEPT_CAPACITY);
            }
            if state.gate > Gate::Open && state.gate < Gate::Shut {
                self.finish(&mut state);
            }
        }
        self.call_worker(&mut state);
        drop(state); // Who waits was told by deliver_one, since when nobody else had the lock, or by let_go.
        drop(inside); // May run what was deferred, so with no lock held and the turn given up.
        count
    }

    /// Brings `event` to its handlers. The one lock pair around each callback makes sure that a handler removed by then is
    /// not called, and that who waits for a callback hears of its end.
    fn deliver_one(&self, state: &mut MutexGuard<'_, State>, event: Event) {
        let newest = state.newest; // Who is added meanwhile does not receive it.
        let mut after = 0;
        let mut at_hand = Some(event);
        while let Some(event) = at_hand.take() {
            let next = state.receiver(&event, after, newest);
            state.active = next.as_ref().map(|next| next.id);
            state.at_hand = true;
            after = state.active.unwrap_or(newest);
            at_hand = MutexGuard::unlocked(state, || {
                if let Some(next) = next {
                    sheltered(|| next.handler.on_event(&event));
                    sheltered(|| drop(next.handler)); // The last one if it was removed.
                    if !next.is_last {
                        return Some(event);
                    }
                }
                settle(event);
                None
            });
            state.active = None;
            state.at_hand = at_hand.is_some();
            self.changed.notify_all();
        }
    }

    /// The end of a closed delivery: nothing is queued and nobody has the turn. Lets the handlers go.
    pub(super) fn finish(&self, state: &mut MutexGuard<'_, State>) {
        state.gate = Gate::Shut;
        self.ring(state);
        while let Some((id, handler)) = state.take_handler(|_, _| true) {
            self.let_go(state, id, handler);
        }
        if let Worker::Own(pool) = &self.worker {
            pool.close();
        }
    }

    pub(super) fn add(&self, state: &mut MutexGuard<'_, State>, handler: Handler) -> u64 {
        state.newest += 1;
        let id = state.newest;
        if state.gate == Gate::Shut {
            self.let_go(state, id, handler);
        } else {
            state.handlers.push((id, handler));
        }
        id
    }

    /// Waits, outside callbacks, until a handler that was taken out no longer runs, and lets it go.
    pub(super) fn part(&self, state: &mut MutexGuard<'_, State>, id: u64, handler: Handler) {
        state.leaving.push(id);
        if !in_callback() {
            self.changed.wait_while(state, |state| state.active == Some(id));
        }
        self.let_go(state, id, handler);
    }

    /// Drops a handler with no lock held; its drop may call the application.
    fn let_go(&self, state: &mut MutexGuard<'_, State>, id: u64, handler: Handler) {
        state.leaving.push(id);
        MutexGuard::unlocked(state, || {
            let _inside = enter_callback();
            sheltered(|| drop(handler));
        });
        state.leaving.retain(|&known| known != id);
        self.changed.notify_all();
    }
}

impl Job for Delivery {
    /// A worker has come.
    fn run(self: Arc<Self>) {
        let mut state = self.state.lock();
        state.scheduled = false;
        if !state.turn && !state.queue.is_empty() {
            self.deliver(state, BATCH);
        }
    }
}

impl Wake for Delivery {
    /// A worker could not be started; perhaps it can now.
    fn wake(&self, _now: Instant) {
        self.call_worker(&mut self.state.lock());
    }
}

/// The end of an event, with no lock held.
pub(super) fn settle(event: Event) {
    sheltered(|| event.settle());
    sheltered(|| drop(event));
}
