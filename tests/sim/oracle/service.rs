//! The callbacks of the service: session, peer messages, presence.

use rtm_call::codes::{
    ConnectionChangeReason as Change, ConnectionState as Connection, LoginErr, LogoutErr, PeerMessageErr,
};
use rtm_call::engine::Body;
use rtm_call::service::event::ServiceEvent;

use super::name;
use crate::state::State;

impl State {
    /// One callback of a service's handler.
    pub fn on_service(&mut self, station: usize, event: &ServiceEvent) {
        self.hear(station);
        match event {
            ServiceEvent::ConnectionState(state, reason) => self.on_connection(station, *state, *reason),
            ServiceEvent::LoginSuccess => {
                self.fold(&[5, station as u64]);
                self.note(Some(station), || "LoginSuccess".into());
                let here = &mut self.stations[station];
                here.heard_logins += 1;
                let fits = here.heard_logins <= here.logins && here.connection == Connection::Connected;
                self.check(fits, "LoginSuccess once a login", || format!("service {station}"));
            }
            ServiceEvent::LoginFailure(code) => {
                self.fold(&[6, station as u64, *code as u64]);
                self.note(Some(station), || format!("LoginFailure {code:?}"));
                self.stations[station].heard_logins_refused += 1;
                let fits = *code == LoginErr::AlreadyLoggedIn;
                self.check(fits, "a second login fails ALREADY_LOGGED_IN", || format!("service {station} {code:?}"));
            }
            ServiceEvent::Logout(code) => self.on_logout(station, *code),
            ServiceEvent::SendMessage(number, code) => {
                self.fold(&[7, station as u64, *number as u64, *code as u64]);
                self.note(Some(station), || format!("peer message {number}: {code:?}"));
                self.answered(station, *number, "peer message", *code == PeerMessageErr::Ok);
            }
            ServiceEvent::Query(number, ..) => {
                self.fold(&[8, station as u64, *number as u64]);
                self.answered(station, *number, "query", false);
            }
            ServiceEvent::Subscription(number, _) => {
                self.fold(&[9, station as u64, *number as u64]);
                self.answered(station, *number, "subscription", false);
            }
            ServiceEvent::MessageReceived(_, message) => {
                let (Body::Text(text) | Body::Raw { text, .. }) = message.body();
                let number = text.strip_prefix('p').and_then(|n| n.parse().ok()).unwrap_or(0);
                self.fold(&[10, station as u64, u64::from(number)]);
                self.note(Some(station), || format!("peer message p{number}"));
                let again = self.stations[station].heard_posts.contains(&number);
                self.check(!again, "a peer message is delivered at most once", || format!("p{number}"));
                self.stations[station].heard_posts.push(number);
            }
            ServiceEvent::PeersStatus(all) => {
                for (user, presence) in all {
                    self.fold(&[11, station as u64, *presence as u64]);
                    self.note(Some(station), || format!("presence {user}: {presence:?}"));
                    let mut subscribed = self.stations[station].subscribed.iter_mut();
                    if let Some(known) = subscribed.find(|(known, _)| *name(*known) == **user) {
                        known.1 = Some(*presence);
                    }
                }
            }
            ServiceEvent::RenewToken(..) | ServiceEvent::TokenExpired => {
                self.fail("callbacks are for what was asked", format!("{event:?}"));
            }
            ServiceEvent::Log(..) => {}
        }
    }

    pub(super) fn answered(&mut self, station: usize, number: i64, kind: &str, delivered: bool) {
        let requests = &mut self.stations[station].requests;
        let found = requests.iter_mut().find(|request| request.number == number && request.kind == kind);
        let times = found.map_or(0, |request| {
            request.answers += 1;
            request.delivered = delivered;
            request.answers
        });
        self.check(times == 1, "a request is answered exactly once", || format!("service {station} {kind} {number}"));
    }

    pub(super) fn on_connection(&mut self, station: usize, to: Connection, reason: Change) {
        self.fold(&[12, station as u64, to as u64, reason as u64]);
        self.note(Some(station), || format!("{to:?} {reason:?}"));
        let now = self.now();
        let here = &mut self.stations[station];
        let from = std::mem::replace(&mut here.connection, to);
        use Change::{Interrupted, Login, LoginSuccess, Logout, RemoteLogin};
        use Connection::{Aborted, Connected, Connecting, Disconnected, Reconnecting};
        let legal = matches!(
            (from, to, reason),
            (Disconnected, Connecting, Login)
                | (Connecting | Reconnecting, Connected, LoginSuccess)
                | (Connected, Reconnecting, Interrupted)
                | (Connected | Reconnecting, Aborted, RemoteLogin)
                | (Connecting | Connected | Reconnecting | Aborted, Disconnected, Logout)
        );
        if to == Connected {
            here.up_since = now;
        }
        if to == Aborted {
            here.subscribed.clear();
        }
        self.check(legal, "the connection goes by its states", || {
            format!("service {station} {from:?} {to:?} {reason:?}")
        });
    }

    pub(super) fn on_logout(&mut self, station: usize, code: LogoutErr) {
        self.fold(&[13, station as u64, code as u64]);
        self.note(Some(station), || format!("Logout {code:?}"));
        let here = &mut self.stations[station];
        if code == LogoutErr::Rejected {
            here.heard_logouts_refused += 1;
            let fits = here.heard_logouts_refused <= here.logouts_refused;
            return self.check(fits, "onLogout exactly once a logout", || format!("service {station}"));
        }
        here.heard_logouts += 1;
        let (heard, asked) = (here.heard_logouts, here.logouts);
        self.check(heard <= asked, "onLogout exactly once a logout", || format!("service {station}"));
        let open_local = self
            .locals
            .iter()
            .position(|local| local.station == station && local.logouts_before < heard && local.terminals == 0);
        let open_remote = self.remotes.iter().position(|remote| remote.station == station && remote.terminals == 0);
        self.check(open_local.is_none() && open_remote.is_none(), "terminal callbacks precede onLogout", || {
            format!("service {station}: #{open_local:?} r{open_remote:?}")
        });
    }
}
