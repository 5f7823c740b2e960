//! How a thread empties mailboxes.
//!
//! What a report causes in turn (the library answers inline) is put off until that report has returned: reports never nest.
//! A thread that has reported much and finds more coming leaves the rest to the runtime: no application thread is kept for
//! ever.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;

use super::mailbox::Seat;
use super::queue::SPARE_MAX;
use crate::runtime::pool::hold_wake_ups;

/// After how many reported items a thread leaves the rest to the runtime.
pub(super) const BUDGET: usize = 256;

/// What one thread has to report.
#[derive(Default)]
struct Desk {
    /// This thread is inside a report.
    busy: Cell<bool>,
    /// The mailboxes to be emptied next.
    pending: RefCell<VecDeque<Arc<Seat>>>,
}

thread_local! {
    static DESK: Desk = Desk::default();
}

/// Empties the mailboxes in this order, or after the report this thread is in. Called without a lock.
pub(super) fn run(ready: impl IntoIterator<Item = Arc<Seat>>) {
    let mut ready = ready.into_iter();
    let idle = DESK.try_with(|desk| {
        desk.add(&mut ready);
        !desk.busy.replace(true)
    });
    match idle {
        Ok(true) => work(),
        Ok(false) => {}
        // This thread is at its end and its desk is gone.
        Err(_) => ready.for_each(|seat| seat.defer()),
    }
}

fn work() {
    let _shift = Shift;
    let _wake_ups = hold_wake_ups();
    let mut budget = BUDGET;
    while let Some(seat) = next() {
        if seat.drain(&mut budget) {
            seat.defer();
        }
    }
}

/// Takes the next mailbox of this thread; by itself, because dropping it may lead back to the desk.
fn next() -> Option<Arc<Seat>> {
    DESK.try_with(|desk| desk.pending.borrow_mut().pop_front()).ok().flatten()
}

impl Desk {
    fn add(&self, ready: &mut impl Iterator<Item = Arc<Seat>>) {
        let mut pending = self.pending.borrow_mut();
        for seat in ready {
            // Many messages to one receiver out of one report.
            if !pending.back().is_some_and(|last| Arc::ptr_eq(last, &seat)) {
                pending.push_back(seat);
            }
        }
    }
}

/// The time in which a thread reports; if an inbox panics, the runtime takes over.
struct Shift;

impl Drop for Shift {
    fn drop(&mut self) {
        while let Some(seat) = next() {
            seat.defer();
        }
        let _ = DESK.try_with(|desk| {
            desk.busy.set(false);
            desk.pending.borrow_mut().shrink_to(SPARE_MAX);
        });
    }
}
