//! What the threads of each scenario do.

use super::*;
use crate::runtime::pool::hold_wake_ups;

/// All scenarios.
pub(super) const ALL: &[Scenario] = &[
    ("push against close", All, push_against_close),
    ("push against discard", All, push_against_discard),
    ("push against flush", Likely, push_against_flush),
    ("a wake-up is held back, push against flush", Likely, held_back_against_flush),
    ("flush against discard", All, flush_against_discard),
    ("a removal returns although the next callback waits for it", All, remove_before_the_next),
    ("a service without handlers, push against close", All, without_handlers),
    ("a handler is removed while its callback runs", All, remove_while_running),
    ("two threads remove the same handler", Likely, two_removers),
    ("the call handler is replaced while its callback runs", All, replace_while_running),
    ("a handler removes itself while another thread removes it", All, remove_itself),
    ("a handler is added while another thread closes", All, add_against_close),
    ("closed inside its callback while another thread closes", Likely, close_inside_and_outside),
    ("two services close each other inside callbacks", Likely, close_each_other),
    ("two services close each other, and a third thread both", Likely, close_each_other_and_outside),
    ("discarded inside a callback of another service", Likely, discard_inside_another),
    ("pump: dispatch against close", All, dispatch_against_close),
    ("pump: two dispatch while a third pushes", Likely, two_dispatch),
    ("pump: closed inside a callback of another service", Likely, pump_closed_inside_another),
    ("pump: two services close each other inside callbacks", All, pumps_close_each_other),
    ("two services share a worker, each is closed by a thread", Likely, shared_worker),
    ("a simulated service: time passes against close", All, simulated_against_close),
    ("two close at once", Likely, two_close),
    ("a pool of two threads, jobs from two threads", Likely, pool_of_two),
    ("a pool of two threads, jobs that wait for each other", Likely, pool_of_two_meets),
];

fn push_against_close() {
    let (delivery, watch) = (own(), Watch::default());
    delivery.set_call_handler(Some(watch.handler(nothing)));
    let (terminal, handle) = terminal();
    let pusher = delivery.clone();
    let pushing = beside(move || {
        pusher.push(event(0));
        pusher.push(terminal);
    });
    delivery.close(false);
    watch.over();
    pushing.join().unwrap();
    assert!(is_settled(handle), "settled");
}

fn push_against_discard() {
    let (delivery, watch) = (own(), Watch::default());
    delivery.set_call_handler(Some(watch.handler(nothing)));
    let (terminal, handle) = terminal();
    let pusher = delivery.clone();
    let pushing = beside(move || pusher.push(terminal));
    delivery.discard();
    delivery.close(true);
    watch.over();
    pushing.join().unwrap();
    assert!(is_settled(handle), "settled");
}

fn push_against_flush() {
    let (delivery, watch) = (own(), Watch::default());
    delivery.add_handler(watch.handler(nothing));
    let pusher = delivery.clone();
    let pushing = beside(move || pusher.push(event(ANY)));
    delivery.push(event(ANY));
    delivery.flush();
    assert!(watch.calls() >= 1, "what was pushed before was delivered");
    pushing.join().unwrap();
    delivery.close(false);
    watch.over();
    assert_eq!(watch.calls(), 2);
}

fn remove_while_running() {
    let (delivery, watch) = (own(), Watch::default());
    let handler = watch.handler(nothing);
    let id = delivery.add_handler(handler.clone());
    delivery.push(event(0));
    assert!(delivery.remove_handler(id));
    assert!(!watch.is_running(), "it returned while the callback runs");
    handler.silent.store(true, SeqCst);
    let guard = enter_callback();
    drop(handler); // The test's own hold.
    drop(guard);
    delivery.push(event(1));
    delivery.close(false);
    watch.over();
}

fn held_back_against_flush() {
    let (delivery, watch) = (own(), Watch::default());
    delivery.add_handler(watch.handler(nothing));
    delivery.push(event(ANY));
    let pusher = delivery.clone();
    let pushing = beside(move || {
        let wake_ups = hold_wake_ups();
        pusher.push(event(ANY));
        drop(wake_ups);
    });
    delivery.flush();
    pushing.join().unwrap();
    delivery.flush();
    assert_eq!(watch.calls(), 2);
    delivery.close(false);
    watch.over();
}

fn flush_against_discard() {
    let (delivery, watch) = (own(), Watch::default());
    delivery.add_handler(watch.handler(nothing));
    delivery.push(event(0));
    let other = delivery.clone();
    let flushing = beside(move || other.flush());
    delivery.discard();
    flushing.join().unwrap(); // What was dropped is not waited for.
    delivery.close(true);
    watch.over();
}

fn remove_before_the_next() {
    let (delivery, watch) = (own(), Watch::default());
    let removed = Arc::new((Mutex::new(false), Condvar::new()));
    let waited = removed.clone();
    let first = delivery.add_handler(watch.handler(nothing));
    delivery.set_call_handler(Some(watch.handler(move |_| {
        let mut removed = waited.0.lock();
        while !*removed {
            waited.1.wait(&mut removed);
        }
    })));
    delivery.push(event(0));
    delivery.push(terminal().0);
    delivery.remove_handler(first);
    *removed.0.lock() = true;
    removed.1.notify_all();
    delivery.close(false);
    watch.over();
}

fn without_handlers() {
    let delivery = own();
    let (terminal, handle) = terminal();
    let pusher = delivery.clone();
    let pushing = beside(move || pusher.push(terminal));
    delivery.flush();
    delivery.close(false);
    pushing.join().unwrap();
    assert!(is_settled(handle), "settled");
}

fn two_removers() {
    let (delivery, watch) = (own(), Watch::default());
    let id = delivery.add_handler(watch.handler(nothing));
    let found = Arc::new(AtomicUsize::new(0));
    delivery.push(event(0));
    let (other, others) = (delivery.clone(), found.clone());
    let also = watch.clone();
    let removing = beside(move || {
        others.fetch_add(usize::from(other.remove_handler(id)), SeqCst);
        also.over();
    });
    found.fetch_add(usize::from(delivery.remove_handler(id)), SeqCst);
    watch.over();
    removing.join().unwrap();
    assert_eq!(found.load(SeqCst), 1, "one of them found it");
    delivery.close(true);
}

fn replace_while_running() {
    let (delivery, first, second) = (own(), Watch::default(), Watch::default());
    delivery.set_call_handler(Some(first.handler(nothing)));
    let (terminal, handle) = terminal();
    delivery.push(terminal);
    delivery.set_call_handler(Some(second.handler(nothing)));
    first.over();
    delivery.close(false);
    second.over();
    assert_eq!(first.calls() + second.calls(), 1);
    assert!(is_settled(handle), "settled");
}

fn remove_itself() {
    let (delivery, watch) = (own(), Watch::default());
    let id = Arc::new(AtomicU64::new(0));
    let (its, itself) = (id.clone(), Arc::downgrade(&delivery));
    let handler = watch.handler(move |_| {
        itself.upgrade().expect("it is held outside").remove_handler(its.load(SeqCst));
    });
    delivery.add_numbered_handler(handler, |number| id.store(number, SeqCst));
    delivery.push(event(0));
    delivery.remove_handler(id.load(SeqCst));
    watch.over();
    delivery.close(false);
}

fn add_against_close() {
    let (delivery, watch) = (own(), Watch::default());
    let adder = delivery.clone();
    let handler = watch.handler(nothing);
    let adding = beside(move || {
        adder.add_handler(handler);
    });
    delivery.push(event(0));
    delivery.close(false);
    adding.join().unwrap();
    watch.until_gone();
}

fn close_inside_and_outside() {
    let (delivery, watch) = (own(), Watch::default());
    let itself = Arc::downgrade(&delivery);
    delivery.add_handler(watch.handler(move |_| {
        if let Some(delivery) = itself.upgrade() {
            delivery.flush();
            delivery.close(false);
        }
    }));
    delivery.push(event(0));
    delivery.push(event(1));
    let other = delivery.clone();
    let also = watch.clone();
    let closing = beside(move || {
        other.close(false);
        also.over();
    });
    delivery.close(false);
    watch.over();
    assert!(watch.calls() >= 1, "what was pushed before any close was delivered");
    closing.join().unwrap();
}

/// Two, each of which closes the other in its first callback.
fn each_other(make: fn() -> Arc<Delivery>) -> ([Arc<Delivery>; 2], [Watch; 2]) {
    let deliveries = [make(), make()];
    let watches = [Watch::default(), Watch::default()];
    for (at, delivery) in deliveries.iter().enumerate() {
        let other = Arc::downgrade(&deliveries[1 - at]);
        delivery.add_handler(watches[at].handler(move |_| {
            if let Some(other) = other.upgrade() {
                other.close(false);
            }
        }));
    }
    (deliveries, watches)
}

fn close_each_other() {
    let (deliveries, watches) = each_other(own);
    deliveries.iter().for_each(|delivery| delivery.push(event(0)));
    // Who is closed before its event comes delivers nothing, and would leave the other one open.
    let guard = enter_callback();
    deliveries.iter().for_each(|delivery| delivery.close(false));
    drop(guard);
    watches.iter().for_each(Watch::until_gone);
}

fn close_each_other_and_outside() {
    let (deliveries, watches) = each_other(own);
    deliveries.iter().for_each(|delivery| delivery.push(event(0)));
    for (delivery, watch) in deliveries.iter().zip(&watches) {
        delivery.close(false);
        watch.over();
    }
}

fn discard_inside_another() {
    let (delivery, watch) = (own(), Watch::default());
    let (other, others) = (own(), Watch::default());
    delivery.add_handler(watch.handler(nothing));
    let inner = delivery.clone();
    other.add_handler(others.handler(move |_| {
        inner.discard();
        inner.close(true);
    }));
    other.push(event(0));
    delivery.push(event(0));
    delivery.close(false);
    watch.over();
    other.close(false);
    others.over();
}

fn dispatch_against_close() {
    let (delivery, watch) = (pump(), Watch::default());
    delivery.set_call_handler(Some(watch.handler(nothing)));
    let (terminal, handle) = terminal();
    delivery.push(terminal);
    delivery.push(event(0));
    let dispatcher = delivery.clone();
    let dispatching = beside(move || {
        dispatcher.dispatch(1);
    });
    delivery.close(false);
    watch.over();
    dispatching.join().unwrap();
    assert_eq!(watch.calls(), 1);
    assert!(is_settled(handle), "settled");
}

fn two_dispatch() {
    let (delivery, watch) = (pump(), Watch::default());
    delivery.add_handler(watch.handler(nothing));
    delivery.push(event(0));
    let threads = [0, 1].map(|_| {
        let dispatcher = delivery.clone();
        beside(move || {
            dispatcher.dispatch(0);
        })
    });
    delivery.push(event(1));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    delivery.close(false);
    watch.over();
    assert_eq!(watch.calls(), 2);
}

fn pump_closed_inside_another() {
    let (delivery, watch) = (pump(), Watch::default());
    let (other, others) = (own(), Watch::default());
    delivery.add_handler(watch.handler(nothing));
    delivery.push(event(0));
    let inner = delivery.clone();
    other.add_handler(others.handler(move |_| inner.close(false)));
    other.push(event(0));
    delivery.dispatch(0);
    watch.until_gone();
    assert_eq!(watch.calls(), 1);
    other.close(false);
    others.over();
}

fn pumps_close_each_other() {
    let (deliveries, watches) = each_other(pump);
    deliveries.iter().for_each(|delivery| delivery.push(event(0)));
    let first = deliveries[0].clone();
    let dispatching = beside(move || {
        first.dispatch(0);
    });
    deliveries[1].dispatch(0);
    dispatching.join().unwrap();
    watches.iter().for_each(Watch::until_gone);
    assert_eq!((watches[0].calls(), watches[1].calls()), (1, 1));
}

fn shared_worker() {
    let pool = Pool::new(1);
    let make = || Delivery::with(Mode::Shared, Worker::Shared(pool.clone()));
    let deliveries = [make(), make()];
    let watches = [Watch::default(), Watch::default()];
    for (delivery, watch) in deliveries.iter().zip(&watches) {
        delivery.add_handler(watch.handler(nothing));
    }
    let (first, its) = (deliveries[0].clone(), watches[0].clone());
    let closing = beside(move || {
        first.push(event(0));
        first.close(false);
        its.over();
    });
    deliveries[1].push(event(0));
    deliveries[1].close(false);
    watches[1].over();
    closing.join().unwrap();
    assert_eq!((watches[0].calls(), watches[1].calls()), (1, 1));
    pool.close(); // Nobody else ends the threads of a shared pool.
}

fn simulated_against_close() {
    let ready = Pool::new(0);
    let delivery = Delivery::with(Mode::OwnWorker, Worker::Shared(ready.clone()));
    let watch = Watch::default();
    delivery.add_handler(watch.handler(nothing));
    delivery.push(event(0));
    let settling = beside(move || while ready.run_one() {});
    delivery.push(event(1));
    delivery.close(false);
    watch.over();
    assert_eq!(watch.calls(), 2);
    settling.join().unwrap();
}

fn two_close() {
    let (delivery, watch) = (own(), Watch::default());
    delivery.add_handler(watch.handler(nothing));
    delivery.push(event(0));
    let (other, also) = (delivery.clone(), watch.clone());
    let closing = beside(move || {
        other.close(false);
        also.over();
    });
    delivery.close(true);
    watch.over();
    closing.join().unwrap();
}

/// A job that counts itself, and ends when so many are counted.
struct Count {
    counted: Arc<Counted>,
    ends_at: usize,
}

type Counted = (Mutex<usize>, Condvar);

impl crate::runtime::pool::Job for Count {
    fn run(self: Arc<Self>) {
        let (count, changed) = &*self.counted;
        let mut count = count.lock();
        *count += 1;
        changed.notify_all();
        while *count < self.ends_at {
            changed.wait(&mut count);
        }
    }
}

fn schedule_count(pool: &Arc<Pool>, counted: &Arc<Counted>, ends_at: usize) {
    assert!(pool.schedule(Arc::new(Count { counted: counted.clone(), ends_at })));
}

fn wait_for(counted: &Counted, wanted: usize) {
    let mut count = counted.0.lock();
    while *count < wanted {
        counted.1.wait(&mut count);
    }
}

fn pool_of_two() {
    let pool = Pool::new(2);
    let done = Arc::new((Mutex::new(0), Condvar::new()));
    let (other, count) = (pool.clone(), done.clone());
    let scheduling = beside(move || schedule_count(&other, &count, 0));
    schedule_count(&pool, &done, 0);
    scheduling.join().unwrap();
    wait_for(&done, 2);
    pool.close();
}

/// Neither job waits behind the other, also where the thread that has run one before comes by itself for the next.
fn pool_of_two_meets() {
    let pool = Pool::new(2);
    let before = Arc::new((Mutex::new(0), Condvar::new()));
    schedule_count(&pool, &before, 0);
    wait_for(&before, 1);
    let met = Arc::new((Mutex::new(0), Condvar::new()));
    schedule_count(&pool, &met, 2);
    schedule_count(&pool, &met, 2);
    wait_for(&met, 2);
    pool.close();
}
