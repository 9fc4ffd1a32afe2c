//! The attacks: the worst that somebody can send of each kind of message.

use parlor_shared::{
    Body, ClientMessage, Emoji, MessageId, Name, Position, RoomId, Seq, Text, codec,
    limits::{HISTORY_ENTRIES_MAX, ROOMS_PER_CONNECTION_MAX, SEARCH_CHARS_MAX, TEXT_CHARS_MAX},
};

use super::{
    author::Author,
    flood::{Next, Script},
    past,
};
use crate::frames;

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    LongEdits,
    ShortEdits,
    Reactions,
    LongPosts,
    Search,
    History,
    Rejoins,
    NewRooms,
    Renames,
    Typing,
    Pings,
    Malformed,
    Binary,
    Reconnects,
    Mixed,
    /// Last, because the message with a long past is gone after it.
    Deletions,
}

impl Attack {
    pub(super) const ALL: [Self; 16] = [
        Self::LongEdits,
        Self::ShortEdits,
        Self::Reactions,
        Self::LongPosts,
        Self::Search,
        Self::History,
        Self::Rejoins,
        Self::NewRooms,
        Self::Renames,
        Self::Typing,
        Self::Pings,
        Self::Malformed,
        Self::Binary,
        Self::Reconnects,
        Self::Mixed,
        Self::Deletions,
    ];

    /// The parts of a mixed attack.
    const PARTS: [Self; 12] = [
        Self::LongEdits,
        Self::Search,
        Self::Reactions,
        Self::History,
        Self::Renames,
        Self::Rejoins,
        Self::LongPosts,
        Self::NewRooms,
        Self::Typing,
        Self::Malformed,
        Self::Pings,
        Self::ShortEdits,
    ];

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::LongEdits => "edits of 32 KB",
            Self::ShortEdits => "short edits",
            Self::Reactions => "reactions",
            Self::LongPosts => "posts of 32 KB",
            Self::Search => "searches",
            Self::History => "pages of history",
            Self::Rejoins => "joins from the first entry on",
            Self::NewRooms => "joins of new rooms",
            Self::Renames => "renames",
            Self::Typing => "typing",
            Self::Pings => "pings",
            Self::Malformed => "malformed frames",
            Self::Binary => "binary frames",
            Self::Reconnects => "new connections and members",
            Self::Mixed => "all of these in turn",
            Self::Deletions => "posts and their deletions",
        }
    }
}

/// Sends one attack's messages on one connection.
pub(super) struct Sender {
    attack: Attack,
    /// Whether this is the author of the message with a long past.
    is_past_author: bool,
    long: [Option<Text>; 2],
    /// The connection's own message, once it is posted.
    own: Option<MessageId>,
    /// How many rooms it has joined in this attack.
    joined: u32,
    /// What the author had been answered when the last request was sent.
    answered: u64,
}

impl Sender {
    pub(super) fn new(attack: Attack, is_past_author: bool) -> Self {
        Self {
            attack,
            is_past_author,
            long: [past::long_text(0), past::long_text(1)],
            own: None,
            joined: 0,
            answered: 0,
        }
    }

    fn put_part(&mut self, attack: Attack, author: &mut Author, out: &mut Vec<u8>) -> Option<Next> {
        let past = past::room()?;
        let turn = author.sent;
        let message = match attack {
            Attack::LongEdits => {
                let text = self.long[turn as usize % 2].clone()?;
                self.edit(author, text, out)?
            }
            Attack::ShortEdits => self.edit(author, short_text(turn)?, out)?,
            Attack::Reactions => reaction(author, past)?,
            Attack::LongPosts => {
                let text = self.long[turn as usize % 2].clone()?;
                post(home(author)?, author.id(turn), Body::post(text))
            }
            Attack::Deletions => self.delete(author, out)?,
            Attack::Search => search(author, past)?,
            Attack::History => ClientMessage::History {
                room: past,
                // The newest entries are long, the oldest many.
                before: if turn.is_multiple_of(2) {
                    Seq(1 << 50)
                } else {
                    Seq(20_000)
                },
                limit: HISTORY_ENTRIES_MAX,
            },
            Attack::Rejoins => ClientMessage::Join {
                room: past,
                after: author.epoch.map(|epoch| Position { epoch, seq: Seq(0) }),
            },
            Attack::NewRooms => self.join_next(author, out)?,
            Attack::Renames => self.rename(author, out)?,
            Attack::Typing => {
                let room = author.rooms.get(turn as usize % author.rooms.len().max(1));
                ClientMessage::Typing {
                    room: room?.clone(),
                }
            }
            Attack::Pings if turn.is_multiple_of(2) => {
                frames::put_frame(out, frames::PING, &[b'p'; 125]);
                return Some(Next::Sent);
            }
            Attack::Pings => ClientMessage::Ping { t: turn.into() },
            Attack::Malformed => {
                let junk = [
                    "x",
                    "{}",
                    r#"{"type":"dance"}"#,
                    r#"{"type":"post","id":"x"}"#,
                ];
                frames::put_text(out, junk[turn as usize % 4]);
                return Some(Next::Sent);
            }
            Attack::Binary => {
                frames::put_frame(out, frames::BINARY, b"x");
                return Some(Next::Sent);
            }
            Attack::Reconnects => return Some(self.reconnect(author, out)),
            Attack::Mixed => {
                let part = Attack::PARTS[turn as usize % Attack::PARTS.len()];
                return self.put_part(part, author, out);
            }
        };
        put(out, &message);
        Some(Next::Sent)
    }

    /// An edit of the message with a long past, or of one that this author posts first.
    fn edit(&mut self, author: &Author, text: Text, out: &mut Vec<u8>) -> Option<ClientMessage> {
        let id = author.id(author.sent);
        if self.is_past_author && author.sent.is_multiple_of(2) {
            let target = past::target();
            return Some(post(past::room()?, id, Body::Edit { target, text }));
        }
        let room = home(author)?;
        let target = match self.own {
            Some(target) => target,
            None => {
                let target = author.id(u32::MAX);
                put(out, &post(room.clone(), target, Body::post(short_text(0)?)));
                *self.own.insert(target)
            }
        };
        Some(post(room, id, Body::Edit { target, text }))
    }

    /// A deletion of a message that is posted right before it; first, of the one with a long past.
    fn delete(&self, author: &Author, out: &mut Vec<u8>) -> Option<ClientMessage> {
        let turn = author.sent;
        let id = author.id(2 * turn);
        if self.is_past_author && turn == 0 {
            let target = past::target();
            return Some(post(past::room()?, id, Body::Deletion { target }));
        }
        let (room, target) = (home(author)?, author.id(2 * turn + 1));
        let text = self.long[turn as usize % 2].clone()?;
        put(out, &post(room.clone(), target, Body::post(text)));
        Some(post(room, id, Body::Deletion { target }))
    }

    /// A join of a room that does not exist yet. The one joined longest ago is left first, so that
    /// the connection is in as many as it may be.
    fn join_next(&mut self, author: &Author, out: &mut Vec<u8>) -> Option<ClientMessage> {
        let kept = ROOMS_PER_CONNECTION_MAX - author.rooms.len() - 1;
        if let Some(oldest) = self.joined.checked_sub(kept as u32) {
            let room = author.own_room(oldest)?;
            put(out, &ClientMessage::Leave { room });
        }
        let room = author.own_room(self.joined)?;
        self.joined += 1;
        Some(ClientMessage::Join { room, after: None })
    }

    /// A rename in as many rooms as a connection may be in; these are joined first.
    fn rename(&mut self, author: &Author, out: &mut Vec<u8>) -> Option<ClientMessage> {
        while author.rooms.len() + (self.joined as usize) < ROOMS_PER_CONNECTION_MAX {
            let room = author.own_room(self.joined)?;
            self.joined += 1;
            put(out, &ClientMessage::Join { room, after: None });
        }
        let name = Name::parse(format!("attacker {}", author.sent)).ok()?;
        Some(ClientMessage::Rename { name })
    }

    /// Waits for the first room's `joined`, then connects again as a new member.
    fn reconnect(&mut self, author: &mut Author, out: &mut Vec<u8>) -> Next {
        if author.answered == self.answered {
            return Next::Wait;
        }
        author.token = None;
        out.clear();
        self.answered = author.answered;
        author.sent = author.sent.wrapping_add(1);
        Next::Disconnect
    }
}

impl Script for Sender {
    fn put_next(&mut self, author: &mut Author, out: &mut Vec<u8>) -> Next {
        // `None` only if a constant of this file is invalid, which the smoke run would show.
        self.put_part(self.attack, author, out)
            .unwrap_or(Next::Done)
    }
}

/// Adds a reaction to the message with a long past, or takes it back.
fn reaction(author: &Author, past: RoomId) -> Option<ClientMessage> {
    let turn = author.sent;
    let emoji = ["👍", "❤️", "😂", "🎉"][turn as usize / 2 % 4];
    let body = Body::Reaction {
        target: past::target(),
        emoji: Emoji::parse(emoji).ok()?,
        on: turn.is_multiple_of(2),
    };
    Some(post(past, author.id(turn), body))
}

/// A search for words that are in every message of the past, in that room and in a second room.
fn search(author: &Author, past: RoomId) -> Option<ClientMessage> {
    let turn = author.sent as usize;
    let words = [
        "e".to_owned(),
        "one e".to_owned(),
        "e ".repeat(SEARCH_CHARS_MAX / 2),
        past::ABC.replace("", " "),
    ];
    Some(ClientMessage::Search {
        room: if turn % 8 < 4 { past } else { home(author)? },
        text: words[turn % 4].trim().to_owned(),
    })
}

/// The room in which the members hear of the attack.
fn home(author: &Author) -> Option<RoomId> {
    author.rooms.first().cloned()
}

fn short_text(number: u32) -> Option<Text> {
    Text::parse(format!("x{number}")).ok()
}

fn post(room: RoomId, id: MessageId, body: Body) -> ClientMessage {
    ClientMessage::Post {
        room,
        id,
        body,
        follows: None,
    }
}

fn put(out: &mut Vec<u8>, message: &ClientMessage) {
    frames::put_text(out, &codec::encode_client(message));
}

const _: () = assert!(TEXT_CHARS_MAX == 8_000, "the labels say 32 KB");
