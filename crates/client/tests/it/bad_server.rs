//! Misbehaving servers: each bound of the client is reached, and the client survives.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlor_client::{
    Closed, Event, Status, StopReason,
    limits::{CLOSE_TIMEOUT_MS, SERVER_FRAME_BYTES_MAX},
};
use parlor_shared::{
    AckPromise, ClientMessage, Epoch, ErrorCode, JoinOutcome, Limits, MemberId, Name,
    PROTOCOL_VERSION, Refusal, Seq, ServerMessage, Token, codec,
    limits::{OUTBOX_WINDOW, TEXT_CHARS_MAX},
};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, accept_async,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use crate::listener::{Listener, config, lobby, lobby_of};

pub(crate) type Socket = WebSocketStream<TcpStream>;

pub(crate) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    (listener, url)
}

/// Accepts the next connection and welcomes it.
pub(crate) async fn welcome(listener: &TcpListener) -> Socket {
    let mut socket = accept(listener).await;
    receive(&mut socket).await;
    send(&mut socket, &welcome_message()).await;
    socket
}

/// Accepts the next connection.
pub(crate) async fn accept(listener: &TcpListener) -> Socket {
    let (stream, _) = listener.accept().await.unwrap();
    accept_async(stream).await.unwrap()
}

pub(crate) fn welcome_message() -> ServerMessage {
    ServerMessage::Welcome {
        protocol: PROTOCOL_VERSION,
        server: "bad".to_owned(),
        member: MemberId::from_bytes([1; 16]),
        token: Token::parse("token").unwrap(),
        name: Name::parse("Victim").unwrap(),
        epoch: Epoch::new([2; 16]),
        limits: Limits::default(),
        heartbeat_ms: 25_000,
        at_ms: 0,
        promise: AckPromise::Durable,
    }
}

pub(crate) async fn send(socket: &mut Socket, message: &ServerMessage) {
    let text = codec::encode_server(message);
    socket.send(Message::text(text)).await.unwrap();
}

pub(crate) async fn receive(socket: &mut Socket) -> ClientMessage {
    let message = socket.next().await.unwrap().unwrap();
    codec::decode_client(message.to_text().unwrap()).unwrap()
}

async fn connection_lost(listener: &mut Listener) {
    listener
        .until(|event| matches!(event, Event::Status(Status::Waiting { .. })).then_some(()))
        .await;
}

#[tokio::test]
async fn an_oversized_frame_ends_the_connection_and_the_client_reconnects() {
    let (server, url) = listen().await;
    let (client, events) = config(&url, "Victim").connect_with_events().unwrap();
    let mut listener = Listener(events);
    let mut socket = welcome(&server).await;
    let text = "x".repeat(SERVER_FRAME_BYTES_MAX + 1);
    // The client may close the connection before all of it is sent.
    socket.send(Message::text(text)).await.ok();
    connection_lost(&mut listener).await;
    let error = client.last_error().expect("the client knows why");
    assert!(error.to_string().contains("too"), "{error}");
    welcome(&server).await;
}

#[tokio::test]
async fn a_server_that_requests_posts_forever_and_reads_none_is_given_up() {
    let (server, url) = listen().await;
    let (client, events) = config(&url, "Victim").connect_with_events().unwrap();
    let mut listener = Listener(events);
    client.join("lobby").await.unwrap();
    let mut socket = welcome(&server).await;
    let text = "x".repeat(TEXT_CHARS_MAX);
    for _post in 0..OUTBOX_WINDOW {
        lobby_of(&client).post(text.as_str()).queue().await.unwrap();
    }
    // Each round makes the client send all of them again, and the server reads none.
    let refusal = Refusal::new(ErrorCode::NotJoined, "join the room first").in_room(&lobby());
    let round = [
        ServerMessage::Joined {
            room: lobby(),
            after: Seq::ZERO,
            head: Seq::ZERO,
            first: Seq::ZERO,
            outcome: JoinOutcome::Reset,
        },
        ServerMessage::Present {
            room: lobby(),
            count: 0,
            members: Vec::new(),
        },
        ServerMessage::Error(refusal),
    ];
    let rounds = async {
        loop {
            for message in &round {
                let text = codec::encode_server(message);
                if socket.send(Message::text(text)).await.is_err() {
                    return;
                }
            }
        }
    };
    tokio::join!(rounds, connection_lost(&mut listener));
    let error = client.last_error().expect("the client knows why");
    assert!(error.to_string().contains("reads nothing"), "{error}");
    assert_eq!(client.outbox().await.unwrap().len(), OUTBOX_WINDOW);
}

#[tokio::test]
async fn after_a_stop_code_the_client_reconnects_only_when_asked() {
    let (server, url) = listen().await;
    let (client, events) = config(&url, "Victim").connect_with_events().unwrap();
    let mut listener = Listener(events);
    let mut socket = welcome(&server).await;
    let stop = CloseFrame {
        code: CloseCode::from(4500),
        reason: "".into(),
    };
    socket.close(Some(stop)).await.unwrap();
    let why = listener.until(|event| match event {
        Event::Status(Status::Stopped(why)) => Some(why),
        _ => None,
    });
    assert_eq!(why.await, StopReason::Closed(4500));
    client.probe().await.unwrap();
    welcome(&server).await;
}

#[tokio::test]
async fn closing_does_not_wait_forever_for_the_servers_close_frame() {
    let (server, url) = listen().await;
    let (client, events) = config(&url, "Victim").connect_with_events().unwrap();
    let mut listener = Listener(events);
    let silent = welcome(&server).await;
    listener
        .until(|event| matches!(event, Event::Status(Status::Online)).then_some(()))
        .await;
    let timeout = 4 * Duration::from_millis(CLOSE_TIMEOUT_MS);
    let closed = tokio::time::timeout(timeout, client.close()).await;
    assert_eq!(closed, Ok(Ok(Vec::new())));
    assert_eq!(client.close().await, Err(Closed));
    drop(silent);
}
