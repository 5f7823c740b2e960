//! One world: real services on a simulated runtime and a hub with faults, driven by a script, on one thread.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use rtm_call::codes::{ConnectionState as Connection, EndSide as Side};
use rtm_call::engine::message::{Envelope, Message as Wire, encode};
use rtm_call::engine::planted::{Planted, Rule};
use rtm_call::engine::{Body, CallId, Instance, local, remote};
use rtm_call::error::Error;
use rtm_call::runtime::Runtime;
use rtm_call::service::delivery::Mode;
use rtm_call::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use rtm_call::service::peers::Message;
use rtm_call::service::{Config, MANAGERS, Service};
use rtm_call::time::Instant;
use rtm_call::transport::hub::{Faults, Hub, HubStats};
use rtm_call::transport::{self, Inbox, Incoming, Link, Options, Presence, Transport};

use crate::coverage::Coverage;
use crate::oracle::{Cue, millis, name};
use crate::script::{Act, Forgery, Plan, Reaction, Script, Tag, When};
use crate::state::{Local, Request, State, Station, Todo, Violation};

/// How a world is run.
#[derive(Clone, Copy, Default)]
pub struct Options_ {
    /// The rule that is broken on purpose.
    pub planted: Option<Rule>,
    pub ladder: bool,
}

/// What came of it.
pub struct Outcome {
    pub violation: Option<Violation>,
    pub hash: u64,
    pub coverage: Coverage,
    pub ladder: Option<String>,
}

pub struct World {
    runtime: Arc<Runtime>,
    hub: Arc<Hub>,
    script: Arc<Script>,
    planted: Option<Rule>,
    hostile: Arc<dyn Transport>,
    state: Mutex<State>,
}

const HUB: &str = "sim";
const APP: &str = "app";
/// The filter for the lines about messages.
const DEBUG: u32 = 0x800;
/// Ended invitations are forgotten in groups, within this time.
const FORGET_EVERY: Duration = Duration::from_secs(31);
/// Tags of invitations that are sent back in callbacks.
const BACK: Tag = 1_000_000;
const MAX_BACK: usize = 3;

/// Runs one world.
pub fn run(script: &Script, options: Options_) -> Outcome {
    let mut script = script.clone();
    script.logged |= options.ladder;
    let script = Arc::new(script);
    let runtime = Runtime::simulated();
    let hub = Hub::named(HUB, APP, &runtime).expect("the name is valid");
    let carrier = Options { app_id: APP.into(), grace: Duration::from_secs(15) };
    let hostile = transport::open("hub://sim", &carrier, &runtime).expect("the address is valid");
    let state = State::new(&script, runtime.clone(), options.ladder);
    let world =
        Arc::new(World { runtime, hub, script, planted: options.planted, hostile, state: Mutex::new(state) });
    world.run();
    let mut state = world.state.lock();
    let stations = std::mem::take(&mut state.stations);
    let (locals, remotes) = (std::mem::take(&mut state.locals), std::mem::take(&mut state.remotes));
    let outcome = Outcome {
        violation: state.violation.take(),
        hash: state.hash,
        coverage: std::mem::take(&mut state.coverage),
        ladder: state.ladder.take().map(|ladder| ladder.print()),
    };
    drop(state);
    // With no lock held: handlers that are dropped say so.
    drop((stations, locals, remotes));
    outcome
}

/// The handlers of one service.
struct Ear {
    world: Arc<World>,
    station: usize,
    number: usize,
}

/// Nobody listens to what the hostile user is told.
struct Deaf;

impl Inbox for Deaf {
    fn link(&self, _: Link) {}
    fn deliver(&self, _: &[Incoming]) {}
    fn presence(&self, _: &str, _: Presence) {}
}

impl ServiceHandler for Ear {
    fn on_event(&self, event: &ServiceEvent) {
        if !matches!(event, ServiceEvent::Log(..)) {
            self.world.state.lock().on_service(self.station, event);
        }
    }
}

/// The handler of its log, which is told everything else too.
struct LogEar(Ear);

impl ServiceHandler for LogEar {
    fn on_event(&self, event: &ServiceEvent) {
        if let ServiceEvent::Log(_, line) = event {
            self.0.world.state.lock().on_log(self.0.station, line);
        }
    }
}

impl CallHandler for Ear {
    fn on_event(&self, event: &CallEvent) {
        let cue = self.world.state.lock().on_call(self.station, event);
        self.world.react(self.station, cue);
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        let mut state = self.world.state.lock();
        if let Some(dropped) = state.handlers.get_mut(self.number) {
            *dropped += 1;
        }
    }
}

impl World {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    fn run(self: &Arc<Self>) {
        let mut state = self.lock();
        let start = state.start;
        for (index, step) in self.script.steps.iter().enumerate() {
            state.later(start + Duration::from_millis(step.at_ms), Todo::Step(index));
        }
        drop(state);
        self.hub.set_faults(self.script.faults);
        if self.script.steps.iter().any(|step| matches!(step.act, Act::Forge { .. })) {
            let session = transport::Session { user: "mallory".into(), token: None };
            self.hostile.start(session, Arc::new(Deaf));
        }
        let end = self.script.steps.last().map_or(0, |step| step.at_ms) + 3_000;
        self.run_until(start + Duration::from_millis(end));
        self.heal();
        self.finish();
        self.close();
    }

    fn failed(&self) -> bool {
        self.lock().violation.is_some()
    }

    /// Lets time pass, with all that is due in it.
    fn run_until(self: &Arc<Self>, end: Instant) {
        while !self.failed() {
            let now = self.runtime.now();
            let next = self.lock().agenda.first_key_value().map_or(Instant::NEVER, |((at, _), _)| *at);
            let alarm = self.runtime.next_alarm().unwrap_or(Instant::NEVER);
            let at = next.min(alarm).min(end);
            self.runtime.advance(at.since(now));
            if at >= end && next > end && alarm > end {
                break;
            }
            if next <= self.runtime.now() && alarm > at {
                let todo = self.lock().agenda.pop_first().map(|(_, todo)| todo);
                if let Some(todo) = todo {
                    self.perform(&todo);
                    self.runtime.settle();
                }
            }
            self.lock().sweep();
        }
    }

    fn perform(self: &Arc<Self>, todo: &Todo) {
        match todo {
            Todo::Step(index) => {
                let script = self.script.clone();
                self.act(&script.steps[*index].act);
            }
            Todo::Answer { remote, accept } => self.answer(*remote, *accept, false),
            Todo::ReleaseLocal(index) => self.lock().release_local(*index),
            Todo::ReleaseRemote(index) => self.lock().release_remote(*index),
        }
    }

    fn act(self: &Arc<Self>, act: &Act) {
        match act {
            Act::Login { device } => {
                let station = self.station(*device);
                self.login(station);
            }
            Act::Logout { device } => {
                if let Some(station) = self.living(*device) {
                    self.logout(station, false);
                }
            }
            Act::ReleaseService { device, sync } => {
                if let Some(station) = self.living(*device) {
                    self.release(station, *sync, false);
                }
            }
            Act::Send { device, to, tag, windows, plan } => {
                if let Some(station) = self.living(*device) {
                    self.send(station, *to, *tag, *windows, plan.clone(), false);
                }
            }
            Act::Cancel { tag } => {
                let found = self.lock().find_tag(*tag);
                found.into_iter().for_each(|index| self.cancel(index, false));
            }
            Act::ReleaseLocal { tag } => {
                let mut state = self.lock();
                let found = state.find_tag(*tag);
                found.into_iter().for_each(|index| state.release_local(index));
            }
            Act::Link { user, up } => self.link(*user, *up),
            Act::Sleep { user, on } => self.sleep(*user, *on),
            Act::Suspend { ms } => self.suspend(*ms),
            Act::Weather { faults } => self.weather(*faults),
            Act::Dispatch { device } => {
                if let Some(station) = self.at_device(*device) {
                    self.dispatch(station);
                }
            }
            Act::Subscribe { device, user, on } => self.subscribe(*device, *user, *on),
            Act::Query { device, user } => self.query(*device, *user),
            Act::Post { device, to, raw } => self.post(*device, *to, *raw),
            Act::Forge { tag, what, to_caller } => self.forge(*tag, *what, *to_caller),
            Act::Reattach { device } => self.reattach(*device),
        }
    }

    fn at_device(&self, device: usize) -> Option<usize> {
        self.lock().at_device[device]
    }

    /// The service on this device, if there is one that is not released.
    fn living(&self, device: usize) -> Option<usize> {
        let state = self.lock();
        state.at_device[device].filter(|station| state.stations[*station].released.is_none())
    }

    fn service(&self, station: usize) -> Arc<Service> {
        self.lock().stations[station].service.clone()
    }

    fn ear(self: &Arc<Self>, station: usize) -> Ear {
        let mut state = self.lock();
        state.handlers.push(0);
        Ear { world: self.clone(), station, number: state.handlers.len() - 1 }
    }

    /// The service on this device; a new one if there is none.
    fn station(self: &Arc<Self>, device: usize) -> usize {
        if let Some(station) = self.living(device) {
            return station;
        }
        let spec = &self.script.devices[device];
        let mut config = Config { url: Some("hub://sim".into()), ..Config::default() };
        config.delivery = if spec.pump { Mode::Pump } else { Mode::OwnWorker };
        config.grace = millis(spec.grace_ms);
        config.engine.windows = spec.windows;
        config.engine.max_open_per_peer = spec.max_open_per_peer;
        config.engine.planted = Planted(self.planted);
        let grace = config.grace;
        let index = self.lock().stations.len();
        let seed = self.script.seed.wrapping_mul(1_000_003) + index as u64;
        let service = Service::new(config, &self.runtime, Some(seed)).expect("the configuration is valid");
        service.handle();
        let mut state = self.lock();
        state.stations.push(Station {
            device,
            user: spec.user,
            pump: spec.pump,
            service: service.clone(),
            windows: spec.windows,
            grace,
            max_open_per_peer: spec.max_open_per_peer,
            logins: 0,
            logins_refused: 0,
            logouts: 0,
            logouts_refused: 0,
            heard_logins: 0,
            heard_logins_refused: 0,
            heard_logouts: 0,
            heard_logouts_refused: 0,
            connection: Connection::Disconnected,
            up_since: Instant::ZERO,
            released: None,
            silent: false,
            deaf: false,
            requests: Vec::new(),
            heard_posts: Vec::new(),
            subscribed: Vec::new(),
            instance: String::new(),
            ends_read: Vec::new(),
            elsewhere_read: Vec::new(),
        });
        state.at_device[device] = Some(index);
        if let Some(ladder) = &mut state.ladder {
            let kind = if spec.pump { ", late callbacks" } else { "" };
            ladder.name(index, format!("s{index} ({} on device {device}{kind})", name(spec.user)));
        }
        if spec.pump {
            state.coverage.fault("callbacks late", 1);
        }
        drop(state);
        service.initialize(APP, Arc::new(self.ear(index))).expect("it is new");
        service.call_manager(Some(Arc::new(self.ear(index))), |_| {}).expect("it is new");
        if self.script.logged {
            service.set_log_filter(DEBUG).expect("it is a level");
            service.set_log_handler(Some(Arc::new(LogEar(self.ear(index))))).expect("it is new");
        }
        index
    }

    fn login(&self, station: usize) {
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
    fn depart(state: &mut State, station: usize) {
        let user = state.stations[station].user;
        if state.places[user].online == Some(station) {
            let now = state.now();
            state.places[user].online = None;
            state.places[user].left = now;
            state.touch(user, now);
        }
        state.stations[station].subscribed.clear();
    }

    fn logout(&self, station: usize, inside: bool) {
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

    fn release(&self, station: usize, sync: bool, inside: bool) {
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

    fn send(
        &self,
        station: usize,
        to: usize,
        tag: Tag,
        windows: Option<rtm_call::engine::Windows>,
        plan: Plan,
        inside: bool,
    ) {
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

    fn cancel(&self, index: usize, inside: bool) {
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

    fn answer(&self, index: usize, accept: bool, inside: bool) {
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

    fn link(&self, user: usize, up: bool) {
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
                matches!(step.act, Act::Link { user: other, up: true } if other == user) && at > now && at <= now + grace
            });
            state.coverage.fault("link down beyond the grace time", longer.into());
        }
        state.touch(user, now);
        drop(state);
        self.hub.set_link(name(user), up);
    }

    fn sleep(&self, user: usize, on: bool) {
        let mut state = self.lock();
        let now = state.now();
        if state.places[user].online.is_some() {
            state.places[user].asleep = on;
            state.touch(user, now);
        }
        state.note(None, || format!("machine of {} {}", name(user), if on { "suspended" } else { "awake" }));
        if on {
            state.coverage.fault("one machine suspended", 1);
        }
        drop(state);
        self.hub.suspend(name(user), on);
    }

    fn suspend(&self, ms: u64) {
        let mut state = self.lock();
        let now = state.now();
        let end = now + Duration::from_millis(ms);
        state.note(None, || format!("all machines suspended for {ms} ms"));
        state.coverage.fault("all machines suspended", 1);
        state.suspends.push((now, end));
        (0..self.script.users).filter(|user| state.places[*user].calm.is_some()).collect::<Vec<_>>().into_iter().for_each(
            |user| state.places[user].calm = Some(end),
        );
        drop(state);
        self.runtime.suspend(Duration::from_millis(ms));
    }

    fn weather(&self, faults: Faults) {
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

    fn dispatch(&self, station: usize) {
        let service = self.service(station);
        if self.lock().stations[station].pump {
            let _ = service.dispatch(0);
        }
    }

    fn subscribe(&self, device: usize, user: usize, on: bool) {
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

    fn query(&self, device: usize, user: usize) {
        let Some(station) = self.living(device) else { return };
        let service = self.service(station);
        self.request(station, "query", "presence query", |number| service.query_peers(&[name(user)], number));
    }

    fn post(&self, device: usize, to: usize, raw: bool) {
        let Some(station) = self.living(device) else { return };
        let mut state = self.lock();
        state.posts += 1;
        let post = state.posts;
        drop(state);
        let text: Arc<str> = format!("p{post}").into();
        let message = Message::new(match raw {
            true => Body::Raw { data: vec![7; 100].into(), text },
            false => Body::Text(text),
        });
        let service = self.service(station);
        self.request(station, "peer message", "peer message", |number| service.send_message(name(to), &message, number));
        if let Some(request) = self.lock().stations[station].requests.last_mut() {
            request.post = post;
        }
    }

    /// Makes a request, whose number is known before its answer.
    fn request(
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

    /// A hostile user sends what only the other party may send.
    fn forge(&self, tag: Tag, what: Forgery, to_caller: bool) {
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
                let reason = rtm_call::codes::EndReason::Canceled;
                Wire::End { side, to: None, reason, response: "".into() }
            }
        };
        let mut bytes = encode(&Envelope { id, instance: Instance(7), message });
        if what == Forgery::Garbage {
            let at = index % bytes.len();
            bytes[at] ^= 0x55;
            bytes.truncate(at + 5);
        }
        state.coverage.fault(
            if what == Forgery::Garbage { "bytes that are no message" } else { "hostile message" },
            1,
        );
        state.note(None, || format!("mallory forges {what:?} #{index} to {}", name(to)));
        drop(state);
        let _ = self.hostile.send(name(to), &bytes.into(), Duration::from_secs(60));
    }

    fn reattach(self: &Arc<Self>, device: usize) {
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
        self.lock().check(again.is_ok() && fresh != manager, "a manager is taken anew", || format!("service {station}"));
    }

    /// What the application does inside a callback.
    fn react(self: &Arc<Self>, station: usize, cue: Cue) {
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
                        Some(ms) => self.lock().later(now + Duration::from_millis(ms), Todo::Answer { remote: index, accept }),
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

    fn react_as(self: &Arc<Self>, station: usize, reaction: Reaction, local: Option<usize>, remote: Option<usize>) {
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

    /// The network is whole again; everybody is awake and, in some worlds, logged in.
    fn heal(self: &Arc<Self>) {
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
    fn finish(self: &Arc<Self>) {
        let longest = |pick: fn(&rtm_call::engine::Windows) -> u32| -> u32 {
            let state = self.lock();
            let all = state.locals.iter().map(|local| pick(&local.windows));
            let all = all.chain(state.stations.iter().map(|station| pick(&station.windows)));
            all.chain([3_000]).max().unwrap_or(0)
        };
        let sum = millis(longest(|w| w.acknowledge_ms)) + millis(longest(|w| w.ring_ms)) + millis(longest(|w| w.accept_ms));
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
        let silence = self.silence();
        self.lock().check(silence.is_ok(), "silence one memory time after the last end", || format!("{silence:?}"));
        if self.script.twin {
            self.twin();
        }
        let mut state = self.lock();
        state.coverage.worlds = 1;
        state.coverage.virtual_ms = state.now().since(state.start).as_millis() as u64;
        self.count_faults(&mut state, self.hub.stats());
    }

    fn count_faults(&self, state: &mut State, stats: HubStats) {
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
    fn run_pumped(self: &Arc<Self>, end: Instant) {
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
    fn silence(&self) -> Result<(), String> {
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
    fn twin(self: &Arc<Self>) {
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
    fn close(self: &Arc<Self>) {
        let living: Vec<usize> = {
            let state = self.lock();
            (0..state.stations.len()).filter(|station| state.stations[*station].released.is_none()).collect()
        };
        for station in living {
            let sync = (self.script.seed + station as u64) % 2 == 0;
            if self.failed() {
                let _ = self.service(station).release(false);
            } else {
                self.release(station, sync, false);
            }
        }
        self.runtime.settle();
        self.hostile.stop(Duration::ZERO);
        let mut state = self.lock();
        let wrong = state.handlers.iter().position(|dropped| *dropped != 1);
        let times = wrong.map(|handler| state.handlers[handler]);
        state.check(wrong.is_none(), "a handler is let go exactly once", || format!("handler {wrong:?}: {times:?} times"));
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
