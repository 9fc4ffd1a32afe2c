//! What a log does that follows a stream: it applies what stands there, and posts come to it in no
//! other way.

use std::{path::Path, sync::Arc};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    Embedded,
    open_error::OpenError,
    origin::{Origin, StreamStart},
    retention::{self, ExpiredRooms},
    stream,
    writer::{ApplyGroups, Job},
};
use crate::engine::{
    AppendError, CommitListener, ReadError, RetentionPolicy,
    replicated::{
        applied::{Applied, ApplyError},
        group::{StreamHash, StreamPlace},
        ordered_log::Message,
    },
};

impl Embedded {
    /// Opens the log in `folder` as one that follows a stream: entries come only by
    /// [`Embedded::apply`].
    ///
    /// # Errors
    /// [`OpenError`].
    pub(crate) fn follow(
        folder: &Path,
        start: StreamStart,
        listener: Arc<dyn CommitListener>,
    ) -> Result<Self, OpenError> {
        Self::open_for(folder, Origin::Stream(start), listener)
    }

    /// Applies what stands next in the stream. Resolves once it is on this log and visible.
    ///
    /// # Errors
    /// [`ApplyError`]; nothing was applied then.
    pub(crate) async fn apply(&self, messages: Vec<Message>) -> Result<Vec<Applied>, ApplyError> {
        let (reply, applied) = oneshot::channel();
        let job = move || Job::Apply(ApplyGroups { messages, reply });
        self.jobs.push(job).await.map_err(AppendError::from)?;
        // A writer that answers nothing has failed.
        applied.await.unwrap_or(Err(AppendError::Closed.into()))
    }

    /// How far the log has followed its stream.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read, or follows none.
    pub(crate) async fn stream_place(&self) -> Result<StreamPlace, ReadError> {
        let followed = self.readers.run(|db| stream::read(db)).await?;
        Ok(followed.ok_or(ReadError)?.place)
    }

    /// The key that signs the tokens of all nodes; `None` until the stream has one.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    pub(crate) async fn stream_key(&self) -> Result<Option<[u8; 32]>, ReadError> {
        self.readers.run(|db| stream::key(db)).await
    }

    /// The running hash that the log had at a sequence of its stream; `None` where it is forgotten,
    /// yet to come, or of another epoch.
    ///
    /// # Errors
    /// [`ReadError`] if the log can't be read.
    pub(crate) async fn stream_hash(&self, sequence: u64) -> Result<Option<StreamHash>, ReadError> {
        let read = move |db: &mut Connection| stream::hash_at(db, sequence);
        self.readers.run(read).await
    }

    /// The next few entries of a room that a policy does not keep, as the last one of them; and the
    /// room to go on with. See [`Embedded::apply_retention`].
    pub(crate) async fn next_expired(
        &self,
        policy: RetentionPolicy,
        after_room: i64,
    ) -> Result<ExpiredRooms, ReadError> {
        self.readers
            .run(move |db| retention::next_expired(db, policy, after_room))
            .await
    }
}
