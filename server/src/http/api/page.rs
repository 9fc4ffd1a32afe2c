//! `GET` and `HEAD` of a room's entries: a page, at once or once there is one, or a stream of
//! events.

#[cfg(feature = "fuzz")]
pub(super) mod fuzz;

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method, StatusCode,
        header::{self, HeaderName},
    },
    web,
};
use parlor_shared::{
    Entry, ErrorCode, Position, RoomId, Seq, codec,
    limits::{HISTORY_ENTRIES_MAX, JOIN_TOKENS, LONG_POLL_S_MAX, NEWCOMER_ENTRIES},
};
use serde::Serialize;

use super::{
    asked,
    client::{ApiClient, EnteredRoom, in_room},
    etag, events, position,
    problem::{HttpRefusal, Problem},
    wait,
};
use crate::{dispatch::opened_room::reach, engine::Page, node::Node};

/// The word for the place before everything that the room still has.
const START: &str = "start";

/// The header with the `id` of the last event that a client has.
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Where a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The room's end.
    End,
    /// Everything that the room still has.
    Start,
    /// After a position.
    After(Position),
    /// Before a seq.
    Before(Seq),
}

/// What a request asks for.
#[derive(Debug)]
struct Query {
    place: Place,
    limit: u16,
    wait: Option<Duration>,
}

/// A page, as the answer has it.
#[derive(Debug, Serialize)]
struct PageAnswer {
    room: RoomId,
    entries: Vec<Entry>,
    more: bool,
    after: String,
    head: Seq,
}

/// Answers with a page of a room's entries, or with its head alone.
///
/// # Errors
/// [`Problem`].
pub(super) async fn read(
    request: HttpRequest,
    node: web::Data<Node>,
) -> Result<HttpResponse, Problem> {
    let room = asked::room(&request)?;
    let wants_events = events::is_asked(&request) && request.method() != Method::HEAD;
    let query = Query::of(&request, wants_events)?;
    let client = ApiClient::of(&request, &node).await?;
    client.pay(&request, JOIN_TOKENS).await?;
    let reached = reach(&node, query.position()).await;
    reached.map_err(|error| in_room(error, &room))?;
    let entered = client.enter(&room).await?;
    if wants_events {
        let after = query.first(&client, &entered).await?;
        return events::answer(&request, client, entered, after);
    }
    if let Some(longest) = query.wait
        && let Some(after) = query.after(&client, &entered)?
    {
        wait::for_entries(&request, &client, &entered, after, longest).await?;
    }
    // Before the entries are read: they are as new as the tag says, or newer.
    let head = position::current(&node, entered.head());
    let tag = etag::of(&head, &entered);
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((header::ETAG, tag.clone()))
        // Words may be withdrawn at any time.
        .insert_header((header::CACHE_CONTROL, "private, no-cache"))
        .insert_header((position::HEAD, head.seq.0))
        .insert_header((position::EPOCH, head.epoch.to_string()))
        .insert_header((position::POSITION, head.to_string()));
    if query.wait.is_none() && etag::is_known(&request, &tag) {
        // What was forgotten in the meantime is no part of it.
        query.after(&client, &entered)?;
        return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
    }
    if request.method() == Method::HEAD {
        query.after(&client, &entered)?;
        return Ok(answer.content_type("application/json").finish());
    }
    let (page, after) = query.read(&client, &entered, head.seq).await?;
    let page = codec::to_json(&PageAnswer {
        room,
        more: page.more,
        after: position::current(&node, after).to_string(),
        entries: page.entries,
        head: head.seq,
    });
    client.charge_bytes(page.len());
    Ok(answer.content_type("application/json").body(page))
}

impl Query {
    fn of(request: &HttpRequest, wants_events: bool) -> Result<Self, Problem> {
        let resumed = asked::header(request, LAST_EVENT_ID).filter(|_| wants_events);
        let after = resumed.map(str::to_owned);
        let after = after.or_else(|| asked::parameter(request, "after"));
        let before = asked::number(request, "before", u64::MAX >> 11)?;
        let place = match (after.as_deref(), before) {
            (Some(_), Some(_)) => {
                let why = "Ask for what is after a position or before a seq, not for both.";
                return Err(Problem::new(ErrorCode::OutOfRange, why));
            }
            (Some(START), None) => Place::Start,
            (Some(text), None) => Place::After(text.parse().map_err(|_| {
                let why = "`after` is what an earlier answer has as `after`, or `start`.";
                Problem::new(ErrorCode::OutOfRange, why)
            })?),
            (None, Some(before)) => Place::Before(Seq(before)),
            (None, None) => Place::End,
        };
        let limit = asked::number(request, "limit", HISTORY_ENTRIES_MAX.into())?;
        let wait = asked::number(request, "wait", LONG_POLL_S_MAX)?;
        Ok(Self {
            place,
            limit: limit.map_or(NEWCOMER_ENTRIES, |limit| limit as u16),
            wait: wait.filter(|seconds| *seconds > 0).map(Duration::from_secs),
        })
    }

    /// What the client has read already, perhaps on another node.
    fn position(&self) -> Option<&Position> {
        match &self.place {
            Place::After(position) => Some(position),
            Place::End | Place::Start | Place::Before(_) => None,
        }
    }

    /// The entry after which the page begins, if it begins after one.
    ///
    /// # Errors
    /// [`Problem`] if it is not known any more what comes next.
    fn after(&self, client: &ApiClient, entered: &EnteredRoom) -> Result<Option<Seq>, Problem> {
        match &self.place {
            Place::Start => Ok(Some(entered.room.read.bounds.start)),
            Place::After(after) if entered.room.has_all_after(&client.node, after) => {
                Ok(Some(after.seq))
            }
            Place::After(_) => Err(forgotten(&client.node, entered)),
            Place::End | Place::Before(_) => Ok(None),
        }
    }

    /// The entry after which a stream of events begins.
    ///
    /// # Errors
    /// [`Problem`] as of [`Query::after`], or if the log can't be read.
    async fn first(&self, client: &ApiClient, entered: &EnteredRoom) -> Result<Seq, Problem> {
        match self.after(client, entered)? {
            Some(after) => Ok(after),
            None => {
                let (page, after) = self.read(client, entered, entered.head()).await?;
                Ok(page.entries.first().map_or(after, |oldest| oldest.prev))
            }
        }
    }

    /// The page, and the entry after which to read on.
    ///
    /// # Errors
    /// [`Problem`] as of [`Query::after`], or if the log can't be read.
    async fn read(
        &self,
        client: &ApiClient,
        entered: &EnteredRoom,
        head: Seq,
    ) -> Result<(Page, Seq), Problem> {
        let after = self.after(client, entered)?;
        let (log, room) = (&client.log, entered.room.handle.id());
        let before = match self.place {
            Place::Before(before) => before,
            Place::End | Place::Start | Place::After(_) => head.next(),
        };
        if self.limit == 0 {
            let more = after.is_some_and(|after| after < head);
            let page = Page {
                entries: Vec::new(),
                more,
            };
            return Ok((page, after.unwrap_or(before.previous())));
        }
        let page = match after {
            Some(after) => log.read_after(room, after, self.limit, || ()).await?.1,
            None => log.read_before(room, before, self.limit).await?,
        };
        let last = page.entries.last().map(|last| last.seq);
        if let (Some(after), Some(first)) = (after, page.entries.first())
            && first.prev > after
        {
            // Retention was here in between.
            return Err(forgotten(&client.node, entered));
        }
        let end = last.or(after).unwrap_or(before.previous());
        Ok((page, end))
    }
}

/// The refusal of who asks for what comes after a position that does not count any more.
fn forgotten(node: &Node, entered: &EnteredRoom) -> Problem {
    let why = "What comes after that position is not known any more: the log is another one, or older \
               entries have expired. Start over without `after`, or from `after=start`.";
    let room = &entered.room;
    let start = position::current(node, room.read.bounds.start);
    Problem::of_http(HttpRefusal::Reset, why)
        .in_room(room.handle.id())
        .with_head(entered.head())
        .with_after(start.to_string())
}
