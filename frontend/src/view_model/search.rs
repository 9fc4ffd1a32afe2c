//! The search panel: its results, and what it says where there are none.

use parlor_session::Status;
use parlor_shared::{Entry, MessageId, SearchQuery, Text};

use crate::{
    markup,
    model::{
        Model,
        search::{Fold, Piece, Search, has_words, message_of, pieces},
    },
    texts,
};

/// A message that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchResult {
    /// The message.
    pub id: MessageId,
    /// Its author's name at that time.
    pub name: String,
    /// When it was posted, in Unix milliseconds.
    pub at_ms: u64,
    /// Its text, in pieces that are hits or not.
    pub pieces: Vec<Piece>,
}

/// What the panel says of the results as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultsSummary {
    /// How to search, that it is searching, or how many results there are and which is selected.
    pub says: String,
    /// Whether messages may be missing, because the server's index is still being built.
    pub is_incomplete: bool,
    /// Whether there are results to step through.
    pub has_results: bool,
    /// Whether there is a result before the selected one.
    pub has_previous: bool,
    /// Whether there is a result after it.
    pub has_next: bool,
}

/// The messages that were found, newest first.
#[must_use]
pub fn results(model: &Model, fold: Fold) -> Vec<SearchResult> {
    let Some(search) = &model.search else {
        return Vec::new();
    };
    let words = SearchQuery::parse(&search.found_for).words;
    let result = |entry: &Entry| {
        let text = match model.ignored.has(entry.member) {
            true => texts::ignored_message().to_owned(),
            false => markup::plain(entry.body.text().map_or("", Text::as_str)),
        };
        SearchResult {
            id: message_of(entry),
            name: model
                .room()
                .look_alikes
                .shown_name(entry.member, &entry.name),
            at_ms: entry.at_ms,
            pieces: pieces(&text, &words, fold),
        }
    };
    search.found.iter().map(result).collect()
}

/// What the panel says above the results, and which of them can be stepped to.
#[must_use]
pub fn summary(model: &Model) -> ResultsSummary {
    let found = model.search.as_ref().map_or(0, |search| search.found.len());
    let position = model.search.as_ref().and_then(Search::position);
    ResultsSummary {
        says: verdict(model),
        is_incomplete: model
            .search
            .as_ref()
            .is_some_and(|search| search.is_incomplete && search.is_answered()),
        has_results: found > 0,
        has_previous: position.is_some_and(|at| at > 0),
        has_next: position.map_or(0, |at| at + 1) < found,
    }
}

/// How to search, that it is searching or cannot, that nothing matches, or how many messages do.
#[must_use]
pub fn verdict(model: &Model) -> String {
    let Some(search) = &model.search else {
        return String::new();
    };
    if !has_words(&search.text) {
        return texts::search_hint().to_owned();
    }
    if !search.is_answered() {
        let is_online = matches!(model.session.status(), Status::Online);
        let says = if is_online {
            texts::searching()
        } else {
            texts::search_offline()
        };
        return says.to_owned();
    }
    let found = search.found.len();
    match (search.position(), search.is_complete()) {
        _ if found == 0 => texts::no_matches(&search.found_for),
        (None, true) => texts::results_found(found),
        (None, false) => texts::results_or_more(found),
        (Some(at), true) => texts::result_of(at + 1, found),
        (Some(at), false) => texts::result_of_more(at + 1, found),
    }
}
