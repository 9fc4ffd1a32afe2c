//! Posts on their way to the log.

use parlor_session::{OutboxFull, OutboxPost};
use parlor_shared::{Body, MessageId};

use crate::{
    event::Effect,
    model::{Model, room::PendingPost},
    texts,
};

/// Posts to the current room.
pub(super) fn post(model: &mut Model, id: MessageId, body: Body, effects: &mut Vec<Effect>) {
    let room = model.current_room.clone();
    send(model, OutboxPost { room, id, body }, effects);
}

/// Hands a post to the session and saves it until it is acked. A full outbox refuses it; then it is
/// shown as refused.
pub(super) fn send(model: &mut Model, post: OutboxPost, effects: &mut Vec<Effect>) {
    let refusal = match model.session.post(&post.room, post.id, post.body.clone()) {
        Ok(()) => {
            effects.push(Effect::SavePost(post.clone()));
            None
        }
        Err(OutboxFull) => Some(texts::outbox_full().to_owned()),
    };
    let room = model.join(&post.room);
    room.pending.push(PendingPost {
        post,
        refusal,
        is_saved: true,
    });
}

/// Takes over the unsent posts of a closed tab, except those that this tab has already.
pub(super) fn inherit(model: &mut Model, posts: Vec<OutboxPost>, effects: &mut Vec<Effect>) {
    for post in posts {
        let room = model.rooms.get_mut(&post.room);
        if room.is_none_or(|room| room.pending_mut(post.id).is_none()) {
            send(model, post, effects);
        }
    }
}

/// Leaves unsent posts to the tab that has taken them over. They stay saved: in that tab's outbox.
pub(super) fn release(model: &mut Model, ids: &[MessageId]) {
    for id in ids {
        model.session.discard(*id);
        for (_, room) in model.rooms.iter_mut() {
            room.remove_pending(*id);
        }
    }
}

/// Records that the browser has not saved a post: it is lost if the page is closed too early.
pub(super) fn mark_not_saved(model: &mut Model, id: MessageId) {
    for (_, room) in model.rooms.iter_mut() {
        if let Some(pending) = room.pending_mut(id) {
            pending.is_saved = false;
        }
    }
}

/// Sends a refused post again, under the same id.
pub(super) fn retry(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    let pending = &mut model.room_mut().pending;
    let is_refused = |pending: &PendingPost| pending.post.id == id && pending.refusal.is_some();
    if let Some(index) = pending.iter().position(is_refused) {
        let PendingPost { post, .. } = pending.remove(index);
        send(model, post, effects);
    }
}

/// Discards a post that has not reached the log.
pub(super) fn discard(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    release(model, &[id]);
    effects.push(Effect::ForgetPost(id));
}
