//! The addresses of rooms and messages.

use crate::*;

#[test]
fn what_was_copied_is_said_for_a_moment_and_then_the_notice_again() {
    let mut page = Page::online();
    page.dispatch(Event::RoomOpened("Not a room".to_owned()));
    let notice = page.notice();
    let effects = page.dispatch(Event::LinkRequested(Some(id(7))));
    assert_eq!(effects, [Effect::CopyLink(lobby(), Some(id(7)))]);
    assert_eq!(page.notice(), notice, "nothing is said before it is done");
    page.dispatch(Event::Copied);
    assert_eq!(page.notice(), text::copied());
    page.env.now_ms += 3_000;
    page.dispatch(Event::Ticked);
    assert_eq!(page.notice(), notice);
}
