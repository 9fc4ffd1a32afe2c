//! Where the list of messages is scrolled to. The style sheet turns the browser's own scroll
//! anchoring off: it does not know when to follow the end.

use leptos::{
    html,
    prelude::*,
    wasm_bindgen::{JsCast, closure::Closure},
};
use parlor_frontend::{
    event::Event,
    model::{Model, room::ScrollPosition},
};
use parlor_shared::MessageId;
use web_sys::{Element, HtmlDivElement, ResizeObserver, ScrollLogicalPosition};

use crate::{
    browser::{focus, media, store::Store},
    view::{
        effect::effect,
        marks::Marks,
        scroll_into_view::{find_row, scroll_into_view},
    },
};

/// Closer to the end than this, the list is at its end.
const AT_END_PX: i32 = 48;
/// Closer to the first or the last row than this, more rows are brought in.
const LOAD_WITHIN_PX: i32 = 600;

/// Keeps the list where the user reads while rows come and go: at its end, at the row that was
/// first in view, or at the message that was asked for.
#[derive(Clone, Copy)]
pub(super) struct ScrollKeeper {
    store: Store,
    list: NodeRef<html::Div>,
    marks: Marks,
    /// Whether the user has scrolled away from the end.
    is_away: Memo<bool>,
    /// The message that is to be shown.
    target: Memo<Option<MessageId>>,
    /// The row that was first in view when the user last scrolled.
    anchor: StoredValue<Option<Anchor>>,
    /// The rows that were last reported to be on screen.
    in_view: StoredValue<Option<InView>>,
    /// The heights when the list was last scrolled to its end.
    heights: StoredValue<Heights>,
}

impl ScrollKeeper {
    /// A keeper for the list, which is at its end.
    pub(super) fn new(
        store: Store,
        list: NodeRef<html::Div>,
        marks: Marks,
        is_away: Memo<bool>,
    ) -> Self {
        Self {
            store,
            list,
            marks,
            is_away,
            target: store.memo(|model| model.room().scroll_target),
            anchor: StoredValue::new(None),
            in_view: StoredValue::new(None),
            heights: StoredValue::new(Heights::default()),
        }
    }

    /// Restores the position whenever the rows, the message to be shown or the list's size change.
    pub(super) fn follow(self, rows: Memo<Vec<MessageId>>) {
        // The rows may be the same although the user has left the room and come back.
        let has_view = self.store.memo(|model| model.room().has_view());
        effect(move || {
            rows.track();
            self.is_away.track();
            self.target.track();
            has_view.track();
            // A microtask runs after the effects that put the rows into the document, and before
            // the browser paints.
            queue_microtask(move || self.restore());
        });
        effect(move || {
            let Some(list) = self.list.get() else { return };
            let on_resize = Closure::<dyn FnMut()>::new(move || self.restore());
            // The window was resized, or something opened below the list.
            if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
                observer.observe(&list);
            }
            // The list is there as long as the page.
            on_resize.forget();
        });
    }

    /// Remembers where the user scrolled to, and has more rows brought in near the ends.
    pub(super) fn on_scroll(self) {
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        // Where the list or its content was resized, this is not the user leaving the end.
        let was_resized = self.heights.get_value() != Heights::of(&list);
        if was_resized && !self.is_away.get_untracked() {
            return self.restore();
        }
        self.anchor.set_value(Anchor::find(&list));
        self.report(&list);
    }

    fn restore(self) {
        let Some(list) = self.list.get_untracked() else {
            return;
        };
        let target = self.target.get_untracked();
        if let Some(row) = target.and_then(|id| find_row(&list, id)) {
            if self.is_first_unread(target) {
                scroll_to_third(&list, &row);
            } else {
                scroll_into_view(&row, ScrollLogicalPosition::Center);
                self.marks.found.set(target);
            }
            // The arrow keys go on from there, except from the search: there they go on to the next
            // result. A finger has no use for the bar.
            self.marks.active.set(target.filter(|_| !media::is_touch()));
            if !focus::is_within(".search") {
                focus::move_to(&list);
            }
            self.anchor.set_value(Anchor::find(&list));
            self.store.dispatch(Event::MessageShown);
            return self.report_in_view(&list);
        }
        match self.anchor.get_value() {
            Some(anchor) if self.is_away.get_untracked() => anchor.restore(&list),
            _ => list.set_scroll_top(list.scroll_height()),
        }
        self.heights.set_value(Heights::of(&list));
        self.report(&list);
    }

    /// Reports reaching and leaving the end, and asks for the rows that will soon be in view.
    fn report(self, list: &HtmlDivElement) {
        let above_px = list.scroll_top();
        let below_px = list.scroll_height() - above_px - list.client_height();
        let (is_at_end, was_at_end) = self.store.with_untracked(|model| {
            let room = model.room();
            let is_at_end = below_px < AT_END_PX && room.window.is_at_end();
            (is_at_end, room.scroll == ScrollPosition::End)
        });
        match (was_at_end, is_at_end) {
            (false, true) => self.store.dispatch(Event::EndReached),
            (true, false) => self.store.dispatch(Event::EndLeft),
            (true, true) | (false, false) => {}
        }
        if above_px < LOAD_WITHIN_PX && !is_at_end {
            self.store.dispatch(Event::OlderRequested);
        }
        if below_px < LOAD_WITHIN_PX && !is_at_end {
            self.store.dispatch(Event::NewerRequested);
        }
        self.report_in_view(list);
    }

    /// Whether this is the message below the "New" line.
    fn is_first_unread(self, id: Option<MessageId>) -> bool {
        self.store.with_untracked(|model| {
            let room = model.room();
            let first = room
                .progress
                .first_unread
                .and_then(|seq| room.timeline.get(seq));
            first.is_some_and(|first| Some(first.id) == id)
        })
    }

    /// Reports which messages are on screen, where it matters: while something is unread.
    fn report_in_view(self, list: &HtmlDivElement) {
        let is_wanted = |model: &Model| model.room().wants_view(&model.reader());
        if !self.store.with_untracked(is_wanted) {
            return;
        }
        let in_view = InView::find(list);
        let is_known = self.store.with_untracked(|model| model.room().has_view());
        if is_known && in_view == self.in_view.get_value() {
            return;
        }
        self.in_view.set_value(in_view);
        if let Some(InView { first, last }) = in_view {
            self.store.dispatch(Event::RowsInView { first, last });
        }
    }
}

/// How much of a row's height is to be on screen for its message to count as seen: a line.
const SEEN_PX: f64 = 24.0;

/// Scrolls the list so that the row stands a third from its top.
fn scroll_to_third(list: &HtmlDivElement, row: &Element) {
    let (list_box, row_box) = (
        list.get_bounding_client_rect(),
        row.get_bounding_client_rect(),
    );
    let down_px = row_box.top() - list_box.top() - list_box.height() / 3.0;
    list.set_scroll_top(list.scroll_top() + down_px.round() as i32);
}

/// The first and the last row on screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct InView {
    first: MessageId,
    last: MessageId,
}

impl InView {
    fn find(list: &HtmlDivElement) -> Option<Self> {
        let list_box = list.get_bounding_client_rect();
        let all = list.query_selector_all("[data-id]").ok()?;
        let row = |n| all.get(n).and_then(|row| row.dyn_into::<Element>().ok());
        let id = |row: Element| row.get_attribute("data-id").and_then(|id| id.parse().ok());
        let starts_above = |row: &Element| {
            let row_box = row.get_bounding_client_rect();
            row_box.top() + SEEN_PX.min(row_box.height()) <= list_box.bottom()
        };
        let ends_below = |row: &Element| row.get_bounding_client_rect().bottom() > list_box.top();
        let first = (0..all.length()).filter_map(row).find(ends_below)?;
        let last = (0..all.length()).rev().filter_map(row).find(starts_above)?;
        Some(Self {
            first: id(first)?,
            last: id(last)?,
        })
    }
}

/// The height of the list, and of what is in it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Heights {
    list_px: i32,
    content_px: i32,
}

impl Heights {
    fn of(list: &HtmlDivElement) -> Self {
        Self {
            list_px: list.client_height(),
            content_px: list.scroll_height(),
        }
    }
}

/// The row that is first in view, and how far below the top of the list it stands.
#[derive(Debug, Clone)]
struct Anchor {
    id: String,
    top_px: f64,
}

impl Anchor {
    fn find(list: &HtmlDivElement) -> Option<Self> {
        let top = list.get_bounding_client_rect().top();
        let rows = list.query_selector_all("[data-id]").ok()?;
        let rows = (0..rows.length()).filter_map(|n| rows.get(n)?.dyn_into::<Element>().ok());
        let mut in_view = rows.filter(|row| row.get_bounding_client_rect().bottom() > top);
        let row = in_view.next()?;
        Some(Self {
            id: row.get_attribute("data-id")?,
            top_px: row.get_bounding_client_rect().top() - top,
        })
    }

    /// Scrolls the list so that the row stands where it stood.
    fn restore(&self, list: &HtmlDivElement) {
        let row = list.query_selector(&format!("[data-id='{}']", self.id));
        if let Ok(Some(row)) = row {
            let top = list.get_bounding_client_rect().top();
            let moved = row.get_bounding_client_rect().top() - top - self.top_px;
            list.set_scroll_top(list.scroll_top() + moved.round() as i32);
        }
    }
}
