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
pub struct Env {
    /// Milliseconds on a clock that does not go back.
    pub now_ms: u64,
    /// Milliseconds since 1970.
    pub unix_ms: u64,
    /// Random bytes.
    pub random: [u8; 10],
}

impl Env {
    /// A new id for a message.
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        MessageId::new(self.unix_ms, self.random)
    }

    /// The random bytes as a number, for the session's jitter.
    #[must_use]
    pub fn random_u64(&self) -> u64 {
        let fold = |sum: u64, byte: &u8| sum << 7 ^ u64::from(*byte);
        self.random.iter().fold(0, fold)
    }
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The person starts the line.
    ConnectRequested,
    /// The person stops the line.
    DisconnectRequested,
    /// The person sends what they wrote.
    Submitted,
    /// The person is writing, and this is there now.
    Typed(String),
    /// The person wants to say it otherwise: a message of theirs, or the last one.
    EditStarted(Option<MessageId>),
    /// The person wants to answer a message.
    ReplyStarted(MessageId),
    /// The person wants what they edit as it was; else, to answer nothing in particular.
    Cancelled,
    /// The person takes a message of theirs back.
    Deleted(MessageId),
    /// The person reacts to a message, or takes that back.
    Reacted {
        /// The message.
        target: MessageId,
        /// The emoji.
        emoji: Emoji,
    },
    /// The person wants to choose an emoji: for this message, or for what they write.
    PickerOpened(Option<MessageId>),
    /// The person looks for an emoji that is called so.
    PickerFiltered(String),
    /// The person moves over the emoji.
    PickerMoved(Step),
    /// The person has chosen, or wants none.
    PickerClosed,
    /// The person goes by another name.
    Renamed(String),
    /// The person wants what came before.
    OlderRequested,
    /// The person scrolls on towards the end.
    NewerRequested,
    /// The person wants the end of the list.
    LatestRequested,
    /// The end of the list came into sight.
    EndReached,
    /// The end of the list went out of sight.
    EndLeft,
    /// The person wants to be in the room of this name.
    RoomOpened(String),
    /// The address is this room's now, as after the browser's Back.
    AddressChanged(RoomId),
    /// The person wants to be in this room no more.
    RoomLeft(RoomId),
    /// The person opened the search of the current room.
    SearchOpened,
    /// The person changed the words to search for.
    SearchChanged(String),
    /// The person closed the search.
    SearchClosed,
    /// The person wants to see a message in its place.
    MessageRequested(MessageId),
    /// The message wanted is in sight.
    MessageShown,
    /// The person sends a refused post again.
    Retried(MessageId),
    /// The person gives a refused post up.
    Discarded(MessageId),
    /// The person has read the notice.
    NoticeDismissed,
    /// The window came into sight.
    PageShown,
    /// The window went out of sight.
    PageHidden,
    /// A tab that is no more left these unsent.
    OutboxInherited(Vec<OutboxPost>),
    /// The person has set this, here or in another tab.
    SettingsChanged(Settings),
    /// In another tab the person goes by another name now.
    NameChangedElsewhere(Name),
    /// The person looks at the wire, or does something with it.
    Inspector(InspectorEvent),
    /// The connection is open.
    SocketOpened,
    /// A frame came.
    FrameReceived(String),
    /// The connection ended, with this close code if there was one.
    SocketClosed(Option<u16>),
    /// A moment passed.
    Ticked,
}

/// What a person does who looks at the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InspectorEvent {
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
    ConnectionDropped,
    /// Sends a frame written by hand.
    FrameSent(String),
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
    DropConnection,
    /// Keep a post for the next visit, until it is forgotten.
    SavePost(OutboxPost),
    /// A post need not be kept any more.
    ForgetPost(MessageId),
    /// Keep who one is, and what proves it.
    SaveMember(MemberId, Token),
    /// Keep one's name.
    SaveName(Name),
    /// Keep the settings, and show the page as they say.
    SaveSettings(Settings),
    /// Tell of a message outside the page.
    Alert(Alert),
    /// Keep which rooms one is in.
    SaveRooms(Vec<RoomId>),
    /// Keep what is written in this room and not sent yet.
    SaveDraft(RoomId, Draft),
    /// Keep the newest entries of this room.
    SaveEntries(RoomId, String),
    /// Keep how far one has seen this room.
    SaveSeen(RoomId, Seq),
    /// Forget what was kept of this room.
    ForgetRoom(RoomId),
    /// Show this room's address.
    ShowAddress(RoomId),
}
