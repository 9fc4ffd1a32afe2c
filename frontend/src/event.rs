//! What happens to the page, and what it has the browser do.

use parlor_session::OutboxPost;
use parlor_shared::{MessageId, Name, RoomId, Seq, Token};

/// The moment an event happened, and the chance in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Moment {
    /// Milliseconds on a clock that does not go back.
    pub now_ms: u64,
    /// Milliseconds since 1970.
    pub unix_ms: u64,
    /// Random bytes.
    pub random: [u8; 10],
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The person starts the line.
    Started,
    /// The person stops the line.
    Stopped,
    /// The person sends what they wrote.
    Submitted,
    /// The person is writing, and this is there now.
    Typed(String),
    /// The person goes by another name.
    Renamed(String),
    /// The person wants what came before.
    OlderWanted,
    /// The person scrolls on towards the end.
    NewerWanted,
    /// The person wants the end of the list.
    LatestWanted,
    /// The end of the list came into sight.
    EndReached,
    /// The end of the list went out of sight.
    EndLeft,
    /// The person wants to be in the room of this name.
    RoomWanted(String),
    /// The address is this room's now, as after the browser's Back.
    AddressChanged(RoomId),
    /// The person wants to be in this room no more.
    RoomLeft(RoomId),
    /// The person sends a refused post again.
    Retried(MessageId),
    /// The person gives a refused post up.
    Discarded(MessageId),
    /// The person has read the notice.
    NoticeRead,
    /// The window came into sight.
    Shown,
    /// The window went out of sight.
    Hidden,
    /// A tab that is no more left these unsent.
    PostsLeft(Vec<OutboxPost>),
    /// In another tab the person goes by another name now.
    NamedElsewhere(Name),
    /// The connection is open.
    Opened,
    /// A frame came.
    Received(String),
    /// The connection ended, with this close code if there was one.
    Closed(Option<u16>),
    /// A moment passed.
    Ticked,
}

/// What the browser is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open a connection.
    Connect,
    /// Send a frame.
    Send(String),
    /// Close the connection.
    Close,
    /// Keep a post for the next visit, until it is forgotten.
    KeepPost(OutboxPost),
    /// A post need not be kept any more.
    ForgetPost(MessageId),
    /// Keep who one is.
    KeepToken(Token),
    /// Keep one's name.
    KeepName(Name),
    /// Keep which rooms one is in.
    KeepRooms(Vec<RoomId>),
    /// Keep what is written in this room and not sent yet.
    KeepDraft(RoomId, String),
    /// Keep how far one has seen this room.
    KeepSeen(RoomId, Seq),
    /// Forget what was kept of this room.
    ForgetRoom(RoomId),
    /// Show this room's address.
    ShowAddress(RoomId),
}
