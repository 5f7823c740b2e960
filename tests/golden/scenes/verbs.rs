//! What the application may call in which state, and what is wrong with arguments.

use serde_json::{Value, json};

use super::{ID, Scene, accepted, callee_end, caller_end, confirm, ended_by_callee, ended_by_caller, invite, received};

/// How to bring an invitation into a state: its name, and the steps.
type Way = (&'static str, fn(Scene) -> Scene);

const LOCAL: [Way; 7] = [
    ("idle", |scene| scene),
    ("sent_to_remote", |scene| scene.send(0)),
    ("received_by_remote", |scene| scene.send(0).hear(10, received())),
    ("accepted_by_remote", |scene| scene.send(0).hear(10, accepted())),
    ("refused_by_remote", |scene| scene.send(0).hear(10, callee_end("refused"))),
    ("canceled", |scene| scene.send(0).cancel(10).hear(20, ended_by_callee())),
    ("failure", |scene| scene.send(0).hear(10, callee_end("expired"))),
];

const REMOTE: [Way; 6] = [
    ("invitation_received", |scene| scene.hear(0, invite())),
    ("accept_sent_to_local", |scene| scene.hear(0, invite()).accept(10)),
    ("refused", |scene| scene.hear(0, invite()).refuse(10).hear(20, ended_by_caller())),
    ("accepted", |scene| scene.hear(0, invite()).accept(10).hear(20, confirm("${me}"))),
    ("canceled", |scene| scene.hear(0, invite()).hear(10, caller_end("canceled"))),
    ("failure", |scene| scene.hear(0, invite()).hear(10, caller_end("expired"))),
];

pub fn scenes() -> Vec<Scene> {
    let mut all = Vec::new();
    for (state, way) in LOCAL {
        let scene = Scene::caller(format!("verb_send_{state}"), format!("send in state {}.", state.to_uppercase()));
        all.push(way(scene).send(100));
        let scene = Scene::caller(format!("verb_cancel_{state}"), format!("cancel in state {}.", state.to_uppercase()));
        all.push(way(scene).cancel(100));
    }
    for (state, way) in REMOTE {
        let scene = Scene::callee(format!("verb_accept_{state}"), format!("accept in state {}.", state.to_uppercase()));
        all.push(way(scene).accept(100));
        let scene = Scene::callee(format!("verb_refuse_{state}"), format!("refuse in state {}.", state.to_uppercase()));
        all.push(way(scene).refuse(100));
    }
    all.extend(arguments());
    all
}

fn arguments() -> Vec<Scene> {
    let long = |bytes: u32| json!({ "$repeat": "x", "times": bytes });
    let send = |callee: Value, content: Value, channel: Value| json!({ "call": "c1", "callee": callee, "content": content, "channel": channel });
    let mut callees =
        Scene::caller("argument_callee_id", "Callee ids that are none; the invitation stays idle and usable.");
    for (number, callee) in
        ["", "null", "bob*", "bob/", "bob\\", "bob\"", "bob'", "b\u{f6}b", "bob\u{7f}", "bo\nb"].into_iter().enumerate()
    {
        callees = callees.step(number as u64, "send", send(callee.into(), "".into(), "".into()));
    }
    let odd = " !#$%&()+,-.:;<=>?@[]^_`{|}~";
    vec![
        callees
            .step(50, "send", send(long(65), "".into(), "".into()))
            .step(60, "send", send(long(64), "".into(), "".into()))
            .step(70, "send", json!({ "call": "c2", "callee": odd, "content": "", "channel": "" })),
        Scene::caller("argument_texts", "Content and channel id one byte too long, or with U+0000.")
            .step(0, "send", send("bob".into(), long(8193), "".into()))
            .step(1, "send", send("bob".into(), json!({ "$repeat": "\u{e9}", "times": 4097 }), "".into()))
            .step(2, "send", send("bob".into(), "".into(), long(65)))
            .step(3, "send", send("bob".into(), "a\u{0}b".into(), "".into()))
            .send(10),
        Scene::caller("argument_windows", "A window of 0 is refused.")
            .step(
                0,
                "send",
                json!({
                    "call": "c1", "callee": "bob", "content": "", "channel": "",
                    "windows": { "acknowledge_ms": 0, "ring_ms": 1, "accept_ms": 1 },
                }),
            )
            .send(10),
        Scene::callee("argument_response", "A response one byte too long; the invitation stays as it is.")
            .hear(0, invite())
            .step(10, "accept", json!({ "caller": "alice", "id": ID, "response": long(8193) }))
            .step(20, "refuse", json!({ "caller": "alice", "id": ID, "response": long(8193) }))
            .step(30, "accept", json!({ "caller": "alice", "id": ID, "response": "a\u{0}b" }))
            .step(40, "accept", json!({ "caller": "alice", "id": ID, "response": "", "accept_ms": 0 }))
            .accept(50),
        Scene::caller("argument_too_many", "Beyond the bound of open invitations send answers an error.")
            .setting("max_open", 1)
            .send(0)
            .send_as(10, "c2")
            .cancel(20)
            .send_as(30, "c2"),
    ]
}
