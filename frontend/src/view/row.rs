//! One message in the list: what it says, and what one can do about it.

mod actions;

use leptos::ev;
use parlor_frontend::{
    model::{
        Model,
        quote::{self, Quote},
        room::PendingPost,
    },
    texts,
};
use parlor_session::Status;
use parlor_shared::{Body, Emoji, MemberId, MessageId, timeline::Message};

use self::actions::{buttons, change, quoted, reactions, refused};
use super::{StoreRef, locale, markup, pieces::*};

/// One message as it stands in the list. A row that is other than before is made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// What it answers.
    quote: Option<(MessageId, Quote)>,
    text: Option<String>,
    edited: bool,
    reactions: Vec<Reaction>,
    /// Whether it is one's own.
    is_own: bool,
    state: State,
    changes: Vec<Change>,
}

/// A change of the message that is not on the log: what it is, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    id: MessageId,
    what: String,
    state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum State {
    Sent,
    /// On its way.
    Sending,
    /// Until the line is back.
    Waiting,
    Refused(String),
}

/// How often a message has got a reaction.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    let quoted = |id: MessageId| (id, quote::of(room, id));
    let mut rows: Vec<Row> = Vec::new();
    let mut above: Option<(&Message, String)> = None;
    for message in room.window.messages(&room.timeline) {
        let day = locale::day(message.at_ms);
        let is_new_day = above.as_ref().is_none_or(|(_, last)| *last != day);
        let goes_on = |(last, _): &(&Message, String)| {
            last.member == message.member
                && last.name == message.name
                && message.at_ms.saturating_sub(last.at_ms) <= GROUP_MS
        };
        let is_first_new = room.first_unread == Some(message.seq);
        let headed = is_new_day || is_first_new || !above.as_ref().is_some_and(goes_on);
        above = Some((message, day.clone()));
        let reactions = message.reactions.iter();
        rows.push(Row {
            id: message.id,
            member: Some(message.member),
            name: message.name.to_string(),
            time: locale::time(message.at_ms),
            day: is_new_day.then_some(day),
            is_first_new,
            headed,
            quote: message
                .reply_to
                .filter(|_| message.text.is_some())
                .map(quoted),
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
            changes: changes(model, message.id),
        });
    }
    if room.window.is_at_end() {
        rows.extend(pending(model));
    }
    rows
}

/// One's changes of this message that are not on the log; those that are on their way will be there in a moment.
fn changes(model: &Model, id: MessageId) -> Vec<Change> {
    let pending = model.room().pending.iter();
    let of_it = pending.filter(|pending| pending.post.body.target() == Some(id));
    let change = of_it.map(|PendingPost { post, refusal: why }| Change {
        id: post.id,
        what: what(&post.body),
        state: why.clone().map_or(unsettled(model), State::Refused),
    });
    change
        .filter(|change| change.state != State::Sending)
        .collect()
}

/// A change in words.
fn what(body: &Body) -> String {
    match body {
        Body::Edit { text, .. } => texts::your_edit(&quote::excerpt(text.as_str())),
        Body::Deletion { .. } => texts::YOUR_DELETION.to_owned(),
        Body::Reaction {
            emoji, on: true, ..
        } => texts::your_reaction(emoji.as_str()),
        Body::Reaction {
            emoji, on: false, ..
        } => texts::taking_back(emoji.as_str()),
        Body::Post { .. } | Body::Unknown => String::new(),
    }
}

/// How it is with what is not on the log and was not refused.
fn unsettled(model: &Model) -> State {
    match model.session.status() {
        Status::Online => State::Sending,
        Status::Stopped(_) | Status::Connecting { .. } | Status::Waiting { .. } => State::Waiting,
    }
}

fn pending(model: &Model) -> impl Iterator<Item = Row> {
    let unsettled = unsettled(model);
    model
        .room()
        .pending
        .iter()
        .filter_map(move |PendingPost { post, refusal: why }| {
            let Body::Post { text, reply_to } = &post.body else {
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
                quote: reply_to.map(|id| (id, quote::of(model.room(), id))),
                text: Some(text.to_string()),
                edited: false,
                reactions: Vec::new(),
                is_own: true,
                state: why.clone().map_or(unsettled.clone(), State::Refused),
                changes: Vec::new(),
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

/// The messages that stand out from the others.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    /// The one whose buttons are shown.
    pub(super) at_hand: RwSignal<Option<MessageId>>,
    /// The one that was searched for.
    pub(super) found: RwSignal<Option<MessageId>>,
}

/// A row.
pub(super) fn message(store: StoreRef, row: Row, marks: Marks) -> AnyView {
    let (id, can_act) = (row.id, row.state == State::Sent && row.text.is_some());
    let (word, note, why) = match row.state {
        State::Sent => ("sent", None, None),
        State::Sending => ("pending", Some(texts::SENDING), None),
        State::Waiting => ("pending", Some(texts::WAITING_TO_SEND), None),
        State::Refused(why) => ("refused", None, Some(why)),
    };
    let face = format!("face {}", row.member.map(hue).unwrap_or_default());
    let mut inner = Vec::new();
    if row.headed {
        let hidden = &[("class", &*face), ("aria-hidden", "true")];
        inner.push(element("span", hidden, vec![initial(&row.name).into_any()]));
        let name = vec![
            words("bdi", "author", row.name),
            " ".into_any(),
            element("time", &[], vec![row.time.into_any()]),
        ];
        inner.push(element("p", &[("class", "head")], name));
    }
    inner.extend(row.quote.map(|quote| quoted(store, quote)));
    inner.push(match row.text {
        Some(text) => markup::text(&text),
        None => words("p", "text deleted", texts::DELETED),
    });
    inner.extend(note.map(|note| words("p", "note", note)));
    inner.extend(row.edited.then(|| words("span", "edited", texts::EDITED)));
    inner.extend(reactions(store, id, row.reactions));
    inner.extend(why.map(|why| refused(store, id, why)));
    inner.extend(row.changes.into_iter().map(|of| change(store, of)));
    let is_at_hand = Memo::new(move |_| can_act && marks.at_hand.get() == Some(id));
    let is_found = Memo::new(move |_| marks.found.get() == Some(id));
    inner.push(when(
        move || is_at_hand.get(),
        move || buttons(store, id, row.is_own),
    ));
    let take = move |_: ev::Event| {
        if marks.at_hand.get_untracked() != Some(id) {
            marks.at_hand.set(Some(id));
        }
    };
    let id = id.to_string();
    let class = if row.headed {
        "message headed"
    } else {
        "message"
    };
    let given = [
        ("class", class),
        ("data-testid", "message"),
        ("data-id", &*id),
        ("data-state", word),
    ];
    let ways = vec![
        follows("data-found", move || is_found.get()),
        follows("data-active", move || is_at_hand.get()),
        on("pointerenter", take),
        on("pointerdown", take),
    ];
    let new = [("class", "new"), ("data-testid", "new")];
    let mut all: Vec<AnyView> = Vec::new();
    all.extend(row.day.map(|day| words("li", "day", day)));
    if row.is_first_new {
        all.push(element("li", &new, vec![texts::NEW.into_any()]));
    }
    all.push(live("li", &given, ways, inner));
    all.into_any()
}
