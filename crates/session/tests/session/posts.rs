//! Posts: sent, acked, refused, held back.

use crate::*;

#[test]
fn posts_left_by_an_earlier_session_are_sent_with_the_same_ids_once_the_room_is_live() {
    let left = |n| OutboxPost {
        room: lobby(),
        id: id(n),
        body: text(n),
    };
    let mut harness = SessionHarness::new(Some("kept"), vec![left(0), left(1)]);
    harness.session.start(0);
    harness.be_welcomed();
    assert!(matches!(
        &harness.take_sent()[..],
        [
            ClientMessage::Hello { token: Some(_), .. },
            ClientMessage::Join { .. }
        ]
    ));
    harness.receive(joined(&lobby(), 0, JoinOutcome::Reset));
    assert_eq!(harness.take_sent_posts(), [], "not before the room is live");
    harness.receive(present(&lobby()));
    assert_eq!(harness.take_sent_posts(), ids(0..2));
}

#[test]
fn a_post_on_the_log_under_another_member_is_acked_by_duplicate() {
    // The token was lost after the post arrived, so the entry belongs to the session's former
    // member.
    let mut harness = SessionHarness::live();
    harness.post(0);
    harness.receive(entry_message(entry(0, 1, 0, other())));
    assert_eq!(harness.acked(), [], "another member's entry is no ack");
    harness.receive(ServerMessage::Duplicate {
        room: lobby(),
        entry: entry(0, 1, 0, other()),
    });
    assert_eq!(harness.acked(), [id(0)]);
    assert_eq!(harness.session.outbox().count(), 0);
}

#[test]
fn at_most_a_window_of_posts_is_in_flight_and_the_outbox_is_bounded() {
    let mut harness = SessionHarness::live();
    for n in 0..OUTBOX_POSTS_MAX as u64 {
        harness.post(n);
    }
    assert_eq!(harness.take_sent_posts(), ids(0..OUTBOX_WINDOW as u64));
    assert!(harness.session.post(&lobby(), id(5_000), text(0)).is_err());
    harness.receive(entry_message(entry(0, 1, 0, me())));
    assert_eq!(
        harness.take_sent_posts(),
        [id(OUTBOX_WINDOW as u64)],
        "one acked, one more sent"
    );
}

#[test]
fn posts_to_a_left_room_do_not_block_posts_to_another() {
    let mut harness = SessionHarness::live();
    for n in 0..OUTBOX_WINDOW as u64 {
        harness.post(n);
    }
    let second = room("second");
    harness.session.leave(&lobby());
    harness.session.join(&second);
    harness.receive(joined(&second, 0, JoinOutcome::Reset));
    harness.receive(present(&second));
    harness.clear();
    harness.session.post(&second, id(900), text(0)).unwrap();
    assert_eq!(harness.take_sent_posts(), [id(900)]);
    harness.disconnect();
    harness.advance(1_000);
    harness.be_welcomed();
    harness.receive(joined(&second, 0, JoinOutcome::Resumed));
    harness.receive(present(&second));
    assert_eq!(
        harness.take_sent_posts(),
        [id(900)],
        "nor after a reconnect"
    );
}

#[test]
fn posts_refused_for_now_are_sent_again_in_order_after_the_wait() {
    let mut harness = SessionHarness::live();
    for n in 0..3 {
        harness.post(n);
    }
    harness.clear();
    let refusal = Refusal::new(ErrorCode::RateLimited, "slower")
        .in_room(&lobby())
        .of_post(id(0));
    let refusal = Refusal {
        retry_after_ms: Some(300),
        ..refusal
    };
    harness.receive(ServerMessage::Error(refusal));
    harness.advance(299);
    assert_eq!(harness.take_sent_posts(), []);
    harness.advance(1);
    assert_eq!(harness.take_sent_posts(), ids(0..3));
    assert!(!harness.was_refused(), "a retry is not reported");
}

#[test]
fn a_post_refused_for_good_is_returned_and_the_others_stay() {
    let mut harness = SessionHarness::live();
    harness.post(0);
    harness.post(1);
    harness.receive_refusal(ErrorCode::NotAuthor, Some(lobby()), Some(id(0)));
    let back = harness
        .events
        .iter()
        .any(|e| matches!(e, Event::PostRefused { post, .. } if post.id == id(0)));
    assert!(back);
    assert_eq!(
        harness
            .session
            .outbox()
            .map(|post| post.id)
            .collect::<Vec<_>>(),
        [id(1)]
    );
}

#[test]
fn a_refused_copy_of_an_acked_post_is_not_reported() {
    let mut harness = SessionHarness::live();
    harness.post(0);
    harness.receive(entry_message(entry(0, 1, 0, me())));
    harness.receive_refusal(ErrorCode::RateLimited, Some(lobby()), Some(id(0)));
    assert!(!harness.was_refused());
}

#[test]
fn a_refusal_with_a_posts_id_and_no_room_is_about_the_post() {
    let mut harness = SessionHarness::live();
    harness.post(0);
    harness.receive_refusal(ErrorCode::TextTooLong, None, Some(id(0)));
    assert_eq!(
        harness.session.outbox().count(),
        0,
        "otherwise it would be sent forever"
    );
}

#[test]
fn refusals_with_not_joined_cause_one_join_and_the_posts_follow() {
    let mut harness = SessionHarness::live();
    for n in 0..8 {
        harness.post(n);
    }
    harness.clear();
    for n in 0..8 {
        harness.receive_refusal(ErrorCode::NotJoined, Some(lobby()), Some(id(n)));
    }
    assert_eq!(harness.take_sent_joins(), 1, "one join for all the posts");
    harness.receive(joined(&lobby(), 0, JoinOutcome::Resumed));
    harness.receive(present(&lobby()));
    assert_eq!(harness.take_sent_posts(), ids(0..8));
}

#[test]
fn a_full_outbox_drains_against_a_rate_limit_without_a_storm_of_retries() {
    // The server's rule: a burst of 200, then one every 20 ms.
    let mut harness = SessionHarness::live();
    let (posts, mut tokens) = (400, 200);
    for n in 0..posts {
        harness.post(n);
    }
    let (mut sent, mut on_log) = (0, 0);
    for _ in 0..20_000 {
        for post in harness.take_sent_posts() {
            sent += 1;
            if tokens > 0 {
                tokens -= 1;
                on_log += 1;
                let n = (0..posts).find(|n| id(*n) == post).unwrap();
                harness.receive(entry_message(entry(on_log - 1, on_log, n, me())));
            } else {
                let refusal = Refusal::new(ErrorCode::RateLimited, "slower");
                harness.receive(ServerMessage::Error(Refusal {
                    retry_after_ms: Some(20),
                    ..refusal.in_room(&lobby()).of_post(post)
                }));
            }
        }
        harness.advance(20);
        tokens = (tokens + 1).min(200);
        if harness.session.outbox().count() == 0 {
            break;
        }
    }
    assert_eq!(harness.acked().len() as u64, posts);
    assert!(
        sent <= posts * 2,
        "{sent} frames for {posts} posts: the refused ones are repeated too often"
    );
}

#[test]
fn posts_to_an_unavailable_log_are_retried_less_and_less_often() {
    let mut harness = SessionHarness::live();
    harness.post(0);
    let mut attempts = 0;
    for _ in 0..600 {
        for post in harness.take_sent_posts() {
            attempts += 1;
            harness.receive_refusal(ErrorCode::LogUnavailable, Some(lobby()), Some(post));
        }
        harness.advance(100);
    }
    assert!(
        (3..=8).contains(&attempts),
        "{attempts} attempts in a minute"
    );
    harness.receive(entry_message(entry(0, 1, 0, me())));
    harness.post(1);
    harness.advance(20_000);
    harness.clear();
    harness.receive_refusal(ErrorCode::LogUnavailable, Some(lobby()), Some(id(1)));
    harness.advance(1_000);
    assert_eq!(
        harness.take_sent_posts(),
        [id(1)],
        "and after one that went well, soon again"
    );
}

#[test]
fn a_post_that_was_stored_twice_is_sent_and_acked_once() {
    let kept = OutboxPost {
        room: lobby(),
        id: id(0),
        body: text(0),
    };
    let mut harness = SessionHarness::new(None, vec![kept.clone(), kept]);
    harness.session.start(0);
    harness.be_welcomed();
    harness.receive(joined(&lobby(), 0, JoinOutcome::Reset));
    harness.receive(present(&lobby()));
    assert_eq!(harness.take_sent_posts(), [id(0)]);
    harness.receive(entry_message(entry(0, 1, 0, me())));
    assert_eq!(harness.session.outbox().count(), 0);
}

#[test]
fn posts_to_a_room_in_slow_mode_wait_and_those_to_other_rooms_go_on() {
    let mut harness = SessionHarness::live();
    let tea = room("tea");
    harness.session.join(&tea);
    harness.receive(joined(&tea, 0, JoinOutcome::Reset));
    harness.receive(present(&tea));
    for n in 0..2 {
        harness.post(n);
    }
    harness.clear();
    let slow_mode = |n, retry_after_ms| {
        let refusal = Refusal::new(ErrorCode::SlowMode, "slowly").in_room(&lobby());
        ServerMessage::Error(Refusal {
            retry_after_ms: Some(retry_after_ms),
            ..refusal.of_post(id(n))
        })
    };
    harness.receive(slow_mode(0, 30_000));
    harness.receive_refusal(ErrorCode::OutOfOrder, Some(lobby()), Some(id(1)));
    let slowed = Event::Slowed {
        room: lobby(),
        until_ms: harness.now_ms + 30_000,
    };
    assert_eq!(harness.events, [slowed], "so that the program can say so");
    harness.session.post(&tea, id(7), text(7)).unwrap();
    assert_eq!(harness.take_sent_posts(), [id(7)]);
    harness.advance(29_999);
    assert_eq!(harness.take_sent_posts(), []);
    harness.advance(1);
    assert_eq!(harness.take_sent_posts(), ids(0..2));
    harness.receive(entry_message(entry(0, 1, 0, me())));
    harness.receive(slow_mode(1, 30_000));
    assert_eq!(harness.take_sent_posts(), []);
    // A moderator ends slow mode.
    let ended = Entry {
        body: Body::SlowMode { seconds: 0 },
        ..entry(1, 2, 50, other())
    };
    harness.receive(entry_message(ended));
    assert_eq!(harness.take_sent_posts(), [id(1)]);
    harness.receive_refusal(ErrorCode::Muted, Some(lobby()), Some(id(1)));
    assert!(
        matches!(harness.events.last(), Some(Event::PostRefused { .. })),
        "until the user decides"
    );
}

#[test]
fn all_posts_of_a_muted_member_to_the_room_are_refused_at_once_but_deletions() {
    let mut harness = SessionHarness::live();
    for n in 0..3 {
        harness.post(n);
    }
    let deletion = Body::Deletion { target: id(90) };
    harness.session.post(&lobby(), id(3), deletion).unwrap();
    harness.session.post(&room("tea"), id(4), text(4)).unwrap();
    harness.clear();
    harness.receive_refusal(ErrorCode::Muted, Some(lobby()), Some(id(1)));
    let refused: Vec<MessageId> = harness
        .events
        .iter()
        .filter_map(|event| {
            let Event::PostRefused { post, refusal } = event else {
                return None;
            };
            (refusal.id == Some(post.id)).then_some(post.id)
        })
        .collect();
    assert_eq!(refused, ids(1..3));
    let left: Vec<MessageId> = harness.session.outbox().map(|post| post.id).collect();
    assert_eq!(left, [id(0), id(3), id(4)]);
}
