//! Session
//!
//! Login, logout, token, connection. What comes of them comes as callbacks of #rtm_service_event_handler.

use std::ffi::c_char;

use super::arguments::{optional_text, out, text};
use super::border::border;
use super::handles::rtm_service;
use crate::codes::{ConnectionState, Status};

/// Logs a user in. The connection state becomes #RTM_CONNECTION_STATE_CONNECTING; then comes on_login_success or
/// on_login_failure. While a user is logged in or logging in, this is on_login_failure with
/// #RTM_LOGIN_ERR_ALREADY_LOGGED_IN and disturbs nothing. The same user id logging in elsewhere ends the first session.
///
/// Any thread; returns at once.
///
/// @param service The service.
/// @param token What the carrier checks; it is never logged. NULL: none (the hub accepts any).
/// @param user_id Who logs in: 1 to 64 bytes of ASCII, without control characters, quotation marks, apostrophes,
///   asterisks, slashes and backslashes, and not "null".
/// @return #RTM_OK; INVALID_ARGUMENT for the user id: then no callback comes; NOT_INITIALIZED; UNSUPPORTED or
///   INVALID_ARGUMENT if RTM_CALL_URL names no carrier, or the application has taken its own back meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_login(
    service: *mut rtm_service,
    token: *const c_char,
    user_id: *const c_char,
) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes texts.
        let (token, user) = unsafe { (optional_text(token, "token")?, text(user_id, "user id")?) };
        service.login(token, user)
    })
}

/// Logs out. Open invitations end: local ones fail with #RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN, remote ones with
/// #RTM_REMOTE_INVITATION_ERR_PEER_OFFLINE, and the peers are told. Then comes on_logout, exactly once for each call of
/// this.
///
/// Any thread; waits at most 1 s for the carrier to take what tells the peers (inside a callback not at all: it goes on
/// by itself), never for a callback.
///
/// @param service The service.
/// @return #RTM_OK; NOT_INITIALIZED. That nobody is logged in comes as #RTM_LOGOUT_ERR_REJECTED of on_logout.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_service_logout(service: *mut rtm_service) -> Status {
    border(|| rtm_service::find(service)?.logout())
}

/// Replaces the token of the session. The outcome comes as on_renew_token_result.
///
/// Any thread; returns at once.
///
/// @param service The service.
/// @param token The new token.
/// @return #RTM_OK; INVALID_ARGUMENT if the token is NULL or no valid UTF-8; NOT_INITIALIZED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_renew_token(service: *mut rtm_service, token: *const c_char) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a text.
        service.renew_token(unsafe { text(token, "token")? })
    })
}

/// Says that the machine's network has changed, such as from cable to Wi-Fi: a carrier over a network looks at once
/// whether its connection still stands, and one that waits to connect again does not wait any longer. Never needed: a
/// broken connection is found without it, in up to half a minute. Does nothing while nobody is logged in, and on hub://.
///
/// Any thread; returns at once.
///
/// @param service The service.
/// @return #RTM_OK; NOT_INITIALIZED.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_service_network_changed(service: *mut rtm_service) -> Status {
    border(|| rtm_service::find(service)?.network_changed())
}

/// The state of the connection now; the callbacks that tell of it may still be on their way.
///
/// Any thread.
///
/// @param service The service.
/// @param[out] state The state.
/// @return #RTM_OK; INVALID_ARGUMENT if `state` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_get_connection_state(
    service: *const rtm_service,
    state: *mut ConnectionState,
) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a place for the state.
        let place = unsafe { out(state, "state")? };
        place.write(service.connection()?);
        Ok(())
    })
}
