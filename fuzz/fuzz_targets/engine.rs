//! Any sequence of inputs to an engine, hostile messages among them: no panic, one terminal event an invitation, bounded
//! memory, and silence after the last deadline.
#![no_main]

use std::collections::BTreeMap;
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rtm_call::engine::user::UserId;
use rtm_call::engine::{Bytes, CallId, CallRef, Config, Engine, Instance, Offer, Output, Presence, Windows};
use rtm_call::time::Instant;

#[derive(Arbitrary, Debug)]
enum Input {
    Wait(u16),
    Late(u16),
    LinkUp(Vec<(u8, Message)>),
    LinkDown,
    Login(u8),
    LoginFailed,
    Logout(bool),
    Kicked,
    Send(u8, u8),
    Cancel(u8),
    Accept(u8, u16),
    Refuse(u8),
    Post(u8),
    Message(u8, Message),
    Bytes(u8, Vec<u8>),
    Presence(u8, u8),
}

/// A message that is mostly well formed.
#[derive(Arbitrary, Debug)]
struct Message {
    kind: u8,
    id: u8,
    instance: u8,
    to: u8,
    side: bool,
    reason: u8,
    windows: u16,
}

const USERS: [&str; 4] = ["me", "a", "b", "c"];
const KINDS: [&str; 8] = ["invite", "received", "accept", "confirm", "end", "ended", "message", "delivered"];
const REASONS: [&str; 8] =
    ["refused", "canceled", "expired", "logged_out", "accept_unconfirmed", "caller_lost", "kicked", "new"];

impl Message {
    fn bytes(&self) -> Vec<u8> {
        let Message { kind, id, instance, to, side, reason, windows } = self;
        let kind = KINDS[usize::from(*kind) % KINDS.len()];
        let reason = REASONS[usize::from(*reason) % REASONS.len()];
        let side = if *side { "caller" } else { "callee" };
        let (id, instance, to) = (id % 8, instance % 3 + 1, to % 4 + 1);
        let windows = u32::from(*windows) + 1;
        format!(
            r#"{{"v":"1.0","type":"{kind}","id":"{id:032x}","instance":"{instance:016x}","to":"{to:016x}","side":"{side}","number":"{id:016x}",
            "reason":"{reason}","response":"r","content":"c","text":"t","ack_ms":{windows},"ring_ms":{windows},"accept_ms":{windows}}}"#
        )
        .into_bytes()
    }
}

fn user(n: u8) -> &'static str {
    USERS[usize::from(n) % USERS.len()]
}

fuzz_target!(|inputs: Vec<Input>| {
    let config = Config { max_open: 6, max_open_per_peer: 3, max_remembered: 4, ..Config::default() };
    let mut engine = Engine::new(config);
    let mut now = Instant::from_nanos(1);
    let (mut locals, mut remotes): (Vec<CallRef>, Vec<CallRef>) = (Vec::new(), Vec::new());
    let mut ends: BTreeMap<CallRef, u32> = BTreeMap::new();
    let mut out = true;
    let mut instance = 0;
    for input in inputs {
        match input {
            Input::Wait(ms) => {
                now = now + Duration::from_millis(ms.into());
                engine.handle_timeout(now);
            }
            Input::Late(seconds) => now = now + Duration::from_secs(seconds.into()),
            Input::LinkUp(backlog) if !out => {
                let backlog: Vec<(_, Bytes)> =
                    backlog.iter().map(|(from, message)| (user(*from), message.bytes().into())).collect();
                engine.link_up(now, backlog.iter().map(|(from, bytes)| (*from, bytes)));
            }
            Input::LinkDown if !out => engine.link_down(now),
            Input::Login(n) if out => {
                instance += 1;
                engine.login(UserId::new(user(n), "user id").unwrap(), Instance(instance));
                out = false;
            }
            Input::LoginFailed if !out => {
                engine.login_failed(now);
                out = true;
            }
            Input::Logout(released) => {
                engine.logout(now, released);
                out = true;
            }
            Input::Kicked => {
                engine.kicked(now);
                out = true;
            }
            Input::Send(to, id) => {
                let offer =
                    Offer { callee: user(to), content: "c".into(), channel: "".into(), windows: Windows::default() };
                // The ids of real invitations never repeat; those of the fuzzer stay apart from the peers'.
                let id = CallId(u128::from(id) + 8 + 256 * (locals.len() as u128));
                if let Ok(call) = engine.send(now, id, offer) {
                    locals.push(call);
                }
            }
            Input::Cancel(n) => {
                let _ = locals.get(usize::from(n)).map(|call| engine.cancel(now, *call));
            }
            Input::Accept(n, ms) => {
                let _ = remotes.get(usize::from(n)).map(|call| engine.accept(now, *call, "r", u32::from(ms) + 1));
            }
            Input::Refuse(n) => {
                let _ = remotes.get(usize::from(n)).map(|call| engine.refuse(now, *call, "r"));
            }
            Input::Post(to) => {
                let _ = engine.post(now, user(to), &rtm_call::engine::Body::Text("t".into()));
            }
            Input::Message(from, message) => {
                engine.handle_message(now, user(from), &message.bytes().into());
            }
            Input::Bytes(from, bytes) => {
                engine.handle_message(now, user(from), &bytes.into());
            }
            Input::Presence(of, presence) => {
                let presence = [Presence::Online, Presence::Unreachable, Presence::Offline][usize::from(presence) % 3];
                engine.handle_presence(now, user(of), presence);
            }
            _ => {}
        }
        drain(&mut engine, &mut remotes, &mut ends);
    }
    engine.logout(now, true);
    drain(&mut engine, &mut remotes, &mut ends);
    for call in locals.iter().chain(&remotes) {
        assert_eq!(ends.get(call), Some(&1), "one terminal event for each invitation");
    }
    for _ in 0..100_000 {
        let Some(at) = engine.poll_timeout() else { return };
        engine.handle_timeout(at);
        drain(&mut engine, &mut remotes, &mut ends);
    }
    panic!("the engine does not fall silent");
});

fn drain(engine: &mut Engine, remotes: &mut Vec<CallRef>, ends: &mut BTreeMap<CallRef, u32>) {
    while let Some(output) = engine.poll_output() {
        match output {
            Output::Ring { call, .. } => remotes.push(call),
            Output::Local { call, end: Some(_), .. } | Output::Remote { call, .. } => {
                *ends.entry(call).or_default() += 1
            }
            _ => {}
        }
    }
    let stats = engine.stats();
    assert!(stats.open_local <= 6 && stats.open_remote <= 6, "the bounds hold");
}
