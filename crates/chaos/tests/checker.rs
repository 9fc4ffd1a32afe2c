//! The checker finds what it is there to find: a good record, spoiled in one way, is found out for just that.
#![allow(
    clippy::unwrap_used,
    reason = "a test that meets what it did not expect fails"
)]

use std::{sync::Arc, time::Duration};

use parlor_chaos::{
    check::{Kind, Verdict, check},
    record::{Accepted, DiskFull, Log, Logs, Record, Seen, Sight},
};
use parlor_client::{
    Body, Entry, ErrorCode, JoinOutcome, MemberId, MessageId, Name, RoomId, Seq, Text,
};

/// One room, one author of ten posts, and one reader who saw them all.
struct Run {
    logs: Logs,
    author: Record,
    reader: Record,
    disk_full: Vec<DiskFull>,
}

fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn id(n: u64) -> MessageId {
    MessageId::new(n, [u8::try_from(n).unwrap(); 10])
}

fn says(text: &str) -> Body {
    Body::post(Text::parse(text).unwrap())
}

/// The n-th post, made at second n; places lie two apart, as where another room's entries are between.
fn entry(n: u64) -> Entry {
    Entry {
        seq: Seq(2 * n),
        prev: Seq(2 * (n - 1)),
        id: id(n),
        at_ms: 1_000 * n,
        member: MemberId::from_bytes([1; 16]),
        name: Name::parse("Author").unwrap(),
        body: says(&n.to_string()),
    }
}

fn saw(n: u64) -> Seen {
    Seen::Entry(Arc::new(entry(n)))
}

fn joined(outcome: JoinOutcome, n: u64) -> Seen {
    let after = Seq(2 * n);
    Seen::Joined { outcome, after }
}

impl Run {
    fn good() -> Self {
        let log: Log = (1..=10).map(|n| Arc::new(entry(n))).collect();
        let mut author = Record::default();
        author.members.insert(MemberId::from_bytes([1; 16]));
        for n in 1..=10 {
            author.accepted.push(Accepted {
                room: lobby(),
                id: id(n),
                body: says(&n.to_string()),
                made_ms: 1_000 * n,
            });
            author.settled.insert(id(n), Seq(2 * n));
        }
        let mut run = Self {
            logs: Logs::from([(lobby(), log)]),
            author,
            reader: Record::default(),
            disk_full: Vec::new(),
        };
        run.reader.stays_in.insert(lobby());
        let mut sights = vec![Seen::Asked, joined(JoinOutcome::Reset, 2)];
        sights.extend((3..=6).map(saw));
        sights.push(joined(JoinOutcome::Resumed, 6));
        sights.extend((7..=10).map(saw));
        run.see(sights);
        run
    }

    fn see(&mut self, seen: Vec<Seen>) {
        let sight = |(n, what)| Sight {
            at: Duration::from_secs(n),
            what,
        };
        let sights = (0..).zip(seen).map(sight).collect();
        self.reader.sights.insert(lobby(), sights);
    }

    fn sights(&mut self) -> &mut Vec<Sight> {
        self.reader.sights.get_mut(&lobby()).unwrap()
    }

    fn log(&mut self) -> &mut Log {
        self.logs.get_mut(&lobby()).unwrap()
    }

    /// The place among the sights where the n-th entry was seen.
    fn place(&mut self, n: u64) -> usize {
        let is_it = |sight: &Sight| sight.what == saw(n);
        self.sights().iter().position(is_it).unwrap()
    }

    fn verdict(&self) -> Verdict {
        let records = [self.author.clone(), self.reader.clone()];
        check(&self.logs, &records, &self.disk_full)
    }

    /// Each wrong thing that is found, with its place.
    #[track_caller]
    fn finds(&self, expected: &[(Kind, u64)]) {
        let violations = self.verdict().violations;
        let found: Vec<(Kind, u64)> = violations
            .iter()
            .map(|v| (v.kind, v.seq.map_or(0, |seq| seq.0 / 2)))
            .collect();
        assert_eq!(found, expected, "{violations:#?}");
    }
}

#[test]
fn a_good_record_is_found_good_and_counted() {
    let run = Run::good();
    run.finds(&[]);
    let verdict = run.verdict();
    assert_eq!((verdict.entries_verified, verdict.entries_on_log), (8, 10));
    assert_eq!((verdict.accepted, verdict.acknowledged), (10, 10));
    assert_eq!((verdict.resets, verdict.resumed), (1, 1));
}

#[test]
fn a_gap_is_found_in_the_middle_and_over_a_resume() {
    let mut run = Run::good();
    let place = run.place(5);
    run.sights().remove(place);
    run.finds(&[(Kind::Gap, 5)]);

    let mut run = Run::good();
    let place = run.place(7);
    run.sights()[place - 1].what = joined(JoinOutcome::Resumed, 7);
    run.sights().remove(place);
    run.finds(&[(Kind::Gap, 7)]);
}

#[test]
fn an_end_before_the_head_is_found_where_the_client_stayed() {
    let mut run = Run::good();
    run.sights().pop();
    run.finds(&[(Kind::Behind, 9)]);
    run.reader.stays_in.clear();
    run.finds(&[]);
}

#[test]
fn a_duplicate_is_found_and_so_is_one_from_before_the_start() {
    let mut run = Run::good();
    let place = run.place(5);
    let again = run.sights()[place].clone();
    run.sights().insert(place + 1, again);
    run.finds(&[(Kind::Duplicate, 5)]);

    let mut run = Run::good();
    let place = run.place(3);
    run.sights()[place].what = saw(2);
    run.finds(&[(Kind::Duplicate, 2), (Kind::Gap, 3)]);
}

#[test]
fn a_swap_is_one_reordering_and_not_a_gap() {
    let mut run = Run::good();
    let place = run.place(4);
    run.sights().swap(place, place + 1);
    run.finds(&[(Kind::Reordering, 4)]);
}

#[test]
fn an_invented_entry_and_an_altered_one_are_found() {
    let mut run = Run::good();
    let place = run.place(4);
    let mut invented = entry(4);
    invented.seq = Seq(9);
    run.sights()[place + 1].what = Seen::Entry(Arc::new(invented));
    run.finds(&[(Kind::NotOnLog, 4), (Kind::Gap, 5)]);

    let mut run = Run::good();
    let mut altered = entry(4);
    altered.body = says("something else");
    run.sights()[place].what = Seen::Entry(Arc::new(altered));
    run.finds(&[(Kind::NotOnLog, 4)]);
}

#[test]
fn a_reset_is_for_those_who_know_nothing() {
    let mut run = Run::good();
    let place = run.place(7);
    run.sights()[place - 1].what = joined(JoinOutcome::Reset, 6);
    run.finds(&[(Kind::Reset, 6)]);
    // Whoever left, or started anew, asks as a newcomer.
    let asked = Sight {
        at: Duration::from_secs(5),
        what: Seen::Asked,
    };
    run.sights().insert(place - 1, asked);
    run.finds(&[]);
}

#[test]
fn a_lost_post_a_doubled_one_and_one_of_nobody_are_found() {
    let mut run = Run::good();
    run.author.accepted[3].id = id(11);
    run.finds(&[(Kind::Lost, 0), (Kind::NotPosted, 4)]);

    let mut run = Run::good();
    let mut again = entry(11);
    again.id = id(4);
    again.body = says("4");
    run.log().push(Arc::new(again));
    run.sights().last_mut().unwrap().what = saw(10);
    run.reader.stays_in.clear();
    run.finds(&[(Kind::Doubled, 11)]);
}

#[test]
fn a_post_that_was_changed_on_its_way_is_found() {
    let mut run = Run::good();
    run.author.accepted[3].body = says("what I meant");
    run.finds(&[(Kind::NotPosted, 4)]);

    let mut run = Run::good();
    run.author.settled.insert(id(4), Seq(10));
    run.finds(&[(Kind::NotOnLog, 4)]);
}

#[test]
fn a_refusal_needs_a_cause_and_a_refused_post_is_not_on_the_log() {
    let mut run = Run::good();
    run.author.refused.insert(id(4), ErrorCode::TargetUnknown);
    run.finds(&[(Kind::Refused, 4)]);

    let mut run = Run::good();
    run.author.accepted.push(Accepted {
        room: lobby(),
        id: id(11),
        body: Body::Deletion { target: id(1) },
        made_ms: 11_000,
    });
    run.author.refused.insert(id(11), ErrorCode::TargetUnknown);
    run.finds(&[(Kind::Refused, 0)]);
    // Once the message is deleted, there is a cause.
    let deletion = Body::Deletion { target: id(1) };
    run.author.accepted[1].body = deletion.clone();
    Arc::make_mut(&mut run.log()[1]).body = deletion;
    run.finds(&[]);
    run.author.refused.insert(id(11), ErrorCode::NotAuthor);
    run.finds(&[(Kind::Refused, 0)]);
}

#[test]
fn an_authors_posts_keep_their_order_unless_a_disk_was_full() {
    let mut run = Run::good();
    run.author.accepted.swap(3, 4);
    run.finds(&[(Kind::AuthorOrder, 5)]);
    run.disk_full.push(DiskFull {
        from_ms: 4_000,
        until_ms: 6_000,
    });
    run.finds(&[]);
    assert_eq!(run.verdict().put_back, 1);
    run.disk_full[0].from_ms = 5_500;
    run.finds(&[(Kind::AuthorOrder, 5)]);
}

#[test]
fn a_break_in_the_logs_chain_and_what_a_client_complains_of_are_told() {
    let mut run = Run::good();
    run.log().remove(0);
    run.author.accepted.remove(0);
    run.author
        .complaints
        .push("the line was never good".to_owned());
    run.finds(&[(Kind::Chain, 2), (Kind::Complaint, 0)]);
}
