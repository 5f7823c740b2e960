//! The wire form: what is written, what is read, and every shape that is not (docs/PROTOCOL.md).

use rtm_call::codes::{EndReason, EndSide};
use rtm_call::engine::message::{Envelope, MAX_WIRE, Malformed, Message, VERSION, decode, encode, reason_name};
use rtm_call::engine::{self, Bytes, CallId, Instance, SharedText, Windows, seal};
use serde_json::{Value, json};

const ID: CallId = CallId(0x0123_4567_89ab_cdef_0fed_cba9_8765_4321);
const ID_TEXT: &str = "0123456789abcdef0fedcba987654321";
const INSTANCE: Instance = Instance(0x00ab_cdef_0123_4567);
const INSTANCE_TEXT: &str = "00abcdef01234567";

fn envelope(message: Message) -> Envelope {
    let id = match message {
        Message::Text { .. } | Message::Raw { .. } | Message::Delivered { .. } => CallId(0),
        _ => ID,
    };
    Envelope { id, instance: INSTANCE, message }
}

/// Each message with the text that it is on the wire, but for the envelope.
fn all() -> Vec<(Message, &'static str)> {
    let to = Some(Instance(0xfe));
    let windows = Windows { acknowledge_ms: 1, ring_ms: 22, accept_ms: u32::MAX };
    let end = |side, to, reason, response: &'static str| Message::End { side, to, reason, response: response.into() };
    vec![
        (
            Message::Invite { content: "a \"b\" ü".into(), channel: "c".into(), windows },
            r#""type":"invite","content":"a \"b\" ü","channel":"c","ack_ms":1,"ring_ms":22,"accept_ms":4294967295"#,
        ),
        (Message::Received, r#""type":"received""#),
        (Message::Accept { response: "y".into() }, r#""type":"accept","response":"y""#),
        (Message::Confirm { to: Instance(0xfe) }, r#""type":"confirm","to":"00000000000000fe""#),
        (end(EndSide::Caller, None, EndReason::Canceled, ""), r#""type":"end","side":"caller","reason":"canceled""#),
        (
            end(EndSide::Caller, to, EndReason::AnsweredElsewhere, ""),
            r#""type":"end","side":"caller","to":"00000000000000fe","reason":"answered_elsewhere""#,
        ),
        (
            end(EndSide::Callee, None, EndReason::Refused, "n"),
            r#""type":"end","side":"callee","reason":"refused","response":"n""#,
        ),
        (Message::Ended { side: EndSide::Callee }, r#""type":"ended","side":"callee""#),
        (
            Message::Text { number: 0x10, text: "hi".into() },
            r#""type":"message","number":"0000000000000010","text":"hi""#,
        ),
        (
            Message::Raw { number: u64::MAX, data: vec![0, 255].into(), text: "".into() },
            r#""type":"message","number":"ffffffffffffffff","text":"","data":"AP8=""#,
        ),
        (
            Message::Delivered { number: 9, to: Instance(3) },
            r#""type":"delivered","number":"0000000000000009","to":"0000000000000003""#,
        ),
    ]
}

#[test]
fn a_message_of_this_process_is_what_its_bytes_say() {
    let escapes: String = ('\u{1}'..'\u{300}').chain(['\u{2028}', '\u{1f600}']).collect();
    let texts = ["", "plain", "\"quoted\\", &escapes];
    let windows = [1, 9, 10, 99_999, u32::MAX].map(|ms| Windows { acknowledge_ms: ms, ring_ms: 1, accept_ms: ms });
    let text = |text: &str| SharedText::from(text);
    let end = |reason, response| Message::End { side: EndSide::Callee, to: None, reason, response };
    let invite = |content: &str, windows| Message::Invite { content: text(content), channel: text("#\n"), windows };
    let mut messages: Vec<Message> = all().into_iter().map(|(message, _)| message).collect();
    messages.extend(windows.map(|windows| invite("", windows)));
    for content in texts {
        messages.push(invite(content, Windows::default()));
        messages.push(Message::Accept { response: text(content) });
        messages.push(end(EndReason::Refused, text(content)));
        messages.push(Message::Text { number: 1, text: text(content) });
        messages.push(Message::Raw { number: 1, data: content.as_bytes().to_vec().into(), text: text(content) });
    }
    messages.extend(EndReason::ALL.iter().map(|reason| end(*reason, "".into())));
    messages.extend((0..4).map(|len| Message::Raw { number: 1, data: vec![7; len].into(), text: "".into() }));
    for message in messages {
        let envelope = envelope(message);
        let sealed = seal(envelope.clone());
        assert_eq!(*engine::read(&sealed).unwrap(), envelope);
        assert_eq!(sealed.len(), encode(&envelope).len(), "{envelope:?}");
        assert_eq!(sealed[..], encode(&envelope));
        assert_eq!(*engine::read(&Bytes::from(&sealed[..])).unwrap(), envelope, "bytes are decoded");
    }
}

#[test]
fn every_message_is_written_as_documented_and_read_back() {
    for (message, text) in all() {
        let envelope = envelope(message);
        let bytes = encode(&envelope);
        let mut expected: Value = serde_json::from_str(&format!("{{{text}}}")).unwrap();
        expected["v"] = VERSION.into();
        expected["instance"] = INSTANCE_TEXT.into();
        if envelope.id.0 != 0 {
            expected["id"] = ID_TEXT.into();
        }
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), expected);
        assert_eq!(decode(&bytes).unwrap(), envelope);
        let kind = expected["type"].as_str().unwrap();
        assert_eq!(envelope.message.kind(), kind);
    }
}

#[test]
fn invite_is_this_one_line() {
    let message = Message::Invite { content: "hi".into(), channel: "r".into(), windows: Windows::default() };
    let expected = format!(
        r#"{{"v":"1.0","type":"invite","id":"{ID_TEXT}","instance":"{INSTANCE_TEXT}","content":"hi","channel":"r","ack_ms":30000,"ring_ms":60000,"accept_ms":5000}}"#
    );
    assert_eq!(String::from_utf8(encode(&envelope(message))).unwrap(), expected);
}

#[test]
fn every_reason_is_written_by_its_name_and_read_back() {
    let mut names = std::collections::BTreeSet::new();
    for reason in EndReason::ALL {
        let message = Message::End { side: EndSide::Callee, to: None, reason: *reason, response: "".into() };
        assert_eq!(decode(&encode(&envelope(message.clone()))).unwrap().message, message);
        let in_c = reason.name().strip_prefix("RTM_END_REASON_").unwrap().to_lowercase();
        assert_eq!(reason_name(*reason), in_c, "the name is that of C");
        names.insert(reason_name(*reason));
    }
    assert_eq!(names.len(), EndReason::ALL.len());
}

#[test]
fn ids_are_written_with_all_their_digits_and_read_only_so() {
    assert_eq!(ID.to_string(), ID_TEXT);
    assert_eq!(format!("{ID:?}"), ID_TEXT);
    assert_eq!(INSTANCE.to_string(), INSTANCE_TEXT);
    assert_eq!(format!("{INSTANCE:?}"), INSTANCE_TEXT);
    assert_eq!(CallId::parse(ID_TEXT), Some(ID));
    for bad in ["", "1", &ID_TEXT.to_uppercase(), &ID_TEXT[1..], &format!("0{ID_TEXT}"), &ID_TEXT.replace('f', "g")] {
        assert_eq!(CallId::parse(bad), None, "{bad}");
    }
    assert_eq!(CallId::parse("+0123456789abcdef0fedcba98765432"), None);
}

/// A good message of each type, as JSON.
fn good(kind: &str) -> Value {
    let (message, _) = all().into_iter().find(|(message, _)| message.kind() == kind).unwrap();
    serde_json::from_slice(&encode(&envelope(message))).unwrap()
}

fn kinds() -> impl Iterator<Item = &'static str> {
    ["invite", "received", "accept", "confirm", "end", "ended", "message", "delivered"].into_iter()
}

fn read(value: &Value) -> Result<Message, Malformed> {
    let bytes = serde_json::to_vec(value).unwrap();
    Ok(decode(&bytes)?.message)
}

/// `kind` with one field set, or taken away.
fn with(kind: &str, field: &str, value: Value) -> Value {
    let mut message = good(kind);
    if value.is_null() {
        message.as_object_mut().unwrap().remove(field);
    } else {
        message[field] = value;
    }
    message
}

#[test]
fn missing_fields_are_malformed() {
    let needed = [
        ("invite", &["id", "ack_ms", "ring_ms", "accept_ms"][..]),
        ("received", &["id"]),
        ("accept", &["id"]),
        ("confirm", &["id", "to"]),
        ("end", &["id", "side", "reason"]),
        ("ended", &["id", "side"]),
        ("message", &["number"]),
        ("delivered", &["number", "to"]),
    ];
    for (kind, fields) in needed {
        for field in fields.iter().chain(&["v", "type", "instance"]) {
            assert_eq!(read(&with(kind, field, Value::Null)), Err(Malformed::Shape), "{kind} without {field}");
        }
    }
}

#[test]
fn an_array_is_no_message() {
    let invite = json!(["1.0", "received", "0123456789abcdef0123456789abcdef", "00000000000000a1"]);
    assert_eq!(decode(invite.to_string().as_bytes()).err(), Some(Malformed::Shape));
    assert_eq!(decode(format!(" \n{invite}").as_bytes()).err(), Some(Malformed::Shape));
}

#[test]
fn missing_texts_are_empty() {
    assert_eq!(read(&with("accept", "response", Value::Null)), Ok(Message::Accept { response: "".into() }));
    let text = read(&with("message", "text", Value::Null)).unwrap();
    assert_eq!(text, Message::Text { number: 0x10, text: "".into() });
    match read(&with("invite", "content", Value::Null)).unwrap() {
        Message::Invite { content, channel, .. } => assert_eq!((&*content, &*channel), ("", "c")),
        other => panic!("{other:?}"),
    }
    match read(&with("invite", "channel", Value::Null)).unwrap() {
        Message::Invite { channel, .. } => assert_eq!(channel, ""),
        other => panic!("{other:?}"),
    }
}

#[test]
fn wrong_types_and_values_are_malformed() {
    let cases = [
        ("v", json!(1)),
        ("v", json!("")),
        ("v", json!("1")),
        ("v", json!("1.")),
        ("v", json!(".0")),
        ("v", json!("1.0.0")),
        ("v", json!("1.x")),
        ("v", json!("a.0")),
        ("v", json!("1.123456")),
        ("v", json!("-1.0")),
        ("type", json!(7)),
        ("type", json!(["invite"])),
        ("instance", json!(5)),
        ("instance", json!("")),
        ("instance", json!("00ABCDEF01234567")),
        ("instance", json!("0abcdef01234567")),
        ("instance", json!("000abcdef01234567")),
        ("id", json!(5)),
        ("id", json!("")),
        ("id", json!(ID_TEXT.to_uppercase())),
        ("id", json!(&ID_TEXT[1..])),
        ("id", json!(format!("{ID_TEXT}0"))),
        ("id", json!("00000000000000000000000000000000")),
        ("content", json!(5)),
        ("content", json!({"a": 1})),
        ("content", json!("a\u{0}b")),
        ("channel", json!("\u{0}")),
        ("ack_ms", json!(0)),
        ("ring_ms", json!(0)),
        ("accept_ms", json!(0)),
        ("ack_ms", json!(-1)),
        ("ring_ms", json!(1.5)),
        ("accept_ms", json!("5000")),
        ("ack_ms", json!(4_294_967_296u64)),
    ];
    for (field, value) in cases {
        let message = with("invite", field, value.clone());
        assert_eq!(read(&message), Err(Malformed::Shape), "{field}: {value}");
    }
    for (kind, field, value) in [
        ("accept", "response", json!("\u{0}")),
        ("confirm", "to", json!("FE")),
        ("confirm", "to", json!("00000000000000FE")),
        ("end", "to", json!("fe")),
        ("end", "side", json!("both")),
        ("end", "side", json!(1)),
        ("end", "reason", json!(3)),
        ("end", "response", json!("\u{0}")),
        ("ended", "side", json!("Caller")),
        ("message", "number", json!("10")),
        ("message", "number", json!(16)),
        ("message", "text", json!("\u{0}")),
        ("message", "data", json!("AP8")),
        ("message", "data", json!("A*8=")),
        ("delivered", "number", json!("000000000000000G")),
        ("delivered", "to", json!("000000000000000G")),
    ] {
        assert_eq!(read(&with(kind, field, value.clone())), Err(Malformed::Shape), "{kind} {field}: {value}");
    }
}

#[test]
fn bytes_that_are_no_object_are_malformed() {
    let good = encode(&envelope(Message::Received));
    for bytes in [&b""[..], b"{", b"[]", b"null", b"7", b"\"invite\"", b"{}", b"\xff\xfe", b"{\"v\":\"1.0\"}"] {
        assert_eq!(decode(bytes), Err(Malformed::Shape), "{bytes:?}");
    }
    for cut in 0..good.len() {
        assert_eq!(decode(&good[..cut]), Err(Malformed::Shape));
    }
    assert_eq!(decode(&[&good[..], b"x"].concat()), Err(Malformed::Shape));
    assert!(decode(&[&b" \n"[..], &good, b" "].concat()).is_ok(), "white space around it is JSON");
    let invalid = String::from_utf8(encode(&envelope(Message::Accept { response: "yyy".into() }))).unwrap();
    let mut invalid = invalid.into_bytes();
    let at = invalid.windows(3).position(|three| three == b"yyy").unwrap();
    invalid[at] = 0xff;
    assert_eq!(decode(&invalid), Err(Malformed::Shape), "invalid UTF-8");
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(decode(deep.as_bytes()), Err(Malformed::Shape), "deeper than any stack should go");
    let twice = String::from_utf8(good).unwrap().replacen('{', "{\"type\":\"received\",", 1);
    assert_eq!(decode(twice.as_bytes()), Err(Malformed::Shape), "a field twice");
}

#[test]
fn texts_at_their_limits_are_read_and_those_over_them_are_oversized() {
    for (kind, field, limit) in [
        ("invite", "content", 8192),
        ("invite", "channel", 64),
        ("accept", "response", 8192),
        ("end", "response", 8192),
        ("message", "text", 32_768),
    ] {
        assert!(read(&with(kind, field, "x".repeat(limit).into())).is_ok(), "{field}");
        assert_eq!(read(&with(kind, field, "x".repeat(limit + 1).into())), Err(Malformed::Oversized), "{field}");
        assert_eq!(read(&with(kind, field, "ü".repeat(limit / 2 + 1).into())), Err(Malformed::Oversized), "{field}");
    }
    let raw = |len: usize| encode(&envelope(Message::Raw { number: 1, data: vec![7; len].into(), text: "".into() }));
    assert!(decode(&raw(32_768)).is_ok());
    assert_eq!(decode(&raw(32_769)), Err(Malformed::Oversized));
}

#[test]
fn longest_message_fits_and_longer_ones_are_oversized_unread() {
    let longest = encode(&envelope(Message::Text { number: 1, text: "\u{1}".repeat(32_768).into() }));
    assert!(longest.len() > 6 * 32_768 && longest.len() <= MAX_WIRE);
    assert!(decode(&longest).is_ok());
    assert_eq!(MAX_WIRE, 197_632);
    let mut padded = encode(&envelope(Message::Received));
    padded.resize(MAX_WIRE, b' ');
    assert!(decode(&padded).is_ok());
    padded.push(b' ');
    assert_eq!(decode(&padded), Err(Malformed::Oversized));
    assert_eq!(decode(&vec![b'{'; MAX_WIRE + 1]), Err(Malformed::Oversized));
}

#[test]
fn unknown_fields_are_ignored() {
    for kind in kinds() {
        let plain = read(&good(kind));
        assert!(plain.is_ok());
        for extra in [json!(1), json!(null), json!("x"), json!({"a": [1, {"b": null}]})] {
            let mut message = good(kind);
            message["new_in_1_7"] = extra;
            assert_eq!(read(&message), plain, "{kind}");
        }
    }
    let foreign = with("received", "content", "belongs to another type".into());
    assert_eq!(read(&foreign), Ok(Message::Received), "known fields of other types too");
}

#[test]
fn newer_minor_versions_are_read_and_other_majors_are_not() {
    for kind in kinds() {
        for minor in ["1.0", "1.1", "1.99", "1.99999"] {
            assert!(read(&with(kind, "v", minor.into())).is_ok(), "{kind} {minor}");
        }
        for major in ["0.9", "2.0", "10.0", "11.0", "01.0", "99999.0"] {
            assert_eq!(read(&with(kind, "v", major.into())), Err(Malformed::Version), "{kind} {major}");
        }
    }
}

#[test]
fn unknown_types_are_told_from_malformed_ones() {
    assert_eq!(read(&with("received", "type", "ring".into())), Err(Malformed::Type));
    assert_eq!(read(&with("received", "type", "".into())), Err(Malformed::Type));
    assert_eq!(read(&with("received", "type", "Received".into())), Err(Malformed::Type));
}

#[test]
fn unknown_reasons_count_as_error() {
    for reason in ["busy", "glare_merged", "", "Canceled"] {
        match read(&with("end", "reason", reason.into())).unwrap() {
            Message::End { reason: read, .. } => assert_eq!(read, EndReason::Error, "{reason}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn escaped_texts_are_read_like_plain_ones() {
    let bytes = String::from_utf8(encode(&envelope(Message::Accept { response: "y".into() }))).unwrap();
    let escaped = bytes.replace("\"accept\"", "\"\\u0061ccept\"").replace("\"y\"", "\"\\u0079\"");
    assert_eq!(decode(escaped.as_bytes()).unwrap().message, Message::Accept { response: "y".into() });
    let nul = bytes.replace("\"y\"", "\"\\u0000\"");
    assert_eq!(decode(nul.as_bytes()), Err(Malformed::Shape));
    let lone = bytes.replace("\"y\"", "\"\\ud800\"");
    assert_eq!(decode(lone.as_bytes()), Err(Malformed::Shape));
}

/// One byte after the other is replaced by bytes that mean something in JSON, and such are put in between: what is read then is
/// what a full parser reads.
#[test]
fn damaged_messages_are_read_as_a_full_parser_reads_them() {
    let text = |object: &Value, field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let mut read = 0;
    for (message, _) in all() {
        let good = encode(&envelope(message));
        for (at, byte) in
            (0..good.len()).flat_map(|at| b"\"\\{}[],:0-.e n\0\x7f\xff".iter().map(move |byte| (at, *byte)))
        {
            let replaced = [&good[..at], &[byte], &good[at + 1..]].concat();
            let inserted = [&good[..at], &[byte], &good[at..]].concat();
            for damaged in [replaced, inserted] {
                let Ok(decoded) = decode(&damaged) else { continue };
                let object: Value = serde_json::from_slice(&damaged).unwrap();
                assert_eq!(decoded.message.kind(), text(&object, "type"));
                assert_eq!(decoded.instance.to_string(), text(&object, "instance"));
                match decoded.message {
                    Message::Invite { content, channel, windows } => {
                        assert_eq!((&*content, &*channel), (&*text(&object, "content"), &*text(&object, "channel")));
                        assert_eq!(u64::from(windows.ring_ms), object["ring_ms"].as_u64().unwrap());
                    }
                    Message::Accept { response } => assert_eq!(*response, *text(&object, "response")),
                    Message::Text { text: body, .. } => assert_eq!(*body, *text(&object, "text")),
                    _ => {}
                }
                read += 1;
            }
        }
    }
    assert!(read > 1_000, "{read} damaged messages could still be read");
}
