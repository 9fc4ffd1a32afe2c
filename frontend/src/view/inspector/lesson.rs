//! The lesson: steps that tick themselves.

use leptos::{ev, html, prelude::*};
use parlor_frontend::{
    event::{Event, InspectorEvent},
    model::{Model, lesson::Step},
    texts,
    view_model::ladder::{ShownStep, steps},
};

use crate::{
    browser::store::use_store,
    view::{
        inspector::{button::button, coded::coded},
        scroll_into_view::scroll_into_view,
    },
};
use web_sys::ScrollLogicalPosition;

/// The lesson, which can be folded away.
pub(super) fn lesson() -> AnyView {
    let store = use_store();
    let is_open = store.memo(is_open);
    let progress = store.memo(|model| {
        let done = steps(model).iter().filter(|step| step.is_ticked).count();
        texts::lesson_progress(done, Step::ALL.len())
    });
    let steps = store.memo(steps);
    let list = NodeRef::<html::Ol>::new();
    Effect::new(move |_| {
        steps.track();
        // The views change in microtasks, which all run before the next frame.
        request_animation_frame(move || {
            let list = list.get_untracked();
            let next = list.and_then(|list| list.query_selector("[aria-current]").ok().flatten());
            next.iter()
                .for_each(|next| scroll_into_view(next, ScrollLogicalPosition::Nearest));
        });
    });
    let fold = move |click: ev::MouseEvent| {
        // The model says whether it is open.
        click.prevent_default();
        let is_folded = is_open.get_untracked();
        store.dispatch(Event::Inspector(InspectorEvent::LessonFolded(is_folded)));
    };
    let end = move || {
        let is_finished = steps.with(|steps| steps.iter().all(|step| step.is_ticked));
        is_finished.then(|| {
            view! {
                <p class="note" data-testid="lesson-done">{texts::lesson_done()}</p>
                {button(
                    "lesson-restart",
                    |_| texts::lesson_restart(), "",
                    |_| Event::Inspector(InspectorEvent::LessonRestarted),
                )}
            }
        })
    };
    view! {
        <details class="lesson" data-testid="lesson" open=is_open>
            <summary on:click=fold>
                <h3>{texts::lesson()}</h3>
                <span role="status" data-testid="lesson-progress">{progress}</span>
            </summary>
            <p class="note lesson-intro">{texts::lesson_intro()}</p>
            <ol node_ref=list>{move || steps.get().into_iter().map(step_item).collect::<Vec<AnyView>>()}</ol>
            {end}
        </details>
    }
    .into_any()
}

fn is_open(model: &Model) -> bool {
    let inspector = model.inspector.as_ref();
    inspector.is_some_and(|inspector| !inspector.is_lesson_folded)
}

/// A step: what to do, and around its turn what to look at.
fn step_item(step: ShownStep) -> AnyView {
    let tick = if step.is_ticked { " ✓" } else { "" };
    view! {
        <li data-testid="step" aria-current=step.is_next.then_some("step")>
            <p>{coded(step.text)} <b class="tick">{tick}</b></p>
            <p class="note">{coded(step.look)}</p>
        </li>
    }
    .into_any()
}
