//! What an invitation costs from end to end, through the C API, each figure beside the floor that was measured in the same
//! run. `./dev bench end_to_end --help` says how to run it, docs/PERFORMANCE.md what came out.
//!
//! Each subject is a file with a function `run`, and runs in a process of its own: no figure of memory, threads or
//! processor time has another subject's remains in it.

mod affinity;
mod allocator;
mod api;
mod cpu;
mod floors;
mod hub;
mod idle;
mod machine;
mod memory;
#[cfg(feature = "mqtt")]
mod mqtt;
mod options;
mod overload;
mod report;
mod services;
mod sipp;
mod size;
mod svg;
mod tally;

use std::process::ExitCode;

use options::{Options, Request};
use report::Report;

/// What can be measured: the name, what it is about, and what measures it.
pub struct Subject {
    pub name: &'static str,
    pub about: &'static str,
    run: fn(&mut Report, &Options),
}

/// In the order of the tables.
pub const SUBJECTS: &[Subject] = &[
    Subject { name: "hub", about: "invitations a second and set-up time over the hub", run: hub::run },
    Subject { name: "cpu", about: "processor time an invitation", run: cpu::run },
    Subject { name: "overload", about: "twice as many invitations as there can be", run: overload::run },
    Subject {
        name: "memory",
        about: "bytes a pending invitation",
        run: |report, options| memory::run(report, options, None),
    },
    Subject {
        name: "memory-bare",
        about: "the same without a ladder",
        run: |report, options| memory::run(report, options, Some(0)),
    },
    Subject { name: "million", about: "a million pending invitations in one process", run: memory::run_million },
    Subject { name: "curve", about: "the cost of an invitation while others are pending", run: memory::run_curve },
    Subject { name: "services", about: "10 000 services logged in", run: services::run },
    Subject { name: "idle", about: "wake-ups while nothing happens", run: idle::run },
    #[cfg(feature = "mqtt")]
    Subject { name: "mqtt", about: "invitations through Mosquitto: how many, in what processor time", run: mqtt::rate },
    #[cfg(feature = "mqtt")]
    Subject { name: "mqtt-one-core", about: "the same and set-up time, all on one core", run: mqtt::one_core },
    #[cfg(feature = "mqtt")]
    Subject {
        name: "mqtt-two-cores",
        about: "the same and set-up time, Mosquitto on another core",
        run: mqtt::two_cores,
    },
    #[cfg(feature = "mqtt")]
    Subject {
        name: "mqtt-default",
        about: "set-up time through Mosquitto without settings",
        run: mqtt::default_broker,
    },
    #[cfg(feature = "mqtt")]
    Subject { name: "mqtt-overload", about: "twice as many invitations as Mosquitto passes on", run: mqtt::overload },
    #[cfg(feature = "mqtt")]
    Subject { name: "mqtt-services", about: "500 services at Mosquitto", run: mqtt::services },
    #[cfg(feature = "mqtt")]
    Subject { name: "mqtt-idle", about: "wake-ups while nothing happens at Mosquitto", run: mqtt::idle },
    Subject { name: "sipp", about: "SIP calls of SIPp, to compare with", run: sipp::run },
    Subject { name: "size", about: "the shared library: its size, its start, its dependencies", run: size::run },
];

#[global_allocator]
static ALLOCATOR: allocator::Counting = allocator::Counting;

fn main() -> ExitCode {
    match options::read(std::env::args().skip(1)) {
        Ok(Request::Help) => print!("{}", options::help()),
        Ok(Request::Run(options)) => return run(&options),
        Ok(Request::Child(subject, rows, options)) => {
            let mut report = Report::new(subject.name);
            (subject.run)(&mut report, &options);
            report.save(&rows);
        }
        #[cfg(target_os = "linux")]
        Ok(Request::Start(library)) => size::start(&library),
        Err(sentence) => {
            eprintln!("end_to_end: {sentence}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}

/// Runs the subjects, one process each, and prints what they found.
fn run(options: &Options) -> ExitCode {
    let mut all = Report::of_the_machine();
    let mut failed = Vec::new();
    for subject in &options.subjects {
        eprintln!("end_to_end: {} ({})", subject.name, subject.about);
        match options.run_child(subject) {
            Some(report) => all.absorb(report),
            None => failed.push(subject.name),
        }
    }
    all.finish();
    print!("{}", all.markdown());
    if let Some(path) = &options.json {
        all.write_json(path);
    }
    if let Some(path) = &options.write {
        all.write_between_markers(path, options.svg.as_deref());
    }
    for name in &failed {
        eprintln!("end_to_end: {name} failed; its rows are missing");
    }
    if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
