//! Which handlers receive an event, and when they are let go.

use super::*;

#[test]
fn each_handler_receives_what_is_meant_for_it_in_order_of_adding() {
    for rig in Rig::all() {
        let notes = Notes::default();
        rig.delivery.add_handler(noting("a", &notes));
        rig.delivery.set_call_handler(Some(noting("call", &notes)));
        rig.delivery.add_handler(noting("b", &notes));
        rig.delivery.push(event(1));
        rig.delivery.push(terminal().0);
        rig.delivery.push(event(2));
        rig.delivery.flush();
        assert_eq!(notes.take(), ["a 1", "b 1", "call -1", "a 2", "b 2"], "{}", rig.name);
    }
}

#[test]
fn a_handler_may_learn_its_name_before_its_first_callback() {
    let delivery = Rig::new("pump").delivery;
    let notes = Notes::default();
    let before = delivery.add_handler(noting("a", &notes));
    let name = std::cell::Cell::new(0);
    delivery.add_numbered_handler(noting("b", &notes), |id| name.set(id));
    assert_ne!(name.get(), before);
    delivery.push(event(0));
    assert_eq!(delivery.waiting(), 1);
    delivery.flush();
    assert_eq!(delivery.waiting(), 0);
    assert!(delivery.remove_handler(name.get()));
    assert_eq!(notes.take(), ["a 0", "b 0", "b gone"]);
}

#[test]
fn the_call_handler_is_looked_up_at_delivery() {
    let delivery = Rig::new("pump").delivery;
    let notes = Notes::default();
    delivery.set_call_handler(Some(noting("old", &notes)));
    delivery.push(terminal().0);
    delivery.set_call_handler(Some(noting("new", &notes)));
    delivery.flush();
    delivery.set_call_handler(None);
    delivery.push(terminal().0);
    delivery.flush();
    assert_eq!(notes.take(), ["old gone", "new -1", "new gone"]);
}

#[test]
fn a_handler_added_in_a_callback_receives_the_next_event() {
    let delivery = Rig::new("pump").delivery;
    let notes = Notes::default();
    let (inner, note) = (Arc::downgrade(&delivery), notes.clone());
    delivery.add_handler(hear(move |number| {
        note.add(format!("a {number}"));
        if number == 0 {
            inner.upgrade().unwrap().add_handler(noting("c", &note));
        }
    }));
    delivery.add_handler(noting("b", &notes));
    delivery.push(event(0));
    delivery.push(event(1));
    delivery.flush();
    assert_eq!(notes.take(), ["a 0", "b 0", "a 1", "b 1", "c 1"]);
}

#[test]
fn a_handler_removed_in_a_callback_does_not_even_receive_that_event() {
    for rig in Rig::all() {
        let notes = Notes::default();
        let (inner, second) = (Arc::downgrade(&rig.delivery), Arc::new(OnceLock::new()));
        let (other, note) = (second.clone(), notes.clone());
        rig.delivery.add_handler(hear(move |number| {
            note.add(format!("a {number}"));
            if number == 1 {
                let delivery: Arc<Delivery> = inner.upgrade().unwrap();
                assert!(delivery.remove_handler(*other.get().unwrap()));
                assert!(!delivery.remove_handler(*other.get().unwrap()));
            }
        }));
        second.set(rig.delivery.add_handler(noting("b", &notes))).unwrap();
        (0..3).for_each(|number| rig.delivery.push(event(number)));
        rig.delivery.flush();
        assert_eq!(notes.take(), ["a 0", "b 0", "a 1", "b gone", "a 2"], "{}", rig.name);
    }
}

#[test]
fn a_handler_that_removes_itself_is_let_go_when_its_callback_returned() {
    for rig in Rig::all() {
        let notes = Notes::default();
        let (inner, own) = (Arc::downgrade(&rig.delivery), Arc::new(OnceLock::new()));
        let (id, on, gone) = (own.clone(), notes.clone(), notes.clone());
        let handler = Hear::new(
            move |_| {
                let delivery: Arc<Delivery> = inner.upgrade().unwrap();
                assert!(delivery.remove_handler(*id.get().unwrap()));
                on.add("returns");
            },
            move || gone.add("gone"),
        );
        own.set(rig.delivery.add_handler(handler)).unwrap();
        rig.delivery.push(event(0));
        rig.delivery.push(event(1));
        rig.delivery.flush();
        assert_eq!(notes.take(), ["returns", "gone"], "{}", rig.name);
    }
}

#[test]
fn remove_waits_for_the_running_callback_and_for_the_drop_on_both_threads() {
    let delivery = Rig::new("own").delivery;
    let notes = Notes::default();
    let ((stop, hold), (last_stop, last_hold)) = (stop(), stop());
    let (on, gone) = (notes.clone(), notes.clone());
    let handler = Hear::new(
        move |_| {
            stop.stay();
            on.add("returns");
        },
        move || {
            last_stop.stay();
            gone.add("gone");
        },
    );
    let id = delivery.add_handler(handler);
    delivery.push(event(0));
    delivery.push(event(1));
    hold.wait();
    let removers = [(); 2].map(|()| {
        let (delivery, notes) = (delivery.clone(), notes.clone());
        beside(move || {
            let found = delivery.remove_handler(id);
            notes.add("removed");
            found
        })
    });
    until("one waits", || delivery.state.lock().leaving.contains(&id));
    assert_eq!(notes.len(), 0);
    hold.go();
    last_hold.wait();
    let (third, note) = (delivery.clone(), notes.clone());
    let third = beside(move || {
        assert!(!third.remove_handler(id));
        note.add("removed");
    });
    assert!(!third.is_done_soon(), "its drop is waited for too");
    last_hold.go();
    third.join();
    let found = removers.map(Beside::join);
    assert!(found[0] != found[1], "it was there for one of them");
    assert_eq!(notes.take(), ["returns", "gone", "removed", "removed", "removed"]);
    delivery.flush();
    assert_eq!(notes.len(), 0, "the second event finds no handler");
}

#[test]
fn remove_does_not_wait_for_the_callbacks_of_others() {
    let delivery = Rig::new("own").delivery;
    let ((first, first_hold), (second, second_hold)) = (stop(), stop());
    let id = delivery.add_handler(hear(move |_| first.stay()));
    delivery.add_handler(hear(move |_| second.stay()));
    delivery.push(event(0));
    first_hold.wait();
    let remover = beside({
        let delivery = delivery.clone();
        move || delivery.remove_handler(id)
    });
    until("it waits", || delivery.state.lock().leaving.contains(&id));
    first_hold.go();
    second_hold.wait();
    assert!(remover.join(), "while another handler has the event");
    second_hold.go();
    delivery.flush();
}

#[test]
fn replacing_the_call_handler_waits_for_the_old_one() {
    let delivery = Rig::new("own").delivery;
    let notes = Notes::default();
    let (stop, hold) = stop();
    let note = notes.clone();
    delivery.set_call_handler(Some(hear(move |_| {
        stop.stay();
        note.add("old returns");
    })));
    delivery.push(terminal().0);
    delivery.push(terminal().0);
    hold.wait();
    let replace = beside({
        let (delivery, notes) = (delivery.clone(), notes.clone());
        move || {
            delivery.set_call_handler(Some(noting("new", &notes)));
            notes.add("replaced");
        }
    });
    until("it waits", || !delivery.state.lock().leaving.is_empty());
    assert_eq!(notes.len(), 0);
    hold.go();
    replace.join();
    delivery.flush();
    let mut notes = notes.take();
    assert_eq!(notes.remove(0), "old returns");
    notes.sort(); // The worker goes on at once.
    assert_eq!(notes, ["new -1", "replaced"]);
}

#[test]
fn inside_a_callback_of_another_service_remove_returns_at_once() {
    let [one, two] = ["own", "own"].map(|name| Rig::new(name).delivery);
    let (stop, hold) = stop();
    let id = two.add_handler(hear(move |_| stop.stay()));
    two.push(event(0));
    hold.wait();
    let other = two.clone();
    let (tell, told) = channel();
    one.add_handler(hear(move |_| tell.send(other.remove_handler(id)).unwrap()));
    one.push(event(0));
    assert_eq!(told.recv_timeout(BOUND), Ok(true), "while the callback runs");
    let other = two.clone();
    let outside = beside(move || other.remove_handler(id));
    assert!(!outside.is_done_soon(), "outside callbacks the running one is waited for");
    hold.go();
    assert!(!outside.join(), "it was taken out before");
}

#[test]
fn a_drop_may_call_everything() {
    for rig in Rig::all() {
        let (inner, gone) = (Arc::downgrade(&rig.delivery), Arc::new(AtomicUsize::new(0)));
        let count = gone.clone();
        let handler = move || {
            let (inner, count) = (inner.clone(), count.clone());
            Hear::new(
                |_| (),
                move || {
                    assert!(in_callback());
                    if let Some(delivery) = inner.upgrade() {
                        delivery.push(event(0));
                        delivery.flush();
                        delivery.dispatch(0);
                        delivery.remove_handler(1);
                        delivery.close(false);
                        delivery.add_handler(hear(|_| ()));
                        delivery.set_call_handler(None);
                    }
                    count.fetch_add(1, SeqCst);
                },
            )
        };
        let id = rig.delivery.add_handler(handler());
        rig.delivery.set_call_handler(Some(handler()));
        let delivery = rig.delivery.clone();
        beside(move || delivery.remove_handler(id)).join();
        let delivery = rig.delivery.clone();
        beside(move || delivery.close(false)).join();
        assert_eq!(gone.load(SeqCst), 2, "{}", rig.name);
        rig.delivery.add_handler(handler());
        rig.delivery.set_call_handler(Some(handler()));
        assert_eq!(gone.load(SeqCst), 4, "a closed delivery keeps no handler");
    }
}

#[test]
fn a_terminal_event_is_settled_after_its_callback_returned() {
    for rig in Rig::all() {
        let (event, handle) = terminal();
        let (tell, told) = channel();
        rig.delivery.set_call_handler(Some(hear(move |_| tell.send(is_settled(handle)).unwrap())));
        rig.delivery.push(event);
        rig.delivery.flush();
        assert_eq!(told.try_recv(), Ok(false), "{}", rig.name);
        assert!(is_settled(handle), "{}", rig.name);
    }
}

#[test]
fn a_terminal_event_is_settled_without_a_callback_too() {
    for rig in Rig::all() {
        let [unheard, discarded, late, left] = [(); 4].map(|()| terminal());
        rig.delivery.push(unheard.0);
        rig.delivery.flush();
        assert!(is_settled(unheard.1), "{}: nobody to hear it", rig.name);
        let stopped = Rig::new("pump").delivery;
        stopped.push(discarded.0);
        stopped.close(true);
        assert!(is_settled(discarded.1), "dropped by close");
        rig.delivery.close(false);
        rig.delivery.push(late.0);
        assert!(is_settled(late.1), "{}: pushed after close", rig.name);
        let abandoned = Rig::new("pump").delivery;
        abandoned.push(left.0);
        drop(abandoned);
        assert!(is_settled(left.1), "in the queue of a dropped delivery");
    }
}

/// A handler that always panics.
struct Panics;

impl ServiceHandler for Panics {
    fn on_event(&self, _: &ServiceEvent) {
        panic!("the test's: in a callback");
    }
}

impl CallHandler for Panics {
    fn on_event(&self, _: &CallEvent) {
        panic!("the test's: in a callback");
    }
}

impl Drop for Panics {
    fn drop(&mut self) {
        panic!("the test's: in a drop");
    }
}

#[test]
fn a_panic_in_a_callback_or_a_drop_ends_there() {
    for rig in Rig::all() {
        let notes = Notes::default();
        let (last, handle) = terminal();
        let id = rig.delivery.add_handler(Arc::new(Panics));
        rig.delivery.set_call_handler(Some(Arc::new(Panics)));
        rig.delivery.add_handler(noting("b", &notes));
        rig.delivery.push(event(0));
        rig.delivery.push(last);
        rig.delivery.push(event(1));
        rig.delivery.flush();
        assert_eq!(notes.take(), ["b 0", "b 1"], "{}", rig.name);
        assert!(is_settled(handle), "{}", rig.name);
        assert!(rig.delivery.remove_handler(id));
        rig.delivery.set_call_handler(None);
        rig.delivery.close(false);
        assert_eq!(notes.take(), ["b gone"], "{}", rig.name);
    }
}

#[test]
fn being_inside_a_callback_is_a_matter_of_the_thread_and_of_depth() {
    assert!(!in_callback());
    let outer = enter_callback();
    let inner = enter_callback();
    assert!(!beside(in_callback).join());
    drop(outer);
    assert!(in_callback());
    drop(inner);
    assert!(!in_callback());
}
