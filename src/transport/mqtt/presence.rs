//! Who is online: the retained entries of watched users, one for each instance (docs/PROTOCOL.md, "The MQTT carrier").
//!
//! An entry says that its user is online. That there is none is known only once the retained messages were read to their end,
//! which a marker tells: a message to oneself, sent after the broker acknowledged the subscription.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::time::Instant;
use crate::transport::Presence;

/// How many users are subscribed to with one packet.
const BATCH: usize = 64;
/// After which time a marker that did not come back is sent anew.
const MARKER_AGAIN: Duration = Duration::from_secs(3);
/// How many instances of one user count; a user with more is online all the same.
const MAX_INSTANCES: usize = 64;

/// The users whom a session watches.
#[derive(Default)]
pub struct Book {
    watched: BTreeMap<String, Watched>,
    /// Users to be unsubscribed from.
    leaving: BTreeSet<String>,
    /// When the last marker is given up.
    marker_until: Option<Instant>,
}

#[derive(Default)]
struct Watched {
    online: BTreeSet<String>,
    step: Step,
    told: Option<Presence>,
}

#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Step {
    /// Not subscribed yet.
    #[default]
    New,
    /// SUBSCRIBE with this identifier is under way; the user's place in it.
    Asked(u16, usize),
    /// Subscribed; a marker is to be sent.
    Subscribed,
    /// This marker is under way.
    Marked(u64),
    /// The retained entries were read.
    Read,
    /// The broker refused the subscription: nothing is known.
    Refused,
}

/// What is news of whom.
pub type News = Option<Presence>;

impl Book {
    /// Begins or ends to watch.
    pub fn watch(&mut self, user: &str, on: bool) {
        if on {
            self.leaving.remove(user);
            self.watched.entry(user.into()).or_default();
        } else if self.watched.remove(user).is_some() {
            self.leaving.insert(user.into());
        }
    }

    /// A new connection: everything is to be asked for and told anew.
    pub fn begin(&mut self) {
        self.marker_until = None;
        self.watched.values_mut().for_each(|watched| *watched = Watched::default());
    }

    /// Users to be subscribed to with one SUBSCRIBE; `id` makes its identifier.
    pub fn next_subscribe(&mut self, id: impl FnOnce() -> u16) -> Option<(u16, Vec<String>)> {
        let new = self.watched.iter_mut().filter(|(_, watched)| watched.step == Step::New).take(BATCH);
        let new: Vec<_> = new.collect();
        if new.is_empty() {
            return None;
        }
        let id = id();
        let users = new.into_iter().enumerate().map(|(place, (user, watched))| {
            watched.step = Step::Asked(id, place);
            user.clone()
        });
        Some((id, users.collect()))
    }

    /// Users to be unsubscribed from.
    pub fn next_unsubscribe(&mut self) -> BTreeSet<String> {
        std::mem::take(&mut self.leaving)
    }

    /// The broker answered a SUBSCRIBE. The users that it refused.
    pub fn subscribed(&mut self, id: u16, reasons: &[u8]) -> Vec<String> {
        let mut refused = Vec::new();
        for (user, watched) in &mut self.watched {
            let Step::Asked(asked, place) = watched.step else { continue };
            if asked != id {
                continue;
            }
            let granted = reasons.get(place).is_some_and(|reason| *reason < 0x80);
            watched.step = if granted { Step::Subscribed } else { Step::Refused };
            if !granted {
                refused.push(user.clone());
            }
        }
        refused
    }

    /// Whether a marker is to be sent now; it is called `number`.
    pub fn mark(&mut self, now: Instant, number: u64) -> bool {
        let late = self.marker_until.is_some_and(|until| until <= now);
        let mut any = false;
        for watched in self.watched.values_mut() {
            if watched.step == Step::Subscribed || late && matches!(watched.step, Step::Marked(_)) {
                watched.step = Step::Marked(number);
                any = true;
            }
        }
        if any {
            self.marker_until = Some(now + MARKER_AGAIN);
        } else if late {
            self.marker_until = None;
        }
        any
    }

    /// When [`mark`](Book::mark) is to be asked again.
    pub fn next_deadline(&self) -> Instant {
        self.marker_until.unwrap_or(Instant::NEVER)
    }

    /// A marker came back: the users that are now known to be offline.
    pub fn marked(&mut self, number: u64) -> Vec<String> {
        let mut offline = Vec::new();
        for (user, watched) in &mut self.watched {
            if watched.step == Step::Marked(number) {
                watched.step = Step::Read;
                if watched.news() == Some(Presence::Offline) {
                    offline.push(user.clone());
                }
            }
        }
        if !self.watched.values().any(|watched| matches!(watched.step, Step::Marked(_))) {
            self.marker_until = None;
        }
        offline
    }

    /// An entry was read: what is news of its user.
    pub fn entry(&mut self, user: &str, instance: &str, online: bool) -> News {
        let watched = self.watched.get_mut(user)?;
        if !online {
            watched.online.remove(instance);
        } else if watched.online.len() < MAX_INSTANCES {
            watched.online.insert(instance.into());
        }
        watched.news()
    }
}

impl Watched {
    fn news(&mut self) -> News {
        let presence = match self.online.is_empty() {
            false => Presence::Online,
            true if self.step == Step::Read => Presence::Offline,
            true => return None,
        };
        (self.told.replace(presence) != Some(presence)).then_some(presence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(book: &mut Book, id: u16) -> Vec<String> {
        book.next_subscribe(|| id).map(|(_, users)| users).unwrap_or_default()
    }

    #[test]
    fn offline_is_told_when_the_marker_is_back_and_online_at_once() {
        let mut book = Book::default();
        book.watch("bob", true);
        book.watch("carol", true);
        assert_eq!(asked(&mut book, 7), ["bob", "carol"]);
        assert!(asked(&mut book, 8).is_empty());
        assert_eq!(book.entry("carol", "a", true), Some(Presence::Online));
        assert_eq!(book.entry("bob", "a", false), None);
        assert!(!book.mark(Instant::ZERO, 1), "no marker before the SUBACK");
        assert!(book.subscribed(7, &[1, 1]).is_empty());
        assert!(book.mark(Instant::ZERO, 1));
        assert!(!book.mark(Instant::ZERO, 2));
        assert!(book.marked(9).is_empty());
        assert_eq!(book.marked(1), ["bob"]);
        assert_eq!(book.entry("carol", "b", true), None);
        assert_eq!(book.entry("carol", "a", false), None, "another instance is there");
        assert_eq!(book.entry("carol", "b", false), Some(Presence::Offline));
        assert_eq!(book.entry("bob", "a", true), Some(Presence::Online));
        assert_eq!(book.entry("dave", "a", true), None);
    }

    #[test]
    fn a_lost_marker_is_sent_anew() {
        let mut book = Book::default();
        book.watch("bob", true);
        asked(&mut book, 1);
        book.subscribed(1, &[1]);
        assert!(book.mark(Instant::ZERO, 1));
        let late = book.next_deadline();
        assert_eq!(late, Instant::ZERO + MARKER_AGAIN);
        assert!(book.mark(late, 2));
        assert_eq!(book.marked(2), ["bob"]);
        assert_eq!(book.next_deadline(), Instant::NEVER);
    }

    #[test]
    fn a_new_connection_asks_and_tells_anew() {
        let mut book = Book::default();
        book.watch("bob", true);
        asked(&mut book, 1);
        assert_eq!(book.entry("bob", "a", true), Some(Presence::Online));
        book.begin();
        assert_eq!(asked(&mut book, 2), ["bob"]);
        assert_eq!(book.entry("bob", "a", true), Some(Presence::Online));
        book.watch("bob", false);
        assert_eq!(book.next_unsubscribe().len(), 1);
        assert!(book.next_unsubscribe().is_empty());
    }

    #[test]
    fn a_refused_subscription_tells_nothing() {
        let mut book = Book::default();
        book.watch("bob", true);
        asked(&mut book, 1);
        book.watch("carol", true);
        assert!(book.subscribed(2, &[1]).is_empty());
        assert_eq!(book.subscribed(1, &[0x87]), ["bob"]);
        assert!(!book.mark(Instant::ZERO, 1));
        assert!(book.marked(1).is_empty());
    }
}
