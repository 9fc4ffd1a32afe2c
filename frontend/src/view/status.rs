//! The status light, with what one can do about it.

use leptos::ev;
use parlor_frontend::{event::Event, model::Model, texts};
use parlor_session::{Status, StopReason};

use super::{StoreRef, dispatch, pieces::*, read};

/// The state as styles and tests name it.
pub(super) fn word(status: Status) -> &'static str {
    match status {
        Status::Online => "online",
        Status::Connecting { .. } => "connecting",
        Status::Waiting { .. } => "waiting",
        Status::Stopped(_) => "stopped",
    }
}

/// The status light, with what one can do about it.
pub(super) fn line(store: StoreRef) -> AnyView {
    let status = Memo::new(move |_| read(store, |model| model.session.status()));
    let countdown = Memo::new(move |_| read(store, Model::countdown_s));
    let state = move || word(status.get());
    let told = move || match status.get() {
        Status::Online => texts::CONNECTED.to_owned(),
        Status::Connecting { .. } => texts::CONNECTING.to_owned(),
        Status::Waiting { .. } => texts::RECONNECTING.to_owned(),
        Status::Stopped(StopReason::Asked) => texts::DISCONNECTED.to_owned(),
        Status::Stopped(StopReason::Closed(code)) => texts::closed_by_server(code),
    };
    let counted = move || match countdown.get() {
        Some(seconds) => texts::reconnecting_in(seconds),
        None => told(),
    };
    let is_stopped = move || matches!(status.get(), Status::Stopped(_));
    let can_start = move || matches!(status.get(), Status::Stopped(_) | Status::Waiting { .. });
    let start = move || match status.get() {
        Status::Waiting { .. } => texts::RETRY_NOW,
        Status::Stopped(_) | Status::Connecting { .. } | Status::Online => texts::RECONNECT,
    };
    let shown = [("class", "status"), ("data-testid", "status")];
    let light = element(
        "span",
        &[("class", "light"), ("aria-hidden", "true")],
        vec![],
    );
    // A countdown that is read out each second is a nuisance: to be heard, there is one word without it.
    let seen = [("aria-hidden", "true"), ("data-testid", "countdown")];
    let seen = element("span", &seen, vec![text(counted)]);
    let heard = [("role", "status"), ("class", "unseen")];
    let heard = element("span", &heard, vec![text(told)]);
    let press = |name: &'static str, cannot: Way, event: fn() -> Event, shown: AnyView| {
        let click = on("click", move |_: ev::Event| dispatch(store, event()));
        live(
            "button",
            &[("data-testid", name)],
            vec![cannot, click],
            vec![shown],
        )
    };
    let cannot_start = is("disabled", move || !can_start());
    let inner = vec![
        live(
            "p",
            &shown,
            vec![follows("data-state", state)],
            vec![light, seen, heard],
        ),
        press(
            "start",
            cannot_start,
            || Event::ConnectRequested,
            text(start),
        ),
        press(
            "stop",
            is("disabled", is_stopped),
            || Event::DisconnectRequested,
            texts::DISCONNECT.into_any(),
        ),
    ];
    element("div", &[("class", "line")], inner)
}
