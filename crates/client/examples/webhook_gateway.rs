//! A gateway by which anything that can send an HTTP request says something in a room.
//!
//! `cargo run -p parlor-client --example webhook_gateway -- http://127.0.0.1:8080/ lobby
//! 127.0.0.1:9000 secret`, and then
//! `curl -H 'Authorization: Bearer secret' -d '{"text":"the build failed"}' http://127.0.0.1:9000`
//!
//! The answer comes once the message is on the log. A sender that tries again after a lost answer
//! gives the same `Idempotency-Key`, a UUID, and nothing is said twice.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{AUTHORIZATION, CONTENT_TYPE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use parlor_client::{Client, MessageId, PostError, Room};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::Semaphore};

/// Largest request.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Requests at once.
const CONNECTIONS_MAX: usize = 64;
/// How long a request waits for its message to be on the log.
const POST_TIMEOUT: Duration = Duration::from_secs(30);

/// What a request says.
#[derive(Deserialize)]
struct Webhook {
    text: String,
}

/// What requests are answered with.
#[derive(Clone)]
struct Gateway {
    room: Room,
    secret: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, room, listen, secret] = arguments.as_slice() else {
        return Err(
            "give me the server's address, a room, an address to listen on, a secret".into(),
        );
    };
    let client = Client::connect(url, "Webhooks")?;
    let joined = client.join(room.as_str()).await?;
    let gateway = Gateway {
        room: joined.room(),
        secret: secret.clone(),
    };
    // It only posts.
    drop(joined);
    let listener = TcpListener::bind(listen.parse::<SocketAddr>()?).await?;
    println!("listening on {}", listener.local_addr()?);
    let connections = Semaphore::new(CONNECTIONS_MAX);
    let connections: &'static Semaphore = Box::leak(Box::new(connections));
    loop {
        let permit = connections.acquire().await?;
        let (stream, _) = listener.accept().await?;
        let gateway = gateway.clone();
        tokio::spawn(async move {
            let answer = service_fn(|request| answer(gateway.clone(), request));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(POST_TIMEOUT)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), answer);
            // A sender that breaks the connection off has no answer, and tries again.
            connection.await.ok();
            drop(permit);
        });
    }
}

async fn answer(
    gateway: Gateway,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let posted = tokio::time::timeout(POST_TIMEOUT, post(&gateway, request)).await;
    let (status, body) = match posted {
        Ok(Ok(said)) => (StatusCode::CREATED, said),
        Ok(Err((status, why))) => (status, json!({ "error": why })),
        // It may still be sent: the same key again finds out.
        Err(_) => {
            let why = "not on the log yet: send it again with the same Idempotency-Key";
            (StatusCode::SERVICE_UNAVAILABLE, json!({ "error": why }))
        }
    };
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    Ok(response)
}

async fn post(
    gateway: &Gateway,
    request: Request<Incoming>,
) -> Result<Value, (StatusCode, String)> {
    let header = |name: &str| {
        let value = request.headers().get(name);
        value.and_then(|value| value.to_str().ok())
    };
    let secret = header(AUTHORIZATION.as_str()).and_then(|value| value.strip_prefix("Bearer "));
    if secret != Some(gateway.secret.as_str()) {
        return Err((
            StatusCode::UNAUTHORIZED,
            "the secret is missing or wrong".into(),
        ));
    }
    let bad = |why: String| (StatusCode::BAD_REQUEST, why);
    let id = header("Idempotency-Key").map(str::parse::<MessageId>);
    let id = id.transpose().map_err(|error| bad(error.to_string()))?;
    let body = Limited::new(request.into_body(), BODY_BYTES_MAX).collect();
    let body = body.await.map_err(|error| bad(error.to_string()))?;
    let webhook: Webhook =
        serde_json::from_slice(&body.to_bytes()).map_err(|error| bad(error.to_string()))?;
    let append = gateway.room.post(webhook.text);
    let append = match id {
        Some(id) => append.id(id),
        None => append,
    };
    match append.await {
        Ok(entry) => Ok(json!({ "id": entry.id, "seq": entry.seq })),
        Err(PostError::Text(error)) => Err(bad(error.to_string())),
        Err(error) => Err((StatusCode::BAD_GATEWAY, error.to_string())),
    }
}
