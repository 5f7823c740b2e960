//! Who is online: the retained entries of watched users, one for each instance (docs/PROTOCOL.md, "The MQTT carrier").
//!
//! An entry says that its user is online. That there is none is known only once the retained messages were read to their end,
//! which a marker tells: a message to oneself, sent after the broker acknowledged the subscription.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::time::Instant;
use crate::transport::Presence;

/// How many users are subscribed to, or unsubscribed from, with one packet.
const BATCH: usize = 64;
/// After which time a marker that did not come back is sent anew.
const MARKER_AGAIN: Duration = Duration::from_secs(3);
/// How many instances of one user count; a user with more is online all the same.
const MAX_INSTANCES: usize = 64;

/// The users whom a session watches. Each waits for the next step of its subscription in one of the lists, so that none of
/// them looks at all users; whom it no longer concerns is passed over there.
#[derive(Default)]
pub struct Book {
    watched: BTreeMap<String, Watched>,
    /// Users to be subscribed to.
    new: BTreeSet<String>,
    /// Those of a SUBSCRIBE under way, in their order, by its identifier.
    asked: BTreeMap<u16, Vec<String>>,
    /// Those whose retained entries are coming: a marker is to be sent.
    subscribed: Vec<String>,
    /// Those for whom a marker is under way, by its number.
    marked: BTreeMap<u64, Vec<String>>,
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
    /// SUBSCRIBE with this identifier is under way.
    Asked(u16),
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
        if !on {
            if self.watched.remove(user).is_some() {
                self.new.remove(user);
                self.leaving.insert(user.into());
            }
        } else if !self.watched.contains_key(user) {
            self.leaving.remove(user);
            self.watched.insert(user.into(), Watched::default());
            self.new.insert(user.into());
        }
    }

    /// A new connection: everything is to be asked for and told anew.
    pub fn begin(&mut self) {
        let watched = std::mem::take(&mut self.watched);
        *self = Book { leaving: std::mem::take(&mut self.leaving), ..Book::default() };
        for user in watched.into_keys() {
            self.watch(&user, true);
        }
    }

    /// Users to be subscribed to with one SUBSCRIBE; `id` makes its identifier.
    pub fn next_subscribe(&mut self, id: impl FnOnce() -> u16) -> Option<(u16, Vec<String>)> {
        let users = take_some(&mut self.new)?;
        let id = id();
        for user in &users {
            self.set(user, Step::Asked(id));
        }
        self.asked.insert(id, users.clone());
        Some((id, users))
    }

    /// Users to be unsubscribed from with one UNSUBSCRIBE.
    pub fn next_unsubscribe(&mut self) -> Option<Vec<String>> {
        take_some(&mut self.leaving)
    }

    /// The broker answered a SUBSCRIBE. The users that it refused.
    pub fn subscribed(&mut self, id: u16, reasons: &[u8]) -> Vec<String> {
        let mut refused = Vec::new();
        for (place, user) in self.asked.remove(&id).into_iter().flatten().enumerate() {
            if !self.is_at(&user, Step::Asked(id)) {
                continue;
            }
            if reasons.get(place).is_some_and(|reason| *reason < 0x80) {
                self.set(&user, Step::Subscribed);
                self.subscribed.push(user);
            } else {
                self.set(&user, Step::Refused);
                refused.push(user);
            }
        }
        refused
    }

    /// Whether a marker is to be sent now; it is called `number`.
    pub fn mark(&mut self, now: Instant, number: u64) -> bool {
        let mut users = std::mem::take(&mut self.subscribed);
        users.retain(|user| self.is_at(user, Step::Subscribed));
        if self.marker_until.is_some_and(|until| until <= now) {
            self.marker_until = None;
            for (late, mut marked) in std::mem::take(&mut self.marked) {
                marked.retain(|user| self.is_at(user, Step::Marked(late)));
                users.append(&mut marked);
            }
        }
        if users.is_empty() {
            return false;
        }
        for user in &users {
            self.set(user, Step::Marked(number));
        }
        self.marked.insert(number, users);
        self.marker_until = Some(now + MARKER_AGAIN);
        true
    }

    /// When [`mark`](Book::mark) is to be asked again.
    pub fn next_deadline(&self) -> Instant {
        self.marker_until.unwrap_or(Instant::NEVER)
    }

    /// A marker came back: the users that are now known to be offline.
    pub fn marked(&mut self, number: u64) -> Vec<String> {
        let mut offline = Vec::new();
        for user in self.marked.remove(&number).into_iter().flatten() {
            if let Some(watched) = self.watched.get_mut(&user).filter(|watched| watched.step == Step::Marked(number)) {
                watched.step = Step::Read;
                if watched.news() == Some(Presence::Offline) {
                    offline.push(user);
                }
            }
        }
        if self.marked.is_empty() {
            self.marker_until = None;
        }
        offline
    }

    fn is_at(&self, user: &str, step: Step) -> bool {
        self.watched.get(user).is_some_and(|watched| watched.step == step)
    }

    fn set(&mut self, user: &str, step: Step) {
        if let Some(watched) = self.watched.get_mut(user) {
            watched.step = step;
        }
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

/// Some of these users, as many as one packet may name; none if there is none.
fn take_some(users: &mut BTreeSet<String>) -> Option<Vec<String>> {
    let some: Vec<String> = std::iter::from_fn(|| users.pop_first()).take(BATCH).collect();
    (!some.is_empty()).then_some(some)
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
        assert_eq!(book.next_unsubscribe().unwrap(), ["bob"]);
        assert_eq!(book.next_unsubscribe(), None);
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
    #[test]
    fn who_is_watched_anew_meanwhile_waits_for_its_own_subscription() {
        let mut book = Book::default();
        book.watch("bob", true);
        asked(&mut book, 1);
        book.watch("bob", false);
        book.watch("bob", true);
        assert_eq!(book.next_unsubscribe(), None);
        assert_eq!(asked(&mut book, 2), ["bob"]);
        assert!(book.subscribed(1, &[1]).is_empty());
        assert!(!book.mark(Instant::ZERO, 1), "that was the former subscription");
        book.subscribed(2, &[1]);
        assert!(book.mark(Instant::ZERO, 1));
        book.watch("bob", false);
        book.watch("bob", true);
        assert!(book.marked(1).is_empty());
        assert_eq!(book.next_deadline(), Instant::NEVER);
    }

    #[test]
    fn no_packet_names_more_users_than_a_broker_takes() {
        let mut book = Book::default();
        let users: Vec<String> = (0..3 * BATCH).map(|number| format!("user {number:03}")).collect();
        users.iter().for_each(|user| book.watch(user, true));
        for id in 1..=3 {
            assert_eq!(asked(&mut book, id).len(), BATCH);
        }
        users.iter().for_each(|user| book.watch(user, false));
        let left: Vec<Vec<String>> = std::iter::from_fn(|| book.next_unsubscribe()).collect();
        assert!(left.iter().all(|some| some.len() == BATCH));
        assert_eq!(left.concat(), users);
    }

    #[test]
    fn the_cost_of_a_user_does_not_grow_with_those_who_are_watched() {
        const USERS: u16 = 20_000;
        let began = std::time::Instant::now();
        let mut book = Book::default();
        // One after the other, each while those before it wait for the broker.
        for number in 1..=USERS {
            book.watch(&format!("user {number}"), true);
            asked(&mut book, number);
            book.mark(Instant::ZERO, number.into());
        }
        for number in 1..=USERS {
            book.subscribed(number, &[1]);
            book.mark(Instant::ZERO, number.into());
            assert_eq!(book.marked(number.into()).len(), 1);
        }
        // A second is enough; if each looked at all it would be minutes.
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    }
}
