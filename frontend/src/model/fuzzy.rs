//! How well a typed text matches a name.

/// A match; a greater one is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    /// The name has the text's characters in their order.
    Scattered,
    /// The name has the text.
    Within,
    /// A word of the name begins with the text.
    Word,
    /// The name begins with the text.
    Beginning,
    /// The name is the text.
    Whole,
}

/// How this text matches the name, if it does. Both are in the form in which they are compared.
#[must_use]
pub fn fuzzy(text: &str, name: &str) -> Option<Match> {
    let text = text.trim();
    let is_between = |c: char| matches!(c, ' ' | '-' | '_' | '.' | '#');
    let Some(at) = name.find(text) else {
        // A lone letter or two are in every other name.
        let mut rest = name.chars();
        let mut wanted = text.chars().filter(|c| !is_between(*c));
        let is_scattered = wanted.all(|wanted| rest.any(|c| c == wanted));
        return (is_scattered && text.chars().count() > 2).then_some(Match::Scattered);
    };
    let starts_word = |at: usize| name[..at].ends_with(is_between);
    Some(match at {
        0 if name.len() == text.len() => Match::Whole,
        0 => Match::Beginning,
        _ if name.match_indices(text).any(|(at, _)| starts_word(at)) => Match::Word,
        _ => Match::Within,
    })
}
