//! What became of the messages of a hub, in numbers.

use std::sync::atomic::{AtomicU64, Ordering};

/// The counters of a hub since it was made. Nothing vanishes uncounted: `sent + repeated = delivered + lost + expired +
/// dropped_offline + refused_full +` what is still on its way or waits in a session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HubStats {
    /// Messages that a session with a standing link handed over.
    pub sent: u64,
    /// Messages reported to a session; a repeated one counts each time.
    pub delivered: u64,
    /// Messages lost by [`Faults::loss`](super::Faults::loss).
    pub lost: u64,
    /// Second copies made by [`Faults::repeat`](super::Faults::repeat).
    pub repeated: u64,
    /// Messages taken out of order by [`Faults::reorder`](super::Faults::reorder).
    pub reordered: u64,
    /// Messages (and copies) that were not delivered at once because of faults.
    pub delayed: u64,
    /// Messages dropped because their lifetime was over.
    pub expired: u64,
    /// Messages dropped because their receiver was not logged in, or logged out before it had them.
    pub dropped_offline: u64,
    /// Messages not taken, or dropped on arrival, because a queue was full.
    pub refused_full: u64,
    /// Links cut by [`Hub::set_link`](super::Hub::set_link).
    pub links_cut: u64,
}

/// One of the counters.
#[derive(Clone, Copy)]
pub(super) enum Count {
    Sent,
    Delivered,
    Lost,
    Repeated,
    Reordered,
    Delayed,
    Expired,
    DroppedOffline,
    RefusedFull,
    LinksCut,
}

/// The counters, for any thread.
#[derive(Default)]
pub(super) struct Counters([AtomicU64; Count::LinksCut as usize + 1]);

impl Counters {
    pub fn add(&self, count: Count, by: usize) {
        if by > 0 {
            self.0[count as usize].fetch_add(by as u64, Ordering::Relaxed);
        }
    }

    pub fn read(&self) -> HubStats {
        let read = |count: Count| self.0[count as usize].load(Ordering::Relaxed);
        HubStats {
            sent: read(Count::Sent),
            delivered: read(Count::Delivered),
            lost: read(Count::Lost),
            repeated: read(Count::Repeated),
            reordered: read(Count::Reordered),
            delayed: read(Count::Delayed),
            expired: read(Count::Expired),
            dropped_offline: read(Count::DroppedOffline),
            refused_full: read(Count::RefusedFull),
            links_cut: read(Count::LinksCut),
        }
    }
}
