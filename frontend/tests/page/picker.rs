//! The emoji picker.

use parlor_frontend::{
    emoji::groups,
    model::picker::{COLUMNS, Picker, Step},
};

use crate::*;

fn picker(page: &Page) -> &Picker {
    page.model.picker.as_ref().unwrap()
}

fn selected(page: &Page) -> &'static str {
    picker(page).selected().unwrap().text
}

/// The emoji that a query finds.
fn found(query: &str) -> Vec<&'static str> {
    let emoji = groups(query).into_iter().flat_map(|group| group.emoji);
    emoji.map(|emoji| emoji.text).collect()
}

#[test]
fn every_emoji_is_there_once_and_can_be_a_reaction() {
    let all: Vec<_> = groups("")
        .into_iter()
        .flat_map(|group| group.emoji)
        .collect();
    assert!((100..150).contains(&all.len()), "{}", all.len());
    let mut seen = std::collections::BTreeSet::new();
    for emoji in all {
        assert!(Emoji::parse(emoji.text).is_ok(), "{emoji:?}");
        assert!(!emoji.name().is_empty(), "{emoji:?}");
        assert!(seen.insert(emoji.text), "{emoji:?}");
    }
}

#[test]
fn emoji_are_found_by_the_beginnings_of_their_names() {
    assert_eq!(found("thumbs"), ["👍", "👎"]);
    assert_eq!(found(" UP  thu "), ["👍"]);
    assert_eq!(found("rust"), ["🦀"]);
    assert_eq!(found("no such thing"), [""; 0]);
}

#[test]
fn the_arrow_keys_move_over_the_grid_and_across_groups() {
    let mut page = Page::online();
    page.dispatch(Event::PickerOpened(None));
    let shown = picker(&page).shown();
    let (faces, hands) = (&shown[0].emoji, &shown[1].emoji);
    let step = |page: &mut Page, step| page.dispatch(Event::PickerMoved(step));
    assert_eq!(selected(&page), faces[0].text);
    step(&mut page, Step::Left);
    step(&mut page, Step::Up);
    assert_eq!(selected(&page), faces[0].text, "the first corner");
    step(&mut page, Step::Right);
    step(&mut page, Step::Down);
    assert_eq!(selected(&page), faces[COLUMNS + 1].text);
    for _ in 0..faces.len().div_ceil(COLUMNS) - 1 {
        step(&mut page, Step::Down);
    }
    assert_eq!(selected(&page), hands[1].text);
    for _ in 0..200 {
        step(&mut page, Step::Right);
    }
    let last = shown.last().unwrap().emoji.last().unwrap().text;
    assert_eq!(selected(&page), last, "the end");
}

#[test]
fn a_filter_selects_the_first_emoji_that_matches() {
    let mut page = Page::online();
    page.dispatch(Event::PickerOpened(None));
    page.dispatch(Event::PickerFiltered("wink".to_owned()));
    assert_eq!(selected(&page), "😉");
    page.dispatch(Event::PickerMoved(Step::Down));
    assert_eq!(selected(&page), "😉");
    page.dispatch(Event::PickerFiltered("no such thing".to_owned()));
    page.dispatch(Event::PickerMoved(Step::Down));
    assert!(picker(&page).selected().is_none());
}

#[test]
fn choosing_an_emoji_or_opening_another_room_closes_the_picker() {
    let mut page = Page::online();
    page.dispatch(Event::PickerOpened(None));
    page.dispatch(Event::PickerClosed);
    assert!(page.model.picker.is_none());
    let target = id(1);
    page.receive_entry(entry(1, me(), post("good")));
    page.dispatch(Event::PickerOpened(Some(target)));
    let emoji = Emoji::parse("🦀").unwrap();
    let effects = page.dispatch(Event::Reacted {
        target,
        emoji: emoji.clone(),
    });
    let on = true;
    assert_eq!(bodies(&effects), [Body::Reaction { target, emoji, on }]);
    assert!(page.model.picker.is_none());
    page.dispatch(Event::PickerOpened(None));
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    assert!(page.model.picker.is_none());
}
