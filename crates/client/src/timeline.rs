//! What a program learns of a room: its events in order, and what interrupts them.

use std::fmt;

use parlor_shared::{Member, MemberId, Position, Refusal, Right, RoomId, RoomState};

use crate::{entry::RoomEntry, error::Stopped};

/// Where the stream of a room begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum JoinFrom {
    /// With what is appended from now on, also after a [`Reset`]: no old message ever comes.
    Now,
    /// With the room's last page, about fifty entries, and again after a [`Reset`].
    LastPage,
    /// With the entry after this place, however far back it is.
    After(Position),
}

/// Something that happened in a room.
///
/// Entries come in order and exactly once each; the others say how things are now, and only the
/// newest of each comes where the program is slow.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimelineEvent {
    /// The next entry of the room's log.
    Entry(RoomEntry),
    /// Everything that was on the log has been passed on; what follows is new. Comes again after a
    /// reconnect.
    Live,
    /// Who is in the room.
    Presence(Presence),
    /// This member is typing: it holds for six seconds, or until their next post.
    Typing(MemberId),
    /// The room's name, topic, pins, slow mode and mutes, as of the join. Later entries change
    /// them.
    State(RoomState),
    /// What the client may do in the room, where that is not to post, and whenever it changes.
    Right(Right),
}

/// What interrupts a room's stream. It is an error so that it can't be overlooked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimelineError {
    /// The entries that follow do not continue those before. The stream goes on.
    #[error(transparent)]
    Reset(#[from] Reset),
    /// The server does not let the client into the room. The stream ends.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The client does not try to connect any more. The stream goes on only if
    /// [`Client::probe`](crate::Client::probe) makes it try again.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// A room's stream starts over: the log was restored from a backup or lost its end, or what
/// follows the last entry was deleted by retention before the program read it.
///
/// Messages keep their ids in a restored log, so compare those, not positions. What was kept with a
/// position before is void.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reset {
    /// The room.
    pub room: RoomId,
    /// The next entry follows this place, which may be far before or after the last one.
    pub after: Position,
}

impl std::error::Error for Reset {}

impl fmt::Display for Reset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "The room {} starts over: what follows does not continue what came before.",
            self.room
        )
    }
}

/// Who is in a room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Presence {
    /// How many members are there.
    pub count: u32,
    /// They, in any order. Empty in a large room: see
    /// [`PRESENCE_MEMBERS_MAX`](crate::limits::PRESENCE_MEMBERS_MAX).
    pub members: Vec<Member>,
}

impl Presence {
    /// Applies a difference.
    pub(crate) fn change(&mut self, count: u32, came: &[Member], gone: &[MemberId]) {
        self.count = count;
        self.members.retain(|known| {
            let is_replaced = came.iter().any(|member| member.member == known.member);
            !is_replaced && !gone.contains(&known.member)
        });
        self.members.extend(came.iter().cloned());
        if self.members.len() > count as usize {
            // Of a room that has become large, the server tells the number only.
            self.members.clear();
        }
    }
}

/// What goes through a room's queue.
pub(crate) type Item = Result<TimelineEvent, TimelineError>;
