//! The lesson: steps that tick themselves.

use leptos::{ev, prelude::*};
use parlor_frontend::{
    event::{Event, InspectorEvent},
    model::{Model, lesson::Step},
    texts,
    view_model::ladder::{ShownStep, lesson_state, steps},
};

use crate::{
    browser::{ladder, store::use_store},
    view::inspector::{button::button, coded::coded},
};

/// The lesson, which can be folded away.
pub(super) fn lesson() -> AnyView {
    let store = use_store();
    let is_open = store.memo(is_open);
    let progress = store.memo(|model| {
        let done = steps(model).iter().filter(|step| step.is_ticked).count();
        texts::lesson_progress(done, Step::ALL.len())
    });
    let state = store.memo(lesson_state);
    let items = move || {
        // A memo that is not read is not computed.
        state.get();
        // The views change in microtasks, which all run before the next frame.
        request_animation_frame(ladder::show_step);
        let steps = store.with_untracked(steps).into_iter();
        steps.map(step_item).collect::<Vec<AnyView>>()
    };
    let fold = move |click: ev::MouseEvent| {
        // The model says whether it is open.
        click.prevent_default();
        let is_folded = is_open.get_untracked();
        store.dispatch(Event::Inspector(InspectorEvent::LessonFolded(is_folded)));
    };
    let end = move || {
        // A memo that is not read is not computed.
        state.get();
        let steps = store.with_untracked(steps);
        steps.iter().all(|step| step.is_ticked).then(|| {
            view! {
                <p class="note" data-testid="lesson-done">{texts::lesson_done()}</p>
                {button(
                    "lesson-restart",
                    |_| texts::lesson_restart(),
                    "",
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
            <ol>{items}</ol>
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
