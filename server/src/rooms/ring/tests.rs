use super::*;

fn frame(text: &str) -> Bytes {
    Bytes::copy_from_slice(text.as_bytes())
}

/// A ring of `"a1 ~x b2"`: entry `a` at place 1, an ephemeral frame, entry `b` at place 2.
fn ring(frames: &str) -> Ring {
    let mut ring = Ring::new(Seq::ZERO, RingBounds::default());
    for word in frames.split_whitespace() {
        match word.strip_prefix('~') {
            Some(_) => ring.push_ephemeral(frame(word)),
            None => ring.push_entry(Seq(word[1..].parse().unwrap()), frame(&word[..1]), None),
        }
    }
    ring
}

fn text(read: RingRead) -> String {
    match read {
        RingRead::Frames(read) => String::from_utf8(read.bytes.to_vec()).unwrap(),
        RingRead::Empty => "empty".into(),
        RingRead::Lagged => "lagged".into(),
    }
}

#[test]
fn one_read_gives_all_pending_frames() {
    let mut ring = ring("a1 ~x b2 c7");
    assert_eq!(text(ring.read(0)), "a~xbc");
    assert_eq!(text(ring.read(2)), "bc");
    assert_eq!(text(ring.read(3)), "c");
    assert_eq!(text(ring.read(4)), "empty");
    ring.push_entry(Seq(9), frame("d"), None);
    assert_eq!(
        text(ring.read(2)),
        "bcd",
        "a merged read is not reused once there is more"
    );
}

#[test]
fn cursors_at_the_same_position_share_one_buffer() {
    let mut ring = ring("a1 b2 c3");
    let (RingRead::Frames(one), RingRead::Frames(two)) = (ring.read(1), ring.read(1)) else {
        panic!("both have frames")
    };
    assert_eq!(one.bytes.as_ptr(), two.bytes.as_ptr());
}

#[test]
fn cursors_that_catch_up_together_share_one_buffer() {
    let mut ring = ring("a1 ~x b2 c3");
    let read = |ring: &mut Ring, until| match ring.read_entries(0, until) {
        RingRead::Frames(read) => read.bytes,
        RingRead::Empty | RingRead::Lagged => panic!("frames"),
    };
    let one = read(&mut ring, 4);
    assert_eq!(one.as_ptr(), read(&mut ring, 4).as_ptr());
    ring.push_entry(Seq(4), frame("d"), None);
    assert_eq!(read(&mut ring, 5), "abcd", "a new entry is included");
    assert_eq!(read(&mut ring, 3), "ab", "another `until` is another read");
}

/// A cursor's reads from this frame to the ring's end: their bytes, and where each is in memory.
fn catch_up(ring: &mut Ring, mut from: u64) -> Vec<Bytes> {
    let (mut reads, end) = (Vec::new(), ring.end());
    while let RingRead::Frames(read) = ring.read_entries(from, end) {
        assert!(read.next.frame > from && read.bytes.len() <= CHUNK_BYTES_MAX);
        assert_eq!(read.more, read.next.frame < end);
        from = read.next.frame;
        reads.push(read.bytes);
    }
    assert_eq!(from, end);
    reads
}

#[test]
fn cursors_at_different_places_of_what_they_missed_share_its_pages() {
    let mut ring = Ring::new(Seq::ZERO, RingBounds::default());
    let entry = |seq: u64| Bytes::from(vec![b'a' + (seq % 26) as u8; CHUNK_BYTES_MAX / 10]);
    let mut all = Vec::new();
    for seq in 1..=55 {
        ring.push_entry(Seq(seq), entry(seq), None);
        ring.push_ephemeral(frame("~"));
        all.push(entry(seq));
    }
    let first = catch_up(&mut ring, 40);
    assert_eq!(first.len(), 4, "as few writes as can be");
    // Cursors that begin before it, behind it and between its pages.
    for from in [41, 39, 0, 2, 1, 60, 7, 109] {
        let reads = catch_up(&mut ring, from);
        let missed = all[from.div_ceil(2) as usize..].concat();
        assert!(reads.concat() == missed, "from {from}");
        let writes = missed.len().div_ceil(CHUNK_BYTES_MAX);
        assert!(
            reads.len() <= writes + 2,
            "{} writes from {from}",
            reads.len()
        );
        if from < 80 {
            let (last, shared) = (reads.last().unwrap(), first.last().unwrap());
            assert_eq!(last.as_ptr(), shared.as_ptr(), "from {from}");
        }
    }
    let kept: usize = ring.pages.bytes();
    assert!(kept <= ring.bytes, "{kept} bytes beside {}", ring.bytes);
}

#[test]
fn entries_that_come_while_others_catch_up_make_no_small_pages() {
    let mut ring = Ring::new(Seq::ZERO, RingBounds::default());
    for seq in 1..=200 {
        ring.push_entry(Seq(seq), Bytes::from(vec![b'x'; 1_000]), None);
        // One that had everything, and one that begins anywhere.
        catch_up(&mut ring, seq - 1);
        catch_up(&mut ring, seq / 2);
    }
    let writes = 200_000_usize.div_ceil(CHUNK_BYTES_MAX);
    let reads = catch_up(&mut ring, 0).len();
    assert!(reads <= writes + 2, "{reads} writes");
}

#[test]
fn a_position_is_found_by_the_entry_before_it() {
    let ring = ring("a3 ~x b5 c8");
    assert_eq!(ring.find(Seq::ZERO), Some(0));
    assert_eq!(
        ring.find(Seq(3)),
        Some(2),
        "the ephemeral frame before `b` is skipped"
    );
    assert_eq!(ring.find(Seq(5)), Some(3));
    assert_eq!(ring.find(Seq(8)), Some(4));
}

#[test]
fn catching_up_reads_entries_only() {
    let mut ring = ring("a1 ~x b2 ~y c3");
    assert_eq!(text(ring.read_entries(1, 4)), "b");
    assert_eq!(
        text(ring.read_entries(3, 4)),
        "",
        "ephemeral frames alone give no bytes and move the position"
    );
    assert_eq!(text(ring.read_entries(5, 5)), "empty");
}

#[test]
fn a_position_before_the_oldest_frame_has_lagged() {
    let mut ring = Ring::new(Seq(10), RingBounds::default());
    let count = RING_FRAMES_MAX as u64 + 5;
    for seq in 11..11 + count {
        ring.push_entry(Seq(seq), frame("x"), None);
    }
    assert_eq!(text(ring.read(4)), "lagged");
    assert_eq!(text(ring.read_entries(4, 6)), "lagged");
    assert_eq!(
        ring.find(Seq(14)),
        None,
        "15 was dropped, so a cursor after 14 reads the log"
    );
    assert_eq!(ring.find(Seq(15)), Some(5));
    assert_eq!(ring.end(), count);
}

#[test]
fn the_ring_is_bounded_in_bytes() {
    let mut ring = Ring::new(Seq::ZERO, RingBounds::default());
    let big = Bytes::from(vec![b'x'; RING_BYTES_MAX / 4]);
    for seq in 1..=6 {
        ring.push_entry(Seq(seq), big.clone(), None);
    }
    assert_eq!(ring.find(Seq(1)), None);
    assert_eq!(ring.find(Seq(2)), Some(2));
    let RingRead::Frames(read) = ring.read(2) else {
        panic!("frames")
    };
    assert_eq!(read.next.frame, 3, "at least one frame, of any size");
}

#[test]
fn the_words_of_a_deleted_message_are_in_no_read_from_then_on() {
    let mut ring = Ring::new(Seq::ZERO, RingBounds::default());
    let id = |n| MessageId::new(n, [0; 10]);
    ring.push_entry(Seq(1), frame("secret "), Some(id(1)));
    ring.push_entry(Seq(2), frame("hello "), Some(id(2)));
    ring.push_entry(Seq(3), frame("edited "), Some(id(1)));
    ring.push_ephemeral(frame("~ "));
    // Reads that are kept for the next cursor.
    assert_eq!(text(ring.read(0)), "secret hello edited ~ ");
    assert_eq!(text(ring.read_entries(0, 4)), "secret hello edited ");
    ring.blank(&HashSet::from([id(1)]), |_| frame("- "));
    assert_eq!(text(ring.read(0)), "- hello - ~ ");
    assert_eq!(text(ring.read_entries(0, 4)), "- hello - ");
    assert_eq!(ring.bytes, "- hello - ~ ".len());
}

#[test]
fn an_entry_at_or_before_the_head_is_ignored() {
    let mut ring = Ring::new(Seq(5), RingBounds::default());
    ring.push_entry(Seq(5), frame("old"), None);
    assert_eq!(ring.end(), 0);
}

#[test]
fn frames_expire_at_the_second_call_and_the_rest_is_found_as_before() {
    let mut ring = ring("a1 ~x b2");
    ring.expire();
    ring.push_entry(Seq(3), frame("c"), None);
    assert_eq!(text(ring.read(0)), "a~xbc");
    ring.expire();
    assert_eq!(text(ring.read(2)), "lagged");
    assert_eq!(text(ring.read(3)), "c");
    assert_eq!((ring.find(Seq(1)), ring.find(Seq(2))), (None, Some(3)));
    assert_eq!(ring.bytes, 1);
    ring.expire();
    assert_eq!((ring.find(Seq(2)), ring.find(Seq(3))), (None, Some(4)));
    assert_eq!((ring.head(), ring.end(), ring.bytes), (Seq(3), 4, 0));
}
