//! `POST` of a room's entries: one entry, or a batch of them that is appended whole or not at all.

#[cfg(feature = "fuzz")]
pub(super) mod fuzz;

use actix_web::{HttpRequest, HttpResponse, web};
use parlor_shared::{
    Body, ClientMessage, Entry, ErrorCode, Member, MessageId, Name, RoomId, Seq, Text, TextInvalid,
    codec,
    limits::{BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, FRAME_BYTES_MAX},
};
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    asked,
    body::{self, MediaType},
    client::{ApiClient, EnteredRoom},
    etag::{self, Expected},
    position,
    problem::{HttpRefusal, Problem},
};
use crate::{
    connection::intake::frame_tokens,
    dispatch::{
        post::{Post, new_entry},
        rights::{authority, needed_to_append, require},
    },
    engine::{Appended, Batch, BatchError, NewEntry, Outcome},
    node::Node,
    repeated_line::log_repeated,
};

/// The header with an entry's id.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The answer to one entry.
#[derive(Debug, Serialize)]
struct EntryAnswer {
    room: RoomId,
    entry: Entry,
    after: String,
}

/// The answer to a batch.
#[derive(Debug, Serialize)]
struct BatchAnswer {
    room: RoomId,
    entries: Vec<Entry>,
    after: String,
}

/// An entry that the client wants to append, and the name that it gives with it.
struct Written {
    post: Post,
    name: Option<Name>,
}

/// A line of a batch.
struct Line<'a> {
    /// Its place in the body, from 1 on.
    number: usize,
    text: &'a str,
}

/// The lines of a batch; empty ones are none.
fn lines(body: &str) -> Vec<Line<'_>> {
    let lines = (1..).zip(body.lines());
    let lines = lines.map(|(number, text)| Line { number, text });
    lines.filter(|line| !line.text.trim().is_empty()).collect()
}

/// Appends what the body has, and answers once it is durable.
///
/// # Errors
/// [`Problem`]; nothing was appended then.
pub(super) async fn append(
    request: HttpRequest,
    node: web::Data<Node>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let room = asked::room(&request)?;
    let media_type = MediaType::of(&request)?;
    let key = idempotency_key(&request)?;
    let client = ApiClient::of(&request, &node).await?;
    // Before the body is read, of which nothing would become anything.
    client.check_proved()?;
    let bytes_max = match media_type {
        MediaType::Json | MediaType::Plain => FRAME_BYTES_MAX,
        MediaType::NdJson => BATCH_BYTES_MAX,
    };
    let body = body::read(&request, payload, bytes_max).await?;
    let text = body::text(&body)?;
    match media_type {
        MediaType::Json | MediaType::Plain => {
            client.pay(&request, frame_tokens(body.len())).await?;
            let written = match media_type {
                MediaType::Plain => plain(&node, room, key, text)?,
                MediaType::Json | MediaType::NdJson => decoded(room, key, text, || new_id(&node))?,
            };
            append_one(&request, &client, written).await
        }
        MediaType::NdJson => {
            let lines = lines(text);
            check_count(lines.len(), key)?;
            let tokens = lines.iter().map(|line| frame_tokens(line.text.len())).sum();
            client.pay(&request, tokens).await?;
            append_batch(&request, &client, room, &lines).await
        }
    }
}

async fn append_one(
    request: &HttpRequest,
    client: &ApiClient,
    written: Written,
) -> Result<HttpResponse, Problem> {
    let (room, id) = (written.post.room.clone(), written.post.id);
    let about = |problem: Problem| problem.in_room(&room).of_entry(id);
    let author = client.author(written.name).map_err(about)?;
    let entered = client.enter(&room).await.map_err(about)?;
    let new = checked(&client.node, &entered, written.post, author).map_err(about)?;
    let head = expected_head(request, &client.node, &entered).map_err(about)?;
    let engine = &client.node.engine;
    let appended = match head {
        None => {
            let commit = engine
                .append(new)
                .await
                .map_err(|error| about(error.into()))?;
            commit.await.map_err(|error| about(error.into()))?
        }
        Some(head) => {
            let batch = Batch {
                entries: vec![new],
                head: Some(head),
            };
            let appended = engine.append_batch(batch).await;
            let mut appended = appended.map_err(|error| about(refused(error, &[])))?;
            // A batch of one gives one.
            appended.pop().ok_or_else(|| about(AppendLost.into()))?
        }
    };
    let Appended { entry, outcome } = appended;
    let mut answer = match outcome {
        Outcome::New => HttpResponse::Created(),
        Outcome::Duplicate => HttpResponse::Ok(),
    };
    let after = position::current(&client.node, entry.seq).to_string();
    Ok(answer
        .insert_header((position::HEAD, entered.head().max(entry.seq).0))
        .insert_header((position::POSITION, after.clone()))
        .content_type("application/json")
        .body(codec::to_json(&EntryAnswer { room, entry, after })))
}

async fn append_batch(
    request: &HttpRequest,
    client: &ApiClient,
    room: RoomId,
    lines: &[Line<'_>],
) -> Result<HttpResponse, Problem> {
    let node = &client.node;
    let entered = client.enter(&room).await?;
    let mut entries: Vec<NewEntry> = Vec::with_capacity(lines.len());
    for Line { number, text } in lines {
        let about = |problem: Problem| problem.in_room(&room).at_line(*number);
        let written = decoded(room.clone(), None, text, || new_id(node)).map_err(about)?;
        let author = client.author(written.name).map_err(about)?;
        entries.push(checked(node, &entered, written.post, author).map_err(about)?);
    }
    let head = expected_head(request, node, &entered)?;
    let batch = Batch { entries, head };
    let appended = node.engine.append_batch(batch).await;
    let appended = appended.map_err(|error| refused(error, lines).in_room(&room))?;
    let is_new = appended.iter().any(|one| one.outcome == Outcome::New);
    let entries: Vec<Entry> = appended.into_iter().map(|one| one.entry).collect();
    let last = entries.iter().map(|entry| entry.seq).max();
    let last = last.unwrap_or(entered.head());
    let after = position::current(node, last).to_string();
    let mut answer = match is_new {
        true => HttpResponse::Created(),
        false => HttpResponse::Ok(),
    };
    let json = codec::to_json(&BatchAnswer {
        room,
        entries,
        after: after.clone(),
    });
    client.charge_bytes(json.len());
    Ok(answer
        .insert_header((position::POSITION, after))
        .content_type("application/json")
        .body(json))
}

/// The entry to append, once its author's right and what was written are checked.
fn checked(
    node: &Node,
    entered: &EnteredRoom,
    post: Post,
    author: Member,
) -> Result<NewEntry, Problem> {
    require(entered.right, needed_to_append(&post.body))?;
    Ok(new_entry(node, post, author, authority(entered.right))?)
}

/// The head that the request expects, if it expects one.
fn expected_head(
    request: &HttpRequest,
    node: &Node,
    entered: &EnteredRoom,
) -> Result<Option<Seq>, Problem> {
    let head = entered.head();
    match etag::expected(request, &position::current(node, head))? {
        Expected::Any => Ok(None),
        Expected::Head(head) => Ok(Some(head)),
        Expected::Other => Err(head_moved(head)),
    }
}

/// The refusal of these lines, or of an entry that is no line.
fn refused(error: BatchError, lines: &[Line<'_>]) -> Problem {
    match error {
        BatchError::HeadMoved { head } => head_moved(head),
        BatchError::Log(error) => error.into(),
        BatchError::Entry { index, error } => match lines.get(index) {
            Some(line) => Problem::from(error).at_line(line.number),
            None => error.into(),
        },
    }
}

fn head_moved(head: Seq) -> Problem {
    let why = BatchError::HeadMoved { head }.to_string();
    Problem::of_http(HttpRefusal::HeadMoved, why).with_head(head)
}

/// The engine has given no result.
struct AppendLost;

impl From<AppendLost> for Problem {
    fn from(AppendLost: AppendLost) -> Self {
        Self::from(crate::engine::AppendError::Unavailable)
    }
}

/// The id in the request's header, if it has one. The header's draft puts it in quotes.
fn idempotency_key(request: &HttpRequest) -> Result<Option<MessageId>, Problem> {
    let Some(text) = asked::header(request, IDEMPOTENCY_KEY) else {
        return Ok(None);
    };
    let id = text.trim_matches('"').parse::<MessageId>();
    id.map(Some)
        .map_err(|invalid| Problem::new(ErrorCode::IdInvalid, invalid.to_string()))
}

fn check_count(count: usize, key: Option<MessageId>) -> Result<(), Problem> {
    if key.is_some() {
        let why = "Each line of a batch has an `id` of its own; leave out Idempotency-Key.";
        return Err(Problem::new(ErrorCode::IdInvalid, why));
    }
    if (1..=BATCH_ENTRIES_MAX).contains(&count) {
        return Ok(());
    }
    let why = format!("A batch has 1 to {BATCH_ENTRIES_MAX} lines.");
    Err(Problem::of_http(HttpRefusal::TooLarge, why))
}

/// A text that is posted as it is.
fn plain(
    node: &Node,
    room: RoomId,
    key: Option<MessageId>,
    text: &str,
) -> Result<Written, Problem> {
    let text = Text::parse(text.trim_end_matches(['\r', '\n'])).map_err(|invalid| {
        let code = match invalid {
            TextInvalid::TextTooLong => ErrorCode::TextTooLong,
            TextInvalid::TextEmpty
            | TextInvalid::Name(_)
            | TextInvalid::Topic
            | TextInvalid::Emoji
            | TextInvalid::Token
            | TextInvalid::Access => ErrorCode::TextEmpty,
        };
        Problem::new(code, invalid.to_string())
    })?;
    let post = Post {
        room,
        id: key.map_or_else(|| new_id(node), Ok)?,
        follows: None,
        body: Body::post(text),
    };
    Ok(Written { post, name: None })
}

/// What an object has: the fields of the wire's `post` and, beside them, the author's `name`. The
/// wire's own decoder reads it, so what is wrong has the wire's own code.
fn decoded(
    room: RoomId,
    key: Option<MessageId>,
    json: &str,
    new_id: impl FnOnce() -> Result<MessageId, Problem>,
) -> Result<Written, Problem> {
    let frame = serde_json::from_str(json);
    let mut frame: Map<String, Value> = frame.map_err(|_| malformed())?;
    let name = match frame.remove("name") {
        None | Some(Value::Null) => None,
        Some(name) => Some(
            serde_json::from_value::<Name>(name)
                .map_err(|invalid| Problem::new(ErrorCode::NameInvalid, format!("{invalid}")))?,
        ),
    };
    let own = frame.get("id").filter(|id| !id.is_null()).cloned();
    let id = match (key, own) {
        (Some(key), Some(own)) if own != Value::String(key.to_string()) => {
            let why = "The body has another `id` than Idempotency-Key. Give the id once.";
            return Err(Problem::new(ErrorCode::IdInvalid, why));
        }
        (_, Some(own)) => own,
        (Some(key), None) => Value::String(key.to_string()),
        (None, None) => Value::String(new_id()?.to_string()),
    };
    frame.insert("id".to_owned(), id);
    frame.insert("type".to_owned(), Value::String("post".to_owned()));
    frame.insert("room".to_owned(), Value::String(room.to_string()));
    let ClientMessage::Post {
        room,
        id,
        follows,
        body,
    } = codec::decode_client(&codec::to_json(&frame))?
    else {
        return Err(malformed());
    };
    let post = Post {
        room,
        id,
        follows,
        body,
    };
    Ok(Written { post, name })
}

fn malformed() -> Problem {
    let why = "Send a JSON object with a `body`, for example \
               {\"body\":{\"kind\":\"post\",\"text\":\"hello\"}}.";
    Problem::new(ErrorCode::Malformed, why)
}

/// An id for an entry whose client has made none.
fn new_id(node: &Node) -> Result<MessageId, Problem> {
    let at_ms = node.hub.clock().unix_ms();
    node.tokens.new_message(at_ms).map_err(|error| {
        log_repeated!(error, %error, "no random bytes for a new entry");
        let why = "The server can't make an id now. Make one yourself, or try again later.";
        Problem::new(ErrorCode::Busy, why)
    })
}
