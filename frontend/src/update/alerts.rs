//! Which messages the user is notified of.

use parlor_shared::{Body, Entry, RoomId};

use crate::{
    event::{Alert, Effect},
    model::{Model, about::Notify},
};

/// The alert for an entry, where it needs one: it is a post by somebody else, it was posted just
/// now, the page is hidden, and the user wants notifications or sounds, also of this room. Messages
/// that the session catches up with are only counted in the title.
pub(super) fn alert(model: &Model, room: &RoomId, entry: &Entry) -> Option<Effect> {
    let Body::Post { text, .. } = &entry.body else {
        return None;
    };
    let known = model.rooms.get(room)?;
    let is_wanted =
        (model.settings.notify || model.settings.sound) && known.about.notify == Notify::All;
    let is_unseen = known.live
        && !model.visible
        && model.member != Some(entry.member)
        && !model.ignored.has(entry.member);
    (is_wanted && is_unseen).then(|| {
        Effect::Alert(Alert {
            room: room.clone(),
            id: entry.id,
            name: known.look_alikes.shown_name(entry.member, &entry.name),
            text: text.clone(),
        })
    })
}
