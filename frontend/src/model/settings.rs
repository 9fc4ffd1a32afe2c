//! What a person has set for all visits, and what it means for a message that comes while nobody looks.

use std::fmt;

use parlor_shared::{Body, Entry, MessageId, Name, RoomId, Text};

use crate::{event::Effect, model::Model};

/// What a person has set; nothing is what the page does unasked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// The colours.
    pub theme: Theme,
    /// Whether a message that comes unseen is shown as a notification.
    pub notify: bool,
    /// Whether a message that comes unseen sounds a tone.
    pub sound: bool,
}

/// The colours of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has them.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Settings {
    /// Settings from their words. A word that is none is from another version, and left out.
    #[must_use]
    pub fn parse(words: &str) -> Self {
        let mut settings = Self::default();
        for word in words.split(' ') {
            match word {
                "light" => settings.theme = Theme::Light,
                "dark" => settings.theme = Theme::Dark,
                "notify" => settings.notify = true,
                "sound" => settings.sound = true,
                _ => {}
            }
        }
        settings
    }
}

/// The words by which they are kept, and which style sheet and service worker know.
impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.theme.word())?;
        for (is_on, word) in [(self.notify, " notify"), (self.sound, " sound")] {
            f.write_str(if is_on { word } else { "" })?;
        }
        Ok(())
    }
}

impl Theme {
    /// Its word; the system's has none.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A message to be told of outside the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Where it was posted.
    pub room: RoomId,
    /// The message.
    pub id: MessageId,
    /// Who posted it.
    pub name: Name,
    /// What it says.
    pub text: Text,
}

/// What is to be told of this entry. Only what is said now, by somebody else, while nobody looks: what a session catches
/// up with was said before, and is counted in the title.
pub(crate) fn alert(model: &Model, room: &RoomId, entry: &Entry) -> Option<Effect> {
    let Body::Post { text, .. } = &entry.body else {
        return None;
    };
    let is_wanted = model.settings.notify || model.settings.sound;
    let is_live = model.rooms.get(room).is_some_and(|room| room.live);
    let is_new = is_live && !model.visible && model.member != Some(entry.member);
    (is_wanted && is_new).then(|| {
        Effect::Alert(Alert {
            room: room.clone(),
            id: entry.id,
            name: entry.name.clone(),
            text: text.clone(),
        })
    })
}
