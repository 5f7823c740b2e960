//! What may take its time before a connection is tried: resolving a name, reading certificates. It runs on threads of its own,
//! "rtm-resolve", that end when there is nothing left to do.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};

use super::address::Address;
use super::stream::{Failure, Way};
use super::tls;
use crate::runtime::sheltered;
use crate::sys::{self, Stack};

/// A name server that does not answer holds up so many threads at most.
const MAX_THREADS: usize = 4;

/// So many names wait for a thread at most.
const MAX_WAITING: usize = 10_000;

/// The ways to a broker, best first; never empty.
pub type Ways = Result<Vec<Way>, Failure>;

/// Finds the ways to `address` and tells `found`, here if that takes no time, else on another thread.
pub fn resolve(address: &Arc<Address>, pem: Option<Arc<str>>, found: impl FnOnce(Ways) + Send + 'static) {
    let (host, port) = target(address);
    if !address.tls
        && let Ok(ip) = host.parse::<IpAddr>()
    {
        let way = Way { address: address.clone(), socket: SocketAddr::new(ip, port), tls: None };
        return found(Ok(vec![way]));
    }
    let address = address.clone();
    let job = Box::new(move || found(ways(&address, pem.as_deref())));
    let mut queue = QUEUE.lock();
    if queue.jobs.len() >= MAX_WAITING {
        return; // The session gives this attempt up by itself.
    }
    queue.jobs.push_back(job);
    if queue.threads < MAX_THREADS && sys::spawn("rtm-resolve", Stack::Library, work).is_ok() {
        queue.threads += 1;
    }
    // Without a thread the job waits for the next one; the session gives this attempt up meanwhile.
}

/// Whom to connect to: the proxy, if there is one.
fn target(address: &Address) -> (&str, u16) {
    match &address.proxy {
        Some(proxy) => (&proxy.host, proxy.port),
        None => (&address.host, address.port),
    }
}

fn ways(address: &Arc<Address>, pem: Option<&str>) -> Ways {
    let tls = if address.tls { Some(tls::config(address, pem)?) } else { None };
    let (host, port) = target(address);
    let found = (host, port).to_socket_addrs();
    let found = found.map_err(|e| Failure::network(format!("the name {host:?} cannot be resolved: {e}")))?;
    let ways: Vec<Way> = found.map(|socket| Way { address: address.clone(), socket, tls: tls.clone() }).collect();
    match ways.is_empty() {
        true => Err(Failure::network(format!("the name {host:?} has no address"))),
        false => Ok(ways),
    }
}

struct Queue {
    jobs: VecDeque<Box<dyn FnOnce() + Send>>,
    threads: usize,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { jobs: VecDeque::new(), threads: 0 });

/// A thread of it.
fn work() {
    let mut queue = QUEUE.lock();
    while let Some(job) = queue.jobs.pop_front() {
        MutexGuard::unlocked(&mut queue, || sheltered(job));
    }
    queue.threads -= 1;
}
