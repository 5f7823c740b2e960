//! Bugs that the border tests plant, to show that they would be found. In no header, and in no product.

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

/// Panics inside a step of the service: it must end its invitations, answer RTM_ERR_PANICKED from then on, and be
/// released.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_planted_panic(service: *mut rtm_service) -> Status {
    border(|| rtm_service::find(service)?.planted_panic())
}
