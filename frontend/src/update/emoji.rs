//! The table of emoji, and which of them the user uses.

use crate::{
    emoji::Table,
    event::{Effect, EmojiFiles},
    model::{Model, emoji_table::EmojiTable},
};

/// Has the table fetched, unless it is there or under way.
pub(super) fn load(model: &mut Model, effects: &mut Vec<Effect>) {
    if matches!(model.emoji, EmojiTable::Absent) {
        model.emoji = EmojiTable::Loading;
        effects.push(Effect::LoadEmoji);
    }
}

/// The table was fetched; `None` where it could not be.
pub(super) fn loaded(model: &mut Model, files: Option<EmojiFiles>) {
    let table = files.map(|files| Table::parse(files.lines, files.other_lines));
    model.emoji = match table {
        Some(table) if !table.is_empty() => EmojiTable::Loaded(table),
        Some(_) | None => EmojiTable::Absent,
    };
}

/// The user used an emoji.
pub(super) fn record_use(model: &mut Model, emoji: &str, effects: &mut Vec<Effect>) {
    model.frequent_emoji.record(emoji);
    effects.push(Effect::SaveEmoji(model.frequent_emoji.to_string()));
}
