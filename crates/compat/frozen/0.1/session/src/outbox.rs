//! The posts that are not known to be on the log yet, and the order in which they are sent.
//!
//! The posts to one room reach its log in the order in which they were made. A post names its
//! predecessor ([`OutboxSend::follows`]) until the predecessor is acked. A server that refused the
//! predecessor for now refuses the post for now too. The outbox then sends the predecessor again,
//! and after it the later posts.

use std::collections::VecDeque;

use parlor_shared::{
    Body, MessageId, RoomId,
    limits::{OUTBOX_POSTS_MAX, OUTBOX_WINDOW, RETRY_MS_MIN, SLOW_MODE_SECONDS_MAX},
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
    /// Rooms in slow mode, where posts wait while those to other rooms go on. Only rooms that have
    /// posts.
    slow_rooms: Vec<SlowRoom>,
}

/// A room in slow mode, and when the next post to it can be sent.
#[derive(Debug, Clone)]
struct SlowRoom {
    room: RoomId,
    until_ms: u64,
}

#[derive(Debug, Clone)]
struct QueuedPost {
    post: OutboxPost,
    stage: Stage,
    /// How often it was sent on this connection without an answer so far.
    unanswered: usize,
    /// Whether it was last sent as following another post.
    is_chained: bool,
}

/// Whether a post is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// It is to be sent.
    Unsent,
    /// It was refused because of a post to its room before it. It is to be sent once the outbox has
    /// none there, or has sent one there again.
    Behind,
    /// It was sent on this connection and may still be answered.
    InFlight,
}

/// Which copy of a post a refusal is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefusedCopy {
    /// An earlier one: the answer to the newest one decides.
    Earlier,
    /// The newest one, which was sent as following another post.
    Chained,
    /// The newest one, before which the outbox had no post to the room.
    First,
}

/// A post to send now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OutboxSend {
    pub(crate) post: OutboxPost,
    /// The previous post to the same room, until it is acked.
    pub(crate) follows: Option<MessageId>,
}

impl Outbox {
    /// An outbox with the posts that an earlier session left, however many: none may be lost.
    pub(crate) fn restore(posts: Vec<OutboxPost>) -> Self {
        let mut outbox = Self {
            posts: VecDeque::new(),
            window: OUTBOX_WINDOW,
            hold_until_ms: None,
            refused_windows: 0,
            slow_rooms: Vec::new(),
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
            self.posts.push_back(QueuedPost {
                post,
                stage: Stage::Unsent,
                unanswered: 0,
                is_chained: false,
            });
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

    /// Removes a post whose author is muted in its room, and all later ones to that room: they
    /// would be refused, too. A muted member may still delete.
    pub(crate) fn remove_muted(&mut self, id: MessageId) -> Vec<OutboxPost> {
        let Some(first) = self.posts().position(|post| post.id == id) else {
            return Vec::new();
        };
        let room = self.posts[first].post.room.clone();
        let mut index = 0;
        let mut removed = Vec::new();
        self.posts.retain(|QueuedPost { post, .. }| {
            let is_muted =
                index >= first && post.room == room && !matches!(post.body, Body::Deletion { .. });
            index += 1;
            if is_muted {
                removed.push(post.clone());
            }
            !is_muted
        });
        removed
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
    /// allow. Of each room a first part is in flight, and the rest is not.
    pub(crate) fn next(&mut self, may_send: impl Fn(&RoomId) -> bool) -> Option<OutboxSend> {
        let unanswered: usize = self.posts.iter().map(|queued| queued.unanswered).sum();
        if self.hold_until_ms.is_some() || unanswered >= self.window {
            return None;
        }
        let mut waiting_rooms: Vec<&RoomId> = Vec::new();
        let index = (0..self.posts.len()).find(|index| {
            let QueuedPost { post, stage, .. } = &self.posts[*index];
            if *stage == Stage::InFlight || waiting_rooms.contains(&&post.room) {
                return false;
            }
            let is_behind = *stage == Stage::Behind && self.predecessor(*index).is_some();
            let can_go = may_send(&post.room) && !is_behind && !self.is_slow(&post.room);
            if !can_go {
                waiting_rooms.push(&post.room);
            }
            can_go
        })?;
        let follows = self.predecessor(index);
        let queued = self.posts.get_mut(index)?;
        queued.stage = Stage::InFlight;
        queued.unanswered += 1;
        queued.is_chained = follows.is_some();
        let post = queued.post.clone();
        for later in self.posts.range_mut(index + 1..) {
            if later.post.room == post.room && later.stage == Stage::Behind {
                later.stage = Stage::Unsent;
            }
        }
        Some(OutboxSend { post, follows })
    }

    /// The post to the same room before the one at this index.
    fn predecessor(&self, index: usize) -> Option<MessageId> {
        let room = &self.posts.get(index)?.post.room;
        let mut earlier = self.posts.range(..index).rev();
        let earlier = earlier.find(|earlier| earlier.post.room == *room)?;
        Some(earlier.post.id)
    }

    /// Whether this post changes one to the same room that is waiting before it.
    pub(crate) fn is_target_waiting(&self, id: MessageId) -> bool {
        let Some(post) = self.posts().find(|post| post.id == id) else {
            return false;
        };
        let target = post.body.target();
        let mut earlier = self.posts().take_while(|earlier| earlier.id != id);
        earlier.any(|earlier| Some(earlier.id) == target && earlier.room == post.room)
    }

    /// Takes a refusal of a post in the outbox, and says what it is about.
    pub(crate) fn on_refused(&mut self, id: MessageId) -> RefusedCopy {
        let mut posts = self.posts.iter_mut();
        let Some(queued) = posts.find(|queued| queued.post.id == id) else {
            return RefusedCopy::Earlier;
        };
        queued.unanswered = queued.unanswered.saturating_sub(1);
        match (queued.unanswered, queued.is_chained) {
            (0, true) => RefusedCopy::Chained,
            (0, false) => RefusedCopy::First,
            (1.., _) => RefusedCopy::Earlier,
        }
    }

    /// Makes this post be sent again, because the server has refused it for now, and every later
    /// one to its room after it. Those are refused too: their answers still come.
    pub(crate) fn go_back(&mut self, id: MessageId) {
        self.go_back_to(id, Stage::Unsent);
    }

    /// The same for a post that was refused because of one before it. It waits for the answer to
    /// that one.
    pub(crate) fn wait_behind(&mut self, id: MessageId) {
        self.go_back_to(id, Stage::Behind);
    }

    fn go_back_to(&mut self, id: MessageId, stage: Stage) {
        let Some(index) = self.posts().position(|post| post.id == id) else {
            return;
        };
        let room = self.posts[index].post.room.clone();
        self.posts[index].stage = stage;
        for later in self.posts.range_mut(index + 1..) {
            if later.post.room == room && later.stage == Stage::InFlight {
                later.stage = Stage::Unsent;
            }
        }
    }

    /// Makes the posts to this room be sent again, because their fate is unknown: an answer may
    /// never come.
    pub(crate) fn resend(&mut self, room: &RoomId) {
        for queued in &mut self.posts {
            if queued.post.room == *room {
                queued.stage = Stage::Unsent;
                queued.unanswered = 0;
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

    /// Holds the posts to this room back, because it is in slow mode. Returns until when.
    pub(crate) fn slow_down(
        &mut self,
        room: &RoomId,
        now_ms: u64,
        retry_after_ms: Option<u64>,
    ) -> u64 {
        let longest_ms = u64::from(SLOW_MODE_SECONDS_MAX) * 1_000;
        let wait_ms = retry_after_ms.unwrap_or(RETRY_MS_MIN).min(longest_ms);
        let until_ms = now_ms.saturating_add(wait_ms);
        self.speed_up(room);
        let posts = &self.posts;
        self.slow_rooms
            .retain(|slow| posts.iter().any(|queued| queued.post.room == slow.room));
        let room = room.clone();
        self.slow_rooms.push(SlowRoom { room, until_ms });
        until_ms
    }

    /// The room's slow mode has changed: the server says anew how long to wait.
    pub(crate) fn speed_up(&mut self, room: &RoomId) {
        self.slow_rooms.retain(|slow| slow.room != *room);
    }

    fn is_slow(&self, room: &RoomId) -> bool {
        self.slow_rooms.iter().any(|slow| slow.room == *room)
    }

    /// Ends the holds whose time is over.
    pub(crate) fn on_timeout(&mut self, now_ms: u64) {
        self.hold_until_ms = self.hold_until_ms.filter(|until_ms| now_ms < *until_ms);
        self.slow_rooms.retain(|slow| now_ms < slow.until_ms);
    }

    /// When the first hold ends.
    pub(crate) fn deadline_ms(&self) -> Option<u64> {
        let slow = self.slow_rooms.iter().map(|slow| slow.until_ms);
        slow.chain(self.hold_until_ms).min()
    }

    /// Makes every post be sent again on the next connection.
    pub(crate) fn on_disconnect(&mut self) {
        self.hold_until_ms = None;
        self.slow_rooms.clear();
        for queued in &mut self.posts {
            queued.stage = Stage::Unsent;
            queued.unanswered = 0;
        }
    }
}
