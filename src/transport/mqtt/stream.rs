//! One non-blocking stream of bytes to a broker: TCP, through a proxy if need be, TLS or not, WebSocket or not.
//!
//! It is opened step by step ([`Stream::advance`]) as the socket becomes ready, then read and written. Nothing here waits.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use rustls::ClientConfig;
use tungstenite::client::IntoClientRequest;
use tungstenite::error::ProtocolError;
use tungstenite::handshake::client::ClientHandshake;
use tungstenite::handshake::{HandshakeError, MidHandshake};
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Message, WebSocket};

use super::address::{Address, place};
use super::protocol::MAX_PACKET;
use super::proxy::Tunnel;
use super::tls::{self, Tls};
use crate::sys;

/// The way to a broker, ready to be tried.
#[derive(Clone)]
pub struct Way {
    pub address: Arc<Address>,
    /// The broker's, or the proxy's.
    pub socket: SocketAddr,
    pub tls: Option<Arc<ClientConfig>>,
}

/// Why a stream could not be opened.
#[derive(Debug)]
pub struct Failure {
    pub why: String,
    /// It lies in certificates: trying again does not help.
    pub certificate: bool,
}

impl Failure {
    pub fn network(why: impl Into<String>) -> Failure {
        Failure { why: why.into(), certificate: false }
    }
}

/// A stream to a broker.
pub struct Stream {
    way: Way,
    stage: Stage,
    /// Of the WebSocket: a frame waits for the socket.
    unsent: bool,
    /// Of the WebSocket: what is left of the last message.
    rest: Vec<u8>,
}

enum Stage {
    Connecting(Socket),
    Tunnel(Socket, Tunnel),
    Securing(Box<Tls>),
    Upgrading(MidHandshake<ClientHandshake<Layer>>),
    Open(Layer),
    Web(Box<WebSocket<Layer>>),
    /// While it moves from one to the next, and after a failure.
    Gone,
}

/// What carries the bytes of MQTT, or of the WebSocket.
pub enum Layer {
    Plain(Socket),
    Tls(Box<Tls>),
}

impl Stream {
    /// Begins to connect; readiness is reported for `token`.
    pub fn open(way: Way, registry: &Registry, token: Token) -> Result<Stream, Failure> {
        let begin = || {
            let mut tcp = TcpStream::connect(way.socket)?;
            registry.register(&mut tcp, token, Interest::READABLE | Interest::WRITABLE)?;
            Ok(tcp)
        };
        let tcp = begin().map_err(|e: io::Error| Failure::network(reach(&way, &e)))?;
        let socket = Socket { tcp, quick_ack: way.address.quick_ack, left: usize::MAX };
        Ok(Stream { way, stage: Stage::Connecting(socket), unsent: false, rest: Vec::new() })
    }

    /// Goes on with opening, as far as it goes now. True: it is open.
    pub fn advance(&mut self) -> Result<bool, Failure> {
        loop {
            let (stage, moved) = match std::mem::replace(&mut self.stage, Stage::Gone) {
                Stage::Connecting(socket) => self.connecting(socket)?,
                Stage::Tunnel(mut socket, mut tunnel) => match tunnel.advance(&mut socket)? {
                    true => (self.connected(socket)?, true),
                    false => (Stage::Tunnel(socket, tunnel), false),
                },
                Stage::Securing(mut tls) => match tls.advance()? {
                    true => (self.upgrade(Layer::Tls(tls))?, true),
                    false => (Stage::Securing(tls), false),
                },
                Stage::Upgrading(handshake) => upgraded(handshake.handshake())?,
                open @ (Stage::Open(_) | Stage::Web(_)) => {
                    self.stage = open;
                    return Ok(true);
                }
                Stage::Gone => return Err(Failure::network("the connection is closed")),
            };
            self.stage = stage;
            if !moved {
                return Ok(false);
            }
        }
    }

    fn connecting(&self, socket: Socket) -> Result<(Stage, bool), Failure> {
        let failed = |e: &io::Error| Failure::network(reach(&self.way, e));
        if let Some(e) = socket.tcp.take_error().map_err(|e| failed(&e))? {
            return Err(failed(&e));
        }
        if socket.tcp.peer_addr().is_err() {
            return Ok((Stage::Connecting(socket), false));
        }
        socket.tcp.set_nodelay(true).map_err(|e| failed(&e))?;
        if socket.quick_ack {
            sys::set_quick_ack(&socket.tcp);
        }
        let address = &self.way.address;
        match &address.proxy {
            Some(proxy) => Ok((Stage::Tunnel(socket, Tunnel::new(proxy, &address.host, address.port)), true)),
            None => Ok((self.connected(socket)?, true)),
        }
    }

    /// There is a connection to the broker.
    fn connected(&self, socket: Socket) -> Result<Stage, Failure> {
        match &self.way.tls {
            Some(config) => Ok(Stage::Securing(Box::new(Tls::new(config, &self.way.address, socket)?))),
            None => self.upgrade(Layer::Plain(socket)),
        }
    }

    fn upgrade(&self, layer: Layer) -> Result<Stage, Failure> {
        let address = &self.way.address;
        let Some(path) = &address.web_socket else { return Ok(Stage::Open(layer)) };
        let scheme = if address.tls { "wss" } else { "ws" };
        let url = format!("{scheme}://{}{path}", place(&address.host, address.port));
        let mut request = url.into_client_request().map_err(|e| Failure::network(format!("WebSocket: {e}")))?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", tungstenite::http::HeaderValue::from_static("mqtt"));
        let limit = Some(MAX_PACKET as usize * 2);
        let config = WebSocketConfig::default().write_buffer_size(0).max_message_size(limit).max_frame_size(limit);
        upgraded(ClientHandshake::start(layer, request, Some(config)).map_err(|e| web_failure(&e))?.handshake())
            .map(|(stage, _)| stage)
    }

    /// From now on so many bytes are read from the socket, and then it is as if no more had arrived. TLS and the WebSocket may
    /// be sent any number of them without one for MQTT.
    pub fn allow(&mut self, bytes: usize) {
        if let Some(socket) = self.socket() {
            socket.left = bytes;
        }
    }

    /// Whether it is only as if: there may be more.
    pub fn is_used_up(&mut self) -> bool {
        self.socket().is_some_and(|socket| socket.left == 0)
    }

    fn socket(&mut self) -> Option<&mut Socket> {
        let layer = match &mut self.stage {
            Stage::Open(layer) => layer,
            Stage::Web(socket) => socket.get_mut(),
            _ => return None,
        };
        match layer {
            Layer::Plain(socket) => Some(socket),
            Layer::Tls(tls) => Some(&mut tls.socket),
        }
    }

    /// Reads what has arrived. `Ok(0)`: the broker closed the connection.
    pub fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match &mut self.stage {
            Stage::Open(layer) => layer.read(into),
            Stage::Web(socket) => {
                while self.rest.is_empty() {
                    match socket.read().map_err(web_error)? {
                        Message::Binary(bytes) => self.rest = bytes.into(),
                        Message::Close(_) => return Ok(0),
                        // Pings are answered by the layer below; texts are not MQTT.
                        Message::Text(_) => return Err(io::Error::other("a text came over the WebSocket")),
                        _ => {}
                    }
                }
                let count = self.rest.len().min(into.len());
                into[..count].copy_from_slice(&self.rest[..count]);
                self.rest.drain(..count);
                Ok(count)
            }
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Writes as much as goes now.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.stage {
            Stage::Open(layer) => layer.write(bytes),
            Stage::Web(_) => {
                self.flush()?;
                let Stage::Web(socket) = &mut self.stage else { return Err(io::ErrorKind::NotConnected.into()) };
                match socket.write(Message::binary(bytes.to_vec())).map_err(web_error) {
                    Err(e) if e.kind() != io::ErrorKind::WouldBlock => return Err(e),
                    _ => self.unsent = true, // It is in the buffer, whether or not the socket took it.
                }
                match self.flush() {
                    Err(e) if e.kind() != io::ErrorKind::WouldBlock => Err(e),
                    _ => Ok(bytes.len()),
                }
            }
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Sends what layers have kept. `WouldBlock`: not all of it went.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.stage {
            Stage::Open(layer) => layer.flush(),
            Stage::Web(socket) => {
                if self.unsent {
                    socket.flush().map_err(web_error)?;
                    self.unsent = false;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The certificate of the broker, in DER; none where there is no TLS, or no open stream.
    pub fn certificate(&self) -> Option<&[u8]> {
        let layer = match &self.stage {
            Stage::Open(layer) => layer,
            Stage::Web(socket) => socket.get_ref(),
            _ => return None,
        };
        match layer {
            Layer::Tls(tls) => tls.certificate(),
            Layer::Plain(_) => None,
        }
    }

    /// The other side hears that nothing more comes.
    pub fn shutdown(&mut self) {
        let layer = match &mut self.stage {
            Stage::Open(layer) => layer,
            Stage::Web(socket) => {
                let _ = socket.close(None);
                let _ = socket.flush();
                socket.get_mut()
            }
            _ => return,
        };
        let socket = match layer {
            Layer::Plain(socket) => socket,
            Layer::Tls(tls) => {
                tls.close();
                &mut tls.socket
            }
        };
        let _ = socket.tcp.shutdown(std::net::Shutdown::Write);
    }
}

type Upgraded =
    Result<(WebSocket<Layer>, tungstenite::handshake::client::Response), HandshakeError<ClientHandshake<Layer>>>;

fn upgraded(answer: Upgraded) -> Result<(Stage, bool), Failure> {
    match answer {
        Ok((socket, _)) => Ok((Stage::Web(Box::new(socket)), true)),
        Err(HandshakeError::Interrupted(handshake)) => Ok((Stage::Upgrading(handshake), false)),
        Err(HandshakeError::Failure(e)) => Err(web_failure(&e)),
    }
}

fn web_failure(e: &tungstenite::Error) -> Failure {
    match e {
        tungstenite::Error::Http(answer) => {
            Failure::network(format!("the broker answered the WebSocket request with {}", answer.status()))
        }
        tungstenite::Error::Io(e) => {
            tls::refusal(e).unwrap_or_else(|| Failure::network(format!("the WebSocket handshake broke: {e}")))
        }
        e => Failure::network(format!("the WebSocket handshake failed: {e}")),
    }
}

fn web_error(e: tungstenite::Error) -> io::Error {
    match e {
        tungstenite::Error::Io(e) => e,
        tungstenite::Error::ConnectionClosed
        | tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => {
            io::ErrorKind::UnexpectedEof.into()
        }
        e => io::Error::other(e),
    }
}

fn reach(way: &Way, e: &io::Error) -> String {
    let what = if way.address.proxy.is_some() { "proxy" } else { "broker" };
    format!("cannot reach the {what} at {}: {e}", way.socket)
}

/// A TCP socket. Writes one buffer at a time, which never raises SIGPIPE (a vectored write would), and acknowledges what
/// arrives at once if asked to.
pub struct Socket {
    tcp: TcpStream,
    quick_ack: bool,
    /// How many bytes may be read.
    left: usize,
}

impl Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        if self.quick_ack {
            sys::rearm_quick_ack(&self.tcp);
        }
        let most = into.len().min(self.left);
        let count = again(|| self.tcp.read(&mut into[..most]))?;
        self.left -= count;
        Ok(count)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        again(|| self.tcp.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An interrupted call begins again; a time-out is what Windows calls "not now".
fn again<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) if e.kind() == io::ErrorKind::TimedOut && cfg!(windows) => {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            answer => return answer,
        }
    }
}

impl Read for Layer {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self {
            Layer::Plain(socket) => socket.read(into),
            Layer::Tls(tls) => tls.read(into),
        }
    }
}

impl Write for Layer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Layer::Plain(socket) => socket.write(bytes),
            Layer::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Layer::Plain(socket) => socket.flush(),
            Layer::Tls(tls) => tls.flush(),
        }
    }
}
