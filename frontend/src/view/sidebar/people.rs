//! The people in the current room.

use leptos::prelude::*;
use parlor_frontend::{
    event::Event,
    model::person::PersonEvent,
    texts,
    view_model::people::{Person, people},
};

use crate::{
    browser::store::use_store,
    view::{face::Face, locale::number},
};

/// The people in the room and their number. In a large room there is only the number.
#[component]
pub(in crate::view) fn People() -> impl IntoView {
    let store = use_store();
    let count = store.memo(|model| number(model.room().member_count as usize));
    let people = store.memo(people);
    let item = |person| view! { <PersonItem person/> };
    view! {
        <section aria-label=texts::people()>
            <h2>{texts::people_here()} " " <span data-testid="member-count">{count}</span></h2>
            // It scrolls by itself, so the keyboard reaches it. The items have no state of their
            // own, so they need no keys: the list is written again.
            <ul tabindex="0" data-testid="people">{move || people.get().into_iter().map(item).collect_view()}</ul>
        </section>
    }
}

/// A member in the list.
#[component]
fn PersonItem(
    /// The member.
    person: Person,
) -> impl IntoView {
    let (store, member) = (use_store(), person.member);
    view! {
        <li data-testid="member" data-idle=person.is_idle().to_string()>
            <Face name=person.name.as_str() hue=Some(person.hue)/>
            <button
                type="button"
                class="person"
                data-testid="person"
                title=person.name.clone()
                on:click=move |_| store.dispatch(Event::Person(PersonEvent::Opened(member)))
            >
                <bdi>{person.name.clone()}</bdi>
            </button>
            <span class="you" data-testid="activity" title=texts::activity_hint()>
                {person.activity_text()}
            </span>
        </li>
    }
}
