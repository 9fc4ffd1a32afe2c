//! What a person says: what they write, how they change it, and how it goes out.

use parlor_session::{OutboxFull, OutboxPost};
use parlor_shared::{Body, Emoji, MessageId, Text};

use crate::{
    event::Effect,
    model::{
        Model,
        room::{Draft, Edit, PendingPost},
    },
    texts,
};

/// This is there now where one writes.
pub(crate) fn write(model: &mut Model, text: String, effects: &mut Vec<Effect>) {
    let here = model.current_room.clone();
    if !text.is_empty() {
        model.session.typing(&here, model.now_ms);
    }
    let room = model.room_mut();
    room.draft.text = text;
    // What is said otherwise stands on the log as it was: nothing is lost with it.
    if room.edit.is_none() {
        effects.push(keep_draft(model));
    }
}

fn keep_draft(model: &Model) -> Effect {
    Effect::SaveDraft(model.current_room.clone(), model.room().draft.clone())
}

/// Sends what is there.
pub(crate) fn submit(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    let room = model.room_mut();
    let Ok(text) = Text::parse(room.draft.text.trim_end()) else {
        model.notice = Some(texts::TEXT_INVALID.to_owned());
        return;
    };
    if let Some(Edit { target, .. }) = room.edit {
        let said = room.timeline.find(target);
        let is_other = said.is_some_and(|message| message.text.as_ref() != Some(&text));
        give_up_edit(model, effects);
        if is_other {
            say(model, id, Body::Edit { target, text }, effects);
        }
    } else {
        let reply_to = std::mem::take(&mut room.draft).reply_to;
        // One wants to see what one has said, and has read what one answers.
        room.first_unread = None;
        room.go_to_end();
        effects.push(keep_draft(model));
        say(model, id, Body::Post { text, reply_to }, effects);
    }
}

/// Says a message of one's own otherwise: this one, or the last.
pub(crate) fn edit(model: &mut Model, target: Option<MessageId>) {
    let Some(me) = model.member else {
        return;
    };
    let room = model.room_mut();
    let Some(target) = target.or_else(|| room.last_message_by(me)) else {
        return;
    };
    if let Some(message) = room.timeline.find(target)
        && message.member == me
        && let Some(text) = &message.text
    {
        let draft_before = match room.edit.take() {
            Some(edit) => edit.draft_before,
            None => std::mem::take(&mut room.draft),
        };
        room.draft = Draft {
            text: text.to_string(),
            reply_to: None,
        };
        room.edit = Some(Edit {
            target,
            draft_before,
        });
    }
}

/// Leaves what is being edited as it was.
pub(crate) fn give_up_edit(model: &mut Model, effects: &mut Vec<Effect>) {
    let room = model.room_mut();
    if let Some(edit) = room.edit.take() {
        room.draft = edit.draft_before;
        effects.push(keep_draft(model));
    }
}

/// Answers this message with what one writes.
pub(crate) fn reply(model: &mut Model, target: MessageId, effects: &mut Vec<Effect>) {
    give_up_edit(model, effects);
    model.room_mut().draft.reply_to = Some(target);
    effects.push(keep_draft(model));
}

/// Gives up an edit; else, what one writes answers nothing any more.
pub(crate) fn give_up(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.room().edit.is_some() {
        give_up_edit(model, effects);
    } else if model.room_mut().draft.reply_to.take().is_some() {
        effects.push(keep_draft(model));
    }
}

/// Reacts so, or takes it back where one has.
pub(crate) fn react(
    model: &mut Model,
    id: MessageId,
    target: MessageId,
    emoji: Emoji,
    effects: &mut Vec<Effect>,
) {
    model.picker = None;
    let me = model.member;
    let message = model.room().timeline.find(target);
    let by = message.map_or(&[][..], |message| message.reacted(&emoji));
    let on = !me.is_some_and(|me| by.contains(&me));
    say(model, id, Body::Reaction { target, emoji, on }, effects);
}

/// Appends to the room looked at.
pub(crate) fn say(model: &mut Model, id: MessageId, body: Body, effects: &mut Vec<Effect>) {
    let room = model.current_room.clone();
    send(model, OutboxPost { room, id, body }, effects);
}

/// Gives a post to the session, and keeps it until it is on the log.
pub(crate) fn send(model: &mut Model, post: OutboxPost, effects: &mut Vec<Effect>) {
    let refusal = match model.session.post(&post.room, post.id, post.body.clone()) {
        Ok(()) => {
            effects.push(Effect::SavePost(post.clone()));
            None
        }
        Err(OutboxFull) => Some(texts::OUTBOX_FULL.to_owned()),
    };
    model
        .join(&post.room.clone())
        .pending
        .push(PendingPost { post, refusal });
}

/// Sends a refused post again.
pub(crate) fn retry(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    let pending = &mut model.room_mut().pending;
    let is_refused = |pending: &PendingPost| pending.post.id == id && pending.refusal.is_some();
    if let Some(index) = pending.iter().position(is_refused) {
        let PendingPost { post, .. } = pending.remove(index);
        send(model, post, effects);
    }
}
