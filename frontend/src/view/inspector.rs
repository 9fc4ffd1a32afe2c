//! The inspector: a drawer that shows the WebSocket's traffic, and in which the user can try what
//! happens.

mod chart;
mod facts;
mod frames;

use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::{Event, InspectorEvent},
    texts,
};
use parlor_session::Status;
use parlor_shared::limits::{FRAME_BYTES_MAX, SEARCH_CHARS_MAX};

use self::{facts::Facts, frames::Frames};
use crate::browser::store::use_store;

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
            data-testid="wire"
            aria-controls="wire"
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

/// The drawer.
#[component]
fn OpenInspector() -> impl IntoView {
    view! {
        <section id="wire" class="wire" aria-label=texts::inspector() data-testid="wire-drawer">
            <Controls/>
            <Facts/>
            <Frames/>
            <SendByHand/>
        </section>
    }
}

/// The heading, the filter, and the buttons.
#[component]
fn Controls() -> impl IntoView {
    let store = use_store();
    let pause_label = store.memo(|model| match &model.inspector {
        Some(inspector) if inspector.paused => texts::resume(),
        Some(_) | None => texts::pause(),
    });
    let dispatch = move |event: InspectorEvent| store.dispatch(Event::Inspector(event));
    view! {
        <div class="wire-head">
            <h2>{texts::inspector()}</h2>
            <input
                data-testid="wire-filter"
                aria-label=texts::filter_frames()
                placeholder=texts::filter()
                maxlength=SEARCH_CHARS_MAX.to_string()
                on:input:target=move |input| {
                    dispatch(InspectorEvent::Filtered(input.target().value()));
                }
            />
            <button
                type="button"
                data-testid="wire-pause"
                on:click=move |_| dispatch(InspectorEvent::PauseToggled)
            >
                {pause_label}
            </button>
            <button type="button" on:click=move |_| dispatch(InspectorEvent::Cleared)>
                {texts::clear()}
            </button>
            <button
                type="button"
                data-testid="wire-cut"
                title=texts::drop_connection_hint()
                on:click=move |_| dispatch(InspectorEvent::ConnectionDropped)
            >
                {texts::drop_connection()}
            </button>
            <button
                type="button"
                data-testid="wire-close"
                on:click=move |_| dispatch(InspectorEvent::Closed)
            >
                {texts::close()}
            </button>
        </div>
    }
}

/// The form that sends a frame as the user wrote it, to see what the server answers.
#[component]
fn SendByHand() -> impl IntoView {
    let store = use_store();
    let field = NodeRef::<html::Input>::new();
    let is_offline = store.memo(|model| model.session.status() != Status::Online);
    let send = move |submitted: ev::SubmitEvent| {
        submitted.prevent_default();
        if let Some(field) = field
            .get_untracked()
            .filter(|_| !is_offline.get_untracked())
        {
            store.dispatch(Event::Inspector(InspectorEvent::FrameSent(field.value())));
        }
    };
    view! {
        <form class="by-hand" on:submit=send>
            <input
                node_ref=field
                data-testid="wire-input"
                aria-label=texts::custom_frame()
                maxlength=FRAME_BYTES_MAX.to_string()
                value=r#"{"type":"ping","t":1}"#
                spellcheck="false"
                autocomplete="off"
            />
            <button data-testid="wire-send" disabled=is_offline>
                {texts::send_frame()}
            </button>
        </form>
    }
}
