//! The inspector: a panel that shows the WebSocket's traffic, in which the user can try what
//! happens, with a lesson that says what to try.

mod by_hand;
mod chart;
mod coded;
mod facts;
mod frames;
mod lesson;
mod splitter;

use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::{Event, InspectorEvent},
    model::Model,
    texts,
    view_model::status::can_disconnect,
};
use parlor_shared::limits::{INSPECTOR_SIZE_DEFAULT, SEARCH_CHARS_MAX};

use self::{
    by_hand::ByHand, facts::Facts, frames::Frames, lesson::LessonPanel, splitter::Splitter,
};
use crate::browser::{focus, store::use_store};

/// The button that opens and closes the inspector.
#[component]
pub(super) fn InspectorButton() -> impl IntoView {
    let store = use_store();
    let is_open = store.memo(|model| model.inspector.is_some().to_string());
    let toggle = move |_| {
        let event = match store.with_untracked(|model| model.inspector.is_some()) {
            true => InspectorEvent::Closed,
            false => InspectorEvent::Opened,
        };
        store.dispatch(Event::Inspector(event));
    };
    view! {
        <button
            class="quiet"
            data-testid="inspector"
            aria-controls="inspector"
            title=texts::inspector_hint()
            aria-expanded=is_open
            on:click=toggle
        >
            {texts::inspector()}
        </button>
    }
}

/// The inspector, while it is open.
#[component]
pub(super) fn Inspector() -> impl IntoView {
    let store = use_store();
    view! {
        <Show when=store.is(|model| model.inspector.is_some())>
            <OpenInspector/>
        </Show>
    }
}

/// The panel: beside the room on a wide screen, else below it, and in its place on a phone. The
/// style sheet decides which; a splitter is there for each of the first two.
#[component]
fn OpenInspector() -> impl IntoView {
    let store = use_store();
    let size = store.memo(size);
    // Where the user was when they opened it; without it, `focus::keep` finds a place.
    let opener = StoredValue::new_local(focus::focused());
    let close = move || {
        store.dispatch(Event::Inspector(InspectorEvent::Closed));
        opener.with_value(|opener| opener.iter().for_each(focus::move_to));
    };
    let on_keydown = move |press: ev::KeyboardEvent| {
        if press.key() == "Escape" {
            press.prevent_default();
            press.stop_propagation();
            close();
        }
    };
    view! {
        <section
            id="inspector"
            class="inspector"
            aria-label=texts::inspector()
            data-testid="inspector-panel"
            style=("--size", move || size.get().to_string())
            on:keydown=on_keydown
        >
            <Splitter orientation="horizontal"/>
            <Splitter orientation="vertical"/>
            <Head close/>
            <div class="inspector-side">
                <LessonPanel/>
                <Facts/>
            </div>
            <div class="inspector-main">
                <Tools/>
                <Frames/>
                <ByHand/>
            </div>
        </section>
    }
}

fn size(model: &Model) -> u8 {
    let inspector = model.inspector.as_ref();
    inspector.map_or(INSPECTOR_SIZE_DEFAULT, |inspector| inspector.size())
}

/// The heading, what ends and begins the connection, and the button that closes the inspector.
#[component]
fn Head(
    /// Closes the inspector.
    close: impl Fn() + Copy + Send + 'static,
) -> impl IntoView {
    let store = use_store();
    let heading = NodeRef::<html::H2>::new();
    // On a phone the inspector lies over what had the focus.
    Effect::new(move |_| {
        heading
            .get()
            .iter()
            .for_each(|heading| focus::move_to(heading))
    });
    let label = store.memo(|model| match can_disconnect(model.session.status()) {
        true => texts::disconnect(),
        false => texts::reconnect(),
    });
    let toggle = move |_| {
        let status = store.with_untracked(|model| model.session.status());
        store.dispatch(match can_disconnect(status) {
            true => Event::DisconnectRequested,
            false => Event::ConnectRequested,
        });
    };
    view! {
        <div class="inspector-head">
            <h2 node_ref=heading tabindex="-1">{texts::inspector()}</h2>
            <button type="button" data-testid="inspector-toggle" on:click=toggle>
                {label}
            </button>
            <button
                type="button"
                data-testid="inspector-drop"
                title=texts::drop_connection_hint()
                on:click=move |_| {
                    store.dispatch(Event::Inspector(InspectorEvent::ConnectionDropped));
                }
            >
                {texts::drop_connection()}
            </button>
            <button
                type="button"
                class="quiet"
                data-testid="inspector-close"
                aria-label=texts::close()
                title=texts::close()
                on:click=move |_| close()
            >
                "×"
            </button>
        </div>
    }
}

/// The filter, and the buttons for the list.
#[component]
fn Tools() -> impl IntoView {
    let store = use_store();
    let pause_label = store.memo(|model| match &model.inspector {
        Some(inspector) if inspector.is_paused() => texts::resume(),
        Some(_) | None => texts::pause(),
    });
    let dispatch = move |event: InspectorEvent| store.dispatch(Event::Inspector(event));
    view! {
        <div class="inspector-tools">
            <input
                data-testid="inspector-filter"
                aria-label=texts::filter_frames()
                placeholder=texts::filter()
                maxlength=SEARCH_CHARS_MAX.to_string()
                autocapitalize="off"
                autocomplete="off"
                spellcheck="false"
                on:input:target=move |input| {
                    dispatch(InspectorEvent::Filtered(input.target().value()));
                }
            />
            <button
                type="button"
                data-testid="inspector-pause"
                on:click=move |_| dispatch(InspectorEvent::PauseToggled)
            >
                {pause_label}
            </button>
            <button type="button" on:click=move |_| dispatch(InspectorEvent::Cleared)>
                {texts::clear()}
            </button>
        </div>
    }
}
