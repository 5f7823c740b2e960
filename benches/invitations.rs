//! What the pieces of an invitation cost: the engine, its timers, messages, handles, ladders. What it costs as a whole is
//! measured by `end_to_end`.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use rtm_call::codes::LadderFormat;
use rtm_call::engine::message::{Envelope, Message, decode, encode};
use rtm_call::engine::user::UserId;
use rtm_call::engine::{self, Bytes, CallId, Engine, Instance, Offer, Output, SharedText, Windows};
use rtm_call::handles::{Table, kind};
use rtm_call::runtime::Runtime;
use rtm_call::service::{Config, Service};
use rtm_call::time::Instant;

/// An engine whose user is logged in.
fn engine(name: &str, instance: u64, config: engine::Config) -> Engine {
    let mut engine = Engine::new(config);
    engine.login(UserId::new(name, "user id").expect("it is valid"), Instance(instance));
    engine.link_up(Instant::from_nanos(1), std::iter::empty());
    engine
}

/// Two engines, one accepted invitation an iteration: its four messages as they are, and encoded and decoded.
fn engines(c: &mut Criterion) {
    let as_made = |bytes: Bytes| bytes;
    let as_bytes = |bytes: Bytes| Bytes::from(&bytes[..]);
    accepted(c, "engine: accepted invitation, both sides, in one process", as_made);
    accepted(c, "engine: accepted invitation, both sides, over a network", as_bytes);
}

fn accepted(c: &mut Criterion, name: &str, carry: fn(Bytes) -> Bytes) {
    let now = Instant::from_nanos(1);
    let mut caller = engine("alice", 1, engine::Config::default());
    let mut callee = engine("bob", 2, engine::Config::default());
    let content = SharedText::from("c".repeat(200));
    let mut id = 0;
    c.bench_function(name, |b| {
        b.iter(|| {
            id += 1;
            let (content, channel) = (content.clone(), "room".into());
            let offer = Offer { callee: "bob", content, channel, windows: Windows::default() };
            caller.send(now, CallId(id), offer).expect("the offer is valid");
            while let Some(ring) = exchange(now, &mut caller, &mut callee, carry) {
                callee.accept(now, ring, "yes", 5_000).expect("it rings");
            }
        });
    });
    black_box(caller.stats());
}

/// Passes messages until none is left or something rings.
fn exchange(
    now: Instant,
    caller: &mut Engine,
    callee: &mut Engine,
    carry: fn(Bytes) -> Bytes,
) -> Option<engine::CallRef> {
    loop {
        let mut quiet = true;
        while let Some(output) = caller.poll_output() {
            quiet = false;
            if let Output::Send { bytes, .. } = output {
                callee.handle_message(now, "alice", &carry(bytes));
            }
        }
        let mut ring = None;
        while let Some(output) = callee.poll_output() {
            quiet = false;
            match output {
                Output::Send { bytes, .. } => {
                    caller.handle_message(now, "bob", &carry(bytes));
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

/// The same number of timers as of invitations: what one more costs, to be set and taken back.
fn timers(c: &mut Criterion) {
    for pending in [1, 1_000, 1_000_000] {
        let config = engine::Config { max_open: pending + 1, ..engine::Config::default() };
        let mut caller = engine("alice", 1, config);
        let offer = Offer { callee: "bob", content: "".into(), channel: "".into(), windows: Windows::default() };
        let mut id = 0_u64;
        let mut send = |caller: &mut Engine| {
            id += 1;
            let call =
                caller.send(Instant::from_nanos(id), CallId(id.into()), offer.clone()).expect("the offer is valid");
            while caller.poll_output().is_some() {}
            call
        };
        for _ in 0..pending {
            send(&mut caller);
        }
        c.bench_function(&format!("engine: sent and canceled, {pending} pending"), |b| {
            b.iter(|| {
                let call = send(&mut caller);
                caller.cancel(Instant::from_nanos(1), call).expect("it is open");
                while caller.poll_output().is_some() {}
            });
        });
    }
}

fn messages(c: &mut Criterion) {
    let content = "c".repeat(200);
    let invite = Message::Invite { content: content.into(), channel: "room".into(), windows: Windows::default() };
    for (name, message) in [("invite of 200 bytes", invite), ("received", Message::Received)] {
        let envelope = Envelope { id: CallId(u128::MAX / 3), instance: Instance(u64::MAX / 5), message };
        let bytes = encode(&envelope);
        c.bench_function(&format!("message: encode {name}"), |b| b.iter(|| encode(black_box(&envelope))));
        c.bench_function(&format!("message: decode {name}"), |b| b.iter(|| decode(black_box(&bytes)).map(|_| ())));
    }
}

fn handles(c: &mut Criterion) {
    let table = Table::new(kind::LOCAL, "a local invitation");
    let handles: Vec<u64> = (0..100_000).map(|number| table.insert(Arc::new(number))).collect();
    let mut at = 0;
    c.bench_function("handle: find, 100 000 held", |b| {
        b.iter(|| {
            at = (at + 7_919) % handles.len();
            table.get(handles[at])
        });
    });
    c.bench_function("handle: make and take back", |b| b.iter(|| table.remove(table.insert(Arc::new(0)))));
}

/// The ladder of an invitation that rings.
fn ladder(c: &mut Criterion) {
    let runtime = Runtime::simulated();
    let service = Service::new(Config::default(), &runtime, Some(1)).expect("the default configuration is valid");
    let invitation = service.create_local("bob").expect("the service lives");
    service.send(&invitation).expect("the callee id is valid"); // It fails, for nobody is logged in: a ladder of five lines.
    for format in [LadderFormat::Text, LadderFormat::Mermaid] {
        c.bench_function(&format!("ladder: written as {format:?}"), |b| b.iter(|| invitation.ladder(format)));
    }
    service.release(false).expect("it was not released before");
}

criterion_group!(all, engines, timers, messages, handles, ladder);
criterion_main!(all);
