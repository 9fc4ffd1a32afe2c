//! What nodes that share a stream have applied of it.

use parlor_shared::{Entry, Epoch, MessageId, RoomId, Seq};

use super::{Oracle, Violation};

impl Oracle {
    /// The newest entry of a room on the newest log.
    pub(crate) fn newest(&self, room: &RoomId) -> Seq {
        let log = self.logs.last().and_then(|log| log.rooms.get(room));
        let newest = log.and_then(|entries| entries.last());
        newest.map_or(Seq::ZERO, |newest| newest.seq)
    }

    /// The first group that brings these entries is in the stream.
    pub(crate) fn on_brought(&mut self, entries: &[(RoomId, MessageId)]) {
        for entry in entries {
            *self.brought.entry(entry.clone()).or_default() += 1;
        }
    }

    /// In how many groups this was published; 0 where nodes share no stream.
    pub(super) fn times_brought(&self, room: &RoomId, id: MessageId) -> usize {
        let times = self.brought.get(&(room.clone(), id));
        times.copied().unwrap_or_default()
    }

    /// Checks that an entry that is on the log again was published again: one that stands in the
    /// stream twice is applied once.
    pub(super) fn check_brought(&self, room: &RoomId, entry: &Entry) -> Result<(), Violation> {
        let brought = self.times_brought(room, entry.id);
        let log = self.logs.last().and_then(|log| log.rooms.get(room));
        let entries = log.map_or(&[][..], Vec::as_slice);
        let before = || entries.iter().filter(|known| known.id == entry.id).count();
        if brought > 0 && before() >= brought {
            let what = self.number(entry.id);
            return Err(format!(
                "{what} is applied once more, and nobody has sent it again"
            ));
        }
        Ok(())
    }

    /// The stream has lost everything after a place: what it says there from now on is another
    /// history of the same epoch. Gives its number.
    pub(crate) fn part(&mut self, end: Seq) -> usize {
        let mut log = self.logs.last().cloned().unwrap_or_default();
        log.cut(end);
        self.logs.push(log);
        self.logs.len() - 1
    }

    /// What was lost is put back, and nothing has come in its place. Gives the number of the
    /// history that there is no longer.
    pub(crate) fn unpart(&mut self) -> usize {
        let parted = self.logs.pop();
        let number = self.logs.len();
        // What retention was told meanwhile reaches the stream later.
        if let Some(kept) = parted.and_then(|log| log.kept) {
            self.set_retention(kept);
        }
        number
    }

    /// The stream gives places again that clients may have been shown. Says whether that is new.
    pub(crate) fn set_forked(&mut self) -> bool {
        let epoch = self.epoch();
        epoch.is_some_and(|epoch| self.forked.insert(epoch))
    }

    /// Whether the same places of this epoch were given twice. What a client is shown is then of
    /// one of the two histories, and no more is promised to one that goes from node to node.
    pub(crate) fn is_forked(&self, epoch: Epoch) -> bool {
        self.forked.contains(&epoch)
    }

    /// The numbers of the histories that the stream has had in its epoch.
    pub(crate) fn histories(&self) -> Vec<usize> {
        let epoch = self.epoch();
        let logs = self.logs.iter().enumerate();
        let same = logs.filter(|(_, log)| log.epochs.last().copied() == epoch);
        same.map(|(number, _)| number).collect()
    }

    /// Checks that a node has after a place what one history has there: every entry, or all but
    /// those that retention may have deleted.
    pub(crate) fn check_applied(
        &self,
        history: usize,
        room: &RoomId,
        after: Seq,
        entries: &[Entry],
    ) -> Result<(), Violation> {
        let Some(first) = entries.first() else {
            return Ok(());
        };
        let log = &self.logs[history];
        let known = log.rooms.get(room).map_or(&[][..], Vec::as_slice);
        let next = known.partition_point(|entry| entry.seq <= after);
        let begin = known.partition_point(|entry| entry.seq < first.seq);
        if begin > next.max(log.deleted_max(known.len())) {
            return Err(format!("{} of {room} is next to {after}", first.seq));
        }
        let mut said = known[begin..].iter();
        let other = entries.iter().find(|entry| {
            let said = said.next();
            !said.is_some_and(|said| log.says(room, said, entry))
        });
        match other {
            Some(entry) => Err(format!(
                "{} of {room} is not what the stream says there",
                entry.seq
            )),
            None => Ok(()),
        }
    }
}
