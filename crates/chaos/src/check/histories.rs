//! The histories of the log: each loss of the log's end begins a new history.
//!
//! An entry that a client received or was acked is on the log that is left, unless a later loss
//! took it. Then all clients that received it must still agree on it, and nobody may be missing it.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use parlor_client::{Body, Entry, Epoch, MessageId, Position, RoomId, Seq};

use crate::record::{Log, Observation, Observed, Record, Start};

/// The starts of the server, and what each took from the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Histories<'a>(pub(super) &'a [Start]);

impl Histories<'_> {
    /// The number of the start that began this epoch.
    pub(super) fn start_of(&self, epoch: Epoch) -> Option<usize> {
        self.0.iter().position(|start| start.epoch == epoch)
    }

    /// The number of the start before which this place of an earlier epoch was lost; `None` if it
    /// is on the log that is left.
    pub(super) fn lost_before(&self, place: Position) -> Option<usize> {
        let from = self.start_of(place.epoch)?;
        let is_lost = |start: &Start| start.loss.is_some_and(|loss| loss.head < place.seq);
        let later = self.0.iter().skip(from + 1).position(is_lost)?;
        Some(from + 1 + later)
    }

    /// Whether a client with this position must start over in a later epoch.
    pub(super) fn must_reset(&self, place: Position, epoch: Epoch) -> bool {
        let (Some(from), Some(until)) = (self.start_of(place.epoch), self.start_of(epoch)) else {
            return true;
        };
        let passed = self.0.get(from + 1..=until).unwrap_or_default();
        let mut losses = passed.iter().filter_map(|start| start.loss);
        losses.any(|loss| loss.head < place.seq || loss.starts_known <= from)
    }

    /// Whether anything was ever lost.
    pub(super) fn has_losses(&self) -> bool {
        self.0.iter().any(|start| start.loss.is_some())
    }
}

/// The entries of one room that clients received and that were lost since, by the start before
/// which they were lost.
#[derive(Debug, Default)]
pub(super) struct LostEntries<'a>(BTreeMap<usize, BTreeMap<Seq, &'a Arc<Entry>>>);

impl<'a> LostEntries<'a> {
    /// Collects them from what all clients observed of the room.
    pub(super) fn of(room: &RoomId, records: &'a [Record], histories: Histories<'_>) -> Self {
        let mut lost = Self::default();
        for record in records {
            let observations = record.observations.get(room).into_iter().flatten();
            for (start, entry) in lost_entries(observations, histories) {
                let entries = lost.0.entry(start).or_default();
                entries.entry(entry.seq).or_insert(entry);
            }
        }
        lost
    }

    /// The room's log as it was in this epoch, as far as anyone received it.
    pub(super) fn log_in(
        &self,
        epoch: Epoch,
        left: &'a [Arc<Entry>],
        histories: Histories<'_>,
    ) -> BTreeMap<Seq, &'a Arc<Entry>> {
        let lost_before = |seq| histories.lost_before(Position { epoch, seq });
        let left = left.iter().map(|entry| (entry.seq, entry));
        let mut log: BTreeMap<_, _> = left
            .filter(|(seq, _)| lost_before(*seq).is_none())
            .collect();
        for (start, entries) in &self.0 {
            let entries = entries.iter().map(|(seq, entry)| (*seq, *entry));
            log.extend(entries.filter(|(seq, _)| lost_before(*seq) == Some(*start)));
        }
        log
    }
}

/// What may be refused because its message was lost, or was deleted on a log that was lost.
pub(super) fn lost_messages<'a>(
    records: &'a [Record],
    logs: &BTreeMap<RoomId, Log>,
    histories: Histories<'_>,
) -> BTreeSet<(&'a RoomId, MessageId)> {
    let mut messages = BTreeSet::new();
    if !histories.has_losses() {
        return messages;
    }
    let mut on_log: HashMap<&RoomId, BTreeSet<MessageId>> = HashMap::new();
    for (room, log) in logs {
        on_log.insert(room, log.iter().map(|entry| entry.id).collect());
    }
    for record in records {
        for post in &record.accepted {
            if let Body::Deletion { target } = post.body {
                messages.insert((&post.room, target));
            }
            // Acked or not, it may have been on a log for a while.
            let is_left = on_log
                .get(&post.room)
                .is_some_and(|ids| ids.contains(&post.id));
            let is_acked = record.acked.get(&post.id);
            let was_lost = is_acked.is_some_and(|place| histories.lost_before(*place).is_some());
            if was_lost || !is_left {
                messages.insert((&post.room, post.id));
            }
        }
        for (room, observations) in &record.observations {
            let lost = lost_entries(observations, histories);
            messages.extend(lost.map(|(_, entry)| (room, entry.id)));
        }
    }
    messages
}

/// The entries that a client received in a room and that were lost later, each with the start
/// before which it was lost.
fn lost_entries<'a>(
    observations: impl IntoIterator<Item = &'a Observation>,
    histories: Histories<'_>,
) -> impl Iterator<Item = (usize, &'a Arc<Entry>)> {
    let mut epoch = None;
    observations
        .into_iter()
        .filter_map(move |observation| match &observation.what {
            Observed::JoinRequested => None,
            Observed::Joined { epoch: joined, .. } => {
                epoch = Some(*joined);
                None
            }
            Observed::Entry(entry) => {
                let (epoch, seq) = (epoch?, entry.seq);
                let start = histories.lost_before(Position { epoch, seq })?;
                Some((start, entry))
            }
        })
}
