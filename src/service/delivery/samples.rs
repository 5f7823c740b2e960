//! Events that the tests of the delivery push.

use std::sync::Weak;

use crate::codes::{LocalInvitationErr, PeerMessageErr};
use crate::service::event::{CallEvent, Event, ServiceEvent};
use crate::service::invitation::{LOCALS, LocalInvitation};
use crate::service::ladder::Ladder;

/// A service event with a number.
pub fn event(number: i64) -> Event {
    Event::Service(ServiceEvent::SendMessage(number, PeerMessageErr::Ok))
}

/// A terminal event, and the handle that goes stale when it is settled.
pub fn terminal() -> (Event, u64) {
    let local = LocalInvitation::new(Weak::new(), "bob".into(), Ladder::new(0));
    local.common.depart(|| unreachable!("not released")).unwrap();
    let handle = local.handle();
    local.release().unwrap();
    assert!(!is_settled(handle));
    (Event::Call(CallEvent::LocalFailure(local, LocalInvitationErr::NotLoggedin)), handle)
}

pub fn is_settled(handle: u64) -> bool {
    LOCALS.get(handle).is_err()
}
