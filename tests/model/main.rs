//! The protocol, searched exhaustively: the real engines of a caller and of one or two instances of a callee, a channel that
//! loses, repeats, reorders and delays, clocks that know nothing of each other, and everything that may happen to a session.
//! The oracle is SPEC section 3. Each rule of it, removed in turn, brings its counterexample back.
//!
//! The nodes' clocks move only when a timer is due, and to that moment; in which order those of different nodes run is free.
//! The channel is the set of all messages ever sent: each may be delivered at any time, any number of times, or never. What is
//! re-sent is therefore nothing new, and the search lets time pass to where a window closes; re-sending itself is looked at in
//! what becomes of every state when all that is under way is lost and nothing is from then on (`settle`).
//!
//! A debug build searches the small scenarios only. `MODEL_ONLY` names one scenario to search; `MODEL_LADDERS` prints every
//! counterexample in full.

mod agree;
mod conduct;
mod ladder;
mod message;
mod node;
mod oracle;
mod scenario;
mod search;
mod settle;
mod step;
mod world;

use std::collections::BTreeSet;
use std::sync::LazyLock;
use std::time::Instant;

use oracle::Weight::{self, Conduct, Outcome};
use rtm_call::engine::planted::Rule;
use rtm_call::engine::{local, remote};
use scenario::Scenario;
use search::{Found, search};

#[test]
fn every_reachable_state_keeps_the_contract() {
    let only = std::env::var("MODEL_ONLY").ok();
    let chosen = |scenario: &Scenario| {
        let small = !cfg!(debug_assertions) || scenario.floor <= 10_000;
        only.as_deref().map_or(small, |only| only == scenario.name)
    };
    let (began, mut worlds, mut transitions, mut failed) = (Instant::now(), 0, 0, Vec::new());
    for scenario in scenario::all().into_iter().filter(chosen) {
        let (floor, found) = (scenario.floor, search(scenario, Conduct));
        println!("{found}");
        worlds += found.worlds;
        transitions += found.transitions;
        if let Some(ladder) = &found.ladder {
            println!("{}", ladder.lines.join("\n"));
            failed.push(format!("{}: {}", found.name, ladder.broken.promise));
        } else if found.worlds < floor {
            failed.push(format!("{}: only {} states, there were {floor} at least", found.name, found.worlds));
        }
        if found.name == "a call" && found.ends != *ENDS {
            failed.push(format!("other ends are reached than those listed: {:?}", found.ends));
        }
    }
    println!("in total {worlds} states, {transitions} transitions, {:.1} s", began.elapsed().as_secs_f64());
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// How an undisturbed call can end, on the caller's side and on the callee's; all of these are reached and no other. ACCEPTED
/// and FAILURE: the accept or its confirmation did not make the round trip in time.
static ENDS: LazyLock<BTreeSet<(local::State, remote::State)>> = LazyLock::new(|| {
    use local::State as Caller;
    use remote::State as Callee;
    BTreeSet::from([
        (Caller::AcceptedByRemote, Callee::Accepted),
        (Caller::AcceptedByRemote, Callee::Failure),
        (Caller::RefusedByRemote, Callee::Refused),
        (Caller::Canceled, Callee::Canceled),
        (Caller::Canceled, Callee::Refused),
        (Caller::Canceled, Callee::Failure),
        (Caller::Failure, Callee::Refused),
        (Caller::Failure, Callee::Failure),
    ])
});

#[test]
fn each_rule_removed_brings_its_counterexample_back() {
    let ladders = std::env::var_os("MODEL_LADDERS").is_some();
    let mut missed = Vec::new();
    for (rule, (name, weight)) in Rule::ALL.iter().map(|rule| (*rule, found_in(*rule))) {
        let found = search(Scenario { without: Some(rule), ..scenario::named(name) }, weight);
        report(&format!("{rule:?}"), &found, weight, ladders, &mut missed);
    }
    let found = search(Scenario { same_instance: true, ..scenario::named("two instances") }, Outcome);
    report("(an instance id of its own for each login)", &found, Outcome, ladders, &mut missed);
    assert!(missed.is_empty(), "removed without a counterexample: {}", missed.join(", "));
}

/// The scenario in which the removal of `rule` is found, and by which promises: by the outcome alone, or also by single messages
/// and times, where the outcome would stay right without the rule, only later or by more messages.
fn found_in(rule: Rule) -> (&'static str, Weight) {
    match rule {
        Rule::ThreeWay
        | Rule::CallerDecides
        | Rule::CallerAnswersLate
        | Rule::RememberEnded
        | Rule::RememberUnseen
        | Rule::ReceivedFirst
        | Rule::ReceivedOnce
        | Rule::ReceivedNotInvented
        | Rule::ConfirmAgain
        | Rule::TellEnd
        | Rule::ResendEnd
        | Rule::GiveUpEnd
        | Rule::AcknowledgeEnd
        | Rule::EndOnce
        | Rule::TakeEnd
        | Rule::EndShows
        | Rule::OutcomeUnknown
        | Rule::Resend
        | Rule::OtherPartyOnly
        | Rule::RingOnce => ("a call", Outcome),
        Rule::ConfirmNamesInstance | Rule::EndNamesInstance | Rule::LateEndNamesInstance => ("two instances", Outcome),
        Rule::RememberAcrossLogins | Rule::KickedSilent => ("sessions", Outcome),
        Rule::WindowWithoutLink => ("broken links", Outcome),
        Rule::CalleeAnswersLate | Rule::SmallerRing | Rule::TimerFirst | Rule::StopResending => ("a call", Conduct),
        Rule::AnsweredElsewhere => ("two instances", Conduct),
        Rule::AcceptWindowAnew | Rule::ResendOnUp | Rule::EndsFirst => ("broken links", Conduct),
    }
}

fn report(rule: &str, found: &Found, weight: Weight, in_full: bool, missed: &mut Vec<String>) {
    let Some(ladder) = &found.ladder else {
        println!("without {rule}: NOTHING in all {} states of \"{}\"", found.worlds, found.name);
        return missed.push(rule.to_string());
    };
    let by = if weight == Outcome { "by the outcome" } else { "by a message or time" };
    println!(
        "without {rule}: after {} steps of \"{}\", {by}: not kept that {}",
        ladder.steps, found.name, ladder.broken.promise
    );
    let short = if in_full { usize::MAX } else { 24 };
    for line in ladder.lines.iter().take(short) {
        println!("  {line}");
    }
}
