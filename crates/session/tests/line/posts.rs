//! What becomes of posts.

use crate::*;

#[test]
fn what_an_earlier_visit_left_unsent_goes_out_with_the_same_ids_once_the_room_is_live() {
    let left = |n| OutboxPost {
        room: lobby(),
        id: id(n),
        body: text(n),
    };
    let mut hand = Hand::new(Some("kept"), vec![left(0), left(1)]);
    hand.session.start(0);
    hand.welcomed();
    assert!(matches!(
        &hand.said()[..],
        [
            ClientMessage::Hello { token: Some(_), .. },
            ClientMessage::Join { .. }
        ]
    ));
    hand.hears(joined(&lobby(), 0, JoinOutcome::Reset));
    assert_eq!(hand.posted(), [], "not before the room is live");
    hand.hears(present(&lobby()));
    assert_eq!(hand.posted(), ids(0..2));
}

#[test]
fn a_post_that_another_member_put_on_the_log_is_settled_by_duplicate() {
    // The token was lost after the post arrived: sent again it is answered with the entry of who we were.
    let mut hand = Hand::live();
    hand.posts(0);
    hand.hears(comes(entry(0, 1, 0, other())));
    assert_eq!(hand.settled(), [], "another's entry is no acknowledgement");
    hand.hears(ServerMessage::Duplicate {
        room: lobby(),
        entry: entry(0, 1, 0, other()),
    });
    assert_eq!(hand.settled(), [id(0)]);
    assert_eq!(hand.session.outbox().count(), 0);
}

#[test]
fn a_window_of_posts_is_on_its_way_and_the_outbox_is_bounded() {
    let mut hand = Hand::live();
    for n in 0..OUTBOX_POSTS_MAX as u64 {
        hand.posts(n);
    }
    assert_eq!(hand.posted(), ids(0..OUTBOX_WINDOW as u64));
    assert!(hand.session.post(&lobby(), id(5_000), text(0)).is_err());
    hand.hears(comes(entry(0, 1, 0, me())));
    assert_eq!(
        hand.posted(),
        [id(OUTBOX_WINDOW as u64)],
        "one came back, one more goes"
    );
}

#[test]
fn posts_to_a_room_one_left_do_not_hold_up_those_to_another() {
    let mut hand = Hand::live();
    for n in 0..OUTBOX_WINDOW as u64 {
        hand.posts(n);
    }
    let second = room("second");
    hand.session.leave(&lobby());
    hand.session.join(&second);
    hand.hears(joined(&second, 0, JoinOutcome::Reset));
    hand.hears(present(&second));
    hand.forget();
    hand.session.post(&second, id(900), text(0)).unwrap();
    assert_eq!(hand.posted(), [id(900)]);
    hand.cut();
    hand.passes(1_000);
    hand.welcomed();
    hand.hears(joined(&second, 0, JoinOutcome::Resumed));
    hand.hears(present(&second));
    assert_eq!(hand.posted(), [id(900)], "nor after a reconnect");
}

#[test]
fn refused_for_now_is_sent_again_in_order_after_the_wait() {
    let mut hand = Hand::live();
    for n in 0..3 {
        hand.posts(n);
    }
    hand.forget();
    let refusal = Refusal::new(ErrorCode::RateLimited, "slower")
        .in_room(&lobby())
        .of_post(id(0));
    let refusal = Refusal {
        retry_after_ms: Some(300),
        ..refusal
    };
    hand.hears(ServerMessage::Error(refusal));
    hand.passes(299);
    assert_eq!(hand.posted(), []);
    hand.passes(1);
    assert_eq!(hand.posted(), ids(0..3));
    assert!(!hand.was_refused(), "nobody needs to know");
}

#[test]
fn refused_for_good_is_handed_back_and_the_others_go_on() {
    let mut hand = Hand::live();
    hand.posts(0);
    hand.posts(1);
    hand.refused(ErrorCode::NotAuthor, Some(lobby()), Some(id(0)));
    let back = hand
        .told
        .iter()
        .any(|e| matches!(e, Event::PostRefused { post, .. } if post.id == id(0)));
    assert!(back);
    assert_eq!(
        hand.session
            .outbox()
            .map(|post| post.id)
            .collect::<Vec<_>>(),
        [id(1)]
    );
}

#[test]
fn a_refused_copy_of_a_post_that_is_on_the_log_is_not_the_programs_business() {
    let mut hand = Hand::live();
    hand.posts(0);
    hand.hears(comes(entry(0, 1, 0, me())));
    hand.refused(ErrorCode::RateLimited, Some(lobby()), Some(id(0)));
    assert!(!hand.was_refused());
}

#[test]
fn a_refusal_that_names_the_post_but_no_room_is_about_the_post() {
    let mut hand = Hand::live();
    hand.posts(0);
    hand.refused(ErrorCode::TextTooLong, None, Some(id(0)));
    assert_eq!(
        hand.session.outbox().count(),
        0,
        "or it would be sent for ever"
    );
}

#[test]
fn a_server_that_says_not_joined_is_joined_once_and_the_posts_follow() {
    let mut hand = Hand::live();
    for n in 0..8 {
        hand.posts(n);
    }
    hand.forget();
    for n in 0..8 {
        hand.refused(ErrorCode::NotJoined, Some(lobby()), Some(id(n)));
    }
    assert_eq!(hand.joins(), 1, "one join, not one for each post");
    hand.hears(joined(&lobby(), 0, JoinOutcome::Resumed));
    hand.hears(present(&lobby()));
    assert_eq!(hand.posted(), ids(0..8));
}

#[test]
fn a_full_outbox_meets_a_rate_limit_and_drains_without_a_storm() {
    // The server's own rule: so many at once, then one each 20 ms.
    let mut hand = Hand::live();
    let (posts, mut tokens) = (400, 200);
    for n in 0..posts {
        hand.posts(n);
    }
    let (mut sent, mut on_log) = (0, 0);
    for _ in 0..20_000 {
        for post in hand.posted() {
            sent += 1;
            if tokens > 0 {
                tokens -= 1;
                on_log += 1;
                let n = (0..posts).find(|n| id(*n) == post).unwrap();
                hand.hears(comes(entry(on_log - 1, on_log, n, me())));
            } else {
                let refusal = Refusal::new(ErrorCode::RateLimited, "slower");
                hand.hears(ServerMessage::Error(Refusal {
                    retry_after_ms: Some(20),
                    ..refusal.in_room(&lobby()).of_post(post)
                }));
            }
        }
        hand.passes(20);
        tokens = (tokens + 1).min(200);
        if hand.session.outbox().count() == 0 {
            break;
        }
    }
    assert_eq!(hand.settled().len() as u64, posts);
    assert!(
        sent <= posts * 2,
        "{sent} frames for {posts} posts: the refused ones come again and again"
    );
}

#[test]
fn a_log_that_can_not_be_written_is_asked_more_and_more_rarely() {
    let mut hand = Hand::live();
    hand.posts(0);
    let mut asked = 0;
    for _ in 0..600 {
        for post in hand.posted() {
            asked += 1;
            hand.refused(ErrorCode::LogUnavailable, Some(lobby()), Some(post));
        }
        hand.passes(100);
    }
    assert!((3..=8).contains(&asked), "{asked} times in a minute");
    hand.hears(comes(entry(0, 1, 0, me())));
    hand.posts(1);
    hand.passes(20_000);
    hand.forget();
    hand.refused(ErrorCode::LogUnavailable, Some(lobby()), Some(id(1)));
    hand.passes(1_000);
    assert_eq!(
        hand.posted(),
        [id(1)],
        "and after one that went well, soon again"
    );
}

#[test]
fn a_post_that_was_kept_twice_is_sent_and_settled_once() {
    let kept = OutboxPost {
        room: lobby(),
        id: id(0),
        body: text(0),
    };
    let mut hand = Hand::new(None, vec![kept.clone(), kept]);
    hand.session.start(0);
    hand.welcomed();
    hand.hears(joined(&lobby(), 0, JoinOutcome::Reset));
    hand.hears(present(&lobby()));
    assert_eq!(hand.posted(), [id(0)]);
    hand.hears(comes(entry(0, 1, 0, me())));
    assert_eq!(hand.session.outbox().count(), 0);
}
