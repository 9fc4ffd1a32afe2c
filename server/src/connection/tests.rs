//! Tests of one connection, on a paused clock.

use std::{
    num::NonZeroU32,
    rc::Rc,
    sync::{Arc, atomic::AtomicUsize},
};

use actix_service::{Service, ServiceFactory};
use futures_util::{SinkExt, future, stream};
use parlor_shared::{
    Body, ClientInfo, ClientMessage, Entry, Limits, MemberId, MessageId, Name, PROTOCOL_VERSION,
    RoomId, Seq, Text, codec,
    limits::{PING_INTERVAL_MS, REPLIES_BYTES_MAX},
};
use tokio::{
    io::AsyncReadExt,
    net::TcpListener,
    task::LocalSet,
    time::{Instant, sleep},
};

use tokio_tungstenite::{MaybeTlsStream, connect_async, tungstenite::Message as ClientFrame};

use super::*;
use crate::{
    access::AccessControl,
    address::{AddressLimits, Addresses},
    app,
    clock::SystemClock,
    connection::{hosts::Hosts, origin::Origins, socket::memory::MemorySocket},
    engine::{CommitListener, Committed, Engine, embedded::Embedded},
    http::assets::Page,
    node::{self, Connections, Node},
    operation::Operation,
    rate::Rates,
    rooms::{hub::Hub, registry::SessionRegistry, room::RoomBounds},
    tokens::TokenSigner,
};

/// A server with an open log. Without limits of rate unless `per_second` is one.
fn node(folder: &tempfile::TempDir, per_second: Option<NonZeroU32>) -> Arc<Node> {
    let hub = Arc::new(Hub::new(SystemClock::start(), RoomBounds::default()));
    let engine = Embedded::open(folder.path(), hub.clone()).unwrap();
    let node = Node {
        hub: hub.clone(),
        tokens: TokenSigner::new(engine.secret()),
        access: Arc::new(AccessControl::open(hub.clone())),
        login: None,
        seen_feed: Arc::default(),
        engine: Arc::new(engine),
        rates: Rates::new(per_second, NonZeroU32::MIN, AddressLimits::Lifted),
        origins: Origins::new(Vec::new()),
        hosts: Hosts::default(),
        proxies: Vec::new(),
        http_connections: AtomicUsize::new(0),
        limits: Limits::default(),
        base: Default::default(),
        connections: Connections::new(1),
        addresses: Addresses::new(None),
        service: crate::node::Service::Rooms,
        version: node::version(None),
        operation: Operation::default(),
        webhooks: Default::default(),
    };
    Arc::new(node)
}

/// A client of such a server, and the socket it is written to.
fn client(folder: &tempfile::TempDir, per_second: Option<NonZeroU32>) -> (Client, MemorySocket) {
    let node = node(folder, per_second);
    let (memory, socket) = MemorySocket::idle();
    let outbound = Rc::new(Outbound::new(socket, SessionRegistry::new(drop)));
    (Client::new(node, outbound, None), memory)
}

fn hello() -> Message {
    Message::Text(hello_frame().into())
}

fn hello_frame() -> String {
    codec::encode_client(&ClientMessage::Hello {
        protocol: PROTOCOL_VERSION,
        name: Name::parse("ann").unwrap(),
        token: None,
        access: None,
        client: ClientInfo::default(),
    })
}

/// A dead peer's socket takes what the system buffers, the server's ping among it. Only what
/// the peer does counts.
#[tokio::test(start_paused = true)]
async fn a_ping_that_the_socket_takes_is_no_sign_of_life() {
    let folder = tempfile::tempdir().unwrap();
    let (client, memory) = client(&folder, None);
    let start = Instant::now();
    let messages = stream::iter([Ok(hello())]).chain(stream::pending());
    Connection::new(client, messages).serve().await;
    let served_ms = start.elapsed().as_millis() as u64;
    assert_eq!(served_ms, PING_INTERVAL_MS + PONG_TIMEOUT_MS);
    let written = memory.take();
    let close = frame::close_frame(CloseCode::HeartbeatLost);
    assert!(
        written.ends_with(&[&[0x89, 0], &close[..]].concat()),
        "a ping, then the close"
    );
}

/// A reply of this many bytes.
fn reply(bytes: usize) -> ServerMessage {
    let text = "x".repeat(bytes);
    ServerMessage::Notice { text }
}

/// Serves a client that says hello and nothing more, while `meanwhile` runs; gives how long it
/// was served.
async fn serve_silent(client: Client, meanwhile: impl Future<Output = ()>) -> u64 {
    let start = Instant::now();
    let meanwhile = async {
        meanwhile.await;
        std::future::pending::<()>().await;
    };
    let messages = stream::iter([Ok(hello())]).chain(stream::pending());
    let mut connection = Connection::new(client, messages);
    tokio::select! {
        () = connection.serve() => {}
        () = meanwhile => {}
    }
    start.elapsed().as_millis() as u64
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_the_socket_takes_is_no_sign_of_life() {
    let folder = tempfile::tempdir().unwrap();
    let (client, _memory) = client(&folder, None);
    let outbound = client.outbound.clone();
    let replies = async {
        for _reply in 0..10 {
            sleep(Duration::from_secs(5)).await;
            outbound.reply(&reply(100));
        }
    };
    let served_ms = serve_silent(client, replies).await;
    assert_eq!(served_ms, PING_INTERVAL_MS + PONG_TIMEOUT_MS);
}

/// While the reply queue is full nothing is read from the client, so its pongs are not heard.
#[tokio::test(start_paused = true)]
async fn a_client_that_takes_its_replies_slowly_is_alive_until_it_stops() {
    let folder = tempfile::tempdir().unwrap();
    let (client, memory) = client(&folder, None);
    let outbound = client.outbound.clone();
    let takes = async {
        sleep(Duration::from_millis(1)).await;
        memory.set_capacity(1_000);
        memory.take();
        for _reply in 0..5 {
            outbound.reply(&reply(REPLIES_BYTES_MAX / 4));
        }
        for _take in 0..12 {
            sleep(Duration::from_secs(5)).await;
            memory.take();
        }
    };
    let served_ms = serve_silent(client, takes).await;
    // The close frame is not taken either.
    let given_up_ms = PING_INTERVAL_MS + 2 * PONG_TIMEOUT_MS;
    assert_eq!(served_ms, 1 + 12 * 5_000 + given_up_ms);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_takes_nothing_is_given_up_though_its_replies_wait() {
    let folder = tempfile::tempdir().unwrap();
    let (client, memory) = client(&folder, None);
    let outbound = client.outbound.clone();
    let replies = async {
        sleep(Duration::from_millis(1)).await;
        // What the system still buffers.
        memory.set_capacity(REPLIES_BYTES_MAX);
        for _reply in 0..12 {
            sleep(Duration::from_secs(1)).await;
            outbound.reply(&reply(REPLIES_BYTES_MAX / 4));
        }
    };
    let served_ms = serve_silent(client, replies).await;
    assert_eq!(served_ms, PING_INTERVAL_MS + 2 * PONG_TIMEOUT_MS);
}

/// A second is the most that a frame waits, and the least at one token a second.
#[tokio::test(start_paused = true)]
async fn a_client_that_sends_too_fast_is_read_later_and_given_up_only_after_a_silence() {
    let folder = tempfile::tempdir().unwrap();
    let (client, memory) = client(&folder, Some(NonZeroU32::MIN));
    const PINGS: u64 = 100;
    let ping = || Ok(Message::Ping(bytes::Bytes::new()));
    let pings = stream::iter((0..PINGS).map(|_| ping()));
    let messages = stream::iter([Ok(hello())]).chain(pings);
    let start = Instant::now();
    let messages = messages.chain(stream::pending());
    Connection::new(client, messages).serve().await;
    let served_ms = start.elapsed().as_millis() as u64;
    let paced_ms = PINGS * 1_000;
    assert_eq!(served_ms, paced_ms + PING_INTERVAL_MS + PONG_TIMEOUT_MS);
    let written = memory.take();
    let pongs = written.windows(2).filter(|bytes| bytes == b"\x8A\0");
    assert_eq!(pongs.count() as u64, PINGS);
}

/// The n-th entry of the lobby.
fn entry(n: u64) -> Committed {
    let entry = Entry {
        seq: Seq(n),
        prev: Seq(n - 1),
        id: MessageId::new(n, [0; 10]),
        at_ms: n,
        member: MemberId::new([1; 16]),
        name: Name::parse("bob").unwrap(),
        body: Body::post(Text::parse("words").unwrap()),
    };
    let room = RoomId::parse("lobby").unwrap();
    Committed { room, entry }
}

/// Over a real socket, through the whole server: the client takes in at once whatever its room and
/// the server send, and sends nothing, not even the answer to a ping.
#[tokio::test(start_paused = true)]
async fn a_client_that_reads_and_never_answers_is_given_up_ten_seconds_after_the_ping() {
    let folder = tempfile::tempdir().unwrap();
    let node = node(&folder, None);
    let page = Arc::new(Page::load(&folder.path().join("no-page"), &Default::default()).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    let serve = async {
        let http = app::http(node.clone(), page, None)
            .new_service(())
            .await
            .unwrap();
        let (tcp, _) = listener.accept().await.unwrap();
        http.call(tcp).await.unwrap();
    };
    let read = async {
        let (mut socket, _) = connect_async(url).await.unwrap();
        let join = r#"{"type":"join","room":"lobby"}"#.to_owned();
        for frame in [hello_frame(), join] {
            socket.send(ClientFrame::text(frame)).await.unwrap();
        }
        let mut is_live = false;
        while !is_live {
            let frame = socket.next().await.unwrap().unwrap();
            is_live = frame.to_text().unwrap().starts_with(r#"{"type":"present""#);
        }
        let MaybeTlsStream::Plain(socket) = socket.get_mut() else {
            panic!("no TLS")
        };
        let (mut last, mut pinged_at) = (Vec::new(), None);
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = socket.read(&mut buffer).await {
            last = buffer[..count].to_vec();
            if last.windows(2).any(|bytes| bytes == [0x89, 0]) {
                let earlier = pinged_at.replace(Instant::now());
                assert_eq!(earlier, None, "one ping");
            }
        }
        let close = frame::close_frame(CloseCode::HeartbeatLost);
        assert!(last.ends_with(&close), "closed with 4002");
        pinged_at.expect("a ping").elapsed().as_millis() as u64
    };
    let talk = async {
        for n in 1.. {
            sleep(Duration::from_secs(1)).await;
            node.hub.on_commit(vec![entry(n)]);
        }
    };
    let local = LocalSet::new();
    let waited_ms = local.run_until(async {
        tokio::select! {
            (waited_ms, ()) = future::join(read, serve) => waited_ms,
            () = talk => 0,
        }
    });
    assert_eq!(waited_ms.await, PONG_TIMEOUT_MS);
}
