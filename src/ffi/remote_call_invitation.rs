//! Remote call invitation
//!
//! The callee's object: who rings, with what, and the answer.

use std::ffi::{c_char, c_void};
use std::ptr;

use super::arguments::{copy, optional_out, out, text};
use super::border::{border, text_of};
use super::handles::rtm_remote_call_invitation;
use crate::codes::{EndReason, EndSide, RemoteInvitationState, Status};

/// The caller of an invitation.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
///   released and its last callback has returned.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_call_invitation_get_caller_id(
    invitation: *const rtm_remote_call_invitation,
) -> *const c_char {
    text_of(|| Ok(rtm_remote_call_invitation::find(invitation)?.caller_ptr()))
}

/// Copies what rtm_remote_call_invitation_get_caller_id() answers.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
/// @param length The room, in bytes.
/// @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
/// @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
///   is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_get_caller_id_copy(
    invitation: *const rtm_remote_call_invitation,
    buffer: *mut c_char,
    length: usize,
    needed: *mut usize,
) -> Status {
    border(|| {
        let invitation = rtm_remote_call_invitation::find(invitation)?;
        // SAFETY: the caller passes a buffer of that length, and a place for the number or NULL.
        invitation.with_caller(|text| unsafe { copy(text, buffer, length, needed) })
    })
}

/// The content of an invitation.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
///   released and its last callback has returned.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_call_invitation_get_content(
    invitation: *const rtm_remote_call_invitation,
) -> *const c_char {
    text_of(|| Ok(rtm_remote_call_invitation::find(invitation)?.content_ptr()))
}

/// Copies what rtm_remote_call_invitation_get_content() answers.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
/// @param length The room, in bytes.
/// @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
/// @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
///   is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_get_content_copy(
    invitation: *const rtm_remote_call_invitation,
    buffer: *mut c_char,
    length: usize,
    needed: *mut usize,
) -> Status {
    border(|| {
        let invitation = rtm_remote_call_invitation::find(invitation)?;
        // SAFETY: the caller passes a buffer of that length, and a place for the number or NULL.
        invitation.with_content(|text| unsafe { copy(text, buffer, length, needed) })
    })
}

/// The channel id of an invitation.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
///   released and its last callback has returned.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_call_invitation_get_channel_id(
    invitation: *const rtm_remote_call_invitation,
) -> *const c_char {
    text_of(|| Ok(rtm_remote_call_invitation::find(invitation)?.channel_ptr()))
}

/// Copies what rtm_remote_call_invitation_get_channel_id() answers.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
/// @param length The room, in bytes.
/// @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
/// @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
///   is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_get_channel_id_copy(
    invitation: *const rtm_remote_call_invitation,
    buffer: *mut c_char,
    length: usize,
    needed: *mut usize,
) -> Status {
    border(|| {
        let invitation = rtm_remote_call_invitation::find(invitation)?;
        // SAFETY: the caller passes a buffer of that length, and a place for the number or NULL.
        invitation.with_channel(|text| unsafe { copy(text, buffer, length, needed) })
    })
}

/// Sets the response of an invitation. Any length is stored; accepting and refusing with more than 8192 bytes fails.
///
/// Any thread, any state; what was answered does not change. A text that a getter handed out stays valid.
///
/// @param invitation The invitation.
/// @param response The text; copied.
/// @return #RTM_OK; INVALID_ARGUMENT if the text is NULL or no valid UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_set_response(
    invitation: *mut rtm_remote_call_invitation,
    response: *const c_char,
) -> Status {
    border(|| {
        let invitation = rtm_remote_call_invitation::find(invitation)?;
        // SAFETY: the caller passes a text.
        invitation.set_response(unsafe { text(response, "response")? });
        Ok(())
    })
}

/// The response of an invitation.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
///   released and its last callback has returned.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_call_invitation_get_response(
    invitation: *const rtm_remote_call_invitation,
) -> *const c_char {
    text_of(|| Ok(rtm_remote_call_invitation::find(invitation)?.response_ptr()))
}

/// Copies what rtm_remote_call_invitation_get_response() answers.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
/// @param length The room, in bytes.
/// @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
/// @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
///   is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_get_response_copy(
    invitation: *const rtm_remote_call_invitation,
    buffer: *mut c_char,
    length: usize,
    needed: *mut usize,
) -> Status {
    border(|| {
        let invitation = rtm_remote_call_invitation::find(invitation)?;
        // SAFETY: the caller passes a buffer of that length, and a place for the number or NULL.
        invitation.with_response(|text| unsafe { copy(text, buffer, length, needed) })
    })
}

/// The id of an invitation. 32 hexadecimal digits, the same on both sides.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @return The text, "" if there is none and on an error; never NULL. Valid until the invitation is freed: when it is
///   released and its last callback has returned.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_call_invitation_get_id(invitation: *const rtm_remote_call_invitation) -> *const c_char {
    text_of(|| Ok(rtm_remote_call_invitation::find(invitation)?.id_ptr()))
}

/// Copies what rtm_remote_call_invitation_get_id() answers.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
/// @param length The room, in bytes.
/// @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
/// @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
///   is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_get_id_copy(
    invitation: *const rtm_remote_call_invitation,
    buffer: *mut c_char,
    length: usize,
    needed: *mut usize,
) -> Status {
    border(|| {
        let invitation = rtm_remote_call_invitation::find(invitation)?;
        // SAFETY: the caller passes a buffer of that length, and a place for the number or NULL.
        invitation.with_id(|text| unsafe { copy(text, buffer, length, needed) })
    })
}

/// The state of an invitation now; the callbacks that tell of it may still be on their way.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @param[out] state The state.
/// @return #RTM_OK; INVALID_ARGUMENT if `state` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_get_state(
    invitation: *const rtm_remote_call_invitation,
    state: *mut RemoteInvitationState,
) -> Status {
    border(|| {
        let invitation = rtm_remote_call_invitation::find(invitation)?;
        // SAFETY: the caller passes a place for the state.
        unsafe { out(state, "state")? }.write(invitation.state());
        Ok(())
    })
}

/// Why an invitation ended, and which side decided.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @param[out] reason The reason; #RTM_END_REASON_NONE if it has not ended.
/// @param[out] side The side; #RTM_END_SIDE_NONE if it has not ended. NULL: not asked for.
/// @return #RTM_OK; INVALID_ARGUMENT if `reason` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_get_end_reason(
    invitation: *const rtm_remote_call_invitation,
    reason: *mut EndReason,
    side: *mut EndSide,
) -> Status {
    border(|| {
        let end = rtm_remote_call_invitation::find(invitation)?.end();
        // SAFETY: the caller passes places for both, or NULL for the side.
        unsafe {
            out(reason, "reason")?.write(end.reason);
            optional_out(side).write(end.by);
        }
        Ok(())
    })
}

/// For how long the acceptance of this invitation may wait for the caller's confirmation. Default: as the service says.
///
/// Any thread; holds when it is accepted.
///
/// @param invitation The invitation.
/// @param timeout_ms The time, in milliseconds.
/// @return #RTM_OK; INVALID_ARGUMENT for 0.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_call_invitation_set_accept_timeout(
    invitation: *mut rtm_remote_call_invitation,
    timeout_ms: u32,
) -> Status {
    border(|| rtm_remote_call_invitation::find(invitation)?.set_accept_timeout(timeout_ms))
}

/// Keeps a value of the application's with an invitation.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @param user_data The value; the library does not look at it, and it does not travel.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_call_invitation_set_user_data(
    invitation: *mut rtm_remote_call_invitation,
    user_data: *mut c_void,
) -> Status {
    border(|| {
        rtm_remote_call_invitation::find(invitation)?.set_user_data(user_data.expose_provenance());
        Ok(())
    })
}

/// The value that rtm_remote_call_invitation_set_user_data() kept.
///
/// Any thread.
///
/// @param invitation The invitation.
/// @param[out] user_data The value; NULL if none was set.
/// @return #RTM_OK; INVALID_ARGUMENT if `user_data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_get_user_data(
    invitation: *const rtm_remote_call_invitation,
    user_data: *mut *mut c_void,
) -> Status {
    border(|| {
        let invitation = rtm_remote_call_invitation::find(invitation)?;
        // SAFETY: the caller passes a place for the value.
        unsafe { out(user_data, "user data")? }.write(ptr::with_exposed_provenance_mut(invitation.user_data()));
        Ok(())
    })
}

/// Gives an invitation back, in any state. It says nothing to the peer: it rings on until somebody answers or gives up,
/// and its callbacks still come with this handle. The handle and its texts stay valid until the last callback has
/// returned, then it is freed; if that is over already, at once.
///
/// Any thread, in the invitation's own callbacks too.
///
/// @param invitation The invitation; NULL is fine and does nothing.
/// @return #RTM_OK; STALE_HANDLE for a second release.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_remote_call_invitation_release(invitation: *mut rtm_remote_call_invitation) -> Status {
    border(|| if invitation.is_null() { Ok(()) } else { rtm_remote_call_invitation::find(invitation)?.release() })
}
