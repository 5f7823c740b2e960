//! More invitations than there can be: what is done of them, what is refused, and what it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::api::{Event, Party, Setup, Status};
use super::hub::{CONTENT, keep_outstanding};
use super::options::Options;
use super::report::{Report, Row, Sample, Target};
use super::{affinity, floors, machine};

pub fn run(report: &mut Report, options: &Options) {
    let any = format!("any of {} cores", affinity::cores().len());
    let setup = Setup::default();
    let times = options.repetitions();
    let count = options.scaled(200_000);
    // What a callee takes of one peer, by default; beyond it the caller's library would re-send until there is room.
    let bounded = Setup { max_open: 1_000, ..Setup::default() };
    let time = Duration::from_secs(if options.quick { 2 } else { 6 });
    floors::report_distance(report, options, "at the beginning");
    // In turns: how far apart the cores are changes more than what is measured.
    let mut most = Vec::new();
    let mut outcomes = [Vec::new(), Vec::new()];
    for _ in 0..times {
        let rate = count as f64 / keep_outstanding(&setup, count, 64).as_secs_f64();
        most.push(rate);
        for (setup, outcomes) in [&bounded, &setup].into_iter().zip(&mut outcomes) {
            outcomes.push(offer(setup, 2.0 * rate, time));
        }
    }
    let most = Sample::from(most);
    report.add(Row::new("the most that there can be", &most, "a second").affinity(&any));
    for (all, name) in outcomes.into_iter().zip(["1 000 open at most", "default bounds"]) {
        let mut add = |what: &str, of: fn(&Outcome) -> f64, unit, finish: fn(Row, f64) -> Row| {
            let sample = Sample::from(all.iter().map(of).collect::<Vec<_>>());
            report.add(finish(Row::new(format!("{name}: {what}"), &sample, unit), most.median()).affinity(&any));
        };
        add("offered", |outcome| outcome.offered, "a second", |row, most| row.floor("the most", most));
        add(
            "accepted",
            |outcome| outcome.accepted,
            "a second",
            |row, most| row.floor("the most", most).gate(Target::RatioAtLeast(0.9)),
        );
        add("refused by send", |outcome| outcome.refused, "% of the offered", |row, _| row.note("LIMIT_REACHED"));
        add("open at the end", |outcome| outcome.open, "invitations", |row, _| row);
        add("memory that it takes", |outcome| outcome.mebibytes, "MiB", |row, _| row);
    }
    floors::report_distance(report, options, "at the end");
}

/// What became of an offer.
struct Outcome {
    offered: f64,
    accepted: f64,
    /// In per cent of what was offered.
    refused: f64,
    open: f64,
    mebibytes: f64,
}

/// Offers `rate` invitations a second, whether or not earlier ones have ended, for this time. Two threads do, for one may not
/// come to it.
fn offer(setup: &Setup, rate: f64, time: Duration) -> Outcome {
    let accepted = Arc::new(AtomicU64::new(0));
    let callee = Party::new("callee", setup, |calls, event| match event {
        // It may have ended by now, or the manager may be gone: both sides leave while invitations are open.
        Event::Rings(invitation) => assert!(matches!(
            calls.accept(invitation),
            Status::InvitationApiCallErrOk | Status::InvitationApiCallErrAlreadyEnd | Status::ErrStaleHandle
        )),
        Event::RemoteAccepted(invitation) | Event::RemoteFailed(invitation) | Event::RemoteCanceled(invitation) => {
            invitation.release()
        }
        _ => {}
    });
    let count = accepted.clone();
    let caller = Party::new("caller", setup, move |_, event| match event {
        Event::LocalAccepted(invitation) => {
            count.fetch_add(1, Ordering::Relaxed);
            invitation.release();
        }
        Event::LocalFailed(invitation) => invitation.release(),
        _ => {}
    });
    let calls = caller.calls;
    let memory = machine::resident_bytes();
    let began = Instant::now();
    let offering: Vec<_> =
        (0..2).map(|_| thread::spawn(move || offer_on_one_thread(calls, rate / 2.0, time))).collect();
    let mut offered = 0;
    let mut refused = 0;
    for thread in offering {
        let (more, of_them) = thread.join().expect("nobody panics");
        offered += more;
        refused += of_them;
    }
    let took = began.elapsed().as_secs_f64();
    let outcome = Outcome {
        offered: offered as f64 / took,
        accepted: accepted.load(Ordering::Relaxed) as f64 / took,
        refused: refused as f64 / offered as f64 * 100.0,
        open: caller.stats().open_local_invitations as f64,
        mebibytes: machine::resident_bytes().saturating_sub(memory) as f64 / f64::from(1 << 20),
    };
    drop((caller, callee));
    outcome
}

/// How many it offered, and how many of them `send` refused.
fn offer_on_one_thread(calls: super::api::Calls, rate: f64, time: Duration) -> (u64, u64) {
    let (mut offered, mut refused) = (0, 0);
    let began = Instant::now();
    while began.elapsed() < time {
        let due = (began.elapsed().as_secs_f64() * rate) as u64;
        if offered >= due {
            thread::sleep(Duration::from_micros(100)); // A burst every now and then is an offer, too.
            continue;
        }
        offered += 1;
        match calls.ring(c"callee", CONTENT) {
            Ok(_) => {}
            Err(Status::ErrLimitReached) => refused += 1,
            Err(other) => panic!("an invitation was refused: {other:?}"),
        }
    }
    (offered, refused)
}
