//! Log
//!
//! One line an event, with the ids of invitations and users, never with contents, tokens or passwords. Silent until a
//! file or a handler is set.

use std::ffi::{c_char, c_void};
use std::mem::offset_of;

use super::arguments::{Versioned, read_struct, text};
use super::border::border;
use super::handler::{Callbacks, register};
use super::handles::rtm_service;
use crate::codes::{LogLevel, Status};

/// Where lines of the log go. For rtm_service_set_log_handler().
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_log_handler {
    /// sizeof(rtm_log_handler).
    pub struct_size: usize,
    /// The first argument of the callbacks; the library does not look at it.
    pub context: *mut c_void,
    /// The end of the context, as that of #rtm_service_event_handler.
    pub drop: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// A line, without a line feed; valid until this returns. A callback like all others of the service: in order with
    /// them, on the same thread.
    pub on_log: Option<unsafe extern "C" fn(context: *mut c_void, level: LogLevel, line: *const c_char)>,
}

// SAFETY: pointers and optional functions only, the size first.
unsafe impl Versioned for rtm_log_handler {
    const NAME: &'static str = "rtm_log_handler";
    const LEAST: usize = offset_of!(Self, on_log);
}

impl Callbacks for rtm_log_handler {
    fn context(&self) -> (*mut c_void, Option<unsafe extern "C" fn(context: *mut c_void)>) {
        (self.context, self.drop)
    }
}

/// Appends the log to a file from now on, which is made if it does not exist.
///
/// Any thread; waits for the file system, here and at each line.
///
/// @param service The service.
/// @param path The file; "": none from now on.
/// @return #RTM_OK; OS if the file cannot be opened: then the former one stays; INVALID_ARGUMENT if the path is NULL or
///   no valid UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_set_log_file(service: *mut rtm_service, path: *const c_char) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a text.
        service.set_log_file(unsafe { text(path, "path")? })
    })
}

/// Which lines are logged, to the file and to the handler. Default: #RTM_LOG_FILTER_INFO.
///
/// Any thread.
///
/// @param service The service.
/// @param filter An #rtm_log_filter, or another sum of #rtm_log_level.
/// @return #RTM_OK; INVALID_ARGUMENT if it has a bit that is no level.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_service_set_log_filter(service: *mut rtm_service, filter: u32) -> Status {
    border(|| rtm_service::find(service)?.set_log_filter(filter))
}

/// Adds a line of the application's own to the log, in order with the lines of the service.
///
/// Any thread; waits for the file system.
///
/// @param service The service.
/// @param level An #rtm_log_level; the filter holds for it.
/// @param line The line; a control character in it becomes a space.
/// @return #RTM_OK, also where nothing is logged; INVALID_ARGUMENT if the level is none, or the line is NULL or no valid
///   UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_log(service: *mut rtm_service, level: u32, line: *const c_char) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a text.
        service.log_line(level, unsafe { text(line, "line")? })
    })
}

/// Sends the log to a handler from now on, in place of the one before; outside callbacks this waits until no callback
/// of that one runs, and its `drop` has run.
///
/// Any thread; waits for a running callback of the former handler, unless called inside a callback.
///
/// @param service The service.
/// @param handler Its callbacks; copied before return, its context is used until `drop`. NULL: no handler from now on.
/// @return #RTM_OK; INVALID_ARGUMENT if the handler's `struct_size` is wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_set_log_handler(
    service: *mut rtm_service,
    handler: *const rtm_log_handler,
) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        if handler.is_null() {
            return service.set_log_handler(None);
        }
        // SAFETY: the caller passes a handler.
        let handler = unsafe { read_struct(handler, "log handler")? };
        register(handler, |handler| service.set_log_handler(Some(handler)))
    })
}
