//! Invitations over the hub: how many a second, and how long one takes. Callbacks on workers; the callee accepts inside its
//! callback, and whoever is told of an end releases the handle, as an application would.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::api::{Event, Party, Setup};
use super::options::Options;
use super::report::{Report, Row, Sample, Target};
use super::tally::Tally;
use super::{affinity, floors, svg};

/// What an invitation carries: 200 bytes.
pub const CONTENT: &std::ffi::CStr = c"\
cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\
cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc";

/// How many are under way at a time where it is not one.
const OUTSTANDING: u64 = 64;
/// So long after the last invitation every thread sleeps.
const PAUSE: Duration = Duration::from_millis(1);

pub fn run(report: &mut Report, options: &Options) {
    let times = options.repetitions();
    let cores = affinity::cores();
    let (first, last) = (cores[0], cores[cores.len() - 1]);
    let any = format!("any of {} cores", cores.len());

    floors::report_distance(report, options, "at the beginning");
    let things = options.scaled(2_000_000);
    let one_way = floors::one_way(times, things, OUTSTANDING as usize);
    let row = Row::new(format!("floor: one-way hand-off, {OUTSTANDING} under way at most"), &one_way, "a second");
    report.add(row.affinity(&any));
    let unbounded = floors::one_way(times, things, usize::MAX);
    let row = Row::new("the same, any number under way", &unbounded, "a second").affinity(&any);
    report.add(row.note("no floor: no batch of invitations grows so long"));
    let turns = options.scaled(100_000);
    let pauses = [(Duration::ZERO, turns, ""), (PAUSE, turns / 100, "each 1 ms after the last: threads sleep")];
    let round_trips = pauses.map(|(pause, turns, note)| {
        let one_core = floors::round_trip([first, first], times, turns, pause);
        let name = "floor: Mutex + Condvar round trip";
        report.add(Row::new(name, &one_core, "us").affinity(format!("core {first}")).note(note));
        let two_cores = floors::round_trip([first, last], times, turns, pause);
        report.add(Row::new(name, &two_cores, "us").affinity(format!("cores {first} and {last}")).note(note));
        [one_core.median(), two_cores.median()]
    });

    for (ladder, note) in [(None, ""), (Some(0), "no ladder")] {
        let setup = Setup { ladder_entries: ladder, ..Setup::default() };
        let count = options.scaled(200_000);
        let rate = Sample::of(times, || count as f64 / keep_outstanding(&setup, count, OUTSTANDING).as_secs_f64());
        let row = Row::new(format!("invitations, {OUTSTANDING} outstanding"), &rate, "a second")
            .floor("one-way hand-off", one_way.median())
            .affinity(&any)
            .note(note);
        report.add(row.gate(Target::RatioAtLeast(0.25)).aim(Target::RatioAtLeast(0.5)));
    }

    let rounds = options.scaled(50_000);
    let [mut on_one, mut on_two] = [Vec::new(), Vec::new()];
    for ((pause, _, note), round_trips) in pauses.into_iter().zip(round_trips) {
        let rounds = if pause.is_zero() { rounds } else { rounds / 50 };
        let [one_core, two_cores] = round_trips;
        let across = format!("caller on core {first}, callee on core {last}");
        for (cores, all, round_trip, affinity, gate, aim) in [
            ([first, first], &mut on_one, one_core, format!("all on core {first}"), 6.0, 4.0),
            ([first, last], &mut on_two, two_cores, across, 2.0, 1.25),
        ] {
            let p50 = Sample::of(times, || {
                let took = Sample::from(one_at_a_time(cores, rounds, pause));
                if pause.is_zero() {
                    all.extend(took.sorted());
                }
                took.median()
            });
            let row = Row::new("one invitation, sent to accepted, p50", &p50, "us");
            let row = row.floor("round trip", round_trip).affinity(affinity).note(note);
            report.add(row.gate(Target::RatioAtMost(gate)).aim(Target::RatioAtMost(aim)));
        }
    }
    for (name, all, affinity) in [("one core", &on_one, "one core"), ("two cores", &on_two, "two cores")] {
        let sample = Sample::from(all.clone());
        for (quantile, part) in [("p99", 0.99), ("p99.9", 0.999)] {
            let name = format!("one invitation, sent to accepted, {quantile}");
            report.add(Row::new(name, &sample.quantile(part).into(), "us").affinity(affinity));
        }
        svg::distribution(options, &format!("hub-latency-{}", name.replace(' ', "-")), "us", &sample);
    }
    floors::report_distance(report, options, "at the end");
}

/// Makes `count` invitations of which `outstanding` are under way at a time, each accepted by the callee; in what time both
/// sides were told of the end of all.
pub fn keep_outstanding(setup: &Setup, count: u64, outstanding: u64) -> Duration {
    let done = Tally::new();
    let sent = Arc::new(AtomicU64::new(outstanding));
    let all_told = done.clone();
    let callee = Party::new("callee", setup, answer(count, move || all_told.tell()));
    let all_told = done.clone();
    let told = AtomicU64::new(0);
    let caller = Party::new("caller", setup, move |calls, event| {
        if let Event::LocalAccepted(invitation) = event {
            invitation.release();
            if sent.fetch_add(1, Ordering::Relaxed) < count {
                calls.ring(c"callee", CONTENT).expect("it is a legal invitation");
            }
            if told.fetch_add(1, Ordering::Relaxed) + 1 == count {
                all_told.tell();
            }
        }
    });
    let began = Instant::now();
    for _ in 0..outstanding {
        caller.calls.ring(c"callee", CONTENT).expect("it is a legal invitation");
    }
    done.wait(2);
    let took = began.elapsed();
    drop((caller, callee));
    took
}

/// A callee that accepts everything, and says so when the last of `count` invitations has ended.
fn answer(count: u64, last: impl Fn() + Send + Sync) -> impl Fn(super::api::Calls, Event) + Send + Sync {
    let ended = AtomicU64::new(0);
    move |calls, event| match event {
        Event::Rings(invitation) => super::api::must(calls.accept(invitation)),
        Event::RemoteAccepted(invitation) => {
            invitation.release();
            if ended.fetch_add(1, Ordering::Relaxed) + 1 == count {
                last();
            }
        }
        _ => {}
    }
}

/// Makes invitations one after the other with a pause before each, the caller's threads on the first core, the callee's on the second one; how
/// long each took from before it was made until the application that waits for it is told, in microseconds.
fn one_at_a_time(cores: [usize; 2], rounds: u64, pause: Duration) -> Vec<f64> {
    affinity::pinned(cores[0], || {
        let accepted = Tally::new();
        let on = |core| Setup { core: Some(core), ..Setup::default() };
        let callee = Party::new("callee", &on(cores[1]), answer(u64::MAX, || {}));
        let told = accepted.clone();
        let caller = Party::new("caller", &on(cores[0]), move |_, event| {
            if let Event::LocalAccepted(invitation) = event {
                invitation.release();
                told.tell();
            }
        });
        let times = (1..=rounds).map(|round| {
            if !pause.is_zero() {
                thread::sleep(pause);
            }
            let began = Instant::now();
            caller.calls.ring(c"callee", CONTENT).expect("it is a legal invitation");
            accepted.wait(round);
            began.elapsed().as_secs_f64() * 1e6
        });
        let times = times.collect();
        drop((caller, callee));
        times
    })
}
