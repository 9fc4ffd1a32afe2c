//! The menu of a message or of the page.

use parlor_shared::MessageId;

/// A menu that is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Menu {
    /// What it is about.
    pub subject: MenuSubject,
    /// Where it is.
    pub place: MenuPlace,
}

impl Menu {
    /// The message whose text and reactions stand above the items, which a sheet has room for.
    #[must_use]
    pub fn message_in_sheet(self) -> Option<MessageId> {
        match (self.place, self.subject) {
            (MenuPlace::Sheet, MenuSubject::Message(id)) => Some(id),
            (
                MenuPlace::Sheet | MenuPlace::Beside { .. },
                MenuSubject::Page | MenuSubject::Message(_) | MenuSubject::Deletion(_),
            ) => None,
        }
    }
}

/// What a menu is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuSubject {
    /// The page: the connection and what can be opened.
    Page,
    /// A message.
    Message(MessageId),
    /// A message that is to be deleted: the menu asks whether the user means it.
    Deletion(MessageId),
}

impl MenuSubject {
    /// The message that it is about.
    #[must_use]
    pub fn message(self) -> Option<MessageId> {
        match self {
            Self::Page => None,
            Self::Message(id) | Self::Deletion(id) => Some(id),
        }
    }
}

/// Where a menu is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MenuPlace {
    /// At the lower edge of the screen, where thumbs are.
    Sheet,
    /// Beside what opened it, in CSS pixels from the window's top left corner.
    Beside {
        /// From the left.
        left_px: i32,
        /// From the top.
        top_px: i32,
    },
}
