//! The rooms one is in, who is here, and one's own name.

use leptos::{ev, html};
use parlor_frontend::{
    event::Event,
    texts,
    view_model::{
        people::{self, Person},
        rooms::{self, RoomItem},
    },
};
use parlor_shared::limits::ROOM_BYTES_MAX;

use crate::browser::dialogs;

use super::{StoreRef, dispatch, locale::number, peek, pieces::*, read, row};

/// The panel beside the room. `open` is whether it is shown on a narrow screen.
pub(super) fn sidebar(store: StoreRef, open: RwSignal<bool>) -> AnyView {
    let name = Memo::new(move |_| read(store, |model| model.name.to_string()));
    let settings = vec![
        element("bdi", &[], vec![text(move || name.get())]),
        " ".into_any(),
        element(
            "span",
            &[("class", "note")],
            vec![texts::SETTINGS.into_any()],
        ),
    ];
    let given = [("data-testid", "settings"), ("aria-haspopup", "dialog")];
    let set = button(&given, settings, move || dialogs::show_settings(store));
    let given = [
        ("data-testid", "shortcuts"),
        ("aria-haspopup", "dialog"),
        ("aria-label", texts::SHORTCUTS),
        ("title", texts::SHORTCUTS_KEY),
    ];
    let shortcuts = button(&given, vec!["?".into_any()], dialogs::show_shortcuts);
    let rooms = vec![
        element("h2", &[], vec![texts::ROOMS.into_any()]),
        rooms(store, open),
        go(store, open),
    ];
    let inner = vec![
        element("nav", &[("aria-label", texts::ROOMS)], rooms),
        people(store),
        element("div", &[("class", "own")], vec![set, shortcuts]),
    ];
    let given = [("id", "panel"), ("aria-label", texts::ROOMS_AND_PEOPLE)];
    element("aside", &given, inner)
}

fn labelled(name: &'static str, field: AnyView) -> AnyView {
    let name = element("span", &[], vec![name.into_any()]);
    element("label", &[("class", "field")], vec![name, field])
}

fn rooms(store: StoreRef, open: RwSignal<bool>) -> AnyView {
    let rooms = Memo::new(move |_| read(store, rooms::rooms));
    let only_one = move || rooms.with(|rooms| rooms.len() == 1);
    let rooms = each(rooms, move |room| {
        listed_room(store, room, (open, only_one))
    });
    element("ul", &[], vec![rooms])
}

fn listed_room(
    store: StoreRef,
    RoomItem {
        id,
        is_current: is_here,
        unread,
        last_message: quiet,
    }: RoomItem,
    (open, only_one): (RwSignal<bool>, impl Fn() -> bool + Send + 'static),
) -> AnyView {
    let (wanted, left) = (id.clone(), id.clone());
    let go = move |click: ev::MouseEvent| {
        // With these held a link opens elsewhere, as links do.
        if !click.ctrl_key() && !click.meta_key() && !click.shift_key() {
            click.prevent_default();
            dispatch(store, Event::RoomOpened(wanted.to_string()));
            open.set(false);
        }
    };
    let leave = move |_: ev::Event| dispatch(store, Event::RoomLeft(left.clone()));
    let (id, address) = (id.to_string(), format!("/r/{id}"));
    let label = texts::leave(&id);
    let given = [("href", &*address), ("aria-current", "page")];
    let given = &given[..if is_here { 2 } else { 1 }];
    let ago = [
        ("class", "ago"),
        ("data-testid", "quiet"),
        ("title", texts::LAST_MESSAGE),
    ];
    let shown = vec![
        words("span", "title", &*id),
        element("span", &ago, vec![quiet.unwrap_or_default().into_any()]),
        badge(unread),
    ];
    let leave_given = [
        ("class", "quiet"),
        ("aria-label", &*label),
        ("title", &label),
        ("data-testid", "leave"),
        ("type", "button"),
    ];
    let ways = vec![is("disabled", only_one), on("click", leave)];
    let inner = vec![
        live("a", given, vec![on("click", go)], shown),
        live("button", &leave_given, ways, vec!["×".into_any()]),
    ];
    let given = [
        ("class", "listed"),
        ("data-testid", "room"),
        ("data-room", &id),
    ];
    element("li", &given, inner)
}

/// How much is unread, where there is any.
pub(super) fn badge(unread: usize) -> AnyView {
    if unread == 0 {
        return ().into_any();
    }
    let count = texts::unread(unread, number);
    let unread = words("span", "unseen", texts::UNREAD);
    let given = &[("class", "badge"), ("data-testid", "unread")];
    element("span", given, vec![count.into_any(), unread])
}

/// Where one names the room to go to: naming it is all there is to making it.
fn go(store: StoreRef, open: RwSignal<bool>) -> AnyView {
    let field = NodeRef::<html::Input>::new();
    let go = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else {
            return;
        };
        dispatch(store, Event::RoomOpened(field.value()));
        if peek(store, |model| {
            model.current_room.as_str() == field.value().trim()
        }) {
            field.set_value("");
            open.set(false);
        }
    };
    let most = ROOM_BYTES_MAX.to_string();
    let given = [
        ("data-testid", "room-input"),
        ("placeholder", texts::ROOM_NAME),
        ("maxlength", &*most),
        ("autocapitalize", "none"),
        ("autocomplete", "off"),
        ("spellcheck", "false"),
    ];
    let input = live("input", &given, vec![known(field)], vec![]);
    let inner = vec![
        labelled(texts::FIND_ROOM, input),
        element(
            "button",
            &[("data-testid", "go")],
            vec![texts::OPEN_ROOM.into_any()],
        ),
    ];
    live("form", &[("class", "go")], vec![on("submit", go)], inner)
}

fn people(store: StoreRef) -> AnyView {
    let count = Memo::new(move |_| read(store, |model| model.room().member_count));
    let members = Memo::new(move |_| read(store, people::people));
    let count = text(move || number(count.get() as usize));
    let count = element("span", &[("data-testid", "member-count")], vec![count]);
    let inner = vec![
        element("h2", &[], vec![texts::PEOPLE_HERE.into_any(), count]),
        element("ul", &[], vec![each(members, one_present)]),
    ];
    let given = [("class", "people"), ("aria-label", texts::PEOPLE)];
    element("section", &given, inner)
}

fn one_present(person: Person) -> AnyView {
    let (is_idle, heard) = (person.is_idle(), person.activity_text());
    let (member, name) = (person.member, person.name.to_string());
    let face = format!("face {}", row::hue(member));
    let face = &[("class", &*face), ("aria-hidden", "true")];
    let heard_given = &[("class", "you"), ("data-testid", "activity")];
    let inner = vec![
        element("span", face, vec![row::initial(&name).into_any()]),
        element("bdi", &[], vec![name.into_any()]),
        element("span", heard_given, vec![heard.into_any()]),
    ];
    let is_idle = if is_idle { "true" } else { "false" };
    element(
        "li",
        &[("data-testid", "member"), ("data-idle", is_idle)],
        inner,
    )
}
