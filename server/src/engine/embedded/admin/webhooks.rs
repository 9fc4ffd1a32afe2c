//! Webhooks, each with its place in the log and with what became of its deliveries.

use parlor_shared::{
    Epoch, Name, Position, RoomPattern,
    limits::{WEBHOOK_ADDRESS_BYTES_MAX, WEBHOOKS_MAX},
};
use rusqlite::{Connection, Row, params, types::Type};

use super::{AdminError, AdminFile, journal::note, parsed};
use crate::{engine::embedded::row, fetch::FetchAddress, webhooks::secret::WebhookSecret};

/// A webhook to make.
#[derive(Debug, Clone)]
pub(crate) struct NewWebhook {
    /// What the operator calls it.
    pub(crate) name: Name,
    /// The rooms whose entries it sends.
    pub(crate) rooms: RoomPattern,
    /// Where it sends them.
    pub(crate) address: FetchAddress,
    /// What it signs them with.
    pub(crate) secret: WebhookSecret,
    /// The place after which it begins.
    pub(crate) position: Position,
}

/// A webhook that sends entries.
#[derive(Debug, Clone)]
pub(crate) struct OutgoingWebhook {
    /// Its number.
    pub(crate) id: i64,
    /// What the operator calls it.
    pub(crate) name: Name,
    /// The rooms whose entries it sends.
    pub(crate) rooms: RoomPattern,
    /// Where it sends them.
    pub(crate) address: FetchAddress,
    /// What it signs them with.
    pub(crate) secret: WebhookSecret,
    /// The place up to which everything is delivered.
    pub(crate) position: Position,
    /// How often the operator has set its position. What a server keeps counts only where this is
    /// still the same.
    pub(crate) replays: i64,
    /// What is being delivered.
    pub(crate) begun: Option<BegunDelivery>,
    /// What became of its deliveries.
    pub(crate) state: DeliveryState,
}

/// A delivery that has begun and is not known to have arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BegunDelivery {
    /// Its id, the same each time that it is tried.
    pub(crate) id: String,
    /// Where what it has ends.
    pub(crate) until: Position,
}

/// What became of a webhook's deliveries. Times are in Unix milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DeliveryState {
    /// Failures since the last delivery that has arrived.
    pub(crate) failures: u32,
    /// When the first of them was.
    pub(crate) failing_since_ms: Option<u64>,
    /// When it is tried again.
    pub(crate) next_at_ms: Option<u64>,
    /// Why the last one failed.
    pub(crate) last_error: String,
    /// When the last one arrived.
    pub(crate) delivered_at_ms: Option<u64>,
    /// When the receiver said that it wants nothing any more.
    pub(crate) disabled_at_ms: Option<u64>,
}

/// A webhook was not made.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// There are as many as there may be.
    #[error("there are {WEBHOOKS_MAX} webhooks already; remove one first")]
    TooMany,
    /// The address is longer than it may be.
    #[error("an address has up to {WEBHOOK_ADDRESS_BYTES_MAX} bytes")]
    AddressTooLong,
    /// See [`AdminError`].
    #[error(transparent)]
    Failed(#[from] AdminError),
}

impl From<rusqlite::Error> for WebhookError {
    fn from(error: rusqlite::Error) -> Self {
        AdminError::from(error).into()
    }
}

const COLUMNS: &str = "id, name, rooms, address, secret, seq, epoch, replays, delivery, until_seq,
    until_epoch, failures, failing_since_ms, next_at_ms, last_error, delivered_at_ms,
    disabled_at_ms";

impl AdminFile {
    /// Makes a webhook that sends entries, and returns its number.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub(crate) fn add_webhook(&self, new: &NewWebhook, now_ms: u64) -> Result<i64, WebhookError> {
        if new.address.as_str().len() > WEBHOOK_ADDRESS_BYTES_MAX {
            return Err(WebhookError::AddressTooLong);
        }
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let id = put(&transaction, &new.name, &new.rooms, now_ms)?;
        let sql = "INSERT INTO outgoing_webhooks (webhook, address, secret, seq, epoch)
            VALUES (?1, ?2, ?3, ?4, ?5)";
        transaction.execute(
            sql,
            params![
                id,
                new.address.as_str(),
                new.secret.reveal(),
                row::to_sql(new.position.seq),
                new.position.epoch.as_bytes(),
            ],
        )?;
        let what = format!("webhook {id} sends {} to {}", new.rooms, new.address);
        note(&transaction, &what, now_ms)?;
        transaction.commit()?;
        Ok(id)
    }

    /// The webhooks that send entries, by their numbers.
    ///
    /// # Errors
    /// [`AdminError`].
    pub(crate) fn outgoing_webhooks(&self) -> Result<Vec<OutgoingWebhook>, AdminError> {
        let db = self.lock();
        let sql = format!(
            "SELECT {COLUMNS} FROM webhooks JOIN outgoing_webhooks ON webhook = id
             ORDER BY id LIMIT ?1"
        );
        let mut statement = db.prepare_cached(&sql)?;
        let webhooks = statement.query_map([WEBHOOKS_MAX as i64], read)?;
        Ok(webhooks.collect::<rusqlite::Result<_>>()?)
    }

    /// Keeps what a server has done for a webhook. Returns whether that counts: not if the webhook
    /// was removed, or the operator has set its position meanwhile.
    ///
    /// # Errors
    /// [`AdminError`].
    pub(crate) fn keep_webhook(&self, webhook: &OutgoingWebhook) -> Result<bool, AdminError> {
        let begun = webhook.begun.as_ref();
        let state = &webhook.state;
        let time = |at_ms: Option<u64>| at_ms.map(u64::cast_signed);
        let sql = "UPDATE outgoing_webhooks SET seq = ?3, epoch = ?4, delivery = ?5,
            until_seq = ?6, until_epoch = ?7, failures = ?8, failing_since_ms = ?9,
            next_at_ms = ?10, last_error = ?11, delivered_at_ms = ?12, disabled_at_ms = ?13
            WHERE webhook = ?1 AND replays = ?2";
        let db = self.lock();
        let kept = db.prepare_cached(sql)?.execute(params![
            webhook.id,
            webhook.replays,
            row::to_sql(webhook.position.seq),
            webhook.position.epoch.as_bytes(),
            begun.map(|begun| &begun.id),
            begun.map(|begun| row::to_sql(begun.until.seq)),
            begun.map(|begun| begun.until.epoch.as_bytes()),
            state.failures,
            time(state.failing_since_ms),
            time(state.next_at_ms),
            state.last_error,
            time(state.delivered_at_ms),
            time(state.disabled_at_ms),
        ])?;
        Ok(kept > 0)
    }

    /// Has a webhook deliver at once: from this place on if there is one, otherwise from its own.
    /// Returns whether there is such a webhook.
    ///
    /// # Errors
    /// [`AdminError`].
    pub(crate) fn replay_webhook(
        &self,
        id: i64,
        after: Option<Position>,
        now_ms: u64,
    ) -> Result<bool, AdminError> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let sql = "UPDATE outgoing_webhooks SET replays = replays + 1, failures = 0,
            failing_since_ms = NULL, next_at_ms = NULL, last_error = '', disabled_at_ms = NULL
            WHERE webhook = ?1";
        let is_there = transaction.execute(sql, [id])? > 0;
        if let (true, Some(after)) = (is_there, after) {
            // What was being delivered is another delivery when it comes again.
            let sql = "UPDATE outgoing_webhooks SET seq = ?2, epoch = ?3, delivery = NULL,
                until_seq = NULL, until_epoch = NULL WHERE webhook = ?1";
            let place = params![id, row::to_sql(after.seq), after.epoch.as_bytes()];
            transaction.execute(sql, place)?;
            let what = format!("webhook {id} was set back or forth to {after}");
            note(&transaction, &what, now_ms)?;
        }
        transaction.commit()?;
        Ok(is_there)
    }

    /// Removes a webhook. Returns whether there was one.
    ///
    /// # Errors
    /// [`AdminError`].
    pub(crate) fn remove_webhook(&self, id: i64, now_ms: u64) -> Result<bool, AdminError> {
        let mut db = self.lock();
        let transaction = db.transaction()?;
        let removed = transaction.execute("DELETE FROM webhooks WHERE id = ?1", [id])? > 0;
        if removed {
            note(&transaction, &format!("webhook {id} was removed"), now_ms)?;
        }
        transaction.commit()?;
        Ok(removed)
    }
}

/// Adds what both kinds of webhook have, and returns its number.
pub(super) fn put(
    db: &Connection,
    name: &Name,
    rooms: &RoomPattern,
    now_ms: u64,
) -> Result<i64, WebhookError> {
    let count: i64 = db.query_row("SELECT count(*) FROM webhooks", [], |row| row.get(0))?;
    if count >= WEBHOOKS_MAX as i64 {
        return Err(WebhookError::TooMany);
    }
    let sql = "INSERT INTO webhooks (name, rooms, made_at_ms) VALUES (?1, ?2, ?3)";
    db.execute(
        sql,
        params![name.as_str(), rooms.as_str(), now_ms.cast_signed()],
    )?;
    Ok(db.last_insert_rowid())
}

/// Reads a name as any version has accepted it.
pub(super) fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<Name> {
    Name::try_from(row.get::<_, String>(column)?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<OutgoingWebhook> {
    let time = |column: usize| -> rusqlite::Result<Option<u64>> {
        Ok(row.get::<_, Option<i64>>(column)?.map(i64::cast_unsigned))
    };
    let delivery: Option<String> = row.get(8)?;
    let begun = match delivery {
        Some(id) => Some(BegunDelivery {
            id,
            until: position(row, 9)?,
        }),
        None => None,
    };
    Ok(OutgoingWebhook {
        id: row.get(0)?,
        name: name(row, 1)?,
        rooms: parsed(row, 2)?,
        address: parsed(row, 3)?,
        secret: parsed(row, 4)?,
        position: position(row, 5)?,
        replays: row.get(7)?,
        begun,
        state: DeliveryState {
            failures: row.get(11)?,
            failing_since_ms: time(12)?,
            next_at_ms: time(13)?,
            last_error: row.get(14)?,
            delivered_at_ms: time(15)?,
            disabled_at_ms: time(16)?,
        },
    })
}

/// A position in two columns.
fn position(row: &Row<'_>, column: usize) -> rusqlite::Result<Position> {
    Ok(Position {
        seq: row::seq(row, column)?,
        epoch: Epoch::from_bytes(row.get(column + 1)?),
    })
}

#[cfg(test)]
mod tests {
    use parlor_shared::Seq;

    use super::*;

    fn at(seq: u64) -> Position {
        Position {
            epoch: Epoch::from_bytes([1; 16]),
            seq: Seq(seq),
        }
    }

    fn new(address: &str) -> NewWebhook {
        NewWebhook {
            name: Name::parse("mirror").unwrap(),
            rooms: "team-*".parse().unwrap(),
            address: address.parse().unwrap(),
            secret: WebhookSecret::new([7; 32]),
            position: at(5),
        }
    }

    fn file() -> (tempfile::TempDir, AdminFile) {
        let folder = tempfile::tempdir().unwrap();
        let file = AdminFile::open(folder.path()).unwrap();
        (folder, file)
    }

    #[test]
    fn the_number_of_webhooks_and_the_length_of_an_address_are_bounded() {
        let (_folder, file) = file();
        let length = WEBHOOK_ADDRESS_BYTES_MAX - "https://example.org/".len();
        let longest = format!("https://example.org/{}", "a".repeat(length));
        let first = file.add_webhook(&new(&longest), 1).unwrap();
        assert!(matches!(
            file.add_webhook(&new(&(longest + "a")), 1),
            Err(WebhookError::AddressTooLong)
        ));
        for _ in 1..WEBHOOKS_MAX {
            file.add_webhook(&new("https://example.org/"), 1).unwrap();
        }
        let refused = file.add_webhook(&new("https://example.org/"), 1);
        assert!(matches!(refused, Err(WebhookError::TooMany)));
        assert_eq!(file.outgoing_webhooks().unwrap().len(), WEBHOOKS_MAX);
        assert!(file.remove_webhook(first, 1).unwrap());
        assert!(!file.remove_webhook(first, 1).unwrap());
        let next = file.add_webhook(&new("https://example.org/"), 1).unwrap();
        assert!(next > first, "no number is given twice");
    }

    #[test]
    fn what_a_server_keeps_counts_until_the_operator_sets_the_place() {
        let (folder, file) = file();
        let id = file
            .add_webhook(&new("https://example.org/?k=1"), 1)
            .unwrap();
        let mut webhook = file.outgoing_webhooks().unwrap().remove(0);
        assert_eq!((webhook.id, webhook.position), (id, at(5)));
        assert_eq!(webhook.address.as_str(), "https://example.org/?k=1");
        webhook.begun = Some(BegunDelivery {
            id: "msg_1".to_owned(),
            until: at(9),
        });
        webhook.state.failures = 3;
        webhook.state.failing_since_ms = Some(7);
        webhook.state.last_error = "down".to_owned();
        assert!(file.keep_webhook(&webhook).unwrap());
        let again = AdminFile::open(folder.path()).unwrap();
        let kept = again.outgoing_webhooks().unwrap().remove(0);
        assert_eq!((&kept.begun, &kept.state), (&webhook.begun, &webhook.state));

        // Without a place it is tried again at once, as the same delivery.
        assert!(again.replay_webhook(id, None, 1).unwrap());
        assert!(!file.keep_webhook(&webhook).unwrap());
        let tried = again.outgoing_webhooks().unwrap().remove(0);
        assert_eq!(tried.begun, webhook.begun);
        assert_eq!(tried.state, DeliveryState::default());
        assert!(again.replay_webhook(id, Some(at(2)), 1).unwrap());
        let replayed = again.outgoing_webhooks().unwrap().remove(0);
        assert_eq!((replayed.position, replayed.begun), (at(2), None));
        assert!(!again.replay_webhook(id + 1, None, 1).unwrap());
    }
}
