//! The other users: each known by a small number while something refers to it, with its presence while it is watched.

use std::collections::{BTreeSet, VecDeque};
use std::hash::{Hash, Hasher};

use super::Map;
use super::message::CallId;
use super::timers::Due;
use super::user::UserId;
use crate::codes::EndReason as Reason;
use crate::codes::PeerOnlineState as Presence;
use crate::time::Instant;

/// Ends of ids never seen that are remembered for one sender (SPEC section 3).
pub const MAX_UNSEEN: usize = 1_000;

/// A user's number while something refers to it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PeerIx(u32);

/// One other user.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Peer {
    pub user: UserId,
    /// Open remote invitations from it.
    pub ringing: u32,
    /// What wants to know its presence.
    pub watched_by: BTreeSet<Due>,
    /// Known only while it is watched and the own link is up.
    pub presence: Option<Presence>,
    /// Ends from it for ids never seen, oldest first.
    pub unseen: VecDeque<Unseen>,
    refs: u32,
}

/// An end that overtook its invite.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Unseen {
    pub id: CallId,
    pub reason: Reason,
    pub forget: Instant,
}

/// All other users that something refers to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Peers {
    slots: Vec<Option<Peer>>,
    free: Vec<u32>,
    index: Map<UserId, PeerIx>,
    /// Of all peers together.
    unseen: usize,
    /// When some of them may be forgotten, at the earliest.
    pub next_unseen: Instant,
}

impl Default for Peers {
    fn default() -> Peers {
        Peers { slots: Vec::new(), free: Vec::new(), index: Map::default(), unseen: 0, next_unseen: Instant::NEVER }
    }
}

impl Hash for Peers {
    // The index follows from the slots.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.slots.hash(state);
        self.free.hash(state);
    }
}

impl Peers {
    pub fn find(&self, user: &str) -> Option<PeerIx> {
        self.index.get(user).copied()
    }

    /// The number of `user`, which stays valid until as many calls of `release`.
    pub fn acquire(&mut self, user: &UserId) -> PeerIx {
        if let Some(ix) = self.find(user.as_str()) {
            self.at_mut(ix).refs += 1;
            return ix;
        }
        let peer = Peer {
            user: user.clone(),
            ringing: 0,
            watched_by: BTreeSet::new(),
            presence: None,
            unseen: VecDeque::new(),
            refs: 1,
        };
        let ix = match self.free.pop() {
            Some(ix) => ix,
            None => {
                self.slots.push(None);
                (self.slots.len() - 1) as u32
            }
        };
        self.slots[ix as usize] = Some(peer);
        self.index.insert(user.clone(), PeerIx(ix));
        PeerIx(ix)
    }

    pub fn retain(&mut self, ix: PeerIx) {
        self.at_mut(ix).refs += 1;
    }

    pub fn release(&mut self, ix: PeerIx) {
        let peer = self.at_mut(ix);
        peer.refs -= 1;
        if peer.refs == 0 {
            let peer = self.slots[ix.0 as usize].take().expect("a peer with references is there");
            self.index.remove(peer.user.as_str());
            self.free.push(ix.0);
        }
    }

    pub fn at(&self, ix: PeerIx) -> &Peer {
        self.slots[ix.0 as usize].as_ref().expect("who holds a number holds a reference")
    }

    pub fn at_mut(&mut self, ix: PeerIx) -> &mut Peer {
        self.slots[ix.0 as usize].as_mut().expect("who holds a number holds a reference")
    }

    /// The numbers of all peers.
    pub fn all(&self) -> Vec<PeerIx> {
        (0..self.slots.len() as u32).filter(|ix| self.slots[*ix as usize].is_some()).map(PeerIx).collect()
    }

    /// Remembers an end for an id never seen. The oldest of this sender go first; beyond `bound` in total nothing is
    /// remembered. Whether it is.
    pub fn remember_unseen(&mut self, user: &UserId, unseen: Unseen, bound: usize) -> bool {
        if self.unseen >= bound {
            return false;
        }
        let ix = self.acquire(user);
        self.unseen += 1;
        self.next_unseen = self.next_unseen.min(unseen.forget);
        self.at_mut(ix).unseen.push_back(unseen);
        if self.at(ix).unseen.len() > MAX_UNSEEN {
            self.forget_oldest_unseen(ix);
        }
        true
    }

    /// Forgets the ends of ids never seen whose time is over. It looks at every peer: not for each message.
    pub fn forget_unseen(&mut self, now: Instant) {
        if self.next_unseen > now {
            return;
        }
        let mut next = Instant::NEVER;
        for ix in self.all() {
            while let Some(oldest) = self.slots[ix.0 as usize].as_ref().and_then(|peer| peer.unseen.front()) {
                if oldest.forget > now {
                    next = next.min(oldest.forget);
                    break;
                }
                self.forget_oldest_unseen(ix);
            }
        }
        self.next_unseen = next;
    }

    fn forget_oldest_unseen(&mut self, ix: PeerIx) {
        self.at_mut(ix).unseen.pop_front();
        self.unseen -= 1;
        self.release(ix);
    }
}
