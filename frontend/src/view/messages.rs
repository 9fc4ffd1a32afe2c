//! The live list of messages.

use leptos::{html, prelude::*, wasm_bindgen::JsCast};
use parlor_frontend::{event::Event, model::Model, room::Place};
use parlor_session::Status;
use parlor_shared::{Body, MemberId, MessageId, timeline::Message};
use web_sys::{Element, HtmlDivElement};

use super::{PageRef, dispatch, peek, read, when};

/// One message as it stands in the list. A row that is other than before is made anew.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Row {
    id: MessageId,
    /// `None` for one's own before the first welcome.
    member: Option<MemberId>,
    name: String,
    time: String,
    /// Set where a new day begins.
    day: Option<String>,
    /// Whether what is new to the person begins here.
    is_first_new: bool,
    /// Whether author and time are shown, or it goes on from the one above.
    headed: bool,
    text: Option<String>,
    edited: bool,
    reactions: Vec<(String, usize)>,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum State {
    Sent,
    /// On its way.
    Sending,
    /// Until the line is back.
    Waiting,
    Refused(String),
}

/// Messages of one author within this time stand under one heading.
const GROUP_MS: u64 = 5 * 60 * 1_000;

fn rows(model: &Model) -> Vec<Row> {
    let room = model.room();
    let mut rows: Vec<Row> = Vec::new();
    let mut above: Option<(&Message, String)> = None;
    for message in room.window.messages(&room.timeline) {
        let day = when::day(message.at_ms);
        let is_new_day = above.as_ref().is_none_or(|(_, last)| *last != day);
        let goes_on = |(last, _): &(&Message, String)| {
            last.member == message.member
                && last.name == message.name
                && message.at_ms.saturating_sub(last.at_ms) <= GROUP_MS
        };
        let is_first_new = room.new_from == Some(message.seq);
        let headed = is_new_day || is_first_new || !above.as_ref().is_some_and(goes_on);
        above = Some((message, day.clone()));
        let reactions = message.reactions.iter();
        rows.push(Row {
            id: message.id,
            member: Some(message.member),
            name: message.name.to_string(),
            time: when::time(message.at_ms),
            day: is_new_day.then_some(day),
            is_first_new,
            headed,
            text: message.text.as_ref().map(ToString::to_string),
            edited: message.edited,
            reactions: reactions
                .map(|(emoji, by)| (emoji.to_string(), by.len()))
                .collect(),
            state: State::Sent,
        });
    }
    if room.window.is_at_end() {
        rows.extend(pending(model));
    }
    rows
}

fn pending(model: &Model) -> impl Iterator<Item = Row> {
    let unsettled = match model.session.status() {
        Status::Online => State::Sending,
        Status::Stopped(_) | Status::Connecting { .. } | Status::Waiting { .. } => State::Waiting,
    };
    model.room().pending.iter().filter_map(move |(post, why)| {
        let Body::Post { text } = &post.body else {
            return None;
        };
        Some(Row {
            id: post.id,
            member: model.member,
            name: model.name.to_string(),
            time: String::new(),
            day: None,
            is_first_new: false,
            headed: true,
            text: Some(text.to_string()),
            edited: false,
            reactions: Vec::new(),
            state: why.clone().map_or(unsettled.clone(), State::Refused),
        })
    })
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

/// The list: at its end it stays at the end, further up it stays where one reads.
pub(crate) fn list(page: PageRef) -> impl IntoView {
    let rows = Memo::new(move |_| read(page, rows));
    let older = Memo::new(move |_| read(page, |model| model.room().has_older()));
    let below = Memo::new(move |_| read(page, |model| model.room().below()));
    let away = Memo::new(move |_| read(page, |model| model.room().place != Place::End));
    let list = NodeRef::<html::Div>::new();
    let anchor = StoredValue::new_local(None::<Anchor>);
    let settle = move || {
        let Some(list) = list.get_untracked() else {
            return;
        };
        match anchor.get_value() {
            Some(anchor) if away.get_untracked() => anchor.hold(&list),
            _ => list.set_scroll_top(list.scroll_height()),
        }
        look_around(page, &list);
    };
    Effect::new(move |_| {
        rows.track();
        away.track();
        // The rows of this change are in the document once the work at hand is done, before it is painted.
        queue_microtask(settle);
    });
    let on_scroll = move |_| {
        if let Some(list) = list.get_untracked() {
            anchor.set_value(Anchor::find(&list));
            look_around(page, &list);
        }
    };
    let jump = move || match below.get() {
        0 => "Jump to latest".to_owned(),
        1 => "1 new message".to_owned(),
        count => format!("{count} new messages"),
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
                <For each=move || rows.get() key=Row::clone let(row)>
                    {message(page, row)}
                </For>
            </ol>
        </div>
        <Show when=move || away.get()>
            <button class="jump" data-testid="jump-latest"
                on:click=move |_| dispatch(page, Event::LatestWanted)>
                {jump}
            </button>
        </Show>
    }
}

/// Says where in the list one is, and has it brought in what will soon be in sight.
fn look_around(page: PageRef, list: &HtmlDivElement) {
    let above = list.scroll_top();
    let below = list.scroll_height() - above - list.client_height();
    let (at_end, was_at_end) = peek(page, |model| {
        let room = model.room();
        let at_end = below < AT_END_PX && room.window.is_at_end();
        (at_end, room.place == Place::End)
    });
    if at_end != was_at_end {
        dispatch(
            page,
            if at_end {
                Event::EndReached
            } else {
                Event::EndLeft
            },
        );
    }
    if above < SOON_PX && !at_end {
        dispatch(page, Event::OlderWanted);
    } else if below < SOON_PX && !at_end {
        dispatch(page, Event::NewerWanted);
    }
}

/// Nearer to the end than this is at the end.
const AT_END_PX: i32 = 48;
/// Nearer to the first or last row than this, the next ones are brought in.
const SOON_PX: i32 = 600;

/// The row one reads at, and how far from the top of the list it stands.
#[derive(Debug, Clone)]
struct Anchor {
    id: String,
    top_px: f64,
}

impl Anchor {
    fn find(list: &HtmlDivElement) -> Option<Self> {
        let top = list.get_bounding_client_rect().top();
        let rows = list.query_selector_all("[data-id]").ok()?;
        let rows = (0..rows.length()).filter_map(|n| rows.get(n)?.dyn_into::<Element>().ok());
        let mut in_sight = rows.filter(|row| row.get_bounding_client_rect().bottom() > top);
        let row = in_sight.next()?;
        Some(Self {
            id: row.get_attribute("data-id")?,
            top_px: row.get_bounding_client_rect().top() - top,
        })
    }

    /// Scrolls the list so that the row stands where it stood.
    fn hold(&self, list: &HtmlDivElement) {
        let row = list.query_selector(&format!("[data-id='{}']", self.id));
        if let Ok(Some(row)) = row {
            let top = list.get_bounding_client_rect().top();
            let moved = row.get_bounding_client_rect().top() - top - self.top_px;
            list.set_scroll_top(list.scroll_top() + moved.round() as i32);
        }
    }
}

fn message(page: PageRef, row: Row) -> impl IntoView {
    let Row {
        id,
        member,
        name,
        time,
        day,
        is_first_new,
        headed,
        text,
        edited,
        reactions,
        state,
    } = row;
    let (word, note, why) = match state {
        State::Sent => ("sent", None, None),
        State::Sending => ("pending", Some("sending…"), None),
        State::Waiting => ("pending", Some("sent when the line is back"), None),
        State::Refused(why) => ("refused", None, Some(why)),
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
        {is_first_new.then(|| view! { <li class="new" data-testid="new">"New"</li> })}
        <li class="message" class:headed=headed data-testid="message" data-id=id.to_string()
            data-state=word>
            {head}
            {body}
            {note.map(|note| view! { <p class="note">{note}</p> })}
            {edited.then(|| view! { <span class="edited">"edited"</span> })}
            {reactions.collect_view()}
            {refused}
        </li>
    }
}
