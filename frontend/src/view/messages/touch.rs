//! Fingers on the list of messages: a tap or a long press opens the sheet of a message, a swipe
//! towards the end of the line begins a reply.
//!
//! The style sheet leaves vertical movements to the browser (`touch-action`), which cancels the
//! gesture here as soon as it scrolls.

use std::time::Duration;

use leptos::{
    ev,
    leptos_dom::helpers::{TimeoutHandle, set_timeout_with_handle},
    prelude::*,
    wasm_bindgen::JsCast,
};
use parlor_frontend::{
    event::Event,
    model::menu::{Menu, MenuPlace, MenuSubject},
    view_model::message_actions::actions,
};
use parlor_shared::MessageId;
use web_sys::{Element, HtmlElement};

use crate::browser::{focus, menu, store::Store};

/// How long a finger rests until it has pressed long.
const LONG_PRESS: Duration = Duration::from_millis(450);
/// A finger that moved less than this rests.
const REST_PX: i32 = 10;
/// How far a row follows the finger.
const SWIPE_MAX_PX: i32 = 72;
/// From here on the swipe begins a reply when the finger is lifted.
const SWIPE_REPLY_PX: i32 = 48;
/// Swipes that begin closer to the edge of the screen belong to the system.
const EDGE_PX: i32 = 24;

/// The finger on the list, if there is one.
#[derive(Clone, Copy)]
pub(super) struct Touch {
    store: Store,
    press: StoredValue<Option<Press>, LocalStorage>,
    /// Whether the last pointer that went down is a finger, and a click after it opens the sheet.
    taps: StoredValue<bool>,
}

/// A finger that is down on a message.
#[derive(Debug, Clone)]
struct Press {
    id: MessageId,
    row: HtmlElement,
    x: i32,
    y: i32,
    /// Whether a movement to the side is a swipe of the message.
    can_swipe: bool,
    /// How far the row was swiped, once it is.
    swiped_px: Option<i32>,
    long_press: Option<TimeoutHandle>,
}

impl Touch {
    /// Nothing touches the list.
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            press: StoredValue::new_local(None),
            taps: StoredValue::new(false),
        }
    }

    /// A pointer went down on the list.
    pub(super) fn on_down(self, event: &ev::PointerEvent) {
        self.end();
        let is_finger = is_touch(event);
        self.taps.set_value(is_finger);
        if !is_finger || !event.is_primary() {
            return;
        }
        let Some((id, row)) = pressed_row(event).filter(|(id, _)| self.can_act(*id)) else {
            return;
        };
        let x = event.client_x();
        let width = document()
            .document_element()
            .map(|root| root.client_width());
        let is_at_edge = x < EDGE_PX || width.is_some_and(|width| x > width - EDGE_PX);
        let long_press = set_timeout_with_handle(move || self.pressed_long(), LONG_PRESS);
        self.press.set_value(Some(Press {
            id,
            row,
            x,
            y: event.client_y(),
            can_swipe: !is_at_edge && !is_within(event, "pre"),
            swiped_px: None,
            // Without a timer only the tap is left.
            long_press: long_press.ok(),
        }));
    }

    /// The finger moved.
    pub(super) fn on_move(self, event: &ev::PointerEvent) {
        let Some(mut press) = self.press.get_value() else {
            return;
        };
        let forward = match focus::is_mirrored(&press.row) {
            true => -1,
            false => 1,
        };
        let x = (event.client_x() - press.x) * forward;
        let y = (event.client_y() - press.y).abs();
        if press.swiped_px.is_none() {
            if x.abs() < REST_PX && y < REST_PX {
                return;
            }
            self.taps.set_value(false);
            clear(&mut press);
            if x < y || !press.can_swipe {
                return self.end();
            }
        }
        let swiped = (x - REST_PX).clamp(0, SWIPE_MAX_PX);
        let is_ready = swiped >= SWIPE_REPLY_PX;
        press.swiped_px = Some(swiped);
        show_swipe(&press.row, swiped * forward, is_ready);
        self.press.set_value(Some(press));
    }

    /// The finger was lifted.
    pub(super) fn on_up(self) {
        menu::release();
        let press = self.press.get_value();
        self.end();
        if let Some(press) = press
            && press.swiped_px.is_some_and(|px| px >= SWIPE_REPLY_PX)
        {
            self.store.dispatch_and_show(Event::ReplyStarted(press.id));
        }
    }

    /// The browser took the finger over, as for scrolling.
    pub(super) fn on_cancel(self) {
        menu::release();
        self.taps.set_value(false);
        self.end();
    }

    /// A click, which a tap ends with. One on a link or a button is theirs, and one that ends a
    /// selection of text opens nothing.
    pub(super) fn on_click(self, event: &ev::MouseEvent) {
        if !self.taps.get_value() {
            return;
        }
        self.taps.set_value(false);
        let selection = window().get_selection().ok().flatten();
        let is_selecting = selection.is_some_and(|selection| !selection.is_collapsed());
        if let Some((id, _)) = pressed_row(event).filter(|_| !is_selecting) {
            self.open_sheet(id);
        }
    }

    /// The browser would open its own menu after a long press.
    pub(super) fn on_context_menu(self, event: &ev::MouseEvent) {
        let is_pressed = self.press.with_value(Option::is_some);
        let is_open = self.store.with_untracked(|model| model.menu.is_some());
        // The browser's menu has nothing for a reaction that is held.
        if is_pressed || is_open || is_within(event, ".reaction") {
            event.prevent_default();
        }
        if is_pressed {
            // To the browser the finger has pressed long, and it may take it over.
            self.pressed_long();
        }
    }

    fn pressed_long(self) {
        let press = self.press.get_value();
        if let Some(press) = press.filter(|press| press.swiped_px.is_none()) {
            self.end();
            self.taps.set_value(false);
            menu::hold();
            self.open_sheet(press.id);
        }
    }

    fn open_sheet(self, id: MessageId) {
        self.store.dispatch_and_show(Event::MenuOpened(Menu {
            subject: MenuSubject::Message(id),
            place: MenuPlace::Sheet,
        }));
    }

    fn can_act(self, id: MessageId) -> bool {
        self.store
            .with_untracked(|model| !actions(model, id).is_empty())
    }

    /// Forgets the finger, and puts the row back.
    fn end(self) {
        if let Some(mut press) = self.press.get_value() {
            clear(&mut press);
            // There may be nothing to remove.
            press.row.style().remove_property("--swipe").ok();
            press.row.remove_attribute("data-swipe").ok();
            self.press.set_value(None);
        }
    }
}

/// Whether a finger caused the event, whatever else points at this screen.
pub(super) fn is_touch(event: &ev::PointerEvent) -> bool {
    event.pointer_type() == "touch"
}

fn clear(press: &mut Press) {
    if let Some(timer) = press.long_press.take() {
        timer.clear();
    }
}

/// The message under the pointer, unless it points at something that does something by itself.
fn pressed_row(event: &web_sys::Event) -> Option<(MessageId, HtmlElement)> {
    if is_within(event, ":is(a,button,summary)") {
        return None;
    }
    let row = target(event)?.closest("[data-id]").ok().flatten()?;
    let id = row.get_attribute("data-id")?.parse().ok()?;
    Some((id, row.unchecked_into()))
}

fn target(event: &web_sys::Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

fn is_within(event: &web_sys::Event, selector: &str) -> bool {
    target(event).is_some_and(|at| at.closest(selector).is_ok_and(|found| found.is_some()))
}

/// Moves the row with the finger. The style sheet shows what lifting it would do.
fn show_swipe(row: &HtmlElement, px: i32, is_ready: bool) {
    let state = if is_ready { "ready" } else { "begun" };
    // Both a length and a word are always valid.
    row.style().set_property("--swipe", &format!("{px}px")).ok();
    row.set_attribute("data-swipe", state).ok();
}
