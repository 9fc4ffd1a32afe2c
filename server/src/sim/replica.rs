//! What a stream says, whatever its nodes have made of it.

use std::{
    path::Path,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
};

use parlor_shared::{Entry, RoomId, Seq};

use super::stream::Stream;
use crate::engine::embedded::{
    OpenError,
    stepped::{Disk, Meanwhile, Stepped},
};

/// Steps of its writer within which a log has applied what it was given.
const STEPS_MAX: usize = 100;

/// A log that applies what a stream has as soon as it is stored, straight from the stream.
#[derive(Debug)]
pub struct Replica {
    log: Stepped,
    stream: Stream,
    /// How far it has followed the stream.
    applied: u64,
}

impl Replica {
    /// An empty log in this folder.
    ///
    /// # Errors
    /// [`OpenError`] where the log can't be opened.
    pub fn open(folder: &Path, stream: &Stream) -> Result<Self, OpenError> {
        Ok(Self {
            log: Stepped::follow(folder, stream.start(), Arc::new(()))?,
            stream: stream.clone(),
            applied: 0,
        })
    }

    /// Applies what the stream has stored since.
    ///
    /// # Errors
    /// What can't be applied, in words.
    pub fn follow(&mut self) -> Result<(), String> {
        let messages = self.stream.messages_after(self.applied);
        let Some(last) = messages.last() else {
            return Ok(());
        };
        self.applied = last.sequence;
        let log = self.log.log().clone();
        let mut applied = pin!(log.apply(messages));
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..STEPS_MAX {
            match applied.as_mut().poll(&mut context) {
                Poll::Ready(result) => return result.map(drop).map_err(|error| error.to_string()),
                Poll::Pending => self.log.write(Disk::Works, Meanwhile::Nothing),
            }
        }
        Err("what the stream has is not applied".to_owned())
    }

    /// The entries of a room after this place; `None` if they can't be read.
    #[must_use]
    pub fn durable(&self, room: &RoomId, after: Seq) -> Option<Vec<Entry>> {
        self.log.durable(room, after).ok()
    }
}
