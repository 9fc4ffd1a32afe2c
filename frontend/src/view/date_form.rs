//! The form that leads to a day's first message.

use js_sys::Date;
use leptos::{ev, html, prelude::*};
use parlor_frontend::{event::Event, texts};

use crate::browser::store::use_store;

/// A date, and the button that goes to the first message from then on.
#[component]
pub(super) fn DateForm() -> impl IntoView {
    let store = use_store();
    let field = NodeRef::<html::Input>::new();
    let submit = move |submit: ev::SubmitEvent| {
        submit.prevent_default();
        let date = field.get_untracked().map(|field| field.value());
        if let Some(at_ms) = date.and_then(|date| begin_of(&date)) {
            store.dispatch(Event::SearchClosed);
            store.dispatch(Event::TimeRequested(at_ms));
        }
    };
    view! {
        <form class="date-form" on:submit=submit>
            <input node_ref=field type="date" data-testid="date" aria-label=texts::date()/>
            <button data-testid="go-to-date">{texts::go_to_date()}</button>
        </form>
    }
}

/// When a day of the reader's calendar begins, in Unix milliseconds. The browser writes it as
/// `2026-11-26`.
fn begin_of(date: &str) -> Option<u64> {
    let mut numbers = date.split('-').map(|number| number.parse::<i32>().ok());
    let [year, month, day] = [numbers.next()??, numbers.next()??, numbers.next()??];
    let begin = Date::new_with_year_month_day(year.try_into().ok()?, month - 1, day).get_time();
    // A day before 1970 comes before every message.
    Some(begin.max(0.0) as u64)
}
