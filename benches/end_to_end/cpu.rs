//! Processor time an invitation takes, both sides and the callbacks of both together.

use super::api::Setup;
use super::hub::keep_outstanding;
use super::options::Options;
use super::report::{Report, Row, Sample, Target};
use super::{affinity, floors, machine};

/// Callbacks of an invitation that is accepted: each has to be handed to a worker.
const CALLBACKS: f64 = 4.0;

pub fn run(report: &mut Report, options: &Options) {
    let times = options.repetitions();
    let any = format!("any of {} cores", affinity::cores().len());
    floors::report_distance(report, options, "at the beginning");
    let things = options.scaled(2_000_000);
    let hand_offs = Sample::of(times, || {
        let before = machine::cpu_seconds();
        floors::hand_over(things, usize::MAX);
        (machine::cpu_seconds() - before) / things as f64 * CALLBACKS * 10_000.0
    });
    report.add(Row::new("floor: four one-way hand-offs, 10 000 times", &hand_offs, "s").affinity(&any));
    for (ladder, note) in [(None, ""), (Some(0), "no ladder")] {
        let setup = Setup { ladder_entries: ladder, ..Setup::default() };
        let count = options.scaled(200_000);
        let seconds = Sample::of(times, || {
            let before = machine::cpu_seconds();
            keep_outstanding(&setup, count, 64);
            (machine::cpu_seconds() - before) / count as f64 * 10_000.0
        });
        let row = Row::new("processor time of 10 000 invitations", &seconds, "s")
            .floor("four hand-offs each", hand_offs.median())
            .affinity(&any)
            .note(note);
        report.add(row.gate(Target::AtMost(0.02)));
    }
    floors::report_distance(report, options, "at the end");
}
