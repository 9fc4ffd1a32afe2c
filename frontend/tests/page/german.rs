//! The page in German: every text of the table is there, and the view models speak it.

use std::collections::BTreeSet;

use parlor_frontend::{
    model::visitor_name,
    texts::{
        self,
        language::{Language, Text as Entry, hash, patterns, set_language},
        refusals,
    },
    view_model::status::status_text,
};
use parlor_shared::close::CloseCode;

use crate::*;

const GERMAN: &str = include_str!("../../later/de.txt");

/// What CLDR has for German: `Intl.PluralRules("de")` gives these.
const CATEGORIES: [&str; 2] = ["one", "other"];

/// Sets German for this test, with numbers as a German browser writes them.
fn speak_german() {
    let plural = |count| if count == 1 { "one" } else { "other" }.to_owned();
    let number = |count: usize| match count {
        0..1_000 => count.to_string(),
        _ => format!("{}.{:03}", count / 1_000, count % 1_000),
    };
    set_language(Language::new(GERMAN.to_owned(), plural, number));
}

fn all_texts() -> impl Iterator<Item = &'static Entry> {
    texts::tables().into_iter().flatten()
}

/// The keys that a language has for a text.
fn keys(text: &Entry) -> Vec<String> {
    match text.english().count() {
        1 => vec![text.key.to_owned()],
        _ => CATEGORIES
            .map(|category| format!("{}.{category}", text.key))
            .to_vec(),
    }
}

fn placeholders(pattern: &str) -> BTreeSet<&str> {
    let names = pattern.split('{').skip(1);
    names.filter_map(|rest| rest.split('}').next()).collect()
}

/// The codes of the server's refusals, as the wire has them.
fn codes() -> Vec<String> {
    let source = include_str!("../../../shared/src/refusal.rs");
    let (_, variants) = source.split_once("pub enum ErrorCode {").unwrap();
    let (variants, _) = variants.split_once('}').unwrap();
    let names = variants
        .lines()
        .filter_map(|line| line.trim().strip_suffix(','));
    let snake = |name: &str| {
        let mut code = String::new();
        for c in name.chars() {
            if c.is_uppercase() && !code.is_empty() {
                code.push('_');
            }
            code.extend(c.to_lowercase());
        }
        code
    };
    names.map(snake).collect()
}

#[test]
fn german_has_every_text_with_the_same_placeholders_and_no_other() {
    let mut expected = BTreeSet::new();
    for text in all_texts() {
        let english: BTreeSet<&str> = text.english().flat_map(placeholders).collect();
        for key in keys(text) {
            let pattern = patterns(GERMAN).find(|(known, _)| *known == key);
            let (_, pattern) = pattern.unwrap_or_else(|| panic!("German lacks {key}"));
            assert!(!pattern.is_empty(), "{key} is empty");
            let mut german = placeholders(pattern);
            if key.ends_with(".one") && english.contains("count") {
                // "One new message" may be without a numeral.
                german.insert("count");
            }
            assert_eq!(german, english, "{key} = {pattern}");
            assert!(
                expected.insert(key.clone()),
                "{key} stands twice in the table"
            );
        }
    }
    expected.extend(codes().into_iter().map(|code| format!("refusal.{code}")));
    expected.remove("refusal.unknown");
    expected.extend(CloseCode::ALL.map(|code| code.reason().to_owned()));
    expected.insert("The server is restarting. You'll be reconnected.".to_owned());
    let keys: Vec<&str> = patterns(GERMAN).map(|(key, _)| key).collect();
    let german: BTreeSet<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    assert_eq!(german.len(), keys.len(), "each key once");
    assert_eq!(german, expected);
    let lines = GERMAN
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    assert_eq!(
        lines.count(),
        keys.len(),
        "each line has a key and a pattern"
    );
}

#[test]
fn no_two_keys_have_one_hash() {
    let hashes: BTreeSet<u32> = patterns(GERMAN).map(|(key, _)| hash(key)).collect();
    assert_eq!(hashes.len(), patterns(GERMAN).count());
}

#[test]
fn a_plural_follows_its_number() {
    speak_german();
    assert_eq!(texts::jump_to_latest(0), "Zu den neuesten");
    assert_eq!(texts::jump_to_latest(1), "1 neue Nachricht");
    assert_eq!(texts::jump_to_latest(2), "2 neue Nachrichten");
    assert_eq!(texts::jump_to_latest(1_234), "1.234 neue Nachrichten");
    assert_eq!(texts::traffic(1, 0), "1 Frame, 0 Bytes");
}

#[test]
fn a_language_with_more_categories_has_a_pattern_for_each() {
    let lines = "new_messages.one = {count} nowa\nnew_messages.few = {count} nowe\n\
                 new_messages.many = {count} nowych\nnew_messages.other = {count} nowej";
    let plural = |count| match count {
        1 => "one".to_owned(),
        2..=4 => "few".to_owned(),
        _ => "many".to_owned(),
    };
    set_language(Language::new(lines.to_owned(), plural, |count| {
        count.to_string()
    }));
    let shown = [1_usize, 3, 7].map(texts::new_messages);
    assert_eq!(shown, ["1 nowa", "3 nowe", "7 nowych"]);
    // What the file lacks is said in English.
    assert_eq!(texts::reply(), "Reply");
}

#[test]
fn names_keep_their_direction_in_german_too() {
    speak_german();
    assert_eq!(texts::is_typing("Ada"), "Ada schreibt …");
    assert_eq!(texts::is_typing("אדה"), "\u{2068}אדה\u{2069} schreibt …");
}

#[test]
fn a_name_cannot_become_a_placeholder() {
    assert_eq!(
        texts::are_typing("{two}", "Ben"),
        "{two} and Ben are typing…"
    );
}

#[test]
fn the_server_is_heard_in_german_by_its_codes() {
    let refusal = || {
        Refusal::new(
            ErrorCode::NotAuthor,
            "Only its author can change a message.",
        )
    };
    assert_eq!(
        refusals::refusal(refusal()),
        "Only its author can change a message."
    );
    for code in codes() {
        let frame = format!(r#"{{"type":"error","code":"{code}","message":"","retry":false}}"#);
        let Ok(ServerMessage::Error(refused)) = codec::decode_server(&frame) else {
            panic!("{frame} is no error");
        };
        assert_eq!(
            refusals::refusal_key(refused.code),
            hash(&format!("refusal.{code}"))
        );
    }
    speak_german();
    assert!(refusals::refusal(refusal()).starts_with("Nur wer eine Nachricht geschrieben hat"));
    let newer = Refusal::new(ErrorCode::Unknown, "Too purple.");
    assert_eq!(
        refusals::refusal(newer),
        "Too purple.",
        "only the server knows what it means"
    );
    assert!(
        refusals::notice("The server is restarting. You'll be reconnected.").starts_with("Der")
    );
    assert_eq!(refusals::notice("Backup at noon"), "Backup at noon");
}

#[test]
fn the_view_models_speak_german() {
    speak_german();
    let mut page = Page::online();
    assert_eq!(status_text(page.model.session.status()), "Verbunden");
    page.dispatch(Event::Typed("a".repeat(8_002)));
    assert_eq!(
        composer::length_or_cut_note(&page.model).unwrap(),
        "2 Zeichen zu viel"
    );
    page.dispatch(Event::Typed("a".repeat(7_600)));
    assert_eq!(
        composer::length_or_cut_note(&page.model).unwrap(),
        "7.600 von 8.000"
    );
    page.dispatch(Event::RoomOpened("No such name!".to_owned()));
    assert!(page.notice().starts_with("Raumnamen bestehen aus"));
    page.dispatch(Event::DisconnectRequested);
    assert_eq!(status_text(page.model.session.status()), "Getrennt");
}

#[test]
fn new_visitors_get_a_name_in_their_language() {
    assert_eq!(visitor_name([5, 14]), "Clever Owl");
    let words = |words: &str| words.split(' ').count();
    assert_eq!(
        [
            words(texts::visitor_adjectives()),
            words(texts::visitor_nouns())
        ],
        [16; 2]
    );
    speak_german();
    assert_eq!(
        [
            words(texts::visitor_adjectives()),
            words(texts::visitor_nouns())
        ],
        [16; 2]
    );
    for (adjective, noun) in (0..16).flat_map(|one| (0..16).map(move |two| (one, two))) {
        let name = visitor_name([adjective, noun]);
        assert!(Name::parse(&*name).is_ok(), "{name}");
    }
}
