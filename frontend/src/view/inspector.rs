//! The inspector: a panel that shows the WebSocket's traffic, in which the user can try what
//! happens, with a lesson that says what to try.

mod button;
mod by_hand;
mod chart;
mod coded;
mod facts;
mod frames;
mod lesson;

use leptos::{ev, prelude::*};
use parlor_frontend::{
    event::{Event, InspectorEvent},
    model::Model,
    texts,
    view_model::status::can_disconnect,
};

use self::{button::button, by_hand::by_hand, facts::facts, frames::frames, lesson::lesson};
use crate::{
    browser::{focus, ladder, store::use_store},
    view::icon::{Icon, icon},
};

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
            type="button"
            class="icon-button"
            data-testid="inspector"
            aria-controls="inspector"
            aria-label=texts::inspector_hint()
            aria-expanded=is_open
            on:click=toggle
        >
            {icon(Icon::Inspector)}
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

/// The panel: beside the room on a wide screen, else below it, and in its place on a phone.
#[component]
fn OpenInspector() -> impl IntoView {
    let store = use_store();
    let size = store.memo(|model| {
        let inspector = model.inspector.as_ref();
        inspector
            .map(|inspector| inspector.size().to_string())
            .unwrap_or_default()
    });
    // Where the user was when they opened it; without it, `focus::keep` finds a place.
    let opener = focus::focused();
    request_animation_frame(move || ladder::set_up(store));
    let opener = StoredValue::new_local(opener);
    on_cleanup(move || opener.with_value(|opener| opener.iter().for_each(focus::move_to)));
    let on_keydown = move |press: ev::KeyboardEvent| {
        if press.key() == "Escape" {
            press.prevent_default();
            press.stop_propagation();
            store.dispatch(Event::Inspector(InspectorEvent::Closed));
        }
    };
    view! {
        <section
            id="inspector"
            class="inspector"
            aria-label=texts::inspector()
            style=("--size", size)
            on:keydown=on_keydown
        >
            <div
                class="splitter"
                role="separator"
                tabindex="0"
                data-testid="splitter"
                aria-label=texts::resize()
                aria-valuenow=size
            ></div>
            <div class="inspector-head">
                <h2 id="inspector-title" tabindex="-1">{texts::inspector()}</h2>
                {button("inspector-toggle", toggle_label, "", toggle)}
                {button(
                    "inspector-drop",
                    |_| texts::drop_connection(),
                    texts::drop_connection_hint(),
                    |_| Event::Inspector(InspectorEvent::ConnectionDropped),
                )}
                {button(
                    "inspector-close",
                    |_| texts::close(),
                    "",
                    |_| Event::Inspector(InspectorEvent::Closed),
                )}
            </div>
            <div class="inspector-side">{lesson()} {facts()}</div>
            <div class="inspector-main">{tools()} {frames()} {by_hand()}</div>
        </section>
    }
}

/// What the button that begins and ends the connection says.
fn toggle_label(model: &Model) -> &'static str {
    match can_disconnect(model.session.status()) {
        true => texts::disconnect(),
        false => texts::reconnect(),
    }
}

/// What it does.
fn toggle(model: &Model) -> Event {
    match can_disconnect(model.session.status()) {
        true => Event::DisconnectRequested,
        false => Event::ConnectRequested,
    }
}

/// The filter, and the buttons for the list.
fn tools() -> AnyView {
    let store = use_store();
    let pause_label = |model: &Model| match &model.inspector {
        Some(inspector) if inspector.is_paused() => texts::resume(),
        Some(_) | None => texts::pause(),
    };
    let filter = move |filter| {
        store.dispatch(Event::Inspector(InspectorEvent::Filtered(filter)));
    };
    view! {
        <div class="inspector-tools">
            <input
                data-testid="inspector-filter"
                aria-label=texts::filter_frames()
                placeholder=texts::filter()
                autocapitalize="off"
                on:input:target=move |input| filter(input.target().value())
            />
            {button(
                "inspector-pause",
                pause_label,
                "",
                |_| Event::Inspector(InspectorEvent::PauseToggled),
            )}
            {button(
                "inspector-clear",
                |_| texts::clear(),
                "",
                |_| Event::Inspector(InspectorEvent::Cleared),
            )}
        </div>
    }
    .into_any()
}
