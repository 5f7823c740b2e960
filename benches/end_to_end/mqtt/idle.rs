//! Who wakes up while nothing happens, between two keep-alives.

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::broker::Broker;
use super::pairs::Pairs;
use super::{PAIRS, at, started};
use crate::api::Delivery;
use crate::machine;
use crate::options::Options;
use crate::report::{Report, Row, Target};

/// After so long no time-out of a login is ahead any more.
const REST: Duration = Duration::from_secs(15);
/// For so long they are watched.
const TIME: Duration = Duration::from_secs(10);
/// The first PINGREQ is due later than that.
const KEEP_ALIVE: &str = "?keepalive=60";

/// Counts how often the threads of the library wait; each time they had been woken.
pub fn run(report: &mut Report, _: &Options) {
    let Some(broker) = started(report, "idle sessions over MQTT", Broker::start()) else { return };
    let pairs = Pairs::new("idle", PAIRS, &at(&broker, KEEP_ALIVE, Delivery::OwnWorker));
    sleep(REST);
    let Some(before) = waits() else {
        return report.skip("idle sessions over MQTT", "this system does not tell how often threads wait");
    };
    sleep(TIME);
    let idle = (waits().unwrap_or_default() - before) as f64 / TIME.as_secs_f64();
    let before = waits().unwrap_or_default();
    let began = Instant::now();
    pairs.ring(1, 100);
    let busy = (waits().unwrap_or_default() - before) as f64 / began.elapsed().as_secs_f64();
    let row = Row::new("wake-ups of all threads, 20 idle sessions", &idle.into(), "a second");
    report.add(row.note("between keep-alives").gate(Target::AtMost(0.0)));
    let row = Row::new("wake-ups of all threads while 100 invitations are made", &busy.into(), "a second");
    report.add(row.note("that they are counted"));
}

fn waits() -> Option<u64> {
    let threads = machine::threads()?;
    Some(threads.iter().filter(|thread| thread.name.starts_with("rtm-")).map(|thread| thread.waits).sum())
}
