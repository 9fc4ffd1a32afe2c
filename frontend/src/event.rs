//! What happens to the page, and what it has the browser do.

use parlor_session::OutboxPost;
use parlor_shared::{Emoji, MemberId, MessageId, Name, RoomId, Seq, Token};

use crate::model::{
    picker::Step,
    room::Draft,
    settings::{Alert, Settings},
};

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
    /// The person wants to say it otherwise: a message of theirs, or the last one.
    EditWanted(Option<MessageId>),
    /// The person wants to answer a message.
    ReplyWanted(MessageId),
    /// The person wants what they edit as it was; else, to answer nothing in particular.
    GivenUp,
    /// The person takes a message of theirs back.
    Deleted(MessageId),
    /// The person reacts to a message, or takes that back.
    Reacted(MessageId, Emoji),
    /// The person wants to choose an emoji: for this message, or for what they write.
    PickerWanted(Option<MessageId>),
    /// The person looks for an emoji that is called so.
    PickerFiltered(String),
    /// The person moves over the emoji.
    PickerMoved(Step),
    /// The person has chosen, or wants none.
    PickerClosed,
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
    /// The person searches the room for this; for nothing, and it is over.
    Searched(Option<String>),
    /// The person wants to see a message in its place.
    MessageWanted(MessageId),
    /// The message wanted is in sight.
    MessageShown,
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
    /// The person has set this, here or in another tab.
    Set(Settings),
    /// In another tab the person goes by another name now.
    NamedElsewhere(Name),
    /// The person looks at the wire, or does something with it.
    Wire(WireEvent),
    /// The connection is open.
    Opened,
    /// A frame came.
    Received(String),
    /// The connection ended, with this close code if there was one.
    Closed(Option<u16>),
    /// A moment passed.
    Ticked,
}

/// What a person does who looks at the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireEvent {
    /// Looks.
    Opened,
    /// Has seen enough.
    Closed,
    /// Wants frames to be shown as they come, or not.
    PauseToggled,
    /// Wants to see frames with this in them.
    Filtered(String),
    /// Wants the frames gone.
    Cleared,
    /// Cuts the line, as if the network was lost.
    Cut,
    /// Sends a frame written by hand.
    Sent(String),
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
    /// End the connection as if it had broken.
    Cut,
    /// Keep a post for the next visit, until it is forgotten.
    KeepPost(OutboxPost),
    /// A post need not be kept any more.
    ForgetPost(MessageId),
    /// Keep who one is, and what proves it.
    KeepMember(MemberId, Token),
    /// Keep one's name.
    KeepName(Name),
    /// Keep the settings, and show the page as they say.
    KeepSettings(Settings),
    /// Tell of a message outside the page.
    Alert(Alert),
    /// Keep which rooms one is in.
    KeepRooms(Vec<RoomId>),
    /// Keep what is written in this room and not sent yet.
    KeepDraft(RoomId, Draft),
    /// Keep the newest entries of this room.
    KeepRecent(RoomId, String),
    /// Keep how far one has seen this room.
    KeepSeen(RoomId, Seq),
    /// Forget what was kept of this room.
    ForgetRoom(RoomId),
    /// Show this room's address.
    ShowAddress(RoomId),
}
