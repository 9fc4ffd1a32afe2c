//! Why something that people write is refused.

use crate::limits::{
    ACCESS_SECRET_BYTES_MAX, ACCESS_TOKEN_BYTES_MAX, EMOJI_BYTES_MAX, NAME_BYTES_MAX,
    NAME_MARKS_MAX, TOKEN_BYTES_MAX, TOPIC_CHARS_MAX,
};

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextInvalid {
    /// A message in which nothing can be seen.
    #[error("Messages need some text, up to 8,000 characters.")]
    TextEmpty,
    /// More than [`TEXT_CHARS_MAX`](crate::limits::TEXT_CHARS_MAX) characters.
    #[error("Messages have at most 8,000 characters.")]
    TextTooLong,
    /// Not a name.
    #[error(transparent)]
    Name(#[from] NameInvalid),
    /// Not a topic.
    #[error(
        "Topics are one line of up to {TOPIC_CHARS_MAX} characters in which something can be seen."
    )]
    Topic,
    /// Not exactly one emoji, or one of more than [`EMOJI_BYTES_MAX`] bytes.
    #[error("A reaction is one emoji of at most {EMOJI_BYTES_MAX} bytes.")]
    Emoji,
    /// A token that is empty, longer than [`TOKEN_BYTES_MAX`] bytes, or not printable ASCII.
    #[error("A token is the one from the server's welcome, at most {TOKEN_BYTES_MAX} bytes.")]
    Token,
    /// What is shown to come in is empty, too long, or has characters that it can't have.
    #[error(
        "An access token has at most {ACCESS_TOKEN_BYTES_MAX} printable ASCII characters; a \
         password or a code at most {ACCESS_SECRET_BYTES_MAX} bytes."
    )]
    Access,
}

/// Why a name is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameInvalid {
    /// Nothing in it can be seen.
    #[error("Enter a name in which something can be seen.")]
    Blank,
    /// More than [`NAME_BYTES_MAX`] bytes.
    #[error("Names have at most {NAME_BYTES_MAX} bytes of UTF-8. Enter a shorter one.")]
    TooLong,
    /// White space around it, a line break or a control character.
    #[error("Names are one line without control characters and without white space around it.")]
    Lines,
    /// A character that changes the direction of the text around it.
    #[error("Names have no characters that change the direction of text (such as U+202E).")]
    Direction,
    /// A private or unassigned character.
    #[error("Names have only characters that Unicode has assigned.")]
    Unassigned,
    /// A mark without a letter, or more than [`NAME_MARKS_MAX`] marks on one.
    #[error("Names have at most {NAME_MARKS_MAX} marks on a letter, and none without a letter.")]
    Marks,
    /// Not in Unicode's normal form C.
    #[error("Send the name in Unicode's normal form C (NFC).")]
    NotNormal,
}
