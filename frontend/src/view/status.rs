//! The connection's status, and the buttons that start and stop it.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    texts,
    view_model::status::{
        can_connect, can_disconnect, connect_label, countdown_text, status_name, status_text,
    },
};

use crate::browser::store::use_store;

/// The status light with its label, and the buttons that start and stop the connection.
#[component]
pub(super) fn ConnectionStatus() -> impl IntoView {
    let store = use_store();
    let name = store.memo(|model| status_name(model.session.status()));
    let label = store.memo(|model| status_text(model.session.status()));
    let countdown = store.memo(countdown_text);
    let cannot_start = store.memo(|model| !can_connect(model.session.status()));
    let cannot_stop = store.memo(|model| !can_disconnect(model.session.status()));
    let start_label = store.memo(|model| connect_label(model.session.status()));
    view! {
        <div class="line">
            <p class="status" data-testid="status" data-state=name>
                <span class="light" aria-hidden="true"></span>
                // A screen reader would read a countdown out every second, so it gets the label
                // without one.
                <span aria-hidden="true" data-testid="countdown">{countdown}</span>
                <span role="status" class="unseen">{label}</span>
            </p>
            <button
                data-testid="start"
                disabled=cannot_start
                on:click=move |_| store.dispatch(Event::ConnectRequested)
            >
                {start_label}
            </button>
            <button
                data-testid="stop"
                disabled=cannot_stop
                on:click=move |_| store.dispatch(Event::DisconnectRequested)
            >
                {texts::disconnect()}
            </button>
        </div>
    }
}
