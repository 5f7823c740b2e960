//! Steps of several threads at one service.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

use super::event::{ServiceEvent, ServiceHandler};
use super::{Config, Service};
use crate::engine::local::State;
use crate::engine::message::{Envelope, Message};
use crate::engine::{Body, CallId, Instance, seal};
use crate::runtime::Runtime;
use crate::transport::Incoming;

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

/// Notes the numbers of the peer messages.
#[derive(Default)]
struct Order(Mutex<Vec<u64>>);

impl ServiceHandler for Order {
    fn on_event(&self, event: &ServiceEvent) {
        if let ServiceEvent::MessageReceived(_, message) = event
            && let Body::Text(text) = message.body()
        {
            self.0.lock().push(text.parse().unwrap());
        }
    }
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
            let left = bob.enter(|_, _| {
                there.send(()).unwrap();
                may_go.recv_timeout(Duration::from_secs(60)).expect("the sender has come back");
                bob.arrivals.lock().left.as_ref().map(|(_, batch)| batch.len())
            });
            assert_eq!(left, Ok(Some(1)), "one is left; who comes after that waits");
        });
        is_there.recv().unwrap();
        alice.send(&first).unwrap();
        assert_eq!(first.state(), State::SentToRemote, "nobody has read it yet");
        let after = scope.spawn(|| carol.send(&second).unwrap());
        go.send(()).unwrap();
        after.join().unwrap();
    });
    assert_eq!(first.state(), State::ReceivedByRemote, "the thread took it in");
    assert_eq!(second.state(), State::ReceivedByRemote);
    assert_eq!(bob.stats().unwrap().engine.invitations_received, 2);
}

#[test]
fn messages_are_read_in_order_while_other_threads_are_at_the_service() {
    const MANY: u64 = 20_000;
    let runtime = Runtime::process();
    let bob = logged_in("bob", &runtime);
    let order = Arc::new(Order::default());
    bob.add_handler(order.clone(), |_| ()).unwrap();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    bob.connection().unwrap();
                }
            });
        }
        for number in 1..=MANY {
            let message = Message::Text { number, text: number.to_string().into() };
            let bytes = seal(Envelope { id: CallId(0), instance: Instance(1), message });
            bob.arrive(1, &[Incoming { from: "alice".into(), bytes }]);
        }
        over.store(true, Ordering::Relaxed);
    });
    assert!(bob.arrivals.lock().left.is_none());
    bob.release(true).unwrap();
    assert!(order.0.lock().iter().copied().eq(1..=MANY));
}
