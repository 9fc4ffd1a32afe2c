//! A button with a sign on it.

use leptos::{ev, prelude::*, wasm_bindgen::JsCast};
use web_sys::HtmlElement;

/// What a press of a button does; it is given the button. A type of its own, so that the button is
/// compiled once.
pub(super) type OnPress = Box<dyn Fn(&HtmlElement)>;

/// A button with a sign on it, and what it does in words for the tooltip and for screen readers.
#[component]
pub(super) fn SignButton(
    /// What the tests call it.
    testid: &'static str,
    /// What it does.
    #[prop(into)]
    label: String,
    /// What is on it.
    sign: &'static str,
    /// Its id, where the focus is moved to it.
    #[prop(optional)]
    id: Option<&'static str>,
    /// Its style.
    #[prop(default = "quiet")]
    class: &'static str,
    /// Whether Tab leads to it.
    #[prop(default = "0")]
    tabindex: &'static str,
    /// What a press does.
    on_press: OnPress,
) -> impl IntoView {
    let on_click = move |click: ev::MouseEvent| {
        let button = click.current_target().and_then(|at| at.dyn_into().ok());
        button.iter().for_each(|button| on_press(button));
    };
    view! {
        <button
            type="button"
            id=id
            class=class
            data-testid=testid
            tabindex=tabindex
            aria-label=label.clone()
            title=label
            on:click=on_click
        >
            <span aria-hidden="true">{sign}</span>
        </button>
    }
    .into_any()
}
