//! What members who join are told first, read for many of them at once.
//!
//! After a restart of the server or a failure of the network, thousands join within a second. Each
//! needs a few rows, and going to a reader's thread and back costs more than reading them. So a
//! reader that has begun reads for everyone who waits by then: nobody waits for more to come, and
//! each answer is of a moment after its request.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use parlor_shared::{MemberId, RoomId, RoomState, limits::JOINS_READ_MAX};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::{
    reader::{self, Readers},
    room_state, seen,
};
use crate::engine::{Bounds, JoinRead, ReadError};

/// The requests that no reader has begun with.
#[derive(Debug, Default)]
pub(super) struct JoinReads(Arc<Mutex<VecDeque<JoinRequest>>>);

#[derive(Debug)]
struct JoinRequest {
    room: RoomId,
    member: MemberId,
    reply: oneshot::Sender<JoinRead>,
}

/// Answers that are sent when this is dropped: by the task that asked for them, which wakes those
/// of its own thread cheaply, or by the reader if that task is gone.
#[derive(Debug, Default)]
struct Answers(Vec<(oneshot::Sender<JoinRead>, JoinRead)>);

impl Drop for Answers {
    fn drop(&mut self) {
        for (reply, answer) in self.0.drain(..) {
            // A client that is gone needs no answer.
            reply.send(answer).ok();
        }
    }
}

impl JoinReads {
    /// Reads what a member who joins this room is told, together with the requests of others.
    pub(super) async fn read(
        &self,
        readers: &Readers,
        room: &RoomId,
        member: MemberId,
    ) -> Result<JoinRead, ReadError> {
        let (reply, mut answer) = oneshot::channel();
        lock(&self.0).push_back(JoinRequest {
            room: room.clone(),
            member,
            reply,
        });
        loop {
            // Whoever gets a reader first reads for all. The others have their answers before it
            // is their turn.
            let permit = tokio::select! {
                biased;
                answered = &mut answer => return answered.map_err(|_| ReadError),
                permit = readers.permit() => permit?,
            };
            let requests = self.0.clone();
            let read = move |db: &mut Connection| answers(db, &requests);
            drop(readers.run_with(permit, read).await?);
        }
    }
}

/// Reads for up to [`JOINS_READ_MAX`] requests, the oldest first, at one moment of the log.
fn answers(
    db: &mut Connection,
    requests: &Mutex<VecDeque<JoinRequest>>,
) -> rusqlite::Result<Answers> {
    let requests: Vec<JoinRequest> = {
        let mut requests = lock(requests);
        let count = requests.len().min(JOINS_READ_MAX);
        requests.drain(..count).collect()
    };
    let snapshot = db.transaction()?;
    let mut rooms: HashMap<RoomId, (Bounds, RoomState)> = HashMap::new();
    let mut answers = Answers::default();
    for JoinRequest {
        room,
        member,
        reply,
    } in requests
    {
        if reply.is_closed() {
            continue;
        }
        let seen = seen::read(&snapshot, member, &room)?;
        let known = rooms.get(&room).cloned();
        let (bounds, state) = match known {
            Some(known) => known,
            None => {
                let bounds = reader::bounds(&snapshot, &room)?;
                let read = (bounds, room_state::read_at(&snapshot, &room)?);
                rooms.insert(room, read.clone());
                read
            }
        };
        let answer = JoinRead {
            bounds,
            state,
            seen,
        };
        answers.0.push((reply, answer));
    }
    Ok(answers)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A request is added or taken in one step, so what a panic leaves is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::{FutureExt, future::join_all};

    use super::*;
    use crate::engine::embedded::{failure::Failures, reader::Read, schema};

    /// A pool with one reader, and how many reads it has done.
    fn readers(folder: &tempfile::TempDir) -> (Readers, Arc<AtomicUsize>) {
        let path = folder.path().join("parlor.db");
        drop(schema::open_writer(&path).unwrap());
        let reads = Arc::new(AtomicUsize::new(0));
        let counter = reads.clone();
        let spawner = Arc::new(move |read: Read| {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::task::spawn_blocking(read);
        });
        let open = move || schema::open_reader(&path);
        (
            Readers::new(1, open, spawner, [], Failures::default()),
            reads,
        )
    }

    fn member(n: usize) -> MemberId {
        MemberId::from_bytes([n as u8; 16])
    }

    #[tokio::test]
    async fn those_who_wait_for_a_reader_are_read_for_together_and_a_bounded_number_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (readers, reads) = readers(&folder);
        let room = RoomId::parse("lobby").unwrap();
        for (count, expected) in [(1, 1), (JOINS_READ_MAX, 1), (JOINS_READ_MAX + 1, 2)] {
            reads.store(0, Ordering::SeqCst);
            let joins = JoinReads::default();
            let busy = readers.permit().await.unwrap();
            let mut all = Box::pin(join_all(
                (0..count).map(|n| joins.read(&readers, &room, member(n))),
            ));
            assert!(all.as_mut().now_or_never().is_none());
            drop(busy);
            for answer in all.await {
                assert_eq!(answer.unwrap(), JoinRead::default());
            }
            assert_eq!(reads.load(Ordering::SeqCst), expected, "{count} joins");
        }
    }

    #[tokio::test]
    async fn a_client_that_is_gone_while_it_reads_for_others_leaves_no_one_without_an_answer() {
        let folder = tempfile::tempdir().unwrap();
        let (readers, _) = readers(&folder);
        let (room, joins) = (RoomId::parse("lobby").unwrap(), JoinReads::default());
        let busy = readers.permit().await.unwrap();
        let mut gone = Box::pin(joins.read(&readers, &room, member(1)));
        let mut other = Box::pin(joins.read(&readers, &room, member(2)));
        assert!(gone.as_mut().now_or_never().is_none());
        assert!(other.as_mut().now_or_never().is_none());
        drop(busy);
        // It is the first to get the reader, and begins.
        assert!(gone.as_mut().now_or_never().is_none());
        drop(gone);
        assert_eq!(other.await.unwrap(), JoinRead::default());
    }
}
