//! Choosing an emoji.

use parlor_frontend::{
    emoji::groups,
    model::picker::{COLUMNS, Picker, Step},
};

use crate::*;

fn picker(page: &Page) -> &Picker {
    page.model.picker.as_ref().unwrap()
}

fn at_hand(page: &Page) -> &'static str {
    picker(page).selected().unwrap().text
}

#[test]
fn every_emoji_can_be_a_reaction_and_none_is_there_twice() {
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
fn words_find_what_is_called_so() {
    let found = |words| -> Vec<&str> {
        let all = groups(words).into_iter().flat_map(|group| group.emoji);
        all.map(|emoji| emoji.text).collect()
    };
    assert_eq!(found("thumbs"), ["👍", "👎"]);
    assert_eq!(found(" UP  thu "), ["👍"]);
    assert_eq!(found("rust"), ["🦀"]);
    assert_eq!(found("no such thing"), [""; 0]);
}

#[test]
fn the_arrow_keys_go_over_the_grid_from_group_to_group() {
    let mut page = Page::online();
    page.does(Event::PickerOpened(None));
    let shown = picker(&page).shown();
    let (faces, hands) = (&shown[0].emoji, &shown[1].emoji);
    assert_eq!(at_hand(&page), faces[0].text);
    page.does(Event::PickerMoved(Step::Left));
    page.does(Event::PickerMoved(Step::Up));
    assert_eq!(at_hand(&page), faces[0].text, "the corner");
    page.does(Event::PickerMoved(Step::Right));
    page.does(Event::PickerMoved(Step::Down));
    assert_eq!(at_hand(&page), faces[COLUMNS + 1].text);
    for _ in 0..faces.len().div_ceil(COLUMNS) - 1 {
        page.does(Event::PickerMoved(Step::Down));
    }
    assert_eq!(at_hand(&page), hands[1].text);
    for _ in 0..200 {
        page.does(Event::PickerMoved(Step::Right));
    }
    let last = shown.last().unwrap().emoji.last().unwrap().text;
    assert_eq!(at_hand(&page), last, "the end");
    page.does(Event::PickerFiltered("wink".to_owned()));
    assert_eq!(at_hand(&page), "😉");
    page.does(Event::PickerMoved(Step::Down));
    assert_eq!(at_hand(&page), "😉");
    page.does(Event::PickerFiltered("no such thing".to_owned()));
    page.does(Event::PickerMoved(Step::Down));
    assert!(picker(&page).selected().is_none());
}

#[test]
fn it_is_gone_when_one_goes_elsewhere_or_has_chosen() {
    let mut page = Page::online();
    page.does(Event::PickerOpened(None));
    page.does(Event::PickerClosed);
    assert!(page.model.picker.is_none());
    let target = MessageId::new(1, [3; 10]);
    page.entry(1, target, "good");
    page.does(Event::PickerOpened(Some(target)));
    let emoji = Emoji::parse("🦀").unwrap();
    let effects = page.does(Event::Reacted {
        target,
        emoji: emoji.clone(),
    });
    let on = true;
    assert_eq!(bodies(&effects), [Body::Reaction { target, emoji, on }]);
    assert!(page.model.picker.is_none());
    page.does(Event::PickerOpened(None));
    page.does(Event::RoomOpened("attic".to_owned()));
    assert!(page.model.picker.is_none());
}
