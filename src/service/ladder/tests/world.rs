//! Services on a virtual clock and a hub whose messages take 20 ms.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::codes::LadderFormat;
use crate::runtime::Runtime;
use crate::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use crate::service::invitation::{LocalInvitation, RemoteInvitation};
use crate::service::{Config, Service};
use crate::transport::hub::{Faults, Hub};

pub struct World {
    pub runtime: Arc<Runtime>,
    hub: Arc<Hub>,
}

/// One service; what rings there.
pub struct Party {
    pub service: Arc<Service>,
    rings: Arc<Rings>,
}

#[derive(Default)]
struct Rings(Mutex<Vec<Arc<RemoteInvitation>>>);

impl CallHandler for Rings {
    fn on_event(&self, event: &CallEvent) {
        if let CallEvent::RemoteReceived(remote) = event {
            self.0.lock().push(remote.clone());
        }
    }
}

struct Quiet;

impl ServiceHandler for Quiet {
    fn on_event(&self, _: &ServiceEvent) {}
}

impl World {
    pub fn new() -> World {
        let runtime = Runtime::simulated();
        let hub = Hub::named("ladder", "app", &runtime).unwrap();
        let world = World { runtime, hub };
        world.set_way(20);
        world
    }

    /// How long a message takes, in milliseconds.
    pub fn set_way(&self, ms: u64) {
        let way = Duration::from_millis(ms);
        self.hub.set_faults(Faults { delay_min: way, delay_max: way, ..Faults::default() });
    }

    /// A service that is not logged in. `seed` makes its ids.
    pub fn stranger(&self, seed: u64, entries: u16) -> Party {
        let config = Config { url: Some("hub://ladder".into()), ladder_entries: entries, ..Config::default() };
        let service = Service::new(config, &self.runtime, Some(seed)).unwrap();
        service.handle();
        let rings = Arc::new(Rings::default());
        service.initialize("app", Arc::new(Quiet)).unwrap();
        service.call_manager(Some(rings.clone()), |_| ()).unwrap();
        Party { service, rings }
    }

    pub fn party(&self, user: &str, seed: u64) -> Party {
        self.party_of(user, seed, 16)
    }

    pub fn party_of(&self, user: &str, seed: u64, entries: u16) -> Party {
        let party = self.stranger(seed, entries);
        party.service.login(None, user).unwrap();
        self.pass(0);
        party
    }

    /// Lets time pass, in milliseconds.
    pub fn pass(&self, ms: u64) {
        self.runtime.advance(Duration::from_millis(ms));
    }

    pub fn link(&self, user: &str, up: bool) {
        assert!(self.hub.set_link(user, up));
    }
}

impl Party {
    pub fn creates(&self, callee: &str) -> Arc<LocalInvitation> {
        let call = self.service.create_local(callee).unwrap();
        call.set_content("a secret");
        call
    }

    pub fn calls(&self, callee: &str) -> Arc<LocalInvitation> {
        let call = self.creates(callee);
        self.service.send(&call).unwrap();
        call
    }

    /// What rang last.
    pub fn rung(&self) -> Arc<RemoteInvitation> {
        self.rings.0.lock().last().expect("it rings").clone()
    }
}

/// Everything that is said about an invitation.
pub fn story(text: String, explained: String) -> String {
    for line in text.lines() {
        assert!(line.len() <= 100, "{} columns: {line}", line.len());
        assert_eq!(line, line.trim_end());
    }
    assert!(!text.contains("secret") && !explained.contains("secret"), "no payload");
    text + "-- explained\n" + &explained
}

pub fn of_local(call: &LocalInvitation) -> String {
    story(call.ladder(LadderFormat::Text), call.explain())
}

pub fn of_remote(call: &RemoteInvitation) -> String {
    story(call.ladder(LadderFormat::Text), call.explain())
}
