//! A small net of engines. Each node has its own clock, far from the others'; the wire between them delivers, loses or
//! holds what the test says, and time moves only when the test moves it.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use rtm_call::codes::{EndReason, EndSide, LocalInvitationErr, RemoteInvitationErr};
use rtm_call::engine::message::{Envelope, Message};
use rtm_call::engine::message::{decode, encode, reason_name};
use rtm_call::engine::user::UserId;
use rtm_call::engine::{
    Body, Bytes, CallId, CallRef, Config, Dropped, Engine, Instance, LocalEvent, Offer, Output, Presence, RemoteEvent,
    Windows, local, remote,
};
use rtm_call::error::Error;
use rtm_call::time::Instant;

/// The nodes of [`Net::new`]: `B2` is a second instance of B's user.
pub const A: usize = 0;
pub const B: usize = 1;
pub const B2: usize = 2;

pub const ALICE: &str = "alice";
pub const BOB: &str = "bob";

/// One message on the wire.
#[derive(Clone, Debug)]
pub struct Packet {
    pub from: String,
    pub to: String,
    pub bytes: Bytes,
    pub expires_after: Duration,
    pub sent: Duration,
}

impl Packet {
    pub fn text(&self) -> String {
        describe(&self.bytes)
    }
}

struct Node {
    user: String,
    engine: Engine,
    config: Config,
    /// What its clock shows at the start of the test.
    offset: Duration,
    up: bool,
    events: Vec<String>,
    drops: Vec<Dropped>,
    sent: Vec<Packet>,
    last_call: Option<CallRef>,
    local: HashMap<CallRef, local::State>,
    remote: HashMap<CallRef, remote::State>,
    wakes: usize,
}

pub struct Net {
    nodes: Vec<Node>,
    now: Duration,
    wire: VecDeque<Packet>,
    lost: Vec<(usize, &'static str)>,
    held: Vec<(usize, &'static str)>,
    holding: VecDeque<Packet>,
    next_id: u128,
    next_instance: u64,
}

/// One transition as a scenario showed it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Seen {
    Local(local::State, local::State, LocalInvitationErr, EndReason, EndSide, Option<EndReason>),
    Remote(remote::State, remote::State, RemoteInvitationErr, EndReason, EndSide, Option<EndReason>),
}

thread_local! {
    static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
}

/// The transitions that this thread saw since it last asked.
pub fn take_seen() -> Vec<Seen> {
    SEEN.with(|seen| seen.take())
}

fn saw(seen: Seen) {
    SEEN.with(|all| all.borrow_mut().push(seen));
}

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

pub fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

impl Net {
    /// Alice and Bob, logged in, with the defaults.
    pub fn new() -> Net {
        let mut net = Net::out(Config::default());
        net.up(A);
        net.up(B);
        net
    }

    /// Alice and Bob, not logged in.
    pub fn out(config: Config) -> Net {
        let mut net = Net {
            nodes: Vec::new(),
            now: Duration::ZERO,
            wire: VecDeque::new(),
            lost: Vec::new(),
            held: Vec::new(),
            holding: VecDeque::new(),
            next_id: 0xc0ffee,
            next_instance: 1,
        };
        net.add(ALICE, config);
        net.add(BOB, config);
        net
    }

    /// Both logged in, with `config`.
    pub fn with(config: Config) -> Net {
        let mut net = Net::out(config);
        net.up(A);
        net.up(B);
        net
    }

    /// Another instance of Bob, logged in.
    pub fn second_bob(&mut self) {
        assert_eq!(self.add(BOB, Config::default()), B2);
        self.up(B2);
    }

    pub fn add(&mut self, user: &str, config: Config) -> usize {
        let offset = secs(1000) * (self.nodes.len() as u32 * 7 + 1);
        self.nodes.push(Node {
            user: user.into(),
            engine: Engine::new(config),
            config,
            offset,
            up: false,
            events: Vec::new(),
            drops: Vec::new(),
            sent: Vec::new(),
            last_call: None,
            local: HashMap::new(),
            remote: HashMap::new(),
            wakes: 0,
        });
        self.nodes.len() - 1
    }

    pub fn engine(&mut self, at: usize) -> &mut Engine {
        &mut self.nodes[at].engine
    }

    pub fn now(&self, at: usize) -> Instant {
        Instant::from_nanos((self.now + self.nodes[at].offset).as_nanos() as u64)
    }

    pub fn elapsed(&self) -> Duration {
        self.now
    }

    // Sessions.

    /// Begins a login; returns its instance.
    pub fn login(&mut self, at: usize) -> Instance {
        let user = self.nodes[at].user.clone();
        self.login_as(at, &user)
    }

    pub fn login_as(&mut self, at: usize, user: &str) -> Instance {
        let instance = Instance(self.next_instance);
        self.next_instance += 1;
        self.nodes[at].user = user.into();
        self.nodes[at].engine.login(UserId::new(user, "user id").unwrap(), instance);
        self.pump(at);
        instance
    }

    /// Logs in, with the link up.
    pub fn up(&mut self, at: usize) -> Instance {
        let instance = self.login(at);
        self.link_up(at, &[]);
        instance
    }

    pub fn login_failed(&mut self, at: usize) {
        let now = self.now(at);
        self.nodes[at].engine.login_failed(now);
        self.pump(at);
    }

    /// The link comes up, for the first time or again, with a backlog.
    pub fn link_up(&mut self, at: usize, backlog: &[(&str, Vec<u8>)]) {
        let now = self.now(at);
        self.nodes[at].up = true;
        let backlog = as_they_arrive(backlog);
        self.nodes[at].engine.link_up(now, backlog.iter().map(|(from, bytes)| (*from, bytes)));
        self.pump(at);
    }

    pub fn link_down(&mut self, at: usize) {
        let now = self.now(at);
        self.nodes[at].up = false;
        self.nodes[at].engine.link_down(now);
        self.pump(at);
    }

    pub fn logout(&mut self, at: usize) {
        self.leave(at, |engine, now| engine.logout(now, false));
    }

    pub fn release(&mut self, at: usize) {
        self.leave(at, |engine, now| engine.logout(now, true));
    }

    pub fn kick(&mut self, at: usize) {
        self.leave(at, |engine, now| engine.kicked(now));
    }

    pub fn fail(&mut self, at: usize) {
        self.leave(at, |engine, now| engine.failed(now));
    }

    fn leave(&mut self, at: usize, how: fn(&mut Engine, Instant)) {
        let now = self.now(at);
        how(&mut self.nodes[at].engine, now);
        self.pump(at);
        self.nodes[at].up = false;
    }

    pub fn presence(&mut self, at: usize, user: &str, presence: Presence) {
        let now = self.now(at);
        self.nodes[at].engine.handle_presence(now, user, presence);
        self.pump(at);
    }

    // Verbs.

    /// Alice invites Bob, who gets it when the wire runs.
    pub fn send(&mut self) -> CallRef {
        let windows = self.nodes[A].config.windows;
        self.send_with(A, BOB, windows)
    }

    pub fn send_with(&mut self, at: usize, callee: &str, windows: Windows) -> CallRef {
        self.try_send(at, Offer { callee, content: "hello".into(), channel: "room".into(), windows }).unwrap()
    }

    pub fn try_send(&mut self, at: usize, offer: Offer<'_>) -> Result<CallRef, Error> {
        self.next_id += 1;
        let (now, id) = (self.now(at), CallId(self.next_id));
        let call = self.nodes[at].engine.send(now, id, offer)?;
        self.nodes[at].last_call = Some(call);
        self.nodes[at].local.insert(call, local::State::Idle);
        self.pump(at);
        if self.nodes[at].local[&call] == local::State::Idle {
            self.nodes[at].local.insert(call, local::State::SentToRemote);
            let none = (EndReason::None, EndSide::None, None);
            let (idle, sent) = (local::State::Idle, local::State::SentToRemote);
            saw(Seen::Local(idle, sent, LocalInvitationErr::Ok, none.0, none.1, none.2));
        }
        Ok(call)
    }

    /// The next invitation gets this id.
    pub fn next_id(&mut self, id: u128) {
        self.next_id = id - 1;
    }

    /// The id of the last invitation sent.
    pub fn id(&self) -> CallId {
        CallId(self.next_id)
    }

    /// The call that was last sent by `at`, or last rang there.
    pub fn call(&self, at: usize) -> CallRef {
        self.nodes[at].last_call.expect("the test sent or received an invitation")
    }

    pub fn cancel(&mut self) -> Result<(), Error> {
        let (now, call) = (self.now(A), self.call(A));
        let answer = self.nodes[A].engine.cancel(now, call);
        self.pump(A);
        answer
    }

    pub fn accept(&mut self, at: usize) -> Result<(), Error> {
        self.accept_for(at, 5_000)
    }

    pub fn accept_for(&mut self, at: usize, accept_ms: u32) -> Result<(), Error> {
        let (now, call) = (self.now(at), self.call(at));
        let answer = self.nodes[at].engine.accept(now, call, "yes", accept_ms);
        if answer.is_ok() {
            let from = self.nodes[at].remote.insert(call, remote::State::AcceptSentToLocal).unwrap();
            let to = remote::State::AcceptSentToLocal;
            saw(Seen::Remote(from, to, RemoteInvitationErr::Ok, EndReason::None, EndSide::None, None));
        }
        self.pump(at);
        answer
    }

    pub fn refuse(&mut self, at: usize) -> Result<(), Error> {
        let (now, call) = (self.now(at), self.call(at));
        let answer = self.nodes[at].engine.refuse(now, call, "no");
        self.pump(at);
        answer
    }

    pub fn post(&mut self, at: usize, to: &str, body: &Body) -> Result<u64, Error> {
        let now = self.now(at);
        let number = self.nodes[at].engine.post(now, to, body);
        self.pump(at);
        number
    }

    // The wire.

    /// From now on messages of `by` that read like `what…` are lost.
    pub fn lose(&mut self, by: usize, what: &'static str) {
        self.lost.push((by, what));
    }

    /// From now on they are kept back until [`Net::let_go`].
    pub fn hold(&mut self, by: usize, what: &'static str) {
        self.held.push((by, what));
    }

    /// Nothing is lost or held any more; what was held goes out.
    pub fn let_go(&mut self) {
        self.lost.clear();
        self.held.clear();
        self.wire.extend(self.holding.drain(..));
        self.run();
    }

    /// Nothing is lost any more.
    pub fn heal(&mut self) {
        self.lost.clear();
        self.held.clear();
    }

    /// Delivers all that is on the wire, and the answers, in no time.
    pub fn run(&mut self) {
        while let Some(packet) = self.wire.pop_front() {
            self.deliver(&packet);
        }
    }

    /// Delivers `packet` to every instance of its addressee whose link is up.
    pub fn deliver(&mut self, packet: &Packet) {
        for at in 0..self.nodes.len() {
            if self.nodes[at].up && self.nodes[at].user == packet.to {
                let from = packet.from.clone();
                self.hand(at, &from, &packet.bytes);
            }
        }
    }

    /// Hands bytes to one node.
    pub fn hand(&mut self, at: usize, from: &str, bytes: &[u8]) {
        let now = self.now(at);
        self.nodes[at].engine.handle_message(now, from, &bytes.into());
        self.pump(at);
    }

    /// Hands a message for the last invitation to one node.
    pub fn inject(&mut self, at: usize, from: &str, instance: u64, message: Message) {
        let bytes = wire(self.id(), instance, message);
        self.hand(at, from, &bytes);
    }

    /// Hands Alice the acknowledgement of her peer message to Bob.
    pub fn inject_delivered(&mut self, number: u64) {
        let bytes = wire(CallId(0), 2, Message::Delivered { number, to: Instance(1) });
        self.hand(A, BOB, &bytes);
    }

    pub fn backlog(&mut self, at: usize, backlog: &[(&str, Vec<u8>)]) {
        let now = self.now(at);
        let backlog = as_they_arrive(backlog);
        self.nodes[at].engine.handle_backlog(now, backlog.iter().map(|(from, bytes)| (*from, bytes)));
        self.pump(at);
    }

    // Time.

    /// Time passes: every timer fires when it is due, and what is sent arrives at once.
    pub fn after(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            self.run();
            let due = (0..self.nodes.len()).filter_map(|at| Some((self.deadline(at)?, at))).min();
            match due {
                Some((when, at)) if when <= end => {
                    self.now = self.now.max(when);
                    self.nodes[at].wakes += 1;
                    self.wake(at);
                }
                _ => break,
            }
        }
        self.now = end;
    }

    /// Time passes and nobody wakes up.
    pub fn sleep(&mut self, time: Duration) {
        self.now += time;
    }

    /// Runs the timers of one node that are due.
    pub fn wake(&mut self, at: usize) {
        let now = self.now(at);
        self.nodes[at].engine.handle_timeout(now);
        self.pump(at);
    }

    /// When `at` wants to be woken, on the clock of the test.
    pub fn deadline(&self, at: usize) -> Option<Duration> {
        let when = self.nodes[at].engine.poll_timeout()?;
        Some(when.since(Instant::from_nanos(self.nodes[at].offset.as_nanos() as u64)))
    }

    /// How often `at` woke up since the test last asked.
    pub fn wakes(&mut self, at: usize) -> usize {
        std::mem::take(&mut self.nodes[at].wakes)
    }

    // What came out.

    /// What the application of `at` was told since the test last asked.
    pub fn events(&mut self, at: usize) -> Vec<String> {
        std::mem::take(&mut self.nodes[at].events)
    }

    /// What `at` dropped since the test last asked.
    pub fn drops(&mut self, at: usize) -> Vec<Dropped> {
        std::mem::take(&mut self.nodes[at].drops)
    }

    /// What `at` handed to its carrier since the test last asked.
    pub fn sent(&mut self, at: usize) -> Vec<String> {
        self.packets(at).iter().map(Packet::text).collect()
    }

    pub fn packets(&mut self, at: usize) -> Vec<Packet> {
        std::mem::take(&mut self.nodes[at].sent)
    }

    /// Forgets what came out so far.
    pub fn forget(&mut self) {
        for node in &mut self.nodes {
            node.events.clear();
            node.drops.clear();
            node.sent.clear();
            node.wakes = 0;
        }
    }

    /// Reads the outputs of one call of an engine.
    fn pump(&mut self, at: usize) {
        let mut batch = Vec::new();
        while let Some(output) = self.nodes[at].engine.poll_output() {
            batch.push(output);
        }
        self.note_transitions(at, &batch);
        for output in batch {
            if let Output::Send { to, bytes, expires_after, .. } = output {
                self.put(at, to.as_str(), bytes, expires_after);
            } else {
                let node = &mut self.nodes[at];
                if let Output::Ring { call, .. } = output {
                    node.last_call = Some(call);
                }
                match output {
                    Output::Dropped { why, .. } => node.drops.push(why),
                    other => node.events.push(event(&other)),
                }
            }
        }
    }

    fn put(&mut self, at: usize, to: &str, bytes: Bytes, expires_after: Duration) {
        let from = self.nodes[at].user.clone();
        let packet = Packet { from, to: to.into(), bytes, expires_after, sent: self.now };
        self.nodes[at].sent.push(packet.clone());
        let is = |rules: &[(usize, &str)]| rules.iter().any(|(by, what)| *by == at && packet.text().starts_with(what));
        if is(&self.held) {
            self.holding.push_back(packet);
        } else if !is(&self.lost) {
            self.wire.push_back(packet);
        }
    }

    /// Records which rows of the tables were shown.
    fn note_transitions(&mut self, at: usize, batch: &[Output]) {
        let node = &mut self.nodes[at];
        let mut made_up = BTreeSet::new();
        for (n, output) in batch.iter().enumerate() {
            let told = batch[n + 1..].iter().find_map(|output| match output {
                Output::Send { bytes, .. } => match decode(bytes).unwrap().message {
                    Message::End { to: None, reason, .. } => Some(reason),
                    _ => None,
                },
                _ => None,
            });
            match output {
                Output::Ring { call, .. } => {
                    let (idle, to) = (remote::State::Idle, remote::State::InvitationReceived);
                    assert_eq!(node.remote.insert(*call, to), None, "an invitation rings once");
                    saw(Seen::Remote(idle, to, RemoteInvitationErr::Ok, EndReason::None, EndSide::None, None));
                }
                Output::Local { call, state, event, end } => {
                    let from = node.local.insert(*call, *state).expect("it was sent");
                    let ends = batch.iter().filter(|o| matches!(o, Output::Local { call: c, .. } if c == call)).count();
                    if *event == LocalEvent::ReceivedByPeer && ends > 1 {
                        // An accept or refuse overtook the acknowledgement: the machine went straight from SENT.
                        made_up.insert(*call);
                        continue;
                    }
                    let from = if made_up.contains(call) { local::State::SentToRemote } else { from };
                    let code = match event {
                        LocalEvent::Failure(code) => *code,
                        _ => LocalInvitationErr::Ok,
                    };
                    let (reason, by) = end.map_or((EndReason::None, EndSide::None), |end| (end.reason, end.by));
                    saw(Seen::Local(from, *state, code, reason, by, end.and(told)));
                }
                Output::Remote { call, state, event, end } => {
                    let from = node.remote.insert(*call, *state).expect("it rang");
                    let code = match event {
                        RemoteEvent::Failure(code) => *code,
                        _ => RemoteInvitationErr::Ok,
                    };
                    saw(Seen::Remote(from, *state, code, end.reason, end.by, told));
                }
                _ => {}
            }
        }
    }
}

/// A backlog, as a carrier reports it.
fn as_they_arrive<'a>(backlog: &[(&'a str, Vec<u8>)]) -> Vec<(&'a str, Bytes)> {
    backlog.iter().map(|(from, bytes)| (*from, bytes.as_slice().into())).collect()
}

/// The bytes of a message of `instance`.
pub fn wire(id: CallId, instance: u64, message: Message) -> Vec<u8> {
    encode(&Envelope { id, instance: Instance(instance), message })
}

fn side(side: EndSide) -> &'static str {
    match side {
        EndSide::None => "nobody",
        EndSide::Caller => "caller",
        EndSide::Callee => "callee",
    }
}

/// A message in a line, its instances as plain numbers.
pub fn describe(bytes: &[u8]) -> String {
    match decode(bytes).expect("an engine sends messages").message {
        Message::Invite { content, channel, .. } => format!("invite({content}, {channel})"),
        Message::Received => "received".into(),
        Message::Accept { response } => format!("accept({response})"),
        Message::Confirm { to } => format!("confirm {}", to.0),
        Message::End { side: of, to, reason, response } => {
            let response = if reason == EndReason::Refused { format!("({response})") } else { String::new() };
            let to = to.map_or(String::new(), |to| format!(" to {}", to.0));
            format!("end {} {}{response}{to}", side(of), reason_name(reason))
        }
        Message::Ended { side: of } => format!("ended {}", side(of)),
        Message::Text { number, text } => format!("message {number} {text}"),
        Message::Raw { number, data, text } => format!("raw {number} {} bytes {text}", data.len()),
        Message::Delivered { number, .. } => format!("delivered {number}"),
    }
}

/// An output in a line.
fn event(output: &Output) -> String {
    let end = |reason: EndReason, by: EndSide| format!("{} by {}", reason_name(reason), side(by));
    match output {
        Output::Send { .. } | Output::Dropped { .. } | Output::Note { .. } => unreachable!("no events"),
        Output::Local { event, end: e, .. } => match (event, e) {
            (LocalEvent::ReceivedByPeer, None) => "ReceivedByPeer".into(),
            (LocalEvent::Accepted(response), Some(e)) => format!("Accepted({response}): {}", end(e.reason, e.by)),
            (LocalEvent::Refused(response), Some(e)) => format!("Refused({response}): {}", end(e.reason, e.by)),
            (LocalEvent::Canceled, Some(e)) => format!("Canceled: {}", end(e.reason, e.by)),
            (LocalEvent::Failure(code), Some(e)) => format!("Failure({code:?}): {}", end(e.reason, e.by)),
            other => unreachable!("no such event: {other:?}"),
        },
        Output::Ring { caller, content, channel, .. } => {
            format!("Ring({}, {content}, {channel})", caller.as_str())
        }
        Output::Remote { event, end: e, .. } => format!("{event:?}: {}", end(e.reason, e.by)),
        Output::Watch { user, on } => format!("{} {}", if *on { "Watch" } else { "Unwatch" }, user.as_str()),
        Output::Message { from, body } => match body {
            Body::Text(text) => format!("Message({}, {text})", from.as_str()),
            Body::Raw { data, text } => format!("Raw({}, {} bytes, {text})", from.as_str(), data.len()),
        },
        Output::Posted { number, result } => format!("Posted({number}): {result:?}"),
    }
}
