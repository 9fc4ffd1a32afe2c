//! What is known of the connection, as it changes.

use leptos::prelude::*;
use parlor_frontend::{
    model::{
        Model,
        inspector::{Inspector, Traffic},
    },
    texts,
    view_model::inspector as facts,
};

use crate::{
    browser::{socket, store::use_store},
    view::inspector::chart::Chart,
};

/// The facts, each beside its name.
#[component]
pub(super) fn Facts() -> impl IntoView {
    let store = use_store();
    let text = |read: fn(&Model) -> String| store.memo(read).into_any();
    let address = socket::address().into_any();
    let facts = [
        (texts::connection(), "wire-state", text(state)),
        (texts::address(), "address", address),
        (texts::handshake_fact(), "handshake", text(facts::handshake)),
        (texts::server_fact(), "server", text(facts::server)),
        (texts::last_close(), "ended", text(facts::last_close)),
        (
            texts::cursor_fact(),
            "cursor",
            view! { <Cursor/> }.into_any(),
        ),
        (texts::outbox(), "outbox", text(facts::outbox)),
        (texts::total_sent(), "sent", text(sent)),
        (texts::total_received(), "received", text(received)),
        (texts::per_second(), "rate", view! { <Rate/> }.into_any()),
        (
            texts::round_trip(),
            "round-trip",
            view! { <Durations read=round_trips_ms/> }.into_any(),
        ),
        (
            texts::backoff(),
            "waits",
            view! { <Durations read=backoffs_ms/> }.into_any(),
        ),
    ];
    let fact = |(name, testid, fact)| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd data-testid=testid>{fact}</dd>
            </div>
        }
        .into_any()
    };
    view! { <dl class="facts">{facts.map(fact).collect_view()}</dl> }
}

/// What the inspector has collected, while it is open.
fn inspected<T: Default>(model: &Model, read: impl FnOnce(&Inspector) -> T) -> T {
    model.inspector.as_ref().map(read).unwrap_or_default()
}

fn state(model: &Model) -> String {
    inspected(model, |inspector| facts::state(model, inspector))
}

fn sent(model: &Model) -> String {
    inspected(model, |inspector| traffic(inspector.sent))
}

fn received(model: &Model) -> String {
    inspected(model, |inspector| traffic(inspector.received))
}

fn traffic(sum: Traffic) -> String {
    texts::traffic(sum.frames, sum.bytes)
}

fn round_trips_ms(model: &Model) -> Vec<u64> {
    inspected(model, |inspector| inspector.round_trips_ms.clone())
}

fn backoffs_ms(model: &Model) -> Vec<u64> {
    inspected(model, |inspector| inspector.backoffs_ms.clone())
}

/// How far the page has read the room's log.
#[component]
fn Cursor() -> impl IntoView {
    let store = use_store();
    let label = store.memo(|model| match facts::cursor(model) {
        Some(cursor) => texts::cursor(cursor.seq, cursor.head),
        None => texts::not_joined().to_owned(),
    });
    let seq = store.memo(|model| facts::cursor(model).map(|cursor| cursor.seq.to_string()));
    // A bar needs a length, also where the log is empty.
    let head =
        store.memo(|model| facts::cursor(model).map(|cursor| cursor.head.max(1).to_string()));
    let epoch = store.memo(|model| facts::cursor(model).map(|cursor| cursor.epoch));
    view! {
        {label}
        " "
        <progress aria-label=texts::cursor_progress() value=seq max=head title=epoch></progress>
    }
}

/// The traffic of the last whole second, and of those before it.
#[component]
fn Rate() -> impl IntoView {
    let store = use_store();
    let last = store.memo(|model| traffic(seconds(model).last().copied().unwrap_or_default()));
    let bytes = store.memo(|model| seconds(model).iter().map(|second| second.bytes).collect());
    view! { {last} " " <Chart samples=bytes/> }
}

fn seconds(model: &Model) -> Vec<Traffic> {
    inspected(model, |inspector| inspector.last_seconds(model.now_ms))
}

/// The last of some durations, and those before it.
#[component]
fn Durations(
    /// The durations, in milliseconds.
    read: fn(&Model) -> Vec<u64>,
) -> impl IntoView {
    let durations_ms = use_store().memo(read);
    let last = Memo::new(
        move |_| match durations_ms.with(|all| all.last().copied()) {
            Some(ms) => texts::milliseconds(ms),
            None => texts::unknown().to_owned(),
        },
    );
    view! { {last} " " <Chart samples=durations_ms/> }
}
