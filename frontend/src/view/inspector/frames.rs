//! The frames as a ladder between the user and the server, with what each means.

use std::sync::Arc;

use leptos::prelude::*;
use parlor_frontend::{
    event::{Event, InspectorEvent},
    model::inspector::frames::{Direction, Frame},
    texts,
    view_model::ladder::{ExplainedLine, Rung, explained, rungs},
};

use crate::{
    browser::{ladder, store::use_store},
    view::inspector::coded::coded,
};

/// The frames that pass the filter, oldest first. The list stays at its end while the user has it
/// there.
pub(super) fn frames() -> AnyView {
    let store = use_store();
    let rungs = store.memo(|model| {
        let inspector = model.inspector.as_ref();
        inspector.map(rungs).unwrap_or_default()
    });
    let each = move || {
        // The views change in microtasks, which all run before the next frame.
        request_animation_frame(ladder::keep_at_end);
        rungs.get()
    };
    view! {
        <div class="ladder-ends" aria-hidden="true">
            <b>{texts::ladder_you()}</b>
            <b>{texts::ladder_server()}</b>
        </div>
        <ol class="frames" tabindex="0" aria-label=texts::frames()>
            <For
                each=each
                key=|rung| (rung.frame.number, rung.line, rung.frame.is_forgotten)
                let(rung)
            >
                {rung_item(rung, rungs)}
            </For>
        </ol>
    }
    .into_any()
}

/// A frame, which unfolds to its text with the meaning of each field. `rungs` has all frames as
/// they are now: a run of pings goes on.
fn rung_item(rung: Rung, rungs: Memo<Vec<Rung>>) -> AnyView {
    let store = use_store();
    let Rung { frame, line } = rung;
    let number = frame.number;
    let (way, label) = match (frame.pings, frame.direction) {
        (Some(_), _) => ("both", texts::sent_and_received()),
        (None, Some(Direction::Sent)) => ("sent", texts::sent()),
        (None, Some(Direction::Received)) => ("received", texts::received()),
        (None, None) => ("step", texts::connection_step()),
    };
    let key = (!frame.key.is_empty()).then(|| frame.key.clone());
    let at = format!("{}.{} s", frame.at_ms / 1_000, frame.at_ms % 1_000 / 100);
    let kind = frame.kind.clone();
    // Only a run of pings changes.
    let meaning = match frame.pings {
        None => coded(&texts::rung_meaning(&frame)),
        Some(_) => Memo::new(move |_| {
            let frame = rungs.with(|rungs| find(rungs, number));
            frame
                .map(|frame| texts::rung_meaning(&frame))
                .unwrap_or_default()
        })
        .into_any(),
    };
    // The text is only laid out where it is unfolded.
    let is_unfolded = RwSignal::new(false);
    let on_toggle = move |_| {
        is_unfolded.update(|is_unfolded| *is_unfolded = !*is_unfolded);
        if is_unfolded.get_untracked() {
            store.dispatch(Event::Inspector(InspectorEvent::Unfolded(number)));
        }
    };
    let unfolded = move || {
        let frame = rungs.with_untracked(|rungs| find(rungs, number));
        let frame = frame.filter(|_| is_unfolded.get());
        frame.map(|frame| unfolded_frame(&frame))
    };
    view! {
        <li class=line.class() data-testid="inspector-frame" data-way=way data-key=key>
            <details on:toggle=on_toggle>
                <summary>
                    <time>{at}</time>
                    <span class="way">
                        <span class="unseen">{label} " "</span>
                        <span class="kind" translate="no">{kind}</span>
                    </span>
                    <span class="meaning">{meaning}</span>
                </summary>
                {unfolded}
            </details>
        </li>
    }
    .into_any()
}

fn find(rungs: &[Rung], number: u64) -> Option<Arc<Frame>> {
    let at = rungs.binary_search_by_key(&number, |rung| rung.frame.number);
    at.ok().map(|at| rungs[at].frame.clone())
}

/// What a frame means, and its text with the meaning of each field.
fn unfolded_frame(frame: &Frame) -> AnyView {
    let bytes = frame.direction.map(|_| texts::bytes(frame.bytes));
    let line = |line: ExplainedLine| {
        view! {
            <code translate="no">{line.code}</code>
            <span>{coded(line.meaning)}</span>
        }
        .into_any()
    };
    let lines = explained(&ladder::laid_out(&frame.text))
        .into_iter()
        .map(line);
    view! {
        <p class="note">{coded(texts::frame_meaning(frame))} " " {bytes}</p>
        <div class="fields">{lines.collect::<Vec<AnyView>>()}</div>
    }
    .into_any()
}
