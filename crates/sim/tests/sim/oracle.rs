//! The oracle: what is true, whatever the server and the clients believe.
//!
//! It knows the logs as they are on the disk and every post that a session has accepted, and checks
//! what happens against them.

mod order;

use std::collections::{BTreeMap, HashMap};

use parlor_shared::{Body, Entry, Epoch, MessageId, RoomId, Seq};

/// A property that was violated, in words.
pub(crate) type Violation = String;

/// The state of a post that a session has accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PostState {
    /// It is in its client's outbox.
    InOutbox,
    /// Its client knows that it is on the log.
    Acked,
    /// Its client knows that it will never be on the log of this epoch.
    Refused(Epoch),
    /// Its client has discarded it.
    Discarded,
}

/// A post that a session has accepted.
#[derive(Debug)]
pub(crate) struct Post {
    /// Its number in the trace.
    pub(crate) number: usize,
    pub(crate) client: usize,
    pub(crate) room: RoomId,
    pub(crate) body: Body,
    pub(crate) state: PostState,
    /// Whether its client has posted it once more, from an old copy of its outbox.
    is_reposted: bool,
}

/// One log, with every entry that was ever durable in it.
#[derive(Debug)]
struct Log {
    epoch: Epoch,
    /// Entries that retention has deleted are included, because clients have seen them.
    rooms: BTreeMap<RoomId, Vec<Entry>>,
    /// The last index of each id in its room.
    ids: HashMap<(RoomId, MessageId), usize>,
    /// Where each deleted message was deleted.
    deletions: HashMap<(RoomId, MessageId), Seq>,
    /// How many of a room's newest entries retention keeps for certain; `None` for all.
    kept: Option<usize>,
}

impl Log {
    /// How many of a room's entries retention may have deleted by now.
    fn deleted_max(&self, entries: usize) -> usize {
        self.kept.map_or(0, |kept| entries.saturating_sub(kept))
    }

    /// Where the message that this entry posts or changes was deleted; `None` if it was not.
    fn deleted_at(&self, room: &RoomId, entry: &Entry) -> Option<Seq> {
        let message = entry.body.target().unwrap_or(entry.id);
        self.deletions.get(&(room.clone(), message)).copied()
    }

    /// Whether this is what the log says at the entry's place: the entry as it was appended, or
    /// without its words if its message is deleted.
    fn says(&self, room: &RoomId, appended: &Entry, entry: &Entry) -> bool {
        let blanked = || Entry {
            body: appended.body.clone().blanked(),
            ..appended.clone()
        };
        entry == appended || (self.deleted_at(room, appended).is_some() && *entry == blanked())
    }

    /// Whether the log certainly still has this id.
    fn has(&self, room: &RoomId, id: MessageId) -> bool {
        let entries = self.rooms.get(room).map_or(0, Vec::len);
        let index = self.ids.get(&(room.clone(), id));
        index.is_some_and(|index| *index >= self.deleted_max(entries))
    }
}

/// The truth about one world.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    /// The server has the last one.
    logs: Vec<Log>,
    posts: BTreeMap<MessageId, Post>,
    /// How many posts should be in each client's outbox.
    in_outbox: BTreeMap<usize, usize>,
}

impl Oracle {
    /// The server has opened the log with this epoch.
    pub(crate) fn start_log(&mut self, epoch: Epoch) {
        if self.logs.last().is_none_or(|log| log.epoch != epoch) {
            self.logs.push(Log {
                epoch,
                rooms: BTreeMap::new(),
                ids: HashMap::new(),
                deletions: HashMap::new(),
                kept: None,
            });
        }
    }

    /// Retention is told to keep this many of each room's newest entries.
    pub(crate) fn set_retention(&mut self, keep: u32) {
        if let Some(log) = self.logs.last_mut() {
            let keep = keep as usize;
            log.kept = Some(log.kept.map_or(keep, |kept| kept.min(keep)));
        }
    }

    pub(crate) fn epoch(&self) -> Option<Epoch> {
        self.logs.last().map(|log| log.epoch)
    }

    fn room(&self, epoch: Epoch, room: &RoomId) -> &[Entry] {
        let log = self.logs.iter().find(|log| log.epoch == epoch);
        log.and_then(|log| log.rooms.get(room))
            .map_or(&[], Vec::as_slice)
    }

    pub(crate) fn head(&self, epoch: Epoch, room: &RoomId) -> Seq {
        self.room(epoch, room)
            .last()
            .map_or(Seq::ZERO, |entry| entry.seq)
    }

    pub(crate) fn is_position(&self, epoch: Epoch, room: &RoomId, seq: Seq) -> bool {
        seq == Seq::ZERO || self.room(epoch, room).iter().any(|entry| entry.seq == seq)
    }

    pub(crate) fn entries(&self) -> usize {
        let all = self.logs.iter().flat_map(|log| log.rooms.values());
        all.map(Vec::len).sum()
    }

    /// Takes entries that have become durable at the end of the room.
    pub(crate) fn append(&mut self, room: &RoomId, entries: Vec<Entry>) -> Result<(), Violation> {
        self.check_order(room, &entries)?;
        let log = self.logs.last_mut().ok_or("no log")?;
        for entry in &entries {
            if let Body::Deletion { target } = entry.body {
                log.deletions.insert((room.clone(), target), entry.seq);
            }
        }
        for mut entry in entries {
            let twice = log.has(room, entry.id);
            let last = log.rooms.get(room).and_then(|known| known.last());
            let prev = last.map_or(Seq::ZERO, |last| last.seq);
            if entry.prev != prev || entry.seq <= prev {
                return Err(format!(
                    "the log's chain is broken: {} after {prev} names {} before it",
                    entry.seq, entry.prev
                ));
            }
            let Some(post) = self.posts.get(&entry.id) else {
                return Err(format!("{} on the log was never posted", entry.seq));
            };
            let what = format!("post {}", post.number);
            let appended = Entry {
                body: post.body.clone(),
                ..entry.clone()
            };
            if post.room != *room || !log.says(room, &appended, &entry) {
                return Err(format!("{what} is on the log as something else"));
            }
            entry = appended;
            if post.state == PostState::Refused(log.epoch) {
                return Err(format!("{what} was refused for good and is on the log"));
            }
            if twice {
                return Err(format!("{what} is on the log twice"));
            }
            let known = log.rooms.entry(room.clone()).or_default();
            log.ids.insert((room.clone(), entry.id), known.len());
            known.push(entry);
        }
        Ok(())
    }

    /// Checks that a server that has started again still has every durable entry of the room.
    pub(crate) fn check_log(
        &mut self,
        room: &RoomId,
        entries: Vec<Entry>,
    ) -> Result<(), Violation> {
        let log = self.logs.last().ok_or("no log")?;
        let known = log.rooms.get(room).map_or(&[][..], Vec::as_slice);
        let first = entries.first().map(|first| first.seq);
        let deleted = known
            .iter()
            .position(|entry| Some(entry.seq) == first)
            .unwrap_or(known.len());
        let left = known.len() - deleted;
        let kept = known[deleted..].iter().zip(&entries);
        let is_whole = entries.len() >= left && kept.clone().all(|(a, b)| log.says(room, a, b));
        if deleted > log.deleted_max(known.len()) || !is_whole {
            return Err(format!("{room} lost entries that were durable"));
        }
        for (_, entry) in kept {
            if entry.body.text().is_some() && log.deleted_at(room, entry).is_some() {
                return Err(format!(
                    "{} can be read, and its message is deleted",
                    entry.seq
                ));
            }
        }
        self.append(room, entries[left..].to_vec())
    }

    /// Checks an entry that a client was shown: it is durable, and as it was shown.
    pub(crate) fn check_durable(
        &self,
        epoch: Epoch,
        room: &RoomId,
        entry: &Entry,
    ) -> Result<(), Violation> {
        let Some(log) = self.logs.iter().find(|log| log.epoch == epoch) else {
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

    /// Checks an entry that was given to a client who joined when the room's newest published entry
    /// was `head`: it has no words of a message that was deleted by then.
    pub(crate) fn check_withheld(
        &self,
        epoch: Epoch,
        room: &RoomId,
        entry: &Entry,
        head: Seq,
    ) -> Result<(), Violation> {
        let log = self.logs.iter().find(|log| log.epoch == epoch);
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

    /// A client's session is about to accept this post.
    pub(crate) fn on_accepted(&mut self, id: MessageId, client: usize, room: &RoomId, body: &Body) {
        let post = Post {
            number: self.posts.len(),
            client,
            room: room.clone(),
            body: body.clone(),
            state: PostState::InOutbox,
            is_reposted: false,
        };
        self.posts.insert(id, post);
        *self.in_outbox.entry(client).or_default() += 1;
    }

    /// What the trace calls a post.
    pub(crate) fn number(&self, id: MessageId) -> String {
        let number = self.posts.get(&id).map(|post| post.number);
        number.map_or("post ?".to_owned(), |number| format!("post {number}"))
    }

    pub(crate) fn on_discarded(&mut self, id: MessageId) -> Result<(), Violation> {
        self.leave_outbox(id, PostState::Discarded)
    }

    /// A client has restarted with an old copy of its outbox, which still has this post.
    pub(crate) fn back_in_outbox(&mut self, id: MessageId) {
        if let Some(post) = self.posts.get_mut(&id) {
            post.state = PostState::InOutbox;
            post.is_reposted = true;
            *self.in_outbox.entry(post.client).or_default() += 1;
        }
    }

    /// A post leaves its outbox, which it does only once.
    fn leave_outbox(&mut self, id: MessageId, state: PostState) -> Result<(), Violation> {
        match self.posts.get_mut(&id) {
            Some(post) if post.state == PostState::InOutbox => {
                post.state = state;
                *self.in_outbox.entry(post.client).or_default() -= 1;
                Ok(())
            }
            Some(post) => Err(format!(
                "post {} was {:?}, and is {state:?} now",
                post.number, post.state
            )),
            None => Err(format!("an unknown post is {state:?}")),
        }
    }

    /// A client was told that its post is on the log.
    pub(crate) fn on_acked(
        &mut self,
        epoch: Epoch,
        room: &RoomId,
        entry: &Entry,
    ) -> Result<(), Violation> {
        self.check_durable(epoch, room, entry)?;
        self.leave_outbox(entry.id, PostState::Acked)
    }

    /// A client was told that its post will never be on the log of this epoch.
    pub(crate) fn on_refused(&mut self, id: MessageId, epoch: Epoch) -> Result<(), Violation> {
        let what = self.number(id);
        let room = self.posts.get(&id).map(|post| post.room.clone());
        let on_log = room.is_some_and(|room| {
            let log = self.logs.iter().find(|log| log.epoch == epoch);
            log.is_some_and(|log| log.has(&room, id))
        });
        if on_log {
            return Err(format!("{what} is on the log and was refused for good"));
        }
        self.leave_outbox(id, PostState::Refused(epoch))
    }

    /// How many posts should be in the client's outbox.
    pub(crate) fn in_outbox(&self, client: usize) -> usize {
        self.in_outbox.get(&client).copied().unwrap_or_default()
    }

    /// The posts of a client that it knows are on the log, newest first.
    pub(crate) fn recently_acked(&self, client: usize) -> impl Iterator<Item = (MessageId, &Post)> {
        let acked = move |post: &Post| post.client == client && post.state == PostState::Acked;
        let posts = self.posts.iter().rev();
        posts
            .filter(move |(_, post)| acked(post))
            .map(|(id, post)| (*id, post))
    }

    /// A post to change or to reply to, picked by a random number.
    pub(crate) fn post(&self, drawn: u64) -> Option<(MessageId, &Post)> {
        let index = drawn as usize % self.posts.len().max(1);
        self.posts.iter().nth(index).map(|(id, post)| (*id, post))
    }
}
