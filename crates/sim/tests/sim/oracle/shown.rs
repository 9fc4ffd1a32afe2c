//! What a client is shown of a room is what the log says.

use parlor_shared::{Entry, Epoch, RoomId, Seq};

use super::{Oracle, Violation};

impl Oracle {
    /// Checks an entry that a client was shown: it is durable, and as it was shown.
    pub(crate) fn check_durable(
        &self,
        epoch: Epoch,
        room: &RoomId,
        entry: &Entry,
    ) -> Result<(), Violation> {
        if self.is_forked(epoch) && self.is_of_any(epoch, room, entry) {
            return Ok(());
        }
        let Some(log) = self.log(epoch) else {
            return Err(format!("{} is of no log", entry.seq));
        };
        let entries = self.room(epoch, room);
        let index = entries.binary_search_by_key(&entry.seq, |entry| entry.seq);
        match index.ok().and_then(|index| entries.get(index)) {
            Some(durable) if log.says(room, durable, entry) => Ok(()),
            Some(_) => Err(format!("{} is not what the log says", entry.seq)),
            None => Err(format!("{} was shown and is not durable", entry.seq)),
        }
    }

    /// Whether one of the histories of this epoch has this entry.
    fn is_of_any(&self, epoch: Epoch, room: &RoomId, entry: &Entry) -> bool {
        let logs = self.logs.iter().filter(|log| log.epochs.contains(&epoch));
        logs.filter_map(|log| log.rooms.get(room).map(|entries| (log, entries)))
            .any(|(log, entries)| {
                let mut here = entries.iter().filter(|known| known.seq == entry.seq);
                here.any(|known| log.says(room, known, entry))
            })
    }

    /// Checks an entry that was given to a client who joined when the room's newest published entry
    /// was `head`: it has no words of a message that was deleted by then.
    pub(crate) fn check_withheld(
        &self,
        epoch: Epoch,
        room: &RoomId,
        entry: &Entry,
        head: Seq,
    ) -> Result<(), Violation> {
        let log = self.log(epoch).filter(|_| !self.is_forked(epoch));
        let log = log.filter(|log| !log.is_posted_again(room, entry));
        let deleted_at = log.and_then(|log| log.deleted_at(room, entry));
        match deleted_at {
            Some(deleted_at) if deleted_at <= head && entry.body.text().is_some() => Err(format!(
                "{} has words of a message that was deleted before, at {deleted_at}",
                entry.seq
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Checks a page of history that a client was given.
    pub(crate) fn check_page(
        &self,
        epoch: Epoch,
        room: &RoomId,
        page: &[Entry],
    ) -> Result<(), Violation> {
        for entry in page {
            self.check_durable(epoch, room, entry)?;
        }
        let chained = |pair: &[Entry]| pair[1].prev == pair[0].seq;
        if page.windows(2).all(chained) {
            Ok(())
        } else {
            Err("a page of history has a gap".to_owned())
        }
    }
}
