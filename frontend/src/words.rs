//! Where words begin and end in a text, and what they are made of.

use parlor_shared::characters::{is_symbol, is_unspaced};

/// What a character is to the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// Nothing: it stands between words.
    Between,
    /// Part of a word of a script with spaces.
    Word,
    /// Part of a text without spaces, of which every part is found.
    Run,
    /// An emoji or part of one.
    Symbol,
}

/// What a character is to the search: approximately what the server takes it for.
pub(crate) fn class(c: char) -> Class {
    match c {
        c if is_symbol(c) => Class::Symbol,
        c if !is_in_word(c) => Class::Between,
        c if is_unspaced(c) => Class::Run,
        _ => Class::Word,
    }
}

/// Whether a character is part of a word. Approximate, which is enough for display: Unicode's
/// tables of all letters would be longer than the rest of the page's text handling.
pub(crate) fn is_in_word(c: char) -> bool {
    match c {
        '\0'..='\u{7f}' => c.is_ascii_alphanumeric(),
        // Signs of Latin-1, punctuation, arrows and other symbols, East Asian punctuation, emoji.
        '\u{80}'..='\u{bf}' => matches!(c, 'ª' | 'µ' | 'º'),
        '×' | '÷' | '\u{2000}'..='\u{206f}' | '\u{2190}'..='\u{2bff}' => false,
        '々' | '〆' | '〇' => true,
        '\u{3000}'..='\u{3020}' | '\u{3030}' | '\u{303d}'..='\u{303f}' | '・' => false,
        '\u{fe10}'..='\u{fe1f}' | '\u{fe30}'..='\u{fe6f}' => false,
        '\u{ff00}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' => false,
        '\u{ff3b}'..='\u{ff40}' | '\u{ff5b}'..='\u{ff65}' => false,
        '\u{1f000}'..='\u{1faff}' => false,
        // Punctuation of other scripts: Greek, Armenian, Arabic, Urdu, Syriac, Devanagari, Tibetan,
        // Burmese, Ethiopic, Khmer, Mongolian.
        '\u{37e}' | '\u{55a}'..='\u{55f}' | '\u{589}' | '،' | '؛' | '\u{61e}' | '؟' => false,
        '\u{66a}'..='\u{66d}' | '۔' | '\u{700}'..='\u{70d}' | '।' | '॥' => false,
        '\u{f0b}'..='\u{f14}' | '\u{104a}'..='\u{104f}' | '\u{1361}'..='\u{1368}' => false,
        '\u{17d4}'..='\u{17d6}' | '\u{1802}'..='\u{1809}' => false,
        _ => true,
    }
}
