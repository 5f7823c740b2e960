//! The address of a broker: `mqtt://host:port?option=value&...`. Sentences about it never repeat a value that may be secret.

use std::time::Duration;

use crate::error::Error;
use crate::transport::quoted;

/// How long an address may be, in bytes.
const URL_MAX: usize = 4096;

/// A broker and how to reach it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    pub tls: bool,
    /// The path of the WebSocket, if it is one.
    pub web_socket: Option<String>,
    pub host: String,
    pub port: u16,
    /// A file of certificates to trust, in place of the system's.
    pub ca_file: Option<String>,
    /// Files with the certificate and the key that this client shows.
    pub client_cert: Option<(String, String)>,
    /// The name that the broker's certificate must bear, where it is not the host.
    pub server_name: Option<String>,
    pub keep_alive: u16,
    /// For one attempt, from the resolved name to the broker's answer.
    pub connect_timeout: Duration,
    pub proxy: Option<Proxy>,
    /// Names at the broker carry the app id.
    pub qualify: bool,
    /// Acknowledge what arrives at once.
    pub quick_ack: bool,
}

/// A proxy on the way to the broker.
#[derive(Clone, PartialEq, Eq)]
pub struct Proxy {
    pub kind: ProxyKind,
    pub host: String,
    pub port: u16,
    pub login: Option<(String, String)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProxyKind {
    Http,
    Socks5,
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} proxy {}:{}", self.kind, self.host, self.port)
    }
}

impl Address {
    /// Reads an address; the sentence names what is wrong with it.
    pub fn parse(url: &str) -> Result<Address, Error> {
        if url.len() > URL_MAX {
            return Err(wrong(format!("the carrier address is {} bytes, the limit is {URL_MAX}", url.len())));
        }
        if url.chars().any(|c| c.is_control() || c == ' ' || c == '#') {
            return Err(wrong(
                "the carrier address contains a space, a # or a control character: write it as %XX".into(),
            ));
        }
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (tls, web, port) = match scheme {
            "mqtt" => (false, false, 1883),
            "mqtts" => (true, false, 8883),
            "ws" => (false, true, 80),
            "wss" => (true, true, 443),
            _ => {
                return Err(wrong(
                    "the carrier address begins with none of mqtt://, mqtts://, ws:// and wss://".into(),
                ));
            }
        };
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = match place.find('/') {
            Some(at) => place.split_at(at),
            None => (place, ""),
        };
        if authority.contains('@') {
            let sentence =
                "the carrier address holds a user: who logs in is said at the login, with the password as token";
            return Err(wrong(sentence.into()));
        }
        if !web && !matches!(path, "" | "/") {
            return Err(wrong(format!("a {scheme}:// address has no path")));
        }
        let (host, port) = host_and_port(authority, port, "carrier address")?;
        let mut address = Address {
            tls,
            web_socket: web.then(|| if matches!(path, "" | "/") { "/mqtt".into() } else { path.into() }),
            host,
            port,
            ca_file: None,
            client_cert: None,
            server_name: None,
            keep_alive: 15,
            connect_timeout: Duration::from_secs(10),
            proxy: None,
            qualify: false,
            quick_ack: true,
        };
        address.read_options(query)?;
        Ok(address)
    }

    fn read_options(&mut self, query: &str) -> Result<(), Error> {
        let (mut cert, mut key) = (None, None);
        let mut seen = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (option, value) = pair.split_once('=').unwrap_or((pair, ""));
            if seen.contains(&option) {
                return Err(wrong(format!("the carrier address has the option{} twice", quoted(option))));
            }
            seen.push(option);
            let bad = |must: &str| wrong(format!("the option {option} of the carrier address must be {must}"));
            let text = decode(value).filter(|text| !text.is_empty());
            let text = || text.clone().ok_or_else(|| bad("a text, with %XX for special characters"));
            let number = |least: u16, most: u16| match value.parse() {
                Ok(number) if (least..=most).contains(&number) => Ok(number),
                _ => Err(bad(&format!("a whole number from {least} to {most}"))),
            };
            match option {
                "ca_file" => self.ca_file = Some(text()?),
                "client_cert" => cert = Some(text()?),
                "client_key" => key = Some(text()?),
                "server_name" => self.server_name = Some(text()?),
                "keepalive" => self.keep_alive = number(1, 3600)?,
                "connect_timeout" => self.connect_timeout = Duration::from_secs(number(1, 300)?.into()),
                "proxy" => self.proxy = Some(Proxy::parse(&text()?)?),
                "qualify" => self.qualify = number(0, 1)? == 1,
                "quickack" => self.quick_ack = number(0, 1)? == 1,
                _ => return Err(wrong(format!("the carrier address has no option{}", quoted(option)))),
            }
        }
        self.client_cert = match (cert, key) {
            (Some(cert), Some(key)) => Some((cert, key)),
            (None, None) => None,
            _ => return Err(wrong("the options client_cert and client_key of the carrier address go together".into())),
        };
        let for_tls = ["ca_file", "client_cert", "client_key", "server_name"];
        match seen.iter().find(|option| !self.tls && for_tls.contains(option)) {
            Some(option) => Err(wrong(format!("the option {option} is for mqtts:// and wss:// addresses"))),
            None => Ok(()),
        }
    }

    /// Host and port, for sentences.
    pub fn place(&self) -> String {
        place(&self.host, self.port)
    }
}

/// A host and a port as they stand in an address.
pub fn place(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

impl Proxy {
    fn parse(url: &str) -> Result<Proxy, Error> {
        let (kind, port, rest) = match url.split_once("://") {
            Some(("http", rest)) => (ProxyKind::Http, 8080, rest),
            Some(("socks5", rest)) => (ProxyKind::Socks5, 1080, rest),
            _ => return Err(wrong("the proxy begins with none of http:// and socks5://".into())),
        };
        let (login, authority) = match rest.trim_end_matches('/').rsplit_once('@') {
            Some((login, authority)) => (Some(login), authority),
            None => (None, rest.trim_end_matches('/')),
        };
        let (host, port) = host_and_port(authority, port, "proxy")?;
        let login = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
            Some((user, password)) => match (decode(user), decode(password)) {
                // SOCKS5 counts them in one byte (RFC 1929).
                (Some(user), Some(password)) if user.len() <= 255 && password.len() <= 255 && !user.is_empty() => {
                    Some((user, password))
                }
                _ => return Err(wrong("the user or password of the proxy is not valid".into())),
            },
            None => None,
        };
        Ok(Proxy { kind, host, port, login })
    }
}

fn host_and_port(authority: &str, default: u16, what: &str) -> Result<(String, u16), Error> {
    let (host, rest) = match authority.strip_prefix('[') {
        Some(inside) => inside.split_once(']').ok_or_else(|| wrong(format!("the {what} has a [ without ]")))?,
        None => authority.find(':').map_or((authority, ""), |at| authority.split_at(at)),
    };
    if host.is_empty() || host.len() > 253 || host.contains(['@', '%', '/']) {
        return Err(wrong(format!("the {what} has no valid host")));
    }
    let port = match rest.strip_prefix(':') {
        Some(digits) => digits.parse().ok().filter(|port| *port != 0),
        None if rest.is_empty() => Some(default),
        None => None,
    };
    let port = port.ok_or_else(|| wrong(format!("the port of the {what} must be a whole number from 1 to 65535")))?;
    Ok((host.into(), port))
}

/// Undoes %XX.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    let digit = |rest: &mut std::str::Bytes<'_>| char::from(rest.next()?).to_digit(16);
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => (digit(&mut rest)? << 4 | digit(&mut rest)?) as u8,
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok().filter(|text| !text.contains(char::is_control))
}

fn wrong(sentence: String) -> Error {
    Error::InvalidArgument(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        Address::parse(url).expect_err(url).to_string()
    }

    #[test]
    fn an_address_has_defaults() {
        let address = Address::parse("mqtt://broker.example").unwrap();
        assert_eq!((address.host.as_str(), address.port, address.tls), ("broker.example", 1883, false));
        assert_eq!((address.keep_alive, address.web_socket, address.quick_ack), (15, None, true));
        assert_eq!(Address::parse("mqtts://[::1]").unwrap().place(), "[::1]:8883");
        let web = Address::parse("wss://broker/").unwrap();
        assert_eq!((web.port, web.web_socket.as_deref(), web.tls), (443, Some("/mqtt"), true));
        assert_eq!(Address::parse("ws://broker:8080/a/b?quickack=0").unwrap().web_socket.as_deref(), Some("/a/b"));
    }

    #[test]
    fn options_are_read() {
        let address = Address::parse(
            "mqtts://h:1?ca_file=/a%20b.pem&client_cert=c&client_key=k&server_name=n&keepalive=30&connect_timeout=3\
             &proxy=socks5://u:p%2540w@px:99&qualify=1&quickack=0",
        )
        .unwrap();
        assert_eq!(address.ca_file.as_deref(), Some("/a b.pem"));
        assert_eq!(address.client_cert, Some(("c".into(), "k".into())));
        assert_eq!((address.keep_alive, address.connect_timeout), (30, Duration::from_secs(3)));
        let proxy = address.proxy.unwrap();
        assert_eq!((proxy.kind, proxy.host.as_str(), proxy.port), (ProxyKind::Socks5, "px", 99));
        assert_eq!(proxy.login, Some(("u".into(), "p@w".into())));
        assert!(!format!("{proxy:?}").contains("p@w"));
        assert!(address.qualify && !address.quick_ack);
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_repeated() {
        for (url, names) in [
            ("mqtt://", "host"),
            ("mqtt://h:0", "port"),
            ("mqtt://h:99999", "port"),
            ("mqtt://[::1", "["),
            ("mqtt://alice:secret@h", "user"),
            ("mqtt://h/path", "path"),
            ("mqtt://h?colour=secret", "\"colour\""),
            // Passwords written as they are, with a ? in them.
            ("mqtt://alice:pa?secret@h", "port"),
            ("mqtt://alice?pa:secret@h", "option"),
            ("mqtt://h?keepalive=0", "keepalive"),
            ("mqtt://h?keepalive=5&keepalive=6", "twice"),
            ("mqtt://h?qualify=secret", "qualify"),
            ("mqtt://h?ca_file=secret", "ca_file"),
            ("mqtts://h?client_cert=secret", "client_key"),
            ("mqtt://h?proxy=ftp://secret", "proxy"),
            ("mqtt://h?proxy=http://secret@", "proxy"),
            ("mqtt://h?proxy=http://:secret@px", "proxy"),
            ("mqtt://h h?secret", "space"),
            ("mqtts://h?ca_file=%zz", "ca_file"),
        ] {
            let sentence = refusal(url);
            assert!(sentence.contains(names), "{url}: {sentence}");
            assert!(!sentence.contains("secret"), "{url}: {sentence}");
        }
    }
}
