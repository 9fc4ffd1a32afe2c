//! Servers that misbehave: each bound of the client is reached, and none ends it.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use parlor_client::{
    Client, Closed, Event, Status, StopReason,
    limits::{CLOSE_TIMEOUT_MS, SERVER_FRAME_BYTES_MAX},
};
use parlor_shared::{
    ClientMessage, Epoch, ErrorCode, JoinOutcome, Limits, MemberId, Name, PROTOCOL_VERSION,
    Refusal, Seq, ServerMessage, Token, codec,
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

use crate::listener::{Listener, config, lobby};

type Socket = WebSocketStream<TcpStream>;

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    (listener, url)
}

/// The next connection, welcomed.
async fn welcome(listener: &TcpListener) -> Socket {
    let (stream, _) = listener.accept().await.unwrap();
    let mut socket = accept_async(stream).await.unwrap();
    hear(&mut socket).await;
    let welcome = ServerMessage::Welcome {
        protocol: PROTOCOL_VERSION,
        server: "bad".to_owned(),
        member: MemberId::from_bytes([1; 16]),
        token: Token::parse("token").unwrap(),
        name: Name::parse("Victim").unwrap(),
        epoch: Epoch::new([2; 16]),
        limits: Limits::default(),
        heartbeat_ms: 25_000,
    };
    say(&mut socket, &welcome).await;
    socket
}

async fn say(socket: &mut Socket, message: &ServerMessage) {
    let text = codec::encode_server(message);
    socket.send(Message::text(text)).await.unwrap();
}

async fn hear(socket: &mut Socket) -> ClientMessage {
    let message = socket.next().await.unwrap().unwrap();
    codec::decode_client(message.to_text().unwrap()).unwrap()
}

async fn lost(listener: &mut Listener) {
    listener
        .until(|event| matches!(event, Event::Status(Status::Waiting { .. })).then_some(()))
        .await;
}

#[tokio::test]
async fn a_frame_larger_than_any_page_is_not_kept_and_the_client_comes_back() {
    let (server, url) = listen().await;
    let (client, events) = Client::connect(config(&url, "Victim"));
    let mut listener = Listener(events);
    let mut socket = welcome(&server).await;
    let text = "x".repeat(SERVER_FRAME_BYTES_MAX + 1);
    // The client may be gone before all of it is sent.
    drop(socket.send(Message::text(text)).await);
    lost(&mut listener).await;
    let trouble = client.last_error().expect("it says what was wrong");
    assert!(trouble.to_string().contains("too"), "{trouble}");
    welcome(&server).await;
}

#[tokio::test]
async fn a_server_that_asks_without_end_and_takes_nothing_is_given_up() {
    let (server, url) = listen().await;
    let (client, events) = Client::connect(config(&url, "Victim"));
    let mut listener = Listener(events);
    client.join(&lobby()).await.unwrap();
    let mut socket = welcome(&server).await;
    let text = "x".repeat(TEXT_CHARS_MAX);
    for _post in 0..OUTBOX_WINDOW {
        client.post(&lobby(), text.as_str()).await.unwrap();
    }
    // Each round has all of them sent once more; none is read.
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
    tokio::join!(rounds, lost(&mut listener));
    let trouble = client.last_error().expect("it says what was wrong");
    assert!(trouble.to_string().contains("takes nothing"), "{trouble}");
    assert_eq!(client.outbox().await.unwrap().len(), OUTBOX_WINDOW);
}

#[tokio::test]
async fn a_server_that_says_stop_is_left_alone_until_somebody_asks() {
    let (server, url) = listen().await;
    let (client, events) = Client::connect(config(&url, "Victim"));
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
async fn a_server_that_does_not_answer_a_goodbye_is_not_waited_for_without_end() {
    let (server, url) = listen().await;
    let (client, events) = Client::connect(config(&url, "Victim"));
    let mut listener = Listener(events);
    let silent = welcome(&server).await;
    listener
        .until(|event| matches!(event, Event::Status(Status::Online)).then_some(()))
        .await;
    let goodbye = client.close();
    let patience = 4 * Duration::from_millis(CLOSE_TIMEOUT_MS);
    let kept = tokio::time::timeout(patience, goodbye).await;
    assert_eq!(kept, Ok(Ok(Vec::new())));
    assert_eq!(client.close().await, Err(Closed));
    drop(silent);
}
