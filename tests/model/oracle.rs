//! The oracle, as far as one output of one node can tell: what the application may be shown and what may be sent, by SPEC
//! sections 3 and 4.

use std::time::Duration;

use rtm_call::codes::{EndReason as Reason, EndSide as Side, LocalInvitationErr, RemoteInvitationErr};
use rtm_call::engine::{CallId, CallRef, End, LocalEvent, Presence, RemoteEvent, local, remote};

use crate::message::{Kind, Message};
use crate::node::{Input, Node, Remote, Session};
use crate::scenario::{LIFETIME, OUTSIDER};
use crate::step::{Cause, Step};

/// A promise that was not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Broken {
    pub weight: Weight,
    pub promise: String,
}

/// Which part of the contract a promise belongs to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Weight {
    /// The oracle of SPEC section 3: what applications are shown, who agrees, who is silent.
    Outcome,
    /// How that is reached: single messages and times, by the other sentences of sections 3 and 4.
    Conduct,
}

impl Broken {
    pub fn outcome(promise: impl Into<String>) -> Broken {
        Broken { weight: Weight::Outcome, promise: promise.into() }
    }

    pub fn conduct(promise: impl Into<String>) -> Broken {
        Broken { weight: Weight::Conduct, promise: promise.into() }
    }
}

impl Step {
    /// The worst promise of at most this weight that was broken.
    pub fn worst(&self, heed: Weight) -> Option<Broken> {
        let heeded = self.broken.iter().filter(|broken| broken.weight <= heed);
        heeded.min_by_key(|broken| broken.weight).cloned()
    }

    pub fn outcome(&mut self, kept: bool, promise: &str) {
        if !kept {
            self.broken.push(Broken::outcome(promise));
        }
    }

    pub fn conduct(&mut self, kept: bool, promise: &str) {
        if !kept {
            self.broken.push(Broken::conduct(promise));
        }
    }
}

impl Node {
    /// A message was handed to the carrier.
    pub fn on_sent(&mut self, cause: &Cause<'_>, message: &Message, expires_after: Duration, step: &mut Step) {
        // While a backlog is read, an accept window that starts anew with the link has not done so yet.
        let left = self.lifetime(cause, message);
        let early = matches!(cause.input, Input::Up(_) | Input::UpLate(_)) && message.kind == Kind::Accept;
        step.conduct(expires_after == left || early, "a message carries what is left of its life");
        step.outcome(*cause.input != Input::Kick, "a kicked session sends nothing");
        step.conduct(self.session == Session::Up, "nothing is sent without a link");
        let local = &mut self.locals[message.call];
        let ours: Vec<&Remote> = self.remotes.iter().filter(|remote| remote.of == message.call).collect();
        let remote = ours.iter().find(|remote| remote.caller == message.to);
        match message.kind {
            Kind::Invite => {
                step.conduct(local.state == local::State::SentToRemote, "the acknowledgement stops the invite");
                local.left = true;
            }
            Kind::Received => step.conduct(
                remote.is_some_and(|remote| remote.open()),
                "an ended callee answers an invite with its outcome, never with received",
            ),
            Kind::Accept => step.conduct(
                remote.is_some_and(|remote| {
                    remote.state == remote::State::AcceptSentToLocal || remote.state == remote::State::Accepted
                }),
                "an accept is sent while ACCEPT_SENT or ACCEPTED",
            ),
            Kind::Confirm { to } => {
                step.conduct(local.accepted_by == Some(to), "a confirmation names the instance that was accepted")
            }
            Kind::End { side: Side::Caller, to, .. } => {
                let tells = local.ended() && (local.accepted_by.is_none() || to.is_some() && to != local.accepted_by);
                step.conduct(tells, "a caller's end is that of an ended invitation, and not for whom it accepted");
            }
            Kind::End { .. } => {
                let tells = remote.is_none_or(|remote| !remote.open() && remote.state != remote::State::Accepted);
                step.conduct(tells, "a callee's end is that of an ended invitation that is not accepted");
            }
            Kind::Ended { .. } => {}
        }
    }

    /// How long a carrier may keep a message: SPEC section 4.
    fn lifetime(&self, cause: &Cause<'_>, message: &Message) -> Duration {
        let remote = self.remotes.iter().find(|remote| remote.of == message.call && remote.caller == message.to);
        let closes = match message.kind {
            Kind::Invite => self.locals[message.call].closes(cause.scenario, self.n),
            Kind::Accept => remote.and_then(|remote| remote.closes(self.session)),
            _ => None,
        };
        closes.map_or(LIFETIME, |closes| closes.since(self.clock))
    }

    /// A local invitation changed.
    pub fn on_local(&mut self, cause: &Cause<'_>, call: CallRef, event: LocalEvent, end: Option<End>, step: &mut Step) {
        use local::State::*;
        step.shown.push(format!("{event:?}").replace("(\"\")", ""));
        let presence = |node: &Node, of: usize| node.presence(cause.scenario.calls[of].1);
        let Some(of) = self.locals.iter().position(|local| local.call == Some(call)) else {
            return step.outcome(false, "an event belongs to an invitation");
        };
        let offline = presence(self, of) == Some(Presence::Offline) && self.session == Session::Up;
        let (clock, session) = (self.clock, self.session);
        let local = &mut self.locals[of];
        if event == LocalEvent::ReceivedByPeer {
            let callee = cause.scenario.calls[of].1;
            let heard = cause.read.iter().any(|message| message.call == of && message.from == callee);
            step.outcome(heard, "ReceivedByPeer follows from what the callee says");
            step.outcome(
                local.state == SentToRemote,
                "ReceivedByPeer is shown at most once, and to an invitation that is not further",
            );
            step.received.push(of);
            (local.state, local.since) = (ReceivedByRemote, clock);
            return;
        }
        step.outcome(local.open(), "there is one terminal event");
        let Some(end) = end else {
            return step.outcome(false, "an end has a reason");
        };
        let was = local.state;
        local.state = match event {
            LocalEvent::Accepted(_) => AcceptedByRemote,
            LocalEvent::Refused(_) => RefusedByRemote,
            LocalEvent::Canceled => Canceled,
            _ => Failure,
        };
        let answered = matches!(local.state, AcceptedByRemote | RefusedByRemote);
        step.outcome(!answered || was == ReceivedByRemote, "ReceivedByPeer comes before Accepted and Refused");
        let invented = step.received.contains(&of) && !answered && cause.read.len() < 2;
        step.outcome(!invented, "ReceivedByPeer is not made up before Canceled or Failure");
        let callee = cause.scenario.calls[of].1;
        let read = cause.read.iter().filter(|message| message.call == of && message.from == callee);
        let ends = read.clone().filter_map(|message| match message.kind {
            Kind::End { side: Side::Callee, reason, .. } => Some(reason),
            _ => None,
        });
        let right = match (&event, end.by) {
            (LocalEvent::Accepted(_), _) => {
                let accept = read.clone().find(|message| message.kind == Kind::Accept);
                local.accepted_by = accept.map(|accept| accept.instance);
                accept.is_some()
            }
            (event, Side::Callee) => ends.map(shown_to_caller).any(|shown| shown.is_none_or(|shown| shown == *event)),
            (LocalEvent::Canceled, _) => *cause.input == Input::Cancel(of),
            (LocalEvent::Failure(code), _) => *code == own_failure_of_caller(cause.input, was, offline, session),
            _ => false,
        };
        step.outcome(right, "the end shows what the table of ends says, at the caller");
        if matches!(cause.input, Input::Fire) {
            let due = matches!(end.reason, Reason::NoResponse | Reason::Unreachable | Reason::Expired);
            let before = crate::node::Local { state: was, ..local.clone() };
            step.conduct(
                due && before.closes(cause.scenario, self.n) == Some(clock),
                "a window of the caller closes when it should",
            );
        }
        local.silent = matches!(cause.input, Input::Kick) || !local.left;
        (local.by, local.since, local.runs) = (end.by, clock, false);
        step.ended = true;
    }

    /// An invitation arrived.
    pub fn on_ring(&mut self, cause: &Cause<'_>, call: CallRef, id: CallId, caller: &str, step: &mut Step) {
        step.shown.push("rings".into());
        let of = id.0 as usize - 1;
        let mut invites = cause.read.iter().filter(|message| message.call == of && message.kind == Kind::Invite);
        let Some(invite) = invites.find(|invite| invite.from == caller) else {
            return step.outcome(false, "an invitation is its sender's");
        };
        let caller = invite.from;
        let twice = self.remotes.iter().any(|remote| remote.of == of && remote.caller == caller);
        step.outcome(!twice, "an instance rings at most once for an id");
        step.outcome(
            !self.ends_read.contains(&(of, caller)),
            "no ring in an instance that has processed an end of that id",
        );
        let asked = cause.scenario.windows(cause.scenario.calls[of].0).ring_ms;
        let ring = cause.scenario.nodes[self.n].ring_ms.min(asked);
        self.remotes.push(Remote {
            call,
            of,
            caller,
            state: remote::State::InvitationReceived,
            instance: self.instance,
            since: self.clock,
            limit: self.clock + Duration::from_millis(ring.into()),
            by: Side::None,
            answered: false,
            silent: false,
        });
        if caller != OUTSIDER {
            step.rang.push(of);
        }
    }

    /// A remote invitation changed.
    pub fn on_remote(&mut self, cause: &Cause<'_>, call: CallRef, event: RemoteEvent, end: End, step: &mut Step) {
        use remote::State::*;
        step.shown.push(format!("{event:?}"));
        let Some(position) = self.remotes.iter().rposition(|remote| remote.call == call) else {
            return step.outcome(false, "an event belongs to an invitation");
        };
        let offline =
            self.presence(self.remotes[position].caller) == Some(Presence::Offline) && self.session == Session::Up;
        let (clock, session, instance) = (self.clock, self.session, self.instance);
        let remote = &mut self.remotes[position];
        step.outcome(remote.open(), "there is one terminal event");
        let (was, of, caller) = (remote.state, remote.of, remote.caller);
        let mut read = cause.read.iter().filter(|message| message.call == of && message.from == caller);
        let right = match (event, end.by) {
            (RemoteEvent::Accepted, _) => {
                let confirmed = read.any(|message| message.kind == Kind::Confirm { to: instance });
                step.conduct(
                    confirmed && was == AcceptSentToLocal,
                    "an acceptance counts once the caller has confirmed it to this instance",
                );
                true
            }
            (RemoteEvent::Refused, _) => *cause.input == Input::Refuse(position),
            (event, Side::Caller) => read.any(|message| match message.kind {
                Kind::End { side: Side::Caller, reason, .. } => shown_to_callee(reason) == event,
                Kind::Confirm { to } => to != instance && event == RemoteEvent::Canceled,
                _ => false,
            }),
            (RemoteEvent::Failure(code), _) => code == own_failure_of_callee(cause.input, was, offline, end.reason),
            _ => false,
        };
        step.outcome(right, "the end shows what the table of ends says, at the callee");
        if was == AcceptSentToLocal && end.by == Side::Callee && event != RemoteEvent::Accepted {
            step.outcome(
                end.reason == Reason::AcceptUnconfirmed,
                "an unconfirmed acceptance says that the outcome is unknown",
            );
        }
        if *cause.input == Input::Fire && end.reason != Reason::CallerLost {
            step.conduct(remote.closes(session) == Some(clock), "a window of the callee closes when it should");
        }
        remote.state = match event {
            RemoteEvent::Accepted => Accepted,
            RemoteEvent::Refused => Refused,
            RemoteEvent::Canceled => Canceled,
            RemoteEvent::Failure(_) => Failure,
        };
        remote.silent = *cause.input == Input::Kick;
        (remote.by, remote.since) = (end.by, clock);
        step.ended = true;
    }
}

/// The code of a caller that fails of itself.
fn own_failure_of_caller(input: &Input, was: local::State, offline: bool, session: Session) -> LocalInvitationErr {
    match input {
        Input::LogOut | Input::Release | Input::Kick | Input::LogInFails => LocalInvitationErr::NotLoggedin,
        Input::Send(_) if session == Session::Out => LocalInvitationErr::NotLoggedin,
        Input::Send(_) | Input::Cancel(_) | Input::Accept(_) | Input::Refuse(_) | Input::Report(..) => {
            LocalInvitationErr::Ok
        }
        _ if was == local::State::ReceivedByRemote => LocalInvitationErr::InvitationExpire,
        _ if offline => LocalInvitationErr::PeerOffline,
        _ => LocalInvitationErr::PeerNoResponse,
    }
}

/// The code of a callee that fails of itself.
fn own_failure_of_callee(input: &Input, was: remote::State, offline: bool, reason: Reason) -> RemoteInvitationErr {
    let rings = was == remote::State::InvitationReceived;
    match input {
        Input::LogOut | Input::Release | Input::Kick => RemoteInvitationErr::PeerOffline,
        Input::Report(..) if offline && rings && reason == Reason::CallerLost => RemoteInvitationErr::PeerOffline,
        Input::Send(_) | Input::Cancel(_) | Input::Accept(_) | Input::Refuse(_) | Input::Report(..) => {
            RemoteInvitationErr::Ok
        }
        _ if rings && reason == Reason::CallerLost && offline => RemoteInvitationErr::PeerOffline,
        _ if rings => RemoteInvitationErr::InvitationExpire,
        _ if offline => RemoteInvitationErr::PeerOffline,
        _ => RemoteInvitationErr::AcceptFailure,
    }
}

/// What an end of the callee shows at an open caller; `None` where SPEC section 3 does not say.
fn shown_to_caller(reason: Reason) -> Option<LocalEvent> {
    match reason {
        Reason::Refused => Some(LocalEvent::Refused("".into())),
        Reason::Expired => Some(LocalEvent::Failure(LocalInvitationErr::InvitationExpire)),
        Reason::LoggedOut | Reason::Released => Some(LocalEvent::Failure(LocalInvitationErr::PeerOffline)),
        Reason::AcceptUnconfirmed => Some(LocalEvent::Failure(LocalInvitationErr::PeerNoResponse)),
        _ => None,
    }
}

/// What an end of the caller shows at an open callee.
fn shown_to_callee(reason: Reason) -> RemoteEvent {
    match reason {
        Reason::Expired | Reason::NoResponse | Reason::Unreachable => {
            RemoteEvent::Failure(RemoteInvitationErr::InvitationExpire)
        }
        _ => RemoteEvent::Canceled,
    }
}
