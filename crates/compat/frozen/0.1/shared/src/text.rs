//! What people write: names, texts, reactions. Checked when somebody writes it. Text is text, never
//! markup.
//!
//! `parse` checks what is new. Deserializing accepts more: everything that any version of Parlor
//! has accepted, because logs keep it. So the server parses what a client sends once more before it
//! accepts it.
//!
//! Native programs have all of Unicode's tables (`text/unicode.rs`). The page has not, and decides
//! less: it accepts everything that the server accepts, and a little more.

mod invalid;
#[cfg(not(target_arch = "wasm32"))]
mod unicode;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::invalid::{NameInvalid, TextInvalid};

use crate::{
    characters::{has_visible, is_bidi_control, is_mark, is_symbol, is_visible, unstyled},
    limits::{EMOJI_BYTES_MAX, NAME_BYTES_MAX, TEXT_CHARS_MAX, TOKEN_BYTES_MAX, TOPIC_CHARS_MAX},
};

macro_rules! checked_string {
    ($name:ident, $parse:path, $accept:path) => {
        impl $name {
            /// Checks what somebody has written.
            ///
            /// # Errors
            /// [`TextInvalid`] if it breaks this type's rules.
            pub fn parse(text: impl Into<String>) -> Result<Self, TextInvalid> {
                $parse(text.into()).map(Self)
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        /// Accepts what any version has accepted.
        impl TryFrom<String> for $name {
            type Error = TextInvalid;

            fn try_from(text: String) -> Result<Self, TextInvalid> {
                $accept(&text)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    };
}

macro_rules! shown_as_text {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

/// The text of a post or an edit: 1 to 8,000 characters, of which one can be seen. Line breaks and
/// tabs are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

checked_string!(Text, parse_text, accept_text);

fn parse_text(text: String) -> Result<String, TextInvalid> {
    accept_text(&text)?;
    if has_visible(&text) {
        Ok(text)
    } else {
        Err(TextInvalid::TextEmpty)
    }
}

fn accept_text(text: &str) -> Result<(), TextInvalid> {
    // A text has at least as many bytes as characters, so most need no counting.
    if text.len() > TEXT_CHARS_MAX && text.chars().count() > TEXT_CHARS_MAX {
        Err(TextInvalid::TextTooLong)
    } else if text.trim().is_empty() {
        Err(TextInvalid::TextEmpty)
    } else {
        Ok(())
    }
}

/// A member's name: one line of 1 to 64 bytes in Unicode's normal form C, in which something can be
/// seen, without white space around it, without characters that change the direction of text, and
/// with few marks on each letter. Names are not unique. Native programs get the normal form from
/// `parse`; the page's browser makes it before.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

checked_string!(Name, parse_name, accept_name);

fn parse_name(name: String) -> Result<String, TextInvalid> {
    #[cfg(not(target_arch = "wasm32"))]
    let name = unicode::normalize(name);
    if !has_visible(&name) {
        return Err(NameInvalid::Blank.into());
    }
    accept_name(&name)?;
    let breaks_line = |c| matches!(c, '\u{2028}' | '\u{2029}');
    if name.contains(breaks_line) {
        return Err(NameInvalid::Lines.into());
    }
    if name.contains(is_bidi_control) {
        return Err(NameInvalid::Direction.into());
    }
    if name.starts_with(is_mark) {
        return Err(NameInvalid::Marks.into());
    }
    #[cfg(not(target_arch = "wasm32"))]
    unicode::check_name(&name)?;
    Ok(name)
}

fn accept_name(name: &str) -> Result<(), TextInvalid> {
    let invalid = if name.is_empty() {
        NameInvalid::Blank
    } else if name.len() > NAME_BYTES_MAX {
        NameInvalid::TooLong
    } else if name.trim() != name || name.contains(char::is_control) {
        NameInvalid::Lines
    } else {
        return Ok(());
    };
    Err(invalid.into())
}

/// A room's topic: one line of 1 to 250 characters, in which something can be seen, without white
/// space around it and without characters that change the direction of text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Topic(String);

checked_string!(Topic, parse_topic, accept_topic);

fn parse_topic(topic: String) -> Result<String, TextInvalid> {
    accept_topic(&topic)?;
    Ok(topic)
}

fn accept_topic(topic: &str) -> Result<(), TextInvalid> {
    let is_refused =
        |c: char| c.is_control() || is_bidi_control(c) || matches!(c, '\u{2028}' | '\u{2029}');
    let is_accepted = topic.chars().count() <= TOPIC_CHARS_MAX
        && topic.trim() == topic
        && has_visible(topic)
        && !topic.contains(is_refused);
    is_accepted.then_some(()).ok_or(TextInvalid::Topic)
}

/// A reaction: one emoji of at most 64 bytes. Native programs get Unicode's recommended spelling of
/// it from `parse`, which has the emoji variation selector (U+FE0F) where the emoji needs one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Emoji(String);

checked_string!(Emoji, parse_emoji, accept_emoji);

impl Emoji {
    /// The emoji without variation selectors: the same for each spelling of one emoji.
    #[must_use]
    pub fn unstyled(&self) -> Self {
        Self(unstyled(&self.0))
    }
}

fn parse_emoji(emoji: String) -> Result<String, TextInvalid> {
    accept_emoji(&emoji)?;
    if !is_one_emoji(&emoji) {
        return Err(TextInvalid::Emoji);
    }
    #[cfg(not(target_arch = "wasm32"))]
    let emoji = unicode::recommended(&emoji)?;
    Ok(emoji)
}

/// Whether the text has the form of one emoji: symbols with joiners between them, a flag of two
/// letters, or a key.
fn is_one_emoji(text: &str) -> bool {
    let is_letter = |c: char| matches!(c, '\u{1F1E6}'..='\u{1F1FF}');
    if text.starts_with(is_letter) {
        return text.chars().count() == 2 && text.chars().all(is_letter);
    }
    if text.starts_with(|c: char| c.is_ascii()) {
        return text.ends_with('\u{20E3}') && text.chars().filter(char::is_ascii).count() == 1;
    }
    text.split('\u{200D}').all(|part| {
        // Skin tones, selectors and tags belong to the symbol before them.
        let is_modifier = |c: &char| !is_visible(*c) || matches!(*c, '\u{1F3FB}'..='\u{1F3FF}');
        let mut rest = part.chars();
        rest.next().is_some_and(|c| is_symbol(c) && is_visible(c)) && rest.all(|c| is_modifier(&c))
    })
}

fn accept_emoji(emoji: &str) -> Result<(), TextInvalid> {
    let plain = |c: char| c.is_control() || c.is_whitespace() || c.is_ascii_alphabetic();
    let is_accepted =
        (1..=EMOJI_BYTES_MAX).contains(&emoji.len()) && !emoji.is_ascii() && !emoji.contains(plain);
    is_accepted.then_some(()).ok_or(TextInvalid::Emoji)
}

shown_as_text!(Text, Name, Topic, Emoji);

/// Proves on the next connection that a client is the same member. Opaque and secret: `Debug` does
/// not show it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

checked_string!(Token, parse_token, accept_token);

fn parse_token(token: String) -> Result<String, TextInvalid> {
    accept_token(&token)?;
    Ok(token)
}

fn accept_token(token: &str) -> Result<(), TextInvalid> {
    let is_accepted =
        (1..=TOKEN_BYTES_MAX).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
    is_accepted.then_some(()).ok_or(TextInvalid::Token)
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
