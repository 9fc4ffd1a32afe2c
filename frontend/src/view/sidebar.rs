//! The panel beside the room: the rooms, the people in the current one, and the user's own name.

pub(super) mod people;
mod rooms;

use leptos::{ev, prelude::*};
use parlor_frontend::{
    event::{Dialog, Event},
    texts,
};

use self::rooms::Rooms;
use crate::{
    browser::store::{Store, use_store},
    view::{
        button::{Sign, SignButton},
        icon::{Icon, icon},
        later::later,
    },
};

/// The panel. On a narrow screen it comes from the side, over the room.
#[component]
pub(super) fn Sidebar() -> impl IntoView {
    let store = use_store();
    let name = store.memo(|model| model.name.to_string());
    let shortcuts_label = store.memo(|model| match model.settings.no_shortcuts {
        true => texts::shortcuts(),
        false => texts::shortcuts_key(),
    });
    let on_keydown = move |press: ev::KeyboardEvent| {
        if press.key() == "Escape" && store.with_untracked(|model| model.panel_open) {
            press.prevent_default();
            close(store);
        }
    };
    view! {
        <div class="scrim" data-testid="scrim" on:click=move |_| close(store)></div>
        <aside id="panel" aria-label=texts::rooms_and_people() on:keydown=on_keydown>
            <div class="panel-head narrow">
                <h2>{texts::rooms_and_people()}</h2>
                <SignButton
                    id="panel-close"
                    testid="panel-close"
                    label=texts::close()
                    sign=Sign::Icon(Icon::Close)
                    on_press=Box::new(move |_| close(store))
                />
            </div>
            <Rooms/>
            // A column of its own in a wide window: it is there before its content.
            <div class="people">{later(|views| views.people)}</div>
            <div class="own">
                <button
                    type="button"
                    data-testid="settings"
                    aria-haspopup="dialog"
                    title=texts::settings()
                    on:click=move |_| store.dispatch(Event::DialogOpened(Dialog::Settings))
                >
                    <bdi title=name>{name}</bdi>
                    <span class="unseen">{texts::settings()}</span>
                    {icon(Icon::Settings)}
                </button>
                {move || {
                    let label = shortcuts_label.get();
                    let open = move |_: &_| store.dispatch(Event::DialogOpened(Dialog::Shortcuts));
                    let sign = Sign::Emoji("?".to_owned());
                    view! { <SignButton testid="shortcuts" label sign on_press=Box::new(open)/> }
                }}
            </div>
        </aside>
    }
}

fn close(store: Store) {
    store.dispatch_and_show(Event::PanelClosed);
}
