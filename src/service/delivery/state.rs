//! What the lock of a delivery guards: the queue, the turn, the handlers, and how far the end has come.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::runtime::Alarm;
use crate::service::event::{CallHandler, Event, ServiceHandler};

/// How far the end has come; it only grows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Gate {
    /// Events are taken.
    #[default]
    Open,
    /// No more; the queue is still delivered.
    Closing,
    /// No more; the queue was dropped, and no callback starts.
    Discarding,
    /// The last callback has ended and the handlers are being let go, or gone.
    Shut,
}

#[derive(Default)]
pub(super) struct State {
    pub queue: VecDeque<Event>,
    /// How many events were ever queued.
    pub pushed: u64,
    pub gate: Gate,
    /// Somebody delivers.
    pub turn: bool,
    /// It has an event that is in no queue any more.
    pub at_hand: bool,
    /// The handler whose callback runs.
    pub active: Option<u64>,
    /// A pool has this delivery in its queue.
    pub scheduled: bool,
    /// The doorbell is rung.
    pub rung: bool,
    /// In the order in which they were added.
    pub handlers: Vec<(u64, Handler)>,
    /// The name of the one added last.
    pub newest: u64,
    /// Handlers that were taken out and are not dropped yet.
    pub leaving: Vec<u64>,
    /// Set once a worker could not be started.
    pub retry: Option<Alarm>,
}

/// Who is called next.
pub(super) struct Receiver {
    pub id: u64,
    pub handler: Handler,
    /// No other receives the event after it.
    pub is_last: bool,
}

impl State {
    pub fn push(&mut self, event: Event) {
        self.queue.push_back(event);
        self.pushed += 1;
    }

    /// How many events were delivered or dropped. They leave in the order in which they came.
    pub fn delivered(&self) -> u64 {
        self.pushed - self.queue.len() as u64 - u64::from(self.at_hand)
    }

    /// The first handler for `event` whose name lies after `after` and not after `newest`.
    pub fn receiver(&self, event: &Event, after: u64, newest: u64) -> Option<Receiver> {
        if self.gate >= Gate::Discarding {
            return None;
        }
        let mut fitting =
            self.handlers.iter().filter(|(id, handler)| *id > after && *id <= newest && handler.takes(event));
        let (id, handler) = fitting.next()?;
        Some(Receiver { id: *id, handler: handler.clone(), is_last: fitting.next().is_none() })
    }

    /// Takes the first handler out that `which` names.
    pub fn take_handler(&mut self, which: impl Fn(u64, &Handler) -> bool) -> Option<(u64, Handler)> {
        let index = self.handlers.iter().position(|(id, handler)| which(*id, handler))?;
        Some(self.handlers.remove(index))
    }

    /// Whether code of this handler runs or is about to: a callback or its drop.
    pub fn is_busy_with(&self, id: u64) -> bool {
        self.active == Some(id) || self.leaving.contains(&id)
    }

    /// Whether the delivery is closed and no code of the application runs for it any more.
    pub fn is_over(&self) -> bool {
        self.gate == Gate::Shut && self.handlers.is_empty() && self.leaving.is_empty()
    }
}

/// A handler of either kind.
#[derive(Clone)]
pub(super) enum Handler {
    Service(Arc<dyn ServiceHandler>),
    Call(Arc<dyn CallHandler>),
}

impl Handler {
    fn takes(&self, event: &Event) -> bool {
        matches!((self, event), (Handler::Service(_), Event::Service(_)) | (Handler::Call(_), Event::Call(_)))
    }

    pub fn on_event(&self, event: &Event) {
        match (self, event) {
            (Handler::Service(handler), Event::Service(event)) => handler.on_event(event),
            (Handler::Call(handler), Event::Call(event)) => handler.on_event(event),
            _ => {}
        }
    }
}
