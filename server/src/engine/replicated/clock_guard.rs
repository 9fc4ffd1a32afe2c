//! Keeps a node with a wrong clock from publishing: times of entries never go back, so an hour that
//! one node is ahead would be everybody's for an hour.

use parlor_shared::limits::STREAM_CLOCK_MS_MAX;

use super::{group::StreamPlace, ordered_log::OrderedLog};
use crate::clock::{Clock, SystemClock};

/// Why this node must not publish, by a look at the log before it does; `None` also where the log
/// can't be looked at now.
pub(super) async fn look(ordered: &dyn OrderedLog, applied: StreamPlace) -> Option<String> {
    let look = ordered.look(applied).await.ok().flatten()?;
    difference(SystemClock::start().unix_ms(), look.now_ms?)
}

/// Why a node must not publish whose clock shows `own_ms` when that of the log's servers shows
/// `log_ms`; `None` if the two are near enough.
pub(crate) fn difference(own_ms: u64, log_ms: u64) -> Option<String> {
    let apart_ms = own_ms.abs_diff(log_ms);
    let side = if own_ms > log_ms {
        "ahead of"
    } else {
        "behind"
    };
    (apart_ms > STREAM_CLOCK_MS_MAX).then(|| {
        format!(
            "this node's clock is {} s {side} that of the NATS servers, so it publishes nothing: set both \
             by a time server",
            apart_ms / 1_000
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_may_be_a_minute_off_and_not_an_hour() {
        let log_ms = 1_800_000_000_000;
        for off_ms in [0, 1, STREAM_CLOCK_MS_MAX] {
            assert_eq!(difference(log_ms + off_ms, log_ms), None);
            assert_eq!(difference(log_ms - off_ms, log_ms), None);
        }
        let hour_ms = 3_600_000;
        let ahead = difference(log_ms + hour_ms, log_ms).unwrap();
        assert!(ahead.contains("3600 s ahead of"), "{ahead}");
        let behind = difference(log_ms - hour_ms, log_ms).unwrap();
        assert!(behind.contains("3600 s behind"), "{behind}");
    }
}
