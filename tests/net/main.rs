//! Over the network: real brokers on the loopback, a proxy that breaks things, and what must hold all the same.
//!
//! `./dev test net` runs it; `RTM_CALL_TEST_LOG=<folder>` makes every service log there.

mod broker;
mod certificates;
mod cluster;
mod conformance;
mod cuts;
mod faults;
mod memory;
mod mqtt;
mod network;
mod oracle;
mod party;
mod proxy;
mod quick;
mod security;
mod shipped;
mod soak;
mod story;
