//! Between a client and its broker: passes MQTT packets on one by one, and cuts, delays, stalls, refuses or re-routes.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

/// Which way a packet goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    ToBroker,
    ToClient,
}

/// One packet that was passed on, or was about to be when the cut came.
#[derive(Clone, Debug)]
pub struct Packet {
    pub way: Way,
    /// The packet type of MQTT, as its standard numbers them.
    pub kind: u8,
    /// Of a PUBLISH.
    pub topic: String,
}

/// Where to cut the first connection: packets are counted from 1, both ways together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cut {
    /// This packet was read and is not passed on.
    Before(usize),
    /// This packet is the last one that is passed on.
    After(usize),
}

/// A running proxy.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    upstream: SocketAddr,
    refuse: bool,
    delay: Duration,
    /// New connections begin silent.
    silent: bool,
    cut: Option<Cut>,
    cut_at: Option<Instant>,
    closed: bool,
    last: usize,
    links: BTreeMap<usize, Link>,
    transcript: Vec<Packet>,
}

/// One connection through the proxy.
struct Link {
    client: TcpStream,
    broker: TcpStream,
    stalled: [bool; 2],
}

impl Link {
    fn close(&self) {
        let _ = self.client.shutdown(Shutdown::Both); // It may be closed already.
        let _ = self.broker.shutdown(Shutdown::Both);
    }
}

impl Proxy {
    pub fn new(upstream: SocketAddr) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let state = State {
            upstream,
            refuse: false,
            delay: Duration::ZERO,
            silent: false,
            cut: None,
            cut_at: None,
            closed: false,
            last: 0,
            links: BTreeMap::new(),
            transcript: Vec::new(),
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), changed: Condvar::new() });
        let own = shared.clone();
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { continue };
                if own.state.lock().closed {
                    break;
                }
                own.connect(client); // Where that fails the client sees its connection closed.
            }
        });
        Proxy { port, shared }
    }

    /// The carrier's URL. Tests share brokers and all have an Alice: names carry the app id.
    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}?qualify=1", self.port)
    }

    /// Cuts the first connection there.
    pub fn cut_at(&self, cut: Cut) {
        self.shared.state.lock().cut = Some(cut);
    }

    /// Cuts all connections now.
    pub fn cut_now(&self) {
        let mut state = self.shared.state.lock();
        state.cut_at = Some(Instant::now());
        state.links.values().for_each(Link::close);
    }

    /// Waits until the cut has happened; when.
    pub fn was_cut(&self, bound: Duration) -> Option<Instant> {
        self.wait(bound, |state| state.cut_at)
    }

    /// Waits until `found` finds something in the transcript of the first connection.
    pub fn passed<T>(&self, bound: Duration, found: impl Fn(&[Packet]) -> Option<T>) -> Option<T> {
        self.wait(bound, |state| found(&state.transcript))
    }

    /// Refuses new connections, or no longer.
    pub fn refuse(&self, on: bool) {
        self.shared.state.lock().refuse = on;
    }

    /// Packets that come from now on are passed on this much later.
    pub fn delay(&self, delay: Duration) {
        self.shared.state.lock().delay = delay;
    }

    /// On the connections that there are, nothing goes this way any more; the connections stay.
    pub fn stall(&self, way: Way) {
        let mut state = self.shared.state.lock();
        state.links.values_mut().for_each(|link| link.stalled[way as usize] = true);
    }

    /// All connections go on, with what had to wait.
    pub fn go_on(&self) {
        let mut state = self.shared.state.lock();
        state.silent = false;
        state.links.values_mut().for_each(|link| link.stalled = [false; 2]);
        self.shared.changed.notify_all();
    }

    /// As when a cable is pulled: nothing goes either way, on new connections neither, and nobody is told.
    pub fn go_silent(&self) {
        let mut state = self.shared.state.lock();
        state.silent = true;
        state.links.values_mut().for_each(|link| link.stalled = [true; 2]);
    }

    /// New connections go there.
    pub fn point_to(&self, upstream: SocketAddr) {
        self.shared.state.lock().upstream = upstream;
    }

    fn wait<T>(&self, bound: Duration, found: impl Fn(&State) -> Option<T>) -> Option<T> {
        let until = Instant::now() + bound;
        let mut state = self.shared.state.lock();
        loop {
            if let Some(found) = found(&state) {
                return Some(found);
            }
            if self.shared.changed.wait_until(&mut state, until).timed_out() {
                return found(&state);
            }
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.closed = true;
        state.links.values().for_each(Link::close);
        self.shared.changed.notify_all();
        drop(state);
        let _ = TcpStream::connect(("127.0.0.1", self.port)); // Wakes the thread that listens.
    }
}

impl Shared {
    fn connect(self: &Arc<Shared>, client: TcpStream) {
        let mut state = self.state.lock();
        if state.refuse {
            return;
        }
        let Ok(broker) = TcpStream::connect(state.upstream) else { return };
        let both = (|| -> io::Result<_> {
            client.set_nodelay(true)?;
            broker.set_nodelay(true)?;
            Ok([(client.try_clone()?, broker.try_clone()?), (broker.try_clone()?, client.try_clone()?)])
        })();
        let Ok(both) = both else { return };
        state.last += 1;
        let number = state.last;
        let stalled = [state.silent; 2];
        state.links.insert(number, Link { client, broker, stalled });
        drop(state);
        for ((from, to), way) in both.into_iter().zip([Way::ToBroker, Way::ToClient]) {
            let (sender, receiver) = channel();
            let (reading, writing) = (self.clone(), self.clone());
            thread::spawn(move || reading.read(number, way, from, &sender));
            thread::spawn(move || writing.write(number, way, to, &receiver));
        }
    }

    /// Reads packets and notes when each is due.
    fn read(&self, number: usize, way: Way, mut from: TcpStream, to: &Sender<(Instant, Vec<u8>)>) {
        while let Ok(packet) = read_packet(&mut from) {
            let due = Instant::now() + self.state.lock().delay;
            if self.while_stalled(number, way).is_none() || to.send((due, packet)).is_err() {
                break;
            }
        }
        // A connection that is silent does not tell of its end either.
        self.while_stalled(number, way);
    }

    /// Passes packets on when they are due.
    fn write(&self, number: usize, way: Way, mut to: TcpStream, from: &Receiver<(Instant, Vec<u8>)>) {
        for (due, packet) in from {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let Some(mut state) = self.while_stalled(number, way) else { break };
            // Under the lock: a cut is exactly between two packets.
            if state.count(number, way, &packet) || to.write_all(&packet).is_err() {
                break;
            }
            if state.cut_after(number) {
                break;
            }
            self.changed.notify_all();
        }
        let mut state = self.state.lock();
        if let Some(link) = state.links.remove(&number) {
            link.close();
        }
        self.changed.notify_all();
    }

    /// Waits until the connection is not stalled this way; `None` once it is gone.
    fn while_stalled(&self, number: usize, way: Way) -> Option<MutexGuard<'_, State>> {
        let mut state = self.state.lock();
        loop {
            match state.links.get(&number) {
                Some(link) if link.stalled[way as usize] && !state.closed => self.changed.wait(&mut state),
                Some(_) => return Some(state),
                None => return None,
            }
        }
    }
}

impl State {
    /// Notes a packet of the first connection; whether it must not be passed on.
    fn count(&mut self, number: usize, way: Way, packet: &[u8]) -> bool {
        if number != 1 || self.cut_at.is_some() {
            return false;
        }
        self.transcript.push(Packet { way, kind: packet[0] >> 4, topic: topic(packet) });
        let cut = self.cut == Some(Cut::Before(self.transcript.len()));
        if cut {
            self.cut_at = Some(Instant::now());
        }
        cut
    }

    fn cut_after(&mut self, number: usize) -> bool {
        let cut = number == 1 && self.cut_at.is_none() && self.cut == Some(Cut::After(self.transcript.len()));
        if cut {
            self.cut_at = Some(Instant::now());
        }
        cut
    }
}

/// One packet, with its fixed header: type, length in up to four groups of seven bits, and the rest.
fn read_packet(from: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut packet = vec![0; 2];
    from.read_exact(&mut packet)?;
    let (mut length, mut shift) = (usize::from(packet[1] & 0x7f), 7);
    while packet[packet.len() - 1] & 0x80 != 0 {
        if shift > 21 {
            return Err(io::Error::other("the length of the packet is no length"));
        }
        let mut byte = [0];
        from.read_exact(&mut byte)?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        packet.push(byte[0]);
    }
    let header = packet.len();
    packet.resize(header + length, 0);
    from.read_exact(&mut packet[header..])?;
    Ok(packet)
}

/// The topic of a PUBLISH: behind the fixed header, two bytes of length and the text.
fn topic(packet: &[u8]) -> String {
    const PUBLISH: u8 = 3;
    let body = packet.iter().skip(1).position(|byte| byte & 0x80 == 0).map_or(packet.len(), |last| last + 2);
    match packet.get(body..) {
        Some([high, low, rest @ ..]) if packet[0] >> 4 == PUBLISH => {
            let length = usize::from(*high) << 8 | usize::from(*low);
            String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::Broker;
    use crate::mqtt::Client;
    use crate::story::BOUND;

    /// CONNECT, CONNACK, PUBLISH, PUBACK of a bare client, cut at each boundary: what got through is what was to get through.
    #[test]
    fn the_proxy_cuts_where_it_says() {
        let broker = Broker::plain();
        for (cut, connected, arrives, answered) in [
            (Cut::Before(1), false, false, false),
            (Cut::After(1), false, false, false),
            (Cut::Before(2), false, false, false),
            (Cut::After(2), true, false, false),
            (Cut::Before(3), true, false, false),
            (Cut::After(3), true, true, false),
            (Cut::Before(4), true, true, false),
            (Cut::After(4), true, true, true),
        ] {
            let mut reader = Client::try_connect(broker.address(), "reader").expect("the broker is there");
            reader.subscribe("proxy/#");
            let proxy = Proxy::new(broker.address());
            proxy.cut_at(cut);
            let writer = Client::try_connect(([127, 0, 0, 1], proxy.port).into(), "writer");
            assert_eq!(writer.is_some(), connected, "{cut:?}");
            let answer = writer.map(|mut writer| writer.publish("proxy/first", b"").is_ok());
            assert_eq!(answer == Some(true), answered, "{cut:?}");
            assert!(proxy.was_cut(BOUND).is_some(), "{cut:?}");
            // What comes last shows what came before.
            let mut other = Client::try_connect(broker.address(), "other").expect("the broker is there");
            assert_eq!(other.publish("proxy/last", b"").expect("nobody cuts this one"), 0);
            let (first, _) = reader.next(BOUND).expect("the last one comes at least");
            assert_eq!(first == "proxy/first", arrives, "{cut:?}");
        }
    }

    #[test]
    fn the_proxy_stalls_refuses_and_goes_on() {
        let broker = Broker::plain();
        let proxy = Proxy::new(broker.address());
        let at = ([127, 0, 0, 1], proxy.port).into();
        let mut client = Client::try_connect(at, "client").expect("the broker is there");
        client.subscribe("proxy/#");
        proxy.stall(Way::ToClient);
        let mut other = Client::try_connect(broker.address(), "other").expect("the broker is there");
        other.publish("proxy/late", b"").expect("nobody stalls this one");
        assert!(client.next(Duration::from_millis(200)).is_none());
        proxy.go_on();
        assert_eq!(client.next(BOUND).expect("it goes on").0, "proxy/late");
        proxy.refuse(true);
        assert!(Client::try_connect(at, "second").is_none());
        proxy.refuse(false);
        assert!(Client::try_connect(at, "second").is_some());
        proxy.cut_now();
        assert!(client.is_closed());
    }
}
