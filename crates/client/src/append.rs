//! Appending to a room's log: what to append, under which id, and what to wait for.

use std::{
    future::{Future, IntoFuture},
    pin::Pin,
    task::{Context, Poll},
};

use parlor_session::OutboxPost;
use parlor_shared::{Body, MessageId, RoomId};
use tokio::sync::oneshot;

use crate::{
    command::{AppendReply, Command, Handle},
    entry::{RoomEntry, derived_id, new_id},
    error::{Closed, PostError},
};

/// Something to append to a room's log. Nothing happens until it is awaited or
/// [queued](Self::queue).
///
/// Awaiting it gives the entry as it is on the log, durably. That takes as long as it takes: over
/// reconnects and the server's rates. Put a timeout around it to wait less; the post stays in the
/// outbox and is sent all the same.
///
/// # Cancel safety
/// Dropped before it was first polled, nothing was appended. Dropped later, it may have been; the
/// same [id](Self::id) again gives the same entry and appends nothing twice.
#[derive(Debug)]
#[must_use = "nothing is appended until it is awaited or queued"]
pub struct Append {
    handle: Handle,
    room: RoomId,
    body: Result<Body, PostError>,
    id: Option<MessageId>,
    /// The message because of which it is appended.
    because_of: Option<MessageId>,
}

impl Append {
    pub(crate) fn new(handle: &Handle, room: &RoomId, body: Result<Body, PostError>) -> Self {
        Self {
            handle: handle.clone(),
            room: room.clone(),
            body,
            id: None,
            because_of: None,
        }
    }

    pub(crate) fn because_of(mut self, message: MessageId) -> Self {
        self.because_of = Some(message);
        self
    }

    /// Appends it under this id, which the room's log takes once: if it has it already, the result
    /// is the entry that is there.
    pub fn id(mut self, id: MessageId) -> Self {
        self.id = Some(id);
        self
    }

    /// Appends it once because of the message that it replies to, edits, deletes or reacts to,
    /// however often the program comes by that message: the id is [derived](derived_id) from the
    /// message's. A plain post has no such message, and gets an id of its own.
    pub fn once(mut self, purpose: &str) -> Self {
        self.id = self.because_of.map(|message| derived_id(message, purpose));
        self
    }

    /// Puts it into the outbox, from which it is sent until it is on the log, and returns at once.
    /// With a state file it is in that file, too, before this returns. What is queued one after the
    /// other reaches the log in that order, many at a time:
    ///
    /// ```no_run
    /// # async fn example(lobby: parlor_client::Room) -> Result<(), parlor_client::PostError> {
    /// let first = lobby.post("one").queue().await?;
    /// let second = lobby.post("two").queue().await?;
    /// assert!(first.await?.seq < second.await?.seq);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`PostError`]: nothing was appended, except after [`PostError::NotSaved`].
    ///
    /// # Cancel safety
    /// Like that of awaiting it.
    pub async fn queue(self) -> Result<Queued, PostError> {
        let handle = self.handle.clone();
        let post = self.into_post()?;
        let id = post.id;
        let post = Box::new(post);
        let (on_log, outcome) = oneshot::channel();
        handle
            .request(|in_outbox| Command::Append {
                post,
                reply: AppendReply::Queued { in_outbox, on_log },
            })
            .await??;
        if handle.has_state_file {
            handle.flush().await?;
        }
        Ok(Queued { id, outcome })
    }

    fn into_post(self) -> Result<OutboxPost, PostError> {
        let id = self.id.map_or_else(new_id, Ok);
        let id = id.map_err(|error| PostError::Random(error.to_string()))?;
        Ok(OutboxPost {
            room: self.room,
            id,
            body: self.body?,
        })
    }
}

impl IntoFuture for Append {
    type Output = Result<RoomEntry, PostError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let handle = self.handle.clone();
            let post = Box::new(self.into_post()?);
            handle
                .request(|reply| Command::Append {
                    post,
                    reply: AppendReply::OnLog(reply),
                })
                .await?
        })
    }
}

/// What is in the outbox, and will be on the log. Awaiting it gives the entry once it is there; a
/// program that need not know drops it.
#[derive(Debug)]
pub struct Queued {
    /// Its id.
    pub id: MessageId,
    outcome: oneshot::Receiver<Result<RoomEntry, PostError>>,
}

impl Future for Queued {
    type Output = Result<RoomEntry, PostError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = Pin::new(&mut self.outcome).poll(cx);
        outcome.map(|outcome| outcome.unwrap_or(Err(PostError::Closed(Closed))))
    }
}
