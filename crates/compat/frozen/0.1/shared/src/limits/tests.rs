use super::*;
use crate::{AccessSecret, AccessToken, Emoji, Name, RoomId, Text, TextInvalid, Token, Topic};

#[test]
fn each_text_is_accepted_up_to_its_limit_and_refused_past_it() {
    assert!(RoomId::parse(&"r".repeat(ROOM_BYTES_MAX)).is_ok());
    assert!(RoomId::parse(&"r".repeat(ROOM_BYTES_MAX + 1)).is_err());
    assert!(Name::parse("ö".repeat(NAME_BYTES_MAX / 2)).is_ok());
    assert!(Name::parse("n".repeat(NAME_BYTES_MAX + 1)).is_err());
    assert!(Text::parse("🙂".repeat(TEXT_CHARS_MAX)).is_ok());
    assert!(Text::parse("t".repeat(TEXT_CHARS_MAX + 1)).is_err());
    assert!(Emoji::try_from("🙂".repeat(EMOJI_BYTES_MAX / 4)).is_ok());
    assert!(Emoji::try_from("🙂".repeat(EMOJI_BYTES_MAX / 4 + 1)).is_err());
    // Not a mark of its own after the letter: normal form C would join the two.
    let marked = |marks| Name::parse(format!("x{}", "\u{316}".repeat(marks)));
    assert!(marked(NAME_MARKS_MAX).is_ok());
    assert!(marked(NAME_MARKS_MAX + 1).is_err());
    assert!(Topic::parse("ö".repeat(TOPIC_CHARS_MAX)).is_ok());
    assert!(Topic::parse("t".repeat(TOPIC_CHARS_MAX + 1)).is_err());
    assert!(Token::parse("t".repeat(TOKEN_BYTES_MAX)).is_ok());
    assert!(Token::parse("t".repeat(TOKEN_BYTES_MAX + 1)).is_err());
    assert!(AccessToken::try_from("t".repeat(ACCESS_TOKEN_BYTES_MAX)).is_ok());
    assert!(AccessToken::try_from("t".repeat(ACCESS_TOKEN_BYTES_MAX + 1)).is_err());
    assert!(AccessSecret::try_from("t".repeat(ACCESS_SECRET_BYTES_MAX)).is_ok());
    assert!(AccessSecret::try_from("t".repeat(ACCESS_SECRET_BYTES_MAX + 1)).is_err());
}

#[test]
fn the_refusals_of_texts_name_the_limit() {
    assert_eq!(TEXT_CHARS_MAX, 8_000);
    for invalid in [TextInvalid::TextEmpty, TextInvalid::TextTooLong] {
        assert!(invalid.to_string().contains("8,000"), "{invalid}");
    }
}
