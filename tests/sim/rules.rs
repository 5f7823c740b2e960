//! Bugs planted in the engine: each must be found within so many seeds.

use rtm_call::engine::planted::Rule;

use crate::script::Script;
use crate::state::Violation;
use crate::world::{Setup, run};

/// Seeds that each planted bug may take.
pub const WITHIN: u64 = 2_000;

/// All that show through a service. `EndOnce` does not: a service lets go of an invitation with its end, so that a second one
/// from the engine finds nothing.
pub fn shown() -> Vec<Rule> {
    Rule::ALL.iter().copied().filter(|rule| *rule != Rule::EndOnce).collect()
}

/// The first seed from `from` on, among worlds of at least so many users, that finds the bug, how many it took, and the rule
/// that it broke.
pub fn hunt(rule: Rule, from: u64, users: usize) -> Option<(u64, u64, Violation)> {
    let options = Setup { planted: Some(rule), ladder: false };
    (0..WITHIN).find_map(|tried| {
        let seed = from + tried;
        let script = Script::new(seed);
        let violation = if script.users >= users { run(&script, options).violation } else { None };
        violation.map(|violation| (seed, tried + 1, violation))
    })
}
