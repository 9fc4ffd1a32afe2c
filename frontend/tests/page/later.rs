//! What waits for the later part of the program.

use parlor_frontend::{
    event::{Caret, Effect, Event},
    model::waiting::Waiting,
    update::update,
};
use parlor_shared::limits::PAGE_WAITING_EFFECTS_MAX;

use crate::Page;

#[test]
fn what_is_pressed_before_it_is_loaded_waits_in_its_order_within_a_bound() {
    let mut waiting = Waiting::default();
    let later = |event| Effect::UpdateLater(Box::new(event));
    let presses =
        (0..PAGE_WAITING_EFFECTS_MAX + 5).map(|press| later(Event::RoomOpened(press.to_string())));
    for press in presses.clone() {
        assert!(waiting.keep(press));
    }
    let kept: Vec<Effect> = presses.take(PAGE_WAITING_EFFECTS_MAX).collect();
    assert_eq!(waiting.take(), kept);
    assert_eq!(waiting.take(), []);
}

#[test]
fn writing_waits_for_nothing_and_what_the_page_itself_has_for_it_waits() {
    let mut waiting = Waiting::default();
    let is_typed = true;
    for event in [
        Event::CaretMoved(Caret { at: 1, is_typed }),
        Event::CompletionDismissed,
    ] {
        assert!(!waiting.keep(Effect::UpdateLater(Box::new(event))));
    }
    assert_eq!(waiting.take(), []);
    assert!(waiting.keep(Effect::PlaySound));
    assert_eq!(waiting.take(), [Effect::PlaySound]);
}

#[test]
fn a_message_is_written_and_sent_without_it() {
    let mut page = Page::online();
    let (model, env) = (&mut page.model, page.env);
    let mut effects = update(model, Event::Typed("hello".to_owned()), env);
    effects.extend(update(model, Event::Submitted, env));
    let is_sent =
        |effect: &Effect| matches!(effect, Effect::Send(frame) if frame.contains("hello"));
    assert!(effects.iter().any(is_sent), "{effects:?}");
    let is_left = |effect: &Effect| matches!(effect, Effect::UpdateLater(_));
    assert!(!effects.iter().any(is_left), "{effects:?}");
}
