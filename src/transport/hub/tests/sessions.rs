//! Login and logout.

use super::*;
use std::sync::mpsc;

#[test]
fn a_login_is_up_before_start_returns() {
    let world = World::new();
    let ann = world.prepare();
    start(&ann, "ann");
    assert_eq!(ann.told(), ["up"]);
}

#[test]
fn a_second_login_ends_the_first() {
    let world = World::new();
    let [old, bob] = world.users(["ann", "bob"]);
    let new = world.login("ann");
    assert_eq!(old.told(), ["ended"]);
    assert_eq!(old.send("bob", "still me"), Err(Refused::Down));
    assert_eq!(bob.send("ann", "hi"), Ok(()));
    assert_eq!((old.told(), new.told()), (vec![], vec!["bob:hi".into()]));
    assert_eq!(world.hub.table.read().sleepers(), 0);
}

#[test]
fn the_end_of_a_replaced_session_does_not_log_the_user_out() {
    let world = World::new();
    let [old, bob] = world.users(["ann", "bob"]);
    let new = world.login("ann");
    bob.watch("ann");
    old.login.renew("token");
    old.watch("bob");
    old.stop();
    drop(old);
    bob.send("ann", "hi").unwrap();
    assert_eq!(bob.told(), ["ann is Online"]);
    assert_eq!(new.told(), ["bob:hi"]);
}

#[test]
fn what_waits_for_a_replaced_session_goes_to_the_new_one() {
    let world = World::new();
    let [old, bob] = world.users(["ann", "bob"]);
    let new = Arc::new(world.prepare());
    let (login, fresh) = (bob.login.clone(), new.clone());
    // Inside a report: the messages wait when the new session begins.
    bob.react(move |_| {
        login.send("ann", &bytes("1"), Duration::from_secs(1)).unwrap();
        login.send("ann", &bytes("2"), Duration::from_secs(1)).unwrap();
        start(&fresh, "ann");
        login.send("ann", &bytes("3"), Duration::from_secs(1)).unwrap();
    });
    old.send("bob", "go").unwrap();
    assert_eq!(old.told(), ["ended"]);
    assert_eq!(new.told(), ["bob:1 bob:2", "up", "bob:3"]);
    world.assert_all_counted(0);
}

#[test]
fn a_session_begins_once_and_ends_once() {
    let world = World::new();
    let ann = world.login("ann");
    start(&ann, "ann");
    start(&ann, "someone else");
    assert_eq!(ann.told(), [""; 0]);
    assert_eq!(ann.send("ann", "still here"), Ok(()));
    assert_eq!(ann.told(), ["ann:still here"]);
    ann.stop();
    ann.stop();
    start(&ann, "ann");
    assert_eq!(ann.send("ann", "x"), Err(Refused::Down));
    assert_eq!(ann.told(), [""; 0]);
    assert!(!world.hub.set_link("ann", false), "it is not logged in");
}

#[test]
fn before_start_and_after_stop_nothing_works_and_nothing_breaks() {
    let world = World::new();
    let ann = world.prepare();
    let idle = || {
        assert_eq!(ann.send("ann", "x"), Err(Refused::Down));
        ann.login.renew("token");
        ann.watch("ann");
        assert_eq!(ann.told(), [""; 0]);
    };
    idle();
    start(&ann, "ann");
    ann.told();
    ann.stop();
    idle();
    assert_eq!(world.hub.stats(), HubStats::default());
}

#[test]
fn a_stop_before_start_prevents_it() {
    let world = World::new();
    let ann = world.prepare();
    ann.stop();
    start(&ann, "ann");
    assert_eq!(ann.told(), [""; 0]);
    assert_eq!(ann.send("ann", "x"), Err(Refused::Down));
}

#[test]
fn a_stop_while_start_is_under_way_logs_nobody_in() {
    let world = World::new();
    let login = Login { hub: world.hub.clone(), grace: Duration::ZERO, seat: OnceLock::new() };
    let notes = Arc::new(Notes::default());
    // `start` on one thread, with the `stop` of another in the middle.
    let seat = Arc::new(Seat::new(0, "ann".into(), login.grace, notes.clone(), world.hub.core.clone()));
    assert!(login.seat.set(Some(seat.clone())).is_ok());
    login.stop(Duration::ZERO);
    run(world.hub.table.write().enter(&seat));
    assert!(!world.hub.set_link("ann", true), "nobody is logged in");
    assert!(notes.lines.lock().is_empty());
}

#[test]
fn every_token_is_renewed() {
    let world = World::new();
    let ann = world.login("ann");
    ann.login.renew("token");
    assert_eq!(ann.told(), ["renewed"]);
}

#[test]
fn nothing_is_reported_after_stop() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    ann.told();
    world.hub.suspend("ann", true);
    bob.send("ann", "waits").unwrap();
    ann.login.renew("token");
    ann.stop();
    world.hub.suspend("ann", false);
    bob.stop();
    world.advance(60_000);
    assert_eq!(ann.told(), [""; 0]);
    assert_eq!(world.hub.stats().dropped_offline, 1);
    world.assert_all_counted(0);
}

#[test]
fn a_session_may_stop_inside_its_own_report() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let (login, other) = (ann.login.clone(), bob.login.clone());
    ann.react(move |_| {
        other.send("ann", &bytes("too late"), Duration::from_secs(1)).unwrap();
        login.stop(Duration::from_secs(1));
        login.stop(Duration::from_secs(1));
    });
    bob.watch("ann");
    bob.send("ann", "go").unwrap();
    assert_eq!(ann.told(), ["bob:go"]);
    assert_eq!(bob.told(), ["ann is Online", "ann is Offline"]);
    assert_eq!(world.hub.stats().dropped_offline, 1);
}

#[test]
fn a_session_may_stop_in_the_report_of_its_login() {
    let world = World::new();
    let ann = world.prepare();
    let login = ann.login.clone();
    ann.react(move |_| login.stop(Duration::ZERO));
    start(&ann, "ann");
    assert_eq!(ann.told(), ["up"]);
    assert!(!world.hub.set_link("ann", false));
}

#[test]
fn stop_does_not_wait_for_a_report_on_another_thread() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    let (entered, inside) = mpsc::channel();
    let (leave, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    ann.react(move |_| {
        entered.send(()).unwrap();
        gate.lock().recv().unwrap();
    });
    std::thread::scope(|scope| {
        scope.spawn(|| bob.send("ann", "1").unwrap());
        inside.recv().unwrap();
        assert_eq!(bob.send("ann", "2"), Ok(()), "one who finds the mailbox taken just leaves it there");
        ann.stop();
        leave.send(()).unwrap();
    });
    assert_eq!(ann.told(), ["bob:1"]);
    world.assert_all_counted(0);
}

#[test]
fn dropping_a_session_is_a_stop() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    bob.watch("ann");
    drop(ann.login);
    assert_eq!(bob.told(), ["ann is Online", "ann is Offline"]);
    assert_eq!(bob.send("ann", "x"), Ok(()));
    assert_eq!(world.hub.stats().dropped_offline, 1);
}

#[test]
fn the_inbox_is_let_go_at_stop_and_after_ended() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    assert_eq!(Arc::strong_count(&ann.notes), 2);
    ann.stop();
    assert_eq!(Arc::strong_count(&ann.notes), 1);
    let _new = world.login("bob");
    assert_eq!(bob.told(), ["ended"]);
    assert_eq!(Arc::strong_count(&bob.notes), 1);
}

/// An inbox that owns its session, as a service does, and whose end therefore is a stop.
struct Owner(Mutex<Option<Arc<dyn Transport>>>);

impl Inbox for Owner {
    fn link(&self, _link: Link) {}
    fn deliver(&self, _batch: &[Incoming]) {
        self.0.lock().take();
    }
    fn presence(&self, _user: &str, _presence: Presence) {}
}

#[test]
fn an_inbox_may_own_its_session() {
    let world = World::new();
    let bob = world.login("bob");
    for round in 0..3 {
        let login = open("", &options(), &world.runtime);
        let owner = Arc::new(Owner(Mutex::new(Some(login.clone()))));
        login.start(Session { user: "ann".into(), token: None }, owner.clone());
        let fate = (Arc::downgrade(&login), Arc::downgrade(&owner));
        drop((login, owner));
        match round {
            0 => bob.send("ann", "end").unwrap(),
            1 => drop(world.login("ann")),
            _ => fate.0.upgrade().unwrap().stop(Duration::ZERO),
        }
        assert!(fate.0.upgrade().is_none() && fate.1.upgrade().is_none(), "round {round}");
    }
}
