//! The text of a search: words, and whose messages are meant.

/// What a search asks for.
///
/// `from:ada` in the text means messages by members with such a word in their names, and
/// `from:"ada lovelace"` by those with both words. Everything else is words of the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// The words that a message must have.
    pub words: String,
    /// The words that its author's name must have; empty if the author does not matter.
    pub author: String,
}

/// What stands before an author's name, in any case.
const FROM: &str = "from:";

impl SearchQuery {
    /// Reads the text of a search. A `from:` with nothing behind it, as while somebody types, means
    /// nothing.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let mut query = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (into, (part, after)) = match strip_from(rest) {
                Some(name) => (&mut query.author, split_name(name)),
                None => (&mut query.words, split_word(rest)),
            };
            push(into, part);
            rest = after.trim_start();
        }
        query
    }
}

/// What follows `from:`.
fn strip_from(text: &str) -> Option<&str> {
    let (start, rest) = text.split_at_checked(FROM.len())?;
    start.eq_ignore_ascii_case(FROM).then_some(rest)
}

/// The name at the beginning, which may be in quotes, and what comes after it.
fn split_name(text: &str) -> (&str, &str) {
    // Phones write typographic quotes.
    let is_quote = |c: char| matches!(c, '"' | '“' | '”' | '„' | '«' | '»');
    match text.strip_prefix(is_quote) {
        Some(quoted) => quoted.split_once(is_quote).unwrap_or((quoted, "")),
        None => split_word(text),
    }
}

fn split_word(text: &str) -> (&str, &str) {
    text.split_once(char::is_whitespace).unwrap_or((text, ""))
}

fn push(words: &mut String, word: &str) {
    if !words.is_empty() && !word.is_empty() {
        words.push(' ');
    }
    words.push_str(word);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_words_and_an_author() {
        for (text, words, author) in [
            ("tea at noon", "tea at noon", ""),
            ("  tea   from:ada noon ", "tea noon", "ada"),
            ("From:\"Ada Lovelace\" tea", "tea", "Ada Lovelace"),
            ("from:“ada l” tea", "tea", "ada l"),
            ("from:\"ada l", "", "ada l"),
            ("from:ada from:l", "", "ada l"),
            ("from:", "", ""),
            ("from: ada", "ada", ""),
            ("sent from:home", "sent", "home"),
            ("the from field", "the from field", ""),
            ("xfrom:ada \"from:ada\"", "xfrom:ada \"from:ada\"", ""),
            ("fröm:x 世界 from:世", "fröm:x 世界", "世"),
            ("", "", ""),
        ] {
            let query = SearchQuery::parse(text);
            assert_eq!((&*query.words, &*query.author), (words, author), "{text}");
        }
    }
}
