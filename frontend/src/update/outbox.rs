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
fn send(model: &mut Model, post: OutboxPost, effects: &mut Vec<Effect>) {
    let refusal = match model.session.post(&post.room, post.id, post.body.clone()) {
        Ok(()) => {
            effects.push(Effect::SavePost(post.clone()));
            None
        }
        Err(OutboxFull) => Some(texts::OUTBOX_FULL.to_owned()),
    };
    let room = model.join(&post.room);
    room.pending.push(PendingPost { post, refusal });
}

/// Takes over the unsent posts of a closed tab.
pub(super) fn inherit(model: &mut Model, posts: Vec<OutboxPost>, effects: &mut Vec<Effect>) {
    for post in posts {
        send(model, post, effects);
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

/// Discards a refused post.
pub(super) fn discard(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    model.room_mut().remove_pending(id);
    model.session.discard(id);
    effects.push(Effect::ForgetPost(id));
}
