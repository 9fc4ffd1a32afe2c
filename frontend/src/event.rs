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

/// What happened. Events of the user are named for what they did, in the past tense.
#[derive(Debug, Clone)]
pub enum Event {
    /// The user asked to connect, or opened the page.
    ConnectRequested,
    /// The user asked to disconnect.
    DisconnectRequested,
    /// The user sent the draft.
    Submitted,
    /// The user typed: the field now has this text.
    Typed(String),
    /// The user started to edit a message of their own; `None` is their last one.
    EditStarted(Option<MessageId>),
    /// The user started a reply to a message.
    ReplyStarted(MessageId),
    /// The user cancelled the edit or, without one, the reply.
    Cancelled,
    /// The user deleted a message of their own.
    Deleted(MessageId),
    /// The user toggled a reaction.
    Reacted {
        /// The message.
        target: MessageId,
        /// The emoji.
        emoji: Emoji,
    },
    /// The user opened the emoji picker: for a reaction to this message, or for the draft.
    PickerOpened(Option<MessageId>),
    /// The user filtered the emoji by these words.
    PickerFiltered(String),
    /// The user moved the selection in the picker.
    PickerMoved(Step),
    /// The user closed the picker, or chose an emoji.
    PickerClosed,
    /// The user changed their name.
    Renamed(String),
    /// The user asked for earlier messages, or scrolled near the first one shown.
    OlderRequested,
    /// The user scrolled near the last message shown.
    NewerRequested,
    /// The user asked for the end of the list.
    LatestRequested,
    /// The end of the list was scrolled into view.
    EndReached,
    /// The end of the list was scrolled out of view.
    EndLeft,
    /// The user opened the room with this name.
    RoomOpened(String),
    /// The address changed to this room's, as after the browser's Back.
    AddressChanged(RoomId),
    /// The user left a room.
    RoomLeft(RoomId),
    /// The user opened the search.
    SearchOpened,
    /// The user changed the query.
    SearchChanged(String),
    /// The user closed the search.
    SearchClosed,
    /// The user asked to see this message in the list.
    MessageRequested(MessageId),
    /// The list has scrolled to the requested message.
    MessageShown,
    /// The user sent a refused post again.
    Retried(MessageId),
    /// The user discarded a refused post.
    Discarded(MessageId),
    /// The user dismissed the notice.
    NoticeDismissed,
    /// The window became visible.
    PageShown,
    /// The window was hidden.
    PageHidden,
    /// A closed tab left these unsent posts.
    OutboxInherited(Vec<OutboxPost>),
    /// Another tab has taken over these unsent posts of this one.
    OutboxTaken(Vec<MessageId>),
    /// The browser refused to save this post.
    PostNotSaved(MessageId),
    /// The browser refused to save something else for the next visit.
    NotSaved,
    /// The user changed the settings, in this or another tab.
    SettingsChanged(Settings),
    /// The user changed their name in another tab.
    NameChangedElsewhere(Name),
    /// The user opened the inspector, or used it.
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

/// What the user did with the inspector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InspectorEvent {
    /// The user opened it.
    Opened,
    /// The user closed it.
    Closed,
    /// The user paused or resumed the list of frames.
    PauseToggled,
    /// The user filtered the frames by this text.
    Filtered(String),
    /// The user cleared the list of frames.
    Cleared,
    /// The user dropped the connection, as if the network was lost.
    ConnectionDropped,
    /// The user sent a frame written by hand.
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
    /// Save the user's member id, with the token that proves it.
    SaveMember(MemberId, Token),
    /// Save the user's name.
    SaveName(Name),
    /// Save the settings and apply the theme.
    SaveSettings(Settings),
    /// Notify the user of a message.
    Alert(Alert),
    /// Close the notification of this message: it is deleted.
    WithdrawAlert(RoomId, MessageId),
    /// Save the list of rooms.
    SaveRooms(Vec<RoomId>),
    /// Save a room's draft.
    SaveDraft(RoomId, Draft),
    /// Save a room's newest entries.
    SaveEntries(RoomId, String),
    /// Save the newest position that the user has seen in a room.
    SaveSeen(RoomId, Seq),
    /// Forget everything saved for a room.
    ForgetRoom(RoomId),
    /// Show a room's address.
    ShowAddress(RoomId),
}

/// A message to notify the user of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// The room it was posted in.
    pub room: RoomId,
    /// The message.
    pub id: MessageId,
    /// Its author's name, as it is shown.
    pub name: String,
    /// Its text.
    pub text: Text,
}
