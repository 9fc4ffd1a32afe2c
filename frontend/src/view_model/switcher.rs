//! The switcher's list: rooms, people and commands that match what was typed.

use parlor_session::Status;
use parlor_shared::{Name, RoomId, RoomInfo, characters::is_mark};

use crate::{
    model::{
        Model, activity,
        fuzzy::{Match, fuzzy},
        search::Fold,
        settings::Theme,
        switcher::Switcher,
    },
    room_name::{self, Suggestion},
    texts,
    view_model::{people, rooms},
};

/// Something that the switcher leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What choosing it does.
    pub target: Target,
    /// What it is called.
    pub title: String,
    /// What is said beside that.
    pub detail: String,
    /// How many messages of the room are unread.
    pub unread: usize,
}

impl Item {
    /// Tells it apart from the other items.
    #[must_use]
    pub fn key(&self) -> String {
        match &self.target {
            Target::Room(room) | Target::NewRoom(room, _) => format!("#{room}"),
            Target::Person(name) => format!("@{name}"),
            Target::Command(_) | Target::More => self.title.clone(),
        }
    }
}

/// What choosing an item does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// Opens a room.
    Room(RoomId),
    /// Opens a room that is perhaps new, with a name for people.
    NewRoom(RoomId, Option<Name>),
    /// Mentions this person in the draft.
    Person(String),
    /// Does something else.
    Command(Command),
    /// Asks for more of the server's rooms.
    More,
}

/// What the switcher can do beside opening rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Opens the search.
    Search,
    /// Marks every room as read.
    MarkAllRead,
    /// Opens the card of the current room.
    RoomDetails,
    /// Opens the settings.
    Settings,
    /// Opens the keyboard shortcuts.
    Shortcuts,
    /// Opens the inspector.
    Inspector,
    /// Connects or disconnects.
    Connection,
    /// Sets the theme.
    Theme(Theme),
}

const COMMANDS: [Command; 10] = [
    Command::Search,
    Command::MarkAllRead,
    Command::RoomDetails,
    Command::Settings,
    Command::Shortcuts,
    Command::Inspector,
    Command::Connection,
    Command::Theme(Theme::System),
    Command::Theme(Theme::Light),
    Command::Theme(Theme::Dark),
];

/// The items, the best match of each kind first: rooms, people, commands, and at last the room that
/// the text would be the name of. Without a text, the user's rooms except for the current one, the
/// server's others, and the commands. Empty while the switcher is closed.
#[must_use]
pub fn items(model: &Model, fold: Fold) -> Vec<Item> {
    let Some(switcher) = &model.switcher else {
        return Vec::new();
    };
    let wanted = Wanted {
        text: normal(switcher.text.trim().trim_start_matches(['#', '@']), fold),
        fold,
    };
    let mut items = found_rooms(model, switcher, &wanted);
    if wanted.text.is_empty() {
        items.extend(switcher.next.as_ref().map(|_| more()));
    } else {
        items.extend(found_people(model, &wanted));
    }
    items.extend(found_commands(model, &wanted));
    items.extend(new_room(model, switcher, fold));
    items
}

/// Which of the items is selected: the first, until the user moves the selection. It stays on its
/// item when others come before it.
#[must_use]
pub fn selected(model: &Model, items: &[Item]) -> usize {
    let key = model
        .switcher
        .as_ref()
        .and_then(|switcher| switcher.selected.as_ref());
    let at = key.and_then(|key| items.iter().position(|item| item.key() == *key));
    at.unwrap_or(0)
}

/// What is said below the field: the room that the selected item leads to, where its name is not
/// what was typed, or why the text can't be the name of one.
#[must_use]
pub fn hint(model: &Model, items: &[Item], fold: Fold) -> String {
    let Some(switcher) = model.switcher.as_ref() else {
        return String::new();
    };
    let typed = switcher.text.trim();
    let room = match items.get(selected(model, items)).map(|item| &item.target) {
        Some(Target::Room(room) | Target::NewRoom(room, _)) => Some(room),
        Some(Target::Person(_) | Target::Command(_) | Target::More) | None => None,
    };
    match (room, room_name::suggest(typed, fold)) {
        (None, Suggestion::NotWritable) if items.is_empty() => texts::room_invalid(),
        (
            Some(room),
            Suggestion::Room {
                room: made,
                is_cut: true,
            },
        ) if *room == made => texts::goes_to_cut(room.as_str()),
        (Some(room), _) if !typed.is_empty() && room.as_str() != typed => {
            texts::goes_to(room.as_str())
        }
        _ if model.session.status() != Status::Online => texts::offline_rooms().to_owned(),
        _ => String::new(),
    }
}

/// The text in the form in which names are compared: folded, without accents, with a space for what
/// stands between words.
fn normal(text: &str, fold: Fold) -> String {
    let folded = match text.is_ascii() {
        true => text.to_ascii_lowercase(),
        false => fold(text),
    };
    let spaced = |c| match c {
        '-' | '_' | '.' => ' ',
        c => c,
    };
    folded
        .chars()
        .filter(|c| !is_mark(*c))
        .map(spaced)
        .collect()
}

/// What was typed, in the form in which names are compared.
struct Wanted {
    text: String,
    fold: Fold,
}

impl Wanted {
    fn matches(&self, name: &str) -> Option<Match> {
        match self.text.as_str() {
            "" => Some(Match::Within),
            text => fuzzy(text, &normal(name, self.fold)),
        }
    }

    /// How one of these names matches.
    fn best(&self, names: [&str; 2]) -> Option<Match> {
        names
            .into_iter()
            .filter_map(|name| self.matches(name))
            .max()
    }
}

/// Puts the item behind those that match as well.
fn insert(items: &mut Vec<(Match, Item)>, at: Match, item: Item) {
    let place = items.partition_point(|(other, _)| *other >= at);
    items.insert(place, (at, item));
}

fn found_rooms(model: &Model, switcher: &Switcher, wanted: &Wanted) -> Vec<Item> {
    let mut found = Vec::new();
    // Unread ones first: nobody reads this list twice in the same order.
    let (unread, read): (Vec<_>, Vec<_>) = rooms::rooms(model)
        .into_iter()
        .partition(|room| room.unread > 0);
    for room in unread.into_iter().chain(read) {
        let Some(at) = wanted.best([room.id.as_str(), room.title()]) else {
            continue;
        };
        // The room that the user is in is nowhere to go, unless they name it.
        if room.is_current && wanted.text.is_empty() {
            continue;
        }
        let info = switcher.known.get(&room.id);
        let item = Item {
            title: room.title().to_owned(),
            detail: details(&room.id, room.name.as_ref(), info, model),
            unread: room.unread,
            target: Target::Room(room.id),
        };
        insert(&mut found, at, item);
    }
    for info in recent_first(switcher) {
        let name = info.name.as_ref().map_or(info.room.as_str(), Name::as_str);
        let topic = info.topic.as_ref().map_or("", |topic| topic.as_str());
        // The server finds words of the topic, too.
        let in_topic = || wanted.matches(topic).filter(|at| *at > Match::Scattered);
        let at = wanted.best([info.room.as_str(), name]).or_else(in_topic);
        if let (Some(at), None) = (at, model.rooms.get(&info.room)) {
            let item = Item {
                title: name.to_owned(),
                detail: details(&info.room, info.name.as_ref(), Some(info), model),
                unread: 0,
                target: Target::Room(info.room.clone()),
            };
            insert(&mut found, at, item);
        }
    }
    found.into_iter().map(|(_, item)| item).collect()
}

/// The known rooms of the server, those with the newest messages first.
fn recent_first(switcher: &Switcher) -> Vec<&RoomInfo> {
    let mut rooms: Vec<&RoomInfo> = Vec::new();
    for info in switcher.known.values() {
        let place = rooms.partition_point(|other| other.at_ms >= info.at_ms);
        rooms.insert(place, info);
    }
    rooms
}

/// The room's id where that is not its title, how many people are there, how long ago the last
/// message was posted, and the topic.
fn details(id: &RoomId, name: Option<&Name>, info: Option<&RoomInfo>, model: &Model) -> String {
    let mut parts = Vec::new();
    parts.extend(name.map(|_| format!("#{id}")));
    if let Some(info) = info {
        if info.count > 0 {
            parts.push(texts::people_there(info.count as usize));
        }
        parts.push(activity::elapsed(model.unix_ms, info.at_ms));
        parts.extend(info.topic.as_ref().map(ToString::to_string));
    }
    parts.join(" · ")
}

fn found_people(model: &Model, wanted: &Wanted) -> Vec<Item> {
    let mut found = Vec::new();
    for person in people::people(model) {
        let at = wanted.matches(&person.name);
        if let Some(at) = at.filter(|at| *at >= Match::Word && !person.is_you) {
            let item = Item {
                target: Target::Person(person.name.clone()),
                title: person.name,
                detail: texts::mention().to_owned(),
                unread: 0,
            };
            insert(&mut found, at, item);
        }
    }
    found.into_iter().map(|(_, item)| item).collect()
}

fn found_commands(model: &Model, wanted: &Wanted) -> Vec<Item> {
    let mut found = Vec::new();
    for command in COMMANDS {
        let title = command_title(model, command);
        let at = wanted.matches(title);
        if let Some(at) = at.filter(|at| wanted.text.is_empty() || *at >= Match::Word) {
            let item = Item {
                target: Target::Command(command),
                title: title.to_owned(),
                detail: texts::command().to_owned(),
                unread: 0,
            };
            insert(&mut found, at, item);
        }
    }
    found.into_iter().map(|(_, item)| item).collect()
}

fn command_title(model: &Model, command: Command) -> &'static str {
    match command {
        Command::Search => texts::search_room(),
        Command::MarkAllRead => texts::mark_all_read(),
        Command::RoomDetails => texts::room_details(),
        Command::Settings => texts::settings(),
        Command::Shortcuts => texts::shortcuts(),
        Command::Inspector => texts::inspector(),
        Command::Connection => match model.session.status() {
            Status::Stopped(_) => texts::reconnect(),
            Status::Connecting { .. } | Status::Online | Status::Waiting { .. } => {
                texts::disconnect()
            }
        },
        Command::Theme(Theme::System) => texts::use_system_theme(),
        Command::Theme(Theme::Light) => texts::use_light_theme(),
        Command::Theme(Theme::Dark) => texts::use_dark_theme(),
    }
}

/// The room that the text would be the name of, unless there is one with that id.
fn new_room(model: &Model, switcher: &Switcher, fold: Fold) -> Option<Item> {
    let Suggestion::Room { room, .. } = room_name::suggest(&switcher.text, fold) else {
        return None;
    };
    let is_there = model.rooms.get(&room).is_some() || switcher.known.get(&room).is_some();
    if is_there {
        return None;
    }
    let title = match model.session.status() {
        Status::Online => texts::create_room(room.as_str()),
        Status::Stopped(_) | Status::Connecting { .. } | Status::Waiting { .. } => {
            texts::go_to_room(room.as_str())
        }
    };
    let name = room_name::display_name(&switcher.text, &room);
    Some(Item {
        title,
        detail: name.as_ref().map_or_else(String::new, Name::to_string),
        unread: 0,
        target: Target::NewRoom(room, name),
    })
}

fn more() -> Item {
    Item {
        target: Target::More,
        title: texts::more_rooms().to_owned(),
        detail: String::new(),
        unread: 0,
    }
}
