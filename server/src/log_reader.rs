//! Reads the log for one connection, with permits that it shares with the other connections of its
//! address.

use std::sync::Arc;

use parlor_shared::{Entry, RoomId, Seq};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::engine::{Bounds, Engine, Page, ReadError};

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

    /// See [`Engine::bounds`].
    pub(crate) async fn bounds(&self, room: &RoomId) -> Result<Bounds, ReadError> {
        let _permit = self.permit().await;
        self.engine.bounds(room).await
    }

    /// See [`Engine::read_after`].
    pub(crate) async fn read_after(
        &self,
        room: &RoomId,
        after: Seq,
        limit: u16,
    ) -> Result<Page, ReadError> {
        let _permit = self.permit().await;
        self.engine.read_after(room, after, limit).await
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

    /// See [`Engine::search`].
    pub(crate) async fn search(
        &self,
        room: &RoomId,
        words: &str,
        limit: u16,
    ) -> Result<Vec<Entry>, ReadError> {
        let _permit = self.permit().await;
        self.engine.search(room, words, limit).await
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
