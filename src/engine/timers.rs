//! What is due when.

use std::collections::BTreeSet;

use super::slab::CallRef;
use crate::time::Instant;

/// What a timer belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Due {
    Call(CallRef),
    /// A peer message, by its number.
    Post(u64),
    /// Ids that may be forgotten.
    Forget,
}

/// At most one timer for each [`Due`]; its owner keeps the time, `NEVER` while there is none.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Timers(BTreeSet<(Instant, Due)>);

impl Timers {
    /// Moves the timer of `due` from `armed` to `at`.
    pub fn set(&mut self, due: Due, armed: &mut Instant, at: Instant) {
        if *armed == at {
            return;
        }
        if *armed != Instant::NEVER {
            self.0.remove(&(*armed, due));
        }
        *armed = at;
        if at != Instant::NEVER {
            self.0.insert((at, due));
        }
    }

    /// The earliest timer.
    pub fn first(&self) -> Option<Instant> {
        self.0.first().map(|(at, _)| *at)
    }

    /// Takes the earliest timer out if it is due; its owner marks itself as not armed.
    pub fn take_due(&mut self, now: Instant) -> Option<Due> {
        let (at, due) = *self.0.first()?;
        (at <= now).then(|| {
            self.0.pop_first();
            due
        })
    }
}
