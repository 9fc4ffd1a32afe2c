//! The live list of messages.

use leptos::{html, prelude::*};
use parlor_frontend::{event::Event, model::Model};
use parlor_shared::{Body, MemberId, MessageId};

use super::{PageRef, dispatch, read};

/// One message as it stands in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    id: MessageId,
    /// `None` for one's own before the first welcome.
    member: Option<MemberId>,
    name: String,
    time: String,
    /// Set where a new day begins.
    day: Option<String>,
    /// Whether author and time are shown, or it goes on from the one above.
    headed: bool,
    text: Option<String>,
    edited: bool,
    reactions: Vec<(String, usize)>,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Sent,
    Pending,
    Refused(String),
}

/// Messages of one author within this time stand under one heading.
const GROUP_MS: u64 = 5 * 60 * 1_000;

fn rows(model: &Model) -> Vec<Row> {
    let skip = model.timeline.len().saturating_sub(model.rows_max);
    let mut rows: Vec<Row> = Vec::with_capacity(model.timeline.len() - skip);
    let mut above: Option<(MemberId, u64, String)> = None;
    for message in model.timeline.messages().skip(skip) {
        let (day, time) = when(message.at_ms);
        let is_new_day = above.as_ref().is_none_or(|(_, _, last)| *last != day);
        let headed = is_new_day
            || above.as_ref().is_none_or(|(member, at_ms, _)| {
                *member != message.member || message.at_ms.saturating_sub(*at_ms) > GROUP_MS
            });
        above = Some((message.member, message.at_ms, day.clone()));
        let reactions = message.reactions.iter();
        rows.push(Row {
            id: message.id,
            member: Some(message.member),
            name: message.name.to_string(),
            time,
            day: is_new_day.then_some(day),
            headed,
            text: message.text.as_ref().map(ToString::to_string),
            edited: message.edited,
            reactions: reactions
                .map(|(emoji, by)| (emoji.to_string(), by.len()))
                .collect(),
            state: State::Sent,
        });
    }
    rows.extend(pending(model));
    rows
}

fn pending(model: &Model) -> impl Iterator<Item = Row> {
    model.pending.iter().filter_map(|(post, why)| {
        let Body::Post { text } = &post.body else {
            return None;
        };
        Some(Row {
            id: post.id,
            member: model.member,
            name: model.name.to_string(),
            time: String::new(),
            day: None,
            headed: true,
            text: Some(text.to_string()),
            edited: false,
            reactions: Vec::new(),
            state: why.clone().map_or(State::Pending, State::Refused),
        })
    })
}

/// The day and the time of day where the reader is.
fn when(at_ms: u64) -> (String, String) {
    let date = js_sys::Date::new(&(at_ms as f64).into());
    let time = format!("{:02}:{:02}", date.get_hours(), date.get_minutes());
    (String::from(date.to_date_string()), time)
}

/// The letter in a member's picture.
pub(crate) fn initial(name: &str) -> String {
    name.chars()
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default()
}

/// The class that gives a member their colour, everywhere the same.
pub(crate) fn hue(member: MemberId) -> String {
    let sum = member
        .as_bytes()
        .iter()
        .fold(0_u32, |sum, byte| sum + u32::from(*byte));
    format!("hue-{}", sum % 8)
}

/// The list, which stays at its end while one is there.
pub(crate) fn list(page: PageRef) -> impl IntoView {
    let rows = Memo::new(move |_| read(page, rows));
    let older = Memo::new(move |_| read(page, Model::has_older));
    let list = NodeRef::<html::Div>::new();
    let at_end = RwSignal::new(true);
    let to_end = move || {
        if let Some(list) = list.get_untracked() {
            list.set_scroll_top(list.scroll_height());
        }
    };
    Effect::new(move |_| {
        rows.track();
        if at_end.get_untracked() {
            request_animation_frame(to_end);
        }
    });
    let on_scroll = move |_| {
        if let Some(list) = list.get_untracked() {
            let below = list.scroll_height() - list.scroll_top() - list.client_height();
            at_end.set(below < 48);
        }
    };
    view! {
        <div class="messages" node_ref=list role="log" aria-label="Messages" tabindex="0"
            data-testid="messages" on:scroll=on_scroll>
            <Show when=move || older.get()>
                <button class="older" data-testid="load-older"
                    on:click=move |_| dispatch(page, Event::OlderWanted)>"Earlier messages"</button>
            </Show>
            <Show when=move || rows.with(Vec::is_empty)>
                <p class="empty">"Nobody has said anything yet. Open this address in a second window and say hello."</p>
            </Show>
            <ol>
                <For each=move || rows.get() key=|row| (row.id, format!("{row:?}")) let(row)>
                    {message(page, row)}
                </For>
            </ol>
        </div>
        <Show when=move || !at_end.get()>
            <button class="jump" data-testid="jump-latest" on:click=move |_| to_end()>
                "Jump to latest"
            </button>
        </Show>
    }
}

fn message(page: PageRef, row: Row) -> impl IntoView {
    let Row {
        id,
        member,
        name,
        time,
        day,
        headed,
        text,
        edited,
        reactions,
        state,
    } = row;
    let (word, why) = match state {
        State::Sent => ("sent", None),
        State::Pending => ("pending", None),
        State::Refused(why) => ("refused", Some(why)),
    };
    let face = format!("face {}", member.map(hue).unwrap_or_default());
    let head = headed.then(|| {
        view! {
            <span class=face aria-hidden="true">{initial(&name)}</span>
            <p class="head"><bdi class="author">{name}</bdi> <time>{time}</time></p>
        }
    });
    let body = match text {
        Some(text) => view! { <p class="text" dir="auto">{text}</p> }.into_any(),
        None => view! { <p class="text deleted">"This message was deleted."</p> }.into_any(),
    };
    let reactions = reactions.into_iter().map(|(emoji, count)| {
        view! { <span class="reaction">{emoji} " " {count}</span> }
    });
    let refused = why.map(|why| {
        view! {
            <p class="why" role="alert">{why} " "
                <button on:click=move |_| dispatch(page, Event::Retried(id))>"Retry"</button>
                <button on:click=move |_| dispatch(page, Event::Discarded(id))>"Discard"</button>
            </p>
        }
    });
    view! {
        {day.map(|day| view! { <li class="day">{day}</li> })}
        <li class="message" class:headed=headed data-testid="message" data-id=id.to_string()
            data-state=word>
            {head}
            {body}
            {edited.then(|| view! { <span class="edited">"edited"</span> })}
            {reactions.collect_view()}
            {refused}
        </li>
    }
}
