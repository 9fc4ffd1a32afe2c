//! Posts that are not known to be on the log yet.

use std::collections::VecDeque;

use parlor_shared::{
    MessageId, RoomId,
    limits::{OUTBOX_POSTS_MAX, OUTBOX_WINDOW},
};

use crate::OutboxPost;

/// There are [`OUTBOX_POSTS_MAX`] posts waiting already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxFull;

impl std::fmt::Display for OutboxFull {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{OUTBOX_POSTS_MAX} messages are waiting to be sent; wait until the line is back"
        )
    }
}

impl std::error::Error for OutboxFull {}

/// The posts, oldest first, each sent or yet to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    posts: VecDeque<(OutboxPost, Sent)>,
    /// How many may be on their way at once, from 1 to [`OUTBOX_WINDOW`]: half when the server has had enough, one
    /// more with each that arrives. Else a full outbox would meet a rate limit with window after window of refusals.
    window: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    No,
    Yes,
}

impl Outbox {
    pub(crate) fn restore(posts: Vec<OutboxPost>) -> Self {
        let mut outbox = Self {
            posts: VecDeque::new(),
            window: OUTBOX_WINDOW,
        };
        // All of them, however many: they were promised to be kept.
        for post in posts {
            outbox.keep(post);
        }
        outbox
    }

    pub(crate) fn add(&mut self, post: OutboxPost) -> Result<(), OutboxFull> {
        if self.posts.len() >= OUTBOX_POSTS_MAX {
            return Err(OutboxFull);
        }
        self.keep(post);
        Ok(())
    }

    fn keep(&mut self, post: OutboxPost) {
        if self.room_of(post.id).is_none() {
            self.posts.push_back((post, Sent::No));
        }
    }

    pub(crate) fn posts(&self) -> impl Iterator<Item = &OutboxPost> {
        self.posts.iter().map(|(post, _)| post)
    }

    /// The room a waiting post goes to.
    pub(crate) fn room_of(&self, id: MessageId) -> Option<&RoomId> {
        let post = self.posts().find(|post| post.id == id)?;
        Some(&post.room)
    }

    pub(crate) fn remove(&mut self, id: MessageId) -> Option<OutboxPost> {
        let index = self.posts().position(|post| post.id == id)?;
        self.posts.remove(index).map(|(post, _)| post)
    }

    /// Removes a post that is on its room's log.
    pub(crate) fn settle(&mut self, room: &RoomId, id: MessageId) -> Option<OutboxPost> {
        if self.room_of(id) != Some(room) {
            return None;
        }
        self.window = (self.window + 1).min(OUTBOX_WINDOW);
        self.remove(id)
    }

    /// The server has had enough for now.
    pub(crate) fn slow_down(&mut self) {
        self.window = (self.window / 2).max(1);
    }

    /// The line is gone, and with it all that was on its way.
    pub(crate) fn line_lost(&mut self) {
        for (_, sent) in &mut self.posts {
            *sent = Sent::No;
        }
    }

    /// Has this room's posts sent again: nobody knows what became of them.
    pub(crate) fn send_again(&mut self, room: &RoomId) {
        for (post, sent) in &mut self.posts {
            if post.room == *room {
                *sent = Sent::No;
            }
        }
    }

    /// The next post to send, in order, while the window has room.
    pub(crate) fn next(&mut self, may_send: impl Fn(&RoomId) -> bool) -> Option<OutboxPost> {
        let on_their_way = self
            .posts
            .iter()
            .filter(|(_, sent)| *sent == Sent::Yes)
            .count();
        if on_their_way >= self.window {
            return None;
        }
        let waits =
            |(post, sent): &&mut (OutboxPost, Sent)| *sent == Sent::No && may_send(&post.room);
        let (post, sent) = self.posts.iter_mut().find(waits)?;
        *sent = Sent::Yes;
        Some(post.clone())
    }
}
