//! Replays what a flight recorder wrote (`service::record`): the same inputs, at the same times, into an engine of this machine.
//!
//! What comes of it is compared with what the record says came of it there: the same callbacks, byte for byte, of every invitation whose
//! beginning is in the record.

use std::collections::HashMap;
use std::time::Duration;

use crate::codes::{EndSide, PeerOnlineState};
use crate::engine::user::UserId;
use crate::engine::{Bytes, CallId, CallRef, Engine, Instance, Offer, Output};
use crate::service::record::line::{Event, FORMAT, Header, Line, Phase, Stamped, windows};
use crate::time::Instant;

/// What came of a replay.
#[derive(Debug, Default)]
pub struct Replay {
    /// The callbacks of the record, a line each.
    pub recorded: String,
    /// Those of the replay.
    pub replayed: String,
    /// Callbacks in the record of invitations that began before it, which cannot be said again.
    pub earlier: usize,
    /// Inputs.
    pub inputs: usize,
}

impl Replay {
    /// Whether both say the same.
    pub fn is_identical(&self) -> bool {
        self.recorded == self.replayed
    }
}

/// Replays a record. A text that is none, or whose format is another version's: what is wrong, with the line.
pub fn replay(record: &str) -> Result<Replay, String> {
    let mut lines = record.lines().enumerate();
    let first = lines.next().map_or("", |(_, line)| line);
    let header: Header = serde_json::from_str(first).map_err(|e| format!("line 1 is no header of a record: {e}"))?;
    if header.record != FORMAT {
        return Err(format!("the record's format is {:?}, this version reads {FORMAT:?}", header.record));
    }
    let mut stage = Stage::new(&header)?;
    for (number, line) in lines {
        let wrong = |why: String| format!("line {}: {why}", number + 1);
        let stamped: Stamped = serde_json::from_str(line).map_err(|e| wrong(e.to_string()))?;
        stage.enter(stamped).map_err(wrong)?;
    }
    Ok(stage.replay)
}

struct Stage {
    engine: Engine,
    /// The ids of the invitations at these places.
    ids: HashMap<CallRef, CallId>,
    /// Nobody is logged in.
    out: bool,
    replay: Replay,
}

/// When the replay begins: late enough that nothing lies before the start of the clock.
const START: Instant = Instant::from_nanos(1_000_000_000_000_000);

impl Stage {
    fn new(header: &Header) -> Result<Stage, String> {
        let mut engine = Engine::new(header.config.config());
        if header.session != Phase::Out {
            engine.login(user(&header.user)?, instance(&header.instance)?);
        }
        if matches!(header.session, Phase::Up | Phase::Down) {
            engine.link_up(START, std::iter::empty());
        }
        if header.session == Phase::Down {
            engine.link_down(START);
        }
        let out = header.session == Phase::Out;
        Ok(Stage { engine, ids: HashMap::new(), out, replay: Replay::default() })
    }

    fn enter(&mut self, Stamped { t, line }: Stamped) -> Result<(), String> {
        let now = START + Duration::from_nanos(t);
        let engine = &mut self.engine;
        match line {
            Line::Callback { id, event } => {
                self.replay.recorded += &written(t, &id, &event);
                return Ok(());
            }
            Line::EarlierCallback { .. } => {
                self.replay.earlier += 1;
                return Ok(());
            }
            Line::Configure { config } => engine.configure(config.config()),
            Line::Login { .. } if !self.out => return Err("a login before the logout".into()),
            Line::Login { user: name, instance: number } => {
                engine.login(user(&name)?, instance(&number)?);
                self.out = false;
            }
            Line::LoginFailed => {
                engine.login_failed(now);
                self.out = true;
            }
            Line::Up { .. } | Line::Down if self.out => return Err("a link without a login".into()),
            Line::Up { backlog } => engine.link_up(now, letters(&bytes(backlog))),
            Line::Down => engine.link_down(now),
            Line::Logout { released } => {
                engine.logout(now, released);
                self.out = true;
            }
            Line::Kicked => {
                engine.kicked(now);
                self.out = true;
            }
            Line::Presence { user, state } => {
                let state = PeerOnlineState::from_number(state).ok_or("no such presence")?;
                engine.handle_presence(now, &user, state);
            }
            Line::Due => engine.handle_timeout(now),
            Line::CatchUp => engine.catch_up(now),
            Line::Message { from, bytes } => {
                engine.handle_message(now, &from, &bytes.into_bytes().into());
            }
            Line::Batch { batch } => engine.handle_backlog(now, letters(&bytes(batch))),
            Line::Send { id, to, content, channel, windows: times } => {
                let id = call_id(&id)?;
                let (content, channel) = (content.whole().as_ref().into(), channel.whole().as_ref().into());
                let offer = Offer { callee: &to, content, channel, windows: windows(times) };
                let call = engine.send(now, id, offer).map_err(|e| e.to_string())?;
                self.ids.insert(call, id);
            }
            // An invitation that began before the record is not here.
            Line::Cancel { id, to } => {
                if let Some(call) = engine.find_open(EndSide::Caller, &to, call_id(&id)?) {
                    engine.cancel(now, call).map_err(|e| e.to_string())?;
                }
            }
            Line::Accept { id, from, response, accept_ms } => {
                if let Some(call) = engine.find_open(EndSide::Callee, &from, call_id(&id)?) {
                    engine.accept(now, call, &response.whole(), accept_ms).map_err(|e| e.to_string())?;
                }
            }
            Line::Refuse { id, from, response } => {
                if let Some(call) = engine.find_open(EndSide::Callee, &from, call_id(&id)?) {
                    engine.refuse(now, call, &response.whole()).map_err(|e| e.to_string())?;
                }
            }
        }
        self.replay.inputs += 1;
        self.listen(t);
        Ok(())
    }

    /// Notes what came of an input.
    fn listen(&mut self, t: u64) {
        while let Some(output) = self.engine.poll_output() {
            let (call, event) = match output {
                Output::Ring { call, id, .. } => {
                    self.ids.insert(call, id);
                    (call, Event::ring())
                }
                Output::Local { call, state, end, .. } => (call, Event::local(state, end.map(|end| end.reason))),
                Output::Remote { call, state, end, .. } => (call, Event::remote(state, end.reason)),
                _ => continue,
            };
            if let Some(id) = self.ids.get(&call) {
                self.replay.replayed += &written(t, &id.to_string(), &event.to_string());
            }
        }
    }
}

fn written(t: u64, id: &str, event: &str) -> String {
    format!("{:>12}.{:09} {id} {event}\n", t / 1_000_000_000, t % 1_000_000_000)
}

fn bytes(batch: Vec<(String, String)>) -> Vec<(String, Bytes)> {
    batch.into_iter().map(|(from, bytes)| (from, bytes.into_bytes().into())).collect()
}

fn letters(batch: &[(String, Bytes)]) -> impl Iterator<Item = (&str, &Bytes)> {
    batch.iter().map(|(from, bytes)| (from.as_str(), bytes))
}

fn user(name: &str) -> Result<UserId, String> {
    UserId::new(name, "user id").map_err(|e| e.to_string())
}

fn instance(text: &str) -> Result<Instance, String> {
    u64::from_str_radix(text, 16).map(Instance).map_err(|_| format!("{text:?} is no instance"))
}

fn call_id(text: &str) -> Result<CallId, String> {
    CallId::parse(text).ok_or_else(|| format!("{text:?} is no invitation id"))
}
