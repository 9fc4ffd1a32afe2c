//! How far a node has looked through what it has applied of its stream.

use std::{
    ops::RangeInclusive,
    sync::{Mutex, PoisonError},
};

use parlor_shared::limits::STREAM_SCRUB_MAX;

/// What was looked through already: from the newest place back to the oldest, and then again.
#[derive(Debug, Default)]
pub(super) struct Scrubbed(Mutex<Progress>);

#[derive(Debug, Default)]
struct Progress {
    /// Whose copy it is.
    leader: Option<String>,
    /// The oldest place that was looked at in this round; 0 before the first.
    oldest: u64,
}

impl Scrubbed {
    /// The part that is next, of what the leader has from `first` to `last`. Another leader has
    /// another copy.
    pub(super) fn next(
        &self,
        leader: &Option<String>,
        first: u64,
        last: u64,
    ) -> RangeInclusive<u64> {
        let mut progress = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.leader != *leader {
            progress.leader.clone_from(leader);
            progress.oldest = 0;
        }
        let end = match progress.oldest.saturating_sub(1) {
            older if older < first || older > last => last,
            older => older,
        };
        let start = (end + 1).saturating_sub(STREAM_SCRUB_MAX as u64);
        start.max(first)..=end
    }

    /// All of this part is there.
    pub(super) fn on_whole(&self, part: &RangeInclusive<u64>) {
        let mut progress = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        progress.oldest = *part.start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_looked_through_in_parts_from_its_end_to_its_beginning_and_again() {
        let scrubbed = Scrubbed::default();
        let leader = Some("a".to_owned());
        let most = STREAM_SCRUB_MAX as u64;
        let (first, mut last) = (3, 2 * most + 10);
        let next = |leader: &Option<String>, last: u64| {
            let part = scrubbed.next(leader, first, last);
            scrubbed.on_whole(&part);
            part
        };
        assert_eq!(next(&leader, last), most + 11..=last);
        last += 1;
        assert_eq!(next(&leader, last), 11..=most + 10);
        assert_eq!(next(&leader, last), first..=10);
        assert_eq!(next(&leader, last), most + 12..=last);
        let other = Some("b".to_owned());
        assert_eq!(next(&other, last), most + 12..=last);
        // Nothing was applied yet, or all of that was forgotten.
        assert!(next(&other, 2).is_empty());
        assert!(scrubbed.next(&None, 1, 0).is_empty());
    }
}
