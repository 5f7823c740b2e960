//! What the transcripts are about: the inputs of each. What comes out is recorded from the engine, and reviewed.

mod callee;
mod caller;
mod messages;
mod verbs;
mod versions;

use rtm_call::engine::CallId;
use serde_json::{Value, json};

/// The other party's instance, and another one of the same user.
pub const PEER: &str = "b0b0000000000001";
pub const PEER_TOO: &str = "b0b0000000000002";
/// An invitation of the other party.
pub const ID: &str = "0123456789abcdef0123456789abcdef";

/// The inputs of one transcript.
pub struct Scene {
    pub name: String,
    pub title: String,
    pub user: &'static str,
    pub settings: Value,
    /// What an implementation may lack: it then skips the transcript, and says so.
    pub needs: Vec<&'static str>,
    pub steps: Vec<Value>,
    logins: u32,
}

/// All files of the set, with their scenes.
pub fn all() -> Vec<(&'static str, &'static str, Vec<Scene>)> {
    vec![
        ("caller", "The caller's side.", caller::scenes()),
        ("callee", "The callee's side.", callee::scenes()),
        ("verbs", "What the application may call, and when.", verbs::scenes()),
        ("versions", "Other versions, and bytes that are no message.", versions::scenes()),
        ("messages", "Peer messages, apart from any invitation.", messages::scenes()),
    ]
}

impl Scene {
    /// Nobody is logged in.
    pub fn out(name: impl Into<String>, title: impl Into<String>, user: &'static str) -> Scene {
        Scene {
            name: name.into(),
            title: title.into(),
            user,
            settings: Value::Null,
            needs: Vec::new(),
            steps: Vec::new(),
            logins: 0,
        }
    }

    /// Alice, who calls bob; she is logged in and the link is up.
    pub fn caller(name: impl Into<String>, title: impl Into<String>) -> Scene {
        Scene::out(name, title, "alice").login(0).up(0)
    }

    /// Bob, whom alice calls.
    pub fn callee(name: impl Into<String>, title: impl Into<String>) -> Scene {
        Scene::out(name, title, "bob").login(0).up(0)
    }

    pub fn step(mut self, at: u64, kind: &str, more: Value) -> Scene {
        let mut step = json!({ "at": at, "do": kind });
        for (name, value) in more.as_object().into_iter().flatten() {
            step[name] = value.clone();
        }
        self.steps.push(step);
        self
    }

    /// With these windows, in the order of the protocol.
    pub fn windows(mut self, [acknowledge_ms, ring_ms, accept_ms]: [u32; 3]) -> Scene {
        self.settings = json!({
            "windows": { "acknowledge_ms": acknowledge_ms, "ring_ms": ring_ms, "accept_ms": accept_ms }
        });
        self
    }

    pub fn setting(mut self, name: &str, value: u64) -> Scene {
        self.settings[name] = value.into();
        self.need("bounds")
    }

    pub fn need(mut self, what: &'static str) -> Scene {
        if !self.needs.contains(&what) {
            self.needs.push(what);
        }
        self
    }

    pub fn login(mut self, at: u64) -> Scene {
        self.logins += 1;
        let instance = if self.logins == 1 { "me".into() } else { format!("me{}", self.logins) };
        self.step(at, "login", json!({ "instance": instance }))
    }

    pub fn up(self, at: u64) -> Scene {
        self.step(at, "link_up", json!({ "backlog": [] }))
    }

    pub fn up_with(self, at: u64, backlog: Value) -> Scene {
        self.step(at, "link_up", json!({ "backlog": backlog }))
    }

    pub fn down(self, at: u64) -> Scene {
        self.step(at, "link_down", Value::Null)
    }

    pub fn until(self, at: u64) -> Scene {
        self.step(at, "advance", Value::Null)
    }

    /// The machine sleeps until then: timers wait.
    pub fn suspend(self, at: u64) -> Scene {
        self.step(at, "suspend", Value::Null)
    }

    pub fn presence(self, at: u64, user: &str, presence: &str) -> Scene {
        self.step(at, "presence", json!({ "user": user, "presence": presence }))
    }

    /// Alice calls bob.
    pub fn send(self, at: u64) -> Scene {
        self.send_as(at, "c1")
    }

    pub fn send_as(self, at: u64, call: &str) -> Scene {
        self.step(at, "send", json!({ "call": call, "callee": "bob", "content": "video call?", "channel": "room-17" }))
    }

    pub fn cancel(self, at: u64) -> Scene {
        self.step(at, "cancel", json!({ "call": "c1" }))
    }

    pub fn accept(self, at: u64) -> Scene {
        self.step(at, "accept", json!({ "caller": "alice", "id": ID, "response": "coming" }))
    }

    pub fn refuse(self, at: u64) -> Scene {
        self.step(at, "refuse", json!({ "caller": "alice", "id": ID, "response": "later" }))
    }

    /// A message arrives from the other party.
    pub fn hear(self, at: u64, message: Value) -> Scene {
        let from = if self.user == "alice" { "bob" } else { "alice" };
        self.hear_from(at, from, message)
    }

    pub fn hear_from(self, at: u64, from: &str, message: Value) -> Scene {
        self.step(at, "receive", json!({ "from": from, "message": message }))
    }

    /// Bytes arrive that are no message.
    pub fn hear_text(self, at: u64, text: impl Into<Value>) -> Scene {
        let from = if self.user == "alice" { "bob" } else { "alice" };
        self.step(at, "receive", json!({ "from": from, "text": text.into() }))
    }

    /// Several messages arrive in one piece, as after a suspend.
    pub fn backlog(self, at: u64, messages: Value) -> Scene {
        self.step(at, "backlog", json!({ "messages": messages }))
    }
}

/// A message of a backlog.
pub fn from(user: &str, message: Value) -> Value {
    json!({ "from": user, "message": message })
}

fn message(kind: &str, id: &str, instance: &str, more: Value) -> Value {
    let mut message = json!({ "v": "1.0", "type": kind, "id": id, "instance": instance });
    for (name, value) in more.as_object().into_iter().flatten() {
        message[name] = value.clone();
    }
    message
}

pub fn invite() -> Value {
    invite_with([30_000, 60_000, 5_000])
}

pub fn invite_with([ack, ring, accept]: [u32; 3]) -> Value {
    let texts = json!({
        "content": "video call?", "channel": "room-17", "ack_ms": ack, "ring_ms": ring, "accept_ms": accept,
    });
    message("invite", ID, PEER, texts)
}

/// The same, of another invitation.
pub fn another_invite() -> Value {
    let mut invite = invite();
    invite["id"] = another().into();
    invite
}

pub fn another() -> String {
    CallId(0xf1f0_e1e0_d1d0_c1c0_b1b0_a1a0_9190_8180).to_string()
}

pub fn received() -> Value {
    received_by(PEER)
}

pub fn received_by(instance: &str) -> Value {
    message("received", "${c1}", instance, Value::Null)
}

pub fn accepted() -> Value {
    accepted_by(PEER)
}

pub fn accepted_by(instance: &str) -> Value {
    message("accept", "${c1}", instance, json!({ "response": "coming" }))
}

pub fn confirm(to: &str) -> Value {
    message("confirm", ID, PEER, json!({ "to": to }))
}

/// An end that alice, the caller, sends.
pub fn caller_end(reason: &str) -> Value {
    message("end", ID, PEER, json!({ "side": "caller", "reason": reason }))
}

pub fn caller_end_to(reason: &str, to: &str) -> Value {
    message("end", ID, PEER, json!({ "side": "caller", "reason": reason, "to": to }))
}

/// An end that bob, the callee, sends.
pub fn callee_end(reason: &str) -> Value {
    let more = match reason {
        "refused" => json!({ "side": "callee", "reason": reason, "response": "later" }),
        _ => json!({ "side": "callee", "reason": reason }),
    };
    message("end", "${c1}", PEER, more)
}

/// The acknowledgement of an end, by the callee of `${c1}`.
pub fn ended_by_callee() -> Value {
    message("ended", "${c1}", PEER, json!({ "side": "callee" }))
}

/// The acknowledgement of an end, by the caller.
pub fn ended_by_caller() -> Value {
    message("ended", ID, PEER, json!({ "side": "caller" }))
}
