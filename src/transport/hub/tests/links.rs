//! Cut links and sleeping machines.

use super::*;

#[test]
fn nobody_of_that_name_is_logged_in() {
    let world = World::new();
    assert!(!world.hub.set_link("ann", false));
    assert!(!world.hub.set_link("ann", true));
    assert!(!world.hub.suspend("ann", true));
    let _ann = world.login("ann");
    assert!(world.hub.set_link("ann", false));
    assert!(world.hub.set_link("ann", true));
    assert!(world.hub.suspend("ann", true));
}

#[test]
fn who_has_no_link_is_told_so_and_cannot_send() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.set_link("ann", false);
    world.hub.set_link("ann", false);
    assert_eq!(ann.told(), ["down"]);
    assert_eq!(ann.send("bob", "x"), Err(Refused::Down));
    world.hub.set_link("ann", true);
    world.hub.set_link("ann", true);
    assert_eq!(ann.told(), ["up"]);
    assert_eq!(ann.send("bob", "x"), Ok(()));
    assert_eq!(bob.told(), ["ann:x"]);
    assert_eq!(world.hub.stats().links_cut, 1);
}

#[test]
fn the_backlog_comes_as_one_batch_before_up() {
    let world = World::new();
    let [ann, bob, eve] = world.users(["ann", "bob", "eve"]);
    bob.watch("eve");
    bob.told();
    world.hub.set_link("bob", false);
    ann.send("bob", "1").unwrap();
    ann.send_for("bob", "expires", 1).unwrap();
    eve.stop();
    ann.send("bob", "2").unwrap();
    world.advance(1_001);
    assert_eq!(bob.told(), ["down"]);
    world.hub.set_link("bob", true);
    assert_eq!(bob.told(), ["ann:1 ann:2", "up", "eve is Offline"]);
    assert_eq!(world.hub.stats().expired, 1);
}

#[test]
fn up_is_reported_at_once_after_a_large_backlog() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.set_link("bob", false);
    for _ in 0..5_000 {
        ann.send("bob", "x").unwrap();
    }
    world.hub.set_link("bob", true);
    let told = bob.told();
    assert_eq!((told.len(), told[2].as_str()), (3, "up"));
    assert_eq!(told[1].split(' ').count(), 5_000);
}

#[test]
fn a_message_waits_even_after_the_grace_time() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.set_link("bob", false);
    ann.send("bob", "1").unwrap();
    world.advance(20_000);
    ann.send("bob", "2").unwrap();
    world.hub.set_link("bob", true);
    assert_eq!(bob.told(), ["down", "ann:1 ann:2", "up"]);
}

#[test]
fn a_new_login_gets_what_waits_for_a_cut_link() {
    let world = World::new();
    let [ann, old] = world.users(["ann", "bob"]);
    world.hub.set_link("bob", false);
    ann.send("bob", "1").unwrap();
    ann.send("bob", "2").unwrap();
    let new = world.prepare();
    start(&new, "bob");
    assert_eq!(new.told(), ["ann:1 ann:2", "up"]);
    assert_eq!(old.told(), ["down", "ended"]);
    assert_eq!(old.send("ann", "x"), Err(Refused::Down));
    assert_eq!(new.send("ann", "x"), Ok(()));
}

#[test]
fn what_a_busy_mailbox_holds_when_the_link_is_cut_waits_too() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let (login, hub) = (ann.login.clone(), Arc::downgrade(&world.hub));
    bob.react(move |line| {
        if line == "ann:go" {
            login.send("bob", &bytes("1"), Duration::from_secs(1)).unwrap();
            hub.upgrade().unwrap().set_link("bob", false);
            login.send("bob", &bytes("2"), Duration::from_secs(1)).unwrap();
        }
    });
    ann.send("bob", "go").unwrap();
    assert_eq!(bob.told(), ["ann:go", "down"]);
    world.hub.set_link("bob", true);
    assert_eq!(bob.told(), ["ann:1 ann:2", "up"]);
}

#[test]
fn a_link_cut_before_the_session_knew_of_it_is_not_reported() {
    let world = World::new();
    let bob = Arc::new(world.prepare());
    let ann = world.login("ann");
    let (fresh, hub) = (bob.clone(), Arc::downgrade(&world.hub));
    ann.react(move |_| {
        start(&fresh, "bob");
        hub.upgrade().unwrap().set_link("bob", false);
    });
    ann.send("ann", "go").unwrap();
    assert_eq!(bob.told(), [""; 0]);
    world.hub.set_link("bob", true);
    assert_eq!(bob.told(), ["up"]);
}

#[test]
fn after_a_cut_link_every_watched_presence_is_told_anew() {
    let world = World::new();
    let [ann, _bob] = world.users(["ann", "bob"]);
    ann.watch("eve");
    ann.watch("bob");
    ann.watch("ann");
    ann.told();
    world.hub.set_link("ann", false);
    let _eve = world.login("eve");
    world.hub.set_link("ann", true);
    assert_eq!(ann.told(), ["down", "up", "ann is Online", "bob is Online", "eve is Online"]);
}

#[test]
fn a_presence_that_went_and_came_back_while_asleep_is_no_news() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    ann.watch("eve");
    ann.told();
    world.hub.suspend("ann", true);
    bob.stop();
    let _bob = world.login("bob");
    let _eve = world.login("eve");
    world.hub.suspend("ann", false);
    assert_eq!(ann.told(), ["eve is Online"]);
}

#[test]
fn who_begins_to_watch_without_a_link_is_told_when_it_is_back() {
    let world = World::new();
    let [ann, _bob] = world.users(["ann", "bob"]);
    world.hub.set_link("ann", false);
    ann.watch("bob");
    assert_eq!(ann.told(), ["down"]);
    world.hub.set_link("ann", true);
    assert_eq!(ann.told(), ["up", "bob is Online"]);
}

#[test]
fn nothing_is_reported_to_a_sleeping_machine_and_the_backlog_is_one_batch() {
    let world = World::new();
    let [ann, bob, eve] = world.users(["ann", "bob", "eve"]);
    bob.watch("eve");
    ann.watch("bob");
    bob.told();
    ann.told();
    world.hub.suspend("bob", true);
    ann.send("bob", "1").unwrap();
    bob.login.renew("token");
    eve.stop();
    ann.send_for("bob", "expires", 1).unwrap();
    ann.send("bob", "2").unwrap();
    world.advance(30_000);
    assert_eq!((bob.told(), ann.told()), (vec![], vec![]), "and others see no difference");
    world.hub.suspend("bob", false);
    assert_eq!(bob.told(), ["ann:1 ann:2", "renewed", "eve is Offline"]);
}

#[test]
fn a_link_cut_and_restored_while_asleep() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.suspend("bob", true);
    ann.send("bob", "1").unwrap();
    world.hub.set_link("bob", false);
    ann.send("bob", "2").unwrap();
    world.hub.set_link("bob", true);
    ann.send("bob", "3").unwrap();
    assert_eq!(bob.told(), [""; 0]);
    world.hub.suspend("bob", false);
    assert_eq!(bob.told(), ["down", "ann:1 ann:2 ann:3", "up"]);
}

#[test]
fn a_machine_that_wakes_up_without_a_link_is_told_that_only() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.suspend("bob", true);
    ann.send("bob", "1").unwrap();
    world.hub.set_link("bob", false);
    world.hub.suspend("bob", false);
    assert_eq!(bob.told(), ["down"]);
    world.hub.set_link("bob", true);
    assert_eq!(bob.told(), ["ann:1", "up"]);
}

#[test]
fn waking_a_machine_that_is_awake_changes_nothing() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    bob.watch("ann");
    bob.told();
    let (login, other, hub) = (ann.login.clone(), bob.login.clone(), Arc::downgrade(&world.hub));
    bob.react(move |line| {
        if line == "bob:go" {
            login.stop(Duration::ZERO);
            other.send("bob", &bytes("after"), Duration::from_secs(1)).unwrap();
            hub.upgrade().unwrap().suspend("bob", false);
        }
    });
    bob.send("bob", "go").unwrap();
    assert_eq!(bob.told(), ["bob:go", "ann is Offline", "bob:after"]);
}

#[test]
fn a_session_replaced_while_asleep_learns_it_when_it_wakes_up() {
    let world = World::new();
    let [ann, old] = world.users(["ann", "bob"]);
    world.hub.suspend("bob", true);
    ann.send("bob", "1").unwrap();
    let new = world.prepare();
    start(&new, "bob");
    assert_eq!((old.told(), new.told()), (vec![], vec!["ann:1".into(), "up".into()]));
    world.hub.suspend("bob", false);
    assert_eq!((old.told(), new.told()), (vec!["ended".into()], vec![]));
    assert_eq!(world.hub.table.read().sleepers(), 0);
}

#[test]
fn a_session_replaced_while_asleep_may_stop() {
    let world = World::new();
    let old = world.login("bob");
    world.hub.suspend("bob", true);
    let _new = world.login("bob");
    assert_eq!(world.hub.table.read().sleepers(), 1);
    old.stop();
    assert_eq!(world.hub.table.read().sleepers(), 0);
    world.hub.suspend("bob", false);
    assert_eq!(old.told(), [""; 0]);
}
