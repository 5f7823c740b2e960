//! Peer messages
//!
//! Texts or bytes from one user to another, outside any invitation. A message cannot be changed once it is made, and
//! may be sent any number of times.

use std::ffi::{c_char, c_void};
use std::ptr;

use super::arguments::{bytes, optional_out, optional_text, out, text};
use super::border::{border, text_of};
use super::handles::{rtm_message, rtm_service};
use crate::codes::{MessageType, Status};
use crate::engine::Body;
use crate::service::peers::{MESSAGES, Message};

/// Makes a text message.
///
/// Any thread.
///
/// @param service The service; the message may outlive it and serve others.
/// @param message_text The text; copied. A message of more than 32768 bytes can be made, but not sent.
/// @param[out] message The message, the caller's to release with rtm_message_release().
/// @return #RTM_OK; INVALID_ARGUMENT if the text or `message` is NULL, or the text no valid UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_create_text_message(
    service: *mut rtm_service,
    message_text: *const c_char,
    message: *mut *mut rtm_message,
) -> Status {
    border(|| {
        rtm_service::find(service)?;
        // SAFETY: the caller passes a text, and a place for the handle.
        let (text, place) = unsafe { (text(message_text, "message text")?, out(message, "message")?) };
        place.write(rtm_message::of(MESSAGES.insert(Message::new(Body::Text(text.into())))));
        Ok(())
    })
}

/// Makes a message of bytes.
///
/// Any thread.
///
/// @param service The service; the message may outlive it and serve others.
/// @param data The bytes; copied. A message of more than 32768 bytes can be made, but not sent. NULL if there are none.
/// @param length How many bytes.
/// @param description A text that goes with them, likewise limited; copied. NULL: "".
/// @param[out] message The message, the caller's to release with rtm_message_release().
/// @return #RTM_OK; INVALID_ARGUMENT if `data` is NULL and `length` is not 0, if `message` is NULL, or if the
///   description is no valid UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_create_raw_message(
    service: *mut rtm_service,
    data: *const u8,
    length: usize,
    description: *const c_char,
    message: *mut *mut rtm_message,
) -> Status {
    border(|| {
        rtm_service::find(service)?;
        // SAFETY: the caller passes that many bytes, and a text or NULL.
        let (data, text) = unsafe { (bytes(data, length, "data")?, optional_text(description, "description")?) };
        // SAFETY: the caller passes a place for the handle.
        let place = unsafe { out(message, "message")? };
        let body = Body::Raw { data: data.into(), text: text.unwrap_or_default().into() };
        place.write(rtm_message::of(MESSAGES.insert(Message::new(body))));
        Ok(())
    })
}

/// Sends a message to a peer. The outcome comes as on_send_message_result of #rtm_service_event_handler:
/// #RTM_PEER_MESSAGE_ERR_OK when the peer's library has it. It is sent again until then; a peer that is offline does not
/// get it.
///
/// Any thread; returns at once.
///
/// @param service The service.
/// @param peer_id The receiver: a user id as in rtm_service_login().
/// @param message The message: what is in it now is sent. It may be released at once.
/// @param[out] message_id The number of the outcome; written before that can come. NULL: not asked for.
/// @return #RTM_OK; INVALID_ARGUMENT for the peer id, or a message beyond 32768 bytes; NOT_INITIALIZED. That nobody is
///   logged in comes as #RTM_PEER_MESSAGE_ERR_USER_NOT_LOGGED_IN.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_send_message_to_peer(
    service: *mut rtm_service,
    peer_id: *const c_char,
    message: *const rtm_message,
    message_id: *mut i64,
) -> Status {
    border(|| {
        let (service, message) = (rtm_service::find(service)?, rtm_message::find(message)?);
        // SAFETY: the caller passes a text, and a place for the number or NULL.
        let (peer, number) = unsafe { (text(peer_id, "peer id")?, optional_out(message_id)) };
        service.send_message(peer, &message, |id| number.write(id))
    })
}

/// What a message carries.
///
/// Any thread.
///
/// @param message The message.
/// @param[out] message_type Text or bytes.
/// @return #RTM_OK; INVALID_ARGUMENT if `message_type` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_message_get_type(message: *const rtm_message, message_type: *mut MessageType) -> Status {
    border(|| {
        let message = rtm_message::find(message)?;
        // SAFETY: the caller passes a place for the type.
        unsafe { out(message_type, "message type")? }.write(message.kind());
        Ok(())
    })
}

/// The text of a message; of a message of bytes, its description.
///
/// Any thread.
///
/// @param message The message.
/// @return The text, "" on an error; never NULL. Valid until the message is released, or is the library's and its
///   callback returns.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_message_get_text(message: *const rtm_message) -> *const c_char {
    text_of(|| Ok(rtm_message::find(message)?.text_ptr()))
}

/// The bytes of a message; of a text message, none.
///
/// Any thread.
///
/// @param message The message.
/// @param[out] data The bytes. Valid until the message is released, or is the library's and its callback returns.
/// @param[out] length How many.
/// @return #RTM_OK; INVALID_ARGUMENT if `data` or `length` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_message_get_raw_data(
    message: *const rtm_message,
    data: *mut *const u8,
    length: *mut usize,
) -> Status {
    border(|| {
        let message = rtm_message::find(message)?;
        // SAFETY: the caller passes places for both.
        let (data, length) = unsafe { (out(data, "data")?, out(length, "length")?) };
        data.write(message.raw().as_ptr());
        length.write(message.raw().len());
        Ok(())
    })
}

/// Keeps a value of the application's with a message.
///
/// Any thread.
///
/// @param message The message.
/// @param user_data The value; the library does not look at it, and it does not travel.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_message_set_user_data(message: *mut rtm_message, user_data: *mut c_void) -> Status {
    border(|| {
        rtm_message::find(message)?.set_user_data(user_data.expose_provenance());
        Ok(())
    })
}

/// The value that rtm_message_set_user_data() kept.
///
/// Any thread.
///
/// @param message The message.
/// @param[out] user_data The value; NULL if none was set.
/// @return #RTM_OK; INVALID_ARGUMENT if `user_data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_message_get_user_data(message: *const rtm_message, user_data: *mut *mut c_void) -> Status {
    border(|| {
        let message = rtm_message::find(message)?;
        // SAFETY: the caller passes a place for the value.
        unsafe { out(user_data, "user data")? }.write(ptr::with_exposed_provenance_mut(message.user_data()));
        Ok(())
    })
}

/// Gives a message back. What was sent of it is on its way all the same.
///
/// Any thread.
///
/// @param message The message; NULL is fine and does nothing. Not one that the library owns.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_message_release(message: *mut rtm_message) -> Status {
    border(|| {
        let handle = message.addr() as u64;
        if message.is_null() || MESSAGES.remove(handle).is_some() { Ok(()) } else { Err(MESSAGES.stale(handle)) }
    })
}
