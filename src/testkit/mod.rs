//! For the tests of applications: a world with a virtual clock, and peers that follow a script (in C: `rtm_call_test.h`).
//!
//! A [`World`] is a simulated [`Runtime`] and what makes its services repeat themselves. While one is *in use*, services that
//! the application creates live in it: no thread, no server, and time passes only when the test says so.

mod peer;
mod replay;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;

use crate::error::Error;
use crate::handles::{Table, kind};
use crate::runtime::Runtime;
use crate::service::delivery::in_callback;
use crate::time::Instant;

pub use peer::{PEERS, Peer, Script, Summary};
pub use replay::{Replay, replay};

/// All worlds with a handle.
pub static WORLDS: Table<World> = Table::new(kind::TEST_WORLD, "a test world");

/// The world that new services of the application live in.
static IN_USE: Mutex<Option<Arc<World>>> = Mutex::new(None);

/// A virtual clock and the seed of all chance under it.
pub struct World {
    runtime: Arc<Runtime>,
    began: Instant,
    /// Of the next service.
    seed: AtomicU64,
    /// Held while time passes.
    passing: Mutex<()>,
}

/// The clock of the world in use, or the real one.
pub fn runtime() -> Arc<Runtime> {
    IN_USE.lock().as_ref().map_or_else(Runtime::process, |world| world.runtime.clone())
}

/// Where a service that the application creates lives: the clock, and the seed of its ids if it is a virtual one.
pub fn surroundings() -> (Arc<Runtime>, Option<u64>) {
    match &*IN_USE.lock() {
        Some(world) => (world.runtime.clone(), Some(world.next_seed())),
        None => (Runtime::process(), None),
    }
}

impl World {
    /// A new world. The same seed, and the same calls in the same order, give the same events at the same times.
    pub fn new(seed: u64) -> Arc<World> {
        let runtime = Runtime::simulated();
        let began = runtime.now();
        Arc::new(World { runtime, began, seed: AtomicU64::new(seed), passing: Mutex::new(()) })
    }

    /// Services that are created from now on, on whichever thread, live in this world.
    pub fn put_in_use(self: &Arc<Self>) {
        let former = IN_USE.lock().replace(self.clone());
        drop(former); // With no lock held: it may be the last reference.
    }

    /// Services that are created from now on live in real time again. Does nothing if another world is in use.
    pub fn put_out_of_use(self: &Arc<Self>) {
        let former = IN_USE.lock().take_if(|world| Arc::ptr_eq(world, self));
        drop(former);
    }

    /// The time since the world began.
    pub fn elapsed(&self) -> Duration {
        self.runtime.now().since(self.began)
    }

    /// Lets time pass: timers, messages and callbacks happen on this thread, each at its time. A duration of zero: what is
    /// due now happens. Not possible inside a callback, nor while another thread does it.
    pub fn advance(&self, by: Duration) -> Result<(), Error> {
        self.pass(|runtime| runtime.advance(by))
    }

    /// The same as while the machine is suspended: nothing happens meanwhile, and what came due happens late, at the end.
    pub fn suspend(&self, by: Duration) -> Result<(), Error> {
        self.pass(|runtime| runtime.suspend(by))
    }

    /// The virtual clock.
    pub fn runtime(&self) -> &Arc<Runtime> {
        &self.runtime
    }

    fn pass(&self, pass: impl FnOnce(&Runtime)) -> Result<(), Error> {
        if in_callback() {
            return Err(Error::InvalidState("time cannot pass inside a callback".into()));
        }
        let passing = self.passing.try_lock();
        let busy = || Error::InvalidState("another thread lets time pass in this world".into());
        let _passing = passing.ok_or_else(busy)?;
        pass(&self.runtime);
        Ok(())
    }

    /// Each service has a seed of its own, in the order of their creation. Mixed, for the numbers that services draw are
    /// steps from their seeds: no two of them may meet.
    fn next_seed(&self) -> u64 {
        let x = self.seed.fetch_add(1, Ordering::Relaxed);
        let x = (x ^ (x >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        let x = (x ^ (x >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        x ^ (x >> 33)
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod replay_tests;
