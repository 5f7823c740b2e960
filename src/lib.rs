//! Call invitations for C and C++ applications.

pub mod codes;
pub mod engine;
pub mod error;
pub mod time;
