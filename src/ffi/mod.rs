//! The C border: what `include/rtm_call.h` declares. One file per noun; `build.rs` makes a section of the header of
//! each, its first lines the heading, and `preamble.h` the front page.
//!
//! A border function finds the object, reads the text, calls the service, writes the output. What all of them need is
//! in `border.rs` (panics, fork, the last error), `arguments.rs` (texts, structs, outputs) and `handler.rs` (the life
//! of a handler's context).
#![allow(unsafe_code, non_camel_case_types)]
// What a caller must keep is said once, in the header's front page and at each function's parameters.
#![allow(clippy::missing_safety_doc)]
// The comments of what is exported are Doxygen's.
#![allow(rustdoc::broken_intra_doc_links, rustdoc::private_intra_doc_links)]

mod arguments;
mod border;
mod handler;

pub mod call_manager;
pub mod config;
pub mod doctor;
pub mod events;
pub mod handles;
pub mod hub;
pub mod ladder;
pub mod library;
pub mod local_call_invitation;
pub mod log;
pub mod message;
#[cfg(feature = "planted")]
pub mod planted;
#[cfg(feature = "planted")]
pub mod planted_table;
pub mod presence;
pub mod record;
pub mod remote_call_invitation;
pub mod service;
pub mod session;
pub mod test_kit;
pub mod texts;
pub mod transport;
