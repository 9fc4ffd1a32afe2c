//! Posts, the outbox and the connection.

use parlor_frontend::{
    event::InspectorEvent,
    view_model::status::{can_disconnect, connection_label, countdown_text, status_text},
};
use parlor_session::OutboxPost;

use crate::*;

#[test]
fn a_post_is_pending_until_its_entry_arrives() {
    let mut page = Page::online();
    let effects = page.submit("hello");
    let id = post_id(&effects);
    let is_saved = |effect: &Effect| matches!(effect, Effect::SavePost(post) if post.id == id);
    assert!(effects.iter().any(is_saved));
    assert_eq!(page.row(id).delivery, Delivery::Sending);
    let effects = page.receive_entry(Entry {
        id,
        ..entry(1, me(), post("hello"))
    });
    assert!(effects.contains(&Effect::ForgetPost(id)));
    assert_eq!(page.row(id).delivery, Delivery::Sent);
    assert_eq!(page.texts(), ["hello"]);
}

#[test]
fn a_post_written_offline_is_saved_and_sent_on_the_next_visit() {
    let mut page = Page::online();
    page.dispatch(Event::SocketClosed(Some(1006)));
    assert_eq!(
        countdown_text(&page.model),
        "Connection lost. Retrying in 1 s"
    );
    let effects = page.submit("later");
    let is_saved = |effect: &Effect| matches!(effect, Effect::SavePost(_));
    assert!(effects.iter().any(is_saved), "{effects:?}");
    assert_eq!(post_ids(&effects), [], "nothing is sent");
    let [waiting] = &page.rows()[..] else {
        panic!("one row")
    };
    assert_eq!(waiting.delivery, Delivery::Waiting);
    page.env.now_ms += 30_000;
    assert_eq!(page.dispatch(Event::Ticked), [Effect::Connect]);

    let left: Vec<OutboxPost> = page.model.session.outbox().cloned().collect();
    let mut next = Page::open();
    let effects = next.dispatch(Event::OutboxInherited(left));
    assert!(
        matches!(effects[..], [Effect::SavePost(_)]),
        "the next tab saves it as its own: {effects:?}"
    );
    next.go_online();
    assert_eq!(next.row(waiting.id).delivery, Delivery::Sending);
    next.receive_entry(Entry {
        id: waiting.id,
        ..entry(1, me(), post("later"))
    });
    assert_eq!(next.row(waiting.id).delivery, Delivery::Sent);
}

#[test]
fn a_refused_post_is_shown_with_its_reason_until_it_is_discarded() {
    let mut page = Page::online();
    let id = post_id(&page.submit("too much"));
    let effects = page.receive_refusal(id, ErrorCode::TextTooLong, "shorter, please");
    assert_eq!(effects, [], "the post stays saved for the next visit");
    let refused = Delivery::Refused("shorter, please".to_owned());
    assert_eq!(page.row(id).delivery, refused);
    let effects = page.dispatch(Event::Retried(id));
    assert_eq!(post_ids(&effects), [id], "the same post again");
    assert_eq!(page.row(id).delivery, Delivery::Sending);
    let effects = page.dispatch(Event::Discarded(id));
    assert_eq!(effects, [Effect::ForgetPost(id)]);
    assert_eq!(page.rows(), []);
    assert_eq!(page.model.session.outbox().count(), 0);
}

#[test]
fn after_disconnecting_the_page_connects_only_when_asked_to() {
    let mut page = Page::online();
    assert!(
        page.dispatch(Event::DisconnectRequested)
            .contains(&Effect::Close)
    );
    page.env.now_ms += 600_000;
    assert_eq!(page.dispatch(Event::Ticked), []);
    let status = page.model.session.status();
    assert_eq!(status_text(status), "Disconnected");
    assert!(!can_disconnect(status));
    assert_eq!(connection_label(status), "Reconnect");
    assert_eq!(
        page.notice(),
        "You're disconnected. Messages will be sent when you reconnect."
    );
    assert_eq!(page.dispatch(Event::ConnectRequested), [Effect::Connect]);
}

#[test]
fn a_reset_clears_the_messages() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("old")));
    assert_eq!(page.texts(), ["old"]);
    page.dispatch(Event::SocketClosed(None));
    page.env.now_ms += 30_000;
    page.dispatch(Event::Ticked);
    page.go_online();
    assert_eq!(page.rows(), []);
}

#[test]
fn a_draft_is_saved_until_it_is_sent() {
    let mut page = Page::online();
    let effects = page.dispatch(Event::Typed("half a th".to_owned()));
    assert!(effects.contains(&Effect::SaveDraft(lobby(), draft("half a th"))));
    let effects = page.dispatch(Event::Submitted);
    assert!(effects.contains(&Effect::SaveDraft(lobby(), draft(""))));
}

#[test]
fn the_composer_says_how_long_a_text_is_near_the_limit() {
    let mut page = Page::online();
    let note = |page: &mut Page, chars: usize| {
        page.dispatch(Event::Typed("x".repeat(chars)));
        let length = composer::length(&page.model);
        composer::length_note(length)
    };
    assert_eq!(note(&mut page, 7_500), None);
    assert_eq!(note(&mut page, 7_501).unwrap(), "7501 of 8000");
    assert!(composer::can_submit(&page.model));
    assert_eq!(
        note(&mut page, 8_100).unwrap(),
        "100 characters over the limit"
    );
    assert!(!composer::can_submit(&page.model));
    page.dispatch(Event::Submitted);
    assert_eq!(page.notice(), text::text_invalid());
    note(&mut page, 0);
    assert!(!composer::can_submit(&page.model));
}

#[test]
fn a_draft_is_cut_at_its_bound_between_characters_and_the_composer_says_so() {
    let mut page = Page::online();
    let note = |page: &mut Page, text: String| {
        page.dispatch(Event::Typed(text));
        let units = page.composed().encode_utf16().count();
        let note = composer::length_or_cut_note(&page.model);
        (units, note.unwrap())
    };
    let cut = "Messages have up to 8000 characters. The field holds 32000: any more was cut off.";
    assert_eq!(DRAFT_CHARS_MAX, 32_000);
    assert_eq!(note(&mut page, "x".repeat(1_000_000)), (32_000, cut.into()));
    let pairs = format!("x{}", "🙂".repeat(500_000));
    assert_eq!(note(&mut page, pairs), (31_999, cut.into()), "no half pair");
    let (units, note) = note(&mut page, "ü".repeat(31_990));
    assert_eq!((units, &*note), (31_990, "23990 characters over the limit"));
    let effects = page.dispatch(Event::Typed("x".repeat(1_000_000)));
    let saved = effects.iter().find_map(|effect| match effect {
        Effect::SaveDraft(_, draft) => Some(draft.text.len()),
        _ => None,
    });
    assert_eq!(saved, Some(32_000), "what is saved is bounded too");
}

#[test]
fn a_post_inherited_twice_is_shown_and_sent_once() {
    let post = |n| OutboxPost {
        room: lobby(),
        id: id(n),
        body: post("from a closed tab"),
    };
    let mut page = Page::open();
    page.dispatch(Event::OutboxInherited(vec![post(1)]));
    let effects = page.dispatch(Event::OutboxInherited(vec![post(1), post(1)]));
    assert_eq!(effects, []);
    assert_eq!(page.texts(), ["from a closed tab"]);
    assert_eq!(page.model.room().pending.len(), 1);
    page.connect();
    page.join("lobby", 0, 0);
    let effects = page.receive(&ServerMessage::Present {
        room: lobby(),
        count: 1,
        members: vec![],
    });
    assert_eq!(post_ids(&effects), [id(1)]);
}

#[test]
fn a_post_that_another_tab_has_taken_over_is_left_to_it() {
    let mut page = Page::online();
    page.dispatch(Event::SocketClosed(None));
    page.submit("written here");
    let id = page.rows()[0].id;
    let effects = page.dispatch(Event::OutboxTaken(vec![id]));
    assert_eq!(effects, [], "it stays saved: in the other tab's outbox");
    assert_eq!(page.rows(), []);
    assert_eq!(page.model.session.outbox().count(), 0);
}

#[test]
fn a_post_that_the_browser_has_not_saved_says_so_while_it_waits() {
    let mut page = Page::online();
    page.receive_entry(entry(1, bob(), crate::post("hello")));
    page.dispatch(Event::SocketClosed(None));
    page.submit("not saved");
    let waiting = page.rows()[1].id;
    assert_eq!(page.row(waiting).delivery, Delivery::Waiting);
    page.dispatch(Event::PostNotSaved(waiting));
    assert_eq!(page.row(waiting).delivery, Delivery::WaitingUnsaved);
    let effects = page.dispatch(Event::Reacted {
        target: id(1),
        emoji: Emoji::parse("👍").unwrap(),
    });
    let unsaved = effects.iter().find_map(|effect| match effect {
        Effect::SavePost(post) => Some(post.id),
        _ => None,
    });
    page.dispatch(Event::PostNotSaved(unsaved.unwrap()));
    assert_eq!(
        page.row(id(1)).changes[0].text,
        "👍 will be added when you're back online. Keep the page open until then: your browser \
         couldn't save it."
    );
}

#[test]
fn that_the_browser_saves_nothing_is_said_once() {
    let mut page = Page::online();
    page.dispatch(Event::NotSaved);
    assert_eq!(page.notice(), text::not_saved());
    page.dispatch(Event::NoticeDismissed);
    page.dispatch(Event::NotSaved);
    assert_eq!(page.notice(), "", "it is true of every key that is typed");
}

#[test]
fn the_inspector_shows_the_frames_from_before_it_was_opened_and_counts_those_after() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("before")));
    assert!(page.model.inspector.is_none());
    page.dispatch(Event::Inspector(InspectorEvent::Opened));
    page.receive_entry(entry(2, me(), post("meanwhile")));
    let frames = |page: &Page| page.model.inspector.as_ref().unwrap().frames().count();
    let before = frames(&page) - 1;
    let counted = page.model.inspector.as_ref().unwrap().received.frames;
    assert_eq!((before, counted), (9, 1));
    let by_hand = r#"{"type":"what"}"#.to_owned();
    let sent = InspectorEvent::FrameSent(by_hand.clone());
    let effects = page.dispatch(Event::Inspector(sent));
    assert_eq!(effects, [Effect::Send(by_hand)]);
    assert_eq!(frames(&page), before + 2);
    let dropped = Event::Inspector(InspectorEvent::ConnectionDropped);
    assert_eq!(page.dispatch(dropped), [Effect::DropConnection]);
    page.dispatch(Event::SocketClosed(None));
    let inspector = page.model.inspector.as_ref().unwrap();
    assert_eq!(inspector.backoffs_ms.len(), 1);
    let kinds: Vec<&str> = inspector.frames().map(|frame| &*frame.kind).collect();
    assert!(kinds.ends_with(&["closed", "waiting"]), "{kinds:?}");
    page.dispatch(Event::Inspector(InspectorEvent::Closed));
    assert!(page.model.inspector.is_none());
}

#[test]
fn a_valid_name_is_saved_and_an_invalid_one_is_explained() {
    let mut page = Page::online();
    let effects = page.dispatch(Event::Renamed("  Bea ".to_owned()));
    assert!(effects.contains(&Effect::SaveName(Name::parse("Bea").unwrap())));
    assert_eq!(page.dispatch(Event::Renamed("   ".to_owned())), []);
    assert_eq!(page.notice(), text::name_invalid());
    assert_eq!(page.model.name.as_str(), "Bea");
    page.dispatch(Event::NoticeDismissed);
    assert_eq!(page.notice(), "");
    for invalid in ["\u{200B}", "\u{202E}eaB", "\u{3164}"] {
        assert_eq!(page.dispatch(Event::Renamed(invalid.to_owned())), []);
        assert_eq!(page.notice(), text::name_invalid(), "{invalid:?}");
    }
    page.dispatch(Event::Renamed("Bea \u{3000} Lee".to_owned()));
    assert_eq!(page.model.name.as_str(), "Bea Lee");
}

#[test]
fn a_name_that_the_server_refuses_is_taken_back() {
    let mut page = Page::online();
    page.dispatch(Event::Renamed("Zed".to_owned()));
    let refusal = || ServerMessage::Error(Refusal::new(ErrorCode::NameInvalid, "no such name"));
    let effects = page.receive(&refusal());
    assert_eq!(page.model.name, ann_name());
    assert!(effects.contains(&Effect::SaveName(ann_name())));
    assert_eq!(page.notice(), "no such name");
    // One that was saved by an earlier version: there is none before it.
    page.receive(&refusal());
    assert_ne!(page.model.name, ann_name());
}

#[test]
fn a_draft_without_anything_to_see_is_not_sent() {
    let mut page = Page::online();
    for blank in [" ", "\u{200B}", "\u{3164}\n"] {
        page.dispatch(Event::Typed(blank.to_owned()));
        assert!(!composer::can_submit(&page.model), "{blank:?}");
    }
    page.dispatch(Event::Typed(">".to_owned()));
    assert!(composer::can_submit(&page.model));
}
