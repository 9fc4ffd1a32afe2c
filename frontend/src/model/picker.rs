//! The emoji picker: a grid of emoji, filtered by name, with one of them selected.

use parlor_shared::MessageId;

use crate::emoji::{Emoji, Group, groups};

/// Emoji in a row of the picker.
pub const COLUMNS: usize = 8;

/// The picker, while it is open.
#[derive(Debug, Default)]
pub struct Picker {
    /// The message to react to; `None` where the emoji goes into the draft.
    pub target: Option<MessageId>,
    /// The words that filter the emoji.
    pub query: String,
    /// The index of the selected emoji among those shown.
    pub selected: usize,
}

/// A step of the selection, by an arrow key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To the emoji before.
    Left,
    /// To the emoji after.
    Right,
    /// To the row above.
    Up,
    /// To the row below.
    Down,
}

/// A row of the grid, as a range of the emoji shown.
#[derive(Debug, Clone, Copy)]
struct GridRow {
    first: usize,
    len: usize,
}

impl Picker {
    /// The emoji shown, in their groups.
    #[must_use]
    pub fn shown(&self) -> Vec<Group> {
        groups(&self.query)
    }

    /// The selected emoji; `None` where none is shown.
    #[must_use]
    pub fn selected(&self) -> Option<Emoji> {
        let shown = self.shown();
        let mut all = shown.iter().flat_map(|group| &group.emoji);
        all.nth(self.selected).copied()
    }

    /// Filters the emoji by these words, and selects the first one.
    pub fn filter(&mut self, query: String) {
        self.query = query;
        self.selected = 0;
    }

    /// Moves the selection. At the edges of the grid it stays.
    pub fn step(&mut self, step: Step) {
        let rows = self.rows();
        let has_selected =
            |row: &GridRow| (row.first..row.first + row.len).contains(&self.selected);
        let Some(row) = rows.iter().position(has_selected) else {
            return;
        };
        let last = rows.last().map_or(0, |row| row.first + row.len - 1);
        let next_row = match step {
            Step::Left => return self.selected = self.selected.saturating_sub(1),
            Step::Right => return self.selected = (self.selected + 1).min(last),
            Step::Up => row.checked_sub(1),
            Step::Down => Some(row + 1),
        };
        if let Some(next) = next_row.and_then(|next| rows.get(next)) {
            let column = self.selected - rows[row].first;
            self.selected = next.first + column.min(next.len - 1);
        }
    }

    /// The rows of the grid. Each group starts a new one.
    fn rows(&self) -> Vec<GridRow> {
        let (mut rows, mut first) = (Vec::new(), 0);
        for group in self.shown() {
            for row in group.emoji.chunks(COLUMNS) {
                let len = row.len();
                rows.push(GridRow { first, len });
                first += len;
            }
        }
        rows
    }
}
