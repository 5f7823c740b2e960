//! Whether something panicked: the library catches its own panics, so they would not be seen.

use std::cell::Cell;

thread_local! {
    static PANICKED: Cell<bool> = const { Cell::new(false) };
}

/// From now on panics are noticed, in whichever thread.
pub fn watch() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICKED.set(true);
        print(info);
    }));
}

/// Whether this thread panicked since the last call.
pub fn take() -> bool {
    PANICKED.replace(false)
}
