//! Hostile bytes: `decode` never panics, and what it accepts survives being written and read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtm_call::engine::message::{decode, encode};

fuzz_target!(|bytes: &[u8]| {
    let Ok(envelope) = decode(bytes) else { return };
    let written = encode(&envelope);
    let again = decode(&written).expect("what was written can be read");
    assert_eq!(envelope.message.kind(), again.message.kind());
    assert_eq!(encode(&again), written);
});
