//! The retained entries of presence, one for each instance of a user, and which of several instances is the latest.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How many instances of one user count.
const MAX_INSTANCES: usize = 64;

/// The payload of an entry. An empty one, and one that says "gone", mean that the instance is not there.
#[derive(Deserialize)]
struct Payload<'a> {
    v: &'a str,
    state: &'a str,
    #[serde(default)]
    rank: u32,
}

/// What an entry says of its instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Entry {
    /// Online. Of two instances of a user, the one of higher rank has logged in later.
    Online { rank: u32 },
    /// It vanished: its Will says so.
    Gone,
    /// There is none: it has left.
    None,
}

/// The payload that a broker leaves for an instance that vanished.
pub const GONE: &[u8] = br#"{"v":"1.0","state":"gone"}"#;

impl Entry {
    /// The payload that says that an instance is online.
    pub fn online(rank: u32) -> String {
        format!(r#"{{"v":"1.0","state":"online","rank":{rank}}}"#)
    }

    /// What this payload says; `None` if it says nothing that is understood.
    pub fn read(payload: &[u8]) -> Option<Entry> {
        if payload.is_empty() {
            return Some(Entry::None);
        }
        let Payload { v, state, rank } = serde_json::from_slice(payload).ok()?;
        match (v.strip_prefix("1."), state) {
            (Some(_), "online") => Some(Entry::Online { rank }),
            (Some(_), "gone") => Some(Entry::Gone),
            _ => None,
        }
    }

    pub fn is_online(self) -> bool {
        matches!(self, Entry::Online { .. })
    }
}

/// The instances of this session's own user, as their entries tell.
#[derive(Default)]
pub struct Instances(BTreeMap<String, Entry>);

impl Instances {
    /// Notes an entry; beyond a bound nothing is noted.
    pub fn note(&mut self, instance: &str, entry: Entry) {
        if entry == Entry::None {
            self.0.remove(instance);
        } else if self.0.len() < MAX_INSTANCES || self.0.contains_key(instance) {
            self.0.insert(instance.into(), entry);
        }
    }

    /// A new connection: they are read anew.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// All but `me`.
    pub fn others<'a>(&'a self, me: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.keys().map(String::as_str).filter(move |instance| *instance != me)
    }

    /// The rank of an instance that logs in now: higher than all. One that vanished has had some rank.
    pub fn next_rank(&self) -> u32 {
        let rank = |entry: &Entry| if let Entry::Online { rank } = entry { *rank } else { 1 };
        self.0.values().map(rank).max().unwrap_or(0).saturating_add(1)
    }

    /// Whether `me`, of this rank, has been followed by a later login. Equal ranks: the one whose entry is not there any
    /// more was taken for gone; else the names decide, the same way on both sides.
    pub fn superseded(&self, me: &str, rank: u32) -> bool {
        let here = self.0.get(me).is_some_and(|entry| entry.is_online());
        self.0.iter().any(|(instance, entry)| match entry {
            Entry::Online { rank: other } if instance != me => {
                *other > rank || *other == rank && (!here || instance.as_str() > me)
            }
            _ => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_understood_or_not() {
        assert_eq!(Entry::read(Entry::online(7).as_bytes()), Some(Entry::Online { rank: 7 }));
        assert_eq!(Entry::read(GONE), Some(Entry::Gone));
        assert_eq!(Entry::read(b""), Some(Entry::None));
        let newer = br#"{"v":"1.7","state":"online","more":1}"#;
        assert_eq!(Entry::read(newer), Some(Entry::Online { rank: 0 }));
        let far = br#"{"v":"1.0","state":"online","rank":-1}"#;
        for strange in
            [&b"online"[..], br#"{"v":"2.0","state":"online"}"#, br#"{"v":"1.0","state":"busy"}"#, b"\xff", far]
        {
            assert_eq!(Entry::read(strange), None);
        }
    }

    #[test]
    fn of_two_instances_one_stays() {
        let mut instances = Instances::default();
        assert_eq!(instances.next_rank(), 1);
        instances.note("a", Entry::Gone);
        assert_eq!(instances.next_rank(), 2);
        assert!(!instances.superseded("b", 1), "who is gone supersedes nobody");
        for (rank_a, rank_b) in [(1, 2), (2, 1), (3, 3)] {
            instances.note("a", Entry::Online { rank: rank_a });
            instances.note("b", Entry::Online { rank: rank_b });
            let (a, b) = (instances.superseded("a", rank_a), instances.superseded("b", rank_b));
            assert!(a != b, "one of them, at ranks {rank_a} and {rank_b}");
            assert_eq!(a, rank_b >= rank_a);
        }
        instances.note("b", Entry::None);
        assert!(instances.superseded("b", 3), "the same rank, and its own entry is not there");
        assert_eq!(instances.others("a").count(), 0);
        instances.note("z", Entry::Online { rank: u32::MAX });
        assert_eq!(instances.next_rank(), u32::MAX);
    }
}
