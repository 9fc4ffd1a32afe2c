//! Long messages, of which the list shows the beginning until the user wants the rest.

/// More characters than this are long.
const CHARS_MAX: usize = 1_500;
/// More lines than this are long.
const LINES_MAX: usize = 20;

/// Whether a message is shown in part at first.
#[must_use]
pub fn is_long(text: &str) -> bool {
    // A text has no more characters or lines than bytes.
    text.lines().nth(LINES_MAX).is_some()
        || text.len() > CHARS_MAX && text.chars().nth(CHARS_MAX).is_some()
}
