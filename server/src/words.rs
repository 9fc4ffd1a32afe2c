//! The words of a text, for the full-text index: the same for what is indexed and for what is
//! searched.
//!
//! Words are compared without case, width and accents. Scripts that are written without spaces have
//! no words that a program could find without a dictionary, so each two neighbouring characters are
//! one word, as in Lucene's `CJKBigramFilter`: a query finds every part of a text that has two
//! characters or more. An emoji is a word, too.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{ExtendedPictographic, GeneralCategory, GeneralCategoryGroup, RegionalIndicator},
};
use parlor_shared::characters::{is_mark, is_unspaced, is_visible};
use unicode_segmentation::UnicodeSegmentation;

/// A part of a text that can be searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// A word of a script with spaces.
    Word(String),
    /// Neighbouring characters of scripts without spaces.
    Run(String),
    /// An emoji without its variation selectors.
    Emoji(String),
}

/// Words that follow each other in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Phrase {
    /// The words, separated by spaces. They have no other ASCII characters than letters and digits.
    pub(crate) words: String,
    /// Whether the last one may be the beginning of a word.
    pub(crate) is_prefix: bool,
}

/// The words to index for a text, separated by spaces.
pub(crate) fn index_words(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for part in parts(text) {
        match part {
            Part::Word(word) | Part::Emoji(word) => push_word(&mut words, &word),
            Part::Run(run) => {
                push_pairs(&mut words, &run);
                // Every other character is the beginning of a pair.
                push_word(&mut words, &String::from_iter(run.chars().next_back()));
            }
        }
    }
    words
}

/// The phrases that a message must have all of to match the query; empty if the query has no word.
/// The last word of the query may be the beginning of a word.
pub(crate) fn query_phrases(query: &str) -> Vec<Phrase> {
    let mut phrases: Vec<Phrase> = Vec::new();
    for chunk in query.split_whitespace() {
        let mut is_after_word = false;
        for part in parts(chunk) {
            let is_word = matches!(part, Part::Word(_));
            match (part, phrases.last_mut()) {
                // What stands between two spaces stays together, as in "don't".
                (Part::Word(word), Some(last)) if is_after_word => {
                    push_word(&mut last.words, &word);
                }
                (part, _) => phrases.push(phrase(part)),
            }
            is_after_word = is_word;
        }
    }
    if let Some(last) = phrases.last_mut() {
        last.is_prefix = true;
    }
    phrases
}

fn phrase(part: Part) -> Phrase {
    match part {
        Part::Word(words) => Phrase {
            words,
            is_prefix: false,
        },
        // An emoji without a skin tone finds it with each.
        Part::Emoji(words) => Phrase {
            words,
            is_prefix: true,
        },
        Part::Run(run) => {
            let mut words = String::new();
            push_pairs(&mut words, &run);
            let is_single = words.is_empty();
            Phrase {
                words: if is_single { run } else { words },
                is_prefix: is_single,
            }
        }
    }
}

fn push_word(words: &mut String, word: &str) {
    if !words.is_empty() {
        words.push(' ');
    }
    words.push_str(word);
}

/// Pushes each two neighbouring characters as a word.
fn push_pairs(words: &mut String, run: &str) {
    let pairs = run.chars().zip(run.chars().skip(1));
    for (first, second) in pairs {
        push_word(words, &String::from_iter([first, second]));
    }
}

/// The parts of a text, in order.
fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut letters_from = 0;
    // Looking for the ends of clusters is slow, and few texts have emoji.
    if text.contains(is_pictograph) || text.contains(KEY) {
        for (at, cluster) in text.grapheme_indices(true) {
            if let Some(emoji) = emoji(cluster) {
                push_letters(&mut parts, &text[letters_from..at]);
                parts.push(Part::Emoji(emoji));
                letters_from = at + cluster.len();
            }
        }
    }
    push_letters(&mut parts, &text[letters_from..]);
    parts
}

/// Makes a key of the digit or sign before it.
const KEY: char = '\u{20E3}';

fn is_pictograph(c: char) -> bool {
    !c.is_ascii()
        && !c.is_alphanumeric()
        && (CodePointSetData::new::<ExtendedPictographic>().contains(c)
            || CodePointSetData::new::<RegionalIndicator>().contains(c))
}

/// The emoji that a grapheme cluster is, without variation selectors and ASCII signs; `None` where
/// it is something else.
fn emoji(cluster: &str) -> Option<String> {
    let is_key = cluster.starts_with(|c: char| c.is_ascii_digit() || c == '#' || c == '*')
        && cluster.ends_with(KEY);
    let plain = |c| match c {
        '\u{FE0E}' | '\u{FE0F}' => None,
        '#' => Some('＃'),
        '*' => Some('＊'),
        c => Some(c),
    };
    let is_emoji = is_key || cluster.starts_with(is_pictograph);
    is_emoji.then(|| cluster.chars().filter_map(plain).collect())
}

/// Pushes the words and runs of a text without emoji.
fn push_letters(parts: &mut Vec<Part>, text: &str) {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let mut is_joined = false;
    for c in fold(text).chars() {
        if !is_visible(c) {
            // A soft hyphen, say, is within a word. The space without a width is between words.
            is_joined &= !(c == '\u{200B}' || c.is_whitespace() || c.is_control());
            continue;
        }
        let is_mark = GeneralCategoryGroup::Mark.contains(categories.get(c));
        if !(c.is_alphanumeric() || is_mark && is_joined) {
            is_joined = false;
            continue;
        }
        match parts.last_mut().filter(|_| is_joined) {
            Some(Part::Word(word)) if is_mark || !is_unspaced(c) => word.push(c),
            Some(Part::Run(run)) if is_mark || is_unspaced(c) => run.push(c),
            Some(_) | None if is_unspaced(c) => parts.push(Part::Run(c.into())),
            Some(_) | None => parts.push(Part::Word(c.into())),
        }
        is_joined = true;
    }
}

/// The text in the form in which it is compared.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let wide = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let mut lower = String::with_capacity(wide.len());
    for c in wide.chars().flat_map(char::to_lowercase) {
        match c {
            'ß' => lower.push_str("ss"),
            'ς' => lower.push('σ'),
            c => lower.push(c),
        }
    }
    let apart = DecomposingNormalizerBorrowed::new_nfd().normalize(&lower);
    let letters = apart.chars().filter(|c| !is_accent(*c)).map(ascii_digit);
    let letters: String = letters.collect();
    // Together again, so that a syllable of Hangul is one character.
    let composed = ComposingNormalizerBorrowed::new_nfc().normalize(&letters);
    composed.into_owned()
}

/// Whether a mark may be left out in writing. The marks of kana make other syllables.
fn is_accent(c: char) -> bool {
    let is_point = matches!(c,
        '\u{591}'..='\u{5BD}' | '\u{5BF}' | '\u{5C1}'..='\u{5C7}' | '\u{64B}'..='\u{65F}' | '\u{670}');
    is_point || is_mark(c) && !matches!(c, '\u{3099}' | '\u{309A}')
}

/// The ASCII digit of the same value, for a digit of another script. Unicode gives each script its
/// ten digits in a row.
fn ascii_digit(c: char) -> char {
    let categories = CodePointMapData::<GeneralCategory>::new();
    let is_digit = |code| categories.get32(code) == GeneralCategory::DecimalNumber;
    if c.is_ascii() || !is_digit(c.into()) {
        return c;
    }
    let value = (1..10).take_while(|back| is_digit(u32::from(c) - back));
    char::from_digit(value.count() as u32, 10).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_without_spaces_are_indexed_as_pairs() {
        assert_eq!(index_words("abc世界！Ｃafé 👍🏽"), "abc 世界 界 cafe 👍🏽");
        assert_eq!(index_words("タワーに"), "タワ ワー ーに に");
        assert_eq!(index_words("#️⃣ … \u{301} ＿"), "＃\u{20E3}");
    }

    #[test]
    fn a_query_is_phrases_of_the_same_words() {
        let phrases = |query| -> Vec<String> {
            let phrases = query_phrases(query).into_iter();
            let star = |is_prefix| if is_prefix { "*" } else { "" };
            phrases
                .map(|phrase| phrase.words + star(phrase.is_prefix))
                .collect()
        };
        assert_eq!(phrases("Don't stop"), ["don t", "stop*"]);
        assert_eq!(phrases("abc世界def 界"), ["abc", "世界", "def", "界*"]);
        assert_eq!(phrases("你好世"), ["你好 好世*"]);
        assert_eq!(phrases("❤️ x"), ["❤*", "x*"]);
        assert_eq!(phrases("\"…\" * \u{3164}"), [""; 0]);
    }
}
