//! Faults on purpose.

use super::*;

const ALWAYS: u32 = 1_000_000;

fn none() -> Faults {
    Faults::default()
}

/// Sends the numbers from 0 and answers those that arrived within a minute, in order of arrival.
fn arrivals(world: &World, count: u32) -> Vec<u32> {
    let [ann, bob] = world.users(["ann", "bob"]);
    for number in 0..count {
        ann.send("bob", &number.to_string()).unwrap();
    }
    world.advance(60_000);
    numbers(&bob)
}

fn numbers(user: &User) -> Vec<u32> {
    let told = user.told().join(" ");
    told.split_whitespace().map(|message| message.rsplit(':').next().unwrap().parse().unwrap()).collect()
}

#[test]
fn every_message_is_lost() {
    let world = World::new();
    world.hub.set_faults(Faults { loss: ALWAYS, ..none() });
    assert!(arrivals(&world, 100).is_empty());
    assert_eq!(world.hub.stats(), HubStats { sent: 100, lost: 100, ..HubStats::default() });
}

#[test]
fn every_message_comes_twice_and_at_once() {
    let world = World::new();
    world.hub.set_faults(Faults { repeat: ALWAYS, ..none() });
    let [ann, bob] = world.users(["ann", "bob"]);
    ann.send("bob", "1").unwrap();
    assert_eq!(bob.told(), ["ann:1 ann:1"]);
    assert_eq!(world.hub.stats(), HubStats { sent: 1, delivered: 2, repeated: 1, ..HubStats::default() });
}

#[test]
fn loss_and_repetition_keep_their_rates_and_the_order() {
    let world = World::new();
    world.hub.set_faults(Faults { seed: 1, loss: 250_000, repeat: 100_000, ..none() });
    let arrived = arrivals(&world, 40_000);
    assert!(arrived.is_sorted());
    let stats = world.hub.stats();
    assert!((9_700..10_300).contains(&stats.lost), "{stats:?}");
    assert!((2_800..3_200).contains(&stats.repeated), "{stats:?}");
    assert_eq!(stats.delayed, 0);
    world.assert_all_counted(0);
}

#[test]
fn delays_lie_between_the_bounds_and_keep_the_order() {
    let world = World::new();
    world.hub.set_faults(Faults { seed: 7, delay_min: millis(20), delay_max: millis(100), ..none() });
    let [ann, bob] = world.users(["ann", "bob"]);
    let began = world.runtime.now();
    let (runtime, took) = (world.runtime.clone(), Arc::new(Mutex::new(Vec::new())));
    let measured = took.clone();
    bob.react(move |_| measured.lock().push(runtime.now().since(began)));
    for number in 0..200 {
        ann.send("bob", &number.to_string()).unwrap();
    }
    assert_eq!(bob.told(), [""; 0]);
    world.advance(100);
    assert!(numbers(&bob).into_iter().eq(0..200));
    let took = took.lock();
    assert!(*took.first().unwrap() >= millis(20) && *took.last().unwrap() <= millis(100));
    assert_eq!(world.hub.stats().delayed, 200);
}

#[test]
fn one_pair_does_not_wait_for_another() {
    let world = World::new();
    world.hub.set_faults(Faults { seed: 3, delay_max: millis(1_000), ..none() });
    let users: Vec<User> = (0..40).map(|number| world.login(&format!("user-{number}"))).collect();
    let bob = world.login("bob");
    for (number, user) in users.iter().enumerate() {
        user.send("bob", &number.to_string()).unwrap();
    }
    world.advance(1_000);
    let arrived = numbers(&bob);
    assert!(arrived.len() == 40 && !arrived.is_sorted());
}

#[test]
fn reordered_messages_overtake_with_a_varying_delay() {
    let world = World::new();
    world.hub.set_faults(Faults { seed: 5, delay_max: millis(50), reorder: 100_000, ..none() });
    let mut arrived = arrivals(&world, 1_000);
    assert!(!arrived.is_sorted());
    arrived.sort_unstable();
    assert!(arrived.into_iter().eq(0..1_000));
    assert!((60..140).contains(&world.hub.stats().reordered));
}

#[test]
fn reordered_messages_are_held_back_without_a_delay() {
    let world = World::new();
    world.hub.set_faults(Faults { seed: 5, reorder: 100_000, ..none() });
    let arrived = arrivals(&world, 1_000);
    let reordered = world.hub.stats().reordered as usize;
    let (at_once, late) = arrived.split_at(1_000 - reordered);
    assert!(at_once.is_sorted() && late.is_sorted() && !late.is_empty());
}

#[test]
fn a_message_expires_on_its_way() {
    let world = World::new();
    world.hub.set_faults(Faults { delay_min: millis(1_500), delay_max: millis(1_500), ..none() });
    let [ann, bob] = world.users(["ann", "bob"]);
    ann.send_for("bob", "short", 1).unwrap();
    ann.send_for("bob", "long", 2).unwrap();
    world.advance(2_000);
    assert_eq!(bob.told(), ["ann:long"]);
    assert_eq!(world.hub.stats().expired, 1);
}

#[test]
fn a_message_in_flight_arrives_after_the_faults_and_is_not_overtaken() {
    let world = World::new();
    let [ann, bob, eve] = world.users(["ann", "bob", "eve"]);
    world.hub.set_faults(Faults { delay_min: millis(100), delay_max: millis(100), ..none() });
    ann.send("bob", "slow").unwrap();
    world.hub.set_faults(none());
    ann.send("bob", "next").unwrap();
    eve.send("bob", "quick").unwrap();
    assert_eq!(bob.told(), ["eve:quick"]);
    world.advance(100);
    assert_eq!(bob.told(), ["ann:slow ann:next"]);
    ann.send("bob", "at once").unwrap();
    assert_eq!(bob.told(), ["ann:at once"]);
    assert!(!world.hub.rough.load(Ordering::Relaxed), "no send takes the scheduler's lock any more");
}

#[test]
fn a_message_in_flight_arrives_with_whoever_is_logged_in_then() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.set_faults(Faults { delay_min: millis(100), delay_max: millis(100), ..none() });
    ann.send("bob", "1").unwrap();
    ann.send("eve", "1").unwrap();
    bob.send("ann", "to nobody").unwrap();
    ann.stop();
    let new = world.login("bob");
    world.advance(100);
    assert_eq!((bob.told(), new.told()), (vec!["ended".into()], vec!["ann:1".into()]));
    assert_eq!(world.hub.stats().dropped_offline, 2);
}

#[test]
fn a_message_that_lands_at_a_cut_link_waits() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.set_faults(Faults { delay_min: millis(100), delay_max: millis(100), ..none() });
    ann.send("bob", "1").unwrap();
    world.hub.set_link("bob", false);
    world.advance(100);
    world.hub.set_link("bob", true);
    assert_eq!(bob.told(), ["down", "ann:1", "up"]);
}

#[test]
fn a_repeated_message_of_which_one_copy_finds_room_is_taken() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.suspend("bob", true);
    for _ in 0..65_535 {
        ann.send("bob", "x").unwrap();
    }
    world.hub.set_faults(Faults { repeat: ALWAYS, ..none() });
    assert_eq!(ann.send("bob", "one copy"), Ok(()));
    assert_eq!(ann.send("bob", "none"), Err(Refused::Full));
    world.assert_all_counted(65_536);
    world.hub.set_faults(Faults { repeat: ALWAYS, delay_min: millis(1), ..none() });
    assert_eq!(ann.send("bob", "lands at a full mailbox"), Ok(()));
    world.advance(1);
    world.assert_all_counted(65_536);
    drop(bob);
}

#[test]
fn nonsense_bounds_do_no_harm() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    world.hub.set_faults(Faults { delay_min: millis(10), delay_max: Duration::ZERO, ..none() });
    ann.send("bob", "late").unwrap();
    world.advance(10);
    assert_eq!(bob.told(), ["ann:late"]);
    let never =
        Faults { delay_min: millis(1), delay_max: Duration::MAX, repeat: u32::MAX, reorder: u32::MAX, ..none() };
    world.hub.set_faults(never);
    ann.send("bob", "in 584 years at most").unwrap();
    world.hub.set_faults(Faults { delay_min: Duration::MAX, ..none() });
    ann.send("bob", "never").unwrap();
    world.advance(60_000);
    assert_eq!(bob.told(), [""; 0]);
}

/// A world with everything on; answers all that its users were told, with the time.
fn history(seed: u64) -> Vec<String> {
    let world = World::new();
    let faults =
        Faults { seed, delay_min: millis(1), delay_max: millis(80), loss: 50_000, repeat: 50_000, reorder: 50_000 };
    world.hub.set_faults(faults);
    let diary = Arc::new(Mutex::new(Vec::new()));
    let users: Vec<User> = (0..8).map(|number| world.login(&format!("user {number}"))).collect();
    for (number, user) in users.iter().enumerate() {
        let (diary, runtime, began) = (diary.clone(), world.runtime.clone(), world.runtime.now());
        user.react(move |line| diary.lock().push(format!("{:?} {number} {line}", runtime.now().since(began))));
        (0..8).for_each(|other| user.watch(&format!("user {other}")));
    }
    for round in 0..400_usize {
        let _ = users[round % 8].send_for(&format!("user {}", round * 5 % 8), &round.to_string(), 1 + round as u64 % 2);
        if round % 7 == 0 {
            world.hub.set_link(&format!("user {}", round % 4), round % 3 != 0);
            world.hub.suspend(&format!("user {}", round % 5), round % 3 == 0);
        }
        world.advance(round as u64 * 11 % 30);
    }
    (0..8).for_each(|other| {
        world.hub.set_link(&format!("user {other}"), true);
        world.hub.suspend(&format!("user {other}"), false);
    });
    world.advance(20_000);
    world.assert_all_counted(0);
    std::mem::take(&mut *diary.lock())
}

#[test]
fn the_same_seed_gives_the_same_history() {
    for seed in 0..20 {
        let one = history(seed);
        assert!(one.len() > 300);
        assert_eq!(one, history(seed));
        assert_ne!(one, history(seed + 1));
    }
}

#[test]
fn setting_faults_starts_the_dice_anew() {
    let world = World::new();
    let faults = Faults { seed: 9, loss: 500_000, ..none() };
    let runs: Vec<Vec<u32>> = (0..2)
        .map(|_| {
            world.hub.set_faults(faults);
            arrivals(&world, 100)
        })
        .collect();
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn that_a_user_has_gone_overtakes_none_of_its_messages() {
    let world = World::new();
    world.hub.set_faults(Faults { delay_min: millis(20), delay_max: millis(20), ..none() });
    let [ann, bob] = world.users(["ann", "bob"]);
    bob.watch("ann");
    assert_eq!(bob.told(), ["ann is Online"]);
    ann.send("bob", "bye").unwrap();
    ann.stop();
    world.advance(19);
    assert!(bob.told().is_empty());
    world.advance(1);
    assert_eq!(bob.told(), ["ann:bye", "ann is Offline"]);
    assert_eq!(world.runtime.next_alarm(), None);
}

#[test]
fn who_left_and_came_back_meanwhile_is_not_told_to_have_gone() {
    let world = World::new();
    world.hub.set_faults(Faults { delay_min: millis(20), delay_max: millis(20), ..none() });
    let [ann, bob] = world.users(["ann", "bob"]);
    bob.watch("ann");
    ann.send("bob", "bye").unwrap();
    ann.stop();
    let _again = world.login("ann");
    world.advance(20);
    assert_eq!(bob.told(), ["ann is Online", "ann:bye"]);
}
