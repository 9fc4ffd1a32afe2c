//! What the API's requests and answers have, as the document describes them. What the server really
//! answers is held against it by a test (`server/tests/it/api/described.rs`).
//!
//! The wire's own types are only named here: their schemas come from the types themselves
//! (`parlor_shared::schema`), and take the places of these.
#![allow(
    dead_code,
    reason = "these types only describe: the wire's own are in parlor-shared"
)]

use serde::Serialize;
use utoipa::ToSchema;

/// See [`parlor_shared::Entry`].
#[derive(Serialize, ToSchema)]
pub(super) struct Entry {}

/// See [`parlor_shared::Member`].
#[derive(ToSchema)]
pub(super) struct Member {}

/// See [`parlor_shared::RoomInfo`].
#[derive(ToSchema)]
pub(super) struct RoomInfo {}

/// See [`parlor_shared::RoomState`].
#[derive(ToSchema)]
pub(super) struct RoomState {}

/// Any other content than a new message: an edit, a deletion, a reaction, or a change of the room,
/// as in `Body`.
#[derive(Serialize, ToSchema)]
pub(super) struct Change {
    /// `edit`, `deletion`, `reaction`, `room_name`, `topic`, `room_kind`, `pin`, `mute` or
    /// `slow_mode`.
    #[schema(example = "topic")]
    kind: String,
}

/// A new message.
#[derive(Serialize, ToSchema)]
pub(super) struct NewPost {
    #[schema(inline)]
    kind: PostKind,
    /// Its text.
    #[schema(min_length = 1, max_length = 8000, example = "hello")]
    text: String,
    /// The message that it replies to.
    #[schema(format = "uuid")]
    reply_to: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PostKind {
    Post,
}

/// An entry to append.
#[derive(ToSchema)]
pub(super) struct NewEntry {
    /// Its content: a new message, or any other that the wire's `post` can have.
    #[schema(inline)]
    body: NewBody,
    /// Its id, where no `Idempotency-Key` says it: a UUID, best of version 7.
    #[schema(format = "uuid")]
    id: Option<String>,
    /// Append it only if the room's log has the entry with this id.
    #[schema(format = "uuid")]
    follows: Option<String>,
    /// The author's name, where it is another than the token's.
    #[schema(max_length = 64)]
    name: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(untagged)]
enum NewBody {
    Post(NewPost),
    Other(Change),
}

/// A program that wants to be a member.
#[derive(ToSchema)]
pub(super) struct NewMember {
    /// Its name: one line in Unicode's normal form C.
    #[schema(min_length = 1, max_length = 64, example = "Deploy bot")]
    name: String,
    /// What lets it in, as in the wire's `hello`: `{"password": …}`, `{"invitation": …}`, or an
    /// access token as text.
    #[schema(value_type = Option<Object>)]
    access: Option<()>,
    /// The token of the member that it is already.
    token: Option<String>,
}

/// A member with its token.
#[derive(ToSchema)]
pub(super) struct MemberWithToken {
    #[schema(format = "uuid")]
    member: String,
    name: String,
    /// Secret: send it as `Authorization: Bearer …`.
    token: String,
    /// When it ends, in Unix milliseconds.
    expires_at_ms: Option<u64>,
}

/// Who makes a request.
#[derive(ToSchema)]
pub(super) struct Own {
    #[schema(format = "uuid")]
    member: String,
    name: Option<String>,
    expires_at_ms: Option<u64>,
}

/// A page of entries, oldest first and without a gap.
#[derive(ToSchema)]
pub(super) struct Page {
    room: String,
    entries: Vec<Entry>,
    /// Whether the room has more in the direction of reading.
    more: bool,
    /// Give this as `after` to read on.
    after: String,
    /// The room's newest entry; 0 in an empty room.
    head: u64,
}

/// An entry that is on the log.
#[derive(Serialize, ToSchema)]
pub(super) struct Appended {
    room: String,
    entry: Entry,
    /// Give this as `after` to read what comes behind it.
    after: String,
}

/// Entries that are on the log.
#[derive(Serialize, ToSchema)]
pub(super) struct AppendedBatch {
    room: String,
    /// In the order of the lines.
    entries: Vec<Entry>,
    after: String,
}

/// What an append answers: for a batch the entries, and otherwise the one.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum Written {
    One(Appended),
    Many(AppendedBatch),
}

/// A page of the directory.
#[derive(ToSchema)]
pub(super) struct Rooms {
    rooms: Vec<RoomInfo>,
    /// Give this as `after` for the next page; missing at the end.
    next: Option<String>,
}

/// A room.
#[derive(ToSchema)]
pub(super) struct Room {
    room: String,
    head: u64,
    /// The oldest entry; 0 if there is none.
    first: u64,
    /// The position of its head.
    after: String,
    /// What you may do there: `read`, `post`, `moderate` or `own`.
    right: String,
    /// The members who are present.
    count: u32,
    /// Its name, topic, kind, pins, slow mode and mutes.
    state: RoomState,
}

/// Who is present in a room.
#[derive(ToSchema)]
pub(super) struct Members {
    room: String,
    count: u32,
    /// Empty above 200 members.
    members: Vec<Member>,
}

/// What a search has found.
#[derive(ToSchema)]
pub(super) struct Found {
    room: String,
    /// The newest first: posts, or the edits that hold their current text.
    entries: Vec<Entry>,
    /// Whether the index is being built, so that others may match.
    incomplete: bool,
}

/// An announcement.
#[derive(ToSchema)]
pub(super) struct NewAnnouncement {
    #[schema(min_length = 1, max_length = 500)]
    text: String,
}

/// Whom it has reached.
#[derive(ToSchema)]
pub(super) struct Announced {
    room: String,
    count: u32,
}

/// Why a request was not done (RFC 9457).
#[derive(ToSchema)]
pub(super) struct Problem {
    /// The status, in words.
    title: String,
    status: u16,
    /// The reason, for programs: a code of the wire, or `not_found`, `method_unknown`, `too_large`,
    /// `media_type_unknown`, `token_required`, `reset`, `head_moved`, `restarting`. Stable.
    code: String,
    /// The reason and what to do, for people.
    detail: String,
    /// Whether the same request may succeed later.
    retry: bool,
    /// When.
    retry_after_ms: Option<u64>,
    room: Option<String>,
    id: Option<String>,
    /// The room's head.
    head: Option<u64>,
    /// A position from which can be read on.
    after: Option<String>,
    /// The line of a batch, from 1 on.
    line: Option<u64>,
}
