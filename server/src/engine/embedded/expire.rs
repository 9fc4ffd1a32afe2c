//! Deletes what has expired, a few entries at a time, so that appends notice little of it.
//!
//! A reader finds the next few entries, which brings their pages into the system's memory: entries
//! of one room are far apart in a large log, and the writer must not wait for a disk that has to
//! find each of them. Then the writer deletes them in one short transaction, and rests.

use std::time::Instant;

use tokio::sync::oneshot;

use super::{
    Embedded,
    retention::{self, DeleteRange, Pace},
    writer::{Delete, Job},
};
use crate::engine::{AppendError, ReadError, RetentionPolicy};

/// How many times the length of a step the pause after it is.
const PAUSE_FACTOR: u32 = 2;

impl Embedded {
    /// Deletes what the policy does not keep. Returns the number of entries.
    pub(super) async fn expire(&self, policy: RetentionPolicy) -> Result<u64, AppendError> {
        let mut deleted = 0;
        let mut last_room = Some(0);
        while let Some(after) = last_room {
            let due = self
                .readers
                .run(move |db| retention::due(db, policy, after))
                .await
                .map_err(|ReadError| AppendError::Unavailable)?;
            for range in due.ranges {
                deleted += self.delete_range(range).await?;
            }
            last_room = due.last_room;
        }
        Ok(deleted)
    }

    /// Deletes the range in as many steps as it takes, and returns the number of entries.
    async fn delete_range(&self, range: DeleteRange) -> Result<u64, AppendError> {
        let mut deleted = 0;
        loop {
            let next = self
                .readers
                .run(move |db| retention::next_step(db, range))
                .await
                .map_err(|ReadError| AppendError::Unavailable)?;
            let Some(range) = next else {
                return Ok(deleted);
            };
            let since = Instant::now();
            let (reply, answer) = oneshot::channel();
            let job = move || Job::Delete(Delete { range, reply });
            self.jobs.push(job).await?;
            let count = answer.await.unwrap_or(Err(AppendError::Closed))?;
            if count == 0 {
                return Ok(deleted);
            }
            deleted += count as u64;
            match self.pace {
                Pace::Resting => tokio::time::sleep(since.elapsed() * PAUSE_FACTOR).await,
                #[cfg(feature = "sim")]
                Pace::Unpaced => {}
            }
        }
    }
}
