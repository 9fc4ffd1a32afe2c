//! A client that says exactly what a test has it say.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, future::join_all};
use parlor_shared::{
    Body, ClientInfo, ClientMessage, Entry, Epoch, ErrorCode, MemberId, MessageId, Name,
    PROTOCOL_VERSION, Position, Refusal, RoomId, Seq, ServerMessage, Text, Token, codec,
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, protocol::CloseFrame},
};

/// Longer than anything takes that works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) member: MemberId,
    pub(crate) token: Option<Token>,
    pub(crate) epoch: Epoch,
}

pub(crate) fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

/// An id nobody has used yet.
pub(crate) fn new_id() -> MessageId {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let mut random = [0; 10];
    random[2..].copy_from_slice(&count);
    MessageId::new(1_760_000_000_000, random)
}

pub(crate) fn text(entry: &Entry) -> &str {
    entry.body.text().map_or("", Text::as_str)
}

/// Connections that have said hello, each as a new member of this name.
pub(crate) async fn welcomed<const N: usize>(address: SocketAddr, names: [&str; N]) -> [Client; N] {
    join_all(names.map(|name| Client::welcomed(address, name)))
        .await
        .try_into()
        .unwrap_or_else(|_| unreachable!("one client for each name"))
}

impl Client {
    /// A connection that has said nothing yet.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_with(address, &[]).await
    }

    /// The same with these headers.
    pub(crate) async fn connect_with(
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Self {
        let url = format!("ws://{address}/ws");
        let mut request = url.into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, _) = connect_async(request).await.unwrap();
        let nobody = MemberId::from_bytes([0; 16]);
        Self {
            socket,
            member: nobody,
            token: None,
            epoch: Epoch::from_bytes([0; 16]),
        }
    }

    /// A connection that has said hello, as somebody new.
    pub(crate) async fn welcomed(address: SocketAddr, name: &str) -> Self {
        let mut client = Self::connect(address).await;
        client.hello(name).await;
        client
    }

    /// Another connection of the same member.
    pub(crate) async fn reconnected(&self, address: SocketAddr, name: &str) -> Self {
        let mut client = Self::connect(address).await;
        client.token.clone_from(&self.token);
        client.hello(name).await;
        client
    }

    pub(crate) async fn hello(&mut self, name: &str) {
        let hello = ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            name: Name::parse(name).unwrap(),
            token: self.token.clone(),
            client: ClientInfo::default(),
        };
        self.say(&hello).await;
        match self.next().await {
            ServerMessage::Welcome {
                member,
                token,
                epoch,
                ..
            } => {
                (self.member, self.token, self.epoch) = (member, Some(token), epoch);
            }
            other => panic!("no welcome: {other:?}"),
        }
    }

    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        self.say_text(&codec::encode_client(message)).await;
    }

    pub(crate) async fn say_text(&mut self, text: &str) {
        self.send(Message::text(text)).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// Joins, and reads up to the moment the room is live; gives what came on the way.
    pub(crate) async fn join(&mut self, name: &str) -> Vec<Entry> {
        self.join_after(name, None).await.1
    }

    /// The same after a place; gives the answer to the join as well.
    pub(crate) async fn join_after(
        &mut self,
        name: &str,
        after: Option<Seq>,
    ) -> (ServerMessage, Vec<Entry>) {
        let after = after.map(|seq| Position {
            epoch: self.epoch,
            seq,
        });
        self.say(&ClientMessage::Join {
            room: room(name),
            after,
        })
        .await;
        let joined = self
            .until(|message| matches!(message, ServerMessage::Joined { .. }))
            .await;
        let mut entries = Vec::new();
        loop {
            match self.next().await {
                ServerMessage::Entry { entry, .. } => entries.push(entry),
                ServerMessage::Present { .. } => return (joined, entries),
                ServerMessage::Presence { room: other, .. } if other != room(name) => {}
                other => panic!("between joined and present: {other:?}"),
            }
        }
    }

    /// Posts; does not wait for anything.
    pub(crate) async fn post(&mut self, name: &str, text: &str) -> MessageId {
        let id = new_id();
        self.append(name, id, Body::post(Text::parse(text).unwrap()))
            .await;
        id
    }

    /// Posts where the line still holds.
    pub(crate) async fn try_post(&mut self, name: &str, text: &str) -> Option<MessageId> {
        let id = new_id();
        let body = Body::post(Text::parse(text).unwrap());
        let post = ClientMessage::Post {
            room: room(name),
            id,
            body,
        };
        self.socket
            .send(Message::text(codec::encode_client(&post)))
            .await
            .ok()
            .map(|()| id)
    }

    pub(crate) async fn append(&mut self, name: &str, id: MessageId, body: Body) {
        self.say(&ClientMessage::Post {
            room: room(name),
            id,
            body,
        })
        .await;
    }

    /// What is found; the index may still be on its way.
    pub(crate) async fn search(&mut self, name: &str, words: &str) -> Vec<Entry> {
        self.say(&ClientMessage::Search {
            room: room(name),
            text: words.to_owned(),
        })
        .await;
        let found = self
            .until(|message| matches!(message, ServerMessage::Found { .. }))
            .await;
        let ServerMessage::Found { entries, .. } = found else {
            panic!("what was found")
        };
        entries
    }

    /// A page of history: its entries, and whether there is more.
    pub(crate) async fn history(
        &mut self,
        name: &str,
        before: Seq,
        limit: u16,
    ) -> (Vec<Entry>, bool) {
        self.say(&ClientMessage::History {
            room: room(name),
            before,
            limit,
        })
        .await;
        let page = self
            .until(|message| matches!(message, ServerMessage::History { .. }))
            .await;
        let ServerMessage::History { entries, more, .. } = page else {
            panic!("a page of history")
        };
        (entries, more)
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> ServerMessage {
        loop {
            match self.next_frame().await {
                Some(Message::Text(text)) => return codec::decode_server(&text).unwrap(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("the connection ended: {other:?}"),
            }
        }
    }

    /// The next message; `None` when the connection has ended.
    pub(crate) async fn next_unless_closed(&mut self) -> Option<ServerMessage> {
        loop {
            match self.next_frame().await? {
                Message::Text(text) => return Some(codec::decode_server(&text).unwrap()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// The next message of this kind; others are passed over.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&ServerMessage) -> bool) -> ServerMessage {
        loop {
            let message = self.next().await;
            if wanted(&message) {
                return message;
            }
        }
    }

    pub(crate) async fn entry(&mut self) -> Entry {
        match self
            .until(|message| matches!(message, ServerMessage::Entry { .. }))
            .await
        {
            ServerMessage::Entry { entry, .. } => entry,
            other => panic!("not an entry: {other:?}"),
        }
    }

    pub(crate) async fn refusal(&mut self) -> Refusal {
        match self
            .until(|message| matches!(message, ServerMessage::Error(_)))
            .await
        {
            ServerMessage::Error(refusal) => refusal,
            other => panic!("not a refusal: {other:?}"),
        }
    }

    pub(crate) async fn refused(&mut self, code: ErrorCode) -> Refusal {
        let refusal = self.refusal().await;
        assert_eq!(refusal.code, code, "{refusal:?}");
        refusal
    }

    /// Reads until the server closes; gives its close frame.
    pub(crate) async fn closed(&mut self) -> CloseFrame {
        loop {
            match self.next_frame().await {
                Some(Message::Close(Some(frame))) => return frame,
                Some(_) => {}
                None => panic!("ended without a close frame"),
            }
        }
    }

    /// The next frame; `None` when the line is gone.
    pub(crate) async fn next_frame(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.socket.next());
        next.await.expect("something happens").and_then(Result::ok)
    }

    /// Still there: a ping is answered.
    pub(crate) async fn is_alive(&mut self) {
        self.say(&ClientMessage::Ping { t: 7 }).await;
        self.until(|message| matches!(message, ServerMessage::Pong { t: 7 }))
            .await;
    }
}

/// Fails where an entry is missing, doubled or out of order after `after`.
pub(crate) fn check_chain(after: Seq, entries: &[Entry]) {
    let mut last = after;
    for entry in entries {
        assert_eq!(entry.prev, last, "before {entry:?}");
        assert!(entry.seq > last, "{entry:?}");
        last = entry.seq;
    }
}
