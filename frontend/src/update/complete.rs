//! What can be completed before the caret, and by what.

use parlor_shared::limits::NAME_BYTES_MAX;

use crate::{
    emoji::Emoji,
    mention::{can_begin, fold},
    model::{
        Model,
        completion::{COMPLETIONS_MAX, Completion, Item, Kind, Replacement},
        emoji_table::EmojiTable,
    },
    words::is_in_word,
};

/// The least characters of a shortcode that are completed: one is part of many a smiley.
const SHORTCODE_CHARS_MIN: usize = 2;

/// A word that can be completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Word<'a> {
    kind: Kind,
    /// Where it begins, in bytes.
    at: usize,
    /// What stands after its sign.
    query: &'a str,
}

/// The completions for the word before the caret.
pub(super) fn completion(model: &Model, caret: usize) -> Option<Completion> {
    let before = before_caret(&model.room().draft.text, caret);
    let word = word(before)?;
    let start = before[..word.at].encode_utf16().count();
    if model.completions.dismissed == Some(start) {
        return None;
    }
    let items = match word.kind {
        Kind::Mention => mentions(model, word.query),
        Kind::Emoji => emoji(model, word.query),
    };
    let folded = |text: &str| text.chars().map(fold).collect::<String>();
    let typed = folded(&before[word.at..]);
    let is_typed = items.iter().any(|item| folded(&item.text) == typed);
    if items.is_empty() || items.len() == 1 && is_typed {
        return None;
    }
    Some(Completion {
        kind: word.kind,
        start,
        end: caret,
        items,
        // Enter sends a message that has nothing left to complete.
        selected: (!word.query.is_empty() && !is_typed).then_some(0),
    })
}

/// Whether the word before the caret needs the table of emoji, which is not there yet.
pub(super) fn needs_emoji(model: &Model) -> bool {
    let before = before_caret(&model.room().draft.text, model.completions.caret);
    let is_emoji = word(before).is_some_and(|word| word.kind == Kind::Emoji);
    is_emoji && matches!(model.emoji, EmojiTable::Absent)
}

/// The emoji for a shortcode that ends at the caret, with its second colon.
pub(super) fn closed_shortcode(model: &Model, caret: usize) -> Option<Replacement> {
    let before = before_caret(&model.room().draft.text, caret);
    let word = word(before.strip_suffix(':')?)?;
    let EmojiTable::Loaded(table) = &model.emoji else {
        return None;
    };
    let emoji = (word.kind == Kind::Emoji).then(|| table.with_shortcode(word.query));
    Some(Replacement {
        start: before[..word.at].encode_utf16().count(),
        end: caret,
        text: emoji??.with_tone(model.frequent_emoji.tone),
    })
}

/// The text before the caret.
fn before_caret(text: &str, caret: usize) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > caret
    });
    &text[..end.map_or(text.len(), |(at, _)| at)]
}

/// The word at the end of the text that can be completed.
fn word(text: &str) -> Option<Word<'_>> {
    let line = text.rfind('\n').map_or(0, |at| at + 1);
    // No name is longer, so the search goes back no further.
    let from = text.len().saturating_sub(NAME_BYTES_MAX + 1).max(line);
    let from = (from..=text.len()).find(|at| text.is_char_boundary(*at))?;
    let at = from + text[from..].rfind(['@', ':'])?;
    let (sign, query) = text[at..].split_at(1);
    if sign == "@" {
        let kind = Kind::Mention;
        return can_begin(&text[..at]).then_some(Word { kind, at, query });
    }
    // Not in a time, an address, or a word; not a smiley.
    let before = text[..at].chars().next_back();
    let begins = !before.is_some_and(|c| c == ':' || c == '/' || is_in_word(c));
    let is_of_shortcode = |c: char| is_in_word(c) || matches!(c, '_' | '+' | '-');
    let is_long = query.chars().count() >= SHORTCODE_CHARS_MIN;
    let kind = Kind::Emoji;
    (begins && is_long && query.chars().all(is_of_shortcode)).then_some(Word { kind, at, query })
}

/// The members whose name has words that begin with the query's, or these initials: those who are
/// here first.
fn mentions(model: &Model, query: &str) -> Vec<Item> {
    let room = model.room();
    let query: String = query.chars().map(fold).collect();
    // The query may end with a space, as between two names.
    if query.starts_with(' ') {
        return Vec::new();
    }
    let mut found: Vec<Match> = Vec::new();
    for (member, name) in room.look_alikes.members() {
        let handle = room.look_alikes.handle(member, name);
        if Some(member) == model.member || handle.is_empty() {
            continue;
        }
        let Some(quality) = quality(&handle, &query) else {
            continue;
        };
        let is_away = !room.members.contains_key(&member);
        let active_ms = model.last_active.get(&member).copied().unwrap_or(0);
        let rank = Rank {
            is_away,
            quality,
            inactive_ms: u64::MAX - active_ms,
        };
        let item = Item {
            text: ["@", &handle].concat(),
            label: room.look_alikes.shown_name(member, name),
            member: Some(member),
            hue: Some(room.look_alikes.hue(member)),
            is_here: !is_away,
        };
        let place = found.partition_point(|other| other.rank <= rank);
        if place < COMPLETIONS_MAX {
            found.insert(place, Match { rank, item });
            found.truncate(COMPLETIONS_MAX);
        }
    }
    found.into_iter().map(|found| found.item).collect()
}

/// A member whose name matches.
struct Match {
    rank: Rank,
    item: Item,
}

/// Who is offered first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_away: bool,
    quality: u8,
    /// The later they were active, the less.
    inactive_ms: u64,
}

/// How well a name matches the query, which is in lower case: 0 is best.
fn quality(name: &str, query: &str) -> Option<u8> {
    let name: String = name.chars().map(fold).collect();
    if name.starts_with(query) {
        return Some(u8::from(name != query));
    }
    let words = || {
        name.split(|c| !is_in_word(c))
            .filter(|word| !word.is_empty())
    };
    let begins_a_word = |begin: &str| words().any(|word| word.starts_with(begin));
    if query.split_whitespace().all(begins_a_word) {
        return Some(2);
    }
    let initials: String = words().filter_map(|word| word.chars().next()).collect();
    initials.starts_with(query).then_some(3)
}

fn emoji(model: &Model, query: &str) -> Vec<Item> {
    let EmojiTable::Loaded(table) = &model.emoji else {
        return Vec::new();
    };
    let found = table.search(query, COMPLETIONS_MAX).into_iter();
    let found = found.filter_map(|index| table.get(index));
    let item = |emoji: Emoji<'_>| {
        let mut shortcodes = emoji.shortcodes.split(' ');
        let first = emoji.shortcodes.split(' ').next().unwrap_or_default();
        let shortcode = shortcodes
            .find(|known| known.starts_with(query))
            .unwrap_or(first);
        Item {
            text: emoji.with_tone(model.frequent_emoji.tone),
            label: [":", shortcode, ":"].concat(),
            member: None,
            hue: None,
            is_here: true,
        }
    };
    found.map(item).collect()
}
