//! What every border function passes: the child of a fork is turned away, a panic ends here, and the sentence of an
//! error is kept for the thread that made the call.

use std::cell::RefCell;
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::codes::Status;
use crate::error::Error;
use crate::sys;

thread_local!(static LAST_ERROR: RefCell<Option<CString>> = const { RefCell::new(None) });

/// Runs the body of a function that answers a status.
pub(super) fn border(body: impl FnOnce() -> Result<(), Error>) -> Status {
    match run(body) {
        Ok(()) => Status::InvitationApiCallErrOk,
        Err(error) => error.status(),
    }
}

/// Runs the body of a text getter; the text has its final NUL and outlives the call. An error: the empty text.
pub(super) fn text_of(body: impl FnOnce() -> Result<*const u8, Error>) -> *const c_char {
    run(body).map_or(c"".as_ptr(), |text| text.cast())
}

/// The sentence of this thread's last error; empty if there was none.
pub(super) fn last_error() -> *const c_char {
    let sentence = LAST_ERROR.try_with(|last| last.borrow().as_ref().map(|sentence| sentence.as_ptr()));
    sentence.ok().flatten().unwrap_or(c"".as_ptr())
}

fn run<R>(body: impl FnOnce() -> Result<R, Error>) -> Result<R, Error> {
    // Before anything else: a lock of the library may be held for ever in the child.
    let answer = if sys::is_forked() {
        Err(Error::Forked)
    } else {
        catch_unwind(AssertUnwindSafe(body)).unwrap_or(Err(Error::Panicked))
    };
    if let Err(error) = &answer {
        remember(error);
    }
    answer
}

fn remember(error: &Error) {
    let sentence = c_text(&error.to_string());
    // A thread that is ending has nothing to remember with.
    let _ = LAST_ERROR.try_with(|last| last.replace(Some(sentence)));
}

/// A text for C. What follows a U+0000, which no text of the library contains, is left out.
pub(super) fn c_text(text: &str) -> CString {
    let upto = text.split('\0').next().unwrap_or_default();
    CString::new(upto).unwrap_or_default()
}
