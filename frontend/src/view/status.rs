//! The connection's status, and the button that changes it.

use leptos::prelude::*;
use parlor_frontend::view_model::status::{
    can_disconnect, connection_event, connection_label, connection_labels, countdown_text,
    is_interrupted, status_name, status_text,
};

use crate::browser::store::use_store;

/// The status light with its label.
#[component]
pub(super) fn ConnectionStatus() -> impl IntoView {
    let store = use_store();
    let name = store.memo(|model| status_name(model.session.status()));
    let label = store.memo(|model| status_text(model.session.status()));
    let countdown = store.memo(countdown_text);
    view! {
        <p class="status" data-testid="status" data-state=name>
            // A screen reader would read a countdown out every second, so it gets the label
            // without one.
            <span class="wide" aria-hidden="true" data-testid="countdown">{countdown}</span>
            <span class="light" aria-hidden="true"></span>
            <span role="status" class="unseen">{label}</span>
        </p>
    }
}

/// The button that connects or disconnects. It has one width for everything that it says.
#[component]
pub(super) fn ConnectionButton() -> impl IntoView {
    let store = use_store();
    let label = store.memo(|model| connection_label(model.session.status()));
    let testid = store.memo(|model| match can_disconnect(model.session.status()) {
        true => "stop",
        false => "start",
    });
    let on_click = move |_| {
        store.dispatch(store.with_untracked(|model| connection_event(model.session.status())));
    };
    let labels = connection_labels().map(|other| {
        let hidden = move || (label.get() != other).then_some("true");
        view! { <span aria-hidden=hidden>{other}</span> }
    });
    view! {
        <button type="button" class="connection" data-testid=testid on:click=on_click>
            {labels.collect_view()}
        </button>
    }
}

/// On a small screen, what is wrong with the connection, with the button that opens another.
#[component]
pub(super) fn InterruptionBar() -> impl IntoView {
    let store = use_store();
    let text = store.memo(countdown_text);
    let calm = store.memo(|model| !is_interrupted(model.session.status()));
    view! {
        <p class="interruption narrow" data-testid="interruption" hidden=calm>
            // The header's status announces it.
            <span aria-hidden="true">{text}</span>
            <ConnectionButton/>
        </p>
    }
}
