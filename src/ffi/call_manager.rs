//! Call manager
//!
//! Rings, cancels, accepts and refuses. These answer at once whether the call is legal in the present state; what
//! becomes of it comes as callbacks of #rtm_call_event_handler.
//!
//! | call | legal in | else |
//! |------|----------|------|
//! | send | IDLE | ALREADY_SENT; ended: ALREADY_END |
//! | cancel | SENT_TO_REMOTE, RECEIVED_BY_REMOTE | IDLE: NOT_STARTED; ended: ALREADY_END |
//! | accept, refuse | INVITATION_RECEIVED | ACCEPT_SENT_TO_LOCAL: ALREADY_ACCEPT; ended: ALREADY_END |
//!
//! The state is checked before the texts.

use std::ffi::{CStr, c_char, c_void};
use std::ptr;

use super::arguments::{out, text};
use super::border::border;
use super::handles::{rtm_call_manager, rtm_local_call_invitation, rtm_remote_call_invitation};
use crate::codes::Status;
use crate::engine::CallId;
use crate::error::Error;

/// Makes an invitation for a callee. It is IDLE: nothing is sent, and no callback comes, before
/// rtm_call_manager_send_local_invitation().
///
/// Any thread.
///
/// @param manager The call manager.
/// @param callee_id The callee; any text makes an object, sending it checks the text. One that is no valid UTF-8 counts
///   as "".
/// @param[out] invitation The invitation, the caller's to release with rtm_local_call_invitation_release().
/// @return #RTM_OK; INVALID_ARGUMENT if `callee_id` or `invitation` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_call_manager_create_local_call_invitation(
    manager: *mut rtm_call_manager,
    callee_id: *const c_char,
    invitation: *mut *mut rtm_local_call_invitation,
) -> Status {
    border(|| {
        let service = rtm_call_manager::find(manager)?.service()?;
        if callee_id.is_null() {
            return Err(Error::InvalidArgument("the callee id is NULL".into()));
        }
        // SAFETY: the caller passes a text, and a place for the handle.
        let (callee, place) = unsafe { (CStr::from_ptr(callee_id), out(invitation, "invitation")?) };
        let invitation = service.create_local(callee.to_str().unwrap_or_default())?;
        place.write(rtm_local_call_invitation::of(invitation.handle()));
        Ok(())
    })
}

/// Sends an invitation: what it says now travels, later setters change only the local object. Its state becomes
/// SENT_TO_REMOTE and the acknowledge timeout begins; during a login it is held, and the timeout begins, when the login
/// succeeds. If nobody is logged in it fails with #RTM_LOCAL_INVITATION_ERR_NOT_LOGGEDIN, as a callback.
///
/// Any thread; returns at once. Ownership stays: it may be released at once, and its callbacks still come.
///
/// @param manager The call manager.
/// @param invitation The invitation.
/// @return #RTM_OK; ALREADY_SENT; ALREADY_END; INVALID_ARGUMENT if the callee id is no user id (see
///   rtm_service_login()), the content exceeds 8192 bytes or the channel id 64: then it stays IDLE and can be put
///   right; LIMIT_REACHED.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_call_manager_send_local_invitation(
    manager: *mut rtm_call_manager,
    invitation: *mut rtm_local_call_invitation,
) -> Status {
    border(|| rtm_call_manager::find(manager)?.service()?.send(&rtm_local_call_invitation::find(invitation)?))
}

/// Cancels an invitation: it ends here at once, as CANCELED, and the callee is told.
///
/// Any thread; returns at once.
///
/// @param manager The call manager.
/// @param invitation The invitation.
/// @return #RTM_OK; NOT_STARTED; ALREADY_END.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_call_manager_cancel_local_invitation(
    manager: *mut rtm_call_manager,
    invitation: *mut rtm_local_call_invitation,
) -> Status {
    border(|| rtm_call_manager::find(manager)?.service()?.cancel(&rtm_local_call_invitation::find(invitation)?))
}

/// Accepts an invitation, with the response that is set now. Its state becomes ACCEPT_SENT_TO_LOCAL; it is ACCEPTED
/// when the caller has confirmed, within the accept timeout.
///
/// Any thread; returns at once.
///
/// @param manager The call manager.
/// @param invitation The invitation.
/// @return #RTM_OK; ALREADY_ACCEPT; ALREADY_END; INVALID_ARGUMENT if the response exceeds 8192 bytes: then it rings on.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_call_manager_accept_remote_invitation(
    manager: *mut rtm_call_manager,
    invitation: *mut rtm_remote_call_invitation,
) -> Status {
    border(|| rtm_call_manager::find(manager)?.service()?.accept(&rtm_remote_call_invitation::find(invitation)?))
}

/// Refuses an invitation, with the response that is set now: it ends here at once, as REFUSED, and the caller is told.
///
/// Any thread; returns at once.
///
/// @param manager The call manager.
/// @param invitation The invitation.
/// @return #RTM_OK; ALREADY_ACCEPT; ALREADY_END; INVALID_ARGUMENT if the response exceeds 8192 bytes: then it rings on.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_call_manager_refuse_remote_invitation(
    manager: *mut rtm_call_manager,
    invitation: *mut rtm_remote_call_invitation,
) -> Status {
    border(|| rtm_call_manager::find(manager)?.service()?.refuse(&rtm_remote_call_invitation::find(invitation)?))
}

/// The open local invitation with this callee and id.
///
/// Any thread.
///
/// @param manager The call manager.
/// @param callee_id The callee.
/// @param invitation_id The id, as rtm_local_call_invitation_get_id() gives it.
/// @param[out] invitation The invitation: the handle that the application has already. It is not one more to release.
/// @return #RTM_OK; NOT_FOUND if no such invitation is open; INVALID_ARGUMENT if an argument is NULL or the id is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_call_manager_find_local_call_invitation(
    manager: *mut rtm_call_manager,
    callee_id: *const c_char,
    invitation_id: *const c_char,
    invitation: *mut *mut rtm_local_call_invitation,
) -> Status {
    border(|| {
        let service = rtm_call_manager::find(manager)?.service()?;
        // SAFETY: the caller passes texts, and a place for the handle.
        let (callee, id) = unsafe { (text(callee_id, "callee id")?, call_id(invitation_id)?) };
        // SAFETY: likewise.
        let place = unsafe { out(invitation, "invitation")? };
        place.write(rtm_local_call_invitation::of(service.find_local(callee, id)?.handle()));
        Ok(())
    })
}

/// The open remote invitation with this caller and id.
///
/// Any thread.
///
/// @param manager The call manager.
/// @param caller_id The caller.
/// @param invitation_id The id, as rtm_remote_call_invitation_get_id() gives it; it is the same on both sides.
/// @param[out] invitation The invitation: the handle that its callbacks carry. It is the application's, to be released
///   once altogether.
/// @return #RTM_OK; NOT_FOUND if no such invitation is open; INVALID_ARGUMENT if an argument is NULL or the id is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_call_manager_find_remote_call_invitation(
    manager: *mut rtm_call_manager,
    caller_id: *const c_char,
    invitation_id: *const c_char,
    invitation: *mut *mut rtm_remote_call_invitation,
) -> Status {
    border(|| {
        let service = rtm_call_manager::find(manager)?.service()?;
        // SAFETY: the caller passes texts, and a place for the handle.
        let (caller, id) = unsafe { (text(caller_id, "caller id")?, call_id(invitation_id)?) };
        // SAFETY: likewise.
        let place = unsafe { out(invitation, "invitation")? };
        place.write(rtm_remote_call_invitation::of(service.find_remote(caller, id)?.handle()));
        Ok(())
    })
}

/// # Safety
/// As for [`text`].
unsafe fn call_id(id: *const c_char) -> Result<CallId, Error> {
    // SAFETY: as promised.
    let id = unsafe { text(id, "invitation id")? };
    let wrong = || Error::InvalidArgument(format!("the invitation id {id:?} is not 32 hexadecimal digits"));
    CallId::parse(id).ok_or_else(wrong)
}

/// Keeps a value of the application's with a call manager.
///
/// Any thread.
///
/// @param manager The call manager.
/// @param user_data The value; the library does not look at it.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_call_manager_set_user_data(manager: *mut rtm_call_manager, user_data: *mut c_void) -> Status {
    border(|| {
        rtm_call_manager::find(manager)?.set_user_data(user_data.expose_provenance());
        Ok(())
    })
}

/// The value that rtm_call_manager_set_user_data() kept.
///
/// Any thread.
///
/// @param manager The call manager.
/// @param[out] user_data The value; NULL if none was set.
/// @return #RTM_OK; INVALID_ARGUMENT if `user_data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_call_manager_get_user_data(
    manager: *const rtm_call_manager,
    user_data: *mut *mut c_void,
) -> Status {
    border(|| {
        let manager = rtm_call_manager::find(manager)?;
        // SAFETY: the caller passes a place for the value.
        unsafe { out(user_data, "user data")? }.write(ptr::with_exposed_provenance_mut(manager.user_data()));
        Ok(())
    })
}

/// Gives a call manager back: no callback of its handler starts from now on. Outside callbacks it returns when none
/// runs any more and the handler's `drop` has run. Invitations go on silently; rtm_service_get_call_manager() gives a
/// new manager for them.
///
/// Any thread; waits for a running callback of the handler, unless called inside a callback.
///
/// @param manager The call manager; NULL is fine and does nothing.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_call_manager_release(manager: *mut rtm_call_manager) -> Status {
    border(|| {
        if manager.is_null() {
            return Ok(());
        }
        rtm_call_manager::find(manager)?.release(manager.addr() as u64)
    })
}
