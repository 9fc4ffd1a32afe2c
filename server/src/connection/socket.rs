//! The write half of a socket. Two parts of the server write to it, both on the connection's
//! thread: the session registry, which writes new frames of a room to every idle socket, and the
//! connection's own task, which writes replies, catches up, and finishes what the socket did not
//! take at once.

use std::{
    cell::{Cell, RefCell},
    fmt, io,
    task::{Context, Poll, Waker, ready},
};

use bytes::{Buf, Bytes};

/// The socket below a [`SocketWriter`]: the system's, or the simulation's own.
#[cfg_attr(
    not(feature = "sim"),
    allow(unreachable_pub, reason = "only the simulation implements it outside")
)]
pub trait WriteSocket: fmt::Debug {
    /// Writes as many of these bytes as the socket takes at once.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where it takes none now; any other error is reported by the
    /// next [`WriteSocket::poll_write`] too.
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize>;

    /// Writes as many of these bytes as the socket takes, and waits where it takes none now.
    ///
    /// # Errors
    /// What broke the connection.
    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>>;

    /// Whether nothing is left in the socket itself of what it has taken. Only one that encrypts
    /// keeps something.
    fn is_flushed(&self) -> bool {
        true
    }

    /// Resolves when the socket itself keeps nothing any more.
    ///
    /// # Errors
    /// What broke the connection.
    fn poll_flush(&self, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Tries to write, and waits where the socket takes nothing now. `attempt` is tokio's own
/// `try_write`: it notes a socket that is full, so that `is_ready` waits.
pub(super) fn poll_try<T>(
    mut attempt: impl FnMut() -> io::Result<T>,
    is_ready: impl Fn(&mut Context<'_>) -> Poll<io::Result<()>>,
    cx: &mut Context<'_>,
) -> Poll<io::Result<T>> {
    loop {
        match attempt() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => ready!(is_ready(cx))?,
            written => return Poll::Ready(written),
        }
    }
}

/// The write half of one connection's socket: at most one chunk of unsent bytes, and whether anyone
/// may write now.
#[derive(Debug)]
pub(crate) struct SocketWriter<S: ?Sized = dyn WriteSocket> {
    state: Cell<State>,
    /// What the socket has not taken yet of the chunk being written.
    unsent: RefCell<Bytes>,
    /// The connection's task, while it waits for something to write.
    waker: RefCell<Option<Waker>>,
    /// Whether the socket took nothing at the last write.
    is_full: Cell<bool>,
    /// Whether a socket that was full has taken something since that was last asked.
    has_drained: Cell<bool>,
    socket: S,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No write in progress and nothing queued: anyone may write directly.
    Idle,
    /// The connection's task writes what is pending, in order.
    Busy,
}

impl<S: WriteSocket> SocketWriter<S> {
    /// A writer that is busy until the connection's task marks it idle.
    pub(crate) fn new(socket: S) -> Self {
        Self {
            state: Cell::new(State::Busy),
            unsent: RefCell::default(),
            waker: RefCell::default(),
            is_full: Cell::new(false),
            has_drained: Cell::new(false),
            socket,
        }
    }
}

impl SocketWriter {
    /// Whether no write is in progress and nothing is queued, so that what is written now is next.
    pub(crate) fn is_idle(&self) -> bool {
        self.state.get() == State::Idle
    }

    /// Lets anyone write directly.
    pub(crate) fn mark_idle(&self) {
        self.state.set(State::Idle);
    }

    /// Keeps others from writing until the connection's task has written all that is pending.
    pub(crate) fn mark_busy(&self) {
        self.state.set(State::Busy);
    }

    /// Whether the socket has taken everything that was buffered.
    pub(crate) fn is_flushed(&self) -> bool {
        self.unsent.borrow().is_empty() && self.socket.is_flushed()
    }

    /// Bytes that were buffered and that the socket has not taken.
    pub(crate) fn unsent_bytes(&self) -> usize {
        self.unsent.borrow().len()
    }

    /// Writes as many of these bytes as the socket takes now, and says how many. A broken socket
    /// takes none; the connection's task meets the error when it flushes the rest. What the socket
    /// has taken and not sent, that task sends.
    pub(crate) fn try_write(&self, bytes: &[u8]) -> usize {
        let written = self.socket.try_write(bytes).unwrap_or_default();
        if !self.socket.is_flushed() {
            self.mark_busy();
            self.wake();
        }
        written
    }

    /// Keeps these bytes for [`SocketWriter::poll_flush`] and marks the writer busy. Everything
    /// buffered before must have been flushed.
    pub(crate) fn buffer(&self, bytes: Bytes) {
        self.mark_busy();
        self.unsent.replace(bytes);
    }

    /// Resolves when the socket has taken everything that was buffered.
    ///
    /// # Errors
    /// What broke the connection.
    pub(crate) fn poll_flush(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut unsent = self.unsent.borrow_mut();
        while !unsent.is_empty() {
            let written = self.socket.poll_write(cx, &unsent);
            let was_full = self.is_full.replace(written.is_pending());
            let written = ready!(written)?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            unsent.advance(written);
            if was_full {
                self.has_drained.set(true);
            }
        }
        // Nothing is left of the chunk, so its buffer is given back.
        *unsent = Bytes::new();
        let flushed = self.socket.poll_flush(cx);
        let was_full = self.is_full.replace(flushed.is_pending());
        ready!(flushed)?;
        if was_full {
            self.has_drained.set(true);
        }
        Poll::Ready(Ok(()))
    }

    /// Takes whether a socket that was full has taken something again: its peer has made room. As
    /// long as the system has room of its own, a write says nothing about the peer.
    pub(crate) fn take_drained(&self) -> bool {
        self.has_drained.take()
    }

    /// Registers the connection's task to be woken, once, by [`SocketWriter::wake`].
    pub(crate) fn register(&self, waker: &Waker) {
        self.waker.replace(Some(waker.clone()));
    }

    /// Wakes the connection's task to write what is pending.
    pub(crate) fn wake(&self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

#[cfg(test)]
pub(crate) mod memory {
    //! A socket in memory, for tests.

    use std::rc::Rc;

    use super::*;

    /// The other end of a [`SocketWriter`] that writes to memory.
    #[derive(Debug, Clone)]
    pub(crate) struct MemorySocket(Rc<Memory>);

    #[derive(Debug)]
    struct Memory {
        written: RefCell<Vec<u8>>,
        /// Bytes that it takes until they are taken out.
        capacity: Cell<usize>,
        /// The writer, while it waits for room.
        waker: RefCell<Option<Waker>>,
    }

    impl MemorySocket {
        /// A socket without a limit, and a writer to it that is idle.
        pub(crate) fn idle() -> (Self, Rc<SocketWriter>) {
            let memory = Self(Rc::new(Memory {
                written: RefCell::default(),
                capacity: Cell::new(usize::MAX),
                waker: RefCell::default(),
            }));
            let writer: Rc<SocketWriter> = Rc::new(SocketWriter::new(memory.clone()));
            writer.mark_idle();
            (memory, writer)
        }

        pub(crate) fn set_capacity(&self, bytes: usize) {
            self.0.capacity.set(bytes);
            self.wake();
        }

        /// Takes out what was written.
        pub(crate) fn take(&self) -> Vec<u8> {
            let written = self.0.written.take();
            self.wake();
            written
        }

        fn wake(&self) {
            if let Some(waker) = self.0.waker.take() {
                waker.wake();
            }
        }
    }

    impl WriteSocket for MemorySocket {
        fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
            let mut written = self.0.written.borrow_mut();
            let room = self.0.capacity.get() - written.len();
            let count = room.min(bytes.len());
            written.extend_from_slice(&bytes[..count]);
            if count == 0 {
                return Err(io::ErrorKind::WouldBlock.into());
            }
            Ok(count)
        }

        fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            match self.try_write(bytes) {
                Ok(count) => Poll::Ready(Ok(count)),
                Err(_) => {
                    self.0.waker.replace(Some(cx.waker().clone()));
                    Poll::Pending
                }
            }
        }
    }
}
