//! Appends one entry: rejects forbidden changes, finds duplicates, and assigns seq and prev.

use std::collections::HashMap;

use parlor_shared::{
    Body, Entry, MemberId, MessageId, RoomId, Seq, codec, limits::ROOMS_LOADED_MAX,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    checksum::Covered,
    room_state::{self, Activity},
    row::{self, COLUMNS},
    rules::{self, Rules},
    withheld,
};
use crate::engine::{AppendError, AppendResult, Appended, Authority, NewEntry, Outcome};

/// Inserts nothing if the room already has an entry with this id.
const INSERT: &str = "INSERT INTO entries
    (seq, room, prev, id, at_ms, member, name, body, target, checksum)
    VALUES (?10, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (room, id) DO NOTHING";

/// A cache of the rooms written to lately, at most [`ROOMS_LOADED_MAX`].
pub(super) type RoomHeads = HashMap<RoomId, RoomHead>;

/// A room's row id, the seq of its newest entry, and when it was active last.
#[derive(Debug, Clone, Copy)]
pub(super) struct RoomHead {
    pub(super) row_id: i64,
    head: Seq,
    active: Activity,
    /// Whether retention has deleted entries of it.
    has_expired: bool,
    /// Who may post when.
    rules: Rules,
}

/// Retention has deleted entries of the room with this row id, and may have taken it off the
/// directory.
pub(super) fn on_expired(rooms: &mut RoomHeads, row_id: i64) {
    rooms.retain(|_, room| room.row_id != row_id);
}

/// Appends one entry within the caller's transaction: with this seq, or with the next one. The
/// outer error is the storage's; the inner one is a refusal that leaves the rest of the group
/// unaffected.
pub(super) fn append(
    db: &Connection,
    rooms: &mut RoomHeads,
    new: &NewEntry,
    seq: Option<Seq>,
) -> rusqlite::Result<AppendResult> {
    let room = load_room(db, rooms, &new.room)?;
    if let Some(answer) = answer_without_append(db, &room, new)? {
        return Ok(answer);
    }
    insert(db, rooms, room, new, seq).map(Ok)
}

/// Inserts an entry that nothing is against, or finds the one with its id.
pub(super) fn insert(
    db: &Connection,
    rooms: &mut RoomHeads,
    room: RoomHead,
    new: &NewEntry,
    seq: Option<Seq>,
) -> rusqlite::Result<Appended> {
    let body = codec::encode_body(&new.body);
    let covered = Covered {
        room: room.row_id,
        prev: row::to_sql(room.head),
        id: new.id.as_bytes(),
        at_ms: new.at_ms.cast_signed(),
        member: new.member.as_bytes(),
        name: new.name.as_str().as_bytes(),
        body: body.as_bytes(),
    };
    let inserted = db.prepare_cached(INSERT)?.execute(params![
        covered.room,
        covered.prev,
        covered.id,
        covered.at_ms,
        covered.member,
        new.name.as_str(),
        body,
        new.body.target().as_ref().map(|target| target.as_bytes()),
        covered.checksum(),
        seq.map(row::to_sql),
    ])?;
    if inserted == 0 {
        let original = original(db, room.row_id, new)?;
        let entry = original.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        return Ok(Appended::duplicate(entry));
    }
    let seq = Seq(db.last_insert_rowid().cast_unsigned());
    if let Body::Deletion { target } = new.body {
        withheld::add(db, room.row_id, target)?;
    }
    let entry = Entry {
        seq,
        prev: room.head,
        id: new.id,
        at_ms: new.at_ms,
        member: new.member,
        name: new.name.clone(),
        body: new.body.clone(),
    };
    room_state::apply(db, room.row_id, &entry)?;
    let active = room_state::record_activity(db, room.row_id, room.active, &entry)?;
    let head = RoomHead {
        head: seq,
        active,
        rules: rules::apply(db, room.row_id, room.rules, &entry)?,
        ..room
    };
    rooms.insert(new.room.clone(), head);
    Ok(Appended {
        entry,
        outcome: Outcome::New,
    })
}

/// The room's head, as the caller's transaction sees it.
pub(super) fn head(db: &Connection, rooms: &mut RoomHeads, room: &RoomId) -> rusqlite::Result<Seq> {
    Ok(load_room(db, rooms, room)?.head)
}

/// What answers an append that writes nothing: a refusal, or the original entry. `None` if the
/// entry is to be written, or is found to be a duplicate then.
fn answer_without_append(
    db: &Connection,
    room: &RoomHead,
    new: &NewEntry,
) -> rusqlite::Result<Option<AppendResult>> {
    let row_id = room.row_id;
    // Also what is repeated is answered with the original where it would be refused now.
    let original_or = |refused: AppendError| {
        let original = original(db, row_id, new)?;
        Ok(Some(original.map(Appended::duplicate).ok_or(refused)))
    };
    let is_in_order = is_in_order(db, row_id, new)?;
    // Duplicates first: a repeated change stays valid even if its target was deleted since, and a
    // repeated post even if retention has deleted the one before it.
    if new.body.target().is_some() || !is_in_order {
        if let Some(entry) = original(db, row_id, new)? {
            return Ok(Some(Ok(Appended::duplicate(entry))));
        }
        // Before the target: it may be missing only because the post before this one is.
        if !is_in_order {
            return Ok(Some(Err(AppendError::OutOfOrder)));
        }
        if let Err(refused) = check_target(db, row_id, new)? {
            return Ok(Some(Err(refused)));
        }
    }
    if let Err(refused) = rules::check(db, row_id, room.rules, new)? {
        return original_or(refused);
    }
    if room.has_expired && is_deleted(db, row_id, new.id)? {
        // A post that retention has deleted, too, must not come back with its words.
        return original_or(AppendError::TargetUnknown);
    }
    Ok(None)
}

/// Whether the room has the entry that this one follows. Finds entries of the same transaction, so
/// a post and its successor can be of one group.
fn is_in_order(db: &Connection, room: i64, new: &NewEntry) -> rusqlite::Result<bool> {
    let Some(follows) = new.follows else {
        return Ok(true);
    };
    db.prepare_cached("SELECT 1 FROM entries WHERE room = ?1 AND id = ?2")?
        .exists(params![room, follows.as_bytes()])
}

/// Whether the log has a deletion of this message. Nothing changes a message after that, so the
/// newest change is looked at, however many there are.
fn is_deleted(db: &Connection, room: i64, message: MessageId) -> rusqlite::Result<bool> {
    let sql = "SELECT substr(body, 1, 18) = '{\"kind\":\"deletion\"' FROM entries
        WHERE room = ?1 AND target = ?2 ORDER BY seq DESC LIMIT 1";
    let is_deleted = db
        .prepare_cached(sql)?
        .query_row(params![room, message.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(is_deleted.unwrap_or_default())
}

/// The room's entry with the same id, if there is one.
fn original(db: &Connection, room: i64, new: &NewEntry) -> rusqlite::Result<Option<Entry>> {
    db.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM entries WHERE room = ?1 AND id = ?2"
    ))?
    .query_row(params![room, new.id.as_bytes()], row::entry)
    .optional()
}

/// Looks the room up, creating its row if it has none, and caches it.
pub(super) fn load_room(
    db: &Connection,
    rooms: &mut RoomHeads,
    room: &RoomId,
) -> rusqlite::Result<RoomHead> {
    if let Some(known) = rooms.get(room) {
        return Ok(*known);
    }
    if rooms.len() >= ROOMS_LOADED_MAX {
        rooms.clear();
    }
    let row_id = match row::room_row_id(db, room)? {
        Some(row_id) => row_id,
        None => {
            db.prepare_cached("INSERT INTO rooms (name) VALUES (?1)")?
                .execute([room.as_str()])?;
            db.last_insert_rowid()
        }
    };
    let found = db
        .prepare_cached(
            "SELECT max(start, coalesce((SELECT max(seq) FROM entries WHERE room = ?1), 0)), active,
                start > 0, slow_mode_s, EXISTS (SELECT 1 FROM mutes WHERE room = ?1)
                FROM rooms WHERE id = ?1",
        )?
        .query_row([row_id], |row| {
            Ok(RoomHead {
                row_id,
                head: row::seq(row, 0)?,
                active: Activity(row.get(1)?),
                has_expired: row.get(2)?,
                rules: Rules {
                    slow_mode_s: row.get(3)?,
                    has_mutes: row.get(4)?,
                },
            })
        })?;
    rooms.insert(room.clone(), found);
    Ok(found)
}

/// Checks that the message to change exists and is not deleted, and that this member wrote it if
/// the change is an edit, or a deletion by someone who is no moderator. That takes a few look-ups
/// by key, whatever has happened to the message: a deleted one is withheld, or blanked already. A
/// change of the room is no message. A message whose entry has expired can still be unpinned.
fn check_target(
    db: &Connection,
    room: i64,
    new: &NewEntry,
) -> rusqlite::Result<Result<(), AppendError>> {
    let Some(target) = new.body.target() else {
        return Ok(Ok(()));
    };
    if let Body::Pin { on, .. } = new.body {
        let is_pinned = room_state::is_pinned(db, room, target)?;
        if is_pinned && !on {
            return Ok(Ok(()));
        }
        if on && !is_pinned && room_state::has_pins_max(db, room)? {
            return Ok(Err(AppendError::TooManyPins));
        }
    }
    if withheld::contains(db, room, target)? {
        return Ok(Err(AppendError::TargetUnknown));
    }
    let sql = "SELECT member FROM entries WHERE room = ?1 AND id = ?2 AND target IS NULL
        AND substr(body, 1, 14) = '{\"kind\":\"post\"'";
    let author = db
        .prepare_cached(sql)?
        .query_row(params![room, target.as_bytes()], |row| row.get(0))
        .optional()?
        .map(MemberId::from_bytes);
    let only_by_author = match new.body {
        Body::Edit { .. } => true,
        Body::Deletion { .. } => new.authority == Authority::Member,
        Body::Post { .. }
        | Body::Reaction { .. }
        | Body::RoomName { .. }
        | Body::Topic { .. }
        | Body::RoomKind { .. }
        | Body::Pin { .. }
        | Body::Mute { .. }
        | Body::SlowMode { .. }
        | Body::Blanked { .. }
        | Body::Unknown => false,
    };
    Ok(match author {
        None => Err(AppendError::TargetUnknown),
        Some(author) if only_by_author && author != new.member => Err(AppendError::NotAuthor),
        Some(_) => Ok(()),
    })
}

#[cfg(test)]
mod tests {
    use parlor_shared::{Emoji, MessageId, Name, Text};

    use super::*;
    use crate::engine::embedded::steps::Steps;

    /// A log, and how many steps SQLite's virtual machine has taken for it.
    struct Log {
        db: Connection,
        rooms: RoomHeads,
        steps: Steps,
        appended: u64,
    }

    impl Log {
        fn open(folder: &tempfile::TempDir) -> Self {
            let (db, steps) = Steps::open(folder.path());
            Self {
                db,
                rooms: RoomHeads::new(),
                steps,
                appended: 0,
            }
        }

        /// Appends this to the room and returns its id, and the steps that it took.
        fn append(&mut self, body: Body) -> (MessageId, u64) {
            self.appended += 1;
            let new = NewEntry {
                room: RoomId::parse("lobby").unwrap(),
                id: MessageId::new(self.appended, [0; 10]),
                follows: None,
                member: MemberId::from_bytes([1; 16]),
                name: Name::parse("ann").unwrap(),
                body,
                authority: Authority::Member,
                at_ms: 1,
            };
            let before = self.steps.count();
            append(&self.db, &mut self.rooms, &new, None)
                .unwrap()
                .unwrap();
            (new.id, self.steps.count() - before)
        }
    }

    #[test]
    fn an_append_costs_the_same_whatever_was_done_to_its_message_before() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Log::open(&folder);
        let text = |text: &str| Text::parse(text).unwrap();
        let reaction = |target, on| {
            let emoji = Emoji::parse("\u{1F44D}").unwrap();
            Body::Reaction { target, emoji, on }
        };
        let edit = |target, length| Body::Edit {
            target,
            text: text(&"x".repeat(length)),
        };
        let (busy, _) = log.append(Body::post(text("busy")));
        log.db.execute_batch("BEGIN").unwrap();
        for n in 0..5_000 {
            log.append(edit(busy, if n % 100 == 0 { 8_000 } else { 10 }));
            log.append(reaction(busy, n % 2 == 0));
        }
        log.db.execute_batch("COMMIT").unwrap();
        let (quiet, of_post) = log.append(Body::post(text("quiet")));
        let mut cost = |body| log.append(body).1;
        assert_eq!(cost(edit(busy, 10)), cost(edit(quiet, 10)));
        assert_eq!(cost(reaction(busy, true)), cost(reaction(quiet, true)));
        // With as many pins before each.
        let pin = |target, on| Body::Pin { target, on };
        let mut cost_of_pin = |target| {
            let pinned = cost(pin(target, true));
            (pinned, cost(edit(target, 10)), cost(pin(target, false)))
        };
        cost_of_pin(quiet);
        assert_eq!(cost_of_pin(busy), cost_of_pin(quiet));
        let deletion = |target| Body::Deletion { target };
        assert_eq!(cost(deletion(busy)), cost(deletion(quiet)));
        assert_eq!(cost(Body::post(text("another"))), of_post);
    }
}
