//! Twice as many invitations as there can be: what comes of them, and what becomes of the process.

use std::time::Duration;

use super::broker::Broker;
use super::pairs::Pairs;
use super::{OUTSTANDING, PAIRS, at, started};
use crate::api::{Delivery, Setup};
use crate::machine;
use crate::options::Options;
use crate::report::{Report, Row, Sample, Target};

/// An application that may be asked for too much bounds what it has open: then `send` says at once that it is too much.
const MAX_OPEN: u32 = 100;

pub fn run(report: &mut Report, options: &Options) {
    let Some(broker) = started(report, "overload over MQTT", Broker::start()) else { return };
    let setup = Setup { max_open: MAX_OPEN, ..at(&broker, "", Delivery::OwnWorker) };
    let pairs = Pairs::new("flood", PAIRS, &setup);
    let calls = options.scaled(20_000);
    let rate = || calls as f64 / pairs.ring(OUTSTANDING, calls).took.as_secs_f64();
    let most = Sample::of(options.repetitions(), rate).median();
    let time = Duration::from_secs(options.scaled(10).max(2));
    let before = machine::resident_bytes();
    let flood = pairs.flood(2.0 * most, time);
    let grown = machine::resident_bytes().saturating_sub(before) as f64 / f64::from(1 << 20);
    let seconds = flood.took.as_secs_f64();
    let goodput = flood.accepted as f64 / seconds;
    let row = Row::new("accepted while twice as many are sent", &goodput.into(), "a second");
    report.add(row.floor("the most there can be", most).gate(Target::RatioAtLeast(0.9)));
    report.add(Row::new("sent", &(flood.sent as f64 / seconds).into(), "a second"));
    let refused = flood.refused as f64 / seconds;
    let row = Row::new("refused by send", &refused.into(), "a second");
    report.add(row.note(format!("LIMIT_REACHED: at most {MAX_OPEN} open a service")));
    report.add(Row::new("failed later", &(flood.failed as f64 / seconds).into(), "a second"));
    report.add(Row::new("memory that it took", &grown.into(), "MiB"));
}
