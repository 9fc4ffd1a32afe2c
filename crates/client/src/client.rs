//! A client of one server, as a program holds it.

use parlor_session::OutboxPost;
use parlor_shared::{AccessToken, Moderated, Moderation, Name, Position, RoomId, RoomInvalid};

use crate::{
    answers::RoomsPage,
    command::{Command, Handle, Origin},
    connection::ConnectionError,
    error::{AskError, Closed, JoinError, SaveError, Stopped},
    questions::Question,
    room::{JoinedRoom, Room},
    status::{ConnectionStatus, Welcome},
    timeline::JoinFrom,
};

/// A client of one server. Cheap to clone; all clones are the same client, on one connection.
///
/// It reconnects by itself, and runs until the last handle, [`Room`] and [`JoinedRoom`] of it is
/// dropped, or until [`Client::close`].
#[derive(Debug, Clone)]
pub struct Client {
    handle: Handle,
}

/// What names a room: its id, or a text that is one.
pub trait IntoRoom {
    /// The room's id.
    ///
    /// # Errors
    /// [`RoomInvalid`] if the text is none.
    fn into_room(self) -> Result<RoomId, RoomInvalid>;
}

impl IntoRoom for &str {
    fn into_room(self) -> Result<RoomId, RoomInvalid> {
        RoomId::parse(self)
    }
}

impl IntoRoom for String {
    fn into_room(self) -> Result<RoomId, RoomInvalid> {
        RoomId::parse(&self)
    }
}

impl IntoRoom for RoomId {
    fn into_room(self) -> Result<RoomId, RoomInvalid> {
        Ok(self)
    }
}

impl IntoRoom for &RoomId {
    fn into_room(self) -> Result<RoomId, RoomInvalid> {
        Ok(self.clone())
    }
}

impl Client {
    pub(crate) fn new(handle: Handle) -> Self {
        Self { handle }
    }

    /// Joins a room, now and after every reconnect. Its stream begins with what is appended from
    /// now on: no old message comes, whatever happens to the server.
    ///
    /// Returns as soon as the client's task knows of it. A refusal by the server comes through the
    /// stream.
    ///
    /// # Errors
    /// [`JoinError`].
    ///
    /// # Cancel safety
    /// Dropped, the room may have been joined: leave it, or join it again.
    pub async fn join(&self, room: impl IntoRoom) -> Result<JoinedRoom, JoinError> {
        self.join_from(room, JoinFrom::Now).await
    }

    /// Joins a room like [`join`](Self::join), and goes on after the entry at this place, however
    /// long ago that was: everything since comes first. If the place is void, the stream begins
    /// with [`TimelineError::Reset`](crate::TimelineError::Reset).
    ///
    /// # Errors
    /// [`JoinError`].
    ///
    /// # Cancel safety
    /// Like that of [`join`](Self::join).
    pub async fn join_after(
        &self,
        room: impl IntoRoom,
        position: Position,
    ) -> Result<JoinedRoom, JoinError> {
        self.join_from(room, JoinFrom::After(position)).await
    }

    /// Joins a room like [`join`](Self::join), from where `from` says.
    ///
    /// # Errors
    /// [`JoinError`].
    ///
    /// # Cancel safety
    /// Like that of [`join`](Self::join).
    pub async fn join_from(
        &self,
        room: impl IntoRoom,
        from: JoinFrom,
    ) -> Result<JoinedRoom, JoinError> {
        self.join_at(room.into_room()?, Origin::At(from)).await
    }

    /// Joins a room like [`join`](Self::join), and goes on after the place that [`Room::save`] has
    /// put into the state file. The first time it begins with what is appended from now on.
    ///
    /// # Errors
    /// [`JoinError`].
    ///
    /// # Cancel safety
    /// Like that of [`join`](Self::join).
    pub async fn resume(&self, room: impl IntoRoom) -> Result<JoinedRoom, JoinError> {
        self.resume_or(room, JoinFrom::Now).await
    }

    /// Joins a room like [`resume`](Self::resume); the first time it begins from where `from` says.
    ///
    /// # Errors
    /// [`JoinError`].
    ///
    /// # Cancel safety
    /// Like that of [`join`](Self::join).
    pub async fn resume_or(
        &self,
        room: impl IntoRoom,
        from: JoinFrom,
    ) -> Result<JoinedRoom, JoinError> {
        self.join_at(room.into_room()?, Origin::SavedOr(from)).await
    }

    async fn join_at(&self, room: RoomId, origin: Origin) -> Result<JoinedRoom, JoinError> {
        let id = room.clone();
        let join = |reply| Command::Join {
            room,
            origin,
            reply,
        };
        let items = self.handle.request(join).await??;
        Ok(JoinedRoom::new(Room::new(&self.handle, id), items))
    }

    /// A handle of a room that the client is in, or will be.
    ///
    /// # Errors
    /// [`RoomInvalid`] if the text is no room id.
    pub fn room(&self, room: impl IntoRoom) -> Result<Room, RoomInvalid> {
        Ok(Room::new(&self.handle, room.into_room()?))
    }

    /// Waits until the client is online, and returns what the server says of it.
    ///
    /// # Errors
    /// [`Stopped`] if the client has stopped trying to connect.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn online(&self) -> Result<Welcome, Stopped> {
        let mut connected = self.handle.connected.clone();
        let closed = Stopped(parlor_session::StopReason::Asked);
        loop {
            let now = connected.borrow_and_update().clone();
            match (now.status, now.welcome) {
                (ConnectionStatus::Online, Some(welcome)) => return Ok(welcome),
                (ConnectionStatus::Stopped(why), _) => return Err(why),
                _ => connected.changed().await.map_err(|_| closed)?,
            }
        }
    }

    /// The state of the connection.
    #[must_use]
    pub fn status(&self) -> ConnectionStatus {
        self.handle.connected.borrow().status
    }

    /// Waits until the state of the connection is another than `than`, and returns it.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn status_other_than(
        &self,
        than: ConnectionStatus,
    ) -> Result<ConnectionStatus, Closed> {
        let mut connected = self.handle.connected.clone();
        let other = connected.wait_for(|now| now.status != than).await;
        other.map(|now| now.status).map_err(|_| Closed)
    }

    /// Why the last connection failed; `None` once another one is open.
    #[must_use]
    pub fn last_error(&self) -> Option<ConnectionError> {
        self.handle.last_error.borrow().clone()
    }

    /// A page of the server's rooms that have these words, or of all rooms if `text` is empty.
    /// `after` is the `next` of an earlier page. Waits until the client is online.
    ///
    /// # Errors
    /// [`AskError`].
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, the answer is discarded.
    pub async fn rooms(&self, text: &str, after: Option<String>) -> Result<RoomsPage, AskError> {
        let text = text.to_owned();
        let question = |reply| Question::Rooms { text, after, reply };
        self.handle.ask(question).await
    }

    /// Asks for something that stands on no room's log: a report, a ban, the erasing of the
    /// member's own messages. What moderators do in a room is [appended](Room::append). Waits until
    /// the client is online.
    ///
    /// # Errors
    /// [`AskError`]; after [`AskError::Lost`] it may have been done.
    ///
    /// # Cancel safety
    /// Not cancel safe: dropped, it may be done or not.
    pub async fn moderate(&self, request: Moderation) -> Result<Moderated, AskError> {
        let question = |reply| Question::Moderate { request, reply };
        self.handle.ask(question).await
    }

    /// Changes the member's name, now and after every reconnect.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, it may not have been changed.
    pub async fn rename(&self, name: Name) -> Result<(), Closed> {
        self.handle.command(Command::Rename(name)).await
    }

    /// Shows the server a new access token, now and after every reconnect.
    /// [`ClientBuilder::access_source`](crate::ClientBuilder::access_source) does it by itself.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, it may not have been shown.
    pub async fn renew(&self, access: AccessToken) -> Result<(), Closed> {
        self.handle.command(Command::Renew(access)).await
    }

    /// Call this when the machine woke, the network changed or the user asks to retry. Connects at
    /// once if the client is waiting or has stopped; if it is online, pings to find out whether the
    /// connection still works.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn probe(&self) -> Result<(), Closed> {
        self.handle.command(Command::Probe).await
    }

    /// The posts that are not known to be on the log, oldest first.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn outbox(&self) -> Result<Vec<OutboxPost>, Closed> {
        self.handle.request(Command::Outbox).await
    }

    /// Waits until everything up to now is in the state file.
    ///
    /// # Errors
    /// [`SaveError`].
    ///
    /// # Cancel safety
    /// Cancel safe: the file is written all the same.
    pub async fn flush(&self) -> Result<(), SaveError> {
        self.handle.flush().await
    }

    /// Leaves the rooms and closes the connection for good. Events that were emitted before can
    /// still be taken. Returns the posts that are not known to be on the log, which are in the
    /// state file, too. Some of them may be on the log: send them again under the same ids
    /// ([`ClientBuilder::outbox`](crate::ClientBuilder::outbox)).
    ///
    /// # Errors
    /// [`Closed`] if the client was closed before.
    ///
    /// # Cancel safety
    /// Dropped, the client is closed all the same.
    pub async fn close(&self) -> Result<Vec<OutboxPost>, Closed> {
        self.handle.request(Command::Close).await
    }
}
