//! The grid of emoji. All its rows have one height, and only those in view are in the document:
//! there are two hundred and forty of them.

use leptos::{html, prelude::*};
use parlor_frontend::{
    model::{
        Model,
        picker::{Choice, GridRow, Place},
    },
    texts,
};
use web_sys::HtmlDivElement;

use crate::{browser::store::use_store, view::effect::effect};

/// Rows that are in the document. About eight are in view.
const ROWS: usize = 24;
/// Of these, the rows above the first one in view.
const ROWS_ABOVE: usize = 8;

/// A row in the document, and where it is on the grid.
#[derive(Debug, Clone, PartialEq)]
struct ShownRow {
    version: u32,
    index: usize,
    row: GridRow,
}

/// The emoji with a name that fits, in their groups.
#[component]
pub(super) fn Grid(
    /// What becomes of the emoji that the user picks.
    pick: Callback<String>,
) -> impl IntoView {
    let store = use_store();
    let list = NodeRef::<html::Div>::new();
    let first = RwSignal::new(0_usize);
    let count = store.memo(|model| model.picker.as_ref().map_or(0, |picker| picker.rows.len()));
    let selected = store.memo(selected);
    let rows = Memo::new(move |_| {
        let first = first.get();
        store.with(|model| shown_rows(model, first))
    });
    let on_scroll = move |_| {
        if let Some(list) = list.get_untracked() {
            let row = first_in_view(&list, count.get_untracked());
            // A few rows at a time, since each step makes some rows anew.
            first.set(row / ROWS_ABOVE * ROWS_ABOVE);
        }
    };
    effect(move || {
        let Place { row, .. } = selected.get();
        let count = count.get();
        queue_microtask(move || {
            if let Some(list) = list.get_untracked() {
                show_row(&list, row, count);
            }
        });
    });
    let height = Signal::derive(move || row_top(count.get()));
    view! {
        <div
            node_ref=list
            id="choices"
            class="choices"
            role="grid"
            aria-label=texts::emoji()
            aria-rowcount=Signal::derive(move || count.get().to_string())
            on:scroll=on_scroll
        >
            <div class="choices-rows" role="rowgroup" style:height=height>
                <For each=move || rows.get() key=|shown| (shown.version, shown.index) let(shown)>
                    <Row shown selected pick/>
                </For>
            </div>
        </div>
    }
}

fn selected(model: &Model) -> Place {
    let picker = model.picker.as_ref();
    picker.map_or(Place::default(), |picker| picker.selected)
}

fn shown_rows(model: &Model, first: usize) -> Vec<ShownRow> {
    let Some(picker) = &model.picker else {
        return Vec::new();
    };
    let shown = |(index, row): (usize, &GridRow)| ShownRow {
        version: picker.version,
        index,
        row: row.clone(),
    };
    let from = first.saturating_sub(ROWS_ABOVE);
    let rows = picker.rows.iter().enumerate().skip(from).take(ROWS);
    rows.map(shown).collect()
}

/// Where a row begins.
fn row_top(index: usize) -> String {
    ["calc(var(--row) * ", &index.to_string(), ")"].concat()
}

fn row_px(list: &HtmlDivElement, count: usize) -> i32 {
    let count = i32::try_from(count).unwrap_or(i32::MAX).max(1);
    (list.scroll_height() / count).max(1)
}

fn first_in_view(list: &HtmlDivElement, count: usize) -> usize {
    usize::try_from(list.scroll_top() / row_px(list, count)).unwrap_or(0)
}

/// Scrolls a row into view, with the one above it, which may be its heading.
fn show_row(list: &HtmlDivElement, row: usize, count: usize) {
    let px = row_px(list, count);
    let top = i32::try_from(row).unwrap_or(0) * px;
    if top - px < list.scroll_top() {
        list.set_scroll_top(top - px);
    } else if top + px > list.scroll_top() + list.client_height() {
        list.set_scroll_top(top + px - list.client_height());
    }
}

/// A row of the grid: a heading, or emoji.
#[component]
fn Row(
    /// The row.
    shown: ShownRow,
    /// Where the selected emoji is.
    selected: Memo<Place>,
    /// What becomes of the emoji that the user picks.
    pick: Callback<String>,
) -> impl IntoView {
    let ShownRow { index, row, .. } = shown;
    let top = row_top(index);
    match row {
        GridRow::Heading(name) => view! {
            <div class="choices-row" role="row" style:top=top>
                <div role="gridcell" class="choices-heading">{name}</div>
            </div>
        }
        .into_any(),
        GridRow::Emoji(choices) => {
            let choice = |(column, choice)| {
                let place = Place { row: index, column };
                view! { <ChoiceButton choice place selected pick/> }
            };
            let choices = choices.into_iter().enumerate().map(choice).collect_view();
            view! {
                <div class="choices-row" role="row" aria-rowindex=(index + 1).to_string() style:top=top>
                    {choices}
                </div>
            }
            .into_any()
        }
    }
}

/// An emoji on the grid.
#[component]
fn ChoiceButton(
    /// The emoji.
    choice: Choice,
    /// Where it is.
    place: Place,
    /// Where the selected one is.
    selected: Memo<Place>,
    /// What becomes of the emoji that the user picks.
    pick: Callback<String>,
) -> impl IntoView {
    let is_selected = move || selected.get() == place;
    let id = Signal::derive(move || is_selected().then_some("choice"));
    let aria_selected = Signal::derive(move || is_selected().then_some("true"));
    let Choice { text, name } = choice;
    let picked = text.clone();
    view! {
        <button
            type="button"
            role="gridcell"
            tabindex="-1"
            aria-label=name.clone()
            title=name
            data-testid="choice"
            id=id
            aria-selected=aria_selected
            on:click=move |_| pick.run(picked.clone())
        >
            {text}
        </button>
    }
}
