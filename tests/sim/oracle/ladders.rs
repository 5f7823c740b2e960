//! The ladders of all invitations, once everything has ended: the rule that each one names is the row that fits its end.

use rtm_call::codes::LadderFormat;
use rtm_call::engine::{End, EndRule, local, remote};

use crate::state::State;

const RULE: &str = "the ladder names the row of the table that ended it";

impl State {
    pub(super) fn check_ladders(&mut self) {
        for index in 0..self.locals.len() {
            let object = &self.locals[index].object;
            let (state, end) = (object.state(), object.end());
            let row = match end.rule {
                Some(EndRule::Local(input)) => Some(&local::TABLE[input as usize]),
                _ => None,
            };
            let fits = row.is_some_and(|row| (row.to, row.reason, row.by) == (state, end.reason, end.by));
            let told = object.ladder(LadderFormat::Text);
            let fits = fits && is_told(end, &told, &object.explain());
            self.check(fits, RULE, || format!("#{index} is {state:?} by {end:?}\n{told}"));
        }
        for index in 0..self.remotes.len() {
            let object = &self.remotes[index].object;
            let (state, end) = (object.state(), object.end());
            let row = match end.rule {
                Some(EndRule::Remote(input)) => Some(&remote::TABLE[input as usize]),
                _ => None,
            };
            let fits = row.is_some_and(|row| (row.to, row.reason, row.by) == (state, end.reason, end.by));
            let told = object.ladder(LadderFormat::Text);
            let fits = fits && is_told(end, &told, &object.explain());
            self.check(fits, RULE, || format!("r{index} is {state:?} by {end:?}\n{told}"));
        }
    }
}

/// Whether both texts name the rule, and the ladder is within its bounds.
fn is_told(end: End, ladder: &str, explained: &str) -> bool {
    let Some(rule) = end.rule else { return false };
    let named = ladder.contains(&format!("\nrule {}: {}\n", rule.name(), rule.sentence()));
    let explained = explained.contains(&format!("\nRule {}: {}.\n", rule.name(), rule.sentence()));
    // A heading of one or two lines, the columns, 16 entries, two gaps and the rule.
    let bounded = ladder.lines().count() <= 22 && ladder.lines().all(|line| line.len() <= 100);
    named && explained && bounded && ladder.contains("ended: ")
}
