//! What can be set for a service, by the configuration or by `set_parameters`.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::delivery::Mode;
use super::{ladder, record};
use crate::engine;
use crate::error::Error;
use crate::transport::{self, Incoming};

/// The variable that names the carrier where nothing else does.
pub const URL_VARIABLE: &str = "RTM_CALL_URL";
/// The carrier where nothing names one.
pub const DEFAULT_URL: &str = "hub://";

/// The configuration of a service.
#[derive(Clone, Debug)]
pub struct Config {
    /// The carrier; `None`: as `set_parameters`, the environment or the default say.
    pub url: Option<String>,
    /// Whom a carrier with TLS trusts, as PEM; `None`: the address says, or the system.
    pub ca_pem: Option<Arc<str>>,
    /// Who runs the callbacks.
    pub delivery: Mode,
    /// Windows and bounds.
    pub engine: engine::Config,
    /// How long a login may take (SPEC section 8).
    pub login_timeout: Duration,
    /// For how long a broken link does not count as gone (SPEC section 8).
    pub grace: Duration,
    /// Entries of the ladder of each invitation; 0: none is kept.
    pub ladder_entries: u16,
    /// How much the flight recorder may take, in bytes; 0: nothing is recorded.
    pub record_bytes: usize,
    /// Whether it keeps texts.
    pub record_texts: bool,
    /// Sees what arrives, before the protocol does.
    pub tap: Option<Tap>,
}

/// Looks at what a carrier delivers, with no lock held: how a scripted peer acts at the moment of a message.
#[derive(Clone)]
pub struct Tap(Arc<Look>);

type Look = dyn Fn(&[Incoming]) + Send + Sync;

impl Tap {
    /// A tap that calls `look`.
    pub fn new(look: impl Fn(&[Incoming]) + Send + Sync + 'static) -> Tap {
        Tap(Arc::new(look))
    }

    pub(super) fn look(&self, batch: &[Incoming]) {
        (self.0)(batch);
    }
}

impl fmt::Debug for Tap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tap")
    }
}

impl Default for Config {
    fn default() -> Config {
        Config {
            url: None,
            ca_pem: None,
            delivery: Mode::OwnWorker,
            engine: engine::Config::default(),
            login_timeout: Duration::from_secs(12),
            grace: Duration::from_secs(15),
            ladder_entries: ladder::DEFAULT_ENTRIES,
            record_bytes: record::DEFAULT_BYTES,
            record_texts: false,
            tap: None,
        }
    }
}

/// What `set_parameters` changed.
#[derive(Default, Debug)]
pub(super) struct Parameters {
    pub url: Option<String>,
    /// Keys that mean nothing to this library.
    pub unknown: Vec<String>,
}

impl Config {
    /// Applies a JSON object of parameters. Keys without the prefix `rtm_call.` are the original's and mean nothing here. A wrong
    /// value: an error, and nothing is changed.
    pub(super) fn apply(&mut self, json: &str) -> Result<Parameters, Error> {
        let wrong = |what: String| Error::InvalidArgument(what);
        let value = serde_json::from_str(json).map_err(|e| wrong(format!("the parameters are no JSON: {e}")))?;
        let Value::Object(object) = value else { return Err(wrong("the parameters are no JSON object".into())) };
        let mut changed = self.clone();
        let mut found = Parameters::default();
        for (key, value) in object {
            let number = |limit: u64| match value.as_u64() {
                Some(number) if (1..=limit).contains(&number) => Ok(number),
                _ => Err(wrong(format!("the parameter {key} must be a whole number from 1 to {limit}"))),
            };
            let ms = || number(u32::MAX.into()).map(|ms| ms as u32);
            let bound = || number(u32::MAX.into()).map(|bound| bound as usize);
            let windows = &mut changed.engine.windows;
            match key.strip_prefix("rtm_call.") {
                Some("url") => {
                    let url = value.as_str().ok_or_else(|| wrong(format!("the parameter {key} must be a text")))?;
                    transport::check(url)?;
                    found.url = Some(url.into());
                }
                Some("ca_pem") => {
                    let pem = value.as_str().ok_or_else(|| wrong(format!("the parameter {key} must be a text")))?;
                    changed.ca_pem = Some(pem.into());
                }
                Some("acknowledge_timeout_ms") => windows.acknowledge_ms = ms()?,
                Some("ring_timeout_ms") => windows.ring_ms = ms()?,
                Some("accept_timeout_ms") => windows.accept_ms = ms()?,
                Some("login_timeout_ms") => changed.login_timeout = Duration::from_millis(ms()?.into()),
                Some("grace_ms") => changed.grace = Duration::from_millis(ms()?.into()),
                Some("ladder_entries") => {
                    let limit = ladder::MAX_ENTRIES;
                    let entries = value.as_u64().filter(|entries| *entries <= limit.into());
                    let range = || wrong(format!("the parameter {key} must be a whole number from 0 to {limit}"));
                    changed.ladder_entries = entries.ok_or_else(range)? as u16;
                }
                Some("record_bytes") => {
                    let bytes = value.as_u64().filter(|bytes| *bytes <= u32::MAX.into());
                    let range = || wrong(format!("the parameter {key} must be a whole number from 0 to {}", u32::MAX));
                    changed.record_bytes = bytes.ok_or_else(range)? as usize;
                }
                Some("max_open_invitations") => changed.engine.max_open = bound()?,
                Some("max_remembered_invitations") => changed.engine.max_remembered = bound()?,
                Some(_) => return Err(wrong(format!("there is no parameter {:?}", start_of(&key)))),
                None => found.unknown.push(start_of(&key).into()),
            }
        }
        *self = changed;
        Ok(found)
    }
}

/// As much of a name as a sentence or a line of the log has room for.
fn start_of(name: &str) -> &str {
    &name[..name.floor_char_boundary(64)]
}
