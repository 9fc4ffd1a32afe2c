//! What a program asks of its client's task, and the handle by which it does.

use std::sync::Arc;

use parlor_session::OutboxPost;
use parlor_shared::{AccessToken, Name, Position, RoomId};
use tokio::sync::{Notify, mpsc, oneshot, watch};

use crate::{
    connection::ConnectionError,
    error::{AskError, Closed, JoinError, PostError, SaveError},
    posts::PostReply,
    questions::{Question, Reply},
    saver::SaveReply,
    status::Connected,
    timeline::{Item, JoinFrom, Presence},
};

/// What the program asks of its client. Each sender takes the answer.
#[derive(Debug)]
pub(crate) enum Command {
    Join {
        room: RoomId,
        origin: Origin,
        reply: oneshot::Sender<Result<mpsc::Receiver<Item>, JoinError>>,
    },
    Leave(RoomId),
    Append {
        post: Box<OutboxPost>,
        reply: AppendReply,
    },
    Ask(Question),
    Present {
        room: RoomId,
        reply: oneshot::Sender<Option<Presence>>,
    },
    Typing(RoomId),
    Rename(Name),
    Renew(AccessToken),
    Save {
        room: RoomId,
        position: Position,
        reply: SaveReply,
    },
    Forget(RoomId),
    Flush(SaveReply),
    Probe,
    Outbox(oneshot::Sender<Vec<OutboxPost>>),
    Close(oneshot::Sender<Vec<OutboxPost>>),
}

/// Where a room's stream begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Origin {
    At(JoinFrom),
    /// After the place in the state file, and from here where it has none.
    SavedOr(JoinFrom),
}

/// What the program waits for after it has appended something.
#[derive(Debug)]
pub(crate) enum AppendReply {
    /// That it is in the outbox, and perhaps then that it is on the log.
    Queued {
        in_outbox: oneshot::Sender<Result<(), PostError>>,
        on_log: PostReply,
    },
    /// That it is on the log.
    OnLog(PostReply),
}

/// Reaches the client's task, which ends when the last handle is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Handle {
    pub(crate) commands: mpsc::Sender<Command>,
    /// Notified when a program has taken much of a room's queue, or has dropped it.
    pub(crate) drained: Arc<Notify>,
    pub(crate) connected: watch::Receiver<Connected>,
    pub(crate) last_error: watch::Receiver<Option<ConnectionError>>,
    pub(crate) has_state_file: bool,
}

impl Handle {
    pub(crate) async fn command(&self, command: Command) -> Result<(), Closed> {
        self.commands.send(command).await.map_err(|_| Closed)
    }

    pub(crate) async fn request<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Closed> {
        let (reply, answer) = oneshot::channel();
        self.command(command(reply)).await?;
        answer.await.map_err(|_| Closed)
    }

    pub(crate) async fn ask<T>(
        &self,
        question: impl FnOnce(Reply<T>) -> Question,
    ) -> Result<T, AskError> {
        self.request(|reply| Command::Ask(question(reply))).await?
    }

    /// Waits until everything up to now is in the state file.
    pub(crate) async fn flush(&self) -> Result<(), SaveError> {
        self.request(Command::Flush).await?
    }
}
