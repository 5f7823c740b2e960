//! Call invitations for C and C++ applications: a caller rings a callee, the callee accepts or refuses, the caller may cancel,
//! and both applications learn the same outcome. The C header `include/rtm_call.h` is the product; this is how it comes about.
//!
//! # The layers
//!
//! ```text
//!   application        C, C++
//!        |   ^
//!        v   |         calls go down, callbacks come up
//!   ffi                the C border: looks handles up, reads and writes arguments, catches panics
//!        |   ^
//!        v   |
//!   service            one user's end: one lock, the objects, the login, the delivery of callbacks
//!     |   ^   \   ^
//!     v   |    v   \
//!   engine      transport      the protocol, pure   |   carriers of bytes and presence: the in-process hub
//!
//!   runtime (time, alarms, worker pools), bytes, handles, codes, error, time, sys (platform calls)
//! ```
//!
//! `ffi -> service -> engine` and `service -> transport`; engine and transport never see each other. A new verb begins in
//! [`engine`], is wrapped in [`service`], and gets its C function in [`ffi`]; a new carrier is a module of [`transport`].
//!
//! # The life of one call
//!
//! 1. `rtm_call_manager_send_local_invitation` ([`ffi::call_manager`]) looks two handles up ([`handles`]).
//! 2. [`service::Service::send`] takes the service's lock and hands the texts to the engine.
//! 3. [`engine::Engine`] checks them, starts the acknowledge window and puts out a message.
//! 4. The lock is dropped; the same thread hands the message to the carrier ([`transport::Transport::send`]).
//! 5. The carrier reports it to the callee's service, whose engine puts out a ring and the acknowledgement.
//! 6. The ring becomes a remote invitation and an event in the callee's [`service::delivery`]; a worker calls the application.
//! 7. The application accepts, inside that callback or later: engine, message, carrier, the caller's engine.
//! 8. The caller's engine says ACCEPTED and confirms; only then does the callee's.
//! 9. Each side's worker delivers the last callback; a handle that was released is taken back after it.
//! 10. Both engines remember the id for a while: whatever comes late is answered, and nothing rings twice.

mod bytes;
pub mod codes;
pub mod engine;
pub mod error;
pub mod ffi;
pub mod handles;
pub mod runtime;
pub mod service;
mod sync;
mod sys;
pub mod testkit;
pub mod time;
pub mod transport;
