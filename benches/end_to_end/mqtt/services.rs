//! Five hundred users in one process, each with a session at the broker.

use std::time::Instant;

use super::broker::Broker;
use super::pairs::Pairs;
use super::{at, started};
use crate::api::Delivery;
use crate::machine;
use crate::options::Options;
use crate::report::{Report, Row, Target};

const PAIRS: usize = 250;

/// The callbacks run on shared workers.
pub fn run(report: &mut Report, options: &Options) {
    let Some(broker) = started(report, "500 services over MQTT", Broker::start()) else { return };
    let bytes = machine::resident_bytes();
    let began = Instant::now();
    let pairs = Pairs::new("many", PAIRS, &at(&broker, "", Delivery::Shared));
    let took = began.elapsed().as_secs_f64();
    let calls = options.scaled(20_000);
    let rate = calls as f64 / pairs.ring(1, calls).took.as_secs_f64();
    let each = machine::resident_bytes().saturating_sub(bytes) as f64 / (2 * PAIRS) as f64;
    report.add(Row::new("500 services, logged in within", &took.into(), "s"));
    report.add(Row::new("invitations among them, one outstanding a pair", &rate.into(), "a second"));
    report.add(Row::new("memory of a service, once it has rung", &(each / 1024.0).into(), "KiB"));
    match machine::threads() {
        Some(threads) => {
            let ours = threads.iter().filter(|thread| thread.name.starts_with("rtm-")).count() as f64;
            report.add(Row::new("threads of the library", &ours.into(), "threads").gate(Target::AtMost(4.0)));
        }
        None => report.skip("threads of 500 services", "this system does not tell of threads"),
    }
}
