//! What the ladder and the explanation of every ending say, to the letter.

use std::fmt::Write;

use super::world::{World, of_local, of_remote};

const GOLDEN: &str = include_str!("endings.txt");

/// A scene: plays a call to its end; what both sides say of it.
type Scene = (&'static str, fn(&World) -> Vec<String>);

const SCENES: &[Scene] = &[
    ("accepted", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(3_400);
        bob.rung().set_response("another secret");
        bob.service.accept(&bob.rung()).unwrap();
        world.pass(5_000);
        alice.service.cancel(&call).unwrap_err();
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("refused", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_200);
        bob.service.refuse(&bob.rung()).unwrap();
        bob.service.accept(&bob.rung()).unwrap_err();
        world.pass(5_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("canceled", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.creates("bob");
        alice.service.cancel(&call).unwrap_err();
        alice.service.send(&call).unwrap();
        alice.service.send(&call).unwrap_err();
        world.pass(2_000);
        alice.service.cancel(&call).unwrap();
        world.pass(5_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("unanswered", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(70_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("callee offline", |world| {
        let alice = world.party("alice", 1);
        let call = alice.calls("carol");
        world.pass(40_000);
        vec![of_local(&call)]
    }),
    ("callee without a link", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        world.link("bob", false);
        let call = alice.calls("bob");
        world.pass(5_000);
        world.link("alice", false);
        world.pass(35_000);
        drop(bob);
        vec![of_local(&call)]
    }),
    ("silent callee", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_000);
        world.link("bob", false);
        world.pass(70_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("not logged in", |world| {
        let alice = world.stranger(1, 16);
        let call = alice.calls("bob");
        world.pass(1);
        vec![of_local(&call)]
    }),
    ("caller logs out", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_000);
        alice.service.logout().unwrap();
        world.pass(1_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("callee logs out", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_000);
        bob.service.logout().unwrap();
        world.pass(1_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("caller releases its service", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_000);
        alice.service.release(true).unwrap();
        world.pass(1_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("callee releases its service", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_000);
        bob.service.release(true).unwrap();
        world.pass(1_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("caller logs in elsewhere", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_000);
        let _other = world.party("alice", 3);
        world.pass(1_000);
        alice.service.cancel(&call).unwrap_err();
        bob.service.refuse(&bob.rung()).unwrap();
        world.pass(1_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("callee logs in elsewhere", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        alice.calls("bob");
        world.pass(1_000);
        let _other = world.party("bob", 3);
        vec![of_remote(&bob.rung())]
    }),
    ("caller is lost", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_000);
        world.link("alice", false);
        world.pass(30_000);
        world.link("alice", true);
        world.pass(1_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("acceptance is not confirmed", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_000);
        world.link("alice", false);
        bob.service.accept(&bob.rung()).unwrap();
        bob.service.accept(&bob.rung()).unwrap_err();
        world.pass(9_000);
        world.link("alice", true);
        world.pass(5_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("callee logs out while accepting", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_000);
        bob.service.accept(&bob.rung()).unwrap();
        bob.service.logout().unwrap();
        world.pass(5_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
    ("the acceptance and the cancellation cross", |world| {
        let (alice, bob) = (world.party("alice", 1), world.party("bob", 2));
        let call = alice.calls("bob");
        world.pass(1_000);
        bob.service.accept(&bob.rung()).unwrap();
        alice.service.cancel(&call).unwrap();
        world.pass(5_000);
        vec![of_local(&call), of_remote(&bob.rung())]
    }),
];

#[test]
fn every_ending_has_its_text() {
    let mut all = String::new();
    for (name, play) in SCENES {
        for told in play(&World::new()) {
            writeln!(all, "== {name}\n{told}").unwrap();
        }
    }
    all.pop();
    if all != GOLDEN {
        let wrong = all.lines().zip(GOLDEN.lines()).find(|(now, golden)| now != golden);
        let file = std::env::temp_dir().join("rtm_call_endings.txt");
        std::fs::write(&file, &all).unwrap();
        panic!("endings.txt is different at {wrong:?}; what is told now is in {}", file.display());
    }
}
