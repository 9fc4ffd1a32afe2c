//! What goes out on one socket: the connection's replies and the frames its cursors read, each in whole frames.

use std::{
    cell::RefCell,
    collections::VecDeque,
    io,
    rc::Rc,
    task::{Context, Poll, Waker, ready},
};

use bytes::Bytes;
use parlor_shared::{
    RoomId, ServerMessage,
    close::CloseCode,
    limits::{REPLIES_BYTES_MAX, ROOMS_PER_CONNECTION_MAX},
};
use tokio::sync::Notify;

use crate::{
    connection::upgrade::SocketWriter,
    rooms::{
        cursor::{Cursor, CursorLost},
        hub::{RoomHandle, frame},
        registry::{SessionRegistry, Table},
        ring::{Control, control_frame},
    },
};

/// Chunks after which a connection lets others have their turn.
const CHUNKS_AT_ONCE: usize = 16;

/// What a connection's two halves share: the reading half puts in, the tail takes out. Both run on one thread.
#[derive(Debug, Default)]
pub(crate) struct Outbound {
    replies: RefCell<Replies>,
    cursors: RefCell<Vec<Cursor>>,
    tail: RefCell<Option<Waker>>,
    /// The tail took replies, or lost a cursor.
    changed: Notify,
    lost: RefCell<Option<CursorLost>>,
    /// The socket, and the registry of its thread; a simulation has neither.
    line: Option<Line>,
}

#[derive(Debug)]
struct Line {
    socket: Rc<SocketWriter>,
    registry: Rc<SessionRegistry>,
}

#[derive(Debug, Default)]
struct Replies {
    frames: VecDeque<Bytes>,
    bytes: usize,
}

impl Outbound {
    /// The outbound of a connection with this socket, on the thread of these registry.
    pub(crate) fn new(socket: Rc<SocketWriter>, registry: Rc<SessionRegistry>) -> Self {
        Self {
            line: Some(Line { socket, registry }),
            ..Self::default()
        }
    }

    /// Says something to this client alone, after what it was told before.
    pub(crate) fn reply(&self, message: &ServerMessage) {
        self.put(frame(message));
    }

    /// Answers a ping.
    pub(crate) fn pong(&self, payload: &[u8]) {
        self.put(control_frame(Control::Pong, payload));
    }

    /// Asks for a sign of life.
    pub(crate) fn ping(&self) {
        self.put(control_frame(Control::Ping, b""));
    }

    /// Says why the connection ends.
    pub(crate) fn close(&self, code: CloseCode) {
        let mut payload = code.number().to_be_bytes().to_vec();
        payload.extend_from_slice(code.reason().as_bytes());
        self.put(control_frame(Control::Close, &payload));
    }

    fn put(&self, frame: Bytes) {
        let mut replies = self.replies.borrow_mut();
        replies.bytes += frame.len();
        replies.frames.push_back(frame);
        if let Some(line) = &self.line {
            line.socket.mark_busy();
        }
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
    pub(crate) fn add(self: &Rc<Self>, mut cursor: Cursor) {
        if let Some(line) = &self.line {
            cursor.sit_at(Table {
                registry: line.registry.clone(),
                socket: line.socket.clone(),
                outbound: Rc::downgrade(self),
            });
        }
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
    pub(crate) fn for_each_room(&self, act: impl FnMut(&RoomHandle)) {
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

    /// Has the tail look for what there is to write.
    pub(crate) fn wake_tail(&self) {
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

    /// Writes all that there is, and what comes, until the socket breaks.
    pub(crate) fn poll_write(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        let Some(Line { socket, .. }) = &self.line else {
            return Poll::Pending;
        };
        for _ in 0..CHUNKS_AT_ONCE {
            if let Err(error) = ready!(socket.poll_flush(cx)) {
                return Poll::Ready(error);
            }
            match self.poll_reply().or_else(|| self.poll_cursors(cx)) {
                Some(frames) => socket.keep(frames),
                None => {
                    socket.mark_idle();
                    self.wait(cx);
                    return Poll::Pending;
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Whether all that was said to this client alone is in the system's hands.
    pub(crate) fn is_flushed(&self) -> bool {
        let is_out = |line: &Line| line.socket.is_empty();
        self.replies.borrow().frames.is_empty() && self.line.as_ref().is_none_or(is_out)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_client_that_leaves_its_answers_lying_is_not_asked_for_more_until_it_takes_one() {
        let outbound = Outbound::default();
        let answer = ServerMessage::Notice {
            text: "x".repeat(REPLIES_BYTES_MAX / 4),
        };
        for _ in 0..4 {
            assert!(!outbound.is_full());
            outbound.reply(&answer);
        }
        assert!(outbound.is_full());
        assert_eq!(outbound.changed().now_or_never(), None);
        outbound.poll_reply().unwrap();
        assert_eq!(outbound.changed().now_or_never(), Some(()));
        assert!(!outbound.is_full());
    }
}
