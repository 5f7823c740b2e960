//! Twice as many invitations as there can be: what comes of them, and what becomes of the process.

use std::time::Duration;

use super::broker::Broker;
use super::pairs::{Flood, Pairs};
use super::{OUTSTANDING, PAIRS, at, started};
use crate::api::{Delivery, Setup};
use crate::options::Options;
use crate::report::{Report, Row, Sample, Target};
use crate::{affinity, floors, machine};

/// An application that may be asked for too much bounds what it has open: then `send` says at once that it is too much.
const MAX_OPEN: u32 = 100;

pub fn run(report: &mut Report, options: &Options) {
    let Some(broker) = started(report, "overload over MQTT", Broker::start()) else { return };
    let any = format!("any of {} cores", affinity::cores().len());
    let setup = at(&broker, "", Delivery::OwnWorker);
    let bounded = Setup { max_open: MAX_OPEN, ..setup.clone() };
    let names = ["100 open a service at most", "default bounds"];
    let calls = options.scaled(20_000);
    let time = Duration::from_secs(if options.quick { 2 } else { 6 });
    floors::report_distance(report, options, "at the beginning");
    // In turns: how far apart the cores are changes more than what is measured.
    let mut most = Vec::new();
    let mut outcomes = [Vec::new(), Vec::new()];
    for round in 0..options.repetitions().min(3) {
        let took = Pairs::new(&format!("most{round}"), PAIRS, &setup).ring(OUTSTANDING, calls).took;
        let rate = calls as f64 / took.as_secs_f64();
        most.push(rate);
        for (i, setup) in [&bounded, &setup].into_iter().enumerate() {
            let pairs = Pairs::new(&format!("flood{round}-{i}"), PAIRS, setup);
            let before = machine::resident_bytes();
            let flood = pairs.flood(2.0 * rate, time);
            outcomes[i].push((flood, machine::resident_bytes().saturating_sub(before)));
        }
    }
    let most = Sample::from(most);
    report.add(Row::new("the most that there can be", &most, "a second").affinity(&any));
    for (outcomes, name) in outcomes.iter().zip(names) {
        let row = |what: &str, value: &Sample, unit| Row::new(format!("{name}: {what}"), value, unit).affinity(&any);
        let rate = |of: fn(&Flood) -> u64| {
            let each = outcomes.iter().map(|(flood, _)| of(flood) as f64 / flood.took.as_secs_f64());
            Sample::from(each.collect::<Vec<_>>())
        };
        let offered = rate(|flood| flood.sent + flood.refused);
        report.add(row("offered", &offered, "a second").floor("the most", most.median()));
        let accepted = row("accepted", &rate(|flood| flood.accepted), "a second").floor("the most", most.median());
        report.add(accepted.gate(Target::RatioAtLeast(0.9)));
        report.add(row("refused by send", &rate(|flood| flood.refused), "a second").note("LIMIT_REACHED"));
        report.add(row("failed, told by a callback", &rate(|flood| flood.failed), "a second"));
        let mebibytes: Vec<_> = outcomes.iter().map(|(_, bytes)| *bytes as f64 / f64::from(1 << 20)).collect();
        report.add(row("memory that it takes", &Sample::from(mebibytes), "MiB"));
    }
    floors::report_distance(report, options, "at the end");
}
