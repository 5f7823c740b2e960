//! A record replays to the same callbacks, whatever the day was like.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::codes::TestAct;
use crate::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use crate::service::invitation::RemoteInvitation;
use crate::service::{Config, Service};
use crate::transport::hub::{Faults, Hub};

struct Quiet;

impl ServiceHandler for Quiet {
    fn on_event(&self, _: &ServiceEvent) {}
}

/// Accepts, refuses or leaves what rings, in turn.
struct Ear {
    service: std::sync::Weak<Service>,
    rung: parking_lot::Mutex<usize>,
}

impl CallHandler for Ear {
    fn on_event(&self, event: &CallEvent) {
        let CallEvent::RemoteReceived(remote) = event else { return };
        let Some(service) = self.service.upgrade() else { return };
        let mut rung = self.rung.lock();
        *rung += 1;
        let answer: fn(&Service, &Arc<RemoteInvitation>) -> _ = match *rung % 3 {
            0 => Service::accept,
            1 => Service::refuse,
            _ => return,
        };
        remote.set_response("secret answer");
        answer(&service, remote).unwrap();
    }
}

/// A day of an application: calls both ways over a bad network, a link that breaks, a logout. Its record.
fn a_day(seed: u64, config: Config) -> String {
    let world = World::new(seed);
    let service = Service::new(config, world.runtime(), Some(seed)).unwrap();
    service.initialize("app", Arc::new(Quiet)).unwrap();
    let ear = Ear { service: Arc::downgrade(&service), rung: parking_lot::Mutex::new(0) };
    service.call_manager(Some(Arc::new(ear)), |_| ()).unwrap();
    let hub = Hub::named("", "app", world.runtime()).unwrap();
    let (delay_min, delay_max) = (Duration::from_millis(20), Duration::from_millis(700));
    hub.set_faults(Faults { seed, delay_min, delay_max, loss: 200_000, repeat: 100_000, reorder: 200_000 });
    let acts = [TestAct::Accept, TestAct::Refuse, TestAct::Nothing, TestAct::LogOut, TestAct::Vanish];
    let peers: Vec<_> = (0..10)
        .map(|n| {
            let script = Script {
                when_called: acts[n % acts.len()],
                called_after: Duration::from_millis(300 * n as u64),
                response: "secret response".into(),
                when_calling: if n % 2 == 0 { TestAct::Cancel } else { TestAct::CancelAsAccepted },
                calling_after: Duration::from_secs(2),
            };
            Peer::new(&world, "app", &format!("peer{n}"), script).unwrap()
        })
        .collect();
    for _ in 0..3 {
        service.login(None, "me").unwrap();
        for (n, peer) in peers.iter().enumerate() {
            let local = service.create_local(&format!("peer{n}")).unwrap();
            local.set_content("secret content");
            service.send(&local).unwrap();
            peer.call("me", "secret content", "secret channel").unwrap();
        }
        world.advance(Duration::from_millis(900)).unwrap();
        hub.set_link("me", false);
        world.advance(Duration::from_secs(3)).unwrap();
        hub.set_link("me", true);
        world.advance(Duration::from_secs(20)).unwrap();
        hub.suspend("me", true);
        world.suspend(Duration::from_secs(10)).unwrap();
        hub.suspend("me", false);
        world.advance(Duration::from_secs(5)).unwrap();
        service.logout().unwrap();
        world.advance(Duration::from_secs(5)).unwrap();
        for peer in &peers {
            peer.log_in().unwrap();
        }
    }
    let record = service.record();
    service.release(true).unwrap();
    peers.iter().for_each(|peer| peer.release().unwrap());
    record
}

fn check(record: &str) -> Replay {
    let replay = replay(record).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(replay.recorded, replay.replayed);
    replay
}

#[test]
fn a_record_replays_to_the_same_callbacks() {
    for seed in 0..20 {
        let record = a_day(seed, Config::default());
        let replay = check(&record);
        assert!(replay.recorded.lines().count() > 60, "{} callbacks", replay.recorded.lines().count());
        assert_eq!(replay.earlier, 0);
        assert!(!record.contains("secret"), "texts are not in it");
    }
}

#[test]
fn a_record_that_lost_its_beginning_replays_what_it_has() {
    let mut earlier = 0;
    for seed in 0..20 {
        let record = a_day(seed, Config { record_bytes: 20_000, ..Config::default() });
        let header = record.lines().next().unwrap();
        assert!(!header.contains("\"gone\":0,"), "{header}");
        let replay = check(&record);
        assert!(replay.inputs > 20);
        earlier += replay.earlier;
    }
    assert!(earlier > 0, "no record began in the middle of an invitation");
}

#[test]
fn texts_are_in_it_if_the_application_wants_them() {
    let record = a_day(1, Config { record_texts: true, ..Config::default() });
    assert!(record.contains("secret content") && record.contains("secret answer"));
    check(&record);
}

#[test]
fn without_a_tape_there_is_nothing_and_with_one_again_there_is() {
    let record = a_day(1, Config { record_bytes: 0, ..Config::default() });
    assert_eq!(record.lines().count(), 1);
    check(&record);
}

#[test]
fn a_deviation_is_seen() {
    let record = a_day(1, Config::default());
    let line = record.lines().find(|line| line.contains("\"entry\":\"accept\"")).unwrap();
    let replay = replay(&record.replace(&format!("{line}\n"), "")).unwrap();
    assert!(!replay.is_identical());
}

#[test]
fn what_is_no_record_is_an_error_with_its_line() {
    let record = a_day(1, Config::default());
    let wrong = |text: &str| replay(text).unwrap_err();
    assert!(wrong("").starts_with("line 1 is no header"));
    assert!(wrong(&record.replace("record 1", "record 9")).contains("record 9"));
    let garbage = format!("{}\n{{\"t\":1,\"entry\":\"dance\"}}\n", record.lines().next().unwrap());
    assert!(wrong(&garbage).starts_with("line 2: "), "{}", wrong(&garbage));
    let twice = record.lines().find(|line| line.contains("\"entry\":\"login\"")).unwrap();
    let header = record.lines().next().unwrap();
    assert_eq!(wrong(&format!("{header}\n{twice}\n{twice}\n")), "line 3: a login before the logout");
}

/// A record of a hostile hand: what it says is an error or is replayed, and nothing else happens.
#[test]
fn a_record_may_say_anything() {
    let record = a_day(1, Config::default());
    let first = record.lines().next().unwrap().replace("\"user\":\"\"", "\"user\":\"me\"");
    let header = |session: &str| first.replace("\"out\"", session);
    let id = "0123456789abcdef0123456789abcdef";
    let send = |t: u64, content: &str| {
        format!(
            r#"{{"t":{t},"entry":"send","id":"{id}","to":"bob","content":{content},"channel":0,"windows":[30000,60000,5000]}}"#
        )
    };
    let at = |line: &str| replay(&format!("{}\n{line}\n", header("\"up\"")));
    for length in [8_193, 1_000_000_000_000, u64::MAX] {
        let why = at(&send(1, &length.to_string())).unwrap_err();
        assert!(why.starts_with("line 2: ") && why.contains("content"), "{why}");
    }
    assert_eq!(at(&send(u64::MAX, "8192")).unwrap().inputs, 1);
    for line in [r#"{"t":1,"entry":"up","backlog":[]}"#, r#"{"t":1,"entry":"down"}"#] {
        let why = replay(&format!("{}\n{line}\n", header("\"out\""))).unwrap_err();
        assert_eq!(why, "line 2: a link without a login");
    }
}
