use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::*;
use crate::codes::{EndReason, EndSide, LocalInvitationState, TestAct};
use crate::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use crate::service::{Config, Service};

const MINUTE: Duration = Duration::from_secs(60);

/// The application under test: accepts what rings, and notes everything.
struct App {
    world: Arc<World>,
    service: Arc<Service>,
    heard: Arc<Mutex<Vec<String>>>,
}

struct Quiet;

impl ServiceHandler for Quiet {
    fn on_event(&self, _: &ServiceEvent) {}
}

struct Ear {
    accepts: bool,
    service: std::sync::Weak<Service>,
    world: std::sync::Weak<World>,
    heard: Arc<Mutex<Vec<String>>>,
}

impl CallHandler for Ear {
    fn on_event(&self, event: &CallEvent) {
        let name = format!("{event:?}");
        let elapsed = self.world.upgrade().map_or(0, |world| world.elapsed().as_millis());
        self.heard.lock().push(format!("{elapsed} {}", name.split('(').next().unwrap_or_default()));
        if let CallEvent::RemoteReceived(remote) = event
            && self.accepts
            && let Some(service) = self.service.upgrade()
        {
            service.accept(remote).unwrap();
        }
    }
}

impl App {
    fn new(accepts: bool) -> App {
        let world = World::new(7);
        let service = Service::new(Config::default(), &world.runtime, Some(world.next_seed())).unwrap();
        let heard = Arc::default();
        service.initialize("app", Arc::new(Quiet)).unwrap();
        let ear = Ear {
            accepts,
            service: Arc::downgrade(&service),
            world: Arc::downgrade(&world),
            heard: Arc::clone(&heard),
        };
        service.call_manager(Some(Arc::new(ear)), |_| ()).unwrap();
        service.login(None, "app").unwrap();
        App { world, service, heard }
    }

    fn peer(&self, script: Script) -> Arc<Peer> {
        Peer::new(&self.world, "app", "bob", script).unwrap()
    }

    fn call(&self) -> Arc<crate::service::invitation::LocalInvitation> {
        let local = self.service.create_local("bob").unwrap();
        self.service.send(&local).unwrap();
        local
    }

    fn heard(&self) -> Vec<String> {
        self.heard.lock().clone()
    }
}

fn called(act: TestAct, seconds: u64) -> Script {
    Script { when_called: act, called_after: Duration::from_secs(seconds), ..Script::default() }
}

fn calling(act: TestAct, seconds: u64) -> Script {
    Script { when_calling: act, calling_after: Duration::from_secs(seconds), ..Script::default() }
}

#[test]
fn a_peer_accepts_after_three_seconds() {
    let app = App::new(false);
    let bob = app.peer(called(TestAct::Accept, 3));
    app.call();
    app.world.advance(MINUTE).unwrap();
    assert_eq!(app.heard(), ["0 LocalReceivedByPeer", "3000 LocalAccepted"]);
    assert_eq!((bob.summary().rang, bob.summary().accepted), (1, 1));
}

#[test]
fn a_peer_refuses_with_its_response() {
    let app = App::new(false);
    app.peer(called(TestAct::Nothing, 0)).release().unwrap();
    let bob = app.peer(Script { response: "busy".into(), ..called(TestAct::Refuse, 1) });
    let local = app.call();
    app.world.advance(MINUTE).unwrap();
    assert_eq!(app.heard(), ["0 LocalReceivedByPeer", "1000 LocalRefused"]);
    local.with_response(|text| assert_eq!(text, "busy"));
    assert_eq!(bob.summary().refused, 1);
}

#[test]
fn a_peer_that_never_answers_lets_it_expire() {
    let app = App::new(false);
    let bob = app.peer(Script::default());
    let local = app.call();
    app.world.advance(Duration::from_millis(59_999)).unwrap();
    assert_eq!(local.state(), LocalInvitationState::ReceivedByRemote);
    app.world.advance(Duration::from_millis(1)).unwrap();
    assert_eq!(app.heard(), ["0 LocalReceivedByPeer", "60000 LocalFailure"]);
    assert_eq!(bob.summary().last_end.map(|end| end.reason), Some(EndReason::Expired));
}

#[test]
fn a_peer_vanishes_while_it_rings_and_comes_back() {
    let app = App::new(false);
    let bob = app.peer(called(TestAct::Vanish, 2));
    let local = app.call();
    app.world.advance(MINUTE * 2).unwrap();
    assert_eq!(local.end().reason, EndReason::Expired);
    bob.log_in().unwrap();
    bob.set_script(called(TestAct::Accept, 0)).unwrap();
    let local = app.call();
    app.world.advance(Duration::ZERO).unwrap();
    assert_eq!(local.state(), LocalInvitationState::AcceptedByRemote);
}

#[test]
fn a_peer_logs_out_while_it_rings_and_in_again() {
    let app = App::new(false);
    let bob = app.peer(called(TestAct::LogOut, 2));
    let local = app.call();
    app.world.advance(MINUTE).unwrap();
    assert_eq!((local.end().reason, local.end().by), (EndReason::LoggedOut, EndSide::Callee));
    bob.log_in().unwrap();
    bob.set_script(called(TestAct::Accept, 0)).unwrap();
    let local = app.call();
    app.world.advance(Duration::ZERO).unwrap();
    assert_eq!(local.state(), LocalInvitationState::AcceptedByRemote);
}

#[test]
fn a_calling_peer_cancels_while_it_rings() {
    let app = App::new(false);
    let bob = app.peer(calling(TestAct::Cancel, 4));
    bob.call("app", "hello", "").unwrap();
    app.world.advance(MINUTE).unwrap();
    assert_eq!(app.heard(), ["0 RemoteReceived", "4000 RemoteCanceled"]);
    assert_eq!((bob.summary().received_by_peer, bob.summary().canceled), (1, 1));
}

#[test]
fn a_calling_peer_cancels_as_it_is_accepted() {
    let app = App::new(true);
    let bob = app.peer(calling(TestAct::CancelAsAccepted, 0));
    bob.call("app", "hello", "").unwrap();
    app.world.advance(MINUTE).unwrap();
    assert_eq!(app.heard(), ["0 RemoteReceived", "0 RemoteCanceled"]);
    assert_eq!((bob.summary().canceled, bob.summary().accepted), (1, 0));
    // The twin: with nothing in its way the same call is accepted.
    bob.set_script(Script::default()).unwrap();
    bob.call("app", "hello", "").unwrap();
    app.world.advance(MINUTE).unwrap();
    assert_eq!(app.heard()[2..], ["60000 RemoteReceived", "60000 RemoteAccepted"]);
}

#[test]
fn an_act_of_the_other_side_is_refused() {
    let app = App::new(false);
    for script in [called(TestAct::Cancel, 0), called(TestAct::CancelAsAccepted, 0), calling(TestAct::Accept, 0)] {
        let error = Peer::new(&app.world, "app", "bob", script).err().unwrap();
        assert!(error.to_string().starts_with("RTM_TEST_ACT_"), "{error}");
    }
}

#[test]
fn time_does_not_pass_inside_a_callback() {
    let app = App::new(false);
    let inside = crate::service::delivery::enter_callback();
    let error = app.world.advance(MINUTE).unwrap_err();
    drop(inside);
    assert_eq!(error.to_string(), "time cannot pass inside a callback");
    assert_eq!(app.world.elapsed(), Duration::ZERO);
    app.world.advance(MINUTE).unwrap();
    assert_eq!(app.world.elapsed(), MINUTE);
}

#[test]
fn after_a_suspend_an_expired_invitation_ends_without_ringing_on() {
    let app = App::new(false);
    let bob = app.peer(called(TestAct::Accept, 30));
    app.call();
    app.world.advance(Duration::from_secs(1)).unwrap();
    app.world.suspend(MINUTE * 5).unwrap();
    assert_eq!(app.heard().len(), 2);
    assert_eq!(bob.summary().accepted + bob.summary().failed, 1);
}

#[test]
fn a_released_peer_is_freed() {
    let app = App::new(false);
    let bob = app.peer(called(TestAct::Accept, 3));
    app.call();
    app.world.advance(Duration::from_secs(1)).unwrap();
    let weak = Arc::downgrade(&bob);
    bob.release().unwrap();
    drop(bob);
    assert!(weak.upgrade().is_none());
    app.world.advance(MINUTE).unwrap();
    assert_eq!(app.heard().len(), 2, "received, and the end: it was released");
}
