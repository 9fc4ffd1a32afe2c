//! What can happen to the page ([`Event`]), and what it asks of the browser ([`Effect`]).

use parlor_session::OutboxPost;
use parlor_shared::{
    AccessToken, Emoji, MemberId, MessageId, Name, Position, RoomId, ServerMessage, Text, Token,
};

use crate::model::{
    access::AccessEvent,
    completion::Replacement,
    menu::{Menu, MenuPlace},
    person::{PersonEvent, SavedPeople},
    picker::Step,
    room::Draft,
    room_card::RoomCardEvent,
    search::ResultStep,
    settings::Settings,
    switcher::SwitcherEvent,
};

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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The user asked to connect, or opened the page.
    ConnectRequested,
    /// The user decided who may come in and what they may do.
    Access(AccessEvent),
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
    /// The user cancelled the edit or, without one, the reply; without either, the room is read.
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
    /// The table of emoji was fetched; `None` where it could not be.
    EmojiLoaded(Option<EmojiFiles>),
    /// The user chose the skin tone of emoji; `None` is the neutral one.
    ToneChosen(Option<char>),
    /// The user put an emoji into the draft.
    EmojiUsed(String),
    /// The caret moved in the draft, also by typing.
    CaretMoved(Caret),
    /// The user moved the selection among the completions.
    CompletionMoved(Step),
    /// The user chose the completion with this index.
    CompletionChosen(usize),
    /// The user closed the completions.
    CompletionDismissed,
    /// The user asked to copy this text.
    CopyRequested(String),
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
    /// These messages are on screen, from the first to the last.
    RowsInView {
        /// The first.
        first: MessageId,
        /// The last.
        last: MessageId,
    },
    /// The user asked for the first unread message.
    FirstUnreadRequested,
    /// The user has read this room, or all of them.
    MarkedRead(Option<RoomId>),
    /// The user wants to read this message and those after it later.
    MarkedUnread(MessageId),
    /// The user opened the room with this name.
    RoomOpened(String),
    /// The address changed to this room's, as after the browser's Back.
    AddressChanged(RoomId),
    /// The user left a room.
    RoomLeft(RoomId),
    /// The user went to the room before or after the current one in the list.
    RoomStepped(RoomStep),
    /// The user opened the menu of a message or of the page.
    MenuOpened(Menu),
    /// The user closed the menu, or chose something in it.
    MenuClosed,
    /// The user opened a dialog.
    DialogOpened(Dialog),
    /// The user opened the panel on a narrow screen.
    PanelOpened,
    /// The user closed it, or the screen became wide.
    PanelClosed,
    /// The user went back in the browser's history while something lay over the room.
    WentBack,
    /// The user opened the switcher, or used it.
    Switcher(SwitcherEvent),
    /// The user opened the card of the current room, or changed a room.
    RoomCard(RoomCardEvent),
    /// The user opened the card of a person, or moderated.
    Person(PersonEvent),
    /// The user opened the search.
    SearchOpened,
    /// The user changed the query.
    SearchChanged(String),
    /// The user closed the search.
    SearchClosed,
    /// The user used the results of the search.
    Results(ResultsEvent),
    /// The user asked to see this message in the list.
    MessageRequested(MessageId),
    /// The user asked for the text of this message.
    TextRequested(MessageId),
    /// The user followed a link to a room on this page, or to a message in it by what the link
    /// names it.
    LinkFollowed(RoomId, Option<String>),
    /// The address names this message, as on a first visit by a link and after the browser's Back.
    MessageAddressed(String),
    /// The user asked for the first message from this time on, in Unix milliseconds.
    TimeRequested(u64),
    /// The user asked for the link to this message, or to the current room.
    LinkRequested(Option<MessageId>),
    /// The browser has copied what it was asked to.
    Copied,
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
    /// The window got the focus.
    WindowFocused,
    /// The window lost the focus.
    WindowBlurred,
    /// The window was hidden.
    PageHidden,
    /// The service worker says that a sound is due in this window.
    SoundDue,
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
    /// The server answered a question: the rooms or messages found, or a slice of the log.
    Answered(Box<ServerMessage>),
    /// Time passed. Comes several times a second.
    Ticked,
    /// The code of [`update_later`](crate::update::update_later) could not be fetched: the events
    /// that waited for it are lost.
    LaterNotLoaded,
}

/// Where the caret is in the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caret {
    /// Its place, in UTF-16 code units from the beginning.
    pub at: usize,
    /// Whether it is there because the user typed a character before it.
    pub is_typed: bool,
}

/// The table of emoji as it is fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmojiFiles {
    /// A line for each emoji.
    pub lines: String,
    /// Their names in the reader's language; empty in English.
    pub other_lines: String,
}

/// What the user did with the results of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultsEvent {
    /// The user moved the selection.
    Moved(ResultStep),
    /// The user asked to see the next or the previous message in the list.
    Stepped(ResultStep),
    /// The user asked to see the selected message in the list, or the first.
    Entered,
    /// The user asked to see this one.
    Chosen(MessageId),
    /// The user asked for the results again, on a narrow screen that shows the room.
    Unfolded,
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
    /// The user unfolded the frame with this number.
    Unfolded(u64),
    /// The user dropped the connection, as if the network was lost.
    ConnectionDropped,
    /// The user sent a frame written by hand.
    FrameSent(String),
    /// The user folded the lesson away, or unfolded it.
    LessonFolded(bool),
    /// The user begins the lesson again.
    LessonRestarted,
    /// The user changed the inspector's size, to this many percent of the window.
    Resized(u8),
    /// The browser has this of the last time.
    Loaded(String),
    /// Something has changed that is kept for the next time.
    SaveDue,
}

/// A dialog that never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialog {
    /// The settings.
    Settings,
    /// The keyboard shortcuts.
    Shortcuts,
}

/// A step in the list of rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomStep {
    /// Which way.
    pub direction: Direction,
    /// Whether it passes over rooms without unread messages.
    pub unread_only: bool,
}

/// A direction in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Towards its beginning.
    Up,
    /// Towards its end.
    Down,
}

/// What the browser is asked to do. "Save" is for the next visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Apply this event with [`update_later`](crate::update::update_later), once that is loaded.
    UpdateLater(Box<Event>),
    /// Open a socket.
    Connect,
    /// Send a frame.
    Send(String),
    /// Close the socket.
    Close,
    /// Close the socket and report that as a lost connection.
    DropConnection,
    /// Load what was saved of the inspector.
    LoadInspector,
    /// Save the inspector's size and how far the user is in the lesson.
    SaveInspector(String),
    /// Save a post until it is forgotten.
    SavePost(OutboxPost),
    /// Forget a saved post.
    ForgetPost(MessageId),
    /// Save the user's member id, with the token that proves it.
    SaveMember(MemberId, Token),
    /// Save what lets the user in; `None` forgets it.
    SaveAccess(Option<AccessToken>),
    /// Save the user's name.
    SaveName(Name),
    /// Save the settings and apply the theme.
    SaveSettings(Settings),
    /// Fetch the table of emoji, and report it with [`Event::EmojiLoaded`].
    LoadEmoji,
    /// Save the emoji that the user uses.
    SaveEmoji(String),
    /// Save what the user does about people.
    SavePeople(SavedPeople),
    /// Replace a part of the draft in its field, so that the user can undo it. The field reports it
    /// as typed.
    ReplaceInDraft(Replacement),
    /// Notify the user of a message.
    Alert(Alert),
    /// Play the sound of a message.
    PlaySound,
    /// Close the notification of this message: it is deleted.
    WithdrawAlert(RoomId, MessageId),
    /// Save the list of rooms.
    SaveRooms(Vec<RoomId>),
    /// Save a room's draft.
    SaveDraft(RoomId, Draft),
    /// Save a room's newest entries.
    SaveEntries(RoomId, String),
    /// Save how far the user has read a room.
    SaveSeen(RoomId, Position),
    /// Save a room's name, topic and notifications.
    SaveAbout(RoomId, String),
    /// Forget everything saved for a room.
    ForgetRoom(RoomId),
    /// Show a room's address.
    ShowAddress(RoomId),
    /// Open a dialog.
    ShowDialog(Dialog),
    /// Open the menu at its place.
    OpenMenu(MenuPlace),
    /// Close the menu.
    CloseMenu,
    /// Move the focus to the element with this id, once the views have changed.
    MoveFocus(&'static str),
    /// Show the room's address in place of a message's.
    LeaveMessageAddress,
    /// Show a message's address.
    ShowMessageAddress(RoomId, MessageId),
    /// Copy this text, and report it with [`Event::Copied`].
    Copy(String),
    /// Copy the address of a room, or of a message in it, in the same way.
    CopyLink(RoomId, Option<MessageId>),
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
