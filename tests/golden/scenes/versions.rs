//! Messages of other versions, older and newer, and bytes that are no message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{ID, PEER, Scene, accepted, another, caller_end, confirm, ended_by_caller, invite, received};

/// What `change` makes of a message.
fn with(mut message: Value, field: &str, value: impl Into<Value>) -> Value {
    message[field] = value.into();
    message
}

fn without(mut message: Value, field: &str) -> Value {
    message.as_object_mut().expect("a message is an object").remove(field);
    message
}

pub fn scenes() -> Vec<Scene> {
    let mut all = vec![
        Scene::callee("version_minor", "Every minor version of the same major one is read.")
            .hear(0, with(invite(), "v", "1.1"))
            .accept(10)
            .hear(20, with(confirm("${me}"), "v", "1.99999"))
            .until(100),
        Scene::callee("version_unknown_fields", "Fields that are not known are ignored, whatever they hold.")
            .hear(
                0,
                with(
                    with(with(invite(), "v", "1.7"), "priority", 9),
                    "capabilities",
                    json!({ "video": ["h264"], "x": null }),
                ),
            )
            .hear(10, with(caller_end("canceled"), "until", json!([1, 2.5, true])))
            .until(100),
        Scene::callee(
            "version_unknown_field_of_another_type",
            "A field that only other messages have is ignored where it has no meaning.",
        )
        .hear(0, with(with(invite(), "response", "?"), "side", "neither"))
        .until(100),
        Scene::callee("version_optional_fields_missing", "A missing text is empty.")
            .hear(0, without(without(invite(), "content"), "channel"))
            .accept(10)
            .hear(20, confirm("${me}")),
        Scene::caller("version_optional_response_missing", "A missing response is empty.")
            .send(0)
            .hear(10, without(accepted(), "response")),
        Scene::callee("version_major", "Another major version is dropped: older, newer, and a number that is no `1`.")
            .hear(0, with(invite(), "v", "0.9"))
            .hear(10, with(invite(), "v", "2.0"))
            .hear(20, with(invite(), "v", "10.0"))
            .hear(30, with(invite(), "v", "01.0"))
            .hear(40, with(caller_end("canceled"), "v", "2.0"))
            .hear(50, invite())
            .until(100),
        Scene::callee("version_malformed", "What is no version.")
            .hear(0, with(invite(), "v", "1"))
            .hear(10, with(invite(), "v", "1."))
            .hear(20, with(invite(), "v", ".1"))
            .hear(30, with(invite(), "v", "1.x"))
            .hear(40, with(invite(), "v", "1.0.0"))
            .hear(50, with(invite(), "v", "1.123456"))
            .hear(60, with(invite(), "v", 1.0))
            .hear(70, without(invite(), "v")),
        Scene::callee("version_unknown_type", "A type that is not known is dropped.")
            .hear(0, with(invite(), "type", "transfer"))
            .hear(10, with(with(invite(), "type", "hold"), "v", "1.4"))
            .hear(20, with(invite(), "type", "Invite"))
            .hear(30, with(invite(), "type", ""))
            .until(100),
        Scene::callee("hostile_no_json", "Bytes that are no JSON object.")
            .hear_text(0, "")
            .hear_text(1, "hello")
            .hear_text(2, "null")
            .hear_text(3, "17")
            .hear_text(4, "[]")
            .hear_text(5, "{")
            .hear_text(6, format!("{} ", invite()).replace('}', ""))
            .hear_text(7, format!("{}{}", invite(), invite()))
            .hear_text(8, format!("{}\u{0}", invite()))
            .step(9, "receive", json!({ "from": "alice", "base64": BASE64.encode([0xff, 0xfe, 0x00]) }))
            .step(10, "receive", json!({ "from": "alice", "base64": BASE64.encode(overlong()) }))
            .until(100),
        Scene::callee("hostile_duplicate_field", "A field that occurs twice.")
            .need("duplicate_fields")
            .hear_text(0, invite().to_string().replacen('{', &format!("{{\"id\":\"{}\",", another()), 1))
            .hear_text(10, invite().to_string().replacen('{', "{\"v\":\"1.0\",", 1)),
        Scene::callee("hostile_ids", "Ids that are none: too short, too long, upper case, no digits, all 0.")
            .hear(0, with(invite(), "id", &ID[1..]))
            .hear(1, with(invite(), "id", format!("{ID}0")))
            .hear(2, with(invite(), "id", ID.to_uppercase()))
            .hear(3, with(invite(), "id", format!("0x{}", &ID[2..])))
            .hear(4, with(invite(), "id", "0".repeat(32)))
            .hear(5, with(invite(), "id", 7))
            .hear(6, without(invite(), "id"))
            .hear(7, with(invite(), "instance", &PEER[1..]))
            .hear(8, with(invite(), "instance", PEER.to_uppercase()))
            .hear(9, without(invite(), "instance"))
            .hear(10, with(confirm("${me}"), "to", "me"))
            .hear(11, without(confirm("${me}"), "to"))
            .until(100),
        Scene::callee("hostile_windows", "Windows that are none.")
            .hear(0, with(invite(), "ring_ms", 0))
            .hear(1, with(invite(), "ring_ms", -1))
            .hear(2, with(invite(), "ring_ms", 4_294_967_296_u64))
            .hear(3, with(invite(), "ring_ms", 1.5))
            .hear(4, with(invite(), "ring_ms", "60000"))
            .hear(5, with(invite(), "ring_ms", Value::Null))
            .hear(6, without(invite(), "ack_ms"))
            .hear(7, without(invite(), "accept_ms"))
            .hear(
                8,
                with(with(with(invite(), "ring_ms", 4_294_967_295_u64), "ack_ms", 4_294_967_295_u64), "accept_ms", 1),
            )
            .until(100),
        Scene::callee("hostile_sides", "An end and its acknowledgement say who speaks.")
            .hear(0, invite())
            .hear(1, without(caller_end("canceled"), "side"))
            .hear(2, with(caller_end("canceled"), "side", "both"))
            .hear(3, without(caller_end("canceled"), "reason"))
            .hear(4, with(caller_end("canceled"), "reason", 3))
            .hear(5, without(ended_by_caller(), "side"))
            .until(100),
        Scene::callee("hostile_texts", "A text with U+0000, or one that is no text.")
            .hear(0, with(invite(), "content", "a\u{0}b"))
            .hear(1, with(invite(), "content", 7))
            .hear(2, with(invite(), "channel", json!(["room"])))
            .until(100),
        Scene::callee("hostile_oversized_texts", "A text one byte too long makes the whole message dropped.")
            .hear(0, with(invite(), "content", json!({ "$repeat": "x", "times": 8193 })))
            .hear(1, with(invite(), "channel", json!({ "$repeat": "x", "times": 65 })))
            .until(100),
        Scene::caller("hostile_oversized_response", "The same for a response.")
            .send(0)
            .hear(10, with(accepted(), "response", json!({ "$repeat": "x", "times": 8193 })))
            .hear(20, with(super::callee_end("refused"), "response", json!({ "$repeat": "x", "times": 8193 })))
            .hear(30, received()),
        Scene::callee("hostile_oversized_message", "A message longer than any.")
            .hear(0, with(invite(), "padding", json!({ "$repeat": "x", "times": 200_000 })))
            .hear(10, with(invite(), "padding", json!({ "$repeat": "x", "times": 190_000 })))
            .until(100),
        Scene::callee("hostile_deep_nesting", "JSON that is nested without end.")
            .hear_text(0, json!({ "$repeat": "[", "times": 10_000 }))
            .hear_text(1, json!({ "$repeat": "{\"x\":", "times": 10_000 })),
    ];
    let mut senders = Scene::callee("hostile_senders", "A sender that is no user id.");
    for (number, sender) in ["", "null", "ali/ce", "ali\"ce", "\u{e4}lice"].into_iter().enumerate() {
        senders = senders.hear_from(number as u64, sender, invite());
    }
    all.push(senders.step(10, "receive", json!({ "from": { "$repeat": "a", "times": 65 }, "message": invite() })));
    all.push(
        Scene::out("hostile_before_login", "Nothing is read before the login succeeded, nor after the logout.", "bob")
            .hear(0, invite())
            .login(10)
            .hear(20, invite())
            .up(30)
            .step(40, "logout", json!({}))
            .hear(50, invite()),
    );
    all
}

/// An overlong form of a slash, which is no UTF-8.
fn overlong() -> Vec<u8> {
    let mut bytes = invite().to_string().into_bytes();
    let at = bytes.windows(5).position(|window| window == b"video").expect("it is in the content");
    bytes.splice(at..at, [0xc0, 0xaf]);
    bytes
}
