//! Where words begin and end in a text.

/// The words of a text, each with the byte offset where it begins.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let words = text.split(|c: char| !is_in_word(c));
    let start = move |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    words
        .filter(|word| !word.is_empty())
        .map(move |word| (start(word), word))
}

/// Whether a character is part of a word. Approximate, which is enough for display: Unicode's
/// tables of all letters would be longer than the rest of the page's text handling.
pub(crate) fn is_in_word(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphanumeric(),
        // Signs of Latin-1, punctuation, arrows and other symbols, East Asian punctuation, emoji.
        '\u{80}'..='\u{bf}' => matches!(c, 'ª' | 'µ' | 'º'),
        '×' | '÷' | '\u{2000}'..='\u{206f}' | '\u{2190}'..='\u{2bff}' => false,
        '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ff0f}' | '\u{1f000}'..='\u{1faff}' => false,
        _ => true,
    }
}
