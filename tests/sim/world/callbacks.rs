//! What applications do inside callbacks, and with their handles.

use std::sync::Arc;
use std::time::Duration;

use super::World;
use crate::oracle::Cue;
use crate::script::{Reaction, Tag, When};
use crate::state::{State, Todo};

/// Tags of invitations that are sent back in callbacks.
pub const BACK: Tag = 1_000_000;
const MAX_BACK: usize = 3;

impl World {
    /// What the application does inside a callback.
    pub(super) fn react(self: &Arc<Self>, station: usize, cue: Cue) {
        match cue {
            Cue::Nothing => {}
            Cue::Local(index, reaction) => self.react_as(station, reaction, Some(index), None),
            Cue::RemoteEnd(index, reaction) => self.react_as(station, reaction, None, Some(index)),
            Cue::Ring(index) => {
                let state = self.lock();
                let plan = state.locals[state.remotes[index].call].plan.clone();
                let now = state.now();
                let second = state.stations[station].device >= self.script.users;
                drop(state);
                if let Some((accept, after)) = if second { plan.elsewhere } else { plan.answer } {
                    match after {
                        None => self.answer(index, accept, true),
                        Some(ms) => {
                            self.lock().later(now + Duration::from_millis(ms), Todo::Answer { remote: index, accept })
                        }
                    }
                    if plan.twice && after.is_none() {
                        self.answer(index, !accept, true);
                        self.lock().coverage.action("answer twice");
                    }
                }
                let mut state = self.lock();
                if let Some((accept, ms)) = plan.again {
                    state.later(now + Duration::from_millis(ms), Todo::Answer { remote: index, accept });
                }
                match plan.release_remote {
                    When::AtOnce => state.release_remote(index),
                    When::After(ms) => state.later(now + Duration::from_millis(ms), Todo::ReleaseRemote(index)),
                    When::AtEnd | When::Never => {}
                }
                drop(state);
                self.react_as(station, plan.on_ring, None, Some(index));
            }
        }
    }

    pub(super) fn react_as(
        self: &Arc<Self>,
        station: usize,
        reaction: Reaction,
        local: Option<usize>,
        remote: Option<usize>,
    ) {
        let gone = self.lock().stations[station].released.is_some();
        match reaction {
            Reaction::Nothing => {}
            Reaction::Cancel => local.into_iter().for_each(|index| self.cancel(index, true)),
            Reaction::Logout if !gone => self.logout(station, true),
            Reaction::Relogin if !gone => {
                self.logout(station, true);
                self.login(station);
            }
            Reaction::Release { sync } => self.release(station, sync, true),
            Reaction::CallBack if !gone => {
                let state = self.lock();
                let back = state.locals.iter().filter(|local| local.tag > BACK).count();
                let to = match (local, remote) {
                    (Some(index), _) => state.locals[index].callee,
                    (_, Some(index)) => state.stations[state.locals[state.remotes[index].call].station].user,
                    _ => return,
                };
                let mut plan = match (local, remote) {
                    (Some(index), _) => state.locals[index].plan.clone(),
                    (_, Some(index)) => state.locals[state.remotes[index].call].plan.clone(),
                    _ => return,
                };
                let over = state.over;
                drop(state);
                if back >= MAX_BACK || over {
                    return;
                }
                for reaction in
                    [&mut plan.on_ring, &mut plan.on_received, &mut plan.on_local_end, &mut plan.on_remote_end]
                {
                    *reaction = Reaction::Nothing;
                }
                self.send(station, to, BACK + 1 + back as Tag, None, plan, true);
            }
            Reaction::Verbs => {
                local.into_iter().for_each(|index| self.cancel(index, true));
                if let Some(index) = remote {
                    self.answer(index, true, true);
                    self.answer(index, false, true);
                }
            }
            Reaction::Logout | Reaction::Relogin | Reaction::CallBack => {}
        }
    }
}

impl State {
    pub fn release_local(&mut self, index: usize) {
        let local = &mut self.locals[index];
        if std::mem::replace(&mut local.released, true) {
            let again = local.object.release();
            return self.check(again.is_err(), "a second release of a handle is an error", || format!("#{index}"));
        }
        let open = local.terminals == 0;
        let answer = local.object.release();
        if open {
            self.coverage.action("handle released while open");
        }
        self.check(answer.is_ok(), "a handle can be released", || format!("#{index} {answer:?}"));
    }

    pub fn release_remote(&mut self, index: usize) {
        let remote = &mut self.remotes[index];
        if std::mem::replace(&mut remote.released, true) {
            let again = remote.object.release();
            return self.check(again.is_err(), "a second release of a handle is an error", || format!("r{index}"));
        }
        let open = remote.terminals == 0;
        let answer = remote.object.release();
        if open {
            self.coverage.action("handle released while open");
        }
        self.check(answer.is_ok(), "a handle can be released", || format!("r{index} {answer:?}"));
    }

    pub fn release_local_at_end(&mut self, index: usize) {
        if self.locals[index].plan.release_local == When::AtEnd {
            self.coverage.action("handle released in a callback");
            self.release_local(index);
        }
    }

    pub fn release_remote_at_end(&mut self, index: usize) {
        if self.locals[self.remotes[index].call].plan.release_remote == When::AtEnd {
            self.coverage.action("handle released in a callback");
            self.release_remote(index);
        }
    }
}
