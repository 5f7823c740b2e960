//! The oracle: what every callback is held against (SPEC section 3 and fine print).

use std::sync::Arc;
use std::time::Duration;

use rtm_call::codes::{
    ConnectionChangeReason as Change, ConnectionState as Connection, EndReason as Reason, EndSide as Side, LocalInvitationErr,
    LoginErr, LogoutErr, PeerMessageErr, RemoteInvitationErr,
};
use rtm_call::engine::{Body, CallId, local, remote};
use rtm_call::service::event::{CallEvent, ServiceEvent};
use rtm_call::service::invitation::{LOCALS, LocalInvitation, REMOTES, RemoteInvitation};
use rtm_call::time::Instant;
use rtm_call::transport::Presence;

use crate::pairs;
use crate::script::Reaction;
use crate::state::{Ended, Remote, State, local_follows, local_row, remote_follows};

/// What the application is to do in this callback.
#[derive(Clone, Copy, Debug)]
pub enum Cue {
    Nothing,
    /// A ring: answer by the plan, and react.
    Ring(usize),
    /// A local invitation: react.
    Local(usize, Reaction),
    /// A remote invitation ended: react.
    RemoteEnd(usize, Reaction),
}

const SLACK: Duration = Duration::from_millis(1);

impl State {
    /// One callback of a call manager's handler.
    pub fn on_call(&mut self, station: usize, event: &CallEvent) -> Cue {
        self.hear(station);
        use CallEvent::*;
        match event {
            LocalReceivedByPeer(object) => self.on_received(station, object),
            LocalAccepted(object, response) => {
                self.on_accepted(station, object, response);
                self.on_local_end(station, object, local::State::AcceptedByRemote, LocalInvitationErr::Ok)
            }
            LocalRefused(object, _) => {
                self.on_local_end(station, object, local::State::RefusedByRemote, LocalInvitationErr::Ok)
            }
            LocalCanceled(object) => self.on_local_end(station, object, local::State::Canceled, LocalInvitationErr::Ok),
            LocalFailure(object, code) => self.on_local_end(station, object, local::State::Failure, *code),
            RemoteReceived(object) => self.on_ring(station, object),
            RemoteAccepted(object) => self.on_remote_end(station, object, remote::State::Accepted, RemoteInvitationErr::Ok),
            RemoteRefused(object) => self.on_remote_end(station, object, remote::State::Refused, RemoteInvitationErr::Ok),
            RemoteCanceled(object) => self.on_remote_end(station, object, remote::State::Canceled, RemoteInvitationErr::Ok),
            RemoteFailure(object, code) => self.on_remote_end(station, object, remote::State::Failure, *code),
        }
    }

    fn hear(&mut self, station: usize) {
        self.coverage.events += 1;
        let silent = self.stations[station].silent;
        self.check(!silent, "no callback starts after release returned", || format!("service {station}"));
    }

    fn exact(&self, station: usize) -> bool {
        !self.stations[station].pump
    }

    fn on_received(&mut self, station: usize, object: &Arc<LocalInvitation>) -> Cue {
        let Some(index) = self.find_local(object) else {
            self.fail("callbacks are for invitations that were sent", format!("ReceivedByPeer of {object:?}"));
            return Cue::Nothing;
        };
        let now = self.now();
        let state = object.state();
        self.fold(&[1, station as u64, index as u64, state as u64]);
        self.note(Some(station), || format!("ReceivedByPeer #{index} ({state:?})"));
        let exact = self.exact(station);
        let local = &mut self.locals[index];
        local.received += 1;
        let (received, ended) = (local.received, local.ended.is_some());
        let deadline = local.sent_at + millis(local.windows.acknowledge_ms);
        if !local::ended(state) {
            local.received_at = Some(now);
        }
        let on_received = local.plan.on_received;
        self.check(received == 1 && !ended, "ReceivedByPeer fires at most once, before the end", || format!("#{index}"));
        self.check(state as i32 >= 2, "getState inside a callback is at least that far", || format!("#{index} {state:?}"));
        self.check(!exact || now <= deadline, "a due timer runs before a message", || {
            format!("#{index} was acknowledged after its window had closed")
        });
        if state == local::State::ReceivedByRemote {
            self.coverage.local(local::Input::Received as usize, local::State::SentToRemote);
        }
        Cue::Local(index, on_received)
    }

    fn on_accepted(&mut self, station: usize, object: &Arc<LocalInvitation>, response: &str) {
        let Some(index) = self.find_local(object) else { return };
        let by = response.strip_prefix('r').and_then(|n| n.parse::<usize>().ok());
        let by = by.filter(|by| self.remotes.get(*by).is_some_and(|remote| remote.call == index));
        self.locals[index].answered_by = by;
        self.check(by.is_some_and(|by| self.remotes[by].accepted_at.is_some()), "Accepted only after accept", || {
            format!("#{index}, response {response:?}")
        });
        let (id, session) = (self.locals[index].id, self.stations[station].heard_logins);
        let read = self.stations[station].ends_read.contains(&(id, Side::Callee, session));
        self.check(!read, "an end in the backlog beats an accept", || format!("#{index}"));
    }

    fn on_local_end(
        &mut self,
        station: usize,
        object: &Arc<LocalInvitation>,
        to: local::State,
        code: LocalInvitationErr,
    ) -> Cue {
        let Some(index) = self.find_local(object) else {
            self.fail("callbacks are for invitations that were sent", format!("{to:?} of {object:?}"));
            return Cue::Nothing;
        };
        let (now, state, end) = (self.now(), object.state(), object.end());
        self.fold(&[2, station as u64, index as u64, to as u64, end.reason as u64]);
        self.note(Some(station), || format!("{to:?} #{index} {:?} by {:?}", end.reason, end.by));
        let local = &mut self.locals[index];
        local.terminals += 1;
        let terminals = local.terminals;
        let from = match (local.logged_in, local.received_at) {
            (false, _) => local::State::Idle,
            (true, None) => local::State::SentToRemote,
            (true, Some(_)) => local::State::ReceivedByRemote,
        };
        let mut ended = Ended { at: now, reason: end.reason, by: end.by, told: false };
        let mut row = local_row(from, to, code, ended);
        if row.is_none() && !self.exact(station) {
            // Late callbacks: it had been acknowledged long before.
            row = local_row(local::State::ReceivedByRemote, to, code, ended);
        }
        ended.told = row.is_some_and(|row| local::TABLE[row].tell.is_some());
        self.locals[index].ended = Some(ended);
        self.check(terminals == 1, "exactly one terminal event a side", || format!("#{index} {to:?}, the {terminals}th"));
        self.check(state == to, "getState inside a terminal callback is that end", || format!("#{index} {state:?} {to:?}"));
        let Some(row) = row else {
            self.fail("every end is a row of the table", format!("#{index} {from:?} {to:?} {code:?} {:?}", ended));
            return Cue::Nothing;
        };
        if local::TABLE[row].from.contains(&from) {
            self.coverage.local(row, from);
        }
        self.check_local_times(station, index, row);
        self.check_local_cause(station, index, row);
        self.release_local_at_end(index);
        Cue::Local(index, self.locals[index].plan.on_local_end)
    }

    fn check_local_times(&mut self, station: usize, index: usize, row: usize) {
        use local::Input;
        if !self.exact(station) || !self.locals[index].logged_in {
            return;
        }
        let local = &self.locals[index];
        let (now, windows) = (self.now(), local.windows);
        let deadline = match local.received_at {
            None => local.sent_at + millis(windows.acknowledge_ms),
            Some(at) => at + millis(windows.ring_ms) + millis(windows.accept_ms),
        };
        let late = self.late(deadline);
        match local::TABLE[row].on {
            Input::Unreachable | Input::NoResponse | Input::Expired => {
                self.check(now == late, "a window closes when it is over, not earlier and not later", || {
                    format!("#{index} {:?}, due {late:?}", local::TABLE[row].on)
                });
            }
            _ => self.check(now <= deadline, "a due timer runs before anything else", || {
                format!("#{index} {:?}, due {deadline:?}", local::TABLE[row].on)
            }),
        }
    }

    fn check_local_cause(&mut self, station: usize, index: usize, row: usize) {
        use local::Input;
        let local = &self.locals[index];
        let here = &self.stations[station];
        let (received, callee, on) = (local.received, local.callee, local::TABLE[row].on);
        let logged_in = local.logged_in;
        let what = || format!("#{index} {on:?}");
        match on {
            Input::Accepted | Input::Refused => {
                self.check(received == 1, "ReceivedByPeer comes before Accepted and Refused", what);
            }
            Input::Unreachable | Input::NoResponse => self.check_callee_silent(index, on),
            Input::LoggedOut => {
                self.check(here.logouts > here.heard_logouts, "an end is caused by what it says", what);
            }
            Input::Released => self.check(here.released.is_some(), "an end is caused by what it says", what),
            Input::Kicked => {
                self.check(here.connection == Connection::Aborted, "an end is caused by what it says", what);
            }
            Input::NotLoggedIn => self.check(!logged_in, "an end is caused by what it says", what),
            _ => {}
        }
        if self.stations[station].pump {
            return;
        }
        let told = self.remotes.iter().filter(|remote| remote.call == index);
        let told = told.filter_map(|remote| Some((remote.ended.filter(|ended| ended.told)?.at, remote.station)));
        let overdue = told.filter(|(at, from)| self.overdue(*at, *at, *from, station)).count();
        self.check(overdue == 0, "whoever ends tells the other, again until it is acknowledged", || {
            format!("#{index} {on:?}, its callee user {callee} ended long ago")
        });
    }

    /// The acknowledge window closed: nobody who should have answered was there.
    fn check_callee_silent(&mut self, index: usize, on: local::Input) {
        let local = &self.locals[index];
        let (station, sent_at, place) = (local.station, local.sent_at, self.places[local.callee].clone());
        let now = self.now();
        if on == local::Input::Unreachable && self.exact(station) {
            let own = &self.places[self.stations[station].user];
            let settled = own.online == Some(station) && own.calm.is_some_and(|calm| calm < now);
            let there = settled && place.calm.is_some_and(|calm| calm < now);
            self.check(!there, "PEER_OFFLINE only if the callee is offline", || format!("#{index}"));
        }
        if on == local::Input::NoResponse && self.exact(station) {
            // Presence is asked for once the first message was re-sent.
            const ASKED: Duration = Duration::from_millis(600);
            let own = &self.places[self.stations[station].user];
            let known = |since: Instant| now.since(since.max(sent_at)) > ASKED;
            let gone = place.online.is_none() && known(place.left) && own.online == Some(station);
            let told = gone && own.calm.is_some_and(known);
            self.check(!told, "PEER_OFFLINE if the callee is known to be offline", || format!("#{index}"));
        }
        let local = &self.locals[index];
        let Some(callee) = self.places[local.callee].online else { return };
        let Some(calm) = self.calm_between(station, callee) else { return };
        let bound = 2 * self.one_way() + Duration::from_secs(4);
        let silent = now.since(calm.max(local.sent_at)) > bound && self.stations[callee].max_open_per_peer > 1;
        self.check(!silent || !self.exact(station), "what is not acknowledged is re-sent", || {
            format!("#{index} {on:?} with a living link to service {callee}")
        });
    }

    fn on_ring(&mut self, station: usize, object: &Arc<RemoteInvitation>) -> Cue {
        let now = self.now();
        let tag = object.with_content(|tag| tag.parse().unwrap_or(0));
        let call = object.id().and_then(|id| self.find_id(id));
        let Some(call) = call else {
            self.fail("a ring only after a send", format!("{object:?}"));
            return Cue::Nothing;
        };
        let index = self.remotes.len();
        self.fold(&[3, station as u64, call as u64]);
        self.note(Some(station), || format!("RING #{call} is r{index}"));
        let local = &self.locals[call];
        let id = local.id;
        let fits = local.tag == tag && object.with_caller(|caller| caller == name(self.stations[local.station].user));
        let user = local.callee;
        self.check(fits && self.stations[station].user == user, "the ring shows what was sent", || format!("#{call}"));
        let again = self.remotes.iter().any(|remote| remote.call == call && remote.station == station);
        self.check(!again, "an invitation rings once in a service", || format!("#{call} in service {station}"));
        let session = self.stations[station].heard_logins;
        let read = self.stations[station].ends_read.contains(&(id, Side::Caller, session));
        self.check(!read, "no ring in an instance that has processed an end of that id", || format!("#{call}"));
        if self.exact(station) {
            self.check_ring_time(call, user);
        }
        let remote = Remote {
            call,
            station,
            object: object.clone(),
            handle: object.handle(),
            released: false,
            rang_at: now,
            accepted_at: None,
            accept_ms: self.stations[station].windows.accept_ms,
            elsewhere_at: None,
            terminals: 0,
            ended: None,
            code: RemoteInvitationErr::Ok,
            seen: remote::State::InvitationReceived,
        };
        self.remotes.push(remote);
        self.coverage.remote(remote::Input::Invite as usize, remote::State::Idle);
        Cue::Ring(index)
    }

    /// An invite does not outlive its window, and rings after the caller's end only if it was on its way.
    fn check_ring_time(&mut self, call: usize, user: usize) {
        let (local, now) = (&self.locals[call], self.now());
        let expires = local.sent_at + millis(local.windows.acknowledge_ms);
        let ended = local.ended.map_or(now, |ended| ended.at);
        let calm = self.places[user].calm.is_some_and(|calm| calm < ended);
        let flew = now.since(ended) <= self.one_way() || !calm;
        self.check(now <= expires, "an expired invite does not ring", || format!("#{call} expired at {expires:?}"));
        self.check(flew, "a ring after the caller's end only if the invite was in flight", || format!("#{call}"));
    }

    fn on_remote_end(
        &mut self,
        station: usize,
        object: &Arc<RemoteInvitation>,
        to: remote::State,
        code: RemoteInvitationErr,
    ) -> Cue {
        let Some(index) = self.find_remote(object) else {
            self.fail("a terminal event only after the ring", format!("{to:?} of {object:?}"));
            return Cue::Nothing;
        };
        let (now, state, end) = (self.now(), object.state(), object.end());
        self.fold(&[4, station as u64, index as u64, to as u64, end.reason as u64, code as u64]);
        self.note(Some(station), || format!("{to:?} r{index} {:?} by {:?}", end.reason, end.by));
        let remote = &mut self.remotes[index];
        remote.terminals += 1;
        remote.code = code;
        let terminals = remote.terminals;
        let from = match remote.accepted_at {
            Some(_) => remote::State::AcceptSentToLocal,
            None => remote::State::InvitationReceived,
        };
        let mut ended = Ended { at: now, reason: end.reason, by: end.by, told: false };
        let row = self.remote_row(station, (from, to), code, ended);
        ended.told = row.is_some_and(|row| remote::TABLE[row].tell.is_some());
        let remote = &mut self.remotes[index];
        remote.ended = Some(ended);
        let caller = self.locals[remote.call].object.state();
        self.check(terminals == 1, "exactly one terminal event a side", || format!("r{index} {to:?}, the {terminals}th"));
        self.check(state == to, "getState inside a terminal callback is that end", || format!("r{index} {state:?} {to:?}"));
        let agreed = to != remote::State::Accepted || caller == local::State::AcceptedByRemote;
        self.check(agreed, "callee ACCEPTED, so caller ACCEPTED", || format!("r{index}, but the caller is {caller:?}"));
        let Some(row) = row else {
            self.fail("every end is a row of the table", format!("r{index} {from:?} {to:?} {code:?} {ended:?}"));
            return Cue::Nothing;
        };
        self.coverage.remote(row, from);
        self.check_remote_times(station, index, row);
        self.check_remote_cause(station, index, row);
        self.release_remote_at_end(index);
        let call = self.remotes[index].call;
        Cue::RemoteEnd(index, self.locals[call].plan.on_remote_end)
    }

    /// The table's row for an end. What ends an unconfirmed acceptance looks alike: the cause tells.
    fn remote_row(
        &self,
        station: usize,
        (from, to): (remote::State, remote::State),
        code: RemoteInvitationErr,
        ended: Ended,
    ) -> Option<usize> {
        let here = &self.stations[station];
        let cause = match () {
            () if here.connection == Connection::Aborted => remote::Input::KickedAccepting,
            () if here.logouts > here.heard_logouts => remote::Input::LoggedOutAccepting,
            () if here.released.is_some() => remote::Input::ReleasedAccepting,
            () => remote::Input::UnconfirmedCallerGone,
        };
        remote::TABLE.iter().position(|row| {
            let shown = (row.to, row.code, row.reason, row.by) == (to, code, ended.reason, ended.by);
            let unknown = row.reason == Reason::AcceptUnconfirmed && row.code == RemoteInvitationErr::PeerOffline;
            shown && row.from.contains(&from) && (!unknown || row.on == cause)
        })
    }

    fn check_remote_times(&mut self, station: usize, index: usize, row: usize) {
        use remote::Input;
        if !self.exact(station) {
            return;
        }
        let remote = &self.remotes[index];
        let (now, here) = (self.now(), &self.stations[station]);
        let ring = millis(self.locals[remote.call].windows.ring_ms.min(here.windows.ring_ms));
        let on = remote::TABLE[row].on;
        let deadline = match remote.accepted_at {
            None => remote.rang_at + ring,
            Some(at) if here.connection == Connection::Connected => {
                (at + ring).min(at.max(here.up_since) + millis(remote.accept_ms))
            }
            Some(at) => at + ring,
        };
        let late = self.late(deadline);
        let what = || format!("r{index} {on:?}, due {late:?}, now {now:?}");
        match (on, remote.accepted_at) {
            (Input::Expired | Input::Unconfirmed | Input::UnconfirmedCallerGone, _) => {
                self.check(now == late, "a window closes when it is over, not earlier and not later", what);
            }
            (_, None) => self.check(now <= deadline, "a due timer runs before anything else", what),
            // In ACCEPT_SENT what has arrived is handled before the window closes.
            (_, Some(_)) => self.check(now <= late, "a window closes when it is over", what),
        }
    }

    fn check_remote_cause(&mut self, station: usize, index: usize, row: usize) {
        use remote::Input;
        let remote = &self.remotes[index];
        let (call, accepted_at, rang_at) = (remote.call, remote.accepted_at, remote.rang_at);
        let here = &self.stations[station];
        let on = remote::TABLE[row].on;
        let (local, now) = (&self.locals[call], self.now());
        let (caller_station, end, id_of_call) = (local.station, local.object.end(), local.id);
        let what = || format!("r{index} of #{call} {on:?}");
        let caused = match on {
            Input::LoggedOut | Input::LoggedOutAccepting => here.logouts > here.heard_logouts,
            Input::Released | Input::ReleasedAccepting => here.released.is_some(),
            Input::Kicked | Input::KickedAccepting => here.connection == Connection::Aborted,
            Input::Confirmed => local.object.state() == local::State::AcceptedByRemote,
            Input::CallerCanceled => end.reason == Reason::Canceled,
            Input::CallerLoggedOut => end.reason == Reason::LoggedOut,
            Input::CallerReleased => end.reason == Reason::Released,
            Input::CallerKicked => end.reason == Reason::Kicked,
            Input::CallerExpired => matches!(end.reason, Reason::Expired | Reason::CallerLost),
            Input::CallerNoResponse => end.reason == Reason::NoResponse,
            Input::CallerUnreachable => end.reason == Reason::Unreachable,
            Input::AnsweredElsewhere => matches!(end.reason, Reason::Accepted | Reason::AcceptUnconfirmed),
            Input::RefusedElsewhere => end.reason == Reason::Refused,
            _ => true,
        };
        self.check(caused, "an end is caused by what it says", what);
        if self.stations[station].pump {
            return;
        }
        let told = remote::TABLE[row].by == Side::Caller && self.logged;
        let read = self.stations[station].ends_read.iter().any(|(id, by, _)| (*id, *by) == (id_of_call, Side::Caller));
        let heard = !told || read || self.stations[station].elsewhere_read.contains(&id_of_call);
        self.check(heard, "an end that names an instance concerns only that one", what);
        let elsewhere_at = self.remotes[index].elsewhere_at.unwrap_or(now);
        self.check(elsewhere_at == now, "a confirmation of another instance ends the invitation here", what);
        if on == Input::CallerLost {
            let caller = &self.places[self.stations[caller_station].user];
            let own = &self.places[self.stations[station].user];
            let settled = own.online == Some(station) && own.calm.is_some_and(|calm| calm < now);
            let there = settled && caller.calm.is_some_and(|calm| calm < now);
            self.check(!there, "caller_lost only if the caller is gone", what);
        }
        if matches!(on, Input::Unconfirmed | Input::UnconfirmedCallerGone)
            && let (Some(calm), Some(at)) = (self.calm_between(station, caller_station), accepted_at)
        {
            let bound = 2 * self.one_way() + Duration::from_secs(1) + SLACK;
            let silent = now.since(calm.max(at)) > bound;
            self.check(!silent, "an ended or open caller answers accept", what);
        }
        if let Some(ended) = self.locals[call].ended.filter(|ended| ended.told) {
            let since = ended.at.max(rang_at);
            let overdue = self.overdue(ended.at, since, caller_station, station);
            self.check(!overdue, "whoever ends tells the other, again until it is acknowledged", || {
                format!("r{index} {on:?}, its caller #{call} ended long ago")
            });
        }
    }

    /// One callback of a service's handler.
    pub fn on_service(&mut self, station: usize, event: &ServiceEvent) {
        self.hear(station);
        match event {
            ServiceEvent::ConnectionState(state, reason) => self.on_connection(station, *state, *reason),
            ServiceEvent::LoginSuccess => {
                self.fold(&[5, station as u64]);
                self.note(Some(station), || "LoginSuccess".into());
                let here = &mut self.stations[station];
                here.heard_logins += 1;
                let fits = here.heard_logins <= here.logins && here.connection == Connection::Connected;
                self.check(fits, "LoginSuccess once a login", || format!("service {station}"));
            }
            ServiceEvent::LoginFailure(code) => {
                self.fold(&[6, station as u64, *code as u64]);
                self.note(Some(station), || format!("LoginFailure {code:?}"));
                self.stations[station].heard_logins_refused += 1;
                let fits = *code == LoginErr::AlreadyLoggedIn;
                self.check(fits, "a second login fails ALREADY_LOGGED_IN", || format!("service {station} {code:?}"));
            }
            ServiceEvent::Logout(code) => self.on_logout(station, *code),
            ServiceEvent::SendMessage(number, code) => {
                self.fold(&[7, station as u64, *number as u64, *code as u64]);
                self.note(Some(station), || format!("peer message {number}: {code:?}"));
                self.answered(station, *number, "peer message", *code == PeerMessageErr::Ok);
            }
            ServiceEvent::Query(number, ..) => {
                self.fold(&[8, station as u64, *number as u64]);
                self.answered(station, *number, "query", false);
            }
            ServiceEvent::Subscription(number, _) => {
                self.fold(&[9, station as u64, *number as u64]);
                self.answered(station, *number, "subscription", false);
            }
            ServiceEvent::MessageReceived(_, message) => {
                let (Body::Text(text) | Body::Raw { text, .. }) = message.body();
                let number = text.strip_prefix('p').and_then(|n| n.parse().ok()).unwrap_or(0);
                self.fold(&[10, station as u64, u64::from(number)]);
                self.note(Some(station), || format!("peer message p{number}"));
                let again = self.stations[station].heard_posts.contains(&number);
                self.check(!again, "a peer message is delivered at most once", || format!("p{number}"));
                self.stations[station].heard_posts.push(number);
            }
            ServiceEvent::PeersStatus(all) => {
                for (user, presence) in all {
                    self.fold(&[11, station as u64, *presence as u64]);
                    self.note(Some(station), || format!("presence {user}: {presence:?}"));
                    let mut subscribed = self.stations[station].subscribed.iter_mut();
                    if let Some(known) = subscribed.find(|(known, _)| *name(*known) == **user) {
                        known.1 = Some(*presence);
                    }
                }
            }
            ServiceEvent::RenewToken(..) | ServiceEvent::TokenExpired => {
                self.fail("callbacks are for what was asked", format!("{event:?}"));
            }
            ServiceEvent::Log(..) => {}
        }
    }

    fn answered(&mut self, station: usize, number: i64, kind: &str, delivered: bool) {
        let requests = &mut self.stations[station].requests;
        let found = requests.iter_mut().find(|request| request.number == number && request.kind == kind);
        let times = found.map_or(0, |request| {
            request.answers += 1;
            request.delivered = delivered;
            request.answers
        });
        self.check(times == 1, "a request is answered exactly once", || format!("service {station} {kind} {number}"));
    }

    fn on_connection(&mut self, station: usize, to: Connection, reason: Change) {
        self.fold(&[12, station as u64, to as u64, reason as u64]);
        self.note(Some(station), || format!("{to:?} {reason:?}"));
        let now = self.now();
        let here = &mut self.stations[station];
        let from = std::mem::replace(&mut here.connection, to);
        use Change::{Interrupted, Login, LoginSuccess, Logout, RemoteLogin};
        use Connection::{Aborted, Connected, Connecting, Disconnected, Reconnecting};
        let legal = matches!(
            (from, to, reason),
            (Disconnected, Connecting, Login)
                | (Connecting | Reconnecting, Connected, LoginSuccess)
                | (Connected, Reconnecting, Interrupted)
                | (Connected | Reconnecting, Aborted, RemoteLogin)
                | (Connecting | Connected | Reconnecting | Aborted, Disconnected, Logout)
        );
        if to == Connected {
            here.up_since = now;
        }
        if to == Aborted {
            here.subscribed.clear();
        }
        self.check(legal, "the connection goes by its states", || format!("service {station} {from:?} {to:?} {reason:?}"));
    }

    fn on_logout(&mut self, station: usize, code: LogoutErr) {
        self.fold(&[13, station as u64, code as u64]);
        self.note(Some(station), || format!("Logout {code:?}"));
        let here = &mut self.stations[station];
        if code == LogoutErr::Rejected {
            here.heard_logouts_refused += 1;
            let fits = here.heard_logouts_refused <= here.logouts_refused;
            return self.check(fits, "onLogout exactly once a logout", || format!("service {station}"));
        }
        here.heard_logouts += 1;
        let (heard, asked) = (here.heard_logouts, here.logouts);
        self.check(heard <= asked, "onLogout exactly once a logout", || format!("service {station}"));
        let open_local = self.locals.iter().position(|local| {
            local.station == station && local.logouts_before < heard && local.terminals == 0
        });
        let open_remote = self.remotes.iter().position(|remote| remote.station == station && remote.terminals == 0);
        self.check(open_local.is_none() && open_remote.is_none(), "terminal callbacks precede onLogout", || {
            format!("service {station}: #{open_local:?} r{open_remote:?}")
        });
    }

    /// A line of the library's log: messages that it sent and read.
    pub fn on_log(&mut self, station: usize, line: &str) {
        let mut words = line.split_ascii_whitespace().skip_while(|word| *word != "debug").skip(1);
        let Some(verb @ ("sent" | "read")) = words.next() else { return };
        let (mut kind, mut id, mut instance, mut bytes, mut side, mut reason, mut named, mut party) =
            ("", "", "", "", "", "", "", "");
        for word in words {
            match word.split_once('=') {
                Some(("type", value)) => kind = value,
                Some(("id", value)) => id = value,
                Some(("instance", value)) => instance = value,
                Some(("bytes", value)) => bytes = value,
                Some(("side", value)) => side = value,
                Some(("reason", value)) => reason = value,
                Some(("for", value)) => named = value,
                Some(("to" | "from", value)) => party = value.trim_matches('"'),
                _ => {}
            }
        }
        let id = CallId::parse(id);
        let call = id.and_then(|id| self.find_id(id));
        if self.ladder.is_some() {
            let number = call.map_or(String::new(), |call| format!(" #{call}"));
            let what = match verb {
                "sent" => format!("-> {party}: {kind}{number} {reason} ({bytes} B)"),
                _ => format!("<- {party}: {kind}{number} {reason} ({bytes} B)"),
            };
            let written = line_time(line).filter(|_| self.stations[station].pump);
            let at = written.unwrap_or(self.now());
            self.ladder.as_mut().expect("it was just there").note(at, Some(station), what);
        }
        let here = &mut self.stations[station];
        if verb == "read" {
            let ours = named.is_empty() || named == here.instance;
            let (Some(id), Some(call)) = (id, call) else { return };
            if kind == "confirm" && !ours && name(self.stations[self.locals[call].station].user) == party {
                let now = self.now();
                self.stations[station].elsewhere_read.push(id);
                let here = |remote: &&mut Remote| remote.call == call && remote.station == station;
                let mut open = self.remotes.iter_mut().filter(here).filter(|remote| remote.terminals == 0);
                open.next().into_iter().for_each(|remote| remote.elsewhere_at = Some(now));
                return;
            }
            let here = &self.stations[station];
            let session = here.heard_logins;
            let by = match side {
                "Caller" => (Side::Caller, name(self.stations[self.locals[call].station].user)),
                _ => (Side::Callee, name(self.locals[call].callee)),
            };
            if kind == "end" && ours && by.1 == party {
                self.stations[station].ends_read.push((id, by.0, session));
            }
            return;
        }
        // An end that is sent again after another login names the instance that ended.
        if kind != "end" && here.instance != instance {
            here.instance = instance.into();
        }
        let kicked = here.connection == Connection::Aborted;
        self.check(!kicked, "a kicked session sends nothing", || format!("service {station} sent {kind}"));
        let Some(call) = call else { return };
        let local = &self.locals[call];
        let mine = local.station == station;
        match kind {
            "invite" => {
                let acknowledged = mine && local.received_at.is_some();
                self.check(!acknowledged, "an acknowledged invite is not sent again", || format!("#{call}"));
            }
            "confirm" => {
                let state = local.object.state();
                let accepted = state == local::State::AcceptedByRemote;
                self.check(accepted, "an accept counts only while SENT or RECEIVED", || {
                    format!("#{call} confirmed in {state:?}")
                });
            }
            "end" if mine && side == "Caller" => {
                let end = local.object.end();
                let fits = end.by != Side::Callee || !named.is_empty();
                self.check(fits, "an ended caller answers with an end that names the instance", || {
                    format!("#{call} ended {:?} by {:?}", end.reason, end.by)
                });
            }
            "received" => {
                let mut ended = self.remotes.iter().filter(|remote| remote.call == call && remote.station == station);
                let ended = ended.any(|remote| remote.terminals > 0);
                self.check(!ended, "an ended callee never answers received", || format!("#{call}"));
            }
            _ => {}
        }
    }

    /// States never move backwards, and the callee is never ahead of the caller; after every step.
    pub fn sweep(&mut self) {
        for index in 0..self.locals.len() {
            let local = &mut self.locals[index];
            let state = local.object.state();
            let seen = std::mem::replace(&mut local.seen, state);
            if seen != state {
                self.check(local_follows(seen, state), "states never move backwards", || {
                    format!("#{index} {seen:?} {state:?}")
                });
            }
        }
        for index in 0..self.remotes.len() {
            let remote = &mut self.remotes[index];
            let state = remote.object.state();
            let seen = std::mem::replace(&mut remote.seen, state);
            if seen == state {
                continue;
            }
            let caller = self.locals[remote.call].object.state();
            self.check(remote_follows(seen, state), "states never move backwards", || {
                format!("r{index} {seen:?} {state:?}")
            });
            let agreed = state != remote::State::Accepted || caller == local::State::AcceptedByRemote;
            self.check(agreed, "callee ACCEPTED, so caller ACCEPTED", || format!("r{index}, caller {caller:?}"));
        }
    }

    /// When all windows have closed: everything has ended, once, and the ends fit each other.
    pub fn check_ends(&mut self) {
        self.sweep();
        for index in 0..self.locals.len() {
            let local = &self.locals[index];
            let (state, terminals, deaf) = (local.object.state(), local.terminals, self.stations[local.station].deaf);
            self.check(local::ended(state), "every invitation ends", || format!("#{index} is {state:?}"));
            self.check(terminals == 1 || deaf && terminals == 0, "exactly one terminal event a side", || {
                format!("#{index} had {terminals}")
            });
            self.check_handle(index, true);
        }
        for index in 0..self.remotes.len() {
            let remote = &self.remotes[index];
            let (state, terminals, deaf) = (remote.object.state(), remote.terminals, self.stations[remote.station].deaf);
            self.check(remote::ended(state), "every invitation ends", || format!("r{index} is {state:?}"));
            self.check(terminals == 1 || deaf && terminals == 0, "exactly one terminal event a side", || {
                format!("r{index} had {terminals}")
            });
            self.check_handle(index, false);
        }
        if self.violation.is_none() {
            (0..self.locals.len()).for_each(|index| self.check_pairs(index));
            (0..self.stations.len()).for_each(|station| self.check_station(station));
        }
    }

    /// A handle lives until it is both released and ended.
    fn check_handle(&mut self, index: usize, local: bool) {
        let (alive, released) = match local {
            true => (LOCALS.get(self.locals[index].handle).is_ok(), self.locals[index].released),
            false => (REMOTES.get(self.remotes[index].handle).is_ok(), self.remotes[index].released),
        };
        self.check(alive != released, "a handle lives until it is released and ended", || {
            format!("{}{index}: alive {alive}, released {released}", if local { '#' } else { 'r' })
        });
    }

    fn check_pairs(&mut self, index: usize) {
        let local = &self.locals[index];
        let (state, end) = (local.object.state(), local.object.end());
        let remotes: Vec<usize> = (0..self.remotes.len()).filter(|r| self.remotes[*r].call == index).collect();
        // Who was told to be deaf may have missed the ring.
        let deaf = self.stations.iter().any(|station| station.deaf);
        if remotes.is_empty() {
            let row = pairs::caller(state, end.reason, end.by, true);
            let allowed = row.is_some_and(|row| pairs::rule(row, 0) != '.');
            self.check(allowed || deaf, "the pair of ends is allowed", || {
                format!("#{index} {state:?} {:?} by {:?}, and it never rang", end.reason, end.by)
            });
            if let (Some(row), true) = (row, allowed) {
                self.coverage.pairs[row][0] += 1;
            }
            let received = self.locals[index].received;
            return self.check(received == 0 || deaf, "ReceivedByPeer only if the callee has it", || format!("#{index}"));
        }
        let here = pairs::caller(state, end.reason, end.by, true);
        let columns: Vec<Option<usize>> = remotes.iter().map(|r| self.column(*r)).collect();
        let answered = self.locals[index].answered_by;
        let decided = |(r, column): (&usize, &Option<usize>)| match (here, column) {
            (Some(0), Some(column)) => pairs::decided(0, *column) && answered.is_none_or(|by| by == *r),
            (Some(row), Some(column)) => pairs::decided(row, *column),
            _ => false,
        };
        let decider = remotes.iter().zip(&columns).position(decided);
        if here.is_some_and(|row| row < 8) && decider.is_none() {
            let all: Vec<_> = columns.iter().map(|column| column.map_or("?", |column| pairs::CALLEES[column])).collect();
            return self.check(deaf, "the pair of ends is allowed", || {
                format!("#{index} {state:?} {:?} by {:?}; its callees: {all:?}", end.reason, end.by)
            });
        }
        for (nth, (r, column)) in remotes.iter().zip(columns).enumerate() {
            let row = pairs::caller(state, end.reason, end.by, decider == Some(nth));
            match (row, column) {
                (Some(row), Some(column)) if pairs::rule(row, column) != '.' => self.coverage.pairs[row][column] += 1,
                (row, column) => {
                    let (row, column) = (row.map_or("?", |row| pairs::CALLERS[row]), column.map_or("?", |c| pairs::CALLEES[c]));
                    self.fail("the pair of ends is allowed", format!("caller #{index} {row}, callee r{r} {column}"));
                }
            }
        }
    }

    fn column(&self, remote: usize) -> Option<usize> {
        let remote = &self.remotes[remote];
        let (state, end) = (remote.object.state(), remote.object.end());
        let mut code = remote.code;
        if remote.terminals == 0 && remote.accepted_at.is_some() {
            code = RemoteInvitationErr::PeerOffline; // its service was released
        }
        pairs::callee(state, end.reason, end.by, code)
    }

    fn check_station(&mut self, station: usize) {
        let here = &self.stations[station];
        if here.deaf {
            return;
        }
        let counts = [
            (here.logins, here.heard_logins, "LoginSuccess once a login"),
            (here.logins_refused, here.heard_logins_refused, "a second login fails ALREADY_LOGGED_IN"),
            (here.logouts, here.heard_logouts, "onLogout exactly once a logout"),
            (here.logouts_refused, here.heard_logouts_refused, "onLogout exactly once a logout"),
        ];
        let open = here.requests.iter().find(|request| request.answers != 1).map(|r| (r.kind, r.number));
        let lost = here.requests.iter().find(|request| {
            let heard = |other: &crate::state::Station| other.deaf || other.heard_posts.contains(&request.post);
            request.delivered && !self.stations.iter().any(heard)
        });
        let lost = lost.map(|request| request.post);
        let wrong = here.subscribed.iter().find(|(user, known)| {
            let place = &self.places[*user];
            let truth = if place.online.is_some() { Presence::Online } else { Presence::Offline };
            let own = &self.places[here.user];
            own.online == Some(station) && own.calm.is_some() && *known != Some(truth)
        });
        let wrong = wrong.copied();
        for (asked, heard, rule) in counts {
            self.check(asked == heard, rule, || format!("service {station}: asked {asked}, heard {heard}"));
        }
        self.check(open.is_none(), "a request is answered exactly once", || format!("service {station}: {open:?}"));
        self.check(lost.is_none(), "a peer message reported as delivered was delivered", || format!("p{lost:?}"));
        self.check(wrong.is_none(), "the reported presence is the present one", || {
            format!("service {station}: {wrong:?}")
        });
    }
}

/// The id of a user.
pub fn name(user: usize) -> &'static str {
    ["ann", "bob", "cid", "dot"][user]
}

pub fn millis(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}

/// The time in a line of the log.
fn line_time(line: &str) -> Option<Instant> {
    let (seconds, micros) = line.strip_prefix('[')?.split_once(']')?.0.trim().split_once('.')?;
    Some(Instant::from_nanos(seconds.parse::<u64>().ok()? * 1_000_000_000 + micros.parse::<u64>().ok()? * 1_000))
}
