//! Seeded worlds: whole services on a simulated clock and a bad network, held against the contract (SPEC section 3).
//!
//! `writer.rs` and `scenes.rs` draw a script, `world` lets it happen, `oracle` judges every callback, `pairs.rs` says which
//! ends go together, `coverage.rs` counts, `ladder.rs` and `shrink.rs` explain a failure, `rules.rs` plants bugs.

mod arguments;
mod coverage;
mod dice;
mod ladder;
mod oracle;
mod pairs;
mod panics;
mod rules;
mod scenes;
mod script;
mod shrink;
mod state;
mod summary;
mod world;
mod writer;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use rtm_call::engine::planted::Rule;
use serde_json::{Map, Value, json};

use arguments::{Arguments, COVERED, HELP, TWICE};
use coverage::Coverage;
use script::Script;
use world::Setup;

/// Beyond so many failures no more are looked for.
const FAILURES: usize = 20;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprintln!("{wrong}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    panics::watch();
    if let Some(path) = &arguments.replay {
        return replay_record(path);
    }
    if let Some(seed) = arguments.seed {
        return if replay(seed, arguments.rule).is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let (mut passed, mut failed) = (0, 0);
    let mut count = |fine: bool| if fine { passed += 1 } else { failed += 1 };
    let mut summary = Map::new();
    if arguments.wants("worlds") {
        count(worlds(&arguments, &mut summary));
    }
    if arguments.wants("determinism") {
        count(determinism(&arguments, &mut summary));
    }
    if arguments.wants("planted") {
        planted(&arguments, &mut summary).into_iter().for_each(&mut count);
    }
    if arguments.wants("shrink") {
        shrunk(&arguments, &mut summary).into_iter().for_each(&mut count);
    }
    summary.insert("passed".into(), passed.into());
    summary.insert("failed".into(), failed.into());
    println!("{}", Value::Object(summary));
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {passed} passed; {failed} failed");
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Hands the numbers below `count` out to `jobs` threads.
fn parallel(jobs: usize, count: u64, work: impl Fn(u64) + Sync) {
    let next = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    work(number);
                }
            });
        }
    });
}

fn worlds(arguments: &Arguments, summary: &mut Map<String, Value>) -> bool {
    const SHARE: u64 = 50;
    let start = Instant::now();
    let (total, failures) = (Mutex::new(Coverage::default()), Mutex::new(Vec::new()));
    let stop = AtomicBool::new(false);
    let options = Setup { planted: arguments.rule, ladder: false };
    parallel(arguments.jobs, arguments.seeds.div_ceil(SHARE), |share| {
        let mut coverage = Coverage::default();
        for number in share * SHARE..((share + 1) * SHARE).min(arguments.seeds) {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let seed = arguments.from + number;
            let outcome = world::run(&Script::new(seed), options);
            coverage.add(&outcome.coverage);
            if let Some(violation) = outcome.violation {
                let mut failures = failures.lock().expect("no thread panics with it");
                failures.push((seed, violation));
                stop.store(failures.len() >= FAILURES, Ordering::Relaxed);
            }
        }
        total.lock().expect("no thread panics with it").add(&coverage);
    });
    let seconds = start.elapsed().as_secs_f64();
    let total = total.into_inner().expect("all threads are done");
    let mut failures = failures.into_inner().expect("all threads are done");
    failures.sort_by_key(|(seed, _)| *seed);
    println!("{}", summary::tables(&total));
    let full = arguments.seeds >= COVERED && failures.is_empty();
    let wrong: Vec<String> = total.counts().iter().filter_map(|count| count.wrong(full)).collect();
    wrong.iter().for_each(|line| println!("COVERAGE {line}"));
    for (seed, violation) in &failures {
        println!("FAILED seed {seed}: {}: {}", violation.rule, violation.what);
    }
    let shortest = failures.first().and_then(|(seed, _)| replay(*seed, arguments.rule));
    let (hours, busy) = (total.virtual_ms as f64 / 3_600_000.0, total.busy_ms as f64 / 3_600_000.0);
    println!(
        "{} worlds in {seconds:.1} s on {} threads: {hours:.0} simulated hours ({:.0} a second), {busy:.0} of them before the \
         silence at the end; {} invitations, {} messages, {} callbacks, {} silences with a twin; {} violations",
        total.worlds,
        arguments.jobs,
        hours / seconds,
        total.invitations,
        total.messages,
        total.events,
        total.twins,
        failures.len()
    );
    let broken: Vec<Value> = failures
        .iter()
        .map(|(seed, violation)| json!({ "seed": seed, "rule": violation.rule, "what": violation.what }))
        .collect();
    for (name, value) in [
        ("worlds", total.worlds.into()),
        ("from", arguments.from.into()),
        ("threads", arguments.jobs.into()),
        ("seconds", summary::rounded(seconds)),
        ("worlds_per_second", summary::rounded(total.worlds as f64 / seconds)),
        ("simulated_hours", summary::rounded(hours)),
        ("simulated_hours_before_silence", summary::rounded(busy)),
        ("simulated_hours_per_second", summary::rounded(hours / seconds)),
        ("invitations", total.invitations.into()),
        ("messages", total.messages.into()),
        ("callbacks", total.events.into()),
        ("silences_with_twin", total.twins.into()),
        ("counts", summary::counts(&total)),
        ("coverage_required", full.into()),
        ("coverage_missing", wrong.clone().into()),
        ("violations", broken.into()),
        ("failed_seeds", failures.iter().map(|(seed, _)| *seed).collect::<Vec<_>>().into()),
        ("shortest_steps", shortest.into()),
    ] {
        summary.insert(name.into(), value);
    }
    failures.is_empty() && wrong.is_empty()
}

fn determinism(arguments: &Arguments, summary: &mut Map<String, Value>) -> bool {
    let count = arguments.seeds.min(TWICE);
    let differing = Mutex::new(Vec::new());
    parallel(arguments.jobs, count, |number| {
        let script = Script::new(arguments.from + number);
        let [one, two] = [0, 1].map(|_| world::run(&script, Setup::default()).hash);
        if one != two {
            differing.lock().expect("no thread panics with it").push(arguments.from + number);
        }
    });
    let differing = differing.into_inner().expect("all threads are done");
    println!("{count} seeds run twice: {} with different events {differing:?}", differing.len());
    summary.insert("twice".into(), count.into());
    summary.insert("differing".into(), differing.clone().into());
    differing.is_empty()
}

/// Whether each planted bug was found.
fn planted(arguments: &Arguments, summary: &mut Map<String, Value>) -> Vec<bool> {
    let rules = rules::shown();
    let found = Mutex::new(vec![None; rules.len()]);
    parallel(arguments.jobs, rules.len() as u64, |index| {
        let hunted = rules::hunt(rules[index as usize], arguments.from, 0);
        found.lock().expect("no thread panics with it")[index as usize] = hunted;
    });
    let found = found.into_inner().expect("all threads are done");
    println!("planted bugs, each to be found within {} seeds", rules::WITHIN);
    let mut counts = Map::new();
    for (rule, hunted) in rules.iter().zip(&found) {
        let name = format!("{rule:?}");
        match hunted {
            Some((_, tried, violation)) => println!("  {name:<24} found after {tried:>4}: {}", violation.rule),
            None => println!("  {name:<24} NOT FOUND"),
        }
        counts.insert(name, hunted.as_ref().map(|(_, tried, _)| *tried).into());
    }
    summary.insert("planted".into(), counts.into());
    found.iter().map(Option::is_some).collect()
}

/// Whether failures in large worlds are brought down to few steps that fail likewise, with a ladder that shows where.
fn shrunk(arguments: &Arguments, summary: &mut Map<String, Value>) -> Vec<bool> {
    const CROWD: usize = 13;
    const FEW: usize = 12;
    let mut steps = Map::new();
    let mut fine = Vec::new();
    for rule in [Rule::ThreeWay, Rule::RingOnce, Rule::AcknowledgeEnd] {
        let options = Setup { planted: Some(rule), ladder: false };
        let Some((seed, _, violation)) = rules::hunt(rule, arguments.from, CROWD) else {
            println!("  {rule:?} breaks nothing in a large world");
            fine.push(false);
            continue;
        };
        let script = Script::new(seed);
        let (shortest, trials) = shrink::shrink(&script, violation.rule, options);
        let again = world::run(&shortest, Setup { ladder: true, ..options });
        let same = again.violation.is_some_and(|again| again.rule == violation.rule);
        let shown = again.ladder.is_some_and(|ladder| ladder.contains(&format!("*** {}", violation.rule)));
        println!(
            "  {rule:?}: seed {seed}, {} users, from {} steps to {} in {trials} worlds{}{}",
            script.users,
            script.steps.len(),
            shortest.steps.len(),
            if same { "" } else { "; IT DOES NOT FAIL LIKEWISE" },
            if shown { "" } else { "; ITS LADDER DOES NOT SHOW WHERE" },
        );
        steps.insert(format!("{rule:?}"), json!([script.steps.len(), shortest.steps.len()]));
        fine.push(same && shown && shortest.steps.len() <= FEW);
    }
    summary.insert("shrunk".into(), steps.into());
    fine
}

/// Replays what a flight recorder wrote, here or on another machine.
fn replay_record(path: &str) -> ExitCode {
    let record = match std::fs::read_to_string(path) {
        Ok(record) => record,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    let replay = match rtm_call::testkit::replay(&record) {
        Ok(replay) => replay,
        Err(error) => {
            eprintln!("{path}: {error}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", replay.replayed);
    let count = replay.replayed.lines().count();
    println!("{path}: {} inputs, {count} callbacks, {} of earlier invitations", replay.inputs, replay.earlier);
    if replay.is_identical() {
        println!("{path}: the callbacks are those of the record");
        return ExitCode::SUCCESS;
    }
    println!("{path}: the record says otherwise:\n{}", replay.recorded);
    ExitCode::FAILURE
}

/// Runs one seed and shows what happens in it; if it fails, how many steps are enough for that.
fn replay(seed: u64, rule: Option<Rule>) -> Option<usize> {
    let script = Script::new(seed);
    let options = Setup { planted: rule, ladder: true };
    let outcome = world::run(&script, options);
    let plain = world::run(&script, Setup { ladder: false, ..options });
    println!("seed {seed}: {} users, {} steps, {:?}", script.users, script.steps.len(), script.faults);
    println!("{}", outcome.ladder.unwrap_or_default());
    let Some(violation) = outcome.violation.or(plain.violation) else {
        println!("seed {seed}: no violation, events {:016x} ({:016x} without the ladder)", outcome.hash, plain.hash);
        return None;
    };
    println!("seed {seed}: {}: {}", violation.rule, violation.what);
    let (shortest, trials) = shrink::shrink(&script, violation.rule, Setup { ladder: false, ..options });
    println!(
        "\nthe shortest that fails likewise, of {trials} tried: {} steps, {:?}",
        shortest.steps.len(),
        shortest.faults
    );
    for (number, device) in shortest.devices.iter().enumerate() {
        if shortest.steps.iter().any(|step| step.act.device() == Some(number)) {
            println!("  device {number}: {device:?}");
        }
    }
    for step in &shortest.steps {
        println!("  {:>7} ms  {:?}", step.at_ms, step.act);
    }
    let outcome = world::run(&shortest, options);
    println!("{}", outcome.ladder.unwrap_or_default());
    println!("seed {seed}: {}: {}", violation.rule, violation.what);
    Some(shortest.steps.len())
}
