//! Searches: in the full-text index first, then in the log for the entries found.

use std::{path::Path, sync::Arc};

use parlor_shared::{Entry, RoomId};
use rusqlite::Connection;

use super::{
    fts::{self, IndexFile},
    indexer_news::IndexerNews,
    reader, row, schema,
};
use crate::repeated_line::log_repeated;

/// The connections of one search at a time.
pub(super) struct Searcher {
    log: Connection,
    /// With the generation of the file that it reads; `None` until the first search, and after one
    /// that failed.
    index: Option<(u64, Connection)>,
    file: Arc<IndexFile>,
    news: Arc<IndexerNews>,
}

impl Searcher {
    pub(super) fn open(
        log: &Path,
        file: &Arc<IndexFile>,
        news: &Arc<IndexerNews>,
    ) -> rusqlite::Result<Self> {
        Ok(Self {
            log: schema::open_reader(log)?,
            index: None,
            file: file.clone(),
            news: news.clone(),
        })
    }

    /// See [`Engine::search`](crate::engine::Engine::search). `None` if the index can't be read:
    /// the indexer builds it again if it is damaged.
    pub(super) fn search(
        &mut self,
        room: &RoomId,
        words: &str,
        limit: u16,
    ) -> rusqlite::Result<Option<Vec<Entry>>> {
        let Some(room) = row::room_row_id(&self.log, room)? else {
            return Ok(Some(Vec::new()));
        };
        let Some(query) = fts::query(room, words) else {
            return Ok(Some(Vec::new()));
        };
        match self.find(&query, limit) {
            Ok(seqs) => reader::entries_at(&self.log, &seqs).map(Some),
            Err(error) => {
                log_repeated!(warn, %error, "the full-text index can't be read");
                self.index = None;
                if fts::is_damage(&error) {
                    self.news.on_damaged();
                }
                Ok(None)
            }
        }
    }

    fn find(&mut self, query: &str, limit: u16) -> rusqlite::Result<Vec<i64>> {
        let generation = self.file.generation();
        let current = self.index.take().filter(|(of, _)| *of == generation);
        let index = match current {
            Some((_, index)) => index,
            None => self.file.open_reader()?,
        };
        let (_, index) = self.index.insert((generation, index));
        fts::find(index, query, limit)
    }
}
