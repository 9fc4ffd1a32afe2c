//! The limits of what a room is set to.

// ---- rooms ----

/// Longest topic of a room, in characters.
pub const TOPIC_CHARS_MAX: usize = 250;
/// Most messages that are pinned in one room.
pub const PINS_MAX: usize = 50;
/// Characters of a pinned message that are kept with the room, so that they outlive its entry.
pub const PIN_TEXT_CHARS_MAX: usize = 1_000;
/// Most members who are muted in one room.
pub const MUTES_MAX: usize = 100;
/// Longest mute, in days.
pub const MUTE_DAYS_MAX: u64 = 366;
/// Longest wait between two posts of a member in a room in slow mode.
pub const SLOW_MODE_SECONDS_MAX: u32 = 3_600;
