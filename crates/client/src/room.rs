//! A room: the handle by which a program acts in it, and the stream of what happens there.

use std::{
    ops::Deref,
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::{Stream, future::poll_fn};
use parlor_shared::{Body, Emoji, MessageId, Place, Position, RoomId, Seq, Text};
use tokio::sync::mpsc;

use crate::{
    answers::{Found, History, Slice},
    append::Append,
    command::{Command, Handle},
    error::{AskError, Closed, PostError, SaveError},
    limits::ROOM_EVENTS_MAX,
    questions::Question,
    timeline::{Item, Presence},
};

/// Acts in a room. Cheap to clone, and any task may have one.
///
/// The client keeps running as long as any handle of it exists.
#[derive(Debug, Clone)]
pub struct Room {
    handle: Handle,
    id: RoomId,
}

impl Room {
    pub(crate) fn new(handle: &Handle, id: RoomId) -> Self {
        let handle = handle.clone();
        Self { handle, id }
    }

    /// The room's id.
    #[must_use]
    pub fn id(&self) -> &RoomId {
        &self.id
    }

    /// Posts a message.
    ///
    /// ```no_run
    /// # async fn example(lobby: parlor_client::Room) -> Result<(), parlor_client::PostError> {
    /// let entry = lobby.post("hello").await?; // it is on the log, durably
    /// println!("{} at {:?}", entry.id, entry.at());
    /// # Ok(())
    /// # }
    /// ```
    pub fn post(&self, text: impl Into<String>) -> Append {
        self.append_checked(Text::parse(text).map(Body::post).map_err(PostError::from))
    }

    /// Posts a reply to a message. It is posted even if that message is deleted.
    ///
    /// ```no_run
    /// # use parlor_client::{PostError, Room, RoomEntry};
    /// # async fn example(lobby: Room, question: RoomEntry) -> Result<(), PostError> {
    /// // However often the program sees the question, it answers once.
    /// lobby.reply(question.id, "yes").once("answer").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reply(&self, to: MessageId, text: impl Into<String>) -> Append {
        let text = Text::parse(text).map_err(PostError::from);
        let reply_to = Some(to);
        let body = text.map(|text| Body::Post { text, reply_to });
        self.append_checked(body).because_of(to)
    }

    /// Replaces the text of one of the member's own messages.
    pub fn edit(&self, target: MessageId, text: impl Into<String>) -> Append {
        let text = Text::parse(text).map_err(PostError::from);
        let body = text.map(|text| Body::Edit { target, text });
        self.append_checked(body).because_of(target)
    }

    /// Deletes a message for good: one of the member's own, or in a room that the member moderates
    /// anyone's.
    pub fn delete(&self, target: MessageId) -> Append {
        self.append(Body::Deletion { target }).because_of(target)
    }

    /// Adds a reaction to a message: one emoji.
    pub fn react(&self, target: MessageId, emoji: &str) -> Append {
        self.set_reaction(target, emoji, true)
    }

    /// Takes a reaction back.
    pub fn unreact(&self, target: MessageId, emoji: &str) -> Append {
        self.set_reaction(target, emoji, false)
    }

    fn set_reaction(&self, target: MessageId, emoji: &str, on: bool) -> Append {
        let emoji = Emoji::parse(emoji).map_err(PostError::from);
        let body = emoji.map(|emoji| Body::Reaction { target, emoji, on });
        self.append_checked(body).because_of(target)
    }

    /// Appends an entry of any kind: a topic, a pin, a mute.
    pub fn append(&self, body: Body) -> Append {
        self.append_checked(Ok(body))
    }

    fn append_checked(&self, body: Result<Body, PostError>) -> Append {
        Append::new(&self.handle, &self.id, body)
    }

    /// The newest entries of the room, up to a hundred: the same as [`history`](Self::history)
    /// before the end.
    ///
    /// # Errors
    /// [`AskError`].
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, the answer is discarded.
    pub async fn latest(&self, limit: u16) -> Result<History, AskError> {
        self.history(Seq::END, limit).await
    }

    /// The newest entries before a place, up to a hundred.
    ///
    /// Waits until the room is live, over reconnects.
    ///
    /// # Errors
    /// [`AskError`].
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, the answer is discarded.
    pub async fn history(&self, before: Seq, limit: u16) -> Result<History, AskError> {
        let room = self.id.clone();
        let question = |reply| Question::History {
            room,
            before,
            limit,
            reply,
        };
        self.handle.ask(question).await
    }

    /// Up to `limit` entries, at most a hundred, at a place of the room's log, however far back:
    /// around a message or a time, or on from what was read before.
    ///
    /// Waits until the room is live, over reconnects.
    ///
    /// # Errors
    /// [`AskError`]; [`ErrorCode::TargetUnknown`](crate::ErrorCode::TargetUnknown) where the room
    /// has no such message.
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, the answer is discarded.
    pub async fn slice(&self, at: Place, limit: u16) -> Result<Slice, AskError> {
        let room = self.id.clone();
        let question = |reply| Question::Slice {
            room,
            at,
            limit,
            reply,
        };
        self.handle.ask(question).await
    }

    /// The messages with these words, newest first.
    ///
    /// Waits until the room is live, over reconnects.
    ///
    /// # Errors
    /// [`AskError`].
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, the answer is discarded.
    pub async fn search(&self, text: impl Into<String>) -> Result<Found, AskError> {
        let (room, text) = (self.id.clone(), text.into());
        let question = |reply| Question::Search { room, text, reply };
        self.handle.ask(question).await
    }

    /// Who is in the room, as far as the client knows at the moment; `None` before the room is
    /// live.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    ///
    /// # Cancel safety
    /// Cancel safe.
    pub async fn present(&self) -> Result<Option<Presence>, Closed> {
        let room = self.id.clone();
        self.handle
            .request(|reply| Command::Present { room, reply })
            .await
    }

    /// Says that the member is typing. Sent at most every three seconds.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, it may not have been said.
    pub async fn typing(&self) -> Result<(), Closed> {
        self.handle.command(Command::Typing(self.id.clone())).await
    }

    /// Notes in the state file that the program has done everything up to this place, so that
    /// [`Client::resume`](crate::Client::resume) goes on after it. The file is written soon after;
    /// [`Client::flush`](crate::Client::flush) waits for that.
    ///
    /// # Errors
    /// [`SaveError`].
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, it may not have been noted.
    pub async fn save(&self, position: Position) -> Result<(), SaveError> {
        let room = self.id.clone();
        let save = |reply| Command::Save {
            room,
            position,
            reply,
        };
        self.handle.request(save).await?
    }

    /// Removes the room's place from the state file.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, it may not have been removed.
    pub async fn forget(&self) -> Result<(), Closed> {
        self.handle.command(Command::Forget(self.id.clone())).await
    }

    /// Leaves the room. Its stream ends, and who waits for a post to it gets
    /// [`PostError::NotJoined`]; what was queued stays in the outbox until the room is joined
    /// again.
    ///
    /// # Errors
    /// [`Closed`] if the client is closed.
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, the room may not have been left.
    pub async fn leave(&self) -> Result<(), Closed> {
        self.handle.command(Command::Leave(self.id.clone())).await
    }
}

/// A room that the client is in: a [`Room`], and the stream of what happens there.
///
/// The client joins the room again after every reconnect and goes on where it was. A program that
/// takes nothing for a while loses nothing and slows nobody; what it has missed is read again from
/// the log. Dropping the stream does not leave the room.
#[derive(Debug)]
pub struct JoinedRoom {
    room: Room,
    items: mpsc::Receiver<Item>,
}

impl JoinedRoom {
    pub(crate) fn new(room: Room, items: mpsc::Receiver<Item>) -> Self {
        Self { room, items }
    }

    /// The next event, or what interrupts the stream; `None` once the room is left or the client
    /// closed.
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, nothing is lost.
    pub async fn next(&mut self) -> Option<Item> {
        poll_fn(|cx| self.poll(cx)).await
    }

    /// The handle, for another task.
    #[must_use]
    pub fn room(&self) -> Room {
        self.room.clone()
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        let polled = self.items.poll_recv(cx);
        // From here on a page fits, if the driver has one to ask for.
        if polled.is_ready() && self.items.len() == ROOM_EVENTS_MAX / 2 {
            self.room.handle.drained.notify_one();
        }
        polled
    }
}

impl Deref for JoinedRoom {
    type Target = Room;

    fn deref(&self) -> &Room {
        &self.room
    }
}

impl Stream for JoinedRoom {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        self.get_mut().poll(cx)
    }
}

impl Drop for JoinedRoom {
    fn drop(&mut self) {
        self.items.close();
        self.room.handle.drained.notify_one();
    }
}
