//! Handles: what the application holds instead of an address.
//!
//! A handle is a number: the kind in the highest byte, then 24 bits that count how often the slot was used, then the slot. It is
//! never dereferenced, so a stale, foreign or invented one is found out by looking it up. A slot is reused only after all others that
//! are free (first in, first out) and retired when its count is used up, so that no handle ever comes back.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::error::Error;

const _: () = assert!(usize::BITS == 64, "handles travel as pointers and need 64 bits");

const LAST_GENERATION: u32 = 0x00ff_ffff;

/// All objects of one kind that an application holds a handle of.
pub struct Table<T> {
    kind: u8,
    name: &'static str,
    slots: RwLock<Slots<T>>,
}

struct Slots<T> {
    entries: Vec<(u32, Option<Arc<T>>)>,
    free: VecDeque<u32>,
}

/// The kinds, as they stand in a handle. None is 0 or has a value that a user-space address can have on top.
pub mod kind {
    pub const SERVICE: u8 = 0xa1;
    pub const MANAGER: u8 = 0xa2;
    pub const LOCAL: u8 = 0xa3;
    pub const REMOTE: u8 = 0xa4;
    pub const MESSAGE: u8 = 0xa5;
    pub const TRANSPORT_SESSION: u8 = 0xa6;
    pub const TEST_WORLD: u8 = 0xb1;
    pub const TEST_PEER: u8 = 0xb2;

    /// The name of a kind for error sentences.
    pub fn name(kind: u8) -> Option<&'static str> {
        match kind {
            SERVICE => Some("a service"),
            MANAGER => Some("a call manager"),
            LOCAL => Some("a local invitation"),
            REMOTE => Some("a remote invitation"),
            MESSAGE => Some("a message"),
            TRANSPORT_SESSION => Some("a transport session"),
            TEST_WORLD => Some("a test world"),
            TEST_PEER => Some("a test peer"),
            _ => None,
        }
    }
}

impl<T> Table<T> {
    pub const fn new(kind: u8, name: &'static str) -> Table<T> {
        Table { kind, name, slots: RwLock::new(Slots { entries: Vec::new(), free: VecDeque::new() }) }
    }

    /// Makes a handle of `object`.
    pub fn insert(&self, object: Arc<T>) -> u64 {
        let mut slots = self.slots.write();
        let index = match slots.free.pop_front() {
            Some(index) => index,
            None => {
                slots.entries.push((1, None));
                u32::try_from(slots.entries.len() - 1).expect("memory ends before 2^32 objects")
            }
        };
        let entry = &mut slots.entries[index as usize];
        entry.1 = Some(object);
        u64::from(self.kind) << 56 | u64::from(entry.0) << 32 | u64::from(index)
    }

    /// The object that `handle` names.
    pub fn get(&self, handle: u64) -> Result<Arc<T>, Error> {
        let (kind, generation, index) = parts(handle);
        if kind == self.kind {
            let slots = self.slots.read();
            match slots.entries.get(index as usize) {
                Some((used, Some(object))) if *used == generation => return Ok(object.clone()),
                _ => {}
            }
        }
        Err(self.stale(handle))
    }

    /// Takes the handle back. The object, if it was not taken back before.
    pub fn remove(&self, handle: u64) -> Option<Arc<T>> {
        let (kind, generation, index) = parts(handle);
        if kind != self.kind {
            return None;
        }
        let mut slots = self.slots.write();
        let entry = slots.entries.get_mut(index as usize).filter(|entry| entry.0 == generation)?;
        let object = entry.1.take()?;
        entry.0 += 1;
        if entry.0 <= LAST_GENERATION {
            slots.free.push_back(index);
        }
        Some(object)
    }

    /// How many handles are held.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.slots.read().entries.iter().filter(|entry| entry.1.is_some()).count()
    }

    /// The sentence for a handle that names nothing here.
    pub fn stale(&self, handle: u64) -> Error {
        let (kind, ..) = parts(handle);
        let name = self.name;
        Error::StaleHandle(match kind::name(kind) {
            _ if handle == 0 => format!("the handle of {name} is NULL"),
            Some(_) if kind == self.kind => format!("the handle of {name} is stale: it was released"),
            Some(other) => format!("the handle is that of {other}, not of {name}"),
            None => format!("this is not a handle of {name}"),
        })
    }
}

fn parts(handle: u64) -> (u8, u32, u32) {
    ((handle >> 56) as u8, (handle >> 32) as u32 & LAST_GENERATION, handle as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table<&'static str> {
        Table::new(kind::LOCAL, "a local invitation")
    }

    #[test]
    fn a_handle_goes_stale_and_its_slot_serves_again() {
        let table = table();
        let first = table.insert(Arc::new("first"));
        assert_eq!(*table.get(first).unwrap(), "first");
        assert!(table.remove(first).is_some());
        assert!(table.remove(first).is_none());
        let second = table.insert(Arc::new("second"));
        assert_ne!(first, second);
        assert_eq!(first as u32, second as u32, "the only free slot is used again");
        let sentence = table.get(first).unwrap_err().to_string();
        assert_eq!(sentence, "the handle of a local invitation is stale: it was released");
    }

    #[test]
    fn free_slots_are_reused_first_in_first_out() {
        let table = table();
        let handles: Vec<u64> = (0..3).map(|_| table.insert(Arc::new("x"))).collect();
        for handle in &handles {
            table.remove(*handle);
        }
        let again: Vec<u32> = (0..3).map(|_| table.insert(Arc::new("y")) as u32).collect();
        assert_eq!(again, [0, 1, 2]);
    }

    #[test]
    fn a_used_up_slot_is_retired() {
        let table = table();
        let handle = table.insert(Arc::new("x"));
        table.slots.write().entries[0].0 = LAST_GENERATION;
        let last = (handle & !(u64::from(LAST_GENERATION) << 32)) | u64::from(LAST_GENERATION) << 32;
        assert!(table.remove(last).is_some());
        assert_eq!(table.insert(Arc::new("y")) as u32, 1);
        assert!(table.get(last).is_err());
    }

    #[test]
    fn wrong_handles_are_named() {
        let table = table();
        let other = Table::new(kind::SERVICE, "a service").insert(Arc::new("s"));
        assert_eq!(
            table.get(other).unwrap_err().to_string(),
            "the handle is that of a service, not of a local invitation"
        );
        assert_eq!(table.get(0).unwrap_err().to_string(), "the handle of a local invitation is NULL");
        assert_eq!(table.get(0x7fff_dead_beef).unwrap_err().to_string(), "this is not a handle of a local invitation");
        assert_eq!(table.len(), 0);
    }
}
