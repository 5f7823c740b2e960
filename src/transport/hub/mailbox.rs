//! One logged-in session and its mailbox.
//!
//! Whoever puts something into a mailbox empties it in the same thread ([`desk`](super::desk)), unless another thread is at
//! it already: so the order of each mailbox is kept, and nobody waits for anybody.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use parking_lot::Mutex;

use super::desk::BUDGET;
use super::queue::{Item, Letter, Queue, Report, SPARE_MAX};
use super::stats::{Count, Counters};
use crate::runtime::{Alarm, Runtime, Wake};
use crate::time::Instant;
use crate::transport::{Ended, Inbox, Incoming, Link, Presence, Refused};

/// One logged-in session. Never drop the last reference with a lock held: the inbox may end in a `stop`.
pub(super) struct Seat {
    /// Unlike any other in this hub, in the order of the logins.
    pub number: u64,
    pub user: Arc<str>,
    /// For how long a cut link does not count as gone.
    pub grace: Duration,
    /// In the table, with a standing link: may send.
    linked: AtomicBool,
    queue: Mutex<Queue>,
    core: Arc<Core>,
}

impl Seat {
    pub fn new(number: u64, user: Arc<str>, grace: Duration, inbox: Arc<dyn Inbox>, core: Arc<Core>) -> Seat {
        let queue = Mutex::new(Queue::new(inbox));
        Seat { number, user, grace, linked: AtomicBool::new(false), queue, core }
    }

    /// Whether this session may send.
    pub fn linked(&self) -> bool {
        self.linked.load(Ordering::Acquire)
    }

    /// Whether this session has ended.
    pub fn closed(&self) -> bool {
        self.queue.lock().inbox.is_none()
    }

    /// Puts a message in.
    pub fn post(&self, letter: Letter, now: Instant) -> Result<(), Refused> {
        let mut queue = self.queue.lock();
        if !queue.has_room(letter.incoming.bytes.len()) {
            self.core.counters.add(Count::Expired, queue.purge(now));
        }
        if !queue.has_room(letter.incoming.bytes.len()) {
            self.core.counters.add(Count::RefusedFull, 1);
            return Err(Refused::Full);
        }
        queue.post(letter, now);
        Ok(())
    }

    /// Puts a presence in; false if the session is out of reach, which then is told when it is back.
    pub fn post_presence(&self, user: &Arc<str>, presence: Presence) -> bool {
        let mut queue = self.queue.lock();
        let reachable = !queue.held();
        if reachable {
            queue.push(Item::Presence(user.clone(), presence));
        }
        reachable
    }

    /// Takes back what waits of the presence of `user`.
    pub fn forget_presence(&self, user: &str) {
        self.queue.lock().items.retain(|item| !matches!(item, Item::Presence(of, _) if **of == *user));
    }

    /// Puts a state of the link in.
    pub fn post_link(&self, link: Link) {
        self.queue.lock().push_link(link);
    }

    /// Begins the session with the messages that waited for the user.
    pub fn open(&self, backlog: Vec<Letter>) {
        let mut queue = self.queue.lock();
        backlog.into_iter().for_each(|letter| queue.push(Item::Message(letter)));
        queue.push(Item::Link(Link::Up));
        self.linked.store(true, Ordering::Release);
    }

    /// Another session took the user over: answers the messages that wait.
    pub fn replace(&self) -> Vec<Letter> {
        self.linked.store(false, Ordering::Release);
        let mut queue = self.queue.lock();
        let backlog = queue.clear();
        queue.push_link(Link::Ended(Ended::RemoteLogin));
        backlog
    }

    /// Ends the session: nothing more is reported. The inbox is for the caller to drop, without a lock.
    pub fn close(&self) -> Option<Arc<dyn Inbox>> {
        self.linked.store(false, Ordering::Release);
        let mut queue = self.queue.lock();
        self.core.counters.add(Count::DroppedOffline, queue.clear().len());
        queue.items.clear();
        queue.inbox.take()
    }

    /// Cuts the link; false if it was cut already.
    pub fn cut(&self) -> bool {
        self.linked.store(false, Ordering::Release);
        let mut queue = self.queue.lock();
        if queue.down {
            return false;
        }
        queue.down = true;
        // If the session was not told yet that the link stands, it need not learn that it broke.
        match queue.items.iter().position(|item| matches!(item, Item::Link(Link::Up))) {
            Some(up) => drop(queue.items.remove(up)),
            None => queue.push_link(Link::Down),
        }
        true
    }

    /// Restores the link: the backlog, then the news; false if it was not cut.
    pub fn restore(&self) -> bool {
        let mut queue = self.queue.lock();
        if !queue.down {
            return false;
        }
        queue.down = false;
        queue.gather();
        queue.push(Item::Link(Link::Up));
        self.linked.store(true, Ordering::Release);
        true
    }

    /// Suspends the machine of this session, or wakes it up.
    pub fn sleep(&self, on: bool) {
        let mut queue = self.queue.lock();
        let woken = std::mem::replace(&mut queue.asleep, on) && !on;
        if woken && !queue.down {
            queue.gather();
        }
    }

    /// Whether the session's machine is suspended.
    pub fn asleep(&self) -> bool {
        self.queue.lock().asleep
    }

    /// For how many items there is memory.
    #[cfg(test)]
    pub fn capacity(&self) -> usize {
        self.queue.lock().items.capacity()
    }

    /// Reports what waits, unless another thread is at it, and takes that off the budget; states of the link are always
    /// reported. True if the budget is used up and more waits.
    pub fn drain(self: &Arc<Self>, budget: &mut usize) -> bool {
        let mut batch = Vec::new();
        let mut turn = Turn { seat: self, mine: false };
        while let Some((inbox, report)) = turn.next(*budget == 0, &mut batch) {
            *budget = budget.saturating_sub(batch.len().max(1));
            match report {
                Report::Batch => inbox.deliver(&batch),
                Report::Presence(user, presence) => inbox.presence(&user, presence),
                Report::Link(link) => inbox.link(link),
            }
            batch.clear();
        }
        *budget == 0 && self.neglected()
    }

    /// Whether something could be reported and no thread is at it.
    fn neglected(&self) -> bool {
        let queue = self.queue.lock();
        !queue.draining && queue.ready(false)
    }

    /// Leaves this mailbox to the runtime.
    pub fn defer(self: &Arc<Self>) {
        self.queue.lock().fresh = None;
        self.core.defer(self);
    }
}

/// The right to report to one session. Given back when there is nothing to report, or if the inbox panics.
struct Turn<'a> {
    seat: &'a Arc<Seat>,
    mine: bool,
}

impl Turn<'_> {
    /// Takes the next report; a batch goes to `batch`.
    fn next(&mut self, links_only: bool, batch: &mut Vec<Incoming>) -> Option<(Arc<dyn Inbox>, Report)> {
        let mut queue = self.seat.queue.lock();
        if queue.draining && !self.mine {
            return None;
        }
        if batch.capacity() == 0 {
            *batch = std::mem::take(&mut queue.spare);
        }
        let report = queue.take(links_only, &self.seat.core, batch);
        self.mine = report.is_some();
        queue.draining = self.mine;
        if !self.mine && batch.capacity() <= SPARE_MAX {
            queue.spare = std::mem::take(batch);
        }
        report
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.mine {
            self.seat.queue.lock().draining = false;
            if self.seat.neglected() {
                self.seat.defer();
            }
        }
    }
}

/// What the sessions of a hub share.
pub(super) struct Core {
    pub runtime: Arc<Runtime>,
    pub counters: Counters,
    /// Wakes the hub. Made when first needed: it costs a thread.
    alarm: OnceLock<Alarm>,
    hub: Weak<dyn Wake>,
    /// Mailboxes left to the runtime.
    overdue: Mutex<VecDeque<Weak<Seat>>>,
}

impl Core {
    pub fn new(runtime: Arc<Runtime>, hub: Weak<dyn Wake>) -> Core {
        Core { runtime, counters: Counters::default(), alarm: OnceLock::new(), hub, overdue: Mutex::default() }
    }

    /// Has the hub woken at `at`, or earlier.
    pub fn wake_at(&self, at: Instant) {
        self.alarm.get_or_init(|| self.runtime.alarm(self.hub.clone())).set(at);
    }

    /// The mailboxes left to the runtime: as many as one thread may empty, the others at the next waking.
    pub fn overdue(&self) -> Vec<Arc<Seat>> {
        let mut overdue = self.overdue.lock();
        let some = overdue.len().min(BUDGET);
        let seats = overdue.drain(..some).filter_map(|seat| seat.upgrade()).collect();
        if !overdue.is_empty() {
            self.wake_at(self.runtime.now());
        }
        seats
    }

    fn defer(&self, seat: &Arc<Seat>) {
        self.overdue.lock().push_back(Arc::downgrade(seat));
        self.wake_at(self.runtime.now());
    }
}
