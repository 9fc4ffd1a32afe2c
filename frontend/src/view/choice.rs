//! A choice among a few values.

use leptos::prelude::*;

/// One of the values.
#[derive(Debug, Clone)]
pub(super) struct Choosable {
    /// What it is to the program.
    pub(super) value: String,
    /// What it is to the user.
    pub(super) label: String,
}

/// The choice.
#[component]
pub(super) fn Choice(
    /// What it is for.
    label: &'static str,
    /// What can be chosen.
    choices: Vec<Choosable>,
    /// What is chosen.
    #[prop(into)]
    chosen: Signal<String>,
    /// The user has chosen.
    choose: Callback<String>,
    /// What the tests call it.
    test_id: &'static str,
) -> impl IntoView {
    let option = |Choosable { value, label }| view! { <option value=value>{label}</option> };
    view! {
        <label class="field">
            <span>{label}</span>
            <select
                data-testid=test_id
                prop:value=chosen
                on:change:target=move |select| choose.run(select.target().value())
            >
                {choices.into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}
