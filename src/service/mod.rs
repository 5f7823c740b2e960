//! Where engine, carrier and application meet.
//!
//! A [`Service`] is one user's end: its core (protocol, session, objects) is behind one lock, taken for the time of one step and never
//! while application code or a carrier runs. What a step wants done outside is collected: callbacks go to the [`Delivery`], what
//! concerns the carrier is done after the lock is dropped, by the same thread.

mod calls;
mod config;
pub mod delivery;
pub mod doctor;
pub mod event;
pub mod invitation;
pub mod ladder;
mod log;
mod manager;
mod messages;
mod objects;
pub mod peers;
pub mod record;
mod session;
mod step;
#[cfg(all(test, not(loom)))]
mod step_tests;
mod text;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::Mutex;

use crate::codes::{ConnectionState, LogFilter};
use crate::engine::user::check_app_id;
use crate::engine::{self, CallRef};
use crate::error::Error;
use crate::handles::{Table, kind};
use crate::runtime::{Alarm, Runtime};
use crate::sys::Random;
use crate::time::Instant;
use crate::transport;
pub use config::{Config, DEFAULT_URL, Tap, URL_VARIABLE};
use delivery::Delivery;
use event::ServiceHandler;
pub use log::Level;
use log::Log;
pub use manager::{MANAGERS, Manager};
use objects::Objects;
use peers::Watches;
use record::Recorder;
use session::Session;
use step::{Arrivals, Effect, Turn, Watching};

/// All services with a handle.
pub static SERVICES: Table<Service> = Table::new(kind::SERVICE, "a service");

/// How long a carrier may take to hand over what was sent when a session ends (SPEC section 4, fine print 7).
const FLUSH: Duration = Duration::from_secs(1);

/// One user's end.
pub struct Service {
    me: Weak<Service>,
    runtime: Arc<Runtime>,
    delivery: Arc<Delivery>,
    log: Log,
    alarm: Alarm,
    core: Mutex<Core>,
    /// What came while a thread is in a step.
    arrivals: Mutex<Arrivals>,
    watching: Mutex<Watching>,
    panicked: AtomicBool,
    /// As in the configuration, for whoever makes an invitation: that takes no lock.
    ladder_entries: AtomicU16,
    manager: Mutex<Option<u64>>,
    log_handler: Mutex<Option<u64>>,
    handle: AtomicU64,
    user_data: AtomicUsize,
}

/// What the lock guards.
struct Core {
    config: Config,
    /// The carrier by `set_parameters`.
    url: Option<String>,
    app_id: Option<String>,
    released: bool,
    connection: ConnectionState,
    session: Option<Session>,
    sessions: u64,
    engine: Recorder,
    objects: Objects,
    /// Those that have ended and will have no more notes once what was put out is passed on.
    over: Vec<CallRef>,
    watches: Watches,
    /// Peer messages under way: the engine's number and the application's.
    posts: HashMap<u64, i64>,
    last_request: i64,
    /// Where ids come from in a simulation.
    seed: Option<u64>,
    /// Where they come from otherwise.
    random: Random,
}

/// What a service has counted (in C: `rtm_service_stats`).
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// The protocol's figures.
    pub engine: engine::Stats,
    /// Callbacks waiting to be delivered.
    pub callbacks_waiting: u64,
}

impl Service {
    /// A new service. `seed`: ids come from it instead of the operating system, so that a simulation repeats itself.
    pub fn new(config: Config, runtime: &Arc<Runtime>, seed: Option<u64>) -> Result<Arc<Service>, Error> {
        if let Some(url) = &config.url {
            transport::check(url)?;
        }
        runtime.start()?;
        let delivery = Delivery::new(config.delivery, runtime)?;
        Ok(Arc::new_cyclic(|me: &Weak<Service>| Service {
            me: me.clone(),
            runtime: runtime.clone(),
            delivery,
            log: Log::new(),
            alarm: runtime.alarm(me.clone()),
            ladder_entries: AtomicU16::new(config.ladder_entries),
            core: Mutex::new(Core::new(config, seed)),
            arrivals: Mutex::default(),
            watching: Mutex::default(),
            panicked: AtomicBool::new(false),
            manager: Mutex::new(None),
            log_handler: Mutex::new(None),
            handle: AtomicU64::new(0),
            user_data: AtomicUsize::new(0),
        }))
    }

    /// The handle that the application holds; made when it is first asked for.
    pub fn handle(self: &Arc<Self>) -> u64 {
        let _making = self.manager.lock();
        match self.handle.load(Ordering::Acquire) {
            0 => {
                let handle = SERVICES.insert(self.clone());
                self.handle.store(handle, Ordering::Release);
                handle
            }
            handle => handle,
        }
    }

    /// Sets the app id and the first handler. Until then there is no login.
    pub fn initialize(&self, app_id: &str, handler: Arc<dyn ServiceHandler>) -> Result<(), Error> {
        check_app_id(app_id)?;
        self.enter(|core, turn| {
            core.check_living()?;
            if core.app_id.is_some() {
                return Err(Error::AlreadyInitialized);
            }
            core.app_id = Some(app_id.into());
            turn.log(Level::Info, format_args!("initialized app={app_id:?}"));
            self.delivery.add_handler(handler);
            Ok(())
        })?
    }

    /// Adds a handler. `numbered` gets the number that serves to remove it, before its first callback.
    pub fn add_handler(&self, handler: Arc<dyn ServiceHandler>, numbered: impl FnOnce(u64)) -> Result<(), Error> {
        self.check()?;
        self.delivery.add_numbered_handler(handler, numbered);
        Ok(())
    }

    /// Removes a handler. Outside of callbacks it returns when none of its callbacks runs any more.
    pub fn remove_handler(&self, number: u64) -> Result<(), Error> {
        match self.delivery.remove_handler(number) {
            true => Ok(()),
            false => Err(Error::NotFound(format!("there is no event handler {number}"))),
        }
    }

    /// Applies a JSON object of parameters.
    pub fn set_parameters(&self, json: &str) -> Result<(), Error> {
        self.enter(|core, turn| {
            let mut changed = core.config.clone();
            let found = changed.apply(json)?;
            if found.url.is_some() && core.session.is_some() {
                return Err(Error::InvalidState("the carrier cannot be changed while a user is logged in".into()));
            }
            core.configure(turn, changed);
            core.url = found.url.or(core.url.take());
            for key in found.unknown {
                turn.log(Level::Info, format_args!("parameter {key:?} means nothing here"));
            }
            Ok(())
        })?
    }

    /// How many entries the ladder of an invitation may have, for those that are made or arrive from now on; 0: none is kept.
    pub fn set_ladder_entries(&self, entries: u32) -> Result<(), Error> {
        let limit = ladder::MAX_ENTRIES;
        let fits = u16::try_from(entries).ok().filter(|entries| *entries <= limit);
        let wrong =
            || Error::InvalidArgument(format!("a ladder of {entries} entries is too long, the limit is {limit}"));
        let ladder_entries = fits.ok_or_else(wrong)?;
        self.enter(|core, turn| {
            core.check_living()?;
            core.configure(turn, Config { ladder_entries, ..core.config.clone() });
            Ok(())
        })?
    }

    /// How many bytes the flight recorder may take from now on (0: nothing is recorded), and whether it keeps texts.
    pub fn set_recorder(&self, record_bytes: usize, record_texts: bool) -> Result<(), Error> {
        self.enter(|core, turn| {
            core.check_living()?;
            core.configure(turn, Config { record_bytes, record_texts, ..core.config.clone() });
            Ok(())
        })?
    }

    /// What the flight recorder has kept, as text; after an internal error too.
    pub fn record(&self) -> String {
        self.core.lock().engine.record()
    }

    /// Writes it to a file.
    pub fn write_record(&self, path: &str) -> Result<(), Error> {
        if path.is_empty() {
            return Err(Error::InvalidArgument("the path of the record is empty".into()));
        }
        let record = self.record();
        std::fs::write(path, record).map_err(|e| Error::Os(format!("the record cannot be written to {path}: {e}")))
    }

    /// Logs to the end of this file from now on; to none if `path` is empty.
    pub fn set_log_file(&self, path: &str) -> Result<(), Error> {
        self.log.set_file(path)
    }

    /// Which lines are logged: levels or a sum of them. A bit that is no level: an error.
    pub fn set_log_filter(&self, filter: u32) -> Result<(), Error> {
        if filter & !(LogFilter::Debug as u32) != 0 {
            return Err(Error::InvalidArgument(format!("the log filter {filter:#x} has a bit that is no level")));
        }
        self.log.set_filter(filter);
        Ok(())
    }

    /// A line of the application's own, in order with those of this service. A level that is none: an error.
    pub fn log_line(&self, level: u32, line: &str) -> Result<(), Error> {
        let wrong = || Error::InvalidArgument(format!("{level:#x} is no level of the log"));
        let level = i32::try_from(level).ok().and_then(Level::from_number).ok_or_else(wrong)?;
        let line = line.replace(|c: char| c.is_control(), " ");
        self.enter(|_, turn| turn.log(level, format_args!("{line}")))
    }

    /// Lines go to this handler too, as callbacks; `None`: no longer.
    pub fn set_log_handler(&self, handler: Option<Arc<dyn ServiceHandler>>) -> Result<(), Error> {
        self.check()?;
        self.log.set_handler(handler.is_some());
        let number = handler.map(|handler| self.delivery.add_handler(handler));
        let former = std::mem::replace(&mut *self.log_handler.lock(), number);
        if let Some(former) = former {
            self.delivery.remove_handler(former);
        }
        Ok(())
    }

    /// Delivers up to `max` callbacks on this thread (0: all that wait), in pump mode; how many.
    pub fn dispatch(&self, max: usize) -> Result<usize, Error> {
        match self.delivery.doorbell() {
            Some(_) => Ok(self.delivery.dispatch(max)),
            None => Err(Error::InvalidState("the service delivers its callbacks by itself".into())),
        }
    }

    /// What becomes readable (or signalled) while callbacks wait, in pump mode.
    pub fn doorbell(&self) -> Result<isize, Error> {
        let none = || Error::InvalidState("the service delivers its callbacks by itself".into());
        self.delivery.doorbell().ok_or_else(none)
    }

    /// What has been counted.
    pub fn stats(&self) -> Result<Stats, Error> {
        self.enter(|core, _| Stats { engine: core.engine.stats(), callbacks_waiting: self.delivery.waiting() as u64 })
    }

    /// The state of the connection.
    pub fn connection(&self) -> Result<ConnectionState, Error> {
        self.enter(|core, _| core.connection)
    }

    /// Ends the service. All that is open ends and the peers are told. `sync`: every terminal callback is delivered before this returns;
    /// otherwise none is delivered any more. Inside a callback it returns at once. No callback starts after it returned, or, inside a
    /// callback, after those that were due.
    pub fn release(&self, sync: bool) -> Result<(), Error> {
        let handle = self.handle.load(Ordering::Acquire);
        if SERVICES.remove(handle).is_none() && handle != 0 {
            return Err(SERVICES.stale(handle));
        }
        if !sync {
            self.delivery.discard(); // First, or the worker might deliver some of what the end brings.
        }
        let ended = self.enter(|core, turn| core.release(turn));
        if let Some(manager) = self.manager.lock().take() {
            MANAGERS.remove(manager);
        }
        if sync {
            self.delivery.flush();
        }
        self.delivery.close(!sync);
        // After a panic there was nothing left to end.
        ended.or_else(|e| if e == Error::Panicked { Ok(()) } else { Err(e) })
    }

    /// The application's own value.
    pub fn user_data(&self) -> usize {
        self.user_data.load(Ordering::Acquire)
    }

    /// Sets the application's own value.
    pub fn set_user_data(&self, value: usize) {
        self.user_data.store(value, Ordering::Release);
    }

    /// Panics inside a step: a bug that tests plant.
    #[cfg(feature = "planted")]
    pub fn planted_panic(&self) -> Result<(), Error> {
        self.enter(|_, _| panic!("planted"))
    }

    fn check(&self) -> Result<(), Error> {
        self.enter(|core, _| core.check_living())?
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(session) = self.core.get_mut().session.take() {
            session.transport.stop(Duration::ZERO);
        }
        // Never released: whoever dropped the last reference wants no callbacks. After a release those that were due still come.
        if self.delivery.is_open() {
            self.delivery.close(true);
        }
    }
}

impl Core {
    fn new(mut config: Config, seed: Option<u64>) -> Core {
        config.engine.notes = config.ladder_entries > 0;
        Core {
            engine: Recorder::new(config.engine, config.record_bytes, config.record_texts),
            config,
            url: None,
            app_id: None,
            released: false,
            connection: ConnectionState::Disconnected,
            session: None,
            sessions: 0,
            objects: Objects::default(),
            over: Vec::new(),
            watches: Watches::default(),
            posts: HashMap::new(),
            last_request: 0,
            seed,
            random: Random::default(),
        }
    }

    fn configure(&mut self, turn: &Turn<'_>, mut config: Config) {
        // Those that have a ladder already keep it up.
        config.engine.notes |= config.ladder_entries > 0;
        self.engine.configure(turn.now, config.engine);
        self.engine.set_tape(config.record_bytes, config.record_texts);
        turn.service.ladder_entries.store(config.ladder_entries, Ordering::Relaxed);
        self.config = config;
    }

    /// What was due before this step happens before it; an accept window waits for what arrives.
    fn catch_up(&mut self, turn: &mut Turn<'_>) {
        if self.engine.poll_timeout().is_some_and(|at| at <= turn.now) {
            self.engine.catch_up(turn.now);
            self.pass_on(turn);
        }
    }

    /// The alarm rang.
    fn on_time(&mut self, turn: &mut Turn<'_>) {
        self.engine.handle_timeout(turn.now);
        self.pass_on(turn);
        self.check_login_time(turn);
        self.finish_queries(turn);
    }

    fn next_deadline(&self) -> Instant {
        let engine = self.engine.poll_timeout().unwrap_or(Instant::NEVER);
        let login = self.session.as_ref().map_or(Instant::NEVER, |session| session.login_closes);
        engine.min(login).min(self.watches.next_close())
    }

    /// A number for the application to recognise a result by.
    fn next_request(&mut self) -> i64 {
        self.last_request += 1;
        self.last_request
    }

    fn random_u128(&mut self) -> Result<u128, Error> {
        match &mut self.seed {
            None => self.random.u128(),
            Some(seed) => {
                let mut half = || {
                    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
                    let x = (*seed ^ (*seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                    u128::from(x ^ (x >> 31))
                };
                Ok(half() << 64 | half())
            }
        }
    }
}
