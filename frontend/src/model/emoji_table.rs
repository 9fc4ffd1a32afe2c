//! The table of emoji, which is fetched when it is first needed.

use crate::emoji::Table;

/// The table of emoji, as far as it is there.
#[derive(Debug, Default)]
pub enum EmojiTable {
    /// Nothing has needed it yet, or it could not be fetched the last time.
    #[default]
    Absent,
    /// It is being fetched.
    Loading,
    /// It is there.
    Loaded(Table),
}

impl EmojiTable {
    /// The table; an empty one until it is there.
    #[must_use]
    pub fn table(&self) -> &Table {
        static EMPTY: std::sync::LazyLock<Table> = std::sync::LazyLock::new(Table::default);
        match self {
            Self::Loaded(table) => table,
            Self::Absent | Self::Loading => &EMPTY,
        }
    }
}
