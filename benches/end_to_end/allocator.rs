//! The system's allocator, which counts while somebody wants to know.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

/// Passes everything on.
pub struct Counting;

static ON: AtomicBool = AtomicBool::new(false);
static BYTES: AtomicI64 = AtomicI64::new(0);
static CALLS: AtomicU64 = AtomicU64::new(0);

/// Counts from now on (or no longer). It is off while time is measured.
pub fn count(on: bool) {
    ON.store(on, Ordering::SeqCst);
}

/// Bytes that were asked for and not given back, while it counted. Below what the process takes: the allocator needs some too.
pub fn bytes() -> i64 {
    BYTES.load(Ordering::SeqCst)
}

/// How often memory was asked for, while it counted.
pub fn calls() -> u64 {
    CALLS.load(Ordering::SeqCst)
}

fn note(change: i64) {
    if ON.load(Ordering::Relaxed) {
        BYTES.fetch_add(change, Ordering::Relaxed);
        CALLS.fetch_add(u64::from(change > 0), Ordering::Relaxed);
    }
}

// SAFETY: everything is passed on to the system's allocator, which keeps the promises.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        note(-(layout.size() as i64));
        // SAFETY: likewise.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as i64);
        // SAFETY: likewise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(size as i64 - layout.size() as i64);
        // SAFETY: likewise.
        unsafe { System.realloc(at, layout, size) }
    }
}
