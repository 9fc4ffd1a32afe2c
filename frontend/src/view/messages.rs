//! The list of messages.

mod scroll;

use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::Event,
    model::{Model, room::ScrollPosition},
    texts,
    view_model::rows::{RowBlock, row_blocks, row_ids},
};
use parlor_shared::MessageId;
use web_sys::ScrollLogicalPosition;

use self::scroll::ScrollKeeper;
use crate::{
    browser::store::use_store,
    view::{
        locale::number,
        marks::Marks,
        row::MessageRow,
        scroll_into_view::{find_row, scroll_into_view},
    },
};

/// The messages of the current room. While the list is scrolled to its end it follows new messages;
/// further up it keeps the place where the user reads.
#[component]
pub(super) fn Messages() -> impl IntoView {
    let store = use_store();
    let list = NodeRef::<html::Div>::new();
    let marks = Marks::default();
    let blocks = store.memo(row_blocks);
    let keeper = ScrollKeeper::new(store, list, marks, store.memo(is_away));
    keeper.follow(blocks);
    // The arrow keys go from message to message. Tab then reaches the buttons of the active one.
    let on_keydown = move |press: ev::KeyboardEvent| {
        let step = match press.key().as_str() {
            "ArrowUp" => Step::Up,
            "ArrowDown" => Step::Down,
            _ => return,
        };
        let next = blocks.with_untracked(|blocks| step.from(marks.active.get_untracked(), blocks));
        if let (Some(next), Some(list)) = (next, list.get_untracked()) {
            press.prevent_default();
            marks.active.set(Some(next));
            if let Some(row) = find_row(&list, next) {
                scroll_into_view(&row, ScrollLogicalPosition::Nearest);
            }
        }
    };
    view! {
        <div
            node_ref=list
            class="messages"
            id="messages"
            role="log"
            aria-label=texts::MESSAGES
            tabindex="0"
            data-testid="messages"
            on:scroll=move |_| keeper.on_scroll()
            on:keydown=on_keydown
            on:pointerleave=move |_| marks.active.set(None)
        >
            <Show when=store.is(|model| model.room().has_older())>
                <button
                    type="button"
                    class="older"
                    data-testid="load-older"
                    on:click=move |_| store.dispatch(Event::OlderRequested)
                >
                    {texts::EARLIER_MESSAGES}
                </button>
            </Show>
            <Show when=store.is(|model| row_ids(model).is_empty())>
                <EmptyRoom/>
            </Show>
            <ol><Rows blocks marks/></ol>
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

/// The rows, in a list of lists. The owner of a `<For>` keeps a record of every item that the list
/// ever had, about 90 bytes each, so a single list would grow for as long as the room is read. The
/// list of a block is dropped with its last row, and its records with it.
#[component]
fn Rows(
    /// The rows, oldest first.
    blocks: Memo<Vec<RowBlock>>,
    /// The messages that stand out.
    marks: Marks,
) -> impl IntoView {
    let ids = move |number| {
        let ids = |blocks: &Vec<RowBlock>| {
            let mut blocks = blocks.iter();
            let block = blocks.find(|block| block.number == number);
            block.map_or_else(Vec::new, |block| block.ids.clone())
        };
        blocks.with(ids)
    };
    view! {
        <For each=move || blocks.get() key=|block| block.number let(block)>
            <For each=move || ids(block.number) key=|id| *id let(id)>
                <MessageRow id marks/>
            </For>
        </For>
    }
}

/// What stands in a room without messages.
#[component]
fn EmptyRoom() -> impl IntoView {
    let store = use_store();
    let text = store.memo(|model| match model.room().live {
        true => texts::NO_MESSAGES,
        false => texts::NOT_LOADED,
    });
    view! { <p class="empty">{text}</p> }
}

/// The button that leads back to the end of the list, with the number of messages that arrived
/// meanwhile.
#[component]
fn JumpToLatest() -> impl IntoView {
    let store = use_store();
    let label = store.memo(|model| texts::jump_to_latest(model.room().new_below(), number));
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
    fn from(self, active: Option<MessageId>, blocks: &[RowBlock]) -> Option<MessageId> {
        let ids: Vec<MessageId> = blocks.iter().flat_map(|block| block.ids.clone()).collect();
        let at = ids.iter().position(|id| Some(*id) == active);
        let next = match (self, at) {
            (_, None) => ids.last(),
            (Self::Up, Some(at)) => ids.get(at.checked_sub(1)?),
            (Self::Down, Some(at)) => ids.get(at + 1),
        };
        next.copied()
    }
}
