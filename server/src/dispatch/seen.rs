//! How far a member has seen a room.

use std::sync::Arc;

use parlor_shared::{MemberId, Position, RoomId, Seq, ServerMessage};

use crate::{
    dispatch::{client::Client, error::RequestError},
    engine::Seen,
    seen_feed::{SeenInbox, SeenNews},
};

impl Client {
    /// Keeps how far the member has seen a room, and tells each of the member's connections there.
    /// It costs one more for each of them. A position that the log does not have becomes the newest
    /// one that it has in common with the client's history or, where it knows nothing of that, the
    /// one that it keeps, if any, and else its head: what was seen is never new again.
    pub(super) async fn seen(
        &mut self,
        room: RoomId,
        position: Position,
    ) -> Result<(), RequestError> {
        let member = self.member_in(&room)?.member;
        let mut head = Seq::ZERO;
        self.outbound.for_each_room(|joined| {
            if *joined.id() == room {
                head = joined.head().unwrap_or_default();
            }
        });
        let seq = match self.node.engine.shared_until(&position) {
            Some(seq) => seq.min(head),
            None => self.log.seen(&room, member).await?.unwrap_or(head),
        };
        let (at_ms, engine) = (self.node.hub.clock().unix_ms(), &self.node.engine);
        let seen = Seen {
            member,
            room: room.clone(),
            seq,
            at_ms,
        };
        let news = SeenNews { room, seq };
        let keep = || engine.keep_seen(seen);
        let connections = match &self.seen_feed {
            Some(feed) => feed.update(&news, keep)?,
            None => keep().map(|()| 1)?,
        };
        self.reply_seen(news);
        self.charge(connections as u32 - 1);
        Ok(())
    }

    /// The client joins a room: it hears from now on what the member sees there elsewhere.
    pub(super) fn follow_seen(&mut self, room: &RoomId, member: MemberId) {
        let feed = &self.node.seen_feed;
        let subscription = self.seen_feed.get_or_insert_with(|| feed.subscribe(member));
        subscription.enter(room);
    }

    /// The client could not join a room, and hears of it only if it is in there already.
    pub(super) fn unfollow_seen(&self, room: &RoomId) {
        if let Some(feed) = self
            .seen_feed
            .as_ref()
            .filter(|_| !self.outbound.is_in(room))
        {
            feed.leave(room);
        }
    }

    /// Where the member's other connections say what they see, once the client has joined a room.
    pub(crate) fn seen_inbox(&self) -> Option<Arc<SeenInbox>> {
        let feed = self.seen_feed.as_ref()?;
        Some(feed.inbox().clone())
    }

    /// Tells the client what the member has seen on other connections.
    pub(crate) fn handle_seen_news(&self) {
        let news = self.seen_feed.as_ref().map(|feed| feed.take_news());
        for news in news.unwrap_or_default() {
            self.reply_seen(news);
        }
    }

    /// Tells the client how far the member has seen a room.
    pub(super) fn reply_seen(&self, SeenNews { room, seq }: SeenNews) {
        let epoch = self.node.engine.epoch();
        self.outbound
            .reply(&ServerMessage::Seen { room, epoch, seq });
    }
}
