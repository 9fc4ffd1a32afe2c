//! The program's side: the client's handle, its events and its configuration.

use std::time::{SystemTime, UNIX_EPOCH};

use parlor_session::{Event, NotJoined, NotOnline, OutboxFull, OutboxPost, SessionConfig};
use parlor_shared::{
    Access, Body, ClientInfo, MessageId, Moderation, Name, Place, RoomId, Seq, Text, TextInvalid,
    Token,
};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    address::{Address, AddressInvalid},
    connection::{ConnectionError, Target},
    driver::{Command, Driver},
    limits::{COMMANDS_MAX, EVENTS_MAX},
    tls::{Tls, TlsInvalid},
};

/// How a client connects, and as whom.
#[derive(Debug, Clone)]
pub struct Config {
    address: Address,
    /// For an address with TLS.
    tls: Option<Tls>,
    session: SessionConfig,
}

/// Why a configuration is invalid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The address is invalid.
    #[error(transparent)]
    Address(#[from] AddressInvalid),
    /// The name is invalid.
    #[error(transparent)]
    Name(#[from] TextInvalid),
    /// TLS can't be used, or a certificate is invalid.
    #[error(transparent)]
    Tls(#[from] TlsInvalid),
}

impl Config {
    /// A client of the server at `url`, named `name`, that becomes a new member.
    ///
    /// # Errors
    /// [`ConfigError`] if the address or the name is invalid.
    pub fn new(url: &str, name: &str) -> Result<Self, ConfigError> {
        let client = ClientInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let address = Address::parse(url)?;
        Ok(Self {
            tls: address.is_secure().then(Tls::of_machine).transpose()?,
            address,
            session: SessionConfig {
                name: Name::parse(name)?,
                token: None,
                access: None,
                client,
                outbox: Vec::new(),
            },
        })
    }

    /// Shows this to the server to come in: a token, a password or the code of an invitation.
    #[must_use]
    pub fn with_access(mut self, access: Access) -> Self {
        self.session.access = Some(access);
        self
    }

    /// Trusts these certificates in PEM as well as those that this machine trusts: of an authority
    /// of your own, or a server's own. Without TLS they are not needed.
    ///
    /// # Errors
    /// [`ConfigError::Tls`] if the text has no certificate, or one that can't be used.
    pub fn with_root_certificates(mut self, pem: &str) -> Result<Self, ConfigError> {
        if let Some(tls) = &mut self.tls {
            tls.trust(pem)?;
        }
        Ok(self)
    }

    /// Makes the client the member whose token this is, from an earlier
    /// [`ServerMessage::Welcome`](crate::ServerMessage::Welcome).
    #[must_use]
    pub fn with_token(mut self, token: Token) -> Self {
        self.session.token = Some(token);
        self
    }

    /// Starts with the posts that an earlier [`Client::close`] returned, oldest first. Each reaches
    /// the log once.
    #[must_use]
    pub fn with_outbox(mut self, outbox: Vec<OutboxPost>) -> Self {
        self.session.outbox = outbox;
        self
    }

    /// Says what program this is, for the server's operator only.
    #[must_use]
    pub fn with_client_info(mut self, client: ClientInfo) -> Self {
        self.session.client = client;
        self
    }
}

/// The client was closed, or the runtime it ran on is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The client is closed.")]
pub struct Closed;

/// Why a post was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The text is empty or too long.
    #[error(transparent)]
    Text(#[from] TextInvalid),
    /// Too many posts are waiting to be sent.
    #[error(transparent)]
    OutboxFull(#[from] OutboxFull),
    /// The system returned no random bytes for the post's id.
    #[error("The system returned no random bytes: {0}.")]
    Random(String),
    /// See [`Closed`].
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Why a request was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The room is not joined at the moment; ask again after the next `present`.
    #[error(transparent)]
    NotJoined(#[from] NotJoined),
    /// The client is not online; ask again when it is.
    #[error(transparent)]
    NotOnline(#[from] NotOnline),
    /// See [`Closed`].
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// A client of one server. Dropping it closes it like [`Client::close`], without returning the
/// unacknowledged posts.
///
/// Every method returns as soon as the client's task has the command; results arrive as events.
#[derive(Debug)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    last_error: watch::Receiver<Option<ConnectionError>>,
}

/// The client's events, in order. When it is dropped, the client goes on and discards them.
#[derive(Debug)]
pub struct Events(mpsc::Receiver<Event>);

impl Events {
    /// The next event; `None` once the client is closed and every event was taken. Cancel safe.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }
}

impl Client {
    /// Starts a client, which connects now and reconnects whenever the connection is lost.
    ///
    /// # Panics
    /// If called outside of a tokio runtime.
    #[must_use]
    pub fn connect(config: Config) -> (Self, Events) {
        let (commands, commands_receiver) = mpsc::channel(COMMANDS_MAX);
        let (events_sender, events) = mpsc::channel(EVENTS_MAX);
        let (error_sender, last_error) = watch::channel(None);
        let target = Target {
            address: config.address,
            connector: config.tls.map(Tls::connector),
        };
        let driver = Driver::new(target, config.session, events_sender, error_sender);
        tokio::spawn(driver.run(commands_receiver));
        let client = Self {
            commands,
            last_error,
        };
        (client, Events(events))
    }

    /// Joins a room, now and after every reconnect.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    pub async fn join(&self, room: &RoomId) -> Result<(), Closed> {
        self.command(Command::Join(room.clone())).await
    }

    /// Leaves a room. Posts to it stay in the outbox until the client joins it again.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    pub async fn leave(&self, room: &RoomId) -> Result<(), Closed> {
        self.command(Command::Leave(room.clone())).await
    }

    /// Posts a message. Once this returns, the post is in the outbox and is sent until it is on the
    /// log.
    ///
    /// # Errors
    /// [`PostError`]; nothing was posted.
    pub async fn post(
        &self,
        room: &RoomId,
        text: impl Into<String>,
    ) -> Result<MessageId, PostError> {
        self.append(room, Body::post(Text::parse(text)?)).await
    }

    /// Posts a reply to a message, like [`Client::post`]. The reply is posted even if that message
    /// is deleted.
    ///
    /// # Errors
    /// [`PostError`]; nothing was posted.
    pub async fn reply(
        &self,
        room: &RoomId,
        to: MessageId,
        text: impl Into<String>,
    ) -> Result<MessageId, PostError> {
        let (text, reply_to) = (Text::parse(text)?, Some(to));
        self.append(room, Body::Post { text, reply_to }).await
    }

    /// Appends an entry of any kind, like [`Client::post`]: an edit, a deletion, a reaction.
    ///
    /// # Errors
    /// [`PostError`]; nothing was appended.
    pub async fn append(&self, room: &RoomId, body: Body) -> Result<MessageId, PostError> {
        let id = new_id()?;
        let post = OutboxPost {
            room: room.clone(),
            id,
            body,
        };
        let post = Box::new(post);
        self.ask(|reply| Command::Append { post, reply }).await??;
        Ok(id)
    }

    /// Asks for up to `limit` entries before `before`. The answer is a `history` message; none
    /// comes if the connection is lost first.
    ///
    /// # Errors
    /// [`AskError`] if the room is not joined or the client is closed.
    pub async fn history(&self, room: &RoomId, before: Seq, limit: u16) -> Result<(), AskError> {
        let room = room.clone();
        self.ask(|reply| Command::History {
            room,
            before,
            limit,
            reply,
        })
        .await??;
        Ok(())
    }

    /// Asks for up to `limit` entries at a place of the room's log, however far back: around a
    /// message or a time, or on from what was read before. The answer is a `slice` message, or
    /// [`Event::Refused`] where the room has no such message; none comes if the connection is lost
    /// first.
    ///
    /// # Errors
    /// [`AskError`] if the room is not joined or the client is closed.
    pub async fn slice(&self, room: &RoomId, at: Place, limit: u16) -> Result<(), AskError> {
        let room = room.clone();
        self.ask(|reply| Command::Slice {
            room,
            at,
            limit,
            reply,
        })
        .await??;
        Ok(())
    }

    /// Asks for messages with these words. The answer is a `found` message; none comes if the
    /// connection is lost first.
    ///
    /// # Errors
    /// [`AskError`] if the room is not joined or the client is closed.
    pub async fn search(&self, room: &RoomId, text: &str) -> Result<(), AskError> {
        let (room, text) = (room.clone(), text.to_owned());
        self.ask(|reply| Command::Search { room, text, reply })
            .await??;
        Ok(())
    }

    /// Asks for a page of the server's rooms that have these words; all rooms if `text` is empty.
    /// `after` is the `next` of an earlier page. The answer is a `rooms` message; none comes if the
    /// connection is lost first.
    ///
    /// # Errors
    /// [`AskError`] if the client is not online or closed.
    pub async fn rooms(&self, text: &str, after: Option<String>) -> Result<(), AskError> {
        let text = text.to_owned();
        self.ask(|reply| Command::Rooms { text, after, reply })
            .await??;
        Ok(())
    }

    /// Asks for something that stands on no room's log: a report, a ban, the erasing of the
    /// member's own messages. The answer is a `moderated` message, or [`Event::Refused`]; none
    /// comes if the connection is lost first. What moderators do in a room is
    /// [appended](Self::append).
    ///
    /// # Errors
    /// [`AskError`] if the client is not online or closed.
    pub async fn moderate(&self, request: Moderation) -> Result<(), AskError> {
        self.ask(|reply| Command::Moderate { request, reply })
            .await??;
        Ok(())
    }

    /// Says that the member is typing. Sent at most every three seconds.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    pub async fn typing(&self, room: &RoomId) -> Result<(), Closed> {
        self.command(Command::Typing(room.clone())).await
    }

    /// Changes the member's name, now and after every reconnect.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    pub async fn rename(&self, name: Name) -> Result<(), Closed> {
        self.command(Command::Rename(name)).await
    }

    /// Call this when the machine woke, the network changed or the user asks to retry. Connects at
    /// once if the client is waiting or has stopped; if it is online, pings to find out whether the
    /// connection still works.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    pub async fn probe(&self) -> Result<(), Closed> {
        self.command(Command::Probe).await
    }

    /// The posts that are not known to be on the log, oldest first.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    pub async fn outbox(&self) -> Result<Vec<OutboxPost>, Closed> {
        self.ask(Command::Outbox).await
    }

    /// Why the last connection failed; `None` once another one is open.
    #[must_use]
    pub fn last_error(&self) -> Option<ConnectionError> {
        self.last_error.borrow().clone()
    }

    /// Leaves the rooms and closes the connection for good. Events that were emitted before can
    /// still be taken. Returns the posts that are not known to be on the log. Some of them may be:
    /// send them again under the same ids ([`Config::with_outbox`]).
    ///
    /// # Errors
    /// [`Closed`] if the client was closed before.
    pub async fn close(&self) -> Result<Vec<OutboxPost>, Closed> {
        self.ask(Command::Close).await
    }

    async fn command(&self, command: Command) -> Result<(), Closed> {
        self.commands.send(command).await.map_err(|_| Closed)
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Closed> {
        let (reply, answer) = oneshot::channel();
        self.command(command(reply)).await?;
        answer.await.map_err(|_| Closed)
    }
}

fn new_id() -> Result<MessageId, PostError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|error| PostError::Random(error.to_string()))?;
    // With a clock before 1970 the ids lose their order, nothing else.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Ok(MessageId::new(now.as_millis() as u64, random))
}
