//! Flight recorder
//!
//! What went into the protocol lately, kept in a bounded ring in memory and written to a file on demand: calls of the
//! application, messages, changes of link and presence, timers, and the callbacks that came of them. On another machine
//! `./dev sim --replay FILE` brings the same callbacks from it. It holds the ids of users and invitations; contents and
//! responses are replaced by texts of the same length unless the application wants them, and peer messages, tokens and
//! passwords are never in it.

use std::ffi::c_char;

use super::arguments::text;
use super::border::border;
use super::handles::rtm_service;
use crate::codes::Status;

/// How much the flight recorder of a service keeps, and whether with texts.
///
/// Any thread. Holds for what happens from then on; what is kept already stays as far as it has room. The parameter
/// rtm_call.record_bytes sets the size likewise.
///
/// @param service The service.
/// @param bytes How much memory the record may take, in bytes; the oldest entries give way. Default: 262144. 0: nothing
///   is recorded.
/// @param texts 0 (the default): contents and responses are not kept, only their lengths; anything else: they are.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_service_set_recorder(service: *mut rtm_service, bytes: u32, texts: i32) -> Status {
    border(|| rtm_service::find(service)?.set_recorder(bytes as usize, texts != 0))
}

/// Writes what the flight recorder has kept to a file, one JSON object a line. A file that exists is replaced. Works
/// after an internal error (#RTM_ERR_PANICKED) too, which is what it is for.
///
/// Any thread; waits for the file system.
///
/// @param service The service.
/// @param path The file.
/// @return #RTM_OK; OS if the file cannot be written; INVALID_ARGUMENT if the path is NULL, empty or no valid UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_write_record(service: *mut rtm_service, path: *const c_char) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a text.
        service.write_record(unsafe { text(path, "path")? })
    })
}
