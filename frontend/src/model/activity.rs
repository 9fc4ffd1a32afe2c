//! When members were last active, as far as this page can know: it sees posts, changes and typing
//! in its own rooms, and nothing of members who only read.

use parlor_shared::{MemberId, limits::ACTIVE_MEMBERS_MAX};

use crate::{model::Model, texts};

/// A member who was active within this time counts as active now.
pub const ACTIVE_MS: u64 = 5 * MINUTE_MS;

const MINUTE_MS: u64 = 60_000;
const HOUR_MS: u64 = 60 * MINUTE_MS;
const DAY_MS: u64 = 24 * HOUR_MS;

/// How active a member is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Activity {
    /// The member was active within [`ACTIVE_MS`].
    Active,
    /// The member was last active this long ago.
    Idle(String),
    /// The page has not seen the member do anything.
    Unknown,
}

/// Records that a member was active. Of more than [`ACTIVE_MEMBERS_MAX`] members, the one idle for
/// longest is forgotten.
pub fn record_activity(model: &mut Model, member: MemberId, at_ms: u64) {
    let last = model.last_active.entry(member).or_default();
    *last = at_ms.max(*last);
    if model.last_active.len() > ACTIVE_MEMBERS_MAX {
        let oldest = model.last_active.iter().min_by_key(|(_, at_ms)| **at_ms);
        if let Some(oldest) = oldest.map(|(member, _)| *member) {
            model.last_active.remove(&oldest);
        }
    }
}

/// How active this member is.
#[must_use]
pub fn of(model: &Model, member: MemberId) -> Activity {
    match model.last_active.get(&member) {
        None => Activity::Unknown,
        Some(at_ms) if model.unix_ms.saturating_sub(*at_ms) < ACTIVE_MS => Activity::Active,
        Some(at_ms) => Activity::Idle(elapsed(model.unix_ms, *at_ms)),
    }
}

/// The time between two moments, in the largest unit that fits.
#[must_use]
pub fn elapsed(now_ms: u64, at_ms: u64) -> String {
    match now_ms.saturating_sub(at_ms) {
        ms if ms < MINUTE_MS => texts::just_now().to_owned(),
        ms if ms < HOUR_MS => texts::minutes(ms / MINUTE_MS),
        ms if ms < DAY_MS => texts::hours(ms / HOUR_MS),
        ms => texts::days(ms / DAY_MS),
    }
}
