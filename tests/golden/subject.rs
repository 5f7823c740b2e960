//! The real engine behind the steps of a transcript: each step goes in as JSON, what comes out is JSON too.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rtm_call::codes::{EndReason, EndSide, LocalInvitationErr, RemoteInvitationErr};
use rtm_call::engine::message::reason_name;
use rtm_call::engine::user::UserId;
use rtm_call::engine::{
    Body, Bytes, CallId, CallRef, Config, Dropped, End, Engine, Instance, LocalEvent, Offer, Output, Presence,
    RemoteEvent, Windows, local, remote,
};
use rtm_call::error::Error;
use rtm_call::time::Instant;
use serde_json::{Value, json};

use crate::text;

/// What its clock shows at the start of a transcript.
const START: u64 = 1_000_000_000_000;
/// The lifetime of messages that no window bounds.
const LIFETIME_MS: u64 = 60_000;

/// One user's engine, and what was said to it.
pub struct Subject {
    engine: Engine,
    user: String,
    windows: Windows,
    /// Since the start of the transcript.
    now: Duration,
    seed: u64,
    locals: HashMap<String, (CallRef, local::State)>,
    remotes: HashMap<(String, String), (CallRef, remote::State)>,
    posts: HashMap<u64, String>,
}

/// One thing that came out.
pub struct Out {
    pub at: Duration,
    /// A timer brought it about.
    pub timed: bool,
    pub value: Value,
}

/// What came of one step.
#[derive(Default)]
pub struct Done {
    pub answer: Option<String>,
    pub state: Option<&'static str>,
    /// What the subject made up: an id, an instance or a number.
    pub made: Option<(String, String)>,
    pub outs: Vec<Out>,
}

impl Subject {
    /// `seed` decides the ids that it makes up.
    pub fn new(transcript: &Value, config: Config, seed: u64) -> Subject {
        let mut config = config;
        let settings = &transcript["settings"];
        let number = |name: &str| settings[name].as_u64();
        if let Some(windows) = windows(&settings["windows"]) {
            config.windows = windows;
        }
        config.max_open = number("max_open").map_or(config.max_open, |bound| bound as usize);
        config.max_open_per_peer = number("max_open_per_peer").map_or(config.max_open_per_peer, |bound| bound as u32);
        Subject {
            engine: Engine::new(config),
            user: text(transcript, "user").into(),
            windows: config.windows,
            now: Duration::ZERO,
            seed,
            locals: HashMap::new(),
            remotes: HashMap::new(),
            posts: HashMap::new(),
        }
    }

    /// Does one step; `step` has no placeholders any more.
    pub fn step(&mut self, step: &Value) -> Done {
        let at = Duration::from_millis(step["at"].as_u64().expect("every step has its time"));
        assert!(at >= self.now, "the steps are in the order of time: {step}");
        let mut done = Done::default();
        match text(step, "do") {
            "suspend" => self.now = at,
            kind => {
                if at > self.now {
                    self.advance(at, &mut done);
                }
                if kind != "advance" {
                    self.act(kind, step, &mut done);
                    self.drain(false, &mut done);
                } else {
                    self.engine.handle_timeout(self.instant());
                    self.drain(true, &mut done);
                }
            }
        }
        done
    }

    fn instant(&self) -> Instant {
        Instant::from_nanos(START) + self.now
    }

    /// Lets time pass, each timer at its time.
    fn advance(&mut self, to: Duration, done: &mut Done) {
        while let Some(due) = self.engine.poll_timeout().map(|due| due.since(Instant::from_nanos(START))) {
            if due > to {
                break;
            }
            self.now = self.now.max(due);
            self.engine.handle_timeout(self.instant());
            self.drain(true, done);
        }
        self.now = to;
    }

    fn made_up(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.seed ^ (self.seed >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1
    }

    fn act(&mut self, kind: &str, step: &Value, done: &mut Done) {
        let now = self.instant();
        match kind {
            "login" => {
                let instance = Instance(self.made_up());
                self.engine.login(UserId::new(&self.user, "user id").expect("it is valid"), instance);
                done.made = Some((text(step, "instance").into(), instance.to_string()));
            }
            "login_failed" => self.engine.login_failed(now),
            "link_up" => {
                let backlog = backlog(&step["backlog"]);
                self.engine.link_up(now, backlog.iter().map(|(from, bytes)| (from.as_str(), bytes)));
            }
            "link_down" => self.engine.link_down(now),
            "logout" => self.engine.logout(now, false),
            "release" => self.engine.logout(now, true),
            "kick" => self.engine.kicked(now),
            "internal_error" => self.engine.failed(now),
            "presence" => self.engine.handle_presence(now, text(step, "user"), presence(text(step, "presence"))),
            "receive" => drop(self.engine.handle_message(now, text(step, "from"), &bytes(step))),
            "backlog" => {
                let backlog = backlog(&step["messages"]);
                self.engine.handle_backlog(now, backlog.iter().map(|(from, bytes)| (from.as_str(), bytes)));
            }
            "send" => self.send(now, step, done),
            "cancel" => self.cancel(now, step, done),
            "accept" | "refuse" => self.answer(now, kind == "accept", step, done),
            "post" => self.post(now, step, done),
            _ => panic!("'{kind}' is no kind of step"),
        }
    }

    fn send(&mut self, now: Instant, step: &Value, done: &mut Done) {
        self.engine.catch_up(now);
        let name = text(step, "call");
        let state = self.locals.get(name).map_or(local::State::Idle, |(_, state)| *state);
        let answer = local::answer(local::Verb::Send, state).and_then(|()| {
            let id = CallId(u128::from(self.made_up()) << 64 | u128::from(self.made_up()));
            let windows = windows(&step["windows"]).unwrap_or(self.windows);
            let callee = text(step, "callee");
            let offer =
                Offer { callee, content: text(step, "content").into(), channel: text(step, "channel").into(), windows };
            let call = self.engine.send(now, id, offer)?;
            self.locals.insert(name.into(), (call, local::State::SentToRemote));
            done.made = Some((name.into(), id.to_string()));
            Ok(())
        });
        done.answer = Some(answer_name(&answer));
        self.drain(false, done);
        done.state = Some(local_name(self.locals.get(name).map_or(local::State::Idle, |(_, state)| *state)));
    }

    fn cancel(&mut self, now: Instant, step: &Value, done: &mut Done) {
        self.engine.catch_up(now);
        let name = text(step, "call");
        let answer = match self.locals.get(name) {
            Some((call, _)) => self.engine.cancel(now, *call),
            None => local::answer(local::Verb::Cancel, local::State::Idle),
        };
        done.answer = Some(answer_name(&answer));
        self.drain(false, done);
        done.state = Some(local_name(self.locals.get(name).map_or(local::State::Idle, |(_, state)| *state)));
    }

    fn answer(&mut self, now: Instant, accept: bool, step: &Value, done: &mut Done) {
        self.engine.catch_up(now);
        let key = (text(step, "caller").to_owned(), text(step, "id").to_owned());
        let (call, _) = self.remotes[&key];
        let accept_ms = step["accept_ms"].as_u64().map_or(self.windows.accept_ms, |ms| ms as u32);
        let answer = match accept {
            true => self.engine.accept(now, call, text(step, "response"), accept_ms),
            false => self.engine.refuse(now, call, text(step, "response")),
        };
        if accept && answer.is_ok() {
            self.remotes.insert(key.clone(), (call, remote::State::AcceptSentToLocal));
        }
        done.answer = Some(answer_name(&answer));
        self.drain(false, done);
        done.state = Some(remote_name(self.remotes[&key].1));
    }

    fn post(&mut self, now: Instant, step: &Value, done: &mut Done) {
        let said = text(step, "text").into();
        let body = match step["data"].as_str() {
            Some(data) => Body::Raw { data: BASE64.decode(data).expect("it is base64").into(), text: said },
            None => Body::Text(said),
        };
        let answer = self.engine.post(now, text(step, "to"), &body);
        if let Ok(number) = answer {
            self.posts.insert(number, text(step, "post").into());
            done.made = Some((text(step, "post").into(), Instance(number).to_string()));
        }
        done.answer = Some(answer_name(&answer.map(|_| ())));
    }

    /// Takes what the engine put out.
    fn drain(&mut self, timed: bool, done: &mut Done) {
        while let Some(output) = self.engine.poll_output() {
            if let Some(value) = self.show(output) {
                done.outs.push(Out { at: self.now, timed, value });
            }
        }
    }

    fn show(&mut self, output: Output) -> Option<Value> {
        Some(match output {
            Output::Send { to, bytes, expires_after, .. } => {
                let message: Value = serde_json::from_slice(&bytes).expect("the engine writes JSON");
                let life = expires_after.as_millis() as u64;
                let mut out = json!({ "out": "message", "to": to.as_str(), "message": message });
                match life {
                    LIFETIME_MS => out["lifetime_ms"] = LIFETIME_MS.into(),
                    _ => out["expires_at"] = ((self.now + expires_after).as_millis() as u64).into(),
                }
                out
            }
            Output::Local { call, state, event, end } => {
                let name = self.locals.iter().find(|(_, known)| known.0 == call).map(|(name, _)| name.clone());
                let name = name.expect("the name is given before anything is drained");
                self.locals.insert(name.clone(), (call, state));
                local_event(name, state, &event, end)
            }
            Output::Ring { call, id, caller, content, channel, .. } => {
                let key = (caller.as_str().to_owned(), id.to_string());
                self.remotes.insert(key, (call, remote::State::InvitationReceived));
                json!({
                    "out": "event", "event": "onRemoteInvitationReceived", "caller": caller.as_str(),
                    "id": id.to_string(), "state": "INVITATION_RECEIVED", "content": *content, "channel": *channel,
                })
            }
            Output::Remote { call, state, event, end } => {
                let key = self.remotes.iter().find(|(_, known)| known.0 == call).map(|(key, _)| key.clone());
                let key = key.expect("it rang before");
                self.remotes.insert(key.clone(), (call, state));
                remote_event(key, state, event, end)
            }
            Output::Message { from, body } => {
                let (Body::Text(said) | Body::Raw { text: said, .. }) = &body;
                let mut out = json!({ "out": "peer_message", "from": from.as_str(), "text": **said });
                if let Body::Raw { data, .. } = &body {
                    out["data"] = BASE64.encode(data).into();
                }
                out
            }
            Output::Posted { number, result } => {
                let result = result.name().trim_start_matches("RTM_PEER_MESSAGE_ERR_");
                json!({ "out": "posted", "post": self.posts[&number], "result": result })
            }
            Output::Dropped { from, why } => json!({ "out": "dropped", "from": *from, "why": why_name(why) }),
            // When presence is asked for is up to an implementation, as long as it is in time.
            _ => return None,
        })
    }
}

fn local_event(name: String, state: local::State, event: &LocalEvent, end: Option<End>) -> Value {
    let callback = match event {
        LocalEvent::ReceivedByPeer => "onLocalInvitationReceivedByPeer",
        LocalEvent::Accepted(_) => "onLocalInvitationAccepted",
        LocalEvent::Refused(_) => "onLocalInvitationRefused",
        LocalEvent::Canceled => "onLocalInvitationCanceled",
        LocalEvent::Failure(_) => "onLocalInvitationFailure",
    };
    let mut out = json!({ "out": "event", "event": callback, "call": name, "state": local_name(state) });
    match event {
        LocalEvent::Accepted(response) | LocalEvent::Refused(response) => out["response"] = (**response).into(),
        LocalEvent::Failure(code) => out["code"] = local_code(*code).into(),
        _ => {}
    }
    if let Some(end) = end {
        ended(&mut out, end);
    }
    out
}

fn remote_event((caller, id): (String, String), state: remote::State, event: RemoteEvent, end: End) -> Value {
    let callback = match event {
        RemoteEvent::Accepted => "onRemoteInvitationAccepted",
        RemoteEvent::Refused => "onRemoteInvitationRefused",
        RemoteEvent::Canceled => "onRemoteInvitationCanceled",
        RemoteEvent::Failure(_) => "onRemoteInvitationFailure",
    };
    let mut out = json!({ "out": "event", "event": callback, "caller": caller, "id": id, "state": remote_name(state) });
    if let RemoteEvent::Failure(code) = event {
        out["code"] = remote_code(code).into();
    }
    ended(&mut out, end);
    out
}

fn ended(out: &mut Value, end: End) {
    out["reason"] = reason_name(end.reason).into();
    out["by"] = if end.by == EndSide::Caller { "caller" } else { "callee" }.into();
}

pub fn local_name(state: local::State) -> &'static str {
    state.name().trim_start_matches("RTM_LOCAL_INVITATION_STATE_")
}

pub fn remote_name(state: remote::State) -> &'static str {
    state.name().trim_start_matches("RTM_REMOTE_INVITATION_STATE_")
}

pub fn local_code(code: LocalInvitationErr) -> &'static str {
    code.name().trim_start_matches("RTM_LOCAL_INVITATION_ERR_")
}

pub fn remote_code(code: RemoteInvitationErr) -> &'static str {
    code.name().trim_start_matches("RTM_REMOTE_INVITATION_ERR_")
}

fn answer_name(answer: &Result<(), Error>) -> String {
    let name = match answer {
        Ok(()) => "OK",
        Err(error) => error.status().name(),
    };
    name.trim_start_matches("RTM_INVITATION_API_CALL_ERR_").trim_start_matches("RTM_ERR_").into()
}

/// Every reason for which bytes are dropped, by name.
pub const DROPS: [(Dropped, &str); 8] = [
    (Dropped::Malformed, "malformed"),
    (Dropped::Oversized, "oversized"),
    (Dropped::Version, "version"),
    (Dropped::Type, "type"),
    (Dropped::Sender, "sender"),
    (Dropped::Stray, "stray"),
    (Dropped::Limit, "limit"),
    (Dropped::LoggedOut, "logged_out"),
];

fn why_name(why: Dropped) -> &'static str {
    // A new reason does not compile until it is in the list.
    match why {
        Dropped::Malformed
        | Dropped::Oversized
        | Dropped::Version
        | Dropped::Type
        | Dropped::Sender
        | Dropped::Stray
        | Dropped::Limit
        | Dropped::LoggedOut => {}
    }
    DROPS.iter().find(|(known, _)| *known == why).expect("the list is complete").1
}

/// The name of every reason of an end.
pub fn reasons() -> impl Iterator<Item = &'static str> {
    EndReason::ALL.iter().map(|reason| reason_name(*reason))
}

fn windows(value: &Value) -> Option<Windows> {
    let ms = |name: &str| value[name].as_u64().expect("all three windows are given") as u32;
    let given = value.is_object();
    given.then(|| Windows { acknowledge_ms: ms("acknowledge_ms"), ring_ms: ms("ring_ms"), accept_ms: ms("accept_ms") })
}

fn presence(name: &str) -> Presence {
    match name {
        "online" => Presence::Online,
        "unreachable" => Presence::Unreachable,
        "offline" => Presence::Offline,
        _ => panic!("'{name}' is no presence"),
    }
}

fn backlog(messages: &Value) -> Vec<(String, Bytes)> {
    let all = messages.as_array().into_iter().flatten();
    all.map(|message| (text(message, "from").to_owned(), bytes(message))).collect()
}

/// The bytes of a message that a step brings.
fn bytes(step: &Value) -> Bytes {
    let bytes = match (&step["message"], &step["text"], &step["base64"]) {
        (Value::Null, Value::String(text), _) => text.clone().into_bytes(),
        (Value::Null, _, Value::String(data)) => BASE64.decode(data).expect("it is base64"),
        (message, _, _) => serde_json::to_vec(message).expect("JSON can be written"),
    };
    bytes.into()
}
