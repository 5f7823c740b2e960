//! How long one invitation takes that has the broker for itself, from `send` to the callback that tells of its acceptance.

use std::time::Duration;

use super::bare::{self, Exchange};
use super::broker::Broker;
use super::pairs::Pairs;
use super::{at, rate, started};
use crate::api::Delivery;
use crate::options::Options;
use crate::report::{Report, Row, Sample, Target};
use crate::{affinity, svg};

/// Everything on one core.
pub fn run_one_core(report: &mut Report, options: &Options) {
    let core = affinity::cores()[0];
    let affinity = format!("all on core {core}");
    run(report, options, [core, core], &affinity, 2.5);
}

/// The broker on a core of its own.
pub fn run_two_cores(report: &mut Report, options: &Options) {
    let cores = affinity::cores();
    let [ours, brokers] = [cores[0], cores[cores.len() - 1]];
    if ours == brokers {
        return report.skip("set-up over MQTT on two cores", "there is one core only");
    }
    let affinity = format!("users on core {ours}, broker on core {brokers}");
    run(report, options, [ours, brokers], &affinity, 2.2);
}

fn run(report: &mut Report, options: &Options, [ours, brokers]: [usize; 2], affinity: &str, gate: f64) {
    let broker = affinity::pinned(brokers, Broker::start);
    let Some(broker) = started(report, "set-up over MQTT", broker) else { return };
    affinity::pin(ours); // The threads of the library come after it.
    let calls = options.scaled(10_000);
    let pair = Pairs::new("set-up", 1, &at(&broker, "", Delivery::OwnWorker));
    let (mut trips, mut bare_times, mut times, mut all) = (vec![], vec![], vec![], vec![]);
    for _ in 0..options.repetitions() {
        for (exchange, times) in [(Exchange::RoundTrip, &mut trips), (Exchange::Handshake, &mut bare_times)] {
            let outcome = bare::run(broker.address(), exchange, 1, 1, calls).expect("the broker answers");
            times.push(median(outcome.set_ups));
        }
        let set_ups = pair.ring(1, calls).set_ups;
        all.extend(set_ups.iter().map(|time| micros(*time)));
        times.push(median(set_ups));
    }
    let trip = Sample::from(trips);
    report.add(
        Row::new("floor: round trip of QoS 1, p50", &trip, "us")
            .affinity(affinity)
            .note("the bare client publishes to another, who publishes an answer"),
    );
    let row = Row::new("bare client, invite to accept, p50", &bare_times.into(), "us");
    report.add(row.floor("round trip", trip.median()).affinity(affinity));
    let row = Row::new("one invitation, sent to accepted, p50", &times.into(), "us");
    let row = row.floor("round trip", trip.median()).affinity(affinity);
    report.add(row.gate(Target::RatioAtMost(gate)));
    let all = Sample::from(all);
    report.add(Row::new("one invitation, sent to accepted, p99", &all.quantile(0.99).into(), "us").affinity(affinity));
    let name = if ours == brokers { "mqtt-latency-one-core" } else { "mqtt-latency-two-cores" };
    svg::distribution(options, name, "us", &all);
    rate::compare(report, options, &broker, affinity, false);
}

/// Mosquitto as it is without a configuration: it does not set TCP_NODELAY, so its second small packet waits for the
/// acknowledgement of the first. With quick acknowledgements and without, in turns.
pub fn run_default(report: &mut Report, options: &Options) {
    let Some(broker) = started(report, "set-up with the default Mosquitto", Broker::start_default()) else { return };
    let calls = options.scaled(1_000);
    let few = options.scaled(100); // Each may take 40 ms.
    let with = Pairs::new("quick", 1, &at(&broker, "?quickack=1", Delivery::OwnWorker));
    let without = Pairs::new("late", 1, &at(&broker, "?quickack=0", Delivery::OwnWorker));
    let (mut quick, mut late) = (vec![], vec![]);
    for _ in 0..options.repetitions() {
        quick.push(median(with.ring(1, calls).set_ups));
        late.push(median(without.ring(1, few).set_ups));
    }
    let any = format!("any of {} cores", affinity::cores().len());
    let late = Sample::from(late);
    let row = Row::new("one invitation, sent to accepted, p50, quickack=0", &late, "us").affinity(&any);
    report.add(row.note("Mosquitto as it is by default"));
    let row = Row::new("one invitation, sent to accepted, p50", &quick.into(), "us").affinity(&any);
    let row = row.floor("quickack=0", late.median()).note("Mosquitto as it is by default");
    report.add(row.gate(Target::AtMost(1000.0)));
}

fn median(times: Vec<Duration>) -> f64 {
    Sample::from(times.into_iter().map(micros).collect::<Vec<_>>()).median()
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
