//! Messages that change after they were said.

use crate::*;

#[test]
fn one_edits_the_last_thing_one_said_and_ones_draft_waits() {
    let mut page = Page::online();
    let (id, text) = (MessageId::new(1, [3; 10]), Text::parse("better").unwrap());
    page.entry(1, id, "good");
    page.does(Event::Typed("a draft".to_owned()));
    page.does(Event::EditStarted(None));
    assert_eq!(page.model.room().draft.text, "good");
    let effects = page.does(Event::Typed("better".to_owned()));
    assert!(!effects.iter().any(|e| matches!(e, Effect::SaveDraft(..))));
    let effects = page.does(Event::Submitted);
    assert_eq!(bodies(&effects), [Body::Edit { target: id, text }]);
    assert_eq!(page.model.room().draft.text, "a draft");
    page.does(Event::EditStarted(Some(id)));
    let effects = page.does(Event::Submitted);
    assert_eq!(bodies(&effects), [], "nothing is other than it was");
    page.flood(1);
    let of_another = page.model.room().timeline.messages().last().unwrap().id;
    page.does(Event::EditStarted(Some(of_another)));
    assert_eq!(page.model.room().edit, None);
}

#[test]
fn a_reaction_is_taken_back_by_reacting_again() {
    let mut page = Page::online();
    let target = MessageId::new(1, [3; 10]);
    let emoji = Emoji::parse("👍").unwrap();
    page.entry(1, target, "good");
    for (seq, on) in [(2, true), (3, false)] {
        let effects = page.does(Event::Reacted {
            target,
            emoji: emoji.clone(),
        });
        let body = Body::Reaction {
            target,
            emoji: emoji.clone(),
            on,
        };
        assert_eq!(bodies(&effects), std::slice::from_ref(&body));
        let id = page.model.room().pending[0].post.id;
        page.entry_of(me(), "lobby", (seq, id, body));
    }
}

#[test]
fn a_refused_change_stays_with_its_reason_until_one_decides() {
    let mut page = Page::online();
    let target = MessageId::new(1, [3; 10]);
    page.entry(1, target, "good");
    let emoji = Emoji::parse("👍").unwrap();
    let changes = [
        Event::Deleted(target),
        Event::Reacted { target, emoji },
        Event::EditStarted(Some(target)),
    ];
    for change in changes {
        let effects = match change {
            Event::EditStarted(_) => {
                page.does(change);
                page.says("better")
            }
            _ => page.does(change),
        };
        let [id] = posts(&effects)[..] else {
            panic!("one change: {effects:?}")
        };
        let refusal = Refusal::new(ErrorCode::TargetUnknown, "it is deleted");
        let refusal = ServerMessage::Error(refusal.in_room(&lobby()).of_post(id));
        assert_eq!(page.hears(&refusal), [], "kept for the next visit too");
        let why = |page: &Page| page.model.room().pending[0].refusal.clone();
        assert_eq!(why(&page).as_deref(), Some("it is deleted"));
        assert_eq!(posts(&page.does(Event::Retried(id))), [id]);
        assert_eq!(why(&page), None);
        page.hears(&refusal);
        assert_eq!(page.does(Event::Discarded(id)), [Effect::ForgetPost(id)]);
        assert!(page.model.room().pending.is_empty());
    }
}

#[test]
fn a_refused_change_of_a_message_that_is_not_here_is_explained_and_not_kept() {
    let mut page = Page::online();
    page.does(Event::Deleted(MessageId::new(1, [3; 10])));
    let id = page.model.room().pending[0].post.id;
    let refusal = Refusal::new(ErrorCode::TargetUnknown, "it is not here");
    let effects = page.hears(&ServerMessage::Error(refusal.in_room(&lobby()).of_post(id)));
    assert_eq!(effects, [Effect::ForgetPost(id)]);
    assert_eq!(page.model.notice.as_deref(), Some("it is not here"));
    assert!(page.model.room().pending.is_empty());
}
