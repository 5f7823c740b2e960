//! Through a proxy: HTTP CONNECT (RFC 9110, section 9.3.6) and SOCKS5 (RFC 1928, with the passwords of RFC 1929). The name of
//! the broker is resolved by the proxy.

use std::io::{self, Read, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::address::{Proxy, ProxyKind, place};
use super::stream::Failure;

/// The longest answer of an HTTP proxy.
const MAX_ANSWER: usize = 8 << 10;

/// The way through a proxy, under way.
pub struct Tunnel {
    host: String,
    port: u16,
    login: Option<(String, String)>,
    step: Step,
    out: Vec<u8>,
    /// What has arrived of the present answer; never a byte of what comes after the proxy's last.
    answer: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Http,
    SocksMethod,
    SocksLogin,
    SocksConnect,
}

impl Tunnel {
    pub fn new(proxy: &Proxy, host: &str, port: u16) -> Tunnel {
        let (step, out) = match proxy.kind {
            ProxyKind::Http => (Step::Http, http_request(proxy, host, port)),
            // Without a password, or with one.
            ProxyKind::Socks5 if proxy.login.is_some() => (Step::SocksMethod, vec![5, 2, 0, 2]),
            ProxyKind::Socks5 => (Step::SocksMethod, vec![5, 1, 0]),
        };
        Tunnel { host: host.into(), port, login: proxy.login.clone(), step, out, answer: Vec::new() }
    }

    /// Goes on as far as it goes now. True: what is read and written from now on is the broker's.
    pub fn advance(&mut self, socket: &mut (impl Read + Write)) -> Result<bool, Failure> {
        let broken = |e: io::Error| Failure::network(format!("the connection to the proxy broke: {e}"));
        loop {
            while !self.out.is_empty() {
                match socket.write(&self.out) {
                    Ok(count) => drop(self.out.drain(..count)),
                    Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                    Err(e) => return Err(broken(e)),
                }
            }
            let missing = self.missing();
            if missing == 0 {
                if self.understand()? {
                    return Ok(true);
                }
                self.answer.clear();
                continue;
            }
            let mut bytes = vec![0; missing];
            match socket.read(&mut bytes) {
                Ok(0) => return Err(Failure::network("the proxy closed the connection")),
                Ok(count) => self.answer.extend(&bytes[..count]),
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(e) => return Err(broken(e)),
            }
        }
    }

    /// How many bytes of the present answer are certain to come.
    fn missing(&self) -> usize {
        let whole = match self.step {
            Step::Http => {
                let ended = self.answer.ends_with(b"\r\n\r\n") || self.answer.len() >= MAX_ANSWER;
                return usize::from(!ended);
            }
            Step::SocksMethod | Step::SocksLogin => 2,
            Step::SocksConnect => match (self.answer.get(3), self.answer.get(4)) {
                (Some(1), _) => 4 + 4 + 2,
                (Some(4), _) => 4 + 16 + 2,
                (Some(_), Some(length)) => 4 + 1 + usize::from(*length) + 2,
                _ => 5,
            },
        };
        whole.saturating_sub(self.answer.len())
    }

    /// Reads a complete answer. True: it was the last.
    fn understand(&mut self) -> Result<bool, Failure> {
        match self.step {
            Step::Http => {
                let line = self.answer.split(|byte| *byte == b'\r').next().unwrap_or_default();
                let code = line.split(|byte| *byte == b' ').nth(1).and_then(|code| std::str::from_utf8(code).ok());
                match code {
                    Some(code) if line.starts_with(b"HTTP/1.") && code.starts_with('2') => Ok(true),
                    Some(code) if line.starts_with(b"HTTP/1.") && code.bytes().all(|digit| digit.is_ascii_digit()) => {
                        Err(Failure::network(format!("the proxy answered {code} to CONNECT")))
                    }
                    _ => Err(Failure::network("the proxy does not speak HTTP")),
                }
            }
            Step::SocksMethod => match (&self.answer[..], &self.login) {
                ([5, 0], _) => Ok(self.socks_connect()),
                ([5, 2], Some((user, password))) => {
                    self.out.extend([1, user.len() as u8]);
                    self.out.extend(user.as_bytes());
                    self.out.push(password.len() as u8);
                    self.out.extend(password.as_bytes());
                    self.step = Step::SocksLogin;
                    Ok(false)
                }
                ([5, _], _) => Err(Failure::network("the proxy wants another login")),
                _ => Err(Failure::network("the proxy does not speak SOCKS5")),
            },
            Step::SocksLogin if self.answer[1] == 0 => Ok(self.socks_connect()),
            Step::SocksLogin => Err(Failure::network("the proxy refused user or password")),
            Step::SocksConnect if self.answer[..2] == [5, 0] => Ok(true),
            Step::SocksConnect => {
                let why = match self.answer[1] {
                    2 => "its rules forbid it",
                    3 => "the network is unreachable",
                    4 => "the host is unreachable",
                    5 => "the connection was refused",
                    _ => "it failed",
                };
                Err(Failure::network(format!("the proxy did not connect: {why}")))
            }
        }
    }

    fn socks_connect(&mut self) -> bool {
        self.out.extend([5, 1, 0]);
        match self.host.parse() {
            Ok(std::net::IpAddr::V4(ip)) => {
                self.out.push(1);
                self.out.extend(ip.octets());
            }
            Ok(std::net::IpAddr::V6(ip)) => {
                self.out.push(4);
                self.out.extend(ip.octets());
            }
            Err(_) => {
                self.out.extend([3, self.host.len() as u8]); // An address has at most 253 bytes.
                self.out.extend(self.host.as_bytes());
            }
        }
        self.out.extend(self.port.to_be_bytes());
        self.step = Step::SocksConnect;
        false
    }
}

fn http_request(proxy: &Proxy, host: &str, port: u16) -> Vec<u8> {
    let place = place(host, port);
    let mut request = format!("CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n");
    if let Some((user, password)) = &proxy.login {
        let login = STANDARD.encode(format!("{user}:{password}"));
        request.push_str(&format!("Proxy-Authorization: Basic {login}\r\n"));
    }
    request.push_str("\r\n");
    request.into_bytes()
}
