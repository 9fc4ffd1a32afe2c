//! The composer: the draft, edits, replies, deletions and reactions.

use parlor_shared::{Body, Emoji, MessageId, Text};

use crate::{
    event::Effect,
    model::{
        Model,
        room::{Draft, Edit, ScrollPosition},
    },
    texts,
    update::{emoji::record_use, outbox, reading},
    view_model::composer::is_read_only,
};

/// Sets the text of the draft, or of the edit in progress, cut at its bound. Only a draft
/// is saved: an edit that is lost leaves the message as it was.
pub(super) fn set_text(model: &mut Model, text: String, effects: &mut Vec<Effect>) {
    if !text.is_empty() {
        model.session.typing(&model.current_room, model.now_ms);
    }
    let room = model.room_mut();
    room.draft.text = text;
    room.draft.cut();
    if room.edit.is_none() {
        effects.push(save_draft(model));
    }
}

fn save_draft(model: &Model) -> Effect {
    Effect::SaveDraft(model.current_room.clone(), model.room().draft.clone())
}

/// Posts the draft, or the edit in progress where it changes something.
pub(super) fn submit(model: &mut Model, id: MessageId, effects: &mut Vec<Effect>) {
    model.completions.open = None;
    let room = model.room_mut();
    let Ok(text) = Text::parse(room.draft.text.trim_end()) else {
        model.notice = Some(texts::text_invalid());
        return;
    };
    if let Some(Edit { target, .. }) = room.edit {
        let edited = room.timeline.find(target);
        let is_changed = edited.is_some_and(|message| message.text.as_ref() != Some(&text));
        cancel_edit(model, effects);
        if is_changed {
            outbox::post(model, id, Body::Edit { target, text }, effects);
        }
    } else {
        let reply_to = std::mem::take(&mut room.draft).reply_to;
        // The user sees their own message, and has read what is above it.
        room.seeking = None;
        if room.scroll != ScrollPosition::End {
            effects.push(Effect::LeaveMessageAddress);
        }
        room.go_to_end();
        effects.push(save_draft(model));
        let current = model.current_room.clone();
        reading::mark_read(model, Some(&current), effects);
        outbox::post(model, id, Body::Post { text, reply_to }, effects);
    }
}

/// Starts to edit a message of the user's own: this one, or their last.
pub(super) fn start_edit(model: &mut Model, target: Option<MessageId>) {
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

/// Cancels the edit in progress, if there is one, and restores the draft.
fn cancel_edit(model: &mut Model, effects: &mut Vec<Effect>) {
    let room = model.room_mut();
    if let Some(edit) = room.edit.take() {
        room.draft = edit.draft_before;
        effects.push(save_draft(model));
    }
}

/// Makes the draft a reply to this message.
pub(super) fn start_reply(model: &mut Model, target: MessageId, effects: &mut Vec<Effect>) {
    cancel_edit(model, effects);
    model.room_mut().draft.reply_to = Some(target);
    effects.push(save_draft(model));
}

/// Cancels the edit in progress or, without one, the reply; without either, the room is read.
pub(super) fn cancel(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.room().edit.is_some() {
        cancel_edit(model, effects);
    } else if model.room_mut().draft.reply_to.take().is_some() {
        effects.push(save_draft(model));
    } else {
        let current = model.current_room.clone();
        reading::mark_read(model, Some(&current), effects);
    }
}

/// Deletes a message.
pub(super) fn delete(
    model: &mut Model,
    id: MessageId,
    target: MessageId,
    effects: &mut Vec<Effect>,
) {
    cancel_edit(model, effects);
    outbox::post(model, id, Body::Deletion { target }, effects);
}

/// Adds the user's reaction to a message, or removes it where it is there.
pub(super) fn react(
    model: &mut Model,
    id: MessageId,
    target: MessageId,
    emoji: Emoji,
    effects: &mut Vec<Effect>,
) {
    model.picker = None;
    if is_read_only(model) {
        return;
    }
    let me = model.member;
    let message = model.room().timeline.find(target);
    let by = message.map_or(&[][..], |message| message.reacted(&emoji));
    let on = !me.is_some_and(|me| by.contains(&me));
    if on {
        record_use(model, emoji.as_str(), effects);
    }
    outbox::post(model, id, Body::Reaction { target, emoji, on }, effects);
}
