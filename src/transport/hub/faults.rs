//! Faults on purpose: what a bad network would do to the messages of a hub, from seeded dice.
//!
//! Integers only, so that the same seed and the same order of sends give the same fate on every platform.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use super::queue::Letter;
use super::stats::{Count, Counters};
use crate::time::Instant;
use crate::transport::Refused;

/// A dice of one in a million.
const MILLION: u64 = 1_000_000;
/// For how long a message taken out of order is held back if the delay does not vary.
const HOLD: Duration = Duration::from_millis(10);
/// How many messages may be on their way in one hub.
const FLIGHTS_MAX: usize = 1 << 20;

/// What happens to the messages of a hub. The default is: nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// The seed of the dice.
    pub seed: u64,
    /// The shortest way of a message.
    pub delay_min: Duration,
    /// The longest way of a message; at least `delay_min`. Each message draws its own delay, evenly spread, but none
    /// overtakes an older one of the same sender to the same receiver.
    pub delay_max: Duration,
    /// Messages lost, per million.
    pub loss: u32,
    /// Messages that arrive twice, per million. Each copy draws its own delay.
    pub repeat: u32,
    /// Messages that may overtake and be overtaken, per million; if `delay_min` and `delay_max` are equal they are late by
    /// 10 ms.
    pub reorder: u32,
}

impl Faults {
    /// Whether these faults do anything.
    fn any(&self) -> bool {
        Faults { seed: 0, ..*self } != Faults::default()
    }
}

/// A message on its way.
pub(super) struct Flight {
    pub to: Arc<str>,
    pub letter: Letter,
}

/// The one scheduler that all messages of a hub pass while faults are on.
#[derive(Default)]
pub(super) struct Schedule {
    faults: Faults,
    dice: Dice,
    /// By the time of arrival, then in the order of sending.
    flights: BTreeMap<(Instant, u64), Flight>,
    next: u64,
    /// The last arrival of each pair (from, to) that has something in flight; looked up, never walked.
    last: HashMap<(Arc<str>, Arc<str>), Instant>,
}

impl Schedule {
    /// Other faults from now on; the dice start anew. What is in flight stays in flight.
    pub fn set(&mut self, faults: Faults) {
        self.faults = faults;
        self.dice = Dice(faults.seed);
    }

    /// Whether messages have to pass here: with faults, and after them until the last message in flight has arrived (a
    /// later one must not overtake it).
    pub fn rough(&self) -> bool {
        self.faults.any() || !self.flights.is_empty()
    }

    /// Decides what becomes of one message. Answers how many copies of it arrive at once, which is up to the caller.
    pub fn admit(&mut self, now: Instant, to: &str, letter: &Letter, counters: &Counters) -> Result<usize, Refused> {
        if self.flights.len() >= FLIGHTS_MAX {
            counters.add(Count::RefusedFull, 1);
            return Err(Refused::Full);
        }
        if self.dice.hit(self.faults.loss) {
            counters.add(Count::Lost, 1);
            return Ok(0);
        }
        let repeated = self.dice.hit(self.faults.repeat);
        counters.add(Count::Repeated, usize::from(repeated));
        let to: Arc<str> = to.into();
        let at_once = (0..=usize::from(repeated)).filter(|_| !self.launch(now, &to, letter, counters)).count();
        Ok(at_once)
    }

    /// Rolls the delay of one copy and schedules it; false if it is to arrive at once.
    fn launch(&mut self, now: Instant, to: &Arc<str>, letter: &Letter, counters: &Counters) -> bool {
        let (min, max) = (self.faults.delay_min, self.faults.delay_max.max(self.faults.delay_min));
        let mut due = now + self.dice.between(min, max);
        let pair = (letter.incoming.from.clone(), to.clone());
        if self.dice.hit(self.faults.reorder) {
            counters.add(Count::Reordered, 1);
            if min == max {
                due = due + HOLD;
            }
        } else {
            let last = self.last.get(&pair);
            if last.is_none() && due <= now {
                return false;
            }
            due = due.max(last.copied().unwrap_or(due));
            self.last.insert(pair, due);
        }
        counters.add(Count::Delayed, 1);
        self.flights.insert((due, self.next), Flight { to: to.clone(), letter: letter.clone() });
        self.next += 1;
        true
    }

    /// The next message that has arrived by `now`.
    pub fn land(&mut self, now: Instant) -> Option<Flight> {
        let due = self.next_due().filter(|due| *due <= now)?;
        let (_, flight) = self.flights.pop_first()?;
        let pair = (flight.letter.incoming.from.clone(), flight.to.clone());
        // What the pair sends from now on is due at this time or later, so that it cannot overtake: forget the pair.
        if self.last.get(&pair).is_some_and(|last| *last <= due) {
            self.last.remove(&pair);
        }
        Some(flight)
    }

    /// When the last message that `user` sent in order arrives, if one is on its way.
    pub fn last_of(&self, user: &str) -> Option<Instant> {
        self.last.iter().filter(|((from, _), _)| **from == *user).map(|(_, due)| *due).max()
    }

    /// When the next message arrives.
    pub fn next_due(&self) -> Option<Instant> {
        self.flights.first_key_value().map(|((due, _), _)| *due)
    }
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
#[derive(Default)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly spread in `0..sides`.
    fn below(&mut self, sides: u64) -> u64 {
        ((u128::from(self.roll()) * u128::from(sides)) >> 64) as u64
    }

    /// True `per_million` times of a million.
    fn hit(&mut self, per_million: u32) -> bool {
        self.below(MILLION) < u64::from(per_million)
    }

    /// Evenly spread in `min..=max`.
    fn between(&mut self, min: Duration, max: Duration) -> Duration {
        let width = u64::try_from((max - min).as_nanos()).unwrap_or(u64::MAX);
        min + Duration::from_nanos(self.below(width.saturating_add(1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dice_are_the_published_splitmix64() {
        let mut dice = Dice(1_234_567);
        let published: [u64; 5] = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(published, std::array::from_fn(|_| dice.roll()));
    }

    #[test]
    fn the_dice_reach_both_ends() {
        let mut dice = Dice(0);
        let (min, max) = (Duration::from_nanos(3), Duration::from_nanos(6));
        let rolls: Vec<Duration> = (0..200).map(|_| dice.between(min, max)).collect();
        assert!(rolls.contains(&min) && rolls.contains(&max));
        assert!(rolls.iter().all(|roll| (min..=max).contains(roll)));
    }

    #[test]
    fn a_rate_of_zero_never_hits_and_one_of_a_million_always() {
        let mut dice = Dice(0);
        let mut lowest = Dice(0);
        assert!((0..3_000_000).any(|_| lowest.below(MILLION) == 0), "the case to get wrong occurs");
        assert!((0..3_000_000).all(|_| !dice.hit(0)));
        assert!((0..1_000).all(|_| dice.hit(1_000_000)));
    }
}
