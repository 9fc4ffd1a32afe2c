//! Making webhooks that post.

use parlor_shared::{Member, RoomId, RoomPattern};
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::webhooks::put;
use crate::engine::embedded::admin::{
    made::{Made, NotMade},
    note::note,
};

/// A webhook that posts is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IncomingChange {
    /// The SHA-256 of its secret.
    pub(in super::super) secret: [u8; 32],
    /// The room.
    pub(in super::super) room: RoomId,
    /// As whom it posts.
    pub(in super::super) bot: Member,
    /// When it is made, in Unix milliseconds.
    pub(in super::super) at_ms: u64,
}

impl IncomingChange {
    /// One with the same secret stays as it is.
    pub(in super::super) fn make(&self, db: &Connection) -> Result<Made, NotMade> {
        let same = "SELECT webhook FROM incoming_webhooks WHERE secret = ?1";
        let known = db.query_row(same, [self.secret], |row| row.get(0));
        if let Some(id) = known.optional()? {
            return Ok(Made::Number(id));
        }
        let (room, bot) = (&self.room, &self.bot);
        let id = put(db, &bot.name, &RoomPattern::one(room), self.at_ms)?;
        let sql = "INSERT INTO incoming_webhooks (webhook, secret, member) VALUES (?1, ?2, ?3)";
        db.execute(sql, params![id, self.secret, bot.member.as_bytes()])?;
        let what = format!("webhook {id} posts as {} in room {room}", bot.name);
        note(db, &what, self.at_ms)?;
        Ok(Made::Number(id))
    }
}
