//! Where a task of another thread waits for the next publish in a room.

use std::{sync::Arc, task::Waker};

use super::Room;
use crate::rooms::wakeups::{Inbox, Waiting};

/// A place for the waker of a task that waits for the next publish in a room.
#[derive(Debug)]
pub(crate) struct WakerSlot {
    room: Arc<Room>,
    inbox: Arc<Inbox>,
    key: usize,
}

impl WakerSlot {
    /// A slot in this room, without a waker, for a task of the thread with this inbox.
    pub(crate) fn new(room: &Arc<Room>, inbox: &Arc<Inbox>) -> Self {
        Self {
            key: room.lock().waiting.insert(None),
            room: room.clone(),
            inbox: inbox.clone(),
        }
    }

    /// The room.
    pub(crate) fn room(&self) -> &Arc<Room> {
        &self.room
    }

    /// Registers `waker` for the next publish, once. Register before reading, or a publish in
    /// between is missed.
    pub(crate) fn register(&self, waker: &Waker) {
        match self.room.lock().waiting.get_mut(self.key) {
            Some(Some(known)) => known.waker.clone_from(waker),
            Some(empty) => {
                *empty = Some(Waiting {
                    waker: waker.clone(),
                    inbox: self.inbox.clone(),
                });
            }
            None => {}
        }
    }
}

impl Drop for WakerSlot {
    fn drop(&mut self) {
        self.room.lock().waiting.try_remove(self.key);
    }
}
