//! What can happen to the page ([`Event`]), and what it asks of the browser ([`Effect`]).

use parlor_session::OutboxPost;
use parlor_shared::{Emoji, MemberId, MessageId, Name, RoomId, Seq, Text, Token};

use crate::model::{picker::Step, room::Draft, settings::Settings};

/// What an update knows of the world: the time of the event, and some random bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Env {
    /// Milliseconds on a monotonic clock.
    pub now_ms: u64,
    /// Milliseconds since 1970.
    pub unix_ms: u64,
    /// Random bytes.
    pub random: [u8; 10],
}

impl Env {
    /// The id for a message that is posted now. Use it once.
    #[must_use]
    pub fn message_id(&self) -> MessageId {
        MessageId::new(self.unix_ms, self.random)
    }

    /// The random bytes as a number.
    #[must_use]
    pub fn random_u64(&self) -> u64 {
        let fold = |sum: u64, byte: &u8| sum << 7 ^ u64::from(*byte);
        self.random.iter().fold(0, fold)
    }
}

/// What happened. Events of the person are named for what they did, in the past tense.
#[derive(Debug, Clone)]
pub enum Event {
    /// The person asked to connect, or opened the page.
    ConnectRequested,
    /// The person asked to disconnect.
    DisconnectRequested,
    /// The person sent the draft.
    Submitted,
    /// The person typed: the field now has this text.
    Typed(String),
    /// The person started to edit a message of their own; `None` is their last one.
    EditStarted(Option<MessageId>),
    /// The person started a reply to a message.
    ReplyStarted(MessageId),
    /// The person cancelled the edit or, without one, the reply.
    Cancelled,
    /// The person deleted a message of their own.
    Deleted(MessageId),
    /// The person toggled a reaction.
    Reacted {
        /// The message.
        target: MessageId,
        /// The emoji.
        emoji: Emoji,
    },
    /// The person opened the emoji picker: for a reaction to this message, or for the draft.
    PickerOpened(Option<MessageId>),
    /// The person filtered the emoji by these words.
    PickerFiltered(String),
    /// The person moved the selection in the picker.
    PickerMoved(Step),
    /// The person closed the picker, or chose an emoji.
    PickerClosed,
    /// The person changed their name.
    Renamed(String),
    /// The person asked for earlier messages, or scrolled near the first one shown.
    OlderRequested,
    /// The person scrolled near the last message shown.
    NewerRequested,
    /// The person asked for the end of the list.
    LatestRequested,
    /// The end of the list was scrolled into view.
    EndReached,
    /// The end of the list was scrolled out of view.
    EndLeft,
    /// The person opened the room with this name.
    RoomOpened(String),
    /// The address changed to this room's, as after the browser's Back.
    AddressChanged(RoomId),
    /// The person left a room.
    RoomLeft(RoomId),
    /// The person opened the search.
    SearchOpened,
    /// The person changed the query.
    SearchChanged(String),
    /// The person closed the search.
    SearchClosed,
    /// The person asked to see this message in the list.
    MessageRequested(MessageId),
    /// The list has scrolled to the requested message.
    MessageShown,
    /// The person sent a refused post again.
    Retried(MessageId),
    /// The person discarded a refused post.
    Discarded(MessageId),
    /// The person dismissed the notice.
    NoticeDismissed,
    /// The window became visible.
    PageShown,
    /// The window was hidden.
    PageHidden,
    /// A closed tab left these unsent posts.
    OutboxInherited(Vec<OutboxPost>),
    /// The person changed the settings, in this or another tab.
    SettingsChanged(Settings),
    /// The person changed their name in another tab.
    NameChangedElsewhere(Name),
    /// The person opened the inspector, or used it.
    Inspector(InspectorEvent),
    /// The socket is open.
    SocketOpened,
    /// The socket received a frame.
    FrameReceived(String),
    /// The socket closed, with this code if there was one.
    SocketClosed(Option<u16>),
    /// Time passed. Comes several times a second.
    Ticked,
}

/// What a person did with the inspector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InspectorEvent {
    /// They opened it.
    Opened,
    /// They closed it.
    Closed,
    /// They paused or resumed the list of frames.
    PauseToggled,
    /// They filtered the frames by this text.
    Filtered(String),
    /// They cleared the list of frames.
    Cleared,
    /// They dropped the connection, as if the network was lost.
    ConnectionDropped,
    /// They sent a frame written by hand.
    FrameSent(String),
}

/// What the browser is asked to do. "Save" is for the next visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Open a socket.
    Connect,
    /// Send a frame.
    Send(String),
    /// Close the socket.
    Close,
    /// Close the socket and report that as a lost connection.
    DropConnection,
    /// Save a post until it is forgotten.
    SavePost(OutboxPost),
    /// Forget a saved post.
    ForgetPost(MessageId),
    /// Save the person's member id, with the token that proves it.
    SaveMember(MemberId, Token),
    /// Save the person's name.
    SaveName(Name),
    /// Save the settings and apply the theme.
    SaveSettings(Settings),
    /// Notify the person of a message.
    Alert(Alert),
    /// Save the list of rooms.
    SaveRooms(Vec<RoomId>),
    /// Save a room's draft.
    SaveDraft(RoomId, Draft),
    /// Save a room's newest entries.
    SaveEntries(RoomId, String),
    /// Save the newest position that the person has seen in a room.
    SaveSeen(RoomId, Seq),
    /// Forget everything saved for a room.
    ForgetRoom(RoomId),
    /// Show a room's address.
    ShowAddress(RoomId),
}

/// A message to notify the person of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The room it was posted in.
    pub room: RoomId,
    /// The message.
    pub id: MessageId,
    /// Its author's name.
    pub name: Name,
    /// Its text.
    pub text: Text,
}
