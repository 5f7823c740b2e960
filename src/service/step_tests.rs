//! Steps of several threads at one service.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::event::{ServiceEvent, ServiceHandler};
use super::{Config, Service};
use crate::engine::local::State;
use crate::runtime::Runtime;

struct Quiet;

impl ServiceHandler for Quiet {
    fn on_event(&self, _: &ServiceEvent) {}
}

fn logged_in(user: &str, runtime: &Arc<Runtime>) -> Arc<Service> {
    let config = Config { url: Some("hub://steps".into()), ..Config::default() };
    let service = Service::new(config, runtime, Some(user.len() as u64)).unwrap();
    service.initialize("app", Arc::new(Quiet)).unwrap();
    service.login(None, user).unwrap();
    service
}

#[test]
fn who_brings_a_message_does_not_wait_for_a_thread_that_is_at_the_service() {
    let runtime = Runtime::simulated();
    let [bob, alice, carol] = ["bob", "alice", "carol ann"].map(|user| logged_in(user, &runtime));
    let (first, second) = (alice.create_local("bob").unwrap(), carol.create_local("bob").unwrap());
    let (there, is_there) = mpsc::channel();
    let (go, may_go) = mpsc::channel();
    thread::scope(|scope| {
        let bob = &bob;
        scope.spawn(move || {
            let held = bob.enter(|_, _| {
                there.send(()).unwrap();
                may_go.recv_timeout(Duration::from_secs(60))
            });
            held.unwrap().expect("the sender has come back");
        });
        is_there.recv().unwrap();
        alice.send(&first).unwrap();
        assert_eq!(first.state(), State::SentToRemote, "nobody has read it yet");
        // One is left to the thread that is at it; who comes after that waits, so that it is not kept for ever.
        let after = scope.spawn(|| carol.send(&second).unwrap());
        go.send(()).unwrap();
        after.join().unwrap();
    });
    assert_eq!(first.state(), State::ReceivedByRemote, "the thread took it in");
    assert_eq!(second.state(), State::ReceivedByRemote);
    assert_eq!(bob.stats().unwrap().engine.invitations_received, 2);
}
