//! Linux: the boot clock, timerfd, eventfd, signal masks, `pthread_atfork`, getrandom.

use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
#[cfg(feature = "mqtt")]
use std::os::fd::AsFd;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::Error;

/// Nanoseconds since the boot, time suspended included (CLOCK_MONOTONIC, which Rust's `Instant` reads, leaves it out).
pub(crate) fn boot_nanos() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `now` is a timespec of ours.
    let answer = unsafe { libc::clock_gettime(libc::CLOCK_BOOTTIME, &raw mut now) };
    debug_assert_eq!(answer, 0, "every Linux since 2.6.39 has this clock");
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// What the timer thread waits on. Time suspended counts: the timer runs on the boot clock.
pub(crate) struct Sleeper {
    timer: OwnedFd,
    bell: Doorbell,
}

impl Sleeper {
    /// A new one, or what the system says against it.
    pub(crate) fn new() -> Result<Sleeper, Error> {
        // SAFETY: no memory is involved.
        let fd = unsafe { libc::timerfd_create(libc::CLOCK_BOOTTIME, libc::TFD_CLOEXEC | libc::TFD_NONBLOCK) };
        Ok(Sleeper { timer: own(fd, "a timerfd")?, bell: Doorbell::new()? })
    }

    /// Returns when [`wake`](Sleeper::wake) was called since the last wait, or when the boot clock shows `until`
    /// nanoseconds. Without `until` nothing but `wake` ends it.
    pub(crate) fn wait(&self, until: Option<u64>) {
        self.arm(until);
        let watch = |fd: i32| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut fds = [watch(self.bell.0.as_raw_fd()), watch(self.timer.as_raw_fd())];
        // An interrupted poll just starts again: the timer holds an absolute time.
        // SAFETY: `fds` is an array of that many entries, and the file descriptors in it are open.
        while unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, -1) } <= 0 {}
        if fds[0].revents != 0 {
            self.bell.clear();
        }
    }

    /// Ends the present wait, else the next one.
    pub(crate) fn wake(&self) {
        self.bell.ring();
    }

    fn arm(&self, until: Option<u64>) {
        // All zero disarms, so the start of the clock becomes its first nanosecond.
        let at = until.map_or(0, |nanos| nanos.max(1));
        let at = libc::timespec { tv_sec: (at / 1_000_000_000) as _, tv_nsec: (at % 1_000_000_000) as _ };
        let spec = libc::itimerspec { it_interval: libc::timespec { tv_sec: 0, tv_nsec: 0 }, it_value: at };
        // SAFETY: `spec` is valid, the old setting is not asked for.
        let answer = unsafe {
            libc::timerfd_settime(self.timer.as_raw_fd(), libc::TFD_TIMER_ABSTIME, &raw const spec, ptr::null_mut())
        };
        debug_assert_eq!(answer, 0, "the file descriptor is a timer and the time is in bounds");
    }
}

/// A file descriptor that can be polled: readable while it is rung.
pub(crate) struct Doorbell(File);

impl Doorbell {
    /// A new one, not rung, or what the system says against it.
    pub(crate) fn new() -> Result<Doorbell, Error> {
        // SAFETY: no memory is involved.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        Ok(Doorbell(File::from(own(fd, "an eventfd")?)))
    }

    /// Makes it readable.
    pub(crate) fn ring(&self) {
        // Fails only when the counter is full, and then it is readable.
        let _ = (&self.0).write(&1u64.to_ne_bytes());
    }

    /// Makes it unreadable.
    pub(crate) fn clear(&self) {
        // Fails only when it is not rung.
        let _ = (&self.0).read(&mut [0; 8]);
    }

    /// Whether it is readable.
    #[cfg(test)]
    pub(crate) fn is_rung(&self) -> bool {
        let mut fd = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one open file descriptor.
        unsafe { libc::poll(&raw mut fd, 1, 0) == 1 }
    }

    /// The file descriptor, for poll and its kin. Valid as long as this object; only to be polled.
    pub(crate) fn raw(&self) -> isize {
        self.0.as_raw_fd() as isize
    }
}

/// Runs `body`; threads that it starts inherit a mask that leaves them only the signals of their own faults, and those with
/// which garbage collectors stop threads.
pub(super) fn with_signals_blocked<R>(body: impl FnOnce() -> R) -> R {
    // A blocked fault would kill the process past the application's crash handler.
    const FAULTS: [i32; 7] =
        [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGABRT, libc::SIGSYS];
    // A collector that stops the world (Mono's, Boehm's) sends these to each thread that ran its code, in a callback, and
    // waits for all of them: with the signal blocked, for ever. Which of the real-time signals it takes is its own choice.
    let collectors = [libc::SIGPWR, libc::SIGXCPU].into_iter().chain(libc::SIGRTMIN()..=libc::SIGRTMAX());
    let mut blocked = MaybeUninit::<libc::sigset_t>::uninit();
    let mut before = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: sigfillset initialises `blocked` before the others read it; `before` is only written to.
    let masked = unsafe {
        libc::sigfillset(blocked.as_mut_ptr());
        for signal in FAULTS.into_iter().chain(collectors) {
            libc::sigdelset(blocked.as_mut_ptr(), signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, blocked.as_ptr(), before.as_mut_ptr()) == 0
    };
    let answer = body();
    if masked {
        // SAFETY: the call above succeeded, so `before` holds the mask.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), ptr::null_mut()) };
    }
    answer
}

/// The library stays loaded as it is: build.rs has it linked with `-z nodelete`.
pub(super) fn stay_loaded() {}

/// Whether this process is a `fork()` of the one that called this first: the library's threads stayed there.
pub(crate) fn is_forked() -> bool {
    static FORKED: AtomicBool = AtomicBool::new(false);
    static WATCHED: Once = Once::new();
    extern "C" fn in_child() {
        FORKED.store(true, Ordering::Relaxed);
    }
    WATCHED.call_once(|| {
        // SAFETY: the handler only stores to an atomic, which is allowed after a fork.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    });
    FORKED.load(Ordering::Relaxed)
}

/// Fills `bytes` with random bytes.
pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), Error> {
    let mut filled = 0;
    while filled < bytes.len() {
        let rest = &mut bytes[filled..];
        // SAFETY: `rest` is a buffer of that many bytes.
        let count = unsafe { libc::getrandom(rest.as_mut_ptr().cast(), rest.len(), 0) };
        match usize::try_from(count) {
            Ok(count) => filled += count,
            Err(_) if io::Error::last_os_error().kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(refused("random bytes")),
        }
    }
    Ok(())
}

/// Nothing: Linux forgets the wish by itself, so it is made anew before each read.
#[cfg(feature = "mqtt")]
pub(crate) fn set_quick_ack(_socket: &impl AsFd) {}

/// Acknowledges what arrives at once. A broker whose writes wait for acknowledgements (Nagle's algorithm) would otherwise
/// wait for the delayed one, 40 ms. If it fails, only time is lost.
#[cfg(feature = "mqtt")]
pub(crate) fn rearm_quick_ack(socket: &impl AsFd) {
    let on: libc::c_int = 1;
    let (fd, size) = (socket.as_fd().as_raw_fd(), size_of_val(&on) as libc::socklen_t);
    // SAFETY: the file descriptor is open, and the value is as large as said.
    unsafe { libc::setsockopt(fd, libc::IPPROTO_TCP, libc::TCP_QUICKACK, (&raw const on).cast(), size) };
}

fn own(fd: i32, what: &str) -> Result<OwnedFd, Error> {
    if fd < 0 {
        return Err(refused(what));
    }
    // SAFETY: the system just handed it out, and nobody else has it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn refused(what: &str) -> Error {
    Error::Os(format!("the system has not given {what}: {}", io::Error::last_os_error()))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;
    use crate::sys::{Stack, spawn};

    #[test]
    fn library_threads_take_no_signal_but_faults_and_those_of_garbage_collectors() {
        fn blocked() -> impl Fn(i32) -> bool {
            let mut mask = MaybeUninit::<libc::sigset_t>::uninit();
            // SAFETY: asks for the mask only, which initialises `mask`.
            let mask = unsafe {
                libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), mask.as_mut_ptr());
                mask.assume_init()
            };
            // SAFETY: `mask` is initialised.
            move |signal| unsafe { libc::sigismember(&raw const mask, signal) == 1 }
        }
        let (tell, told) = channel();
        let body = move || {
            let open: Vec<i32> = (1..=libc::SIGRTMAX()).filter(|&signal| !blocked()(signal)).collect();
            tell.send(open).unwrap();
        };
        spawn("rtm-test", Stack::Library, body).unwrap();
        let open = told.recv_timeout(Duration::from_secs(20)).unwrap();
        for signal in [libc::SIGSEGV, libc::SIGABRT, libc::SIGPWR, libc::SIGXCPU, libc::SIGRTMIN(), libc::SIGRTMAX()] {
            assert!(open.contains(&signal), "{signal} is blocked");
        }
        for signal in
            [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGCHLD, libc::SIGPIPE, libc::SIGUSR1, libc::SIGPROF]
        {
            assert!(!open.contains(&signal), "{signal} is not blocked");
        }
        assert!(!blocked()(libc::SIGTERM), "the mask of the caller must be restored");
    }

    #[test]
    fn a_wait_survives_signals() {
        extern "C" fn nothing(_: i32) {}
        let sleeper = Sleeper::new().unwrap();
        let until = boot_nanos() + 50_000_000;
        // SAFETY: the handler does nothing; the timer of this thread is gone before its target.
        unsafe {
            libc::signal(libc::SIGUSR1, nothing as *const () as libc::sighandler_t);
            let waiting = libc::pthread_self();
            let pester = std::thread::spawn(move || {
                while boot_nanos() < until {
                    libc::pthread_kill(waiting, libc::SIGUSR1);
                    std::thread::yield_now();
                }
            });
            sleeper.wait(Some(until));
            assert!(boot_nanos() >= until);
            pester.join().unwrap();
        }
    }

    #[test]
    fn only_the_child_is_forked() {
        assert!(!is_forked());
        // SAFETY: the child calls only what is allowed after a fork.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::_exit(if is_forked() { 77 } else { 0 });
            }
            let mut status = 0;
            assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
            assert!(libc::WIFEXITED(status));
            assert_eq!(libc::WEXITSTATUS(status), 77);
        }
        assert!(!is_forked());
    }
}
