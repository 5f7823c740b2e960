//! Transport
//!
//! A carrier of the application's own: what brings bytes from one user to another and says who is there, over whatever
//! the application already has (its server, its bus, a serial line). It is a struct of function pointers that the
//! application registers under a scheme of its choice. From then on addresses SCHEME://... open it, wherever an address
//! is chosen: by the configuration, by rtm_service_set_parameters() or by RTM_CALL_URL. docs/CARRIERS.md is the whole
//! contract; cpp_examples/carrier_tcp is a carrier over TCP.
//!
//! The library calls, per login: `start` first, then `send`, `watch` and `renew`, `stop` last. The calls of one session
//! come one at a time, on any thread: one of the application's, of the library's, or the carrier's own, out of a report.
//! None is nested in another of the same session: what a report inside `send` brings about is called after `send` has
//! returned. Calls of different sessions may come at the same time. No lock of the library is held, every function of
//! the library may be called inside them, and they count as callbacks: nothing that waits for callbacks waits inside.
//! They return at once (`stop` has its time), and must return: no longjmp, no C++ exception.
//!
//! The carrier reports with rtm_transport_session_link(), rtm_transport_session_deliver() and
//! rtm_transport_session_presence(), from any thread and inside its own functions. Reports return at once and may call
//! the carrier's functions before they return, `stop` too: the carrier holds no lock of its own that those take.
//!
//! Texts and bytes that either side passes belong to it, are valid during the call, and are copied by whoever keeps them.

use std::ffi::{c_char, c_void};
use std::mem::offset_of;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;
use std::time::Duration;

use super::arguments::{Versioned, bytes, read_struct, text};
use super::border::{border, c_text};
use super::handler::{Bound, Callbacks, register};
use super::handles::rtm_transport_session;
use crate::codes::{ConnectionChangeReason, LoginErr, PeerOnlineState, RenewTokenErr, Status, TransportLink};
use crate::engine::message::MAX_WIRE;
use crate::engine::user::UserId;
use crate::error::Error;
use crate::service::delivery::enter_callback;
use crate::transport::foreign::{self, Carrier, Login, Running};
use crate::transport::{Ended, Incoming, Link, Refusal, Refused};

/// The longest message, in bytes: none that the library sends is longer, and none longer is taken from a carrier.
pub const RTM_TRANSPORT_MESSAGE_MAX: usize = 197_632;
const _: () = assert!(RTM_TRANSPORT_MESSAGE_MAX == MAX_WIRE);

/// The most messages in one batch, see rtm_transport_session_deliver().
pub const RTM_TRANSPORT_BATCH_MAX: usize = 65_536;

/// Who logs in, for rtm_transport::start. All of it is valid during that call. Later versions may append fields.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_transport_login {
    /// Its size, set by the library: what lies beyond is of a later version.
    pub struct_size: usize,
    /// The whole address, such as "tcp://example.org:5000?room=1". Has no control characters; the rest of it is the
    /// carrier's affair.
    pub url: *const c_char,
    /// The app id: users ring each other only under the same one. 1 to 64 bytes.
    pub app_id: *const c_char,
    /// The user id: 1 to 64 bytes of ASCII, see rtm_service_login().
    pub user_id: *const c_char,
    /// What proves that it is that user; NULL if the application gave none. Never to be logged.
    pub token: *const c_char,
    /// For how long, in milliseconds, this user counts as unreachable, not as offline, when its link breaks.
    pub grace_ms: u32,
    /// 0.
    pub reserved: u32,
}

/// A carrier. For rtm_transport_register(). Set it to zero first, then `struct_size`; what is said above holds for every
/// function.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_transport {
    /// sizeof(rtm_transport).
    pub struct_size: usize,
    /// The carrier's own, for `start` and `drop`; the library does not look at it.
    pub context: *mut c_void,
    /// The end of the context. Runs once, after the carrier was unregistered and the last of its sessions has stopped, on
    /// whichever thread that is; never if rtm_transport_register() failed. May be NULL.
    pub drop: Option<unsafe extern "C" fn(context: *mut c_void)>,
    /// Begins a session. Its outcome is reported: #RTM_TRANSPORT_LINK_UP, or #RTM_TRANSPORT_LINK_REFUSED if trying on is
    /// of no use; inside this call or later. A carrier that reaches nobody just goes on trying: the library limits the
    /// time. Must not wait for the network. Required.
    ///
    /// `session` is what the carrier reports to, until `stop`. What is returned is the first argument of the session's
    /// other functions; NULL says that it cannot begin: the login fails with #RTM_LOGIN_ERR_REJECTED, unless another
    /// reason was reported, and no other function is called for it.
    pub start: Option<
        unsafe extern "C" fn(
            context: *mut c_void,
            session: *mut rtm_transport_session,
            login: *const rtm_transport_login,
        ) -> *mut c_void,
    >,
    /// Takes one message for the user `to`, of the same app id: `length` bytes, at most #RTM_TRANSPORT_MESSAGE_MAX, to be
    /// copied. What cannot be delivered within `expires_after_ms`, which is never 0, is to be dropped. Must not wait for
    /// the network. Required.
    ///
    /// Answers an #rtm_status: #RTM_OK if the message was taken, #RTM_ERR_LIMIT_REACHED if a queue is full, any other
    /// number if the link is down. Delivery is not promised in either case: the library sends again what the other side
    /// does not acknowledge.
    pub send: Option<
        unsafe extern "C" fn(
            state: *mut c_void,
            to: *const c_char,
            bytes: *const u8,
            length: usize,
            expires_after_ms: u32,
        ) -> i32,
    >,
    /// Ends the session: hands over what was sent, for at most `within_ms`, which may be 0, then closes and frees the
    /// state. The one function that may wait, and only so long: for the network, never for a thread that is inside a
    /// report of this session, for this may be called inside it. The user is offline from now on, without a grace time.
    /// The last call for the session, whose handle is stale already. Required.
    pub stop: Option<unsafe extern "C" fn(state: *mut c_void, within_ms: u32)>,
    /// From now on (or, `on` being false, no longer) reports the presence of this user: what it is soon, and then each
    /// change. After #RTM_TRANSPORT_LINK_UP the library asks anew for everybody: the carrier may forget what it watched
    /// when its link breaks. NULL: this carrier knows no presence; then queries time out, nobody is known to be offline,
    /// and a call to somebody who is not there takes its whole window.
    pub watch: Option<unsafe extern "C" fn(state: *mut c_void, user_id: *const c_char, on: bool)>,
    /// Uses this token from now on; answered by #RTM_TRANSPORT_LINK_RENEWED, once for each call, in their order. NULL: a
    /// token cannot be replaced; the library answers #RTM_RENEW_TOKEN_ERR_REJECTED.
    pub renew: Option<unsafe extern "C" fn(state: *mut c_void, token: *const c_char)>,
}

// SAFETY: pointers and optional functions only, the size first.
unsafe impl Versioned for rtm_transport {
    const NAME: &'static str = "rtm_transport";
    const LEAST: usize = offset_of!(Self, start);
}

impl Callbacks for rtm_transport {
    fn context(&self) -> (*mut c_void, Option<unsafe extern "C" fn(context: *mut c_void)>) {
        (self.context, self.drop)
    }
}

/// One message as it arrived.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_transport_message {
    /// The user id of the sender, as the carrier **authenticated** it: the library believes it. Never out of the bytes.
    pub from: *const c_char,
    /// The message, as the sender's library handed it over.
    pub bytes: *const u8,
    /// Its length; at most #RTM_TRANSPORT_MESSAGE_MAX.
    pub length: usize,
}

/// Registers a carrier for this process: addresses that begin with "SCHEME://" open it from now on.
///
/// Any thread.
///
/// @param scheme 1 to 16 bytes of lower-case letters, digits, +, - and ., a letter first. Not one of the library's own,
///   whether this build has it or not: hub, mqtt, mqtts, ws, wss.
/// @param transport Its functions; copied before return, its context is used until `drop`.
/// @return #RTM_OK; INVALID_ARGUMENT if the scheme is none or the library's own, or the transport is NULL, lacks a
///   required function, or has a wrong `struct_size`; INVALID_STATE if there is a carrier for this scheme: unregister
///   that first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_transport_register(scheme: *const c_char, transport: *const rtm_transport) -> Status {
    border(|| {
        // SAFETY: the caller passes a text and a transport.
        let (scheme, table) = unsafe { (text(scheme, "scheme")?, read_struct(transport, "transport")?) };
        for (missing, name) in
            [(table.start.is_none(), "start"), (table.send.is_none(), "send"), (table.stop.is_none(), "stop")]
        {
            if missing {
                return Err(Error::InvalidArgument(format!("the transport has no function {name}")));
            }
        }
        register(table, |carrier| foreign::register(scheme, carrier))
    })
}

/// Takes a carrier out: no address opens it any more, and its scheme is free. Sessions that have begun go on until they
/// are stopped; `drop` tells when the last of them was.
///
/// Any thread; waits for nothing.
///
/// @param scheme What it was registered for.
/// @return #RTM_OK; NOT_FOUND if no carrier is registered for it; INVALID_ARGUMENT if it is NULL or no valid UTF-8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_transport_unregister(scheme: *const c_char) -> Status {
    // SAFETY: the caller passes a text.
    border(|| foreign::unregister(unsafe { text(scheme, "scheme")? }))
}

/// Reports what happened to the link of a session. What does not fit the state of the session (a second
/// #RTM_TRANSPORT_LINK_UP, a #RTM_TRANSPORT_LINK_DOWN before the first) changes nothing.
///
/// Any thread, also inside the carrier's functions.
///
/// @param session The session.
/// @param link An #rtm_transport_link.
/// @param detail What that says: 0, or why.
/// @return #RTM_OK; STALE_HANDLE if the session has been stopped; INVALID_ARGUMENT if `link` is none or `detail` does
///   not belong to it.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_transport_session_link(session: *mut rtm_transport_session, link: i32, detail: i32) -> Status {
    border(|| {
        let reports = rtm_transport_session::find(session)?;
        reports.link(read_link(link, detail)?);
        Ok(())
    })
}

/// Reports messages for the user of a session, in the order of their arrival. Messages that a carrier reads at once, or
/// that waited while its machine was suspended, belong into one batch: it is read as a whole, and an end in it beats an
/// invitation. What is reported before #RTM_TRANSPORT_LINK_UP is the backlog of the time without a link: it is kept, up
/// to a bound, and read as a whole when that comes.
///
/// Any thread, also inside the carrier's functions; but the order of messages is that of the calls.
///
/// @param session The session.
/// @param messages The messages; copied before return.
/// @param count How many, at most #RTM_TRANSPORT_BATCH_MAX; 0 is fine.
/// @return #RTM_OK, also where the protocol has no use for a message; STALE_HANDLE if the session has been stopped;
///   INVALID_ARGUMENT if there are too many, one is too long, a pointer is NULL or a sender is no user id: then none is
///   delivered.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_transport_session_deliver(
    session: *mut rtm_transport_session,
    messages: *const rtm_transport_message,
    count: usize,
) -> Status {
    border(|| {
        let reports = rtm_transport_session::find(session)?;
        // SAFETY: the caller passes that many messages.
        let batch = unsafe { read_messages(messages, count)? };
        if !batch.is_empty() {
            reports.deliver(&batch);
        }
        Ok(())
    })
}

/// Reports the presence of a user whom the library watches; of anybody else it changes nothing.
///
/// Any thread, also inside the carrier's functions.
///
/// @param session The session.
/// @param user_id The user.
/// @param state An #rtm_peer_online_state.
/// @return #RTM_OK; STALE_HANDLE if the session has been stopped; INVALID_ARGUMENT if the user id or the state is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_transport_session_presence(
    session: *mut rtm_transport_session,
    user_id: *const c_char,
    state: i32,
) -> Status {
    border(|| {
        let reports = rtm_transport_session::find(session)?;
        // SAFETY: the caller passes a text.
        let user = UserId::new(unsafe { text(user_id, "user id")? }, "user id")?;
        let none = || Error::InvalidArgument(format!("the online state is {state}, which is none"));
        reports.presence(user.as_str(), PeerOnlineState::from_number(state).ok_or_else(none)?);
        Ok(())
    })
}

fn read_link(link: i32, detail: i32) -> Result<Link, Error> {
    let none = || Error::InvalidArgument(format!("the link is {link}, which is none"));
    let link = TransportLink::from_number(link).ok_or_else(none)?;
    let plain = |report| (detail == 0).then_some(report);
    let read = match link {
        TransportLink::Up => plain(Link::Up),
        TransportLink::Down => plain(Link::Down),
        TransportLink::TokenExpired => plain(Link::TokenExpired),
        TransportLink::Refused => login_refusal(detail).map(Link::Refused),
        TransportLink::Ended => ended(detail).map(Link::Ended),
        TransportLink::Renewed if detail == RenewTokenErr::Ok as i32 => Some(Link::Renewed(Ok(()))),
        TransportLink::Renewed => renew_refusal(detail).map(|refusal| Link::Renewed(Err(refusal))),
    };
    read.ok_or_else(|| Error::InvalidArgument(format!("the detail {detail} does not belong to {}", link.name())))
}

fn login_refusal(detail: i32) -> Option<Refusal> {
    Some(match LoginErr::from_number(detail)? {
        LoginErr::Rejected => Refusal::Rejected,
        LoginErr::InvalidAppId => Refusal::InvalidAppId,
        LoginErr::InvalidToken => Refusal::InvalidToken,
        LoginErr::TokenExpired => Refusal::TokenExpired,
        LoginErr::NotAuthorized => Refusal::NotAuthorized,
        LoginErr::TooOften => Refusal::TooOften,
        _ => return None,
    })
}

fn renew_refusal(detail: i32) -> Option<Refusal> {
    Some(match RenewTokenErr::from_number(detail)? {
        RenewTokenErr::Rejected => Refusal::Rejected,
        RenewTokenErr::TooOften => Refusal::TooOften,
        RenewTokenErr::TokenExpired => Refusal::TokenExpired,
        RenewTokenErr::InvalidToken => Refusal::InvalidToken,
        _ => return None,
    })
}

fn ended(detail: i32) -> Option<Ended> {
    Some(match ConnectionChangeReason::from_number(detail)? {
        ConnectionChangeReason::BannedByServer => Ended::Banned,
        ConnectionChangeReason::RemoteLogin => Ended::RemoteLogin,
        ConnectionChangeReason::TokenExpired => Ended::TokenExpired,
        _ => return None,
    })
}

/// # Safety
/// `messages` is NULL or points to `count` messages, whose senders are as for [`text`] and bytes as for [`bytes`].
unsafe fn read_messages(messages: *const rtm_transport_message, count: usize) -> Result<Vec<Incoming>, Error> {
    let wrong = |what: String| Err(Error::InvalidArgument(what));
    if count > RTM_TRANSPORT_BATCH_MAX {
        return wrong(format!("the batch has {count} messages, the limit is {RTM_TRANSPORT_BATCH_MAX}"));
    }
    if count == 0 {
        return Ok(Vec::new());
    }
    if messages.is_null() {
        return wrong("the batch is NULL".into());
    }
    let mut batch = Vec::with_capacity(count);
    // SAFETY: as promised.
    for message in unsafe { slice::from_raw_parts(messages, count) } {
        if message.length > MAX_WIRE {
            return wrong(format!("the message is {} bytes, the limit is {MAX_WIRE}", message.length));
        }
        // SAFETY: as promised.
        let (from, bytes) =
            unsafe { (text(message.from, "sender")?, bytes(message.bytes, message.length, "message")?) };
        batch.push(Incoming { from: UserId::new(from, "sender")?.to_arc(), bytes: bytes.into() });
    }
    Ok(batch)
}

impl Carrier for Bound<rtm_transport> {
    fn start(self: Arc<Self>, session: u64, login: &Login<'_>) -> Option<Box<dyn Running>> {
        let (url, app_id, user_id) = (c_text(login.url), c_text(login.app_id), c_text(login.user));
        let token = login.token.map(c_text);
        let login = rtm_transport_login {
            struct_size: size_of::<rtm_transport_login>(),
            url: url.as_ptr(),
            app_id: app_id.as_ptr(),
            user_id: user_id.as_ptr(),
            token: token.as_ref().map_or(ptr::null(), |token| token.as_ptr()),
            grace_ms: millis(login.grace),
            reserved: 0,
        };
        let start = self.callbacks.start?;
        let inside = enter_callback();
        // SAFETY: the application gave this function for this context; what it gets is valid until it returns.
        let state = unsafe { start(self.callbacks.context, rtm_transport_session::of(session), &raw const login) };
        drop(inside);
        Some(Box::new(Live { state: NonNull::new(state)?, carrier: self }))
    }
}

/// A session that the application's carrier has begun.
struct Live {
    carrier: Arc<Bound<rtm_transport>>,
    state: NonNull<c_void>,
}

// SAFETY: the header says that the state is used on any thread, one at a time.
unsafe impl Send for Live {}

impl Running for Live {
    fn send(&self, to: &str, bytes: &[u8], expires_after: Duration) -> Result<(), Refused> {
        let to = c_text(to);
        let send = self.carrier.callbacks.send.ok_or(Refused::Down)?;
        let _inside = enter_callback();
        // SAFETY: the application gave this function for this state; what it gets is valid until it returns.
        let answer =
            unsafe { send(self.state.as_ptr(), to.as_ptr(), bytes.as_ptr(), bytes.len(), millis(expires_after)) };
        match Status::from_number(answer) {
            Some(Status::InvitationApiCallErrOk) => Ok(()),
            Some(Status::ErrLimitReached) => Err(Refused::Full),
            _ => Err(Refused::Down),
        }
    }

    fn watch(&self, user: &str, on: bool) {
        let user = c_text(user);
        if let Some(watch) = self.carrier.callbacks.watch {
            let _inside = enter_callback();
            // SAFETY: the application gave this function for this state; the text is valid until it returns.
            unsafe { watch(self.state.as_ptr(), user.as_ptr(), on) }
        }
    }

    fn renew(&self, token: &str) -> bool {
        let token = c_text(token);
        if let Some(renew) = self.carrier.callbacks.renew {
            let _inside = enter_callback();
            // SAFETY: the application gave this function for this state; the text is valid until it returns.
            unsafe { renew(self.state.as_ptr(), token.as_ptr()) }
        }
        self.carrier.callbacks.renew.is_some()
    }

    fn stop(self: Box<Self>, within: Duration) {
        if let Some(stop) = self.carrier.callbacks.stop {
            let _inside = enter_callback();
            // SAFETY: the application gave this function for this state, and this is the last use of it.
            unsafe { stop(self.state.as_ptr(), u32::try_from(within.as_millis()).unwrap_or(u32::MAX)) }
        }
    }
}

/// As C sees a time: in milliseconds, rounded up, so that what is short does not become nothing.
fn millis(time: Duration) -> u32 {
    u32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(u32::MAX)
}
