//! The ring: the newest entries, and what the oldest of them has to start from.

use std::collections::{HashSet, VecDeque};

use super::Letter;
use super::line::{Base, Event, Line, Phase, Step, readable, redacted};
use crate::engine::message::{Envelope, Kind};
use crate::engine::{CallId, Config, read};
use crate::time::Instant;
use crate::transport::Incoming;

/// How much a tape takes by default, in bytes.
pub const DEFAULT_BYTES: usize = 256 << 10;

pub struct Tape {
    room: usize,
    texts: bool,
    used: usize,
    entries: VecDeque<(Instant, Step)>,
    /// Entries that had to go.
    gone: u64,
    /// How things stood before the first entry.
    base: Base,
    closed: bool,
}

impl Tape {
    pub fn new(config: Config, room: usize, texts: bool) -> Tape {
        let base = Base::new(config);
        Tape { room, texts, used: 0, entries: VecDeque::new(), gone: 0, base, closed: false }
    }

    pub fn set(&mut self, room: usize, texts: bool) {
        (self.room, self.texts) = (room, texts);
        self.make_room();
        self.entries.shrink_to_fit();
    }

    /// Nothing more is noted.
    pub fn close(&mut self) {
        self.closed = true;
    }

    pub fn note(&mut self, now: Instant, step: impl FnOnce() -> Step) {
        if self.closed {
            return;
        }
        let step = step();
        if self.room == 0 {
            return self.base.pass(step);
        }
        self.used += cost(&step);
        self.entries.push_back((now, step));
        self.make_room();
    }

    /// The same for a step with texts; it is told whether they are kept.
    pub fn note_text(&mut self, now: Instant, step: impl FnOnce(bool) -> Step) {
        let keep = self.texts;
        self.note(now, || step(keep));
    }

    pub fn note_message(&mut self, now: Instant, message: &Incoming) {
        self.note(now, || Step::Message(letter(message)));
    }

    pub fn note_batch(&mut self, now: Instant, batch: &[Incoming], step: impl FnOnce(Vec<Letter>) -> Step) {
        self.note(now, || step(batch.iter().map(letter).collect()));
    }

    /// The record: what it starts from, then an entry a line.
    pub fn write(&self) -> String {
        let began = self.began();
        let mut text = self.base.header(self.gone, self.texts).to_text();
        let first = self.entries.front().map_or(Instant::ZERO, |(at, _)| *at);
        let letters = |letters: &[Letter]| {
            let wanted = letters.iter().filter(|letter| concerns(letter, &began));
            wanted.map(|letter| (letter.from.to_string(), self.bytes(letter))).collect()
        };
        for (at, step) in &self.entries {
            let line = match step {
                Step::Message(one) if !concerns(one, &began) => continue,
                Step::Message(one) => Line::Message { from: one.from.to_string(), bytes: self.bytes(one) },
                Step::Batch(batch) => Line::Batch { batch: letters(batch) },
                Step::Up(backlog) => Line::Up { backlog: letters(backlog) },
                step => readable(step, |id| began.contains(&id)),
            };
            text += &line.at(at.since(first)).to_text();
        }
        text
    }

    fn bytes(&self, letter: &Letter) -> String {
        // Written for the record only: to keep the bytes would take more than the tape may.
        if self.texts { String::from_utf8_lossy(&letter.bytes.to_vec()).into_owned() } else { redacted(&letter.bytes) }
    }

    /// The invitations whose beginning is on the tape: only what became of those can be said again.
    fn began(&self) -> HashSet<CallId> {
        let ids = self.entries.iter().filter_map(|(_, step)| match step {
            Step::Send { id, .. } => Some(*id),
            Step::Out { id, event } if *event == Event::ring() => Some(*id),
            _ => None,
        });
        ids.collect()
    }

    fn make_room(&mut self) {
        // The callbacks that came of an input go with it: a record begins with an input.
        let orphaned = |tape: &Tape| matches!(tape.entries.front(), Some((_, Step::Out { .. }))) && tape.gone > 0;
        while (self.used > self.room || orphaned(self))
            && let Some((_, step)) = self.entries.pop_front()
        {
            self.used -= cost(&step);
            self.gone += 1;
            self.base.pass(step);
        }
    }
}

/// Whether a message matters to the invitations of the record. An invite does if its invitation began on the tape: one that was repeated
/// for an older invitation, or did not ring for another cause, must not ring when it is replayed. Ends matter always: they may
/// keep an invite from ringing.
fn concerns(letter: &Letter, began: &HashSet<CallId>) -> bool {
    match read(&letter.bytes).as_deref() {
        Ok(Envelope { id, message, .. }) => match message.which() {
            Kind::Message | Kind::Delivered => false,
            Kind::End => true,
            _ => began.contains(id),
        },
        Err(_) => false,
    }
}

fn letter(message: &Incoming) -> Letter {
    Letter { from: message.from.clone(), bytes: message.bytes.clone() }
}

/// What an entry takes, its own memory and what it refers to.
fn cost(step: &Step) -> usize {
    size_of::<(Instant, Step)>() + step.extra()
}

impl Base {
    /// Takes in what an entry that goes has changed.
    fn pass(&mut self, step: Step) {
        match step {
            Step::Configure(config) => self.config = *config,
            Step::Login { user, instance } => {
                (self.user, self.instance, self.phase) = (user, instance, Phase::LoggingIn)
            }
            Step::Up(_) => self.phase = Phase::Up,
            Step::Down => self.phase = Phase::Down,
            Step::LoginFailed | Step::Logout { .. } | Step::Kicked => self.phase = Phase::Out,
            _ => {}
        }
    }
}
