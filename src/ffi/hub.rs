//! Hub
//!
//! For tests and demonstrations: makes the in-process carrier hub://NAME behave like a bad network. A hub is named by
//! what stands behind hub:// in the address ("" for hub:// itself) and the app id.

use std::collections::BTreeMap;
use std::ffi::c_char;
use std::mem::offset_of;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::arguments::{StructOut, Versioned, read_struct, text};
use super::border::border;
use crate::codes::Status;
use crate::error::Error;
use crate::runtime::Runtime;
use crate::testkit;
use crate::transport::hub::{self, Faults, Hub};

/// What happens to the messages of a hub. All zero: nothing. The same seed and the same order of messages give the same
/// fate.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_hub_faults {
    /// sizeof(rtm_hub_faults).
    pub struct_size: usize,
    /// The seed of the dice.
    pub seed: u64,
    /// The shortest way of a message, in milliseconds.
    pub delay_min_ms: u32,
    /// The longest way of a message, in milliseconds; less than `delay_min_ms` means the same as that.
    pub delay_max_ms: u32,
    /// Messages lost, per million.
    pub loss_per_million: u32,
    /// Messages that arrive twice, per million.
    pub repeat_per_million: u32,
    /// Messages that may overtake and be overtaken, per million.
    pub reorder_per_million: u32,
    /// Must be 0.
    pub reserved: u32,
}

// SAFETY: numbers, the size first, no padding.
unsafe impl Versioned for rtm_hub_faults {
    const NAME: &'static str = "rtm_hub_faults";
    const LEAST: usize = offset_of!(Self, seed);
}

/// What became of the messages of a hub since somebody first used it. What is neither delivered nor counted as gone is
/// on its way.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_hub_stats {
    /// sizeof(rtm_hub_stats), set by the caller.
    pub struct_size: usize,
    /// Messages handed over by users with a standing link.
    pub sent: u64,
    /// Messages that arrived; a repeated one counts each time.
    pub delivered: u64,
    /// Messages lost on purpose.
    pub lost: u64,
    /// Second copies made on purpose.
    pub repeated: u64,
    /// Messages taken out of order on purpose.
    pub reordered: u64,
    /// Messages and copies that faults kept from arriving at once.
    pub delayed: u64,
    /// Messages dropped because their lifetime was over.
    pub expired: u64,
    /// Messages dropped because their receiver was not logged in.
    pub dropped_offline: u64,
    /// Messages not taken, or dropped on arrival, because a queue was full.
    pub refused_full: u64,
    /// Links cut by rtm_hub_set_link().
    pub links_cut: u64,
}

// SAFETY: numbers, the size first, no padding.
unsafe impl Versioned for rtm_hub_stats {
    const NAME: &'static str = "rtm_hub_stats";
    const LEAST: usize = offset_of!(Self, sent);
}

/// Hubs with faults, which hold even while nobody is logged in.
static ROUGH: Mutex<BTreeMap<hub::Key, Arc<Hub>>> = Mutex::new(BTreeMap::new());

/// Sets the faults of a hub, which need not be in use yet; they stay until they are set anew. What is on its way still
/// arrives.
///
/// Any thread.
///
/// @param hub_name The hub.
/// @param app_id The app id.
/// @param faults The faults; copied. NULL or all zero: none from now on.
/// @return #RTM_OK; INVALID_ARGUMENT if a text is NULL or no valid UTF-8, the hub cannot have this name, or the
///   `struct_size` is wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_hub_set_faults(
    hub_name: *const c_char,
    app_id: *const c_char,
    faults: *const rtm_hub_faults,
) -> Status {
    border(|| {
        // SAFETY: the caller passes texts.
        let (name, app) = unsafe { (text(hub_name, "hub name")?, text(app_id, "app id")?) };
        let mut wanted = Faults::default();
        if !faults.is_null() {
            // SAFETY: the caller passes faults.
            let given = unsafe { read_struct(faults, "hub faults")? };
            if given.reserved != 0 {
                return Err(Error::InvalidArgument("the reserved field of the hub faults is not 0".into()));
            }
            wanted = Faults {
                seed: given.seed,
                delay_min: Duration::from_millis(given.delay_min_ms.into()),
                delay_max: Duration::from_millis(given.delay_max_ms.into()),
                loss: given.loss_per_million,
                repeat: given.repeat_per_million,
                reorder: given.reorder_per_million,
            };
        }
        let hub = Hub::named(name, app, &testkit::runtime())?;
        hub.set_faults(wanted);
        let key = hub.key().clone();
        let mut rough = ROUGH.lock();
        let former = if wanted == Faults::default() { rough.remove(&key) } else { rough.insert(key, hub.clone()) };
        drop(rough);
        drop(former);
        Ok(())
    })
}

/// Cuts or restores the link of a user. While it is cut, nothing goes out, what arrives waits, and to others the user is
/// #RTM_PEER_ONLINE_STATE_UNREACHABLE, after the grace time #RTM_PEER_ONLINE_STATE_OFFLINE.
///
/// Any thread.
///
/// @param hub_name The hub.
/// @param app_id The app id.
/// @param user_id The user.
/// @param up 0: cut; anything else: restore.
/// @return #RTM_OK; NOT_FOUND if that user is not logged in there; INVALID_ARGUMENT if a text is NULL or no valid
///   UTF-8, or the hub cannot have this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_hub_set_link(
    hub_name: *const c_char,
    app_id: *const c_char,
    user_id: *const c_char,
    up: i32,
) -> Status {
    border(|| {
        // SAFETY: the caller passes texts.
        let (hub, user) = unsafe { (named(hub_name, app_id)?, text(user_id, "user id")?) };
        found(hub.set_link(user, up != 0), user)
    })
}

/// Lets the machine of a user sleep, or wakes it up. Asleep, nothing is reported to it; what arrives waits. Others see
/// no difference.
///
/// Any thread.
///
/// @param hub_name The hub.
/// @param app_id The app id.
/// @param user_id The user.
/// @param asleep 0: wake up; anything else: sleep.
/// @return #RTM_OK; NOT_FOUND if that user is not logged in there; INVALID_ARGUMENT if a text is NULL or no valid
///   UTF-8, or the hub cannot have this name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_hub_suspend(
    hub_name: *const c_char,
    app_id: *const c_char,
    user_id: *const c_char,
    asleep: i32,
) -> Status {
    border(|| {
        // SAFETY: the caller passes texts.
        let (hub, user) = unsafe { (named(hub_name, app_id)?, text(user_id, "user id")?) };
        found(hub.suspend(user, asleep != 0), user)
    })
}

/// What became of the messages of a hub. They are counted for as long as somebody is logged in there or it has faults.
///
/// Any thread.
///
/// @param hub_name The hub.
/// @param app_id The app id.
/// @param[out] stats The numbers; its `struct_size` must be set. As many fields are written as it has room for.
/// @return #RTM_OK; INVALID_ARGUMENT if an argument is NULL, a text no valid UTF-8, the hub cannot have this name, or
///   the `struct_size` is wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_hub_get_stats(
    hub_name: *const c_char,
    app_id: *const c_char,
    stats: *mut rtm_hub_stats,
) -> Status {
    border(|| {
        // SAFETY: the caller passes texts, and a struct with its size.
        let (hub, place) = unsafe { (named(hub_name, app_id)?, StructOut::new(stats, "hub stats")?) };
        let stats = hub.stats();
        place.write(rtm_hub_stats {
            struct_size: 0,
            sent: stats.sent,
            delivered: stats.delivered,
            lost: stats.lost,
            repeated: stats.repeated,
            reordered: stats.reordered,
            delayed: stats.delayed,
            expired: stats.expired,
            dropped_offline: stats.dropped_offline,
            refused_full: stats.refused_full,
            links_cut: stats.links_cut,
        });
        Ok(())
    })
}

/// The hubs of this runtime lose their faults: its world is released.
pub(super) fn forget_faults(runtime: &Runtime) {
    let forgotten: Vec<_> = ROUGH.lock().extract_if(.., |key, _| key.0 == runtime.id()).collect();
    drop(forgotten); // With no lock held.
}

/// # Safety
/// As for [`text`].
unsafe fn named(name: *const c_char, app_id: *const c_char) -> Result<Arc<Hub>, Error> {
    // SAFETY: as promised.
    let (name, app) = unsafe { (text(name, "hub name")?, text(app_id, "app id")?) };
    Hub::named(name, app, &testkit::runtime())
}

fn found(found: bool, user: &str) -> Result<(), Error> {
    if found { Ok(()) } else { Err(Error::NotFound(format!("{user:?} is not logged in on this hub"))) }
}
