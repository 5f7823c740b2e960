//! Many users in one process.

use std::time::Instant;

use super::api::{Delivery, Event, Party, Setup, must};
use super::hub::CONTENT;
use super::machine;
use super::options::Options;
use super::report::{Report, Row, Target};
use super::tally::Tally;

pub fn run(report: &mut Report, options: &Options) {
    let count = options.scaled(10_000);
    let setup = Setup { delivery: Delivery::Shared, ..Setup::default() };
    log_in(report, &setup, count, "the hub");
}

/// Logs `count` services in over the carrier of `setup`, where they share their workers, and has each of them ring or be rung.
pub fn log_in(report: &mut Report, setup: &Setup, count: u64, carrier: &str) {
    let resident = machine::resident_bytes();
    let accepted = Tally::new();
    let began = Instant::now();
    let begin = |number| {
        let told = accepted.clone();
        Party::begin(&format!("user{number}"), setup, move |calls, event| match event {
            Event::Rings(invitation) => must(calls.accept(invitation)),
            Event::LocalAccepted(invitation) => {
                invitation.release();
                told.tell();
            }
            Event::RemoteAccepted(invitation) => invitation.release(),
            _ => {}
        })
    };
    let parties: Vec<Party> = (0..count).map(begin).collect();
    parties.iter().for_each(Party::logged_in);
    let rate = count as f64 / began.elapsed().as_secs_f64();
    report.add(Row::new(format!("{count} services logged in over {carrier}"), &rate.into(), "a second"));
    let each = (machine::resident_bytes() - resident) as f64 / 1024.0 / count as f64;
    report.add(Row::new("resident memory a service", &each.into(), "KiB").note("before it rings"));
    for (i, caller) in parties.iter().enumerate().step_by(2) {
        let callee = std::ffi::CString::new(format!("user{}", i + 1)).expect("no NUL");
        caller.calls.ring(&callee, CONTENT).expect("it is a legal invitation");
    }
    accepted.wait(count / 2);
    match machine::threads() {
        Some(threads) => {
            let ours = threads.iter().filter(|thread| thread.name.starts_with("rtm-")).count();
            let row =
                Row::new("threads of the library, each service having rung or been rung", &(ours as f64).into(), "");
            report.add(row.gate(Target::AtMost(4.0)));
        }
        None => report.skip("threads of the library", "this system does not tell their names"),
    }
}
