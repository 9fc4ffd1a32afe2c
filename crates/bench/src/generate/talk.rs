//! Who says what in which room next.

use std::{collections::VecDeque, fmt::Write as _};

use fastrand::Rng;
use parlor_server::engine::{Authority, NewEntry};
use parlor_shared::{Body, Emoji, MemberId, MessageId, Name, RoomId, Text};

use super::texts::Vocabulary;

/// Rooms in which people talk at the same time.
const TALKING_ROOMS: usize = 64;
/// How many entries a room has in a row, at most.
const TALK_ENTRIES_MAX: u32 = 60;
/// A room's newest messages: what is replied to, edited, reacted to and deleted is among them.
const RECENT_MAX: usize = 12;
/// Members of a large room who write.
const WRITERS_MAX: usize = 200;
/// Of a hundred entries, how many are no posts.
const REACTIONS_PERCENT: u32 = 14;
const EDITS_PERCENT: u32 = 4;
const DELETIONS_PERCENT: u32 = 1;
/// One post in this many is a reply.
const REPLY_PART: u32 = 8;
const EMOJI: [&str; 6] = ["👍", "😀", "❤️", "🎉", "👀", "🙏"];

/// The id of the room of this number; 0 is the largest room.
pub(crate) fn room_id(number: usize) -> anyhow::Result<RoomId> {
    Ok(RoomId::parse(&format!("room-{number}"))?)
}

/// A message that can be changed.
#[derive(Debug, Clone, Copy)]
struct Recent {
    id: MessageId,
    member: MemberId,
}

#[derive(Debug)]
struct Room {
    id: RoomId,
    number: usize,
    recent: VecDeque<Recent>,
}

/// A room in which people talk now.
#[derive(Debug, Clone, Copy)]
struct Talking {
    room: usize,
    entries_left: u32,
}

/// Makes one entry after another.
#[derive(Debug)]
pub(super) struct Talk {
    rng: Rng,
    seed: u64,
    vocabulary: Vocabulary,
    rooms: Vec<Option<Room>>,
    /// For each room, its share of all entries and of those of the larger rooms.
    shares: Vec<f64>,
    talking: Vec<Talking>,
    made: u64,
}

impl Talk {
    pub(super) fn new(rooms: usize, seed: u64) -> Self {
        let mut sum = 0.0;
        let mut shares: Vec<f64> = (1..=rooms)
            .map(|rank| {
                sum += 1.0 / rank as f64;
                sum
            })
            .collect();
        shares.iter_mut().for_each(|share| *share /= sum);
        let mut talk = Self {
            rng: Rng::with_seed(seed),
            seed,
            vocabulary: Vocabulary::new(),
            rooms: (0..rooms).map(|_| None).collect(),
            shares,
            talking: Vec::new(),
            made: 0,
        };
        for _ in 0..TALKING_ROOMS {
            let talking = talk.begin();
            talk.talking.push(talking);
        }
        talk
    }

    fn begin(&mut self) -> Talking {
        let drawn = self.rng.f64();
        let room = self.shares.partition_point(|share| *share < drawn);
        Talking {
            room: room.min(self.shares.len() - 1),
            entries_left: self.rng.u32(1..=TALK_ENTRIES_MAX),
        }
    }

    /// The next entry. `None` if a constant of this file is invalid.
    pub(super) fn next(&mut self, at_ms: u64) -> Option<NewEntry> {
        let index = self.rng.usize(..self.talking.len());
        let mut talking = self.talking[index];
        if talking.entries_left == 0 {
            talking = self.begin();
        }
        talking.entries_left -= 1;
        self.talking[index] = talking;
        self.made += 1;
        // Unique, and the same for the same seed.
        let mut random = [0; 10];
        random[..8].copy_from_slice(&self.made.to_be_bytes());
        let id = MessageId::new(at_ms, random);
        let mut room = match self.rooms[talking.room].take() {
            Some(room) => room,
            None => Room {
                id: room_id(talking.room).ok()?,
                number: talking.room,
                recent: VecDeque::new(),
            },
        };
        let by = self.member(&room);
        let by_bytes = MemberId::from_bytes(by);
        let (member, body) = self.entry(&mut room, by_bytes)?;
        if matches!(body, Body::Post { .. }) {
            if room.recent.len() == RECENT_MAX {
                room.recent.pop_front();
            }
            room.recent.push_back(Recent { id, member });
        }
        let new = NewEntry {
            authority: Authority::Member,
            room: room.id.clone(),
            id,
            follows: None,
            member,
            name: name(member)?,
            body,
            at_ms,
        };
        self.rooms[talking.room] = Some(room);
        Some(new)
    }

    /// A writer of this room. Some write much more than others.
    fn member(&mut self, room: &Room) -> [u8; 16] {
        let writers = (WRITERS_MAX / (room.number + 1)).max(5);
        let writer = self.rng.usize(..writers).min(self.rng.usize(..writers));
        let mut member = [0; 16];
        member[..8].copy_from_slice(&(room.number as u64).to_be_bytes());
        member[8..].copy_from_slice(&(writer as u64).to_be_bytes());
        member
    }

    /// What is done next in this room, and by whom.
    fn entry(&mut self, room: &mut Room, by: MemberId) -> Option<(MemberId, Body)> {
        let kind = self.rng.u32(..100);
        let is_change = kind < REACTIONS_PERCENT + EDITS_PERCENT + DELETIONS_PERCENT;
        if !is_change || room.recent.is_empty() {
            let text = Text::parse(self.vocabulary.text(&mut self.rng)).ok()?;
            let reply_to = match room.recent.back() {
                Some(last) if self.rng.u32(..REPLY_PART) == 0 => Some(last.id),
                Some(_) | None => None,
            };
            return Some((by, Body::Post { text, reply_to }));
        }
        let at = self.rng.usize(..room.recent.len());
        let target = *room.recent.get(at)?;
        if kind < REACTIONS_PERCENT {
            let emoji = Emoji::parse(EMOJI[self.rng.usize(..EMOJI.len())]).ok()?;
            let (target, on) = (target.id, self.rng.u32(..10) > 0);
            return Some((by, Body::Reaction { target, emoji, on }));
        }
        let author = target.member;
        let target = target.id;
        if kind < REACTIONS_PERCENT + EDITS_PERCENT {
            let text = Text::parse(self.vocabulary.text(&mut self.rng)).ok()?;
            return Some((author, Body::Edit { target, text }));
        }
        room.recent.remove(at);
        Some((author, Body::Deletion { target }))
    }

    /// Words that no other message has.
    pub(super) fn last_words(&self) -> String {
        let mut words = "the last of them".to_owned();
        // Writing to a string can't fail.
        write!(words, " x{}n{}", self.seed, self.made).ok();
        words
    }
}

/// The name of this member.
fn name(member: MemberId) -> Option<Name> {
    let number = member
        .as_bytes()
        .iter()
        .fold(0_u32, |sum, byte| sum.wrapping_mul(31) + u32::from(*byte));
    Name::parse(format!("Member {}", number % 10_000)).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn rooms_have_very_different_sizes_and_all_kinds_of_entries() {
        let mut talk = Talk::new(100, 1);
        let (mut rooms, mut kinds) = (HashMap::new(), HashMap::new());
        for number in 0..50_000 {
            let new = talk.next(number).unwrap();
            *rooms.entry(new.room).or_insert(0) += 1;
            *kinds.entry(std::mem::discriminant(&new.body)).or_insert(0) += 1;
        }
        let largest = rooms[&room_id(0).unwrap()];
        let small = rooms.get(&room_id(99).unwrap()).copied().unwrap_or(0);
        assert!(largest > 5_000 && small < 1_000, "{largest} and {small}");
        assert_eq!(kinds.len(), 4, "posts, reactions, edits, deletions");
        assert!(kinds.values().all(|count| *count > 200), "{kinds:?}");
    }

    #[test]
    fn the_same_seed_makes_the_same_entries() {
        let entries = |seed| {
            let mut talk = Talk::new(10, seed);
            (0..100)
                .map(|at| format!("{:?}", talk.next(at)))
                .collect::<Vec<_>>()
        };
        assert_eq!(entries(3), entries(3));
        assert_ne!(entries(3), entries(4));
    }
}
