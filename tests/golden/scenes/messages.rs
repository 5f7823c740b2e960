//! Peer messages.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{PEER, PEER_TOO, Scene};

fn post(post: &str, text: &str) -> Value {
    json!({ "post": post, "to": "bob", "text": text })
}

fn delivered(number: &str) -> Value {
    json!({ "v": "1.0", "type": "delivered", "instance": PEER, "number": number, "to": "${me}" })
}

fn message(number: &str, text: &str) -> Value {
    json!({ "v": "1.0", "type": "message", "instance": PEER, "number": number, "text": text })
}

const ONE: &str = "0000000000000001";

pub fn scenes() -> Vec<Scene> {
    let all = vec![
        Scene::caller("post_delivered", "A text and data, both acknowledged; a second acknowledgement is stray.")
            .step(0, "post", post("p1", "are you there?"))
            .step(
                10,
                "post",
                json!({ "post": "p2", "to": "bob", "text": "a thumbnail", "data": BASE64.encode([0, 255, 7]) }),
            )
            .hear(50, delivered("${p2}"))
            .hear(60, delivered("${p1}"))
            .hear(70, delivered("${p1}"))
            .until(20_000),
        Scene::caller("post_repeated", "A message is sent again until it is acknowledged.")
            .step(0, "post", post("p1", "hi"))
            .until(3_600)
            .hear(3_700, delivered("${p1}"))
            .until(20_000),
        Scene::caller("post_not_delivered", "After 10 s without an acknowledgement its sender is told.")
            .down(0)
            .step(100, "post", post("p1", "hi"))
            .until(10_100)
            .up(11_000)
            .until(20_000),
        Scene::caller("post_peer_offline", "As soon as the peer is known to be offline its sender is told.")
            .step(0, "post", post("p1", "hi"))
            .presence(600, "bob", "offline")
            .until(20_000),
        Scene::caller("post_link_flaps", "It goes out again with the link.")
            .step(0, "post", post("p1", "hi"))
            .down(100)
            .up(3_000)
            .hear(3_050, delivered("${p1}"))
            .until(20_000),
        Scene::caller("post_logout", "A logout ends what is under way.")
            .step(0, "post", post("p1", "hi"))
            .step(100, "logout", json!({}))
            .step(200, "post", post("p2", "hi")),
        Scene::caller("post_stranger_acknowledges", "An acknowledgement counts from the peer only.")
            .step(0, "post", post("p1", "hi"))
            .hear_from(50, "mallory", delivered("${p1}"))
            .hear(60, delivered("${p1}")),
        Scene::caller(
            "post_of_another_instance",
            "An acknowledgement for another instance of the sender is not its own.",
        )
        .step(0, "post", post("p1", "hi"))
        .hear(50, {
            let mut other = delivered("${p1}");
            other["to"] = PEER_TOO.into();
            other
        })
        .hear(60, delivered("${p1}")),
        Scene::caller("post_arguments", "What is refused.")
            .step(0, "post", json!({ "post": "p1", "to": "bob/", "text": "hi" }))
            .step(10, "post", json!({ "post": "p1", "to": "bob", "text": { "$repeat": "x", "times": 32_769 } })),
        Scene::callee(
            "message_arrives",
            "It is acknowledged each time and delivered once; the same number of another instance is another message.",
        )
        .hear(0, message(ONE, "are you there?"))
        .hear(500, message(ONE, "are you there?"))
        .hear(600, {
            let mut other = message(ONE, "and now?");
            other["instance"] = PEER_TOO.into();
            other
        })
        .hear(700, {
            let mut raw = message("0000000000000002", "a thumbnail");
            raw["data"] = BASE64.encode([0, 255, 7]).into();
            raw
        })
        .hear(800, {
            let mut raw = message("0000000000000003", "no data");
            raw["data"] = "".into();
            raw
        }),
        Scene::callee("message_hostile", "Malformed and oversized peer messages.")
            .hear(0, {
                let mut raw = message(ONE, "");
                raw["data"] = "AP+".into();
                raw
            })
            .hear(1, message("1", "hi"))
            .hear(2, json!({ "v": "1.0", "type": "message", "instance": PEER, "text": "hi" }))
            .hear(3, {
                let mut long = message(ONE, "");
                long["text"] = json!({ "$repeat": "x", "times": 32_769 });
                long
            })
            .hear(4, json!({ "v": "1.0", "type": "delivered", "instance": PEER, "to": "${me}" }))
            .hear(5, json!({ "v": "1.0", "type": "delivered", "instance": PEER, "number": ONE }))
            .hear(6, {
                let mut longest = message(ONE, "");
                longest["text"] = json!({ "$repeat": "x", "times": 32_768 });
                longest
            }),
    ];
    all.into_iter().map(|scene| scene.need("peer_messages")).collect()
}
