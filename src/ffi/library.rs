//! Library
//!
//! Version, features, and the sentence of the last error.

use std::ffi::{CStr, c_char};

use super::arguments::text;
use super::border::{border, last_error};
use crate::codes::Status;
use crate::service::delivery;
use crate::transport;

/// The library's version, such as "0.1.0": that of the library that runs, where #RTM_CALL_VERSION is that of the
/// header.
///
/// Any thread, in a forked child too.
///
/// @return A static text, never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_version() -> *const c_char {
    const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
        Ok(version) => version,
        Err(_) => panic!("a version has no NUL"),
    };
    VERSION.as_ptr()
}

/// The library's version as a number: major * 1000000 + minor * 1000 + patch, as #RTM_CALL_VERSION_NUMBER.
///
/// Any thread, in a forked child too.
///
/// @return The number.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_version_number() -> u32 {
    const fn number(digits: &str) -> u32 {
        match u32::from_str_radix(digits, 10) {
            Ok(number) => number,
            Err(_) => panic!("Cargo's versions are numbers"),
        }
    }
    const NUMBER: u32 = number(env!("CARGO_PKG_VERSION_MAJOR")) * 1_000_000
        + number(env!("CARGO_PKG_VERSION_MINOR")) * 1_000
        + number(env!("CARGO_PKG_VERSION_PATCH"));
    NUMBER
}

/// Whether this build has a feature. "hub" is the in-process carrier; a carrier's name is also the beginning of its
/// addresses ("mqtt" of mqtt://).
///
/// Any thread, in a forked child too.
///
/// @param feature The name; NULL names none.
/// @return True if this build has it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_has_feature(feature: *const c_char) -> bool {
    // SAFETY: the caller passes a text.
    unsafe { text(feature, "feature") }.is_ok_and(|feature| transport::SCHEMES.contains(&feature))
}

/// The sentence of the last error of a function that this thread called, naming what was wrong, such as "the callee id
/// is 70 bytes, the limit is 64". For a log or a developer; a program goes by the #rtm_status. Success leaves it as it
/// is.
///
/// Any thread, in a forked child too.
///
/// @return The text, "" if there was no error yet; never NULL. Valid until the next error on this thread.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_last_error() -> *const c_char {
    last_error()
}

/// Sets how many threads run the callbacks of all services with #RTM_DELIVERY_SHARED. Default: 2. They start when first
/// needed.
///
/// Any thread; only once in a process, before the first such service is created.
///
/// @param count How many, at least 1.
/// @return #RTM_OK; INVALID_ARGUMENT if `count` is 0; INVALID_STATE if it is too late.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_set_shared_workers(count: u32) -> Status {
    border(|| delivery::set_shared_workers(count as usize))
}
