//! Pump mode as an application would write it: one thread of its own waits for the doorbells of all its services and
//! dispatches those that ring.
#![allow(unsafe_code)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crate::api::Party;

/// After so long, in milliseconds, it looks whether it is over.
const LOOK: i32 = 100;

/// The thread, until it is dropped.
pub struct Pump {
    thread: Option<JoinHandle<()>>,
    over: Arc<AtomicBool>,
}

impl Pump {
    pub fn new(parties: Vec<Party>) -> Pump {
        let over = Arc::new(AtomicBool::new(false));
        let seen = over.clone();
        let thread = thread::spawn(move || {
            let mut bells = platform::Bells::new(parties.iter().map(Party::doorbell));
            while !seen.load(Ordering::Acquire) {
                bells.wait(LOOK, |number| {
                    parties[number].dispatch();
                });
            }
        });
        Pump { thread: Some(thread), over }
    }
}

impl Drop for Pump {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join(); // If it has panicked, it has said so.
        }
    }
}

#[cfg(unix)]
mod platform {
    pub struct Bells(Vec<libc::pollfd>);

    impl Bells {
        pub fn new(bells: impl Iterator<Item = isize>) -> Bells {
            Bells(bells.map(|bell| libc::pollfd { fd: bell as i32, events: libc::POLLIN, revents: 0 }).collect())
        }

        /// Waits for one that rings, or for so long, and tells which do.
        pub fn wait(&mut self, millis: i32, mut rings: impl FnMut(usize)) {
            // SAFETY: an array of that many entries.
            unsafe { libc::poll(self.0.as_mut_ptr(), self.0.len() as libc::nfds_t, millis) };
            for (number, bell) in self.0.iter().enumerate().filter(|(_, bell)| bell.revents != 0) {
                debug_assert_eq!(bell.revents, libc::POLLIN, "it is open");
                rings(number);
            }
        }
    }
}

#[cfg(windows)]
mod platform {
    use windows_sys::Win32::Foundation::HANDLE;
    use windows_sys::Win32::System::Threading::WaitForMultipleObjects;

    pub struct Bells(Vec<HANDLE>);

    impl Bells {
        pub fn new(bells: impl Iterator<Item = isize>) -> Bells {
            Bells(bells.map(|bell| bell as HANDLE).collect())
        }

        /// Waits for one that rings, or for so long, and tells which.
        pub fn wait(&mut self, millis: i32, mut rings: impl FnMut(usize)) {
            // SAFETY: an array of that many open handles, at most 64.
            let first = unsafe { WaitForMultipleObjects(self.0.len() as u32, self.0.as_ptr(), 0, millis as u32) };
            if let number @ 0..64 = first as usize {
                rings(number);
            }
        }
    }
}
