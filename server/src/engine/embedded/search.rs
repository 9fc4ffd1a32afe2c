//! Searches: in the full-text index first, then in the log for the entries found.

use std::{path::Path, sync::Arc};

use parlor_shared::{RoomId, Seq, limits::INDEX_LAG_ENTRIES_MAX};
use rusqlite::Connection;

use super::{
    fts::{self, IndexFile},
    fts_query,
    indexer_news::{IndexerNews, News},
    reader, row, schema,
};
use crate::{engine::Found, repeated_line::log_repeated};

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
    ) -> rusqlite::Result<Option<Found>> {
        let Some(room) = row::room_row_id(&self.log, room)? else {
            return Ok(Some(Found::default()));
        };
        // Before the index is read, which may catch up meanwhile.
        let news = self.news.get();
        match self.find(room, words, limit) {
            Ok((until, seqs)) => Ok(Some(Found {
                entries: reader::entries_at(&self.log, &seqs)?,
                incomplete: self.is_incomplete(news, room, until)?,
            })),
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

    /// Finds the entries, and how far the index had got before.
    fn find(&mut self, room: i64, words: &str, limit: u16) -> rusqlite::Result<(Seq, Vec<i64>)> {
        let generation = self.file.generation();
        let current = self.index.take().filter(|(of, _)| *of == generation);
        let index = match current {
            Some((_, index)) => index,
            None => fts_query::open(&self.file)?,
        };
        let (_, index) = self.index.insert((generation, index));
        let (until, _) = fts::position(index)?;
        let found = match fts_query::query(index, room, words)? {
            Some(query) => fts::find(index, &query, limit)?,
            None => Vec::new(),
        };
        Ok((until, found))
    }

    /// Whether the room has entries after this place.
    /// Whether entries of the room are not found because the index that was read, of the entries up
    /// to `until`, is being built or has fallen far behind.
    fn is_incomplete(&self, news: News, room: i64, until: Seq) -> rusqlite::Result<bool> {
        let is_behind = news.is_being_built()
            || (news.may_be_behind(until) && self.lag(until)? > INDEX_LAG_ENTRIES_MAX);
        Ok(is_behind && self.has_after(room, until)?)
    }

    /// How many entries come after this place; one more than may be missing, if there are more.
    fn lag(&self, until: Seq) -> rusqlite::Result<usize> {
        let count = "SELECT count(*) FROM (SELECT 1 FROM entries WHERE seq > ?1 LIMIT ?2)";
        let most = INDEX_LAG_ENTRIES_MAX as i64 + 1;
        let count: i64 = self
            .log
            .prepare_cached(count)?
            .query_row([row::to_sql(until), most], |found| found.get(0))?;
        Ok(count as usize)
    }

    fn has_after(&self, room: i64, until: Seq) -> rusqlite::Result<bool> {
        self.log
            .prepare_cached("SELECT 1 FROM entries WHERE room = ?1 AND seq > ?2")?
            .exists([room, row::to_sql(until)])
    }
}

#[cfg(test)]
mod tests {
    use parlor_shared::{Body, MemberId, MessageId, Name, Text, limits::INDEX_ENTRIES_MAX};

    use super::*;
    use crate::engine::{
        Authority, NewEntry,
        embedded::{
            append::{self, RoomHeads},
            failure::Failures,
            indexer::Indexer,
            wal::ReadGate,
        },
    };

    #[test]
    fn while_the_index_is_built_a_search_has_what_it_holds_and_says_that_others_may_match() {
        let folder = tempfile::tempdir().unwrap();
        let path = schema::path_in(folder.path());
        let (db, _) = schema::open_writer(&path).unwrap();
        let [lobby, quiet] = ["lobby", "quiet"].map(|name| RoomId::parse(name).unwrap());
        let mut rooms = RoomHeads::new();
        let mut append = |n: usize, room: &RoomId| {
            let new = NewEntry {
                authority: Authority::Member,
                room: room.clone(),
                id: MessageId::new(n as u64, [0; 10]),
                follows: None,
                member: MemberId::from_bytes([1; 16]),
                name: Name::parse("ann").unwrap(),
                body: Body::post(Text::parse("needle").unwrap()),
                at_ms: 1,
            };
            append::append(&db, &mut rooms, &new, None)
                .unwrap()
                .unwrap();
        };
        db.execute_batch("BEGIN").unwrap();
        append(0, &quiet);
        (1..2 * INDEX_ENTRIES_MAX).for_each(|n| append(n, &lobby));
        db.execute_batch("COMMIT").unwrap();

        let news = Arc::new(IndexerNews::default());
        let gates = [ReadGate::default(), ReadGate::default()];
        let failures = Failures::default();
        let mut indexer = Indexer::open(folder.path(), news.clone(), gates, failures).unwrap();
        let mut searcher = Searcher::open(&path, indexer.file(), &news).unwrap();
        let mut search = |room: &RoomId| {
            let found = searcher.search(room, "needle", u16::MAX).unwrap().unwrap();
            (found.entries.len(), found.incomplete)
        };
        assert_eq!(search(&lobby), (0, true));
        assert!(indexer.step().unwrap());
        assert_eq!(search(&lobby), (INDEX_ENTRIES_MAX - 1, true));
        assert_eq!(search(&quiet), (1, false));
        while indexer.step().unwrap() {}
        assert_eq!(search(&lobby), (2 * INDEX_ENTRIES_MAX - 1, false));
        // Another entry is no reason to say so.
        append(2 * INDEX_ENTRIES_MAX, &lobby);
        assert_eq!(search(&lobby), (2 * INDEX_ENTRIES_MAX - 1, false));
    }
}
