//! Reading a room's log: history, a slice of it anywhere, and search; and the directory of rooms.

use parlor_shared::{
    ErrorCode, Place, RoomId, SearchQuery, Seq, ServerMessage,
    limits::{
        HISTORY_ENTRIES_MAX, ROOMS_CHARS_MAX, ROOMS_PAGE_MAX, ROOMS_TOKENS, SEARCH_CHARS_MAX,
        SEARCH_ENTRIES_MAX, SEARCH_TOKENS, SLICE_TOKENS,
    },
};

use crate::{
    dispatch::{client::Client, error::RequestError},
    engine::{RoomsPage, RoomsQuery},
    log_reader::LogReader,
    node::Node,
    words::query_phrases,
};

/// Whether a search asks for any word, of a text or of a name.
fn has_words(text: &str) -> bool {
    let SearchQuery { words, author } = SearchQuery::parse(text);
    !(query_phrases(&words).is_empty() && query_phrases(&author).is_empty())
}

/// Refuses words that no search takes.
pub(crate) fn check_search(text: &str) -> Result<(), RequestError> {
    if text.chars().count() <= SEARCH_CHARS_MAX && has_words(text) {
        return Ok(());
    }
    let why = format!("Search for one or more words, up to {SEARCH_CHARS_MAX} characters.");
    Err(RequestError::new(ErrorCode::SearchInvalid, why))
}

/// The query for a page of the directory, unless its words are too many.
pub(crate) fn rooms_query(text: String, after: Option<String>) -> Result<RoomsQuery, RequestError> {
    let is_too_long = |text: &str| text.chars().count() > ROOMS_CHARS_MAX;
    if is_too_long(&text) || after.as_deref().is_some_and(is_too_long) {
        let why = format!("Look for rooms by up to {ROOMS_CHARS_MAX} characters.");
        return Err(RequestError::new(ErrorCode::SearchInvalid, why));
    }
    Ok(RoomsQuery {
        text,
        after,
        limit: ROOMS_PAGE_MAX,
    })
}

/// A page of the directory, with the members who are present.
pub(crate) async fn read_rooms(
    node: &Node,
    log: &LogReader,
    query: RoomsQuery,
) -> Result<RoomsPage, RequestError> {
    let mut page = log.rooms(query).await?;
    for listed in &mut page.rooms {
        listed.count = node.hub.member_count(&listed.room);
    }
    Ok(page)
}

impl Client {
    /// Replies with the entries before a place in the log.
    pub(super) async fn history(
        &mut self,
        room: RoomId,
        before: Seq,
        limit: u16,
    ) -> Result<(), RequestError> {
        self.member_in(&room)?;
        let limit = limit.clamp(1, HISTORY_ENTRIES_MAX);
        let page = self.log.read_before(&room, before, limit).await?;
        self.outbound.reply(&ServerMessage::History {
            room,
            before,
            entries: page.entries,
            more: page.more,
        });
        Ok(())
    }

    /// Replies with the entries at a place of the log.
    pub(super) async fn slice(
        &mut self,
        room: RoomId,
        at: Place,
        limit: u16,
    ) -> Result<(), RequestError> {
        self.member_in(&room)?;
        self.charge(SLICE_TOKENS - 1);
        let limit = limit.clamp(1, HISTORY_ENTRIES_MAX);
        let Some(slice) = self.log.read_slice(&room, at, limit).await? else {
            let why = "That message is not in this room. It may be too old to be kept.";
            return Err(RequestError::new(ErrorCode::TargetUnknown, why));
        };
        self.outbound.reply(&ServerMessage::Slice {
            room,
            at,
            entries: slice.entries,
            changes: slice.changes,
            older: slice.older,
            newer: slice.newer,
        });
        Ok(())
    }

    /// Replies with the entries that match these words.
    pub(super) async fn search(&mut self, room: RoomId, text: String) -> Result<(), RequestError> {
        self.member_in(&room)?;
        check_search(&text)?;
        self.charge(SEARCH_TOKENS - 1);
        let found = self.log.search(&room, &text, SEARCH_ENTRIES_MAX).await?;
        self.outbound.reply(&ServerMessage::Found {
            room,
            text,
            entries: found.entries,
            incomplete: found.incomplete,
        });
        Ok(())
    }

    /// Replies with a page of the directory.
    pub(super) async fn rooms(
        &mut self,
        text: String,
        after: Option<String>,
    ) -> Result<(), RequestError> {
        self.member()?;
        let query = rooms_query(text.clone(), after.clone())?;
        self.charge(ROOMS_TOKENS - 1);
        let page = read_rooms(&self.node, &self.log, query).await?;
        self.outbound.reply(&ServerMessage::Rooms {
            text,
            after,
            rooms: page.rooms,
            next: page.next,
        });
        Ok(())
    }
}
