//! What an invitation costs: in the engine alone, and between two services over the hub, beside the thread hand-off that it
//! cannot avoid, in the same run.

use std::hint::black_box;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;

use criterion::{Criterion, criterion_group, criterion_main};
use parking_lot::{Condvar, Mutex};
use rtm_call::engine::user::UserId;
use rtm_call::engine::{self, CallId, Engine, Instance, Offer, Output, Windows};
use rtm_call::runtime::Runtime;
use rtm_call::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use rtm_call::service::{Config, Service};
use rtm_call::time::Instant;

/// Two engines, one accepted invitation an iteration: four messages encoded and decoded.
fn engines(c: &mut Criterion) {
    let now = Instant::from_nanos(1);
    let mut caller = Engine::new(engine::Config::default());
    let mut callee = Engine::new(engine::Config::default());
    for (engine, name, number) in [(&mut caller, "alice", 1), (&mut callee, "bob", 2)] {
        engine.login(UserId::new(name, "user id").expect("it is valid"), Instance(number));
        engine.link_up(now, std::iter::empty());
    }
    let content = "c".repeat(200);
    let mut id = 0;
    c.bench_function("engine: accepted invitation, both sides", |b| {
        b.iter(|| {
            id += 1;
            let offer = Offer { callee: "bob", content: &content, channel: "room", windows: Windows::default() };
            caller.send(now, CallId(id), offer).expect("the offer is valid");
            while let Some(ring) = exchange(now, &mut caller, &mut callee) {
                callee.accept(now, ring, "yes", 5_000).expect("it rings");
            }
        });
    });
    black_box(caller.stats());
}

/// Passes messages until none is left or something rings.
fn exchange(now: Instant, caller: &mut Engine, callee: &mut Engine) -> Option<engine::CallRef> {
    loop {
        let mut quiet = true;
        while let Some(output) = caller.poll_output() {
            quiet = false;
            if let Output::Send { bytes, .. } = output {
                callee.handle_message(now, "alice", &bytes);
            }
        }
        let mut ring = None;
        while let Some(output) = callee.poll_output() {
            quiet = false;
            match output {
                Output::Send { bytes, .. } => {
                    caller.handle_message(now, "bob", &bytes);
                }
                Output::Ring { call, .. } => ring = Some(call),
                _ => {}
            }
        }
        if ring.is_some() || quiet {
            return ring;
        }
    }
}

/// The floor: a thread wakes another and is woken by it.
fn round_trip(c: &mut Criterion) {
    let pair = Arc::new((Mutex::new(0_u64), Condvar::new()));
    let other = pair.clone();
    let echo = thread::spawn(move || {
        let (turn, changed) = &*other;
        let mut turn = turn.lock();
        loop {
            changed.wait_while(&mut turn, |turn| *turn % 2 == 0);
            if *turn == u64::MAX {
                return;
            }
            *turn += 1;
            changed.notify_one();
        }
    });
    let (turn, changed) = &*pair;
    c.bench_function("floor: Mutex + Condvar round trip", |b| {
        b.iter(|| {
            let mut turn = turn.lock();
            *turn += 1;
            changed.notify_one();
            changed.wait_while(&mut turn, |turn| *turn % 2 == 1);
        });
    });
    *turn.lock() = u64::MAX;
    changed.notify_one();
    echo.join().expect("the echo does not panic");
}

struct Quiet;

impl ServiceHandler for Quiet {
    fn on_event(&self, _event: &ServiceEvent) {}
}

/// Accepts everything, or tells of every acceptance.
struct Party {
    service: Weak<Service>,
    accepted: Sender<()>,
}

impl CallHandler for Party {
    fn on_event(&self, event: &CallEvent) {
        match event {
            CallEvent::RemoteReceived(remote) => {
                if let Some(service) = self.service.upgrade() {
                    service.accept(remote).expect("it rings");
                }
            }
            CallEvent::LocalAccepted(..) => self.accepted.send(()).expect("the bench listens"),
            _ => {}
        }
    }
}

fn party(user: &str) -> (Arc<Service>, Receiver<()>) {
    let config = Config { url: Some("hub://bench".into()), ..Config::default() };
    let service = Service::new(config, &Runtime::process(), None).expect("the hub is there");
    let (accepted, receiver) = channel();
    service.initialize("bench", Arc::new(Quiet)).expect("the app id is valid");
    let handler = Arc::new(Party { service: Arc::downgrade(&service), accepted });
    service.call_manager(Some(handler), |_| ()).expect("the service lives");
    service.login(None, user).expect("the user id is valid");
    (service, receiver)
}

/// Two services, callbacks on their workers, one invitation outstanding.
fn services(c: &mut Criterion) {
    let (alice, accepted) = party("alice");
    let (bob, _) = party("bob");
    c.bench_function("hub: accepted invitation, one outstanding", |b| {
        b.iter(|| {
            let invitation = alice.create_local("bob").expect("the service lives");
            alice.send(&invitation).expect("the callee id is valid");
            accepted.recv().expect("bob accepts");
        });
    });
    for service in [alice, bob] {
        service.release(true).expect("it was not released before");
    }
}

criterion_group!(all, round_trip, engines, services);
criterion_main!(all);
