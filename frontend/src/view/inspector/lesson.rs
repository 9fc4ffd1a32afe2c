//! The lesson: steps that tick themselves.

use leptos::{ev, prelude::*};
use parlor_frontend::{
    event::{Event, InspectorEvent},
    model::{
        Model,
        lesson::{Lesson, Step},
    },
    texts,
};

use crate::{browser::store::use_store, view::inspector::coded::coded};

/// The lesson, which can be folded away.
#[component]
pub(super) fn LessonPanel() -> impl IntoView {
    let store = use_store();
    let is_open = store.memo(|model| {
        let inspector = model.inspector.as_ref();
        inspector.is_some_and(|inspector| !inspector.is_lesson_folded)
    });
    let progress =
        store.memo(|model| texts::lesson_progress(lesson(model).done_count(), Step::ALL.len()));
    let is_finished = store.is(|model| lesson(model).next().is_none());
    let fold = move |click: ev::MouseEvent| {
        // The model says whether it is open.
        click.prevent_default();
        let is_folded = is_open.get_untracked();
        store.dispatch(Event::Inspector(InspectorEvent::LessonFolded(is_folded)));
    };
    view! {
        <details class="lesson" data-testid="lesson" open=is_open>
            <summary on:click=fold>
                <h3>{texts::lesson()}</h3>
                <span class="note" role="status" data-testid="lesson-progress">{progress}</span>
            </summary>
            <p class="note">{texts::lesson_intro()}</p>
            <ol>{Step::ALL.map(|step| view! { <StepItem step/> }).collect_view()}</ol>
            <Show when=is_finished>
                <p class="note" data-testid="lesson-done">{texts::lesson_done()}</p>
                <button
                    type="button"
                    data-testid="lesson-restart"
                    on:click=move |_| {
                        store.dispatch(Event::Inspector(InspectorEvent::LessonRestarted));
                    }
                >
                    {texts::lesson_restart()}
                </button>
            </Show>
        </details>
    }
}

/// The lesson; before the inspector is open it is the beginning of one.
fn lesson(model: &Model) -> Lesson {
    let inspector = model.inspector.as_ref();
    inspector.map_or_else(Lesson::default, |inspector| inspector.lesson.clone())
}

/// A step: what to do, and once it is its turn, what to look at.
#[component]
fn StepItem(
    /// The step.
    step: Step,
) -> impl IntoView {
    let store = use_store();
    let lesson = store.memo(lesson);
    let is_done = Memo::new(move |_| lesson.with(|lesson| lesson.is_done(step)));
    let is_next = Memo::new(move |_| lesson.with(|lesson| lesson.next() == Some(step)));
    let mark = move || {
        is_done.get().then(|| {
            view! {
                <span class="tick" role="img" aria-label=texts::step_done()>"✓"</span>
            }
        })
    };
    let is_explained = Memo::new(move |_| lesson.with(|lesson| lesson.is_explained(step)));
    let look = move || {
        let look = texts::step_look(step);
        is_explained
            .get()
            .then(|| view! { <p class="note">{coded(look)}</p> })
    };
    view! {
        <li
            data-testid="step"
            data-done=move || is_done.get().to_string()
            aria-current=move || is_next.get().then_some("step")
        >
            <p>{coded(texts::step_text(step))} " " {mark}</p>
            {look}
        </li>
    }
}
