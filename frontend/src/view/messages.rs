//! The list of messages.

mod scroll;
mod top_line;

use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{
    event::Event,
    model::{Model, room::ScrollPosition},
    texts,
    view_model::rows::{row_generation, row_ids},
};
use parlor_shared::MessageId;
use web_sys::{Element, ScrollLogicalPosition};

use self::{scroll::ScrollKeeper, top_line::TopLine};
use crate::{
    browser::store::use_store,
    view::{
        locale,
        marks::Marks,
        row::MessageRow,
        scroll_into_view::{find_row, scroll_into_view},
        welcome::Welcome,
    },
};

/// The messages of the current room. While the list is scrolled to its end it follows new messages;
/// further up it keeps the place where the user reads.
#[component]
pub(super) fn Messages() -> impl IntoView {
    let store = use_store();
    let list = NodeRef::<html::Div>::new();
    let marks = Marks::default();
    let rows = store.memo(row_ids);
    let keeper = ScrollKeeper::new(store, list, marks, store.memo(is_away));
    keeper.follow(rows);
    // The arrow keys go from message to message. Tab then reaches the buttons of the active one.
    let on_keydown = move |press: ev::KeyboardEvent| {
        let step = match press.key().as_str() {
            "ArrowUp" => Step::Up,
            "ArrowDown" => Step::Down,
            _ => return,
        };
        let next = rows.with_untracked(|rows| step.from(marks.active.get_untracked(), rows));
        if let (Some(next), Some(list)) = (next, list.get_untracked()) {
            press.prevent_default();
            marks.active.set(Some(next));
            if let Some(row) = find_row(&list, next) {
                scroll_into_view(&row, ScrollLogicalPosition::Nearest);
            }
        }
    };
    // The list listens for its rows. Listeners of their own would keep their memory after a row is
    // gone, until the browser's garbage collector runs.
    let activate = move |event: ev::PointerEvent| {
        let pointed = event.target().and_then(|at| at.dyn_into::<Element>().ok());
        let row = pointed.and_then(|at| at.closest("[data-id]").ok().flatten());
        let id: Option<MessageId> = row.and_then(|row| row.get_attribute("data-id")?.parse().ok());
        if id.is_some() && id != marks.active.get_untracked() {
            marks.active.set(id);
        }
    };
    view! {
        <div
            node_ref=list
            class="messages"
            id="messages"
            role="log"
            aria-label=texts::messages()
            tabindex="0"
            data-testid="messages"
            on:scroll=move |_| keeper.on_scroll()
            on:keydown=on_keydown
            on:pointerover=activate
            on:pointerdown=activate
            on:pointerleave=move |_| marks.active.set(None)
        >
            <TopLine list/>
            <Show when=store.is(|model| model.room().has_older())>
                <button
                    type="button"
                    class="older"
                    data-testid="load-older"
                    on:click=move |_| store.dispatch(Event::OlderRequested)
                >
                    {texts::earlier_messages()}
                </button>
            </Show>
            <Show when=store.is(|model| row_ids(model).is_empty())>
                <Welcome/>
            </Show>
            <ol><Rows rows marks/></ol>
        </div>
        <Show when=store.is(is_away)>
            <JumpToLatest/>
        </Show>
    }
}

/// Whether the user has scrolled away from the end.
fn is_away(model: &Model) -> bool {
    model.room().scroll != ScrollPosition::End
}

/// The rows. The owner of a `<For>` keeps a record of every item that the list ever had, and a
/// signal or memo one of each of its subscribers, about 90 and 110 bytes each: they would grow for
/// as long as the room is read. So the list is made again once in some thousand rows, and with it
/// its owner and the memos through which the rows read the marks.
#[component]
fn Rows(
    /// The ids of the messages, from top to bottom.
    rows: Memo<Vec<MessageId>>,
    /// The messages that stand out.
    marks: Marks,
) -> impl IntoView {
    let generation = use_store().memo(row_generation);
    let list = move |_| {
        let active = Memo::new(move |_| marks.active.get());
        let found = Memo::new(move |_| marks.found.get());
        let today = use_store().memo(|model| locale::day_start(model.unix_ms));
        view! {
            <For each=move || rows.get() key=|id| *id let(id)>
                <MessageRow id active found today/>
            </For>
        }
    };
    move || list(generation.get())
}

/// The button that leads back to the end of the list, with the number of messages that arrived
/// meanwhile.
#[component]
fn JumpToLatest() -> impl IntoView {
    let store = use_store();
    let label = store.memo(|model| texts::jump_to_latest(model.room().new_below()));
    view! {
        <button
            type="button"
            class="jump"
            data-testid="jump-latest"
            on:click=move |_| store.dispatch(Event::LatestRequested)
        >
            {label}
        </button>
    }
}

/// Where an arrow key leads.
#[derive(Debug, Clone, Copy)]
enum Step {
    Up,
    Down,
}

impl Step {
    /// The message one step from the active one; without an active one, the newest.
    fn from(self, active: Option<MessageId>, rows: &[MessageId]) -> Option<MessageId> {
        let at = rows.iter().position(|id| Some(*id) == active);
        let next = match (self, at) {
            (_, None) => rows.last(),
            (Self::Up, Some(at)) => rows.get(at.checked_sub(1)?),
            (Self::Down, Some(at)) => rows.get(at + 1),
        };
        next.copied()
    }
}
