//! What the card of a person offers, and what moderators see in the card of a room.

use parlor_shared::{Ban, Mute};

use crate::{model::Model, texts};

/// How long a mute lasts, in seconds, to choose from.
pub const MUTE_SECONDS: [u32; 4] = [600, 3_600, 86_400, 604_800];

/// The same of a ban.
pub const BAN_SECONDS: [u32; 4] = [3_600, 86_400, 604_800, 2_592_000];

/// The waits of slow mode to choose from, in seconds; 0 is none.
pub const SLOW_SECONDS: [u32; 6] = [0, 10, 30, 60, 300, 900];

/// The card of a person, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonView {
    /// Their name, as it is shown.
    pub name: String,
    /// Whether it is the user who looks at this page.
    pub is_you: bool,
    /// Whether the user ignores them.
    pub is_ignored: bool,
    /// Whether it was opened from a message, which can be reported.
    pub has_message: bool,
    /// Whether the user moderates this room.
    pub can_moderate: bool,
    /// Whether the user decides what they may do in this room.
    pub can_own: bool,
    /// Whether they are muted in this room.
    pub is_muted: bool,
    /// What became of what the user did.
    pub said: String,
    /// How many of the user's own messages were deleted so far, while they are being deleted.
    pub erased: Option<usize>,
}

/// The card of a person, while it is open.
#[must_use]
pub fn person(model: &Model) -> Option<PersonView> {
    let person = model.person.as_ref()?;
    let room = model.room();
    let is_you = model.member == Some(person.member);
    let until_ms = room
        .about
        .state
        .muted_until_ms(person.member, model.unix_ms);
    Some(PersonView {
        name: room.look_alikes.shown_name(person.member, &person.name),
        is_you,
        is_ignored: model.ignored.has(person.member),
        has_message: person.message.is_some(),
        can_moderate: room.is_moderator() && !is_you,
        can_own: room.is_owner() && !is_you,
        is_muted: until_ms.is_some(),
        said: person.said.clone(),
        erased: model
            .erasing
            .filter(|_| is_you)
            .map(|erasing| erasing.count),
    })
}

/// The members who are muted in the current room now.
#[must_use]
pub fn mutes(model: &Model) -> Vec<Mute> {
    let mutes = model.room().about.state.mutes.iter();
    let now_ms = model.unix_ms;
    mutes
        .filter(|mute| mute.until_ms > now_ms)
        .cloned()
        .collect()
}

/// Who is banned, for how much longer and why, on one line.
#[must_use]
pub fn ban_line(ban: &Ban, now_ms: u64) -> String {
    let name = ban.name.as_ref().map_or("?", |name| name.as_str());
    let left_s = ban.until_ms.saturating_sub(now_ms).div_ceil(1_000);
    let left = texts::duration(left_s);
    match ban.reason.as_str() {
        "" => texts::ban_left(name, &left),
        reason => texts::ban_left_for(name, &left, reason),
    }
}
