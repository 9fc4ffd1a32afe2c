//! One room as the page knows it.

use litemap::LiteMap;
use parlor_session::OutboxPost;
use parlor_shared::{
    Entry, JoinOutcome, Member, MemberId, MessageId, Name, Seq,
    limits::{TIMELINE_MESSAGES_MAX, TIMELINE_TRIM_STEP},
    timeline::Timeline,
};

use crate::model::{cached_entries::CachedEntries, window::Window};

/// More unread messages than this are not counted: it is done for every picture of the page.
pub const UNREAD_MAX: usize = 99;

/// A room somebody is in with this page, looked at or not.
#[derive(Debug, Default)]
pub struct Room {
    /// Its messages.
    pub timeline: Timeline,
    /// The newest entries, to be shown at the next visit until the server tells.
    pub cached_entries: CachedEntries,
    /// Everything after this place has been read from the server.
    pub loaded_after: Seq,
    /// The oldest entry the server keeps.
    pub first_on_server: Seq,
    /// Whether earlier messages have been asked for and not come yet.
    pub loading_older: bool,
    /// The messages in the document, while this is the room looked at.
    pub window: Window,
    /// Where the person is in the list.
    pub scroll: ScrollPosition,
    /// The newest message the person has seen; `None` in a room never looked at.
    pub seen: Option<Seq>,
    /// The message to be shown in its place, as soon as it is read.
    pub scroll_target: Option<MessageId>,
    /// Where the messages began that were new when the person came to look.
    pub first_unread: Option<Seq>,
    /// What is written and not sent yet.
    pub draft: Draft,
    /// The message that is being said otherwise.
    pub edit: Option<Edit>,
    /// One's posts that are not on the log yet, or were refused, with the reason.
    pub pending: Vec<PendingPost>,
    /// Whether the tail is at the head: what is missing is still to be said.
    pub live: bool,
    /// Who is here.
    pub members: LiteMap<MemberId, Name>,
    /// How many are here.
    pub member_count: u32,
    /// Who is writing, until when.
    pub typing: LiteMap<MemberId, u64>,
}

/// A post of one's own that the log does not have yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPost {
    /// The post.
    pub post: OutboxPost,
    /// Why the server refused it; `None` while it is under way or waits for the connection.
    pub refusal: Option<String>,
}

/// A message that is being said otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The message.
    pub target: MessageId,
    /// What was being written before.
    pub draft_before: Draft,
}

/// What is written and not sent yet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// What it says.
    pub text: String,
    /// The message it answers.
    pub reply_to: Option<MessageId>,
}

/// Where the person is in the list of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ScrollPosition {
    /// At the end: what comes is seen.
    #[default]
    End,
    /// Further up, since this was the newest message.
    Above(Seq),
}

impl Room {
    /// Whether there is more before what is shown.
    #[must_use]
    pub fn has_older(&self) -> bool {
        self.window.has_older(&self.timeline) || self.can_load_older()
    }

    /// Whether the server has more before what has been read, and there is room for it.
    #[must_use]
    pub fn can_load_older(&self) -> bool {
        let has_more =
            self.first_on_server > Seq::ZERO && self.loaded_after >= self.first_on_server;
        has_more && self.timeline.len() < TIMELINE_MESSAGES_MAX
    }

    /// How many messages have come since the person left the end of the list.
    #[must_use]
    pub fn new_below(&self) -> usize {
        match self.scroll {
            ScrollPosition::End => 0,
            ScrollPosition::Above(newest) => self.timeline.since(newest.next()).count(),
        }
    }

    /// How many messages of others the person has not seen; past [`UNREAD_MAX`] it is one more, however many there are.
    #[must_use]
    pub fn unread(&self, me: Option<MemberId>) -> usize {
        let Some(seen) = self.seen else {
            return 0;
        };
        let unseen = self.timeline.since(seen.next());
        let of_others = unseen.filter(|message| Some(message.member) != me);
        of_others.take(UNREAD_MAX + 1).count()
    }

    /// The newest message's place.
    #[must_use]
    pub fn newest(&self) -> Seq {
        let newest = self.timeline.messages().next_back();
        newest.map_or(Seq::ZERO, |message| message.seq)
    }

    /// When the newest message was posted.
    #[must_use]
    pub fn last_message_ms(&self) -> Option<u64> {
        let newest = self.timeline.messages().next_back();
        newest.map(|message| message.at_ms)
    }

    /// The member's last message that is not deleted.
    #[must_use]
    pub fn last_message_by(&self, member: MemberId) -> Option<MessageId> {
        let mut messages = self.timeline.messages().rev();
        let own = messages.find(|message| message.member == member && message.text.is_some());
        own.map(|message| message.id)
    }

    /// A post of one's own that is not on the log.
    pub fn pending_mut(&mut self, id: MessageId) -> Option<&mut PendingPost> {
        self.pending
            .iter_mut()
            .find(|pending| pending.post.id == id)
    }

    /// A post is on the log, or given up.
    pub fn remove_pending(&mut self, id: MessageId) {
        self.pending.retain(|pending| pending.post.id != id);
    }

    /// To the end of the list.
    pub fn go_to_end(&mut self) {
        self.scroll = ScrollPosition::End;
        self.window = Window::at_end(&self.timeline);
    }

    /// Brings the message that is wanted into the document; says whether it is there.
    pub fn show_scroll_target(&mut self) -> bool {
        let message = self
            .scroll_target
            .and_then(|target| self.timeline.find(target));
        let Some(seq) = message.map(|message| message.seq) else {
            return false;
        };
        self.leave_end();
        self.window = Window::around(&self.timeline, seq);
        true
    }

    /// The end of the list went out of sight.
    pub fn leave_end(&mut self) {
        if self.scroll == ScrollPosition::End {
            self.scroll = ScrollPosition::Above(self.newest());
        }
    }

    /// The end of the list came into sight.
    pub fn reach_end(&mut self) {
        if self.window.is_at_end() {
            self.scroll = ScrollPosition::End;
        }
    }

    /// The tail starts after this place: with all that was here before, or with nothing.
    pub fn joined(&mut self, outcome: JoinOutcome, after: Seq, first: Seq) {
        self.first_on_server = first;
        self.connection_lost();
        if outcome == JoinOutcome::Reset {
            self.timeline = Timeline::new();
            self.cached_entries.clear();
            self.loaded_after = after;
            self.go_to_end();
        }
    }

    /// Takes the next entry in.
    pub fn apply_entry(&mut self, entry: &Entry) {
        self.typing.remove(&entry.member);
        self.timeline.fold(entry);
        if self.timeline.len() > TIMELINE_MESSAGES_MAX {
            let keep = TIMELINE_MESSAGES_MAX - TIMELINE_TRIM_STEP;
            self.timeline.trim(keep);
            let oldest = self.timeline.messages().next();
            self.loaded_after = oldest.map_or(self.loaded_after, |oldest| oldest.seq.previous());
        }
        match self.scroll {
            ScrollPosition::End => self.window = Window::at_end(&self.timeline),
            ScrollPosition::Above(_) => self.window.fit(&self.timeline),
        }
    }

    /// Takes in what was asked for with [`Room::can_read_back`].
    pub fn apply_older(&mut self, entries: &[Entry]) {
        self.loading_older = false;
        self.loaded_after = entries.first().map_or(Seq::ZERO, |oldest| oldest.prev);
        for entry in entries {
            self.timeline.fold(entry);
        }
        self.window.move_to_older(&self.timeline);
    }

    /// Nothing more comes for now.
    pub fn connection_lost(&mut self) {
        self.loading_older = false;
        // What was to be read to find it does not come any more.
        self.scroll_target = None;
        self.live = false;
    }

    /// The tail has reached the head, and these are here.
    pub fn caught_up(&mut self, count: u32, members: Vec<Member>) {
        self.live = true;
        // Seen further than there is: it was another log.
        self.seen = self.seen.map(|seen| seen.min(self.newest()));
        self.members.clear();
        self.apply_presence(count, members, &[]);
    }

    /// Who came and went.
    pub fn apply_presence(&mut self, count: u32, here: Vec<Member>, gone: &[MemberId]) {
        self.member_count = count;
        for Member { member, name } in here {
            self.members.insert(member, name);
        }
        self.members.retain(|member, _| !gone.contains(member));
        if self.members.len() != count as usize {
            // A large room is told as a count; the names known of before are of no use.
            self.members.clear();
        }
    }

    /// The person looks at the room: gives the newest place where that is news.
    pub fn mark_seen(&mut self) -> Option<Seq> {
        let newest = self.newest();
        let is_news = self.live && self.scroll == ScrollPosition::End && self.seen < Some(newest);
        is_news.then(|| {
            self.seen = Some(newest);
            newest
        })
    }

    /// Marks where what the person has not seen begins.
    pub fn mark_first_unread(&mut self, me: Option<MemberId>) {
        let first_new = self.seen.and_then(|seen| {
            let mut unseen = self.timeline.since(seen.next());
            unseen.find(|message| Some(message.member) != me)
        });
        if let Some(message) = first_new {
            self.first_unread = Some(message.seq);
        }
    }
}
