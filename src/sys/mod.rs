//! The few platform calls, each with its Windows twin: clock, timed wait, doorbell, threads, fork, randomness.
#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod platform;
#[cfg(windows)]
#[path = "windows.rs"]
mod platform;
#[cfg(not(any(target_os = "linux", windows)))]
compile_error!("rtm-call runs on Linux and Windows; a port writes the twin of src/sys/linux.rs");

pub(crate) use platform::{Doorbell, Sleeper, boot_nanos, is_forked};
#[cfg(feature = "mqtt")]
pub(crate) use platform::{rearm_quick_ack, set_quick_ack};

use crate::error::Error;
use crate::sync::thread;

/// How much stack a thread of the library gets.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stack {
    /// Only code of the library runs on it.
    Library,
    /// Callbacks of the application run on it: as much as they would have on a thread of Rust's.
    Application,
}

impl Stack {
    fn bytes(self) -> usize {
        match self {
            Stack::Library => 512 << 10,
            Stack::Application => 2 << 20,
        }
    }
}

/// Starts a thread that nobody joins. `name` has at most 15 bytes (Linux cuts the rest). The thread handles no signals
/// but its own faults and those of garbage collectors: an application's handlers run on the application's threads.
pub(crate) fn spawn(name: &str, stack: Stack, body: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    debug_assert!(name.len() <= 15, "{name} is too long for the name of a thread");
    #[cfg(test)]
    if failing::is_on() {
        return Err(Error::Os(format!("cannot start the thread {name}: a test said so")));
    }
    platform::stay_loaded();
    let builder = thread::Builder::new().name(name.to_owned()).stack_size(stack.bytes());
    match platform::with_signals_blocked(|| builder.spawn(body)) {
        Ok(_) => Ok(()),
        Err(why) => Err(Error::Os(format!("cannot start the thread {name}: {why}"))),
    }
}

/// 128 bits that nobody can guess, from the operating system.
pub(crate) fn random_u128() -> Result<u128, Error> {
    let mut bytes = [0; 16];
    platform::fill_random(&mut bytes)?;
    Ok(u128::from_ne_bytes(bytes))
}

/// The same for who needs one number after the other: the system is asked for several at a time.
#[derive(Default)]
pub(crate) struct Random(Vec<u128>);

impl Random {
    const AT_ONCE: usize = 16;

    pub(crate) fn u128(&mut self) -> Result<u128, Error> {
        if let Some(number) = self.0.pop() {
            return Ok(number);
        }
        let mut bytes = [0; 16 * Random::AT_ONCE];
        platform::fill_random(&mut bytes)?;
        let (numbers, _) = bytes.as_chunks();
        self.0.extend(numbers.iter().map(|bytes| u128::from_ne_bytes(*bytes)));
        self.u128()
    }
}

/// Lets a test see what happens when no thread can be started.
#[cfg(test)]
pub(crate) mod failing {
    use std::cell::Cell;

    thread_local!(static ON: Cell<bool> = const { Cell::new(false) });

    /// From now on (or no longer) this thread starts no thread.
    pub(crate) fn set(on: bool) {
        ON.set(on);
    }

    pub(super) fn is_on() -> bool {
        ON.get()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::Arc;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    const BOUND: Duration = Duration::from_secs(20);

    #[test]
    fn the_clock_goes_on() {
        let before = boot_nanos();
        assert!(before > 0);
        while boot_nanos() == before {}
        assert!(boot_nanos() > before);
    }

    #[test]
    fn a_sleeper_sleeps_until_its_time() {
        let sleeper = Sleeper::new().unwrap();
        let until = boot_nanos() + 20_000_000;
        sleeper.wait(Some(until));
        assert!(boot_nanos() >= until);
        sleeper.wait(Some(until)); // the past
        sleeper.wait(Some(0));
    }

    #[test]
    fn a_sleeper_is_woken_before_its_time_and_once() {
        let sleeper = Arc::new(Sleeper::new().unwrap());
        let (woken, seen) = channel();
        let other = sleeper.clone();
        spawn("rtm-test", Stack::Library, move || {
            other.wait(None);
            woken.send(()).unwrap();
            other.wait(Some(u64::MAX));
            woken.send(()).unwrap();
        })
        .unwrap();
        sleeper.wake();
        seen.recv_timeout(BOUND).unwrap();
        assert!(seen.try_recv().is_err());
        sleeper.wake();
        seen.recv_timeout(BOUND).unwrap();
        // A wake-up that comes first is kept for the wait, and used up by it.
        sleeper.wake();
        sleeper.wake();
        sleeper.wait(None);
        let until = boot_nanos() + 5_000_000;
        sleeper.wait(Some(until));
        assert!(boot_nanos() >= until);
    }

    #[test]
    fn a_doorbell_stays_rung_until_it_is_cleared() {
        let bell = Doorbell::new().unwrap();
        assert!(!bell.is_rung());
        bell.clear();
        bell.ring();
        bell.ring();
        assert!(bell.is_rung());
        bell.clear();
        assert!(!bell.is_rung());
    }

    #[test]
    fn a_thread_that_cannot_start_is_an_error() {
        failing::set(true);
        let answer = spawn("rtm-test", Stack::Application, || ());
        failing::set(false);
        assert!(matches!(answer, Err(Error::Os(why)) if why.contains("rtm-test")));
    }

    #[test]
    fn random_numbers_differ() {
        let mut random = Random::default();
        let numbers: HashSet<u128> = (0..100).map(|_| random.u128().unwrap()).collect();
        assert_eq!(numbers.len(), 100);
        assert!(numbers.iter().all(|number| *number as u64 != 0 && (number >> 64) as u64 != 0));
        assert!(!numbers.contains(&Random::default().u128().unwrap()));
    }
}
