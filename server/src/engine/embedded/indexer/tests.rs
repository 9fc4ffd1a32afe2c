use super::*;

#[test]
fn rooms_with_expired_messages_are_looked_at_once_and_a_bounded_number_in_a_step() {
    const ROOMS: usize = 2 * EXPIRED_ROOMS_MAX + 1;
    let folder = tempfile::tempdir().unwrap();
    let (db, _) = schema::open_writer(&schema::path_in(folder.path())).unwrap();
    let rooms = "INSERT INTO rooms (name, start)
        WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)
        SELECT 'r' || n, n FROM n";
    db.execute(rooms, [ROOMS as i64]).unwrap();
    let news = Arc::new(IndexerNews::default());
    let mut indexer = Indexer::open(
        folder.path(),
        news.clone(),
        Default::default(),
        Failures::default(),
    )
    .unwrap();
    news.on_expired();
    let mut steps = 0;
    while indexer.step().unwrap() {
        steps += 1;
    }
    // The last one finds that no rooms are left.
    assert_eq!(steps, ROOMS.div_ceil(EXPIRED_ROOMS_MAX) + 1);
    for room in [1, EXPIRED_ROOMS_MAX, ROOMS] {
        let until = fts::start(&indexer.index, room as i64).unwrap();
        assert_eq!(until, Seq(room as u64));
    }
    // What retention deletes during a round is looked at in another one.
    let update = "UPDATE rooms SET start = 9000 WHERE id = 1";
    news.on_expired();
    assert!(indexer.step().unwrap());
    db.execute(update, []).unwrap();
    news.on_expired();
    while indexer.step().unwrap() {}
    assert_eq!(fts::start(&indexer.index, 1).unwrap(), Seq(9_000));
}
