//! Wakes the tasks of other threads that a publish concerns: once for each thread, however many
//! tasks.
//!
//! Waking a task of another thread interrupts that thread's wait for its sockets, which costs both
//! of them a system call. So the wakers are laid into the thread's [`Inbox`], and a task of that
//! thread, which alone is woken from outside, wakes the others.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use futures_util::task::AtomicWaker;

/// The tasks of one thread that are to be woken.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    due: Mutex<Vec<Waker>>,
    /// The task that wakes them.
    task: AtomicWaker,
}

impl Inbox {
    /// Wakes the tasks that are laid in, for as long as the thread runs.
    pub(crate) async fn run(self: Arc<Self>) {
        poll_fn(|cx| {
            // Before looking, or what is laid in meanwhile would be missed.
            self.task.register(cx.waker());
            let due = std::mem::take(&mut *self.lock());
            due.into_iter().for_each(Waker::wake);
            Poll::Pending
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Waker>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A task that waits, and the inbox of its thread.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) waker: Waker,
    pub(crate) inbox: Arc<Inbox>,
}

/// Tasks that are woken when this is dropped.
#[derive(Debug, Default)]
pub(crate) struct WakeList {
    /// The inboxes that have something new.
    inboxes: Vec<Arc<Inbox>>,
}

impl WakeList {
    /// Adds a task.
    pub(crate) fn add(&mut self, Waiting { waker, inbox }: Waiting) {
        inbox.lock().push(waker);
        // There are as many as the server has threads.
        if !self.inboxes.iter().any(|other| Arc::ptr_eq(other, &inbox)) {
            self.inboxes.push(inbox);
        }
    }
}

impl Drop for WakeList {
    fn drop(&mut self) {
        for inbox in &self.inboxes {
            inbox.task.wake();
        }
    }
}
