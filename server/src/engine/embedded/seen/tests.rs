use super::*;
use crate::engine::embedded::schema;

fn seen(member: u8, room: usize, seq: u64, at_ms: u64) -> Seen {
    Seen {
        member: MemberId::from_bytes([member; 16]),
        room: RoomId::parse(&format!("r{room}")).unwrap(),
        seq: Seq(seq),
        at_ms,
    }
}

fn open() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let (db, _) = schema::open_writer(&folder.path().join("parlor.db")).unwrap();
    (folder, db)
}

/// Writes all that waits.
fn write_all(db: &Connection, writer: &mut SeenWriter) {
    while writer.has_work() {
        let written = writer.write(db).unwrap();
        writer.on_committed(written);
    }
    let rows: i64 = db
        .query_row("SELECT count(*) FROM seen", [], |row| row.get(0))
        .unwrap();
    assert_eq!(SeenRows(rows as usize), writer.rows);
    let opened = SeenWriter::open(db, Arc::default()).unwrap();
    assert_eq!(opened.rows, writer.rows, "after a start");
}

#[test]
fn of_a_members_rooms_the_one_seen_least_recently_makes_way() {
    let (_folder, db) = open();
    let queue = Arc::new(SeenQueue::default());
    let mut writer = SeenWriter::open(&db, queue.clone()).unwrap();
    for room in 0..SEEN_ROOMS_MAX {
        queue.push(seen(1, room, 7, room as u64));
    }
    queue.push(seen(2, 0, 7, 0));
    queue.push(seen(1, 0, 8, 10_000));
    write_all(&db, &mut writer);
    queue.push(seen(1, SEEN_ROOMS_MAX, 7, 20_000));
    write_all(&db, &mut writer);
    let at = |member, room| {
        let of = seen(member, room, 0, 0);
        read(&db, of.member, &of.room).unwrap()
    };
    assert_eq!(writer.rows, SeenRows(SEEN_ROOMS_MAX + 1));
    assert_eq!(at(1, 0), Some(Seq(8)));
    assert_eq!(at(1, 1), None, "seen least recently");
    assert_eq!(at(1, 2), Some(Seq(7)));
    assert_eq!(at(1, SEEN_ROOMS_MAX), Some(Seq(7)));
    assert_eq!(at(2, 0), Some(Seq(7)), "another member's");
}

#[test]
fn a_full_table_and_rows_of_members_who_are_gone_for_long_make_way() {
    let (_folder, db) = open();
    let queue = Arc::new(SeenQueue::default());
    db.execute(
        "INSERT INTO seen (member, room, seq, at_ms)
         WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
         SELECT CAST(n AS BLOB), 'lobby', 1, n FROM n",
        [SEEN_ROWS_MAX as i64],
    )
    .unwrap();
    let note_rows = "UPDATE log SET seen_rows = (SELECT count(*) FROM seen)";
    db.execute(note_rows, []).unwrap();
    let mut writer = SeenWriter::open(&db, queue.clone()).unwrap();
    assert_eq!(writer.rows, SeenRows(SEEN_ROWS_MAX));
    queue.push(seen(1, 0, 7, SEEN_ROWS_MAX as u64));
    write_all(&db, &mut writer);
    assert_eq!(writer.rows, SeenRows(SEEN_ROWS_MAX));
    let oldest = "SELECT min(at_ms) FROM seen";
    let oldest: i64 = db.query_row(oldest, [], |row| row.get(0)).unwrap();
    assert_eq!(oldest, 2);
    // All but these two were seen before that many days.
    db.execute(
        "DELETE FROM seen WHERE at_ms > 10 AND at_ms < ?1",
        [SEEN_ROWS_MAX as i64],
    )
    .unwrap();
    db.execute(note_rows, []).unwrap();
    let mut writer = SeenWriter::open(&db, queue.clone()).unwrap();
    queue.push(seen(2, 0, 7, 11 + SEEN_DAYS_MAX * DAY_MS));
    write_all(&db, &mut writer);
    assert_eq!(writer.rows, SeenRows(3));
}

#[test]
fn what_waits_is_bounded_and_a_position_that_changes_meanwhile_is_written_again() {
    let (_folder, db) = open();
    let queue = Arc::new(SeenQueue::default());
    let mut writer = SeenWriter::open(&db, queue.clone()).unwrap();
    assert_eq!(queue.push(seen(1, 0, 1, 0)), Queued::First);
    for room in 1..SEEN_PENDING_MAX {
        assert_eq!(queue.push(seen(1, room, 1, 0)), Queued::Behind);
    }
    assert_eq!(queue.push(seen(1, SEEN_PENDING_MAX, 1, 0)), Queued::Full);
    assert_eq!(queue.push(seen(1, 0, 2, 0)), Queued::Behind);
    let written = writer.write(&db).unwrap();
    assert_eq!(written.positions.len(), SEEN_GROUP_MAX);
    let Seen { member, room, .. } = written.positions[0].clone();
    let (seq, at_ms) = (Seq(9), 1);
    queue.push(Seen {
        member,
        room: room.clone(),
        seq,
        at_ms,
    });
    writer.on_committed(written);
    assert_eq!(queue.get(member, &room), Some(seq), "until it is written");
    assert!(writer.due().is_some());
    write_all(&db, &mut writer);
    assert_eq!(writer.due(), None);
    assert_eq!(queue.get(member, &room), None);
    assert_eq!(read(&db, member, &room).unwrap(), Some(seq));
}

#[test]
fn of_what_stands_in_a_stream_the_newest_of_each_member_and_room_counts() {
    let (_folder, db) = open();
    let mut rows = SeenRows(0);
    for group in [
        vec![seen(1, 0, 7, 100), seen(2, 0, 5, 100)],
        vec![seen(1, 0, 3, 99), seen(1, 1, 4, 99)],
        vec![seen(2, 0, 6, 100)],
    ] {
        rows = apply(&db, group, rows).unwrap();
    }
    let at = |member, room| {
        let of = seen(member, room, 0, 0);
        read(&db, of.member, &of.room).unwrap()
    };
    assert_eq!(at(1, 0), Some(Seq(7)), "what was said before is old");
    assert_eq!((at(1, 1), at(2, 0)), (Some(Seq(4)), Some(Seq(6))));
    assert_eq!(rows, SeenRows(3));
    let opened = SeenWriter::open(&db, Arc::default()).unwrap();
    assert_eq!(opened.rows, rows, "after a start");
}
