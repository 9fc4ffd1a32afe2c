//! A refusal over HTTP: problem details (RFC 9457) with the code that the wire has for it.

use std::fmt;

use actix_web::{
    HttpResponse, ResponseError,
    http::{StatusCode, header},
};
use parlor_shared::{ErrorCode, MessageId, Refusal, RoomId, Seq, codec};
use serde::Serialize;

use crate::{
    dispatch::error::RequestError,
    engine::{AppendError, ReadError},
    rate::TooFast,
};

/// The media type of problem details.
const CONTENT_TYPE: &str = "application/problem+json";

/// Why a request was not done.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    /// The wire's code, if it has one for this.
    counted: Option<ErrorCode>,
    details: Box<Details>,
}

/// What the client is told. The names are those of RFC 9457 and of the wire's refusals.
#[derive(Debug, Serialize)]
struct Details {
    title: &'static str,
    status: u16,
    code: String,
    detail: String,
    retry: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room: Option<RoomId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<Seq>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

/// What HTTP alone can refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HttpRefusal {
    /// There is nothing at the address.
    NotFound,
    /// The address knows no such method.
    MethodUnknown,
    /// The body is too large.
    TooLarge,
    /// The body is of a media type that is not read here.
    MediaTypeUnknown,
    /// The request needs a token.
    TokenRequired,
    /// What comes after the position that was named is not known any more.
    Reset,
    /// The room's head is not the one that was named.
    HeadMoved,
    /// The server sends its clients away.
    Restarting,
}

impl HttpRefusal {
    /// Its code, for programs. A code never changes its meaning.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::MethodUnknown => "method_unknown",
            Self::TooLarge => "too_large",
            Self::MediaTypeUnknown => "media_type_unknown",
            Self::TokenRequired => "token_required",
            Self::Reset => "reset",
            Self::HeadMoved => "head_moved",
            Self::Restarting => "restarting",
        }
    }

    fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodUnknown => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::MediaTypeUnknown => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TokenRequired => StatusCode::UNAUTHORIZED,
            Self::Reset => StatusCode::GONE,
            Self::HeadMoved => StatusCode::PRECONDITION_FAILED,
            Self::Restarting => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn can_retry(self) -> bool {
        match self {
            Self::Restarting => true,
            Self::NotFound
            | Self::MethodUnknown
            | Self::TooLarge
            | Self::MediaTypeUnknown
            | Self::TokenRequired
            | Self::Reset
            | Self::HeadMoved => false,
        }
    }
}

/// The status of a refusal with this code.
pub(crate) fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::Malformed
        | ErrorCode::Unsupported
        | ErrorCode::HelloExpected
        | ErrorCode::HelloRepeated
        | ErrorCode::ProtocolVersion
        | ErrorCode::NameInvalid
        | ErrorCode::RoomInvalid
        | ErrorCode::IdInvalid
        | ErrorCode::TextEmpty
        | ErrorCode::TextTooLong
        | ErrorCode::EmojiInvalid
        | ErrorCode::SearchInvalid
        | ErrorCode::TopicInvalid
        | ErrorCode::NotJoined
        | ErrorCode::OutOfRange
        | ErrorCode::Unknown => StatusCode::BAD_REQUEST,
        ErrorCode::TokenInvalid
        | ErrorCode::PasswordRequired
        | ErrorCode::PasswordWrong
        | ErrorCode::AccessRequired
        | ErrorCode::LoginRequired
        | ErrorCode::AccessInvalid
        | ErrorCode::AccessExpired
        | ErrorCode::AccessNotYet
        | ErrorCode::AccessRevoked
        | ErrorCode::InvitationUnknown
        | ErrorCode::InvitationExpired
        | ErrorCode::InvitationUsedUp => StatusCode::UNAUTHORIZED,
        ErrorCode::NotAuthor | ErrorCode::NotAllowed | ErrorCode::Muted | ErrorCode::Banned => {
            StatusCode::FORBIDDEN
        }
        ErrorCode::TargetUnknown => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::TooManyRooms
        | ErrorCode::TooManyPins
        | ErrorCode::TooManyMutes
        | ErrorCode::OutOfOrder => StatusCode::CONFLICT,
        ErrorCode::RateLimited | ErrorCode::SlowMode => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::Busy | ErrorCode::LogUnavailable => StatusCode::SERVICE_UNAVAILABLE,
    }
}

impl Problem {
    /// A refusal with one of the wire's codes.
    pub(crate) fn new(code: ErrorCode, why: impl Into<String>) -> Self {
        Refusal::new(code, why).into()
    }

    /// A refusal that HTTP alone knows.
    pub(crate) fn of_http(refusal: HttpRefusal, why: impl Into<String>) -> Self {
        let status = refusal.status();
        Self {
            status,
            counted: None,
            details: Box::new(Details {
                title: status.canonical_reason().unwrap_or_default(),
                status: status.as_u16(),
                code: refusal.code().to_owned(),
                detail: why.into(),
                retry: refusal.can_retry(),
                retry_after_ms: None,
                room: None,
                id: None,
                head: None,
                after: None,
                line: None,
            }),
        }
    }

    /// The same, about this room.
    pub(crate) fn in_room(mut self, room: &RoomId) -> Self {
        self.details.room = Some(room.clone());
        self
    }

    /// The same, about the entry with this id.
    pub(crate) fn of_entry(mut self, id: MessageId) -> Self {
        self.details.id = Some(id);
        self
    }

    /// The same, with the room's head.
    pub(crate) fn with_head(mut self, head: Seq) -> Self {
        self.details.head = Some(head);
        self
    }

    /// The same, with a position to read on from.
    pub(crate) fn with_after(mut self, after: String) -> Self {
        self.details.after = Some(after);
        self
    }

    /// The same, about this line of the body, from 1 on.
    pub(crate) fn at_line(mut self, line: usize) -> Self {
        self.details.line = Some(line);
        self
    }

    /// The problem details, as JSON.
    pub(crate) fn to_json(&self) -> String {
        codec::to_json(&self.details)
    }

    /// Checks that the client can make something of it.
    #[cfg(feature = "fuzz")]
    pub(super) fn check(&self) {
        assert!(self.status.is_client_error() || self.status.is_server_error());
        assert!(!self.details.code.is_empty() && !self.details.detail.is_empty());
        let read = codec::from_json::<serde_json::Value>(&self.to_json());
        assert!(read.is_ok_and(|json| json["status"] == self.status.as_u16()));
    }

    /// The seconds after which the same request may succeed, if it may.
    fn retry_after_s(&self) -> Option<u64> {
        let ms = self.details.retry_after_ms.unwrap_or(1_000);
        self.details.retry.then(|| ms.div_ceil(1_000).max(1))
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let status = status_of(refusal.code);
        Self {
            status,
            counted: Some(refusal.code),
            details: Box::new(Details {
                title: status.canonical_reason().unwrap_or_default(),
                status: status.as_u16(),
                code: codec::to_json(&refusal.code).trim_matches('"').to_owned(),
                detail: refusal.message,
                retry: refusal.retry,
                retry_after_ms: refusal.retry_after_ms,
                room: refusal.room,
                id: refusal.id,
                head: None,
                after: None,
                line: None,
            }),
        }
    }
}

impl From<RequestError> for Problem {
    fn from(error: RequestError) -> Self {
        (*error.refusal).into()
    }
}

impl From<AppendError> for Problem {
    fn from(error: AppendError) -> Self {
        RequestError::from(error).into()
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        RequestError::from(error).into()
    }
}

impl From<TooFast> for Problem {
    fn from(error: TooFast) -> Self {
        RequestError::from(error).into()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.details.detail)
    }
}

/// The code of a refusal, in the extensions of its answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refused(pub(super) ErrorCode);

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type(CONTENT_TYPE);
        if let Some(seconds) = self.retry_after_s() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"parlor\""));
        }
        let mut response = response.body(self.to_json());
        if let Some(code) = self.counted {
            response.extensions_mut().insert(Refused(code));
        }
        response
    }
}
