//! One logged-in session: its mailbox, and how a thread empties mailboxes.
//!
//! Whoever puts something into a mailbox empties it in the same thread, unless another thread is at it already: so the
//! order of each mailbox is kept and nobody waits for anybody. What a report causes in turn (the library answers inline) is
//! put off until that report has returned, so reports never nest. A thread that has reported much and finds more coming
//! leaves the rest to the runtime: no application thread is kept for ever.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use super::stats::{Count, Counters};
use crate::runtime::{Alarm, Runtime};
use crate::time::Instant;
use crate::transport::{Ended, Inbox, Incoming, Link, Presence, Refused};

/// How many messages may wait in one mailbox, and how many bytes.
const MESSAGES_MAX: usize = 65_536;
const BYTES_MAX: usize = 64 << 20;
/// After how many reported items a thread leaves the rest to the runtime.
const BUDGET: usize = 256;
/// A queue that once was longer than this gives the memory back.
const SPARE_MAX: usize = 1_024;

/// What the sessions of a hub share.
pub(super) struct Core {
    pub runtime: Arc<Runtime>,
    pub counters: Counters,
    /// Wakes the hub.
    pub alarm: Alarm,
    /// Mailboxes left to the runtime.
    overdue: Mutex<Vec<Weak<Seat>>>,
}

impl Core {
    pub fn new(runtime: Arc<Runtime>, alarm: Alarm) -> Core {
        Core { runtime, counters: Counters::default(), alarm, overdue: Mutex::default() }
    }

    /// The mailboxes left to the runtime.
    pub fn overdue(&self) -> Vec<Arc<Seat>> {
        let overdue = std::mem::take(&mut *self.overdue.lock());
        overdue.iter().filter_map(Weak::upgrade).collect()
    }
}

/// One logged-in session. Never drop the last reference with a lock held: the inbox may end in a `stop`.
pub(super) struct Seat {
    /// Unlike any other in this hub, in the order of the logins.
    pub number: u64,
    pub user: Arc<str>,
    /// In the table, with a standing link: may send.
    linked: AtomicBool,
    queue: Mutex<Queue>,
    core: Arc<Core>,
}

/// A message and when it expires.
#[derive(Clone)]
pub(super) struct Letter {
    pub incoming: Incoming,
    pub deadline: Instant,
}

enum Item {
    Message(Letter),
    Presence(Arc<str>, Presence),
    Link(Link),
}

/// What waits for a session, in one order.
struct Queue {
    items: VecDeque<Item>,
    /// How many of the items are messages, and their bytes.
    messages: usize,
    bytes: usize,
    /// No message expires before this.
    soonest: Instant,
    /// A thread is emptying this queue.
    draining: bool,
    /// The link is cut: only link states come out, the rest waits.
    down: bool,
    /// The machine is suspended: nothing comes out.
    asleep: bool,
    /// `None`: the session has ended, nothing is reported any more.
    inbox: Option<Arc<dyn Inbox>>,
}

/// What is reported next.
enum Report {
    Batch,
    Presence(Arc<str>, Presence),
    Link(Link),
}

impl Seat {
    pub fn new(number: u64, user: Arc<str>, inbox: Arc<dyn Inbox>, core: Arc<Core>) -> Seat {
        let queue = Mutex::new(Queue::new(inbox));
        Seat { number, user, linked: AtomicBool::new(false), queue, core }
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
        queue.push(Item::Message(letter));
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
        queue.asleep = on;
        if !queue.held() {
            queue.gather();
        }
    }

    /// Whether the session's machine is suspended.
    pub fn asleep(&self) -> bool {
        self.queue.lock().asleep
    }

    /// Reports what waits, unless another thread is at it; takes what it reported off the budget. True if the budget is
    /// used up and more waits.
    fn drain(&self, budget: &mut usize) -> bool {
        let mut batch = Vec::new();
        let mut turn = Turn { seat: self, mine: false };
        while *budget > 0 {
            let Some((inbox, report)) = turn.next(&mut batch) else { return false };
            *budget = budget.saturating_sub(batch.len().max(1));
            match report {
                Report::Batch => inbox.deliver(&batch),
                Report::Presence(user, presence) => inbox.presence(&user, presence),
                Report::Link(link) => inbox.link(link),
            }
            batch.clear();
        }
        turn.give_up()
    }

    /// Leaves this mailbox to the runtime.
    fn leave(self: &Arc<Self>) {
        self.core.overdue.lock().push(Arc::downgrade(self));
        self.core.alarm.set(self.core.runtime.now());
    }
}

/// The right to report to one session. Given back when the queue is empty, or if the inbox panics.
struct Turn<'a> {
    seat: &'a Seat,
    mine: bool,
}

impl Turn<'_> {
    /// Takes the next report; a batch goes to `batch`.
    fn next(&mut self, batch: &mut Vec<Incoming>) -> Option<(Arc<dyn Inbox>, Report)> {
        let core = &self.seat.core;
        let mut queue = self.seat.queue.lock();
        if queue.draining && !self.mine {
            return None;
        }
        let report = queue.take(&core.runtime, &core.counters, batch);
        self.mine = report.is_some();
        queue.draining = self.mine;
        report
    }

    /// Stops reporting. True if something could be reported that nobody is at.
    fn give_up(&mut self) -> bool {
        let mut queue = self.seat.queue.lock();
        if std::mem::take(&mut self.mine) {
            queue.draining = false;
        }
        !queue.draining && queue.ready()
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.mine {
            self.give_up();
        }
    }
}

impl Queue {
    fn new(inbox: Arc<dyn Inbox>) -> Queue {
        Queue {
            items: VecDeque::new(),
            messages: 0,
            bytes: 0,
            soonest: Instant::NEVER,
            draining: false,
            down: false,
            asleep: false,
            inbox: Some(inbox),
        }
    }

    fn held(&self) -> bool {
        self.down || self.asleep
    }

    fn has_room(&self, bytes: usize) -> bool {
        self.messages < MESSAGES_MAX && self.bytes + bytes <= BYTES_MAX
    }

    fn push(&mut self, item: Item) {
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
    fn push_link(&mut self, link: Link) {
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
    fn purge(&mut self, now: Instant) -> usize {
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
    fn clear(&mut self) -> Vec<Letter> {
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
    fn gather(&mut self) {
        let mut rest = self.items.split_off(self.leading_links());
        let (messages, others): (VecDeque<Item>, VecDeque<Item>) =
            rest.drain(..).partition(|item| matches!(item, Item::Message(_)));
        self.items.extend(messages);
        self.items.extend(others);
    }

    /// Whether something could be reported.
    fn ready(&self) -> bool {
        match self.items.front() {
            None => false,
            Some(Item::Link(_)) => !self.asleep,
            Some(_) => !self.held(),
        }
    }

    /// Takes the next report out: what follows each other of messages at once, anything else alone.
    fn take(
        &mut self,
        runtime: &Runtime,
        counters: &Counters,
        batch: &mut Vec<Incoming>,
    ) -> Option<(Arc<dyn Inbox>, Report)> {
        while self.ready() {
            let report = match self.items.pop_front()? {
                Item::Link(link @ Link::Ended(_)) => {
                    // Nothing is reported after it, so that the session can let go of the inbox.
                    self.items.clear();
                    return Some((self.inbox.take()?, Report::Link(link)));
                }
                Item::Link(link) => Report::Link(link),
                Item::Presence(user, presence) => Report::Presence(user, presence),
                Item::Message(first) => {
                    self.take_batch(first, runtime.now(), counters, batch);
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

    fn take_batch(&mut self, first: Letter, now: Instant, counters: &Counters, batch: &mut Vec<Incoming>) {
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
        if self.messages == 0 {
            self.soonest = Instant::NEVER;
        }
        counters.add(Count::Expired, expired);
        counters.add(Count::Delivered, batch.len());
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

/// What one thread has to report.
#[derive(Default)]
struct Desk {
    /// This thread is inside a report.
    busy: Cell<bool>,
    /// The mailboxes to be emptied next.
    pending: RefCell<VecDeque<Arc<Seat>>>,
}

thread_local! {
    static DESK: Desk = Desk::default();
}

/// Empties the mailboxes in this order, or after the report this thread is in. Called without a lock.
pub(super) fn run(ready: impl IntoIterator<Item = Arc<Seat>>) {
    let mut ready = ready.into_iter();
    let idle = DESK.try_with(|desk| {
        desk.add(&mut ready);
        !desk.busy.replace(true)
    });
    match idle {
        Ok(true) => work(),
        Ok(false) => {}
        // This thread is at its end and its desk is gone.
        Err(_) => ready.for_each(|seat| seat.leave()),
    }
}

fn work() {
    let _shift = Shift;
    let mut budget = BUDGET;
    while let Some(seat) = next() {
        if seat.drain(&mut budget) {
            seat.leave();
        }
    }
}

/// Takes the next mailbox of this thread; by itself, because dropping it may lead back to the desk.
fn next() -> Option<Arc<Seat>> {
    DESK.try_with(|desk| desk.pending.borrow_mut().pop_front()).ok().flatten()
}

impl Desk {
    fn add(&self, ready: &mut impl Iterator<Item = Arc<Seat>>) {
        let mut pending = self.pending.borrow_mut();
        for seat in ready {
            // Many messages to one receiver out of one report.
            if !pending.back().is_some_and(|last| Arc::ptr_eq(last, &seat)) {
                pending.push_back(seat);
            }
        }
    }
}

/// The time in which a thread reports; if an inbox panics, the runtime takes over.
struct Shift;

impl Drop for Shift {
    fn drop(&mut self) {
        while let Some(seat) = next() {
            seat.leave();
        }
        let _ = DESK.try_with(|desk| {
            desk.busy.set(false);
            desk.pending.borrow_mut().shrink_to(SPARE_MAX);
        });
    }
}
