//! What the page says of who may come in and what they may do, and of other devices.

use crate::texts::language::texts;

texts! {
    /// The part of a room's card that its owner sees.
    access = "Access";
    /// The choice of the room's kind.
    room_kind = "Who this room is for";
    /// An open room.
    kind_open = "Everyone";
    /// A read-only room.
    kind_read_only = "Everyone reads, only some write";
    /// A private room.
    kind_private = "Only those who are invited";
    /// The members who were given a right.
    given_rights = "People with a right of their own";
    /// No right of their own.
    right_none = "As everyone";
    /// The right to read.
    right_read = "May read";
    /// The right to post.
    right_post = "May write";
    /// The right to moderate.
    right_moderate = "Moderator";
    /// The right of an owner.
    right_own = "Owner";
    /// The choice of a person's right.
    person_right = "In this room";
    /// A member and what they were given.
    member_right(who: Person, right: Text) = "{who}: {right}";
    /// Takes a right or an invitation back.
    take_back = "Take back";
    /// The room's invitations.
    invitations = "Invitations";
    /// The choice of what an invitation gives.
    invite_right = "Who comes by it";
    /// The choice of how long it holds.
    invite_for = "Good for";
    /// It holds for ever.
    invite_for_ever = "Ever";
    /// The choice of how many may use it.
    invite_uses = "For";
    /// A number of people.
    invite_people(count: Count) = ["1 person", "{count} people"];
    /// Any number of people.
    invite_anybody = "Any number of people";
    /// Makes an invitation.
    invite = "Make a link";
    /// Beside the link that was made.
    invite_shown_once = "Send this link to those whom you invite. It is shown only now.";
    /// How often an invitation was used.
    used_of(used: Text, uses: Text) = "used {used} of {uses}";
    /// The same without a bound.
    used_any(used: Text) = "used {used}";
    /// An invitation on one line.
    invitation_left(right: Text, used: Text, duration: Text) = "{right}, {used}, {duration} left";
    /// The same without an end.
    invitation_for_ever(right: Text, used: Text) = "{right}, {used}, for ever";
    /// Copies a link.
    copy_link_to_send = "Copy link";
    /// Shows the code for another device.
    device_show = "Sign in on another device";
    /// What that means.
    device_hint = "On your other device open this link, or scan the code, or enter it there. It is good for 5 minutes and once.";
    /// The drawing of the code, for screen readers.
    device_drawing = "QR code of the link";
    /// The code has ended.
    device_over = "That code has ended. Have another one shown.";
    /// Leads to the form for the code.
    device_enter = "Enter the code of another device";
    /// The address has a code.
    device_about = "Your other device has shown this link. You come in here as the same person.";
    /// What the form for a code asks for.
    device_code_about = "Have a code shown on your other device: in the list of people, choose yourself.";
    /// The field for the code.
    device_code = "Code";
}
