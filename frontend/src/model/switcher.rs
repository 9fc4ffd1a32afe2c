//! The switcher: finds rooms, people and commands by a few letters.

use litemap::LiteMap;
use parlor_shared::{Name, RoomId, RoomInfo, limits::SWITCHER_ROOMS_MAX};

/// The switcher, while it is open.
///
/// At most one request to the server is under way. What it has answered stays until the switcher is
/// closed, so that the list gets longer and never shorter while the user types.
#[derive(Debug, Default)]
pub struct Switcher {
    /// What was typed.
    pub text: String,
    /// The key of the selected item; without one the first is selected.
    pub selected: Option<String>,
    /// The rooms of the server that are known so far, by their ids.
    pub known: LiteMap<RoomId, RoomInfo>,
    /// The words that were asked for last.
    pub asked: Option<String>,
    /// Whether a request is under way.
    pub is_pending: bool,
    /// Where the directory goes on, after the pages that were read without words.
    pub next: Option<String>,
}

/// What the user did with the switcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SwitcherEvent {
    /// The user opened it.
    Opened,
    /// The user typed: the field now has this text.
    Changed(String),
    /// The user moved the selection to the item with this key.
    Selected(String),
    /// The user asked for more of the server's rooms.
    MoreRequested,
    /// The user opened a room that is perhaps new, and gave it a name for people.
    Created(RoomId, Option<Name>),
    /// The user closed it.
    Closed,
}

impl Switcher {
    /// Takes in a page of the directory.
    pub fn add(&mut self, rooms: Vec<RoomInfo>) {
        if self.known.len() + rooms.len() > SWITCHER_ROOMS_MAX {
            self.known.clear();
        }
        for info in rooms {
            self.known.insert(info.room.clone(), info);
        }
    }
}
