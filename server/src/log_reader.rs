//! Reads the log for one connection, with permits that it shares with the other connections of its
//! address.

use std::sync::Arc;

use parlor_shared::{MemberId, Place, RoomId, RoomState, Seq, limits::ERASE_POSTS_MAX};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::engine::{
    Engine, Found, JoinRead, OwnPosts, Page, ReadError, RoomsPage, RoomsQuery, Slice,
};

/// The log, as one connection reads it. The reads of one address at once are fewer than the engine
/// does at once, so that an address with many of them keeps only itself waiting.
#[derive(Clone)]
pub(crate) struct LogReader {
    engine: Arc<dyn Engine>,
    /// The permits of the connection's address, if it has limits.
    permits: Option<Arc<Semaphore>>,
}

impl LogReader {
    pub(crate) fn new(engine: Arc<dyn Engine>, permits: Option<Arc<Semaphore>>) -> Self {
        Self { engine, permits }
    }

    /// See [`Engine::place_step`].
    pub(crate) fn place_step(&self) -> u64 {
        self.engine.place_step()
    }

    /// See [`Engine::read_join`].
    pub(crate) async fn read_join(
        &self,
        room: &RoomId,
        member: MemberId,
    ) -> Result<JoinRead, ReadError> {
        let _permit = self.permit().await;
        self.engine.read_join(room, member).await
    }

    /// See [`Engine::read_after`]. `begin` is called once there is a permit.
    pub(crate) async fn read_after<T>(
        &self,
        room: &RoomId,
        after: Seq,
        limit: u16,
        begin: impl FnOnce() -> T,
    ) -> Result<(T, Page), ReadError> {
        let _permit = self.permit().await;
        let begun = begin();
        let page = self.engine.read_after(room, after, limit).await?;
        Ok((begun, page))
    }

    /// The permits of the connection's address, if it has limits.
    pub(crate) fn permits(&self) -> Option<&Arc<Semaphore>> {
        self.permits.as_ref()
    }

    /// See [`Engine::read_before`].
    pub(crate) async fn read_before(
        &self,
        room: &RoomId,
        before: Seq,
        limit: u16,
    ) -> Result<Page, ReadError> {
        let _permit = self.permit().await;
        self.engine.read_before(room, before, limit).await
    }

    /// See [`Engine::seen`].
    pub(crate) async fn seen(
        &self,
        room: &RoomId,
        member: MemberId,
    ) -> Result<Option<Seq>, ReadError> {
        let _permit = self.permit().await;
        self.engine.seen(room, member).await
    }

    /// See [`Engine::read_slice`].
    pub(crate) async fn read_slice(
        &self,
        room: &RoomId,
        at: Place,
        limit: u16,
    ) -> Result<Option<Slice>, ReadError> {
        let _permit = self.permit().await;
        self.engine.read_slice(room, at, limit).await
    }

    /// See [`Engine::search`].
    pub(crate) async fn search(
        &self,
        room: &RoomId,
        words: &str,
        limit: u16,
    ) -> Result<Found, ReadError> {
        let _permit = self.permit().await;
        self.engine.search(room, words, limit).await
    }

    /// See [`Engine::room_state`].
    pub(crate) async fn room_state(&self, room: &RoomId) -> Result<RoomState, ReadError> {
        let _permit = self.permit().await;
        self.engine.room_state(room).await
    }

    /// See [`Engine::rooms`].
    pub(crate) async fn rooms(&self, query: RoomsQuery) -> Result<RoomsPage, ReadError> {
        let _permit = self.permit().await;
        self.engine.rooms(query).await
    }

    /// See [`Engine::own_posts`].
    pub(crate) async fn own_posts(
        &self,
        member: MemberId,
        before: Option<Seq>,
    ) -> Result<OwnPosts, ReadError> {
        let _permit = self.permit().await;
        self.engine.own_posts(member, before, ERASE_POSTS_MAX).await
    }

    /// Waits for a permit of the address. The semaphore is never closed.
    async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        self.permits.as_ref()?.acquire().await.ok()
    }
}

impl std::fmt::Debug for LogReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogReader").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use futures_util::{FutureExt, future::join_all};
    use parlor_shared::{
        Body, MessageId, Name, Text,
        limits::{LOG_READERS_ADDRESS_MAX, LOG_READERS_MAX},
    };

    use super::*;
    use crate::{
        address::{Address, Addresses},
        clock::SystemClock,
        engine::{Authority, NewEntry, embedded::Embedded},
        rooms::{
            hub::Hub,
            log_pages::{NextPage, PageStart},
            room::RoomBounds,
        },
    };

    const _: () = assert!(LOG_READERS_ADDRESS_MAX < LOG_READERS_MAX);

    #[tokio::test]
    async fn an_address_with_many_reads_keeps_only_itself_waiting() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
        let engine: Arc<dyn Engine> = Arc::new(Embedded::open(folder.path(), hub).unwrap());
        let addresses = Addresses::new(Some(1));
        let [busy, other] = [1, 2].map(|last| {
            let address = IpAddr::from([192, 0, 2, last]).into();
            let address = addresses.find(Some(address)).unwrap();
            let log = LogReader::new(engine.clone(), Some(Address::read_permits(&address)));
            (address, log)
        });
        let room = RoomId::parse("lobby").unwrap();
        let permits = busy.0.read_permits();
        let reads = permits.acquire_many(LOG_READERS_ADDRESS_MAX as u32).await;
        let mut waiting = Box::pin(busy.1.read_after(&room, Seq::ZERO, 1, || ()));
        assert!(waiting.as_mut().now_or_never().is_none());
        for read in
            join_all((0..LOG_READERS_MAX).map(|_| other.1.read_after(&room, Seq::ZERO, 1, || ())))
                .await
        {
            read.unwrap();
        }
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(reads);
        waiting.await.unwrap();
    }

    /// Otherwise nobody could catch up in a room while somebody deletes messages there one by one.
    #[tokio::test]
    async fn what_is_deleted_while_a_page_waits_for_a_permit_does_not_make_it_void() {
        let folder = tempfile::tempdir().unwrap();
        let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
        let engine: Arc<dyn Engine> = Arc::new(Embedded::open(folder.path(), hub.clone()).unwrap());
        let permits = Arc::new(Semaphore::new(1));
        let log = LogReader::new(engine.clone(), Some(permits.clone()));
        let name = RoomId::parse("lobby").unwrap();
        let room = hub.open(&name, None).unwrap();
        let append = async |id, body| {
            let entry = NewEntry {
                authority: Authority::Member,
                room: name.clone(),
                id: MessageId::new(id, [0; 10]),
                follows: None,
                member: MemberId::from_bytes([1; 16]),
                name: Name::parse("ann").unwrap(),
                body,
                at_ms: 1,
            };
            let committed = engine.append(entry).await.unwrap();
            committed.await.unwrap().entry.id
        };
        let target = append(1, Body::post(Text::parse("secret").unwrap())).await;
        let other_read = permits.acquire().await;
        let NextPage::Reading(mut page) = room.next_page(&log, Seq::ZERO, PageStart::Near) else {
            panic!("nobody has read it");
        };
        assert!((&mut page).now_or_never().is_none());
        append(2, Body::Deletion { target }).await;
        drop(other_read);
        assert!(room.is_current(&page.await.unwrap()));
    }
}
