//! Test kit
//!
//! For the tests of applications: a world with a virtual clock, and peers that follow a script. No server, no thread, no
//! waiting: a minute of ringing takes microseconds, and the same seed brings the same events in the same order, on every
//! platform.
//!
//! While a world is in use, every service that the application creates lives in it, whatever carrier address it has: its
//! callbacks come inside rtm_test_world_advance(), on the thread that calls it (in pump mode still in
//! rtm_service_dispatch()). The rtm_hub_ functions concern the hubs of the world in use, so faults work there too.

use std::ffi::c_char;
use std::mem::offset_of;
use std::time::Duration;

use super::arguments::{StructOut, Versioned, optional_text, out, read_struct, text};
use super::border::border;
use super::handles::{rtm_test_peer, rtm_test_world};
use super::hub::forget_faults;
use crate::codes::{Status, TestAct};
use crate::error::Error;
use crate::testkit::{PEERS, Peer, Script, WORLDS, World};

/// What a scripted peer does with the calls of its life. All zero: it is there, and answers nothing.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_test_script {
    /// sizeof(rtm_test_script).
    pub struct_size: usize,
    /// What it does when it is called: an #rtm_test_act, not CANCEL or CANCEL_AS_ACCEPTED.
    pub when_called: i32,
    /// How long after it began to ring, in milliseconds.
    pub when_called_after_ms: u32,
    /// The response with which it accepts or refuses. NULL: "".
    pub response: *const c_char,
    /// What it does when it calls: an #rtm_test_act, not ACCEPT or REFUSE.
    pub when_calling: i32,
    /// How long after it began to ring at the callee, in milliseconds.
    pub when_calling_after_ms: u32,
}

// SAFETY: numbers and a pointer, the size first, no padding.
unsafe impl Versioned for rtm_test_script {
    const NAME: &'static str = "rtm_test_script";
    const LEAST: usize = offset_of!(Self, when_called);
}

/// What a scripted peer has lived through.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct rtm_test_summary {
    /// sizeof(rtm_test_summary), set by the caller.
    pub struct_size: usize,
    /// Invitations that rang at it.
    pub rang: u64,
    /// Its own invitations that rang at the callee.
    pub received_by_peer: u64,
    /// Invitations, its own and those that rang at it, that ended accepted.
    pub accepted: u64,
    /// Those that ended refused.
    pub refused: u64,
    /// Those that ended canceled.
    pub canceled: u64,
    /// Those that failed.
    pub failed: u64,
    /// Why the last of them ended: an #rtm_end_reason.
    pub last_end_reason: i32,
    /// Which side decided that: an #rtm_end_side.
    pub last_end_side: i32,
}

// SAFETY: numbers, the size first, no padding.
unsafe impl Versioned for rtm_test_summary {
    const NAME: &'static str = "rtm_test_summary";
    const LEAST: usize = offset_of!(Self, rang);
}

/// Creates a world, and puts it in use: services that are created from now on, on whichever thread, live in it.
///
/// Any thread. Services that exist already stay where they are.
///
/// @param seed What all chance in it comes from: invitation ids, and nothing else unless faults are set, which have a
///   seed of their own. The same seed, and the same calls in the same order, give the same events.
/// @param[out] world The new world, the caller's to release with rtm_test_world_release().
/// @return #RTM_OK; INVALID_ARGUMENT if `world` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_test_world_create(seed: u64, world: *mut *mut rtm_test_world) -> Status {
    border(|| {
        // SAFETY: the caller passes a place for the handle.
        let place = unsafe { out(world, "world")? };
        let world = World::new(seed);
        world.put_in_use();
        place.write(rtm_test_world::of(WORLDS.insert(world)));
        Ok(())
    })
}

/// Lets time pass in a world. Everything that happens in it, callbacks included, happens inside this call, on this
/// thread, each at its time: timers, messages on their way, what scripted peers do. 0: what is due now happens.
///
/// Any thread, one at a time.
///
/// @param world The world.
/// @param duration_ms How long, in milliseconds.
/// @return #RTM_OK; INVALID_STATE inside a callback, or while another thread does it.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_test_world_advance(world: *mut rtm_test_world, duration_ms: u64) -> Status {
    border(|| rtm_test_world::find(world)?.advance(Duration::from_millis(duration_ms)))
}

/// Lets time pass as while the machine is suspended: nothing happens meanwhile, and what came due happens late, at the
/// end, inside this call.
///
/// Any thread, one at a time.
///
/// @param world The world.
/// @param duration_ms How long, in milliseconds.
/// @return #RTM_OK; INVALID_STATE inside a callback, or while another thread lets time pass.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_test_world_suspend(world: *mut rtm_test_world, duration_ms: u64) -> Status {
    border(|| rtm_test_world::find(world)?.suspend(Duration::from_millis(duration_ms)))
}

/// The time that has passed in a world. Inside a callback it is the time of its event.
///
/// Any thread.
///
/// @param world The world.
/// @param[out] elapsed_ms The time since it was created, in milliseconds.
/// @return #RTM_OK; INVALID_ARGUMENT if `elapsed_ms` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_test_world_get_elapsed(world: *const rtm_test_world, elapsed_ms: *mut u64) -> Status {
    border(|| {
        let world = rtm_test_world::find(world)?;
        // SAFETY: the caller passes a place for the number.
        unsafe { out(elapsed_ms, "elapsed time")? }.write(world.elapsed().as_millis() as u64);
        Ok(())
    })
}

/// Ends a world: services that are created from now on live in real time again, unless a younger world is in use. Time
/// stands still for services that are still in it; they can be released as ever, and should be before.
///
/// Any thread.
///
/// @param world The world; NULL is fine and does nothing.
/// @return #RTM_OK; STALE_HANDLE for a second release.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_test_world_release(world: *mut rtm_test_world) -> Status {
    border(|| {
        if world.is_null() {
            return Ok(());
        }
        let handle = world.addr() as u64;
        let world = WORLDS.remove(handle).ok_or_else(|| WORLDS.stale(handle))?;
        world.put_out_of_use();
        forget_faults(world.runtime());
        Ok(())
    })
}

/// Creates a scripted peer: a user of its own, logged in, reachable for every service of the world with this app id.
///
/// Any thread.
///
/// @param world Where it lives.
/// @param app_id The app id of the services that it is to meet.
/// @param user_id Its user id, as for rtm_service_login().
/// @param script What it does; copied. NULL: it is there, and answers nothing.
/// @param[out] peer The new peer, the caller's to release with rtm_test_peer_release().
/// @return #RTM_OK; INVALID_APP_ID; INVALID_ARGUMENT if a text is NULL or out of bounds, the script has a wrong
///   `struct_size` or an act of the other side, or `peer` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_test_peer_create(
    world: *mut rtm_test_world,
    app_id: *const c_char,
    user_id: *const c_char,
    script: *const rtm_test_script,
    peer: *mut *mut rtm_test_peer,
) -> Status {
    border(|| {
        let world = rtm_test_world::find(world)?;
        // SAFETY: the caller passes texts, a script or NULL, and a place for the handle.
        let (app_id, user_id, script, place) =
            unsafe { (text(app_id, "app id")?, text(user_id, "user id")?, read_script(script)?, out(peer, "peer")?) };
        let peer = Peer::new(&world, app_id, user_id, script)?;
        place.write(rtm_test_peer::of(PEERS.insert(peer)));
        Ok(())
    })
}

/// Gives a peer another script, for what rings from now on. What it is about to do already it still does.
///
/// Any thread.
///
/// @param peer The peer.
/// @param script What it does; copied. NULL: it answers nothing any more.
/// @return #RTM_OK; INVALID_ARGUMENT as for rtm_test_peer_create().
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_test_peer_set_script(peer: *mut rtm_test_peer, script: *const rtm_test_script) -> Status {
    border(|| {
        let peer = rtm_test_peer::find(peer)?;
        // SAFETY: the caller passes a script or NULL.
        peer.set_script(unsafe { read_script(script)? })
    })
}

/// Has a peer call somebody. It rings there when time passes (a duration of 0 is enough), and the peer goes on as its
/// script says.
///
/// Any thread.
///
/// @param peer The peer.
/// @param callee_id Whom it calls.
/// @param content The content. NULL: "".
/// @param channel_id The channel id. NULL: "".
/// @return #RTM_OK; INVALID_ARGUMENT if a text is out of bounds.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_test_peer_call(
    peer: *mut rtm_test_peer,
    callee_id: *const c_char,
    content: *const c_char,
    channel_id: *const c_char,
) -> Status {
    border(|| {
        let peer = rtm_test_peer::find(peer)?;
        // SAFETY: the caller passes texts, or NULL.
        let (callee, content, channel) = unsafe {
            (
                text(callee_id, "callee id")?,
                optional_text(content, "content")?,
                optional_text(channel_id, "channel id")?,
            )
        };
        peer.call(callee, content.unwrap_or_default(), channel.unwrap_or_default())
    })
}

/// Has a peer log out.
///
/// Any thread.
///
/// @param peer The peer.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_test_peer_log_out(peer: *mut rtm_test_peer) -> Status {
    border(|| rtm_test_peer::find(peer)?.log_out())
}

/// Has a peer log in again after it logged out, or come back after it vanished.
///
/// Any thread.
///
/// @param peer The peer.
/// @return #RTM_OK, also if it is there already.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_test_peer_log_in(peer: *mut rtm_test_peer) -> Status {
    border(|| rtm_test_peer::find(peer)?.log_in())
}

/// Has a peer vanish, as if its process was killed: nothing goes out or comes in any more, and after the grace time it
/// counts as offline.
///
/// Any thread.
///
/// @param peer The peer.
/// @return #RTM_OK.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_test_peer_vanish(peer: *mut rtm_test_peer) -> Status {
    border(|| {
        rtm_test_peer::find(peer)?.vanish();
        Ok(())
    })
}

/// What a peer has lived through.
///
/// Any thread.
///
/// @param peer The peer.
/// @param[out] summary The numbers; its `struct_size` must be set. As many fields are written as it has room for.
/// @return #RTM_OK; INVALID_ARGUMENT if `summary` is NULL or its `struct_size` is wrong.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rtm_test_peer_get_summary(
    peer: *const rtm_test_peer,
    summary: *mut rtm_test_summary,
) -> Status {
    border(|| {
        let peer = rtm_test_peer::find(peer)?;
        // SAFETY: the caller passes a struct with its size.
        let place = unsafe { StructOut::new(summary, "test summary")? };
        let summary = peer.summary();
        place.write(rtm_test_summary {
            struct_size: 0,
            rang: summary.rang,
            received_by_peer: summary.received_by_peer,
            accepted: summary.accepted,
            refused: summary.refused,
            canceled: summary.canceled,
            failed: summary.failed,
            last_end_reason: summary.last_end.map_or(0, |end| end.reason as i32),
            last_end_side: summary.last_end.map_or(0, |end| end.by as i32),
        });
        Ok(())
    })
}

/// Ends a peer: it logs out, and is gone.
///
/// Any thread.
///
/// @param peer The peer; NULL is fine and does nothing.
/// @return #RTM_OK; STALE_HANDLE for a second release.
#[unsafe(no_mangle)]
pub extern "C" fn rtm_test_peer_release(peer: *mut rtm_test_peer) -> Status {
    border(|| {
        if peer.is_null() {
            return Ok(());
        }
        let handle = peer.addr() as u64;
        PEERS.remove(handle).ok_or_else(|| PEERS.stale(handle))?.release()
    })
}

/// # Safety
/// `given` as for [`read_struct`], its response as for [`text`].
unsafe fn read_script(given: *const rtm_test_script) -> Result<Script, Error> {
    if given.is_null() {
        return Ok(Script::default());
    }
    // SAFETY: as promised.
    let given = unsafe { read_struct(given, "test script")? };
    // SAFETY: as promised.
    let response = unsafe { optional_text(given.response, "response")? };
    let act = |number: i32| {
        let wrong = || Error::InvalidArgument(format!("the act {number} of the test script is none"));
        TestAct::from_number(number).ok_or_else(wrong)
    };
    Ok(Script {
        when_called: act(given.when_called)?,
        called_after: Duration::from_millis(given.when_called_after_ms.into()),
        response: response.unwrap_or_default().into(),
        when_calling: act(given.when_calling)?,
        calling_after: Duration::from_millis(given.when_calling_after_ms.into()),
    })
}
