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
    /// Opens the card of a message's author.
    about_author = "Report, ignore…";
    /// The same, for a moderator.
    moderate_author = "Report, mute, ban…";
    /// In place of the text of a message by a person whom the user ignores.
    ignored_message = "You ignore this person";
    /// Ignores a person.
    ignore_person = "Ignore this person";
    /// What that means.
    ignore_hint = "Their messages are hidden on this device. They won't know.";
    /// Ends that.
    unignore_person = "Stop ignoring this person";
    /// The field for the reason of a report.
    report_reason = "What is wrong with this message?";
    /// Sends the report.
    report = "Report to the moderators";
    /// The report was sent.
    reported = "Reported. The moderators will see it.";
    /// Mutes a person for the chosen time.
    mute = "Mute";
    /// Lifts a mute.
    unmute = "Unmute";
    /// The choice for how long to mute.
    mute_for = "Mute for";
    /// The choice for how long to ban.
    ban_for = "Ban for";
    /// Bans a person for the chosen time.
    ban = "Ban from this room";
    /// Takes the addresses along.
    ban_addresses = "Also ban the addresses they connect from";
    /// The field for the reason of a ban.
    ban_reason = "Reason, for other moderators";
    /// The ban was made.
    banned = "Banned.";
    /// Lifts a ban.
    unban = "Lift";
    /// Deletes all of the user's messages.
    erase_own = "Delete all my messages";
    /// The same button, once it was pressed.
    erase_confirm = "Delete all my messages in every room?";
    /// While they are being deleted.
    erasing(count: Count) = ["1 message deleted…", "{count} messages deleted…"];
    /// They are deleted.
    erased(count: Count) = ["Done: 1 message deleted.", "Done: {count} messages deleted."];
    /// The part of a room's card that moderators see.
    moderation = "Moderation";
    /// The choice of the wait between two messages.
    slow_mode = "Slow mode";
    /// No wait.
    slow_off = "Off";
    /// The open reports.
    reports = "Reports";
    /// There are open reports in a room, as its moderators are told.
    open_reports(count: Count, room: Text) = ["1 open report in #{room}: see the room's details.", "{count} open reports in #{room}: see the room's details."];
    /// There are none.
    no_reports = "No open reports.";
    /// A report: who reported, and why.
    report_by(who: Person, reason: Text) = "{who}: {reason}";
    /// Closes a report.
    resolve = "Close";
    /// The people who are muted.
    muted_people = "Muted";
    /// The bans.
    bans = "Banned";
    /// A ban: whom, and for how much longer.
    ban_left(who: Person, duration: Text) = "{who}, {duration} left";
    /// The same with its reason.
    ban_left_for(who: Person, duration: Text, reason: Text) = "{who}, {duration} left: {reason}";
    /// In place of the text of a message that a moderator deleted.
    deleted_by(who: Person) = "Message deleted by {who}";
}

/// A duration in the largest unit of which it has two, rounded up; a single minute or hour is
/// called so.
#[must_use]
pub fn duration(seconds_in_all: u64) -> String {
    let unit =
        |seconds: u64| usize::try_from(seconds_in_all.div_ceil(seconds)).unwrap_or(usize::MAX);
    match seconds_in_all {
        60 => duration_minutes(unit(60)),
        0..120 => duration_seconds(unit(1)),
        3_600 => duration_hours(unit(3_600)),
        120..7_200 => duration_minutes(unit(60)),
        7_200..172_800 => duration_hours(unit(3_600)),
        _ => duration_days(unit(86_400)),
    }
}
