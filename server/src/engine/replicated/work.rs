//! What waits to be published, and who is answered when it was applied.

use parlor_shared::limits::APPEND_GROUP_MAX;
use tokio::sync::oneshot;

use super::{applied::Done, entry_bytes::entry_bytes_max, group::Command};
use crate::engine::{AppendError, Appended, Batch, BatchError, NewEntry, Receipt};

/// Something to be published, or the end.
#[derive(Debug)]
pub(crate) enum Work {
    Append(Append),
    Batch {
        batch: Batch,
        reply: oneshot::Sender<Result<Vec<Appended>, BatchError>>,
    },
    /// Anything else, whose outcome is for one who waits.
    Command {
        command: Command,
        reply: oneshot::Sender<Result<Done, AppendError>>,
    },
    /// Publish what came before, then end and reply.
    Close(oneshot::Sender<()>),
}

/// An append, and where its result goes.
#[derive(Debug)]
pub(crate) struct Append {
    pub(super) new: NewEntry,
    pub(super) receipt: Receipt,
}

/// Those who wait for one group.
#[derive(Debug)]
pub(super) enum Waiting {
    Append(Vec<Receipt>),
    Batch(oneshot::Sender<Result<Vec<Appended>, BatchError>>),
    Command(oneshot::Sender<Result<Done, AppendError>>),
}

impl Waiting {
    /// Answers with what the group has done.
    pub(super) fn answer(self, done: Done) {
        match (self, done) {
            (Self::Append(receipts), Done::Append(results)) => {
                for (receipt, result) in receipts.into_iter().zip(results) {
                    receipt.fill(result);
                }
            }
            // Whoever has stopped waiting misses nothing.
            (Self::Batch(reply), Done::Batch(result)) => {
                reply.send(result).ok();
            }
            (Self::Command(reply), done) => {
                reply.send(Ok(done)).ok();
            }
            // A group does what its command says.
            (Self::Append(receipts), _) => Self::Append(receipts).refuse(),
            (Self::Batch(reply), _) => Self::Batch(reply).refuse(),
        }
    }

    /// Says that the same may succeed later. It may also be on its way: an entry that comes again
    /// has its id.
    pub(super) fn refuse(self) {
        let refusal = AppendError::Unavailable;
        match self {
            Self::Append(receipts) => {
                for receipt in receipts {
                    receipt.fill(Err(refusal.clone()));
                }
            }
            // Whoever has stopped waiting misses nothing.
            Self::Batch(reply) => {
                reply.send(Err(refusal.into())).ok();
            }
            Self::Command(reply) => {
                reply.send(Err(refusal)).ok();
            }
        }
    }
}

impl Work {
    /// Refuses it for now; the end is not refused.
    pub(super) fn refuse(self) -> Option<oneshot::Sender<()>> {
        match self {
            Self::Append(append) => Waiting::Append(vec![append.receipt]).refuse(),
            Self::Batch { reply, .. } => Waiting::Batch(reply).refuse(),
            Self::Command { reply, .. } => Waiting::Command(reply).refuse(),
            Self::Close(reply) => return Some(reply),
        }
        None
    }
}

/// Appends that are published together.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    entries: Vec<NewEntry>,
    receipts: Vec<Receipt>,
    /// What they take at most.
    bytes: usize,
}

impl Gathered {
    /// Adds an append.
    pub(super) fn add(&mut self, Append { new, receipt }: Append) {
        self.bytes += entry_bytes_max(&new);
        self.entries.push(new);
        self.receipts.push(receipt);
    }

    /// Whether nothing more fits into a group of this many bytes.
    pub(super) fn is_full(&self, bytes_max: usize) -> bool {
        self.entries.len() >= APPEND_GROUP_MAX || self.bytes >= bytes_max
    }

    pub(super) fn into_command(self) -> (Command, Waiting) {
        (
            Command::Append(self.entries),
            Waiting::Append(self.receipts),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parlor_shared::{
        Body, MemberId, MessageId, Name, RoomId, Text,
        limits::{STREAM_ENTRY_BYTES_MAX, STREAM_GROUP_BYTES_MAX, TEXT_CHARS_MAX},
    };

    use super::*;
    use crate::engine::{Authority, Receipts};

    fn add(gathered: &mut Gathered, id: u64, text: &str) {
        let new = NewEntry {
            room: RoomId::parse("lobby").unwrap(),
            id: MessageId::new(id, [0; 10]),
            follows: None,
            member: MemberId::from_bytes([1; 16]),
            name: Name::parse("ann").unwrap(),
            body: Body::post(Text::parse(text).unwrap()),
            authority: Authority::Member,
            at_ms: 1,
        };
        let receipt = Receipt::new(&Arc::new(Receipts::default()));
        gathered.add(Append { new, receipt });
    }

    #[test]
    fn a_group_of_long_texts_is_full_before_it_has_the_most_entries() {
        for (text, expected) in [
            (
                "x".repeat(TEXT_CHARS_MAX),
                STREAM_GROUP_BYTES_MAX / TEXT_CHARS_MAX,
            ),
            // JSON has six bytes for each.
            (
                "\u{1}".repeat(TEXT_CHARS_MAX - 1) + "x",
                STREAM_GROUP_BYTES_MAX / TEXT_CHARS_MAX / 5,
            ),
            (
                "x".to_owned(),
                STREAM_GROUP_BYTES_MAX / STREAM_ENTRY_BYTES_MAX,
            ),
        ] {
            let (mut gathered, mut count) = (Gathered::default(), 0);
            while !gathered.is_full(STREAM_GROUP_BYTES_MAX) {
                count += 1;
                add(&mut gathered, count as u64, &text);
            }
            assert!(count <= expected + 1, "{count} of {expected}");
            assert!(count <= APPEND_GROUP_MAX);
        }
    }
}
