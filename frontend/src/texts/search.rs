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
    /// Below that.
    search_from_hint = "from:ada finds what Ada wrote";
    /// Without a connection.
    search_offline = "You can search when you're connected.";
    /// How many messages were found.
    results_found(count: Count) = ["1 result", "{count} results"];
    /// How many were found, where there are more.
    results_or_more(count: Count) = ["1+ results", "{count}+ results"];
    /// Which of the messages found is selected.
    result_of(at: Count, count: Count) = "{at} of {count}";
    /// The same, where there are more.
    result_of_more(at: Count, count: Count) = "{at} of {count}+";
    /// The button that shows the newer one in the list.
    previous_result = "Previous result";
    /// The button that shows the older one.
    next_result = "Next result";
    /// The button that shows the results again, on a narrow screen.
    back_to_results = "Results";
    /// The list of results.
    search_results = "Search results";
    /// Until the server has answered.
    searching = "Searching…";
    /// The server has found nothing.
    no_matches(query: Text) = "No messages match “{query}”";
    /// Below the results, while the server builds its index.
    search_incomplete = "Messages may be missing: the search index is being built.";
    /// The field for a day.
    date = "Date";
    /// The button that leads to that day's first message.
    go_to_date = "Go to date";
    /// When a message was posted.
    day_and_time(day: Text, time: Text) = "{day}, {time}";
}
