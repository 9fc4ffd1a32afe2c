//! What people write: names, texts, reactions. Checked once, when it is parsed. Text is text, never
//! markup.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::limits::{EMOJI_BYTES_MAX, NAME_BYTES_MAX, TEXT_CHARS_MAX, TOKEN_BYTES_MAX};

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextInvalid {
    /// A message of nothing but white space.
    #[error("Messages need some text, up to 8,000 characters.")]
    TextEmpty,
    /// More than [`TEXT_CHARS_MAX`] characters.
    #[error("Messages have at most 8,000 characters.")]
    TextTooLong,
    /// A name that is empty, longer than [`NAME_BYTES_MAX`] bytes, surrounded by white space, or
    /// has control characters.
    #[error("Enter a name (it may be a bit shorter).")]
    Name,
    /// A reaction that is empty, longer than [`EMOJI_BYTES_MAX`] bytes, or has white space, control
    /// characters or ASCII letters.
    #[error("A reaction is one emoji of at most {EMOJI_BYTES_MAX} bytes.")]
    Emoji,
    /// A token that is empty, longer than [`TOKEN_BYTES_MAX`] bytes, or not printable ASCII.
    #[error("A token is the one from the server's welcome, at most {TOKEN_BYTES_MAX} bytes.")]
    Token,
}

macro_rules! checked_string {
    ($name:ident, $check:expr) => {
        impl $name {
            /// Checks a text.
            ///
            /// # Errors
            /// [`TextInvalid`] if it breaks this type's rules.
            pub fn parse(text: impl Into<String>) -> Result<Self, TextInvalid> {
                let text = text.into();
                let check: fn(&str) -> Option<TextInvalid> = $check;
                match check(&text) {
                    None => Ok(Self(text)),
                    Some(invalid) => Err(invalid),
                }
            }

            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextInvalid;

            fn try_from(text: String) -> Result<Self, TextInvalid> {
                Self::parse(text)
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

/// The text of a post or an edit: 1 to 8,000 characters, not only white space. Line breaks and tabs
/// are kept.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text(String);

checked_string!(Text, |text| {
    // A text has at least as many bytes as characters, so most need no counting.
    if text.len() > TEXT_CHARS_MAX && text.chars().count() > TEXT_CHARS_MAX {
        Some(TextInvalid::TextTooLong)
    } else if text.trim().is_empty() {
        Some(TextInvalid::TextEmpty)
    } else {
        None
    }
});

/// A member's name: 1 to 64 bytes, no control characters, no white space around it. Names are not
/// unique.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

checked_string!(Name, |text| {
    let valid = (1..=NAME_BYTES_MAX).contains(&text.len())
        && text.trim() == text
        && !text.chars().any(char::is_control);
    (!valid).then_some(TextInvalid::Name)
});

/// A reaction: one emoji of at most 32 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Emoji(String);

checked_string!(Emoji, |text| {
    let plain = |c: char| c.is_control() || c.is_whitespace() || c.is_ascii_alphabetic();
    let valid =
        (1..=EMOJI_BYTES_MAX).contains(&text.len()) && !text.is_ascii() && !text.chars().any(plain);
    (!valid).then_some(TextInvalid::Emoji)
});

shown_as_text!(Text, Name, Emoji);

/// Proves on the next connection that a client is the same member. Opaque and secret: `Debug` does
/// not show it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Token(String);

checked_string!(Token, |text| {
    let valid =
        (1..=TOKEN_BYTES_MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    (!valid).then_some(TextInvalid::Token)
});

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}
