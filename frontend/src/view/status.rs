//! The status light, with what one can do about it.

use leptos::ev;
use parlor_frontend::{
    event::Event,
    texts,
    view_model::status::{
        can_connect, can_disconnect, connect_label, countdown_text, status_name, status_text,
    },
};

use super::{StoreRef, dispatch, pieces::*, read};

/// The status light, with what one can do about it.
pub(super) fn line(store: StoreRef) -> AnyView {
    let status = Memo::new(move |_| read(store, |model| model.session.status()));
    let state = move || status_name(status.get());
    let told = move || status_text(status.get());
    let countdown = Memo::new(move |_| read(store, countdown_text));
    let start = move || connect_label(status.get());
    let shown = [("class", "status"), ("data-testid", "status")];
    let light = element(
        "span",
        &[("class", "light"), ("aria-hidden", "true")],
        vec![],
    );
    // A countdown that is read out each second is a nuisance: to be heard, there is one word without it.
    let seen = [("aria-hidden", "true"), ("data-testid", "countdown")];
    let seen = element("span", &seen, vec![text(move || countdown.get())]);
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
    let cannot_start = is("disabled", move || !can_connect(status.get()));
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
            is("disabled", move || !can_disconnect(status.get())),
            || Event::DisconnectRequested,
            texts::DISCONNECT.into_any(),
        ),
    ];
    element("div", &[("class", "line")], inner)
}
