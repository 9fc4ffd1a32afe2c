//! The order of each author's posts on the log, whatever was refused for now in between.

use parlor_shared::{Body, Entry, ErrorCode, MessageId, RoomId};

use super::{Oracle, Post, PostState, Violation};

impl Post {
    /// Whether nothing is promised of its place: a discarded post may arrive late, and one that a
    /// client has posted again from an old copy of its outbox may be past the log's memory.
    fn has_no_place(&self) -> bool {
        self.state == PostState::Discarded || self.is_reposted
    }
}

impl Oracle {
    /// Checks that entries at the end of the room are not behind later posts of their authors.
    pub(super) fn check_order(&self, room: &RoomId, new: &[Entry]) -> Result<(), Violation> {
        let Some(log) = self.logs.last() else {
            return Ok(());
        };
        let known = log.rooms.get(room).map_or(&[][..], Vec::as_slice);
        let placed = |entry: &Entry| {
            self.posts
                .get(&entry.id)
                .filter(|post| !post.has_no_place())
        };
        for (index, entry) in new.iter().enumerate() {
            // A second time on the log: retention had deleted the first.
            let again = log.ids.contains_key(&(room.clone(), entry.id));
            let Some(post) = placed(entry).filter(|_| !again) else {
                continue;
            };
            let earlier = new[..index].iter().rev().chain(known.iter().rev());
            let last = earlier
                .filter_map(placed)
                .find(|earlier| earlier.client == post.client);
            if let Some(last) = last.filter(|last| last.number > post.number) {
                return Err(format!(
                    "post {} is behind post {}, which its author posted later",
                    post.number, last.number
                ));
            }
        }
        Ok(())
    }

    /// Checks that a change was not refused for good because its message was not there yet.
    pub(crate) fn check_refusal(&self, id: MessageId, code: ErrorCode) -> Result<(), Violation> {
        let Some(change) = self.posts.get(&id) else {
            return Ok(());
        };
        let target = change.body.target().and_then(|target| {
            let post = self.posts.get(&target)?;
            Some((target, post))
        });
        let (Some((target, post)), Some(log)) = (target, self.logs.last()) else {
            return Ok(());
        };
        let may_be_deleted = log.kept.is_some()
            || self.posts.values().any(|other| {
                matches!(other.body, Body::Deletion { target: deleted } if deleted == target)
            });
        let is_on_log = log.ids.contains_key(&(post.room.clone(), target));
        let comes = match post.state {
            PostState::InOutbox => true,
            PostState::Acked => is_on_log,
            PostState::Refused(_) | PostState::Discarded => false,
        };
        let is_own_earlier = post.client == change.client
            && post.room == change.room
            && post.number < change.number
            && !post.is_reposted
            && !change.is_reposted;
        let is_message = matches!(post.body, Body::Post { .. });
        if code == ErrorCode::TargetUnknown
            && is_message
            && is_own_earlier
            && comes
            && !may_be_deleted
        {
            return Err(format!(
                "post {} was refused for good, and post {}, which it changes, was not",
                change.number, post.number
            ));
        }
        Ok(())
    }
}
