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
use parlor_frontend::{event::Event, model::Model, texts};

use self::{locale::number, pieces::*};
use crate::browser::store::Page;

/// The page, as components pass it on.
pub(crate) type PageRef = StoredValue<Page, LocalStorage>;

/// Looks at the model, again whenever it changed.
pub(crate) fn read<T>(page: PageRef, look: impl FnOnce(&Model) -> T) -> T {
    page.with_value(|page| page.read(look))
}

/// Looks at the model once.
pub(crate) fn peek<T>(page: PageRef, look: impl FnOnce(&Model) -> T) -> T {
    page.with_value(|page| page.peek(look))
}

/// Something happened.
pub(crate) fn dispatch(page: PageRef, event: Event) {
    // A copy: what happens may look at the page again.
    page.get_value().dispatch(event);
}

/// The page of an address that is no room's.
pub(crate) fn no_room(why: &str) -> AnyView {
    let link = element("a", &[("href", "/")], vec![texts::TO_LOBBY.into_any()]);
    let inner = vec![
        element("h1", &[], vec![texts::NO_ROOM.into_any()]),
        words("p", "why", format!("{why}.")),
        element("p", &[], vec![link]),
    ];
    let given = [("class", "shell"), ("data-testid", "no-room")];
    element("main", &given, inner)
}

/// The page: the rooms and people, the line, and the room looked at.
pub(crate) fn page(page: PageRef) -> AnyView {
    let here = Memo::new(move |_| read(page, |model| model.here.to_string()));
    let status = Memo::new(move |_| read(page, |model| model.session.status()));
    let unread = Memo::new(move |_| read(page, Model::unread));
    follow(move || {
        document().set_title(&texts::title(unread.get(), &here.get(), number));
    });
    // On a narrow screen the panel stands in for the messages while it is open.
    let panel = RwSignal::new(false);
    let mut main = vec![search::panel(page)];
    main.extend(messages::list(page));
    main.extend([
        notice(page),
        composer::composer(page),
        inspector::drawer(page),
    ]);
    let ways = vec![
        follows("data-line", move || status::word(status.get())),
        follows(
            "data-panel",
            move || if panel.get() { "open" } else { "closed" },
        ),
    ];
    let inner = vec![
        sidebar::sidebar(page, panel),
        header(page, panel),
        element("main", &[], main),
    ];
    live("div", &[("class", "page")], ways, inner)
}

/// Above the messages: where one is, and what can be opened.
fn header(page: PageRef, panel: RwSignal<bool>) -> AnyView {
    let here = Memo::new(move |_| read(page, |model| model.here.to_string()));
    let count = Memo::new(move |_| read(page, |model| model.room().count));
    let unread = Memo::new(move |_| read(page, Model::unread));
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
        text(move || texts::here(count.get() as usize, number)),
        changing(move || sidebar::badge(unread.get())),
    ];
    let inner = vec![
        element("h1", &name, vec![text(move || here.get())]),
        live("button", &given, ways, people),
        search::opener(page),
        inspector::opener(page),
        status::line(page),
    ];
    element("header", &[], inner)
}

/// What the server said, or why something was not done; else who is writing.
fn notice(page: PageRef) -> AnyView {
    let said = Memo::new(move |_| read(page, |model| model.notice.clone()));
    let typing = Memo::new(move |_| read(page, typing));
    let dismiss = move || {
        let given = [("class", "quiet"), ("aria-label", texts::DISMISS)];
        button(&given, vec!["×".into_any()], move || {
            dispatch(page, Event::NoticeRead)
        })
    };
    let given = [
        ("class", "notice"),
        ("role", "status"),
        ("data-testid", "notice"),
    ];
    let inner = vec![
        text(move || said.get().unwrap_or_else(|| typing.get())),
        when(move || said.with(Option::is_some), dismiss),
    ];
    element("p", &given, inner)
}

fn typing(model: &Model) -> String {
    let room = model.room();
    let names = room
        .typing
        .keys()
        .filter_map(|member| room.present.get(member));
    let names: Vec<_> = names.take(3).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => texts::is_writing(one.as_str()),
        [one, two] => texts::are_writing(one.as_str(), two.as_str()),
        _ => texts::SEVERAL_ARE_WRITING.to_owned(),
    }
}
