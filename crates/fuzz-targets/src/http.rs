//! What the server reads of an HTTP request: the addresses that proxies name, the host name, the
//! origin, and the text of a search.

use parlor_server::fuzz;
use parlor_shared::SearchQuery;

use crate::source::Source;

pub(crate) fn run(bytes: &[u8]) {
    let mut source = Source::new(bytes);
    let choice = source.below(4);
    let (first, second) = (source.bytes(), source.remaining());
    let (Ok(first), Ok(second)) = (str::from_utf8(first), str::from_utf8(second)) else {
        return;
    };
    match choice {
        0 => fuzz::forwarded(first, second),
        1 => fuzz::host(second),
        2 => fuzz::origin(first, second),
        _search => search(second),
    }
}

/// A search asks for nothing that was not written, and for no more.
fn search(text: &str) {
    let query = SearchQuery::parse(text);
    assert!(query.words.len() + query.author.len() <= text.len());
    for word in [&query.words, &query.author]
        .into_iter()
        .flat_map(|words| words.split_whitespace())
    {
        assert!(text.contains(word), "{word:?} was not written");
    }
}
