//! What the search says.

use crate::texts::language::texts;

texts! {
    /// The button that opens it.
    search = "Search";
    /// The search panel, and the text in its empty field.
    search_room = "Search this room";
    /// The same, with its key.
    search_room_key = "Search this room (/)";
    /// The field.
    search_for = "Search for";
    /// Below the empty field.
    search_hint = "Finds whole words and beginnings of words";
    /// Until the server has answered.
    searching = "Searching…";
    /// The server has found nothing.
    no_matches(query: Text) = "No messages match “{query}”";
    /// When a message was posted.
    day_and_time(day: Text, time: Text) = "{day}, {time}";
}
