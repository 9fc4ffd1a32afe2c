//! What a page shows before the server answers, or where it does not: the newest entries of the
//! last visit.

use parlor_frontend::model::cached_entries::CachedEntries;
use parlor_shared::limits::CACHED_ENTRIES_BYTES_MAX;

use super::*;

/// What the page saves of the lobby when it is hidden.
fn saved(page: &mut Page) -> Option<String> {
    let effects = page.dispatch(Event::PageHidden);
    effects.into_iter().find_map(|effect| match effect {
        Effect::SaveEntries(room, entries) if room == lobby() => Some(entries),
        _ => None,
    })
}

fn next_visit(cached_entries: String) -> Page {
    Page::open_with(vec![KnownRoom {
        room: lobby(),
        seen: None,
        draft: draft(""),
        cached_entries,
        about: String::new(),
    }])
}

#[test]
fn a_visit_shows_the_saved_entries_until_the_server_answers() {
    let mut page = Page::online();
    page.receive_entry(entry(1, me(), post("first")));
    page.receive_entry(entry(2, me(), post("second")));
    let entries = saved(&mut page).unwrap();
    assert_eq!(saved(&mut page), None, "nothing has changed since");

    let mut page = next_visit(entries.clone());
    assert_eq!(page.texts(), ["first", "second"]);
    assert_eq!(saved(&mut page), None, "it is saved already");
    page.go_online();
    assert_eq!(page.rows(), [], "the log is another one now");
    assert_eq!(saved(&mut page).unwrap(), "");

    let damaged = format!("{{}}\n{entries}\nnonsense");
    assert_eq!(next_visit(damaged).texts(), ["first", "second"]);
}

#[test]
fn the_newest_entries_are_saved_up_to_a_bound() {
    let mut page = Page::online();
    page.flood(1_000);
    let entries = saved(&mut page).unwrap();
    let line_breaks = 1_000;
    assert!(entries.len() <= CACHED_ENTRIES_BYTES_MAX + line_breaks);
    assert!(entries.len() > CACHED_ENTRIES_BYTES_MAX / 2);
    assert_eq!(next_visit(entries).shown_range().1, 1_000);
    let mut cached = CachedEntries::default();
    cached.push("x".repeat(CACHED_ENTRIES_BYTES_MAX + 1));
    assert_eq!(cached.take_unsaved().unwrap(), "");
}
