//! What is so, whatever anyone believes: the logs as they are on the disk, and every post that was ever accepted.

use std::collections::{BTreeMap, HashMap};

use parlor_shared::{Body, Entry, Epoch, MessageId, RoomId, Seq};

/// A property that does not hold, in words.
pub(crate) type Broken = String;

/// What became of a post that a session accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// In an outbox.
    Waiting,
    /// Its program was told that it is on the log.
    Settled,
    /// Its program was told that it will never be on this log.
    Refused(Epoch),
    /// Taken back.
    Discarded,
}

#[derive(Debug)]
pub(crate) struct Post {
    /// For people: the how-manieth it is.
    pub(crate) number: usize,
    pub(crate) program: usize,
    pub(crate) room: RoomId,
    pub(crate) body: Body,
    pub(crate) fate: Fate,
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
pub(crate) struct Truth {
    /// The newest is the server's.
    logs: Vec<Log>,
    posts: BTreeMap<MessageId, Post>,
    /// By program, how many of its posts are to be in its outbox.
    waiting: BTreeMap<usize, usize>,
}

impl Truth {
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
    pub(crate) fn forgets(&mut self, keep: u32) {
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
    pub(crate) fn append(&mut self, room: &RoomId, entries: Vec<Entry>) -> Result<(), Broken> {
        let log = self.logs.last_mut().ok_or("no log")?;
        for entry in entries {
            let twice = log.has(room, entry.id);
            let known = log.rooms.entry(room.clone()).or_default();
            let prev = known.last().map_or(Seq::ZERO, |last| last.seq);
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
            if post.room != *room || post.body != entry.body {
                return Err(format!("{what} is on the log as something else"));
            }
            if post.fate == Fate::Refused(log.epoch) {
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
    pub(crate) fn compare(&mut self, room: &RoomId, entries: Vec<Entry>) -> Result<(), Broken> {
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
    ) -> Result<(), Broken> {
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
    ) -> Result<(), Broken> {
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

    pub(crate) fn accepted(&mut self, id: MessageId, program: usize, room: &RoomId, body: &Body) {
        let post = Post {
            number: self.posts.len(),
            program,
            room: room.clone(),
            body: body.clone(),
            fate: Fate::Waiting,
        };
        self.posts.insert(id, post);
        *self.waiting.entry(program).or_default() += 1;
    }

    pub(crate) fn number(&self, id: MessageId) -> String {
        let number = self.posts.get(&id).map(|post| post.number);
        number.map_or("post ?".to_owned(), |number| format!("post {number}"))
    }

    pub(crate) fn discarded(&mut self, id: MessageId) -> Result<(), Broken> {
        self.ends(id, Fate::Discarded)
    }

    /// A program that kept an old copy of its outbox has this post in it again.
    pub(crate) fn waits_again(&mut self, id: MessageId) {
        if let Some(post) = self.posts.get_mut(&id) {
            post.fate = Fate::Waiting;
            *self.waiting.entry(post.program).or_default() += 1;
        }
    }

    /// A post leaves its outbox, for once.
    fn ends(&mut self, id: MessageId, fate: Fate) -> Result<(), Broken> {
        match self.posts.get_mut(&id) {
            Some(post) if post.fate == Fate::Waiting => {
                post.fate = fate;
                *self.waiting.entry(post.program).or_default() -= 1;
                Ok(())
            }
            Some(post) => Err(format!(
                "post {} was {:?}, and is {fate:?} now",
                post.number, post.fate
            )),
            None => Err(format!("a post of nobody's is {fate:?}")),
        }
    }

    /// The program was told that its post is on the log.
    pub(crate) fn settled(
        &mut self,
        epoch: Epoch,
        room: &RoomId,
        entry: &Entry,
    ) -> Result<(), Broken> {
        self.check_durable(epoch, room, entry)?;
        self.ends(entry.id, Fate::Settled)
    }

    pub(crate) fn refused(&mut self, id: MessageId, epoch: Epoch) -> Result<(), Broken> {
        let what = self.number(id);
        let room = self.posts.get(&id).map(|post| post.room.clone());
        let on_log = room.is_some_and(|room| {
            let log = self.logs.iter().find(|log| log.epoch == epoch);
            log.is_some_and(|log| log.has(&room, id))
        });
        if on_log {
            return Err(format!("{what} is on the log and was refused for good"));
        }
        self.ends(id, Fate::Refused(epoch))
    }

    /// The posts of a program that are to be in its outbox.
    pub(crate) fn waiting(&self, program: usize) -> usize {
        self.waiting.get(&program).copied().unwrap_or_default()
    }

    /// Some posts of a program that it was told are on the log, newest first.
    pub(crate) fn settled_lately(
        &self,
        program: usize,
    ) -> impl Iterator<Item = (MessageId, &Post)> {
        let settled = move |post: &Post| post.program == program && post.fate == Fate::Settled;
        let posts = self.posts.iter().rev();
        posts
            .filter(move |(_, post)| settled(post))
            .map(|(id, post)| (*id, post))
    }

    /// A message somebody might want to change, in this room or another.
    pub(crate) fn post(&self, drawn: u64) -> Option<(MessageId, &Post)> {
        let index = drawn as usize % self.posts.len().max(1);
        self.posts.iter().nth(index).map(|(id, post)| (*id, post))
    }
}
