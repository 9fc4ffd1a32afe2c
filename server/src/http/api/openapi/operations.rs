//! What each route takes and answers. The handlers are in the files beside `openapi.rs`.
#![allow(
    dead_code,
    reason = "these functions only carry the attributes that describe the handlers"
)]

use utoipa::OpenApi;

use super::schemas::{
    Announced, Found, MemberWithToken, Members, NewAnnouncement, NewEntry, NewMember, Own, Page,
    Problem, Room, Rooms, Written,
};

/// All operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Parlor",
        version = "1",
        description = "A live chat room's log over HTTP. docs/HTTP.md explains it.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(
        create_member,
        own,
        list_rooms,
        show_room,
        read_entries,
        append_entries,
        list_members,
        search,
        announce,
        describe
    )
)]
pub(super) struct Operations;

#[utoipa::path(
    post, path = "/members", tag = "members", summary = "Become a member",
    description = "Makes a member with a token that has its name. With `token` the member stays the \
                   same and gets another name.",
    request_body(content = NewMember, content_type = "application/json"),
    responses(
        (status = 201, description = "The member.", body = MemberWithToken,
            content_type = "application/json"),
        (status = "default", description = "Refused.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
fn create_member() {}

#[utoipa::path(
    get, path = "/me", tag = "members", summary = "Who am I", security(("bearer" = [])),
    responses(
        (status = 200, description = "The member of the token.", body = Own,
            content_type = "application/json"),
        (status = "default", description = "Refused.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
fn own() {}

#[utoipa::path(
    get, path = "/rooms", tag = "rooms", summary = "Find rooms", security((), ("bearer" = [])),
    params(
        ("text" = Option<String>, Query, max_length = 200,
            description = "Only rooms whose id, name or topic have these words."),
        ("after" = Option<String>, Query, max_length = 200,
            description = "The `next` of an earlier answer."),
    ),
    responses(
        (status = 200, description = "Those with the newest messages first.", body = Rooms,
            content_type = "application/json"),
        (status = "default", description = "Refused.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
fn list_rooms() {}

#[utoipa::path(
    get, path = "/rooms/{room}", tag = "rooms", summary = "Show a room",
    security((), ("bearer" = [])),
    params(
        ("room" = String, Path, pattern = "^[a-z0-9][a-z0-9-]{0,63}$", description = "Its id."),
    ),
    responses(
        (status = 200, description = "A room that nobody has written to is empty.", body = Room,
            content_type = "application/json"),
        (status = "default", description = "Refused.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
fn show_room() {}

#[utoipa::path(
    get, path = "/rooms/{room}/entries", tag = "entries",
    summary = "Read entries, wait for them, or follow them",
    description = "A page of the log, without `after` and `before` its end. With `wait` the request \
                   waits for an entry after `after`. With `Accept: text/event-stream` the answer has \
                   no end: an event for each entry, whose `id` is what `after` takes.",
    security((), ("bearer" = [])),
    params(
        ("room" = String, Path, pattern = "^[a-z0-9][a-z0-9-]{0,63}$", description = "Its id."),
        ("after" = Option<String>, Query,
            pattern = "^(start|[0-9]{1,16}\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
            description = "A position, as answers have it in `after`, or `start`."),
        ("before" = Option<u64>, Query, maximum = 9007199254740991_u64,
            description = "A `seq`: the entries before it. Not together with `after`."),
        ("limit" = Option<u16>, Query, maximum = 100, description = "Entries; 50 if missing."),
        ("wait" = Option<u16>, Query, maximum = 60,
            description = "Seconds to wait for an entry after `after`."),
        ("If-None-Match" = Option<String>, Header, description = "Tags of pages that you have."),
        ("Last-Event-ID" = Option<String>, Header,
            description = "Of a stream of events: in the place of `after`."),
    ),
    responses(
        (status = 200, description = "The page, or the stream.", content(
            (Page = "application/json"),
            (String = "text/event-stream"),
        )),
        (status = 304, description = "Nothing has changed."),
        (status = 410, description = "What comes after that position is not known any more.",
            body = Problem, content_type = "application/problem+json"),
        (status = "default", description = "Refused.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
fn read_entries() {}

#[utoipa::path(
    post, path = "/rooms/{room}/entries", tag = "entries", summary = "Append entries",
    description = "One entry as JSON, a text as it is, or up to 100 entries as NDJSON, of which all \
                   are appended or none. Answered once they are durable.",
    security(("bearer" = [])),
    params(
        ("room" = String, Path, pattern = "^[a-z0-9][a-z0-9-]{0,63}$", description = "Its id."),
        ("Idempotency-Key" = Option<String>, Header,
            description = "The entry's id, a UUID. The same again appends nothing."),
        ("If-Match" = Option<String>, Header,
            description = "Append only if the room's head still has this `seq`, or its entries this \
                           ETag."),
    ),
    request_body(content(
        (NewEntry = "application/json"),
        (String = "text/plain"),
        (String = "application/x-ndjson"),
    )),
    responses(
        (status = 201, description = "Appended.", body = Written,
            content_type = "application/json"),
        (status = 200, description = "It was on the log already: the original.", body = Written,
            content_type = "application/json"),
        (status = 412, description = "The head has moved: `head` says where.", body = Problem,
            content_type = "application/problem+json"),
        (status = "default", description = "Refused.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
fn append_entries() {}

#[utoipa::path(
    get, path = "/rooms/{room}/members", tag = "rooms", summary = "Who is present",
    security((), ("bearer" = [])),
    params(
        ("room" = String, Path, pattern = "^[a-z0-9][a-z0-9-]{0,63}$", description = "Its id."),
    ),
    responses(
        (status = 200, description = "The members.", body = Members,
            content_type = "application/json"),
        (status = "default", description = "Refused.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
fn list_members() {}

#[utoipa::path(
    get, path = "/rooms/{room}/search", tag = "rooms", summary = "Find messages",
    security((), ("bearer" = [])),
    params(
        ("room" = String, Path, pattern = "^[a-z0-9][a-z0-9-]{0,63}$", description = "Its id."),
        ("text" = String, Query, min_length = 1, max_length = 200,
            description = "The words. The last one may be the beginning of one; `from:name` is the \
                           author."),
    ),
    responses(
        (status = 200, description = "The newest first.", body = Found,
            content_type = "application/json"),
        (status = "default", description = "Refused.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
fn search() {}

#[utoipa::path(
    post, path = "/rooms/{room}/announce", tag = "rooms",
    summary = "Show a notice to those in the room", security(("bearer" = [])),
    params(
        ("room" = String, Path, pattern = "^[a-z0-9][a-z0-9-]{0,63}$", description = "Its id."),
    ),
    request_body(content = NewAnnouncement, content_type = "application/json"),
    responses(
        (status = 200, description = "Shown.", body = Announced,
            content_type = "application/json"),
        (status = "default", description = "Refused.", body = Problem,
            content_type = "application/problem+json"),
    )
)]
fn announce() {}

#[utoipa::path(
    get, path = "/openapi.json", tag = "description", summary = "This description",
    responses((status = 200, description = "OpenAPI 3.1.", content_type = "application/json"))
)]
fn describe() {}
