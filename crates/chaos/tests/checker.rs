//! Tests of the check: a correct record that is broken in one way yields exactly that violation.
#![allow(clippy::unwrap_used, reason = "a panic fails the test")]

use std::{sync::Arc, time::Duration};

use parlor_chaos::{
    check::{Verdict, ViolationKind as Kind, check},
    record::{AcceptedPost, Log, Logs, Loss, Observation, Observed, Record, Start},
};
use parlor_client::{
    Body, Entry, Epoch, ErrorCode, JoinOutcome, MemberId, MessageId, Name, Position, RoomId, Seq,
    Text,
};

/// A room, an author of ten posts, and a reader who received the last eight.
struct Run {
    logs: Logs,
    author: Record,
    reader: Record,
    starts: Vec<Start>,
}

fn lobby() -> RoomId {
    RoomId::parse("lobby").unwrap()
}

fn id(n: u64) -> MessageId {
    MessageId::new(n, [u8::try_from(n).unwrap(); 10])
}

/// The epoch of the n-th start.
fn epoch(n: u8) -> Epoch {
    Epoch::from_bytes([n; 16])
}

/// The place of the n-th post in this epoch.
fn place(in_epoch: u8, n: u64) -> Position {
    let (epoch, seq) = (epoch(in_epoch), Seq(2 * n));
    Position { epoch, seq }
}

fn body(text: &str) -> Body {
    Body::post(Text::parse(text).unwrap())
}

/// The n-th post, made at second n. Its seq is 2n, as if another room had every other entry.
fn entry(n: u64) -> Entry {
    Entry {
        seq: Seq(2 * n),
        prev: Seq(2 * (n - 1)),
        id: id(n),
        at_ms: 1_000 * n,
        member: MemberId::from_bytes([1; 16]),
        name: Name::parse("Author").unwrap(),
        body: body(&n.to_string()),
    }
}

fn received(n: u64) -> Observed {
    Observed::Entry(Arc::new(entry(n)))
}

fn joined(outcome: JoinOutcome, n: u64) -> Observed {
    let after = Seq(2 * n);
    Observed::Joined {
        outcome,
        after,
        epoch: epoch(1),
    }
}

impl Run {
    fn correct() -> Self {
        let log: Log = (1..=10).map(|n| Arc::new(entry(n))).collect();
        let mut author = Record::default();
        author.members.insert(MemberId::from_bytes([1; 16]));
        for n in 1..=10 {
            author.accepted.push(AcceptedPost {
                room: lobby(),
                id: id(n),
                body: body(&n.to_string()),
            });
            author.acked.insert(id(n), place(1, n));
        }
        let mut run = Self {
            logs: Logs::from([(lobby(), log)]),
            author,
            reader: Record::default(),
            starts: vec![Start {
                epoch: epoch(1),
                loss: None,
            }],
        };
        run.reader.final_rooms.insert(lobby());
        let mut observed = vec![Observed::JoinRequested, joined(JoinOutcome::Reset, 2)];
        observed.extend((3..=6).map(received));
        observed.push(joined(JoinOutcome::Resumed, 6));
        observed.extend((7..=10).map(received));
        run.observe(observed);
        run
    }

    /// Makes this the reader's record, one observation a second.
    fn observe(&mut self, observed: Vec<Observed>) {
        let observation = |(n, what)| Observation {
            at: Duration::from_secs(n),
            what,
        };
        let observations = (0..).zip(observed).map(observation).collect();
        self.reader.observations.insert(lobby(), observations);
    }

    fn observations(&mut self) -> &mut Vec<Observation> {
        self.reader.observations.get_mut(&lobby()).unwrap()
    }

    fn log(&mut self) -> &mut Log {
        self.logs.get_mut(&lobby()).unwrap()
    }

    /// The index of the observation of the n-th entry.
    fn index_of(&mut self, n: u64) -> usize {
        let is_it = |observation: &Observation| observation.what == received(n);
        self.observations().iter().position(is_it).unwrap()
    }

    fn verdict(&self) -> Verdict {
        let records = [self.author.clone(), self.reader.clone()];
        check(&self.logs, &records, &self.starts)
    }

    /// Checks that exactly these violations are found, each at the n-th entry.
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
fn a_correct_record_has_no_violations_and_is_counted() {
    let run = Run::correct();
    run.finds(&[]);
    let verdict = run.verdict();
    assert_eq!((verdict.entries_verified, verdict.entries_on_log), (8, 10));
    assert_eq!((verdict.accepted, verdict.acked), (10, 10));
    assert_eq!((verdict.resets, verdict.resumed), (1, 1));
}

#[test]
fn a_gap_is_found_within_a_connection_and_across_a_resume() {
    let mut run = Run::correct();
    let index = run.index_of(5);
    run.observations().remove(index);
    run.finds(&[(Kind::Gap, 5)]);

    let mut run = Run::correct();
    let index = run.index_of(7);
    run.observations()[index - 1].what = joined(JoinOutcome::Resumed, 7);
    run.observations().remove(index);
    run.finds(&[(Kind::Gap, 7)]);
}

#[test]
fn a_client_that_stayed_must_be_at_the_head() {
    let mut run = Run::correct();
    run.observations().pop();
    run.finds(&[(Kind::Behind, 9)]);
    run.reader.final_rooms.clear();
    run.finds(&[]);
}

#[test]
fn a_duplicate_is_found_even_of_an_entry_from_before_the_join() {
    let mut run = Run::correct();
    let index = run.index_of(5);
    let again = run.observations()[index].clone();
    run.observations().insert(index + 1, again);
    run.finds(&[(Kind::Duplicate, 5)]);

    let mut run = Run::correct();
    let index = run.index_of(3);
    run.observations()[index].what = received(2);
    run.finds(&[(Kind::Duplicate, 2), (Kind::Gap, 3)]);
}

#[test]
fn two_swapped_entries_are_one_reordering_and_no_gap() {
    let mut run = Run::correct();
    let index = run.index_of(4);
    run.observations().swap(index, index + 1);
    run.finds(&[(Kind::Reordering, 4)]);
}

#[test]
fn an_invented_entry_and_an_altered_entry_are_found() {
    let mut run = Run::correct();
    let index = run.index_of(4);
    let mut invented = entry(4);
    invented.seq = Seq(9);
    run.observations()[index + 1].what = Observed::Entry(Arc::new(invented));
    run.finds(&[(Kind::NotOnLog, 4), (Kind::Gap, 5)]);

    let mut run = Run::correct();
    let mut altered = entry(4);
    altered.body = body("something else");
    run.observations()[index].what = Observed::Entry(Arc::new(altered));
    run.finds(&[(Kind::NotOnLog, 4)]);
}

#[test]
fn only_a_client_that_asked_without_a_position_may_be_reset() {
    let mut run = Run::correct();
    let index = run.index_of(7);
    run.observations()[index - 1].what = joined(JoinOutcome::Reset, 6);
    run.finds(&[(Kind::Reset, 6)]);
    // A client that left, or restarted, asks without a position.
    let requested = Observation {
        at: Duration::from_secs(5),
        what: Observed::JoinRequested,
    };
    run.observations().insert(index - 1, requested);
    run.finds(&[]);
}

#[test]
fn a_lost_post_a_doubled_post_and_an_entry_that_was_not_posted_are_found() {
    let mut run = Run::correct();
    run.author.accepted[3].id = id(11);
    run.finds(&[(Kind::Lost, 0), (Kind::NotPosted, 4)]);

    let mut run = Run::correct();
    let mut again = entry(11);
    again.id = id(4);
    again.body = body("4");
    run.log().push(Arc::new(again));
    run.observations().last_mut().unwrap().what = received(10);
    run.reader.final_rooms.clear();
    run.finds(&[(Kind::Doubled, 11)]);
}

#[test]
fn a_post_that_differs_on_the_log_is_found() {
    let mut run = Run::correct();
    run.author.accepted[3].body = body("another text");
    run.finds(&[(Kind::NotPosted, 4)]);

    let mut run = Run::correct();
    run.author.acked.insert(id(4), place(1, 5));
    run.finds(&[(Kind::NotOnLog, 4)]);
}

#[test]
fn a_refusal_needs_a_reason_and_a_refused_post_must_not_be_on_the_log() {
    let mut run = Run::correct();
    run.author.refused.insert(id(4), ErrorCode::TargetUnknown);
    run.finds(&[(Kind::Refused, 4)]);

    let mut run = Run::correct();
    run.author.accepted.push(AcceptedPost {
        room: lobby(),
        id: id(11),
        body: Body::Deletion { target: id(1) },
    });
    run.author.refused.insert(id(11), ErrorCode::TargetUnknown);
    run.finds(&[(Kind::Refused, 0)]);
    // Once the target is deleted, the refusal has a reason.
    let deletion = Body::Deletion { target: id(1) };
    run.author.accepted[1].body = deletion.clone();
    Arc::make_mut(&mut run.log()[1]).body = deletion;
    blank(&mut run.log()[0]);
    run.finds(&[]);
    run.author.refused.insert(id(11), ErrorCode::NotAuthor);
    run.finds(&[(Kind::Refused, 0)]);
}

fn blank(entry: &mut Arc<Entry>) {
    let entry = Arc::make_mut(entry);
    entry.body = entry.body.clone().blanked();
}

#[test]
fn an_entry_that_was_received_with_words_is_blank_on_the_log_only_if_its_message_is_deleted() {
    let mut run = Run::correct();
    let deletion = Body::Deletion { target: id(4) };
    run.author.accepted[8].body = deletion.clone();
    Arc::make_mut(&mut run.log()[8]).body = deletion.clone();
    let received = Arc::new(Entry {
        body: deletion,
        ..entry(9)
    });
    let observed = run.observations().iter_mut();
    for observation in observed {
        if observation.what == self::received(9) {
            observation.what = Observed::Entry(received.clone());
        }
    }
    run.finds(&[(Kind::Words, 4)]);
    blank(&mut run.log()[3]);
    run.finds(&[]);
    // Blank without a reason: another message.
    blank(&mut run.log()[4]);
    run.finds(&[(Kind::NotOnLog, 5), (Kind::NotPosted, 5)]);
}

#[test]
fn an_authors_posts_out_of_order_are_reported() {
    let mut run = Run::correct();
    run.author.accepted.swap(3, 4);
    run.finds(&[(Kind::AuthorOrder, 5)]);
}

#[test]
fn a_break_in_the_logs_chain_and_a_clients_failures_are_reported() {
    let mut run = Run::correct();
    run.log().remove(0);
    run.author.accepted.remove(0);
    run.author.failures.push("never connected".to_owned());
    run.finds(&[(Kind::Chain, 2), (Kind::Other, 0)]);
}

/// A run in which the log lost everything after the sixth post, and went on with the others. The
/// author posted a seventh that was acked and lost, and the reader received it.
fn with_loss(outcome: JoinOutcome) -> Run {
    let mut run = Run::correct();
    run.starts.push(Start {
        epoch: epoch(2),
        loss: Some(Loss {
            head: Seq(12),
            starts_known: 1,
        }),
    });
    run.author.accepted.insert(
        6,
        AcceptedPost {
            room: lobby(),
            id: id(20),
            body: body("lost"),
        },
    );
    run.author.acked.insert(id(20), place(1, 7));
    for n in 7..=10 {
        run.author.acked.insert(id(n), place(2, n));
    }
    let mut lost = entry(7);
    (lost.id, lost.body) = (id(20), body("lost"));
    let mut observed = vec![Observed::JoinRequested, joined(JoinOutcome::Reset, 2)];
    observed.extend((3..=6).map(received));
    observed.push(Observed::Entry(Arc::new(lost)));
    observed.push(Observed::Joined {
        outcome,
        after: Seq(if outcome == JoinOutcome::Reset { 4 } else { 14 }),
        epoch: epoch(2),
    });
    let again = if outcome == JoinOutcome::Reset { 3 } else { 8 };
    observed.extend((again..=10).map(received));
    run.observe(observed);
    run
}

#[test]
fn what_a_loss_took_is_not_lost_twice_and_clients_that_had_it_must_start_over() {
    let run = with_loss(JoinOutcome::Reset);
    run.finds(&[]);
    assert_eq!(run.verdict().lost_with_log, 1);

    let run = with_loss(JoinOutcome::Resumed);
    let kinds: Vec<Kind> = run.verdict().violations.iter().map(|v| v.kind).collect();
    assert!(kinds.contains(&Kind::Resumed), "{kinds:?}");

    // Without the loss, all of it is wrong.
    let mut run = with_loss(JoinOutcome::Reset);
    run.starts[1].loss = None;
    let kinds: Vec<Kind> = run.verdict().violations.iter().map(|v| v.kind).collect();
    assert!(
        kinds.contains(&Kind::NotOnLog) && kinds.contains(&Kind::Lost),
        "{kinds:?}"
    );
    assert!(kinds.contains(&Kind::Reset), "{kinds:?}");
}

#[test]
fn clients_that_received_a_lost_entry_must_agree_on_it() {
    let mut run = with_loss(JoinOutcome::Reset);
    let mut other = run.reader.clone();
    for observation in other.observations.get_mut(&lobby()).unwrap() {
        if let Observed::Entry(entry) = &mut observation.what
            && entry.id == id(20)
        {
            Arc::make_mut(entry).body = body("something else");
        }
    }
    run.author.observations = other.observations;
    run.finds(&[(Kind::NotOnLog, 7)]);
}
