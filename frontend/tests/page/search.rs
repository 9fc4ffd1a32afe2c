//! The search, and going to a message.

use parlor_frontend::{
    event::ResultsEvent::{self, Chosen, Entered, Moved, Stepped, Unfolded},
    model::search::{
        self,
        ResultStep::{Next, Previous},
    },
    view_model::search::{results, summary, verdict},
};

use crate::*;

fn found(text: &str, entries: Vec<Entry>) -> ServerMessage {
    ServerMessage::Found {
        room: lobby(),
        text: text.to_owned(),
        entries,
        incomplete: false,
    }
}

/// The queries that the page sends.
fn queries(effects: &[Effect]) -> Vec<String> {
    let queries = sent(effects).filter_map(|message| match message {
        ClientMessage::Search { text, .. } => Some(text),
        _ => None,
    });
    queries.collect()
}

impl Page {
    fn change_query(&mut self, query: &str) -> Vec<String> {
        queries(&self.dispatch(Event::SearchChanged(query.to_owned())))
    }

    fn receive_found(&mut self, text: &str, entries: Vec<Entry>) -> Vec<String> {
        queries(&self.receive(&found(text, entries)))
    }

    fn verdict(&self) -> String {
        verdict(&self.model)
    }
}

#[test]
fn one_query_is_under_way_at_a_time() {
    let mut page = Page::online();
    page.dispatch(Event::SearchOpened);
    assert_eq!(page.verdict(), "Finds whole words and beginnings of words");
    assert_eq!(page.change_query("n"), ["n"]);
    assert_eq!(page.change_query("ne"), [""; 0]);
    assert_eq!(page.change_query("nee"), [""; 0]);
    let resent = page.receive_found("n", vec![]);
    assert_eq!(resent, ["nee"], "only the last one");
    assert_eq!(page.verdict(), "Searching…");
    assert_eq!(page.receive_found("nee", vec![]), [""; 0]);
    assert_eq!(page.verdict(), "No messages match “nee”");
    page.change_query("need");
    page.receive_found("need", vec![entry(1, bob(), post("a **needle**"))]);
    assert_eq!(page.verdict(), "1 result");
    let results = results(&page.model, str::to_lowercase);
    assert_eq!((results[0].id, &*results[0].name), (id(1), "Bob"));
    let pieces = results[0].pieces.iter();
    let pieces: Vec<(&str, bool)> = pieces
        .map(|piece| (piece.text.as_str(), piece.is_hit))
        .collect();
    assert_eq!(pieces, [("a ", false), ("needle", true)]);
}

/// Messages found, the newest with the number `count`.
fn found_entries(count: u64, text: &str) -> Vec<Entry> {
    let numbers = (1..=count).rev();
    numbers.map(|seq| entry(seq, bob(), post(text))).collect()
}

impl Page {
    fn use_results(&mut self, event: ResultsEvent) {
        self.dispatch(Event::Results(event));
    }

    /// The message that the list goes to. It is shown then.
    fn jumped_to(&mut self) -> Option<MessageId> {
        let target = self.model.room().scroll_target;
        self.dispatch(Event::MessageShown);
        target
    }

    fn is_folded(&self) -> bool {
        self.model.search.as_ref().unwrap().is_folded
    }
}

#[test]
fn results_are_counted_and_stepped_through_from_the_newest_to_older_ones() {
    let mut page = Page::online();
    for seq in 1..=3 {
        page.receive_entry(entry(seq, bob(), post("tea")));
    }
    page.change_query("tea");
    page.receive_found("tea", found_entries(3, "tea"));
    assert_eq!(page.verdict(), "3 results");
    let summary = summary(&page.model);
    assert!(summary.has_results && summary.has_next && !summary.has_previous);

    // The arrows move a selection; Enter shows it in the list, and the results stay.
    page.use_results(Moved(Next));
    page.use_results(Moved(Next));
    assert_eq!(page.jumped_to(), None);
    assert_eq!(page.verdict(), "2 of 3");
    page.use_results(Entered);
    assert_eq!(page.jumped_to(), Some(id(2)));
    assert!(page.is_folded());
    page.use_results(Stepped(Next));
    assert_eq!(page.jumped_to(), Some(id(1)));
    page.use_results(Stepped(Next));
    assert_eq!(page.verdict(), "3 of 3", "it stays at the end");
    page.use_results(Moved(Previous));
    page.use_results(Unfolded);
    assert_eq!(
        (page.verdict(), page.is_folded()),
        ("2 of 3".to_owned(), false)
    );

    // Enter without a selection is the newest, and another query starts again.
    page.change_query("te");
    page.receive_found("te", found_entries(3, "tea"));
    assert_eq!(page.verdict(), "3 results");
    page.use_results(Entered);
    page.jumped_to();
    assert_eq!(page.verdict(), "1 of 3");
    page.use_results(Chosen(id(1)));
    assert_eq!(page.jumped_to(), Some(id(1)));
    // To open the search again keeps what was found.
    page.dispatch(Event::SearchOpened);
    assert_eq!(
        (page.verdict(), page.is_folded()),
        ("3 of 3".to_owned(), false)
    );
}

#[test]
fn an_answer_that_is_full_says_that_there_may_be_more() {
    let mut page = Page::online();
    page.change_query("tea");
    page.receive_found("tea", found_entries(50, "tea"));
    assert_eq!(page.verdict(), "50+ results");
    page.use_results(Moved(Next));
    assert_eq!(page.verdict(), "1 of 50+");
    // The server also stops where the texts are long.
    page.change_query("te");
    page.receive_found("te", found_entries(9, &"tea ".repeat(2_000)));
    assert_eq!(page.verdict(), "9+ results");
    page.dispatch(Event::Results(Entered));
}

#[test]
fn without_results_the_keys_do_nothing() {
    let mut page = Page::online();
    page.dispatch(Event::SearchOpened);
    for event in [Moved(Next), Entered, Stepped(Previous), Unfolded] {
        page.use_results(event);
        assert_eq!(page.jumped_to(), None);
        assert!(!page.is_folded());
    }
    page.dispatch(Event::SearchClosed);
    page.use_results(Entered);
    assert!(page.model.search.is_none());
}

#[test]
fn a_search_may_be_for_an_author_alone_and_their_name_is_not_marked_in_the_text() {
    let mut page = Page::online();
    assert_eq!(page.change_query("from:"), [""; 0]);
    assert_eq!(page.verdict(), "Finds whole words and beginnings of words");
    assert_eq!(page.change_query("from:bo"), ["from:bo"]);
    page.receive_found("from:bo", vec![]);
    assert_eq!(page.change_query("from:bo tea"), ["from:bo tea"]);
    page.receive_found("from:bo tea", vec![entry(1, bob(), post("tea from bo"))]);
    let results = results(&page.model, str::to_lowercase);
    let hits = results[0].pieces.iter().filter(|piece| piece.is_hit);
    let hits: Vec<&str> = hits.map(|piece| piece.text.as_str()).collect();
    assert_eq!(hits, ["tea"]);
}

#[test]
fn without_a_connection_the_search_says_when_it_will_answer() {
    let mut page = Page::online();
    page.dispatch(Event::SocketClosed(None));
    page.change_query("tea");
    assert_eq!(page.verdict(), "You can search when you're connected.");
}

/// The server refuses a request in the lobby, for now if `retry_after_ms` says when to repeat it.
pub(crate) fn refuse(
    page: &mut Page,
    request: Request,
    code: ErrorCode,
    retry_after_ms: Option<u64>,
) {
    let refusal = Refusal {
        request: Some(request),
        retry_after_ms,
        ..Refusal::new(code, "no").in_room(&lobby())
    };
    page.receive(&ServerMessage::Error(refusal));
}

#[test]
fn a_refused_page_of_history_is_requested_again_and_the_list_waits_for_no_answer_in_vain() {
    let mut page = Page::open();
    page.connect();
    page.join_after(1_000);
    page.dispatch(Event::OlderRequested);
    assert!(page.model.room().loading_older);
    refuse(
        &mut page,
        Request::History,
        ErrorCode::RateLimited,
        Some(70),
    );
    assert_eq!(page.model.notice, None, "it is not the user's concern");
    page.env.now_ms += 70;
    let again = page.dispatch(Event::Ticked);
    let is_history = |message| matches!(message, ClientMessage::History { .. });
    assert_eq!(
        sent(&again).filter(|sent| is_history(sent.clone())).count(),
        1
    );
    assert!(page.model.room().loading_older);
    refuse(&mut page, Request::History, ErrorCode::Malformed, None);
    assert!(!page.model.room().loading_older, "no page comes");
    assert_eq!(page.notice(), "no");
}

#[test]
fn a_query_refused_for_now_is_sent_again_and_shown_as_searching_meanwhile() {
    let mut page = Page::online();
    page.dispatch(Event::SearchOpened);
    assert_eq!(page.change_query("needle"), ["needle"]);
    refuse(&mut page, Request::Search, ErrorCode::Busy, Some(70));
    assert_eq!(page.verdict(), "Searching…");
    page.env.now_ms += 70;
    assert_eq!(queries(&page.dispatch(Event::Ticked)), ["needle"]);
    page.receive_found("needle", vec![]);
    assert_eq!(page.verdict(), "No messages match “needle”");
}

#[test]
fn words_that_match_the_query_are_marked() {
    let hits = |text, query| -> Vec<String> {
        let pieces = search::pieces(text, query, str::to_lowercase).into_iter();
        let hits = pieces.filter(|piece| piece.is_hit);
        hits.map(|piece| piece.text).collect()
    };
    assert_eq!(
        hits("Needles, and a needle's eye", "need eye"),
        ["Needles", "needle", "eye"]
    );
    assert_eq!(hits("Ärger über Ämter", "ÄM"), ["Ämter"]);
    assert_eq!(hits("„Nadel“ – im Heu…", "heu na"), ["Nadel", "Heu"]);
    assert_eq!(hits("nothing here", "x"), [""; 0]);
    assert_eq!(hits("你好世界", "世界"), ["世界"]);
    assert_eq!(
        hits("東京タワーに東京", "東京 タワー"),
        ["東京", "タワー", "東京"]
    );
    assert_eq!(hits("abc世界def", "世界de"), ["世界", "def"]);
    assert_eq!(hits("hi👍🏽 ❤️ x👍👍", "👍 ❤"), ["👍🏽", "❤️", "👍", "👍"]);
    assert_eq!(
        hits("cafe\u{301} soft\u{ad}er", "cafe soft"),
        ["cafe\u{301}", "soft\u{ad}er"]
    );
    assert_eq!(hits("don't stop", "don't"), ["don", "t"]);
    assert_eq!(hits("a\u{1}b c", "b"), ["b"]);
    let whole = search::pieces("a <b> c", "b", str::to_lowercase);
    let text: String = whole.into_iter().map(|piece| piece.text).collect();
    assert_eq!(text, "a <b> c", "no text is lost");
}

#[test]
fn a_query_without_words_is_not_sent_and_a_refused_one_has_no_results() {
    let mut page = Page::online();
    page.dispatch(Event::SearchOpened);
    assert_eq!(page.change_query("?"), [""; 0]);
    assert_eq!(page.verdict(), "Finds whole words and beginnings of words");
    // Not a word to the server, but the page cannot tell.
    assert_eq!(page.change_query("→"), ["→"]);
    assert_eq!(page.change_query("→a"), [""; 0]);
    let refusal = Refusal::new(ErrorCode::SearchInvalid, "no word").in_room(&lobby());
    let sent = queries(&page.receive(&ServerMessage::Error(refusal.clone())));
    assert_eq!(sent, ["→a"], "what was typed meanwhile");
    page.receive_found("→a", vec![]);
    page.change_query("→");
    page.receive(&ServerMessage::Error(refusal));
    assert_eq!(page.verdict(), "No messages match “→”");
    assert_eq!(page.model.notice, None);
}

#[test]
fn an_answer_of_an_index_that_is_being_built_says_that_messages_may_be_missing() {
    let mut page = Page::online();
    page.dispatch(Event::SearchOpened);
    page.change_query("fox");
    let is_incomplete = |page: &Page| summary(&page.model).is_incomplete;
    assert!(!is_incomplete(&page));
    let answer = |incomplete| ServerMessage::Found {
        room: lobby(),
        text: "fox".to_owned(),
        entries: vec![],
        incomplete,
    };
    page.receive(&answer(true));
    assert!(is_incomplete(&page));
    page.change_query("fo");
    assert!(!is_incomplete(&page), "not of this query");
    page.receive_found("fo", vec![]);
    page.change_query("fox");
    page.receive(&answer(false));
    assert!(!is_incomplete(&page));
}
