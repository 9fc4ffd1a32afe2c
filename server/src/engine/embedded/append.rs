//! One append: who may, whether it is there already, and its place.

use std::collections::HashMap;

use parlor_shared::{Body, Entry, MemberId, RoomId, Seq, codec, limits::ROOMS_LOADED_MAX};
use rusqlite::{Connection, OptionalExtension, params};

use super::row;
use crate::engine::{AppendError, Appended, NewEntry, Outcome};

/// Nothing where the room has an entry of this id.
const INSERT: &str = "INSERT INTO entries (room, prev, id, at_ms, member, name, body, target)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (room, id) DO NOTHING";

/// Rooms written to lately, [`ROOMS_LOADED_MAX`] at most.
pub(super) type Rooms = HashMap<RoomId, RoomHead>;

/// A room's number in the file, and the place of its newest entry.
#[derive(Debug, Clone, Copy)]
pub(super) struct RoomHead {
    number: i64,
    head: Seq,
}

/// Appends one entry within a transaction.
pub(super) fn append(
    file: &Connection,
    rooms: &mut Rooms,
    new: &NewEntry,
) -> rusqlite::Result<Result<Appended, AppendError>> {
    let room = open_room(file, rooms, &new.room)?;
    // A change may be a duplicate of one that was in order then; so its target is looked at second.
    if new.body.target().is_some() {
        if let Some(entry) = original(file, room.number, new)? {
            return Ok(Ok(Appended::duplicate(entry)));
        }
        if let Err(refused) = check_target(file, room.number, new)? {
            return Ok(Err(refused));
        }
    }
    let inserted = file.prepare_cached(INSERT)?.execute(params![
        room.number,
        row::sql(room.head),
        new.id.as_bytes(),
        new.at_ms.cast_signed(),
        new.member.as_bytes(),
        new.name.as_str(),
        codec::encode_body(&new.body),
        new.body.target().as_ref().map(|target| target.as_bytes()),
    ])?;
    if inserted == 0 {
        let original = original(file, room.number, new)?;
        let entry = original.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        return Ok(Ok(Appended::duplicate(entry)));
    }
    let seq = Seq(file.last_insert_rowid().cast_unsigned());
    rooms.insert(new.room.clone(), RoomHead { head: seq, ..room });
    let entry = Entry {
        seq,
        prev: room.head,
        id: new.id,
        at_ms: new.at_ms,
        member: new.member,
        name: new.name.clone(),
        body: new.body.clone(),
    };
    Ok(Ok(Appended {
        entry,
        outcome: Outcome::New,
    }))
}

/// The entry that has this id already.
fn original(file: &Connection, room: i64, new: &NewEntry) -> rusqlite::Result<Option<Entry>> {
    file.prepare_cached(row::BY_ID)?
        .query_row(params![room, new.id.as_bytes()], row::entry)
        .optional()
}

fn open_room(file: &Connection, rooms: &mut Rooms, room: &RoomId) -> rusqlite::Result<RoomHead> {
    if let Some(known) = rooms.get(room) {
        return Ok(*known);
    }
    if rooms.len() >= ROOMS_LOADED_MAX {
        rooms.clear();
    }
    let number = match row::room_number(file, room)? {
        Some(number) => number,
        None => {
            file.prepare_cached("INSERT INTO rooms (name) VALUES (?1)")?
                .execute([room.as_str()])?;
            file.last_insert_rowid()
        }
    };
    let head = file
        .prepare_cached(
            "SELECT max(start, coalesce((SELECT max(seq) FROM entries WHERE room = ?1), 0))
             FROM rooms WHERE id = ?1",
        )?
        .query_row([number], |row| row::seq(row, 0))?;
    let found = RoomHead { number, head };
    rooms.insert(room.clone(), found);
    Ok(found)
}

/// Whether the message to change is there, and is this member's where that matters.
fn check_target(
    file: &Connection,
    room: i64,
    new: &NewEntry,
) -> rusqlite::Result<Result<(), AppendError>> {
    let Some(target) = new.body.target() else {
        return Ok(Ok(()));
    };
    let sql = "SELECT member FROM entries WHERE room = ?1 AND id = ?2 AND target IS NULL
        AND NOT EXISTS (SELECT 1 FROM entries WHERE room = ?1 AND target = ?2
            AND body ->> 'kind' = 'deletion')";
    let author = file
        .prepare_cached(sql)?
        .query_row(params![room, target.as_bytes()], |row| row.get(0))
        .optional()?
        .map(MemberId::from_bytes);
    let only_by_author = match new.body {
        Body::Edit { .. } | Body::Deletion { .. } => true,
        Body::Post { .. } | Body::Reaction { .. } | Body::Unknown => false,
    };
    Ok(match author {
        None => Err(AppendError::TargetUnknown),
        Some(author) if only_by_author && author != new.member => Err(AppendError::NotAuthor),
        Some(_) => Ok(()),
    })
}
