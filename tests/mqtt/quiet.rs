//! An idle session costs nothing. Linux tells how often a thread was woken.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use super::broker::Broker;
use super::carrier::Carrier;

/// How often the library's threads of this process have been put to sleep: each time they had been woken.
fn wake_ups() -> Vec<(String, u64)> {
    let mut counts = Vec::new();
    for task in fs::read_dir("/proc/self/task").unwrap() {
        let status = fs::read_to_string(task.unwrap().path().join("status")).unwrap_or_default();
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
        let name = field("Name:").to_owned();
        if ["rtm-mqtt", "rtm-timer"].contains(&&*name) {
            counts.push((name, field("voluntary_ctxt_switches:").parse().unwrap()));
        }
    }
    counts.sort();
    counts
}

#[test]
fn an_idle_session_wakes_nobody() {
    // In a process of its own: there is one I/O thread for all sessions of a process.
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "quiet::idle_in_a_process_of_its_own"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[test]
#[ignore = "an_idle_session_wakes_nobody runs it in a process of its own"]
fn idle_in_a_process_of_its_own() {
    let broker = Broker::start();
    let sessions: Vec<Carrier> =
        (0..10).map(|number| Carrier::online(&broker.url(), &format!("user {number}"))).collect();
    // The last acknowledgements may still be on their way.
    let mut before = wake_ups();
    let end = Instant::now() + Duration::from_secs(12); // before the first PINGREQ
    loop {
        std::thread::sleep(Duration::from_millis(200));
        let now = wake_ups();
        if std::mem::replace(&mut before, now.clone()) == now {
            break;
        }
        assert!(Instant::now() < end, "the threads of idle sessions do not come to rest: {before:?}");
    }
    assert_eq!(before.len(), 2, "{before:?}");
    // The time to be idle in; the first PINGREQ is due after 15 s.
    std::thread::sleep(Duration::from_secs(3));
    let after = wake_ups();
    assert_eq!(after[0], before[0], "the I/O thread sleeps");
    // The timer thread may have been set to a deadline of the logins that is gone: one wake-up for all of them.
    assert!(after[1].1 <= before[1].1 + 1, "{before:?} {after:?}");
    drop(sessions);
}
