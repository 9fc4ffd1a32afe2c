//! Replies and quotes.

use parlor_frontend::{
    model::quote::EXCERPT_CHARS_MAX,
    view_model::composer::{Banner, BannerKind},
};

use crate::*;

impl Page {
    fn banner(&self) -> Option<Banner> {
        composer::banner(&self.model)
    }

    /// How the row of entry 2, a reply, quotes its target.
    fn quote(&self) -> Quote {
        self.row(id(2)).quote.unwrap().quote
    }
}

#[test]
fn a_reply_is_to_one_message_and_the_next_post_to_none() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("where?")));
    page.dispatch(Event::Typed("he".to_owned()));
    let effects = page.dispatch(Event::ReplyStarted(id(1)));
    let saved = Draft {
        text: "he".to_owned(),
        reply_to: Some(id(1)),
    };
    assert_eq!(effects, [Effect::SaveDraft(lobby(), saved)]);
    let banner = page.banner().unwrap();
    assert_eq!(banner.kind, BannerKind::Replying);
    assert_eq!(banner.title, "Replying to Ann");
    assert_eq!(banner.excerpt, "where?");
    let effects = page.submit("here");
    assert_eq!(bodies(&effects), [reply("here", id(1))]);
    assert!(effects.contains(&Effect::SaveDraft(lobby(), draft(""))));
    assert_eq!(page.banner(), None);
    let effects = page.submit("and there");
    assert_eq!(bodies(&effects), [post("and there")]);
}

#[test]
fn cancelling_ends_the_edit_first_and_then_the_reply() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("where?")));
    page.dispatch(Event::Typed("here".to_owned()));
    page.dispatch(Event::ReplyStarted(id(1)));
    page.dispatch(Event::EditStarted(Some(id(1))));
    assert_eq!(page.composed(), "where?");
    assert_eq!(page.banner().unwrap().kind, BannerKind::Editing);
    page.dispatch(Event::Cancelled);
    assert_eq!(page.composed(), "here");
    assert_eq!(page.banner().unwrap().kind, BannerKind::Replying);
    let effects = page.dispatch(Event::Cancelled);
    assert_eq!(effects, [Effect::SaveDraft(lobby(), draft("here"))]);
    assert_eq!(page.banner(), None);
    assert_eq!(page.dispatch(Event::Cancelled), []);
}

#[test]
fn a_reply_written_offline_is_saved_with_its_target() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("where?")));
    page.dispatch(Event::SocketClosed(Some(1006)));
    page.dispatch(Event::ReplyStarted(id(1)));
    let effects = page.submit("here");
    let is_saved = |effect: &Effect| match effect {
        Effect::SavePost(saved) => saved.body == reply("here", id(1)),
        _ => false,
    };
    assert!(effects.iter().any(is_saved), "{effects:?}");
    let rows = page.rows();
    let waiting = rows.last().unwrap();
    assert_eq!(waiting.delivery, Delivery::Waiting);
    assert_eq!(waiting.quote.as_ref().unwrap().id, id(1));
}

#[test]
fn a_reply_quotes_its_target_as_it_is_now() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("where\nare   you?")));
    page.receive_entry(entry(2, bob(), reply("here", id(1))));
    let quote = Quote::Message {
        name: "Ann".to_owned(),
        excerpt: "where are you?".to_owned(),
    };
    assert_eq!(page.quote(), quote);
    let target = id(1);
    let text = Text::parse("long ".repeat(100)).unwrap();
    page.receive_entry(entry(3, me(), Body::Edit { target, text }));
    let Quote::Message { excerpt, .. } = page.quote() else {
        panic!("it is loaded")
    };
    assert_eq!(excerpt.chars().count(), EXCERPT_CHARS_MAX + 1);
    page.receive_entry(entry(4, me(), Body::Deletion { target }));
    assert_eq!(page.quote(), Quote::Deleted);
}

#[test]
fn a_target_that_is_not_loaded_is_loaded_when_it_is_requested() {
    let mut page = Page::open();
    page.connect();
    page.join_after(1_000);
    page.receive_entry(Entry {
        id: id(2),
        ..entry(1_001, bob(), reply("here", id(1)))
    });
    assert_eq!(page.quote(), Quote::Earlier);
    let effects = page.dispatch(Event::MessageRequested(id(1)));
    let requests = sent(&effects).filter(|sent| matches!(sent, ClientMessage::Slice { .. }));
    assert_eq!(requests.count(), 1);
    page.dispatch(Event::LatestRequested);
    let seeking = page.model.room().seeking;
    assert_eq!(seeking, None, "the user has gone elsewhere");
}

#[test]
fn a_target_that_the_server_no_longer_has_is_explained() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("first")));
    page.receive_entry(entry(2, me(), reply("here", id(99))));
    assert_eq!(page.quote(), Quote::Gone);
    page.dispatch(Event::MessageRequested(id(99)));
    assert_eq!(page.model.room().scroll_target, None);
    assert_eq!(page.notice(), text::message_gone());
}
