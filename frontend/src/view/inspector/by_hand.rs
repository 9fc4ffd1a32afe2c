//! The form that sends a frame as the user wrote it, and says beside it what the server answers.

use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::{Event, InspectorEvent},
    model::{
        Model,
        inspector::by_hand::{Outcome, templates},
    },
    texts,
};
use parlor_session::Status;
use parlor_shared::limits::FRAME_BYTES_MAX;

use crate::browser::{env::env, store::use_store};

/// The field for a frame, with examples to begin with. ↑ and ↓ recall what was sent before.
pub(super) fn by_hand() -> AnyView {
    let store = use_store();
    let field = NodeRef::<html::Input>::new();
    let set_field = move |text: &str| {
        let field = field.get_untracked();
        field.iter().for_each(|field| field.set_value(text));
    };
    let value = move || field.get_untracked().map(|field| field.value());
    // How many frames ago the one in the field was sent; 0 for one that was not.
    let ago = StoredValue::new(0_usize);
    let unsent = StoredValue::new(String::new());
    let is_offline = store.memo(|model| model.session.status() != Status::Online);
    let send = move |submitted: ev::SubmitEvent| {
        submitted.prevent_default();
        let frame = value().unwrap_or_default();
        if !is_offline.get_untracked() && !frame.is_empty() {
            store.dispatch(Event::Inspector(InspectorEvent::FrameSent(frame)));
            ago.set_value(0);
            // It can be recalled, unless its message is deleted.
            set_field("");
        }
    };
    let recall = move |count: usize| {
        if ago.get_value() == 0 {
            unsent.set_value(value().unwrap_or_default());
        }
        let sent = store.with_untracked(|model| recalled(model, count));
        if let Some(frame) = sent.or_else(|| (count == 0).then(|| unsent.get_value())) {
            ago.set_value(count);
            set_field(&frame);
        }
    };
    let on_keydown = move |press: ev::KeyboardEvent| {
        let now = ago.get_value();
        match press.key().as_str() {
            "ArrowUp" => recall(now + 1),
            "ArrowDown" if now > 0 => recall(now - 1),
            _ => return,
        }
        press.prevent_default();
    };
    view! {
        <form class="by-hand" on:submit=send>
            {examples(field)}
            <input
                node_ref=field
                data-testid="inspector-input"
                aria-label=texts::custom_frame()
                maxlength=FRAME_BYTES_MAX.to_string()
                autocapitalize="off"
                on:keydown=on_keydown
            />
            <button data-testid="inspector-send" disabled=is_offline>
                {texts::send_frame()}
            </button>
            {outcome_note()}
        </form>
    }
    .into_any()
}

/// What became of the last frame by hand, below the field.
fn outcome_note() -> AnyView {
    let store = use_store();
    let is_refused = store.memo(|model| {
        let inspector = model.inspector.as_ref();
        let outcome = inspector.map(|inspector| &inspector.by_hand.outcome);
        matches!(outcome, Some(Outcome::Refused(_))).to_string()
    });
    view! {
        <p class="note" role="status" data-testid="by-hand-outcome" data-refused=is_refused>
            {store.memo(outcome)}
        </p>
    }
    .into_any()
}

/// The choice of frames to begin with, which is written into the field.
fn examples(field: NodeRef<html::Input>) -> AnyView {
    let store = use_store();
    // The room may change until one is chosen.
    let examples = move || {
        let room = store.with_untracked(|model| model.current_room.clone());
        templates(&room, env().message_id()).into_iter()
    };
    let choose = move |name: String| {
        let chosen = examples().find(|example| example.name == name);
        if let (Some(chosen), Some(field)) = (chosen, field.get_untracked()) {
            field.set_value(&chosen.frame);
        }
    };
    let option = |value: &'static str, text: &'static str| {
        view! { <option value=value>{text}</option> }.into_any()
    };
    let mut options = vec![option("", texts::examples())];
    options.extend(examples().map(|example| option(example.name, texts::template(example.name))));
    view! {
        <select
            data-testid="inspector-examples"
            aria-label=texts::examples()
            on:change:target=move |chosen| choose(chosen.target().value())
        >
            {options}
        </select>
    }
    .into_any()
}

/// The frame by hand that was sent this many frames ago.
fn recalled(model: &Model, count: usize) -> Option<String> {
    let by_hand = &model.inspector.as_ref()?.by_hand;
    by_hand.ago(count).map(str::to_owned)
}

/// What became of the last frame by hand.
fn outcome(model: &Model) -> String {
    let inspector = model.inspector.as_ref();
    let outcome = inspector.map(|inspector| &inspector.by_hand.outcome);
    match outcome {
        _ if model.session.status() != Status::Online => texts::by_hand_offline().to_owned(),
        None | Some(Outcome::None) => texts::by_hand_hint().to_owned(),
        Some(Outcome::Sent) => texts::by_hand_sent().to_owned(),
        Some(Outcome::Answered(kind)) => texts::by_hand_answered(kind),
        Some(Outcome::Refused(reason)) => texts::by_hand_refused(reason),
    }
}
