//! A Mosquitto of the benchmark's own: on a free loopback port, with its own folder, gone when it is dropped.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::machine;

/// How long it may take to answer.
const START: Duration = Duration::from_secs(20);

/// What `cpp_examples/brokers/mosquitto` sets too, as far as it bears on speed.
const SHIPPED: &str = "set_tcp_nodelay true\nmax_inflight_messages 100\nmax_queued_messages 10000\n";

/// A running broker.
pub struct Broker {
    process: Child,
    folder: PathBuf,
    port: u16,
}

impl Broker {
    /// One that is set up for calls, as the example in cpp_examples is. The sentence says why there is none.
    pub fn start() -> Result<Broker, String> {
        Broker::with(SHIPPED)
    }

    /// One that has its listener and nothing else set.
    pub fn start_default() -> Result<Broker, String> {
        Broker::with("")
    }

    fn with(settings: &str) -> Result<Broker, String> {
        let folder = std::env::temp_dir().join(format!("rtm-call-broker-{}", std::process::id()));
        fs::create_dir_all(&folder).map_err(|e| format!("{} cannot be made: {e}", folder.display()))?;
        let started = Broker::start_in(&folder, settings);
        if started.is_err() {
            let _ = fs::remove_dir_all(&folder);
        }
        started
    }

    fn start_in(folder: &Path, settings: &str) -> Result<Broker, String> {
        // Another process may take a port between the asking and the listening.
        for _ in 0..10 {
            let port = free_port()?;
            // Started by root it would become a user who cannot read the folder.
            let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\nlog_dest none\nuser root\n{settings}");
            let file = folder.join("mosquitto.conf");
            fs::write(&file, text).map_err(|e| format!("{} cannot be written: {e}", file.display()))?;
            let process = Command::new(program())
                .arg("-c")
                .arg(&file)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .map_err(|e| format!("mosquitto cannot be run ({e}); it is in the Debian package mosquitto"))?;
            let mut broker = Broker { process, folder: folder.into(), port };
            if broker.answers() {
                return Ok(broker);
            }
        }
        Err("mosquitto does not start".into())
    }

    /// Whether it listens before the time is over or it ends.
    fn answers(&mut self) -> bool {
        let until = Instant::now() + START;
        while Instant::now() < until && matches!(self.process.try_wait(), Ok(None)) {
            if TcpStream::connect(self.address()).is_ok() {
                return true;
            }
            sleep(Duration::from_millis(5));
        }
        false
    }

    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.port).into()
    }

    pub fn url(&self) -> String {
        format!("mqtt://{}", self.address())
    }

    /// What it is.
    pub fn version(&self) -> String {
        machine::said(Command::new(program()).arg("-h"))
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Debian puts it where only root looks.
fn program() -> &'static str {
    let usual = "/usr/sbin/mosquitto";
    if Path::new(usual).exists() { usual } else { "mosquitto" }
}

fn free_port() -> Result<u16, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|e| format!("the loopback has no free port: {e}"))
}
