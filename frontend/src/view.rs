//! What one sees: reads the model, dispatches events.

mod composer;
mod inspector;
mod locale;
mod markup;
mod messages;
mod picker;
mod pieces;
mod row;
mod search;
mod sidebar;
mod status;

use leptos::ev;
use parlor_frontend::{
    event::Event,
    model::Model,
    texts,
    view_model::status::{notice_text, status_name},
};

use self::{locale::number, pieces::*};
use crate::browser::store::Store;

/// The page, as components pass it on.
pub(crate) type StoreRef = Store;

/// Looks at the model, again whenever it changed.
pub(crate) fn read<T>(store: StoreRef, look: impl FnOnce(&Model) -> T) -> T {
    store.with(look)
}

/// Looks at the model once.
pub(crate) fn peek<T>(store: StoreRef, look: impl FnOnce(&Model) -> T) -> T {
    store.with_untracked(look)
}

/// Something happened.
pub(crate) fn dispatch(store: StoreRef, event: Event) {
    store.dispatch(event);
}

/// The page of an address that is no room's.
pub(crate) fn no_room(why: &str) -> AnyView {
    let link = element("a", &[("href", "/")], vec![texts::GO_TO_LOBBY.into_any()]);
    let inner = vec![
        element("h1", &[], vec![texts::ROOM_ADDRESS_INVALID.into_any()]),
        words("p", "why", format!("{why}.")),
        element("p", &[], vec![link]),
    ];
    let given = [("class", "shell"), ("data-testid", "no-room")];
    element("main", &given, inner)
}

/// The page: the rooms and people, the line, and the room looked at.
pub(crate) fn page(store: StoreRef) -> AnyView {
    let here = Memo::new(move |_| read(store, |model| model.current_room.to_string()));
    let status = Memo::new(move |_| read(store, |model| model.session.status()));
    let unread = Memo::new(move |_| read(store, Model::unread));
    follow(move || {
        document().set_title(&texts::title(unread.get(), &here.get(), number));
    });
    // On a narrow screen the panel stands in for the messages while it is open.
    let panel = RwSignal::new(false);
    let mut main = vec![search::panel(store)];
    main.extend(messages::list(store));
    main.extend([
        notice(store),
        composer::composer(store),
        inspector::drawer(store),
    ]);
    let ways = vec![
        follows("data-line", move || status_name(status.get())),
        follows(
            "data-panel",
            move || if panel.get() { "open" } else { "closed" },
        ),
    ];
    let inner = vec![
        sidebar::sidebar(store, panel),
        header(store, panel),
        element("main", &[], main),
    ];
    live("div", &[("class", "page")], ways, inner)
}

/// Above the messages: where one is, and what can be opened.
fn header(store: StoreRef, panel: RwSignal<bool>) -> AnyView {
    let here = Memo::new(move |_| read(store, |model| model.current_room.to_string()));
    let count = Memo::new(move |_| read(store, |model| model.room().member_count));
    let unread = Memo::new(move |_| read(store, Model::unread));
    let name = [("data-testid", "room-name")];
    let given = [
        ("class", "panel-button"),
        ("data-testid", "panel"),
        ("aria-controls", "panel"),
        ("type", "button"),
    ];
    let ways = vec![
        follows("aria-expanded", move || panel.get()),
        on("click", move |_: ev::Event| {
            panel.update(|open| *open = !*open)
        }),
    ];
    let people = vec![
        text(move || texts::people_online(count.get() as usize, number)),
        changing(move || sidebar::badge(unread.get())),
    ];
    let inner = vec![
        element("h1", &name, vec![text(move || here.get())]),
        live("button", &given, ways, people),
        search::opener(store),
        inspector::opener(store),
        status::line(store),
    ];
    element("header", &[], inner)
}

/// What the server said, or why something was not done; else who is writing.
fn notice(store: StoreRef) -> AnyView {
    let said = Memo::new(move |_| read(store, |model| model.notice.clone()));
    let shown = Memo::new(move |_| read(store, notice_text));
    let dismiss = move || {
        let given = [("class", "quiet"), ("aria-label", texts::DISMISS)];
        button(&given, vec!["×".into_any()], move || {
            dispatch(store, Event::NoticeDismissed)
        })
    };
    let given = [
        ("class", "notice"),
        ("role", "status"),
        ("data-testid", "notice"),
    ];
    let inner = vec![
        text(move || shown.get()),
        when(move || said.with(Option::is_some), dismiss),
    ];
    element("p", &given, inner)
}
