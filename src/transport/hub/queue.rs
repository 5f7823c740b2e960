//! What waits for one session, in the order in which it is reported.

use std::collections::VecDeque;
use std::sync::Arc;

use super::mailbox::Core;
use super::stats::Count;
use crate::time::Instant;
use crate::transport::{Inbox, Incoming, Link, Presence};

/// How many messages may wait in one mailbox, and how many bytes.
pub(super) const MESSAGES_MAX: usize = 65_536;
pub(super) const BYTES_MAX: usize = 64 << 20;
/// A queue that once was longer than this gives the memory back.
pub(super) const SPARE_MAX: usize = 1_024;

/// A message and when it expires.
#[derive(Clone)]
pub(super) struct Letter {
    pub incoming: Incoming,
    pub deadline: Instant,
}

pub(super) enum Item {
    Message(Letter),
    Presence(Arc<str>, Presence),
    Link(Link),
}

/// What waits for a session, in one order.
pub(super) struct Queue {
    pub items: VecDeque<Item>,
    /// How many of the items are messages, and their bytes.
    messages: usize,
    bytes: usize,
    /// No message expires before this; what is taken out does not raise it.
    soonest: Instant,
    /// When the newest message came, if those that wait have not waited for anything: who takes them out need not ask the clock.
    pub fresh: Option<Instant>,
    /// Room for the next batch.
    pub spare: Vec<Incoming>,
    /// A thread is emptying this queue.
    pub draining: bool,
    /// The link is cut: only link states come out, the rest waits.
    pub down: bool,
    /// The machine is suspended: nothing comes out.
    pub asleep: bool,
    /// `None`: the session has ended, nothing is reported any more.
    pub inbox: Option<Arc<dyn Inbox>>,
}

/// What is reported next.
pub(super) enum Report {
    Batch,
    Presence(Arc<str>, Presence),
    Link(Link),
}

impl Queue {
    pub fn new(inbox: Arc<dyn Inbox>) -> Queue {
        Queue {
            items: VecDeque::new(),
            messages: 0,
            bytes: 0,
            soonest: Instant::NEVER,
            fresh: None,
            spare: Vec::new(),
            draining: false,
            down: false,
            asleep: false,
            inbox: Some(inbox),
        }
    }

    pub fn held(&self) -> bool {
        self.down || self.asleep
    }

    pub fn has_room(&self, bytes: usize) -> bool {
        self.messages < MESSAGES_MAX && self.bytes + bytes <= BYTES_MAX
    }

    /// Takes a message that comes now.
    pub fn post(&mut self, letter: Letter, now: Instant) {
        self.fresh = (!self.held() && !self.draining).then_some(now);
        self.push(Item::Message(letter));
    }

    pub fn push(&mut self, item: Item) {
        if self.inbox.is_none() {
            return;
        }
        if let Item::Message(letter) = &item {
            self.messages += 1;
            self.bytes += letter.incoming.bytes.len();
            self.soonest = self.soonest.min(letter.deadline);
        }
        self.items.push_back(item);
    }

    /// A session whose link is cut still learns of the link: before all that waits.
    pub fn push_link(&mut self, link: Link) {
        let at = if self.down { self.leading_links() } else { self.items.len() };
        if self.inbox.is_some() {
            self.items.insert(at, Item::Link(link));
        }
    }

    fn leading_links(&self) -> usize {
        self.items.iter().take_while(|item| matches!(item, Item::Link(_))).count()
    }

    fn forget(&mut self, letter: &Letter) {
        self.messages -= 1;
        self.bytes -= letter.incoming.bytes.len();
    }

    /// Drops what has expired; answers how many.
    pub fn purge(&mut self, now: Instant) -> usize {
        if now <= self.soonest {
            return 0;
        }
        let (before, mut soonest) = (self.messages, Instant::NEVER);
        for item in std::mem::take(&mut self.items) {
            match item {
                Item::Message(letter) if letter.deadline < now => self.forget(&letter),
                other => {
                    if let Item::Message(letter) = &other {
                        soonest = soonest.min(letter.deadline);
                    }
                    self.items.push_back(other);
                }
            }
        }
        self.soonest = soonest;
        before - self.messages
    }

    /// Takes all messages and presences out; answers the messages.
    pub fn clear(&mut self) -> Vec<Letter> {
        let mut letters = Vec::new();
        for item in std::mem::take(&mut self.items) {
            match item {
                Item::Message(letter) => letters.push(letter),
                Item::Presence(..) => {}
                Item::Link(link) => self.items.push_back(Item::Link(link)),
            }
        }
        (self.messages, self.bytes, self.soonest) = (0, 0, Instant::NEVER);
        letters
    }

    /// After a time out of reach: the messages as one batch, and all that is not a message after them.
    pub fn gather(&mut self) {
        self.fresh = None;
        let mut rest = self.items.split_off(self.leading_links());
        let (messages, others): (VecDeque<Item>, VecDeque<Item>) =
            rest.drain(..).partition(|item| matches!(item, Item::Message(_)));
        self.items.extend(messages);
        self.items.extend(others);
    }

    /// Whether something could be reported, or some state of the link.
    pub fn ready(&self, links_only: bool) -> bool {
        match self.items.front() {
            None => false,
            Some(Item::Link(_)) => !self.asleep,
            Some(_) => !links_only && !self.held(),
        }
    }

    /// Takes the next report out: what follows each other of messages at once, anything else alone.
    pub fn take(
        &mut self,
        links_only: bool,
        core: &Core,
        batch: &mut Vec<Incoming>,
    ) -> Option<(Arc<dyn Inbox>, Report)> {
        while self.ready(links_only) {
            let report = match self.items.pop_front()? {
                Item::Link(link @ Link::Ended(_)) => {
                    // Nothing is reported after it, so that the session can let go of the inbox.
                    self.items.clear();
                    return Some((self.inbox.take()?, Report::Link(link)));
                }
                Item::Link(link) => Report::Link(link),
                Item::Presence(user, presence) => Report::Presence(user, presence),
                Item::Message(first) => {
                    self.take_batch(first, core, batch);
                    if batch.is_empty() {
                        continue;
                    }
                    Report::Batch
                }
            };
            return Some((self.inbox.clone()?, report));
        }
        if self.items.is_empty() && self.items.capacity() > SPARE_MAX {
            self.items.shrink_to_fit();
        }
        None
    }

    fn take_batch(&mut self, first: Letter, core: &Core, batch: &mut Vec<Incoming>) {
        let now = self.fresh.take().unwrap_or_else(|| core.runtime.now());
        let mut expired = 0;
        let mut next = Some(first);
        while let Some(letter) = next {
            self.forget(&letter);
            if letter.deadline < now {
                expired += 1;
            } else {
                batch.push(letter.incoming);
            }
            next = match self.items.front() {
                Some(Item::Message(_)) => self.items.pop_front().and_then(Item::letter),
                _ => None,
            };
        }
        core.counters.add(Count::Expired, expired);
        core.counters.add(Count::Delivered, batch.len());
    }
}

impl Item {
    fn letter(self) -> Option<Letter> {
        match self {
            Item::Message(letter) => Some(letter),
            _ => None,
        }
    }
}
