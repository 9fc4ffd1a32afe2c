//! What is known of the connection, as it changes, in three groups that can be unfolded.

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

/// The facts in three groups, of which each says the most important one also while it is folded.
#[component]
pub(super) fn Facts() -> impl IntoView {
    let store = use_store();
    let text = |read: fn(&Model) -> String| store.memo(read).into_any();
    let connection = vec![
        fact(texts::address(), "address", socket::address().into_any()),
        fact(texts::handshake_fact(), "handshake", text(facts::handshake)),
        fact(texts::server_fact(), "server", text(facts::server)),
        fact(texts::last_close(), "ended", text(facts::last_close)),
        fact(
            texts::backoff(),
            "waits",
            view! { <Durations read=backoffs_ms/> }.into_any(),
        ),
    ];
    let log = vec![
        fact(
            texts::cursor_fact(),
            "cursor-bar",
            view! { <CursorBar/> }.into_any(),
        ),
        fact(texts::epoch_fact(), "epoch", text(epoch)),
        fact(texts::outbox(), "outbox", text(facts::outbox)),
    ];
    let traffic = vec![
        fact(texts::total_sent(), "sent", text(sent)),
        fact(texts::total_received(), "received", text(received)),
        fact(texts::per_second(), "rate", view! { <Rate/> }.into_any()),
        fact(
            texts::round_trip(),
            "round-trip",
            view! { <Durations read=round_trips_ms/> }.into_any(),
        ),
    ];
    let state = fact(texts::connection(), "inspector-state", text(state));
    let cursor = fact(texts::log(), "cursor", text(cursor));
    let last_second = fact(texts::traffic_facts(), "last-second", text(last_second));
    view! {
        <div class="facts">
            {group(state, connection)}
            {group(cursor, log)}
            {group(last_second, traffic)}
        </div>
    }
}

/// A fact in the document.
struct Fact {
    name: &'static str,
    testid: &'static str,
    view: AnyView,
}

fn fact(name: &'static str, testid: &'static str, view: AnyView) -> Fact {
    Fact { name, testid, view }
}

/// A group of facts, and the one that is shown beside the group's name.
fn group(shown: Fact, facts: Vec<Fact>) -> AnyView {
    let item = |fact: Fact| {
        view! {
            <div>
                <dt>{fact.name}</dt>
                <dd data-testid=fact.testid>{fact.view}</dd>
            </div>
        }
        .into_any()
    };
    view! {
        <details>
            <summary>
                <h3>{shown.name}</h3>
                <span data-testid=shown.testid>{shown.view}</span>
            </summary>
            <dl>{facts.into_iter().map(item).collect_view()}</dl>
        </details>
    }
    .into_any()
}

/// What the inspector has collected, while it is open.
fn inspected<T: Default>(model: &Model, read: impl FnOnce(&Inspector) -> T) -> T {
    model.inspector.as_ref().map(read).unwrap_or_default()
}

fn state(model: &Model) -> String {
    inspected(model, |inspector| facts::state(model, inspector))
}

fn cursor(model: &Model) -> String {
    match facts::cursor(model) {
        Some(cursor) => texts::cursor(cursor.seq, cursor.head),
        None => texts::not_joined().to_owned(),
    }
}

fn epoch(model: &Model) -> String {
    facts::cursor(model)
        .map(|cursor| cursor.epoch)
        .unwrap_or_default()
}

fn sent(model: &Model) -> String {
    inspected(model, |inspector| traffic(inspector.sent))
}

fn received(model: &Model) -> String {
    inspected(model, |inspector| traffic(inspector.received))
}

fn last_second(model: &Model) -> String {
    texts::in_last_second(&traffic(seconds(model).last().copied().unwrap_or_default()))
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
fn CursorBar() -> impl IntoView {
    let store = use_store();
    let seq = store.memo(|model| facts::cursor(model).map(|cursor| cursor.seq.to_string()));
    // A bar needs a length, also where the log is empty.
    let head =
        store.memo(|model| facts::cursor(model).map(|cursor| cursor.head.max(1).to_string()));
    view! { <progress aria-label=texts::cursor_progress() value=seq max=head></progress> }
}

/// The traffic of the last whole second, and of those before it.
#[component]
fn Rate() -> impl IntoView {
    let store = use_store();
    let bytes = store.memo(|model| seconds(model).iter().map(|second| second.bytes).collect());
    view! { <Chart samples=bytes/> }
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
