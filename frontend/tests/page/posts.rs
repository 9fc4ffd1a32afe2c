//! What one says, and the line it goes over.

use crate::*;

#[test]
fn a_message_is_pending_until_it_comes_back() {
    let mut page = Page::online();
    let effects = page.says("hello");
    let [id] = posts(&effects)[..] else {
        panic!("one post: {effects:?}")
    };
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::SavePost(post) if post.id == id))
    );
    assert_eq!(
        (page.model.room().pending.len(), page.shown().len()),
        (1, 0)
    );
    let effects = page.entry(1, id, "hello");
    assert!(effects.contains(&Effect::ForgetPost(id)));
    assert_eq!(
        (page.model.room().pending.len(), page.shown()),
        (0, vec!["hello".to_owned()])
    );
}

#[test]
fn what_is_written_offline_is_kept_and_sent_later() {
    let mut page = Page::online();
    page.does(Event::SocketClosed(Some(1006)));
    assert_eq!(page.model.countdown_s(), Some(1));
    let effects = page.says("later");
    assert!(
        effects.iter().any(|e| matches!(e, Effect::SavePost(_))) && posts(&effects).is_empty(),
        "kept, not sent: {effects:?}"
    );
    let id = page.model.room().pending[0].post.id;
    page.env.now_ms += 30_000;
    assert_eq!(page.does(Event::Ticked), [Effect::Connect]);

    // The next visit finds it, and sends it.
    let left: Vec<OutboxPost> = page.model.session.outbox().cloned().collect();
    let mut next = Page::open();
    let effects = next.does(Event::OutboxInherited(left));
    assert!(
        matches!(effects[..], [Effect::SavePost(_)]),
        "its own now: {effects:?}"
    );
    assert_eq!(next.model.room().pending.len(), 1);
    next.does(Event::ConnectRequested);
    next.go_online();
    assert_eq!(
        next.model.session.outbox().next().map(|post| post.id),
        Some(id)
    );
    next.entry(1, id, "later");
    assert_eq!(next.model.room().pending.len(), 0);
}

#[test]
fn a_refused_message_stays_with_its_reason_until_one_decides() {
    let mut page = Page::online();
    page.says("too much");
    let id = page.model.room().pending[0].post.id;
    let refusal = Refusal::new(ErrorCode::TextTooLong, "shorter, please");
    let effects = page.hears(&ServerMessage::Error(refusal.in_room(&lobby()).of_post(id)));
    assert_eq!(effects, [], "kept for the next visit too");
    assert_eq!(
        page.model.room().pending[0].refusal.as_deref(),
        Some("shorter, please")
    );
    assert_eq!(
        posts(&page.does(Event::Retried(id))),
        [id],
        "the same post again"
    );
    assert_eq!(page.model.room().pending[0].refusal, None);
    assert_eq!(page.does(Event::Discarded(id)), [Effect::ForgetPost(id)]);
    assert!(page.model.room().pending.is_empty());
    assert_eq!(page.model.session.outbox().count(), 0);
}

#[test]
fn stop_stays_stopped_and_start_opens_the_line() {
    let mut page = Page::online();
    assert!(
        page.does(Event::DisconnectRequested)
            .contains(&Effect::Close)
    );
    page.env.now_ms += 600_000;
    assert_eq!(page.does(Event::Ticked), []);
    assert!(matches!(page.model.session.status(), Status::Stopped(_)));
    assert_eq!(page.does(Event::ConnectRequested), [Effect::Connect]);
}

#[test]
fn another_log_clears_what_was_shown() {
    let mut page = Page::online();
    page.entry(1, MessageId::new(1, [0; 10]), "old");
    assert_eq!(page.shown(), ["old"]);
    page.does(Event::SocketClosed(None));
    page.env.now_ms += 30_000;
    page.does(Event::Ticked);
    page.go_online();
    assert_eq!(page.shown(), [""; 0]);
}

#[test]
fn a_draft_is_kept_until_it_is_sent() {
    let mut page = Page::online();
    let effects = page.does(Event::Typed("half a th".to_owned()));
    assert!(effects.contains(&Effect::SaveDraft(lobby(), draft("half a th"))));
    let effects = page.does(Event::Submitted);
    assert!(effects.contains(&Effect::SaveDraft(lobby(), draft(""))));
}

#[test]
fn the_wire_is_seen_only_while_somebody_looks() {
    let mut page = Page::online();
    page.entry(1, MessageId::new(1, [3; 10]), "before");
    assert!(page.model.inspector.is_none());
    page.does(Event::Inspector(InspectorEvent::Opened));
    page.entry(2, MessageId::new(2, [3; 10]), "meanwhile");
    let seen = |page: &Page| page.model.inspector.as_ref().unwrap().frames().count();
    assert_eq!(seen(&page), 1);
    let by_hand = r#"{"type":"what"}"#.to_owned();
    let effects = page.does(Event::Inspector(InspectorEvent::FrameSent(by_hand.clone())));
    assert_eq!(effects, [Effect::Send(by_hand)]);
    assert_eq!(seen(&page), 2);
    assert_eq!(
        page.does(Event::Inspector(InspectorEvent::ConnectionDropped)),
        [Effect::DropConnection]
    );
    page.does(Event::SocketClosed(None));
    let wire = page.model.inspector.as_ref().unwrap();
    assert_eq!(wire.backoffs_ms.len(), 1, "the wait is drawn");
    let last = wire.frames().next().unwrap();
    assert_eq!((&*last.kind, last.direction), ("closed", None));
    page.does(Event::Inspector(InspectorEvent::Closed));
    assert!(page.model.inspector.is_none());
}

#[test]
fn a_name_is_kept_and_a_bad_one_is_explained() {
    let mut page = Page::online();
    let effects = page.does(Event::Renamed("  Bea ".to_owned()));
    assert!(effects.contains(&Effect::SaveName(Name::parse("Bea").unwrap())));
    assert_eq!(page.does(Event::Renamed("   ".to_owned())), []);
    assert!(page.model.notice.is_some());
    assert_eq!(page.model.name.as_str(), "Bea");
}
