//! Keeps the state file as new as the client, without a write for each change.

use std::{collections::BTreeMap, future::pending, sync::Arc, time::Duration};

use parlor_session::OutboxPost;
use parlor_shared::{AccessToken, Position, RoomId, Token};
use tokio::{sync::oneshot, task::JoinHandle, time::Instant};

use crate::{
    error::SaveError,
    limits::{OUTBOX_POSTS_MAX, SAVED_ROOMS_MAX, STATE_INTERVAL_MS, STATE_RETRY_MS},
    state::{State, StateFile},
};

/// Where the outcome of a write goes.
pub(crate) type SaveReply = oneshot::Sender<Result<(), SaveError>>;

/// Writes the state file, on a thread for that: what changed during a write shares the next one.
#[derive(Debug)]
pub(crate) struct Saver {
    file: Arc<StateFile>,
    state: State,
    is_dirty: bool,
    /// Who waits until everything up to now is in the file.
    waiting: Vec<SaveReply>,
    writing: Option<Writing>,
    next_at: Instant,
}

#[derive(Debug)]
struct Writing {
    task: JoinHandle<Result<(), SaveError>>,
    waiting: Vec<SaveReply>,
}

impl Saver {
    pub(crate) fn new(file: StateFile, mut state: State) -> Self {
        // From now on the session has it.
        state.outbox.clear();
        Self {
            file: Arc::new(file),
            state,
            is_dirty: false,
            waiting: Vec::new(),
            writing: None,
            next_at: Instant::now(),
        }
    }

    /// The place up to which the program has done everything.
    pub(crate) fn place(&self, room: &RoomId) -> Option<Position> {
        self.state.places.get(room).copied()
    }

    pub(crate) fn save_place(&mut self, room: &RoomId, at: Position) -> Result<(), SaveError> {
        let places: &mut BTreeMap<RoomId, Position> = &mut self.state.places;
        if places.len() >= SAVED_ROOMS_MAX && !places.contains_key(room) {
            return Err(SaveError::TooManyRooms);
        }
        self.is_dirty |= places.insert(room.clone(), at) != Some(at);
        Ok(())
    }

    pub(crate) fn forget_place(&mut self, room: &RoomId) {
        self.is_dirty |= self.state.places.remove(room).is_some();
    }

    pub(crate) fn set_token(&mut self, token: &Token) {
        if self.state.token.as_ref() != Some(token) {
            self.state.token = Some(token.clone());
            self.is_dirty = true;
        }
    }

    pub(crate) fn set_access(&mut self, access: &AccessToken) {
        self.state.access = Some(access.clone());
        self.is_dirty = true;
    }

    /// The outbox has changed.
    pub(crate) fn mark_dirty(&mut self) {
        self.is_dirty = true;
    }

    /// Answers once everything up to now is in the file.
    pub(crate) fn wait(&mut self, reply: SaveReply) {
        self.is_dirty = true;
        self.waiting.push(reply);
    }

    /// Whether as many wait as may. No command is taken then.
    pub(crate) fn is_full(&self) -> bool {
        self.waiting.len() >= OUTBOX_POSTS_MAX
    }

    /// Returns when the next write is to be begun. Cancel safe.
    pub(crate) async fn until_due(&mut self) {
        loop {
            if let Some(writing) = &mut self.writing {
                let written = (&mut writing.task).await;
                let written = written.unwrap_or_else(|error| Err(failed(&error)));
                self.on_written(written);
            } else if !self.is_dirty {
                return pending().await;
            } else {
                if self.waiting.is_empty() {
                    tokio::time::sleep_until(self.next_at).await;
                }
                return;
            }
        }
    }

    fn on_written(&mut self, written: Result<(), SaveError>) {
        let mut pause_ms = STATE_INTERVAL_MS;
        if let Err(error) = &written {
            tracing::warn!(%error, "the client's state is not saved");
            self.is_dirty = true;
            pause_ms = STATE_RETRY_MS;
        }
        self.next_at = Instant::now() + Duration::from_millis(pause_ms);
        let waiting = self.writing.take().map(|writing| writing.waiting);
        for reply in waiting.into_iter().flatten() {
            // The program may have stopped waiting for it.
            reply.send(written.clone()).ok();
        }
    }

    /// Begins a write of everything as it is now.
    pub(crate) fn begin(&mut self, outbox: Vec<OutboxPost>) {
        let mut state = self.state.clone();
        state.outbox = outbox;
        let file = self.file.clone();
        let task =
            tokio::task::spawn_blocking(move || file.write(&state).map_err(|error| failed(&error)));
        self.is_dirty = false;
        self.writing = Some(Writing {
            task,
            waiting: std::mem::take(&mut self.waiting),
        });
    }

    /// Writes everything as it is at the end. Those who wait are answered.
    pub(crate) async fn finish(mut self, outbox: Vec<OutboxPost>) {
        if let Some(writing) = &mut self.writing {
            let written = (&mut writing.task).await;
            let written = written.unwrap_or_else(|error| Err(failed(&error)));
            self.on_written(written);
        }
        self.begin(outbox);
        if let Some(writing) = &mut self.writing {
            let written = (&mut writing.task).await;
            let written = written.unwrap_or_else(|error| Err(failed(&error)));
            self.on_written(written);
        }
    }
}

fn failed(error: &dyn std::error::Error) -> SaveError {
    SaveError::Write(error.to_string())
}

#[cfg(test)]
mod tests {
    use parlor_shared::{Epoch, Seq};

    use super::*;

    #[tokio::test]
    async fn the_file_has_places_of_a_bounded_number_of_rooms() {
        let folder = tempfile::tempdir().unwrap();
        let (file, state) = StateFile::open(&folder.path().join("bot.json")).unwrap();
        let mut saver = Saver::new(file, state);
        let room = |n: usize| RoomId::parse(&format!("room-{n}")).unwrap();
        let place = Position {
            epoch: Epoch::from_bytes([1; 16]),
            seq: Seq(1),
        };
        for n in 0..SAVED_ROOMS_MAX {
            saver.save_place(&room(n), place).unwrap();
        }
        let one_more = room(SAVED_ROOMS_MAX);
        assert_eq!(
            saver.save_place(&one_more, place),
            Err(SaveError::TooManyRooms)
        );
        saver.save_place(&room(0), place).unwrap();
        saver.forget_place(&room(0));
        saver.save_place(&one_more, place).unwrap();
    }

    #[tokio::test]
    async fn those_who_wait_learn_that_the_file_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gone/bot.json");
        std::fs::create_dir(folder.path().join("gone")).unwrap();
        let (file, state) = StateFile::open(&path).unwrap();
        std::fs::remove_dir_all(folder.path().join("gone")).unwrap();
        let mut saver = Saver::new(file, state);
        let (reply, written) = oneshot::channel();
        saver.wait(reply);
        saver.until_due().await;
        saver.begin(Vec::new());
        // The write ends, and the next one is due after a pause.
        saver.until_due().await;
        assert!(matches!(written.await, Ok(Err(SaveError::Write(_)))));
    }
}
