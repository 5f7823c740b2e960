//! Doctor
//!
//! Checks whether a broker does what the carriers mqtt://, mqtts://, ws:// and wss:// need, and whether it keeps users
//! apart. docs/BROKERS.md tells what each check is about.

use std::ffi::{c_char, c_void};
use std::mem::offset_of;

use super::arguments::{Versioned, optional_text, out, read_struct, text};
use super::border::{border, c_text};
use crate::codes::Status;
use crate::service::doctor;

/// What to check, as whom, and who is told. Set it to zero first, then `struct_size`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_doctor_request {
    /// sizeof(rtm_doctor_request).
    pub struct_size: usize,
    /// The broker's address, with the options that the application uses.
    pub url: *const c_char,
    /// The app id.
    pub app_id: *const c_char,
    /// Who logs in. A session that this user has ends.
    pub user_id: *const c_char,
    /// The token, at a broker the password. NULL: none.
    pub token: *const c_char,
    /// Another user, who need not exist: the broker must not let `user_id` pass for this one.
    pub other_user_id: *const c_char,
    /// Passed to `on_check`.
    pub context: *mut c_void,
    /// Told of each check when it is done: its name, whether it holds, and what was found, as a sentence. The texts are
    /// valid until it returns. It runs on the thread that called rtm_doctor_run(). NULL: nobody is told.
    pub on_check:
        Option<unsafe extern "C" fn(context: *mut c_void, check: *const c_char, holds: bool, sentence: *const c_char)>,
}

// SAFETY: a number and pointers, the size first, no padding.
unsafe impl Versioned for rtm_doctor_request {
    const NAME: &'static str = "rtm_doctor_request";
    const LEAST: usize = offset_of!(Self, context);
}

/// Runs all checks, one after the other: name, TCP, TLS and WebSocket, the login, whether the broker lets the user pass
/// for another one or read what is for another one, round trip, the largest message, retained messages, Will and
/// message expiry. Where one fails on which the others stand, such as the login, it is the last.
///
/// Any thread, but best none that has callbacks to run; waits for the network, some ten seconds with a healthy broker, and a
/// minute or two with one that is not.
///
/// @param request What to check.
/// @param[out] all_hold Whether all checks hold.
/// @return #RTM_OK if the checks were made, whatever they found; INVALID_ARGUMENT if the url, the app id or a user id is
///   wrong; INVALID_APP_ID; UNSUPPORTED if the url is not that of a broker, or this build knows no brokers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_doctor_run(request: *const rtm_doctor_request, all_hold: *mut bool) -> Status {
    border(|| {
        // SAFETY: the caller passes a request, and a place for the answer.
        let (request, all_hold) = unsafe { (read_struct(request, "doctor request")?, out(all_hold, "all_hold")?) };
        // SAFETY: the caller passes texts.
        let (url, app, user, token, other) = unsafe {
            (
                text(request.url, "url")?,
                text(request.app_id, "app id")?,
                text(request.user_id, "user id")?,
                optional_text(request.token, "token")?,
                text(request.other_user_id, "other user id")?,
            )
        };
        let mut told = |check: &str, holds: bool, sentence: &str| {
            let Some(on_check) = request.on_check else { return };
            let (check, sentence) = (c_text(check), c_text(sentence));
            // SAFETY: the caller passes a function of this type, and the context that it wants.
            unsafe { on_check(request.context, check.as_ptr(), holds, sentence.as_ptr()) };
        };
        all_hold.write(doctor::run(url, app, user, token, other, &mut told)?);
        Ok(())
    })
}
