//! Bugs that the border tests plant, to show that they would be found. In no header, and in no product.

use std::ptr;

use parking_lot::Mutex;

use super::border::border;
use super::handles::rtm_service;
use crate::codes::Status;

/// Reads memory of Rust's after it was freed: a sanitizer or valgrind must report it.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_planted_use_after_free() {
    let freed: *const u8 = {
        let memory = vec![1u8; 16].into_boxed_slice();
        std::hint::black_box(memory.as_ptr())
    };
    // SAFETY: none; this is the bug.
    std::hint::black_box(unsafe { freed.read_volatile() });
}

/// Counts without a lock, for so long that two threads meet: a data race, which ThreadSanitizer must report.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_planted_race() {
    static mut COUNT: u64 = 0;
    let count = &raw mut COUNT;
    for _ in 0..1_000 {
        // SAFETY: none; this is the bug.
        unsafe { ptr::write_volatile(count, ptr::read_volatile(count) + 1) }
    }
}

/// Takes two locks, each time in the other order: two threads in it wait for each other for ever, sooner or later.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_planted_deadlock() {
    static ORDER: Mutex<bool> = Mutex::new(false);
    static LOCKS: [Mutex<()>; 2] = [Mutex::new(()), Mutex::new(())];
    let first = {
        let mut order = ORDER.lock();
        *order = !*order;
        usize::from(*order)
    };
    let _one = LOCKS[first].lock();
    std::thread::yield_now();
    let _other = LOCKS[1 - first].lock();
}

/// Panics inside a step of the service: it must end its invitations, answer RTM_ERR_PANICKED from then on, and be
/// released.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_planted_panic(service: *mut rtm_service) -> Status {
    border(|| rtm_service::find(service)?.planted_panic())
}
