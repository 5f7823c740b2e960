//! From one mailbox to another.

use super::*;
use std::sync::atomic::AtomicUsize;

#[test]
fn a_message_is_delivered_in_the_senders_thread_before_send_returns() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let here = std::thread::current().id();
    bob.react(move |_| assert_eq!(std::thread::current().id(), here));
    assert_eq!(ann.send("bob", "hello"), Ok(()));
    assert_eq!(bob.told(), ["ann:hello"]);
}

#[test]
fn the_sender_is_the_session_never_the_payload() {
    let world = World::new();
    let [eve, bob] = world.users(["eve", "bob"]);
    eve.send("bob", "from: ann").unwrap();
    assert_eq!(bob.told(), ["eve:from: ann"]);
}

#[test]
fn one_may_send_to_oneself() {
    let world = World::new();
    let ann = world.login("ann");
    assert_eq!(ann.send("ann", "note"), Ok(()));
    assert_eq!(ann.told(), ["ann:note"]);
}

#[test]
fn an_empty_message_is_a_message() {
    let world = World::new();
    let ann = world.login("ann");
    assert_eq!(ann.send("ann", ""), Ok(()));
    assert_eq!(ann.told(), ["ann:"]);
}

#[test]
fn a_message_to_nobody_is_taken_dropped_and_counted() {
    let world = World::new();
    let ann = world.login("ann");
    assert_eq!(ann.send("bob", "hello"), Ok(()));
    let bob = world.login("bob");
    assert_eq!(bob.told(), [""; 0]);
    assert_eq!(world.hub.stats(), HubStats { sent: 1, dropped_offline: 1, ..HubStats::default() });
}

#[test]
fn an_answer_out_of_a_report_comes_after_it() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let (answer, inside) = (bob.login.clone(), ann.notes.clone());
    bob.react(move |_| {
        answer.send("ann", &bytes("pong"), Duration::from_secs(1)).unwrap();
        assert!(inside.lines.lock().is_empty(), "reported inside a report");
    });
    ann.send("bob", "ping").unwrap();
    assert_eq!(ann.told(), ["bob:pong"]);
}

#[test]
fn reports_never_nest_however_long_the_chain() {
    let world = World::new();
    let depth = Arc::new(AtomicUsize::new(0));
    let name = |number: usize| format!("user {number}");
    let chain: Vec<User> = (0..200).map(|number| world.login(&name(number))).collect();
    for (number, user) in chain.iter().enumerate() {
        let (login, next, depth) = (user.login.clone(), name(number + 1), depth.clone());
        user.react(move |_| {
            assert_eq!(depth.fetch_add(1, Ordering::Relaxed), 0);
            login.send(&next, &bytes("on"), Duration::from_secs(1)).unwrap();
            depth.fetch_sub(1, Ordering::Relaxed);
        });
    }
    chain[0].send("user 0", "go").unwrap();
    assert_eq!(chain[199].told(), ["user 198:on"]);
}

#[test]
fn what_waits_comes_as_one_batch() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let login = bob.login.clone();
    bob.react(move |_| {
        for text in ["1", "2", "3"] {
            login.send("ann", &bytes(text), Duration::from_secs(1)).unwrap();
        }
    });
    ann.send("bob", "go").unwrap();
    assert_eq!(ann.told(), ["bob:1 bob:2 bob:3"]);
}

#[test]
fn messages_presence_and_link_come_in_one_order() {
    let world = World::new();
    let [ann, bob, eve] = world.users(["ann", "bob", "eve"]);
    ann.watch("bob");
    ann.told();
    // All of it happens inside one report, so that it waits in the mailbox of ann.
    let (eve_login, bob_login, ann_login) = (eve.login.clone(), bob.login.clone(), ann.login.clone());
    eve.react(move |_| {
        let send = |login: &Arc<dyn Transport>, text| login.send("ann", &bytes(text), Duration::from_secs(1)).unwrap();
        send(&bob_login, "1");
        send(&eve_login, "2");
        ann_login.renew("token");
        send(&bob_login, "3");
        bob_login.stop(Duration::ZERO);
        send(&eve_login, "4");
    });
    ann.send("eve", "go").unwrap();
    assert_eq!(ann.told(), ["bob:1 eve:2", "renewed", "bob:3", "bob is Offline", "eve:4"]);
}

/// Two users who send a ball to each other, that many times; counts the reports.
fn rally(world: &World, balls: usize) -> Arc<AtomicUsize> {
    let [ann, bob] = world.users(["ann", "bob"]);
    let count = Arc::new(AtomicUsize::new(0));
    for (user, peer) in [(&ann, "bob"), (&bob, "ann")] {
        let (login, count) = (user.login.clone(), count.clone());
        user.react(move |_| {
            if count.fetch_add(1, Ordering::Relaxed) + 1 < balls {
                login.send(peer, &bytes("ball"), Duration::from_secs(1)).unwrap();
            }
        });
    }
    ann.send("bob", "ball").unwrap();
    count
}

#[test]
fn a_thread_that_reported_256_items_leaves_the_rest_to_the_runtime() {
    let world = World::new();
    let count = rally(&world, 1_000);
    assert_eq!(count.load(Ordering::Relaxed), 256);
    world.advance(0);
    assert_eq!(count.load(Ordering::Relaxed), 1_000);
    assert_eq!(world.runtime.next_alarm(), None);
}

#[test]
fn a_thread_that_reported_256_items_and_no_more_leaves_nothing() {
    let world = World::new();
    assert_eq!(rally(&world, 256).load(Ordering::Relaxed), 256);
    assert_eq!(world.runtime.next_alarm(), None);
}

#[test]
fn a_crowd_of_watchers_is_told_by_the_runtime_too() {
    let world = World::new();
    let crowd: Vec<User> = (0..1_000).map(|number| world.login(&format!("fan {number}"))).collect();
    for fan in &crowd {
        fan.watch("star");
        fan.told();
    }
    let star = world.login("star");
    let told = crowd.iter().filter(|fan| !fan.notes.lines.lock().is_empty()).count();
    assert!((200..=256).contains(&told), "{told}");
    world.advance(0);
    assert!(crowd.iter().all(|fan| fan.told() == ["star is Online"]));
    drop(star);
}

#[test]
fn a_mailbox_takes_65_536_messages() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.suspend("bob", true);
    for _ in 0..65_536 {
        assert_eq!(ann.send("bob", "x"), Ok(()));
    }
    assert_eq!(ann.send("bob", "x"), Err(Refused::Full));
    assert_eq!(world.hub.stats().refused_full, 1);
    world.assert_all_counted(65_536);
    world.hub.suspend("bob", false);
    assert_eq!(ann.send("bob", "there is room again"), Ok(()));
    assert_eq!(bob.told().len(), 2);
    world.assert_all_counted(0);
}

#[test]
fn a_mailbox_takes_64_mebibytes() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let large: Bytes = vec![b'x'; 1 << 20].into();
    for _ in 0..2 {
        world.hub.suspend("bob", true);
        for _ in 0..64 {
            assert_eq!(ann.login.send("bob", &large, Duration::from_secs(60)), Ok(()));
        }
        assert_eq!(ann.send("bob", "x"), Err(Refused::Full));
        world.hub.suspend("bob", false);
    }
    assert_eq!(bob.told().len(), 2);
}

#[test]
fn a_full_mailbox_drops_what_expired_before_it_refuses() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.suspend("bob", true);
    for number in 0..65_536 {
        ann.send_for("bob", "x", if number % 4 == 0 { 1 } else { 2 }).unwrap();
    }
    world.advance(1_000);
    assert_eq!(ann.send("bob", "y"), Err(Refused::Full), "in the last moment of their lifetime they still count");
    world.advance(1_000);
    assert_eq!(ann.send("bob", "y"), Ok(()));
    assert_eq!(world.hub.stats().expired, 16_384);
    world.hub.suspend("bob", false);
    assert_eq!(bob.told()[0].split(' ').count(), 49_153);
    world.assert_all_counted(0);
}

#[test]
fn a_mailbox_that_was_full_gives_the_memory_back() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let seat = world.hub.table.read().seat("bob").unwrap().clone();
    for (count, kept) in [(10, true), (2_000, false)] {
        world.hub.suspend("bob", true);
        for _ in 0..count {
            ann.send("bob", "x").unwrap();
        }
        assert!(seat.capacity() >= count);
        world.hub.suspend("bob", false);
        assert_eq!((bob.told().len(), seat.capacity() > 0), (1, kept));
    }
}

#[test]
fn an_expired_message_is_dropped_and_counted_at_delivery() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.suspend("bob", true);
    ann.send_for("bob", "short", 1).unwrap();
    ann.send_for("bob", "long", 2).unwrap();
    world.advance(2_000);
    world.hub.suspend("bob", false);
    assert_eq!(bob.told(), ["ann:long"]);
    assert_eq!(world.hub.stats().expired, 1);
}

#[test]
fn a_panic_in_an_inbox_loses_nothing_that_waits() {
    let world = World::new();
    let [ann, bob, eve] = world.users(["ann", "bob", "eve"]);
    let login = bob.login.clone();
    bob.react(move |line| {
        if line == "ann:boom" {
            login.send("eve", &bytes("before"), Duration::from_secs(1)).unwrap();
            login.send("bob", &bytes("myself"), Duration::from_secs(1)).unwrap();
            panic!("planned");
        }
    });
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ann.send("bob", "boom")));
    assert!(panic.is_err());
    world.advance(0);
    assert_eq!(eve.told(), ["bob:before"]);
    assert_eq!(bob.told(), ["ann:boom", "bob:myself"]);
    ann.send("bob", "again").unwrap();
    assert_eq!(bob.told(), ["ann:again"]);
}

#[test]
fn what_expired_while_the_receiver_was_busy_is_dropped() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let (login, runtime) = (ann.login.clone(), world.runtime.clone());
    bob.react(move |line| {
        if line == "ann:first" {
            login.send("bob", &bytes("late"), Duration::from_secs(1)).unwrap();
            runtime.suspend(Duration::from_secs(10));
        }
    });
    ann.send("bob", "first").unwrap();
    assert_eq!(bob.told(), ["ann:first"]);
    assert_eq!(world.hub.stats().expired, 1);
}

#[test]
fn what_expired_while_it_was_left_to_the_runtime_is_dropped() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    for (me, peer) in [(&ann, "bob"), (&bob, "ann")] {
        let login = me.login.clone();
        me.react(move |line| {
            let number: u32 = line.split_once(':').unwrap().1.parse().unwrap();
            if number < 300 {
                login.send(peer, &bytes(&(number + 1).to_string()), Duration::from_secs(1)).unwrap();
            }
        });
    }
    ann.send("bob", "1").unwrap();
    assert_eq!(world.hub.stats().delivered, 256, "one is left to the runtime");
    world.runtime.suspend(Duration::from_secs(10));
    assert_eq!((world.hub.stats().delivered, world.hub.stats().expired), (256, 1));
}
