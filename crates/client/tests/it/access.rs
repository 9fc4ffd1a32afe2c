//! Access tokens come from the program whenever they are needed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use parlor_client::{Access, AccessToken, Client, ErrorCode, Refusal, ServerMessage, StopReason};
use parlor_shared::{ClientMessage, close::CloseCode};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::{
    bad_server::{Socket, accept, listen, receive, send, welcome_message},
    stream::in_time,
};

/// A client whose n-th access token is `token-n`, and how many it has fetched.
fn client(url: &str) -> (Client, Arc<AtomicU32>) {
    let fetched = Arc::new(AtomicU32::new(0));
    let count = fetched.clone();
    let client = Client::builder(url, "Bot")
        .access_source(move || {
            let n = count.fetch_add(1, Ordering::SeqCst) + 1;
            async move { Ok(AccessToken::try_from(format!("token-{n}"))?) }
        })
        .connect()
        .unwrap();
    (client, fetched)
}

/// What the hello shows.
async fn hello(socket: &mut Socket) -> Option<Access> {
    match in_time(receive(socket)).await {
        ClientMessage::Hello { access, .. } => access,
        other => panic!("no hello: {other:?}"),
    }
}

fn token(n: u32) -> Option<Access> {
    let token = AccessToken::try_from(format!("token-{n}")).unwrap();
    Some(Access::Token(token))
}

async fn refuse(socket: &mut Socket, code: ErrorCode) {
    send(socket, &ServerMessage::Error(Refusal::new(code, "no"))).await;
}

#[tokio::test]
async fn a_token_is_fetched_when_the_server_asks_for_one_and_when_the_connection_ends_for_it() {
    let (server, url) = listen().await;
    let (client, fetched) = client(&url);
    let mut socket = accept(&server).await;
    assert_eq!(hello(&mut socket).await, None);
    refuse(&mut socket, ErrorCode::AccessRequired).await;
    let mut socket = accept(&server).await;
    assert_eq!(hello(&mut socket).await, token(1));
    send(&mut socket, &welcome_message()).await;
    in_time(client.online()).await.unwrap();

    let expired = CloseFrame {
        code: CloseCode::AccessExpired.number().into(),
        reason: "".into(),
    };
    socket.close(Some(expired)).await.unwrap();
    let mut socket = accept(&server).await;
    assert_eq!(hello(&mut socket).await, token(2));
    send(&mut socket, &welcome_message()).await;
    in_time(client.online()).await.unwrap();
    assert_eq!(fetched.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends() {
    let (server, url) = listen().await;
    let (_client, _fetched) = client(&url);
    let mut socket = accept(&server).await;
    hello(&mut socket).await;
    let mut welcome = welcome_message();
    const NOW_MS: u64 = 1_760_000_000_000;
    if let ServerMessage::Welcome { at_ms, .. } = &mut welcome {
        *at_ms = NOW_MS;
    }
    send(&mut socket, &welcome).await;
    let lifetime = Duration::from_secs(2);
    let admitted = ServerMessage::Admitted {
        access: None,
        expires_at_ms: Some(NOW_MS + lifetime.as_millis() as u64),
    };
    let begin = tokio::time::Instant::now();
    send(&mut socket, &admitted).await;
    let ClientMessage::Renew { access: renewed } = in_time(receive(&mut socket)).await else {
        panic!("a new token")
    };
    assert_eq!(Some(Access::Token(renewed)), token(1));
    let after = begin.elapsed();
    assert!(after > lifetime / 2 && after < lifetime, "after {after:?}");
}

#[tokio::test]
async fn a_client_whose_tokens_are_all_refused_stops_and_says_why() {
    let (server, url) = listen().await;
    let (client, fetched) = client(&url);
    let refusing = tokio::spawn(async move {
        loop {
            let mut socket = accept(&server).await;
            // With a token the client tries once more without.
            while hello(&mut socket).await.is_some() {
                refuse(&mut socket, ErrorCode::AccessInvalid).await;
            }
            refuse(&mut socket, ErrorCode::AccessInvalid).await;
        }
    });
    let why = in_time(client.online()).await.unwrap_err();
    assert_eq!(why.0, StopReason::Refused(ErrorCode::AccessInvalid));
    assert_eq!(fetched.load(Ordering::SeqCst), 3);
    refusing.abort();
}
