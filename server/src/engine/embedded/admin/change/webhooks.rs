//! What changes webhooks that send entries, and how.

use parlor_shared::{Name, Position, RoomPattern, limits::WEBHOOKS_MAX};
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::{
    engine::embedded::{
        admin::{
            made::{Made, NotMade, Refusal},
            note::note,
        },
        row,
    },
    fetch::FetchAddress,
    webhooks::secret::WebhookSecret,
};

/// A webhook to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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

/// A delivery that has begun and is not known to have arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BegunDelivery {
    /// Its id, the same each time that it is tried.
    pub(crate) id: String,
    /// Where what it has ends.
    pub(crate) until: Position,
}

/// What became of a webhook's deliveries. Times are in Unix milliseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// What a server has done for a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptWebhook {
    pub(in super::super) id: i64,
    pub(in super::super) replays: i64,
    pub(in super::super) kept: i64,
    pub(in super::super) position: Position,
    pub(in super::super) begun: Option<BegunDelivery>,
    pub(in super::super) state: DeliveryState,
}

/// A change of webhooks that send entries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WebhookChange {
    /// A webhook is made.
    Add {
        /// Which.
        new: Box<NewWebhook>,
        /// When, in Unix milliseconds.
        at_ms: u64,
    },
    /// A node has done something for a webhook.
    Kept(Box<KeptWebhook>),
    /// The operator has a webhook deliver at once, and perhaps from another place on.
    Replay {
        /// Its number.
        id: i64,
        /// The place.
        after: Option<Position>,
        /// When.
        at_ms: u64,
    },
    /// A webhook of any kind is removed.
    Remove {
        /// Its number.
        id: i64,
        /// When.
        at_ms: u64,
    },
}

impl WebhookChange {
    pub(in super::super) fn make(&self, db: &Connection) -> Result<Made, NotMade> {
        match self {
            Self::Add { new, at_ms } => add(db, new, *at_ms),
            Self::Kept(kept) => Ok(Made::Found(keep(db, kept)?)),
            Self::Replay { id, after, at_ms } => Ok(Made::Found(replay(db, *id, *after, *at_ms)?)),
            Self::Remove { id, at_ms } => {
                let removed = db.execute("DELETE FROM webhooks WHERE id = ?1", [id])? > 0;
                if removed {
                    note(db, &format!("webhook {id} was removed"), *at_ms)?;
                }
                Ok(Made::Found(removed))
            }
        }
    }
}

fn add(db: &Connection, new: &NewWebhook, at_ms: u64) -> Result<Made, NotMade> {
    let id = put(db, &new.name, &new.rooms, at_ms)?;
    let sql = "INSERT INTO outgoing_webhooks (webhook, address, secret, seq, epoch)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    db.execute(
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
    note(db, &what, at_ms)?;
    Ok(Made::Number(id))
}

fn keep(db: &Connection, webhook: &KeptWebhook) -> rusqlite::Result<bool> {
    let begun = webhook.begun.as_ref();
    let state = &webhook.state;
    let time = |at_ms: Option<u64>| at_ms.map(u64::cast_signed);
    let sql = "UPDATE outgoing_webhooks SET seq = ?3, epoch = ?4, delivery = ?5,
        until_seq = ?6, until_epoch = ?7, failures = ?8, failing_since_ms = ?9,
        next_at_ms = ?10, last_error = ?11, delivered_at_ms = ?12, disabled_at_ms = ?13,
        kept = kept + 1 WHERE webhook = ?1 AND replays = ?2 AND kept = ?14";
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
        webhook.kept,
    ])?;
    Ok(kept > 0)
}

fn replay(db: &Connection, id: i64, after: Option<Position>, at_ms: u64) -> rusqlite::Result<bool> {
    let sql = "UPDATE outgoing_webhooks SET replays = replays + 1, failures = 0,
        failing_since_ms = NULL, next_at_ms = NULL, last_error = '', disabled_at_ms = NULL
        WHERE webhook = ?1";
    let is_there = db.execute(sql, [id])? > 0;
    if let (true, Some(after)) = (is_there, after) {
        // What was being delivered is another delivery when it comes again.
        let sql = "UPDATE outgoing_webhooks SET seq = ?2, epoch = ?3, delivery = NULL,
            until_seq = NULL, until_epoch = NULL WHERE webhook = ?1";
        let place = params![id, row::to_sql(after.seq), after.epoch.as_bytes()];
        db.execute(sql, place)?;
        let what = format!("webhook {id} was set back or forth to {after}");
        note(db, &what, at_ms)?;
    }
    Ok(is_there)
}

/// Adds what both kinds of webhook have, and returns its number.
pub(super) fn put(
    db: &Connection,
    name: &Name,
    rooms: &RoomPattern,
    now_ms: u64,
) -> Result<i64, NotMade> {
    let count: i64 = db.query_row("SELECT count(*) FROM webhooks", [], |row| row.get(0))?;
    if count >= WEBHOOKS_MAX as i64 {
        return Err(Refusal::TooMany.into());
    }
    let sql = "INSERT INTO webhooks (name, rooms, made_at_ms) VALUES (?1, ?2, ?3)";
    db.execute(
        sql,
        params![name.as_str(), rooms.as_str(), now_ms.cast_signed()],
    )?;
    Ok(db.last_insert_rowid())
}
