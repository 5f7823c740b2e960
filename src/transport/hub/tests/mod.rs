//! The rules of the hub, one test each, mostly in simulated time.

mod delivery;
mod faults;
mod links;
mod presence;
mod sessions;
mod threads;

use super::*;
use crate::transport::{Ended, Presence};

type Reaction = Box<dyn Fn(&str) + Send + Sync>;

/// An inbox that writes down what it is told, and may react to it.
#[derive(Default)]
struct Notes {
    lines: Mutex<Vec<String>>,
    reaction: OnceLock<Reaction>,
}

impl Notes {
    fn note(&self, line: String) {
        self.lines.lock().push(line.clone());
        if let Some(reaction) = self.reaction.get() {
            reaction(&line);
        }
    }
}

impl Inbox for Notes {
    fn link(&self, link: Link) {
        self.note(match link {
            Link::Up => "up".into(),
            Link::Down => "down".into(),
            Link::Ended(Ended::RemoteLogin) => "ended".into(),
            Link::Renewed(Ok(())) => "renewed".into(),
            other => format!("{other:?}"),
        });
    }

    fn deliver(&self, batch: &[Incoming]) {
        let text = |message: &Incoming| format!("{}:{}", message.from, String::from_utf8_lossy(&message.bytes));
        self.note(batch.iter().map(text).collect::<Vec<_>>().join(" "));
    }

    fn presence(&self, user: &str, presence: Presence) {
        self.note(format!("{user} is {presence:?}"));
    }
}

/// A user of a hub under test.
struct User {
    login: Arc<dyn Transport>,
    notes: Arc<Notes>,
}

impl User {
    fn send(&self, to: &str, text: &str) -> Result<(), Refused> {
        self.send_for(to, text, 60)
    }

    fn send_for(&self, to: &str, text: &str, seconds: u64) -> Result<(), Refused> {
        self.login.send(to, &bytes(text), Duration::from_secs(seconds))
    }

    fn watch(&self, user: &str) {
        self.login.watch(user, true);
    }

    fn stop(&self) {
        self.login.stop(Duration::ZERO);
    }

    /// What it was told since the last question.
    fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lines.lock())
    }

    /// Does this at every report.
    fn react(&self, reaction: impl Fn(&str) + Send + Sync + 'static) {
        assert!(self.notes.reaction.set(Box::new(reaction)).is_ok(), "one reaction a user");
    }
}

/// A hub in simulated time.
struct World {
    runtime: Arc<Runtime>,
    hub: Arc<Hub>,
}

impl World {
    fn new() -> World {
        let runtime = Runtime::simulated();
        let hub = Hub::named("", "app", &runtime).expect("a valid name");
        World { runtime, hub }
    }

    /// Logs in; the "up" is taken as read.
    fn login(&self, user: &str) -> User {
        let fresh = self.prepare();
        start(&fresh, user);
        assert_eq!(fresh.told().last().map(String::as_str), Some("up"));
        fresh
    }

    /// A user who has not logged in yet.
    fn prepare(&self) -> User {
        User { login: open("", &options(), &self.runtime), notes: Arc::default() }
    }

    fn users<const N: usize>(&self, names: [&str; N]) -> [User; N] {
        names.map(|name| self.login(name))
    }

    fn advance(&self, millis: u64) {
        self.runtime.advance(Duration::from_millis(millis));
    }

    /// Nothing vanished uncounted, if `waiting` messages wait.
    fn assert_all_counted(&self, waiting: u64) {
        let stats = self.hub.stats();
        let ends = stats.delivered + stats.lost + stats.expired + stats.dropped_offline + stats.refused_full;
        assert_eq!(stats.sent + stats.repeated, ends + waiting, "{stats:?}");
    }
}

fn start(user: &User, name: &str) {
    user.login.start(Session { user: name.into(), token: None }, user.notes.clone());
}

fn options() -> Options {
    Options { app_id: "app".into(), grace: Duration::from_secs(15), ca_pem: None }
}

fn bytes(text: &str) -> Bytes {
    text.as_bytes().into()
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[test]
fn a_name_has_at_most_64_bytes_and_no_control_characters() {
    for good in ["", "lobby", "Gr\u{fc}\u{df}e / 1", &"x".repeat(64)] {
        assert_eq!(check_name(good), Ok(()));
    }
    let long = Error::InvalidArgument("the hub name is 65 bytes, the limit is 64".into());
    assert_eq!(check_name(&"x".repeat(65)), Err(long));
    let control = Error::InvalidArgument("the hub name \"a\\nb\" contains a control character".into());
    assert_eq!(check_name("a\nb"), Err(control.clone()));
    assert_eq!(Hub::named("a\nb", "app", &Runtime::simulated()).err(), Some(control));
}

#[test]
fn one_hub_for_each_runtime_name_and_app_id() {
    let world = World::new();
    let again = Hub::named("", "app", &world.runtime).unwrap();
    assert!(Arc::ptr_eq(&world.hub, &again));
    let others = [
        Hub::named("other", "app", &world.runtime).unwrap(),
        Hub::named("", "other", &world.runtime).unwrap(),
        Hub::named("", "app", &Runtime::simulated()).unwrap(),
    ];
    assert!(others.iter().all(|other| !Arc::ptr_eq(other, &world.hub)));
}

#[test]
fn users_of_two_hubs_do_not_meet() {
    let world = World::new();
    let ann = world.login("ann");
    let there = User { login: open("elsewhere", &options(), &world.runtime), notes: Arc::default() };
    start(&there, "bob");
    assert_eq!(ann.send("bob", "hi"), Ok(()));
    assert_eq!(there.told(), ["up"]);
    assert_eq!(world.hub.stats().dropped_offline, 1);
}

#[test]
fn a_hub_goes_with_its_last_session_or_handle() {
    let world = World::new();
    let (key, old) = (world.hub.key.clone(), Arc::downgrade(&world.hub));
    let ann = world.login("ann");
    world.hub.set_link("ann", false);
    let World { runtime, hub } = world;
    drop(hub);
    assert!(HUBS.lock().contains_key(&key), "a session holds it");
    drop(ann);
    assert!(old.upgrade().is_none());
    assert!(!HUBS.lock().contains_key(&key));
    assert_eq!(runtime.next_alarm(), None, "its alarm went with it");
}

#[test]
fn a_hub_sets_an_alarm_only_if_something_is_due() {
    let world = World::new();
    let [ann, bob] = world.users(["ann", "bob"]);
    ann.watch("bob");
    ann.send("bob", "hi").unwrap();
    assert_eq!(world.runtime.next_alarm(), None);
    world.hub.set_link("bob", false);
    assert!(world.runtime.next_alarm().is_some());
    world.advance(15_000);
    assert_eq!(world.runtime.next_alarm(), None);
    world.hub.set_faults(Faults { delay_max: millis(5), ..Faults::default() });
    assert_eq!(world.runtime.next_alarm(), None);
    ann.send("bob", "late").unwrap();
    assert!(world.runtime.next_alarm().is_some());
    world.advance(5);
    assert_eq!(world.runtime.next_alarm(), None);
    drop(bob);
}
