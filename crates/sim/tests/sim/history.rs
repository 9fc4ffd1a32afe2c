//! One history of a log: what was ever durable in it, and in which epochs.

use std::collections::{BTreeMap, HashMap};

use parlor_shared::{Body, Entry, Epoch, MessageId, RoomId, Seq};

use crate::rules::Rules;

/// What the server's log is when it starts, compared with what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogStart {
    /// The same.
    Same,
    /// A new one.
    New,
    /// The backup that was taken last.
    Backup,
    /// The same, without its end.
    Cut,
}

/// One history of a log, with every entry that was ever durable in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Log {
    /// The epochs that servers began in it, after those that it has from the log it was copied
    /// from.
    pub(crate) epochs: Vec<Epoch>,
    /// Entries that retention has deleted are included, because clients have seen them.
    pub(crate) rooms: BTreeMap<RoomId, Vec<Entry>>,
    /// The last index of each id in its room.
    pub(crate) ids: HashMap<(RoomId, MessageId), usize>,
    /// Where each deleted message was deleted.
    pub(crate) deletions: HashMap<(RoomId, MessageId), Seq>,
    /// Where each message was posted again that had been deleted.
    pub(crate) posted_again: HashMap<(RoomId, MessageId), Seq>,
    /// Who may post when in each room.
    pub(crate) rules: HashMap<RoomId, Rules>,
    /// How many of a room's newest entries retention keeps for certain; `None` for all.
    pub(crate) kept: Option<usize>,
}

impl Log {
    /// How many of a room's entries retention may have deleted by now.
    pub(crate) fn deleted_max(&self, entries: usize) -> usize {
        self.kept.map_or(0, |kept| entries.saturating_sub(kept))
    }

    /// Where the message that this entry posts or changes was deleted; `None` if it was not.
    pub(crate) fn deleted_at(&self, room: &RoomId, entry: &Entry) -> Option<Seq> {
        let message = entry.body.target().unwrap_or(entry.id);
        self.deletions.get(&(room.clone(), message)).copied()
    }

    /// Takes in which messages these entries of the room delete.
    pub(crate) fn note_deletions(&mut self, room: &RoomId, entries: &[Entry]) {
        for entry in entries {
            if let Body::Deletion { target } = entry.body {
                self.deletions.insert((room.clone(), target), entry.seq);
            }
            let posted = (room.clone(), entry.id);
            let is_forgotten = |deleted_at: &Seq| self.may_have_expired(room, *deleted_at);
            if matches!(entry.body, Body::Post { .. })
                && self.deletions.get(&posted).is_some_and(is_forgotten)
            {
                self.posted_again.insert(posted, entry.seq);
            }
        }
    }

    /// Whether retention may have deleted the room's entry at this place by now.
    fn may_have_expired(&self, room: &RoomId, seq: Seq) -> bool {
        let entries = self.rooms.get(room).map_or(&[][..], Vec::as_slice);
        let index = entries.partition_point(|entry| entry.seq < seq);
        index < self.deleted_max(entries.len())
    }

    /// Whether the message that this entry posts or changes was posted again when its deletion may
    /// have expired, too: an id is remembered within retention only.
    pub(crate) fn is_posted_again(&self, room: &RoomId, entry: &Entry) -> bool {
        let message = entry.body.target().unwrap_or(entry.id);
        self.posted_again.contains_key(&(room.clone(), message))
    }

    /// Whether this is what the log says at the entry's place: the entry as it was appended, or
    /// without its words if its message is deleted.
    pub(crate) fn says(&self, room: &RoomId, appended: &Entry, entry: &Entry) -> bool {
        let blanked = || Entry {
            body: appended.body.clone().blanked(),
            ..appended.clone()
        };
        entry == appended || (self.deleted_at(room, appended).is_some() && *entry == blanked())
    }

    /// Whether the log certainly still has this id.
    pub(crate) fn has(&self, room: &RoomId, id: MessageId) -> bool {
        let entries = self.rooms.get(room).map_or(0, Vec::len);
        let index = self.ids.get(&(room.clone(), id));
        index.is_some_and(|index| *index >= self.deleted_max(entries))
    }

    /// Drops everything after one place.
    pub(crate) fn cut(&mut self, head: Seq) {
        for entries in self.rooms.values_mut() {
            entries.retain(|entry| entry.seq <= head);
        }
        let rules = self.rooms.iter();
        self.rules = rules
            .map(|(room, entries)| (room.clone(), Rules::of(entries)))
            .collect();
        let len = |room: &RoomId| self.rooms.get(room).map_or(0, Vec::len);
        self.ids.retain(|(room, _), index| *index < len(room));
        self.deletions.retain(|_, deleted_at| *deleted_at <= head);
        self.posted_again.retain(|_, posted_at| *posted_at <= head);
    }
}
