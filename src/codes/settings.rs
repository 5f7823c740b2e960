//! Settings
//!
//! What can be chosen: who delivers callbacks, the form of a ladder, and what is logged. Numbers never change.

use std::ffi::CStr;

use super::c_str;

/// Who runs the callbacks of a service.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Delivery {
    /// A thread of this service's own, started with its first callback.
    #[default]
    OwnWorker = 0,
    /// Threads that the services of this process share, see rtm_set_shared_workers(). A slow callback delays the
    /// callbacks of other services, nothing else.
    Shared = 1,
    /// The application's own thread, in rtm_service_dispatch(); the library starts none for this service's callbacks.
    Pump = 2,
}

texts!(Delivery {
    OwnWorker, "RTM_DELIVERY_OWN_WORKER", "a thread of this service's own";
    Shared, "RTM_DELIVERY_SHARED", "threads that services share";
    Pump, "RTM_DELIVERY_PUMP", "the application's own thread, in rtm_service_dispatch()";
});

/// The form in which a ladder is copied.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LadderFormat {
    /// Two columns of plain text, at most 100 characters a line.
    Text = 0,
    /// A Mermaid sequence diagram.
    Mermaid = 1,
}

texts!(LadderFormat {
    Text, "RTM_LADDER_TEXT", "two columns of plain text";
    Mermaid, "RTM_LADDER_MERMAID", "a Mermaid sequence diagram";
});

/// How important a line of the log is; the original's bits.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LogLevel {
    /// What happens to each invitation and session: 0x01.
    Info = 0x01,
    /// Something was dropped, and the protocol goes on: 0x02.
    Warn = 0x02,
    /// Something failed: 0x04.
    Error = 0x04,
    /// The service can only be released: 0x08.
    Critical = 0x08,
    /// Each message: 0x800.
    Debug = 0x800,
}

texts!(LogLevel {
    Info, "RTM_LOG_LEVEL_INFO", "what happens to each invitation and session";
    Warn, "RTM_LOG_LEVEL_WARN", "something was dropped, and the protocol goes on";
    Error, "RTM_LOG_LEVEL_ERROR", "something failed";
    Critical, "RTM_LOG_LEVEL_CRITICAL", "the service can only be released";
    Debug, "RTM_LOG_LEVEL_DEBUG", "each message";
});

/// Which lines are logged: sums of levels, the original's numbers. Other sums of the #rtm_log_level bits are legal too.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LogFilter {
    /// None: 0.
    Off = 0,
    /// Critical ones: 0x08.
    Critical = 0x08,
    /// Errors too: 0x0c.
    Error = 0x0c,
    /// Warnings too: 0x0e.
    Warn = 0x0e,
    /// All but debug lines: 0x0f, the default.
    Info = 0x0f,
    /// All: 0x80f.
    Debug = 0x80f,
}

texts!(LogFilter {
    Off, "RTM_LOG_FILTER_OFF", "no line is logged";
    Critical, "RTM_LOG_FILTER_CRITICAL", "critical lines are logged";
    Error, "RTM_LOG_FILTER_ERROR", "errors and worse are logged";
    Warn, "RTM_LOG_FILTER_WARN", "warnings and worse are logged";
    Info, "RTM_LOG_FILTER_INFO", "all but debug lines are logged";
    Debug, "RTM_LOG_FILTER_DEBUG", "all lines are logged";
});
