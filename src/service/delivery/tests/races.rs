//! Everything at once: each event is delivered or dropped, each is settled, each handler is let go, and nothing starts
//! after the close.

use std::sync::atomic::AtomicBool;

use super::*;

const ROUNDS: usize = 150;
const PUSHERS: usize = 3;
const EVENTS: usize = 30;

/// What a round does beside the pushing.
#[derive(Clone, Copy)]
struct Round {
    name: &'static str,
    closers: usize,
    discard: bool,
    dispatchers: usize,
    removers: usize,
}

/// What one thread of a round does.
type Body = Box<dyn FnOnce(&Arc<Delivery>) + Send>;

fn run(round: Round) {
    for _ in 0..ROUNDS {
        let rig = Rig::new(round.name);
        let delivery = &rig.delivery;
        let (over, gone) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let busy = Arc::new(AtomicBool::new(false));
        let handler = || {
            let (over, gone, busy) = (over.clone(), gone.clone(), busy.clone());
            Hear::new(
                move |_| {
                    assert!(!busy.swap(true, SeqCst), "one at a time");
                    assert!(!over.load(SeqCst), "nothing starts after the close");
                    busy.store(false, SeqCst);
                },
                move || {
                    gone.fetch_add(1, SeqCst);
                },
            )
        };
        let id = delivery.add_handler(handler());
        delivery.add_handler(handler());
        delivery.set_call_handler(Some(handler()));
        let start = Arc::new(std::sync::Barrier::new(PUSHERS + round.closers + round.dispatchers + round.removers));
        let go = |body: Body| {
            let (start, delivery) = (start.clone(), delivery.clone());
            beside(move || {
                start.wait();
                body(&delivery);
            })
        };
        let mut threads = Vec::new();
        let mut handles = Vec::new();
        for _ in 0..PUSHERS {
            let (events, mine): (Vec<_>, Vec<_>) = (0..EVENTS).map(|_| terminal()).unzip();
            handles.extend(mine);
            threads.push(go(Box::new(move |delivery| {
                for terminal in events {
                    delivery.push(terminal);
                    delivery.push(event(0));
                }
            })));
        }
        for _ in 0..round.dispatchers {
            threads.push(go(Box::new(|delivery| {
                for _ in 0..EVENTS {
                    delivery.dispatch(2);
                }
                delivery.flush();
            })));
        }
        for _ in 0..round.removers {
            threads.push(go(Box::new(move |delivery| {
                delivery.remove_handler(id);
                delivery.set_call_handler(None);
            })));
        }
        for _ in 0..round.closers {
            let over = over.clone();
            let discard = round.discard;
            threads.push(go(Box::new(move |delivery| {
                delivery.close(discard);
                over.store(true, SeqCst);
            })));
        }
        threads.into_iter().for_each(Beside::join);
        assert_eq!(gone.load(SeqCst), 3, "every handler is let go, once");
        assert!(handles.iter().all(|handle| is_settled(*handle)), "every event is settled");
        assert!(!busy.load(SeqCst), "no assertion failed inside a callback");
    }
}

#[test]
fn close_racing_push() {
    for name in ["own", "shared", "pump", "simulated"] {
        for discard in [false, true] {
            run(Round { name, closers: 1, discard, dispatchers: 0, removers: 0 });
        }
    }
}

#[test]
fn close_racing_close() {
    for name in ["own", "shared", "pump", "simulated"] {
        run(Round { name, closers: 3, discard: false, dispatchers: 0, removers: 0 });
    }
}

#[test]
fn close_racing_dispatch_flush_and_remove() {
    for name in ["own", "shared", "pump", "simulated"] {
        for discard in [false, true] {
            run(Round { name, closers: 2, discard, dispatchers: 2, removers: 2 });
        }
    }
}
