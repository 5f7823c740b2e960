//! Checks a broker: whether it does what the carrier needs, and whether it keeps users apart (docs/BROKERS.md). It goes over
//! the carrier's own stream, TLS and packets, so that what holds here holds there.

mod certificate;
mod checks;
mod client;

use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Instant;

use super::address::Address;
use super::names::Names;
use super::stream::Way;
use super::tls;
use crate::error::Error;
use crate::sys;
use checks::Visit;
use client::Line;

/// What to check, and as whom.
pub struct Request<'a> {
    pub url: &'a str,
    pub app_id: &'a str,
    pub user: &'a str,
    pub token: Option<&'a str>,
    /// Somebody whom `user` must not pass for.
    pub other: &'a str,
    /// The longest message that the broker must take.
    pub longest: usize,
}

/// Told of each check as it is done: its name, whether it holds, and a sentence.
pub type Report<'a> = &'a mut dyn FnMut(&str, bool, &str);

/// A check's sentence: what holds, or why it does not.
type Finding = Result<String, String>;

/// Runs the checks, and waits for all of them. Whether all hold; where one fails on which the rest stands, it is the last.
pub fn run(request: &Request<'_>, report: Report<'_>) -> Result<bool, Error> {
    let address = Arc::new(Address::parse(request.url)?);
    let instance = sys::random_u128()? as u64;
    let names = Names::new(request.app_id, address.qualify, request.user, instance);
    let other = Names::new(request.app_id, address.qualify, request.other, 0);
    let mut all = true;
    let mut told = |check: &str, finding: Finding| {
        all &= finding.is_ok();
        let (Ok(sentence) | Err(sentence)) = &finding;
        report(check, finding.is_ok(), sentence);
        finding.is_ok()
    };
    if let Some(way) = reach(&address, &mut told) {
        let password = request.token.map(str::as_bytes);
        Visit { way, names, other, user: request.other, password, longest: request.longest }.run(&mut told);
    }
    Ok(all)
}

/// Name, TCP, TLS, WebSocket: each layer by a connection of its own, so that it is clear which one fails.
fn reach(address: &Arc<Address>, told: &mut impl FnMut(&str, Finding) -> bool) -> Option<Way> {
    let (what, host, port) = match &address.proxy {
        Some(proxy) => ("proxy", &proxy.host, proxy.port),
        None => ("broker", &address.host, address.port),
    };
    let sockets: Vec<SocketAddr> = match (host.as_str(), port).to_socket_addrs() {
        Ok(sockets) => sockets.collect(),
        Err(e) => {
            told("name", Err(format!("the {what} {host:?} cannot be resolved: {e}")));
            return None;
        }
    };
    let list: Vec<String> = sockets.iter().map(|socket| socket.ip().to_string()).collect();
    if !told("name", Ok(format!("{host} is {}", list.join(", ")))) {
        return None;
    }
    let mut found = Err(format!("the name {host:?} has no address"));
    for socket in sockets {
        let began = Instant::now();
        match TcpStream::connect_timeout(&socket, address.connect_timeout) {
            Ok(_) => {
                found = Ok((socket, began.elapsed()));
                break;
            }
            Err(e) => found = Err(format!("the {what} at {socket} does not answer: {e}")),
        }
    }
    let sentence = match &found {
        Ok((socket, took)) => Ok(format!("the {what} at {socket} answers in {:.1} ms", took.as_secs_f64() * 1e3)),
        Err(why) => Err(why.clone()),
    };
    told("tcp", sentence);
    let (socket, _) = found.ok()?;
    let mut way = Way { address: address.clone(), socket, tls: None };
    if address.tls {
        let config = tls::config(address, None).map_err(|failure| failure.why);
        let finding = config.and_then(|config| {
            way.tls = Some(config);
            shows_certificate(&way)
        });
        if !told("tls", finding) {
            return None;
        }
    }
    if address.web_socket.is_some() && !told("websocket", takes_web_socket(&way)) {
        return None;
    }
    Some(way)
}

fn shows_certificate(way: &Way) -> Finding {
    let address = &way.address;
    let bare = Way { address: Arc::new(Address { web_socket: None, ..(**address).clone() }), ..way.clone() };
    let line = Line::open(&bare)?;
    let until = line.last_day().map_or("has not expired".into(), |day| format!("is valid until {day}"));
    line.close();
    let name = address.server_name.as_ref().unwrap_or(&address.host);
    let trusted = address.ca_file.as_deref().unwrap_or("the system");
    Ok(format!("the certificate is for {name}, {until}, and {trusted} vouches for it"))
}

fn takes_web_socket(way: &Way) -> Finding {
    let line = Line::open(way)?;
    line.close();
    let path = way.address.web_socket.as_deref().unwrap_or_default();
    Ok(format!("MQTT is taken at {path}"))
}
