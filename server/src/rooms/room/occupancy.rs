//! What a room holds in memory, and what is counted about its deliveries.

use std::sync::atomic::Ordering::Relaxed;

use parlor_shared::{RoomId, Seq};

use super::Room;
use crate::rooms::ring::{Ring, RingRead};

/// What a room holds in memory.
#[derive(Debug, Clone)]
pub(crate) struct Occupancy {
    pub(crate) room: RoomId,
    /// Members who are present.
    pub(crate) members: u32,
    /// The newest entry, as far as it is known.
    pub(crate) head: Seq,
    /// Bytes of frames in the ring.
    pub(crate) ring_bytes: usize,
}

impl Room {
    /// What the room holds now.
    pub(crate) fn occupancy(&self) -> Occupancy {
        let state = self.lock();
        Occupancy {
            room: self.id.clone(),
            members: state.presence.count(),
            head: state.ring.as_ref().map_or(Seq::ZERO, Ring::head),
            ring_bytes: state.ring.as_ref().map_or(0, Ring::bytes),
        }
    }

    /// Counts a read of the ring, if it gave frames.
    pub(super) fn counted(&self, read: RingRead) -> RingRead {
        if let RingRead::Frames(_) = &read {
            self.env.metrics.ring_reads.add(1);
        }
        read
    }

    /// When entries were published last, by the clock's microseconds; 0 before the first.
    pub(crate) fn published_us(&self) -> u64 {
        self.published_us.load(Relaxed)
    }

    /// Counts that a task has written all that was published to a group of subscribers. `since` is
    /// what this has returned last: what was published until then is counted already.
    pub(crate) fn observe_delivery(&self, since: u64) -> u64 {
        let published_us = self.published_us();
        if published_us != since {
            let took_us = self.env.clock.now_us().saturating_sub(published_us);
            self.env.metrics.delivery.observe(took_us);
        }
        published_us
    }
}
