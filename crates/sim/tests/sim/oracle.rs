//! What is so, whatever anyone believes: the logs as they are on the disk, and every post that was ever accepted.

use std::collections::{BTreeMap, HashMap};

use parlor_shared::{Body, Entry, Epoch, MessageId, RoomId, Seq};

/// A property that does not hold, in words.
pub(crate) type Violation = String;

/// What became of a post that a session accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PostState {
    /// In an outbox.
    Waiting,
    /// Its program was told that it is on the log.
    Acked,
    /// Its program was told that it will never be on this log.
    Refused(Epoch),
    /// Taken back.
    Discarded,
}

#[derive(Debug)]
pub(crate) struct Post {
    /// For people: the how-manieth it is.
    pub(crate) number: usize,
    pub(crate) client: usize,
    pub(crate) room: RoomId,
    pub(crate) body: Body,
    pub(crate) state: PostState,
}

/// One log, and everything durable in it.
#[derive(Debug)]
struct Log {
    epoch: Epoch,
    /// Forgotten entries are in it, too: they were shown.
    rooms: BTreeMap<RoomId, Vec<Entry>>,
    /// Where each id was last.
    ids: HashMap<(RoomId, MessageId), usize>,
    /// How many of a room's newest entries it keeps for certain; `None` for all.
    keeps: Option<usize>,
}

impl Log {
    /// How many of so many entries it may have forgotten by now.
    fn forgotten_max(&self, entries: usize) -> usize {
        self.keeps.map_or(0, |keeps| entries.saturating_sub(keeps))
    }

    fn has(&self, room: &RoomId, id: MessageId) -> bool {
        let entries = self.rooms.get(room).map_or(0, Vec::len);
        let index = self.ids.get(&(room.clone(), id));
        index.is_some_and(|index| *index >= self.forgotten_max(entries))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Oracle {
    /// The newest is the server's.
    logs: Vec<Log>,
    posts: BTreeMap<MessageId, Post>,
    /// By program, how many of its posts are to be in its outbox.
    waiting: BTreeMap<usize, usize>,
}

impl Oracle {
    /// The server has this log from now on; says whether it is another than before.
    pub(crate) fn serve(&mut self, epoch: Epoch) {
        if self.logs.last().is_none_or(|log| log.epoch != epoch) {
            self.logs.push(Log {
                epoch,
                rooms: BTreeMap::new(),
                ids: HashMap::new(),
                keeps: None,
            });
        }
    }

    /// The log is told to keep no more than so many entries of each room.
    pub(crate) fn retains(&mut self, keep: u32) {
        if let Some(log) = self.logs.last_mut() {
            let keep = keep as usize;
            log.keeps = Some(log.keeps.map_or(keep, |keeps| keeps.min(keep)));
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

    pub(crate) fn is_place(&self, epoch: Epoch, room: &RoomId, seq: Seq) -> bool {
        seq == Seq::ZERO || self.room(epoch, room).iter().any(|entry| entry.seq == seq)
    }

    pub(crate) fn entries(&self) -> usize {
        let all = self.logs.iter().flat_map(|log| log.rooms.values());
        all.map(Vec::len).sum()
    }

    /// These became durable, after all that was before.
    pub(crate) fn append(&mut self, room: &RoomId, entries: Vec<Entry>) -> Result<(), Violation> {
        let log = self.logs.last_mut().ok_or("no log")?;
        for entry in entries {
            let twice = log.has(room, entry.id);
            let known = log.rooms.entry(room.clone()).or_default();
            let prev = known.last().map_or(Seq::ZERO, |last| last.seq);
            if entry.prev != prev || entry.seq <= prev {
                return Err(format!(
                    "the log's chain is violation: {} after {prev} names {} before it",
                    entry.seq, entry.prev
                ));
            }
            let Some(post) = self.posts.get(&entry.id) else {
                return Err(format!("{} on the log was never posted", entry.seq));
            };
            let what = format!("post {}", post.number);
            if post.room != *room || post.body != entry.body {
                return Err(format!("{what} is on the log as something else"));
            }
            if post.state == PostState::Refused(log.epoch) {
                return Err(format!("{what} was refused for good and is on the log"));
            }
            if twice {
                return Err(format!("{what} is on the log twice"));
            }
            log.ids.insert((room.clone(), entry.id), known.len());
            known.push(entry);
        }
        Ok(())
    }

    /// A server came back with this as its log: nothing that was durable is gone.
    pub(crate) fn compare_with_disk(
        &mut self,
        room: &RoomId,
        entries: Vec<Entry>,
    ) -> Result<(), Violation> {
        let log = self.logs.last().ok_or("no log")?;
        let known = log.rooms.get(room).map_or(&[][..], Vec::as_slice);
        let first = entries.first().map(|first| first.seq);
        let forgotten = known
            .iter()
            .position(|entry| Some(entry.seq) == first)
            .unwrap_or(known.len());
        let left = known.len() - forgotten;
        if forgotten > log.forgotten_max(known.len())
            || entries.get(..left) != known.get(forgotten..)
        {
            return Err(format!("{room} lost entries that were durable"));
        }
        self.append(room, entries[left..].to_vec())
    }

    /// Somebody was shown this.
    pub(crate) fn check_durable(
        &self,
        epoch: Epoch,
        room: &RoomId,
        entry: &Entry,
    ) -> Result<(), Violation> {
        let log = self.room(epoch, room);
        let place = log.binary_search_by_key(&entry.seq, |entry| entry.seq);
        match place.ok().and_then(|place| log.get(place)) {
            Some(durable) if durable == entry => Ok(()),
            Some(_) => Err(format!("{} is not what the log says", entry.seq)),
            None => Err(format!("{} was shown and is not durable", entry.seq)),
        }
    }

    /// Somebody was given this page of a room.
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

    pub(crate) fn accepted(&mut self, id: MessageId, client: usize, room: &RoomId, body: &Body) {
        let post = Post {
            number: self.posts.len(),
            client,
            room: room.clone(),
            body: body.clone(),
            state: PostState::Waiting,
        };
        self.posts.insert(id, post);
        *self.waiting.entry(client).or_default() += 1;
    }

    pub(crate) fn number(&self, id: MessageId) -> String {
        let number = self.posts.get(&id).map(|post| post.number);
        number.map_or("post ?".to_owned(), |number| format!("post {number}"))
    }

    pub(crate) fn discarded(&mut self, id: MessageId) -> Result<(), Violation> {
        self.ends(id, PostState::Discarded)
    }

    /// A program that kept an old copy of its outbox has this post in it again.
    pub(crate) fn back_in_outbox(&mut self, id: MessageId) {
        if let Some(post) = self.posts.get_mut(&id) {
            post.state = PostState::Waiting;
            *self.waiting.entry(post.client).or_default() += 1;
        }
    }

    /// A post leaves its outbox, for once.
    fn ends(&mut self, id: MessageId, state: PostState) -> Result<(), Violation> {
        match self.posts.get_mut(&id) {
            Some(post) if post.state == PostState::Waiting => {
                post.state = state;
                *self.waiting.entry(post.client).or_default() -= 1;
                Ok(())
            }
            Some(post) => Err(format!(
                "post {} was {:?}, and is {state:?} now",
                post.number, post.state
            )),
            None => Err(format!("a post of nobody's is {state:?}")),
        }
    }

    /// The program was told that its post is on the log.
    pub(crate) fn acked(
        &mut self,
        epoch: Epoch,
        room: &RoomId,
        entry: &Entry,
    ) -> Result<(), Violation> {
        self.check_durable(epoch, room, entry)?;
        self.ends(entry.id, PostState::Acked)
    }

    pub(crate) fn refused(&mut self, id: MessageId, epoch: Epoch) -> Result<(), Violation> {
        let what = self.number(id);
        let room = self.posts.get(&id).map(|post| post.room.clone());
        let on_log = room.is_some_and(|room| {
            let log = self.logs.iter().find(|log| log.epoch == epoch);
            log.is_some_and(|log| log.has(&room, id))
        });
        if on_log {
            return Err(format!("{what} is on the log and was refused for good"));
        }
        self.ends(id, PostState::Refused(epoch))
    }

    /// The posts of a program that are to be in its outbox.
    pub(crate) fn waiting(&self, client: usize) -> usize {
        self.waiting.get(&client).copied().unwrap_or_default()
    }

    /// Some posts of a program that it was told are on the log, newest first.
    pub(crate) fn recently_acked(&self, client: usize) -> impl Iterator<Item = (MessageId, &Post)> {
        let acked = move |post: &Post| post.client == client && post.state == PostState::Acked;
        let posts = self.posts.iter().rev();
        posts
            .filter(move |(_, post)| acked(post))
            .map(|(id, post)| (*id, post))
    }

    /// A message somebody might want to change, in this room or another.
    pub(crate) fn post(&self, drawn: u64) -> Option<(MessageId, &Post)> {
        let index = drawn as usize % self.posts.len().max(1);
        self.posts.iter().nth(index).map(|(id, post)| (*id, post))
    }
}
