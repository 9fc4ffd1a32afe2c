//! Webhooks that post in a room what they are sent. Of their secret only a hash is kept: the file
//! tells nobody how to post.

use parlor_shared::{Member, MemberId, Name, RoomId};
use rusqlite::{OptionalExtension, Row, types::Type};
use sha2::{Digest, Sha256};

use super::{
    AdminError, AdminFile,
    change::{AdminChange, incoming::IncomingChange},
    column::name,
    webhooks::WebhookError,
};

/// A webhook that posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IncomingWebhook {
    /// Its number.
    pub(crate) id: i64,
    /// The room.
    pub(crate) room: RoomId,
    /// As whom it posts.
    pub(crate) bot: Member,
    /// When it was made, in Unix milliseconds.
    pub(crate) made_at_ms: u64,
}

const COLUMNS: &str = "id, rooms, name, member, made_at_ms";

impl AdminFile {
    /// Makes a webhook that lets who knows this secret post as this bot, and returns its number.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub(crate) fn add_incoming(
        &self,
        secret: &str,
        room: &RoomId,
        bot: &Member,
        now_ms: u64,
    ) -> Result<i64, WebhookError> {
        let change = IncomingChange {
            secret: digest(secret),
            room: room.clone(),
            bot: bot.clone(),
            at_ms: now_ms,
        };
        Ok(self.change(AdminChange::Incoming(change))?.number()?)
    }

    /// The webhook with this secret, if there is one.
    ///
    /// # Errors
    /// [`AdminError`].
    pub(crate) fn find_incoming(
        &self,
        secret: &str,
    ) -> Result<Option<IncomingWebhook>, AdminError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM webhooks JOIN incoming_webhooks ON webhook = id
             WHERE secret = ?1"
        );
        let db = self.lock();
        let mut statement = db.prepare_cached(&sql)?;
        Ok(statement.query_row([digest(secret)], read).optional()?)
    }

    /// The webhooks that post, by their numbers.
    ///
    /// # Errors
    /// [`AdminError`].
    pub(crate) fn incoming_webhooks(&self) -> Result<Vec<IncomingWebhook>, AdminError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM webhooks JOIN incoming_webhooks ON webhook = id ORDER BY id"
        );
        let db = self.lock();
        let mut statement = db.prepare_cached(&sql)?;
        let webhooks = statement.query_map([], read)?;
        Ok(webhooks.collect::<rusqlite::Result<_>>()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<IncomingWebhook> {
    let room = RoomId::try_from(row.get::<_, String>(1)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(1, Type::Text, Box::new(error))
    })?;
    let name: Name = name(row, 2)?;
    Ok(IncomingWebhook {
        id: row.get(0)?,
        room,
        bot: Member {
            member: MemberId::from_bytes(row.get(3)?),
            name,
        },
        made_at_ms: row.get::<_, i64>(4)?.cast_unsigned(),
    })
}

/// What is kept of a secret. It is found by this, so how long that takes says nothing of it.
fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_webhook_is_found_by_its_secret_alone_which_is_not_in_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = AdminFile::open(folder.path()).unwrap();
        let room = RoomId::parse("builds").unwrap();
        let bot = Member {
            member: MemberId::from_bytes([7; 16]),
            name: Name::parse("CI").unwrap(),
        };
        let id = file.add_incoming("open sesame", &room, &bot, 5).unwrap();
        let expected = IncomingWebhook {
            id,
            room,
            bot,
            made_at_ms: 5,
        };
        assert_eq!(
            file.find_incoming("open sesame").unwrap(),
            Some(expected.clone())
        );
        assert_eq!(file.find_incoming("open").unwrap(), None);
        assert_eq!(file.incoming_webhooks().unwrap(), [expected]);
        assert!(file.outgoing_webhooks().unwrap().is_empty());
        for name in ["admin.db", "admin.db-wal"] {
            let bytes = std::fs::read(folder.path().join(name)).unwrap();
            assert!(
                !bytes.windows(11).any(|part| part == b"open sesame"),
                "{name}"
            );
        }
        assert!(file.remove_webhook(id, 6).unwrap());
        assert_eq!(file.find_incoming("open sesame").unwrap(), None);
    }
}
