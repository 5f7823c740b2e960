//! The C API, as a program of the application's would use it: services with callbacks.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_void};
use std::ptr::{null, null_mut};
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

pub use rtm_call::codes::{Delivery, Status};
use rtm_call::codes::{LocalInvitationErr, LoginErr, RemoteInvitationErr};
use rtm_call::ffi::call_manager::*;
use rtm_call::ffi::config::rtm_service_config;
use rtm_call::ffi::events::{rtm_call_event_handler, rtm_service_event_handler};
use rtm_call::ffi::handles::{rtm_call_manager, rtm_local_call_invitation, rtm_remote_call_invitation, rtm_service};
use rtm_call::ffi::ladder::rtm_service_set_ladder_entries;
use rtm_call::ffi::local_call_invitation::*;
use rtm_call::ffi::remote_call_invitation::rtm_remote_call_invitation_release;
use rtm_call::ffi::service::*;
use rtm_call::ffi::session::rtm_service_login;

use super::affinity;

/// How long anything may take that should happen at once.
pub const BOUND: Duration = Duration::from_secs(30);

/// How a party is to be. What is not set has the library's default.
#[derive(Clone, Default)]
pub struct Setup {
    /// The carrier; none: a hub.
    pub url: Option<String>,
    pub delivery: Delivery,
    /// The core of its delivery worker.
    pub core: Option<usize>,
    pub ladder_entries: Option<u32>,
    pub max_open: u32,
    pub max_open_per_peer: u32,
    pub acknowledge_ms: u32,
    pub ring_ms: u32,
}

/// A user who is logged in. Logged out and released when it is dropped.
pub struct Party {
    service: *mut rtm_service,
    pub calls: Calls,
    told: Receiver<Session>,
    delivery: Delivery,
}

// SAFETY: handles are numbers, and every function may be called from any thread.
unsafe impl Send for Party {}

/// The call manager of a party.
#[derive(Clone, Copy)]
pub struct Calls(*mut rtm_call_manager);

// SAFETY: as above.
unsafe impl Send for Calls {}
// SAFETY: as above.
unsafe impl Sync for Calls {}

/// An invitation that was sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Local(*mut rtm_local_call_invitation);

// SAFETY: as above.
unsafe impl Send for Local {}
// SAFETY: as above.
unsafe impl Sync for Local {}

/// An invitation that was received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Remote(*mut rtm_remote_call_invitation);

// SAFETY: as above.
unsafe impl Send for Remote {}
// SAFETY: as above.
unsafe impl Sync for Remote {}

/// The callbacks about invitations. What ends is to be released by who receives it.
#[derive(Clone, Copy, Debug)]
pub enum Event {
    LocalReceivedByPeer,
    LocalAccepted(Local),
    LocalCanceled(Local),
    LocalFailed(Local),
    Rings(Remote),
    RemoteAccepted(Remote),
    RemoteCanceled(Remote),
    RemoteFailed(Remote),
}

type Handler = dyn Fn(Calls, Event) + Send + Sync;

/// What the callbacks about invitations get.
struct Context {
    calls: AtomicPtr<rtm_call_manager>,
    handler: Box<Handler>,
}

/// What the callbacks about the session get.
struct SessionContext {
    tell: Sender<Session>,
    core: Option<usize>,
    pinned: Once,
}

#[derive(PartialEq, Eq, Debug)]
enum Session {
    LoggedIn,
    Failed(i32),
}

impl Party {
    /// Creates a service, logs in as `user` and waits until that is done.
    pub fn new(user: &str, setup: &Setup, handler: impl Fn(Calls, Event) + Send + Sync + 'static) -> Party {
        let party = Party::begin(user, setup, handler);
        party.wait_for(Session::LoggedIn);
        party
    }

    /// The same without waiting; [`logged_in`](Party::logged_in) does that later.
    pub fn begin(user: &str, setup: &Setup, handler: impl Fn(Calls, Event) + Send + Sync + 'static) -> Party {
        let url = CString::new(setup.url.as_deref().unwrap_or("hub://bench")).expect("no NUL");
        let config = rtm_service_config {
            struct_size: size_of::<rtm_service_config>(),
            url: url.as_ptr(),
            delivery: setup.delivery as i32,
            acknowledge_timeout_ms: setup.acknowledge_ms,
            ring_timeout_ms: setup.ring_ms,
            accept_timeout_ms: 0,
            login_timeout_ms: 0,
            grace_ms: 0,
            max_open_invitations: setup.max_open,
            max_open_per_peer: setup.max_open_per_peer,
            max_remembered_invitations: 0,
            reserved: 0,
            ca_pem: null(),
        };
        let mut service = null_mut();
        // SAFETY: a config with its size, and a place for the handle.
        must(unsafe { rtm_service_create(&raw const config, &raw mut service) });
        if let Some(entries) = setup.ladder_entries {
            must(rtm_service_set_ladder_entries(service, entries));
        }
        let (tell, told) = channel();
        let context = Box::new(SessionContext { tell, core: setup.core, pinned: Once::new() });
        let events = session_handler(Box::into_raw(context));
        // SAFETY: a text and a handler whose context lives until its drop.
        must(unsafe { rtm_service_initialize(service, c"bench".as_ptr(), &raw const events) });
        let context = Context { calls: AtomicPtr::new(null_mut()), handler: Box::new(handler) };
        let context = Box::into_raw(Box::new(context));
        let events = call_handler(context);
        let mut calls = null_mut();
        // SAFETY: a handler whose context lives until its drop, and a place for the handle. No callback about an
        // invitation comes before the login, so the context may be written to until then.
        unsafe {
            must(rtm_service_get_call_manager(service, &raw const events, &raw mut calls));
            (*context).calls.store(calls, Ordering::Release);
        }
        let user = CString::new(user).expect("no NUL");
        // SAFETY: texts.
        must(unsafe { rtm_service_login(service, null(), user.as_ptr()) });
        Party { service, calls: Calls(calls), told, delivery: setup.delivery }
    }

    /// Waits until the login of [`begin`](Party::begin) is done.
    pub fn logged_in(&self) {
        self.wait_for(Session::LoggedIn);
    }

    /// Pump mode: runs the callbacks that wait, here; how many it were.
    pub fn dispatch(&self) -> usize {
        let mut count = 0;
        // SAFETY: a place for the number.
        must(unsafe { rtm_service_dispatch(self.service, 0, &raw mut count) });
        count
    }

    /// Pump mode: what is readable while callbacks wait.
    pub fn doorbell(&self) -> isize {
        let mut bell = 0;
        // SAFETY: a place for the handle.
        must(unsafe { rtm_service_get_dispatch_handle(self.service, &raw mut bell) });
        bell
    }

    /// What the service has counted.
    pub fn stats(&self) -> rtm_service_stats {
        // SAFETY: the struct is made of numbers.
        let mut stats: rtm_service_stats = unsafe { std::mem::zeroed() };
        stats.struct_size = size_of::<rtm_service_stats>();
        // SAFETY: a struct with its size.
        must(unsafe { rtm_service_get_stats(self.service, &raw mut stats) });
        stats
    }

    fn wait_for(&self, wanted: Session) {
        let end = Instant::now() + BOUND;
        let told = match self.delivery {
            Delivery::Pump => loop {
                self.dispatch();
                match self.told.recv_timeout(Duration::from_millis(1)) {
                    Err(_) if Instant::now() < end => {}
                    told => break told,
                }
            },
            _ => self.told.recv_timeout(BOUND),
        };
        assert_eq!(told, Ok(wanted), "what the session came to");
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        must(rtm_service_release(self.service));
    }
}

impl Calls {
    /// Rings `callee`.
    pub fn ring(self, callee: &CStr, content: &CStr) -> Result<Local, Status> {
        let mut invitation = null_mut();
        // SAFETY: texts, and a place for the handle.
        unsafe {
            must(rtm_call_manager_create_local_call_invitation(self.0, callee.as_ptr(), &raw mut invitation));
            must(rtm_local_call_invitation_set_content(invitation, content.as_ptr()));
        }
        match rtm_call_manager_send_local_invitation(self.0, invitation) {
            Status::InvitationApiCallErrOk => Ok(Local(invitation)),
            refused => {
                Local(invitation).release();
                Err(refused)
            }
        }
    }

    pub fn cancel(self, invitation: Local) -> Status {
        rtm_call_manager_cancel_local_invitation(self.0, invitation.0)
    }

    pub fn accept(self, invitation: Remote) -> Status {
        rtm_call_manager_accept_remote_invitation(self.0, invitation.0)
    }
}

impl Local {
    pub fn release(self) {
        must(rtm_local_call_invitation_release(self.0));
    }
}

impl Remote {
    pub fn release(self) {
        must(rtm_remote_call_invitation_release(self.0));
    }
}

/// What must not fail here.
pub fn must(status: Status) {
    assert_eq!(status, Status::InvitationApiCallErrOk, "the call is a legal one");
}

fn session_handler(context: *mut SessionContext) -> rtm_service_event_handler {
    /// # Safety
    /// `context` is that of a handler that was not dropped.
    unsafe fn tell(context: *mut c_void, what: Session) {
        // SAFETY: as promised.
        let context = unsafe { &*context.cast::<SessionContext>() };
        if let Some(core) = context.core {
            context.pinned.call_once(|| affinity::pin(core)); // It runs on the one worker of its service.
        }
        let _ = context.tell.send(what); // The party may be gone.
    }
    unsafe extern "C" fn in_now(context: *mut c_void) {
        // SAFETY: the library's promise.
        unsafe { tell(context, Session::LoggedIn) };
    }
    unsafe extern "C" fn failed(context: *mut c_void, error: LoginErr) {
        // SAFETY: likewise.
        unsafe { tell(context, Session::Failed(error as i32)) };
    }
    unsafe extern "C" fn gone(context: *mut c_void) {
        // SAFETY: it was made by Box::into_raw, and this is the last that is heard of it.
        drop(unsafe { Box::from_raw(context.cast::<SessionContext>()) });
    }
    // SAFETY: optional functions and a pointer, for which zero is NULL.
    let mut handler: rtm_service_event_handler = unsafe { std::mem::zeroed() };
    handler.struct_size = size_of::<rtm_service_event_handler>();
    handler.context = context.cast();
    handler.drop = Some(gone);
    handler.on_login_success = Some(in_now);
    handler.on_login_failure = Some(failed);
    handler
}

fn call_handler(context: *mut Context) -> rtm_call_event_handler {
    /// # Safety
    /// `context` is that of a handler that was not dropped.
    unsafe fn tell(context: *mut c_void, event: Event) {
        // SAFETY: as promised.
        let context = unsafe { &*context.cast::<Context>() };
        (context.handler)(Calls(context.calls.load(Ordering::Acquire)), event);
    }
    unsafe extern "C" fn received_by_peer(context: *mut c_void, _: *mut rtm_local_call_invitation) {
        // SAFETY: the library's promise, here and below.
        unsafe { tell(context, Event::LocalReceivedByPeer) };
    }
    unsafe extern "C" fn accepted(context: *mut c_void, local: *mut rtm_local_call_invitation, _: *const c_char) {
        // SAFETY: likewise.
        unsafe { tell(context, Event::LocalAccepted(Local(local))) };
    }
    unsafe extern "C" fn canceled(context: *mut c_void, local: *mut rtm_local_call_invitation) {
        // SAFETY: likewise.
        unsafe { tell(context, Event::LocalCanceled(Local(local))) };
    }
    unsafe extern "C" fn failed(context: *mut c_void, local: *mut rtm_local_call_invitation, _: LocalInvitationErr) {
        // SAFETY: likewise.
        unsafe { tell(context, Event::LocalFailed(Local(local))) };
    }
    unsafe extern "C" fn rings(context: *mut c_void, remote: *mut rtm_remote_call_invitation) {
        // SAFETY: likewise.
        unsafe { tell(context, Event::Rings(Remote(remote))) };
    }
    unsafe extern "C" fn remote_accepted(context: *mut c_void, remote: *mut rtm_remote_call_invitation) {
        // SAFETY: likewise.
        unsafe { tell(context, Event::RemoteAccepted(Remote(remote))) };
    }
    unsafe extern "C" fn remote_canceled(context: *mut c_void, remote: *mut rtm_remote_call_invitation) {
        // SAFETY: likewise.
        unsafe { tell(context, Event::RemoteCanceled(Remote(remote))) };
    }
    unsafe extern "C" fn remote_failed(
        context: *mut c_void,
        remote: *mut rtm_remote_call_invitation,
        _: RemoteInvitationErr,
    ) {
        // SAFETY: likewise.
        unsafe { tell(context, Event::RemoteFailed(Remote(remote))) };
    }
    unsafe extern "C" fn gone(context: *mut c_void) {
        // SAFETY: it was made by Box::into_raw, and this is the last that is heard of it.
        drop(unsafe { Box::from_raw(context.cast::<Context>()) });
    }
    rtm_call_event_handler {
        struct_size: size_of::<rtm_call_event_handler>(),
        context: context.cast(),
        drop: Some(gone),
        on_local_invitation_received_by_peer: Some(received_by_peer),
        on_local_invitation_accepted: Some(accepted),
        on_local_invitation_refused: None,
        on_local_invitation_canceled: Some(canceled),
        on_local_invitation_failure: Some(failed),
        on_remote_invitation_received: Some(rings),
        on_remote_invitation_accepted: Some(remote_accepted),
        on_remote_invitation_refused: None,
        on_remote_invitation_canceled: Some(remote_canceled),
        on_remote_invitation_failure: Some(remote_failed),
    }
}
