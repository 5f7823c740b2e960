//! Records of the flight recorder, from a machine that may lie: no panic, and the same record comes to the same end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rtm_call::testkit::replay;

fuzz_target!(|record: &str| {
    match (replay(record), replay(record)) {
        (Ok(once), Ok(again)) => assert_eq!(once.replayed, again.replayed),
        (Err(once), Err(again)) => assert_eq!(once, again),
        _ => panic!("one of two replays fails"),
    }
});
