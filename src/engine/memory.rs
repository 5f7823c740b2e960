//! What is remembered of ended invitations, so that late messages are answered and nothing rings twice (SPEC section 3).

use std::collections::VecDeque;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::Map;
use super::message::{CallId, Instance};
use super::peers::PeerIx;
use crate::codes::EndReason as Reason;
use crate::codes::EndSide as Side;
use crate::time::Instant;

/// A record of an accepted invitation is never evicted before this age.
const SPARED: Duration = Duration::from_secs(60);

/// Which invitation, on which side: messages count only from the other party, so that party is part of the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Key {
    /// The side that *we* are.
    pub side: Side,
    pub peer: PeerIx,
    id: [u64; 2],
}

impl Key {
    pub fn new(side: Side, peer: PeerIx, id: CallId) -> Key {
        Key { side, peer, id: [(id.0 >> 64) as u64, id.0 as u64] }
    }

    pub fn id(&self) -> CallId {
        CallId(u128::from(self.id[0]) << 64 | u128::from(self.id[1]))
    }
}

/// How an invitation ended, as far as late messages need it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Outcome {
    /// The reason that the peer is told.
    pub reason: Reason,
    /// The callee's instance whose acceptance or refusal ended it, on the caller's side.
    pub instance: Option<Instance>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Record {
    outcome: Outcome,
    ended: Instant,
}

const _: () = assert!(size_of::<Key>() + size_of::<Record>() <= 64, "SPEC section 3 bounds a record");

/// The records, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Memory {
    records: Map<Key, Record>,
    /// Each with when it is forgotten.
    order: VecDeque<(Key, Instant)>,
    /// Accepted ones that were too young when their turn to be evicted came.
    spared: VecDeque<(Key, Instant)>,
}

impl Hash for Memory {
    // In the order of their age: a map has none of its own.
    fn hash<H: Hasher>(&self, state: &mut H) {
        for (key, forget) in self.spared.iter().chain(&self.order) {
            (key, forget, &self.records[key]).hash(state);
        }
    }
}

impl Memory {
    pub fn get(&self, key: &Key) -> Option<Outcome> {
        self.records.get(key).map(|record| record.outcome)
    }

    pub fn len(&self) -> usize {
        self.records.len()
    }

    pub fn insert(&mut self, key: Key, outcome: Outcome, now: Instant, forget: Instant) {
        if self.records.insert(key, Record { outcome, ended: now }).is_none() {
            self.order.push_back((key, forget));
        }
    }

    /// Takes out one record: one whose time is over or, beyond `bound`, the oldest. Whose it was, and whether it was
    /// evicted before its time.
    pub fn shrink(&mut self, now: Instant, bound: usize) -> Option<(Key, bool)> {
        let over = |queue: &VecDeque<(Key, Instant)>| queue.front().is_some_and(|(_, forget)| *forget <= now);
        if over(&self.spared) {
            return self.spared.pop_front().map(|(key, _)| (self.take(key), false));
        }
        if over(&self.order) {
            return self.order.pop_front().map(|(key, _)| (self.take(key), false));
        }
        if self.records.len() <= bound {
            return None;
        }
        if self.spared.front().is_some_and(|(key, _)| !self.young(key, now)) {
            return self.spared.pop_front().map(|(key, _)| (self.take(key), true));
        }
        while let Some((key, forget)) = self.order.pop_front() {
            if !self.young(&key, now) {
                return Some((self.take(key), true));
            }
            self.spared.push_back((key, forget));
        }
        None
    }

    /// When the oldest record may be forgotten.
    pub fn next_forget(&self) -> Instant {
        let oldest = self.order.front().into_iter().chain(self.spared.front());
        oldest.map(|(_, forget)| *forget).min().unwrap_or(Instant::NEVER)
    }

    fn young(&self, key: &Key, now: Instant) -> bool {
        let record = &self.records[key];
        record.outcome.reason == Reason::Accepted && now.since(record.ended) < SPARED
    }

    fn take(&mut self, key: Key) -> Key {
        self.records.remove(&key);
        key
    }
}
