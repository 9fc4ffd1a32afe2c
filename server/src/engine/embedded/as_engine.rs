//! The embedded log as every engine is used.

use std::sync::Arc;

use async_trait::async_trait;
use parlor_shared::{Epoch, MemberId, Place, Position, RoomId, RoomPattern, RoomState, Seq};
use tokio::sync::oneshot;

use super::{
    Embedded, directory, matching, own_posts,
    queue::NotQueued,
    reader, room_state,
    search::Searcher,
    seen::{self, Queued},
    slice,
    writer::{Append, AppendBatch, Job},
};
use crate::engine::{
    AppendError, Appended, Backlog, Batch, BatchError, Behind, Bounds, CommitMetrics, Engine,
    EngineFailure, Found, JoinRead, MatchQuery, Matching, NewEntry, OwnPosts, Page, ReadError,
    Receipt, Receipts, RetentionPolicy, RoomsPage, RoomsQuery, Seen, Slice,
};

#[async_trait]
impl Engine for Embedded {
    fn epoch(&self) -> Epoch {
        self.epochs.current()
    }

    fn continues(&self, position: &Position) -> bool {
        self.epochs.continues(position)
    }

    fn shared_until(&self, position: &Position) -> Option<Seq> {
        self.epochs.shared_until(position)
    }

    fn commits(&self) -> &CommitMetrics {
        &self.commits
    }

    fn backlog(&self) -> Backlog {
        Backlog {
            appends: self.jobs.len(),
            seen: self.seen.len(),
            unindexed: self.indexer.lag(),
        }
    }

    fn secret(&self) -> [u8; 32] {
        self.secret
    }

    async fn append_for(&self, new: NewEntry, receipts: &Arc<Receipts>) -> Result<(), AppendError> {
        let job = move || {
            Job::Append(Append {
                new: Box::new(new),
                receipt: Receipt::new(receipts),
            })
        };
        Ok(self.jobs.push(job).await?)
    }

    async fn append_batch(&self, batch: Batch) -> Result<Vec<Appended>, BatchError> {
        let (reply, committed) = oneshot::channel();
        let queued = self
            .jobs
            .push(move || Job::Batch(AppendBatch { batch, reply }));
        queued.await.map_err(AppendError::from)?;
        // A writer that answers nothing has failed.
        committed.await.unwrap_or(Err(AppendError::Closed.into()))
    }

    fn keep_seen(&self, seen: Seen) -> Result<(), AppendError> {
        match self.seen.push(seen) {
            Queued::First => match self.jobs.try_push(Job::WriteSeen) {
                // With a full queue a commit is near, which takes it along.
                Ok(()) | Err(NotQueued::Full) => Ok(()),
                Err(NotQueued::Closed) => Err(AppendError::Closed),
            },
            Queued::Behind => Ok(()),
            Queued::Full => Err(AppendError::Unavailable),
        }
    }

    async fn seen(&self, room: &RoomId, member: MemberId) -> Result<Option<Seq>, ReadError> {
        if let Some(seq) = self.seen.get(member, room) {
            return Ok(Some(seq));
        }
        let room = room.clone();
        self.readers
            .run(move |db| seen::read(db, member, &room))
            .await
    }

    async fn read_join(&self, room: &RoomId, member: MemberId) -> Result<JoinRead, ReadError> {
        // Before the file is read: it may be written there in between.
        let waiting = self.seen.get(member, room);
        let mut read = self.joins.read(&self.readers, room, member).await?;
        read.seen = waiting.or(read.seen);
        Ok(read)
    }

    async fn bounds(&self, room: &RoomId) -> Result<Bounds, ReadError> {
        let room = room.clone();
        self.readers.run(move |db| reader::bounds(db, &room)).await
    }

    async fn read_after(&self, room: &RoomId, after: Seq, limit: u16) -> Result<Page, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |db| reader::read_after(db, &room, after, limit))
            .await
    }

    async fn read_before(&self, room: &RoomId, before: Seq, limit: u16) -> Result<Page, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |db| reader::read_before(db, &room, before, limit))
            .await
    }

    async fn read_matching(&self, query: MatchQuery) -> Result<Matching, ReadError> {
        self.readers.run(move |db| matching::read(db, &query)).await
    }

    async fn behind(&self, rooms: &RoomPattern, after: Seq) -> Result<Behind, ReadError> {
        let rooms = rooms.clone();
        self.readers
            .run(move |db| matching::behind(db, &rooms, after))
            .await
    }

    async fn read_slice(
        &self,
        room: &RoomId,
        at: Place,
        limit: u16,
    ) -> Result<Option<Slice>, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |db| slice::read(db, &room, at, limit))
            .await
    }

    async fn search(&self, room: &RoomId, words: &str, limit: u16) -> Result<Found, ReadError> {
        let (room, words) = (room.clone(), words.to_owned());
        let search = move |searcher: &mut Searcher| searcher.search(&room, &words, limit);
        self.searches.run(search).await?.ok_or(ReadError)
    }

    async fn room_state(&self, room: &RoomId) -> Result<RoomState, ReadError> {
        let room = room.clone();
        self.readers
            .run(move |db| room_state::read(db, &room))
            .await
    }

    async fn rooms(&self, query: RoomsQuery) -> Result<RoomsPage, ReadError> {
        self.readers
            .run(move |db| directory::read(db, &query))
            .await
    }

    async fn own_posts(
        &self,
        member: MemberId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<OwnPosts, ReadError> {
        self.readers
            .run(move |db| own_posts::read(db, member, before, limit))
            .await
    }

    async fn newest_at_ms(&self) -> Result<Option<u64>, ReadError> {
        self.readers.run(|db| reader::newest_at_ms(db)).await
    }

    async fn apply_retention(&self, policy: RetentionPolicy) -> Result<u64, AppendError> {
        self.expire(policy).await
    }

    async fn failed(&self) -> EngineFailure {
        self.failures.first().await
    }

    async fn close(&self) {
        self.readers.close();
        self.searches.close();
        self.indexer.close().await;
        let (reply, closed) = oneshot::channel();
        if self.jobs.push(move || Job::Close(reply)).await.is_ok() {
            // An error means that the writer has ended already.
            closed.await.ok();
        }
        self.lock.release();
    }
}
