//! A room's name, topic, kind and pins, as the entries of its log have set them, and when it was
//! active last. Who may post when is in `rules.rs`. Each append changes them in its own
//! transaction, with look-ups by key; retention does not touch them.

use parlor_shared::{
    Body, Entry, MemberId, MessageId, Name, Pin, RoomId, RoomKind, RoomState, Seq, Text, Topic,
    codec, limits::PINS_MAX, pinned_text,
};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{row, rules};
use crate::engine::replicated::group::CopiedState;

const MINUTE_MS: u64 = 60_000;

/// The minute, since 1970, of a room's newest message; 0 for a room that is not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Activity(pub(super) i64);

impl Activity {
    /// The minute of this time. A listed room has one above 0.
    fn at(at_ms: u64) -> Self {
        Self((at_ms / MINUTE_MS).max(1).cast_signed())
    }

    /// When the minute began.
    pub(super) fn at_ms(self) -> u64 {
        self.0.cast_unsigned() * MINUTE_MS
    }
}

/// Lists the room with a post of a new minute, so at most once a minute. Another entry only lists a
/// room that is not listed. Returns when the room was active last.
pub(super) fn record_activity(
    db: &Connection,
    room: i64,
    before: Activity,
    entry: &Entry,
) -> rusqlite::Result<Activity> {
    let now = Activity::at(entry.at_ms);
    let is_post = matches!(entry.body, Body::Post { .. });
    if now == before || (before.0 > 0 && !is_post) {
        return Ok(before);
    }
    db.prepare_cached("UPDATE rooms SET active = ?2 WHERE id = ?1")?
        .execute(params![room, now.0])?;
    Ok(now)
}

/// Takes a room off the directory that has nothing left, within the transaction that has deleted
/// its entries.
pub(super) fn unlist_empty(db: &Connection, room: i64) -> rusqlite::Result<()> {
    let unlist = "UPDATE rooms SET active = 0 WHERE id = ?1 AND display_name IS NULL
        AND topic IS NULL AND kind = 0 AND NOT EXISTS (SELECT 1 FROM entries WHERE room = ?1)
        AND NOT EXISTS (SELECT 1 FROM pins WHERE room = ?1)";
    db.prepare_cached(unlist)?.execute([room])?;
    Ok(())
}

/// Takes in an entry that was just appended, in the same transaction.
pub(super) fn apply(db: &Connection, room: i64, entry: &Entry) -> rusqlite::Result<()> {
    match &entry.body {
        Body::RoomName { name } => {
            db.prepare_cached("UPDATE rooms SET display_name = ?2 WHERE id = ?1")?
                .execute(params![room, name.as_ref().map(Name::as_str)])?;
        }
        Body::Topic { topic } => {
            db.prepare_cached("UPDATE rooms SET topic = ?2 WHERE id = ?1")?
                .execute(params![room, topic.as_ref().map(Topic::as_str)])?;
        }
        Body::RoomKind { kind } => {
            db.prepare_cached("UPDATE rooms SET kind = ?2 WHERE id = ?1")?
                .execute(params![room, kind_number(*kind)])?;
        }
        Body::Pin { target, on: true } => pin(db, room, *target, entry.seq)?,
        Body::Pin { target, on: false } | Body::Deletion { target } => {
            db.prepare_cached("DELETE FROM pins WHERE room = ?1 AND target = ?2")?
                .execute(params![room, target.as_bytes()])?;
        }
        Body::Edit { target, text } => {
            db.prepare_cached("UPDATE pins SET text = ?3 WHERE room = ?1 AND target = ?2")?
                .execute(params![room, target.as_bytes(), pinned_text(text).as_str()])?;
        }
        Body::Post { .. }
        | Body::Reaction { .. }
        | Body::Mute { .. }
        | Body::SlowMode { .. }
        | Body::Blanked { .. }
        | Body::Unknown => {}
    }
    Ok(())
}

/// Sets a room to what it is in another log, with the pinned messages at their new places.
pub(super) fn set(db: &Connection, room: i64, copied: &CopiedState) -> rusqlite::Result<()> {
    let RoomState {
        name,
        topic,
        kind,
        pins,
        ..
    } = &copied.state;
    let update =
        "UPDATE rooms SET display_name = ?2, topic = ?3, kind = ?4, active = ?5 WHERE id = ?1";
    db.prepare_cached(update)?.execute(params![
        room,
        name.as_ref().map(Name::as_str),
        topic.as_ref().map(Topic::as_str),
        kind_number(*kind),
        copied.active,
    ])?;
    db.prepare_cached("DELETE FROM pins WHERE room = ?1")?
        .execute([room])?;
    // One whose post was forgotten has no place here. Those that are pinned later come behind.
    let insert = "INSERT INTO pins (room, target, pinned, seq, at_ms, member, name, text)
        VALUES (?1, ?2, ?3, coalesce(
            (SELECT seq FROM entries WHERE room = ?1 AND id = ?2), 0
        ), ?4, ?5, ?6, ?7)";
    for (index, pin) in pins.iter().enumerate() {
        db.prepare_cached(insert)?.execute(params![
            room,
            pin.id.as_bytes(),
            index as i64,
            pin.at_ms.cast_signed(),
            pin.member.as_bytes(),
            pin.name.as_str(),
            pin.text.as_str(),
        ])?;
    }
    Ok(())
}

/// The number that stands for a kind of room in the file.
fn kind_number(kind: RoomKind) -> i64 {
    match kind {
        RoomKind::Open => 0,
        RoomKind::ReadOnly => 1,
        RoomKind::Private => 2,
    }
}

/// The kind of room with this number. Any other is damage, or of a later version: nobody comes in
/// by mistake.
fn kind(number: i64) -> RoomKind {
    let with_number = |kind: &RoomKind| kind_number(*kind) == number;
    let known = RoomKind::ALL.into_iter().find(with_number);
    known.unwrap_or(RoomKind::Private)
}

/// Pins a message with its current text, or moves its pin to the end.
fn pin(db: &Connection, room: i64, target: MessageId, pinned: Seq) -> rusqlite::Result<()> {
    let again = "UPDATE pins SET pinned = ?3 WHERE room = ?1 AND target = ?2";
    let again =
        db.prepare_cached(again)?
            .execute(params![room, target.as_bytes(), row::to_sql(pinned)])?;
    let Some(text) = current_text(db, room, target)?.filter(|_| again == 0) else {
        return Ok(());
    };
    let insert = "INSERT INTO pins (room, target, pinned, seq, at_ms, member, name, text)
        SELECT room, id, ?3, seq, at_ms, member, name, ?4 FROM entries
        WHERE room = ?1 AND id = ?2";
    db.prepare_cached(insert)?.execute(params![
        room,
        target.as_bytes(),
        row::to_sql(pinned),
        pinned_text(&text).as_str(),
    ])?;
    Ok(())
}

/// The text of a message's last edit, or of its post.
fn current_text(db: &Connection, room: i64, target: MessageId) -> rusqlite::Result<Option<Text>> {
    // The condition on the body is that of the index `edits`.
    let edit = "SELECT body FROM entries WHERE room = ?1 AND target = ?2
        AND substr(body, 1, 14) = '{\"kind\":\"edit\"' ORDER BY seq DESC LIMIT 1";
    let post = "SELECT body FROM entries WHERE room = ?1 AND id = ?2";
    for sql in [edit, post] {
        let body = db
            .prepare_cached(sql)?
            .query_row(params![room, target.as_bytes()], |row| {
                row.get::<_, String>(0)
            })
            .optional()?;
        let body = body.and_then(|body| codec::decode_body(&body).ok());
        if let Some(text) = body.as_ref().and_then(Body::text) {
            return Ok(Some(text.clone()));
        }
    }
    Ok(None)
}

/// Whether this message is pinned.
pub(super) fn is_pinned(db: &Connection, room: i64, target: MessageId) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM pins WHERE room = ?1 AND target = ?2")?
        .exists(params![room, target.as_bytes()])
}

/// Whether the room has as many pins as it may have.
pub(super) fn has_pins_max(db: &Connection, room: i64) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT count(*) FROM pins WHERE room = ?1")?
        .query_row([room], |row| row.get::<_, i64>(0))
        .map(|count| count >= PINS_MAX as i64)
}

/// See [`Engine::room_state`](crate::engine::Engine::room_state).
pub(super) fn read(db: &mut Connection, room: &RoomId) -> rusqlite::Result<RoomState> {
    read_at(&db.transaction()?, room)
}

/// Reads a room's state within a transaction, so that it is that of one moment of the log.
pub(super) fn read_at(snapshot: &Transaction<'_>, room: &RoomId) -> rusqlite::Result<RoomState> {
    let sql = "SELECT id, coalesce((SELECT max(seq) FROM entries WHERE room = rooms.id), start),
        display_name, topic, slow_mode_s, kind FROM rooms WHERE name = ?1";
    let found = snapshot
        .prepare_cached(sql)?
        .query_row([room.as_str()], |row| {
            let state = RoomState {
                seq: row::seq(row, 1)?,
                name: row::checked(row, 2, Name::try_from)?,
                topic: row::checked(row, 3, Topic::try_from)?,
                kind: kind(row.get(5)?),
                pins: Vec::new(),
                slow_mode_s: row.get(4)?,
                mutes: Vec::new(),
            };
            Ok((row.get(0)?, state))
        })
        .optional()?;
    let Some((room, mut state)) = found else {
        return Ok(RoomState::default());
    };
    state.pins = pins(snapshot, room)?;
    state.mutes = rules::mutes(snapshot, room)?;
    Ok(state)
}

fn pins(db: &Connection, room: i64) -> rusqlite::Result<Vec<Pin>> {
    let sql = "SELECT target, seq, at_ms, member, name, text FROM pins
        WHERE room = ?1 ORDER BY pinned";
    let mut statement = db.prepare_cached(sql)?;
    let pins = statement.query_map([room], |row| {
        let missing = || rusqlite::Error::QueryReturnedNoRows;
        Ok(Pin {
            id: MessageId::from_bytes(row.get(0)?),
            seq: row::seq(row, 1)?,
            at_ms: row.get::<_, i64>(2)?.cast_unsigned(),
            member: MemberId::from_bytes(row.get(3)?),
            name: row::checked(row, 4, Name::try_from)?.ok_or_else(missing)?,
            text: row::checked(row, 5, Text::try_from)?.ok_or_else(missing)?,
        })
    })?;
    pins.collect()
}
