//! Ladder
//!
//! What happened to an invitation, and why it ended. Every invitation keeps a short record, its ladder: the calls of the
//! application, the messages to and from the peer with their sizes, the windows that closed, the callbacks, the end and
//! the rule that brought it about, each with its time. What is inside of messages is not in it. Texts and times are for
//! people to read; names of rules, such as "no_response", never change.

use std::ffi::c_char;

use super::arguments::copy;
use super::border::border;
use super::handles::{rtm_local_call_invitation, rtm_remote_call_invitation, rtm_service};
use crate::codes::{LadderFormat, Status};
use crate::error::Error;

/// How many entries the ladder of an invitation may have. When it is full the oldest give way and are counted; the
/// first one and the end stay. An entry takes 16 bytes, allocated as it comes.
///
/// Any thread. Holds for invitations that are created or received from then on; the parameter rtm_call.ladder_entries
/// of rtm_service_set_parameters() does the same.
///
/// @param service The service.
/// @param entries From 1 to 1024; 0: no ladder is kept, and the rule of the end is all that is known. Default: 16.
/// @return #RTM_OK; INVALID_ARGUMENT for more than 1024.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_service_set_ladder_entries(service: *mut rtm_service, entries: u32) -> Status {
    border(|| rtm_service::find(service)?.set_ladder_entries(entries))
}

/// Copies the ladder of a local invitation.
///
/// #RTM_LADDER_TEXT is a heading (id, caller, callee, state, reason), one line an entry, and after the end the rule, in
/// lines of at most 100 characters of ASCII. Times are seconds since the first entry. The left column is this side: API
/// calls such as "cancel() answered ALREADY_END", messages sent ("-->"), windows ("* timer: ..."), callbacks. The right
/// one has the messages of the peer that were read ("<--"). Messages of a kind in a row, nothing else having happened,
/// are one line that says how often they came; it has the time of the first. #RTM_LADDER_MERMAID is the same as a
/// "sequenceDiagram" of Mermaid, in which user ids are escaped.
///
/// Any thread, any state: also before it is sent, after it has ended, and after its service was released. The ladder
/// may grow between two calls.
///
/// @param invitation The invitation.
/// @param format An #rtm_ladder_format.
/// @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
/// @param length The room, in bytes. 4096 is enough for most ladders of 16 entries.
/// @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
/// @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT for an unknown format, or if
///   `buffer` is NULL and `length` is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_local_call_invitation_get_ladder_copy(
    invitation: *const rtm_local_call_invitation,
    format: i32,
    buffer: *mut c_char,
    length: usize,
    needed: *mut usize,
) -> Status {
    border(|| {
        let ladder = rtm_local_call_invitation::find(invitation)?.ladder(known(format)?);
        // SAFETY: the caller passes a buffer of that length, and a place for the number or NULL.
        unsafe { copy(&ladder, buffer, length, needed) }
    })
}

/// Copies the ladder of a remote invitation; the left column is the callee's side. Otherwise as
/// rtm_local_call_invitation_get_ladder_copy().
///
/// Any thread, any state: also after it has ended, and after its service was released.
///
/// @param invitation The invitation.
/// @param format An #rtm_ladder_format.
/// @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
/// @param length The room, in bytes. 4096 is enough for most ladders of 16 entries.
/// @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
/// @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT for an unknown format, or if
///   `buffer` is NULL and `length` is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_get_ladder_copy(
    invitation: *const rtm_remote_call_invitation,
    format: i32,
    buffer: *mut c_char,
    length: usize,
    needed: *mut usize,
) -> Status {
    border(|| {
        let ladder = rtm_remote_call_invitation::find(invitation)?.ladder(known(format)?);
        // SAFETY: the caller passes a buffer of that length, and a place for the number or NULL.
        unsafe { copy(&ladder, buffer, length, needed) }
    })
}

/// Says in a few sentences how a local invitation stands: how it ended, with which code and reason, which side decided,
/// the rule by its name and in words, what led to it with times, and what came after it. A sentence is a line.
///
/// Any thread, any state: also before it is sent, after it has ended, and after its service was released.
///
/// @param invitation The invitation.
/// @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
/// @param length The room, in bytes.
/// @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
/// @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
///   is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_local_call_invitation_explain(
    invitation: *const rtm_local_call_invitation,
    buffer: *mut c_char,
    length: usize,
    needed: *mut usize,
) -> Status {
    border(|| {
        let explained = rtm_local_call_invitation::find(invitation)?.explain();
        // SAFETY: the caller passes a buffer of that length, and a place for the number or NULL.
        unsafe { copy(&explained, buffer, length, needed) }
    })
}

/// Says in a few sentences how a remote invitation stands, as rtm_local_call_invitation_explain() does.
///
/// Any thread, any state: also after it has ended, and after its service was released.
///
/// @param invitation The invitation.
/// @param[out] buffer Where it goes, with its final NUL. NULL if `length` is 0.
/// @param length The room, in bytes.
/// @param[out] needed The room that it needs, in bytes; also written with BUFFER_TOO_SMALL. NULL: not asked for.
/// @return #RTM_OK; BUFFER_TOO_SMALL: then the buffer is untouched; INVALID_ARGUMENT if `buffer` is NULL and `length`
///   is not 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_remote_call_invitation_explain(
    invitation: *const rtm_remote_call_invitation,
    buffer: *mut c_char,
    length: usize,
    needed: *mut usize,
) -> Status {
    border(|| {
        let explained = rtm_remote_call_invitation::find(invitation)?.explain();
        // SAFETY: the caller passes a buffer of that length, and a place for the number or NULL.
        unsafe { copy(&explained, buffer, length, needed) }
    })
}

fn known(format: i32) -> Result<LadderFormat, Error> {
    let none = || Error::InvalidArgument(format!("the format of the ladder is {format}, which is none"));
    LadderFormat::from_number(format).ok_or_else(none)
}
