//! What a node publishes beside entries.

use std::time::Duration;

use parlor_shared::{RoomId, Seq};
use tokio::{sync::oneshot, time::sleep};

use super::{
    Replicated,
    applied::Done,
    group::Command,
    ordered_log::{OrderedLog, TailError},
    work::Work,
};
use crate::engine::{AppendError, Engine, ReadError, RetentionPolicy};

/// How long after a refusal a key is proposed again.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

impl Replicated {
    /// Deletes what has expired. Every node does this, and finds nothing where another node's
    /// deletion was applied before.
    pub(super) async fn expire_all(&self, policy: RetentionPolicy) -> Result<u64, AppendError> {
        let (mut deleted, mut after_room) = (0, 0);
        loop {
            let expired = self.log.next_expired(policy, after_room).await;
            let expired = expired.map_err(|ReadError| AppendError::Unavailable)?;
            for (room, until) in &expired.next {
                deleted += self.expire(room.clone(), *until).await?;
            }
            match expired.last_room {
                // These may have more.
                Some(_) if !expired.next.is_empty() => {}
                Some(last) => after_room = last,
                None => return Ok(deleted),
            }
        }
    }

    /// The key of the stream's epoch. This log has none yet: it proposes its own, behind everything
    /// that stands there, and so has all of that when it is answered. Where the stream takes
    /// nothing from this node, it goes on with the key of another one once there is nothing more to
    /// apply. `None` if the log fails meanwhile.
    pub(super) async fn agree_on_key(&self) -> Result<Option<[u8; 32]>, ReadError> {
        let mut refused_at = None;
        loop {
            tokio::select! {
                biased;
                proposed = self.command(Command::Key(self.key)) => match proposed {
                    Ok(_) => return self.log.stream_key().await,
                    Err(AppendError::Closed) => return Ok(None),
                    Err(_) => {
                        let place = *self.place.borrow();
                        let key = self.log.stream_key().await?;
                        if key.is_some() && refused_at == Some(place) {
                            return Ok(key);
                        }
                        refused_at = Some(place);
                        sleep(AGAIN_AFTER).await;
                    }
                },
                _failure = self.failed() => return Ok(None),
            }
        }
    }

    /// Publishes a command, and says what it has done on this node.
    pub(super) async fn command(&self, command: Command) -> Result<Done, AppendError> {
        let (reply, done) = oneshot::channel();
        let sent = self.work.send(Work::Command { command, reply }).await;
        sent.map_err(|_| AppendError::Closed)?;
        done.await.unwrap_or(Err(AppendError::Closed))
    }

    /// Publishes a deletion of a room's oldest entries; returns how many this node has deleted.
    async fn expire(&self, room: RoomId, until: Seq) -> Result<u64, AppendError> {
        match self.command(Command::Expire { room, until }).await? {
            Done::Expired(count) => Ok(count),
            Done::Append(_)
            | Done::Batch(_)
            | Done::Copied(_)
            | Done::Admin(_)
            | Done::Kept
            | Done::Repeated => Err(AppendError::Unavailable),
        }
    }

    /// Publishes entries of another log, or what its rooms are set to; returns once this node has
    /// copied them.
    ///
    /// # Errors
    /// [`AppendError::Unavailable`] if that may be on its way yet.
    pub(crate) async fn copy(&self, command: Command) -> Result<(), AppendError> {
        self.command(command).await.map(drop)
    }

    /// Waits until this node has applied what `ordered`, which it follows, has now.
    ///
    /// # Errors
    /// [`TailError`].
    pub(crate) async fn reach_end(&self, ordered: &dyn OrderedLog) -> Result<(), TailError> {
        let last = ordered.stored(0).await?.last;
        let mut place = self.place.clone();
        tokio::select! {
            biased;
            // An error means that the node is stopping.
            reached = place.wait_for(|place| place.sequence >= last) => match reached {
                Ok(_) => Ok(()),
                Err(error) => Err(TailError::Lost(error.to_string())),
            },
            failure = self.failed() => Err(TailError::Damaged(failure.to_string())),
        }
    }
}
