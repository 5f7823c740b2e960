//! Seeded worlds: whole services on a simulated clock and a bad network, held against the contract (SPEC section 3).
//!
//! `writer.rs` and `scenes.rs` draw a script, `world` lets it happen, `oracle` judges every callback, `pairs.rs` says which
//! ends go together, `coverage.rs` counts, `ladder.rs` and `shrink.rs` explain a failure, `rules.rs` plants bugs.

mod coverage;
mod dice;
mod ladder;
mod oracle;
mod pairs;
mod rules;
mod scenes;
mod script;
mod shrink;
mod state;
mod world;
mod writer;

use std::cell::Cell;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use rtm_call::engine::planted::Rule;

use coverage::Coverage;
use script::Script;
use state::Violation;
use world::{Outcome, Setup};

const HELP: &str = "\
usage: cargo test --release --features planted --test sim -- [option...] [part...]

Runs seeded worlds through the library and prints what was covered. Parts: worlds, determinism, planted; all by default.

  --seeds N   worlds to run (default 100000, 1000000 with RTM_CALL_FULL=1; 2000 in a debug build)
  --from S    the first seed (default 0)
  --jobs J    threads (default: as many as there are processors)
  --seed X    runs this seed alone and prints its ladder; if it fails, the shortest script that fails likewise
  --replay F  replays a record of the flight recorder (rtm_service_write_record) instead, prints the callbacks that came
              of it, and says whether they are those of the record
  --rule R    with this rule of the engine broken, such as ThreeWay
  --help      this text

A zero in the coverage fails runs of 100000 seeds or more from seed 0.
Exit codes: 0 fine, 1 something failed, 2 wrong usage.
";

/// From this many seeds on, all that can happen must have happened.
const COVERED: u64 = 100_000;
/// Seeds that are run twice.
const TWICE: u64 = 1_000;

struct Arguments {
    seeds: u64,
    from: u64,
    jobs: usize,
    seed: Option<u64>,
    replay: Option<String>,
    rule: Option<Rule>,
    parts: Vec<String>,
}

thread_local! {
    static PANICKED: Cell<bool> = const { Cell::new(false) };
}

fn main() -> ExitCode {
    let arguments = match parse(std::env::args().skip(1)) {
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
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICKED.set(true);
        print(info);
    }));
    if let Some(path) = &arguments.replay {
        return replay_record(path);
    }
    if let Some(seed) = arguments.seed {
        return replay(seed, arguments.rule);
    }
    let wanted = |part: &str| arguments.parts.is_empty() || arguments.parts.iter().any(|p| part.contains(p.as_str()));
    let (mut passed, mut failed) = (0, 0);
    let mut count = |fine: bool| if fine { passed += 1 } else { failed += 1 };
    let mut summary = serde_json::Map::new();
    if wanted("worlds") {
        count(worlds(&arguments, &mut summary));
    }
    if wanted("determinism") {
        count(determinism(&arguments, &mut summary));
    }
    if wanted("planted") {
        planted(&arguments, &mut summary).into_iter().for_each(&mut count);
    }
    summary.insert("passed".into(), passed.into());
    summary.insert("failed".into(), failed.into());
    println!("{}", serde_json::Value::Object(summary));
    let word = if failed == 0 { "ok" } else { "FAILED" };
    println!("test result: {word}. {passed} passed; {failed} failed");
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Arguments>, String> {
    let full = std::env::var("RTM_CALL_FULL").is_ok_and(|full| full == "1");
    let mut arguments = Arguments {
        seeds: match full {
            _ if cfg!(debug_assertions) => 2 * TWICE,
            true => 10 * COVERED,
            false => COVERED,
        },
        from: 0,
        jobs: std::thread::available_parallelism().map_or(1, |jobs| jobs.get()),
        seed: None,
        replay: None,
        rule: None,
        parts: Vec::new(),
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        let number = |value: String| value.parse().map_err(|_| format!("{value} is no number"));
        match word.as_str() {
            "--help" | "-h" => return Ok(None),
            "--seeds" => arguments.seeds = number(value()?)?,
            "--from" => arguments.from = number(value()?)?,
            "--jobs" => arguments.jobs = number(value()?)?.max(1) as usize,
            "--seed" => arguments.seed = Some(number(value()?)?),
            "--replay" => arguments.replay = Some(value()?),
            "--rule" => {
                let name = value()?;
                let rule = rules::RULES.iter().find(|rule| format!("{rule:?}") == name);
                arguments.rule = Some(*rule.ok_or(format!("{name} is not a rule of {:?}", rules::RULES))?);
            }
            // What cargo and ./dev pass to every test program.
            "--nocapture" | "--quiet" | "-q" => {}
            part if ["worlds", "determinism", "planted"].iter().any(|known| known.contains(part)) => {
                arguments.parts.push(part.into());
            }
            _ => return Err(format!("{word} is not understood")),
        }
    }
    Ok(Some(arguments))
}

/// Runs one seed; a panic anywhere in it is a violation.
fn run_seed(script: &Script, options: Setup) -> Outcome {
    PANICKED.set(false);
    let mut outcome = world::run(script, options);
    if PANICKED.get() {
        outcome.violation = Some(Violation { rule: "nothing panics", what: "see above".into() });
    }
    outcome
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

fn worlds(arguments: &Arguments, summary: &mut serde_json::Map<String, serde_json::Value>) -> bool {
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
            let outcome = run_seed(&Script::new(seed), options);
            coverage.add(&outcome.coverage);
            if let Some(violation) = outcome.violation {
                let mut failures = failures.lock().expect("no thread panics with it");
                failures.push((seed, violation));
                stop.store(failures.len() >= 20, Ordering::Relaxed);
            }
        }
        total.lock().expect("no thread panics with it").add(&coverage);
    });
    let seconds = start.elapsed().as_secs_f64();
    let total = total.into_inner().expect("all threads are done");
    let mut failures = failures.into_inner().expect("all threads are done");
    failures.sort_by_key(|(seed, _)| *seed);
    let (table, mut wrong) = total.table();
    println!("{table}");
    let full = arguments.seeds >= COVERED && arguments.from == 0 && failures.is_empty();
    wrong.retain(|line| full || line.starts_with("exempt"));
    wrong.iter().for_each(|line| println!("COVERAGE {line}"));
    for (seed, violation) in &failures {
        println!("FAILED seed {seed}: {}: {}", violation.rule, violation.what);
    }
    if let Some((seed, _)) = failures.first() {
        replay(*seed, arguments.rule);
    }
    let hours = total.virtual_ms as f64 / 3_600_000.0;
    println!(
        "{} worlds in {seconds:.1} s on {} threads: {:.0} simulated hours, {} invitations, {} messages, {} callbacks, \
         {} silences with a twin; {} violations",
        total.worlds,
        arguments.jobs,
        hours,
        total.invitations,
        total.messages,
        total.events,
        total.twins,
        failures.len()
    );
    summary.insert("worlds".into(), total.worlds.into());
    summary.insert("from".into(), arguments.from.into());
    summary.insert("seconds".into(), ((seconds * 10.0).round() / 10.0).into());
    summary.insert("simulated_hours".into(), hours.round().into());
    summary.insert("invitations".into(), total.invitations.into());
    summary.insert("messages".into(), total.messages.into());
    summary.insert("callbacks".into(), total.events.into());
    summary.insert("failed_seeds".into(), failures.iter().map(|(seed, _)| *seed).collect::<Vec<_>>().into());
    summary.insert("coverage_missing".into(), wrong.clone().into());
    failures.is_empty() && wrong.is_empty()
}

fn determinism(arguments: &Arguments, summary: &mut serde_json::Map<String, serde_json::Value>) -> bool {
    let count = arguments.seeds.min(TWICE);
    let differing = Mutex::new(Vec::new());
    parallel(arguments.jobs, count, |number| {
        let script = Script::new(arguments.from + number);
        let [one, two] = [0, 1].map(|_| run_seed(&script, Setup::default()).hash);
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
fn planted(arguments: &Arguments, summary: &mut serde_json::Map<String, serde_json::Value>) -> Vec<bool> {
    let found = Mutex::new(vec![None; rules::RULES.len()]);
    parallel(arguments.jobs, rules::RULES.len() as u64, |index| {
        let hunted = rules::hunt(rules::RULES[index as usize], arguments.from);
        found.lock().expect("no thread panics with it")[index as usize] = hunted;
    });
    let found = found.into_inner().expect("all threads are done");
    println!("planted bugs, each to be found within {} seeds", rules::WITHIN);
    let mut counts = serde_json::Map::new();
    for (rule, hunted) in rules::RULES.iter().zip(&found) {
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

/// Runs one seed and shows what happens in it.
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

fn replay(seed: u64, rule: Option<Rule>) -> ExitCode {
    let script = Script::new(seed);
    let options = Setup { planted: rule, ladder: true };
    let outcome = run_seed(&script, options);
    let plain = run_seed(&script, Setup { ladder: false, ..options });
    println!("seed {seed}: {} users, {} steps, {:?}", script.users, script.steps.len(), script.faults);
    println!("{}", outcome.ladder.unwrap_or_default());
    let Some(violation) = outcome.violation.or(plain.violation) else {
        println!("seed {seed}: no violation, events {:016x} ({:016x} without the ladder)", outcome.hash, plain.hash);
        return ExitCode::SUCCESS;
    };
    println!("seed {seed}: {}: {}", violation.rule, violation.what);
    let (shortest, trials) = shrink::shrink(&script, violation.rule, Setup { ladder: false, ..options });
    println!(
        "\nthe shortest that fails likewise, of {trials} tried: {} steps, {:?}",
        shortest.steps.len(),
        shortest.faults
    );
    for device in &shortest.devices {
        println!("  {device:?}");
    }
    for step in &shortest.steps {
        println!("  {:>7} ms  {:?}", step.at_ms, step.act);
    }
    let outcome = run_seed(&shortest, options);
    println!("{}", outcome.ladder.unwrap_or_default());
    println!("seed {seed}: {}: {}", violation.rule, violation.what);
    ExitCode::FAILURE
}
