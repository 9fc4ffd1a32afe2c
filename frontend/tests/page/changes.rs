//! Edits, deletions and reactions.

use crate::*;

fn thumbs_up() -> Emoji {
    Emoji::parse("👍").unwrap()
}

#[test]
fn editing_sets_the_draft_aside_and_restores_it_afterwards() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("good")));
    page.dispatch(Event::Typed("a draft".to_owned()));
    page.dispatch(Event::EditStarted(None));
    assert_eq!(page.composed(), "good");
    let effects = page.dispatch(Event::Typed("better".to_owned()));
    let saves_draft = |effect: &Effect| matches!(effect, Effect::SaveDraft(..));
    assert!(!effects.iter().any(saves_draft), "an edit is not a draft");
    let effects = page.dispatch(Event::Submitted);
    let (target, text) = (id(1), Text::parse("better").unwrap());
    assert_eq!(bodies(&effects), [Body::Edit { target, text }]);
    assert_eq!(page.composed(), "a draft");
}

#[test]
fn an_edit_that_changes_nothing_is_not_sent() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("good")));
    page.dispatch(Event::EditStarted(Some(id(1))));
    let effects = page.dispatch(Event::Submitted);
    assert_eq!(bodies(&effects), []);
}

#[test]
fn messages_of_others_cannot_be_edited() {
    let mut page = Page::online();
    page.flood(1);
    page.dispatch(Event::EditStarted(Some(id(1))));
    assert_eq!(composer::banner(&page.model), None);
    page.dispatch(Event::EditStarted(None));
    assert_eq!(composer::banner(&page.model), None);
}

#[test]
fn reacting_again_removes_the_reaction() {
    let mut page = Page::online();
    let target = id(1);
    let emoji = thumbs_up();
    page.receive_entry(entry(1, me(), post("good")));
    for (seq, on) in [(2, true), (3, false)] {
        let emoji = emoji.clone();
        let effects = page.dispatch(Event::Reacted {
            target,
            emoji: emoji.clone(),
        });
        let body = Body::Reaction { target, emoji, on };
        assert_eq!(bodies(&effects), std::slice::from_ref(&body));
        page.receive_entry(Entry {
            id: post_id(&effects),
            ..entry(seq, me(), body)
        });
        assert_eq!(page.row(target).reactions.len(), usize::from(on));
    }
}

#[test]
fn a_refused_change_is_shown_with_its_reason_until_it_is_discarded() {
    let target = id(1);
    let edit = Event::EditStarted(Some(target));
    let emoji = thumbs_up();
    let cases = [
        (Event::Deleted(target), "Couldn't delete this message: gone"),
        (Event::Reacted { target, emoji }, "Couldn't add 👍: gone"),
        (edit, "Couldn't save your edit: gone"),
    ];
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("good")));
    for (event, expected) in cases {
        let effects = match event {
            Event::EditStarted(_) => {
                page.dispatch(event);
                page.submit("better")
            }
            _ => page.dispatch(event),
        };
        let id = post_id(&effects);
        assert_eq!(page.row(target).changes, [], "it is on its way");
        let effects = page.receive_refusal(id, ErrorCode::TargetUnknown, "gone");
        assert_eq!(effects, [], "the post stays saved for the next visit");
        let changes = page.row(target).changes;
        assert_eq!((changes.len(), &*changes[0].text), (1, expected));
        assert_eq!((changes[0].id, changes[0].is_refused), (id, true));
        assert_eq!(post_ids(&page.dispatch(Event::Retried(id))), [id]);
        assert_eq!(page.row(target).changes, []);
        page.receive_refusal(id, ErrorCode::TargetUnknown, "gone");
        let effects = page.dispatch(Event::Discarded(id));
        assert_eq!(effects, [Effect::ForgetPost(id)]);
        assert_eq!(page.row(target).changes, []);
    }
}

#[test]
fn a_change_made_offline_says_when_it_will_be_sent() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("good")));
    page.dispatch(Event::SocketClosed(None));
    page.dispatch(Event::Reacted {
        target: id(1),
        emoji: thumbs_up(),
    });
    page.dispatch(Event::EditStarted(Some(id(1))));
    page.submit("better");
    page.dispatch(Event::Deleted(id(1)));
    let changes = page.row(id(1)).changes;
    assert!(changes.iter().all(|change| !change.is_refused));
    let texts: Vec<String> = changes.into_iter().map(|change| change.text).collect();
    let expected = [
        "👍 will be added when you're back online",
        "Your edit will be saved when you're back online",
        "This will be deleted when you're back online",
    ];
    assert_eq!(texts, expected);
}

#[test]
fn a_refused_change_of_a_message_that_is_not_loaded_becomes_a_notice() {
    let mut page = Page::online();
    let effects = page.dispatch(Event::Deleted(id(1)));
    let id = post_id(&effects);
    let effects = page.receive_refusal(id, ErrorCode::TargetUnknown, "That message is gone.");
    assert_eq!(effects, [Effect::ForgetPost(id)]);
    assert_eq!(page.notice(), "That message is gone.");
    assert_eq!(page.model.room().pending, []);
}
