//! Login, logout and the link between them (SPEC section 8).

use std::sync::{Arc, Weak};

use super::calls::Wire;
use super::config::{DEFAULT_URL, Tap, URL_VARIABLE};
use super::event::ServiceEvent;
use super::{Core, Effect, FLUSH, Level, Service, Turn};
use crate::codes::{ConnectionChangeReason as Reason, ConnectionState as State, LoginErr, LogoutErr, RenewTokenErr};
use crate::engine::user::UserId;
use crate::engine::{Dropped, Instance};
use crate::error::Error;
use crate::time::Instant;
use crate::transport::{self, Ended, Inbox, Incoming, Link, Options, Presence, Refusal, Transport};

/// Messages that are kept while there is no link, and their bytes. More is dropped; re-sending brings it back.
const MAX_BACKLOG: usize = 10_000;
const MAX_BACKLOG_BYTES: usize = 64 << 20;

/// One login and what belongs to it.
pub(super) struct Session {
    pub transport: Arc<dyn Transport>,
    /// When the login is given up; `NEVER` once it succeeded.
    pub login_closes: Instant,
    number: u64,
    up: bool,
    /// What arrived while there was no link.
    backlog: Vec<Incoming>,
    backlog_bytes: usize,
    /// Tokens whose renewal is not answered yet.
    renewing: Vec<Arc<str>>,
}

/// Where a carrier reports to: one session of one service. What comes after its end is ignored.
pub(super) struct SessionInbox {
    service: Weak<Service>,
    number: u64,
    tap: Option<Tap>,
}

impl Service {
    /// Logs in. The outcome comes as a callback; bad arguments are answered at once.
    pub fn login(&self, token: Option<&str>, user: &str) -> Result<(), Error> {
        let user = UserId::new(user, "user id")?;
        self.enter(|core, turn| core.login(turn, token, user))?
    }

    /// Logs out. Gets exactly one `onLogout`.
    pub fn logout(&self) -> Result<(), Error> {
        self.enter(|core, turn| core.logout(turn))?
    }

    /// Says that the machine's network has changed: the carrier looks at once whether its link still stands.
    pub fn network_changed(&self) -> Result<(), Error> {
        self.enter(|core, turn| {
            core.check_initialized()?;
            if let Some(session) = &core.session {
                let transport = session.transport.clone();
                turn.log(Level::Info, format_args!("the network has changed"));
                turn.effect(&transport, Effect::NetworkChanged);
            }
            Ok(())
        })?
    }

    /// Replaces the token. The outcome comes as a callback.
    pub fn renew_token(&self, token: &str) -> Result<(), Error> {
        self.enter(|core, turn| {
            core.check_initialized()?;
            match &mut core.session {
                Some(session) if core.connection != State::Aborted => {
                    session.renewing.push(token.into());
                    let transport = session.transport.clone();
                    turn.effect(&transport, Effect::Renew(token.into()));
                }
                _ => turn.tell(ServiceEvent::RenewToken(token.into(), RenewTokenErr::UserNotLoggedIn)),
            }
            Ok(())
        })?
    }
}

impl Core {
    pub(super) fn check_initialized(&self) -> Result<(), Error> {
        if self.released {
            return Err(Error::StaleHandle("the service was released".into()));
        }
        if self.app_id.is_none() { Err(Error::NotInitialized) } else { Ok(()) }
    }

    /// The session, if a user is logged in on it.
    pub(super) fn logged_in(&self) -> Option<&Session> {
        let there = matches!(self.connection, State::Connected | State::Reconnecting);
        self.session.as_ref().filter(|_| there)
    }

    fn login(&mut self, turn: &mut Turn<'_>, token: Option<&str>, user: UserId) -> Result<(), Error> {
        self.check_initialized()?;
        if self.connection != State::Disconnected {
            turn.tell(ServiceEvent::LoginFailure(LoginErr::AlreadyLoggedIn));
            return Ok(());
        }
        let url = self.carrier_url(turn.service.runtime.is_simulated());
        let app_id = self.app_id.clone().unwrap_or_default();
        let options = Options { app_id, grace: self.config.grace, ca_pem: self.config.ca_pem.clone() };
        let transport = transport::open(&url, &options, &turn.service.runtime)?;
        let instance = Instance(self.random_u128()? as u64);
        self.sessions += 1;
        let session = Session {
            transport: transport.clone(),
            login_closes: turn.now + self.config.login_timeout,
            number: self.sessions,
            up: false,
            backlog: Vec::new(),
            backlog_bytes: 0,
            renewing: Vec::new(),
        };
        turn.log(Level::Info, format_args!("login user={user:?} instance={instance} carrier={}", scheme(&url)));
        let tap = self.config.tap.clone();
        let inbox = Arc::new(SessionInbox { service: turn.service.me.clone(), number: session.number, tap });
        let start = Effect::Start { user: user.as_str().into(), token: token.map(Into::into), inbox };
        self.session = Some(session);
        self.engine.login(turn.now, user, instance);
        self.connect(turn, State::Connecting, Reason::Login);
        turn.effect(&transport, start);
        Ok(())
    }

    fn logout(&mut self, turn: &mut Turn<'_>) -> Result<(), Error> {
        self.check_initialized()?;
        if self.connection == State::Disconnected {
            turn.tell(ServiceEvent::Logout(LogoutErr::Rejected));
            return Ok(());
        }
        self.leave(turn, false);
        turn.tell(ServiceEvent::Logout(LogoutErr::Ok));
        self.connect(turn, State::Disconnected, Reason::Logout);
        Ok(())
    }

    /// The application gives the service up.
    pub(super) fn release(&mut self, turn: &mut Turn<'_>) {
        self.released = true;
        self.leave(turn, true);
        self.connection = State::Disconnected;
        turn.log(Level::Info, format_args!("released"));
    }

    /// Ends what is open, tells the peers and closes the session.
    fn leave(&mut self, turn: &mut Turn<'_>, released: bool) {
        self.engine.logout(turn.now, released);
        self.pass_on(turn);
        self.end_session(turn);
    }

    fn end_session(&mut self, turn: &mut Turn<'_>) {
        self.end_queries(turn);
        if let Some(session) = self.session.take() {
            for token in session.renewing {
                turn.tell(ServiceEvent::RenewToken(token, RenewTokenErr::UserNotLoggedIn));
            }
            turn.effect(&session.transport, Effect::Stop(FLUSH));
        }
    }

    pub(super) fn check_login_time(&mut self, turn: &mut Turn<'_>) {
        if self.session.as_ref().is_some_and(|session| session.login_closes <= turn.now) {
            self.login_failed(turn, LoginErr::Timeout, Reason::LoginTimeout);
        }
    }

    fn login_failed(&mut self, turn: &mut Turn<'_>, error: LoginErr, reason: Reason) {
        turn.tell(ServiceEvent::LoginFailure(error));
        self.connect(turn, State::Disconnected, reason);
        self.engine.login_failed(turn.now);
        self.pass_on(turn);
        self.end_session(turn);
    }

    fn connect(&mut self, turn: &Turn<'_>, state: State, reason: Reason) {
        self.connection = state;
        turn.log(Level::Info, format_args!("connection {state:?} {reason:?}"));
        turn.tell(ServiceEvent::ConnectionState(state, reason));
    }

    fn on_link(&mut self, turn: &mut Turn<'_>, link: Link) {
        match link {
            Link::Up => self.on_up(turn),
            Link::Down => self.on_down(turn),
            Link::Refused(refusal) => self.on_refused(turn, refusal),
            Link::Ended(ended) if self.connection == State::Connecting => {
                self.on_refused(
                    turn,
                    if ended == Ended::TokenExpired { Refusal::TokenExpired } else { Refusal::Rejected },
                );
            }
            Link::Ended(ended) => self.abort(
                turn,
                match ended {
                    Ended::RemoteLogin => Reason::RemoteLogin,
                    Ended::Banned => Reason::BannedByServer,
                    Ended::TokenExpired => Reason::TokenExpired,
                },
            ),
            Link::TokenExpired => turn.tell(ServiceEvent::TokenExpired),
            Link::Renewed(result) => self.on_renewed(turn, result),
        }
    }

    fn on_up(&mut self, turn: &mut Turn<'_>) {
        let Some(session) = &mut self.session else { return };
        if session.up || self.connection == State::Aborted {
            return;
        }
        session.up = true;
        session.login_closes = Instant::NEVER;
        session.backlog_bytes = 0;
        let backlog = std::mem::take(&mut session.backlog);
        let login = self.connection == State::Connecting;
        self.connect(turn, State::Connected, Reason::LoginSuccess);
        if login {
            turn.tell(ServiceEvent::LoginSuccess);
        }
        self.engine.link_up(turn.now, &backlog);
        self.pass_on(turn);
        self.watch_again(turn);
    }

    fn on_down(&mut self, turn: &mut Turn<'_>) {
        let Some(session) = &mut self.session else { return };
        if !std::mem::replace(&mut session.up, false) {
            return;
        }
        self.watches.forget_known();
        self.connect(turn, State::Reconnecting, Reason::Interrupted);
        self.engine.link_down(turn.now);
    }

    fn on_refused(&mut self, turn: &mut Turn<'_>, refusal: Refusal) {
        match self.connection {
            State::Connecting => self.login_failed(turn, login_error(refusal), Reason::LoginFailure),
            State::Reconnecting if refusal == Refusal::TokenExpired => self.abort(turn, Reason::TokenExpired),
            State::Connected | State::Reconnecting => self.abort(turn, Reason::BannedByServer),
            State::Disconnected | State::Aborted => {}
        }
    }

    /// The session was ended from outside; the application still has to log out.
    fn abort(&mut self, turn: &mut Turn<'_>, reason: Reason) {
        if self.connection == State::Aborted {
            return;
        }
        self.connect(turn, State::Aborted, reason);
        self.engine.kicked(turn.now);
        self.pass_on(turn);
        self.end_session(turn);
    }

    fn on_renewed(&mut self, turn: &mut Turn<'_>, result: Result<(), Refusal>) {
        let Some(session) = &mut self.session else { return };
        if session.renewing.is_empty() {
            return;
        }
        let token = session.renewing.remove(0);
        let error = result.map_or_else(renew_error, |()| RenewTokenErr::Ok);
        turn.tell(ServiceEvent::RenewToken(token, error));
    }

    /// Messages for the session with this number; of one that is over they are ignored.
    pub(super) fn on_messages(&mut self, turn: &mut Turn<'_>, session: u64, batch: &[Incoming]) {
        let Some(session) = self.session.as_mut().filter(|present| present.number == session) else { return };
        for message in batch {
            turn.log(Level::Debug, format_args!("read {} from={:?}", Wire(&message.bytes), message.from));
        }
        if !session.up {
            return session.keep(turn, batch);
        }
        match batch {
            [one] => self.engine.handle_message(turn.now, one),
            batch => self.engine.handle_backlog(turn.now, batch),
        }
    }

    /// Explicit configuration, else the parameters, else the environment, else the default (SPEC section 9). In `simulated`
    /// time there are hubs only: an application under test keeps the address that it has.
    fn carrier_url(&self, simulated: bool) -> String {
        let chosen = self.config.url.clone().or_else(|| self.url.clone());
        let environment = || std::env::var(URL_VARIABLE).ok().filter(|url| !url.is_empty());
        let fits = |url: &String| !simulated || scheme(url) == "hub";
        chosen.or_else(environment).filter(fits).unwrap_or_else(|| DEFAULT_URL.into())
    }
}

impl Session {
    /// Keeps what arrives while there is no link, up to a bound.
    fn keep(&mut self, turn: &Turn<'_>, batch: &[Incoming]) {
        for message in batch {
            if self.backlog.len() >= MAX_BACKLOG || self.backlog_bytes + message.bytes.len() > MAX_BACKLOG_BYTES {
                turn.log(Level::Warn, format_args!("dropped from={:?} why={:?}", message.from, Dropped::Limit));
                return;
            }
            self.backlog_bytes += message.bytes.len();
            self.backlog.push(message.clone());
        }
    }
}

impl SessionInbox {
    fn step(&self, step: impl FnOnce(&mut Core, &mut Turn<'_>)) {
        let Some(service) = self.service.upgrade() else { return };
        let present = |core: &Core| core.session.as_ref().is_some_and(|session| session.number == self.number);
        // A service that gave up wants to hear nothing.
        let _ = service.enter(|core, turn| {
            if present(core) {
                step(core, turn);
            }
        });
    }
}

impl Inbox for SessionInbox {
    fn link(&self, link: Link) {
        self.step(|core, turn| core.on_link(turn, link));
    }

    fn deliver(&self, batch: &[Incoming]) {
        if let Some(tap) = &self.tap {
            tap.look(batch);
        }
        if let Some(service) = self.service.upgrade() {
            service.arrive(self.number, batch);
        }
    }

    fn presence(&self, user: &str, presence: Presence) {
        self.step(|core, turn| core.on_presence(turn, user, presence));
    }

    fn note(&self, level: Level, line: &str) {
        self.step(|_, turn| turn.log(level, format_args!("carrier: {line}")));
    }
}

/// The part of a carrier's address that may be logged: the rest may hold a password.
fn scheme(url: &str) -> &str {
    url.split_once("://").map_or("", |(scheme, _)| scheme)
}

fn login_error(refusal: Refusal) -> LoginErr {
    match refusal {
        Refusal::Rejected => LoginErr::Rejected,
        Refusal::InvalidToken => LoginErr::InvalidToken,
        Refusal::TokenExpired => LoginErr::TokenExpired,
        Refusal::NotAuthorized => LoginErr::NotAuthorized,
        Refusal::InvalidAppId => LoginErr::InvalidAppId,
        Refusal::TooOften => LoginErr::TooOften,
    }
}

fn renew_error(refusal: Refusal) -> RenewTokenErr {
    match refusal {
        Refusal::Rejected | Refusal::NotAuthorized | Refusal::InvalidAppId => RenewTokenErr::Rejected,
        Refusal::InvalidToken => RenewTokenErr::InvalidToken,
        Refusal::TokenExpired => RenewTokenErr::TokenExpired,
        Refusal::TooOften => RenewTokenErr::TooOften,
    }
}
