//! Rooms: the directory, a room, who is in it, a search in it, and what a moderator announces
//! there.

use actix_web::{HttpRequest, HttpResponse, web};
use parlor_shared::{
    Entry, ErrorCode, Member, Right, RoomId, RoomInfo, RoomState, Seq, ServerMessage, codec,
    limits::{
        ANNOUNCEMENT_CHARS_MAX, FRAME_BYTES_MAX, JOIN_TOKENS, MODERATE_TOKENS, ROOMS_TOKENS,
        SEARCH_ENTRIES_MAX, SEARCH_TOKENS,
    },
};
use serde::{Deserialize, Serialize};

use super::{
    asked, body,
    client::{ApiClient, in_room},
    position,
    problem::Problem,
};
use crate::{
    connection::frame::frame,
    dispatch::{
        read::{check_search, read_rooms, rooms_query},
        rights::require,
    },
    node::Node,
};

#[derive(Serialize)]
struct RoomsAnswer {
    rooms: Vec<RoomInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct RoomAnswer {
    room: RoomId,
    head: Seq,
    first: Seq,
    after: String,
    right: Right,
    count: u32,
    state: RoomState,
}

#[derive(Serialize)]
struct MembersAnswer {
    room: RoomId,
    count: u32,
    members: Vec<Member>,
}

#[derive(Serialize)]
struct FoundAnswer {
    room: RoomId,
    entries: Vec<Entry>,
    incomplete: bool,
}

#[derive(Deserialize)]
struct Announcement {
    text: String,
}

#[derive(Serialize)]
struct AnnouncedAnswer {
    room: RoomId,
    count: u32,
}

/// Answers with a page of the directory.
///
/// # Errors
/// [`Problem`].
pub(super) async fn list(
    request: HttpRequest,
    node: web::Data<Node>,
) -> Result<HttpResponse, Problem> {
    let text = asked::parameter(&request, "text").unwrap_or_default();
    let query = rooms_query(text, asked::parameter(&request, "after"))?;
    let client = ApiClient::of(&request, &node).await?;
    client.pay(&request, ROOMS_TOKENS).await?;
    let page = read_rooms(&node, &client.log, query).await?;
    Ok(json(&RoomsAnswer {
        rooms: page.rooms,
        next: page.next,
    }))
}

/// Answers with what is known of a room.
///
/// # Errors
/// [`Problem`].
pub(super) async fn show(
    request: HttpRequest,
    node: web::Data<Node>,
) -> Result<HttpResponse, Problem> {
    let room = asked::room(&request)?;
    let client = ApiClient::of(&request, &node).await?;
    client.pay(&request, JOIN_TOKENS).await?;
    let entered = client.enter(&room).await?;
    let head = entered.head();
    Ok(json(&RoomAnswer {
        head,
        after: position::current(&node, head).to_string(),
        right: entered.right,
        count: entered.room.handle.member_count(),
        first: entered.room.read.bounds.first,
        state: entered.room.read.state,
        room,
    }))
}

/// Answers with who is present in a room.
///
/// # Errors
/// [`Problem`].
pub(super) async fn members(
    request: HttpRequest,
    node: web::Data<Node>,
) -> Result<HttpResponse, Problem> {
    let room = asked::room(&request)?;
    let client = ApiClient::of(&request, &node).await?;
    client.pay(&request, JOIN_TOKENS).await?;
    let entered = client.enter(&room).await?;
    let handle = &entered.room.handle;
    Ok(json(&MembersAnswer {
        room,
        count: handle.member_count(),
        members: handle.listed_members(),
    }))
}

/// Answers with the messages of a room that have all words of the query.
///
/// # Errors
/// [`Problem`].
pub(super) async fn search(
    request: HttpRequest,
    node: web::Data<Node>,
) -> Result<HttpResponse, Problem> {
    let room = asked::room(&request)?;
    let text = asked::parameter(&request, "text").unwrap_or_default();
    check_search(&text)?;
    let client = ApiClient::of(&request, &node).await?;
    client.pay(&request, SEARCH_TOKENS).await?;
    client.enter(&room).await?;
    let found = client.log.search(&room, &text, SEARCH_ENTRIES_MAX).await;
    let found = found.map_err(|error| in_room(error.into(), &room))?;
    let json = json(&FoundAnswer {
        room,
        entries: found.entries,
        incomplete: found.incomplete,
    });
    Ok(json)
}

/// Shows a notice to everyone who is in a room. Only its moderators may.
///
/// # Errors
/// [`Problem`].
pub(super) async fn announce(
    request: HttpRequest,
    node: web::Data<Node>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let room = asked::room(&request)?;
    let client = ApiClient::of(&request, &node).await?;
    client.check_proved()?;
    let body = body::read(&request, payload, FRAME_BYTES_MAX).await?;
    let text = codec::from_json::<Announcement>(body::text(&body)?).map_err(|_| {
        let why = "Send a JSON object with a `text`, for example {\"text\":\"Tea is ready\"}.";
        Problem::new(ErrorCode::Malformed, why)
    })?;
    let text = text.text.trim();
    if text.is_empty() || text.chars().count() > ANNOUNCEMENT_CHARS_MAX {
        let why = format!("An announcement has 1 to {ANNOUNCEMENT_CHARS_MAX} characters.");
        return Err(Problem::new(ErrorCode::OutOfRange, why));
    }
    client.pay(&request, MODERATE_TOKENS).await?;
    let entered = client.enter(&room).await?;
    require(entered.right, Right::Moderate).map_err(|error| in_room(error, &room))?;
    let text = text.to_owned();
    let handle = &entered.room.handle;
    handle.publish_ephemeral(&frame(&ServerMessage::Notice { text }));
    Ok(json(&AnnouncedAnswer {
        count: handle.member_count(),
        room,
    }))
}

fn json(answer: &impl Serialize) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(codec::to_json(answer))
}
