//! The rows of the message list.
//!
//! [`row_ids`] names the rows in order; [`row`] is one of them. Each row depends only on its own
//! message, the message above it and the pending changes to it, so a view can keep one memo a row.

use parlor_session::Status;
use parlor_shared::{
    Body, Emoji, MemberId, MessageId, Name, Seq, Text,
    timeline::{self, Message, Version},
};

use crate::{
    mention::{self, Mentioned},
    model::{
        Model,
        quote::{self, Quote},
        room::{PendingPost, Room, ScrollPosition},
    },
    texts,
    view_model::room_card::change_text,
};

/// Messages of one author within this time share one header.
const GROUP_MS: u64 = 5 * 60 * 1_000;

/// How many rows a list gets until it is made again.
pub const GENERATION_ROWS: usize = 1_024;

/// Messages that follow each other within this time are not shown arriving.
const ARRIVING_MS: u64 = 300;

/// A quarter of an hour.
const QUARTER_MS: u64 = 15 * 60 * 1_000;

/// Tells whether two times, in Unix milliseconds, are on the same day of the reader's calendar.
pub type SameDay = fn(u64, u64) -> bool;

/// One message as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The message.
    pub id: MessageId,
    /// Its author; `None` for the user's own posts before the first welcome.
    pub member: Option<MemberId>,
    /// Its author's colour.
    pub hue: Option<u8>,
    /// Its author's name at that time.
    pub name: String,
    /// When it was posted, in Unix milliseconds; `None` until it is on the log.
    pub at_ms: Option<u64>,
    /// Whether it is the first row of its day, which is then written above it.
    pub starts_day: bool,
    /// Whether the "New" line stands above it.
    pub is_first_unread: bool,
    /// Whether author and time are shown, or the row continues the one above it.
    pub has_header: bool,
    /// The message it replies to.
    pub quote: Option<QuotedMessage>,
    /// Its text; `None` where it was deleted.
    pub text: Option<String>,
    /// Whether the user ignores its author: nothing of it is shown.
    pub is_ignored: bool,
    /// The moderator who deleted it, if one did.
    pub deleted_by: Option<String>,
    /// Whether it says that it was edited.
    pub is_edited: bool,
    /// The mentions in its text.
    pub mentions: Vec<Mentioned>,
    /// Whether it mentions the user.
    pub mentions_you: bool,
    /// Its texts so far, oldest first, where it was edited.
    pub versions: Vec<Version>,
    /// Its reactions, in order.
    pub reactions: Vec<Reaction>,
    /// Whether the user wrote it.
    pub is_own: bool,
    /// How far it is on its way to the log.
    pub delivery: Delivery,
    /// The user's changes to it that are not on the log.
    pub changes: Vec<PendingChange>,
    /// What was changed of the room after it and before the next message, in words.
    pub room_changes: Vec<String>,
}

/// The message that a reply quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotedMessage {
    /// Its id.
    pub id: MessageId,
    /// How it is shown.
    pub quote: Quote,
}

/// An emoji with the number of people who reacted with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// The emoji.
    pub emoji: Emoji,
    /// How many people reacted with it.
    pub count: usize,
    /// Whether the user is one of them.
    pub is_own: bool,
    /// The names of the first [`WHO_MAX`] of them that are known, without the user's.
    pub who: Vec<String>,
}

/// How many names a reaction says.
pub const WHO_MAX: usize = 10;

/// How far a message is on its way to the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// It is on the log.
    Sent,
    /// It was sent and is not acked yet.
    Sending,
    /// The room is in slow mode, and the user has posted a moment ago.
    Slowed,
    /// It is sent once the connection is back.
    Waiting,
    /// The same, if the page stays open until then: the browser has not saved it.
    WaitingUnsaved,
    /// The server refused it, with this reason.
    Refused(String),
}

/// A change that the user made to a message and that is not on the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingChange {
    /// The id of its post.
    pub id: MessageId,
    /// What the row says about it.
    pub text: String,
    /// Whether the server refused it, so that the user can retry or discard it.
    pub is_refused: bool,
}

/// The ids of the current room's rows, from top to bottom. No id occurs twice.
#[must_use]
pub fn row_ids(model: &Model) -> Vec<MessageId> {
    let room = model.room();
    let messages = room.window.messages(&room.timeline);
    let mut ids: Vec<MessageId> = messages.map(|message| message.id).collect();
    if room.window.is_at_end() {
        // A post taken over from another tab may be on the log already.
        let is_new = |id: &MessageId| room.timeline.find(*id).is_none();
        ids.extend(
            pending_posts(room)
                .map(|pending| pending.post.id)
                .filter(is_new),
        );
    }
    ids
}

/// Whether this message comes live into a list that the user looks at the end of: it is shown
/// arriving. History is not, nor are messages that come faster than the eye
/// follows.
#[must_use]
pub fn is_arriving(model: &Model, id: MessageId) -> bool {
    let room = model.room();
    if !room.live || room.scroll != ScrollPosition::End {
        return false;
    }
    let Some(message) = room.timeline.find(id) else {
        return true;
    };
    let above = room.window.above(&room.timeline, message.seq);
    let is_fast =
        above.is_some_and(|above| message.at_ms.saturating_sub(above.at_ms) < ARRIVING_MS);
    message.seq > room.live_after && message.seq == room.newest() && !is_fast
}

/// Changes every [`GENERATION_ROWS`] rows that the list of the current room has got.
#[must_use]
pub fn row_generation(model: &Model) -> usize {
    model.room().window.rows_made() / GENERATION_ROWS
}

/// The row of the message or pending post with this id; `None` where the current room has neither.
#[must_use]
pub fn row(model: &Model, id: MessageId, same_day: SameDay) -> Option<Row> {
    let room = model.room();
    match room.timeline.find(id) {
        Some(message) => Some(message_row(model, message, same_day)),
        None => {
            let pending = pending_posts(room).find(|pending| pending.post.id == id)?;
            pending_row(model, pending)
        }
    }
}

fn message_row(model: &Model, message: &Message, same_day: SameDay) -> Row {
    let (room, me) = (model.room(), model.member);
    let above = room.window.above(&room.timeline, message.seq);
    let starts_day = above.is_none_or(|above| !is_same_day(above.at_ms, message.at_ms, same_day));
    let is_first_unread = room.progress.first_unread == Some(message.seq);
    let continues = above.is_some_and(|above| is_same_group(above, message));
    let reaction = |reaction: &timeline::Reaction| {
        let others = reaction
            .members
            .iter()
            .filter(|member| Some(**member) != me);
        let who = others.filter_map(|member| room.shown_name(*member));
        Reaction {
            emoji: reaction.emoji.clone(),
            count: reaction.members.len(),
            is_own: me.is_some_and(|me| reaction.members.contains(&me)),
            who: who.take(WHO_MAX).collect(),
        }
    };
    let text = message.text.as_ref().map_or("", Text::as_str);
    let is_there = message.text.is_some();
    let is_ignored = model.ignored.has(message.member);
    Row {
        id: message.id,
        member: Some(message.member),
        hue: Some(room.look_alikes.hue(message.member)),
        name: room.look_alikes.shown_name(message.member, &message.name),
        at_ms: Some(message.at_ms),
        starts_day,
        is_first_unread,
        has_header: starts_day || is_first_unread || !continues,
        quote: quoted(model, message.reply_to.filter(|_| is_there)),
        text: message.text.as_ref().map(ToString::to_string),
        is_ignored,
        deleted_by: message.deleted_by.as_ref().map(Name::to_string),
        is_edited: message.edited && is_there,
        mentions: mention::mentions(text, &room.mentions.names, me),
        mentions_you: !is_ignored && me.is_some_and(|me| room.mentions.has(message, me)),
        versions: message.versions.clone(),
        reactions: message.reactions.iter().map(reaction).collect(),
        is_own: Some(message.member) == me,
        delivery: Delivery::Sent,
        changes: pending_changes(model, message.id),
        room_changes: room_changes(room, message.seq),
    }
}

/// What was changed of the room between the message at this place and the next one.
fn room_changes(room: &Room, seq: Seq) -> Vec<String> {
    if room.about.changes.is_empty() {
        return Vec::new();
    }
    let next = room.timeline.since(seq.next()).next();
    let changes = room
        .about
        .changes_between(seq, next.map(|next| next.seq))
        .iter();
    changes
        .filter_map(|entry| change_text(room, entry))
        .collect()
}

/// Asks the calendar only for times that are not in the same quarter of an hour: the offset of
/// every time zone is a multiple of 15 minutes, and a list has hundreds of rows.
fn is_same_day(one_ms: u64, other_ms: u64, same_day: SameDay) -> bool {
    one_ms / QUARTER_MS == other_ms / QUARTER_MS || same_day(one_ms, other_ms)
}

fn is_same_group(above: &Message, message: &Message) -> bool {
    above.member == message.member
        && above.name == message.name
        && message.at_ms.saturating_sub(above.at_ms) <= GROUP_MS
}

fn quoted(model: &Model, reply_to: Option<MessageId>) -> Option<QuotedMessage> {
    reply_to.map(|id| QuotedMessage {
        id,
        quote: quote::of(model, id),
    })
}

/// The pending posts that become messages of their own.
fn pending_posts(room: &Room) -> impl Iterator<Item = &PendingPost> {
    let is_message = |pending: &&PendingPost| matches!(pending.post.body, Body::Post { .. });
    room.pending.iter().filter(is_message)
}

fn pending_row(model: &Model, pending: &PendingPost) -> Option<Row> {
    let Body::Post { text, reply_to } = &pending.post.body else {
        return None;
    };
    Some(Row {
        id: pending.post.id,
        member: model.member,
        hue: model.member.map(|me| model.room().look_alikes.hue(me)),
        name: model.member.map_or_else(
            || model.name.to_string(),
            |me| model.room().look_alikes.shown_name(me, &model.name),
        ),
        at_ms: None,
        starts_day: false,
        is_first_unread: false,
        has_header: true,
        quote: quoted(model, *reply_to),
        text: Some(text.to_string()),
        is_ignored: false,
        deleted_by: None,
        is_edited: false,
        mentions: mention::mentions(text.as_str(), &model.room().mentions.names, model.member),
        mentions_you: false,
        versions: Vec::new(),
        reactions: Vec::new(),
        is_own: true,
        delivery: match &pending.refusal {
            Some(reason) => Delivery::Refused(reason.clone()),
            None if is_online(model) && model.room().is_slowed => Delivery::Slowed,
            None if is_online(model) => Delivery::Sending,
            None if pending.is_saved => Delivery::Waiting,
            None => Delivery::WaitingUnsaved,
        },
        changes: Vec::new(),
        room_changes: Vec::new(),
    })
}

/// The changes to the message with this id that wait or were refused. A change that was sent is not
/// shown: it is on the log within a moment.
fn pending_changes(model: &Model, id: MessageId) -> Vec<PendingChange> {
    let pending = model.room().pending.iter();
    let of_message = pending.filter(|pending| pending.post.body.target() == Some(id));
    let change = |pending: &PendingPost| {
        let text = match &pending.refusal {
            Some(reason) => texts::change_refused(&pending.post.body, reason),
            None if is_online(model) => return None,
            None => texts::change_waiting(&pending.post.body, pending.is_saved),
        };
        Some(PendingChange {
            id: pending.post.id,
            text,
            is_refused: pending.refusal.is_some(),
        })
    };
    of_message.filter_map(change).collect()
}

fn is_online(model: &Model) -> bool {
    model.session.status() == Status::Online
}
