//! The invitation objects that the application holds: texts, state, life. The protocol knows nothing of them.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, Weak};

use parking_lot::Mutex;

use super::Service;
use super::ladder::{Callback, Ladder, Subject};
use super::text::{Texts, Which};
use crate::codes::{EndSide, LadderFormat};
use crate::engine::{CallId, CallRef, End, EndRule, SharedText, Windows, local, remote};
use crate::error::Error;
use crate::handles::{Table, kind};

/// All local invitations with a handle.
pub static LOCALS: Table<LocalInvitation> = Table::new(kind::LOCAL, "a local invitation");
/// All remote invitations with a handle.
pub static REMOTES: Table<RemoteInvitation> = Table::new(kind::REMOTE, "a remote invitation");

/// The caller's object.
pub struct LocalInvitation {
    pub(super) common: Common,
    pub(super) state: AtomicU8,
    pub(super) texts: Mutex<LocalTexts>,
}

pub(super) struct LocalTexts {
    pub texts: Texts,
    /// Acknowledge, ring, accept: where the application set windows of its own.
    pub windows: [Option<NonZeroU32>; 3],
}

/// The callee's object.
pub struct RemoteInvitation {
    pub(super) common: Common,
    pub(super) state: AtomicU8,
    pub(super) texts: Mutex<RemoteTexts>,
}

pub(super) struct RemoteTexts {
    pub texts: Texts,
    pub accept_ms: Option<NonZeroU32>,
}

/// What both have.
pub(super) struct Common {
    pub service: Weak<Service>,
    life: Life,
    handle: AtomicU64,
    end: AtomicU8,
    by: AtomicU8,
    /// The place of the rule in its table, plus 1.
    rule: AtomicU8,
    user_data: AtomicUsize,
    /// The place in the engine and the id, once there is one.
    place: OnceLock<Place>,
    /// The id with its final NUL, once a getter asked for it.
    id_text: OnceLock<Box<[u8; 33]>>,
    /// A leaf among the locks.
    pub ladder: Mutex<Ladder>,
}

/// The id in halves: a `u128` would align, and so pad, the object to 16 bytes.
struct Place {
    call: CallRef,
    id: [u64; 2],
}

/// Both objects, to whoever writes down what happens to them.
pub(super) trait Recorded: Send + Sync {
    fn common(&self) -> &Common;

    /// The last callback returned, or will never be made.
    fn settle(&self);
}

/// Who still holds the object: the application until it releases it, the library from the sending or receipt until the last callback
/// returned. The handle is taken back when neither does.
struct Life(AtomicU8);

const UNDER_WAY: u8 = 1;
const SETTLED: u8 = 2;
const RELEASED: u8 = 4;

impl Life {
    fn add(&self, flag: u8) -> u8 {
        self.0.fetch_or(flag, Ordering::SeqCst)
    }

    fn over(flags: u8) -> bool {
        flags & RELEASED != 0 && (flags & UNDER_WAY == 0 || flags & SETTLED != 0)
    }
}

impl Common {
    fn new(service: Weak<Service>, flags: u8, call: Option<(CallRef, CallId)>, ladder: Ladder) -> Common {
        let common = Common {
            service,
            life: Life(AtomicU8::new(flags)),
            handle: AtomicU64::new(0),
            end: AtomicU8::new(0),
            by: AtomicU8::new(0),
            rule: AtomicU8::new(0),
            user_data: AtomicUsize::new(0),
            place: OnceLock::new(),
            id_text: OnceLock::new(),
            ladder: Mutex::new(ladder),
        };
        if let Some((call, id)) = call {
            common.set_place(call, id);
        }
        common
    }

    /// Where it is in the engine, and its id. Only once.
    pub fn set_place(&self, call: CallRef, id: CallId) {
        let set = self.place.set(Place { call, id: [(id.0 >> 64) as u64, id.0 as u64] });
        debug_assert!(set.is_ok(), "an invitation is sent, or arrives, once");
    }

    pub fn set_end(&self, end: End) {
        let place = match end.rule {
            Some(EndRule::Local(input)) => input as u8 + 1,
            Some(EndRule::Remote(input)) => input as u8 + 1,
            None => 0,
        };
        self.rule.store(place, Ordering::Relaxed);
        self.by.store(end.by as i32 as u8, Ordering::Relaxed);
        self.end.store(end.reason as i32 as u8, Ordering::Release);
    }

    /// The sending begins. Released meanwhile: an error.
    pub fn depart(&self, stale: impl Fn() -> Error) -> Result<(), Error> {
        let flags = self.life.add(UNDER_WAY);
        if flags & UNDER_WAY == 0 && flags & RELEASED != 0 { Err(stale()) } else { Ok(()) }
    }

    fn call(&self) -> Option<CallRef> {
        self.place.get().map(|place| place.call)
    }

    fn id(&self) -> Option<CallId> {
        self.place.get().map(|place| CallId(u128::from(place.id[0]) << 64 | u128::from(place.id[1])))
    }

    /// Notes that a callback has returned. Once the service is gone there is no clock for it, and nobody to ask.
    pub fn returned(&self, callback: Callback) {
        let mut ladder = self.ladder.lock();
        if ladder.is_kept()
            && let Some(service) = self.service.upgrade()
        {
            ladder.returned(service.runtime.now(), callback);
            drop(ladder); // A leaf: the service may be gone with this.
        }
    }
}

macro_rules! object {
    ($type:ident, $table:ident, $state:ty, $side:ident, $rules:expr, $rule:path) => {
        impl $type {
            /// The handle that the application holds; made when it is first asked for.
            pub fn handle(self: &Arc<Self>) -> u64 {
                let _making = self.texts.lock();
                match self.common.handle.load(Ordering::Acquire) {
                    0 => {
                        let handle = $table.insert(self.clone());
                        self.common.handle.store(handle, Ordering::Release);
                        handle
                    }
                    handle => handle,
                }
            }

            /// Gives up the application's hold. A second time: an error.
            pub fn release(&self) -> Result<(), Error> {
                let flags = self.common.life.add(RELEASED);
                if flags & RELEASED != 0 {
                    return Err($table.stale(self.common.handle.load(Ordering::Acquire)));
                }
                if Life::over(flags | RELEASED) {
                    self.take_back();
                }
                Ok(())
            }

            fn take_back(&self) {
                let handle = self.common.handle.load(Ordering::Acquire);
                drop($table.remove(handle));
            }

            /// The state, in the original's numbers.
            pub fn state(&self) -> $state {
                <$state>::from_number(self.state.load(Ordering::Acquire).into()).expect("only states are stored")
            }

            /// Why it ended, which side decided, and by which rule.
            pub fn end(&self) -> End {
                use crate::codes::EndReason;
                let reason = EndReason::from_number(self.common.end.load(Ordering::Acquire).into());
                let by = EndSide::from_number(self.common.by.load(Ordering::Relaxed).into());
                let place = usize::from(self.common.rule.load(Ordering::Relaxed)).checked_sub(1);
                End {
                    reason: reason.unwrap_or(EndReason::None),
                    by: by.unwrap_or(EndSide::None),
                    rule: place.and_then(|place| $rules.get(place)).map(|row| $rule(row.on)),
                }
            }

            /// What happened to it, in this form.
            pub fn ladder(&self, format: LadderFormat) -> String {
                let (ladder, subject) = self.record();
                ladder.show(&subject, format)
            }

            /// Why it stands where it does, in a few sentences.
            pub fn explain(&self) -> String {
                let (ladder, subject) = self.record();
                ladder.explain(&subject)
            }

            fn record(&self) -> (Ladder, Subject) {
                let subject = Subject {
                    side: EndSide::$side,
                    id: self.id(),
                    peer: self.texts.lock().texts.get(Which::Peer).to_string(),
                    state: self.state().name(),
                    end: self.end(),
                };
                (self.common.ladder.lock().clone(), subject)
            }

            /// The id, the same on both sides; none before it is sent.
            pub fn id(&self) -> Option<CallId> {
                self.common.id()
            }

            /// Shows the id as 32 hexadecimal digits; none before it is sent.
            pub fn with_id<R>(&self, look: impl FnOnce(&str) -> R) -> R {
                look(&self.id().map(|id| id.to_string()).unwrap_or_default())
            }

            /// The id as 32 hexadecimal digits, or the empty text, with its final NUL; valid as long as this object.
            pub fn id_ptr(&self) -> *const u8 {
                let Some(id) = self.id() else { return c"".as_ptr().cast() };
                let digits = || format!("{id}\0").into_bytes().try_into().expect("an id has 32 digits");
                self.common.id_text.get_or_init(digits).as_ptr()
            }

            /// The application's own value.
            pub fn user_data(&self) -> usize {
                self.common.user_data.load(Ordering::Acquire)
            }

            /// Sets the application's own value.
            pub fn set_user_data(&self, value: usize) {
                self.common.user_data.store(value, Ordering::Release);
            }

            pub(super) fn set_state(&self, state: $state) {
                self.state.store(state as i32 as u8, Ordering::Release);
            }

            pub(super) fn call(&self) -> Option<CallRef> {
                self.common.call()
            }
        }

        impl Recorded for $type {
            fn common(&self) -> &Common {
                &self.common
            }

            fn settle(&self) {
                if Life::over(self.common.life.add(SETTLED) | SETTLED) {
                    self.take_back();
                }
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({:?}, {:?})", stringify!($type), self.id(), self.state())
            }
        }
    };
}

object!(LocalInvitation, LOCALS, local::State, Caller, local::TABLE, EndRule::Local);
object!(RemoteInvitation, REMOTES, remote::State, Callee, remote::TABLE, EndRule::Remote);

/// A getter's text: looked at, or handed out as a pointer.
macro_rules! text {
    ($type:ident: $($field:ident, $which:ident, $with:ident, $pointer:ident;)+) => {
        impl $type {$(
            #[doc = concat!("Shows the ", stringify!($field), ".")]
            pub fn $with<R>(&self, look: impl FnOnce(&str) -> R) -> R {
                look(self.texts.lock().texts.get(Which::$which))
            }

            #[doc = concat!("The ", stringify!($field), " with its final NUL; valid as long as this object.")]
            pub fn $pointer(&self) -> *const u8 {
                self.texts.lock().texts.hand_out(Which::$which)
            }
        )+}
    };
}

text!(LocalInvitation:
    callee, Peer, with_callee, callee_ptr;
    content, Content, with_content, content_ptr;
    channel, Channel, with_channel, channel_ptr;
    response, Response, with_response, response_ptr;
);
text!(RemoteInvitation:
    caller, Peer, with_caller, caller_ptr;
    content, Content, with_content, content_ptr;
    channel, Channel, with_channel, channel_ptr;
    response, Response, with_response, response_ptr;
);

impl LocalInvitation {
    pub(super) fn new(service: Weak<Service>, callee: SharedText, ladder: Ladder) -> Arc<LocalInvitation> {
        let texts = LocalTexts { texts: Texts::new(callee), windows: [None; 3] };
        Arc::new(LocalInvitation {
            common: Common::new(service, 0, None, ladder),
            state: AtomicU8::new(0),
            texts: Mutex::new(texts),
        })
    }

    /// Sets the content; `send` takes a snapshot of it.
    pub fn set_content(&self, text: &str) {
        self.texts.lock().texts.set(Which::Content, text.into());
    }

    /// Sets the channel id; `send` takes a snapshot of it.
    pub fn set_channel(&self, text: &str) {
        self.texts.lock().texts.set(Which::Channel, text.into());
    }

    /// Sets an acknowledge window of its own, in milliseconds; effective at `send`. 0: an error.
    pub fn set_acknowledge_timeout(&self, ms: u32) -> Result<(), Error> {
        self.set_window(0, ms)
    }

    /// Sets a ring window of its own, in milliseconds; effective at `send`. 0: an error.
    pub fn set_ring_timeout(&self, ms: u32) -> Result<(), Error> {
        self.set_window(1, ms)
    }

    /// Sets an accept window of its own, in milliseconds; effective at `send`. 0: an error.
    pub fn set_accept_timeout(&self, ms: u32) -> Result<(), Error> {
        self.set_window(2, ms)
    }

    fn set_window(&self, which: usize, ms: u32) -> Result<(), Error> {
        self.texts.lock().windows[which] = Some(window(ms)?);
        Ok(())
    }

    /// The sending did not begin after all.
    pub(super) fn return_from_departure(&self) {
        let flags = self.common.life.0.fetch_and(!UNDER_WAY, Ordering::SeqCst) & !UNDER_WAY;
        if Life::over(flags) {
            self.take_back();
        }
    }

    pub(super) fn windows(texts: &LocalTexts, service: Windows) -> Windows {
        let [acknowledge, ring, accept] = texts.windows;
        Windows {
            acknowledge_ms: acknowledge.map_or(service.acknowledge_ms, NonZeroU32::get),
            ring_ms: ring.map_or(service.ring_ms, NonZeroU32::get),
            accept_ms: accept.map_or(service.accept_ms, NonZeroU32::get),
        }
    }
}

impl RemoteInvitation {
    pub(super) fn new(
        service: Weak<Service>,
        call: (CallRef, CallId),
        caller: SharedText,
        content: SharedText,
        channel: SharedText,
        ladder: Ladder,
    ) -> Arc<RemoteInvitation> {
        let mut texts = Texts::new(caller);
        texts.set(Which::Content, content);
        texts.set(Which::Channel, channel);
        let texts = RemoteTexts { texts, accept_ms: None };
        Arc::new(RemoteInvitation {
            common: Common::new(service, UNDER_WAY, Some(call), ladder),
            state: AtomicU8::new(remote::State::InvitationReceived as i32 as u8),
            texts: Mutex::new(texts),
        })
    }

    /// Sets the response; `accept` and `refuse` take a snapshot of it.
    pub fn set_response(&self, text: &str) {
        self.texts.lock().texts.set(Which::Response, text.into());
    }

    /// Sets an accept window of its own, in milliseconds; effective at `accept`. 0: an error.
    pub fn set_accept_timeout(&self, ms: u32) -> Result<(), Error> {
        self.texts.lock().accept_ms = Some(window(ms)?);
        Ok(())
    }
}

fn window(ms: u32) -> Result<NonZeroU32, Error> {
    let zero = || Error::InvalidArgument("the timeout is 0 ms, it must be at least 1".into());
    NonZeroU32::new(ms).ok_or_else(zero)
}
