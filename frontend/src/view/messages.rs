//! The live list of messages.

use leptos::{
    ev, html,
    wasm_bindgen::{JsCast, closure::Closure},
};
use parlor_frontend::{
    event::Event,
    model::{Model, room::ScrollPosition},
    texts,
    view_model::rows::{Row, row, row_ids},
};
use parlor_shared::MessageId;
use web_sys::{
    Element, HtmlDivElement, ResizeObserver, ScrollIntoViewOptions, ScrollLogicalPosition,
};

use super::{
    StoreRef, dispatch,
    locale::{self, number},
    peek,
    pieces::*,
    read, row as message_row,
};

/// The list: at its end it stays at the end, further up it stays where one reads.
pub(crate) fn list(store: StoreRef) -> Vec<AnyView> {
    let rows = Memo::new(move |_| read(store, rows));
    let marks = message_row::Marks::default();
    let active = marks.at_hand;
    let older = Memo::new(move |_| read(store, |model| model.room().has_older()));
    let is_there = Memo::new(move |_| read(store, |model| model.room().live));
    let away = Memo::new(move |_| read(store, |model| model.room().scroll != ScrollPosition::End));
    let list = NodeRef::<html::Div>::new();
    let on_scroll = keep_place(store, list, (rows, away), marks);
    // With the keyboard one goes from message to message; Tab then reaches the buttons of the one at hand.
    let on_key = move |event: ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "ArrowUp" => Step::Up,
            "ArrowDown" => Step::Down,
            _ => return,
        };
        let next = rows.with_untracked(|rows| step.from(active.get_untracked(), rows));
        if let (Some(id), Some(list)) = (next, list.get_untracked()) {
            event.prevent_default();
            active.set(Some(id));
            if let Some(row) = row_of(&list, id) {
                show(&row, ScrollLogicalPosition::Nearest);
            }
        }
    };
    let earlier = move || {
        let given = [("class", "older"), ("data-testid", "load-older")];
        let click = move || dispatch(store, Event::OlderRequested);
        button(&given, vec![texts::EARLIER_MESSAGES.into_any()], click)
    };
    let ways = vec![
        known(list),
        on("scroll", on_scroll),
        on("keydown", on_key),
        on("pointerleave", move |_: ev::Event| active.set(None)),
    ];
    let rows_of_it = each(rows, move |row| message_row::message(store, row, marks));
    let inner = vec![
        when(move || older.get(), earlier),
        when(
            move || rows.with(Vec::is_empty),
            move || nothing_yet(is_there),
        ),
        element("ol", &[], vec![rows_of_it]),
    ];
    let given = [
        ("class", "messages"),
        ("id", "messages"),
        ("role", "log"),
        ("aria-label", texts::MESSAGES),
        ("tabindex", "0"),
        ("data-testid", "messages"),
    ];
    vec![
        live("div", &given, ways, inner),
        jump_to_latest(store, away),
    ]
}

fn nothing_yet(is_there: Memo<bool>) -> AnyView {
    let words = move || match is_there.get() {
        true => texts::NO_MESSAGES,
        false => texts::NOT_LOADED,
    };
    element("p", &[("class", "empty")], vec![text(words)])
}

fn rows(model: &Model) -> Vec<Row> {
    let ids = row_ids(model).into_iter();
    ids.filter_map(|id| row(model, id, locale::is_same_day))
        .collect()
}

/// Keeps the list where one is while rows come and go: at its end, at the row one reads, or at the one that was wanted.
/// Gives what is to be done when it is scrolled.
fn keep_place(
    store: StoreRef,
    list: NodeRef<html::Div>,
    (rows, away): (Memo<Vec<Row>>, Memo<bool>),
    marks: message_row::Marks,
) -> impl Fn(ev::Event) {
    let scroll_target = Memo::new(move |_| read(store, |model| model.room().scroll_target));
    let anchor = StoredValue::new_local(None::<Anchor>);
    // How high the list was, and its content, when it was last put where it belongs.
    let heights = StoredValue::new_local((0, 0));
    let heights_of = |list: &HtmlDivElement| (list.client_height(), list.scroll_height());
    let settle = move || {
        let Some(list) = list.get_untracked() else {
            return;
        };
        if let Some(row) = scroll_target
            .get_untracked()
            .and_then(|id| row_of(&list, id))
        {
            show(&row, ScrollLogicalPosition::Center);
            marks.found.set(scroll_target.get_untracked());
            // With the keyboard one goes on from there.
            marks.at_hand.set(scroll_target.get_untracked());
            list.focus().unwrap_or_default();
            anchor.set_value(Anchor::find(&list));
            return dispatch(store, Event::MessageShown);
        }
        match anchor.get_value() {
            Some(anchor) if away.get_untracked() => anchor.hold(&list),
            _ => list.set_scroll_top(list.scroll_height()),
        }
        heights.set_value(heights_of(&list));
        look_around(store, &list);
    };
    follow(move || {
        rows.track();
        away.track();
        scroll_target.track();
        // The rows of this change are in the document once the work at hand is done, before it is painted.
        queue_microtask(settle);
    });
    let observer = watch_size(settle);
    follow(move || {
        if let (Some(list), Some(observer)) = (list.get(), &observer) {
            observer.observe(&list);
        }
    });
    move |_| {
        let Some(list) = list.get_untracked() else {
            return;
        };
        // Where the content grew meanwhile it is not the person who has left the end.
        if !away.get_untracked() && heights.get_value() != heights_of(&list) {
            return settle();
        }
        anchor.set_value(Anchor::find(&list));
        look_around(store, &list);
    }
}

/// Has this done whenever what is observed is of another size, as when the window or the drawer below is.
fn watch_size(settle: impl Fn() + 'static) -> Option<ResizeObserver> {
    let changed = Closure::<dyn FnMut()>::new(settle);
    let observer = ResizeObserver::new(changed.as_ref().unchecked_ref()).ok();
    // The list is there for as long as the page is.
    changed.forget();
    observer
}

/// The way back to the end of the list, with what came meanwhile.
fn jump_to_latest(store: StoreRef, away: Memo<bool>) -> AnyView {
    let below = Memo::new(move |_| read(store, |model| model.room().new_below()));
    let jump = move || texts::jump_to_latest(below.get(), number);
    let to_latest = move || {
        let given = [("class", "jump"), ("data-testid", "jump-latest")];
        button(&given, vec![text(jump)], move || {
            dispatch(store, Event::LatestRequested)
        })
    };
    when(move || away.get(), to_latest)
}

/// Where an arrow key leads.
#[derive(Clone, Copy)]
enum Step {
    Up,
    Down,
}

impl Step {
    fn from(self, at: Option<MessageId>, rows: &[Row]) -> Option<MessageId> {
        let at = rows.iter().position(|row| Some(row.id) == at);
        let next = match (self, at) {
            (_, None) => rows.last(),
            (Self::Up, Some(at)) => rows.get(at.checked_sub(1)?),
            (Self::Down, Some(at)) => rows.get(at + 1),
        };
        next.map(|row| row.id)
    }
}

fn row_of(list: &HtmlDivElement, id: MessageId) -> Option<Element> {
    let row = list.query_selector(&format!("[data-id='{id}']"));
    row.ok().flatten()
}

/// Scrolls the row into sight.
pub(super) fn show(row: &Element, to: ScrollLogicalPosition) {
    let options = ScrollIntoViewOptions::new();
    options.set_block(to);
    row.scroll_into_view_with_scroll_into_view_options(&options);
}

/// Says where in the list one is, and has it brought in what will soon be in sight.
fn look_around(store: StoreRef, list: &HtmlDivElement) {
    let above = list.scroll_top();
    let below = list.scroll_height() - above - list.client_height();
    let (at_end, was_at_end) = peek(store, |model| {
        let room = model.room();
        let at_end = below < AT_END_PX && room.window.is_at_end();
        (at_end, room.scroll == ScrollPosition::End)
    });
    if at_end != was_at_end {
        dispatch(
            store,
            if at_end {
                Event::EndReached
            } else {
                Event::EndLeft
            },
        );
    }
    if above < SOON_PX && !at_end {
        dispatch(store, Event::OlderRequested);
    } else if below < SOON_PX && !at_end {
        dispatch(store, Event::NewerRequested);
    }
}

/// Nearer to the end than this is at the end.
const AT_END_PX: i32 = 48;
/// Nearer to the first or last row than this, the next ones are brought in.
const SOON_PX: i32 = 600;

/// The row one reads at, and how far from the top of the list it stands.
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
        let mut in_sight = rows.filter(|row| row.get_bounding_client_rect().bottom() > top);
        let row = in_sight.next()?;
        Some(Self {
            id: row.get_attribute("data-id")?,
            top_px: row.get_bounding_client_rect().top() - top,
        })
    }

    /// Scrolls the list so that the row stands where it stood.
    fn hold(&self, list: &HtmlDivElement) {
        let row = list.query_selector(&format!("[data-id='{}']", self.id));
        if let Ok(Some(row)) = row {
            let top = list.get_bounding_client_rect().top();
            let moved = row.get_bounding_client_rect().top() - top - self.top_px;
            list.set_scroll_top(list.scroll_top() + moved.round() as i32);
        }
    }
}
