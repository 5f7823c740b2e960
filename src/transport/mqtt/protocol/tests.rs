//! Tests of the codec.

use super::*;

fn read(bytes: &[u8]) -> Result<Option<Packet>, Malformed> {
    let mut decoder = Decoder::default();
    decoder.push(bytes);
    decoder.next()
}

#[test]
fn packets_of_a_broker_are_read() {
    let connack = read(&[0x20, 9, 1, 0x87, 6, 0x21, 0, 20, 0x13, 0, 30]).unwrap().unwrap();
    let Packet::Connack(connack) = connack else { panic!("{connack:?}") };
    assert!(connack.session_present);
    assert_eq!((connack.reason, connack.receive_maximum, connack.server_keep_alive), (0x87, 20, Some(30)));
    assert_eq!((connack.maximum_qos, connack.maximum_packet), (2, u32::MAX));
    let publish = [0x32, 10, 0, 1, b't', 0, 7, 2, 0x01, 1, b'h', b'i'];
    let payload: Bytes = b"hi"[..].into();
    assert_eq!(read(&publish), Ok(Some(Packet::Publish { topic: "t".into(), payload, id: Some(7) })));
    assert_eq!(read(&[0x40, 2, 0, 7]), Ok(Some(Packet::Puback { id: 7, reason: 0 })));
    assert_eq!(read(&[0x40, 3, 0, 7, 0x10]), Ok(Some(Packet::Puback { id: 7, reason: 0x10 })));
    assert_eq!(read(&[0x90, 5, 0, 7, 0, 1, 0x87]), Ok(Some(Packet::Suback { id: 7, reasons: vec![1, 0x87] })));
    assert_eq!(read(&[0xb0, 4, 0, 7, 0, 0]), Ok(Some(Packet::Unsuback { id: 7 })));
    assert_eq!(read(&[0xd0, 0]), Ok(Some(Packet::Pingresp)));
    let bye = [0xe0, 7, 0x8e, 5, 0x1f, 0, 2, b'o', b'k'];
    assert_eq!(read(&bye), Ok(Some(Packet::Disconnect { reason: 0x8e, text: "ok".into() })));
    assert_eq!(read(&[0xe0, 0]), Ok(Some(Packet::Disconnect { reason: 0, text: String::new() })));
}

#[test]
fn packets_come_in_any_pieces() {
    let bytes = [0x40, 2, 0, 7, 0xd0, 0, 0x90, 4, 0, 8, 0, 1];
    for piece in 1..bytes.len() {
        let mut decoder = Decoder::default();
        let mut packets = Vec::new();
        for part in bytes.chunks(piece) {
            decoder.push(part);
            while let Some(packet) = decoder.next().unwrap() {
                packets.push(packet);
            }
        }
        assert_eq!(packets.len(), 3, "in pieces of {piece}");
    }
}

#[test]
fn what_is_malformed_is_refused() {
    for (bytes, why) in [
        (&[0x10, 0][..], Malformed::Unexpected(1)),
        (&[0xf0, 0], Malformed::Unexpected(15)),
        (&[0x00, 0], Malformed::Unexpected(0)),
        (&[0x30, 0xff, 0xff, 0xff, 0x7f], Malformed::TooLarge),
        (&[0x30, 0xff, 0xff, 0xff, 0xff], Malformed::Content("packet length")),
        (&[0x41, 2, 0, 7], Malformed::Content("packet header")),
        (&[0x40, 2, 0, 0], Malformed::Content("PUBACK")),
        (&[0x40, 1, 0], Malformed::Content("PUBACK")),
        (&[0xd0, 1, 0], Malformed::Content("packet: it goes on after its end")),
        (&[0x20, 3, 2, 0, 0], Malformed::Content("CONNACK")),
        (&[0x20, 6, 0, 0, 3, 0x21, 0, 0], Malformed::Content("CONNACK")),
        (&[0x20, 5, 0, 0, 9, 0x21, 0], Malformed::Content("CONNACK")),
        (&[0x20, 5, 0, 0, 2, 0x7f, 0], Malformed::Content("CONNACK")),
        (&[0x34, 6, 0, 1, b't', 0, 7, 0], Malformed::Content("PUBLISH: its QoS is not one asked for")),
        (&[0x30, 3, 0, 0, 0], Malformed::Content("PUBLISH: its topic is none")),
        (&[0x30, 4, 0, 1, b'+', 0], Malformed::Content("PUBLISH: its topic is none")),
        (&[0x30, 7, 0, 1, b't', 3, 0x23, 0, 1], Malformed::Content("PUBLISH: its topic is none")),
        (&[0x30, 4, 0, 1, 0xff, 0], Malformed::Content("PUBLISH")),
        (&[0x30, 4, 0, 9, b't', 0], Malformed::Content("PUBLISH")),
    ] {
        assert_eq!(read(bytes), Err(why), "{bytes:02x?}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut dice = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = || {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice
    };
    let mut read_some = 0;
    for _ in 0..100_000 {
        let kinds = [0x20, 0x30, 0x32, 0x40, 0x90, 0xb0, 0xd0, 0xe0];
        let length = (roll() % 24) as u8;
        let mut bytes = vec![kinds[(roll() % 8) as usize], length];
        // Small values most of the time: they are lengths that lead on.
        bytes.extend((0..length).map(|_| (roll() % if roll() % 4 == 0 { 256 } else { 8 }) as u8));
        read_some += usize::from(read(&bytes).is_ok());
    }
    assert!(read_some > 1_000, "{read_some} of the packets could be read");
}

#[test]
fn connect_is_written_as_the_standard_says() {
    let mut out = Vec::new();
    let will = Will { topic: "w", payload: b"x", delay: 15, expiry: 60 };
    let (user, password) = ("u", Some(&b"p"[..]));
    let say = Connect { client_id: "c", user, password, clean_start: true, keep_alive: 15, session_expiry: 60, will };
    connect(&mut out, &say);
    let expected = [
        &[0x10, 47, 0, 4, b'M', b'Q', b'T', b'T', 5, 0xee, 0, 15][..],
        &[10, 0x11, 0, 0, 0, 60, 0x27, 0, 4, 0, 0],
        &[0, 1, b'c', 10, 0x18, 0, 0, 0, 15, 0x02, 0, 0, 0, 60, 0, 1, b'w', 0, 1, b'x'],
        &[0, 1, b'u', 0, 1, b'p'],
    ];
    assert_eq!(out, expected.concat());
}

#[test]
fn other_packets_are_written_as_the_standard_says() {
    let written = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut out = Vec::new();
        write(&mut out);
        out
    };
    let publish = Publish { topic: "t", payload: &[b'x'; 200], retain: true, expiry: Some(9) };
    let bytes = written(&|out| publish_at_least_once(out, 7, true, &publish));
    assert_eq!(bytes[..14], [0x3b, 0xd3, 1, 0, 1, b't', 0, 7, 5, 2, 0, 0, 0, 9]);
    assert!(bytes.len() == 214 && bytes.len() <= publish.size());
    assert_eq!(written(&|out| puback(out, 7)), [0x40, 2, 0, 7]);
    assert_eq!(written(&|out| subscribe(out, 7, ["a", "b"])), [0x82, 11, 0, 7, 0, 0, 1, b'a', 1, 0, 1, b'b', 1]);
    assert_eq!(written(&|out| unsubscribe(out, 7, ["a"])), [0xa2, 6, 0, 7, 0, 0, 1, b'a']);
    assert_eq!(written(&pingreq), [0xc0, 0]);
    assert_eq!(written(&|out| disconnect(out, None)), [0xe0, 0]);
    assert_eq!(written(&|out| disconnect(out, Some(0))), [0xe0, 7, 0, 5, 0x11, 0, 0, 0, 0]);
}
