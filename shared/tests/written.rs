//! What people write: what is accepted today, and what an old log may have.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails when it meets something unexpected"
)]

use parlor_shared::{Emoji, Name, NameInvalid, Text, TextInvalid, characters::has_visible, codec};
use proptest::prelude::*;

#[test]
fn a_name_says_why_it_is_refused() {
    let cases = [
        ("", NameInvalid::Blank),
        ("\u{200B}", NameInvalid::Blank),
        ("\u{3164}", NameInvalid::Blank),
        ("\u{301}", NameInvalid::Blank),
        (" ", NameInvalid::Blank),
        (" ann", NameInvalid::Lines),
        ("a\u{2028}b", NameInvalid::Lines),
        ("ann\u{202E}", NameInvalid::Direction),
        ("a\u{E000}", NameInvalid::Unassigned),
        ("\u{301}a", NameInvalid::Marks),
        ("\u{94D}क", NameInvalid::Marks),
    ];
    for (name, why) in cases {
        assert_eq!(Name::parse(name), Err(TextInvalid::Name(why)), "{name:?}");
    }
    assert_eq!(Name::parse("Jose\u{301}").unwrap().as_str(), "José");
    assert_eq!(Text::parse("\u{200B}\u{2800}"), Err(TextInvalid::TextEmpty));
}

#[test]
fn what_an_old_log_has_can_still_be_read() {
    let entry = r#"{"type":"entry","room":"lobby","entry":{"seq":9,"prev":7,"id":"0199c82c-c000-7101-8101-010101010101","at_ms":1,"member":"02020202-0202-4202-8202-020202020202","name":"NAME","body":BODY}}"#;
    let bodies = [
        "{\"kind\":\"post\",\"text\":\"\u{200B}\"}",
        r#"{"kind":"reaction","target":"0199c82c-c000-7101-8101-010101010101","emoji":"иди","on":true}"#,
        r#"{"kind":"reaction","target":"0199c82c-c000-7101-8101-010101010101","emoji":"👍👍","on":true}"#,
    ];
    for name in ["\u{200B}", "\u{202E}ann", "Jose\u{301}", "a\u{E000}"] {
        for body in bodies {
            let frame = entry.replace("NAME", name).replace("BODY", body);
            let read = codec::decode_server(&frame).unwrap();
            assert_eq!(codec::encode_server(&read), frame);
        }
    }
}

/// The page decides by the form of an emoji alone. It must not refuse what the server accepts.
#[test]
fn every_emoji_of_unicode_is_a_reaction_in_each_of_its_spellings() {
    let tones = emojis::iter().flat_map(|emoji| match emoji.skin_tones() {
        Some(tones) => tones.collect(),
        None => vec![emoji],
    });
    let mut count = 0;
    for emoji in tones {
        count += 1;
        let parsed = Emoji::parse(emoji.as_str()).map(|parsed| parsed.to_string());
        assert_eq!(parsed.as_deref(), Ok(emoji.as_str()));
        let bare = emoji.as_str().replace('\u{FE0F}', "");
        if !bare.is_ascii() {
            let parsed = Emoji::parse(bare).map(|parsed| parsed.to_string());
            assert_eq!(parsed.as_deref(), Ok(emoji.as_str()));
        }
    }
    assert!(count > 3_700, "{count}");
}

proptest! {
    #[test]
    fn a_name_that_was_parsed_stays_as_it_is(name in r"([a-zéא世\u{300}-\u{310}\u{200B}-\u{200F}\u{202E}\u{FE0F}👍🏽🇯 ]|\PC){0,12}") {
        if let Ok(name) = Name::parse(name) {
            prop_assert!(has_visible(name.as_str()));
            prop_assert!(Name::try_from(name.to_string()).is_ok());
            prop_assert_eq!(Name::parse(name.as_str()), Ok(name));
        }
    }
}
