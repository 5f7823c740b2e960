//! The oracle, as far as a whole step or a state of one node can tell: what has to be answered, what beats what, and what the
//! calls answer, by SPEC sections 2 to 4.

use rtm_call::codes::EndSide as Side;
use rtm_call::engine::{Presence, local, remote};
use rtm_call::error::Error;

use crate::message::{Kind, Message};
use crate::node::{Input, Node, Remote};
use crate::oracle::Broken;
use crate::scenario::{ACCEPT_MS, OUTSIDER};
use crate::step::{Cause, Step};

impl Node {
    /// What a whole step has to bring about.
    pub fn check_step(&mut self, cause: &Cause<'_>, step: &mut Step) {
        match cause.input {
            Input::Read(_) => self.check_answer(cause.read[0], step),
            Input::ReadLate(_) => {
                self.check_answer(cause.read[0], step);
                let accepts = self.remotes.iter().any(|remote| remote.state == remote::State::AcceptSentToLocal);
                step.conduct(step.ended || accepts, "a due timer runs before a message");
                self.check_due(cause, step);
            }
            Input::Fire => self.check_due(cause, step),
            Input::Up(_) | Input::UpLate(_) => {
                self.check_backlog(cause, step);
                self.check_sent_again(step);
            }
            Input::Resume(_) => {
                self.check_backlog(cause, step);
                self.check_due(cause, step);
            }
            Input::Report(user, Presence::Offline) => {
                let lost =
                    |remote: &Remote| remote.caller == *user && remote.state == remote::State::InvitationReceived;
                let watching = matches!(*cause.scenario.calls, [(caller, _)] if caller != self.n);
                step.conduct(!watching || !self.remotes.iter().any(lost), "no ring for a caller that is known gone");
            }
            _ => {}
        }
    }

    /// A window that is due is closed; an accept window may wait for a message.
    fn check_due(&self, cause: &Cause<'_>, step: &mut Step) {
        let locals = self.locals.iter().filter_map(|local| local.closes(cause.scenario, self.n));
        let ringing = self.remotes.iter().filter(|remote| remote.state == remote::State::InvitationReceived);
        let closes = locals.chain(ringing.filter_map(|remote| remote.closes(self.session))).min();
        step.conduct(closes.is_none_or(|closes| closes > self.clock), "a window is closed once it is due");
    }

    /// What holds of a node at any time: the table of calls of SPEC section 2, and what the engine counts.
    pub fn check_state(&self) -> Result<(), Broken> {
        let mut engine = self.engine.clone();
        for local in self.locals.iter().filter(|local| local.ended() && !local.lost) {
            let answer = local.call.map(|call| engine.cancel(self.clock, call));
            if answer != Some(Err(Error::AlreadyEnd)) {
                return Err(Broken::outcome("cancel answers ALREADY_END after the end"));
            }
        }
        for remote in &self.remotes {
            let right = match remote.state {
                remote::State::InvitationReceived => continue,
                remote::State::AcceptSentToLocal => Error::AlreadyAccept,
                _ => Error::AlreadyEnd,
            };
            let accept = engine.accept(self.clock, remote.call, "", ACCEPT_MS);
            let refuse = engine.refuse(self.clock, remote.call, "");
            if accept != Err(right.clone()) || refuse != Err(right) {
                return Err(Broken::outcome("accept and refuse answer ALREADY_ACCEPT or ALREADY_END once answered"));
            }
        }
        let open_local = self.locals.iter().filter(|local| local.open()).count() as u64;
        let open_remote = self.remotes.iter().filter(|remote| remote.open()).count() as u64;
        let stats = engine.stats();
        if (stats.open_local, stats.open_remote) != (open_local, open_remote) || engine != self.engine {
            return Err(Broken::outcome("the engine counts what is open, and a refused call changes nothing"));
        }
        Ok(())
    }

    /// An ended side answers every late message with its outcome.
    fn check_answer(&self, message: &Message, step: &mut Step) {
        let me = self.instance;
        let sent: Vec<Message> =
            step.sent.iter().map(|(to, bytes)| Message::new(message.to, to, bytes.clone())).collect();
        let local = &self.locals[message.call];
        let remote = self.remotes.iter().find(|remote| remote.of == message.call && remote.caller == message.from);
        let ours = local.call.is_some() && local.left && message.from != OUTSIDER;
        match message.kind {
            Kind::Received | Kind::Accept if ours && local.ended() => {
                let to = message.instance;
                let answered = sent.iter().any(|answer| match answer.kind {
                    Kind::Confirm { to: named } => named == to && local.accepted_by == Some(to),
                    Kind::End { side: Side::Caller, to: named, .. } => {
                        named == Some(to) && local.accepted_by != Some(to)
                    }
                    _ => false,
                });
                step.conduct(answered, "an ended caller answers received and accept, naming the instance");
            }
            Kind::Invite if remote.is_some_and(|remote| !remote.open()) => {
                let accepted = remote.is_some_and(|remote| remote.state == remote::State::Accepted);
                let answered = sent.iter().any(|answer| match answer.kind {
                    Kind::Accept => accepted,
                    Kind::End { side: Side::Callee, .. } => !accepted,
                    _ => false,
                });
                step.conduct(answered, "an ended callee answers an invite with its outcome");
            }
            Kind::Confirm { to } if to != me => step.conduct(
                remote.is_none_or(|remote| !remote.open()),
                "a confirmation for another instance ends the invitation here",
            ),
            Kind::End { side, to, .. } if to.is_none_or(|to| to == me) || side == Side::Callee => {
                let acknowledged = sent.iter().any(|answer| matches!(answer.kind, Kind::Ended { .. }));
                step.conduct(acknowledged, "an end is acknowledged");
            }
            _ => {}
        }
    }

    /// An end in a backlog beats an invite or accept of the same invitation.
    fn check_backlog(&self, cause: &Cause<'_>, step: &mut Step) {
        for message in cause.read {
            let Kind::End { side, to, .. } = message.kind else { continue };
            let reads = side == Side::Caller && to.is_none_or(|to| to == self.instance);
            step.conduct(!(reads && step.rang.contains(&message.call)), "an end in a backlog beats an invite in it");
            let accepted = self.locals[message.call].accepted_by.is_some() && step.received.contains(&message.call);
            step.conduct(!(side == Side::Callee && accepted), "an end in a backlog beats an accept in it");
        }
    }

    /// What is not acknowledged is sent at once when the link comes back.
    fn check_sent_again(&self, step: &mut Step) {
        let sent: Vec<Message> = step.sent.iter().map(|(to, bytes)| Message::new("", to, bytes.clone())).collect();
        let has = |of: usize, kind: Kind| sent.iter().any(|message| message.call == of && message.kind == kind);
        for (of, local) in self.locals.iter().enumerate() {
            let waits = local.state == local::State::SentToRemote && local.open();
            step.conduct(!waits || has(of, Kind::Invite), "an invite is sent again at once when the link is back");
        }
        for remote in &self.remotes {
            let waits = remote.state == remote::State::AcceptSentToLocal;
            step.conduct(
                !waits || has(remote.of, Kind::Accept),
                "an accept is sent again at once when the link is back",
            );
        }
    }
}
