//! Which characters can be seen, and which of them are written without spaces.
//!
//! The tables are short, because the page carries them. Where they say less than Unicode does, a
//! character counts as visible and as a letter of a script with spaces.

/// Whether a reader sees something in this text: a character that is drawn, and not only marks for
/// one.
#[must_use]
pub fn has_visible(text: &str) -> bool {
    text.chars().any(|c| is_visible(c) && !is_mark(c))
}

/// Whether a character is drawn: it is no white space, no control, no character that Unicode calls
/// ignorable (`Default_Ignorable_Code_Point`), and none that is drawn as a blank.
#[must_use]
pub fn is_visible(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_graphic();
    }
    let is_ignorable = matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
        | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFF8}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}');
    // The braille pattern without dots, the note without a head, fillers and annotation controls.
    let is_blank = matches!(
        c,
        '\u{2800}' | '\u{1D159}' | '\u{16FE4}' | '\u{FFF9}'..='\u{FFFB}'
    );
    !(is_ignorable || is_blank || c.is_whitespace() || c.is_control())
}

/// Whether a character changes the direction of the text around it.
#[must_use]
pub fn is_bidi_control(c: char) -> bool {
    matches!(c,
        '\u{61C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Whether a character is one of the marks that can be put above and below any letter.
#[must_use]
pub fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{300}'..='\u{36F}' | '\u{483}'..='\u{489}' | '\u{1AB0}'..='\u{1AFF}'
        | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}' | '\u{3099}' | '\u{309A}'
        | '\u{FE20}'..='\u{FE2F}')
}

/// Whether a letter belongs to a script in which words are not separated by spaces, or not every
/// time: Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese and their neighbours. Says nothing
/// about characters that are no letters.
#[must_use]
pub fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{E00}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1100}'..='\u{11FF}'
        | '\u{1780}'..='\u{17FF}' | '\u{1950}'..='\u{19FF}' | '\u{1A20}'..='\u{1AAF}'
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{30FA}'
        | '\u{30FC}'..='\u{31FF}' | '\u{3400}'..='\u{9FFF}' | '\u{A960}'..='\u{A97F}'
        | '\u{A9E0}'..='\u{A9FF}' | '\u{AA60}'..='\u{AADF}' | '\u{AC00}'..='\u{D7FF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{FF66}'..='\u{FFDC}' | '\u{116D0}'..='\u{1174F}'
        | '\u{16FE0}'..='\u{18DFF}'
        | '\u{1AFF0}'..='\u{1B2FF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Whether a character is an emoji or another symbol, or joins such symbols to one. Approximate: it
/// includes arrows and dingbats.
#[must_use]
pub fn is_symbol(c: char) -> bool {
    matches!(c,
        '©' | '®' | '\u{200D}' | '‼' | '⁉' | '\u{20E3}' | '™' | 'ℹ' | '\u{2190}'..='\u{2BFF}'
        | '〰' | '〽' | '㊗' | '㊙' | '\u{FE0F}' | '\u{1F000}'..='\u{1FAFF}'
        | '\u{E0020}'..='\u{E007F}')
}

/// An emoji without the selectors that choose between its looks.
#[must_use]
pub fn unstyled(emoji: &str) -> String {
    emoji.replace(['\u{FE0E}', '\u{FE0F}'], "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignorable_characters_are_those_of_unicode() {
        use icu_properties::{CodePointSetData, props::DefaultIgnorableCodePoint};
        let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
        let missing: Vec<char> = ('\0'..=char::MAX)
            .filter(|c| ignorable.contains(*c) && is_visible(*c))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn letters_without_spaces_are_those_of_unicode() {
        use icu_properties::{
            CodePointMapData,
            props::{LineBreak, Script},
        };
        let (scripts, breaks) = (
            CodePointMapData::<Script>::new(),
            CodePointMapData::<LineBreak>::new(),
        );
        let is_of_script = |c: &char| {
            let unspaced = [
                Script::Han,
                Script::Hiragana,
                Script::Katakana,
                Script::Bopomofo,
                Script::Hangul,
                Script::Thai,
                Script::Lao,
                Script::Khmer,
                Script::Myanmar,
            ];
            // What Unicode says needs a dictionary to be broken into words.
            let is_complex = breaks.get(*c) == LineBreak::ComplexContext;
            is_complex || unspaced.contains(&scripts.get(*c))
        };
        let missing: Vec<char> = ('\0'..=char::MAX)
            .filter(|c| c.is_alphanumeric() && is_of_script(c) && !is_unspaced(*c))
            .collect();
        assert!(missing.is_empty(), "{missing:?}");
        let spaced = "azäéžαωабвאבגابتกhelloदेवनागरी";
        assert_eq!(spaced.chars().filter(|c| is_unspaced(*c)).count(), 1);
    }
}
