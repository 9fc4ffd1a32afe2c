//! One of the page's rooms: its messages, its people, the draft, and where the user is in the
//! list.

use std::sync::Arc;

use litemap::LiteMap;
use parlor_session::OutboxPost;
use parlor_shared::{
    Ban, Body, Entry, JoinOutcome, Member, MemberId, MessageId, Name, Place, Report, Right, Seq,
    limits::{DRAFT_CHARS_MAX, TIMELINE_MESSAGES_MAX, TIMELINE_TRIM_STEP},
    timeline::{Folded, Message, Timeline},
};

use crate::model::{
    about::About,
    access::RoomAccess,
    cached_entries::CachedEntries,
    ignored::Reader,
    look_alikes::LookAlikes,
    mentions::Mentions,
    reading::{LoadingFor, ReadingProgress},
    window::{Span, WINDOW_STEP, Window},
};

/// Unread messages are counted up to this number, since they are counted for every frame that the
/// page paints.
pub const UNREAD_MAX: usize = 99;

/// One of the page's rooms.
#[derive(Debug, Default)]
pub struct Room {
    /// Its messages, as far as they are loaded.
    pub timeline: Timeline,
    /// The newest entries, cached for the next visit.
    pub cached_entries: CachedEntries,
    /// Everything after this position is loaded.
    pub loaded_after: Seq,
    /// The part of the log that is on screen while it is apart from the log's end: `timeline` has
    /// it, and a gap after it. See [`slice`](super::slice).
    pub slice: Option<Span>,
    /// The place that the user asked to see, until it is loaded.
    pub seeking: Option<Place>,
    /// The place whose entries are requested from the server.
    pub reading: Option<Place>,
    /// The oldest entry that the server keeps.
    pub first_on_server: Seq,
    /// Whether a request for earlier messages is under way.
    pub loading_older: bool,
    /// The messages in the document, while this is the current room.
    pub window: Window,
    /// Where the user is in the list.
    pub scroll: ScrollPosition,
    /// How far the user has read, and what is new to them.
    pub progress: ReadingProgress,
    /// The message to scroll to. It is loaded.
    pub scroll_target: Option<MessageId>,
    /// The unsent draft.
    pub draft: Draft,
    /// The edit that the draft is for.
    pub edit: Option<Edit>,
    /// The user's posts that are not acked.
    pub pending: Vec<PendingPost>,
    /// Its name, topic and pins, and what the user is notified of.
    pub about: About,
    /// Whether everything missed has arrived, so that entries arrive as they are posted.
    pub live: bool,
    /// The open reports, where the user moderates the room and has looked.
    pub reports: Vec<Report>,
    /// The bans, in the same way.
    pub bans: Vec<Ban>,
    /// Rights and invitations, where the user owns the room and has looked.
    pub access: RoomAccess,
    /// How many open reports there are, where the user moderates the room.
    pub open_reports: u32,
    /// Whether the user's next post waits for the room's slow mode.
    pub is_slowed: bool,
    /// The newest message when everything missed had arrived: those after it come live.
    pub live_after: Seq,
    /// The members present; empty in a room too large for a list.
    pub members: LiteMap<MemberId, Name>,
    /// How many members are present.
    pub member_count: u32,
    /// The members whose names look alike: those present, and the authors of what is loaded.
    pub look_alikes: LookAlikes,
    /// Whom the loaded messages mention.
    pub mentions: Mentions,
    /// Who is typing, and until when that is shown, on the page's clock.
    pub typing: LiteMap<MemberId, u64>,
}

/// A post of the user's that is not acked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingPost {
    /// The post.
    pub post: OutboxPost,
    /// Why it was refused; `None` while it is under way or waits for the connection.
    pub refusal: Option<String>,
    /// Whether it outlives the page; false where the browser refused to save it.
    pub is_saved: bool,
}

/// An edit in progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The message that is edited.
    pub target: MessageId,
    /// The draft to restore after the edit.
    pub draft_before: Draft,
}

/// An unsent text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// The message that it replies to.
    pub reply_to: Option<MessageId>,
}

impl Draft {
    /// Cuts the text at [`DRAFT_CHARS_MAX`], between characters.
    pub fn cut(&mut self) {
        // No text has more code units than bytes.
        if self.text.len() > DRAFT_CHARS_MAX {
            let mut units = 0;
            let over = self.text.char_indices().find(|(_, c)| {
                units += c.len_utf16();
                units > DRAFT_CHARS_MAX
            });
            if let Some((at, _)) = over {
                self.text.truncate(at);
            }
        }
    }
}

/// Where the user is in the list of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ScrollPosition {
    /// At the end: new messages are seen as they arrive.
    #[default]
    End,
    /// Further up, since this was the newest message.
    Above(Seq),
}

impl Room {
    /// The part of the log that the window is on.
    #[must_use]
    pub fn span(&self) -> Span {
        self.slice.unwrap_or(Span {
            after: self.loaded_after,
            until: None,
        })
    }

    /// Whether there are messages before those in the document, loaded or not.
    #[must_use]
    pub fn has_older(&self) -> bool {
        self.window.has_older(&self.timeline, self.span()) || self.can_load_older()
    }

    /// Whether the server has messages before those of the part on screen, and the page may load
    /// more.
    #[must_use]
    pub fn can_load_older(&self) -> bool {
        let server_has_more =
            self.first_on_server > Seq::ZERO && self.span().after >= self.first_on_server;
        let has_space = self.slice.is_some() || self.timeline.len() < TIMELINE_MESSAGES_MAX;
        server_has_more && has_space
    }

    /// Whether the server has messages that are not loaded.
    #[must_use]
    pub fn has_unloaded(&self) -> bool {
        self.first_on_server > Seq::ZERO && self.loaded_after >= self.first_on_server
    }

    /// How many messages have arrived since the user left the end of the list, without those by
    /// people whom they ignore.
    #[must_use]
    pub fn new_below(&self, reader: &Reader) -> usize {
        let is_shown = |message: &&Arc<Message>| !reader.ignored.has(message.member);
        match self.scroll {
            ScrollPosition::End => 0,
            ScrollPosition::Above(newest) => {
                let below = self.timeline.since(newest.next());
                below.filter(is_shown).count()
            }
        }
    }

    /// How many messages of others mention the user and are unread, counted as [`unread`] does.
    ///
    /// [`unread`]: Self::unread
    #[must_use]
    pub fn unread_mentions(&self, reader: &Reader) -> usize {
        let (Some(seen), Some(me)) = (self.seen_seq(), reader.member) else {
            return 0;
        };
        let mentions = self.mentions.of(me, &self.timeline, seen);
        let mentions = mentions.filter(|message| reader.is_news(message));
        mentions.take(UNREAD_MAX + 1).count()
    }

    /// The position of the newest message.
    #[must_use]
    pub fn newest(&self) -> Seq {
        let newest = self.timeline.messages().next_back();
        newest.map_or(Seq::ZERO, |message| message.seq)
    }

    /// When the newest message was posted, in Unix milliseconds.
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

    /// The pending post with this id.
    pub fn pending_mut(&mut self, id: MessageId) -> Option<&mut PendingPost> {
        self.pending
            .iter_mut()
            .find(|pending| pending.post.id == id)
    }

    /// Removes a post that was acked or discarded.
    pub fn remove_pending(&mut self, id: MessageId) {
        self.pending.retain(|pending| pending.post.id != id);
    }

    /// The message that the draft edits or replies to, which the list marks.
    #[must_use]
    pub fn draft_subject(&self) -> Option<MessageId> {
        match &self.edit {
            Some(edit) => Some(edit.target),
            None => self.draft.reply_to,
        }
    }

    // ---- scrolling ----

    /// Shows the end of the list, with this many new rows.
    fn follow_end(&mut self, new_rows: usize) {
        self.window = Window::at_end(&self.timeline, self.span()).after(self.window, new_rows);
    }

    /// Goes to the end of the list.
    pub fn go_to_end(&mut self) {
        self.drop_slice();
        self.scroll = ScrollPosition::End;
        self.follow_end(WINDOW_STEP);
    }

    /// Records that the end of the list was scrolled out of view.
    pub fn leave_end(&mut self) {
        if self.scroll == ScrollPosition::End {
            self.scroll = ScrollPosition::Above(self.newest());
        }
    }

    /// Records that the end of the list was scrolled into view, which counts only where the window
    /// extends to it.
    pub fn reach_end(&mut self) {
        if self.window.is_at_end() {
            self.scroll = ScrollPosition::End;
            self.release_unread();
        }
    }

    // ---- what the server says ----

    /// Applies the reply to a join. After a reset the messages so far are dropped.
    pub fn joined(&mut self, outcome: JoinOutcome, after: Seq, first: Seq) {
        self.first_on_server = first;
        self.connection_lost();
        if outcome == JoinOutcome::Reset {
            self.timeline = Timeline::new();
            self.mentions.clear();
            self.slice = None;
            self.look_alikes = LookAlikes::default();
            self.about.reset();
            self.cached_entries.clear();
            self.loaded_after = after;
            self.go_to_end();
        }
    }

    /// Applies the next entry of the log. Past [`TIMELINE_MESSAGES_MAX`] messages the oldest are
    /// unloaded.
    pub fn apply_entry(&mut self, entry: &Entry) {
        self.typing.remove(&entry.member);
        self.fold_entry(entry);
        self.about.apply(entry, &self.timeline);
        if self.timeline.len() > TIMELINE_MESSAGES_MAX {
            let keep = TIMELINE_MESSAGES_MAX - TIMELINE_TRIM_STEP;
            self.timeline.trim(keep);
            self.on_trimmed();
            self.mentions.forget_until(self.loaded_after);
        }
        match self.scroll {
            ScrollPosition::End => self.follow_end(1),
            ScrollPosition::Above(_) => self.window.fit(&self.timeline, self.span()),
        }
    }

    /// Folds an entry into the timeline, with what follows from it.
    pub(super) fn fold_entry(&mut self, entry: &Entry) -> Folded {
        self.record_name(entry.member, &entry.name);
        let folded = self.timeline.fold(entry);
        let is_written = matches!(entry.body, Body::Post { .. } | Body::Edit { .. });
        if let (Folded::Added(seq) | Folded::Changed(seq), true) = (folded, is_written) {
            self.mentions.record(&self.timeline, seq);
        }
        folded
    }

    /// Records that a member has this name.
    pub fn record_name(&mut self, member: MemberId, name: &Name) {
        if self.look_alikes.record(member, name) {
            self.mentions.names.record(member, name);
        }
    }

    /// How a member's name is shown; `None` where the page does not know it.
    #[must_use]
    pub fn shown_name(&self, member: MemberId) -> Option<String> {
        let name = self.look_alikes.name(member)?;
        Some(self.look_alikes.shown_name(member, name))
    }

    /// Whether the user moderates the room.
    #[must_use]
    pub fn is_moderator(&self) -> bool {
        self.about.right >= Right::Moderate
    }

    /// Whether the user owns the room.
    #[must_use]
    pub fn is_owner(&self) -> bool {
        self.about.right >= Right::Own
    }

    /// Applies a page of earlier entries, which was requested where
    /// [`can_load_older`](Self::can_load_older). The user may have gone to a slice meanwhile.
    pub fn apply_older(&mut self, entries: &[Entry]) {
        self.loading_older = false;
        if self.slice.is_some() {
            return;
        }
        self.loaded_after = entries.first().map_or(Seq::ZERO, |oldest| oldest.prev);
        for entry in entries {
            self.fold_entry(entry);
            self.about.add_change(entry);
        }
        // What the user has not asked for moves nothing that they look at.
        if self.progress.loading == LoadingFor::Scrolling {
            self.window.move_to_older(&self.timeline, self.span());
        }
    }

    /// Records that the connection was lost: requests under way get no answer.
    pub fn connection_lost(&mut self) {
        self.is_slowed = false;
        self.loading_older = false;
        self.progress.loading = LoadingFor::Scrolling;
        self.reading = None;
        self.live = false;
    }

    /// Records that everything missed has arrived, and who is present.
    pub fn caught_up(&mut self, count: u32, members: Vec<Member>) {
        self.live = true;
        self.live_after = self.newest();
        self.members.clear();
        self.apply_presence(count, members, &[]);
    }

    /// Applies a change of presence.
    pub fn apply_presence(&mut self, count: u32, joined: Vec<Member>, left: &[MemberId]) {
        self.member_count = count;
        for Member { member, name } in joined {
            self.record_name(member, &name);
            self.members.insert(member, name);
        }
        self.members.retain(|member, _| !left.contains(member));
        if self.members.len() != count as usize {
            // The server tells of a large room only a count, so the list is incomplete.
            self.members.clear();
        }
    }
}
