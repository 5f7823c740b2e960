//! Configuration
//!
//! Everything has a default; a program may leave all of it alone.

use std::ffi::c_char;
use std::mem::offset_of;
use std::time::Duration;

use super::arguments::{Versioned, optional_text, read_struct, text};
use super::border::border;
use super::handles::rtm_service;
use crate::codes::{Delivery, Status};
use crate::error::Error;
use crate::service::Config;

/// How a service is to be. Set it to zero, then `struct_size`, then what shall not have its default: 0 and NULL mean
/// the default everywhere.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_service_config {
    /// sizeof(rtm_service_config).
    pub struct_size: usize,
    /// The carrier's address: "hub://demo" for users of this process, or that of an MQTT 5 broker, "mqtt://host:1883",
    /// "mqtts://", "ws://host/mqtt" or "wss://". NULL or "": what rtm_service_set_parameters() sets, else the environment
    /// variable RTM_CALL_URL, else "hub://".
    ///
    /// Options of a broker's address follow a ?, joined by &, special characters written as %XX: `ca_file` (a PEM file of
    /// certificates to trust in place of the system's), `client_cert` and `client_key` (PEM files), `server_name` (the name
    /// in the broker's certificate), `keepalive` (seconds, default 15), `connect_timeout` (seconds for one attempt, default
    /// 10), `proxy` (http://user:password@host:port or socks5://...), `qualify=1` (names at the broker carry the app id),
    /// `quickack=0` (do not acknowledge what arrives at once).
    pub url: *const c_char,
    /// Who runs the callbacks: an #rtm_delivery.
    pub delivery: i32,
    /// For how long, in milliseconds, the callee's library may take to acknowledge an invitation. Default: 30000.
    pub acknowledge_timeout_ms: u32,
    /// For how long, in milliseconds, it rings. Default: 60000.
    pub ring_timeout_ms: u32,
    /// For how long, in milliseconds, an acceptance may wait for the caller's confirmation. Default: 5000.
    pub accept_timeout_ms: u32,
    /// For how long, in milliseconds, a login tries to reach the carrier. Default: 12000.
    pub login_timeout_ms: u32,
    /// For how long, in milliseconds, a user whose link is broken does not count as gone. Default: 15000.
    pub grace_ms: u32,
    /// How many invitations may be open at once, outgoing and incoming each. Default: 100000.
    pub max_open_invitations: u32,
    /// How many invitations of one peer may be open at once. Default: 1000.
    pub max_open_per_peer: u32,
    /// How many ended invitations are remembered, so that nothing of them rings again. Default: 1000000.
    pub max_remembered_invitations: u32,
    /// Must be 0.
    pub reserved: u32,
    /// Certificates to trust for mqtts:// and wss://, as the text of a PEM file. Copied. NULL or "": the address says
    /// (`ca_file`), or the system.
    pub ca_pem: *const c_char,
}

// SAFETY: numbers and a pointer, the size first, no padding.
unsafe impl Versioned for rtm_service_config {
    const NAME: &'static str = "rtm_service_config";
    const LEAST: usize = offset_of!(Self, url);
}

/// Sets parameters from a JSON object, such as `{"rtm_call.ring_timeout_ms": 30000}`. Known are the fields of
/// #rtm_service_config, with the prefix rtm_call. and in the same meaning: url, acknowledge_timeout_ms, ring_timeout_ms,
/// accept_timeout_ms, login_timeout_ms, grace_ms, max_open_invitations, max_remembered_invitations and ca_pem;
/// ladder_entries, see rtm_service_set_ladder_entries(); record_bytes, see rtm_service_set_recorder(). A url in the
/// configuration comes first. Keys without the prefix are ignored.
///
/// Any thread. What concerns invitations holds for those sent or received from then on.
///
/// @param service The service.
/// @param parameters The JSON object.
/// @return #RTM_OK; INVALID_ARGUMENT if it is no JSON object, or one of its values or rtm_call. keys is wrong: then
///   nothing is changed; INVALID_STATE if the url is changed during a session.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_service_set_parameters(service: *mut rtm_service, parameters: *const c_char) -> Status {
    border(|| {
        let service = rtm_service::find(service)?;
        // SAFETY: the caller passes a text.
        service.set_parameters(unsafe { text(parameters, "text of the parameters")? })
    })
}

/// # Safety
/// `given` as for [`read_struct`], its texts as for [`text`].
pub(super) unsafe fn read_config(given: *const rtm_service_config) -> Result<Config, Error> {
    let mut config = Config::default();
    if given.is_null() {
        return Ok(config);
    }
    // SAFETY: as promised.
    let given = unsafe { read_struct(given, "service config")? };
    // SAFETY: as promised.
    let url = unsafe { optional_text(given.url, "url")? };
    config.url = url.filter(|url| !url.is_empty()).map(Into::into);
    // SAFETY: as promised.
    let ca_pem = unsafe { optional_text(given.ca_pem, "ca_pem")? };
    config.ca_pem = ca_pem.filter(|pem| !pem.is_empty()).map(Into::into);
    config.delivery = Delivery::from_number(given.delivery)
        .ok_or_else(|| Error::InvalidArgument(format!("the delivery is {}, which is none", given.delivery)))?;
    if given.reserved != 0 {
        return Err(Error::InvalidArgument("the reserved field of the service config is not 0".into()));
    }
    let windows = &mut config.engine.windows;
    for (field, ms) in [
        (&mut windows.acknowledge_ms, given.acknowledge_timeout_ms),
        (&mut windows.ring_ms, given.ring_timeout_ms),
        (&mut windows.accept_ms, given.accept_timeout_ms),
        (&mut config.engine.max_open_per_peer, given.max_open_per_peer),
    ] {
        *field = if ms == 0 { *field } else { ms };
    }
    for (field, ms) in [(&mut config.login_timeout, given.login_timeout_ms), (&mut config.grace, given.grace_ms)] {
        *field = if ms == 0 { *field } else { Duration::from_millis(ms.into()) };
    }
    for (field, bound) in [
        (&mut config.engine.max_open, given.max_open_invitations),
        (&mut config.engine.max_remembered, given.max_remembered_invitations),
    ] {
        *field = if bound == 0 { *field } else { bound as usize };
    }
    Ok(config)
}
