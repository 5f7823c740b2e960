//! A carrier for tests: `table://NAME` is the hub NAME behind the C function table. So whatever is tested over the hub,
//! its faults included, can be tested over the table. In no header, and in no product.

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use super::border::c_text;
use super::handles::rtm_transport_session;
use super::transport::{
    rtm_transport, rtm_transport_login, rtm_transport_message, rtm_transport_register, rtm_transport_session_deliver,
    rtm_transport_session_link, rtm_transport_session_presence,
};
use crate::codes::{ConnectionChangeReason, LoginErr, RenewTokenErr, Status, TransportLink};
use crate::runtime::Runtime;
use crate::transport::{Bytes, Ended, Inbox, Incoming, Link, Options, Presence, Refused, Session, Transport, hub};

/// Registers it; once a process.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_planted_table() -> Status {
    let table = rtm_transport {
        struct_size: size_of::<rtm_transport>(),
        context: ptr::null_mut(),
        drop: None,
        start: Some(start),
        send: Some(send),
        stop: Some(stop),
        watch: Some(watch),
        renew: Some(renew),
    };
    // SAFETY: a text and a transport.
    unsafe { rtm_transport_register(c"table".as_ptr(), &raw const table) }
}

/// What stands behind a session.
type State = Arc<dyn Transport>;

unsafe extern "C" fn start(
    _context: *mut c_void,
    session: *mut rtm_transport_session,
    login: *const rtm_transport_login,
) -> *mut c_void {
    // SAFETY: the library passes a login whose texts are valid.
    let (login, url, app_id, user) =
        unsafe { (&*login, text((*login).url), text((*login).app_id), text((*login).user_id)) };
    // SAFETY: likewise.
    let token = (!login.token.is_null()).then(|| unsafe { text(login.token) });
    let name = url.strip_prefix("table://").expect("that is how it was chosen");
    if hub::check_name(name).is_err() {
        return ptr::null_mut();
    }
    let options = Options { app_id, grace: Duration::from_millis(login.grace_ms.into()), ca_pem: None };
    let state: State = hub::open(name, &options, &Runtime::process());
    state.start(Session { user, token }, Arc::new(Through(session.addr())));
    Box::into_raw(Box::new(state)).cast()
}

unsafe extern "C" fn send(
    state: *mut c_void,
    to: *const c_char,
    bytes: *const u8,
    length: usize,
    expires_after_ms: u32,
) -> i32 {
    // SAFETY: the library passes a text and bytes.
    let (to, bytes) = unsafe { (text(to), Bytes::from(std::slice::from_raw_parts(bytes, length))) };
    // SAFETY: it is a state that `start` made.
    match unsafe { of(state) }.send(&to, &bytes, Duration::from_millis(expires_after_ms.into())) {
        Ok(()) => Status::InvitationApiCallErrOk as i32,
        Err(Refused::Down) => Status::ErrInvalidState as i32,
        Err(Refused::Full) => Status::ErrLimitReached as i32,
    }
}

unsafe extern "C" fn watch(state: *mut c_void, user_id: *const c_char, on: bool) {
    // SAFETY: it is a state that `start` made, and a text.
    unsafe { of(state).watch(&text(user_id), on) }
}

unsafe extern "C" fn renew(state: *mut c_void, token: *const c_char) {
    // SAFETY: it is a state that `start` made, and a text.
    unsafe { of(state).renew(&text(token)) }
}

unsafe extern "C" fn stop(state: *mut c_void, within_ms: u32) {
    // SAFETY: it is a state that `start` made, and this is its last use.
    let state = unsafe { Box::from_raw(state.cast::<State>()) };
    state.stop(Duration::from_millis(within_ms.into()));
}

/// # Safety
/// `state` is one that `start` made and `stop` did not get.
unsafe fn of<'a>(state: *mut c_void) -> &'a State {
    // SAFETY: as promised.
    unsafe { &*state.cast::<State>() }
}

/// # Safety
/// `text` is NUL-terminated.
unsafe fn text(text: *const c_char) -> String {
    // SAFETY: as promised.
    unsafe { CStr::from_ptr(text) }.to_str().expect("the library's texts are UTF-8").into()
}

/// From the hub to the library, by the functions of the header. A late report is answered with STALE_HANDLE.
struct Through(usize);

impl Through {
    fn session(&self) -> *mut rtm_transport_session {
        rtm_transport_session::of(self.0 as u64)
    }
}

impl Inbox for Through {
    fn link(&self, link: Link) {
        let (what, detail) = match link {
            Link::Up => (TransportLink::Up, 0),
            Link::Down => (TransportLink::Down, 0),
            Link::Ended(ended) => (
                TransportLink::Ended,
                match ended {
                    Ended::Banned => ConnectionChangeReason::BannedByServer,
                    Ended::RemoteLogin => ConnectionChangeReason::RemoteLogin,
                    Ended::TokenExpired => ConnectionChangeReason::TokenExpired,
                } as i32,
            ),
            Link::TokenExpired => (TransportLink::TokenExpired, 0),
            // The hub takes every token; if it ceases to, a test will notice that no reason gets through.
            Link::Refused(_) => (TransportLink::Refused, LoginErr::Rejected as i32),
            Link::Renewed(Ok(())) => (TransportLink::Renewed, RenewTokenErr::Ok as i32),
            Link::Renewed(Err(_)) => (TransportLink::Renewed, RenewTokenErr::Rejected as i32),
        };
        rtm_transport_session_link(self.session(), what as i32, detail);
    }

    fn deliver(&self, batch: &[Incoming]) {
        let senders: Vec<CString> = batch.iter().map(|message| c_text(&message.from)).collect();
        let messages: Vec<rtm_transport_message> = (batch.iter().zip(&senders))
            .map(|(message, from)| rtm_transport_message {
                from: from.as_ptr(),
                bytes: message.bytes.as_ptr(),
                length: message.bytes.len(),
            })
            .collect();
        // SAFETY: that many messages, valid during the call.
        unsafe { rtm_transport_session_deliver(self.session(), messages.as_ptr(), messages.len()) };
    }

    fn presence(&self, user: &str, presence: Presence) {
        let user = c_text(user);
        // SAFETY: a text.
        unsafe { rtm_transport_session_presence(self.session(), user.as_ptr(), presence as i32) };
    }
}
