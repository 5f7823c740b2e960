//! The breadth-first search: every world of a scenario, the nearest first.

use std::collections::BTreeSet;
use std::fmt;
use std::time::{Duration, Instant};

use rtm_call::engine::{local, remote};

use crate::ladder::{self, Ladder};
use crate::oracle::Weight;
use crate::scenario::Scenario;
use crate::world::{Act, Lab, World};

/// More worlds than fit into the memory that a test may take.
const TOO_MANY: usize = 40_000_000;

/// What a search found.
pub struct Found {
    pub name: &'static str,
    pub worlds: usize,
    pub transitions: u64,
    pub depth: usize,
    pub nodes: usize,
    pub sets: usize,
    pub messages: usize,
    pub steps: u64,
    pub took: Duration,
    /// How an invitation ended on both sides.
    pub ends: BTreeSet<(local::State, remote::State)>,
    pub ladder: Option<Ladder>,
}

/// Searches `scenario` until a promise of at most this weight is broken, or all of it.
pub fn search(scenario: Scenario, heed: Weight) -> Found {
    let began = Instant::now();
    let name = scenario.name;
    let mut lab = Lab::new(scenario, heed);
    let mut visited = Visited::new();
    let (mut transitions, mut depth, mut ladder) = (0, 0, None);
    match lab.first() {
        Ok(first) => {
            visited.add(first, u32::MAX);
        }
        Err(broken) => ladder = Some(ladder::write(&lab, &[], broken)),
    }
    let (mut at, mut level_ends) = (0, 1);
    while at < visited.worlds.len() && ladder.is_none() {
        if at == level_ends {
            (depth, level_ends) = (depth + 1, visited.worlds.len());
        }
        let world = visited.worlds[at];
        let result = lab.expand(world, |_, next| {
            transitions += 1;
            next != world && visited.add(next, at as u32)
        });
        if let Err((deed, broken)) = result {
            let mut acts = visited.path(&mut lab, at);
            acts.push(lab.act(world, deed));
            ladder = Some(ladder::write(&lab, &acts, broken));
        }
        assert!(visited.worlds.len() < TOO_MANY, "{name}: the bounds of this scenario are too wide");
        at += 1;
    }
    let (nodes, sets, messages) = lab.met();
    let worlds = visited.worlds.len();
    let ends = lab.ends;
    Found {
        name,
        ends,
        worlds,
        transitions,
        depth,
        nodes,
        sets,
        messages,
        steps: lab.steps,
        took: began.elapsed(),
        ladder,
    }
}

/// The worlds met, in the order of their distance, each with the one it was reached from.
struct Visited {
    worlds: Vec<World>,
    from: Vec<u32>,
    /// Open addressing: positions in `worlds` plus one.
    slots: Vec<u32>,
}

impl Visited {
    fn new() -> Visited {
        Visited { worlds: Vec::new(), from: Vec::new(), slots: vec![0; 1 << 12] }
    }

    /// Whether `world` is new.
    fn add(&mut self, world: World, from: u32) -> bool {
        if self.worlds.len() * 2 >= self.slots.len() {
            self.grow();
        }
        let slot = self.slot(&world);
        let new = self.slots[slot] == 0;
        if new {
            self.worlds.push(world);
            self.from.push(from);
            self.slots[slot] = self.worlds.len() as u32;
        }
        new
    }

    /// Where `world` is, or would be put.
    fn slot(&self, world: &World) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(world) as usize & mask;
        while self.slots[slot] != 0 && self.worlds[self.slots[slot] as usize - 1] != *world {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        self.slots = vec![0; self.slots.len() * 2];
        for position in 0..self.worlds.len() {
            let slot = self.slot(&self.worlds[position]);
            self.slots[slot] = position as u32 + 1;
        }
    }

    /// What happened from the beginning to the world at `position`.
    fn path(&self, lab: &mut Lab, position: usize) -> Vec<Act> {
        let mut acts: Vec<Act> = Vec::new();
        let mut position = position as u32;
        while self.from[position as usize] != u32::MAX {
            let (world, before) = (self.worlds[position as usize], self.from[position as usize]);
            let mut found = None;
            let _ = lab.expand(self.worlds[before as usize], |deed, next| {
                if next == world {
                    found.get_or_insert(deed);
                }
                false
            });
            acts.push(lab.act(self.worlds[before as usize], found.expect("it was reached from there")));
            position = before;
        }
        acts.reverse();
        acts
    }
}

fn hash(world: &World) -> u64 {
    let words = [u64::from(world.nodes[0]) << 32 | u64::from(world.nodes[1]), world.nodes[2].into()];
    words.iter().chain(world.channel.words()).fold(0, |hash: u64, word| {
        let mixed = (hash ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed ^ (mixed >> 29)
    })
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<28} {:>10} states {:>12} transitions, depth {:>2}, {:>6} different nodes, {:>7} sets of them, {:>3} messages, {:>7} engine steps, {:>5.1} s",
            self.name,
            self.worlds,
            self.transitions,
            self.depth,
            self.nodes,
            self.sets,
            self.messages,
            self.steps,
            self.took.as_secs_f64()
        )
    }
}
