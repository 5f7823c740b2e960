//! Every number that an application sees, with its name and one line of text. Written once, here; the C header takes the
//! enumerations from this file. Numbers are the original's (SPEC sections 1 and 8) and never change.

/// Derives from one list: all values, the C name and one line of text of each, and the checked way back from a number.
macro_rules! texts {
    ($type:ident { $($variant:ident, $name:literal, $text:literal;)+ }) => {
        impl $type {
            /// Every value, in the order of the numbers.
            pub const ALL: &'static [$type] = &[$($type::$variant),+];

            /// The name in C; stable.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name),+ }
            }

            /// One line of text.
            pub const fn text(self) -> &'static str {
                match self { $($type::$variant => $text),+ }
            }

            /// The value with this number.
            pub fn from_number(number: i32) -> Option<$type> {
                Self::ALL.iter().copied().find(|value| *value as i32 == number)
            }
        }
    };
}

/// The state of a local invitation, the caller's object.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LocalInvitationState {
    /// Created, not sent yet.
    Idle = 0,
    /// Sent, not acknowledged yet.
    SentToRemote = 1,
    /// The callee's library has it.
    ReceivedByRemote = 2,
    /// Ended: the callee accepted.
    AcceptedByRemote = 3,
    /// Ended: the callee refused.
    RefusedByRemote = 4,
    /// Ended: canceled.
    Canceled = 5,
    /// Ended: failed.
    Failure = 6,
}

texts!(LocalInvitationState {
    Idle, "RTM_LOCAL_INVITATION_STATE_IDLE", "created, not sent yet";
    SentToRemote, "RTM_LOCAL_INVITATION_STATE_SENT_TO_REMOTE", "sent, not acknowledged yet";
    ReceivedByRemote, "RTM_LOCAL_INVITATION_STATE_RECEIVED_BY_REMOTE", "the callee's library has it";
    AcceptedByRemote, "RTM_LOCAL_INVITATION_STATE_ACCEPTED_BY_REMOTE", "ended: the callee accepted";
    RefusedByRemote, "RTM_LOCAL_INVITATION_STATE_REFUSED_BY_REMOTE", "ended: the callee refused";
    Canceled, "RTM_LOCAL_INVITATION_STATE_CANCELED", "ended: canceled";
    Failure, "RTM_LOCAL_INVITATION_STATE_FAILURE", "ended: failed";
});

/// The state of a remote invitation, the callee's object.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RemoteInvitationState {
    /// Not received yet.
    Idle = 0,
    /// Received, not answered yet.
    InvitationReceived = 1,
    /// Accepted here, not confirmed by the caller yet.
    AcceptSentToLocal = 2,
    /// Ended: refused.
    Refused = 3,
    /// Ended: accepted, and the caller knows.
    Accepted = 4,
    /// Ended: canceled by the caller.
    Canceled = 5,
    /// Ended: failed.
    Failure = 6,
}

texts!(RemoteInvitationState {
    Idle, "RTM_REMOTE_INVITATION_STATE_IDLE", "not received yet";
    InvitationReceived, "RTM_REMOTE_INVITATION_STATE_INVITATION_RECEIVED", "received, not answered yet";
    AcceptSentToLocal, "RTM_REMOTE_INVITATION_STATE_ACCEPT_SENT_TO_LOCAL", "accepted here, not confirmed by the caller yet";
    Refused, "RTM_REMOTE_INVITATION_STATE_REFUSED", "ended: refused";
    Accepted, "RTM_REMOTE_INVITATION_STATE_ACCEPTED", "ended: accepted, and the caller knows";
    Canceled, "RTM_REMOTE_INVITATION_STATE_CANCELED", "ended: canceled by the caller";
    Failure, "RTM_REMOTE_INVITATION_STATE_FAILURE", "ended: failed";
});

/// Why a local invitation failed.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LocalInvitationErr {
    /// No failure.
    Ok = 0,
    /// The callee is offline.
    PeerOffline = 1,
    /// The callee did not respond.
    PeerNoResponse = 2,
    /// Nobody answered in time.
    InvitationExpire = 3,
    /// Nobody is logged in here.
    NotLoggedin = 4,
}

texts!(LocalInvitationErr {
    Ok, "RTM_LOCAL_INVITATION_ERR_OK", "no failure";
    PeerOffline, "RTM_LOCAL_INVITATION_ERR_PEER_OFFLINE", "the callee is offline";
    PeerNoResponse, "RTM_LOCAL_INVITATION_ERR_PEER_NO_RESPONSE", "the callee did not respond";
    InvitationExpire, "RTM_LOCAL_INVITATION_ERR_INVITATION_EXPIRE", "nobody answered in time";
    NotLoggedin, "RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN", "nobody is logged in here";
});

/// Why a remote invitation failed.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum RemoteInvitationErr {
    /// No failure.
    Ok = 0,
    /// One of the two is offline.
    PeerOffline = 1,
    /// The acceptance was not confirmed in time.
    AcceptFailure = 2,
    /// Not answered in time.
    InvitationExpire = 3,
}

texts!(RemoteInvitationErr {
    Ok, "RTM_REMOTE_INVITATION_ERR_OK", "no failure";
    PeerOffline, "RTM_REMOTE_INVITATION_ERR_PEER_OFFLINE", "one of the two is offline";
    AcceptFailure, "RTM_REMOTE_INVITATION_ERR_ACCEPT_FAILURE", "the acceptance was not confirmed in time";
    InvitationExpire, "RTM_REMOTE_INVITATION_ERR_INVITATION_EXPIRE", "not answered in time";
});

/// The state of a service's connection.
#[repr(i32)]
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
#[repr(i32)]
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
#[repr(i32)]
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
#[repr(i32)]
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
#[repr(i32)]
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

/// Whether a user can be reached.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PeerOnlineState {
    /// Logged in.
    Online = 0,
    /// Its link is broken, its grace time is not over.
    Unreachable = 1,
    /// Not logged in, or gone for longer than the grace time.
    Offline = 2,
}

texts!(PeerOnlineState {
    Online, "RTM_PEER_ONLINE_STATE_ONLINE", "logged in";
    Unreachable, "RTM_PEER_ONLINE_STATE_UNREACHABLE", "its link is broken, its grace time is not over";
    Offline, "RTM_PEER_ONLINE_STATE_OFFLINE", "not logged in, or gone for longer than the grace time";
});

/// How the sending of a peer message ended.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PeerMessageErr {
    /// The peer's library has it.
    Ok = 0,
    /// Unknown failure.
    Failure = 1,
    /// No acknowledgement in time.
    SentTimeout = 2,
    /// The peer is offline.
    PeerUnreachable = 3,
    /// Kept for a peer that is offline.
    CachedByServer = 4,
    /// Too many messages under way.
    TooOften = 5,
    /// The peer's user id is out of bounds.
    InvalidUserid = 6,
    /// The message is out of bounds.
    InvalidMessage = 7,
    /// The peer's library does not know this kind of message.
    ImcompatibleMessage = 8,
    /// The service is not initialized.
    NotInitialized = 101,
    /// Nobody is logged in.
    UserNotLoggedIn = 102,
}

texts!(PeerMessageErr {
    Ok, "RTM_PEER_MESSAGE_ERR_OK", "the peer's library has it";
    Failure, "RTM_PEER_MESSAGE_ERR_FAILURE", "unknown failure";
    SentTimeout, "RTM_PEER_MESSAGE_ERR_SENT_TIMEOUT", "no acknowledgement in time";
    PeerUnreachable, "RTM_PEER_MESSAGE_ERR_PEER_UNREACHABLE", "the peer is offline";
    CachedByServer, "RTM_PEER_MESSAGE_ERR_CACHED_BY_SERVER", "kept for a peer that is offline";
    TooOften, "RTM_PEER_MESSAGE_ERR_TOO_OFTEN", "too many messages under way";
    InvalidUserid, "RTM_PEER_MESSAGE_ERR_INVALID_USERID", "the peer's user id is out of bounds";
    InvalidMessage, "RTM_PEER_MESSAGE_ERR_INVALID_MESSAGE", "the message is out of bounds";
    ImcompatibleMessage, "RTM_PEER_MESSAGE_ERR_IMCOMPATIBLE_MESSAGE", "the peer's library does not know this kind of message";
    NotInitialized, "RTM_PEER_MESSAGE_ERR_NOT_INITIALIZED", "the service is not initialized";
    UserNotLoggedIn, "RTM_PEER_MESSAGE_ERR_USER_NOT_LOGGED_IN", "nobody is logged in";
});

/// How a presence query ended.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum QueryPeersOnlineStatusErr {
    /// Success.
    Ok = 0,
    /// Unknown failure.
    Failure = 1,
    /// An argument is out of bounds.
    InvalidArgument = 2,
    /// Refused.
    Rejected = 3,
    /// No answer in time.
    Timeout = 4,
    /// Too many queries under way.
    TooOften = 5,
    /// The service is not initialized.
    NotInitialized = 101,
    /// Nobody is logged in.
    UserNotLoggedIn = 102,
}

texts!(QueryPeersOnlineStatusErr {
    Ok, "RTM_QUERY_PEERS_ONLINE_STATUS_ERR_OK", "success";
    Failure, "RTM_QUERY_PEERS_ONLINE_STATUS_ERR_FAILURE", "unknown failure";
    InvalidArgument, "RTM_QUERY_PEERS_ONLINE_STATUS_ERR_INVALID_ARGUMENT", "an argument is out of bounds";
    Rejected, "RTM_QUERY_PEERS_ONLINE_STATUS_ERR_REJECTED", "refused";
    Timeout, "RTM_QUERY_PEERS_ONLINE_STATUS_ERR_TIMEOUT", "no answer in time";
    TooOften, "RTM_QUERY_PEERS_ONLINE_STATUS_ERR_TOO_OFTEN", "too many queries under way";
    NotInitialized, "RTM_QUERY_PEERS_ONLINE_STATUS_ERR_NOT_INITIALIZED", "the service is not initialized";
    UserNotLoggedIn, "RTM_QUERY_PEERS_ONLINE_STATUS_ERR_USER_NOT_LOGGED_IN", "nobody is logged in";
});

/// How a presence subscription ended.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PeerSubscriptionStatusErr {
    /// Success.
    Ok = 0,
    /// Unknown failure.
    Failure = 1,
    /// An argument is out of bounds.
    InvalidArgument = 2,
    /// Refused.
    Rejected = 3,
    /// No answer in time.
    Timeout = 4,
    /// Too many requests under way.
    TooOften = 5,
    /// Too many subscriptions.
    Overflow = 6,
    /// The service is not initialized.
    NotInitialized = 101,
    /// Nobody is logged in.
    UserNotLoggedIn = 102,
}

texts!(PeerSubscriptionStatusErr {
    Ok, "RTM_PEER_SUBSCRIPTION_STATUS_ERR_OK", "success";
    Failure, "RTM_PEER_SUBSCRIPTION_STATUS_ERR_FAILURE", "unknown failure";
    InvalidArgument, "RTM_PEER_SUBSCRIPTION_STATUS_ERR_INVALID_ARGUMENT", "an argument is out of bounds";
    Rejected, "RTM_PEER_SUBSCRIPTION_STATUS_ERR_REJECTED", "refused";
    Timeout, "RTM_PEER_SUBSCRIPTION_STATUS_ERR_TIMEOUT", "no answer in time";
    TooOften, "RTM_PEER_SUBSCRIPTION_STATUS_ERR_TOO_OFTEN", "too many requests under way";
    Overflow, "RTM_PEER_SUBSCRIPTION_STATUS_ERR_OVERFLOW", "too many subscriptions";
    NotInitialized, "RTM_PEER_SUBSCRIPTION_STATUS_ERR_NOT_INITIALIZED", "the service is not initialized";
    UserNotLoggedIn, "RTM_PEER_SUBSCRIPTION_STATUS_ERR_USER_NOT_LOGGED_IN", "nobody is logged in";
});

/// Why an invitation ended (SPEC section 7): the reason beside the original's code.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EndReason {
    /// It has not ended.
    None = 0,
    /// The callee accepted.
    Accepted = 1,
    /// The callee refused.
    Refused = 2,
    /// The caller canceled.
    Canceled = 3,
    /// The callee is offline.
    Unreachable = 4,
    /// The callee's library did not acknowledge in time.
    NoResponse = 5,
    /// Nobody answered in time.
    Expired = 6,
    /// The caller was not logged in.
    NotLoggedIn = 7,
    /// One of the two logged out.
    LoggedOut = 8,
    /// The acceptance was not confirmed: the caller's outcome is unknown.
    AcceptUnconfirmed = 9,
    /// The session was ended from outside.
    Kicked = 10,
    /// The caller is gone.
    CallerLost = 11,
    /// Another instance of the callee accepted.
    AnsweredElsewhere = 12,
    /// Another instance of the callee refused.
    RefusedElsewhere = 13,
    /// The service was released.
    Released = 14,
    /// An internal error ended the service.
    Error = 15,
}

texts!(EndReason {
    None, "RTM_END_REASON_NONE", "it has not ended";
    Accepted, "RTM_END_REASON_ACCEPTED", "the callee accepted";
    Refused, "RTM_END_REASON_REFUSED", "the callee refused";
    Canceled, "RTM_END_REASON_CANCELED", "the caller canceled";
    Unreachable, "RTM_END_REASON_UNREACHABLE", "the callee is offline";
    NoResponse, "RTM_END_REASON_NO_RESPONSE", "the callee's library did not acknowledge in time";
    Expired, "RTM_END_REASON_EXPIRED", "nobody answered in time";
    NotLoggedIn, "RTM_END_REASON_NOT_LOGGED_IN", "the caller was not logged in";
    LoggedOut, "RTM_END_REASON_LOGGED_OUT", "one of the two logged out";
    AcceptUnconfirmed, "RTM_END_REASON_ACCEPT_UNCONFIRMED", "the acceptance was not confirmed: the caller's outcome is unknown";
    Kicked, "RTM_END_REASON_KICKED", "the session was ended from outside";
    CallerLost, "RTM_END_REASON_CALLER_LOST", "the caller is gone";
    AnsweredElsewhere, "RTM_END_REASON_ANSWERED_ELSEWHERE", "another instance of the callee accepted";
    RefusedElsewhere, "RTM_END_REASON_REFUSED_ELSEWHERE", "another instance of the callee refused";
    Released, "RTM_END_REASON_RELEASED", "the service was released";
    Error, "RTM_END_REASON_ERROR", "an internal error ended the service";
});

/// Which side decided the end.
#[repr(i32)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum EndSide {
    /// It has not ended.
    None = 0,
    /// The caller's side.
    Caller = 1,
    /// The callee's side.
    Callee = 2,
}

texts!(EndSide {
    None, "RTM_END_SIDE_NONE", "it has not ended";
    Caller, "RTM_END_SIDE_CALLER", "the caller's side";
    Callee, "RTM_END_SIDE_CALLEE", "the callee's side";
});
