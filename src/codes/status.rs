//! Status
//!
//! What every fallible function answers.

use std::ffi::CStr;

use super::c_str;

/// The answer of every fallible function. 0 to 5 are the original's codes, those from 200 are this library's own; the
/// numbers never change and are never reused. Later versions may add some: treat an unknown number as a failure.
/// rtm_last_error() has the sentence that belongs to a failure.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Status {
    /// Success; #RTM_OK is the same.
    InvitationApiCallErrOk = 0,
    /// An argument is missing, malformed or out of bounds.
    InvitationApiCallErrInvalidArgument = 1,
    /// The invitation was not sent yet.
    InvitationApiCallErrNotStarted = 2,
    /// The invitation has ended.
    InvitationApiCallErrAlreadyEnd = 3,
    /// The invitation was accepted already.
    InvitationApiCallErrAlreadyAccept = 4,
    /// The invitation was sent already.
    InvitationApiCallErrAlreadySent = 5,
    /// The handle is NULL, stale (released), of another kind, of another service, or no handle at all.
    ErrStaleHandle = 200,
    /// The buffer is too small for the text.
    ErrBufferTooSmall = 201,
    /// The service ran into an internal error and can only be released.
    ErrPanicked = 202,
    /// The call is not possible in this state.
    ErrInvalidState = 203,
    /// rtm_service_initialize() was not called yet.
    ErrNotInitialized = 204,
    /// rtm_service_initialize() was called already.
    ErrAlreadyInitialized = 205,
    /// The app id is missing, empty, too long or no valid UTF-8.
    ErrInvalidAppId = 206,
    /// A bound of the configuration is reached.
    ErrLimitReached = 207,
    /// Nobody is logged in.
    ErrNotLoggedIn = 208,
    /// This process is the child of a fork(): the library's threads stayed in the parent. Or, on Windows, it is exiting, and its
    /// other threads have ended.
    ErrForked = 209,
    /// This build or version has no such thing.
    ErrUnsupported = 210,
    /// The operating system refused.
    ErrOs = 211,
    /// Nothing bears this name or number.
    ErrNotFound = 212,
}

texts!(Status {
    InvitationApiCallErrOk, "RTM_INVITATION_API_CALL_ERR_OK", "success";
    InvitationApiCallErrInvalidArgument, "RTM_INVITATION_API_CALL_ERR_INVALID_ARGUMENT", "an argument is missing, malformed or out of bounds";
    InvitationApiCallErrNotStarted, "RTM_INVITATION_API_CALL_ERR_NOT_STARTED", "the invitation was not sent yet";
    InvitationApiCallErrAlreadyEnd, "RTM_INVITATION_API_CALL_ERR_ALREADY_END", "the invitation has ended";
    InvitationApiCallErrAlreadyAccept, "RTM_INVITATION_API_CALL_ERR_ALREADY_ACCEPT", "the invitation was accepted already";
    InvitationApiCallErrAlreadySent, "RTM_INVITATION_API_CALL_ERR_ALREADY_SENT", "the invitation was sent already";
    ErrStaleHandle, "RTM_ERR_STALE_HANDLE", "the handle is NULL, stale, of another kind, of another service, or no handle at all";
    ErrBufferTooSmall, "RTM_ERR_BUFFER_TOO_SMALL", "the buffer is too small for the text";
    ErrPanicked, "RTM_ERR_PANICKED", "the service ran into an internal error and can only be released";
    ErrInvalidState, "RTM_ERR_INVALID_STATE", "the call is not possible in this state";
    ErrNotInitialized, "RTM_ERR_NOT_INITIALIZED", "the service is not initialized yet";
    ErrAlreadyInitialized, "RTM_ERR_ALREADY_INITIALIZED", "the service is initialized already";
    ErrInvalidAppId, "RTM_ERR_INVALID_APP_ID", "the app id is missing, empty, too long or no valid UTF-8";
    ErrLimitReached, "RTM_ERR_LIMIT_REACHED", "a bound of the configuration is reached";
    ErrNotLoggedIn, "RTM_ERR_NOT_LOGGED_IN", "nobody is logged in";
    ErrForked, "RTM_ERR_FORKED", "this process is a fork: use the library in the parent, or exec first";
    ErrUnsupported, "RTM_ERR_UNSUPPORTED", "this build or version has no such thing";
    ErrOs, "RTM_ERR_OS", "the operating system refused";
    ErrNotFound, "RTM_ERR_NOT_FOUND", "nothing bears this name or number";
});
