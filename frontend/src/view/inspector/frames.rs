//! The frames that went over the connection, and what became of it in between.

use leptos::{prelude::*, wasm_bindgen::JsValue};
use parlor_frontend::{
    model::inspector::{Direction, Frame},
    texts,
};

use crate::browser::store::use_store;

/// The frames that pass the filter, newest first.
#[component]
pub(super) fn Frames() -> impl IntoView {
    let store = use_store();
    let frames = store.memo(|model| {
        let inspector = model.inspector.iter();
        inspector
            .flat_map(|inspector| inspector.frames().cloned())
            .collect::<Vec<Frame>>()
    });
    view! {
        <ol class="frames" tabindex="0" aria-label=texts::frames()>
            <For each=move || frames.get() key=|frame| frame.number let(frame)>
                <FrameItem frame/>
            </For>
        </ol>
    }
}

/// A frame on one line, which unfolds to its text and meaning.
#[component]
fn FrameItem(
    /// The frame.
    frame: Frame,
) -> impl IntoView {
    let (arrow, way, label) = match frame.direction {
        Some(Direction::Sent) => ("↑", "sent", texts::sent()),
        Some(Direction::Received) => ("↓", "received", texts::received()),
        None => ("•", "line", texts::connection_step()),
    };
    let bytes = frame.direction.map(|_| texts::bytes(frame.bytes));
    let at = format!("{}.{:03} s", frame.at_ms / 1_000, frame.at_ms % 1_000);
    let kind = frame.kind.clone();
    // The text is only laid out where it is unfolded.
    let is_unfolded = RwSignal::new(false);
    view! {
        <li data-testid="wire-frame" data-way=way>
            <details
                on:toggle=move |_| is_unfolded.update(|is_unfolded| *is_unfolded = !*is_unfolded)
            >
                <summary>
                    <span class="way" aria-label=label>{arrow}</span>
                    <span class="kind">{kind}</span>
                    <span class="bytes">{bytes}</span>
                    <time>{at}</time>
                </summary>
                {move || {
                    let frame = frame.clone();
                    is_unfolded.get().then(|| view! { <Unfolded frame/> })
                }}
            </details>
        </li>
    }
}

/// What a frame means, and its text.
#[component]
fn Unfolded(
    /// The frame.
    frame: Frame,
) -> impl IntoView {
    view! {
        <div>
            <p class="note">{texts::frame_meaning(&frame)}</p>
            <pre>{laid_out(&frame.text)}</pre>
        </div>
    }
}

/// A message laid out over several lines. A text that is no JSON, or was cut off, stays as it is.
fn laid_out(text: &str) -> String {
    let laid_out = js_sys::JSON::parse(text).and_then(|message| {
        js_sys::JSON::stringify_with_replacer_and_space(&message, &JsValue::NULL, &2.into())
    });
    laid_out.map_or_else(|_| text.to_owned(), String::from)
}
