//! What can be done about a message: the bar, the menu and the keyboard take it from here.

use parlor_shared::{Emoji, MessageId};

use crate::{
    event::Event,
    model::{Model, person::PersonEvent, room_card::RoomCardEvent},
    texts,
    view_model::composer::is_read_only,
};

/// The reactions that are a click away, where the user has not used others more often. The rest is
/// in the picker.
pub const QUICK_REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/// The emoji that the user uses most, then [`QUICK_REACTIONS`]: as many as `count` in all.
#[must_use]
pub fn quick_reactions(model: &Model, count: usize) -> Vec<Emoji> {
    let top = model.frequent_emoji.top(count, &QUICK_REACTIONS);
    top.into_iter().flat_map(Emoji::parse).collect()
}

/// How many of them the bar of a message shows; the sheet shows all.
pub const BAR_REACTIONS: usize = 3;

/// What a user can do about a message, besides reacting to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageAction {
    /// Reply to it.
    Reply,
    /// Copy its text.
    CopyText,
    /// Copy its address.
    CopyLink,
    /// Read it and those after it later.
    MarkUnread,
    /// Pin it to the room.
    Pin,
    /// Report it, or do something about its author.
    Author,
    /// The same, for a moderator.
    Moderate,
    /// Edit it.
    Edit,
    /// Delete it, after a question.
    Delete,
}

impl MessageAction {
    /// What it is called.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Reply => texts::reply(),
            Self::CopyText => texts::copy_text(),
            Self::CopyLink => texts::copy_link(),
            Self::MarkUnread => texts::mark_unread(),
            Self::Pin => texts::pin(),
            Self::Author => texts::about_author(),
            Self::Moderate => texts::moderate_author(),
            Self::Edit => texts::edit(),
            Self::Delete => texts::delete(),
        }
    }

    /// What the tests call its button.
    #[must_use]
    pub fn test_id(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::CopyText => "copy-text",
            Self::CopyLink => "copy-link",
            Self::MarkUnread => "mark-unread",
            Self::Pin => "pin",
            Self::Author | Self::Moderate => "author",
            Self::Edit => "edit",
            Self::Delete => "delete",
        }
    }

    /// Whether it appends to the room's log, or begins to.
    #[must_use]
    pub fn is_written(self) -> bool {
        match self {
            Self::Reply | Self::Pin | Self::Edit | Self::Delete => true,
            Self::CopyText | Self::CopyLink | Self::MarkUnread | Self::Author | Self::Moderate => {
                false
            }
        }
    }

    /// The key that does it in the list of messages.
    #[must_use]
    pub fn key(self) -> Option<&'static str> {
        match self {
            Self::Reply => Some("r"),
            Self::CopyText
            | Self::CopyLink
            | Self::MarkUnread
            | Self::Pin
            | Self::Author
            | Self::Moderate => None,
            Self::Edit => Some("e"),
            Self::Delete => Some("Delete"),
        }
    }

    /// The event that does it.
    #[must_use]
    pub fn event(self, id: MessageId) -> Event {
        match self {
            Self::Reply => Event::ReplyStarted(id),
            Self::CopyText => Event::TextRequested(id),
            Self::CopyLink => Event::LinkRequested(Some(id)),
            Self::MarkUnread => Event::MarkedUnread(id),
            Self::Pin => Event::RoomCard(RoomCardEvent::Pinned {
                target: id,
                on: true,
            }),
            Self::Author | Self::Moderate => Event::Person(PersonEvent::OpenedAt(id)),
            Self::Edit => Event::EditStarted(Some(id)),
            Self::Delete => Event::Deleted(id),
        }
    }
}

/// The actions for a message of the current room, in the order of the menu. There are none where
/// the message is not on the log or was deleted: then it cannot be reacted to either.
#[must_use]
pub fn actions(model: &Model, id: MessageId) -> Vec<MessageAction> {
    let message = model.room().timeline.find(id);
    let Some(message) = message.filter(|message| message.text.is_some()) else {
        return Vec::new();
    };
    let mut actions = vec![
        MessageAction::Reply,
        MessageAction::CopyText,
        MessageAction::CopyLink,
        MessageAction::Pin,
    ];
    if Some(message.member) == model.member {
        actions.extend([MessageAction::Edit, MessageAction::Delete]);
    } else {
        // A user's own messages are never unread.
        actions.push(MessageAction::MarkUnread);
        if model.room().is_moderator() {
            actions.extend([MessageAction::Moderate, MessageAction::Delete]);
        } else {
            actions.push(MessageAction::Author);
        }
    }
    if is_read_only(model) {
        actions.retain(|action| !action.is_written());
    }
    actions
}
