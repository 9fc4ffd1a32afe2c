//! Reading a room's log: history, a slice of it anywhere, and search.

use parlor_shared::{
    ErrorCode, Place, RoomId, Seq, ServerMessage,
    limits::{
        HISTORY_ENTRIES_MAX, SEARCH_CHARS_MAX, SEARCH_ENTRIES_MAX, SEARCH_TOKENS, SLICE_TOKENS,
    },
};

use crate::{
    dispatch::{client::Client, error::RequestError},
    words::query_phrases,
};

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
        if text.chars().count() > SEARCH_CHARS_MAX || query_phrases(&text).is_empty() {
            let why = format!("Search for one or more words, up to {SEARCH_CHARS_MAX} characters.");
            return Err(RequestError::new(ErrorCode::SearchInvalid, why));
        }
        self.charge(SEARCH_TOKENS - 1);
        let entries = self.log.search(&room, &text, SEARCH_ENTRIES_MAX).await?;
        self.outbound.reply(&ServerMessage::Found {
            room,
            text,
            entries,
        });
        Ok(())
    }
}
