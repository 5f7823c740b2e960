//! The engine against the contract (SPEC sections 2 to 5 and 7), through its public API, with time passed in.

mod docs;
mod due;
mod limits;
mod local;
mod memory;
mod message;
mod net;
mod notes;
mod post;
mod presence;
mod remote;
mod resend;
mod state;
mod tables;
mod timers;
mod words;
