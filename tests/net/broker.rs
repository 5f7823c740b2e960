//! A Mosquitto of the test's own: on free loopback ports, with its own folder, gone when it is dropped.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::certificates::Pair;

/// How long a broker may take to answer.
const START: Duration = Duration::from_secs(20);

/// A running broker, or one that was stopped and can be started again.
pub struct Broker {
    folder: Folder,
    /// Where it listens, and the network namespace that it runs in, if not in ours.
    host: Ipv4Addr,
    namespace: Option<String>,
    ports: Vec<u16>,
    process: Option<Child>,
}

/// What a broker is to be like.
#[derive(Default)]
pub struct Wanted<'a> {
    /// Its listeners; each gets a port of its own, in this order.
    pub listeners: Vec<Listener<'a>>,
    /// Whether sessions and messages outlive a restart.
    pub persistence: bool,
    /// More lines of its configuration.
    pub more: String,
}

/// One listener.
#[derive(Clone, Copy)]
pub enum Listener<'a> {
    Tcp,
    WebSocket,
    Tls(&'a Pair),
    /// The file is the authority whose clients are let in.
    TlsWithClients(&'a Pair, &'a Path),
    WebSocketTls(&'a Pair),
    WebSocketTlsWithClients(&'a Pair, &'a Path),
}

impl<'a> Listener<'a> {
    fn is_web(self) -> bool {
        matches!(self, Listener::WebSocket | Listener::WebSocketTls(_) | Listener::WebSocketTlsWithClients(..))
    }

    fn pair(self) -> Option<&'a Pair> {
        match self {
            Listener::Tcp | Listener::WebSocket => None,
            Listener::Tls(pair) | Listener::WebSocketTls(pair) => Some(pair),
            Listener::TlsWithClients(pair, _) | Listener::WebSocketTlsWithClients(pair, _) => Some(pair),
        }
    }

    fn authority(self) -> Option<&'a Path> {
        match self {
            Listener::TlsWithClients(_, authority) | Listener::WebSocketTlsWithClients(_, authority) => Some(authority),
            _ => None,
        }
    }
}

impl Broker {
    /// An open broker with one plain listener, as Mosquitto is by default.
    pub fn plain() -> Broker {
        Broker::start(&Wanted { listeners: vec![Listener::Tcp], ..Wanted::default() })
    }

    /// Starts one and waits until all its listeners answer. Anonymous clients are let in unless `more` says otherwise.
    pub fn start(wanted: &Wanted<'_>) -> Broker {
        let folder = Folder::new("broker");
        let path = folder.0.clone();
        Broker::start_with(folder, wanted.listeners.len(), |ports| configuration(&path, ports, wanted))
    }

    /// Starts one in a folder of its own, with what `make` writes for so many free ports, and waits until all of them answer.
    pub fn start_with(folder: Folder, listeners: usize, make: impl Fn(&[u16]) -> String) -> Broker {
        let mut broker =
            Broker { folder, host: Ipv4Addr::LOCALHOST, namespace: None, ports: Vec::new(), process: None };
        // Another process may take a port between the asking and the listening.
        for _ in 0..5 {
            broker.ports = (0..listeners).map(|_| free_port()).collect();
            broker.folder.write("mosquitto.conf", &make(&broker.ports));
            if broker.start_again() {
                return broker;
            }
        }
        panic!("mosquitto does not start; it says:\n{}", broker.log());
    }

    /// A plain one that runs in a network namespace and listens there at `host`.
    pub fn start_inside(namespace: &str, host: Ipv4Addr) -> Broker {
        const PORT: u16 = 1883; // Nobody else is in there.
        let folder = Folder::new("broker");
        let wanted = Wanted { listeners: vec![Listener::Tcp], ..Wanted::default() };
        let text = configuration(&folder.0, &[PORT], &wanted).replace("127.0.0.1", &host.to_string());
        folder.write("mosquitto.conf", &text);
        let mut broker = Broker { folder, host, namespace: Some(namespace.into()), ports: vec![PORT], process: None };
        assert!(broker.start_again(), "mosquitto does not start; it says:\n{}", broker.log());
        broker
    }

    /// The port of a listener.
    pub fn port(&self, listener: usize) -> u16 {
        self.ports[listener]
    }

    /// The address of the first listener.
    pub fn address(&self) -> SocketAddr {
        SocketAddr::from((self.host, self.ports[0]))
    }

    /// The carrier's URL for the first listener, a plain one.
    pub fn url(&self) -> String {
        format!("mqtt://{}", self.address())
    }

    /// Ends it with its usual signal, which makes it save what it keeps, and waits until it is gone.
    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let pid = process.id().to_string();
            let asked = Command::new("kill").args(["-TERM", &pid]).status();
            assert!(asked.is_ok_and(|status| status.success()), "mosquitto (process {pid}) cannot be ended");
            process.wait().expect("it is our child");
        }
    }

    /// Ends it at once, and waits until it is gone.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill(); // It may have ended by itself.
            let _ = process.wait();
        }
    }

    /// Starts it again on the same ports; whether it answers in time.
    pub fn start_again(&mut self) -> bool {
        let log = self.folder.0.join("mosquitto.log");
        let log = File::options().create(true).append(true).open(log).expect("the folder is ours");
        let mut command = match &self.namespace {
            None => Command::new(program()),
            Some(namespace) => {
                let mut command = Command::new("ip");
                command.args(["netns", "exec", namespace, program()]);
                command
            }
        };
        let mut process = command
            .args(["-c", "mosquitto.conf"])
            .current_dir(&self.folder.0)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a file can be shared"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|e| panic!("mosquitto cannot be run (Debian package mosquitto): {e}"));
        let answer = self.ports.iter().all(|port| answers((self.host, *port).into(), &mut process));
        self.process = Some(process);
        if !answer {
            self.kill();
        }
        answer
    }

    /// What it logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.0.join("mosquitto.log")).unwrap_or_default()
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Debian puts it where only root looks.
fn program() -> &'static str {
    let usual = "/usr/sbin/mosquitto";
    if Path::new(usual).exists() { usual } else { "mosquitto" }
}

fn configuration(folder: &Path, ports: &[u16], wanted: &Wanted<'_>) -> String {
    let mut text = String::new();
    let mut line = |words: &str| {
        text.push_str(words);
        text.push('\n');
    };
    line("per_listener_settings false");
    line("log_dest stderr");
    line("log_type all");
    line("user root"); // Its folder is ours; without root the line has no effect.
    if !wanted.more.contains("allow_anonymous") {
        line("allow_anonymous true");
    }
    line(if wanted.persistence { "persistence true" } else { "persistence false" });
    line(&format!("persistence_location {}/", folder.display()));
    line(&wanted.more);
    for (port, listener) in ports.iter().zip(&wanted.listeners) {
        line(&format!("listener {port} 127.0.0.1"));
        if listener.is_web() {
            line("protocol websockets");
        }
        if let Some(pair) = listener.pair() {
            line(&format!("certfile {}", pair.certificate.display()));
            line(&format!("keyfile {}", pair.key.display()));
        }
        if let Some(authority) = listener.authority() {
            line(&format!("cafile {}", authority.display()));
            line("require_certificate true");
        }
    }
    text
}

/// Whether somebody listens there before the time is over or the process ends.
fn answers(address: SocketAddr, process: &mut Child) -> bool {
    let until = Instant::now() + START;
    while Instant::now() < until && matches!(process.try_wait(), Ok(None)) {
        match TcpStream::connect(address) {
            Ok(_) => return true,
            Err(e) if e.kind() == ErrorKind::ConnectionRefused => std::thread::sleep(Duration::from_millis(5)),
            Err(e) => panic!("{address} cannot be tried: {e}"),
        }
    }
    false
}

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port");
    listener.local_addr().expect("it is bound").port()
}

/// A folder below the target folder, removed with its owner.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Folder {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("net-{}-{name}-{number}", std::process::id()));
        fs::create_dir_all(&path).unwrap_or_else(|e| panic!("{} cannot be made: {e}", path.display()));
        Folder(path)
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        let mut file = File::create(&path).unwrap_or_else(|e| panic!("{} cannot be made: {e}", path.display()));
        file.write_all(text.as_bytes()).expect("there is room on the disk");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // After a failure it is worth a look.
        if !std::thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
