//! What the menu offers.

use parlor_shared::MessageId;

use crate::{
    event::{Event, InspectorEvent},
    model::{
        Model,
        menu::{Menu, MenuSubject},
    },
    texts,
    view_model::{
        message_actions::{MessageAction, actions},
        status::{connection_event, connection_label},
    },
};

/// Something that can be chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// What it is called.
    pub label: &'static str,
    /// What the tests call it.
    pub test_id: &'static str,
    /// What it does.
    pub choice: Choice,
}

/// What an item does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// Something about a message.
    Act(MessageAction, MessageId),
    /// It asks whether to delete a message.
    AskToDelete(MessageId),
    /// Nothing.
    Cancel,
    /// It connects or disconnects.
    Connection,
    /// It opens the inspector.
    Inspector,
    /// It opens the settings.
    Settings,
    /// It opens the keyboard shortcuts.
    Shortcuts,
}

impl Choice {
    /// Whether it cannot be undone.
    #[must_use]
    pub fn is_bad(self) -> bool {
        matches!(self, Self::Act(MessageAction::Delete, _))
    }

    /// The event that it is. The dialogs of `dialogs.html` are the view's to open.
    #[must_use]
    pub fn event(self, model: &Model) -> Event {
        match self {
            Self::Act(action, id) => action.event(id),
            Self::AskToDelete(id) => match model.menu {
                Some(menu) => Event::MenuOpened(Menu {
                    subject: MenuSubject::Deletion(id),
                    place: menu.place,
                }),
                None => Event::MenuClosed,
            },
            Self::Connection => connection_event(model.session.status()),
            Self::Inspector => Event::Inspector(InspectorEvent::Opened),
            Self::Cancel | Self::Settings | Self::Shortcuts => Event::MenuClosed,
        }
    }
}

/// The items of the menu that is open.
#[must_use]
pub fn items(model: &Model) -> Vec<Item> {
    let item = |label, test_id, choice| Item {
        label,
        test_id,
        choice,
    };
    match model.menu.map(|menu| menu.subject) {
        None => Vec::new(),
        Some(MenuSubject::Page) => {
            let connection = connection_label(model.session.status());
            vec![
                item(connection, "menu-connection", Choice::Connection),
                item(texts::inspector(), "menu-inspector", Choice::Inspector),
                item(texts::settings(), "menu-settings", Choice::Settings),
                item(texts::shortcuts(), "menu-shortcuts", Choice::Shortcuts),
            ]
        }
        Some(MenuSubject::Message(id)) => {
            let actions = actions(model, id).into_iter();
            let of_action = |action: MessageAction| {
                let choice = match action {
                    MessageAction::Delete => Choice::AskToDelete(id),
                    MessageAction::Reply
                    | MessageAction::CopyText
                    | MessageAction::CopyLink
                    | MessageAction::MarkUnread
                    | MessageAction::Pin
                    | MessageAction::Author
                    | MessageAction::Moderate
                    | MessageAction::Edit => Choice::Act(action, id),
                };
                item(action.label(), action.test_id(), choice)
            };
            actions.map(of_action).collect()
        }
        Some(MenuSubject::Deletion(id)) => {
            let delete = Choice::Act(MessageAction::Delete, id);
            vec![
                item(texts::delete_confirm(), "delete", delete),
                item(texts::cancel(), "delete-cancel", Choice::Cancel),
            ]
        }
    }
}

/// What a sheet shows of its message: the author and the whole text.
#[must_use]
pub fn excerpt(model: &Model, id: MessageId) -> String {
    let room = model.room();
    let Some(message) = room.timeline.find(id) else {
        return String::new();
    };
    let text = message.text.as_ref().map_or("", |text| text.as_str());
    let name = room.look_alikes.shown_name(message.member, &message.name);
    format!("{name}\n{text}")
}
