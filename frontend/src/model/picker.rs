//! The emoji picker: a grid of emoji, filtered by name, with one of them selected.

use parlor_shared::MessageId;

use crate::{
    emoji::{Emoji, Table},
    model::frequent_emoji::FrequentEmoji,
    texts,
};

/// Emoji in a row of the picker.
pub const COLUMNS: usize = 8;
/// How many frequently used emoji stand first.
const FREQUENT: usize = 2 * COLUMNS;
/// How many emoji a search shows.
const FOUND_MAX: usize = 8 * COLUMNS;
/// The reactions that are offered before the user has chosen any.
pub const USUAL_REACTIONS: [&str; 6] = ["👍", "❤️", "😂", "🎉", "😮", "😢"];

/// The picker, while it is open.
#[derive(Debug, Default)]
pub struct Picker {
    /// The message to react to; `None` where the emoji goes into the draft.
    pub target: Option<MessageId>,
    /// The words that filter the emoji.
    pub query: String,
    /// The rows of the grid, all of one height.
    pub rows: Vec<GridRow>,
    /// Where the selected emoji is.
    pub selected: Place,
    /// Counts how often the rows were made anew.
    pub version: u32,
}

/// A row of the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GridRow {
    /// The name of the group below.
    Heading(String),
    /// Emoji, at most [`COLUMNS`].
    Emoji(Vec<Choice>),
}

/// An emoji on the grid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The emoji, with the user's skin tone.
    pub text: String,
    /// Its name, in the reader's language.
    pub name: String,
}

/// A place on the grid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Place {
    /// The row, headings included.
    pub row: usize,
    /// The column.
    pub column: usize,
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

impl Picker {
    /// The selected emoji; `None` where none is shown.
    #[must_use]
    pub fn selected(&self) -> Option<&Choice> {
        self.choices(self.selected.row).get(self.selected.column)
    }

    /// Filters the emoji by these words, and selects the best one.
    pub fn filter(&mut self, query: String, table: &Table, frequent: &FrequentEmoji) {
        self.query = query;
        self.fill(table, frequent);
    }

    /// Makes the rows again, and selects the first emoji.
    pub fn fill(&mut self, table: &Table, frequent: &FrequentEmoji) {
        self.rows.clear();
        self.version += 1;
        let choice = |emoji: &Emoji<'_>| Choice {
            text: emoji.with_tone(frequent.tone),
            name: emoji.name().to_owned(),
        };
        let all = |range: std::ops::Range<usize>| range.filter_map(|index| table.get(index));
        if !self.query.trim().is_empty() {
            let found = table.search(&self.query, FOUND_MAX).into_iter();
            let found = found.filter_map(|index| table.get(index));
            self.push_rows(found.map(|emoji| choice(&emoji)).collect());
        } else if !table.is_empty() {
            let top = frequent.top(FREQUENT, &USUAL_REACTIONS).into_iter();
            let top = top.filter_map(|text| {
                let name = table.get(table.find(text)?)?.name().to_owned();
                let text = text.to_owned();
                Some(Choice { text, name })
            });
            let top = top.collect();
            self.rows
                .push(GridRow::Heading(texts::frequently_used().to_owned()));
            self.push_rows(top);
            let groups = table.groups();
            for (index, group) in groups.iter().enumerate() {
                let end = groups.get(index + 1).map_or(table.len(), |next| next.first);
                self.rows.push(GridRow::Heading(group.name.clone()));
                self.push_rows(all(group.first..end).map(|emoji| choice(&emoji)).collect());
            }
        }
        let is_emoji = |row: &GridRow| matches!(row, GridRow::Emoji(_));
        let row = self.rows.iter().position(is_emoji).unwrap_or(0);
        self.selected = Place { row, column: 0 };
    }

    fn push_rows(&mut self, choices: Vec<Choice>) {
        let rows = choices.chunks(COLUMNS);
        self.rows
            .extend(rows.map(|row| GridRow::Emoji(row.to_vec())));
    }

    /// Moves the selection. At the ends of the grid it stays.
    pub fn step(&mut self, step: Step) {
        let Place { row, column } = self.selected;
        let above = (0..row).rev().find(|row| !self.choices(*row).is_empty());
        let below = (row + 1..self.rows.len()).find(|row| !self.choices(*row).is_empty());
        let last = |row| self.choices(row).len().saturating_sub(1);
        let place = match step {
            Step::Left if column > 0 => Some(Place {
                row,
                column: column - 1,
            }),
            Step::Left => above.map(|row| Place {
                row,
                column: last(row),
            }),
            Step::Right if column < last(row) => Some(Place {
                row,
                column: column + 1,
            }),
            Step::Right => below.map(|row| Place { row, column: 0 }),
            Step::Up => above.map(|row| Place {
                row,
                column: column.min(last(row)),
            }),
            Step::Down => below.map(|row| Place {
                row,
                column: column.min(last(row)),
            }),
        };
        self.selected = place.unwrap_or(self.selected);
    }

    fn choices(&self, row: usize) -> &[Choice] {
        match self.rows.get(row) {
            Some(GridRow::Emoji(choices)) => choices,
            Some(GridRow::Heading(_)) | None => &[],
        }
    }
}
