//! Windows: the tick count, events and a waitable timer, ProcessPrng. There is no fork and no signal.

use std::io;
#[cfg(feature = "mqtt")]
use std::os::windows::io::{AsRawSocket, AsSocket};
use std::ptr;
use std::sync::Once;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use windows_sys::Win32::Foundation::{CloseHandle, HANDLE};
#[cfg(feature = "mqtt")]
use windows_sys::Win32::Networking::WinSock::{SIO_TCP_SET_ACK_FREQUENCY, WSAIoctl};
use windows_sys::Win32::Security::Cryptography::ProcessPrng;
use windows_sys::Win32::System::LibraryLoader::{
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
};
use windows_sys::Win32::System::SystemInformation::GetTickCount64;
use windows_sys::Win32::System::Threading::{
    CreateEventW, CreateWaitableTimerW, INFINITE, ResetEvent, SetEvent, SetWaitableTimer, WaitForMultipleObjects,
};

use crate::error::Error;

/// Nanoseconds since the boot, in steps of 10 to 16 ms. This clock is documented to count sleep and hibernation, no change of
/// the date touches it, and Wine has it; QueryInterruptTimePrecise would be finer, and Wine 8 lacks it.
pub(crate) fn boot_nanos() -> u64 {
    // SAFETY: no memory is involved.
    unsafe { GetTickCount64() * 1_000_000 }
}

/// What the timer thread waits on. Time suspended counts.
pub(crate) struct Sleeper {
    timer: Handle,
    bell: Handle,
}

impl Sleeper {
    /// A new one, or what the system says against it.
    pub(crate) fn new() -> Result<Sleeper, Error> {
        // SAFETY: no attributes, no name; both reset themselves when they end a wait.
        let (timer, bell) = unsafe {
            (CreateWaitableTimerW(ptr::null(), 0, ptr::null()), CreateEventW(ptr::null(), 0, 0, ptr::null()))
        };
        let (timer, bell) = (Handle::own(timer, "a waitable timer"), Handle::own(bell, "an event"));
        Ok(Sleeper { timer: timer?, bell: bell? })
    }

    /// Returns when [`wake`](Sleeper::wake) was called since the last wait, or when the boot clock shows `until`
    /// nanoseconds. Without `until` nothing but `wake` ends it.
    pub(crate) fn wait(&self, until: Option<u64>) {
        const RUNG: u32 = 0; // the index of the bell below
        loop {
            let millis = match until {
                Some(until) => match until.saturating_sub(boot_nanos()) {
                    0 => return,
                    left => self.arm(Duration::from_nanos(left)),
                },
                None => INFINITE,
            };
            let (handles, count) = match until {
                Some(_) => ([self.bell.0, self.timer.0], 2),
                None => ([self.bell.0, ptr::null_mut()], 1),
            };
            // SAFETY: `handles` holds `count` open handles.
            if unsafe { WaitForMultipleObjects(count, handles.as_ptr(), 0, millis) } == RUNG {
                return;
            }
            // The time-out or the timer: the boot clock decides whether it was the time.
        }
    }

    /// Ends the present wait, else the next one.
    pub(crate) fn wake(&self) {
        // SAFETY: the handle is an open event.
        unsafe { SetEvent(self.bell.0) };
    }

    /// Sets the timer to `left` from now and gives the time-out to wait with beside it, in milliseconds. Since Windows 8 a
    /// relative wait stands still while the machine is suspended, so the timer gets an absolute due time; that follows the
    /// date, so the time-out covers a date set back. Whichever ends the wait only makes us read the boot clock again.
    fn arm(&self, left: Duration) -> u32 {
        // A tick of the clock later than asked, so that one look is mostly enough.
        let left = left.min(LONGEST) + Duration::from_millis(1);
        let since_1601 =
            SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + UNIX_EPOCH_SINCE_1601 + left;
        let due = i64::try_from(since_1601.as_nanos() / 100).unwrap_or(i64::MAX);
        // SAFETY: the handle is an open timer, `due` is read before the call returns, and there is no completion routine.
        unsafe { SetWaitableTimer(self.timer.0, &raw const due, 0, None, ptr::null(), 0) };
        left.as_millis() as u32
    }
}

/// No wait is longer; then the rest of it is waited for. The time-out has 32 bits of milliseconds.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// From the start of Windows' calendar to that of Unix's.
const UNIX_EPOCH_SINCE_1601: Duration = Duration::from_secs(11_644_473_600);

/// A manual-reset event: signaled while it is rung.
pub(crate) struct Doorbell(Handle);

impl Doorbell {
    /// A new one, not rung, or what the system says against it.
    pub(crate) fn new() -> Result<Doorbell, Error> {
        // SAFETY: no attributes, no name.
        let event = unsafe { CreateEventW(ptr::null(), 1, 0, ptr::null()) };
        Handle::own(event, "an event").map(Doorbell)
    }

    /// Signals it.
    pub(crate) fn ring(&self) {
        // SAFETY: the handle is an open event.
        unsafe { SetEvent(self.0.0) };
    }

    /// Takes the signal back.
    pub(crate) fn clear(&self) {
        // SAFETY: the handle is an open event.
        unsafe { ResetEvent(self.0.0) };
    }

    /// Whether it is signaled.
    #[cfg(test)]
    pub(crate) fn is_rung(&self) -> bool {
        // SAFETY: one open handle.
        unsafe { WaitForMultipleObjects(1, &raw const self.0.0, 0, 0) == 0 }
    }

    /// The HANDLE, for the wait functions. Valid as long as this object; only to be waited for.
    pub(crate) fn raw(&self) -> isize {
        self.0.0 as isize
    }
}

/// Runs `body`: Windows has no signals to keep away.
pub(super) fn with_signals_blocked<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// From now on the module that this code is in, a DLL or the program, stays loaded: its threads are never joined.
pub(super) fn stay_loaded() {
    static PINNED: Once = Once::new();
    PINNED.call_once(|| {
        let mut module = ptr::null_mut();
        let here = stay_loaded as fn() as *const u16;
        // SAFETY: with this flag the name is any address in the module. If it fails, all is as it was.
        unsafe {
            GetModuleHandleExW(
                GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
                here,
                &raw mut module,
            )
        };
    });
}

/// Whether this process is exiting and its other threads were ended: whoever still calls is the destructor of a DLL, and what
/// it would wait for never comes. Windows has no fork, whose child is in the same position.
pub(crate) fn is_forked() -> bool {
    #[link(name = "ntdll")]
    unsafe extern "system" {
        fn RtlDllShutdownInProgress() -> u8;
    }
    // SAFETY: no memory is involved.
    unsafe { RtlDllShutdownInProgress() != 0 }
}

/// Acknowledges what arrives at once, on this socket from now on. A broker whose writes wait for acknowledgements (Nagle's
/// algorithm) would otherwise wait for the delayed one, up to 200 ms. If it fails, only time is lost.
#[cfg(feature = "mqtt")]
pub(crate) fn set_quick_ack(socket: &impl AsSocket) {
    let every: u32 = 1;
    let socket = socket.as_socket().as_raw_socket() as usize;
    let mut written = 0;
    // SAFETY: the socket is open, the input is as large as said, and nothing is to be written out.
    unsafe {
        WSAIoctl(
            socket,
            SIO_TCP_SET_ACK_FREQUENCY,
            (&raw const every).cast(),
            size_of_val(&every) as u32,
            ptr::null_mut(),
            0,
            &raw mut written,
            ptr::null_mut(),
            None,
        )
    };
}

/// Nothing: Windows keeps the wish of [`set_quick_ack`].
#[cfg(feature = "mqtt")]
pub(crate) fn rearm_quick_ack(_socket: &impl AsSocket) {}

/// Fills `bytes` with random bytes.
pub(super) fn fill_random(bytes: &mut [u8]) -> Result<(), Error> {
    // SAFETY: a buffer of that many bytes. It is documented never to fail.
    match unsafe { ProcessPrng(bytes.as_mut_ptr(), bytes.len()) } {
        0 => Err(refused("random bytes")),
        _ => Ok(()),
    }
}

/// A handle that is closed with its owner.
struct Handle(HANDLE);

impl Handle {
    fn own(handle: HANDLE, what: &str) -> Result<Handle, Error> {
        if handle.is_null() { Err(refused(what)) } else { Ok(Handle(handle)) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: it is open and ours.
        unsafe { CloseHandle(self.0) };
    }
}

// SAFETY: handles of events and timers may be used on any thread, on several at a time.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

fn refused(what: &str) -> Error {
    Error::Os(format!("the system has not given {what}: {}", io::Error::last_os_error()))
}
