//! Who is here, one's own name, and the way to other rooms.

use leptos::{ev, html, prelude::*};
use parlor_frontend::event::Event;
use parlor_shared::limits::{NAME_BYTES_MAX, ROOM_BYTES_MAX};

use super::{PageRef, dispatch, messages, read};

/// Who is here, and one's own name.
pub(super) fn people(page: PageRef) -> impl IntoView {
    let count = Memo::new(move |_| read(page, |model| model.count));
    let members = Memo::new(move |_| {
        read(page, |model| {
            let you = model.member;
            let mut members: Vec<_> = model
                .present
                .iter()
                .map(|(member, name)| (Some(*member) == you, *member, name.to_string()))
                .collect();
            members.sort_by(|a, b| (!a.0, &a.2).cmp(&(!b.0, &b.2)));
            members
        })
    });
    let name = read(page, |model| model.name.to_string());
    let rename = move |event: ev::Event| dispatch(page, Event::Renamed(event_target_value(&event)));
    view! {
        <aside id="panel" aria-label="People and rooms">
            <label class="field">
                <span>"Your name"</span>
                <input data-testid="name-input" value=name maxlength=NAME_BYTES_MAX.to_string()
                    autocomplete="nickname" on:change=rename />
            </label>
            <h2>"Here now " <span data-testid="member-count">{move || count.get()}</span></h2>
            <ul>
                <For each=move || members.get() key=|member| member.clone() let((you, member, name))>
                    <li data-testid="member">
                        <span class=format!("face {}", messages::hue(member)) aria-hidden="true">
                            {messages::initial(&name)}
                        </span>
                        <bdi>{name}</bdi>
                        {you.then(|| view! { <span class="you">"you"</span> })}
                    </li>
                </For>
            </ul>
            {other_rooms(page)}
        </aside>
    }
}

/// Where one names the room to go to: naming it is all there is to making it.
fn other_rooms(page: PageRef) -> impl IntoView {
    let field = NodeRef::<html::Input>::new();
    let go = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            dispatch(page, Event::RoomWanted(field.value()));
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
