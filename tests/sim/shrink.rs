//! Makes a failing script shorter while it still breaks the same rule.

use rtm_call::transport::hub::Faults;

use crate::script::{Act, Reaction, Script, When};
use crate::world::{Setup, run};

/// How many worlds the search may take.
const TRIALS: usize = 8_000;

/// How often the dice are cast anew for one change.
const LUCK: u64 = 12;

struct Search {
    rule: &'static str,
    options: Setup,
    trials: usize,
}

/// The shortest script found that breaks `rule`, and in how many trials.
pub fn shrink(script: &Script, rule: &'static str, options: Setup) -> (Script, usize) {
    let mut search = Search { rule, options, trials: 0 };
    let mut best = script.clone();
    loop {
        let before = (best.steps.len(), search.trials);
        search.drop_steps(&mut best);
        search.simplify(&mut best);
        if best.steps.len() == before.0 || search.trials >= TRIALS {
            return (best, search.trials);
        }
    }
}

impl Search {
    /// Takes the change over if the script still fails.
    fn attempt(&mut self, best: &mut Script, change: impl FnOnce(&mut Script)) -> bool {
        if self.trials >= TRIALS {
            return false;
        }
        self.trials += 1;
        let mut candidate = best.clone();
        change(&mut candidate);
        let fails = run(&candidate, self.options).violation.is_some_and(|violation| violation.rule == self.rule);
        if fails {
            *best = candidate;
        }
        fails
    }

    /// The same; if it fails only by chance, the network's dice are cast anew a few times.
    fn attempt_luckily(&mut self, best: &mut Script, change: impl Fn(&mut Script)) -> bool {
        (0..=LUCK).any(|luck| {
            self.attempt(best, |script| {
                script.faults.seed = script.faults.seed.wrapping_add(luck);
                change(script);
            })
        })
    }

    fn drop_steps(&mut self, best: &mut Script) {
        let mut size = best.steps.len() / 2;
        while size > 0 {
            let mut at = 0;
            while at < best.steps.len() {
                let end = (at + size).min(best.steps.len());
                if !self.attempt_luckily(best, |script| drop(script.steps.drain(at..end))) {
                    at += size;
                }
            }
            size /= 2;
        }
    }

    fn simplify(&mut self, best: &mut Script) {
        self.attempt(best, |script| script.faults = Faults::default());
        self.attempt(best, |script| script.faults.loss = 0);
        self.attempt(best, |script| script.faults.repeat = 0);
        self.attempt(best, |script| script.faults.reorder = 0);
        self.attempt(best, |script| script.faults.delay_min = script.faults.delay_max);
        self.attempt(best, |script| script.all_in = false);
        self.attempt(best, |script| script.twin = false);
        for device in 0..best.devices.len() {
            if best.devices[device].pump {
                self.attempt(best, |script| script.devices[device].pump = false);
            }
        }
        for step in 0..best.steps.len() {
            if !matches!(best.steps[step].act, Act::Send { .. }) {
                continue;
            }
            let mut plan = |change: fn(&mut crate::script::Plan)| {
                self.attempt(best, |script| {
                    if let Act::Send { plan, .. } = &mut script.steps[step].act {
                        change(plan);
                    }
                });
            };
            plan(|plan| plan.answer = None);
            plan(|plan| plan.elsewhere = None);
            plan(|plan| plan.again = None);
            plan(|plan| plan.twice = false);
            plan(|plan| plan.accept_ms = None);
            plan(|plan| plan.on_ring = Reaction::Nothing);
            plan(|plan| plan.on_received = Reaction::Nothing);
            plan(|plan| plan.on_local_end = Reaction::Nothing);
            plan(|plan| plan.on_remote_end = Reaction::Nothing);
            plan(|plan| plan.release_local = When::Never);
            plan(|plan| plan.release_remote = When::Never);
        }
    }
}
