//! Puts a damaged stream right, from what one node has of it. No server runs on that node's folder
//! meanwhile.
//!
//! What a node has kept as it was published is put back at the places that it had: then the stream
//! is what it was, for every node. Everything else begins a new epoch behind all places that were
//! ever given: it goes on with what this node has, and nodes that do not have exactly the same
//! start from a backup of it.

mod checked;
mod error;

use std::{fmt, path::Path, sync::Arc};

use async_nats::jetstream::{
    Context,
    context::PublishErrorKind,
    message::PublishMessage,
    stream::{Config, Info},
};
use bytes::Bytes;
use parlor_shared::Epoch;

use self::checked::{checked, lost, stored_last};
pub use self::error::RepairError;
use super::{JetStream, config::StreamConfig, draw, error::JetStreamError, stream};
use crate::engine::{
    Engine,
    embedded::{Embedded, Ended, LogSource, StreamStart},
    replicated::{
        check::{Kept, compare},
        group::StreamPlace,
        ordered_log::OrderedLog,
    },
};

/// What a repair may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum RepairMode {
    /// Put back what the stream has lost and this node has kept.
    #[default]
    PutBack,
    /// Where the stream is damaged, go on from what this node has, in a new epoch.
    NewEpoch,
}

/// What a repair has found, and done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repaired {
    /// The stream is whole.
    Whole {
        /// How far this node has applied it.
        applied: u64,
        /// The last place that it has given.
        last: u64,
    },
    /// What was missing is there again.
    PutBack {
        /// The first that was missing.
        first: u64,
        /// The last.
        last: u64,
    },
    /// The stream goes on in a new epoch, with what this node has.
    NewEpoch {
        /// The epoch.
        epoch: Epoch,
        /// How far this node had applied the stream.
        applied: u64,
        /// The place behind which the epoch begins.
        after: u64,
    },
}

impl fmt::Display for Repaired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { applied, last } => write!(
                f,
                "The stream is whole as far as this node has applied it: up to {applied} of {last}."
            ),
            Self::PutBack { first, last } => write!(
                f,
                "What the stream had lost is there again: {first} to {last}. Start the nodes; nobody starts over."
            ),
            Self::NewEpoch {
                epoch,
                applied,
                after,
            } => write!(
                f,
                "The stream goes on behind {after} in the epoch {epoch}, with what this node has of it up to \
                 {applied}. Nodes that have exactly the same go on with it; start the others from a backup of \
                 this one. Clients that have read more than this node has start over."
            ),
        }
    }
}

/// How often another node may be the first at a place, which no more than a group of each can be.
const TRIES_MAX: usize = 16;

/// What a node has of its stream.
struct Own {
    epoch: Epoch,
    place: StreamPlace,
}

/// Looks at the stream that the log in `folder` has followed, and puts it right.
///
/// # Errors
/// [`RepairError`], a sentence that says what to do.
pub async fn repair(
    config: &StreamConfig,
    folder: &Path,
    mode: RepairMode,
) -> Result<Repaired, RepairError> {
    let log = LogSource::open(folder)?;
    let (epoch, place) = log.followed()?.ok_or(RepairError::FollowsNone)?;
    // The log is opened again by what checks it.
    drop(log);
    let own = Own { epoch, place };
    let (_, context) = JetStream::connect(config).await?;
    let found = stream::find(&context, &config.stream).await?;
    let start = match &found {
        Some(info) => Some(stream::identity(info)?.1),
        None => None,
    };
    let ended = Some(Ended { epoch, place });
    let damage = match start {
        None => "the stream is gone, and all it had".to_owned(),
        Some(start) if start.epoch == epoch => {
            let checked = checked(config, folder, start, place).await?;
            let Some(damage) = checked.damage else {
                let (applied, last) = (place.sequence, checked.last);
                return Ok(Repaired::Whole { applied, last });
            };
            let log = LogSource::open(folder)?;
            match (mode, can_put_back(&checked.stream, &log, place).await?) {
                (RepairMode::PutBack, Ok(missing)) => {
                    return put_back(&context, &checked.stream, missing).await;
                }
                (RepairMode::PutBack, Err(why)) => {
                    return Err(RepairError::Damaged { damage, why });
                }
                (RepairMode::NewEpoch, _) => {}
            }
            damage
        }
        Some(start) if start.goes_on == ended => {
            return go_on(&context, config, folder, start).await;
        }
        Some(StreamStart { goes_on, .. }) => {
            if let Some(other) = goes_on.filter(|ended| ended.epoch == epoch) {
                let (has, own) = (other.place.sequence, place.sequence);
                return Err(RepairError::GoesOnElsewhere { has, own });
            }
            "the stream was deleted, and another one made".to_owned()
        }
    };
    match mode {
        RepairMode::PutBack => Err(RepairError::Damaged {
            damage,
            why: "nothing of it is left that it could be put behind".to_owned(),
        }),
        RepairMode::NewEpoch => begin(&context, config, folder, found, own).await,
    }
}

/// A group that the stream has lost.
struct Missing {
    sequence: u64,
    payload: Bytes,
}

/// What the stream lacks at its end, as this node has kept it; or why it can't be put back.
async fn can_put_back(
    stream: &JetStream,
    log: &LogSource,
    place: StreamPlace,
) -> Result<Result<Vec<Missing>, String>, RepairError> {
    let last = stored_last(stream).await?;
    if last >= place.sequence {
        return Ok(Err("the places of what is missing are taken".to_owned()));
    }
    let unknown = || format!("this node does not know any more what was at {last}");
    let Some(hash) = log.stream_hash(last)? else {
        return Ok(Err(unknown()));
    };
    let mut at = StreamPlace {
        sequence: last,
        hash,
    };
    let before = match last.checked_sub(1) {
        Some(before) => log.stream_hash(before)?,
        None => None,
    };
    let end = Kept { place: at, before };
    if let Err(damage) = compare(&end, &stream.stored(last).await.map_err(lost)?) {
        return Ok(Err(format!(
            "what the stream has left is damaged, too, {damage}"
        )));
    }
    let mut missing = Vec::new();
    while at.sequence < place.sequence {
        let sequence = at.sequence + 1;
        let Some(payload) = log.group_at(sequence)? else {
            return Ok(Err(format!(
                "this node has not kept {sequence} as it was published"
            )));
        };
        at = at.next(&payload);
        if log.stream_hash(sequence)? != Some(at.hash) {
            return Ok(Err(format!(
                "what this node has kept of {sequence} is damaged"
            )));
        }
        let payload = payload.into();
        missing.push(Missing { sequence, payload });
    }
    Ok(Ok(missing))
}

/// Publishes what is missing once more, each at the place that it had.
async fn put_back(
    context: &Context,
    stream: &JetStream,
    missing: Vec<Missing>,
) -> Result<Repaired, RepairError> {
    let subject = &stream.identity.subject;
    let (mut first, mut last) = (0, 0);
    for Missing { sequence, payload } in missing {
        publish_at(context, subject, sequence, payload).await?;
        first = if first == 0 { sequence } else { first };
        last = sequence;
    }
    Ok(Repaired::PutBack { first, last })
}

/// Fills the places between these, of which the second is the last one.
async fn fill(
    context: &Context,
    stream: &JetStream,
    last: u64,
    until: u64,
) -> Result<(), RepairError> {
    for sequence in last + 1..=until {
        // Nobody reads what comes before an epoch.
        publish_at(context, &stream.identity.subject, sequence, Bytes::new()).await?;
    }
    Ok(())
}

/// Publishes a message that must get this place.
async fn publish_at(
    context: &Context,
    subject: &str,
    sequence: u64,
    payload: Bytes,
) -> Result<(), RepairError> {
    let message = PublishMessage::build().payload(payload);
    let message = message.expected_last_sequence(sequence - 1);
    let acked = context.send_publish(subject.to_owned(), message).await?;
    match acked.await {
        Ok(ack) if ack.sequence == sequence => Ok(()),
        Ok(_) => Err(RepairError::Busy),
        Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => Err(RepairError::Busy),
        Err(error) => Err(error.into()),
    }
}

/// Has the stream go on behind every place that it, or this node, has ever given.
async fn begin(
    context: &Context,
    config: &StreamConfig,
    folder: &Path,
    found: Option<Info>,
    own: Own,
) -> Result<Repaired, RepairError> {
    // What fills the place behind the last one shows whether another node has taken it meanwhile.
    let free = found
        .as_ref()
        .map_or(0, |info| info.state.last_sequence + 1);
    let epoch = Epoch::new(draw().map_err(JetStreamError::from)?);
    let start = StreamStart {
        epoch,
        after: own.place.sequence.max(free),
        goes_on: Some(Ended {
            epoch: own.epoch,
            place: own.place,
        }),
    };
    match found {
        Some(info) => take_over(context, config, info.config, start).await?,
        None => {
            let new = stream::config(config, start);
            let first_sequence = Some(start.after + 1);
            let new = Config {
                first_sequence,
                ..new
            };
            let made = context.create_stream(new).await;
            made.map_err(JetStreamError::from)?;
        }
    }
    go_on(context, config, folder, start).await
}

/// Has the stream be that of an epoch. From now on no node of the ended one can publish.
async fn take_over(
    context: &Context,
    config: &StreamConfig,
    old: Config,
    start: StreamStart,
) -> Result<(), RepairError> {
    let new = stream::config(config, start);
    let new = Config {
        subjects: new.subjects,
        metadata: new.metadata,
        ..old
    };
    context.update_stream(new).await?;
    Ok(())
}

/// Fills the stream up to where its epoch begins, so that no place is given twice, and has the log
/// in `folder` go on with it. Where a node of the ended epoch, which ran on, was the first at such
/// a place, the epoch begins behind that.
async fn go_on(
    context: &Context,
    config: &StreamConfig,
    folder: &Path,
    mut start: StreamStart,
) -> Result<Repaired, RepairError> {
    let mut tries = 0;
    loop {
        let (stream, _) = JetStream::open(config, folder, None).await?;
        let last = stored_last(&stream).await?;
        if last <= start.after {
            match fill(context, &stream, last, start.after).await {
                Ok(()) => break,
                Err(RepairError::Busy) if tries < TRIES_MAX => {
                    tries += 1;
                    continue;
                }
                Err(error) => return Err(error),
            }
        }
        start.after = last + 1;
        let found = stream::find(context, &config.stream).await?;
        let old = found.ok_or_else(|| RepairError::Lost("the stream is gone".to_owned()))?;
        take_over(context, config, old.config, start).await?;
    }
    Embedded::follow(folder, start, Arc::new(()))?.close().await;
    Ok(Repaired::NewEpoch {
        epoch: start.epoch,
        applied: start.goes_on.map_or(0, |ended| ended.place.sequence),
        after: start.after,
    })
}
