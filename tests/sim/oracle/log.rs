//! The lines of the library's log: what a service sent and read.

use rtm_call::codes::{ConnectionState as Connection, EndSide as Side};
use rtm_call::engine::{CallId, local};
use rtm_call::time::Instant;

use super::name;
use crate::state::{Remote, State};

impl State {
    /// A line of the library's log: messages that it sent and read.
    pub fn on_log(&mut self, station: usize, line: &str) {
        let mut words = line.split_ascii_whitespace().skip_while(|word| *word != "debug").skip(1);
        let Some(verb @ ("sent" | "read")) = words.next() else { return };
        let (mut kind, mut id, mut instance, mut bytes, mut side, mut reason, mut named, mut party) =
            ("", "", "", "", "", "", "", "");
        for word in words {
            match word.split_once('=') {
                Some(("type", value)) => kind = value,
                Some(("id", value)) => id = value,
                Some(("instance", value)) => instance = value,
                Some(("bytes", value)) => bytes = value,
                Some(("side", value)) => side = value,
                Some(("reason", value)) => reason = value,
                Some(("for", value)) => named = value,
                Some(("to" | "from", value)) => party = value.trim_matches('"'),
                _ => {}
            }
        }
        let id = CallId::parse(id);
        let call = id.and_then(|id| self.find_id(id));
        let now = self.now();
        if let Some(ladder) = &mut self.ladder {
            let number = call.map_or(String::new(), |call| format!(" #{call}"));
            let what = match verb {
                "sent" => format!("-> {party}: {kind}{number} {reason} ({bytes} B)"),
                _ => format!("<- {party}: {kind}{number} {reason} ({bytes} B)"),
            };
            let written = line_time(line).filter(|_| self.stations[station].pump);
            ladder.note(written.unwrap_or(now), Some(station), what);
        }
        let here = &mut self.stations[station];
        if verb == "read" {
            let ours = named.is_empty() || named == here.instance;
            let (Some(id), Some(call)) = (id, call) else { return };
            if kind == "confirm" && !ours && name(self.stations[self.locals[call].station].user) == party {
                let now = self.now();
                self.stations[station].elsewhere_read.push(id);
                let here = |remote: &&mut Remote| remote.call == call && remote.station == station;
                let mut open = self.remotes.iter_mut().filter(here).filter(|remote| remote.terminals == 0);
                open.next().into_iter().for_each(|remote| remote.elsewhere_at = Some(now));
                return;
            }
            let here = &self.stations[station];
            let session = here.heard_logins;
            let by = match side {
                "Caller" => (Side::Caller, name(self.stations[self.locals[call].station].user)),
                _ => (Side::Callee, name(self.locals[call].callee)),
            };
            if kind == "end" && ours && by.1 == party {
                self.stations[station].ends_read.push((id, by.0, session));
            }
            return;
        }
        // An end that is sent again after another login names the instance that ended.
        if kind != "end" && here.instance != instance {
            here.instance = instance.into();
        }
        let kicked = here.connection == Connection::Aborted;
        self.check(!kicked, "a kicked session sends nothing", || format!("service {station} sent {kind}"));
        let Some(call) = call else { return };
        let local = &self.locals[call];
        let mine = local.station == station;
        match kind {
            "invite" => {
                let acknowledged = mine && local.received_at.is_some();
                self.check(!acknowledged, "an acknowledged invite is not sent again", || format!("#{call}"));
            }
            "confirm" => {
                let state = local.object.state();
                let accepted = state == local::State::AcceptedByRemote;
                self.check(accepted, "an accept counts only while SENT or RECEIVED", || {
                    format!("#{call} confirmed in {state:?}")
                });
            }
            "end" if mine && side == "Caller" => {
                let end = local.object.end();
                let fits = end.by != Side::Callee || !named.is_empty();
                self.check(fits, "an ended caller answers with an end that names the instance", || {
                    format!("#{call} ended {:?} by {:?}", end.reason, end.by)
                });
            }
            "received" => {
                let mut ended = self.remotes.iter().filter(|remote| remote.call == call && remote.station == station);
                let ended = ended.any(|remote| remote.terminals > 0);
                self.check(!ended, "an ended callee never answers received", || format!("#{call}"));
            }
            _ => {}
        }
    }
}

/// The time in a line of the log.
fn line_time(line: &str) -> Option<Instant> {
    let (seconds, micros) = line.strip_prefix('[')?.split_once(']')?.0.trim().split_once('.')?;
    Some(Instant::from_nanos(seconds.parse::<u64>().ok()? * 1_000_000_000 + micros.parse::<u64>().ok()? * 1_000))
}
