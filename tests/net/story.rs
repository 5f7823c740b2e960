//! What the callbacks of one user told: a list that only grows, and waiting for something in it.

use std::fmt::{self, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use rtm_call::codes::{
    ConnectionChangeReason, ConnectionState, EndReason, EndSide, LoginErr, LogoutErr, PeerMessageErr, PeerOnlineState,
    PeerSubscriptionStatusErr, QueryPeersOnlineStatusErr, RenewTokenErr,
};
use rtm_call::engine::CallId;
use rtm_call::engine::local::State as LocalState;
use rtm_call::engine::remote::State as RemoteState;
use rtm_call::service::event::{CallEvent, CallHandler, ServiceEvent, ServiceHandler};
use rtm_call::service::invitation::{LocalInvitation, RemoteInvitation};

/// For how long a test waits for what must come, on a machine that does other work beside it.
pub const BOUND: Duration = Duration::from_secs(30);

/// One callback.
#[derive(Clone)]
pub struct Entry {
    pub at: Instant,
    pub seen: Seen,
}

/// What a callback was about. Codes are the original's numbers.
#[derive(Clone, PartialEq, Debug)]
pub enum Seen {
    LoggedIn,
    LoginFailed(LoginErr),
    LoggedOut(LogoutErr),
    Connection(ConnectionState, ConnectionChangeReason),
    Renewed(RenewTokenErr),
    TokenExpired,
    Sent(i64, PeerMessageErr),
    Message(String, String, Vec<u8>),
    Query(i64, Vec<(String, PeerOnlineState)>, QueryPeersOnlineStatusErr),
    Subscribed(i64, PeerSubscriptionStatusErr),
    Presence(String, PeerOnlineState),
    Call(Call),
}

/// One callback of the call manager, and what the getters answered inside it.
#[derive(Clone, PartialEq)]
pub struct Call {
    pub id: CallId,
    pub kind: Kind,
    pub peer: String,
    /// The content of a ring, the response of an answer.
    pub text: String,
    pub code: i32,
    pub reason: EndReason,
    pub by: EndSide,
}

/// The ten callbacks of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    LocalReceived,
    LocalAccepted,
    LocalRefused,
    LocalCanceled,
    LocalFailure,
    RemoteReceived,
    RemoteAccepted,
    RemoteRefused,
    RemoteCanceled,
    RemoteFailure,
}

impl Kind {
    pub fn is_local(self) -> bool {
        (self as u8) <= Kind::LocalFailure as u8
    }

    /// Whether it ends its invitation.
    pub fn is_terminal(self) -> bool {
        !matches!(self, Kind::LocalReceived | Kind::RemoteReceived)
    }
}

/// What to do inside a callback that rings.
pub type OnRing = Box<dyn Fn(&Arc<RemoteInvitation>) + Send + Sync>;

/// The callbacks of one user, in order.
pub struct Story {
    user: String,
    began: Instant,
    told: Mutex<Told>,
    changed: Condvar,
}

#[derive(Default)]
struct Told {
    entries: Vec<Entry>,
    remotes: Vec<Arc<RemoteInvitation>>,
    on_ring: Option<Arc<OnRing>>,
}

impl Story {
    pub fn new(user: &str) -> Arc<Story> {
        let (user, began) = (user.to_owned(), Instant::now());
        Arc::new(Story { user, began, told: Mutex::default(), changed: Condvar::new() })
    }

    /// What to do inside the callback of each ring from now on.
    pub fn on_ring(&self, act: impl Fn(&Arc<RemoteInvitation>) + Send + Sync + 'static) {
        self.told.lock().on_ring = Some(Arc::new(Box::new(act)));
    }

    /// Rings are only recorded from now on.
    pub fn just_ring(&self) {
        self.told.lock().on_ring = None;
    }

    /// A copy of everything so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.told.lock().entries.clone()
    }

    /// How many callbacks there were so far.
    pub fn mark(&self) -> usize {
        self.told.lock().entries.len()
    }

    /// The callee's object of a call that rang.
    pub fn remote(&self, id: CallId) -> Option<Arc<RemoteInvitation>> {
        self.told.lock().remotes.iter().find(|remote| remote.id() == Some(id)).cloned()
    }

    /// Waits until `found` finds something in what was told.
    pub fn wait<T>(&self, what: &str, found: impl Fn(&[Entry]) -> Option<T>) -> T {
        self.wait_for(BOUND, what, found)
    }

    /// The same with another bound.
    pub fn wait_for<T>(&self, bound: Duration, what: &str, found: impl Fn(&[Entry]) -> Option<T>) -> T {
        self.try_for(bound, found)
            .unwrap_or_else(|| panic!("{} waited {bound:?} for {what}; what was told:\n{self}", self.user))
    }

    /// The same, with `None` where it does not come in time.
    pub fn try_for<T>(&self, bound: Duration, found: impl Fn(&[Entry]) -> Option<T>) -> Option<T> {
        let until = Instant::now() + bound;
        let mut told = self.told.lock();
        loop {
            if let Some(found) = found(&told.entries) {
                return Some(found);
            }
            if self.changed.wait_until(&mut told, until).timed_out() {
                return found(&told.entries);
            }
        }
    }

    fn tell(&self, seen: Seen) {
        self.told.lock().entries.push(Entry { at: Instant::now(), seen });
        self.changed.notify_all();
    }
}

impl fmt::Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let told = self.told.lock();
        let mut text = String::new();
        // The end of a long story is what matters.
        for entry in told.entries.iter().skip(told.entries.len().saturating_sub(60)) {
            let at = entry.at.duration_since(self.began).as_secs_f64();
            let _ = writeln!(text, "  {at:9.4} {}: {:?}", self.user, entry.seen);
        }
        f.write_str(&text)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call { id, kind, peer, text, code, reason, by } = self;
        let id = id.to_string();
        let text = if text.len() > 40 { format!("{} bytes", text.len()) } else { format!("{text:?}") };
        write!(f, "{kind:?} {} peer={peer:?} text={text} code={code} {reason:?} by {by:?}", &id[..8])
    }
}

impl ServiceHandler for Story {
    fn on_event(&self, event: &ServiceEvent) {
        let owned =
            |peers: &[(Arc<str>, PeerOnlineState)]| peers.iter().map(|(id, on)| (id.to_string(), *on)).collect();
        self.tell(match event {
            ServiceEvent::LoginSuccess => Seen::LoggedIn,
            ServiceEvent::LoginFailure(error) => Seen::LoginFailed(*error),
            ServiceEvent::Logout(error) => Seen::LoggedOut(*error),
            ServiceEvent::RenewToken(_, error) => Seen::Renewed(*error),
            ServiceEvent::TokenExpired => Seen::TokenExpired,
            ServiceEvent::ConnectionState(state, reason) => Seen::Connection(*state, *reason),
            ServiceEvent::SendMessage(number, error) => Seen::Sent(*number, *error),
            ServiceEvent::MessageReceived(from, message) => {
                let text = match message.body() {
                    rtm_call::engine::Body::Text(text) | rtm_call::engine::Body::Raw { text, .. } => text.to_string(),
                };
                Seen::Message(from.to_string(), text, message.raw().to_vec())
            }
            ServiceEvent::Query(number, peers, error) => Seen::Query(*number, owned(peers), *error),
            ServiceEvent::Subscription(number, error) => Seen::Subscribed(*number, *error),
            ServiceEvent::PeersStatus(peers) => {
                return peers.iter().for_each(|(peer, status)| self.tell(Seen::Presence(peer.to_string(), *status)));
            }
            ServiceEvent::Log(..) => return,
        });
    }
}

impl CallHandler for Story {
    fn on_event(&self, event: &CallEvent) {
        use CallEvent::*;
        let ring = if let RemoteReceived(remote) = event { Some(remote) } else { None };
        self.told.lock().remotes.extend(ring.cloned());
        let call = match event {
            LocalReceivedByPeer(local) => of_local(Kind::LocalReceived, local, 0),
            LocalAccepted(local, response) => {
                Call { text: response.to_string(), ..of_local(Kind::LocalAccepted, local, 0) }
            }
            LocalRefused(local, response) => {
                Call { text: response.to_string(), ..of_local(Kind::LocalRefused, local, 0) }
            }
            LocalCanceled(local) => of_local(Kind::LocalCanceled, local, 0),
            LocalFailure(local, code) => of_local(Kind::LocalFailure, local, *code as i32),
            RemoteReceived(remote) => {
                let text = remote.with_content(str::to_owned);
                Call { text, ..of_remote(Kind::RemoteReceived, remote, 0) }
            }
            RemoteAccepted(remote) => of_remote(Kind::RemoteAccepted, remote, 0),
            RemoteRefused(remote) => of_remote(Kind::RemoteRefused, remote, 0),
            RemoteCanceled(remote) => of_remote(Kind::RemoteCanceled, remote, 0),
            RemoteFailure(remote, code) => of_remote(Kind::RemoteFailure, remote, *code as i32),
        };
        self.tell(Seen::Call(call));
        let act = ring.and_then(|_| self.told.lock().on_ring.clone());
        if let (Some(remote), Some(act)) = (ring, act) {
            act(remote);
        }
    }
}

fn of_local(kind: Kind, local: &Arc<LocalInvitation>, code: i32) -> Call {
    let state = match kind {
        Kind::LocalAccepted => Some(LocalState::AcceptedByRemote),
        Kind::LocalRefused => Some(LocalState::RefusedByRemote),
        Kind::LocalCanceled => Some(LocalState::Canceled),
        Kind::LocalFailure => Some(LocalState::Failure),
        _ => None, // It may have moved on.
    };
    assert!(state.is_none_or(|state| local.state() == state), "{kind:?} in state {:?}", local.state());
    let (id, end) = (local.id().expect("it was sent"), local.end());
    let (peer, text) = (local.with_callee(str::to_owned), String::new());
    Call { id, kind, peer, text, code, reason: end.reason, by: end.by }
}

fn of_remote(kind: Kind, remote: &Arc<RemoteInvitation>, code: i32) -> Call {
    let state = match kind {
        Kind::RemoteAccepted => Some(RemoteState::Accepted),
        Kind::RemoteRefused => Some(RemoteState::Refused),
        Kind::RemoteCanceled => Some(RemoteState::Canceled),
        Kind::RemoteFailure => Some(RemoteState::Failure),
        _ => None,
    };
    assert!(state.is_none_or(|state| remote.state() == state), "{kind:?} in state {:?}", remote.state());
    let (id, end) = (remote.id().expect("it was received"), remote.end());
    let (peer, text) = (remote.with_caller(str::to_owned), String::new());
    Call { id, kind, peer, text, code, reason: end.reason, by: end.by }
}
