//! One world: real services on a simulated runtime and a hub with faults, driven by a script, on one thread.

mod callbacks;
mod finale;
mod network;
mod verbs;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use rtm_call::codes::ConnectionState as Connection;
use rtm_call::engine::planted::{Planted, Rule};
use rtm_call::runtime::Runtime;
use rtm_call::service::delivery::Mode;
use rtm_call::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use rtm_call::service::{Config, Service};
use rtm_call::time::Instant;
use rtm_call::transport::hub::Hub;
use rtm_call::transport::{self, Inbox, Incoming, Link, Options, Presence, Transport};

use crate::coverage::Coverage;
use crate::oracle::{millis, name};
use crate::panics;
use crate::script::{Act, Script};
use crate::state::{State, Station, Todo, Violation};

/// How a world is run.
#[derive(Clone, Copy, Default)]
pub struct Setup {
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

/// Runs one world; a panic anywhere in it is a violation.
pub fn run(script: &Script, options: Setup) -> Outcome {
    panics::take();
    let mut outcome = run_quietly(script, options);
    if panics::take() {
        outcome.violation = Some(Violation { rule: "nothing panics", what: "see above".into() });
    }
    outcome
}

fn run_quietly(script: &Script, options: Setup) -> Outcome {
    let mut script = script.clone();
    script.logged |= options.ladder;
    let script = Arc::new(script);
    let runtime = Runtime::simulated();
    let hub = Hub::named(HUB, APP, &runtime).expect("the name is valid");
    let carrier = Options { app_id: APP.into(), grace: Duration::from_secs(15), ca_pem: None };
    let hostile = transport::open("hub://sim", &carrier, &runtime).expect("the address is valid");
    let state = State::new(&script, runtime.clone(), options.ladder);
    let world = Arc::new(World { runtime, hub, script, planted: options.planted, hostile, state: Mutex::new(state) });
    world.run();
    let mut state = world.state.lock();
    let stations = std::mem::take(&mut state.stations);
    let (locals, remotes) = (std::mem::take(&mut state.locals), std::mem::take(&mut state.remotes));
    let services: Vec<_> = stations.iter().map(|station| Arc::downgrade(&station.service)).collect();
    let mut outcome = Outcome {
        violation: state.violation.take(),
        hash: state.hash,
        coverage: std::mem::take(&mut state.coverage),
        ladder: state.ladder.take().map(|ladder| ladder.print()),
    };
    drop(state);
    // With no lock held: handlers that are dropped say so.
    drop((stations, locals, remotes));
    let kept = services.iter().filter(|service| service.strong_count() > 0).count();
    if kept > 0 && outcome.violation.is_none() {
        outcome.violation = Some(Violation { rule: "what is released is freed", what: format!("{kept} services") });
    }
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

    fn dispatch(&self, station: usize) {
        let service = self.service(station);
        if self.lock().stations[station].pump {
            let _ = service.dispatch(0);
        }
    }
}
