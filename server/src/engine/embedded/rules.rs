//! Who may post when in a room: mutes and slow mode, as moderators' entries have set them. They are
//! checked and changed in the append's own transaction, with look-ups by key; retention does not
//! touch them. A room without either costs an append nothing.

use parlor_shared::{Body, Entry, MemberId, Mute, Name, RoomState, limits::MUTES_MAX};
use rusqlite::{Connection, OptionalExtension, params};

use super::row;
use crate::engine::{AppendError, Authority, NewEntry};

/// The rules of a room, as far as an append must know them to look further.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// How many seconds a member waits between two posts; 0 for no slow mode.
    pub(super) slow_mode_s: u32,
    /// Whether any member is muted, or was.
    pub(super) has_mutes: bool,
}

/// Checks that the author may append this now. An author's own deletions always may.
pub(super) fn check(
    db: &Connection,
    room: i64,
    rules: Rules,
    new: &NewEntry,
) -> rusqlite::Result<Result<(), AppendError>> {
    let only_by_moderator = match new.body {
        Body::Mute { .. } | Body::SlowMode { .. } | Body::RoomKind { .. } => true,
        Body::Deletion { .. } => return Ok(Ok(())),
        Body::Post { .. }
        | Body::Edit { .. }
        | Body::Reaction { .. }
        | Body::RoomName { .. }
        | Body::Topic { .. }
        | Body::Pin { .. }
        | Body::Blanked { .. }
        | Body::Unknown => false,
    };
    match new.authority {
        Authority::Moderator => return check_mute(db, room, new),
        Authority::Member if only_by_moderator => return Ok(Err(AppendError::NotModerator)),
        Authority::Member => {}
    }
    if rules.has_mutes
        && let Some(until_ms) = muted_until_ms(db, room, new.member)?
        && until_ms > new.at_ms
    {
        let left_ms = until_ms - new.at_ms;
        return Ok(Err(AppendError::Muted { left_ms }));
    }
    if rules.slow_mode_s > 0
        && matches!(new.body, Body::Post { .. })
        && let Some(posted_ms) = posted_ms(db, room, new.member)?
    {
        // Where the clock was set back, nobody knows how long the member has waited: long enough.
        let waited_ms = new.at_ms.checked_sub(posted_ms);
        let left_ms = waited_ms.map_or(0, |waited_ms| wait_ms(rules).saturating_sub(waited_ms));
        if left_ms > 0 {
            return Ok(Err(AppendError::SlowMode { left_ms }));
        }
    }
    Ok(Ok(()))
}

/// Refuses a mute whose end has passed, and one mute too many: mutes that have ended do not count.
fn check_mute(
    db: &Connection,
    room: i64,
    new: &NewEntry,
) -> rusqlite::Result<Result<(), AppendError>> {
    let Body::Mute {
        member,
        until_ms: Some(until_ms),
        ..
    } = &new.body
    else {
        return Ok(Ok(()));
    };
    if *until_ms <= new.at_ms {
        return Ok(Err(AppendError::MuteOver));
    }
    let others = "SELECT count(*) FROM mutes WHERE room = ?1 AND until_ms > ?2 AND member <> ?3";
    let others: i64 = db.prepare_cached(others)?.query_row(
        params![room, new.at_ms.cast_signed(), member.as_bytes()],
        |row| row.get(0),
    )?;
    Ok(if others < MUTES_MAX as i64 {
        Ok(())
    } else {
        Err(AppendError::TooManyMutes)
    })
}

/// Takes in an entry that was just appended, in the same transaction, and returns the rules that
/// hold from then on.
pub(super) fn apply(
    db: &Connection,
    room: i64,
    rules: Rules,
    entry: &Entry,
) -> rusqlite::Result<Rules> {
    match &entry.body {
        Body::Mute {
            member,
            name,
            until_ms,
        } => {
            let ended = "DELETE FROM mutes WHERE room = ?1 AND (until_ms <= ?2 OR member = ?3)";
            let at_ms = entry.at_ms.cast_signed();
            db.prepare_cached(ended)?
                .execute(params![room, at_ms, member.as_bytes()])?;
            if let Some(until_ms) = until_ms {
                let mute = Mute {
                    member: *member,
                    name: name.clone(),
                    until_ms: *until_ms,
                };
                insert_mute(db, room, &mute, row::to_sql(entry.seq))?;
            }
            let has_mutes = db
                .prepare_cached("SELECT 1 FROM mutes WHERE room = ?1 LIMIT 1")?
                .exists([room])?;
            Ok(Rules { has_mutes, ..rules })
        }
        Body::SlowMode { seconds } => {
            db.prepare_cached("UPDATE rooms SET slow_mode_s = ?2 WHERE id = ?1")?
                .execute(params![room, seconds])?;
            let slow_mode_s = *seconds;
            Ok(Rules {
                slow_mode_s,
                ..rules
            })
        }
        Body::Post { .. } if rules.slow_mode_s > 0 => {
            record_post(db, room, rules, entry)?;
            Ok(rules)
        }
        Body::Post { .. }
        | Body::Edit { .. }
        | Body::Deletion { .. }
        | Body::Reaction { .. }
        | Body::RoomName { .. }
        | Body::Topic { .. }
        | Body::RoomKind { .. }
        | Body::Pin { .. }
        | Body::Blanked { .. }
        | Body::Unknown => Ok(rules),
    }
}

/// Sets a room's rules to what they are in another log.
pub(super) fn set(db: &Connection, room: i64, state: &RoomState) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE rooms SET slow_mode_s = ?2 WHERE id = ?1")?
        .execute(params![room, state.slow_mode_s])?;
    db.prepare_cached("DELETE FROM mutes WHERE room = ?1")?
        .execute([room])?;
    for (index, mute) in state.mutes.iter().enumerate() {
        insert_mute(db, room, mute, index as i64)?;
    }
    Ok(())
}

fn insert_mute(db: &Connection, room: i64, mute: &Mute, entry: i64) -> rusqlite::Result<()> {
    let until_ms = i64::try_from(mute.until_ms).unwrap_or(i64::MAX);
    let insert =
        "INSERT INTO mutes (room, member, name, until_ms, entry) VALUES (?1, ?2, ?3, ?4, ?5)";
    db.prepare_cached(insert)?.execute(params![
        room,
        mute.member.as_bytes(),
        mute.name.as_str(),
        until_ms,
        entry
    ])?;
    Ok(())
}

/// Keeps when the member has posted, and forgets a few of those who need not wait any more.
fn record_post(db: &Connection, room: i64, rules: Rules, entry: &Entry) -> rusqlite::Result<()> {
    let at_ms = entry.at_ms.cast_signed();
    let keep = "INSERT INTO posted (room, member, at_ms) VALUES (?1, ?2, ?3)
        ON CONFLICT (room, member) DO UPDATE SET at_ms = ?3";
    db.prepare_cached(keep)?
        .execute(params![room, entry.member.as_bytes(), at_ms])?;
    // Two for each one that is added, so that the table has no more rows than the posts of one
    // wait.
    let forget = "DELETE FROM posted WHERE (room, member) IN (SELECT room, member FROM posted
        WHERE room = ?1 AND at_ms <= ?2 ORDER BY at_ms LIMIT 2)";
    let waited_ms = at_ms.saturating_sub(wait_ms(rules).cast_signed());
    db.prepare_cached(forget)?
        .execute(params![room, waited_ms])?;
    Ok(())
}

/// The room's mutes, in the order in which they were set.
pub(super) fn mutes(db: &Connection, room: i64) -> rusqlite::Result<Vec<Mute>> {
    let sql = "SELECT member, name, until_ms FROM mutes WHERE room = ?1 ORDER BY entry";
    let mut statement = db.prepare_cached(sql)?;
    let mutes = statement.query_map([room], |row| {
        let missing = || rusqlite::Error::QueryReturnedNoRows;
        Ok(Mute {
            member: MemberId::from_bytes(row.get(0)?),
            name: row::checked(row, 1, Name::try_from)?.ok_or_else(missing)?,
            until_ms: row.get::<_, i64>(2)?.cast_unsigned(),
        })
    })?;
    mutes.collect()
}

fn wait_ms(rules: Rules) -> u64 {
    u64::from(rules.slow_mode_s) * 1_000
}

fn muted_until_ms(db: &Connection, room: i64, member: MemberId) -> rusqlite::Result<Option<u64>> {
    db.prepare_cached("SELECT until_ms FROM mutes WHERE room = ?1 AND member = ?2")?
        .query_row(params![room, member.as_bytes()], |row| row.get::<_, i64>(0))
        .optional()
        .map(|found| found.map(i64::cast_unsigned))
}

fn posted_ms(db: &Connection, room: i64, member: MemberId) -> rusqlite::Result<Option<u64>> {
    db.prepare_cached("SELECT at_ms FROM posted WHERE room = ?1 AND member = ?2")?
        .query_row(params![room, member.as_bytes()], |row| row.get::<_, i64>(0))
        .optional()
        .map(|found| found.map(i64::cast_unsigned))
}
