//! A scripted peer: a whole service of its own, whose user always does what its script says.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock, Weak};
use std::time::Duration;

use parking_lot::Mutex;

use super::World;
use crate::codes::{ConnectionState, TestAct as Act};
use crate::engine::message::{Envelope, Message};
use crate::engine::{CallId, End, read};
use crate::error::Error;
use crate::handles::{Table, kind};
use crate::runtime::{Alarm, Wake};
use crate::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use crate::service::invitation::{LocalInvitation, RemoteInvitation};
use crate::service::{Config, DEFAULT_URL, Service, Tap};
use crate::time::Instant;
use crate::transport::Incoming;
use crate::transport::hub::Hub;

/// All scripted peers with a handle.
pub static PEERS: Table<Peer> = Table::new(kind::TEST_PEER, "a test peer");

/// What a peer does.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// With an invitation that rings at it, this long after that, and the response with which it accepts or refuses.
    pub when_called: Act,
    pub called_after: Duration,
    pub response: String,
    /// With an invitation of its own, this long after it rings at the callee.
    pub when_calling: Act,
    pub calling_after: Duration,
}

/// What a peer has lived through.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    /// Invitations that rang at it.
    pub rang: u64,
    /// Its own invitations that rang at the callee.
    pub received_by_peer: u64,
    /// Ends, of both kinds of invitations.
    pub accepted: u64,
    pub refused: u64,
    pub canceled: u64,
    pub failed: u64,
    /// How the last of them ended.
    pub last_end: Option<End>,
}

/// A peer that follows a script.
pub struct Peer {
    user: String,
    service: Arc<Service>,
    hub: Arc<Hub>,
    world: Arc<World>,
    alarm: Alarm,
    state: Mutex<State>,
}

struct State {
    script: Script,
    summary: Summary,
    /// Its own invitations that are open.
    calling: BTreeMap<CallId, Arc<LocalInvitation>>,
    /// What it is going to do, by time and order.
    due: BTreeMap<(Instant, u64), Deed>,
    deeds: u64,
}

/// Something to be done.
enum Deed {
    Answer(Act, Arc<RemoteInvitation>, String),
    Cancel(Arc<LocalInvitation>),
    LogOut,
    Vanish,
}

impl Script {
    /// Refuses acts on the wrong side.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |act: Act, side: &str| Err(Error::InvalidArgument(format!("{} is no act {side}", act.name())));
        match (self.when_called, self.when_calling) {
            (act @ (Act::Cancel | Act::CancelAsAccepted), _) => wrong(act, "of a peer that is called"),
            (_, act @ (Act::Accept | Act::Refuse)) => wrong(act, "of a peer that calls"),
            _ => Ok(()),
        }
    }
}

impl Peer {
    /// A new peer in `world`, logged in on the hub of this app id and of the default address.
    pub fn new(world: &Arc<World>, app_id: &str, user: &str, script: Script) -> Result<Arc<Peer>, Error> {
        script.check()?;
        let hub = Hub::named("", app_id, &world.runtime)?;
        let state =
            State { script, summary: Summary::default(), calling: BTreeMap::new(), due: BTreeMap::new(), deeds: 0 };
        let me: Arc<OnceLock<Weak<Peer>>> = Arc::default();
        let tap = Tap::new({
            let me = me.clone();
            move |batch| peer(&me).into_iter().for_each(|peer| peer.on_incoming(batch))
        });
        let config = Config { url: Some(DEFAULT_URL.into()), tap: Some(tap), ..Config::default() };
        let service = Service::new(config, &world.runtime, Some(world.next_seed()))?;
        service.initialize(app_id, Arc::new(Deaf))?;
        service.call_manager(Some(Arc::new(Ear(me.clone()))), |_| ())?;
        let peer = Arc::new_cyclic(|weak: &Weak<Peer>| {
            let alarm = world.runtime.alarm(weak.clone());
            let (user, world, state) = (user.to_owned(), world.clone(), Mutex::new(state));
            Peer { user, service, hub, world, alarm, state }
        });
        let _ = me.set(Arc::downgrade(&peer));
        peer.service.login(None, user)?;
        Ok(peer)
    }

    /// Follows another script from now on. What it is about to do already it still does.
    pub fn set_script(&self, script: Script) -> Result<(), Error> {
        script.check()?;
        self.state.lock().script = script;
        Ok(())
    }

    /// Calls somebody.
    pub fn call(&self, callee: &str, content: &str, channel: &str) -> Result<(), Error> {
        let local = self.service.create_local(callee)?;
        local.set_content(content);
        local.set_channel(channel);
        self.service.send(&local)?;
        local.id().and_then(|id| self.state.lock().calling.insert(id, local));
        Ok(())
    }

    /// Logs out, as its user would.
    pub fn log_out(&self) -> Result<(), Error> {
        self.service.logout()
    }

    /// Logs in again after [`log_out`](Peer::log_out), or comes back after it vanished.
    pub fn log_in(&self) -> Result<(), Error> {
        self.hub.set_link(&self.user, true);
        match self.service.connection()? {
            ConnectionState::Disconnected => self.service.login(None, &self.user),
            _ => Ok(()),
        }
    }

    /// Is gone without a word.
    pub fn vanish(&self) {
        self.hub.set_link(&self.user, false);
    }

    /// What it has lived through.
    pub fn summary(&self) -> Summary {
        self.state.lock().summary
    }

    /// Ends the peer: it logs out.
    pub fn release(&self) -> Result<(), Error> {
        self.service.release(true)
    }

    fn on_call(&self, event: &CallEvent) {
        use CallEvent::*;
        let mut state = self.state.lock();
        match event {
            RemoteReceived(remote) => {
                state.summary.rang += 1;
                let (act, after) = (state.script.when_called, state.script.called_after);
                let response = state.script.response.clone();
                self.plan(&mut state, act, after, |act| Deed::Answer(act, remote.clone(), response));
            }
            LocalReceivedByPeer(local) => {
                state.summary.received_by_peer += 1;
                let (act, after) = (state.script.when_calling, state.script.calling_after);
                self.plan(&mut state, act, after, |_| Deed::Cancel(local.clone()));
            }
            LocalAccepted(local, _) | LocalRefused(local, _) | LocalCanceled(local) | LocalFailure(local, _) => {
                local.id().and_then(|id| state.calling.remove(&id));
                state.ended(event, local.end());
            }
            RemoteAccepted(remote) | RemoteRefused(remote) | RemoteCanceled(remote) | RemoteFailure(remote, _) => {
                state.ended(event, remote.end());
            }
        }
    }

    /// What arrives, before the library reads it: the moment to cancel what is being accepted.
    fn on_incoming(&self, batch: &[Incoming]) {
        let mut crossed = Vec::new();
        {
            let state = self.state.lock();
            if state.script.when_calling != Act::CancelAsAccepted {
                return;
            }
            for message in batch {
                if let Ok(Envelope { id, message: Message::Accept { .. }, .. }) = read(&message.bytes).as_deref() {
                    crossed.extend(state.calling.get(id).cloned());
                }
            }
        }
        for local in crossed {
            let _ = self.service.cancel(&local); // It may have ended already.
        }
    }

    fn plan(&self, state: &mut State, act: Act, after: Duration, deed: impl FnOnce(Act) -> Deed) {
        let deed = match act {
            Act::Nothing | Act::CancelAsAccepted => return,
            Act::Accept | Act::Refuse | Act::Cancel => deed(act),
            Act::LogOut => Deed::LogOut,
            Act::Vanish => Deed::Vanish,
        };
        let at = self.world.runtime.now() + after;
        state.deeds += 1;
        let number = state.deeds;
        state.due.insert((at, number), deed);
        self.alarm.set(at);
    }

    fn perform(&self, deed: Deed) {
        // The invitation may have ended before its time came: nothing to do then.
        let _ = match deed {
            Deed::Answer(act, remote, response) => {
                remote.set_response(&response);
                if act == Act::Accept { self.service.accept(&remote) } else { self.service.refuse(&remote) }
            }
            Deed::Cancel(local) => self.service.cancel(&local),
            Deed::LogOut => self.service.logout(),
            Deed::Vanish => {
                self.vanish();
                Ok(())
            }
        };
    }
}

impl State {
    fn ended(&mut self, event: &CallEvent, end: End) {
        use CallEvent::*;
        let count = match event {
            LocalAccepted(..) | RemoteAccepted(_) => &mut self.summary.accepted,
            LocalRefused(..) | RemoteRefused(_) => &mut self.summary.refused,
            LocalCanceled(_) | RemoteCanceled(_) => &mut self.summary.canceled,
            _ => &mut self.summary.failed,
        };
        *count += 1;
        self.summary.last_end = Some(end);
    }
}

impl Wake for Peer {
    fn wake(&self, now: Instant) {
        loop {
            let mut state = self.state.lock();
            let Some((&(at, number), _)) = state.due.first_key_value() else { return };
            if at > now {
                return self.alarm.set(at);
            }
            let deed = state.due.remove(&(at, number));
            drop(state);
            deed.into_iter().for_each(|deed| self.perform(deed));
        }
    }
}

/// What the peer hears of its invitations.
struct Ear(Arc<OnceLock<Weak<Peer>>>);

impl CallHandler for Ear {
    fn on_event(&self, event: &CallEvent) {
        peer(&self.0).into_iter().for_each(|peer| peer.on_call(event));
    }
}

/// The peer, once it is made and until it is dropped.
fn peer(me: &OnceLock<Weak<Peer>>) -> Option<Arc<Peer>> {
    me.get()?.upgrade()
}

/// A scripted peer does not care about its session.
struct Deaf;

impl ServiceHandler for Deaf {
    fn on_event(&self, _: &ServiceEvent) {}
}
