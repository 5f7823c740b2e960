//! Wake-ups of the library's threads while nothing happens, or nothing but time passes.

use std::thread;
use std::time::Duration;

use super::api::{Event, Party, Setup, must};
use super::hub::CONTENT;
use super::machine;
use super::options::Options;
use super::report::{Report, Row, Target};
use super::tally::Tally;

/// Invitations that are pending.
const PENDING: u64 = 100;
/// How long they ring, in milliseconds.
const RING_MS: u32 = 8_000;

pub fn run(report: &mut Report, options: &Options) {
    if machine::threads().is_none() {
        return report.skip("idle", "this system does not tell how often a thread has waited");
    }
    let seconds = options.scaled(20);
    let told = Tally::new();
    let ended = told.clone();
    let setup = Setup { ring_ms: RING_MS, ..Setup::default() };
    let callee = Party::new("callee", &setup, move |_, event| {
        if let Event::RemoteFailed(invitation) | Event::RemoteCanceled(invitation) = event {
            invitation.release();
            ended.tell();
        }
    });
    let ended = told.clone();
    let caller = Party::new("caller", &setup, move |_, event| {
        if let Event::LocalCanceled(invitation) | Event::LocalFailed(invitation) = event {
            invitation.release();
            ended.tell();
        }
    });

    // An alarm is not put off: that of the login, after 12 s, still rings once.
    thread::sleep(Duration::from_secs(13));
    let idle = wake_ups(|| thread::sleep(Duration::from_secs(seconds)));
    let row = Row::new("idle, two services logged in", &(idle.all / seconds as f64).into(), "wake-ups a second");
    report.add(row.gate(Target::AtMost(0.0)).note(format!("over {seconds} s")));

    // The twin: what is not idle is seen. The workers sleep before each.
    let mut ends = 0;
    let busy = wake_ups(|| {
        for _ in 0..10 {
            thread::sleep(Duration::from_millis(10));
            let invitation = caller.calls.ring(c"callee", CONTENT).expect("it is a legal invitation");
            must(caller.calls.cancel(invitation));
            ends += 2;
            told.wait(ends);
        }
    });
    let row = Row::new("the twin: ten invitations, each canceled", &busy.all.into(), "wake-ups");
    report.add(row.gate(Target::AtLeast(10.0)).note("shows that wake-ups are seen"));

    // Each invitation has two deadlines: when the peer's presence is asked for, and when it stops ringing.
    let pending = wake_ups(|| {
        for _ in 0..PENDING {
            caller.calls.ring(c"callee", CONTENT).expect("it is a legal invitation");
        }
        ends += 2 * PENDING;
        told.wait(ends);
    });
    let deadlines = (2 * PENDING) as f64;
    let row =
        Row::new(format!("{PENDING} invitations ring until they expire"), &pending.timer.into(), "timer wake-ups");
    report.add(row.floor("distinct deadlines", deadlines).gate(Target::RatioAtMost(1.0)));
    drop((caller, callee));
}

/// How often threads of the library have woken up.
struct WakeUps {
    all: f64,
    timer: f64,
}

fn wake_ups(body: impl FnOnce()) -> WakeUps {
    let count = || {
        let threads = machine::threads().unwrap_or_default();
        let of = |prefix: &str| {
            let ours = threads.iter().filter(|thread| thread.name.starts_with(prefix));
            ours.map(|thread| thread.waits).sum::<u64>() as f64
        };
        WakeUps { all: of("rtm-"), timer: of("rtm-timer") }
    };
    let before = count();
    body();
    let after = count();
    WakeUps { all: after.all - before.all, timer: after.timer - before.timer }
}
