//! The whole set of emoji: a table that is fetched when it is first needed.
//!
//! `frontend/later/emoji.txt` has a line for each emoji, and `emoji.de.txt` the German names of the
//! same lines (frontend/emoji/generate.mjs says how they are made). In the program the table would
//! be a sixth of the page, for what most visits never open.

use crate::mention::fold;

/// The skin tone that the table's toned forms have.
const LIGHT: char = '\u{1F3FB}';
/// The skin tones, from light to dark.
pub const TONES: [char; 5] = [LIGHT, '\u{1F3FC}', '\u{1F3FD}', '\u{1F3FE}', '\u{1F3FF}'];

/// An emoji of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emoji<'a> {
    /// The emoji itself, without a skin tone.
    pub text: &'a str,
    /// The same with the lightest skin tone; empty where it has none.
    toned: &'a str,
    /// Its shortcodes, separated by spaces: `+1 thumbsup`.
    pub shortcodes: &'a str,
    name: &'a str,
    words: &'a str,
    other_name: &'a str,
    other_words: &'a str,
}

/// The emoji, and where each group begins.
#[derive(Debug, Default)]
pub struct Table {
    lines: String,
    /// The names in another language, a line for each line; empty in English.
    other_lines: String,
    /// Where the lines of each emoji begin.
    starts: Vec<Start>,
    groups: Vec<Group>,
}

#[derive(Debug, Clone, Copy)]
struct Start {
    line: usize,
    other: usize,
}

/// A group of emoji that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Its name, in the reader's language.
    pub name: String,
    /// The number of its first emoji.
    pub first: usize,
}

/// An emoji that matches a query.
#[derive(Debug, Clone, Copy)]
struct Found {
    rank: Rank,
    index: usize,
}

/// How well an emoji matches a query, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// A name or shortcode of this length begins with the query.
    Begins(usize),
    /// The words of its names begin with the query's.
    Named,
    /// These and other words do.
    Other,
}

impl Table {
    /// Reads the table, with the names in another language unless they are empty.
    #[must_use]
    pub fn parse(lines: String, other_lines: String) -> Self {
        let (mut starts, mut groups) = (Vec::new(), Vec::new());
        let (mut line_at, mut other_at) = (0, 0);
        let mut others = other_lines.split('\n');
        for line in lines.split('\n') {
            let other = others.next().unwrap_or_default();
            if line.contains('|') {
                let (line, other) = (line_at, other_at);
                starts.push(Start { line, other });
            } else if let Some(name) = line.strip_prefix('#') {
                let name = other.strip_prefix('#').unwrap_or(name).to_owned();
                let first = starts.len();
                groups.push(Group { name, first });
            }
            line_at += line.len() + 1;
            other_at += other.len() + 1;
        }
        Self {
            lines,
            other_lines,
            starts,
            groups,
        }
    }

    /// How many emoji there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// The groups, in order.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The emoji with this number.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Emoji<'_>> {
        let start = self.starts.get(index)?;
        let mut parts = self.lines[start.line..].lines().next()?.split('|');
        let mut part = || parts.next().unwrap_or_default();
        let (text, toned, shortcodes, name, words) = (part(), part(), part(), part(), part());
        let other = self.other_lines.get(start.other..).unwrap_or_default();
        let other = other.lines().next().unwrap_or_default();
        let (other_name, other_words) = other.split_once('|').unwrap_or_default();
        Some(Emoji {
            text,
            toned,
            shortcodes,
            name,
            words,
            other_name,
            other_words,
        })
    }

    /// The emoji with this shortcode.
    #[must_use]
    pub fn with_shortcode(&self, shortcode: &str) -> Option<Emoji<'_>> {
        let has_it = |emoji: &Emoji<'_>| {
            let mut known = emoji.shortcodes.split(' ');
            known.any(|known| known.eq_ignore_ascii_case(shortcode))
        };
        self.iter().find(has_it)
    }

    /// The emoji, however it is toned, and its number.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<usize> {
        self.iter()
            .position(|emoji| without_tone(emoji.text).eq(without_tone(text)))
    }

    /// The numbers of the emoji that match the query, best first, up to `limit`: those with a name
    /// or shortcode that is or begins with it, then those that have a word for each of its words.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<usize> {
        let query: Vec<char> = query.trim().chars().map(fold).collect();
        let mut found: Vec<Found> = Vec::new();
        for (index, emoji) in self.iter().enumerate() {
            if let Some(rank) = emoji.rank(&query) {
                let place = found.partition_point(|other| other.rank <= rank);
                if place < limit {
                    found.truncate(limit - 1);
                    found.insert(place, Found { rank, index });
                }
            }
        }
        found.into_iter().map(|found| found.index).collect()
    }

    fn iter(&self) -> impl Iterator<Item = Emoji<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }
}

impl Emoji<'_> {
    /// Its name, in the reader's language.
    #[must_use]
    pub fn name(&self) -> &str {
        match self.other_name {
            "" => self.name,
            name => name,
        }
    }

    /// The emoji with this skin tone, where it has any.
    #[must_use]
    pub fn with_tone(&self, tone: Option<char>) -> String {
        match tone {
            Some(tone) if !self.toned.is_empty() => {
                let tone = |c| if c == LIGHT { tone } else { c };
                self.toned.chars().map(tone).collect()
            }
            Some(_) | None => self.text.to_owned(),
        }
    }

    /// How well it matches the query, which is in lower case.
    fn rank(&self, query: &[char]) -> Option<Rank> {
        let names = [self.name, self.other_name];
        let whole = self.shortcodes.split(' ').chain(names);
        let begins = whole.filter(|whole| starts_with(whole, query));
        if let Some(length) = begins.map(str::len).min() {
            return Some(Rank::Begins(length));
        }
        let has_word = |texts: &[&str], word: &[char]| {
            let mut words = texts
                .iter()
                .flat_map(|text| text.split([' ', '_', '-', ':']));
            words.any(|known| starts_with(known, word))
        };
        let is_gap = |c: &char| matches!(*c, ' ' | '_' | '-');
        let words = || query.split(is_gap).filter(|word| !word.is_empty());
        let named = [self.name, self.other_name, self.shortcodes];
        if words().all(|word| has_word(&named, word)) {
            return Some(Rank::Named);
        }
        let others = [self.words, self.other_words];
        let matches = |word| has_word(&named, word) || has_word(&others, word);
        words().all(matches).then_some(Rank::Other)
    }
}

/// Whether the text begins with this, which is in lower case.
fn starts_with(text: &str, begin: &[char]) -> bool {
    let mut chars = text.chars().map(fold);
    begin.iter().all(|c| chars.next() == Some(*c))
}

/// The emoji without skin tones and variation selectors.
fn without_tone(text: &str) -> impl Iterator<Item = char> {
    text.chars()
        .filter(|c| !TONES.contains(c) && *c != '\u{FE0F}')
}

/// Whether a message is one to three emoji and nothing else, which are then shown large.
#[must_use]
pub fn is_emoji_alone(text: &str) -> bool {
    let (mut count, mut chars) = (0, text.trim().chars().peekable());
    while let Some(c) = chars.next() {
        let is_flag_letter = |c: char| matches!(c, '\u{1F1E6}'..='\u{1F1FF}');
        match c {
            c if c.is_whitespace() => continue,
            c if is_flag_letter(c) => {
                if !chars.next().is_some_and(is_flag_letter) {
                    return false;
                }
            }
            '0'..='9' | '#' | '*' => {
                chars.next_if_eq(&'\u{FE0F}');
                if chars.next() != Some('\u{20E3}') {
                    return false;
                }
            }
            // Drawn as an emoji by itself.
            '\u{231A}' | '\u{231B}' | '\u{23E9}'..='\u{23F3}' | '\u{25FD}' | '\u{25FE}' => {}
            '\u{2600}'..='\u{27BF}' | '\u{2B1B}'..='\u{2B55}' | '\u{1F000}'..='\u{1FAFF}' => {}
            // The others are drawn as text without a selector.
            c if parlor_shared::characters::is_symbol(c) => {
                if chars.peek() != Some(&'\u{FE0F}') {
                    return false;
                }
            }
            _ => return false,
        }
        count += 1;
        while let Some(next) = chars.next_if(|c| is_modifier(*c)) {
            if next == '\u{200D}' {
                // What is joined belongs to the same emoji.
                chars.next();
            }
        }
        if count > 3 {
            return false;
        }
    }
    count > 0
}

/// Whether a character belongs to the emoji before it.
fn is_modifier(c: char) -> bool {
    matches!(c, '\u{FE0F}' | '\u{200D}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{E0020}'..='\u{E007F}')
}
