//! Peer codes
//!
//! Presence, and how peer messages and requests about presence end. Numbers never change.

use std::ffi::CStr;

use super::c_str;

/// Whether a user can be reached.
#[repr(C)]
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
#[repr(C)]
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
#[repr(C)]
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
#[repr(C)]
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

/// What a peer message carries; the original's numbers.
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MessageType {
    /// A text.
    Text = 1,
    /// Bytes, and a text that describes them.
    Raw = 2,
}

texts!(MessageType {
    Text, "RTM_MESSAGE_TYPE_TEXT", "a text";
    Raw, "RTM_MESSAGE_TYPE_RAW", "bytes, and a text that describes them";
});
