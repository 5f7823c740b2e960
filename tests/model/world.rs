//! A world: its nodes and the set of messages ever sent. Each different node and each of its steps is worked out once, by the
//! real engine; a world is then a few numbers, so that visited worlds are kept exactly and not as fingerprints.

use std::collections::{BTreeSet, HashMap, HashSet};

use rtm_call::engine::{local, remote};

use crate::agree;
use crate::message::{Kind, Message, Set};
use crate::node::{Input, Node, Session};
use crate::oracle::{Broken, Weight};
use crate::scenario::{OUTSIDER, Scenario};
use crate::settle;

/// At most so many nodes.
pub const NODES: usize = 3;

/// One state of everything. A message that was ever sent may be delivered any number of times, at any time, or never.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct World {
    /// By their numbers in the [`Lab`].
    pub nodes: [u32; NODES],
    pub channel: Set,
}

/// One thing that happens to one node, short for [`Act`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deed {
    pub n: usize,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    /// By its position among the inputs of the node.
    Listed(u16),
    Read(u8),
    ReadLate(u8),
    /// By its position in `backlogs`.
    Backlog(u32),
}

/// One thing that happens to one node.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Act {
    pub n: usize,
    pub input: Input,
}

/// A worked-out step of a node: what becomes of it, and what it sends.
#[derive(Clone, Copy)]
struct Known {
    next: u32,
    sent: Set,
    rang: Option<u8>,
}

/// A node's number, what can happen to it, and what is known of that.
struct Entry {
    node: Node,
    /// Faults of it so far.
    faults: u8,
    inputs: Vec<(Input, bool)>,
    steps: Vec<Option<Known>>,
    reads: Vec<Option<Known>>,
    late: Vec<Option<Known>>,
    /// A message may be read after a timer became due.
    may_be_late: bool,
}

/// Everything that was worked out about a scenario.
pub struct Lab {
    pub scenario: Scenario,
    pub messages: Vec<Message>,
    /// Those that each node may read.
    addressed: [Set; NODES],
    /// Promises lighter than this are not looked at.
    heed: Weight,
    entries: Vec<Entry>,
    numbers: HashMap<Node, u32>,
    backlogs: Vec<Input>,
    backlog_numbers: HashMap<Input, u32>,
    after_backlogs: HashMap<(u32, u32), Known>,
    agreed: HashSet<[u32; NODES]>,
    /// How an invitation ended on both sides, where it did.
    pub ends: BTreeSet<(local::State, remote::State)>,
    /// Steps of engines that were run.
    pub steps: u64,
}

impl World {
    fn with(mut self, n: usize, known: Known) -> World {
        self.nodes[n] = known.next;
        self.channel.add_all(known.sent);
        self
    }
}

impl Lab {
    pub fn new(scenario: Scenario, heed: Weight) -> Lab {
        Lab {
            scenario,
            messages: Vec::new(),
            addressed: [Set::default(); NODES],
            heed,
            entries: Vec::new(),
            numbers: HashMap::new(),
            backlogs: Vec::new(),
            backlog_numbers: HashMap::new(),
            after_backlogs: HashMap::new(),
            agreed: HashSet::new(),
            ends: BTreeSet::new(),
            steps: 0,
        }
    }

    pub fn first(&mut self) -> Result<World, Broken> {
        let mut nodes = [0; NODES];
        for (n, number) in nodes.iter_mut().enumerate().take(self.scenario.nodes.len()) {
            *number = self.number(Node::new(&self.scenario, n))?;
        }
        let first = World { nodes, channel: Set::default() };
        self.check(first)?;
        Ok(first)
    }

    pub fn node(&self, number: u32) -> &Node {
        &self.entries[number as usize].node
    }

    /// Different nodes, whole sets of nodes, and messages that were met.
    pub fn met(&self) -> (usize, usize, usize) {
        (self.entries.len(), self.agreed.len(), self.messages.len())
    }

    /// All that can happen next in `world`, and what becomes of it. `visit` says whether it sees that world for the first time.
    pub fn expand(&mut self, world: World, mut visit: impl FnMut(Deed, World) -> bool) -> Result<(), (Deed, Broken)> {
        let count = self.scenario.nodes.len();
        let faults: u8 = world.nodes[..count].iter().map(|number| self.entries[*number as usize].faults).sum();
        let mut possible = Vec::new();
        for n in 0..count {
            self.possible(world, n, faults, &mut possible);
            for what in possible.drain(..) {
                let deed = Deed { n, what };
                let known = self.after(world.nodes[n], what).map_err(|broken| (deed, broken))?;
                let next = world.with(n, known);
                if visit(deed, next) {
                    self.check(next).map_err(|broken| (deed, broken))?;
                }
                self.check_ring(next, n, known).map_err(|broken| (deed, broken))?;
            }
        }
        Ok(())
    }

    /// `deed` in full.
    pub fn act(&self, world: World, deed: Deed) -> Act {
        Act { n: deed.n, input: self.input(world.nodes[deed.n], deed.what) }
    }

    fn input(&self, number: u32, what: What) -> Input {
        match what {
            What::Listed(position) => self.entries[number as usize].inputs[usize::from(position)].0.clone(),
            What::Read(m) => Input::Read(m),
            What::ReadLate(m) => Input::ReadLate(m),
            What::Backlog(backlog) => self.backlogs[backlog as usize].clone(),
        }
    }

    fn possible(&mut self, world: World, n: usize, faults: u8, possible: &mut Vec<What>) {
        let entry = &self.entries[world.nodes[n] as usize];
        let spare = faults < self.scenario.faults;
        let listed = (0..).zip(&entry.inputs).filter(|(_, (_, fault))| !*fault || spare);
        possible.extend(listed.map(|(position, _)| What::Listed(position)));
        let (session, late) = (entry.node.session, entry.may_be_late);
        if session == Session::Out {
            return;
        }
        if session == Session::Up {
            possible.extend(self.to(world.channel, n).map(What::Read));
            if late {
                possible.extend(self.to(world.channel, n).map(What::ReadLate));
            }
            if !late {
                return;
            }
        }
        let arriving: Vec<u8> = self.to(world.channel, n).collect();
        let mut backlogs = pairs(&arriving);
        if session == Session::Up {
            return possible.extend(backlogs.into_iter().map(|backlog| self.backlog(Input::Resume(backlog))));
        }
        backlogs.push(Vec::new());
        backlogs.extend(arriving.iter().map(|m| vec![*m]));
        if arriving.len() > 2 {
            backlogs.push(arriving.iter().rev().copied().collect());
            backlogs.push(arriving);
        }
        for backlog in backlogs {
            if late {
                possible.push(self.backlog(Input::UpLate(backlog.clone())));
            }
            possible.push(self.backlog(Input::Up(backlog)));
        }
    }

    fn backlog(&mut self, input: Input) -> What {
        let number = *self.backlog_numbers.entry(input).or_insert_with_key(|input| {
            self.backlogs.push(input.clone());
            u32::try_from(self.backlogs.len() - 1).expect("there are fewer backlogs")
        });
        What::Backlog(number)
    }

    /// Those of `messages` that are for node `n`.
    fn to(&self, messages: Set, n: usize) -> impl Iterator<Item = u8> + use<> {
        messages.and(self.addressed[n]).all()
    }

    fn after(&mut self, number: u32, what: What) -> Result<Known, Broken> {
        let entry = &self.entries[number as usize];
        let known = match what {
            What::Listed(position) => entry.steps[usize::from(position)],
            What::Read(m) => entry.reads.get(usize::from(m)).copied().flatten(),
            What::ReadLate(m) => entry.late.get(usize::from(m)).copied().flatten(),
            What::Backlog(backlog) => self.after_backlogs.get(&(number, backlog)).copied(),
        };
        if let Some(known) = known {
            return Ok(known);
        }
        let known = self.work_out(number, &self.input(number, what))?;
        let entry = &mut self.entries[number as usize];
        match what {
            What::Listed(position) => entry.steps[usize::from(position)] = Some(known),
            What::Read(m) => put(&mut entry.reads, m, known),
            What::ReadLate(m) => put(&mut entry.late, m, known),
            What::Backlog(backlog) => {
                self.after_backlogs.insert((number, backlog), known);
            }
        }
        Ok(known)
    }

    fn work_out(&mut self, number: u32, input: &Input) -> Result<Known, Broken> {
        let mut node = self.node(number).clone();
        let step = node.step(&self.scenario, &self.messages, input);
        self.steps += 1;
        step.worst(self.heed).map_or(Ok(()), Err)?;
        if let Input::Read(m) = input {
            self.check_outsider(number, *m)?;
        }
        let user = self.scenario.nodes[node.n].user;
        let mut sent = Set::default();
        for (to, bytes) in &step.sent {
            let message = Message::new(user, to, bytes.clone());
            self.send(&mut sent, &message);
            if self.scenario.forged {
                self.send(&mut sent, &Message { from: OUTSIDER, ..message });
            }
        }
        let rang = step.rang.first().map(|of| *of as u8);
        Ok(Known { next: self.number(node)?, sent, rang })
    }

    /// Puts `message` into the channel.
    fn send(&mut self, set: &mut Set, message: &Message) {
        if message.to == OUTSIDER {
            return;
        }
        let same = |known: &Message| (known.from, known.to, &known.bytes) == (message.from, message.to, &message.bytes);
        let position = self.messages.iter().position(same).unwrap_or_else(|| {
            self.messages.push(message.clone());
            self.messages.len() - 1
        });
        let position = u8::try_from(position).expect("a channel holds 256 different messages");
        set.add(position);
        for (addressed, node) in self.addressed.iter_mut().zip(&self.scenario.nodes) {
            if node.user == message.to {
                addressed.add(position);
            }
        }
    }

    /// The number of `node`, which is looked at when it is met first.
    fn number(&mut self, node: Node) -> Result<u32, Broken> {
        if let Some(number) = self.numbers.get(&node) {
            return Ok(*number);
        }
        node.check_state()?;
        settle::alone(&self.scenario, &node, self.heed)?;
        let inputs = node.inputs(&self.scenario);
        let number = u32::try_from(self.entries.len()).expect("there are fewer nodes");
        self.numbers.insert(node.clone(), number);
        self.entries.push(Entry {
            faults: node.spent.faults(),
            steps: vec![None; inputs.len()],
            reads: Vec::new(),
            late: Vec::new(),
            may_be_late: self.scenario.late && inputs.iter().any(|(input, _)| *input == Input::Fire),
            inputs,
            node,
        });
        Ok(number)
    }

    /// What an outsider says changes nothing, whatever it repeats.
    fn check_outsider(&self, number: u32, m: u8) -> Result<(), Broken> {
        let message = &self.messages[usize::from(m)];
        // Where it takes part, its own invitations are real.
        if self.scenario.forged || message.kind == Kind::Invite {
            return Ok(());
        }
        // What is due would run before any message.
        let (mut before, clock) = (self.node(number).engine.clone(), self.node(number).clock);
        before.handle_timeout(clock);
        while before.poll_output().is_some() {}
        let mut engine = before.clone();
        engine.handle_message(clock, OUTSIDER, &message.bytes);
        let mut events = 0;
        while let Some(output) = engine.poll_output() {
            use rtm_call::engine::Output;
            events += usize::from(matches!(output, Output::Local { .. } | Output::Remote { .. } | Output::Ring { .. }));
        }
        // An end is remembered under the outsider's own name.
        let kept = events == 0 && (matches!(message.kind, Kind::End { .. }) || engine == before);
        if kept { Ok(()) } else { Err(Broken::outcome("what an outsider says changes nothing")) }
    }

    /// What the nodes of `world` show together.
    fn check(&mut self, world: World) -> Result<(), Broken> {
        if self.agreed.contains(&world.nodes) {
            return Ok(());
        }
        let mut ends_met = BTreeSet::new();
        let nodes: Vec<&Node> =
            world.nodes[..self.scenario.nodes.len()].iter().map(|number| self.node(*number)).collect();
        for (of, (sender, callee)) in self.scenario.calls.iter().enumerate() {
            agree::agree(&self.scenario, &nodes, of, *sender, callee)?;
        }
        settle::together(&self.scenario, &nodes, self.heed, None)?;
        for (of, (sender, _)) in self.scenario.calls.iter().enumerate() {
            let local = &nodes[*sender].locals[of];
            let remotes = nodes.iter().flat_map(|node| &node.remotes).filter(|remote| {
                remote.of == of && remote.caller == self.scenario.nodes[*sender].user && !remote.open()
            });
            let ends: Vec<_> = remotes.filter(|_| local.ended()).map(|remote| (local.state, remote.state)).collect();
            ends_met.extend(ends);
        }
        self.ends.append(&mut ends_met);
        self.agreed.insert(world.nodes);
        Ok(())
    }

    /// A ring after the caller's end is over within one round trip of a living link.
    fn check_ring(&mut self, world: World, n: usize, known: Known) -> Result<(), Broken> {
        let Some(of) = known.rang.map(usize::from) else { return Ok(()) };
        let caller = self.scenario.calls[of].0;
        let local = &self.node(world.nodes[caller]).locals[of];
        let lives = self.node(world.nodes[caller]).session == Session::Up && local.ended() && !local.lost;
        let rings = |lab: &Lab, world: World| lab.node(world.nodes[n]).remotes.iter().any(|r| r.of == of && r.open());
        if !lives || !rings(self, world) || caller == n {
            return Ok(());
        }
        let mut now = world;
        for received in self.to(known.sent, caller) {
            let answer = self.after(now.nodes[caller], What::Read(received))?;
            now = now.with(caller, answer);
            for end in self.to(answer.sent, n) {
                let after = self.after(now.nodes[n], What::Read(end))?;
                now = now.with(n, after);
            }
        }
        match rings(self, now) {
            true => Err(Broken::outcome("a ring after the caller's end is over within one round trip")),
            false => Ok(()),
        }
    }
}

/// All ordered pairs.
fn pairs(of: &[u8]) -> Vec<Vec<u8>> {
    let second = |one: u8| of.iter().filter(move |other| **other != one).map(move |other| vec![one, *other]);
    of.iter().flat_map(|one| second(*one)).collect()
}

fn put(steps: &mut Vec<Option<Known>>, m: u8, known: Known) {
    let m = usize::from(m);
    if steps.len() <= m {
        steps.resize(m + 1, None);
    }
    steps[m] = Some(known);
}
