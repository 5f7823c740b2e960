//! How many invitations a second, and what processor time one takes.

use std::time::Duration;

use super::bare::{self, Exchange};
use super::broker::Broker;
use super::pairs::Pairs;
use super::{OUTSTANDING, PAIRS, at, started};
use crate::api::Delivery;
use crate::options::Options;
use crate::report::{Report, Row, Sample, Target};
use crate::{affinity, floors, machine};

/// Callbacks of an invitation that is accepted: each has to be handed to a worker.
const CALLBACKS: f64 = 4.0;

/// Wherever the system puts the threads.
pub fn run(report: &mut Report, options: &Options) {
    let Some(broker) = started(report, "invitations over MQTT", Broker::start()) else { return };
    report.depends_on("broker", broker.version());
    floors::report_distance(report, options, "at the beginning");
    compare(report, options, &broker, &format!("any of {} cores", affinity::cores().len()), true);
    floors::report_distance(report, options, "at the end");
}

/// The bare client and both ways of delivery take turns: what else the machine does then concerns all of them.
pub fn compare(report: &mut Report, options: &Options, broker: &Broker, affinity: &str, gates: bool) {
    let calls = options.scaled(20_000);
    let workers = Pairs::new("worker", PAIRS, &at(broker, "", Delivery::OwnWorker));
    let pump = Pairs::new("pump", PAIRS, &at(broker, "", Delivery::Pump));
    let [mut bare, mut with_workers, mut pumped] = [const { Figures::new() }; 3];
    for _ in 0..options.repetitions() {
        let client = || bare::run(broker.address(), Exchange::Handshake, PAIRS, OUTSTANDING, calls);
        bare.measure(calls, || client().expect("the broker answers").took);
        with_workers.measure(calls, || workers.ring(OUTSTANDING, calls).took);
        pumped.measure(calls, || pump.ring(OUTSTANDING, calls).took);
    }
    let (rate, seconds) = bare.samples();
    let [bare_rate, bare_seconds] = [rate.median(), seconds.median()];
    let what = format!("{PAIRS} pairs, {OUTSTANDING} outstanding each");
    report.add(Row::new("bare client, invitations", &rate, "a second").affinity(affinity).note(&what));
    let row = Row::new("bare client, processor time of 10 000", &seconds, "s");
    report.add(row.affinity(affinity).note("both sides, without the broker"));
    let hand_offs = hand_offs(options);
    for (name, figures, gate) in [("delivery workers", with_workers, 0.70), ("pump mode", pumped, 0.85)] {
        let gated = |row: Row, gate| if gates { row.gate(gate) } else { row };
        let (rate, seconds) = figures.samples();
        let row = Row::new(format!("{name}, invitations"), &rate, "a second");
        let row = row.floor("bare client", bare_rate).affinity(affinity).note(&what);
        report.add(gated(row, Target::RatioAtLeast(gate)));
        let (floor, of) = match name {
            "pump mode" => (bare_seconds, "bare client"),
            _ => (bare_seconds + hand_offs, "bare client, four wake-ups"),
        };
        let row = Row::new(format!("{name}, processor time of 10 000"), &seconds, "s");
        let row = row.floor(of, floor).affinity(affinity).note("both sides, without the broker");
        report.add(gated(row, Target::AtMost(0.7)));
    }
}

/// Seconds of processor time for the hand-offs of 10 000 invitations, each to a thread that sleeps: on another core, if this
/// thread may use it.
fn hand_offs(options: &Options) -> f64 {
    let cores = affinity::cores();
    let (times, rounds) = (options.repetitions(), options.scaled(20_000));
    let before = machine::cpu_seconds();
    floors::round_trip([cores[0], cores[cores.len() - 1]], times, rounds, Duration::ZERO);
    let of_one = (machine::cpu_seconds() - before) / (2 * times as u64 * rounds) as f64;
    of_one * CALLBACKS * 1e4
}

/// Invitations a second, and seconds of processor time for 10 000 of them, of each run.
struct Figures {
    rates: Vec<f64>,
    seconds: Vec<f64>,
}

impl Figures {
    const fn new() -> Figures {
        Figures { rates: Vec::new(), seconds: Vec::new() }
    }

    fn measure(&mut self, calls: u64, run: impl FnOnce() -> Duration) {
        let before = machine::cpu_seconds();
        self.rates.push(calls as f64 / run().as_secs_f64());
        self.seconds.push((machine::cpu_seconds() - before) * 1e4 / calls as f64);
    }

    fn samples(self) -> (Sample, Sample) {
        (self.rates.into(), self.seconds.into())
    }
}
