//! The start: which room, which name, what was left unsent.

use std::time::Duration;

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    model::{Model, Visit, friendly_name},
};
use parlor_shared::{Name, RoomId};

use crate::{
    effect::{self, Page},
    storage, view,
};

/// How often countdowns and time-outs are looked at.
const TICK: Duration = Duration::from_millis(250);

/// Opens the page.
pub(crate) fn open() {
    let Some(window) = web_sys::window() else {
        return;
    };
    let path = window.location().pathname().unwrap_or_default();
    if let Some(shell) = window.document().and_then(|d| d.get_element_by_id("shell")) {
        shell.remove();
    }
    let room = match path.strip_prefix("/r/") {
        Some(room) => RoomId::parse(room),
        None => RoomId::parse("lobby"),
    };
    match (room, visitor()) {
        (Ok(room), Ok(name)) => mount_to_body(move || enter(room, name)),
        (Err(why), _) => mount_to_body(move || view::no_room(&why.to_string())),
        (_, Err(why)) => mount_to_body(move || view::no_room(&why.to_string())),
    }
}

fn visitor() -> Result<Name, parlor_shared::TextInvalid> {
    if let Some(name) = storage::name() {
        return Ok(name);
    }
    let name = Name::parse(friendly_name(effect::chance()))?;
    storage::keep_name(&name);
    Ok(name)
}

fn enter(room: RoomId, name: Name) -> impl IntoView {
    document().set_title(&format!("{room} · Parlor"));
    let visit = Visit {
        draft: storage::draft(&room),
        room,
        name,
        token: storage::token(),
        outbox: storage::posts(),
    };
    let page = Page::new(Model::new(visit));
    page.dispatch(Event::Started);
    let ticking = page.clone();
    set_interval(move || ticking.dispatch(Event::Ticked), TICK);
    view::room(StoredValue::new_local(page))
}
