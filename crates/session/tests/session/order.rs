//! The order of a session's posts to one room, whatever the server refuses.

use crate::*;

/// A refusal of a post for now.
fn for_now(code: ErrorCode, n: u64, retry_after_ms: Option<u64>) -> ServerMessage {
    ServerMessage::Error(Refusal {
        retry_after_ms,
        ..Refusal::new(code, "later").in_room(&lobby()).of_post(id(n))
    })
}

/// Each post sent since the last call, and the one that it follows.
fn take_chain(harness: &mut SessionHarness) -> Vec<(MessageId, Option<MessageId>)> {
    let mut chain = Vec::new();
    for message in harness.take_sent() {
        if let ClientMessage::Post { id, follows, .. } = message {
            chain.push((id, follows));
        }
    }
    chain
}

#[test]
fn a_post_names_the_one_before_it_in_its_room_until_that_is_acked() {
    let mut harness = SessionHarness::live();
    let attic = room("attic");
    harness.session.join(&attic);
    harness.receive(joined(&attic, 0, JoinOutcome::Reset));
    harness.receive(present(&attic));
    harness.clear();
    harness.post(0);
    harness.session.post(&attic, id(1), text(1)).unwrap();
    harness.post(2);
    let chain = take_chain(&mut harness);
    assert_eq!(chain, [(id(0), None), (id(1), None), (id(2), Some(id(0)))]);
    harness.receive(entry_message(entry(0, 1, 0, me())));
    harness.post(3);
    harness.receive(entry_message(entry(1, 2, 2, me())));
    harness.receive(entry_message(entry(2, 3, 3, me())));
    harness.post(4);
    let chain = take_chain(&mut harness);
    assert_eq!(chain, [(id(3), Some(id(2))), (id(4), None)]);
}

#[test]
fn after_a_refusal_for_now_nothing_later_of_the_room_is_sent_before_that_post() {
    let mut harness = SessionHarness::live();
    for n in 0..4 {
        harness.post(n);
    }
    harness.receive(entry_message(entry(0, 1, 0, me())));
    harness.clear();
    harness.receive(for_now(ErrorCode::RateLimited, 1, Some(20)));
    harness.post(4);
    harness.receive(for_now(ErrorCode::OutOfOrder, 2, None));
    assert_eq!(take_chain(&mut harness), []);
    harness.advance(20);
    let chain = take_chain(&mut harness);
    let then = |n| (id(n), Some(id(n - 1)));
    assert_eq!(chain, [(id(1), None), then(2), then(3), then(4)]);
    // About the first copy, which the server got before post 1 came again.
    harness.receive(for_now(ErrorCode::OutOfOrder, 3, None));
    harness.advance(10_000);
    assert_eq!(take_chain(&mut harness), [], "the second copy is under way");
    assert!(!harness.was_refused(), "a retry is not reported");
}

#[test]
fn posts_to_other_rooms_do_not_wait_for_the_answers_to_refused_ones() {
    let mut harness = SessionHarness::live();
    let attic = room("attic");
    harness.session.join(&attic);
    harness.receive(joined(&attic, 0, JoinOutcome::Reset));
    harness.receive(present(&attic));
    harness.post(0);
    harness.session.post(&attic, id(1), text(1)).unwrap();
    harness.post(2);
    harness.clear();
    harness.receive(for_now(ErrorCode::OutOfOrder, 2, None));
    harness.session.post(&attic, id(3), text(3)).unwrap();
    harness.post(4);
    assert_eq!(take_chain(&mut harness), [(id(3), Some(id(1)))]);
    harness.receive(entry_message(entry(0, 1, 0, me())));
    let chain = take_chain(&mut harness);
    assert_eq!(chain, [(id(2), None), (id(4), Some(id(2)))]);
}

#[test]
fn a_discarded_or_refused_post_releases_what_follows_it() {
    let mut harness = SessionHarness::live();
    for n in 0..4 {
        harness.post(n);
    }
    harness.clear();
    harness.receive(for_now(ErrorCode::RateLimited, 0, Some(20)));
    harness.receive_refusal(ErrorCode::TextTooLong, Some(lobby()), Some(id(1)));
    harness.receive(for_now(ErrorCode::OutOfOrder, 2, None));
    harness.session.discard(id(0));
    harness.receive(for_now(ErrorCode::OutOfOrder, 3, None));
    harness.advance(20);
    let chain = take_chain(&mut harness);
    assert_eq!(chain, [(id(2), None), (id(3), Some(id(2)))]);
}

#[test]
fn a_change_refused_for_its_unknown_target_is_kept_while_the_target_waits() {
    let edit = |target, n| Body::Edit {
        target: id(target),
        text: Text::parse(format!("edit {n}")).unwrap(),
    };
    let mut harness = SessionHarness::live();
    harness.post(0);
    harness.session.post(&lobby(), id(1), edit(0, 1)).unwrap();
    harness.session.post(&lobby(), id(2), edit(9, 2)).unwrap();
    harness.clear();
    // From a server that ignores `follows`.
    harness.receive(for_now(ErrorCode::RateLimited, 0, Some(20)));
    harness.receive_refusal(ErrorCode::TargetUnknown, Some(lobby()), Some(id(1)));
    harness.receive_refusal(ErrorCode::TargetUnknown, Some(lobby()), Some(id(2)));
    let outbox: Vec<MessageId> = harness.session.outbox().map(|post| post.id).collect();
    assert_eq!(outbox, ids(0..2), "the other target was never posted");
    harness.advance(20);
    assert_eq!(harness.take_sent_posts(), ids(0..2));
    harness.receive(entry_message(entry(0, 1, 0, me())));
    harness.receive_refusal(ErrorCode::TargetUnknown, Some(lobby()), Some(id(1)));
    assert_eq!(harness.session.outbox().count(), 0, "it is final now");

    // The target waits in another room, where this change will never find it.
    harness
        .session
        .post(&room("attic"), id(3), text(3))
        .unwrap();
    harness.session.post(&lobby(), id(4), edit(3, 4)).unwrap();
    harness.receive_refusal(ErrorCode::TargetUnknown, Some(lobby()), Some(id(4)));
    assert_eq!(harness.session.outbox().count(), 1);
}

/// A server that refuses for no reason must not be asked again without a pause.
#[test]
fn a_first_post_that_is_out_of_order_is_retried_less_and_less_often() {
    let mut harness = SessionHarness::live();
    harness.post(0);
    let mut attempts = 0;
    for _ in 0..600 {
        for _post in harness.take_sent_posts() {
            attempts += 1;
            harness.receive(for_now(ErrorCode::OutOfOrder, 0, None));
        }
        harness.advance(100);
    }
    assert!(
        (3..=8).contains(&attempts),
        "{attempts} attempts in a minute"
    );
}
