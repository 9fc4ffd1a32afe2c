//! The list of messages.

mod keys;
mod scroll;
mod top_line;
mod touch;

use leptos::{ev, html, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{
    event::Event,
    model::{Model, room::ScrollPosition},
    texts,
    view_model::rows::{row_generation, row_ids},
};
use parlor_shared::MessageId;
use web_sys::Element;

use self::{
    keys::ListKeys,
    scroll::ScrollKeeper,
    top_line::TopLine,
    touch::{Touch, is_touch},
};
use crate::{
    browser::store::use_store,
    view::{locale, marks::Marks, row::MessageRow, welcome::Welcome},
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
    let keys = ListKeys { store, marks, rows };
    let on_keydown = move |press: ev::KeyboardEvent| {
        if let Some(list) = list.get_untracked() {
            keys.on_keydown(&press, &list);
        }
    };
    let touch = Touch::new(store);
    // The list listens for its rows. Listeners of their own would keep their memory after a row is
    // gone, until the browser's garbage collector runs.
    let activate = move |event: &ev::PointerEvent| {
        // A finger has the sheet: buttons that appear below it would be pressed unintended.
        if is_touch(event) {
            return;
        }
        let pointed = event.target().and_then(|at| at.dyn_into::<Element>().ok());
        let row = pointed.and_then(|at| at.closest("[data-id]").ok().flatten());
        let id: Option<MessageId> = row.and_then(|row| row.get_attribute("data-id")?.parse().ok());
        if id.is_some() && id != marks.active.get_untracked() {
            marks.active.set(id);
        }
        marks.by_keyboard.set(false);
    };
    // While the keyboard chooses, rows also move below a mouse that rests.
    let on_over = move |event: ev::PointerEvent| {
        if !marks.by_keyboard.get_untracked() {
            activate(&event);
        }
    };
    let on_move = move |event: ev::PointerEvent| {
        let has_moved = event.movement_x() != 0 || event.movement_y() != 0;
        if marks.by_keyboard.get_untracked() && has_moved {
            activate(&event);
        }
        touch.on_move(&event);
    };
    let on_down = move |event: ev::PointerEvent| {
        activate(&event);
        touch.on_down(&event);
    };
    let on_leave = move |event: ev::PointerEvent| {
        // A menu that opens takes the pointer away from its message.
        let is_menu_open = store.with_untracked(|model| model.menu.is_some());
        let is_chosen = is_menu_open || marks.by_keyboard.get_untracked();
        if !is_touch(&event) && !is_chosen {
            marks.active.set(None);
        }
    };
    // Once the focus is elsewhere, no message is chosen by keyboard any more.
    let on_focusout = move |event: ev::FocusEvent| {
        let to = event
            .related_target()
            .and_then(|at| at.dyn_into::<Element>().ok());
        let stays = to.is_some_and(|at| {
            at.closest(":is(#messages,.menu,.picker)")
                .is_ok_and(|it| it.is_some())
        });
        if !stays && marks.by_keyboard.get_untracked() {
            marks.by_keyboard.set(false);
            marks.active.set(None);
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
            on:focusout=on_focusout
            on:pointerover=on_over
            on:pointerdown=on_down
            on:pointermove=on_move
            on:pointerup=move |_| touch.on_up()
            on:pointercancel=move |_| touch.on_cancel()
            on:pointerleave=on_leave
            on:click=move |event| touch.on_click(&event)
            on:contextmenu=move |event| touch.on_context_menu(&event)
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
    let store = use_store();
    let generation = store.memo(row_generation);
    let list = move |_| {
        let subject = store.memo(|model| model.room().draft_subject());
        let active = Memo::new(move |_| marks.active.get());
        let found = Memo::new(move |_| marks.found.get());
        let today = use_store().memo(|model| locale::day_start(model.unix_ms));
        view! {
            <For each=move || rows.get() key=|id| *id let(id)>
                <MessageRow id active found subject today/>
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
