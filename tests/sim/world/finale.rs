//! The end of a world: it heals, everything ends, and it is silent.

use std::sync::Arc;
use std::time::Duration;

use rtm_call::codes::ConnectionState as Connection;
use rtm_call::engine::Windows;
use rtm_call::service::invitation::{LOCALS, REMOTES};
use rtm_call::time::Instant;
use rtm_call::transport::hub::{Faults, HubStats};

use super::World;
use super::callbacks::BACK;
use crate::oracle::millis;
use crate::script::{Plan, Reaction, When};
use crate::state::State;

/// Ended invitations are forgotten in groups, within this time.
const FORGET_EVERY: Duration = Duration::from_secs(31);

impl World {
    /// The network is whole again; everybody is awake and, in some worlds, logged in.
    pub(super) fn heal(self: &Arc<Self>) {
        if self.failed() {
            return;
        }
        self.lock().over = true;
        self.weather(Faults::default());
        for user in 0..self.script.users {
            self.link(user, true);
            self.sleep(user, false);
            let online = self.lock().places[user].online;
            if self.script.all_in && online.is_none() {
                let station = self.station(user);
                if self.service(station).connection() != Ok(Connection::Disconnected) {
                    self.logout(station, false);
                }
                self.login(station);
            }
            self.runtime.settle();
        }
    }

    /// All windows close, all callbacks come, the memory fades.
    pub(super) fn finish(self: &Arc<Self>) {
        let longest = |pick: fn(&Windows) -> u32| -> u32 {
            let state = self.lock();
            let all = state.locals.iter().map(|local| pick(&local.windows));
            let all = all.chain(state.stations.iter().map(|station| pick(&station.windows)));
            all.chain([3_000]).max().unwrap_or(0)
        };
        let sum =
            millis(longest(|w| w.acknowledge_ms)) + millis(longest(|w| w.ring_ms)) + millis(longest(|w| w.accept_ms));
        let start = self.runtime.now();
        self.run_pumped(start + sum + Duration::from_secs(12));
        if self.failed() {
            return;
        }
        self.lock().check_ends();
        let (sent, state) = (self.hub.stats().sent, self.lock());
        let all_in = (0..self.script.users).all(|user| state.places[user].online.is_some());
        drop(state);
        self.run_pumped(self.runtime.now() + Duration::from_secs(10));
        let later = self.hub.stats().sent;
        self.lock().check(!all_in || sent == later, "an acknowledged end is not sent again", || {
            format!("{} messages", later - sent)
        });
        let memory = Duration::from_secs(120).max(sum + Duration::from_secs(60));
        self.run_pumped(self.runtime.now() + memory + FORGET_EVERY);
        if self.failed() {
            return;
        }
        let busy = self.runtime.now().since(self.lock().start).as_millis() as u64;
        let silence = self.silence();
        self.lock().check(silence.is_ok(), "silence one memory time after the last end", || format!("{silence:?}"));
        if self.script.twin {
            self.twin();
        }
        let mut state = self.lock();
        state.coverage.world(self.script.users);
        state.coverage.busy_ms = busy;
        state.coverage.virtual_ms = state.now().since(state.start).as_millis() as u64;
        self.count_faults(&mut state, self.hub.stats());
    }

    pub(super) fn count_faults(&self, state: &mut State, stats: HubStats) {
        state.coverage.messages = stats.sent;
        for (name, count) in [
            ("message delayed", stats.delayed),
            ("message lost", stats.lost),
            ("message repeated", stats.repeated),
            ("message out of order", stats.reordered),
            ("message expired", stats.expired),
            ("message for nobody", stats.dropped_offline),
        ] {
            state.coverage.fault(name, count);
        }
        let stations: Vec<_> = state.stations.iter().map(|station| station.service.clone()).collect();
        for stats in stations.iter().filter_map(|service| service.stats().ok()) {
            state.coverage.fault("invite beyond a bound", stats.engine.dropped_limit);
        }
    }

    /// Lets time pass; applications that dispatch themselves do so every few seconds.
    pub(super) fn run_pumped(self: &Arc<Self>, end: Instant) {
        let pumps: Vec<usize> = {
            let state = self.lock();
            (0..state.stations.len()).filter(|station| state.stations[*station].pump).collect()
        };
        while !pumps.is_empty() && self.runtime.now() + Duration::from_secs(4) < end && !self.failed() {
            pumps.iter().for_each(|station| self.dispatch(*station));
            self.runtime.settle();
            self.run_until(self.runtime.now() + Duration::from_secs(4));
        }
        self.run_until(end);
        pumps.iter().for_each(|station| self.dispatch(*station));
        self.runtime.settle();
    }

    /// Nothing is sent, nothing is open, nothing is remembered, no alarm is set.
    pub(super) fn silence(&self) -> Result<(), String> {
        let services: Vec<_> = self.lock().stations.iter().map(|station| station.service.clone()).collect();
        let sent = self.hub.stats().sent;
        for (station, service) in services.iter().enumerate() {
            let stats = service.stats().map_err(|error| error.to_string())?.engine;
            if (stats.open_local, stats.open_remote, stats.remembered) != (0, 0, 0) {
                return Err(format!("service {station}: {stats:?}"));
            }
        }
        if let Some(alarm) = self.runtime.next_alarm() {
            return Err(format!("an alarm is set to {alarm:?}, now is {:?}", self.runtime.now()));
        }
        self.runtime.advance(Duration::from_secs(3_600));
        let more = self.hub.stats().sent - sent;
        if more > 0 { Err(format!("{more} messages were sent")) } else { Ok(()) }
    }

    /// The positive twin of the silence: one more invitation is heard, in every way in which silence was tested.
    pub(super) fn twin(self: &Arc<Self>) {
        let station = self.station(0);
        if self.service(station).connection() != Ok(Connection::Connected) {
            self.logout(station, false);
            self.login(station);
        }
        let sent = self.hub.stats().sent;
        let plan = Plan {
            answer: None,
            elsewhere: None,
            again: None,
            accept_ms: None,
            twice: false,
            on_ring: Reaction::Nothing,
            on_received: Reaction::Nothing,
            on_local_end: Reaction::Nothing,
            on_remote_end: Reaction::Nothing,
            release_local: When::AtEnd,
            release_remote: When::AtEnd,
        };
        self.send(station, 0, 2 * BACK, None, plan, false);
        self.dispatch(station);
        self.runtime.settle();
        let open = self.service(station).stats().map_or(0, |stats| stats.engine.open_local);
        let rose = self.hub.stats().sent > sent && self.runtime.next_alarm().is_some() && open == 1;
        let noisy = self.silence().is_err();
        let last = self.lock().locals.len() - 1;
        self.cancel(last, false);
        self.runtime.settle();
        let remembered = self.service(station).stats().map_or(0, |stats| stats.engine.remembered);
        let mut state = self.lock();
        state.coverage.twins += 1;
        state.check(rose && noisy && remembered > 0, "the test for silence hears an invitation", || {
            format!("rose {rose}, noisy {noisy}, remembered {remembered}")
        });
    }

    /// Every service is released; each handler is let go exactly once.
    pub(super) fn close(self: &Arc<Self>) {
        let living: Vec<usize> = {
            let state = self.lock();
            (0..state.stations.len()).filter(|station| state.stations[*station].released.is_none()).collect()
        };
        for station in living {
            let sync = (self.script.seed + station as u64).is_multiple_of(2);
            if self.failed() {
                let _ = self.service(station).release(false);
            } else {
                self.release(station, sync, false);
            }
        }
        self.runtime.settle();
        self.hostile.stop(Duration::ZERO);
        let mut state = self.lock();
        for index in 0..state.locals.len() {
            if !state.locals[index].released {
                state.release_local(index);
            }
        }
        for index in 0..state.remotes.len() {
            if !state.remotes[index].released {
                state.release_remote(index);
            }
        }
        let gone = state.locals.iter().all(|local| LOCALS.get(local.handle).is_err())
            && state.remotes.iter().all(|remote| REMOTES.get(remote.handle).is_err());
        state.check(gone, "a handle lives until it is released and ended", || "at the very end".into());
        let wrong = state.handlers.iter().position(|dropped| *dropped != 1);
        let times = wrong.map(|handler| state.handlers[handler]);
        state.check(wrong.is_none(), "a handler is let go exactly once", || {
            format!("handler {wrong:?}: {times:?} times")
        });
    }
}
