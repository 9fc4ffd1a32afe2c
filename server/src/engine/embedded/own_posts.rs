//! A member's own messages in all rooms, to be deleted.
//!
//! The table of entries has no index by member, which every append would pay for. So the entries of
//! the log are looked at in turn, a bounded number at once, and the caller goes on from there.

use parlor_shared::{MemberId, MessageId, RoomId, Seq, limits::ERASE_SCAN_ENTRIES};
use rusqlite::{Connection, params, types::Type};

use super::row;
use crate::engine::{OwnPost, OwnPosts};

/// See [`Engine::own_posts`](crate::engine::Engine::own_posts).
pub(super) fn read(
    db: &mut Connection,
    member: MemberId,
    before: Option<Seq>,
    limit: usize,
) -> rusqlite::Result<OwnPosts> {
    let snapshot = db.transaction()?;
    let end = before.map_or(i64::MAX, row::to_sql);
    let oldest = "SELECT min(seq) FROM
        (SELECT seq FROM entries WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2)";
    let start: Option<i64> =
        snapshot.query_row(oldest, params![end, ERASE_SCAN_ENTRIES as i64], |row| {
            row.get(0)
        })?;
    let Some(start) = start else {
        return Ok(OwnPosts::default());
    };
    let sql = "SELECT seq, id, (SELECT name FROM rooms WHERE rooms.id = entries.room)
        FROM entries WHERE seq >= ?1 AND seq < ?2 AND member = ?3 AND target IS NULL
        AND substr(body, 1, 14) = '{\"kind\":\"post\"'
        AND NOT EXISTS (SELECT 1 FROM withheld WHERE withheld.room = entries.room
            AND withheld.target = entries.id)
        ORDER BY seq DESC LIMIT ?4";
    let mut statement = snapshot.prepare_cached(sql)?;
    let mut rows = statement.query(params![start, end, member.as_bytes(), limit as i64])?;
    let mut found = OwnPosts::default();
    let mut last = start;
    while let Some(row) = rows.next()? {
        let room = RoomId::try_from(row.get::<_, String>(2)?).map_err(|error| {
            rusqlite::Error::FromSqlConversionFailure(2, Type::Text, Box::new(error))
        })?;
        let id = MessageId::from_bytes(row.get(1)?);
        found.posts.push(OwnPost { room, id });
        if found.posts.len() == limit {
            last = row.get(0)?;
        }
    }
    let has_older: bool = snapshot
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM entries WHERE seq < ?1)")?
        .query_row([last], |row| row.get(0))?;
    found.next = has_older.then_some(Seq(last.cast_unsigned()));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::embedded::schema;

    #[test]
    fn a_long_log_is_looked_at_in_bounded_steps_and_every_message_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let (mut db, _) = schema::open_writer(&folder.path().join("parlor.db")).unwrap();
        db.execute_batch("INSERT INTO rooms (id, name) VALUES (1, 'lobby')")
            .unwrap();
        let entries = 2 * ERASE_SCAN_ENTRIES + 10;
        let member = MemberId::from_bytes([1; 16]);
        // Every thousandth is the member's.
        db.execute(
            "INSERT INTO entries (seq, room, prev, id, at_ms, member, name, body)
             WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
             SELECT n, 1, n - 1, CAST(printf('%016d', n) AS BLOB), 0,
                CASE WHEN n % 1000 = 0 THEN ?2 ELSE zeroblob(16) END, 'ann',
                '{\"kind\":\"post\",\"text\":\"x\"}' FROM n",
            params![entries as i64, member.as_bytes()],
        )
        .unwrap();
        let (mut before, mut found, mut steps) = (None, 0, 0);
        loop {
            let page = read(&mut db, member, before, 100).unwrap();
            assert!(page.posts.len() as u64 <= ERASE_SCAN_ENTRIES / 1_000);
            steps += 1;
            found += page.posts.len();
            assert!(page.next < before.or(Some(Seq(u64::MAX))), "it goes on");
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!((found, steps), (40, 3));
        let few = read(&mut db, member, None, 3).unwrap();
        assert_eq!((few.posts.len(), few.next), (3, Some(Seq(38_000))));
    }
}
