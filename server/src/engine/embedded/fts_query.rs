//! What a search asks of the full-text index.
//!
//! The last word of a search is a prefix. For a prefix, FTS5 reads every occurrence of every word
//! that starts with it before it returns the newest messages, which takes long in a room of a
//! million messages. For a whole word it starts at the newest message and stops at the limit. So
//! the words that start with the prefix are looked up first, and the search is for these words.

use parlor_shared::{SearchQuery, limits::SEARCH_WORDS_MAX};
use rusqlite::{Connection, OptionalExtension};

use super::fts::{IndexFile, in_room};
use crate::words::{Phrase, query_phrases};

/// The occurrences of all words, sorted by word.
const CREATE: &str = "
    PRAGMA temp_store = MEMORY;
    CREATE VIRTUAL TABLE temp.occurrences USING fts5vocab (main, words, instance);
";

/// What is added to a word for the next lookup. It sorts before every character of a word, so no
/// other word lies between.
const AFTER_WORD: char = '\u{1}';

/// Opens the index for [`query`].
pub(super) fn open(file: &IndexFile) -> rusqlite::Result<Connection> {
    let index = file.open_reader()?;
    index.execute_batch(CREATE)?;
    Ok(index)
}

/// The FTS5 query for what `text` asks for in this room; `None` if it has no words, or one that no
/// message there has. Every phrase is quoted, because a user who types a quote, a star or `AND`
/// means plain words.
pub(super) fn query(index: &Connection, room: i64, text: &str) -> rusqlite::Result<Option<String>> {
    let asked = SearchQuery::parse(text);
    let mut lookups_left = SEARCH_WORDS_MAX;
    let mut conditions = Vec::new();
    for (column, words) in [("author", &asked.author), ("text", &asked.words)] {
        let mut phrases = Vec::new();
        for phrase in query_phrases(words) {
            match condition(index, room, &phrase, &mut lookups_left)? {
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
fn condition(
    index: &Connection,
    room: i64,
    phrase: &Phrase,
    lookups_left: &mut usize,
) -> rusqlite::Result<Option<String>> {
    let words = in_room(room, &phrase.words);
    if !phrase.is_prefix {
        return Ok(Some(format!("\"{words}\"")));
    }
    let (before, prefix) = words.split_at(words.rfind(' ').map_or(0, |space| space + 1));
    let Some(found) = words_with(index, prefix, *lookups_left)? else {
        *lookups_left = 0;
        return Ok(Some(format!("\"{words}\" *")));
    };
    *lookups_left -= found.len();
    let whole: Vec<String> = found
        .iter()
        .map(|word| format!("\"{before}{word}\""))
        .collect();
    Ok((!whole.is_empty()).then(|| format!("({})", whole.join(" OR "))))
}

/// The words of the index that start with this prefix; `None` if there are more than `most`.
fn words_with(
    index: &Connection,
    prefix: &str,
    most: usize,
) -> rusqlite::Result<Option<Vec<String>>> {
    let mut next = index.prepare_cached("SELECT term FROM occurrences WHERE term >= ?1 LIMIT 1")?;
    let mut words = Vec::new();
    let mut from = prefix.to_owned();
    loop {
        let found: Option<String> = next.query_row([&from], |row| row.get(0)).optional()?;
        let Some(word) = found.filter(|word| word.starts_with(prefix)) else {
            return Ok(Some(words));
        };
        if words.len() == most {
            return Ok(None);
        }
        from = format!("{word}{AFTER_WORD}");
        words.push(word);
    }
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
        index.execute_batch(CREATE).unwrap();
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
    fn a_prefix_of_few_words_is_a_search_for_these_words() {
        let index = index(&["market day", "marketing"]);
        let asked = query(&index, 1, "mark").unwrap().unwrap();
        assert_eq!(asked, "text : ((\"1xmarket\" OR \"1xmarketing\"))");
        assert_eq!(query(&index, 2, "mark").unwrap(), None);
    }

    #[test]
    fn a_prefix_of_more_words_than_one_search_looks_up_finds_all_of_them() {
        let words: Vec<String> = (0..=SEARCH_WORDS_MAX).map(|n| format!("word{n}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        for count in [SEARCH_WORDS_MAX, SEARCH_WORDS_MAX + 1] {
            let index = index(&words[..count]);
            assert_eq!(found(&index, "wor").len(), count);
            // The name of the author is one of the words that are looked up.
            assert_eq!(found(&index, "from:an wor").len(), count);
            let asked = query(&index, 1, "from:an wor").unwrap().unwrap();
            assert!(asked.ends_with("(\"1xwor\" *)"), "{asked}");
        }
    }
}
