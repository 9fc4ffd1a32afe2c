//! Looks through what a node has applied of its stream, a part in every check: a server that has
//! lost a message on its disk says nothing of it until somebody asks.

use super::{JetStream, doubts::Skipped, find::at_leader};
use crate::engine::replicated::ordered_log::TailError;

impl JetStream {
    /// Looks through the next part of what was applied.
    ///
    /// # Errors
    /// [`TailError::Damaged`] if no server has some of it any more.
    pub(super) async fn scrub_until(&self, applied: u64) -> Result<(), TailError> {
        let info = self.info_of_same().await?;
        let first = info.state.first_sequence.max(self.after + 1);
        let last = info.state.last_sequence.min(applied);
        let leader = info.cluster.as_ref().and_then(|one| one.leader.clone());
        let part = self.scrubbed.next(&leader, first, last);
        for sequence in part.clone() {
            if at_leader(&self.stream, sequence).await?.is_some() {
                continue;
            }
            let skipped = Skipped {
                after: sequence - 1,
                last: *part.end(),
            };
            self.find_skipped(&info, skipped).await?;
            // Another server has it, and may have what follows: that is not asked of all again.
            break;
        }
        self.scrubbed.on_whole(&part);
        Ok(())
    }
}
