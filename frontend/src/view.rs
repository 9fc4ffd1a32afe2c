//! What one sees: reads the model, dispatches events.

mod messages;

use leptos::{ev, html, prelude::*};
use parlor_frontend::{event::Event, model::Model};
use parlor_session::{Status, StopReason};
use parlor_shared::limits::{NAME_BYTES_MAX, TEXT_CHARS_MAX};

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
            <p>{why}"."</p>
            <p><a href="/">"Go to the lobby"</a></p>
        </main>
    }
}

/// A room.
pub(crate) fn room(page: PageRef) -> impl IntoView {
    let title = read(page, |model| model.room.to_string());
    view! {
        <div class="room">
            <header>
                <h1 data-testid="room-name">{title}</h1>
                {line(page)}
            </header>
            <main>
                {messages::list(page)}
                {notice(page)}
                {composer(page)}
            </main>
            {people(page)}
        </div>
    }
}

/// The status light, with what one can do about it.
fn line(page: PageRef) -> impl IntoView {
    let status = Memo::new(move |_| read(page, |model| model.session.status()));
    let countdown = Memo::new(move |_| read(page, Model::countdown_s));
    let state = move || match status.get() {
        Status::Online => "online",
        Status::Connecting { .. } => "connecting",
        Status::Waiting { .. } => "waiting",
        Status::Stopped(_) => "stopped",
    };
    let words = move || match status.get() {
        Status::Online => "Connected".to_owned(),
        Status::Connecting { .. } => "Connecting…".to_owned(),
        Status::Waiting { .. } => {
            format!("Reconnecting in {} s", countdown.get().unwrap_or_default())
        }
        Status::Stopped(StopReason::Asked) => "Stopped".to_owned(),
        Status::Stopped(StopReason::Closed(code)) => format!("Closed by the server ({code})"),
    };
    let is_stopped = move || matches!(status.get(), Status::Stopped(_));
    let is_waiting = move || matches!(status.get(), Status::Waiting { .. });
    view! {
        <div class="line">
            <p class="status" role="status" data-testid="status" data-state=state>
                <span class="light" aria-hidden="true"></span>
                <span data-testid="countdown">{words}</span>
            </p>
            <Show when=is_waiting>
                <button data-testid="connect-now" on:click=move |_| dispatch(page, Event::Started)>
                    "Connect now"
                </button>
            </Show>
            <button data-testid="start" disabled=move || !is_stopped()
                on:click=move |_| dispatch(page, Event::Started)>"Start"</button>
            <button data-testid="stop" disabled=is_stopped
                on:click=move |_| dispatch(page, Event::Stopped)>"Stop"</button>
        </div>
    }
}

/// Who is here, and one's own name.
fn people(page: PageRef) -> impl IntoView {
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
        <aside aria-label="People">
            <label class="name">
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
        </aside>
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

/// Where one writes.
fn composer(page: PageRef) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let length = RwSignal::new(0_usize);
    let too_long = move || length.get() > TEXT_CHARS_MAX;
    let submit = move || {
        let Some(field) = field.get_untracked() else {
            return;
        };
        let text = field.value();
        if text.trim().is_empty() || too_long() {
            return;
        }
        field.set_value("");
        length.set(0);
        dispatch(page, Event::Submitted(text));
    };
    let on_key = move |event: ev::KeyboardEvent| {
        // While an input method composes, Enter is its own.
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            submit();
        }
    };
    let on_input = move |event: ev::Event| {
        length.set(event_target_value(&event).chars().count());
        dispatch(page, Event::Typed);
    };
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        submit();
    };
    let near_limit = move || length.get() + 500 > TEXT_CHARS_MAX;
    view! {
        <form class="composer" on:submit=on_submit>
            <textarea node_ref=field data-testid="composer" rows="1" aria-label="Message" dir="auto"
                placeholder="Write a message" on:keydown=on_key on:input=on_input></textarea>
            <Show when=near_limit>
                <span class="count" data-over=move || too_long().to_string()>
                    {move || format!("{} of {TEXT_CHARS_MAX}", length.get())}
                </span>
            </Show>
            <button data-testid="send" class="primary" disabled=too_long>"Send"</button>
        </form>
    }
}
