//! What happens to a message's words when the message is deleted: nothing that the page keeps has
//! them any longer. The timeline itself forgets them when it folds the deletion.

use parlor_shared::{Body, MessageId, RoomId};

use crate::{
    event::Effect,
    model::{Model, inspector::recorded::Recorded, search::message_of},
    texts,
    update::{inspector, outbox},
};

/// Forgets the words of a deleted message, wherever they are kept: cached entries, search results,
/// the inspector's frames, an edit in progress or under way, and a notification that shows them.
pub(super) fn forget(model: &mut Model, id: &RoomId, target: MessageId, effects: &mut Vec<Effect>) {
    if let Some(search) = &mut model.search {
        search.found.retain(|entry| message_of(entry) != target);
    }
    model.recent.forget(target);
    let replacement = texts::frame_forgotten();
    inspector::take_in(
        model,
        Recorded::Deleted {
            target,
            replacement,
        },
    );
    let Some(room) = model.rooms.get_mut(id) else {
        return;
    };
    room.cached_entries.forget(target);
    if let Some(edit) = room.edit.take_if(|edit| edit.target == target) {
        room.draft = edit.draft_before;
    }
    let is_edit = |body: &Body| matches!(body, Body::Edit { target: of, .. } if *of == target);
    let pending = room.pending.iter().map(|pending| &pending.post);
    let edits: Vec<MessageId> = pending
        .filter(|post| is_edit(&post.body))
        .map(|post| post.id)
        .collect();
    for edit in edits {
        outbox::discard(model, edit, effects);
    }
    if model.settings.notify {
        effects.push(Effect::WithdrawAlert(id.clone(), target));
    }
}

/// Saves the cached entries of rooms in which a message was deleted: what was saved before may have
/// its words.
pub(super) fn save_forgotten(model: &mut Model, effects: &mut Vec<Effect>) {
    for (id, room) in model.rooms.iter_mut() {
        let entries = room.cached_entries.take_forgotten();
        effects.extend(entries.map(|entries| Effect::SaveEntries(id.clone(), entries)));
    }
}
