//! A slice of the log around a place far back: it is read in one request, read on in both
//! directions, and becomes one with the log's end where it meets it.

use std::ops::RangeInclusive;

use crate::{search::refuse, *};

/// The places that the page asks the server for.
fn asked(effects: &[Effect]) -> Vec<Place> {
    let places = sent(effects).filter_map(|message| match message {
        ClientMessage::Slice { at, .. } => Some(at),
        _ => None,
    });
    places.collect()
}

impl Page {
    /// A page in the lobby, which has this many posts, none of which is loaded.
    fn after(posts: u64) -> Self {
        let mut page = Self::open();
        page.connect();
        page.join_after(posts);
        page
    }

    /// The server sends these posts for a place. The lobby has more on both sides, up to `head`.
    fn receive_slice(&mut self, at: Place, seqs: RangeInclusive<u64>, head: u64) {
        let (older, newer) = (*seqs.start() > 1, *seqs.end() < head);
        self.receive(&ServerMessage::Slice {
            room: lobby(),
            at,
            entries: seqs
                .map(|seq| entry(seq, bob(), post(&seq.to_string())))
                .collect(),
            changes: vec![],
            older,
            newer,
        });
    }

    /// Bob posts these.
    fn receive_posts(&mut self, seqs: RangeInclusive<u64>) {
        for seq in seqs {
            self.receive_entry(entry(seq, bob(), post(&seq.to_string())));
        }
    }

    fn seek(&mut self, place: u64) -> Vec<Place> {
        asked(&self.dispatch(Event::MessageRequested(id(place))))
    }
}

#[test]
fn a_message_far_back_comes_in_one_request_with_what_is_around_it() {
    let mut page = Page::after(10_000);
    page.receive_posts(10_001..=10_001);
    let at = Place::Message(id(5_000));
    assert_eq!(page.seek(5_000), [at]);
    page.receive_slice(at, 4_951..=5_050, 10_001);
    assert_eq!(page.shown_range(), (4_951, 5_050));
    assert_eq!(page.model.room().scroll_target, Some(id(5_000)));
    // Until the list has scrolled there, its scroll events say where it was before.
    for event in [Event::NewerRequested, Event::EndReached] {
        assert_eq!(asked(&page.dispatch(event)), []);
    }
    page.dispatch(Event::MessageShown);
    assert!(!page.model.room().window.is_at_end(), "there is more below");

    // What is said meanwhile waits at the end.
    page.receive_posts(10_002..=10_004);
    assert_eq!(page.shown_range(), (4_951, 5_050));
    assert_eq!(page.model.room().new_below(&page.model.reader()), 3);
    page.dispatch(Event::EndReached);
    assert_eq!(
        page.model.room().new_below(&page.model.reader()),
        3,
        "it is not the end"
    );
    page.dispatch(Event::LatestRequested);
    assert_eq!(page.shown_range(), (10_001, 10_004));
    assert_eq!(page.model.room().timeline.len(), 4, "the slice is dropped");
}

#[test]
fn a_slice_is_read_on_in_both_directions_until_it_meets_the_end() {
    let mut page = Page::after(1_000);
    page.receive_posts(1_001..=1_050);
    page.seek(500);
    page.receive_slice(Place::Message(id(500)), 451..=550, 1_050);
    page.dispatch(Event::MessageShown);
    let older = page.dispatch(Event::OlderRequested);
    assert_eq!(asked(&older), [Place::Before(Seq(451))]);
    assert_eq!(asked(&page.dispatch(Event::OlderRequested)), [], "once");
    assert_eq!(
        asked(&page.dispatch(Event::NewerRequested)),
        [],
        "one by one"
    );
    page.receive_slice(Place::Before(Seq(451)), 351..=450, 1_050);
    assert_eq!(page.shown_range(), (351, 550));
    for last in [550, 650, 750, 850, 950] {
        let newer = page.dispatch(Event::NewerRequested);
        let at = Place::After(Seq(last));
        assert_eq!(asked(&newer), [at]);
        page.receive_slice(at, last + 1..=(last + 100).min(1_050), 1_050);
    }
    let shown = page.shown_range();
    assert_eq!(
        shown,
        (1_051 - WINDOW_ROWS_MAX as u64, 1_050),
        "without a gap"
    );
    assert_eq!(page.model.room().slice, None);
    assert_eq!(page.model.room().loaded_after, Seq(350));
    page.dispatch(Event::NewerRequested);
    page.dispatch(Event::EndReached);
    page.receive_posts(1_051..=1_051);
    assert_eq!(page.shown_range().1, 1_051, "the list follows again");
    page.dispatch(Event::OlderRequested);
    assert_eq!(page.shown_range().0, 852, "nothing is loaded twice");
}

#[test]
fn past_the_bound_a_slice_drops_what_is_furthest_away() {
    let mut page = Page::after(100_000);
    page.seek(50_000);
    page.receive_slice(Place::Message(id(50_000)), 49_951..=50_050, 100_000);
    page.dispatch(Event::MessageShown);
    let pages = SLICE_MESSAGES_MAX as u64 / 100 + 5;
    for n in 0..pages {
        let first = 49_951 - 100 * n;
        let at = Place::Before(Seq(first));
        while asked(&page.dispatch(Event::OlderRequested)) != [at] {}
        page.receive_slice(at, first - 100..=first - 1, 100_000);
        assert!(page.model.room().timeline.len() <= SLICE_MESSAGES_MAX);
    }
    let first = 49_951 - 100 * pages;
    let until = first + SLICE_MESSAGES_MAX as u64 - 1;
    assert_eq!(page.shown_range().0, first);
    assert_eq!(page.model.room().span().until, Some(Seq(until)));
    // It is read again on the way back, and then the other end is dropped.
    for n in 0..pages {
        let last = until + 100 * n;
        let at = Place::After(Seq(last));
        while asked(&page.dispatch(Event::NewerRequested)) != [at] {}
        page.receive_slice(at, last + 1..=last + 100, 100_000);
        assert!(page.model.room().timeline.len() <= SLICE_MESSAGES_MAX);
    }
    assert_eq!(page.shown_range().1, until + 100 * pages);
}

#[test]
fn a_message_in_a_slice_shows_what_became_of_it_later() {
    let mut page = Page::after(1_000);
    page.seek(500);
    let edit = |seq, text| {
        let text = Text::parse(text).unwrap();
        let target = id(500);
        entry(seq, bob(), Body::Edit { target, text })
    };
    page.receive(&ServerMessage::Slice {
        room: lobby(),
        at: Place::Message(id(500)),
        entries: vec![entry(500, bob(), post("first"))],
        changes: vec![edit(800, "second")],
        older: true,
        newer: true,
    });
    assert_eq!(page.texts(), ["second"]);
    page.receive_entry(edit(1_001, "third"));
    assert_eq!(page.texts(), ["third"]);
    page.dispatch(Event::ReplyStarted(id(500)));
    assert_eq!(page.model.room().draft.reply_to, Some(id(500)));
}

#[test]
fn a_message_that_is_asked_for_offline_is_shown_once_the_page_is_connected() {
    let mut page = Page::open();
    assert_eq!(page.seek(500), []);
    assert_eq!(page.notice(), text::message_waits());
    page.connect();
    page.join("lobby", 1_000, 1_000);
    let present = ServerMessage::Present {
        room: lobby(),
        count: 1,
        members: vec![],
    };
    let at = Place::Message(id(500));
    assert_eq!(asked(&page.receive(&present)), [at]);
    // The connection is lost before the answer.
    page.dispatch(Event::SocketClosed(None));
    assert_eq!(page.notice(), text::message_waits());
    page.dispatch(Event::ConnectRequested);
    page.connect();
    page.receive(&ServerMessage::Joined {
        room: lobby(),
        after: Seq(1_000),
        head: Seq(1_000),
        first: Seq(1),
        outcome: JoinOutcome::Resumed,
    });
    assert_eq!(asked(&page.receive(&present)), [at]);
    page.receive_slice(at, 451..=550, 1_000);
    assert_eq!(page.model.room().scroll_target, Some(id(500)));
    assert_eq!(page.notice(), "");
}

#[test]
fn a_message_that_is_gone_is_said_to_be_gone() {
    let mut page = Page::after(1_000);
    page.receive_posts(1_001..=1_001);
    page.seek(500);
    refuse(&mut page, Request::Search, ErrorCode::Busy, None);
    assert!(
        page.model.room().seeking.is_some(),
        "that was another request"
    );
    refuse(&mut page, Request::Slice, ErrorCode::TargetUnknown, None);
    assert_eq!(page.notice(), text::message_gone());
    assert_eq!(page.model.room().seeking, None);
    assert_eq!(page.shown_range(), (1_001, 1_001), "the list stays");
}

#[test]
fn of_two_messages_that_are_asked_for_the_last_one_is_shown() {
    let mut page = Page::after(10_000);
    page.seek(1_000);
    page.seek(5_000);
    page.receive_slice(Place::Message(id(1_000)), 951..=1_050, 10_000);
    assert_eq!(page.texts(), [""; 0]);
    page.receive_slice(Place::Message(id(5_000)), 4_951..=5_050, 10_000);
    assert_eq!(page.shown_range(), (4_951, 5_050));
    page.dispatch(Event::MessageShown);
    // And a message at the end, from a slice.
    page.receive_posts(10_001..=10_001);
    assert_eq!(page.seek(10_001), []);
    assert_eq!(page.shown_range(), (10_001, 10_001));
}
