//! The ladder of an invitation: a bounded record of what happened to it and when. Sizes of messages, never what is in them.

mod explain;
mod mermaid;
mod text;
mod words;

use crate::codes::{EndSide, LadderFormat, PeerOnlineState, Status};
use crate::engine::message::Kind;
use crate::engine::{CallId, End, Read, SharedText, Window};
use crate::time::Instant;

/// How many entries a ladder has where nothing else is set.
pub const DEFAULT_ENTRIES: u16 = 16;
/// How many an invitation makes that is accepted.
const USUAL_ENTRIES: u16 = 8;
/// How many it may have.
pub const MAX_ENTRIES: u16 = 1024;

/// What happened to one invitation, oldest first. The first entry and the end stay; of the others the oldest give way.
#[derive(Clone)]
pub(super) struct Ladder {
    /// How many entries there may be; 0: none is kept.
    limit: u16,
    /// What the times are relative to: when the first entry was made.
    start: Instant,
    entries: Vec<Entry>,
    /// Entries that gave way: before the end, and after it. They stop counting at 65535.
    left_out: [u16; 2],
    /// The own user id, once it was sent or received.
    own: Option<SharedText>,
}

/// One line of it, or several messages of a kind in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Entry {
    /// When, in milliseconds after the start.
    at: u32,
    /// Of a message its bytes, of an API call the number of the status that it answered, of a window and of a presence what was
    /// known of the peer's, as its number plus 1.
    size: u32,
    /// Of messages sent in a row when the last one was, of a callback when it had returned, of a message read who sent it.
    more: u32,
    /// How many messages in a row.
    times: u16,
    what: What,
}

const _: () = assert!(size_of::<Entry>() <= 16, "there are many invitations");

/// What an entry is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum What {
    Api(Api),
    Sent(Kind),
    Read(Kind),
    Closed(Window),
    Presence,
    Link(bool),
    Callback(Callback),
    End,
}

/// What an application may ask of an invitation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Api {
    Send,
    Cancel,
    Accept,
    Refuse,
}

/// The callbacks about one invitation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Callback {
    Received,
    ReceivedByPeer,
    Accepted,
    Refused,
    Canceled,
    Failure,
}

/// What a ladder is about, as its object knows it.
pub(super) struct Subject {
    pub side: EndSide,
    pub id: Option<CallId>,
    pub peer: String,
    /// The state, by its name in C.
    pub state: &'static str,
    pub end: End,
}

impl Ladder {
    pub fn new(limit: u16) -> Ladder {
        Ladder { limit, start: Instant::NEVER, entries: Vec::new(), left_out: [0; 2], own: None }
    }

    /// Whether anything is written down.
    pub fn is_kept(&self) -> bool {
        self.limit > 0
    }

    /// Whose side this is, from now on.
    pub fn set_own(&mut self, own: SharedText) {
        self.own = Some(own);
    }

    /// The application called, and this was the answer.
    pub fn api(&mut self, now: Instant, api: Api, answer: Status) {
        self.add(now, What::Api(api), answer as i32 as u32, 0);
    }

    /// A message was handed to the carrier. Repetitions in a row are one entry.
    pub fn sent(&mut self, now: Instant, kind: Kind, bytes: usize) {
        let size = u32::try_from(bytes).unwrap_or(u32::MAX);
        let at = self.millis(now);
        match self.entries.last_mut() {
            Some(last) if last.what == What::Sent(kind) && last.size == size => {
                last.times = last.times.saturating_add(1);
                last.more = at;
            }
            _ => self.add(now, What::Sent(kind), size, at),
        }
    }

    /// A message of the peer's was read; repetitions as above.
    pub fn read(&mut self, now: Instant, read: Read) {
        // Who of several instances it was shows in a part of their random numbers too.
        let from = (read.from.0 >> 32) as u32;
        match self.entries.last_mut() {
            Some(last) if (last.what, last.size, last.more) == (What::Read(read.kind), read.bytes, from) => {
                last.times = last.times.saturating_add(1);
            }
            _ => self.add(now, What::Read(read.kind), read.bytes, from),
        }
    }

    /// A window closed; what was known of the peer's presence then.
    pub fn closed(&mut self, now: Instant, window: Window, presence: Option<PeerOnlineState>) {
        self.add(now, What::Closed(window), presence.map_or(0, |presence| presence as i32 as u32 + 1), 0);
    }

    /// The carrier reported the peer's presence.
    pub fn presence(&mut self, now: Instant, presence: PeerOnlineState) {
        self.add(now, What::Presence, presence as i32 as u32 + 1, 0);
    }

    /// The callback has returned.
    pub fn returned(&mut self, now: Instant, callback: Callback) {
        let at = self.millis(now);
        let entry = self.entries.iter_mut().rev().find(|entry| entry.what == What::Callback(callback));
        if let Some(entry) = entry {
            entry.more = at;
        }
    }

    /// Whatever else happened.
    pub fn note(&mut self, now: Instant, what: What) {
        let at = self.millis(now);
        self.add(now, what, 0, at);
    }

    /// In this form.
    pub fn show(&self, subject: &Subject, format: LadderFormat) -> String {
        match format {
            LadderFormat::Text => self.text(subject),
            LadderFormat::Mermaid => self.mermaid(subject),
        }
    }

    fn millis(&self, now: Instant) -> u32 {
        match self.start {
            Instant::NEVER => 0,
            start => u32::try_from(now.since(start).as_millis()).unwrap_or(u32::MAX),
        }
    }

    fn add(&mut self, now: Instant, what: What, size: u32, more: u32) {
        if self.limit == 0 {
            return;
        }
        if self.start == Instant::NEVER {
            self.start = now;
            // At once: growing step by step takes the lock of the allocator again and again, which threads contend for.
            self.entries.reserve_exact(self.limit.min(USUAL_ENTRIES).into());
        }
        if self.entries.len() < self.limit.into() || self.make_room(what) {
            self.entries.push(Entry { at: self.millis(now), size, more, times: 1, what });
        }
    }

    /// Takes out the oldest entry that may go; whether there is room now.
    fn make_room(&mut self, coming: What) -> bool {
        let end = self.entries.iter().position(|entry| entry.what == What::End);
        let oldest = (1..self.entries.len()).find(|at| Some(*at) != end);
        let after_end = |at: usize| usize::from(end.is_some_and(|end| at > end));
        let (goes, room) = match oldest {
            Some(at) => (after_end(at), Some(at)),
            None if coming == What::End => (0, Some(0)), // The only entry: the end is worth more.
            None => (after_end(usize::MAX), None),
        };
        self.left_out[goes] = self.left_out[goes].saturating_add(1);
        if let Some(at) = room {
            self.entries.remove(at);
        }
        room.is_some()
    }

    /// The entries, and between them how many were left out.
    fn rungs(&self) -> impl Iterator<Item = Rung<'_>> {
        let [before_end, after_end] = self.left_out;
        let ends_first = self.entries.first().is_some_and(|first| first.what == What::End);
        let gap = |count: u16| (count > 0).then_some(Rung::LeftOut(count));
        let first = gap(before_end).filter(|_| ends_first);
        first.into_iter().chain(self.entries.iter().enumerate().flat_map(move |(at, entry)| {
            let after = match entry.what {
                What::End => gap(after_end),
                _ if at == 0 => gap(before_end),
                _ => None,
            };
            [Some(Rung::Entry(entry)), after].into_iter().flatten()
        }))
    }

    /// Whether messages of more than one instance of the peer were read.
    fn several_instances(&self) -> bool {
        let mut from = self.entries.iter().filter(|entry| matches!(entry.what, What::Read(_))).map(|entry| entry.more);
        let first = from.next();
        from.any(|other| Some(other) != first)
    }
}

enum Rung<'a> {
    Entry(&'a Entry),
    LeftOut(u16),
}

#[cfg(test)]
mod tests;
