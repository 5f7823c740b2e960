//! Session codes
//!
//! The states of a connection, and how login, logout and the renewal of a token end. Numbers never change.

use std::ffi::CStr;

use super::c_str;

/// The state of a service's connection.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ConnectionState {
    /// Not logged in.
    Disconnected = 1,
    /// Logging in.
    Connecting = 2,
    /// Logged in.
    Connected = 3,
    /// Logged in, the link is being restored.
    Reconnecting = 4,
    /// The session was ended from outside.
    Aborted = 5,
}

texts!(ConnectionState {
    Disconnected, "RTM_CONNECTION_STATE_DISCONNECTED", "not logged in";
    Connecting, "RTM_CONNECTION_STATE_CONNECTING", "logging in";
    Connected, "RTM_CONNECTION_STATE_CONNECTED", "logged in";
    Reconnecting, "RTM_CONNECTION_STATE_RECONNECTING", "logged in, the link is being restored";
    Aborted, "RTM_CONNECTION_STATE_ABORTED", "the session was ended from outside";
});

/// Why the connection changed its state.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ConnectionChangeReason {
    /// A login began.
    Login = 1,
    /// The login succeeded, or the link is back.
    LoginSuccess = 2,
    /// The login was refused.
    LoginFailure = 3,
    /// The login found nobody in time.
    LoginTimeout = 4,
    /// The link broke.
    Interrupted = 5,
    /// The application logged out.
    Logout = 6,
    /// The server banned the user.
    BannedByServer = 7,
    /// The same user logged in elsewhere.
    RemoteLogin = 8,
    /// The token expired.
    TokenExpired = 9,
}

texts!(ConnectionChangeReason {
    Login, "RTM_CONNECTION_CHANGE_REASON_LOGIN", "a login began";
    LoginSuccess, "RTM_CONNECTION_CHANGE_REASON_LOGIN_SUCCESS", "the login succeeded, or the link is back";
    LoginFailure, "RTM_CONNECTION_CHANGE_REASON_LOGIN_FAILURE", "the login was refused";
    LoginTimeout, "RTM_CONNECTION_CHANGE_REASON_LOGIN_TIMEOUT", "the login found nobody in time";
    Interrupted, "RTM_CONNECTION_CHANGE_REASON_INTERRUPTED", "the link broke";
    Logout, "RTM_CONNECTION_CHANGE_REASON_LOGOUT", "the application logged out";
    BannedByServer, "RTM_CONNECTION_CHANGE_REASON_BANNED_BY_SERVER", "the server banned the user";
    RemoteLogin, "RTM_CONNECTION_CHANGE_REASON_REMOTE_LOGIN", "the same user logged in elsewhere";
    TokenExpired, "RTM_CONNECTION_CHANGE_REASON_TOKEN_EXPIRED", "the token expired";
});

/// How a login ended.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LoginErr {
    /// Success.
    Ok = 0,
    /// Unknown failure.
    Unknown = 1,
    /// Refused.
    Rejected = 2,
    /// An argument is out of bounds.
    InvalidArgument = 3,
    /// The app id is not known.
    InvalidAppId = 4,
    /// The token is wrong.
    InvalidToken = 5,
    /// The token is too old.
    TokenExpired = 6,
    /// This user may not log in.
    NotAuthorized = 7,
    /// Logged in or logging in already.
    AlreadyLoggedIn = 8,
    /// Nobody answered in time.
    Timeout = 9,
    /// Too many attempts.
    TooOften = 10,
    /// The service is not initialized.
    NotInitialized = 101,
}

texts!(LoginErr {
    Ok, "RTM_LOGIN_ERR_OK", "success";
    Unknown, "RTM_LOGIN_ERR_UNKNOWN", "unknown failure";
    Rejected, "RTM_LOGIN_ERR_REJECTED", "refused";
    InvalidArgument, "RTM_LOGIN_ERR_INVALID_ARGUMENT", "an argument is out of bounds";
    InvalidAppId, "RTM_LOGIN_ERR_INVALID_APP_ID", "the app id is not known";
    InvalidToken, "RTM_LOGIN_ERR_INVALID_TOKEN", "the token is wrong";
    TokenExpired, "RTM_LOGIN_ERR_TOKEN_EXPIRED", "the token is too old";
    NotAuthorized, "RTM_LOGIN_ERR_NOT_AUTHORIZED", "this user may not log in";
    AlreadyLoggedIn, "RTM_LOGIN_ERR_ALREADY_LOGGED_IN", "logged in or logging in already";
    Timeout, "RTM_LOGIN_ERR_TIMEOUT", "nobody answered in time";
    TooOften, "RTM_LOGIN_ERR_TOO_OFTEN", "too many attempts";
    NotInitialized, "RTM_LOGIN_ERR_NOT_INITIALIZED", "the service is not initialized";
});

/// How a logout ended.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LogoutErr {
    /// Success.
    Ok = 0,
    /// Nobody is logged in.
    Rejected = 1,
    /// The service is not initialized.
    NotInitialized = 101,
    /// Nobody is logged in.
    UserNotLoggedIn = 102,
}

texts!(LogoutErr {
    Ok, "RTM_LOGOUT_ERR_OK", "success";
    Rejected, "RTM_LOGOUT_ERR_REJECTED", "nobody is logged in";
    NotInitialized, "RTM_LOGOUT_ERR_NOT_INITIALIZED", "the service is not initialized";
    UserNotLoggedIn, "RTM_LOGOUT_ERR_USER_NOT_LOGGED_IN", "nobody is logged in";
});

/// How the renewal of a token ended.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RenewTokenErr {
    /// Success.
    Ok = 0,
    /// Unknown failure.
    Failure = 1,
    /// The token is no valid text.
    InvalidArgument = 2,
    /// Refused.
    Rejected = 3,
    /// Too many attempts.
    TooOften = 4,
    /// The new token is too old.
    TokenExpired = 5,
    /// The new token is wrong.
    InvalidToken = 6,
    /// The service is not initialized.
    NotInitialized = 101,
    /// Nobody is logged in.
    UserNotLoggedIn = 102,
}

texts!(RenewTokenErr {
    Ok, "RTM_RENEW_TOKEN_ERR_OK", "success";
    Failure, "RTM_RENEW_TOKEN_ERR_FAILURE", "unknown failure";
    InvalidArgument, "RTM_RENEW_TOKEN_ERR_INVALID_ARGUMENT", "the token is no valid text";
    Rejected, "RTM_RENEW_TOKEN_ERR_REJECTED", "refused";
    TooOften, "RTM_RENEW_TOKEN_ERR_TOO_OFTEN", "too many attempts";
    TokenExpired, "RTM_RENEW_TOKEN_ERR_TOKEN_EXPIRED", "the new token is too old";
    InvalidToken, "RTM_RENEW_TOKEN_ERR_INVALID_TOKEN", "the new token is wrong";
    NotInitialized, "RTM_RENEW_TOKEN_ERR_NOT_INITIALIZED", "the service is not initialized";
    UserNotLoggedIn, "RTM_RENEW_TOKEN_ERR_USER_NOT_LOGGED_IN", "nobody is logged in";
});
