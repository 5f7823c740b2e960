//! Handles
//!
//! What an application holds of each object. A handle is a number in the shape of a pointer: the library looks it up
//! and never follows it, so a stale, foreign or invented one is answered with STALE_HANDLE and harms nothing. NULL
//! names nothing. Each handle is released once, by the function of its kind; two handles of the same object are equal.

use std::ptr;
use std::sync::Arc;

use crate::error::Error;
use crate::service::invitation::{LOCALS, LocalInvitation, REMOTES, RemoteInvitation};
use crate::service::peers::{MESSAGES, Message};
use crate::service::{MANAGERS, Manager, SERVICES, Service};
use crate::testkit::{PEERS, Peer, WORLDS, World};
use crate::transport::foreign::{Reports, SESSIONS};

/// One user's end: the login, the callbacks, and all that belongs to them. Made by rtm_service_create(), released by
/// rtm_service_release().
pub struct rtm_service {
    _private: [u8; 0],
}

/// The part of a service that rings and is rung; one a service. Got by rtm_service_get_call_manager(), released by
/// rtm_call_manager_release() or with its service.
pub struct rtm_call_manager {
    _private: [u8; 0],
}

/// The caller's object of an invitation. Made by rtm_call_manager_create_local_call_invitation(), released by
/// rtm_local_call_invitation_release().
pub struct rtm_local_call_invitation {
    _private: [u8; 0],
}

/// The callee's object of an invitation. Comes with rtm_call_event_handler::on_remote_invitation_received, is the
/// application's from then on, and is released by rtm_remote_call_invitation_release().
pub struct rtm_remote_call_invitation {
    _private: [u8; 0],
}

/// A peer message. Made by rtm_service_create_text_message() or rtm_service_create_raw_message() and released by
/// rtm_message_release(); one that was received belongs to the library and is gone when its callback returns.
pub struct rtm_message {
    _private: [u8; 0],
}

// Those of the test kit; src/ffi/test_preamble.h declares them.
pub struct rtm_test_world {
    _private: [u8; 0],
}
pub struct rtm_test_peer {
    _private: [u8; 0],
}

/// One login on a carrier of the application's own, for that carrier to report to. Comes with rtm_transport::start and is
/// stale before rtm_transport::stop is called; the carrier does not release it.
pub struct rtm_transport_session {
    _private: [u8; 0],
}

macro_rules! handle {
    ($type:ident names $object:ty, in $table:ident) => {
        impl $type {
            /// The object that a handle names.
            pub(super) fn find(handle: *const $type) -> Result<Arc<$object>, Error> {
                $table.get(handle.addr() as u64)
            }

            /// A handle as C sees it.
            pub(super) fn of(number: u64) -> *mut $type {
                ptr::without_provenance_mut(number as usize)
            }
        }
    };
}

handle!(rtm_service names Service, in SERVICES);
handle!(rtm_call_manager names Manager, in MANAGERS);
handle!(rtm_local_call_invitation names LocalInvitation, in LOCALS);
handle!(rtm_remote_call_invitation names RemoteInvitation, in REMOTES);
handle!(rtm_message names Message, in MESSAGES);
handle!(rtm_test_world names World, in WORLDS);
handle!(rtm_test_peer names Peer, in PEERS);
handle!(rtm_transport_session names Reports, in SESSIONS);
