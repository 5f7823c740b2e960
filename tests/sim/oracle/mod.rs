//! The oracle: what every callback is held against (SPEC section 3 and fine print).

mod ends;
mod ladders;
mod local;
mod log;
mod remote;
mod service;

use std::sync::LazyLock;
use std::time::Duration;

use rtm_call::codes::{LocalInvitationErr, RemoteInvitationErr};
use rtm_call::engine::local::State as LocalState;
use rtm_call::engine::remote::State as RemoteState;
use rtm_call::service::event::CallEvent;

use crate::script::{MAX_USERS, Reaction};
use crate::state::{State, local_follows, remote_follows};

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

impl State {
    /// One callback of a call manager's handler.
    pub fn on_call(&mut self, station: usize, event: &CallEvent) -> Cue {
        self.hear(station);
        use CallEvent::*;
        match event {
            LocalReceivedByPeer(object) => self.on_received(station, object),
            LocalAccepted(object, response) => {
                self.on_accepted(station, object, response);
                self.on_local_end(station, object, LocalState::AcceptedByRemote, LocalInvitationErr::Ok)
            }
            LocalRefused(object, _) => {
                self.on_local_end(station, object, LocalState::RefusedByRemote, LocalInvitationErr::Ok)
            }
            LocalCanceled(object) => self.on_local_end(station, object, LocalState::Canceled, LocalInvitationErr::Ok),
            LocalFailure(object, code) => self.on_local_end(station, object, LocalState::Failure, *code),
            RemoteReceived(object) => self.on_ring(station, object),
            RemoteAccepted(object) => {
                self.on_remote_end(station, object, RemoteState::Accepted, RemoteInvitationErr::Ok)
            }
            RemoteRefused(object) => self.on_remote_end(station, object, RemoteState::Refused, RemoteInvitationErr::Ok),
            RemoteCanceled(object) => {
                self.on_remote_end(station, object, RemoteState::Canceled, RemoteInvitationErr::Ok)
            }
            RemoteFailure(object, code) => self.on_remote_end(station, object, RemoteState::Failure, *code),
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
            let agreed = state != RemoteState::Accepted || caller == LocalState::AcceptedByRemote;
            self.check(agreed, "callee ACCEPTED, so caller ACCEPTED", || format!("r{index}, caller {caller:?}"));
        }
    }
}

/// The id of a user: some have letters that a carrier may have to escape.
pub fn name(user: usize) -> &'static str {
    static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let tail = ["", "", "@home", "+1", "#2", "$ys", "_:;"];
        let rest = (FIRST.len()..MAX_USERS).map(|user| format!("u{user}{}", tail[user % tail.len()]));
        FIRST.iter().map(|name| (*name).into()).chain(rest).collect()
    });
    const FIRST: [&str; 4] = ["ann", "bob", "cid", "dot"];
    &NAMES[user]
}

/// A window.
pub fn millis(ms: u32) -> Duration {
    Duration::from_millis(ms.into())
}
