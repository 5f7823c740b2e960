//! One session on a broker, seen from outside: the functions that the library calls, the turns on the I/O thread, and the
//! reports, which are made with no lock held and on the I/O thread only, so in order.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use super::core::{Core, Report};
use super::io::{self, Io};
use super::outbox::Lane;
use super::resolve::resolve;
use crate::runtime::{Alarm, Runtime, Wake, pool};
use crate::time::Instant;
use crate::transport::{Bytes, Inbox, Level, Link, Refused};

/// How often a session reads in a row before others have their turn.
const MAX_ROUNDS: usize = 8;

/// One session.
pub struct Session {
    me: Weak<Session>,
    /// Its number at the I/O thread, and that of its socket.
    pub token: usize,
    io: &'static Io,
    runtime: Arc<Runtime>,
    alarm: Mutex<Alarm>,
    core: Mutex<Core>,
    /// The session has closed.
    closed: Condvar,
}

impl Session {
    /// A session that has not begun.
    pub fn new(io: &'static Io, runtime: &Arc<Runtime>, core: Core) -> Arc<Session> {
        Arc::new_cyclic(|me: &Weak<Session>| Session {
            me: me.clone(),
            token: io.next_token(),
            io,
            runtime: runtime.clone(),
            alarm: Mutex::new(runtime.alarm(me.clone())),
            core: Mutex::new(core),
            closed: Condvar::new(),
        })
    }

    pub fn start(&self, session: crate::transport::Session, inbox: Arc<dyn Inbox>) {
        let Some(me) = self.me.upgrade() else { return };
        if self.core.lock().start(session, inbox, self.runtime.now()) {
            self.io.add(me);
            self.io.call(self.token);
        }
    }

    pub fn send(&self, to: &str, bytes: &Bytes, expires_after: Duration, lane: Lane) -> Result<(), Refused> {
        let mut core = self.core.lock();
        let now = self.runtime.now();
        core.post(to, bytes, now + expires_after, lane)?;
        self.write(&mut core, now);
        Ok(())
    }

    pub fn watch(&self, user: &str, on: bool) {
        let mut core = self.core.lock();
        core.watch(user, on);
        self.write(&mut core, self.runtime.now());
    }

    pub fn renew(&self, token: &str) {
        self.core.lock().renew(token, self.runtime.now());
        self.io.call(self.token);
    }

    pub fn network_changed(&self) {
        self.core.lock().network_changed(self.runtime.now());
        self.io.call(self.token);
    }

    /// Waits for at most `within`, but never on the I/O thread.
    pub fn stop(&self, within: Duration) {
        let mut core = self.core.lock();
        let now = self.runtime.now();
        let inbox = core.leave(now);
        self.write(&mut core, now);
        self.io.call(self.token);
        if !io::on_thread() && !within.is_zero() {
            let until = std::time::Instant::now() + within;
            while !core.is_closed() && !self.closed.wait_until(&mut core, until).timed_out() {}
        }
        drop(core);
        drop(inbox); // With no lock held: it may be the last reference, and lead anywhere.
    }

    /// Writes what the library wants written: now, or with what the I/O thread is going to write at the end of its batch.
    fn write(&self, core: &mut Core, now: Instant) {
        if io::on_thread() {
            self.write_later(core);
        } else if !core.unflushed {
            self.write_now(core, now);
        }
    }

    fn write_later(&self, core: &mut Core) {
        if let Some(me) = self.me.upgrade()
            && !std::mem::replace(&mut core.unflushed, true)
        {
            io::flush_later(me);
        }
    }

    fn write_now(&self, core: &mut Core, now: Instant) {
        core.write(now);
        if core.wants_turn() {
            self.io.call(self.token);
        }
        self.set_alarm(core);
    }

    /// The end of a batch on the I/O thread.
    pub fn flush(&self) {
        let mut core = self.core.lock();
        core.unflushed = false;
        self.write_now(&mut core, self.runtime.now());
    }

    fn set_alarm(&self, core: &mut Core) {
        let next = core.next_deadline();
        let mut alarm = self.alarm.lock();
        if std::mem::take(&mut core.settled) {
            // The deadlines of the login are gone: another alarm, or this one would ring for each of them.
            *alarm = self.runtime.alarm(self.me.clone());
        }
        if next != Instant::NEVER {
            alarm.set(next);
        }
    }

    /// A turn on the I/O thread: the socket is ready, an alarm rang, or somebody called.
    pub fn turn(&self) {
        for _ in 0..MAX_ROUNDS {
            match catch_unwind(AssertUnwindSafe(|| self.round())) {
                Ok(true) => {}
                Ok(false) => return,
                Err(_) => {
                    // A bug; what is known of this connection may be wrong, so it is given up.
                    let mut core = self.core.lock();
                    core.lost(self.runtime.now(), Level::Critical, "an internal error");
                }
            }
        }
        self.io.call(self.token);
    }

    /// Does what is due and reports it. True if there may be more.
    fn round(&self) -> bool {
        let mut core = self.core.lock();
        let now = self.runtime.now();
        let more = core.step(now, self.io.registry(), self.token);
        let reports = std::mem::take(&mut core.reports);
        let acks = std::mem::take(&mut core.acks);
        let connection = core.connection;
        let wanted = core.resolve_wanted.take();
        let inbox = core.inbox.clone();
        let last = reports.iter().any(|report| matches!(report, Report::Link(Link::Ended(_) | Link::Refused(_))));
        // Nothing is reported after the end.
        let ended = if last { core.inbox.take() } else { None };
        drop(core);
        drop(ended);
        if let Some(inbox) = inbox {
            let _wake_ups = pool::hold_wake_ups();
            reports.iter().for_each(|report| report.tell(&*inbox));
        }
        drop(reports);
        let resolving = wanted.is_some();
        if let Some((address, pem)) = wanted {
            let me = self.me.clone();
            resolve(&address, pem, move |ways| {
                if let Some(session) = me.upgrade() {
                    session.core.lock().resolved = Some((connection, ways));
                    session.io.call(session.token);
                }
            });
        }
        let mut core = self.core.lock();
        if core.connection == connection {
            core.acknowledge(&acks);
        }
        self.write_later(&mut core);
        let (closed, wants_turn) = (core.is_closed(), core.wants_turn());
        drop(core);
        if closed {
            self.closed.notify_all();
            self.io.remove(self.token);
            return false;
        }
        more || wants_turn || resolving && self.is_resolved()
    }

    fn is_resolved(&self) -> bool {
        self.core.lock().resolved.is_some()
    }
}

impl Wake for Session {
    fn wake(&self, _now: Instant) {
        self.io.call(self.token);
    }
}

impl Report {
    fn tell(&self, inbox: &dyn Inbox) {
        match self {
            Report::Link(link) => inbox.link(*link),
            Report::Messages(batch) => inbox.deliver(batch),
            Report::Presence(user, presence) => inbox.presence(user, *presence),
            Report::Note(level, line) => inbox.note(*level, line),
        }
    }
}
