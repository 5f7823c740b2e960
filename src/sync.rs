//! The locks of the parts that `./dev interleave` runs under every order of their threads: parking_lot's, and in that build
//! (`--cfg loom`) the same shape over loom's, whose scheduler decides at each of them who goes on.

#[cfg(not(all(loom, test)))]
pub(crate) use parking_lot::{Condvar, Mutex, MutexGuard};
#[cfg(not(all(loom, test)))]
pub(crate) use std::{thread, thread_local};

#[cfg(all(loom, test))]
pub(crate) use loom::thread;
#[cfg(all(loom, test))]
pub(crate) use modelled::{Condvar, LEFT_OUT, Mutex, MutexGuard, hits, thread_local};

#[cfg(all(loom, test))]
mod modelled {
    use std::collections::BTreeMap;
    use std::ops::{Deref, DerefMut};
    use std::panic::Location;
    use std::sync::OnceLock;

    /// As parking_lot's.
    #[derive(Debug, Default)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    /// As parking_lot's. Empty only while its lock is given up.
    #[derive(Debug)]
    pub(crate) struct MutexGuard<'a, T> {
        of: &'a Mutex<T>,
        held: Option<loom::sync::MutexGuard<'a, T>>,
    }

    /// As parking_lot's, but that a call can be left out: a planted bug.
    #[derive(Debug, Default)]
    pub(crate) struct Condvar(loom::sync::Condvar);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Mutex<T> {
            Mutex(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            MutexGuard { of: self, held: Some(self.0.lock().expect("loom's do not poison")) }
        }

        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.0.get_mut().expect("loom's do not poison")
        }
    }

    impl<T> MutexGuard<'_, T> {
        pub(crate) fn unlocked<U>(guard: &mut Self, body: impl FnOnce() -> U) -> U {
            guard.held = None;
            let answer = body();
            guard.held = Some(guard.of.0.lock().expect("loom's do not poison"));
            answer
        }
    }

    impl<T> Deref for MutexGuard<'_, T> {
        type Target = T;

        fn deref(&self) -> &T {
            self.held.as_ref().expect("only unlocked empties it")
        }
    }

    impl<T> DerefMut for MutexGuard<'_, T> {
        fn deref_mut(&mut self) -> &mut T {
            self.held.as_mut().expect("only unlocked empties it")
        }
    }

    impl Condvar {
        pub(crate) fn new() -> Condvar {
            Condvar(loom::sync::Condvar::new())
        }

        pub(crate) fn wait<T>(&self, guard: &mut MutexGuard<'_, T>) {
            let held = guard.held.take().expect("only unlocked empties it");
            guard.held = Some(self.0.wait(held).expect("loom's do not poison"));
        }

        #[track_caller]
        pub(crate) fn wait_while<T>(&self, guard: &mut MutexGuard<'_, T>, mut holds: impl FnMut(&mut T) -> bool) {
            if left_out("wait_while") {
                return;
            }
            while holds(guard) {
                self.wait(guard);
            }
        }

        #[track_caller]
        pub(crate) fn notify_one(&self) {
            if !left_out("notify_one") {
                self.0.notify_one();
            }
        }

        #[track_caller]
        pub(crate) fn notify_all(&self) {
            if !left_out("notify_all") {
                self.0.notify_all();
            }
        }
    }

    /// Loom runs its threads on one thread of the system.
    macro_rules! modelled_local {
        ($($(#[$attribute:meta])* static $name:ident: $type:ty = const { $initial:expr };)*) => {
            $(loom::thread_local! { $(#[$attribute])* static $name: $type = $initial })*
        };
    }
    pub(crate) use modelled_local as thread_local;

    /// The variable that names a call to be left out, as in [`hits`].
    pub(crate) const LEFT_OUT: &str = "RTM_CALL_LEFT_OUT";

    static HITS: parking_lot::Mutex<BTreeMap<String, u64>> = parking_lot::Mutex::new(BTreeMap::new());

    /// Which calls of notify and wait_while there are in the code that ran, such as "notify_all src/x.rs:7", and how often.
    pub(crate) fn hits() -> BTreeMap<String, u64> {
        HITS.lock().clone()
    }

    #[track_caller]
    fn left_out(what: &str) -> bool {
        static WANTED: OnceLock<Option<String>> = OnceLock::new();
        let at = Location::caller();
        let call = format!("{what} {}:{}", at.file(), at.line());
        let answer = WANTED.get_or_init(|| std::env::var(LEFT_OUT).ok()).as_ref() == Some(&call);
        *HITS.lock().entry(call).or_default() += 1;
        answer
    }
}
