//! The composer: the form in which the user writes a message, a reply or an edit.
//!
//! The textarea is uncontrolled: while the user types, the browser owns its text, and every `input`
//! event copies that text to the draft in the store. Its value is not bound to the draft
//! (`prop:value`), because the store notifies the view once per animation frame: a binding would
//! write back text that is a keystroke old, and setting the value of a field moves the caret,
//! empties the undo history and breaks off what an input method composes. The field is set only
//! where the draft changes without typing: see [`follow_draft`], and `submit` in [`Composer`]; and
//! where a script or an extension put more into it than fits, which `maxlength` does not prevent.

use js_sys::Reflect;
use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::{Caret, Event},
    model::Model,
    texts,
    view_model::composer::{
        banner, can_submit, is_read_only, is_too_long, length, length_or_cut_note, placeholder,
    },
};
use parlor_shared::{
    RoomId,
    limits::{DRAFT_CHARS_MAX, TEXT_CHARS_MAX},
};
use web_sys::HtmlTextAreaElement;

use crate::{
    browser::{
        focus, media,
        store::{Store, use_store},
    },
    view::{
        button::{Sign, SignButton},
        completions,
        effect::effect,
        icon::Icon,
        later::later,
        picker::ComposerField,
    },
};

/// The field with its buttons, the banner above it that says what the draft is about, and the emoji
/// picker.
#[component]
pub(super) fn Composer() -> impl IntoView {
    let store = use_store();
    let field = NodeRef::<html::Textarea>::new();
    // Until the user types again, after they tried to send a text that is too long.
    let refused = RwSignal::new(false);
    follow_draft(store, field);
    provide_context(ComposerField(field));

    let submit = move || {
        // A blank draft, or one over the limit, is not sent and stays in the field.
        if store.with_untracked(|model| can_submit(model) && !is_read_only(model)) {
            store.dispatch(Event::Submitted);
            // The draft is empty now, or after an edit what it was before.
            show_draft(store, field);
        } else if store.with_untracked(|model| is_too_long(length(model))) {
            refused.set(true);
        }
    };
    let on_submit = move |submitted: ev::SubmitEvent| {
        // The browser would load the page again.
        submitted.prevent_default();
        submit();
    };

    view! {
        <form class="composer" class:refused=refused on:submit=on_submit>
            {later(|views| views.above_field)}
            <Field field refused submit=Callback::new(move |()| submit())/>
            <CharacterCount/>
            <p class="unseen" role="alert">{move || refused.get().then(|| store.with(over_note))}</p>
            <SignButton
                testid="emoji"
                label=texts::emoji()
                sign=Sign::Icon(Icon::Smile)
                class="icon-button tip-up"
                on_press=Box::new(move |_| store.dispatch(Event::PickerOpened(None)))
            />
            <SendButton/>
        </form>
    }
}

/// The field for the text.
#[component]
fn Field(
    /// The field.
    field: NodeRef<html::Textarea>,
    /// Whether the user tried to send a text that is too long.
    refused: RwSignal<bool>,
    /// Sends the text.
    submit: Callback<()>,
) -> impl IntoView {
    let store = use_store();
    let placeholder = store.memo(placeholder);
    // Where the caret went without typing.
    let follow_caret = move || {
        let caret = field.get_untracked().map_or(0, |field| caret_of(&field));
        if store.with_untracked(|model| model.completions.caret) != caret {
            let is_typed = false;
            store.dispatch(Event::CaretMoved(Caret {
                at: caret,
                is_typed,
            }));
        }
    };
    let on_keydown = move |press: ev::KeyboardEvent| match press.key().as_str() {
        _ if completions::on_keydown(store, &press) => {}
        // Shift+Enter is left to the browser, which begins a new line; so is Enter alone on a
        // keyboard on the screen, which has no Shift for it. There the button sends.
        "Enter" if press.ctrl_key() || press.meta_key() => {
            press.prevent_default();
            submit.run(());
        }
        "Enter" if !press.shift_key() && !media::is_touch() => {
            press.prevent_default();
            submit.run(());
        }
        // Ends the edit, and the draft from before it returns; otherwise ends the reply, and the
        // text stays. Without either the key closes what else is open, or the room is read.
        "Escape" => {
            let (has_banner, is_searching) =
                store.with_untracked(|model| (banner(model).is_some(), model.search.is_some()));
            if has_banner {
                press.prevent_default();
            }
            if has_banner || !is_searching {
                store.dispatch(Event::Cancelled);
            }
        }
        // In an empty field the caret cannot move up: the key edits the user's last message.
        "ArrowUp" if store.with_untracked(|model| model.room().draft.text.is_empty()) => {
            press.prevent_default();
            store.dispatch(Event::EditStarted(None));
        }
        _ => {}
    };
    view! {
        <textarea
            node_ref=field
            id="composer"
            data-testid="composer"
            rows="1"
            aria-label=texts::message()
            dir="auto"
            placeholder=placeholder
            readonly=store.memo(is_read_only)
            aria-autocomplete="list"
            aria-controls=store.memo(completions::list_id)
            aria-activedescendant=store.memo(completions::selected_id)
            on:keydown=on_keydown
            on:keyup=move |_| follow_caret()
            on:click=move |_| follow_caret()
            on:blur=move |_| store.dispatch(Event::CompletionDismissed)
            maxlength=DRAFT_CHARS_MAX.to_string()
            enterkeyhint=if media::is_touch() { "enter" } else { "send" }
            on:input:target=move |input| {
                let typed = input.target();
                refused.set(false);
                unselect_restored(&input, &typed);
                store.dispatch(Event::Typed(typed.value()));
                let (at, is_typed) = (caret_of(&typed), is_typed(&input));
                store.dispatch(Event::CaretMoved(Caret { at, is_typed }));
                if typed.text_length() as usize > DRAFT_CHARS_MAX {
                    show_draft(store, field);
                }
            }
        ></textarea>
    }
}

/// Sends the draft, or saves the edit.
#[component]
fn SendButton() -> impl IntoView {
    let store = use_store();
    let cannot_send = store.memo(|model| is_too_long(length(model)) || is_read_only(model));
    let send_label = store.memo(|model| match model.room().edit {
        Some(_) => texts::save(),
        None => texts::send(),
    });
    view! {
        <button
            class="primary"
            data-testid="send"
            disabled=cannot_send
            // The field keeps the focus, and on a phone the keyboard.
            on:mousedown=|press| press.prevent_default()
            >
            {send_label}
        </button>
    }
}

/// Puts the caret behind a word that the browser has put back in place of a completion, and
/// selected, as it was when it was replaced: the next key would overwrite it.
fn unselect_restored(input: &ev::Event, field: &HtmlTextAreaElement) {
    let kind = Reflect::get(input, &"inputType".into());
    let (start, end) = (field.selection_start(), field.selection_end());
    if let (Ok(Some(start)), Ok(Some(end))) = (start, end)
        && kind.is_ok_and(|kind| kind == "historyUndo")
        && field
            .value()
            .encode_utf16()
            .nth(start as usize)
            .is_some_and(is_sign)
    {
        // Only fields of other types refuse it.
        field.set_selection_range(end, end).ok();
    }
}

/// Whether a word that is completed begins with this.
fn is_sign(unit: u16) -> bool {
    matches!(u8::try_from(unit), Ok(b'@' | b':'))
}

/// Where the field's caret is.
fn caret_of(field: &HtmlTextAreaElement) -> usize {
    field.selection_end().ok().flatten().unwrap_or(0) as usize
}

/// Whether the field changed because a character was typed, and not because the browser took
/// something back or an input method is at work.
fn is_typed(input: &ev::Event) -> bool {
    let kind = Reflect::get(input, &"inputType".into());
    kind.is_ok_and(|kind| kind == "insertText")
}

/// Why the text was not sent.
fn over_note(model: &Model) -> String {
    texts::message_too_long(length(model).saturating_sub(TEXT_CHARS_MAX))
}

/// Shows the draft in the field and focuses it: at first, and whenever another room is opened, an
/// edit starts or ends, or a reply starts or ends.
fn follow_draft(store: Store, field: NodeRef<html::Textarea>) {
    let subject = store.memo(|model| {
        let room = model.room();
        (
            model.current_room.clone(),
            room.edit.clone(),
            room.draft.reply_to,
        )
    });
    let mut before = None::<RoomId>;
    effect(move || {
        let (room, is_about) = subject
            .with(|(room, edit, reply_to)| (room.clone(), edit.is_some() || reply_to.is_some()));
        show_draft(store, field);
        let is_same_room = before.as_ref() == Some(&room);
        // On a phone the keyboard comes up to write, not to look into a room.
        if let Some(field) = field.get_untracked()
            && (!media::is_touch() || is_same_room && is_about)
        {
            focus::move_to(&field);
        }
        before = Some(room);
    });
}

/// Sets the field to the draft.
fn show_draft(store: Store, field: NodeRef<html::Textarea>) {
    if let Some(field) = field.get_untracked() {
        field.set_value(&store.with_untracked(|model| model.room().draft.text.clone()));
    }
}

/// How long the draft is, against the limit. Shown from 500 characters below the limit on.
#[component]
fn CharacterCount() -> impl IntoView {
    let note = use_store().memo(length_or_cut_note);
    view! { {move || note.get().map(|note| view! { <CountNote note/> })} }
}

/// The count. Over the limit it turns red, and neither Enter nor the button sends.
#[component]
fn CountNote(
    /// What it says.
    note: String,
) -> impl IntoView {
    let is_over = use_store().memo(|model| is_too_long(length(model)).to_string());
    view! { <span class="count" data-over=is_over>{note}</span> }
}
