//! What the network, the machines and a hostile user do.

use std::time::Duration;

use rtm_call::codes::{EndReason as Reason, EndSide as Side};
use rtm_call::engine::Instance;
use rtm_call::engine::message::{Envelope, Message as Wire, encode};
use rtm_call::transport::hub::Faults;

use super::World;
use crate::oracle::name;
use crate::script::{Act, Forgery, Tag};

impl World {
    pub(super) fn link(&self, user: usize, up: bool) {
        let mut state = self.lock();
        let Some(station) = state.places[user].online else { return };
        let now = state.now();
        let was = std::mem::replace(&mut state.places[user].link, up);
        if was == up {
            return;
        }
        state.note(None, || format!("link of {} {}", name(user), if up { "up" } else { "down" }));
        if up {
            state.places[user].up = now;
        } else {
            let grace = state.stations[station].grace;
            state.coverage.fault("link down", 1);
            let longer = !self.script.steps.iter().any(|step| {
                let at = state.start + Duration::from_millis(step.at_ms);
                matches!(step.act, Act::Link { user: other, up: true } if other == user)
                    && at > now
                    && at <= now + grace
            });
            state.coverage.fault("link down beyond the grace time", longer.into());
        }
        state.touch(user, now);
        drop(state);
        self.hub.set_link(name(user), up);
    }

    pub(super) fn sleep(&self, user: usize, on: bool) {
        let mut state = self.lock();
        let now = state.now();
        if state.places[user].online.is_some() {
            state.places[user].asleep = on;
            state.touch(user, now);
        }
        if on
            || self.script.steps.iter().any(|step| matches!(step.act, Act::Sleep { user: other, .. } if other == user))
        {
            state.note(None, || format!("machine of {} {}", name(user), if on { "suspended" } else { "awake" }));
        }
        if on {
            state.coverage.fault("one machine suspended", 1);
        }
        drop(state);
        self.hub.suspend(name(user), on);
    }

    pub(super) fn suspend(&self, ms: u64) {
        let mut state = self.lock();
        let now = state.now();
        let end = now + Duration::from_millis(ms);
        state.note(None, || format!("all machines suspended for {ms} ms"));
        state.coverage.fault("all machines suspended", 1);
        state.suspends.push((now, end));
        (0..self.script.users)
            .filter(|user| state.places[*user].calm.is_some())
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|user| state.places[user].calm = Some(end));
        drop(state);
        self.runtime.suspend(Duration::from_millis(ms));
    }

    pub(super) fn weather(&self, faults: Faults) {
        let mut state = self.lock();
        let now = state.now();
        state.note(None, || format!("{faults:?}"));
        state.lossless = match (faults.loss, state.lossless) {
            (0, since) => since.or(Some(now)),
            _ => None,
        };
        state.max_delay = state.max_delay.max(faults.delay_max);
        drop(state);
        self.hub.set_faults(faults);
    }

    /// A hostile user sends what only the other party may send.
    pub(super) fn forge(&self, tag: Tag, what: Forgery, to_caller: bool) {
        let mut state = self.lock();
        let Some(index) = state.find_tag(tag) else { return };
        let local = &state.locals[index];
        let caller = state.stations[local.station].user;
        let (id, to) = (local.id, if to_caller { caller } else { local.callee });
        let victim = state.places[to].online.map(|station| state.stations[station].instance.clone());
        let instance = victim.and_then(|instance| u64::from_str_radix(&instance, 16).ok()).unwrap_or(7);
        let side = if to_caller { Side::Callee } else { Side::Caller };
        let message = match what {
            Forgery::Received => Wire::Received,
            Forgery::Accept => Wire::Accept { response: "r0".into() },
            Forgery::Confirm => Wire::Confirm { to: Instance(instance) },
            Forgery::End | Forgery::Garbage => {
                Wire::End { side, to: None, reason: Reason::Canceled, response: "".into() }
            }
        };
        let mut bytes = encode(&Envelope { id, instance: Instance(7), message });
        if what == Forgery::Garbage {
            let at = index % bytes.len();
            bytes[at] ^= 0x55;
            bytes.truncate(at + 5);
        }
        state.coverage.fault(if what == Forgery::Garbage { "bytes that are no message" } else { "hostile message" }, 1);
        state.note(None, || format!("mallory forges {what:?} #{index} to {}", name(to)));
        drop(state);
        let _ = self.hostile.send(name(to), &bytes.into(), Duration::from_secs(60));
    }
}
