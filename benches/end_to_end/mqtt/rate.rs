//! How many invitations a second, and what processor time one takes.

use std::time::Duration;

use super::bare::{self, Exchange};
use super::broker::Broker;
use super::pairs::Pairs;
use super::{OUTSTANDING, PAIRS, at, started};
use crate::api::Delivery;
use crate::options::Options;
use crate::report::{Report, Row, Sample, Target};
use crate::{affinity, machine};

/// The bare client and both ways of delivery take turns: what else the machine does then concerns all of them.
pub fn run(report: &mut Report, options: &Options) {
    let Some(broker) = started(report, "invitations over MQTT", Broker::start()) else { return };
    report.depends_on("broker", broker.version());
    let calls = options.scaled(20_000);
    let workers = Pairs::new("worker", PAIRS, &at(&broker, "", Delivery::OwnWorker));
    let pump = Pairs::new("pump", PAIRS, &at(&broker, "", Delivery::Pump));
    let (mut bare, mut with_workers, mut pumped) = (Figures::default(), Figures::default(), Figures::default());
    for _ in 0..options.repetitions() {
        let client = || {
            bare::run(broker.address(), Exchange::Handshake, PAIRS, OUTSTANDING, calls)
                .expect("the broker answers")
                .took
        };
        bare.measure(calls, client);
        with_workers.measure(calls, || workers.ring(OUTSTANDING, calls).took);
        pumped.measure(calls, || pump.ring(OUTSTANDING, calls).took);
    }
    let any = format!("any of {} cores", affinity::cores().len());
    let (bare_rate, bare_seconds) = bare.samples();
    let what = format!("{PAIRS} pairs, {OUTSTANDING} outstanding each");
    report.add(Row::new("bare client, invitations", &bare_rate, "a second").affinity(&any).note(&what));
    for (name, figures, gate) in [("delivery workers", with_workers, 0.70), ("pump mode", pumped, 0.85)] {
        let (rate, seconds) = figures.samples();
        let row = Row::new(format!("invitations, {name}"), &rate, "a second")
            .floor("bare client", bare_rate.median())
            .affinity(&any)
            .note(&what);
        report.add(row.gate(Target::RatioAtLeast(gate)));
        let row = Row::new(format!("processor time of 10 000 invitations, {name}"), &seconds, "s")
            .floor("bare client", bare_seconds.median())
            .affinity(&any)
            .note("both sides, without the broker");
        report.add(row.gate(Target::AtMost(0.7)));
    }
}

/// Invitations a second, and seconds of processor time for 10 000 of them, of each run.
#[derive(Default)]
struct Figures {
    rates: Vec<f64>,
    seconds: Vec<f64>,
}

impl Figures {
    fn measure(&mut self, calls: u64, run: impl FnOnce() -> Duration) {
        let before = machine::cpu_seconds();
        self.rates.push(calls as f64 / run().as_secs_f64());
        self.seconds.push((machine::cpu_seconds() - before) * 1e4 / calls as f64);
    }

    fn samples(self) -> (Sample, Sample) {
        (self.rates.into(), self.seconds.into())
    }
}
