//! A deleted message's words: from its deletion on they are nowhere in the page, and in nothing
//! that it saves.

use parlor_frontend::event::InspectorEvent;

use super::*;

/// A word that is only in the message that is deleted.
const SECRET: &str = "xylophonic";

fn deletion(seq: u64, target: MessageId) -> Entry {
    entry(seq, me(), Body::Deletion { target })
}

fn saved(effects: &[Effect]) -> Vec<&str> {
    let saved = effects.iter().filter_map(|effect| match effect {
        Effect::SaveEntries(_, entries) => Some(entries.as_str()),
        _ => None,
    });
    saved.collect()
}

#[test]
fn no_word_of_a_deleted_message_is_left_in_the_page() {
    let mut page = Page::online();
    page.dispatch(Event::Inspector(InspectorEvent::Opened));
    // Sent by hand, with the id spelt as nobody else does, so that it can be recalled.
    let id_by_hand = id(1).to_string().to_uppercase();
    let by_hand = format!(
        r#"{{"type":"post","room":"lobby","id":"{id_by_hand}","body":{{"kind":"post","text":"{SECRET}"}}}}"#
    );
    page.dispatch(Event::Inspector(InspectorEvent::FrameSent(by_hand)));
    page.receive_entry(entry(1, me(), post(SECRET)));
    let text = Text::parse(format!("{SECRET}, edited")).unwrap();
    let target = id(1);
    page.receive_entry(entry(2, me(), Body::Edit { target, text }));
    page.receive_entry(entry(3, bob(), reply("an answer", target)));
    // The search shows it, and an edit of it is in progress and another one under way.
    page.dispatch(Event::SearchChanged("answer".to_owned()));
    let found = vec![
        entry(1, me(), post(SECRET)),
        entry(3, bob(), post("an answer")),
    ];
    page.receive(&ServerMessage::Found {
        room: lobby(),
        text: "answer".to_owned(),
        entries: found,
        incomplete: false,
    });
    page.dispatch(Event::Typed("the draft before".to_owned()));
    page.dispatch(Event::EditStarted(Some(target)));
    let under_way = page.submit(&format!("{SECRET}, edited again"));
    page.dispatch(Event::EditStarted(Some(target)));
    assert!(page.composed().contains(SECRET));
    let hidden = page.dispatch(Event::PageHidden);
    assert!(saved(&hidden)[0].contains(SECRET), "as before");

    let effects = page.receive_entry(deletion(4, target));
    assert!(effects.contains(&Effect::ForgetPost(post_id(&under_way))));
    let model = format!("{:?}", page.model);
    assert!(!model.contains(SECRET), "{model}");
    assert_eq!(page.composed(), "the draft before");
    assert_eq!(page.model.search.as_ref().unwrap().found.len(), 1);
    // What was saved before is replaced at once, and not only when the page is hidden again.
    let effects = page.dispatch(Event::Ticked);
    let entries = saved(&effects);
    assert!(!entries[0].contains(SECRET) && entries[0].contains("an answer"));
    assert_eq!(saved(&page.dispatch(Event::Ticked)), [""; 0], "once");
}

#[test]
fn saved_entries_are_replaced_also_where_the_page_has_no_entry_of_the_deleted_message() {
    // Another tab, or an earlier visit, may have saved it.
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("hello")));
    page.dispatch(Event::PageHidden);
    page.receive_entry(deletion(2, id(77)));
    assert_eq!(saved(&page.dispatch(Event::Ticked)).len(), 1);
}

#[test]
fn a_deletion_in_another_room_is_forgotten_there() {
    let mut page = Page::online();
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    page.join_empty("attic");
    page.receive_entry_in("attic", entry(1, me(), post(SECRET)));
    page.dispatch(Event::RoomOpened("lobby".to_owned()));
    page.receive_entry_in("attic", deletion(2, id(1)));
    assert!(!format!("{:?}", page.model).contains(SECRET));
}

#[test]
fn the_notification_of_a_deleted_message_is_closed() {
    let mut page = Page::online();
    let settings = Settings {
        notify: true,
        ..Settings::default()
    };
    page.dispatch(Event::SettingsChanged(settings));
    page.dispatch(Event::PageHidden);
    page.receive_entry(entry(1, bob(), post(SECRET)));
    let deletion = entry(2, bob(), Body::Deletion { target: id(1) });
    let effects = page.receive_entry(deletion);
    assert!(effects.contains(&Effect::WithdrawAlert(lobby(), id(1))));
}

#[test]
fn a_newcomer_sees_a_blanked_message_as_a_deleted_one() {
    let blank = |seq, body: Body| entry(seq, me(), body.blanked());
    let text = Text::parse(SECRET).unwrap();
    let edit = Body::Edit {
        target: id(1),
        text,
    };
    let mut before = Page::online();
    for entry in [
        entry(1, me(), post(SECRET)),
        entry(2, me(), edit.clone()),
        deletion(3, id(1)),
    ] {
        before.receive_entry(entry);
    }
    let mut newcomer = Page::online();
    for entry in [blank(1, post(SECRET)), blank(2, edit), deletion(3, id(1))] {
        newcomer.receive_entry(entry);
    }
    assert_eq!(newcomer.rows(), before.rows());
    assert_eq!(newcomer.rows().len(), 1);
}
