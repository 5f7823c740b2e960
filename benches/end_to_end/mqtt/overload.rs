//! Twice as many invitations as there can be: what comes of them, and what becomes of the process.

use std::time::Duration;

use super::broker::Broker;
use super::pairs::{Flood, Pairs};
use super::{OUTSTANDING, PAIRS, at, started};
use crate::api::{Delivery, Setup};
use crate::options::Options;
use crate::report::{Report, Row, Sample, Target};
use crate::{affinity, machine};

/// An application that may be asked for too much bounds what it has open: then `send` says at once that it is too much.
const MAX_OPEN: u32 = 100;

pub fn run(report: &mut Report, options: &Options) {
    let Some(broker) = started(report, "overload over MQTT", Broker::start()) else { return };
    let any = format!("any of {} cores", affinity::cores().len());
    let setup = at(&broker, "", Delivery::OwnWorker);
    let calls = options.scaled(20_000);
    let most = {
        let pairs = Pairs::new("most", PAIRS, &setup);
        let rate = || calls as f64 / pairs.ring(OUTSTANDING, calls).took.as_secs_f64();
        Sample::of(options.repetitions(), rate)
    };
    report.add(Row::new("the most that there can be", &most, "a second").affinity(&any));
    let most = most.median();
    let time = Duration::from_secs(if options.quick { 2 } else { 6 });
    let bounded = Setup { max_open: MAX_OPEN, ..setup.clone() };
    for (setup, name) in [(bounded, "100 open a service at most"), (setup, "default bounds")] {
        let pairs = Pairs::new(&name.replace(' ', "-"), PAIRS, &setup);
        let before = machine::resident_bytes();
        let flood = pairs.flood(2.0 * most, time);
        let mebibytes = machine::resident_bytes().saturating_sub(before) as f64 / f64::from(1 << 20);
        let Flood { sent, refused, accepted, failed, took } = flood;
        let rate = |count: u64| Sample::from(count as f64 / took.as_secs_f64());
        let row = |what: &str, value: &Sample, unit| Row::new(format!("{name}: {what}"), value, unit).affinity(&any);
        report.add(row("offered", &rate(sent + refused), "a second").floor("the most", most));
        let accepted = row("accepted", &rate(accepted), "a second").floor("the most", most);
        report.add(accepted.gate(Target::RatioAtLeast(0.9)));
        report.add(row("refused by send", &rate(refused), "a second").note("LIMIT_REACHED"));
        report.add(row("failed, told by a callback", &rate(failed), "a second"));
        report.add(row("memory that it takes", &mebibytes.into(), "MiB"));
    }
}
