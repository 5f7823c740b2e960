//! Two users ring each other.

use rtm_call::service::event::CallEvent;

use super::broker::Broker;
use super::party::{Party, Told};

#[test]
fn a_call_is_accepted() {
    let broker = Broker::start();
    let (alice, bob) = (Party::online(&broker.url(), "alice"), Party::online(&broker.url(), "b+o#b"));
    alice.call("b+o#b", "video call?");
    let ringing = bob.rung("video call?");
    bob.service.accept(&ringing).unwrap();
    alice.wait("acceptance", |told| matches!(told, Told::Call(CallEvent::LocalAccepted(..))).then_some(()));
    bob.wait("confirmation", |told| matches!(told, Told::Call(CallEvent::RemoteAccepted(..))).then_some(()));
}
