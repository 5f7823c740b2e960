//! Storage with references that go stale: each slot counts how often it was used.

/// A reference into a [`Slab`]; it never names a later entry of the same slot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CallRef {
    index: u32,
    generation: u32,
}

impl CallRef {
    /// The slot: as small a number as is free, used again later with another generation.
    pub fn index(self) -> usize {
        self.index as usize
    }
}

/// Entries by [`CallRef`], in a vector; free slots are reused, last freed first.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Slab<T> {
    slots: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Slab<T> {
    pub fn new() -> Slab<T> {
        Slab { slots: Vec::new(), free: Vec::new() }
    }

    pub fn insert(&mut self, entry: T) -> CallRef {
        if let Some(index) = self.free.pop() {
            let slot = &mut self.slots[index as usize];
            slot.1 = Some(entry);
            return CallRef { index, generation: slot.0 };
        }
        let index = u32::try_from(self.slots.len()).expect("the bounds of the configuration fit u32");
        self.slots.push((0, Some(entry)));
        CallRef { index, generation: 0 }
    }

    pub fn get(&self, at: CallRef) -> Option<&T> {
        self.slots.get(at.index as usize).filter(|slot| slot.0 == at.generation)?.1.as_ref()
    }

    pub fn get_mut(&mut self, at: CallRef) -> Option<&mut T> {
        self.slots.get_mut(at.index as usize).filter(|slot| slot.0 == at.generation)?.1.as_mut()
    }

    pub fn remove(&mut self, at: CallRef) -> Option<T> {
        let slot = self.slots.get_mut(at.index as usize).filter(|slot| slot.0 == at.generation)?;
        let entry = slot.1.take()?;
        slot.0 = slot.0.wrapping_add(1);
        self.free.push(at.index);
        Some(entry)
    }

    /// All entries, in the order of their slots.
    pub fn refs(&self) -> Vec<CallRef> {
        let used = self.slots.iter().enumerate().filter(|(_, slot)| slot.1.is_some());
        used.map(|(index, slot)| CallRef { index: index as u32, generation: slot.0 }).collect()
    }
}
