//! Service
//!
//! One user's end. Life: create, initialize, log in, ring and be rung, log out, release.

use std::ffi::{c_char, c_void};
use std::mem::offset_of;
use std::ptr;

use super::arguments::{DispatchHandle, StructOut, Versioned, optional_out, out, read_struct, text};
use super::border::border;
use super::config::{read_config, rtm_service_config};
use super::events::{rtm_call_event_handler, rtm_service_event_handler};
use super::handler::register;
use super::handles::{rtm_call_manager, rtm_service};
use crate::codes::Status;
use crate::error::Error;
use crate::service::Service;
use crate::testkit;

/// What a service has counted since it was created.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_service_stats {
    /// sizeof(rtm_service_stats), set by the caller.
    pub struct_size: usize,
    /// Invitations that were sent.
    pub invitations_sent: u64,
    /// Invitations that arrived.
    pub invitations_received: u64,
    /// Local invitations that are open now.
    pub open_local_invitations: u64,
    /// Remote invitations that are open now.
    pub open_remote_invitations: u64,
    /// Ended invitations that are remembered now.
    pub remembered_invitations: u64,
    /// Ended invitations that were forgotten before their time, at the bound.
    pub evicted_invitations: u64,
    /// Messages handed to the carrier, those sent again included.
    pub messages_sent: u64,
    /// Messages sent again.
    pub messages_resent: u64,
    /// Messages read.
    pub messages_received: u64,
    /// Messages dropped as malformed, oversized, or of an unknown version, type or sender.
    pub messages_dropped_malformed: u64,
    /// Messages dropped because no open invitation waits for them.
    pub messages_dropped_stray: u64,
    /// Invitations dropped at a bound.
    pub messages_dropped_limit: u64,
    /// Callbacks that wait to be delivered now.
    pub callbacks_waiting: u64,
}

// SAFETY: numbers, the size first, no padding.
unsafe impl Versioned for rtm_service_stats {
    const NAME: &'static str = "rtm_service_stats";
    const LEAST: usize = offset_of!(Self, invitations_sent);
}

/// Creates a service. It does nothing until rtm_service_initialize(); no callback comes before that.
///
/// Any thread.
///
/// @param config How it is to be; NULL: all defaults. Copied before return.
/// @param[out] service The new service, the caller's to release with rtm_service_release().
/// @return #RTM_OK; INVALID_ARGUMENT if `service` is NULL, for an unknown `delivery` or a wrong `struct_size` or `url`;
///   UNSUPPORTED if this build has no carrier for the address; OS if the system has no thread or file descriptor to
///   give.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_create(
    config: *const rtm_service_config,
    service: *mut *mut rtm_service,
) -> Status {
    border(|| {
        // SAFETY: the caller passes a config or NULL, and a place for the handle.
        let (config, service) = unsafe { (read_config(config)?, out(service, "service")?) };
        let (runtime, seed) = testkit::surroundings();
        service.write(rtm_service::of(Service::new(config, &runtime, seed)?.handle()));
        Ok(())
    })
}

/// Sets the app id and the first event handler. Needed before anything that concerns a session; once a service.
///
/// Any thread.
///
/// @param service The service.
/// @param app_id The application: users ring each other only under the same app id. 1 to 64 bytes.
/// @param handler Its callbacks; copied before return, its context is used until `drop`.
/// @return #RTM_OK; INVALID_APP_ID; INVALID_ARGUMENT if the handler is NULL or its `struct_size` wrong;
///   ALREADY_INITIALIZED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_initialize(
    service: *mut rtm_service,
    app_id: *const c_char,
    handler: *const rtm_service_event_handler,
) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a text and a handler.
        let app_id = unsafe { text(app_id, "app id") }.map_err(|error| Error::InvalidAppId(error.to_string()))?;
        // SAFETY: likewise.
        let handler = unsafe { read_struct(handler, "event handler")? };
        register(handler, |handler| service.initialize(app_id, handler))
    })
}

/// Adds an event handler: it receives every callback from now on, after those that were added before it.
///
/// Any thread.
///
/// @param service The service.
/// @param handler Its callbacks; copied before return, its context is used until `drop`.
/// @param[out] handler_id What names it for rtm_service_remove_event_handler(); written before its first callback.
///   NULL: not asked for.
/// @return #RTM_OK; INVALID_ARGUMENT if the handler is NULL or its `struct_size` wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_add_event_handler(
    service: *mut rtm_service,
    handler: *const rtm_service_event_handler,
    handler_id: *mut u64,
) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a handler, and a place for its number or NULL.
        let (handler, number) = unsafe { (read_struct(handler, "event handler")?, optional_out(handler_id)) };
        register(handler, |handler| service.add_handler(handler, |id| number.write(id)))
    })
}

/// Removes an event handler. Outside callbacks it returns when none of the handler's callbacks runs any more and its
/// `drop` has run; inside a callback it returns at once. From then on no callback of it starts.
///
/// Any thread; waits for a running callback, unless called inside one.
///
/// @param service The service.
/// @param handler_id What rtm_service_add_event_handler() gave.
/// @return #RTM_OK; NOT_FOUND if there is no such handler (any more).
#[unsafe(no_mangle)]
pub extern "C" fn rtm_service_remove_event_handler(service: *mut rtm_service, handler_id: u64) -> Status {
    border(|| rtm_service::find(service)?.remove_handler(handler_id))
}

/// The call manager of a service: the same one each time until it is released. Its handler takes the place of the one
/// before; outside callbacks this waits until no callback of that one runs, and its `drop` has run.
///
/// Any thread, also before rtm_service_initialize(); waits for a running callback of the former handler, unless called
/// inside a callback.
///
/// @param service The service.
/// @param handler Its callbacks; copied before return, its context is used until `drop`. NULL: no callbacks.
/// @param[out] manager The call manager; written before the first callback of the handler. Released by
///   rtm_call_manager_release(), else with the service.
/// @return #RTM_OK; INVALID_ARGUMENT if `manager` is NULL or the handler's `struct_size` wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_get_call_manager(
    service: *mut rtm_service,
    handler: *const rtm_call_event_handler,
    manager: *mut *mut rtm_call_manager,
) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a place for the handle.
        let place = unsafe { out(manager, "manager")? };
        let made = |handle| place.write(rtm_call_manager::of(handle));
        if handler.is_null() {
            return service.call_manager(None, made);
        }
        // SAFETY: the caller passes a handler.
        let handler = unsafe { read_struct(handler, "event handler")? };
        register(handler, |handler| service.call_manager(Some(handler), made))
    })
}

/// What a service has counted.
///
/// Any thread.
///
/// @param service The service.
/// @param[out] stats The numbers; its `struct_size` must be set. As many fields are written as it has room for.
/// @return #RTM_OK; INVALID_ARGUMENT if `stats` is NULL or its `struct_size` wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_get_stats(service: *const rtm_service, stats: *mut rtm_service_stats) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a struct with its size.
        let place = unsafe { StructOut::new(stats, "service stats")? };
        let stats = service.stats()?;
        let engine = stats.engine;
        place.write(rtm_service_stats {
            struct_size: 0,
            invitations_sent: engine.invitations_sent,
            invitations_received: engine.invitations_received,
            open_local_invitations: engine.open_local,
            open_remote_invitations: engine.open_remote,
            remembered_invitations: engine.remembered,
            evicted_invitations: engine.evicted,
            messages_sent: engine.messages_sent,
            messages_resent: engine.messages_resent,
            messages_received: engine.messages_received,
            messages_dropped_malformed: engine.dropped_malformed,
            messages_dropped_stray: engine.dropped_stray,
            messages_dropped_limit: engine.dropped_limit,
            callbacks_waiting: stats.callbacks_waiting,
        });
        Ok(())
    })
}

/// Runs callbacks that wait, on this thread; for a service with #RTM_DELIVERY_PUMP. Never waits: returns at once if
/// there is none, while another thread dispatches the same service, and inside a callback of the library.
///
/// Any thread.
///
/// @param service The service.
/// @param max How many callbacks at most; 0: as many as wait now.
/// @param[out] count How many it were. NULL: not asked for.
/// @return #RTM_OK; INVALID_STATE if the service delivers its callbacks by itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_dispatch(service: *mut rtm_service, max: usize, count: *mut usize) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a place for the number, or NULL.
        let place = unsafe { optional_out(count) };
        let count = service.dispatch(max)?;
        place.write(count);
        Ok(())
    })
}

/// What tells that callbacks wait, for a service with #RTM_DELIVERY_PUMP: a file descriptor to poll for reading (on
/// Windows the HANDLE of an event to wait for). It belongs to the library: neither read, reset nor close it. Valid
/// until the service is released and its last callback has ended.
///
/// Any thread.
///
/// @param service The service.
/// @param[out] handle The file descriptor, or the HANDLE.
/// @return #RTM_OK; INVALID_ARGUMENT if `handle` is NULL; INVALID_STATE if the service delivers its callbacks by itself.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_get_dispatch_handle(
    service: *const rtm_service,
    handle: *mut DispatchHandle,
) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a place for the handle.
        let place = unsafe { out(handle, "handle")? };
        place.write(service.doorbell()?);
        Ok(())
    })
}

/// Keeps a value of the application's with a service.
///
/// Any thread.
///
/// @param service The service.
/// @param user_data The value; the library does not look at it.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_service_set_user_data(service: *mut rtm_service, user_data: *mut c_void) -> Status {
    border(|| {
        rtm_service::find(service)?.set_user_data(user_data.expose_provenance());
        Ok(())
    })
}

/// The value that rtm_service_set_user_data() kept.
///
/// Any thread.
///
/// @param service The service.
/// @param[out] user_data The value; NULL if none was set.
/// @return #RTM_OK; INVALID_ARGUMENT if `user_data` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_get_user_data(service: *const rtm_service, user_data: *mut *mut c_void) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a place for the value.
        unsafe { out(user_data, "user data")? }.write(ptr::with_exposed_provenance_mut(service.user_data()));
        Ok(())
    })
}

/// Ends a service. It logs out: peers are told, every open invitation gets its last callback, and when those have
/// returned, and the handlers' `drop` has run, this returns. The handle is stale from the beginning of the call, and
/// with it that of the call manager. Invitations and messages stay, to be released by themselves.
///
/// Any thread; waits for callbacks, and at most 1 s for the carrier to take what tells the peers. Inside **any**
/// callback of the library it returns at once: the callbacks that were due come after it, and `drop` tells when the
/// last has ended. A thread that releases must hold no lock that the service's callbacks wait for. With
/// #RTM_DELIVERY_PUMP this thread runs the callbacks.
///
/// @param service The service; NULL is fine and does nothing.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_service_release(service: *mut rtm_service) -> Status {
    border(|| if service.is_null() { Ok(()) } else { rtm_service::find(service)?.release(true) })
}

/// Ends a service as rtm_service_release() does, but discards the callbacks that wait or would come: outside callbacks
/// it returns when the running one has ended and the handlers' `drop` has run. No callback starts after it returned.
/// Peers are told all the same.
///
/// Any thread; waits for a running callback, unless called inside one.
///
/// @param service The service; NULL is fine and does nothing.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_service_release_without_callbacks(service: *mut rtm_service) -> Status {
    border(|| if service.is_null() { Ok(()) } else { rtm_service::find(service)?.release(false) })
}
