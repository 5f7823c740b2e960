//! The invitation objects of a service, found by their place in the engine.

use std::sync::{Arc, Weak};

use super::invitation::{LocalInvitation, RemoteInvitation};
use crate::engine::CallRef;

/// What the service has for one invitation of the engine.
pub(super) enum Object {
    Local(Arc<LocalInvitation>),
    Remote(Arc<RemoteInvitation>),
    /// It has ended while the peer is still being told, and has a ladder.
    EndingLocal(Weak<LocalInvitation>),
    EndingRemote(Weak<RemoteInvitation>),
}

/// All of them. The engine's places are small numbers that serve again, so a vector finds them.
#[derive(Default)]
pub(super) struct Objects(Vec<Option<(CallRef, Object)>>);

impl Objects {
    pub fn insert(&mut self, call: CallRef, object: Object) {
        let at = call.index();
        if at >= self.0.len() {
            self.0.resize_with(at + 1, || None);
        }
        self.0[at] = Some((call, object));
    }

    pub fn get(&self, call: CallRef) -> Option<&Object> {
        let (known, object) = self.0.get(call.index())?.as_ref()?;
        (*known == call).then_some(object)
    }

    pub fn local(&self, call: CallRef) -> Option<&Arc<LocalInvitation>> {
        match self.get(call)? {
            Object::Local(local) => Some(local),
            _ => None,
        }
    }

    pub fn remote(&self, call: CallRef) -> Option<&Arc<RemoteInvitation>> {
        match self.get(call)? {
            Object::Remote(remote) => Some(remote),
            _ => None,
        }
    }

    pub fn remove(&mut self, call: CallRef) {
        if self.get(call).is_some() {
            self.0[call.index()] = None;
        }
    }

    /// Takes all out.
    pub fn take(&mut self) -> impl Iterator<Item = Object> {
        std::mem::take(&mut self.0).into_iter().flatten().map(|(_, object)| object)
    }

    /// How many are open, and how many are ending.
    #[cfg(test)]
    pub fn counts(&self) -> (usize, usize) {
        let open = |object: &Object| matches!(object, Object::Local(_) | Object::Remote(_));
        let (open, ending): (Vec<_>, Vec<_>) = self.0.iter().flatten().partition(|(_, object)| open(object));
        (open.len(), ending.len())
    }
}
