//! Rooms for those who cannot run the page: crawlers that show a preview of a link, programs, and
//! browsers without JavaScript.
//!
//! `/r/<room>` is the page with a head of the room's own, or of the message that `?at=` names. A
//! browser without JavaScript goes on from there to `/plain/<room>`, which has a part of the room's
//! log as text, with links to what comes before and after. Both ask search engines not to index
//! them: whoever has a room's address may read it, which is not to say that it is published.
//!
//! A room is read as a session reads it: with the permits of the client's address, and at the cost
//! of several requests. What is deleted has no words here either.

mod document;

use std::rc::Rc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use bytes::Bytes;
use parlor_shared::{
    MessageId, Place, RoomId, RoomState, Seq,
    limits::{HISTORY_ENTRIES_MAX, PLAIN_PAGE_REQUESTS},
    timeline::{Message, Timeline},
};

use self::document::{About, Part};
use crate::{
    address::Address,
    connection::http_socket::{Exchange, Security},
    engine::{ReadError, Slice},
    http::{
        assets::{self, Page},
        checks::{self, RequestSource},
    },
    log_reader::LogReader,
    node::Node,
};

/// The page of a room, with the head of the message that the address names. Any other path below
/// `/r/` is answered as the page's files are.
pub(crate) async fn serve_room(
    request: HttpRequest,
    node: web::Data<Node>,
    page: web::Data<Page>,
) -> HttpResponse {
    let Some(room) = room(&request) else {
        return assets::serve(request, page).await;
    };
    let source = RequestSource::of(&request, &node);
    let log = reader(&node, source);
    let Some(state) = readable_state(&node, &log, &room).await else {
        return assets::serve(request, page).await;
    };
    let message = match field(&request, "at").map(str::parse) {
        Some(Ok(id)) => find(&log, &room, id).await,
        Some(Err(_)) | None => None,
    };
    let about = About {
        state,
        site: site(&request, source),
        base: node.base.to_string(),
        room,
    };
    assets::serve_with_head(&request, &page, &document::head(&about, message.as_ref()))
}

/// A part of a room's log as text.
pub(crate) async fn serve_plain(request: HttpRequest, node: web::Data<Node>) -> HttpResponse {
    let Some(room) = room(&request) else {
        return not_found("That room address isn't valid.");
    };
    // One is counted already.
    let source = RequestSource::of(&request, &node);
    if let Err(too_fast) = checks::pace(&node, source, PLAIN_PAGE_REQUESTS - 1).await {
        return checks::refuse_rate(too_fast);
    }
    let Some(place) = place(&request) else {
        return not_found("That address doesn't lead to a message.");
    };
    let log = reader(&node, source);
    let Some(state) = readable_state(&node, &log, &room).await else {
        return not_found("This room can be read only by those who have come in.");
    };
    match log.read_slice(&room, place, HISTORY_ENTRIES_MAX).await {
        Ok(Some(slice)) => {
            let (first, last) = (slice.entries.first(), slice.entries.last());
            let about = About {
                state,
                site: site(&request, source),
                base: node.base.to_string(),
                room,
            };
            let part = Part {
                at: match place {
                    Place::Message(id) => Some(id),
                    Place::Seq(_) | Place::Time(_) | Place::Before(_) | Place::After(_) => None,
                },
                before: first.filter(|_| slice.older).map(|first| first.seq),
                after: last.filter(|_| slice.newer).map(|last| last.seq),
                timeline: &folded(&slice),
            };
            let html = document::plain(&about, &part);
            assets::serve_html(&request, Bytes::from(html), &document::policy())
        }
        Ok(None) => not_found("That message is no longer available."),
        Err(ReadError) => HttpResponse::ServiceUnavailable()
            .content_type("text/plain; charset=utf-8")
            .body("The room can't be read now. Try again later.\n"),
    }
}

/// What is set for a room that everyone may read, who has not come in either; `None` for another
/// one. Where the log can't be read now, the room is taken for one that not everyone may read.
async fn readable_state(node: &Node, log: &LogReader, room: &RoomId) -> Option<RoomState> {
    let state = log.room_state(room).await.ok()?;
    let is_readable = node.access.is_public(room, state.kind);
    is_readable.then_some(state)
}

/// The scheme and host that the client has asked, as far as the server can know: the scheme of an
/// `https` address is known from a trusted proxy, which has ended TLS.
fn site(request: &HttpRequest, source: RequestSource) -> Option<String> {
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let exchange = request.conn_data::<Rc<Exchange>>();
    let is_secure = exchange.is_some_and(|exchange| exchange.security == Security::Tls)
        || source.is_proxied && request.connection_info().scheme() == "https";
    let scheme = if is_secure { "https" } else { "http" };
    Some(format!("{scheme}://{host}"))
}

/// The room in the path.
fn room(request: &HttpRequest) -> Option<RoomId> {
    RoomId::parse(request.match_info().get("room")?).ok()
}

/// A field of the query. None of those here has characters that would be escaped.
fn field<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    let mut fields = request.query_string().split('&');
    fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('='))
}

/// The place that the query names; without one the log's end. `None` if it names none.
fn place(request: &HttpRequest) -> Option<Place> {
    if let Some(id) = field(request, "at") {
        return id.parse().ok().map(Place::Message);
    }
    let seq = |field: &str| field.parse().ok().map(Seq);
    match (field(request, "before"), field(request, "after")) {
        (Some(before), _) => seq(before).map(Place::Before),
        (None, Some(after)) => seq(after).map(Place::After),
        (None, None) => Some(Place::Before(Seq::END)),
    }
}

/// The message with this id, as it is now.
async fn find(log: &LogReader, room: &RoomId, id: MessageId) -> Option<Message> {
    let slice = log.read_slice(room, Place::Message(id), 1).await;
    let timeline = folded(&slice.ok().flatten()?);
    timeline.find(id).map(|message| (**message).clone())
}

fn folded(slice: &Slice) -> Timeline {
    let mut timeline = Timeline::new();
    for entry in slice.entries.iter().chain(&slice.changes) {
        timeline.fold(entry);
    }
    timeline
}

/// The log. Its reads count for the address that the request came from.
fn reader(node: &Node, source: RequestSource) -> LogReader {
    let permits = node.addresses.find(source.network);
    LogReader::new(
        node.engine.clone(),
        permits.as_ref().map(Address::read_permits),
    )
}

fn not_found(why: &str) -> HttpResponse {
    HttpResponse::build(StatusCode::NOT_FOUND)
        .insert_header((header::CONTENT_TYPE, "text/plain; charset=utf-8"))
        .body(format!("{why}\n"))
}
