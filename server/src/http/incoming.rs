//! `POST` to a webhook's secret address: what programs send to Slack, posted in a room as a named
//! bot. It passes what every entry over HTTP does, and is answered in Slack's words.

use std::{rc::Rc, sync::Arc, time::Duration};

use actix_web::{
    HttpRequest, HttpResponse,
    http::{StatusCode, header},
    web,
};
use parlor_shared::{
    Body, Member, MessageId, Refusal, Right, Rights, RoomPattern, Text, limits::INCOMING_BYTES_MAX,
};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::{
    access::HeldToken,
    address::Address,
    bans::Visitor,
    connection::{http_socket::Exchange, intake::frame_tokens},
    dispatch::{
        error::RequestError,
        opened_room::OpenedRoom,
        post::{Post, new_entry},
        rights::{authority, needed_to_append, require, right_to_enter},
    },
    engine::embedded::IncomingWebhook,
    http::{api::problem::status_of, checks::RequestSource},
    log_reader::LogReader,
    node::Node,
    rate::{Patience, Payer},
    repeated_line::log_repeated,
    slack_text,
};

/// The header by which a repeated request is known to be the same.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Why nothing was posted.
#[derive(Debug)]
struct Refused {
    status: StatusCode,
    /// Slack's word for it.
    word: &'static str,
    retry_after_ms: Option<u64>,
}

impl Refused {
    fn new(status: StatusCode, word: &'static str) -> Self {
        Self {
            status,
            word,
            retry_after_ms: None,
        }
    }

    /// There is no such webhook, any more or at all.
    fn unknown() -> Self {
        Self::new(StatusCode::NOT_FOUND, "no_service")
    }

    /// The server can't do it now.
    fn unavailable() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "service_unavailable")
    }

    fn malformed() -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_payload")
    }
}

impl From<RequestError> for Refused {
    fn from(error: RequestError) -> Self {
        let Refusal {
            code,
            retry_after_ms,
            ..
        } = *error.refusal;
        let status = status_of(code);
        let word = if status == StatusCode::FORBIDDEN {
            "action_prohibited"
        } else if status == StatusCode::TOO_MANY_REQUESTS {
            "rate_limited"
        } else if status.is_server_error() {
            "service_unavailable"
        } else {
            "invalid_payload"
        };
        Self {
            status,
            word,
            retry_after_ms,
        }
    }
}

/// What is sent, as far as it says what to post.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Payload {
    text: Option<String>,
    username: Option<String>,
    attachments: Option<Vec<Attachment>>,
}

/// What some programs send in the place of a text.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Attachment {
    fallback: Option<String>,
    text: Option<String>,
}

impl Payload {
    /// What a body says: JSON, or a form whose field `payload` is JSON.
    fn parse(body: &[u8], media_type: Option<&str>) -> Option<Self> {
        let essence = media_type.and_then(|value| value.split(';').next());
        let is_form = essence.is_some_and(|essence| {
            let essence = essence.trim();
            essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
        });
        // curl says that it sends a form whatever it sends.
        let json = match is_form && !body.trim_ascii_start().starts_with(b"{") {
            true => {
                let mut fields = form_urlencoded::parse(body);
                let (_, json) = fields.find(|(name, _)| name == "payload")?;
                json.into_owned().into_bytes()
            }
            false => body.to_vec(),
        };
        serde_json::from_slice(&json).ok()
    }

    /// What it says to people.
    fn words(&self) -> String {
        let text = self.text.as_deref().filter(|text| !text.trim().is_empty());
        let said = match text {
            Some(text) => text.to_owned(),
            None => {
                let of_each = self.attachments.iter().flatten();
                let of_each = of_each.filter_map(|one| one.fallback.as_ref().or(one.text.as_ref()));
                let lines: Vec<&str> = of_each.map(String::as_str).collect();
                lines.join("\n")
            }
        };
        let plain = slack_text::plain(&said, &str::to_owned);
        plain.trim().to_owned()
    }
}

/// Posts what a request has, and answers once it is durable.
pub(crate) async fn post(
    request: HttpRequest,
    node: web::Data<Node>,
    payload: web::Payload,
) -> HttpResponse {
    match try_post(&request, &node, payload).await {
        Ok(()) => answer(StatusCode::OK, "ok", None),
        Err(Refused {
            status,
            word,
            retry_after_ms,
        }) => answer(status, word, retry_after_ms),
    }
}

async fn try_post(
    request: &HttpRequest,
    node: &web::Data<Node>,
    payload: web::Payload,
) -> Result<(), Refused> {
    let webhook = find(request, node).await?;
    let body = {
        let exchange = request.conn_data::<Rc<Exchange>>();
        let _receiving = exchange.map(Exchange::receive);
        let too_large = |_| Refused::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large");
        let read = payload.to_bytes_limited(INCOMING_BYTES_MAX).await;
        read.map_err(too_large)?.map_err(|_| Refused::malformed())?
    };
    let media_type = request.headers().get(header::CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    let payload = Payload::parse(&body, media_type).ok_or_else(Refused::malformed)?;
    let words = payload.words();
    if words.is_empty() {
        return Err(Refused::new(StatusCode::BAD_REQUEST, "no_text"));
    }
    let too_long = |_| Refused::new(StatusCode::BAD_REQUEST, "msg_too_long");
    let text = Text::parse(words).map_err(too_long)?;
    let name = payload.username.as_deref().and_then(slack_text::name_of);
    let author = Member {
        member: webhook.bot.member,
        name: name.unwrap_or_else(|| webhook.bot.name.clone()),
    };
    let id = entry_id(request, node, &webhook)?;
    pay(request, node, &webhook, frame_tokens(body.len())).await?;
    append(request, node, &webhook, author, id, text).await
}

/// The webhook whose secret is in the address.
async fn find(request: &HttpRequest, node: &Node) -> Result<IncomingWebhook, Refused> {
    let secret = request.match_info().get("secret").unwrap_or_default();
    let admin = node.access.admin().cloned();
    let admin = admin.ok_or_else(Refused::unknown)?;
    let secret = secret.to_owned();
    match web::block(move || admin.find_incoming(&secret)).await {
        Ok(Ok(Some(webhook))) => Ok(webhook),
        Ok(Ok(None)) => Err(Refused::unknown()),
        Ok(Err(error)) => {
            log_repeated!(error, %error, "incoming webhooks can't be read");
            Err(Refused::unavailable())
        }
        // The runtime ends.
        Err(_) => Err(Refused::unavailable()),
    }
}

/// Takes tokens for the request, and waits for them where they are there soon.
async fn pay(
    request: &HttpRequest,
    node: &Node,
    webhook: &IncomingWebhook,
    tokens: u32,
) -> Result<(), RequestError> {
    let mut payer = Payer::new(RequestSource::of(request, node).network);
    payer.set_member(webhook.bot.member);
    let now_ms = node.hub.clock().now_ms();
    let wait = node.rates.take(&payer, tokens, Patience::Delay, now_ms)?;
    if !wait.is_zero() {
        tokio::time::sleep(wait).await;
    }
    Ok(())
}

/// Appends the text as a member would who has the right to post in this very room.
async fn append(
    request: &HttpRequest,
    node: &Node,
    webhook: &IncomingWebhook,
    author: Member,
    id: MessageId,
    text: Text,
) -> Result<(), Refused> {
    let network = RequestSource::of(request, node).network;
    let address = node.addresses.find(network);
    let permits = address.as_ref().map(Address::read_permits);
    let log = LogReader::new(node.engine.clone(), permits);
    let room = &webhook.room;
    let opened = OpenedRoom::open(node, &log, address.as_ref(), room, author.member).await?;
    let visitor = Visitor {
        member: author.member,
        network,
        now_ms: node.hub.clock().unix_ms(),
    };
    let mut rights = Rights::default();
    // One rule fits.
    rights.add(RoomPattern::one(room), Right::Post).ok();
    let held = HeldToken {
        rights: Arc::new(rights),
        ..HeldToken::default()
    };
    let right = right_to_enter(node, visitor, Some(&held), &opened.handle)?;
    let body = Body::post(text);
    require(right, needed_to_append(&body))?;
    let post = Post {
        room: room.clone(),
        id,
        follows: None,
        body,
    };
    let new = new_entry(node, post, author, authority(right))?;
    let commit = node.engine.append(new).await;
    let commit = commit.map_err(RequestError::from)?;
    commit.await.map_err(RequestError::from)?;
    Ok(())
}

/// The entry's id: one of the request's, if it has a key, so that the same is posted once.
fn entry_id(
    request: &HttpRequest,
    node: &Node,
    webhook: &IncomingWebhook,
) -> Result<MessageId, Refused> {
    let Some(key) = request.headers().get(IDEMPOTENCY_KEY) else {
        let at_ms = node.hub.clock().unix_ms();
        return node.tokens.new_message(at_ms).map_err(|error| {
            log_repeated!(error, %error, "no random bytes for a new entry");
            Refused::unavailable()
        });
    };
    // A key may be any bytes.
    let key = key
        .to_str()
        .map_or_else(|_| key.as_bytes().escape_ascii().to_string(), str::to_owned);
    // The header's draft puts it in quotes.
    let key = key.trim_matches('"');
    if let Ok(id) = key.parse() {
        return Ok(id);
    }
    let mut hash = Sha256::new();
    hash.update(format!("webhook {} {key}", webhook.id));
    let mut bytes = [0; 10];
    for (byte, hashed) in bytes.iter_mut().zip(hash.finalize()) {
        *byte = hashed;
    }
    Ok(MessageId::new(webhook.made_at_ms, bytes))
}

/// The answer with this word.
fn answer(status: StatusCode, word: &'static str, retry_after_ms: Option<u64>) -> HttpResponse {
    let mut response = HttpResponse::build(status);
    response.content_type("text/plain; charset=utf-8");
    if let Some(ms) = retry_after_ms {
        let seconds = Duration::from_millis(ms).as_secs() + 1;
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    response.body(word)
}

/// The refusal of another method than POST.
pub(crate) async fn refuse_method() -> HttpResponse {
    HttpResponse::MethodNotAllowed()
        .insert_header((header::ALLOW, "POST"))
        .content_type("text/plain; charset=utf-8")
        .body("This address takes messages by POST: docs/WEBHOOKS.md says which.\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: Option<&str> = Some("application/x-www-form-urlencoded");

    fn words(body: &str, media_type: Option<&str>) -> Option<String> {
        Payload::parse(body.as_bytes(), media_type).map(|payload| payload.words())
    }

    #[test]
    fn a_text_comes_as_json_or_in_a_form_and_from_attachments_where_there_is_none() {
        let ok = |text: &str| Some(text.to_owned());
        let json = Some("application/json; charset=utf-8");
        assert_eq!(words("{\"text\":\" built \"}", json), ok("built"));
        assert_eq!(words("{\"text\":\"built\"}", None), ok("built"));
        assert_eq!(words("{\"text\":\"built\"}", FORM), ok("built"));
        let form = "payload=%7B%22text%22%3A%22a+b%22%7D";
        assert_eq!(words(form, FORM), ok("a b"));
        let attached = "{\"text\":\"\",\"attachments\":[{\"fallback\":\"one\",\"text\":\"x\"},{\"text\":\"two\"}]}";
        assert_eq!(words(attached, json), ok("one\ntwo"));
        assert_eq!(words("{}", json), ok(""));
        for wrong in ["", "text", "7", "{\"text\":7}"] {
            assert_eq!(words(wrong, json), None, "{wrong}");
        }
        assert_eq!(words("text=built", FORM), None);
    }

    #[test]
    fn slacks_markup_becomes_plain_text() {
        let body = "{\"text\":\"<https://ci.example/7|build 7> &amp; <!here> :tada:\"}";
        let plain = "build 7 (https://ci.example/7) & @here 🎉";
        assert_eq!(words(body, None), Some(plain.to_owned()));
    }
}
