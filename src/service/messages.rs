//! Peer messages and presence: requests and reports.

use std::sync::Arc;
use std::time::Duration;

use super::event::ServiceEvent;
use super::peers::{MAX_QUERY, MAX_SUBSCRIBED, Message, Turn as Change};
use super::{Core, Effect, Level, Service, Turn};
use crate::codes::{PeerMessageErr, PeerSubscriptionStatusErr, QueryPeersOnlineStatusErr};
use crate::engine::user::UserId;
use crate::error::Error;
use crate::transport::Presence;

/// How long a presence query waits for its answers; the original's 10 s.
const QUERY_TIMEOUT: Duration = Duration::from_secs(10);

impl Service {
    /// Sends a message to a peer. `numbered` gets the number by which its result comes back, before that can happen.
    pub fn send_message(&self, peer: &str, message: &Message, numbered: impl FnOnce(i64)) -> Result<(), Error> {
        self.enter(|core, turn| {
            core.check_initialized()?;
            let (posted, failed) = match core.engine.post(turn.now, peer, message.body()) {
                Ok(number) => (Some(number), PeerMessageErr::Ok),
                Err(Error::NotLoggedIn) => (None, PeerMessageErr::UserNotLoggedIn),
                Err(Error::LimitReached(_)) => (None, PeerMessageErr::TooOften),
                Err(error) => return Err(error),
            };
            let request = core.next_request();
            numbered(request);
            match posted {
                Some(number) => {
                    turn.log(Level::Info, format_args!("peer message to={peer:?} request={request}"));
                    core.posts.insert(number, request);
                }
                None => turn.tell(ServiceEvent::SendMessage(request, failed)),
            }
            Ok(())
        })?
    }

    /// Asks who is online. `numbered` gets the number with which the answer comes, before it can come.
    pub fn query_peers(&self, users: &[&str], numbered: impl FnOnce(i64)) -> Result<(), Error> {
        let users = user_ids(users, MAX_QUERY)?;
        self.enter(|core, turn| {
            core.check_initialized()?;
            let request = core.next_request();
            numbered(request);
            if core.logged_in().is_none() {
                let error = QueryPeersOnlineStatusErr::UserNotLoggedIn;
                turn.tell(ServiceEvent::Query(request, Vec::new(), error));
                return Ok(());
            }
            for user in core.watches.query(request, &users, turn.now + QUERY_TIMEOUT) {
                core.watch(turn, user, true);
            }
            core.finish_queries(turn);
            Ok(())
        })?
    }

    /// Begins to report the presence of these users. `numbered` gets the number with which the result comes, before that.
    pub fn subscribe_peers(&self, users: &[&str], numbered: impl FnOnce(i64)) -> Result<(), Error> {
        self.subscribe(users, true, numbered)
    }

    /// Ceases to report the presence of these users. `numbered` gets the number with which the result comes, before that.
    pub fn unsubscribe_peers(&self, users: &[&str], numbered: impl FnOnce(i64)) -> Result<(), Error> {
        self.subscribe(users, false, numbered)
    }

    fn subscribe(&self, users: &[&str], on: bool, numbered: impl FnOnce(i64)) -> Result<(), Error> {
        let users = user_ids(users, MAX_SUBSCRIBED)?;
        self.enter(|core, turn| {
            core.check_initialized()?;
            let request = core.next_request();
            numbered(request);
            let error = core.subscribe(turn, &users, on);
            turn.tell(ServiceEvent::Subscription(request, error));
            // What is known already is news to the subscriber.
            let known = |user: &Arc<str>| Some((user.clone(), core.watches.known(user)?));
            let news: Vec<_> = users.iter().filter(|_| on && error as i32 == 0).filter_map(known).collect();
            if !news.is_empty() {
                turn.tell(ServiceEvent::PeersStatus(news));
            }
            Ok(())
        })?
    }
}

impl Core {
    fn subscribe(&mut self, turn: &mut Turn<'_>, users: &[Arc<str>], on: bool) -> PeerSubscriptionStatusErr {
        if self.logged_in().is_none() {
            return PeerSubscriptionStatusErr::UserNotLoggedIn;
        }
        let new = users.iter().filter(|user| !self.watches.is_subscribed(user)).count();
        if on && self.watches.subscribed() + new > MAX_SUBSCRIBED {
            return PeerSubscriptionStatusErr::Overflow;
        }
        for user in users {
            let change = self.watches.set_subscribed(user, on);
            self.change_watch(turn, user, change);
        }
        PeerSubscriptionStatusErr::Ok
    }

    /// The engine wants to know a presence, or no longer.
    pub(super) fn watch_for_engine(&mut self, turn: &mut Turn<'_>, user: &Arc<str>, on: bool) {
        let change = self.watches.set_engine(user, on);
        self.change_watch(turn, user, change);
        if let Some(known) = self.watches.known(user).filter(|_| on) {
            self.engine.handle_presence(turn.now, user, known);
        }
    }

    /// The link is back: the carrier is asked again for everybody's presence.
    pub(super) fn watch_again(&mut self, turn: &mut Turn<'_>) {
        for user in self.watches.users() {
            self.watch(turn, user, true);
        }
    }

    pub(super) fn on_presence(&mut self, turn: &mut Turn<'_>, user: &str, presence: Presence) {
        if self.watches.report(user, presence) {
            turn.log(Level::Info, format_args!("presence user={user:?} {presence:?}"));
            turn.tell(ServiceEvent::PeersStatus(vec![(user.into(), presence)]));
        }
        self.engine.handle_presence(turn.now, user, presence);
        self.finish_queries(turn);
    }

    pub(super) fn finish_queries(&mut self, turn: &mut Turn<'_>) {
        let (finished, cease) = self.watches.finished(turn.now);
        for (request, answer) in finished {
            turn.tell(match answer {
                Some(answers) => ServiceEvent::Query(request, answers, QueryPeersOnlineStatusErr::Ok),
                None => ServiceEvent::Query(request, Vec::new(), QueryPeersOnlineStatusErr::Timeout),
            });
        }
        for user in cease {
            self.watch(turn, user, false);
        }
    }

    /// The session ends: subscriptions and queries end with it.
    pub(super) fn end_queries(&mut self, turn: &mut Turn<'_>) {
        for request in self.watches.clear() {
            let error = QueryPeersOnlineStatusErr::UserNotLoggedIn;
            turn.tell(ServiceEvent::Query(request, Vec::new(), error));
        }
    }

    pub(super) fn on_posted(&mut self, turn: &mut Turn<'_>, number: u64, result: PeerMessageErr) {
        if let Some(request) = self.posts.remove(&number) {
            turn.tell(ServiceEvent::SendMessage(request, result));
        }
    }

    fn change_watch(&mut self, turn: &mut Turn<'_>, user: &Arc<str>, change: Change) {
        match change {
            Change::On => self.watch(turn, user.clone(), true),
            Change::Off => self.watch(turn, user.clone(), false),
            Change::Same => {}
        }
    }

    fn watch(&mut self, turn: &mut Turn<'_>, user: Arc<str>, on: bool) {
        if let Some(session) = &self.session {
            let transport = session.transport.clone();
            turn.effect(&transport, Effect::Watch { user, on });
        }
    }
}

/// Checks a list of user ids.
fn user_ids(users: &[&str], limit: usize) -> Result<Vec<Arc<str>>, Error> {
    if users.is_empty() || users.len() > limit {
        let count = users.len();
        return Err(Error::InvalidArgument(format!("the list has {count} user ids, it must have 1 to {limit}")));
    }
    users.iter().map(|user| UserId::new(user, "user id").map(|user| user.to_arc())).collect()
}
