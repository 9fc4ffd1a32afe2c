//! The connections of each member, to tell them what the member has seen on another one.
//!
//! It is no room's business: presence and typing go to everyone in a room through its ring, and
//! this goes to one member's own connections, which may be on several threads. Each has an inbox
//! that keeps the last position of each of its rooms until the connection's task takes it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use parlor_shared::{MemberId, RoomId, Seq};
use tokio::sync::Notify;

use crate::shrink::shrink;

/// The inboxes of all members' connections.
#[derive(Debug, Default)]
pub(crate) struct SeenFeed(Mutex<HashMap<MemberId, Vec<Arc<SeenInbox>>>>);

/// What one connection is to be told.
#[derive(Debug, Default)]
pub(crate) struct SeenInbox {
    /// The rooms that the connection is in, at most as many as it may join.
    rooms: Mutex<Vec<InboxRoom>>,
    news: Notify,
}

#[derive(Debug)]
struct InboxRoom {
    room: RoomId,
    news: Option<Seq>,
}

/// What a member has seen of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SeenNews {
    pub(crate) room: RoomId,
    pub(crate) seq: Seq,
}

/// An inbox that is told for as long as this lives.
#[derive(Debug)]
pub(crate) struct SeenSubscription {
    feed: Arc<SeenFeed>,
    member: MemberId,
    inbox: Arc<SeenInbox>,
}

impl SeenFeed {
    /// How many members have a connection that has joined a room.
    pub(crate) fn member_count(&self) -> usize {
        lock(&self.0).len()
    }

    /// An inbox for a connection of this member.
    pub(crate) fn subscribe(self: &Arc<Self>, member: MemberId) -> SeenSubscription {
        let inbox = Arc::new(SeenInbox::default());
        let mut members = lock(&self.0);
        members.entry(member).or_default().push(inbox.clone());
        SeenSubscription {
            feed: self.clone(),
            member,
            inbox,
        }
    }
}

impl SeenSubscription {
    /// Has `keep` keep a position, and tells the member's other connections of it. They learn of
    /// several in the order in which they were kept. Returns how many connections the member has.
    ///
    /// # Errors
    /// That of `keep`, and then nobody is told.
    pub(crate) fn update<E>(
        &self,
        news: &SeenNews,
        keep: impl FnOnce() -> Result<(), E>,
    ) -> Result<usize, E> {
        let members = lock(&self.feed.0);
        keep()?;
        let inboxes = members.get(&self.member).map_or(&[][..], Vec::as_slice);
        for inbox in inboxes {
            // This connection is answered; what others said before is void.
            let told = (!Arc::ptr_eq(inbox, &self.inbox)).then_some(news.seq);
            inbox.put(&news.room, told);
        }
        Ok(inboxes.len())
    }

    /// The connection has joined a room.
    pub(crate) fn enter(&self, room: &RoomId) {
        let mut rooms = lock(&self.inbox.rooms);
        if rooms.iter().all(|known| known.room != *room) {
            let room = room.clone();
            // Most connections are in one room.
            rooms.reserve_exact(1);
            rooms.push(InboxRoom { room, news: None });
        }
    }

    /// The connection has left a room.
    pub(crate) fn leave(&self, room: &RoomId) {
        lock(&self.inbox.rooms).retain(|known| known.room != *room);
    }

    /// Takes what the connection is to be told.
    pub(crate) fn take_news(&self) -> Vec<SeenNews> {
        let mut rooms = lock(&self.inbox.rooms);
        let take = |known: &mut InboxRoom| {
            let seq = known.news.take()?;
            let room = known.room.clone();
            Some(SeenNews { room, seq })
        };
        rooms.iter_mut().filter_map(take).collect()
    }

    /// The inbox, to wait for news.
    pub(crate) fn inbox(&self) -> &Arc<SeenInbox> {
        &self.inbox
    }
}

impl SeenInbox {
    /// Resolves when there is news.
    pub(crate) async fn wait_for_news(&self) {
        self.news.notified().await;
    }

    fn put(&self, room: &RoomId, news: Option<Seq>) {
        let mut rooms = lock(&self.rooms);
        if let Some(known) = rooms.iter_mut().find(|known| known.room == *room) {
            known.news = news;
            if news.is_some() {
                self.news.notify_one();
            }
        }
    }
}

impl Drop for SeenSubscription {
    fn drop(&mut self) {
        let mut members = lock(&self.feed.0);
        if let Some(inboxes) = members.get_mut(&self.member) {
            inboxes.retain(|inbox| !Arc::ptr_eq(inbox, &self.inbox));
            if inboxes.is_empty() {
                members.remove(&self.member);
                shrink(&mut members);
            }
        }
    }
}

/// Locks a mutex. Each change under these locks is one step, so what a panic leaves is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn news(seq: u64) -> SeenNews {
        SeenNews {
            room: RoomId::parse("lobby").unwrap(),
            seq: Seq(seq),
        }
    }

    fn update(from: &SeenSubscription, seq: u64) -> usize {
        let keep = || Ok::<(), Infallible>(());
        from.update(&news(seq), keep).unwrap()
    }

    #[test]
    fn the_members_other_connections_in_the_room_are_told_the_last_position() {
        let feed = Arc::new(SeenFeed::default());
        let [ann, bob] = [1, 2].map(|n| MemberId::from_bytes([n; 16]));
        let [one, two, elsewhere] = [(); 3].map(|()| feed.subscribe(ann));
        let stranger = feed.subscribe(bob);
        for in_lobby in [&one, &two, &stranger] {
            in_lobby.enter(&news(0).room);
        }
        assert_eq!(update(&one, 5), 3);
        assert_eq!(update(&one, 6), 3);
        assert_eq!(two.take_news(), [news(6)]);
        assert_eq!(two.take_news(), []);
        for told_nothing in [&one, &elsewhere, &stranger] {
            assert_eq!(told_nothing.take_news(), []);
        }
        // What was said before one's own position is void.
        update(&one, 7);
        update(&two, 3);
        assert_eq!((one.take_news(), two.take_news()), (vec![news(3)], vec![]));
        update(&one, 8);
        two.leave(&news(0).room);
        assert_eq!(two.take_news(), []);
        drop((one, two, elsewhere, stranger));
        assert!(lock(&feed.0).is_empty());
    }

    #[test]
    fn nobody_is_told_of_a_position_that_is_not_kept() {
        let feed = Arc::new(SeenFeed::default());
        let [one, two] = [(); 2].map(|()| feed.subscribe(MemberId::from_bytes([1; 16])));
        two.enter(&news(0).room);
        assert_eq!(one.update(&news(5), || Err("full")), Err("full"));
        assert_eq!(two.take_news(), []);
    }
}
