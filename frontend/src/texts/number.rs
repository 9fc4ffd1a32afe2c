//! How texts take numbers.

/// Writes a number in the reader's language. A browser knows how; the tests bring their own.
pub type Number = fn(usize) -> String;
