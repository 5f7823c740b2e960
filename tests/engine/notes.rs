//! Notes are for who keeps a record: they change nothing else, and there are none unless they are wanted.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::time::Duration;

use rtm_call::codes::PeerOnlineState as Presence;
use rtm_call::engine::message::{Kind, decode};
use rtm_call::engine::user::UserId;
use rtm_call::engine::{CallId, Config, Engine, Instance, Note, Offer, Output, Window, Windows};
use rtm_call::time::Instant;

/// Two engines and all that they put out.
struct Pair {
    now: Instant,
    engines: [Engine; 2],
    outputs: Vec<(usize, Output)>,
}

const USERS: [&str; 2] = ["alice", "bob"];

impl Pair {
    fn new(notes: bool) -> Pair {
        let engines = [0, 1].map(|n| {
            let mut engine = Engine::new(Config { notes, ..Config::default() });
            engine.login(UserId::new(USERS[n], "user id").unwrap(), Instance(n as u64 + 1));
            engine.link_up(Instant::ZERO, std::iter::empty());
            engine
        });
        Pair { now: Instant::ZERO, engines, outputs: Vec::new() }
    }

    /// Delivers everything at once, but what is put out while `cut`.
    fn run(&mut self, cut: bool) {
        while let Some((n, output)) = [0, 1].into_iter().find_map(|n| Some((n, self.engines[n].poll_output()?))) {
            if let (Output::Send { bytes, .. }, false) = (&output, cut) {
                self.engines[1 - n].handle_message(self.now, USERS[n], bytes);
            }
            self.outputs.push((n, output));
        }
    }

    fn pass(&mut self, seconds: u64) {
        let end = self.now + Duration::from_secs(seconds);
        while let Some(at) = self.engines.iter().filter_map(Engine::poll_timeout).min().filter(|at| *at <= end) {
            self.now = at;
            self.engines.iter_mut().for_each(|engine| engine.handle_timeout(at));
            self.run(false);
        }
        self.now = end;
    }

    /// An accepted call, a canceled one, an unanswered one, and one that nobody hears.
    fn play(&mut self) {
        for number in 1..=4 {
            let windows = Windows::default();
            let offer = Offer { callee: "bob", content: "c".into(), channel: "".into(), windows };
            let call = self.engines[0].send(self.now, CallId(number), offer).unwrap();
            self.run(number == 4);
            let ring = self.outputs.iter().rev().find_map(|(_, output)| match output {
                Output::Ring { call, .. } => Some(*call),
                _ => None,
            });
            match number {
                1 => self.engines[1].accept(self.now, ring.unwrap(), "r", 5_000).unwrap(),
                2 => self.engines[0].cancel(self.now, call).unwrap(),
                3 => self.pass(100),
                _ => {
                    self.engines[1].link_down(self.now);
                    self.engines[0].link_down(self.now);
                    self.engines[0].link_up(self.now, std::iter::empty());
                    self.run(true);
                    self.engines[0].handle_timeout(self.now + Duration::from_millis(600));
                    self.engines[0].handle_presence(self.now, "bob", Presence::Offline);
                    self.run(true);
                    self.engines[0].handle_timeout(self.now + Duration::from_secs(31));
                }
            }
            self.run(number == 4);
        }
    }

    fn notes(&self) -> Vec<Note> {
        let note = |(_, output): &(usize, Output)| match output {
            Output::Note { note, .. } => Some(*note),
            _ => None,
        };
        self.outputs.iter().filter_map(note).collect()
    }
}

fn hash(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.hash(&mut hasher);
    hasher.finish()
}

#[test]
fn notes_change_nothing_else() {
    let (mut with, mut without) = (Pair::new(true), Pair::new(false));
    with.play();
    without.play();
    assert!(without.notes().is_empty());
    let rest: Vec<_> = with.outputs.iter().filter(|(_, output)| !matches!(output, Output::Note { .. })).collect();
    assert_eq!(rest, without.outputs.iter().collect::<Vec<_>>());
    for n in [0, 1] {
        assert_eq!(hash(&with.engines[n]), hash(&without.engines[n]));
        assert_eq!(with.engines[n].poll_timeout(), without.engines[n].poll_timeout());
    }
}

#[test]
fn notes_tell_what_was_read_what_closed_and_what_the_carrier_said() {
    let mut pair = Pair::new(true);
    pair.play();
    let notes = pair.notes();
    for kind in [Kind::Received, Kind::Accept, Kind::Confirm, Kind::End, Kind::Ended] {
        let read = |note: &&Note| matches!(note, Note::Read(read) if read.kind == kind && read.bytes > 80);
        assert!(notes.iter().any(|note| read(&note)), "{kind:?}");
    }
    let invite = |note: &&Note| matches!(note, Note::Read(read) if read.kind == Kind::Invite);
    assert!(!notes.iter().any(|note| invite(&note)), "an invite comes with its ring");
    assert!(notes.contains(&Note::Closed(Window::Ring, None)));
    assert!(notes.contains(&Note::Presence(Presence::Offline)));
    assert!(notes.contains(&Note::Closed(Window::Acknowledge, Some(Presence::Offline))));
    assert!(notes.contains(&Note::Link(false)) && notes.contains(&Note::Link(true)));
    assert_eq!(notes.iter().filter(|note| matches!(note, Note::Closed(..))).count(), 2);
    // Both sides of three calls; of the fourth the end is still being told.
    assert_eq!(notes.iter().filter(|note| **note == Note::Over).count(), 6);
}

/// The windows of those who hear nothing any more.
#[test]
fn the_window_that_closed_is_named() {
    for (accepts, expected) in [(false, Window::Silence), (true, Window::Accept)] {
        let mut pair = Pair::new(true);
        let offer = Offer { callee: "bob", content: "c".into(), channel: "".into(), windows: Windows::default() };
        pair.engines[0].send(pair.now, CallId(1), offer).unwrap();
        pair.run(false);
        let ring = pair.outputs.iter().find_map(|(_, output)| match output {
            Output::Ring { call, read, .. } => Some((*call, *read)),
            _ => None,
        });
        let (ring, read) = ring.unwrap();
        assert_eq!((read.kind, read.from), (Kind::Invite, Instance(1)));
        if accepts {
            pair.engines[1].accept(pair.now, ring, "r", 5_000).unwrap();
        }
        let silent = usize::from(!accepts);
        pair.engines[silent].link_down(pair.now);
        let other = 1 - silent;
        for _ in 0..1_000 {
            let Some(at) = pair.engines[other].poll_timeout() else { break };
            pair.engines[other].handle_timeout(at);
            pair.run(true);
        }
        let closed: Vec<_> = pair.notes().into_iter().filter(|note| matches!(note, Note::Closed(..))).collect();
        assert_eq!(closed, [Note::Closed(expected, None), Note::Closed(Window::Telling, None)]);
        assert_eq!(pair.notes().last(), Some(&Note::Over));
    }
}

/// Every message about an invitation says which and what it is, those that answer what is over aside.
#[test]
fn what_is_sent_says_what_it_is_about() {
    let mut pair = Pair::new(false);
    pair.play();
    let mut seen = 0;
    for (_, output) in &pair.outputs {
        if let Output::Send { bytes, about, .. } = output {
            assert_eq!(about.expect("it is about a call").kind, decode(bytes).unwrap().message.which());
            seen += 1;
        }
    }
    assert!(seen > 12, "{seen} messages");
    pair.outputs.clear();
    let body = rtm_call::engine::Body::Text("t".into());
    pair.engines[0].post(pair.now, "bob", &body).unwrap();
    pair.run(true);
    assert!(matches!(pair.outputs[..], [(0, Output::Send { about: None, .. })]));
}
