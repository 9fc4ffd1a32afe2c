//! Where a log that follows a stream is in it, and what it remembers of those who publish there.

use parlor_shared::{
    Epoch,
    limits::{STREAM_GROUPS_KEPT_MAX, STREAM_NODES_MAX, STREAM_PLACES_MAX},
};
use rusqlite::{Connection, OptionalExtension, params};

use super::row;
use crate::engine::replicated::group::{Incarnation, StreamHash, StreamPlace};

/// How far a log has followed its stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Followed {
    pub(super) epoch: Epoch,
    pub(super) place: StreamPlace,
    /// The time of the newest entry: none is older than those before it.
    pub(super) at_ms: u64,
    /// The sequence of the newest change of admin.db; 0 if there was none.
    pub(super) admin: u64,
}

/// How far this log has followed its stream; `None` if it follows none.
pub(super) fn read(db: &Connection) -> rusqlite::Result<Option<Followed>> {
    db.prepare_cached("SELECT epoch, sequence, hash, at_ms, admin FROM stream")?
        .query_row([], |row| {
            let (sequence, hash) = (row.get::<_, i64>(1)?.cast_unsigned(), row.get(2)?);
            let hash = StreamHash(hash);
            Ok(Followed {
                epoch: Epoch::from_bytes(row.get(0)?),
                place: StreamPlace { sequence, hash },
                at_ms: row.get::<_, i64>(3)?.cast_unsigned(),
                admin: row.get::<_, i64>(4)?.cast_unsigned(),
            })
        })
        .optional()
}

/// Begins to follow a stream, or another epoch of it, after this place.
pub(super) fn begin(db: &Connection, epoch: Epoch, place: StreamPlace) -> rusqlite::Result<()> {
    let at_ms: Option<i64> = db.query_row("SELECT max(at_ms) FROM stream", [], |row| row.get(0))?;
    end(db)?;
    let at_ms = at_ms.unwrap_or_default();
    db.execute(
        "INSERT INTO stream (epoch, sequence, hash, at_ms) VALUES (?1, ?2, ?3, ?4)",
        params![
            epoch.as_bytes(),
            place.sequence.cast_signed(),
            place.hash.0,
            at_ms
        ],
    )?;
    keep_place(db, place)
}

/// The key that signs the tokens of all nodes; `None` until the stream's epoch has one.
pub(super) fn key(db: &Connection) -> rusqlite::Result<Option<[u8; 32]>> {
    db.query_row("SELECT secret FROM log, stream WHERE has_key", [], |row| {
        row.get(0)
    })
    .optional()
}

/// Takes a key in as the epoch's, unless it has one.
pub(super) fn set_key(db: &Connection, key: [u8; 32]) -> rusqlite::Result<()> {
    if db.execute("UPDATE stream SET has_key = 1 WHERE NOT has_key", [])? > 0 {
        db.execute("UPDATE log SET secret = ?1", [key])?;
    }
    Ok(())
}

/// Notes that admin.db has a change that stands at this sequence.
pub(super) fn note_admin(db: &Connection, sequence: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE stream SET admin = ?1")?
        .execute([sequence.cast_signed()])?;
    Ok(())
}

/// Follows no stream from now on.
pub(super) fn end(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch(
        "DELETE FROM stream; DELETE FROM stream_nodes; DELETE FROM stream_places; DELETE FROM stream_groups",
    )
}

/// Notes how far the log has come, in the transaction that has applied it.
pub(super) fn advance(db: &Connection, place: StreamPlace, at_ms: u64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE stream SET sequence = ?1, hash = ?2, at_ms = ?3")?
        .execute(params![
            place.sequence.cast_signed(),
            place.hash.0,
            at_ms.cast_signed()
        ])?;
    keep_place(db, place)
}

fn keep_place(db: &Connection, place: StreamPlace) -> rusqlite::Result<()> {
    let sequence = place.sequence.cast_signed();
    db.prepare_cached("INSERT OR REPLACE INTO stream_places (sequence, hash) VALUES (?1, ?2)")?
        .execute(params![sequence, place.hash.0])?;
    db.prepare_cached("DELETE FROM stream_places WHERE sequence <= ?1")?
        .execute([sequence - STREAM_PLACES_MAX as i64])?;
    Ok(())
}

/// Keeps a group as it was published, so that it can be put back into a stream that has lost its
/// end: the newest ones, and none from before a deletion.
pub(super) fn keep_group(db: &Connection, sequence: u64, payload: &[u8]) -> rusqlite::Result<()> {
    let sequence = sequence.cast_signed();
    let digest = StreamHash::of(&[payload]).0;
    let insert =
        "INSERT OR REPLACE INTO stream_groups (sequence, digest, payload) VALUES (?1, ?2, ?3)";
    db.prepare_cached(insert)?
        .execute(params![sequence, digest, payload])?;
    db.prepare_cached("DELETE FROM stream_groups WHERE sequence <= ?1")?
        .execute([sequence - STREAM_GROUPS_KEPT_MAX as i64])?;
    Ok(())
}

/// Forgets the groups that are kept: words that were deleted may be in them.
pub(super) fn forget_groups(db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached("DELETE FROM stream_groups")?
        .execute([])
        .map(drop)
}

/// Whether a group with these bytes is kept: nothing was deleted since then.
pub(super) fn has_group(db: &Connection, payload: &[u8]) -> rusqlite::Result<bool> {
    db.prepare_cached("SELECT 1 FROM stream_groups WHERE digest = ?1")?
        .exists([StreamHash::of(&[payload]).0])
}

/// A group that is kept.
pub(super) fn group_at(db: &Connection, sequence: u64) -> rusqlite::Result<Option<Vec<u8>>> {
    db.prepare_cached("SELECT payload FROM stream_groups WHERE sequence = ?1")?
        .query_row([sequence.cast_signed()], |row| row.get(0))
        .optional()
}

/// The running hash that this log had at a sequence; `None` where it is forgotten, or yet to come.
pub(super) fn hash_at(db: &Connection, sequence: u64) -> rusqlite::Result<Option<StreamHash>> {
    db.prepare_cached("SELECT hash FROM stream_places WHERE sequence = ?1")?
        .query_row([sequence.cast_signed()], |row| row.get(0).map(StreamHash))
        .optional()
}

/// Whether this group of a node was applied before. If not, it counts as applied from now on.
pub(super) fn is_repeated(
    db: &Connection,
    node: Incarnation,
    number: u64,
    sequence: u64,
) -> rusqlite::Result<bool> {
    let newest: Option<i64> = db
        .prepare_cached("SELECT number FROM stream_nodes WHERE node = ?1")?
        .query_row([node.0], |row| row.get(0))
        .optional()?;
    if newest.is_some_and(|newest| newest.cast_unsigned() >= number) {
        return Ok(true);
    }
    db.prepare_cached(
        "INSERT OR REPLACE INTO stream_nodes (node, number, sequence) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![
        node.0,
        number.cast_signed(),
        sequence.cast_signed()
    ])?;
    if newest.is_none() {
        // Runs that published last a long time ago have ended.
        db.prepare_cached(
            "DELETE FROM stream_nodes WHERE node IN
                (SELECT node FROM stream_nodes ORDER BY sequence DESC LIMIT -1 OFFSET ?1)",
        )?
        .execute([STREAM_NODES_MAX as i64])?;
    }
    Ok(false)
}

/// Whether the log has entries of its own, which are in no stream.
pub(super) fn has_entries(db: &Connection) -> rusqlite::Result<bool> {
    Ok(row::head(db)?.0 > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::embedded::{schema, steps::Steps};

    #[test]
    fn what_is_remembered_of_a_stream_is_bounded() {
        let folder = tempfile::tempdir().unwrap();
        let (mut db, _) = schema::open_writer(&folder.path().join("parlor.db")).unwrap();
        let transaction = db.transaction().unwrap();
        let epoch = Epoch::new([1; 16]);
        let mut place = StreamPlace::start(epoch, 0);
        begin(&transaction, epoch, place).unwrap();
        let node = |sequence: u64| {
            let mut name = [0; 16];
            name[..8].copy_from_slice(&sequence.to_be_bytes());
            Incarnation(name)
        };
        let count = STREAM_NODES_MAX.max(STREAM_PLACES_MAX) as u64 + 2;
        for sequence in 1..=count {
            place = place.next(b"group");
            advance(&transaction, place, 0).unwrap();
            if sequence < count {
                transaction
                    .prepare_cached("INSERT INTO stream_nodes VALUES (?1, 1, ?2)")
                    .unwrap()
                    .execute(params![node(sequence).0, sequence.cast_signed()])
                    .unwrap();
            }
        }
        // The start of another node forgets those of long ago.
        assert!(!is_repeated(&transaction, node(count), 1, count).unwrap());
        for (table, max) in [
            ("stream_nodes", STREAM_NODES_MAX),
            ("stream_places", STREAM_PLACES_MAX),
        ] {
            let query = format!("SELECT count(*) FROM {table}");
            let kept: i64 = transaction.query_row(&query, [], |row| row.get(0)).unwrap();
            assert_eq!(kept, max as i64, "{table}");
        }
        assert_eq!(
            hash_at(&transaction, place.sequence).unwrap(),
            Some(place.hash)
        );
        assert_eq!(hash_at(&transaction, 1).unwrap(), None);
        assert!(is_repeated(&transaction, node(count), 1, count + 1).unwrap());
    }

    #[test]
    fn whether_a_group_is_kept_costs_the_same_however_many_are() {
        let folder = tempfile::tempdir().unwrap();
        let (db, steps) = Steps::open(folder.path());
        let cost = |payload: &[u8], expected| {
            let before = steps.count();
            assert_eq!(has_group(&db, payload).unwrap(), expected);
            steps.count() - before
        };
        let keep = |sequence: u64| keep_group(&db, sequence, &sequence.to_be_bytes()).unwrap();
        keep(1);
        let of_few = (cost(&1_u64.to_be_bytes(), true), cost(b"none", false));
        db.execute_batch("BEGIN").unwrap();
        (2..=STREAM_GROUPS_KEPT_MAX as u64).for_each(keep);
        db.execute_batch("COMMIT").unwrap();
        let of_many = (cost(&1_u64.to_be_bytes(), true), cost(b"none", false));
        assert_eq!(of_few, of_many);
    }

    #[test]
    fn the_newest_groups_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (mut db, _) = schema::open_writer(&folder.path().join("parlor.db")).unwrap();
        let transaction = db.transaction().unwrap();
        let count = STREAM_GROUPS_KEPT_MAX as u64 + 3;
        for sequence in 1..=count {
            keep_group(&transaction, sequence, &sequence.to_be_bytes()).unwrap();
        }
        let at = |sequence| group_at(&transaction, sequence).unwrap();
        assert_eq!((at(1), at(3)), (None, None));
        for sequence in 4..=count {
            assert_eq!(at(sequence), Some(sequence.to_be_bytes().to_vec()));
        }
        forget_groups(&transaction).unwrap();
        assert_eq!(at(count), None);
    }
}
