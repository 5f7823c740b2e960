//! The caller's callbacks.

use std::sync::Arc;
use std::time::Duration;

use rtm_call::codes::{ConnectionState as Connection, EndSide as Side, LocalInvitationErr};
use rtm_call::engine::local;
use rtm_call::service::invitation::LocalInvitation;
use rtm_call::time::Instant;

use super::{Cue, millis};
use crate::state::{Ended, State, local_row};

impl State {
    pub(super) fn on_received(&mut self, station: usize, object: &Arc<LocalInvitation>) -> Cue {
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
        self.check(received == 1 && !ended, "ReceivedByPeer fires at most once, before the end", || {
            format!("#{index}")
        });
        self.check(state as i32 >= 2, "getState inside a callback is at least that far", || {
            format!("#{index} {state:?}")
        });
        self.check(!exact || now <= deadline, "a due timer runs before a message", || {
            format!("#{index} was acknowledged after its window had closed")
        });
        if state == local::State::ReceivedByRemote {
            self.coverage.local(local::Input::Received as usize, local::State::SentToRemote);
        }
        Cue::Local(index, on_received)
    }

    pub(super) fn on_accepted(&mut self, station: usize, object: &Arc<LocalInvitation>, response: &str) {
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

    pub(super) fn on_local_end(
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
        self.check(terminals == 1, "exactly one terminal event a side", || {
            format!("#{index} {to:?}, the {terminals}th")
        });
        self.check(state == to, "getState inside a terminal callback is that end", || {
            format!("#{index} {state:?} {to:?}")
        });
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

    pub(super) fn check_local_times(&mut self, station: usize, index: usize, row: usize) {
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

    pub(super) fn check_local_cause(&mut self, station: usize, index: usize, row: usize) {
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
    pub(super) fn check_callee_silent(&mut self, index: usize, on: local::Input) {
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
            // That somebody has left comes after the messages sent before.
            let left = place.left + self.one_way();
            let gone = place.online.is_none() && known(left) && own.online == Some(station);
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
}
