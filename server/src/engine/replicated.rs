//! A log that several nodes share. The order is that of an `OrderedLog`; every node applies what
//! stands there to a log of its own, with the same code, and answers all reads from that.
//!
//! A node gathers its posts as the embedded engine does and publishes them as one group, one at a
//! time, so that an author's order holds. Whoever waits for a post is answered once the group has
//! come back and was applied: only the log's order counts, never what publishing has answered. A
//! group whose fate is not known is published again, with its number, and applied once.

pub(crate) mod admin_changes;
pub(crate) mod applied;
mod applier;
pub(crate) mod check;
pub(crate) mod clock_guard;
mod commands;
pub(crate) mod entry_bytes;
pub(crate) mod group;
#[cfg(test)]
pub(crate) mod memory;
pub(crate) mod ordered_log;
mod publisher;
mod scrubber;
mod seen_gatherer;
mod watcher;
mod work;

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use parlor_shared::{
    Epoch, MemberId, Place, Position, RoomId, RoomPattern, RoomState, Seq,
    limits::{APPEND_QUEUE_MAX, STREAM_ACK_MS_MAX, STREAM_REACH_MS_MAX},
};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use self::{
    admin_changes::AdminChanges,
    applier::Applier,
    group::{Incarnation, StreamPlace},
    ordered_log::OrderedLog,
    publisher::Publisher,
    scrubber::Scrubber,
    seen_gatherer::SeenGathered,
    watcher::Watcher,
    work::{Append, Work},
};
use super::{
    AppendError, Appended, Backlog, Batch, BatchError, Behind, Bounds, Broadcast, CommitListener,
    CommitMetrics, Engine, EngineFailure, Found, JoinRead, Lease, MatchQuery, Matching, NewEntry,
    NotReached, OwnPosts, Page, ReadError, Receipt, Receipts, RetentionPolicy, RoomsPage,
    RoomsQuery, Seen, Slice, StreamState,
    embedded::{Embedded, OpenError, StreamStart},
};

/// What an engine is of: which run of a node, of which epoch, and how patient.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeStart {
    /// The stream's epoch, and where it began.
    pub(crate) stream: StreamStart,
    /// Drawn at random for each start.
    pub(crate) node: Incarnation,
    /// How long posts wait for a stream that can't be reached.
    pub(crate) patience: Duration,
}

/// A log that several nodes share; see [`Engine`].
#[derive(Debug)]
pub struct Replicated {
    log: Arc<Embedded>,
    /// `None` once it is closed.
    work: mpsc::Sender<Work>,
    /// How far this node has applied the log.
    place: watch::Receiver<StreamPlace>,
    state: Arc<StreamState>,
    failure: watch::Receiver<Option<EngineFailure>>,
    /// The key that signs the tokens of all nodes.
    key: [u8; 32],
    seen: Arc<SeenGathered>,
    lease: Option<Arc<dyn Lease>>,
    broadcast: Option<Arc<dyn Broadcast>>,
    seen_gatherer: JoinHandle<()>,
    /// The publisher, the applier, and what looks at the stream.
    tasks: [JoinHandle<()>; 4],
}

impl Replicated {
    /// Opens this node's log in `folder` as one that follows `ordered`.
    ///
    /// # Errors
    /// [`OpenError`] if the folder's log can't be opened, or is not of this stream.
    pub(crate) async fn open(
        folder: &Path,
        ordered: Arc<dyn OrderedLog>,
        start: NodeStart,
        listener: Arc<dyn CommitListener>,
    ) -> Result<Self, OpenError> {
        let log = Arc::new(Embedded::follow(folder, start.stream, listener)?);
        let begun = log.stream_place().await;
        let begun = begun.map_err(|error| OpenError::storage(folder, error))?;
        check::check_at_start(&*ordered, &log, begun).await?;
        let clock = clock_guard::look(&*ordered, begun).await;
        let key = log.stream_key().await;
        let has_key = key
            .map_err(|error| OpenError::storage(folder, error))?
            .is_some();
        let mut opened = Self::over(log, begun, ordered, start);
        opened.state.update(|condition| condition.clock = clock);
        if !has_key {
            let key = opened.agree_on_key().await;
            let key = key.map_err(|error| OpenError::storage(folder, error))?;
            opened.key = key.unwrap_or(opened.key);
        }
        Ok(opened)
    }

    /// Has this node's log, which has come as far as `begun`, follow `ordered`.
    pub(crate) fn over(
        log: Arc<Embedded>,
        begun: StreamPlace,
        ordered: Arc<dyn OrderedLog>,
        start: NodeStart,
    ) -> Self {
        let (work, waiting) = mpsc::channel(APPEND_QUEUE_MAX);
        // One group of this node is on its way at a time.
        let (own, own_applied) = mpsc::channel(1);
        let (place, place_seen) = watch::channel(begun);
        let (failure, failure_seen) = watch::channel(None);
        let state = Arc::new(StreamState::new(ordered.name(), begun.sequence));
        let watcher = Watcher {
            ordered: ordered.clone(),
            place: place_seen.clone(),
            state: state.clone(),
            failure: failure.clone(),
        };
        let scrubber = Scrubber {
            ordered: ordered.clone(),
            place: place_seen.clone(),
            failure: failure.clone(),
        };
        let publisher = Publisher {
            ordered: ordered.clone(),
            epoch: start.stream.epoch,
            node: start.node,
            work: waiting,
            applied: own_applied,
            place: place_seen.clone(),
            state: state.clone(),
            patience: start.patience,
        };
        let lease = ordered.lease(start.node);
        let broadcast = ordered.broadcast();
        let applier = Applier {
            ordered,
            log: log.clone(),
            node: start.node,
            own,
            place,
            state: state.clone(),
            failure,
        };
        let seen = Arc::new(SeenGathered::default());
        Self {
            key: log.secret(),
            log,
            seen: seen.clone(),
            lease,
            place: place_seen,
            state,
            failure: failure_seen,
            broadcast,
            tasks: [
                tokio::spawn(publisher.run()),
                tokio::spawn(applier.run()),
                tokio::spawn(watcher.run()),
                tokio::spawn(scrubber.run()),
            ],
            seen_gatherer: tokio::spawn(seen.run(work.clone())),
            work,
        }
    }
}

impl Drop for Replicated {
    fn drop(&mut self) {
        self.seen_gatherer.abort();
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

#[async_trait]
impl Engine for Replicated {
    fn epoch(&self) -> Epoch {
        self.log.epoch()
    }

    fn continues(&self, position: &Position) -> bool {
        self.log.continues(position)
    }

    fn shared_until(&self, position: &Position) -> Option<Seq> {
        self.log.shared_until(position)
    }

    async fn reach(&self, position: &Position) -> Result<(), NotReached> {
        if position.epoch != self.epoch() {
            return Ok(());
        }
        let sequence = group::sequence_of(position.seq);
        let mut place = self.place.clone();
        let reached = place.wait_for(|place| place.sequence >= sequence);
        match timeout(Duration::from_millis(STREAM_REACH_MS_MAX), reached).await {
            Ok(Ok(_)) => Ok(()),
            // An error within means that the node applies nothing any more.
            Ok(Err(_)) | Err(_) => Err(NotReached),
        }
    }

    fn place_step(&self) -> u64 {
        group::PLACES
    }

    fn broadcast(&self) -> Option<Arc<dyn Broadcast>> {
        self.broadcast.clone()
    }

    fn commits(&self) -> &CommitMetrics {
        self.log.commits()
    }

    fn backlog(&self) -> Backlog {
        Backlog {
            appends: self.work.max_capacity() - self.work.capacity(),
            seen: self.seen.len(),
            unindexed: self.log.backlog().unindexed.div_ceil(group::PLACES),
        }
    }

    fn stream(&self) -> Option<&StreamState> {
        Some(&self.state)
    }

    fn secret(&self) -> [u8; 32] {
        self.key
    }

    fn lease(&self) -> Option<Arc<dyn Lease>> {
        self.lease.clone()
    }

    fn admin_changes(&self) -> Option<AdminChanges> {
        Some(AdminChanges::new(self.work.clone()))
    }

    async fn append_for(&self, new: NewEntry, receipts: &Arc<Receipts>) -> Result<(), AppendError> {
        let place = self.work.reserve().await;
        let place = place.map_err(|_| AppendError::Closed)?;
        place.send(Work::Append(Append {
            new,
            receipt: Receipt::new(receipts),
        }));
        Ok(())
    }

    async fn append_batch(&self, batch: Batch) -> Result<Vec<Appended>, BatchError> {
        let (reply, appended) = oneshot::channel();
        let work = Work::Batch { batch, reply };
        self.work
            .send(work)
            .await
            .map_err(|_| AppendError::Closed)?;
        appended.await.unwrap_or(Err(AppendError::Closed.into()))
    }

    fn keep_seen(&self, seen: Seen) -> Result<(), AppendError> {
        self.seen.keep(seen)
    }

    async fn seen(&self, room: &RoomId, member: MemberId) -> Result<Option<Seq>, ReadError> {
        match self.seen.get(member, room) {
            Some(seq) => Ok(Some(seq)),
            None => self.log.seen(room, member).await,
        }
    }

    async fn read_join(&self, room: &RoomId, member: MemberId) -> Result<JoinRead, ReadError> {
        // Before the log is read: it may be applied there in between.
        let waiting = self.seen.get(member, room);
        let mut read = self.log.read_join(room, member).await?;
        read.seen = waiting.or(read.seen);
        Ok(read)
    }

    async fn bounds(&self, room: &RoomId) -> Result<Bounds, ReadError> {
        self.log.bounds(room).await
    }

    async fn read_after(&self, room: &RoomId, after: Seq, limit: u16) -> Result<Page, ReadError> {
        self.log.read_after(room, after, limit).await
    }

    async fn read_before(&self, room: &RoomId, before: Seq, limit: u16) -> Result<Page, ReadError> {
        self.log.read_before(room, before, limit).await
    }

    async fn read_slice(
        &self,
        room: &RoomId,
        at: Place,
        limit: u16,
    ) -> Result<Option<Slice>, ReadError> {
        self.log.read_slice(room, at, limit).await
    }

    async fn read_matching(&self, query: MatchQuery) -> Result<Matching, ReadError> {
        self.log.read_matching(query).await
    }

    async fn behind(&self, rooms: &RoomPattern, after: Seq) -> Result<Behind, ReadError> {
        self.log.behind(rooms, after).await
    }

    async fn search(&self, room: &RoomId, words: &str, limit: u16) -> Result<Found, ReadError> {
        self.log.search(room, words, limit).await
    }

    async fn room_state(&self, room: &RoomId) -> Result<RoomState, ReadError> {
        self.log.room_state(room).await
    }

    async fn rooms(&self, query: RoomsQuery) -> Result<RoomsPage, ReadError> {
        self.log.rooms(query).await
    }

    async fn own_posts(
        &self,
        member: MemberId,
        before: Option<Seq>,
        limit: usize,
    ) -> Result<OwnPosts, ReadError> {
        self.log.own_posts(member, before, limit).await
    }

    async fn newest_at_ms(&self) -> Result<Option<u64>, ReadError> {
        self.log.newest_at_ms().await
    }

    async fn apply_retention(&self, policy: RetentionPolicy) -> Result<u64, AppendError> {
        self.expire_all(policy).await
    }

    async fn failed(&self) -> EngineFailure {
        let mut failure = self.failure.clone();
        let stream = async {
            let first = failure.wait_for(Option::is_some).await;
            match first.map(|failure| failure.clone()) {
                Ok(Some(failure)) => failure,
                // The node is stopping.
                Ok(None) | Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            failure = self.log.failed() => failure,
            failure = stream => failure,
        }
    }

    async fn close(&self) {
        if let Some(lease) = &self.lease {
            let patience = Duration::from_millis(STREAM_ACK_MS_MAX);
            // Otherwise it is over soon.
            timeout(patience, lease.release()).await.ok();
        }
        self.seen_gatherer.abort();
        self.seen.send_last(&self.work).await;
        let (reply, closed) = oneshot::channel();
        if self.work.send(Work::Close(reply)).await.is_ok() {
            // An error means that the publisher has ended already.
            closed.await.ok();
        }
        self.tasks.iter().for_each(JoinHandle::abort);
        self.log.close().await;
    }
}

#[cfg(test)]
mod tests;
