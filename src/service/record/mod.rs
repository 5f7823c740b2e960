//! The flight recorder: what went into the engine lately, and the callbacks that came of it, in a bounded ring.
//!
//! The engine is a function of its inputs, so a record can be replayed anywhere (`testkit::replay`), and what comes of it there is what came of
//! it here. A [`Recorder`] is the engine of a service: it notes each input and passes it on. Texts are not kept, only their lengths,
//! unless the application wants them; peer messages do not concern invitations and are left out.

pub mod line;
mod tape;

use std::ops::Deref;
use std::sync::Arc;

use self::line::{Event, Step, Text};
pub use self::tape::DEFAULT_BYTES;
use self::tape::Tape;
use crate::codes::EndReason;
use crate::engine::message::Kind;
use crate::engine::user::UserId;
use crate::engine::{Body, CallId, CallRef, Config, Engine, Instance, Offer, Output, Presence, Windows, local, remote};
use crate::error::Error;
use crate::time::Instant;
use crate::transport::{Bytes, Incoming};

/// An engine, and the tape that its inputs are noted on. Reading goes to the engine itself.
pub struct Recorder {
    engine: Engine,
    tape: Tape,
}

impl Deref for Recorder {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Recorder {
    /// `bytes`: how many the tape may take; `texts`: whether texts are kept on it.
    pub fn new(config: Config, bytes: usize, texts: bool) -> Recorder {
        Recorder { engine: Engine::new(config), tape: Tape::new(config, bytes, texts) }
    }

    /// After an internal error: another engine; the tape stays.
    pub fn reset(&mut self, config: Config) {
        self.engine = Engine::new(config);
        self.tape.close();
    }

    /// How many bytes the tape may take, and whether texts are kept on it.
    pub fn set_tape(&mut self, bytes: usize, texts: bool) {
        self.tape.set(bytes, texts);
    }

    /// The record as text, one JSON object a line.
    pub fn record(&self) -> String {
        self.tape.write()
    }

    pub fn configure(&mut self, now: Instant, config: Config) {
        self.tape.note(now, || Step::Configure(config.into()));
        self.engine.configure(config);
    }

    pub fn login(&mut self, now: Instant, user: UserId, instance: Instance) {
        self.tape.note(now, || Step::Login { user: user.text().clone(), instance });
        self.engine.login(user, instance);
    }

    pub fn login_failed(&mut self, now: Instant) {
        self.tape.note(now, || Step::LoginFailed);
        self.engine.login_failed(now);
    }

    pub fn link_up(&mut self, now: Instant, backlog: &[Incoming]) {
        self.tape.note_batch(now, backlog, Step::Up);
        self.engine.link_up(now, texts(backlog));
    }

    pub fn link_down(&mut self, now: Instant) {
        self.tape.note(now, || Step::Down);
        self.engine.link_down(now);
    }

    pub fn logout(&mut self, now: Instant, released: bool) {
        self.tape.note(now, || Step::Logout { released });
        self.engine.logout(now, released);
    }

    pub fn kicked(&mut self, now: Instant) {
        self.tape.note(now, || Step::Kicked);
        self.engine.kicked(now);
    }

    pub fn handle_presence(&mut self, now: Instant, user: &str, presence: Presence) {
        self.tape.note(now, || Step::Presence { user: user.into(), state: presence as i32 });
        self.engine.handle_presence(now, user, presence);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        self.tape.note(now, || Step::Due);
        self.engine.handle_timeout(now);
    }

    pub fn catch_up(&mut self, now: Instant) {
        self.tape.note(now, || Step::CatchUp);
        self.engine.catch_up(now);
    }

    pub fn handle_message(&mut self, now: Instant, message: &Incoming) {
        match self.engine.handle_message(now, &message.from, &message.bytes) {
            None | Some(Kind::Message | Kind::Delivered) => {}
            Some(_) => self.tape.note_message(now, message),
        }
    }

    pub fn handle_backlog(&mut self, now: Instant, batch: &[Incoming]) {
        self.tape.note_batch(now, batch, Step::Batch);
        self.engine.handle_backlog(now, texts(batch));
    }

    pub fn send(&mut self, now: Instant, id: CallId, offer: Offer<'_>) -> Result<CallRef, Error> {
        let Offer { callee, content, channel, windows } = offer.clone();
        let Windows { acknowledge_ms, ring_ms, accept_ms } = windows;
        let call = self.engine.send(now, id, offer)?;
        let to = self.engine.text_of(callee);
        self.tape.note_text(now, |keep| Step::Send {
            id,
            to,
            content: Text::of(&content, keep),
            channel: Text::of(&channel, keep),
            windows: [acknowledge_ms, ring_ms, accept_ms],
        });
        Ok(call)
    }

    pub fn cancel(&mut self, now: Instant, call: CallRef) -> Result<(), Error> {
        let name = self.engine.name_of(call).map(|(_, peer, id)| (peer.text().clone(), id));
        self.engine.cancel(now, call)?;
        if let Some((to, id)) = name {
            self.tape.note(now, || Step::Cancel { id, to });
        }
        Ok(())
    }

    pub fn accept(&mut self, now: Instant, call: CallRef, response: &str, accept_ms: u32) -> Result<(), Error> {
        self.engine.accept(now, call, response, accept_ms)?;
        if let Some((_, peer, id)) = self.engine.name_of(call) {
            let from = peer.text().clone();
            self.tape.note_text(now, |keep| Step::Accept { id, from, response: Text::of(response, keep), accept_ms });
        }
        Ok(())
    }

    pub fn refuse(&mut self, now: Instant, call: CallRef, response: &str) -> Result<(), Error> {
        let name = self.engine.name_of(call).map(|(_, peer, id)| (peer.text().clone(), id));
        self.engine.refuse(now, call, response)?;
        if let Some((from, id)) = name {
            self.tape.note_text(now, |keep| Step::Refuse { id, from, response: Text::of(response, keep) });
        }
        Ok(())
    }

    pub fn post(&mut self, now: Instant, to: &str, body: &Body) -> Result<u64, Error> {
        self.engine.post(now, to, body)
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.engine.poll_output()
    }

    /// A callback was queued: an invitation rings.
    pub fn rings(&mut self, now: Instant, id: CallId) {
        self.tape.note(now, || Step::Out { id, event: Event::ring() });
    }

    /// A callback was queued: a local invitation changed.
    pub fn local(&mut self, now: Instant, id: Option<CallId>, state: local::State, reason: Option<EndReason>) {
        if let Some(id) = id {
            self.tape.note(now, || Step::Out { id, event: Event::local(state, reason) });
        }
    }

    /// A callback was queued: a remote invitation ended.
    pub fn remote(&mut self, now: Instant, id: Option<CallId>, state: remote::State, reason: EndReason) {
        if let Some(id) = id {
            self.tape.note(now, || Step::Out { id, event: Event::remote(state, reason) });
        }
    }
}

fn texts(batch: &[Incoming]) -> impl Iterator<Item = (&str, &Bytes)> {
    batch.iter().map(|message| (&*message.from, &message.bytes))
}

/// What a carrier delivered, as it is kept: the bytes are shared with whoever else has them.
#[derive(Clone, Debug)]
pub struct Letter {
    pub from: Arc<str>,
    pub bytes: Bytes,
}
