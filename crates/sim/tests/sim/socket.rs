//! The write half of the server's end of a link. Its seed decides how much a write takes.

use std::{
    cell::{Cell, RefCell},
    io::{self, ErrorKind},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use bytes::{Bytes, BytesMut};
use parlor_server::sim::WriteSocket;

use crate::random::Random;

/// One write in this many is taken in part.
const PARTIAL_ONE_IN: u64 = 4;
/// One write in this many finds a stalled socket, which takes nothing until it is resumed.
const STALLS_ONE_IN: u64 = 8;

/// A socket of limited capacity that takes some writes in part and stalls at times.
#[derive(Debug, Clone)]
pub(crate) struct SimSocket(Rc<State>);

#[derive(Debug)]
struct State {
    /// How many bytes it takes until the client has received some.
    capacity: Cell<usize>,
    /// Bytes that were written and are not in transit yet.
    written: RefCell<BytesMut>,
    is_stalled: Cell<bool>,
    /// The server's task, while it waits to write.
    waker: RefCell<Option<Waker>>,
    random: RefCell<Random>,
}

impl SimSocket {
    pub(crate) fn new(capacity: usize, random: Random) -> Self {
        Self(Rc::new(State {
            capacity: Cell::new(capacity),
            written: RefCell::default(),
            is_stalled: Cell::new(false),
            waker: RefCell::default(),
            random: RefCell::new(random),
        }))
    }

    /// Takes out what was written.
    pub(crate) fn take(&self) -> Bytes {
        self.0.written.borrow_mut().split().freeze()
    }

    /// Makes room, because the client has received this many bytes.
    pub(crate) fn free(&self, bytes: usize) {
        self.0.capacity.update(|capacity| capacity + bytes);
    }

    /// Whether the server waits to write, and the socket has room.
    pub(crate) fn can_resume(&self) -> bool {
        self.0.capacity.get() > 0 && self.0.waker.borrow().is_some()
    }

    /// Ends a stall.
    pub(crate) fn resume(&self) {
        self.0.is_stalled.set(false);
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }
}

impl WriteSocket for SimSocket {
    fn try_write(&self, bytes: &[u8]) -> io::Result<usize> {
        let state = &*self.0;
        let mut random = state.random.borrow_mut();
        if random.one_in(STALLS_ONE_IN) {
            state.is_stalled.set(true);
        }
        if state.is_stalled.get() || state.capacity.get() == 0 {
            return Err(ErrorKind::WouldBlock.into());
        }
        let most = bytes.len().min(state.capacity.get());
        let count = if random.one_in(PARTIAL_ONE_IN) {
            random.between(1, most as u64) as usize
        } else {
            most
        };
        state
            .written
            .borrow_mut()
            .extend_from_slice(&bytes[..count]);
        state.capacity.update(|capacity| capacity - count);
        Ok(count)
    }

    fn poll_write(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.try_write(bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.0.waker.replace(Some(cx.waker().clone()));
                Poll::Pending
            }
            written => Poll::Ready(written),
        }
    }
}
