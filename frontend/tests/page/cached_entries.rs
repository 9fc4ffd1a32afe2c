//! What a page shows before the server tells, or where it does not: what it had at the last visit.

use parlor_frontend::model::cached_entries::CachedEntries;
use parlor_shared::limits::RECENT_BYTES_MAX;

use super::*;

/// What the page keeps of the lobby when nobody looks any more.
fn kept(page: &mut Page) -> Option<String> {
    let effects = page.does(Event::PageHidden);
    effects.into_iter().find_map(|effect| match effect {
        Effect::SaveEntries(room, recent) if room == lobby() => Some(recent),
        _ => None,
    })
}

fn next_visit(recent: String) -> Page {
    let mut page = Page::open();
    page.model = Model::new(Visit {
        current_room: lobby(),
        rooms: vec![KnownRoom {
            room: lobby(),
            seen: None,
            draft: draft(""),
            cached_entries: recent,
        }],
        name: name(),
        member: None,
        token: None,
        settings: Settings::default(),
    });
    page
}

#[test]
fn the_next_visit_begins_with_what_was_there_and_the_server_has_the_last_word() {
    let mut page = Page::online();
    page.entry(1, MessageId::new(1, [3; 10]), "first");
    page.entry(2, MessageId::new(2, [3; 10]), "second");
    let recent = kept(&mut page).unwrap();
    assert_eq!(kept(&mut page), None, "nothing has changed since");

    let mut page = next_visit(recent.clone());
    assert_eq!(page.shown(), ["first", "second"]);
    assert_eq!(kept(&mut page), None, "it is kept already");
    page.go_online();
    assert!(page.shown().is_empty(), "it is another log now");
    assert_eq!(kept(&mut page).unwrap(), "");

    let damaged = format!("{{}}\n{recent}\nnonsense");
    assert_eq!(next_visit(damaged).shown(), ["first", "second"]);
}

#[test]
fn the_newest_are_kept_and_only_so_many_bytes() {
    let mut page = Page::online();
    page.flood(1_000);
    let recent = kept(&mut page).unwrap();
    assert!(
        recent.len() <= RECENT_BYTES_MAX + 1_000,
        "line breaks apart"
    );
    assert!(recent.len() > RECENT_BYTES_MAX / 2);
    assert_eq!(next_visit(recent).first_and_last_shown().1, 1_000);
    let mut too_large = CachedEntries::default();
    too_large.push("x".repeat(RECENT_BYTES_MAX + 1));
    assert_eq!(too_large.take_unsaved().unwrap(), "");
}
