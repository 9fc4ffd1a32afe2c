//! How far the stream has been, so that nothing is published into one that was put back.
//!
//! Servers whose store folders were copied back begin where the copies end. A group that was on its
//! way would get a place there that another one has had, and nobody could put back what is missing.
//! So after each lost connection a node sees first whether the stream is as long as it was.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::engine::replicated::ordered_log::PublishError;

/// How far the stream has been.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// The newest place that this node knows the stream to have given.
    newest: AtomicU64,
    /// How often this node had connected when the stream was that long.
    connects: AtomicU64,
}

impl Reached {
    /// The stream has given this place.
    pub(super) fn on_sequence(&self, sequence: u64) {
        self.newest.fetch_max(sequence, Relaxed);
    }

    /// Whether what is published over the connection with this number must wait until the stream's
    /// end is known.
    pub(super) fn is_unknown(&self, connects: u64) -> bool {
        self.connects.load(Relaxed) != connects
    }

    /// The stream ends at `last`, as was said over this connection.
    ///
    /// # Errors
    /// [`PublishError`] if it was longer.
    pub(super) fn on_last(&self, last: u64, connects: u64) -> Result<(), PublishError> {
        let newest = self.newest.load(Relaxed);
        if last < newest {
            return Err(PublishError(format!(
                "the stream ends at {last}, and has been at {newest}"
            )));
        }
        self.connects.store(connects, Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_waits_until_the_stream_is_as_long_as_it_was_before_a_lost_connection() {
        let reached = Reached::default();
        assert!(reached.is_unknown(1), "nothing was asked yet");
        reached.on_last(0, 1).unwrap();
        reached.on_sequence(7);
        reached.on_sequence(6);
        assert!(!reached.is_unknown(1));
        assert!(reached.is_unknown(2));
        let shorter = reached.on_last(6, 2).unwrap_err();
        assert_eq!(shorter.0, "the stream ends at 6, and has been at 7");
        assert!(reached.is_unknown(2));
        reached.on_last(8, 2).unwrap();
        assert!(!reached.is_unknown(2));
    }
}
