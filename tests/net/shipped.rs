//! Mosquitto as this project ships it: cpp_examples/brokers/mosquitto, its own script run, its ports replaced by free ones.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::broker::{Broker, Folder};

/// The ports that the shipped configuration names: plain, TLS, WebSocket, WebSocket over TLS.
const PORTS: [u16; 4] = [1883, 8883, 8083, 8084];

/// A running broker in the shipped configuration.
pub struct Shipped {
    pub broker: Broker,
    folder: PathBuf,
}

impl Shipped {
    /// Starts it with these users, each with the password `<user>'s secret`.
    pub fn start(users: &[&str]) -> Shipped {
        Shipped::start_with(users, |_| ())
    }

    /// The same; `change` may replace files before the start.
    pub fn start_with(users: &[&str], change: impl Fn(&Path)) -> Shipped {
        let folder = Folder::new("shipped");
        let path = folder.0.clone();
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("cpp_examples/brokers/mosquitto");
        for name in ["setup.sh", "mosquitto.conf", "acl"] {
            fs::copy(shipped.join(name), path.join(name)).unwrap_or_else(|e| panic!("{name} is not shipped: {e}"));
        }
        let setup = |arguments: &[&str]| {
            let made =
                Command::new("sh").arg(path.join("setup.sh")).args(arguments).output().expect("there is a shell");
            assert!(made.status.success(), "setup.sh {arguments:?}: {}", String::from_utf8_lossy(&made.stderr));
            String::from_utf8_lossy(&made.stdout).into_owned()
        };
        setup(&[]);
        for user in users {
            setup(&["user", user, &secret(user)]);
        }
        change(&path);
        let configuration = fs::read_to_string(path.join("mosquitto.conf")).expect("it was just copied");
        let make = |ports: &[u16]| {
            let mut text = configuration.clone();
            for (shipped, free) in PORTS.iter().zip(ports) {
                let begin = format!("listener {shipped}");
                let line = text.lines().find(|line| line.starts_with(&begin)).expect("the shipped listeners are known");
                text = text.replace(line, &format!("listener {free} 127.0.0.1"));
            }
            text + "\nuser root\n" // The folder is this test's; without root the line has no effect.
        };
        let broker = Broker::start_with(folder, PORTS.len(), make);
        Shipped { broker, folder: path }
    }

    /// Where the plain listener is.
    pub fn address(&self) -> SocketAddr {
        self.broker.address()
    }

    /// The URL of the plain listener, of TLS, WebSocket, or WebSocket over TLS; the last two of four with the private CA.
    pub fn url(&self, listener: usize) -> String {
        let scheme = ["mqtt", "mqtts", "ws", "wss"][listener];
        // The certificate is for this name.
        let url = format!("{scheme}://localhost:{}", self.broker.port(listener));
        let path = if listener >= 2 { "/mqtt" } else { "" };
        let trust = if listener % 2 == 1 { format!("?ca_file={}", self.ca().display()) } else { String::new() };
        format!("{url}{path}{trust}")
    }

    /// The private CA's certificate.
    pub fn ca(&self) -> PathBuf {
        self.folder.join("tls/ca.crt")
    }
}

/// The password of a user.
pub fn secret(user: &str) -> String {
    format!("{user}'s secret")
}
