//! What moderators do, as the page shows it.

use parlor_shared::ErrorCode;

use crate::*;

#[test]
fn lines_say_what_moderators_did_and_to_whom() {
    let mut page = Page::online();
    page.flood(1);
    let mute = |until_ms| Body::Mute {
        member: bob(),
        name: Name::parse("Bob").unwrap(),
        until_ms,
    };
    let at_ms = entry(2, me(), mute(None)).at_ms;
    let bodies = [
        mute(Some(at_ms + 90_000)),
        mute(Some(at_ms + 600_000)),
        mute(Some(at_ms + 86_400_000)),
        mute(Some(at_ms + 7 * 86_400_000)),
        mute(None),
        Body::SlowMode { seconds: 30 },
        Body::SlowMode { seconds: 0 },
    ];
    for (n, body) in bodies.into_iter().enumerate() {
        let seq = n as u64 + 2;
        page.receive_entry(Entry {
            at_ms,
            ..entry(seq, me(), body)
        });
    }
    let lines = [
        "Ann muted Bob for 90 seconds",
        "Ann muted Bob for 10 minutes",
        "Ann muted Bob for 24 hours",
        "Ann muted Bob for 7 days",
        "Ann unmuted Bob",
        "Ann set slow mode: one message every 30 seconds",
        "Ann ended slow mode",
    ];
    assert_eq!(page.row(id(1)).room_changes, lines);
}

#[test]
fn a_message_that_a_moderator_deleted_says_who_did() {
    let mut page = Page::online();
    for n in 1..=2 {
        page.receive_entry(entry(n, bob(), post("rude")));
    }
    page.receive_entry(entry(3, me(), Body::Deletion { target: id(1) }));
    page.receive_entry(entry(4, bob(), Body::Deletion { target: id(2) }));
    let shown = [1, 2].map(|n| {
        let row = page.row(id(n));
        (row.text, row.deleted_by)
    });
    assert_eq!(shown, [(None, Some("Ann".to_owned())), (None, None)]);
}

#[test]
fn a_post_that_waits_for_slow_mode_says_so_until_it_is_sent() {
    let mut page = Page::online();
    let id = post_id(&page.submit("too soon"));
    let refusal = |code| {
        let refusal = Refusal::new(code, "no").in_room(&lobby()).of_post(id);
        ServerMessage::Error(Refusal {
            retry_after_ms: Some(30_000),
            ..refusal
        })
    };
    assert_eq!(page.row(id).delivery, Delivery::Sending);
    page.receive(&refusal(ErrorCode::SlowMode));
    assert_eq!(page.row(id).delivery, Delivery::Slowed);
    page.env.now_ms += 30_000;
    assert_eq!(post_ids(&page.dispatch(Event::Ticked)), [id]);
    page.receive_entry(Entry {
        id,
        ..entry(1, me(), post("too soon"))
    });
    assert_eq!(page.row(id).delivery, Delivery::Sent);
    let next = post_id(&page.submit("muted"));
    let muted = Refusal::new(ErrorCode::Muted, "You are muted.");
    page.receive(&ServerMessage::Error(muted.in_room(&lobby()).of_post(next)));
    let refused = Delivery::Refused("You are muted.".to_owned());
    assert_eq!(page.row(next).delivery, refused);
}
