//! Applies what stands next in the stream that this log follows. Every node does it with this code,
//! so what becomes of a group depends on nothing but the groups before it.

use std::time::Instant;

use parlor_shared::{RoomId, Seq};
use rusqlite::Transaction;

use super::{ApplyGroups, Writer, batch::append_batch, newly_committed};
use crate::engine::{
    AppendError, AppendResult, Appended, Batch, BatchError, Committed, EngineFailure, NewEntry,
    embedded::{
        admin::AdminFile,
        append::{self, RoomHeads},
        copied, retention, row,
        seen::{self, SeenRows},
        stream::{self, Followed},
    },
    replicated::{
        applied::{Applied, ApplyError, Done},
        group::{Command, Group, StreamPlace, seq_of},
        ordered_log::Message,
    },
};

/// What groups change beside the log's own tables.
struct Kept<'a> {
    rooms: &'a mut RoomHeads,
    admin: Option<&'a AdminFile>,
    seen_rows: SeenRows,
    /// The time of the newest entry: none is older than those before it.
    at_ms: u64,
}

/// What a transaction has done, to be passed on once it is committed.
#[derive(Default)]
struct Written {
    applied: Vec<Applied>,
    committed: Vec<Committed>,
    has_expired: bool,
}

impl Writer {
    /// Applies groups in one transaction, passes their entries to the listener, then replies.
    /// Returns an error if the engine has failed.
    pub(super) fn apply(
        &mut self,
        ApplyGroups { messages, reply }: ApplyGroups,
    ) -> Result<(), EngineFailure> {
        let begun = Instant::now();
        let (result, verdict) = match self.write_groups(&messages) {
            Ok(Ok(written)) => {
                let micros = begun.elapsed().as_micros() as u64;
                self.metrics.time.observe(micros);
                self.metrics.group.observe(written.committed.len() as u64);
                self.publish(written.committed);
                if written.has_expired {
                    self.eraser.on_expired();
                    self.indexer.on_expired();
                }
                (Ok(written.applied), Ok(()))
            }
            Ok(Err(error)) => {
                // They may be those of the transaction that was rolled back.
                self.rooms.clear();
                (Err(error), Ok(()))
            }
            Err(error) => {
                let (refusal, verdict) = self.on_not_committed(&error, messages.len());
                (Err(ApplyError::Log(refusal)), verdict)
            }
        };
        // The node may be stopping; what is applied stays.
        reply.send(result).ok();
        verdict
    }

    fn write_groups(
        &mut self,
        messages: &[Message],
    ) -> rusqlite::Result<Result<Written, ApplyError>> {
        let mut transaction = self.db.transaction()?;
        let mut written = Written::default();
        let mut kept = Kept {
            rooms: &mut self.rooms,
            admin: self.admin.as_ref(),
            seen_rows: self.seen.rows(),
            at_ms: 0,
        };
        for message in messages {
            let Some(followed) = stream::read(&transaction)? else {
                return Ok(Err(ApplyError::Log(AppendError::Closed)));
            };
            let group = match checked(&transaction, followed, message)? {
                Ok(group) => group,
                Err(error) => return Ok(Err(error)),
            };
            apply_group(
                &mut transaction,
                &mut kept,
                followed,
                group,
                message,
                &mut written,
            )?;
        }
        let seen_rows = kept.seen_rows;
        transaction.commit()?;
        self.seen.on_applied(seen_rows);
        Ok(Ok(written))
    }
}

/// The group, if it is the next one and of those who have applied what this log has.
fn checked(
    transaction: &Transaction<'_>,
    followed: Followed,
    message: &Message,
) -> rusqlite::Result<Result<Group, ApplyError>> {
    let (has, sequence) = (followed.place.sequence, message.sequence);
    if sequence != has + 1 {
        return Ok(Err(ApplyError::Gap { has, sequence }));
    }
    let group = match Group::decode(sequence, &message.payload) {
        Ok(group) => group,
        Err(error) => return Ok(Err(error.into())),
    };
    if group.epoch != followed.epoch {
        return Ok(Err(ApplyError::OtherEpoch { sequence }));
    }
    let at = group.applied.sequence;
    if at >= sequence {
        return Ok(Err(ApplyError::GivenTwice { sequence, at }));
    }
    let before = stream::hash_at(transaction, at)?;
    if before.is_some_and(|hash| hash != group.applied.hash) {
        return Ok(Err(ApplyError::Differs { sequence, at }));
    }
    Ok(Ok(group))
}

fn apply_group(
    transaction: &mut Transaction<'_>,
    kept: &mut Kept<'_>,
    followed: Followed,
    group: Group,
    message: &Message,
    written: &mut Written,
) -> rusqlite::Result<()> {
    let sequence = message.sequence;
    let first = written.committed.len();
    let (node, number) = (group.node, group.number);
    kept.at_ms = followed.at_ms;
    let done = if stream::is_repeated(transaction, node, number, sequence)? {
        Done::Repeated
    } else {
        carry_out(transaction, kept, sequence, group.command, written)?
    };
    let place: StreamPlace = followed.place.next(&message.payload);
    stream::advance(transaction, place, kept.at_ms)?;
    if done.has_deleted(&written.committed[first..]) {
        stream::forget_groups(transaction)?;
    } else if !done.may_be_deleted() || stream::has_group(transaction, &message.payload)? {
        stream::keep_group(transaction, sequence, &message.payload)?;
    }
    written.applied.push(Applied {
        node,
        number,
        place,
        done,
    });
    Ok(())
}

/// Does what the command at a sequence says.
fn carry_out(
    transaction: &mut Transaction<'_>,
    kept: &mut Kept<'_>,
    sequence: u64,
    command: Command,
    written: &mut Written,
) -> rusqlite::Result<Done> {
    Ok(match command {
        Command::Append(entries) => {
            let mut results = Vec::with_capacity(entries.len());
            for (index, mut new) in entries.into_iter().enumerate() {
                kept.date(&mut new);
                let seq = Some(seq_of(sequence, index));
                let result = append::append(transaction, kept.rooms, &new, seq)?;
                written.keep(new, &result);
                results.push(result);
            }
            Done::Append(results)
        }
        Command::Batch(mut batch) => {
            batch.entries.iter_mut().for_each(|new| kept.date(new));
            let result = all_or_none(transaction, kept.rooms, &batch, sequence)?;
            if let Ok(all) = &result {
                for (new, appended) in batch.entries.into_iter().zip(all) {
                    written.committed.extend(newly_committed(new, appended));
                }
            }
            Done::Batch(result)
        }
        Command::Copy(entries) => {
            let count = entries.len() as u64;
            for (index, new) in entries.into_iter().enumerate() {
                kept.at_ms = kept.at_ms.max(new.at_ms);
                let seq = seq_of(sequence, index);
                let result = copied::append(transaction, kept.rooms, &new, seq)?;
                written.keep(new, &Ok(result));
            }
            Done::Copied(count)
        }
        Command::CopyStates(states) => {
            for state in &states {
                copied::set_up(transaction, kept.rooms, state)?;
            }
            Done::Copied(states.len() as u64)
        }
        Command::Expire { room, until } => {
            let count = expire(transaction, kept.rooms, &room, until)?;
            written.has_expired |= count > 0;
            Done::Expired(count)
        }
        Command::Key(key) => {
            stream::set_key(transaction, key)?;
            Done::Kept
        }
        Command::Admin(request) => match kept.admin {
            Some(admin) => {
                // Durable before the log has come so far.
                let outcome = admin.apply(sequence, &request)?;
                stream::note_admin(transaction, sequence)?;
                Done::Admin(outcome)
            }
            None => Done::Kept,
        },
        Command::Seen(positions) => {
            kept.seen_rows = seen::apply(transaction, positions, kept.seen_rows)?;
            Done::Kept
        }
    })
}

/// Appends a batch within the transaction of its group, or nothing of it.
fn all_or_none(
    transaction: &mut Transaction<'_>,
    rooms: &mut RoomHeads,
    batch: &Batch,
    sequence: u64,
) -> rusqlite::Result<Result<Vec<Appended>, BatchError>> {
    let savepoint = transaction.savepoint()?;
    let seq = |index| Some(seq_of(sequence, index));
    let appended = append_batch(&savepoint, rooms, batch, seq)?;
    match &appended {
        Ok(_) => savepoint.commit()?,
        Err(_) => {
            savepoint.finish()?;
            rooms.clear();
        }
    }
    Ok(appended)
}

/// Deletes a room's entries up to a place, as retention does, and returns how many.
fn expire(
    transaction: &Transaction<'_>,
    rooms: &mut RoomHeads,
    room: &RoomId,
    until: Seq,
) -> rusqlite::Result<u64> {
    let Some(row_id) = row::room_row_id(transaction, room)? else {
        return Ok(0);
    };
    let count = retention::delete_until(transaction, row_id, until)?;
    append::on_expired(rooms, row_id);
    Ok(count)
}

impl Kept<'_> {
    /// Gives an entry its time.
    fn date(&mut self, new: &mut NewEntry) {
        self.at_ms = self.at_ms.max(new.at_ms);
        new.at_ms = self.at_ms;
    }
}

impl Written {
    fn keep(&mut self, new: NewEntry, result: &AppendResult) {
        if let Ok(appended) = result {
            self.committed.extend(newly_committed(new, appended));
        }
    }
}
