//! What one sees: reads the model, dispatches events.

mod composer;
mod line;
mod markup;
mod messages;
mod picker;
mod pieces;
mod row;
mod search;
mod sidebar;
mod when;
mod wire;

use parlor_frontend::{event::Event, model::Model};

use self::pieces::*;
use crate::effect::Page;

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
pub(crate) fn no_room(why: &str) -> impl IntoView + use<> {
    let why = why.to_owned();
    view! {
        <main class="shell" data-testid="no-room">
            <h1>"There is no such room"</h1>
            <p class="why">{why}"."</p>
            <p><a href="/">"Go to the lobby"</a></p>
        </main>
    }
}

/// The page: the rooms and people, the line, and the room looked at.
pub(crate) fn page(page: PageRef) -> impl IntoView {
    let here = Memo::new(move |_| read(page, |model| model.here.to_string()));
    let count = Memo::new(move |_| read(page, |model| model.room().count));
    let status = Memo::new(move |_| read(page, |model| model.session.status()));
    let unread = Memo::new(move |_| read(page, Model::unread));
    follow(move || {
        let unread = match unread.get() {
            0 => String::new(),
            count => format!("({count}) "),
        };
        document().set_title(&format!("{unread}{} · Parlor", here.get()));
    });
    // On a narrow screen the panel stands in for the messages while it is open.
    let panel = RwSignal::new(false);
    view! {
        <div class="page" data-line=text(move || line::word(status.get()))
            data-panel=text(move || if panel.get() { "open" } else { "closed" })>
            {sidebar::sidebar(page, panel)}
            <header>
                <h1 data-testid="room-name">{text(move || here.get())}</h1>
                <button class="panel-button" data-testid="panel" aria-controls="panel"
                    aria-expanded=text(move || panel.get())
                    on:click=move |_| panel.update(|open| *open = !*open)>
                    {text(move || format!("{} here", count.get()))}
                    {changing(move || sidebar::badge(unread.get()))}
                </button>
                {search::opener(page)}
                {wire::button(page)}
                {line::line(page)}
            </header>
            <main>
                {search::panel(page)}
                {messages::list(page)}
                {notice(page)}
                {composer::composer(page)}
                {wire::drawer(page)}
            </main>
        </div>
    }
}

/// What the server said, or why something was not done; else who is writing.
fn notice(page: PageRef) -> impl IntoView {
    let said = Memo::new(move |_| read(page, |model| model.notice.clone()));
    let typing = Memo::new(move |_| read(page, typing));
    let dismiss = move || {
        let click = move |_| dispatch(page, Event::NoticeRead);
        view! { <button class="quiet" aria-label="Dismiss" on:click=click>"×"</button> }.into_any()
    };
    view! {
        <p class="notice" role="status" data-testid="notice">
            {text(move || said.get().unwrap_or_else(|| typing.get()))}
            {when(move || said.with(Option::is_some), dismiss)}
        </p>
    }
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
        [one] => format!("{one} is writing…"),
        [one, two] => format!("{one} and {two} are writing…"),
        _ => "Several people are writing…".to_owned(),
    }
}
