//! What a search asks of the full-text index.
//!
//! The last word of a search may be the beginning of one. FTS5 answers that by reading every place
//! of every word that begins so before it gives the newest: in a room of a million messages that
//! takes long for a word that most of them have. Whole words it reads from the newest on, only as
//! far as asked. So the words that begin so are looked up first, and searched for as they are.

use parlor_shared::{SearchQuery, limits::SEARCH_WORDS_MAX};
use rusqlite::{Connection, OptionalExtension};

use super::fts::in_room;
use crate::words::{Phrase, query_phrases};

/// Each place of each word of the index, in the order of the words.
const CREATE: &str = "
    PRAGMA temp_store = MEMORY;
    CREATE VIRTUAL TABLE temp.places USING fts5vocab (main, words, instance);
";

/// No word of the index has this character, and none is before it in the order of words.
const AFTER_WORD: char = '\u{1}';

/// Prepares a connection of the index for [`query`].
pub(super) fn prepare(index: &Connection) -> rusqlite::Result<()> {
    index.execute_batch(CREATE)
}

/// The FTS5 query for what `text` asks for in this room; `None` if it has no words, or one that no
/// message there has. Every phrase is quoted, because a user who types a quote, a star or `AND`
/// means plain words.
pub(super) fn query(index: &Connection, room: i64, text: &str) -> rusqlite::Result<Option<String>> {
    let asked = SearchQuery::parse(text);
    let mut conditions = Vec::new();
    for (column, words) in [("author", &asked.author), ("text", &asked.words)] {
        let mut phrases = Vec::new();
        for phrase in query_phrases(words) {
            match condition(index, room, &phrase)? {
                Some(condition) => phrases.push(condition),
                None => return Ok(None),
            }
        }
        if !phrases.is_empty() {
            conditions.push(format!("{column} : ({})", phrases.join(" AND ")));
        }
    }
    Ok((!conditions.is_empty()).then(|| conditions.join(" AND ")))
}

/// What a message must have for this phrase; `None` if none has it.
fn condition(index: &Connection, room: i64, phrase: &Phrase) -> rusqlite::Result<Option<String>> {
    let words = in_room(room, &phrase.words);
    if !phrase.is_prefix {
        return Ok(Some(format!("\"{words}\"")));
    }
    let (before, last) = words.rsplit_once(' ').unwrap_or_default();
    let last = if before.is_empty() { &words } else { last };
    let found = words_from(index, last)?;
    if found.len() > SEARCH_WORDS_MAX {
        return Ok(Some(format!("\"{words}\" *")));
    }
    let whole: Vec<String> = found
        .iter()
        .map(|last| format!("\"{}\"", format!("{before} {last}").trim_start()))
        .collect();
    Ok((!whole.is_empty()).then(|| format!("({})", whole.join(" OR "))))
}

/// The words of the index that begin so: all of them, or one more than [`SEARCH_WORDS_MAX`].
fn words_from(index: &Connection, prefix: &str) -> rusqlite::Result<Vec<String>> {
    let mut next = index.prepare_cached("SELECT term FROM places WHERE term >= ?1 LIMIT 1")?;
    let mut words = Vec::new();
    let mut from = prefix.to_owned();
    while words.len() <= SEARCH_WORDS_MAX {
        let found: Option<String> = next.query_row([&from], |row| row.get(0)).optional()?;
        match found {
            Some(word) if word.starts_with(prefix) => {
                from = format!("{word}{AFTER_WORD}");
                words.push(word);
            }
            Some(_) | None => break,
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An index with these messages of room 1, the first as the oldest.
    fn index(messages: &[&str]) -> Connection {
        let index = Connection::open_in_memory().unwrap();
        index
            .execute_batch(
                "CREATE VIRTUAL TABLE words USING fts5 (text, author, tokenize = 'ascii')",
            )
            .unwrap();
        prepare(&index).unwrap();
        for message in messages {
            index
                .execute(
                    "INSERT INTO words VALUES (?1, ?2)",
                    [in_room(1, message), in_room(1, "ann")],
                )
                .unwrap();
        }
        index
    }

    /// The rowids of the messages that match, the newest first.
    fn found(index: &Connection, text: &str) -> Vec<i64> {
        let Some(query) = query(index, 1, text).unwrap() else {
            return Vec::new();
        };
        index
            .prepare("SELECT rowid FROM words WHERE words MATCH ?1 ORDER BY rowid DESC")
            .unwrap()
            .query_map([query], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap()
    }

    #[test]
    fn the_last_word_finds_the_words_that_begin_with_it() {
        let index = index(&[
            "market day",
            "marketing",
            "mark it",
            "the mark",
            "don t panic",
        ]);
        assert_eq!(found(&index, "mark"), [4, 3, 2, 1]);
        assert_eq!(found(&index, "market"), [2, 1]);
        assert_eq!(found(&index, "the mark"), [4]);
        assert_eq!(found(&index, "mark the"), [4]);
        assert_eq!(found(&index, "marks"), [0; 0]);
        assert_eq!(found(&index, "don't pan"), [5]);
        assert_eq!(found(&index, "pan don't"), [0; 0]);
        assert_eq!(found(&index, "from:bob mark"), [0; 0]);
        assert_eq!(found(&index, "from:an mark"), [4, 3, 2, 1]);
    }

    #[test]
    fn a_beginning_of_few_words_is_searched_for_by_them() {
        let index = index(&["market day", "marketing"]);
        let asked = query(&index, 1, "mark").unwrap().unwrap();
        assert_eq!(asked, "text : ((\"1xmarket\" OR \"1xmarketing\"))");
        assert_eq!(query(&index, 2, "mark").unwrap(), None);
    }

    #[test]
    fn a_beginning_of_more_words_than_are_looked_up_finds_all_of_them() {
        let words: Vec<String> = (0..=SEARCH_WORDS_MAX).map(|n| format!("word{n}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for count in [SEARCH_WORDS_MAX, SEARCH_WORDS_MAX + 1] {
            let index = index(&words[..count]);
            assert_eq!(found(&index, "wor").len(), count);
        }
    }
}
