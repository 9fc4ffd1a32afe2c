//! What a program holds: the client, its events, and what it starts with.

use std::time::{SystemTime, UNIX_EPOCH};

use parlor_session::{Event, NotJoined, OutboxFull, OutboxPost, SessionConfig};
use parlor_shared::{Body, ClientInfo, MessageId, Name, RoomId, Seq, Text, TextInvalid, Token};
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    address::{Address, AddressInvalid},
    connection::ConnectionError,
    driver::{Command, Driver},
    limits::{COMMANDS_MAX, EVENTS_MAX},
};

/// What a client starts with.
#[derive(Debug, Clone)]
pub struct Config {
    address: Address,
    session: SessionConfig,
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// Not a server's address.
    #[error(transparent)]
    Address(#[from] AddressInvalid),
    /// Not a name.
    #[error(transparent)]
    Name(#[from] TextInvalid),
}

impl Config {
    /// A client of the server at `url`, under this name, as a member of its own.
    ///
    /// # Errors
    /// [`ConfigError`] where the one is no address or the other no name.
    pub fn new(url: &str, name: &str) -> Result<Self, ConfigError> {
        let client = ClientInfo {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Ok(Self {
            address: Address::parse(url)?,
            session: SessionConfig {
                name: Name::parse(name)?,
                token: None,
                client,
                outbox: Vec::new(),
            },
        })
    }

    /// The member that an earlier [`ServerMessage::Welcome`] gave this token.
    #[must_use]
    pub fn with_token(mut self, token: Token) -> Self {
        self.session.token = Some(token);
        self
    }

    /// Posts that an earlier client handed back, oldest first: they are sent first, each once.
    #[must_use]
    pub fn with_outbox(mut self, outbox: Vec<OutboxPost>) -> Self {
        self.session.outbox = outbox;
        self
    }

    /// What program this is; for the operator's eyes only.
    #[must_use]
    pub fn with_client_info(mut self, client: ClientInfo) -> Self {
        self.session.client = client;
        self
    }
}

/// The client was closed, or the runtime it ran on is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the client is closed")]
pub struct Closed;

/// Why a post was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// Not a text to post.
    #[error(transparent)]
    Text(#[from] TextInvalid),
    /// Too many posts wait already.
    #[error(transparent)]
    OutboxFull(#[from] OutboxFull),
    /// The system gave no random bytes for the post's id.
    #[error("no random bytes: {0}")]
    Random(String),
    /// See [`Closed`].
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// Why a question was not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Ask again when the room is live.
    #[error(transparent)]
    NotJoined(#[from] NotJoined),
    /// See [`Closed`].
    #[error(transparent)]
    Closed(#[from] Closed),
}

/// A client of one server. Dropped, it leaves as [`Client::close`] does, with nobody to hear what was still on its way.
///
/// Every method returns as soon as the client knows what is wanted; what comes of it is an event.
#[derive(Debug)]
pub struct Client {
    commands: mpsc::Sender<Command>,
    trouble: watch::Receiver<Option<ConnectionError>>,
}

/// What a client has to tell, in order. Dropped, it is told to nobody, and the client goes on.
#[derive(Debug)]
pub struct Events(mpsc::Receiver<Event>);

impl Events {
    /// The next event; `None` once the client is closed and everything was told. Cancelled, nothing is lost.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }
}

impl Client {
    /// Starts a client, which connects by itself, now and whenever the line is lost.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    #[must_use]
    pub fn connect(config: Config) -> (Self, Events) {
        let (commands, commanded) = mpsc::channel(COMMANDS_MAX);
        let (events, told) = mpsc::channel(EVENTS_MAX);
        let (troubled, trouble) = watch::channel(None);
        let driver = Driver::new(config.address, config.session, events, troubled);
        tokio::spawn(driver.run(commanded));
        (Self { commands, trouble }, Events(told))
    }

    /// Is in this room from now on, after every reconnect too.
    ///
    /// # Errors
    /// [`Closed`]
    pub async fn join(&self, room: &RoomId) -> Result<(), Closed> {
        self.command(Command::Join(room.clone())).await
    }

    /// Is in this room no more. Posts to it stay in the outbox until one joins again.
    ///
    /// # Errors
    /// [`Closed`]
    pub async fn leave(&self, room: &RoomId) -> Result<(), Closed> {
        self.command(Command::Leave(room.clone())).await
    }

    /// Posts a message: once this returns it is in the outbox, and is sent until it is on the log.
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

    /// Posts an answer to a message, as [`Client::post`] does a message. It is posted also where that message is gone.
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

    /// Appends an entry of any kind, as [`Client::post`] does a message: an edit, a deletion, a reaction.
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
        self.ask(|answer| Command::Append(Box::new(post), answer))
            .await??;
        Ok(id)
    }

    /// Asks for up to `limit` entries before a place. The answer is a `history` message; none comes where the line is
    /// lost meanwhile.
    ///
    /// # Errors
    /// [`AskError`]
    pub async fn history(&self, room: &RoomId, before: Seq, limit: u16) -> Result<(), AskError> {
        let room = room.clone();
        self.ask(|answer| Command::History(room, before, limit, answer))
            .await??;
        Ok(())
    }

    /// Asks for messages with these words. The answer is a `found` message; none comes where the line is lost meanwhile.
    ///
    /// # Errors
    /// [`AskError`]
    pub async fn search(&self, room: &RoomId, words: &str) -> Result<(), AskError> {
        let (room, words) = (room.clone(), words.to_owned());
        self.ask(|answer| Command::Search(room, words, answer))
            .await??;
        Ok(())
    }

    /// Says that somebody is writing; told at most every three seconds.
    ///
    /// # Errors
    /// [`Closed`]
    pub async fn typing(&self, room: &RoomId) -> Result<(), Closed> {
        self.command(Command::Typing(room.clone())).await
    }

    /// Goes by another name from now on.
    ///
    /// # Errors
    /// [`Closed`]
    pub async fn rename(&self, name: Name) -> Result<(), Closed> {
        self.command(Command::Rename(name)).await
    }

    /// The machine woke, the network changed, or somebody asks to try again: connects at once where the client waits or
    /// has stopped, and finds out whether the line holds where there is one.
    ///
    /// # Errors
    /// [`Closed`]
    pub async fn probe(&self) -> Result<(), Closed> {
        self.command(Command::Probe).await
    }

    /// The posts that are not known to be on the log, oldest first.
    ///
    /// # Errors
    /// [`Closed`]
    pub async fn outbox(&self) -> Result<Vec<OutboxPost>, Closed> {
        self.ask(Command::Outbox).await
    }

    /// What was wrong with the line last, until one is open again.
    #[must_use]
    pub fn last_error(&self) -> Option<ConnectionError> {
        self.trouble.borrow().clone()
    }

    /// Leaves in good order, for good; what was told before can still be read. Hands back the posts that are not known
    /// to be on the log: some may be, so send them again with these ids ([`Config::with_outbox`]), not anew.
    ///
    /// # Errors
    /// [`Closed`]
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
        let (answer, answered) = oneshot::channel();
        self.command(command(answer)).await?;
        answered.await.map_err(|_| Closed)
    }
}

fn new_id() -> Result<MessageId, PostError> {
    let mut random = [0; 10];
    getrandom::fill(&mut random).map_err(|error| PostError::Random(error.to_string()))?;
    // A clock before 1970 costs the ids their order, nothing else.
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Ok(MessageId::new(now.as_millis() as u64, random))
}
