//! What one connection has to write: replies, a ping, and the frames its cursors read.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    io,
    rc::Rc,
    task::{Context, Poll},
};

use bytes::Bytes;
use parlor_shared::{
    ErrorCode, Refusal, RoomId, ServerMessage,
    close::CloseCode,
    limits::{REPLIES_BYTES_MAX, REPLY_BYTES_PER_TOKEN, ROOMS_PER_CONNECTION_MAX},
};
use tokio::sync::Notify;

#[cfg(feature = "echo")]
use crate::connection::{
    frame::{BINARY, TEXT, data_frame},
    inbound::Message,
};
use crate::{
    connection::{
        frame::{Control, close_answer, close_frame, control_frame, frame},
        socket::SocketWriter,
    },
    engine::ReadError,
    rooms::{
        cursor::Cursor,
        entry_reader::{PageSlot, ReaderLost},
        registry::SessionRegistry,
        room::RoomHandle,
    },
};

/// What a reply costs beside its bytes: its place in the queue, which doubles when it grows, and
/// the headers of its buffer. An empty pong has two bytes.
const REPLY_OVERHEAD_BYTES: usize = 128;

/// Chunks written in one poll before the thread's other tasks get their turn.
const CHUNKS_PER_POLL: usize = 16;

/// A connection's outbound state: queued replies and subscriptions. The read loop fills it,
/// [`Outbound::poll_write`] drains it; both run in the connection's task. Live cursors are also
/// written to by the session registry, while the socket is idle.
#[derive(Debug)]
pub(crate) struct Outbound {
    socket: Rc<SocketWriter>,
    registry: Rc<SessionRegistry>,
    replies: RefCell<Replies>,
    /// Whether a ping is to be written. It is no reply: writing it says nothing about the client.
    ping_due: Cell<bool>,
    cursors: RefCell<Vec<Cursor>>,
    lost: RefCell<Option<ReadError>>,
    /// Tokens to charge for what was sent to this client alone.
    debt: Cell<u32>,
    /// Tokens for what cursors that have ended gave for nothing. The next join pays them.
    given_free: Cell<u32>,
    /// Whether the client has taken something while the reply queue was full.
    has_drained: Cell<bool>,
    /// Notified when the client took something, a reply was written or a cursor was lost.
    progress: Notify,
}

#[derive(Debug, Default)]
struct Replies {
    frames: VecDeque<Bytes>,
    bytes: usize,
}

impl Outbound {
    /// The outbound state of a connection with this socket, whose live cursors subscribe in this
    /// registry.
    pub(crate) fn new(socket: Rc<SocketWriter>, registry: Rc<SessionRegistry>) -> Self {
        Self {
            socket,
            registry,
            replies: RefCell::default(),
            ping_due: Cell::new(false),
            cursors: RefCell::default(),
            lost: RefCell::default(),
            has_drained: Cell::new(false),
            debt: Cell::new(0),
            given_free: Cell::new(0),
            progress: Notify::new(),
        }
    }

    /// Queues a message to this client alone.
    pub(crate) fn reply(&self, message: &ServerMessage) {
        let frame = frame(message);
        self.add_debt((frame.len() / REPLY_BYTES_PER_TOKEN) as u32);
        self.queue(frame);
    }

    /// Takes the tokens to charge for what was sent to this client alone: its replies, and what its
    /// cursors brought before they were live.
    pub(crate) fn take_debt(&self) -> u32 {
        self.debt.take()
    }

    fn add_debt(&self, tokens: u32) {
        self.debt.set(self.debt.get().saturating_add(tokens));
    }

    /// Queues the client's own message.
    #[cfg(feature = "echo")]
    pub(crate) fn echo(&self, message: &Message) {
        match message {
            Message::Text(text) => self.queue(data_frame(TEXT, text.as_bytes())),
            Message::Binary(bytes) => self.queue(data_frame(BINARY, bytes)),
            Message::Fragment | Message::Ping(_) | Message::Pong | Message::Close(_) => {}
        }
    }

    /// Queues the answer to a WebSocket ping.
    pub(crate) fn pong(&self, payload: &[u8]) {
        self.queue(control_frame(Control::Pong, payload));
    }

    /// Queues the close frame.
    pub(crate) fn close(&self, code: CloseCode) {
        self.queue(close_frame(code));
    }

    /// Queues the answer to the client's close frame, which gave this code or none.
    pub(crate) fn answer_close(&self, code: Option<u16>) {
        self.queue(close_answer(code));
    }

    /// Queues a frame of the server's own, which the client does not pay for.
    pub(crate) fn announce(&self, frame: Bytes) {
        self.queue(frame);
    }

    /// Queues a WebSocket ping, unless one is queued already.
    pub(crate) fn ping(&self) {
        self.ping_due.set(true);
        self.wake();
    }

    fn queue(&self, frame: Bytes) {
        let mut replies = self.replies.borrow_mut();
        replies.bytes += frame.len() + REPLY_OVERHEAD_BYTES;
        replies.frames.push_back(frame);
        self.wake();
    }

    /// Has [`Outbound::poll_write`] called, and keeps the registry from writing before it.
    fn wake(&self) {
        self.socket.mark_busy();
        self.socket.wake();
    }

    /// Whether the reply queue is at its bound, so that no more requests are read.
    pub(crate) fn is_full(&self) -> bool {
        self.replies.borrow().bytes >= REPLIES_BYTES_MAX
    }

    /// Resolves when the client took something, a reply was written or a cursor was lost.
    pub(crate) async fn progress(&self) {
        self.progress.notified().await;
    }

    /// Takes whether the client took something while the reply queue was full. Nothing is read from
    /// it then, so this alone shows that it is there.
    pub(crate) fn take_drained(&self) -> bool {
        self.has_drained.take()
    }

    /// Why the log could not be read for a cursor, if it could not.
    pub(crate) fn take_lost(&self) -> Option<ReadError> {
        self.lost.take()
    }

    /// Adds a cursor. It replaces the one in the same room, if there is one. What cursors gave for
    /// nothing that have ended is paid now.
    pub(crate) fn add(&self, cursor: Cursor) {
        let mut cursors = self.cursors.borrow_mut();
        self.add_debt(self.given_free.take());
        let same_room = |other: &&mut Cursor| other.room_id() == cursor.room_id();
        match cursors.iter_mut().find(same_room) {
            Some(other) => {
                self.add_debt(other.free_tokens());
                *other = cursor;
            }
            None => {
                // Most connections are in one room, and room for four would be half a KiB.
                cursors.reserve_exact(1);
                cursors.push(cursor);
            }
        }
        self.wake();
    }

    /// Takes out the cursor in this room, if there is one.
    pub(crate) fn remove(&self, room: &RoomId) -> Option<Cursor> {
        let mut cursors = self.cursors.borrow_mut();
        let index = cursors.iter().position(|cursor| cursor.room_id() == room)?;
        // If it had the page of the log, another cursor may have one now.
        self.wake();
        let removed = cursors.swap_remove(index);
        self.add_given_free(&removed);
        Some(removed)
    }

    fn add_given_free(&self, ended: &Cursor) {
        let given_free = self.given_free.get().saturating_add(ended.free_tokens());
        self.given_free.set(given_free);
    }

    /// Whether the connection is in this room.
    pub(crate) fn is_in(&self, room: &RoomId) -> bool {
        let cursors = self.cursors.borrow();
        cursors.iter().any(|cursor| cursor.room_id() == room)
    }

    /// Whether the connection is in as many rooms as it may be.
    pub(crate) fn has_rooms_max(&self) -> bool {
        self.cursors.borrow().len() >= ROOMS_PER_CONNECTION_MAX
    }

    /// Calls `visit` with every room the connection is in.
    pub(crate) fn for_each_room(&self, visit: impl FnMut(&RoomHandle)) {
        let cursors = self.cursors.borrow();
        cursors.iter().map(Cursor::room).for_each(visit);
    }

    /// How far each cursor is behind its room.
    pub(crate) fn lags(&self) -> Vec<(RoomId, u64)> {
        let cursors = self.cursors.borrow();
        let lag = |cursor: &Cursor| (cursor.room_id().clone(), cursor.behind());
        cursors.iter().map(lag).collect()
    }

    /// Bytes that wait for the socket: replies, and what it did not take of the last chunk.
    pub(crate) fn unsent_bytes(&self) -> usize {
        self.replies.borrow().bytes + self.socket.unsent_bytes()
    }

    /// Ends every cursor.
    pub(crate) fn clear(&self) {
        self.cursors.borrow_mut().clear();
    }

    /// Writes everything that is pending, and what becomes pending later. Resolves with the error
    /// that broke the connection.
    pub(crate) fn poll_write(&self, cx: &mut Context<'_>) -> Poll<io::Error> {
        for _ in 0..CHUNKS_PER_POLL {
            let flushed = self.socket.poll_flush(cx);
            if self.socket.take_drained() && self.is_full() {
                self.has_drained.set(true);
                self.progress.notify_one();
            }
            match flushed {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(error)) => return Poll::Ready(error),
                Poll::Pending => {
                    let mut cursors = self.cursors.borrow_mut();
                    cursors.iter_mut().for_each(|cursor| cursor.drive_page(cx));
                    return Poll::Pending;
                }
            }
            match self.next_chunk(cx) {
                Some(frames) => self.socket.buffer(frames),
                None => {
                    self.socket.register(cx.waker());
                    self.socket.mark_idle();
                    return Poll::Pending;
                }
            }
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn next_chunk(&self, cx: &mut Context<'_>) -> Option<Bytes> {
        if self.ping_due.take() {
            return Some(control_frame(Control::Ping, b""));
        }
        self.next_reply().or_else(|| self.poll_cursors(cx))
    }

    fn next_reply(&self) -> Option<Bytes> {
        let mut replies = self.replies.borrow_mut();
        let frame = replies.frames.pop_front()?;
        replies.bytes -= frame.len() + REPLY_OVERHEAD_BYTES;
        if replies.frames.is_empty() {
            replies.frames = VecDeque::new();
        }
        self.progress.notify_one();
        Some(frame)
    }

    fn poll_cursors(&self, cx: &mut Context<'_>) -> Option<Bytes> {
        let mut cursors = self.cursors.borrow_mut();
        let mut page_is_taken = cursors.iter().any(Cursor::has_page);
        let mut index = 0;
        while let Some(cursor) = cursors.get_mut(index) {
            // A cursor whose page is void reads another one.
            let slot = if page_is_taken && !cursor.has_page() {
                PageSlot::Taken
            } else {
                PageSlot::Free
            };
            match cursor.poll_frames(cx, &self.registry, &self.socket, slot) {
                Poll::Ready(Ok(frames)) => {
                    self.add_debt(cursor.take_debt());
                    // The other cursors first next time, so that one busy room does not starve the
                    // rest.
                    cursors.rotate_left(index + 1);
                    return Some(frames);
                }
                Poll::Ready(Err(ReaderLost::Overtaken)) => {
                    let overtaken = cursors.remove(index);
                    self.add_given_free(&overtaken);
                    return Some(must_rejoin(overtaken.room_id()));
                }
                Poll::Ready(Err(ReaderLost::Unreadable(why))) => {
                    cursors.remove(index);
                    self.lost.replace(Some(why));
                    self.progress.notify_one();
                }
                Poll::Pending => {
                    page_is_taken |= cursor.has_page();
                    index += 1;
                }
            }
        }
        None
    }

    /// Whether the socket has taken every reply.
    pub(crate) fn is_flushed(&self) -> bool {
        self.replies.borrow().frames.is_empty() && self.socket.is_flushed()
    }
}

/// Tells the client that it is in the room no more, as retention has deleted what it was to read
/// next. It joins again, and is told what there still is.
fn must_rejoin(room: &RoomId) -> Bytes {
    let why = "What you were reading was deleted by age or number. Join again.";
    let mut refusal = Refusal::new(ErrorCode::NotJoined, why);
    refusal.room = Some(room.clone());
    frame(&ServerMessage::Error(refusal))
}

#[cfg(test)]
mod tests;
