//! The keys of the list of messages.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{
    event::{Direction, Event},
    model::menu::{Menu, MenuPlace, MenuSubject},
    view_model::message_actions::{MessageAction, actions},
};
use parlor_shared::MessageId;
use web_sys::{Element, HtmlDivElement, HtmlElement, ScrollLogicalPosition};

use crate::{
    browser::{focus, keyboard, store::Store},
    view::{
        marks::Marks,
        menu_place::below_end_of,
        scroll_into_view::{find_row, scroll_into_view},
    },
};

/// What the keys work on.
#[derive(Clone, Copy)]
pub(super) struct ListKeys {
    pub(super) store: Store,
    pub(super) marks: Marks,
    /// The ids of the messages, from top to bottom.
    pub(super) rows: Memo<Vec<MessageId>>,
}

impl ListKeys {
    /// A key was pressed in the list. The arrow keys go from message to message; then Enter and Tab
    /// lead to the bar of the chosen one, and some letters are commands about it. Any other letter
    /// goes to the composer.
    pub(super) fn on_keydown(self, press: &ev::KeyboardEvent, list: &HtmlDivElement) {
        if press.default_prevented() || keyboard::has_modifier(press) {
            return;
        }
        let is_on_list = press
            .target()
            .is_some_and(|at| at.dyn_ref::<HtmlDivElement>() == Some(list));
        let is_handled = match press.key().as_str() {
            "ArrowUp" => self.go(Direction::Up, list),
            "ArrowDown" => self.go(Direction::Down, list),
            "End" => {
                self.store.dispatch(Event::LatestRequested);
                true
            }
            "Escape" => self.escape(is_on_list, list),
            "Enter" if is_on_list => self.enter_bar(list),
            "Tab" if is_on_list && !press.shift_key() => self.enter_bar(list),
            key if self.act(key, list) => true,
            _ => return keyboard::type_into_composer(press),
        };
        if is_handled {
            press.prevent_default();
        }
    }

    /// Once the focus is elsewhere, no message is chosen by keyboard any more.
    pub(super) fn on_focusout(self, event: &ev::FocusEvent) {
        let to = event
            .related_target()
            .and_then(|at| at.dyn_into::<Element>().ok());
        let stays = to.is_some_and(|at| {
            let within = at.closest(":is(#messages,.menu,.picker)");
            within.is_ok_and(|within| within.is_some())
        });
        if !stays && self.marks.by_keyboard.get_untracked() {
            self.marks.by_keyboard.set(false);
            self.marks.active.set(None);
        }
    }

    fn active(self) -> Option<MessageId> {
        self.marks.active.get_untracked()
    }

    /// Goes one message further; without a chosen one, to the newest.
    fn go(self, direction: Direction, list: &HtmlDivElement) -> bool {
        let next = self
            .rows
            .with_untracked(|rows| neighbour(direction, self.active(), rows));
        let Some(next) = next else {
            return false;
        };
        self.marks.active.set(Some(next));
        self.marks.by_keyboard.set(true);
        focus::move_to(list);
        if let Some(row) = find_row(list, next) {
            scroll_into_view(&row, ScrollLogicalPosition::Nearest);
        }
        true
    }

    /// From a bar back to the list; from there to the composer, and to the end of the list.
    fn escape(self, is_on_list: bool, list: &HtmlDivElement) -> bool {
        if is_on_list {
            self.marks.active.set(None);
            self.store.dispatch(Event::LatestRequested);
            focus::move_to_id("composer");
        } else {
            focus::move_to(list);
        }
        true
    }

    /// Moves the focus to the first button of the chosen message's bar.
    fn enter_bar(self, list: &HtmlDivElement) -> bool {
        let bar = self.active().and_then(|id| find_row(list, id));
        let bar = bar.and_then(|row| row.query_selector("[role=toolbar]").ok().flatten());
        let Some(bar) = bar.and_then(|bar| bar.dyn_into::<HtmlElement>().ok()) else {
            return false;
        };
        focus::step(&bar, "button", 1);
        true
    }

    /// Does what a key means about the message that the keyboard chose.
    fn act(self, key: &str, list: &HtmlDivElement) -> bool {
        let chosen = self
            .active()
            .filter(|_| self.marks.by_keyboard.get_untracked());
        let Some(id) = chosen else {
            return false;
        };
        let (actions, no_shortcuts) = self
            .store
            .with_untracked(|model| (actions(model, id), model.settings.no_shortcuts));
        // Speech input and stray keys press single characters unintended.
        if no_shortcuts && key.chars().count() == 1 {
            return false;
        }
        if key == "+" && actions.contains(&MessageAction::Reply) {
            self.store.dispatch_and_show(Event::PickerOpened(Some(id)));
            return true;
        }
        let action = actions.into_iter().find(|action| action.key() == Some(key));
        match action {
            Some(MessageAction::Delete) => self.ask_to_delete(id, list),
            Some(action) => self.store.dispatch_and_show(action.event(id)),
            None => return false,
        }
        true
    }

    fn ask_to_delete(self, id: MessageId, list: &HtmlDivElement) {
        let row = find_row(list, id);
        let place = row.map_or(MenuPlace::Sheet, |row| below_end_of(&row));
        self.store.dispatch_and_show(Event::MenuOpened(Menu {
            subject: MenuSubject::Deletion(id),
            place,
        }));
    }
}

fn neighbour(
    direction: Direction,
    active: Option<MessageId>,
    rows: &[MessageId],
) -> Option<MessageId> {
    let at = rows.iter().position(|id| Some(*id) == active);
    let next = match (direction, at) {
        (_, None) => rows.last(),
        (Direction::Up, Some(at)) => rows.get(at.checked_sub(1)?),
        (Direction::Down, Some(at)) => rows.get(at + 1),
    };
    next.copied()
}
