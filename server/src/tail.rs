//! What goes out on one socket: a response body that merges the connection's replies, the frames its cursors read
//! and the control frames of actix-ws, each in whole frames.

use std::{
    cell::RefCell,
    collections::VecDeque,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use bytes::Bytes;
use parlor_shared::{
    RoomId, ServerMessage,
    limits::{REPLIES_BYTES_MAX, ROOMS_PER_CONNECTION_MAX},
};
use tokio::sync::Notify;

use crate::{
    cursor::{Cursor, CursorLost},
    hub::{OpenRoom, frame},
};

/// What a connection's two halves share: the reading half puts in, the tail takes out. Both run on one thread.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    replies: RefCell<Replies>,
    cursors: RefCell<Vec<Cursor>>,
    tail: RefCell<Option<Waker>>,
    /// The tail took replies, or lost a cursor.
    changed: Notify,
    lost: RefCell<Option<CursorLost>>,
}

#[derive(Debug, Default)]
struct Replies {
    frames: VecDeque<Bytes>,
    bytes: usize,
}

impl Desk {
    /// Says something to this client alone, after what it was told before.
    pub(crate) fn reply(&self, message: &ServerMessage) {
        let frame = frame(message);
        let mut replies = self.replies.borrow_mut();
        replies.bytes += frame.len();
        replies.frames.push_back(frame);
        self.wake_tail();
    }

    /// Whether the client has so many replies to take that no more requests are read.
    pub(crate) fn is_full(&self) -> bool {
        self.replies.borrow().bytes >= REPLIES_BYTES_MAX
    }

    /// Waits until the tail took something or lost a cursor.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Why a cursor can't go on, if one can't.
    pub(crate) fn take_lost(&self) -> Option<CursorLost> {
        self.lost.borrow_mut().take()
    }

    /// Adds a cursor; it takes the place of one in the same room.
    pub(crate) fn add(&self, cursor: Cursor) {
        let mut cursors = self.cursors.borrow_mut();
        match cursors
            .iter_mut()
            .find(|other| other.room_id() == cursor.room_id())
        {
            Some(other) => *other = cursor,
            None => cursors.push(cursor),
        }
        self.wake_tail();
    }

    /// Ends the cursor in this room; whether there was one.
    pub(crate) fn remove(&self, room: &RoomId) -> Option<Cursor> {
        let mut cursors = self.cursors.borrow_mut();
        let index = cursors.iter().position(|cursor| cursor.room_id() == room)?;
        Some(cursors.swap_remove(index))
    }

    /// Whether the connection is in this room.
    pub(crate) fn is_in(&self, room: &RoomId) -> bool {
        self.cursors
            .borrow()
            .iter()
            .any(|cursor| cursor.room_id() == room)
    }

    /// Whether the connection is in as many rooms as it may be.
    pub(crate) fn has_rooms_max(&self) -> bool {
        self.cursors.borrow().len() >= ROOMS_PER_CONNECTION_MAX
    }

    /// Does something with every room the connection is in.
    pub(crate) fn for_each_room(&self, act: impl FnMut(&OpenRoom)) {
        self.cursors.borrow().iter().map(Cursor::room).for_each(act);
    }

    /// Ends every cursor.
    pub(crate) fn clear(&self) {
        self.cursors.borrow_mut().clear();
    }

    /// Has the tail woken when there is a reply or a cursor again.
    pub(crate) fn wait(&self, cx: &Context<'_>) {
        *self.tail.borrow_mut() = Some(cx.waker().clone());
    }

    fn wake_tail(&self) {
        if let Some(waker) = self.tail.borrow_mut().take() {
            waker.wake();
        }
    }

    /// The next reply, if there is one.
    pub(crate) fn poll_reply(&self) -> Option<Bytes> {
        let mut replies = self.replies.borrow_mut();
        let frame = replies.frames.pop_front()?;
        replies.bytes -= frame.len();
        self.changed.notify_one();
        Some(frame)
    }

    /// What the next cursor has to send, if one has.
    pub(crate) fn poll_cursors(&self, cx: &mut Context<'_>) -> Option<Bytes> {
        let mut cursors = self.cursors.borrow_mut();
        let mut index = 0;
        while let Some(cursor) = cursors.get_mut(index) {
            match cursor.poll_frames(cx) {
                Poll::Ready(Ok(frames)) => {
                    // The others first next time: one busy room does not starve the rest.
                    cursors.rotate_left(index + 1);
                    return Some(frames);
                }
                Poll::Ready(Err(why)) => {
                    cursors.remove(index);
                    *self.lost.borrow_mut() = Some(why);
                    self.changed.notify_one();
                }
                Poll::Pending => index += 1,
            }
        }
        None
    }
}

/// The response body of one WebSocket.
pub(crate) struct Tail {
    /// actix-ws's own body: control frames, and the end.
    control: Pin<Box<BoxBody>>,
    desk: Rc<Desk>,
}

impl Tail {
    pub(crate) fn new(control: BoxBody, desk: Rc<Desk>) -> Self {
        Self {
            control: Box::pin(control),
            desk,
        }
    }
}

impl MessageBody for Tail {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.control.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.get_mut();
        // Replies come before a close that follows them, and before the entries of a room just joined.
        if let Some(reply) = this.desk.poll_reply() {
            return Poll::Ready(Some(Ok(reply)));
        }
        // Asked before the cursors, so that a room without pause does not keep a pong or a close waiting.
        if let Poll::Ready(frames) = this.control.as_mut().poll_next(cx) {
            return Poll::Ready(frames);
        }
        if let Some(frames) = this.desk.poll_cursors(cx) {
            return Poll::Ready(Some(Ok(frames)));
        }
        this.desk.wait(cx);
        Poll::Pending
    }
}

impl Drop for Tail {
    /// The socket is gone: so are its cursors, even while the reading half is still busy.
    fn drop(&mut self) {
        self.desk.clear();
    }
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_client_that_leaves_its_answers_lying_is_not_asked_for_more_until_it_takes_one() {
        let desk = Desk::default();
        let answer = ServerMessage::Notice {
            text: "x".repeat(REPLIES_BYTES_MAX / 4),
        };
        for _ in 0..4 {
            assert!(!desk.is_full());
            desk.reply(&answer);
        }
        assert!(desk.is_full());
        assert_eq!(desk.changed().now_or_never(), None);
        desk.poll_reply().unwrap();
        assert_eq!(desk.changed().now_or_never(), Some(()));
        assert!(!desk.is_full());
    }
}
