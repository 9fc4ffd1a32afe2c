//! What stands for a member beside their messages: initials on a colour.

use litemap::LiteMap;
use parlor_shared::{MemberId, characters::is_visible, limits::HUED_MEMBERS_MAX};

use crate::words::is_in_word;

/// How many colours the style sheet has.
pub const HUES: usize = 12;

/// The colours of a room's members. Each member keeps theirs; whoever comes gets one that differs
/// from the others' as far as possible, and where several do, the one that their id chooses, so
/// that it is mostly the same on every visit.
#[derive(Debug, Default)]
pub struct Hues {
    members: LiteMap<MemberId, u8>,
    /// How many members have each colour.
    uses: [u16; HUES],
}

impl Hues {
    /// Gives the member a colour, if they have none. Past [`HUED_MEMBERS_MAX`] members the id alone
    /// chooses it.
    pub fn meet(&mut self, member: MemberId) {
        if self.members.len() < HUED_MEMBERS_MAX && self.members.get(&member).is_none() {
            let hue = self.free(preferred(member));
            self.uses[hue] += 1;
            self.members.insert(member, hue as u8);
        }
    }

    /// The member's colour, below [`HUES`].
    #[must_use]
    pub fn of(&self, member: MemberId) -> u8 {
        let known = self.members.get(&member).copied();
        known.unwrap_or(preferred(member) as u8)
    }

    /// Of the least used colours the one farthest from those in use; among equals the first from
    /// `preferred` on.
    fn free(&self, preferred: usize) -> usize {
        let least = self.uses.iter().min().copied().unwrap_or_default();
        let in_order = (0..HUES).map(|step| (preferred + step) % HUES);
        let mut best = (preferred, None);
        for hue in in_order.filter(|hue| self.uses[*hue] == least) {
            let distance = Some(self.distance(hue));
            if distance > best.1 {
                best = (hue, distance);
            }
        }
        best.0
    }

    /// How far a colour is from the nearest in use, around the circle. Two steps are told apart
    /// easily, so more count for no more.
    fn distance(&self, hue: usize) -> usize {
        let used = (0..HUES).filter(|other| self.uses[*other] > 0);
        let steps = used.map(|other| {
            let apart = hue.abs_diff(other);
            apart.min(HUES - apart)
        });
        steps.min().unwrap_or(HUES).min(2)
    }
}

/// The colour that the member's id chooses.
fn preferred(member: MemberId) -> usize {
    let bytes = member.as_bytes().iter();
    bytes.map(|byte| usize::from(*byte)).sum::<usize>() % HUES
}

/// The first letters of a name's first and last word, or the first two of a single word. Letters of
/// scripts without capitals stand alone: two of them are a word or wide.
#[must_use]
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| {
        let mut letters = word.chars().filter(|c| is_in_word(*c));
        letters.next().map(|first| (first, letters.next()))
    });
    let Some((first, second)) = words.next() else {
        let mut visible = name.chars().filter(|c| is_visible(*c));
        return visible.next().map(String::from).unwrap_or_default();
    };
    let last = words.next_back().map(|(first, _)| first);
    let mut initials = String::from(first);
    if is_paired(first) {
        initials.extend(last.or(second).filter(|c| is_paired(*c)));
    }
    initials
}

/// Whether a letter stands beside another one: digits, and the letters of scripts with capitals, by
/// their blocks. Unicode's tables of capitals would be more than the rest of this module.
fn is_paired(c: char) -> bool {
    let is_of_script = match c {
        // Latin, Greek, Cyrillic, Armenian; Georgian; more of Latin and Greek.
        '\0'..='\u{58f}' | '\u{10a0}'..='\u{10ff}' | '\u{1e00}'..='\u{1fff}' => true,
        _ => false,
    };
    is_of_script && is_in_word(c)
}
