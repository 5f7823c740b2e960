//! Invitations: the verbs, and what the engine puts out.

use std::num::NonZeroU32;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use super::event::{CallEvent, Event, ServiceEvent};
use super::invitation::{Common, LocalInvitation, Recorded, RemoteInvitation};
use super::ladder::{Api, Ladder, What};
use super::objects::Object;
use super::peers::Message;
use super::text::Which;
use super::{Core, Effect, Level, Service, Turn};
use crate::codes::{EndReason, EndSide, Status};
use crate::engine::message::{Envelope, Kind, Message as Wired, reason_name};
use crate::engine::{Bytes, CallId, CallRef, End, EndRule, LocalEvent, Note, Offer, Output, RemoteEvent};
use crate::engine::{local, read, remote};
use crate::error::Error;

impl Service {
    /// A new local invitation. Never fails for the text of the callee id, nor on a service that was released: `send` checks both.
    pub fn create_local(&self, callee: &str) -> Result<Arc<LocalInvitation>, Error> {
        if self.panicked.load(Ordering::Acquire) {
            return Err(Error::Panicked);
        }
        let ladder = Ladder::new(self.ladder_entries.load(Ordering::Relaxed));
        Ok(LocalInvitation::new(self.me.clone(), callee.into(), ladder))
    }

    /// Sends an invitation: a snapshot of its texts goes out.
    pub fn send(&self, invitation: &Arc<LocalInvitation>) -> Result<(), Error> {
        self.check_own(&invitation.common.service, local::ended(invitation.state()))?;
        self.enter(|core, turn| {
            let answer = core.send(turn, invitation);
            turn.answered(&**invitation, Api::Send, answer)
        })?
    }

    /// Cancels an invitation.
    pub fn cancel(&self, invitation: &Arc<LocalInvitation>) -> Result<(), Error> {
        self.check_own(&invitation.common.service, local::ended(invitation.state()))?;
        self.enter(|core, turn| {
            let answer = core.cancel(turn, invitation);
            turn.answered(&**invitation, Api::Cancel, answer)
        })?
    }

    /// Accepts an invitation with the response that is set.
    pub fn accept(&self, invitation: &Arc<RemoteInvitation>) -> Result<(), Error> {
        self.check_own(&invitation.common.service, remote::ended(invitation.state()))?;
        self.enter(|core, turn| {
            let answer = core.accept(turn, invitation);
            turn.answered(&**invitation, Api::Accept, answer)
        })?
    }

    /// Refuses an invitation with the response that is set.
    pub fn refuse(&self, invitation: &Arc<RemoteInvitation>) -> Result<(), Error> {
        self.check_own(&invitation.common.service, remote::ended(invitation.state()))?;
        self.enter(|core, turn| {
            let answer = core.refuse(turn, invitation);
            turn.answered(&**invitation, Api::Refuse, answer)
        })?
    }

    /// The open local invitation to `callee` with this id.
    pub fn find_local(&self, callee: &str, id: CallId) -> Result<Arc<LocalInvitation>, Error> {
        self.enter(|core, _| {
            let call = core.engine.find_open(EndSide::Caller, callee, id);
            call.and_then(|call| core.objects.local(call).cloned())
        })?
        .ok_or_else(|| Error::NotFound(format!("no local invitation {id} to {callee:?} is open")))
    }

    /// The open remote invitation from `caller` with this id.
    pub fn find_remote(&self, caller: &str, id: CallId) -> Result<Arc<RemoteInvitation>, Error> {
        self.enter(|core, _| {
            let call = core.engine.find_open(EndSide::Callee, caller, id);
            call.and_then(|call| core.objects.remote(call).cloned())
        })?
        .ok_or_else(|| Error::NotFound(format!("no remote invitation {id} from {caller:?} is open")))
    }

    /// An invitation of another service is foreign here; one that has ended and outlived its service just has ended.
    fn check_own(&self, service: &Weak<Service>, ended: bool) -> Result<(), Error> {
        if Weak::ptr_eq(service, &self.me) || (ended && service.strong_count() == 0) {
            return Ok(());
        }
        Err(Error::StaleHandle("the invitation belongs to another service".into()))
    }
}

impl Core {
    pub(super) fn check_living(&self) -> Result<(), Error> {
        if self.released { Err(Error::StaleHandle("the service was released".into())) } else { Ok(()) }
    }

    fn send(&mut self, turn: &mut Turn<'_>, invitation: &Arc<LocalInvitation>) -> Result<(), Error> {
        local::answer(local::Verb::Send, invitation.state())?;
        self.check_living()?;
        invitation.common.depart(|| Error::StaleHandle("the invitation was released".into()))?;
        let sent = self.depart(turn, invitation);
        if sent.is_err() {
            invitation.return_from_departure();
        }
        sent
    }

    fn depart(&mut self, turn: &mut Turn<'_>, invitation: &Arc<LocalInvitation>) -> Result<(), Error> {
        let id = CallId(self.random_u128()?.max(1));
        let texts = invitation.texts.lock();
        let windows = LocalInvitation::windows(&texts, self.config.engine.windows);
        let callee = texts.texts.get(Which::Peer);
        let offer = Offer {
            callee,
            content: texts.texts.get(Which::Content).clone(),
            channel: texts.texts.get(Which::Channel).clone(),
            windows,
        };
        let call = self.engine.send(turn.now, id, offer)?;
        turn.log(Level::Info, format_args!("send {} to={:?}", Name(Some(id)), &**callee));
        invitation.common.set_place(call, id);
        invitation.set_state(local::State::SentToRemote);
        self.objects.insert(call, Object::Local(invitation.clone()));
        drop(texts);
        self.set_own(&**invitation);
        Ok(())
    }

    fn cancel(&mut self, turn: &Turn<'_>, invitation: &LocalInvitation) -> Result<(), Error> {
        local::answer(local::Verb::Cancel, invitation.state())?;
        let call = invitation.call().ok_or(Error::NotStarted)?;
        self.engine.cancel(turn.now, call)
    }

    fn accept(&mut self, turn: &Turn<'_>, invitation: &RemoteInvitation) -> Result<(), Error> {
        remote::answer(remote::Verb::Accept, invitation.state())?;
        let call = invitation.call().ok_or(Error::AlreadyEnd)?;
        let texts = invitation.texts.lock();
        let accept_ms = texts.accept_ms.map_or(self.config.engine.windows.accept_ms, NonZeroU32::get);
        self.engine.accept(turn.now, call, texts.texts.get(Which::Response), accept_ms)?;
        invitation.set_state(remote::State::AcceptSentToLocal);
        turn.log(Level::Info, format_args!("accept {}", Name(invitation.id())));
        Ok(())
    }

    fn refuse(&mut self, turn: &Turn<'_>, invitation: &RemoteInvitation) -> Result<(), Error> {
        remote::answer(remote::Verb::Refuse, invitation.state())?;
        let call = invitation.call().ok_or(Error::AlreadyEnd)?;
        let texts = invitation.texts.lock();
        self.engine.refuse(turn.now, call, texts.texts.get(Which::Response))
    }

    /// Its ladder is that of who is logged in here.
    fn set_own(&self, invitation: &dyn Recorded) {
        if let Some(user) = self.engine.user() {
            invitation.common().ladder.lock().set_own(user.text().clone());
        }
    }

    /// The ladder of `call`, while anybody may ask for it.
    fn ladder(&self, call: CallRef, mut write: impl FnMut(&mut Ladder)) {
        let Some(object) = self.objects.get(call) else { return };
        let mut write = |common: &Common| write(&mut common.ladder.lock());
        match object {
            Object::Local(local) => write(&local.common),
            Object::Remote(remote) => write(&remote.common),
            Object::EndingLocal(local) => local.upgrade().iter().for_each(|local| write(&local.common)),
            Object::EndingRemote(remote) => remote.upgrade().iter().for_each(|remote| write(&remote.common)),
        }
    }

    fn on_note(&mut self, turn: &Turn<'_>, call: CallRef, note: Note) {
        let now = turn.now;
        match note {
            Note::Read(read) => self.ladder(call, |ladder| ladder.read(now, read)),
            Note::Closed(window, presence) => self.ladder(call, |ladder| ladder.closed(now, window, presence)),
            Note::Presence(presence) => self.ladder(call, |ladder| ladder.presence(now, presence)),
            Note::Link(up) => self.ladder(call, |ladder| ladder.note(now, What::Link(up))),
            // The answer to what closed it may still be to come.
            Note::Over => self.over.push(call),
        }
    }

    /// Passes on what the engine put out.
    pub(super) fn pass_on(&mut self, turn: &mut Turn<'_>) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Send { to, bytes, expires_after, about } => {
                    if let Some(about) = about.filter(|_| self.config.engine.notes) {
                        self.ladder(about.call, |ladder| ladder.sent(turn.now, about.kind, bytes.len()));
                    }
                    if let Some(session) = &self.session {
                        turn.log(Level::Debug, format_args!("sent {} to={to:?}", Wire(&bytes)));
                        let transport = session.transport.clone();
                        let answers = about
                            .is_some_and(|about| matches!(about.kind, Kind::Received | Kind::Accept | Kind::Confirm));
                        turn.effect(&transport, Effect::Send { to, bytes, expires_after, answers });
                    }
                }
                Output::Local { call, state, event, end } => self.on_local(turn, call, state, event, end),
                Output::Ring { call, id, caller, content, channel, read } => {
                    turn.log(Level::Info, format_args!("ring {} from={caller:?}", Name(Some(id))));
                    let me = turn.service.me.clone();
                    let mut ladder = Ladder::new(self.config.ladder_entries);
                    ladder.read(turn.now, read);
                    let remote = RemoteInvitation::new(me, (call, id), caller.text().clone(), content, channel, ladder);
                    self.set_own(&*remote);
                    self.objects.insert(call, Object::Remote(remote.clone()));
                    self.engine.rings(turn.now, id);
                    turn.call(CallEvent::RemoteReceived(remote));
                }
                Output::Remote { call, state, event, end } => self.on_remote(turn, call, state, event, end),
                Output::Watch { user, on } => self.watch_for_engine(turn, &user.to_arc(), on),
                Output::Message { from, body } => {
                    turn.log(Level::Info, format_args!("peer message from={from:?}"));
                    turn.tell(ServiceEvent::MessageReceived(from.to_arc(), Message::new(body)));
                }
                Output::Posted { number, result } => self.on_posted(turn, number, result),
                Output::Dropped { from, why } => {
                    turn.log(Level::Warn, format_args!("dropped from={from:?} why={why:?}"));
                }
                Output::Note { call, note } => self.on_note(turn, call, note),
            }
        }
        for call in self.over.drain(..) {
            self.objects.remove(call);
        }
    }

    fn on_local(
        &mut self,
        turn: &mut Turn<'_>,
        call: CallRef,
        state: local::State,
        event: LocalEvent,
        end: Option<End>,
    ) {
        let Some(local) = self.objects.local(call).cloned() else { return };
        if let LocalEvent::Accepted(response) | LocalEvent::Refused(response) = &event {
            local.texts.lock().texts.set(Which::Response, response.clone());
        }
        if let Some(end) = end {
            local.common.set_end(end);
        }
        local.set_state(state);
        if end.is_some() {
            self.end(turn, call, &local.common, || Object::EndingLocal(Arc::downgrade(&local)));
        }
        self.engine.local(turn.now, local.id(), state, end.map(|end| end.reason));
        let reason = end.map_or("", |end| reason_name(end.reason));
        turn.log(Level::Info, format_args!("local {} {state:?} {reason}", Name(local.id())));
        turn.call(match event {
            LocalEvent::ReceivedByPeer => CallEvent::LocalReceivedByPeer(local),
            LocalEvent::Accepted(response) => CallEvent::LocalAccepted(local, response),
            LocalEvent::Refused(response) => CallEvent::LocalRefused(local, response),
            LocalEvent::Canceled => CallEvent::LocalCanceled(local),
            LocalEvent::Failure(code) => CallEvent::LocalFailure(local, code),
        });
    }

    fn on_remote(&mut self, turn: &mut Turn<'_>, call: CallRef, state: remote::State, event: RemoteEvent, end: End) {
        let Some(remote) = self.objects.remote(call).cloned() else { return };
        remote.common.set_end(end);
        remote.set_state(state);
        self.end(turn, call, &remote.common, || Object::EndingRemote(Arc::downgrade(&remote)));
        self.engine.remote(turn.now, remote.id(), state, end.reason);
        let reason = reason_name(end.reason);
        turn.log(Level::Info, format_args!("remote {} {state:?} {reason}", Name(remote.id())));
        turn.call(match event {
            RemoteEvent::Accepted => CallEvent::RemoteAccepted(remote),
            RemoteEvent::Refused => CallEvent::RemoteRefused(remote),
            RemoteEvent::Canceled => CallEvent::RemoteCanceled(remote),
            RemoteEvent::Failure(code) => CallEvent::RemoteFailure(remote, code),
        });
    }

    /// An invitation has ended; its ladder goes on for as long as the peer is being told.
    fn end(&mut self, turn: &Turn<'_>, call: CallRef, common: &Common, ending: impl FnOnce() -> Object) {
        let mut ladder = common.ladder.lock();
        ladder.note(turn.now, What::End);
        match ladder.is_kept() {
            true => self.objects.insert(call, ending()),
            false => self.objects.remove(call),
        }
    }

    /// After a panic: every open invitation gets its one terminal callback, whatever state the engine is in.
    pub(super) fn give_up(&mut self, turn: &mut Turn<'_>) {
        turn.log(Level::Critical, format_args!("internal error: this service can only be released"));
        let (mut locals, mut remotes) = (Vec::new(), Vec::new());
        for object in self.objects.take() {
            match object {
                Object::Local(local) => locals.push(local),
                Object::Remote(remote) => remotes.push(remote),
                Object::EndingLocal(_) | Object::EndingRemote(_) => {}
            }
        }
        locals.sort_by_key(|local| local.id());
        for local in locals {
            if let Some(row) = local::step(local.state(), local::Input::Failed) {
                let rule = Some(EndRule::Local(row.on));
                local.common.set_end(End { reason: EndReason::Error, by: row.by, rule });
                local.set_state(row.to);
                local.common.ladder.lock().note(turn.now, What::End);
                turn.call(CallEvent::LocalFailure(local, row.code));
            }
        }
        remotes.sort_by_key(|remote| remote.id());
        for remote in remotes {
            let inputs = [remote::Input::Failed, remote::Input::FailedAccepting];
            if let Some(row) = inputs.into_iter().find_map(|input| remote::step(remote.state(), input)) {
                let rule = Some(EndRule::Remote(row.on));
                remote.common.set_end(End { reason: EndReason::Error, by: row.by, rule });
                remote.set_state(row.to);
                remote.common.ladder.lock().note(turn.now, What::End);
                turn.call(CallEvent::RemoteFailure(remote, row.code));
            }
        }
        self.engine.reset(self.config.engine);
        self.over.clear();
        self.watches.clear();
        self.posts.clear();
        if let Some(session) = self.session.take() {
            turn.effects.clear();
            turn.effect(&session.transport, Effect::Stop(std::time::Duration::ZERO));
        }
    }
}

impl Turn<'_> {
    /// Notes what the application asked of an invitation, and the answer.
    fn answered(&self, invitation: &dyn Recorded, api: Api, answer: Result<(), Error>) -> Result<(), Error> {
        let status = answer.as_ref().map_or_else(Error::status, |()| Status::InvitationApiCallErrOk);
        invitation.common().ladder.lock().api(self.now, api, status);
        answer
    }

    fn call(&self, event: CallEvent) {
        let (invitation, callback) = event.about();
        invitation.common().ladder.lock().note(self.now, What::Callback(callback));
        self.service.delivery.push(Event::Call(event));
    }
}

/// An invitation in a log line.
struct Name(Option<CallId>);

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(id) => write!(f, "id={id}"),
            None => f.write_str("id=-"),
        }
    }
}

/// A message in a log line: what it is about, no payload. Read again only for a line that is written.
pub(super) struct Wire<'a>(pub &'a Bytes);

impl std::fmt::Display for Wire<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.0.len();
        let Ok(read) = read(self.0) else {
            return write!(f, "type=? bytes={bytes}");
        };
        let Envelope { id, instance, message } = &*read;
        write!(f, "type={} id={id} instance={instance} bytes={bytes}", message.kind())?;
        match message {
            Wired::End { side, to, reason, .. } => {
                write!(f, " side={side:?} reason={}", reason_name(*reason))?;
                to.map_or(Ok(()), |to| write!(f, " for={to}"))
            }
            Wired::Ended { side } => write!(f, " side={side:?}"),
            Wired::Confirm { to } => write!(f, " for={to}"),
            _ => Ok(()),
        }
    }
}
