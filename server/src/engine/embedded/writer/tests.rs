use parlor_shared::{Body, Entry, MemberId, MessageId, Name, RoomId, Seq};

use super::*;
use crate::engine::embedded::Embedded;
use crate::engine::embedded::origin::Origin;

/// A backup or a check, say.
#[test]
fn while_another_program_reads_for_long_the_writer_waits_between_its_attempts() {
    let folder = tempfile::tempdir().unwrap();
    let spawner = Arc::new(|_| {});
    let (_log, mut writer, _) =
        Embedded::prepare(folder.path(), Origin::Own, Arc::new(()), spawner).unwrap();
    let reader = Connection::open(schema::path_in(folder.path())).unwrap();
    reader
        .execute_batch("BEGIN; SELECT epoch FROM epochs")
        .unwrap();
    writer
        .db
        .execute("UPDATE log SET seen_rows = 7", [])
        .unwrap();
    let unpin = Committed {
        room: RoomId::parse("lobby").unwrap(),
        entry: Entry {
            seq: Seq(1),
            prev: Seq::ZERO,
            id: MessageId::new(1, [0; 10]),
            at_ms: 1,
            member: MemberId::from_bytes([1; 16]),
            name: Name::parse("ann").unwrap(),
            body: Body::Pin {
                target: MessageId::new(2, [0; 10]),
                on: false,
            },
        },
    };
    writer.eraser.on_committed(&[unpin]);
    writer.keep_wal().unwrap();
    writer.wal.let_idle();
    // The reader delays both: emptying the write-ahead log of words, and shrinking it.
    for _ in 0..2 {
        assert_eq!(writer.due(), Some(Duration::ZERO));
        writer.step();
    }
    assert!(writer.eraser.has_work());
    assert!(writer.due().unwrap() > Duration::ZERO);
}
