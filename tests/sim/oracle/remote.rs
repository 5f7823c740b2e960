//! The callee's callbacks.

use std::sync::Arc;
use std::time::Duration;

use rtm_call::codes::{ConnectionState as Connection, EndReason as Reason, EndSide as Side, RemoteInvitationErr};
use rtm_call::engine::{local, remote};
use rtm_call::service::invitation::RemoteInvitation;

use super::{Cue, millis, name};
use crate::state::{Ended, Remote, State};

/// Two things at nearly the same time.
const SLACK: Duration = Duration::from_millis(1);

impl State {
    pub(super) fn on_ring(&mut self, station: usize, object: &Arc<RemoteInvitation>) -> Cue {
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
    pub(super) fn check_ring_time(&mut self, call: usize, user: usize) {
        let (local, now) = (&self.locals[call], self.now());
        let expires = local.sent_at + millis(local.windows.acknowledge_ms);
        let ended = local.ended.map_or(now, |ended| ended.at);
        let calm = self.places[user].calm.is_some_and(|calm| calm < ended);
        let flew = now.since(ended) <= self.one_way() || !calm;
        self.check(now <= expires, "an expired invite does not ring", || format!("#{call} expired at {expires:?}"));
        self.check(flew, "a ring after the caller's end only if the invite was in flight", || format!("#{call}"));
    }

    pub(super) fn on_remote_end(
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
        self.check(terminals == 1, "exactly one terminal event a side", || {
            format!("r{index} {to:?}, the {terminals}th")
        });
        self.check(state == to, "getState inside a terminal callback is that end", || {
            format!("r{index} {state:?} {to:?}")
        });
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
    pub(super) fn remote_row(
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

    pub(super) fn check_remote_times(&mut self, station: usize, index: usize, row: usize) {
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

    pub(super) fn check_remote_cause(&mut self, station: usize, index: usize, row: usize) {
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
}
