//! What one sees: reads the model, dispatches events.

mod composer;
mod line;
mod messages;
mod people;
mod when;

use leptos::prelude::*;
use parlor_frontend::{event::Event, model::Model};

use crate::effect::Page;

/// The page, as components pass it on.
pub(crate) type PageRef = StoredValue<Page, LocalStorage>;

/// Looks at the model, again whenever it changed.
pub(crate) fn read<T>(page: PageRef, look: impl FnOnce(&Model) -> T) -> T {
    page.with_value(|page| page.read(look))
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

/// A room.
pub(crate) fn room(page: PageRef) -> impl IntoView {
    let title = read(page, |model| model.room.to_string());
    let count = Memo::new(move |_| read(page, |model| model.count));
    let status = Memo::new(move |_| read(page, |model| model.session.status()));
    // On a narrow screen the panel stands in for the messages while it is open.
    let panel = RwSignal::new(false);
    view! {
        <div class="room" data-line=move || line::word(status.get()) data-panel=move || if panel.get() { "open" } else { "closed" }>
            <header>
                <h1 data-testid="room-name">{title}</h1>
                <button class="panel-button" data-testid="panel" aria-controls="panel"
                    aria-expanded=move || panel.get().to_string()
                    on:click=move |_| panel.update(|open| *open = !*open)>
                    {move || format!("{} here", count.get())}
                </button>
                {line::line(page)}
            </header>
            <main>
                {messages::list(page)}
                {notice(page)}
                {composer::composer(page)}
            </main>
            {people::people(page)}
        </div>
    }
}

/// What the server said, or why something was not done.
fn notice(page: PageRef) -> impl IntoView {
    let text = Memo::new(move |_| read(page, |model| model.notice.clone()));
    let typing = Memo::new(move |_| {
        read(page, |model| {
            let name = |member| model.name_of(member).map(ToString::to_string);
            let names: Vec<_> = model
                .typing
                .keys()
                .filter_map(|member| name(*member))
                .collect();
            match names.as_slice() {
                [] => String::new(),
                [one] => format!("{one} is writing…"),
                [one, two] => format!("{one} and {two} are writing…"),
                _ => "Several people are writing…".to_owned(),
            }
        })
    });
    view! {
        <p class="notice" role="status" data-testid="notice">
            {move || text.get().or_else(|| Some(typing.get()))}
        </p>
    }
}
