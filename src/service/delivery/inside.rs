//! Whether this thread is inside a callback of the library: there, nothing waits for callbacks.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::sync::Arc;

use super::Delivery;
use crate::sync::thread_local;

thread_local! {
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Closed inside a callback on this thread, with nobody but this thread to deliver the rest.
    static DEFERRED: RefCell<Vec<Arc<Delivery>>> = const { RefCell::new(Vec::new()) };
}

/// Whether this thread is inside a callback of the library: of any service, log or carrier, or a `drop(context)`.
pub fn in_callback() -> bool {
    DEPTH.with(Cell::get) > 0
}

/// Until the guard is dropped, this thread counts as inside a callback. For whoever calls the application; no lock of the
/// library may be held when the guard is dropped.
#[must_use]
pub fn enter_callback() -> CallbackGuard {
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    CallbackGuard(PhantomData)
}

/// See [`enter_callback`]. Stays on its thread.
pub struct CallbackGuard(PhantomData<*const ()>);

impl Drop for CallbackGuard {
    fn drop(&mut self) {
        DEPTH.with(|depth| depth.set(depth.get() - 1));
        while !in_callback()
            && let Ok(Some(delivery)) = DEFERRED.try_with(|deferred| deferred.borrow_mut().pop())
        {
            delivery.deliver_rest();
        }
    }
}

/// Has the rest of `delivery` delivered on this thread when its outermost callback has returned.
pub(super) fn defer(delivery: Option<Arc<Delivery>>) {
    // A thread that is ending has no list any more; the events are settled with the delivery then.
    let _ = DEFERRED.try_with(|deferred| deferred.borrow_mut().extend(delivery));
}
