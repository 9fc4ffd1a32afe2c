//! Members: a program becomes one, and asks who it is.

use actix_web::{HttpRequest, HttpResponse, web};
use parlor_shared::{
    Access, ErrorCode, Member, MemberId, Name, Token, codec,
    limits::{FRAME_BYTES_MAX, HELLO_TOKENS},
};
use serde::{Deserialize, Serialize};

use super::{
    bearer, body,
    client::{ApiClient, LetIn},
    problem::Problem,
};
use crate::{dispatch::admit::ShownToComeIn, node::Node};

/// What a program says that wants to be a member: what a hello says.
#[derive(Deserialize)]
struct NewMember {
    name: String,
    access: Option<Access>,
    /// The token of the member that it is already.
    token: Option<Token>,
}

/// A member, with its token.
#[derive(Serialize)]
struct MemberAnswer {
    member: MemberId,
    name: Name,
    token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at_ms: Option<u64>,
}

/// Who makes a request.
#[derive(Serialize)]
struct OwnAnswer {
    member: MemberId,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Name>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at_ms: Option<u64>,
}

/// Makes a member, or gives one that there is a token with another name.
///
/// # Errors
/// [`Problem`] if it may not come in, or its name is none.
pub(super) async fn create(
    request: HttpRequest,
    node: web::Data<Node>,
    payload: web::Payload,
) -> Result<HttpResponse, Problem> {
    let body = body::read(&request, payload, FRAME_BYTES_MAX).await?;
    let new: NewMember = codec::from_json(body::text(&body)?).map_err(|_| {
        let why = "Send a JSON object with a `name`, for example {\"name\":\"Deploy bot\"}.";
        Problem::new(ErrorCode::Malformed, why)
    })?;
    let name = Name::parse(new.name)
        .map_err(|invalid| Problem::new(ErrorCode::NameInvalid, invalid.to_string()))?;
    let access_token = match &new.access {
        Some(Access::Token(token)) => Some(token.clone()),
        Some(Access::Password(_) | Access::Invitation(_) | Access::Device(_)) | None => None,
    };
    let shown = ShownToComeIn {
        token: new.token,
        access: new.access,
        account: bearer::account(&request),
    };
    let let_in = ApiClient::let_in(&request, &node, shown, Some(name)).await?;
    let LetIn { client, pass } = let_in;
    client.pay(&request, HELLO_TOKENS).await?;
    let expires_at_ms = client.expires_at_ms();
    let Member { member, name } = client.admitted()?;
    let token = node.tokens.sign_named(&Member {
        member,
        name: name.clone(),
    });
    let answer = MemberAnswer {
        member,
        name,
        token: bearer::joined(&token, pass.or(access_token).as_ref()),
        expires_at_ms,
    };
    Ok(HttpResponse::Created()
        .content_type("application/json")
        .body(codec::to_json(&answer)))
}

/// Says who makes the request.
///
/// # Errors
/// [`Problem`] if nobody does.
pub(super) async fn own(
    request: HttpRequest,
    node: web::Data<Node>,
) -> Result<HttpResponse, Problem> {
    let client = ApiClient::of(&request, &node).await?;
    client.pay(&request, 1).await?;
    client.check_proved()?;
    let answer = OwnAnswer {
        member: client.member,
        name: client.name().cloned(),
        expires_at_ms: client.expires_at_ms(),
    };
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(codec::to_json(&answer)))
}
