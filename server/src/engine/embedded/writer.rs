//! The one thread that writes: groups of appends, each one commit.

use std::{collections::HashMap, sync::Arc};

use parlor_shared::{
    Body, Entry, MemberId, RoomId, Seq, codec,
    limits::{APPEND_GROUP_MAX, ROOMS_LOADED_MAX},
};
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::{
    mpsc::{Receiver, error::TryRecvError},
    oneshot,
};

use super::{
    failure::Failures,
    retention::{self, Stretch},
    row::{self, COLUMNS},
    schema,
    words::Index,
};
use crate::engine::{AppendError, Appended, Committed, EngineFailure, NewEntry, Outcome, Sink};

/// How far the full-text index may fall behind before it gets its turn among appends without a pause.
const INDEX_LAG_MAX: u64 = 20_000;

/// Changed rows after which the write-ahead log is copied into the file.
const CHECKPOINT_ROWS: u64 = 1_000;

/// What the writer is asked for.
#[derive(Debug)]
pub(super) enum Job {
    /// Append this, and answer once it is durable.
    Append(
        Box<NewEntry>,
        oneshot::Sender<Result<Appended, AppendError>>,
    ),
    /// Delete the next few of these, and answer how many.
    Forget(Stretch, oneshot::Sender<Result<usize, AppendError>>),
    /// Finish, and answer when the file is closed.
    Close(oneshot::Sender<()>),
}

/// The writer thread's state.
pub(super) struct Writer {
    file: Connection,
    sink: Arc<dyn Sink>,
    jobs: Receiver<Job>,
    failures: Failures,
    index: Index,
    /// The head when the index could not be written; zero where it could.
    index_stalled_at: Seq,
    /// The place of the log's newest entry ever.
    head: Seq,
    /// How many rows had been changed at the last checkpoint.
    rows_at_checkpoint: u64,
    /// Rooms written to lately.
    rooms: HashMap<RoomId, RoomHead>,
}

/// How a step left the writer.
pub(super) enum Turn {
    /// Ready for the next.
    Next,
    /// With nothing to do.
    Idle,
    /// The log can't go on.
    Failed,
    /// Told to close, and whom to answer.
    Close(oneshot::Sender<()>),
}

#[derive(Debug, Clone, Copy)]
struct RoomHead {
    number: i64,
    head: Seq,
}

type Answer = oneshot::Sender<Result<Appended, AppendError>>;

impl Writer {
    pub(super) fn new(
        file: Connection,
        sink: Arc<dyn Sink>,
        jobs: Receiver<Job>,
        failures: Failures,
    ) -> rusqlite::Result<Self> {
        let index = Index::open(&file)?;
        // Not the newest entry there is: that one may have been forgotten.
        let head = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entries'";
        let head = file.query_row(head, [], |row| row::seq(row, 0))?;
        Ok(Self {
            file,
            sink,
            jobs,
            failures,
            index,
            index_stalled_at: Seq::ZERO,
            head,
            rows_at_checkpoint: 0,
            rooms: HashMap::new(),
        })
    }

    /// The file, for a disk that fails on purpose.
    #[cfg(feature = "sim")]
    pub(super) fn file_mut(&mut self) -> &mut Connection {
        &mut self.file
    }

    /// Works until it is told to close, nobody is left to ask, or the log can't go on.
    pub(super) fn run(mut self) {
        let _alarm = self.failures.alarm();
        loop {
            let turn = match self.step() {
                Turn::Idle => match self.jobs.blocking_recv() {
                    Some(job) => self.work(job),
                    None => return self.close(None),
                },
                turn @ (Turn::Next | Turn::Failed | Turn::Close(_)) => turn,
            };
            match turn {
                Turn::Next | Turn::Idle => {}
                Turn::Failed => return,
                Turn::Close(answer) => return self.close(Some(answer)),
            }
        }
    }

    /// Does what there is to do now, appends before the index.
    pub(super) fn step(&mut self) -> Turn {
        match self.jobs.try_recv() {
            Ok(job) => self.work(job),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) if self.index_lag() > 0 => {
                self.advance_index().map_or(Turn::Failed, |()| Turn::Next)
            }
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => Turn::Idle,
        }
    }

    /// Does this job and those queued behind it, as one group.
    fn work(&mut self, job: Job) -> Turn {
        let mut group = Vec::new();
        let mut turn = Turn::Next;
        let mut forget = None;
        let mut next = Some(job);
        while let Some(job) = next {
            match job {
                Job::Append(new, answer) => group.push((*new, answer)),
                Job::Forget(stretch, answer) => forget = Some((stretch, answer)),
                Job::Close(answer) => turn = Turn::Close(answer),
            }
            let last = forget.is_some() || !matches!(turn, Turn::Next);
            let full = group.len() >= APPEND_GROUP_MAX || last;
            next = if full {
                None
            } else {
                self.jobs.try_recv().ok()
            };
        }
        let done = self
            .commit(group)
            .and_then(|()| forget.map_or(Ok(()), |(stretch, answer)| self.forget(stretch, answer)))
            .and_then(|()| self.checkpoint())
            .and_then(|()| self.index_when_late());
        done.map_or(Turn::Failed, |()| turn)
    }

    /// Commits a group, shows it, answers it; an error when the log can't go on.
    fn commit(&mut self, group: Vec<(NewEntry, Answer)>) -> Result<(), EngineFailure> {
        if group.is_empty() {
            return Ok(());
        }
        let (new, answers): (Vec<NewEntry>, Vec<Answer>) = group.into_iter().unzip();
        match self.write(&new) {
            Ok(results) => {
                let committed: Vec<Committed> = new
                    .into_iter()
                    .zip(&results)
                    .filter_map(|(new, result)| match result {
                        Ok(Appended {
                            entry,
                            outcome: Outcome::New,
                        }) => Some(Committed {
                            room: new.room,
                            entry: entry.clone(),
                        }),
                        Ok(Appended {
                            outcome: Outcome::Duplicate,
                            ..
                        })
                        | Err(_) => None,
                    })
                    .collect();
                if let Some(last) = committed.last() {
                    self.head = last.entry.seq;
                    self.sink.committed(committed);
                }
                for (answer, result) in answers.into_iter().zip(results) {
                    // Nobody listens where the connection is gone; the entry is on the log all the same.
                    drop(answer.send(result));
                }
                Ok(())
            }
            Err(error) => {
                // What was known of rooms may come from the transaction that is no more.
                self.rooms.clear();
                tracing::error!(%error, appends = answers.len(), "a group was not committed");
                let verdict = self.failures.judge(&error);
                let why = match &verdict {
                    Ok(()) => AppendError::Unavailable,
                    Err(_) => AppendError::Closed,
                };
                for answer in answers {
                    drop(answer.send(Err(why.clone())));
                }
                verdict
            }
        }
    }

    fn write(
        &mut self,
        group: &[NewEntry],
    ) -> rusqlite::Result<Vec<Result<Appended, AppendError>>> {
        let transaction = self.file.transaction()?;
        let mut results = Vec::with_capacity(group.len());
        for new in group {
            results.push(append(&transaction, &mut self.rooms, new)?);
        }
        transaction.commit()?;
        Ok(results)
    }

    fn forget(
        &mut self,
        stretch: Stretch,
        answer: oneshot::Sender<Result<usize, AppendError>>,
    ) -> Result<(), EngineFailure> {
        let (verdict, result) = match retention::forget(&mut self.file, stretch) {
            Ok(count) => (Ok(()), Ok(count)),
            Err(error) => {
                tracing::warn!(%error, "what is not to be kept could not be deleted");
                (self.failures.judge(&error), Err(AppendError::Unavailable))
            }
        };
        // Whoever asked may be gone; what is forgotten is forgotten.
        drop(answer.send(result));
        verdict
    }

    fn index_when_late(&mut self) -> Result<(), EngineFailure> {
        if self.index_lag() > INDEX_LAG_MAX {
            self.advance_index()?;
        }
        Ok(())
    }

    fn advance_index(&mut self) -> Result<(), EngineFailure> {
        if let Err(error) = self.index.advance(&mut self.file, self.head) {
            tracing::warn!(%error, "the full-text index does not advance; search misses what is newest");
            self.index_stalled_at = self.head;
            return self.failures.judge(&error);
        }
        self.checkpoint()
    }

    /// Copies the write-ahead log into the file when it is due: here and not within a commit, where nobody would
    /// hear of an fsync that failed.
    fn checkpoint(&mut self) -> Result<(), EngineFailure> {
        let rows = self.file.total_changes();
        if rows - self.rows_at_checkpoint < CHECKPOINT_ROWS {
            return Ok(());
        }
        self.rows_at_checkpoint = rows;
        if let Err(error) = schema::checkpoint(&self.file) {
            tracing::warn!(%error, "the write-ahead log can't be copied into the file; it grows");
            return self.failures.judge(&error);
        }
        Ok(())
    }

    /// How far the full-text index is behind; 0 while there is no use in trying.
    fn index_lag(&self) -> u64 {
        // After an error it is tried again once something was committed: a full disk is not asked without end.
        if self.index_stalled_at == self.head {
            0
        } else {
            self.head.0.saturating_sub(self.index.until().0)
        }
    }

    pub(super) fn close(self, answer: Option<oneshot::Sender<()>>) {
        let Self {
            file,
            jobs,
            failures,
            ..
        } = self;
        // From here on an append is refused at once instead of waiting for nobody.
        drop(jobs);
        let closed = if failures.any() {
            Ok(())
        } else {
            schema::close(file)
        };
        if let Err(error) = closed {
            tracing::warn!(%error, "the log was not closed cleanly; nothing is lost");
        }
        if let Some(answer) = answer {
            // Whoever asked may be gone; the file is closed all the same.
            answer.send(()).unwrap_or_default();
        }
    }
}

/// Appends one entry within a transaction.
fn append(
    file: &Connection,
    rooms: &mut HashMap<RoomId, RoomHead>,
    new: &NewEntry,
) -> rusqlite::Result<Result<Appended, AppendError>> {
    let room = open_room(file, rooms, &new.room)?;
    let sql = format!("SELECT {COLUMNS} FROM entries WHERE room = ?1 AND id = ?2");
    let original = file
        .prepare_cached(&sql)?
        .query_row(params![room.number, new.id.as_bytes()], row::entry)
        .optional()?;
    if let Some(entry) = original {
        return Ok(Ok(Appended {
            entry,
            outcome: Outcome::Duplicate,
        }));
    }
    if let Err(refused) = check_target(file, room.number, new)? {
        return Ok(Err(refused));
    }
    file.prepare_cached(
        "INSERT INTO entries (room, prev, id, at_ms, member, name, body, target)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        room.number,
        row::sql(room.head),
        new.id.as_bytes(),
        new.at_ms.cast_signed(),
        new.member.as_bytes(),
        new.name.as_str(),
        codec::encode_body(&new.body),
        new.body.target().as_ref().map(|target| target.as_bytes()),
    ])?;
    let seq = Seq(file.last_insert_rowid().cast_unsigned());
    rooms.insert(new.room.clone(), RoomHead { head: seq, ..room });
    let entry = Entry {
        seq,
        prev: room.head,
        id: new.id,
        at_ms: new.at_ms,
        member: new.member,
        name: new.name.clone(),
        body: new.body.clone(),
    };
    Ok(Ok(Appended {
        entry,
        outcome: Outcome::New,
    }))
}

fn open_room(
    file: &Connection,
    rooms: &mut HashMap<RoomId, RoomHead>,
    room: &RoomId,
) -> rusqlite::Result<RoomHead> {
    if let Some(known) = rooms.get(room) {
        return Ok(*known);
    }
    if rooms.len() >= ROOMS_LOADED_MAX {
        rooms.clear();
    }
    let number = match row::room_number(file, room)? {
        Some(number) => number,
        None => {
            file.prepare_cached("INSERT INTO rooms (name) VALUES (?1)")?
                .execute([room.as_str()])?;
            file.last_insert_rowid()
        }
    };
    let head = file
        .prepare_cached(
            "SELECT max(start, coalesce((SELECT max(seq) FROM entries WHERE room = ?1), 0))
             FROM rooms WHERE id = ?1",
        )?
        .query_row([number], |row| row::seq(row, 0))?;
    let found = RoomHead { number, head };
    rooms.insert(room.clone(), found);
    Ok(found)
}

/// Whether the message to change is there, and is this member's where that matters.
fn check_target(
    file: &Connection,
    room: i64,
    new: &NewEntry,
) -> rusqlite::Result<Result<(), AppendError>> {
    let Some(target) = new.body.target() else {
        return Ok(Ok(()));
    };
    let sql = "SELECT member FROM entries WHERE room = ?1 AND id = ?2 AND target IS NULL
        AND NOT EXISTS (SELECT 1 FROM entries WHERE room = ?1 AND target = ?2
            AND body ->> 'kind' = 'deletion')";
    let author = file
        .prepare_cached(sql)?
        .query_row(params![room, target.as_bytes()], |row| row.get(0))
        .optional()?
        .map(MemberId::from_bytes);
    let only_by_author = match new.body {
        Body::Edit { .. } | Body::Deletion { .. } => true,
        Body::Post { .. } | Body::Reaction { .. } | Body::Unknown => false,
    };
    Ok(match author {
        None => Err(AppendError::TargetUnknown),
        Some(author) if only_by_author && author != new.member => Err(AppendError::NotAuthor),
        Some(_) => Ok(()),
    })
}
