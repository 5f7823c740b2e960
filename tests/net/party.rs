//! A user: a service with its handlers, and the story of its callbacks.

use std::sync::Arc;

use rtm_call::codes::LoginErr;
use rtm_call::engine::{Body, CallId};
use rtm_call::runtime::Runtime;
use rtm_call::service::invitation::{LocalInvitation, RemoteInvitation};
use rtm_call::service::peers::Message;
use rtm_call::service::{Config, Service};

use super::story::{Call, Entry, Kind, Seen, Story};

/// One user's end. Dropped: released, as at the end of a program.
pub struct Party {
    pub user: String,
    pub service: Arc<Service>,
    pub story: Arc<Story>,
}

impl Party {
    /// A user of `app`, not logged in.
    pub fn new(config: &Config, app: &str, user: &str) -> Party {
        let service = Service::new(config.clone(), &Runtime::process(), None).expect("the configuration is valid");
        let story = Story::new(user);
        service.initialize(app, story.clone()).expect("the app id is valid");
        service.call_manager(Some(story.clone()), |_| ()).expect("the service is new");
        if let Ok(folder) = std::env::var("RTM_CALL_TEST_LOG") {
            let name = user.replace(|c: char| !c.is_alphanumeric(), "_");
            let _ = service.set_log_file(&format!("{folder}/{app}-{name}.log"));
            let _ = service.set_log_filter(0x80f);
        }
        Party { user: user.into(), service, story }
    }

    /// A user that is logged in.
    pub fn logged_in(config: &Config, app: &str, user: &str) -> Party {
        let party = Party::new(config, app, user);
        party.login(None);
        party
    }

    /// Logs in and waits until that has succeeded.
    pub fn login(&self, token: Option<&str>) {
        let mark = self.story.mark();
        self.service.login(token, &self.user).expect("the user id is valid");
        self.story.wait("the login", |told| told[mark..].iter().any(|e| e.seen == Seen::LoggedIn).then_some(()));
    }

    /// Logs in and waits until that has failed; how.
    pub fn fails_to_login(&self, token: Option<&str>) -> LoginErr {
        let mark = self.story.mark();
        self.service.login(token, &self.user).expect("the user id is valid");
        self.story.wait("a failed login", |told| {
            told[mark..].iter().find_map(|entry| match entry.seen {
                Seen::LoginFailed(error) => Some(error),
                Seen::LoggedIn => panic!("{} could log in", self.user),
                _ => None,
            })
        })
    }

    /// Logs out and waits for the callback.
    pub fn logout(&self) {
        let mark = self.story.mark();
        self.service.logout().expect("the service lives");
        self.story
            .wait("the logout", |told| told[mark..].iter().any(|e| matches!(e.seen, Seen::LoggedOut(_))).then_some(()));
    }

    /// An invitation, not sent.
    pub fn invitation(&self, callee: &str, content: &str) -> Arc<LocalInvitation> {
        let local = self.service.create_local(callee).expect("the service lives");
        local.set_content(content);
        local
    }

    /// Sends an invitation.
    pub fn calls(&self, callee: &str, content: &str) -> Arc<LocalInvitation> {
        let local = self.invitation(callee, content);
        self.service.send(&local).expect("the texts are valid");
        local
    }

    /// Waits for the ring of this call.
    pub fn rings(&self, id: CallId) -> Arc<RemoteInvitation> {
        self.comes(id, Kind::RemoteReceived);
        self.story.remote(id).expect("it rang")
    }

    /// Waits for a callback of this call.
    pub fn comes(&self, id: CallId, kind: Kind) -> Call {
        self.story.wait(&format!("{kind:?}"), |told| find(told, id, |call| call.kind == kind))
    }

    /// Waits for this call's last callback on the side that `local` names.
    pub fn ends(&self, id: CallId, local: bool) -> Call {
        let what = if local { "the end of its call" } else { "the end of its ring" };
        self.story.wait(what, |told| find(told, id, |call| call.kind.is_terminal() && call.kind.is_local() == local))
    }

    /// Accepts with a response.
    pub fn accepts(&self, remote: &Arc<RemoteInvitation>, response: &str) {
        remote.set_response(response);
        self.service.accept(remote).expect("it rings");
    }

    /// Refuses with a response.
    pub fn refuses(&self, remote: &Arc<RemoteInvitation>, response: &str) {
        remote.set_response(response);
        self.service.refuse(remote).expect("it rings");
    }

    /// Accepts each ring inside its callback, with this response.
    pub fn always_accepts(&self, response: &'static str) {
        let service = Arc::downgrade(&self.service);
        self.story.on_ring(move |remote| {
            remote.set_response(response);
            if let Some(service) = service.upgrade() {
                let _ = service.accept(remote); // It may have ended by now.
            }
        });
    }

    /// Sends a text to a peer; the number of its result.
    pub fn writes(&self, peer: &str, text: &str) -> i64 {
        self.posts(peer, Body::Text(text.into()))
    }

    /// Sends a message to a peer; the number of its result.
    pub fn posts(&self, peer: &str, body: Body) -> i64 {
        let mut number = 0;
        self.service.send_message(peer, &Message::new(body), |n| number = n).expect("the message is valid");
        number
    }

    /// What happened in this call so far, in order.
    pub fn call(&self, id: CallId) -> Vec<Call> {
        self.story.entries().into_iter().filter_map(|entry| of_call(entry, id)).collect()
    }
}

impl Drop for Party {
    fn drop(&mut self) {
        let _ = self.service.release(true); // A test may have released it before.
    }
}

/// The id of a call that was sent.
pub fn id(local: &Arc<LocalInvitation>) -> CallId {
    local.id().expect("it was sent")
}

fn find(told: &[Entry], id: CallId, wanted: impl Fn(&Call) -> bool) -> Option<Call> {
    told.iter().find_map(|entry| match &entry.seen {
        Seen::Call(call) if call.id == id && wanted(call) => Some(call.clone()),
        _ => None,
    })
}

fn of_call(entry: Entry, id: CallId) -> Option<Call> {
    match entry.seen {
        Seen::Call(call) if call.id == id => Some(call),
        _ => None,
    }
}
