//! Webhooks, each with its place in the log and with what became of its deliveries.

use parlor_shared::{
    Epoch, Name, Position, RoomPattern,
    limits::{WEBHOOK_ADDRESS_BYTES_MAX, WEBHOOKS_MAX},
};
use rusqlite::Row;

pub(crate) use super::change::webhooks::{BegunDelivery, DeliveryState, NewWebhook};
use super::{
    AdminError, AdminFile,
    change::{
        AdminChange,
        webhooks::{KeptWebhook, WebhookChange},
    },
    column::{name, parsed},
    made::{ChangeError, Refusal},
};
use crate::{engine::embedded::row, fetch::FetchAddress, webhooks::secret::WebhookSecret};

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
    /// How often something was kept of its deliveries. What is kept counts only where nobody else
    /// has kept something meanwhile.
    pub(crate) kept: i64,
    /// What is being delivered.
    pub(crate) begun: Option<BegunDelivery>,
    /// What became of its deliveries.
    pub(crate) state: DeliveryState,
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

impl From<ChangeError> for WebhookError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Refused(Refusal::TooMany) => Self::TooMany,
            ChangeError::Refused(_) | ChangeError::Failed(_) => AdminError::from(error).into(),
        }
    }
}

const COLUMNS: &str = "id, name, rooms, address, secret, seq, epoch, replays, delivery, until_seq,
    until_epoch, failures, failing_since_ms, next_at_ms, last_error, delivered_at_ms,
    disabled_at_ms, kept";

impl AdminFile {
    /// Makes a webhook that sends entries, and returns its number.
    ///
    /// # Errors
    /// [`WebhookError`].
    pub(crate) fn add_webhook(&self, new: &NewWebhook, now_ms: u64) -> Result<i64, WebhookError> {
        if new.address.as_str().len() > WEBHOOK_ADDRESS_BYTES_MAX {
            return Err(WebhookError::AddressTooLong);
        }
        let (new, at_ms) = (Box::new(new.clone()), now_ms);
        let made = self.change(AdminChange::Webhook(WebhookChange::Add { new, at_ms }))?;
        Ok(made.number()?)
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
    /// was removed, the operator has set its position meanwhile, or another node has kept
    /// something.
    ///
    /// # Errors
    /// [`AdminError`].
    pub(crate) fn keep_webhook(&self, webhook: &OutgoingWebhook) -> Result<bool, AdminError> {
        let kept = Box::new(KeptWebhook {
            id: webhook.id,
            replays: webhook.replays,
            kept: webhook.kept,
            position: webhook.position,
            begun: webhook.begun.clone(),
            state: webhook.state.clone(),
        });
        self.change(AdminChange::Webhook(WebhookChange::Kept(kept)))?
            .found()
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
        let at_ms = now_ms;
        self.change(AdminChange::Webhook(WebhookChange::Replay {
            id,
            after,
            at_ms,
        }))?
        .found()
    }

    /// Removes a webhook. Returns whether there was one.
    ///
    /// # Errors
    /// [`AdminError`].
    pub(crate) fn remove_webhook(&self, id: i64, now_ms: u64) -> Result<bool, AdminError> {
        let at_ms = now_ms;
        self.change(AdminChange::Webhook(WebhookChange::Remove { id, at_ms }))?
            .found()
    }
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
        kept: row.get(17)?,
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
        let elsewhere = OutgoingWebhook {
            position: at(7),
            ..webhook.clone()
        };
        assert!(
            !file.keep_webhook(&elsewhere).unwrap(),
            "one was kept since"
        );
        webhook.kept += 1;
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
