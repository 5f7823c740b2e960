//! Who is there.

use super::*;

#[test]
fn a_watcher_is_told_the_present_state_then_each_change() {
    let world = World::new();
    let ann = world.login("ann");
    ann.watch("bob");
    assert_eq!(ann.told(), ["bob is Offline"]);
    let bob = world.login("bob");
    assert_eq!(ann.told(), ["bob is Online"]);
    bob.stop();
    assert_eq!(ann.told(), ["bob is Offline"]);
}

#[test]
fn watching_twice_is_watching_once() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    ann.watch("bob");
    assert_eq!(ann.told(), ["bob is Online"]);
    bob.stop();
    assert_eq!(ann.told(), ["bob is Offline"]);
}

#[test]
fn who_no_longer_watches_is_not_told() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    ann.told();
    ann.login.watch("bob", false);
    ann.login.watch("bob", false);
    bob.stop();
    assert_eq!(ann.told(), [""; 0]);
    ann.watch("bob");
    assert_eq!(ann.told(), ["bob is Offline"]);
}

#[test]
fn not_even_what_waits_is_told_to_who_no_longer_watches() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    ann.told();
    let (ann_login, bob_login) = (ann.login.clone(), bob.login.clone());
    ann.react(move |line| {
        if line == "ann:go" {
            bob_login.stop(Duration::ZERO);
            ann_login.watch("bob", false);
        }
    });
    ann.send("ann", "go").unwrap();
    assert_eq!(ann.told(), ["ann:go"]);
}

#[test]
fn one_may_watch_oneself() {
    let world = World::new();
    let ann = world.login("ann");
    ann.watch("ann");
    assert_eq!(ann.told(), ["ann is Online"]);
}

#[test]
fn watches_die_with_the_session() {
    let world = World::new();
    let [old, bob] = world.users(["ann", "bob"]);
    old.watch("bob");
    let new = world.login("ann");
    bob.stop();
    assert_eq!(old.told(), ["bob is Online", "ended"]);
    assert_eq!(new.told(), [""; 0]);
    new.watch("bob");
    new.stop();
    assert_eq!(world.hub.table.read().watches(), 0);
}

#[test]
fn a_replaced_login_is_no_change_of_presence() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    let _again = world.login("bob");
    assert_eq!((ann.told(), bob.told()), (vec!["bob is Online".into()], vec!["ended".into()]));
}

#[test]
fn a_cut_link_is_unreachable_and_offline_after_the_grace_time() {
    let world = World::new();
    let [ann, _bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    ann.told();
    world.hub.set_link("bob", false);
    assert_eq!(ann.told(), ["bob is Unreachable"]);
    world.advance(14_999);
    assert_eq!(ann.told(), [""; 0]);
    world.advance(1);
    assert_eq!(ann.told(), ["bob is Offline"]);
    world.hub.set_link("bob", true);
    assert_eq!(ann.told(), ["bob is Online"]);
}

#[test]
fn a_link_restored_in_time_is_never_offline() {
    let world = World::new();
    let [ann, _bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    world.hub.set_link("bob", false);
    world.advance(14_000);
    world.hub.set_link("bob", true);
    world.hub.set_link("bob", false);
    world.advance(14_999);
    assert_eq!(ann.told(), ["bob is Online", "bob is Unreachable", "bob is Online", "bob is Unreachable"]);
    world.advance(1);
    assert_eq!(ann.told(), ["bob is Offline"]);
}

#[test]
fn a_logout_without_a_link_is_offline_at_once_and_only_once() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    world.hub.set_link("bob", false);
    bob.stop();
    world.advance(60_000);
    assert_eq!(ann.told(), ["bob is Online", "bob is Unreachable", "bob is Offline"]);
}

#[test]
fn a_new_login_ends_the_grace_time_of_the_old_one() {
    let world = World::new();
    let [ann, _bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    world.hub.set_link("bob", false);
    let _new = world.login("bob");
    world.advance(60_000);
    assert_eq!(ann.told(), ["bob is Online", "bob is Unreachable", "bob is Online"]);
}

#[test]
fn a_newcomer_is_told_that_a_link_is_cut() {
    let world = World::new();
    let [ann, _bob] = world.users(["ann", "bob"]);
    world.hub.set_link("bob", false);
    ann.watch("bob");
    assert_eq!(ann.told(), ["bob is Unreachable"]);
}

#[test]
fn each_session_has_its_own_grace_time() {
    let world = World::new();
    let ann = world.login("ann");
    let options = Options { grace: Duration::from_secs(1), ..options() };
    let bob = User { login: open("", &options, &world.runtime), notes: Arc::default() };
    start(&bob, "bob");
    ann.watch("bob");
    world.hub.set_link("bob", false);
    world.advance(1_000);
    assert_eq!(ann.told(), ["bob is Online", "bob is Unreachable", "bob is Offline"]);
}

#[test]
fn watchers_are_told_in_the_order_of_their_logins() {
    let world = World::new();
    let order = Arc::new(Mutex::new(Vec::new()));
    let names: Vec<String> = (0..50).map(|number| format!("fan {}", number * 37 % 50)).collect();
    let fans: Vec<User> = names.iter().map(|name| world.login(name)).collect();
    // They begin to watch in another order.
    for (fan, name) in fans.iter().zip(&names).rev() {
        fan.watch("star");
        let (order, name) = (order.clone(), name.clone());
        fan.react(move |_| order.lock().push(name.clone()));
    }
    let _star = world.login("star");
    assert_eq!(*order.lock(), names);
}
