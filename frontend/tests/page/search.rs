//! Searching, and going to what was found.

use crate::*;

fn found(text: &str) -> ServerMessage {
    let (room, text, entries) = (lobby(), text.to_owned(), Vec::new());
    ServerMessage::Found {
        room,
        text,
        entries,
    }
}

fn searches(effects: &[Effect]) -> Vec<String> {
    let texts = said(effects).filter_map(|message| match message {
        ClientMessage::Search { text, .. } => Some(text),
        _ => None,
    });
    texts.collect()
}

#[test]
fn one_question_at_a_time_is_asked_however_fast_one_types() {
    let mut page = Page::online();
    let types =
        |page: &mut Page, text: &str| searches(&page.does(Event::SearchChanged(text.to_owned())));
    assert_eq!(types(&mut page, "n"), ["n"]);
    assert_eq!(types(&mut page, "ne"), [""; 0]);
    assert_eq!(types(&mut page, "nee"), [""; 0]);
    assert_eq!(
        searches(&page.hears(&found("n"))),
        ["nee"],
        "the last one only"
    );
    assert!(!page.model.search.as_ref().unwrap().is_answered());
    assert_eq!(searches(&page.hears(&found("nee"))), [""; 0]);
    assert!(page.model.search.as_ref().unwrap().is_answered());
}

#[test]
fn a_message_far_back_is_read_until_it_can_be_shown() {
    let mut page = Page::open();
    page.does(Event::ConnectRequested);
    page.does(Event::SocketOpened);
    page.welcomed();
    page.joins_after(1_000);
    let entry = |n: u64| Entry {
        seq: Seq(n),
        prev: Seq(n - 1),
        id: MessageId::new(n, [9; 10]),
        at_ms: 0,
        member: me(),
        name: name(),
        body: Body::post(Text::parse(n.to_string()).unwrap()),
    };
    page.does(Event::MessageRequested(MessageId::new(601, [9; 10])));
    for last in [1_000, 900, 800, 700] {
        assert!(page.model.room().loading_older);
        page.hears(&ServerMessage::History {
            room: lobby(),
            before: Seq(last + 1),
            entries: (last - 99..=last).map(entry).collect(),
            more: true,
        });
    }
    assert!(!page.model.room().loading_older, "it is there");
    let (first, last) = page.first_and_last_shown();
    assert!((first..=last).contains(&601), "{first} to {last}");
    // The document still has the end of the list then, which is not what the person wants.
    for event in [
        Event::NewerRequested,
        Event::EndReached,
        Event::OlderRequested,
    ] {
        page.does(event);
        assert_eq!(page.first_and_last_shown(), (first, last));
    }
    page.does(Event::MessageShown);
    assert_eq!(page.model.room().scroll_target, None);
    page.does(Event::NewerRequested);
    assert_ne!(page.first_and_last_shown(), (first, last));
    page.does(Event::MessageRequested(MessageId::new(1, [9; 10])));
    page.does(Event::SocketClosed(None));
    assert_eq!(
        page.model.room().scroll_target,
        None,
        "the list is the person's again"
    );
}

#[test]
fn words_that_were_searched_for_stand_out() {
    let pieces = |text, words| -> Vec<String> {
        let pieces = parlor_frontend::model::search::pieces(text, words, str::to_lowercase);
        let hits = pieces.into_iter().filter(|piece| piece.is_hit);
        hits.map(|piece| piece.text).collect()
    };
    assert_eq!(
        pieces("Needles, and a needle's eye", "need eye"),
        ["Needles", "needle", "eye"]
    );
    assert_eq!(pieces("Ärger über Ämter", "ÄM"), ["Ämter"]);
    assert_eq!(pieces("„Nadel“ – im Heu…", "heu na"), ["Nadel", "Heu"]);
    assert_eq!(pieces("nothing here", "x"), [""; 0]);
    let whole = parlor_frontend::model::search::pieces("a <b> c", "b", str::to_lowercase);
    let text: String = whole.into_iter().map(|piece| piece.text).collect();
    assert_eq!(text, "a <b> c", "nothing is lost");
}
