//! A wire that can be cut: passes bytes on to a broker until a test says otherwise.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub struct Wire {
    pub port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    open: bool,
    streams: Vec<TcpStream>,
}

impl Wire {
    /// To this port of the loopback.
    pub fn to(broker: u16) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(Mutex::new(State { open: true, streams: Vec::new() }));
        let own = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                own.lock().unwrap().connect(stream, broker);
            }
        });
        Wire { port, state }
    }

    pub fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Ends all connections and lets none through.
    pub fn cut(&self) {
        let mut state = self.state.lock().unwrap();
        state.open = false;
        for stream in state.streams.drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets connections through again.
    pub fn mend(&self) {
        self.state.lock().unwrap().open = true;
    }
}

impl State {
    /// Passes on what comes over `near`, and drops it if the wire is cut.
    fn connect(&mut self, near: TcpStream, broker: u16) {
        let Some(far) = self.open.then(|| TcpStream::connect(("127.0.0.1", broker)).ok()).flatten() else { return };
        for (from, to) in [(&near, &far), (&far, &near)] {
            from.set_nodelay(true).unwrap();
            let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
            thread::spawn(move || pass_on(from, to));
        }
        self.streams.extend([near, far]);
    }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) {
    let mut pass = || -> io::Result<()> {
        let mut bytes = [0; 4096];
        loop {
            match from.read(&mut bytes)? {
                0 => return Ok(()),
                count => to.write_all(&bytes[..count])?,
            }
        }
    };
    let _ = pass();
    let _ = to.shutdown(Shutdown::Both);
}
