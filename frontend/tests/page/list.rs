//! The list of messages, and the part of it that is shown.

use crate::*;

#[test]
fn at_the_end_one_sees_what_comes_and_further_up_one_stays_where_one_reads() {
    let mut page = Page::online();
    page.flood(1_000);
    assert_eq!(page.first_and_last_shown(), (901, 1_000));
    page.does(Event::EndLeft);
    page.flood(150);
    assert_eq!(page.first_and_last_shown(), (901, 1_150));
    assert_eq!(page.model.room().new_below(), 150);
    page.flood(WINDOW_ROWS_MAX as u64);
    assert_eq!(page.first_and_last_shown(), (901, 1_200), "no more rows");
    page.does(Event::EndReached);
    assert_eq!(
        page.model.room().new_below(),
        450,
        "the last row is not the newest message"
    );
    page.does(Event::LatestRequested);
    assert_eq!(page.first_and_last_shown(), (1_351, 1_450));
    assert_eq!(page.model.room().new_below(), 0);
}

#[test]
fn the_window_moves_over_the_whole_list_and_back() {
    let mut page = Page::online();
    page.flood(1_000);
    for first in [801, 701, 601, 501, 401, 301, 201, 101, 1, 1] {
        page.does(Event::OlderRequested);
        let last = (first + WINDOW_ROWS_MAX as u64 - 1).min(1_000);
        assert_eq!(page.first_and_last_shown(), (first, last));
    }
    for last in [400, 500, 600, 700, 800, 900, 1_000, 1_000] {
        page.does(Event::NewerRequested);
        let first = last - WINDOW_ROWS_MAX as u64 + 1;
        assert_eq!(page.first_and_last_shown(), (first, last));
    }
    page.does(Event::EndReached);
    page.flood(1);
    assert_eq!(page.first_and_last_shown(), (902, 1_001));
}

#[test]
fn the_oldest_messages_are_forgotten_past_the_bound() {
    let mut page = Page::online();
    let bound = TIMELINE_MESSAGES_MAX as u64;
    page.flood(bound + 10);
    let step = TIMELINE_TRIM_STEP as u64;
    assert_eq!(
        page.model.room().timeline.len() as u64,
        bound - step + 9,
        "with the first that is too many a step is forgotten"
    );
    assert_eq!(
        page.model.room().loaded_after,
        Seq(step + 1),
        "what is forgotten can be read again"
    );
}
