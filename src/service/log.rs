//! The log of a service: one line an event, ids but no payloads, never a token. Silent until it is asked for.

use std::fmt::Arguments;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use parking_lot::Mutex;

use crate::codes::LogFilter;
pub use crate::codes::LogLevel as Level;
use crate::error::Error;
use crate::time::Instant;

/// Where lines go and which.
pub struct Log {
    filter: AtomicU32,
    to_handler: AtomicBool,
    file: Mutex<Option<File>>,
    has_file: AtomicBool,
}

impl Log {
    pub fn new() -> Log {
        Log {
            filter: AtomicU32::new(LogFilter::Info as u32),
            to_handler: AtomicBool::new(false),
            file: Mutex::new(None),
            has_file: AtomicBool::new(false),
        }
    }

    /// Which levels are logged: the sum of the original's bits.
    pub fn set_filter(&self, filter: u32) {
        self.filter.store(filter, Ordering::Relaxed);
    }

    /// Appends to the file at `path` from now on; an empty path: to no file.
    pub fn set_file(&self, path: &str) -> Result<(), Error> {
        let file = match path {
            "" => None,
            path => {
                let open = OpenOptions::new().create(true).append(true).open(path);
                Some(open.map_err(|e| Error::Os(format!("the log file {path} cannot be opened: {e}")))?)
            }
        };
        self.has_file.store(file.is_some(), Ordering::Relaxed);
        *self.file.lock() = file;
        Ok(())
    }

    /// Whether a handler wants lines too.
    pub fn set_handler(&self, on: bool) {
        self.to_handler.store(on, Ordering::Relaxed);
    }

    /// Whether a line of this level goes anywhere; what is not wanted is not even formatted.
    pub fn wants(&self, level: Level) -> bool {
        let somewhere = self.has_file.load(Ordering::Relaxed) || self.to_handler.load(Ordering::Relaxed);
        somewhere && self.filter.load(Ordering::Relaxed) & level as u32 != 0
    }

    /// Writes a line to the file; returns it for the handler, if there is one.
    pub fn write(&self, now: Instant, level: Level, line: Arguments<'_>) -> Option<Arc<str>> {
        let name = match level {
            Level::Critical => "critical",
            Level::Error => "error",
            Level::Warn => "warn",
            Level::Info => "info",
            Level::Debug => "debug",
        };
        let nanos = now.as_nanos();
        let (seconds, micros) = (nanos / 1_000_000_000, nanos / 1_000 % 1_000_000);
        let line = format!("[{seconds:>7}.{micros:06}] {name:<5} {line}");
        if self.has_file.load(Ordering::Relaxed)
            && let Some(file) = &mut *self.file.lock()
        {
            // A full disk must not stop a call, and there is nowhere to say it.
            let _ = writeln!(file, "{line}");
        }
        self.to_handler.load(Ordering::Relaxed).then(|| line.into())
    }
}
