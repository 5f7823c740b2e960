//! The in-process carrier `hub://<name>`: users of one process (and app id) who ring each other, without socket or server.
//!
//! A message goes into the mailbox of its receiver (`mailbox.rs`, `queue.rs`) and is delivered in the thread that sends it
//! (`desk.rs`), unless [`Faults`] send it through a seeded scheduler (`faults.rs`). `table.rs` knows who is logged in and
//! who watches whom. Locks are taken in the order scheduler, table, mailbox; none is held while an [`Inbox`] is called.

mod desk;
mod faults;
mod mailbox;
mod queue;
mod stats;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use self::desk::run;
pub use self::faults::Faults;
use self::faults::Schedule;
use self::mailbox::{Core, Seat};
use self::queue::Letter;
use self::stats::Count;
pub use self::stats::HubStats;
use self::table::{Ready, Table};
use super::{Bytes, Inbox, Incoming, Link, Options, Refused, Session, Transport};
use crate::error::Error;
use crate::runtime::{Runtime, Wake};
use crate::time::Instant;

/// The longest name of a hub, in bytes.
const NAME_MAX: usize = 64;

/// Whether a hub may have this name: at most 64 bytes, no control characters. The empty name is that of `hub://`.
pub fn check_name(name: &str) -> Result<(), Error> {
    if name.len() > NAME_MAX {
        let sentence = format!("the hub name is {} bytes, the limit is {NAME_MAX}", name.len());
        return Err(Error::InvalidArgument(sentence));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::InvalidArgument(format!("the hub name {name:?} contains a control character")));
    }
    Ok(())
}

/// One session, not yet begun, on the hub of this name, app id and runtime. The name is one that [`check_name`] accepts.
pub fn open(name: &str, options: &Options, runtime: &Arc<Runtime>) -> Arc<dyn Transport> {
    let hub = Hub::find(name, &options.app_id, runtime);
    Arc::new(Login { hub, grace: options.grace, seat: OnceLock::new() })
}

/// What tells one hub from another: runtime, name, app id.
pub type Key = (u64, String, String);

/// All hubs of this process that somebody uses.
static HUBS: Mutex<BTreeMap<Key, Weak<Hub>>> = Mutex::new(BTreeMap::new());

/// A hub: the users of one name and app id in this process. It lives as long as a session or a handle to it; with the last
/// of them its users and faults are gone.
///
/// The functions here are for tests: they do to users what a bad network does. Each may be called from any thread and inside
/// a report. What they cause is reported before they return, unless they are called inside a report, another thread is
/// reporting to that session, or more than 256 items are to be reported.
pub struct Hub {
    key: Key,
    core: Arc<Core>,
    table: RwLock<Table>,
    schedule: Mutex<Schedule>,
    /// Messages have to pass the scheduler. Without faults no send takes its lock.
    rough: AtomicBool,
    logins: AtomicU64,
}

impl Hub {
    /// The hub of this name, app id and runtime; made if nobody uses it yet. Fails if the name is not valid.
    pub fn named(name: &str, app_id: &str, runtime: &Arc<Runtime>) -> Result<Arc<Hub>, Error> {
        check_name(name)?;
        Ok(Hub::find(name, app_id, runtime))
    }

    /// What tells this hub from any other.
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// These faults from now on, with the dice starting at the seed; `Faults::default()` ends them. A message that is in
    /// flight still arrives.
    pub fn set_faults(&self, faults: Faults) {
        let mut schedule = self.schedule.lock();
        schedule.set(faults);
        self.rough.store(schedule.rough(), Ordering::Release);
    }

    /// Cuts or restores the link of `user`. False: nobody of that name is logged in.
    ///
    /// While it is cut, the user cannot send, and messages to it wait in its session; when it is restored they come as one
    /// batch, before [`Link::Up`]; after it, the presence of everybody it watches is told anew. Its own presence is
    /// `Unreachable`, and `Offline` after the grace time.
    pub fn set_link(&self, user: &str, up: bool) -> bool {
        let now = self.core.runtime.now();
        let mut table = self.table.write();
        let Some(grace) = table.seat(user).map(|seat| seat.grace) else { return false };
        let changed = if up { table.restore(user) } else { table.cut(user, now + grace) };
        let lapse = table.next_lapse();
        drop(table);
        if changed.is_some() && !up {
            self.core.counters.add(Count::LinksCut, 1);
        }
        self.rearm(lapse);
        run(changed.unwrap_or_default());
        true
    }

    /// The machine of `user` goes to sleep, or wakes up. Asleep, nothing is reported to it; what arrives waits and comes
    /// as one batch when it wakes up, then the changes of presence and link. Others see no difference. False: nobody of
    /// that name is logged in.
    pub fn suspend(&self, user: &str, on: bool) -> bool {
        let ready = self.table.write().sleep(user, on);
        let known = ready.is_some();
        run(ready.unwrap_or_default());
        known
    }

    /// What became of the messages so far.
    pub fn stats(&self) -> HubStats {
        self.core.counters.read()
    }

    fn find(name: &str, app_id: &str, runtime: &Arc<Runtime>) -> Arc<Hub> {
        let key = (runtime.id(), name.to_owned(), app_id.to_owned());
        let mut hubs = HUBS.lock();
        if let Some(hub) = hubs.get(&key).and_then(Weak::upgrade) {
            return hub;
        }
        let hub = Hub::new(key.clone(), runtime);
        hubs.insert(key, Arc::downgrade(&hub));
        hub
    }

    fn new(key: Key, runtime: &Arc<Runtime>) -> Arc<Hub> {
        Arc::new_cyclic(|hub: &Weak<Hub>| Hub {
            key,
            core: Arc::new(Core::new(runtime.clone(), hub.clone())),
            table: RwLock::default(),
            schedule: Mutex::default(),
            rough: AtomicBool::new(false),
            logins: AtomicU64::new(0),
        })
    }

    fn send(&self, from: &Seat, to: &str, bytes: &Bytes, expires_after: Duration) -> Result<(), Refused> {
        if !from.linked() {
            return Err(Refused::Down);
        }
        let now = self.core.runtime.now();
        let rough = self.rough.load(Ordering::Acquire);
        // A bad network carries bytes: so what is tested on it is read as from any other.
        let bytes = if rough { Bytes::from(&bytes[..]) } else { bytes.clone() };
        let letter = Letter { incoming: Incoming { from: from.user.clone(), bytes }, deadline: now + expires_after };
        self.core.counters.add(Count::Sent, 1);
        run(if rough { self.post_roughly(to, &letter, now)? } else { self.post(to, letter, now)? });
        Ok(())
    }

    /// Puts a message into the mailbox of its receiver, if there is one.
    fn post(&self, to: &str, letter: Letter, now: Instant) -> Result<Option<Arc<Seat>>, Refused> {
        let table = self.table.read();
        let Some(seat) = table.seat(to) else {
            self.core.counters.add(Count::DroppedOffline, 1);
            return Ok(None);
        };
        seat.post(letter, now)?;
        Ok(Some(seat.clone()))
    }

    /// The same by way of the scheduler.
    fn post_roughly(&self, to: &str, letter: &Letter, now: Instant) -> Result<Option<Arc<Seat>>, Refused> {
        let mut schedule = self.schedule.lock();
        let mut outcome = Ok(None);
        for copy in 0..schedule.admit(now, to, letter, &self.core.counters)? {
            let posted = self.post(to, letter.clone(), now);
            if copy == 0 || posted.is_ok() {
                outcome = posted;
            }
        }
        let due = schedule.next_due();
        drop(schedule);
        self.rearm(due);
        outcome
    }

    /// Delivers what has arrived by `now`. Under the scheduler's lock, so that nothing sent meanwhile overtakes it.
    fn land(&self, now: Instant) -> (Ready, Option<Instant>) {
        let mut schedule = self.schedule.lock();
        let mut ready = Ready::new();
        while let Some(flight) = schedule.land(now) {
            // If its mailbox is full the message is dropped, and counted there.
            ready.extend(self.post(&flight.to, flight.letter, now).ok().flatten());
        }
        self.rough.store(schedule.rough(), Ordering::Release);
        (ready, schedule.next_due())
    }

    fn rearm(&self, at: Option<Instant>) {
        if let Some(at) = at {
            self.core.wake_at(at);
        }
    }
}

impl Wake for Hub {
    fn wake(&self, now: Instant) {
        let mut ready = self.core.overdue();
        let (landed, due) = self.land(now);
        ready.extend(landed);
        let mut table = self.table.write();
        ready.extend(table.lapse(now));
        let lapse = table.next_lapse();
        drop(table);
        self.rearm(due);
        self.rearm(lapse);
        run(ready);
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let mut hubs = HUBS.lock();
        // Somebody may have made another hub of this name since the last user of this one left.
        if hubs.get(&self.key).is_some_and(|hub| hub.strong_count() == 0) {
            hubs.remove(&self.key);
        }
    }
}

/// A user's end of the hub.
struct Login {
    hub: Arc<Hub>,
    grace: Duration,
    /// Set once: by `start`, or to `None` by a `stop` before it.
    seat: OnceLock<Option<Arc<Seat>>>,
}

impl Login {
    fn seat(&self) -> Option<&Arc<Seat>> {
        self.seat.get().and_then(Option::as_ref)
    }
}

impl Transport for Login {
    /// Logs in at once: the hub accepts every token. A session begins once; a second `start`, or one after `stop`, does
    /// nothing.
    fn start(&self, session: Session, inbox: Arc<dyn Inbox>) {
        let number = self.hub.logins.fetch_add(1, Ordering::Relaxed);
        let seat = Arc::new(Seat::new(number, session.user.into(), self.grace, inbox, self.hub.core.clone()));
        if self.seat.set(Some(seat.clone())).is_ok() {
            let ready = self.hub.table.write().enter(&seat);
            run(ready);
        }
    }

    fn send(&self, to: &str, bytes: &Bytes, expires_after: Duration) -> Result<(), Refused> {
        let seat = self.seat().ok_or(Refused::Down)?;
        self.hub.send(seat, to, bytes, expires_after)
    }

    /// Before `start` and after `stop` it does nothing.
    fn watch(&self, user: &str, on: bool) {
        if let Some(seat) = self.seat() {
            let ready = self.hub.table.write().watch(seat, user, on);
            run(ready);
        }
    }

    fn renew(&self, _token: &str) {
        if let Some(seat) = self.seat() {
            seat.post_link(Link::Renewed(Ok(())));
            run([seat.clone()]);
        }
    }

    /// Logs out at once: what was sent is with its receivers, or on its way, already. That the user has gone overtakes none of
    /// its messages.
    fn stop(&self, _within: Duration) {
        let Some(seat) = self.seat.get_or_init(|| None) else { return };
        let schedule = self.hub.schedule.lock();
        let mut table = self.hub.table.write();
        let ready = table.leave(seat, schedule.last_of(&seat.user));
        let inbox = seat.close();
        let lapse = table.next_lapse();
        drop((table, schedule));
        self.hub.rearm(lapse);
        // It may be the last reference, and lead anywhere.
        drop(inbox);
        run(ready);
    }
}

impl Drop for Login {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}
