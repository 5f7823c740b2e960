//! Who is logged in to a hub, who watches whom, and what each watcher was told.
//!
//! All of it changes under one lock, under which the reports are put into the mailboxes too: so every watcher sees the
//! changes in the order in which they happened. Each function answers the sessions that have something to be reported now.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::mailbox::Seat;
use crate::time::Instant;
use crate::transport::Presence;

/// Sessions whose mailboxes are to be emptied, in this order, once the lock is gone.
pub(super) type Ready = Vec<Arc<Seat>>;

/// The users of one hub.
#[derive(Default)]
pub(super) struct Table {
    /// Looked up, never walked: its order is not the same in two runs.
    places: HashMap<Arc<str>, Place>,
    /// The watchers of each user, in the order of their logins.
    watchers: HashMap<Arc<str>, BTreeMap<u64, Watcher>>,
    /// When a user whose link is cut, or who left, counts as gone; by time and session.
    lapses: BTreeMap<(Instant, u64), Arc<str>>,
    /// Sessions that were replaced while their machine was suspended: they learn of it when it wakes up.
    sleepers: Vec<Arc<Seat>>,
}

/// A user who is logged in.
struct Place {
    seat: Arc<Seat>,
    presence: Presence,
    /// The end of the grace time, while it runs.
    lapse: Option<Instant>,
    /// Whom this session watches.
    watched: BTreeSet<Arc<str>>,
}

/// A session that watches.
struct Watcher {
    seat: Arc<Seat>,
    told: Option<Presence>,
}

impl Watcher {
    /// Tells what is news; false if there is none, or the session is out of reach.
    fn tell(&mut self, user: &Arc<str>, presence: Presence) -> bool {
        let news = self.told != Some(presence) && self.seat.post_presence(user, presence);
        if news {
            self.told = Some(presence);
        }
        news
    }
}

impl Table {
    /// The session of `user`.
    pub fn seat(&self, user: &str) -> Option<&Arc<Seat>> {
        self.places.get(user).map(|place| &place.seat)
    }

    /// Logs a session in; another one of the same user ends.
    pub fn enter(&mut self, seat: &Arc<Seat>) -> Ready {
        if seat.closed() {
            return Ready::new(); // stopped before it had begun
        }
        let mut ready = Ready::new();
        let mut backlog = Vec::new();
        if let Some(old) = self.remove(&seat.user) {
            backlog = old.replace();
            if old.asleep() {
                self.sleepers.push(old.clone());
            }
            ready.push(old);
        }
        seat.open(backlog);
        let place = Place { seat: seat.clone(), presence: Presence::Online, lapse: None, watched: BTreeSet::new() };
        self.places.insert(seat.user.clone(), place);
        ready.push(seat.clone());
        ready.extend(self.announce(&seat.user, Presence::Online));
        ready
    }

    /// Logs a session out. The watchers learn of it at `told`, if messages of this user are on their way until then.
    pub fn leave(&mut self, seat: &Arc<Seat>, told: Option<Instant>) -> Ready {
        self.sleepers.retain(|sleeper| sleeper.number != seat.number);
        if self.place(seat).is_none() {
            return Ready::new();
        }
        self.remove(&seat.user);
        match told {
            Some(at) => {
                self.lapses.insert((at, seat.number), seat.user.clone());
                Ready::new()
            }
            None => self.announce(&seat.user, Presence::Offline),
        }
    }

    /// Cuts the link of `user`, who counts as gone from `lapse` on; `None` if it is cut already or nobody of that name is
    /// logged in.
    pub fn cut(&mut self, user: &str, lapse: Instant) -> Option<Ready> {
        let place = self.places.get_mut(user).filter(|place| place.seat.cut())?;
        let seat = place.seat.clone();
        place.presence = Presence::Unreachable;
        place.lapse = Some(lapse);
        self.lapses.insert((lapse, seat.number), seat.user.clone());
        // Who loses its link loses what it was told: when it is back it is told anew.
        for watched in place.watched.clone() {
            if let Some(watcher) = self.watchers.get_mut(&watched).and_then(|all| all.get_mut(&seat.number)) {
                watcher.told = None;
            }
        }
        let mut ready = vec![seat.clone()];
        ready.extend(self.announce(&seat.user, Presence::Unreachable));
        Some(ready)
    }

    /// Restores the link of `user`; `None` if it stands or nobody of that name is logged in.
    pub fn restore(&mut self, user: &str) -> Option<Ready> {
        let place = self.places.get_mut(user).filter(|place| place.seat.restore())?;
        let seat = place.seat.clone();
        place.presence = Presence::Online;
        if let Some(lapse) = place.lapse.take() {
            self.lapses.remove(&(lapse, seat.number));
        }
        self.refresh(user);
        let mut ready = vec![seat.clone()];
        ready.extend(self.announce(&seat.user, Presence::Online));
        Some(ready)
    }

    /// Suspends the machine of `user`, or wakes it up; `None` if there is none.
    pub fn sleep(&mut self, user: &str, on: bool) -> Option<Ready> {
        let mut ready = Ready::new();
        if !on {
            ready.extend(self.sleepers.extract_if(.., |sleeper| *sleeper.user == *user));
        }
        ready.extend(self.seat(user).cloned());
        ready.iter().for_each(|seat| seat.sleep(on));
        if !on {
            self.refresh(user);
        }
        (!ready.is_empty()).then_some(ready)
    }

    /// Gives up the users whose grace time is over, and tells of those who left.
    pub fn lapse(&mut self, now: Instant) -> Ready {
        let mut ready = Ready::new();
        while let Some(entry) = self.lapses.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((_, number), user) = entry.remove_entry();
            match self.places.get_mut(&user) {
                Some(place) if place.seat.number == number => {
                    place.presence = Presence::Offline;
                    place.lapse = None;
                }
                Some(_) => continue, // The user left, and is here again.
                None => {}
            }
            ready.extend(self.announce(&user, Presence::Offline));
        }
        ready
    }

    /// When the next of them is due.
    pub fn next_lapse(&self) -> Option<Instant> {
        self.lapses.first_key_value().map(|((at, _), _)| *at)
    }

    /// Begins or ends to tell `seat` of `user`.
    pub fn watch(&mut self, seat: &Arc<Seat>, user: &str, on: bool) -> Ready {
        let user: Arc<str> = user.into();
        let Some(place) = self.place(seat) else { return Ready::new() };
        if !on {
            if place.watched.remove(&user) {
                self.unwatch(seat.number, &user);
                seat.forget_presence(&user);
            }
        } else if place.watched.insert(user.clone()) {
            let presence = self.presence(&user);
            let mut watcher = Watcher { seat: seat.clone(), told: None };
            watcher.tell(&user, presence);
            self.watchers.entry(user).or_default().insert(seat.number, watcher);
            return vec![seat.clone()];
        }
        Ready::new()
    }

    /// How many watches there are.
    #[cfg(test)]
    pub fn watches(&self) -> usize {
        self.watchers.values().map(BTreeMap::len).sum()
    }

    /// How many replaced sessions sleep.
    #[cfg(test)]
    pub fn sleepers(&self) -> usize {
        self.sleepers.len()
    }

    /// The place of this very session.
    fn place(&mut self, seat: &Seat) -> Option<&mut Place> {
        self.places.get_mut(&seat.user).filter(|place| place.seat.number == seat.number)
    }

    fn presence(&self, user: &str) -> Presence {
        self.places.get(user).map_or(Presence::Offline, |place| place.presence)
    }

    /// Takes a user out, with all that the session watched.
    fn remove(&mut self, user: &str) -> Option<Arc<Seat>> {
        let Place { seat, lapse, watched, .. } = self.places.remove(user)?;
        if let Some(lapse) = lapse {
            self.lapses.remove(&(lapse, seat.number));
        }
        watched.iter().for_each(|user| self.unwatch(seat.number, user));
        Some(seat)
    }

    fn unwatch(&mut self, number: u64, user: &str) {
        if let Some(watchers) = self.watchers.get_mut(user) {
            watchers.remove(&number);
            if watchers.is_empty() {
                self.watchers.remove(user);
            }
        }
    }

    /// Tells all watchers of `user`.
    fn announce(&mut self, user: &Arc<str>, presence: Presence) -> Ready {
        let watchers = self.watchers.get_mut(user).into_iter().flat_map(BTreeMap::values_mut);
        let told = watchers.filter_map(|watcher| watcher.tell(user, presence).then(|| watcher.seat.clone()));
        told.collect()
    }

    /// Tells `user`, who was out of reach, what it was not told yet.
    fn refresh(&mut self, user: &str) {
        let Some(place) = self.places.get(user) else { return };
        let number = place.seat.number;
        for watched in place.watched.clone() {
            let presence = self.presence(&watched);
            let watcher = self.watchers.get_mut(&watched).and_then(|watchers| watchers.get_mut(&number));
            watcher.map(|watcher| watcher.tell(&watched, presence));
        }
    }
}
