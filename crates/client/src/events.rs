//! Everything that a client learns, for a program that wants it as it comes.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use futures_util::Stream;
use parlor_session::Event;
use tokio::sync::mpsc;

/// All events of a client, of every room, in order: for a monitor, a bridge or a test. A program
/// that talks in rooms takes [`JoinedRoom`](crate::JoinedRoom)s instead.
///
/// When [`EVENTS_MAX`](crate::limits::EVENTS_MAX) of them wait, the client stops reading the
/// socket. So take them in a task of their own: one that waits for the answer to a post or a
/// question instead may wait for itself. When it is dropped, the client goes on without.
#[derive(Debug)]
pub struct Events(mpsc::Receiver<Event>);

impl Events {
    pub(crate) fn new(events: mpsc::Receiver<Event>) -> Self {
        Self(events)
    }

    /// The next event; `None` once the client is closed and every event was taken.
    ///
    /// # Cancel safety
    /// Cancel safe: dropped, nothing is lost.
    pub async fn next(&mut self) -> Option<Event> {
        self.0.recv().await
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.poll_recv(cx)
    }
}
