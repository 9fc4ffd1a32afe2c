//! What the page says while one writes, and about what was written.

use crate::texts::language::texts;

texts! {
    /// The first group of the emoji picker.
    frequently_used = "Frequently used";
    /// Until the table of emoji is there.
    loading_emoji = "Loading…";
    /// The table of emoji could not be fetched.
    emoji_not_loaded = "Emoji couldn't be loaded. Try again when you're online.";
    /// The choice of a skin tone.
    skin_tone = "Skin tone";
    /// The completions of a name.
    people_to_mention = "People to mention";
    /// The completions of an emoji.
    emoji_to_insert = "Emoji to insert";
    /// Beside somebody who is offered and not in the room now.
    not_here = "not here now";
    /// How many completions there are, for screen readers.
    suggestions(count: Count) = ["1 suggestion", "{count} suggestions"];
    /// Shows the rest of a long message.
    show_more = "Show more";
    /// Hides it again.
    show_less = "Show less";
    /// The button "edited": shows what a message said before.
    show_edits = "Edited. Show what it said before";
    /// The earlier texts of a message.
    edit_history = "Edit history";
    /// Beside the newest of them.
    current_version = "now";
    /// Copies a block of code.
    copy_code = "Copy code";
    /// Who reacted with an emoji: a list of people.
    reacted_with(who: Text, emoji: Text) = "{who} reacted with {emoji}";
    /// The user in that list.
    you_reacted = "You";
    /// The others in that list, after some names.
    others_reacted(count: Count) = ["1 other", "{count} others"];
    /// All in that list, if no name is known.
    people_reacted(count: Count) = ["1 person", "{count} people"];
    /// Below the field of a name that is longer than it may be.
    name_too_long(over: Count) = ["This name is 1 character too long.", "This name is {over} characters too long."];
    /// Below the field of a name that has nothing to see.
    name_blank = "Enter a name that others can see.";
    /// On Enter, where the message is too long.
    message_too_long(over: Count) = ["Not sent: it's 1 character too long.", "Not sent: it's {over} characters too long."];
    /// The number of messages that mention the user, for screen readers.
    mentions(count: Count) = ["1 mention", "{count} mentions"];
}
