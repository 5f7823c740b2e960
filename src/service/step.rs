//! A step of a service: under its lock, then what came of it, the lock being dropped.

use std::collections::VecDeque;
use std::fmt::Arguments;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use parking_lot::MutexGuard;
use smallvec::SmallVec;

use super::delivery::in_callback;
use super::event::{Event, ServiceEvent};
use super::{Core, Level, Service, session};
use crate::engine::user::UserId;
use crate::error::Error;
use crate::runtime::Wake;
use crate::time::Instant;
use crate::transport::{self, Bytes, Incoming, Transport};

/// What is done for the carrier after the lock is dropped.
pub(super) enum Effect {
    Start { user: String, token: Option<String>, inbox: Arc<session::SessionInbox> },
    Send { to: UserId, bytes: Bytes, expires_after: Duration, answers: bool },
    Watch { user: Arc<str>, on: bool },
    Renew(String),
    NetworkChanged,
    Stop(Duration),
}

/// Whom the carrier is to watch, or no longer, in the order of the steps that wanted it: the last one holds. The steps of
/// other threads, and those that a carrier causes inline, must not overtake.
#[derive(Default)]
pub(super) struct Watching {
    queue: VecDeque<(Arc<dyn Transport>, Arc<str>, bool)>,
    /// Somebody is at it.
    busy: bool,
}

/// Messages that came while a thread was in a step.
#[derive(Default)]
pub(super) struct Arrivals {
    /// The thread in the step will look here before it drops the lock.
    open: bool,
    /// One batch, with the number of its session.
    pub(super) left: Option<(u64, Vec<Incoming>)>,
}

impl Arrivals {
    fn close(&mut self) -> Option<(u64, Vec<Incoming>)> {
        self.open = false;
        self.left.take()
    }
}

/// One step under the lock.
pub(super) struct Turn<'a> {
    pub service: &'a Service,
    pub now: Instant,
    pub effects: SmallVec<[(Arc<dyn Transport>, Effect); 2]>,
}

impl Service {
    /// One step: takes the lock, runs what is due, then `step`, then what was left here meanwhile, passes on what came of it, drops the
    /// lock and does what the carrier has to do. A panic ends the service, not the process.
    pub(super) fn enter<R>(&self, step: impl FnOnce(&mut Core, &mut Turn<'_>) -> R) -> Result<R, Error> {
        self.step(self.core.lock(), step)
    }

    /// Messages that the carrier of the session with this number brought. It does not wait for a thread that is in a step: that one
    /// takes them in before it drops the lock. It takes one batch; for who comes after that, as for who finds the lock taken
    /// otherwise, the wait is short.
    pub(super) fn arrive(&self, session: u64, batch: &[Incoming]) {
        let core = self.core.try_lock();
        if core.is_none() {
            let mut arrivals = self.arrivals.lock();
            if arrivals.open && arrivals.left.is_none() {
                arrivals.left = Some((session, batch.to_vec()));
                return;
            }
        }
        let core = core.unwrap_or_else(|| self.core.lock());
        // A service that gave up wants to hear nothing.
        let _ = self.step(core, |core, turn| core.on_messages(turn, session, batch));
    }

    fn step<R>(
        &self,
        mut core: MutexGuard<'_, Core>,
        step: impl FnOnce(&mut Core, &mut Turn<'_>) -> R,
    ) -> Result<R, Error> {
        if self.panicked.load(Ordering::Acquire) {
            return Err(Error::Panicked);
        }
        // Read under the lock: time never runs backwards in the core.
        let mut turn = Turn { service: self, now: self.runtime.now(), effects: SmallVec::new() };
        self.arrivals.lock().open = true;
        let result = catch_unwind(AssertUnwindSafe(|| {
            core.catch_up(&mut turn);
            let result = step(&mut core, &mut turn);
            core.pass_on(&mut turn);
            let left = self.arrivals.lock().close();
            if let Some((session, batch)) = left {
                turn.now = self.runtime.now();
                core.on_messages(&mut turn, session, &batch);
                core.pass_on(&mut turn);
            }
            result
        }));
        if result.is_err() {
            self.arrivals.lock().close();
            self.panicked.store(true, Ordering::Release);
            core.give_up(&mut turn);
        }
        let next = core.next_deadline();
        turn.queue_watches();
        drop(core);
        if next != Instant::NEVER {
            self.alarm.set(next);
        }
        turn.perform();
        result.map_err(|_| Error::Panicked)
    }

    /// Tells the carriers what is queued, unless somebody does already, who then goes on with it.
    fn perform_watches(&self) {
        let mut watching = self.watching.lock();
        if std::mem::replace(&mut watching.busy, true) {
            return;
        }
        while let Some((transport, user, on)) = watching.queue.pop_front() {
            MutexGuard::unlocked(&mut watching, || transport.watch(&user, on));
        }
        watching.busy = false;
    }
}

impl Wake for Service {
    fn wake(&self, _now: Instant) {
        // A service that gave up has no deadlines.
        let _ = self.enter(|core, turn| core.on_time(turn));
    }
}

impl Turn<'_> {
    pub fn tell(&self, event: ServiceEvent) {
        self.service.delivery.push(Event::Service(event));
    }

    pub fn log(&self, level: Level, line: Arguments<'_>) {
        let log = &self.service.log;
        if log.wants(level)
            && let Some(line) = log.write(self.now, level, line)
        {
            self.tell(ServiceEvent::Log(level, line));
        }
    }

    pub fn effect(&mut self, transport: &Arc<dyn Transport>, effect: Effect) {
        self.effects.push((transport.clone(), effect));
    }

    /// Takes the watches out, the lock being held, which gives them their order.
    fn queue_watches(&mut self) {
        if !self.effects.iter().any(|(_, effect)| matches!(effect, Effect::Watch { .. })) {
            return;
        }
        let mut watching = self.service.watching.lock();
        for (transport, effect) in std::mem::take(&mut self.effects) {
            match effect {
                Effect::Watch { user, on } => watching.queue.push_back((transport, user, on)),
                effect => self.effects.push((transport, effect)),
            }
        }
    }

    /// Does what the carrier has to do, the lock being dropped.
    fn perform(self) {
        let service = self.service;
        for (transport, effect) in self.effects {
            match effect {
                Effect::Start { user, token, inbox } => transport.start(transport::Session { user, token }, inbox),
                // What the carrier does not take is sent again when it is not acknowledged.
                Effect::Send { to, bytes, expires_after, answers } => {
                    let _ = match answers {
                        true => transport.answer(to.as_str(), &bytes, expires_after),
                        false => transport.send(to.as_str(), &bytes, expires_after),
                    };
                }
                Effect::Watch { .. } => {} // In the queue.
                Effect::Renew(token) => transport.renew(&token),
                Effect::NetworkChanged => transport.network_changed(),
                // Nothing waits inside a callback.
                Effect::Stop(within) => transport.stop(if in_callback() { Duration::ZERO } else { within }),
            }
        }
        service.perform_watches();
    }
}
