//! What applications ask of their services.

use std::sync::Arc;
use std::time::Duration;

use rtm_call::codes::ConnectionState as Connection;
use rtm_call::engine::{Body, CallId, SharedText, Windows, local, remote};
use rtm_call::error::Error;
use rtm_call::service::MANAGERS;
use rtm_call::service::peers::Message;

use super::World;
use crate::oracle::name;
use crate::script::{Plan, Tag, When};
use crate::state::{Local, Request, State, Todo};

/// From so many open invitations on, they are many.
const MANY: usize = 10;

impl World {
    pub(super) fn login(&self, station: usize) {
        let service = self.service(station);
        let before = service.connection();
        let mut state = self.lock();
        let user = state.stations[station].user;
        state.note(Some(station), || "login()".into());
        if before == Ok(Connection::Disconnected) {
            state.stations[station].logins += 1;
            let now = state.now();
            let former = state.places[user].online.replace(station);
            state.places[user].link = true;
            state.places[user].asleep = false;
            state.touch(user, now);
            state.coverage.action("login");
            if former.is_some() {
                state.coverage.action("login kicks another session");
            }
        } else {
            state.stations[station].logins_refused += 1;
            state.coverage.action("login while logged in");
        }
        drop(state);
        let answer = service.login(None, name(user));
        self.lock().check(answer.is_ok(), "login answers OK", || format!("service {station}: {answer:?}"));
    }

    /// The session of `station` leaves the hub.
    pub(super) fn depart(state: &mut State, station: usize) {
        let user = state.stations[station].user;
        if state.places[user].online == Some(station) {
            let now = state.now();
            state.places[user].online = None;
            state.places[user].left = now;
            state.touch(user, now);
        }
        state.stations[station].subscribed.clear();
    }

    pub(super) fn logout(&self, station: usize, inside: bool) {
        let service = self.service(station);
        let before = service.connection();
        let mut state = self.lock();
        state.note(Some(station), || "logout()".into());
        if before == Ok(Connection::Disconnected) {
            state.stations[station].logouts_refused += 1;
            state.coverage.action("logout while logged out");
        } else {
            state.stations[station].logouts += 1;
            state.coverage.action(if inside { "logout in a callback" } else { "logout" });
            Self::depart(&mut state, station);
        }
        drop(state);
        let answer = service.logout();
        self.lock().check(answer.is_ok(), "logout answers OK", || format!("service {station}: {answer:?}"));
    }

    pub(super) fn release(&self, station: usize, sync: bool, inside: bool) {
        let service = self.service(station);
        let mut state = self.lock();
        if state.stations[station].released.is_some() {
            return;
        }
        state.note(Some(station), || format!("release({sync})"));
        state.coverage.action(match (inside, sync) {
            (false, true) => "service release, sync",
            (false, false) => "service release, async",
            (true, true) => "service release in a callback, sync",
            (true, false) => "service release in a callback, async",
        });
        Self::depart(&mut state, station);
        state.stations[station].released = Some(sync);
        state.stations[station].deaf |= !sync;
        drop(state);
        let answer = service.release(sync);
        let again = service.release(sync);
        let mut state = self.lock();
        state.check(answer.is_ok() && again.is_err(), "release works once", || format!("{answer:?}, {again:?}"));
        state.stations[station].silent = !sync || !inside;
        if sync && !inside {
            let open = |index: usize, terminals: u32| index == station && terminals == 0;
            let open_local = state.locals.iter().position(|local| open(local.station, local.terminals));
            let open_remote = state.remotes.iter().position(|remote| open(remote.station, remote.terminals));
            state.check(open_local.is_none() && open_remote.is_none(), "terminals come before release returns", || {
                format!("service {station}: #{open_local:?} r{open_remote:?}")
            });
        }
    }

    pub(super) fn send(&self, station: usize, to: usize, tag: Tag, windows: Option<Windows>, plan: Plan, inside: bool) {
        let service = self.service(station);
        let object = service.create_local(name(to)).expect("the service lives");
        object.set_content(&tag.to_string());
        if let Some(windows) = windows {
            let set = [
                object.set_acknowledge_timeout(windows.acknowledge_ms),
                object.set_ring_timeout(windows.ring_ms),
                object.set_accept_timeout(windows.accept_ms),
            ];
            self.lock().check(set.iter().all(Result::is_ok), "windows can be set", || format!("{windows:?}: {set:?}"));
        }
        let handle = object.handle();
        let early = service.cancel(&object);
        let before = service.connection();
        let answer = service.send(&object);
        let again = service.send(&object);
        let mut state = self.lock();
        state.check(answer.is_ok(), "send answers OK", || format!("{answer:?}"));
        state.check(early == Err(Error::NotStarted), "cancel before send answers NOT_STARTED", || format!("{early:?}"));
        let second = matches!(again, Err(Error::AlreadySent | Error::AlreadyEnd));
        state.check(second, "a second send answers ALREADY_SENT", || format!("{again:?}"));
        let logged_in = matches!(before, Ok(Connection::Connected | Connection::Reconnecting));
        let here = &state.stations[station];
        let (own, user, logouts_before) = (here.windows, here.user, here.logouts);
        let now = state.now();
        let index = state.locals.len();
        let id = object.id().unwrap_or(CallId(0));
        state.note(Some(station), || format!("send #{index} to {} (tag {tag})", name(to)));
        state.fold(&[20, station as u64, id.0 as u64]);
        let at_once = plan.release_local == When::AtOnce;
        if let When::After(ms) = plan.release_local {
            state.later(now + Duration::from_millis(ms), Todo::ReleaseLocal(index));
        }
        if inside {
            state.coverage.action("send in a callback");
        }
        state.coverage.action("send");
        state.coverage.invitations += 1;
        if !logged_in {
            state.coverage.action("send while logged out");
        }
        if before == Ok(Connection::Reconnecting) {
            state.coverage.action("send without a link");
        }
        if to == user {
            state.coverage.action("send to oneself");
        }
        if state.locals.iter().any(|local| local.station == station && local.callee == to && local.sent_at == now) {
            state.coverage.action("two to the same at once");
        }
        let open = |local: &&Local| local.terminals == 0;
        let back = |local: &Local| local.callee == user && state.stations[local.station].user == to;
        let crossing = to != user && state.locals.iter().filter(open).any(back);
        let towards = state.locals.iter().filter(open).filter(|local| local.callee == to).count();
        let away = state.locals.iter().filter(open).filter(|local| local.station == station).count();
        if crossing {
            state.coverage.action("two call each other at once");
        }
        if towards + 1 >= MANY {
            state.coverage.action("ten or more call one at once");
        }
        if away + 1 >= MANY {
            state.coverage.action("one calls ten or more at once");
        }
        if logged_in {
            state.coverage.local(local::Input::Send as usize, local::State::Idle);
        }
        state.locals.push(Local {
            tag,
            id,
            station,
            callee: to,
            plan,
            object,
            handle,
            released: false,
            windows: windows.unwrap_or(own),
            sent_at: now,
            logged_in,
            logouts_before,
            received: 0,
            received_at: None,
            terminals: 0,
            ended: None,
            answered_by: None,
            seen: local::State::SentToRemote,
        });
        if at_once {
            state.release_local(index);
        }
    }

    pub(super) fn cancel(&self, index: usize, inside: bool) {
        let (object, station) = {
            let state = self.lock();
            (state.locals[index].object.clone(), state.locals[index].station)
        };
        let service = self.service(station);
        let before = object.state();
        let answer = service.cancel(&object);
        let mut state = self.lock();
        state.note(Some(station), || format!("cancel #{index}: {answer:?}"));
        state.fold(&[21, index as u64, answer.is_ok() as u64]);
        state.coverage.action(match (&answer, inside) {
            (Ok(()), false) => "cancel",
            (Ok(()), true) => "cancel in a callback",
            (Err(_), _) => "cancel too late",
        });
        let expected = local::answer(local::Verb::Cancel, before);
        let overtaken = answer == Err(Error::AlreadyEnd) && local::ended(object.state());
        state.check(answer == expected || overtaken, "a verb answers by the state", || {
            format!("cancel #{index} in {before:?}: {answer:?}")
        });
        let at_once = answer.is_err() || object.state() == local::State::Canceled;
        state.check(at_once, "cancel ends at once", || format!("#{index} {:?}", object.state()));
    }

    pub(super) fn answer(&self, index: usize, accept: bool, inside: bool) {
        let (object, station, accept_ms) = {
            let state = self.lock();
            let remote = &state.remotes[index];
            (remote.object.clone(), remote.station, state.locals[remote.call].plan.accept_ms)
        };
        let service = self.service(station);
        object.set_response(&format!("r{index}"));
        accept_ms.into_iter().for_each(|ms| object.set_accept_timeout(ms).expect("it is not 0"));
        let before = object.state();
        let answer = if accept { service.accept(&object) } else { service.refuse(&object) };
        let mut state = self.lock();
        let verb = if accept { "accept" } else { "refuse" };
        state.note(Some(station), || format!("{verb} r{index}: {answer:?}"));
        state.fold(&[22, index as u64, answer.is_ok() as u64]);
        state.coverage.action(match (accept, &answer, inside) {
            (true, Ok(()), false) => "accept",
            (true, Ok(()), true) => "accept in a callback",
            (true, Err(_), _) => "accept too late",
            (false, Ok(()), false) => "refuse",
            (false, Ok(()), true) => "refuse in a callback",
            (false, Err(_), _) => "refuse too late",
        });
        let verb = if accept { remote::Verb::Accept } else { remote::Verb::Refuse };
        let expected = remote::answer(verb, before);
        let overtaken = answer == Err(Error::AlreadyEnd) && remote::ended(object.state());
        state.check(answer == expected || overtaken, "a verb answers by the state", || {
            format!("{verb:?} r{index} in {before:?}: {answer:?}")
        });
        if answer.is_err() {
            return;
        }
        let now = state.now();
        let after = object.state();
        if accept {
            state.remotes[index].accepted_at = Some(now);
            accept_ms.into_iter().for_each(|ms| state.remotes[index].accept_ms = ms);
            state.coverage.remote(remote::Input::Accept as usize, remote::State::InvitationReceived);
        }
        let ended = if accept { after != before } else { after == remote::State::Refused };
        state.check(ended, "a verb takes effect at once", || format!("{verb:?} r{index}: {after:?}"));
    }

    pub(super) fn subscribe(&self, device: usize, user: usize, on: bool) {
        let Some(station) = self.living(device) else { return };
        let service = self.service(station);
        let mut state = self.lock();
        let here = &mut state.stations[station];
        here.subscribed.retain(|(known, _)| *known != user);
        drop(state);
        let logged_in = matches!(service.connection(), Ok(Connection::Connected | Connection::Reconnecting));
        if on && logged_in {
            self.lock().stations[station].subscribed.push((user, None));
        }
        let users = [name(user)];
        self.request(station, "subscription", "presence subscription", |number| match on {
            true => service.subscribe_peers(&users, number),
            false => service.unsubscribe_peers(&users, number),
        });
    }

    pub(super) fn query(&self, device: usize, user: usize) {
        let Some(station) = self.living(device) else { return };
        let service = self.service(station);
        self.request(station, "query", "presence query", |number| service.query_peers(&[name(user)], number));
    }

    pub(super) fn post(&self, device: usize, to: usize, raw: bool) {
        let Some(station) = self.living(device) else { return };
        let mut state = self.lock();
        state.posts += 1;
        let post = state.posts;
        drop(state);
        let text = SharedText::from(format!("p{post}"));
        let message = Message::new(match raw {
            true => Body::Raw { data: vec![7; 100].into(), text },
            false => Body::Text(text),
        });
        let service = self.service(station);
        self.request(station, "peer message", "peer message", |number| {
            service.send_message(name(to), &message, number)
        });
        if let Some(request) = self.lock().stations[station].requests.last_mut() {
            request.post = post;
        }
    }

    /// Makes a request, whose number is known before its answer.
    pub(super) fn request(
        &self,
        station: usize,
        kind: &'static str,
        action: &str,
        make: impl FnOnce(&mut dyn FnMut(i64)) -> Result<(), Error>,
    ) {
        let mut told = None;
        let answer = make(&mut |number| told = Some(number));
        let mut state = self.lock();
        state.coverage.action(action);
        state.note(Some(station), || format!("{kind} {told:?}"));
        match told.filter(|_| answer.is_ok()) {
            Some(number) => {
                let request = Request { number, kind, post: 0, answers: 0, delivered: false };
                state.stations[station].requests.push(request);
            }
            None => state.fail("a request is taken", format!("service {station} {kind}: {answer:?}")),
        }
    }

    pub(super) fn reattach(self: &Arc<Self>, device: usize) {
        let Some(station) = self.living(device) else { return };
        let service = self.service(station);
        let (mut manager, mut fresh) = (0, 0);
        service.call_manager(Some(Arc::new(self.ear(station))), |handle| manager = handle).expect("the service lives");
        let former = self.lock().handlers.len() - 1;
        let released = MANAGERS.get(manager).and_then(|object| object.release(manager));
        let mut state = self.lock();
        state.coverage.action("manager released and taken again");
        let dropped = state.handlers[former];
        state.check(released.is_ok() && dropped == 1, "a released manager lets its handler go", || {
            format!("service {station}: {released:?}, dropped {dropped} times")
        });
        drop(state);
        let again = service.call_manager(Some(Arc::new(self.ear(station))), |handle| fresh = handle);
        self.lock()
            .check(again.is_ok() && fresh != manager, "a manager is taken anew", || format!("service {station}"));
    }
}
