//! The one I/O thread, "rtm-mqtt", that drives all MQTT sessions of the process. It starts with the first session and then
//! sleeps whenever no socket is ready, no alarm has rung and nobody has called.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use mio::{Events, Poll, Registry, Token, Waker};
use once_cell::sync::OnceCell;
use parking_lot::Mutex;

use super::session::Session;
use crate::error::Error;
use crate::runtime::sheltered;
use crate::sys::{self, Stack};

const WAKER: Token = Token(usize::MAX);
/// How many sessions have their turn before what they have to say is written.
const BATCH: usize = 64;

/// What sessions share with the I/O thread.
pub struct Io {
    registry: Registry,
    waker: Waker,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sessions: HashMap<usize, Arc<Session>>,
    last: usize,
    /// Sessions that want a turn.
    called: BTreeSet<usize>,
}

thread_local! {
    static ON_THREAD: Cell<bool> = const { Cell::new(false) };
    /// Sessions with something to write, in the order in which it came up.
    static UNFLUSHED: RefCell<VecDeque<Arc<Session>>> = const { RefCell::new(VecDeque::new()) };
}

/// Whether this is the I/O thread: there nothing is waited for, and what is written goes out at the end of the batch.
pub fn on_thread() -> bool {
    ON_THREAD.get()
}

/// On the I/O thread: flushes `session` at the end of the batch.
pub fn flush_later(session: Arc<Session>) {
    UNFLUSHED.with_borrow_mut(|unflushed| unflushed.push_back(session));
}

impl Io {
    /// The one of this process; starts the thread unless it runs. What the system refuses now it may give later.
    pub fn get() -> Result<&'static Io, Error> {
        static IO: OnceCell<Arc<Io>> = OnceCell::new();
        if sys::is_forked() {
            return Err(Error::Forked);
        }
        let refused =
            |e: std::io::Error| Error::Os(format!("the system has not given what sockets are polled with: {e}"));
        let io = IO.get_or_try_init(|| {
            let poll = Poll::new().map_err(refused)?;
            let registry = poll.registry().try_clone().map_err(refused)?;
            let waker = Waker::new(&registry, WAKER).map_err(refused)?;
            let io = Arc::new(Io { registry, waker, state: Mutex::default() });
            let own = io.clone();
            sys::spawn("rtm-mqtt", Stack::Library, move || own.run(poll))?;
            Ok(io)
        })?;
        Ok(io)
    }

    /// Where sockets are registered.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// A number for a new session.
    pub fn next_token(&self) -> usize {
        let mut state = self.state.lock();
        state.last += 1;
        state.last
    }

    /// Drives `session` from now on, which is kept until it is removed.
    pub fn add(&self, session: Arc<Session>) {
        self.state.lock().sessions.insert(session.token, session);
    }

    /// No longer drives this session.
    pub fn remove(&self, token: usize) {
        let session = self.state.lock().sessions.remove(&token);
        drop(session); // With no lock held.
    }

    /// Gives a session a turn, soon, on the I/O thread.
    pub fn call(&self, token: usize) {
        let news = self.state.lock().called.insert(token);
        if news {
            // Fails only if the system is out of resources; the next event finds the call.
            let _ = self.waker.wake();
        }
    }

    fn run(&self, mut poll: Poll) {
        ON_THREAD.set(true);
        let mut events = Events::with_capacity(BATCH);
        loop {
            // An interrupted poll just starts again.
            if poll.poll(&mut events, None).is_err() {
                continue;
            }
            for event in &events {
                if event.token() != WAKER {
                    self.turn(event.token().0);
                }
            }
            let called = std::mem::take(&mut self.state.lock().called);
            called.into_iter().for_each(|token| self.turn(token));
            flush();
        }
    }

    fn turn(&self, token: usize) {
        let session = self.state.lock().sessions.get(&token).cloned();
        if let Some(session) = session {
            sheltered(|| session.turn());
            sheltered(|| drop(session));
        }
    }
}

/// The end of a batch.
fn flush() {
    while let Some(session) = UNFLUSHED.with_borrow_mut(VecDeque::pop_front) {
        sheltered(|| session.flush());
        sheltered(|| drop(session)); // It may be the last to own it, and of what it reported to.
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::failing;

    #[test]
    fn a_thread_that_could_not_be_started_is_started_later() {
        failing::set(true);
        let refused = Io::get().err();
        failing::set(false);
        assert!(matches!(refused, Some(Error::Os(_))), "{refused:?}");
        assert!(Io::get().is_ok());
    }
}
