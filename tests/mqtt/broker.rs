//! A Mosquitto of this test's own.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const BOUND: Duration = Duration::from_secs(20);

/// A running broker; dropped, it is killed and its folder removed.
pub struct Broker {
    child: Option<Child>,
    pub folder: PathBuf,
    pub port: u16,
}

/// A port that nobody has just now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("the loopback has a free port").local_addr().unwrap().port()
}

impl Broker {
    /// A broker for everybody.
    pub fn start() -> Broker {
        Broker::with("allow_anonymous true\n")
    }

    /// A broker with these lines after its listener.
    pub fn with(settings: &str) -> Broker {
        Broker::prepared(|_| settings.to_owned())
    }

    /// A broker whose settings are made with its folder at hand.
    pub fn prepared(settings: impl FnOnce(&Path) -> String) -> Broker {
        static LAST: AtomicU32 = AtomicU32::new(0);
        let number = LAST.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("rtm-call-mqtt-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for the broker");
        let settings = settings(&folder);
        let mut broker = Broker { child: None, folder, port: 0 };
        // Somebody else may take the free port first.
        for _ in 0..10 {
            broker.port = free_port();
            let port = broker.port;
            // Started by root it would become another user, who may not write to the folder.
            let listener = format!("user root\nlistener {port} 127.0.0.1\n{settings}");
            fs::write(broker.folder.join("mosquitto.conf"), listener).unwrap();
            if broker.run() {
                return broker;
            }
        }
        panic!("mosquitto does not start: {}", fs::read_to_string(broker.folder.join("log")).unwrap_or_default());
    }

    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Kills the broker as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again on the same port.
    pub fn restart(&mut self) {
        self.kill();
        let until = Instant::now() + BOUND;
        while !self.run() {
            assert!(Instant::now() < until, "mosquitto does not start again");
        }
    }

    /// Has it read its passwords again.
    pub fn reload(&mut self) {
        let child = self.child.as_ref().expect("it runs");
        let before = self.log_lines("Reloading config");
        assert!(Command::new("kill").arg("-HUP").arg(child.id().to_string()).status().unwrap().success());
        let until = Instant::now() + BOUND;
        while self.log_lines("Reloading config") == before {
            assert!(Instant::now() < until, "mosquitto does not reload");
            std::thread::yield_now();
        }
    }

    /// What it has logged, for a test that failed.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    fn log_lines(&self, text: &str) -> usize {
        self.log().matches(text).count()
    }

    /// Starts it and waits until it listens; false if it ended.
    fn run(&mut self) -> bool {
        let log = fs::File::create(self.folder.join("log")).unwrap();
        let mut command = Command::new(program());
        command.arg("-v").arg("-c").arg(self.folder.join("mosquitto.conf")).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut child = command.spawn().expect("mosquitto runs");
        let until = Instant::now() + BOUND;
        while TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if child.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(Instant::now() < until, "mosquitto does not listen");
            std::thread::yield_now();
        }
        // It may have been somebody else who listens there.
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        self.child = Some(child);
        true
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Where mosquitto is.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let places = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let found = places.map(|place| place.join("mosquitto")).find(|file| file.exists());
    found.expect("mosquitto is not installed (Debian package mosquitto): the tests of the MQTT carrier need it")
}
