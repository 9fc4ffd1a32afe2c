//! The list of messages, and the window of it that is in the document.

use crate::*;

#[test]
fn at_the_end_the_list_follows_and_further_up_it_stays() {
    let mut page = Page::online();
    page.flood(1_000);
    assert_eq!(page.shown_range(), (901, 1_000));
    page.dispatch(Event::EndLeft);
    page.flood(150);
    assert_eq!(page.shown_range(), (901, 1_150));
    assert_eq!(page.model.room().new_below(&page.model.reader()), 150);
    page.flood(WINDOW_ROWS_MAX as u64);
    assert_eq!(page.shown_range(), (901, 1_200), "no more rows than that");
    page.dispatch(Event::EndReached);
    let new_below = page.model.room().new_below(&page.model.reader());
    assert_eq!(new_below, 450, "the last row is not the newest message");
    page.dispatch(Event::LatestRequested);
    assert_eq!(page.shown_range(), (1_351, 1_450));
    assert_eq!(page.model.room().new_below(&page.model.reader()), 0);
}

#[test]
fn the_window_moves_to_both_ends_of_the_list() {
    let mut page = Page::online();
    page.flood(1_000);
    for first in [801, 701, 601, 501, 401, 301, 201, 101, 1, 1] {
        page.dispatch(Event::OlderRequested);
        let last = (first + WINDOW_ROWS_MAX as u64 - 1).min(1_000);
        assert_eq!(page.shown_range(), (first, last));
    }
    for last in [400, 500, 600, 700, 800, 900, 1_000, 1_000] {
        page.dispatch(Event::NewerRequested);
        let first = last - WINDOW_ROWS_MAX as u64 + 1;
        assert_eq!(page.shown_range(), (first, last));
    }
    page.dispatch(Event::EndReached);
    page.flood(1);
    assert_eq!(page.shown_range(), (902, 1_001));
}

#[test]
fn past_the_bound_the_oldest_messages_are_unloaded_and_can_be_loaded_again() {
    let mut page = Page::online();
    let bound = TIMELINE_MESSAGES_MAX as u64;
    let step = TIMELINE_TRIM_STEP as u64;
    page.flood(bound + 10);
    let loaded = page.model.room().timeline.len() as u64;
    assert_eq!(loaded, bound - step + 9, "one step at a time is unloaded");
    assert_eq!(page.model.room().loaded_after, Seq(step + 1));
}
