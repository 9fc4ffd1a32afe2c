//! One message in the list: what it says, and what one can do about it.

use parlor_frontend::{event::Event, model::Model};
use parlor_session::Status;
use parlor_shared::{Body, Emoji, MemberId, MessageId, timeline::Message};

use super::{PageRef, dispatch, pieces::*, when as time_of};

/// One message as it stands in the list. A row that is other than before is made anew.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Row {
    pub(super) id: MessageId,
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
    reactions: Vec<Reaction>,
    /// Whether it is one's own.
    is_own: bool,
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

/// How often a message has got a reaction.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Reaction {
    emoji: Emoji,
    count: usize,
    is_own: bool,
}

/// Messages of one author within this time stand under one heading.
const GROUP_MS: u64 = 5 * 60 * 1_000;

/// The rows of the room looked at.
pub(super) fn rows(model: &Model) -> Vec<Row> {
    let (room, me) = (model.room(), model.member);
    let mut rows: Vec<Row> = Vec::new();
    let mut above: Option<(&Message, String)> = None;
    for message in room.window.messages(&room.timeline) {
        let day = time_of::day(message.at_ms);
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
            time: time_of::time(message.at_ms),
            day: is_new_day.then_some(day),
            is_first_new,
            headed,
            text: message.text.as_ref().map(ToString::to_string),
            edited: message.edited && message.text.is_some(),
            reactions: reactions
                .map(|(emoji, by)| Reaction {
                    emoji: emoji.clone(),
                    count: by.len(),
                    is_own: me.is_some_and(|me| by.contains(&me)),
                })
                .collect(),
            is_own: Some(message.member) == me,
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
            is_own: true,
            state: why.clone().map_or(unsettled.clone(), State::Refused),
        })
    })
}

/// The letter in a member's picture, which the style sheet puts in upper case.
pub(super) fn initial(name: &str) -> String {
    name.chars().take(1).collect()
}

/// The class that gives a member their colour, everywhere the same.
pub(super) fn hue(member: MemberId) -> String {
    let sum = member
        .as_bytes()
        .iter()
        .fold(0_u32, |sum, byte| sum + u32::from(*byte));
    format!("hue-{}", sum % 8)
}

/// The reactions that are at hand.
const AT_HAND: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/// The messages that stand out from the others.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    /// The one whose buttons are shown.
    pub(super) at_hand: RwSignal<Option<MessageId>>,
    /// The one that was searched for.
    pub(super) found: RwSignal<Option<MessageId>>,
}

/// A row.
pub(super) fn message(page: PageRef, row: Row, marks: Marks) -> impl IntoView {
    let (id, can_act) = (row.id, row.state == State::Sent && row.text.is_some());
    let (word, note, why) = match row.state {
        State::Sent => ("sent", None, None),
        State::Sending => ("pending", Some("sending…"), None),
        State::Waiting => ("pending", Some("sent when the line is back"), None),
        State::Refused(why) => ("refused", None, Some(why)),
    };
    let face = format!("face {}", row.member.map(hue).unwrap_or_default());
    let head = row.headed.then(|| {
        view! {
            <span class=face aria-hidden="true">{initial(&row.name)}</span>
            <p class="head"><bdi class="author">{row.name}</bdi> <time>{row.time}</time></p>
        }
    });
    let body = match row.text {
        Some(text) => view! { <p class="text" dir="auto">{text}</p> }.into_any(),
        None => view! { <p class="text deleted">"This message was deleted."</p> }.into_any(),
    };
    let refused = why.map(|why| {
        view! {
            <p class="why" role="alert">{why} " "
                <button on:click=move |_| dispatch(page, Event::Retried(id))>"Retry"</button>
                <button on:click=move |_| dispatch(page, Event::Discarded(id))>"Discard"</button>
            </p>
        }
    });
    let is_at_hand = Memo::new(move |_| can_act && marks.at_hand.get() == Some(id));
    let is_found = Memo::new(move |_| marks.found.get() == Some(id));
    let take = move |_| {
        if marks.at_hand.get_untracked() != Some(id) {
            marks.at_hand.set(Some(id));
        }
    };
    view! {
        {row.day.map(|day| view! { <li class="day">{day}</li> })}
        {row.is_first_new.then(|| view! { <li class="new" data-testid="new">"New"</li> })}
        <li class="message" class:headed=row.headed data-testid="message" data-id=id.to_string()
            data-state=word data-found=text(move || is_found.get())
            data-active=text(move || is_at_hand.get()) on:pointerenter=take on:pointerdown=take>
            {head}
            {body}
            {note.map(|note| view! { <p class="note">{note}</p> })}
            {row.edited.then(|| view! { <span class="edited">"edited"</span> })}
            {reactions(page, id, row.reactions)}
            {refused}
            {when(move || is_at_hand.get(), move || buttons(page, id, row.is_own).into_any())}
        </li>
    }
}

fn reactions(page: PageRef, id: MessageId, reactions: Vec<Reaction>) -> impl IntoView {
    let each = reactions.into_iter().map(move |reaction| {
        let Reaction {
            emoji,
            count,
            is_own,
        } = reaction;
        let shown = emoji.to_string();
        view! {
            <button class="reaction" data-testid="reaction" aria-pressed=is_own.to_string()
                on:click=move |_| dispatch(page, Event::Reacted(id, emoji.clone()))>
                {shown} " " {count}
            </button>
        }
    });
    each.collect_view()
}

/// What one can do about a message.
fn buttons(page: PageRef, id: MessageId, is_own: bool) -> impl IntoView {
    let sure = RwSignal::new(false);
    let at_hand = AT_HAND
        .into_iter()
        .filter_map(|emoji| Emoji::parse(emoji).ok());
    let react = at_hand.map(move |emoji| {
        let shown = emoji.to_string();
        view! {
            <button class="quiet" aria-label=format!("React with {shown}") data-testid="react"
                on:click=move |_| dispatch(page, Event::Reacted(id, emoji.clone()))>
                {shown.clone()}
            </button>
        }
    });
    let own = is_own.then(|| {
        let delete = move |_| {
            if sure.get_untracked() {
                dispatch(page, Event::Deleted(id));
            } else {
                sure.set(true);
            }
        };
        view! {
            <button class="quiet" data-testid="edit"
                on:click=move |_| dispatch(page, Event::EditWanted(Some(id)))>"Edit"</button>
            <button class="quiet" data-testid="delete" class:bad=sure on:click=delete>
                {text(move || if sure.get() { "Delete it?" } else { "Delete" })}
            </button>
        }
    });
    view! {
        <div class="buttons" role="toolbar" aria-label="This message">
            {react.collect_view()}
            {own}
        </div>
    }
}
