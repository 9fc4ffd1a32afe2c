//! What the page says to newcomers.

use crate::texts::language::texts;

texts! {
    /// The heading in an empty room.
    welcome = "Welcome to Parlor";
    /// Below it: where the user is, and who else can be.
    this_is_room(room: Text) = "This is #{room}. Everyone with the link can read and write here.";
    /// Copies the room's address.
    copy_link_to_invite = "Copy link to invite someone";
    /// Opens the inspector at its lesson.
    see_how_it_works = "See how a live chat works";
    /// Below the field for messages: the name that a visitor was given.
    you_are(name: Person) = "You're {name}";
    /// Changes it.
    change_name = "Change";
    /// What the same button says to a screen reader.
    change_your_name = "Change your name";
}
