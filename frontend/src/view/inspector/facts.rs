//! What is known of the connection, as it changes, in three groups that can be unfolded.

use leptos::prelude::*;
use parlor_frontend::{
    model::{
        Model,
        inspector::{Inspector, Traffic},
    },
    texts,
    view_model::inspector as known,
};

use crate::{
    browser::{socket, store::use_store},
    view::inspector::chart::chart,
};

/// The facts in three groups, of which each says the most important one also while it is folded.
pub(super) fn facts() -> AnyView {
    let store = use_store();
    let text = |read: fn(&Model) -> String| store.memo(read).into_any();
    let connection = vec![
        fact(texts::address(), "address", socket::address().into_any()),
        fact(texts::handshake_fact(), "handshake", text(known::handshake)),
        fact(texts::server_fact(), "server", text(known::server)),
        fact(texts::last_close(), "ended", text(known::last_close)),
        fact(texts::backoff(), "waits", durations(backoffs_ms)),
    ];
    let log = vec![
        fact(texts::cursor_fact(), "cursor-bar", cursor_bar()),
        fact(texts::epoch_fact(), "epoch", text(epoch)),
        fact(texts::outbox(), "outbox", text(known::outbox)),
    ];
    let traffic = vec![
        fact(texts::total_sent(), "sent", text(sent)),
        fact(texts::total_received(), "received", text(received)),
        fact(texts::per_second(), "rate", rate()),
        fact(texts::round_trip(), "round-trip", durations(round_trips_ms)),
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
    .into_any()
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
    inspected(model, |inspector| known::state(model, inspector))
}

fn cursor(model: &Model) -> String {
    match known::cursor(model) {
        Some(cursor) => texts::cursor(cursor.seq, cursor.head),
        None => texts::not_joined().to_owned(),
    }
}

fn epoch(model: &Model) -> String {
    known::cursor(model)
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
fn cursor_bar() -> AnyView {
    let store = use_store();
    let seq = store.memo(|model| known::cursor(model).map(|cursor| cursor.seq.to_string()));
    // A bar needs a length, also where the log is empty.
    let head =
        store.memo(|model| known::cursor(model).map(|cursor| cursor.head.max(1).to_string()));
    view! { <progress aria-label=texts::cursor_progress() value=seq max=head></progress> }
        .into_any()
}

/// The traffic of the last seconds.
fn rate() -> AnyView {
    let bytes =
        use_store().memo(|model| seconds(model).iter().map(|second| second.bytes).collect());
    chart(bytes)
}

fn seconds(model: &Model) -> Vec<Traffic> {
    inspected(model, |inspector| inspector.last_seconds(model.now_ms))
}

/// The last of some durations in milliseconds, and those before it.
fn durations(read: fn(&Model) -> Vec<u64>) -> AnyView {
    let durations_ms = use_store().memo(read);
    let last = move || {
        let last = durations_ms.with(|all| all.last().copied());
        last.map_or_else(|| texts::unknown().to_owned(), texts::milliseconds)
    };
    view! { {last} " " {chart(durations_ms)} }.into_any()
}
