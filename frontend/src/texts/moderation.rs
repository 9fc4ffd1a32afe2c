//! What the page says about what moderators do.

use crate::texts::language::texts;

texts! {
    /// Somebody muted a member for this long.
    muted_member(who: Person, whom: Person, duration: Text) = "{who} muted {whom} for {duration}";
    /// Somebody lifted a mute.
    unmuted_member(who: Person, whom: Person) = "{who} unmuted {whom}";
    /// Somebody set slow mode, with this wait.
    set_slow_mode(who: Person, duration: Text) = "{who} set slow mode: one message every {duration}";
    /// Somebody ended slow mode.
    ended_slow_mode(who: Person) = "{who} ended slow mode";
    /// A duration.
    duration_seconds(count: Count) = ["1 second", "{count} seconds"];
    /// A duration.
    duration_minutes(count: Count) = ["1 minute", "{count} minutes"];
    /// A duration.
    duration_hours(count: Count) = ["1 hour", "{count} hours"];
    /// A duration.
    duration_days(count: Count) = ["1 day", "{count} days"];
    /// Below a message that is not sent yet, because of slow mode.
    slowed = "Waits for slow mode";
    /// In place of the text of a message that a moderator deleted.
    deleted_by(who: Person) = "Message deleted by {who}";
}

/// A duration in its largest whole unit, rounded up.
#[must_use]
pub fn duration(seconds_in_all: u64) -> String {
    let unit =
        |seconds: u64| usize::try_from(seconds_in_all.div_ceil(seconds)).unwrap_or(usize::MAX);
    match seconds_in_all {
        0..120 => duration_seconds(unit(1)),
        120..7_200 => duration_minutes(unit(60)),
        7_200..172_800 => duration_hours(unit(3_600)),
        _ => duration_days(unit(86_400)),
    }
}
