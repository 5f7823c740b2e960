//! The MQTT carrier against a real broker (Mosquitto, started here on a free port of the loopback, with a folder of its own)
//! and against a peer of bytes, through the public API in real time. Each wait is for a condition, with a bound; only `quiet.rs`
//! lets time pass, for it is about what happens when nothing does.

mod broker;
mod calls;
mod carrier;
mod party;
mod peer;
mod presence;
mod protocol;
mod quiet;
mod sessions;
mod ways;
mod wire;
