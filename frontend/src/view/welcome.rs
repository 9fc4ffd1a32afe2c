//! What newcomers see first: where they are, what they are called, and how to invite others.

use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::{Dialog, Event, InspectorEvent},
    texts,
    view_model::welcome::shows_name,
};

use crate::{
    browser::{env::normalized, focus, store::use_store},
    view::{
        icon::{Icon, icon},
        later::later,
    },
};

/// What stands in a room without messages.
#[component]
pub(super) fn Welcome() -> impl IntoView {
    let store = use_store();
    let is_live = store.memo(|model| model.room().live);
    move || match is_live.get() {
        true => later(|views| views.welcome),
        false => view! { <p class="empty">{texts::not_loaded()}</p> }.into_any(),
    }
}

/// The same once the page knows that the room is empty.
#[component]
pub(super) fn WelcomeCard() -> impl IntoView {
    let store = use_store();
    let about = store.memo(|model| texts::this_is_room(model.current_room.as_str()));
    let name = store.memo(|model| model.name.to_string());
    let field = NodeRef::<html::Input>::new();
    let rename = move || {
        let new = field
            .get_untracked()
            .map(|field| normalized(&field.value()));
        // Leaving the field without a change is none.
        if let Some(new) = new.filter(|new| *new != name.get_untracked()) {
            store.dispatch(Event::Renamed(new));
        }
    };
    let on_submit = move |submit: ev::SubmitEvent| {
        submit.prevent_default();
        rename();
        focus::move_to_id("composer");
    };
    view! {
        // The list's keys are not those of the field in it.
        <section
            class="welcome"
            data-testid="welcome"
            on:keydown=|press: ev::KeyboardEvent| press.stop_propagation()
        >
            <h2>{texts::welcome()}</h2>
            <p>{about}</p>
            <p class="empty">{texts::no_messages()}</p>
            <form on:submit=on_submit>
                <label class="field">
                    <span>{texts::your_name()}</span>
                    <input
                        node_ref=field
                        data-testid="welcome-name"
                        autocomplete="nickname"
                        prop:value=name
                        on:change=move |_| rename()
                    />
                </label>
            </form>
            <button
                type="button"
                data-testid="welcome-link"
                on:click=move |_| store.dispatch(Event::LinkRequested(None))
            >
                {icon(Icon::Link)}
                " "
                {texts::copy_link_to_invite()}
            </button>
            <button
                type="button"
                class="quiet"
                data-testid="welcome-lesson"
                on:click=move |_| {
                    store.dispatch(Event::Inspector(InspectorEvent::Opened));
                    store.dispatch(Event::Inspector(InspectorEvent::LessonFolded(false)));
                }
            >
                {texts::see_how_it_works()}
            </button>
        </section>
    }
}

/// The name that a visitor was given, below the field for their first message: Shift+Tab leads from
/// the field to the list.
#[component]
pub(super) fn NameLine() -> impl IntoView {
    let store = use_store();
    let name = store.memo(|model| texts::you_are(model.name.as_str()));
    let shows = store.memo(shows_name);
    view! {
        <p class="name-line" data-testid="name-line" hidden=move || !shows.get()>
            {name}
            " ·"
            <button
                type="button"
                data-testid="change-name"
                aria-haspopup="dialog"
                aria-label=texts::change_your_name()
                on:click=move |_| store.dispatch(Event::DialogOpened(Dialog::Settings))
            >
                {texts::change_name()}
            </button>
        </p>
    }
}
