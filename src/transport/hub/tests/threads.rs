//! Real threads, real time.

use super::*;
use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;

/// An inbox that checks that the messages of each sender come complete and in order.
#[derive(Default)]
struct Ledger {
    next: Mutex<HashMap<Arc<str>, u64>>,
    total: AtomicUsize,
}

impl Inbox for Ledger {
    fn link(&self, _link: Link) {}
    fn presence(&self, _user: &str, _presence: Presence) {}
    fn deliver(&self, batch: &[Incoming]) {
        let mut next = self.next.try_lock().expect("one report at a time");
        for message in batch {
            let number = u64::from_le_bytes(message.bytes[..].try_into().expect("eight bytes"));
            let expected = next.entry(message.from.clone()).or_default();
            assert_eq!(number, *expected, "out of order from {}", message.from);
            *expected += 1;
        }
        self.total.fetch_add(batch.len(), Ordering::Relaxed);
    }
}

fn join(hub: &str, user: &str, inbox: Arc<dyn Inbox>) -> Arc<dyn Transport> {
    let login = open(hub, &options(), &Runtime::process());
    login.start(Session { user: user.into(), token: None }, inbox);
    login
}

fn send_all(login: &Arc<dyn Transport>, to: &str, count: u64) {
    for number in 0..count {
        let bytes: Bytes = number.to_le_bytes().to_vec().into();
        while login.send(to, &bytes, Duration::from_secs(600)) == Err(Refused::Full) {
            std::thread::yield_now();
        }
    }
}

/// Waits until it is true, for at most a minute.
fn wait_for(what: &str, mut done: impl FnMut() -> bool) {
    let start = std::time::Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} did not happen");
        std::thread::sleep(millis(1));
    }
}

#[test]
fn two_threads_send_to_each_other_in_order_and_lose_nothing() {
    const COUNT: u64 = 300_000;
    let ledgers = [Arc::new(Ledger::default()), Arc::new(Ledger::default())];
    let ann = join("two threads", "ann", ledgers[0].clone());
    let bob = join("two threads", "bob", ledgers[1].clone());
    std::thread::scope(|scope| {
        scope.spawn(|| send_all(&ann, "bob", COUNT));
        scope.spawn(|| send_all(&bob, "ann", COUNT));
    });
    wait_for("the end", || ledgers.iter().all(|ledger| ledger.total.load(Ordering::Relaxed) as u64 == COUNT));
}

#[test]
fn many_threads_send_to_one_in_order_and_lose_nothing() {
    const COUNT: u64 = 50_000;
    let ledger = Arc::new(Ledger::default());
    let _bob = join("many threads", "bob", ledger.clone());
    let senders = ["ann", "cid", "dot", "eve"].map(|user| join("many threads", user, Arc::new(Ledger::default())));
    std::thread::scope(|scope| {
        for sender in &senders {
            scope.spawn(|| send_all(sender, "bob", COUNT));
        }
    });
    wait_for("the end", || ledger.total.load(Ordering::Relaxed) as u64 == 4 * COUNT);
}

/// An inbox that answers each message that is not an answer.
struct Echo(Mutex<Weak<dyn Transport>>);

impl Inbox for Echo {
    fn link(&self, _link: Link) {}
    fn presence(&self, _user: &str, _presence: Presence) {}
    fn deliver(&self, batch: &[Incoming]) {
        let Some(login) = self.0.lock().upgrade() else { return };
        for message in batch.iter().filter(|message| message.bytes.len() == 4) {
            let _ = login.send(&message.from, &bytes("pong!"), Duration::from_secs(1));
        }
    }
}

#[test]
fn a_storm_of_everything_ends_and_all_is_counted() {
    let runtime = Runtime::process();
    let hub = Hub::named("storm", "app", &runtime).unwrap();
    let storm = |thread: u64| {
        let mut dice = thread.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut roll = |sides: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % sides
        };
        let mut logins: Vec<Arc<dyn Transport>> = Vec::new();
        for _ in 0..30_000 {
            let (user, other) = (format!("user {}", roll(6)), format!("user {}", roll(6)));
            match roll(40) {
                0 | 1 => {
                    let echo = Arc::new(Echo(Mutex::new(Weak::<Login>::new())));
                    let login = join("storm", &user, echo.clone());
                    *echo.0.lock() = Arc::downgrade(&login);
                    logins.push(login);
                    if logins.len() > 4 {
                        logins.remove(0);
                    }
                }
                2 => {
                    hub.set_link(&user, roll(2) == 0);
                }
                3 => {
                    hub.suspend(&user, roll(2) == 0);
                }
                4 if thread == 0 => hub.set_faults(Faults {
                    seed: roll(100),
                    delay_max: Duration::from_micros(roll(300)),
                    loss: 50_000,
                    repeat: 50_000,
                    reorder: 50_000,
                    ..Faults::default()
                }),
                5 | 6 => hub.set_faults(Faults::default()),
                7 => logins.iter().for_each(|login| login.watch(&other, roll(3) > 0)),
                8 => logins.iter().for_each(|login| login.renew("token")),
                _ => logins.iter().for_each(|login| {
                    let _ = login.send(&user, &bytes("ping"), Duration::from_secs(1));
                }),
            }
        }
    };
    std::thread::scope(|scope| (0..4).for_each(|thread| drop(scope.spawn(move || storm(thread)))));
    let counted = |stats: HubStats| {
        let ends = stats.delivered + stats.lost + stats.expired + stats.dropped_offline + stats.refused_full;
        stats.sent + stats.repeated == ends
    };
    wait_for("the last landing", || hub.schedule.lock().next_due().is_none());
    wait_for("the end of every message", || counted(hub.stats()));
    let stats = hub.stats();
    assert!(stats.delivered > 1_000 && stats.links_cut > 100 && stats.lost > 0, "{stats:?}");
    assert_eq!(hub.table.read().watches(), 0);
}
