//! The messages of a world: each different one once, for the channel is a set.

use std::fmt;

use rtm_call::codes::{EndReason as Reason, EndSide as Side};
use rtm_call::engine::message::{Message as Wire, decode, reason_name};
use rtm_call::engine::{Bytes, Instance};

/// One message: who sent it to whom, and what it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    pub from: &'static str,
    pub to: &'static str,
    pub bytes: Bytes,
    /// The position of its invitation in the scenario.
    pub call: usize,
    /// The sender's instance.
    pub instance: Instance,
    pub kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Invite,
    Received,
    Accept,
    Confirm { to: Instance },
    End { side: Side, to: Option<Instance>, reason: Reason },
    Ended { side: Side },
}

/// A set of messages, by their positions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Set([u64; 4]);

impl Set {
    pub fn add(&mut self, m: u8) {
        self.0[usize::from(m) / 64] |= 1 << (m % 64);
    }

    pub fn add_all(&mut self, other: Set) {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
    }

    pub fn and(self, other: Set) -> Set {
        Set(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    pub fn all(self) -> impl Iterator<Item = u8> {
        (0u8..).zip(self.0).flat_map(|(word, bits)| {
            let next = |bits: &u64| Some(bits & (bits - 1)).filter(|rest| *rest != 0);
            let left = std::iter::successors(Some(bits).filter(|bits| *bits != 0), next);
            left.map(move |left| 64 * word + left.trailing_zeros() as u8)
        })
    }

    pub fn words(&self) -> &[u64] {
        &self.0
    }
}

impl Message {
    pub fn new(from: &'static str, to: &'static str, bytes: Bytes) -> Message {
        let envelope = decode(&bytes).expect("the engine writes what it can read");
        let (call, instance) = (envelope.id.0 as usize - 1, envelope.instance);
        let kind = match envelope.message {
            Wire::Invite { .. } => Kind::Invite,
            Wire::Received => Kind::Received,
            Wire::Accept { .. } => Kind::Accept,
            Wire::Confirm { to } => Kind::Confirm { to },
            Wire::End { side, to, reason, .. } => Kind::End { side, to, reason },
            Wire::Ended { side } => Kind::Ended { side },
            other => panic!("no peer message is sent here, yet there is a {}", other.kind()),
        };
        Message { from, to, bytes, call, instance, kind }
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Invite => write!(f, "invite")?,
            Kind::Received => write!(f, "received")?,
            Kind::Accept => write!(f, "accept")?,
            Kind::Confirm { to } => write!(f, "confirm to #{:x}", to.0)?,
            Kind::End { to: Some(to), reason, .. } => write!(f, "end({}) to #{:x}", reason_name(reason), to.0)?,
            Kind::End { reason, .. } => write!(f, "end({})", reason_name(reason))?,
            Kind::Ended { .. } => write!(f, "ended")?,
        }
        write!(f, " of {}#{:x}", self.from, self.instance.0)?;
        if self.call > 0 {
            write!(f, ", call {}", self.call + 1)?;
        }
        Ok(())
    }
}
