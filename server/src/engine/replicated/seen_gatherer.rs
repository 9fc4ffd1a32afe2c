//! Gathers how far members have seen rooms on this node, and publishes the newest of each now and
//! then: nobody waits for it.

use std::{sync::Arc, time::Duration};

use parlor_shared::{
    MemberId, RoomId, Seq,
    limits::{SEEN_GROUP_MAX, SEEN_INTERVAL_MS},
};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::sleep,
};

use super::{group::Command, work::Work};
use crate::engine::{
    AppendError, Seen,
    embedded::{Queued, SeenQueue},
};

/// What waits to be published.
#[derive(Debug, Default)]
pub(super) struct SeenGathered {
    queue: SeenQueue,
    /// The first one waits.
    first: Notify,
}

impl SeenGathered {
    /// See [`Engine::keep_seen`](crate::engine::Engine::keep_seen).
    pub(super) fn keep(&self, seen: Seen) -> Result<(), AppendError> {
        match self.queue.push(seen) {
            Queued::First => self.first.notify_one(),
            Queued::Behind => {}
            Queued::Full => return Err(AppendError::Unavailable),
        }
        Ok(())
    }

    /// The position of this member and room, if it waits.
    pub(super) fn get(&self, member: MemberId, room: &RoomId) -> Option<Seq> {
        self.queue.get(member, room)
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.queue.len()
    }

    /// Publishes what waits, each time a while after the first of it has come, for as long as the
    /// node runs.
    pub(super) async fn run(self: Arc<Self>, work: mpsc::Sender<Work>) {
        loop {
            self.first.notified().await;
            loop {
                sleep(Duration::from_millis(SEEN_INTERVAL_MS)).await;
                // What the stream does not take now is tried again, with what has come meanwhile.
                if self.publish_all(&work).await.is_ok() {
                    break;
                }
            }
        }
    }

    async fn publish_all(&self, work: &mpsc::Sender<Work>) -> Result<(), AppendError> {
        loop {
            let some = self.queue.some(SEEN_GROUP_MAX);
            if some.is_empty() {
                return Ok(());
            }
            let applied = send(work, some.clone()).await?;
            applied.await.unwrap_or(Err(AppendError::Closed))?;
            self.queue.take_off(&some);
        }
    }

    /// Has what waits published before the end, and does not wait for it.
    pub(super) async fn send_last(&self, work: &mpsc::Sender<Work>) {
        let all = self.queue.some(usize::MAX);
        for some in all.chunks(SEEN_GROUP_MAX) {
            // The node has ended already, if not.
            if send(work, some.to_vec()).await.is_err() {
                return;
            }
        }
    }
}

type Applied = oneshot::Receiver<Result<super::applied::Done, AppendError>>;

async fn send(work: &mpsc::Sender<Work>, some: Vec<Seen>) -> Result<Applied, AppendError> {
    let (reply, applied) = oneshot::channel();
    let command = Command::Seen(some);
    let sent = work.send(Work::Command { command, reply }).await;
    sent.map_err(|_| AppendError::Closed)?;
    Ok(applied)
}
