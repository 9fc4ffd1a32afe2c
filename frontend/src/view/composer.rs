//! Where one writes.

use leptos::{ev, html};
use parlor_frontend::event::Event;
use parlor_shared::limits::TEXT_CHARS_MAX;

use super::{PageRef, dispatch, peek, pieces::*, read};

/// Where one writes.
pub(super) fn composer(page: PageRef) -> impl IntoView {
    let field = NodeRef::<html::Textarea>::new();
    let here = Memo::new(move |_| read(page, |model| model.here.clone()));
    let length = Memo::new(move |_| read(page, |model| model.room().draft.chars().count()));
    // The field is the browser's while one writes; it is only set where the draft is another.
    let show_draft = move || {
        if let Some(field) = field.get_untracked() {
            field.set_value(&peek(page, |model| model.room().draft.clone()));
        }
    };
    let edited = Memo::new(move |_| read(page, |model| model.room().edit.clone()));
    follow(move || {
        here.track();
        edited.track();
        show_draft();
        if let Some(field) = field.get() {
            // Without a focus one can still click.
            field.focus().unwrap_or_default();
        }
    });
    let too_long = move || length.get() > TEXT_CHARS_MAX;
    let submit = move || {
        let sayable = peek(page, |model| !model.room().draft.trim().is_empty());
        if sayable && !too_long() {
            dispatch(page, Event::Submitted);
            show_draft();
        }
    };
    let on_key = move |event: ev::KeyboardEvent| {
        // While an input method composes, Enter is its own.
        if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
            event.prevent_default();
            submit();
        } else if event.key() == "Escape" {
            dispatch(page, Event::EditGivenUp);
        } else if event.key() == "ArrowUp" && length.get_untracked() == 0 {
            event.prevent_default();
            dispatch(page, Event::EditWanted(None));
        }
    };
    let is_edit = move || edited.with(Option::is_some);
    let on_input = move |event: ev::Event| dispatch(page, Event::Typed(event_target_value(&event)));
    let on_submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        submit();
    };
    let near_limit = move || length.get() + 500 > TEXT_CHARS_MAX;
    let editing = move || {
        view! { <p class="editing" data-testid="editing">"Editing a message "
                    <button type="button" class="quiet" on:click=move |_| dispatch(page, Event::EditGivenUp)>
                        "Cancel"
                    </button>
                </p> }.into_any()
    };
    let count = move || {
        let said = text(move || format!("{} of {TEXT_CHARS_MAX}", length.get()));
        view! { <span class="count" data-over=text(too_long)>{said}</span> }.into_any()
    };
    view! {
        <form class="composer" on:submit=on_submit>
            {when(is_edit, editing)}
            <textarea node_ref=field data-testid="composer" rows="1" aria-label="Message" dir="auto"
                placeholder="Write a message" on:keydown=on_key on:input=on_input></textarea>
            {when(near_limit, count)}
            <button data-testid="send" class="primary" disabled=flag(too_long)>
                {text(move || if is_edit() { "Save" } else { "Send" })}
            </button>
        </form>
    }
}
