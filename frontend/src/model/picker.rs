//! Choosing an emoji: for what one writes, or as a reaction.

use parlor_shared::MessageId;

use crate::emoji::{Emoji, groups};

/// Emoji in a row of the picker.
pub const COLUMNS: usize = 8;

/// The picker, while it is open.
#[derive(Debug, Default)]
pub struct Picker {
    /// The message to react to; `None` where it is for what one writes.
    pub target: Option<MessageId>,
    /// What one looks for.
    pub query: String,
    /// Which of those shown is at hand.
    pub selected: usize,
}

/// Where an arrow key leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// One back.
    Left,
    /// One on.
    Right,
    /// To the row above.
    Up,
    /// To the row below.
    Down,
}

impl Picker {
    /// What is shown, in its groups.
    #[must_use]
    pub fn shown(&self) -> Vec<(&'static str, Vec<Emoji>)> {
        groups(&self.query)
    }

    /// The one at hand.
    #[must_use]
    pub fn selected(&self) -> Option<Emoji> {
        let shown = self.shown();
        let mut all = shown.iter().flat_map(|(_, emoji)| emoji);
        all.nth(self.selected).copied()
    }

    /// Looks for something else.
    pub fn filter(&mut self, words: String) {
        self.query = words;
        self.selected = 0;
    }

    /// Moves on the grid; at its edges it stays.
    pub fn step(&mut self, step: Step) {
        let rows = self.rows();
        let in_row = |row: &(usize, usize)| (row.0..row.0 + row.1).contains(&self.selected);
        let Some(row) = rows.iter().position(in_row) else {
            return;
        };
        let last = rows.last().map_or(0, |(first, length)| first + length - 1);
        let next_row = match step {
            Step::Left => return self.selected = self.selected.saturating_sub(1),
            Step::Right => return self.selected = (self.selected + 1).min(last),
            Step::Up => row.checked_sub(1),
            Step::Down => Some(row + 1),
        };
        if let Some((first, length)) = next_row.and_then(|next| rows.get(next)) {
            let column = self.selected - rows[row].0;
            self.selected = first + column.min(length - 1);
        }
    }

    /// The rows: which is their first, and how many there are. Each group begins a new one.
    fn rows(&self) -> Vec<(usize, usize)> {
        let (mut rows, mut first) = (Vec::new(), 0);
        for (_, emoji) in self.shown() {
            for row in emoji.chunks(COLUMNS) {
                rows.push((first, row.len()));
                first += row.len();
            }
        }
        rows
    }
}
