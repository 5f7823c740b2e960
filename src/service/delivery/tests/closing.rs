//! The end of a delivery: what is still delivered, who waits, and who must not.

use super::*;

#[test]
fn close_outside_delivers_everything_lets_go_and_then_nothing_starts() {
    for rig in Rig::all() {
        let notes = Notes::default();
        rig.delivery.add_handler(noting("a", &notes));
        rig.delivery.set_call_handler(Some(noting("call", &notes)));
        rig.delivery.push(event(0));
        rig.delivery.push(terminal().0);
        // The twin: while it is open, what is pushed starts.
        rig.until(|| notes.len() == 2);
        rig.delivery.push(event(1));
        let delivery = rig.delivery.clone();
        beside(move || delivery.close(false)).join();
        assert_eq!(notes.take(), ["a 0", "call -1", "a 1", "a gone", "call gone"], "{}", rig.name);
        rig.delivery.push(event(2));
        rig.delivery.flush();
        rig.drive();
        rig.delivery.close(true);
        assert_eq!(notes.len(), 0, "{}", rig.name);
    }
}

#[test]
fn close_outside_with_discard_drops_what_is_queued() {
    for rig in [Rig::new("pump"), Rig::new("simulated")] {
        let notes = Notes::default();
        rig.delivery.add_handler(noting("a", &notes));
        rig.delivery.push(event(0));
        rig.delivery.close(true);
        rig.delivery.flush();
        rig.drive();
        assert_eq!(notes.take(), ["a gone"], "{}", rig.name);
    }
}

#[test]
fn close_outside_waits_for_the_running_callback() {
    for discard in [false, true] {
        for rig in [Rig::new("own"), Rig::new("shared"), Rig::new("pump"), Rig::new("simulated")] {
            let notes = Notes::default();
            let (stop, hold) = stop();
            let (on, gone) = (notes.clone(), notes.clone());
            rig.delivery.add_handler(Hear::new(
                move |number| {
                    if number == 0 {
                        stop.stay();
                    }
                    on.add(number.to_string());
                },
                move || gone.add("gone"),
            ));
            rig.delivery.push(event(0));
            rig.delivery.push(event(1));
            let (runtime, delivery) = (rig.runtime.clone(), rig.delivery.clone());
            let driver = beside(move || {
                runtime.settle();
                delivery.dispatch(1);
            });
            hold.wait();
            let (delivery, notes_) = (rig.delivery.clone(), notes.clone());
            let close = beside(move || {
                delivery.close(discard);
                notes_.add("closed");
            });
            until("it waits", || rig.delivery.state.lock().gate > Gate::Open);
            assert!(!close.is_done());
            assert_eq!(notes.len(), 0);
            hold.go();
            close.join();
            driver.join();
            let expected: &[_] = if discard { &["0", "gone", "closed"] } else { &["0", "1", "gone", "closed"] };
            assert_eq!(notes.take(), expected, "{}", rig.name);
        }
    }
}

/// A delivery whose first event closes it, with a second handler behind the first and a second event behind the first.
fn closing_itself(rig: &Rig, notes: &Notes, discard: bool) {
    let (inner, note) = (Arc::downgrade(&rig.delivery), notes.clone());
    rig.delivery.add_handler(hear(move |number| {
        let delivery: Arc<Delivery> = inner.upgrade().unwrap();
        delivery.close(discard);
        delivery.push(event(7));
        delivery.flush();
        note.add(format!("a {number}"));
    }));
    rig.delivery.add_handler(noting("b", notes));
    rig.delivery.push(event(0));
    rig.delivery.push(event(1));
}

#[test]
fn closed_in_its_own_callback_it_still_delivers_the_queue() {
    for rig in Rig::all() {
        let notes = Notes::default();
        closing_itself(&rig, &notes, false);
        rig.drive(); // Once: in pump mode dispatch(1) goes on to the end, nobody may come again.
        until(rig.name, || notes.len() == 5);
        assert_eq!(notes.take(), ["a 0", "b 0", "a 1", "b 1", "b gone"], "{}", rig.name);
        let delivery = rig.delivery.clone();
        beside(move || delivery.close(false)).join();
        assert_eq!(notes.len(), 0, "{}", rig.name);
    }
}

#[test]
fn closed_with_discard_in_its_own_callback_it_starts_nothing_more() {
    for rig in Rig::all() {
        let notes = Notes::default();
        closing_itself(&rig, &notes, true);
        rig.drive();
        until(rig.name, || notes.len() == 2);
        let delivery = rig.delivery.clone();
        beside(move || delivery.close(false)).join();
        assert_eq!(notes.take(), ["a 0", "b gone"], "{}", rig.name);
    }
}

#[test]
fn closed_in_a_callback_of_another_service_it_still_delivers_the_queue() {
    for rig in Rig::all() {
        let notes = Notes::default();
        let other = Rig::new("own").delivery;
        let (stop, hold) = stop();
        let (delivery, note) = (rig.delivery.clone(), notes.clone());
        other.add_handler(hear(move |_| {
            stop.stay();
            delivery.close(false);
            drop(enter_callback()); // A callback within this one is not the end of this one.
            note.add("returned");
        }));
        rig.delivery.add_handler(noting("a", &notes));
        other.push(event(0));
        hold.wait();
        rig.delivery.push(event(0));
        if rig.name == "own" || rig.name == "shared" {
            rig.delivery.flush();
            assert_eq!(notes.take(), ["a 0"]);
        }
        hold.go();
        // Nobody dispatches the pump, or lets time pass: what is left comes on the thread that closed it.
        until(rig.name, || rig.delivery.state.lock().is_over());
        other.flush();
        let notes = notes.take();
        match rig.name {
            "pump" | "simulated" => assert_eq!(notes, ["returned", "a 0", "a gone"]),
            _ => assert_eq!(notes, ["a gone", "returned"]),
        }
    }
}

#[test]
fn two_services_closing_each_other_in_callbacks() {
    for (first, second) in [("own", "own"), ("shared", "shared"), ("own", "pump"), ("pump", "pump"), ("own", "shared")]
    {
        for discard in [false, true] {
            let rigs = [Rig::new(first), Rig::new(second)];
            let notes = Notes::default();
            let meet = Arc::new(std::sync::Barrier::new(2));
            for (rig, other, name) in [(&rigs[0], &rigs[1], "one"), (&rigs[1], &rigs[0], "two")] {
                let (meet, other, note, gone) = (meet.clone(), other.delivery.clone(), notes.clone(), notes.clone());
                rig.delivery.add_handler(Hear::new(
                    move |number| {
                        if number == 0 {
                            meet.wait();
                            other.flush();
                            other.close(discard);
                            other.flush();
                        }
                        note.add(format!("{name} {number}"));
                    },
                    move || gone.add(format!("{name} gone")),
                ));
                rig.delivery.push(event(0));
            }
            let drivers = rigs.each_ref().map(|rig| {
                let delivery = rig.delivery.clone();
                beside(move || delivery.dispatch(0))
            });
            until("both end", || rigs.iter().all(|rig| rig.delivery.state.lock().is_over()));
            drivers.into_iter().for_each(|driver| assert!(driver.join() < 2));
            let mut notes = notes.take();
            notes.sort();
            assert_eq!(notes, ["one 0", "one gone", "two 0", "two gone"]);
        }
    }
}

#[test]
fn close_inside_leaves_the_rest_to_a_dispatch_under_way() {
    let (pump, other) = (Rig::new("pump").delivery, Rig::new("own").delivery);
    let notes = Notes::default();
    let (stop, hold) = stop();
    let note = notes.clone();
    let dispatcher = Arc::new(OnceLock::new());
    let expected = dispatcher.clone();
    pump.add_handler(hear(move |number| {
        if number == 0 {
            expected.set(thread::current().id()).unwrap();
            stop.stay();
        }
        assert_eq!(expected.get(), Some(&thread::current().id()));
        note.add(number.to_string());
    }));
    (0..3).for_each(|number| pump.push(event(number)));
    let dispatch = beside({
        let pump = pump.clone();
        move || pump.dispatch(1)
    });
    hold.wait();
    let (tell, told) = channel();
    let closing = pump.clone();
    other.add_handler(hear(move |_| {
        closing.close(false);
        tell.send(()).unwrap();
    }));
    other.push(event(0));
    told.recv_timeout(BOUND).unwrap();
    other.flush();
    assert_eq!(notes.len(), 0);
    hold.go();
    assert_eq!(dispatch.join(), 3, "more than it was asked for: nobody else may come");
    assert_eq!(notes.take(), ["0", "1", "2"]);
    assert!(pump.state.lock().is_over());
}

#[test]
fn the_last_owner_may_let_go_in_a_callback() {
    for name in ["own", "shared", "simulated"] {
        let Rig { delivery, runtime, .. } = Rig::new(name);
        let notes = Notes::default();
        let slot = Arc::new(Mutex::new(None));
        let (owner, on, gone) = (slot.clone(), notes.clone(), notes.clone());
        delivery.add_handler(Hear::new(
            move |number| {
                drop(owner.lock().take());
                on.add(number.to_string());
            },
            move || gone.add("gone"),
        ));
        let (last, handle) = terminal();
        let weak = Arc::downgrade(&delivery);
        let mut owner = slot.lock();
        delivery.push(event(0));
        delivery.push(last);
        *owner = Some(delivery);
        drop(owner);
        runtime.settle();
        until(name, || weak.strong_count() == 0 && is_settled(handle) && notes.len() == 2);
        assert_eq!(notes.take(), ["0", "gone"], "{name}");
    }
}

#[test]
fn in_a_pump_the_last_owner_may_let_go_in_a_callback() {
    let notes = Notes::default();
    let slot = Arc::new(Mutex::new(None));
    let (owner, on, gone) = (slot.clone(), notes.clone(), notes.clone());
    let delivery = Rig::new("pump").delivery;
    delivery.add_handler(Hear::new(
        move |number| {
            drop(owner.lock().take());
            on.add(number.to_string());
        },
        move || gone.add("gone"),
    ));
    delivery.push(event(0));
    *slot.lock() = Some(delivery.clone());
    assert_eq!(delivery.dispatch(0), 1);
    drop(delivery);
    assert_eq!(notes.take(), ["0", "gone"]);
}
