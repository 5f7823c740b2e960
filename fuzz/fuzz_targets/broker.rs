//! What a broker says, well formed or not, to a session over MQTT: no panic, reports in order, the same packets however the bytes
//! are cut.
#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use rtm_call::transport::mqtt::fuzzing::{Client, Decoder, MAX_PACKET, PEERS};

#[derive(Arbitrary, Debug)]
enum Input {
    /// Anything at all.
    Bytes(Vec<u8>),
    /// One packet of this type and flags, of the right length.
    Packet(u8, Vec<u8>),
    /// A proper answer to all that the session has said, with this reason.
    Answer(u8),
    /// A message or an entry of presence.
    Publish(Topic, Vec<u8>),
    Wait(u16),
    Connect,
    Post(u8, u16),
    Watch(u8, bool),
    Renew(String),
    NetworkChanged,
    Leave,
}

#[derive(Arbitrary, Debug)]
enum Topic {
    Message(u8),
    Presence(u8, u8),
    Any(String),
}

fuzz_target!(|inputs: Vec<Input>| {
    let mut client = Client::new();
    let mut heard = Vec::new();
    for input in inputs {
        let bytes = match input {
            Input::Bytes(bytes) => bytes,
            Input::Packet(first, body) => packet(first, &body),
            Input::Answer(reason) => answers(&client.said(), reason),
            Input::Publish(topic, payload) => publish(&topic_name(topic), &payload, 1),
            Input::Wait(ms) => {
                client.wait(Duration::from_millis(ms.into()));
                continue;
            }
            Input::Connect => {
                client.connect();
                continue;
            }
            Input::Post(to, length) => {
                client.post(to.into(), length.into());
                continue;
            }
            Input::Watch(user, on) => {
                client.watch(user.into(), on);
                continue;
            }
            Input::Renew(token) => {
                client.renew(&token);
                continue;
            }
            Input::NetworkChanged => {
                client.network_changed();
                continue;
            }
            Input::Leave => {
                client.leave();
                continue;
            }
        };
        client.hear(&bytes);
        heard.extend(bytes);
    }
    assert_eq!(packets(&heard, heard.len().max(1)), packets(&heard, 1), "cuts change nothing");
});

/// The packets in `bytes`, pushed in parts of this size, and why no more come.
fn packets(bytes: &[u8], part: usize) -> (Vec<String>, Option<String>) {
    let mut decoder = Decoder::default();
    let mut found = Vec::new();
    for part in bytes.chunks(part) {
        decoder.push(part);
        loop {
            match decoder.next() {
                Ok(Some(packet)) => found.push(format!("{packet:?}")),
                Ok(None) => break,
                Err(malformed) => return (found, Some(malformed.to_string())),
            }
        }
    }
    (found, None)
}

fn packet(first: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    let mut length = body.len().min(MAX_PACKET as usize);
    loop {
        let more = length > 0x7f;
        bytes.push(length as u8 & 0x7f | u8::from(more) << 7);
        length >>= 7;
        if !more {
            break;
        }
    }
    bytes.extend(body);
    bytes
}

fn publish(topic: &str, payload: &[u8], id: u16) -> Vec<u8> {
    let mut body = (topic.len() as u16).to_be_bytes().to_vec();
    body.extend(&topic.as_bytes()[..topic.len().min(u16::MAX.into())]);
    body.extend(id.to_be_bytes());
    body.push(0);
    body.extend(payload);
    packet(0x32, &body)
}

fn topic_name(topic: Topic) -> String {
    let names = ["alice", "bob", "c~2Fd~20~2B", "~41"];
    let name = |n: u8| names[usize::from(n) % names.len()];
    match topic {
        Topic::Message(from) => format!("rtm/1/app/m/alice/{}", name(from)),
        Topic::Presence(of, instance) => format!("rtm/1/app/p/{}/{:016x}", name(of), instance % 4 + 6),
        Topic::Any(text) => text,
    }
}

/// What a broker answers to these packets; what alice sends to herself comes back.
fn answers(mut said: &[u8], reason: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let own = topic_name(Topic::Message(0));
    assert!(own.ends_with(PEERS[0]));
    while let [first, rest @ ..] = said {
        let (mut length, mut header) = (0, 0);
        for byte in rest.iter().take(4) {
            length |= usize::from(byte & 0x7f) << (7 * header);
            header += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let body = &rest[header..header + length];
        match first >> 4 {
            1 => bytes.extend(packet(0x20, &[0, reason, 0])),
            3 => {
                let end = 2 + usize::from(u16::from_be_bytes([body[0], body[1]]));
                bytes.extend(packet(0x40, &[body[end], body[end + 1], reason, 0]));
                if &body[2..end] == own.as_bytes() {
                    // After the identifier, properties of at most 127 bytes.
                    let payload = &body[end + 3 + usize::from(body[end + 2])..];
                    bytes.extend(publish(&own, payload, 2));
                }
            }
            8 => {
                let filters = [reason; 64];
                let count = if body.len() > 80 { 2 } else { 1 };
                bytes.extend(packet(0x90, &[&[body[0], body[1], 0], &filters[..count]].concat()));
            }
            10 => bytes.extend(packet(0xb0, &[body[0], body[1], 0, 0])),
            12 => bytes.extend(packet(0xd0, &[])),
            _ => {}
        }
        said = &rest[header + length..];
    }
    bytes
}
