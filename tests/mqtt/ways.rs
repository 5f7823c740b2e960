//! The ways to a broker: TLS, WebSocket, proxies.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rtm_call::service::Config;
use rtm_call::transport::mqtt::doctor::{self, Request};
use rtm_call::transport::{Link, Refusal};
use tungstenite::handshake::derive_accept_key;

use super::broker::{Broker, free_port};
use super::carrier::{Carrier, Report};
use super::party::Party;
use super::peer::Peer;

type Authority = CertifiedIssuer<'static, KeyPair>;

/// An authority; its certificate goes to `<name>.pem`.
fn authority(folder: &Path, name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    fs::write(folder.join(format!("{name}.pem")), issuer.pem()).unwrap();
    issuer
}

/// A certificate and its key, in `<name>.pem` and `<name>.key`.
fn certificate(folder: &Path, name: &str, host: &str, year: i32, issuer: &Authority) {
    let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(year, 1, 1);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let key = KeyPair::generate().unwrap();
    let made = params.signed_by(&key, issuer).unwrap();
    fs::write(folder.join(format!("{name}.pem")), made.pem()).unwrap();
    fs::write(folder.join(format!("{name}.key")), key.serialize_pem()).unwrap();
}

/// A broker with TLS, with a certificate for this host until this year. More settings may follow.
fn secure(host: &str, year: i32, settings: &str) -> Broker {
    Broker::prepared(|folder| {
        let issuer = authority(folder, "ca");
        authority(folder, "other");
        certificate(folder, "broker", host, year, &issuer);
        certificate(folder, "client", "client", 4000, &issuer);
        let folder = folder.display();
        format!(
            "allow_anonymous true\ncertfile {folder}/broker.pem\nkeyfile {folder}/broker.key\ncafile {folder}/ca.pem\n{settings}"
        )
    })
}

fn url(broker: &Broker, scheme: &str, ca: &str, more: &str) -> String {
    format!("{scheme}://localhost:{}?ca_file={}/{ca}.pem{more}", broker.port, broker.folder.display())
}

#[test]
fn a_call_over_tls() {
    let broker = secure("localhost", 4000, "");
    let alice = Party::online(&url(&broker, "mqtts", "ca", ""), "alice");
    let pem = fs::read_to_string(broker.folder.join("ca.pem")).unwrap();
    let url = Some(format!("mqtts://localhost:{}", broker.port));
    let bob = Party::new(Config { url, ca_pem: Some(pem.into()), ..Config::default() });
    bob.log_in(None, "bob");
    let large = "x".repeat(8_192);
    alice.call("bob", &large);
    bob.rung(&large);
}

#[test]
fn certificates_that_are_not_good_are_refused_and_named() {
    let good = secure("localhost", 4000, "");
    let expired = secure("localhost", 2021, "");
    let other_name = secure("broker.example", 4000, "");
    for (broker, ca, sentence) in [
        (&good, "other", "no trusted authority has issued it"),
        (&expired, "ca", "it has expired"),
        (&other_name, "ca", "it is for another host name"),
        (&good, "missing", "cannot be read"),
    ] {
        let alice = Carrier::start(&url(broker, "mqtts", ca, ""), "alice", Some("secret"));
        alice.wait(Report::Link(Link::Refused(Refusal::Rejected)));
        alice.wait_note(sentence);
    }
    // Nothing but the system's certificates: those do not know this authority either.
    let alice = Carrier::start(&format!("mqtts://localhost:{}", good.port), "alice", None);
    alice.wait(Report::Link(Link::Refused(Refusal::Rejected)));
    alice.wait_note("no trusted authority has issued it");
    let by_name = Carrier::start(&url(&other_name, "mqtts", "ca", "&server_name=broker.example"), "alice", None);
    by_name.wait(Report::Link(Link::Up));
}

#[test]
fn a_client_shows_its_certificate() {
    let broker = secure("localhost", 4000, "require_certificate true\n");
    let folder = broker.folder.display();
    let shown = format!("&client_cert={folder}/client.pem&client_key={folder}/client.key");
    let alice = Carrier::start(&url(&broker, "mqtts", "ca", &shown), "alice", None);
    alice.wait(Report::Link(Link::Up));
    let bob = Carrier::start(&url(&broker, "mqtts", "ca", ""), "bob", None);
    bob.wait(Report::Link(Link::Refused(Refusal::Rejected)));
    bob.wait_note("the broker refused the TLS handshake");
}

#[test]
fn a_call_over_web_sockets_with_and_without_tls() {
    // With nothing but WebSockets Mosquitto 2.0 does not start.
    let web = || format!("protocol websockets\nallow_anonymous true\nlistener {} 127.0.0.1\n", free_port());
    let plain = Broker::with(&web());
    let secure = secure("localhost", 4000, &web());
    let large = "y".repeat(8_192);
    for url in [format!("ws://127.0.0.1:{}/mqtt", plain.port), url(&secure, "wss", "ca", "").replace('?', "/mqtt?")] {
        let (alice, bob) = (Party::online(&url, "alice"), Party::online(&url, "bob"));
        alice.call("bob", &large);
        let ringing = bob.rung(&large);
        bob.service.accept(&ringing).unwrap();
        alice.wait("acceptance", |told| format!("{told:?}").contains("LocalAccepted").then_some(()));
    }
}

#[test]
fn what_is_no_web_socket_is_named() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in server.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let alice = Carrier::start(&format!("ws://127.0.0.1:{port}/wrong"), "alice", None);
    alice.wait_note("the broker answered the WebSocket request with 404");
}

/// Takes the WebSocket of one client, and then sends empty pieces of one message, as fast as they are taken. The message never
/// ends.
fn empty_pieces(server: &TcpListener) {
    let (mut stream, _) = server.accept().unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).unwrap();
    let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap();
    let key = derive_accept_key(key.as_bytes());
    let answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    write!(stream, "{answer}Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Accept: {key}\r\n\r\n").unwrap();
    let pieces = [0; 64 << 10]; // A piece of a message, not the last, of 0 bytes: 00 00.
    let _ = stream.write_all(&[2, 0]);
    while stream.write_all(&pieces).is_ok() {}
}

#[test]
fn a_web_socket_that_is_sent_nothing_without_end_is_given_up_in_time() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}/mqtt?connect_timeout=1", server.local_addr().unwrap());
    thread::spawn(move || empty_pieces(&server));
    let alice = Carrier::start(&url, "alice", None);
    alice.wait_note("no answer in time");
}

/// A proxy of the test's own, for one connection; tells what it was asked. `talk` answers where to connect to.
fn proxy(talk: impl Fn(&mut TcpStream) -> (String, u16) + Send + 'static) -> (u16, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (tell, told) = channel();
    thread::spawn(move || {
        for mut near in listener.incoming().map_while(Result::ok) {
            let (asked, port) = talk(&mut near);
            let _ = tell.send(asked);
            let Ok(far) = TcpStream::connect(("127.0.0.1", port)) else { continue };
            for (mut from, mut to) in [(near.try_clone().unwrap(), far.try_clone().unwrap()), (far, near)] {
                thread::spawn(move || std::io::copy(&mut from, &mut to));
            }
        }
    });
    (port, told)
}

#[test]
fn through_an_http_proxy() {
    let broker = Broker::start();
    let target = broker.port;
    let (port, asked) = proxy(move |near| {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            near.read_exact(&mut byte).unwrap();
            request.push(byte[0]);
        }
        near.write_all(b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n").unwrap();
        (String::from_utf8(request).unwrap(), target)
    });
    // The broker's name need not be known here: the proxy resolves it.
    let url = format!("mqtt://broker.invalid:1883?proxy=http://user:p%2540ss@127.0.0.1:{port}");
    let alice = Carrier::online(&url, "alice");
    let asked = asked.recv().unwrap();
    assert!(asked.starts_with("CONNECT broker.invalid:1883 HTTP/1.1\r\nHost: broker.invalid:1883\r\n"), "{asked}");
    assert!(asked.contains("Proxy-Authorization: Basic dXNlcjpwQHNz\r\n"), "{asked}");
    assert!(alice.notes().is_empty());
}

#[test]
fn through_a_socks_proxy() {
    let broker = Broker::start();
    let target = broker.port;
    let (port, asked) = proxy(move |near| {
        let mut bytes = [0; 4];
        near.read_exact(&mut bytes).unwrap();
        assert_eq!(bytes, [5, 2, 0, 2]);
        near.write_all(&[5, 2]).unwrap();
        let mut login = [0; 11];
        near.read_exact(&mut login).unwrap();
        assert_eq!(&login, b"\x01\x04user\x04pass");
        near.write_all(&[1, 0]).unwrap();
        let mut request = [0; 21];
        near.read_exact(&mut request).unwrap();
        near.write_all(&[5, 0, 0, 3, 2, b'h', b'i', 0, 80]).unwrap();
        (format!("{request:?}"), target)
    });
    let url = format!("mqtt://broker.invalid:1883?proxy=socks5://user:pass@127.0.0.1:{port}");
    let _alice = Carrier::online(&url, "alice");
    let mut request = vec![5, 1, 0, 3, 14];
    request.extend(b"broker.invalid");
    request.extend([7, 91]);
    assert_eq!(asked.recv().unwrap(), format!("{request:?}"));
}

#[test]
fn a_proxy_that_refuses_is_named_without_its_password() {
    let (port, _asked) = proxy(|near| {
        let _ = near.read(&mut [0; 1024]);
        near.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").unwrap();
        (String::new(), free_port())
    });
    let alice = Carrier::start(&format!("mqtt://h:1?proxy=http://u:secret@127.0.0.1:{port}"), "alice", None);
    alice.wait_note("the proxy answered 407 to CONNECT");
    let (port, _asked) = proxy(|near| {
        let _ = near.read(&mut [0; 3]);
        near.write_all(&[5, 0xff]).unwrap();
        (String::new(), free_port())
    });
    let alice = Carrier::start(&format!("mqtt://h:1?proxy=socks5://127.0.0.1:{port}"), "alice", None);
    alice.wait_note("the proxy wants another login");
    assert!(alice.notes().iter().all(|line| !line.contains("secret")));
}

#[test]
fn a_name_that_does_not_exist_is_named() {
    let alice = Carrier::start("mqtt://broker.invalid:1883", "alice", None);
    alice.wait_note("the name \"broker.invalid\" cannot be resolved");
}

#[test]
fn the_doctor_does_not_listen_for_ever_to_a_broker_that_never_stops() {
    let peer = Peer::new();
    let url = format!("{}?connect_timeout=1", peer.url());
    let broker = thread::spawn(move || {
        drop(peer.accept()); // Whether anybody listens.
        let mut links = Vec::new();
        for _ in 0..3 {
            let mut link = peer.accept();
            link.read();
            link.connack(false, 0, &[]);
            links.push(link);
        }
        // The first of two logins is asked whether it still stands.
        while links[1].try_write(&[0x30, 5, 0, 1, b't', 0, b'x'].repeat(1000)) {}
    });
    let request = Request { url: &url, app_id: "test", user: "alice", token: None, other: "bob", longest: 100 };
    let mut told = Vec::new();
    let all_hold = doctor::run(&request, &mut |check, holds, sentence| {
        told.push(format!("{check} {holds}: {sentence}"));
    });
    assert_eq!(all_hold, Ok(false));
    broker.join().unwrap();
    let client_id = told.iter().find(|line| line.starts_with("client id")).unwrap();
    assert_eq!(client_id, "client id false: the broker has not answered a ping within 1 s");
}
