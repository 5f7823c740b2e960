//! Peer messages and presence, as the service keeps them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::codes::MessageType;
use crate::engine::Body;
use crate::handles::{Table, kind};
use crate::time::Instant;
use crate::transport::Presence;

/// All messages with a handle.
pub static MESSAGES: Table<Message> = Table::new(kind::MESSAGE, "a message");

/// Users in one presence query (the original's limit).
pub const MAX_QUERY: usize = 256;
/// Users whose presence is subscribed to (the original's limit).
pub const MAX_SUBSCRIBED: usize = 512;

/// A peer message, made by the application or received.
#[derive(Debug)]
pub struct Message {
    body: Body,
    user_data: AtomicUsize,
}

impl Message {
    pub fn new(body: Body) -> Arc<Message> {
        Arc::new(Message { body, user_data: AtomicUsize::new(0) })
    }

    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Text or bytes.
    pub fn kind(&self) -> MessageType {
        match self.body {
            Body::Text(_) => MessageType::Text,
            Body::Raw { .. } => MessageType::Raw,
        }
    }

    /// The bytes, none if it is a text.
    pub fn raw(&self) -> &[u8] {
        match &self.body {
            Body::Text(_) => &[],
            Body::Raw { data, .. } => data,
        }
    }

    /// The text with its final NUL; valid as long as this object.
    pub fn text_ptr(&self) -> *const u8 {
        let (Body::Text(text) | Body::Raw { text, .. }) = &self.body;
        text.as_c_ptr()
    }

    pub fn user_data(&self) -> usize {
        self.user_data.load(Ordering::Acquire)
    }

    pub fn set_user_data(&self, value: usize) {
        self.user_data.store(value, Ordering::Release);
    }
}

/// Whose presence is watched, for whom, and what is known of it.
#[derive(Default)]
pub(super) struct Watches {
    watches: BTreeMap<Arc<str>, Watch>,
    queries: BTreeMap<i64, Query>,
    subscribed: usize,
}

#[derive(Default)]
struct Watch {
    engine: bool,
    subscribed: bool,
    queries: usize,
    known: Option<Presence>,
}

struct Query {
    open: usize,
    answers: Vec<(Arc<str>, Option<Presence>)>,
    closes: Instant,
}

/// Finished queries, each with its number and what was found, and whom to cease watching.
pub(super) type Finished = (Vec<(i64, Option<Vec<(Arc<str>, Presence)>>)>, Vec<Arc<str>>);

impl Watch {
    fn wanted(&self) -> bool {
        self.engine || self.subscribed || self.queries > 0
    }
}

/// Whether the carrier has to begin or cease watching.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Turn {
    On,
    Off,
    Same,
}

impl Watches {
    pub fn subscribed(&self) -> usize {
        self.subscribed
    }

    pub fn is_subscribed(&self, user: &str) -> bool {
        self.watches.get(user).is_some_and(|watch| watch.subscribed)
    }

    /// What is known of `user`.
    pub fn known(&self, user: &str) -> Option<Presence> {
        self.watches.get(user)?.known
    }

    pub fn set_engine(&mut self, user: &str, on: bool) -> Turn {
        self.change(user, |watch| watch.engine = on)
    }

    pub fn set_subscribed(&mut self, user: &str, on: bool) -> Turn {
        let before = self.is_subscribed(user);
        self.subscribed = self.subscribed + usize::from(on) - usize::from(before);
        self.change(user, |watch| watch.subscribed = on)
    }

    /// Begins a query; the users to begin watching.
    pub fn query(&mut self, number: i64, users: &[Arc<str>], closes: Instant) -> Vec<Arc<str>> {
        let mut begin = Vec::new();
        let mut answers = Vec::with_capacity(users.len());
        for user in users {
            answers.push((user.clone(), self.known(user)));
            if self.change(user, |watch| watch.queries += 1) == Turn::On {
                begin.push(user.clone());
            }
        }
        let open = answers.iter().filter(|(_, known)| known.is_none()).count();
        self.queries.insert(number, Query { open, answers, closes });
        begin
    }

    /// The carrier reported a presence. Whether the application subscribed to it and it is news.
    pub fn report(&mut self, user: &str, presence: Presence) -> bool {
        let Some(watch) = self.watches.get_mut(user) else { return false };
        let news = watch.known != Some(presence);
        watch.known = Some(presence);
        for query in self.queries.values_mut() {
            let waiting = query.answers.iter_mut().filter(|(who, known)| **who == *user && known.is_none());
            for answer in waiting {
                answer.1 = Some(presence);
                query.open -= 1;
            }
        }
        watch.subscribed && news
    }

    /// Takes out the queries that have all their answers, or (`None` for the answers) whose time is over.
    pub fn finished(&mut self, now: Instant) -> Finished {
        let over = |query: &Query| query.open == 0 || query.closes <= now;
        let numbers: Vec<i64> = self.queries.iter().filter(|(_, query)| over(query)).map(|(n, _)| *n).collect();
        let (mut finished, mut cease) = (Vec::new(), Vec::new());
        for number in numbers {
            let query = self.queries.remove(&number).expect("it was just found");
            for (user, _) in &query.answers {
                if self.change(user, |watch| watch.queries -= 1) == Turn::Off {
                    cease.push(user.clone());
                }
            }
            let complete = query.open == 0;
            let answers = query.answers.into_iter().filter_map(|(user, known)| Some((user, known?))).collect();
            finished.push((number, complete.then_some(answers)));
        }
        (finished, cease)
    }

    /// When the next query's time is over.
    pub fn next_close(&self) -> Instant {
        self.queries.values().map(|query| query.closes).min().unwrap_or(Instant::NEVER)
    }

    /// The link broke: nothing is known any more.
    pub fn forget_known(&mut self) {
        for watch in self.watches.values_mut() {
            watch.known = None;
        }
    }

    /// All users that are watched.
    pub fn users(&self) -> Vec<Arc<str>> {
        self.watches.keys().cloned().collect()
    }

    /// The session ended; the queries that were open.
    pub fn clear(&mut self) -> Vec<i64> {
        let open = self.queries.keys().copied().collect();
        *self = Watches::default();
        open
    }

    fn change(&mut self, user: &str, change: impl FnOnce(&mut Watch)) -> Turn {
        let watch = match self.watches.get_mut(user) {
            Some(watch) => watch,
            None => self.watches.entry(user.into()).or_default(),
        };
        let before = watch.wanted();
        change(watch);
        match (before, watch.wanted()) {
            (false, true) => Turn::On,
            (was, false) => {
                self.watches.remove(user);
                if was { Turn::Off } else { Turn::Same }
            }
            _ => Turn::Same,
        }
    }
}
