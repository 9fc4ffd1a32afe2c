//! The posts whose outcome the program waits for.

use std::collections::BTreeMap;

use parlor_shared::{MessageId, RoomId};
use tokio::sync::oneshot;

use crate::{entry::RoomEntry, error::PostError, limits::OUTBOX_POSTS_MAX};

/// Where the outcome of a post goes.
pub(crate) type PostReply = oneshot::Sender<Result<RoomEntry, PostError>>;

/// Who waits for the outcome of which post. Of one id there may be several.
#[derive(Debug, Default)]
pub(crate) struct PostWaiters {
    waiting: BTreeMap<MessageId, PostWaiter>,
}

#[derive(Debug)]
struct PostWaiter {
    room: RoomId,
    replies: Vec<PostReply>,
}

impl PostWaiters {
    /// Whether the program waits for the outcome of a post.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Waits for the outcome of a post.
    pub(crate) fn add(&mut self, room: &RoomId, id: MessageId, reply: PostReply) {
        let waiter = self.waiting.entry(id).or_insert_with(|| PostWaiter {
            room: room.clone(),
            replies: Vec::new(),
        });
        // Those who gave up make way, so there are no more than callers.
        waiter.replies.retain(|reply| !reply.is_closed());
        if waiter.replies.len() < OUTBOX_POSTS_MAX {
            waiter.replies.push(reply);
        }
    }

    pub(crate) fn on_acked(&mut self, entry: &RoomEntry) {
        self.answer(entry.id, &Ok(entry.clone()));
    }

    pub(crate) fn on_refused(&mut self, id: MessageId, error: PostError) {
        self.answer(id, &Err(error));
    }

    /// The posts to a room that is joined no more are not sent. Returns their ids.
    pub(crate) fn on_left(&mut self, room: &RoomId, error: &PostError) -> Vec<MessageId> {
        let of_room = self
            .waiting
            .iter()
            .filter(|(_, waiter)| waiter.room == *room);
        let ids: Vec<MessageId> = of_room.map(|(id, _)| *id).collect();
        for id in &ids {
            self.answer(*id, &Err(error.clone()));
        }
        ids
    }

    pub(crate) fn fail_all(&mut self, error: &PostError) {
        let ids: Vec<MessageId> = self.waiting.keys().copied().collect();
        for id in ids {
            self.answer(id, &Err(error.clone()));
        }
    }

    fn answer(&mut self, id: MessageId, outcome: &Result<RoomEntry, PostError>) {
        let waiter = self.waiting.remove(&id);
        for reply in waiter.into_iter().flat_map(|waiter| waiter.replies) {
            // The program may have stopped waiting for it.
            reply.send(outcome.clone()).ok();
        }
    }
}
