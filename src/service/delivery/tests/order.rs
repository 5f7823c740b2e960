//! Who delivers, in which order, and what a slow callback delays.

use super::*;
use crate::runtime::pool::hold_wake_ups;

#[test]
fn everything_arrives_in_order_in_every_mode() {
    for rig in Rig::all() {
        let (heard, last) = (Arc::new(AtomicUsize::new(0)), 5_000);
        let next = heard.clone();
        rig.delivery.add_handler(hear(move |number| {
            assert_eq!(next.fetch_add(1, SeqCst) as i64, number, "out of order, or two at a time");
        }));
        for number in 0..last {
            rig.delivery.push(event(number));
        }
        rig.until(|| heard.load(SeqCst) as i64 == last);
    }
}

#[test]
fn the_own_worker_is_one_thread_that_starts_late_and_ends_with_the_delivery() {
    let delivery = Rig::new("own").delivery;
    let Worker::Own(pool) = &delivery.worker else { unreachable!("its mode") };
    let (tell, told) = channel();
    delivery.add_handler(hear(move |_| {
        let thread = thread::current();
        tell.send((thread.id(), thread.name().unwrap_or_default().to_owned())).unwrap();
    }));
    assert_eq!(pool.threads(), (0, 0));
    delivery.push(event(0));
    let first = told.recv_timeout(BOUND).unwrap();
    delivery.push(event(1));
    let second = told.recv_timeout(BOUND).unwrap();
    assert_eq!(first, second);
    assert_eq!(first.1, "rtm-worker");
    until("the worker waits", || pool.threads() == (1, 1));
    delivery.close(false);
    until("the worker ends", || pool.threads() == (0, 0));
}

#[test]
fn what_comes_just_when_the_worker_goes_to_sleep_is_delivered() {
    let delivery = Rig::new("own").delivery;
    let (tell, told) = channel();
    delivery.add_handler(hear(move |number| tell.send(number).unwrap()));
    for number in 0..20_000 {
        delivery.push(event(number));
        assert_eq!(told.recv_timeout(BOUND), Ok(number));
        let (came, pause) = (std::time::Instant::now(), Duration::from_micros(number as u64 % 40));
        while came.elapsed() < pause {}
    }
}

#[test]
fn a_slow_callback_delays_neither_push_nor_other_services() {
    let (slow, other) = (Rig::new("own").delivery, Rig::new("own").delivery);
    let (stop, hold) = stop();
    let (tell, told) = channel();
    let first = tell.clone();
    slow.add_handler(hear(move |number| {
        if number == 0 {
            stop.stay();
        }
        first.send(number).unwrap();
    }));
    other.add_handler(hear(move |number| tell.send(100 + number).unwrap()));
    slow.push(event(0));
    hold.wait();
    slow.push(event(1));
    other.push(event(0));
    assert_eq!(told.recv_timeout(BOUND), Ok(100));
    hold.go();
    assert_eq!(told.recv_timeout(BOUND), Ok(0));
    assert_eq!(told.recv_timeout(BOUND), Ok(1));
}

#[test]
fn shared_workers_start_as_needed_and_no_more() {
    let pool = Pool::new(2);
    let held: Vec<_> = (0..3)
        .map(|_| {
            let (stop, hold) = stop();
            let delivery = shared(&pool);
            delivery.add_handler(hear(move |_| stop.stay()));
            (delivery, hold)
        })
        .collect();
    assert_eq!(pool.threads(), (0, 0));
    for (delivery, _) in &held {
        delivery.push(event(0));
    }
    held[0].1.wait();
    held[1].1.wait();
    assert_eq!(pool.threads(), (2, 0));
    assert!(held[2].1.arrived.try_recv().is_err(), "both workers are busy");
    held[0].1.go();
    held[2].1.wait();
    held[1].1.go();
    held[2].1.go();
    held.iter().for_each(|(delivery, _)| delivery.flush());
}

#[test]
fn a_long_queue_lets_its_neighbours_have_their_turn() {
    let runtime = Runtime::simulated();
    let notes = Notes::default();
    let [long, short] = ["long", "short"].map(|name| {
        let delivery = Delivery::new(Mode::Shared, &runtime).unwrap();
        delivery.add_handler(noting(name, &notes));
        delivery
    });
    for number in 0..3 * BATCH as i64 {
        long.push(event(number));
    }
    short.push(event(0));
    runtime.settle();
    let notes = notes.take();
    assert_eq!(notes.len(), 3 * BATCH + 1);
    assert_eq!(notes.iter().position(|note| note == "short 0"), Some(BATCH));
}

#[test]
fn simulated_callbacks_run_in_advance_at_the_time_of_the_alarm() {
    struct Push(Arc<Delivery>);
    impl Wake for Push {
        fn wake(&self, _: Instant) {
            self.0.push(event(0));
        }
    }
    let runtime = Runtime::simulated();
    let delivery = Delivery::new(Mode::OwnWorker, &runtime).unwrap();
    let start = runtime.now();
    let (tell, told) = channel();
    let clock = runtime.clone();
    let here = thread::current().id();
    delivery.add_handler(hear(move |_| {
        assert_eq!(thread::current().id(), here);
        tell.send(clock.now().since(start)).unwrap();
    }));
    let push: Arc<dyn Wake> = Arc::new(Push(delivery.clone()));
    let alarm = runtime.alarm(Arc::downgrade(&push));
    alarm.set(start + Duration::from_secs(3));
    runtime.advance(Duration::from_secs(2));
    assert!(told.try_recv().is_err());
    runtime.advance(Duration::from_secs(7));
    assert_eq!(told.try_recv(), Ok(Duration::from_secs(3)));
    delivery.push(event(1));
    assert!(told.try_recv().is_err(), "nothing runs by itself");
    runtime.settle();
    assert_eq!(told.try_recv(), Ok(Duration::from_secs(9)));
    delivery.push(event(2));
    runtime.advance(Duration::from_secs(5));
    assert_eq!(told.try_recv(), Ok(Duration::from_secs(9)), "what is ready runs before time passes");
}

#[test]
fn a_simulation_dropped_with_callbacks_ready_leaks_nothing() {
    let runtime = Runtime::simulated();
    let delivery = Delivery::new(Mode::OwnWorker, &runtime).unwrap();
    let (event, handle) = terminal();
    delivery.push(event);
    drop(delivery);
    assert!(!is_settled(handle), "it was still to be delivered");
    drop(runtime);
    assert!(is_settled(handle));
}

#[test]
fn dispatch_delivers_on_this_thread_as_many_as_it_is_asked_for() {
    let delivery = Rig::new("pump").delivery;
    let notes = Notes::default();
    delivery.add_handler(noting("a", &notes));
    delivery.add_handler(noting("b", &notes));
    assert_eq!(delivery.dispatch(0), 0);
    for number in 0..5 {
        delivery.push(event(number));
    }
    assert_eq!(delivery.dispatch(1), 1);
    assert_eq!(notes.take(), ["a 0", "b 0"]);
    assert_eq!(delivery.dispatch(2), 2);
    assert_eq!(notes.take(), ["a 1", "b 1", "a 2", "b 2"]);
    assert_eq!(delivery.dispatch(0), 2);
    assert_eq!(delivery.dispatch(7), 0);
}

#[test]
fn dispatch_delivers_only_in_pump_mode_and_outside_callbacks() {
    let notes = Notes::default();
    let simulated = Rig::new("simulated");
    assert_ne!(simulated.delivery.mode(), Mode::Pump);
    simulated.delivery.add_handler(noting("simulated", &notes));
    simulated.delivery.push(event(0));
    assert_eq!(simulated.delivery.dispatch(0), 0);
    let pump = Rig::new("pump").delivery;
    assert_eq!(pump.mode(), Mode::Pump);
    pump.add_handler(noting("pump", &notes));
    pump.push(event(0));
    let inside = enter_callback();
    assert_eq!(pump.dispatch(0), 0);
    assert_eq!(notes.len(), 0);
    drop(inside);
    assert_eq!(pump.dispatch(0), 1);
    assert_eq!(notes.take(), ["pump 0"]);
}

#[test]
fn dispatch_of_all_present_leaves_what_its_callbacks_bring() {
    let delivery = Rig::new("pump").delivery;
    let notes = Notes::default();
    let (more, note) = (Arc::downgrade(&delivery), notes.clone());
    delivery.add_handler(hear(move |number| {
        note.add(number.to_string());
        let delivery = more.upgrade().unwrap();
        delivery.push(event(number + 10));
        assert_eq!(delivery.dispatch(0), 0, "nested");
    }));
    delivery.push(event(0));
    delivery.push(event(1));
    assert_eq!(delivery.dispatch(0), 2);
    assert_eq!(notes.take(), ["0", "1"]);
    assert_eq!(delivery.dispatch(1), 1);
    assert_eq!(notes.take(), ["10"]);
}

#[test]
fn a_second_dispatch_returns_at_once() {
    let delivery = Rig::new("pump").delivery;
    let (stop, hold) = stop();
    delivery.add_handler(hear(move |_| stop.stay()));
    delivery.push(event(0));
    delivery.push(event(1));
    let first = beside({
        let delivery = delivery.clone();
        move || delivery.dispatch(1)
    });
    hold.wait();
    assert_eq!(delivery.dispatch(1), 0);
    hold.go();
    assert_eq!(first.join(), 1);
    hold.go();
    assert_eq!(delivery.dispatch(1), 1);
}

#[test]
fn the_bell_is_rung_while_something_is_queued() {
    let delivery = Rig::new("pump").delivery;
    let Worker::Pump(bell) = &delivery.worker else { unreachable!("its mode") };
    let rung = || bell.is_rung();
    assert!(delivery.doorbell().is_some());
    assert!(!rung());
    delivery.push(event(0));
    delivery.push(event(1));
    assert!(rung());
    delivery.dispatch(1);
    assert!(rung());
    delivery.dispatch(1);
    assert!(!rung());
    delivery.push(event(2));
    assert!(rung());
    delivery.close(true);
    assert!(!rung());
    for name in ["own", "shared", "simulated"] {
        assert!(Rig::new(name).delivery.doorbell().is_none());
    }
}

#[test]
fn flush_returns_when_all_before_it_is_delivered() {
    for rig in Rig::all() {
        let heard = Arc::new(AtomicUsize::new(0));
        let count = heard.clone();
        rig.delivery.add_handler(hear(move |_| {
            count.fetch_add(1, SeqCst);
        }));
        for round in 1..=50 {
            for number in 0..20 {
                rig.delivery.push(event(number));
            }
            rig.delivery.flush();
            assert_eq!(heard.load(SeqCst), round * 20, "{}", rig.name);
        }
    }
}

#[test]
fn flush_leaves_what_its_callbacks_bring() {
    for rig in [Rig::new("pump"), Rig::new("simulated")] {
        let notes = Notes::default();
        let (more, note) = (Arc::downgrade(&rig.delivery), notes.clone());
        rig.delivery.add_handler(hear(move |number| {
            note.add(number.to_string());
            more.upgrade().unwrap().push(event(number + 1));
        }));
        rig.delivery.push(event(0));
        for round in 0..4 {
            rig.delivery.flush();
            assert_eq!(notes.take(), [round.to_string()], "{}", rig.name);
        }
        rig.delivery.close(true);
    }
}

#[test]
fn flush_waits_for_a_dispatch_and_delivers_what_that_leaves() {
    let delivery = Rig::new("pump").delivery;
    let (stop, hold) = stop();
    let notes = Notes::default();
    let note = notes.clone();
    delivery.add_handler(hear(move |number| {
        if number == 0 {
            stop.stay();
        }
        note.add(number.to_string());
    }));
    (0..3).for_each(|number| delivery.push(event(number)));
    let dispatch = beside({
        let delivery = delivery.clone();
        move || delivery.dispatch(1)
    });
    hold.wait();
    let flush = beside({
        let (delivery, notes) = (delivery.clone(), notes.clone());
        move || {
            delivery.flush();
            notes.take()
        }
    });
    assert!(!flush.is_done());
    hold.go();
    assert_eq!(dispatch.join(), 1);
    assert_eq!(flush.join(), ["0", "1", "2"]);
}

#[test]
fn who_waits_for_a_service_does_not_wait_for_its_neighbours() {
    let pool = Pool::new(1);
    let (busy, [flushed, closed]) = (shared(&pool), [shared(&pool), shared(&pool)]);
    let (stop, hold) = stop();
    busy.add_handler(hear(move |_| stop.stay()));
    busy.push(event(0));
    hold.wait(); // The only worker is in the callback now.
    let notes = Notes::default();
    flushed.add_handler(noting("flushed", &notes));
    closed.add_handler(noting("closed", &notes));
    flushed.push(event(0));
    closed.push(event(0));
    beside(move || {
        flushed.flush();
        closed.close(false);
        flushed.close(false);
    })
    .join();
    assert_eq!(notes.take(), ["flushed 0", "closed 0", "closed gone", "flushed gone"]);
    hold.go();
    busy.flush();
}

#[test]
fn a_held_wake_up_comes_when_the_guard_is_dropped() {
    let pool = Pool::new(1);
    let delivery = shared(&pool);
    let (tell, told) = channel();
    delivery.add_handler(hear(move |number| tell.send(number).unwrap()));
    delivery.push(event(0));
    assert_eq!(told.recv_timeout(BOUND), Ok(0));
    until("the worker waits", || pool.threads() == (1, 1));
    let wake_ups = hold_wake_ups();
    delivery.push(event(1));
    assert!(told.recv_timeout(Duration::from_millis(100)).is_err(), "nobody was woken");
    drop(wake_ups);
    assert_eq!(told.recv_timeout(BOUND), Ok(1));
    until("the worker waits", || pool.threads() == (1, 1));
    delivery.push(event(2));
    assert_eq!(told.recv_timeout(BOUND), Ok(2));
}

#[test]
fn a_worker_that_comes_while_another_thread_delivers_goes_away() {
    let pool = Pool::new(1);
    let [busy, other] = [(); 2].map(|()| shared(&pool));
    let ((stop_busy, hold_busy), (stop_other, hold_other)) = (stop(), stop());
    busy.add_handler(hear(move |_| stop_busy.stay()));
    other.add_handler(hear(move |_| stop_other.stay()));
    busy.push(event(0));
    hold_busy.wait();
    other.push(event(0)); // The worker is to come for these when it is free.
    other.push(event(1));
    let flush = beside({
        let other = other.clone();
        move || other.flush()
    });
    hold_other.wait();
    hold_busy.go();
    until("the worker has come and gone", || pool.threads() == (1, 1));
    assert!(hold_other.arrived.try_recv().is_err(), "one callback at a time");
    hold_other.go();
    hold_other.wait();
    hold_other.go();
    flush.join();
}

#[test]
fn a_worker_that_cannot_start_is_tried_again_and_nobody_waits_for_it() {
    Runtime::process().start().unwrap(); // As whoever creates a service does; else this depends on other tests.
    let delivery = Rig::new("own").delivery;
    let notes = Notes::default();
    let (note, here) = (notes.clone(), thread::current().id());
    delivery.add_handler(hear(move |number| {
        let place = if thread::current().id() == here { "here" } else { "worker" };
        note.add(format!("{number} {place}"));
    }));
    let push = |number| {
        crate::sys::failing::set(true);
        delivery.push(event(number));
        crate::sys::failing::set(false);
    };
    push(0);
    delivery.flush();
    assert_eq!(notes.take(), ["0 here"]);
    push(1);
    until("the alarm starts the worker", || notes.len() == 1); // After RETRY, in real time.
    assert_eq!(notes.take(), ["1 worker"]);
    let other = Rig::new("own").delivery;
    other.add_handler(noting("b", &notes));
    crate::sys::failing::set(true);
    other.push(event(0));
    crate::sys::failing::set(false);
    other.push(event(1)); // The next push tries too.
    until("the worker starts", || notes.len() == 2);
    other.close(false);
    assert_eq!(notes.take(), ["b 0", "b 1", "b gone"]);
}

#[test]
fn a_queue_that_was_long_gives_its_memory_back() {
    let delivery = Rig::new("pump").delivery;
    (0..10 * KEPT_CAPACITY as i64).for_each(|number| delivery.push(event(number)));
    delivery.flush();
    assert!(delivery.state.lock().queue.capacity() < 2 * KEPT_CAPACITY);
}

#[test]
fn the_number_of_shared_workers_is_set_before_their_use_or_never() {
    assert!(matches!(set_shared_workers(0), Err(Error::InvalidArgument(_))));
    let _used = Rig::new("shared");
    assert!(matches!(set_shared_workers(3), Err(Error::InvalidState(_))));
}
