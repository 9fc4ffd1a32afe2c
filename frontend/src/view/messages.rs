//! The list of messages.

pub(super) mod jump_to_latest;
mod keys;
pub(crate) mod listen;
mod pointer;
mod scroll;
pub(super) mod top_line;
mod touch;
pub(super) mod unread_above;

use leptos::{html, prelude::*};
use parlor_frontend::{
    event::Event,
    model::{Model, room::ScrollPosition},
    texts,
    view_model::rows::{row_generation, row_ids},
};
use parlor_shared::MessageId;

use self::scroll::ScrollKeeper;
use crate::{
    browser::store::use_store,
    view::{
        effect::effect,
        later::{later, later_with},
        locale,
        marks::Marks,
        row::MessageRow,
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
    effect(move || {
        if let (Some(list), Some(later)) = (list.get(), store.later()) {
            (later.listen_to_list)(store, &list, marks, rows);
        }
    });
    view! {
        {later(|views| views.unread_above)}
        <div
            node_ref=list
            class="messages"
            id="messages"
            role="log"
            aria-label=texts::messages()
            tabindex="0"
            data-testid="messages"
            on:scroll=move |_| keeper.on_scroll()
        >
            {later_with(move |views| (views.top_line)(list))}
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
            {later(|views| views.jump_to_latest)}
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
