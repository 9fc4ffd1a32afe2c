//! Answers.

use crate::*;

fn id(n: u64) -> MessageId {
    MessageId::new(n, [3; 10])
}

fn answer(text: &str, to: MessageId) -> Body {
    Body::Post {
        text: Text::parse(text).unwrap(),
        reply_to: Some(to),
    }
}

fn quoted(page: &Page, to: MessageId) -> Quote {
    quote::of(page.model.room(), to)
}

#[test]
fn one_answers_a_message_and_the_next_one_answers_nothing() {
    let mut page = Page::online();
    page.entry(1, id(1), "where?");
    page.does(Event::Typed("he".to_owned()));
    let effects = page.does(Event::ReplyStarted(id(1)));
    let kept = Draft {
        text: "he".to_owned(),
        reply_to: Some(id(1)),
    };
    assert_eq!(effects, [Effect::SaveDraft(lobby(), kept)]);
    let effects = page.says("here");
    assert_eq!(bodies(&effects), [answer("here", id(1))]);
    assert!(effects.contains(&Effect::SaveDraft(lobby(), draft(""))));
    let effects = page.says("and there");
    let plain = Body::post(Text::parse("and there").unwrap());
    assert_eq!(bodies(&effects), [plain]);
}

#[test]
fn escape_gives_up_an_edit_first_and_then_the_answer() {
    let mut page = Page::online();
    page.entry(1, id(1), "where?");
    page.does(Event::Typed("here".to_owned()));
    page.does(Event::ReplyStarted(id(1)));
    page.does(Event::EditStarted(Some(id(1))));
    assert_eq!(page.model.room().draft.text, "where?");
    page.does(Event::Cancelled);
    let room = page.model.room();
    assert_eq!(
        (room.edit.is_some(), room.draft.reply_to),
        (false, Some(id(1)))
    );
    let effects = page.does(Event::Cancelled);
    assert_eq!(effects, [Effect::SaveDraft(lobby(), draft("here"))]);
    assert_eq!(page.does(Event::Cancelled), []);
}

#[test]
fn an_answer_waits_offline_as_any_message_and_still_says_what_it_answers() {
    let mut page = Page::online();
    page.entry(1, id(1), "where?");
    page.does(Event::SocketClosed(Some(1006)));
    page.does(Event::ReplyStarted(id(1)));
    let effects = page.says("here");
    let kept = |effect: &Effect| matches!(effect, Effect::SavePost(post) if post.body == answer("here", id(1)));
    assert!(effects.iter().any(kept), "{effects:?}");
    let waiting = &page.model.room().pending[0].post;
    assert_eq!(waiting.body, answer("here", id(1)));
}

#[test]
fn an_answer_shows_what_it_answers_as_it_is_now() {
    let mut page = Page::online();
    page.entry(1, id(1), "where\nare   you?");
    let said = |excerpt: &str| Quote::Message {
        name: name().to_string(),
        excerpt: excerpt.to_owned(),
    };
    assert_eq!(quoted(&page, id(1)), said("where are you?"));
    let text = Text::parse("long ".repeat(100)).unwrap();
    page.entry_of(
        me(),
        "lobby",
        (
            2,
            id(2),
            Body::Edit {
                target: id(1),
                text,
            },
        ),
    );
    let Quote::Message { excerpt, .. } = quoted(&page, id(1)) else {
        panic!("it is there")
    };
    assert_eq!(excerpt.chars().count(), quote::EXCERPT_CHARS_MAX + 1);
    page.entry_of(me(), "lobby", (3, id(3), Body::Deletion { target: id(1) }));
    assert_eq!(quoted(&page, id(1)), Quote::Deleted);
    assert_eq!(quoted(&page, id(9)), Quote::Gone, "the whole room is read");
}

#[test]
fn what_is_answered_further_back_can_be_gone_to() {
    let mut page = Page::open();
    page.does(Event::ConnectRequested);
    page.does(Event::SocketOpened);
    page.welcomed();
    page.joins_after(1_000);
    assert_eq!(quoted(&page, id(9)), Quote::Earlier);
    page.does(Event::MessageRequested(id(9)));
    assert!(page.model.room().loading_older);
    page.does(Event::LatestRequested);
    assert_eq!(
        page.model.room().scroll_target,
        None,
        "one has thought better of it"
    );
}

#[test]
fn one_is_told_that_what_is_answered_is_gone() {
    let mut page = Page::online();
    page.entry_of(me(), "lobby", (1, id(1), answer("here", id(9))));
    page.does(Event::MessageRequested(id(9)));
    assert_eq!(page.model.room().scroll_target, None);
    assert!(page.model.notice.is_some());
}
