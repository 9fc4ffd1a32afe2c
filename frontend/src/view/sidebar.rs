//! The rooms one is in, who is here, and one's own name.

use leptos::{ev, html};
use parlor_frontend::{event::Event, model::Model};
use parlor_shared::{MemberId, RoomId, Sorted, limits::ROOM_BYTES_MAX};

use crate::shell;

use super::{PageRef, dispatch, peek, pieces::*, read, row};

/// More unread messages than this are not counted out.
const UNREAD_SHOWN_MAX: usize = 99;

/// The panel beside the room. `open` is whether it is shown on a narrow screen.
pub(super) fn sidebar(page: PageRef, open: RwSignal<bool>) -> impl IntoView {
    let name = Memo::new(move |_| read(page, |model| model.name.to_string()));
    view! {
        <aside id="panel" aria-label="Rooms and people">
            <nav aria-label="Rooms">
                <h2>"Rooms"</h2>
                {rooms(page, open)}
                {go(page, open)}
            </nav>
            {people(page)}
            <div class="own">
                <button data-testid="settings" aria-haspopup="dialog"
                    on:click=move |_| page.with_value(shell::show_settings)>
                    <bdi>{text(move || name.get())}</bdi> <span class="note">"Settings"</span>
                </button>
                <button data-testid="shortcuts" aria-haspopup="dialog" aria-label="Keyboard shortcuts"
                    title="Keyboard shortcuts (?)" on:click=move |_| shell::show_shortcuts()>"?"</button>
            </div>
        </aside>
    }
}

/// A room in the list: itself, whether it is the one looked at, what is unread.
type Listed = (RoomId, bool, usize);

fn listed(model: &Model) -> Vec<Listed> {
    let rooms = model.rooms.iter();
    rooms
        .map(|(id, room)| {
            let is_here = *id == model.here;
            // What one looks at one reads.
            let unread = if is_here && model.in_sight {
                0
            } else {
                room.unread(model.member)
            };
            (id.clone(), is_here, unread)
        })
        .collect()
}

fn rooms(page: PageRef, open: RwSignal<bool>) -> impl IntoView {
    let rooms = Memo::new(move |_| read(page, listed));
    let only_one = flag(move || rooms.with(|rooms| rooms.len() == 1));
    view! {
        <ul>
            {each(rooms, move |room| listed_room(page, room, (open, only_one)))}
        </ul>
    }
}

fn listed_room(
    page: PageRef,
    (id, is_here, unread): Listed,
    (open, only_one): (RwSignal<bool>, Signal<bool>),
) -> AnyView {
    let (wanted, left) = (id.clone(), id.clone());
    let go = move |click: ev::MouseEvent| {
        // With these held a link opens elsewhere, as links do.
        if !click.ctrl_key() && !click.meta_key() && !click.shift_key() {
            click.prevent_default();
            dispatch(page, Event::RoomWanted(wanted.to_string()));
            open.set(false);
        }
    };
    view! {
        <li class="listed" data-testid="room" data-room=id.to_string()>
            <a href=format!("/r/{id}") aria-current=is_here.then_some("page") on:click=go>
                <span class="title">{id.to_string()}</span>
                {badge(unread)}
            </a>
            <button class="quiet" disabled=only_one aria-label=format!("Leave {id}")
                title=format!("Leave {id}") data-testid="leave"
                on:click=move |_| dispatch(page, Event::RoomLeft(left.clone()))>"×"</button>
        </li>
    }
    .into_any()
}

/// How much is unread, where there is any.
pub(super) fn badge(unread: usize) -> AnyView {
    let count = match unread {
        0 => return ().into_any(),
        1..=UNREAD_SHOWN_MAX => unread.to_string(),
        _ => format!("{UNREAD_SHOWN_MAX}+"),
    };
    view! {
        <span class="badge" data-testid="unread">{count}<span class="unseen">" unread"</span></span>
    }
    .into_any()
}

/// Where one names the room to go to: naming it is all there is to making it.
fn go(page: PageRef, open: RwSignal<bool>) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let go = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let Some(field) = field.get_untracked() else {
            return;
        };
        dispatch(page, Event::RoomWanted(field.value()));
        if peek(page, |model| model.here.as_str() == field.value().trim()) {
            field.set_value("");
            open.set(false);
        }
    };
    view! {
        <form class="go" on:submit=go>
            <label class="field">
                <span>"Go to a room"</span>
                <input node_ref=field data-testid="room-input" placeholder="its-name"
                    maxlength=ROOM_BYTES_MAX.to_string() autocapitalize="none" autocomplete="off"
                    spellcheck="false" />
            </label>
            <button data-testid="go">"Go"</button>
        </form>
    }
}

/// A member in the list: whether it is oneself, who it is, the name.
type Present = (bool, MemberId, String);

fn present(model: &Model) -> Vec<Present> {
    let (you, present) = (model.member, model.room().present.iter());
    let mut sorted: Sorted<(bool, String, MemberId), ()> = Sorted::new();
    for (member, name) in present {
        sorted.insert((Some(*member) != you, name.to_string(), *member), ());
    }
    let members = sorted.keys().cloned();
    members
        .map(|(is_other, name, member)| (!is_other, member, name))
        .collect()
}

fn people(page: PageRef) -> impl IntoView {
    let count = Memo::new(move |_| read(page, |model| model.room().count));
    let members = Memo::new(move |_| read(page, present));
    view! {
        <section class="people" aria-label="People">
            <h2>"Here now " <span data-testid="member-count">{text(move || count.get())}</span></h2>
            <ul>
                {each(members, one_present)}
            </ul>
        </section>
    }
}

fn one_present((you, member, name): Present) -> AnyView {
    view! {
        <li data-testid="member">
            <span class=format!("face {}", row::hue(member)) aria-hidden="true">
                {row::initial(&name)}
            </span>
            <bdi>{name}</bdi>
            {you.then(|| view! { <span class="you">"you"</span> })}
        </li>
    }
    .into_any()
}
