//! Call invitations for C and C++ applications.

pub mod codes;
pub mod engine;
pub mod error;
pub mod ffi;
pub mod handles;
pub mod runtime;
pub mod service;
mod sys;
pub mod time;
pub mod transport;
