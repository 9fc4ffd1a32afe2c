//! The emoji that the user uses, and their skin tone.

use std::fmt;

use parlor_shared::{Emoji, limits::FREQUENT_EMOJI_MAX};

use crate::emoji::TONES;

/// The emoji that the user has used, most used first, and the skin tone that they chose.
///
/// Saved as its [`Display`](fmt::Display) writes it: the tone's number, then each emoji with how
/// often it was used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FrequentEmoji {
    /// The skin tone; `None` is the neutral one.
    pub tone: Option<char>,
    used: Vec<Used>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Used {
    emoji: String,
    count: u32,
}

impl FrequentEmoji {
    /// Reads what was saved. What is not understood is left out.
    #[must_use]
    pub fn parse(saved: &str) -> Self {
        let mut words = saved.split(' ');
        let tone = words.next().and_then(|tone| tone.parse::<usize>().ok());
        let mut used: Vec<Used> = Vec::new();
        while let (Some(emoji), Some(count)) = (words.next(), words.next()) {
            let is_new = used.iter().all(|known| known.emoji != emoji);
            if let (Ok(_), Ok(count), true) = (Emoji::parse(emoji), count.parse(), is_new) {
                let emoji = emoji.to_owned();
                used.push(Used { emoji, count });
            }
        }
        used.truncate(FREQUENT_EMOJI_MAX);
        Self {
            tone: tone.and_then(|tone| TONES.get(tone.checked_sub(1)?).copied()),
            used,
        }
    }

    /// Records that the user used an emoji. It goes before those that were used as often, and past
    /// [`FREQUENT_EMOJI_MAX`] the last one goes.
    pub fn record(&mut self, emoji: &str) {
        let place = self.used.iter().position(|used| used.emoji == emoji);
        let count = place.map_or(0, |place| self.used.remove(place).count);
        let count = count.saturating_add(1);
        let place = self.used.partition_point(|used| used.count > count);
        // One that is new would otherwise never get a place among many that were used twice.
        let place = place.min(FREQUENT_EMOJI_MAX - 1);
        self.used.truncate(FREQUENT_EMOJI_MAX - 1);
        let emoji = emoji.to_owned();
        self.used
            .insert(place.min(self.used.len()), Used { emoji, count });
    }

    /// The most used emoji, then these where they are not among them: as many as `count` in all.
    #[must_use]
    pub fn top<'a>(&'a self, count: usize, others: &[&'a str]) -> Vec<&'a str> {
        let used = self.used.iter().map(|used| used.emoji.as_str());
        let mut top: Vec<&str> = used.take(count).collect();
        for other in others {
            if top.len() < count && !top.contains(other) {
                top.push(other);
            }
        }
        top
    }

    /// The emoji that the user has used, most used first.
    pub fn used(&self) -> impl Iterator<Item = &str> {
        self.used.iter().map(|used| used.emoji.as_str())
    }
}

impl fmt::Display for FrequentEmoji {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tone = self
            .tone
            .and_then(|tone| TONES.iter().position(|known| *known == tone));
        write!(f, "{}", tone.map_or(0, |tone| tone + 1))?;
        for Used { emoji, count } in &self.used {
            write!(f, " {emoji} {count}")?;
        }
        Ok(())
    }
}
