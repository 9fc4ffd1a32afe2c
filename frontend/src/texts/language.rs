//! The page's language: patterns with named placeholders, filled in one place.
//!
//! English is in the program. Another language is a file of lines, `key = pattern`
//! (`frontend/later/de.txt`): the browser loads it before the page is shown and passes it to
//! [`set_language`], with what its `Intl` knows of plurals and numbers. A text that the file lacks
//! is said in English.

use std::cell::Cell;

use crate::look::isolated;

/// A text of the table: its key, and how English says it.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// The hash of the key: the keys themselves would be 2 KB of the page.
    hash: u32,
    /// The pattern; of a text with a plural the ones for 1 and for other numbers, with
    /// [`BETWEEN`] in between.
    english: &'static str,
    /// The key.
    #[cfg(not(target_arch = "wasm32"))]
    pub key: &'static str,
}

impl Text {
    /// A text with this key.
    #[must_use]
    pub const fn new(key: &'static str, english: &'static str) -> Self {
        Self {
            hash: hash(key),
            english,
            #[cfg(not(target_arch = "wasm32"))]
            key,
        }
    }

    /// How English says it: one pattern, or the ones for 1 and for other numbers.
    pub fn english(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.english.split(BETWEEN)
    }

    /// The text in the page's language. A text with placeholders is [`filled`](Self::filled).
    ///
    /// It is behind a reference, which a function of WASM returns without a stack frame: that is
    /// 2 KB of the page.
    #[must_use]
    pub fn plain(&'static self) -> &'static &'static str {
        current().find(self.hash).unwrap_or(&self.english)
    }

    /// The text in the page's language with these values, each under its placeholder's name. A
    /// plural follows the first number.
    #[must_use]
    pub fn filled(&'static self, values: &[(&str, Value<'_>)]) -> String {
        let mut parts = self.pattern(values).split('{');
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let (name, rest) = part.split_once('}').unwrap_or((part, ""));
            let value = values.iter().find(|(known, _)| *known == name);
            match value.map(|(_, value)| value) {
                Some(Value::Count(count)) => text.push_str(&number(*count)),
                Some(Value::Person(name)) => text.push_str(&isolated(name)),
                Some(Value::Text(value)) => text.push_str(value),
                None => {}
            }
            text.push_str(rest);
        }
        text
    }

    fn pattern(&'static self, values: &[(&str, Value<'_>)]) -> &'static str {
        let Some((one, other)) = self.english.split_once(BETWEEN) else {
            return self.plain();
        };
        let count = values.iter().find_map(|(_, value)| match value {
            Value::Count(count) => Some(*count),
            Value::Person(_) | Value::Text(_) => None,
        });
        let language = current();
        let category = (language.plural)(count.unwrap_or_default());
        let variant =
            |category: &str| language.find(extend_hash(extend_hash(self.hash, "."), category));
        let translated = variant(&category).or_else(|| variant("other"));
        translated
            .copied()
            .unwrap_or(if category == "one" { one } else { other })
    }
}

/// What stands between the English patterns for 1 and for other numbers.
const BETWEEN: char = '|';

/// What stands in a placeholder.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// A person's name, isolated from the sentence: it may run from right to left.
    Person(&'a str),
    /// A text as it is.
    Text(&'a str),
    /// A number, written as the reader's language does.
    Count(usize),
}

/// A number that a text can have.
pub trait Quantity {
    /// It as a `usize`.
    fn to_usize(self) -> usize;
}

macro_rules! quantities {
    ($($number:ty)+) => {$(
        impl Quantity for $number {
            fn to_usize(self) -> usize {
                self as usize
            }
        }
    )+};
}

quantities!(u16 u32 u64 usize);

/// A language: its patterns, and how it writes numbers and chooses plurals.
#[derive(Debug)]
pub struct Language {
    /// The patterns by the hash of their keys; none in English.
    patterns: Vec<(u32, &'static str)>,
    /// The category of a number, as CLDR and `Intl.PluralRules` name it: `one`, `few`, `other`…
    plural: fn(usize) -> String,
    /// Writes a number as the reader's language does.
    number: fn(usize) -> String,
}

impl Language {
    /// The language of a file; English where `lines` is empty. The lines stay in memory for good.
    #[must_use]
    pub fn new(lines: String, plural: fn(usize) -> String, number: fn(usize) -> String) -> Self {
        Self {
            patterns: patterns(String::leak(lines))
                .map(|(key, pattern)| (hash(key), pattern))
                .collect(),
            plural,
            number,
        }
    }

    fn find(&'static self, hash: u32) -> Option<&'static &'static str> {
        let mut patterns = self.patterns.iter();
        let found = patterns.find(|(known, _)| *known == hash);
        found.map(|(_, pattern)| pattern)
    }
}

/// The keys of a file with their patterns. A line that begins with `#` is a comment.
pub fn patterns(lines: &str) -> impl Iterator<Item = (&str, &str)> {
    let lines = lines.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(key, pattern)| (key.trim(), pattern.trim()))
}

/// English, until the browser has said more: as the tests see it.
static ENGLISH: Language = Language {
    patterns: Vec::new(),
    plural: |count| if count == 1 { "one" } else { "other" }.to_owned(),
    number: |count| count.to_string(),
};

thread_local! {
    // A page has one thread. Each test has its own, so that two tests can be in two languages.
    static CURRENT: Cell<&'static Language> = const { Cell::new(&ENGLISH) };
}

fn current() -> &'static Language {
    CURRENT.get()
}

/// Sets the page's language, once, before anything is shown. It stays in memory for good.
pub fn set_language(language: Language) {
    CURRENT.set(Box::leak(Box::new(language)));
}

/// The number, as the reader's language writes it.
#[must_use]
pub fn number(count: usize) -> String {
    (current().number)(count)
}

/// The page's language for a text that is in English elsewhere and whose key is the text itself:
/// what the server says on its own. A sentence that the language lacks stays English.
#[must_use]
pub fn translated(english: &str) -> &str {
    pattern_of(hash(english)).unwrap_or(english)
}

/// The pattern of the page's language whose key has this hash; `None` in English.
#[must_use]
pub fn pattern_of(hash: u32) -> Option<&'static str> {
    current().find(hash).copied()
}

/// The text of a table whose key is `prefix` followed by `rest`.
#[must_use]
pub fn find(table: &'static [Text], prefix: &str, rest: &str) -> Option<&'static str> {
    let wanted = extend_hash(hash(prefix), rest);
    let mut texts = table.iter();
    let found = texts.find(|text| text.hash == wanted);
    found.map(|text| *text.plain())
}

/// FNV-1a's first state.
const OFFSET: u32 = 0x811c_9dc5;

/// The hash of a key, FNV-1a. A test shows that no two keys have the same.
#[must_use]
pub const fn hash(key: &str) -> u32 {
    extend_hash(OFFSET, key)
}

const fn extend_hash(mut state: u32, text: &str) -> u32 {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        state = (state ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    state
}

/// Declares texts: each becomes a function of the same name.
///
/// `key = "pattern";` is a text without placeholders, a `&'static str`. `key(who: Person, room:
/// Text, count: Count) = "{who} … {room}";` is one with placeholders, a `String`: a `Person` is a
/// name of any script, a `Text` stands as it is, a `Count` is a number. A text with a plural has
/// the patterns `["for 1", "for other numbers"]`; its first `Count` chooses.
macro_rules! texts {
    ($($(#[$doc:meta])+ $key:ident $(($($name:ident: $kind:ident),+))? = $english:tt;)+) => {
        $($crate::texts::language::texts!(
            @function [$(#[$doc])+] $key ($($($name: $kind),+)?) $english
        );)+

        /// All texts of this file.
        pub(super) const TABLE: &[$crate::texts::language::Text] = &[
            $($crate::texts::language::texts!(@text $key $english)),+
        ];
    };
    (@function [$($doc:tt)+] $key:ident () $english:tt) => {
        $($doc)+
        #[must_use]
        #[inline]
        pub fn $key() -> &'static str {
            const { &$crate::texts::language::texts!(@text $key $english) }.plain()
        }
    };
    (@function [$($doc:tt)+] $key:ident ($($name:ident: $kind:ident),+) $english:tt) => {
        $($doc)+
        #[must_use]
        pub fn $key($($name: $crate::texts::language::texts!(@type $kind)),+) -> String {
            const { &$crate::texts::language::texts!(@text $key $english) }.filled(&[
                $((stringify!($name), $crate::texts::language::texts!(@value $kind $name))),+
            ])
        }
    };
    (@text $key:ident [$one:literal, $other:literal]) => {
        $crate::texts::language::Text::new(stringify!($key), concat!($one, "|", $other))
    };
    (@text $key:ident $english:literal) => {
        $crate::texts::language::Text::new(stringify!($key), $english)
    };
    (@type Person) => { &str };
    (@type Text) => { &str };
    (@type Count) => { impl $crate::texts::language::Quantity };
    (@value Count $name:ident) => {
        $crate::texts::language::Value::Count(
            $crate::texts::language::Quantity::to_usize($name)
        )
    };
    (@value $kind:ident $name:ident) => { $crate::texts::language::Value::$kind($name) };
}

pub(super) use texts;
