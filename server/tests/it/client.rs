//! A client without behaviour of its own: it sends exactly what a test tells it to.

mod opening;

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use futures_util::{SinkExt, StreamExt, future::join_all};
use parlor_shared::{
    Access, Body, ClientInfo, ClientMessage, Entry, Epoch, ErrorCode, MemberId, MessageId, Name,
    PROTOCOL_VERSION, Position, Refusal, RoomId, RoomInfo, Seq, ServerMessage, Text, Token, codec,
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, protocol::CloseFrame},
};

/// How long a test waits for anything before it fails; far longer than it ever takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    pub(crate) member: MemberId,
    pub(crate) token: Option<Token>,
    pub(crate) access: Option<Access>,
    pub(crate) epoch: Epoch,
}

pub(crate) fn room(name: &str) -> RoomId {
    RoomId::parse(name).unwrap()
}

/// A message id that is not in use.
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

/// Opens a connection for each name and says hello on it as a new member.
pub(crate) async fn welcomed<const N: usize>(address: SocketAddr, names: [&str; N]) -> [Client; N] {
    join_all(names.map(|name| Client::welcomed(address, name)))
        .await
        .try_into()
        .unwrap_or_else(|_| unreachable!("one client for each name"))
}

impl Client {
    /// Opens a connection and says hello as a new member.
    pub(crate) async fn welcomed(address: SocketAddr, name: &str) -> Self {
        let mut client = Self::connect(address).await;
        client.hello(name).await;
        client
    }

    /// Opens another connection of the same member.
    pub(crate) async fn reconnected(&self, address: SocketAddr, name: &str) -> Self {
        let mut client = Self::connect(address).await;
        client.token.clone_from(&self.token);
        client.hello(name).await;
        client
    }

    /// The same, and it shows what let this one in.
    pub(crate) async fn reconnected_with_access(&self, address: SocketAddr, name: &str) -> Self {
        let mut client = Self::connect(address).await;
        client.token.clone_from(&self.token);
        client.access.clone_from(&self.access);
        client.hello(name).await;
        client
    }

    pub(crate) async fn say_hello(&mut self, name: &str) {
        let hello = ClientMessage::Hello {
            protocol: PROTOCOL_VERSION,
            name: Name::parse(name).unwrap(),
            token: self.token.clone(),
            access: self.access.clone(),
            client: ClientInfo::default(),
        };
        self.send(&hello).await;
    }

    pub(crate) async fn hello(&mut self, name: &str) {
        self.say_hello(name).await;
        match self.next_but_admitted().await {
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

    pub(crate) async fn send(&mut self, message: &ClientMessage) {
        self.send_text(&codec::encode_client(message)).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        self.send_frame(Message::text(text)).await;
    }

    pub(crate) async fn send_frame(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// Joins a room as a newcomer and reads until it is live. Returns the entries received.
    pub(crate) async fn join(&mut self, name: &str) -> Vec<Entry> {
        self.join_after(name, None).await.1
    }

    /// Joins a room after a seq and reads until it is live. Returns the answer to the join and the
    /// entries received.
    pub(crate) async fn join_after(
        &mut self,
        name: &str,
        after: Option<Seq>,
    ) -> (ServerMessage, Vec<Entry>) {
        let epoch = self.epoch;
        self.join_at_or_new(name, after.map(|seq| Position { epoch, seq }))
            .await
    }

    /// Joins a room after a position, of any epoch, and reads until it is live.
    pub(crate) async fn join_at(
        &mut self,
        name: &str,
        after: Position,
    ) -> (ServerMessage, Vec<Entry>) {
        self.join_at_or_new(name, Some(after)).await
    }

    async fn join_at_or_new(
        &mut self,
        name: &str,
        after: Option<Position>,
    ) -> (ServerMessage, Vec<Entry>) {
        self.send(&ClientMessage::Join {
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
                ServerMessage::State { .. }
                | ServerMessage::Right { .. }
                | ServerMessage::OpenReports { .. } => {}
                // Retention has deleted what came next.
                ServerMessage::Error(refusal) if refusal.code == ErrorCode::NotJoined => {
                    return Box::pin(self.join_at_or_new(name, after)).await;
                }
                other => panic!("between joined and present: {other:?}"),
            }
        }
    }

    /// Sends a post and returns its id without waiting.
    pub(crate) async fn post(&mut self, name: &str, text: &str) -> MessageId {
        let id = new_id();
        self.append(name, id, Body::post(Text::parse(text).unwrap()))
            .await;
        id
    }

    /// Sends a post and returns its id; `None` if the connection is lost.
    pub(crate) async fn try_post(&mut self, name: &str, text: &str) -> Option<MessageId> {
        let id = new_id();
        let body = Body::post(Text::parse(text).unwrap());
        let post = ClientMessage::Post {
            room: room(name),
            id,
            follows: None,
            body,
        };
        self.socket
            .send(Message::text(codec::encode_client(&post)))
            .await
            .ok()
            .map(|()| id)
    }

    pub(crate) async fn append(&mut self, name: &str, id: MessageId, body: Body) {
        self.send(&ClientMessage::Post {
            room: room(name),
            id,
            follows: None,
            body,
        })
        .await;
    }

    /// Searches and returns the entries found. The index may still lag behind the log.
    pub(crate) async fn search(&mut self, name: &str, words: &str) -> Vec<Entry> {
        self.search_so_far(name, words).await.0
    }

    /// The same, and whether the server says that others may match.
    pub(crate) async fn search_so_far(&mut self, name: &str, words: &str) -> (Vec<Entry>, bool) {
        self.send(&ClientMessage::Search {
            room: room(name),
            text: words.to_owned(),
        })
        .await;
        let found = self
            .until(|message| matches!(message, ServerMessage::Found { .. }))
            .await;
        let ServerMessage::Found {
            entries,
            incomplete,
            ..
        } = found
        else {
            panic!("not search results: {found:?}")
        };
        (entries, incomplete)
    }

    /// Requests the first page of the directory for these words.
    pub(crate) async fn rooms(&mut self, words: &str) -> Vec<RoomInfo> {
        let text = words.to_owned();
        self.send(&ClientMessage::Rooms { text, after: None }).await;
        let page = self
            .until(|message| matches!(message, ServerMessage::Rooms { .. }))
            .await;
        let ServerMessage::Rooms { rooms, .. } = page else {
            panic!("not a page of the directory: {page:?}")
        };
        rooms
    }

    /// Requests a page of history. Returns its entries and whether there are older ones.
    pub(crate) async fn history(
        &mut self,
        name: &str,
        before: Seq,
        limit: u16,
    ) -> (Vec<Entry>, bool) {
        self.send(&ClientMessage::History {
            room: room(name),
            before,
            limit,
        })
        .await;
        let page = self
            .until(|message| matches!(message, ServerMessage::History { .. }))
            .await;
        let ServerMessage::History { entries, more, .. } = page else {
            panic!("not a page of history: {page:?}")
        };
        (entries, more)
    }

    /// The next message; fails if the connection ends.
    pub(crate) async fn next(&mut self) -> ServerMessage {
        loop {
            match self.next_frame().await {
                Some(Message::Text(text)) => return codec::decode_server(&text).unwrap(),
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("the connection ended: {other:?}"),
            }
        }
    }

    /// The next message but `admitted`, whose token is shown from then on.
    pub(crate) async fn next_but_admitted(&mut self) -> ServerMessage {
        let mut message = self.next().await;
        if let ServerMessage::Admitted { access, .. } = message {
            self.access = access.map(Access::Token).or(self.access.take());
            message = self.next().await;
        }
        message
    }

    /// The next message that is not about presence, which comes at any time.
    pub(crate) async fn next_but_presence(&mut self) -> ServerMessage {
        self.until(|message| !matches!(message, ServerMessage::Presence { .. }))
            .await
    }

    /// The next message; `None` if the connection has ended.
    pub(crate) async fn next_unless_closed(&mut self) -> Option<ServerMessage> {
        loop {
            match self.next_frame().await? {
                Message::Text(text) => return Some(codec::decode_server(&text).unwrap()),
                Message::Close(_) => return None,
                _ => {}
            }
        }
    }

    /// Skips messages up to the first that `wanted` accepts, and returns that.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&ServerMessage) -> bool) -> ServerMessage {
        loop {
            let message = self.next().await;
            if wanted(&message) {
                return message;
            }
        }
    }

    /// Skips messages up to the next entry.
    pub(crate) async fn entry(&mut self) -> Entry {
        match self
            .until(|message| matches!(message, ServerMessage::Entry { .. }))
            .await
        {
            ServerMessage::Entry { entry, .. } => entry,
            other => panic!("not an entry: {other:?}"),
        }
    }

    /// Skips messages up to the next refusal.
    pub(crate) async fn refusal(&mut self) -> Refusal {
        match self
            .until(|message| matches!(message, ServerMessage::Error(_)))
            .await
        {
            ServerMessage::Error(refusal) => refusal,
            other => panic!("not a refusal: {other:?}"),
        }
    }

    /// Skips messages up to the next refusal, which must have this code.
    pub(crate) async fn refused(&mut self, code: ErrorCode) -> Refusal {
        let refusal = self.refusal().await;
        assert_eq!(refusal.code, code, "{refusal:?}");
        refusal
    }

    /// Skips frames up to the server's close frame, and returns that.
    pub(crate) async fn closed(&mut self) -> CloseFrame {
        loop {
            match self.next_frame().await {
                Some(Message::Close(Some(frame))) => return frame,
                Some(_) => {}
                None => panic!("ended without a close frame"),
            }
        }
    }

    /// The next frame; `None` if the connection is lost.
    pub(crate) async fn next_frame(&mut self) -> Option<Message> {
        let next = tokio::time::timeout(PATIENCE, self.socket.next());
        next.await
            .expect("the server sends something in time")
            .and_then(Result::ok)
    }

    /// Checks that the server still answers: sends a ping and waits for its pong.
    pub(crate) async fn check_alive(&mut self) {
        self.send(&ClientMessage::Ping { t: 7 }).await;
        self.until(|message| matches!(message, ServerMessage::Pong { t: 7 }))
            .await;
    }
}

/// Checks that `entries` follow `after` and each other without a gap, a duplicate or a change of
/// order.
pub(crate) fn check_chain(after: Seq, entries: &[Entry]) {
    let mut last = after;
    for entry in entries {
        assert_eq!(entry.prev, last, "before {entry:?}");
        assert!(entry.seq > last, "{entry:?}");
        last = entry.seq;
    }
}
