//! The emoji picker, and the table of emoji.

use std::collections::BTreeSet;

use parlor_frontend::{
    emoji::{TONES, Table, is_emoji_alone},
    event::EmojiFiles,
    model::{
        emoji_table::EmojiTable,
        frequent_emoji::FrequentEmoji,
        picker::{COLUMNS, GridRow, Picker, Step},
    },
};
use parlor_shared::limits::FREQUENT_EMOJI_MAX;

use crate::*;

const LINES: &str = include_str!("../../later/emoji.txt");
const GERMAN: &str = include_str!("../../later/emoji.de.txt");

pub(crate) fn english() -> EmojiFiles {
    EmojiFiles {
        lines: LINES.to_owned(),
        other_lines: String::new(),
    }
}

fn german_table() -> Table {
    Table::parse(LINES.to_owned(), GERMAN.to_owned())
}

fn picker(page: &Page) -> &Picker {
    page.model.picker.as_ref().unwrap()
}

fn selected(page: &Page) -> &str {
    &picker(page).selected().unwrap().text
}

fn first_of_row(page: &Page, row: usize) -> &str {
    match &picker(page).rows[row] {
        GridRow::Emoji(choices) => &choices[0].text,
        GridRow::Heading(name) => name,
    }
}

/// A page whose picker is open, with the table.
fn open_picker() -> Page {
    let mut page = Page::online();
    let effects = page.dispatch(Event::PickerOpened(None));
    assert!(effects.contains(&Effect::LoadEmoji));
    assert!(picker(&page).rows.is_empty() && picker(&page).selected().is_none());
    page.dispatch(Event::EmojiLoaded(Some(english())));
    page
}

/// The emoji that a query finds, best first.
fn found(table: &Table, query: &str) -> Vec<String> {
    let found = table.search(query, 5).into_iter();
    found
        .map(|index| table.get(index).unwrap().text.to_owned())
        .collect()
}

#[test]
fn every_emoji_of_the_table_is_there_once_and_can_be_a_reaction_in_every_skin_tone() {
    let table = german_table();
    assert!((1_850..2_000).contains(&table.len()), "{}", table.len());
    assert_eq!(LINES.lines().count(), GERMAN.lines().count());
    let mut seen = BTreeSet::new();
    let mut shortcodes = BTreeSet::new();
    for index in 0..table.len() {
        let emoji = table.get(index).unwrap();
        for tone in TONES.map(Some).into_iter().chain([None]) {
            let text = emoji.with_tone(tone);
            // In the spelling that the server appends.
            let parsed = Emoji::parse(text.as_str()).unwrap_or_else(|_| panic!("{text}"));
            assert_eq!(parsed.as_str(), text);
            if index % 40 == 0 {
                assert_eq!(table.find(&text), Some(index), "{text}");
            }
            assert!(is_emoji_alone(&text), "{text}");
            seen.insert(text);
        }
        assert!(!emoji.name().is_empty(), "{emoji:?}");
        for shortcode in emoji.shortcodes.split(' ') {
            assert!(!shortcode.is_empty(), "{emoji:?}");
            shortcodes.insert(shortcode.to_owned());
        }
    }
    let tones = LINES.lines().filter(|line| line.contains(TONES[0])).count();
    assert!(tones > 300, "{tones}");
    assert_eq!(seen.len(), table.len() + tones * TONES.len());
    for usual in parlor_frontend::model::picker::USUAL_REACTIONS {
        assert!(seen.contains(usual), "{usual}");
    }
    let names: Vec<&str> = table
        .groups()
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    assert_eq!(names.len(), 9);
    assert_eq!(names[0], "Smileys & Emotionen");
}

#[test]
fn emoji_are_found_by_shortcode_name_and_word_in_both_languages_best_first() {
    let (english, german) = (
        Table::parse(LINES.to_owned(), String::new()),
        german_table(),
    );
    for table in [&english, &german] {
        assert_eq!(found(table, "smile")[0], "😄");
        assert_eq!(found(table, "+1"), ["👍"]);
        assert_eq!(found(table, " UP  thu ")[0], "👍");
        assert_eq!(found(table, "tada")[0], "🎉");
        assert_eq!(found(table, "crab")[0], "🦀");
        assert_eq!(found(table, "thumbs"), ["👍", "👎"]);
        assert_eq!(found(table, "no such thing"), [""; 0]);
    }
    assert_eq!(found(&german, "daumen hoch")[0], "👍");
    assert_eq!(found(&german, "ÄRGER"), found(&german, "ärger"));
    assert!(!found(&german, "ärger").is_empty());
    assert_eq!(found(&english, "krabbe"), [""; 0]);
    assert_eq!(found(&german, "krabbe")[0], "🦀");
    assert_eq!(english.get(0).unwrap().name(), "grinning face");
    assert_eq!(german.get(0).unwrap().name(), "grinsendes Gesicht");
    assert_eq!(english.with_shortcode("Thumbsup").unwrap().text, "👍");
    assert!(english.with_shortcode("thumbsu").is_none());
    assert!(english.with_shortcode("").is_none());
}

#[test]
fn the_arrow_keys_move_over_the_grid_and_across_groups() {
    let mut page = open_picker();
    let step = |page: &mut Page, step| page.dispatch(Event::PickerMoved(step));
    assert_eq!(first_of_row(&page, 0), text::frequently_used());
    assert_eq!(selected(&page), "👍");
    step(&mut page, Step::Left);
    step(&mut page, Step::Up);
    assert_eq!(selected(&page), "👍", "the first corner");
    // There are fewer frequent ones than columns.
    for _ in 0..6 {
        step(&mut page, Step::Right);
    }
    assert_eq!(selected(&page), "😀", "the first of the next group");
    step(&mut page, Step::Right);
    step(&mut page, Step::Down);
    let second = first_of_row(&page, 4).to_owned();
    step(&mut page, Step::Left);
    assert_eq!(selected(&page), second);
    step(&mut page, Step::Up);
    step(&mut page, Step::Up);
    assert_eq!(selected(&page), "👍");
    for _ in 0..2_000 {
        step(&mut page, Step::Right);
    }
    let last = match picker(&page).rows.last() {
        Some(GridRow::Emoji(choices)) => choices.last().unwrap().text.clone(),
        _ => panic!("a heading without emoji"),
    };
    assert_eq!(selected(&page), last, "the end");
    step(&mut page, Step::Down);
    assert_eq!(selected(&page), last, "the end");
    let is_short = |row: &GridRow| match row {
        GridRow::Emoji(choices) => (1..=COLUMNS).contains(&choices.len()),
        GridRow::Heading(_) => true,
    };
    assert!(picker(&page).rows.iter().all(is_short));
}

#[test]
fn a_filter_selects_the_best_match() {
    let mut page = open_picker();
    page.dispatch(Event::PickerFiltered("wink".to_owned()));
    assert_eq!(selected(&page), "😉");
    page.dispatch(Event::PickerMoved(Step::Down));
    assert_eq!(selected(&page), "😉");
    page.dispatch(Event::PickerFiltered("no such thing".to_owned()));
    page.dispatch(Event::PickerMoved(Step::Down));
    assert!(picker(&page).selected().is_none());
}

#[test]
fn a_table_that_cannot_be_fetched_is_asked_for_again_and_one_that_is_there_is_not() {
    let mut page = Page::online();
    let asks = |page: &mut Page| {
        page.dispatch(Event::PickerOpened(None))
            .contains(&Effect::LoadEmoji)
    };
    assert!(asks(&mut page));
    assert!(!asks(&mut page), "it is under way");
    page.dispatch(Event::EmojiLoaded(None));
    assert!(asks(&mut page));
    let not_it = EmojiFiles {
        lines: "<!doctype html>".to_owned(),
        other_lines: String::new(),
    };
    page.dispatch(Event::EmojiLoaded(Some(not_it)));
    assert!(asks(&mut page), "a page of a proxy is no table");
    page.dispatch(Event::EmojiLoaded(Some(english())));
    assert!(matches!(page.model.emoji, EmojiTable::Loaded(_)));
    assert!(!asks(&mut page));
    assert_eq!(selected(&page), "👍");
}

#[test]
fn what_is_used_stands_first_and_the_skin_tone_is_kept() {
    let mut page = open_picker();
    let effects = page.dispatch(Event::ToneChosen(Some(TONES[4])));
    assert_eq!(effects, [Effect::SaveEmoji("5".to_owned())]);
    page.dispatch(Event::PickerFiltered("wave".to_owned()));
    assert_eq!(selected(&page), "👋🏿");
    for emoji in ["🦀", "🦀", "👋🏿"] {
        page.dispatch(Event::EmojiUsed(emoji.to_owned()));
    }
    let saved = page.model.frequent_emoji.to_string();
    assert_eq!(saved, "5 🦀 2 👋🏿 1");
    assert_eq!(FrequentEmoji::parse(&saved), page.model.frequent_emoji);
    page.dispatch(Event::PickerOpened(None));
    let GridRow::Emoji(first) = &picker(&page).rows[1] else {
        panic!("no emoji");
    };
    let first: Vec<&str> = first.iter().map(|choice| choice.text.as_str()).collect();
    assert_eq!(first[..4], ["🦀", "👋🏿", "👍", "❤️"]);

    assert_eq!(FrequentEmoji::parse("").to_string(), "0");
    assert_eq!(
        FrequentEmoji::parse("9 x 1 🦀 many 🦀 3 🦀 4 🐢").to_string(),
        "0 🦀 3"
    );
    // Each that is new gets a place, however often the others were used.
    let mut frequent = FrequentEmoji::default();
    let table = german_table();
    for index in 0..2 * FREQUENT_EMOJI_MAX {
        let text = table.get(index).unwrap().text;
        frequent.record(text);
        frequent.record(text);
        assert!(frequent.used().any(|used| used == text), "{text}");
    }
    assert_eq!(frequent.used().count(), FREQUENT_EMOJI_MAX);
}

#[test]
fn one_to_three_emoji_alone_are_large() {
    for text in [
        "😀",
        " 😀 ",
        "😀 🎉\n❤️",
        "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿🇩🇪",
        "1️⃣2️⃣",
        "👍🏿",
        "⭐☕✅",
        "‼️",
    ] {
        assert!(is_emoji_alone(text), "{text}");
    }
    for text in [
        "",
        " ",
        "😀😀😀😀",
        "😀!",
        "a",
        "12",
        "→",
        "©",
        "🇩",
        "1",
        "#",
        "hi 😀",
        "\u{200D}",
    ] {
        assert!(!is_emoji_alone(text), "{text}");
    }
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
    assert!(effects.contains(&Effect::SaveEmoji("0 🦀 1".to_owned())));
    assert!(page.model.picker.is_none());
    page.dispatch(Event::PickerOpened(None));
    page.dispatch(Event::RoomOpened("attic".to_owned()));
    assert!(page.model.picker.is_none());
}
