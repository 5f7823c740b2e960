//! The end of a world: everything has ended, once, and the ends fit each other.

use rtm_call::codes::RemoteInvitationErr;
use rtm_call::engine::{local, remote};
use rtm_call::service::invitation::{LOCALS, REMOTES};
use rtm_call::transport::Presence;

use crate::pairs;
use crate::state::{State, Station};

impl State {
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
            let (state, terminals, deaf) =
                (remote.object.state(), remote.terminals, self.stations[remote.station].deaf);
            self.check(remote::ended(state), "every invitation ends", || format!("r{index} is {state:?}"));
            self.check(terminals == 1 || deaf && terminals == 0, "exactly one terminal event a side", || {
                format!("r{index} had {terminals}")
            });
            self.check_handle(index, false);
        }
        if self.violation.is_none() {
            (0..self.locals.len()).for_each(|index| self.check_pairs(index));
            (0..self.stations.len()).for_each(|station| self.check_station(station));
            self.check_ladders();
        }
    }

    /// A handle lives until it is both released and ended.
    pub(super) fn check_handle(&mut self, index: usize, local: bool) {
        let (alive, released) = match local {
            true => (LOCALS.get(self.locals[index].handle).is_ok(), self.locals[index].released),
            false => (REMOTES.get(self.remotes[index].handle).is_ok(), self.remotes[index].released),
        };
        self.check(alive != released, "a handle lives until it is released and ended", || {
            format!("{}{index}: alive {alive}, released {released}", if local { '#' } else { 'r' })
        });
    }

    pub(super) fn check_pairs(&mut self, index: usize) {
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
            return self
                .check(received == 0 || deaf, "ReceivedByPeer only if the callee has it", || format!("#{index}"));
        }
        let here = pairs::caller(state, end.reason, end.by, true);
        let columns: Vec<Option<usize>> = remotes.iter().map(|r| self.column(*r)).collect();
        let answered = self.locals[index].answered_by;
        let decided = |(r, column): (&usize, &Option<usize>)| match (here, column) {
            (Some(0), Some(column)) => pairs::decided(0, *column) && answered.is_none_or(|by| by == *r),
            (Some(row), Some(column)) => pairs::decided(row, *column),
            _ => false,
        };
        // Who was released without a callback does not say whose accept it took: the confirmed one, if there is one.
        let confirmed = |(r, column): (&usize, &Option<usize>)| *column == Some(1) && decided((r, column));
        let decider = remotes.iter().zip(&columns).position(confirmed);
        let decider = decider.or_else(|| remotes.iter().zip(&columns).position(decided));
        if here.is_some_and(|row| row < 8) && decider.is_none() {
            let all: Vec<_> =
                columns.iter().map(|column| column.map_or("?", |column| pairs::CALLEES[column])).collect();
            return self.check(deaf, "the pair of ends is allowed", || {
                format!("#{index} {state:?} {:?} by {:?}; its callees: {all:?}", end.reason, end.by)
            });
        }
        for (nth, (r, column)) in remotes.iter().zip(columns).enumerate() {
            let row = pairs::caller(state, end.reason, end.by, decider == Some(nth));
            match (row, column) {
                (Some(row), Some(column)) if pairs::rule(row, column) != '.' => self.coverage.pairs[row][column] += 1,
                (row, column) => {
                    let (row, column) =
                        (row.map_or("?", |row| pairs::CALLERS[row]), column.map_or("?", |c| pairs::CALLEES[c]));
                    self.fail("the pair of ends is allowed", format!("caller #{index} {row}, callee r{r} {column}"));
                }
            }
        }
    }

    pub(super) fn column(&self, remote: usize) -> Option<usize> {
        let remote = &self.remotes[remote];
        let (state, end) = (remote.object.state(), remote.object.end());
        let mut code = remote.code;
        if remote.terminals == 0 && remote.accepted_at.is_some() {
            code = RemoteInvitationErr::PeerOffline; // its service was released
        }
        pairs::callee(state, end.reason, end.by, code)
    }

    pub(super) fn check_station(&mut self, station: usize) {
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
            let heard = |other: &Station| other.deaf || other.heard_posts.contains(&request.post);
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
