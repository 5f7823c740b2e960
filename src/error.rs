//! What a caller can do wrong: one variant each, with its code at the C border and its sentence.

use std::fmt;

use crate::codes::Status;

/// The answer to a call that the library refuses. [`Status`] has the numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Error {
    /// An argument is missing or out of bounds; the sentence names it.
    InvalidArgument(String),
    /// The invitation was not sent yet.
    NotStarted,
    /// The invitation has ended.
    AlreadyEnd,
    /// The invitation was accepted already.
    AlreadyAccept,
    /// The invitation was sent already.
    AlreadySent,
    /// The handle is NULL, stale, of another kind, of another service, or no handle at all; the sentence says which.
    StaleHandle(String),
    /// The caller's buffer is too small.
    BufferTooSmall { needed: usize, given: usize },
    /// The service ran into an internal error and can only be released.
    Panicked,
    /// The call is not possible in this state; the sentence says why.
    InvalidState(String),
    /// `initialize` was not called yet.
    NotInitialized,
    /// `initialize` was called already.
    AlreadyInitialized,
    /// The app id is empty, too long or no valid text.
    InvalidAppId(String),
    /// A bound of the configuration is reached; the sentence names it.
    LimitReached(String),
    /// Nobody is logged in.
    NotLoggedIn,
    /// This process is the child of a `fork()`: the library's threads stayed in the parent. Or, on Windows, it is exiting, and
    /// they have ended.
    Forked,
    /// This build has no such carrier or feature; the sentence names it.
    Unsupported(String),
    /// The operating system refused; the sentence says what and why.
    Os(String),
    /// Nothing bears this id.
    NotFound(String),
}

impl Error {
    /// The code at the C border.
    pub fn status(&self) -> Status {
        match self {
            Error::InvalidArgument(_) => Status::InvitationApiCallErrInvalidArgument,
            Error::NotStarted => Status::InvitationApiCallErrNotStarted,
            Error::AlreadyEnd => Status::InvitationApiCallErrAlreadyEnd,
            Error::AlreadyAccept => Status::InvitationApiCallErrAlreadyAccept,
            Error::AlreadySent => Status::InvitationApiCallErrAlreadySent,
            Error::StaleHandle(_) => Status::ErrStaleHandle,
            Error::BufferTooSmall { .. } => Status::ErrBufferTooSmall,
            Error::Panicked => Status::ErrPanicked,
            Error::InvalidState(_) => Status::ErrInvalidState,
            Error::NotInitialized => Status::ErrNotInitialized,
            Error::AlreadyInitialized => Status::ErrAlreadyInitialized,
            Error::InvalidAppId(_) => Status::ErrInvalidAppId,
            Error::LimitReached(_) => Status::ErrLimitReached,
            Error::NotLoggedIn => Status::ErrNotLoggedIn,
            Error::Forked => Status::ErrForked,
            Error::Unsupported(_) => Status::ErrUnsupported,
            Error::Os(_) => Status::ErrOs,
            Error::NotFound(_) => Status::ErrNotFound,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::InvalidArgument(what)
            | Error::StaleHandle(what)
            | Error::InvalidState(what)
            | Error::InvalidAppId(what)
            | Error::LimitReached(what)
            | Error::Unsupported(what)
            | Error::Os(what)
            | Error::NotFound(what) => f.write_str(what),
            Error::NotStarted => f.write_str("the invitation was not sent yet"),
            Error::AlreadyEnd => f.write_str("the invitation has ended"),
            Error::AlreadyAccept => f.write_str("the invitation was accepted already"),
            Error::AlreadySent => f.write_str("the invitation was sent already"),
            Error::BufferTooSmall { needed, given } => {
                write!(f, "the buffer has {given} bytes, the text needs {needed}")
            }
            Error::Panicked => f.write_str("the service ran into an internal error and can only be released"),
            Error::NotInitialized => f.write_str("the service is not initialized yet"),
            Error::AlreadyInitialized => f.write_str("the service is initialized already"),
            Error::NotLoggedIn => f.write_str("nobody is logged in"),
            Error::Forked => f.write_str("this process is a fork: use the library in the parent, or exec first"),
        }
    }
}

impl std::error::Error for Error {}
