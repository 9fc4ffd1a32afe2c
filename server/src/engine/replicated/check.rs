//! Whether the log that the nodes share is still the one that this node has applied: it reaches as
//! far, nothing is missing in it, and the message at the applied place is the one that was applied.
//!
//! A node checks it before it reads, and every few seconds from then on. What it finds stops it
//! before it shows anything that comes behind.

use std::{cmp::Reverse, ops::RangeInclusive, time::Duration};

use parlor_shared::limits::{STREAM_CONFIRM_MS, STREAM_PLACES_MAX};
use tokio::time::{Instant, sleep};

use super::{
    group::{StreamHash, StreamPlace},
    ordered_log::{Holder, OrderedLog, Stored, TailError},
};
use crate::engine::{
    EngineFailure,
    embedded::{Embedded, OpenError},
};

/// How long after a finding the log is asked again.
const AGAIN_AFTER: Duration = Duration::from_millis(500);

/// What this node has applied of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    /// How far it has applied it.
    pub(crate) place: StreamPlace,
    /// The running hash before its newest group; `None` where it has applied none of this epoch.
    pub(crate) before: Option<StreamHash>,
}

/// How the log differs from what a node has applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Damage {
    /// Its end is missing.
    #[error(
        "it ends at {last}, and this node has applied it up to {applied}: {} missing", between(.last, .applied)
    )]
    Ends {
        /// The last place that the log has.
        last: u64,
        /// The last place that the node has applied.
        applied: u64,
    },
    /// It has forgotten what this node has yet to apply.
    #[error(
        "it begins at {first}, and this node has applied it up to {applied} only: {} missing",
        before(.first, .applied)
    )]
    Begins {
        /// The first place that the log has.
        first: u64,
        /// The last place that the node has applied.
        applied: u64,
    },
    /// A part of it is missing.
    #[error("{} missing in its middle", are(.0))]
    Hole(RangeInclusive<u64>),
    /// It has something else.
    #[error("at {} it has something else than this node has applied", places(.0))]
    Differs(RangeInclusive<u64>),
}

/// Places, as a sentence has them.
fn places(range: &RangeInclusive<u64>) -> String {
    let (first, last) = (range.start(), range.end());
    match first == last {
        true => first.to_string(),
        false => format!("{first} to {last}"),
    }
}

/// The same, as its subject.
fn are(range: &RangeInclusive<u64>) -> String {
    let verb = match range.start() == range.end() {
        true => "is",
        false => "are",
    };
    format!("{} {verb}", places(range))
}

/// What comes behind the last place of a log, up to what was applied.
fn between(last: &u64, applied: &u64) -> String {
    are(&(last + 1..=*applied))
}

/// What comes behind what was applied, up to where a log begins.
fn before(first: &u64, applied: &u64) -> String {
    are(&(applied + 1..=first - 1))
}

impl From<Damage> for TailError {
    fn from(damage: Damage) -> Self {
        let cause = damage.to_string();
        match damage {
            Damage::Begins { .. } => Self::Forgotten(cause),
            Damage::Ends { .. } | Damage::Hole(_) | Damage::Differs(_) => Self::Damaged(cause),
        }
    }
}

/// Compares what the log has with what a node has applied of it.
///
/// # Errors
/// [`Damage`], the first that is found.
pub(crate) fn compare(kept: &Kept, stored: &Stored) -> Result<(), Damage> {
    let (first, last, applied) = (stored.first, stored.last, kept.place.sequence);
    if last < applied {
        return Err(Damage::Ends { last, applied });
    }
    if first > applied + 1 {
        return Err(Damage::Begins { first, applied });
    }
    if let Some(hole) = stored.holes.first() {
        return Err(Damage::Hole(hole.clone()));
    }
    let Some(hash) = kept.before else {
        return Ok(());
    };
    // The log may be set to forget what is old, and then it has nothing to be compared with.
    if first > applied {
        return Ok(());
    }
    let Some(payload) = &stored.message else {
        return Err(Damage::Hole(applied..=applied));
    };
    let sequence = applied - 1;
    let there = StreamPlace { sequence, hash }.next(payload);
    match there == kept.place {
        true => Ok(()),
        false => Err(Damage::Differs(applied..=applied)),
    }
}

/// Checks that the log is still the one that `log` has applied up to `place`. A log that seems to
/// end early is asked for a while before that counts, because servers that start may not have
/// all of it at once; nothing is applied meanwhile.
///
/// # Errors
/// [`TailError`].
pub(crate) async fn check(
    ordered: &dyn OrderedLog,
    log: &Embedded,
    place: StreamPlace,
) -> Result<(), TailError> {
    let before = match place.sequence.checked_sub(1) {
        Some(before) => hash_at(log, before).await?,
        None => None,
    };
    let kept = Kept { place, before };
    let end = Instant::now() + Duration::from_millis(STREAM_CONFIRM_MS);
    // Whether something was found that is to be confirmed.
    let mut is_doubted = false;
    loop {
        let error = match ordered.stored(place.sequence).await {
            Ok(stored) => match compare(&kept, &stored) {
                Ok(()) => return Ok(()),
                // That does not pass.
                Err(Damage::Differs(_)) => {
                    let first =
                        first_that_differs(ordered, log, place.sequence, stored.first).await;
                    return Err(Damage::Differs(first?..=place.sequence).into());
                }
                Err(damage) => damage.into(),
            },
            Err(error) => error,
        };
        let is_lost = matches!(error, TailError::Lost(_));
        if (is_lost && !is_doubted) || Instant::now() >= end {
            return Err(error);
        }
        is_doubted = true;
        sleep(AGAIN_AFTER).await;
    }
}

/// Looks through the next part of what was applied, up to `applied`. What seems to be missing, or
/// can't be asked for, is asked for again for a while.
///
/// # Errors
/// See [`OrderedLog::scrub`].
pub(crate) async fn scrub(ordered: &dyn OrderedLog, applied: u64) -> Result<(), TailError> {
    let end = Instant::now() + Duration::from_millis(STREAM_CONFIRM_MS);
    loop {
        match ordered.scrub(applied).await {
            Err(_) if Instant::now() < end => sleep(AGAIN_AFTER).await,
            done => return done,
        }
    }
}

/// What stops a node that has applied the log up to `applied`, after this error; `None` where the
/// log can be asked again.
pub(crate) fn failure(
    error: &TailError,
    applied: u64,
    ordered: &dyn OrderedLog,
) -> Option<EngineFailure> {
    let said = |cause: &str| with_holders(cause, applied, ordered.holders());
    match error {
        TailError::Lost(_) => None,
        TailError::Damaged(cause) => Some(EngineFailure::StreamDiffers { cause: said(cause) }),
        TailError::Forgotten(cause) => Some(EngineFailure::Forgotten { cause: said(cause) }),
    }
}

/// Checks it for a node that starts. A stream that can't be asked now is asked before anything of
/// it is applied.
///
/// # Errors
/// [`OpenError`].
pub(crate) async fn check_at_start(
    ordered: &dyn OrderedLog,
    log: &Embedded,
    place: StreamPlace,
) -> Result<(), OpenError> {
    let said = |cause: &str| with_holders(cause, place.sequence, ordered.holders());
    match check(ordered, log, place).await {
        Err(TailError::Damaged(cause)) => Err(OpenError::StreamDiffers {
            cause: said(&cause),
        }),
        Err(TailError::Forgotten(cause)) => Err(OpenError::Forgotten {
            cause: said(&cause),
        }),
        Ok(()) | Err(TailError::Lost(_)) => Ok(()),
    }
}

/// The running hash that this node's log has there, if it has it still.
async fn hash_at(log: &Embedded, sequence: u64) -> Result<Option<StreamHash>, TailError> {
    let hash = log.stream_hash(sequence).await;
    hash.map_err(|error| TailError::Lost(error.to_string()))
}

/// The first place from which on the log has something else than this node has applied. Where a log
/// was copied back and has gone on, that is all behind one place.
async fn first_that_differs(
    ordered: &dyn OrderedLog,
    log: &Embedded,
    differs: u64,
    first: u64,
) -> Result<u64, TailError> {
    let oldest = differs.saturating_sub(STREAM_PLACES_MAX as u64 - 2);
    let (mut same, mut differs) = (oldest.max(first).max(1) - 1, differs);
    while same + 1 < differs {
        let middle = same + (differs - same) / 2;
        let (before, after) = (hash_at(log, middle - 1).await?, hash_at(log, middle).await?);
        let message = ordered.stored(middle).await?.message;
        let is_same = match (before, after, message) {
            (Some(hash), Some(after), Some(payload)) => {
                let sequence = middle - 1;
                StreamPlace { sequence, hash }.next(&payload).hash == after
            }
            _ => true,
        };
        if is_same {
            same = middle;
        } else {
            differs = middle;
        }
    }
    Ok(differs)
}

/// Nodes that are named where a log is damaged.
const HOLDERS_NAMED: usize = 5;

/// Says of a damaged log which nodes have what is missing there: this one, and those that have
/// most.
fn with_holders(cause: &str, applied: u64, mut holders: Vec<Holder>) -> String {
    let mut text = format!("{cause}. This node has all of it up to {applied}");
    holders.sort_by_key(|holder| Reverse(holder.sequence));
    for Holder { name, sequence } in holders.into_iter().take(HOLDERS_NAMED) {
        text += &format!(", the one in {name} up to {sequence}");
    }
    text
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use parlor_shared::Epoch;

    use super::*;

    /// What a node has applied of a log with these messages.
    fn kept(messages: &[&'static str]) -> Kept {
        let start = StreamPlace::start(Epoch::new([1; 16]), 0);
        let (mut place, mut before) = (start, None);
        for message in messages {
            before = Some(place.hash);
            place = place.next(message.as_bytes());
        }
        Kept { place, before }
    }

    fn stored(messages: &[&'static str], at: usize) -> Stored {
        Stored {
            first: 1,
            last: messages.len() as u64,
            holes: Vec::new(),
            message: at.checked_sub(1).and_then(|index| {
                let message = messages.get(index)?;
                Some(Bytes::from_static(message.as_bytes()))
            }),
        }
    }

    #[test]
    fn a_log_that_was_cut_forgotten_changed_or_has_a_hole_is_told_from_one_that_is_whole() {
        let all = ["a", "b", "c", "d"];
        for applied in 0..=4 {
            let kept = kept(&all[..applied]);
            assert_eq!(compare(&kept, &stored(&all, applied)), Ok(()));
        }
        let applied = kept(&all[..3]);
        let said = |stored: &Stored| compare(&applied, stored).unwrap_err().to_string();
        let mut whole = stored(&all, 3);
        assert_eq!(
            said(&stored(&all[..1], 3)),
            "it ends at 1, and this node has applied it up to 3: 2 to 3 are missing"
        );
        assert_eq!(
            said(&stored(&["a", "b", "x", "d"], 3)),
            "at 3 it has something else than this node has applied"
        );
        whole.holes = vec![2..=2];
        assert_eq!(said(&whole), "2 is missing in its middle");
        whole.holes.clear();
        whole.message = None;
        assert_eq!(said(&whole), "3 is missing in its middle");
        whole.first = 4;
        assert_eq!(
            compare(&applied, &whole),
            Ok(()),
            "it may forget what is old"
        );
        whole.first = 6;
        whole.last = 9;
        assert!(said(&whole).starts_with(
            "it begins at 6, and this node has applied it up to 3 only: 4 to 5 are missing"
        ));
    }

    #[test]
    fn who_has_it_is_said() {
        let holder = |name: &str, sequence| Holder {
            name: name.to_owned(),
            sequence,
        };
        let holders = vec![holder("c:/data", 55), holder("b:/data", 57)];
        assert_eq!(
            with_holders("it ends at 40", 57, holders),
            "it ends at 40. This node has all of it up to 57, the one in b:/data up to 57, the one in \
             c:/data up to 55"
        );
    }
}
