//! The posts that are not known to be on the log yet.

use std::collections::VecDeque;

use parlor_shared::{
    MessageId, RoomId,
    limits::{OUTBOX_POSTS_MAX, OUTBOX_WINDOW},
};

use crate::{backoff::retry_wait_ms, error::OutboxFull, output::OutboxPost};

/// The posts, oldest first, and how many of them may be in flight.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    posts: VecDeque<QueuedPost>,
    /// How many posts may be in flight at once, from 1 to [`OUTBOX_WINDOW`]: halved when the server
    /// refuses posts for now, one more with each acked post. Without this, a full outbox would run
    /// into a rate limit with one whole window of refusals after the other.
    window: usize,
    /// Posts wait until then, because the server asked for it.
    hold_until_ms: Option<u64>,
    /// How often a window was refused since a post was last acked.
    refused_windows: u32,
}

#[derive(Debug, Clone)]
struct QueuedPost {
    post: OutboxPost,
    /// Whether it was sent on this connection and may still be answered.
    in_flight: bool,
}

impl Outbox {
    /// An outbox with the posts that an earlier session left, however many: none may be lost.
    pub(crate) fn restore(posts: Vec<OutboxPost>) -> Self {
        let mut outbox = Self {
            posts: VecDeque::new(),
            window: OUTBOX_WINDOW,
            hold_until_ms: None,
            refused_windows: 0,
        };
        for post in posts {
            outbox.push(post);
        }
        outbox
    }

    pub(crate) fn add(&mut self, post: OutboxPost) -> Result<(), OutboxFull> {
        if self.posts.len() >= OUTBOX_POSTS_MAX {
            return Err(OutboxFull);
        }
        self.push(post);
        Ok(())
    }

    fn push(&mut self, post: OutboxPost) {
        if self.room_of(post.id).is_none() {
            let in_flight = false;
            self.posts.push_back(QueuedPost { post, in_flight });
        }
    }

    pub(crate) fn posts(&self) -> impl Iterator<Item = &OutboxPost> {
        self.posts.iter().map(|queued| &queued.post)
    }

    /// The room of the post with this id.
    pub(crate) fn room_of(&self, id: MessageId) -> Option<&RoomId> {
        let post = self.posts().find(|post| post.id == id)?;
        Some(&post.room)
    }

    pub(crate) fn remove(&mut self, id: MessageId) -> Option<OutboxPost> {
        let index = self.posts().position(|post| post.id == id)?;
        self.posts.remove(index).map(|queued| queued.post)
    }

    /// Removes a post that is on its room's log; returns whether the outbox had it.
    pub(crate) fn ack(&mut self, room: &RoomId, id: MessageId) -> bool {
        if self.room_of(id) != Some(room) {
            return false;
        }
        self.window = (self.window + 1).min(OUTBOX_WINDOW);
        self.refused_windows = 0;
        self.remove(id).is_some()
    }

    /// The next post to send, marked as in flight. In order, as far as the window and the server
    /// allow.
    pub(crate) fn next(&mut self, may_send: impl Fn(&RoomId) -> bool) -> Option<OutboxPost> {
        let in_flight = self.posts.iter().filter(|queued| queued.in_flight).count();
        if self.hold_until_ms.is_some() || in_flight >= self.window {
            return None;
        }
        let mut queued = self.posts.iter_mut();
        let next = queued.find(|queued| !queued.in_flight && may_send(&queued.post.room))?;
        next.in_flight = true;
        Some(next.post.clone())
    }

    /// Makes the posts to this room be sent again, because their fate is unknown.
    pub(crate) fn resend(&mut self, room: &RoomId) {
        for queued in &mut self.posts {
            if queued.post.room == *room {
                queued.in_flight = false;
            }
        }
    }

    /// Holds all posts back, because the server refused one for now. Only the first refusal of a
    /// window narrows it; further ones can lengthen the wait.
    pub(crate) fn hold(&mut self, now_ms: u64, retry_after_ms: Option<u64>) {
        let is_first = self.hold_until_ms.is_none();
        if is_first || retry_after_ms.is_some() {
            let wait_ms = retry_wait_ms(retry_after_ms, self.refused_windows);
            let until_ms = now_ms.saturating_add(wait_ms);
            self.hold_until_ms = self.hold_until_ms.max(Some(until_ms));
        }
        if is_first {
            self.window = (self.window / 2).max(1);
            self.refused_windows = self.refused_windows.saturating_add(1);
        }
    }

    /// Ends the hold when its time is over.
    pub(crate) fn on_timeout(&mut self, now_ms: u64) {
        self.hold_until_ms = self.hold_until_ms.filter(|until_ms| now_ms < *until_ms);
    }

    /// When the hold ends.
    pub(crate) fn deadline_ms(&self) -> Option<u64> {
        self.hold_until_ms
    }

    /// Makes every post be sent again on the next connection.
    pub(crate) fn on_disconnect(&mut self) {
        self.hold_until_ms = None;
        for queued in &mut self.posts {
            queued.in_flight = false;
        }
    }
}
