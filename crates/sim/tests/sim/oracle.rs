//! The oracle: what is true, whatever the server and the clients believe.
//!
//! It knows the logs as they are on the disk and every post that a session has accepted, and checks
//! what happens against them.

mod moderation;
mod order;
mod shown;
mod state;
mod stream;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use parlor_shared::{Body, Entry, Epoch, ErrorCode, MemberId, MessageId, Position, RoomId, Seq};

use crate::history::{Log, LogStart};

/// A property that was violated, in words.
pub(crate) type Violation = String;

/// The state of a post that a session has accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PostState {
    /// It is in its client's outbox.
    InOutbox,
    /// Its client knows that it is on the log.
    Acked,
    /// Its client knows that it will never be on the log with this number.
    Refused(usize),
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

/// Whether frames are lost on links that do not break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frames {
    Arrive,
    GetLost,
}

/// The truth about one world.
#[derive(Debug, Default)]
pub(crate) struct Oracle {
    /// The server has the last one. Each restore adds one, and so does each loss.
    logs: Vec<Log>,
    /// The log as it was when the last backup was taken.
    backup: Option<Log>,
    /// Whether a client may start over only where its position does not hold any more. Not where
    /// frames are lost: a gap that stays makes a session start over.
    resets_need_reason: bool,
    posts: BTreeMap<MessageId, Post>,
    /// How many posts should be in each client's outbox.
    in_outbox: BTreeMap<usize, usize>,
    /// Everyone who has ever moderated.
    moderators: BTreeSet<MemberId>,
    /// Who was ever banned from which room.
    bans: BTreeSet<(MemberId, RoomId)>,
    /// In how many groups each entry was published that is in a stream.
    brought: HashMap<(RoomId, MessageId), usize>,
    /// Epochs of streams that have given the same places twice.
    forked: HashSet<Epoch>,
}

impl Oracle {
    pub(crate) fn new(frames: Frames) -> Self {
        Self {
            resets_need_reason: frames == Frames::Arrive,
            ..Self::default()
        }
    }

    /// The server has opened a log and begun this epoch.
    pub(crate) fn start_log(&mut self, epoch: Epoch, start: LogStart) {
        let log = match start {
            LogStart::Same if self.logs.is_empty() => Some(Log::default()),
            LogStart::Same => None,
            LogStart::New => Some(Log::default()),
            LogStart::Backup => self.backup.clone(),
            LogStart::Cut => self.logs.last().cloned(),
        };
        self.logs.extend(log);
        if let Some(log) = self.logs.last_mut() {
            log.epochs.push(epoch);
        }
    }

    /// The log has lost its end: everything after one place.
    pub(crate) fn cut(&mut self, head: Seq) {
        if let Some(log) = self.logs.last_mut() {
            log.cut(head);
        }
    }

    /// A backup is taken.
    pub(crate) fn take_backup(&mut self) {
        self.backup = self.logs.last().cloned();
    }

    /// Retention is told to keep this many of each room's newest entries.
    pub(crate) fn set_retention(&mut self, keep: usize) {
        if let Some(log) = self.logs.last_mut() {
            log.kept = Some(log.kept.map_or(keep, |kept| kept.min(keep)));
        }
    }

    pub(crate) fn epoch(&self) -> Option<Epoch> {
        let log = self.logs.last()?;
        log.epochs.last().copied()
    }

    /// The number of the log in which a server began this epoch, and not of a copy.
    fn log_number(&self, epoch: Epoch) -> Option<usize> {
        self.logs.iter().position(|log| log.epochs.contains(&epoch))
    }

    fn log(&self, epoch: Epoch) -> Option<&Log> {
        self.log_number(epoch).map(|number| &self.logs[number])
    }

    fn room(&self, epoch: Epoch, room: &RoomId) -> &[Entry] {
        let log = self.log(epoch);
        log.and_then(|log| log.rooms.get(room))
            .map_or(&[], Vec::as_slice)
    }

    /// Whether two epochs have the same entries up to this place.
    pub(crate) fn is_same(&self, one: Epoch, other: Epoch, room: &RoomId, until: Seq) -> bool {
        let [one, other] = [one, other].map(|epoch| {
            let entries = self.room(epoch, room);
            &entries[..entries.partition_point(|entry| entry.seq <= until)]
        });
        one == other
    }

    /// Checks that a client that has everything up to this place must start over.
    pub(crate) fn check_reset(
        &self,
        had: Position,
        epoch: Epoch,
        room: &RoomId,
    ) -> Result<(), Violation> {
        if self.is_forked(epoch) {
            return Ok(());
        }
        let newest = had.seq;
        let entries = self.room(epoch, room);
        let index = entries.partition_point(|entry| entry.seq <= newest);
        let is_kept = self.log(epoch).is_some_and(|log| {
            log.epochs.contains(&had.epoch) && index >= log.deleted_max(entries.len())
        });
        if self.resets_need_reason && is_kept && self.is_same(had.epoch, epoch, room, newest) {
            return Err(format!("{room} starts over, though {newest} still holds"));
        }
        Ok(())
    }

    pub(crate) fn head(&self, epoch: Epoch, room: &RoomId) -> Seq {
        self.room(epoch, room)
            .last()
            .map_or(Seq::ZERO, |entry| entry.seq)
    }

    pub(crate) fn is_position(&self, epoch: Epoch, room: &RoomId, seq: Seq) -> bool {
        seq == Seq::ZERO
            || self.is_forked(epoch)
            || self.room(epoch, room).iter().any(|entry| entry.seq == seq)
    }

    pub(crate) fn entries(&self) -> usize {
        let all = self.logs.iter().flat_map(|log| log.rooms.values());
        all.map(Vec::len).sum()
    }

    /// Takes entries that have become durable at the end of the room.
    pub(crate) fn append(&mut self, room: &RoomId, entries: Vec<Entry>) -> Result<(), Violation> {
        if !self.epoch().is_some_and(|epoch| self.is_forked(epoch)) {
            self.check_order(room, &entries)?;
        }
        for entry in &entries {
            self.check_brought(room, entry)?;
        }
        let number = self.logs.len().saturating_sub(1);
        let log = self.logs.last_mut().ok_or("no log")?;
        log.note_deletions(room, &entries);
        for entry in &entries {
            self.apply_rules(room, entry)?;
        }
        let log = self.logs.last_mut().ok_or("no log")?;
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
            // One that was sent by way of two nodes may be refused at one place and not at another.
            let times = self.brought.get(&(room.clone(), entry.id));
            let came_once = times.is_none_or(|times| *times == 1);
            if post.state == PostState::Refused(number) && came_once {
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
        let log = self.logs.last_mut().ok_or("no log")?;
        // What was committed while the server stopped may delete what was durable before.
        log.note_deletions(room, &entries);
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

    /// A client was told that its post will never be on the log of this epoch. A copy that was sent
    /// earlier may arrive all the same where time alone has decided: its author is not muted any
    /// more, or it is a mute whose end has passed since.
    pub(crate) fn on_refused(
        &mut self,
        id: MessageId,
        epoch: Epoch,
        code: ErrorCode,
    ) -> Result<(), Violation> {
        let what = self.number(id);
        let number = self.log_number(epoch).ok_or("an unknown epoch")?;
        let post = self.posts.get(&id);
        let is_on_log = |post: &Post| {
            self.times_brought(&post.room, id) <= 1 && self.logs[number].has(&post.room, id)
        };
        if !self.is_forked(epoch) && post.is_some_and(is_on_log) {
            return Err(format!("{what} is on the log and was refused for good"));
        }
        let state = match [ErrorCode::Muted, ErrorCode::OutOfRange].contains(&code) {
            true => PostState::Discarded,
            false => PostState::Refused(number),
        };
        self.leave_outbox(id, state)
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
