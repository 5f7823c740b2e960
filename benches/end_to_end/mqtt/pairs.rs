//! Pairs of users who ring each other over a broker: the callee accepts inside its callback, and in the callback that tells
//! of it the caller rings again.

use std::ffi::CString;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use super::pump::Pump;
use crate::api::{BOUND, Calls, Delivery, Event, Party, Setup};
use crate::hub::CONTENT;

/// Pairs that are logged in.
pub struct Pairs {
    counts: Arc<Counts>,
    callers: Vec<(Calls, Arc<Caller>)>,
    _live: Live,
}

/// Who keeps the parties.
enum Live {
    Workers { _parties: Vec<Party> },
    Pump { _pump: Pump },
}

/// What a run came to.
pub struct Outcome {
    /// From the first invitation to the last confirmation.
    pub took: Duration,
    /// From each `send` to its `accepted`, if there was one at a time.
    pub set_ups: Vec<Duration>,
}

/// What came of more invitations than there can be.
pub struct Flood {
    pub sent: u64,
    /// `send` said no.
    pub refused: u64,
    pub accepted: u64,
    /// A callback told that nothing came of it.
    pub failed: u64,
    pub took: Duration,
}

/// What the users of a run count.
#[derive(Default)]
struct Counts {
    /// How many are still to be sent, each when one was accepted.
    left: AtomicI64,
    accepted: AtomicU64,
    confirmed: AtomicU64,
    failed: AtomicU64,
    set_ups: Mutex<Vec<Duration>>,
    changed: Condvar,
}

struct Caller {
    counts: Arc<Counts>,
    callee: CString,
    /// There is one invitation at a time; when it was sent.
    timed: AtomicBool,
    began: Mutex<Option<Instant>>,
}

impl Pairs {
    /// Logs them in. Their names begin with `group`: users of the same name would throw each other out.
    pub fn new(group: &str, pairs: usize, setup: &Setup) -> Pairs {
        let counts = Arc::new(Counts::default());
        let (mut callers, mut parties) = (Vec::new(), Vec::new());
        for number in 0..pairs {
            let [caller, callee] = ["caller", "callee"].map(|role| format!("{group}-{role}{number:03}"));
            let own = counts.clone();
            parties.push(Party::begin(&callee, setup, move |calls, event| own.on_callee(calls, event)));
            let context = Arc::new(Caller {
                counts: counts.clone(),
                callee: CString::new(callee).expect("no NUL"),
                timed: AtomicBool::new(false),
                began: Mutex::default(),
            });
            let own = context.clone();
            let party = Party::begin(&caller, setup, move |calls, event| own.on_event(calls, event));
            callers.push((party.calls, context));
            parties.push(party);
        }
        parties.iter().for_each(Party::logged_in);
        let live = match setup.delivery {
            Delivery::Pump => Live::Pump { _pump: Pump::new(parties) },
            _ => Live::Workers { _parties: parties },
        };
        Pairs { counts, callers, _live: live }
    }

    /// Rings `calls` times in all, each pair with so many outstanding.
    pub fn ring(&self, outstanding: usize, calls: u64) -> Outcome {
        let counts = &*self.counts;
        let target = load(&counts.confirmed) + calls;
        counts.left.store(calls as i64, Ordering::Release);
        let began = Instant::now();
        for (calls, caller) in &self.callers {
            caller.timed.store(outstanding == 1, Ordering::Release);
            (0..outstanding).for_each(|_| caller.ring_next(*calls));
        }
        counts.wait(|| load(&counts.confirmed) >= target);
        Outcome { took: began.elapsed(), set_ups: std::mem::take(&mut *counts.lock()) }
    }

    /// Rings `rate` times a second for so long, whatever becomes of it.
    pub fn flood(&self, rate: f64, time: Duration) -> Flood {
        let counts = &*self.counts;
        let before = [load(&counts.accepted), load(&counts.failed)];
        let (mut sent, mut refused) = (0, 0);
        let mut callers = self.callers.iter().cycle();
        let began = Instant::now();
        while began.elapsed() < time {
            let due = (began.elapsed().as_secs_f64() * rate) as u64;
            while sent + refused < due {
                let (calls, caller) = callers.next().expect("there are callers");
                match calls.ring(&caller.callee, CONTENT) {
                    Ok(_) => sent += 1,
                    Err(_) => refused += 1,
                }
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let took = began.elapsed();
        let [accepted, failed] = [load(&counts.accepted) - before[0], load(&counts.failed) - before[1]];
        Flood { sent, refused, accepted, failed, took }
    }
}

impl Counts {
    fn on_callee(&self, calls: Calls, event: Event) {
        match event {
            Event::Rings(remote) => {
                let _ = calls.accept(remote); // It may have ended meanwhile.
            }
            Event::RemoteAccepted(remote) => {
                remote.release();
                self.confirmed.fetch_add(1, Ordering::AcqRel);
                if self.left.load(Ordering::Acquire) <= 0 {
                    self.changed.notify_all();
                }
            }
            Event::RemoteFailed(remote) | Event::RemoteCanceled(remote) => remote.release(),
            _ => {}
        }
    }

    fn wait(&self, over: impl Fn() -> bool) {
        let until = Instant::now() + BOUND;
        let mut set_ups = self.lock();
        while !over() {
            assert!(Instant::now() < until, "the calls are not over in time");
            // Whoever counts does not hold the lock, so its call may be missed.
            set_ups = self.changed.wait_timeout(set_ups, Duration::from_millis(1)).expect("nobody panics with it").0;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Duration>> {
        self.set_ups.lock().expect("nobody panics with it")
    }
}

impl Caller {
    fn on_event(&self, calls: Calls, event: Event) {
        match event {
            Event::LocalAccepted(local) => {
                if let Some(began) = self.began.lock().expect("nobody panics with it").take() {
                    self.counts.lock().push(began.elapsed());
                }
                local.release();
                self.counts.accepted.fetch_add(1, Ordering::AcqRel);
                self.ring_next(calls);
            }
            Event::LocalFailed(local) => {
                self.counts.failed.fetch_add(1, Ordering::AcqRel);
                local.release();
            }
            _ => {}
        }
    }

    fn ring_next(&self, calls: Calls) {
        if self.counts.left.fetch_sub(1, Ordering::AcqRel) <= 0 {
            return;
        }
        if self.timed.load(Ordering::Acquire) {
            *self.began.lock().expect("nobody panics with it") = Some(Instant::now());
        }
        calls.ring(&self.callee, CONTENT).expect("there is room for it");
    }
}

fn load(count: &AtomicU64) -> u64 {
    count.load(Ordering::Acquire)
}
