//! Transport codes
//!
//! What a carrier of the application's own reports of its link. Numbers never change.

use std::ffi::CStr;

use super::c_str;

/// What happened to the link of a session. Each says what belongs into the `detail` of rtm_transport_session_link().
#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TransportLink {
    /// The session stands, for the first time or again. Detail: 0.
    Up = 1,
    /// The connection broke; the carrier is trying to restore it. Detail: 0.
    Down = 2,
    /// The login is refused for good. Detail: why, an #rtm_login_err out of REJECTED, INVALID_APP_ID, INVALID_TOKEN,
    /// TOKEN_EXPIRED, NOT_AUTHORIZED and TOO_OFTEN.
    Refused = 3,
    /// The session was ended from outside, for good. Detail: why, an #rtm_connection_change_reason out of
    /// BANNED_BY_SERVER, REMOTE_LOGIN and TOKEN_EXPIRED.
    Ended = 4,
    /// The token is about to expire or has expired. Detail: 0.
    TokenExpired = 5,
    /// The answer to rtm_transport::renew. Detail: an #rtm_renew_token_err out of OK, REJECTED, TOO_OFTEN, TOKEN_EXPIRED
    /// and INVALID_TOKEN.
    Renewed = 6,
}

texts!(TransportLink {
    Up, "RTM_TRANSPORT_LINK_UP", "the session stands";
    Down, "RTM_TRANSPORT_LINK_DOWN", "the connection broke and is being restored";
    Refused, "RTM_TRANSPORT_LINK_REFUSED", "the login is refused for good";
    Ended, "RTM_TRANSPORT_LINK_ENDED", "the session was ended from outside";
    TokenExpired, "RTM_TRANSPORT_LINK_TOKEN_EXPIRED", "the token expires or has expired";
    Renewed, "RTM_TRANSPORT_LINK_RENEWED", "the answer to a new token";
});
